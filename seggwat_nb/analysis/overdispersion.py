"""Estimates how much more counts scatter than independent items would, and how reliable the estimate is.

Feedback is clustered: one person writes thirty items, one outage fills a day, and a whole project drifts up and down
over months. A test that treats all items as independent would see change everywhere. So counts are divided by their
**dispersion**, the ratio of their variance to that of independent items, before anything is inferred from them (Rao and
Scott 1992, Biometrics 48, 577-585; 1999, Statistics in Medicine 18, 1373-1385). A dispersion is itself an estimate. Its
**degrees of freedom** say how much data it is based on, and Student's t takes them into account.

Everything here is based on sums of rows rather than a grid of values by days, so thousands of values take little time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Integers: TypeAlias = NDArray[np.int64]

__all__ = [
    "KNOWN",
    "WEEK",
    "Dispersion",
    "EarlierWeeks",
    "Layout",
    "RowsByDay",
    "RowsByPerson",
    "Wander",
    "count_cells",
    "dispersion_of_rows",
    "larger",
    "wander",
    "weekday_weights",
]

WEEK: Final = 7
KNOWN: Final = np.inf
"""Degrees of freedom of a known rather than estimated value. Student's t is then normal."""

_CALM: Final = 10.0
"""Items added to each weekday, so that the weight of a quiet Sunday is never zero."""

_WAVES: Final = 6
"""Number of cosines used to measure slow change: from half a wave to three waves over the whole time."""

_SLOWEST: Final = 4
"""Number of cosines used if their mean is larger than that of all: steady growth is mostly in the first ones."""

_NOTHING: Final = 1e-9
"""Replaces zero in a denominator if the numerator is zero as well."""

_CROWDED: Final = 2
"""If there are at most this many cells per row, all cells are counted, which is then faster than sorting rows."""

_SURELY: Final = 0.99
_CLEARLY: Final = 0.95
_RATHER: Final = 0.75


class Dispersion(NamedTuple):
    """Dispersion of each value's counts, and its degrees of freedom."""

    size: Floats
    freedom: Floats


class EarlierWeeks(NamedTuple):
    """Rows of each value in the weeks before both windows, which only show how much consecutive weeks differ.

    Attributes
    ----------
    rows : array of float
        A row for each value, a column for each week.
    exposure : array of float
        For each week, what `Layout.exposure` is for its days.
    """

    rows: Floats
    exposure: Floats


@dataclass(frozen=True, slots=True)
class Layout:
    """Two windows of whole weeks, one right after the other.

    Attributes
    ----------
    before, after : int
        Days in the earlier and the later window, multiples of 7.
    exposure : array of float
        For each day of both, a number proportional to its expected count: the weight of its weekday, or all rows of the
        day.
    """

    before: int
    after: int
    exposure: Floats

    @property
    def weeks(self) -> int:
        """Number of weeks in both windows."""
        return (self.before + self.after) // WEEK

    def waves(self, *, before: bool, number: int = _WAVES) -> Floats:
        """Return the lowest cosines over the weeks, orthonormal, and orthogonal to the means of the windows."""
        return _waves(self.before // WEEK, self.weeks, before=before, number=number)


@lru_cache(maxsize=64)
def _waves(cut: int, weeks: int, *, before: bool, number: int) -> Floats:
    size = cut if before else weeks
    at = (np.arange(size) + 0.5) / size
    means = [np.ones(size), *([] if before else [(np.arange(size) >= cut).astype(np.float64)])]
    most = max(min(number, size - len(means)), 0)
    basis, corner = np.linalg.qr(np.column_stack([*means, *(np.cos(np.pi * k * at) for k in range(1, most + 3))]))
    distinct = np.abs(np.diag(corner)) > 1e-8  # noqa: PLR2004  # the remainder of a cosine that the means already contain
    distinct[: len(means)] = False
    kept = basis[:, : distinct.size][:, distinct].T[:most]
    found = np.zeros((len(kept), weeks))
    found[:, :size] = kept
    found.flags.writeable = False
    return found


def weekday_weights(daily: Floats) -> Floats:
    """Return the weight of each day's weekday, on average 1, for counts on consecutive days.

    Examples
    --------
    >>> weekday_weights(np.tile([30.0, 30, 30, 30, 30, 0, 0], 20)).round(2)[:7].tolist()
    [1.39, 1.39, 1.39, 1.39, 1.39, 0.02, 0.02]
    """
    weekday = np.arange(daily.size) % WEEK
    totals = np.bincount(weekday, daily, WEEK) + _CALM
    weights: Floats = (totals * WEEK / totals.sum())[weekday]
    return weights


class _Cells(NamedTuple):
    """Number of rows of each value on each day or in each week, sorted."""

    value: Integers
    place: Integers
    rows: Floats

    def without(self, value: Integers, place: Integers) -> _Cells:
        """Leave out some rows. Cells may be empty afterwards, which changes no sum."""
        size = int(self.place.max(initial=0)) + 1
        at = np.searchsorted(self.value * size + self.place, value * size + place)
        return self._replace(rows=self.rows - np.bincount(at, minlength=self.rows.size))


@dataclass(frozen=True, slots=True)
class RowsByDay:
    """Rows of several values, counted once by day and by week for all calculations."""

    values: int
    days: _Cells
    weeks: _Cells

    @classmethod
    def of(cls, value: Integers, day: Integers, values: int) -> RowsByDay:
        """Count rows by the number of their value and by day, both starting at 0."""
        size = int(day.max(initial=0)) + 1
        cells, counts = count_cells(value * np.int64(size) + day, values * size)
        days = _Cells(cells // size, cells % size, counts.astype(np.float64))
        week = days.place // WEEK
        first = np.flatnonzero(np.diff(days.value, prepend=-1) | np.diff(week, prepend=-1))
        rows = np.add.reduceat(days.rows, first) if first.size else days.rows
        return cls(values, days, _Cells(days.value[first], week[first], rows))

    def without(self, value: Integers, day: Integers) -> RowsByDay:
        """Leave out some of the rows."""
        return RowsByDay(self.values, self.days.without(value, day), self.weeks.without(value, day // WEEK))

    def totals(self, first: int = 0) -> Floats:
        """Return the rows of each value from a day on."""
        return _sums(self.days.value, self.days.rows * (self.days.place >= first), self.values)


class _Counts:
    """Rows of each value by day and week, compared with what windows and exposure explain."""

    def __init__(self, rows: RowsByDay, layout: Layout) -> None:
        self.days, self.weeks, self.values, self.layout = rows.days, rows.weeks, rows.values, layout
        later = np.arange(layout.before + layout.after) >= layout.before
        self.rows = _sums(self.days.value, self.days.rows, self.values)
        after = _sums(self.days.value, self.days.rows * later[self.days.place], self.values)
        exposures = np.array([layout.exposure[~later].sum(), layout.exposure[later].sum()])
        self.rows_before = self.rows - after
        self.rates = np.column_stack([self.rows_before, after]) / np.fmax(exposures, _NOTHING)
        self.some = np.fmax(self.rows, _NOTHING)
        self.cut = layout.before // WEEK
        self.weekly = layout.exposure.reshape(layout.weeks, WEEK).sum(axis=1)

    def by_day(self, *, parameters: int) -> Dispersion:
        live = int((self.layout.exposure > 0).sum())
        freedom = float(max(live - parameters, 1))
        found = self._scatter(self.days, self.layout.exposure, self.layout.before)
        return _of(found * live / freedom, freedom)

    def by_week(self) -> Dispersion:
        weeks = self.layout.weeks
        return _of(self._scatter(self.weeks, self.weekly, self.cut) * weeks / max(weeks - 2, 1), weeks - 2)

    def _scatter(self, cells: _Cells, exposure: Floats, cut: int) -> Floats:
        # Divided by the sum of expected counts rather than term by term, so that a day weighs as much as its rows.
        usual = self.rates[cells.value, (cells.place >= cut).astype(np.int64)] * exposure[cells.place]
        squares = _sums(cells.value, cells.rows * (cells.rows - 2 * usual), self.values)
        expected = self.rates**2 @ np.array([(exposure[:cut] ** 2).sum(), (exposure[cut:] ** 2).sum()])
        found: Floats = np.fmax(squares + expected, 0.0) / self.some
        return found

    def week_to_week(self, earlier: EarlierWeeks | None) -> Dispersion:
        """Estimate the scatter from differences between consecutive weeks, which a steady rise hardly affects."""
        weeks, cut = self.layout.weeks, self.cut
        joined = np.arange(1, weeks) != cut  # whether a week is in the same window as the previous one
        pairs = int(joined.sum())
        if pairs < 2:  # noqa: PLR2004  # nothing to vary
            return _of(np.zeros(self.values), 0)
        step = np.where(joined, np.diff(self.weekly), 0.0)
        slope = np.concatenate([[0.0], step]) - np.concatenate([step, [0.0]])
        times = np.concatenate([[0], joined]) + np.concatenate([joined, [0]])
        owner, week, counts = self.weeks
        squares = _sums(owner, counts**2 * times[week], self.values)
        follows = (np.diff(owner) == 0) & (np.diff(week) == 1) & joined[np.fmax(week[1:] - 1, 0)]
        squares -= 2 * _sums(owner[1:][follows], (counts[1:] * counts[:-1])[follows], self.values)
        rate = self.rates[owner, (week >= cut).astype(np.int64)]
        squares -= 2 * _sums(owner, counts * slope[week] * rate, self.values)
        squares += self.rates**2 @ np.array([(step[: max(cut - 1, 0)] ** 2).sum(), (step[cut:] ** 2).sum()])
        # Von Neumann (1941), Annals of Mathematical Statistics 12, 367-395: two thirds as efficient as the variance.
        if earlier is None or earlier.exposure.size < 2:  # noqa: PLR2004  # no pair of weeks
            return _of(np.fmax(squares, 0.0) / (2 * pairs) / (self.some / weeks), pairs * 2 / 3)
        rows, number = earlier.rows.sum(axis=1), earlier.exposure.size
        rate = rows / max(float(earlier.exposure.sum()), _NOTHING)
        steps = np.diff(earlier.rows) - np.outer(rate, np.diff(earlier.exposure))
        squares = np.fmax(squares, 0.0) + (steps**2).sum(axis=1)
        weekly, usual = (self.some + rows) / (weeks + number), self.some / weeks
        # Weeks with fewer rows say less: those before a problem began say nothing about it.
        freedom = (pairs + (number - 1) * np.fmin(rows / number / usual, 1.0)) * 2 / 3
        return Dispersion(squares / (2 * (pairs + number - 1)) / weekly, freedom)

    def in_waves(self, *, before: bool = False, number: int = _WAVES) -> Dispersion:
        """Estimate the scatter in the slowest waves, over both windows or only the earlier one."""
        waves, cut = self.layout.waves(before=before, number=number), self.cut
        heights = [
            _sums(self.weeks.value, wave[self.weeks.place] * self.weeks.rows, self.values)
            - self.rates @ np.array([wave[:cut] @ self.weekly[:cut], wave[cut:] @ self.weekly[cut:]])
            for wave in waves
        ]
        if not heights:
            return _of(np.zeros(self.values), 0)
        weekly = self.rows_before / cut if before else self.rows / self.layout.weeks
        found = np.mean(np.square(heights), axis=0) / np.fmax(weekly, _NOTHING)
        return _of(np.where(weekly >= 1, found, 0.0) if before else found, len(waves))


def count_cells(cells: Integers, most: int) -> tuple[Integers, Integers]:
    """Return the distinct cells in order, with their counts, given that there are at most `most` cells.

    The cells are sorted in place, since a copy may take much memory.
    """
    if most > _CROWDED * cells.size:
        # As `np.unique`, which would sort cells that are in order already.
        if not (cells[1:] >= cells[:-1]).all():
            cells.sort()
        first = np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]])[: cells.size])
        return cells[first], np.diff(np.append(first, cells.size))
    counts = np.bincount(cells, minlength=1)
    found = np.flatnonzero(counts)
    return found, counts[found]


def _sums(place: Integers, weights: Floats, size: int) -> Floats:
    """Sum the weights of each place, always as floats, since NumPy returns integers for empty input."""
    return np.bincount(place, weights, size).astype(np.float64)


def _of(size: Floats, freedom: float) -> Dispersion:
    return Dispersion(size, np.full(size.shape, float(freedom)))


@dataclass(frozen=True, slots=True)
class Wander:
    """Slow change of all rows together, in addition to the scatter of days.

    Attributes
    ----------
    per_row : float
        Variance of the weekly rate divided by its squared mean. A value's dispersion increases by this for each weekly
        row.
    freedom : float
        Degrees of freedom of the estimate. 0 if no slow change is visible.
    seen_per_row : float
        The dispersion that it was estimated from, per weekly row of the total.
    """

    per_row: float = 0.0
    freedom: float = 0.0
    seen_per_row: float = 0.0


def wander(daily: Floats, layout: Layout) -> Wander:
    """Estimate from the daily counts of all rows how much the project changes slowly, so that weeks differ anyway.

    The mean square of the lowest cosines of weekly counts estimates the variance that means over long windows have
    (equally weighted cosines: Sun 2013, The Econometrics Journal 16, 1-26; Lazarus, Lewis, Stock and Watson 2018,
    Journal of Business and Economic Statistics 36, 541-559). If it is clearly above the scatter of days, only the
    slowest cosines are used if their mean is larger. Otherwise the scatter of weeks is used.
    """
    rows = daily.sum()
    if not rows or layout.weeks < 3:  # noqa: PLR2004  # two weeks leave no scatter within the windows
        return Wander()
    nothing = np.zeros(daily.size, np.int64)
    days, weekly = _Cells(nothing, np.arange(daily.size), daily), daily.reshape(layout.weeks, WEEK).sum(axis=1)
    weeks = _Cells(nothing[: layout.weeks], np.arange(layout.weeks), weekly)
    counts = _Counts(RowsByDay(1, days, weeks), layout)
    by_day = counts.by_day(parameters=WEEK + 1)
    scatter, freedom = max(float(by_day.size[0]), 1.0), float(by_day.freedom[0])
    slow = counts.in_waves(), counts.in_waves(number=_SLOWEST)
    for parts, surely in ((slow, _CLEARLY), ((counts.by_week(),), _RATHER)):
        size, own = float(parts[0].size[0]), float(parts[0].freedom[0])
        if own >= 2 and size > scatter * special.fdtri(own, freedom, surely):  # noqa: PLR2004  # one cosine is not enough
            size, own = max((float(part.size[0]), float(part.freedom[0])) for part in parts)
            usual = float(rows) / layout.weeks
            return Wander((size - scatter) / usual, own, size / usual)
    return Wander()


def dispersion_of_rows(
    rows: RowsByDay,
    layout: Layout,
    *,
    parameters: int,
    people: Dispersion,
    least: ArrayLike = 1.0,
    slow: Wander | None = None,
    earlier: EarlierWeeks | None = None,
) -> Dispersion:
    """Estimate the dispersion of each value's counts in two windows.

    Parameters
    ----------
    rows
        Rows of each value by day, from the start of the earlier window.
    layout
        The windows.
    parameters
        Number of parameters that the expected daily counts are based on.
    people
        Dispersion by submitters, from `RowsByPerson`.
    least
        Dispersion of independent rows: 1 for counts, or 1 minus the share for counts among a fixed number of rows.
    slow
        Slow change of all rows together.
    earlier
        Weeks before both windows.

    Returns
    -------
    Dispersion
        The largest of `least`, `people` and the scatter of days around what window and exposure explain (Pearson's
        statistic over its degrees of freedom; McCullagh and Nelder 1989, Generalized Linear Models, section 4.5), plus
        the slow change. If clearly larger, the value's own scatter from week to week, or in slow waves in the earlier
        window, is used instead.
    """
    counts = _Counts(rows, layout)
    by_day = counts.by_day(parameters=parameters)
    base = larger(Dispersion(np.fmax(by_day.size, least), by_day.freedom), people)
    size, freedom = base
    if slow is not None and slow.freedom:
        weekly = counts.rows / layout.weeks
        size = base.size + slow.per_row * weekly
        # Satterthwaite (1946), Biometrics Bulletin 2, 110-114: degrees of freedom of a sum of two estimates.
        parts_of_variance = base.size**2 / base.freedom + (slow.seen_per_row * weekly) ** 2 / slow.freedom
        freedom = size**2 / parts_of_variance
    found = Dispersion(size, freedom)
    # For values with less than one row a week before, a rise cannot be distinguished from drift, and counts as a rise.
    for own, surely in ((counts.in_waves(before=True), _SURELY), (counts.week_to_week(earlier), _RATHER)):
        above = (own.freedom >= 2) & (own.size > found.size)  # noqa: PLR2004  # as in wander
        ratio = own.size[above] / found.size[above]
        # To find the limit of the ratio instead takes several times as long.
        above[above] = special.fdtr(own.freedom[above], np.fmax(found.freedom[above], 1), ratio) > surely
        found = Dispersion(np.where(above, own.size, found.size), np.where(above, own.freedom, found.freedom))
    return found


class _Blocks(NamedTuple):
    """Blocks of days that are as long as the later window, counted back from its end, for each of several people."""

    before: int
    after: int
    people: int

    @property
    def number(self) -> int:
        return -(-(self.before + self.after) // self.after)

    def cells(self, value: Integers, day: Integers, who: Integers) -> Integers:
        """Return value, submitter and block of each signed row as one number, step by step: there may be millions."""
        cells = value * np.int64(self.people)
        cells += who
        cells *= self.number
        cells += (self.before + self.after - 1 - day) // self.after
        return cells[who >= 0]


@dataclass(frozen=True, slots=True)
class RowsByPerson:
    """Rows of several values by submitter and block of days.

    Attributes
    ----------
    blocks : _Blocks
        The blocks, and the number of submitters.
    cells : array of int
        Value, submitter and block of each cell as one number, sorted.
    rows : array of int
        Rows in each cell.
    first, owner : array of int
        For each submitter of each value, the place of the first cell, and the number of the value.
    unsigned : array of int
        Rows of each value without a submitter.
    """

    blocks: _Blocks
    cells: Integers
    rows: Integers
    first: Integers
    owner: Integers
    unsigned: Integers

    @classmethod
    def of(cls, value: Integers, day: Integers, who: Integers, values: int, *, before: int, after: int) -> RowsByPerson:
        """Count rows by the number of their value, day and submitter, all starting at 0. -1 in `who` is unsigned."""
        blocks = _Blocks(before, after, int(who.max(initial=0)) + 1)
        cells, rows = count_cells(blocks.cells(value, day, who), values * blocks.people * blocks.number)
        person = cells // blocks.number
        first = np.flatnonzero(np.diff(person, prepend=-1))
        unsigned = np.bincount(value[who < 0], minlength=values)
        return cls(blocks, cells, rows, first, person[first] // blocks.people, unsigned)

    def without(self, value: Integers, day: Integers, who: Integers) -> RowsByPerson:
        """Leave out some of the rows. Cells may be empty afterwards, which changes no sum."""
        at = np.searchsorted(self.cells, self.blocks.cells(value, day, who))
        unsigned = np.bincount(value[who < 0], minlength=self.unsigned.size)
        return replace(
            self, rows=self.rows - np.bincount(at, minlength=self.rows.size), unsigned=self.unsigned - unsigned
        )

    def dispersion(self) -> Dispersion:
        """Estimate the dispersion due to people who write more than once.

        Each person's items have a variance between blocks, and the dispersion is the sum of these variances divided by
        the number of items (Liang and Zeger 1986, Biometrika 73, 13-22, with submitters as clusters). A person who
        always writes equally often adds nothing, and a single item adds one, as does each unsigned item.
        """
        blocks, values = self.blocks.number, self.unsigned.size
        squares, items = (
            np.add.reduceat(each, self.first) if self.first.size else np.zeros(0) for each in (self.rows**2, self.rows)
        )
        varied = (squares - items**2 / blocks) * blocks / (blocks - 1)
        total = np.bincount(self.owner, varied, values) + self.unsigned
        spread = np.bincount(self.owner, varied**2, values) + self.unsigned
        size = total / np.fmax(np.bincount(self.owner, items, values) + self.unsigned, _NOTHING)
        return Dispersion(size, np.fmax(total**2 / np.fmax(spread, _NOTHING) - 1, 1.0))


def larger(one: Dispersion, other: Dispersion) -> Dispersion:
    """Return the larger of two dispersions for each value, with its degrees of freedom."""
    second = other.size > one.size
    return Dispersion(np.where(second, other.size, one.size), np.where(second, other.freedom, one.freedom))
