"""A report in Chromium, opened from a file with the network off: all of it there, and nothing of strangers' runs."""

from __future__ import annotations

import io
from contextlib import contextmanager
from functools import partial
from operator import eq, ne
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PageObject, PdfReader
from typer.testing import CliRunner

from seggwat_nb.cli.entry_point import app
from seggwat_nb.share.report import pdf, run
from tests.browser.axe import faults
from tests.browser.conftest import photograph, until
from tests.stub_client import StubClient, answer, item
from tests.unit.test_page import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

_LARGEST = 2_000_000
"""Bytes that a report of a project of the demo's size may have."""


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    """Give a report that a whole module looks at a home of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CACHE", "DATA"):
            patch.setenv(f"SEGGWAT_NB_{name}_DIR", str(folder / name.lower()))
        for name in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(folder / f"jupyter-{name.lower()}"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.chdir(folder)
        yield


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a report of the demo project, as a shell does."""
    folder = tmp_path_factory.mktemp("plain")
    with _home(folder):
        done = CliRunner().invoke(app, ["report", "--demo", "--out", "all.html"])
    assert done.exit_code == 0, done.output
    return folder / "all.html"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a report in which every field of every row is an attack."""
    fields = ("message", "type", "status", "source", "path", "version", "submitted_by", "resolution_note")
    texts = [*HOSTILE, "x" * 400]
    items = [item(n, **{field: texts[(n + k) % len(texts)] for k, field in enumerate(fields)}) for n in range(160)]
    spike = [item(300 + n, created_at=items[40]["created_at"], message=texts[n % len(texts)]) for n in range(30)]
    answers = [answer(n, path=texts[n % len(texts)]) for n in range(40)]
    client = StubClient(items=[*items, *spike], answers=answers, name=HOSTILE[0])
    folder = tmp_path_factory.mktemp("hostile")
    with _home(folder):
        return run.report(client, folder / "report.html", masked=False)  # type: ignore[arg-type]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a file with the network off; what is asked for, or said on the console as an error, fails the test."""
    contexts, wrong = [], []

    def open_(path: Path, *, width: int = 1100, dark: bool = False, paper: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, offline=True, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda asked: wrong.append(asked.url) if asked.url != path.as_uri() else None)
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        if paper:
            page.emulate_media(media="print")
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def _filter(page: Page, label: str) -> Locator:
    return page.locator("#seggwat-bar").get_by_label(label)


def _marks(page: Page, place: int) -> list[str]:
    """Return the geometry of a chart's marks, in no order."""
    marks = page.locator("figure.chart").nth(place).locator("svg .mark-rect path, svg .mark-symbol path")
    drawn: list[str] = marks.evaluate_all(
        "marks => marks.map(mark => `${mark.getAttribute('d')} ${mark.getAttribute('transform')}`)"
    )
    return sorted(drawn)


def test_every_chart_is_drawn_and_the_file_is_small(opened: Callable[..., Page], plain: Path) -> None:
    page = opened(plain)

    charts = page.locator("figure.chart")
    assert charts.count() == 8
    assert page.locator("figure.chart.drawn svg.marks").count() == 8
    assert all(chart.locator(".mark-rect path, .mark-symbol path").count() for chart in charts.all())
    assert plain.stat().st_size < _LARGEST
    assert page.locator("pre").count() == 0


def test_without_scripts_there_is_a_picture_of_every_chart(browser: Browser, plain: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(plain.as_uri())
    pictures = page.locator("figure.chart img")
    sizes = pictures.evaluate_all("pictures => pictures.map(picture => [picture.alt, picture.naturalWidth])")
    assert len(sizes) == page.locator("figure.chart").count()
    assert all(name and width > 300 for name, width in sizes)
    assert not page.locator(".interactive, #seggwat-bar").filter(visible=True).count()
    context.close()


def test_a_link_of_a_finding_filters_the_page_and_one_click_clears_it(opened: Callable[..., Page], plain: Path) -> None:
    page = opened(plain)
    state, volume = page.locator("#seggwat-state"), _marks(page, 0)
    assert not state.is_visible()
    page.get_by_role("link", name="Show these items").first.click()
    until(page, state.text_content, lambda said: "Finding: 1." in str(said))
    number = str(page.locator("ol.findings li").first.text_content()).split(" items · ")[0].rpartition(".")[2]
    assert str(state.text_content()).startswith(f"{number.strip()} of ")
    listed = page.locator("section.table nav [role=status]").last
    assert f"of {number.strip()} " in str(listed.text_content())
    until(page, partial(_marks, page, 0), partial(ne, volume))
    said = [note for note in page.locator(".unfiltered").all_text_contents() if note]
    assert "Not filtered by finding." in said
    assert page.url.endswith("#finding=1")
    page.get_by_role("button", name="Clear filters").click()
    until(page, partial(_marks, page, 0), partial(eq, volume))
    assert not state.is_visible()


def test_an_address_sets_the_filters_and_every_number_is_a_count(opened: Callable[..., Page], plain: Path) -> None:
    page = opened(plain)
    held = page.evaluate("() => JSON.parse(document.querySelector('#seggwat-store').textContent).tables.at(-1)")
    totals = [dict(zip(held["totals"]["names"], row, strict=True)) for row in held["totals"]["rows"]]
    places = held["filters"]
    walk = [("Bug", None), ("Feature", "New"), ("Praise", "Closed"), (None, "Active"), (None, None)]
    for chosen in ({"type": kind, "status": status} for kind, status in walk):
        named = {name: value for name, value in chosen.items() if value}
        page.evaluate("hash => { location.hash = hash; }", "&".join(f"{name}={value}" for name, value in named.items()))
        count = sum(
            one["count"]
            for one in totals
            if one["chosen_finding"] is None and all(one[f"chosen_{name}"] == named[name] for name in named)
        )
        rows = [row for row in held["rows"] if all(row[places[f"chosen_{name}"]] == named[name] for name in named)]
        listed = page.locator("section.table .tools .soft").last
        until(page, listed.text_content, partial(eq, f"Lists {len(rows):,} of {count:,} items."))
        said = str(page.locator("#seggwat-state").text_content())
        assert said.startswith(f"{count:,} of ") if named else not said
        waiting = str(page.locator(".figures > div", has_text="Open now").locator(".value").text_content())
        assert int(waiting.replace(",", "")) <= count


def test_one_bar_drives_the_first_chart_the_last_and_the_table(opened: Callable[..., Page], plain: Path) -> None:
    page = opened(plain)
    last = page.locator("figure.chart").count() - 1
    before = {place: _marks(page, place) for place in (0, 1, 2, last)}

    _filter(page, "Type").select_option(label="Feature")
    for place, old in before.items():
        until(page, partial(_marks, page, place), partial(ne, old))
    kinds = page.locator("section.table tbody td[data-label=Type]").all_text_contents()
    page.get_by_role("button", name="Show all").click()

    assert set(kinds) == {"Feature"}
    for place, old in before.items():
        until(page, partial(_marks, page, place), partial(eq, old))


@pytest.mark.parametrize("width", [1440, 1040, 1024, 390])
def test_the_bar_covers_the_rows_that_scroll_below_it(opened: Callable[..., Page], plain: Path, width: int) -> None:
    page = opened(plain, width=width)
    edges = "one => [one.getBoundingClientRect().left, one.getBoundingClientRect().right]"
    left, right = page.locator("#seggwat-bar").evaluate(edges)
    assert [left, right] == page.locator("section.table").last.evaluate(edges)
    label = page.locator("#seggwat-bar label").first.evaluate(edges)[0]
    assert label == page.locator("main > h1").evaluate(edges)[0]


def test_its_text_follows_the_font_size_of_the_browser(opened: Callable[..., Page], plain: Path) -> None:
    page = opened(plain)
    page.evaluate("() => { document.documentElement.style.fontSize = '20px'; }")
    assert page.evaluate("() => getComputedStyle(document.body).fontSize") == "20px"


def test_the_table_is_searched_sorted_and_paged(opened: Callable[..., Page], plain: Path) -> None:
    page = opened(plain)
    table = page.locator("section.table")
    messages = table.locator("tbody td[data-label=Message]")
    assert messages.count() == 25
    newest = messages.first.text_content()

    table.get_by_role("searchbox").fill("EXPORT")
    found = table.locator("tbody tr").all_text_contents()
    assert found
    assert all("export" in row.lower() for row in found)
    assert "(filtered from 500)" in str(table.get_by_role("status").text_content())
    table.get_by_role("searchbox").fill('export -type:bug OR "no such phrase')
    assert (
        table.locator(".problem").text_content() == "The quote at character 21 is not closed. Close it, or remove it."
    )
    assert table.locator("tbody tr").all_text_contents() == found
    table.get_by_role("searchbox").fill('export -type:bug OR "no such phrase"')
    kinds = table.locator("tbody td[data-label=Type]").all_text_contents()
    assert kinds
    assert "Bug" not in kinds
    assert not table.locator(".problem").text_content()
    table.get_by_role("searchbox").fill("")
    table.get_by_role("button", name="Date").click()
    table.get_by_role("button", name="Date").click()
    written = table.locator("tbody td[data-label=Date]").all_text_contents()
    assert written == sorted(written)
    assert table.locator("th[aria-sort=ascending]").text_content() == "Date"
    table.get_by_role("button", name="Date").click()
    assert messages.first.text_content() == newest
    table.get_by_role("button", name="Next page").click()
    assert str(table.get_by_role("status").text_content()).startswith("26\u201350 of 500")


def test_the_address_has_the_search_and_says_what_the_report_does_not_have(
    opened: Callable[..., Page], plain: Path
) -> None:
    page = opened(plain)
    state = page.locator("#seggwat-state")
    page.evaluate("() => { location.hash = 'type=bug&status=Nonsense'; }")
    until(page, state.text_content, lambda said: "Not in this report: status “Nonsense”." in str(said))
    assert "Type: Bug." in str(state.text_content())
    page.locator("section.table").get_by_role("searchbox").fill("export OR import")
    found = page.locator("section.table tbody tr").all_text_contents()
    address = page.url
    page.evaluate("() => { location.hash = ''; }")
    until(page, page.locator("section.table").get_by_role("searchbox").input_value, partial(eq, ""))
    page.evaluate("hash => { location.hash = hash; }", address.partition("#")[2])
    until(page, page.locator("section.table tbody tr").all_text_contents, partial(eq, found))
    assert page.locator("section.table").get_by_role("searchbox").input_value() == "export OR import"


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a report of long messages, such as mails and stack traces."""
    messages = ["\n".join(f"Line {line} of message {n}" for line in range(30)) for n in range(40)]
    items = [item(n, message=message) for n, message in enumerate(messages)]
    folder = tmp_path_factory.mktemp("long")
    with _home(folder):
        return run.report(StubClient(items=items), folder / "report.html")  # type: ignore[arg-type]


def test_of_a_long_message_the_first_lines_are_shown(opened: Callable[..., Page], long: Path) -> None:
    page = opened(long)
    photograph(page.locator("section.table"), "report-long-messages")
    row = page.locator("section.table tbody tr").first
    height = row.evaluate("row => row.clientHeight")
    more = row.get_by_role("button", name="Show more")
    more.click()
    whole = row.evaluate("row => row.clientHeight")
    assert 3 * height < whole
    row.get_by_role("button", name="Show less").click()
    assert row.evaluate("row => row.clientHeight") == height

    texts = [page.extract_text() for page in PdfReader(io.BytesIO(pdf.print_page(long.read_bytes()))).pages]
    listed = [text for text in texts if "Line 0 of message" in text]
    assert len(listed) > 1
    assert all("Submitter" in text for text in listed)  # the heads of the columns
    assert "Shown: 1\u201325 of 40" in listed[-1]


def test_pointing_at_a_bar_tells_its_figures(opened: Callable[..., Page], plain: Path) -> None:
    page = opened(plain)

    page.locator("figure.chart").first.locator("svg .mark-rect path").nth(20).hover()

    tooltip = page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    keys = tooltip.locator("td.key").all_text_contents()
    assert [key.rstrip(":") for key in keys] == ["From", "Type", "Items", "Known"]


@pytest.mark.parametrize("width", [390, 1100])
def test_with_attacks_in_every_field_nothing_runs_and_the_layout_holds(
    opened: Callable[..., Page], hostile: Path, width: int
) -> None:
    page = opened(hostile, width=width)

    _filter(page, "Type").select_option(index=2)
    _filter(page, "Status").select_option(index=1)
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("searchbox").fill("script")
    page.locator("th button").first.dispatch_event("click")
    page.locator("figure.chart").first.locator("svg .mark-rect path").first.hover()

    assert page.locator("body").evaluate("() => window.__ran") is None
    assert page.locator("figure.chart.drawn svg.marks").count() == 5
    assert page.locator("html").evaluate("page => page.scrollWidth") <= width
    assert page.locator("main script, main svg script, main iframe, main img").count() == 0
    assert HOSTILE[0] in " ".join(page.locator("section.table tbody td").all_text_contents())
    assert HOSTILE[0] in str(page.locator("p.byline").text_content())


def _flat(outline: list[Any]) -> list[Any]:
    return [one for entry in outline for one in (_flat(entry) if isinstance(entry, list) else [entry])]


_MARGIN = 16 / 25.4 * 72
"""The lower margin of a page, which has its number, in points."""


def _filled(page: PageObject) -> float:
    """Return how far down a page its text goes, apart from the page number in the margin."""
    heights: list[float] = []

    def note(text: str, page: list[float], line: list[float], *_: object) -> None:
        if text.strip():
            heights.append(line[4] * page[1] + line[5] * page[3] + page[5])

    page.extract_text(visitor_text=note)
    return 1 - min(height for height in heights if height > _MARGIN) / float(page.mediabox.height)


def test_it_is_printed_with_every_chart(plain: Path) -> None:
    printed = pdf.print_page(plain.read_bytes())

    assert printed.startswith(b"%PDF-")
    read = PdfReader(io.BytesIO(printed))
    assert 3 <= len(read.pages) <= 12
    assert min(_filled(page) for page in read.pages[:-1]) > 0.6
    texts = [page.extract_text() for page in read.pages]
    assert "Feedback report" in texts[0]
    assert all(f"{number} / {len(texts)}" in text for number, text in enumerate(texts, start=1))
    headings = {entry.title: read.get_destination_page_number(entry) or 0 for entry in _flat(read.outline)}
    assert {"Findings", "Key figures", "What changed", "Items"} <= set(headings)
    assert list(headings.values()) == sorted(headings.values())
    assert "What changed" in texts[headings["What changed"]]
    assert read.page_mode == "/UseOutlines"
    assert not any(word in text for text in texts for word in ("Hover", "Click", "Clear filters", "Show all"))
    assert read.metadata is not None
    assert (read.metadata.creator, read.metadata.producer) == ("seggwat_nb", "seggwat_nb")
    assert b"Mozilla" not in printed


def test_charts_without_marks_have_no_fault(opened: Callable[..., Page], plain: Path) -> None:
    page = opened(plain)
    page.evaluate("location.hash = '#type=Idea&status=Snoozed'")
    page.locator("svg .role-mark[role]:empty").first.wait_for(state="attached")
    until(page, lambda: faults(page), lambda found: not found)


@pytest.mark.parametrize(
    ("name", "width", "look"),
    [
        ("desktop", 1100, {}),
        ("dark", 1100, {"dark": True}),
        ("phone", 390, {}),
        ("paper", 680, {"paper": True}),
    ],
)
def test_it_is_as_wide_as_where_it_is_read_and_axe_finds_no_fault(
    opened: Callable[..., Page], plain: Path, name: str, width: int, look: dict[str, bool]
) -> None:
    page = opened(plain, width=width, **look)

    assert faults(page) == []
    assert page.locator("html").evaluate("page => page.scrollWidth") <= width
    drawn = [box["width"] for svg in page.locator("svg.marks").all() if (box := svg.bounding_box())]
    assert max(drawn) <= width
    assert min(drawn) > 0.75 * min(width, 840)
    assert page.locator("#seggwat-bar").is_visible() is (name != "paper")
    lines = """cells => cells.map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return range.getClientRects().length;
    })"""
    assert set(page.locator("section.table td.word:not(:empty)").evaluate_all(lines)) == {1}
    photograph(page, f"report-{name}", full_page=True)
