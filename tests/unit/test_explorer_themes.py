"""Themes in the explorer: an item counts once for each theme, and a theme takes in those nested in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback, shop_ratings
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels.crossfilter import Crossfilter
from seggwat_nb.panels.shared import draw_masked
from seggwat_nb.source.frames import feedback_frame, ratings_frame
from tests.awkward import END, one_of_each

if TYPE_CHECKING:
    from pathlib import Path

THEMES = sw.themes.Taxonomy.parse(
    """
[[theme]]
name = "Checkout / Payment"
any = ["pay*", "card*"]
[[theme]]
name = "Checkout / Delivery"
any = ["delivery", "shipping", "card*"]
[[theme]]
name = "Secret jo@example.org"
any = ["search*"]
[[theme]]
name = "Orders"
any = ["order*"]
"""
)


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    rows = feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame
    return sw.themes.tag(rows, THEMES)


def options(panel: sw.Explorer) -> dict[str | None, dict[str, Any]]:
    (group,) = [group for group in panel._options.groups if group["name"] == "theme"]
    return {option["value"]: option for option in group["options"]}


def chosen(panel: sw.Explorer) -> object:
    return panel.filter.theme


def tick(panel: sw.Explorer, value: str, *, ticked: bool = True) -> None:
    panel._on_tick({"group": "theme", "value": value, "ticked": ticked})


def test_the_count_beside_a_theme_is_what_choosing_it_leaves(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(type="Bug"))
    shown = options(panel)
    assert [*shown] == [
        "Checkout",
        "Checkout / Delivery",
        "Checkout / Payment",
        "Orders",
        "Secret jo@example.org",
        None,
    ]
    assert [one["label"] for one in shown.values()][:3] == ["Checkout", "\N{EM SPACE}Delivery", "\N{EM SPACE}Payment"]
    for value, option in shown.items():
        if value is None:
            assert option["count"] == story.filter(pl.col("type") == "Bug", pl.col("theme").list.len() == 0).height
        else:
            assert option["count"] == FeedbackFilter(type="Bug", theme=value).apply(story).height > 0
    nested = shown["Checkout / Delivery"]["count"] + shown["Checkout / Payment"]["count"]
    assert shown["Checkout"]["count"] < nested  # some items have both
    panel.close()


def test_a_theme_takes_the_place_of_those_nested_in_it_and_they_end_it(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    tick(panel, "Checkout / Payment")
    assert chosen(panel) == ("Checkout / Payment",)
    assert (options(panel)["Checkout"]["ticked"], options(panel)["Checkout"]["partly"]) == (False, True)
    tick(panel, "Checkout")
    assert chosen(panel) == ("Checkout",)
    assert all(options(panel)[name]["ticked"] for name in ("Checkout", "Checkout / Payment", "Checkout / Delivery"))
    assert panel._head.shown["selected"] == f"{FeedbackFilter(theme='Checkout').apply(story).height:,}"
    tick(panel, "Orders")
    tick(panel, "Checkout / Payment", ticked=False)
    assert chosen(panel) == ("Orders",)
    assert_frame_equal(panel.selected, panel.filter.apply(story))
    with pytest.raises(ArgumentError, match="without a theme cannot be selected"):
        sw.Explorer._on_tick.__wrapped__(panel, {"group": "theme", "value": None, "ticked": True})  # type: ignore[attr-defined]
    panel.close()


def test_the_chart_by_theme_is_of_items_and_its_code_draws_the_same(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(theme="Checkout"))
    panel._by.value = "theme"
    assert f"{panel.selected.height:,} items over" in panel._drawn.said
    assert "An item with several themes counts for each." in panel._drawn.said
    assert panel._picks["Orders"] == ("theme", ("Orders",))
    scope: dict[str, Any] = {"feedback": story}
    exec(panel.to_python(), scope)  # noqa: S102  # it is what people paste
    assert_frame_equal(scope["selected"], panel.selected)
    panel._on_click({"chart": "view", "picked": "Orders"})
    assert chosen(panel) == ("Orders",)
    panel.close()


def test_a_mark_of_a_theme_with_others_nested_in_it_is_not_what_a_filter_selects() -> None:
    themes = pl.Series("theme", [["A"], ["A / B"], ["A / B", "C"], []] * 5)
    panel = sw.Explorer(one_of_each(20).with_columns(themes))
    panel._by.value = "theme"
    assert set(panel._picks) == {"A / B", "C"}
    panel.close()


def test_more_themes_than_colours_are_grouped_and_counted_once() -> None:
    themes = pl.Series("theme", [[f"T{at % 9}", f"T{at % 7}"] for at in range(63)])
    rows = one_of_each(63).with_columns(themes.list.unique(maintain_order=True))
    panel = sw.Explorer(rows)
    panel._by.value = "theme"
    (drawn,) = [kept for name, kept in panel._drawn.rows.items() if name == "rows0"]
    totals = dict(pl.DataFrame(drawn).group_by("key").agg(pl.col("count").sum()).iter_rows())
    assert len(totals) == 7
    rest = {name for name in totals if name.startswith("Other (3 values")}
    kept = [*(set(totals) - rest)]
    assert totals[rest.pop()] == sum(bool({*themes} - {*kept}) for themes in rows["theme"])
    assert "top=6" in panel.to_python()
    exec(panel.to_python(), {"feedback": rows})  # noqa: S102  # it is what people paste
    panel.close()


def test_a_shared_page_has_no_themes(story: pl.DataFrame, tmp_path: Path) -> None:
    panel = sw.Explorer(story.head(100), where=FeedbackFilter(theme="Secret jo@example.org"))
    panel._by.value = "theme"
    page = panel.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "jo@example.org" not in page
    assert "Checkout / Payment" not in page
    assert "themes" in page
    for view in ("What changed", "Pages"):
        assert "jo@example" not in json.dumps(draw_masked(view, panel._request()), default=str)
    panel.close()


def test_an_item_and_a_file_name_its_themes(story: pl.DataFrame, home: Path) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(theme="Checkout / Payment"))
    panel._on_table({"open": panel._table.shown["rows"][0]["at"]})
    assert "Checkout / Payment" in dict(panel._table.shown["open"]["fields"])["theme"].split(", ")
    panel._export.click()
    written = pl.read_csv(home / "selected.csv")
    assert written["theme"].str.split("; ").to_list() == panel.selected["theme"].to_list()
    panel.close()


def test_a_column_of_that_name_that_has_no_lists_is_no_facet() -> None:
    rows = one_of_each(5).with_columns(theme=pl.lit("dark"))
    panel = sw.Explorer(rows)
    assert "theme" not in {group["name"] for group in panel._options.groups}
    with pytest.raises(ArgumentError, match="no column for theme"):
        panel.filter = FeedbackFilter(theme="dark")
    panel.close()
    odd = Crossfilter(
        one_of_each(3).with_columns(pl.Series("theme", [None, ["a", None, "a"], [" / x"]], pl.List(pl.String)))
    )
    assert odd.counts("theme", FeedbackFilter()) == {" / x": 1, "a": 1, None: 1}


def test_ratings_are_filtered_by_themes_that_they_have_from_elsewhere_and_the_panel_says_so(
    story: pl.DataFrame,
) -> None:
    rated = ratings_frame([shop_ratings(seed=SEED, end=END, project_id="p")], project_id="p").frame
    data = sw.themes.tag(sw.Dataset(story, rated), THEMES)
    panel = sw.Explorer(data, where=FeedbackFilter(theme="Checkout"))
    panel._views.value = "Ratings"
    assert "(themes inferred from page and version)" in panel._drawn.heading
    assert "(themes inferred from page and version)" in draw_masked("Ratings", panel._request())["heading"]
    panel.filter = FeedbackFilter(type="Bug")
    assert "inferred" not in panel._drawn.heading
    panel.close()
    untagged = sw.Explorer(story, ratings=rated, where=FeedbackFilter(theme="Checkout"))
    untagged._views.value = "Ratings"
    assert "(not filtered by theme)" in untagged._drawn.heading
    untagged.close()
