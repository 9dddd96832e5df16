"""Records each message before and after sending it, so that after a crash it is known what was in flight.

The ledger is an append-only file of JSON lines in the project's folder. A line with ``sending`` is on disk before
anything is sent, and a line with ``sent`` follows the service's response. So if a message is only marked as
``sending``, it was in flight when the process ended, and may or may not have arrived. There is at most one such message
per crash.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import polars as pl

from seggwat_nb.append_log import AppendLog
from seggwat_nb.errors import DeliveryError, LockedError, SeggwatError
from seggwat_nb.files import DATA_FOLDER, entries, file_errors, private_folder
from seggwat_nb.locks import hold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

__all__ = ["Delivery", "Due", "Ledger", "Sendable", "due", "forget", "in_flight"]

_FIRST: Final = timedelta(days=1)
"""How far back the first run goes. Older items count as already known."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that was started: its number and the IDs of its items."""

    number: int
    keys: tuple[str, ...]


class Ledger(AppendLog):
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
    rejected : set of str
        Items of messages that were refused because of what they say.

    Raises
    ------
    DeliveryError
        The file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._next = 1
        self.begun = False
        self.known: set[str] = set()
        self.in_doubt: dict[int, Delivery] = {}
        self.rejected: set[str] = set()
        super().__init__(path)

    @classmethod
    @contextmanager
    def open_locked(cls, path: Path) -> Iterator[Ledger]:
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
                    lock.enter_context(hold(path.with_name(f"{path.name}.lock")))
            except TimeoutError:
                raise LockedError(f"Another run is sending from {path}. Retry when it has finished.") from None
            yield cls(path)

    def learn(self, keys: Iterable[str]) -> None:
        """Record items as known, so that they are not sent."""
        self._append({"state": "known", "keys": sorted(keys)})

    def begin(self, keys: Iterable[str]) -> Delivery:
        """Record a message that is about to be sent."""
        delivery = Delivery(self._next, tuple(keys))
        self._append({"state": "sending", "number": delivery.number, "keys": delivery.keys})
        return delivery

    def settle(self, delivery: Delivery, ref: str | None = None) -> None:
        """Record that a message arrived, with the service's reference to it."""
        self._append({"state": "sent", "number": delivery.number, "ref": ref})

    def withdraw(self, delivery: Delivery) -> None:
        """Record that a message was certainly not accepted."""
        self._append({"state": "refused", "number": delivery.number})

    def reject(self, keys: Iterable[str]) -> None:
        """Record that a message was refused because of what it says, so that it does not hold up others."""
        self._append({"state": "rejected", "keys": sorted(keys)})

    def remove(self, ids: Collection[str]) -> None:
        """Remove items."""
        lines = self._lines()
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
        self._rewrite(kept)

    def _note(self, line: dict[str, Any]) -> None:
        self.begun = True
        match line["state"]:
            case "known":
                self.known.update(_keys_in(line))
            case "sending":
                self.in_doubt[line["number"]] = Delivery(line["number"], _keys_in(line))
                self._next = line["number"] + 1
            case "sent":
                self.known.update(self.in_doubt.pop(line["number"]).keys)
            case "refused":
                del self.in_doubt[line["number"]]
            case "rejected":
                self.rejected.update(_keys_in(line))
            case state:
                raise ValueError(state)

    def _damage_error(self, number: int) -> DeliveryError:
        return DeliveryError(
            f"Line {number} of {self._path} cannot be read, so it is unknown what was sent. Correct the line, or move "
            "the file away to start over."
        )


def _keys_in(line: dict[str, Any]) -> tuple[str, ...]:
    keys = line["keys"]
    if not isinstance(keys, list | tuple) or not all(isinstance(key, str) for key in keys):
        raise ValueError(keys)
    return tuple(keys)


class Sendable(Protocol):
    """A message with items."""

    @property
    def keys(self) -> tuple[str, ...]:
        """IDs of its items."""

    @property
    def delivery(self) -> Delivery | None:
        """The earlier delivery that it repeats, if any."""


class Due(NamedTuple):
    """What is to be sent.

    Attributes
    ----------
    again : list of (Delivery, pl.DataFrame)
        Deliveries that were in flight when a run ended, with those of their items that still exist.
    new : pl.DataFrame
        Items that were not sent before.
    """

    again: list[tuple[Delivery, pl.DataFrame]]
    new: pl.DataFrame


def due(rows: pl.DataFrame, ledger: Ledger | None, *, as_of: datetime, since: datetime | None) -> Due:
    """Select the items to send.

    Parameters
    ----------
    rows
        Items with ``id`` and ``created_at``; their order is kept.
    ledger
        The record of what was sent before. None for none.
    as_of
        When the rows were loaded.
    since
        Start of the first run's items, by default a day before `as_of`. Ignored once the ledger has entries.
    """
    known, in_doubt = (ledger.known, ledger.in_doubt) if ledger else (set[str](), dict[int, Delivery]())
    pending = {key for delivery in in_doubt.values() for key in delivery.keys}
    new = rows.filter(~pl.col("id").is_in([*known, *pending]))
    if ledger is None or not ledger.begun:
        new = new.filter(pl.col("created_at") >= (since or as_of - _FIRST))
    again = [(delivery, rows.filter(pl.col("id").is_in(delivery.keys))) for delivery in in_doubt.values()]
    return Due([(delivery, items) for delivery, items in again if items.height], new)


def in_flight(everything: pl.DataFrame | None, ledger: Ledger | None, *, beside: pl.DataFrame) -> pl.DataFrame:
    """Return a project's items that were in flight when a run ended and that are not in another frame.

    An item that has been changed in the meantime, so that a filter no longer selects it, may not have arrived.
    """
    if everything is None or ledger is None:
        return beside.clear()
    keys = [key for delivery in ledger.in_doubt.values() for key in delivery.keys]
    return everything.filter(pl.col("id").is_in(keys), ~pl.col("id").is_in(beside["id"].implode()))


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
                with Ledger.open_locked(path) as ledger:
                    ledger.remove(ids)
            except (OSError, SeggwatError):
                left.append(path)
    return left
