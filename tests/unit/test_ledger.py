"""The sent-ledger over restarts: what it knows, and what it does with a file that was cut off or damaged."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from seggwat_nb.errors import DeliveryError
from seggwat_nb.share.delivery.outbox import Ledger

if TYPE_CHECKING:
    from pathlib import Path


def test_it_knows_after_a_restart_what_was_sent_refused_and_in_flight(tmp_path: Path) -> None:
    path = tmp_path / "sent" / "slack.jsonl"
    with Ledger.open_locked(path) as ledger:
        assert not ledger.begun
        ledger.learn(["old"])
        ledger.settle(ledger.begin(["a", "b"]), "1")
        ledger.withdraw(ledger.begin(["c"]))
        ledger.begin(["d"])
    with Ledger.open_locked(path) as again:
        assert again.begun
        assert again.known == {"old", "a", "b"}
        assert [delivery.keys for delivery in again.in_doubt.values()] == [("d",)]
        again.settle(next(iter(again.in_doubt.values())))
        assert again.begin(["e"]).number == 4
    assert Ledger(path).known == {"old", "a", "b", "d"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_half_a_line_is_taken_off_and_the_next_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "slack.jsonl"
    with Ledger.open_locked(path) as ledger:
        ledger.begin(["a"])
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole + whole[:length].replace(b"\n", b""))
        with Ledger.open_locked(path) as again:
            again.settle(again.in_doubt[1])
        assert Ledger(path).known == {"a"}


@pytest.mark.parametrize(
    "line",
    [
        '{"state": "se',
        "<<<<<<< HEAD",
        "null",
        '{"state": "sent", "number": 9}',
        '{"state": "known", "keys": "abc"}',
        '{"state": "known", "keys": [1]}',
        '{"state": "sending", "number": 1, "keys": [["a"]]}',
    ],
)
def test_a_damaged_line_stops_it(tmp_path: Path, line: str) -> None:
    path = tmp_path / "slack.jsonl"
    path.write_text(f'{{"state": "known", "keys": []}}\n{line}\n')
    with pytest.raises(DeliveryError, match="Line 2"):
        Ledger(path)
