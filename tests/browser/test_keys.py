"""Keys that are pressed after a click in a panel: they are the panel's, and the notebook stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
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

SOON, LATEST = 5_000, 60_000
"""Milliseconds for which an action waits for what it acts on."""


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


def ticked(name: str) -> Callable[[Locator], None]:
    return lambda panel: panel.get_by_role("checkbox", name=name).first.click()


def fields_opened(act: Callable[[Locator], None]) -> Callable[[Locator], None]:
    """Act in the fields of a side, and open them first where they close meanwhile: Enter, pressed before, does that."""

    def act_in_fields(panel: Locator) -> None:
        panel.page.set_default_timeout(SOON)
        try:
            act(panel)
        except PlaywrightTimeoutError:
            button("Filter A…")(panel)
            act(panel)
        finally:
            panel.page.set_default_timeout(LATEST)

    return act_in_fields


def dragged(panel: Locator) -> None:
    box = panel.locator(".seggwat-chart svg").first.bounding_box()
    assert box is not None
    mouse, middle, y = panel.page.mouse, box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    mouse.move(middle, y)
    mouse.down()
    mouse.move(middle + 60, y, steps=4)
    mouse.up()


def mark(panel: Locator) -> None:
    panel.locator(".seggwat-chart:last-of-type svg .role-mark path[aria-label]").first.click(force=True)


def reset(panel: Locator) -> None:
    ticked("Bug")(panel)
    button("Reset all")(panel)


def detailed(panel: Locator) -> None:
    """Open a row, which Enter has closed, and click what it says."""
    if not panel.locator(".seggwat-table dl").count():
        within(".seggwat-opener")(panel)
    within(".seggwat-table dl")(panel)


EXPLORER: Mapping[str, Callable[[Locator], None]] = {
    "checkbox": ticked("Bug"),
    "chip, which is then gone": button("type Bug ✕"),
    "blank ground": within(".seggwat-summary"),
    "ground between the parts": within("*", position={"x": 2, "y": 2}, force=True),
    "tab": button("Versions"),
    "mark of a chart": mark,
    "everything is reset": reset,
    "timeline": dragged,
    "text beside it": within(".seggwat-chart:last-of-type figcaption"),
    "dropdown": chosen("Show"),
    "row": within(".seggwat-opener"),
    "details of the row": detailed,
    "sorted": button("Sort by Type"),
    "page turned": button("Next page"),
    "button that is disabled": lambda panel: panel.get_by_role("button", name="Next page").evaluate(
        "one => { one.focus(); one.disabled = true; }"
    ),
    "code": button("Copy as Python"),
    "text left": typed("Text", "order"),
    "date": lambda panel: panel.locator("input[type=date]").first.click(),
    "path left": typed("Path", "/checkout"),
    "preset": lambda panel: panel.get_by_placeholder("Name of a preset").click(),
}
COMPARE: Mapping[str, Callable[[Locator], None]] = {
    "swapped": button("Swap A and B"),
    "blank ground": within(".seggwat-summary"),
    "dropdown": chosen("Release"),
    "fields opened": button("Filter A…"),
    "checkbox": fields_opened(ticked("Regular expression")),
    "text left": fields_opened(typed("Text", "order")),
    "key": button("Path"),
    "mark of a chart": mark,
    "text beside it": within(".seggwat-chart:last-of-type figcaption"),
    "table": within("summary"),
    "code": button("Copy as Python"),
}
PANELS = {
    "explorer": (test_explorer.LOAD, test_explorer.PANEL, EXPLORER),
    "compare": (test_compare.LOAD, test_compare.PANEL, COMPARE),
}


# Both panels have the same fields, and Notebook 7 the same keys: the short test below tries them there.
@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("explorer", "lab"),
        *(pytest.param(*pair, marks=pytest.mark.campaign)
          for pair in [("compare", "lab"), ("explorer", "notebook"), ("compare", "notebook")]),
    ],
)  # fmt: skip
def test_no_key_after_any_click_changes_the_notebook(
    opened: Callable[..., Lab], tmp_path: Path, name: str, host: str
) -> None:
    load, shown, clicks = PANELS[name]
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
    expect(panel.locator(".seggwat-chart").first).to_be_visible()


@pytest.mark.parametrize("host", HOSTS)
def test_fields_take_what_is_typed_and_saving_saves(opened: Callable[..., Lab], tmp_path: Path, host: str) -> None:
    load, shown, _ = PANELS["explorer"]
    page, panel, _ = started(opened(write_notebook(tmp_path / "typed.ipynb", load, shown), host=host))
    text = panel.get_by_role("textbox", name="Text", exact=True)
    text.press_sequentially("bad dx 00 my")
    expect(text).to_have_value("bad dx 00 my")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    expect(text).to_have_value("bad dx 00 y")
    panel.get_by_role("button", name='text "bad dx 00 y" ✕').wait_for()

    panel.get_by_role("checkbox", name="Bug").focus()
    page.keyboard.press("Space")
    panel.get_by_role("button", name="type Bug ✕").wait_for()
    page.keyboard.press("Control+s")
    until(page, lambda: page.evaluate("window.executed"), lambda seen: "docmanager:save" in seen)


def started(lab: Lab) -> tuple[Page, Locator, Lab]:
    lab.page.set_viewport_size({"width": 1440, "height": 2000})
    lab.run()
    lab.page.wait_for_selector(".seggwat-chart[data-drawn] svg text")
    lab.page.evaluate(LISTEN)
    return lab.page, lab.page.locator(".seggwat-panel"), lab


def obeyed(page: Page) -> list[str]:
    """Commands of notebook and kernel that were executed."""
    seen: list[str] = page.evaluate("window.executed")
    return [command for command in seen if command.startswith(("notebook:", "kernelmenu:", "runmenu:"))]
