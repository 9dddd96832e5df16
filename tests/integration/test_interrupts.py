"""Stopped, killed, without a disk: the next load works, and what is on disk can be read."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from seggwat_nb.demo.limits import Limit
from seggwat_nb.demo.server import PROJECT_ID, DemoServer
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.source.snapshots import Store
from tests.integration.conftest import items
from tests.integration.crashing import CRASHING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seggwat_nb.client import Client

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

ROWS = 700


def interrupted(client: Client, after: float) -> bool:
    """Load, and be interrupted after so many seconds as by Ctrl-C; tell whether it was in time."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, after)
            client.feedback()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)  # here too the interrupt can come, and must not end the tests
    except KeyboardInterrupt:
        return True
    else:
        return False
    finally:
        signal.signal(signal.SIGALRM, before)


def hung_after_interrupts(server: DemoServer, connect: Connect, seeds: range) -> tuple[int, int]:
    """Interrupt loads at random moments; count the loads after them that hang or are wrong, and the interrupts.

    A moment is a part of the time that the load before took, for a machine may be ten times as fast as another.
    """
    bad = hits = 0
    took = 0.12
    truth = {record["id"] for record in items(ROWS)}
    for seed in seeds:
        client = connect(server, max_age_seconds=0, requests_per_minute=100_000)
        hit = interrupted(client, random.Random(seed).uniform(0.01, 1) * took)
        hits += hit
        done: list[set[str]] = []
        with connect(server, max_age_seconds=0, requests_per_minute=100_000) as other:
            next_load = threading.Thread(target=lambda loads=done, of=other: loads.append(set(of.feedback()["id"])))
            started = time.perf_counter()
            next_load.start()
            next_load.join(timeout=300)
            took = time.perf_counter() - started
        bad += done != [truth]
    return bad, hits


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_leaves_a_working_kernel(serve: Serve, connect: Connect) -> None:
    bad, hits = hung_after_interrupts(serve(ROWS), connect, range(30))
    assert bad == 0
    assert hits > 10


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_campaign_of_interrupts(serve: Serve, connect: Connect) -> None:
    bad, hits = hung_after_interrupts(serve(ROWS), connect, range(1000, 1450))
    print(f"\n{hits} interrupts at random moments of a load: next loads hung or wrong {bad}")
    assert bad == 0
    assert hits >= 300


def crash(server: DemoServer, home: Path, at: int) -> str:
    """Load in a process that dies at its n-th change to the disk."""
    environment = {
        "SEGGWAT_API_URL": server.url,
        "SEGGWAT_API_KEY": server.token,
        "SEGGWAT_PROJECT_ID": PROJECT_ID,
        "SEGGWAT_NB_CACHE_DIR": str(home / "cache"),
        "SEGGWAT_NB_DATA_DIR": str(home / "data"),
    }
    command = [sys.executable, "-c", CRASHING, str(at)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300).stdout


def unreadable_after_crashes(server: DemoServer, connect: Connect, home: Path, points: range) -> int:
    client = connect(server)
    client.feedback()
    store = Store(client.settings.project_dir(PROJECT_ID), "feedback", FEEDBACK)
    unreadable = 0
    for at in points:
        crash(server, home, at)
        snapshot = store.read()
        unreadable += snapshot is None or snapshot.frame.height != 250
    assert client.feedback(refresh="full").height == 250
    return unreadable


def test_a_crash_at_a_write_leaves_a_snapshot_that_can_be_read(serve: Serve, connect: Connect, home: Path) -> None:
    assert unreadable_after_crashes(serve(250), connect, home, range(1, 26, 6)) == 0


@pytest.mark.campaign
def test_campaign_of_crashes_at_every_write(serve: Serve, connect: Connect, home: Path) -> None:
    server = serve(250)
    writes = int(crash(server, home, 10**9).splitlines()[-1])
    unreadable = unreadable_after_crashes(server, connect, home, range(1, writes + 1))
    print(f"\n{writes} crashes, one at every change to the disk: unreadable snapshots {unreadable}")
    assert unreadable == 0


def test_without_a_disk_for_the_cache_a_load_warns_once_and_goes_on(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    client = connect(serve(350), cache_dir=tmp_path / "file" / "cache")
    with pytest.warns(UserWarning, match="cache folder .* cannot be written") as told:
        frame = client.feedback()
    assert frame.height == 350
    assert len(told) == 1


def test_without_a_disk_for_snapshots_the_frame_is_given_all_the_same(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    client = connect(serve(350), data_dir=tmp_path / "file" / "data")
    with pytest.warns(UserWarning, match="could not be stored"):
        frame = client.feedback()
    assert frame.height == 350


LOADING = """
import json, sys
from functools import partial
from seggwat_nb.config import Settings
from seggwat_nb.source import responses
from seggwat_nb.source.transport import Api
settings = Settings.load()
waits = []
api = Api(settings, on_wait=lambda seconds, _: waits.append(seconds), window=float(sys.argv[1]))
for step in range(1, 41):
    path = f"/projects/{settings.project_id}/feedback"
    check = partial(responses.read_page, key="feedback", page=1)
    api.page(path, {"page": 1, "limit": 1}, run=sys.argv[2], step=step, check=check)
print(json.dumps(waits))
"""


@pytest.mark.parametrize("counting", ["sliding", "fixed", "bucket"])
def test_two_processes_share_the_budget_of_the_service(serve: Serve, home: Path, counting: Any) -> None:
    """Forty pages each, under a limit of 20 a window of which a minute is scaled to 1.2 seconds.

    No process waits for longer than the pages of both take; a busy machine only shortens what is left to wait.
    """
    window = 1.2
    server = serve(1, limit=Limit(requests=20, window=window, counting=counting))
    environment = {
        "SEGGWAT_API_URL": server.url,
        "SEGGWAT_API_KEY": server.token,
        "SEGGWAT_PROJECT_ID": PROJECT_ID,
        "SEGGWAT_NB_CACHE_DIR": str(home / "cache"),
        "SEGGWAT_NB_DATA_DIR": str(home / "data"),
        "SEGGWAT_NB_REQUESTS_PER_MINUTE": "20",
    }
    command = [sys.executable, "-c", LOADING, str(window * 1.05)]
    kernels = [
        subprocess.Popen([*command, name], env=environment, stdout=subprocess.PIPE, text=True) for name in ("a", "b")
    ]
    answers = [kernel.communicate(timeout=300)[0] for kernel in kernels]
    assert [kernel.returncode for kernel in kernels] == [0, 0]
    statuses = Counter(request.status for request in server.log)
    assert statuses[200] == 80
    assert statuses[429] <= 1
    ideal = (80 / 19 - 1) * window * 1.05
    assert max(sum(json.loads(answer)) for answer in answers) <= ideal * 1.1 + window
