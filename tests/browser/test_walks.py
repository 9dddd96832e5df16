"""Random walks through the explorer's controls: they end where a panel with the same filter starts, as the page shows.

The walker does not wait for a picture before it goes on: what is asked last must be what is shown in the end.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.awkward import AWKWARD
from tests.browser.conftest import ROOT, write_notebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Lab

FRAMES = ["story", *AWKWARD]
STEPS = 6
TRIES = 5
GLANCES = 40
SETUP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from ipywidgets import Button, HTML, VBox
import seggwat_nb as sw
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback, shop_ratings
from seggwat_nb.source.frames import feedback_frame, ratings_frame
from tests.awkward import AWKWARD, END
story = feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame
rated = ratings_frame([shop_ratings(seed=SEED, end=END, project_id="p")], project_id="p").frame
walked, fresh, answer = VBox(), VBox(), HTML()
answer.add_class("walk-answer")

def begin(name):
    for place in (walked, fresh):
        for panel in place.children:
            panel.close()
        place.children = []
    rows = story if name == "story" else AWKWARD[name](story)
    walked.children = [sw.Explorer(rows, ratings=rated)]
    answer.value = f"begun {{name}}"

def end(_):
    panel, = walked.children
    with panel.busy:
        other = sw.Explorer(panel._rows.frame, ratings=rated, where=panel.filter)
        for choice in ("_views", "_by", "_every"):
            getattr(other, choice).value = getattr(panel, choice).value
        other._page = panel._page
        other._show_items()
        agree = panel.selected.equals(panel.filter.apply(panel._rows.frame))
    for old in fresh.children:
        old.close()
    fresh.children = [other]
    answer.value = f"{{panel.selected.height:,}} rows, agree: {{agree}}"

buttons = []
for name in ["story", *AWKWARD]:
    button = Button(description=f"Walk: {{name}}")
    button.on_click(lambda _, name=name: begin(name))
    buttons.append(button)
done = Button(description="Arrived")
done.on_click(end)
VBox([*buttons, done, answer, walked, fresh])
"""
SHOWN = """panel => {
    const texts = (where, read = one => one.textContent) => [...panel.querySelectorAll(where)].map(read);
    return {
        head: texts('.seggwat-head .seggwat-summary, .seggwat-chip'),
        options: texts('.seggwat-list label', one => [one.textContent, one.querySelector('input').checked]),
        fields: texts('.widget-input, select', one => one.value).slice(0, -2),
        said: texts('figcaption, figure p'),
        words: texts('figure svg text').sort(), // axes keep no order of labels
        marks: texts('figure svg .role-mark path, figure svg .role-mark line', one =>
            // Not where: a chart that fits its place comes to it by the widths that it had before.
            ['fill', 'aria-label'].map(name => one.getAttribute(name))),
        items: texts('.seggwat-table th, .seggwat-table td, .seggwat-table nav'),
    };
}"""


def walk(page: Page, name: str, chance: Random) -> None:
    """Take random steps, then look at both panels until they show the same."""
    page.get_by_role("button", name=f"Walk: {name}", exact=True).dispatch_event("click")
    answer = page.locator(".walk-answer")
    answer.get_by_text(f"begun {name}").wait_for()
    panel = page.locator(".seggwat-panel")
    panel.locator(".seggwat-chart[data-drawn] svg").nth(1).wait_for()
    taken = [step(panel, chance) for step in chance.choices([tick, pick, write, brush, look, turn, drop], k=STEPS)]
    both = arrived(page)
    differing = {what: (shown, both[1][what]) for what, shown in both[0].items() if shown != both[1][what]}
    assert not differing, f"{differing} after {taken}"
    assert answer.inner_text() == f"{both[0]['head'][0].partition(' of ')[0]} rows, agree: True", taken


def arrived(page: Page) -> list[dict[str, Any]]:
    """Make the other panel, and look at both until they show the same; again, where a step was still under way."""
    for _ in range(TRIES):
        page.get_by_role("button", name="Arrived").dispatch_event("click")
        other = page.locator(".seggwat-panel").nth(1)
        other.locator(".seggwat-chart[data-drawn] svg").nth(1).wait_for()
        for _ in range(GLANCES):
            both = [panel.evaluate(SHOWN) for panel in page.locator(".seggwat-panel").all()]
            if len(both) == 2 and both[0] == both[1]:
                return both
            page.wait_for_timeout(50)
    return both


def tick(panel: Locator, chance: Random) -> str:
    return chosen(panel, ".seggwat-list input:enabled", chance)


def pick(panel: Locator, chance: Random) -> str:
    return chosen(panel, ".seggwat-chart:last-of-type svg .role-mark path[aria-label]", chance)


def turn(panel: Locator, chance: Random) -> str:
    return chosen(panel, ".seggwat-table button:enabled", chance)


def drop(panel: Locator, chance: Random) -> str:
    return chosen(panel, ".seggwat-chip", chance)


def chosen(panel: Locator, where: str, chance: Random) -> str:
    """Click one of those that are there at that moment, as a mouse does; by the time it is pressed it may be gone."""
    place = chance.random()
    told: str = panel.evaluate(
        """(panel, [where, place]) => {
            const found = [...panel.querySelectorAll(where)];
            const one = found[Math.floor(place * found.length)];
            one?.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, view: window}));
            return `${where}: ${one?.getAttribute('aria-label') ?? one?.dataset.key ?? one?.textContent}`;
        }""",
        [where, place],
    )
    return told


def write(panel: Locator, chance: Random) -> str:
    text = chance.choice(["", "pay", "Export", "a.*b", "(", "</script>"])
    field = panel.get_by_role("textbox", name="Text", exact=True)
    if not field.count():
        return "no messages to write about"
    field.fill(text)
    if chance.random() < 0.3:
        panel.get_by_role("checkbox", name="Regular expression").dispatch_event("click")
    return f"write {text}"


def brush(panel: Locator, chance: Random) -> str:
    box = panel.locator(".seggwat-chart svg").first.bounding_box()
    assert box is not None
    mouse, y = panel.page.mouse, box["y"] + box["height"] / 3
    start, end = (box["x"] + box["width"] * chance.uniform(0.05, 0.95) for _ in range(2))
    mouse.move(start, y)
    mouse.down()
    mouse.move((start + end) / 2, y)
    mouse.move(end, y)
    mouse.up()
    return f"brush {start} to {end}"


def look(panel: Locator, chance: Random) -> str:
    view = chance.choice(["Over time", "What changed", "Versions", "Pages", "Ratings"])
    panel.get_by_role("button", name=view, exact=True).click()
    return view


def walks(opened: Callable[..., Lab], tmp_path: Path, seeds: range) -> None:
    lab = opened(write_notebook(tmp_path / f"walks-{seeds.start}-{seeds.stop}.ipynb", SETUP))
    lab.page.set_viewport_size({"width": 1440, "height": 3400})
    lab.run()
    lab.page.get_by_role("button", name="Arrived").wait_for()
    for seed in seeds:
        walk(lab.page, FRAMES[seed % len(FRAMES)], Random(seed))
    assert lab.page.evaluate("window.taken") is None


def test_walks_end_where_a_panel_with_the_same_filter_starts(opened: Callable[..., Lab], tmp_path: Path) -> None:
    walks(opened, tmp_path, range(2))


@pytest.mark.campaign
def test_twenty_walks(opened: Callable[..., Lab], tmp_path: Path, figures: Callable[[str], None]) -> None:
    walks(opened, tmp_path, range(100, 120))
    figures(f"20 random walks of {STEPS} steps over {len(FRAMES)} frames ended where a panel with their filter starts.")
