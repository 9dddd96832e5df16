"""Snapshots: atomic, verified, private."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import stat
import warnings
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import LockedError
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.source import snapshots as store_module
from seggwat_nb.source.manifest import Facts, Snapshot
from seggwat_nb.source.snapshots import Store

if TYPE_CHECKING:
    from pathlib import Path

STARTED = datetime(2026, 3, 1, 10, tzinfo=UTC)
FACTS = Facts(
    total=2,
    started=STARTED,
    finished=STARTED + timedelta(minutes=5),
    requests=3,
    removed_during=0,
    inserted_during=0,
    set_aside=('{"id": null}',),
)


def frame_of(*ids: str) -> pl.DataFrame:
    rows = {name: [None] * len(ids) for name in FEEDBACK} | {"id": list(ids), "message": [f"message {i}" for i in ids]}
    return pl.DataFrame(rows, schema=FEEDBACK)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "project", "feedback", FEEDBACK)


def test_what_is_written_is_read_again(store: Store) -> None:
    assert store.read() is None
    manifest = store.write(frame_of("a", "b"), FACTS).manifest
    snapshot = store.read()
    assert snapshot is not None
    assert snapshot.frame.equals(frame_of("a", "b"))
    assert snapshot.manifest == manifest == store.manifest()
    assert (manifest.rows, manifest.facts) == (2, FACTS)


def test_only_the_last_snapshot_is_kept_and_only_its_owner_may_read_it(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a"), FACTS)
    store.write(frame_of("b"), FACTS)
    folder = tmp_path / "project"
    assert len(list(folder.glob("feedback-*.parquet"))) == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_two_lists_do_not_disturb_each_other(tmp_path: Path) -> None:
    feedback, ratings = Store(tmp_path, "feedback", FEEDBACK), Store(tmp_path, "ratings", FEEDBACK)
    feedback.write(frame_of("a"), FACTS)
    ratings.write(frame_of("b"), FACTS)
    first, second = feedback.read(), ratings.read()
    assert first is not None
    assert second is not None
    assert (first.frame["id"][0], second.frame["id"][0]) == ("a", "b")


@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_is_never_served(store: Store, tmp_path: Path, seed: int) -> None:
    silent_errors, tried = flip_bits(store, tmp_path / "project", range(seed, seed + 1))
    assert (silent_errors, tried) == (0, 1)


@pytest.mark.campaign
def test_campaign_of_flipped_bits(store: Store, tmp_path: Path) -> None:
    silent_errors, tried = flip_bits(store, tmp_path / "project", range(200))
    print(f"\n{tried} bits flipped in the snapshot's files: wrong rows in silence {silent_errors}")
    assert (silent_errors, tried) == (0, 200)


def flip_bits(store: Store, folder: Path, seeds: range) -> tuple[int, int]:
    """Flip one bit of the Parquet file a seed; count the times that other rows came back."""
    truth = frame_of(*map(str, range(200)))
    silent_errors = 0
    for seed in seeds:
        store.write(truth, FACTS)
        (path,) = folder.glob("feedback-*.parquet")
        content = bytearray(path.read_bytes())
        bit = random.Random(seed).randrange(len(content) * 8)
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        with pytest.warns(UserWarning, match="checksum does not match"):
            silent_errors += store.read() is not None
    return silent_errors, len(seeds)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"schema_version": 1}', b"\xff\xfe"])
def test_a_damaged_manifest_is_told_and_not_trusted(store: Store, tmp_path: Path, damage: bytes) -> None:
    store.write(frame_of("a"), FACTS)
    (tmp_path / "project" / "feedback.json").write_bytes(damage)
    with pytest.warns(UserWarning, match="manifest cannot be read"):
        assert store.read() is None
    store.write(frame_of("b"), FACTS)
    assert store.read() is not None


def as_version_3(folder: Path) -> dict[str, bytes]:
    """Rewrite a snapshot as a version to come may write it: other fields, other columns; gives its files."""
    manifest = json.loads((folder / "feedback.json").read_text())
    (path,) = folder.glob("history-feedback-*.parquet")
    buffer = io.BytesIO()
    pl.read_parquet(path).with_columns(by=pl.lit("me")).write_parquet(buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (folder / f"history-feedback-{digest[:32]}.parquet").write_bytes(buffer.getvalue())
    path.unlink()
    (folder / "feedback.json").write_text(
        json.dumps({"schema_version": 4, "rows_in": manifest["sha256"], "changes_in": digest})
    )
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_a_snapshot_of_a_newer_version_is_told_and_kept_aside(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    store.write(frame_of("a", "b"), FACTS)
    store.write(frame_of("a"), FACTS)
    changes = store.history()
    newer = as_version_3(folder)
    with pytest.warns(UserWarning, match=r"newer version of seggwat-nb wrote it \(format 4.* reads up to 3\)"):
        assert store.read() is None
    store.write(frame_of("c"), FACTS)
    (aside,) = folder.glob("feedback-of-newer-version-*")
    assert {path.name: path.read_bytes() for path in aside.iterdir()} == newer
    assert len(list(folder.glob("*.parquet"))) == 2
    snapshot = store.read()
    assert snapshot is not None
    assert snapshot.frame["id"].to_list() == ["c"]
    assert store.history().equals(changes)


def test_a_crash_while_a_newer_version_is_replaced_loses_none_of_its_files(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    for at in range(7):
        shutil.rmtree(folder, ignore_errors=True)
        store.write(frame_of("a", "b"), FACTS)
        store.write(frame_of("a"), FACTS)
        newer = as_version_3(folder)
        moves, real = count(), os.replace

        def crashing(*paths: Any, at: int = at, moves: Any = moves, real: Any = real) -> None:
            if next(moves) == at:
                raise ZeroDivisionError
            real(*paths)

        with pytest.MonkeyPatch.context() as patch, suppress(ZeroDivisionError):
            patch.setattr(os, "replace", crashing)
            store.write(frame_of("c"), FACTS)
        store.write(frame_of("c"), FACTS)
        (aside,) = folder.glob("feedback-of-newer-version-*")
        assert newer.items() <= {path.name: path.read_bytes() for path in aside.iterdir()}.items()
        assert store.history()["id"].to_list() == ["b"]


MOMENTS = st.sampled_from(
    ["2026-03-01T10:00:00", "2026-03-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
_REMOVED = object()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | MOMENTS | st.just("f" * 64),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


ALTERATIONS = st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.just(_REMOVED) | VALUES), min_size=1, max_size=3)


def altered(manifest: bytes, alterations: list[tuple[bool, int, object]]) -> bytes:
    """Change or remove fields of a manifest or of its facts."""
    fields = json.loads(manifest)
    for in_facts, number, value in alterations:
        facts = fields.get("facts")
        part = facts if in_facts and isinstance(facts, dict) else fields
        names = [*part, "new"]
        name = names[number % len(names)]
        if value is _REMOVED:
            part.pop(name, None)
        else:
            part[name] = value
    return json.dumps(fields).encode()


def read_and_told(store: Store) -> Snapshot | None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        snapshot = store.read()
        store.history()
    assert bool(told) or snapshot is not None
    return snapshot


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(alterations=ALTERATIONS)
def test_an_altered_manifest_is_read_or_told(
    store: Store, tmp_path: Path, alterations: list[tuple[bool, int, object]]
) -> None:
    place = tmp_path / "project" / "feedback.json"
    if not place.exists():
        store.write(frame_of("a", "b"), FACTS)
        store.write(frame_of("a"), FACTS)
        place.with_suffix(".kept").write_bytes(place.read_bytes())
    place.write_bytes(altered(place.with_suffix(".kept").read_bytes(), alterations))
    snapshot = read_and_told(store)
    if snapshot is not None:
        facts = snapshot.manifest.facts
        assert snapshot.frame.equals(frame_of("a"))
        assert facts.started.tzinfo is facts.finished.tzinfo is facts.last_full.tzinfo is UTC


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(alterations=ALTERATIONS)
@pytest.mark.filterwarnings("ignore:The stored")
def test_an_altered_manifest_is_written_over_and_forgotten(
    store: Store, tmp_path: Path, alterations: list[tuple[bool, int, object]]
) -> None:
    place = tmp_path / "project" / "feedback.json"
    store.write(frame_of("a", "b"), FACTS)
    for act in (
        lambda: store.replace(frame_of("a"), asked=datetime.now(UTC)),
        lambda: store.write(frame_of("c"), replace(FACTS, started=datetime.now(UTC))),
        lambda: store.forget(column="id", value="c"),
    ):
        if place.exists():
            place.write_bytes(altered(place.read_bytes(), alterations))
        act()


def test_rows_that_have_gone_from_disk_are_told(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a"), FACTS)
    for path in (tmp_path / "project").glob("*.parquet"):
        path.unlink()
    with pytest.warns(UserWarning, match="rows cannot be read"):
        assert store.read() is None


def test_a_writer_that_does_not_finish_is_a_named_error(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(frame_of("a"), FACTS)
    monkeypatch.setattr(store_module, "_LOCK_SECONDS", 0)
    with FileLock(tmp_path / "project" / ".feedback.lock"), pytest.raises(LockedError, match="Another program"):
        store.write(frame_of("b"), FACTS)


@pytest.mark.parametrize("crash_at", range(20))
def test_a_crash_at_any_write_leaves_rows_and_changes_that_agree(
    store: Store, tmp_path: Path, crash_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(frame_of("old"), FACTS)
    store.write(frame_of("old", "older"), FACTS)
    store.write(frame_of("old"), FACTS)
    count = 0

    def crashing(real: Any) -> Any:
        def act(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == crash_at + 1:
                raise MemoryError
            return real(*args, **kwargs)

        return act

    with monkeypatch.context() as patched:
        for owner, name in ((os, "fdopen"), (os, "fsync"), (os, "replace"), (os, "unlink")):
            patched.setattr(owner, name, crashing(getattr(owner, name)))
        crashed = False
        try:
            store.write(frame_of("new"), FACTS)
        except MemoryError:
            crashed = True
    snapshot = store.read()
    assert snapshot is not None
    found = snapshot.frame["id"].to_list(), store.history()["id"].to_list()
    before, after = (["old"], ["older"]), (["new"], ["older", "old"])
    assert found in ([before, after] if crashed else [after])
    store.write(frame_of("next"), FACTS)
    assert store.history()["id"].to_list()[:1] == ["older"]
    assert not list((tmp_path / "project").glob(".*.part"))
    assert len(list((tmp_path / "project").glob("*.parquet"))) == 3


def test_rows_that_have_gone_are_kept_aside_for_a_while(store: Store) -> None:
    later = replace(FACTS, started=STARTED + timedelta(days=1), finished=STARTED + timedelta(days=1))
    store.write(frame_of("a", "b"), FACTS)
    written = store.write(frame_of("b", "c"), later)
    assert (written.new, written.changed, written.gone, written.manifest.rows) == (1, 0, 1, 2)
    snapshot = store.read()
    assert snapshot is not None
    assert snapshot.frame["id"].to_list() == ["b", "c"]
    assert snapshot.gone.select("id", "gone_at").rows() == [("a", later.started)]
    for days in (20, 32):
        much_later = replace(FACTS, started=STARTED + timedelta(days=days), finished=STARTED + timedelta(days=days))
        store.write(frame_of("b", "c"), much_later)
    snapshot = store.read()
    assert snapshot is not None
    assert snapshot.gone.is_empty()
    assert store.history()["id"].to_list() == ["a"]


def test_a_row_that_comes_back_is_no_more_aside(store: Store) -> None:
    for ids in ("ab", "b", "ab"):
        store.write(frame_of(*ids), FACTS)
    snapshot = store.read()
    assert snapshot is not None
    assert snapshot.gone.is_empty()
    assert store.history().select("id", "field", "old", "new").rows() == [
        ("a", "archived", "false", "true"),
        ("a", "archived", "true", "false"),
    ]


def as_version_1(folder: Path) -> None:
    """Rewrite a snapshot as the first version of the package wrote it."""
    manifest = json.loads((folder / "feedback.json").read_text())
    (path,) = folder.glob("feedback-*.parquet")
    buffer = io.BytesIO()
    pl.read_parquet(path).drop("read_at", "gone_at").write_parquet(buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (folder / f"feedback-{digest[:32]}.parquet").write_bytes(buffer.getvalue())
    path.unlink()
    del manifest["history"]
    for name in ("full_as_of", "claims", "status_as_of", "open_as_of", "has_counts", "stand_ins", "copies"):
        del manifest["facts"][name]
    (folder / "feedback.json").write_text(json.dumps(manifest | {"schema_version": 1, "sha256": digest}))


def test_a_snapshot_of_the_first_version_is_read_and_goes_on(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a", "b"), FACTS)
    as_version_1(tmp_path / "project")
    snapshot = store.read()
    assert snapshot is not None
    assert snapshot.frame.equals(frame_of("a", "b"))
    assert (snapshot.manifest.schema_version, snapshot.manifest.facts.last_full) == (1, STARTED)
    assert store.history().is_empty()
    store.write(frame_of("b"), FACTS)
    assert store.history()["earliest"].to_list() == [STARTED]


@pytest.mark.parametrize("damage", [b"", b"{", None])
def test_the_history_outlives_the_manifest_and_the_rows(store: Store, tmp_path: Path, damage: bytes | None) -> None:
    folder = tmp_path / "project"
    store.write(frame_of("a", "b"), FACTS)
    store.write(frame_of("a"), FACTS)
    if damage is None:
        next(folder.glob("feedback-*.parquet")).write_bytes(b"")
    else:
        (folder / "feedback.json").write_bytes(damage)
    store.write(frame_of("c"), FACTS)
    assert store.history()["id"].to_list() == ["b"]
    store.write(frame_of("d"), FACTS)
    assert store.history()["id"].to_list() == ["b", "c"]


def test_a_history_that_was_deleted_is_not_said_to_be_kept(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a", "b"), FACTS)
    store.write(frame_of("a"), FACTS)
    (path,) = (tmp_path / "project").glob("history-*.parquet")
    path.unlink()
    with pytest.warns(UserWarning, match=r"is missing and was started over\. If you have a backup"):
        assert store.history().is_empty()


def test_a_damaged_history_is_told_and_the_file_is_kept(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a", "b"), FACTS)
    store.write(frame_of("a"), FACTS)
    (path,) = (tmp_path / "project").glob("history-*.parquet")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="was started over"):
        assert store.history().is_empty()
    with pytest.warns(UserWarning, match="was started over"):
        store.write(frame_of("c"), FACTS)
    assert store.history()["id"].to_list() == ["a"]
    assert path.with_suffix(".damaged").exists()


def test_a_slower_load_does_not_undo_a_later_one(store: Store) -> None:
    later = replace(FACTS, started=STARTED + timedelta(minutes=1))
    store.write(frame_of("a", "b"), later)
    store.write(frame_of("a"), FACTS)
    snapshot = store.read()
    assert snapshot is not None
    assert snapshot.frame["id"].to_list() == ["a", "b"]


def test_a_row_that_was_put_while_a_load_ran_is_not_undone_by_it(store: Store) -> None:
    now = datetime.now(UTC)
    store.write(frame_of("a", "b"), replace(FACTS, started=now - timedelta(days=1)))
    store.replace(frame_of("b").with_columns(status=pl.lit("Closed")), asked=datetime.now(UTC))
    store.write(frame_of("a", "b"), replace(FACTS, started=now, finished=now))
    snapshot = store.read()
    assert snapshot is not None
    assert dict(snapshot.frame.select("id", "status").iter_rows()) == {"a": None, "b": "Closed"}
    assert store.history().select("id", "field", "new").rows() == [("b", "status", "Closed")]


def test_what_is_forgotten_is_in_no_file(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a", "bee", "c"), FACTS)
    store.write(frame_of("a", "c"), FACTS)
    assert store.forget(column="id", value="bee") == (1, 1)
    assert store.forget(column="id", value="nobody") == (0, 0)
    assert all(b"bee" not in path.read_bytes() for path in (tmp_path / "project").iterdir())
    snapshot = store.read()
    assert snapshot is not None
    assert (snapshot.frame["id"].to_list(), snapshot.gone.height, store.history().height) == (["a", "c"], 0, 0)


def test_forgetting_reaches_what_cannot_be_read_any_more(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    store.write(frame_of("a", "b"), FACTS)
    store.write(frame_of("a"), FACTS)
    (folder / "feedback.json").write_bytes(b"{")
    assert store.forget(column="id", value="b") == (0, 1)
    assert not list(folder.glob("*.parquet"))


def with_removed_and_earlier_rows(store: Store) -> None:
    """Store a list that lost a row, and had another text in one that is still there."""
    store.write(frame_of("a", "b"), FACTS)
    now = datetime.now(UTC)
    later = replace(FACTS, started=now, finished=now)
    store.write(frame_of("a").with_columns(message=pl.lit("another")), later)


KEPT = r"1 removed row and 2 earlier versions cannot be: the next load keeps the files in (feedback-unusable-\w+)"


@pytest.mark.parametrize("content", [b"{", None])
def test_without_a_manifest_what_cannot_be_fetched_again_is_kept(
    store: Store, tmp_path: Path, content: bytes | None
) -> None:
    folder = tmp_path / "project"
    with_removed_and_earlier_rows(store)
    kept = {path.name: path.read_bytes() for path in folder.glob("*.parquet") if "history" not in path.name}
    if content is None:
        (folder / "feedback.json").unlink()
    else:
        (folder / "feedback.json").write_bytes(content)
    with pytest.warns(UserWarning, match=KEPT):
        assert store.read() is None
    now = datetime.now(UTC)
    store.write(frame_of("a", "c"), replace(FACTS, started=now, finished=now))
    (aside,) = folder.glob("feedback-unusable-*")
    assert kept.items() <= {path.name: path.read_bytes() for path in aside.iterdir()}.items()
    assert store.history().select("id", "field").rows() == [("a", "message"), ("b", "archived")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.read() is not None
    store.forget(column="id", value="b")
    assert not aside.exists()


def test_with_damaged_rows_the_earlier_versions_are_kept(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    with_removed_and_earlier_rows(store)
    (rows,) = folder.glob("feedback-*.parquet")
    rows.write_bytes(rows.read_bytes()[:-1])
    with pytest.warns(UserWarning, match=r"fetched again, but 2 earlier versions cannot be"):
        assert store.read() is None
    store.write(frame_of("a"), FACTS)
    assert len([*folder.glob("feedback-unusable-*/versions-*.parquet")]) == 1


def test_what_can_be_fetched_again_is_not_kept(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a", "b"), FACTS)
    (tmp_path / "project" / "feedback.json").unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.read() is None
        store.write(frame_of("a"), FACTS)
    assert not [*(tmp_path / "project").glob("feedback-unusable-*")]


@pytest.mark.parametrize(("is_there", "told"), [(True, "were damaged or changed"), (False, "are missing")])
def test_unusable_earlier_versions_are_told_and_the_file_is_kept(
    store: Store, tmp_path: Path, is_there: bool, told: str
) -> None:
    with_removed_and_earlier_rows(store)
    (path,) = (tmp_path / "project").glob("versions-*.parquet")
    if is_there:
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.unlink()
    now = datetime.now(UTC)
    with pytest.warns(UserWarning, match=f"stored earlier versions of feedback .* {told} and are started over"):
        store.write(frame_of("a"), replace(FACTS, started=now, finished=now))
    assert path.with_suffix(".damaged").exists() == is_there
    store.forget(column="id", value="nobody")
    assert not path.with_suffix(".damaged").exists()


def test_a_client_is_told_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "project", "feedback", FEEDBACK, warned=set())
    with_removed_and_earlier_rows(store)
    (tmp_path / "project" / "feedback.json").write_bytes(b"{")
    with pytest.warns(UserWarning, match="is not used"):
        assert store.read() is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.read() is None
        assert store.manifest() is None


def test_after_a_long_time_without_a_load_the_next_but_one_removes_what_has_gone(store: Store) -> None:
    store.write(frame_of("a", "b"), FACTS)
    for days, kept in ((1, ["b"]), (100, ["b"]), (101, [])):
        moment = STARTED + timedelta(days=days)
        store.write(frame_of("a"), replace(FACTS, started=moment, finished=moment))
        snapshot = store.read()
        assert snapshot is not None
        assert snapshot.gone["id"].to_list() == kept
