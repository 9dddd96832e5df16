"""What this machine knew at a past moment: the frame of each load, row for row, and what is not known said."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
import time_machine

from seggwat_nb.schema import FEEDBACK, HISTORY, UTC_TIME
from seggwat_nb.source.manifest import Facts
from seggwat_nb.source.past import changes_known, roll_back
from seggwat_nb.source.readings import READINGS
from seggwat_nb.source.snapshots import Store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC).replace(microsecond=0)
STATUSES = ["New", "Active", "Resolved", "Closed"]


def newest_first(rows: dict[str, dict[str, object]]) -> pl.DataFrame:
    frame = pl.DataFrame(list(rows.values()), schema=FEEDBACK)
    return frame.sort("created_at", "id", descending=[True, False])


def row(item: str, chance: random.Random) -> dict[str, object]:
    created = NOW - timedelta(hours=chance.randrange(40), days=2)
    return dict.fromkeys(FEEDBACK) | {
        "id": item, "project_id": "p", "message": f"{item} {chance.random()}", "status": "New", "archived": False,
        "created_at": created,
    }  # fmt: skip


def facts(moment: datetime) -> Facts:
    return Facts(total=1, started=moment, finished=moment + timedelta(seconds=5), requests=1, set_aside=())


class List:
    """A list that changes by chance, and what its loads returned."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.chance = store, random.Random(seed)
        self.rows = {item: row(item, self.chance) for item in (f"i{n}" for n in range(self.chance.randrange(6)))}
        self.away: dict[str, dict[str, object]] = {}
        self.returned: list[tuple[datetime, pl.DataFrame, pl.DataFrame]] = []

    def change(self, step: int) -> None:
        for item in [*self.rows]:
            match self.chance.randrange(6):
                case 0:
                    self.rows[item] = self.rows[item] | {"status": self.chance.choice(STATUSES)}
                case 1:
                    self.rows[item] |= {"message": f"edited {step}", "resolution_note": f"note {step}"}
                case 2:
                    self.away[item] = self.rows.pop(item)
        for item in [one for one in self.away if self.chance.random() < 0.3]:
            self.rows[item] = self.away.pop(item) | {"status": self.chance.choice(STATUSES)}
        for number in range(self.chance.randrange(3)):
            self.rows[f"new{step}-{number}"] = row(f"new{step}-{number}", self.chance)

    def load(self, moment: datetime, before: set[str], *, whole: bool) -> None:
        frame, readings, missed = newest_first(self.rows), None, None
        if not whole:  # A refresh names what it has read and missed.
            asked, shown = pl.lit(moment, UTC_TIME), pl.lit(moment + timedelta(seconds=1), UTC_TIME)
            readings = frame.select("id", asked_at=asked, shown_at=shown)
            gone = pl.DataFrame({"id": sorted(before - set(self.rows))}, schema={"id": pl.String})
            missed = gone.with_columns(asked_at=asked, shown_at=shown).match_to_schema(READINGS)
        self.store.write(frame, facts(moment), readings=readings, missed=missed)
        self.returned.append((moment, frame, self.store.history()))

    def update(self, moment: datetime) -> None:
        chosen = self.chance.choice(sorted(self.rows))
        self.rows[chosen] = self.rows[chosen] | {"status": "Hold"}
        with time_machine.travel(moment, tick=False):
            self.store.replace(newest_first({chosen: self.rows[chosen]}), asked=moment)
        self.returned.append((moment, newest_first(self.rows), self.store.history()))


@pytest.mark.parametrize(
    "seeds", [range(8), pytest.param(range(8, 208), marks=pytest.mark.campaign)], ids=["some", "many"]
)
def test_the_frame_as_of_each_load_is_the_one_that_was_returned_then(tmp_path: Path, seeds: range) -> None:
    loads = 0
    for seed in seeds:
        store = Store(tmp_path / str(seed), "feedback", FEEDBACK)
        items = List(store, seed)
        for step in range(items.chance.randint(2, 7)):
            moment, before = NOW - timedelta(hours=30 - 4 * step), set(items.rows)
            items.change(step)
            items.load(moment, before, whole=not step or items.chance.random() < 0.5)
            if items.rows and items.chance.random() < 0.3:
                items.update(moment + timedelta(hours=1))
        for moment, frame, history in items.returned:
            for later in (timedelta(0), timedelta(minutes=59)):
                found = store.as_of(moment + later)
                assert found is not None
                assert found[1]
                assert found[0].drop("known_from").equals(frame), (seed, moment)
                assert changes_known(store, moment + later).equals(history), (seed, moment)
        loads += len(items.returned)
        assert store.as_of(items.returned[0][0] - timedelta(seconds=1)) is None
    print(f"{len(seeds)} histories, {loads} loads and changes, each frame as it was")


def test_versions_are_kept_as_long_as_rows_that_have_gone_and_forgotten_with_them(tmp_path: Path) -> None:
    chance = random.Random(1)
    rows = {item: row(item, chance) for item in ("a", "b")}
    store = Store(tmp_path / "p", "feedback", FEEDBACK, keep_gone=timedelta(days=10))
    first, second, third = (NOW - timedelta(days=days) for days in (30, 20, 5))
    store.write(newest_first(rows), facts(first))
    edited = {"a": rows["a"] | {"message": "by ann@example.org"}, "b": rows["b"]}
    store.write(newest_first(edited), facts(second))
    store.write(newest_first({"a": rows["a"]}), facts(third))
    assert (store.as_of(third) or (None, False))[1]
    early = store.as_of(first)
    assert early is not None
    assert not early[1]  # What was edited 20 days ago is not kept any more.
    at = store.as_of(second)
    assert at is not None
    assert at[1]
    assert "by ann@example.org" in at[0]["message"].to_list()
    assert store.ids_of(column="submitted_by", value="ann@example.org") == {"a"}
    assert store.forget(column="submitted_by", value="ann@example.org")[0] == 1
    assert b"ann@" not in b"".join(path.read_bytes() for path in (tmp_path / "p").iterdir() if path.is_file())
    (left,) = [found[0]["id"].to_list() for found in [store.as_of(second)] if found]
    assert left == ["b"]


def test_a_store_of_an_earlier_version_begins_to_keep_them_and_a_damaged_file_does_not_stop_it(tmp_path: Path) -> None:
    chance = random.Random(2)
    rows = {item: row(item, chance) for item in ("a", "b")}
    store = Store(tmp_path / "p", "feedback", FEEDBACK)
    first, second, third = (NOW - timedelta(hours=hours) for hours in (3, 2, 1))
    manifest = store.write(newest_first(rows), facts(first)).manifest
    old = {name: value for name, value in json.loads(manifest.to_json()).items() if not name.startswith("versions")}
    (tmp_path / "p" / "feedback.json").write_text(json.dumps(old))
    store.write(newest_first({"a": rows["a"] | {"status": "Closed"}}), facts(second))
    at_first, at_second = store.as_of(first), store.as_of(second)
    assert at_first is not None
    assert at_second is not None
    assert not at_first[1]
    assert set(at_first[0]["id"]) == {"a", "b"}
    assert at_second[0]["id"].to_list() == ["a"]
    (damaged,) = (tmp_path / "p").glob("versions-feedback-*.parquet")
    damaged.write_bytes(b"x")
    with pytest.warns(UserWarning, match="stored earlier versions of feedback .* were damaged"):
        store.write(newest_first({"a": rows["a"]}), facts(third))
    at_third = store.as_of(datetime.now(UTC))
    assert at_third is not None
    assert at_third[0]["status"].to_list() == ["New"]


def test_without_versions_statuses_are_those_of_the_history_and_rows_say_so() -> None:
    moment = NOW - timedelta(days=5)
    items = {name: row(name, random.Random(3)) | {"created_at": NOW - timedelta(days=9)} for name in "abcd"}
    items["a"] |= {"status": "Closed"}
    items["d"] |= {"created_at": NOW - timedelta(days=1)}
    rows = newest_first(items).with_columns(known_from=pl.lit(None, UTC_TIME))
    history = pl.DataFrame(
        [
            ("a", "p", "status", "New", "Active", moment - timedelta(days=2), moment - timedelta(days=1)),
            ("a", "p", "status", "Active", "Closed", moment, moment + timedelta(days=1)),
            ("a", "p", "status", "Closed", "New", moment, moment + timedelta(days=2)),
            ("b", "p", "type", "Bug", "Praise", moment, moment + timedelta(days=1)),
            ("c", "p", "archived", "true", "false", moment, moment + timedelta(days=1)),
        ],
        schema=HISTORY,
        orient="row",
    )
    found = roll_back(rows, history, moment)
    assert found.select("id", "status", "type", "is_known").rows() == [
        ("a", "Active", None, False),
        ("b", "New", "Bug", False),
    ]
    assert found.columns == [*FEEDBACK, "is_known"]
