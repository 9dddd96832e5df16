"""Volume, breakdown and the hours of the week: against SQL and the standard library, and their laws."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb import lifecycle, trends
from seggwat_nb.analysis.periods import Every
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.schema import FEEDBACK, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

SPELT = ("2.6.0", "v2.6", "2.6.0", "main")
LAWS = settings(max_examples=40, derandomize=True, deadline=None)
KEYS = ("type", "status", "source", "version", "path", "submitted_by", "project_id")


@dataclass(frozen=True)
class Where:
    """A selection of types between two moments, as `FeedbackFilter` makes one."""

    type: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        return self.since, self.until

    def apply(self, frame: Any) -> Any:  # as the protocol has it
        chosen = frame if not self.type else frame.filter(pl.col("type").is_in(self.type))
        chosen = chosen if self.since is None else chosen.filter(pl.col("created_at") >= self.since)
        return chosen if self.until is None else chosen.filter(pl.col("created_at") < self.until)


def feedback(rows: Iterable[tuple[datetime, str | None]]) -> pl.DataFrame:
    """Rows of feedback of a moment and a type; every other key follows from the type."""
    frame = pl.DataFrame(list(rows), schema={"created_at": FEEDBACK["created_at"], "type": pl.String}, orient="row")
    return frame.with_columns(pl.col("type").alias(key) for key in KEYS[1:])


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute


MOMENTS = st.datetimes(datetime(2025, 12, 20), datetime(2026, 4, 10), timezones=st.just(UTC))  # noqa: DTZ001  # timezones= adds it
ROWS = st.lists(st.tuples(MOMENTS, st.sampled_from([*TYPES, "Idea", "", None])), max_size=60)
Rows = list[tuple[datetime, str | None]]


@LAWS
@given(rows=ROWS, every=st.sampled_from(["1d", "1w", "1mo", "1q", "1y"]))
def test_volume_equals_sql(rows: Rows, every: Every) -> None:
    frame = feedback(rows)
    unit = {"1d": "day", "1w": "week", "1mo": "month", "1q": "quarter", "1y": "year"}[every]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("feedback", frame.to_arrow())
        expected = connection.sql(
            f"""
            WITH counts AS (
              SELECT date_trunc('{unit}', created_at)::DATE AS period, type, count(*) AS count
              FROM feedback GROUP BY ALL
            ), bounds AS (SELECT min(period) AS first, max(period) AS last FROM counts),
            grid AS (
              SELECT unnest(generate_series(first, last, INTERVAL 1 {unit}))::DATE AS period FROM bounds
            ), kinds AS (SELECT DISTINCT type FROM feedback)
            SELECT grid.period, kinds.type, coalesce(counts.count, 0),
              counts.count / sum(counts.count) OVER (PARTITION BY grid.period)
            FROM grid CROSS JOIN kinds LEFT JOIN counts
              ON counts.period = grid.period AND counts.type IS NOT DISTINCT FROM kinds.type
            ORDER BY ALL NULLS FIRST
            """  # noqa: S608  # the test's own words
        ).fetchall()
    volume = trends.volume(frame, by="type", every=every).sort("period", "type")
    assert volume.select(pl.col("period").dt.date(), "type", "count").rows() == [row[:3] for row in expected]
    for share, (_, _, count, of_all) in zip(volume["share"], expected, strict=True):
        if of_all is not None:
            assert share == pytest.approx(of_all)
        else:
            assert share in {None, 0.0}
            assert count == 0


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "America/Havana", "Asia/Kathmandu"])
def test_days_across_two_clock_changes_equal_the_standard_library(zone: str) -> None:
    # A year that every edition of the time zones knows alike: Polars has one of its own.
    moments = [at(2024, 1, 1, 0, 20) + timedelta(minutes=50 * n) for n in range(10_000)]
    volume = trends.volume(feedback((moment, "Bug") for moment in moments), every="1d", time_zone=zone)
    by_hand = Counter(moment.astimezone(ZoneInfo(zone)).date() for moment in moments)
    starts = [datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in by_hand]
    assert volume["count"].to_list() == list(by_hand.values())
    assert volume["period"].dt.convert_time_zone("UTC").to_list() == starts
    lengths = {later - sooner for sooner, later in pairwise(starts)}
    assert lengths >= (
        {timedelta(hours=24)} if zone == "Asia/Kathmandu" else {timedelta(hours=23), timedelta(hours=25)}
    )


@LAWS
@given(
    rows=ROWS,
    every=st.sampled_from(get_args(Every)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]),
    top=st.none() | st.integers(1, 4),
    order=st.randoms(use_true_random=False),
)
def test_totals_are_the_rows_selected_and_order_does_not_matter(
    *, rows: Rows, every: Every, zone: str, top: int | None, order: Random
) -> None:
    frame = feedback(rows)
    volume = trends.volume(frame, by="type", every=every, time_zone=zone, top=top)
    assert volume["count"].sum() == len(rows)
    assert trends.volume(frame, every=every, time_zone=zone)["count"].sum() == len(rows)
    assert trends.breakdown(frame, by=("type", "status"), top=top)["count"].sum() == len(rows)
    assert trends.by_hour(frame, time_zone=zone)["count"].sum() == len(rows)
    shares = volume.group_by("period").agg(pl.col("share").sum(), pl.col("count").sum()).filter(pl.col("count") > 0)
    assert shares["share"].to_list() == pytest.approx([1.0] * shares.height)
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert trends.volume(feedback(shuffled), by="type", every=every, time_zone=zone, top=top).equals(volume)


@LAWS
@given(rows=ROWS, every=st.sampled_from(get_args(Every)), key=st.sampled_from(["type", "version"]))
def test_a_tally_gives_what_its_rows_give(rows: Rows, every: Every, key: str) -> None:
    frame = feedback(rows)
    counted = trends.daily_counts(frame, by=(key, "status"))
    assert trends.volume(counted, by=key, every=every).equals(trends.volume(frame, by=key, every=every))
    assert trends.volume(counted, every=every).equals(trends.volume(frame, every=every))
    both = (key, "status")
    assert trends.breakdown(counted, by=both).equals(trends.breakdown(frame, by=both))


@LAWS
@given(rows=ROWS.filter(bool), every=st.sampled_from(get_args(Every)), more=st.integers(0, 200))
def test_what_comes_later_changes_no_finished_period(rows: Rows, every: Every, more: int) -> None:
    as_of = max(moment for moment, _ in rows) + timedelta(seconds=1)
    before = trends.volume(feedback(rows), every=every, as_of=as_of)
    added = [(as_of + timedelta(hours=7 * n), "Bug") for n in range(more)]
    later = trends.volume(feedback([*rows, *added]), every=every, as_of=as_of + timedelta(days=90))
    finished = before.filter("complete")
    assert later.head(before.height).filter(before["complete"]).equals(finished)


def test_the_edges_of_data_and_selection_are_told_apart() -> None:
    frame = feedback([(at(2026, 1, 14, 9), "Praise"), (at(2026, 3, 4), "Bug"), (at(2026, 4, 20, 5), "Praise")])

    def months(**options: Any) -> list[tuple[int, int, int, bool]]:  # options of volume
        volume = trends.volume(frame, every="1mo", **options)
        return volume.select(pl.col("period").dt.month(), "count", "days_covered", "complete").rows()

    whole = [(1, 1, 18, False), (2, 0, 28, True), (3, 1, 31, True), (4, 1, 19, False)]
    assert months() == whole
    bugs = [(1, 0, 18, False), (2, 0, 28, True), (3, 1, 31, True), (4, 0, 19, False)]
    assert months(where=Where(type=("Bug",))) == bugs
    assert months(where=Where(type=("Question",))) == [(month, 0, days, done) for month, _, days, done in whole]
    assert months(where=Where(since=at(2026, 3, 1))) == whole[2:]
    assert months(where=Where(since=at(2026, 3, 4))) == [(3, 1, 28, False), whole[3]]
    assert months(where=Where(until=at(2026, 3, 11))) == [*whole[:2], (3, 1, 10, False)]
    assert months(as_of=at(2026, 6, 1)) == [*whole[:3], (4, 1, 30, True), (5, 0, 31, True)]
    assert months(as_of=at(2026, 3, 2)) == [*whole[:2], (3, 1, 1, False), (4, 1, 0, False)]


def test_values_come_in_reading_order_and_the_rest_is_named() -> None:
    kinds = ["Praise"] * 3 + ["Bug"] * 2 + ["Idea"] + ["Absurd"] * 2 + [None] * 9 + ["Other"]
    frame = feedback((at(2026, 1, 14), kind) for kind in kinds)

    def counts(key: str, top: int | None = None) -> list[tuple[str | None, int]]:
        return trends.volume(frame, by=key, top=top).select(key, "count").rows()

    assert counts("type") == [("Bug", 2), ("Praise", 3), ("Other", 1), ("Absurd", 2), ("Idea", 1), (None, 9)]
    assert counts("version") == [("Praise", 3), ("Absurd", 2), ("Bug", 2), ("Idea", 1), ("Other", 1), (None, 9)]
    assert counts("type", 2) == [("Praise", 3), ("Absurd", 2), ("Other (3 values)", 4), (None, 9)]
    assert counts("version", 4) == [
        ("Praise", 3),
        ("Absurd", 2),
        ("Bug", 2),
        ("Idea", 1),
        ("Other (1 value)", 1),
        (None, 9),
    ]
    assert counts("version", 5) == counts("version")


@pytest.mark.parametrize("key", KEYS)
def test_every_key_works_on_awkward_frames(key: str) -> None:
    empty, nulls = feedback([]), feedback([(at(2026, 1, 14), None)])
    columns = {
        "period": pl.Datetime("us", "Asia/Tokyo"),
        key: pl.String,
        "count": pl.Int64,
        "share": pl.Float64,
        "days_covered": pl.Int64,
        "days_total": pl.Int64,
        "complete": pl.Boolean,
    }
    for frame in (empty, nulls, feedback([(at(2026, 1, 14), "Bug")])):
        volume = trends.volume(frame, by=key, time_zone="Asia/Tokyo", top=1)
        assert volume.schema == columns
        assert volume.height == frame.height
    assert trends.volume(nulls, by=key)[key].to_list() == [None]


def test_a_column_of_any_name_is_a_key() -> None:
    frame = feedback((at(2026, 1, 14), kind) for kind in ("Bug", "Bug", "Praise"))
    for key in ("rank", "place", "shown", "rows", "self", "keys", "exprs", "hour", "_", "first"):
        named = frame.rename({"version": key})
        assert trends.volume(named, by=key).select(key, "count").rows() == [("Bug", 2), ("Praise", 1)]
        assert trends.breakdown(named, by=("type", key))["count"].to_list() == [2, 0, 0, 1]


def test_values_that_carry_an_order_of_their_own_are_text() -> None:
    frame = feedback((at(2026, 1, 14), kind) for kind in ("Bug", "Bug", "Praise"))
    kinds = pl.col("type").cast(pl.Enum(["Praise", "Bug", "Idea"]))
    expected = trends.volume(frame, by="type")
    assert trends.volume(frame.with_columns(kinds), by="type").equals(expected)
    assert trends.volume(trends.daily_counts(frame, by="type").with_columns(kinds), by="type").equals(expected)


def test_breakdown_has_both_shares() -> None:
    cells = [("Bug", "1.0"), ("Bug", "v1.0.0"), ("Bug", None), ("Praise", "1.1.0")]
    frame = feedback((at(2026, 1, 14), kind) for kind, _ in cells)
    frame = frame.with_columns(version=pl.Series([version for _, version in cells]))
    assert trends.breakdown(frame, by=("type", "version")).rows() == [
        ("Bug", "1.0", 2, 0.5, pytest.approx(2 / 3)),
        ("Bug", "1.1.0", 0, 0.0, 0.0),
        ("Bug", None, 1, 0.25, pytest.approx(1 / 3)),
        ("Praise", "1.0", 0, 0.0, 0.0),
        ("Praise", "1.1.0", 1, 0.25, 1.0),
        ("Praise", None, 0, 0.0, 0.0),
    ]
    assert trends.breakdown(frame.clear(), by=("type", "version")).height == 0


def test_hours_of_the_week_equal_the_standard_library_across_clock_changes() -> None:
    zone = ZoneInfo("Europe/Berlin")
    moments = [at(2026, 3, 1) + timedelta(minutes=17 * n) for n in range(21_000)]  # to the middle of November
    hours = trends.by_hour(feedback((moment, "Bug") for moment in moments), time_zone="Europe/Berlin")
    local = [moment.astimezone(zone) for moment in moments]
    by_hand = Counter((moment.isoweekday(), moment.hour) for moment in local)
    seen = Counter({(moment.isoweekday(), moment.hour, moment.date()) for moment in local})
    days = Counter((weekday, hour) for weekday, hour, _ in seen)
    first = local[0]  # its day is seen whole, though its first row is an hour late
    days.update((first.isoweekday(), hour) for hour in range(first.hour))
    assert hours.select("weekday", "hour").rows() == [(day, hour) for day in range(1, 8) for hour in range(24)]
    assert {(day, hour): count for day, hour, count, _, _ in hours.rows()} == by_hand
    assert {(day, hour): n for day, hour, _, n, _ in hours.rows()} == days
    assert days[7, 2] == days[7, 4] - 1, "the hour that was skipped in March"
    assert hours["per_day"].to_list() == pytest.approx(
        [by_hand[cell] / days[cell] for cell in hours.select("weekday", "hour").rows()]
    )


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland"])
def test_a_date_of_a_selection_is_a_day_of_its_own_zone(zone: str) -> None:
    first, after = date(2026, 3, 26), date(2026, 4, 8)  # both zones change their clocks in between
    frame = feedback((at(2026, 3, 20) + timedelta(hours=hour), "Bug") for hour in range(30 * 24))
    where = FeedbackFilter(since=first, until=after, time_zone=zone)
    local = trends.volume(frame, every="1d", where=where, time_zone=zone)
    hours = Counter(moment.astimezone(ZoneInfo(zone)).date() for moment in frame["created_at"])
    days = [first + timedelta(days=number) for number in range((after - first).days)]
    assert local.select(pl.col("period").dt.date(), "count", "complete").rows() == [
        (day, hours[day], True) for day in days
    ]
    assert {hours[day] for day in days} == {24, 23 if zone == "Europe/Berlin" else 25}
    utc = trends.volume(frame, every="1d", where=where)  # cuts the first and the last day of UTC
    assert utc["complete"].to_list() == [False, *[True] * (utc.height - 2), False]
    seen = trends.by_hour(frame, where=where, time_zone=zone)
    assert seen["count"].sum() == local["count"].sum()
    whole = Counter(day.isoweekday() for day in days)
    noon = seen.filter(pl.col("hour") == 12)
    assert dict(noon.select("weekday", "days").rows()) == whole


def test_an_hour_that_comes_twice_is_seen_to_its_very_end() -> None:
    frame = feedback([(at(2026, 10, 24, 9), "Bug")])
    sunday = {}
    for minutes in (0, 30, 60, 90, 120):  # of UTC after 00:00, 02:00 in Berlin; 01:00 is 02:00 there again
        end = (at(2026, 10, 25) + timedelta(minutes=minutes)).astimezone(ZoneInfo("Europe/Berlin"))
        hours = trends.by_hour(frame, time_zone="Europe/Berlin", as_of=end)
        sunday[minutes] = dict(hours.filter(pl.col("weekday") == 7).select("hour", "days").iter_rows())
    assert [sunday[minutes][1] for minutes in sunday] == [1] * 5
    assert [sunday[minutes][2] for minutes in sunday] == [0, 1, 1, 1, 1]
    assert [sunday[minutes][3] for minutes in sunday] == [0] * 5


@pytest.mark.parametrize(
    ("first", "last", "zone"),
    [(at(1, 1, 1), at(2, 6, 1), "America/New_York"), (at(9998, 12, 20), at(9999, 12, 31, 23), "Pacific/Auckland")],
)
def test_the_ends_of_the_calendar_are_named(first: datetime, last: datetime, zone: str) -> None:
    frame = feedback([(first, "Bug"), (last, "Bug")])
    for count in (trends.volume, trends.change, trends.by_hour, trends.silences):
        count(frame, time_zone="UTC")
        with pytest.raises(ArgumentError, match="end of the calendar"):
            count(frame, time_zone=zone)


def test_hours_begin_with_the_week_and_know_the_edges() -> None:
    frame = feedback([(at(2026, 6, 1, 9), "Bug"), (at(2026, 6, 20, 9, 30), "Bug")])  # Monday to Saturday
    hours = trends.by_hour(frame, week_start="sunday", where=Where(since=at(2026, 6, 2)), as_of=at(2026, 6, 22, 10))
    assert hours["weekday"].unique(maintain_order=True).to_list() == [7, 1, 2, 3, 4, 5, 6]
    found = {(day, hour): days for day, hour, _, days, _ in hours.rows()}
    assert (found[1, 9], found[1, 10], found[2, 0], found[7, 23]) == (3, 2, 3, 3)
    assert hours.filter(pl.col("count") > 0).rows() == [(6, 9, 1, 3, pytest.approx(1 / 3))]
    nothing = trends.by_hour(frame.clear())
    assert nothing.height == 168
    assert nothing.select("count", "days").sum().row(0) == (0, 0)
    assert nothing["per_day"].null_count() == 168


FRAME = feedback([(at(2026, 1, 14), "Bug")])


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"every": "1m"}, "Did you mean '1mo'"),
        ({"time_zone": "Berlin"}, "Did you mean"),
        ({"week_start": "friyay"}, "Did you mean 'friday'"),
        ({"by": "typ"}, "Did you mean 'type'"),
        ({"by": "type", "top": 0}, "must be at least 1"),
        ({"as_of": datetime(2026, 1, 1)}, "tzinfo=UTC"),  # noqa: DTZ001  # the missing zone is the test
    ],
)
def test_bad_arguments_are_refused_before_work(options: dict[str, Any], hint: str) -> None:
    with pytest.raises(ArgumentError, match=hint):
        trends.volume(FRAME, **options)


def test_what_wants_more_is_refused() -> None:
    with pytest.raises(ArgumentError, match="must be a pair"):
        trends.breakdown(FRAME, by="type")
    with pytest.raises(ArgumentError, match="must be at least 1"):
        trends.breakdown(FRAME, by=("type", "status"), top=-1)
    with pytest.raises(ArgumentError, match="requires a polars DataFrame"):
        trends.by_hour(FRAME.to_arrow())
    with pytest.raises(ArgumentError, match="requires a polars DataFrame"):
        trends.by_hour(trends.daily_counts(FRAME))  # type: ignore[arg-type, unused-ignore]  # daily counts are a frame, too
    with pytest.raises(ArgumentError, match="by UTC day"):
        trends.volume(trends.daily_counts(FRAME), time_zone="Asia/Tokyo")
    naive = Where(since=datetime(2026, 1, 1))  # noqa: DTZ001  # the missing zone is the test
    for count in (trends.volume, trends.by_hour):
        with pytest.raises(ArgumentError, match="Pass since=datetime"):
            count(FRAME.with_columns(pl.col("created_at").dt.replace_time_zone(None)), where=naive)
    undated = FRAME.with_columns(created_at=pl.lit(None, FEEDBACK["created_at"]))
    for count in (trends.volume, trends.by_hour):
        with pytest.raises(ArgumentError, match="Drop them first"):
            count(undated)


@pytest.mark.parametrize(
    "count",
    [trends.volume, trends.by_hour, trends.change, trends.movers, trends.spikes, trends.by_path, trends.daily_counts],
)
def test_what_selects_nothing_is_refused(count: Any) -> None:
    with pytest.raises(ArgumentError, match=r"where must be a filter such as .*got 'Bug'"):
        count(FRAME.with_columns(id=pl.lit("a")), where="Bug")


def test_a_result_nobody_can_read_is_refused() -> None:
    days = pl.date_range(date(2000, 1, 1), date(2026, 1, 1), eager=True)
    frame = pl.DataFrame({"created_at": days.cast(pl.Datetime("us", "UTC")), "submitted_by": days.cast(pl.String)})
    with pytest.raises(ArgumentError, match="Pass top=20 or longer periods"):
        trends.volume(frame, by="submitted_by", every="1d")
    assert trends.volume(frame, by="submitted_by", every="1y", top=3)["count"].sum() == frame.height


def test_spellings_of_one_version_are_counted_as_one() -> None:
    moments = [at(2026, 3, 1) + timedelta(days=n // 8) for n in range(8 * 28)]
    frame = pl.DataFrame({"id": [str(n) for n in range(len(moments))], "created_at": moments}).with_columns(
        version=pl.Series(SPELT * (len(moments) // len(SPELT))), type=pl.lit("Bug"), status=pl.lit("New")
    )
    frame = frame.with_columns(project_id=pl.lit("p"), archived=pl.lit(value=False))
    three_of_four = [("2.6.0", 3 * len(moments) // 4), ("main", len(moments) // 4)]
    for counted in (
        trends.volume(frame, by="version"),
        trends.volume(trends.daily_counts(frame, by="version"), by="version", every="1d"),
        trends.breakdown(frame, by=("type", "version")),
        lifecycle.ages(frame, by="version", as_of=moments[-1]),
    ):
        assert counted.group_by("version").agg(pl.col("count").sum()).sort("version").rows() == three_of_four
    moved = trends.movers(frame, by=["version"], days=7, as_of=at(2026, 3, 29))
    assert sorted(moved["value"]) == ["2.6.0", "main"]
    assert trends.change(frame, by="version", days=7)["version"].sort().to_list() == ["2.6.0", "main"]
    loud = pl.concat([frame, frame.head(4).with_columns(created_at=at(2026, 3, 20)).sample(400, with_replacement=True)])
    assert trends.spikes(loud, by="version")["version"].unique().sort().to_list() == ["2.6.0", "main"]


def test_items_after_the_last_known_moment_are_counted_but_raise_no_rate() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    frame = feedback((start + timedelta(hours=hour), "Bug") for hour in range(24 * 14))
    hours = trends.by_hour(frame, as_of=start + timedelta(days=7))
    assert hours["count"].to_list() == [2] * 168
    assert hours["days"].to_list() == [1] * 168
    assert hours["per_day"].to_list() == [1.0] * 168
