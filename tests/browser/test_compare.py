"""Two selections side by side in JupyterLab: what a person does with mouse and keyboard, and what Python then says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS, write_notebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.conftest import Lab

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


def test_two(opened: Callable[..., Lab], tmp_path: Path) -> None:
    for dark in (False, True):
        lab = opened(write_notebook(tmp_path / f"compare-{dark}.ipynb", LOAD, PANEL), dark=dark)
        page = lab.page
        page.set_viewport_size({"width": 1440, "height": 1700})
        lab.run()
        panel = page.locator(".seggwat-compare")
        expect(panel.locator(".seggwat-chart[data-drawn]")).to_have_count(5)
        page.wait_for_timeout(500)
        name = "dark" if dark else "light"
        SCREENSHOTS.mkdir(exist_ok=True)
        panel.screenshot(path=SCREENSHOTS / f"compare_{name}.png")
        page.get_by_label("Periods").select_option("last 28 days, and the 28 before")
        page.wait_for_timeout(1500)
        panel.screenshot(path=SCREENSHOTS / f"compare_{name}_2.png")
        page.get_by_role("button", name="Filter A").click()
        page.get_by_role("button", name="Path", exact=True).click()
        page.get_by_label("Periods").select_option("all time")
        page.get_by_label("Release").first.select_option("any")
        panel.locator("summary").click()
        page.wait_for_timeout(1500)
        panel.screenshot(path=SCREENSHOTS / f"compare_{name}_3.png")
        page.get_by_role("textbox", name="Text", exact=True).first.fill("no such words")
        page.wait_for_timeout(1500)
        panel.screenshot(path=SCREENSHOTS / f"compare_{name}_4.png")
