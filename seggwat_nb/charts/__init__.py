"""Small frames made into altair charts that tell the truth; each says what it shows and where it comes from."""

from __future__ import annotations

from seggwat_nb.charts.amounts import breakdown, paths, versions
from seggwat_nb.charts.changes import change, movers
from seggwat_nb.charts.counts import volume
from seggwat_nb.charts.hours import heat
from seggwat_nb.charts.lifecycle import ages, backlog, times, waiting
from seggwat_nb.charts.ratings import by_release, nps, share, stars
from seggwat_nb.charts.releases import regressions
from seggwat_nb.charts.selections import differences
from seggwat_nb.charts.spikes import spikes

__all__ = [
    "ages",
    "backlog",
    "breakdown",
    "by_release",
    "change",
    "differences",
    "heat",
    "movers",
    "nps",
    "paths",
    "regressions",
    "share",
    "spikes",
    "stars",
    "times",
    "versions",
    "volume",
    "waiting",
]
