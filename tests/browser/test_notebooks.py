"""Every notebook that is shipped, run to its end in JupyterLab and in Notebook 7; and every chart in every form."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from seggwat_nb import charts
from tests.browser.conftest import CHARTS, HOSTS, ROOT, photograph, until, use_theme, write_notebook
from tests.browser.test_charts_in_lab import KINDS, LOADED, contrast

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Lab

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LEAST_WIDTH = 200
"""Pixels; a chart that has no room is drawn as a sliver."""
MOST_HEAP = 150
"""Megabytes; a page of JupyterLab alone has some 30."""

MOST_OF_A_TILE = 40
"""Pixels of height of a tile's bars."""

COUNT_PNGS = """() => {
    window.pngs = 0;
    const drawn = HTMLCanvasElement.prototype.toDataURL;
    HTMLCanvasElement.prototype.toDataURL = function(...how) {
        if (++window.pngs > 50) throw new Error('drawn again and again');  // else the page answers no more
        return drawn.apply(this, how);
    };
}"""
"""JupyterLab draws a chart anew each time that it has made an image of it: forever, where the image stays empty."""
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code').flatMap(cell => cell.model.outputs.toJSON())"""
WIDTHS = "charts => charts.map(chart => chart.getBoundingClientRect().width)"

MORE = {
    "layered": "sw.charts.spikes(days) + alt.Chart(pl.DataFrame({'y': [2]})).mark_rule().encode(y='y:Q')",
    "concatenated": "(wide(sw.charts.spikes(days)) | sw.charts.by_hour(hours)) & wide(sw.charts.by_hour(hours))",
    "faceted": "wide(sw.charts.by_hour(hours)).facet('part:N', data=pl.DataFrame({'part': ['a', 'b']}))",
    "without rows": "wide(sw.charts.volume(sw.trends.volume(feedback.clear())))",
    "taller than any canvas": "wide(sw.charts.by_hour(hours)).properties(height=70_000)",
    "without an image": "with alt.renderers.enable('mimetype'):\n    display(wide(sw.charts.by_hour(hours)))",
}
PREPARED = """
import altair as alt
days, hours = sw.trends.spikes(feedback, as_of=now), sw.trends.by_hour(feedback, as_of=now)
def wide(chart):
    return chart.properties(width="container")
"""


IN_LAB, IN_NOTEBOOK = ("06_compare", "report"), ("01_explore",)
"""Notebooks that the gate runs in JupyterLab and in Notebook 7; a campaign runs all in both."""


@pytest.fixture(params=HOSTS)
def ran(request: pytest.FixtureRequest, opened: Callable[..., Lab]) -> Callable[..., Lab]:
    """Run a notebook to its end, in a page of its own, whose memory is measured and whose pictures are counted."""

    def run(notebook: Path) -> Lab:
        lab = opened(notebook, host=request.param, alone=True)
        lab.page.evaluate(COUNT_PNGS)
        lab.run()
        return lab

    return run


@pytest.mark.parametrize(
    ("ran", "notebook"),
    [
        pytest.param(
            host,
            path,
            id=f"{host}-{path.stem}",
            marks=[] if path.stem in (IN_LAB if host == "lab" else IN_NOTEBOOK) else [pytest.mark.campaign],
        )
        for host in HOSTS
        for path in NOTEBOOKS
    ],
    indirect=["ran"],
)
def test_every_notebook_runs_to_its_end(
    ran: Callable[..., Lab], browser: Browser, notebook: Path, figures: Callable[[str], None]
) -> None:
    lab = ran(notebook)

    outputs = lab.page.evaluate(OUTPUTS)
    assert [one["evalue"] for one in outputs if one["output_type"] == "error"] == []
    assert check_drawn(lab.page, outputs) == 0
    for panel in lab.page.locator(".seggwat-panel").all():
        panel.locator(":is(.seggwat-chart svg, svg.chart[data-drawn]) text").first.wait_for()
    if notebook.stem == "report":
        check_looks(lab.page)
    heap = lab.heap()
    assert heap < MOST_HEAP
    figures(f"{notebook.name} in {lab.page.url.split('/')[3]}: {heap:.0f} MB of heap, tab of {resident(browser)} MB.")


@pytest.mark.parametrize("ran", ["lab", pytest.param("notebook", marks=pytest.mark.campaign)], indirect=["ran"])
def test_every_kind_of_chart_is_drawn_once_in_every_form_on_a_light_and_on_a_dark_page(
    ran: Callable[..., Lab], tmp_path: Path
) -> None:
    assert {code.partition("(")[0] for code in KINDS.values()} >= set(charts.__all__)
    kinds = [f"wide(sw.charts.{code})" for code in KINDS.values()]

    lab = ran(write_notebook(tmp_path / "every-form.ipynb", LOADED, PREPARED, *kinds, *MORE.values()))

    outputs = lab.page.evaluate(OUTPUTS)
    assert [one["evalue"] for one in outputs if one["output_type"] == "error"] == []
    expect(lab.page.locator(CHARTS)).to_have_count(len(kinds) + len(MORE))
    # Where the image is turned off JupyterLab makes one, once.
    assert check_drawn(lab.page, outputs) == 1
    for dark in (False, True):
        use_theme(lab.page, dark=dark)
        for number, (heading, code) in enumerate(KINDS.items()):
            check_marks(lab, number, heading)
            photograph(lab.chart(number), f"chart-{code.partition('(')[0]}-{'Dark' if dark else 'Light'}")
    expect(lab.page.locator(".jp-OutputArea svg.marks")).to_have_count(len(kinds) + len(MORE))


def check_looks(page: Page) -> None:
    """Look at what the cells of a report show in a notebook, whose own style sheet knows nothing of tiles."""
    tile = page.locator(".figures > div").first
    tile.scroll_into_view_if_needed()
    photograph(page, "report-in-a-notebook")
    widths = page.locator(".figures").evaluate("tiles => [tiles, tiles.firstChild].map(one => one.clientWidth)")
    assert widths[1] < widths[0] / 2  # several beside each other
    assert tile.locator("svg").evaluate("bars => bars.clientHeight") < MOST_OF_A_TILE
    shades = "bar => [getComputedStyle(bar).fill, getComputedStyle(bar.closest('.jp-Notebook')).backgroundColor]"
    ink, ground = tile.locator("rect").last.evaluate(shades)
    assert ink != ground
    expect(page.get_by_text("Show these items").first).to_be_hidden()


def check_marks(lab: Lab, number: int, heading: str) -> None:
    """Look at what a chart shows: its title, to be read, and its marks."""
    chart = lab.chart(number)
    title = chart.locator(".role-title-text text").first
    expect(title).to_have_text(heading)
    until(lab.page, partial(contrast, title), lambda found: found > 7)
    until(lab.page, chart.locator(".role-mark :is(path, line, text)").count, lambda marks: marks > 3)
    assert chart.locator("[fill*=NaN], [d*=NaN], [transform*=NaN]").count() == 0


def check_drawn(page: Page, outputs: list[dict[str, Any]]) -> int:
    """Look at each chart; return how many images the page has made itself."""
    shown = [one for one in outputs if "vegalite" in json.dumps(list(one.get("data", {})))]
    widths = until(page, lambda: page.locator(CHARTS).evaluate_all(WIDTHS), lambda found: len(found) == len(shown))
    assert all(width > LEAST_WIDTH for width in widths), widths
    return int(page.evaluate("window.pngs"))


def resident(browser: Browser) -> int:
    """Megabytes of memory of the largest tab."""
    chromium = browser.new_browser_cdp_session()
    tabs = [one["id"] for one in chromium.send("SystemInfo.getProcessInfo")["processInfo"] if one["type"] == "renderer"]
    chromium.detach()
    kilobytes = (
        int(line.split()[1])
        for tab in tabs
        for line in Path(f"/proc/{tab}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )
    return max(kilobytes) // 1024
