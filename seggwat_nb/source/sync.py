"""One list of one project, from the API or from disk, to a complete frame.

Where a snapshot is stored, it is brought up to date by difference; the list is crawled where there is none, where the
last crawl is long ago, where a crawl takes no more requests, and where a difference cannot be verified.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

import polars as pl

from seggwat_nb.errors import (
    ApiError,
    BadRequestError,
    IncompleteError,
    LockedError,
    NotFoundError,
    SeggwatError,
    SnapshotError,
    UnexpectedAnswerError,
)
from seggwat_nb.files import private_folder
from seggwat_nb.locks import held_in_turn
from seggwat_nb.schema import FEEDBACK, OPEN_STATUSES, RATINGS, STATUSES, UTC_TIME
from seggwat_nb.source import responses
from seggwat_nb.source.beliefs import UnsettledError
from seggwat_nb.source.checkpoints import RESUME_WITHIN, Run, Runs
from seggwat_nb.source.crawl import crawl, requests_for
from seggwat_nb.source.frames import Rows, feedback_rows, ratings_rows
from seggwat_nb.source.incremental import BUDGET, GATE, Refreshed, least_requests, refresh
from seggwat_nb.source.list_order import Places
from seggwat_nb.source.manifest import Facts, Snapshot
from seggwat_nb.source.readings import READINGS, Readings
from seggwat_nb.source.snapshots import Store
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seggwat_nb.config import Settings
    from seggwat_nb.source.transport import Api

__all__ = ["RESUME_WITHIN", "ListLoader", "LoadResult", "Progress"]

T = TypeVar("T")

_MINUTE: Final = timedelta(minutes=1)
_SCHEMAS: Final = {"feedback": FEEDBACK, "ratings": RATINGS}
_ROWS: Final = {"feedback": feedback_rows, "ratings": ratings_rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """A complete frame of one list, the newest row first, and how it came; named as in `Provenance`."""

    frame: pl.DataFrame
    started: datetime
    finished: datetime
    served_from: str
    requests: int
    total: int
    removed_during: int
    set_aside: tuple[str, ...]
    full_as_of: datetime
    verified_fields: tuple[str, ...]
    status_as_of: datetime
    open_as_of: datetime
    oldest_read_at: datetime | None
    new: int = 0
    changed: int = 0
    gone: int = 0
    returned: int = 0
    reread: int = 0
    forgotten: int = 0
    why_full: str | None = None
    slow_because: str | None = None
    repeated: frozenset[str] = frozenset()
    conflicting: frozenset[str] = frozenset()
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Who is told how a load goes on, and how long it may go on.

    Attributes
    ----------
    progress
        Told rows seen and rows in all after each page of a crawl.
    estimated
        Told the requests that a refresh will take, as soon as that is known.
    slower
        Told about how many more requests a crawl will take than its length needs, and why.
    max_requests : int or None
        A load that would take more stops before that.
    """

    progress: Callable[[int, int], None]
    estimated: Callable[[int], None] = lambda _: None
    slower: Callable[[int, str], None] = lambda _requests, _why: None
    max_requests: int | None = None

    def check(self, made: int, to_come: int) -> None:
        """Stop before a limit that cannot be kept."""
        if self.max_requests is not None and made + to_come > self.max_requests:
            raise IncompleteError(
                f"The load takes about {made + to_come} requests, and max_requests={self.max_requests}; {made} were "
                "made. Allow more, or load at a time when waiting does not matter."
            )


class ListLoader:
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
    now
        Tells the time, in UTC; the system's clock by default. The demo lets weeks go by.
    """

    def __init__(
        self,
        api: Api,
        settings: Settings,
        *,
        resource: str,
        project_id: str,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._api = api
        self._settings = settings
        self.resource = self._resource = resource
        self.project_id = self._project_id = project_id
        self._now = now or partial(datetime.now, UTC)
        self._runs = Runs(
            settings.page_cache_dir / "runs", forget=api.forget_run, now=self._now, on_unwritable=api.on_unwritable
        )
        self._has_counts: bool | None = None
        self.path = f"/projects/{quote(project_id, safe='')}/{resource}"
        self.store = Store(settings.project_dir(project_id), resource, _SCHEMAS[resource], keep_gone=settings.keep_gone)

    def is_fresh(self) -> bool:
        """Whether the stored snapshot is young enough to be served without a request."""
        manifest = self.store.manifest()
        if manifest is None:
            return False
        age = (self._now() - manifest.facts.started).total_seconds()
        return 0 <= age < self._settings.max_age_seconds

    @contextmanager
    def in_turn(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Load while no other notebook, process or thread of this machine loads this list; waits for one that does.

        Where no lock can be had, and where its holder shows no sign of life, the load does not wait.
        """
        with ExitStack() as lock:
            with suppress(OSError):
                folder = private_folder(self._settings.project_dir(self._project_id))
                lock.enter_context(held_in_turn(folder / f".{self._resource}.load.lock", on_wait=on_wait))
            yield

    def is_loaded_since(self, moment: datetime, *, whole: bool = False, verified: bool = False) -> bool:
        """Whether a load that is stored began at a moment or after it.

        ``whole`` means one that read every row, ``verified`` one that verified every status.
        """
        manifest = self.store.manifest()
        if manifest is None:
            return False
        facts = manifest.facts
        began = facts.last_full if whole else facts.exact_as_of if verified else facts.started
        return moment <= began <= self._now()

    def from_disk(self) -> LoadResult:
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
        return LoadResult(
            frame=snapshot.frame,
            started=facts.started,
            finished=facts.finished,
            served_from="snapshot",
            requests=0,
            total=facts.total,
            removed_during=facts.removed_during,
            set_aside=facts.set_aside,
            full_as_of=facts.last_full,
            verified_fields=facts.claims if facts.last_full < facts.started else tuple(_SCHEMAS[self._resource]),
            status_as_of=facts.exact_as_of,
            open_as_of=max(facts.exact_as_of, facts.open_as_of or facts.exact_as_of),
            oldest_read_at=_oldest(snapshot.listed, READINGS.to_frame()),
            forgotten=facts.forgotten,
        )

    def up_to_date(self, watch: Progress, *, must_verify: bool = False) -> LoadResult:
        """Bring the stored snapshot up to date by difference; load the whole list where that is the better way.

        Parameters
        ----------
        watch
            Who is told, and the limit.
        must_verify
            Whether the status of every row has to be verified, whatever it takes.

        Raises
        ------
        SeggwatError
            Neither could be completed. ``snapshot`` has the last complete frame, ``partial`` what a crawl has got.
        """
        snapshot = self.store.read()
        if snapshot is None or self._wants_full_load(snapshot) or (must_verify and not self._has_statuses):
            return self.from_api(params={}, watch=watch)
        sent = self._api.requests_sent
        try:
            return self._by_difference(snapshot, watch, must_verify=must_verify)
        except (UnsettledError, BadRequestError) as reason:
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
        """Crawl the list; a crawl of the whole list is stored as the snapshot.

        Parameters
        ----------
        params
            The selection that the server makes; empty for the whole list.
        watch
            Who is told, and the limit.
        spent, why
            Requests that an attempt by difference took, and why it was given up.

        Raises
        ------
        SeggwatError
            The crawl did not close. ``partial`` has the rows got so far, ``snapshot`` the last complete frame.
        """
        sent = self._api.requests_sent - spent
        readings, places = Readings(), Places()
        with self._runs.begin(self._run_name(params)) as run:
            rows = self._rows()
            steps_to_come = 0

            def check() -> None:
                expected = max(requests_for(run.total), steps_to_come) if run.steps else 1
                watch.check(self._api.requests_sent - sent, max(1, expected - run.steps))

            def fetch(page: int, limit: int) -> responses.Page:
                check()
                before, asked = self._api.requests_sent, self._now()
                read = self._fetch(run, rows, params, page, limit)
                # A page of the run that was interrupted came at some moment since that began.
                is_new = self._api.requests_sent > before
                if is_new:
                    run.fetched(self._now())
                readings.note((row.id for row in read.rows), asked if is_new else run.started, self._now())
                places.note(read.rows)
                watch.progress(min(run.seen, run.total), run.total)
                return read

            def is_there(record_id: str) -> bool:
                check()
                return self._is_there(run, record_id)

            def slower(requests: int, reason: str) -> None:
                nonlocal steps_to_come
                steps_to_come = max(requests_for(run.total), run.steps) + requests
                watch.slower(requests, reason)

            try:
                crawled = crawl(fetch, is_there=None if params else is_there, slower=slower)
            except SeggwatError as error:
                failure = self._with_what_is_in_hand(error, run, rows)
                raise failure from (None if failure is error else error)
            except KeyboardInterrupt as stop:
                stop.add_note(self._how_to_go_on(run))
                raise
            decoded = rows.decoded()
            loaded = LoadResult(
                frame=decoded.frame,
                started=run.started,
                finished=self._now(),
                served_from="api" if self._api.requests_sent - sent - spent >= run.steps else "resumed",
                requests=self._api.requests_sent - sent,
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
                loaded = self._keep(
                    loaded,
                    inserted_during=crawled.inserted_during,
                    has_counts=self._has_counts,
                    readings=readings.frame(),
                    stand_ins=places.stand_ins(crawled.total),
                    copies=places.copies,
                )
            self._runs.end(run)
        return loaded

    def least_requests(self) -> int | None:
        """How many requests it takes to bring the snapshot up to date, at least; None where the list is loaded."""
        snapshot = self.store.read()
        if snapshot is None or self._wants_full_load(snapshot):
            return None
        return self._least(snapshot)

    def kept_pages(self) -> int:
        """Count the pages from which a load of the whole list goes on that was stopped a short while ago."""
        run = self._runs.interrupted(self._run_name({}))
        return 0 if run is None else self._api.kept(run)

    def total(self) -> int:
        """Ask the list for its length; one request, remembered for five minutes."""
        check = partial(responses.read_page, key=self._resource, page=1)
        return self._api.get(self.path, {"page": 1, "limit": 1}, check=check).total

    def replace(self, record: object, *, asked: datetime) -> None:
        """Put one record, as the API gave it when asked, in the place of its row in the stored snapshot."""
        rows = self._rows()
        rows.add([record])
        changed = rows.decoded().frame
        self._try_to_write(lambda: self.store.put(changed, asked=asked))

    # -- by difference --

    def _wants_full_load(self, snapshot: Snapshot) -> bool:
        """Tell whether a full load is the better way, before any request."""
        facts = snapshot.manifest.facts
        age = self._now() - (_oldest(snapshot.listed, READINGS.to_frame()) or facts.last_full)
        return (
            age < timedelta(0)
            or not self._settings.full_after
            or requests_for(snapshot.manifest.rows) <= self._least(snapshot)
            or self._runs.is_interrupted(self._run_name({}))
        )

    def _least(self, snapshot: Snapshot) -> int:
        """How many requests a refresh takes where nothing has changed."""
        facts, now = snapshot.manifest.facts, self._now()
        lengths = Counter(snapshot.listed["status"].to_list()) if self._has_statuses else None
        return least_requests(
            snapshot.manifest.rows,
            lengths,
            counted=facts.has_counts is not False,
            may_stop=timedelta(0) <= now - facts.exact_as_of < GATE,
            share=(now - facts.started) / self._settings.full_after,
        )

    def _by_difference(self, snapshot: Snapshot, watch: Progress, *, must_verify: bool) -> LoadResult:
        sent = self._api.requests_sent
        facts = snapshot.manifest.facts
        run = Run.new(self._now())
        rows = self._rows()

        def made() -> int:
            return self._api.requests_sent - sent

        def ask(selection: Mapping[str, str], page: int, limit: int) -> responses.Page:
            watch.check(made(), 1)
            return self._fetch(run, rows, selection, page, limit)

        def ask_one(row_id: str) -> responses.Row | None:
            watch.check(made(), 1)
            return self._fetch_one(run, rows, row_id, lists_archived=lists_archived)

        def count() -> responses.Counts | None:
            watch.check(made(), 1)
            counts = self._counts(run)
            self._has_counts = counts is not None
            return counts

        def estimated(requests: int) -> None:
            watch.check(made(), requests - made())
            watch.estimated(requests)

        listed = snapshot.listed
        lists_archived = "archived" in listed.columns and bool(listed["archived"].any())
        most = BUDGET if watch.max_requests is None else min(BUDGET, watch.max_requests)
        try:
            done = refresh(
                _known(listed, facts),
                ask,
                ask_one=ask_one,
                now=self._now,
                statuses=STATUSES if self._has_statuses else (),
                open_statuses=OPEN_STATUSES,
                count=count if self._has_statuses and facts.has_counts is not False else None,
                stand_ins=facts.stand_ins,
                copies=facts.copies,
                last=facts.started,
                exact_as_of=facts.exact_as_of,
                full_after=self._settings.full_after,
                budget=None if must_verify else most,
                must_verify=must_verify,
                estimated=estimated,
            )
            frame, set_aside = self._joined(snapshot, rows, done)
        except SeggwatError as error:
            if not isinstance(error, UnsettledError | BadRequestError):
                self._point_to_snapshot(error)
            raise
        except KeyboardInterrupt as stop:
            stop.add_note("The stored snapshot is as it was before.")
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
            requests=made(),
            total=done.total,
            removed_during=0,
            set_aside=set_aside,
            full_as_of=facts.last_full,
            verified_fields=claims,
            status_as_of=run.started if "status" in done.verified else exact,
            open_as_of=run.started if "open" in done.verified else was_open,
            oldest_read_at=_oldest(frame, done.readings),
            reread=done.reread,
            why_not=done.why_not,
        )
        return self._keep(
            loaded,
            has_counts=facts.has_counts if done.counted is None else done.counted,
            readings=done.readings,
            missed=done.missed,
            base=snapshot,
            stand_ins=done.stand_ins,
            copies=done.copies,
        )

    def _joined(self, snapshot: Snapshot, rows: Rows, done: Refreshed) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Make the rows of what was read and, for the others, of what was known; and the records that can be none."""
        fresh, known = rows.decoded(), snapshot.listed
        read = fresh.frame.join(done.missed, on="id", how="anti")
        columns = read.columns
        same = read.join(known.join(read, on="id", how="semi"), on=columns, how="semi", nulls_equal=True)
        if same.height < read.height or not done.missed.is_empty():
            left_out = pl.concat([read["id"], done.missed["id"]])
            others = known.filter(~pl.col("id").is_in(left_out.implode()))
            read = read.join(done.readings.select("id", read_at="asked_at"), on="id").select(known.columns)
            known = others.vstack(read).sort("created_at", "id", descending=[True, False])
        aside = {_set_aside(record).id: record for record in snapshot.manifest.facts.set_aside}
        aside = {row_id: record for row_id, record in aside.items() if row_id not in set(done.readings["id"])}
        aside |= {_set_aside(record).id: record for record in fresh.set_aside}
        aside = {row_id: record for row_id, record in aside.items() if row_id not in set(done.missed["id"])}
        more = sum(number - 1 for number in done.copies.values())
        if known.height + len(aside) + more != done.total:
            raise UnsettledError("some records cannot be read as rows")
        return known, tuple(aside.values())

    def _fetch_one(self, run: Run, rows: Rows, row_id: str, *, lists_archived: bool) -> responses.Row | None:
        """Ask for one item; None where it is in no list any more."""
        run.steps += 1
        path = f"{self.path}/{quote(row_id, safe='')}"
        try:
            record = self._api.page(path, {}, run=run.id, step=run.steps, check=responses.record)
        except NotFoundError:
            return None
        if record.get("archived") is True and not lists_archived:
            return None
        rows.add([record])
        return responses.read_row(record)

    def _counts(self, run: Run) -> responses.Counts | None:
        """Ask for the lengths of all lists in one answer; None where the service has none."""
        run.steps += 1
        path = f"/projects/{quote(self._project_id, safe='')}/summary"
        try:
            return self._api.page(path, {}, run=run.id, step=run.steps, check=responses.read_counts)
        except (ApiError, UnexpectedAnswerError):
            return None

    @property
    def _has_statuses(self) -> bool:
        return "status" in _SCHEMAS[self._resource]

    # -- crawling --

    def _fetch(self, run: Run, rows: Rows, params: Mapping[str, str], page: int, limit: int) -> responses.Page:
        run.steps += 1
        read = self._api.page(
            self.path,
            {**params, "page": page, "limit": limit},
            run=run.id,
            step=run.steps,
            check=responses.Once(partial(responses.read_page, key=self._resource, page=page)),
        )
        run.keep(read)
        rows.add(read.records)
        return replace(read, records=())

    def _is_there(self, run: Run, record_id: str) -> bool:
        """Ask for one record; what is archived has left the list."""
        run.steps += 1
        path = f"{self.path}/{quote(record_id, safe='')}"
        try:
            record = self._api.page(path, {}, run=run.id, step=run.steps, check=responses.Once(responses.record))
        except NotFoundError:
            return False
        return record.get("archived") is not True

    def _rows(self) -> Rows:
        return _ROWS[self._resource](self._project_id)

    def _keep(
        self,
        loaded: LoadResult,
        *,
        readings: pl.DataFrame,
        missed: pl.DataFrame | None = None,
        base: Snapshot | None = None,
        inserted_during: int = 0,
        has_counts: bool | None = None,
        stand_ins: dict[str, datetime],
        copies: dict[str, int],
    ) -> LoadResult:
        """Store a load as the snapshot, and add what has changed since the one before."""
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
            has_counts=has_counts,
            stand_ins=stand_ins,
            copies=copies,
        )
        written = self._try_to_write(
            lambda: self.store.write(loaded.frame, facts, readings=readings, missed=missed, base=base)
        )
        loaded = replace(loaded, frame=loaded.frame.select(*_SCHEMAS[self._resource]))
        if written is None:
            return loaded
        return replace(loaded, new=written.new, changed=written.changed, gone=written.gone, returned=written.returned)

    def _try_to_write(self, write: Callable[[], T]) -> T | None:
        try:
            return write()
        except (OSError, LockedError) as error:
            warnings.warn(
                f"The {self._resource} are loaded, but could not be stored ({error}). "
                "They will be fetched again next time; `seggwat-nb doctor` shows where things are stored.",
                stacklevel=2,
            )
            return None

    def _with_what_is_in_hand(self, error: SeggwatError, run: Run, rows: Rows) -> SeggwatError:
        """Say what was got and what is stored, and carry both."""
        raised = error
        if run.seen:
            partial_frame = rows.decoded().frame
            got = f"{error} {partial_frame.height:,} of {run.total:,} rows were got (`error.partial`). "
            raised = IncompleteError(got + self._how_to_go_on(run))
            raised.partial = partial_frame
        self._point_to_snapshot(raised)
        return raised

    def _point_to_snapshot(self, error: SeggwatError) -> None:
        snapshot = self.store.read()
        if snapshot is not None:
            frame, as_of = snapshot.frame, snapshot.manifest.facts.started
            error.snapshot, error.snapshot_as_of = frame, as_of
            stored = f"{frame.height:,} rows as of {as_of:%Y-%m-%d %H:%M} UTC ({_age(as_of)} old) are stored"
            error.args = (f"{error} {stored}: refresh='never' serves them.",)

    def _run_name(self, params: Mapping[str, str]) -> str:
        return hashlib.sha256(json.dumps([self.path, dict(params)], sort_keys=True).encode()).hexdigest()[:24]

    def _how_to_go_on(self, run: Run) -> str:
        if run.record is None:
            return "The pages read so far could not be kept, so the next load starts over."
        left = RESUME_WITHIN - (self._now() - run.latest)
        if not run.is_resumable(self._now()) or left < _MINUTE:
            return "The pages of this load are too old to resume from, so the next load starts over."
        return (
            f"Load again within {counted(left // _MINUTE, 'minute')} to go on after page {run.steps}; nothing is "
            "fetched twice."
        )


def _known(listed: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Give what a refresh wants to know of the rows, and of the records that can be none and stand in the list too."""
    columns = ["id", "created_at", "read_at", *(name for name in ("status", "type") if name in listed.columns)]
    aside = [_set_aside(record) for record in facts.set_aside]
    others = pl.DataFrame(
        [(row.id, None, facts.started, row.status, row.type) for row in aside],
        schema={"id": pl.String, "created_at": UTC_TIME, "read_at": UTC_TIME, "status": pl.String, "type": pl.String},
        orient="row",
    )
    known = listed.select(columns)
    return known.vstack(others.select(columns)) if aside else known


def _set_aside(record: str) -> responses.Row:
    """Identify a record that was set aside as JSON."""
    return responses.read_row(responses.decode(record.encode()))


def _oldest(listed: pl.DataFrame, readings: pl.DataFrame) -> datetime | None:
    """Find when the row was read whose last reading is the oldest."""
    others = listed.select("id", "read_at").join(readings, on="id", how="anti")
    oldest = pl.concat([others["read_at"], readings["asked_at"]]).min()
    return oldest if isinstance(oldest, datetime) else None


def _age(moment: datetime) -> str:
    minutes = int((datetime.now(UTC) - moment).total_seconds() // 60)
    for unit, length in (("days", 24 * 60), ("hours", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit}"
    return f"{minutes} minutes"
