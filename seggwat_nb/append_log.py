"""An append-only file of JSON lines that survives crashes: each line is on disk before the next step is taken.

A crash can leave an incomplete last line. Its event did not happen, or is in doubt anyway, so it is ignored, and
removed before the next line is appended.
"""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seggwat_nb.files import DATA_FOLDER, file_errors, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from seggwat_nb.errors import SeggwatError

__all__ = ["AppendLog", "as_lines"]


class AppendLog(ABC):
    """A file of events, read when the log is created. Subclasses set up their state before they call ``__init__``.

    Parameters
    ----------
    path
        The file, which does not have to exist.

    Raises
    ------
    SeggwatError
        A line is damaged; what is raised is the subclass's decision.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with file_errors(f"read {path}", DATA_FOLDER):
            content = path.read_bytes() if path.exists() else b""
        self._whole = content[: content.rfind(b"\n") + 1]
        self._is_torn = len(self._whole) < len(content)
        for number, line in enumerate(self._whole.splitlines(), start=1):
            try:
                self._note(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise self._damage_error(number) from None

    @abstractmethod
    def _note(self, line: dict[str, Any]) -> None:
        """Take in an event. Raises ValueError, KeyError or TypeError if it is not one."""

    @abstractmethod
    def _damage_error(self, number: int) -> SeggwatError:
        """Return the error to raise for a line that is damaged."""

    def _append(self, line: dict[str, Any]) -> None:
        """Write an event to disk with its time, then take it in."""
        line = {**line, "at": datetime.now(UTC).isoformat()}
        with file_errors(f"write {self._path}", DATA_FOLDER):
            if self._is_torn:
                write_atomically(self._path, self._whole)
                self._is_torn = False
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(as_lines([line]))
                file.flush()
                os.fsync(file.fileno())
        self._note(line)

    def _lines(self) -> list[dict[str, Any]]:
        """Return the events that the file had when it was read."""
        return [json.loads(line) for line in self._whole.splitlines()]

    def _rewrite(self, lines: Iterable[dict[str, Any]]) -> None:
        """Replace the file, if its events change, and remove leftovers of a run that was killed while writing."""
        for part in self._path.parent.glob(f".{self._path.name}.*.part"):
            part.unlink(missing_ok=True)
        kept = as_lines(lines)
        if self._is_torn or kept != as_lines(self._lines()):
            write_atomically(self._path, kept)
            self._whole, self._is_torn = kept, False


def as_lines(events: Iterable[dict[str, Any]]) -> bytes:
    """Write events as JSON, one per line."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)
