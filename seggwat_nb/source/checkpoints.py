"""Crawls under way, written down, so that one that was stopped can continue.

Pages are kept under the run's id, so a load that was interrupted is replayed from the kept pages and
continues where it ended, if the latest of them is recent. The first new window must overlap the replayed ones like
any other, so the seam is proven too. The age of the first page does not count: within the limit of 20 requests a minute
a load of 100,000 rows takes an hour without any stop, and its frame is as of when it began either way.
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
from seggwat_nb.locks import held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seggwat_nb.source.responses import Page

__all__ = ["LONGEST_LOAD", "RESUME_WITHIN", "Run", "Runs"]

RESUME_WITHIN: Final = timedelta(minutes=30)
"""An interrupted load is resumed if its latest page is no older."""

LONGEST_LOAD: Final = timedelta(hours=24)
"""A load that began longer ago is not resumed, however often it was stopped meanwhile."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class Run:
    """A load under way: its identity on disk, and how far it has got.

    ``latest`` is when its latest page was fetched; on disk, when the record was last modified.
    """

    id: str
    started: datetime
    record: Path | None
    latest: datetime
    steps: int = 0
    seen: int = 0
    total: int = 0

    @classmethod
    def new(cls, started: datetime, record: Path | None = None) -> Run:
        """Begin a run; without a record it cannot continue once it was stopped."""
        return cls(id=uuid.uuid4().hex, started=started, record=record, latest=started)

    def keep(self, page: Page) -> None:
        """Take note of a page."""
        self.seen = max(self.seen, page.start + len(page.rows))  # the head is read again at the end
        self.total = page.total
        if self.record is not None and not os.path.exists(self.record):  # noqa: PTH110  # Path.exists may raise
            # The cache folder was removed meanwhile, and the pages with it: there is nothing to resume from.
            self.record = None

    def fetched(self, moment: datetime) -> None:
        """Take note that a page has just been fetched, and not read from disk."""
        self.latest = moment
        if self.record is not None:
            with suppress(OSError):  # It was removed meanwhile.
                nanoseconds = (moment - _EPOCH) // _MICROSECOND * 1000
                os.utime(self.record, ns=(nanoseconds, nanoseconds))

    def is_resumable(self, now: datetime) -> bool:
        """Whether a load may continue from the pages of this one."""
        is_recent = timedelta(0) <= now - self.latest <= RESUME_WITHIN
        return is_recent and timedelta(0) <= now - self.started <= LONGEST_LOAD


class Runs:
    """The runs of one user and service.

    Parameters
    ----------
    folder
        Where they are written down.
    forget
        Removes the kept pages of a run.
    now
        Returns the time.
    on_unwritable
        Called with the error if they cannot be written down; warns by default.
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
        """Resume the run that was interrupted, or begin a new one; only its holder writes it down."""
        with ExitStack() as lock:
            yield self._begin(name, lock)

    def _begin(self, name: str, lock: ExitStack) -> Run:
        try:
            lock.enter_context(held(private_folder(self._folder) / f"{name}.lock"))
            record = self._record(name)
            run = self._unfinished(record)
            if run is None:
                run = Run.new(self._now(), record)
                write_atomically(record, json.dumps({"run": run.id, "started": run.started.isoformat()}).encode())
                run.fetched(run.started)
        except TimeoutError:
            return Run.new(self._now())  # Another kernel loads this list, and writes down its own run.
        except OSError as error:
            self._on_unwritable(error)
            return Run.new(self._now())
        return run

    def is_interrupted(self, name: str) -> bool:
        """Whether there is an interrupted run to resume."""
        return self.interrupted(name) is not None

    def interrupted(self, name: str) -> str | None:
        """Id of the run that was stopped and can be resumed; None if there is none."""
        run = self._noted(self._record(name))
        return run.id if run is not None and run.is_resumable(self._now()) else None

    def end(self, run: Run) -> None:
        """Forget a run that is done, or of no more use."""
        self._forget(run.id)
        if run.record is not None:
            remove_file(run.record)

    def _unfinished(self, record: Path) -> Run | None:
        """Find the interrupted run; drop the pages of one that is too old."""
        run = self._noted(record)
        if run is None or run.is_resumable(self._now()):
            return run
        self.end(run)
        return None

    def _noted(self, record: Path) -> Run | None:
        """Read what was written down; None if that is nothing or cannot be read."""
        try:
            noted = json.loads(record.read_bytes())
            started = datetime.fromisoformat(noted["started"])
            latest = _EPOCH + record.stat().st_mtime_ns // 1000 * _MICROSECOND
            return Run(id=str(noted["run"]), started=started, record=record, latest=latest) if started.tzinfo else None
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None

    def _record(self, name: str) -> Path:
        return self._folder / f"{name}.json"
