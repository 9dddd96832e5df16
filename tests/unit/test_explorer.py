"""The explorer without a browser: whatever is clicked in whatever order, the selection is that of its filter."""

from __future__ import annotations

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

import numpy as np
import polars as pl
import pytest
from IPython.core import display_functions
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets import Widget
from ipywidgets.widgets.widget import _instances
from polars.testing import assert_frame_equal

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import PLANTED, shop_feedback, shop_ratings
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels import base, explorer, presets
from seggwat_nb.panels.bitmaps import Codes
from seggwat_nb.panels.crossfilter import PARTS, Crossfilter, only
from seggwat_nb.panels.engine import Engine
from seggwat_nb.panels.explorer import Explorer
from seggwat_nb.panels.facets import FACETS
from seggwat_nb.panels.pictures import view
from seggwat_nb.panels.session import Session
from seggwat_nb.panels.shared import draw_masked
from seggwat_nb.schema import OPEN_STATUSES, RATINGS
from seggwat_nb.source.frames import feedback_frame, ratings_frame
from seggwat_nb.text import format_day
from tests.awkward import AWKWARD, END, one_of_each
from tests.panel_page import PanelPage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray


pytestmark = pytest.mark.filterwarnings("ignore:No row has", "ignore:.* of another scheme")  # of random filters
EPOCH = date(1970, 1, 1)


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


def facets_of(page: PanelPage) -> list[str]:
    return [one["name"] for one in page.setup["facets"]]


def tick(page: PanelPage, chance: Random) -> None:
    if not facets_of(page):
        return
    name = chance.choice(facets_of(page))
    page.do("unfold", name=name, folded=False, rows=20)
    can_be_none = page.view["facets"].get(name, {}).get("bare") is not None
    values = [value for value in page.counts(name) if value is not None or can_be_none]
    if values:
        how = chance.choice(["in", "in", "only", *(["not"] if name != "project_id" else [])])
        page.do("choose", part=name, value=chance.choice(values), how=how)


def click(page: PanelPage, chance: Random) -> None:
    time = page.time
    if time["starts"]:
        labels = [label for label, values in zip(time["labels"], time["values"], strict=True) if values != []]
        label = chance.choice(labels or [""])
        how = chance.choice(["both", "only", "not" if label != "(none)" else "only", "period"]) if labels else "period"
        page.mark(how, period=chance.randrange(len(time["starts"])), label=label)


def pick(page: PanelPage, chance: Random) -> None:
    picks = page.told.get("chart", {}).get("picks", [])
    if picks:
        page.do("pick", name=chance.choice(picks)[0])


def write(page: PanelPage, chance: Random) -> None:
    texts = [
        "",
        "pay",
        "Export -slow",
        "/a.*b/",
        "(",
        "/(/",
        "</script>",
        '"',
        "type:bug pay",
        "since:90d",
        "page:check",
    ]
    page.do("search", text=chance.choice(texts), typing=True)


def brush(page: PanelPage, chance: Random) -> None:
    ends = sorted((END.date() - timedelta(days=chance.randrange(500)) - EPOCH).days for _ in range(2))
    page.do("dates", span=chance.choice([[ends[0], ends[1] + 1], None]), drag=chance.randrange(2))


def quick(page: PanelPage, chance: Random) -> None:
    page.do(*chance.choice([("days",), ("previous",)]), days=chance.choice([0, 7, 28, 90]))


def look(page: PanelPage, chance: Random) -> None:
    setup = page.setup
    by = chance.choice([key for key, _ in setup["keys"]] or [""])
    page.do("tab", tab=chance.choice(setup["tabs"]), by=by, every=chance.choice(setup["every"])[0])


def drop(page: PanelPage, chance: Random) -> None:
    if page.view["chips"]:
        chip = chance.choice(page.view["chips"])
        what = chance.choice(["remove", "switch", "clear", *(["flip"] if chip["flips"] else [])])
        page.do(what, part=chip["part"])


def step(page: PanelPage, chance: Random) -> None:
    page.do("step", by=chance.choice([-1, -1, 1]))


def turn(page: PanelPage, chance: Random) -> None:
    page.do("sort", by=chance.choice(["type", "version", "created_at", "nonsense"]))


def read(page: PanelPage, chance: Random) -> None:
    if page.view["items"]:
        page.do("open", at=chance.choice(page.view["items"])["at"])


STEPS = (tick, tick, tick, click, pick, write, brush, quick, look, drop, step, turn, read)
"""What a person does."""


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["story", *AWKWARD])
def test_random_walks_end_where_a_panel_with_the_same_filter_starts(
    name: str, story: pl.DataFrame, rated: pl.DataFrame
) -> None:
    walks(name, story, rated, number=2 if name == "story" else 1)


@pytest.mark.campaign
@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["story", *AWKWARD])
def test_many_random_walks(name: str, story: pl.DataFrame, rated: pl.DataFrame) -> None:
    walks(name, story, rated, number=50)


def walks(name: str, story: pl.DataFrame, rated: pl.DataFrame, *, number: int) -> None:
    frame = story if name == "story" else AWKWARD[name](story)
    for seed in range(number):
        chance = Random(f"{name} {seed}")
        panel = sw.Explorer(frame, ratings=rated)
        page = PanelPage(panel)
        for _ in range(14):
            chance.choice(STEPS)(page, chance)
            assert not re.search(r"\w+(?:Error|Exception): ", page.failed), page.failed
            assert panel.filter == panel._session.where
            assert page.view["selected"] == panel.selected.height
        assert_frame_equal(panel.selected, panel.filter.apply(frame))
        page.do("save", name="walked", over=True)
        fresh = sw.Explorer(frame, ratings=rated, where=panel.filter)
        other = PanelPage(fresh)
        other.do("load", name="walked")
        assert fresh.filter == panel.filter
        fresh._session.sort, fresh._session.descending = panel._session.sort, panel._session.descending
        for one in (page, other):
            for facet in facets_of(page):
                one.do("unfold", name=facet, folded=False, rows=9, find="")
            one.do("tab", tab=panel._tab, by=panel._session.by, every=panel._session.every)
        off = {chip["part"] for chip in page.view["chips"] if chip["off"]}
        for part in off:
            page.do("remove", part=part)
        assert shown(page) == shown(other)
        panel.close()
        fresh.close()


def shown(page: PanelPage) -> dict[str, Any]:
    """What is seen of a panel; the way to it aside."""
    aside = {"seq", "who", "list", "back", "forth"}
    view = {name: value for name, value in page.view.items() if name not in aside}
    chart = page.told.get("chart")  # of the last tab that was not the one over time
    is_open = chart is not None and chart["tab"] == view["tab"]
    return {"view": view, "counts": page._counts, "time": page.time, "chart": chart if is_open else None}


def test_the_count_beside_a_value_is_what_choosing_it_leaves(story: pl.DataFrame) -> None:
    where = FeedbackFilter(status=("New", "Resolved"), text="the", since=date(2026, 1, 1), not_source="Manual")
    panel = sw.Explorer(story, where=where)
    page = PanelPage(panel)
    for name in facets_of(page):
        page.do("unfold", name=name, folded=False, rows=20)
        counts = [*page.counts(name).items()]
        for value, number in Random(name).sample(counts, min(9, len(counts))):
            if value is not None:
                page.do("choose", part=name, value=value, how="only")
                assert panel.filter.apply(story).height == page.view["selected"] == number, (name, value)
                page.do("step", by=-1)
                assert panel.filter == where


def test_every_part_of_a_filter_selects_as_the_filter_does(story: pl.DataFrame) -> None:
    engine = Engine(Crossfilter(story))
    filters = [
        FeedbackFilter(version_since="2.0.0", version_until="2.4.0", not_status="Closed"),
        FeedbackFilter(version=("v2.1", "main")),
        FeedbackFilter(path=("/checkout", "/admin"), not_path="/checkout/payment"),
        FeedbackFilter(text="PAY", archived=False),
        FeedbackFilter(text=r"\bpay", regex=True, until=date(2026, 6, 1), time_zone="Europe/Berlin"),
        FeedbackFilter(submitted_by=PLANTED.loud_submitter, type=("Idea", "Bug")),
        FeedbackFilter(search="payment OR card -wallet page:checkout", since="900d"),
    ]
    for where in [*filters, *reversed(filters)]:  # sets that are kept are used again
        mask = engine.time.mask(engine.together(engine.parts(where)))
        assert_frame_equal(story.filter(mask), where.apply(story))
    assert {part for where in filters for part in PARTS if only(where, part) != FeedbackFilter()} >= {"dates", "text"}


def test_a_click_selects_a_second_one_takes_back_and_a_third_way_leaves_out(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    page.do("choose", part="type", value="Bug", how="in")
    assert panel.filter == FeedbackFilter(type="Bug")
    assert page.chosen("type") == {"Bug"}
    page.do("choose", part="type", value="Praise", how="not")
    assert panel.filter == FeedbackFilter(type="Bug", not_type="Praise")
    assert page.chosen("type", "not") == {"Praise"}
    page.do("choose", part="type", value="Praise", how="in")  # a click on what is left out takes that back
    assert panel.filter == FeedbackFilter(type="Bug")
    page.do("flip", part="type")
    assert panel.filter == FeedbackFilter(not_type="Bug")
    assert [(chip["said"], chip["not"]) for chip in page.view["chips"]] == [("not Bug", True)]
    page.do("switch", part="type")
    assert panel.filter == FeedbackFilter()
    assert page.view["chips"][0]["off"]
    page.do("switch", part="type")
    page.do("choose", part="type", value="Idea", how="only")
    assert panel.filter == FeedbackFilter(type="Idea", allow="Idea")
    page.do("choose", part="type", value="Idea", how="in")
    assert panel.filter == FeedbackFilter()
    page.do("choose", part="path", value="/checkout/payment", how="in")
    page.do("choose", part="path", value="/checkout", how="not")  # which leaves out the page that was chosen
    assert panel.filter == FeedbackFilter(not_path="/checkout")
    page.do("choose", part="type", value="Bug", how="not")
    page.do("choose", part="type", value="Praise", how="in")  # of which it needs not be said that they are no bugs
    assert panel.filter == FeedbackFilter(not_path="/checkout", type="Praise")
    assert_frame_equal(panel.selected, panel.filter.apply(story))


def test_one_click_selects_the_open_statuses_and_another_none(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    (facet,) = [one for one in page.setup["facets"] if one["name"] == "status"]
    ((name, values),) = facet["together"]
    assert (name, set(values)) == ("Open", set(OPEN_STATUSES) & set(story["status"]))
    page.do("choose", part="type", value="Bug", how="in")
    page.do("choose", part="status", value=values, how="only")
    assert panel.filter == FeedbackFilter(type="Bug", status=values)
    assert [chip["said"] for chip in page.view["chips"]] == ["Bug", "Open"]
    page.do("choose", part="status", value=values[0], how="in")
    assert page.view["chips"][1]["said"] != "Open"
    page.do("choose", part="status", value=values, how="only")
    page.do("choose", part="status", value=values, how="out")
    assert panel.filter == FeedbackFilter(type="Bug")


@pytest.mark.parametrize("name", ["type", "status", "source", "version", "submitted_by", "language"])
def test_items_without_a_value_are_selected_like_those_of_one(name: str) -> None:
    texts = ["2.4", "v2.4", None, "Bug", "", None, "bug", "Bugg"]
    frame = one_of_each(len(texts)).with_columns(pl.Series(name, texts, dtype=pl.String))
    panel = Explorer(frame)
    page = PanelPage(panel)
    page.do("unfold", name=name, folded=False)
    before = page.counts(name)
    assert before[None] == 2
    page.do("choose", part=name, value="Bug", how="in")
    page.do("choose", part=name, value=None, how="in")
    assert_frame_equal(panel.selected, frame.filter(pl.col(name).is_null()))
    assert_frame_equal(panel.selected, panel.filter.apply(frame))
    marks = page.view["facets"][name]
    assert (marks["bare"], marks["set"], marks["in"], marks["not"]) == (True, 1, [], [])
    (chip,) = page.view["chips"]
    assert (chip["said"], chip["title"], chip["not"]) == ("(none)", f"items without a {chip['name'].lower()}", False)
    assert page.counts(name) == before
    assert panel.compare(name).names == ("(none)", "The rest")
    page.do("choose", part=name, value="2.4", how="in")  # in place of none, beside which it cannot be
    assert page.chosen(name) == {"2.4"}
    page.do("choose", part=name, value=None, how="in")
    page.do("flip", part=name)
    assert_frame_equal(panel.selected, frame.filter(pl.col(name).is_not_null()))
    page.do("clear")
    for _ in range(2):
        page.do("choose", part=name, value=None, how="in")
    assert panel.filter == FeedbackFilter()
    for _ in range(2):
        page.do("choose", part=name, value=None, how="only")
    assert page.view["selected"] == 2
    page.do("clear")
    page.do("compare", part=name, value=None, shows=True)
    (compared,) = panel._beside.values()
    assert [where.apply(frame).height for where in (compared.a, compared.b)] == [2, 6]


@pytest.mark.parametrize("name", ["type", "version", "path"])
def test_items_without_a_value_are_selected_in_the_chart_over_time(name: str) -> None:
    texts = ["/2.4", None, "/Bug", None]
    panel = Explorer(one_of_each(len(texts)).with_columns(pl.Series(name, texts, dtype=pl.String)))
    page = PanelPage(panel)
    page.do("tab", tab="Over time", by=name)
    assert dict(zip(page.time["labels"], page.time["values"], strict=True))["(none)"] is None
    page.mark("only", label="(none)")
    assert panel.selected[name].to_list() == [None, None]
    empty = PanelPage(Explorer(panel._rows.frame.with_columns(pl.col(name).replace("/Bug", ""))))
    empty.do("tab", tab="Over time", by=name)
    values = dict(zip(empty.time["labels"], empty.time["values"], strict=True))["(none)"]
    assert values == ([] if name == "path" else None)  # of pages, the filter would select the empty one, too


def test_of_two_periods_or_sides_one_may_be_the_items_without_a_version(story: pl.DataFrame) -> None:
    versions = tuple(story["version"].drop_nulls().unique())
    panel = sw.Compare(story, FeedbackFilter(version="2.4.0"), FeedbackFilter(not_version=versions))
    page = PanelPage(panel)
    assert panel.names == ("2.4.0", "(none)")
    assert page.view["sides"][1]["selected"] == story["version"].null_count() > 0
    page.do("choose", side="b", part="version", value="2.3.0", how="in")
    assert panel.names == ("2.4.0", "2.3.0")
    panel.close()


@pytest.mark.parametrize("part", ["submitted_by", "version", "theme", "path"])
def test_items_without_a_value_are_selected_beside_very_many_values(part: str) -> None:
    names = [*(f"1.{at}" for at in range(201)), " ", None, None]
    column = pl.Series([[name] if name else [] for name in names] if part == "theme" else names)
    frame = one_of_each(len(names)).with_columns(column.alias(part))
    panel = Explorer(frame)
    page = PanelPage(panel)
    page.do("unfold", name=part, folded=False, rows=500)
    others = page.counts(part)
    number, key = others[None], {"submitted_by": "submitter"}.get(part, part)
    for how in ("in", "only"):
        page.do("search", text="same")
        page.do("choose", part=part, value=None, how=how)
        assert panel.selected.height == number
        assert panel.filter.search == f"same no:{key}"
        assert (page.view["facets"][part]["bare"], page.view["facets"][part]["set"]) == (True, 1)
        assert page.counts(part) == others  # as of all facets, without what is selected in it
        page.do("choose", part=part, value="1.7", how="in")
        assert panel.selected.height == 1
        assert panel.filter.search == "same"
        page.do("choose", part=part, value=None, how=how)
        page.do("choose", part=part, value=None, how="in")
        assert (panel.filter, page.view["facets"][part]["bare"]) == (FeedbackFilter(search="same"), False)
        page.do("search", text="")
    page.do("choose", part=part, value=None, how="in")
    compared = panel.compare(part=part)
    assert [side.apply(frame).height for side in (compared.a, compared.b)] == [number, frame.height - number]
    compared.close()
    page.do("switch", part="search")
    page.do("choose", part=part, value=None, how="only")
    assert panel.selected.height == number


def test_one_goes_back_and_forward_and_clearing_is_undone(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    assert (page.view["back"], page.view["forth"]) == (False, False)
    page.do("choose", part="type", value="Bug", how="in")
    for text in ("p", "pa", "pay"):
        page.do("search", text=text, typing=True)
    for end in (20_500, 20_600, 20_700):
        page.do("dates", span=[20_400, end], drag=1)
    page.do("dates", span=[20_400, 20_450], drag=2)
    filters = [panel.filter]
    page.do("clear")
    assert panel.filter == FeedbackFilter()
    while page.view["back"]:
        filters.append(page.do("step", by=-1) and panel.filter)
    days = [None if one.until is None else (one.until - EPOCH).days for one in filters[1:]]
    assert days == [20_450, 20_700, None, None, None]
    assert [one.search for one in filters[1:]] == ["pay", "pay", "pay", None, None]
    assert filters[-1] == FeedbackFilter()
    page.do("step", by=1)
    assert panel.filter == FeedbackFilter(type="Bug")
    page.do("choose", part="status", value="New", how="in")
    assert not page.view["forth"]  # another way was taken


def test_a_mark_of_the_chart_is_its_value_and_period(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(status="Resolved"))
    page = PanelPage(panel)
    counts = page.over_time()
    assert sum(sum(row) for row in counts.values()) == panel.selected.height
    period = max(range(len(counts["Bug"])), key=lambda at: counts["Bug"][at])
    page.mark("both", label="Bug", period=period)
    assert page.view["selected"] == panel.selected.height == counts["Bug"][period]
    assert panel.filter.type == ("Bug",)
    assert panel.filter.until - panel.filter.since == timedelta(days=7)
    page.do("step", by=-1)
    page.mark("not", label="Bug")
    assert page.view["selected"] == sum(sum(row) for label, row in counts.items() if label != "Bug")
    page.mark("period", period=period)
    assert page.view["selected"] == sum(row[period] for label, row in counts.items() if label != "Bug")


@pytest.mark.parametrize("by", ["version", "path", "type", "source"])
def test_a_band_selects_the_items_that_it_counts(story: pl.DataFrame, by: str) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    page.do("tab", tab="Over time", by=by)
    time, counts = page.time, page.over_time()
    labels = [label for label, values in zip(time["labels"], time["values"], strict=True) if values]
    assert len(labels) > 2
    for label in labels:
        page.mark("only", label=label)
        assert page.view["selected"] == sum(counts[label]), label
        page.do("clear")


def test_a_page_gets_all_that_it_starts_with_before_it_can_be_asked_to_show_a_panel(
    story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[Widget, dict[str, Any]] = {}
    tell, update = Widget.open, Widget.send_state

    def opened(one: Widget) -> None:
        told[one] = one.get_state()
        tell(one)

    def sent(one: Widget, key: set[str] | None = None) -> None:
        told.setdefault(one, {}).update(one.get_state(key=key))
        update(one, key)

    monkeypatch.setattr(Widget, "open", opened)
    monkeypatch.setattr(Widget, "send_state", sent)
    for panel in (sw.Explorer(story), sw.Compare(story)):
        names = {"setup", "time"} & {*panel.keys}
        assert {name: told[panel][name] for name in names} == {name: getattr(panel, name) for name in names}
        assert json.loads(told[panel]["setup"])["css"]
        panel.close()


def test_a_mark_is_what_was_seen_although_the_chart_has_changed_since(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    seen, counts = page.time, page.over_time()
    page.do("tab", tab="Over time", by="status", every="1mo")
    page.mark("both", label="Bug", period=20, seen=seen)
    assert page.view["selected"] == counts["Bug"][20] > 0
    page.mark("period", period=20, seen=seen)
    assert panel.filter.until - panel.filter.since == timedelta(days=7)
    page.do("compare", part="type", value=["Bug"], shows=True)
    assert panel._beside["test"].names == ("Bug", "The rest")
    panel.close()


def test_a_value_of_a_version_stands_for_all_its_spellings_and_the_newest_release_comes_first() -> None:
    spelt = pl.Series("version", ["2.6.0", "v2.6", "main", "2.10.0", "2026.06", None] * 10)
    panel = Explorer(one_of_each(60).with_columns(spelt))
    page = PanelPage(panel)
    (facet,) = [one for one in page.setup["facets"] if one["name"] == "version"]
    assert [option[:3] for option in facet["options"]] == [
        ["2.10.0", "2.10.0", "2.10.0"],
        ["2.6.0", "2.6.0", "2.6.0, written 2.6.0 or v2.6"],
        ["2026.06", "2026.06", "2026.06"],
        ["main", "main", "main"],
    ]
    assert list(page.counts("version").values()) == [10, 20, 10, 10, 10]
    page.do("choose", part="version", value="2.6.0", how="in")
    assert panel.selected.height == 20
    assert page.view["facets"]["version"]["set"] == 1  # one box is checked, however many spellings it stands for
    page.do("choose", part="version", value="main", how="in")
    page.do("choose", part="version", value="2.6.0", how="in")
    assert panel.filter == FeedbackFilter(version="main", allow=panel.filter.allow)
    page.do("choose", part="version", value="2.6.0", how="not")
    assert panel.filter.not_version == ("2.6.0", "v2.6")
    assert [one["day"] for one in page.time["releases"]] == [(END.date() - EPOCH).days] * 2
    assert [one["label"] for one in page.time["releases"]] == ["2.10.0", "2.6.0"]  # 2026.06 is of another scheme
    for release in page.time["releases"]:
        page.do("choose", part="version", value=release["value"], how="only")
        assert set(panel.selected["version"]) == {"2.10.0": {"2.10.0"}, "2.6.0": {"2.6.0", "v2.6"}}[release["label"]]
    panel.close()


def test_a_page_counts_what_lies_below_it_and_every_page_is_found() -> None:
    paths = pl.Series(
        "path", [*["/a/b/c", "/a/b/c", "/a/b", "/a", "/x", None] * 10, *(f"/n/{at}" for at in range(900))]
    )
    panel = Explorer(one_of_each(960).with_columns(paths))
    page = PanelPage(panel)
    assert [row[:2] for row in page.view["facets"]["path"]["rows"][:2]] == [["/n", "/n/…"], ["/a", "/a/…"]]
    assert page.view["facets"]["path"]["all"] == 905
    page.do("unfold", name="path", rows=300)
    counts = page.counts("path")
    assert (counts["/a"], counts["/a/b"], counts["/a/b/c"], counts["/x"], counts[None]) == (40, 30, 20, 10, 10)
    assert len(counts) == 301  # those of a portion, and the items without a page
    portions = [page.do("unfold", name="path", start=at)["facets"]["path"] for at in (0, 300, 600, 900)]
    assert [one["start"] for one in portions] == [0, 300, 600, 605]  # none is shorter than was asked for
    listed = [value for one in portions[:3] for value, *_ in one["rows"]] + [row[0] for row in portions[3]["rows"][-5:]]
    assert len({*listed}) == len(listed) == 905  # every value has its place
    page.do("unfold", name="path", start=0)
    page.do("unfold", name="path", find="/N/89")
    assert set(page.counts("path")) - {None} == {f"/n/{at}" for at in (89, *range(890, 900))}
    page.do("choose", part="path", value="/n/899", how="in")
    page.do("unfold", name="path", find="", rows=3)
    assert page.chosen("path") == {"/n/899"}  # which is shown though it is not among the first
    assert panel.selected.height == 1
    page.do("search", text="path:/n")
    assert page.chosen("path") == {"/n"}  # a section without items of its own
    assert (page.counts("path")["/n"], panel.selected.height) == (900, 900)


def test_what_cannot_be_searched_is_told_and_changes_nothing(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(type="Bug"))
    page = PanelPage(panel)
    for text, told in (
        ("/(/", "regular expression"),
        ('"pay', "not closed"),
        ("type:bgu", 'did you mean "Bug"? To search for the text itself, quote it.'),
        ("a OR", "OR"),
    ):
        page.do("search", text=text)
        assert told in page.failed
        assert "allow" not in page.failed  # which is for code
        assert page.told["failed"]["do"] == "search"
        assert panel.filter == FeedbackFilter(type="Bug")
    for message in (
        {"do": "dates", "span": ["no day", 3]},
        {"do": "choose", "part": "type", "value": ["Bug"], "how": "only", "span": [10**9, 10**9]},
        {"do": "pick", "name": 3},
        {"do": "sort", "by": "nonsense"},
        {"do": "open", "at": 10**9},
        {"do": "rows", "from": -5, "to": 10**9, "of": 1},
        {"do": "nothing that there is"},
    ):
        panel._hear(message)
        assert panel.filter == FeedbackFilter(type="Bug")
    panel._hear({"do": "failed", "text": "Error: <b>no</b>"})
    assert "could not be drawn" in page.failed


def test_a_search_says_more_than_words(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    page.do("search", text='payment -wallet "past the" type:bug since:2026-05-01')
    assert panel.filter == FeedbackFilter(type="Bug", since=date(2026, 5, 1), search='payment -wallet "past the"')
    assert page.view["search"] == 'payment -wallet "past the"'
    assert page.messages()
    for line in page.view["items"]:
        assert {text.lower() for text in line["text"][1::2]} == {"payment", "past the"}
    page.do("search", text="status:New")
    assert panel.filter == FeedbackFilter(type="Bug", status="New", since=date(2026, 5, 1))
    page.do("search", text="")
    assert panel.filter.status == ("New",)


@pytest.mark.parametrize("many", [False, True])
def test_items_without_a_page_are_selected_like_those_of_one(many: bool) -> None:
    texts = ["/a", "/a", "/", None, "", None, "/b?x=1", *([f"/p/{at}" for at in range(300)] if many else [])]
    frame = one_of_each(len(texts)).with_columns(path=pl.Series(texts, dtype=pl.String))
    panel = Explorer(frame)
    page = PanelPage(panel)
    assert page.counts("path")[None] == 3
    assert page.view["facets"]["path"]["bare"] is False
    for how in ("in", "only"):  # both, since no page can be selected beside them
        page.do("choose", part="path", value=None, how=how)
        assert panel.selected["path"].to_list() == [None, "", None]
        marks = page.view["facets"]["path"]
        assert (marks["bare"], marks["set"], marks["in"], marks["not"]) == (True, 1, [], [])
        (chip,) = page.view["chips"]
        assert (chip["said"], chip["not"]) == ("(none)", False)
        assert page.counts("path")[None] == 3
        page.do("flip", part="path")
        assert panel.selected["path"].to_list() == [text for text in texts if text]
        page.do("clear")
    page.do("choose", part="path", value=None, how="in")
    page.do("choose", part="path", value=None, how="in")
    assert panel.filter == FeedbackFilter()
    page.do("choose", part="path", value="/a", how="in")
    page.do("choose", part="path", value=None, how="in")
    assert panel.selected.height == 3
    page.do("choose", part="path", value="/a", how="in")
    assert panel.selected["path"].to_list() == ["/a", "/a"]
    odd = Explorer(frame.with_columns(path=pl.col("path").replace("/a", "a")))  # of which no filter excludes all
    PanelPage(odd).do("choose", part="path", value=None, how="in")
    assert odd.filter.search == "no:path"
    assert odd.selected.height == 3


@pytest.mark.parametrize("text", ["status:open", "status:Open", "-status:open", "status:open OR pay"])
def test_a_group_of_statuses_is_named_to_those_who_search_for_it(story: pl.DataFrame, text: str) -> None:
    hint = "To select all open statuses, press “Open” beside Status."
    page = PanelPage(sw.Explorer(story))
    assert [name for facet in page.setup["facets"] for name, _ in facet["together"]] == ["Open"]
    page.do("search", text=text)
    assert page.view["doubts"].endswith(hint)
    page.do("search", text=text.lower().replace("open", "new"))
    assert hint not in page.view["doubts"]
    named = story.with_columns(status=pl.col("status").cast(pl.String).replace("Hold", "Open"))
    page = PanelPage(sw.Explorer(named))
    page.do("search", text="status:open")
    assert page.view["doubts"] == ""


def test_nothing_found_says_which_filter_is_in_the_way(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(type="Praise", version="2.4.0", search="nosuchword"))
    page = PanelPage(panel)
    assert page.view["selected"] == 0
    without_search = FeedbackFilter(type="Praise", version="2.4.0").apply(story).height
    assert page.view["without"] == [{"part": "search", "said": "search nosuchword", "n": without_search}]
    page.do("remove", part="search")
    assert page.view["selected"] == without_search > 0
    assert page.view["without"] == []


@pytest.mark.parametrize(
    ("name", "key"),
    [("version", "version"), ("path", "page"), ("submitted_by", "from"), ("source", "source")],
)
def test_a_value_that_is_searched_for_in_messages_is_offered_where_it_is(
    story: pl.DataFrame, name: str, key: str
) -> None:
    panel = sw.Explorer(story.filter(pl.col("message").str.contains("payment")))
    page = PanelPage(panel)
    messages = pl.Series(panel.selected["message"]).str.to_lowercase()
    values = panel.selected[name].cast(pl.String).drop_nulls().unique().sort()
    unsaid = [value for value in values if not messages.str.contains(value.lower(), literal=True).any()]
    assert unsaid
    for value in unsaid[:5]:
        page.do("clear")
        page.do("search", text=f'payment "{value}"')
        assert page.view["selected"] == 0
        (way,) = [one for one in page.view["without"] if one.get("search", "").startswith(f"payment {key}:")]
        page.do("search", text=way["search"])
        assert panel.selected.height == way["n"] > 0
        assert value in panel.selected[name]
    page.do("clear")
    page.do("search", text="payment nosuchwordatall")
    assert [one["part"] for one in page.view["without"]] == ["search"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("typ:bug", ["type:bug"]),
        ("Quelle\uff1awidget pay", ["source:widget pay"]),
        ("seite=/checkout", ["page:/checkout"]),
        ("bis:2026-01-31", ["since:2026-01-31", "until:2026-01-31"]),
        ("sort:nosuchvalue", []),
    ],
)
def test_a_value_after_an_unknown_key_is_offered_where_it_is(story: pl.DataFrame, typed: str, meant: list[str]) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    page.do("search", text=typed)
    assert page.view["selected"] == 0
    assert page.view["doubts"].startswith("Keys of a search are type, status, ")
    offered = [way for way in page.view["without"] if "search" in way]
    assert [way["search"] for way in offered] == meant
    for way in offered:
        page.do("search", text=way["search"])
        assert panel.selected.height == way["n"] > 0
        assert not page.view["doubts"]
    page.do("search", text="https://nosuchplace.example")
    assert not page.view["doubts"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("paymant", "payment"),
        ("pyament page:/checkout", "payment page:/checkout"),
        ("exprot mailbox", "export mailbox"),
        ("acountent", "accountant"),
        ("Paymant -refund", "payment -refund"),
        ("nosuchwordatall", None),
        ("-paymant nosuchwordatall", None),
        ('"paymant page"', None),
        ("xqz", None),
        ("paymant OR exprot", None),
        ("/paymant/", None),
    ],
)
def test_a_search_with_a_typo_that_finds_nothing_is_offered_without_it(
    story: pl.DataFrame, typed: str, meant: str | None
) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    page.do("search", text=typed)
    assert page.view["selected"] == 0
    offered = [way for way in page.view["without"] if "search" in way]
    assert [way["search"] for way in offered] == ([meant] if meant else [])
    for way in offered:
        page.do("search", text=way["search"])
        assert panel.selected.height == way["n"] > 0
        page.do("choose", part="type", value="nothing", how="only")
        page.do("search", text=typed)
        assert not [one for one in page.view["without"] if "search" in one]  # that would find nothing, too


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        " {} ",
        '"{}"',
        "id:{}",
        "https://feedback.example/org/acme/projects/p/feedback/{}",
        "https://feedback.example/org/acme/projects/p/feedback/{}?tab=notes#end",
        "see ({}), please",
    ],
)
@pytest.mark.parametrize("upper", [False, True])
def test_an_item_whose_id_is_searched_for_is_offered(story: pl.DataFrame, written: str, *, upper: bool) -> None:
    at = story.height // 2
    row = story.row(at, named=True)
    assert row["id"] != row["id"].upper()
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    page.do("search", text=written.format(row["id"].upper() if upper else row["id"]))
    assert page.view["selected"] == 0
    (way,) = [one for one in page.view["without"] if "open" in one]
    assert (way["open"], way["in"]) == (at, True)
    assert way["said"].startswith(row["message"][:20])
    page.do("choose", part="type", value=row["type"], how="not")
    (way,) = [one for one in page.view["without"] if "open" in one]
    assert not way["in"]  # the page then removes all filters
    page.do("clear")
    page.do("open", at=way["open"])
    assert page.told["opened"]["place"] is not None
    assert dict(page.told["opened"]["all"])["id"] == row["id"]


def test_an_item_is_only_offered_for_its_whole_id(story: pl.DataFrame) -> None:
    page = PanelPage(sw.Explorer(story))
    whole = story["id"][0]
    for text in (whole[:-1], f"{whole}0", f"-{whole} nosuchwordatall", "nosuchwordatall"):
        page.do("search", text=text)
        assert page.view["selected"] in {0, story.height}
        assert not [one for one in page.view["without"] if "open" in one]
    page = PanelPage(sw.Explorer(story.drop("id")))
    page.do("search", text=whole)
    assert [one["part"] for one in page.view["without"]] == ["search"]


@pytest.mark.parametrize(("days", "every"), [(1, "1d"), (3, "1d"), (50, "1d"), (80, "1w"), (500, "1w")])
def test_the_chart_over_time_starts_with_days_if_all_items_are_within_few_weeks(
    story: pl.DataFrame, days: int, every: str
) -> None:
    panel = sw.Explorer(story.filter(pl.col("created_at") > pl.col("created_at").max() - timedelta(days=days)))
    page = PanelPage(panel)
    assert page.time["every"] == every
    assert sum(map(sum, page.over_time().values())) == panel.selected.height
    assert every in panel.to_python()
    panel.show("Over time", every="1w")
    assert page.time["every"] == "1w"


def test_dates_are_dragged_chosen_and_kept_exact(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)
    first = (date(2026, 3, 1) - EPOCH).days
    page.do("dates", span=[first, first + 31], drag=1)
    assert panel.filter == FeedbackFilter(since=date(2026, 3, 1), until=date(2026, 4, 1))
    assert page.view["dates"] == [first, first + 31]
    assert page.view["chips"][0]["said"] == "1 Mar 2026 \N{EN DASH} 31 Mar 2026"
    page.do("previous")
    assert panel.filter == FeedbackFilter(since=date(2026, 1, 29), until=date(2026, 3, 1))
    exact = FeedbackFilter(since=datetime(2026, 3, 1, 9, tzinfo=UTC), until=date(2026, 4, 1))
    panel.filter = exact
    assert page.view["dates"] == [first + 9 / 24, first + 31]
    page.do("choose", part="type", value="Bug", how="in")
    assert panel.filter == replace(exact, type="Bug")
    page.do("days", days=7)
    assert panel.filter.since == END.date() - timedelta(days=6)
    page.do("days", days=0)
    assert panel.filter == FeedbackFilter(type="Bug")


def test_the_list_shows_every_item_in_order(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(type="Question"))
    page = PanelPage(panel)
    assert page.told == {}
    seen = []
    for start in range(0, page.view["selected"], 60):
        page.do("rows", **{"from": start, "to": start + 60, "of": page.view["list"]})
        assert page.told["rows"]["of"] == page.view["list"]
        seen += [story["id"][line["at"]] for line in page.told["rows"]["items"]]
    assert seen == panel.selected.sort("created_at", descending=True, maintain_order=True)["id"].to_list()
    page.do("sort", by="version")
    first = [line["version"] for line in page.view["items"]]
    page.do("sort", by="version")
    assert first != [line["version"] for line in page.view["items"]]
    page.do("sort", by="created_at")
    page.do("sort", by="created_at")
    oldest = panel.selected.sort("created_at")["message"][0]
    assert page.messages()[0] == " ".join(oldest.split())


def test_an_item_is_read_whole_with_what_belongs_to_it(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(search="payment"))
    page = PanelPage(panel)
    line = next(line for line in page.view["items"] if "customers got past" in "".join(line["text"]))
    page.do("open", at=line["at"])
    item, row = page.told["opened"], story.row(line["at"], named=True)
    assert "".join(item["text"]) == row["message"]
    assert item["text"][1::2] == ["payment"]
    fields = {one["part"]: one["value"] for one in item["fields"]}
    assert fields == {name: row[name] for name in ("status", "version", "path", "source", "submitted_by") if row[name]}
    assert dict(item["all"])["id"] == row["id"]
    assert item["url"] is None
    counted = {one["part"]: one["n"] for one in item["same"]}
    assert counted["path"] == FeedbackFilter(path=row["path"]).apply(story).height
    similar = page.told["similar"]
    assert similar["at"] == line["at"] not in [one["at"] for one in similar["items"]]
    assert similar["number"] > 3
    assert all("payment page" in "".join(one["text"]) for one in similar["items"])
    page.do("choose", part="path", value=fields["path"], how="only")
    assert panel.filter == FeedbackFilter(path=row["path"], search="payment")


def test_an_open_item_is_found_again_where_the_list_has_it(story: pl.DataFrame) -> None:
    page = PanelPage(sw.Explorer(story))
    for by in ("created_at", "version", "created_at"):  # the last one turns the order round
        page.do("sort", by=by)
        line = page.view["items"][7]
        page.do("choose", part="type", value=line["type"], how="only")
        page.told.pop("similar", None)
        page.do("open", at=line["at"], again=True)
        assert page.told["opened"]["again"]
        assert "similar" not in page.told  # it is on the page already
        place = page.told["opened"]["place"]
        page.do("rows", of=1, **{"from": place, "to": place + 1})
        assert [row["at"] for row in page.told["rows"]["items"]] == [line["at"]]
        page.do("choose", part="type", value=line["type"], how="not")
        page.do("choose", part="type", value=line["type"], how="not")
        page.do("choose", part="type", value=line["type"], how="not")
        page.do("open", at=line["at"], again=True)
        assert page.told["opened"]["place"] is None
        page.do("clear")
    page.panel.close()


def test_dates_are_compared_with_the_period_before_them(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(type="Bug"))
    page = PanelPage(panel)
    page.do("compare", previous=True, shows=False)
    assert "Choose dates first" in page.failed
    last = story["created_at"].max()
    assert isinstance(last, datetime)
    day = timedelta(days=1)
    today = last.date()
    windows: tuple[tuple[str, dict[str, Any], tuple[str, str], tuple[date, date]], ...] = (
        ("days", {"days": 28}, ("Last 28 days", "Previous 28 days"), (today - 27 * day, today + day)),
        (
            "dates",
            {"span": [(date(2026, 3, at) - date(1970, 1, 1)).days for at in (9, 16)]},
            ("9 Mar 2026 \N{EN DASH} 15 Mar 2026", "2 Mar 2026 \N{EN DASH} 8 Mar 2026"),
            (date(2026, 3, 9), date(2026, 3, 16)),
        ),
    )
    for what, more, names, (first, end) in windows:
        page.do(what, **more)
        page.do("compare", previous=True, shows=True)
        compared = panel._beside["test"]
        assert isinstance(compared, sw.Compare)
        assert compared.names == names
        assert compared.a == replace(panel.filter, since=first, until=end)
        assert compared.b == replace(panel.filter, since=first - (end - first), until=first)
    panel.close()


def test_an_address_of_a_person_is_not_read_over_a_shoulder() -> None:
    frame = one_of_each(2).with_columns(submitted_by=pl.Series(["jane.doe@example.org", "user-7"]))
    page = PanelPage(Explorer(frame))
    for at, said in ((0, "j…@example.org"), (1, "user-7")):
        page.do("open", at=at)
        assert [one["said"] for one in page.told["opened"]["fields"] if one["part"] == "submitted_by"] == [said]


def test_a_filter_set_by_code_is_shown_and_a_clicked_one_is_observed(story: pl.DataFrame) -> None:
    panel, seen = sw.Explorer(story), []
    page = PanelPage(panel)
    panel.observe(lambda change: seen.append(change["new"]), "filter")
    panel.filter = FeedbackFilter(type="Bug")
    assert page.chosen("type") == {"Bug"}
    page.do("choose", part="type", value="Bug", how="in")
    page.do("switch", part="type")
    assert seen == [FeedbackFilter(type="Bug"), FeedbackFilter()]
    page.do("choose", part="status", value="New", how="in")
    page.do("switch", part="status")
    panel.filter = FeedbackFilter()
    assert page.view["chips"] == []  # also those that were off
    page.do("step", by=-1)
    assert page.view["chips"] != []
    added = {"tag": FeedbackFilter(theme="A"), "language": FeedbackFilter(language="de")}
    for way, where in added.items():
        with pytest.raises(
            ArgumentError, match=rf"no column for \w+\. Remove it\. sw\.themes\.{way}\(data\) adds it\."
        ):
            panel.filter = where
        assert callable(getattr(sw.themes, way))
    assert panel.filter == FeedbackFilter()


def test_the_filter_is_that_of_the_counts_while_a_chart_is_drawn(
    story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, seen, charted = sw.Explorer(story), [], []
    page = PanelPage(panel)
    page.do("tab", tab="Pages")

    def draw(name: str, asked: Any) -> Any:
        charted.append((panel.filter, asked.where, page.view["selected"], panel.selected.height))
        if asked.where.status:
            raise RuntimeError("broken")
        return view(name, asked)

    def look(change: Any) -> None:
        seen.append((change["new"], panel.filter, panel.selected.height, page.view["selected"], page.view["back"]))
        if change["new"].type == ("Praise",):
            raise ValueError("an observer's")

    monkeypatch.setattr("seggwat_nb.panels.explorer.view", draw)
    panel.observe(look, "filter")
    bugs, praise, every = FeedbackFilter(type="Bug"), FeedbackFilter(type="Praise"), FeedbackFilter()
    page.do("choose", part="type", value="Bug", how="only")
    count = bugs.apply(story).height
    assert charted == [(bugs, bugs, count, count)]
    assert seen == [(bugs, bugs, count, count, True)]
    page.do("choose", part="type", value="Praise", how="only")
    assert page.failed == "ValueError: an observer's"  # which changes nothing else
    assert (panel.filter, panel.filter.apply(story).height) == (praise, page.view["selected"])
    name = next(iter(panel._picks))
    page.do("clear")
    page.do("pick", name=name)
    assert charted[-1][0] == charted[-1][1] == panel.filter != every
    page.do("clear")
    page.do("choose", part="status", value="New", how="only")
    assert page.failed == "RuntimeError: broken"
    assert (panel.filter, page.view["selected"]) == (every, story.height)
    assert seen[-1][:4] == (every, every, story.height, story.height)


def test_two_things_done_at_once_are_done_one_after_the_other(
    story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = sw.Explorer(story)
    PanelPage(panel)
    done = {"do": "choose", "part": "status", "value": "New", "how": "in"}
    another = Thread(target=panel._hear, args=(done,))
    tell, shown = Explorer._tell, []

    def slowly(panel: Explorer, *args: Any) -> None:
        shown.append("begun")
        if another.ident is None:
            another.start()
            another.join(0.2)  # it is waiting for its turn
        tell(panel, *args)
        shown.append("done")

    monkeypatch.setattr(Explorer, "_tell", slowly)
    panel.filter = FeedbackFilter(type="Bug")
    another.join()
    assert shown == ["begun", "done"] * 2
    assert (panel.filter.type, panel.filter.status) == (("Bug",), ("New",))
    panel.close()


def test_presets_survive_and_code_makes_the_same_selection(story: pl.DataFrame, home: Path) -> None:
    panel = sw.Explorer(story)
    where = FeedbackFilter(type=("Bug", "Idea"), allow="Idea", since=date(2026, 2, 1), search='quo"te -x')
    panel.filter = where
    page = PanelPage(panel)
    page.do("save", name=" My bugs ")
    assert "Saved" in page.told["said"]["text"]
    assert page.told["presets"]["names"] == ["My bugs"]
    page.do("save", name="My bugs")
    assert page.told["exists"]["name"] == "My bugs"
    panel.filter = replace(where, type="Bug")
    page.do("save", name="My bugs", over=True)
    page.do("save", name=" ")
    assert "Name the preset first" in page.failed
    other = sw.Explorer(story)
    seen = PanelPage(other)
    seen.do("presets")
    assert seen.told["presets"]["names"] == ["My bugs"]
    seen.do("load", name="My bugs")
    assert other.filter == replace(where, type="Bug")
    seen.do("load", name="None such")
    assert "No preset is named" in seen.failed
    delete_and_restore(seen)
    (home / presets.FILE).write_text("[]")
    seen.do("load", name="My bugs")
    assert "presets" in seen.failed

    page.do("code")
    scope: dict[str, Any] = {"feedback": story}
    exec(page.told["code"]["text"], scope)  # noqa: S102  # it is what people paste
    assert_frame_equal(scope["selected"], panel.selected)
    page.do("code", what="filter")
    assert page.told["code"]["text"] == panel.filter.to_python()
    page.do("code", what="triage")
    exec(page.told["code"]["text"], scope)  # noqa: S102  # it is what people paste
    planned = scope["plan"].frame
    assert {*planned["id"]} == {*panel.selected["id"]}


def delete_and_restore(page: PanelPage) -> None:
    """Delete the only preset and take that back, which does not replace one that was saved in the meantime."""
    before = presets.load("My bugs")
    page.do("delete", name="None such")
    assert page.failed == "No preset is named 'None such'. Saved presets: My bugs."
    page.do("restore")  # nothing was deleted
    assert page.told["presets"]["names"] == ["My bugs"]
    page.do("delete", name="My bugs")
    assert page.told["presets"] == {"is": "presets", "names": [], "deleted": "My bugs"}
    assert presets.names() == []
    page.do("restore")
    assert page.told["presets"] == {"is": "presets", "names": ["My bugs"]}
    assert presets.load("My bugs") == before
    page.do("delete", name="My bugs")
    presets.save("My bugs", FeedbackFilter(status="New"))
    page.do("restore")
    assert page.failed == "“My bugs” has been saved again since it was deleted, so it stays as it is."
    assert presets.load("My bugs") == FeedbackFilter(status="New")
    presets.save("My bugs", before)


def test_export_writes_what_is_selected_and_says_that_it_is_not_masked(story: pl.DataFrame, home: Path) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(type="Praise"))
    page = PanelPage(panel)
    page.do("export", file="praise.parquet")
    assert "not masked" in page.told["said"]["text"]
    assert_frame_equal(pl.read_parquet(home / "praise.parquet"), panel.selected)
    page.do("export", file="praise.doc")
    assert "is unknown" in page.failed


@pytest.mark.parametrize(("what", "file"), [("export", "some.csv"), ("page", "some.html")])
def test_a_file_is_replaced_once_that_is_confirmed(story: pl.DataFrame, home: Path, what: str, file: str) -> None:
    (home / file).write_text("mine")
    page = PanelPage(sw.Explorer(story.head(9)))
    page.do(what, file=f" {file}", over=False)
    assert page.told["exists"] == {"is": "exists", "name": file, "do": what}
    assert ((home / file).read_text(), "said" in page.told) == ("mine", False)
    page.do(what, file=file, over=True)
    assert file in page.told["said"]["text"]
    assert len((home / file).read_text()) > 100


def test_a_page_for_others_is_written_from_the_panel(story: pl.DataFrame, home: Path) -> None:
    page = PanelPage(sw.Explorer(story))
    page.do("page", file=" shared.html ")
    assert "masked counts and charts, without the items" in page.told["said"]["text"]
    assert (home / "shared.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    page.do("page", file="shared.csv")
    assert ".html" in page.failed
    page.panel.close()


def test_the_chart_of_a_tab_is_to_be_had_from_code(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    panel = sw.Explorer(story, ratings=rated)
    for tab in ("Over time", "What changed", "Versions", "Pages", "Ratings"):
        panel.show(tab)
        chart = panel.chart.to_dict()
        assert chart["title"]["text"] == panel._draw_chart().heading
        assert chart["datasets"]
    panel.show("Over time", by="version", every="1mo")
    assert "by version" in str(panel.chart.to_dict()["title"])
    for wrong in ({"tab": "Bugs"}, {"tab": "Pages", "by": "id"}, {"tab": "Pages", "every": "2w"}):
        with pytest.raises(ArgumentError, match="must be "):
            panel.show(**wrong)
    panel.close()


def test_long_names_that_differ_at_their_ends_are_told_apart() -> None:
    names, pages = ([f"{start}{'alpha.' * 20}{at}" for at in range(3)] for start in ("1.0.0-", "/"))
    frame = one_of_each(60).with_columns(
        version=pl.Series(names * 20), path=pl.Series(pages * 20), type=pl.Series(["Bug", "Praise"] * 30)
    )
    panel = Explorer(frame)
    PanelPage(panel)
    for tab, values in (("Versions", names), ("Pages", pages)):
        panel.show(tab)
        drawn = panel._draw_chart()
        rows = [row for table in drawn.rows.values() for row in pl.DataFrame(table).to_dicts()]
        texts = {str(row[name]) for row in rows for name in ("written", "label") if row.get(name)}
        assert {(text[-1], len(text)) for text in texts} == {(str(at), 36) for at in range(3)}
        assert {meant for _, meant in drawn.picks.values()} == {(one,) for one in values}


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


def test_the_days_end_when_the_dataset_was_known(story: pl.DataFrame, tmp_path: Path) -> None:
    """A silence after the last item is shown and counted, as the functions that take the `Dataset` do."""
    late = END + timedelta(days=40)
    data = sw.Dataset(story, as_of=late)
    panel = sw.Explorer(data)
    page = PanelPage(panel)
    assert page.time["last"] == (late.date() - EPOCH).days
    assert page.time["starts"][-1] > (END.date() - EPOCH).days
    page.do("tab", tab="What changed")
    (since,) = set(sw.trends.movers(data)["after_first"])
    assert since == late.date() - timedelta(days=28)
    assert panel._draw_chart().said.startswith(f"No items since {format_day(since)}.")
    page.do("days", days=7)
    assert panel.filter.since == late.date() - timedelta(days=6)
    assert "28 Dec 2026" in panel.to_html(tmp_path / "known.html").read_text(encoding="utf-8")
    assert "As of 28 Dec 2026" in panel.to_html(tmp_path / "few.html", smallest=5).read_text(encoding="utf-8")
    assert panel.setup.count("As of 28 Dec 2026, 15:00 UTC") == 1
    panel.close()


def test_days_are_those_of_the_dataset(story: pl.DataFrame) -> None:
    """A filter without dates selects the same in any zone. One with dates means days of its own zone."""
    data = sw.Dataset(story, time_zone="Asia/Tokyo", as_of=datetime(2026, 11, 18, 15, tzinfo=UTC))
    panel = sw.Explorer(data, where=FeedbackFilter(type="Bug"))
    assert panel.filter == FeedbackFilter(type="Bug", time_zone="Asia/Tokyo")
    panel.filter = FeedbackFilter(status="New")
    assert panel.filter == FeedbackFilter(status="New", time_zone="Asia/Tokyo")
    for own in (FeedbackFilter(since=date(2026, 6, 1)), FeedbackFilter(time_zone="Europe/Berlin")):
        panel.filter = own
        assert panel.filter == own
    assert json.loads(panel.setup)["about"] == "As of 19 Nov 2026, 00:00 Asia/Tokyo"
    panel.close()
    plain = sw.Explorer(story)
    plain.filter = everything = FeedbackFilter()
    assert plain.filter is everything
    plain.close()


def test_the_chart_is_stacked_by_what_tells_items_apart(story: pl.DataFrame) -> None:
    alike = story.with_columns(type=pl.lit("Other"))
    some = alike.with_columns(type=pl.when(pl.int_range(pl.len()) > 0).then("type"))
    for frame, by in ((story, "type"), (alike, "status"), (some, "type"), (alike.select("created_at", "type"), "type")):
        panel = sw.Explorer(frame)
        assert panel._session.by == by
        panel.close()


def test_a_period_of_the_ratings_leads_to_what_was_written_in_it(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    panel = sw.Explorer(sw.Dataset(story, rated, time_zone="Asia/Tokyo"))
    page = PanelPage(panel)
    panel.show("Ratings", rated_by="time", every="1mo")
    items = sw.trends.volume(panel._data, by=None, every="1mo")
    names = [name for name, *_ in page.told["chart"]["picks"]]
    known = dict(items.select(pl.col("period").dt.strftime("%b %Y"), "count").iter_rows())
    assert len(names) > 10
    for name in names[::3]:
        page.do("pick", name=name)
        assert panel.selected.height == known[name]
        page.do("pick", name=name)  # again, as for other marks
        assert panel.selected.height == story.height
    panel.close()


@pytest.mark.parametrize("tab", ["What changed", "Ratings"])
def test_a_page_covers_the_days_of_the_panel(story: pl.DataFrame, rated: pl.DataFrame, tab: str) -> None:
    """Although it has only the selected rows, which may begin later."""
    panel = sw.Explorer(story, ratings=rated, where=FeedbackFilter(version_since="2.4.0"))
    panel.show(tab, rated_by="time" if tab == "Ratings" else None)
    request = panel._request()
    drawn, written = view(tab, request), draw_masked(tab, request)
    tables = [[pl.DataFrame(rows).to_dicts() for rows in drawn.rows.values()], [*written["spec"]["datasets"].values()]]
    known = [{(row["at"], row["complete"]) for rows in both for row in rows if "at" in row} for both in tables]
    assert known[0] == known[1]
    assert bool(known[0]) is (tab == "Ratings")
    assert re.findall("in the .* before", drawn.said) == re.findall("in the .* before", written["said"])
    assert ("before" in drawn.said) is (tab == "What changed")
    panel.close()


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
    assert f".{name} {{ display: none; }}" in json.loads(panel.setup)["hide"]
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
    monkeypatch.setattr(base, "Thread", lambda target, args=(), **_: _AtOnce(drawings.append, [partial(target, *args)]))
    panel = sw.Explorer(story, where=FeedbackFilter(submitted_by="jo@example.org"))
    panel._ipython_display_()
    assert "Static picture: of 1 submitter, 0 items." in shown[-1]

    def closing(*_: object, **__: object) -> str:
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

    def show(data: Mapping[str, str], **_: object) -> None:
        shown.append(data.get("text/html", "none"))

    monkeypatch.setattr(display_functions, "publish_display_data", show)
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(base, "_nobody_looks", lambda: False)
    monkeypatch.setattr(base, "Thread", lambda target, args=(), **_: _AtOnce(drawings.append, [partial(target, *args)]))
    panel = sw.Explorer(story)
    panel._ipython_display_()
    assert shown == ["", "none"]  # HTML of any length would let JupyterLab load MathJax before it paints the panel
    panel.filter = FeedbackFilter(type="Bug")
    first, _, second = drawings
    first()
    assert "Static picture: type Bug, " in shown[-1]
    panel.show("Versions")
    before = list(filter(None, shown))  # a panel of before that is let go clears its place

    def late(*_: object, **__: object) -> str:
        panel.filter = FeedbackFilter()
        return "late"

    monkeypatch.setattr(base, "still", late)
    second()
    assert list(filter(None, shown)) == before  # what was drawn was no longer what is seen
    panel.close()
    second()
    assert shown[-1] == ""


def test_the_page_is_told_of_it_before_the_rows_are_read_and_again_if_they_cannot_be(
    story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, seen = len(_instances), []

    def read(_: pl.DataFrame) -> None:
        seen.append(len(_instances))
        raise ArgumentError("not today")

    monkeypatch.setattr(explorer, "Crossfilter", read)
    with pytest.raises(ArgumentError, match="not today"):
        sw.Explorer(story)
    assert seen[0] > before == len(_instances)


@pytest.mark.parametrize("kind", [sw.Explorer, sw.Compare])
def test_it_prepares_for_clicks_once_and_not_before_the_page_was_sent_what_it_paints(
    kind: type[sw.Explorer | sw.Compare], story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(display_functions, "publish_display_data", lambda *_, **__: None)
    monkeypatch.setattr(base, "_nobody_looks", lambda: False)
    monkeypatch.setattr(base, "Thread", lambda target, **_: _AtOnce(done.append, [target]))
    panel = kind(story)
    monkeypatch.setattr(panel, "send", lambda message, **_: done.append(message["is"]))
    monkeypatch.setattr(panel, "_soon", lambda _, action, **__: action())  # as if the pause were over
    panel._ipython_display_()
    assert panel._warm not in done
    for _ in range(2):
        panel._hear({"do": "start", "seq": 1, "who": "test"})
    assert done.count(panel._warm) == 1
    assert done.index("view") < done.index(panel._warm)
    panel.close()


@pytest.mark.parametrize("kind", [sw.Explorer, sw.Compare])
def test_what_clicks_need_is_counted_once_the_panel_is_painted(
    kind: type[sw.Explorer | sw.Compare], story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = kind(story)
    counted: list[object] = []

    def counts(*given: object) -> NDArray[np.uint32]:
        counted.append(given[-1])
        return np.zeros(99, np.uint32)

    monkeypatch.setattr(Codes, "counts", counts)
    panel._warm()
    assert any(counted)
    panel.close()
    counted.clear()
    panel._warm()
    assert not counted


@pytest.mark.parametrize("kind", [sw.Explorer, sw.Compare])
def test_what_the_page_asks_for_first_is_counted_while_it_loads(
    kind: type[sw.Explorer | sw.Compare], story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Callable[[], None]] = []
    counted: list[bool] = []

    def view(*_: object, **__: object) -> None:
        counted.append(True)
        raise RuntimeError("the page says so when it asks itself")

    monkeypatch.setattr(display_functions, "publish_display_data", lambda *_, **__: None)
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(base, "_nobody_looks", lambda: False)
    monkeypatch.setattr(base, "Thread", lambda target, args=(), **_: _AtOnce(started.append, [partial(target, *args)]))
    panel = kind(story)
    panel._ipython_display_()
    monkeypatch.setattr(Session, "view", view)
    started[-1]()
    assert counted
    panel.close()
    counted.clear()
    started[-1]()
    assert not counted


def test_what_is_imported_beforehand_is_all_that_views_import() -> None:
    code = """
import sys
from datetime import UTC, datetime, timedelta
import polars as pl, seggwat_nb as sw
from seggwat_nb.panels import base, pictures
rows = pl.DataFrame({
    "created_at": [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=7 * n) for n in range(400)],
    "type": ["Bug", "Praise"] * 200, "version": ["1.0", "1.0", "1.1", "1.1"] * 100, "path": ["/a", "/b"] * 200,
})
panel = sw.Explorer(rows)
base.warm()
before = set(sys.modules)
for name, view in pictures._VIEWS.items():
    if name != "Themes":
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
        sw.Explorer(story).filter = "Bug"
    with pytest.raises(ArgumentError, match="no column for path"):
        sw.Explorer(story.select("created_at"), where=FeedbackFilter(path="/"))


def test_none_selects_everything_and_a_value_that_no_row_has_is_told(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(path="checkout"))
    page = PanelPage(panel)
    assert "No item has path checkout." in page.view["doubts"]
    assert "/checkout" in page.view["doubts"]
    panel.filter = None
    assert panel.filter == FeedbackFilter()
    assert not page.view["doubts"]
    assert set(FACETS) >= set(facets_of(page))
    panel.close()
