"""Pages of paths with IDs: what an ID is, and that a filter by a page selects what an analysis counts on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seggwat_nb import trends
from seggwat_nb.analysis.page_ids import ID, has_ids, pages_of, with_ids_named
from seggwat_nb.analysis.ratings import helpful
from seggwat_nb.filter_search import is_below
from seggwat_nb.filters import FeedbackFilter, doubts
from seggwat_nb.panels.crossfilter import Crossfilter
from seggwat_nb.panels.engine import Engine
from seggwat_nb.panels.facets import facet_of
from seggwat_nb.panels.session import Session
from seggwat_nb.panels.similar import same
from seggwat_nb.panels.timeline import bands_by

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = json.loads((Path(__file__).parents[1] / "web" / "search.json").read_text(encoding="utf-8"))
IDS: list[str] = CASES["ids"]
NO_IDS: list[str] = CASES["names"]


def page(path: str) -> str:
    found: str = pages_of(pl.Series([path])).item()
    return found


def rows(*paths: str | None) -> pl.DataFrame:
    first = datetime(2026, 3, 2, tzinfo=UTC)
    frame = pl.DataFrame({"path": paths}, schema={"path": pl.String}).with_row_index("number")
    return frame.with_columns(created_at=first + pl.col("number") * timedelta(hours=1))


@pytest.mark.parametrize("segment", IDS)
def test_an_id_is_replaced_wherever_it_is(segment: str) -> None:
    for path, expected in {
        f"/de/orders/{segment}/pay?step=2": "/de/orders/:id/pay",
        f"/{segment}/{segment}/{segment}": "/:id/:id/:id",
        f"/#!/orders/{segment}#top": "/#!/orders/:id",
        segment: ID,
    }.items():
        assert page(path) == expected
    assert is_below(f"/a/{segment}", "/a/:id")
    assert not is_below("/a/x", f"/a/{segment}")


@pytest.mark.parametrize("segment", NO_IDS)
def test_what_may_be_a_name_or_few_pages_stays(segment: str) -> None:
    path = f"/a/{segment}/b"
    assert page(path) == page(path.replace("caf%C3%A9", "café"))
    assert ID not in page(path).replace(":identity", "") or segment == ID
    assert is_below(path, "/a/:id") == (segment == ID)


def test_queries_are_cut_and_kept() -> None:
    paths = pl.Series(["/search?q=48213", "/a#top", "/#/orders?x=1", "?id=48213", "", None])
    assert pages_of(paths).to_list() == ["/search", "/a", "/#/orders", "?id=48213", "", None]
    assert with_ids_named(paths).to_list() == paths.to_list()
    assert not has_ids("/search?q=/:id")


def test_a_slash_at_the_end_makes_no_other_page() -> None:
    paths = pl.Series(["/a/", "/a", "/a//?x=1", "/a/48213/", "/", "//", "/#/", "/#/a/", "a/"])
    assert pages_of(paths).to_list() == ["/a", "/a", "/a", "/a/:id", "/", "//", "/#/", "/#/a", "a"]
    frame = rows("/a/", "/a", "/a/?x=1")
    assert trends.volume(frame, by="path", every="1mo")["path"].to_list() == ["/a"]


SEGMENTS = st.sampled_from([*IDS, *NO_IDS]) | st.text(max_size=4)
PATHS = st.lists(SEGMENTS | st.sampled_from(["a?x", "a#b", "#!"]), min_size=1, max_size=4).map("/".join)
LISTS = st.lists(PATHS.map(lambda path: f"/{path}") | PATHS | st.none(), min_size=1, max_size=12)


@pytest.mark.filterwarnings("ignore:No row has path")  # in the part of the frame for pandas
@given(LISTS)
def test_a_filter_by_a_page_selects_its_paths_everywhere(paths: list[str | None]) -> None:
    frame = rows(*paths)
    pages = pages_of(frame["path"])
    assert pages_of(pages).to_list() == pages.to_list()
    crossfilter = Crossfilter(frame)
    for one in {*pages.drop_nulls()} - {""}:
        where = FeedbackFilter(path=one)
        selected = where.apply(frame)["number"].to_list()
        assert {*frame.filter(pages == one)["number"]} <= {*selected}
        # What it selects besides is below it.
        below = with_ids_named(frame["path"]).str.starts_with(one.rstrip("/")) | (pages == one)
        assert {*selected} <= {*frame.filter(below)["number"]}
        assert [at for at, path in enumerate(paths) if path is not None and is_below(path, one)] == selected
        assert FeedbackFilter.parse(where.to_search()).apply(frame)["number"].to_list() == selected
        assert crossfilter.choose(where).apply(frame)["number"].to_list() == selected
        assert doubts(where, frame) is None
        if frame["path"].drop_nulls().str.contains("%[89A-Fa-f]").not_().all():  # which only polars decodes
            plain = frame.filter(pl.col("path").str.contains(r"[^\x00-\x7F]").not_())
            assert where.apply(plain.to_pandas())["number"].to_list() == where.apply(plain)["number"].to_list()


@given(LISTS)
def test_a_panel_lists_pages_with_the_counts_that_a_filter_selects(paths: list[str | None]) -> None:
    frame = rows(*paths)
    engine = Engine(Crossfilter(frame))
    facet = facet_of("path", engine)
    assert facet is not None
    counts = facet.counts(engine.together(engine.parts(FeedbackFilter()))).tolist()
    listed = dict(zip([option.value for option in facet.options], counts, strict=False))
    assert {*pages_of(frame["path"]).drop_nulls()} - {""} <= listed.keys()
    for value, count in listed.items():
        where = FeedbackFilter(path=value)
        assert where.apply(frame).height == count, value
        assert engine.rows.choose(where).mask.sum() == count


def test_the_payment_step_of_many_orders_is_seen_to_rise() -> None:
    """No path repeats, and only the pages show what happened."""
    first = datetime(2026, 1, 5, tzinfo=UTC)
    number = pl.col("number")
    frame = pl.select(number=pl.int_range(600)).with_columns(
        path=pl.format("/de/bestellung/{}/{}", number + 10_000, pl.when(number >= 480).then(pl.lit("zahlung"))
                       .otherwise(pl.lit("adresse"))),
        created_at=first + pl.when(number >= 480).then(timedelta(days=1) * (60 + number % 20))
        .otherwise(timedelta(days=1) * (number % 80)),
    )  # fmt: skip
    moved = trends.movers(frame, by="path", days=21, as_of=first + timedelta(days=80))
    (rose,) = moved.filter(pl.col("verdict") == "up")["value"]
    assert rose == "/de/bestellung/:id/zahlung"
    assert FeedbackFilter(path=rose).apply(frame).height == 120
    assert Crossfilter(frame).is_a_leaf(rose)
    sections = Crossfilter(frame).sections(FeedbackFilter(), above="/de/bestellung/:id")
    assert sections.rows() == [("/de/bestellung/:id/adresse", 480), ("/de/bestellung/:id/zahlung", 120)]


def test_an_address_in_a_path_is_in_no_result() -> None:
    frame = rows(*[f"/invite/jo{number}@example.org" for number in range(30)], *["/a"] * 30)
    frame = frame.with_columns(created_at=pl.col("created_at").min() + pl.col("number") % 20 * timedelta(days=1))
    moved = trends.movers(frame, by="path", days=7, as_of=datetime(2026, 3, 22, tzinfo=UTC))
    assert "/invite/:id" in moved["value"]
    assert not any("@" in str(value) for value in moved["value"])


BY_PATH: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "volume": lambda frame: trends.volume(frame, by="path"),
    "breakdown": lambda frame: trends.breakdown(frame.with_columns(type=pl.lit("Bug")), by=("type", "path")),
    "daily_counts": lambda frame: trends.daily_counts(frame, by="path"),
    "of pandas": lambda frame: trends.volume(frame.to_pandas(), by="path"),
    "helpful": lambda frame: helpful(frame.with_columns(rating_type=pl.lit("helpful"), helpful=True), by="path"),
}


@pytest.mark.parametrize("count", BY_PATH.values(), ids=BY_PATH)
def test_every_count_by_path_is_by_page(count: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    people = [f"/invite/jo{number}@example.org?from=mail" for number in range(20)]
    frame = rows(*people, *[f"/orders/{number}/pay#top" for number in range(48000, 48020)], None)
    assert {*count(frame)["path"]} - {None} == {"/invite/:id", "/orders/:id/pay"}


def test_a_panel_draws_by_page_and_counts_what_is_on_the_page_of_an_item() -> None:
    frame = rows(*[f"/orders/{number}?step=2" for number in range(48000, 48020)], *["/a", "/a?x=1", "/b"], None)
    session = Session(Crossfilter(frame), FeedbackFilter(), as_of=None)
    bands = bands_by(session.engine, "path")
    assert dict(zip(bands.labels, bands.meant, strict=True)) == {
        "/orders/:id": ("/orders/:id",),
        "/a": ("/a",),
        "/b": ("/b",),
        "(none)": (),
    }
    assert [one["n"] for at in (0, 21) for one in same(session, at)] == [20, 2]
