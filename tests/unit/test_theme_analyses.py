"""Every analysis counts by theme as by any column: a theme counts items, and an item with several counts for each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK, HISTORY, RATINGS
from seggwat_nb.themes import Taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=196)
NAMES = ("Checkout", "Checkout / Payment", "Export", "Speed")
WORDS = (
    "The export of invoices fails",
    "The export of invoice fails",
    "Paying takes far too long",
    "Paying takes too long",
)
OLD = sw.FeedbackFilter(until=START + timedelta(days=98))
NEW = sw.FeedbackFilter(since=START + timedelta(days=98))


def rows(themes: Sequence[Sequence[str]], *, seed: int = 0, people: int = 40) -> pl.DataFrame:
    """Feedback that is ratings as well; ``label`` is an item's first theme."""
    chance, n = np.random.default_rng(seed), len(themes)
    pick = chance.integers
    return pl.DataFrame(
        {
            "id": [f"i{at}" for at in range(n)],
            "project_id": ["p"] * n,
            "created_at": [START + timedelta(days=196 * at / max(n, 1), hours=int(pick(5))) for at in range(n)],
            "message": [WORDS[at] for at in pick(4, size=n)],
            "submitted_by": [f"p{at}" for at in pick(people, size=n)],
            "status": [("New", "Resolved", "Active")[at] for at in pick(3, size=n)],
            "version": [("1.0.0" if at < n / 2 else "1.1.0") for at in range(n)],
            "archived": [False] * n,
            "rating_type": [("nps", "star", "helpful")[at] for at in pick(3, size=n)],
            "nps_category": [("promoter", "passive", "detractor")[at] for at in pick(3, size=n)],
            "score": [float(at) for at in pick(1, 6, size=n)],
            "max_score": [5.0] * n,
            "helpful": [bool(at) for at in pick(2, size=n)],
            "theme": [list(some) for some in themes],
            "label": [some[0] if some else None for some in themes],
        },
        schema_overrides={
            "created_at": pl.Datetime("us", "UTC"), "theme": pl.List(pl.String), "label": pl.String,
            **dict.fromkeys(("id", "message", "submitted_by", "status", "version", "rating_type"), pl.String),
            **dict.fromkeys(("project_id", "nps_category"), pl.String),
            "score": pl.Float64, "max_score": pl.Float64, "helpful": pl.Boolean, "archived": pl.Boolean,
        },
    )  # fmt: skip


def history(frame: pl.DataFrame) -> pl.DataFrame:
    """Every third item was closed within its first day, and the loads saw it."""
    created = pl.col("created_at")
    return frame.gather_every(3).select(
        "id", "project_id", field=pl.lit("status"), old=pl.lit("New"), new=pl.col("status"),
        earliest=created + pl.duration(hours=1), latest=created + pl.duration(hours=20),
    ).cast(HISTORY)  # fmt: skip


ANALYSES: dict[str, Callable[[pl.DataFrame, str], pl.DataFrame]] = {
    "regressions": lambda frame, by: sw.releases.regressions(frame, by=by, min_count=2),
    "compare": lambda frame, by: sw.trends.compare(frame, OLD, NEW, by=by),
    "ages": lambda frame, by: sw.lifecycle.ages(frame, by=by, as_of=END),
    "times": lambda frame, by: sw.lifecycle.times(frame, history(frame), by=by, as_of=END, min_count=1),
    "groups": lambda frame, by: sw.duplicates.groups(frame, by=by),
    "nps": lambda frame, by: sw.ratings.nps(frame, by=by, every="1q", as_of=END),
    "helpful": lambda frame, by: sw.ratings.helpful(frame, by=by),
    "stars": lambda frame, by: sw.ratings.stars(frame, by=by, min_count=2),
}
OF_ALL = {"regressions": ("q", "verdict"), "compare": ("low", "high", "p", "q", "verdict")}
"""Columns that depend on all values of the key: by a correction, or by the degrees of freedom of the selections."""

SOME = st.lists(st.sampled_from(NAMES), unique=True, max_size=1)
SEVERAL = st.lists(st.sampled_from(NAMES), max_size=5)


def in_order(table: pl.DataFrame, key: str) -> pl.DataFrame:
    """Sort by all that is not an estimate, under one name."""
    table = table.rename({key: "key"})
    exact = [name for name, kind in table.schema.items() if not kind.is_float() and not kind.is_nested()]
    return table.sort(exact, nulls_last=True, maintain_order=True)


@pytest.mark.parametrize("name", ANALYSES)
def test_one_theme_an_item_counts_as_a_column_of_texts_does(name: str) -> None:
    @settings(max_examples=8, derandomize=True, deadline=None, database=None)
    @given(themes=st.lists(SOME, max_size=40), seed=st.integers(0, 99))
    def holds(themes: list[list[str]], seed: int) -> None:
        frame = rows(themes, seed=seed)
        one, other = (in_order(ANALYSES[name](frame, by), by) for by in ("theme", "label"))
        assert one.equals(other)

    holds()


@pytest.mark.parametrize("name", ANALYSES)
def test_each_of_several_themes_counts_as_if_it_were_the_only_one(name: str) -> None:
    @settings(max_examples=5, derandomize=True, deadline=None, database=None)
    @given(themes=st.lists(SEVERAL, max_size=40), seed=st.integers(0, 99))
    def holds(themes: list[list[str]], seed: int) -> None:
        frame = rows(themes, seed=seed)
        together = in_order(ANALYSES[name](frame, "theme"), "theme")
        for theme in NAMES:
            has = pl.col("theme").list.contains(theme)
            own = frame.with_columns(own=pl.when(has).then(pl.lit(theme)))
            alone = in_order(ANALYSES[name](own, "own"), "own")
            expected, found = (
                one.filter(pl.col("key") == theme).drop(OF_ALL.get(name, ())) for one in (alone, together)
            )
            assert found.equals(expected), theme
        without = frame.filter(pl.col("theme").list.len() == 0)
        assert_rests_on(name, together.filter(pl.col("key").is_null()), without)

    holds()


def assert_rests_on(name: str, table: pl.DataFrame, items: pl.DataFrame) -> None:
    """Items without a theme are counted as such, once."""
    if name == "ages":
        assert table["count"].sum() == items.filter(pl.col("status") != "Resolved").height
    elif name in {"nps", "helpful", "stars"}:
        kind = {"nps": "nps", "helpful": "helpful", "stars": "star"}[name]
        assert table["n"].sum() == items.filter(pl.col("rating_type") == kind).height
    elif name == "times":
        assert table.select((pl.col("n") + pl.col("earlier")).sum()).item() == items.height


def test_shares_are_of_items_however_many_themes_they_have() -> None:
    frame = rows([["Export", "Speed", "Export"], ["Export"], [], ["Speed"]] * 50)
    compared = sw.trends.compare(frame, OLD, NEW, by="theme")
    assert dict(compared.select("theme", "count_a").iter_rows()) == {"Export": 50, "Speed": 50, None: 25}
    assert compared["n_a"].to_list() == [100] * 3
    assert sorted(compared["share_a"]) == [0.25, 0.5, 0.5]
    found = sw.releases.regressions(frame, by="theme").filter(version="1.1.0")
    assert found.select("theme", "n", "count", "n_before", "count_before").rows() == [
        ("Export", 100, 50, 100, 50), ("Speed", 100, 50, 100, 50), (None, 100, 25, 100, 25),
    ]  # fmt: skip
    ages = sw.lifecycle.ages(frame, by="theme", as_of=END)
    waiting = sw.lifecycle.open_items(frame, as_of=END)
    for theme, count, share in ages.group_by("theme").agg(pl.col("count", "share").sum()).iter_rows():
        own = waiting.filter(pl.col("theme").list.len() == 0 if theme is None else pl.col("theme").list.contains(theme))
        assert count == own.height
        assert share == pytest.approx(own.height / waiting.height)


def test_a_theme_that_a_release_brought_is_named() -> None:
    before = [["Speed"] if n % 4 else ["Export", "Speed"] for n in range(200)]
    after = [["Speed", "Export"] if n % 4 else [] for n in range(200)]
    found = sw.releases.regressions(rows(before + after, people=400), by="theme").filter(version="1.1.0")
    assert dict(found.select("theme", "verdict").iter_rows()) == {
        "Export": "higher",
        "Speed": "lower",
        None: "higher",
    }
    with pytest.raises(ArgumentError, match="Pass type or by, not both"):
        sw.releases.regressions(rows(before), type="Praise", by="theme")


def test_what_adds_its_parts_up_refuses_several_values() -> None:
    frame = rows([["Export", "Speed"]] * 30).with_columns(type=pl.lit("Bug"))
    calls: list[Callable[[], object]] = [
        lambda: sw.trends.mix_and_rate(frame, OLD, NEW, by="theme"),
        lambda: sw.trends.silences(frame, by=["theme"]),
        lambda: sw.trends.daily_counts(frame, by="theme"),
    ]
    for call in calls:
        with pytest.raises(ArgumentError, match=r"several values per row.*FeedbackFilter\(theme="):
            call()


# -- ratings, which have no text --

FILE = '[[theme]]\nname = "Export"\nany = ["export*"]\n\n[[theme]]\nname = "Speed"\nany = ["slow"]\n'
PLACE = st.tuples(
    st.sampled_from(["/a", "/a?x=1", "/b", "", None]), st.sampled_from(["1.0", "v1.0.0", "2.0", "", None])
)
SAID = st.sampled_from(["export", "slow export", "slow", "fine", None])


def page(place: tuple[str | None, str | None]) -> tuple[str | None, str | None] | None:
    path, version = place[0] or None, {"v1.0.0": "1.0"}.get(place[1] or "", place[1] or None)
    where = (path.split("?")[0] if path else None, version)
    return None if where == (None, None) else where


@settings(max_examples=25, derandomize=True, deadline=None, database=None)
@given(
    items=st.lists(st.tuples(PLACE, SAID, st.sampled_from(["Widget", "Stripe"])), max_size=25),
    rated=st.lists(PLACE, max_size=8),
)
def test_a_rating_has_the_themes_of_its_page_and_version(items: list[Any], rated: list[Any]) -> None:
    data = dataset(items, rated)
    tagged = sw.themes.tag(data, Taxonomy.parse(FILE))
    kept = [one for one in items if one[2] != "Stripe"] or items
    for place, found in zip(rated, tagged.ratings["theme"].to_list(), strict=True):
        there = [said or "" for at, said, _ in kept if page(place) is not None and page(at) == page(place)]
        counts = {"Export": sum("export" in said for said in there), "Speed": sum("slow" in said for said in there)}
        assert found == [name for name, count in counts.items() if count >= 2 and count >= 0.2 * len(there)]
    assert tagged.ratings.drop("theme").equals(data.ratings)


def dataset(items: list[Any], rated: list[Any]) -> Dataset:
    feedback = pl.DataFrame(
        [
            {"id": f"i{n}", "project_id": "p", "path": path, "version": version, "message": said, "source": source,
             "created_at": START, "archived": False, "status": "New", "type": "Bug"}
            for n, ((path, version), said, source) in enumerate(items)
        ],
        schema=FEEDBACK,
    )  # fmt: skip
    ratings = pl.DataFrame(
        [
            {"id": f"r{n}", "project_id": "p", "path": path, "version": version, "rating_type": "nps",
             "nps_category": "promoter", "score": 9.0, "created_at": START, "archived": False}
            for n, (path, version) in enumerate(rated)
        ],
        schema=RATINGS,
    )  # fmt: skip
    return Dataset(feedback, ratings)


def test_ratings_are_scored_by_theme_and_count_once_for_each() -> None:
    items = [(("/a", "1.0"), "slow export", "Widget")] * 4 + [(("/b", "1.0"), "slow", "Widget")] * 2
    rated = [("/a", "1.0")] * 5 + [("/b", "1.0")] * 3 + [("/c", "1.0"), (None, None)]
    tagged = sw.themes.tag(dataset(items, rated), Taxonomy.parse(FILE))
    scored = sw.ratings.nps(tagged, by="theme")
    assert scored.select("theme", "n").rows() == [("Speed", 8), ("Export", 5), (None, 2)]
    assert sw.ratings.nps(tagged)["n"].to_list() == [10]


def test_a_rating_with_a_text_has_the_themes_of_the_text() -> None:
    data = dataset([(("/a", "1.0"), "slow", "Widget")] * 2, [("/a", "1.0"), ("/a", "1.0"), ("/a", "1.0")])
    texts = data.ratings.with_columns(message=pl.Series(["export", " ", "fine"]))
    tagged = sw.themes.tag(Dataset(data.feedback, texts), Taxonomy.parse(FILE))
    assert tagged.ratings["theme"].to_list() == [["Export"], ["Speed"], []]
    assert sw.ratings.nps(tagged, by="theme").select("theme", "n").rows() == [("Export", 1), ("Speed", 1), (None, 1)]
