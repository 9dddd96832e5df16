"""Reads times as services write them.

Crawls read the time of one record after the other, and frames a whole column at once. Both read the same time from the
same text. Otherwise a record could have a place in the list, and be missing from the frame.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from seggwat_nb.schema import UTC_TIME

__all__ = ["moments_in", "read_moment"]

_USUAL: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
"""RFC 3339, which polars reads fast. With other texts it is lenient in its own way."""

_CALENDAR: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""Python's range. Polars can store times outside it, but not print or list them."""

_LEAP_SECOND: Final = re.compile("(?<=[0-9]{2}:[0-9]{2}):60")
_OTHER: Final = re.compile(
    r"\s*\+?(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)(?:[T_]|\s+)"
    r"(?P<hour>\d\d?):(?P<minute>\d\d?)(?::(?P<second>\d\d?)(?:[.,](?P<fraction>\d*))?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+\N{MINUS SIGN}-]\d\d(?::?\d\d)?)\s*",
    re.ASCII,
)


def read_moment(text: object) -> datetime | None:
    """Read one time, or return None if it is not a time with a zone.

    The standard is RFC 3339. Whatever else ISO 8601 allows, or databases and languages print, is read too if it names
    its zone as UTC or as an offset.

    Examples
    --------
    >>> print(read_moment("2026-05-04T03:02:60z"), read_moment("2026-05-04 03:02:01,5+01"))
    2026-05-04 03:03:00+00:00 2026-05-04 02:02:01.500000+00:00
    >>> print(read_moment("2026-05-04 03:02:01 UTC"), read_moment("2026-05-04 03:02:01"))
    2026-05-04 03:02:01+00:00 None
    """
    if not isinstance(text, str):
        return None
    upper = text.upper()
    whole = _LEAP_SECOND.sub(":59", upper)
    try:
        moment = _from_iso(whole)
        # Python can hold times that it cannot express in UTC.
        return moment.astimezone(UTC) + timedelta(seconds=whole != upper) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def moments_in(texts: pl.Series) -> pl.Series:
    """Read a column of times, each as `read_moment` does. What is not a time with a zone becomes null."""
    first, last = (pl.lit(end, dtype=UTC_TIME) for end in _CALENDAR)
    text = pl.lit(texts)
    usual = pl.when(text.str.contains(_USUAL)).then(text)
    moment = usual.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    read = pl.select(pl.when(moment.is_between(first, last)).then(moment)).to_series()
    unread = (read.is_null() & texts.is_not_null()).arg_true()
    if unread.is_empty():
        return read
    return read.scatter(unread, pl.Series([read_moment(text) for text in texts[unread]], dtype=UTC_TIME))


def _from_iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        form = _OTHER.fullmatch(text)
        if form is None:
            raise
    year, month, day, hour, minute, second, fraction, zone = form.groups("0")
    offset = zone.replace("\N{MINUS SIGN}", "-") if zone[0] in "+-\N{MINUS SIGN}" else "Z"
    return datetime.fromisoformat(
        f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}.{fraction or 0}{offset}"
    )
