"""What rises over time is said more often than before: a share that rises because others fell is not enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl
import pytest

from seggwat_nb.analysis.rising import rising
from seggwat_nb.analysis.terms import terms
from seggwat_nb.analysis.topics import topics

END = datetime(2026, 6, 8, tzinfo=UTC)
DAYS, RECENT = 196, 20
THINGS = [
    "dashboard",
    "report",
    "calendar",
    "list",
    "editor",
    "chart",
    "sidebar",
    "timeline",
    "board",
    "table",
    "inbox",
]
TROUBLES = ["{} does not load", "{} crashes when I open it", "cannot save in the {}", "the {} shows wrong numbers"]


def project(seed: int, *, praise: tuple[int, int], exports: int = 0) -> pl.DataFrame:
    """Make as many troubles every day, praise that is more or less in the latest days, and a request that is new."""
    chance = Random(seed)
    rows = []
    for day in range(DAYS):
        is_late = day >= DAYS - RECENT
        said = [chance.choice(TROUBLES) for _ in range(10)] + ["love the new {}, thanks"] * praise[is_late]
        said += ["please export the {} as a spreadsheet"] * (is_late and chance.random() * RECENT < exports)
        rows += [
            (END - timedelta(days=DAYS - day - chance.random()), one.format(chance.choice(THINGS))) for one in said
        ]
    frame = pl.DataFrame(rows, schema={"created_at": pl.Datetime("us", "UTC"), "message": pl.String}, orient="row")
    return frame.sort("created_at").with_columns(id=pl.int_range(pl.len()).cast(pl.String))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_rises_because_something_else_stops(seed: int) -> None:
    rows = project(seed, praise=(8, 0))
    for way in (terms, topics, rising):
        assert way(rows, as_of=END).is_empty()


def test_what_rises_while_something_else_stops_is_told_alone() -> None:
    found = rising(project(0, praise=(8, 0), exports=16), as_of=END)
    assert found.height == 1
    told = found.row(0, named=True)
    assert {told["term"], *told["terms"]} & {"export", "spreadsheet", "please export"}
    assert told["count"] == len(told["ids"]) <= 20


def test_nothing_else_rises_with_what_starts() -> None:
    found = rising(project(0, praise=(0, 8)), as_of=END)
    assert found["baseline_count"].sum() == 0  # no trouble, as there was no praise before
    assert found.height == 1


@pytest.mark.parametrize("since", [5, 12, 14, 20])
def test_what_began_in_the_middle_of_the_latest_days_is_told_with_the_figures_that_say_so(since: int) -> None:
    rows = project(0, praise=(2, 2))
    late = rows.filter(pl.col("created_at") >= END - timedelta(days=since))[:: 30 // since + 2].with_columns(
        message=pl.lit("my voucher is ") + pl.int_range(pl.len()).cast(pl.String) + " pounds short",
        id=pl.format("late-{}", pl.int_range(pl.len())),
    )
    found = rising(pl.concat([rows, late]), as_of=END)
    told = found.filter(pl.col("ids").list.eval(pl.element().str.starts_with("late-")).list.all()).row(0, named=True)
    days = (told["last"] - told["first"]).days + 1
    assert days == next((length for length in (7, 14) if since < length), days) in {7, 14, 28}
    expected = late.filter(pl.col("created_at").dt.date().is_between(told["first"], told["last"]))
    assert set(told["ids"]) == set(expected["id"])
    assert found["term"].n_unique() == found.height, "once"


def test_words_of_parts_of_the_days_are_only_looked_for_where_these_have_whole_weeks() -> None:
    rows = project(0, praise=(0, 8))
    for days in (7, 14, 28, 56):
        found = rising(rows, days=days, as_of=END)
        assert set(((found["last"] - found["first"]).dt.total_days() + 1).to_list()) <= {days, days // 2, days // 4}
