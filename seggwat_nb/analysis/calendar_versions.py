"""Parses versions that are dates (CalVer): days, weeks, months, quarters and half-years, in any notation."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

__all__ = ["FIRST_SHORT_YEAR", "is_day", "parse_calendar"]

FIRST_SHORT_YEAR: Final = 15
"""Minimum value of a two-digit year."""
_WEEKS: Final = 53

_CLOCK: Final = re.compile(
    r"([0-9]{4})[-_./]([0-9]{1,2})[-_./]([0-9]{1,2})[t ]([0-9]{1,2}):?([0-9]{2})(?::?([0-9]{2}))?(?:\.[0-9]+)?"
    r" ?(?:z|utc|[+-][0-9]{2}:?[0-9]{2})?"
)
_PERIOD: Final = re.compile(r"((?:19|20)[0-9]{2})[ ._-]*(w|kw|cw|week|q|h)[ ._-]*([0-9]{1,2})(?![0-9a-z])")
_YEAR: Final = re.compile(r"((?:19|20)[0-9]{2})((?:[-_/ .][0-9]{1,4}(?![0-9a-z:]))+)")
_SHORT_YEAR: Final = re.compile(r"([1-9][0-9])([-_/])(0[1-9]|1[0-2])((?:\2[0-9]{1,2}(?![0-9a-z]))*)")
_DAY_FIRST: Final = re.compile(r"^(0[1-9]|[12][0-9]|3[01])\.(0[1-9]|1[0-2])\.((?:19|20)[0-9]{2})(?![0-9.])")
_DAY: Final = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2})?)?")


def is_day(text: str) -> bool:
    """Return whether eight digits, optionally followed by a time, are a valid date."""
    found = _DAY.fullmatch(text)
    if found is None:
        return False
    try:
        date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return all(int(found[place] or 0) < most for place, most in ((4, 24), (5, 60), (6, 60)))


def parse_calendar(text: str, *, days: bool) -> tuple[str, str] | None:
    """Convert a calendar version to dots, and return its period unless it is a month. None for other text.

    Parameters
    ----------
    text
        The version, in small letters.
    days
        Whether eight digits are a day.

    Examples
    --------
    >>> parse_calendar("20260601", days=True), parse_calendar("2026w23", days=True), parse_calendar("1.2", days=True)
    (('2026.06.01', ''), ('2026.06.01', '2026w23'), None)
    """
    text = _DAY_FIRST.sub(r"\3.\2.\1", text)
    if found := _CLOCK.fullmatch(text):
        return ".".join(part for part in found.groups() if part), ""
    digits = re.match(r"[0-9]+(?![0-9.a-z])", text)
    if digits and days and is_day(digits[0]):
        found = _DAY.fullmatch(digits[0])
        parts = [] if found is None else [part for part in found.groups() if part]
        return ".".join(parts) + text[digits.end() :], ""
    if found := _PERIOD.match(text):
        return _of_period(found, text)
    if found := _YEAR.match(text):
        return found[1] + re.sub("[-_/ .]", ".", found[2]) + text[found.end() :], ""
    if (found := _SHORT_YEAR.match(text)) and int(found[1]) >= FIRST_SHORT_YEAR:
        return f"{found[1]}.{found[3]}{found[4].replace(found[2], '.')}{text[found.end() :]}", ""
    return None


def _of_period(found: re.Match[str], text: str) -> tuple[str, str] | None:
    """Return the first day of a week, quarter or half-year, to sort by."""
    year, word, number = int(found[1]), found[2][-1] if found[2] in {"kw", "cw"} else found[2][0], int(found[3])
    if not 1 <= number <= {"w": _WEEKS, "q": 4, "h": 2}[word]:
        return None
    try:
        first = date.fromisocalendar(year, number, 1) if word == "w" else date(year, 1, 1)
    except ValueError:
        return None
    if word != "w":
        first = first.replace(month=1 + (number - 1) * {"q": 3, "h": 6}[word])
    after = re.sub(r"^[-_ ](?=[0-9])", ".", text[found.end() :])
    return f"{first:%Y.%m.%d}{after}", f"{year}{word}{number:02}"
