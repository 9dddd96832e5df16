"""Snapshots: atomic, verified, private."""

from __future__ import annotations

import os
import random
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from filelock import FileLock

from seggwat_nb.errors import LockedError
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.source import store as store_module
from seggwat_nb.source.store import Facts, Store

if TYPE_CHECKING:
    from pathlib import Path

STARTED = datetime(2026, 3, 1, 10, tzinfo=UTC)
FACTS = Facts(
    total=2,
    started=STARTED,
    finished=STARTED + timedelta(minutes=5),
    requests=3,
    ghosts=0,
    late=0,
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
    manifest = store.write(frame_of("a", "b"), FACTS)
    snapshot = store.read()
    assert snapshot is not None
    assert snapshot.frame.equals(frame_of("a", "b"))
    assert snapshot.manifest == manifest == store.manifest()
    assert (manifest.rows, manifest.facts) == (2, FACTS)


def test_only_the_last_snapshot_is_kept_and_only_its_owner_may_read_it(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a"), FACTS)
    store.write(frame_of("b"), FACTS)
    folder = tmp_path / "project"
    assert len(list(folder.glob("*.parquet"))) == 1
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
        (path,) = folder.glob("*.parquet")
        content = bytearray(path.read_bytes())
        bit = random.Random(seed).randrange(len(content) * 8)
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        with pytest.warns(UserWarning, match="digest does not hold"):
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


def test_a_snapshot_of_another_version_is_fetched_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write(frame_of("a"), FACTS)
    monkeypatch.setattr(store_module, "SCHEMA_VERSION", 2)
    assert store.read() is None


def test_rows_that_have_gone_from_disk_are_told(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a"), FACTS)
    for path in (tmp_path / "project").glob("*.parquet"):
        path.unlink()
    with pytest.warns(UserWarning, match="rows cannot be read"):
        assert store.read() is None


def test_a_writer_that_does_not_finish_is_a_named_error(store: Store, tmp_path: Path) -> None:
    store.write(frame_of("a"), FACTS)
    with FileLock(tmp_path / "project" / ".feedback.lock"), pytest.raises(LockedError, match="Another program"):  # noqa: SIM117
        with store.locked(seconds=0):
            pass


@pytest.mark.parametrize("crash_at", range(12))
def test_a_crash_at_any_write_leaves_the_old_or_the_new(
    store: Store, tmp_path: Path, crash_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert snapshot.frame["id"].to_list() in ([["old"], ["new"]] if crashed else [["new"]])
    store.write(frame_of("next"), FACTS)
    assert not list((tmp_path / "project").glob(".*.part"))
