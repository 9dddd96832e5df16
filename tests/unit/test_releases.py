"""Versions by what is written about them: counted as SQL counts, compared as others compare, without false alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats
from statsmodels.stats.multitest import fdrcorrection  # type: ignore[import-untyped]  # statsmodels has no types
from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]  # as above

from seggwat_nb import charts
from seggwat_nb.analysis import releases
from seggwat_nb.analysis.versions import merge_spellings, sort_key
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter

pytestmark = pytest.mark.filterwarnings("ignore:No row has", "ignore:.* of another scheme")  # of drawn filters
seeded = settings(derandomize=True, max_examples=30, deadline=None)
START = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA = pl.Schema(
    {"version": pl.String(), "type": pl.String(), "submitted_by": pl.String(), "created_at": pl.Datetime("us", "UTC")}
)

frames = st.lists(
    st.fixed_dictionaries(
        {
            "version": st.sampled_from(
                [None, "", "main", "1.9", "v1.9.0", "1.10.0", "1.10.0-rc.1", "1.9.0-2-gabc1234"]
            ),
            "type": st.sampled_from([None, "Bug", "Praise", "Idea"]),
            "submitted_by": st.sampled_from([None, "", "ann", "bo"]),
            "created_at": st.integers(0, 400).map(lambda hours: START + timedelta(hours=hours)),
        }
    ),
    max_size=40,
).map(lambda records: pl.DataFrame(records, schema=SCHEMA))


def story(seed: int = 1, *, broken: str | None = "1.4.0") -> pl.DataFrame:
    """Ten releases of 60 to 140 items each, a third of them bugs; of the broken one two thirds. People write 1 to 4."""
    chance = np.random.default_rng(seed)
    records: list[dict[str, Any]] = []
    for minor in range(10):
        version = f"1.{minor}.0"
        for _ in range(chance.integers(60, 140)):
            bug = chance.random() < (0.67 if version == broken else 0.33)
            records.append(
                {
                    "version": version if chance.random() < 0.5 else f"v1.{minor}",
                    "type": "Bug" if bug else "Praise",
                    "submitted_by": f"p{chance.integers(400)}" if chance.random() < 0.6 else None,
                    "created_at": START + timedelta(days=30 * minor + float(chance.random() * 30)),
                }
            )
    return pl.DataFrame(records, schema=SCHEMA)


def named(table: pl.DataFrame, verdict: str = "worse") -> list[str]:
    return table.filter(pl.col("verdict") == verdict)["version"].to_list()


def test_the_broken_release_is_named_and_no_other() -> None:
    for seed in range(5):
        assert named(releases.regressions(story(seed))) == ["1.4.0"]


def false_alarms(shuffles: int) -> int:
    """Shuffles in which any version is named though types fall on versions by chance."""
    frame = story()
    return sum(
        bool(set(releases.regressions(shuffled)["verdict"]) & {"worse", "better"})
        for shuffled in (
            frame.with_columns(pl.col("type").shuffle(seed=seed), pl.col("submitted_by").shuffle(seed=seed + 1))
            for seed in range(shuffles)
        )
    )


def test_nothing_is_found_where_types_fall_on_versions_by_chance() -> None:
    assert false_alarms(20) <= 1


@pytest.mark.campaign
def test_false_alarms_stay_at_or_below_the_stated_level() -> None:
    found = false_alarms(200)
    print(f"{found} of 200 shuffles name a version")
    assert found <= 10


def test_one_loud_person_makes_no_regression() -> None:
    loud = pl.DataFrame(
        {
            "version": "1.6.0",
            "type": "Bug",
            "submitted_by": "loud",
            "created_at": [START + timedelta(days=185, minutes=minute) for minute in range(80)],
        },
        schema=SCHEMA,
    )
    frame = pl.concat([story(broken=None), loud])
    table = releases.regressions(frame)
    assert table.row(6, named=True)["ratio"] > 1.5
    assert named(table) == []
    assert named(releases.regressions(frame.drop("submitted_by"))) == []  # one day, whoever wrote
    spread = loud.with_columns(created_at=pl.lit(START) + pl.duration(hours=24 * 180 + 9 * pl.int_range(80)))
    assert named(releases.regressions(pl.concat([story(broken=None), spread]))) == []
    assert named(releases.regressions(pl.concat([story(broken=None), spread]).drop("submitted_by"))) == ["1.6.0"]


def test_versions_are_compared_at_like_age() -> None:
    """Of the first week of each version half are bugs, later none: the newest, a week old, is like the others."""
    records = [
        {
            "version": f"1.{minor}.0",
            "type": "Bug" if day < 7 and item % 2 else "Praise",
            "submitted_by": f"p{minor}-{day}-{item}",
            "created_at": START + timedelta(days=28 * minor + day, hours=item),
        }
        for minor in range(6)
        for day in range(28 if minor < 5 else 7)
        for item in range(10)
    ]
    table = releases.regressions(pl.DataFrame(records, schema=SCHEMA))
    newest = table.row(-1, named=True)
    assert (newest["share"], newest["verdict"]) == (0.5, "unclear")
    assert newest["share_before"] == pytest.approx(0.5)
    assert newest["n_before"] == 5 * 7 * 10
    assert table.row(-2, named=True)["n_before"] == 4 * 28 * 10


def test_cancellation_comments_are_apart_unless_they_are_asked_for() -> None:
    churn = story().filter(pl.col("version") == "1.4.0").with_columns(type=pl.lit("Other"), source=pl.lit("Polar"))
    frame = pl.concat([story().with_columns(source=pl.lit("Widget")), *[churn] * 3], how="diagonal")
    assert named(releases.regressions(frame)) == ["1.4.0"]
    assert named(releases.regressions(frame, include_churn=True), "worse") == []


def test_counts_are_those_of_sql() -> None:
    frame = story().with_columns(plain=merge_spellings(story())["version"])
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("held", frame.to_arrow())
        expected = connection.sql("""
            select plain, count(*), count(*) filter (type = 'Bug'),
                   epoch_us(min(created_at)), epoch_us(max(created_at)),
                   date_diff('day', min(created_at)::date, max(created_at)::date) + 1
            from held group by plain
        """).fetchall()
    shown = releases.overview(frame).select(
        "version", "n", "count", pl.col("first_seen", "last_seen").dt.epoch("us"), "days_live"
    )
    assert shown.rows() == sorted(expected, key=lambda row: sort_key(row[0]))


def test_intervals_and_tests_are_those_of_others_where_items_are_independent() -> None:
    frame = story().drop("submitted_by")
    for row in releases.overview(frame, level=0.9).iter_rows(named=True):
        assert row["dispersion"] == 1
        assert (row["low"], row["high"]) == pytest.approx(proportion_confint(row["count"], row["n"], 0.1, "wilson"))
    table = releases.regressions(frame)
    for row in table.tail(-1).iter_rows(named=True):
        assert row["ratio"] == pytest.approx(row["share"] / row["share_before"])
        ends = stats.contingency.relative_risk(
            round(row["count"]), row["n"], round(row["count_before"]), row["n_before"]
        ).confidence_interval()
        assert row["low"] <= ends.low * 1.06  # wider: days are clusters
        assert row["high"] >= ends.high / 1.06
    tested = table.filter(pl.col("q").is_not_null())
    assert tested["q"].to_list() == pytest.approx(fdrcorrection(tested["p"].to_list())[1].tolist())


def jackknifed(rows: list[tuple[Any, bool]]) -> float:
    """Variance of a share when one cluster at a time is left out, over that of independent rows, written out."""
    share = sum(bug for _, bug in rows) / len(rows)
    clusters = {cluster for cluster, _ in rows}
    without = [[bug for other, bug in rows if other != cluster] for cluster in clusters]
    squares = sum((sum(bugs) / len(bugs) - share) ** 2 for bugs in without)
    return squares * (len(clusters) - 1) / len(clusters) * len(rows) / (share * (1 - share))


@seeded
@given(frames)
def test_dispersion_is_that_of_the_jackknife_by_person_and_day(frame: pl.DataFrame) -> None:
    table = releases.regressions(frame)
    spelt = merge_spellings(frame)["version"].to_list()
    first = {
        version: min(at for at, other in zip(frame["created_at"], spelt, strict=True) if other == version)
        for version in spelt
    }
    rows = [
        (version, who or day.date(), day.date(), day - first[version], kind == "Bug")
        for version, who, day, kind in zip(spelt, *frame["submitted_by", "created_at", "type"], strict=True)
    ]
    order = table["version"].to_list()
    times = {version: sorted(one[3] + first[version] for one in rows if one[0] == version) for version in order}

    def came_before(one: str, other: str) -> bool:
        """Whether a version is lower, was not launched after the other, and is a pre-release only if that is one."""
        start, end = (times[version][:3][-1] for version in (one, other))
        launched_later = start > end and (start - end) * len(times[one]) > 6.3 * (times[one][-1] - end)
        is_lower = order.index(one) < order.index(other) and not launched_later
        return is_lower and ("rc" in other or "rc" not in one)

    for row in table.iter_rows(named=True):
        age = max(at for version, _, _, at, _ in rows if version == row["version"])
        own = [one for one in rows if one[0] == row["version"]]
        before = [one for one in rows if one[0] in order and came_before(one[0], row["version"]) and one[3] <= age]
        assert (row["n"], row["n_before"]) == (len(own), len(before))
        assert row["count_before"] == sum(bug for *_, bug in before)
        for side, found in ((own, row["dispersion"]), (before, row["dispersion_before"])):
            bugs = sum(bug for *_, bug in side)
            if 0 < bugs < len(side) and len({one[1] for one in side}) > 1 and len({one[2] for one in side}) > 1:
                expected = max(1, *(jackknifed([(one[key], one[4]) for one in side]) for key in (1, 2)))
                assert found == pytest.approx(expected)


@seeded
@given(frames, st.integers(0, 99))
def test_every_row_is_counted_and_their_order_does_not_matter(frame: pl.DataFrame, seed: int) -> None:
    table = releases.overview(frame, type=("Bug", "Idea"))
    assert table["n"].sum() == frame.height
    assert table["count"].sum() == frame["type"].is_in(["Bug", "Idea"]).sum()
    assert table["version"].n_unique() == table.height
    assert (table["low"] <= table["share"]).all()
    assert (table["share"] <= table["high"]).all()
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    assert_frame_equal(releases.overview(shuffled, type=("Bug", "Idea")), table)
    assert_frame_equal(releases.regressions(shuffled, min_count=1), releases.regressions(frame, min_count=1))


@settings(seeded, max_examples=12)
@given(frames)
def test_both_at_once_are_the_same_as_one_after_the_other(frame: pl.DataFrame) -> None:
    of_bugs, by_type = releases.bugs_and_types(frame, where=None)
    assert_frame_equal(of_bugs, releases.regressions(frame), check_exact=True)
    assert_frame_equal(by_type, releases.regressions(frame, by="type"), check_exact=True)


@pytest.mark.parametrize("by", [None, "type"])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_shown_of_many_versions_is_the_same_as_of_all(seed: int, by: str | None) -> None:
    g = np.random.default_rng(seed)
    versions = np.where(g.uniform(size=1_500) < 0.5, g.integers(0, 200, 1_500), g.integers(0, 9, 1_500))
    frame = pl.DataFrame(
        {
            "version": [f"1.{number}" for number in versions],
            "type": g.choice(["Bug", "Praise", "Idea"], 1_500),
            "created_at": [START + timedelta(days=float(at)) for at in versions + g.exponential(9, 1_500)],
        },
        schema_overrides={"created_at": pl.Datetime("us", "UTC")},
    ).with_columns(pl.when(version="1.3").then(pl.lit("Bug")).otherwise("type").alias("type"))
    shown, table = releases.to_show(frame, by=by), releases.regressions(frame, by=by)
    assert shown["verdict"].to_list() == table["verdict"].to_list()
    assert not set(table["verdict"]) <= {"too few"}
    compared = table["verdict"] != "too few"
    assert_frame_equal(shown.filter(compared), table.filter(compared))
    charted = [charts.regressions(one).to_dict()["datasets"] for one in (shown, table)]
    assert [*charted[0].values()] == [*charted[1].values()]


@seeded
@given(frames, st.sampled_from(["1.9", "1.10.0-rc.1", "1.10"]))
def test_a_later_version_changes_no_count_of_an_earlier_one(frame: pl.DataFrame, last: str) -> None:
    kept = ["version", "n", "count", "n_before", "count_before", "p", "dispersion_before"]
    whole = releases.regressions(frame).select(kept)
    part = releases.regressions(frame, where=FeedbackFilter(version_until=last)).select(kept)
    assert_frame_equal(part, whole.head(part.height))


def test_empty_and_blank_frames_give_the_same_columns() -> None:
    full = story()
    for frame in (full.clear(), full.head(1), full.head(3).with_columns(pl.lit(None, pl.String).alias("version"))):
        assert releases.overview(frame).schema == releases.overview(full).schema
        table = releases.regressions(frame)
        assert table.schema == releases.regressions(full).schema
        assert named(table) == named(table, "better") == []
    blank = full.head(3).with_columns(pl.lit(None, pl.String).alias(name) for name in ("version", "type"))
    assert releases.overview(blank).select("version", "n", "count", "spellings").rows() == [(None, 3, 0, [])]


def test_spellings_lead_back_to_the_rows() -> None:
    frame = story()
    for version, spellings, n in releases.overview(frame).select("version", "spellings", "n").iter_rows():
        assert FeedbackFilter(version=spellings).apply(frame).height == n, version


def test_what_cannot_be_meant_is_refused_with_what_to_do() -> None:
    with pytest.raises(ArgumentError, match='did you mean "Bug"'):
        releases.regressions(story(), type="Bugg")
    with pytest.raises(ArgumentError, match="must be at least 1"):
        releases.regressions(story(), min_count=0)
    with pytest.raises(ArgumentError, match=r"has no column version\. Pass a frame of feedback"):
        releases.overview(story().drop("version"))
    with pytest.raises(ArgumentError, match="has no rows yet"):
        releases.overview(story().lazy())  # type: ignore[arg-type]  # what is refused
    known = story().with_columns(pl.col("type").replace("Bug", "Bugs"))
    assert named(releases.regressions(known, type="Bugs")) == ["1.4.0"]
