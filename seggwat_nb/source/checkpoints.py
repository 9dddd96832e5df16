"""Records of running crawls, so that an interrupted one can be resumed.

Pages are kept under the run's ID. An interrupted load is replayed from them and continues where it stopped, provided
that the latest page is recent. The first new window must overlap the replayed ones like any other, so nothing can be
lost in between. The age of the first page does not matter: at 20 requests per minute, 100,000 rows take an hour even
without an interruption, and the frame is as of the start of the load either way.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from seggwat_nb.files import UnwritableFolder, private_folder, remove_file, write_atomically
from seggwat_nb.locks import hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seggwat_nb.source.responses import Page

__all__ = ["LONGEST_LOAD", "RESUME_WITHIN", "Run", "Runs"]

RESUME_WITHIN: Final = timedelta(minutes=30)
"""An interrupted load is resumed only if its latest page is at most this old."""

LONGEST_LOAD: Final = timedelta(hours=24)
"""A load that started longer ago than this is never resumed."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class Run:
    """A running load: its identity on disk and its progress.

    ``latest`` is when its latest page was fetched. On disk, this is the modification time of the record.
    """

    id: str
    started: datetime
    record: Path | None
    latest: datetime
    steps: int = 0
    pages: int = 0
    seen: int = 0
    total: int = 0

    @classmethod
    def new(cls, started: datetime, record: Path | None = None) -> Run:
        """Start a run. Without a record, it cannot be resumed after an interruption."""
        return cls(id=uuid.uuid4().hex, started=started, record=record, latest=started)

    def keep(self, page: Page) -> None:
        """Update the progress with a page."""
        self.pages += 1
        self.seen = max(self.seen, page.start + len(page.rows))  # the first page is read again at the end
        self.total = page.total
        if self.record is not None and not os.path.exists(self.record):  # noqa: PTH110  # Path.exists may raise
            # The cache folder and its pages have been removed in the meantime: there is nothing to resume from.
            self.record = None

    def mark_fetched(self, moment: datetime) -> None:
        """Record that a page was just fetched from the API rather than read from disk."""
        self.latest = moment
        if self.record is not None:
            with suppress(OSError):  # It may have been removed in the meantime.
                nanoseconds = (moment - _EPOCH) // _MICROSECOND * 1000
                os.utime(self.record, ns=(nanoseconds, nanoseconds))

    def is_resumable(self, now: datetime) -> bool:
        """Whether a new load may continue from the pages of this run."""
        is_recent = timedelta(0) <= now - self.latest <= RESUME_WITHIN
        return is_recent and timedelta(0) <= now - self.started <= LONGEST_LOAD


class Runs:
    """The runs of one user on one service.

    Parameters
    ----------
    folder
        Where the records are stored.
    forget
        Removes the kept pages of a run.
    now
        Returns the time.
    on_unwritable
        Called with the error if a record cannot be written. By default, it warns.
    """

    def __init__(
        self,
        folder: Path,
        *,
        forget: Callable[[str], None],
        now: Callable[[], datetime],
        on_unwritable: Callable[[OSError], None] | None = None,
    ) -> None:
        self._folder = folder
        self._forget = forget
        self._now = now
        self._on_unwritable = on_unwritable or UnwritableFolder(folder)

    @contextmanager
    def begin(self, name: str) -> Iterator[Run]:
        """Resume the interrupted run, or start a new one. Only the holder of the lock records its run."""
        with ExitStack() as lock:
            yield self._begin(name, lock)

    def _begin(self, name: str, lock: ExitStack) -> Run:
        try:
            lock.enter_context(hold(private_folder(self._folder) / f"{name}.lock"))
            record = self._record(name)
            run = self._find_unfinished(record)
            if run is None:
                run = Run.new(self._now(), record)
                write_atomically(record, json.dumps({"run": run.id, "started": run.started.isoformat()}).encode())
                run.mark_fetched(run.started)
        except TimeoutError:
            return Run.new(self._now())  # Another process is loading this list and records its own run.
        except OSError as error:
            self._on_unwritable(error)
            return Run.new(self._now())
        return run

    def is_interrupted(self, name: str) -> bool:
        """Whether there is an interrupted run to resume."""
        return self.find_interrupted(name) is not None

    def find_interrupted(self, name: str) -> str | None:
        """ID of the interrupted run that can be resumed, or None if there is none."""
        run = self._read(self._record(name))
        return run.id if run is not None and run.is_resumable(self._now()) else None

    def end(self, run: Run) -> None:
        """Remove a run that is finished or no longer needed, with its pages."""
        self._forget(run.id)
        if run.record is not None:
            remove_file(run.record)

    def _find_unfinished(self, record: Path) -> Run | None:
        """Find the interrupted run. One that is too old is removed with its pages."""
        run = self._read(record)
        if run is None or run.is_resumable(self._now()):
            return run
        self.end(run)
        return None

    def _read(self, record: Path) -> Run | None:
        """Read a record, or return None if it does not exist or cannot be read."""
        try:
            stored = json.loads(record.read_bytes())
            started = datetime.fromisoformat(stored["started"])
            latest = _EPOCH + record.stat().st_mtime_ns // 1000 * _MICROSECOND
            return Run(id=str(stored["run"]), started=started, record=record, latest=latest) if started.tzinfo else None
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None

    def _record(self, name: str) -> Path:
        return self._folder / f"{name}.json"
