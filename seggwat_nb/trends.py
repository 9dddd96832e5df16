"""Counts over time and across keys: what came in, when and where, and what changed.

Every function takes a frame of feedback or a `seggwat_nb.Dataset`.
"""

from __future__ import annotations

from seggwat_nb.analysis import trends
from seggwat_nb.public import of_feedback

__all__ = [
    "breakdown",
    "by_hour",
    "by_path",
    "change",
    "compare",
    "daily_counts",
    "mix_and_rate",
    "movers",
    "silences",
    "spikes",
    "volume",
]

breakdown = of_feedback(trends.breakdown)
by_hour = of_feedback(trends.by_hour)
by_path = of_feedback(trends.by_path)
change = of_feedback(trends.change)
compare = of_feedback(trends.compare)
daily_counts = of_feedback(trends.daily_counts)
mix_and_rate = of_feedback(trends.mix_and_rate)
movers = of_feedback(trends.movers)
silences = of_feedback(trends.silences)
spikes = of_feedback(trends.spikes)
volume = of_feedback(trends.volume)
