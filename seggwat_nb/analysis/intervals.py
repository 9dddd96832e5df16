"""Confidence intervals, calculated for whole columns at once.

Every function takes numbers, NumPy arrays or polars Series and returns NumPy arrays. Undefined results, such as those
without any counts, are NaN, which `columns` converts to null. Tests for differences between two groups are in
`seggwat_nb.analysis.significance`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis.validation import check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["Interval", "columns", "floats", "mean", "newcombe", "nps", "student", "wilson"]


class Interval(NamedTuple):
    """Lower and upper bound of an interval, in the unit of its estimate."""

    low: Floats
    high: Floats


def columns(**values: ArrayLike) -> list[pl.Series]:
    """Return columns of a polars frame (Float64), with null for NaN.

    Examples
    --------
    >>> pl.DataFrame({"n": [4, 0]}).with_columns(columns(share=[0.5, float("nan")])).rows()
    [(4, 0.5), (0, None)]
    """
    return [pl.Series(name, floats(value), pl.Float64, nan_to_null=True) for name, value in values.items()]


def wilson(count: ArrayLike, n: ArrayLike, *, freedom: ArrayLike = np.inf, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of a proportion.

    Parameters
    ----------
    count, n
        Successes and trials. They may be fractional, such as counts divided by their overdispersion.
    freedom
        Degrees of freedom of the estimated overdispersion. Infinite if it is known.
    level
        Confidence level: the share of such intervals that contain the true value.

    Returns
    -------
    Interval
        Between 0 and 1, NaN where `n` is 0. It contains the proportion and always has a width, even if all responses
        agree.

    Notes
    -----
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212, in the form
    of Newcombe (1998), Statistics in Medicine 17, 857-872, method 3.

    Examples
    --------
    >>> [round(float(end), 4) for end in wilson(81, 263)]  # Newcombe's first example
    [0.2553, 0.3662]
    """
    check_level(level)
    x, m = floats(count), floats(n)
    z = student(freedom, level)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (x + z**2 / 2) / (m + z**2)
        reach = z / (m + z**2) * np.sqrt(x * (m - x) / m + z**2 / 4)
        p = x / m
    return Interval(np.clip(centre - reach, 0, p), np.clip(centre + reach, p, 1))


def newcombe(
    count: ArrayLike,
    n: ArrayLike,
    other_count: ArrayLike,
    other_n: ArrayLike,
    *,
    freedom: ArrayLike = np.inf,
    level: float = 0.95,
) -> Interval:
    """Return the interval of the difference between two proportions, the first minus the second.

    Parameters
    ----------
    count, n
        Successes and trials of the first group.
    other_count, other_n
        Those of the second group.
    freedom
        As in `wilson`.
    level
        Confidence level: the share of such intervals that contain the true value.

    Returns
    -------
    Interval
        Between -1 and 1, NaN where a group is empty.

    Notes
    -----
    Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in Medicine
    17, 873-890, method 10, which combines the two Wilson intervals.

    Examples
    --------
    >>> [round(float(end), 4) for end in newcombe(56, 70, 48, 80)]  # Newcombe's example (a)
    [0.0524, 0.3339]
    """
    first, second = (wilson(*group, freedom=freedom, level=level) for group in ((count, n), (other_count, other_n)))
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = floats(count) / floats(n), floats(other_count) / floats(other_n)
    return Interval(
        p - q - np.hypot(p - first.low, second.high - q),
        p - q + np.hypot(first.high - p, q - second.low),
    )


def student(freedom: ArrayLike, level: float) -> Floats:
    """Return the two-sided quantile of Student's t for a confidence level. Normal for infinite degrees of freedom."""
    known = np.isposinf(floats(freedom))
    return np.where(known, _z(level), special.stdtrit(np.where(known, 1.0, floats(freedom)), (1 + level) / 2))


def nps(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the interval of a Net Promoter Score, from the variance of its three classes.

    Parameters
    ----------
    promoters, passives, detractors
        Number of responses of 9-10, 7-8 and 0-6.
    level
        Confidence level: the share of such intervals that contain the true value.

    Returns
    -------
    Interval
        Between -100 and 100, NaN without responses. It contains the score and always has a width, even if all responses
        agree.

    Notes
    -----
    Rocks (2016), "Interval estimation for the Net Promoter Score", The American Statistician 70, 365-372: the adjusted
    Wald interval, which adds three responses (3/4 promoter, 3/4 detractor, 3/2 passive) before calculating the variance
    ``promoters + detractors - (promoters - detractors)²`` of the shares. The plain formula results in an interval
    without any width if all responses are in one class.

    Examples
    --------
    >>> [round(float(end), 1) for end in nps(15, 8, 4)]
    [10.2, 63.2]
    """
    check_level(level)
    up, down = floats(promoters), floats(detractors)
    n = up + floats(passives) + down
    centre = (up - down) / (n + 3)
    reach = _z(level) * np.sqrt(((up + down + 1.5) / (n + 3) - centre**2) / (n + 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (up - down) / n
    return Interval(100 * np.clip(centre - reach, -1, score), 100 * np.clip(centre + reach, score, 1))


def mean(estimate: ArrayLike, variance: ArrayLike, n: ArrayLike, *, scale: ArrayLike, level: float = 0.95) -> Interval:
    """Return the interval of a mean of responses on a scale from 1 to some number of stars.

    Parameters
    ----------
    estimate, variance
        Mean of the responses, and their population variance (with `n` in its denominator).
    n
        Number of responses. It may be fractional, such as a count divided by its overdispersion.
    scale
        The highest response on the scale.
    level
        Confidence level: the share of such intervals that contain the true value.

    Returns
    -------
    Interval
        Within the scale, NaN without responses and for a scale of one star. It contains the mean and always has a
        width, even if all responses agree.

    Notes
    -----
    Two responses, spread evenly over the scale, are added before the mean and its standard error are calculated, as
    Agresti and Coull (1998), The American Statistician 52, 119-126, do for a proportion. Then Student's t is used with
    ``n + 1`` degrees of freedom. The plain t interval covers the true mean too rarely if most responses are at the ends
    of the scale (J-shaped): the rare low response that determines the mean is missing from most small samples.

    Examples
    --------
    >>> [round(float(end), 2) for end in mean(4.6, 1.44, 10, scale=5)]  # nine fives and a one: variance 1.44
    [3.46, 5.0]
    """
    check_level(level)
    m, top = floats(n), floats(scale)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = m / (m + _ADDED)
        middle = weight * floats(estimate) + (1 - weight) * (1 + top) / 2
        spread = weight * floats(variance) + (1 - weight) * (top**2 - 1) / 12
        spread = spread + weight * (1 - weight) * (floats(estimate) - (1 + top) / 2) ** 2
        reach = student(m + _ADDED - 1, level) * np.sqrt(spread / (m + _ADDED))
        low, high = np.fmin(np.fmax(middle - reach, 1), estimate), np.fmax(np.fmin(middle + reach, top), estimate)
    known = (m > 0) & (top > 1)
    return Interval(np.where(known, low, np.nan), np.where(known, high, np.nan))


_ADDED: Final = 2.0
"""Number of responses added to the actual ones, spread evenly over the scale."""


def floats(value: ArrayLike) -> Floats:
    """Convert numbers to an array of floats."""
    return np.asarray(value, dtype=np.float64)


def _z(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))
