"""How much feedback there is: what rose for weeks, fell for some days, or changes every year."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.analysis.rhythms import Burst, recurrence
from seggwat_nb.analysis.seasons import Change, has_happened_a_year_ago
from seggwat_nb.analysis.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Callable

LAST = date(2026, 1, 6)
AS_OF = datetime(2026, 1, 7, 15, tzinfo=UTC)


def project(days: int, rate: Callable[[int], float], *, source: str = "Widget", seed: int = 3) -> pl.DataFrame:
    """Items of a project; `rate` is that of the day so many days before the last one."""
    draw = np.random.default_rng(seed)
    ago = [day for day in range(days) for _ in range(draw.poisson(rate(day)))]
    start = datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC)
    rows = {
        "id": [f"{source}{n}" for n in range(len(ago))],
        "created_at": [start - timedelta(days=day) + timedelta(minutes=n % 1440) for n, day in enumerate(ago)],
        "submitted_by": [f"u{n}" for n in range(len(ago))],
        "source": [source] * len(ago),
        "message": ["m"] * len(ago),
    }
    return pl.DataFrame(rows, schema_overrides={"created_at": pl.Datetime("us", "UTC")})


def volume(frame: pl.DataFrame, kind: str = "volume") -> list[dict[str, str]]:
    found = sw.findings(frame, as_of=AS_OF).filter(pl.col("verdict") != "not checked", kind=kind)
    return found.select("verdict", "sentence", "detail").to_dicts()


def between(frame: pl.DataFrame, first: date, last: date) -> int:
    return frame.filter(pl.col("created_at").dt.date().is_between(first, last)).height


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [
        (lambda ago: 16 if ago < 45 else 10, "rose"),
        (lambda ago: 9 if ago < 45 else 16, "fell"),
        (lambda ago: 12 + 14 * max(56 - ago, 0) / 56, "rose"),
    ],
)
@pytest.mark.parametrize(("source", "kind"), [("Widget", "volume"), ("Stripe", "source")])
def test_a_change_that_began_before_the_latest_days_is_told_with_what_came_meanwhile(
    rate: Callable[[int], float], verdict: str, source: str, kind: str
) -> None:
    frame = project(220, rate, source=source)
    others = project(220, lambda _: 5, source="Api") if source == "Stripe" else frame.clear()
    (row,) = volume(pl.concat([frame, others]), kind)
    first = LAST - timedelta(days=27)
    assert row["verdict"] == verdict
    assert f" {between(frame, first, LAST)} items in 28 days (usually " in row["sentence"]
    earlier = between(frame, first - timedelta(days=28), first - timedelta(days=1))
    usual = 28 * between(frame, first - timedelta(days=168), first - timedelta(days=29)) / 140
    assert f"(usually {usual:.0f})" in row["sentence"]
    assert row["detail"].startswith(f"It began earlier: {earlier} items came in from 12 Nov to 9 Dec 2025, which ")
    assert row["detail"].endswith("There is less than a year of earlier data, so this may be seasonal.")


def test_a_change_three_weeks_ago_is_told_for_these() -> None:
    (row,) = volume(project(200, lambda ago: 6 if ago < 20 else 12))
    assert " items in 21 days (usually " in row["sentence"]


def test_a_fall_of_some_days_says_which_and_whether_they_are_over() -> None:
    for first, last in ((12, 4), (12, -1)):
        frame = project(200, lambda ago, first=first, last=last: 3 if last < ago <= first else 16)  # type: ignore[misc]
        (row,) = volume(frame)
        found = re.fullmatch(
            r"Only (\d+) items (?:have come in since (25) Dec 2025|came in from (25) Dec 2025 to 1 Jan 2026) "
            r"\(usually \d+\)(, and about as many as usual since then)?\. Perhaps it "
            r"(?:was a holiday|is a holiday\. If not, check that all feedback is still collected)\.",
            row["detail"],
        )
        assert found is not None, row
        end = date(2026, 1, 1) if last > 0 else LAST
        assert int(found[1]) == between(frame, date(2025, 12, 25), end)
        assert (found[4] is not None) == (last > 0)


@pytest.mark.parametrize(("moved", "told"), [(0, 0), (5, 0), (90, 1)])
def test_what_came_a_year_ago_too_is_no_news(moved: int, told: int) -> None:
    frame = project(600, lambda ago: 3 if ago < 12 or 0 <= ago - 365 + moved < 12 else 12)
    assert len(volume(frame)) == told


@pytest.mark.parametrize(("then", "known_from", "same"), [(40, 700, True), (400, 700, False), (40, 390, False)])
def test_a_year_ago_must_be_known_and_alike(then: int, known_from: int, same: bool) -> None:
    days = [LAST - timedelta(days=ago) for ago in range(700) for _ in range(20)]
    last_year = [LAST - timedelta(days=ago) for ago in range(364, 392)]
    kept = [day for day in days if day not in last_year] + last_year * max(then // 28, 1)
    change = Change(LAST - timedelta(days=195), LAST - timedelta(days=27), LAST, 0.1, 1.0)
    assert has_happened_a_year_ago(change, pl.Series(kept), LAST - timedelta(days=known_from)) is same


@pytest.mark.parametrize(
    ("weeks", "left_out", "left"), [(24, (), 140), (24, (22, 3), 133), (12, (), 56), (11, (), None)]
)
def test_windows_apart_leave_out_the_last_weeks_before(weeks: int, left_out: tuple[int, ...], left: int | None) -> None:
    windows = Windows(date(2025, 1, 1), 7 * (weeks - len(left_out)), 28, complete=True, left_out=left_out)
    apart = windows.apart(28)
    assert (apart and apart.before) == left
    assert apart is None or (apart.span == windows.span and apart.dates() == windows.dates())


@pytest.mark.parametrize(
    ("comes", "usual", "same"),
    [
        (lambda day: day.day == 1, lambda day: 10 if day.weekday() < 5 else 2, 3),  # more on working days
        (lambda day: day.day == 1 and day.month != 10, lambda _: 4, 3),  # missed once
        (lambda day: (day - date(2025, 11, 1)).days % 14 == 0, lambda day: 20 if day.weekday() < 5 else 2, 3),
        (lambda day: day == date(2025, 11, 1), lambda day: 20 if day.weekday() < 5 else 2, 0),
    ],
)
def test_days_that_come_back_are_as_far_above_usual(
    comes: Callable[[date], bool], usual: Callable[[date], int], same: int
) -> None:
    days = pl.date_range(date(2025, 1, 6), LAST, eager=True).to_list()
    daily = {day: usual(day) + (18 if comes(day) else 0) for day in days}
    day = date(2025, 11, 1)
    found = recurrence(Burst(day, 1, daily[day], usual(day)), daily, days[0]).days
    assert len(found) >= same
    assert all(comes(day) for day in found), found


def test_after_a_pause_feedback_has_not_grown_from_nothing() -> None:
    frame = project(330, lambda ago: 0 if 90 <= ago < 200 else 6)
    assert not volume(frame)
