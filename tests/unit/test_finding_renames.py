"""What took the place of something else is one finding, and nothing else is called a rename."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

import seggwat_nb as sw
from seggwat_nb import Dataset
from seggwat_nb.analysis.finding_renames import _p_of_weekdays
from seggwat_nb.schema import FEEDBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

END = datetime(2026, 11, 18, 15, tzinfo=UTC)
DAYS = 180
SAID = r"Probably (renamed or replaced|replaced in part)\.$"


def project(column: str, rates: Mapping[str | None, tuple[float, float]], *, since: int = 14, seed: int = 1) -> Dataset:
    """Items a day of each value, before and since a day that is so many days ago."""
    g = np.random.default_rng(seed)
    rows = [
        {"created_at": END.replace(hour=0) - timedelta(days=ago - g.uniform(0, 1)), column: value}
        for ago in range(1, DAYS)
        for value, (before, after) in rates.items()
        for _ in range(g.poisson(after if ago <= since else before))
    ]
    filled: dict[str, Any] = {"project_id": "p", "type": "Praise", "status": "New", "source": "Widget", "path": "/"}
    frame = pl.DataFrame(
        [{name: ({**filled, "id": f"{at}", **row}).get(name) for name in FEEDBACK} for at, row in enumerate(rows)],
        schema=FEEDBACK,
    )
    return Dataset(frame, as_of=END, time_zone="UTC")


def told(data: Dataset) -> pl.DataFrame:
    return sw.findings(data).filter(pl.col("verdict") != "not checked")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("column", "rates", "since", "new", "said"),
    [
        (
            "type",
            {"Bug": (4, 0), "Defect": (0, 4), "Praise": (6, 6)},
            14,
            "Defect",
            "Feedback of type Bug ended and feedback of type Defect began at about the same rate on ",
        ),
        (
            "path",
            {"/de/pay": (2.5, 0), "/en/pay": (2.5, 0), "/fr/pay": (1.5, 0), "/pay": (0, 6.5), "/": (6, 6)},
            14,
            "/pay",
            "Feedback about /de/pay, /en/pay and /fr/pay ended and feedback about /pay began at about the same rate",
        ),
        (
            "path",
            {"/home": (5, 0.6), "/start": (1.5, 5.9), "/": (6, 6)},
            28,
            "/start",
            "Feedback about /home fell and feedback about /start rose by about as much on ",
        ),
        (
            "source",
            {"Widget": (10, 0), "WebWidget": (0, 10)},
            8,
            "WebWidget",
            "Feedback from Widget ended and feedback from WebWidget began at about the same rate on ",
        ),
        (
            "type",
            {"Praise": (6, 2), "Bug": (3, 3), None: (0, 4)},
            28,
            None,
            "Feedback of type Praise fell and feedback without a type began by about as much on ",
        ),
    ],
    ids=["type", "merged", "partly", "only source", "without"],
)
def test_what_took_the_place_of_others_is_one_finding(
    column: str, rates: Mapping[str | None, tuple[float, float]], since: int, new: str | None, said: str, *, seed: int
) -> None:
    data = project(column, rates, since=since, seed=seed)
    found = told(data)
    assert found.height == 1
    one = found.row(0, named=True)
    assert one["sentence"].startswith(said)
    assert re.search(SAID if new else r"Perhaps the type of some items is no longer recorded\.$", one["sentence"])
    assert (one["key"], one["value"]) == (column, new)
    ids = data.feedback.filter(pl.col(column).eq_missing(pl.lit(one["value"])))["id"].cast(pl.String)
    assert set(one["ids"]) <= set(ids)
    assert one["count"] > 30


@pytest.mark.parametrize(
    ("rates", "later"),
    [
        ({"/new": (0, 6), "/": (6, 6), "/help": (4, 4)}, 14),  # nothing fell
        ({"/new": (0, 6), "/": (6, 6), "/help": (2, 0)}, 14),  # a third of it
        ({"/new": (0, 6), "/": (6, 6), "/help": (6, 0)}, 25),  # on another day
    ],
    ids=["alone", "unequal", "apart"],
)
@pytest.mark.parametrize("seed", range(3))
def test_other_rises_are_no_renames(rates: Mapping[str | None, tuple[float, float]], later: int, seed: int) -> None:
    data = project("path", rates, seed=seed)
    kept = (pl.col("path") != "/help") | (pl.col("created_at") < END - timedelta(days=later)) | (later == 14)
    found = told(Dataset(data.feedback.filter(kept), as_of=END, time_zone="UTC"))
    assert found.height
    assert not found["sentence"].str.contains(SAID).any()


@pytest.mark.parametrize(
    ("column", "rates"),
    [
        ("type", {"Bug": (5, 0.4), "Praise": (3, 7.6), "Question": (4, 4)}),  # bugs were mended
        ("path", {"/import": (6, 2), "/billing": (2, 6), "/": (6, 6)}),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_what_goes_on_was_not_renamed(column: str, rates: Mapping[str | None, tuple[float, float]], seed: int) -> None:
    assert not told(project(column, rates, seed=seed))["sentence"].str.contains(SAID).any()


def test_several_that_began_have_all_their_items_and_their_days() -> None:
    data = project("path", {"/Files": (6, 0), "/Files/a": (0, 3), "/Files/b": (0, 3), "/": (6, 6)})
    (one,) = told(data).filter(pl.col("sentence").str.contains(SAID)).rows(named=True)
    assert one["count"] == data.feedback.filter(pl.col("path").is_in(["/Files/a", "/Files/b"])).height
    where = sw.FeedbackFilter.from_dict(json.loads(one["filter"]))
    assert where.apply(data.feedback).height == one["count"]


def test_a_burst_that_ends_was_not_renamed() -> None:
    data = project("path", {"/old": (0.5, 0.5), "/new": (0, 5), "/": (6, 6)})
    first = END - timedelta(days=34)
    burst = data.feedback.head(100).with_columns(
        path=pl.lit("/old"),
        created_at=first + pl.duration(hours=(pl.int_range(100) * 4.7).cast(pl.Int64)),
        id=pl.format("b{}", pl.int_range(100)),
    )
    rows = pl.concat(
        [data.feedback, burst.select(pl.col(name).cast(dtype) for name, dtype in data.feedback.schema.items())]
    )
    assert not told(Dataset(rows, as_of=END, time_zone="UTC"))["sentence"].str.contains(SAID).any()


PROBLEMS = {
    "pay": ["card", "payment", "declined", "bank", "invoice", "charge", "refund", "order", "checkout", "price"],
    "map": ["map", "route", "station", "arrow", "zoom", "address", "street", "traffic", "marker", "offline"],
    "": ["slow", "update", "screen", "button"],
}


def problem(rows: pl.DataFrame, old: str, new: str, *, people: bool = False, seed: int = 1) -> Dataset:
    """Give items texts about a problem each, with some common words; and the same few people, or others each day."""
    g = np.random.default_rng(seed)
    about = {"/old": PROBLEMS[old], "/new": PROBLEMS[new]}
    said = [
        " ".join([*g.choice(about.get(path, PROBLEMS[""]), 4), *g.choice(PROBLEMS[""], 2), "please"])
        for path in rows["path"]
    ]
    who = [f"u{at % 9 if people else at}" for at in range(rows.height)]
    return Dataset(rows.with_columns(message=pl.Series(said), submitted_by=pl.Series(who)), as_of=END, time_zone="UTC")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("new", "people", "is_renamed"), [("pay", False, True), ("map", False, False), ("map", True, True)]
)
def test_another_problem_that_begins_as_one_ends_is_no_rename(
    new: str, people: bool, is_renamed: bool, seed: int
) -> None:
    rows = project("path", {"/old": (6, 0), "/new": (0, 6), "/": (6, 6)}, seed=seed).feedback
    data = problem(rows, "pay", new, people=people, seed=seed)
    words = sw.themes.rising(data, most_compared=20_000).clear()  # the page's own words would be told in its place
    found = sw.findings(data, rising=words)
    assert found["sentence"].str.contains(SAID).any() == is_renamed
    assert {"/new"} <= {*found["value"]}
    if not is_renamed:
        assert found.filter(value="/old")["verdict"].to_list() in (["silent"], ["fell"])


def test_what_comes_on_other_weekdays_is_no_rename() -> None:
    rows = project("path", {"/old": (6, 0), "/new": (0, 6), "/": (6, 6)}, since=28).feedback
    weekend = pl.col("created_at").dt.weekday() > 5
    kept = rows.filter((pl.col("path") != "/old") | ~weekend)
    more = rows.filter(pl.col("path") == "/old", ~weekend).gather_every(3)
    kept = pl.concat([kept, more.with_columns(pl.col("id") + "+")])
    found = told(Dataset(kept, as_of=END, time_zone="UTC"))
    assert not found["sentence"].str.contains(SAID).any()
    assert {"/new", "/old"} <= {*found["value"]}


@pytest.mark.parametrize("counts", [[[9, 4, 0, 7], [3, 8, 0, 6]], [[5, 0], [7, 0]], [[40, 2, 9], [1, 30, 2]]])
def test_weekdays_are_compared_as_scipy_does(counts: list[list[int]]) -> None:
    table = np.array(counts)
    expected = stats.chi2_contingency(table[:, table.sum(axis=0) > 0], correction=False).pvalue
    assert _p_of_weekdays(table, np.full_like(table, 4)) == pytest.approx(expected)


@pytest.mark.parametrize("since", [10, 11, 12, 18])
def test_weekdays_of_which_one_side_has_more_are_no_other_rhythm(since: int) -> None:
    pages: dict[str | None, tuple[float, float]] = {"/a": (9, 0), "/b": (7, 0), "/c": (5, 0), None: (0, 21)}
    (found,) = told(project("path", pages, since=since))["sentence"]
    assert found.startswith("Feedback about /a, /b and /c ended and feedback without a page began at about the same ")
    assert found.endswith("Perhaps the page of some items is no longer recorded.")


def test_many_names_that_changed_are_one_finding_that_names_some_of_them() -> None:
    names = {**dict.fromkeys("abcdefgh", 2.0), "few": 0.7}
    rates: dict[str | None, tuple[float, float]] = {f"/{name}": (rate, 0.0) for name, rate in names.items()}
    rates.update({f"/app/{name}": (0.0, rate) for name, rate in names.items()})
    (found,) = told(project("path", rates))["sentence"]
    assert found.startswith("Feedback about /a, /b, /c and 6 more ended and feedback about /app/a, /app/b, /app/c and ")
    assert re.search(SAID, found)
