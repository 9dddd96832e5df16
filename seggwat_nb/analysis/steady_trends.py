"""Recognizes steady growth and decline in the numbers of items in consecutive periods.

`seggwat_nb.analysis.changes` compares the latest days with all those before. If feedback has grown for months, the days
before differ from each other as much as the latest differ from them, and no number is usual. So a trend has a test
of its own: whether each of the last four or more periods had more items than the one before it, give or take chance, or
each had fewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["LEAST_ITEMS", "PERIODS", "SteadyTrend", "steady_trend", "trend_of_part"]

PERIODS: Final = 5
"""Minimum number of periods in one direction."""

_BACK: Final = 0.5
"""Maximum step in the other direction, in standard errors. Small numbers rarely grow without one."""

_LEAST_FACTOR: Final = 3.0
LEAST_ITEMS: Final = 30


class SteadyTrend(NamedTuple):
    """Numbers of items in consecutive periods that grow, or fall, with no step back beyond chance.

    Attributes
    ----------
    totals : tuple of int
        Items in each period.
    p : float or None
        For the hypothesis that there is no trend. None if the number has not even tripled or fallen to a third, or if
        no period has 30 items.
    """

    totals: tuple[int, ...]
    p: float | None

    @property
    def grows(self) -> bool:
        """Whether there are more and more items."""
        return self.totals[-1] > self.totals[0]

    @property
    def is_unbroken(self) -> bool:
        """Whether each period has more items than the one before it, or each fewer."""
        return bool((np.diff(self.totals) * (1 if self.grows else -1) > 0).all())


def steady_trend(totals: Sequence[int]) -> SteadyTrend | None:
    """Find the last periods in which the number of items went in one direction. None if these are too few.

    A step in the other direction may be as large as half of its standard error. The test is that of the slope of the
    logarithms by time (Student's t), from periods alone: within a period, days and weeks are not independent.

    Examples
    --------
    >>> found = steady_trend([60, 56, 108, 179, 345, 637])
    >>> found.totals, found.p < 0.001
    ((60, 56, 108, 179, 345, 637), True)
    >>> steady_trend([100, 120, 150, 90, 160]) is None
    True
    """
    found = [trend for sign in (1, -1) if (trend := _in_direction(totals, sign)) is not None]
    return max(found, key=lambda trend: abs(np.log1p(trend.totals[-1]) - np.log1p(trend.totals[0])), default=None)


def trend_of_part(totals: Sequence[int], of: Sequence[int]) -> SteadyTrend | None:
    """Find the last periods in which both the number of some items and their share of all items went in one direction.

    If everything grows, its parts do, too. The p-value is the larger of both.

    Examples
    --------
    >>> trend_of_part([20, 30, 41, 63, 90, 130], of=[500] * 6).totals
    (20, 30, 41, 63, 90, 130)
    >>> trend_of_part([20, 30, 41, 63, 90, 130], of=[200, 300, 410, 630, 900, 1300]).p > 0.05
    True
    """
    found = steady_trend(totals)
    if found is None or found.p is None:
        return found
    shares = np.log(np.array(found.totals) + 0.5) - np.log(np.array(of[-len(found.totals) :]) + 0.5)
    is_alike = (shares[-1] > shares[0]) == found.grows
    return found._replace(p=max(found.p, _p(shares)) if is_alike else 1.0)


def _in_direction(totals: Sequence[int], sign: int) -> SteadyTrend | None:
    """Find the last periods without a step in the other direction beyond chance."""
    numbers = np.array(totals, np.float64)
    back = np.flatnonzero(sign * np.diff(numbers) < -_BACK * np.sqrt(numbers[1:] + numbers[:-1]))
    last = tuple(totals[int(back[-1]) + 1 if back.size else 0 :])
    if len(last) < PERIODS or sign * (last[-1] - last[0]) <= 0:
        return None
    least, most = sorted((last[0], last[-1]))
    is_large = most >= max(LEAST_ITEMS, _LEAST_FACTOR * max(least, 1))
    return SteadyTrend(last, _p(np.log(np.array(last) + 0.5)) if is_large else None)


def _p(logs: NDArray[np.float64]) -> float:
    at = np.arange(logs.size) - (logs.size - 1) / 2
    slope, freedom = logs @ at / (at @ at), logs.size - 2
    rest = logs - logs.mean() - slope * at
    error = np.sqrt(rest @ rest / freedom / (at @ at))
    return float(2 * special.stdtr(freedom, -abs(slope) / max(float(error), 1e-12)))
