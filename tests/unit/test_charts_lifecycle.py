"""Charts of open items: they compile, and say what they show."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
import vl_convert as vlc

from seggwat_nb import charts, lifecycle
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import HISTORY
from seggwat_nb.source.decode import feedback_frame

if TYPE_CHECKING:
    import altair as alt

END = datetime(2026, 11, 18, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


@pytest.fixture(scope="module")
def history(story: pl.DataFrame) -> pl.DataFrame:
    """Closures of the newest closed items, each seen between two loads a day apart."""
    closed = story.filter(pl.col("status") == "Resolved").sort("created_at").tail(60)
    return closed.select(
        "id",
        "project_id",
        field=pl.lit("status"),
        old=pl.lit("New"),
        new=pl.lit("Resolved"),
        earliest=pl.col("created_at") + timedelta(days=2),
        latest=pl.col("created_at") + timedelta(days=3),
    ).cast(HISTORY)


def drawn(chart: alt.LayerChart) -> str:
    spec = json.loads(json.dumps(chart.to_dict(), allow_nan=False))
    svgs = [vlc.vegalite_to_svg(spec, vl_version=version) for version in ("5.8", vlc.get_vegalite_versions()[-1])]
    assert all("NaN" not in svg for svg in svgs)
    return svgs[0]


def test_ages_add_up_and_are_told(story: pl.DataFrame) -> None:
    for by in (None, "type"):
        table = lifecycle.ages(story, by=by, as_of=END)
        chart = charts.ages(table)
        total = table["count"].sum()
        assert (
            f"{total} open items, {table['unanswered'].sum()} of them never answered" in chart.to_dict()["description"]
        )
        assert ">over a year<" in drawn(chart)


def test_the_backlog_is_a_band_with_a_mark_where_loads_began(story: pl.DataFrame, history: pl.DataFrame) -> None:
    weeks = lifecycle.backlog(story, history, as_of=END)
    svg = drawn(charts.backlog(weeks, title="What waits"))
    assert "What waits" in svg
    assert ">loads began<" in svg
    never = lifecycle.backlog(story, HISTORY.to_frame(), as_of=END)
    assert "what the rows themselves prove" in charts.backlog(never).to_dict()["description"]


def test_nothing_is_said_to_be_nothing(story: pl.DataFrame, history: pl.DataFrame) -> None:
    assert ">No open items<" in drawn(charts.ages(lifecycle.ages(story.clear(), as_of=END)))
    assert ">No items<" in drawn(charts.backlog(lifecycle.backlog(story.clear(), history, as_of=END)))
    for chart in (charts.ages, charts.backlog):
        with pytest.raises(ArgumentError, match=r"lacks .*; pass what sw\.lifecycle"):
            chart(pl.DataFrame({"n": [1]}))
