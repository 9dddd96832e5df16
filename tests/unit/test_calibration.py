"""A seeded part of tests/benchmarks/calibration.py: verdicts where nothing happened, and what must be found."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from types import ModuleType

RUNS = 6
CHOSEN = {
    "Poisson, 20 a week",
    "negative binomial 5",
    "unsigned clusters of 3 within a day",
    "signed bursts of 4 over 7 days",
    "AR 0.5/0.2",
    "AR 0.9/0.5, 168 days before",
}


@pytest.fixture(scope="module")
def calibration() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "calibration.py"
    spec = importlib.util.spec_from_file_location("calibration", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def most(bound: float, runs: int) -> float:
    """Four standard errors above a bound."""
    return bound + 4 * float(np.sqrt(bound * (1 - bound) / runs))


def test_nothing_is_named_where_nothing_happened_and_intervals_hold(calibration: ModuleType) -> None:
    families = {name: family for name, family in calibration.nulls().items() if name in CHOSEN}
    assert len(families) == len(CHOSEN)
    sums = dict.fromkeys(calibration.analyses(), 0.0)
    held, intervals = dict.fromkeys(sums, 0.0), dict.fromkeys(sums, 0)
    for name, found in calibration.rates(families, calibration.analyses(), runs=RUNS):
        for test, (rate, share, made) in found.items():
            assert rate <= most(families[name].bound, RUNS), (name, test)
            sums[test] += rate
            held[test] += share * made
            intervals[test] += made
    for test, total in sums.items():
        assert total / len(families) <= most(0.075, RUNS * len(families)), test
        if intervals[test]:
            # Intervals of a project depend on each other, so projects are what counts.
            assert 1 - held[test] / intervals[test] <= most(0.075, RUNS * len(families)), test


@pytest.mark.campaign
def test_every_verdict_and_interval_keeps_its_bound_in_every_family(calibration: ModuleType) -> None:
    for name, found in calibration.rates(calibration.nulls(), calibration.analyses(), runs=20 * RUNS):
        bound = calibration.nulls()[name].bound
        for test, (rate, share, made) in found.items():
            print(f"{name}, {test}: {rate:.1%} false, {share:.1%} of {made} intervals hold")
            assert rate <= most(bound, 20 * RUNS), (name, test)


def test_a_type_that_doubles_or_triples_is_found(calibration: ModuleType) -> None:
    for weekly, factor, least in ((20, 3.0, 0.6), (100, 2.0, 0.75), (1_000, 1.2, 0.7)):
        found = calibration.power(weekly, factor, runs=RUNS)
        assert found >= least - 4 * np.sqrt(least * (1 - least) / RUNS)


@pytest.mark.parametrize(
    ("runs", "least"), [(5, 3), pytest.param(20, 18, marks=pytest.mark.campaign)], ids=["some", "many"]
)
def test_fixes_that_helped_that_did_not_and_that_came_back_are_told_apart(
    calibration: ModuleType, runs: int, least: int
) -> None:
    for kind in calibration.FIXES:
        right = calibration.fix(kind, runs=runs, weekly=200)
        print(f"{kind}: {right} of {runs}")
        assert right >= least, kind


@pytest.mark.parametrize(
    ("runs", "least"), [(8, 5), pytest.param(200, 176, marks=pytest.mark.campaign)], ids=["some", "many"]
)
def test_fixes_are_told_apart_if_each_submitter_writes_two_items(
    calibration: ModuleType, runs: int, least: int
) -> None:
    for kind in calibration.FIXES:
        right = calibration.fix(kind, runs=runs, weekly=200, clump=2, signed=True)
        print(f"{kind}, two items from each submitter: {right} of {runs}")
        assert right >= least, kind
