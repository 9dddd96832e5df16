"""A chart saved as SVG is read whole, also where none of its fonts is installed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from seggwat_nb import FeedbackFilter, charts, ratings, trends

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

START = datetime(2026, 3, 2, tzinfo=UTC)
NAMES = ("/settings/integrations", "/admin/products/import", "/支払い/確認", "Wide MMMMWWWW %%%@@@", "ИЗМЕНЕНИЯ", "i")
OUTSIDE = """fonts => {
    const svg = document.querySelector('svg');
    for (const text of svg.querySelectorAll('text')) text.setAttribute('font-family', fonts);
    const box = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')]
        .filter(text => text.textContent.trim())
        .filter(text => {
            const { left, right } = text.getBoundingClientRect();
            return left < box.left || right > box.right;
        })
        .map(text => text.textContent);
}"""


def drawn() -> dict[str, Any]:
    """Charts with long names at every side."""
    rows = pl.DataFrame(
        {
            "created_at": [START + timedelta(hours=7 * n) for n in range(240)],
            "path": [NAMES[min(n % 8, 5)] for n in range(240)],
            "rating_type": ["nps"] * 240,
            "score": [float(n % 11) for n in range(240)],
            "max_score": [10.0] * 240,
            "nps_category": [
                "detractor" if n % 11 < 7 else "passive" if n % 11 < 9 else "promoter" for n in range(240)
            ],
        }
    )
    early, late = FeedbackFilter(until=START + timedelta(days=35)), FeedbackFilter(since=START + timedelta(days=35))
    return {
        "volume": charts.volume(trends.volume(rows, by="path")),
        "breakdown": charts.breakdown(trends.breakdown(rows, by=("path", "rating_type"))),
        "compare": charts.compare(trends.compare(rows, early, late, by="path"), names=("early", "late")),
        "nps": charts.nps(ratings.nps(rows, by="path")),
    }


def test_no_text_of_a_saved_svg_is_cut_off(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page()
    for name, chart in drawn().items():
        file = tmp_path / f"{name}.svg"
        chart.save(str(file))
        page.set_content(f"<body style='margin: 0'>{file.read_text(encoding='utf-8')}</body>")
        assert page.locator("svg text").count() > 10
        for fonts in (
            "Inter, Segoe UI, Helvetica Neue, Arial, sans-serif",
            "Verdana, DejaVu Sans, sans-serif",
            "serif",
        ):
            assert page.evaluate(OUTSIDE, fonts) == [], (name, fonts)
    page.close()
