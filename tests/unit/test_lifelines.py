"""Waits beside those of lifelines, which is in the group survival."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from seggwat_nb import lifecycle
from seggwat_nb.analysis import survival
from seggwat_nb.schema import HISTORY

if TYPE_CHECKING:
    from numpy.typing import NDArray

lifelines = pytest.importorskip(
    "lifelines",
    reason="lifelines requires an older pandas; run `uv run --isolated --no-dev --group survival pytest "
    "tests/unit/test_lifelines.py`",
)

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("seed", range(20))
def test_of_known_moments_shares_medians_and_intervals_are_those_of_lifelines(seed: int) -> None:
    chance = np.random.default_rng(seed)
    waits, cut = chance.exponential(6, 80).round(1), chance.uniform(0, 20, 80).round(1)
    ended = waits <= cut
    ours = survival.Waits(waits[ended], waits[ended], cut[~ended])
    theirs = lifelines.KaplanMeierFitter(alpha=0.1).fit(np.minimum(waits, cut), ended)
    found = survival.shares(ours, theirs.survival_function_.index.to_numpy(), level=0.9)
    inside = (found.least > 0) & (found.least < 1)
    assert found.least == pytest.approx(theirs.survival_function_.to_numpy()[:, 0])
    assert found.least == pytest.approx(found.most)
    interval = theirs.confidence_interval_survival_function_
    assert found.low[inside] == pytest.approx(interval.to_numpy()[inside, 0])
    assert found.high[inside] == pytest.approx(np.minimum.accumulate(interval.to_numpy()[inside, 1]))
    median = survival.median(ours, level=0.9)
    assert (median.least, median.most) == pytest.approx((theirs.median_survival_time_,) * 2)
    assert (median.low, median.high) == pytest.approx(
        tuple(lifelines.utils.median_survival_times(interval).to_numpy()[0])
    )


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_moments_were_the_median_of_lifelines_is_enclosed(seed: int) -> None:
    chance = np.random.default_rng(seed)
    size = int(chance.integers(30, 200))
    created = chance.uniform(10, 90, size)
    least = chance.exponential(9, size)
    most = least + chance.uniform(0.1, 7, size)
    happened = created + most <= 100
    frame = pl.DataFrame(
        {
            "id": [str(number) for number in range(size)],
            "project_id": "p",
            "status": np.where(happened, "Resolved", "New"),
            "archived": False,
            "created_at": [START + float(day) * DAY for day in created],
        }
    )
    changes = [
        (str(number), "p", "status", "New", "Resolved", *(START + float(created[number] + end) * DAY for end in ends))
        for number, ends in enumerate(zip(least, most, strict=True))
        if happened[number]
    ]
    looked = [("x", "p", "message", None, None, START, START + 5 * DAY)]
    history = pl.DataFrame([*looked, *changes], schema=HISTORY, orient="row")
    ours = lifecycle.times(frame, history, as_of=START + 100 * DAY).row(0, named=True)

    def theirs(waits: NDArray[np.float64]) -> tuple[float, float, float]:
        waited = np.where(happened, waits, 100 - created)
        fitted = lifelines.KaplanMeierFitter().fit(waited, happened)
        interval = lifelines.utils.median_survival_times(fitted.confidence_interval_survival_function_)
        return fitted.median_survival_time_, *interval.to_numpy()[0]

    def at_most(first: float | None, second: float) -> bool:
        return (np.inf if first is None else first) <= second + 1e-6

    for _ in range(20):
        median, low, high = theirs(least + (most - least) * chance.uniform(0, 1, size))
        assert at_most(ours["median_least"], median)
        assert at_most(ours["low"], low)
        assert at_most(median, np.inf if ours["median_most"] is None else ours["median_most"])
        assert at_most(high, np.inf if ours["high"] is None else ours["high"])
