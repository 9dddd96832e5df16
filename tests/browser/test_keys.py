"""Keys that are pressed after a click in a panel: they are the panel's, and the notebook stays as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser import test_compare, test_explorer
from tests.browser.conftest import HOSTS, until, write_notebook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Lab

PLAIN = [*"xddmbayrcvz1jk", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", *("Shift+ArrowUp", "Shift+M", "Shift+A")]
KEYS = [*PLAIN, "Control+Backspace", "Control+Shift+M", "Control+Shift+ArrowUp", *"00", "Escape", "Enter", *"xdd"]
"""What a notebook cuts, deletes, changes, inserts, moves, merges, undoes and restarts by, also after Escape, Enter."""
LISTEN = """() => {
    window.executed = [];
    window.jupyterapp.commands.commandExecuted.connect((_, {id}) => window.executed.push(id));
}"""


def button(name: str) -> Callable[[Locator], None]:
    return lambda panel: panel.get_by_role("button", name=name, exact=True).first.click()


def within(selector: str, **where: Any) -> Callable[[Locator], None]:
    return lambda panel: panel.locator(selector).first.click(**where)


def typed(field: str, text: str) -> Callable[[Locator], None]:
    """Type into a field, and leave it by Tab."""

    def act(panel: Locator) -> None:
        panel.get_by_label(field, exact=True).first.fill(text)
        panel.page.keyboard.press("Tab")

    return act


def chosen(label: str) -> Callable[[Locator], None]:
    """Put the focus on a dropdown, as a click does that closes it again."""
    return lambda panel: panel.get_by_label(label, exact=True).first.focus()


def mark(panel: Locator) -> None:
    expect(panel.locator(".seggwat-behind, [aria-busy=true]")).to_have_count(0)
    panel.locator('.seggwat-chart[data-chart="values b"] path[aria-label*="Items: "]').first.click(force=True)


def chip(panel: Locator) -> None:
    """Click a chip, which the keys pressed on a value may have taken away again."""
    test_explorer.settled(panel.page)
    if not panel.locator(".chip").count():
        value("Praise")(panel)
    within(".chip button")(panel)


def cleared(panel: Locator) -> None:
    """Search and choose, then clear all: the button that was clicked is gone."""
    test_explorer.settled(panel.page)
    panel.get_by_role("searchbox", name="Search", exact=True).fill("order")
    panel.locator(".chip", has_text="Search: ").wait_for()
    if panel.locator(".chip").count() == 1:
        value("Praise")(panel)
    button("Clear all")(panel)


def anew(act: Callable[[Locator], None]) -> Callable[[Locator], None]:
    """Act once no filter is left, so that there are items."""

    def act_on_everything(panel: Locator) -> None:
        test_explorer.settled(panel.page)
        while panel.locator(".chip").count():
            buttons = panel.get_by_role("button", name=re.compile("^Remove filter"))
            buttons.evaluate_all("all => all.slice(0, 1).forEach(one => one.click())")  # if it is still there
            test_explorer.settled(panel.page)
        act(panel)

    return act_on_everything


def read(panel: Locator) -> None:
    """Open an item, and click what it says."""
    within(".item")(panel)
    within(".reader .text")(panel)


def value(name: str) -> Callable[[Locator], None]:
    return lambda panel: test_explorer.box(panel, name).first.click()


def of_versions(panel: Locator) -> None:
    """Click a mark in the chart of versions."""
    panel.get_by_role("tab", name="Versions").click()
    panel.locator(".canvas svg .role-mark path[aria-label]").first.click(force=True)


def of_the_chart(panel: Locator) -> None:
    """Drag across the chart over time, then open the menu of a bar."""
    panel.get_by_role("tab", name="Over time").click()
    test_explorer.drag(panel.page, 0.4, 0.6)
    panel.locator("svg.chart").click(position={"x": 120, "y": 60})
    panel.get_by_role("menuitem").first.wait_for()


EXPLORER: Mapping[str, Callable[[Locator], None]] = {
    "value": value("Bug"),
    "chip": chip,
    "everything is cleared": cleared,
    "blank ground": within(".sum"),
    "ground between the parts": within(".panel", position={"x": 3, "y": 3}),
    "tab": lambda panel: panel.get_by_role("tab", name="Versions").click(),
    "mark of a chart": of_versions,
    "text beside it": within(".other .title"),
    "chart over time": of_the_chart,
    "dropdown": chosen("Every"),
    "list": anew(within(".order .grow")),
    "item": anew(read),
    "sorted": anew(lambda panel: panel.get_by_title("Sort by date").or_(panel.get_by_title("Sort by newest")).click()),
    "back": button("Back"),
    "button that is disabled": lambda panel: panel.get_by_role("button", name="Shortcuts").evaluate(
        "one => { one.focus(); one.disabled = true; }"
    ),
    "menu": within("summary >> text=Export"),
    "text left": typed("Search", "order"),
    "name of a preset": within("summary >> text=Presets"),
}
COMPARE: Mapping[str, Callable[[Locator], None]] = {
    "swapped": button("Swap A and B"),
    "mark of a chart": mark,
    "text beside it": within(".seggwat-chart figcaption"),
    "key": button("Page"),
    "table": within(".figures summary"),
    "undone": button("Back"),
    "blank ground": within(".sum"),
    "filters opened": button("Filters of A"),
    "text left": typed("Search", "order"),
    "dropdown": lambda panel: panel.get_by_role("combobox", name="Periods").focus(),
    "menu": within("summary >> text=Code"),
}
PANELS = {
    "explorer": (test_explorer.LOAD, test_explorer.PANEL, EXPLORER),
    "compare": (test_compare.LOAD, test_compare.PANEL, COMPARE),
}


# Both panels have the same fields, and Notebook 7 the same keys: the short test below tries them there.
@pytest.mark.parametrize(
    ("name", "host", "some"),
    [
        ("explorer", "lab", slice(0, 12, 2)),
        *(pytest.param(*pair, slice(None), marks=pytest.mark.campaign)
          for pair in [("explorer", "lab"), ("compare", "lab"), ("explorer", "notebook"), ("compare", "notebook")]),
    ],
)  # fmt: skip
def test_no_key_after_any_click_changes_the_notebook(
    opened: Callable[..., Lab], tmp_path: Path, name: str, host: str, some: slice
) -> None:
    load, shown, all_clicks = PANELS[name]
    clicks = dict([*all_clicks.items()][some])
    page, panel, lab = started(
        opened(write_notebook(tmp_path / f"keys-{name}.ipynb", "1", load, shown, "2"), host=host)
    )
    cells = lab.cells()
    for control, click in clicks.items():
        click(panel)
        for key in KEYS:
            page.keyboard.press(key)
        assert obeyed(page) == [], control
        expect(page.locator(".jp-Dialog")).to_have_count(0)
        assert lab.cells() == cells, control
    expect(panel.locator(".seggwat-chart, svg.chart").first).to_be_visible()


@pytest.mark.parametrize("host", HOSTS)
def test_fields_take_what_is_typed_and_saving_saves(opened: Callable[..., Lab], tmp_path: Path, host: str) -> None:
    load, shown, _ = PANELS["explorer"]
    page, panel, _ = started(opened(write_notebook(tmp_path / "typed.ipynb", load, shown), host=host))
    text = panel.get_by_role("searchbox", name="Search", exact=True)
    text.press_sequentially("bad dx 00 my")
    expect(text).to_have_value("bad dx 00 my")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    expect(text).to_have_value("bad dx 00 y")
    panel.locator(".chip", has_text="Search: bad dx 00 y").wait_for()

    test_explorer.box(panel, "Bug").focus()
    page.keyboard.press("Space")
    panel.locator(".chip", has_text="Type: Bug").wait_for()
    page.keyboard.press("Control+s")
    until(page, lambda: page.evaluate("window.executed"), lambda seen: "docmanager:save" in seen)


def started(lab: Lab) -> tuple[Page, Locator, Lab]:
    lab.page.set_viewport_size({"width": 1440, "height": 2000})
    lab.run()
    lab.page.locator(":is(.seggwat-chart[data-drawn] svg, svg.chart[data-drawn]) text").first.wait_for()
    lab.page.evaluate(LISTEN)
    return lab.page, lab.page.locator(".seggwat-panel"), lab


def obeyed(page: Page) -> list[str]:
    """Commands of notebook and kernel that were executed."""
    seen: list[str] = page.evaluate("window.executed")
    return [command for command in seen if command.startswith(("notebook:", "kernelmenu:", "runmenu:"))]
