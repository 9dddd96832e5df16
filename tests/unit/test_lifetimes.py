"""Pages of a series, campaigns and imports come and go, and are neither news nor missed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.analysis.lifetimes import Lifetimes

LAST = date(2026, 11, 17)
AS_OF = datetime(2026, 11, 18, 15, tzinfo=UTC)
DAYS = 196


def project(more: dict[str, list[int]], *, key: str = "path") -> pl.DataFrame:
    """Eight items a day, and more of some values so many days ago."""
    draw = np.random.default_rng(4)
    usual = [(day, "/") for day in range(DAYS) for _ in range(draw.poisson(8))]
    rows = [*usual, *((day, value) for value, days in more.items() for day in days)]
    start = datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC)
    return pl.DataFrame(
        {
            "id": [f"i{n}" for n in range(len(rows))],
            "created_at": [
                start - timedelta(days=day) + timedelta(minutes=n % 1440) for n, (day, _) in enumerate(rows)
            ],
            "submitted_by": [f"u{n}" for n in range(len(rows))],
            "message": ["m"] * len(rows),
            key: [value for _, value in rows],
        },
        schema_overrides={"created_at": pl.Datetime("us", "UTC")},
    )


def told(frame: pl.DataFrame) -> dict[str, str]:
    found = sw.findings(frame, as_of=AS_OF).filter(pl.col("verdict") != "not checked")
    return dict(found.select(pl.col("value").fill_null(""), "sentence").iter_rows())


def series(*, every: int, items: int) -> dict[str, list[int]]:
    """A page for each week or so, with most items on its first days."""
    draw = np.random.default_rng(5)
    starts = range(DAYS - 3, 3, -every)
    return {
        f"/blog/{chr(97 + n)}{'x' * (n // 26)}": [
            int(day) for day in start - np.minimum(draw.geometric(0.3, items) - 1, 14) if day >= 0
        ]
        for n, start in enumerate(starts)
    }


@pytest.mark.parametrize("items", [20, 60])
def test_a_new_page_each_week_is_no_news_unless_it_is_far_larger(items: int) -> None:
    pages = series(every=7, items=items)
    assert not [value for value in told(project(pages)) if value.startswith("/blog")]
    assert "/blog/scandal" in told(project({**pages, "/blog/scandal": [day for day in range(30) for _ in range(10)]}))
    alone = {"/blog/a": [day for day in range(20) for _ in range(items // 10)]}
    assert "/blog/a" in told(project(alone))


def test_campaigns_that_each_had_their_month_are_not_missed() -> None:
    months = {
        f"/{name}": [day for day in range(at, at + 30) for _ in range(4)]
        for name, at in zip("abcde", range(20, 170, 30), strict=True)
    }
    assert told(project(months)) == {}
    gone = [day for day in range(20, DAYS) for _ in range(4)]
    assert list(told(project({**months, "/always": gone}))) == ["/always"]


@pytest.mark.parametrize("key", ["path", "source"])
def test_what_only_came_for_a_while_may_be_an_import(key: str) -> None:
    days = [day for day in range(16, 45) for _ in range(9)]
    frame = project({"Zendesk": days}, key=key)
    (sentence,) = told(frame).values()
    what = "about" if key == "path" else "from"
    first, last = LAST - timedelta(days=44), LAST - timedelta(days=16)
    assert frame.filter(pl.col(key) == "Zendesk").height == 261
    assert sentence == (
        f"Feedback {what} Zendesk only came in from {first.day} Oct to {last.day} Nov 2026: 261 items. "
        "Was it an import or a campaign, or is it no longer collected?"
    )
    assert told(project({"Zendesk": [day + 60 for day in days]}, key=key)) == {}, "that was long ago"


def test_lifetimes_are_those_of_the_rows() -> None:
    day = pl.Series([LAST - timedelta(days=ago) for ago in [*range(40, 60), *range(100), 3]])
    value = pl.Series(["a"] * 20 + ["b"] * 100 + [None])
    lives = Lifetimes.of(value, day, (LAST - timedelta(days=99), LAST))
    assert lives.of_value("a") == (LAST - timedelta(days=59), LAST - timedelta(days=40))
    assert lives.of_value(None) is None
    assert lives.its_time("a") == lives.of_value("a")
    assert lives.its_time("b") is lives.its_time(None) is None
    assert not lives.come_and_go("a")
    assert not lives.comes_regularly("a", since=LAST - timedelta(days=60))


def test_pages_that_stopped_on_one_day_are_told_once_though_some_fell_in_the_latest_days_too() -> None:
    pages = {
        f"/{name}": [day for day in range(14, DAYS) for _ in range(rate)] for name, rate in {"a": 4, "b": 3}.items()
    }
    assert list(told(project({**pages, "/c": [day for day in range(DAYS) for _ in range(9)]}))) == ["/a"]


def test_a_burst_from_one_source_says_so() -> None:
    days = [9] * 120
    found = sw.findings(project({"Zendesk": days}, key="source"), as_of=AS_OF).filter(kind="days")
    assert re.fullmatch(r"All have the same text\. Mostly from Zendesk \(9\d%\)\.", found["detail"].item())
