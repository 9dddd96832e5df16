"""Spikes that are planted are found and owned to; nothing is found where nothing was planted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from seggwat_nb.analysis.spikes import _log_tail, spikes
from seggwat_nb.analysis.usual_days import usual_days
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 200
END = START + timedelta(days=DAYS)
WEEK = np.array([1.3, 1.3, 1.3, 1.3, 1.2, 0.4, 0.2])
TYPES = ("Bug", "Feature", "Praise", None)


def items(counts: ArrayLike, *, who: Sequence[str | None] | None = None, type: str | None = "Bug") -> pl.DataFrame:  # noqa: A002  # the column's name
    """So many items at noon of each day from START on."""
    days = np.repeat(np.arange(len(np.asarray(counts))), np.asarray(counts, dtype=int))
    noon = pl.lit(START) + pl.duration(days=pl.col("day"), hours=12)
    frame = pl.DataFrame({"day": days}, schema={"day": pl.Int64}).with_columns(created_at=noon)
    names = pl.Series(who if who is not None else [None] * days.size, dtype=pl.String)
    return frame.with_columns(submitted_by=names, type=pl.lit(type, pl.String)).with_row_index("id").drop("day")


def planted(day: int, who: Sequence[str | None], *, type: str | None = "Bug") -> pl.DataFrame:  # noqa: A002  # as above
    counts = np.zeros(day + 1)
    counts[day] = len(who)
    return items(counts, who=who, type=type)


def together(*parts: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([part.drop("id") for part in parts]).with_row_index("id")


def quiet(seed: int, rate: float = 3.0) -> pl.DataFrame:
    return items(np.random.default_rng(seed).poisson(rate, DAYS))


@pytest.mark.parametrize(
    ("who", "verdict", "submitters", "loudest"),
    [
        (["loud"] * 20, "one person", 1, 0.8),
        ([f"p{n}" for n in range(20)], "several people", 20, 0.0),
        ([None] * 20, "unsigned", 0, None),
        (["a"] * 20 + ["b"] * 20, "several people", 2, 0.4),
        ([""] * 20, "unsigned", 0, None),
    ],
)
def test_a_spike_is_found_with_the_people_behind_it(
    who: list[str | None], verdict: str, submitters: int, loudest: float | None
) -> None:
    frame = together(quiet(1), planted(120, who))
    found = spikes(frame, as_of=END)
    day = START + timedelta(days=120)
    behind = frame.filter(pl.col("created_at").dt.date() == day.date())
    assert found["period"].to_list() == [day]
    shown = found.row(0, named=True)
    assert (shown["verdict"], shown["submitters"]) == (verdict, submitters)
    assert shown["unsigned"] == (behind["submitted_by"].replace("", None)).null_count()
    assert shown["count"] == behind.height
    assert sorted(shown["ids"]) == sorted(behind["id"].cast(pl.String))
    assert 2 < shown["expected"] < 4.5
    if loudest is None:
        assert shown["loudest_share"] is None
    else:
        assert shown["loudest_share"] >= loudest


@settings(max_examples=40, derandomize=True, deadline=None)
@given(count=st.integers(1, 400), expected=st.floats(0.05, 60), dispersion=st.floats(1.05, 20))
def test_the_tail_is_that_of_a_negative_binomial_count(count: int, expected: float, dispersion: float) -> None:
    arguments = (np.array([float(value)]) for value in (count, expected, dispersion))
    exact = stats.nbinom.logsf(count - 1, expected / (dispersion - 1), 1 / dispersion)
    if exact == -np.inf:  # SciPy's tail has no smaller number; the next test has these
        return
    assert _log_tail(*arguments)[0] == pytest.approx(exact, rel=1e-4, abs=1e-9)


def test_a_chance_too_small_for_a_float_has_a_logarithm() -> None:
    mean, dispersion = np.array([10.0]), np.array([1.5])
    counts = (400.0, 1_000.0, 2_000.0, 5_000.0)
    found = [float(_log_tail(np.array([count]), mean, dispersion)[0]) for count in counts]
    assert found == sorted(found, reverse=True)
    assert found[-1] < np.log(np.finfo(float).tiny)
    own = np.arange(2_000, 4_000)  # the sum, term by term
    terms = stats.nbinom.logpmf(own, 20.0, 1 / 1.5)
    assert found[2] == pytest.approx(terms.max() + np.log(np.exp(terms - terms.max()).sum()), rel=1e-3)


def test_what_is_usual_leaves_out_days_far_above_and_the_day_itself() -> None:
    counts = np.full(57, 2.0)
    counts[28] = 300
    usual = usual_days(counts[None, :], np.ones(57))
    assert np.flatnonzero(~usual.kept[0]).tolist() == [28]
    assert usual.expected[0] == pytest.approx(2, abs=0.02)
    holes = np.full(57, 400.0)
    holes[0] = 3  # an export that begins late in the evening
    assert np.flatnonzero(~usual_days(holes[None, :], np.ones(57)).kept[0]).tolist() == [0]


@pytest.mark.parametrize("days", [14, 15, 21, 42, 300])
@pytest.mark.parametrize("rate", [0.1, 1.0, 10.0])
def test_a_day_of_three_hundred_is_found_from_two_weeks_on(days: int, rate: float) -> None:
    for seed in range(5):
        g = np.random.default_rng([seed, days])
        counts, day = g.poisson(rate, days), int(g.integers(0, days))
        counts[day] += 300
        found = spikes(items(counts), as_of=START + timedelta(days=days))
        assert found.select((pl.col("first") - START.date()).dt.total_days(), "days").rows() == [(day, 1)]


@pytest.mark.parametrize("length", range(1, 11))
@pytest.mark.parametrize(("days", "base", "factor"), [(53, 170, 2.8), (120, 170, 5.0), (120, 20, 5.0)])
def test_days_in_a_row_are_one_event(length: int, days: int, base: int, factor: float) -> None:
    g = np.random.default_rng(length)
    counts = g.poisson(base, days)
    counts[20 : 20 + length] = g.poisson(base * factor, length)
    found = spikes(items(counts), as_of=START + timedelta(days=days))
    assert found.height == 1
    event = found.row(0, named=True)
    assert event["first"] <= (START + timedelta(days=20)).date()
    assert event["last"] >= (START + timedelta(days=19 + length)).date()
    assert length <= event["days"] <= length + 1
    inside = slice((event["first"] - START.date()).days, (event["last"] - START.date()).days + 1)
    assert event["count"] == counts[inside].sum() == len(event["ids"])
    assert event["log10_p"] < -5


@pytest.mark.parametrize("first", [0, 42, 43])
def test_ten_days_in_a_row_are_one_event_at_either_end_of_eight_weeks(first: int) -> None:
    for seed in range(3):
        g = np.random.default_rng([seed, first])
        counts = g.poisson(170, 53)
        counts[first : first + 10] = g.poisson(476, 10)
        found = spikes(items(counts), as_of=START + timedelta(days=53))
        assert found.select((pl.col("first") - START.date()).dt.total_days(), "days").rows() == [(first, 10)]


def drifting(g: np.random.Generator) -> Any:  # NumPy's counts
    """Draw items of a project whose rate drifts: 28 a day, and each day much like the one before."""
    log, noise = [float(g.normal(0, 0.5))], g.normal(0, 0.5 * np.sqrt(1 - 0.9**2), DAYS)
    for step in noise[1:]:
        log.append(0.9 * log[-1] + step)
    return g.poisson(28 * np.exp(np.array(log) - 0.125))


def test_a_rate_that_drifts_is_not_a_burst() -> None:
    g = np.random.default_rng(1)
    assert sum(spikes(items(drifting(g)), as_of=END).height > 0 for _ in range(40)) <= 4  # 1 expected


def test_a_day_far_above_those_beside_it_is_found_where_the_rate_drifts() -> None:
    for seed in range(5):
        g = np.random.default_rng(seed)
        counts, day = drifting(g), int(g.integers(0, DAYS))
        counts[day] += 300
        found = spikes(items(counts), as_of=END)
        days = found.select((pl.col("first") - START.date()).dt.total_days(), "days").rows()
        assert any(first <= day < first + length for first, length in days)


def test_one_person_is_behind_an_event_that_would_be_drift_without_them() -> None:
    counts, day = drifting(np.random.default_rng(2)), 60
    counts[day] = 90  # more than chance explains beside the weeks around, but not more than drift does
    assert spikes(items(counts), as_of=END).is_empty()
    found = spikes(together(items(counts), planted(day, ["loud"] * 100)), as_of=END)
    assert found.select("count", "verdict").rows() == [(190, "one person")]


def test_cancellation_comments_are_no_burst_of_feedback() -> None:
    frame = together(quiet(5), planted(120, [f"p{n}" for n in range(60)]))
    sources = pl.when(pl.col("submitted_by").is_null()).then(pl.lit("Widget")).otherwise(pl.lit("Stripe"))
    frame = frame.with_columns(source=sources)
    assert spikes(frame, as_of=END).is_empty()
    assert spikes(frame, as_of=END, include_churn=True)["count"].item() >= 60


def test_one_spike_hides_neither_the_next_nor_itself() -> None:
    frame = together(
        quiet(2, 2.0),
        planted(110, ["a"] * 500),
        planted(112, ["b"] * 500),
        planted(120, ["c"] * 25),
        planted(199, ["d"] * 25),
    )
    found = spikes(frame, as_of=END)
    assert [(moment - START).days for moment in found["period"]] == [110, 112, 120, 199]
    assert found["verdict"].unique().to_list() == ["one person"]


def test_a_spike_of_one_value_is_seen_among_the_others() -> None:
    g = np.random.default_rng(3)
    frame = together(
        items(g.poisson(60, DAYS), type="Bug"),
        items(g.poisson(0.2, DAYS), type=None),
        planted(90, ["x"] * 20, type=None),
    )
    assert spikes(frame, as_of=END).is_empty()
    found = spikes(frame, by="type", as_of=END)
    assert found.select("type", "count").row(0)[0] is None
    assert found.height == 1


def test_weekdays_and_a_steady_rise_are_no_spikes() -> None:
    weekly = np.tile([20, 20, 20, 20, 20, 1, 1], 29)[:DAYS]
    assert spikes(items(weekly), as_of=END).is_empty()
    weekly[5 + 7 * 14] = 14  # usual on a Friday, and not on a Saturday
    assert [moment.weekday() for moment in spikes(items(weekly), as_of=END)["period"]] == [5]
    assert spikes(items(np.arange(DAYS) // 5), as_of=END).is_empty()


RHYTHMS = [
    np.array([40, 10, 10, 10, 10, 10, 10]),
    np.array([8, 8, 8, 8, 8, 40, 40]),
    np.array([0, 0, 20, 0, 0, 0, 0]),
    np.array([60, 3, 3, 60, 3, 3, 3]),
]


@pytest.mark.parametrize("week", RHYTHMS, ids=str)
@pytest.mark.parametrize("weeks", [4, 8, 30])
def test_days_of_the_week_with_many_items_are_no_spikes_and_hide_none(week: ArrayLike, weeks: int) -> None:
    exact = np.tile(week, weeks)
    assert spikes(items(exact), as_of=START + timedelta(weeks=weeks)).is_empty()
    alarms = 0
    for seed in range(10):
        g = np.random.default_rng([seed, weeks])
        counts = g.poisson(exact)
        alarms += spikes(items(counts), as_of=START + timedelta(weeks=weeks)).height > 0
        day = int(np.argmax(exact)) + 7 * int(g.integers(0, weeks))  # the day of most items has a real burst
        counts[day] += 200
        found = spikes(items(counts), as_of=START + timedelta(weeks=weeks))
        assert (START + timedelta(days=day)).date() in found["first"].to_list()
    assert alarms <= 2  # 0.5 expected


def test_the_unfinished_day_is_not_looked_at_and_days_are_those_of_the_zone() -> None:
    frame = together(quiet(4), planted(199, ["x"] * 40))
    assert spikes(frame).is_empty()
    assert spikes(frame, as_of=END).height == 1
    there = spikes(frame, as_of=END + timedelta(days=1), time_zone="Pacific/Auckland")
    assert (
        there["period"].item()
        == pl.Series([END]).dt.replace_time_zone(None).dt.replace_time_zone("Pacific/Auckland")[0]
    )


def test_least_is_the_least_that_is_shown() -> None:
    frame = together(items([1, 0] * 100), planted(150, ["x"] * 8))
    assert spikes(frame, as_of=END, min_count=9)["count"].to_list() == [9]
    assert spikes(frame, as_of=END, min_count=10).is_empty()


@settings(max_examples=25, derandomize=True, deadline=None)
@given(
    counts=st.lists(st.integers(0, 6), max_size=60),
    extra=st.integers(0, 40),
    people=st.lists(st.sampled_from(["a", "b", "", None]), min_size=1, max_size=4),
    seed=st.integers(0, 9),
)
def test_laws(counts: list[int], extra: int, people: list[str | None], seed: int) -> None:
    counts = [*counts, extra]
    who = (people * sum(counts))[: sum(counts)]
    frame = items(counts, who=who)
    end = START + timedelta(days=len(counts))
    found = spikes(frame, by="type", as_of=end)
    assert found.equals(spikes(frame.sample(fraction=1, shuffle=True, seed=seed), by="type", as_of=end))
    assert found["ids"].list.len().to_list() == found["count"].to_list()
    assert (found["count"] > found["expected"]).all()
    assert (found["q"] <= 0.05).all()
    assert (found["p"] <= found["q"]).all()
    assert (found["first"] <= found["last"]).all()
    assert (found["submitters"] + found["unsigned"] <= found["count"]).all()
    assert spikes(frame, as_of=end).height <= len(counts)


@pytest.mark.parametrize("counts", [[], [1], [50], [0, 0, 9], [9, 9]])
def test_hardly_any_days_show_nothing_and_keep_the_columns(counts: list[int]) -> None:
    full = spikes(together(quiet(1), planted(120, ["x"] * 40)), as_of=END)
    assert full.height == 1
    for as_of in (None, START, START + timedelta(days=len(counts))):
        assert spikes(items(counts), as_of=as_of).schema == full.schema
    nobody = items([5] * 30).with_columns(type=pl.lit(None, pl.String)).drop("submitted_by")
    assert spikes(nobody, by="type").is_empty()


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"min_count": 0}, "must be at least 1"),
        ({"by": "tipe"}, "'type'"),
        ({"level": 2}, "level must be between 0 and 1"),
        ({"time_zone": "x"}, "zone"),
    ],
)
def test_what_cannot_be_meant_is_named(options: dict[str, Any], hint: str) -> None:
    with pytest.raises(ArgumentError, match=hint):
        spikes(items([1]), **options)


def test_rows_without_an_id_are_not_taken() -> None:
    with pytest.raises(ArgumentError, match="no column id"):
        spikes(items([1]).drop("id"))


def independent(g: np.random.Generator) -> Any:  # NumPy's counts
    return g.poisson(6 * np.resize(WEEK, DAYS) * np.linspace(0.5, 2, DAYS))


def rare(g: np.random.Generator) -> Any:  # as above
    return g.poisson(0.4, DAYS)


def clumped(g: np.random.Generator) -> Any:  # as above
    return g.negative_binomial(10 / 4, 1 / 5, DAYS)  # mean 10, variance 50


def false_alarms(make: Callable[[np.random.Generator], Any], runs: int) -> dict[str, int]:
    g = np.random.default_rng(30)
    alarms = {"all": 0, "by type": 0}
    for _ in range(runs):
        frame = items(make(g))
        frame = frame.with_columns(type=pl.Series(g.choice(["Bug", "Feature", "Praise"], frame.height)))
        alarms["all"] += spikes(frame, as_of=END).height > 0
        alarms["by type"] += spikes(frame, by="type", as_of=END).height > 0
    return alarms


@pytest.mark.parametrize("make", [independent, rare, clumped])
def test_nothing_is_found_where_nothing_happened(make: Callable[[np.random.Generator], Any]) -> None:
    assert max(false_alarms(make, 60).values()) <= 6  # 3 expected at the level; 7 or more in 3 of 100 such tests


@pytest.mark.campaign
@pytest.mark.parametrize("make", [independent, rare, clumped])
def test_false_alarms_stay_at_or_below_the_level(make: Callable[[np.random.Generator], Any]) -> None:
    assert max(false_alarms(make, 1000).values()) <= 50
