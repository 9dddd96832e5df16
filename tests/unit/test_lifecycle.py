"""Open items, flow and times: against brute force, other people's Kaplan-Meier, and projects whose truth is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight  # type: ignore[import-untyped]  # has no annotations

from seggwat_nb import FeedbackFilter, lifecycle
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK, HISTORY, OPEN_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = START + 200 * DAY
CLOSED = ("Resolved", "Closed")


def feedback(created: Sequence[float], status: Sequence[str | None], **columns: Any) -> pl.DataFrame:
    """Items created so many days after the start."""
    return pl.DataFrame(
        {
            "id": [str(number) for number in range(len(created))],
            "project_id": "p",
            "status": status,
            "archived": False,
            "created_at": [START + day * DAY for day in created],
        }
        | columns,
        schema={name: FEEDBACK[name] for name in ("id", "project_id", "status", "archived", "created_at")}
        | dict.fromkeys(columns, pl.String()),
    )


def seen(*changes: tuple[int, str, str, float, float]) -> pl.DataFrame:
    """Changes of status: item, old, new, and the two days between which each happened."""
    rows = [
        (str(item), "p", "status", old, new, START + first * DAY, START + last * DAY)
        for item, old, new, first, last in changes
    ]
    return pl.DataFrame(rows, schema=HISTORY, orient="row")


class Project:
    """A project whose every change is known, and what loads at some moments see of it."""

    def __init__(
        self, seed: int, *, items: int = 400, days: float = 200.0, median: float = 6.0, loads: int = 30
    ) -> None:
        chance = np.random.default_rng(seed)
        self.created = np.sort(chance.uniform(0, days, items))
        self.waits = chance.exponential(median / np.log(2), items)
        self.closed = self.created + self.waits
        first = days * 0.3
        looks = np.sort(np.append(chance.uniform(first, days, loads), (first, days)))
        self.now = START + float(days) * DAY
        self.first = first
        rows, status = [], []
        for number, (born, done) in enumerate(zip(self.created, self.closed, strict=True)):
            status.append("Resolved" if done <= days else "New")
            read = looks[(looks >= born) & (looks < done)]
            then = looks[looks >= max(done, first)]
            if read.size and then.size:
                rows.append((number, "New", "Resolved", float(read[-1]), float(then[0])))
        self.frame = feedback(self.created.tolist(), status)
        # A change of something else tells of the first and the last load.
        looked = [("x", "p", "message", None, None, START + float(first) * DAY, self.now)]
        self.history = pl.concat([seen(*rows), pl.DataFrame(looked, schema=HISTORY, orient="row")])


def shares_that_hold(projects: int, *, median: float, loads: int) -> dict[str, float]:
    held = {"band": 0, "interval": 0, "backlog": 0}
    for seed in range(projects):
        project = Project(seed, median=median, loads=loads)
        row = lifecycle.times(project.frame, project.history, as_of=project.now).row(0, named=True)
        cohort = project.created >= project.first
        truth = SurvfuncRight(
            np.minimum(project.waits, 200 - project.created)[cohort],
            (project.closed <= 200)[cohort].astype(int),
        ).quantile(0.5)
        least, most, low, high = (
            float("inf") if row[end] is None else row[end] for end in ("median_least", "median_most", "low", "high")
        )
        held["band"] += least - 1e-9 <= (float("inf") if np.isnan(truth) else truth) <= most + 1e-9
        held["interval"] += low <= median <= high
        weeks = lifecycle.backlog(project.frame, project.history, as_of=project.now)
        at = (weeks["at"] - START).dt.total_seconds().to_numpy() / 86_400
        standing = np.array([((project.created <= moment) & (project.closed > moment)).sum() for moment in at])
        held["backlog"] += bool(
            ((weeks["open_least"].to_numpy() <= standing) & (standing <= weeks["open_most"].to_numpy())).all()
        )
    return {name: number / projects for name, number in held.items()}


OFTEN_OR_SELDOM = [(6.0, 5000), (6.0, 30), (6.0, 5), (40.0, 12)]
"""Median days of a wait, and loads at random moments in 140 days."""


@pytest.mark.parametrize(("median", "loads"), OFTEN_OR_SELDOM)
def test_the_truth_lies_in_the_stated_ends(median: float, loads: int) -> None:
    held = shares_that_hold(20, median=median, loads=loads)
    assert held["band"] == 1  # of the same items, whatever chance does
    assert held["backlog"] == 1
    assert held["interval"] >= 0.9


@pytest.mark.campaign
@pytest.mark.parametrize(("median", "loads"), OFTEN_OR_SELDOM)
def test_the_truth_lies_in_the_stated_ends_of_200_projects(median: float, loads: int) -> None:
    held = shares_that_hold(200, median=median, loads=loads)
    print(median, loads, held)
    assert held["band"] == held["backlog"] == 1
    assert held["interval"] >= 0.91  # 0.95 less what chance may take from 200


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=12, max_size=60))
def test_medians_and_their_intervals_are_those_of_statsmodels(waits: list[tuple[int, bool]]) -> None:
    now = START + 100 * DAY
    created = [100.0 - wait if not done else 10.0 for wait, done in waits]
    frame = feedback(created, ["Resolved" if done else "New" for _, done in waits])
    changes = [
        (number, "New", "Resolved", 10.0 + wait, 10.0 + wait) for number, (wait, done) in enumerate(waits) if done
    ]
    looked = pl.DataFrame(
        [("x", "p", "message", None, None, START + 5 * DAY, START + 6 * DAY)], schema=HISTORY, orient="row"
    )
    row = lifecycle.times(frame, pl.concat([looked, seen(*changes)]), as_of=now).row(0, named=True)
    reached = sum(done for _, done in waits)
    assert (row["n"], row["reached"], row["earlier"]) == (len(waits), reached, 0)
    assert row["verdict"] == ("enough" if reached >= 10 else "too few")
    if not reached:
        assert row["median_least"] is None
        return
    theirs = SurvfuncRight([wait for wait, _ in waits], [int(done) for _, done in waits])
    assume(np.abs(theirs.surv_prob - 0.5).min() > 1e-9)  # there conventions differ on which day is the middle
    median = theirs.quantile(0.5)
    assert row["median_least"] == row["median_most"]
    assert row["median_least"] == (None if np.isnan(median) else pytest.approx(median))
    if row["high"] is not None and row["low"] is not None:
        with np.errstate(all="ignore"):
            low, high = theirs.quantile_ci(0.5, alpha=0.05, method="cloglog")
        assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))


def test_open_items_are_the_oldest_first_and_tell_how_old_their_status_can_be() -> None:
    frame = feedback([0, 150, 190, 195, 10], ["Active", "New", "Hold", "Snoozed", "Resolved"])
    history = seen((0, "New", "Active", 120, 130))
    waiting = lifecycle.open_items(frame, history=history, as_of=NOW)
    assert waiting.select("id", "age_days", "band", "is_answered").rows() == [
        ("0", 200.0, "3 to 12 months", True),
        ("1", 50.0, "1 to 3 months", False),
        ("2", 10.0, "1 to 4 weeks", True),
    ]
    assert waiting.select("status_days_least", "status_days_most").rows() == [(70, 80), (50, 50), (0, 10)]
    archived = frame.with_columns(archived=pl.col("id") == "1")
    assert lifecycle.open_items(archived, as_of=NOW)["id"].to_list() == ["0", "2"]
    assert lifecycle.open_items(frame, where=FeedbackFilter(status="New"), as_of=NOW).height == 1


def test_ages_count_every_open_item_once() -> None:
    frame = feedback(
        [0, 150, 190, 199, 199.5], ["Active", "New", "Hold", "New", "Closed"], type=["Bug", "Idea", None, "Bug", "Bug"]
    )
    whole, by_type = lifecycle.ages(frame, as_of=NOW), lifecycle.ages(frame, by="type", as_of=NOW)
    assert whole.select("band", "count", "unanswered").rows() == [
        ("under a week", 1, 1),
        ("1 to 4 weeks", 1, 0),
        ("1 to 3 months", 1, 1),
        ("3 to 12 months", 1, 0),
        ("over a year", 0, 0),
    ]
    assert by_type.group_by("band", maintain_order=True).agg(pl.col("count").sum()).rows() == [
        row[:2] for row in whole.rows()
    ]
    assert by_type["type"].head(3).to_list() == ["Bug", "Idea", None]
    assert by_type["share"].sum() == pytest.approx(1)


def test_closures_are_counted_where_they_surely_were_and_where_they_may_have_been() -> None:
    # The last was closed when it was first seen, at the moment it came.
    frame = feedback([0, 0, 0, 15], ["Resolved", "Closed", "Active", "Closed"])
    history = seen(
        (0, "New", "Resolved", 8, 10),  # inside the week that begins on day 4
        (1, "New", "Closed", 9, 13),  # across two weeks
        (2, "New", "Resolved", 12, 13),
        (2, "Resolved", "Active", 14, 15),  # reopened
    )
    weeks = lifecycle.throughput(frame, history, as_of=START + 17 * DAY)
    assert weeks["period"].dt.date().cast(str).to_list() == ["2025-12-29", "2026-01-05", "2026-01-12"]
    assert weeks["arrived"].to_list() == [3, 0, 1]
    assert weeks.select("closed_least", "closed_most").rows() == [
        (0, 0),
        (1, 2),
        (2, 3),
    ]
    assert weeks["ratio_most"].to_list() == [None, None, 3]
    assert weeks["is_watched"].to_list() == [False, False, True]
    assert not weeks["complete"][-1]


@pytest.mark.parametrize("every", ["1d", "1w", "1mo"])
def test_throughput_adds_up(every: Any) -> None:
    project = Project(3)
    weeks = lifecycle.throughput(
        project.frame, project.history, every=every, as_of=project.now, time_zone="Europe/Berlin"
    )
    assert weeks["arrived"].sum() == project.frame.height
    closed = int((project.closed <= 200).sum())
    assert weeks["closed_least"].sum() <= closed <= weeks["closed_most"].sum()
    assert (weeks["closed_least"] <= weeks["closed_most"]).all()
    backlog = lifecycle.backlog(project.frame, project.history, every=every, as_of=project.now)
    assert backlog.row(-1)[2:4] == (400 - closed, 400 - closed)
    assert backlog["is_watched"].to_list() == sorted(backlog["is_watched"])


FUNCTIONS: dict[str, Callable[..., pl.DataFrame]] = {
    "open_items": lambda frame, history: lifecycle.open_items(frame, history=history),
    "ages": lambda frame, _: lifecycle.ages(frame, by="status"),
    "flow": lifecycle.throughput,
    "backlog": lifecycle.backlog,
    "response": lambda frame, history: lifecycle.times(frame, history, to="response", by="status"),
    "resolution": lifecycle.times,
    "waiting": lifecycle.waiting,
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_nothing_one_row_nulls_and_unknown_statuses_work_everywhere(function: Callable[..., pl.DataFrame]) -> None:
    nothing = HISTORY.to_frame()
    whole = function(feedback([1, 2], ["New", "Resolved"]), seen((1, "New", "Resolved", 3, 4)))
    for frame in (
        feedback([], []),
        feedback([1], ["New"]),
        feedback([1, 2], [None, None]),
        feedback([1, 2, 3], ["Snoozed", "", "New"]),
        feedback([1, 2], ["New", "New"]).with_columns(archived=pl.lit(None, pl.Boolean)),
    ):
        for history in (nothing, seen((0, "New", "Snoozed", 5, 6)), seen((99, "New", "Closed", 5, 6))):
            given = function(frame, history)
            assert given.schema == whole.schema


def test_the_order_of_rows_changes_nothing() -> None:
    project = Project(5, items=100)
    for function in (lifecycle.throughput, lifecycle.backlog, lifecycle.times):
        mixed = function(
            project.frame.sample(fraction=1, shuffle=True, seed=1),
            project.history.sample(fraction=1, shuffle=True, seed=2),
            as_of=project.now,
        )
        assert mixed.equals(function(project.frame, project.history, as_of=project.now))


def test_the_newest_changes_are_those_of_open_statuses_too() -> None:
    frame = feedback([10], ["Assigned"])
    history = seen((0, "New", "Active", 20, 21), (0, "Active", "Assigned", 30, 31))
    row = lifecycle.times(frame, pl.concat([seen((9, "New", "Hold", 5, 6)), history]), to="response").row(0, named=True)
    assert (row["n"], row["reached"], row["median_least"], row["median_most"]) == (1, 1, 10, 11)
    assert set(OPEN_STATUSES) >= {"Assigned"}


def archived_after_they_were_closed() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Eighty items, one a day but the last twenty; sixty are resolved the day after, and archived a day later."""
    frame = feedback([n + 0.05 for n in range(80)], ["Resolved"] * 60 + ["New"] * 20)
    frame = frame.with_columns(archived=pl.int_range(pl.len()) < 60)
    closed = [(n, "New", "Resolved", n + 1, n + 2) for n in range(60)]
    history = seen((99, "New", "Hold", -1, 0), *closed)
    left = history.filter(pl.col("new") == "Resolved").with_columns(
        pl.lit("archived").alias("field"),
        pl.lit("false").alias("old"),
        pl.lit("true").alias("new"),
        pl.col("earliest", "latest") + DAY,
    )
    return frame, pl.concat([history, left])


def test_what_was_archived_arrived_and_was_closed_all_the_same() -> None:
    frame, history = archived_after_they_were_closed()
    now = START + 80 * DAY
    live = frame.with_columns(archived=pl.lit(value=False))
    weeks = lifecycle.throughput(frame, history, as_of=now)
    assert weeks["arrived"].sum() == 80
    assert weeks["closed_most"].sum() >= 60
    assert lifecycle.throughput(frame, history, every="1y", as_of=now)["closed_least"].sum() == 60
    assert weeks.equals(lifecycle.throughput(live, history, as_of=now))
    assert lifecycle.times(frame, history, as_of=now).equals(lifecycle.times(live, history, as_of=now))
    assert lifecycle.open_items(frame, history=history, as_of=now).height == 20


def test_archiving_ends_the_watch() -> None:
    frame = feedback([10, 10, 10], ["New", "New", "New"]).with_columns(archived=pl.Series([True, True, False]))
    archived = seen((0, "false", "true", 14, 15)).with_columns(pl.lit("archived").alias("field"))
    history = pl.concat([seen((9, "New", "Hold", 5, 6)), archived])
    days = lifecycle.backlog(frame, history, every="1d", as_of=START + 30 * DAY)
    standing = dict(zip(days["at"].to_list(), days.select("open_least", "open_most").rows(), strict=True))
    assert standing[START + 13 * DAY] == (2, 3)  # of one it is not known when it was archived
    assert standing[START + 14 * DAY] == (1, 2)
    assert standing[START + 30 * DAY] == (1, 1)
    row = lifecycle.times(frame, history, as_of=START + 30 * DAY).row(0, named=True)
    assert (row["n"], row["reached"]) == (3, 0)
    assert lifecycle.open_items(frame, history=history, as_of=START + 30 * DAY)["id"].to_list() == ["2"]


def test_rows_that_have_gone_count_until_they_were_missed() -> None:
    frame, history = archived_after_they_were_closed()
    now = START + 80 * DAY
    gone = frame.filter("archived").with_columns(
        archived=pl.lit(value=False), gone_at=pl.col("created_at") + timedelta(days=3)
    )
    both = pl.concat([frame.filter(~pl.col("archived")), gone], how="diagonal")
    for changes in (history, history.filter(pl.col("field") == "status")):
        assert lifecycle.throughput(both, changes, as_of=now).equals(lifecycle.throughput(frame, history, as_of=now))
        assert lifecycle.times(both, changes, as_of=now).equals(lifecycle.times(frame, history, as_of=now))
        assert lifecycle.open_items(both, history=changes, as_of=now).height == 20


def test_rows_that_are_newer_than_the_history_count_as_one_more_change() -> None:
    frame = feedback([10, 10], ["Closed", "New"])
    history = seen((0, "New", "Active", 9, 12))
    weeks = lifecycle.backlog(frame, history, as_of=START + 30 * DAY)
    assert weeks.select("open_least", "open_most").rows()[-1] == (1, 1)
    assert weeks.select("open_least", "open_most").rows()[-2] == (1, 2)
    row = lifecycle.times(frame, history, as_of=START + 30 * DAY).row(0, named=True)
    assert (row["reached"], row["median_least"], row["median_most"]) == (1, 2, 20)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_open_at_the_end_is_what_is_listed(seed: int) -> None:
    project = Project(seed, items=60)
    chance = np.random.default_rng(seed)
    statuses = list(chance.choice(["New", "Active", "Hold", "Resolved", "Closed", "Snoozed"], 60))
    frame = project.frame.with_columns(status=pl.Series(statuses))
    last = lifecycle.backlog(frame, project.history, as_of=project.now).row(-1, named=True)
    waiting = lifecycle.open_items(frame, history=project.history, as_of=project.now)
    assert last["open_least"] == last["open_most"] == waiting.height
    assert waiting["status_days_least"].is_between(0, waiting["status_days_most"]).all()
    assert waiting["status_days_most"].is_between(0, waiting["age_days"]).all()


def test_the_share_still_waiting_falls_through_the_median() -> None:
    project = Project(11, loads=8)
    curve = lifecycle.waiting(project.frame, project.history, as_of=project.now)
    assert curve.columns == ["days", "least", "most", "low", "high", "to"]
    assert curve["days"][0] == 0
    for name in ("least", "most", "low", "high"):
        assert (curve[name].diff().drop_nulls() <= 1e-12).all()
    assert (curve["low"] <= curve["least"] + 1e-12).all()
    assert (curve["least"] <= curve["most"] + 1e-12).all()
    assert (curve["most"] <= curve["high"] + 1e-12).all()
    row = lifecycle.times(project.frame, project.history, as_of=project.now).row(0, named=True)
    for name in ("least", "most"):
        assert curve.filter(pl.col(name) <= 0.5 + 1e-12)["days"][0] == row[f"median_{name}"]
    lost = lifecycle.waiting(project.frame, HISTORY.to_frame(), as_of=project.now)
    assert lost.is_empty()


def test_each_value_is_estimated_by_itself() -> None:
    project = Project(13)
    versions = pl.Series("version", ["1.0.0", None, "2.0.0", "main"] * 100)
    frame = project.frame.with_columns(versions)
    rows = lifecycle.times(frame, project.history, by="version", as_of=project.now, min_count=50)
    assert rows["version"].to_list() == ["1.0.0", "2.0.0", "main", None]
    for row in rows.iter_rows(named=True):
        alone = frame.filter(pl.col("version").eq_missing(row["version"]))
        alone_row = lifecycle.times(alone, project.history, as_of=project.now, min_count=50).row(0, named=True)
        assert {name: row[name] for name in alone_row} == alone_row
        assert row["verdict"] == ("enough" if row["reached"] >= 50 else "too few")
    assert rows.select(pl.sum("n") + pl.sum("earlier")).item() == 400
    assert lifecycle.times(frame.clear(), project.history)["verdict"].to_list() == ["none"]


def test_bad_input_is_told() -> None:
    frame = feedback([1], ["New"])
    with pytest.raises(ArgumentError, match="has no column status"):
        lifecycle.open_items(frame.drop("status"))
    with pytest.raises(ArgumentError, match=r"has no column earliest.*client.history"):
        lifecycle.throughput(frame, HISTORY.to_frame().drop("earliest"))
    with pytest.raises(ArgumentError, match="Did you mean 'resolution'"):
        lifecycle.times(frame, HISTORY.to_frame(), to="resolutions")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="no time zone"):
        lifecycle.ages(frame, as_of=datetime(2026, 1, 1))  # noqa: DTZ001  # that is the point
    with pytest.raises(ArgumentError, match=r"created_at is null in 1 row\..*client.feedback"):
        lifecycle.times(frame.with_columns(created_at=pl.lit(None, frame.schema["created_at"])), HISTORY.to_frame())
    with pytest.raises(ArgumentError, match="min_count must be at least 1"):
        lifecycle.times(frame, HISTORY.to_frame(), min_count=0)
    with pytest.raises(ArgumentError, match="Did you mean 'status'"):
        lifecycle.times(frame, HISTORY.to_frame(), by="statsu")
    with pytest.raises(ArgumentError, match="requires a polars DataFrame, got list"):
        lifecycle.ages([1])  # type: ignore[arg-type]
