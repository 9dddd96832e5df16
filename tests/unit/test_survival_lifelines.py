"""Shares still waiting and medians against lifelines, which wants a pandas of its own: see CONTRIBUTING.md."""

from __future__ import annotations

import numpy as np
import pytest

from seggwat_nb.analysis import survival

lifelines = pytest.importorskip("lifelines", reason="wants the survival group in place of the peers")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of pandas, from inside lifelines
def test_shares_medians_and_intervals_are_those_of_lifelines(seed: int) -> None:
    chance = np.random.default_rng(seed)
    waits, cut = chance.exponential(6, 80).round(1), chance.uniform(0, 20, 80).round(1)
    ended = waits <= cut
    ours = survival.Waits(waits[ended], waits[ended], cut[~ended])
    theirs = lifelines.KaplanMeierFitter(alpha=0.1).fit(np.minimum(waits, cut), ended)
    days = theirs.survival_function_.index.to_numpy()
    found = survival.shares(ours, days, level=0.9)
    inside = (found.least > 0) & (found.least < 1)
    assert found.least == pytest.approx(theirs.survival_function_.to_numpy()[:, 0])
    assert found.least == pytest.approx(found.most)
    interval = theirs.confidence_interval_survival_function_.to_numpy()
    assert found.low[inside] == pytest.approx(interval[inside, 0])
    assert found.high[inside] == pytest.approx(np.minimum.accumulate(interval[inside, 1]))
    median = survival.median(ours, level=0.9)
    low, high = lifelines.utils.median_survival_times(theirs.confidence_interval_).to_numpy()[0]
    assert (median.least, median.most) == pytest.approx((theirs.median_survival_time_,) * 2)
    assert (median.low, median.high) == pytest.approx((low, high))
