"""How far an estimate can be trusted: intervals and p-values, over whole columns at once.

Every function takes numbers, NumPy arrays or polars Series and gives NumPy arrays; what cannot be said (nothing was
counted) is NaN, which `columns` turns into null. Intervals hold one estimate, tests compare two. All p-values are
two-sided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats: TypeAlias = NDArray[np.float64]

__all__ = [
    "Comparison",
    "Interval",
    "benjamini_hochberg",
    "check_level",
    "columns",
    "mean",
    "newcombe",
    "nps",
    "on_student",
    "p_of_rates",
    "rate_ratio",
    "share_ratio",
    "student",
    "wilson",
]


class Interval(NamedTuple):
    """Ends of an interval, in the unit of its estimate."""

    low: Floats
    high: Floats


class Comparison(NamedTuple):
    """Two groups compared: the first over the second.

    Attributes
    ----------
    ratio : array of float
        Infinite where only the first group counted anything, NaN where neither did.
    low, high : array of float
        Ends of the ratio's interval, 0 and infinite where nothing bounds it.
    p : array of float
        Two-sided p-value of "the ratio is 1".
    """

    ratio: Floats
    low: Floats
    high: Floats
    p: Floats


def check_level(level: object) -> None:
    """Raise `ArgumentError` unless a level lies between 0 and 1.

    Examples
    --------
    >>> check_level(95)
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: level must be between 0 and 1, got 95. Did you mean 0.95?
    """
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        hint = f" Did you mean {level / 100:g}?" if isinstance(level, int | float) and 50 <= level < 100 else ""  # noqa: PLR2004  # percent
        raise ArgumentError(f"level must be between 0 and 1, got {level!r}.{hint}")


def columns(**values: ArrayLike) -> list[pl.Series]:
    """Make columns of a polars frame (Float64), null where there is nothing to say.

    Examples
    --------
    >>> pl.DataFrame({"n": [4, 0]}).with_columns(columns(share=[0.5, float("nan")])).rows()
    [(4, 0.5), (0, None)]
    """
    return [pl.Series(name, _floats(value), pl.Float64, nan_to_null=True) for name, value in values.items()]


def wilson(count: ArrayLike, n: ArrayLike, *, freedom: ArrayLike = np.inf, level: float = 0.95) -> Interval:
    """Interval of a proportion by Wilson's score.

    Parameters
    ----------
    count, n
        Successes and trials. They need not be whole: counts divided by their overdispersion are welcome.
    freedom
        Degrees of freedom that the overdispersion was estimated with; infinite where it is known.
    level
        Share of such intervals that hold the truth.

    Returns
    -------
    Interval
        Between 0 and 1; NaN where `n` is 0. It holds the proportion, and has a width even where all agree.

    Notes
    -----
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212; in the
    form of Newcombe (1998), Statistics in Medicine 17, 857-872, method 3.

    Examples
    --------
    >>> [round(float(end), 4) for end in wilson(81, 263)]  # Newcombe's first example
    [0.2553, 0.3662]
    """
    check_level(level)
    x, m = _floats(count), _floats(n)
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
    """Interval of the difference of two proportions, the first less the second.

    Parameters
    ----------
    count, n
        Successes and trials of the first group.
    other_count, other_n
        Those of the second.
    freedom
        As in `wilson`.
    level
        Share of such intervals that hold the truth.

    Returns
    -------
    Interval
        Between -1 and 1; NaN where a group is empty.

    Notes
    -----
    Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in Medicine
    17, 873-890, method 10: the two Wilson intervals, squared and added.

    Examples
    --------
    >>> [round(float(end), 4) for end in newcombe(56, 70, 48, 80)]  # Newcombe's example (a)
    [0.0524, 0.3339]
    """
    first, second = (wilson(*group, freedom=freedom, level=level) for group in ((count, n), (other_count, other_n)))
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = _floats(count) / _floats(n), _floats(other_count) / _floats(other_n)
    return Interval(
        p - q - np.hypot(p - first.low, second.high - q),
        p - q + np.hypot(first.high - p, q - second.low),
    )


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
    """Compare two counts of events as rates over their exposures.

    Parameters
    ----------
    count, other
        Events of the first and the second group.
    exposure, other_exposure
        What each was exposed to (days, users), above 0, in the same unit.
    dispersion
        Variance over mean of such counts, 1 for independent events. Events that come in clumps weigh less: both
        counts are divided by it, as Rao and Scott do with a design effect.
    freedom
        Degrees of freedom that the dispersion was estimated with; infinite where it is known.
    exact
        Whether the p-value never falls short where events are independent. Otherwise it is right on average, and less
        cautious with few events.
    level
        Share of such intervals that hold the truth.

    Returns
    -------
    Comparison
        The interval and the p-value agree: p is below ``1 - level`` exactly where the interval leaves out 1.

    Notes
    -----
    Given their sum, one of two Poisson counts is binomial: Przyborowski and Wilenski (1940), Biometrika 31, 313-323.
    The interval is Clopper and Pearson's (1934), Biometrika 26, 404-413, carried over to the ratio; the p-value is
    twice the smaller tail. With independent events both are exact, so they err towards caution. Dispersion as in
    Rao and Scott (1999), Statistics in Medicine 18, 1373-1385; the beta tails take counts that are not whole. Not
    exact: Jeffreys' interval, which is close to the mid-p one (Brown, Cai and DasGupta 2001, Statistical Science 16,
    101-133), and the very mid-p where one count is 0. With degrees of freedom, normal quantiles become Student's, as
    the F test of quasi-likelihood has it (Lund et al. 2012, Statistical Applications in Genetics and Molecular Biology
    11, article 8).

    Examples
    --------
    >>> test = rate_ratio(11, 21, exposure=800, other_exposure=3011)  # the example of R's poisson.test
    >>> [round(float(number), 4) for number in test]
    [1.9715, 0.8584, 4.2773, 0.112]
    """
    check_level(level)
    x, y, t = np.broadcast_arrays(*(_floats(value) / _floats(dispersion) for value in (count, other)), _floats(freedom))
    scale = _floats(other_exposure) / _floats(exposure)
    tail = (
        special.ndtr(-student(t, level)) if not exact or not np.isposinf(t).all() else np.full(x.shape, (1 - level) / 2)
    )
    add = 0.0 if exact else 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        low = special.betaincinv(x + add, y + 1 - add, tail)
        high = special.betaincinv(x + 1 - add, y + add, 1 - tail)
        if not exact:  # the very counts seen weigh half
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
    """P-value of `rate_ratio` alone, which costs a fifth of its interval.

    Examples
    --------
    >>> float(p_of_rates(11, 21, exposure=800, other_exposure=3011).round(4))
    0.112
    """
    x, y, t = np.broadcast_arrays(*(_floats(value) / _floats(dispersion) for value in (count, other)), _floats(freedom))
    fair = 1 / (1 + _floats(other_exposure) / _floats(exposure))  # the first group's share where the rates are equal
    add = 0.0 if exact else 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        as_many = special.betainc(x + add, y + 1 - add, fair)
        as_few = special.betainc(y + add, x + 1 - add, 1 - fair)
        if not exact:  # as above
            as_many = np.where(y > 0, as_many, fair**x / 2)
            as_few = np.where(x > 0, as_few, (1 - fair) ** y / 2)
        smaller = np.minimum(np.where(x > 0, as_many, 1.0), np.where(y > 0, as_few, 1.0))
        found: Floats = np.minimum(1.0, 2 * on_student(smaller, t))
    return found


def student(freedom: ArrayLike, level: float) -> Floats:
    """Quantile of Student's t that leaves out ``1 - level`` on both sides together; normal for infinite freedom."""
    known = np.isposinf(_floats(freedom))
    return np.where(known, _z(level), special.stdtrit(np.where(known, 1.0, _floats(freedom)), (1 + level) / 2))


def on_student(tail: ArrayLike, freedom: ArrayLike) -> Floats:
    """Read a tail of the normal distribution on Student's t: the same distance, with that many degrees of freedom."""
    with np.errstate(divide="ignore"):
        distance = special.ndtri(_floats(tail))
    known = np.isposinf(_floats(freedom))
    return np.where(known, tail, special.stdtr(np.where(known, 1.0, _floats(freedom)), distance))


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
        Variance over mean of the counts, as in `rate_ratio`.
    freedom
        As in `rate_ratio`.
    exact
        Whether the p-value never falls short. Otherwise the very counts seen weigh half (mid-p): right on average,
        and less cautious with few rows.
    level
        Share of such intervals that hold the truth.

    Returns
    -------
    Comparison
        The interval holds the ratio wherever there is one. An exact p-value is more cautious than the interval, so
        near ``1 - level`` the two may disagree.

    Notes
    -----
    Interval: Koopman (1984), "Confidence intervals for the ratio of two binomial proportions", Biometrics 40,
    513-517, which inverts the score test, and stays finite and sound where a count is 0 on the upper side. P-value:
    Fisher's exact test, twice the smaller tail, on counts divided by `dispersion` and rounded (Rao and Scott 1992,
    Biometrics 48, 577-585). Mid-p: Lancaster (1961), "Significance tests in discrete distributions", JASA 56, 223-234.

    Examples
    --------
    >>> [round(float(number), 4) for number in share_ratio(36, 40, 16, 80)]  # Koopman's example
    [4.5, 2.9396, 7.1522, 0.0]
    """
    check_level(level)
    counts = (count, n, other_count, other_n)
    x, m, y, k = np.broadcast_arrays(*(_floats(value) / _floats(dispersion) for value in counts))
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
"""Natural logarithm of the largest ratio looked for: beyond it no two counts of rows lie."""


def _score_end(x: Floats, m: Floats, y: Floats, k: Floats, z: Floats) -> Floats:
    """Halve the logarithm's range until the score of a ratio is `z`; the score falls as the ratio grows."""
    low, high = np.full(x.shape, -_WIDEST), np.full(x.shape, _WIDEST)
    for _ in range(60):
        middle = (low + high) / 2
        above = _score(x, m, y, k, np.exp(middle)) > z
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    end: Floats = np.exp((low + high) / 2)
    return end


def _score(x: Floats, m: Floats, y: Floats, k: Floats, ratio: Floats) -> Floats:
    """Score statistic of a ratio of proportions, with the likeliest proportions that have that very ratio."""
    linear = m * ratio + x + k + y * ratio
    root = np.sqrt(np.maximum(linear**2 - 4 * (m + k) * ratio * (x + y), 0.0))
    second = 2 * (x + y) / (linear + root)  # the smaller root, in the form that does not cancel
    first = ratio * second
    variance = first * np.maximum(1 - first, 0.0) / m + ratio**2 * second * (1 - second) / k
    gap = x / m - ratio * y / k
    return np.where(gap == 0, 0.0, gap / np.sqrt(variance))


def _fisher(x: Floats, m: Floats, y: Floats, k: Floats, *, exact: bool) -> Floats:
    """Smaller tail of Fisher's exact test."""
    from scipy import stats  # half a second and 50 MB, which not every chart needs

    shape = x.shape
    seen = np.round(np.stack([x, y, m - x, k - y])).reshape(4, -1)
    tables, place = np.unique(seen, axis=1, return_inverse=True)  # most of thousands of values have the same few counts
    x, y, rest, other_rest = tables
    m, k = x + rest, y + other_rest
    few = stats.hypergeom.cdf(x, m + k, x + y, m)
    many = stats.hypergeom.cdf(y, m + k, x + y, k)
    half = 0.0 if exact else stats.hypergeom.pmf(x, m + k, x + y, m) / 2
    p: Floats = np.minimum(few, many) - half
    return p[place].reshape(shape)


def nps(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike, *, level: float = 0.95) -> Interval:
    """Interval of a Net Promoter Score, from the variance of its three classes.

    Parameters
    ----------
    promoters, passives, detractors
        Answers of 9-10, of 7-8 and of 0-6.
    level
        Share of such intervals that hold the truth.

    Returns
    -------
    Interval
        Between -100 and 100; NaN where nobody answered. It holds the score, and has a width even where all agree.

    Notes
    -----
    Rocks (2016), "Interval estimation for the Net Promoter Score", The American Statistician 70, 365-372: the
    adjusted Wald interval, which adds three answers (3/4 promoter, 3/4 detractor, 3/2 passive) before it takes the
    variance ``promoters + detractors - (promoters - detractors)²`` of the shares. The plain formula has no width
    where all answers are of one class.

    Examples
    --------
    >>> [round(float(end), 1) for end in nps(15, 8, 4)]
    [10.2, 63.2]
    """
    check_level(level)
    up, down = _floats(promoters), _floats(detractors)
    n = up + _floats(passives) + down
    centre = (up - down) / (n + 3)
    reach = _z(level) * np.sqrt(((up + down + 1.5) / (n + 3) - centre**2) / (n + 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (up - down) / n
    return Interval(100 * np.clip(centre - reach, -1, score), 100 * np.clip(centre + reach, score, 1))


def mean(estimate: ArrayLike, variance: ArrayLike, n: ArrayLike, *, scale: ArrayLike, level: float = 0.95) -> Interval:
    """Interval of a mean of answers on a scale from 1 to some number of stars.

    Parameters
    ----------
    estimate, variance
        Mean of the answers, and their mean squared distance from it (`n` in its denominator).
    n
        Answers. They need not be whole: a number divided by its overdispersion is welcome.
    scale
        The best answer.
    level
        Share of such intervals that hold the truth.

    Returns
    -------
    Interval
        On the scale; NaN where nobody answered, and on a scale of one star. It holds the mean, and has a width even
        where all agree.

    Notes
    -----
    Two answers that are spread evenly over the scale are added before the mean and its standard error are taken, as
    Agresti and Coull (1998), The American Statistician 52, 119-126, do for a proportion; then Student's t, with
    ``n + 1`` degrees of freedom. The plain t interval holds too rarely where most answers are at the ends of the scale
    (J-shaped): the rare low answer that decides the mean is missing from most small samples.

    Examples
    --------
    >>> [round(float(end), 2) for end in mean(4.6, 1.44, 10, scale=5)]  # nine fives and a one: variance 1.44
    [3.46, 5.0]
    """
    check_level(level)
    m, top = _floats(n), _floats(scale)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = m / (m + _ADDED)
        middle = weight * _floats(estimate) + (1 - weight) * (1 + top) / 2
        spread = weight * _floats(variance) + (1 - weight) * (top**2 - 1) / 12
        spread = spread + weight * (1 - weight) * (_floats(estimate) - (1 + top) / 2) ** 2
        reach = student(m + _ADDED - 1, level) * np.sqrt(spread / (m + _ADDED))
        low, high = np.fmin(np.fmax(middle - reach, 1), estimate), np.fmax(np.fmin(middle + reach, top), estimate)
    known = (m > 0) & (top > 1)
    return Interval(np.where(known, low, np.nan), np.where(known, high, np.nan))


_ADDED: Final = 2.0
"""Answers that are added to those given, spread evenly over the scale."""


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Correct p-values for their number, so that of the rows named at most that share is false on average.

    Parameters
    ----------
    p
        One family of p-values. NaN stands for a test that was not made, and is not counted.

    Returns
    -------
    array of float
        q-values, never below their p-values and in the same order. A row whose q is at or below 0.05 is named in a
        list of which at most 5 % are expected to be false alarms. Where nothing is going on anywhere, the chance that
        any row is named is at most 5 %.

    Notes
    -----
    Benjamini and Hochberg (1995), "Controlling the false discovery rate", JRSS B 57, 289-300, by SciPy's
    ``false_discovery_control``.

    Examples
    --------
    >>> [round(float(q), 3) for q in benjamini_hochberg([0.01, 0.04, float("nan"), 0.03])]
    [0.03, 0.04, nan, 0.04]
    """
    from scipy import stats  # as above

    values = _floats(p)
    q = np.full(values.shape, np.nan)
    made = ~np.isnan(values)
    if made.any():
        q[made] = stats.false_discovery_control(values[made], method="bh")
    return q


def _floats(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _z(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))
