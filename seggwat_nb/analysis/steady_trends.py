"""Tells steady growth and decline from the numbers of items in consecutive periods.

`seggwat_nb.analysis.changes` compares the latest days with all those before. If feedback has grown for months, the days
before differ from each other as much as the latest differ from them, and no number is usual. So a trend has a test
of its own: whether each of the last four or more periods had more items than the one before it, or each had fewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PERIODS", "SteadyTrend", "steady_trend"]

PERIODS: Final = 5
"""Minimum number of periods in one direction. Where nothing changes, that happens in 1 of 60 projects."""

_LEAST_FACTOR: Final = 3.0
_LEAST_ITEMS: Final = 30


class SteadyTrend(NamedTuple):
    """Numbers of items in consecutive periods, each larger than the one before it, or each smaller.

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


def steady_trend(totals: Sequence[int]) -> SteadyTrend | None:
    """Find the last periods in which the number of items went in one direction. None if these are too few.

    The test is that of the slope of the logarithms by time (Student's t), from periods alone: within a period, days
    and weeks are not independent.

    Examples
    --------
    >>> found = steady_trend([60, 51, 108, 179, 345, 637])
    >>> found.totals, found.p < 0.0001
    ((51, 108, 179, 345, 637), True)
    >>> steady_trend([100, 120, 150, 140, 160]) is None
    True
    """
    steps = np.sign(np.diff(np.array(totals, np.float64)))
    if not steps.size or not steps[-1]:
        return None
    others = np.flatnonzero(steps != steps[-1])
    number = steps.size - (int(others[-1]) + 1 if others.size else 0)
    if number < PERIODS - 1:
        return None
    last = tuple(totals[-number - 1 :])
    most, least = max(last), min(last)
    return SteadyTrend(last, _p(last) if most >= max(_LEAST_ITEMS, _LEAST_FACTOR * max(least, 1)) else None)


def _p(totals: Sequence[int]) -> float:
    logs, at = np.log(np.array(totals) + 0.5), np.arange(len(totals)) - (len(totals) - 1) / 2
    slope, freedom = logs @ at / (at @ at), len(totals) - 2
    rest = logs - logs.mean() - slope * at
    error = np.sqrt(rest @ rest / freedom / (at @ at))
    return float(2 * special.stdtr(freedom, -abs(slope) / max(float(error), 1e-12)))
