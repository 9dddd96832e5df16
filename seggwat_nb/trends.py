"""Counts over time and by key: how much feedback, when, where, and what changed.

Verdicts allow for clustered feedback: one submitter who writes thirty items, one outage that fills a day, and the drift
of the whole project. ``dispersion`` says how much: counts are divided by it before they are compared. "How verdicts are
reached" in the documentation describes the method and its error rates.

Every function takes a frame of feedback or a `seggwat_nb.Dataset`.
"""

from __future__ import annotations

from seggwat_nb.analysis import changes, counts, mix, paths, selections, trends
from seggwat_nb.analysis import silences as _silences
from seggwat_nb.analysis import spikes as _spikes
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
by_path = of_feedback(paths.by_path)
change = of_feedback(changes.change)
compare = of_feedback(selections.compare)
daily_counts = of_feedback(counts.daily_counts)
mix_and_rate = of_feedback(mix.mix_and_rate)
movers = of_feedback(changes.movers)
silences = of_feedback(_silences.silences)
spikes = of_feedback(_spikes.spikes)
volume = of_feedback(trends.volume)
