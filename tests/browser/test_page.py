"""The explorer's page of counts in Chromium, opened from a file with the network off: its sums are those of polars."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
import pytest

from seggwat_nb import FeedbackFilter
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.panels.compare import Compare
from seggwat_nb.panels.explorer import Explorer
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.source.frames import feedback_frame
from tests.awkward import AWKWARD
from tests.browser.axe import faults
from tests.browser.conftest import photograph, until
from tests.stub_client import AS_OF, item
from tests.unit.test_page import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

ABOUT = Provenance(
    resource="feedback", as_of=AS_OF, finished=AS_OF, served_from="api", requests=1, rows=2_000, demo=True
)


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=AS_OF, project_id="p")], project_id="p").frame


@pytest.fixture(scope="module")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put the bundle together once, and in no cache of the person who runs this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGGWAT_NB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def plain(_cache: None, story: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    panel = Explorer(story, about=ABOUT)
    written = panel.to_html(tmp_path_factory.mktemp("plain") / "page.html")
    panel.close()
    return written


@pytest.fixture(scope="module")
def hostile(_cache: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a page in which every value is an attack, and the filter too."""
    texts = [*HOSTILE, "x" * 400]
    fields = ("message", "type", "status", "source", "path", "version")
    rows = [item(n, **{field: texts[(n + k) % len(texts)] for k, field in enumerate(fields)}) for n in range(160)]
    panel = Explorer(pl.DataFrame(rows, schema=FEEDBACK), where=FeedbackFilter(type=HOSTILE))
    written = panel.to_html(tmp_path_factory.mktemp("hostile") / "page.html")
    panel.close()
    return written


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a file with the network off; what is asked for, or said on the console, fails the test."""
    contexts, wrong = [], []

    def open_(path: Path, *, width: int = 1440, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, offline=True, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda asked: wrong.append(asked.url) if asked.url != path.as_uri() else None)
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def _tick(page: Page, column: str, value: str) -> None:
    page.get_by_role("group", name=column).get_by_role("checkbox", name=re.compile(rf"^{re.escape(value)}\b")).check()


def _counts(page: Page, column: str) -> dict[str, int]:
    rows = page.get_by_role("group", name=column).locator("label")
    shown = rows.evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('.seggwat-name, .seggwat-count')].map(s => s.innerText))"
    )
    return {name: int(count.replace(",", "")) for name, count in shown}


def _drawn(page: Page) -> dict[tuple[str, str], int]:
    """Read the marks of the chart: period and value to items, with heights that agree."""
    marks = page.locator("figure.chart svg .mark-rect path").evaluate_all(
        "marks => marks.map(mark => [mark.getAttribute('aria-label'), mark.getBBox().height])"
    )
    told = [re.fullmatch(r"(.+?), (.+): ([\d,]+) items?, .*", label) for label, _ in marks]
    found = {(mark[1], mark[2]): int(mark[3].replace(",", "")) for mark in told if mark}
    assert len(found) == len(marks)
    pixels = {round(height / count, 3) for count, (_, height) in zip(found.values(), marks, strict=True)}
    assert max(pixels, default=0) - min(pixels, default=0) < 0.01
    return found


def _wanted(rows: pl.DataFrame, by: str) -> dict[tuple[str, str], int]:
    week = pl.col("created_at").dt.truncate("1w").dt.strftime("%-d %b %Y")
    return {(when, value): n for when, value, n in rows.group_by(week, by).len().iter_rows()}


def test_ticking_boxes_leaves_what_polars_leaves(opened: Callable[..., Page], plain: Path, story: pl.DataFrame) -> None:
    page = opened(plain)
    told = page.get_by_role("status")
    assert told.text_content() == f"{story.height:,} of {story.height:,} items"

    _tick(page, "Type", "Bug")
    _tick(page, "Type", "Feature")
    _tick(page, "Source", "Widget")
    page.get_by_role("combobox", name="Color by").select_option(label="Status")

    left = FeedbackFilter(type=("Bug", "Feature"), source="Widget").apply(story)
    assert told.text_content() == f"{left.height:,} of {story.height:,} items"
    until(page, partial(_drawn, page), lambda drawn: drawn == _wanted(left, "status"))
    statuses = dict(left["status"].value_counts().iter_rows())
    assert {name: n for name, n in _counts(page, "Status").items() if n} == statuses
    of_widget = FeedbackFilter(source="Widget").apply(story)["type"].value_counts()
    seen = {name: n for name, n in _counts(page, "Type").items() if not name.startswith("Rare (")}
    assert seen == {name: n for name, n in of_widget.iter_rows() if name in seen}


def test_dates_are_chosen_by_the_week_and_all_is_shown_again(
    opened: Callable[..., Page], plain: Path, story: pl.DataFrame
) -> None:
    page = opened(plain)
    told = page.get_by_role("status")

    page.get_by_role("combobox", name="From").select_option(label="5 Oct 2026")
    page.get_by_role("combobox", name="To").select_option(label="26 Oct 2026")
    left = FeedbackFilter(since="2026-10-05", until="2026-11-02").apply(story)
    assert told.text_content() == f"{left.height:,} of {story.height:,} items"
    page.get_by_role("combobox", name="From").select_option(label="2 Nov 2026")
    assert page.get_by_role("combobox", name="To").locator("option:checked").text_content() == "2 Nov 2026"
    page.get_by_role("button", name="Show all").click()

    assert told.text_content() == f"{story.height:,} of {story.height:,} items"
    until(page, partial(_drawn, page), lambda drawn: sum(drawn.values()) == story.height)


def test_it_is_worked_by_keys_and_says_so_where_nothing_is_left(opened: Callable[..., Page], plain: Path) -> None:
    page = opened(plain)

    page.get_by_role("checkbox").first.focus()
    page.keyboard.press("Space")
    assert page.get_by_role("checkbox").first.is_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.get_by_role("checkbox").nth(1).is_checked()
    page.get_by_role("button", name="Show all").press("Enter")
    assert page.get_by_role("checkbox", checked=True).count() == 0

    _tick(page, "Source", "Stripe")
    _tick(page, "Type", "Bug")
    assert str(page.get_by_role("status").text_content()).startswith("0 of")
    assert "No items match" in str(page.locator("figcaption").text_content())
    until(page, partial(_drawn, page), lambda drawn: not drawn)


def test_bars_have_the_colors_of_the_chart_only_and_paper_has_no_controls(
    opened: Callable[..., Page], plain: Path, story: pl.DataFrame
) -> None:
    page = opened(plain)
    assert f"Includes all {story.height:,} items." in str(page.locator("p.byline").text_content())

    def colours(column: str) -> set[str]:
        rows = page.get_by_role("group", name=column).locator("label")
        return set(rows.evaluate_all("rows => rows.map(row => getComputedStyle(row).backgroundImage)"))

    assert len(colours("Type")) > 2
    assert len(colours("Status") | colours("Version") | colours("Source")) == 1
    page.get_by_role("combobox", name="Color by").select_option(label="Status")
    assert len(colours("Status")) > 2
    assert len(colours("Type")) == 1

    controls = page.locator(".bar-of-all button, .choices select")
    assert controls.count() == 4
    page.get_by_role("combobox", name="From").select_option(label="5 Oct 2026")
    said = page.get_by_text(re.compile("^From 5 Oct 2026 to "))
    assert said.is_hidden()
    page.emulate_media(media="print")
    assert all(one.is_hidden() for one in controls.all())
    assert said.is_visible()
    photograph(page, "page-print", full_page=True)


@pytest.mark.parametrize("width", [400, 1440])
def test_with_attacks_in_every_value_nothing_runs_and_the_layout_holds(
    opened: Callable[..., Page], hostile: Path, width: int
) -> None:
    page = opened(hostile, width=width)

    for column in ("Status", "Source", "Version"):
        page.get_by_role("combobox", name="Color by").select_option(label=column)
        page.get_by_role("group", name=column).get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Show all").click()
    page.locator("figure.chart svg .mark-rect path").first.hover()
    page.locator("#vg-tooltip-element.visible").wait_for()

    assert page.locator("body").evaluate("() => window.__ran") is None
    assert page.locator("html").evaluate("page => page.scrollWidth") <= width
    assert page.locator("main script, main iframe, main img").count() == 0
    assert HOSTILE[0] in str(page.locator("p.byline").text_content())
    assert HOSTILE[1] in page.get_by_role("group", name="Status").locator(".seggwat-name").all_text_contents()


@pytest.mark.parametrize(("name", "width"), [("light", 1440), ("dark", 1440), ("phone", 400)])
def test_it_is_as_wide_as_where_it_is_read_and_axe_finds_no_fault(
    opened: Callable[..., Page], plain: Path, name: str, width: int
) -> None:
    page = opened(plain, width=width, dark=name == "dark")
    assert faults(page) == []

    assert page.locator("html").evaluate("page => page.scrollWidth") <= width
    box = page.locator("svg.marks").bounding_box()
    assert box is not None
    assert 0.5 * min(width, 1240) < box["width"] <= width
    photograph(page, f"page-{name}", full_page=True)


@pytest.mark.usefixtures("_cache")
@pytest.mark.parametrize("days", [3, 40, 400])
def test_the_chart_over_time_names_its_periods(
    opened: Callable[..., Page], story: pl.DataFrame, tmp_path: Path, days: int
) -> None:
    panel = Explorer(story.filter(pl.col("created_at") > pl.col("created_at").max() - pl.duration(days=days)))
    page = opened(panel.to_html(tmp_path / "page.html"))
    panel.close()
    page.locator("figure.chart svg .mark-rect path").first.wait_for()
    named = page.locator("figure.chart svg .role-axis-label text").all_text_contents()
    assert sum(re.search("[A-Z][a-z]{2}", text) is not None for text in named) >= 2


@pytest.mark.usefixtures("_cache")
@pytest.mark.parametrize("name", ["values like others", "right to left", "long values", "one row", "all nulls"])
def test_pages_of_any_values_are_drawn_and_fit_a_phone(
    opened: Callable[..., Page], story: pl.DataFrame, tmp_path: Path, name: str
) -> None:
    rows = AWKWARD[name](story)
    first = rows["type"][0]
    where = FeedbackFilter() if first is None else FeedbackFilter(type=first, allow=first)
    panel, pair = Explorer(rows), Compare(rows, where, FeedbackFilter(since="10d"))
    if "What changed" in panel._tabs():
        panel.show("What changed")
    files = [
        panel.to_html(tmp_path / "explorer.html"),
        panel.to_html(tmp_path / "tables.html", smallest=5),
        pair.to_html(tmp_path / "compare.html"),
    ]
    panel.close()
    pair.close()
    for file in files:
        page = opened(file, width=360)
        assert faults(page) == []
        assert page.locator("html").evaluate("page => page.scrollWidth") <= 360, file.name


@pytest.mark.usefixtures("_cache")
def test_the_view_that_is_open_is_drawn_below_the_counts(
    opened: Callable[..., Page], story: pl.DataFrame, tmp_path: Path
) -> None:
    panel = Explorer(story, about=ABOUT)
    panel.show("Versions")
    page = opened(panel.to_html(tmp_path / "versions.html"))
    panel.close()
    beside = page.locator("#seggwat-beside")
    beside.locator("svg text", has_text="2.4.0").first.wait_for()
    assert beside.locator("figcaption").inner_text().startswith("Share of bugs by version")
    assert faults(page) == []
    photograph(page, "page-versions", full_page=True)

    panel = Explorer(story.select("created_at").clear())
    bare = opened(panel.to_html(tmp_path / "bare.html"))
    panel.close()
    assert str(bare.locator("figcaption").text_content()).endswith("There are no items.")
    assert bare.locator(".sides").count() == 0  # no room for boxes that are not there
