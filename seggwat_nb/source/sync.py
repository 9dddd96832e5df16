"""Loads one list of one project as a complete frame, from the API or from disk.

A stored snapshot is refreshed incrementally. The whole list is crawled if there is no snapshot, if the last crawl is
too long ago, if a crawl takes no more requests, or if the result of a refresh cannot be verified.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seggwat_nb.errors import LockedError, SeggwatError, SnapshotError
from seggwat_nb.files import private_folder
from seggwat_nb.locks import hold_in_turn
from seggwat_nb.schema import FEEDBACK, OPEN_STATUSES, RATINGS, STATUSES
from seggwat_nb.source.answers import UnprovenError
from seggwat_nb.source.checkpoints import Run, Runs
from seggwat_nb.source.crawl import crawl, requests_for
from seggwat_nb.source.frames import feedback_rows, ratings_rows
from seggwat_nb.source.incremental import refresh
from seggwat_nb.source.learned import Learned
from seggwat_nb.source.list_requests import ListRequests
from seggwat_nb.source.load_errors import how_to_resume, stops_only_refreshes, with_partial, with_snapshot
from seggwat_nb.source.load_result import LoadResult, Progress
from seggwat_nb.source.manifest import Facts, Snapshot
from seggwat_nb.source.merging import as_stored, merge_rows, oldest_reading, rows_for_refresh
from seggwat_nb.source.partial_records import complete_record
from seggwat_nb.source.readings import READINGS
from seggwat_nb.source.refresh_cost import BUDGET, GATE, least_requests, with_empty_lists
from seggwat_nb.source.snapshots import Store
from seggwat_nb.source.watched import WatchedCrawl, WatchedRefresh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import polars as pl

    from seggwat_nb.config import Settings
    from seggwat_nb.source.crawl import CrawlResult
    from seggwat_nb.source.frames import Rows
    from seggwat_nb.source.manifest import Manifest
    from seggwat_nb.source.transport import Api

__all__ = ["ListLoader"]

T = TypeVar("T")

_SCHEMAS: Final = {"feedback": FEEDBACK, "ratings": RATINGS}
_ROWS: Final = {"feedback": feedback_rows, "ratings": ratings_rows}


class ListLoader:
    """One list of one project.

    Parameters
    ----------
    api
        Sends the requests.
    settings
        The storage locations.
    resource
        ``"feedback"`` or ``"ratings"``.
    project_id
        The project.
    now
        Returns the time in UTC. The system clock by default. The demo simulates weeks passing.
    known_at
        The time that the history takes for a load's. Its start by default.
    warned
        The warnings about stored files given so far, which are not repeated.
    """

    def __init__(
        self,
        api: Api,
        settings: Settings,
        *,
        resource: str,
        project_id: str,
        now: Callable[[], datetime] | None = None,
        known_at: datetime | None = None,
        warned: set[str] | None = None,
    ) -> None:
        self._api = api
        self._settings = settings
        self.resource = self._resource = resource
        self.project_id = self._project_id = project_id
        self._now = now or partial(datetime.now, UTC)
        self._runs = Runs(
            settings.page_cache_dir / "runs", forget=api.forget_run, now=self._now, on_unwritable=api.on_unwritable
        )
        self._learned = Learned()
        self._known_at = known_at
        self._requests = ListRequests(api, resource, project_id)
        folder, schema = settings.project_dir(project_id), _SCHEMAS[resource]
        self.store = Store(folder, resource, schema, keep_gone=settings.keep_gone, warned=warned)

    def is_fresh(self) -> bool:
        """Whether the stored snapshot is young enough to be served without a request."""
        manifest = self.store.manifest()
        if manifest is None:
            return False
        age = (self._now() - manifest.facts.started).total_seconds()
        return 0 <= age < self._settings.max_age_seconds

    @contextmanager
    def in_turn(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Wait until no other notebook, process or thread on this machine is loading this list.

        Does not wait if the lock cannot be created, or if its holder shows no sign of life.
        """
        with ExitStack() as lock:
            with suppress(OSError):
                folder = private_folder(self._settings.project_dir(self._project_id))
                lock.enter_context(hold_in_turn(folder / f".{self._resource}.load.lock", on_wait=on_wait))
            yield

    def is_loaded_since(self, moment: datetime, *, whole: bool = False, verified: bool = False) -> bool:
        """Whether the stored load started at or after a given time.

        ``whole`` requires a load that read every row, ``verified`` one that verified every status.
        """
        manifest = self.store.manifest()
        if manifest is None:
            return False
        facts = manifest.facts
        began = facts.last_full if whole else facts.exact_as_of if verified else facts.started
        return moment <= began <= self._now()

    def from_disk(self) -> LoadResult:
        """Return the stored snapshot, however old.

        Raises
        ------
        SnapshotError
            No snapshot is stored, or it cannot be trusted.
        """
        snapshot = self.store.read()
        if snapshot is None:
            raise SnapshotError(
                f"The {self._resource} list of project {self._project_id} is not stored on this machine. "
                "Load it once with refresh='auto' while the service can be reached."
            )
        return as_stored(snapshot, _SCHEMAS[self._resource])

    def up_to_date(self, watch: Progress, *, must_verify: bool = False) -> LoadResult:
        """Refresh the stored snapshot incrementally, or load the whole list if that is better.

        Parameters
        ----------
        watch
            Receives the progress and sets the limit.
        must_verify
            Whether to verify the status of every row, however many requests it takes.

        Raises
        ------
        SeggwatError
            The load could not be completed. ``snapshot`` has the last complete frame, ``partial`` the rows loaded so
            far.
        """
        snapshot = self.store.read()
        if snapshot is not None:
            self._learned = Learned.of(snapshot.manifest.facts, self._now())
        if snapshot is None or self._needs_full_load(snapshot) or (must_verify and not self._has_statuses):
            return self.from_api(params={}, watch=watch, why=self._learned.no_refresh)
        sent = self._api.requests_sent
        try:
            return self._by_difference(snapshot, watch, must_verify=must_verify)
        except SeggwatError as reason:
            if not stops_only_refreshes(reason):
                raise
            self._learned = self._learned.after(reason, self._now())
            spent = self._api.requests_sent - sent
            return self.from_api(params={}, watch=watch, spent=spent, why=str(reason))

    def from_api(
        self,
        *,
        params: Mapping[str, str],
        watch: Progress,
        spent: int = 0,
        why: str | None = None,
    ) -> LoadResult:
        """Crawl the list. A crawl of the whole list is stored as the snapshot.

        Parameters
        ----------
        params
            Filters applied by the server. Empty for the whole list.
        watch
            Receives the progress and sets the limit.
        spent, why
            Requests used by a failed incremental refresh, and the reason for the failure.

        Raises
        ------
        SeggwatError
            The crawl could not be completed. ``partial`` has the rows loaded so far, ``snapshot`` the last complete
            frame.
        """
        known = self.store.manifest()
        with self._runs.begin(self._run_name(params)) as run:
            rows = _ROWS[self._resource](self._project_id)
            asks = WatchedCrawl(self._api, self._requests, run, rows, params, watch=watch, spent=spent, now=self._now)
            crawled = self._crawl(asks, run, rows, is_whole=not params)
            decoded = rows.decode(crawled.equal)
            loaded = LoadResult(
                frame=decoded.frame,
                started=run.started,
                finished=self._now(),
                served_from="api" if asks.crawled >= run.steps else "resumed",
                requests=asks.sent,
                total=crawled.total,
                removed_during=crawled.removed_during,
                set_aside=decoded.set_aside,
                full_as_of=run.started,
                verified_fields=tuple(_SCHEMAS[self._resource]),
                status_as_of=run.started,
                open_as_of=run.started,
                oldest_read_at=run.started,
                why_full=why,
                slow_because=crawled.slow_because,
                repeated=crawled.repeated,
                conflicting=crawled.conflicting,
            )
            if not params:
                copies = asks.places.copies
                self._learned = self._learned.after_crawl(crawled.equal, copies, self._now())
                loaded = self._keep(
                    loaded,
                    known=known,
                    inserted_during=crawled.inserted_during,
                    learned=self._learned,
                    readings=asks.readings.frame(),
                    stand_ins=asks.places.stand_ins(crawled.total),
                    copies=copies | {row_id: number for row_id, number in crawled.equal.items() if number > 1},
                )
            self._runs.end(run)
        return loaded

    def _crawl(self, asks: WatchedCrawl, run: Run, rows: Rows, *, is_whole: bool) -> CrawlResult:
        """Crawl the list. What was read before an error is added to it, and resumed from if that can help."""
        try:
            return crawl(
                asks.page,
                is_there=asks.has if is_whole else None,
                slower=asks.slower,
                known_empty=not is_whole or self._was_empty,
            )
        except SeggwatError as error:
            if isinstance(error, UnprovenError) or not run.seen:  # There is nothing to resume from.
                self._runs.end(run)
            failure = with_snapshot(with_partial(error, run, rows, now=self._now()), self.store.read())
            raise failure from (None if failure is error else error)
        except KeyboardInterrupt as stop:
            stop.add_note(how_to_resume(run, now=self._now()))
            raise

    @property
    def _was_empty(self) -> bool:
        """Whether there is a stored load, and it found no rows."""
        manifest = self.store.manifest()
        return manifest is not None and not manifest.facts.total

    def least_requests(self) -> int | None:
        """Return the minimum number of requests to refresh the snapshot, or None if the whole list is to be loaded."""
        snapshot = self.store.read()
        if snapshot is None or self._needs_full_load(snapshot):
            return None
        return self._least(snapshot)

    def count_stored_pages(self) -> int:
        """Count the pages from which a recently interrupted load of the whole list would resume."""
        run = self._runs.find_interrupted(self._run_name({}))
        return 0 if run is None else self._api.count_stored_pages(run)

    def total(self) -> int:
        """Request the length of the list. Takes one request, cached for five minutes."""
        return self._requests.total()

    def complete(self, record: dict[str, Any]) -> dict[str, Any]:
        """Complete a single record that has fewer keys than those of the list, from the stored row."""
        return complete_record(record, self._resource, self.store.rows)

    def replace(self, record: dict[str, Any], *, asked: datetime) -> dict[str, Any]:
        """Replace one row of the stored snapshot with a newer record requested at a given time, which is completed."""
        record = self.complete(record)
        rows = _ROWS[self._resource](self._project_id)
        rows.add([record])
        changed = rows.decode().frame
        self._try_to_write(lambda: self.store.replace(changed, asked=asked))
        return record

    # -- incremental refresh --

    def _needs_full_load(self, snapshot: Snapshot) -> bool:
        """Return whether a full load is better, decided before any request."""
        facts = snapshot.manifest.facts
        age = self._now() - (oldest_reading(snapshot.listed, READINGS.to_frame()) or facts.last_full)
        return (
            age < timedelta(0)
            or facts.started > self._now()
            or not self._settings.full_after
            or Learned.of(facts, self._now()).no_refresh is not None
            or requests_for(snapshot.manifest.rows) <= self._least(snapshot)
            or self._runs.is_interrupted(self._run_name({}))
        )

    def _least(self, snapshot: Snapshot) -> int:
        """Return the number of requests that a refresh takes if nothing has changed."""
        facts, now = snapshot.manifest.facts, self._now()
        lengths = Counter(snapshot.listed["status"].drop_nulls()) if self._has_statuses else None
        return least_requests(
            snapshot.manifest.rows,
            None if lengths is None else with_empty_lists(lengths),
            counted=facts.has_counts is not False,
            may_stop=lengths != {} and timedelta(0) <= now - facts.exact_as_of < GATE,
            share=(now - facts.started) / self._settings.full_after,
        )

    def _by_difference(self, snapshot: Snapshot, watch: Progress, *, must_verify: bool) -> LoadResult:
        facts = snapshot.manifest.facts
        run = Run.new(self._now())
        rows = _ROWS[self._resource](self._project_id)
        asks = WatchedRefresh(self._api, self._requests, run, rows, listed=snapshot.listed, watch=watch)
        most = BUDGET if watch.max_requests is None else min(BUDGET, watch.max_requests)
        try:
            done = refresh(
                rows_for_refresh(snapshot.listed, facts),
                asks.page,
                ask_one=asks.item,
                now=self._now,
                statuses=STATUSES if self._has_statuses else (),
                open_statuses=OPEN_STATUSES,
                count=asks.counts if self._has_statuses and facts.has_counts is not False else None,
                stand_ins=facts.stand_ins,
                copies=facts.copies,
                last=facts.started,
                exact_as_of=facts.exact_as_of,
                full_after=self._settings.full_after,
                budget=None if must_verify else most,
                must_verify=must_verify,
                estimated=asks.estimated,
            )
            frame, set_aside = merge_rows(snapshot, rows, done)
        except SeggwatError as error:
            if not stops_only_refreshes(error):
                with_snapshot(error, self.store.read())
            raise
        except KeyboardInterrupt as stop:
            stop.add_note("The stored snapshot is unchanged.")
            raise
        finally:
            self._runs.end(run)
        exact, was_open = facts.exact_as_of, max(facts.exact_as_of, facts.open_as_of or facts.exact_as_of)
        claims = ("status", "open") if done.stopped and self._has_statuses else done.verified
        loaded = LoadResult(
            frame=frame,
            started=run.started,
            finished=self._now(),
            served_from="api",
            requests=asks.sent,
            total=done.total,
            removed_during=0,
            set_aside=set_aside,
            full_as_of=facts.last_full,
            verified_fields=claims,
            status_as_of=run.started if "status" in done.verified else exact,
            open_as_of=run.started if "open" in done.verified else was_open,
            oldest_read_at=oldest_reading(frame, done.readings),
            reread=done.reread,
            why_not=done.why_not,
        )
        return self._keep(
            loaded,
            learned=Learned(facts.has_counts if done.counted is None else done.counted),
            readings=done.readings,
            missed=done.missed,
            base=snapshot,
            stand_ins=done.stand_ins,
            copies=done.copies,
        )

    @property
    def _has_statuses(self) -> bool:
        return "status" in _SCHEMAS[self._resource]

    # -- storing --

    def _keep(
        self,
        loaded: LoadResult,
        *,
        readings: pl.DataFrame,
        missed: pl.DataFrame | None = None,
        base: Snapshot | None = None,
        known: Manifest | None = None,
        inserted_during: int = 0,
        learned: Learned,
        stand_ins: dict[str, datetime],
        copies: dict[str, int],
    ) -> LoadResult:
        """Store a load as the snapshot, and add the changes since the previous one."""
        facts = Facts(
            total=loaded.total,
            started=loaded.started,
            finished=loaded.finished,
            requests=loaded.requests,
            removed_during=loaded.removed_during,
            inserted_during=inserted_during,
            set_aside=loaded.set_aside,
            full_as_of=loaded.full_as_of,
            claims=loaded.verified_fields if missed is not None else (),
            status_as_of=loaded.status_as_of,
            open_as_of=loaded.open_as_of,
            has_counts=learned.has_counts,
            no_refresh=learned.no_refresh,
            no_refresh_until=learned.no_refresh_until,
            stand_ins=stand_ins,
            copies=copies,
            known_at=None if self._known_at is None else min(self._known_at, loaded.started),
        )
        written = self._try_to_write(
            lambda: self.store.write(loaded.frame, facts, readings=readings, missed=missed, base=base, known=known)
        )
        loaded = replace(loaded, frame=loaded.frame.select(*_SCHEMAS[self._resource]))
        if written is None:
            return replace(loaded, stored=False)
        return replace(loaded, new=written.new, changed=written.changed, gone=written.gone, returned=written.returned)

    def _try_to_write(self, write: Callable[[], T]) -> T | None:
        try:
            return write()
        except (OSError, LockedError) as error:
            warnings.warn(
                f"The {self._resource} list is loaded, but could not be stored ({error}). "
                "It will be fetched again next time; `seggwat-nb doctor` shows where things are stored.",
                stacklevel=2,
            )
            return None

    def _run_name(self, params: Mapping[str, str]) -> str:
        return hashlib.sha256(json.dumps([self._requests.path, dict(params)], sort_keys=True).encode()).hexdigest()[:24]
