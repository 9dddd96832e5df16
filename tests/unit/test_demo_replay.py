"""The demo's past: it ends in the story, and what loads see of it is a history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from seggwat_nb import lifecycle
from seggwat_nb.demo import SEED
from seggwat_nb.demo.plans import Edit, Insert
from seggwat_nb.demo.replay import past
from seggwat_nb.demo.state import moment_of
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.loader import demo_client, replay_demo

if TYPE_CHECKING:
    from pathlib import Path

END = datetime(2026, 11, 18, 15, tzinfo=UTC)


def test_the_past_ends_where_the_story_ends() -> None:
    story = shop_feedback(seed=SEED, end=END, project_id="p")
    known: dict[str, dict[str, Any]] = {}
    moments = []
    for moment, changes in past(story, weeks=6, end=END):
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
