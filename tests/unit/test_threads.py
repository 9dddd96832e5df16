"""Figures, and the order of their rows, do not depend on the number of threads that polars has."""

from __future__ import annotations

import os
import subprocess
import sys

PRINTED = """
from datetime import UTC, datetime
import hashlib

import polars as pl

import seggwat_nb as sw
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.source.frames import feedback_frame

end = datetime(2026, 11, 18, 15, tzinfo=UTC)
rows = feedback_frame([shop_feedback(seed=SEED, end=end, project_id="p")], project_id="p").frame
volume = sw.trends.volume(rows, by="type")
print(pl.thread_pool_size())
for shown in (
    rows.write_json(),
    sw.mask(rows).write_json(),
    volume.write_json(),
    sw.trends.volume(rows, by="version", every="1mo", top=5).write_json(),
    sw.trends.breakdown(rows, by=["path", "status"]).write_json(),
    sw.trends.movers(rows, as_of=end).write_json(),
    sw.trends.spikes(rows, as_of=end).write_json(),
    sw.releases.regressions(rows).write_json(),
    sw.lifecycle.effects(rows, as_of=end).write_json(),
    sw.duplicates.groups(rows).write_json(),
    sw.themes.rising(rows, as_of=end).write_json(),
    sw.charts.volume(volume).to_json(),
):
    print(len(shown), hashlib.sha256(shown.encode()).hexdigest())
"""


def printed(threads: int) -> list[str]:
    settings = os.environ | {"POLARS_MAX_THREADS": str(threads)}
    return subprocess.run(
        [sys.executable, "-c", PRINTED], env=settings, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_one_thread_and_five_compute_the_same_in_the_same_order() -> None:
    (one, *shown), (five, *others) = printed(1), printed(5)
    assert (one, five) == ("1", "5")
    assert shown == others
    assert len(set(shown)) == 12
