"""Days, weeks, months, quarters and years in a time zone, and how much of each is covered by the data.

A period starts with its first day: at local midnight or, if a clock change skips midnight, at the first moment after
it. All arithmetic is done on dates, so clock changes cannot move a row into an adjacent period.

Two separate ranges determine how much of a period is known:

- that of the **data**: from the day of the frame's first row (selected or not) to `as_of`;
- that of the **selection**: ``since`` and ``until`` of a filter.

A day is *covered* if both ranges include all of it, and a period is *complete* if all its days are covered. So the
first month of a project, the current week and a week cut by ``since`` are all incomplete. A week within both ranges but
without any rows is complete, and its zero is a real zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

import polars as pl

from seggwat_nb.analysis.validation import check_choice, check_moment, check_time_zone

if TYPE_CHECKING:
    import narwhals as nw

AnyExpr = TypeVar("AnyExpr", "pl.Expr", "nw.Expr")

__all__ = [
    "CALENDAR",
    "MOST_CELLS",
    "MOST_DAYS",
    "Every",
    "Span",
    "Weekday",
    "begin",
    "calendar",
    "check_periods",
    "first_day",
    "local_day",
    "local_moment",
    "period_start",
    "recent",
    "span_to_show",
]

Every = Literal["1d", "1w", "1mo", "1q", "1y"]
"""Length of a period: a day, a week, a month, a quarter, a year."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
"""Day on which a week starts."""

CALENDAR: Final = ("period", "days_covered", "days_total", "complete")
"""Columns that `calendar` returns, and that every frame over time has."""


MOST_DAYS: Final = 3_653
"""Maximum number of days that `recent` keeps: ten years."""

MOST_CELLS: Final = 5_000_000
"""Maximum number of rows in a result. With more, a kernel would run out of memory."""


def check_periods(
    *, every: str = "1d", time_zone: str = "UTC", week_start: str = "monday", as_of: datetime | None = None
) -> None:
    """Raise `ArgumentError` for an invalid period, time zone or week start, or a time without a zone."""
    check_choice("every", every, get_args(Every))
    check_choice("week_start", week_start, get_args(Weekday))
    if as_of is not None:
        check_moment("as_of", as_of)
    check_time_zone(time_zone)


def local_day(moment: pl.Expr, *, time_zone: str) -> pl.Expr:
    """Return the local date (Date) of times (Datetime with a time zone)."""
    return moment.dt.convert_time_zone(time_zone).dt.date()


def first_day(day: AnyExpr, *, every: Every, week_start: Weekday = "monday") -> AnyExpr:
    """Return the first day of a day's period. Takes dates or UTC midnights, in polars or narwhals.

    Examples
    --------
    >>> pl.select(first_day(pl.lit(date(2026, 3, 4)), every="1w", week_start="sunday")).item()
    datetime.date(2026, 3, 1)
    """
    if every != "1w":
        return day.dt.truncate(every)
    shift = (get_args(Weekday).index(week_start) - 3) % 7  # weeks are counted from 1 January 1970, a Thursday
    return day.dt.offset_by(f"-{shift}d").dt.truncate("7d").dt.offset_by(f"{shift}d")


def begin(day: pl.Expr, *, time_zone: str) -> pl.Expr:
    """Return the first moment of a local day: Datetime("us", time_zone) for a Date.

    This is midnight, or the earlier one if clocks are set back across midnight. If clocks skip midnight, the day starts
    one elapsed hour after 23:00 of the previous day, which is the moment of the change.

    Examples
    --------
    >>> moment = pl.select(begin(pl.lit(date(2018, 11, 4)), time_zone="America/Sao_Paulo")).item()
    >>> moment.isoformat()
    '2018-11-04T01:00:00-02:00'
    """
    midnight = day.cast(pl.Datetime("us"))

    def local(moment: pl.Expr) -> pl.Expr:
        return moment.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")

    return pl.coalesce(local(midnight), local(midnight.dt.offset_by("-1h")) + timedelta(hours=1))


def period_start(moment: pl.Expr, *, every: Every, time_zone: str = "UTC", week_start: Weekday = "monday") -> pl.Expr:
    """Return the first moment of a time's period, as in `calendar`.

    Parameters
    ----------
    moment
        Datetime with a time zone.
    every, time_zone, week_start
        As in `calendar`.

    Returns
    -------
    pl.Expr
        Datetime("us", time_zone).

    Examples
    --------
    >>> row = pl.lit(datetime(2026, 3, 29, 23, 30, tzinfo=UTC))
    >>> pl.select(period_start(row, every="1mo", time_zone="Europe/Berlin")).item().isoformat()
    '2026-03-01T00:00:00+01:00'
    """
    day = local_day(moment, time_zone=time_zone)
    return begin(first_day(day, every=every, week_start=week_start), time_zone=time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The days that a calendar shows, and which of them are covered. All are local, with both ends included.

    Attributes
    ----------
    first, last : date
        First and last day shown.
    covered_first, covered_last : date
        First and last day that are fully covered. No day is if they are in reverse order.
    """

    first: date
    last: date
    covered_first: date
    covered_last: date


def span_to_show(
    *,
    first_row: date,
    last_row: date,
    last_selected: date | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    as_of: datetime | None = None,
    time_zone: str = "UTC",
) -> Span:
    """Find the days to show, and which of them are covered.

    Parameters
    ----------
    first_row, last_row
        Local days of the first and last row of the whole frame, before any selection.
    last_selected
        Local day of the last selected row. It is shown even if it is after `as_of`, since clocks may be ahead.
    since, until
        Range of the selection (timezone-aware), from ``since`` (included) to ``until`` (excluded).
    as_of
        The time up to which the rows are known (timezone-aware). If None, that of the last row, whose day then counts
        as unfinished.
    time_zone
        IANA name of the time zone.

    Returns
    -------
    Span
        The data count as known from the start of the first row's day. A day cut by ``since``, ``until`` or `as_of` is
        shown, but not covered.

    Raises
    ------
    ArgumentError
        A time has no time zone.

    Examples
    --------
    >>> span_to_show(
    ...     first_row=date(2026, 5, 12), last_row=date(2026, 7, 2), as_of=datetime(2026, 7, 3, 9, tzinfo=UTC)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    Span(first=datetime.date(2026, 5, 12), last=datetime.date(2026, 7, 3),
         covered_first=datetime.date(2026, 5, 12), covered_last=datetime.date(2026, 7, 2))
    """
    zone = ZoneInfo(time_zone)
    ends = [local_moment(name, moment, zone) for name, moment in (("until", until), ("as_of", as_of)) if moment]
    first = covered_first = first_row
    if since is not None:
        start = local_moment("since", since, zone)
        cut = _first_moment(start.date(), zone) < start
        first = max(first_row, start.date())
        covered_first = max(first_row, start.date() + timedelta(days=cut))
    shown = [(end.astimezone(UTC) - _TICK).astimezone(zone).date() for end in ends]
    covered = [end.date() - _DAY for end in ends]
    if as_of is None:
        shown.append(last_row)
        covered.append(max(last_row, _EARLIEST.date()) - _DAY)
    return Span(
        first=first,
        last=max(first, min(shown), last_selected or first),
        covered_first=covered_first,
        covered_last=min(covered),
    )


_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC) + 2 * _DAY
_LATEST: Final = datetime.max.replace(tzinfo=UTC) - 2 * _DAY


def local_moment(name: str, moment: datetime, zone: ZoneInfo) -> datetime:
    """Convert a time to a zone, at least two days away from the limits of Python's calendar to avoid overflows."""
    return min(max(check_moment(name, moment), _EARLIEST), _LATEST).astimezone(zone)


def recent(first: date, last: date) -> date:
    """Limit a range of days to the last ten years, if each day costs time and memory. Returns its first day.

    Without a limit, a single row dated in the year 1 would result in two thousand years of days.

    Examples
    --------
    >>> recent(date(1, 1, 1), date(2026, 3, 1))
    datetime.date(2016, 3, 1)
    """
    return first if (last - first).days < MOST_DAYS else last - timedelta(days=MOST_DAYS - 1)


def _first_moment(day: date, zone: ZoneInfo) -> datetime:
    # PEP 495: a skipped wall time gets the offset from before the change, which results in the time of the change.
    return datetime.combine(day, time(), zone).astimezone(UTC)


def calendar(
    span: Span | None, *, every: Every, time_zone: str = "UTC", week_start: Weekday = "monday"
) -> pl.DataFrame:
    """List every period from the first to the last day shown, whether or not anything happened in it.

    Parameters
    ----------
    span
        The result of `span_to_show`. None if there are no rows, which results in no periods.
    every
        Length of a period.
    time_zone
        IANA name of the time zone.
    week_start
        Day on which a week begins.

    Returns
    -------
    pl.DataFrame
        One row per period, in order: ``period`` (Datetime("us", time_zone), its first moment), ``days_covered`` and
        ``days_total`` (Int64, days of the local calendar), ``complete`` (Boolean, whether all days are covered). A day
        that a zone skipped (Samoa, 30 December 2011) is not counted, since it never existed.

    Examples
    --------
    >>> span = span_to_show(
    ...     first_row=date(2026, 5, 12), last_row=date(2026, 7, 2), as_of=datetime(2026, 7, 3, 9, tzinfo=UTC)
    ... )
    >>> calendar(span, every="1mo").select("days_covered", "days_total", "complete").rows()
    [(20, 31, False), (30, 30, True), (2, 31, False)]
    """
    if span is None:
        kinds = (pl.Datetime("us", time_zone), pl.Int64, pl.Int64, pl.Boolean)
        return pl.DataFrame(schema=dict(zip(CALENDAR, kinds, strict=True)))
    first, last = (first_day(pl.lit(day), every=every, week_start=week_start) for day in (span.first, span.last))
    day = pl.date_range(first, last.dt.offset_by(every), interval="1d", closed="left")
    return (
        pl.LazyFrame()
        .select(day=day)
        .with_columns(start=begin(pl.col("day"), time_zone=time_zone))
        .filter(pl.col("start").dt.date() == pl.col("day"))  # not true for a skipped day
        .group_by(first_day(pl.col("day"), every=every, week_start=week_start).alias("_first"))
        .agg(
            period=pl.col("start").min(),
            days_covered=pl.col("day").is_between(span.covered_first, span.covered_last).sum().cast(pl.Int64),
            days_total=pl.len().cast(pl.Int64),
        )
        .sort("period")
        .with_columns(complete=pl.col("days_covered") == pl.col("days_total"))
        .select(CALENDAR)
        .collect()
    )
