"""Throughput and backlog: items created, closed and open, each with its lowest and highest possible value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from seggwat_nb.analysis import periods
from seggwat_nb.analysis.counts import span_of
from seggwat_nb.analysis.status_history import CLOSED, Seen
from seggwat_nb.schema import OPEN_STATUSES

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.periods import Every, Weekday

__all__ = ["backlog", "throughput"]


def throughput(
    frame: pl.DataFrame,
    history: pl.DataFrame,
    *,
    where: Selection | None = None,
    every: Every = "1w",
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Compare how many items arrive with how many are closed (Resolved or Closed).

    Parameters
    ----------
    frame, history, where, as_of
        As in `seggwat_nb.lifecycle.open_items`.
    every, time_zone, week_start
        As in `seggwat_nb.trends.volume`.

    Returns
    -------
    pl.DataFrame
        One row per period:

        - ``period``: Datetime("us", time_zone), its first moment;
        - ``arrived``: Int64, items created in it;
        - ``closed_least``, ``closed_most``: Int64, changes to Resolved or Closed that were in it according to the
          loads, and that may have been; an item counts each time it is closed. One that was closed and reopened between
          two loads was never seen closed and is in neither;
        - ``ratio_least``, ``ratio_most``: Float64, closed divided by arrived, null if nothing arrived, and before the
          first load, when almost nothing is known;
        - ``is_watched``: Boolean, whether the first load was before the period; before it, most closures could be in
          any period;
        - ``days_covered``, ``days_total``, ``complete`` as in `seggwat_nb.trends.volume`.

    Raises
    ------
    ArgumentError
        As in `seggwat_nb.lifecycle.open_items`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from seggwat_nb.schema import HISTORY
    >>> rows = pl.DataFrame(
    ...     {"id": ["a"], "project_id": "p", "status": ["Closed"], "archived": False,
    ...      "created_at": [datetime(2026, 3, 2, tzinfo=UTC)]}
    ... )
    >>> seen = pl.DataFrame(
    ...     [("a", "p", "status", "New", "Closed", *(datetime(2026, 3, day, tzinfo=UTC) for day in (10, 11)))],
    ...     schema=HISTORY, orient="row",
    ... )
    >>> weeks = throughput(rows, seen, as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> weeks.select("arrived", "closed_least", "closed_most").rows()
    [(1, 0, 0), (0, 1, 1)]
    """
    seen = Seen(frame, history, where=where, as_of=as_of)
    grid = _calendar(seen, where, every=every, time_zone=time_zone, week_start=week_start)
    arrived, _ = _between(seen.items["created_at"], seen.items["created_at"], grid)
    closed = _closures(seen.spells)
    least, most = _between(closed["first"], closed["last"], grid)
    return grid.with_columns(
        arrived=arrived, closed_least=least, closed_most=most, is_watched=_as_utc("period") >= seen.first_look
    ).select(
        "period",
        "arrived",
        "closed_least",
        "closed_most",
        *(
            pl.when("is_watched", pl.col("arrived") > 0)
            .then(pl.col(f"closed_{end}") / pl.col("arrived"))
            .alias(f"ratio_{end}")
            for end in ("least", "most")
        ),
        "is_watched",
        *periods.CALENDAR[1:],
    )


def backlog(
    frame: pl.DataFrame,
    history: pl.DataFrame,
    *,
    where: Selection | None = None,
    every: Every = "1w",
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Count the items that were open at the end of each period, as defined in `seggwat_nb.lifecycle.open_items`.

    Parameters
    ----------
    frame, history, where, as_of
        As in `seggwat_nb.lifecycle.open_items`. Archived items count until they were archived.
    every, time_zone, week_start
        As in `seggwat_nb.trends.volume`.

    Returns
    -------
    pl.DataFrame
        One row per period:

        - ``period``: Datetime("us", time_zone), its first moment; ``at``: Datetime("us", "UTC"), the time of the count,
          the end of the period or `as_of`;
        - ``open_least``, ``open_most``: Int64, items that were open then according to the loads, and that may have
          been; an item that was closed and reopened between two loads counts as open throughout;
        - ``is_watched``: Boolean, whether the first load was before that time; otherwise ``open_least`` assumes that no
          item was reopened, and ``open_most`` that every closed one was closed at the first load;
        - ``days_covered``, ``days_total``, ``complete`` as in `seggwat_nb.trends.volume`.

    Raises
    ------
    ArgumentError
        As in `seggwat_nb.lifecycle.open_items`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from seggwat_nb.schema import HISTORY
    >>> rows = pl.DataFrame(
    ...     {"id": ["a", "b"], "project_id": "p", "status": ["New", "Closed"], "archived": False,
    ...      "created_at": [datetime(2026, 3, 2, tzinfo=UTC)] * 2}
    ... )
    >>> weeks = backlog(rows, pl.DataFrame(schema=HISTORY), as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> weeks.select("open_least", "open_most", "is_watched").rows()
    [(1, 2, False), (1, 1, True)]
    """
    seen = Seen(frame, history, where=where, as_of=as_of)
    grid = _calendar(seen, where, every=every, time_zone=time_zone, week_start=week_start)
    at = grid.select(at=pl.min_horizontal(_as_utc("end"), pl.lit(seen.as_of)))["at"]
    is_open, first = pl.col("status").is_in(OPEN_STATUSES), pl.col("is_first")
    surely = seen.spells.filter(is_open).select(start="start_most", end="end_least")
    maybe = seen.spells.filter(is_open | (first & pl.col("status").is_in(CLOSED))).select(
        start="start_least", end=pl.when(is_open).then("end_most").otherwise("looked")
    )
    least, most = (_standing(those, at) for those in (surely, maybe))
    return grid.with_columns(at=at, open_least=least, open_most=most, is_watched=at >= seen.first_look).select(
        "period", "at", "open_least", "open_most", "is_watched", *periods.CALENDAR[1:]
    )


def _closures(spells: pl.DataFrame) -> pl.DataFrame:
    """Return changes to a closed status, with the ``first`` and ``last`` possible time of each."""
    arrivals = spells.filter(pl.col("status").is_in(CLOSED) & ~pl.col("was_closed").fill_null(value=False))
    return arrivals.select(first="start_least", last=pl.when("is_first").then("looked").otherwise("start_most"))


def _calendar(
    seen: Seen, where: Selection | None, *, every: Every, time_zone: str, week_start: Weekday
) -> pl.DataFrame:
    """Return the periods from the first row of the frame to now, with the ``end`` of each."""
    periods.check_periods(every=every, time_zone=time_zone, week_start=week_start)
    span = span_of(seen.everything, where=where, as_of=seen.as_of, time_zone=time_zone)
    grid = periods.calendar(span, every=every, time_zone=time_zone, week_start=week_start)
    following = pl.col("period").dt.date().dt.offset_by(every)
    return grid.with_columns(end=periods.begin(following, time_zone=time_zone))


def _between(first: pl.Series, last: pl.Series, grid: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return for each period how many events were certainly in it, and how many may have been."""
    starts = grid["period"].dt.epoch("us").to_numpy()
    begin, end = (np.searchsorted(starts, ends.dt.epoch("us").to_numpy(), side="right") - 1 for ends in (first, last))
    inside = (end >= 0) & (begin <= end)
    begin, end = np.maximum(begin[inside], 0), end[inside]
    size = starts.size
    surely = np.bincount(begin[begin == end], minlength=size)[:size]
    steps = np.bincount(begin, minlength=size + 1)[: size + 1] - np.bincount(end + 1, minlength=size + 1)[: size + 1]
    return pl.Series(surely, dtype=pl.Int64), pl.Series(np.cumsum(steps)[:size], dtype=pl.Int64)


def _standing(spells: pl.DataFrame, at: pl.Series) -> pl.Series:
    """Return how many spells (``start`` to ``end``, excluded, null for no end) include each time."""
    real = spells.filter(pl.col("end").is_null() | (pl.col("start") < pl.col("end")))
    moments = at.dt.epoch("us").to_numpy()
    begun, over = (np.sort(real[edge].drop_nulls().dt.epoch("us").to_numpy()) for edge in ("start", "end"))
    standing = np.searchsorted(begun, moments, side="right") - np.searchsorted(over, moments, side="right")
    return pl.Series(standing, dtype=pl.Int64)


def _as_utc(column: str) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone("UTC")
