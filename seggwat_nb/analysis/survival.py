"""Estimates the share still waiting after a number of days, if waiting times are only known to be between two bounds.

The Kaplan-Meier estimate (1958, "Nonparametric estimation from incomplete observations", JASA 53, 457-481) requires
exact times. Estimates from all the earliest or all the latest possible times do not necessarily enclose the one from
the exact times, since moving an event past the end of another wait changes how many were at risk there. So for each day
t, events are placed where they minimize the estimate, and where they maximize it:

- least: everything that may have happened by t has, as late as possible;
- most: only what must have happened by t has, as early as possible.

Whatever the exact times, their estimate is between the two. If all times are known, both are equal to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seggwat_nb.analysis.intervals import Floats

__all__ = ["Median", "Shares", "Waits", "median", "shares"]

_COARSE: Final = 400
"""Number of days at which a median is first searched. Between two of them, every day with a change is checked."""

_HALF: Final = 0.5 + 1e-12
"""One half, allowing for rounding errors."""


class Waits(NamedTuple):
    """Waits of a group, in days.

    Attributes
    ----------
    least, most : array of float
        Earliest and latest possible length of each finished wait.
    so_far : array of float
        Lengths so far of the unfinished waits.
    """

    least: Floats
    most: Floats
    so_far: Floats


class Shares(NamedTuple):
    """Share still waiting after each of some days.

    Attributes
    ----------
    least, most : array of float
        Bounds of the Kaplan-Meier estimate.
    low, high : array of float
        Bounds of the confidence interval around both.
    """

    least: Floats
    most: Floats
    low: Floats
    high: Floats


class Median(NamedTuple):
    """Median wait in days, NaN if more than half may wait forever, with bounds like those of `Shares`."""

    least: float
    most: float
    low: float
    high: float


def shares(waits: Waits, days: Floats, *, level: float = 0.95) -> Shares:
    """Estimate the share still waiting after some days.

    Parameters
    ----------
    waits
        At least one wait.
    days
        Days in ascending order.
    level
        Confidence level of the interval.

    Notes
    -----
    The interval uses Greenwood's variance and the log-log transform (Kalbfleisch and Prentice 1980, "The statistical
    analysis of failure time data", section 1.3), with ``least`` for its lower and ``most`` for its upper bound. A share
    can only decrease, and so do the bounds.

    Examples
    --------
    >>> one, two, three = np.array([[1.0, 2.0], [2.0, 4.0], [9.0, 9.0]])
    >>> found = shares(Waits(one, two, three), np.array([0.0, 1.0, 2.0, 4.0]))
    >>> found.least.tolist(), found.most.tolist()
    ([1.0, 0.75, 0.5, 0.5], [1.0, 1.0, 0.75, 0.5])
    """
    least, least_spread = _least(waits, days)
    most, most_spread = _most(waits, days)
    z = special.ndtri((1 + level) / 2)
    low = np.minimum.accumulate(_shift_bound(least, z * least_spread, undefined=0.0))
    high = np.minimum.accumulate(_shift_bound(most, -z * most_spread, undefined=1.0))
    return Shares(least, most, low, high)


def median(waits: Waits, *, level: float = 0.95) -> Median:
    """Estimate the day by which half of the waits have ended.

    Notes
    -----
    The interval is that of Brookmeyer and Crowley (1982), "A confidence interval for the median survival time",
    Biometrics 38, 29-41: the days on which the interval of the share contains one half.

    Examples
    --------
    >>> one, two, three = np.array([[1.0, 2.0], [2.0, 4.0], [9.0, 9.0]])
    >>> median(Waits(one, two, three))[:2]
    (2.0, 4.0)
    """
    # Just after an unfinished wait, fewer are at risk.
    days = np.unique(np.concatenate([waits.least, waits.most, np.nextafter(waits.so_far, np.inf)]))
    coarse = days[np.unique(np.linspace(0, days.size - 1, _COARSE).astype(np.int64))] if days.size else days
    found = shares(waits, coarse, level=level)

    def first(end: str) -> float:
        below = np.flatnonzero(getattr(found, end) <= _HALF)
        if not below.size:
            return float("nan")
        upto = coarse[below[0]]
        after = coarse[below[0] - 1] if below[0] else -np.inf
        between = days[(days > after) & (days <= upto)]
        return float(between[np.argmax(getattr(shares(waits, between, level=level), end) <= _HALF)])

    return Median(*(first(end) for end in Median._fields))


def _least(waits: Waits, days: Floats) -> tuple[Floats, Floats]:
    """Return the share and its standard error if all that may have happened has, as late as possible."""
    least, most, cut = (np.sort(ends) for ends in waits)
    n = least.size + cut.size
    at_risk = n - np.searchsorted(cut, most) - np.arange(most.size)
    share = np.cumprod(np.append(1.0, 1 - 1 / at_risk))
    variance = np.cumsum(np.append(0.0, _greenwood(np.ones(most.size), at_risk)))
    surely = np.searchsorted(most, days, side="right")
    maybe = np.searchsorted(least, days, side="right") - surely
    left = n - np.searchsorted(cut, days) - surely
    return (
        share[surely] * (1 - maybe / np.maximum(left, 1)),
        np.sqrt(variance[surely] + _greenwood(maybe, left)),
    )


def _most(waits: Waits, days: Floats) -> tuple[Floats, Floats]:
    """Return the share and its standard error if only what must have happened by a day has, as early as possible."""
    order = np.argsort(waits.least, kind="stable")
    least, most, cut = waits.least[order], waits.most[order], np.sort(waits.so_far)
    not_cut = least.size + cut.size - np.searchsorted(cut, least)
    found = np.empty((2, days.size))
    for place, day in enumerate(days):
        surely = most <= day
        at_risk = not_cut[surely] - np.arange(np.count_nonzero(surely))
        found[:, place] = np.prod(1 - 1 / at_risk), _greenwood(np.ones(at_risk.size), at_risk).sum()
    return found[0], np.sqrt(found[1])


def _greenwood(ended: NDArray[np.generic], at_risk: NDArray[np.generic]) -> Floats:
    """Return the terms of the variance, infinite where none are left."""
    n, d = np.asarray(at_risk, dtype=np.float64), np.asarray(ended, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        term: Floats = np.where(d > 0, d / (n * (n - d)), 0.0)
    return term


def _shift_bound(share: Floats, by: Floats, *, undefined: float) -> Floats:
    """Return a bound of an interval on the log(-log) scale: undefined if none are left, without width if all are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        end: Floats = share ** np.exp(by / -np.log(share))
    return np.where(share >= 1, 1.0, np.where(share <= 0, undefined, end))
