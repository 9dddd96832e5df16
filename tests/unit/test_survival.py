"""Shares still waiting: no moments between the ends escape them, and known moments give Kaplan and Meier's estimate."""

from __future__ import annotations

import warnings
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from seggwat_nb.analysis import survival

if TYPE_CHECKING:
    from random import Random

    from seggwat_nb.analysis.intervals import Floats

seeded = settings(max_examples=40, derandomize=True, deadline=None)

ends = st.tuples(st.integers(0, 12), st.integers(0, 6))
groups = st.tuples(st.lists(ends, min_size=1, max_size=12), st.lists(st.integers(0, 16), max_size=8))


def waits_of(between: list[tuple[int, int]], so_far: list[int]) -> survival.Waits:
    least = np.array([first for first, _ in between], dtype=float)
    return survival.Waits(least, least + [more for _, more in between], np.array(so_far, dtype=float))


def kaplan_meier(moments: Floats, so_far: Floats, days: Floats) -> Floats:
    function = stats.ecdf(stats.CensoredData(uncensored=moments, right=so_far)).sf
    return np.asarray(function.evaluate(days), dtype=np.float64)


@seeded
@given(groups, st.randoms(use_true_random=False))
def test_wherever_the_moments_lie_their_estimate_is_enclosed(
    group: tuple[list[tuple[int, int]], list[int]], chance: Random
) -> None:
    waits = waits_of(*group)
    days = np.arange(0, 20, 0.25)
    found = survival.shares(waits, days)
    median = survival.median(waits)
    for _ in range(10):
        moments = np.array([chance.uniform(*pair) for pair in zip(waits.least, waits.most, strict=True)])
        truth = kaplan_meier(moments, waits.so_far, days)
        assert (found.least <= truth + 1e-9).all()
        assert (truth <= found.most + 1e-9).all()
        every_day = np.unique(np.append(moments, days))
        half = every_day[kaplan_meier(moments, waits.so_far, every_day) <= 0.5 + 1e-12]
        true_median = half[0] if half.size else np.inf
        assert median.least - 1e-9 <= true_median or (np.isnan(median.least) and true_median == np.inf)
        assert true_median <= (np.inf if np.isnan(median.most) else median.most) + 1e-9


def test_the_ends_are_no_wider_than_they_must_be() -> None:
    waits = waits_of([(0, 3), (2, 3), (1, 6)], [2, 5])
    days = np.arange(0.5, 9, 1.0)
    grid = [np.linspace(*pair, 13) for pair in zip(waits.least, waits.most, strict=True)]
    every = np.array([kaplan_meier(np.array(moments), waits.so_far, days) for moments in product(*grid)])
    found = survival.shares(waits, days)
    assert found.least == pytest.approx(every.min(axis=0))
    assert found.most == pytest.approx(every.max(axis=0))


def test_the_estimate_on_the_ends_themselves_would_not_do() -> None:
    """Three waits: cut off after one day, ended on day 2 (seen between 0.5 and 2), ended on day 3."""
    waits = survival.Waits(np.array([0.5, 3.0]), np.array([2.0, 3.0]), np.array([1.0]))
    at_two = np.array([2.0])
    truth = kaplan_meier(np.array([2.0, 3.0]), waits.so_far, at_two)
    assert truth < kaplan_meier(waits.least, waits.so_far, at_two)  # the earliest ends give more, not less
    assert survival.median(waits).least <= 2.0


@seeded
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60), st.sampled_from([0.8, 0.95]))
def test_known_moments_give_scipys_estimate_and_interval(waits: list[tuple[int, bool]], level: float) -> None:
    moments = np.array([day for day, ended in waits if ended], dtype=float)
    so_far = np.array([day for day, ended in waits if not ended], dtype=float)
    days = np.arange(31.0)
    found = survival.shares(survival.Waits(moments, moments, so_far), days, level=level)
    assert found.least == pytest.approx(found.most)
    function = stats.ecdf(stats.CensoredData(uncensored=moments, right=so_far)).sf
    assert found.least == pytest.approx(function.evaluate(days))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where all or none are left, SciPy's formula says nothing
        theirs: Any = function.confidence_interval(level, method="log-log")
    for ours, other in ((found.low, theirs.low), (found.high, theirs.high)):
        peer = other.evaluate(days)
        inside = (found.least > 0) & (found.least < 1)
        assert ours[inside] == pytest.approx(np.minimum.accumulate(peer[inside]))
