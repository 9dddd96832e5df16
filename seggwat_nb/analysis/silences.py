"""Finds silences: paths, sources or versions that should have received feedback but did not.

A count that drops to zero is easily missed, since charts do not show what is missing. For each value, runs of days with
almost no feedback (at most a tenth of the usual number) are compared with what was expected on those days:

- from the calendar: as many as on its other days, with its own weekday pattern (shrunk towards the project's);
- from the rest of the project: its usual share of the other items. On a holiday, everything is silent.

The larger of the two p-values counts. Each is a binomial tail: the probability of the run's items given all items of
the value (Przyborowski and Wilenski 1940, "Homogeneity of results in testing samples from Poisson series", Biometrika
31, 313-323). Counts are divided by their dispersion, which is the largest of those of days, weeks and four weeks,
shrunk towards that of all values and taken at the upper limit of its interval. A value with many items has many gaps
between them, so p is multiplied by their number. q is corrected for the number of values by Benjamini and Hochberg.

The usual level must have lasted at least half as long as the silence: three busy days in two months are a burst, not
the norm. A version falls silent when people update, which is not a finding. So only the newest version in use is
tested, and only for whether it is silent now.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis import intervals, periods, significance
from seggwat_nb.analysis.counts import check_dated, count_by_period, keys_of, known_days, opened
from seggwat_nb.analysis.validation import check_level
from seggwat_nb.analysis.versions import UNORDERED, ranked
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.intervals import Floats

__all__ = ["silences"]

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

_RHYTHM_DAYS: Final = 21
"""Minimum number of days that show a weekday pattern."""

_BLOCKS: Final = (1, 7, 28)
_FEWEST_BLOCKS: Final = 3
_LONGEST: Final = 2
"""Maximum length of a silence relative to the rest of the time."""

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
    known = opened(frame).collect_schema()
    keys = [key for key in keys_of(by) if key in known]
    if not keys:
        raise ArgumentError(f"by={by!r} has no column of the frame. Pass columns that it has.")
    periods.check_periods(time_zone=time_zone, as_of=as_of)
    span = known_days(frame, where=where, as_of=as_of, time_zone=time_zone)
    rows: list[tuple[object, ...]] = []
    if span is not None and span.covered_first <= span.covered_last:
        days = _Days(periods.recent(span.covered_first, span.covered_last), span.covered_last)
        everything = rest = days.everything(count_by_period(frame, where=where, time_zone=time_zone))
        for key in keys:
            counts = count_by_period(frame, by=[key], where=where, time_zone=time_zone)
            left = everything
            for value, own, found in _of_key(key, counts, everything, days):
                rows.append(_row(key, value, found, days))
                left = left - own if found.p < 1 - level else left
            rest = left if left.sum() < rest.sum() else rest
        # A silence of one large value is reported for that value, and not again for the project.
        if rest.sum() >= LEAST:
            series = _Series.since_first(rest, days.weekday, days.weekly(rest), np.zeros(days.number))
            found = _silence(series, None)
            first = days.number - series.own.size
            rows.append(_row(None, None, found._replace(start=found.start + first, end=found.end + first), days))
    table = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    q = significance.benjamini_hochberg(table["p"])
    is_named = pl.col("q") <= 1 - level
    return (
        table.with_columns(intervals.columns(q=q))
        .sort(
            *("p", pl.col("key").is_not_null(), "expected", "key", "value"),
            descending=[False, False, True, False, False],
        )
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


class _Days(NamedTuple):
    """The range of complete days."""

    first: date
    last: date

    @property
    def number(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def weekday(self) -> NDArray[np.int64]:
        return (self.first.weekday() + np.arange(self.number)) % 7

    def weekly(self, daily: Floats) -> Floats | None:
        """Return the mean number of items on each weekday. None if there are too few weeks to tell."""
        if self.number < _RHYTHM_DAYS:
            return None
        seen = np.maximum(np.bincount(self.weekday, minlength=7), 1)
        means: Floats = np.bincount(self.weekday, weights=daily, minlength=7) / seen
        return means

    def places(self, counted: pl.DataFrame, *, by: str | None = None) -> dict[str, tuple[NDArray[np.int64], Floats]]:
        """Return the positions of the days with items, and the number of items, of each value in alphabetical order."""
        check_dated(counted, "day")
        value = pl.lit("") if by is None else pl.col(by).cast(pl.String)
        place = (pl.col("day") - pl.lit(self.first)).dt.total_days()
        known = (
            counted.select(value=value, place=place, count="count")
            .filter(pl.col("place").is_between(0, self.number - 1))
            .sort("value", maintain_order=True)
        )
        at, count = known["place"].to_numpy(), known["count"].to_numpy().astype(np.float64)
        ends = known.group_by("value", maintain_order=True).len().with_columns(end=pl.col("len").cum_sum())
        return {name: (at[end - size : end], count[end - size : end]) for name, size, end in ends.iter_rows()}

    def everything(self, counted: pl.DataFrame) -> Floats:
        """Return the number of all items on each day."""
        return next((self.spread(*part) for part in self.places(counted).values()), np.zeros(self.number))

    def spread(self, place: NDArray[np.int64], count: Floats) -> Floats:
        """Return the number of items on each day."""
        daily: Floats = np.bincount(place, weights=count, minlength=self.number).astype(np.float64)
        return daily


class _Silence(NamedTuple):
    """A run of quiet days, and the number of items expected on them."""

    start: int
    end: int
    expected: float
    came: float
    usual: float
    p: float
    dispersion: float


class _Series(NamedTuple):
    """A value's daily items since its first, the weekday of each day, and the project's other items."""

    own: Floats
    weekday: NDArray[np.int64]
    weekly: Floats | None
    others: Floats

    @classmethod
    def since_first(cls, own: Floats, weekday: NDArray[np.int64], weekly: Floats | None, others: Floats) -> _Series:
        first = int(np.flatnonzero(own)[0])
        return cls(own[first:], weekday[first:], weekly, others[first:])

    def rhythm(self, kept: NDArray[np.bool_]) -> Floats:
        """Return each day's weekday weight: the value's own pattern on the days kept, shrunk towards the project's.

        If these are fewer than three weeks, it is the project's: within a week, a hole looks like a weekday. In a
        project of fewer than three weeks, nothing is expected on weekdays that have had no items so far, unless there
        are more of them than a weekend has.
        """
        if self.weekly is None:
            busy = (np.bincount(self.weekday[kept], weights=self.own[kept], minlength=7) > 0)[self.weekday]
            is_weekend = np.unique(self.weekday[~busy]).size <= _WEEKEND
            return busy.astype(np.float64) if is_weekend else np.ones(self.own.size)
        project = self.weekly / max(float(self.weekly.mean()), 1e-9)
        if kept.sum() < _RHYTHM_DAYS:
            known: Floats = project[self.weekday]
            return known
        own, weekday = self.own[kept], self.weekday[kept]
        seen, mean = np.bincount(weekday, minlength=7), max(float(own.mean()), 1e-9)
        by_weekday = np.bincount(weekday, weights=own, minlength=7) + _RHYTHM * project / 7
        weights: Floats = (by_weekday / (seen * mean + _RHYTHM / 7))[self.weekday]
        return weights

    def runs(self) -> list[tuple[int, int]]:
        """Find runs of quiet days, those with the most expected items first."""
        usual = self.rhythm(np.ones(self.own.size, dtype=np.bool_))
        quiet = self.own <= _QUIET * self.own.sum() / usual.sum() * usual
        edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
        found = [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
        return sorted(found, key=lambda run: -float(usual[run[0] : run[1]].sum()))

    def outside(self, run: tuple[int, int]) -> NDArray[np.bool_]:
        kept = np.ones(self.own.size, dtype=np.bool_)
        kept[run[0] : run[1]] = False
        return kept


def _of_key(key: str, counts: pl.DataFrame, everything: Floats, days: _Days) -> Iterator[tuple[str, Floats, _Silence]]:
    """Test each value of a column that has enough items."""
    totals = counts.drop_nulls(key).group_by(key).agg(pl.col("count").sum())
    enough = totals.filter(pl.col("count") >= LEAST)[key]
    daily = days.places(counts.filter(pl.col(key).is_in(enough.implode())), by=key)
    # not only on the last, unfinished day
    daily = {value: part for value, part in daily.items() if part[1].sum() >= LEAST}
    weekly, weekday = days.weekly(everything), days.weekday

    def series(value: str) -> tuple[Floats, _Series]:
        own = days.spread(*daily[value])
        return own, _Series.since_first(own, weekday, weekly, everything - own)

    # One value at a time, since thousands of paths times years of days would not fit into memory.
    pooled = _pooled(series(value)[1] for value in daily)
    newest = _newest(list(daily)) if key == "version" else None
    for value in daily if newest is None else [newest] * bool(newest):
        own, one = series(value)
        found = _silence(one, pooled, only_now=newest is not None)
        first = days.number - one.own.size
        yield value, own, found._replace(start=found.start + first, end=found.end + first)


def _newest(versions: list[str]) -> str:
    """Return the last version in version order, which must have enough items to exclude typos."""
    order = ranked(pl.Series("version", versions, dtype=pl.String))
    placed = order.filter(~pl.col("kind").is_in(UNORDERED))["version"]
    return str((placed if placed.len() else order["version"])[-1]) if order.height else ""


def _row(key: str | None, value: str | None, found: _Silence, days: _Days) -> tuple[object, ...]:
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


def _silence(series: _Series, pooled: Sequence[float] | None, *, only_now: bool = False) -> _Silence:
    """Find the least likely run of quiet days. Its length is 0 if there is none.

    Without other items to compare with (`pooled` is None), nothing tells quiet first days from a late start.
    """
    runs = [run for run in series.runs() if not only_now or run[1] == series.own.size]
    runs = [run for run in runs if pooled is not None or run[0] > 0]
    nothing = _Silence(0, 0, 0.0, 0.0, float(series.own.sum()), 1.0, 1.0)
    return min((nothing, *(_judged(series, run, pooled) for run in runs[:_TRIED])), key=lambda one: one.p)


def _judged(series: _Series, run: tuple[int, int], pooled: Sequence[float] | None) -> _Silence:
    kept = series.outside(run)
    came, usual = float(series.own[~kept].sum()), float(series.own[kept].sum())
    length, rhythm = run[1] - run[0], series.rhythm(kept) if kept.any() else series.own
    if usual < LEAST or length > _LONGEST * (series.own.size - length):
        return _Silence(*run, 0.0, came, usual, 1.0, 1.0)
    over = _dispersion(series.own[kept], rhythm[kept], pooled)
    worst, expected = 0.0, np.inf
    for exposure in (rhythm, *([series.others] if series.others[kept].sum() else [])):
        here, elsewhere = float(exposure[~kept].sum()), float(exposure[kept].sum())
        expected = min(expected, usual * here / elsewhere)
        share = elsewhere / (here + elsewhere)
        worst = max(worst, float(special.betainc(usual / over, came / over + 1, share)))
    return _Silence(*run, expected, came, usual, min(1.0, worst * (usual / over + 1)), over)


def _dispersion(own: Floats, exposure: Floats, pooled: Sequence[float] | None) -> float:
    """Return the ratio of variance to mean, at its upper limit, for the block length where it is largest."""
    most = 1.0
    for place, length in enumerate(_BLOCKS):
        if own.size // length < _FEWEST_BLOCKS and length > 1:
            continue
        scatter, df = _scatter(_in_blocks(own, length), _in_blocks(exposure, length))
        weight = _PRIOR if pooled is not None else min(1, df)
        drawn = (df * scatter + weight * (pooled[place] if pooled is not None else scatter)) / max(df + weight, 1)
        limit = (df + weight) / special.chdtri(df + weight, _UPPER) if df + weight else 1.0
        most = max(most, float(drawn * limit))
    return most


def _in_blocks(daily: Floats, length: int) -> Floats:
    number = daily.size // length
    whole: Floats = daily[daily.size - number * length :].reshape(number, length).sum(axis=1)
    return whole


def _scatter(counts: Floats, exposure: Floats) -> tuple[float, float]:
    total = float(exposure.sum())
    if counts.size < 2 or total <= 0 or counts.sum() <= 0:  # noqa: PLR2004  # a single count has no scatter
        return 1.0, 0.0
    mean = counts.sum() * exposure / total
    return float(((counts - mean) ** 2).sum() / mean.sum() * counts.size / (counts.size - 1)), float(counts.size - 1)


def _pooled(all_series: Iterable[_Series]) -> tuple[float, ...]:
    """Return the dispersion of all values together, without their quietest days, for each block length."""
    sums, weights = np.zeros(len(_BLOCKS)), np.zeros(len(_BLOCKS))
    for series in all_series:
        kept = series.outside(next(iter(series.runs()), (0, 0)))
        if kept.any():
            own, rhythm = series.own[kept], series.rhythm(kept)[kept]
            for place, length in enumerate(_BLOCKS):
                scatter, df = _scatter(_in_blocks(own, length), _in_blocks(rhythm, length))
                sums[place] += scatter * df
                weights[place] += df
    return tuple(np.fmax(1.0, sums / np.fmax(weights, 1.0)).tolist())
