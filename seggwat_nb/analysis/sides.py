"""Two groups of items to compare: a recent window and the days before it, or two selections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis import significance
from seggwat_nb.analysis.changes import check_windows
from seggwat_nb.analysis.churn import without_churn
from seggwat_nb.analysis.clusters import Clusters, cluster_rows, dispersion_of_shares
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.overdispersion import KNOWN, Dispersion
from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.analysis.selections import least_p
from seggwat_nb.analysis.series import without_series
from seggwat_nb.analysis.submitters import submitter_numbers, submitter_of
from seggwat_nb.analysis.unsigned_clusters import Earlier
from seggwat_nb.analysis.validation import check_columns, check_least, check_level
from seggwat_nb.analysis.windows import Codes, Rows, compare_windows, items_within
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.overdispersion import Floats, Integers
    from seggwat_nb.analysis.windows import Windows

__all__ = ["Sides", "Tested", "count_submitters", "term_codes", "two_sides", "usual"]

_HEAVIEST: Final = 100
"""The number of a term's items from which the weight of its p-value stays constant."""

_NOTHING: Final = 1e-9


def two_sides(
    frame: pl.DataFrame,
    *,
    include_churn: bool,
    where: Selection | None,
    against: Selection | None,
    days: int | None,
    time_zone: str,
    as_of: datetime | None,
    top: int | None,
    min_count: int,
    level: float,
) -> tuple[pl.DataFrame, Sides]:
    """Check the arguments of `seggwat_nb.themes.terms`; return the items of both groups, and the groups.

    Words are looked for in ``_said``: the message, over time without series such as the version of an app.

    Items are in the order of time, since permutations are by position and must not depend on the order of rows.
    """
    check_columns(frame, ["id", "message", "created_at"], wanted="a frame of feedback")
    check_level(level)
    check_least("top", top, 1, none="every term")
    check_least("min_count", min_count, 1)
    if against is not None and days is not None:
        raise ArgumentError(
            "Pass days or against, not both: days is the length of a window, against the items to compare with."
        )
    check_periods(time_zone=time_zone, as_of=as_of)
    columns, order = ["id", "message", "created_at"], ["created_at", "id"]
    if against is None:
        windows = check_windows(
            frame, where=where, days=28 if days is None else days, as_of=as_of, time_zone=time_zone, level=level
        )
        windows = windows.whole  # a burst of other messages hides no words, and all messages show what is usual
        items = items_within(
            frame, windows, where=where, columns=columns, time_zone=time_zone, include_churn=include_churn, order=order
        )
        day = items["_day"].cast(pl.Int32).to_numpy()
        found = _Windows(day, submitter_numbers(items["_who"]).astype(np.int32), windows, level)
        said = without_series(items["message"], found.day, found.recent)
        return items.with_columns(said.alias("_said")), found
    one, other = (
        without_churn(select_rows(frame, chosen), include_churn=include_churn)
        .with_columns(_who=submitter_of(frame))
        .sort(order)
        for chosen in (where, against)
    )
    items = pl.concat([one.select(*columns, "_who"), other.select(*columns, "_who")])
    recent = np.arange(items.height) < one.height
    items = items.with_columns(pl.col("message").alias("_said"))
    return items, _Selections(recent, (cluster_rows(one), cluster_rows(other)), level)


class Tested(NamedTuple):
    """Compared values: items on either side, the dispersion of their shares, and one-sided p-values.

    `p` is NaN if it cannot be small, and never less than `p_of_shares`, which says nothing about counts.
    """

    items: Floats
    other: Floats
    dispersion: Dispersion
    p: Floats
    p_of_shares: Floats

    @classmethod
    def of(cls, parts: Sequence[Tested]) -> Tested:
        """Put values together that were compared apart."""
        size, freedom = (np.concatenate(part) for part in zip(*(one.dispersion for one in parts), strict=True))
        return cls(
            np.concatenate([one.items for one in parts]),
            np.concatenate([one.other for one in parts]),
            Dispersion(size, freedom),
            np.concatenate([one.p for one in parts]),
            np.concatenate([one.p_of_shares for one in parts]),
        )

    def critical(self, error: float) -> Floats:
        """Return by how many standard errors each value must rise to be found alone, at a rate of false findings."""
        weight = self._weight()
        share = weight / max(float(weight[~np.isnan(self.p)].sum()), 1.0)
        found: Floats = -special.ndtri(np.fmin(error * share, error))
        return found

    def _weight(self) -> Floats:
        found: Floats = np.fmin(self.items + self.other, _HEAVIEST)
        return found

    def q(self) -> Floats:
        """Correct the p-values for their number, each weighted by the items that have the value."""
        asked = ~np.isnan(self.p)
        weight = self._weight()
        found = np.full(self.p.size, np.nan)
        mean = weight[asked].sum() / max(asked.sum(), 1)
        found[asked] = significance.benjamini_hochberg(np.fmin(self.p[asked] * mean / weight[asked], 1.0))
        return found


class Sides(Protocol):
    """Two groups of items to compare."""

    @property
    def recent(self) -> NDArray[np.bool_]:
        """For each item, whether it belongs to the first group."""

    @property
    def dates(self) -> dict[str, date | None]:
        """First and last days of the groups."""

    @property
    def half(self) -> Sides | None:
        """The same items, of which only those of the later half of the recent days are recent. None without these."""

    @property
    def earlier(self) -> Earlier | None:
        """The days before, if the groups are in time, to learn how far something stands out there."""

    def more_dispersed(self, times: float) -> Sides:
        """Return the same groups, with unsigned items dispersed as many times more."""

    def expected_recent(self, kept: NDArray[np.bool_]) -> float:
        """Return how many of the items kept would be recent if nothing among them rose: at least as many as are."""

    def test(self, codes: Codes, values: int, kept: NDArray[np.bool_]) -> Tested:
        """Test whether values rose, among the items kept."""


@dataclass(frozen=True, slots=True)
class _Windows:
    """Items of the recent window and of the days before."""

    day: Integers
    who: Integers
    windows: Windows
    level: float
    of_unsigned: float = 1.0
    """How many times more dispersed unsigned items are than by days and weeks."""

    @property
    def recent(self) -> NDArray[np.bool_]:
        later: NDArray[np.bool_] = self.day >= self.windows.before
        return later

    @property
    def dates(self) -> dict[str, date | None]:
        found = self.windows.dates()
        return {"baseline_first": found["before_first"], "first": found["after_first"], "last": found["after_last"]}

    @property
    def half(self) -> Sides | None:
        half = self.windows.half if self.windows.complete else None
        return None if half is None else replace(self, windows=half)

    @property
    def earlier(self) -> Earlier | None:
        return Earlier(self.day, (self.who < 0) & ~self.recent, self.windows.before, self.windows.after)

    def more_dispersed(self, times: float) -> Sides:
        return replace(self, of_unsigned=times)

    def expected_recent(self, kept: NDArray[np.bool_]) -> float:
        by_days = float(kept.sum()) * self.windows.after / (self.windows.before + self.windows.after)
        return max(float((self.recent & kept).sum()), by_days)  # fewer in all make nothing rise

    def test(self, codes: Codes, values: int, kept: NDArray[np.bool_]) -> Tested:
        rows = Rows(self.day, self.who, {"term": codes}, {"term": pl.Series(np.arange(values))}).only(kept)
        found = compare_windows(rows, "term", self.windows, shares=True, level=self.level)
        items, other = found.after.astype(np.float64), found.before.astype(np.float64)
        n, other_n = (max(float((kept & side).sum()), 1.0) for side in (self.recent, ~self.recent))

        def chance_of_rise(sizes: tuple[float, float], scatter: Dispersion) -> Floats:
            p = significance.p_of_rates(
                items, other, exposure=sizes[0], other_exposure=sizes[1], dispersion=scatter.size,
                freedom=scatter.freedom, exact=False,
            )  # fmt: skip
            return np.where(items * sizes[1] > other * sizes[0], p / 2, 1 - p / 2)

        independent = np.fmax(1 - (items + other) / (n + other_n), _NOTHING)
        of_shares = _at_least(independent, found.dispersion if found.of_shares is None else found.of_shares)
        of_counts = _at_least(np.ones(values), found.dispersion)
        if self.of_unsigned > 1:
            share = _share(codes, (self.who < 0) & kept & self.recent, kept & self.recent, values)
            of_shares, of_counts = (
                Dispersion(one.size * (1 + (self.of_unsigned - 1) * share), one.freedom)
                for one in (of_shares, of_counts)
            )
        lengths = (float(self.windows.after), float(self.windows.before))
        p_of_shares = chance_of_rise((n, other_n), of_shares)
        p = np.where(np.isnan(found.p), np.nan, np.fmax(p_of_shares, chance_of_rise(lengths, of_counts)))
        return Tested(items, other, of_shares, p, p_of_shares)


def _share(codes: Codes, part: NDArray[np.bool_], of: NDArray[np.bool_], values: int) -> Floats:
    """Return, for each value, how much of some of its items (`of`) is a part of these."""
    some, whole = (np.bincount(codes.value[items[codes.row]], minlength=values) for items in (part, of))
    found: Floats = some / np.fmax(whole, 1)
    return found


def _at_least(least: Floats, found: Dispersion) -> Dispersion:
    """Return a dispersion that is at least that of independent items, which is known rather than estimated."""
    size = np.fmax(found.size, least)
    return Dispersion(size, np.where(size > least, found.freedom, KNOWN))


@dataclass(frozen=True, slots=True)
class _Selections:
    """Items of two selections, one after the other."""

    recent: NDArray[np.bool_]
    clusterings: tuple[tuple[Clusters, ...], tuple[Clusters, ...]]
    level: float

    @property
    def dates(self) -> dict[str, date | None]:
        return dict.fromkeys(("baseline_first", "first", "last"))

    @property
    def half(self) -> Sides | None:
        return None

    @property
    def earlier(self) -> Earlier | None:
        return None

    def more_dispersed(self, times: float) -> Sides:  # noqa: ARG002  # selections have no days before
        return self

    def expected_recent(self, kept: NDArray[np.bool_]) -> float:
        return float((self.recent & kept).sum())

    def test(self, codes: Codes, values: int, kept: NDArray[np.bool_]) -> Tested:
        sides = [self._side(codes, values, kept, recent=recent) for recent in (True, False)]
        (items, n, _), (other, other_n, _) = sides
        # Where a side has none of a value, or nothing else, only the other side shows its dispersion.
        size = np.fmax(np.fmax(*(found.size for _, _, found in sides)), 1.0)
        freedom = np.fmin(*(found.freedom for _, _, found in sides))
        independent = [number / size for number in (items, n, other, other_n)]
        p = significance.share_ratio(*independent, freedom=freedom, exact=False, level=self.level).p
        proven = least_p(*independent, freedom=freedom) <= 1 - self.level
        one_sided = np.where(items * other_n > other * n, p / 2, 1 - p / 2)
        return Tested(items, other, Dispersion(size, freedom), np.where(proven, one_sided, np.nan), one_sided)

    def _side(
        self, codes: Codes, values: int, kept: NDArray[np.bool_], *, recent: bool
    ) -> tuple[Floats, float, Dispersion]:
        side = self.recent == recent
        mine, held = codes.only(side).only(kept[side]), kept[side]
        clusterings = [clusters.among(held) for clusters in self.clusterings[0 if recent else 1]]
        count = np.bincount(mine.value, minlength=values).astype(np.float64)
        return count, float(held.sum()), dispersion_of_shares(mine.value, clusterings, values, row=mine.row)


def usual(other: NDArray[Any], sides: Sides) -> Floats:
    """Return how many recent items would go with each number of others if nothing had risen."""
    expected = sides.expected_recent(np.ones(sides.recent.size, np.bool_))
    found: Floats = other * expected / (sides.recent.size - expected)
    return found


def term_codes(has: Any) -> Codes:  # noqa: ANN401  # scipy.sparse, which has no useful annotations
    """Turn a matrix with a row per item and a column per term into codes, as it has them: there may be millions."""
    cells = has.tocoo(copy=False)
    return Codes(cells.col, cells.row)


def count_submitters(has: Any, who: Integers) -> Integers:  # noqa: ANN401  # as above
    """Count the distinct submitters of each term. Each unsigned item counts as one."""
    from scipy import sparse

    items = np.bincount(who[who >= 0], minlength=1)
    is_single = (who < 0) | (items[who] == 1)  # most people write once, and a product of matrices takes long
    several = np.flatnonzero(~is_single)
    shape = (items.size, who.size)
    people = sparse.csr_array((np.ones(several.size, np.int32), (who[several], several)), shape=shape)
    of_people = (people @ has).tocsc()
    found: Integers = np.diff(of_people.indptr) + np.asarray(has[is_single].sum(axis=0)).astype(np.int64)
    return found
