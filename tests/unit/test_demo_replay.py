"""The demo's past: it ends in the story, and what loads see of it is a history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb import lifecycle
from seggwat_nb.demo import DOCS_PROJECT_ID, SEED, demo_service, week_of
from seggwat_nb.demo.plans import Edit, Insert
from seggwat_nb.demo.replay import past
from seggwat_nb.demo.server import PROJECT_ID
from seggwat_nb.demo.state import moment_of
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.errors import SnapshotError
from seggwat_nb.loader import demo_client, replay_demo

if TYPE_CHECKING:
    from pathlib import Path

_STEPS = ("New", "Active", "Assigned", "Hold", "Snoozed", "Resolved", "Closed")
"""Statuses in an order that no item goes back in."""

END = datetime(2026, 11, 18, 15, tzinfo=UTC)


def test_the_past_ends_where_the_story_ends() -> None:
    story = shop_feedback(seed=SEED, end=END, project_id="p")
    known: dict[str, dict[str, Any]] = {}
    moments = []
    for moment, changes in past(story, weeks=6, now=END, end=END):
        moments.append(moment)
        for change in changes:
            if isinstance(change, Insert):
                assert moment_of(change.record) <= moment
                known[change.record["id"]] = dict(change.record)
            else:
                assert isinstance(change, Edit)
                known[change.id] |= change.fields
    assert moments[0] == END - timedelta(weeks=6)
    assert moments[-1] == END
    assert known == {record["id"]: record for record in story if moment_of(record) <= END}


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(st.tuples(*[st.floats(0, 167)] * 2).map(sorted))
def test_two_moments_of_a_week_tell_one_story(hours: list[float]) -> None:
    monday, _ = week_of(END)
    earlier, later = (demo_service(now=monday + timedelta(hours=hour)) for hour in hours)
    for project in (PROJECT_ID, DOCS_PROJECT_ID):
        was, now = ({one["id"]: one for one in service.feedback[project].listed()} for service in (earlier, later))
        assert was.keys() <= now.keys()
        assert all(moment_of(one) > monday for name, one in now.items() if name not in was)
        for name, record in was.items():
            told = {key for key, value in now[name].items() if record.get(key) != value}
            assert told <= {"status", "resolution_note"}
            assert _STEPS.index(record["status"]) <= _STEPS.index(now[name]["status"])
    rated, since = (service.ratings[PROJECT_ID].listed() for service in (earlier, later))
    assert [one for one in since if one in rated] == rated


def test_the_story_of_another_week_is_another_one_and_the_stored_one_is_let_go(home: Path) -> None:
    this, other = (demo_service(now=END + timedelta(weeks=week)) for week in (0, 1))
    assert not {one["id"] for one in this.feedback[PROJECT_ID].listed()} & {
        one["id"] for one in other.feedback[PROJECT_ID].listed()
    }
    with demo_client() as client:
        client.feedback()
        client.feedback(refresh="never")
        later = datetime.now(UTC) + timedelta(weeks=1)
    with time_machine.travel(later), demo_client() as client, pytest.raises(SnapshotError):
        client.feedback(refresh="never")
    assert (home / "data").exists()


def test_a_replayed_demo_has_a_history_and_a_client_goes_on_with_it(home: Path) -> None:
    loads = list(replay_demo(weeks=3))
    assert len(loads) == 7
    assert loads[0].new > 1_500
    assert loads[0].started < loads[-1].started - timedelta(days=20)
    with demo_client() as client:
        frame, history = client.feedback(refresh="never"), client.history()
        assert frame.height == loads[-1].frame.height
        assert sum(load.changed for load in loads) == history.height > 30
        assert set(history["field"]) == {"status"}
        assert (history["earliest"] < history["latest"]).all()
        answered = lifecycle.times(frame, history, to="response").row(0, named=True)
        assert answered["n"] > answered["reached"] > 0
        client.feedback(refresh="full")
    assert (home / "data").exists()
