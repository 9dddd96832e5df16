"""The first notebook as a newcomer meets it: no settings, so the demo project; all cells, then the dropdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import CHARTS, ROOT, photograph

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.conftest import Lab


def test_the_first_notebook_draws_feedback_by_week_and_follows_its_dropdown(opened: Callable[..., Lab]) -> None:
    lab = opened(ROOT / "notebooks" / "01_explore.ipynb", fresh=True)

    lab.run()

    page, whole, chosen = lab.page, lab.chart(0), lab.chart(1)
    expect(page.locator(".jp-OutputArea").get_by_text("Demo project:")).to_have_count(1)
    assert "Synthetic demo data." in _subtitle(whole)
    assert _legend(whole)[:6] == ["Bug", "Feature", "Improvement", "Question", "Praise", "Other"]
    assert _items(whole) == _items(chosen) > 1_500
    whole.scroll_into_view_if_needed()
    photograph(page, "01_explore")

    page.get_by_role("combobox", name="Status", exact=True).select_option("New")
    page.locator(CHARTS, has_text="Feedback per week: New").wait_for()

    chosen = lab.chart(1)
    assert 0 < _items(chosen) < _items(whole)
    expect(page.locator(CHARTS)).to_have_count(2)
    chosen.scroll_into_view_if_needed()
    photograph(page, "01_explore-new")


def _subtitle(chart: Locator) -> str:
    return " ".join(chart.locator(".role-title-subtitle text").all_text_contents())


def _legend(chart: Locator) -> list[str]:
    return chart.locator(".role-legend-label text").all_text_contents()


def _items(chart: Locator) -> int:
    return int(_subtitle(chart).partition(" item")[0].replace(",", ""))
