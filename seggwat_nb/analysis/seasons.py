"""Finds whether a change is seasonal: whether the same change came at the same time a year ago.

Around Christmas, in summer or in the week of a national holiday, feedback falls and rises again. That is a change, but
no news if it was the same a year ago. Holidays move by some days, so the weeks before and after are looked at as well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from datetime import date

    import polars as pl
    from numpy.typing import NDArray

__all__ = ["Change", "has_happened_a_year_ago", "quietest"]

_YEAR: Final = (364, 357, 371)
"""Days in a year of whole weeks, and one week less or more."""

_LEAST_BEFORE: Final = 28
"""Minimum number of known days before the same days a year ago."""

_ABOUT: Final = 0.5
"""Minimum size of the change a year ago relative to this one, as logarithms of ratios."""

_SURELY: Final = 2.0
"""Minimum number of standard errors of the change a year ago."""


class Change(NamedTuple):
    """A change of a number of items: its days, those before, the ratio of the rates, and the dispersion of counts."""

    before_first: date
    first: date
    last: date
    ratio: float
    dispersion: float


def has_happened_a_year_ago(change: Change, days: pl.Series, known_from: date) -> bool:
    """Return whether the number of items changed as much at the same time a year ago.

    Parameters
    ----------
    change
        The change.
    days
        The day of every item.
    known_from
        First day that is known.

    Examples
    --------
    >>> from datetime import date
    >>> import polars as pl
    >>> days = pl.date_range(date(2024, 6, 1), date(2026, 1, 4), eager=True)
    >>> days = days.append(days.filter((days.dt.month() != 1) & ~((days.dt.month() == 12) & (days.dt.day() > 21))))
    >>> change = Change(date(2025, 7, 1), date(2025, 12, 22), date(2026, 1, 4), 0.5, 1.0)
    >>> has_happened_a_year_ago(change, days, date(2024, 6, 1)), has_happened_a_year_ago(change, days, date(2025, 1, 1))
    (True, False)
    """
    return any(_has_happened(change, days, known_from, timedelta(days=ago)) for ago in _YEAR)


def _has_happened(change: Change, days: pl.Series, known_from: date, ago: timedelta) -> bool:
    first, last = change.first - ago, change.last - ago
    before = max(change.before_first - ago, known_from)
    lengths = (last - first).days + 1, (first - before).days
    if lengths[1] < _LEAST_BEFORE:
        return False
    then = float(days.is_between(first, last).sum())
    usual = float(days.is_between(before, first, closed="left").sum())
    found = np.log((then + 0.5) / lengths[0]) - np.log((usual + 0.5) / lengths[1])
    error = np.sqrt(change.dispersion * (1 / (then + 0.5) + 1 / (usual + 0.5)))
    now = np.log(max(change.ratio, 1e-9))
    return bool(found * now > 0 and abs(found) >= max(_ABOUT * abs(now), _SURELY * error))


def quietest(came: NDArray[np.int64], usual: NDArray[np.float64]) -> tuple[int, int]:
    """Return the first day, and the day after the last, of the run with the most striking lack of items.

    It has the largest likelihood ratio of a lower Poisson rate, given the items that came and are usual on each day.

    Examples
    --------
    >>> quietest(np.array([9, 11, 10, 2, 1, 3, 9, 10]), np.full(8, 10.0))
    (3, 6)
    """
    sums, expected = (np.concatenate([[0.0], np.cumsum(part)]) for part in (came, usual))
    start, end = np.triu_indices(came.size + 1, 1)
    here, there = sums[end] - sums[start], np.fmax(expected[end] - expected[start], 1e-9)
    likely = np.where(here < there, special.xlogy(here, here / there) - here + there, 0.0)
    best = int(likely.argmax())
    return int(start[best]), int(end[best])
