"""Parses dates as people type them: ``2026-01-31``, ``7d``, ``12h``, ``today``."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from seggwat_nb.errors import ArgumentError

__all__ = ["DATE_FORMATS", "is_relative", "parse_date"]

DATE_FORMATS: Final = "2026-01-31, 2026-01-31T09:30, 12h, 7d, 4w, 2mo, 1y, today or yesterday"
"""The formats that `parse_date` accepts, for help texts."""

_AGO: Final = re.compile(r"(\d{1,5})(h|d|w|mo|y)")
_DAYS_AGO: Final = {"today": "0d", "yesterday": "1d"}
_ALMOST_AGO: Final = re.compile(r"-?(\d{1,3})\s*((mo)\w*|([hdwy])\w*)?( ago)?")
_ALMOST_ISO: Final = re.compile(
    r"(\d{1,4})([^\w:]{1,2}|[^\W\d_]\s?)(\d{1,2})([^\w:]{1,2}|[^\W\d_]\s?)(\d{1,4})[^\W\d_]?\.?"
)


def is_relative(text: str) -> bool:
    """Return whether a text is a date relative to now.

    Examples
    --------
    >>> [is_relative(text) for text in ("4w", "today", "2026-01-31")]
    [True, True, False]
    """
    written = text.strip().lower()
    return _AGO.fullmatch(_DAYS_AGO.get(written, written)) is not None


def parse_date(name: str, text: str, *, now: datetime, time_zone: str = "UTC") -> date:
    """Parse a date, or a time relative to now.

    Parameters
    ----------
    name
        Name of the argument, for the error.
    text
        ISO 8601, ``today``, ``yesterday``, or a number followed by ``h``, ``d``, ``w``, ``mo`` or ``y`` for hours,
        days, weeks, months or years ago. Hours count back from `now`. All others are whole days, so that no day is cut:
        ``1d`` is yesterday.
    now
        The current time (timezone-aware).
    time_zone
        IANA name of the time zone for days, and for text without an offset.

    Returns
    -------
    date or datetime
        A day, which means its midnight in `time_zone`, or a time (timezone-aware).

    Raises
    ------
    ArgumentError
        The text is in none of these formats, or before the year 1.

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
        meant = _meant(written)
        hint = f"Did you mean {' or '.join(meant)}?" if meant else f"Use {DATE_FORMATS}."
        raise ArgumentError(f"{name}={text!r} is not a date. {hint}") from None
    else:
        return day


def _meant(text: str) -> list[str]:
    """List the dates that a text in another format may mean.

    Examples
    --------
    >>> [_meant(text) for text in ("31.1.2026", "1/2/2026", "2026/1/5", "7 days", "soon")]
    [['2026-01-31'], ['2026-02-01', '2026-01-02'], ['2026-01-05'], ['7d'], []]
    """
    if ago := _ALMOST_AGO.fullmatch(text):
        return [f"{ago[1]}{ago[3] or ago[4] or 'd'}"]
    if (found := _ALMOST_ISO.fullmatch(text)) is None:
        return []
    first, second, last = (int(found[part]) for part in (1, 3, 5))
    if len(found[1]) == len("2026"):
        orders = [(first, second, last)]
    elif len(found[5]) != len("2026"):
        return []
    else:  # A day comes before its month, except in the United States, where neither is followed by a dot.
        orders = [(last, second, first), (last, first, second)][: 1 if "." in found[2] else None]
    days = []
    for year, month, day in orders:
        with suppress(ValueError):
            days.append(f"{date(year, month, day)}")
    return [*dict.fromkeys(days)]


def _from_iso(text: str, time_zone: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))
