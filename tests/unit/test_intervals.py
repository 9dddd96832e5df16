"""Every formula against somebody else's code or printed numbers, and the laws that any interval obeys."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]  # ships no types
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint  # type: ignore[import-untyped]  # ships no types
from statsmodels.stats.rates import test_poisson_2indep as poisson_test  # type: ignore[import-untyped]  # ships no types
from statsmodels.stats.weightstats import DescrStatsW  # type: ignore[import-untyped]  # ships no types

from seggwat_nb.analysis import intervals, significance
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

seeded = settings(max_examples=30, derandomize=True, deadline=None)
counts = st.integers(0, 5000)
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])
samples = st.tuples(counts, counts).map(lambda pair: (min(pair), max(*pair, 1)))
pvalues = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@seeded
@given(sample=samples, level=levels)
def test_wilson_is_that_of_statsmodels_and_of_scipy(sample: tuple[int, int], level: float) -> None:
    low, high = intervals.wilson(*sample, level=level)
    peer = proportion_confint(*sample, alpha=1 - level, method="wilson")
    other = stats.binomtest(*sample).proportion_ci(level, method="wilson")
    assert (low, high) == pytest.approx(peer, abs=1e-12)
    assert (low, high) == pytest.approx((other.low, other.high), abs=1e-12)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_numbers_newcombe_printed(x: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3."""
    assert intervals.wilson(x, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("groups", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_numbers_newcombe_printed(
    groups: tuple[int, int, int, int], low: float, high: float
) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10."""
    assert intervals.newcombe(*groups) == pytest.approx((low, high), abs=5e-5)


@seeded
@given(first=samples, second=samples, level=levels)
def test_newcombe_is_that_of_statsmodels(first: tuple[int, int], second: tuple[int, int], level: float) -> None:
    peer = confint_proportions_2indep(*first, *second, method="newcomb", alpha=1 - level)
    assert intervals.newcombe(*first, *second, level=level) == pytest.approx(peer, abs=1e-9)


@pytest.mark.parametrize("groups", [(0, 0, 3, 5), (3, 5, 0, 0), (0, 0, 0, 0)])
def test_a_difference_from_an_empty_group_is_unknown(groups: tuple[int, int, int, int]) -> None:
    assert np.isnan(intervals.newcombe(*groups)).all()


def test_rate_ratio_gives_the_numbers_of_rs_poisson_test() -> None:
    """R's poisson.test(c(11, 21), c(800, 3011)): estimate and interval as its manual page prints them."""
    test = significance.rate_ratio(11, 21, exposure=800, other_exposure=3011)
    assert test[:3] == pytest.approx((1.971488, 0.8584264, 4.2772659), abs=1e-6)


@seeded
@given(x=st.integers(1, 500), y=st.integers(1, 500), level=levels)
def test_a_rate_ratio_that_is_not_exact_has_the_interval_of_jeffreys(x: int, y: int, level: float) -> None:
    test = significance.rate_ratio(x, y, exposure=3, other_exposure=5, exact=False, level=level)
    ends = stats.beta(x + 0.5, y + 0.5).ppf([(1 - level) / 2, (1 + level) / 2])
    assert (test.low, test.high) == pytest.approx(tuple(ends / (1 - ends) * 5 / 3), rel=1e-9)
    assert test.low < test.ratio < test.high


@seeded
@given(n=st.integers(1, 60), exposures=st.tuples(st.floats(0.5, 90), st.floats(0.5, 90)))
def test_where_one_group_counted_nothing_what_was_seen_weighs_half(n: int, exposures: tuple[float, float]) -> None:
    t, u = exposures
    for x, y, of_first in ((0, n, 0), (n, 0, n)):
        p = significance.p_of_rates(x, y, exposure=t, other_exposure=u, exact=False)
        assert p == pytest.approx(stats.binom.pmf(of_first, n, t / (t + u)), rel=1e-9)


@seeded
@given(x=counts, y=counts, exact=st.booleans())
def test_exposures_are_equal_and_events_independent_unless_told_otherwise(x: int, y: int, exact: bool) -> None:
    told = significance.p_of_rates(x, y, exposure=7, other_exposure=7, dispersion=1, freedom=np.inf, exact=exact)
    assert significance.p_of_rates(x, y, exact=exact) == pytest.approx(told, abs=1e-12)
    assert significance.rate_ratio(x, y, exact=exact).p == pytest.approx(told, abs=1e-12)


@seeded
@given(x=counts, y=counts, exposures=st.tuples(st.floats(0.5, 90), st.floats(0.5, 90)), level=levels)
def test_rate_ratio_is_the_binomial_test_given_the_sum(
    x: int, y: int, exposures: tuple[float, float], level: float
) -> None:
    t, u = exposures
    test = significance.rate_ratio(x, y, exposure=t, other_exposure=u, level=level)
    if x + y == 0:
        assert np.isnan(test.ratio)
        assert np.array_equal(test[1:], (0, np.inf, 1))
        return
    peer = stats.binomtest(x, x + y, t / (t + u))
    ends = peer.proportion_ci(level, method="exact")
    assert test.low == pytest.approx(ends.low / (1 - ends.low) * u / t, rel=1e-6)
    assert test.high == pytest.approx(ends.high / (1 - ends.high) * u / t if y else np.inf, rel=1e-6)
    tails = [stats.binomtest(x, x + y, t / (t + u), alternative=side).pvalue for side in ("greater", "less")]
    if x and y:
        peers = [
            poisson_test(x, t, y, u, method="exact-cond", alternative=side).pvalue for side in ("larger", "smaller")
        ]
        assert tails == pytest.approx(peers, abs=1e-12)
    assert test.p == pytest.approx(min(1, 2 * min(tails)), abs=1e-9)
    assert (test.p < 1 - level) == (not test.low <= 1 <= test.high)


@seeded
@given(first=samples, second=samples, level=levels)
def test_share_ratio_is_the_score_interval_of_statsmodels_and_fishers_test(
    first: tuple[int, int], second: tuple[int, int], level: float
) -> None:
    (x, n), (y, m) = first, second
    test = significance.share_ratio(x, n, y, m, level=level)
    tails = [stats.fisher_exact(np.array([[x, n - x], [y, m - y]]), side).pvalue for side in ("less", "greater")]
    assert test.p == pytest.approx(min(1, 2 * min(tails)), abs=1e-9)
    if 0 < x < n and 0 < y < m:
        peer = confint_proportions_2indep(
            x, n, y, m, compare="ratio", method="score", alpha=1 - level, correction=False
        )
        assert (test.low, test.high) == pytest.approx(peer, rel=1e-5)


@seeded
@given(first=samples, second=samples)
def test_mid_p_is_the_mean_of_the_chances_with_and_without_what_was_seen(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    (x, n), (y, m) = first, second
    test = significance.share_ratio(x, n, y, m, exact=False)
    chance = stats.hypergeom(n + m, x + y, n)
    tails = ((chance.cdf(x) + chance.cdf(x - 1)) / 2, (chance.sf(x) + chance.sf(x - 1)) / 2)
    assert test.p == pytest.approx(min(1, 2 * min(tails)), abs=1e-9)
    assert test.p <= significance.share_ratio(x, n, y, m).p


@seeded
@given(sizes=st.tuples(st.integers(1, 2_000_000), st.integers(1, 2_000_000)), shares=st.tuples(*[st.floats(0, 1)] * 2))
def test_fishers_test_of_many_items_is_that_of_scipy(sizes: tuple[int, int], shares: tuple[float, float]) -> None:
    (n, m), (x, y) = sizes, (round(size * share) for size, share in zip(sizes, shares, strict=True))
    tails = stats.hypergeom.cdf(x, n + m, x + y, n), stats.hypergeom.cdf(y, n + m, x + y, m)
    assert significance.share_ratio(x, n, y, m).p == pytest.approx(min(1, 2 * min(tails)), rel=1e-6, abs=1e-250)


def test_share_ratio_gives_the_numbers_koopman_printed() -> None:
    """Koopman (1984), Biometrics 40, 513-517: 36 of 40 against 16 of 80, 2.94 to 7.15."""
    assert significance.share_ratio(36, 40, 16, 80)[1:3] == pytest.approx((2.94, 7.15), abs=5e-3)


@pytest.mark.parametrize("groups", [(0, 5, 0, 7), (0, 5, 7, 7), (5, 5, 0, 7), (5, 5, 7, 7), (1, 1, 1, 1)])
def test_share_ratio_stays_sound_at_the_corners(groups: tuple[int, int, int, int]) -> None:
    test = significance.share_ratio(*groups)
    assert test.low >= 0
    assert (test.high == np.inf) == (groups[2] == 0)
    assert np.isnan(test.ratio) or test.low <= test.ratio <= test.high
    assert 0 < test.p <= 1


@seeded
@given(answers=st.lists(st.integers(1, 10), min_size=1, max_size=200))
def test_mean_is_that_of_statsmodels_with_two_answers_added(answers: list[int]) -> None:
    values, added = np.array(answers, dtype=float), np.arange(1, 11)
    weights = np.r_[np.ones(values.size), np.full(10, 0.2)]
    described = DescrStatsW(np.r_[values, added], weights=weights, ddof=0)
    reach = stats.t.ppf(0.975, values.size + 1) * described.std / np.sqrt(values.size + 2)
    low, high = intervals.mean(values.mean(), values.var(), values.size, scale=10)
    assert low == pytest.approx(min(values.mean(), max(1, described.mean - reach)), abs=1e-9)
    assert high == pytest.approx(max(values.mean(), min(10, described.mean + reach)), abs=1e-9)


def test_mean_of_no_answer_and_of_one_star_says_nothing() -> None:
    assert np.isnan(intervals.mean([np.nan], [np.nan], [0], scale=5)).all()
    assert np.isnan(intervals.mean([1.0], [0.0], [9], scale=1)).all()


@seeded
@given(classes=st.tuples(counts, counts, counts).filter(any))
@example(classes=(3, 0, 0))  # few who agree reach beyond the ends of the scale
@example(classes=(0, 0, 3))
def test_nps_is_the_mean_of_its_three_classes_with_three_answers_added(classes: tuple[int, int, int]) -> None:
    low, high = intervals.nps(*classes)
    weights = np.add(classes, [0.75, 1.5, 0.75])
    described = DescrStatsW(np.array([100.0, 0.0, -100.0]), weights=weights, ddof=0)
    reach = stats.norm.ppf(0.975) * described.std / np.sqrt(weights.sum())
    score = 100 * (classes[0] - classes[2]) / sum(classes)
    assert low == pytest.approx(min(score, max(-100, described.mean - reach)), abs=1e-9)
    assert high == pytest.approx(max(score, min(100, described.mean + reach)), abs=1e-9)


def test_nps_interval_holds_the_truth_as_often_as_it_says() -> None:
    shares = np.array([0.55, 0.3, 0.15])
    draws = np.random.default_rng(4).multinomial(25, shares, size=20_000).T
    low, high = intervals.nps(*draws)
    assert 0.945 < np.mean((low <= 40) & (high >= 40)) < 0.975


@seeded
@given(p=pvalues)
def test_benjamini_hochberg_is_that_of_statsmodels(p: list[float]) -> None:
    assert significance.benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)


@seeded
@given(p=pvalues, untested=st.integers(0, 5))
def test_benjamini_hochberg_keeps_order_and_counts_only_tests_that_were_made(p: list[float], untested: int) -> None:
    q = significance.benjamini_hochberg(p)
    assert (q >= np.array(p) - 1e-12).all()
    assert (np.diff(q[np.argsort(p)]) >= -1e-12).all()
    padded = significance.benjamini_hochberg([*p, *[np.nan] * untested])
    assert np.array_equal(padded[: len(p)], q)
    assert np.isnan(padded[len(p) :]).all()


def test_benjamini_hochberg_of_a_published_family() -> None:
    """Benjamini and Hochberg (1995), section 4.1: of 15 hypotheses the first four are rejected at 0.05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert (significance.benjamini_hochberg(p) <= 0.05).sum() == 4


@seeded
@given(sample=samples, other=samples, times=st.integers(2, 20))
def test_intervals_hold_their_estimate_and_narrow_with_more_rows(
    sample: tuple[int, int], other: tuple[int, int], times: int
) -> None:
    (x, n), (y, m) = sample, other
    widths: list[Callable[[int], intervals.Interval]] = [
        lambda by: intervals.wilson(x * by, n * by),
        lambda by: intervals.newcombe(x * by, n * by, y * by, m * by),
        lambda by: intervals.nps(x * by, (n - x) * by, y * by),
    ]
    for interval in widths:
        low, high = interval(1)
        tighter_low, tighter_high = interval(times)
        assert low <= high
        assert tighter_high - tighter_low <= high - low
    low, high = intervals.newcombe(x, n, y, m)
    assert low - 1e-12 <= x / n - y / m <= high + 1e-12


@seeded
@given(first=samples, second=samples, dispersion=st.floats(1, 20))
def test_swapping_the_groups_inverts_a_ratio_and_dispersion_only_widens_it(
    first: tuple[int, int], second: tuple[int, int], dispersion: float
) -> None:
    (x, n), (y, m) = first, second
    for there, back, wide in (
        (
            significance.rate_ratio(x, y, exposure=3, other_exposure=5),
            significance.rate_ratio(y, x, exposure=5, other_exposure=3),
            significance.rate_ratio(x, y, exposure=3, other_exposure=5, dispersion=dispersion),
        ),
        (
            significance.share_ratio(x, n, y, m),
            significance.share_ratio(y, m, x, n),
            significance.share_ratio(x, n, y, m, dispersion=dispersion),
        ),
    ):
        assert there.p == pytest.approx(back.p, abs=1e-9)
        with np.errstate(divide="ignore"):
            assert there.low == pytest.approx(1 / back.high, rel=1e-6)
            assert there.high == pytest.approx(1 / back.low, rel=1e-6)
        assert wide.low <= there.low + 1e-9
        assert wide.high >= there.high - 1e-9
        if x and y:
            assert there.low - 1e-9 <= there.ratio <= there.high + 1e-9


@pytest.mark.parametrize("rate", [0.8, 3.0, 20.0])
def test_equal_rates_are_told_apart_no_more_often_than_the_level_allows(rate: float) -> None:
    draw = np.random.default_rng(7)
    x, y = draw.poisson(rate, 20_000), draw.poisson(rate, 20_000)
    assert (significance.rate_ratio(x, y).p <= 0.05).mean() <= 0.05
    hits, others = draw.binomial(40, rate / 40, 20_000), draw.binomial(60, rate / 40, 20_000)
    assert (significance.share_ratio(hits, 40, others, 60).p <= 0.05).mean() <= 0.05


def test_whole_columns_go_in_and_come_out() -> None:
    frame = pl.DataFrame({"count": [3, 0, 0], "n": [4, 10, 0]})
    low, high = intervals.wilson(frame["count"], frame["n"])
    shown = frame.with_columns(intervals.columns(low=low, high=high))
    assert shown.schema["low"] == pl.Float64
    assert shown["low"].to_list() == [pytest.approx(0.300642, abs=1e-6), 0.0, None]
    assert significance.rate_ratio([1, 2], 3, exposure=[7, 14]).ratio.shape == (2,)
    for function, arity in ((intervals.wilson, 2), (intervals.nps, 3), (significance.rate_ratio, 2)):
        assert all(len(column) == 0 for column in function(*itertools.repeat([], arity)))


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_that_is_none_is_named(level: float) -> None:
    calls: list[Callable[[], object]] = [
        lambda: intervals.wilson(1, 2, level=level),
        lambda: intervals.newcombe(1, 2, 1, 2, level=level),
        lambda: intervals.nps(1, 2, 3, level=level),
        lambda: intervals.mean(4, 1, 9, scale=5, level=level),
        lambda: significance.rate_ratio(1, 2, level=level),
        lambda: significance.share_ratio(1, 2, 1, 2, level=level),
    ]
    for call in calls:
        with pytest.raises(ArgumentError, match="level must be between 0 and 1"):
            call()
