"""Themes in the explorer: an item counts once for each theme, and a theme takes in those nested in it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter
from seggwat_nb.analysis.taxonomy import with_those_above
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback, shop_ratings
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels import tags
from seggwat_nb.panels.shared import draw_masked
from seggwat_nb.panels.tags import Tags
from seggwat_nb.source.frames import feedback_frame, ratings_frame
from tests.awkward import END, one_of_each
from tests.panel_page import PanelPage

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


def test_the_count_beside_a_theme_is_what_choosing_it_leaves(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(type="Bug"))
    page = PanelPage(panel)
    (facet,) = [one for one in page.setup["facets"] if one["name"] == "theme"]
    assert [option[:2] + option[3:] for option in facet["options"]] == [
        ["Checkout", "Checkout", 0],
        ["Checkout / Delivery", "Delivery", 1],
        ["Checkout / Payment", "Payment", 1],
        ["Orders", "Orders", 0],
        ["Secret jo@example.org", "Secret jo@example.org", 0],
    ]
    counts = page.counts("theme")
    assert counts.pop(None) == story.filter(pl.col("type") == "Bug", pl.col("theme").list.len() == 0).height
    for value, number in counts.items():
        assert number == FeedbackFilter(type="Bug", theme=value).apply(story).height > 0
    assert counts["Checkout"] < counts["Checkout / Delivery"] + counts["Checkout / Payment"]  # some items have both
    panel.close()


def test_of_very_many_themes_nested_ones_are_shown_and_found_by_their_whole_names(story: pl.DataFrame) -> None:
    place = pl.int_range(pl.len())
    names = pl.concat_list(pl.format("Area {} / Part {}", place % 120, place % 3))
    page = PanelPage(sw.Explorer(story.with_columns(theme=names)))
    page.do("unfold", name="theme", find="7 / part", rows=50)
    rows = page.view["facets"]["theme"]["rows"]
    assert {row[1] for row in rows} == {f"Area {area} / Part {area % 3}" for area in range(7, 120, 10)}


def test_of_themes_with_the_same_count_the_first_ones_are_drawn_in_one_order(story: pl.DataFrame) -> None:
    frame = story.head(400).with_columns(theme=pl.concat_list(pl.format("T{}", pl.int_range(pl.len()) % 40 + 10)))
    drawn = []
    for _ in range(3):
        page = PanelPage(sw.Explorer(frame))
        page.do("tab", tab="Themes")
        drawn.append([pick[0] for pick in page.told["chart"]["picks"]])
    assert drawn[0] == drawn[1] == drawn[2]
    assert sorted(drawn[0]) == [f"T{at}" for at in range(10, 16)]


def test_a_theme_takes_the_place_of_those_nested_in_it_and_they_end_it(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story)
    page = PanelPage(panel)

    def choose(value: str | None, how: str = "in") -> object:
        page.do("choose", part="theme", value=value, how=how)
        return panel.filter.theme

    assert choose("Checkout / Payment") == ("Checkout / Payment",)
    assert page.chosen("theme", "partly") == {"Checkout"}
    assert choose("Checkout") == ("Checkout",)
    assert page.chosen("theme") == {"Checkout", "Checkout / Payment", "Checkout / Delivery"}
    assert page.view["selected"] == FeedbackFilter(theme="Checkout").apply(story).height
    choose("Orders")
    assert choose("Orders") == ("Checkout",)
    assert choose("Checkout / Payment", "not") == ("Checkout",)
    assert panel.filter.not_theme == ("Checkout / Payment",)
    assert_frame_equal(panel.selected, panel.filter.apply(story))
    choose(None)
    assert_frame_equal(panel.selected, story.filter(pl.col("theme").list.len() == 0))
    assert_frame_equal(panel.selected, panel.filter.apply(story))
    assert page.view["facets"]["theme"]["bare"] is True
    assert [chip["said"] for chip in page.view["chips"]] == ["(none)"]
    panel.close()


def test_the_chart_by_theme_is_of_items_and_its_code_draws_the_same(story: pl.DataFrame) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(theme="Checkout"))
    page = PanelPage(panel)
    page.do("tab", tab="Over time", by="theme")
    assert f"{panel.selected.height:,} items over" in panel._draw_chart().said
    assert "An item with several themes counts for each." in panel._draw_chart().said
    assert not page.time["stacked"]
    assert all(page.time["values"])
    scope: dict[str, Any] = {"feedback": story}
    exec(panel.to_python(), scope)  # noqa: S102  # it is what people paste
    assert_frame_equal(scope["selected"], panel.selected)
    page.mark("only", label="Orders")
    assert panel.filter.theme == ("Orders",)
    panel.close()


def test_a_mark_of_a_theme_with_others_nested_in_it_is_not_what_a_filter_selects() -> None:
    themes = pl.Series("theme", [["A"], ["A / B"], ["A / B", "C"], []] * 5)
    panel = sw.Explorer(one_of_each(20).with_columns(themes))
    panel.show("Themes")
    assert set(panel._draw_chart().picks) == {"A / B", "C"}
    panel.show("Over time", by="theme")
    time = json.loads(panel.time)
    assert dict(zip(time["labels"], time["values"], strict=True)) == {"A / B": ["A / B"], "A": [], "C": ["C"]}
    panel.close()


def test_more_themes_than_colours_are_grouped_and_counted_once() -> None:
    themes = pl.Series("theme", [[f"T{at % 9}", f"T{at % 7}"] for at in range(63)])
    rows = one_of_each(63).with_columns(themes.list.unique(maintain_order=True))
    panel = sw.Explorer(rows)
    panel.show("Over time", by="theme")
    (drawn,) = [kept for name, kept in panel._draw_chart().rows.items() if name == "rows0"]
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
    panel.show("Themes", by="theme")
    page = panel.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "jo@example.org" not in page
    assert "Checkout / Payment" not in page
    assert "themes" in page
    for view in ("What changed", "Pages"):
        assert "jo@example" not in json.dumps(draw_masked(view, panel._request()), default=str)
    panel.close()


def test_an_item_and_a_file_name_its_themes(story: pl.DataFrame, home: Path) -> None:
    panel = sw.Explorer(story, where=FeedbackFilter(theme="Checkout / Payment"))
    page = PanelPage(panel)
    page.do("open", at=page.view["items"][0]["at"])
    themes = [one["value"] for one in page.told["opened"]["fields"] if one["part"] == "theme"]
    assert "Checkout / Payment" in themes
    page.do("export", file="selected.csv")
    written = pl.read_csv(home / "selected.csv")
    assert written["theme"].str.split("; ").to_list() == panel.selected["theme"].to_list()
    panel.close()


def test_a_column_of_that_name_that_has_no_lists_is_no_facet() -> None:
    rows = one_of_each(5).with_columns(theme=pl.lit("dark"))
    panel = sw.Explorer(rows)
    assert "theme" not in {one["name"] for one in PanelPage(panel).setup["facets"]}
    with pytest.raises(ArgumentError, match="no column for theme"):
        panel.filter = FeedbackFilter(theme="dark")
    panel.close()
    themes = pl.Series("theme", [None, ["a", None, "a"], [" / x"]], pl.List(pl.String))
    odd = sw.Explorer(one_of_each(3).with_columns(themes))
    assert PanelPage(odd).counts("theme") == {" / x": 1, "a": 1, None: 1}
    odd.close()


NAMES = st.sampled_from(["a", "a / b", "a / b / c", "d", "", " / x"]) | st.none()


@given(st.lists(st.lists(NAMES, max_size=3) | st.none(), max_size=20), st.integers(1, 7))
def test_rows_count_for_their_themes_and_those_above_however_many_are_grouped_at_once(
    lists: list[list[str | None] | None], at_once: int
) -> None:
    with patch.object(tags, "_AT_ONCE", at_once):
        made = Tags(pl.Series("theme", lists, pl.List(pl.String)))
    held = [{above for name in row or () if name is not None for above in with_those_above(name)} for row in lists]
    counted = made.counts(np.bincount(made.sets, minlength=made.distinct))
    assert dict(zip(made.names, counted.tolist(), strict=True)) == Counter(name for row in held for name in row)
    assert made.without[made.sets].tolist() == [not row for row in held]


@pytest.mark.parametrize("shown", [2, 3, 4])
def test_rare_themes_are_grouped_if_there_are_several(shown: int) -> None:
    made = Tags(pl.Series("theme", [["a"], ["a", "b"], ["b", "a"], ["c", "d"], [], None, ["c", "b"]]))
    grouped = made.most_frequent(shown).explode().drop_nulls().unique().sort().to_list()
    assert grouped == {2: ["Other (2 values)", "a", "b"], 3: ["a", "b", "c", "d"], 4: ["a", "b", "c", "d"]}[shown]


def test_ratings_are_filtered_by_themes_that_they_have_from_elsewhere_and_the_panel_says_so(
    story: pl.DataFrame,
) -> None:
    rated = ratings_frame([shop_ratings(seed=SEED, end=END, project_id="p")], project_id="p").frame
    data = sw.themes.tag(sw.Dataset(story, rated), THEMES)
    panel = sw.Explorer(data, where=FeedbackFilter(theme="Checkout"))
    panel.show("Ratings")
    assert "(themes inferred from page and version)" in panel._draw_chart().heading
    assert "(themes inferred from page and version)" in draw_masked("Ratings", panel._request())["heading"]
    panel.filter = FeedbackFilter(type="Bug")
    assert "inferred" not in panel._draw_chart().heading
    panel.close()
    untagged = sw.Explorer(story, ratings=rated, where=FeedbackFilter(theme="Checkout"))
    untagged.show("Ratings")
    assert "(not filtered by theme)" in untagged._draw_chart().heading
    untagged.close()
