"""Two selections of the same rows: they share what is known of the rows, and have one history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seggwat_nb import FeedbackFilter
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.panels.crossfilter import Crossfilter
from seggwat_nb.panels.session import Session
from seggwat_nb.source.frames import feedback_frame
from tests.awkward import END

if TYPE_CHECKING:
    import polars as pl


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


def test_sessions_beside_each_other_share_an_engine_and_nothing_that_is_selected(story: pl.DataFrame) -> None:
    rows = Crossfilter(story)
    first = Session(rows, FeedbackFilter(type="Bug"), as_of=END)
    second = Session(rows, FeedbackFilter(type="Praise"), as_of=END, beside=first)
    assert second.engine is first.engine
    assert second.facet("type") is first.facet("type")
    for session, kind in ((first, "Bug"), (second, "Praise")):
        assert session.selected == story.filter(type=kind).height
        assert session.mask().equals(story["type"] == kind)


def test_a_list_is_narrowed_until_the_filter_changes(story: pl.DataFrame) -> None:
    session = Session(Crossfilter(story), FeedbackFilter(type="Bug"), as_of=END)
    whole, _ = session.view()
    assert whole["listed"] == whole["selected"]
    session.narrow(story["path"] == "/checkout")
    some, counts = session.view(over_time=False)
    wanted = story.filter(type="Bug", path="/checkout").sort("created_at", descending=True)
    assert (some["listed"], some["selected"]) == (wanted.height, whole["selected"])
    assert some["list"] != whole["list"]
    assert [story["id"][one["at"]] for one in session.items(0, 500)] == wanted["id"].to_list()
    assert sum(long for _, long in some["layout"]) == counts.size
    assert "time" not in dict(some["layout"])
    session.act({"do": "sort", "by": "status"})
    assert {one["path"] for one in session.items(0, 500)} == set(wanted["path"])
    session.act({"do": "choose", "part": "status", "value": "Closed", "how": "only"})
    later, _ = session.view()
    assert later["listed"] == later["selected"] == story.filter(type="Bug", status="Closed").height
    session.narrow(story["path"] == "no such path")
    assert session.view()[0]["items"] == []
