"""The explorer without a browser: whatever is clicked in whatever order, the selection is that of its filter."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from threading import Thread
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from IPython.core import display_functions
from IPython.core.interactiveshell import InteractiveShell
from polars.testing import assert_frame_equal

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter
from seggwat_nb.analysis.versions import same
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import PLANTED, shop_feedback, shop_ratings
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels import base, presets
from seggwat_nb.panels.crossfilter import CHOICES, PARTS, Crossfilter, only, with_fields
from seggwat_nb.panels.explorer import Explorer
from seggwat_nb.panels.pictures import view
from seggwat_nb.panels.shared import draw_masked
from seggwat_nb.schema import RATINGS
from seggwat_nb.source.frames import feedback_frame, ratings_frame
from tests.awkward import AWKWARD, END, one_of_each

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


pytestmark = pytest.mark.filterwarnings("ignore:No row has", "ignore:.* of another scheme")  # of random filters
SOON = Explorer._soon


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no quiet: what is put off is for the tests in a browser, whose loop may still be about here."""
    monkeypatch.setattr(Explorer, "_soon", lambda _, __, action, *, pause: action())  # noqa: ARG005  # as the original


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


@pytest.fixture(scope="module")
def rated() -> pl.DataFrame:
    return ratings_frame([shop_ratings(seed=SEED, end=END, project_id="p")], project_id="p").frame


def shown(panel: Explorer) -> dict[str, Any]:
    """What the browser has been told; what was opened and typed aside."""
    return {
        "head": panel._head.shown,
        "groups": panel._options.groups,
        "charts": json.loads(json.dumps(panel._charts.charts)),
        "items": panel._table.shown,
    }


def said(panel: Explorer) -> str:
    text: str = panel._message.value
    return text


def tick(panel: Explorer, chance: Random) -> None:
    options = [(group["name"], option) for group in panel._options.groups for option in group["options"]]
    if options:
        name, option = chance.choice(options)
        panel._on_tick({"group": name, "value": option["value"], "ticked": not option["ticked"]})


def click(panel: Explorer, chance: Random) -> None:
    if panel._picks:
        panel._on_click({"chart": "view", "picked": chance.choice(sorted(panel._picks))})


def write(panel: Explorer, chance: Random) -> None:
    panel._fields._regex.value = chance.random() < 0.3
    panel._fields._text.value = chance.choice(["", "pay", "Export", "a.*b", "(", "</script>"])


def brush(panel: Explorer, chance: Random) -> None:
    ends = sorted((END - timedelta(days=chance.randrange(500))).timestamp() * 1000 for _ in range(2))
    panel._on_click({"chart": "timeline", "span": chance.choice([ends, None]), "done": True})


def choose(panel: Explorer, chance: Random) -> None:
    panel._fields._path.value = chance.choice(["", "/checkout", "/admin/products", "/nowhere"])
    panel._fields._archived.value = chance.choice(["all items", "not archived", "only archived"])
    panel._fields._since.value = chance.choice([None, END.date() - timedelta(days=chance.randrange(500))])


def look(panel: Explorer, chance: Random) -> None:
    panel._views.value = chance.choice(panel._views.options)
    panel._by.value = chance.choice(list(panel._by.options.values()))
    panel._every.value = chance.choice(list(panel._every.options.values()))
    panel._rated_by.value = chance.choice(list(panel._rated_by.options.values()))


def turn(panel: Explorer, chance: Random) -> None:
    panel._on_table(chance.choice([{"page": 1}, {"sort": "type"}, {"sort": "version"}, {"open": 0}, {"page": 0}]))


def drop(panel: Explorer, chance: Random) -> None:
    if panel._head.shown["chips"]:
        panel._on_reset({"reset": chance.choice([None, *(chip["part"] for chip in panel._head.shown["chips"])])})


STEPS = (tick, tick, click, click, write, brush, choose, look, turn, drop)
"""What a person does."""


@pytest.mark.parametrize("name", ["story", *AWKWARD])
def test_random_walks_end_where_a_panel_with_the_same_filter_starts(
    name: str, story: pl.DataFrame, rated: pl.DataFrame
) -> None:
    walks(name, story, rated, number=3 if name == "story" else 1)


@pytest.mark.campaign
@pytest.mark.parametrize("name", ["story", *AWKWARD])
def test_many_random_walks(name: str, story: pl.DataFrame, rated: pl.DataFrame) -> None:
    walks(name, story, rated, number=50)


def walks(name: str, story: pl.DataFrame, rated: pl.DataFrame, *, number: int) -> None:
    frame = story if name == "story" else AWKWARD[name](story)
    for seed in range(number):
        chance = Random(f"{name} {seed}")
        panel = sw.Explorer(frame, ratings=rated)
        for _ in range(12):
            chance.choice(STEPS)(panel, chance)
            assert not re.search(r"\w+(?:Error|Exception): ", said(panel)), said(panel)
        assert_frame_equal(panel.selected, panel.filter.apply(frame))
        fresh = sw.Explorer(frame, ratings=rated, where=panel.filter)
        for choice in ("_views", "_by", "_every", "_rated_by"):
            getattr(fresh, choice).value = getattr(panel, choice).value
        panel._page = fresh._page
        panel._show()
        assert shown(panel) == shown(fresh)
        panel.close()
        fresh.close()


def test_the_count_beside_an_option_is_what_choosing_it_leaves(story: pl.DataFrame) -> None:
    rows = Crossfilter(story)
    where = FeedbackFilter(status=("New", "Resolved"), text="the", since=date(2026, 1, 1), source="Widget")
    for part in CHOICES:
        counts = rows.counts(part, where)
        assert set(counts) >= set(story[part].unique())
        for value in counts:
            if value is not None:
                spelt = same([value], story[part].unique()) if part == "version" else [value]
                chosen = with_fields(where, {part: value, "allow": (value,)})
                assert chosen.apply(story).height == sum(counts[one] for one in spelt)
    for path, count in rows.sections(where, above="/checkout").rows():
        assert replace(where, path=path).apply(story).height == count


def test_every_part_of_a_filter_selects_as_the_filter_does(story: pl.DataFrame) -> None:
    rows = Crossfilter(story)
    filters = [
        FeedbackFilter(version_since="2.0.0", version_until="2.4.0"),
        FeedbackFilter(version=("v2.1", "main")),
        FeedbackFilter(path=("/checkout", "/admin")),
        FeedbackFilter(text="PAY", archived=False),
        FeedbackFilter(text=r"\bpay", regex=True, until=date(2026, 6, 1), time_zone="Europe/Berlin"),
        FeedbackFilter(submitted_by=PLANTED.loud_submitter, type=("Idea", "Bug")),
    ]
    for where in [*filters, *reversed(filters)]:  # masks that are kept are dropped again
        assert_frame_equal(rows.chosen(where).apply(story), where.apply(story))
    assert {part for where in filters for part in PARTS if only(where, part) != FeedbackFilter()} >= {"dates", "text"}


def test_what_goes_wrong_is_said_under_the_panel_and_changes_nothing(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    panel.filter = FeedbackFilter(type="Bug")
    panel._fields._regex.value = True
    panel._fields._text.value = "("
    assert "regular expression" in said(panel)
    assert panel.filter == FeedbackFilter(type="Bug")
    panel._on_click({"chart": "view", "picked": 3})
    panel._on_table({"sort": "nonsense"})
    assert panel.selected.height == story.filter(pl.col("type") == "Bug").height
    panel._fields._text.value = "<b>("
    assert "<b>" not in said(panel)
    panel._on_click({"failed": "Error: <b>no</b>"})
    assert "could not be drawn" in said(panel)
    assert "<b>" not in said(panel)


def test_what_is_typed_is_not_lost_to_a_click_that_follows_at_once(
    story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Explorer, "_soon", SOON)

    async def type_and_click() -> FeedbackFilter:
        panel = sw.Explorer(story)
        panel._fields._text.value = "pay"
        assert panel.filter.text is None
        panel._on_tick({"group": "type", "value": "Bug", "ticked": True})
        panel._fields._text.value = "payment"
        panel._on_brush((0, END.timestamp() * 1000))
        panel._on_reset({"reset": "type"})
        panel.close()
        return panel.filter

    chosen = asyncio.run(type_and_click())
    assert (chosen.text, chosen.type, chosen.until) == ("payment", None, END.date() + timedelta(days=1))


def test_two_things_done_at_once_are_done_one_after_the_other(
    story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = sw.Explorer(story)
    tick_new = {"group": "status", "value": "New", "ticked": True}
    another = Thread(target=panel._on_tick, args=(tick_new,))
    show, shown = Explorer._show, []

    def slowly(panel: Explorer) -> None:
        shown.append("begun")
        if another.ident is None:
            another.start()
            another.join(0.2)  # it is waiting for its turn
        show(panel)
        shown.append("done")

    monkeypatch.setattr(Explorer, "_show", slowly)
    panel.filter = FeedbackFilter(type="Bug")
    another.join()
    assert shown == ["begun", "done"] * 2
    assert (panel.filter.type, panel.filter.status) == (("Bug",), ("New",))
    panel.close()


def test_a_click_chooses_and_a_second_one_takes_back(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    panel = sw.Explorer(story, ratings=rated)
    panel._on_click({"chart": "view", "picked": "Bug"})
    assert panel.filter == FeedbackFilter(type="Bug")
    panel._on_click({"chart": "view", "picked": "Bug"})
    assert panel.filter == FeedbackFilter()
    panel._views.value = "Versions"
    panel._on_click({"chart": "view", "picked": PLANTED.broken_release})
    assert set(panel.selected["version"]) == {PLANTED.broken_release, f"v{PLANTED.broken_release}"}
    panel._on_reset({"reset": None})
    panel._views.value = "Pages"
    panel._on_click({"chart": "view", "picked": "/checkout"})
    panel._on_click({"chart": "view", "picked": PLANTED.broken_path})
    assert panel.filter == FeedbackFilter(path=PLANTED.broken_path)
    panel._on_click({"chart": "view", "picked": "Other (9 values)"})
    assert panel.filter == FeedbackFilter(path=PLANTED.broken_path)


@pytest.mark.parametrize("view", ["Over time", "Versions"])
def test_a_click_on_a_version_chooses_all_its_spellings(view: str) -> None:
    spelt = pl.Series("version", ["2.6.0", "v2.6", "main"] * 60)
    moment = pl.lit(END) - pl.duration(days=pl.int_range(pl.len()) % 60)
    panel = Explorer(one_of_each(180).with_columns(spelt, created_at=moment))
    panel._by.value = "version"
    panel._views.value = view
    picked = next(name for name in panel._picks if name.endswith("2.6.0"))
    panel._on_click({"chart": "view", "picked": picked})
    assert panel.filter.version is not None
    assert set(panel.filter.version) == {"2.6.0", "v2.6"}
    assert panel.selected.height == 120
    panel.close()


def test_pages_are_gone_through_down_and_up_and_every_item_is_somewhere() -> None:
    paths = pl.Series("path", ["/a/b/c", "/a/b/c", "/a/b", "/a", "/x", None] * 10)
    panel = Explorer(one_of_each(60).with_columns(paths))
    panel._views.value = "Pages"

    def seen() -> tuple[str, dict[str, int]]:
        spec = panel._drawn.to_spec()
        (bars,) = [one.get("data", spec.get("data"))["name"] for one in spec["layer"] if one["mark"]["type"] == "bar"]
        return panel._drawn.said, {row["label"]: row["count"] for row in spec["datasets"][bars]}

    assert seen() == (
        "60 items. Click to go one level down. 10 items without a path that begins with / not shown.",
        {"/a": 40, "/x": 10},
    )
    for place, below, said in (
        ("/a", {"/a/b": 30, "/a": 10}, "40 items. Click to go one level down. 10 items on /a itself."),
        ("/a/b", {"/a/b/c": 20, "/a/b": 10}, "30 items. Click to go one level down. 10 items on /a/b itself."),
        ("/a/b/c", {"/a/b/c": 20}, "20 items. 20 items on /a/b/c itself."),
    ):
        panel._on_click({"chart": "view", "picked": place})
        assert panel.filter.path == (place,)
        assert seen() == (said, below)
        assert sum(below.values()) == panel.selected.height
    for path in (("/a/b",), ("/a",), None):
        panel._on_click({"chart": "view", "picked": "\N{UPWARDS ARROW}"})
        assert panel.filter.path == path
    panel.close()


def test_an_option_stands_for_all_spellings_of_a_version_and_the_newest_comes_first() -> None:
    spelt = pl.Series("version", ["2.6.0", "v2.6", "main", "2.10.0", "2026.06", None] * 10)
    panel = Explorer(one_of_each(60).with_columns(spelt))
    (group,) = [group for group in panel._options.groups if group["name"] == "version"]
    seen = [(option["label"], option["title"], option["count"]) for option in group["options"]]
    assert seen == [
        ("2.10.0", "2.10.0", 10),
        ("2.6.0", "2.6.0, written 2.6.0 or v2.6", 20),
        ("2026.06", "2026.06", 10),
        ("main", "main", 10),
        ("(none)", "", 10),
    ]
    panel._on_tick({"group": "version", "value": "2.6.0", "ticked": True})
    assert panel.selected.height == 20
    panel._on_tick({"group": "version", "value": "main", "ticked": True})
    panel._on_tick({"group": "version", "value": "2.6.0", "ticked": False})
    assert panel.filter == FeedbackFilter(version="main", allow=panel.filter.allow)
    panel.close()


def test_dates_are_typed_dragged_and_kept_exact(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    panel._fields._since.value = date(2026, 3, 1)
    panel._fields._last.value = date(2026, 3, 31)
    assert panel.filter == FeedbackFilter(since=date(2026, 3, 1), until=date(2026, 4, 1))
    exact = FeedbackFilter(since=datetime(2026, 3, 1, 9, tzinfo=UTC), until=date(2026, 4, 1))
    panel.filter = exact
    panel._fields._archived.value = "not archived"
    assert panel.filter == replace(exact, archived=False)
    panel._fields._last.value = date(2026, 2, 1)
    assert "Swap" in said(panel)


def test_presets_survive_and_code_makes_the_same_selection(story: pl.DataFrame, home: Path) -> None:
    panel = sw.Explorer(story)
    where = FeedbackFilter(type=("Bug", "Idea"), allow="Idea", since=date(2026, 2, 1), text='quo"te')
    panel.filter = where
    panel._preset.value = "My bugs"
    panel._save.click()
    assert "Saved" in said(panel)
    other = sw.Explorer(story)
    other._preset.value = "My bugs"
    other._load.click()
    assert other.filter == where
    other._preset.value = "None such"
    other._load.click()
    assert "No preset is named" in said(other)
    (home / presets.FILE).write_text("[]")
    other._load.click()
    assert "presets" in said(other)

    panel._code_button.click()
    scope: dict[str, Any] = {"feedback": story}
    exec(panel._code.value, scope)  # noqa: S102  # it is what people paste
    assert_frame_equal(scope["selected"], panel.selected)


def test_a_page_has_the_intervals_of_the_panel_although_it_has_no_submitters(
    story: pl.DataFrame, rated: pl.DataFrame
) -> None:
    loud = pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("loud")).otherwise("submitted_by")
    panel = sw.Explorer(story, ratings=rated.with_columns(submitted_by=loud))
    request = replace(panel._request(), rated_by="time")
    drawn = [pl.DataFrame(rows).to_dicts() for rows in view("Ratings", request).rows.values()]
    written = draw_masked("Ratings", request)["spec"]["datasets"]
    ends = [
        {(row["at"], row["low"], row["high"]) for rows in tables for row in rows if {"at", "low"} <= row.keys()}
        for tables in (drawn, written.values())
    ]
    assert ends[0] == ends[1] != set()
    assert "loud" not in json.dumps(written)


def test_export_writes_what_is_selected(story: pl.DataFrame, home: Path) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(type="Praise"))
    panel._file.value = "praise.parquet"
    panel._export.click()
    assert "not masked" in panel._message.value
    assert "unmasked" in panel._export.tooltip
    assert_frame_equal(pl.read_parquet(home / "praise.parquet"), panel.selected)
    panel._file.value = "praise.doc"
    panel._export.click()
    assert "is unknown" in said(panel)


def test_the_table_marks_what_matched_and_pages_through_every_item(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(text="PAYMENT"))
    messages = [row["cells"][-1] for row in panel._table.shown["rows"]]
    assert all(any(marked and text.lower() == "payment" for text, marked in pieces) for pieces in messages)
    panel.filter = FeedbackFilter(type="Question")
    seen = []
    while True:
        seen += [story["id"][row["at"]] for row in panel._table.shown["rows"]]
        if not panel._table.shown["more"]:
            break
        panel._on_table({"page": panel._table.shown["page"] + 1})
    assert seen == panel.selected.sort("created_at", descending=True, maintain_order=True)["id"].to_list()
    panel._on_table({"sort": "type"})
    panel._on_table({"open": panel._table.shown["rows"][0]["at"]})
    assert dict(panel._table.shown["open"]["fields"])["type"] == "Question"


def test_a_panel_without_a_kernel_shows_a_still_picture(story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(display_functions, "publish_display_data", lambda **published: shown.append(published))
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(base, "Thread", _AtOnce)
    panel = sw.Explorer(story, where=FeedbackFilter(text="<script>"))
    panel._ipython_display_()  # by a program, as no kernel is asked
    alive, picture, *_ = shown
    assert alive["data"]["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert alive["data"]["text/html"] == ""
    page = picture["data"]["text/html"]
    (name,) = set(re.findall(r"seggwat-still-\w+", page))
    assert f".{name} {{ display: none; }}" in panel.children[0].value
    assert '<img src="data:image/png;base64,' in page
    assert "<script>" not in page
    panel.filter = FeedbackFilter(type="Bug")
    assert "Static picture: type Bug, " in shown[-1]["data"]["text/html"]
    panel.close()
    assert shown[-1]["data"] == {"text/html": "", "text/plain": ""}
    assert all((one["update"], one["transient"]) == (True, picture["transient"]) for one in shown[2:])


def test_a_panel_may_be_closed_while_its_picture_is_drawn(story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    drawings: list[Callable[[], None]] = []
    monkeypatch.setattr(display_functions, "publish_display_data", lambda data, **_: shown.append(data["text/html"]))
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(base, "Thread", lambda target, args, **_: _AtOnce(drawings.append, [partial(target, *args)]))
    panel = sw.Explorer(story, where=FeedbackFilter(submitted_by="jo@example.org"))
    panel._ipython_display_()
    assert "Static picture: of 1 submitter, 0 items." in shown[-1]

    def closing(*_: object) -> str:
        panel.close()
        return "late"

    monkeypatch.setattr(base, "still", closing)
    (draw,) = drawings
    draw()
    assert shown[-1] == ""


def test_where_somebody_looks_the_picture_is_drawn_once_it_is_quiet(
    story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    drawings: list[Callable[[], None]] = []
    monkeypatch.setattr(display_functions, "publish_display_data", lambda data, **_: shown.append(data["text/html"]))
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(base, "_nobody_looks", lambda: False)
    monkeypatch.setattr(base, "Thread", lambda target, args, **_: _AtOnce(drawings.append, [partial(target, *args)]))
    panel = sw.Explorer(story)
    panel._ipython_display_()
    assert "not been drawn yet" in shown[-1]
    panel.filter = FeedbackFilter(type="Bug")
    first, warming, second = drawings
    assert getattr(warming, "args", None) == (base.SLOW,)
    first()
    assert "Static picture: type Bug, " in shown[-1]
    panel._views.value = "Versions"
    before = list(filter(None, shown))  # a panel of before that is let go clears its place

    def late(*_: object) -> str:
        panel.filter = FeedbackFilter()
        return "late"

    monkeypatch.setattr(base, "still", late)
    second()
    assert list(filter(None, shown)) == before  # what was drawn was no longer what is seen
    panel.close()
    second()
    assert shown[-1] == ""


def test_a_panel_says_that_it_is_at_work_until_all_is_done_also_where_it_fails(story: pl.DataFrame) -> None:
    panel, said = sw.Explorer(story), []
    panel._frame.observe(lambda change: said.append(change["new"]), "busy")

    panel._on_tick({"group": "type", "value": "Bug", "ticked": True})
    assert said == [True, False]
    panel._on_tick({"group": "type", "value": None, "ticked": True})
    assert "cannot be selected" in panel._message.value
    assert said == [True, False] * 2
    with panel.working():
        panel._on_tick({"group": "type", "value": "Bug", "ticked": False})
        assert said == [True, False] * 2 + [True]
    assert said == [True, False] * 3
    panel.close()


def test_what_is_imported_beforehand_is_all_that_views_import() -> None:
    code = """
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
import polars as pl, seggwat_nb as sw
from seggwat_nb.panels import base, pictures
rows = pl.DataFrame({
    "created_at": [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=7 * n) for n in range(400)],
    "type": ["Bug", "Praise"] * 200, "version": ["1.0", "1.0", "1.1", "1.1"] * 100, "path": ["/a", "/b"] * 200,
})
panel = sw.Explorer(rows)
assert base.SLOW not in sys.modules
import_module(base.SLOW)
before = set(sys.modules)
for view in pictures.VIEWS.values():
    view(panel._request())
assert set(sys.modules) == before, set(sys.modules) - before
"""
    subprocess.run([sys.executable, "-c", code], check=True)


class _AtOnce:
    """A thread that does its work where it is started."""

    def __init__(self, target: Callable[..., object], args: list[Any], **_: object) -> None:
        self.start = partial(target, *args)


def test_bad_input_is_refused(story: pl.DataFrame) -> None:
    with pytest.raises(ArgumentError, match=r"requires a polars DataFrame"):
        sw.Explorer([1])  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="created_at"):
        sw.Explorer(story.select("id"))
    with pytest.raises(ArgumentError, match=r"This frame contains ratings\. Pass feedback first.*ratings="):
        sw.Explorer(RATINGS.to_frame())
    for no_ratings in (story, [1]):
        with pytest.raises(ArgumentError, match="ratings must be a frame of ratings"):
            sw.Explorer(story, ratings=no_ratings)  # type: ignore[arg-type]  # a list is none of them
    with pytest.raises(ArgumentError, match=r"must be a seggwat_nb\.FeedbackFilter"):
        sw.Explorer(story).filter = "Bug"  # type: ignore[assignment]
    with pytest.raises(ArgumentError, match="no column for path"):
        sw.Explorer(story.select("created_at"), where=FeedbackFilter(path="/"))


def test_none_selects_everything_and_a_value_that_no_row_has_is_told(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(path="checkout"))
    assert "No row has path checkout." in said(panel)
    assert "/checkout" in said(panel)
    panel.filter = None
    assert panel.filter == FeedbackFilter()
    assert "No row" not in said(panel)
    panel.close()
