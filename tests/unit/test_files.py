"""Files: private, and whole or not there."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from seggwat_nb.errors import FileError
from seggwat_nb.files import file_errors, private_folder, remove_tree, write_atomically, write_output
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels import presets
from seggwat_nb.share import export, privacy
from seggwat_nb.share.delivery import outbox
from tests.stub_client import StubClient, item

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FRAME = StubClient([item(1)]).feedback()
WRITERS: dict[str, Callable[[Path], object]] = {
    "output": lambda path: write_output(path, b"new"),
    "csv": lambda path: export.export(FRAME, path.with_suffix(".csv")),
    "parquet": lambda path: export.export(FRAME, path.with_suffix(".parquet")),
    "jsonl": lambda path: export.export(FRAME, path.with_suffix(".jsonl")),
    "xlsx": lambda path: export.export(FRAME, path.with_suffix(".xlsx")),
    "share": lambda path: export.share(FRAME, path.with_suffix(".csv"), salt=b"s"),
    "preset": lambda path: presets.save("mine", FeedbackFilter(), path),
    "salt": lambda path: privacy.salt(path.parent),
    "ledger": lambda path: outbox.Ledger(path).learn(["a"]),
}


def test_a_private_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir(mode=0o755)
    assert stat.S_IMODE(private_folder(folder).stat().st_mode) == 0o700
    assert stat.S_IMODE(private_folder(tmp_path / "b" / "c").stat().st_mode) == 0o700


def test_nothing_half_written_is_left_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "folder" / "file"
    private_folder(path.parent)
    write_atomically(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert [(p.name, p.read_bytes()) for p in path.parent.iterdir()] == [("file", b"old")]


def test_what_cannot_be_written_is_a_named_error_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, write in WRITERS.items():
        for number in (errno.ENOSPC, errno.EROFS, errno.EDQUOT):

            def fail(*_: object, number: int = number) -> Any:
                raise OSError(number, os.strerror(number))

            folder = tmp_path / f"{name}-{number}"
            folder.mkdir()
            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", fail)
                with pytest.raises(FileError, match=rf"Could not write .*{os.strerror(number)}"):
                    write(folder / "file.json")
            assert {path.suffix for path in folder.iterdir()} <= {".lock", ".json"}, name
            assert not [path for path in folder.iterdir() if path.name.startswith(".")]
            assert name == "ledger" or not [path for path in folder.iterdir() if path.suffix != ".lock"]


@pytest.mark.parametrize("place", ["/proc/x.csv", "file/x.csv", "folder"])
def test_a_place_where_nothing_can_be_is_a_named_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    with pytest.raises(FileError, match="Choose another file or folder"):
        write_output(tmp_path / place, b"x")


def test_what_a_link_leads_to_is_written_and_keeps_its_permissions(tmp_path: Path) -> None:
    """Teams keep the files beside a notebook in a folder that they share, and link to them."""
    shared = tmp_path / "shared"
    shared.mkdir()
    for name, write in WRITERS.items():
        if name in {"salt", "ledger"}:  # not beside a notebook
            continue
        write(shared / f"{name}.json")
        (target,) = shared.glob(f"{name}.*")
        target.chmod(0o664)
        link = tmp_path / target.name
        link.symlink_to(target)
        before = target.stat().st_ino
        write(link)
        assert link.is_symlink(), name
        assert target.stat().st_ino != before, name
        assert stat.S_IMODE(target.stat().st_mode) == 0o664, name
    (tmp_path / "new.txt").symlink_to(shared / "new.txt")
    write_output(tmp_path / "new.txt", b"x")
    assert (shared / "new.txt").read_bytes() == b"x"
    assert stat.S_IMODE((shared / "new.txt").stat().st_mode) == 0o600


def test_a_lock_that_another_holds_stays_what_it_is() -> None:
    with pytest.raises(TimeoutError), file_errors("x", "y"):
        raise TimeoutError


def test_a_tree_is_removed_but_for_what_links_lead_to(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "mine").touch()
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "file").touch()
    (tmp_path / "tree" / "a.lock").touch()
    (tmp_path / "tree" / "link").symlink_to(kept)
    assert remove_tree(tmp_path / "tree") == (2, [])
    assert not (tmp_path / "tree").exists()
    assert (kept / "mine").exists()
    assert remove_tree(tmp_path / "tree") == (0, [])
    (tmp_path / "linked").symlink_to(kept)
    assert remove_tree(tmp_path / "linked") == (1, [])
    assert not list(kept.iterdir())
