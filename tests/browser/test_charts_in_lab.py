"""Charts as JupyterLab draws them: read from the page, not from the specification."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import photograph, until, use_theme, write_notebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

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


def test_lab_draws_the_chart_with_readable_text_and_runs_nothing_in_it(
    opened: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = opened(write_notebook(tmp_path / "volume.ipynb", CELL))
    for dark in (False, True):
        use_theme(lab.page, dark=dark)

        lab.run()

        chart = lab.chart()
        expect(chart.locator(".role-legend-label text")).to_have_count(4)
        labels = chart.locator(".role-legend-label text").all_text_contents()
        assert labels[:3] == ["Bug", "Feature", "Praise"]
        assert labels[3].startswith("</script><script>")
        assert chart.locator(".role-title-text text").first.text_content() == HOSTILE
        assert "2 of 7 days" in chart.locator(".role-mark text").all_text_contents()
        assert chart.locator(".mark-rect path").count() == 36
        assert lab.page.title() != "taken"
        until(lab.page, partial(contrast, chart.locator(".role-axis-label text").first), lambda found: found > 7)
        photograph(lab.page, f"volume-{'dark' if dark else 'light'}")


KINDS = {
    "Feedback per month by type": "volume(sw.trends.volume(feedback, by='type', every='1mo', as_of=now), about=about)",
    "Items by version and type": "breakdown(sw.trends.breakdown(feedback, by=('version', 'type'), top=8))",
    "What changed": "change(sw.trends.change(feedback, as_of=now))",
    "What changed most": "movers(sw.trends.movers(feedback, as_of=now))",
    "Difference in share by type: A vs B": "compare(sw.trends.compare(feedback, new, old))",
    "Days that stand out": "spikes(sw.trends.spikes(feedback, as_of=now))",
    "Items by version": "overview(sw.releases.overview(feedback))",
    "Share of bugs by version": "regressions(sw.releases.regressions(feedback))",
    "Items by path": "by_path(sw.trends.by_path(feedback))",
    "How long items have been open": "ages(sw.lifecycle.ages(feedback, as_of=now))",
    "Open items over time": "backlog(sw.lifecycle.backlog(feedback, history, as_of=now))",
    "Share of items not closed yet": "waiting(sw.lifecycle.waiting(feedback, history, as_of=now))",
    "Median days until closed by type": "times(sw.lifecycle.times(feedback, history, by='type', as_of=now))",
    "Whether fixes helped": "effects(sw.lifecycle.effects(feedback, as_of=now))",
    "Words and phrases that rose": "terms(sw.themes.terms(feedback, as_of=now))",
    "Items by theme": "check(sw.themes.check(feedback, themes))",
    "Items per month by theme": "volume(sw.trends.volume(tagged, by='theme', every='1mo', as_of=now))",
    "When people write": "by_hour(sw.trends.by_hour(feedback, as_of=now))",
    "Net Promoter Score": "nps(sw.ratings.nps(ratings, every='1q', as_of=now))",
    "Said “helpful” by page": "helpful(sw.ratings.helpful(ratings, by='path'))",
    "Stars by page": "stars(sw.ratings.stars(ratings, by='path'))",
    "Stars by version, compared with earlier versions": "by_release(sw.ratings.by_release(starred))",
}
LOADED = """
import polars as pl
import seggwat_nb as sw
client = sw.connect()
feedback = client.feedback()
about = client.last_load
now, ratings = about.as_of, client.ratings()
starred = ratings.with_columns(
    rating_type=pl.lit("star"), score=(pl.int_range(pl.len()) * 7 % 5 + 1).cast(pl.Float64), max_score=pl.lit(5.0),
    submitted_by=pl.lit(None, pl.String),
)
new, old = sw.FeedbackFilter(version="2.4.0"), sw.FeedbackFilter(version="2.3.0")
themes = sw.themes.Taxonomy.parse(
    '[[theme]]\\nname = "Pay"\\nany = ["pay*", "card"]\\n[[theme]]\\nname = "Orders"\\nany = ["order*"]'
)
tagged = sw.themes.tag(feedback, themes)
history = feedback.filter(pl.col("status") == "Resolved").select(
    *("id", "project_id"), field=pl.lit("status"), old=pl.lit("New"), new="status",
    earliest="created_at", latest=pl.col("created_at") + pl.duration(days=2),
)
"""


def contrast(text: Locator) -> float:
    """WCAG 2's contrast of a text's colour with Lab's ground, 1 to 21."""
    return float(
        text.evaluate(
            """text => {
                const luminance = colour => {
                    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number)
                        .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                };
                const ground = getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor;
                const both = [luminance(getComputedStyle(text).fill), luminance(ground)];
                return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
            }"""
        )
    )
