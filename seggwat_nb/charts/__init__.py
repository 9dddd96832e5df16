"""Altair charts of result frames. Each chart states what it shows and where the data comes from.

A chart has the same name as the function whose result it draws.
"""

from __future__ import annotations

from seggwat_nb.extras import require

require("Charts")

from seggwat_nb.charts import (  # noqa: E402  # after the check, since these import altair
    amounts,
    changes,
    counts,
    coverage,
    events,
    findings,
    fixes,
    hours,
    lifecycle,
    ratings,
    release_ratings,
    releases,
    selections,
)
from seggwat_nb.public import chart  # noqa: E402

__all__ = [
    "ages",
    "backlog",
    "breakdown",
    "by_hour",
    "by_path",
    "by_release",
    "change",
    "check",
    "compare",
    "effects",
    "helpful",
    "movers",
    "nps",
    "overview",
    "regressions",
    "spikes",
    "stars",
    "terms",
    "times",
    "volume",
    "waiting",
]

ages = chart(lifecycle.ages)
backlog = chart(lifecycle.backlog)
breakdown = chart(amounts.breakdown)
by_hour = chart(hours.by_hour)
by_path = chart(amounts.by_path)
by_release = chart(release_ratings.by_release)
change = chart(changes.change)
check = chart(coverage.check)
compare = chart(selections.compare)
effects = chart(fixes.effects)
helpful = chart(ratings.helpful)
movers = chart(changes.movers)
nps = chart(ratings.nps)
overview = chart(amounts.overview)
regressions = chart(releases.regressions)
spikes = chart(events.spikes)
stars = chart(ratings.stars)
terms = chart(findings.terms)
times = chart(lifecycle.times)
volume = chart(counts.volume)
waiting = chart(lifecycle.waiting)
