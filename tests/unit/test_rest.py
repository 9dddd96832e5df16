"""What is compared with the rest: each row that the other parts of the filter select is on exactly one side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels.chips import describe_part
from seggwat_nb.panels.crossfilter import PARTS, Crossfilter, is_set, without
from seggwat_nb.panels.rest import names_of_sides, sides
from seggwat_nb.source.frames import feedback_frame
from tests.awkward import AWKWARD, END
from tests.panel_page import PanelPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from seggwat_nb.panels.explorer import Explorer

pytestmark = pytest.mark.filterwarnings("ignore:No row has", "ignore:.* of another scheme")
FILTERS = [
    FeedbackFilter(type="Bug", since="2026-10-01", search="pay OR order"),
    FeedbackFilter(not_type=("Bug", "Idea"), version_since="2.4.0", path="/checkout", text="a.*b", regex=True),
    FeedbackFilter(version=("2.4.0", "2.3.0"), until="2026-11-01", not_status="Closed", archived=False),
    FeedbackFilter(source="Widget", project_id="p", submitted_by="someone", not_path="/help"),
]


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


@pytest.fixture
def panel(story: pl.DataFrame) -> Iterator[Explorer]:
    panel = sw.Explorer(story)
    yield panel
    panel.close()


@pytest.mark.parametrize("name", ["story", "all nulls", "hostile text", "one category"])
@pytest.mark.parametrize("where", FILTERS)
def test_each_row_of_the_others_is_on_exactly_one_side(story: pl.DataFrame, name: str, where: FeedbackFilter) -> None:
    rows = Crossfilter(story if name == "story" else AWKWARD[name](story))
    for part in [None, *(part for part in PARTS if is_set(where, part))]:
        others = FeedbackFilter() if part is None else without(where, part)
        first, second = (rows.choose(side).mask for side in sides(where, part))
        assert (first != second).equals(rows.choose(others).mask), part
        assert first.equals(rows.choose(where).mask)


def test_a_part_that_is_not_set_has_no_rest() -> None:
    with pytest.raises(ArgumentError, match="there is no rest"):
        sides(FeedbackFilter(time_zone="Asia/Tokyo"), None)
    with pytest.raises(ArgumentError, match="part must be type or dates"):
        sides(FeedbackFilter(type="Bug", since="2026-10-01"), "version")


def test_the_rest_of_a_value_that_looks_like_a_typo_is_selected_too() -> None:
    first, rest = sides(FeedbackFilter(type="Bugg", status="New", allow="Bugg"), "type")
    assert first.type == rest.not_type == ("Bugg",)
    assert rest.status == ("New",)


def test_sides_are_named_by_what_is_compared() -> None:
    assert names_of_sides("Bug") == ("Bug", "The rest")
    assert names_of_sides("") == names_of_sides("The rest") == ("Selection", "The rest")
    assert names_of_sides("/" + "x" * 90)[0].endswith("x…")
    assert names_of_sides(describe_part(FeedbackFilter(version="\u202e"), "version"))[0] == '"\\u202e"'


def test_a_panel_compares_its_selection_and_its_page_a_value_a_band_or_a_period(panel: Explorer) -> None:
    panel.filter = FeedbackFilter(version="2.4.0", type="Bug")
    made = panel.compare("type")
    assert (made.a, made.b) == (panel.filter, FeedbackFilter(version="2.4.0", not_type="Bug"))
    assert made.names == ("Bug", "The rest")
    assert made.differences.columns[0] == "status"  # by type they have nothing in common
    made.close()
    whole = panel.compare()
    assert whole.b == panel.filter.complement()
    whole.close()

    page = PanelPage(panel)
    page.do("clear")
    page.do("compare", part="type", value="Praise", shows=True)
    shown = panel._beside["test"]
    assert (page.told["beside"]["id"], shown.a) == (shown.model_id, FeedbackFilter(type="Praise", allow="Praise"))
    assert panel.filter == FeedbackFilter()  # nothing is selected by it
    page.do("compare", part="type", value=["Bug"], shows=True)
    assert shown._closed
    assert panel._beside["test"].names == ("Bug", "The rest")
    page.do("back")
    assert panel._beside == {}
    page.do("compare", span=[page.time["starts"][3], page.time["starts"][4]], shows=False)
    assert 'sw.charts.compare(differences, names=("' in page.told["code"]["text"]
    assert panel._beside == {}
    page.do("compare", shows=True)
    assert "Choose a filter first" in page.failed
    page.do("compare", part="version", value="2.4.0", against="2.3.0", shows=True)
    releases = panel._beside["test"]
    assert (releases.a.version, releases.b.version) == (("2.4.0", "v2.4.0"), ("2.3.0", "v2.3.0"))
    assert releases.names == ("2.4.0", "2.3.0")
    page.do("compare", part="path", value=f"/{'x' * 90}1", against=f"/{'x' * 90}2", shows=True)
    assert len({*panel._beside["test"].names}) == 2  # though they begin alike
    page.do("compare", part="type", value="Bug", shows=True)
    left = panel._beside["test"]
    panel.close()
    assert left._closed
