"""Tests for differences between two groups: ratios of rates and proportions, and corrections for multiple tests.

Functions take numbers, NumPy arrays or polars Series and return NumPy arrays, like those of
`seggwat_nb.analysis.intervals`. Undefined results are NaN. All p-values are two-sided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import special

from seggwat_nb.analysis.intervals import floats, student
from seggwat_nb.analysis.validation import check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from seggwat_nb.analysis.intervals import Floats

__all__ = ["Comparison", "benjamini_hochberg", "on_student", "p_of_rates", "rate_ratio", "share_ratio"]


class Comparison(NamedTuple):
    """A comparison of two groups, as the ratio of the first to the second.

    Attributes
    ----------
    ratio : array of float
        Infinite where only the first group has any events, NaN where neither has.
    low, high : array of float
        Bounds of the ratio's interval, 0 and infinite if it is unbounded.
    p : array of float
        Two-sided p-value of the hypothesis that the ratio is 1.
    """

    ratio: Floats
    low: Floats
    high: Floats
    p: Floats


def rate_ratio(
    count: ArrayLike,
    other: ArrayLike,
    *,
    exposure: ArrayLike = 1.0,
    other_exposure: ArrayLike = 1.0,
    dispersion: ArrayLike = 1.0,
    freedom: ArrayLike = np.inf,
    exact: bool = True,
    level: float = 0.95,
) -> Comparison:
    """Compare two counts of events as rates, relative to their exposures.

    Parameters
    ----------
    count, other
        Events of the first and the second group.
    exposure, other_exposure
        The exposure of each group, such as days or users, in the same unit and above 0.
    dispersion
        Ratio of variance to mean of such counts, 1 for independent events. Both counts are divided by it, so that
        clustered events weigh less, like Rao and Scott's design effect.
    freedom
        Degrees of freedom of the estimated dispersion. Infinite if it is known.
    exact
        Whether to guarantee that the p-value is never too small for independent events. Otherwise it is correct on
        average, and less conservative with few events.
    level
        Confidence level: the share of such intervals that contain the true value.

    Returns
    -------
    Comparison
        The interval and the p-value agree: p is below ``1 - level`` exactly where the interval excludes 1.

    Notes
    -----
    Given their sum, one of two Poisson counts is binomial: Przyborowski and Wilenski (1940), Biometrika 31, 313-323.
    The interval is that of Clopper and Pearson (1934), Biometrika 26, 404-413, transformed to the ratio. The p-value is
    twice the smaller tail. For independent events, both are exact and therefore conservative. Dispersion is handled as
    in Rao and Scott (1999), Statistics in Medicine 18, 1373-1385, since the beta tails accept fractional counts. If not
    exact, Jeffreys' interval is used, which is close to the mid-p interval (Brown, Cai and DasGupta 2001, Statistical
    Science 16, 101-133), and mid-p itself if one count is 0. With finite degrees of freedom, normal quantiles are
    replaced by Student's t, as in the quasi-likelihood F test (Lund et al. 2012, Statistical Applications in Genetics
    and Molecular Biology 11, article 8).

    Examples
    --------
    >>> test = rate_ratio(11, 21, exposure=800, other_exposure=3011)  # the example of R's poisson.test
    >>> [round(float(number), 4) for number in test]
    [1.9715, 0.8584, 4.2773, 0.112]
    """
    check_level(level)
    x, y, t = np.broadcast_arrays(*(floats(value) / floats(dispersion) for value in (count, other)), floats(freedom))
    scale = floats(other_exposure) / floats(exposure)
    tail = (
        special.ndtr(-student(t, level)) if not exact or not np.isposinf(t).all() else np.full(x.shape, (1 - level) / 2)
    )
    add = 0.0 if exact else 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        low = special.betaincinv(x + add, y + 1 - add, tail)
        high = special.betaincinv(x + 1 - add, y + add, 1 - tail)
        if not exact:  # the observed counts have half weight
            low = np.where(y > 0, low, (2 * tail) ** (1 / x))
            high = np.where(x > 0, high, 1 - (2 * tail) ** (1 / y))
        low, high = np.where(x > 0, low, 0.0), np.where(y > 0, high, 1.0)
        return Comparison(
            x / y * scale,
            low / (1 - low) * scale,
            high / (1 - high) * scale,
            p_of_rates(
                count, other, exposure=exposure, other_exposure=other_exposure, dispersion=dispersion, freedom=freedom,
                exact=exact,
            ),
        )  # fmt: skip


def p_of_rates(
    count: ArrayLike,
    other: ArrayLike,
    *,
    exposure: ArrayLike = 1.0,
    other_exposure: ArrayLike = 1.0,
    dispersion: ArrayLike = 1.0,
    freedom: ArrayLike = np.inf,
    exact: bool = True,
) -> Floats:
    """Return only the p-value of `rate_ratio`, in a fifth of the time.

    Examples
    --------
    >>> float(p_of_rates(11, 21, exposure=800, other_exposure=3011).round(4))
    0.112
    """
    x, y, t = np.broadcast_arrays(*(floats(value) / floats(dispersion) for value in (count, other)), floats(freedom))
    fair = 1 / (1 + floats(other_exposure) / floats(exposure))  # the first group's share if the rates are equal
    if exact:
        with np.errstate(invalid="ignore"):
            as_many, as_few = special.betainc(x, y + 1, fair), special.betainc(y, x + 1, 1 - fair)
        smaller = np.minimum(np.where(x > 0, as_many, 1.0), np.where(y > 0, as_few, 1.0))
    else:  # as above; the tails sum to 1, so the one that contains the counts is enough
        is_few = x < fair * (x + y)
        some, rest = np.where(is_few, y, x), np.where(is_few, x, y)
        share = np.where(is_few, 1 - fair, fair)
        smaller = share**some / 2
        tail = special.betainc(some + 0.5, rest + 0.5, share, out=np.array(smaller), where=rest > 0)
        smaller = np.minimum(tail, 1 - tail)
    found: Floats = np.minimum(1.0, 2 * on_student(smaller, t))
    return found


def on_student(tail: ArrayLike, freedom: ArrayLike) -> Floats:
    """Convert a tail probability of the normal distribution to Student's t at the same distance."""
    with np.errstate(divide="ignore"):
        distance = special.ndtri(floats(tail))
    known = np.isposinf(floats(freedom))
    return np.where(known, tail, special.stdtr(np.where(known, 1.0, floats(freedom)), distance))


def share_ratio(
    count: ArrayLike,
    n: ArrayLike,
    other_count: ArrayLike,
    other_n: ArrayLike,
    *,
    dispersion: ArrayLike = 1.0,
    freedom: ArrayLike = np.inf,
    exact: bool = True,
    level: float = 0.95,
) -> Comparison:
    """Compare two proportions as a ratio.

    Parameters
    ----------
    count, n
        Successes and trials of the first group.
    other_count, other_n
        Those of the second.
    dispersion
        Ratio of variance to mean of the counts, as in `rate_ratio`.
    freedom
        As in `rate_ratio`.
    exact
        Whether to guarantee that the p-value is never too small. Otherwise the observed counts have half weight
        (mid-p), which is correct on average and less conservative with few rows.
    level
        Confidence level: the share of such intervals that contain the true value.

    Returns
    -------
    Comparison
        The interval contains the ratio whenever it is defined. An exact p-value is more conservative than the interval,
        so the two may disagree near ``1 - level``.

    Notes
    -----
    Interval: Koopman (1984), "Confidence intervals for the ratio of two binomial proportions", Biometrics 40,
    513-517, which inverts the score test and is well-behaved even if a count is 0. P-value:
    Fisher's exact test, twice the smaller tail, on counts divided by `dispersion` and rounded (Rao and Scott 1992,
    Biometrics 48, 577-585). Mid-p: Lancaster (1961), "Significance tests in discrete distributions", JASA 56, 223-234.

    Examples
    --------
    >>> [round(float(number), 4) for number in share_ratio(36, 40, 16, 80)]  # Koopman's example
    [4.5, 2.9396, 7.1522, 0.0]
    """
    check_level(level)
    counts = (count, n, other_count, other_n)
    x, m, y, k = np.broadcast_arrays(*(floats(value) / floats(dispersion) for value in counts))
    z = np.broadcast_to(student(freedom, level), x.shape)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = (x / m) / (y / k)
        low = np.where(x > 0, _score_end(x, m, y, k, z), 0.0)
        high = np.where(y > 0, _score_end(x, m, y, k, -z), np.inf)
    known = (m > 0) & (k > 0)
    return Comparison(
        ratio,
        np.where(known, np.fmin(low, ratio), np.nan),
        np.where(known, np.fmax(high, ratio), np.nan),
        np.where(known, np.minimum(1.0, 2 * on_student(_fisher(x, m, y, k, exact=exact), freedom)), np.nan),
    )


_WIDEST: Final = 30.0
"""Natural logarithm of the largest ratio to search. Counts of rows never have a larger one."""


def _score_end(x: Floats, m: Floats, y: Floats, k: Floats, z: Floats) -> Floats:
    """Find the ratio with score `z` by bisection on its logarithm. The score decreases as the ratio increases."""
    low, high = np.full(x.shape, -_WIDEST), np.full(x.shape, _WIDEST)
    for _ in range(60):
        middle = (low + high) / 2
        above = _score(x, m, y, k, np.exp(middle)) > z
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    end: Floats = np.exp((low + high) / 2)
    return end


def _score(x: Floats, m: Floats, y: Floats, k: Floats, ratio: Floats) -> Floats:
    """Return the score statistic of a ratio, at the most likely proportions with that ratio."""
    linear = m * ratio + x + k + y * ratio
    root = np.sqrt(np.maximum(linear**2 - 4 * (m + k) * ratio * (x + y), 0.0))
    second = 2 * (x + y) / (linear + root)  # the smaller root, in the form that avoids cancellation
    first = ratio * second
    variance = first * np.maximum(1 - first, 0.0) / m + ratio**2 * second * (1 - second) / k
    gap = x / m - ratio * y / k
    return np.where(gap == 0, 0.0, gap / np.sqrt(variance))


def _fisher(x: Floats, m: Floats, y: Floats, k: Floats, *, exact: bool) -> Floats:
    """Return the smaller tail of Fisher's exact test."""
    shape = x.shape
    seen = np.round(np.stack([x, y, m - x, k - y])).reshape(4, -1)
    tables, place = np.unique(
        seen, axis=1, return_inverse=True
    )  # most of thousands of values share the same few counts
    x, y, rest, other_rest = tables
    with np.errstate(invalid="ignore"):
        chance, tail = _hypergeometric(*np.where(x * other_rest <= y * rest, tables, tables[[1, 0, 3, 2]]))
        p: Floats = np.minimum(tail, 1 - tail + chance) - (0.0 if exact else chance / 2)
    return p[place].reshape(shape)


def _hypergeometric(x: Floats, y: Floats, rest: Floats, other_rest: Floats) -> tuple[Floats, Floats]:
    """Return the probabilities of a table, and of it or one with a smaller `x`, given the sums of rows and columns.

    From `x` downwards, each probability is a simple fraction of the one before, and they soon become negligible. The
    functions of scipy.stats do the same, but importing that package takes a second.
    """
    n = x + y + rest + other_rest
    chance: Floats = np.exp(
        special.betaln(x + y + 1, rest + other_rest + 1) + np.log1p(n)
        - special.betaln(x + 1, rest + 1) - np.log1p(x + rest)
        - special.betaln(y + 1, other_rest + 1) - np.log1p(y + other_rest)
    )  # fmt: skip
    tail, term = chance.copy(), chance.copy()
    added = np.flatnonzero((term > 0) & (x > 0))
    x, y, rest, other_rest = (part.copy() for part in (x, y, rest, other_rest))
    while added.size:
        term[added] *= x[added] * other_rest[added] / ((rest[added] + 1) * (y[added] + 1))
        for part, step in ((x, -1), (y, 1), (rest, 1), (other_rest, -1)):
            part[added] += step
        tail[added] += term[added]
        added = added[(x[added] > 0) & (term[added] > tail[added] * np.finfo(float).eps)]
    return chance, tail


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Correct p-values for multiple tests by controlling the false discovery rate.

    Parameters
    ----------
    p
        One family of p-values. NaN is a test that was not made and does not count.

    Returns
    -------
    array of float
        q-values, in the same order and never below their p-values. If rows with q of at most 0.05 are reported, at most
        5% of them are expected to be false alarms. If nothing changed anywhere, the probability that any row is
        reported is at most 5%.

    Notes
    -----
    Benjamini and Hochberg (1995), "Controlling the false discovery rate", JRSS B 57, 289-300.

    Examples
    --------
    >>> [round(float(q), 3) for q in benjamini_hochberg([0.01, 0.04, float("nan"), 0.03])]
    [0.03, 0.04, nan, 0.04]
    """
    values = floats(p)
    q = np.full(values.shape, np.nan)
    made = ~np.isnan(values)
    number = int(made.sum())
    order = np.argsort(values[made])[::-1]
    stepped = values[made][order] * number / np.arange(number, 0, -1)
    known = np.empty(number)
    known[order] = np.minimum(np.minimum.accumulate(stepped), 1.0)
    q[made] = known
    return q
