"""Two selections side by side in JupyterLab: what a person does with mouse and keyboard, and what Python then says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import photograph, until, use_theme, write_notebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

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
CUT = """charts => charts.flatMap(chart => [...chart.querySelectorAll("text")]
    .filter(one => one.getBoundingClientRect().right > chart.getBoundingClientRect().right + 1)
    .map(one => one.textContent))"""
COLOUR = "one => getComputedStyle(one).color"
LABELS = "bars => bars.map(bar => bar.getAttribute('aria-label'))"


def started(opened: Callable[..., Lab], tmp_path: Path, *cells: str) -> Page:
    lab = opened(write_notebook(tmp_path / "compare.ipynb", *cells))
    lab.page.set_viewport_size({"width": 1440, "height": 2000})
    lab.run()
    expect(lab.page.locator(".seggwat-compare .seggwat-chart[data-drawn]")).to_have_count(5)
    return lab.page


def sizes(page: Page) -> list[int]:
    """Items that the panel says its sides have."""
    return [int(text.replace(",", "")) for text in page.locator(".seggwat-compare .sum b").all_inner_texts()]


def compared(page: Page) -> list[int]:
    """Items of each side without the cancellation comments, which the panel says are left out."""
    said = page.locator(".cautions p", has_text="Cancellation comments").all_inner_texts()
    left = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) of [AB]", " ".join(said))] or [0, 0]
    return [items - comments for items, comments in zip(sizes(page), left, strict=True)]


def bars(page: Page, chart: str) -> Locator:
    return page.locator(f'.seggwat-chart[data-chart="{chart}"] [aria-label*="Items: "]')


def drawn(page: Page) -> list[int]:
    """Items that the bars of each side add up to, from what the page says of each bar to a screen reader."""
    labels = [bars(page, f"values {side}").evaluate_all(LABELS) for side in "ab"]
    return [sum(int(re.findall(r"Items: ([\d,]+)", one)[0].replace(",", "")) for one in side) for side in labels]


def search(page: Page, place: int) -> Locator:
    return page.get_by_role("searchbox", name="Search", exact=True).nth(place)


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

    page.get_by_role("button", name="Filters of A").click()
    page.get_by_role("searchbox", name="Find a version").fill("2.2.0")
    page.locator('[aria-label="only 2.2.0"]').dispatch_event("click")
    told(page, "version 2.2.0 or v2.2.0 | version 2.4.0")
    search(page, 0).press_sequentially("order")
    answer = told(page, 'text "order"')
    found, others, *both = map(int, re.findall(r"\d+", answer)[:4])
    assert 0 < found < old
    assert [found, others] == [found, new] == both
    until(page, lambda: sizes(page), lambda now: now == both)
    for _ in range(2):
        page.keyboard.press("Control+z")
    told(page, "version 2.3.0 | version 2.4.0")
    page.get_by_role("button", name="Forward").click()
    told(page, "version 2.2.0 or v2.2.0 | version 2.4.0")


def test_a_mark_leads_to_items_that_are_read_beside_those_of_the_other_side(
    opened: Callable[..., Lab], tmp_path: Path
) -> None:
    page = started(opened, tmp_path, LOAD, PANEL)
    bar, lists, titles = (
        bars(page, "values b").first,
        page.locator(".seggwat-compare .items"),
        page.locator(".listed h3"),
    )
    name, items = re.findall(r"(?:Value|Items): ([^;]+)", str(bar.get_attribute("aria-label")))
    bar.dispatch_event("click")
    expect(titles.nth(1)).to_have_text(re.compile(rf"^2\.3\.0 · {name}: {items} items?$"))
    expect(titles.nth(0)).to_have_text(re.compile(r"^2\.4\.0: \d+ items$"))
    expect(lists.nth(1).get_by_role("listbox")).to_be_focused()
    page.keyboard.press("j")
    expect(lists.nth(1).locator(".reader .badge")).to_have_text(name)
    expect(lists.nth(0).locator(".reader")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(lists.nth(1).locator(".reader")).to_be_hidden()
    page.get_by_role("button", name="Show all").click()
    expect(titles.nth(1)).to_have_text(re.compile(r"^2\.3\.0: \d+ items$"))

    page.get_by_text("Differences as a table").click()
    page.locator(".figures tbody th button").first.click()
    for place in (0, 1):
        expect(titles.nth(place)).to_have_text(re.compile(r" · Bug: \d+ items$"))
    page.get_by_role("button", name="Page", exact=True).click()
    page.locator("figcaption", has_text="Difference in share by page").wait_for()
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)

    old = sizes(page)[1]
    page.get_by_role("button", name="Open B in Explorer").click()
    explorer = page.locator(".seggwat-explorer")
    expect(explorer.locator(".sum b")).to_have_text(f"{old:,}")
    expect(page.locator(".difference")).to_be_hidden()
    page.get_by_role("button", name="Back to the comparison").click()
    expect(page.locator(".difference")).to_be_visible()
    expect(page.get_by_role("button", name="Open B in Explorer")).to_be_focused()
    expect(explorer).to_have_count(0)


def test_periods_errors_and_code(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, "panel = sw.Compare(feedback, about=about)\npanel", ASK)
    everything = sizes(page)[0]
    page.locator(".difference", has_text="A and B select the same items").wait_for()
    page.get_by_role("combobox", name="Periods").select_option("Last 28 days vs previous 28")
    both = until(page, lambda: sizes(page), lambda seen: 0 < max(seen) < everything)
    expect(page.get_by_role("combobox", name="Periods")).to_have_value("")
    expect(page.locator(".difference", has_text="select the same items")).to_have_count(0)
    assert both > compared(page)
    assert told(page, "since").startswith(f"{both} rows, {compared(page)} compared")
    until(page, lambda: drawn(page), lambda bars: bars == compared(page))

    search(page, 1).fill("/(/")
    page.get_by_role("alert").get_by_text("regular expression").wait_for()
    assert sizes(page) == both
    search(page, 1).fill("nosuchword")
    page.get_by_text(NO_MATCH).first.wait_for()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Without search nosuchword").wait_for()

    page.locator("summary", has_text="Code").click()
    page.get_by_role("button", name="Copy as Python").click()
    code = page.get_by_role("textbox", name="The comparison as Python")
    until(page, code.input_value, lambda text: 'search="nosuchword"' in text and "compare(feedback, a, b" in text)


def test_nothing_of_strangers_runs(opened: Callable[..., Lab], tmp_path: Path) -> None:
    hostile = f"""
import polars as pl, seggwat_nb as sw
from datetime import UTC, datetime, timedelta
text = {HOSTILE!r}
rows = pl.DataFrame({{
    "id": [str(n) for n in range(60)],
    "created_at": [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n) for n in range(60)],
}}).with_columns(
    pl.when(pl.int_range(pl.len()) % 9 > 0).then(pl.lit(text)).otherwise(pl.lit(text + " again")).alias(name)
    for name in ("message", "type", "status", "source", "version", "path")
)
early, strange = sw.FeedbackFilter(until="2026-04-01"), sw.FeedbackFilter(text="</script>")
sw.Compare(rows, early, strange, names=("<b>now</b>", "then"))
"""
    page = started(opened, tmp_path, hostile)
    keys = page.get_by_role("group", name="Compare by")
    for key, by in {"Status": "status", "Source": "source", "Version": "version", "Page": "page"}.items():
        keys.get_by_role("button", name=key, exact=True).click()
        page.locator("figcaption", has_text=f"Difference in share by {by}").wait_for()
    page.get_by_role("button", name="Filters of A").click()
    page.locator(".facet .n").first.wait_for()
    page.get_by_text("Differences as a table").click()
    page.locator(".figures tbody th button").first.click()
    page.get_by_role("button", name="Show all").first.wait_for()
    page.locator(".item").first.click()
    expect(page.locator(".reader .text").first).to_contain_text("<script>")
    expect(page.locator(".figures tbody th").first).to_contain_text("<script>")
    assert page.evaluate("window.taken") is None
    assert page.locator(".seggwat-compare :is(img, script)").count() == 0
    assert page.locator(".called h3").first.inner_text().endswith("<b>now</b>")


def test_it_is_readable_in_both_themes_and_on_a_narrow_page(opened: Callable[..., Lab], tmp_path: Path) -> None:
    page = started(opened, tmp_path, LOAD, PANEL)
    panel, words = page.locator(".seggwat-compare"), page.locator(".words li").first
    until(page, lambda: drawn(page), lambda now: now == compared(page))
    found = {}
    for theme in ("light", "dark"):
        use_theme(page, dark=theme == "dark")
        until(page, lambda: words.evaluate(COLOUR).startswith(("rgba(255", "rgb(2")), (theme == "dark").__eq__)
        photograph(panel, f"compare {theme}")
        found[theme] = faults(page, ".seggwat-compare")

    page.get_by_role("button", name="Filters of A").click()
    page.locator(".facet .n").first.wait_for()
    page.get_by_text("Differences as a table").click()
    page.locator(".figures tbody td button").first.click()
    page.get_by_role("button", name="Show all").wait_for()
    page.keyboard.press("j")
    page.locator(".reader .text").first.wait_for()
    photograph(panel, "compare reading")
    found["filters, table and an item"] = faults(page, ".seggwat-compare")
    search(page, 0).fill("nosuchword")
    page.get_by_text("No item matches all of these filters.").wait_for()
    until(page, lambda: sizes(page), lambda both: both[0] == 0)
    photograph(panel, "compare nothing")
    found["nothing"] = faults(page, ".seggwat-compare")
    assert {state: wrong for state, wrong in found.items() if wrong} == {}

    search(page, 0).fill("")
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    until(page, lambda: drawn(page), lambda now: min(now) > 0 and now == compared(page))
    for width in (1440, 1024, 720, 560):
        page.set_viewport_size({"width": width, "height": 2000})
        charts = ("differences", "time a", "time b", "values a", "values b")
        boxes = [page.locator(f'.seggwat-chart[data-chart="{chart}"]').bounding_box() for chart in charts]
        whole, over_a, over_b, values_a, values_b = [box for box in boxes if box]
        assert whole["y"] < over_a["y"] == over_b["y"] < values_a["y"] == values_b["y"], width
        assert whole["x"] == over_a["x"] == values_a["x"] < over_b["x"] == values_b["x"], width
        assert page.evaluate("document.querySelector('.seggwat-compare').scrollWidth <= window.innerWidth"), width
        notes = page.locator('.seggwat-chart[data-chart^="values"] svg')
        until(page, lambda: notes.evaluate_all(CUT), [].__eq__)  # noqa: B023  # called at once
        photograph(panel, f"compare {width}")
    page.set_viewport_size({"width": 390, "height": 2600})
    over, under = [one.bounding_box() for one in page.locator(".seggwat-compare .called").all()]
    assert over
    assert under
    assert over["y"] < under["y"]  # A over B
    photograph(panel, "compare 390")
