"""What is planted in the demo is found, and in shuffled copies of it nothing is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from seggwat_nb.analysis.changes import change, movers
from seggwat_nb.analysis.effects import effects
from seggwat_nb.analysis.releases import regressions
from seggwat_nb.analysis.spikes import spikes
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import PLANTED, shop_feedback
from seggwat_nb.source.frames import feedback_frame

END = datetime(2026, 11, 18, 15, tzinfo=UTC)
MOVED = pl.col("verdict").is_in(["up", "down"])


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


def test_the_growing_request_is_named_once_and_nothing_else(story: pl.DataFrame) -> None:
    judged = movers(story, as_of=END)
    assert judged.filter(MOVED).select("key", "value", "verdict").rows() == [("path", PLANTED.growing_path, "up")]
    explained = judged.filter(pl.col("part_of") == f"path {PLANTED.growing_path}")
    assert explained.select("key", "value").rows() == [("type", PLANTED.growing_type)]
    assert change(story, as_of=END).filter(MOVED)["type"].to_list() == [PLANTED.growing_type]


def test_the_loud_customer_makes_the_one_spike(story: pl.DataFrame) -> None:
    found = spikes(story, as_of=END)
    assert found.height == 1
    spike = found.row(0, named=True)
    assert spike["period"].date() == (END - timedelta(days=PLANTED.loud_days_ago)).date()
    assert spike["verdict"] == "one person"
    behind = story.filter(pl.col("id").is_in(spike["ids"]))
    assert behind.filter(pl.col("submitted_by") == PLANTED.loud_submitter).height == PLANTED.loud_items
    assert spikes(story, as_of=END, by="type")["verdict"].unique().to_list() == ["one person"]


def test_the_broken_release_is_worse_and_no_other(story: pl.DataFrame) -> None:
    judged = regressions(story)
    assert judged.filter(pl.col("verdict") == "worse")["version"].to_list() == [PLANTED.broken_release]
    assert judged.height > 10


@pytest.mark.parametrize("days", [0, 5, 30])
def test_a_fix_that_helped_one_that_did_not_and_one_that_came_back_are_told_apart(days: int) -> None:
    end = END + timedelta(days=days, hours=days)
    story = feedback_frame([shop_feedback(seed=SEED, end=end, project_id="p")], project_id="p").frame
    found = effects(story, as_of=end)
    assert dict(found.select("value", "fix").iter_rows()) == PLANTED.fixed_in
    assert dict(found.select("value", pl.concat_list("verdict", pl.col("came_back").cast(pl.String))).iter_rows()) == {
        PLANTED.growing_path: ["up", "false"],
        PLANTED.broken_path: ["down", "false"],
        PLANTED.recurring_path: ["down", "true"],
    }


def drawn_anew(story: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Every row keeps what it says and who says it, and gets a moment drawn from the whole time."""
    first, last = story["created_at"].min(), END
    assert isinstance(first, datetime)
    seconds = np.random.default_rng(seed).uniform(0, (last - first).total_seconds(), story.height)
    offset = pl.Series(seconds * 1e6).cast(pl.Duration("us"))
    return story.with_columns(created_at=pl.lit(first, story.schema["created_at"]) + offset)


def dealt_anew(story: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The moments stay as they are, the growth and the loud day among them, and are dealt to other rows."""
    return story.with_columns(story["created_at"].sample(fraction=1, shuffle=True, seed=seed))


def types_dealt_anew(story: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Every row keeps its version and moment, and the types are dealt to other rows."""
    return story.with_columns(story["type"].sample(fraction=1, shuffle=True, seed=seed))


def false_alarms(story: pl.DataFrame, shuffles: int) -> dict[str, int]:
    named = ("change", "movers", "movers, moments dealt", "spikes", "spikes by type", "regressions, types dealt")
    alarms = dict.fromkeys(named, 0)
    for seed in range(shuffles):
        anew = drawn_anew(story, seed)
        found = (
            change(anew, as_of=END).filter(MOVED),
            movers(anew, as_of=END).filter(MOVED),
            movers(dealt_anew(story, seed), as_of=END).filter(MOVED),
            spikes(anew, as_of=END),
            spikes(anew, as_of=END, by="type"),
            regressions(types_dealt_anew(story, seed)).filter(pl.col("verdict") == "worse"),
        )
        for name, rows in zip(alarms, found, strict=True):
            alarms[name] += rows.height > 0
    return alarms


def test_nothing_is_found_in_a_shuffled_copy(story: pl.DataFrame) -> None:
    assert max(false_alarms(story, 20).values()) <= 3  # 1 expected at the level; 4 or more in 2 of 100 such tests


@pytest.mark.campaign
def test_false_alarms_over_200_shuffles_stay_at_or_below_the_level(story: pl.DataFrame) -> None:
    alarms = false_alarms(story, 200)
    assert max(alarms.values()) <= 10, alarms
