"""Disks that are full, read-only or emptied meanwhile: a load goes on, and starting never fails."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from seggwat_nb.source.response_cache import AnswerFiles
from tests.disk import watched
from tests.integration.conftest import items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seggwat_nb.client import Client
    from seggwat_nb.demo.server import DemoServer

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

ROWS = 120
TRUTH = {record["id"] for record in items(ROWS)}
ERRORS = [errno.ENOSPC, errno.EROFS, errno.EACCES]


def load(server: DemoServer, connect: Connect, home: Path, name: str) -> set[str]:
    """Start, load and ask in new folders, with a limiter that writes, too."""
    with connect(server, requests_per_minute=100_000, cache_dir=home / name, data_dir=home / f"{name}-data") as client:
        frame = client.feedback()
        client.item(frame["id"][0])
        return set(frame["id"])


def operations(server: DemoServer, connect: Connect, home: Path) -> int:
    with watched(home / "all") as disk:
        assert load(server, connect, home, "all") == TRUTH
    return disk.operations


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.__getitem__)
def test_a_cache_that_fails_at_any_operation_is_one_warning_and_the_load_goes_on(
    serve: Serve, connect: Connect, home: Path, number: int
) -> None:
    server = serve(ROWS)
    count = operations(server, connect, home)
    assert count > 30
    for at in range(1, count + 1, 9):
        with watched(home / f"{at}") as disk, warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            disk.fail(number, at=at, reads=number == errno.EACCES)
            assert load(server, connect, home, f"{at}") == TRUTH
        assert [str(one.message).partition(" /")[0] for one in told] in ([], ["The cache folder"]), at
    with watched(home / "none") as disk:
        disk.fail(number, at=1, reads=False)
        with pytest.warns(UserWarning, match=r"cannot be written \(.*SEGGWAT_NB_CACHE_DIR"):
            load(server, connect, home, "none")


@pytest.mark.parametrize("limit", [0, 100_000])
def test_a_cache_that_may_not_even_be_looked_at_is_one_warning(
    serve: Serve, connect: Connect, home: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    server = serve(ROWS)
    real = os.stat

    def stat(path: Any, *args: Any, **kwargs: Any) -> Any:
        if str(path).startswith(str(home / "cache")):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, *args, **kwargs)

    with watched(home / "cache") as disk, monkeypatch.context() as patch:
        disk.fail(errno.EACCES, at=1, reads=True)
        patch.setattr(os, "stat", stat)
        with pytest.warns(UserWarning, match="cannot be written") as told:
            frame = connect(server, requests_per_minute=limit).feedback()
    assert (set(frame["id"]), len(told)) == (TRUTH, 1)


def test_a_cache_folder_that_is_removed_at_any_operation_stops_no_load(
    serve: Serve, connect: Connect, home: Path
) -> None:
    server = serve(ROWS)
    for at in range(1, operations(server, connect, home) + 1, 5):
        with watched(home / f"{at}") as disk, warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            disk.lose(at=at)
            assert load(server, connect, home, f"{at}") == TRUTH
        assert [str(one.message).partition(" /")[0] for one in told] in ([], ["The cache folder"]), at


def test_a_load_whose_pages_were_removed_says_that_it_starts_over(
    serve: Serve, connect: Connect, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(900)
    client = connect(server)
    fetch = client._api.page

    def page(*args: Any, **kwargs: Any) -> Any:
        if kwargs["step"] == 5:
            AnswerFiles(home / "cache" / "pages").clear()
            for folder in (home / "cache" / "pages").glob("*/runs"):
                for path in folder.iterdir():
                    path.unlink()
        if kwargs["step"] == 7:
            raise KeyboardInterrupt
        return fetch(*args, **kwargs)

    monkeypatch.setattr(client._api, "page", page)
    with pytest.raises(KeyboardInterrupt) as stopped:
        client.feedback()
    assert "starts over" in stopped.value.__notes__[0]
    monkeypatch.undo()
    asked = server.list_requests
    assert connect(server).feedback().height == 900
    assert server.list_requests - asked == 12


@pytest.mark.parametrize("vanish", ["stat", "unlink", "scandir"])
def test_starting_survives_files_that_another_process_removes(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, vanish: str
) -> None:
    server = serve(3)
    client = connect(server)
    for number in range(3):
        client.item(f"item-{number:06}")
    for path in client.settings.page_cache_dir.rglob("*"):
        os.utime(path, (1, 1))
    real: Any = getattr(os, vanish)

    def gone(path: Any, *args: Any, **kwargs: Any) -> Any:
        if str(path).endswith("short" if vanish == "scandir" else ".answer"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return real(path, *args, **kwargs)

    old = list(client.settings.page_cache_dir.rglob("*.answer"))
    assert len(old) == 3
    monkeypatch.setattr(os, vanish, gone)
    connect(server)


STARTING = """
import sys
from seggwat_nb.client import Client
print("ready", flush=True)
sys.stdin.readline()
for _ in range(3):
    Client(api_key="oat_" + "t" * 43, base_url="http://127.0.0.1:9", project_id="p")
"""


def test_processes_that_start_beside_old_answers_do_not_disturb_each_other(home: Path) -> None:
    command = [sys.executable, "-c", STARTING]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    from seggwat_nb.config import Settings

    folder = Settings.load(api_key="oat_" + "t" * 43, base_url="http://127.0.0.1:9").page_cache_dir
    for name in ("short", *(f"run-{n}" for n in range(20))):
        (folder / name).mkdir(parents=True)
        for number in range(400 if name == "short" else 5):
            (folder / name / f"{number}.answer").write_bytes(b"old")
            os.utime(folder / name / f"{number}.answer", (1, 1))
        os.utime(folder / name, (1, 1))
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, told = process.communicate(timeout=300)
        assert (process.returncode, told) == (0, "")
    assert not list((home / "cache").rglob("*.answer"))
