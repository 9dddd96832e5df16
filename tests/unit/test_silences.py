"""Silences: what stopped sending is named, and nothing where things are as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from seggwat_nb import trends
from seggwat_nb.analysis.bursts import calm_weeks
from seggwat_nb.analysis.day_range import Days
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
RHYTHM = np.array([1.2, 1.2, 1.1, 1.1, 1.0, 0.7, 0.7])


def items(rates: dict[str, Any], days: int, seed: int = 1, *, key: str = "path") -> pl.DataFrame:
    """Poisson counts of each value, with a rhythm of weekdays; a rate is a number or one for each day."""
    chance = np.random.default_rng(seed)
    frames = []
    for value, rate in rates.items():
        counts = chance.poisson(rate * RHYTHM[np.arange(days) % 7])
        moments = [START + timedelta(days=int(day), hours=9) for day in np.repeat(np.arange(days), counts)]
        frames.append(pl.DataFrame({"created_at": moments, key: [value] * len(moments)}))
    return pl.concat(frames).with_columns(pl.col("created_at").cast(pl.Datetime("us", "UTC")))


def quiet(rate: float, days: int, since: int, until: int | None = None) -> Any:
    rates = np.full(days, rate)
    rates[since:until] = 0
    return rates


def found(frame: pl.DataFrame, days: int, **options: Any) -> dict[str | None, str]:
    table = trends.silences(frame, as_of=START + timedelta(days=days), **options)
    return dict(table.filter(pl.col("verdict") != "unclear").select("value", "verdict").iter_rows())


@pytest.mark.parametrize(
    ("rate", "days", "since"), [(1.0, 90, 70), (5.0, 60, 56), (20.0, 28, 25), (200.0, 21, 19), (0.5, 180, 140)]
)
def test_what_stopped_is_named_with_what_was_expected(rate: float, days: int, since: int) -> None:
    frame = items({"/a": 3.0, "/b": 6.0, "/gone": quiet(rate, days, since)}, days)
    assert found(frame, days) == {"/gone": "silent"}
    row = trends.silences(frame, as_of=START + timedelta(days=days)).row(0, named=True)
    assert (row["key"], row["value"], row["came"]) == ("path", "/gone", 0)
    assert row["silent_since"] >= (START + timedelta(days=since)).date() - timedelta(days=5)
    assert row["silent_until"] == (START + timedelta(days=days - 1)).date()
    assert row["usual"] == frame.filter(path="/gone").height
    assert 0.4 < row["expected"] / (rate * row["days"]) < 1.6


def test_values_are_tested_alike_however_many_are_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {f"/{at}": quiet(rate, 90, at * 7, at * 9) for at, rate in enumerate((0.1, 0.3, 1.0, 3.0, 9.0))}
    frame = items(rates, 90)
    together = trends.silences(frame, by=["path"])
    monkeypatch.setattr("seggwat_nb.analysis.silences._CELLS", 1)
    alone = trends.silences(frame, by=["path"])
    assert together["value"].len() == 6
    assert_frame_equal(together, alone)


def test_a_hole_that_is_over_is_named_as_one() -> None:
    frame = items({"/a": 3.0, "/hole": quiet(5.0, 90, 40, 55), "/c": 2.0}, 90)
    assert found(frame, 90) == {"/hole": "was silent"}
    row = trends.silences(frame, as_of=START + timedelta(days=90)).row(0, named=True)
    assert row["days"] == pytest.approx(15, abs=2)


def test_a_hole_in_a_week_is_not_taken_for_its_weekdays() -> None:
    """With one of each weekday, the days of the hole would be usual for their weekdays."""
    days = 8
    late = np.full(days, 1000.0)
    late[:5] = 1.0
    pages = {f"/{rate}": float(rate) for rate in (50, 250, 270, 300, 450)}
    frame = items({**pages, "/hole": late}, days)
    assert found(frame, days) == {"/hole": "was silent"}
    assert found(items(pages, days), days) == {}


@pytest.mark.parametrize("days", [7, 8])
def test_a_hole_of_more_weekdays_than_a_weekend_is_named_in_the_first_week(days: int) -> None:
    late = np.full(days, 1000.0)
    late[:4] = 1.0
    pages = {f"/{rate}": float(rate) for rate in (50, 250, 270, 300, 450)}
    assert found(items({**pages, "/hole": late}, days), days) == {"/hole": "was silent"}


@pytest.mark.parametrize(("length", "verdicts"), [(6, {}), (20, {"/contest": "silent"})])
def test_a_few_busy_days_of_a_new_page_that_are_over_are_no_silence(length: int, verdicts: dict[str, str]) -> None:
    contest = np.where((np.arange(120) >= 108 - length) & (np.arange(120) < 108), 15.0, 0.0)
    assert found(items({"/a": 8.0, "/contest": contest}, 120), 120) == verdicts


@pytest.mark.parametrize("rate", [6.0, 60.0])
def test_the_weekends_of_a_new_project_are_no_silence(rate: float) -> None:
    for days in range(3, 21):
        frame = items({"/a": np.where(np.arange(days) % 7 < 5, rate, 0.0)}, days)
        assert found(frame, days) == {}
        stopped = np.where(np.arange(days) % 7 < 5, rate, 0.0) * (np.arange(days) < days - 4)
        if days >= 12 and days % 7 in {0, 5, 6}:  # the last four days have two or more working days
            assert set(found(items({"/a": stopped}, days), days).values()) == {"silent"}


def test_few_items_on_the_first_days_of_a_project_are_no_silence() -> None:
    begun = np.full(30, 100.0)
    begun[:2] = 2.0
    assert found(items({"/a": begun, "/b": begun}, 30), 30) == {}


def test_a_project_that_stopped_is_told_once() -> None:
    frame = items({"/a": quiet(3.0, 60, 48), "/b": quiet(9.0, 60, 48)}, 60)
    assert found(frame, 60) == {None: "silent"}


def test_a_day_off_for_all_and_a_value_of_weekdays_are_no_silence() -> None:
    days = 84
    holiday = np.ones(days)
    holiday[40:43] = 0.1
    weekdays = np.where(np.arange(days) % 7 < 5, 8.0, 0.0)
    frame = items({"/a": 5.0 * holiday, "/b": 20.0 * holiday, "/office": weekdays * holiday}, days)
    assert found(frame, days).keys() <= {None}


def test_a_burst_is_not_the_rule() -> None:
    burst = np.full(60, 0.3)
    burst[57:] = 100
    assert found(items({"/a": 5.0, "/burst": burst}, 60), 60) == {}


@pytest.mark.parametrize("burst", [10, 100])
@pytest.mark.parametrize(("rate", "days", "since"), [(1.0, 140, 118), (0.5, 220, 180), (3.0, 110, 99)])
def test_an_old_burst_does_not_hide_a_silence(rate: float, days: int, since: int, burst: int) -> None:
    rates = quiet(rate / 2, days, since)
    rates[30:33] += burst
    frame = items({"/a": rates, "/b": quiet(rate / 2, days, since)}, days)
    assert set(found(frame, days).values()) == {"silent"}
    assert found(frame.filter(pl.col("created_at") < START + timedelta(days=since)), since) == {}
    table = trends.silences(frame, as_of=START + timedelta(days=days))
    assert table.filter(value="/a").select(pl.col("came") + pl.col("usual")).item() == frame.filter(path="/a").height


@pytest.mark.parametrize(
    ("weeks", "first", "expected"),
    [
        ([2, 3, 2, 90, 2, 3, 2, 2, 3], 0, [2, 3, 2, 3, 2, 3, 2, 2, 3]),
        ([0, 0, 2, 90, 80, 2, 3, 2, 2, 3, 2], 2, [0, 0, 2, 3, 3, 2, 3, 2, 2, 3, 2]),
        ([2] * 9 + [90] * 2, 0, [2] * 9 + [90] * 2),  # a new level, as far as is known
        ([2] * 15 + [90] * 3, 0, [2] * 15 + [90] * 3),
        ([2, 3, 90, 2], 0, [2, 3, 90, 2]),  # too few weeks to tell
        ([20, 30, 45, 20, 25, 0, 20], 0, [20, 30, 45, 20, 25, 0, 20]),
    ],
)
def test_only_bursts_that_are_over_count_as_busy_weeks(weeks: list[int], first: int, expected: list[int]) -> None:
    daily = np.repeat(np.array([weeks], np.float64), 7, axis=1) / 7
    for early in (0, 3):
        kept = daily[:, early:]
        assert calm_weeks(kept, np.array([max(7 * first - early, 0)])).sum() == pytest.approx(
            sum(expected) - early * expected[0] / 7
        )


def test_a_version_that_was_replaced_is_no_silence_and_the_newest_is() -> None:
    days = 90
    old, new = quiet(6.0, days, 45), np.where(np.arange(days) >= 43, 8.0, 0.0)
    frame = items({"1.9.0 (7)": old, "1.10.0": new}, days, key="version")
    assert found(frame, days) == {}
    stopped = items({"1.9.0": 2.0, "1.10.0": quiet(6.0, days, 80)}, days, key="version")
    assert found(stopped, days) == {"1.10.0": "silent"}


def in_turn(names: list[str], days: int, each: int, rate: float) -> dict[str, Any]:
    """Versions that replace each other every so many days."""
    at = np.minimum(np.arange(days) // each, len(names) - 1)
    return {name: np.where(at == place, rate, 0.0) for place, name in enumerate(names)}


@pytest.mark.parametrize(
    "versions",
    [
        {"2.0": np.where(np.arange(120) % 111 < 80, 8.0, 0.0), "2.1": np.where(np.arange(120) % 111 < 80, 0.0, 8.0)},
        in_turn(["77aa0f2", "ffd14c7", "0c3e9d1", "5f5e10a"], 120, 34, 8.0),
        in_turn(["Zephyr", "Aurora", "Cyclone"], 120, 50, 8.0),
        {
            **{
                f"1.{n}": rates * (np.arange(120) < 108)
                for n, rates in enumerate(in_turn(["", " ", "  "], 120, 40, 3.0).values())
            },
            **{
                f"2.{n}": rates + 3.0 * (np.arange(120) >= 108) * (n == 3)
                for n, rates in enumerate(in_turn([*"abcd"], 120, 30, 5.0).values())
            },
        },
    ],
    ids=["rolled back", "commits", "names", "a line that was retired"],
)
def test_a_version_is_not_silent_if_others_make_up_for_it(versions: dict[str, Any]) -> None:
    for seed in range(3):
        assert found(items(versions, 120, seed, key="version"), 120) == {}


def test_the_newest_commit_is_silent_if_nothing_makes_up_for_it() -> None:
    versions = in_turn(["77aa0f2", "ffd14c7", "0c3e9d1"], 120, 40, 8.0)
    versions["0c3e9d1"] = versions["0c3e9d1"] * (np.arange(120) < 108)
    assert found(items(versions | {"web": 9.0}, 120, key="version"), 120) == {"0c3e9d1": "silent"}


def test_a_small_project_that_stopped_is_found_after_about_fourteen_missing_items() -> None:
    named = [
        found(items({"/a": quiet(0.7, 120, 100), "/b": quiet(0.3, 120, 100)}, 120, seed), 120) for seed in range(8)
    ]
    assert sum(map(bool, named)) >= 7
    assert sum(None in one for one in named) >= 6


def test_few_items_and_none_prove_nothing() -> None:
    few = pl.DataFrame({"created_at": [START] * 5, "path": ["/a"] * 5})
    assert trends.silences(few, as_of=START + timedelta(days=90)).is_empty()
    assert trends.silences(few.clear()).is_empty()
    table = trends.silences(items({"/a": 1.0}, 30))
    assert table.schema == {
        **dict.fromkeys(("key", "value"), pl.String()),
        **dict.fromkeys(("silent_since", "silent_until"), pl.Date()),
        "days": pl.Int64(),
        "expected": pl.Float64(),
        **dict.fromkeys(("came", "usual"), pl.Int64()),
        **dict.fromkeys(("p", "q", "dispersion"), pl.Float64()),
        "verdict": pl.String(),
    }
    with pytest.raises(ArgumentError, match="names no column"):
        trends.silences(few, by=["nothing"])


def poisson(days: int, seed: int) -> pl.DataFrame:
    return items({f"/{rate}": rate for rate in (0.2, 0.5, 1.0, 3.0, 10.0, 30.0)}, days, seed)


def overdispersed(days: int, seed: int) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    rates = {f"/{mean}": mean * chance.gamma(mean / 2, 2 / mean, days) for mean in (0.5, 1.0, 3.0, 10.0, 30.0)}
    return items(rates, days, seed + 1)


def wandering(days: int, seed: int) -> pl.DataFrame:
    """Rates that wander by AR(1) of rho .9, sd .5, each for itself."""
    chance = np.random.default_rng(seed)
    rates: dict[str, Any] = {}
    for rate in (0.5, 1.0, 3.0, 10.0, 30.0):
        steps = chance.normal(0, 0.5 * np.sqrt(1 - 0.9**2), days)
        walk = np.zeros(days)
        walk[0] = chance.normal(0, 0.5)
        for day in range(1, days):
            walk[day] = 0.9 * walk[day - 1] + steps[day]
        rates[f"/{rate}"] = rate * np.exp(walk - 0.125)
    return items(rates, days, seed + 1)


def clumped(days: int, seed: int) -> pl.DataFrame:
    """Clumps of three items on a day on average."""
    chance = np.random.default_rng(seed)
    frame = items({f"/{rate}": rate / 3 for rate in (0.5, 1.0, 3.0, 10.0)}, days, seed + 1)
    return frame[np.repeat(np.arange(frame.height), chance.geometric(1 / 3, frame.height))]


def rare(days: int, seed: int) -> pl.DataFrame:
    """Values with one item a week beside one with many."""
    return items({"/often": 5.0, **{f"/{n}": 1 / 7 for n in range(6)}}, days, seed)


def begun_late(days: int, seed: int) -> pl.DataFrame:
    """Values that start in the middle, all at once or slowly."""
    chance = np.random.default_rng(seed)
    rates: dict[str, Any] = {"/a": 4.0, "/grown": 0.02 * np.exp(np.linspace(0, 5, days))}
    for rate in (0.3, 1.0, 5.0):
        rates[f"/{rate}"] = np.where(np.arange(days) >= chance.integers(days // 10, days * 9 // 10), rate, 0.0)
    return items(rates, days, seed + 1)


def on_some_days(days: int, seed: int) -> pl.DataFrame:
    """Values that are only in use on working days, at the end of the month, or when a survey is sent."""
    day = np.arange(days)
    rates = {
        "/office": np.where(day % 7 < 5, 4.0, 0.0),
        "/invoice": np.where(day % 30 >= 27, 6.0, 0.2),
        "/survey": np.where(day % 28 < 7, 6.0, 0.0),
    }
    return items({"/a": 4.0, **rates}, days, seed)


def on_holiday(days: int, seed: int) -> pl.DataFrame:
    """Two weeks with 20 to 70% of the usual items, different for each value."""
    chance = np.random.default_rng(seed)
    first = int(chance.integers(days // 10, days * 9 // 10 - 14))
    away = (np.arange(days) >= first) & (np.arange(days) < first + 14)
    rates = {f"/{rate}": np.where(away, rate * chance.uniform(0.2, 0.7), rate) for rate in (0.2, 1.0, 3.0, 10.0, 30.0)}
    return items(rates, days, seed + 1)


def of_a_season(days: int, seed: int) -> pl.DataFrame:
    """Values whose rates rise and fall over the year by four fifths, each at its own time."""
    turns = np.random.default_rng(seed).uniform(size=5)
    wave = {
        rate: 1 + 0.8 * np.sin(2 * np.pi * (np.arange(days) / 365 + turn))
        for rate, turn in zip((0.4, 1.0, 2.0, 3.0, 10.0), turns, strict=True)
    }
    return items({f"/{rate}": rate * shape for rate, shape in wave.items()}, days, seed + 1)


def with_bursts(days: int, seed: int) -> pl.DataFrame:
    """Values with weeks of ten times as many items now and then, each at its own time."""
    chance = np.random.default_rng(seed)
    rates: dict[str, Any] = {}
    for rate in (0.2, 1.0, 3.0, 10.0):
        begun = chance.integers(0, days, 3)
        is_burst = ((np.arange(days) - begun[:, None]) % days < 7).any(axis=0)
        rates[f"/{rate}"] = np.where(is_burst, 10 * rate, rate)
    return items(rates, days, seed + 1)


FAMILIES = (
    *(poisson, overdispersed, wandering, clumped, rare, begun_late, on_some_days, on_holiday, of_a_season),
    with_bursts,
)


def false_alarms(family: Callable[[int, int], pl.DataFrame], runs: int, days: int = 365) -> int:
    return sum(bool(found(family(days, 1000 * seed), days)) for seed in range(runs))


def test_a_holiday_on_which_next_to_nothing_comes_is_named_for_the_project_alone() -> None:
    days = 365
    rates = {f"/{rate}": quiet(rate, days, 200, 214) for rate in (1.0, 3.0, 10.0)}
    assert found(items(rates, days), days) == {None: "was silent"}


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_named_where_nothing_stopped(family: Callable[[int, int], pl.DataFrame]) -> None:
    assert false_alarms(family, 4) <= 1


@pytest.mark.campaign
@pytest.mark.parametrize("family", FAMILIES)
def test_at_most_one_project_year_in_twenty_has_a_false_alarm(family: Callable[[int, int], pl.DataFrame]) -> None:
    alarms = false_alarms(family, 200)
    print(f"{family.__name__}: {alarms} of 200 project-years have a false alarm")
    assert alarms <= 10


def test_days_are_in_order_however_they_were_counted() -> None:
    days = Days(START.date(), START.date() + timedelta(days=9))
    counted = pl.DataFrame({"day": [START.date() + timedelta(days=day) for day in (7, 2, 5)], "count": [1, 2, 3]})
    ((at, count),) = days.places(counted.with_columns(version=pl.lit("1.0")), by="version").values()
    assert (at.tolist(), count.tolist()) == ([2, 5, 7], [2.0, 3.0, 1.0])
