"""One list of one project, from the API or from disk, to a complete frame.

A crawl writes down its run: pages are kept under the run's id, so a load that was stopped, killed or cut off is
replayed from the kept pages and goes on where it ended, if the last of them is young enough. The first new window must
overlap the replayed ones like any other, so the seam is proven too.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from filelock import FileLock, Timeout

from seggwat_nb.errors import IncompleteError, LockedError, SeggwatError, SnapshotError
from seggwat_nb.files import private_folder, write_atomically
from seggwat_nb.schema import FEEDBACK, RATINGS
from seggwat_nb.source import wire
from seggwat_nb.source.crawl import crawl
from seggwat_nb.source.decode import Decoded, feedback_frame, ratings_frame
from seggwat_nb.source.snapshot import Facts
from seggwat_nb.source.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from seggwat_nb.config import Settings
    from seggwat_nb.source.http import Api

__all__ = ["RESUME_WITHIN", "Listing", "Loaded"]

RESUME_WITHIN: Final = timedelta(minutes=30)
"""An interrupted load goes on where it stopped if its last page is no older."""

_SCHEMAS: Final = {"feedback": FEEDBACK, "ratings": RATINGS}
_DECODERS: Final = {"feedback": feedback_frame, "ratings": ratings_frame}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A complete frame of one list, the newest row first, and how it came; named as in `Provenance`."""

    frame: pl.DataFrame
    started: datetime
    finished: datetime
    served_from: str
    requests: int
    total: int
    ghosts: int
    set_aside: tuple[str, ...]


@dataclass(slots=True)
class _Run:
    """A crawl under way: its identity on disk, and what it has got."""

    id: str
    started: datetime
    record: Path | None
    steps: int = 0
    total: int = 0
    bodies: list[bytes] = field(default_factory=list)

    def keep(self, page: wire.Page) -> None:
        self.bodies.append(page.body)
        self.total = page.total
        if self.record is not None:
            self.record.touch()


class Listing:
    """One list of one project.

    Parameters
    ----------
    api
        What sends.
    settings
        Where things lie on disk.
    resource
        ``"feedback"`` or ``"ratings"``.
    project_id
        The project.
    """

    def __init__(self, api: Api, settings: Settings, *, resource: str, project_id: str) -> None:
        self._api = api
        self._settings = settings
        self._resource = resource
        self._project_id = project_id
        self.path = f"/projects/{quote(project_id, safe='')}/{resource}"
        self.store = Store(settings.project_dir(project_id), resource, _SCHEMAS[resource])

    def is_fresh(self) -> bool:
        """Whether the stored snapshot is young enough to be served without a request."""
        manifest = self.store.manifest()
        if manifest is None:
            return False
        age = (datetime.now(UTC) - manifest.facts.started).total_seconds()
        return 0 <= age < self._settings.max_age_seconds

    def from_disk(self) -> Loaded:
        """Serve the stored snapshot, however old.

        Raises
        ------
        SnapshotError
            None is stored, or none that can be trusted.
        """
        snapshot = self.store.read()
        if snapshot is None:
            raise SnapshotError(
                f"No {self._resource} of project {self._project_id} are stored on this machine. "
                "Load them once with refresh='auto' while the service can be reached."
            )
        facts = snapshot.manifest.facts
        return Loaded(
            frame=snapshot.frame,
            started=facts.started,
            finished=facts.finished,
            served_from="snapshot",
            requests=0,
            total=facts.total,
            ghosts=facts.ghosts,
            set_aside=facts.set_aside,
        )

    def from_api(
        self, *, params: Mapping[str, str], progress: Callable[[int, int], None], fresh_run: bool = False
    ) -> Loaded:
        """Crawl the list; a crawl of the whole list is stored as the snapshot.

        Parameters
        ----------
        params
            The selection that the server makes; empty for the whole list.
        progress
            Told rows seen and rows in all after each page.
        fresh_run
            Whether the pages of an interrupted load are left aside.

        Raises
        ------
        SeggwatError
            The crawl did not close. ``partial`` has the rows got so far, ``snapshot`` the last complete frame.
        """
        sent = self._api.requests_sent
        with self._run(params, fresh=fresh_run) as run:
            try:
                closed = crawl(partial(self._fetch, run, params, progress))
            except SeggwatError as error:
                failure = self._with_what_is_in_hand(error, run)
                raise failure from (None if failure is error else error)
            except KeyboardInterrupt as stop:
                stop.add_note(self._how_to_go_on(run))
                raise
            decoded = self._decode(run)
            loaded = Loaded(
                frame=decoded.frame,
                started=run.started,
                finished=datetime.now(UTC),
                served_from="api" if self._api.requests_sent - sent >= run.steps else "resumed",
                requests=self._api.requests_sent - sent,
                total=closed.total,
                ghosts=closed.ghosts,
                set_aside=decoded.set_aside,
            )
            if not params:
                self._keep(loaded, late=closed.late)
            self._end(run)
        return loaded

    def total(self) -> int:
        """Ask the list for its length; one request, remembered for five minutes."""
        check = partial(wire.read_page, key=self._resource, page=1)
        return self._api.get(self.path, {"page": 1, "limit": 1}, check=check).total

    def replace(self, record: object) -> None:
        """Put one record, as the API just gave it, in the place of its row in the stored snapshot."""
        snapshot = self.store.read()
        if snapshot is None:
            return
        decode = _DECODERS[self._resource]
        changed = decode([[record]], project_id=self._project_id).frame
        others = snapshot.frame.join(changed.select("id"), on="id", how="anti")
        if others.height == snapshot.frame.height:
            return
        frame = others.vstack(changed).sort("created_at", "id", descending=[True, False])
        self._write(frame, snapshot.manifest.facts)

    def _fetch(
        self, run: _Run, params: Mapping[str, str], progress: Callable[[int, int], None], page: int, limit: int
    ) -> wire.Page:
        run.steps += 1
        read = self._api.page(
            self.path,
            {**params, "page": page, "limit": limit},
            run=run.id,
            step=run.steps,
            check=partial(wire.read_page, key=self._resource, page=page),
        )
        run.keep(read)
        progress(min(read.start + len(read.rows), read.total), read.total)
        return read

    def _decode(self, run: _Run) -> Decoded:
        pages = (wire.records(body, self._resource) for body in run.bodies)
        return _DECODERS[self._resource](pages, project_id=self._project_id)

    @contextmanager
    def _run(self, params: Mapping[str, str], *, fresh: bool) -> Iterator[_Run]:
        """Take up the run that was interrupted, or begin a new one; only its holder writes it down."""
        name = hashlib.sha256(json.dumps([self.path, dict(params)], sort_keys=True).encode()).hexdigest()[:24]
        new = _Run(id=uuid.uuid4().hex, started=datetime.now(UTC), record=None)
        try:
            folder = private_folder(self._settings.page_cache_dir / "runs")
            lock = FileLock(folder / f"{name}.lock", mode=0o600)
            lock.acquire(timeout=0)
        except (OSError, Timeout):
            # Read-only, or another kernel crawls this list just now: a run of our own, not written down.
            yield new
            return
        try:
            record = folder / f"{name}.json"
            run = None if fresh else self._unfinished(record)
            if run is None:
                run = _Run(id=new.id, started=new.started, record=record)
                write_atomically(record, json.dumps({"run": run.id, "started": run.started.isoformat()}).encode())
            yield run
        finally:
            lock.release()

    def _unfinished(self, record: Path) -> _Run | None:
        """Find the interrupted run; drop the pages of one that is too old."""
        try:
            age = time.time() - record.stat().st_mtime
            noted = json.loads(record.read_bytes())
            run = _Run(id=str(noted["run"]), started=datetime.fromisoformat(noted["started"]), record=record)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if 0 <= age <= RESUME_WITHIN.total_seconds():
            return run
        self._end(run)
        return None

    def _end(self, run: _Run) -> None:
        self._api.forget_run(run.id)
        if run.record is not None:
            run.record.unlink(missing_ok=True)

    def _keep(self, loaded: Loaded, *, late: int) -> None:
        facts = Facts(
            total=loaded.total,
            started=loaded.started,
            finished=loaded.finished,
            requests=loaded.requests,
            ghosts=loaded.ghosts,
            late=late,
            set_aside=loaded.set_aside,
        )
        self._write(loaded.frame, facts)

    def _write(self, frame: pl.DataFrame, facts: Facts) -> None:
        try:
            self.store.write(frame, facts)
        except (OSError, LockedError) as error:
            warnings.warn(
                f"The {self._resource} are loaded, but could not be stored ({error}). "
                "They will be fetched again next time; `seggwat-nb doctor` shows where things are stored.",
                stacklevel=2,
            )

    def _with_what_is_in_hand(self, error: SeggwatError, run: _Run) -> SeggwatError:
        """Say what was got and what is stored, and carry both."""
        raised = error
        if run.bodies:
            partial_frame = self._decode(run).frame
            got = f"{error} {partial_frame.height:,} of {run.total:,} rows were got (`error.partial`). "
            raised = IncompleteError(got + self._how_to_go_on(run))
            raised.partial = partial_frame
        snapshot = self.store.read()
        if snapshot is not None:
            as_of = snapshot.manifest.facts.started
            raised.snapshot, raised.snapshot_as_of = snapshot.frame, as_of
            stored = f"{snapshot.frame.height:,} rows as of {as_of:%Y-%m-%d %H:%M} UTC ({_age(as_of)} old) are stored"
            raised.args = (f"{raised} {stored}: refresh='never' serves them.",)
        return raised

    def _how_to_go_on(self, run: _Run) -> str:
        minutes = RESUME_WITHIN.total_seconds() / 60
        return f"Load again within {minutes:.0f} minutes to go on after page {run.steps}; nothing is fetched twice."


def _age(moment: datetime) -> str:
    minutes = int((datetime.now(UTC) - moment).total_seconds() // 60)
    for unit, length in (("days", 24 * 60), ("hours", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit}"
    return f"{minutes} minutes"
