"""Two selections side by side without a browser: what is set, chosen or typed is what is compared."""

from __future__ import annotations

import gc
import html
import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import ref

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter
from seggwat_nb.analysis import selections
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback, shop_ratings
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels.chips import origin
from seggwat_nb.panels.compare import Compare
from seggwat_nb.panels.shared import draw_masked_pair
from seggwat_nb.panels.still import still
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import FEEDBACK, RATINGS
from seggwat_nb.source.frames import feedback_frame, ratings_frame
from seggwat_nb.text import percent
from tests.awkward import one_of_each
from tests.panel_page import PanelPage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

END = datetime(2026, 11, 18, 15, tzinfo=UTC)
NEW, OLD = FeedbackFilter(version="2.4.0"), FeedbackFilter(version="2.3.0")
HOSTILE = "</script><img src=x onerror=alert(1)> <b>=1+1</b> \u202e"
ABOUT = Provenance(
    resource="feedback", as_of=END, finished=END, served_from="api", requests=1, rows=9, total=9, demo=True
)


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


@pytest.fixture(scope="module")
def rated() -> pl.DataFrame:
    return ratings_frame([shop_ratings(seed=SEED, end=END, project_id="p")], project_id="p").frame


@pytest.fixture
def panel(story: pl.DataFrame) -> Iterator[Compare]:
    panel = sw.Compare(story, NEW, OLD, about=ABOUT, names=("new", "old"))
    yield panel
    panel.close()


def test_panels_say_of_which_past_moment_the_rows_are_and_how_many_are_uncertain(story: pl.DataFrame) -> None:
    rows = story.head(40).with_columns(is_known=pl.int_range(pl.len()) >= 2)
    told = "As known on 18 Nov 2026, 15:00 UTC; 2 statuses are uncertain"
    assert told in origin(ABOUT, rows)
    text = origin(ABOUT, story)
    assert "known" not in text
    assert "as of 18 Nov 2026, 15:00 UTC" in text
    for panel in (sw.Explorer(rows, about=ABOUT), sw.Compare(rows, about=ABOUT)):
        with closing(panel):
            assert told in json.loads(panel.setup)["about"]


def hostile(rows: int) -> pl.DataFrame:
    """Feedback of which every text wants to run a script."""
    columns: dict[str, Any] = dict.fromkeys(FEEDBACK, HOSTILE) | {"created_at": END, "archived": False}
    return pl.DataFrame([columns] * rows, schema=FEEDBACK).with_columns(id=pl.int_range(pl.len()).cast(pl.String))


def shown(page: PanelPage) -> dict[str, Any]:
    """What is compared, as the browser has been told."""
    known = {name: page.view[name] for name in ("by", "every", "cautions", "words", "figures", "charts")}
    sides = [{name: one[name] for name in one if name not in {"list", "back", "forth"}} for one in page.view["sides"]]
    return {**known, "sides": sides}


def test_a_panel_that_is_set_is_one_that_started_so(panel: Compare, story: pl.DataFrame) -> None:
    a, b = FeedbackFilter(path="/checkout"), FeedbackFilter(path="/admin", since=date(2026, 3, 1))
    page, seen = PanelPage(panel), []
    panel.observe(lambda change: seen.append(change["name"]), ["a", "b"])
    panel.a, panel.b = a, b
    assert seen == ["a", "b"]
    fresh = PanelPage(sw.Compare(story, a, b, about=ABOUT))
    assert shown(page) == shown(fresh)
    assert_frame_equal(panel.differences, sw.trends.compare(story, a, b))
    for one in (page, fresh):
        one.do("view", by="status")
        one.do("view", every="1mo")
    assert shown(page) == shown(fresh)
    assert_frame_equal(panel.differences, sw.trends.compare(story, a, b, by="status"))
    fresh.panel.close()


def test_what_was_done_is_taken_back_on_both_sides(panel: Compare) -> None:
    page = PanelPage(panel)
    assert (page.view["back"], page.view["forth"]) == (False, False)
    page.do("choose", side="b", part="type", value="Bug", how="in")
    page.do("swap")
    page.do("periods", wanted="28")
    for text in ("o", "or", "order"):
        page.do("search", side="a", text=text, typing=True)
    last = (panel.a, panel.b)
    assert last[0].search == "order"
    states = [last]
    while page.view["back"]:
        page.do("step", by=-1)
        states.append((panel.a, panel.b))
    assert len(states) == 5  # what is typed is one step
    assert states[-1] == (NEW, OLD)
    assert panel.names == ("new", "old")
    for _ in range(4):
        page.do("step", by=1)
    assert (panel.a, panel.b) == last
    assert not page.view["forth"]
    page.do("step", by=1)
    assert (panel.a, panel.b) == last


def test_swapping_turns_every_difference_round(panel: Compare) -> None:
    before, page = panel.differences.sort("type"), PanelPage(panel)
    page.do("swap")
    after = panel.differences.sort("type")
    assert (panel.a, panel.b) == (OLD, NEW)
    assert after["difference"].to_list() == pytest.approx((-before["difference"]).to_list())
    assert after["low"].to_list() == pytest.approx((-before["high"]).to_list())
    assert panel.names == ("old", "new")
    page.do("swap")
    assert_frame_equal(panel.differences.sort("type"), before)


def test_names_belong_to_the_filters_they_were_given_with(panel: Compare) -> None:
    page = PanelPage(panel)
    assert page.view["charts"]["differences"]["heading"] == "Difference in share by type: new vs old"
    assert [side["name"] for side in page.view["sides"]] == ["new", "old"]
    panel.a = FeedbackFilter(type="Bug")
    assert panel.names == ("Bug", "old")
    panel.a = FeedbackFilter(type="Bug", text="pay")
    assert panel.names == ("A", "old")
    for private in (FeedbackFilter(submitted_by="ann@example.com"), FeedbackFilter(text="ann@example.com")):
        panel.a = private
        assert panel.names == ("A", "old")
    panel.a = FeedbackFilter(version=("v2.4.0", "2.4.0"))
    assert panel.names == ("v2.4.0", "old")
    panel.a = OLD
    assert panel.names == ("A", "B")
    panel.a = NEW
    assert panel.names == ("new", "old")


def test_periods_set_both_dates_and_can_be_chosen_again(panel: Compare) -> None:
    today, page = END.date(), PanelPage(panel)
    assert [key for key, _ in page.setup["periods"]] == ["7", "28", "91", "before", "always"]
    page.do("periods", wanted="28")
    assert (panel.a.since, panel.a.until) == (today - timedelta(days=28), today)
    assert (panel.b.since, panel.b.until) == (today - timedelta(days=56), today - timedelta(days=28))
    assert (panel.a.version, panel.b.version) == (("2.4.0",), ("2.3.0",))
    page.do("periods", wanted="always")
    assert (panel.a, panel.b) == (NEW, OLD)
    page.do("periods", wanted="before")
    assert "A has no start date" in page.failed
    panel.a = replace(NEW, since=date(2026, 6, 1), until=date(2026, 7, 1), time_zone="Europe/Berlin")
    page.do("periods", wanted="before")
    assert panel.b == replace(panel.a, since=date(2026, 5, 2), until=date(2026, 6, 1))
    page.do("switch", side="b", part="dates")  # off for now, until periods are chosen
    assert panel.b.since is None
    page.do("periods", wanted="7")
    assert panel.b.since == today - timedelta(days=14)


def test_periods_keep_the_names_that_were_given_and_name_the_other_sides(panel: Compare, story: pl.DataFrame) -> None:
    page = PanelPage(panel)
    for period in ("28", "7", "always", "91"):
        page.do("periods", wanted=period)
        assert panel.names == ("new", "old")
    panel.a = replace(NEW, since=date(2026, 6, 1), until=date(2026, 7, 1))
    page.do("periods", wanted="before")
    assert panel.names == ("Current period", "Previous period")
    plain = Compare(story, about=ABOUT)
    page = PanelPage(plain)
    page.do("periods", wanted="28")
    assert plain.names == ("Last 28 days", "Previous 28 days")
    assert all(side["selected"] for side in page.view["sides"])
    assert page.view["charts"]["differences"]["heading"].endswith("Last 28 days vs Previous 28 days")
    page.do("periods", wanted="7")
    assert plain.names == ("Last 7 days", "Previous 7 days")
    page.do("periods", wanted="always")
    assert plain.names == ("A", "B")
    plain.close()


def test_a_side_without_items_offers_what_to_remove(panel: Compare) -> None:
    page = PanelPage(panel)

    def offered(place: int) -> list[tuple[str, int]]:
        return [(way["part"], way["n"]) for way in page.view["sides"][place]["without"]]

    assert offered(0) == offered(1) == []
    page.do("periods", wanted="28")
    assert [side["selected"] for side in page.view["sides"]] == [0, 0]  # both releases are older
    first, second = offered(0), offered(1)
    assert sorted(part for part, _ in first) == sorted(part for part, _ in second) == ["dates", "version"]
    page.do("remove", side="a", part="version")
    assert panel.a == replace(NEW, version=None, since=panel.a.since, until=panel.a.until)
    assert dict(first)["version"] == page.view["sides"][0]["selected"] > 0
    assert offered(0) == []
    assert offered(1) == second
    panel.b = FeedbackFilter(text="no such words", search="nor these", archived=False)
    assert offered(1) == []  # no single part is to blame


def test_what_is_chosen_or_typed_changes_its_own_side(panel: Compare, story: pl.DataFrame) -> None:
    page = PanelPage(panel)
    page.do("search", side="b", text="order", typing=True)
    assert (panel.a, panel.b) == (NEW, replace(OLD, search="order", allow=panel.b.allow))
    page.do("filters", side="a", open=True)
    assert page.view["sides"][0]["facets"]
    assert not page.view["sides"][1]["facets"]
    page.do("choose", side="a", part="version", value="2.2.0", how="only")
    assert set(panel.a.apply(story)["version"]) == {"2.2.0", "v2.2.0"}
    assert panel.b.search == "order"
    assert [side["selected"] for side in page.view["sides"]] == [
        where.apply(story).height for where in (panel.a, panel.b)
    ]
    page.do("clear", side="a")
    assert panel.a == FeedbackFilter()
    page.do("rows", side="a", **{"from": 30, "to": 33}, of=page.view["sides"][0]["list"])
    newest = story.sort("created_at", descending=True)["id"][30:33].to_list()
    assert [story["id"][one["at"]] for one in page.told["rows"]["items"]] == newest
    page.do("open", side="b", at=5)
    assert (page.told["opened"]["side"], page.told["opened"]["at"]) == ("b", 5)


def test_what_goes_wrong_is_said_and_changes_nothing(panel: Compare) -> None:
    page = PanelPage(panel)
    before = shown(page)
    page.do("search", side="b", text="/(/")
    assert "regular expression" in page.failed
    assert page.told["failed"]["side"] == "b"
    assert (panel.a, panel.b) == (NEW, OLD)
    assert shown(page) == before
    page.do("failed", text="Error: no")
    assert "could not be drawn" in page.failed
    with pytest.raises(ArgumentError, match="no column for"):
        panel.a = FeedbackFilter(theme="Checkout")
    assert (panel.a, panel.b) == (NEW, OLD)


def test_what_makes_selections_hard_to_compare_is_said(story: pl.DataFrame) -> None:
    panel = sw.Compare(story, FeedbackFilter(type="Bug"), FeedbackFilter(), about=ABOUT)
    page = PanelPage(panel)
    bugs = story.filter(pl.col("type") == "Bug").height

    def told() -> str:
        return " ".join(page.view["cautions"])

    assert f"A and B share {bugs:,} items." in told()
    panel.a = FeedbackFilter(since=date(2026, 6, 1), until=date(2026, 6, 11))
    panel.b = FeedbackFilter(since=date(2026, 5, 1), until=date(2026, 5, 8))
    assert "A covers 10 days, B 7 days. Compare shares, not counts." in told()
    panel.b = FeedbackFilter(since=date(2026, 5, 1), until=date(2026, 5, 11))
    assert "covers" not in told()
    assert "Cancellation comments are left out of the differences: 9 of A, 2 of B." in told()
    panel.close()


def test_each_side_draws_every_item_on_the_same_scales(panel: Compare) -> None:
    page = PanelPage(panel)
    for key in ("type", "status", "version", "path"):
        charts = page.do("view", by=key)["charts"]
        for side, where in (("a", panel.a), ("b", panel.b)):
            rows = next(rows for rows in charts[f"values {side}"]["data"].values() if len(rows))
            counts = rows["columns"]["count"] if isinstance(rows, dict) else [row["count"] for row in rows]
            assert sum(counts) == where.apply(panel._rows.frame).height
        axes = [charts[f"values {side}"]["spec"]["layer"][0]["encoding"]["x"]["scale"] for side in "ab"]
        colours = [charts[f"values {side}"]["spec"]["layer"][0]["encoding"]["color"]["scale"] for side in "ab"]
        assert axes[0] == axes[1]
        assert colours[0] == colours[1]


def test_the_spellings_of_a_version_are_one(story: pl.DataFrame) -> None:
    panel = sw.Compare(story, FeedbackFilter(type="Bug"), FeedbackFilter(type="Praise"))
    page = PanelPage(panel)
    page.do("view", by="version")
    row = panel.differences.filter(version="2.4.0").row(0, named=True)
    bugs = story.filter(pl.col("version").is_in(["2.4.0", "v2.4.0"]), type="Bug").height
    assert row["count_a"] == bugs
    assert "v2.4.0" not in json.dumps(page.view["charts"])


def test_long_versions_that_differ_at_their_ends_are_told_apart() -> None:
    """They are cut in the middle, and each leads to its own items."""
    names = [f"1.0.0-{'alpha.' * 20}{at}" for at in range(3)]
    page = PanelPage(sw.Compare(one_of_each(6).with_columns(version=pl.Series(names + names), type=pl.lit("Bug"))))
    page.do("view", by="version")
    bars = page.view["charts"]["values a"]
    shown = [row["key"] for row in bars["data"]["rows0"]]
    assert sorted(shown) == names
    over_time = page.view["charts"]["time a"]
    colour = over_time["spec"]["layer"][0]["encoding"]["color"]
    drawn = {row["key"] for table in over_time["data"].values() for row in table if "key" in row}
    assert drawn == {*colour["scale"]["domain"]} == {*names}
    assert colour["legend"]["labelExpr"] == bars["spec"]["layer"][0]["encoding"]["y"]["axis"]["labelExpr"]
    axis = bars["spec"]["layer"][0]["encoding"]["y"]["axis"]["labelExpr"]
    assert all(f"1.0.0-alpha.al\\u2026alpha.{at}" in axis for at in range(3))
    for name in [*shown, *(row["cells"][0] for row in page.view["figures"]["rows"])]:
        page.do("mark", chart="differences", name=name)
        assert [side["listed"] for side in page.view["sides"]] == [2, 2], page.failed


def test_an_nps_of_zero_has_no_sign(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    both = rated.filter(rating_type="nps").head(2).with_columns(score=pl.Series([10.0, 0.0]), created_at=END)
    both = both.with_columns(nps_category=pl.Series(["promoter", "detractor"]))
    page = PanelPage(sw.Compare(story, ratings=both))
    assert page.view["sides"][0]["rated"].startswith("Ratings: NPS 0 (")
    names = pl.Series("nps_category", ["promoter"] * 6 + ["detractor"] + ["passive"] * 2)
    nine = rated.filter(rating_type="nps").head(9).with_columns(names, submitted_by=pl.lit(None, pl.String))
    nine = nine.with_columns(score=pl.Series([10.0] * 6 + [0.0] + [8.0] * 2), created_at=END)
    page = PanelPage(sw.Compare(story, ratings=nine))
    assert page.view["sides"][0]["rated"] == "Ratings: NPS +56 (0 to +83, n 9)."


def test_ratings_are_told_on_each_side(story: pl.DataFrame, rated: pl.DataFrame) -> None:
    panel = sw.Compare(story, replace(NEW, text="pay"), OLD, ratings=rated)
    page = PanelPage(panel)
    first, second = (side["rated"] for side in page.view["sides"])
    assert first.startswith("Ratings (not filtered by text): NPS")
    assert second.startswith("Ratings: NPS")
    assert "said helpful" in second
    panel.b = FeedbackFilter(version="none such")
    assert page.view["sides"][1]["rated"] == "Ratings: none."
    assert "No item has version none such." in page.view["sides"][1]["doubts"]


def test_every_kind_of_rating_is_told(story: pl.DataFrame, tmp_path: Path) -> None:
    """Stars are told by scale. Only where no rating is selected, there are none."""
    rates = [
        ("nps", 9.0, 10.0, "a"),
        *(("star", score, 5.0, "a") for score in (2.0, 3.0, 3.0)),
        ("star", 9.0, 10.0, "a"),
        ("star", 1.0, 1.0, "a"),
    ]
    rows = [
        {"id": str(at), "project_id": "p", "rating_type": kind, "score": score, "max_score": most, "version": version}
        for at, (kind, score, most, version) in enumerate([*rates, ("star", 7.0, 5.0, "b")])
    ]
    blank = dict.fromkeys(RATINGS) | {"created_at": END, "archived": False}
    rated = pl.DataFrame([blank | row for row in rows], schema=RATINGS)
    panel = sw.Compare(story, None, FeedbackFilter(version="b"), ratings=rated.filter(rating_type="star"))
    page = PanelPage(panel)
    first, second = (side["rated"] for side in page.view["sides"])
    figure = sw.ratings.stars(rated).filter(max_score=5.0).row(0, named=True)
    ends = f"{figure['low']:.2f} to {figure['high']:.2f}"
    assert f"2.67 of 5 stars ({ends}, n 3), 1.00 of 1 star (n 1), 9.00 of 10 stars (" in first
    assert second == "Ratings: no valid responses."
    panel.b = FeedbackFilter(version="none such")
    assert page.view["sides"][1]["rated"] == "Ratings: none."
    written = panel.to_html(tmp_path / "compared.html").read_text(encoding="utf-8")
    assert html.escape(first) in written


@pytest.mark.parametrize(
    ("a", "b", "by", "level"),
    [
        (NEW, OLD, "type", 0.95),
        (FeedbackFilter(since=date(2026, 3, 1), text='quo"te'), FeedbackFilter(path="/checkout"), "path", 0.8),
        (FeedbackFilter(since=datetime(2026, 3, 1, 9, tzinfo=UTC)), FeedbackFilter(type="Bug"), "status", 0.95),
    ],
)
def test_the_code_gives_the_same_differences(
    story: pl.DataFrame, a: FeedbackFilter, b: FeedbackFilter, by: str, level: float
) -> None:
    panel = sw.Compare(story, a, b, names=("it's", 'th"at'), level=level)
    page = PanelPage(panel)
    page.do("view", by=by)
    page.do("code", what="all")
    scope: dict[str, Any] = {"feedback": story}
    exec(page.told["code"]["text"], scope)  # noqa: S102  # it is what people paste
    assert (scope["a"], scope["b"]) == (a, b)
    assert_frame_equal(scope["differences"], panel.differences)
    page.do("code", what="b")
    assert page.told["code"]["text"] == b.to_python()


def test_nothing_of_strangers_is_written_as_html() -> None:
    panel = sw.Compare(hostile(30), FeedbackFilter(text="script"), names=("<b>x</b>", "y"), about=ABOUT)
    page = PanelPage(panel)
    for key, _ in page.setup["keys"]:
        page.do("view", by=key)
        page.do("mark", chart="differences", name=page.view["figures"]["rows"][0]["cells"][0])
        assert page.view["sides"][0]["title"]
        assert page.view["figures"]["rows"][0]["cells"][0].startswith("</script>")  # which the page sets as text
        picture = still(*panel._current_picture())
        assert not [text for text in ("<script", "onerror=alert(1)>", "<b>x") if text in picture]


def test_two_equal_selections_are_told_to_be_one(story: pl.DataFrame) -> None:
    panel = sw.Compare(story, NEW, NEW)
    page = PanelPage(panel)
    assert page.view["words"] == ["A and B select the same items. Change one of them to compare."]
    assert not any("select the same items" in caution for caution in page.view["cautions"])
    panel.b = OLD
    assert page.view["cautions"] == []


def test_what_the_words_say_is_not_said_again_above_the_chart() -> None:
    rows = pl.concat([one_of_each(40), one_of_each(40)]).with_columns(
        type=pl.Series(["Bug", "Idea"] * 40), status=pl.Series(["New"] * 40 + ["Closed"] * 40)
    )
    page = PanelPage(sw.Compare(rows, FeedbackFilter(status="New"), FeedbackFilter(status="Closed")))
    assert page.view["words"] == ["Too few items to compare any share."]
    assert page.view["charts"]["differences"]["said"] == ""


def test_empty_selections_and_frames_are_said_to_be_empty(story: pl.DataFrame) -> None:
    page = PanelPage(sw.Compare(story, NEW, FeedbackFilter(text="no such words")))
    assert "No items match" in page.view["charts"]["values b"]["said"]
    assert "No items in B. Widen" in page.view["charts"]["differences"]["said"]
    empty = sw.Compare(story.clear())
    page = PanelPage(empty)
    assert empty.differences.is_empty()
    assert page.view["figures"]["rows"] == page.view["words"] == page.view["cautions"] == []
    page.do("periods", wanted="7")
    assert "no last day" in page.failed
    single = PanelPage(sw.Compare(story.head(1)))
    assert [side["selected"] for side in single.view["sides"]] == [1, 1]
    single.do("periods", wanted="7")
    assert single.failed == ""


def test_a_panel_without_a_kernel_shows_a_still_picture(panel: Compare, story: pl.DataFrame) -> None:
    panel.b = replace(OLD, text="<script>")
    picture = still(*panel._current_picture())
    assert picture.startswith('<img src="data:image/png;base64,')
    items = NEW.apply(story).height
    assert f"new: version 2.4.0, {items:,} items. B: version 2.3.0" in picture
    assert "<script>" not in picture


def test_it_is_written_for_other_people_as_one_page_of_masked_counts(
    panel: Compare, story: pl.DataFrame, tmp_path: Path
) -> None:
    page = panel.to_html(tmp_path / "two.html").read_text(encoding="utf-8")
    new, old = (where.apply(story).height for where in (NEW, OLD))
    assert f"<strong>new</strong>: version 2.4.0, {new:,} items" in page
    assert f"{old:,} items" in page
    for picture in panel._draw_charts().values():
        assert html.escape(picture.heading) in page
    assert "share by type" in page
    for secret in (*story["id"].head(50), *story["message"].drop_nulls().head(50), *story["submitted_by"].drop_nulls()):
        assert f">{secret}<" not in page
        assert f'"{secret}"' not in page


@pytest.mark.parametrize("by", ["type", "path", "version"])
def test_a_page_gives_the_figures_of_the_panel(story: pl.DataFrame, rated: pl.DataFrame, by: str) -> None:
    a, b = FeedbackFilter(version_since="2.4.0"), FeedbackFilter(version_until="2.3.0")
    panel = sw.Compare(story, a, b, ratings=rated, about=ABOUT, names=("new", "old"))
    PanelPage(panel).do("view", by=by)
    told = draw_masked_pair(panel._pair(), names=panel.names, level=0.95)[0]["datasets"]
    on_page = {row["name"]: row for rows in told.values() for row in rows if "difference" in row}
    drawn = panel.differences.head(20).filter(pl.col(by).is_in(list(on_page)))
    assert drawn.height > 3
    for side in ("count_a", "count_b"):
        counted, in_all = sum(row[side] for row in on_page.values()), panel.differences[side].sum()
        assert counted == in_all or (counted < in_all and panel.differences.height > 20)  # a chart shows the first
    for row in drawn.iter_rows(named=True):
        assert {name: on_page[row[by]][name] for name in ("count_a", "share_b", "difference", "p", "q")} == {
            name: row[name] for name in ("count_a", "share_b", "difference", "p", "q")
        }
        assert on_page[row[by]]["low"] == pytest.approx(100 * row["low"])
    panel.close()


def test_a_page_knows_the_same_weeks_as_the_panel(story: pl.DataFrame) -> None:
    """The days that are covered are those of all rows, whenever the selections begin and end."""
    first = story["created_at"].min()
    assert isinstance(first, datetime)
    early = FeedbackFilter(since=(first + timedelta(days=30)).date(), until=(first + timedelta(days=100)).date())
    panel = sw.Compare(sw.Dataset(story, as_of=END + timedelta(days=40)), replace(early, type="Bug"), early)
    PanelPage(panel).do("view", every="1w")
    in_panel = [
        {(row["start"], row["complete"]) for rows in picture.rows.values() for row in _dicts(rows) if "complete" in row}
        for name, picture in panel._draw_charts().items()
        if name.startswith("time")
    ]
    on_page = [
        {(row["start"], row["complete"]) for rows in spec["datasets"].values() for row in rows if "complete" in row}
        for spec in draw_masked_pair(panel._pair(), names=panel.names, level=0.95)[1:3]
    ]
    assert in_panel == on_page
    assert all(sum(complete for _, complete in weeks) > 5 for weeks in in_panel)
    panel.close()


def _dicts(rows: pl.DataFrame | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows.to_dicts() if isinstance(rows, pl.DataFrame) else rows


def test_the_days_end_when_the_dataset_was_known(story: pl.DataFrame, tmp_path: Path) -> None:
    panel = sw.Compare(sw.Dataset(story, as_of=END + timedelta(days=40, hours=3)))
    PanelPage(panel).do("periods", wanted="28")
    assert (panel.a.since, panel.a.until) == (date(2026, 11, 30), date(2026, 12, 28))
    assert "As of 28 Dec 2026, 18:00 UTC" in panel.to_html(tmp_path / "two.html").read_text(encoding="utf-8")
    panel.close()


def test_days_are_those_of_the_dataset(story: pl.DataFrame) -> None:
    data = sw.Dataset(story, time_zone="Asia/Tokyo")
    panel = sw.Compare(data, NEW)
    assert {panel.a.time_zone, panel.b.time_zone} == {"Asia/Tokyo"}
    panel.a = None
    assert panel.a == FeedbackFilter(time_zone="Asia/Tokyo")
    panel.close()


def test_only_what_tells_items_apart_is_compared(story: pl.DataFrame) -> None:
    alike = story.with_columns(type=pl.lit("Other"))
    for frame, first in ((story, "type"), (alike, "status"), (alike.select("created_at", "id", "type"), "type")):
        panel = sw.Compare(frame)
        assert panel._keys[0] == panel._by == first
        panel.close()


def test_a_page_has_what_the_panel_says_of_ratings(story: pl.DataFrame, rated: pl.DataFrame, tmp_path: Path) -> None:
    panel = sw.Compare(story, NEW, OLD, ratings=rated)
    page = panel.to_html(tmp_path / "two.html").read_text(encoding="utf-8")
    for where in (NEW, OLD):
        said = panel._describe_ratings(where)
        assert "NPS" in said
        assert html.escape(said) in page
    panel.close()


def test_a_page_of_two_selections_masks_runs_no_script_and_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = hostile(30).with_columns(pl.lit("jo@example.org").alias("version"), submitted_by=pl.lit("a-person"))
    panel = sw.Compare(rows, FeedbackFilter(text="script"), names=("<b>x</b>", "y"), about=ABOUT)
    for key in panel._keys:
        PanelPage(panel).do("view", by=key)
        page = panel.to_html(tmp_path / "two.html").read_text(encoding="utf-8")
        assert "jo@example.org" not in page
        assert "<b>x" not in page
        assert page.count("</script>") == 2
    monkeypatch.setattr(selections, "compare", None)
    for name in ("two.txt", "nowhere/two.html"):
        with pytest.raises(ArgumentError):
            panel.to_html(tmp_path / name)
    panel.close()
    with pytest.raises(ArgumentError, match="is closed"):
        panel.to_html(tmp_path / "two.html")


def test_no_figure_of_a_page_of_two_selections_is_smaller_than_asked(
    panel: Compare, story: pl.DataFrame, tmp_path: Path
) -> None:
    page = panel.to_html(tmp_path / "tables.html", smallest=5).read_text(encoding="utf-8")
    assert "<h2>new</h2>" in page
    assert "Each figure stands for at least 5 items" in page
    figures = re.findall(r'<td class="number">([\d,]+)</td>', page)
    assert len(figures) > 8
    assert min(int(figure.replace(",", "")) for figure in figures) >= 5
    for secret in (*story["id"].head(50), *story["message"].drop_nulls().head(50), *story["submitted_by"].drop_nulls()):
        assert f">{secret}<" not in page
    panel.b = FeedbackFilter()  # all items, those of A among them
    with pytest.raises(ArgumentError, match="share"):
        panel.to_html(tmp_path / "shared.html", smallest=5)
    assert not (tmp_path / "shared.html").exists()
    panel.a = FeedbackFilter()  # the same twice tells nothing more
    panel.to_html(tmp_path / "twice.html", smallest=5)
    with pytest.raises(ArgumentError, match="smallest must be at least 2"):
        panel.to_html(tmp_path / "small.html", smallest=1)


def test_names_and_what_was_loaded_are_masked_and_spellings_are_one_before_small_ones_are_merged(
    tmp_path: Path,
) -> None:
    versions = ["1.10.0"] * 30 + ["v1.10"] * 3 + ["2.0"] * 12
    rows = hostile(45).with_columns(pl.Series("version", versions), path=pl.lit("/p"), submitted_by=pl.lit("bob77"))
    about = replace(ABOUT, selection="submitter bob77 or carla-9, filtered on this machine")
    a, b = FeedbackFilter(path="/p"), FeedbackFilter(version_since="1.0")
    panel = sw.Compare(rows, a, b, about=about, names=("mail of zed@example.org", "reached at +49 170 1234567"))
    PanelPage(panel).do("view", by="version")
    page = panel.to_html(tmp_path / "two.html").read_text(encoding="utf-8")
    assert not [secret for secret in ("bob77", "carla", "zed@example.org", "170 1234567") if secret in page]
    assert "loaded in part" in page
    store = page.partition('id="seggwat-store">')[2].partition("</script>")[0]
    assert '"73.3% (33)"' in store  # both spellings together
    assert "fewer than" not in page.replace("that very few items", "")
    panel.close()


def test_presets_of_the_explorer_are_loaded_on_a_side_and_name_it(
    panel: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page, new = PanelPage(panel), panel.a
    page.do("save", side="a", name="New ones")
    page.do("save", side="b", name="New ones")
    assert page.told["exists"]["side"] == "b"
    panel.a = FeedbackFilter(type="Bug")
    page.do("presets")
    assert page.told["presets"]["names"] == ["New ones"]
    page.do("load", side="b", name="New ones")
    assert panel.b == new
    assert panel.a == FeedbackFilter(type="Bug")
    assert page.view["sides"][1]["name"] == panel.names[1] != "B"
    page.do("load", side="b", name="None such")
    assert "No preset is named" in page.failed
    assert panel.b == new
    page.do("step", by=-1)
    assert panel.b != new
    page.do("page", file="two.html")
    assert (tmp_path / "two.html").exists()


def test_closing_lets_go_of_the_rows() -> None:
    frame = hostile(5)
    panel = sw.Compare(frame, ratings=RATINGS.to_frame())
    rows = ref(panel._rows)
    panel.close()
    gc.collect()  # widgets and their callbacks hold each other
    assert rows() is None
    assert panel.comm is None


@pytest.mark.parametrize("kind", [sw.Explorer, sw.Compare])
def test_nothing_holds_a_panel_that_is_closed(kind: type[sw.Explorer | sw.Compare]) -> None:
    panel = kind(hostile(5), ratings=RATINGS.to_frame())
    held = ref(panel)
    panel.close()
    del panel
    gc.collect()
    assert held() is None


def test_clear_differences_are_told_in_words(panel: Compare) -> None:
    clear = panel.differences.filter(pl.col("verdict").is_in(["higher", "lower"]))
    assert clear.height
    row = clear.row(0, named=True)
    shares = [percent(row[f"share_{side}"]) for side in "ab"]
    page = PanelPage(panel)
    said = page.view["words"][0]
    assert said.startswith(f"{row['type']}: {shares[0]} of new, {shares[1]} of old: ")
    word = "more" if row["verdict"] == "higher" else "fewer"
    assert f"{100 * abs(row['difference']):.1f}".removesuffix(".0") + f" points {word} (" in said
    panel.b = replace(OLD, text="no such words")
    assert page.view["words"] == []


@pytest.mark.parametrize("by", ["type", "path"])
def test_a_mark_leads_to_the_items_of_its_side(panel: Compare, story: pl.DataFrame, by: str) -> None:
    page = PanelPage(panel)
    whole = [side["selected"] for side in page.do("view", by=by)["sides"]]
    row = panel.differences.row(0, named=True)

    def listed() -> list[tuple[str, int]]:
        return [(side["title"], side["listed"]) for side in page.view["sides"]]

    page.do("mark", chart="values a", name=row[by])
    assert listed() == [(row[by], row["count_a"]), ("", whole[1])]
    assert page.view["sides"][0]["selected"] == whole[0]  # nothing is filtered by it
    page.do("mark", chart="differences", name=row[by])
    assert listed() == [(row[by], row["count_a"]), (row[by], row["count_b"])]
    page.do("mark", chart="differences", name=row[by], only="b")
    assert listed() == [("", whole[0]), (row[by], row["count_b"])]
    page.do("rows", side="b", **{"from": 0, "to": 9}, of=page.view["sides"][1]["list"])
    assert {story[by][one["at"]] for one in page.told["rows"]["items"]} == {row[by]}
    page.do("all", side="b")
    assert listed() == [("", whole[0]), ("", whole[1])]
    bars = [
        bar for rows in panel._draw_charts()["time b"].to_spec()["datasets"].values() for bar in rows if "when" in bar
    ]
    bar = next(bar for bar in bars if bar.get("count") and not bar["key"].startswith("Other"))
    page.do("mark", chart="time b", name=bar["key"], when=bar["when"])
    assert listed() == [("", whole[0]), (f"{bar['key']} · {bar['when']}", bar["count"])]
    assert page.view["charts"]  # those of before, which are not sent again
    page.do("mark", chart="time b", name="Other (3 values)")
    assert "Click a single value" in page.failed
    page.do("swap")
    assert [title for title, _ in listed()] == ["", ""]
    page.do("mark", chart="no such chart", name=row[by])
    assert "Click a single value" in page.failed


def test_a_side_opens_in_an_explorer(panel: Compare, story: pl.DataFrame) -> None:
    explorer = panel.explorer("b")
    assert explorer.filter == OLD
    assert explorer.selected.height == OLD.apply(story).height
    explorer.close()
    with pytest.raises(ArgumentError, match="side"):
        panel.explorer("c")  # type: ignore[arg-type]  # the point
    page = PanelPage(panel)
    page.do("explore", of="a", shows=True)
    beside = panel._beside["test"]
    assert isinstance(beside, sw.Explorer)
    assert (page.told["beside"]["id"], beside.filter) == (beside.model_id, NEW)
    page.do("back")
    assert beside._closed
    page.do("explore", of="b", shows=False)
    assert f"where = {OLD.to_python()}" in page.told["code"]["text"]
    page.do("explore", of="a", shows=True)
    left = panel._beside["test"]
    panel.close()
    assert left._closed


def test_a_selection_is_compared_with_the_rest(story: pl.DataFrame) -> None:
    where = FeedbackFilter(type="Bug", version_since="2.4.0", not_status="Closed", search="pay OR order")
    panel = sw.Compare.of_rest(story, where, about=ABOUT)
    assert (panel.a, panel.names) == (where, ("Selection", "The rest"))
    first, second = (one.mask for one in panel._choose_sides())
    assert (first != second).all()
    assert (second == ~first).all()
    panel.close()
    with pytest.raises(ArgumentError, match="no rest"):
        sw.Compare.of_rest(story, FeedbackFilter(time_zone="Asia/Tokyo"))
    with pytest.raises(ArgumentError, match=r"where must be a seggwat_nb\.FeedbackFilter"):
        sw.Compare.of_rest(story, "Bug")  # type: ignore[arg-type]


def test_bad_input_is_refused(story: pl.DataFrame) -> None:
    with pytest.raises(ArgumentError, match=r"requires a polars DataFrame"):
        sw.Compare([1])  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="created_at"):
        sw.Compare(story.select("type"))
    with pytest.raises(ArgumentError, match=r"This frame contains ratings\. Pass feedback first.*ratings="):
        sw.Compare(RATINGS.to_frame())
    with pytest.raises(ArgumentError, match="ratings must be a frame of ratings"):
        sw.Compare(story, ratings=story)
    with pytest.raises(ArgumentError, match="none of the columns to compare by"):
        sw.Compare(story.select("created_at"))
    with pytest.raises(ArgumentError, match="no column for path"):
        sw.Compare(story.select("created_at", "type"), FeedbackFilter(path="/"))
    for level in (95, "0.9", None, True):
        with pytest.raises(ArgumentError, match="level must be between 0 and 1"):
            sw.Compare(story, level=level)  # type: ignore[arg-type]
    for no_filter in ("Bug", {"type": "Bug"}):
        with pytest.raises(ArgumentError, match=r"must be a seggwat_nb\.FeedbackFilter"):
            sw.Compare(story, no_filter)  # type: ignore[arg-type]
    for names in ("ab", ("a", "a"), ("a",), (1, 2), 5):
        with pytest.raises(ArgumentError, match="two different strings"):
            sw.Compare(story, NEW, OLD, names=names)  # type: ignore[arg-type]
    for name in ("", " ", "x" * 41, "a\u202eb", "a\nb"):
        with pytest.raises(ArgumentError, match="cannot be shown"):
            sw.Compare(story, NEW, OLD, names=("a", name))


@pytest.mark.parametrize("kind", [sw.Explorer, sw.Compare])
def test_who_observes_a_panel_may_set_it(kind: type[Any], story: pl.DataFrame) -> None:
    panel = kind(story)
    name = "filter" if kind is sw.Explorer else "a"
    page = PanelPage(panel)

    def act(change: dict[str, Any]) -> None:
        if change["new"].type:
            setattr(panel, name, replace(change["new"], type=None, path="/checkout"))

    panel.observe(act, name)
    page.do("choose", side="a", part="type", value="Bug", how="in")
    assert page.failed == ""
    assert (getattr(panel, name).type, getattr(panel, name).path) == (None, ("/checkout",))
    shown = page.view["sides"][0] if kind is sw.Compare else page.view
    assert shown["selected"] == FeedbackFilter(path="/checkout").apply(story).height
    setattr(panel, name, None)
    shown = page.view["sides"][0] if kind is sw.Compare else page.view
    assert shown["selected"] == story.height
    panel.close()


def test_none_selects_everything(story: pl.DataFrame) -> None:
    panel = sw.Compare(story, FeedbackFilter(version="9.9.9"))
    page = PanelPage(panel)
    assert "No item has version 9.9.9." in page.view["sides"][0]["doubts"]
    panel.a = None
    assert panel.a == FeedbackFilter()
    assert page.view["sides"][0]["doubts"] == ""
    panel.close()
