"""Records what a batch of changes plans and does, before and after each request.

The journal is a file of JSON lines in the project's folder, one for each batch and project. The plan is written in
full or not at all. A line with ``sending`` is on disk before a change is sent, and a line with ``done`` follows the
service's response. So a change that is only marked as ``sending`` was in flight when a run ended; reading the item
again shows whether it arrived.
"""

from __future__ import annotations

import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.append_log import AppendLog, as_lines
from seggwat_nb.errors import FileError, LockedError, SeggwatError, TriageError
from seggwat_nb.files import DATA_FOLDER, entries, file_errors, private_folder, write_atomically
from seggwat_nb.locks import hold
from seggwat_nb.triage.planning import FIELDS, RESULT, Change

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["Journal", "batches_in", "forget", "hold_alone", "path_of", "paths_in"]

_FOLDER: Final = "triage"
_OUTCOMES: Final = {"done": "changed", "left": "skipped", "failed": "failed", "planned": "to do", "sending": "to do"}
"""Maps the state in a line to the outcome shown."""


class Journal(AppendLog):
    """The journal of one batch in one project.

    Parameters
    ----------
    path
        The file, which has to exist.

    Attributes
    ----------
    batch, project_id : str
        Its batch and project.
    undoes : str or None
        The batch that this one undoes.
    begun_at : datetime
        When it was begun (UTC).
    changes : dict of str to Change
        The planned changes, by item; those that were made, with what the service returned.
    states : dict of str to str
        Item to ``planned``, ``sending``, ``done``, ``left`` or ``failed``.
    reasons : dict of str to str
        Why items were skipped or could not be changed.
    made : dict of str to dict
        Item to ``asked`` and ``at``, the moments around its change.

    Raises
    ------
    TriageError
        The file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.changes: dict[str, Change] = {}
        self.states: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.made: dict[str, dict[str, str]] = {}
        self.batch = self.project_id = ""
        super().__init__(path)
        if not self.batch:
            raise TriageError(
                f"{path} has lost its first line, so it is unknown what was planned. Move the file away and plan again."
            )

    @classmethod
    def begin(
        cls, path: Path, changes: Iterable[Change], *, batch: str, project_id: str, undoes: str | None
    ) -> Journal:
        """Record a plan, unless there is one already.

        Raises
        ------
        FileError
            It cannot be written; nothing was sent.
        """
        if not path.exists():
            begun = datetime.now(UTC).isoformat()
            header = {"state": "batch", "batch": batch, "project_id": project_id, "undoes": undoes, "at": begun}
            lines = [header, *({"state": "planned", **asdict(change)} for change in changes)]
            with file_errors(f"write {path}", DATA_FOLDER):
                private_folder(path.parent)
                write_atomically(path, as_lines(lines))
        return cls(path)

    @property
    def to_do(self) -> list[Change]:
        """Changes that are neither made nor left out, in the order of the plan."""
        return [
            change for item, change in self.changes.items() if self.states[item] in {"planned", "sending", "failed"}
        ]

    def sending(self, item: str) -> None:
        """Record that a change is about to be sent."""
        self._append({"state": "sending", "id": item})

    def record_done(self, item: str, *, asked: datetime, result: Change) -> None:
        """Record that a change was made, when it was requested, and the new state of the item."""
        since = {"after": result.after, "seen": result.seen}
        self._append({"state": "done", "id": item, "asked": asked.isoformat(), **since})

    def record_skipped(self, item: str, why: str) -> None:
        """Record that an item is skipped."""
        self._append({"state": "left", "id": item, "why": why})

    def record_failed(self, item: str, why: str) -> None:
        """Record that an item could not be changed. Reading it again shows whether the change arrived."""
        self._append({"state": "failed", "id": item, "why": why})

    def frame(self) -> pl.DataFrame:
        """Return what was planned and done, with the columns of `RESULT`."""
        rows = [
            (item, self.project_id, change.before, change.after, _OUTCOMES[self.states[item]], self.reasons.get(item))
            for item, change in self.changes.items()
        ]
        return pl.DataFrame(rows, schema=RESULT, orient="row")

    def remove(self, ids: Collection[str]) -> None:
        """Remove items."""
        self._rewrite(line for line in self._lines() if line.get("id") not in ids)

    def _note(self, line: dict[str, Any]) -> None:
        if line["state"] == "batch":
            self.batch, self.project_id = str(line["batch"]), str(line["project_id"])
            self.undoes: str | None = line["undoes"]
            self.begun_at = datetime.fromisoformat(line["at"])
            return
        item, state = line["id"], line["state"]
        if state not in _OUTCOMES:
            raise ValueError(state)
        if state == "planned":
            self.changes[item] = Change(item, _values(line["before"]), _values(line["after"]), line["seen"])
        elif item not in self.changes:
            raise KeyError(item)
        if state == "done":
            self.made[item] = {name: datetime.fromisoformat(line[name]).isoformat() for name in ("asked", "at")}
            if "after" in line:  # Earlier versions assumed that it is as planned.
                self.changes[item] = replace(self.changes[item], after=_values(line["after"]), seen=line["seen"])
        self.states[item] = state
        self.reasons.pop(item, None)
        if "why" in line:
            self.reasons[item] = line["why"]

    def _damage_error(self, number: int) -> TriageError:
        return TriageError(
            f"Line {number} of {self._path} cannot be read, so it is unknown what was changed. Correct the line, or "
            "move the file away and plan the changes again."
        )


def _values(written: dict[str, str | None]) -> dict[str, str | None]:
    """Check the fields of a line. Raises KeyError, TypeError or ValueError if they are others."""
    values = {name: written[name] for name in FIELDS}
    if not all(isinstance(value, str | None) for value in values.values()):
        raise ValueError("not text")
    return values


@contextmanager
def hold_alone(folder: Path) -> Iterator[None]:
    """Lock a project against other batches.

    Parameters
    ----------
    folder
        The project's folder.

    Raises
    ------
    LockedError
        Another batch is running.
    FileError
        The folder is not writable. Nothing was sent.
    """
    with ExitStack() as lock:
        try:
            with file_errors(f"write to {folder}", DATA_FOLDER):
                lock.enter_context(hold(private_folder(folder / _FOLDER) / ".lock"))
        except TimeoutError:
            raise LockedError("Another batch is changing items of this project. Retry when it has finished.") from None
        yield


def path_of(folder: Path, batch: str) -> Path:
    """Return the path of a batch's journal in a project's folder."""
    return folder / _FOLDER / f"{batch}.jsonl"


def batches_in(folder: Path) -> Sequence[Journal]:
    """Read every journal in a project's folder, the oldest first. Warns about those that cannot be read."""
    found = []
    for path in paths_in(folder).values():
        try:
            found.append(Journal(path))
        except (TriageError, FileError) as error:
            warnings.warn(f"A batch is left out. {error}", stacklevel=2)
    return sorted(found, key=lambda one: one.begun_at)


def paths_in(folder: Path) -> dict[str, Path]:
    """Return the path of each journal in a project's folder, by the name of its batch, which begins with its date."""
    return {path.stem: path for path in entries(folder / _FOLDER) if path.suffix == ".jsonl"}


def forget(folder: Path, ids: Collection[str]) -> list[Path]:
    """Remove items from every journal of a project, as if they had never been changed.

    Parameters
    ----------
    folder
        The project's folder.
    ids
        IDs of the items.

    Returns
    -------
    list of Path
        The journals that could not be rewritten; all of them while a batch is running.
    """
    paths = [*paths_in(folder).values()]
    left = list(paths)
    if paths:
        try:
            with hold_alone(folder):
                for path in paths:
                    Journal(path).remove(ids)
                    left.remove(path)
        except (OSError, SeggwatError):
            return left
    return left
