"""The explorer in JupyterLab: what a person does with mouse and keyboard, and what Python then says."""

from __future__ import annotations

import json
import os
import re
from functools import partial
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS, until, write_notebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import CDPSession, Locator, Page

    from tests.browser.conftest import Lab, Served

HOSTILE = "</script><script>window.taken = 1</script><img src=http://192.0.2.1/x onerror='window.taken = 1'>\u202e"
LOAD = """
import seggwat_nb as sw
client = sw.connect()
feedback = client.feedback()
about = client.last_load
ratings = client.ratings()
"""
PANEL = "panel = sw.Explorer(feedback, ratings=ratings, about=about)\npanel"
ASK = """
from ipywidgets import Button, HTML
asked, answer = Button(description="Ask Python"), HTML()
def reply(_):
    with panel.busy:  # what is typed changes it in another thread
        answer.value = f"{panel.selected.height} rows: {panel.filter.describe()}"
asked.on_click(reply)
display(asked, answer)
"""


def started(opened: Callable[..., Lab], tmp_path: Path, *cells: str, dark: bool = False, width: int = 1440) -> Page:
    lab = opened(write_notebook(tmp_path / "explorer.ipynb", *cells), dark=dark)
    lab.page.set_viewport_size({"width": width, "height": 1500})
    lab.run()
    lab.page.wait_for_selector(".seggwat-chart[data-drawn] svg text")
    return lab.page


def selected(page: Page) -> int:
    return int(page.locator(".seggwat-summary b").inner_text().replace(",", ""))


def has_selected(page: Page, wanted: Callable[[int], bool]) -> int:
    """Wait until the number of items selected is one that is wanted."""
    return until(page, lambda: selected(page), wanted)


def told(page: Page, words: str) -> str:
    """Ask Python until it answers with these words: what was typed or dragged is looked at after a pause."""

    def ask() -> str:
        page.get_by_role("button", name="Ask Python").dispatch_event("click")  # wherever a chart has moved it
        return page.get_by_text(re.compile("^[0-9]+ rows: ")).inner_text()

    return until(page, ask, lambda answer: words in answer)


def drawn_items(page: Page) -> int:
    """Items that the bars of the chart add up to, from what the page says of each bar to a screen reader."""
    return int(
        page.evaluate(
            """() => [...document.querySelectorAll('.seggwat-chart:last-of-type svg [aria-label*=" item"]')]
                .map(bar => Number(/: (\\d+) items?, /.exec(bar.getAttribute('aria-label'))[1]))
                .reduce((sum, one) => sum + one, 0)"""
        )
    )


def test_picking_typing_dragging_and_resetting_agree_with_python(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, ASK)
    everything = selected(page)
    until(page, lambda: drawn_items(page), lambda number: number == everything)

    page.get_by_role("checkbox", name="Bug").check()
    bugs = has_selected(page, lambda number: number < everything)
    page.get_by_role("textbox", name="Text", exact=True).press_sequentially("payment")
    page.get_by_role("button", name='text "payment" ✕').wait_for()
    paying = has_selected(page, lambda number: 0 < number < bugs)
    expect(page.locator(".seggwat-table mark").first).to_have_text(re.compile("^payment$", re.IGNORECASE))
    assert told(page, "payment") == f'{paying} rows: type Bug, text "payment"'
    expect(page.locator(".seggwat-table tbody tr")).to_have_count(10)
    until(page, lambda: drawn_items(page), lambda number: number == paying)

    page.get_by_role("button", name='text "payment" ✕').click()
    has_selected(page, lambda number: number == bugs)
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_have_value("")

    box = page.locator(".seggwat-chart svg").first.bounding_box()
    assert box is not None
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    page.mouse.move(middle, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(middle + 20 * step, y)
    page.mouse.up()
    has_selected(page, lambda number: 0 < number < bugs)
    until(page, lambda: told(page, "type Bug, since 20"), lambda said: said.startswith(f"{selected(page)} rows: "))
    page.locator(".seggwat-chart svg").first.click(position={"x": 100, "y": 15})
    has_selected(page, lambda number: number == bugs)

    page.get_by_role("button", name="Reset all").click()
    has_selected(page, lambda number: number == everything)
    expect(page.get_by_role("checkbox", name="Bug")).not_to_be_checked()


def test_charts_are_filters_and_items_open(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, ASK)
    everything = selected(page)
    page.get_by_role("button", name="Pages", exact=True).click()
    page.get_by_text("Click to go one level down").wait_for()
    page.locator('.seggwat-chart svg [aria-label*="Path: /checkout"]').first.click()
    has_selected(page, lambda number: number < everything)
    assert told(page, "path /checkout").endswith("rows: path /checkout")
    page.get_by_text("Pages below /checkout").wait_for()

    first = page.locator(".seggwat-table tbody tr").first.inner_text()
    page.get_by_role("button", name="Next page").click()
    until(page, page.locator(".seggwat-table tbody tr").first.inner_text, lambda row: row != first)
    page.get_by_role("button", name="Sort by Type").click()
    page.locator(".seggwat-table th[aria-sort=descending] button").get_by_text("Type").wait_for()
    page.locator(".seggwat-opener").first.focus()
    page.keyboard.press("Enter")
    page.locator(".seggwat-table dl").get_by_text("resolution note").wait_for()
    page.locator(".seggwat-line").nth(3).locator("td.seggwat-type").click()
    expect(page.locator(".seggwat-line").nth(3)).to_have_class(re.compile("seggwat-open"))

    page.get_by_role("textbox", name="Text", exact=True).fill("(")
    page.get_by_role("checkbox", name="Regular expression").check()
    page.locator(".seggwat-error").get_by_text("regular expression").wait_for()


def test_what_is_shown_is_dimmed_while_something_else_is_computed(opened: Callable[..., Lab], tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    slow = f"""
from pathlib import Path
from seggwat_nb.panels import pictures
versions = pictures.VIEWS["Versions"]
def waiting(asked):
    Path({str(gate)!r}).read_text()  # until the test writes to it
    return versions(asked)
pictures.VIEWS["Versions"] = waiting
"""
    page = started(opened, tmp_path, LOAD, slow, PANEL)
    panel, charts = page.locator(".seggwat-panel"), page.locator(".seggwat-charts")
    expect(charts).to_have_css("opacity", "1")
    page.get_by_role("button", name="Versions", exact=True).click()
    expect(panel).to_have_attribute("aria-busy", "true")
    expect(charts).to_have_css("opacity", "0.45")
    gate.write_text("go on")
    expect(panel).to_have_attribute("aria-busy", "false")
    expect(charts).to_have_css("opacity", "1")
    expect(page.locator("figcaption", has_text="Share of bugs by version")).to_be_visible()


def test_a_preset_outlives_the_kernel(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, ASK)
    page.get_by_role("checkbox", name="Praise").check()
    page.get_by_role("checkbox", name="Resolved").check()
    for chip in ("Praise ✕", "Resolved ✕"):
        page.get_by_role("button", name=chip).wait_for()
    wanted = has_selected(page, lambda number: number < 500)
    page.get_by_placeholder("Name of a preset").fill("thanks")
    page.get_by_placeholder("Name of a preset").press("Tab")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved as").wait_for()

    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }")
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.get_by_text("Saved as").wait_for(state="detached")
    page.wait_for_selector(".seggwat-chart[data-drawn] svg text")
    page.get_by_placeholder("Name of a preset").fill("thanks")
    page.get_by_placeholder("Name of a preset").press("Tab")
    page.get_by_role("button", name="Load", exact=True).click()
    has_selected(page, lambda number: number == wanted)
    assert told(page, "type Praise").endswith("type Praise, status Resolved")


def test_a_saved_panel_that_nothing_brings_to_life_is_a_picture(
    opened: Callable[..., Lab], served: Served, tmp_path: Path
) -> None:
    page = started(opened, tmp_path, LOAD, PANEL)
    picture, panel = page.locator(".seggwat-still"), page.locator(".seggwat-panel")
    picture.locator("img").wait_for(state="attached")
    page.get_by_role("checkbox", name="Bug").check()
    page.get_by_text("Static picture: type Bug, ").wait_for(state="attached")
    expect(picture).to_be_hidden()
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    saved = served.folder / "explorer.ipynb"
    until(page, saved.read_text, lambda text: "Static picture: type Bug" in text)
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }")
    for kernel in (True, False):
        page.evaluate("async () => { await window.jupyterapp.commands.execute('application:close'); }")
        picture.wait_for(state="detached")
        page.evaluate(
            """async ([path, shouldStart]) => { await window.jupyterapp.commands.execute(
                'docmanager:open', {path, kernelPreference: {shouldStart}}); }""",
            [saved.name, kernel],
        )
        page.get_by_text(
            re.compile("Static picture: type Bug, [0-9,]+ items. Run all cells down to this one")
        ).wait_for()
        expect(picture).to_have_css("max-height", "none")  # the second that it waits is over
        page.wait_for_function("() => document.querySelector('.seggwat-still img').naturalWidth > 400")
        expect(panel).to_have_count(0)
        for words in ("Loading widget", "Error displaying widget"):
            expect(page.get_by_text(words).and_(page.locator(":visible"))).to_have_count(0)
    page.screenshot(path=SCREENSHOTS / "explorer without a kernel.png")


def test_two_panels_do_not_disturb_each_other_and_nothing_of_strangers_runs(
    opened: Callable[..., Lab], tmp_path: Path
) -> None:
    hostile = f"""
import polars as pl, seggwat_nb as sw
from datetime import UTC, datetime, timedelta
text = {HOSTILE!r}
rows = pl.DataFrame({{
    "id": [str(n) for n in range(60)],
    "created_at": [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n) for n in range(60)],
}}).with_columns(pl.lit(text).alias(name) for name in ("message", "type", "status", "source", "version", "path"))
first, second = sw.Explorer(rows), sw.Explorer(rows)
first
"""
    page = started(opened, tmp_path, hostile, "second")
    page.wait_for_function("document.querySelectorAll('.seggwat-panel .seggwat-chart[data-drawn]').length === 4")
    one, other = page.locator(".seggwat-panel").nth(0), page.locator(".seggwat-panel").nth(1)
    one.get_by_role("textbox", name="Text", exact=True).fill("nothing like it")
    one.get_by_text("No items match. Clear a filter").wait_for()
    expect(other.locator(".seggwat-summary b")).to_have_text("60")
    for view, heading in (("What changed", "What changed"), ("Versions", "Share of bugs"), ("Pages", "Pages")):
        other.get_by_role("button", name=view, exact=True).click()
        other.locator("figcaption", has_text=heading).wait_for()
    other.locator(".seggwat-opener").first.click()
    other.locator(".seggwat-table dl").wait_for()
    assert page.evaluate("window.taken") is None
    assert page.locator(".seggwat-panel img, .seggwat-panel script").count() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_readable_in_both_themes_and_on_a_narrow_page(
    opened: Callable[..., Lab], tmp_path: Path, dark: bool
) -> None:
    page = started(opened, tmp_path, LOAD, "panel = sw.Explorer(feedback)\npanel", PANEL, dark=dark)
    page.wait_for_function("document.querySelectorAll('.seggwat-chart[data-drawn] svg text').length > 20")
    plain, panel = page.locator(".seggwat-panel").first, page.locator(".seggwat-panel").last
    expect(panel.get_by_label("Show", exact=True)).to_have_value("all items")
    colour = page.evaluate("getComputedStyle(document.querySelector('.seggwat-summary')).color")
    assert (colour.startswith(("rgba(255", "rgb(2"))) == dark

    photograph(plain, "start", dark=dark)
    photograph(panel, "demo", dark=dark)
    panel.get_by_role("checkbox", name="Bug").check()
    panel.get_by_role("button", name="type Bug ✕").wait_for()
    panel.get_by_role("textbox", name="Text", exact=True).fill("payment")
    panel.locator("mark").first.wait_for()
    photograph(panel, "filtered", dark=dark)
    panel.get_by_role("textbox", name="Text", exact=True).fill("no such words")
    panel.get_by_text("No items match. Clear a filter").wait_for()
    photograph(panel, "nothing found", dark=dark)
    panel.get_by_role("textbox", name="Text", exact=True).fill("(")
    panel.get_by_role("checkbox", name="Regular expression").check()
    panel.locator(".seggwat-error", has_text="regular expression").wait_for()
    photograph(panel, "error", dark=dark)

    page.set_viewport_size({"width": 1024, "height": 1500})
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    panel.get_by_role("textbox", name="Text", exact=True).fill("")
    panel.get_by_role("button", name="Reset all").click()
    for view, heading in HEADINGS.items():
        panel.get_by_role("button", name=view, exact=True).click()
        panel.locator("figcaption", has_text=heading).wait_for()
        until(page, partial(panel.evaluate, CUT_OFF), lambda cut: cut == [])
        photograph(panel, f"1024 {view}", dark=dark)
    assert page.evaluate("document.querySelector('.seggwat-panel').scrollWidth <= window.innerWidth")


HEADINGS = {
    "Over time": "Items per week by type",
    "What changed": "What changed",
    "Versions": "Share of bugs by version",
    "Pages": "Pages",
    "Ratings": "Said “helpful” by page",
}
CUT_OFF = """panel => [...panel.querySelectorAll('.seggwat-canvas, .seggwat-table')]
    .map(one => [one.className, one.scrollWidth, one.clientWidth]).filter(([_, inner, outer]) => inner > outer + 1)"""


def photograph(panel: Locator, state: str, *, dark: bool) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    panel.screenshot(path=SCREENSHOTS / f"explorer {state}, {'dark' if dark else 'light'}.png")


def test_nothing_jumps_while_it_is_redrawn(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL)
    everything = selected(page)
    page.evaluate(WATCH_PLACES)
    for box, number in (("Bug", 1), ("New", 2), ("Bug", 1), ("New", 0)):
        page.get_by_role("checkbox", name=re.compile(rf"^{box}\b")).click()
        expect(page.locator(".seggwat-chip", has_text="✕")).to_have_count(number)
    has_selected(page, lambda number: number == everything)
    until(page, lambda: drawn_items(page), lambda number: number == everything)
    seen = page.evaluate("window.places")
    assert set(seen) == set(PLACES)
    assert {name: len(tops) for name, tops in seen.items()} == dict.fromkeys(PLACES, 1)


PLACES = {
    "options": ".seggwat-facets",
    "timeline": ".seggwat-chart svg",
    "chart": ".seggwat-chart:last-of-type svg",
    "table": ".seggwat-table",
    "pages": ".seggwat-table nav",
    "tools": ".seggwat-error",
}
WATCH_PLACES = f"""() => {{
    window.places = {{}};
    const panel = document.querySelector('.seggwat-panel');
    const look = () => {{
        for (const [name, where] of Object.entries({json.dumps(PLACES)})) {{
            const top = panel.querySelector(where)?.getBoundingClientRect().top;
            const from = Math.round(top - panel.getBoundingClientRect().top);
            if (!(window.places[name] ||= []).includes(from)) window.places[name].push(from);
        }}
        requestAnimationFrame(look);
    }};
    look();
}}"""


def test_the_keyboard_alone_does_it_and_every_control_has_a_name(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, ASK)
    everything = selected(page)
    chromium = page.context.new_cdp_session(page)
    panel = chromium.send("DOM.querySelector", {"nodeId": document(chromium), "selector": ".seggwat-panel"})
    found = chromium.send("Accessibility.queryAXTree", {"nodeId": panel["nodeId"]})["nodes"]
    controls = [node for node in found if not node["ignored"] and node["role"]["value"] in CONTROLS]
    assert len(controls) > 40
    nameless = [node for node in controls if not node["name"]["value"].strip()]
    assert nameless == []
    pictures = [node["name"]["value"] for node in found if node.get("role", {}).get("value") in {"img", "image"}]
    assert any("1,9" in name and "items over" in name for name in pictures), pictures

    page.get_by_role("textbox", name="Text", exact=True).focus()
    for key in ("Tab", "Tab", "Space"):  # past "Regular expression", to the first type
        page.keyboard.press(key)
    bugs = has_selected(page, lambda number: number < everything)
    expect(page.get_by_role("checkbox", name="Bug")).to_be_focused()  # though the options were drawn anew
    assert told(page, "type Bug") == f"{bugs} rows: type Bug"
    page.get_by_role("button", name="type Bug ✕").focus()
    page.keyboard.press("Enter")
    has_selected(page, lambda number: number == everything)
    page.get_by_role("button", name="Next page").focus()
    page.keyboard.press("Enter")
    page.get_by_text("11 to 20 of").wait_for()
    expect(page.get_by_role("button", name="Next page")).to_be_focused()


CONTROLS = {"button", "checkbox", "combobox", "textbox", "Date", "menuitem", "link", "radio"}


def document(chromium: CDPSession) -> int:
    return int(chromium.send("DOM.getDocument")["root"]["nodeId"])
