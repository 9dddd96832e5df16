"""Feedback that grows or falls month after month is told as such, and not as irregular."""

from __future__ import annotations

import numpy as np
import pytest

import seggwat_nb as sw
from seggwat_nb.analysis.steady_trends import steady_trend
from seggwat_nb.schema import RATINGS
from tests.unit.test_unusual_weeks import DAYS, END, feedback


def found(per_period: list[float], *, length: int = 28, seed: int = 0) -> list[str]:
    """Sentences about all feedback, given the mean number of items in each period."""
    rate = np.repeat(np.array(per_period) / length, length)[-DAYS:]
    daily = np.concatenate([np.zeros(DAYS - rate.size), np.random.default_rng(seed).poisson(rate)])
    daily[DAYS - rate.size] += 1  # known from here on
    rows = feedback(daily)
    told = sw.findings(sw.Dataset(rows, RATINGS.to_frame(), as_of=END))
    return [
        sentence
        for kind, verdict, sentence in told.select("kind", "verdict", "sentence").rows()
        if kind == "volume" or (verdict == "not checked" and sentence.startswith("Small changes"))
    ]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("per_period", "length", "said"),
    [
        ([51, 108, 179, 345, 637], 28, "Feedback has grown in each of the last 4 periods of 28 days, from "),
        ([900, 500, 280, 160, 90, 50], 28, "Feedback has fallen in each of the last 5 periods of 28 days, from "),
        ([20, 60, 130, 260, 500], 21, "Feedback has grown in each of the last 4 periods of 21 days, from "),
    ],
)
def test_steady_growth_and_decline_are_told_with_the_figures(
    per_period: list[float], length: int, said: str, seed: int
) -> None:
    first, *others = found(per_period, length=length, seed=seed)
    assert first.startswith(said)
    assert not any("varies too much" in sentence for sentence in others)


def test_no_irregularity_is_claimed_where_feedback_less_than_tripled() -> None:
    told = found([300.0, 360, 440, 530, 640, 770])
    assert not any("varies too much" in sentence for sentence in told)
    assert not any("periods" in sentence for sentence in told)


@pytest.mark.parametrize(
    ("totals", "steps", "is_tested"),
    [
        ([60, 56, 108, 179, 345, 637], 5, True),  # one step back, within chance
        ([60, 30, 108, 179, 345, 637], 4, True),
        ([579, 331, 206, 128, 59, 51], 5, True),
        ([100, 110, 120, 130, 140], 4, False),  # less than three times as many
        ([1, 2, 4, 6, 9], 4, False),  # few items
        ([90, 40, 20, 5, 0], 4, True),
        ([100, 120, 150, 110, 900], None, False),
        ([900, 120, 150, 130, 400], None, False),
        ([10, 20, 40, 80], None, False),
        ([10], None, False),
        ([], None, False),
    ],
)
def test_a_trend_has_four_steps_up_to_now_and_none_back_beyond_chance(
    totals: list[int], steps: int | None, *, is_tested: bool
) -> None:
    trend = steady_trend(totals)
    assert (trend and len(trend.totals) - 1) == steps
    assert (trend is not None and trend.p is not None) == is_tested
    if trend is not None and trend.p is not None:
        assert trend.totals == tuple(totals[-len(trend.totals) :])
        assert trend.p < 0.01
        assert trend.grows == (totals[-1] > totals[-2])


def test_a_jump_after_months_without_change_is_no_steady_trend() -> None:
    trend = steady_trend([100, 102, 105, 108, 400])
    assert trend is not None
    assert trend.p is not None
    assert trend.p > 0.05


def test_what_does_not_change_hardly_ever_has_a_trend() -> None:
    """Periods that scatter five times as much as independent items."""
    draw = np.random.default_rng(1)
    trends = [steady_trend(draw.negative_binomial(50, 1 / 5, 7).tolist()) for _ in range(2_000)]
    assert sum(trend is not None and trend.is_unbroken for trend in trends) < 0.03 * len(trends)
    assert sum(trend is not None and trend.p is not None for trend in trends) < 0.002 * len(trends)
