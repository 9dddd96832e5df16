"""What a path is folded to, and the tree of what was folded."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.analysis.counts import daily_counts
from seggwat_nb.analysis.paths import BLANK_PATH, NO_PATH, by_path, fold
from seggwat_nb.charts.base import display_name
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels.crossfilter import Crossfilter
from seggwat_nb.panels.engine import Engine
from seggwat_nb.panels.facets import facet_of
from seggwat_nb.share import privacy
from seggwat_nb.trends import volume


def folded(path: str | None, **options: object) -> str | None:
    frame = pl.DataFrame({"path": [path]}, schema={"path": pl.String})
    result: str | None = frame.select(fold(pl.col("path"), **options)).item()  # type: ignore[arg-type]  # options of the test's own
    return result


def rows(*paths: str | None) -> pl.DataFrame:
    frame = pl.DataFrame({"path": paths}, schema={"path": pl.String})
    return frame.with_columns(created_at=datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/"),
        ("/orders", "/orders"),
        ("/orders/", "/orders"),
        ("//orders///list", "/orders/list"),
        ("orders/list", "/orders/list"),
        ("/orders?tab=2#top", "/orders"),
        ("/orders#top", "/orders"),
        ("/orders;jsessionid=9A3F/list", "/orders/list"),
        ("?q=1", "/"),
        (" /orders ", "/orders"),
        ("https://app.example.com/orders/12?x=1", "/orders/:id"),
        ("https://app.example.com", "/"),
        ("/#/orders/12", "/orders/:id"),
        ("/app/#!/orders", "/app/orders"),
        ("/orders?next=#/x", "/orders"),
        ("/en/orders/6523a1c09b1e8a0012ab34cd/?x=1", "/orders/:id"),
        ("/pt-BR/orders", "/orders"),
        ("/zh_Hant/orders", "/orders"),
        ("/EN", "/"),
        ("/orders/en", "/orders/en"),
        ("/my/orders", "/my/orders"),
        ("/it-help/faq", "/it-help/faq"),
        ("/users/48213/edit", "/users/:id/edit"),
        ("/users/0f8fad5b-d9cb-469f-a165-70867728950e", "/users/:id"),
        ("/invoices/ord_1a2b3c4d5e", "/invoices/:id"),
        ("/media/01HF8YQ3ZKJ5V7W2X9R4T6B8CD", "/media/:id"),
        ("/days/2026-03-01", "/days/:id"),
        ("/people/someone@example.com", "/people/:id"),
        ("/people/someone%40example.com", "/people/:id"),
        ("/docs/v2/1.10.0", "/docs/v2/1.10.0"),
        ("/help/how-to-fix-error-404-in-the-app", "/help/how-to-fix-error-404-in-the-app"),
        ("/internationalization", "/internationalization"),
        ("/cafe/deadbeef", "/cafe/deadbeef"),
        ("/über/straße", "/über/straße"),
        ("", ""),
        ("/caf%C3%A9/%e6%97%a5%e6%9c%ac?q=1", "/café/日本"),
        ("/cafe%CC%81", "/café"),
        ("/a%2Fb/%FF/x%E2%80%AEy", "/a%2Fb/%FF/x%E2%80%AEy"),
        ("  ", ""),
        (None, None),
    ],
)
def test_a_path_is_folded(path: str | None, expected: str | None) -> None:
    assert folded(path) == expected


def test_locales_can_be_left_alone() -> None:
    assert folded("/hr/leave", locales=()) == "/hr/leave"
    assert folded("/hr/leave", locales=("de",)) == "/hr/leave"
    assert folded("/de/leave", locales=("de",)) == "/leave"


@pytest.mark.parametrize(
    ("paths", "pages"),
    [
        (
            ["/it/tickets", "/hr/payroll", "/id/5", "/no/thanks", "/he/said"],
            ["/he/said", "/hr/payroll", "/id/:id", "/it/tickets", "/no/thanks"],
        ),
        (["/it/5", "/id/6"], ["/id/:id", "/it/:id"]),
        (["/de/preise", "/en/preise", "/it/tickets"], ["/it/tickets", "/preise"]),
        (["/de/orders/1", "/orders/2", "/hr/leave"], ["/hr/leave", "/orders/:id"]),
        (["/pt-BR/cart", "/zh_Hant", "/no-op/x"], ["/", "/cart", "/no-op/x"]),
        (["/DE/a", "/en/a", "/de/b"], ["/a", "/b"]),
        (["/de"], ["/de"]),
        (["/de", "/de/a", "/fr/a"], ["/", "/a"]),
    ],
)
def test_a_locale_is_one_where_the_pages_show_it(paths: list[str], pages: list[str]) -> None:
    found = by_path(rows(*paths)).filter(pl.col("count") > 0)
    assert sorted(found["path"]) == pages


def test_the_tree_counts_self_and_below() -> None:
    frame = rows("/a", "/a/b", "/a/b", "/a-b", "/", "/a/7", "/de/a/8", None, None, "")
    tree = by_path(frame)
    assert tree.drop("share").rows() == [
        ("/", None, 0, 1, 7),
        ("/a", "/", 1, 1, 5),
        ("/a/:id", "/a", 2, 2, 2),
        ("/a/b", "/a", 2, 2, 2),
        ("/a-b", "/", 1, 1, 1),
        (NO_PATH, None, 0, 2, 2),
        (BLANK_PATH, None, 0, 1, 1),
    ]
    assert tree["share"].to_list() == pytest.approx([0.7, 0.5, 0.2, 0.2, 0.1, 0.2, 0.1])
    assert by_path(daily_counts(frame, by="path")).equals(by_path(frame))


@pytest.mark.parametrize("frame", [rows(), rows(None), rows("x")])
def test_columns_are_always_the_same(frame: pl.DataFrame) -> None:
    assert by_path(frame).schema == {
        "path": pl.String,
        "parent": pl.String,
        "depth": pl.Int64,
        "count": pl.Int64,
        "total": pl.Int64,
        "share": pl.Float64,
    }


SEGMENTS = st.sampled_from(["", "a", "b", "7", "en", "a?x", "#", "é"])
PATHS = st.none() | st.lists(SEGMENTS, max_size=5).map("/".join) | st.text(max_size=12)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(paths=st.lists(PATHS, max_size=30))
def test_nothing_is_dropped(paths: list[str | None]) -> None:
    tree = by_path(rows(*paths))
    assert tree["count"].sum() == len(paths)
    assert tree.filter(pl.col("parent").is_null())["total"].sum() == len(paths)
    assert tree["path"].is_unique().all()
    below = tree.group_by(path=pl.col("parent")).agg(below=pl.col("total").sum())
    checked = tree.join(below, on="path", how="left").with_columns(pl.col("below").fill_null(0))
    assert (checked["total"] == checked["count"] + checked["below"]).all()
    shuffled = by_path(rows(*reversed(paths)))
    assert shuffled.equals(tree)


def test_a_frame_without_paths_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"by must be .*got 'path'"):
        by_path(rows("/a").rename({"path": "page"}))


ENCODED = (
    "/плащане",
    "/%D0%BF%D0%BB%D0%B0%D1%89%D0%B0%D0%BD%D0%B5/карта",
    "/%d0%bf%d0%bb%d0%b0%d1%89%d0%b0%d0%bd%d0%b5?a=1",
)
"""One page as a server, a browser and a proxy write it."""


@pytest.mark.parametrize("asked", [*ENCODED[:1], ENCODED[2].partition("?")[0]])
def test_an_encoded_page_is_selected_by_its_name_and_its_name_by_what_is_encoded(asked: str) -> None:
    frame = rows(*ENCODED, "/other", None)
    for held in (frame, frame.lazy(), frame.to_pandas(), frame.to_arrow()):
        for where in (FeedbackFilter(path=asked), FeedbackFilter.parse(f"path:{asked}")):
            selected = where.apply(held)
            assert len(selected.collect() if isinstance(selected, pl.LazyFrame) else selected) == len(ENCODED)
    assert FeedbackFilter(not_path=asked).apply(frame)["path"].to_list() == ["/other", None]
    assert FeedbackFilter.parse("page:щане").apply(frame).height == len(ENCODED)
    assert len(FeedbackFilter.parse("page:щане").apply(frame.to_pandas())) == len(ENCODED)
    engine = Engine(crossfilter := Crossfilter(frame))
    pages = facet_of("path", engine)
    assert pages is not None
    counts = pages.counts(engine.together(engine.parts(FeedbackFilter()))).tolist()
    assert dict(zip([page.value for page in pages.options], counts, strict=False)) == {
        "/other": 1,
        "/плащане": len(ENCODED),
        "/плащане/карта": 1,
    }
    assert crossfilter.choose(FeedbackFilter(path=asked)).apply(frame).height == len(ENCODED)


def test_pages_are_found_by_their_value_however_many_there_are() -> None:
    pages = facet_of("path", Engine(Crossfilter(rows(*(f"/p/{number}" for number in range(300)), "/p/7?a=1", None))))
    assert pages is not None
    values = [page.value for page in pages.options]
    assert pages.many
    assert len(pages.options) == len(values) == 301  # with their section
    assert pages.places(["/p/7", "/nowhere", "/p"]) == [values.index("/p"), values.index("/p/7")]
    assert [page.value for page in pages.options[3:5]] == values[3:5]
    one = facet_of("path", Engine(Crossfilter(rows(*(f"/p?a={number}" for number in range(300))))))
    assert one is not None
    assert not one.many
    assert [page.value for page in one.options] == ["/p"]


def test_an_encoded_page_is_counted_masked_and_shown_by_its_name() -> None:
    frame = rows(ENCODED[0], ENCODED[1].removesuffix("/карта"), "/%D0%98%D0%B2%D0%B0%D0%BD")
    counted = volume(frame, by="path", every="1d").filter(pl.col("count") > 0)
    assert dict(counted.select("path", "count").iter_rows()) == {"/плащане": 2, "/Иван": 1}
    assert frame.select(display_name("path"))["path"].to_list() == ["/плащане", "/плащане", "/Иван"]
    masked = privacy.mask(frame, salt=b"1", people=["Иван"])["path"]
    assert masked[0] == masked[1] == "/плащане"
    assert masked[2].startswith("/user-"), "a name that a browser encoded is masked, too"
