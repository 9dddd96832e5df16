"""An interrupted load goes on where it stopped, and only then."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from seggwat_nb.demo.plans import Archive, Dropped, Faults, Insert, Status
from seggwat_nb.demo.server import PROJECT_ID
from seggwat_nb.errors import IncompleteError
from seggwat_nb.source.checkpoints import LONGEST_LOAD, RESUME_WITHIN, Run
from seggwat_nb.source.load_errors import how_to_resume
from tests.integration.conftest import item, items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seggwat_nb.client import Client
    from seggwat_nb.demo.server import DemoServer

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

ROWS = 1500
STOP = Faults(ever_from=9, ever=Dropped())


@pytest.fixture
def stopped(serve: Serve, connect: Connect, waiting: Any) -> tuple[DemoServer, Client]:
    """A load that was cut off after eight pages, and a service that has recovered since."""
    server = serve(ROWS, faults=STOP)
    client = connect(server)
    with pytest.raises(IncompleteError, match=r"resume after page 8"):
        client.feedback()
    server.faults = Faults()
    server.list_requests = 0
    assert waiting.seconds
    return server, client


def records_of_runs(home: Path) -> list[Path]:
    return list((home / "cache" / "pages").glob("*/runs/*.json"))


def make_older(home: Path, *, began: timedelta, latest: timedelta) -> Path:
    """Let a load have begun, and have fetched its latest page, so much earlier."""
    (record,) = records_of_runs(home)
    modified = record.stat().st_mtime - latest.total_seconds()
    noted = json.loads(record.read_text())
    started = datetime.fromisoformat(noted["started"]) - began
    record.write_text(json.dumps(noted | {"started": started.isoformat()}))
    os.utime(record, (modified, modified))
    return record


def kept_pages(home: Path) -> list[Path]:
    return [path for path in (home / "cache" / "pages").rglob("*.answer") if path.parent.name != "short"]


def test_it_goes_on_and_then_drops_the_journal(
    stopped: tuple[DemoServer, Client], connect: Connect, home: Path
) -> None:
    server, _ = stopped
    assert len(kept_pages(home)) == 8
    client = connect(server)  # Another kernel.
    frame = client.feedback()
    assert set(frame["id"]) == {record["id"] for record in items(ROWS)}
    assert client.last_load is not None
    assert client.last_load.served_from == "resumed"
    assert server.list_requests == client.last_load.requests == 18 - 8
    assert kept_pages(home) == []
    assert records_of_runs(home) == []


def test_a_load_that_was_stopped_before_its_first_page_starts_over(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    run = Run.new(now, tmp_path / "run.json")
    run.steps = 1
    assert how_to_resume(run, now=now) == "The next load starts over."


def test_a_plan_counts_the_pages_that_are_kept(stopped: tuple[DemoServer, Client], connect: Connect) -> None:
    server, _ = stopped
    client = connect(server)
    plan = client.plan()
    assert plan.kept == 8
    assert "It resumes an interrupted load (8 pages stored)." in str(plan)
    client.feedback()
    assert client.last_load is not None
    assert client.last_load.requests == plan.requests
    assert client.plan().kept == 0


def test_a_plan_does_not_count_pages_that_are_too_old(
    stopped: tuple[DemoServer, Client], connect: Connect, home: Path
) -> None:
    server, _ = stopped
    record = make_older(home, began=RESUME_WITHIN, latest=RESUME_WITHIN)
    assert connect(server).plan().kept == 0
    record.write_text("{")
    assert connect(server).plan().kept == 0


def test_the_seam_is_proven_when_rows_went_meanwhile(stopped: tuple[DemoServer, Client]) -> None:
    server, client = stopped
    gone = [f"item-{n:06}" for n in range(ROWS - 400, ROWS)]
    server.changes = {1: [*map(Archive, gone), Insert(item(ROWS + 5))]}
    ids = set(client.feedback()["id"])
    assert {record["id"] for record in items(ROWS - 400)} <= ids
    assert f"item-{ROWS + 5:06}" in ids


def test_a_load_that_runs_for_longer_than_a_pause_may_be_is_resumed(
    stopped: tuple[DemoServer, Client], home: Path, waiting: Any
) -> None:
    server, client = stopped
    make_older(home, began=timedelta(minutes=50), latest=timedelta(minutes=20))
    began = datetime.now(UTC) - timedelta(minutes=51)
    server.faults = Faults(ever_from=1, ever=Dropped())
    with pytest.raises(IncompleteError, match=r"Load again within (9|10) minutes to resume after page 8"):
        client.feedback()  # Reading kept pages again makes none of them younger.
    server.faults, server.list_requests = Faults(), 0
    assert client.feedback().height == ROWS
    assert client.last_load is not None
    assert (client.last_load.served_from, server.list_requests) == ("resumed", 18 - 8)
    assert began < client.last_load.as_of < began + timedelta(minutes=2)
    assert waiting.seconds


@pytest.mark.parametrize(
    ("began", "latest"), [(RESUME_WITHIN, RESUME_WITHIN), (LONGEST_LOAD, timedelta(0)), (timedelta(0), -RESUME_WITHIN)]
)
def test_older_pages_are_never_mixed_in(
    stopped: tuple[DemoServer, Client], home: Path, began: timedelta, latest: timedelta
) -> None:
    server, client = stopped
    make_older(home, began=began, latest=latest)
    client.feedback()
    assert client.last_load is not None
    assert (client.last_load.served_from, server.list_requests) == ("api", 18)
    assert kept_pages(home) == []


def test_pages_of_no_more_use_are_cleared_away(
    stopped: tuple[DemoServer, Client], connect: Connect, home: Path
) -> None:
    server, client = stopped
    client.item("item-000001")
    for path in (home / "cache" / "pages").rglob("*"):
        os.utime(path, (1, 1))
    connect(server)
    assert not list((home / "cache" / "pages").rglob("*.answer"))


def test_a_full_refresh_that_was_stopped_is_resumed_and_a_finished_one_starts_anew(
    serve: Serve, connect: Connect, home: Path, waiting: Any
) -> None:
    server = serve(ROWS)
    client = connect(server)
    client.feedback(refresh="full")
    server.faults, server.list_requests = STOP, 0
    with pytest.raises(IncompleteError, match=r"resume after page 8"):
        client.feedback(refresh="full")
    server.faults, server.list_requests = Faults(), 0
    client.feedback(refresh="full")
    assert client.last_load is not None
    assert client.last_load.served_from == "resumed"
    assert server.list_requests == client.last_load.requests == 18 - 8
    assert records_of_runs(home) == []
    client.feedback(refresh="full")
    assert client.last_load.served_from == "api"
    assert server.list_requests == 18 - 8 + 18
    assert waiting.seconds


def test_a_selection_resumes_the_same_load_since_it_is_made_here(stopped: tuple[DemoServer, Client]) -> None:
    server, client = stopped
    client.feedback(type="Bug")
    assert client.last_load is not None
    assert client.last_load.served_from == "resumed"
    assert server.list_requests == 18 - 8


@pytest.mark.parametrize("damage", [b"", b"{", b'{"run": 5}', b'{"run": "x", "started": "y"}'])
def test_a_damaged_record_begins_anew(stopped: tuple[DemoServer, Client], home: Path, damage: bytes) -> None:
    server, client = stopped
    records_of_runs(home)[0].write_bytes(damage)
    assert client.feedback().height == ROWS
    assert server.list_requests == 18


@pytest.mark.parametrize("seed", range(15))
def test_flipped_pages_are_noticed_and_fetched_again(stopped: tuple[DemoServer, Client], home: Path, seed: int) -> None:
    server, client = stopped
    assert flips(client, server, home, seed) == 0


def flips(client: Client, server: DemoServer, home: Path, seed: int) -> int:
    """Flip a bit of a kept page; count wrong rows."""
    chance = random.Random(seed)
    page = chance.choice(sorted(kept_pages(home)))
    content = bytearray(page.read_bytes())
    bit = chance.randrange(len(content) * 8)
    content[bit // 8] ^= 1 << bit % 8
    page.write_bytes(content)
    frame = client.feedback()
    assert server.list_requests >= 18 - 8 + 1
    truth = {record["id"]: record["message"] for record in items(ROWS)}
    wrong: int = sum(truth.get(row_id) != message for row_id, message in frame.select("id", "message").iter_rows())
    return wrong + abs(frame.height - ROWS)


@pytest.mark.campaign
def test_campaign_of_flipped_pages(serve: Serve, connect: Connect, home: Path, waiting: Any) -> None:
    wrong = 0
    for seed in range(150):
        server = serve(ROWS, faults=STOP)
        client = connect(server, data_dir=home / "data" / str(seed))
        with pytest.raises(IncompleteError):
            client.feedback()
        server.faults, server.list_requests = Faults(), 0
        wrong += flips(client, server, home, seed)
        server.stop()
    assert waiting.seconds
    print(f"\n150 bits flipped in kept pages: wrong rows in silence {wrong}")
    assert wrong == 0


def test_a_load_inside_of_a_load_does_not_wait_for_itself(serve: Serve, connect: Connect, home: Path) -> None:
    server = serve(ROWS)
    first, second = connect(server, max_age_seconds=0), connect(server, max_age_seconds=0)
    frames: list[Any] = []
    fetch = first._api.page

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        if kwargs["step"] == 6 and not frames:
            frames.append(second.feedback())
        return fetch(*args, **kwargs)

    first._api.page = meanwhile  # type: ignore[method-assign]
    frames.append(first.feedback())
    assert frames[0].equals(frames[1])
    assert frames[0].height == ROWS
    assert records_of_runs(home) == []
    assert kept_pages(home) == []


class Paused:
    """A load that stands still before its sixth page until it is let go."""

    def __init__(self, client: Client, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        self.frames: list[Any] = []
        fetch = client._api.page

        def page(*args: Any, **kwargs: Any) -> Any:
            if kwargs["step"] == 6:
                self.reached.set()
                assert self.go.wait(30)
            return fetch(*args, **kwargs)

        monkeypatch.setattr(client._api, "page", page)
        self.thread = threading.Thread(target=lambda: self.frames.append(client.feedback(**options)))
        self.thread.start()
        assert self.reached.wait(30)


@pytest.mark.parametrize("same_client", [False, True])
def test_whoever_loads_the_same_list_waits_and_is_served_without_a_request(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, same_client: bool
) -> None:
    server = serve(ROWS)
    client = connect(server)
    first = Paused(client, monkeypatch)
    said = threading.Event()
    monkeypatch.setattr(
        "seggwat_nb.progress.say", lambda text: said.set() if "waiting for another notebook" in text else None
    )
    others = [client if same_client else connect(server) for _ in range(2)]
    frames: list[Any] = []
    threads = [threading.Thread(target=lambda of=other: frames.append(of.feedback())) for other in others]
    for thread in threads:
        thread.start()
    assert said.wait(30)
    assert server.list_requests == 5
    first.go.set()
    for thread in [first.thread, *threads]:
        thread.join(60)
    assert [frame.equals(first.frames[0]) for frame in frames] == [True, True]
    assert server.list_requests == 18


def test_a_full_load_is_shared_only_if_it_began_after_the_call(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(ROWS)
    first = Paused(connect(server), monkeypatch, refresh="full")
    said = [threading.Event(), threading.Event()]
    waiting = iter(said)
    monkeypatch.setattr(
        "seggwat_nb.progress.say", lambda text: next(waiting).set() if "waiting for another notebook" in text else None
    )
    frames: list[Any] = []
    others = [connect(server) for _ in said]
    threads = [threading.Thread(target=lambda of=other: frames.append(of.feedback(refresh="full"))) for other in others]
    for thread, event in zip(threads, said, strict=True):
        thread.start()
        assert event.wait(30)
    first.go.set()
    for thread in [first.thread, *threads]:
        thread.join(60)
    assert [frame.height for frame in frames] == [ROWS, ROWS]
    assert server.list_requests == 2 * 18  # The first began before both calls, and the second after that of the third.


def test_a_wait_for_another_load_can_be_interrupted(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(ROWS)
    first = Paused(connect(server), monkeypatch)

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("seggwat_nb.locks.time.sleep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            connect(server).feedback()
    first.go.set()
    first.thread.join(60)
    assert first.frames[0].height == ROWS


HOLDING = """
import sys, time
from pathlib import Path
from seggwat_nb.locks import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
    import os; os._exit(9)
"""


def test_a_holder_that_crashes_or_stands_still_is_not_waited_for(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(150)
    client = connect(server)
    path = client.settings.project_dir(PROJECT_ID) / ".feedback.load.lock"
    path.parent.mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        monkeypatch.setattr("seggwat_nb.locks._SILENCE", -1.0)
        assert client.feedback().height == 150  # It shows no sign of life.
        monkeypatch.undo()
        monkeypatch.setattr("seggwat_nb.locks.time.sleep", lambda _: holder.communicate("die\n"))
        assert connect(server).feedback(refresh="full").height == 150
    assert holder.returncode == 9


def test_the_error_of_a_load_says_how_old_the_snapshot_is(serve: Serve, connect: Connect, waiting: Any) -> None:
    server = serve(300)
    client = connect(server, max_age_seconds=0)
    client.feedback()
    server.faults = Faults(ever_from=1, ever=Status(500))
    with pytest.raises(Exception, match=r"300 rows as of .* UTC \(0 minutes old\) are stored") as caught:
        client.feedback()
    assert caught.value.snapshot.height == 300  # type: ignore[attr-defined]
    assert waiting.seconds
