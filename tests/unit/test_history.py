"""What changed between two loads, and between which moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.schema import HISTORY, RATINGS, UTC_TIME
from seggwat_nb.source.changelog import changes

MONDAY, TUESDAY, WEDNESDAY = (datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3, 4))
COLUMNS = {"id": pl.String, "project_id": pl.String, "status": pl.String, "type": pl.String, "message": pl.String}
AFTER = pl.Schema({**COLUMNS, "archived": pl.Boolean})
BEFORE = pl.Schema({**AFTER, "read_at": UTC_TIME, "gone_at": UTC_TIME})


def row(row_id: str, **fields: Any) -> dict[str, Any]:
    plain = {"project_id": "p", "status": "New", "type": "Bug", "message": "m", "archived": False}
    return {"id": row_id, **plain, "read_at": MONDAY, "gone_at": None, **fields}


def found(
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    *,
    full_as_of: datetime | None = None,
) -> list[tuple[Any, ...]]:
    """Find the changes between two loads, the later of which has read every row by Wednesday."""
    later = pl.DataFrame([{name: one[name] for name in AFTER} for one in after], schema=AFTER)
    earlier = pl.DataFrame(before, schema=BEFORE)
    shown_at = pl.lit(WEDNESDAY, dtype=UTC_TIME)
    missed = (
        earlier.filter(pl.col("gone_at").is_null()).join(later, on="id", how="anti").select("id", shown_at=shown_at)
    )
    frame = changes(earlier, later.with_columns(shown_at=shown_at), missed, full_as_of=full_as_of)
    assert frame.schema == HISTORY
    assert frame["latest"].eq(WEDNESDAY).all()
    return frame.drop("project_id", "latest").rows()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({}, {"status": "Closed"}, [("a", "status", "New", "Closed", MONDAY)]),
        ({"read_at": TUESDAY}, {"status": None}, [("a", "status", "New", None, TUESDAY)]),
        ({}, {"type": "Praise"}, [("a", "type", "Bug", "Praise", MONDAY)]),
        ({}, {"message": "other"}, [("a", "message", None, None, MONDAY)]),
        ({"message": None}, {}, [("a", "message", None, None, MONDAY)]),
        ({"read_at": WEDNESDAY}, {"message": "other"}, [("a", "message", None, None, WEDNESDAY)]),
        ({"gone_at": MONDAY}, {}, [("a", "archived", "true", "false", MONDAY)]),
        (
            {"gone_at": TUESDAY},
            {"status": "Hold"},
            [("a", "archived", "true", "false", TUESDAY), ("a", "status", "New", "Hold", MONDAY)],
        ),
    ],
)
def test_a_change_lies_between_the_last_moment_of_the_old_value_and_the_first_of_the_new(
    before: dict[str, Any], after: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    assert found([row("a", **before)], [row("a", **{"message": "m", **after})]) == expected


def test_what_left_counts_as_archived_and_what_is_new_is_no_change() -> None:
    before = [row("a"), row("b"), row("gone", gone_at=MONDAY)]
    assert found(before, [row("b"), row("c")]) == [("a", "archived", "false", "true", MONDAY)]


def test_what_a_full_load_still_missed_had_not_come_back_by_then() -> None:
    expected = [("a", "archived", "true", "false", TUESDAY)]
    assert found([row("a", gone_at=MONDAY)], [row("a")], full_as_of=TUESDAY) == expected
    assert found([row("a", gone_at=TUESDAY)], [row("a")], full_as_of=MONDAY) == expected


def test_a_clock_that_was_set_back_gives_no_interval_that_ends_before_it_begins() -> None:
    late = WEDNESDAY + timedelta(days=3)
    ((*_, earliest),) = found([row("a", read_at=late)], [row("a", status="Hold")])
    assert earliest == WEDNESDAY


def test_ratings_have_no_status_and_only_come_and_go() -> None:
    empty = RATINGS.to_frame()
    before = pl.DataFrame({**{key: [None] for key in RATINGS}, "id": ["r"]}, schema=RATINGS).with_columns(
        read_at=pl.lit(MONDAY, dtype=UTC_TIME), gone_at=pl.lit(None, dtype=UTC_TIME)
    )
    shown_at = pl.lit(TUESDAY, dtype=UTC_TIME)
    frame = changes(before, empty.with_columns(shown_at=shown_at), before.select("id", shown_at=shown_at))
    assert frame.select("id", "field", "new").rows() == [("r", "archived", "true")]


STATES = st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["New", "Active", "Closed"])), max_size=6)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(states=STATES)
def test_the_changes_told_one_after_the_other_lead_from_the_first_load_to_the_last(
    states: list[dict[str, str]],
) -> None:
    """Whoever replays the history arrives at what is there now."""
    stored: dict[str, dict[str, Any]] = {}
    replayed: dict[str, dict[str, Any]] = {}
    for number, state in enumerate(states):
        moment = MONDAY + timedelta(days=number)
        after = [row(row_id, status=status) for row_id, status in state.items()]
        for row_id, field, old, new, _ in found(list(stored.values()), after):
            known = replayed[row_id]
            assert str(known[field]).lower() == old.lower()
            known[field] = new
        for row_id, status in state.items():
            replayed.setdefault(row_id, {"status": status, "archived": "false"})
        kept = {row_id: {**one, "gone_at": one["gone_at"] or moment} for row_id, one in stored.items()}
        stored = kept | {one["id"]: one for one in after}
    live = {row_id: one["status"] for row_id, one in stored.items() if one["gone_at"] is None}
    assert {row_id: one["status"] for row_id, one in replayed.items() if one["archived"] == "false"} == live
