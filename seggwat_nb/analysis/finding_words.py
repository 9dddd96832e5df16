"""Names the kinds of findings, and words their figures."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from seggwat_nb.text import count_of, format_day, join_words, with_minus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import polars as pl

__all__ = [
    "KINDS",
    "cause",
    "dates",
    "describe_weeks",
    "items_usually",
    "list_some",
    "share_times",
    "short",
    "subject",
    "times",
    "usually",
]

KINDS: Final = (
    *("copies", "theme", "page", "days", "silence", "rating", "release", "submitter", "type", "source", "reopened"),
    *("backlog", "volume"),
)
"""Kinds, the most informative first. Of two with the same items, the earlier one is reported."""

_LONGEST: Final = 60
_MANY: Final = 10
_DOUBLE: Final = 2.0
_WEEK: Final = timedelta(days=7)
_NAMED: Final = 3


def short(value: str) -> str:
    """Write a value on one line, cut to a readable length."""
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def cause(kind: str | None, key: str | None, value: str | None) -> str:
    """Name a result beside another one about the same items, as in the column ``also``.

    Examples
    --------
    >>> cause("page", "path", "/pay"), cause("volume", None, None)
    ('path /pay', 'volume')
    """
    return " ".join(filter(None, (key or kind, value and short(value))))


def subject(key: str | None, value: str | None) -> str:
    """Describe the feedback with a value.

    Examples
    --------
    >>> subject("path", "/pay"), subject("type", None)
    ('Feedback about /pay', 'Feedback without a type')
    """
    if key is None:
        return "Feedback"
    if value is None or not value.strip():
        return f"Feedback without a {'page' if key == 'path' else key}"
    name = short(value)
    words = {"type": f"of type {name}", "source": f"from {name}", "words": f"that mentions “{name}”"}
    return f"Feedback {words.get(key, f'about {name}')}"


def usually(expected: float) -> str:
    """Describe the usual number.

    Examples
    --------
    >>> usually(0), usually(0.2), usually(3.4), usually(1234.5)
    ('usually none', 'usually less than 1', 'usually 3', 'usually 1,234')
    """
    if not expected:
        return "usually none"
    return "usually less than 1" if expected < 1 else f"usually {expected:,.0f}"  # a decimal would suggest precision


def items_usually(count: int, days: int, expected: float) -> str:
    """Describe a number of items in a number of days, and the usual number."""
    return f"{count_of(count, 'item')} in {days} days ({usually(expected)})"


def times(ratio: float, low: float, high: float) -> str:
    """Describe a ratio and its interval, as a multiple from 2 on and otherwise as a percentage.

    Examples
    --------
    >>> times(15.2, 8.1, 30.0)
    '15 times as many, likely between 8.1 and 30'
    >>> times(1.5, 1.2, 1.9)
    '+50%, likely between +20% and +90%'
    >>> times(float("inf"), 4.2, float("inf"))
    'likely at least 4.2 times as many'
    """
    if not math.isfinite(ratio):
        return f"likely at least {_number(low)} times as many"
    if ratio >= _DOUBLE:
        return f"{_number(ratio)} times as many, likely {_range(_number(low), _number(high), high)}"
    return with_minus(f"{ratio - 1:+.0%}, likely {_range(f'{low - 1:+.0%}', f'{high - 1:+.0%}', high)}")


def share_times(ratio: float, low: float, high: float, share: str = "share") -> str:
    """Describe a ratio of shares and its interval.

    Examples
    --------
    >>> share_times(1.77, 1.29, 2.43)
    '1.8 times the share, likely between 1.3 and 2.4'
    """
    if not math.isfinite(ratio):
        return f"likely at least {_number(low)} times the {share}"
    return f"{_number(ratio)} times the {share}, likely {_range(_number(low), _number(high), high)}"


def dates(first: date, last: date) -> str:
    """Format a day or a range of days.

    Examples
    --------
    >>> from datetime import date
    >>> dates(date(2026, 8, 7), date(2026, 8, 11)), dates(date(2026, 8, 7), date(2026, 8, 7))
    ('7 to 11 Aug 2026', '7 Aug 2026')
    """
    end = format_day(last)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {end}"
    return f"{format_day(first, year=first.year != last.year)} to {end}"


def describe_weeks(weeks: Sequence[date], days: pl.Series, *, verb: str = "exclude") -> str:
    """Say which weeks usual numbers exclude or include, given the first day of each, and the day of every item.

    Examples
    --------
    >>> from datetime import date
    >>> import polars as pl
    >>> describe_weeks([date(2026, 8, 3), date(2026, 8, 10)], pl.Series([date(2026, 8, 12)] * 400))
    'Usual numbers exclude 3 to 16 Aug 2026 (400 items).'
    """
    spans: list[tuple[date, date]] = []
    for first in weeks:
        last = first + _WEEK
        is_next = bool(spans) and spans[-1][1] == first
        spans = [*spans[:-1], (spans[-1][0], last)] if is_next else [*spans, (first, last)]
    named = [
        f"{dates(first, last - timedelta(days=1))} "
        f"({count_of(int(days.is_between(first, last, closed='left').sum()), 'item')})"
        for first, last in spans
    ]
    return f"Usual numbers {verb} {join_words(named)}." if named else ""


def list_some(things: Sequence[str]) -> str:
    """List the first few things, and the number of others."""
    more = len(things) - _NAMED
    return join_words([*things[:_NAMED], f"{more:,} more"]) if more > 0 else join_words(things)


def _number(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= _MANY else f"{ratio:.1f}"


def _range(low: str, high: str, end: float) -> str:
    return f"between {low} and {high}" if math.isfinite(end) else f"at least {low}"
