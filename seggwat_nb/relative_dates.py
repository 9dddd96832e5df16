"""Dates as people type them: ``2026-01-31``, ``7d``, ``12h``, ``today``."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from seggwat_nb.errors import ArgumentError

__all__ = ["DATE_FORMATS", "is_relative", "parse_date"]

DATE_FORMATS: Final = "2026-01-31, 2026-01-31T09:30, 12h, 7d, 4w, 2mo, 1y, today or yesterday"
"""What `parse_date` reads, for a help text."""

_AGO: Final = re.compile(r"(\d{1,5})(h|d|w|mo|y)")
_DAYS_AGO: Final = {"today": "0d", "yesterday": "1d"}


def is_relative(text: str) -> bool:
    """Tell whether a text names a time by its distance from now.

    Examples
    --------
    >>> [is_relative(text) for text in ("4w", "today", "2026-01-31")]
    [True, True, False]
    """
    written = text.strip().lower()
    return _AGO.fullmatch(_DAYS_AGO.get(written, written)) is not None


def parse_date(name: str, text: str, *, now: datetime, time_zone: str = "UTC") -> date:
    """Read a date, or a time ago.

    Parameters
    ----------
    name
        The argument that it is for; an error names it.
    text
        ISO 8601, or a number and ``h``, ``d``, ``w``, ``mo`` or ``y``: so many hours, days, weeks, months or years ago;
        or ``today`` or ``yesterday``. Hours count back from `now`. All others name a whole day, so that no day is cut:
        ``1d`` is yesterday.
    now
        The present moment (aware).
    time_zone
        IANA name of the zone whose days are counted, and in which text without an offset is.

    Returns
    -------
    date or datetime
        A day, which stands for its midnight in `time_zone`, or a moment (aware).

    Raises
    ------
    ArgumentError
        It is none of these, or before the year 1.

    Examples
    --------
    >>> noon = datetime(2026, 3, 31, 12, tzinfo=UTC)
    >>> [str(parse_date("since", text, now=noon)) for text in ("7d", "1mo", "yesterday", "12h")]
    ['2026-03-24', '2026-02-28', '2026-03-30', '2026-03-31 00:00:00+00:00']
    """
    import polars as pl

    written = text.strip().lower()
    ago = _AGO.fullmatch(_DAYS_AGO.get(written, written))
    try:
        if ago is None:
            return _from_iso(text.strip(), time_zone)
        count, unit = ago.groups()
        if unit == "h":
            return now.astimezone(UTC) - timedelta(hours=int(count))
        today = now.astimezone(ZoneInfo(time_zone)).date()
        day: date = pl.Series([today]).dt.offset_by(f"-{count}{unit}")[0]
    except (ValueError, OverflowError, pl.exceptions.PolarsError):
        raise ArgumentError(f"{name}={text!r} is not a date. Use {DATE_FORMATS}.") from None
    else:
        return day


def _from_iso(text: str, time_zone: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))
