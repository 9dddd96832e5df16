"""Charts of terms and themes: no item is stacked twice, and what has no ratio is drawn as such."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import vl_convert

import seggwat_nb as sw
from seggwat_nb import charts, themes, trends
from seggwat_nb.charts import counts
from seggwat_nb.errors import ArgumentError
from tests.unit.test_theme_key import END, tagged

HOSTILE = "</text><script>alert(1)</script> \u202e{datum.x}\n\x00" + "long " * 800


def found(**changes: Any) -> pl.DataFrame:
    """Three findings, the last one of a term that nobody used before."""
    rows = pl.DataFrame(
        {
            "term": ["export", "payment", "constructor"],
            "terms": [["csv", "every monday", "schedule", "a", "b", "c", "d"], [], ["\u202eabc"]],
            "count": [46, 12, 7], "submitters": [40, 12, 1], "n": 1_200, "share": [46 / 1_200, 0.01, 7 / 1_200],
            "baseline_count": [10, 3, 0], "baseline_n": 6_000, "baseline_share": [10 / 6_000, 0.0005, 0.0],
            "ratio": [23.0, 20.0, float("inf")], "low": [11.5, 5.8, 9.1], "high": [45.0, 70.1, float("inf")],
            "p": 0.001, "q": 0.01, "dispersion": 1.0, "log_odds": [9.0, 5.0, 4.0],
            "examples": [["Export to CSV"], [HOSTILE], []], "ids": [["a"], ["b"], ["c"]],
            "baseline_first": date(2026, 3, 1), "first": date(2026, 8, 16), "last": date(2026, 9, 12),
        }
    )  # fmt: skip
    return rows.with_columns(**changes)


def rows_of(chart: Any, field: str) -> list[dict[str, Any]]:
    """Rows of the first layer that has a field."""
    datasets: dict[str, list[dict[str, Any]]] = chart.to_dict(validate=False)["datasets"]
    return next(rows for rows in datasets.values() if rows and field in rows[0])


def test_each_finding_has_its_interval_and_one_without_a_baseline_no_ratio() -> None:
    chart = charts.terms(found())
    export, payment, new = rows_of(chart, "verdict")
    assert (export["low"], export["middle"], export["high"]) == (11.5, 23, 45)
    assert payment["high"] == 70.1
    _, end = chart.to_dict(validate=False)["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert new["low"] == 9.1
    assert new["middle"] == new["high"] == end > 70.1
    assert new["verdict"] == "none before"
    assert new["times"] == "at least 9.1×"  # noqa: RUF001  # as written
    svg = vl_convert.vegalite_to_svg(json.dumps(chart.to_dict(validate=False), allow_nan=False), vl_version="5.8")
    assert ">none before<" in svg
    assert ">none \N{RIGHTWARDS ARROW} 0.58%<" in svg
    assert (
        "3 findings in the 28 days from 16 Aug 2026, compared with the 168 before."
        in chart.to_dict(validate=False)["description"]
    )


def test_findings_of_parts_of_the_days_are_counted_with_their_days() -> None:
    first = found()["first"][0]
    parts = found(first=pl.Series([first, first + timedelta(days=14), first + timedelta(days=21)]))
    assert (
        "3 findings in the 28 days from 16 Aug 2026, compared with the 168 before. "
        "Of them, 1 in the 14 days from 30 Aug 2026 and 1 in the 7 days from 6 Sep 2026."
    ) in charts.terms(parts).to_dict(validate=False)["description"]


def test_what_people_wrote_is_a_line_of_text_and_the_other_terms_are_counted() -> None:
    export, payment, new = rows_of(charts.terms(found()), "verdict")
    assert export["also"] == "csv, every monday, schedule, a, b, c and 1 more"
    assert (payment["also"], new["example"]) == (None, None)
    assert len(payment["example"]) == 140
    assert not re.search(r"[\n\x00\u202e]", payment["example"] + new["also"])
    assert payment["example"].endswith("…")


def test_an_interval_beyond_the_axis_ends_with_it_and_small_ratios_fit() -> None:
    wide = charts.terms(found(high=pl.Series([5e6, 8.0, float("inf")]), ratio=pl.Series([4e6, 3.0, float("inf")])))
    least, most = wide.to_dict(validate=False)["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert (least, most) == (1, 1_024)
    assert all(least <= row[end] <= most for row in rows_of(wide, "verdict") for end in ("low", "middle", "high"))
    near = charts.terms(found(low=0.9, ratio=1.1, high=1.4))
    assert near.to_dict(validate=False)["layer"][1]["encoding"]["x"]["scale"]["domain"] == [0.5, 2]


def test_two_selections_are_called_by_their_names() -> None:
    between = found(**dict.fromkeys(("baseline_first", "first", "last"), pl.lit(None, pl.Date)))
    described = charts.terms(between, names=("2.4.0", "2.3.0")).to_dict(validate=False)["description"]
    assert described.startswith(
        "More frequent in 2.4.0 than in 2.3.0. 3 findings: 1,200 items in 2.4.0, 6,000 in 2.3.0."
    )
    assert "More frequent in A than in B" in charts.terms(between).to_dict(validate=False)["description"]
    many = pl.concat([found()] * 8)
    assert "4 more findings not shown (weaker evidence)." in charts.terms(many).to_dict(validate=False)["description"]


def test_themes_over_time_are_not_stacked_and_items_are_counted_once() -> None:
    rows = tagged(30)
    frame = trends.volume(rows, by="theme", as_of=END - timedelta(days=166))
    chart = charts.volume(frame)
    points = rows_of(chart, "count")
    assert [(row["low"], row["high"]) for row in points] == [(0, count) for count in frame.drop_nulls("theme")["count"]]
    assert f"{rows.height} items over 5 weeks." in chart.to_dict(validate=False)["description"]
    assert frame["count"].sum() > rows.height
    assert "An item with several themes counts for each." in chart.to_dict(validate=False)["description"]
    marks = {layer["mark"]["type"] for layer in chart.to_dict(validate=False)["layer"]}
    assert {"line", "point"} <= marks
    assert "rect" not in marks
    assert [rows.to_dicts() for rows in counts.layer_rows(frame)] == [
        *chart.to_dict(validate=False)["datasets"].values()
    ]
    assert not rows_of(charts.volume(trends.volume(rows, by=None, as_of=END)), "count")[0].get("middle")
    none = frame.filter(pl.col("theme").is_null())
    assert f"{none['count'].sum()} items without a theme not shown." in chart.to_dict(validate=False)["description"]
    assert "No items" in json.dumps(charts.volume(none).to_dict())
    bare = charts.volume(frame.drop("share")).to_dict(validate=False)["description"]
    assert "Items over 5 weeks" in bare


def test_a_list_of_another_name_is_not_stacked_either() -> None:
    frame = trends.volume(tagged(30).rename({"theme": "labels"}), by="labels", as_of=END)
    assert (
        "An item with several values of labels counts for each."
        in charts.volume(frame).to_dict(validate=False)["description"]
    )


@pytest.mark.parametrize("name", ["theme", "labels"])
def test_theme_and_version_are_drawn_alike_in_either_order(name: str) -> None:
    rows = tagged(60).rename({"theme": name}).with_columns(version=pl.format("{}.0", pl.int_range(pl.len()) % 3))
    one, other = (
        charts.breakdown(trends.breakdown(rows, by=keys)).to_dict() for keys in ((name, "version"), ("version", name))
    )
    assert one == other
    assert one["title"]["text"] == f"Items by {name} and version"
    assert one["title"]["subtitle"][0].startswith(f"{rows.height} items, most with {name} ")
    bars = rows_of(charts.breakdown(trends.breakdown(rows, by=(name, "version"))), "high")
    for theme in rows[name].explode().drop_nulls().unique():
        tops = max(bar["high"] for bar in bars if bar["name"] == theme)
        assert tops == rows[name].list.contains(theme).sum()


TAXONOMY = """
[[theme]]
name = "Export"
any = ["export*"]
[[theme]]
name = "Speed"
any = ["slow*"]
[[theme]]
name = "Login"
any = ["log in"]
"""


def test_themes_that_are_checked_show_what_they_cover_alone_and_together() -> None:
    lines = ["Export fails", "Slow export", "Slow", "Hello", "Nothing", "I cannot log in"]
    rows = pl.DataFrame(
        {"id": [str(at) for at in range(6)], "message": lines, "submitted_by": ["a", "b", "c", "d", "e", "f"]}
    ).with_columns(created_at=datetime(2026, 3, 2, tzinfo=UTC))
    before = TAXONOMY.replace('["export*"]', '["exports"]')
    checked = themes.check(rows, themes.Taxonomy.parse(TAXONOMY), previous=themes.Taxonomy.parse(before))
    chart = charts.check(checked)
    drawn = {row["name"]: row for row in rows_of(chart, "alone")}
    assert {name: (row["alone"], row["total"]) for name, row in drawn.items()} == {
        "Export": (1, 2), "Speed": (1, 2), "Login": (1, 1),
    }  # fmt: skip
    assert drawn["Export"]["changed"] == "2 gained, 0 lost"
    assert drawn["Export"]["also"] == "1 item with Speed"
    said = chart.to_dict()["title"]["subtitle"]
    assert said[0] == "3 themes in 4 of 6 items (67%). 2 without a theme."
    assert said[1] == "1 emerging, with few submitters."
    assert drawn["Login"]["said"] == "1 (17%), 1 submitter, emerging"
    svg = vl_convert.vegalite_to_svg(chart.to_dict(validate=False), vl_version="5.8")
    assert ">emerging<" in svg
    assert "Since last version" not in json.dumps(
        charts.check(themes.check(rows, themes.Taxonomy.parse(TAXONOMY))).to_dict()
    )
    with pytest.raises(ArgumentError, match=r"Pass what sw\.themes\.check returned"):
        charts.check(sw.trends.volume(rows))


def test_no_themes_leave_all_items_without_one() -> None:
    rows = pl.DataFrame({"id": ["a"], "message": ["Hi"], "created_at": [datetime(2026, 3, 2, tzinfo=UTC)]})
    assert (
        "0 themes in 0 of 1 item (0%). 1 without a theme."
        in charts.check(themes.check(rows, themes.Taxonomy.parse(""))).to_dict(validate=False)["description"]
    )


def test_shares_of_themes_by_version_name_the_theme_and_are_no_bugs() -> None:
    rows = (
        tagged(60)
        .with_row_index("n")
        .with_columns(version=pl.when(pl.col("n") < 150).then(pl.lit("1.0")).otherwise(pl.lit("2.0")))
    )
    late = rows.filter(version="2.0").with_columns(theme=pl.lit(["Export"]))
    judged = sw.releases.regressions(pl.concat([rows.filter(version="1.0"), late]), by="theme")
    drawn = charts.regressions(judged).to_dict()
    assert drawn["description"].startswith("Share of each theme by version. 1 of 2 versions compared;")
    assert "Higher than earlier versions: Export in 2.0." in drawn["description"]
    assert "bugs" not in json.dumps(drawn).lower()
    assert "<svg" in vl_convert.vegalite_to_svg(drawn, vl_version="5.8")
    one = charts.regressions(judged.filter(theme="Export")).to_dict()
    assert "Export in 2.0: 100% of 150 items, higher." in one["description"]


def test_ages_of_themes_are_not_added_up() -> None:
    rows = tagged(28).with_columns(project_id=pl.lit("p"), status=pl.lit("New"), archived=pl.lit(value=False))
    ages = sw.lifecycle.ages(rows, by="theme", as_of=END)
    with pytest.raises(ArgumentError, match="An item can have several values of theme"):
        charts.ages(ages)
    of_one = charts.ages(ages.filter(theme="Export")).to_dict(validate=False)["description"]
    count = rows.filter(pl.col("theme").list.contains("Export")).height
    assert f"{count} open items" in of_one
