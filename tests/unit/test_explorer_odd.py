"""The explorer where data are odd: what is clicked is what is selected, and what is copied is what is shown."""

from __future__ import annotations

import json
import re
from dataclasses import replace
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
from seggwat_nb.provenance import Provenance
from seggwat_nb.source.frames import feedback_frame, ratings_frame
from seggwat_nb.text import format_day
from tests.awkward import END, one_of_each
from tests.panel_page import PanelPage

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


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_moments_of_another_zone_or_of_none_are_filtered(zone: str | None) -> None:
    rows = one_of_each(60).with_columns(created_at=END - pl.duration(days=pl.int_range(60)))
    moments = pl.col("created_at")
    rows = rows.with_columns(moments.dt.convert_time_zone(zone) if zone else moments.dt.replace_time_zone(None))
    where = FeedbackFilter(since=date(2026, 10, 20), until=date(2026, 11, 1))
    panel = Explorer(rows, where=where)
    assert panel.selected.height == where.apply(rows).height == 12
    last = (END.date() - date(1970, 1, 1)).days
    PanelPage(panel).do("dates", span=[last - 9, last + 1], drag=1)
    assert panel.selected.height == 10


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
    kinds = [rated, *rated.partition_by("rating_type")] if view == "Ratings" and where == FeedbackFilter() else [rated]
    for ratings in kinds:
        panel = Explorer(story, ratings=ratings, about=ABOUT, where=where)
        choice = {"Over time": "by", "Ratings": "rated_by"}.get(view)
        keys = {"by": panel._keys(), "rated_by": panel._rating_keys()}
        for by in [None] if choice is None else keys[choice]:
            panel.show(view, **({choice: by} if choice else {}))
            *lines, last = panel.to_python().splitlines()
            scope: dict[str, Any] = {"feedback": story, "ratings": ratings}
            exec("\n".join([*lines, f"chart = {last}"]), scope)  # noqa: S102  # it is what people paste
            said = " ".join(scope["chart"].to_dict()["title"]["subtitle"])
            assert scope["selected"].equals(panel.selected)
            if view != "Pages":  # whose code draws the whole tree
                assert said.startswith(panel._draw_chart().said.partition(" Grey:")[0])


@pytest.mark.parametrize("left_out", ["type", "version", "path", "source", "all"])
def test_the_copied_code_runs_where_columns_are_missing(story: pl.DataFrame, left_out: str) -> None:
    rows = story.select("created_at") if left_out == "all" else story.drop(left_out)
    panel = Explorer(rows)
    for view in panel._tabs():
        panel.show(view)
        exec(panel.to_python(), {"feedback": rows})  # noqa: S102  # it is what people paste


def test_ratings_of_one_kind_are_drawn_as_that(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    for kind, heading in (("helpful", "Said “helpful” by page"), ("nps", "NPS by page"), ("star", "Stars by page")):
        panel = Explorer(story, ratings=rated.filter(pl.col("rating_type") == kind))
        panel.show("Ratings")
        assert panel._draw_chart().heading == heading
        assert "No responses" not in panel._draw_chart().said


def test_every_kind_of_rating_can_be_shown(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    panel = Explorer(story, ratings=rated)
    page = PanelPage(panel)
    page.do("tab", tab="Ratings")
    offered = page.told["chart"]["choices"]["measure"]
    common = rated["rating_type"].value_counts(sort=True)["rating_type"].to_list()
    assert [{"stars": "star"}.get(name, name) for name, _ in offered["options"]] == common  # most rows first
    assert offered["chosen"] == offered["options"][0][0]
    for measure, heading in offered["options"]:
        page.do("tab", tab="Ratings", measure=measure, rated_by="time")
        assert page.told["chart"]["chart"]["heading"] == f"{heading} over time"
        assert f"sw.charts.{measure}(sw.ratings.{measure}(ratings" in panel.to_python()
    panel.show("Ratings", measure="nps")
    assert panel.chart.to_dict()["title"]["text"] == "NPS over time"
    with pytest.raises(ArgumentError, match="measure"):
        Explorer(story, ratings=rated.filter(rating_type="nps")).show("Ratings", measure="stars")


def test_a_project_with_ratings_alone_opens_with_them(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    page = PanelPage(Explorer(story.clear(), ratings=rated))
    assert page.view["tab"] == page.told["chart"]["tab"] == "Ratings"
    assert "No responses" not in page.told["chart"]["chart"]["said"]
    assert PanelPage(Explorer(story, ratings=rated)).view["tab"] == "Over time"
    assert PanelPage(Explorer(story.clear(), ratings=rated.clear())).view["tab"] == "Over time"


def test_ratings_are_drawn_over_time_and_by_version_too(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    for kind, name in (("helpful", "Said “helpful”"), ("nps", "NPS"), ("star", "Stars")):
        rows = rated.filter(pl.col("rating_type") == kind)
        panel = Explorer(story, ratings=rows, about=ABOUT)
        page = PanelPage(panel)
        page.do("tab", tab="Ratings")
        by = page.told["chart"]["choices"]["rated_by"]
        assert by == {"options": [["path", "Page"], ["time", "Over time"], ["version", "Version"]], "chosen": "path"}
        assert len(page.told["chart"]["choices"]["measure"]["options"]) == 1
        page.do("tab", tab="Ratings", rated_by="time")
        assert page.told["chart"]["chart"]["heading"] == f"{name} over time"
        assert re.match("[1-9][0-9]* responses", page.told["chart"]["chart"]["said"])
        page.do("tab", tab="Ratings", rated_by="version")
        assert page.told["chart"]["chart"]["heading"] == f"{name} by version"
        picks = page.told["chart"]["picks"]
        assert {part for _, part, _ in picks} == {"version"}
        page.do("pick", name=picks[0][0])
        assert panel.filter.version == tuple(dict.fromkeys(picks[0][2]))
        panel.close()
    panel = Explorer(story, ratings=rated.drop("version"))
    assert panel._rating_keys() == ["path", "time"]


def test_versions_rated_often_enough_are_drawn_newest_first_with_their_axis_in_sight(rated: pl.DataFrame) -> None:
    releases = [f"1.{minor}" for minor in range(9)]
    names = pl.Series("version", [*releases * 40, *(f"1.8-{build}" for build in range(60))])
    rows = rated.filter(rating_type="helpful").head(1).select(pl.all().repeat_by(names.len()).explode())
    rows = rows.with_columns(names, id=pl.int_range(pl.len()).cast(pl.String), submitted_by=pl.lit(None, pl.String))
    panel = Explorer(one_of_each(1), ratings=rows)
    panel.show("Ratings", rated_by="version")
    drawn = panel._draw_chart()
    assert "420 responses" in drawn.said
    assert "60 values with fewer responses not shown." in drawn.said
    assert [name for name, *_ in drawn.picks.items()] == releases[::-1]
    orients = {
        layer["encoding"]["x"]["axis"]["orient"] for layer in drawn.spec["layer"] if "axis" in layer["encoding"]["x"]
    }
    assert orients == {"top"}
    panel.filter = FeedbackFilter(version=["1.0", "1.1"])
    assert "top" not in str(panel._draw_chart().spec)
    panel.filter = FeedbackFilter(version="1.8-7")  # rather than nothing
    assert "too few to rely on" in panel._draw_chart().said
    panel.close()


@pytest.mark.parametrize(("kind", "unit"), [("star", "stars"), ("nps", "points"), ("helpful", "percentage points")])
def test_a_release_rated_lower_is_named_in_the_panel_and_by_its_code(
    story: pl.DataFrame, rated: pl.DataFrame, kind: str, unit: str
) -> None:
    rows = rated.filter(pl.col("rating_type") == kind).head(1).select(pl.all().repeat_by(400).explode())
    later = pl.int_range(400) >= 200
    rows = rows.with_columns(
        id=pl.int_range(400).cast(pl.String),
        created_at=pl.lit(datetime(2026, 3, 1, tzinfo=UTC)) + pl.duration(hours=6 * pl.int_range(400)),
        version=pl.when(later).then(pl.lit("2.0")).otherwise(pl.lit("1.0")),
        score=pl.when(later).then(pl.int_range(400) % 3 + 1.0).otherwise(pl.int_range(400) % 3 + 3.0),
        nps_category=pl.when(later).then(pl.lit("detractor")).otherwise(pl.lit("promoter")),
        helpful=~later,
        max_score=5.0,
        submitted_by=None,
    )
    rows = rows.cast({"submitted_by": pl.String})
    panel = Explorer(story, ratings=rows)
    panel.show("Ratings", rated_by="version")
    assert "Rated lower than earlier versions: 2.0" in panel._draw_chart().said
    assert f"'in {unit}'" in str(panel._draw_chart().spec)
    assert "sw.ratings.by_release(ratings, where=where)" in panel.to_python()
    exec(panel.to_python(), {"feedback": story, "ratings": rows})  # noqa: S102  # it is what people paste
    panel.filter = FeedbackFilter(version="2.0")
    assert f"sw.ratings.{'stars' if kind == 'star' else kind}(ratings, by=" in panel.to_python(), "nothing to compare"
    assert "200 responses" in panel._draw_chart().said
    panel.close()


@pytest.mark.parametrize("kind", ["star", "nps", "helpful"])
def test_ratings_of_one_type_need_the_columns_of_that_type_alone(
    story: pl.DataFrame, rated: pl.DataFrame, kind: str
) -> None:
    whole = rated.filter(rating_type=kind).with_columns(pl.col("score").floor())
    lean = whole.select(name for name in whole.columns if whole[name].null_count() < whole.height)
    assert lean.width < whole.width
    if kind != "helpful":
        lean = lean.cast({"score": pl.Int32, "max_score": pl.Int64})
    whole_panel, lean_panel = (Explorer(story, ratings=rows) for rows in (whole, lean))
    whole_panel.tab = lean_panel.tab = "Ratings"
    assert whole_panel._draw_chart().said == lean_panel._draw_chart().said
    assert whole_panel.chart.to_dict() == lean_panel.chart.to_dict()
    compared = [sw.Compare(story, FeedbackFilter(type="Bug"), ratings=rows) for rows in (whole, lean)]
    for where in compared[0]._sides.wheres:
        assert compared[0]._describe_ratings(where) == compared[1]._describe_ratings(where)
    panels: list[Any] = [whole_panel, lean_panel, *compared]
    for panel in panels:
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
        for wrong, why in (
            (rated.drop("helpful", "nps_category"), "but has no columns helpful and nps_category"),
            (rated.with_columns(helpful=pl.lit("perhaps")), "but its column helpful is String, not Boolean"),
            ([1], "got list"),
        ):
            with pytest.raises(ArgumentError, match=f"must be a frame of ratings, {why}. Pass"):
                panel(story, ratings=wrong)
    for wrong in ("", []):
        with pytest.raises(ArgumentError, match=r"must be a seggwat_nb\.FeedbackFilter"):
            sw.Compare(story, wrong)


@pytest.mark.parametrize("year", [1, 9999])
def test_years_that_no_zone_shows_are_told(story: pl.DataFrame, year: int) -> None:
    moment = pl.lit(date(year, 12, 31) if year > 1 else date(1, 1, 1)).cast(pl.Datetime("us"))
    rows = story.head(3).with_columns(created_at=moment.dt.replace_time_zone("UTC"))
    for panel in (sw.Explorer, sw.Compare):
        with pytest.raises(ArgumentError, match=r"years outside 2 to 9998.*Leave such rows out"):
            panel(rows)
    with pytest.raises(ArgumentError, match="outside the calendar"):
        _ = FeedbackFilter(since=date.min, time_zone="Europe/Berlin").moments
    page = PanelPage(Explorer(story))
    for text in ("since:9999-12-31", "until:0001-01-01", "since:9999-12-31 until:0001-01-02"):
        page.do("search", text=text)
        assert not re.search(r"\w+(?:Error|Exception): ", page.failed)


def test_a_panel_that_was_closed_says_so(story: pl.DataFrame) -> None:
    panel = Explorer(story)
    panel.close()
    with pytest.raises(ArgumentError, match="Create a new one"):
        _ = panel.selected
    with pytest.raises(ArgumentError, match="Create a new one"):
        panel.filter = FeedbackFilter(type="Bug")


def test_what_moved_is_held_against_the_days_before_the_first_one_chosen(story: pl.DataFrame) -> None:
    panel = Explorer(story, where=FeedbackFilter(since=date(2026, 6, 1), until=date(2026, 7, 1)))
    panel.show("What changed")
    everything = sw.trends.movers(story, where=FeedbackFilter(until=date(2026, 7, 1)))
    assert panel._draw_chart().heading == "What changed (up to the last selected day)"
    assert everything.filter(pl.col("verdict").is_in(["up", "down"])).is_empty()
    assert panel._draw_chart().said.startswith(f"No clear change in any of {everything.height} values")
    assert "in the 28 days from 3 Jun 2026, compared with the 168 before" in panel._draw_chart().said


def test_a_selection_that_changed_says_so_although_no_value_in_it_did_beyond_that(story: pl.DataFrame) -> None:
    panel = Explorer(story)
    page = PanelPage(panel)
    page.do("tab", tab="What changed")
    before = panel._draw_chart().said
    (name,) = (name for name, *_ in page.told["chart"]["picks"] if name == "Page /reports/export")
    page.do("pick", name=name)
    found = sw.trends.change(panel.selected, by=None, as_of=END).row(0, named=True)
    assert found["verdict"] == "up"
    said = f"Selected feedback rose to {found['after']} items (usually {found['expected']:.0f}). No clear change in any"
    assert panel._draw_chart().said.startswith(said)
    assert said in panel._draw_chart().label
    page.do("step", by=-1)
    assert panel._draw_chart().said == before  # of all items, the tab says which values changed
    for where in (FeedbackFilter(status="New"), FeedbackFilter(version="2.7.0"), FeedbackFilter(since="90d")):
        panel.filter = where
        assert "Selected feedback" not in panel._draw_chart().said  # such items are always new


def test_a_selection_without_recent_items_says_since_when_and_how_to_see_what_changed_before(
    story: pl.DataFrame,
) -> None:
    panel = Explorer(story, where=FeedbackFilter(version="2.4.0"))
    panel.show("What changed")
    last = panel.selected["created_at"].dt.date().max()
    assert isinstance(last, date)
    newest = format_day(last)
    since = format_day(sw.trends.movers(story, where=panel.filter)["after_first"][0])
    assert panel._draw_chart().said == (
        f"No items since {since}. The newest is from {newest}."
        f" To see what changed up to then, select dates that end on {newest}."
    )
    panel.filter = replace(panel.filter, until=last + timedelta(days=1))
    assert " values in the 28 days from " in panel._draw_chart().said


@pytest.mark.parametrize(("items", "said"), [(1, "1 item covers less than two weeks."), (3, "3 items cover less than")])
def test_items_of_a_few_days_are_said_to_cover_less_than_two_weeks(items: int, said: str) -> None:
    panel = Explorer(one_of_each(items).with_columns(created_at=END - pl.duration(days=pl.int_range(items))))
    panel.show("What changed")
    drawn = panel._draw_chart()
    assert drawn.said.startswith(said)
    assert "No items" not in json.dumps(drawn.to_json())


def test_versions_are_drawn_newest_first_as_they_are_listed(story: pl.DataFrame) -> None:
    panel = Explorer(story)
    panel.show("Versions")
    listed = next(one for one in PanelPage(panel).setup["facets"] if one["name"] == "version")["options"]
    drawn = pl.DataFrame(panel._draw_chart().rows["rows0"])["name"].to_list()
    assert drawn[:2] == ["2.7.0", "2.6.0"]
    assert drawn == [label for _, label, *_ in listed if label in drawn]


def test_an_old_version_seen_late_is_no_release() -> None:
    versions = ["2.0.0"] * 400 + ["1.0.0"] + ["1.9.9"] * 40 + ["2.1.0"] + ["2.0.0"] * 60
    moments = [END + timedelta(hours=at) for at in range(len(versions))]
    panel = Explorer(odd(version=versions, created_at=moments))
    assert [one["value"] for one in json.loads(panel.time)["releases"]] == ["2.0.0", "1.9.9", "2.1.0"]


@pytest.mark.parametrize("version", ["", "main", "feature/x"])
@pytest.mark.parametrize(
    ("where", "way"),
    [
        (FeedbackFilter(), ""),
        (FeedbackFilter(type="Bug"), " Clear a filter."),
        (FeedbackFilter(until=date(2100, 1, 1)), " Widen the dates."),
        (FeedbackFilter(type="Bug", until=date(2100, 1, 1)), " Widen the dates or clear a filter."),
    ],
)
def test_of_versions_without_an_order_it_is_said_that_none_can_be_compared_and_which_filters_to_clear(
    version: str, where: FeedbackFilter, way: str
) -> None:
    panel = Explorer(odd(version=[version] * 3), where=where)
    panel.show("Versions")
    said = f"No item here has a version that can be compared, such as 2.4.0.{way}"
    assert (panel._draw_chart().said, panel._draw_chart().label) == (said, f"{panel._draw_chart().heading}. {said}")


def test_what_no_item_has_is_not_offered(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    def offered(feedback: pl.DataFrame, ratings: pl.DataFrame) -> tuple[list[str], list[str], list[str], list[str]]:
        setup = PanelPage(Explorer(feedback, ratings=ratings)).setup
        listed = [name for name in setup["columns"] if name in {"status", "version", "path"}]
        return setup["tabs"], [one["name"] for one in setup["facets"]], [key for key, _ in setup["keys"]], listed

    def without(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
        return frame.with_columns(pl.lit(None, frame.schema[name]).alias(name) for name in names)

    tabs, facets, keys, listed = offered(story, rated)
    assert tabs == ["Over time", "What changed", "Versions", "Pages", "Ratings"]
    assert {"type", "status", "version", "path", "source", "submitted_by"} <= {*facets}
    left = offered(without(story, "version"), rated.clear())
    assert left == (
        [name for name in tabs if name not in {"Versions", "Ratings"}],
        [name for name in facets if name != "version"],
        [name for name in keys if name != "version"],
        [name for name in listed if name != "version"],
    )
    assert offered(without(story, "type", "path", "source"), rated)[0] == ["Over time", "Ratings"]
    assert offered(story.clear(), rated.clear()) == (["Over time"], [], [], [])
    with pytest.raises(ArgumentError, match="tab must be"):
        Explorer(without(story, "path")).show("Pages")
    panel = Explorer(story, ratings=without(rated, "path"))
    panel.show("Ratings")
    assert panel._draw_chart().heading.endswith("over time")
    compared = PanelPage(sw.Compare(without(story, "type")))
    assert [key for key, _ in compared.setup["keys"]] == ["status", "source", "version", "path"]


def test_a_panel_in_a_notebook_names_nobody(story: pl.DataFrame) -> None:
    panel = Explorer(story)
    assert repr(panel) == "<Explorer>"
    panel.close()
    assert repr(panel) == "<Explorer, closed>"


def test_the_row_that_is_clicked_is_the_one_that_is_read() -> None:
    rows = odd(id=["9", None, "2", "2"], message=["nine", "null", "first", "second"])
    page = PanelPage(Explorer(rows.with_columns(created_at=END - pl.duration(hours=pl.int_range(4)))))
    for line, message in zip(page.view["items"], rows["message"], strict=True):
        page.do("open", at=line["at"])
        assert page.told["opened"]["text"] == [message]
    page = PanelPage(Explorer(rows.with_columns(id=pl.int_range(pl.len()))))
    page.do("open", at=0)
    assert dict(page.told["opened"]["all"])["id"] == "0"


@pytest.mark.parametrize("columns", [["created_at"], ["created_at", "message"], ["created_at", "version", "theme"]])
def test_an_item_is_read_whatever_columns_the_frame_has(columns: list[str]) -> None:
    rows = odd(message=["It fails"] * 3).with_columns(theme=pl.lit(["A"])).select(columns)
    page = PanelPage(Explorer(rows))
    page.do("open", at=1)
    assert page.failed == ""
    assert page.told["opened"]["at"] == 1


def test_a_preset_that_is_no_filter_is_told(story: pl.DataFrame, home: Path) -> None:
    (home / presets.FILE).write_text(json.dumps({"presets": {"mine": "Bug"}}))
    page = PanelPage(Explorer(story))
    page.do("load", name="mine")
    assert re.search("preset .*mine.* cannot be read. Save it again", page.failed)


def test_values_that_are_called_as_none_are_told_apart() -> None:
    panel = Explorer(
        odd(
            type=[None] * 20 + ["(none)"] * 10,
            status=["a\x01b"] * 20 + ["a b"] * 10,
            version=["(empty)"] * 14 + [""] * 16,
        )
    )
    page = PanelPage(panel)
    labels = {one["name"]: [option[1] for option in one["options"]] for one in page.setup["facets"]}
    assert labels["type"][-1] == '"(none)"'
    assert set(labels["version"]) == {'"(empty)"', "(empty)"}
    for by, value, selected in (("type", "(none)", 10), ("status", "a\x01b", 20), ("version", "", 16)):
        page.do("choose", part=by, value=value, how="only")
        assert panel.selected.height == selected
        page.do("clear")
    page.do("tab", tab="Over time", by="type")
    assert page.time["labels"] == ['"(none)"', "(none)"]
    assert [bool(values) for values in page.time["values"]] == [True, False]


def test_a_page_that_others_lie_below_is_no_band_to_click() -> None:
    panel = Explorer(odd(path=["/a", "/a/b", "/a?q=1", "/ab", None, "", "/"] * 10))
    panel.show("Pages")
    page = PanelPage(panel)
    page.do("tab", tab="Pages")
    assert {name for name, *_ in page.told["chart"]["picks"]} == {"/a", "/ab"}
    page.do("pick", name="/a")
    assert panel.selected.height == 30
    page.do("clear")
    page.do("tab", tab="Over time", by="path")
    bands = dict(zip(page.time["labels"], page.time["values"], strict=True))
    assert {label for label, selects in bands.items() if selects} == {"/a/b", "/ab"}


def test_pages_are_gone_through_down_and_up_and_every_item_is_somewhere() -> None:
    paths = pl.Series("path", ["/a/b/c", "/a/b/c", "/a/b", "/a", "/x", None] * 10)
    panel = Explorer(one_of_each(60).with_columns(paths))
    page = PanelPage(panel)
    page.do("tab", tab="Pages")

    def seen() -> tuple[str, dict[str, int]]:
        spec = panel._draw_chart().to_spec()
        (bars,) = [one.get("data", spec.get("data"))["name"] for one in spec["layer"] if one["mark"]["type"] == "bar"]
        return panel._draw_chart().said, {row["label"]: row["count"] for row in spec["datasets"][bars]}

    assert seen() == (
        "60 items. Click to go one level down. 10 items without a page that begins with / not shown.",
        {"/a": 40, "/x": 10},
    )
    for place, below, said in (
        ("/a", {"/a/b": 30, "/a": 10}, "40 items. Click to go one level down. 10 items on /a itself."),
        ("/a/b", {"/a/b/c": 20, "/a/b": 10}, "30 items. Click to go one level down. 10 items on /a/b itself."),
        ("/a/b/c", {"/a/b/c": 20}, "20 items. 20 items on /a/b/c itself."),
    ):
        page.do("pick", name=place)
        assert panel.filter.path == (place,)
        assert seen() == (said, below)
        assert sum(below.values()) == panel.selected.height
    for path in (("/a/b",), ("/a",), None):
        page.do("pick", name="\N{UPWARDS ARROW}")
        assert panel.filter.path == path
    panel.close()


def test_long_names_of_what_moved_can_be_clicked() -> None:
    path = "/help/" + "x" * 80
    panel = Explorer(odd(path=[path] * 40).with_columns(created_at=END - pl.duration(days=pl.int_range(40))))
    page = PanelPage(panel)
    page.do("tab", tab="What changed")
    (name,) = (name for name, *_ in page.told["chart"]["picks"] if name.startswith("Page /help"))
    assert len(name) == 60
    page.do("pick", name=name)
    assert panel.filter.path == (path,)


@pytest.mark.parametrize("name", ["constructor", "__proto__", "datum['x']"])
def test_names_that_mean_something_to_a_script_are_drawn(name: str) -> None:
    panel = Explorer(odd(type=[name] * 14, version=[name] * 14, path=[f"/{name}"] * 14))
    for tab in panel._tabs():
        panel.show(tab)
        assert still(*panel._current_picture()).startswith("<img")
    page = PanelPage(panel)
    page.do("tab", tab="Over time", by="type")
    page.mark("only", label=page.time["labels"][0])
    assert panel.filter.type == (name,)


def test_what_is_added_up_is_not_mixed_with_a_value_of_its_name() -> None:
    versions = ["Other (8 values)"] * 30 + [f"b{n}" for n in range(13) for _ in range(20 - n)]
    panel = Explorer(odd(version=versions))
    page = PanelPage(panel)
    page.do("tab", tab="Over time", by="version")
    bands = {label: sum(row) for label, row in page.over_time().items()}
    assert bands["Other (8 values)"] == 30
    assert sum(bands.values()) == len(versions)
    weekly = sw.trends.volume(panel.selected, by="version", top=6)
    assert dict(weekly.group_by("version").agg(pl.col("count").sum()).rows()) == bands


def test_names_that_would_be_blank_or_reorder_others_can_be_read_everywhere() -> None:
    blank = {"\u0301": "\u25cc\u0301", "\u200b": '"\\u200b"'}
    names = {"\u202elive": "\ufffdlive", "👩\u200d👦": "👩\u200d👦"} | blank
    page = PanelPage(
        Explorer(odd(type=[*names], version=[*names], path=[f"/{name}" for name in names], message=[*names]))
    )
    page.do("tab", tab="Over time", by="type")
    assert {name for name, number in page.over_time().items() if any(number)} == set(names.values())
    labels = {facet["name"]: {label for _, label, *_ in facet["options"]} for facet in page.setup["facets"]}
    assert labels["type"] >= set(names.values())
    assert "/\ufffdlive" in labels["path"]
    assert set(page.messages()) == set(names.values())
    page.do("choose", part="type", value="\u202elive", how="only")
    assert [chip["said"] for chip in page.view["chips"]] == ["\ufffdlive"]
    assert page.panel.filter.type == ("\u202elive",)


def test_a_version_that_is_selected_in_its_chart_stays_beside_the_others(story: pl.DataFrame) -> None:
    panel = Explorer(story)
    page = PanelPage(panel)
    page.do("tab", tab="Versions")
    before = page.told["chart"]["chart"]
    page.do("pick", name="2.4.0")
    assert panel.filter.version is not None
    after = page.told["chart"]["chart"]
    assert (after["said"], after["data"]) == (before["said"], before["data"])
    assert after["heading"] == "Share of bugs by version, among all versions"
    page.do("choose", part="type", value="Bug", how="in")
    page.do("choose", part="type", value="Bug", how="not")
    assert page.told["chart"]["chart"]["data"] == before["data"]
    assert page.told["chart"]["chart"]["heading"] == "Share of bugs by version, among all types and versions"
    assert "sw.releases.regressions(feedback, where=sw.FeedbackFilter())" in panel.to_python()
    page.do("choose", part="version", value="2.3.0", how="in")
    assert "2 versions" in page.told["chart"]["chart"]["said"]  # as chosen


def test_rows_of_one_project_alone_are_not_drawn_by_it() -> None:
    blank = [pl.lit(None, pl.String).alias(name) for name in ("type", "status", "source", "path", "version")]
    page = PanelPage(Explorer(one_of_each(4).with_columns(blank, submitted_by=pl.lit("a"))))
    assert (page.setup["keys"], page.time["by"], page.time["labels"]) == ([], "", ["Items"])


def test_of_versions_without_bugs_that_is_all_the_panel_says() -> None:
    page = PanelPage(Explorer(odd(type=["Feature"] * 4, version=["1", "1", "2", "2"], message=["a"] * 4)))
    page.do("tab", tab="Versions")
    assert page.told["chart"]["chart"]["said"] == "No bug among 4 items of 2 versions."


def test_names_from_right_to_left_keep_numbers_and_punctuation_beside_them_in_place() -> None:
    given, shown = "חדש (2)", "\u2068חדש (2)\u2069"
    frame = odd(type=[given, "Bug"], version=[given, "2.4"], path=[f"/{given}", "/b"], message=[given, "b"])
    frame = pl.concat([frame.with_columns(id=pl.lit(str(at))) for at in range(8)])
    page = PanelPage(Explorer(frame))
    page.do("tab", tab="Over time", by="type")
    assert set(page.over_time()) == {shown, "Bug"}
    labels = {facet["name"]: {label for _, label, *_ in facet["options"]} for facet in page.setup["facets"]}
    assert all(shown in labels[name] for name in ("type", "version"))
    assert f"\u2068/{given}\u2069" in labels["path"]
    page.do("choose", part="type", value=given, how="only")
    assert [chip["said"] for chip in page.view["chips"]] == [shown]
    page.do("choose", part="version", value="2.4", how="only")
    assert {one["said"] for one in page.view["without"]} == {f"type {shown}", "version 2.4"}
    compared = sw.Compare(frame, FeedbackFilter(type=given), FeedbackFilter(type="Bug"))
    page = PanelPage(compared)
    assert compared.names == (given, "Bug")
    page.do("view", by="version")
    told = page.view["charts"]["differences"]
    assert told["heading"] == f"Difference in share by version: {shown} vs Bug"
    assert shown in {row["cells"][0] for row in page.view["figures"]["rows"]}
    page.do("mark", chart="values a", name=shown)
    assert page.view["sides"][0]["listed"] == 8
    assert page.view["charts"]["time a"]["heading"].startswith(f"{shown}: items over time")
