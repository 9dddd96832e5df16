"""An old import or a gap in the collection is no measure of what is usual, and is said to be left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.analysis.changes import change, movers
from seggwat_nb.analysis.rising import rising
from seggwat_nb.analysis.unusual_weeks import unusual_weeks
from seggwat_nb.schema import FEEDBACK, RATINGS, TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.analysis.overdispersion import Floats

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS, RECENT = 196, 28
END = START + timedelta(days=DAYS)


def counts(seed: int, *, recently: float = 8.0) -> Floats:
    """Items on each day: 8 on average, and another number in the latest four weeks."""
    rate = np.where(np.arange(DAYS) < DAYS - RECENT, 8.0, recently)
    return np.random.default_rng(seed).poisson(rate).astype(np.float64)


def feedback(daily: Floats, *, paths: Sequence[str] = ("/", "/team", "/orders")) -> pl.DataFrame:
    """Items of everybody, as many as given on each day."""
    day = np.repeat(np.arange(daily.size), daily.astype(np.int64))
    draw = np.random.default_rng(day.size)
    frame = pl.select(
        id=pl.int_range(day.size).cast(pl.String),
        created_at=pl.lit(START)
        + pl.duration(days=pl.lit(pl.Series(day)), minutes=pl.lit(pl.Series(draw.integers(0, 1_440, day.size)))),
        type=pl.Series(TYPES).gather(pl.Series(draw.integers(0, len(TYPES), day.size))),
        path=pl.Series(paths).gather(pl.Series(draw.integers(0, len(paths), day.size))),
        message=pl.format("item {} of the list", pl.Series(draw.integers(0, 50, day.size))),
        submitted_by=pl.format("u{}", pl.int_range(day.size)),
    )
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in FEEDBACK.items() if name not in frame.columns]
    return frame.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in FEEDBACK.items())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("days", "came", "left_out"),
    [
        (slice(70, 71), 400, [date(2026, 3, 16)]),
        (slice(70, 71), 3_000, [date(2026, 3, 16)]),
        (slice(35, 77), 0, [date(2026, 2, 9) + timedelta(weeks=week) for week in range(6)]),
    ],
)
def test_a_doubling_is_told_although_much_or_nothing_came_in_months_ago(
    days: slice, came: int, left_out: list[date], seed: int
) -> None:
    daily = counts(seed, recently=16)
    daily[days] = came
    shown = change(feedback(daily), by=None, as_of=END).row(0, named=True)
    assert (shown["verdict"], shown["left_out"]) == ("up", left_out)
    assert shown["days_before"] == DAYS - RECENT - 7 * len(left_out)
    kept = np.ones(DAYS, np.bool_)
    for first in left_out:
        kept[(first - START.date()).days :][:7] = False
    assert shown["before"] == daily[: DAYS - RECENT][kept[: DAYS - RECENT]].sum()
    assert shown["after"] == daily[-RECENT:].sum()
    assert 200 < shown["expected"] < 250


@pytest.mark.parametrize("seed", range(3))
def test_a_page_and_its_words_are_found_although_a_thousand_items_came_in_on_one_day(seed: int) -> None:
    daily = counts(seed)
    daily[70] += 1_000
    late = feedback(np.where(np.arange(DAYS) < DAYS - RECENT, 0.0, 2.0), paths=["/billing"])
    late = late.with_columns(id=pl.format("late{}", "id"), message=pl.lit("The invoice is wrong."))
    rows = pl.concat([feedback(daily), late])
    assert movers(rows, as_of=END).filter(verdict="up")["value"].to_list() == ["/billing"]
    found = rising(rows, as_of=END)
    assert "invoice" in [*found["term"], *found["terms"].explode()]


@pytest.mark.parametrize(
    "bursts",
    [
        range(10, DAYS - RECENT, 30),  # every month
        range(3, DAYS - RECENT, 14),  # every two weeks
        [70, DAYS - 10],  # now, too
        [DAYS - 10],
        [],
    ],
)
def test_bursts_that_come_back_leave_nothing_out(bursts: Sequence[int]) -> None:
    daily = counts(1)
    daily[list(bursts)] += 80
    shown = change(feedback(daily), by=None, as_of=END)
    assert shown.select("days_before", "left_out").row(0) == (DAYS - RECENT, [])


def test_the_latest_days_do_not_decide_what_they_are_compared_with() -> None:
    daily = counts(2)
    daily[70] = 300
    before = change(feedback(daily), by=None, as_of=END)
    daily[-RECENT:] = 0
    after = change(feedback(daily), by=None, as_of=END)
    assert before["left_out"].to_list() == after["left_out"].to_list() == [[date(2026, 3, 16)]]


def test_no_week_is_left_out_if_too_few_would_be_left() -> None:
    daily = np.full(84, 3.0)
    daily[10] = 90
    assert unusual_weeks(daily, date(2026, 6, 15), before=56, after=28) == (1,)
    assert unusual_weeks(daily, date(2026, 6, 15), before=56, after=56) == ()
    assert unusual_weeks(np.zeros(84), date(2026, 6, 15), before=56, after=28) == ()


def test_a_finding_says_which_weeks_its_usual_number_excludes() -> None:
    daily = counts(3, recently=16)
    daily[70] = 400
    daily[120] = 500
    week = [daily[first : first + 7].sum() for first in (70, 119)]
    found = sw.findings(sw.Dataset(feedback(daily), RATINGS.to_frame(), as_of=END)).filter(kind="volume")
    assert found["verdict"].to_list() == ["rose"]
    first, second = (f"{number:,.0f} items" for number in week)
    said = f"Usual numbers exclude 16 to 22 Mar 2026 ({first}) and 4 to 10 May 2026 ({second})."
    assert str(found["detail"][0]).endswith(said)
