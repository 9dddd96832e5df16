"""What changed gradually, weeks ago or only lately: pages, sources, ratings and people."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import seggwat_nb as sw

if TYPE_CHECKING:
    from collections.abc import Callable

    Rate = Callable[[int], float]

LAST = date(2026, 11, 29)
UTC_TIME = pl.Datetime("us", "UTC")
AS_OF = datetime(2026, 11, 30, 0, 5, tzinfo=UTC)
DAYS = 196


def items(rate: Rate, **values: str) -> pl.DataFrame:
    """Items at a rate that depends on how many days ago it is, with the same values."""
    g = np.random.default_rng(sum(map(ord, "".join(values.values()))))
    ago = np.repeat(np.arange(DAYS), [g.poisson(rate(day)) for day in range(DAYS)])
    rows = {
        "created_at": [datetime(2026, 11, 29, n % 24, tzinfo=UTC) - timedelta(int(day)) for n, day in enumerate(ago)]
    }
    return pl.DataFrame(rows, schema={"created_at": UTC_TIME}).with_columns(
        *(pl.lit(value).alias(name) for name, value in values.items()), message=pl.lit("m")
    )


def project(*parts: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(parts).with_row_index("id").with_columns(pl.col("id").cast(pl.String))


def found(data: pl.DataFrame | sw.Dataset) -> list[dict[str, Any]]:
    return sw.findings(data, as_of=AS_OF).filter(pl.col("verdict") != "not checked").to_dicts()


def number(rows: pl.DataFrame, first: int, last: int = 0, **values: str) -> int:
    """Count the items from so many days ago on, up to others."""
    day = pl.col("created_at").dt.date()
    chosen = rows.filter(day.is_between(LAST - timedelta(days=first), LAST - timedelta(days=last)))
    return chosen.filter(**values).height if values else chosen.height


def on(ago: int) -> pl.Expr:
    return pl.lit(datetime(2026, 11, 29, 9, tzinfo=UTC) - timedelta(days=ago)).alias("created_at")


def usual_pages() -> list[pl.DataFrame]:
    return [items(partial(usually, number), path=path) for path, number in OTHERS.items()]


def usually(number: float, _: int) -> float:
    return number


OTHERS = {"/": 4.0, "/orders": 3.0, "/account": 2.0}


@pytest.mark.parametrize(
    ("rate", "verdict", "days"),
    [
        (lambda ago: 5 if ago < 10 else 0.6, "rose", 14),
        (lambda ago: 0.1 if ago < 14 else 2, "fell", 14),
        (lambda ago: 2 if ago < 60 else 0.5, "rose", 28),
        (lambda ago: 0.5 + 3.5 * max(70 - ago, 0) / 70, "rose", 28),
    ],
)
def test_a_page_that_changed_lately_or_weeks_ago_is_told_with_the_figures_of_these_days(
    rate: Rate, verdict: str, days: int
) -> None:
    rows = project(*usual_pages(), items(rate, path="/export"))
    (told,) = found(rows)
    assert (told["kind"], told["value"], told["verdict"]) == ("page", "/export", verdict)
    assert f" {verdict} to {number(rows, days - 1, path='/export')} items in {days} days " in told["sentence"]
    if days == 28:  # else that was usual
        before = number(rows, 55, 28, path="/export")
        assert f"It began earlier: {before} items came in from 5 Oct to 1 Nov 2026, which" in told["detail"]


@pytest.mark.parametrize(("everything", "told"), [(False, "page"), (True, "volume")])
def test_a_page_that_grows_steadily_is_told_unless_everything_does(everything: bool, told: str) -> None:
    def grows(ago: int) -> float:
        return float(4.0 * 1.1 ** (-ago / 7))

    others = [items(grows, path=path) for path in OTHERS] if everything else usual_pages()
    rows = project(*others, items(grows, path="/export"))
    first, *_ = found(rows)
    assert first["kind"] == told
    totals = [number(rows, 27 + 28 * ago, 28 * ago, **({} if everything else {"path": "/export"})) for ago in range(7)]
    assert re.search(rf"has grown (in each|to {totals[0]} items)", first["sentence"])
    assert {str(total) for total in totals[:5]} <= {*re.findall(r"\d+", first["sentence"])}
    assert first["count"] == totals[0]


def test_what_moved_little_by_little_is_one_finding() -> None:
    def moved(ago: int) -> float:
        return min(max(70 - ago, 0) / 56, 1.0)

    rows = project(
        items(lambda ago: 15 * (1 - moved(ago)), source="Widget"), items(lambda ago: 15 * moved(ago), source="Email")
    )
    (told,) = found(rows)
    left, come = (number(rows, 27, source=source) for source in ("Widget", "Email"))
    usual = [number(rows, 195, 28, source=source) / 6 for source in ("Widget", "Email")]
    assert told["sentence"] == (
        f"Feedback from Email rose to {come} items in 28 days (usually {usual[1]:,.0f}), and feedback from Widget fell "
        f"by about as much, to {left} (usually {usual[0]:,.0f}). Perhaps it moved from there."
    )


@pytest.mark.parametrize(("since", "factor", "verdict"), [(35, 0.25, "fewer"), (21, 3.0, "more"), (0, 1.0, None)])
def test_ratings_that_become_few_or_many_are_told(since: int, factor: float, verdict: str | None) -> None:
    feedback = project(items(lambda _: 5, source="Widget"))
    ratings = project(items(lambda ago: 6 * (factor if ago < since else 1), rating_type="star"))
    filled = ratings.with_columns(score=pl.lit(5.0), max_score=pl.lit(5.0), project_id=pl.lit("p"))
    told = found(sw.Dataset(feedback, filled))
    assert [one["verdict"] for one in told] == [verdict] * (verdict is not None)
    for one in told:
        days = 28 if since >= 28 else 21
        assert f" to {number(ratings, days - 1)} in {days} days " in one["sentence"]


def test_many_items_of_one_day_in_a_tiny_project_are_told() -> None:
    rows = items(lambda _: 0.13, source="Widget")
    rows = project(rows, rows.head(1).join(pl.DataFrame({"n": range(18)}), how="cross").drop("n").with_columns(on(9)))
    (told,) = found(rows)
    assert told["kind"] == "days"
    assert told["sentence"].startswith(f"{number(rows, 9, 9)} items came in on 20 Nov 2026, usually less than 1.")


def test_everybody_writes_more_in_a_project_that_grows() -> None:
    g = np.random.default_rng(4)
    rows = project(items(lambda ago: 90 * 2 ** (-ago / 28), source="Widget"))
    who = pl.Series([f"u{n}" for n in g.integers(300, size=rows.height)])
    assert {one["kind"] for one in found(rows.with_columns(submitted_by=who))} == {"volume"}


@pytest.mark.parametrize(("years", "told"), [(1, True), (2, False)])
def test_growth_that_came_a_year_ago_too_is_a_season(years: int, told: bool) -> None:
    g = np.random.default_rng(2)
    ago = np.arange(364 * years)
    count = g.poisson(1 + 5 * (1 + np.cos(2 * np.pi * ago / 364)))
    days = [LAST - timedelta(days=int(day)) for day in np.repeat(ago, count)]
    rows = project(pl.DataFrame({"created_at": days, "message": "m"}).with_columns(pl.col("created_at").cast(UTC_TIME)))
    assert any("grown" in one["sentence"] for one in found(rows)) == told


def test_what_comes_back_every_four_weeks_is_no_news() -> None:
    rows = project(items(lambda ago: 40 if ago % 28 == 9 else 5, source="Widget"))
    assert not [one for one in found(rows) if one["kind"] == "days"]


def test_a_release_with_more_bugs_is_told_beside_the_burst_after_its_launch() -> None:
    def of_type(kind: str, rate: Rate, version: str) -> pl.DataFrame:
        return items(rate, type=kind, version=version)

    parts = [of_type("Praise", lambda ago: 10 * (ago >= 40), "1.0"), of_type("Bug", lambda ago: 3 * (ago >= 40), "1.0")]
    parts += [of_type("Praise", lambda ago: (10 if ago < 38 else 60) * (ago < 40), "1.1")]
    parts += [of_type("Bug", lambda ago: (9 if ago < 38 else 54) * (ago < 40), "1.1")]
    told = {one["kind"]: one for one in found(project(*parts))}
    assert told["release"]["value"] == "1.1"
    assert told["days"]["value"] == "21 to 22 Oct 2026"


@pytest.mark.parametrize(("factor", "verdict"), [(2.2, "rose"), (0.3, "fell"), (1.0, None)])
def test_of_a_few_customers_one_that_writes_more_or_less_is_told(factor: float, verdict: str | None) -> None:
    def acme(ago: int) -> float:
        return 2.5 * (factor if ago < 28 else 1)

    others = [
        items(partial(usually, number), submitted_by=who) for who, number in zip("abcd", (3, 2, 1, 1), strict=True)
    ]
    rows = project(items(acme, submitted_by="acme"), *others)
    told = found(rows)
    assert [(one["kind"], one["value"], one["verdict"]) for one in told] == [("submitter", "acme", verdict)] * bool(
        verdict
    )
    count = number(rows, 27, submitted_by="acme")
    assert all(one["sentence"].startswith(f"acme wrote {count} items in 28 days (usually ") for one in told)


def test_a_word_that_began_twelve_days_ago_is_told_for_fourteen() -> None:
    said = items(lambda ago: 2 if ago < 12 else 0, path="/pay").with_columns(message=pl.lit("my voucher is rejected"))
    rows = project(*usual_pages(), said)
    first = next(one for one in found(rows) if one["kind"] == "theme" or one["key"] == "path")
    assert first["kind"] in {"theme", "page", "silence"}
    told = sw.themes.rising(rows, as_of=AS_OF)
    again = sw.findings(rows.drop("path"), rising=told, as_of=AS_OF).filter(kind="theme").row(0, named=True)
    assert f"{said.height} items in 14 days (usually none)" in again["sentence"]
    assert '"since": "2026-11-16"' in again["filter"]


def test_a_decline_from_the_first_day_on_may_follow_a_launch() -> None:
    rows = project(items(lambda ago: 40 * 0.985 ** (DAYS - ago)))
    (told,) = found(rows)
    assert told["verdict"] == "fell"
    assert told["detail"] == "It was highest when the data began, perhaps after a launch."


@pytest.mark.parametrize("imported", [0, 2000])
def test_of_a_theme_it_is_said_if_usual_numbers_are_mostly_those_of_an_import(imported: int) -> None:
    old = pl.DataFrame({"message": ["tape jams"] * imported}, schema={"message": pl.String})
    old = old.select(on(100).cast(UTC_TIME), pl.lit("Old").alias("source"), "message")
    new = items(lambda ago: 2 if ago < 14 else 0, source="Widget").with_columns(message=pl.lit("invoice is wrong"))
    rows = project(items(lambda _: 5, source="Widget"), old, new)
    (told,) = [one for one in found(rows) if one["kind"] == "theme"]
    week = number(rows, 104, 98)
    assert (f"Usual numbers include 17 to 23 Aug 2026 ({week:,} items)." in (told["detail"] or "")) == bool(imported)
