"""Whether a fix helped: counts checked by hand, fixes of every kind told apart, and what cannot be meant refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb import FeedbackFilter, lifecycle
from seggwat_nb.analysis.overdispersion import Dispersion, EarlierWeeks, Layout, RowsByDay, dispersion_of_rows
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import HISTORY

START = datetime(2026, 1, 5, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def project(hours: list[float], inside: list[bool]) -> pl.DataFrame:
    moments = [START + timedelta(hours=hour) for hour in hours]
    return pl.DataFrame(
        {
            "id": [f"i{n}" for n in range(len(hours))],
            "created_at": moments,
            "path": ["/in" if one else "/out" for one in inside],
        },
        schema_overrides={"created_at": pl.Datetime("us", "UTC"), "path": pl.String},
    )


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.floats(0, 24 * 250), st.booleans()), min_size=1, max_size=300),
    at=st.floats(0, 24 * 250),
    days=st.sampled_from([7, 28, 56]),
)
def test_it_counts_whole_weeks_on_either_side_of_the_moment(
    rows: list[tuple[float, bool]], at: float, days: int
) -> None:
    frame = project([0.0, *(hour for hour, _ in rows)], [True, *(inside for _, inside in rows)])
    moment, end = START + timedelta(hours=at), START + 250 * DAY
    found = lifecycle.effect(frame, where=FeedbackFilter(path="/in"), at=moment, days=days, as_of=end).row(
        0, named=True
    )
    before, after = (moment - START) // DAY // 7 * 7, (end - moment) // DAY // 7 * 7
    after = min(after, days, before)
    before = min(before, max(56, 2 * after))
    moments = frame.filter(path="/in")["created_at"].to_list()
    assert found["complete"] == (after >= 7)
    assert found["still"] == sum(moment <= one <= end for one in moments) == len(found["ids"])
    if found["complete"]:
        assert (found["days_before"], found["days_after"]) == (before, after)
        assert found["before"] == sum(moment - before * DAY <= one < moment for one in moments)
        assert found["after"] == sum(moment <= one < moment + after * DAY for one in moments)
    else:
        assert (found["before"], found["after"], found["verdict"]) == (0, 0, "unclear")


def fixed(*, until: int = 84, then: int = 4, back: int = 0) -> pl.DataFrame:
    """Items every six hours, and ten a week on one page until a day, then fewer; and as many again from a later one."""
    every = [6.0 * n for n in range(4 * 168)]
    own = [17.0 * n for n in range(24 * 168 // 17)]
    kept = [hour for n, hour in enumerate(own) if hour < 24 * until or n % then == 1 or (back and hour >= 24 * back)]
    frame = project([*every, *kept], [*([False] * len(every)), *([True] * len(kept))])
    version = pl.when(pl.col("created_at") < START + until * DAY).then(pl.lit("1.9.0")).otherwise(pl.lit("v2.0"))
    inside = pl.col("path") == "/in"
    return frame.with_columns(version=version).with_columns(
        theme=pl.when(inside).then(["Checkout / Payment"]).otherwise(pl.lit([], pl.List(pl.String))),
        status=pl.when(inside, pl.col("version") == "1.9.0").then(pl.lit("Resolved")).otherwise(pl.lit("New")),
        resolution_note=pl.when(inside, pl.col("version") == "1.9.0").then(pl.lit("Fixed in 2.0.0, see 1 issue.")),
    )


@pytest.mark.parametrize(
    "options",
    [
        {"where": FeedbackFilter(path="/in")},
        {"theme": "Checkout"},
        {"theme": "Checkout / Payment"},
    ],
)
@pytest.mark.parametrize("at", [START + 84 * DAY, "2.0", "2026-03-30", date(2026, 3, 30), "2026-03-30T06:00+00:00"])
def test_a_moment_a_date_or_a_version_says_when_and_a_filter_or_a_theme_what(options: dict[str, Any], at: Any) -> None:
    found = lifecycle.effect(fixed(), at=at, as_of=START + 168 * DAY, **options).row(0, named=True)
    assert found["verdict"] == "down"
    assert not found["came_back"]
    assert found["high"] < 0.7
    assert abs(found["at"] - (START + 84 * DAY)) <= timedelta(hours=6)
    assert found["ids"][0] == max(found["ids"], key=lambda one: int(one[1:]))


def test_a_fix_that_came_back_and_one_that_did_not_help_are_told_apart() -> None:
    where = FeedbackFilter(path="/in")
    options: dict[str, Any] = {"at": START + 84 * DAY, "as_of": START + 168 * DAY}
    back = lifecycle.effect(fixed(then=9, back=126), where=where, **options).row(0, named=True)
    assert (back["verdict"], back["came_back"]) == ("down", True)
    assert abs(back["back_at"] - (START + 126 * DAY)) <= 2 * DAY
    assert back["back_low"] < 1 < back["back_high"]
    counted = fixed(then=9, back=126).filter(path="/in")["created_at"]
    before = counted.filter(counted.is_between(START + 28 * DAY, START + 84 * DAY, closed="left")).len() / 56
    assert back["back_ratio"] == pytest.approx(counted.filter(counted >= START + 140 * DAY).len() / 28 / before)
    assert lifecycle.effect(fixed(then=9, back=126), where=where, level=0.3, **options)["came_back"].item()
    no = lifecycle.effect(fixed(then=1, back=84), where=where, **options).row(0, named=True)
    assert (no["verdict"], no["came_back"], no["back_at"], no["back_ratio"]) == ("unclear", False, None, None)
    (all_of_them,) = lifecycle.effects(fixed(then=9, back=126), as_of=options["as_of"]).rows(named=True)
    assert all_of_them["came_back"]
    assert abs(all_of_them["back_at"] - back["back_at"]) <= DAY
    assert all_of_them["back_ratio"] == pytest.approx(back["back_ratio"], abs=0.1)


def test_fixes_are_found_in_notes_and_batches_with_what_their_items_have_in_common() -> None:
    frame, as_of = fixed(), START + 168 * DAY
    history = pl.DataFrame(
        [("i0", "status", "New", "Resolved", START + 100 * DAY, "b1"), ("i1", "status", "New", "Closed", as_of, "b2")],
        schema=["id", "field", "old", "new", "latest", "batch"],
        orient="row",
    )
    found = lifecycle.effects(frame, history=history, as_of=as_of)
    assert found.select("fix", "items", "key", "value", "verdict", "complete").rows() == [
        ("b1", 1, None, None, "unclear", False),
        ("2.0.0", 119, "theme", "Checkout / Payment", "down", True),
    ]
    assert (found["q"].drop_nulls() >= found["p"].drop_nulls()).all()
    by_path = lifecycle.effects(frame.drop("theme"), history=HISTORY.to_frame(), as_of=as_of)
    assert by_path.select("fix", "key", "value").rows() == [("2.0.0", "path", "/in")]
    for status, fixes in (("Erledigt", 1), ("Closed", 0), ("Active", 0), (None, 0)):
        renamed = frame.with_columns(
            pl.when(status="Resolved").then(pl.lit(status)).otherwise("status").alias("status")
        )
        assert lifecycle.effects(renamed, as_of=as_of).height == fixes, status
    unreleased = frame.with_columns(resolution_note=pl.col("resolution_note").str.replace("2.0.0", "v3.1"))
    assert lifecycle.effects(unreleased, as_of=as_of).select("fix", "at", "complete").rows() == [("3.1", None, False)]
    nothing = lifecycle.effects(frame.with_columns(resolution_note=pl.lit("Answered on 1.2 occasions")), as_of=as_of)
    assert nothing["complete"].to_list() == [False]
    assert lifecycle.effects(frame.with_columns(resolution_note=pl.lit("Done"))).schema == found.schema


@pytest.mark.parametrize(
    ("problem", "options"),
    [
        ("either where or theme", {"at": START}),
        ("either where or theme", {"at": START, "theme": "a", "where": FeedbackFilter()}),
        ("theme requires items that have themes", {"at": START, "theme": "Checkout"}),
        ("is not a version in the data", {"at": "9.9", "where": FeedbackFilter()}),
        ("is not a version in the data", {"at": "soon", "where": FeedbackFilter()}),
        ("is not a date", {"at": "2026-13-01", "where": FeedbackFilter()}),
        ("at must be a datetime", {"at": 5, "where": FeedbackFilter()}),
        ("has no time zone", {"at": START.replace(tzinfo=None), "where": FeedbackFilter()}),
        ("multiple of 7", {"at": START, "where": FeedbackFilter(), "days": 30}),
    ],
)
def test_what_cannot_be_meant_is_refused(problem: str, options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=problem):
        lifecycle.effect(fixed().drop("theme"), **options)


def test_a_fix_of_what_a_release_broke_weeks_before_is_seen() -> None:
    """Over half a year, six weeks of reports are a slow drift; beside the weeks before the fix they are not."""
    every = [6.0 * n for n in range(4 * 250)]
    broken = [24 * 166 + 9.0 * n for n in range(24 * 45 // 9)]
    frame = project([*every, *broken], [*([False] * len(every)), *([True] * len(broken))])
    at, as_of = START + (166 + 45) * DAY, START + 250 * DAY
    found = lifecycle.effect(frame, where=FeedbackFilter(path="/in"), at=at, as_of=as_of).row(0, named=True)
    assert (found["verdict"], found["days_before"], found["after"]) == ("down", 56, 0)


def test_weeks_before_both_windows_show_how_much_weeks_differ() -> None:
    """The scatter of weeks is what a loop over pairs of weeks gives."""
    before, after = [2, 30, 5, 28, 3, 33, 4, 27], [3, 25, 2, 31]
    old = [16 + 14 * (-1) ** week for week in range(16)]
    weeks = np.array([*before, *after])
    day = np.concatenate([7 * week + np.arange(rows) % 7 for week, rows in enumerate(weeks)])
    rows = RowsByDay.of(np.zeros(day.size, np.int64), day, 1)
    people = Dispersion(np.ones(1), np.full(1, np.inf))
    earlier = EarlierWeeks(np.array([old], np.float64), np.full(16, 7.0))
    layout = Layout(56, 28, np.ones(84))
    alone = dispersion_of_rows(rows, layout, parameters=8, people=people)
    found = dispersion_of_rows(rows, layout, parameters=8, people=people, earlier=earlier)

    own = [(b - a) ** 2 for part in (before, after) for a, b in pairwise(part)]
    assert alone.size[0] == pytest.approx(sum(own) / (2 * 10) / weeks.mean())
    steps = [(b - a) ** 2 for a, b in pairwise(old)]
    assert found.size[0] == pytest.approx(sum(own + steps) / (2 * 25) / np.mean([*weeks, *old]))
    assert found.freedom[0] == pytest.approx((10 + 15 * min(np.mean(old) / weeks.mean(), 1)) * 2 / 3)


@pytest.mark.parametrize("until", [84, 140])
@pytest.mark.parametrize("burst", [0, 300])
def test_a_fix_is_seen_although_something_else_broke_months_before(burst: int, until: int) -> None:
    frame, at = fixed(until=until), START + until * DAY
    old = project([24 * 10 + 0.5 * n for n in range(burst)], [True] * burst)
    frame = pl.concat([frame, old.with_columns(id="old" + pl.col("id"))], how="diagonal").sort("created_at")
    found = lifecycle.effect(frame, where=FeedbackFilter(path="/in"), at=at, as_of=START + 168 * DAY)
    assert found.select("days_before", "verdict").row(0) == (56, "down")
