"""Charts as JupyterLab draws them: read from the page, not from the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import write_notebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.conftest import Lab

HOSTILE = "</script><script>document.title = 'taken'</script> <b>=1+1</b> \u202e x['y'].z"
CELL = f"""
from datetime import UTC, datetime, timedelta
import altair as alt, polars as pl, seggwat_nb as sw
rows = pl.DataFrame({{
    "created_at": [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=7 * n) for n in range(200)],
    "type": ["Bug", "Feature", "Praise", {HOSTILE!r}] * 50,
}})
weekly = sw.trends.volume(rows, by="type", as_of=datetime(2026, 4, 29, tzinfo=UTC))
sw.charts.volume(weekly, title={HOSTILE!r})
"""


@pytest.mark.parametrize("dark", [False, True])
def test_lab_draws_the_chart_with_readable_text_and_runs_nothing_in_it(
    opened: Callable[..., Lab], tmp_path: Path, dark: bool
) -> None:
    lab = opened(write_notebook(tmp_path / f"volume-{dark}.ipynb", CELL), dark=dark)

    lab.run()

    chart = lab.chart()
    labels = chart.locator(".role-legend-label text").all_text_contents()
    assert len(labels) == 4
    assert labels[:3] == ["Bug", "Feature", "Praise"]
    assert labels[3].startswith("</script><script>")
    assert chart.locator(".role-title-text text").first.text_content() == HOSTILE
    assert "2 of 7 days" in chart.locator(".role-mark text").all_text_contents()
    assert chart.locator(".mark-rect path").count() == 36
    assert lab.page.title() != "taken"
    assert _contrast(lab, chart.locator(".role-axis-label text").first) > 7
    lab.photograph(f"volume-{'dark' if dark else 'light'}")


def _contrast(lab: Lab, text: object) -> float:
    """WCAG 2's contrast of a text's colour with Lab's ground, 1 to 21."""
    return float(
        lab.page.evaluate(
            """text => {
                const luminance = colour => {
                    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number)
                        .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                };
                const ground = getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor;
                const both = [luminance(getComputedStyle(text).fill), luminance(ground)];
                return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
            }""",
            text.element_handle(),  # type: ignore[attr-defined]
        )
    )
