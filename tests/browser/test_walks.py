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
KEYS = ["Space", "Space", "o", "x", "ArrowDown", "ArrowUp", "Home", "End", "j", "k", "Control+z", "Control+Shift+z"]
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
        own, new = panel._session, other._session
        other.show(panel._tab, by=own.by, every=own.every)
        new._looks, new.sort, new.descending = own._looks, own.sort, own.descending
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
        head: texts('.sum, .chip:not(.off), .doubts'),
        facets: texts('.facet li', one =>
            [one.textContent, [...one.classList].sort().join(), one.querySelector('input').checked]),
        field: texts('.search', one => one.value),
        said: texts('.time:not([hidden]) figcaption, .other:not([hidden]) :is(.title, .lead)'),
        words: texts('.time:not([hidden]) svg text, .other:not([hidden]) svg text').sort(), // in no order
        bars: texts('.time:not([hidden]) .bars path', one => [one.getAttribute('fill'), one.getAttribute('d')]),
        brush: texts('.time:not([hidden]) .handle', one => one.getAttribute('aria-valuetext')),
        marks: texts('.other:not([hidden]) svg .role-mark path, .other:not([hidden]) svg .role-mark line', one =>
            // Not where: a chart that fits its place comes to it by the widths that it had before.
            ['fill', 'aria-label'].map(name => one.getAttribute(name))),
        items: texts('.item, .nothing:not([hidden]) :is(b, .ways)'),
    };
}"""


def walk(page: Page, name: str, chance: Random) -> None:
    """Take random steps, then look at both panels until they show the same."""
    page.get_by_role("button", name=f"Walk: {name}", exact=True).dispatch_event("click")
    answer = page.locator(".walk-answer")
    answer.get_by_text(f"begun {name}").wait_for()
    panel = page.locator(".seggwat-panel .panel")
    panel.and_(page.locator("[data-number]")).wait_for()
    taken = [step(panel, chance) for step in chance.choices(WAYS, k=STEPS)]
    both = arrived(page)
    differing = {what: (shown, both[1][what]) for what, shown in both[0].items() if shown != both[1][what]}
    assert not differing, f"{differing} after {taken}"
    assert answer.inner_text() == f"{both[0]['head'][0].partition(' of ')[0]} rows, agree: True", taken


def arrived(page: Page) -> list[dict[str, Any]]:
    """Make the other panel, and look at both until they show the same; again, where a step was still under way."""
    page.mouse.move(0, 0)  # values keep their places while they are pointed at, too
    for _ in range(TRIES):
        page.locator(".seggwat-panel .panel").first.evaluate(ANSWERED)
        page.get_by_role("button", name="Arrived").dispatch_event("click")
        page.locator(".seggwat-panel .panel[data-number]").nth(1).wait_for()
        for _ in range(GLANCES):
            both = [panel.evaluate(SHOWN) for panel in page.locator(".seggwat-panel .panel").all()]
            if len(both) == 2 and both[0] == both[1]:
                return both
            page.wait_for_timeout(50)
    return both


ANSWERED = """async panel => {
    panel.querySelector('.list').focus({preventScroll: true}); // values keep their places while they have the focus
    const wait = () => new Promise(done => setTimeout(done, 200)); // what is typed is looked for after a pause
    do await wait(); while (panel.dataset.asked !== panel.dataset.answered);
    const wrong = panel.querySelector('.search[aria-invalid=true]'); // text that cannot be searched for is kept
    if (wrong) wrong.value = '';
    // How many items are on the page depends on the room that an open one leaves them, and how far they are scrolled.
    panel.querySelector('.reader:not([hidden]) [data-key="read/close"]')?.click();
    panel.querySelector('.list').scrollTop = 0;
}"""


def tick(panel: Locator, chance: Random) -> str:
    return chosen(panel, ".facet li input:enabled", chance)


def exclude(panel: Locator, chance: Random) -> str:
    return chosen(panel, ".acts button", chance)


def pick(panel: Locator, chance: Random) -> str:
    return chosen(panel, ".other:not([hidden]) svg .role-mark path[aria-label], .legend button", chance)


def turn(panel: Locator, chance: Random) -> str:
    return chosen(panel, ".order button, .item", chance)


def drop(panel: Locator, chance: Random) -> str:
    return chosen(panel, ".chip button:not([aria-pressed]), .steps button:enabled, .ways button, .quick button", chance)


def chosen(panel: Locator, where: str, chance: Random) -> str:
    """Press one of those that are there at that moment, as a mouse does; by the time it is clicked it may be gone."""
    place = chance.random()
    told: str = panel.evaluate(
        """(panel, [where, place]) => {
            const found = [...panel.querySelectorAll(where)];
            const one = found[Math.floor(place * found.length)];
            one?.closest('button, input, [tabindex]').focus({preventScroll: true}); // from what had it
            one?.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, view: window}));
            return `${where}: ${one?.getAttribute('aria-label') ?? one?.dataset.key ?? one?.textContent}`;
        }""",
        [where, place],
    )
    return told


def write(panel: Locator, chance: Random) -> str:
    text = chance.choice(["", "pay", "Export -slow", "/a.*b/", "(", '"', "</script>", "type:bug"])
    panel.get_by_role("searchbox", name="Search", exact=True).fill(text)
    return f"write {text}"


def brush(panel: Locator, chance: Random) -> str:
    if not panel.locator("svg.chart .bars path").count() or not panel.locator("svg.chart").is_visible():
        return "no time to brush"
    box = panel.locator("svg.chart").bounding_box()
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
    view = chance.choice(panel.get_by_role("tab").all_inner_texts())
    panel.get_by_role("tab", name=view).click()
    return view


def press(panel: Locator, chance: Random) -> str:
    """Press keys from a value on."""
    found = panel.evaluate(
        """(panel, place) => {
            const boxes = [...panel.querySelectorAll('.facet li input:enabled')];
            boxes[Math.floor(place * boxes.length)]?.focus({preventScroll: true});
            return boxes.length;
        }""",
        chance.random(),
    )
    keys = chance.choices(KEYS, k=5) if found else []
    for key in keys:
        panel.page.keyboard.press(key)
    return f"press {keys}"


WAYS = (tick, exclude, pick, write, brush, look, turn, drop, press)


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
