"""Which versions came before another: by number, launch and line, however projects number and maintain them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from seggwat_nb.analysis.release_ratings import by_release
from seggwat_nb.analysis.releases import regressions
from seggwat_nb.analysis.silences import silences

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=200)
Use = tuple[str, int, int, float]
"""A version, its first and last day, and its share of bugs."""


def feedback(*uses: Use, a_day: int = 5) -> pl.DataFrame:
    """Items of versions at even distances; people give few stars where there are bugs."""
    parts = []
    for version, first, last, share in uses:
        n = (last - first) * a_day
        at = pl.int_range(n, eager=True).alias("at")
        is_bug = ((at + 1) * share).floor() > (at * share).floor()
        parts.append(
            pl.DataFrame({"at": at, "is_bug": is_bug}).select(
                created_at=START + pl.duration(minutes=1 + first * 1440 + pl.col("at") * 1440 // a_day),
                version=pl.lit(version),
                type=pl.when("is_bug").then(pl.lit("Bug")).otherwise(pl.lit("Praise")),
                rating_type=pl.lit("star"),
                score=pl.when("is_bug").then(1.0).otherwise(5.0),
                max_score=5.0,
            )
        )
    return pl.concat(parts)


def releases(major: str, share: float, *, every: int = 25) -> list[Use]:
    return [(f"{major}.{minor}.0", minor * every, (minor + 1) * every, share) for minor in range(8)]


def compared(rows: pl.DataFrame) -> dict[str, float | None]:
    """Return the share of bugs with which each version was compared, and check that ratings were compared alike."""
    table = regressions(rows, min_count=1)
    rated = by_release(rows, min_count=2).select("version", rated=(5 - pl.col("estimate_before")) / 4)
    same_age = table.join(rated, on="version").filter(pl.col("share_before").is_null() != pl.col("rated").is_null())
    assert same_age.is_empty()
    return dict(table.select("version", pl.col("share_before").round(2)).rows())


def verdicts(rows: pl.DataFrame) -> set[str]:
    return {*regressions(rows)["verdict"], *by_release(rows)["verdict"]} - {"too few", "unclear"}


CALENDAR: list[Use] = [(f"2026.{month:02}", 25 * month - 25, 25 * month, 0.8) for month in range(1, 9)]


@pytest.mark.parametrize(
    "other",
    [
        releases("8", 0.8),
        releases("my-app 5", 0.8),
        CALENDAR,
        [(f"{n}", 25 * n - 2500, 25 * n - 2475, 0.8) for n in range(100, 108)],
    ],
    ids=["major", "product", "calendar", "revision"],
)
def test_lines_side_by_side_are_not_compared_with_each_other(other: Sequence[Use]) -> None:
    rows = feedback(*releases("5", 0.2), *other)
    assert verdicts(rows) == set()
    assert {share for share in compared(rows).values() if share is not None} == {0.2, 0.8}
    worse = feedback(*releases("5", 0.2), *other[:-1], (*other[-1][:3], 1.0))
    assert regressions(worse).filter(verdict="worse")["version"].to_list() == [other[-1][0]]


def test_a_new_numbering_continues_the_old_one() -> None:
    rows = feedback(("2026.03", 0, 80, 0.2), ("2026.06", 80, 175, 0.4), ("5.0.0", 175, 200, 0.8))
    before = compared(rows)
    assert (before["2026.03"], before["2026.06"]) == (None, 0.2)
    assert before["5.0.0"] == pytest.approx(0.3)
    assert regressions(rows).filter(verdict="worse")["version"].to_list() == ["5.0.0", "2026.06"]
    back = feedback(("5.0.0", 0, 80, 0.2), ("2026.06", 80, 200, 0.8))
    assert compared(back) == {"5.0.0": None, "2026.06": 0.2}


def test_an_old_version_that_stays_in_use_is_still_before() -> None:
    assert compared(feedback(("2026.03", 0, 200, 0.2), ("5.0.0", 170, 200, 0.8))) == {"5.0.0": 0.2, "2026.03": None}
    assert compared(feedback(("1.9.0", 0, 200, 0.2), ("2.0.0", 170, 200, 0.8))) == {"1.9.0": None, "2.0.0": 0.2}


def test_versions_in_use_when_the_data_begin_are_in_the_order_of_their_numbers() -> None:
    for a_day in (5, 7):
        rows = feedback(("1.9.0", 0, 200, 0.2), ("2.1.0", 0, 200, 0.8), ("2.0.0", 0, 200, 0.2), a_day=a_day)
        assert compared(rows) == {"1.9.0": None, "2.0.0": 0.2, "2.1.0": 0.2}


def test_a_fix_of_an_old_version_is_compared_with_that() -> None:
    rows = feedback(
        ("2.3.0", 0, 100, 0.2), ("2.4.0", 100, 200, 0.8), ("2.3.1", 150, 200, 0.4), ("2.5.0", 170, 200, 0.2)
    )
    assert compared(rows) == {"2.3.0": None, "2.3.1": 0.2, "2.4.0": 0.2, "2.5.0": pytest.approx(0.47)}


def test_a_new_line_is_compared_with_the_old_one_beside_which_it_begins() -> None:
    old = [("1.0.0", 0, 100, 0.2), ("1.1.0", 100, 140, 0.2), ("1.2.0", 140, 170, 0.2), ("1.3.0", 170, 200, 0.2)]
    new = [("2.0.0", 110, 150, 0.8), ("2.1.0", 150, 175, 0.6), ("2.2.0", 175, 200, 0.6)]
    assert compared(feedback(*old, *new)) == {
        "1.0.0": None,
        "1.1.0": 0.2,
        "1.2.0": 0.2,
        "1.3.0": 0.2,
        "2.0.0": 0.2,
        "2.1.0": 0.8,
        "2.2.0": pytest.approx(0.7, abs=0.02),
    }


@pytest.mark.parametrize("early", ["3.0.0", "3.0.0-beta.1"])
def test_stray_early_items_hide_nothing(early: str) -> None:
    stray = [(early, 20, 21, 1.0), ("3.0.0", 150, 200, 0.8)]
    rows = feedback(*((f"2.{minor}.0", 50 * minor, 50 * minor + 50, 0.2) for minor in range(3)), stray[1], a_day=5)
    rows = pl.concat([rows, feedback(stray[0], a_day=2)])
    assert compared(rows)["3.0.0"] == 0.2
    assert "3.0.0" in regressions(rows).filter(verdict="worse")["version"]


def test_a_release_is_not_compared_with_pre_releases() -> None:
    rows = feedback(
        ("2.9.0", 0, 150, 0.2),
        ("3.0.0-beta.1", 100, 150, 0.8),
        ("3.0.0-beta.2", 120, 150, 0.8),
        ("3.0.0", 150, 200, 0.4),
    )
    assert compared(rows) == {
        "2.9.0": None,
        "3.0.0-beta.1": 0.2,
        "3.0.0": 0.2,
        "3.0.0-beta.2": pytest.approx(0.5, abs=0.02),
    }


def test_only_the_newest_version_in_use_can_fall_silent() -> None:
    def silent(*uses: Use) -> list[str]:
        return (
            silences(feedback(*uses, ("", 0, 200, 0.0)), by=["version"], as_of=END)
            .filter(verdict="silent", key="version")["value"]
            .to_list()
        )

    assert silent(("2026.03", 0, 140, 0.0), ("5.0.0", 140, 200, 0.0)) == []
    assert silent(("2.3.0", 0, 100, 0.0), ("2.4.0", 100, 200, 0.0), ("2.3.1", 110, 150, 0.0)) == []
    assert silent(("2026.03", 0, 100, 0.0), ("5.0.0", 100, 160, 0.0)) == ["5.0.0"]
    assert silent(("2.4.0", 0, 70, 0.0), ("2026.01", 70, 140, 0.0), ("2.3.1", 140, 200, 0.0)) == []
    assert silent(*releases("5", 0.2), *releases("8", 0.2)[:5]) == []


def test_the_newest_version_of_each_line_can_fall_silent_unless_people_left_the_line() -> None:
    def silent(*uses: Use) -> set[str]:
        table = silences(feedback(*uses, ("", 0, 200, 0.0)), by=["version"], as_of=END)
        return {*table.filter(verdict="silent", key="version")["value"]}

    ios, android = releases("5", 0.2), releases("3", 0.2)
    assert silent(*ios, *android) == set()
    assert silent(*ios, *android[:6], ("3.6.0", 150, 185, 0.2)) == {"3.6.0"}
    assert silent(*ios[:6], ("5.6.0", 150, 185, 0.2), *android) == {"5.6.0"}
    last = ("3.6.0", 150, 185, 0.2)
    product = [(f"my-app {version}", first, end, share) for version, first, end, share in [*android[:6], last]]
    assert silent(*ios, *product) == {"my-app 3.6.0"}
    early = [(f"{version}-beta.1", first, end, share) for version, first, end, share in [*android[:6], last]]
    assert silent(*ios, *early) == set(), "a pre-release ends by itself"
    fading = feedback(*[("3.6.0", 150, last, 0.2) for last in (160, 164, 168, 174, 184)], a_day=1)  # people leave
    rows = pl.concat([feedback(*ios, *android[:6], ("", 0, 200, 0.0)), fading])
    assert "3.6.0" not in silences(rows, by=["version"], as_of=END).filter(verdict="silent")["value"]
