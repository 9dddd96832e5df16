"""Days on which more came in than weekday and trend explain, and who is behind them.

What is usual for a day is taken from the four weeks on either side of it, the day itself left out, and from the
project's own week. Days that stand out are cut down to what could still be chance before they count towards what is
usual for their neighbours, so one spike neither hides the next nor itself.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis import intervals
from seggwat_nb.analysis.changes import check_columns, check_keys, signed
from seggwat_nb.analysis.periods import begin, check_periods, local_day
from seggwat_nb.analysis.tally import known_days, selected
from seggwat_nb.analysis.versions import merged
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.periods import Span
    from seggwat_nb.analysis.tally import Selection

__all__ = ["spikes"]

_REACH: Final = 28
"""Days on either side from which the usual is taken: long enough to be sure of it, short enough to follow a trend."""

_ROUNDS: Final = 10
"""Times that the usual is estimated; it stands still after four or five even beside days a hundred times the usual."""

_CHANCE: Final = 6.0
"""Days rarer than exp(-6), about 1 in 400, are cut down to that."""

_NO_DAY: Final = 1e-9
"""Stands for zero in a denominator whose numerator is zero as well."""

_CALM: Final = 10.0
"""Items without any pattern of weekdays that are added to each weekday, so that a quiet Sunday never counts as zero."""


def spikes(
    frame: pl.DataFrame,
    *,
    by: str | None = None,
    where: Selection | None = None,
    least: int = 5,
    as_of: datetime | None = None,
    time_zone: str = "UTC",
    level: float = 0.95,
) -> pl.DataFrame:
    """Find the days on which far more came in than usual, and say whether one person is behind each.

    Parameters
    ----------
    frame
        Feedback or ratings, with ``id`` and ``created_at``; ``submitted_by`` is used where it is there.
    by
        Text column whose values are each looked at by themselves. None: all rows together.
    where
        Rows to count.
    least
        Days with fewer rows are no spikes, however unusual.
    as_of
        The moment up to which the rows are known, such as ``client.last_load.as_of``; only complete days before it
        are looked at. None: the last row's, whose day then counts as unfinished.
    time_zone
        IANA name of the zone whose days are counted.
    level
        1 less the share of false alarms that may be among the days named.

    Returns
    -------
    pl.DataFrame
        One row a spike, by day, then by count:

        - ``period``: Datetime("us", time_zone), the day's first moment;
        - the key under its own name, String; no such column without `by`;
        - ``count``: Int64, rows on that day; ``expected``: Float64, usual for that weekday at that time;
        - ``p``: Float64, chance of as many or more on such a day; ``q``: corrected for all days, and values, looked at;
        - ``submitters``: Int64, distinct names behind it; ``unsigned``: Int64, rows without a name;
        - ``loudest_share``: Float64, 0 to 1, of the day's rows, by the one who wrote most; null where nobody signed;
        - ``ids``: List(String), the rows behind it, in order of time;
        - ``verdict``: String. ``one person``: one wrote at least half, and without them the day would not be named.
          ``unsigned``: the same of the rows without a name, so that it cannot be told. Else ``several people``.

    Raises
    ------
    ArgumentError
        An argument that cannot be meant.

    Notes
    -----
    Given the rows of a day and its neighbours together, a day's own are binomial where rows come independently
    (Przyborowski and Wilenski 1940), and beta-binomial where they come in clumps of variance over mean above 1 (two
    negative binomial counts of one scale, given their sum; Johnson, Kemp and Kotz 2005, Univariate Discrete
    Distributions, section 6.2.2). The tail is exact, also for the smallest counts. Cutting down is Huber's proposal 2
    (1964, Annals of Mathematical Statistics 35, 73-101) with Bernstein's inequality for the bound.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> days = [day for day in range(1, 31) for _ in range(2 if day != 17 else 20)]
    >>> rows = pl.DataFrame({"created_at": [datetime(2026, 6, day, 12, tzinfo=UTC) for day in days]})
    >>> found = spikes(rows.with_row_index("id").with_columns(submitted_by=pl.lit("ann")))
    >>> found.select(pl.col("period").dt.day(), "count", pl.col("expected").round(1), "verdict").rows()
    [(17, 20, 2.7, 'one person')]
    """
    check_periods(time_zone=time_zone, as_of=as_of)
    intervals.check_level(level)
    check_keys(frame, () if by is None else (by,))
    check_columns(frame, ["id"])  # which names the rows behind a spike
    if least < 1:
        raise ArgumentError(f"least={least} would name days without rows; pass 1 or more.")
    key = by or "everything"
    span = known_days(frame, where=where, as_of=as_of, time_zone=time_zone)
    rows = merged(
        selected(frame, where).select(
            pl.col(by).cast(pl.String) if by else pl.lit("all").alias(key),
            pl.col("id").cast(pl.String),
            pl.col("created_at"),
            day=local_day(pl.col("created_at"), time_zone=time_zone),
            who=signed(frame),
        )
    )
    found = _named(rows, key, span, least=least, level=level).join(
        _behind(rows, key), on=["day", key], nulls_equal=True
    )
    found = found.with_columns(
        period=begin(pl.col("day"), time_zone=time_zone),
        loudest_share=pl.col("loudest") / pl.col("count"),
        verdict=pl.when(_owed_to("loudest", found))
        .then(pl.lit("one person"))
        .when(_owed_to("unsigned", found))
        .then(pl.lit("unsigned"))
        .otherwise(pl.lit("several people")),
    )
    shown = ["period", key, "count", "expected", "p", "q", "submitters", "unsigned", "loudest_share", "ids", "verdict"]
    found = found.sort("period", "count", key, descending=[False, True, False], nulls_last=True).select(shown)
    return found if by else found.drop(key)


def _behind(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Who wrote what on each day, for each value of the key."""
    names = pl.col("who").drop_nulls()
    return (
        rows.sort("created_at", "id")
        .group_by("day", key, maintain_order=True)
        .agg(
            submitters=names.n_unique().cast(pl.Int64),
            unsigned=pl.col("who").null_count().cast(pl.Int64),
            loudest=names.unique_counts().max().cast(pl.Int64),
            ids=pl.col("id"),
        )
    )


def _owed_to(part: str, found: pl.DataFrame) -> pl.Expr:
    """Whether at least half of a day's rows are of this part, and the day would not be named without them."""
    rest = found["count"] - found[part].fill_null(0)
    p = _tail(*(column.cast(pl.Float64).to_numpy() for column in (rest, *found["near", "fair", "dispersion"])))
    ordinary = pl.lit(pl.Series(p, dtype=pl.Float64)) > pl.col("p").max()
    return (pl.col(part) * 2 >= pl.col("count")) & ordinary


def _named(rows: pl.DataFrame, key: str, span: Span | None, *, least: int, level: float) -> pl.DataFrame:
    """Days that chance does not explain: ``day``, the key, ``count``, ``p``, ``q``, and the fields of `_Usual`."""
    first = last = date(1970, 1, 1)
    if span is not None and span.covered_first <= span.covered_last:
        first, last = span.covered_first, span.covered_last
    else:
        rows = rows.clear()
    size = (last - first).days + 1
    cells = (
        rows.group_by(key, at=(pl.col("day") - first).dt.total_days())
        .agg(count=pl.len())
        .filter(pl.col("at").is_between(0, size - 1))
    )
    loud = cells.group_by(key).agg(pl.col("count").max()).filter(pl.col("count") >= least)
    loud = loud.sort(key, nulls_last=True).select(key).with_row_index("row")
    counts = _grid(cells.join(loud, on=key, nulls_equal=True), loud.height, size)
    total = _grid(cells.group_by("at").agg(pl.col("count").sum(), row=0), 1, size)
    weekday = (first.weekday() + np.arange(size)) % 7
    usual = _usual(counts, _weekdays(total, weekday)[weekday])
    row, at = np.nonzero(counts >= least)
    spots = pl.DataFrame(
        {
            "row": pl.Series(row, dtype=pl.UInt32),
            "day": pl.Series(at, dtype=pl.Int64),
            "count": pl.Series(counts[row, at], dtype=pl.Int64),
            **{name: pl.Series(values[row, at], dtype=pl.Float64) for name, values in usual._asdict().items()},
        }
    )
    p = _tail(counts[row, at], *(values[row, at] for values in (usual.near, usual.fair, usual.dispersion)))
    tests = np.ones(cells[key].n_unique() * size)  # a day with too few rows is a test as well, and not passed
    tests[: p.size] = p
    return (
        spots.join(loud, on="row", how="left", maintain_order="left")
        .with_columns(
            (pl.lit(first) + pl.duration(days=pl.col("day"))).alias("day"),
            *intervals.columns(p=p, q=intervals.benjamini_hochberg(tests)[: p.size]),
        )
        .filter(pl.col("q") <= 1 - level)
    )


def _grid(cells: pl.DataFrame, rows: int, days: int) -> NDArray[np.float64]:
    grid = np.zeros((rows, days))
    grid[cells["row"].to_numpy(), cells["at"].to_numpy()] = cells["count"].to_numpy()
    return grid


class _Usual(NamedTuple):
    """What is usual for each value (rows) on each day (columns)."""

    capped: NDArray[np.float64]  # rows, spikes cut down
    expected: NDArray[np.float64]
    near: NDArray[np.float64]  # capped rows of the days around it
    fair: NDArray[np.float64]  # share of near and own rows together that falls to the day
    dispersion: NDArray[np.float64]


def _usual(counts: NDArray[np.float64], weights: NDArray[np.float64]) -> _Usual:
    exposure = _around(weights)
    fair = weights / (weights + exposure)
    expected, near, dispersion = counts, counts, np.ones((counts.shape[0], 1))
    capped = np.fmin(counts, np.quantile(counts, 0.9, axis=1, keepdims=True) + _CHANCE / 3)
    for _ in range(_ROUNDS):
        near = _around(capped)
        expected = near * fair / np.fmax(1 - fair, _NO_DAY)
        slack = np.sqrt(2 * _CHANCE * dispersion * expected) + _CHANCE / 3 * dispersion
        capped = np.fmin(counts, expected + slack)
        squares = ((capped - expected) ** 2).sum(axis=1, keepdims=True)
        dispersion = np.fmax(squares / np.fmax(expected.sum(axis=1, keepdims=True), _NO_DAY), 1.0)
    return _Usual(capped, expected, near, *(np.broadcast_to(values, counts.shape) for values in (fair, dispersion)))


def _weekdays(total: NDArray[np.float64], weekday: NDArray[np.int_]) -> NDArray[np.float64]:
    """Weight of each weekday, about 1, in all rows together."""
    usual = _usual(total, np.ones(weekday.size))  # once: what is cut down here must not come back as a weekday's habit
    seen, flat = (np.bincount(weekday, values[0], 7) for values in (usual.capped, usual.expected))
    weights: NDArray[np.float64] = (seen + _CALM) / (flat + _CALM)
    return weights


def _around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the days on either side, the day itself left out."""
    size = values.shape[-1]
    running = np.concatenate([np.zeros((*values.shape[:-1], 1)), values.cumsum(axis=-1)], axis=-1)
    at = np.arange(size)
    whole: NDArray[np.float64] = (
        running[..., np.minimum(at + _REACH + 1, size)] - running[..., np.maximum(at - _REACH, 0)] - values
    )
    return np.fmax(whole, 0.0)


def _tail(
    count: NDArray[np.float64], near: NDArray[np.float64], fair: NDArray[np.float64], dispersion: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Chance that of a day's rows and its neighbours' together, at least as many fall to the day."""
    from scipy import stats  # half a second and 50 MB, which not every chart needs

    p = np.where(count > 0, special.betainc(count, near + 1, fair), 1.0)
    wide = (dispersion > 1) & (p < 1)
    both = count + np.round(near)
    scale = np.where(wide, (dispersion - 1) / np.fmax(both, 1), 1.0)
    p[wide] = stats.betabinom.sf(count[wide] - 1, both[wide], fair[wide] / scale[wide], (1 - fair[wide]) / scale[wide])
    return np.fmax(p, 0.0)
