"""Every part of a filter in a panel, however it is set: it has a chip, selects its items and can be cleared."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from pkgutil import resolve_name
from typing import Any, Final

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.panels.chips import name_of
from seggwat_nb.panels.crossfilter import PARTS, is_set, without
from seggwat_nb.source.frames import feedback_frame
from tests.awkward import END
from tests.panel_page import PanelPage

pytestmark = pytest.mark.filterwarnings("ignore:No row has", "ignore:.* of another scheme")

VALUES: Final[dict[str, list[dict[str, Any]]]] = {
    **{
        name: [{name: value}, {name: values}, {f"not_{name}": value}, {f"not_{name}": values}]
        for name, value, values in (
            ("type", "Bug", ("Bug", "Idea")),
            ("status", "New", ("New", "Closed")),
            ("source", "Widget", ("Widget", "Manual")),
            ("path", "/cart", ("/cart", "/checkout")),
            ("submitted_by", "ada", ("ada", "bob@example.com")),
            ("theme", "Checkout", ("Checkout", "Speed")),
            ("language", "de", ("de", "unsure")),
        )
    },
    "version": [
        {"version": "2.3.0"},
        {"version": ("2.3.0", "2.4.0")},
        {"not_version": "2.3.0"},
        {"version_since": "2.3"},
        {"version_until": "2.4"},
        {"version_since": "2.3", "version_until": "2.4", "not_version": "2.3.1"},
    ],
    "project_id": [{"project_id": "p"}, {"project_id": ("p", "q")}],
    "dates": [
        {"since": "28d"},
        {"since": date(2026, 10, 1), "until": date(2026, 11, 1)},
        {"until": datetime(2026, 11, 1, 9, 30, tzinfo=UTC)},
    ],
    "text": [{"text": "pay"}, {"text": "pay|card", "regex": True}],
    "search": [{"search": "pay OR card"}, {"search": "page:cart"}],
    "archived": [{"archived": True}, {"archived": False}],
}
"""Typical values of each part of a filter."""
SEARCHES: Final = {
    "type": "type:bug",
    "status": "-status:closed",
    "source": "source:widget",
    "version": "version:>=2.3",
    "path": "path:/cart",
    "submitted_by": "submitter:ada",
    "project_id": "project:p",
    "theme": "theme:Checkout",
    "language": "language:de",
    "dates": "since:28d",
    "search": "pay OR /card|bank/",
    "archived": "archived:yes",
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for panel in (sw.Explorer, sw.Compare):
        monkeypatch.setattr(panel, "_soon", lambda _, __, action, *, pause: action())  # noqa: ARG005  # as the original


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    frame = feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame.head(600)
    at = pl.int_range(pl.len())
    return frame.with_columns(
        archived=at % 5 == 0,
        submitted_by=pl.lit(pl.Series(["ada", "bob@example.com", None])).gather(at % 3),
        language=pl.lit(pl.Series(["de", "en", "unsure", None])).gather(at % 4),
        theme=pl.concat_list(pl.lit(pl.Series(["Checkout", "Speed", "Checkout / Card"])).gather(at % 3)),
    )


def of(where: FeedbackFilter, frame: pl.DataFrame) -> list[str]:
    return where.apply(frame)["id"].to_list()


def chips(page: PanelPage) -> list[str]:
    assert not page.failed
    return [chip["part"] for chip in page.view["chips"]]


def test_every_field_of_a_filter_belongs_to_a_part_that_is_tried() -> None:
    apart = {"time_zone", "allow"}  # they change how others are read
    assert {name for names in PARTS.values() for name in names} == {one.name for one in fields(FeedbackFilter)} - apart
    assert {*VALUES} == {*SEARCHES, "text"} == {*PARTS}  # what is typed into a search box is its search
    assert {name for part in PARTS for given in VALUES[part] for name in given} >= {
        name for names in PARTS.values() for name in names
    }


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_code_sets_has_a_chip_and_selects_its_items_until_it_is_cleared(
    rows: pl.DataFrame, part: str
) -> None:
    panel = sw.Explorer(rows, where=FeedbackFilter(**VALUES[part][0]))
    page = PanelPage(panel)
    for given in VALUES[part]:
        where = FeedbackFilter(**given)
        panel.filter = where
        assert chips(page) == [part]
        (chip,) = page.view["chips"]
        assert chip["name"] == name_of(part)
        assert chip["said"]
        assert panel.selected["id"].to_list() == of(where, rows)
        page.do("switch", part=part)
        assert (panel.selected.height, panel.filter) == (rows.height, FeedbackFilter())
        page.do("switch", part=part)
        assert panel.filter == where
        page.do("remove", part=part)
        assert (chips(page), panel.filter) == ([], FeedbackFilter())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_one_side_has_a_chip_and_selects_its_items(rows: pl.DataFrame, part: str) -> None:
    where = FeedbackFilter(**VALUES[part][0])
    page = PanelPage(sw.Compare(rows, where, FeedbackFilter(), names=("this", "all")))
    one, other = page.view["sides"]
    assert not page.failed
    assert [chip["part"] for chip in one["chips"]] == [part]
    assert (one["selected"], other["selected"]) == (len(of(where, rows)), rows.height)
    page.do("remove", side="a", part=part)
    assert (page.failed, page.view["sides"][0]["chips"]) == ("", [])


def test_a_part_that_is_searched_for_has_a_chip_and_selects_its_items_until_all_are_cleared(rows: pl.DataFrame) -> None:
    panel = sw.Explorer(rows)
    page = PanelPage(panel)
    for part, text in SEARCHES.items():
        page.do("search", text=text)
        assert chips(page) == [part]
        assert is_set(panel.filter, part)
        assert without(panel.filter, part) == FeedbackFilter()
        assert panel.selected["id"].to_list() == of(FeedbackFilter.parse(text), rows)
        page.do("clear")
        assert (chips(page), panel.filter) == ([], FeedbackFilter())


def test_archived_items_are_searched_for_by_name(rows: pl.DataFrame) -> None:
    page = PanelPage(sw.Explorer(rows))
    page.do("search", text="archived:yes")
    assert [(one["name"], one["said"]) for one in page.view["chips"]] == [("Archived", "only")]


@pytest.mark.parametrize(
    "text", ["type:bug", "-type:bug", "type:Bug", "type:idea", "type:IDEA", "status:new -type:idea"]
)
def test_a_search_selects_every_spelling_of_a_value_as_it_does_in_code(rows: pl.DataFrame, text: str) -> None:
    spellings = pl.Series(["Bug", "bug", "Idea", "IDEA", None])
    mixed = rows.with_columns(type=spellings.gather(pl.int_range(rows.height, eager=True) % 5))
    panel = sw.Explorer(mixed)
    PanelPage(panel).do("search", text=text)
    assert panel.selected["id"].to_list() == of(FeedbackFilter.parse(text), mixed)


def test_text_that_is_deleted_while_it_is_typed_leaves_no_filter(rows: pl.DataFrame) -> None:
    where = FeedbackFilter(type="Bug", search="pay")
    panel = sw.Explorer(rows, where=where)
    page = PanelPage(panel)
    for visit, text in enumerate(SEARCHES.values(), start=1):
        page.do("search", text=text, typing=visit)
        assert panel.filter != where
        page.do("search", text="pay", typing=visit)
        assert (page.failed, panel.filter) == ("", where)
    page.do("switch", part="type")
    page.do("search", text="pay type:praise", typing=98)
    assert panel.filter == FeedbackFilter(type="Praise", search="pay")
    page.do("search", text="pay", typing=98)
    assert panel.filter == FeedbackFilter(search="pay")  # the type is still turned off
    page.do("search", text="since:28d", typing=99)
    page.do("search", text="", typing=100)  # the field was left in between
    assert panel.filter == FeedbackFilter(since="28d")
    page.do("search", text="order since:7d", typing=100)
    page.do("sort", by="type")
    page.do("search", text="order", typing=100)
    assert panel.filter == FeedbackFilter(since="28d", search="order")


def test_text_that_is_deleted_on_one_side_leaves_no_filter_there(rows: pl.DataFrame) -> None:
    panel = sw.Compare(rows, FeedbackFilter(type="Bug"), FeedbackFilter(type="Idea"))
    page = PanelPage(panel)
    page.do("search", side="b", text="type:praise since:28d", typing=1)
    page.do("search", side="b", text="", typing=1)
    assert (panel.a, panel.b) == (FeedbackFilter(type="Bug"), FeedbackFilter(type="Idea"))


def fail_once(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Let a function raise an error when it is next called; the list is then no longer empty."""
    failed: list[str] = []
    original = resolve_name(name)

    def fail(*given: Any, **more: Any) -> Any:  # whatever the function does
        if failed:
            return original(*given, **more)
        failed.append(name)
        raise RuntimeError("broken")

    monkeypatch.setattr(name, fail)
    return failed


SHOWN: Final = ("selected", "chips", "facets", "search", "dates", "sort", "tab", "back", "forth", "layout")


@pytest.mark.parametrize("broken", ["session.Session.view", "explorer.view"])
@pytest.mark.parametrize(
    ("does", "more"),
    [
        ("search", {"text": "type:bug"}),
        ("choose", {"part": "type", "value": "Bug", "how": "in"}),
        ("unfold", {"name": "source", "folded": False}),
        ("step", {"by": -1}),
        ("tab", {"tab": "What changed", "by": "version", "every": "1mo"}),
    ],
)
def test_an_error_on_the_way_changes_nothing(
    rows: pl.DataFrame, does: str, more: dict[str, Any], broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = sw.Explorer(rows)
    page = PanelPage(panel)
    page.do("tab", tab="Pages")
    page.do("search", text="pay")
    shown, time, where = {key: page.view[key] for key in SHOWN}, page.time, FeedbackFilter(search="pay")
    failed = fail_once(monkeypatch, f"seggwat_nb.panels.{broken}")
    page.do(does, **more)
    assert page.failed == "RuntimeError: broken" * len(failed)
    if failed:
        assert {key: page.view[key] for key in SHOWN} == shown
        assert (page.time, page.told["chart"]["tab"], panel.filter) == (time, "Pages", where)
        assert panel.selected["id"].to_list() == of(where, rows)
    page.do(does, **more)
    assert not page.failed
    assert page.view["selected"] == panel.selected.height == len(of(panel.filter, rows))


def test_an_error_on_the_way_of_a_comparison_changes_neither_side(
    rows: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = sw.Compare(rows, FeedbackFilter(type="Bug"), FeedbackFilter(type="Idea"))
    page = PanelPage(panel)
    shown, filters = {**page.view}, (panel.a, panel.b)
    for does, more in (("swap", {}), ("periods", {"wanted": "7"}), ("view", {"by": "path"}), ("filters", {"open": 1})):
        fail_once(monkeypatch, "seggwat_nb.panels.compare.in_words")
        page.do(does, side="a", **more)
        assert page.failed == "RuntimeError: broken"
        assert {key: page.view[key] for key in ("sides", "by", "words", "charts")} == {
            key: shown[key] for key in ("sides", "by", "words", "charts")
        }
        assert (panel.a, panel.b) == filters
    fail_once(monkeypatch, "seggwat_nb.panels.compare.in_words")
    with pytest.raises(RuntimeError, match="broken"):
        panel.a = FeedbackFilter(status="New")
    assert (panel.a, panel.b) == filters
    page.do("swap")
    assert (panel.a, panel.b) == filters[::-1]
    assert page.view["charts"] != shown["charts"]
