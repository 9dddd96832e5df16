"""Loads a list of one or several projects as one frame, with its provenance and progress messages."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

import polars as pl

from seggwat_nb import progress
from seggwat_nb.analysis.validation import check_choice
from seggwat_nb.errors import (
    ArgumentError,
    AuthenticationError,
    IncompleteError,
    NetworkError,
    SeggwatError,
    UnexpectedResponseError,
)
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.interrupts import as_keyboard_interrupts
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import FEEDBACK, RATINGS, unknown_values
from seggwat_nb.source.crawl import requests_for
from seggwat_nb.source.load_errors import with_other_lists
from seggwat_nb.source.load_result import LoadResult, Progress
from seggwat_nb.source.organisation import organisation, stored_name
from seggwat_nb.source.past import changes_known, load_past
from seggwat_nb.source.responses import why_unreadable
from seggwat_nb.source.sync import ListLoader
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seggwat_nb.config import Settings
    from seggwat_nb.source.projects import Projects
    from seggwat_nb.source.transport import Api

__all__ = ["RESOURCES", "FrameLoader", "Refresh", "Resource"]

Refresh = Literal["auto", "verify", "full", "never"]
"""``auto`` serves a recent snapshot, refreshes an older one, and loads the list if there is none. ``verify`` refreshes
until the status of every row is verified. ``full`` reads every row again, resuming a load that was interrupted less
than 30 minutes ago. ``never`` reads from disk only.
"""

Resource = Literal["feedback", "ratings"]

RESOURCES: Final[tuple[Resource, ...]] = get_args(Resource)
"""Every list of a project, in the order in which they are loaded."""

_LONG: Final = 5
"""Seconds from which on a refresh says how long it takes. A shorter one ends before anybody has read that."""


class FrameLoader:
    """Loads lists as frames.

    Parameters
    ----------
    api
        Sends the requests.
    settings
        The storage locations.
    projects
        The projects of the token.
    bars
        Shows waits in the bar of the thread that waits.
    on_load
        Called with the provenance of each frame before it is returned.
    """

    def __init__(
        self,
        api: Api,
        settings: Settings,
        *,
        projects: Projects,
        bars: progress.ThreadBar,
        on_load: Callable[[Provenance], None],
    ) -> None:
        self._api = api
        self._settings = settings
        self._projects = projects
        self._bars = bars
        self._on_load = on_load
        self._without_organisation = set[str]()
        self._warned = set[str]()

    def listing(self, resource: Resource, project: str, *, known_at: datetime | None = None) -> ListLoader:
        """Return the list of one project."""
        warned = self._warned
        return ListLoader(
            self._api, self._settings, resource=resource, project_id=project, known_at=known_at, warned=warned
        )

    @as_keyboard_interrupts()
    def load(
        self,
        resource: Resource,
        chosen: FeedbackFilter | None,
        *,
        project_id: str | Sequence[str] | None,
        refresh: Refresh,
        max_requests: int | None,
        known_at: datetime | None = None,
    ) -> tuple[pl.DataFrame, Provenance]:
        """Load a list of one or several projects, filter it, and return it with its provenance."""
        check_choice("refresh", refresh, get_args(Refresh))
        asked, sent = datetime.now(UTC), self._api.requests_sent
        projects = self._projects.choose(project_id, offline=refresh == "never")
        loads: dict[str, LoadResult] = {}
        failures: dict[str, SeggwatError] = {}
        for project in projects:
            left = None if max_requests is None else max(0, max_requests - (self._api.requests_sent - sent))
            try:
                with self._projects.explain_not_found(project):
                    loads[project] = self.load_list(
                        self.listing(resource, project, known_at=known_at or asked),
                        refresh=refresh,
                        asked=asked,
                        max_requests=left,
                    )
            except SeggwatError as error:
                failures[project] = error
                if len(projects) == 1 or _stops_all(list(failures.values())):
                    break
        if failures and (len(projects) == 1 or (not loads and _stops_all(list(failures.values())))):
            raise next(iter(failures.values()))
        schema = FEEDBACK if resource == "feedback" else RATINGS
        if not loads:
            raise _partly_loaded(schema.to_frame(), failures, projects)
        frame, about = self._combine_loads(resource, loads, chosen)
        if failures:
            raise _partly_loaded(frame, failures, projects)
        return frame, about

    def load_all(
        self,
        resources: Sequence[Resource],
        *,
        project_id: str | Sequence[str] | None,
        as_of: datetime | None,
        refresh: Refresh,
        max_requests: int | None,
    ) -> tuple[dict[str, pl.DataFrame], dict[str, Provenance]]:
        """Load several lists, or those that this machine knew at a moment. An error carries the complete ones."""
        if as_of is not None and as_of > datetime.now(UTC):
            raise ArgumentError(f"as_of={as_of} is in the future. Pass a past time, or none for the present.")
        frames: dict[str, pl.DataFrame] = {}
        sources: dict[str, Provenance] = {}
        sent, began = self._api.requests_sent, datetime.now(UTC)
        for resource in resources:
            if as_of is not None:
                frames[resource], sources[resource] = self.load_past(resource, as_of, project_id=project_id)
                continue
            left = None if max_requests is None else max(0, max_requests - (self._api.requests_sent - sent))
            try:
                frames[resource], sources[resource] = self.load(
                    resource, None, project_id=project_id, refresh=refresh, max_requests=left, known_at=began
                )
            except SeggwatError as error:
                with_other_lists(error, frames)
                raise
        return frames, sources

    @as_keyboard_interrupts()
    def load_past(
        self, resource: Resource, moment: datetime, *, project_id: str | Sequence[str] | None
    ) -> tuple[pl.DataFrame, Provenance]:
        """Return a list of one or several projects as this machine knew it at a moment, without a request."""
        projects = self._projects.choose(project_id, offline=True)
        loads = {project: load_past(self.listing(resource, project), moment) for project in projects}
        return self._combine_loads(resource, loads, None)

    def history(self, projects: Sequence[str]) -> pl.DataFrame:
        """Return the changes of feedback that loads of the given projects have seen."""
        return pl.concat([self.listing("feedback", project).store.history() for project in projects])

    def past_history(self, moment: datetime, *, project_id: Sequence[str]) -> pl.DataFrame:
        """Return the changes of feedback that this machine knew at a moment."""
        return pl.concat([changes_known(self.listing("feedback", project).store, moment) for project in project_id])

    def load_list(
        self, listing: ListLoader, *, refresh: Refresh, asked: datetime, max_requests: int | None
    ) -> LoadResult:
        """Load one list, from disk if that is enough, otherwise when no other process is loading it."""
        if refresh == "never" or (refresh == "auto" and listing.is_fresh()):
            return listing.from_disk()
        title = f"{listing.resource.capitalize()} of {self._projects.names.get(listing.project_id, listing.project_id)}"

        def on_wait() -> None:
            progress.say(f"{title}: waiting for another notebook or process that is loading the same list.")

        try:
            with as_keyboard_interrupts(), listing.in_turn(on_wait):
                if listing.is_loaded_since(asked, whole=refresh == "full", verified=refresh == "verify") or (
                    refresh == "auto" and listing.is_fresh()
                ):
                    return listing.from_disk()
                loaded = self._fetch(listing, title, refresh, max_requests)
        except KeyboardInterrupt as stop:
            progress.say("\n".join(["Stopped.", *getattr(stop, "__notes__", [])]))
            raise
        self._api.forget_answers()  # No cached response may be older than this frame.
        return loaded

    def _combine_loads(
        self, resource: Resource, loads: dict[str, LoadResult], chosen: FeedbackFilter | None
    ) -> tuple[pl.DataFrame, Provenance]:
        """Combine the loads into one frame, filter it, and determine its provenance."""
        everything = pl.concat([load.frame for load in loads.values()])
        frame = everything if chosen is None else chosen.apply(everything)
        if len(loads) > 1:
            frame = frame.sort("created_at", "id", descending=[True, False])
        about = self._provenance(resource, frame, list(loads.values()), tuple(loads), _in_words(chosen))
        self._on_load(about)
        if about.requests and not (about.set_aside and everything.is_empty()):
            progress.say(about.refreshed())
        if about.set_aside:
            number, first = count_of(len(about.set_aside), "record"), why_unreadable(about.set_aside[0])
            if everything.is_empty():
                error = UnexpectedResponseError(
                    f"No record of the {resource} could be read ({number}, the first because {first}). Upgrade "
                    "seggwat-nb, and if this persists, report these records (`error.set_aside`) to the service's "
                    "support."
                )
                error.set_aside = about.set_aside
                raise error
            warnings.warn(
                f"{number} of the {resource} could not be read (the first because {first}). Report them to the "
                f"service's support: data.provenance({resource!r}).set_aside or client.last_load.set_aside.",
                stacklevel=6,
            )
        return frame, about

    def _fetch(self, listing: ListLoader, title: str, refresh: Refresh, max_requests: int | None) -> LoadResult:
        def seconds_left(rows: int) -> float:
            return self._api.seconds_for(requests_for(rows))

        def estimated(requests: int) -> None:
            if self._api.seconds_for(requests) >= _LONG:
                progress.say(f"{title}: about {count_of(requests, 'request')} to refresh, {self._length_of(requests)}.")

        def slower(requests: int, reason: str) -> None:
            progress.say(f"{title}: {reason}: about {count_of(requests, 'more request')}, {self._length_of(requests)}.")

        self._bars.bar = bar = progress.Bar(title, seconds_left=seconds_left)
        watch = Progress(progress=bar, estimated=estimated, slower=slower, max_requests=max_requests)
        try:
            if refresh == "full":
                return listing.from_api(params={}, watch=watch)
            return listing.up_to_date(watch, must_verify=refresh == "verify")
        finally:
            bar.close()
            self._bars.bar = None

    def _length_of(self, requests: int) -> str:
        return progress.duration(self._api.seconds_for(requests))

    def _provenance(
        self,
        resource: Resource,
        frame: pl.DataFrame,
        loads: list[LoadResult],
        projects: tuple[str, ...],
        selection: str,
    ) -> Provenance:
        names = self._projects.names
        origins = {loaded.served_from for loaded in loads}
        if origins == {"snapshot"}:
            stored = {project: stored_name(self._settings, project) for project in projects}
            names = {project: name for project, name in stored.items() if name} | names
        return Provenance(
            resource=resource,
            as_of=min(loaded.started for loaded in loads),
            finished=max(loaded.finished for loaded in loads),
            served_from=next(iter(origins)) if len(origins) == 1 else "snapshot and api",
            requests=sum(loaded.requests for loaded in loads),
            rows=frame.height,
            total=sum(loaded.total for loaded in loads),
            selection=selection,
            unknown=unknown_values(frame),
            set_aside=tuple(record for loaded in loads for record in loaded.set_aside),
            removed_during=sum(loaded.removed_during for loaded in loads),
            forgotten=sum(loaded.forgotten for loaded in loads),
            verified_fields=tuple(field for field in loads[0].verified_fields if _in_all(field, loads)),
            status_as_of=min(loaded.status_as_of for loaded in loads) if "status" in frame.columns else None,
            open_as_of=min(loaded.open_as_of for loaded in loads) if "status" in frame.columns else None,
            oldest_read_at=min((loaded.oldest_read_at for loaded in loads if loaded.oldest_read_at), default=None),
            why_unverified="; ".join(dict.fromkeys(one.why_not for one in loads if one.why_not)) or None,
            new=sum(loaded.new for loaded in loads),
            changed=sum(loaded.changed for loaded in loads),
            gone=sum(loaded.gone for loaded in loads),
            returned=sum(loaded.returned for loaded in loads),
            stored=all(loaded.stored for loaded in loads),
            full_as_of=min(loaded.full_as_of for loaded in loads),
            why_full="; ".join(loaded.why_full for loaded in loads if loaded.why_full) or None,
            slow_because="; ".join(loaded.slow_because for loaded in loads if loaded.slow_because) or None,
            repeated=frozenset().union(*(loaded.repeated for loaded in loads)),
            conflicting=frozenset().union(*(loaded.conflicting for loaded in loads)),
            project_ids=projects,
            project_names={project: names[project] for project in projects if project in names},
            org_id=organisation(
                self._api, self._settings, projects[0], ask=origins != {"snapshot"}, failed=self._without_organisation
            ),
            base_url=self._settings.base_url,
            demo=self._settings.demo,
        )


def _stops_all(errors: list[SeggwatError]) -> bool:
    """Return whether no other project can be loaded either: an invalid token, or no response twice in a row."""
    last_two = errors[-2:]
    unreachable = len(last_two) > 1 and all(isinstance(error, NetworkError) for error in last_two)
    return unreachable or isinstance(errors[-1], AuthenticationError)


def _partly_loaded(
    frame: pl.DataFrame, failures: dict[str, SeggwatError], projects: tuple[str, ...]
) -> IncompleteError:
    """Return an error that names the projects that failed and carries the rows of the others."""
    listed = "\n".join(f"  {project}: {error}" for project, error in failures.items())
    raised = IncompleteError(
        f"{len(failures)} of {count_of(len(projects), 'project')} could not be loaded; the others are complete "
        f"(`error.partial`):\n{listed}"
    )
    raised.partial = frame
    raised.failures = failures
    return raised


def _in_all(field: str, loads: list[LoadResult]) -> bool:
    return all(field in loaded.verified_fields for loaded in loads)


def _in_words(chosen: FeedbackFilter | None) -> str:
    if chosen is None or chosen == FeedbackFilter():
        return "all items"
    return f"{chosen.describe()}, filtered on this machine"
