"""Finds days and runs of days with more feedback than the weekday and the trend explain, and who is behind them.

The usual number for a day is the mean of the four weeks on either side. Days far above a running median are excluded
from it, and only included again if they turn out to be ordinary, so a spike cannot hide itself or its neighbors. Sums
over one to fourteen days are compared with the usual number, and consecutive days that stand out together are one
event. If ordinary days resemble their neighbors, the rate drifts by itself. In that case an event must also differ from
the week on either side by more than runs of that length usually do.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis.churn import without_churn
from seggwat_nb.analysis.counts import one_a_row, select_rows, span_of
from seggwat_nb.analysis.drift import Drift
from seggwat_nb.analysis.periods import begin, check_periods, local_day, recent
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.usual_days import PRIOR, Usual, running_sums, usual_days, weekday_weights
from seggwat_nb.analysis.validation import check_columns, check_keys, check_least, check_level, has_several
from seggwat_nb.analysis.versions import merge_spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from typing import TypeAlias

    from numpy.typing import NDArray

    Ints: TypeAlias = NDArray[np.int64]

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.periods import Span

__all__ = ["burst_days", "spikes"]

_LENGTHS: Final = tuple(range(1, 15))
"""Numbers of consecutive days that are tested together."""

_EDGE: Final = 0.05
_NEIGHBOUR: Final = 0.001
"""Probability of a day at least as high: above the first, it is cut from the edge of an event, below the second, it is
joined to one."""


def spikes(
    frame: pl.DataFrame,
    *,
    include_churn: bool = False,
    where: Selection | None = None,
    by: str | None = None,
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    min_count: int = 5,
    level: float = 0.95,
) -> pl.DataFrame:
    """Find days and runs of days with far more feedback than usual, and whether one person is behind each.

    Parameters
    ----------
    frame
        Feedback or ratings, with ``id`` and ``created_at``; ``submitted_by`` is used if present.
    include_churn
        Whether to count cancellation comments too (source Stripe or Polar): see `seggwat_nb.analysis.churn`.
    where
        Rows to count.
    by
        Text column whose values are tested separately. None: all rows together.
    time_zone
        IANA name of the zone whose days are counted.
    as_of
        The time up to which the rows are known, such as ``client.last_load.as_of``. Only complete days before it are
        tested, at most ten years. None: that of the last row, whose day then counts as unfinished.
    min_count
        Minimum number of rows in an event, however unusual it is.
    level
        1 minus the probability that anything is reported although nothing happened.

    Returns
    -------
    pl.DataFrame
        One row per event, by first day, then by count:

        - ``period``: Datetime("us", time_zone), the first moment of its first day;
        - ``first``, ``last``: Date, its first and its last day; ``days``: Int64, how many;
        - the key under its own name, String; no such column without `by`;
        - ``count``: Int64, rows on these days; ``expected``: Float64, the usual number for these weekdays at that time;
        - ``p``: Float64, probability of at least as many on such days; ``q``: corrected for all days, lengths and
          values tested; ``log10_p``: Float64, the logarithm of p, which is finite even if p is too small for a Float64;
        - ``submitters``: Int64, distinct submitters; ``unsigned``: Int64, rows without one;
        - ``loudest_share``: Float64, 0 to 1, share of the rows by the most active submitter; null if no row is signed;
        - ``ids``: List(String), its rows, oldest first;
        - ``verdict``: String. ``one person`` if one person wrote at least half of the rows, and there would be no event
          without them; ``unsigned`` if the same is true of the unsigned rows, so that the answer is unknown; else
          ``several people``.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    Sums over days are compared with the tail of a negative binomial distribution. Its variance has two parts: the
    scatter of such sums among ordinary days, at the upper end of its 80% interval, and the error of the usual number
    itself (Noufaily et al. 2013, "An improved algorithm for outbreak detection in multiple surveillance systems",
    Statistics in Medicine 32, 1206-1222). The least likely run of days is reported first, and those that overlap it are
    dropped (Kulldorff 1997, "A spatial scan statistic", Communications in Statistics 26, 1481-1496). The correction is
    Bonferroni's. A burst on a third of all days cannot be distinguished from the usual level.

    The rate counts as drifting if the autocorrelations for lags of one to six days, weighted as in Newey and West
    (1987, Econometrica 55, 703-708), are together more than three standard errors above 0. In that case the mean log
    ratio of count to usual is compared with the week on either side. How much it usually differs is learned from all
    runs of that length, assuming a normal distribution, and corrected for days and values.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> days = [day for day in range(1, 31) for _ in range(2 if day != 17 else 20)]
    >>> rows = pl.DataFrame({"created_at": [datetime(2026, 6, day, 12, tzinfo=UTC) for day in days]})
    >>> found = spikes(rows.with_row_index("id").with_columns(submitted_by=pl.lit("ann")))
    >>> found.select("first", "days", "count", pl.col("expected").round(1), "verdict").rows()
    [(datetime.date(2026, 6, 17), 1, 20, 2.0, 'one person')]
    """
    check_periods(time_zone=time_zone, as_of=as_of)
    check_level(level)
    check_keys(frame, () if by is None else (by,), several=True)
    check_columns(frame, ["id"])  # to list the rows of each event
    check_least("min_count", min_count, 1)
    key = by or "everything"
    span = span_of(frame, where=where, as_of=as_of, time_zone=time_zone)
    used = [name for name in frame.columns if name in {by, "id", "created_at", "submitted_by"}]
    rows = without_churn(select_rows(frame, where), include_churn=include_churn, columns=used)
    if by and has_several(rows.schema[by]):
        rows = rows.with_row_index("_row").with_columns(one_a_row(by)).explode(by)
    rows = merge_spellings(
        rows.select(
            pl.col(by).cast(pl.String) if by else pl.lit("all").alias(key),
            pl.col("id").cast(pl.String),
            pl.col("created_at"),
            day=local_day(pl.col("created_at"), time_zone=time_zone),
            who=submitter_of(frame),
            first=pl.col("_row").is_first_distinct() if "_row" in rows.columns else pl.lit(value=True),
        )
    )
    found = _events_by_value(rows, key, span, min_count=min_count, level=level)
    found = found.hstack(_behind(rows, found, key)).with_columns(
        period=begin(pl.col("first"), time_zone=time_zone),
        days=(pl.col("last") - pl.col("first")).dt.total_days() + 1,
        loudest_share=pl.col("loudest") / pl.col("count"),
    )
    found = found.with_columns(
        verdict=pl.when(_is_owed_to("loudest", found, level=level))
        .then(pl.lit("one person"))
        .when(_is_owed_to("unsigned", found, level=level))
        .then(pl.lit("unsigned"))
        .otherwise(pl.lit("several people"))
    )
    shown = found.sort("period", "count", key, descending=[False, True, False], nulls_last=True).select(
        *("period", "first", "last", "days", key, "count", "expected", "p", "q", "log10_p", "submitters", "unsigned"),
        *("loudest_share", "ids", "verdict"),
    )
    return shown if by else shown.drop(key)


def _behind(rows: pl.DataFrame, found: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return who wrote the rows of each event."""
    names = pl.col("who").drop_nulls()
    events = found.with_row_index("event")
    mine = (
        events.select("event", key, day=pl.date_ranges("first", "last"))
        .explode("day")
        .join(rows, on=["day", key], nulls_equal=True)
        .sort("created_at", "id")
        .group_by("event", maintain_order=True)
        .agg(
            submitters=names.n_unique().cast(pl.Int64),
            unsigned=pl.col("who").null_count().cast(pl.Int64),
            loudest=names.unique_counts().max().cast(pl.Int64),
            ids=pl.col("id"),
        )
    )
    return events.select("event").join(mine, on="event", how="left", maintain_order="left").drop("event")


def _is_owed_to(part: str, found: pl.DataFrame, *, level: float) -> pl.Expr:
    """Return whether this part is at least half of an event's rows, and there would be no event without it."""
    rest = found["count"] - found[part].fill_null(0)
    p = _log_tail(*(column.cast(pl.Float64).to_numpy() for column in (rest, *found["expected", "dispersion"])))
    tests = found["tests"].to_numpy()
    ordinary = pl.lit(
        pl.Series((p + np.log(tests) > np.log(1 - level)) | (rest < found["least"]).to_numpy(), dtype=pl.Boolean)
    )
    return (pl.col(part) * 2 >= pl.col("count")) & ordinary


def _events_by_value(rows: pl.DataFrame, key: str, span: Span | None, *, min_count: int, level: float) -> pl.DataFrame:
    """Return the events that chance does not explain."""
    first = last = date(1970, 1, 1)
    if span is not None and span.covered_first <= span.covered_last:
        last = span.covered_last
        first = recent(span.covered_first, last)
    else:
        rows = rows.clear()
    size = (last - first).days + 1
    cells = (
        rows.group_by(key, at=(pl.col("day") - first).dt.total_days())
        .agg(count=pl.len(), rows=pl.col("first").sum())
        .filter(pl.col("at").is_between(0, size - 1))
    )
    sums = cells.group_by(key).agg(pl.col("count").sum())
    loud = sums.filter(pl.col("count") >= min_count).sort(key, nulls_last=True).select(key).with_row_index("row")
    counts = _grid(cells.join(loud, on=key, nulls_equal=True), loud.height, size)
    total = _grid(cells.group_by("at").agg(count=pl.col("rows").sum(), row=0), 1, size)
    weights = weekday_weights(total, first.weekday())
    tests = float(max(sums.height, 1) * size * len(_LENGTHS))
    limit = np.log(1 - level) - np.log(tests)
    events = [
        (row, *event)
        for start in range(0, loud.height, _CHUNK)
        for row, event in _events(
            counts[start : start + _CHUNK], weights, limit=limit, min_count=min_count, offset=start
        )
    ]
    kinds = {"row": pl.UInt32, "from": pl.Int64, "to": pl.Int64, "count": pl.Int64, "expected": pl.Float64}
    kinds |= dict.fromkeys(("dispersion", "log_p", "least"), pl.Float64)
    table = pl.DataFrame(events, schema=kinds, orient="row")
    return table.join(loud, on="row", how="left", maintain_order="left").select(
        key,
        "count",
        "expected",
        "dispersion",
        "least",
        first=pl.lit(first) + pl.duration(days=pl.col("from")),
        last=pl.lit(first) + pl.duration(days=pl.col("to")),
        p=pl.col("log_p").exp(),
        q=(pl.col("log_p") + np.log(tests)).exp().clip(upper_bound=1.0),
        log10_p=pl.col("log_p") / np.log(10),
        tests=pl.lit(tests),
    )


def burst_days(daily: NDArray[np.float64], first: date, *, min_count: int = 5, level: float) -> list[range]:
    """Return the days of each burst in the daily counts of all rows."""
    counts = daily[None, :]
    limit = np.log(1 - level) - np.log(daily.size * len(_LENGTHS))
    found = _events(counts, weekday_weights(counts, first.weekday()), limit=limit, min_count=min_count, offset=0)
    return [range(event.start, event.end + 1) for _, event in found]


_CHUNK: Final = 256
"""Number of values processed at once, to limit memory."""


def _grid(cells: pl.DataFrame, rows: int, days: int) -> NDArray[np.float64]:
    grid = np.zeros((rows, days))
    grid[cells["row"].to_numpy(), cells["at"].to_numpy()] = cells["count"].to_numpy()
    return grid


def _events(
    counts: NDArray[np.float64], weights: NDArray[np.float64], *, limit: float, min_count: int, offset: int
) -> Iterator[tuple[int, _Event]]:
    """Find the events of each value. Row numbers start at `offset`."""
    usual = usual_days(counts, weights)
    size = counts.shape[1]
    lengths = np.array([length for length in _LENGTHS if length <= size])
    sums, expected, near = (running_sums(values) for values in (counts, usual.expected, usual.near))
    spread = np.stack([_scatter_of_sums(usual, int(length)) for length in lengths])  # by length, by value

    def measure_runs(row: int, start: Ints, end: Ints) -> tuple[NDArray[np.float64], ...]:
        """Return count, expectation, dispersion and log p of runs of days, with the ends excluded."""
        length = end - start
        count, usually = sums[row, end] - sums[row, start], expected[row, end] - expected[row, start]
        around = (near[row, end] - near[row, start]) / length
        sizes = spread[np.minimum(length, lengths[-1]) - 1, row] * (1 + usually / around)
        return count, usually, sizes, _log_tail(count, usually, sizes)

    far = -float(special.ndtri_exp(limit + np.log(len(_LENGTHS))))  # runs of different lengths mostly share their days

    def stands_alone(row: int, drift: Drift, start: Ints, end: Ints) -> bool:
        return bool(((measure_runs(row, start, end)[3] <= limit) & (drift.surplus(start, end, far) > 0)).all())

    starts, ends = (np.concatenate(parts) for parts in zip(*_stretches(size, lengths), strict=True))
    for row in range(counts.shape[0]):
        surplus = sums[row, ends] - sums[row, starts] - (expected[row, ends] - expected[row, starts])
        usually = expected[row, ends] - expected[row, starts]
        unusual = (surplus > 3 * np.sqrt(usually)) & (
            surplus + usually >= min_count
        )  # skips the tail calculation for the rest
        if not unusual.any():
            continue
        start, end = starts[unusual], ends[unusual]
        log_p = measure_runs(row, start, end)[3]
        named = np.flatnonzero(log_p <= limit)
        if not named.size:
            continue
        drift = Drift.learn(counts[row], usual.expected[row], usual.kept[row])
        named = named[drift.surplus(start[named], end[named], far) > 0]
        daily = measure_runs(row, np.arange(size), np.arange(size) + 1)[3] if named.size else np.zeros(0)
        for begin_, end_ in _apart(start[named], end[named], log_p[named], daily, partial(stands_alone, row, drift)):
            days = np.array([begin_]), np.array([end_])
            count, usual_count, sizes, chance = (float(value[0]) for value in measure_runs(row, *days))
            least = count * float(np.exp(-drift.surplus(*days, far)[0]))
            if count >= min_count:
                yield offset + row, _Event(begin_, end_ - 1, int(count), usual_count, sizes, min(chance, limit), least)


class _Event(NamedTuple):
    """First and last day of an event, and its results."""

    start: int
    end: int
    items: int
    expected: float
    dispersion: float
    log_p: float
    least: float  # the number of items at which these days would no longer stand out, if the rate drifts


def _stretches(size: int, lengths: Ints) -> Iterator[tuple[Ints, Ints]]:
    for length in lengths:
        start = np.arange(size - length + 1)
        yield start, start + length


def _apart(
    start: Ints,
    end: Ints,
    log_p: NDArray[np.float64],
    daily: NDArray[np.float64],
    named_alone: Callable[[Ints, Ints], bool],
) -> Iterator[tuple[int, int]]:
    """Keep the least likely of overlapping runs, adjust their edges, and join neighbors. Ends are excluded.

    A run is split at ordinary days inside it if each part would be an event by itself.
    """
    covered = np.zeros(daily.size, np.bool_)
    taken = np.zeros(daily.size, np.bool_)
    for place in np.lexsort((start, end - start, log_p)):
        days = slice(int(start[place]), int(end[place]))
        if not taken[days].any():
            taken[days] = True
            first, last = days.start, days.stop - 1
            while first < last and daily[first] > np.log(_EDGE):
                first += 1
            while last > first and daily[last] > np.log(_EDGE):
                last -= 1
            while first > 0 and daily[first - 1] <= np.log(_NEIGHBOUR):
                first -= 1
            while last < daily.size - 1 and daily[last + 1] <= np.log(_NEIGHBOUR):
                last += 1
            covered[first : last + 1] = True
    for first, last in _runs(covered):
        parts = _runs(daily[first:last] <= np.log(_EDGE)) + first
        if len(parts) > 1 and named_alone(parts[:, 0], parts[:, 1]):
            yield from ((int(one), int(other)) for one, other in parts)
        else:
            yield int(first), int(last)


def _runs(flags: NDArray[np.bool_]) -> Ints:
    """Return start and end (excluded) of each run of true values."""
    return np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))).reshape(-1, 2)


def _scatter_of_sums(usual: Usual, length: int) -> NDArray[np.float64]:
    """Return the dispersion of sums over `length` days, at the upper end of its 80% interval."""
    rest, expected = running_sums(usual.rest), running_sums(usual.behind)
    sums, usually = (values[:, length:] - values[:, :-length] for values in (rest, expected))
    prior, items = PRIOR
    size = ((sums**2).sum(axis=1) / length + prior * items) / (usually.sum(axis=1) / length + items)
    freedom = np.fmax(usual.kept.sum(axis=1) / length, 1.0)
    upper: NDArray[np.float64] = np.fmax(size * freedom / special.chdtri(freedom, 0.9), 1.0)
    return np.fmax(upper, 1.0 + 1e-6)


def _log_tail(
    count: NDArray[np.float64], expected: NDArray[np.float64], dispersion: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the log probability of at least `count` for a negative binomial with a given mean and dispersion."""
    shape = expected / (dispersion - 1)
    success = (dispersion - 1) / dispersion
    some = np.fmax(count, 1.0)
    with np.errstate(divide="ignore"):
        found = np.log(special.betainc(some, shape, success))
    # If it is too small for a float: the first term, and the geometric series that bounds the others.
    first = (
        special.gammaln(some + shape) - special.gammaln(some + 1) - special.gammaln(shape)
        - shape * np.log(dispersion) + some * np.log(success)
    )  # fmt: skip
    ratio = np.fmin(success * (some + shape) / (some + 1), 1 - 1e-9)
    far: NDArray[np.float64] = np.where(found > -600, found, first - np.log1p(-ratio))  # noqa: PLR2004  # log of 1e-260
    return np.where(count > 0, np.fmin(far, 0.0), 0.0)
