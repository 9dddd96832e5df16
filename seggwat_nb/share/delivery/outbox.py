"""Records each message before and after sending it, so that after a crash it is known what was in flight.

The ledger is an append-only file of JSON lines in the project's folder. A line with ``sending`` is on disk before
anything is sent, and a line with ``sent`` follows the service's response. So if a message is only marked as
``sending``, it was in flight when the process ended, and may or may not have arrived. There is at most one such message
per crash.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seggwat_nb.errors import DeliveryError, LockedError, SeggwatError
from seggwat_nb.files import DATA_FOLDER, entries, file_errors, private_folder, write_atomically
from seggwat_nb.locks import held

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

__all__ = ["Delivery", "Ledger", "forget"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that was started: its number and the IDs of its items."""

    number: int
    keys: tuple[str, ...]


class Ledger:
    """The record of what was sent to one destination.

    Parameters
    ----------
    path
        The file, which does not have to exist.

    Attributes
    ----------
    begun : bool
        Whether the ledger has any entries.
    known : set of str
        Items that were sent, or that counted as known from the start.
    in_doubt : dict of int to Delivery
        Messages that were in flight when a run ended.

    Raises
    ------
    DeliveryError
        The file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = 1
        self.known: set[str] = set()
        self.in_doubt: dict[int, Delivery] = {}
        with file_errors(f"read {path}", DATA_FOLDER):
            content = path.read_bytes() if path.exists() else b""
        self._whole = content[: content.rfind(b"\n") + 1]
        self._torn = len(self._whole) < len(content)
        for number, line in enumerate(self._whole.splitlines(), start=1):
            try:
                self._note(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise DeliveryError(
                    f"Line {number} of {path} cannot be read, so it is unknown what was sent. Correct the line, or "
                    "move the file away to start over."
                ) from None
        self.begun = bool(self._whole)

    @classmethod
    @contextmanager
    def held(cls, path: Path) -> Iterator[Ledger]:
        """Read the ledger, and lock it against other runs.

        Raises
        ------
        LockedError
            Another run has locked it.
        FileError
            It cannot be written. Nothing was sent.
        """
        with ExitStack() as lock:
            try:
                with file_errors(f"write {path}", DATA_FOLDER):
                    private_folder(path.parent)
                    lock.enter_context(held(path.with_name(f"{path.name}.lock")))
            except TimeoutError:
                raise LockedError(f"Another run is sending from {path}. Retry when it has finished.") from None
            ledger = cls(path)
            ledger._repair()
            yield ledger

    def learn(self, keys: Iterable[str]) -> None:
        """Record items as known, so that they are not sent."""
        self._append({"state": "known", "keys": sorted(keys)})

    def begin(self, keys: Iterable[str]) -> Delivery:
        """Record a message that is about to be sent."""
        parcel = Delivery(self._next, tuple(keys))
        self._append({"state": "sending", "number": parcel.number, "keys": parcel.keys})
        return parcel

    def settle(self, parcel: Delivery, ref: str | None = None) -> None:
        """Record that a message arrived, with the service's reference to it."""
        self._append({"state": "sent", "number": parcel.number, "ref": ref})

    def withdraw(self, parcel: Delivery) -> None:
        """Record that a message was certainly not accepted."""
        self._append({"state": "refused", "number": parcel.number})

    def remove(self, ids: Collection[str]) -> None:
        """Remove items, and leftover files of a run that was killed while writing."""
        for part in self._path.parent.glob(f".{self._path.name}.*.part"):
            part.unlink(missing_ok=True)
        lines = [json.loads(line) for line in self._whole.splitlines()]
        named = {line.get("number") for line in lines if not set(ids).isdisjoint(line.get("keys", ()))} - {None}
        kept = []
        for line in lines:
            keys = [key for key in line.get("keys", ()) if key not in ids]
            if line.get("number") in self.in_doubt and line.get("number") in named and not keys:
                continue  # A message that may not have arrived has no items left.
            kept.append(
                line
                | ({"keys": keys} if "keys" in line else {})
                | ({"ref": None} if line.get("number") in named and "ref" in line else {})
            )
        if kept != lines:
            self._whole = b"".join(json.dumps(line).encode() + b"\n" for line in kept)
            write_atomically(self._path, self._whole)

    def _note(self, line: dict[str, Any]) -> None:
        match line["state"]:
            case "known":
                self.known.update(line["keys"])
            case "sending":
                self.in_doubt[line["number"]] = Delivery(line["number"], tuple(line["keys"]))
                self._next = line["number"] + 1
            case "sent":
                self.known.update(self.in_doubt.pop(line["number"]).keys)
            case "refused":
                del self.in_doubt[line["number"]]
            case state:
                raise ValueError(state)

    def _append(self, line: dict[str, Any]) -> None:
        written = json.dumps(line | {"at": datetime.now(UTC).isoformat(timespec="seconds")}) + "\n"
        with file_errors(f"write {self._path}", DATA_FOLDER):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(written.encode())
                file.flush()
                os.fsync(file.fileno())
        self._note(line)
        self.begun = True

    def _repair(self) -> None:
        """Remove an incomplete last line left by a crash: its event did not happen, or is in doubt anyway."""
        if self._torn:
            write_atomically(self._path, self._whole)


def forget(folder: Path, ids: Collection[str]) -> list[Path]:
    """Remove items from every ledger of a project, as if they had never been sent.

    Parameters
    ----------
    folder
        The project's folder.
    ids
        IDs of the items.

    Returns
    -------
    list of Path
        The ledgers that could not be rewritten, or that another run has locked.
    """
    left = []
    for path in entries(folder / "sent"):
        if path.suffix == ".jsonl":
            try:
                with Ledger.held(path) as ledger:
                    ledger.remove(ids)
            except (OSError, SeggwatError):
                left.append(path)
    return left
