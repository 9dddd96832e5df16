"""Two consecutive windows of whole weeks, and a test of whether each value's counts differ between them.

The later window is the one in question. The earlier one is as long as the data allow, up to 24 weeks, since older rows
are evidence of what is usual and of how much the project changes by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis import significance
from seggwat_nb.analysis.churn import without_churn
from seggwat_nb.analysis.counts import one_a_row, select_rows, span_of
from seggwat_nb.analysis.overdispersion import (
    WEEK,
    Dispersion,
    EarlierWeeks,
    Layout,
    RowsByDay,
    RowsByPerson,
    Wander,
    dispersion_of_rows,
    wander,
    weekday_weights,
)
from seggwat_nb.analysis.page_ids import as_page_without_ids
from seggwat_nb.analysis.periods import local_day
from seggwat_nb.analysis.submitters import submitter_numbers, submitter_of
from seggwat_nb.analysis.unusual_weeks import YEAR, rows_a_day, unusual_weeks
from seggwat_nb.analysis.validation import has_several
from seggwat_nb.analysis.versions import merge_spellings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = [
    "BASELINE",
    "Codes",
    "Judged",
    "Rows",
    "Tally",
    "Windows",
    "code_values",
    "compare_keys",
    "compare_tallies",
    "compare_windows",
    "find_windows",
    "items_within",
    "key_column",
    "number_texts",
    "rows_within",
]

BASELINE: Final = 168
"""Maximum number of days in the earlier window: almost half a year, in whole weeks."""

LEAST: Final = 5
"""Minimum number of rows in both windows for a test. With fewer, clustering would not be visible."""

_FEWEST_WEEKS: Final = 8
"""Minimum number of earlier weeks to use. With fewer, a burst of two weeks would look usual."""

_KNOWS_DRIFT: Final = 56
"""Minimum number of days that show how much a project drifts."""

_OUTLIER: Final = 3.0
"""Earlier weeks are clipped at this many standard deviations above usual, so that an old burst hides nothing."""

_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Windows:
    """A window of ``after`` days, preceded by one of ``before`` days that starts on ``first``.

    Attributes
    ----------
    first : date
        First day of the earlier window.
    before, after : int
        Days in each window, multiples of 7.
    complete : bool
        Whether the data have at least one week for each window. Otherwise, both windows are empty.
    left_out : tuple of int
        Weeks that are left out of the earlier window, counted from ``first`` and starting at 0. They are not in
        ``before``, and the days after them follow those before them.
    """

    first: date
    before: int
    after: int
    complete: bool
    left_out: tuple[int, ...] = ()

    @property
    def alike(self) -> float:
        """Ratio of the later window's length to the earlier one's."""
        return self.after / self.before

    @property
    def span(self) -> int:
        """Number of days from the first of the earlier window to the last of the later one."""
        return self.before + self.after + WEEK * len(self.left_out)

    @property
    def whole(self) -> Windows:
        """The same windows with no week left out."""
        return replace(self, before=self.span - self.after, left_out=())

    @property
    def weeks_left_out(self) -> list[date]:
        """First days of the weeks that are left out."""
        return [self.first + timedelta(days=WEEK * week) for week in self.left_out]

    def apart(self, days: int) -> Windows | None:
        """Leave out the last days of the earlier window, too. None if less than eight weeks would be left of it."""
        weeks = (self.span - self.after) // WEEK
        left_out = tuple(sorted({*self.left_out, *range(weeks - days // WEEK, weeks)}))
        before = (weeks - len(left_out)) * WEEK
        return replace(self, before=before, left_out=left_out) if before >= _KNOWS_DRIFT else None

    @property
    def apart_from_latest(self) -> Windows | None:
        """Leave out as many days before the later window as it has."""
        return self.apart(self.after)

    @property
    def half(self) -> Windows | None:
        """Shorten the later window to half of its weeks, the others being usual. None if it has less than two."""
        days = self.after // 2 // WEEK * WEEK
        return replace(self, before=self.before + self.after - days, after=days) if days else None

    def place(self, day: pl.Expr) -> pl.Expr:
        """Return the number of a day in both windows, starting at 0, and null for days that are in neither."""
        number = (day - pl.lit(self.first)).dt.total_days().cast(pl.Int64)
        week = number // WEEK
        earlier = pl.sum_horizontal(pl.lit(0), *((week > out).cast(pl.Int64) for out in self.left_out))
        is_inside = pl.lit(self.complete) & number.is_between(0, self.span - 1) & ~week.is_in(self.left_out)
        return pl.when(is_inside).then(number - WEEK * earlier)

    def dates(self) -> dict[str, date]:
        """Return the first day of the earlier window, and the first and last day of the later one."""
        middle = self.first + timedelta(days=self.span - self.after)
        return {
            "before_first": self.first,
            "after_first": middle,
            "after_last": middle + timedelta(days=self.after - 1),
        }


def find_windows(
    frame: pl.DataFrame,
    *,
    where: Selection | None,
    days: int,
    as_of: datetime | None,
    time_zone: str,
    include_churn: bool = False,
) -> Windows:
    """Find the longest windows that fit: at most `days`, preceded by at least as many, up to `BASELINE`.

    Unusual weeks are left out of the earlier window, see `seggwat_nb.analysis.unusual_weeks`.
    """
    span = span_of(frame, where=where, as_of=as_of, time_zone=time_zone)
    known = 0 if span is None else (span.covered_last - span.covered_first).days + 1
    after = min(days, known // (2 * WEEK) * WEEK)
    if span is None or after < WEEK:
        return Windows(date(1970, 1, 1), days, days, complete=False)
    before = min(max(BASELINE, after), (known - after) // WEEK * WEEK)
    rows = without_churn(select_rows(frame, where), include_churn=include_churn, columns=["created_at"])
    known_from = max(span.covered_first, span.covered_last - timedelta(days=max(before, YEAR) + after - 1))
    daily = rows_a_day(rows, known_from, span.covered_last, time_zone=time_zone)
    left_out = unusual_weeks(daily, known_from, before=before, after=after)
    first = span.covered_last - timedelta(days=before + after - 1)
    return Windows(first, before - WEEK * len(left_out), after, complete=True, left_out=left_out)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows in both windows.

    Attributes
    ----------
    day : array of int
        Day of each row, starting at 0.
    who : array of int
        Number of each row's submitter, -1 if unsigned.
    codes, values : dict
        For each key, the numbers of the rows' values, and the values themselves.
    """

    day: Integers
    who: Integers
    codes: dict[str, Codes]
    values: dict[str, pl.Series]

    def have(self, key: str, number: int) -> NDArray[np.bool_]:
        """Return which rows have a given value of a key."""
        found = np.zeros(self.day.size, np.bool_)
        found[self.codes[key].row[self.codes[key].value == number]] = True
        return found

    def by(self, keys: Sequence[str]) -> Rows:
        """Return the same rows with fewer keys."""
        codes, values = {key: self.codes[key] for key in keys}, {key: self.values[key] for key in keys}
        return Rows(self.day, self.who, codes, values)

    def only(self, kept: NDArray[np.bool_]) -> Rows:
        """Return the given rows. Values keep their numbers."""
        if kept.all():
            return self
        codes = {key: code.only(kept) for key, code in self.codes.items()}
        return Rows(self.day[kept], self.who[kept], codes, self.values)

    def count(self, kept: NDArray[np.bool_] | None = None) -> Integers:
        """Return how many rows each value of each key has, or how many of the given rows."""
        inside = {key: code.value if kept is None else code.value[kept[code.row]] for key, code in self.codes.items()}
        return np.concatenate([np.bincount(one, minlength=self.values[key].len()) for key, one in inside.items()])

    def count_changes(self, kept: NDArray[np.bool_], windows: Windows) -> Floats:
        """Return how many more of the given rows each value of each key has in the later window than usual."""
        later = self.day >= windows.before
        found: Floats = self.count(kept & later) - windows.alike * self.count(kept & ~later)
        return found

    def only_values(self, kept: NDArray[np.bool_]) -> Rows:
        """Leave out other values, given for all keys one after another. Rows and the values' numbers stay."""
        codes, start = {}, 0
        for key, code in self.codes.items():
            of_key = kept[start : start + self.values[key].len()][code.value]
            codes[key] = Codes(code.value[of_key], code.row[of_key])
            start += self.values[key].len()
        return Rows(self.day, self.who, codes, self.values)

    def tally(self, key: str, windows: Windows) -> Tally:
        """Count the rows of each value of a key."""
        value, row = self.codes[key]
        day, who, values = self.day[row], self.who[row], self.values[key].len()
        by_person = RowsByPerson.of(value, day, who, values, before=windows.before, after=windows.after)
        return Tally(RowsByDay.of(value, day, values), by_person)

    def daily(self, windows: Windows) -> Floats:
        """Count all rows by day."""
        return np.bincount(self.day, minlength=windows.before + windows.after).astype(np.float64)

    def renumber(self) -> Rows:
        """Leave out the values that no row has."""
        present = {
            key: np.bincount(code.value, minlength=self.values[key].len()) > 0 for key, code in self.codes.items()
        }
        codes = {key: Codes((np.cumsum(present[key]) - 1)[code.value], code.row) for key, code in self.codes.items()}
        values = {key: self.values[key].filter(pl.Series(present[key])) for key in self.codes}
        return Rows(self.day, self.who, codes, values)


class Tally(NamedTuple):
    """Number of rows of each value of a key, by day and by submitter."""

    by_day: RowsByDay
    by_person: RowsByPerson

    def without(self, lost: Rows, key: str) -> Tally:
        """Leave out some of the rows, which takes less time than to count the others."""
        value, row = lost.codes[key]
        day, who = lost.day[row], lost.who[row]
        return Tally(self.by_day.without(value, day), self.by_person.without(value, day, who))


class Codes(NamedTuple):
    """Values of a key: their numbers, and the rows that have them. A row can have several values or none."""

    value: Integers
    row: Integers

    def only(self, kept: NDArray[np.bool_]) -> Codes:
        """Return the values of the given rows, with renumbered rows."""
        if self.row.size == kept.size and np.array_equal(self.row, np.arange(kept.size)):  # one value a row
            value = self.value[kept]
            return Codes(value, np.arange(value.size))
        held = kept[self.row]
        return Codes(self.value[held], (np.cumsum(kept) - 1)[self.row[held]])


def rows_within(
    frame: pl.DataFrame,
    windows: Windows,
    *,
    where: Selection | None,
    keys: Sequence[str],
    time_zone: str,
    include_churn: bool,
) -> Rows:
    """Return the selected rows in either window. Without keys, all have the same value of the key ``everything``."""
    rows = items_within(frame, windows, where=where, columns=keys, time_zone=time_zone, include_churn=include_churn)
    values = [key_column(rows, key) for key in keys] or [pl.lit("all").alias("everything")]
    rows = merge_spellings(rows.select(*values, "_day", "_who"))
    found = {key: code_values(rows[key]) for key in (keys or ["everything"])}
    return Rows(
        rows["_day"].to_numpy(),
        submitter_numbers(rows["_who"]),
        {key: codes for key, (codes, _) in found.items()},
        {key: values for key, (_, values) in found.items()},
    )


def code_values(column: pl.Series) -> tuple[Codes, pl.Series]:
    """Assign numbers to the values of a key. A row with a list has all its values, or null if it is empty."""
    row = np.arange(column.len())
    if has_several(column.dtype):
        lists = column.to_frame("value").select(one_a_row("value")).to_series()
        row, column = np.repeat(row, lists.list.len().fill_null(1).to_numpy()), lists.explode()
    code, values = number_texts(column)
    return Codes(code, row), values


def key_column(rows: pl.DataFrame, key: str) -> pl.Expr:
    """Convert a key to text, and a path to its page, without query and IDs. A list column stays a list."""
    if has_several(rows.schema[key]):
        return pl.col(key)
    value = pl.col(key).cast(pl.String)
    return as_page_without_ids(value) if key == "path" else value


def items_within(
    frame: pl.DataFrame,
    windows: Windows,
    *,
    where: Selection | None,
    columns: Sequence[str],
    time_zone: str,
    include_churn: bool,
    order: Sequence[str] = (),
) -> pl.DataFrame:
    """Return the selected rows in either window, sorted by ``_day`` (from 0). ``_who`` is null for unsigned rows.

    The rows of a day are in the order of the frame, or sorted by some of the columns.
    """
    needed = [name for name in frame.columns if name in {*columns, "created_at", "submitted_by"}]
    rows = without_churn(select_rows(frame, where), include_churn=include_churn, columns=needed)
    day = windows.place(local_day(pl.col("created_at"), time_zone=time_zone))
    rows = rows.with_columns(_day=day).drop_nulls("_day")  # often a small part of them
    return rows.select(*columns, "_day", _who=submitter_of(rows)).sort("_day", *order, maintain_order=True)


def number_texts(texts: pl.Series) -> tuple[Integers, pl.Series]:
    """Assign numbers to the values of a column in sorted order. Null is a value, and comes last."""
    values = texts.unique().sort(nulls_last=True)
    known = values.to_frame("value").with_row_index("number")
    found = texts.to_frame("value").join(known, on="value", how="left", nulls_equal=True, maintain_order="left")
    return found["number"].cast(pl.Int64).to_numpy(), values


@dataclass(frozen=True, slots=True)
class Judged:
    """Values of a key: their rows in each window, and the result of the test.

    Attributes
    ----------
    before, after : array of int
        Rows in the earlier and the later window.
    totals : tuple of int
        All rows in each window, of any value.
    dispersion : Dispersion
        How much the rows cluster and drift, see `seggwat_nb.analysis.overdispersion`.
    p : array of float
        p-values, NaN where there are too few rows to prove anything.
    of_shares : Dispersion or None
        Dispersion of the values' shares of all rows, if these were compared.
    """

    before: Integers
    after: Integers
    totals: tuple[int, int]
    dispersion: Dispersion
    p: Floats
    of_shares: Dispersion | None = None


def compare_windows(
    rows: Rows, key: str, windows: Windows, *, shares: bool, level: float, earlier: Floats | None = None
) -> Judged:
    """Test whether the counts of each value of a key differ between the windows: `compare_keys` of one key.

    Each row has one value. `earlier` has the rows of each value (a row) in each week before both windows (a column).
    """
    setting = _Setting.of(rows.daily(windows), windows)
    return _judge(rows.tally(key, windows), setting, shares=shares, level=level, earlier=earlier)


def compare_keys(rows: Rows, keys: Sequence[str], windows: Windows, *, shares: bool, level: float) -> list[Judged]:
    """Test for each key whether the counts of its values differ between the windows.

    Parameters
    ----------
    rows
        The rows in both windows, from `rows_within`.
    keys
        The keys whose values are compared.
    windows
        The windows.
    shares
        Whether the share of all rows must have changed as well, in the same direction.
    level
        1 minus the p-value at which a change is proven.
    """
    tallies = (rows.tally(key, windows) for key in keys)
    return compare_tallies(tallies, rows.daily(windows), windows, shares=shares, level=level)


def compare_tallies(
    tallies: Iterable[Tally], daily: Floats, windows: Windows, *, shares: bool, level: float
) -> list[Judged]:
    """Do the same for rows that have been counted, with the number of all rows on each day."""
    setting = _Setting.of(daily, windows)
    return [_judge(tally, setting, shares=shares, level=level) for tally in tallies]


class _Setting(NamedTuple):
    """What all rows together say: which days are busy, and how much the project changes slowly."""

    by_weekday: Layout
    by_day: Layout
    slow: Wander

    @classmethod
    def of(cls, daily: Floats, windows: Windows) -> _Setting:
        layout = Layout(windows.before, windows.after, weekday_weights(daily))
        return cls(layout, Layout(windows.before, windows.after, daily), wander(daily, layout))


def _judge(tally: Tally, setting: _Setting, *, shares: bool, level: float, earlier: Floats | None = None) -> Judged:
    layout, of_all, slow = setting
    by_day, people = tally.by_day, tally.by_person.dispersion()
    values, n_all = by_day.values, int(of_all.exposure.sum())
    n_after = int(of_all.exposure[layout.before :].sum())
    both, after = by_day.totals(), by_day.totals(layout.before)
    before = both - after
    found = dispersion_of_rows(by_day, layout, parameters=WEEK + 1, people=people, slow=slow)
    weeks = weeks_of_all = None
    if earlier is not None and earlier.shape[1] >= _FEWEST_WEEKS:
        usual = np.fmax(np.median(earlier, axis=1), both / layout.weeks)
        calm = np.fmin(earlier, (usual + _OUTLIER * np.sqrt(usual * found.size))[:, None])
        weeks = EarlierWeeks(calm, np.full(calm.shape[1], float(WEEK)))
        weeks_of_all = EarlierWeeks(calm, calm.sum(axis=0))
        found = dispersion_of_rows(by_day, layout, parameters=WEEK + 1, people=people, slow=slow, earlier=weeks)

    asked = both >= LEAST

    def chance(one: Floats, other: Floats, size: Dispersion, of: tuple[float, float]) -> Floats:
        return significance.p_of_rates(
            one[asked], other[asked], exposure=of[0], other_exposure=of[1], dispersion=size.size[asked],
            freedom=size.freedom[asked], exact=False,
        )  # fmt: skip

    lengths, none = (float(layout.after), float(layout.before)), np.zeros(values)
    least = np.fmin(chance(both, none, found, lengths), chance(none, both, found, lengths))
    p, own = chance(after, before, found, lengths), None
    if shares:
        rest = np.fmax(1 - both / max(n_all, 1), _NOTHING)
        own = dispersion_of_rows(
            by_day, of_all, parameters=2, least=rest,
            people=Dispersion(people.size * rest, people.freedom), earlier=weeks_of_all,
        )  # fmt: skip
        sizes = (max(float(n_after), _NOTHING), max(float(n_all - n_after), _NOTHING))
        rose, grew = (np.sign(after * of[1] - before * of[0])[asked] for of in (lengths, sizes))
        p = np.where(rose == grew, np.fmax(chance(after, before, own, sizes), p), 1.0)
    proven = np.full(values, np.nan)
    proven[asked] = np.where(least <= 1 - level, p, np.nan)
    totals = n_all - n_after, n_after
    return Judged(before.astype(np.int64), after.astype(np.int64), totals, found, proven, own)
