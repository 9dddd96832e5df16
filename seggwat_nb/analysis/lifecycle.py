"""What becomes of items: how long they are open, how many are, and how long an answer takes.

The API tells only today's status. What happened before is known from the loads of this machine alone: between two of
them a status changed, and no more is known of the moment (`seggwat_nb.schema.HISTORY`). So every figure here that rests
on a moment has two ends, the earliest and the latest that are possible. Before the first load the rows prove little: an
item that is open now has been open since it was created, if nobody reopens items; one that is closed was closed at some
moment in between.

Open are New, Active, Assigned and Hold; closed are Resolved and Closed. A status outside the vocabulary is neither, and
archived items wait for nobody.
"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl
from scipy import stats

from seggwat_nb.analysis import intervals, periods
from seggwat_nb.analysis.tally import known_days
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import HISTORY, OPEN_STATUSES, STATUSES, ordered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seggwat_nb.analysis.periods import Every, Weekday
    from seggwat_nb.analysis.tally import Selection

__all__ = ["BANDS", "ages", "backlog", "flow", "open_items", "times"]

BANDS: Final = {"under a week": 0, "1 to 4 weeks": 7, "1 to 3 months": 28, "3 to 12 months": 91, "over a year": 365}
"""Name of a band of ages to its first day."""

LEAST: Final = 10
"""Items that reached their end, from which on a median is no guess."""

_CLOSED: Final = tuple(status for status in STATUSES if status not in OPEN_STATUSES)
_FIRST: Final = "New"
_ITEM: Final = ("project_id", "id")
_DAY: Final = timedelta(days=1)
_NEEDED: Final = (*_ITEM, "created_at", "status", "archived")


def open_items(
    frame: pl.DataFrame,
    *,
    history: pl.DataFrame | None = None,
    where: Selection | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """List the items that wait for somebody, the oldest first.

    Parameters
    ----------
    frame
        Feedback.
    history
        What ``client.history()`` gives; it tells how old a status is.
    where
        Items to look at.
    as_of
        The moment up to which the rows are known, such as ``client.last_load.as_of``; the last moment that
        stands in the rows or the history by default.

    Returns
    -------
    pl.DataFrame
        All columns of the frame, and

        - ``age_days``: Float64, days since the item was created, not below 0;
        - ``band``: String, the age in words, one of `BANDS`;
        - ``is_answered``: Boolean, false while the status is New;
        - ``status_days_least``, ``status_days_most``: Float64, days that the item has had its status, at least and
          at most.

    Raises
    ------
    ArgumentError
        The frame or the history lacks a column, or `as_of` has no zone.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {"id": ["a", "b"], "project_id": "p", "status": ["New", "Closed"], "archived": False,
    ...      "created_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 2}
    ... )
    >>> waiting = open_items(rows, as_of=datetime(2026, 3, 11, tzinfo=UTC))
    >>> waiting.select("id", "age_days", "band", "is_answered", "status_days_least").rows()
    [('a', 10.0, '1 to 4 weeks', False, 10.0)]
    """
    seen = _Seen(frame, history, where=where, as_of=as_of)
    last = seen.spells.filter(pl.col("end_least").is_null())
    seen_so_by = pl.when(pl.col("is_first") & (pl.col("status") != _FIRST)).then("looked").otherwise("start_most")
    age = _days(pl.lit(seen.as_of) - pl.col("created_at"))
    return (
        seen.items.filter(pl.col("status").is_in(OPEN_STATUSES) & ~pl.col("archived").fill_null(value=False))
        .join(
            last.select(
                *_ITEM,
                status_days_least=_days(pl.lit(seen.as_of) - seen_so_by),
                status_days_most=_days(pl.lit(seen.as_of) - pl.col("start_least")),
            ),
            on=_ITEM,
            how="left",
            maintain_order="left",
        )
        .with_columns(age_days=age, band=_band(age), is_answered=pl.col("status") != _FIRST)
        .sort("created_at", "id")
        .select(*seen.items.columns, "age_days", "band", "is_answered", "status_days_least", "status_days_most")
    )


def ages(
    frame: pl.DataFrame, *, by: str | None = None, where: Selection | None = None, as_of: datetime | None = None
) -> pl.DataFrame:
    """Count open items by age.

    Parameters
    ----------
    frame, where, as_of
        As in `open_items`.
    by
        Text column to count by as well, such as ``"type"``.

    Returns
    -------
    pl.DataFrame
        Every band of `BANDS`, youngest first, times every value that open items have: ``band``, the key under its own
        name (String), ``count`` (Int64), ``unanswered`` (Int64, of them New), ``share`` (Float64, of all open items).

    Raises
    ------
    ArgumentError
        As in `open_items`, or there is no such column.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {"id": ["a", "b"], "project_id": "p", "status": ["New", "Hold"], "archived": False,
    ...      "created_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 2}
    ... )
    >>> ages(rows, as_of=datetime(2026, 3, 11, tzinfo=UTC)).head(2).rows()
    [('under a week', 0, 0, 0.0), ('1 to 4 weeks', 2, 1, 1.0)]
    """
    if by is not None:
        periods.check_choice("by", by, frame.columns)
    keys = [] if by is None else [by]
    waiting = open_items(frame, where=where, as_of=as_of)
    counted = waiting.group_by("band", *keys).agg(
        count=pl.len().cast(pl.Int64), unanswered=(~pl.col("is_answered")).sum().cast(pl.Int64)
    )
    grid = pl.DataFrame({"band": list(BANDS)})
    if by is not None:
        values = ordered(waiting.select(by)).unique().sort(by, nulls_last=True).cast(pl.String)
        grid = grid.join(values, how="cross")
    return (
        grid.join(counted, on=["band", *keys], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.col("count", "unanswered").fill_null(0))
        .with_columns(share=pl.col("count") / max(1, waiting.height))
    )


def flow(
    frame: pl.DataFrame,
    history: pl.DataFrame,
    *,
    every: Every = "1w",
    where: Selection | None = None,
    as_of: datetime | None = None,
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
) -> pl.DataFrame:
    """Hold what arrives against what is closed.

    Parameters
    ----------
    frame, history, where, as_of
        As in `open_items`.
    every, time_zone, week_start
        As in `seggwat_nb.trends.volume`.

    Returns
    -------
    pl.DataFrame
        A row a period:

        - ``period``: Datetime("us", time_zone), its first moment;
        - ``arrived``: Int64, items created in it;
        - ``closed_least``, ``closed_most``: Int64, arrivals at Resolved or Closed that were surely in it, and that may
          have been; an item counts each time it is closed;
        - ``ratio_least``, ``ratio_most``: Float64, closed by arrived, null where nothing arrived;
        - ``is_watched``: Boolean, whether loads had begun when the period did; before, most closures are anywhere;
        - ``days_covered``, ``days_total``, ``complete`` as in `seggwat_nb.trends.volume`.

    Raises
    ------
    ArgumentError
        As in `open_items`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {"id": ["a"], "project_id": "p", "status": ["Closed"], "archived": False,
    ...      "created_at": [datetime(2026, 3, 2, tzinfo=UTC)]}
    ... )
    >>> seen = pl.DataFrame(
    ...     [("a", "p", "status", "New", "Closed", *(datetime(2026, 3, day, tzinfo=UTC) for day in (10, 11)))],
    ...     schema=HISTORY, orient="row",
    ... )
    >>> weeks = flow(rows, seen, as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> weeks.select("arrived", "closed_least", "closed_most").rows()
    [(1, 0, 0), (0, 1, 1)]
    """
    seen = _Seen(frame, history, where=where, as_of=as_of)
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
            pl.when(pl.col("arrived") > 0).then(pl.col(f"closed_{end}") / pl.col("arrived")).alias(f"ratio_{end}")
            for end in ("least", "most")
        ),
        "is_watched",
        *periods.CALENDAR[1:],
    )


def backlog(
    frame: pl.DataFrame,
    history: pl.DataFrame,
    *,
    every: Every = "1w",
    where: Selection | None = None,
    as_of: datetime | None = None,
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
) -> pl.DataFrame:
    """Count the items that were open at the end of each period.

    Parameters
    ----------
    frame, history, where, as_of
        As in `open_items`. Items that have gone from the list are not in the frame, and not counted.
    every, time_zone, week_start
        As in `seggwat_nb.trends.volume`.

    Returns
    -------
    pl.DataFrame
        A row a period:

        - ``period``: Datetime("us", time_zone), its first moment; ``at``: Datetime("us", "UTC"), the moment
          counted, the period's end or `as_of`;
        - ``open_least``, ``open_most``: Int64, items that were surely open then, and that may have been;
        - ``is_watched``: Boolean, whether loads had begun by then; before, the least assumes that no item was
          reopened, and the most that every closed one was closed at the first load;
        - ``days_covered``, ``days_total``, ``complete`` as in `seggwat_nb.trends.volume`.

    Raises
    ------
    ArgumentError
        As in `open_items`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {"id": ["a", "b"], "project_id": "p", "status": ["New", "Closed"], "archived": False,
    ...      "created_at": [datetime(2026, 3, 2, tzinfo=UTC)] * 2}
    ... )
    >>> weeks = backlog(rows, pl.DataFrame(schema=HISTORY), as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> weeks.select("open_least", "open_most", "is_watched").rows()
    [(1, 2, False), (1, 1, True)]
    """
    seen = _Seen(frame, history, where=where, as_of=as_of)
    grid = _calendar(seen, where, every=every, time_zone=time_zone, week_start=week_start)
    at = grid.select(at=pl.min_horizontal(_as_utc("end"), pl.lit(seen.as_of)))["at"]
    spells = seen.spells.filter(~pl.col("archived").fill_null(value=False))
    is_open, first = pl.col("status").is_in(OPEN_STATUSES), pl.col("is_first")
    surely = spells.filter(is_open).select(start="start_most", end="end_least")
    maybe = spells.filter(is_open | (first & pl.col("status").is_in(_CLOSED))).select(
        start="start_least", end=pl.when(is_open).then("end_most").otherwise("looked")
    )
    least, most = (_standing(those, at) for those in (surely, maybe))
    return grid.with_columns(at=at, open_least=least, open_most=most, is_watched=at >= seen.first_look).select(
        "period", "at", "open_least", "open_most", "is_watched", *periods.CALENDAR[1:]
    )


def times(
    frame: pl.DataFrame,
    history: pl.DataFrame,
    *,
    to: Literal["response", "resolution"] = "resolution",
    by: str | None = None,
    where: Selection | None = None,
    as_of: datetime | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Estimate how long it takes until an item leaves New, or is closed.

    Only items created since the first load of this machine are looked at: of older ones no beginning was watched, and
    those that took long would be there too often. Open items count for as long as they have waited.

    Parameters
    ----------
    frame, history, where, as_of
        As in `open_items`.
    to
        ``response``: the first change from New to anything else. ``resolution``: the first arrival at Resolved or
        Closed.
    by
        Text column, such as ``"type"``, ``"version"`` or ``"source"``.
    level
        Of the intervals.

    Returns
    -------
    pl.DataFrame
        A row for each value of `by`, in reading order, or a single row:

        - the key under its own name (String);
        - ``n``: Int64, items; ``reached``: Int64, of them those that got there; ``earlier``: Int64, items left out
          because they are older than the first load;
        - ``median_least``, ``median_most``: Float64, days: the median's two ends, from the earliest and from the
          latest moments that are possible; null where half of the items have not got there yet;
        - ``low``, ``high``: Float64, days: ends of the interval around both; ``high`` null where there is no end;
        - ``verdict``: String, ``enough``, or ``few`` with fewer than 10 that got there.

    Raises
    ------
    ArgumentError
        As in `open_items`, or there is no such column.

    Notes
    -----
    Each time is known to lie between two loads. Kaplan and Meier's estimate (1958, "Nonparametric estimation from
    incomplete observations", JASA 53, 457-481) on all earliest ends lies below the one on the true times, and the one
    on all latest ends above it, so their medians enclose it. Intervals of each: Brookmeyer and Crowley (1982), "A
    confidence interval for the median survival time", Biometrics 38, 29-41, with the log-log transform.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> start = datetime(2026, 3, 1, tzinfo=UTC)
    >>> days = [timedelta(days=day) for day in range(12)]
    >>> rows = pl.DataFrame(
    ...     {"id": [str(n) for n in range(12)], "project_id": "p", "status": "Resolved", "archived": False,
    ...      "created_at": start}
    ... )
    >>> seen = pl.DataFrame(
    ...     [(str(n), "p", "status", "New", "Resolved", start + day, start + day + timedelta(days=1))
    ...      for n, day in enumerate(days)],
    ...     schema=HISTORY, orient="row",
    ... )
    >>> times(rows, seen).select("n", "reached", "median_least", "median_most", "verdict").rows()
    [(12, 12, 5.0, 6.0, 'enough')]
    """
    periods.check_choice("to", to, ("response", "resolution"))
    intervals.check_level(level)
    if by is not None:
        periods.check_choice("by", by, frame.columns)
    seen = _Seen(frame, history, where=where, as_of=as_of)
    waits = _waits(seen, to)
    keys = [] if by is None else [by]
    waits = seen.items.select(*_ITEM, "created_at", *keys).join(waits, on=_ITEM, how="left", maintain_order="left")
    groups = waits.with_columns(is_older=pl.col("created_at") < seen.first_look)
    if by is not None:
        groups = ordered(groups).sort(by, nulls_last=True, maintain_order=True).with_columns(pl.col(by).cast(pl.String))
    rows = [
        (*key, *_median_band(group.filter(~pl.col("is_older")), level), int(group["is_older"].sum()))
        for key, group in (groups.group_by(keys, maintain_order=True) if keys else [((), groups)])
    ]
    schema = dict.fromkeys(keys, pl.String()) | _TIMES
    table = pl.DataFrame(rows, schema=schema, orient="row")
    few = pl.when(pl.col("reached") < LEAST).then(pl.lit("few")).otherwise(pl.lit("enough"))
    return table.with_columns(verdict=few).select(
        *keys, "n", "reached", "earlier", "median_least", "median_most", "low", "high", "verdict"
    )


_TIMES: Final[dict[str, pl.DataType]] = {
    "n": pl.Int64(),
    "reached": pl.Int64(),
    "median_least": pl.Float64(),
    "median_most": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "earlier": pl.Int64(),
}


class _Seen:
    """What is known of each item: the spells of its statuses, each with the ends that its two moments can have."""

    def __init__(
        self, frame: pl.DataFrame, history: pl.DataFrame | None, *, where: Selection | None, as_of: datetime | None
    ) -> None:
        changes = _checked(frame, history, as_of)
        self.items = frame if where is None else where.apply(frame)
        self.as_of = as_of or _newest(frame, changes)
        looks = pl.concat([changes["earliest"], changes["latest"]]).unique().sort()
        looks = looks.filter(looks <= self.as_of)
        self.first_look: datetime = looks[0] if looks.len() else self.as_of
        moments = pl.concat([looks, pl.Series("looked", [self.as_of], looks.dtype)]).unique().sort().to_frame("looked")
        items = self.items.select(*_NEEDED)
        statuses = changes.filter(pl.col("field") == "status").join(
            items.select(*_ITEM, "created_at", "archived"), on=_ITEM, how="inner"
        )
        first = statuses.sort("latest", maintain_order=True).group_by(_ITEM).agg(old=pl.col("old").first())
        begun = items.join(first, on=_ITEM, how="left").select(
            *_ITEM,
            "created_at",
            "archived",
            is_first=pl.lit(value=True),
            status=pl.when(pl.col("old").is_null()).then("status").otherwise("old"),
            start_least="created_at",
            start_most="created_at",
        )
        later = statuses.select(
            *_ITEM,
            "created_at",
            "archived",
            is_first=pl.lit(value=False),
            status="new",
            start_least=pl.max_horizontal("earliest", "created_at"),
            start_most=pl.max_horizontal("latest", "created_at"),
        )
        self.spells = (
            pl.concat([begun, later])
            .sort("start_most", descending=False, maintain_order=True)
            .with_columns(
                end_least=pl.col("start_least").shift(-1).over(_ITEM),
                end_most=pl.col("start_most").shift(-1).over(_ITEM),
                was_closed=pl.col("status").shift(1).is_in(_CLOSED).over(_ITEM),
                watched_from=pl.max_horizontal("created_at", pl.lit(self.first_look)),
            )
            .sort("watched_from", maintain_order=True)
            .join_asof(moments, left_on="watched_from", right_on="looked", strategy="forward", coalesce=False)
            .with_columns(looked=pl.col("looked").fill_null(self.as_of))
        )


def _checked(frame: pl.DataFrame, history: pl.DataFrame | None, as_of: datetime | None) -> pl.DataFrame:
    if not isinstance(frame, pl.DataFrame):
        raise ArgumentError(f"this looks at the rows themselves; pass a polars frame, no {type(frame).__name__}.")
    missing = [column for column in _NEEDED if column not in frame.columns]
    if missing:
        raise ArgumentError(f"the frame lacks {', '.join(missing)}; pass what client.feedback() gave.")
    periods.check_periods(as_of=as_of)
    changes = HISTORY.to_frame() if history is None else history
    missing = [column for column in HISTORY if column not in changes.columns]
    if missing:
        raise ArgumentError(f"the history lacks {', '.join(missing)}; pass what client.history() gave.")
    return changes


def _newest(frame: pl.DataFrame, changes: pl.DataFrame) -> datetime:
    newest = [moment for moment in (frame["created_at"].max(), changes["latest"].max()) if isinstance(moment, datetime)]
    return max(newest) if newest else datetime(1970, 1, 1, tzinfo=UTC)


def _closures(spells: pl.DataFrame) -> pl.DataFrame:
    """Arrivals at a closed status: ``first`` and ``last`` moment that each can have had."""
    arrivals = spells.filter(pl.col("status").is_in(_CLOSED) & ~pl.col("was_closed").fill_null(value=False))
    return arrivals.select(first="start_least", last=pl.when("is_first").then("looked").otherwise("start_most"))


def _waits(seen: _Seen, to: str) -> pl.DataFrame:
    """Days from creation to the event, ``least`` and ``most``, or to now where it has not ``happened``."""
    there = pl.col("status") != _FIRST if to == "response" else pl.col("status").is_in(_CLOSED)
    arrived = (
        seen.spells.filter(there)
        .sort("start_most", maintain_order=True)
        .group_by(_ITEM)
        .agg(
            least=pl.col("start_least").first(),
            most=pl.when("is_first").then("looked").otherwise("start_most").first(),
        )
    )
    now = pl.lit(seen.as_of)
    return (
        seen.items.select(*_ITEM, "created_at")
        .join(arrived, on=_ITEM, how="left")
        .select(
            *_ITEM,
            happened=pl.col("least").is_not_null(),
            least=_days(pl.coalesce("least", now) - pl.col("created_at")),
            most=_days(pl.coalesce("most", now) - pl.col("created_at")),
        )
    )


def _median_band(
    waits: pl.DataFrame, level: float
) -> tuple[int, int, float | None, float | None, float | None, float | None]:
    reached = int(waits["happened"].sum())
    if not reached:
        return waits.height, 0, None, None, None, None
    least, low, _ = _median(waits, "least", level)
    most, _, high = _median(waits, "most", level)
    return waits.height, reached, least, most, low, high


def _median(waits: pl.DataFrame, end: str, level: float) -> tuple[float | None, float | None, float | None]:
    """Kaplan-Meier median and the ends of its interval."""
    happened = waits["happened"]
    sample = stats.CensoredData(
        uncensored=waits[end].filter(happened).to_numpy(), right=waits[end].filter(~happened).to_numpy()
    )
    survival = stats.ecdf(sample).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # undefined where all or none are left: the last end holds on
        interval: Any = survival.confidence_interval(level, method="log-log")
    low, high = (
        pl.Series(end.probabilities).fill_nan(None).forward_fill().fill_null(1.0).to_numpy()
        for end in (interval.low, interval.high)
    )
    days = survival.quantiles
    return _half(days, survival.probabilities), _half(days, low), _half(days, high)


def _half(days: NDArray[np.float64], shares: NDArray[np.float64]) -> float | None:
    """First day by which no more than half are left."""
    below = np.flatnonzero(shares <= 0.5 + 1e-12)  # half, but for rounding
    return float(days[below[0]]) if below.size else None


def _calendar(
    seen: _Seen, where: Selection | None, *, every: Every, time_zone: str, week_start: Weekday
) -> pl.DataFrame:
    """Periods from the first item to now, and the ``end`` of each."""
    periods.check_periods(every=every, time_zone=time_zone, week_start=week_start)
    span = known_days(seen.items.select("created_at"), where=where, as_of=seen.as_of, time_zone=time_zone)
    grid = periods.calendar(span, every=every, time_zone=time_zone, week_start=week_start)
    following = pl.col("period").dt.date().dt.offset_by(every)
    return grid.with_columns(end=periods.begin(following, time_zone=time_zone))


def _between(first: pl.Series, last: pl.Series, grid: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """For each period, how many events were surely in it, and how many may have been."""
    starts = grid["period"].dt.epoch("us").to_numpy()
    begin, end = (np.searchsorted(starts, ends.dt.epoch("us").to_numpy(), side="right") - 1 for ends in (first, last))
    inside = (end >= 0) & (begin <= end)
    begin, end = np.maximum(begin[inside], 0), end[inside]
    size = starts.size
    surely = np.bincount(begin[begin == end], minlength=size)[:size]
    steps = np.bincount(begin, minlength=size + 1)[: size + 1] - np.bincount(end + 1, minlength=size + 1)[: size + 1]
    return pl.Series(surely, dtype=pl.Int64), pl.Series(np.cumsum(steps)[:size], dtype=pl.Int64)


def _standing(spells: pl.DataFrame, at: pl.Series) -> pl.Series:
    """How many spells (``start`` to ``end``, null for ever) stand at each moment, their end excluded."""
    real = spells.filter(pl.col("end").is_null() | (pl.col("start") < pl.col("end")))
    moments = at.dt.epoch("us").to_numpy()
    begun, over = (np.sort(real[edge].drop_nulls().dt.epoch("us").to_numpy()) for edge in ("start", "end"))
    standing = np.searchsorted(begun, moments, side="right") - np.searchsorted(over, moments, side="right")
    return pl.Series(standing, dtype=pl.Int64)


def _as_utc(column: str) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone("UTC")


def _days(length: pl.Expr) -> pl.Expr:
    return (length.dt.total_microseconds() / (_DAY / timedelta(microseconds=1))).clip(0)


def _band(age: pl.Expr) -> pl.Expr:
    band = pl.lit(None, pl.String)
    for name, first in BANDS.items():
        band = pl.when(age >= first).then(pl.lit(name)).otherwise(band)
    return band
