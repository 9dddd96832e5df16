"""Finds out whether a burst comes back with the calendar, such as a newsletter, a survey or the end of a month.

Days far above usual are news, unless as many items come in every few weeks, months or years. What comes back by month
may move by a few days, to a working day, to the end of the month or to the first Monday of it.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Burst", "Recurrence", "recurrence"]

_NAMED: Final = 3
"""Minimum number of earlier bursts, unless fewer days are known."""

_FURTHEST: Final = 12
"""Maximum number of earlier days that are compared."""

_YEAR: Final = 12
"""Months of a year, after which a single burst is enough."""

_WEEKS: Final = (1, 2, 3, 4)
_MONTHS: Final = (1, 2, 3, 6, _YEAR)
_MOST_OF: Final = 0.75
_ABOUT: Final = 0.5
_DOUBLE: Final = 2.0

_CHANCE: Final = 0.05
"""Maximum probability of as many of them by chance, among as many bursts on random days."""

_MOVES: Final = range(-3, 4)
"""Days by which a burst of a month moves, such as from a weekend to a working day."""

_AROUND: Final = 3
"""Number of weeks before and after a day that show what is usual on it."""


class Burst(NamedTuple):
    """Consecutive days, the number of items on them, and the usual number."""

    first: date
    days: int
    items: int
    expected: float


class Recurrence(NamedTuple):
    """Earlier bursts on the same days of other weeks, months or years.

    Attributes
    ----------
    days : list of date
        Their first days, latest first. Empty if the burst does not come back.
    months : int
        Number of months between them. 0 if they are weeks apart.
    """

    days: list[date]
    months: int = 0

    def is_known_before(self, day: date) -> bool:
        """Return whether enough of the bursts came before a day: two, or one a year ago."""
        return sum(one < day for one in self.days) >= (1 if self.months == _YEAR else 2)


def recurrence(burst: Burst, daily: Mapping[date, int], known: date) -> Recurrence:
    """Find the same days of earlier weeks, months or years on which about as many items came in.

    These must be three quarters of those up to the earliest. What is usual on a day is that of the weeks around it.

    Parameters
    ----------
    burst
        The burst.
    daily
        The number of items on each day that has some.
    known
        First day that is known.

    Examples
    --------
    >>> daily = {date(2026, month, 1): 40 for month in range(3, 12)}
    >>> found = recurrence(Burst(date(2026, 11, 1), 1, 40, 0.0), daily, date(2026, 3, 1))
    >>> found.days[:2], found.is_known_before(date(2026, 10, 1))
    ([datetime.date(2026, 10, 1), datetime.date(2026, 9, 1)], True)
    """
    often = _how_often(burst, daily, known)
    for months, places in _ways(burst, daily):
        days = [max(some, key=partial(_count_from, burst, daily)) for some in places if min(some) >= known]
        usual = [_around(burst, daily, day) if months else burst.expected for day in days]
        is_same = [_count_from(burst, daily, day) >= _least(burst, n) for day, n in zip(days, usual, strict=True)]
        number = max((at for at in range(1, len(days) + 1) if sum(is_same[:at]) >= _MOST_OF * at), default=0)
        same = [day for day, found in zip(days[:number], is_same, strict=False) if found]
        by_chance = special.bdtrc(len(same) - 1, max(number, 1), 1 - (1 - often) ** len(places[0]))
        least = 1 if months == _YEAR else min(_NAMED, max(len(days), 2))
        if len(same) >= least and by_chance * len(_places(months)) <= _CHANCE:
            return Recurrence(same, months)
    return Recurrence([])


def _how_often(burst: Burst, daily: Mapping[date, int], known: date) -> float:
    """Return the share of earlier days from which on about as many items came in."""
    earlier = [known + timedelta(days=day) for day in range((burst.first - known).days)]
    is_same = [_count_from(burst, daily, day) >= _least(burst, _around(burst, daily, day)) for day in earlier]
    return sum(is_same) / max(len(earlier), 1)


def _ways(burst: Burst, daily: Mapping[date, int]) -> Iterator[tuple[int, list[list[date]]]]:
    """Return, for each way to count back, the days on which each of the earlier bursts may have begun.

    Bursts that move are only compared if there is no other one around this one, which may be the one that comes back.
    """
    back = range(1, _FURTHEST + 1)
    for weeks in _WEEKS:
        yield 0, [[burst.first - timedelta(weeks=weeks * at)] for at in back]
    near = range(2 * _MOVES.start, burst.days - 2 * _MOVES.start)
    others = [burst.first + timedelta(days=move) for move in near if not 0 <= move < burst.days]
    is_alone = all(daily.get(day, 0) * burst.days < _least(burst, burst.expected) for day in others)
    for months in _MONTHS:
        for moved in (range(1), _MOVES) if is_alone and months < _YEAR else (range(1),):
            for way in _places(months):
                yield months, [[way(burst.first, months * at) + timedelta(days=move) for move in moved] for at in back]


def _month_before(day: date, months: int) -> tuple[date, int]:
    """Return the first day of an earlier month, and the number of its days."""
    year, month = divmod(day.year * _YEAR + day.month - 1 - months, _YEAR)
    return date(year, month + 1, 1), calendar.monthrange(year, month + 1)[1]


def _same_day(day: date, months: int) -> date:
    start, length = _month_before(day, months)
    return start.replace(day=min(day.day, length))


def _before_end(day: date, months: int) -> date:
    start, length = _month_before(day, months)
    left = calendar.monthrange(day.year, day.month)[1] - day.day
    return start.replace(day=max(length - left, 1))


def _same_weekday(day: date, months: int) -> date:
    """Return such as the second Tuesday of an earlier month. It may be the first of the next one."""
    start, _ = _month_before(day, months)
    return start + timedelta(days=(day.weekday() - start.weekday()) % 7, weeks=(day.day - 1) // 7)


def _places(months: int) -> Sequence[Callable[[date, int], date]]:
    """Return the ways to count back. A year ago, as many days before the end of the month is the same day."""
    return (_same_day, _same_weekday) if months == _YEAR else (_same_day, _before_end, _same_weekday)


def _least(burst: Burst, usual: float) -> float:
    """Return the minimum number of items of a burst like another one, which is at least half as far above usual."""
    return float(usual + max(_ABOUT * (burst.items - burst.expected), _DOUBLE * np.sqrt(usual)))


def _around(burst: Burst, daily: Mapping[date, int], first: date) -> float:
    """Return the usual number of items on the weekdays of some days."""
    weeks = [week for week in range(-_AROUND, _AROUND + 1) if week]
    around = sorted(_count_from(burst, daily, first + timedelta(weeks=week)) for week in weeks)
    return float(around[len(around) // 2])


def _count_from(burst: Burst, daily: Mapping[date, int], first: date) -> int:
    """Return the number of items in as many days as a burst has, from another day on."""
    return sum(daily.get(first + timedelta(days=more), 0) for more in range(burst.days))
