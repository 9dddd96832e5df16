"""Times to an answer beside those of lifelines, which `uv run --isolated --group survival pytest` brings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from seggwat_nb import lifecycle
from seggwat_nb.schema import HISTORY

if TYPE_CHECKING:
    from numpy.typing import NDArray

lifelines = pytest.importorskip("lifelines", reason="lifelines is in a group of its own: survival")

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("seed", range(8))
def test_medians_and_intervals_of_both_ends_are_those_of_lifelines(seed: int) -> None:
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

    def theirs(ends: NDArray[np.float64]) -> tuple[float, float, float]:
        waited = np.where(happened, ends, 100 - created)
        fitted = lifelines.KaplanMeierFitter().fit(waited, happened)
        interval = lifelines.utils.median_survival_times(fitted.confidence_interval_survival_function_)
        return fitted.median_survival_time_, *interval.to_numpy()[0]

    first, last = theirs(least), theirs(most)
    assert ours["median_least"] == pytest.approx(first[0], abs=1e-6)
    assert ours["median_most"] == pytest.approx(last[0], abs=1e-6)
    assert ours["low"] == pytest.approx(first[1], abs=1e-6)
    assert ours["high"] == pytest.approx(last[2], abs=1e-6)
