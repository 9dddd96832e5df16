"""Words and phrases whose share of the feedback is larger than before, or than elsewhere.

Every term that enough submitters used is tested, and the p-values are corrected for the number of terms. Items are
clustered, so counts carry a dispersion as everywhere (`seggwat_nb.analysis.overdispersion` and
`seggwat_nb.analysis.clusters`).
A term of few items can hardly prove anything, so the correction weighs each p-value by how many items have the term, in
both groups together (Genovese, Roeder and Wasserman 2006, "False discovery control with p-value weighting", Biometrika
93, 509-524). The weight does not depend on the group of the items, so the level holds.

One cause changes many terms: people who ask for scheduled exports write *export*, *schedule* and *every Monday*. So the
most certain term is reported, its items are set aside, and the others are tested again without them. Terms that are no
longer significant are part of the same **finding**.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np
import polars as pl

from seggwat_nb.analysis import significance
from seggwat_nb.analysis.changes import checked_windows, signed
from seggwat_nb.analysis.churn import without_churn
from seggwat_nb.analysis.clusters import Clusters, cluster_rows, dispersion_of_shares
from seggwat_nb.analysis.counts import selected
from seggwat_nb.analysis.folding import folded
from seggwat_nb.analysis.overdispersion import KNOWN, Dispersion
from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.analysis.selections import least_p
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.analysis.validation import check_columns, check_least, check_level
from seggwat_nb.analysis.windows import Codes, Rows, compare_windows, items_within, submitter_numbers
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.overdispersion import Floats, Integers
    from seggwat_nb.analysis.windows import Windows

__all__ = ["log_odds", "terms"]

_MOST_FINDINGS: Final = 30
"""The most findings to report."""

_HEAVIEST: Final = 100
"""The number of a term's items from which the weight of its p-value stays constant."""

_NOTHING: Final = 1e-9
_MOSTLY: Final = 0.5
_NEARLY_ALL: Final = 0.9
_EXAMPLES: Final = 3

_LONGEST_NAME: Final = 24
"""Characters from which a joined name grows no longer."""

_PRIOR: Final = 500.0
"""Items that the prior of the log-odds counts for."""

_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "term": pl.String,
    "terms": pl.List(pl.String),
    "count": pl.Int64,
    "submitters": pl.Int64,
    "n": pl.Int64,
    "share": pl.Float64,
    "baseline_count": pl.Int64,
    "baseline_n": pl.Int64,
    "baseline_share": pl.Float64,
    "ratio": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p": pl.Float64,
    "q": pl.Float64,
    "dispersion": pl.Float64,
    "log_odds": pl.Float64,
    "examples": pl.List(pl.String),
    "ids": pl.List(pl.String),
    "baseline_first": pl.Date,
    "first": pl.Date,
    "last": pl.Date,
}


def terms(
    frame: pl.DataFrame,
    *,
    include_churn: bool = False,
    where: Selection | None = None,
    against: Selection | None = None,
    days: int | None = None,
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    top: int | None = None,
    min_count: int = 5,
    level: float = 0.95,
) -> pl.DataFrame:
    """Find the words and two-word phrases whose share of the feedback rose, each with the items behind it.

    Parameters
    ----------
    frame
        Feedback: ``id``, ``message`` and ``created_at``; ``submitted_by`` is used if present.
    include_churn
        Whether to include cancellation comments (source Stripe or Polar): see `seggwat_nb.analysis.churn`.
    where
        Items to read. Its ``until`` ends the recent window.
    against
        Items to compare with, such as ``FeedbackFilter(version="2.3.0")``. None: the recent window of `where` is
        compared with up to 168 days before it.
    days
        Length of the recent window, a multiple of 7; None: 28. Not with `against`.
    time_zone
        IANA name of the zone whose days are counted.
    as_of
        The moment up to which the items are known. None: the last item's, whose day then counts as unfinished.
    top
        Return this many findings at most.
    min_count
        The fewest distinct submitters of a term, in both groups together; an unsigned item counts as one.
    level
        Confidence level of the intervals, and 1 minus the rate of false findings allowed.

    Returns
    -------
    pl.DataFrame
        One row per finding, the largest ``log_odds`` first; none if nothing rose, or if the data cover less than two
        weeks:

        - ``term``: String, folded, the word or phrase that stands for the finding; ``terms``: List(String), the other
          terms that rose with the same items, the most telling first;
        - ``count``: Int64, items with the term in the recent window, or in `where`; ``submitters``: Int64, their
          distinct submitters, an unsigned item counting as one; ``n``: Int64, all items there; ``share``: Float64, 0
          to 1;
        - ``baseline_count``, ``baseline_n``: Int64, and ``baseline_share``: Float64, the same for the days before
          or for `against`;
        - ``ratio``: Float64, share over baseline share (infinite after zero), with ``low`` and ``high``;
        - ``p``: Float64, one-sided, of "the share did not rise"; ``q``: corrected for all terms tested by Benjamini and
          Hochberg, with the weights above; at most ``1 - level``;
        - ``dispersion``: Float64, how strongly the items cluster;
        - ``log_odds``: Float64, how telling the term is, in standard errors; used for ranking, not as a test;
        - ``examples``: List(String), up to three original messages, those with most of the terms first;
        - ``ids``: List(String), the items counted, newest first;
        - ``baseline_first``, ``first``, ``last``: Date, first day of the baseline, first and last day of the recent
          window; null with `against`.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame lacks a column.

    Notes
    -----
    Over time a term's share of the items is compared by an exact test of two rates, with the dispersion of
    `seggwat_nb.trends.movers`, and its count must have risen too; between two selections its share is compared as in
    `seggwat_nb.trends.compare`, except that unsigned items are clustered by days only: with weeks, too few clusters
    would remain to find any of hundreds of terms. The interval is Koopman's, of
    `seggwat_nb.analysis.significance.share_ratio`. The log-odds have an informative Dirichlet prior (Monroe, Colaresi
    and Quinn 2008, "Fightin' Words", Political Analysis 16, 372-403). `seggwat_nb.analysis.tokens` splits texts.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> lines = ["The invoice is wrong."] * 3 + ["All is well."] * 4
    >>> said = [(day, lines[n if day > 90 else -1]) for day in range(98) for n in range(5)]
    >>> rows = pl.DataFrame(
    ...     {
    ...         "id": [str(place) for place in range(len(said))],
    ...         "message": [message for _, message in said],
    ...         "created_at": [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day) for day, _ in said],
    ...     }
    ... )
    >>> found = terms(rows, days=7, as_of=datetime(2026, 6, 8, tzinfo=UTC))
    >>> found.select("term", "terms", "count", "baseline_count").rows()
    [('invoice', ['wrong'], 21, 0)]
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
    columns = ["id", "message", "created_at"]
    sides: _Sides
    if against is None:
        windows = checked_windows(
            frame, where=where, days=28 if days is None else days, as_of=as_of, time_zone=time_zone, level=level
        )
        items = items_within(
            frame, windows, where=where, columns=columns, time_zone=time_zone, include_churn=include_churn
        )
        sides = _Windows(items["_day"].to_numpy(), submitter_numbers(items["_who"]), windows, level)
    else:
        one, other = (
            without_churn(selected(frame, chosen), include_churn=include_churn).with_columns(_who=signed(frame))
            for chosen in (where, against)
        )
        items = pl.concat([one.select(*columns, "_who"), other.select(*columns, "_who")])
        recent = np.arange(items.height) < one.height
        sides = _Selections(recent, (cluster_rows(one), cluster_rows(other)), level)
    found = _findings(items, sides, min_count=min_count, level=level)
    return found if top is None else found.head(top)


class _Tested(NamedTuple):
    """Values compared: items on either side, their dispersion, one-sided p-value; NaN where it cannot be small."""

    items: Floats
    other: Floats
    dispersion: Dispersion
    p: Floats

    def q(self) -> Floats:
        """Correct the p-values for their number, each weighted by the items that have the value."""
        asked = ~np.isnan(self.p)
        weight = np.fmin(self.items + self.other, _HEAVIEST)
        found = np.full(self.p.size, np.nan)
        mean = weight[asked].sum() / max(asked.sum(), 1)
        found[asked] = significance.benjamini_hochberg(np.fmin(self.p[asked] * mean / weight[asked], 1.0))
        return found


class _Sides(Protocol):
    """Two groups of items that are compared."""

    @property
    def recent(self) -> NDArray[np.bool_]:
        """For each item, whether it belongs to the first group."""

    @property
    def dates(self) -> dict[str, date | None]:
        """First and last days of the groups."""

    def test(self, codes: Codes, values: int, kept: NDArray[np.bool_]) -> _Tested:
        """Compare the shares of values among the items that are kept."""


@dataclass(frozen=True, slots=True)
class _Windows:
    """Items of the recent window and of the days before."""

    day: Integers
    who: Integers
    windows: Windows
    level: float

    @property
    def recent(self) -> NDArray[np.bool_]:
        later: NDArray[np.bool_] = self.day >= self.windows.before
        return later

    @property
    def dates(self) -> dict[str, date | None]:
        found = self.windows.dates()
        return {"baseline_first": found["before_first"], "first": found["after_first"], "last": found["after_last"]}

    def test(self, codes: Codes, values: int, kept: NDArray[np.bool_]) -> _Tested:
        rows = Rows(self.day, self.who, {"term": codes}, {"term": pl.Series(np.arange(values))}).only(kept)
        found = compare_windows(rows, "term", self.windows, shares=True, level=self.level)
        items, other = found.after.astype(np.float64), found.before.astype(np.float64)
        n, other_n = (max(float((kept & side).sum()), 1.0) for side in (self.recent, ~self.recent))
        scatter = found.dispersion if found.of_shares is None else found.of_shares
        least = np.fmax(1 - (items + other) / (n + other_n), _NOTHING)
        size = np.fmax(scatter.size, least)
        freedom = np.where(size > least, scatter.freedom, KNOWN)  # no estimate where items scatter independently
        p = significance.p_of_rates(
            items, other, exposure=n, other_exposure=other_n, dispersion=size, freedom=freedom, exact=False
        )
        rose = (items * other_n > other * n) & (items * self.windows.before > other * self.windows.after)
        one_sided = np.where(rose, p / 2, 1 - p / 2)
        return _Tested(items, other, Dispersion(size, freedom), np.where(np.isnan(found.p), np.nan, one_sided))


@dataclass(frozen=True, slots=True)
class _Selections:
    """Items of two selections, one after the other."""

    recent: NDArray[np.bool_]
    clusterings: tuple[tuple[Clusters, ...], tuple[Clusters, ...]]
    level: float

    @property
    def dates(self) -> dict[str, date | None]:
        return dict.fromkeys(("baseline_first", "first", "last"))

    def test(self, codes: Codes, values: int, kept: NDArray[np.bool_]) -> _Tested:
        sides = [self._side(codes, values, kept, recent=recent) for recent in (True, False)]
        (items, n, _), (other, other_n, _) = sides
        # Where a side has none of a value, or nothing else, only the other side shows its dispersion.
        size = np.fmax(np.fmax(*(found.size for _, _, found in sides)), 1.0)
        freedom = np.fmin(*(found.freedom for _, _, found in sides))
        independent = [number / size for number in (items, n, other, other_n)]
        p = significance.share_ratio(*independent, freedom=freedom, exact=False, level=self.level).p
        proven = least_p(*independent, freedom=freedom) <= 1 - self.level
        one_sided = np.where(items * other_n > other * n, p / 2, 1 - p / 2)
        return _Tested(items, other, Dispersion(size, freedom), np.where(proven, one_sided, np.nan))

    def _side(
        self, codes: Codes, values: int, kept: NDArray[np.bool_], *, recent: bool
    ) -> tuple[Floats, float, Dispersion]:
        side = self.recent == recent
        mine, held = codes.only(side).only(kept[side]), kept[side]
        clusterings = [clusters.among(held) for clusters in self.clusterings[0 if recent else 1]]
        count = np.bincount(mine.value, minlength=values).astype(np.float64)
        return count, float(held.sum()), dispersion_of_shares(mine.value, clusterings, values, row=mine.row)


def _findings(items: pl.DataFrame, sides: _Sides, *, min_count: int, level: float) -> pl.DataFrame:
    """Test all terms of the items, and make a row of each finding."""
    recent = sides.recent
    n, other_n = float(recent.sum()), float((~recent).sum())
    if not n or not other_n:
        return pl.DataFrame(schema=_SCHEMA)
    found = find_terms(items["message"], min_count=min_count)
    who = submitter_numbers(items["_who"])
    asked = np.flatnonzero(_submitters(found.has, who) >= min_count)
    has = found.has[:, asked]
    tested = sides.test(_codes(has), asked.size, np.ones(items.height, np.bool_))
    q = tested.q()
    sure = np.flatnonzero(q <= 1 - level)
    if not sure.size:
        return pl.DataFrame(schema=_SCHEMA)
    telling = log_odds(tested.items, n, tested.other, other_n)
    risen = _Risen(
        found.names.gather(asked[sure]), found.unspaced[asked[sure]], has[:, sure].tocsc(), tested.p[sure],
        float(tested.p[sure].max()),
    )  # fmt: skip
    causes = _one_cause_once(risen, sides)
    lead = sure[[place for place, _ in causes]]
    size, freedom = (part[lead] for part in tested.dispersion)
    count, other = tested.items[lead], tested.other[lead]
    compared = significance.share_ratio(
        count, n, other, other_n, dispersion=size, freedom=freedom, exact=False, level=level
    )
    shown = [_shown(items, risen, place, parts, recent) for place, parts in causes]
    people = _submitters(has[:, lead][recent], who[recent])
    return pl.DataFrame(
        {
            **{name: [one[name] for one in shown] for name in ("term", "terms", "examples", "ids")},
            "count": count, "submitters": people, "n": n, "share": count / n,
            "baseline_count": other, "baseline_n": other_n, "baseline_share": other / other_n,
            "ratio": compared.ratio, "low": compared.low, "high": compared.high,
            "p": tested.p[lead], "q": q[lead], "dispersion": size, "log_odds": telling[lead],
            **{name: pl.Series([day] * lead.size, dtype=pl.Date) for name, day in sides.dates.items()},
        }
    ).cast(pl.Schema(_SCHEMA)).select(*_SCHEMA).sort("log_odds", "term", descending=[True, False])  # fmt: skip


class _Risen(NamedTuple):
    """Terms whose share rose."""

    names: pl.Series
    unspaced: NDArray[np.bool_]
    has: Any  # scipy.sparse.csc_array: a row an item, a column a term
    p: Floats
    limit: float  # the largest p-value among them


def _codes(has: Any) -> Codes:  # noqa: ANN401  # scipy.sparse, which has no useful annotations
    cells = has.tocoo()
    return Codes(cells.col.astype(np.int64), cells.row.astype(np.int64))


def _submitters(has: Any, who: Integers) -> Integers:  # noqa: ANN401  # as above
    """Count the distinct submitters of each term; an unsigned item counts as one."""
    from scipy import sparse

    signed = np.flatnonzero(who >= 0)
    shape = (int(who.max(initial=-1)) + 1, who.size)
    people = sparse.csr_array((np.ones(signed.size, np.int32), (who[signed], signed)), shape=shape)
    of_people = (people @ has).tocsc()
    found: Integers = np.diff(of_people.indptr) + np.asarray(has[who < 0].sum(axis=0)).astype(np.int64)
    return found


def log_odds(count: Floats, n: float, other: Floats, other_n: float) -> Floats:
    """Log-odds ratio of each term, its share of both groups together as the prior, over its standard error."""
    prior = _PRIOR * (count + other) / (n + other_n)
    one, two = count + prior, other + prior
    rest, other_rest = (np.fmax(whole + _PRIOR - part, 0.5) for whole, part in ((n, one), (other_n, two)))
    found: Floats = (np.log(one / rest) - np.log(two / other_rest)) / np.sqrt(1 / one + 1 / two)
    return found


def _one_cause_once(risen: _Risen, sides: _Sides) -> list[tuple[int, list[int]]]:
    """Take the most certain term, set its items aside and test the rest again; return each with its other terms."""
    rest = np.arange(risen.p.size)
    kept = np.ones(sides.recent.size, np.bool_)
    causes: list[tuple[int, list[int]]] = []
    while rest.size and len(causes) < _MOST_FINDINGS:
        order = np.lexsort((rest, risen.p[rest]))
        lead, rest = int(rest[order[0]]), rest[order[1:]]
        mine = _has(risen, lead)
        kept &= ~mine
        again = sides.test(_codes(risen.has[:, rest]), rest.size, kept)
        still = again.p <= risen.limit
        held = [(int(one), _has(risen, one)) for one in rest[~still]]
        causes.append((lead, [one for one, has in held if (mine & has).sum() > _MOSTLY * has.sum()]))
        rest = rest[still]
    return causes


def _has(risen: _Risen, place: int) -> NDArray[np.bool_]:
    found = np.zeros(risen.has.shape[0], np.bool_)
    found[risen.has.indices[risen.has.indptr[place] : risen.has.indptr[place + 1]]] = True
    return found


def _shown(
    items: pl.DataFrame, risen: _Risen, lead: int, parts: Sequence[int], recent: NDArray[np.bool_]
) -> dict[str, Any]:
    """Return what is shown of a finding: its name, its other terms, messages and ids."""
    mine = _has(risen, lead)
    terms_of_item = mine + sum((_has(risen, one).astype(np.int64) for one in parts), np.zeros(mine.size, np.int64))
    chosen = items.with_columns(_terms=pl.Series(terms_of_item, dtype=pl.Int64), _recent=pl.Series(recent)).filter(mine)
    speaks = chosen.filter("_recent").sort("_terms", "created_at", "id", descending=[True, True, False])
    texts = folded(chosen["message"].cast(pl.String).fill_null(""))
    name, joined = _joined(risen, lead, parts, texts)
    return {
        "term": name,
        "terms": [risen.names[one] for one in parts if one not in joined],
        "examples": speaks["message"].unique(maintain_order=True).head(_EXAMPLES).to_list(),
        "ids": chosen.filter("_recent")
        .sort("created_at", "id", descending=[True, False])["id"]
        .cast(pl.String)
        .to_list(),
    }


def _joined(risen: _Risen, lead: int, parts: Sequence[int], texts: pl.Series) -> tuple[str, set[int]]:
    """Join a run of a script without spaces with those that overlap it, as long as nearly all its items have the whole.

    The figures are those of the run, so they have to be those of the name as well.
    """
    name = str(risen.names[lead])
    used: set[int] = set()
    if not risen.unspaced[lead]:
        return name, used
    open_parts = {one: str(risen.names[one]) for one in parts if risen.unspaced[one]}
    distinct = texts.value_counts(name="items")
    found = True
    while found and len(name) < _LONGEST_NAME:
        found = False
        for one, part in open_parts.items():
            longer = next((text for text in _overlaps(name, part) if text == name or _held(distinct, text)), None)
            if longer is not None:
                name, found = longer, True
                used.add(one)
                del open_parts[one]
                break
    return name, used


def _overlaps(name: str, part: str) -> Iterator[str]:
    """Write two texts as one where the end of either is the start of the other."""
    if part in name:
        yield name
    for size in range(len(part) - 1, 0, -1):
        if name.endswith(part[:size]):
            yield name + part[size:]
        if name.startswith(part[-size:]):
            yield part[:-size] + name


def _held(distinct: pl.DataFrame, text: str) -> bool:
    """Whether nearly all items have a text."""
    has = distinct[distinct.columns[0]].str.contains(text, literal=True)
    return int(distinct["items"].filter(has).sum()) >= _NEARLY_ALL * int(distinct["items"].sum())
