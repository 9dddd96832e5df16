"""The explorer where data are odd: what is clicked is what is selected, and what is copied is what is shown."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback, shop_ratings
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels import presets
from seggwat_nb.panels.explorer import Explorer
from seggwat_nb.panels.still import still
from seggwat_nb.schema import Provenance
from seggwat_nb.source.frames import feedback_frame, ratings_frame
from tests.awkward import END, one_of_each

if TYPE_CHECKING:
    from pathlib import Path

ABOUT = Provenance(resource="feedback", as_of=END, finished=END, served_from="api", requests=1, rows=9, total=9)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Explorer, "_soon", lambda _, __, action, *, pause: action())  # noqa: ARG005  # as the original


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


@pytest.fixture(scope="module")
def rated() -> pl.DataFrame:
    return ratings_frame([shop_ratings(seed=SEED, end=END, project_id="p")], project_id="p").frame


def odd(**columns: list[Any]) -> pl.DataFrame:
    rows = len(next(iter(columns.values())))
    return one_of_each(rows).with_columns(pl.Series(name, values) for name, values in columns.items())


def drawn(panel: Explorer) -> dict[str, int]:
    """Items by the name of the bar, of the chart over time."""
    bars = panel._drawn.rows["rows0"]
    assert isinstance(bars, pl.DataFrame)
    return dict(bars.group_by("key").agg(pl.col("count").sum()).rows())


@pytest.mark.parametrize("by", ["version", "path", "type", "source"])
@pytest.mark.parametrize("where", [FeedbackFilter(), FeedbackFilter(type="Bug")])
def test_a_click_on_a_bar_selects_the_items_of_the_bar(story: pl.DataFrame, by: str, where: FeedbackFilter) -> None:
    panel = Explorer(story, where=where)
    panel._by.value = by
    bars = drawn(panel)
    assert sum(bars.values()) == panel.selected.height
    for name in panel._picks.keys() & bars.keys():
        panel.filter = where
        panel._on_click({"chart": "view", "picked": name})
        if by != "type" or where == FeedbackFilter():
            assert panel.selected.height == bars[name], name
    assert panel._picks.keys() & bars.keys()


def test_a_name_that_two_values_share_selects_both_and_that_of_none_nothing() -> None:
    panel = Explorer(
        odd(
            type=[None] * 20 + ["(none)"] * 10,
            status=["a\x01b"] * 20 + ["a b"] * 10,
            version=["(empty)"] * 14 + [""] * 16,
        )
    )
    for by, name, selected in (
        ("type", "(none)", 30),
        ("type", '"(none)"', 10),
        ("status", "a b", 30),
        ("version", "(empty)", 16),
        ("version", '"(empty)"', 14),
    ):
        panel._by.value = by
        panel._on_click({"chart": "view", "picked": name})
        assert panel.selected.height == selected
        assert (panel.filter == FeedbackFilter()) == (name == "(none)")
        panel._on_reset({"reset": None})


def test_a_path_that_others_lie_below_is_no_bar_to_click() -> None:
    panel = Explorer(odd(path=["/a", "/a/b", "/a?q=1", "/ab", None, "", "/"] * 10))
    panel._views.value = "Pages"
    assert set(panel._picks) == {"/a", "/ab"}
    panel._on_click({"chart": "view", "picked": "/a"})
    assert panel.selected.height == 30
    panel._on_reset({"reset": None})
    panel._views.value = "Over time"
    panel._by.value = "path"
    assert set(panel._picks) == {"/a/b", "/a?q=1", "/ab"}


def test_long_names_of_what_moved_can_be_clicked() -> None:
    path = "/help/" + "x" * 80
    panel = Explorer(odd(path=[path] * 40).with_columns(created_at=END - pl.duration(days=pl.int_range(40))))
    panel._views.value = "What changed"
    (name,) = (name for name in panel._picks if name.startswith("Path /help"))
    assert len(name) == 60
    panel._on_click({"chart": "view", "picked": name})
    assert panel.filter.path == (path,)


@pytest.mark.parametrize("name", ["constructor", "toString", "__proto__", "valueOf", "hasOwnProperty", "datum['x']"])
def test_names_that_mean_something_to_a_script_are_drawn(name: str) -> None:
    panel = Explorer(odd(type=[name] * 14, version=[name] * 14, path=[f"/{name}"] * 14))
    for view in panel._views.options:
        panel._views.value = view
        assert still(*panel._current_picture()).startswith("<img")
    panel._views.value = "Over time"
    (bar,) = drawn(panel)
    panel._on_click({"chart": "view", "picked": bar})
    assert panel.filter.type == (name,)


def test_what_is_added_up_is_not_mixed_with_a_value_of_its_name() -> None:
    versions = ["Other (8 values)"] * 30 + [f"b{n}" for n in range(13) for _ in range(20 - n)]
    panel = Explorer(odd(version=versions))
    panel._by.value = "version"
    bars = drawn(panel)
    assert bars["Other (8 values)"] == 30
    assert sum(bars.values()) == len(versions)
    weekly = sw.trends.volume(panel.selected, by="version", top=6)
    assert dict(weekly.group_by("version").agg(pl.col("count").sum()).rows()) == bars


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_moments_of_another_zone_or_of_none_are_filtered(zone: str | None) -> None:
    rows = one_of_each(60).with_columns(created_at=END - pl.duration(days=pl.int_range(60)))
    moments = pl.col("created_at")
    rows = rows.with_columns(moments.dt.convert_time_zone(zone) if zone else moments.dt.replace_time_zone(None))
    where = FeedbackFilter(since=date(2026, 10, 20), until=date(2026, 11, 1))
    panel = Explorer(rows, where=where)
    assert panel.selected.height == where.apply(rows).height == 12
    panel._on_brush(((END - timedelta(days=9)).timestamp() * 1000, END.timestamp() * 1000))
    assert panel.selected.height == 10


def test_the_chosen_time_is_shaded_on_the_scale_of_its_zone() -> None:
    rows = one_of_each(60).with_columns(created_at=END - pl.duration(days=pl.int_range(60)))
    where = FeedbackFilter(since=date(2026, 10, 25), until=date(2026, 11, 8), time_zone="America/Los_Angeles")
    shade = Explorer(rows, where=where)._charts.charts["timeline"]["data"]["rows0"]["columns"]
    texts = {name: held["names"] for name, held in shade.items()}
    assert texts == {"start": ["2026-10-25T00:00:00Z"], "end": ["2026-11-08T00:00:00Z"]}


def test_the_row_that_is_clicked_is_the_one_that_opens() -> None:
    rows = odd(id=["9", None, "2", "2"], message=["nine", "null", "first", "second"])
    panel = Explorer(rows.with_columns(created_at=END - pl.duration(hours=pl.int_range(4))))
    for place, message in enumerate(rows["message"]):
        panel._on_table({"open": panel._table.shown["rows"][place]["at"]})
        opened = panel._table.shown["open"]
        assert dict(opened["fields"])["message"] == message
        assert [row["at"] == opened["at"] for row in panel._table.shown["rows"]].index(True) == place
    numbered = rows.with_columns(id=pl.int_range(pl.len()))
    panel = Explorer(numbered)
    panel._on_table({"open": 0})
    assert dict(panel._table.shown["open"]["fields"])["id"] == "0"


WHERES = [
    FeedbackFilter(),
    FeedbackFilter(type="Bug", path="/checkout"),
    FeedbackFilter(since=date(2026, 9, 1), status="New", time_zone="America/Los_Angeles"),
]


@pytest.mark.parametrize("where", WHERES)
@pytest.mark.parametrize("view", ["Over time", "What changed", "Versions", "Pages", "Ratings"])
def test_the_copied_code_says_what_the_panel_says(
    story: pl.DataFrame, rated: pl.DataFrame, view: str, where: FeedbackFilter
) -> None:
    kinds = [rated, *rated.partition_by("rating_type")] if view == "Ratings" else [rated]
    for ratings in kinds:
        panel = Explorer(story, ratings=ratings, about=ABOUT, where=where)
        panel._views.value = view
        choice = {"Over time": panel._by, "Ratings": panel._rated_by}.get(view)
        for by in [None] if choice is None else choice.options.values():
            if choice is not None:
                choice.value = by
            *lines, last = panel.to_python().splitlines()
            scope: dict[str, Any] = {"feedback": story, "ratings": ratings}
            exec("\n".join([*lines, f"chart = {last}"]), scope)  # noqa: S102  # it is what people paste
            said = " ".join(scope["chart"].to_dict()["title"]["subtitle"])
            assert scope["selected"].equals(panel.selected)
            if view != "Pages":  # whose code draws the whole tree
                assert said.startswith(panel._drawn.said.partition(" Grey:")[0])


@pytest.mark.parametrize("left_out", ["type", "version", "path", "source", "all"])
def test_the_copied_code_runs_where_columns_are_missing(story: pl.DataFrame, left_out: str) -> None:
    rows = story.select("created_at") if left_out == "all" else story.drop(left_out)
    panel = Explorer(rows)
    for view in panel._views.options:
        panel._views.value = view
        exec(panel.to_python(), {"feedback": rows})  # noqa: S102  # it is what people paste


def test_ratings_of_one_kind_are_drawn_as_that(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    for kind, heading in (("helpful", "Said “helpful” by page"), ("nps", "NPS by page"), ("star", "Stars by page")):
        panel = Explorer(story, ratings=rated.filter(pl.col("rating_type") == kind))
        panel._views.value = "Ratings"
        assert panel._drawn.heading == heading
        assert "No answers" not in panel._drawn.said


def test_ratings_are_drawn_over_time_and_by_version_too(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    for kind, name in (("helpful", "Said “helpful”"), ("nps", "NPS"), ("star", "Stars")):
        rows = rated.filter(pl.col("rating_type") == kind)
        panel = Explorer(story, ratings=rows, about=ABOUT)
        assert panel._choices.children == (panel._by, panel._every)
        panel._views.value = "Ratings"
        assert panel._choices.children == (panel._rated_by,)
        panel._rated_by.value = "time"
        assert panel._choices.children == (panel._rated_by, panel._every)
        assert panel._drawn.heading == f"{name} over time"
        assert re.match("[1-9][0-9]* answers", panel._drawn.said)
        panel._rated_by.value = "version"
        assert panel._choices.children == (panel._rated_by,)
        assert panel._drawn.heading == f"{name} by version"
        assert panel._picks
        assert {part for part, _ in panel._picks.values()} == {"version"}
        panel._on_click({"picked": next(iter(panel._picks))})
        assert panel.filter.version
        panel.close()
    panel = Explorer(story, ratings=rated.drop("version"))
    assert list(panel._rated_by.options) == ["Page", "Over time"]


def test_a_release_rated_lower_is_named_in_the_panel(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    rows = rated.filter(pl.col("rating_type") == "star").head(1).select(pl.all().repeat_by(400).explode())
    later = pl.int_range(400) >= 200
    rows = rows.with_columns(
        id=pl.int_range(400).cast(pl.String),
        created_at=pl.lit(datetime(2026, 3, 1, tzinfo=UTC)) + pl.duration(hours=6 * pl.int_range(400)),
        version=pl.when(later).then(pl.lit("2.0")).otherwise(pl.lit("1.0")),
        score=pl.when(later).then(pl.int_range(400) % 3 + 1.0).otherwise(pl.int_range(400) % 3 + 3.0),
        max_score=5.0,
        submitted_by=None,
    )
    panel = Explorer(story, ratings=rows.cast({"submitted_by": pl.String}))
    panel._views.value, panel._rated_by.value = "Ratings", "version"
    assert "Rated lower than earlier versions: 2.0" in panel._drawn.said
    panel.close()


def test_what_cannot_be_meant_is_refused(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    wrong: Any
    for wrong in ("Bug", [], pl.col("type") == "Bug"):
        with pytest.raises(ArgumentError, match=r"must be a seggwat_nb\.FeedbackFilter"):
            Explorer(story, where=wrong)
    for panel in (sw.Explorer, sw.Compare):
        with pytest.raises(ArgumentError, match=r"about must be a Provenance, got str\. Pass client\.last_load"):
            panel(story, about="x")  # type: ignore[arg-type]  # the point
        with pytest.raises(ArgumentError, match=r"Pass frame\.collect"):
            panel(story.lazy())  # type: ignore[arg-type]  # the point
        for ratings in (rated.drop("helpful"), rated.with_columns(helpful=pl.lit(None))):
            with pytest.raises(ArgumentError, match="must be a frame of ratings"):
                panel(story, ratings=ratings)
    for wrong in ("", []):
        with pytest.raises(ArgumentError, match=r"must be a seggwat_nb\.FeedbackFilter"):
            sw.Compare(story, wrong)


@pytest.mark.parametrize("year", [1, 9999])
def test_years_that_no_zone_shows_are_told(story: pl.DataFrame, year: int) -> None:
    moment = pl.lit(date(year, 12, 31) if year > 1 else date(1, 1, 1)).cast(pl.Datetime("us"))
    rows = story.head(3).with_columns(created_at=moment.dt.replace_time_zone("UTC"))
    for panel in (sw.Explorer, sw.Compare):
        with pytest.raises(ArgumentError, match=r"years outside 2 to 9998.*leave such rows out"):
            panel(rows)
    with pytest.raises(ArgumentError, match="outside the calendar"):
        _ = FeedbackFilter(since=date.min, time_zone="Europe/Berlin").moments
    shown = Explorer(story)
    shown._fields._last.value = date.max
    assert "9999-12-31 is the last possible date. Choose an earlier one." in shown._message.value


def test_a_preset_that_is_no_filter_is_told(story: pl.DataFrame, home: Path) -> None:
    (home / presets.FILE).write_text(json.dumps({"presets": {"mine": "Bug"}}))
    panel = Explorer(story)
    panel._preset.value = "mine"
    panel._load.click()
    assert re.search("preset .*mine.* cannot be read. Save it again", panel._message.value)


def test_a_panel_that_was_closed_says_so(story: pl.DataFrame) -> None:
    panel = Explorer(story)
    panel.close()
    with pytest.raises(ArgumentError, match="Create a new one"):
        _ = panel.selected
    with pytest.raises(ArgumentError, match="Create a new one"):
        panel.filter = FeedbackFilter(type="Bug")


def test_what_moved_is_held_against_the_days_before_the_first_one_chosen(story: pl.DataFrame) -> None:
    panel = Explorer(story, where=FeedbackFilter(since=date(2026, 6, 1), until=date(2026, 7, 1)))
    panel._views.value = "What changed"
    everything = sw.trends.movers(story, where=FeedbackFilter(until=date(2026, 7, 1)))
    assert panel._drawn.heading == "What changed (up to the last selected day)"
    assert everything.filter(pl.col("verdict").is_in(["up", "down"])).is_empty()
    assert panel._drawn.said.startswith(f"No clear change in any of {everything.height} values")
    assert "in the 28 days from 3 Jun 2026, compared with the 168 before" in panel._drawn.said


def test_a_panel_in_a_notebook_names_nobody(story: pl.DataFrame) -> None:
    panel = Explorer(story)
    assert repr(panel) == "<Explorer>"
    panel.close()
    assert repr(panel) == "<Explorer, closed>"


def test_what_was_done_is_no_alarm_and_code_goes_with_what_it_was_of(story: pl.DataFrame, home: Path) -> None:
    panel = Explorer(story)
    panel._code_button.click()
    assert panel._code.layout.display == ""
    panel._preset.value = "mine"
    panel._save.click()
    assert 'role="status"' in panel._message.value
    panel._preset.value = " "
    panel._save.click()
    assert 'role="alert"' in panel._message.value
    panel.filter = FeedbackFilter(type="Bug")
    assert panel._code.layout.display == "none"
    assert (home / presets.FILE).exists()
