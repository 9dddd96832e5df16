"""The explorer for everybody: axe-core finds no fault in its states, fingers reach all, and nothing moves unasked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import use_theme
from tests.browser.test_explorer import LOAD, PANEL, box, started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.browser.conftest import Lab

HOST = ".seggwat-panel"
SMALLEST = 24
SMALL = """panel => [...panel.querySelectorAll('button, select, summary, a, .facet label, [role=slider]:not(.keys)')]
    .filter(one => one.getClientRects().length && !one.closest('p'))
    .map(one => [one.getAttribute('aria-label') ?? one.textContent, one.getBoundingClientRect()])
    .filter(([, {width, height}]) => width < SMALLEST || height < SMALLEST)
    .map(([name, {width, height}]) => `${name}: ${width} by ${height}`)"""
MOVES = """panel => [...panel.querySelectorAll('*')].flatMap(one => [null, '::before', '::after'].map(part => {
    const {transitionDuration, animationName} = getComputedStyle(one, part);
    return /[1-9]/.test(transitionDuration) || animationName !== 'none' ? `${one.className}${part ?? ''}` : null;
})).filter(Boolean)"""

ENDLESS = """panel => panel.getRootNode().getAnimations()
    .filter(one => one.effect.getTiming().iterations === Infinity).length"""


def scrolled_from_its_top(stage: Locator, *, is_long: bool) -> None:
    """Check that a tab is read from its top, and scrolled where the focus is."""
    assert stage.evaluate("one => one.scrollTop") == 0
    assert stage.evaluate("one => { one.scrollTop = 40; return one.scrollTop; }") or not is_long


def moves_only_while_busy(panel: Locator) -> None:
    """Check that nothing moves at rest: each frame of it is laid out and drawn, seen or not."""
    expect(panel).not_to_have_attribute("aria-busy", "true")
    assert panel.evaluate(ENDLESS) == 0
    panel.evaluate("panel => panel.setAttribute('aria-busy', 'true')")
    assert panel.evaluate(ENDLESS) == 1
    panel.evaluate("panel => panel.removeAttribute('aria-busy')")


def tells_states_without_backgrounds(panel: Locator) -> None:
    """Check that what is open or pressed is told apart in colors that a person has chosen, which drop backgrounds."""
    expect(panel.locator(".item.open")).to_have_css("outline-style", "solid")
    expect(panel.locator(".facet li").first).to_have_css("background-image", re.compile("gradient"))
    colour = "one => getComputedStyle(one).backgroundColor"
    quick = panel.locator(".quick button")
    looks = [(one.get_attribute("aria-pressed"), one.evaluate(colour)) for one in quick.all()]
    assert len({look for _, look in looks}) == len(dict(looks)) == 2


def test_axe_finds_no_fault_fingers_reach_all_and_nothing_moves_unasked(
    opened: Callable[..., Lab], tmp_path: Path
) -> None:
    page = started(opened, tmp_path, LOAD, PANEL)
    found = {"overview": faults(page, HOST)}

    page.get_by_role("searchbox", name="Find a version").fill("2.")
    page.locator(".facet ul.long").first.wait_for()
    page.locator("summary", has_text="Export").click()
    found["search in a list, and a menu"] = faults(page, HOST)
    box(page, "Bug").click()
    page.locator(".chip").wait_for()
    page.locator(".item").first.click()
    page.locator(".reader .near li").first.wait_for()
    found["reading"] = faults(page, HOST)
    for tab in ("What changed", "Versions", "Ratings"):
        page.get_by_role("tab", name=tab).click()
        page.locator(f'.canvas[data-drawn^="{tab} "] svg').wait_for()
        found[tab] = faults(page, HOST)
        scrolled_from_its_top(page.get_by_role("tabpanel", name=tab), is_long=tab == "Versions")
    search = page.get_by_role("searchbox", name="Search", exact=True)
    search.fill('"')
    page.get_by_role("alert").get_by_text("not closed").wait_for()
    found["error"] = faults(page, HOST)
    search.fill("nosuchword")
    page.get_by_text("No item matches all of these filters.").wait_for()
    found["nothing found"] = faults(page, HOST)
    use_theme(page, dark=True)
    expect(page.locator(".panel")).to_have_class(re.compile(r"\bdark\b"))
    found["nothing found, dark"] = faults(page, HOST)
    page.get_by_role("button", name="Without search nosuchword").click()
    page.locator(".item").first.click()
    page.get_by_role("tab", name="Over time").click()
    page.locator(".reader .near li").first.wait_for()
    found["reading, dark"] = faults(page, HOST)
    page.locator("svg.chart").click(position={"x": 120, "y": 60})
    page.get_by_role("menuitem").first.wait_for()
    found["menu of a bar, dark"] = faults(page, HOST)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}

    panel = page.locator(".panel")
    assert panel.evaluate(MOVES) != []
    moves_only_while_busy(panel)
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    assert panel.evaluate(MOVES) == []
    tells_states_without_backgrounds(panel)
    chromium = page.context.new_cdp_session(page)
    chromium.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    chromium.send("Emulation.setEmulatedMedia", {"features": [{"name": "pointer", "value": "coarse"}]})
    page.wait_for_function("matchMedia('(pointer: coarse)').matches")
    assert panel.evaluate(SMALL.replace("SMALLEST", str(SMALLEST))) == []

    # As the next test finds the page.
    page.emulate_media(reduced_motion="null", forced_colors="null")
    chromium.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    chromium.send("Emulation.setEmulatedMedia", {"features": []})
    chromium.detach()
    page.wait_for_function("!matchMedia('(pointer: coarse), (prefers-reduced-motion: reduce)').matches")
