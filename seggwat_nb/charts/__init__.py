"""Small frames made into altair charts that tell the truth; each says what it shows and where it comes from."""

from __future__ import annotations

from seggwat_nb.charts.amounts import breakdown, by_path, overview
from seggwat_nb.charts.changes import change, movers
from seggwat_nb.charts.counts import volume
from seggwat_nb.charts.hours import by_hour
from seggwat_nb.charts.lifecycle import ages, backlog, times, waiting
from seggwat_nb.charts.ratings import by_release, helpful, nps, stars
from seggwat_nb.charts.releases import regressions
from seggwat_nb.charts.selections import compare
from seggwat_nb.charts.spikes import spikes

__all__ = [
    "ages",
    "backlog",
    "breakdown",
    "by_hour",
    "by_path",
    "by_release",
    "change",
    "compare",
    "helpful",
    "movers",
    "nps",
    "overview",
    "regressions",
    "spikes",
    "stars",
    "times",
    "volume",
    "waiting",
]
