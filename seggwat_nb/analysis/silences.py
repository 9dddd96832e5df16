"""Finds silences: paths, sources or versions that should have received feedback but did not.

A count that drops to zero is easily missed, since charts do not show what is missing. For each value, runs of days with
almost no feedback (at most a tenth of the usual number) are compared with what was expected on those days:

- from the calendar: as many as on its other days, with its own weekday pattern (shrunk towards the project's);
- from the rest of the project: its usual share of the other items. On a holiday, everything is silent.

The larger of the two p-values counts. Each is a binomial tail: the probability of the run's items given all items of
the value (Przyborowski and Wilenski 1940, "Homogeneity of results in testing samples from Poisson series", Biometrika
31, 313-323). Counts are divided by their dispersion, which is the largest of those of days, weeks and four weeks,
shrunk towards that of all values and taken at the upper limit of its interval. Half of the false alarms allowed are for
the silence that lasts until now, of which there is one. For the other half, a value with many items has many gaps
between them, so p is multiplied by their number. q is corrected for the number of values by Benjamini and Hochberg.

A week with far more items than others that is followed by usual ones is a burst. It counts as a busy week, so that an
old campaign does not hide a silence.

The usual level must have lasted at least half as long as the silence: three busy days in two months are a burst, not
the norm. A version falls silent when people update, which is not a finding. So only the newest version of each line in
use is tested (`seggwat_nb.analysis.version_lines`), and only for whether it is silent now. People also move from one
line to another, or back to an earlier version. So for lines other than that of the newest version of all, feedback must
have stopped at once, and for all, other versions must not have made up for half of what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis import intervals, periods, significance
from seggwat_nb.analysis.bursts import calm_weeks, in_blocks
from seggwat_nb.analysis.counts import count_by_period, keys_of, open_rows, span_of
from seggwat_nb.analysis.day_range import RHYTHM_DAYS, Days
from seggwat_nb.analysis.overdispersion import WEEK
from seggwat_nb.analysis.validation import check_level
from seggwat_nb.analysis.version_lines import newest_of, stopped_at_once, was_replaced
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.intervals import Floats
    from seggwat_nb.analysis.overdispersion import Integers

__all__ = ["quiet_days", "silences"]

LEAST: Final = 6
"""Minimum number of items on other days. With fewer, no number can be expected."""

_QUIET: Final = 0.1
"""A day is quiet if it has at most this share of the expected items."""

_PRIOR: Final = 10
"""Weight, in blocks, of the dispersion of all values relative to a value's own."""

_UPPER: Final = 0.75
"""Upper tail probability at which `scipy.special.chdtri` gives the upper limit of a dispersion."""

_RHYTHM: Final = 20.0
"""Weight, in items, of the project's weekday pattern relative to a value's own."""

_TRIED: Final = 5
"""Maximum number of runs tested per value, those with the most expected items, since others prove less."""

_WEEKEND: Final = 2
"""Maximum number of weekdays on which a project may never receive items."""

_CELLS: Final = 100_000
"""Values times days that are in memory at the same time."""

_BLOCKS: Final = (1, 7, 28)
_FEWEST_BLOCKS: Final = 5
"""Minimum number of blocks that show how much they differ. Of three blocks, chance gives too wide a range."""
_LONGEST: Final = 2
"""Maximum length of a silence relative to the rest of the time."""
_SHORTEST_USE: Final = 14
"""Minimum number of days before a value falls silent: after a few busy days of a campaign, that is usual."""

_SCHEMA: Final = {
    **dict.fromkeys(("key", "value"), pl.String()),
    **dict.fromkeys(("silent_since", "silent_until"), pl.Date()),
    "days": pl.Int64(),
    "expected": pl.Float64(),
    **dict.fromkeys(("came", "usual"), pl.Int64()),
    **dict.fromkeys(("p", "dispersion"), pl.Float64()),
    "is_over": pl.Boolean(),
}


def silences(
    frame: pl.DataFrame,
    *,
    where: Selection | None = None,
    by: str | Sequence[str] = ("path", "source", "version"),
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Find values whose feedback stopped, for now or for a while.

    Parameters
    ----------
    frame
        Feedback or ratings, as a polars frame.
    where
        Rows to count.
    by
        One or several text columns whose values are tested. Columns that the frame lacks are ignored.
    time_zone
        IANA name of the zone whose days are counted.
    as_of
        The time up to which the rows are known, such as ``client.last_load.as_of``. The last complete day before it is
        the last one tested, and the first is at most ten years earlier. None: that of the last row, whose day then
        counts as unfinished. If everything is silent, only `as_of` shows that days have passed.
    level
        1 minus the rate of false alarms allowed in the verdicts.

    Returns
    -------
    pl.DataFrame
        One row per value with at least six items, with its most striking silence, and one for the rest of the project
        without the values that are silent themselves. The most certain come first:

        - ``key``, ``value``: String, the column and its value; both null for the project;
        - ``silent_since``, ``silent_until``: Date, first and last day with almost no items, null if there was no such
          day; ``days``: Int64;
        - ``expected``: Float64, items expected on those days, the smaller of the two estimates; ``came``: Int64, items
          received; ``usual``: Int64, items on the value's other days;
        - ``p``: Float64, for the hypothesis that nothing changed; ``q``: corrected for the number of rows;
          ``dispersion``: Float64, at least 1;
        - ``verdict``: String, ``silent`` or ``was silent`` where q is at most ``1 - level``, else ``unclear``.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame has none of the columns.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    >>> rows = pl.DataFrame(
    ...     {
    ...         "created_at": [start + timedelta(days=day) for day in range(60) for _ in range(4)],
    ...         "source": ["Widget", "Api", "Widget", "Widget"] * 60,
    ...     }
    ... ).filter((pl.col("source") == "Widget") | (pl.col("created_at") < start + timedelta(days=48)))
    >>> found = silences(rows, by=["source"], as_of=start + timedelta(days=60))
    >>> found.filter(pl.col("verdict") != "unclear").select("value", "silent_since", "days", "came", "verdict").rows()
    [('Api', datetime.date(2026, 4, 18), 12, 0, 'silent')]
    """
    check_level(level)
    known = open_rows(frame).collect_schema()
    keys = [key for key in keys_of(by) if key in known]
    if not keys:
        raise ArgumentError(f"by={by!r} names no column of the frame. Pass columns that it has.")
    periods.check_periods(time_zone=time_zone, as_of=as_of)
    span = span_of(frame, where=where, as_of=as_of, time_zone=time_zone)
    rows: list[tuple[object, ...]] = []
    if span is not None and span.covered_first <= span.covered_last:
        days = Days(periods.recent(span.covered_first, span.covered_last), span.covered_last)
        daily = days.places(count_by_period(frame, where=where, time_zone=time_zone))
        everything = rest = sum((days.per_day(*part) for part in daily.values()), np.zeros(days.number))
        for key in keys:
            counts = count_by_period(frame, by=[key], where=where, time_zone=time_zone)
            left = everything
            for value, own, found in _of_key(key, counts, everything, days):
                rows.append(_row(key, value, found, days))
                left = left - own if found.p < 1 - level else left
            rest = left if left.sum() < rest.sum() else rest
        # A silence of one large value is reported for that value, and not again for the project.
        if rest.sum() >= LEAST:
            (found,) = _silences(_Series.since_first(rest[None, :], rest, days), None)
            rows.append(_row(None, None, _of_everything(found, everything), days))
    table = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    q = significance.benjamini_hochberg(table["p"])
    is_named = pl.col("q") <= 1 - level
    return (
        table.with_columns(intervals.columns(q=q))
        .sort("p", pl.col("key").is_not_null(), -pl.col("expected"), "key", "value")
        .select(
            *("key", "value", "silent_since", "silent_until", "days", "expected", "came", "usual", "p", "q"),
            "dispersion",
            verdict=pl.when(is_named & pl.col("is_over"))
            .then(pl.lit("was silent"))
            .when(is_named)
            .then(pl.lit("silent"))
            .otherwise(pl.lit("unclear")),
        )
    )


def quiet_days(daily: Floats, first: date, *, level: float) -> range:
    """Return the days of the most striking silence of all feedback, none if chance explains it."""
    days = Days(first, first + timedelta(days=daily.size - 1))
    (found,) = _silences(_Series.since_first(daily[None, :], daily, days), None)
    return range(found.start, found.end if found.p <= 1 - level else found.start)


def _of_everything(found: _Silence, everything: Floats) -> _Silence:
    """Return the silence of the rest if hardly anything else came meanwhile either, else none."""
    came, usual = everything[found.start : found.end].sum(), everything.sum()
    if came > _QUIET * found.expected:
        return _Silence(0, 0, 0.0, 0.0, float(usual), 1.0, 1.0)
    return found._replace(came=float(came), usual=float(usual - came))


class _Silence(NamedTuple):
    """A run of quiet days, and the number of items expected on them."""

    start: int
    end: int
    expected: float
    came: float
    usual: float
    p: float
    dispersion: float


class _Runs(NamedTuple):
    """Runs of days, from ``start`` to before ``end``, each of the value in this row."""

    row: Integers
    start: Integers
    end: Integers


@dataclass(frozen=True, slots=True)
class _Series:
    """Daily items of several values, each since its first: a row for each value, and a column for each day.

    In ``calm``, and in the ``others`` that are not of the value, bursts count as busy weeks.
    """

    own: Floats
    calm: Floats
    others: Floats
    weekday: Integers
    weekly: Floats | None
    first: Integers

    @classmethod
    def since_first(cls, own: Floats, everything: Floats, days: Days) -> _Series:
        first = np.argmax(own > 0, axis=1)
        calm, others = calm_weeks(own, first), calm_weeks(np.fmax(everything - own, 0.0), first)
        (of_all,) = calm_weeks(everything[None, :], np.argmax(everything[None, :] > 0, axis=1))
        return cls(own, calm, others, days.weekday, days.weekly(of_all), first)

    @property
    def last(self) -> int:
        return len(self.weekday)

    @property
    def is_weekday(self) -> Floats:
        """Return whether each day (a row) is each weekday (a column)."""
        found: Floats = (self.weekday[:, None] == np.arange(WEEK)).astype(np.float64)
        return found

    def weekdays(self, start: Integers, end: Integers) -> Floats:
        """Count the weekdays of runs."""
        before = np.concatenate([np.zeros((1, WEEK)), self.is_weekday.cumsum(axis=0)])
        counts: Floats = before[end] - before[start]
        return counts

    def rhythm(self, items: Floats, seen: Floats, known: Floats) -> Floats:
        """Return each weekday's weight: the value's own pattern on the days kept, shrunk towards the project's.

        If these are fewer than three weeks, it is the project's: within a week, a hole looks like a weekday. In a
        project of fewer than three weeks, nothing is expected on weekdays that have had no items so far, unless there
        are more of them than a weekend has.

        `items` and `seen` are the items and days kept of each weekday, and `known` all of its days.
        """
        if self.weekly is None:
            busy = items > 0
            is_weekend = (~busy & (known > 0)).sum(axis=1, keepdims=True) <= _WEEKEND
            return np.where(is_weekend, busy, 1.0)
        project = self.weekly / max(float(self.weekly.mean()), 1e-9)
        kept = seen.sum(axis=1, keepdims=True)
        mean = np.fmax(items.sum(axis=1, keepdims=True) / np.fmax(kept, 1.0), 1e-9)
        weights = (items + _RHYTHM * project / WEEK) / (seen * mean + _RHYTHM / WEEK)
        return np.where(kept < RHYTHM_DAYS, project, weights)

    def runs(self, *, most: int, only_now: bool = False, since_first: bool = True) -> _Runs:
        """Find each value's runs of quiet days with the most expected items, in this order."""
        known = self.weekdays(self.first, np.full_like(self.first, self.last))
        weights = self.rhythm(self.calm @ self.is_weekday, known, known)
        level = _QUIET * self.calm.sum(axis=1) / np.fmax((known * weights).sum(axis=1), 1e-9)
        quiet = self.own <= level[:, None] * weights[:, self.weekday]
        quiet &= np.arange(self.last) >= self.first[:, None]
        edges = np.diff(quiet.astype(np.int8), prepend=0, append=0)
        (row, start), (_, end) = np.nonzero(edges > 0), np.nonzero(edges < 0)
        asked = ((end == self.last) | (not only_now)) & ((start > self.first[row]) | since_first)
        row, start, end = row[asked], start[asked], end[asked]
        order = np.lexsort((-(self.weekdays(start, end) * weights[row]).sum(axis=1), row))
        place = np.arange(row.size) - np.searchsorted(row[order], row[order])
        chosen = order[place < most]
        return _Runs(row[chosen], start[chosen], end[chosen])


@dataclass(frozen=True, slots=True)
class _Outside:
    """The days of values outside a run of each: their items and weights, the latest in the last column."""

    own: Floats
    rhythm: Floats
    days: Integers
    length: Integers
    expected_share: Floats

    @classmethod
    def of(cls, series: _Series, runs: _Runs) -> _Outside:
        row, start, end = runs
        first, length, at = series.first[row], end - start, np.arange(series.last)
        inside = (at >= start[:, None]) & (at < end[:, None])
        own, known = series.calm[row], series.weekdays(first, np.full_like(first, series.last))
        held = series.weekdays(start, end)
        weights = series.rhythm((own * ~inside) @ series.is_weekday, known - held, known)
        # The days before the run move up to those after it.
        source = at - np.where(at < end[:, None], length[:, None], 0)
        is_known = source >= first[:, None]
        source = np.where(is_known, source, 0)
        return cls(
            np.take_along_axis(own, source, axis=1) * is_known,
            np.take_along_axis(weights, series.weekday[source], axis=1) * is_known,
            series.last - first - length,
            length,
            (held * weights).sum(axis=1),
        )

    def scatter(self, length: int) -> tuple[Floats, Floats]:
        """Return the ratio of variance to mean of blocks of this length, and its degrees of freedom, 0 if unknown."""
        number = self.days // length
        counts, exposure = (in_blocks(daily, length, number) for daily in (self.own, self.rhythm))
        items, total = counts.sum(axis=1), exposure.sum(axis=1)
        is_known = (number > 1) & (total > 0) & (items > 0)
        mean = items[:, None] * exposure / np.where(total > 0, total, 1.0)[:, None]
        varied = ((counts - mean) ** 2).sum(axis=1) / np.where(is_known, mean.sum(axis=1), 1.0)
        df = np.where(is_known, number - 1.0, 0.0)
        return np.where(is_known, varied * number / np.fmax(df, 1.0), 1.0), df

    def dispersion(self, pooled: Sequence[float] | None) -> Floats:
        """Return the ratio of variance to mean, at its upper limit, for the block length where it is largest."""
        most = np.ones(self.days.size)
        for place, length in enumerate(_BLOCKS):
            scatter, df = self.scatter(length)
            weight = np.full(df.size, float(_PRIOR)) if pooled is not None else np.fmin(1, df)
            usual = scatter if pooled is None else np.full(df.size, pooled[place])
            drawn = (df * scatter + weight * usual) / np.fmax(df + weight, 1)
            some = np.where(df + weight > 0, df + weight, 1.0)
            limit = np.where(df + weight > 0, some / special.chdtri(some, _UPPER), 1.0)
            is_asked = (self.days // length >= _FEWEST_BLOCKS) | (length == 1)
            most = np.where(is_asked, np.fmax(most, drawn * limit), most)
        return most


def _of_key(key: str, counts: pl.DataFrame, everything: Floats, days: Days) -> Iterator[tuple[str, Floats, _Silence]]:
    """Test each value of a column that has enough items."""
    totals = counts.drop_nulls(key).group_by(key).agg(pl.col("count").sum())
    enough = totals.filter(pl.col("count") >= LEAST)[key]
    daily = days.places(counts.filter(pl.col(key).is_in(enough.implode())), by=key)
    # not only on the last, unfinished day
    daily = {value: part for value, part in daily.items() if part[1].sum() >= LEAST}

    def series(values: Sequence[str]) -> _Series:
        return _Series.since_first(np.stack([days.per_day(*daily[value]) for value in values]), everything, days)

    # Some values at a time, since thousands of paths times years of days would not fit into memory.
    several = max(_CELLS // days.number, 1)
    known = list(daily)
    parts = [known[at : at + several] for at in range(0, len(known), several)]
    pooled = _pool_dispersion(map(series, parts))
    newest = newest_of(daily) if key == "version" else {}
    named = counts.filter(pl.col(key).cast(pl.String).str.contains(r"\S"))  # those of few items replace others, too
    of_all = (
        sum((days.per_day(*part) for part in days.places(named).values()), np.zeros(days.number)) if newest else None
    )
    rhythm = days.rhythm(everything)
    for part in [list(newest)] if newest else parts:
        chosen = series(part)
        found = _silences(chosen, pooled, only_now=bool(newest))
        for place, (value, own, silence) in enumerate(zip(part, chosen.own, found, strict=True)):
            if newest and place:
                line = np.sum([days.per_day(*daily[version]) for version in newest[value]], axis=0)
                silence = silence if stopped_at_once(line, silence.start) else silence._replace(p=1.0)  # noqa: PLW2901
            if of_all is not None and was_replaced(own, of_all, rhythm, silence.start):
                silence = silence._replace(p=1.0)  # noqa: PLW2901
            yield value, own, silence


def _row(key: str | None, value: str | None, found: _Silence, days: Days) -> tuple[object, ...]:
    since, until = (days.first + timedelta(days=place) for place in (found.start, found.end - 1))
    return (
        *(key, value),
        *((since, until) if found.end > found.start else (None, None)),
        found.end - found.start,
        found.expected,
        int(found.came),
        int(found.usual),
        *(found.p, found.dispersion),
        found.end < days.number,
    )


def _silences(series: _Series, pooled: Sequence[float] | None, *, only_now: bool = False) -> list[_Silence]:
    """Find the least likely run of quiet days of each value. Its length is 0 if there is none.

    Without other items to compare with (`pooled` is None), nothing tells quiet first days from a late start.
    """
    runs = series.runs(most=_TRIED, only_now=only_now, since_first=pooled is not None)
    row, start, end = runs
    outside = _Outside.of(series, runs)
    whole = series.own.sum(axis=1)

    def during(daily: Floats) -> tuple[Floats, Floats]:
        """Count the items in each run, and those outside of it since the value's first."""
        until = np.concatenate([np.zeros((daily.shape[0], 1)), daily.cumsum(axis=1)], axis=1)
        inside: Floats = until[row, end] - until[row, start]
        return inside, until[row, -1] - until[row, series.first[row]] - inside

    came, usual = during(series.calm)
    here, elsewhere = during(series.others)
    over = outside.dispersion(pooled)
    exposures = ((outside.expected_share, outside.rhythm.sum(axis=1)), (here, elsewhere))
    expected, worst = np.full(row.size, np.inf), np.zeros(row.size)
    for inside, others in exposures:
        held = np.where(others > 0, others, 1.0)
        expected = np.where(others > 0, np.fmin(expected, usual * inside / held), expected)
        tail = special.betainc(usual / over, came / over + 1, held / (inside + held))
        worst = np.where(others > 0, np.fmax(worst, tail), worst)
    brief = (end == series.last) & (outside.days < _SHORTEST_USE) if pooled is not None else False
    proves = (usual >= LEAST) & (outside.length <= _LONGEST * outside.days) & ~np.asarray(brief)
    tried = 2 * np.where(end == series.last, 1.0, usual / over + 1)
    p = np.where(proves, np.fmin(1.0, worst * tried), 1.0)
    found = [_Silence(0, 0, 0.0, 0.0, float(items), 1.0, 1.0) for items in whole]
    for at in range(row.size):
        if p[at] < found[row[at]].p:
            here_now = float(series.own[row[at], start[at] : end[at]].sum())
            numbers = (float(expected[at]), here_now, float(whole[row[at]]) - here_now, float(p[at]), float(over[at]))
            found[row[at]] = _Silence(int(start[at]), int(end[at]), *numbers)
    return found


def _pool_dispersion(parts: Iterable[_Series]) -> tuple[float, ...]:
    """Return the dispersion of all values together, without their quietest days, for each block length."""
    sums, weights = np.zeros(len(_BLOCKS)), np.zeros(len(_BLOCKS))
    for series in parts:
        quietest = series.runs(most=1)
        start, end = np.zeros((2, series.first.size), np.int64)
        start[quietest.row], end[quietest.row] = quietest.start, quietest.end
        outside = _Outside.of(series, _Runs(np.arange(start.size), start, end))
        for place, length in enumerate(_BLOCKS):
            scatter, df = outside.scatter(length)
            sums[place] += (scatter * df).sum()
            weights[place] += df.sum()
    return tuple(np.fmax(1.0, sums / np.fmax(weights, 1.0)).tolist())
