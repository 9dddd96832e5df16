"""The explorer in JupyterLab: what a person does with mouse and keyboard, and what Python then says."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import photograph, until, use_theme, write_notebook

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
READY = ".seggwat-panel .panel[data-number] svg.chart[data-drawn] .bars path"


def started(opened: Callable[..., Lab], tmp_path: Path, *cells: str, name: str = "explorer", **how: bool) -> Page:
    lab = opened(write_notebook(tmp_path / f"{name}.ipynb", *cells), **how)
    lab.page.set_viewport_size({"width": 1440, "height": 1500})
    lab.run()
    lab.page.locator(READY).first.wait_for(state="attached")
    return lab.page


def selected(page: Page) -> int:
    return int(page.locator(".sum b").first.inner_text().replace(",", ""))


def has_selected(page: Page, wanted: Callable[[int], bool]) -> int:
    """Wait until all that was done is answered, and the number of items selected is one that is wanted."""
    return until(page, lambda: settled(page), wanted)


def told(page: Page, words: str) -> str:
    """Ask Python until it answers with these words: what was typed or dragged is looked at after a pause."""

    def ask() -> str:
        page.get_by_role("button", name="Ask Python").dispatch_event("click")  # wherever a chart has moved it
        return page.get_by_text(re.compile("^[0-9]+ rows: ")).inner_text()

    return until(page, ask, lambda answer: words in answer)


SETTLED = """() => {
  const panel = document.querySelector('.seggwat-panel').shadowRoot.lastChild;
  const {asked, answered, typing} = panel.dataset;
  return asked === answered && typing == null && !panel.querySelector('.reader[aria-busy], .other[aria-busy]');
}"""


def settled(page: Page) -> int:
    """Wait until all that was typed, clicked and opened is answered; how many items are selected then."""
    page.wait_for_function(SETTLED)
    return selected(page)


def box(panel: Locator | Page, name: str) -> Locator:
    """The checkbox of a value."""
    return panel.get_by_role("checkbox", name=re.compile(rf"^{re.escape(name)}, "))


def drag(page: Page, start: float, end: float) -> None:
    """Drag across the chart over time, between two shares of its width."""
    place = page.locator("svg.chart").first.bounding_box()
    assert place is not None
    left, wide, y = place["x"], place["width"], place["y"] + place["height"] / 3
    page.mouse.move(left + wide * start, y)
    page.mouse.down()
    page.mouse.move(left + wide * (start + end) / 2, y, steps=4)
    page.mouse.move(left + wide * end, y, steps=4)
    page.mouse.up()


def test_clicking_typing_dragging_and_going_back_agree_with_python(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, ASK)
    everything = selected(page)
    box(page, "Bug").click()
    bugs = has_selected(page, lambda number: number < everything)
    search = page.get_by_role("searchbox", name="Search", exact=True)
    search.press_sequentially("payment -wallet")
    paying = has_selected(page, lambda number: 0 < number < bugs)
    expect(page.locator(".item mark").first).to_have_text(re.compile("^payment$", re.IGNORECASE))
    assert told(page, "payment") == f'{paying} rows: type Bug, text "payment", not text "wallet"'
    search.fill('"payment')
    page.get_by_role("alert").get_by_text("not closed").wait_for()
    assert selected(page) == paying
    search.fill("")
    has_selected(page, lambda number: number == bugs)

    page.get_by_role("button", name="Exclude instead of select: Type: Bug").click()
    has_selected(page, lambda number: number == everything - bugs)
    assert told(page, "not type").endswith("rows: not type Bug")
    page.get_by_role("button", name="Back", exact=True).click()
    has_selected(page, lambda number: number == bugs)

    drag(page, 0.3, 0.5)
    has_selected(page, lambda number: 0 < number < bugs)
    brushed = settled(page)
    until(page, lambda: told(page, "type Bug, since 20"), lambda said: said.startswith(f"{selected(page)} rows: "))
    span = page.locator(".chip", has_text="Dates: ").inner_text()
    drag(page, 0.4, 0.6)  # inside: it moves
    until(page, page.locator(".chip", has_text="Dates: ").inner_text, lambda chip: chip != span)
    page.get_by_role("slider", name="To").focus()
    now = settled(page)
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    has_selected(page, lambda number: number < now)
    settled(page)
    page.keyboard.press("Control+z")
    has_selected(page, lambda number: number == now)
    page.keyboard.press("Control+z")
    has_selected(page, lambda number: number == brushed)
    page.get_by_role("button", name="Clear all").click()
    has_selected(page, lambda number: number == everything)
    expect(box(page, "Bug")).not_to_be_checked()
    page.locator(".panel").focus()
    page.keyboard.press("Control+z")
    has_selected(page, lambda number: number == brushed)


def test_marks_of_charts_are_filters_and_the_keyboard_reaches_them(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, ASK)
    everything = selected(page)
    plot = page.get_by_role("slider", name=re.compile("^Items per week by type"))
    plot.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    said = plot.get_attribute("aria-valuetext") or ""
    here = sum(int(number) for number in re.findall(r"[A-Za-z] (\d+)", said.partition(": ")[2]))
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name=re.compile("^Only .* 20[0-9]{2}$")).click()
    assert has_selected(page, lambda number: number < everything) == here
    page.locator(".steps button").first.click()
    has_selected(page, lambda number: number == everything)

    page.get_by_role("tab", name="Pages").click()
    page.get_by_text("Click to go one level down").wait_for()
    page.locator('.canvas svg [aria-label*="Page: /checkout"]').first.click()
    has_selected(page, lambda number: number < everything)
    assert told(page, "path /checkout").endswith("rows: path /checkout")
    page.get_by_text("Pages below /checkout").wait_for()
    page.get_by_role("tab", name="Pages").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", name="Share of bugs by version").wait_for()
    expect(page.get_by_role("tab", name="Versions")).to_be_focused()
    keep_the_focus(page, plot)


def keep_the_focus(page: Page, plot: Locator) -> None:
    """Work by keyboard: what was pressed keeps the focus, or what is in its place gets it."""
    everything = selected(page)
    page.locator(".picks summary").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # on a value, whose button is drawn anew
    has_selected(page, everything.__gt__)
    settled(page)
    expect(page.locator(".picks button, .picks summary, .stage").and_(page.locator(":focus"))).to_have_count(1)

    page.get_by_role("tab", name="Over time").click()
    plot.focus()
    expect(page.locator(".cross")).to_have_attribute("width", re.compile("[1-9]"))
    page.locator(".legend button").first.focus()
    page.keyboard.press("Enter")
    settled(page)
    expect(page.locator(".legend button").first).to_be_focused()
    back = page.get_by_role("button", name="Back", exact=True)
    back.focus()
    while back.is_enabled():
        page.keyboard.press("Enter")
        settled(page)
    expect(page.get_by_role("button", name="Forward", exact=True)).to_be_focused()
    find = page.get_by_role("searchbox", name="Find a version")
    find.fill("2.")
    page.keyboard.press("Escape")
    expect(find).to_have_value("")
    expect(find).to_be_focused()
    page.locator(".list").focus()
    page.keyboard.press("End")
    last = page.locator(".reader .text").inner_text()
    page.keyboard.press("?")
    page.keyboard.press("k")  # which is no key of what is behind
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.locator(".reader .text").inner_text() == last


def test_a_value_is_read_left_out_and_compared_with_the_rest(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, ASK)
    everything = selected(page)
    box(page, "Bug").focus()
    page.keyboard.press("m")
    menu = page.get_by_role("menu")
    menu.get_by_text(re.compile(r"^Bug · \d+ items$")).wait_for()
    page.keyboard.press("Escape")
    expect(box(page, "Bug")).to_be_focused()
    page.locator("li", has=box(page, "Bug")).hover()
    page.get_by_role("button", name="More for Bug").click()
    menu.get_by_role("menuitem", name="Read these: Bug").click()
    page.locator(".reader .text").wait_for()
    bugs = has_selected(page, lambda number: number < everything)

    page.keyboard.press("Escape")
    page.locator("svg.chart").click(position={"x": 400, "y": 160})
    menu.get_by_role("menuitem", name=re.compile("^Compare .* with the rest$")).last.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear all").or_(page.get_by_role("button", name="Remove filter Type: Bug")).click()
    has_selected(page, lambda number: number == everything)
    box(page, "Bug").focus()
    page.keyboard.press("m")
    menu.get_by_role("menuitem", name="Compare Bug with the rest").click()
    comparison = page.locator(".seggwat-compare")
    comparison.locator(".seggwat-chart[data-drawn] svg").first.wait_for()
    sums = comparison.locator(".sum b").all_inner_texts()
    assert [int(number.replace(",", "")) for number in sums] == [bugs, everything - bugs]
    expect(page.locator(".facets").first).to_be_hidden()
    page.keyboard.press("j")  # which is no key of what is hidden
    comparison.get_by_role("button", name="Swap A and B").click()
    until(page, comparison.locator(".sum b").all_inner_texts, lambda now: now == sums[::-1])
    page.get_by_role("button", name="Back to the explorer").click()
    expect(page.locator(".facets")).to_be_visible()
    expect(box(page, "Bug")).to_be_focused()
    expect(comparison).to_have_count(0)
    assert selected(page) == everything

    name = page.get_by_role("button", name="Submitter", exact=True)
    name.click()
    submitters = page.locator(".facet", has=name)
    submitters.locator(".more").click()
    expect(submitters.get_by_role("listitem")).to_have_count(101)  # of about 400
    submitters.get_by_role("checkbox").first.focus()
    page.keyboard.press("End")
    until(page, lambda: submitters.get_by_role("list").evaluate(AT_THE_END), bool)
    page.keyboard.press("Home")
    expect(submitters.get_by_role("checkbox").first).to_be_focused()
    expect(submitters.get_by_role("checkbox").first).to_have_accessible_name(re.compile(r"^\(none\), "))


AT_THE_END = """list => {
    const row = list.getRootNode().activeElement.closest('li');
    const [seen, {top, bottom}] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
    return row.ariaPosInSet === row.ariaSetSize && top > seen.top && bottom < seen.bottom + 1;
}"""


def test_items_are_read_with_the_keyboard_and_lead_on(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL)
    everything = selected(page)
    page.locator(".panel").focus()
    page.keyboard.press("/")
    page.keyboard.type("customers got past")
    found = has_selected(page, lambda number: 0 < number < everything)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    reader = page.locator(".reader")
    reader.locator(".text").wait_for()
    first = reader.locator(".text").inner_text()
    expect(reader.locator("mark").first).to_have_text("customers")
    reader.get_by_role("heading", name=re.compile("similar items")).wait_for()
    page.keyboard.press("Escape")
    expect(reader).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("j")
    until(page, reader.locator(".text").inner_text, lambda text: text not in {"", first})
    page.keyboard.press("k")
    until(page, reader.locator(".text").inner_text, lambda text: text == first)
    expect(page.locator(".item[aria-selected=true]")).to_have_attribute("aria-posinset", "1")
    expect(page.locator(".item").first).to_have_attribute("aria-setsize", str(found))

    reader.get_by_title("Filter by this version").click()
    page.locator(".chip", has_text="Version: 2.4.0").wait_for()
    page.get_by_role("button", name="Clear all").click()
    has_selected(page, lambda number: number == everything)
    page.locator(".list").evaluate("list => { list.scrollTop = list.scrollHeight; }")  # to the last of all
    page.locator(f'.item[aria-posinset="{everything}"]').wait_for()


def test_nothing_found_says_which_filter_is_in_the_way(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL)
    everything = selected(page)
    box(page, "Praise").click()
    praise = has_selected(page, lambda number: number < everything)
    page.get_by_role("searchbox", name="Search", exact=True).fill("nosuchword")
    page.get_by_text("No item matches all of these filters.").wait_for()
    page.get_by_role("button", name=f"Without search nosuchword: {praise}").click()
    has_selected(page, lambda number: number == praise)
    expect(page.locator(".panel")).to_have_attribute("data-number", re.compile(r"\d+"))
    assert page.evaluate("document.activeElement.classList.contains('seggwat-panel')")  # not lost with the button


def test_what_is_shown_is_dimmed_while_something_else_is_computed(opened: Callable[..., Lab], tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    slow = f"""
from pathlib import Path
from seggwat_nb.panels.engine import Engine
parts = Engine.parts
def waiting(self, where):
    if where.type:
        Path({str(gate)!r}).read_text()  # until the test writes to it
        Engine.parts = parts
    return parts(self, where)
Engine.parts = waiting
"""
    page = started(opened, tmp_path, LOAD, slow, PANEL, name="slow", fresh=True)
    panel, chart = page.locator(".panel"), page.locator(".stage")
    expect(chart).to_have_css("opacity", "1")
    box(page, "Bug").click()
    expect(panel).to_have_attribute("aria-busy", "true")
    expect(chart).to_have_css("opacity", "0.45")
    gate.write_text("go on")
    expect(panel).not_to_have_attribute("aria-busy", "true")
    expect(chart).to_have_css("opacity", "1")
    expect(box(page, "Bug")).to_be_checked()


def test_a_preset_outlives_the_kernel(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, ASK)
    box(page, "Praise").click()
    box(page, "Resolved").click()
    for chip in ("Type: Praise", "Status: Resolved"):
        page.locator(".chip", has_text=chip).wait_for()
    wanted = has_selected(page, lambda number: number < 500)
    page.locator("summary", has_text="Presets").click()
    page.get_by_label("Name of a preset").fill("thanks")
    page.keyboard.press("Enter")
    page.get_by_text("Saved as").wait_for()

    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }")
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.locator(".chip").first.wait_for(state="detached")
    page.locator(READY).first.wait_for(state="attached")
    page.locator("summary", has_text="Presets").click()
    page.get_by_role("button", name="thanks", exact=True).click()
    has_selected(page, lambda number: number == wanted)
    assert told(page, "type Praise").endswith("type Praise, status Resolved")

    page.locator("summary", has_text="Presets").click()
    for key, button in (("Delete", "Delete"), ("Enter", "Undo"), ("Enter", "thanks")):
        page.get_by_role("button", name="thanks", exact=True).or_(page.locator(".asks :focus")).press(key)
        expect(page.get_by_role("button", name=button, exact=True)).to_be_focused()


def test_a_saved_panel_that_nothing_brings_to_life_is_a_picture(
    opened: Callable[..., Lab], served: Served, tmp_path: Path
) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, name="saved", fresh=True)
    picture, panel = page.locator(".seggwat-still"), page.locator(".seggwat-panel")
    picture.locator("img").wait_for(state="attached")
    box(page, "Bug").click()
    page.get_by_text("Static picture: type Bug, ").wait_for(state="attached")
    expect(picture).to_be_hidden()
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    saved = served.folder / "saved.ipynb"
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
    photograph(page, "explorer without a kernel")


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
    expect(page.locator(".seggwat-panel .panel[data-number]")).to_have_count(2)
    one, other = page.locator(".panel").nth(0), page.locator(".panel").nth(1)
    one.get_by_role("searchbox", name="Search", exact=True).fill("nothing like it")
    one.get_by_text("No item matches all of these filters.").wait_for()
    expect(other.locator(".sum b")).to_have_text("60")
    for view, heading in (("What changed", "What changed"), ("Versions", "Share of bugs"), ("Pages", "Pages")):
        other.get_by_role("tab", name=view).click()
        other.locator(".title", has_text=heading).wait_for()
    other.locator(".item").first.click()
    other.locator(".reader .text").wait_for()
    other.locator(".reader .near li").first.wait_for()
    assert page.evaluate("window.taken") is None
    assert page.locator(".seggwat-panel :is(img, script)").count() == 0


def test_it_is_readable_in_both_themes_and_on_a_narrow_page(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL)
    panel = page.locator(".panel")
    luminous = "one => Number(/\\d+/.exec(getComputedStyle(one).color)[0]) > 127"
    for theme in ("light", "dark"):
        use_theme(page, dark=theme == "dark")
        until(page, lambda: panel.evaluate(luminous), (theme == "dark").__eq__)
        for tab, heading in HEADINGS.items():
            panel.get_by_role("tab", name=tab).click()
            panel.locator("figcaption b, .title").get_by_text(heading).and_(panel.locator(":visible")).first.wait_for()
            if tab != "Over time":
                panel.locator(f'.canvas[data-drawn^="{tab} "] svg').wait_for()
            photograph(panel, f"explorer 1440 {tab}, {theme}")
    box(panel, "Bug").click()
    panel.get_by_role("button", name="Open:").click()
    expect(panel.locator(".chip")).to_have_count(2)
    panel.locator(".item").nth(2).click()
    panel.locator(".reader .text").wait_for()
    photograph(panel, "explorer 1440 reading, dark")
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    for width in (1024, 820):
        page.set_viewport_size({"width": width, "height": 1000})
        for theme in ("light", "dark"):
            use_theme(page, dark=theme == "dark")
            until(page, lambda: panel.evaluate(CUT_OFF), lambda cut: cut == [])
            photograph(panel, f"explorer {width} reading, {theme}")
    page.set_viewport_size({"width": 390, "height": 1000})
    until(page, lambda: panel.evaluate(CUT_OFF), lambda cut: cut == [])
    panel.get_by_role("button", name="Close item").click()
    expect(panel.locator(".item").nth(1)).to_be_in_viewport()
    expect(panel.locator(".facets")).to_be_hidden()
    panel.locator(".item").nth(1).click()
    until(page, lambda: panel.locator(".reader").evaluate(SEEN), lambda seen: seen > 200)
    photograph(panel, "explorer 390 reading, dark")
    panel.get_by_role("button", name="Filters", exact=True).click()
    expect(panel.locator(".facets")).to_be_visible()
    assert page.evaluate("document.querySelector('.seggwat-panel').scrollWidth <= window.innerWidth")
    page.set_viewport_size({"width": 1440, "height": 1500})
    value = panel.locator(".facet li").first
    tall = value.evaluate(HEIGHT)
    page.evaluate(LARGER)
    until(page, lambda: value.evaluate(HEIGHT), lambda height: abs(height - 1.5 * tall) < 1)
    until(page, lambda: panel.evaluate(CUT_OFF), lambda cut: cut == [])
    drag(page, 0.3, 0.6)
    expect(panel.locator(".chip")).to_have_count(3)
    whole, chosen = (panel.locator(name).bounding_box() for name in ("svg.chart", ".frame"))
    assert whole is not None
    assert chosen is not None
    ends = [(edge - whole["x"]) / whole["width"] for edge in (chosen["x"], chosen["x"] + chosen["width"])]
    assert ends == pytest.approx([0.3, 0.6], abs=0.05)
    photograph(panel, "explorer 1440 larger, dark")
    page.evaluate("document.documentElement.style.removeProperty('--jp-content-font-size1')")


SEEN = """one => {
    const [own, around] = [one, one.closest('.body')].map(each => each.getBoundingClientRect());
    return Math.min(own.bottom, around.bottom) - Math.max(own.top, around.top);
}"""
LARGER = "document.documentElement.style.setProperty('--jp-content-font-size1', '21px')"  # half as large again
HEIGHT = "one => one.getBoundingClientRect().height"
HEADINGS = {
    "What changed": "What changed",
    "Versions": "Share of bugs by version",
    "Ratings": "Said “helpful” by page",
    "Over time": "Items per",
}
CUT_OFF = """panel => [...panel.querySelectorAll(
        '.head .row, .chips, .body, .named, .main, .stage, .order, .reader, .foot')]
    .map(one => [one.className, one.scrollWidth, one.clientWidth]).filter(([_, inner, outer]) => inner > outer + 1)"""


def test_nothing_jumps_while_it_is_redrawn(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL)
    everything = selected(page)
    page.evaluate(WATCH_PLACES)
    for name, number in (("Bug", 1), ("New", 2), ("Bug", 1), ("New", 0)):
        box(page, name).click()
        expect(page.locator(".chip")).to_have_count(number)
    page.get_by_role("searchbox", name="Search", exact=True).fill('"')
    page.get_by_role("alert").get_by_text("not closed").wait_for()
    has_selected(page, lambda number: number == everything)
    page.get_by_role("tab", name="Versions").click()
    page.locator(".canvas[data-drawn] svg").wait_for()
    still = dict.fromkeys(PLACES, 1)
    assert {name: len(tops) for name, tops in page.evaluate("window.places").items()} == still
    page.set_viewport_size({"width": 1080, "height": 1500})
    until(page, lambda: page.locator(".order").evaluate("one => one.clientWidth"), lambda wide: wide < 700)
    page.evaluate("window.places = {}")
    page.get_by_role("button", name="Last 28 days").click()
    page.get_by_role("button", name="Compare with previous").wait_for()
    page.get_by_role("button", name="Sort by version").click()
    page.get_by_role("button", name="Sort by version, ascending").wait_for()
    assert {name: len(tops) for name, tops in page.evaluate("window.places").items()} == still


PLACES = {"facets": ".facets", "stage": ".stage", "items": ".order", "foot": ".foot"}
WATCH_PLACES = f"""() => {{
    window.places = {{}};
    const panel = document.querySelector('.seggwat-panel').shadowRoot.querySelector('.panel');
    const look = () => {{
        for (const [name, where] of Object.entries({json.dumps(PLACES)})) {{
            const top = panel.querySelector(where)?.getBoundingClientRect().top;
            const from = Math.round(top - panel.getBoundingClientRect().top);
            if (!(window.places[name] ||= []).includes(from)) window.places[name].push(from);
        }}
        if (panel.isConnected) requestAnimationFrame(look);
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
    assert [node for node in controls if not node["name"]["value"].strip()] == []

    page.locator(".panel").focus()
    stops = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        active = page.evaluate("document.querySelector('.seggwat-panel').shadowRoot.activeElement?.outerHTML")
        if active is None:
            break
        stops.add(active)
    assert 20 < len(stops) < 50  # a list is one stop
    box(page, "Bug").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    bugs = has_selected(page, lambda number: number < everything)
    expect(box(page, "Bug")).to_be_focused()  # though the values were counted anew
    assert told(page, "type Bug") == f"{bugs} rows: type Bug"
    page.keyboard.press("x")
    has_selected(page, lambda number: number == everything - bugs)
    page.get_by_role("button", name="Remove filter Type: not Bug").focus()
    page.keyboard.press("Enter")
    has_selected(page, lambda number: number == everything)
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


CONTROLS = {"button", "checkbox", "combobox", "textbox", "searchbox", "slider", "tab", "menuitem", "link", "option"}


def document(chromium: CDPSession) -> int:
    return int(chromium.send("DOM.getDocument")["root"]["nodeId"])
