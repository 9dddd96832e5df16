"""What a day carries over to those that follow: found where causes last, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from seggwat_nb.analysis.clusters import (
    Clusters,
    SharesByCluster,
    cluster_rows,
    day_carry_over,
    dispersion_of_shares,
    jackknife,
    joint_freedom,
    variance_of_mean,
)
from seggwat_nb.analysis.earlier_rows import sides
from seggwat_nb.analysis.overdispersion import KNOWN
from seggwat_nb.analysis.release_ratings import by_release
from seggwat_nb.analysis.releases import regressions
from seggwat_nb.analysis.significance import share_ratio
from seggwat_nb.analysis.windows import Codes
from seggwat_nb.errors import ArgumentError

START = datetime(2026, 1, 5, tzinfo=UTC)
VERSIONS, DAYS = 7, 28


def items(seed: int, *, clump: float = 1, over: int = 1, early: float = 0) -> pl.DataFrame:
    """Draw seven versions of four weeks, 25 items a day: in clumps, or with more bugs in the first week."""
    g = np.random.default_rng(seed)
    clumps = g.poisson(VERSIONS * DAYS * 25 / clump)
    of = np.repeat(np.arange(clumps), 1 + g.poisson(clump - 1, clumps))
    day = g.integers(0, VERSIONS * DAYS, clumps)[of] + g.integers(0, over, of.size)
    of, day = of[day < VERSIONS * DAYS], day[day < VERSIONS * DAYS]
    chance = 0.35 + early * (day % DAYS < 7)
    bug = g.uniform(size=clumps)[of] < chance
    return pl.DataFrame(
        {
            "type": np.where(bug, "Bug", "Praise"),
            "rank": day // DAYS,
            "version": [f"1.{rank}.0" for rank in day // DAYS],
            "score": np.where(bug, 1.0, 5.0),
            "day": day,
        }
    ).with_columns(created_at=START + pl.duration(days="day"), rating_type=pl.lit("star"), max_score=5.0)


def learnt(**options: float) -> float:
    """Mean of what is carried over, over a few draws."""
    bug = pl.col("type") == "Bug"
    return float(np.mean([day_carry_over(items(seed, **options), bug) for seed in range(6)]))  # type: ignore[arg-type]  # over is whole


def test_what_is_carried_over_is_learnt_where_causes_last_and_nowhere_else() -> None:
    assert learnt() < 0.2
    assert learnt(clump=3) < 0.2  # clumps of a day
    assert learnt(clump=3, over=4) > 0.4
    assert learnt(early=0.3) < 0.2  # what is usual for new versions


def test_signed_items_and_single_days_tell_nothing() -> None:
    frame, bug = items(1, clump=3, over=4), pl.col("type") == "Bug"
    assert day_carry_over(frame, bug) > 0.3
    assert day_carry_over(frame.with_columns(submitted_by=pl.lit("ann")), bug) == 0
    assert day_carry_over(frame.clear(), bug) == 0
    assert day_carry_over(frame.filter(pl.col("day") == 3), bug) == 0
    assert day_carry_over(frame, pl.lit(4.3) + 0 * pl.col("score")) == 0  # nothing varies
    assert day_carry_over(frame.sample(fraction=1, shuffle=True, seed=1), bug) == pytest.approx(
        day_carry_over(frame, bug)
    )


def test_causes_that_last_for_days_widen_the_intervals_of_shares_and_stars() -> None:
    """Two items for one cause, over four days: the true variance is 2.5 times that of independent items."""
    found: list[float] = []
    widths: dict[str, list[float]] = {"unsigned": [], "signed": []}
    for seed in range(6):
        frame = items(seed, clump=2, over=4)
        found += regressions(frame)["dispersion"].to_list()
        signed = frame.with_columns(submitted_by=pl.int_range(pl.len()).cast(pl.String))
        for name, kept in (("unsigned", frame), ("signed", signed)):
            widths[name] += by_release(kept).select(pl.col("high") - pl.col("low")).drop_nulls().to_series().to_list()
    assert np.mean(found) > 1.75  # days alone: 1.36
    assert np.mean(widths["unsigned"]) > 1.15 * np.mean(widths["signed"])


def test_the_variance_of_a_mean_is_that_of_its_clusters_and_what_they_carry_over() -> None:
    frame = pl.DataFrame({"created_at": [START.replace(day=day) for day in (5, 5, 6, 7)], "score": [1.0, 2, 5, 4]})
    clusters, score = cluster_rows(frame), frame["score"].to_numpy()
    days = [score[:2], score[2:3], score[3:]]
    left_out = [np.concatenate(days[:at] + days[at + 1 :]).mean() for at in range(3)]
    jackknife = 2 / 3 * sum((left - score.mean()) ** 2 for left in left_out)
    assert variance_of_mean(score, clusters, independent=0.1)[0] == pytest.approx(jackknife)
    variance, freedom = variance_of_mean(score, clusters, independent=0.1, carried=0.5)
    assert variance == pytest.approx(1.5 * jackknife)
    assert freedom == pytest.approx(16 / (1.5 * 6) - 1)


@pytest.mark.parametrize("seed", range(8))
def test_groups_of_rows_counted_together_are_those_counted_alone(seed: int) -> None:
    g = np.random.default_rng(seed)
    size, groups, values = int(g.integers(1, 60)), 4, 3
    rows = pl.DataFrame(
        {
            "created_at": [START + timedelta(days=int(day)) for day in g.integers(0, 5, size)],
            "submitted_by": g.choice(["ann", "bo", ""], size),
        }
    )
    value, group, clusters = g.integers(0, values, size), g.integers(0, groups, size), cluster_rows(rows)
    ways = [SharesByCluster.tally(value, one, values, carried=0.4, group=group) for one in clusters]
    of_each = np.bincount(value * groups + group, minlength=values * groups).reshape(values, groups)
    together = jackknife(np.bincount(group, minlength=groups), of_each, ways)
    kept = [group == number for number in range(groups)]
    added = sides(enumerate(kept), Codes(value, np.arange(size)), clusters, (values, groups), carried=0.4)
    for number, chosen in enumerate(kept):
        alone = dispersion_of_shares(value[chosen], [one.among(chosen) for one in clusters], values, carried=0.4)
        assert added[0][number] == chosen.sum()
        assert added[1][:, number].tolist() == of_each[:, number].tolist()
        for found in (together, added[2]):
            assert found.size[:, number] == pytest.approx(alone.size, nan_ok=True)
            assert found.freedom[:, number] == pytest.approx(alone.freedom)


def test_degrees_of_freedom_are_not_those_of_a_rounding_error() -> None:
    every = np.zeros(47, np.int64)
    for sizes in ([1, *[5] * 7, 11], [2, 3, 4]):
        clusters = Clusters(np.repeat(np.arange(len(sizes)), sizes), np.zeros(sum(sizes), np.bool_))
        assert dispersion_of_shares(every[: sum(sizes)], [clusters], 2).freedom.tolist() == [KNOWN, KNOWN]


def test_a_version_without_bugs_is_known_no_better_than_the_earlier_ones_that_lend_it_their_dispersion() -> None:
    people, each = 12, 10
    before = [
        ("1.0", "Bug" if row < each * (person % 3) // 2 else "Idea", f"a{person}")
        for person in range(people)
        for row in range(each)
    ]
    after = [("2.0", "Idea", f"b{person}") for person in range(130)]
    frame = pl.DataFrame([*before, *after], schema=["version", "type", "submitted_by"], orient="row")
    frame = frame.with_columns(created_at=pl.lit(START) + pl.duration(hours=pl.int_range(pl.len())))
    found = regressions(frame).row(-1, named=True)
    earlier = frame.filter(version="1.0")
    wanted = (earlier["type"] != "Bug").cast(pl.Int64).to_numpy()
    shares = dispersion_of_shares(wanted, cluster_rows(earlier), 2, carried=0.0)
    of, n = found["dispersion"], (found["n"], found["n_before"])
    assert of == found["dispersion_before"] == pytest.approx(shares.size[0])
    assert found["p"] == pytest.approx(
        share_ratio(
            np.array([0.0]),
            np.array([n[0] / of]),
            np.array([found["count_before"] / of]),
            np.array([n[1] / of]),
            freedom=shares.freedom[:1],
            exact=False,
            level=0.95,
        ).p[0]
    )


def test_degrees_of_freedom_are_those_of_welch() -> None:
    a, b = np.array([1.0, 2, 5, 4, 4]), np.array([3.0, 9, 7])
    welch = stats.ttest_ind(a, b, equal_var=False).df
    sides = [(float(side.var(ddof=1)) / side.size, side.size - 1.0) for side in (a, b)]
    assert joint_freedom(*sides) == pytest.approx(welch)


def test_items_without_a_date_are_refused_with_what_to_do() -> None:
    frame = items(1).with_columns(created_at=pl.when(pl.int_range(pl.len()) > 3).then("created_at"))
    for refuses in (
        lambda: cluster_rows(frame),
        lambda: day_carry_over(frame, pl.col("type") == "Bug"),
        lambda: regressions(frame),
        lambda: by_release(frame),
    ):
        with pytest.raises(ArgumentError, match=r"created_at is null in 4 rows\. Drop them first"):
            refuses()
