"""Batches of changes by a process that is killed, again and again, while others change items: none twice, none lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import seggwat_nb as sw
from seggwat_nb.demo.server import PROJECT_ID
from seggwat_nb.triage.journal import Journal
from tests.integration.test_triage import Others, noted, random_items

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.client import Client
    from seggwat_nb.demo.server import DemoServer

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

ITEMS = 8

KILLED = """
import os, signal, sys
from seggwat_nb.append_log import AppendLog, as_lines
from seggwat_nb.cli.entry_point import app
line, share = int(sys.argv[1]), float(sys.argv[2])
append = AppendLog._append
def killed(log, event):
    global line
    line -= log._path.parent.name == "triage"
    if line == 0:
        whole = as_lines([event])
        descriptor = os.open(log._path, os.O_WRONLY | os.O_APPEND)
        os.write(descriptor, whole[: int(share * len(whole))])
        os.kill(os.getpid(), signal.SIGKILL)
    append(log, event)
AppendLog._append = killed
app(["triage", *sys.argv[3:]])
"""
"""The command, which is killed while it writes the n-th line of a journal; -1 for never."""


class Killer(list[Any]):
    """The server's log, which kills the process when a request for an item has been carried out and not yet answered.

    Between two items, others change some.
    """

    def __init__(self, others: Others, ids: list[str], chance: random.Random) -> None:
        super().__init__()
        self.process: subprocess.Popen[str] | None = None
        self.requests_left = -1
        self.made: list[tuple[str, str]] = []
        self._others, self._ids, self._chance = others, ids, chance

    def append(self, request: Any) -> None:
        super().append(request)
        if "/feedback/" not in request.path:
            return
        if request.method == "PATCH":
            self.made.append(("us", request.path.rpartition("/")[2]))
            if self._chance.random() < 0.15:
                self.others_change()
        self.requests_left -= 1
        if self.requests_left == 0 and self.process is not None:
            self.process.kill()

    def others_change(self) -> None:
        before = set(self._others.touched)
        self._others.touched.clear()
        self._others.change(self._ids)
        self.made += [("others", name) for name in self._others.touched]
        self._others.touched |= before


def run(words: list[str], killer: Killer, environment: dict[str, str], *, request: int, line: int, share: float) -> int:
    """Run the command until it ends or is killed: at a request, or at a share of a line of the journal."""
    killer.requests_left = request
    command = [sys.executable, "-c", KILLED, str(line), str(share), *words, "--apply"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        killer.process = process
        said, _ = process.communicate(timeout=300)
    killer.process = None
    assert process.returncode in {0, -signal.SIGKILL}, said
    return process.returncode


def through_kills(
    words: list[str], killer: Killer, chance: random.Random, *, client: Client, environment: dict[str, str]
) -> tuple[Journal, int]:
    """Run a batch that is killed twice at most, then continue it to its end; return its journal, and the kills."""
    folder = client.settings.project_dir(PROJECT_ID) / "triage"
    known, killed, journal = {*folder.glob("*.jsonl")}, 0, None
    for _ in range(2):
        at = 1 + chance.randrange(2 * max(ITEMS if journal is None else len(journal.to_do), 1))
        place = {"request": at, "line": -1} if chance.random() < 0.5 else {"request": -1, "line": at}
        killed += run(words, killer, environment, **place, share=chance.random()) != 0
        (path,) = {*folder.glob("*.jsonl")} - known
        journal = Journal(path)
        words = ["--resume", journal.batch]
        if chance.random() < 0.5:
            killer.others_change()
    assert sw.triage.resume(path.stem, client).is_complete
    return Journal(path), killed


@pytest.mark.parametrize(
    ("seeds", "least"),
    [(range(1), 2), pytest.param(range(1, 19), 40, marks=pytest.mark.campaign)],
    ids=["some", "many"],
)
def test_a_process_that_is_killed_changes_nothing_twice_and_loses_nothing(
    serve: Serve, connect: Connect, seeds: range, least: int
) -> None:
    kills = changed = 0
    for seed in seeds:
        chance = random.Random(seed)
        records = random_items(chance, ITEMS)
        server = serve(records)
        client, ids = connect(server), [record["id"] for record in records]
        others = Others(server, chance)
        killer = Killer(others, ids, chance)
        server.log = killer
        settings = os.environ | {
            "SEGGWAT_API_KEY": server.token,
            "SEGGWAT_API_URL": server.url,
            "SEGGWAT_PROJECT_ID": PROJECT_ID,
            "SEGGWAT_NB_REQUESTS_PER_MINUTE": "0",
        }
        planned = sw.triage.plan(client.load(), status="Resolved", note="Fixed in 2.8.0")
        words = ["--where", "message", "--status", "Resolved", "--note", "Fixed in 2.8.0"]
        journal, killed = through_kills(words, killer, chance, client=client, environment=settings)
        kills += killed
        assert {*journal.changes} == {change.id for change in planned.changes[PROJECT_ID]}
        assert not journal.to_do
        check(killer.made, journal, others, seed)
        changed += len(journal.made)
        killer.made.clear()
        touched = {name: dict(others.rows.get(name) or {}) for name in others.touched}
        others.touched.clear()
        undo = ["--undo", journal.batch]
        back, killed = through_kills(undo, killer, chance, client=client, environment=settings)
        kills += killed
        assert not back.to_do
        check(killer.made, back, others, seed)
        for record in records:
            if record["id"] not in others.touched:
                now = noted(others.rows.get(record["id"]) or {})
                assert now == noted(touched.get(record["id"], record)), f"seed {seed}"
        server.stop()
    print(f"{kills} kills of a process, {changed} items changed and changed back, none twice, none lost")
    assert kills >= least  # Four attempts for each seed; some come to their end before the moment drawn.


def check(made: list[tuple[str, str]], journal: Journal, others: Others, seed: int) -> None:
    """Each item was changed once at most and never after others had, and the journal knows each change."""
    for name, change in journal.changes.items():
        own = [who for who, one in made if one == name]
        assert own.count("us") <= 1, f"seed {seed}: {name} twice"
        assert "us" not in own[1:], f"seed {seed}: {name} after others"
        if own == ["us"]:
            assert journal.states[name] == "done", f"seed {seed}: {name} lost"
            assert change.is_made_in(others.rows.get(name) or {}), f"seed {seed}: {name} not as planned"
    assert {name for who, name in made if who == "us"} <= {*journal.changes}
