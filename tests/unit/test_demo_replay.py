"""The demo's past: it ends in the story, and what loads see of it is a history."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb import lifecycle
from seggwat_nb.client import Client
from seggwat_nb.demo import DOCS_PROJECT_ID, SEED, demo_service, week_of
from seggwat_nb.demo.plans import Edit, Insert
from seggwat_nb.demo.replay import load_moments, past
from seggwat_nb.demo.server import PROJECT_ID, DemoServer, single_project
from seggwat_nb.demo.state import moment_of
from seggwat_nb.demo.story import as_of, shop_feedback
from seggwat_nb.demo_client import demo_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STEPS = ("New", "Active", "Assigned", "Hold", "Snoozed", "Resolved", "Closed")
"""Statuses in an order that no item goes back in."""

END = datetime(2026, 11, 18, 15, tzinfo=UTC)


def test_the_past_is_what_loads_at_these_moments_see(home: Path) -> None:
    """Real loads of a server that is taken through the story write the same history, and end with the same rows."""
    story = shop_feedback(seed=SEED, end=END, project_id=PROJECT_ID)
    moments = load_moments(last=END - timedelta(days=2), weeks=3)
    known: dict[str, dict[str, Any]] = {}
    with (
        DemoServer(single_project([])) as server,
        Client(api_key=server.token, project_id=PROJECT_ID, base_url=server.url, requests_per_minute=0) as client,
    ):
        for moment in moments:
            for record in as_of(story, moment, end=END):
                was, rows = known.get(record["id"]), server.service.feedback[PROJECT_ID]
                if was is None:
                    rows.change(Insert(record))
                elif was != record:
                    rows.change(Edit(record["id"], record))
                known[record["id"]] = record
            with time_machine.travel(moment, tick=False):
                client.feedback(refresh="full")
        history, stored = client.history(), client.feedback(refresh="never")

    seen = past(story, moments, end=END)

    assert seen.moment == moments[-1]
    assert {record["id"]: record for record in seen.records} == known
    assert stored.height == len(known) > 1_500
    columns = ("id", "project_id", "field", "old", "new", "earliest", "latest")
    ours = pl.DataFrame(seen.changes, schema=history.schema)
    assert history.height > 30
    assert ours.select(columns).sort("latest", "id").equals(history.select(columns).sort("latest", "id"))
    assert (home / "data").exists()


@settings(max_examples=6, deadline=None, derandomize=True, database=None)
@given(st.tuples(*[st.floats(0, 167)] * 2).map(sorted))
def test_two_moments_of_a_week_tell_one_story(hours: list[float]) -> None:
    monday, _ = week_of(END)
    earlier, later = (demo_service(now=monday + timedelta(hours=hour)) for hour in hours)
    for project in (PROJECT_ID, DOCS_PROJECT_ID):
        was, now = (
            {one["id"]: one for one in service.feedback[project].list_records()} for service in (earlier, later)
        )
        assert was.keys() <= now.keys()
        assert all(moment_of(one) > monday for name, one in now.items() if name not in was)
        for name, record in was.items():
            told = {key for key, value in now[name].items() if record.get(key) != value}
            assert told <= {"status", "resolution_note"}
            assert _STEPS.index(record["status"]) <= _STEPS.index(now[name]["status"])
    rated, since = (service.ratings[PROJECT_ID].list_records() for service in (earlier, later))
    assert [one for one in since if one in rated] == rated


def test_the_story_of_another_week_is_another_one_and_the_stored_one_is_let_go(home: Path) -> None:
    this, other = (demo_service(now=END + timedelta(weeks=week)) for week in (0, 1))
    assert not {one["id"] for one in this.feedback[PROJECT_ID].list_records()} & {
        one["id"] for one in other.feedback[PROJECT_ID].list_records()
    }
    with demo_client() as client:
        first = client.feedback()
        later = datetime.now(UTC) + timedelta(weeks=1)
    with time_machine.travel(later), demo_client() as client:
        assert not set(client.feedback(refresh="never")["id"]) & set(first["id"])
        assert not set(client.history()["id"]) & set(first["id"])
    assert (home / "data").exists()


@pytest.mark.parametrize("hour", [0, 1, 47, 49, 167])
def test_the_demo_arrives_with_a_history_and_the_first_load_goes_on_with_it(home: Path, hour: int) -> None:
    monday, _ = week_of(END)
    now = monday + timedelta(hours=hour)
    with time_machine.travel(now, tick=False), demo_client_of(now) as client:
        stored, history = client.feedback(refresh="never"), client.history()
        assert client.last_load is not None
        assert now - timedelta(days=2) <= client.last_load.as_of <= now
        assert history.height > 200
        assert set(history["field"]) == {"status"}
        assert (history["earliest"] < history["latest"]).all()
        assert history["latest"].max() <= now  # type: ignore[operator]  # a moment
        frame = client.feedback(refresh="full")
        assert frame.join(stored, on="id", how="semi").height == stored.height
        answered = lifecycle.times(frame, client.history(), to="response").row(0, named=True)
        assert answered["n"] > answered["reached"] > 100
    assert (home / "data").exists()


def test_what_is_stored_of_the_demo_is_not_begun_anew() -> None:
    with demo_client() as client:
        client.feedback(refresh="full")
        item = client.feedback()["id"][0]
        client.update(item, status="Closed")
        history = client.history()
        assert history.filter(id=item)["new"].last() == "Closed"
    with demo_client() as client:
        assert client.history().equals(history)
        assert client.feedback(refresh="never").filter(id=item)["status"].item() == "Closed"


def test_a_demo_whose_history_cannot_be_stored_works_without(home: Path) -> None:
    (home / "data").write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="could not be stored"), demo_client() as client:
        assert client.feedback().height > 1_500


@contextmanager
def demo_client_of(now: datetime) -> Iterator[Client]:
    """A client of the demo as it is at a moment; the process's own server stays as it is."""
    with pytest.MonkeyPatch.context() as patch, DemoServer(demo_service(now=now)) as server:
        patch.setattr("seggwat_nb.demo.start", lambda: server)
        with demo_client() as client:
            yield client
