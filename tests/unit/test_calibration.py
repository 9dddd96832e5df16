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

RUNS = 16


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


def test_nothing_is_named_where_nothing_happened(calibration: ModuleType) -> None:
    families = {
        name: family
        for name, family in calibration.nulls().items()
        if name
        in {
            "Poisson, 20 a week",
            "negative binomial 5",
            "unsigned clumps of 3 within a day",
            "signed bursts of 4 over 7 days",
            "AR 0.5/0.2",
            "AR 0.9/0.5, 168 days before",
        }
    }
    assert len(families) == 6
    wanted = {"total, 28 days", "total, 7 days", "movers, 28 days", "movers, 7 days", "spikes", "silences", "compare"}
    tests = {name: test for name, test in calibration.analyses().items() if name in wanted}
    assert set(tests) == wanted
    sums = dict.fromkeys(tests, 0.0)
    for name, found in calibration.rates(families, tests, runs=RUNS):
        for test, rate in found.items():
            assert rate <= most(families[name].bound, RUNS), (name, test)
            sums[test] += rate
    for test, total in sums.items():
        assert total / len(families) <= most(0.075, RUNS * len(families)), test


def test_a_type_that_doubles_or_triples_is_found(calibration: ModuleType) -> None:
    for weekly, factor, least in ((20, 3.0, 0.6), (100, 2.0, 0.75), (1_000, 1.2, 0.7)):
        found = calibration.power(weekly, factor, runs=RUNS)
        assert found >= least - 4 * np.sqrt(least * (1 - least) / RUNS)
