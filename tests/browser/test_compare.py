"""Two selections side by side in JupyterLab: what a person does with mouse and keyboard, and what Python then says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS, until, write_notebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import Lab

HOSTILE = "</script><script>window.taken = 1</script><img src=http://192.0.2.1/x onerror='window.taken = 1'>\u202e"
LOAD = """
import seggwat_nb as sw
client = sw.connect()
feedback = client.feedback()
about = client.last_load
ratings = client.ratings()
"""
PANEL = """
new, old = sw.FeedbackFilter(version="2.4.0"), sw.FeedbackFilter(version="2.3.0")
panel = sw.Compare(feedback, new, old, ratings=ratings, about=about, names=("2.4.0", "2.3.0"))
panel
"""
ASK = """
from ipywidgets import Button, HTML
asked, answer = Button(description="Ask Python"), HTML()
def reply(_):
    with panel.busy:  # what is typed changes it in another thread
        a, b, differences = panel.a, panel.b, panel.differences
    sizes = [where.apply(feedback).height for where in (a, b)]
    shown = differences.select("n_a", "n_b").max().row(0) if differences.height else (0, 0)
    answer.value = f"{sizes} rows, {list(shown)} compared: {a.describe()} | {b.describe()}"
asked.on_click(reply)
display(asked, answer)
"""
NO_MATCH = "No items match"


def started(opened: Callable[..., Lab], tmp_path: Path, *cells: str, dark: bool = False) -> Page:
    lab = opened(write_notebook(tmp_path / "compare.ipynb", *cells), dark=dark)
    lab.page.set_viewport_size({"width": 1440, "height": 2000})
    lab.run()
    expect(lab.page.locator(".seggwat-compare .seggwat-chart[data-drawn]")).to_have_count(5)
    return lab.page


def sizes(page: Page) -> list[int]:
    """Items that the panel says its sides have."""
    return [
        int(text.replace(",", "")) for text in page.locator(".seggwat-compare .seggwat-summary b").all_inner_texts()
    ]


def compared(page: Page) -> list[int]:
    """Items of each side without the cancellation comments, which the panel says are left out."""
    said = page.locator(".seggwat-compare .seggwat-warning", has_text="Cancellation comments").all_inner_texts()
    left = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) of [AB]", " ".join(said))] or [0, 0]
    return [items - comments for items, comments in zip(sizes(page), left, strict=True)]


def drawn(page: Page) -> list[int]:
    """Items that the bars of each side add up to, from what the page says of each bar to a screen reader."""
    told: list[int] = page.evaluate(
        """() => [...document.querySelectorAll('.seggwat-compare .seggwat-chart')].slice(3, 5).map(chart =>
            [...chart.querySelectorAll('[aria-label*="Items: "]')]
                .map(bar => Number(/Items: ([\\d,]+)/.exec(bar.getAttribute('aria-label'))[1].replace(',', '')))
                .reduce((sum, one) => sum + one, 0))"""
    )
    return told


def told(page: Page, words: str) -> str:
    """Ask Python until it answers with these words: what was typed is looked at after a pause."""

    def ask() -> str:
        page.get_by_role("button", name="Ask Python").dispatch_event("click")  # wherever a chart has moved it
        return page.get_by_text(re.compile(r"^\[\d+, \d+\] rows, ")).inner_text()

    return until(page, ask, lambda answer: words in answer)


def test_what_a_person_chooses_is_what_python_compares(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, ASK)
    new, old = sizes(page)
    assert told(page, "version 2.4.0").startswith(f"[{new}, {old}] rows, [{new}, {old}] compared")
    until(page, lambda: drawn(page), lambda bars: bars == [new, old])

    page.get_by_role("button", name="Swap A and B").click()
    until(page, lambda: sizes(page), lambda both: both == [old, new])
    told(page, "version 2.3.0 | version 2.4.0")
    page.locator("figcaption", has_text="2.3.0 vs 2.4.0").wait_for()
    until(page, lambda: drawn(page), lambda bars: bars == [old, new])

    page.get_by_label("Release").first.select_option("2.2.0")
    told(page, "version 2.2.0 or v2.2.0 | version 2.4.0")
    page.get_by_role("button", name="Filter A…").click()
    page.get_by_role("textbox", name="Text", exact=True).first.press_sequentially("order")
    answer = told(page, 'text "order"')
    found, others, *compared = map(int, re.findall(r"\d+", answer)[:4])
    assert 0 < found < old
    assert [found, others] == [found, new] == compared
    until(page, lambda: sizes(page), lambda both: both == compared)

    bar = page.locator(".seggwat-compare .seggwat-chart").nth(4).locator('[aria-label*="Items: "]').first
    name, items = re.findall(r"(?:Value|Items): ([^;]+)", str(bar.get_attribute("aria-label")))
    bar.dispatch_event("click")
    listed = page.locator(".seggwat-found section")
    expect(listed.locator("h4")).to_contain_text(f"2.4.0 · {name}: {items} item")
    expect(listed.locator("li").first).to_be_visible()

    page.get_by_role("button", name="Path", exact=True).click()
    page.locator("figcaption", has_text="Difference in share by path").wait_for()
    expect(listed).to_have_count(0)
    page.get_by_text("Differences as a table").click()
    expect(page.locator(".seggwat-figures tbody tr").first).to_be_visible()


def test_periods_errors_and_code(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, "panel = sw.Compare(feedback, about=about)\npanel", ASK)
    everything = sizes(page)[0]
    page.locator(".seggwat-warning", has_text="A and B select the same items").wait_for()
    page.get_by_label("Periods").select_option("Last 28 days vs previous 28")
    both = until(page, lambda: sizes(page), lambda seen: 0 < max(seen) < everything)
    expect(page.get_by_label("Periods")).to_have_value("Choose …")
    expect(page.locator(".seggwat-warning", has_text="very same")).to_have_count(0)
    assert both > compared(page)
    assert told(page, "since").startswith(f"{both} rows, {compared(page)} compared")
    until(page, lambda: drawn(page), lambda bars: bars == compared(page))

    page.get_by_role("button", name="Filter B…").click()
    page.get_by_role("textbox", name="Text", exact=True).last.fill("(")
    page.get_by_role("checkbox", name="Regular expression").last.check()
    page.locator(".seggwat-compare .seggwat-error", has_text="regular expression").wait_for()
    assert sizes(page)[0] == both[0]
    page.get_by_role("checkbox", name="Regular expression").last.uncheck()
    page.get_by_text(NO_MATCH).first.wait_for()
    expect(page.locator(".seggwat-compare .seggwat-error", has_text=re.compile("."))).to_have_count(0)

    page.get_by_role("button", name="Copy as Python").click()
    code = page.locator(".seggwat-compare textarea")
    until(page, code.input_value, lambda text: 'text="("' in text and "sw.trends.compare(feedback, a, b" in text)


def test_nothing_of_strangers_runs(opened: Callable[..., Lab], tmp_path: Path) -> None:
    hostile = f"""
import polars as pl, seggwat_nb as sw
from datetime import UTC, datetime, timedelta
text = {HOSTILE!r}
rows = pl.DataFrame({{
    "id": [str(n) for n in range(60)],
    "created_at": [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n) for n in range(60)],
}}).with_columns(pl.lit(text).alias(name) for name in ("message", "type", "status", "source", "version", "path"))
early, strange = sw.FeedbackFilter(until="2026-04-01"), sw.FeedbackFilter(text="</script>")
sw.Compare(rows, early, strange, names=("<b>now</b>", "then"))
"""
    page = started(opened, tmp_path, hostile)
    for key in ("Status", "Source", "Version", "Path"):
        page.get_by_role("button", name=key, exact=True).click()
        page.locator("figcaption", has_text=f"Difference in share by {key.lower()}").wait_for()
    page.get_by_text("Differences as a table").click()
    expect(page.locator(".seggwat-figures tbody th")).to_contain_text("<script>")
    assert page.evaluate("window.taken") is None
    assert page.locator(".seggwat-compare img, .seggwat-compare script").count() == 0
    assert page.locator(".seggwat-compare .seggwat-summary").first.inner_text().startswith("A: <b>now</b> · ")


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_readable_in_both_themes_and_on_a_narrow_page(
    opened: Callable[..., Lab], tmp_path: Path, dark: bool
) -> None:
    page = started(opened, tmp_path, LOAD, PANEL, dark=dark)
    panel, name = page.locator(".seggwat-compare"), f"compare_{'dark' if dark else 'light'}"
    colour = page.evaluate("getComputedStyle(document.querySelector('.seggwat-summary')).color")
    assert (colour.startswith(("rgba(255", "rgb(2"))) == dark
    expect(page.get_by_label("Periods")).to_have_value("Choose …")
    until(page, lambda: drawn(page), lambda bars: bars == compared(page))
    SCREENSHOTS.mkdir(exist_ok=True)
    panel.screenshot(path=SCREENSHOTS / f"{name}.png")

    page.get_by_role("button", name="Path", exact=True).click()
    page.locator("figcaption", has_text="Difference in share by path").wait_for()
    page.get_by_label("Release").first.select_option("any")
    page.locator(".seggwat-warning").first.wait_for()
    until(page, lambda: drawn(page), lambda bars: bars == compared(page))
    panel.screenshot(path=SCREENSHOTS / f"{name}_paths.png")

    page.get_by_role("button", name="Filter A…").click()
    page.get_by_role("textbox", name="Text", exact=True).first.fill("no such words")
    page.get_by_text(NO_MATCH).first.wait_for()
    until(page, lambda: sizes(page), lambda both: both[0] == 0)
    panel.screenshot(path=SCREENSHOTS / f"{name}_nothing.png")

    page.set_viewport_size({"width": 1024, "height": 2000})
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.get_by_role("textbox", name="Text", exact=True).first.fill("")
    until(page, lambda: drawn(page), lambda bars: min(bars) > 0 and bars == compared(page))
    panel.screenshot(path=SCREENSHOTS / f"{name}_1024.png")
    assert page.evaluate("document.querySelector('.seggwat-compare').scrollWidth <= window.innerWidth")
    for width in (1440, 1024, 720):
        page.set_viewport_size({"width": width, "height": 2000})
        both, *four = page.locator(".seggwat-compare .seggwat-chart").all()
        boxes = [place.bounding_box() for place in (both, *four)]
        whole, over_a, over_b, values_a, values_b = [box for box in boxes if box]
        assert whole["y"] < over_a["y"] == over_b["y"] < values_a["y"] == values_b["y"], width
        assert whole["x"] == over_a["x"] == values_a["x"] < over_b["x"] == values_b["x"], width
        assert "vs" in both.locator("figcaption").inner_text()
    page.set_viewport_size({"width": 390, "height": 2600})
    until(page, lambda: drawn(page), lambda bars: bars == compared(page))
    places = [one.bounding_box() for one in page.locator(".seggwat-compare .seggwat-summary").all()]
    over, under = [place for place in places if place]
    assert over["y"] < under["y"]  # A over B
    panel.screenshot(path=SCREENSHOTS / f"{name}_390.png")
