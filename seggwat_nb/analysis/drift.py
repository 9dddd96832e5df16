"""Drift of a daily rate: how much runs of days usually differ from the days around them.

If the rate of a project rises and falls by itself for days, any run of high days looks like an event compared with a
slowly changing baseline. What is unusual is learned from all runs of the same length in the series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from seggwat_nb.analysis.overdispersion import WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["Drift"]

_SURELY: Final = 3.0
"""The rate counts as drifting if the autocorrelation of days exceeds 0 by this many standard errors."""

_OUTLIER: Final = 3.0
"""Deviations of days are clipped at this many standard deviations to estimate drift."""

_NORMAL: Final = 1.4826
"""Ratio of the standard deviation of a normal distribution to its median absolute deviation."""


class Drift(NamedTuple):
    """How much a rate drifts, as running sums over days of the log ratio of count to usual, see `learn`."""

    is_seen: bool
    rest: Floats
    calm: Floats  # the same without outliers

    @classmethod
    def learn(cls, count: Floats, usual: Floats, ordinary: NDArray[np.bool_]) -> Drift:
        """Estimate from ordinary days whether the rate drifts, and from all days how much.

        It counts as drifting if the autocorrelations for lags of one to six days, weighted as in Newey and West (1987,
        Econometrica 55, 703-708), are together more than three standard errors above 0.

        Examples
        --------
        >>> usual, ordinary = np.full(90, 20.0), np.ones(90, np.bool_)
        >>> Drift.learn(usual + np.tile([-3, 0, 3], 30), usual, ordinary).is_seen
        False
        >>> Drift.learn(usual + np.repeat([-6, 9, -3, 6, -9, 3], 15), usual, ordinary).is_seen
        True
        """
        rest = np.log((count + 0.5) / (usual + 0.5))
        rest -= np.median(rest[ordinary]) if ordinary.any() else 0.0
        most = _OUTLIER * _NORMAL * np.median(np.abs(rest[ordinary])) if ordinary.any() else 0.0
        calm = np.clip(rest, -most, most)
        around = np.where(ordinary, calm - calm.mean(where=ordinary), 0.0) if most else np.zeros_like(calm)
        weights = {lag: 2 * (1 - lag / WEEK) for lag in range(1, min(WEEK, count.size))}
        alike = sum(weight * float(around[lag:] @ around[:-lag]) for lag, weight in weights.items())
        error = np.sqrt(sum(weight**2 for weight in weights.values()) / max(int(ordinary.sum()), 1))
        is_seen = alike > _SURELY * error * float(around @ around)
        return cls(bool(is_seen), *(np.concatenate([[0.0], values.cumsum()]) for values in (rest, calm)))

    def surplus(self, start: Integers, end: Integers, far: float) -> Floats:
        """Return by how much runs of days exceed the week on either side plus `far` standard deviations.

        The values are means of logarithms, with the ends excluded. The standard deviation is that of all runs of the
        same length. Infinite if the rate does not drift, since there is nothing to allow for.
        """
        if not self.is_seen:
            return np.full(start.size, np.inf)
        found = self._beside(self.rest, start, end)
        for length in np.unique(end - start):
            first = np.arange(self.calm.size - length)
            deviation = np.sqrt(np.mean(self._beside(self.calm, first, first + length) ** 2))
            found[end - start == length] -= far * deviation
        return found

    def _beside(self, sums: Floats, start: Integers, end: Integers) -> Floats:
        first, last = np.fmax(start - WEEK, 0), np.fmin(end + WEEK, sums.size - 1)
        beside = self.calm[start] - self.calm[first] + self.calm[last] - self.calm[end]
        found: Floats = (sums[end] - sums[start]) / (end - start) - beside / np.fmax(start - first + last - end, 1)
        return found
