"""The one door: a `Client` returns complete frames, and says where each comes from."""

from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, Self, Unpack, get_args
from urllib.parse import quote

import polars as pl

from seggwat_nb import progress
from seggwat_nb.analysis.periods import check_choice, check_periods
from seggwat_nb.config import Connection, Options, Settings, hidden, is_id
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import (
    ArgumentError,
    AuthenticationError,
    IncompleteError,
    NetworkError,
    NoKeyError,
    NotFoundError,
    SeggwatError,
    SettingsError,
)
from seggwat_nb.filters import FeedbackFilter, absent_values
from seggwat_nb.options import checks_options
from seggwat_nb.schema import FEEDBACK, RATINGS, Provenance, unknown_values
from seggwat_nb.secret import Secret, hide, without_tokens
from seggwat_nb.source import responses
from seggwat_nb.source.crawl import requests_for
from seggwat_nb.source.frames import projects_frame
from seggwat_nb.source.load_result import LoadResult, Progress
from seggwat_nb.source.organisation import known_projects, note_projects, organisation
from seggwat_nb.source.sync import ListLoader
from seggwat_nb.source.transport import Api
from seggwat_nb.text import counted, is_text

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager


__all__ = ["Client", "Plan", "Refresh", "connect", "load"]

Refresh = Literal["auto", "verify", "full", "never"]
"""``auto``: a young snapshot is served, an older one brought up to date, and the list loaded where there is none.
``verify``: brought up to date so that the status of every row is verified, whatever it takes.
``full``: every row is read again; a load that was stopped less than 30 minutes ago is resumed first. ``never``: from
disk only, without any request.
"""

Resource = Literal["feedback", "ratings"]

_ALL_PROJECTS: Final = "all"
_NO_KEY: Final = "There is no API key. Set SEGGWAT_API_KEY in the environment or a .env file; the dashboard gives one."


def connect(**options: Unpack[Options]) -> Client:
    """Connect with the settings at hand; with no key and no project at all, to the demo project, said aloud.

    Parameters
    ----------
    **options
        As for `Client`.

    Returns
    -------
    Client
        No request has been made.

    Raises
    ------
    SettingsError
        Naming everything that is wrong.
    """
    options = hidden(options)
    settings = Settings.load(**options)
    if settings.token is None and settings.project_id is None:
        progress.say(
            "Neither SEGGWAT_API_KEY nor SEGGWAT_PROJECT_ID is set, so this is the demo project. Its data and its "
            "history are synthetic. Set both to see your own."
        )
        from seggwat_nb.demo_client import demo_client

        return demo_client(cache_dir=options.get("cache_dir"), data_dir=options.get("data_dir"))
    if settings.token is None:
        raise NoKeyError(f"{_NO_KEY} For the demo project unset SEGGWAT_PROJECT_ID as well.")
    return Client(**options)


def load(
    *,
    project_id: str | Sequence[str] | None = None,
    time_zone: str = "UTC",
    refresh: Refresh = "auto",
    max_requests: int | None = None,
    **connection: Unpack[Connection],
) -> Dataset:
    """Connect as `connect` does, and load feedback, ratings and history.

    Parameters
    ----------
    project_id, time_zone, refresh, max_requests
        As for `Client.load`.
    **connection
        As for `Client`.

    Returns
    -------
    Dataset
        All three lists, complete.

    Raises
    ------
    SettingsError, ArgumentError
        Naming everything that is wrong; nothing was requested.
    SeggwatError
        A list could not be completed; the error carries ``partial`` and ``snapshot``.
    """
    connection = hidden(connection)
    check_periods(time_zone=time_zone)
    one = project_id if isinstance(project_id, str) and project_id != _ALL_PROJECTS else None
    options: Options = {**connection, "project_id": one}
    client = connect(**options)
    return client.load(project_id=project_id, time_zone=time_zone, refresh=refresh, max_requests=max_requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a load will cost.

    Attributes
    ----------
    rows : int
        Length of the list now.
    requests : int
        Requests still to be made; 0 where a young snapshot is served.
    seconds : float
        How long they take under the limit, from now.
    at_least : bool
        Whether it takes more where much has changed since the stored snapshot; how many shows once some are made.
    kept : int
        Pages on disk of a load that was stopped, from which this one goes on; they take no request.
    """

    rows: int
    requests: int
    seconds: float
    at_least: bool = False
    kept: int = 0

    def __str__(self) -> str:
        if not self.requests:
            return f"{counted(self.rows, 'row')}: no request, the stored snapshot is young enough."
        least = "at least " if self.at_least else ""
        cost = f"{least}{counted(self.requests, 'request')}, about {progress.duration(self.seconds)}"
        kept = f" It goes on from {counted(self.kept, 'page')} of a load that was stopped." if self.kept else ""
        return f"{counted(self.rows, 'row')}: {cost}.{kept}"


class _OfThread(threading.local):
    """What belongs to the load that a thread is doing."""

    bar: progress.Bar | None = None


@checks_options
class Client:
    """A connection to the API that returns complete frames.

    Parameters
    ----------
    api_key, project_id, base_url, cache_dir, data_dir
        As in `seggwat_nb.config`; each falls back to the environment, then to a ``.env``.
    requests_per_minute, max_age_seconds, full_after_days, keep_gone_days
        As in `seggwat_nb.config`; each falls back to the environment, then to a ``.env``.
    demo
        Whether the service is the demo server, whose data are synthetic.

    Raises
    ------
    SettingsError
        Something is wrong, or there is no key; no request has been made.

    Attributes
    ----------
    settings : Settings
        What the client works with.
    last_load : Provenance or None
        Where the latest frame comes from.

    Notes
    -----
    Several threads may use one client. ``last_load`` is then the load that finished last, in whichever thread.
    """

    def __init__(
        self,
        *,
        api_key: str | Secret | None = None,
        project_id: str | None = None,
        base_url: str | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        data_dir: str | os.PathLike[str] | None = None,
        requests_per_minute: int | None = None,
        max_age_seconds: float | None = None,
        full_after_days: float | None = None,
        keep_gone_days: float | None = None,
        demo: bool = False,
    ) -> None:
        api_key = hide(api_key)
        settings = Settings.load(
            api_key=api_key,
            project_id=project_id,
            base_url=base_url,
            cache_dir=cache_dir,
            data_dir=data_dir,
            requests_per_minute=requests_per_minute,
            max_age_seconds=max_age_seconds,
            full_after_days=full_after_days,
            keep_gone_days=keep_gone_days,
            demo=demo,
        )
        if settings.token is None:
            raise NoKeyError(_NO_KEY)
        if settings.sends_in_clear:
            warnings.warn(
                f"{settings.base_url} is not encrypted: whoever listens on the way can read the token. Use https://.",
                stacklevel=3,
            )
        self.settings = settings
        self.last_load: Provenance | None = None
        self._of_thread = _OfThread()
        self._names: dict[str, str] = {}
        self._api = Api(settings, on_wait=self._on_wait)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if not hasattr(self, "settings"):
            return "Client(not connected)"  # A traceback that shows local variables asks in the middle of __init__.
        project = self.settings.project_id or "no project chosen"
        return f"Client({self.settings.base_url}, {project}{', demo' if self.settings.demo else ''})"

    @property
    def requests_sent(self) -> int:
        """Requests that this thread has sent with this client, retries included."""
        return self._api.requests_sent

    def at_most(self, requests: int | None) -> AbstractContextManager[None]:
        """Let this thread send no more requests within a ``with`` block, whichever methods it calls.

        Parameters
        ----------
        requests
            How many, retries included; None changes nothing.

        Returns
        -------
        context manager
            Within it, a call that needs one request more raises an `IncompleteError`.
        """
        is_number = isinstance(requests, int) and not isinstance(requests, bool)
        if requests is not None and not (is_number and requests >= 0):
            raise ArgumentError(
                f"max_requests={requests!r} is not a number of requests. Pass a whole number from 0, or None for no "
                "limit."
            )
        return self._api.at_most(requests)

    # -- frames --

    def load(
        self,
        *,
        project_id: str | Sequence[str] | None = None,
        time_zone: str = "UTC",
        refresh: Refresh = "auto",
        max_requests: int | None = None,
    ) -> Dataset:
        """Load feedback, ratings and history together, each complete.

        Parameters
        ----------
        project_id, refresh
            As for `feedback`.
        time_zone
            IANA name of the zone whose days are counted by what is made of the `Dataset`.
        max_requests
            As for `feedback`, of both lists together.

        Returns
        -------
        Dataset
            Plain frames, with where each comes from.

        Raises
        ------
        ArgumentError
            An argument is invalid; nothing was requested.
        SeggwatError
            A list could not be completed; the error carries ``partial`` and ``snapshot`` of that list.
        """
        check_periods(time_zone=time_zone)
        frames: dict[str, pl.DataFrame] = {}
        sources: dict[str, Provenance] = {}
        with self.at_most(max_requests):
            sent = self.requests_sent
            for resource in get_args(Resource):
                left = None if max_requests is None else max(0, max_requests - (self.requests_sent - sent))
                frames[resource], sources[resource] = self._load(
                    resource, None, project_id=project_id, refresh=refresh, max_requests=left
                )
        history = self.history(project_id=sources["feedback"].project_ids)
        return Dataset(
            frames["feedback"], frames["ratings"], history, time_zone=time_zone, sources=sources, client=self
        )

    def projects(self) -> pl.DataFrame:
        """Get the organisation's projects, by name.

        Returns
        -------
        pl.DataFrame
            ``id, key, name, description`` (String), ``allowed_origins`` (List of String), ``org_id`` (String),
            ``feedback_count`` (Int64), ``extra`` (String, JSON of unknown keys).
        """
        frame, set_aside = self._projects()
        self.last_load = Provenance(
            resource="projects",
            as_of=(now := datetime.now(UTC)),
            finished=now,
            served_from="api",
            requests=1,
            rows=frame.height,
            set_aside=set_aside,
            project_ids=tuple(frame["id"]),
            base_url=self.settings.base_url,
            demo=self.settings.demo,
        )
        return frame

    def feedback(
        self,
        *,
        project_id: str | Sequence[str] | None = None,
        where: FeedbackFilter | None = None,
        search: str | None = None,
        status: str | Sequence[str] | None = None,
        type: str | Sequence[str] | None = None,  # noqa: A002  # the API's word
        allow: str | Sequence[str] | None = None,
        refresh: Refresh = "auto",
        max_requests: int | None = None,
    ) -> pl.DataFrame:
        """Get a project's feedback, complete, the newest first.

        Parameters
        ----------
        project_id
            One project, several, or ``"all"``; the settings' project by default. If a project cannot be loaded, the
            others are, and then an `IncompleteError` is raised: ``failures`` names the project and ``partial`` has the
            complete rows of the others.
        where
            Items to return, as a value; in place of search, status, type and allow.
        search
            Text that the message contains, in any case. Whatever selects items is always applied on this machine, so
            that they mean the same at every call. The first load therefore reads the whole list, about one request for
            89 items (`plan` tells the cost), and later ones only what has changed.
        status, type
            One value or several, in any case. An unknown value is allowed unless it looks like a typo of a known one.
        allow
            Values of status and type to take exactly as they are, although they look like typos of known values.
        refresh
            ``"auto"`` serves a snapshot younger than ``max_age_seconds``, brings an older one up to date with about
            38 requests at most, and reads every row where there is no snapshot or where a refresh would cost no less;
            `last_load` says which statuses that verifies. ``"verify"`` takes as many requests as it needs to verify
            the status of every row. ``"full"`` reads every row, ``"never"`` makes no request. A load that was stopped
            is resumed by the same call within 30 minutes, also a full one; once it has finished, the next ``"full"``
            starts anew.
        max_requests
            Send no more requests than these, retries and requests beside the list included, and stop early where the
            load would take more; no limit by default.

        Returns
        -------
        pl.DataFrame
            The columns of `seggwat_nb.schema.FEEDBACK`; times are UTC. `last_load` says where the rows come from.

        Raises
        ------
        ArgumentError
            An argument cannot be meant; nothing was requested.
        SeggwatError
            The load could not be completed; the error carries ``partial`` and ``snapshot``.
        """
        if where is not None and any(one is not None for one in (status, type, search, allow)):
            raise ArgumentError("Pass where, or status, type, search and allow, not both.")
        if where is not None and not isinstance(where, FeedbackFilter):
            raise ArgumentError(f"where must be a FeedbackFilter, got {where!r}.")
        chosen = where or FeedbackFilter(status=status, type=type, text=search, allow=allow)
        with self.at_most(max_requests):
            return self._load("feedback", chosen, project_id=project_id, refresh=refresh, max_requests=max_requests)[0]

    def ratings(
        self,
        *,
        project_id: str | Sequence[str] | None = None,
        refresh: Refresh = "auto",
        max_requests: int | None = None,
    ) -> pl.DataFrame:
        """Get a project's ratings, both shapes in one frame, complete, the newest first.

        Parameters
        ----------
        project_id, refresh, max_requests
            As for `feedback`.

        Returns
        -------
        pl.DataFrame
            The columns of `seggwat_nb.schema.RATINGS`; times are UTC.

        Raises
        ------
        SeggwatError
            As `feedback`.
        """
        with self.at_most(max_requests):
            return self._load("ratings", None, project_id=project_id, refresh=refresh, max_requests=max_requests)[0]

    def history(self, *, project_id: str | Sequence[str] | None = None) -> pl.DataFrame:
        """Get the changes of feedback that loads on this machine have seen; no request is made.

        The API tells only how an item is now, so this begins with the second load.

        Parameters
        ----------
        project_id
            One project or several; the settings' project by default.

        Returns
        -------
        pl.DataFrame
            One row for each change, in the order in which they were seen:

            - ``id``, ``project_id``: String, the item's;
            - ``field``: String, ``status``, ``type``, ``archived`` (``"true"`` or ``"false"``; an item that left the
              list counts as archived) or ``message``, of which is only told that it changed;
            - ``old``, ``new``: String, the values before and after; null for ``message``;
            - ``earliest``, ``latest``: Datetime("us", "UTC"); it happened after the one and no later than the other.
        """
        projects = self._some_projects(project_id, offline=True)
        return pl.concat([self._listing("feedback", project).store.history() for project in projects])

    def gone(self, *, project_id: str | Sequence[str] | None = None) -> pl.DataFrame:
        """Get the feedback that has gone from the list, archived or deleted, as it was last read; no request is made.

        Parameters
        ----------
        project_id
            One project or several; the settings' project by default.

        Returns
        -------
        pl.DataFrame
            The columns of `seggwat_nb.schema.FEEDBACK` and ``gone_at`` (UTC), when the row was first missed. Rows are
            kept for ``keep_gone_days`` and not shown after that; no other frame has them.
        """
        projects = self._some_projects(project_id, offline=True)
        stored = [self._listing("feedback", project).store.read() for project in projects]
        empty = FEEDBACK.to_frame().with_columns(gone_at=pl.lit(None, dtype=FEEDBACK["created_at"]))
        gone = pl.concat([empty, *(snapshot.gone for snapshot in stored if snapshot is not None)])
        return gone.filter(pl.col("gone_at") > datetime.now(UTC) - self.settings.keep_gone)

    # -- single answers --

    def item(self, feedback_id: str, *, project_id: str | None = None) -> dict[str, Any]:
        """Get one item as the API has it now (remembered for five minutes, and never older than a loaded frame).

        Raises
        ------
        NotFoundError
            There is no such item, or the token does not see it.
        """
        project = self._one_project(project_id)
        path = _path("projects", project, "feedback", _checked_id(feedback_id))
        self._forget_older_answers(project)
        with self._names_projects(project):
            return self._api.get(path, {}, check=responses.record)

    def stats(self, *, project_id: str | None = None) -> dict[str, dict[str, Any]]:
        """Get the API's own totals (remembered for five minutes, and never older than a loaded frame).

        Returns
        -------
        dict
            ``feedback`` (total, current_month, last_month), ``helpful`` (total, helpful, not_helpful, percentage),
            ``star`` (total, average, distribution) and ``nps`` (total, score, promoters, passives, detractors,
            distribution), each as the API gives it; a type of rating that the project does not have is left out.
        """
        project = self._one_project(project_id)
        root = _path("projects", project)
        self._forget_older_answers(project)
        with self._names_projects(project):
            found = {"feedback": self._api.get(f"{root}/feedback/stats", {}, check=responses.record)}
        routes: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
            "helpful": ((f"{root}/ratings/stats", {}), (f"{root}/ratings/stats/typed", {"type": "helpful"})),
            "star": ((f"{root}/ratings/stats/star", {}), (f"{root}/ratings/stats/typed", {"type": "star"})),
            "nps": ((f"{root}/ratings/stats/nps", {}), (f"{root}/ratings/stats/typed", {"type": "nps"})),
        }
        for kind, ways in routes.items():
            for path, params in ways:
                try:
                    found[kind] = self._api.get(path, params, check=responses.record)
                    break
                except NotFoundError:
                    continue  # Another route may know it; if none does, the project has none of that type.
        return found

    def plan(self, *, resource: Resource = "feedback", project_id: str | None = None) -> Plan:
        """Say how many requests a load will take, and how long; costs one request unless a snapshot is stored."""
        check_choice("resource", resource, get_args(Resource))
        project = self._one_project(project_id)
        listing = self._listing(resource, project)
        manifest = listing.store.manifest()
        if manifest is not None and listing.is_fresh():
            return Plan(rows=manifest.rows, requests=0, seconds=0)
        if manifest is not None and (least := listing.least_requests()) is not None:
            return Plan(rows=manifest.rows, requests=least, seconds=self._api.seconds_for(least), at_least=True)
        with self._names_projects(project):
            rows, kept = listing.total(), listing.kept_pages()
        requests = max(1, requests_for(rows) - kept)
        return Plan(rows=rows, requests=requests, seconds=self._api.seconds_for(requests), kept=kept)

    def me(self) -> dict[str, Any]:
        """Get who the token belongs to: ``user_id, email, display_name, org_id, org_name, role``."""
        return self._api.get("/me", {}, check=responses.record)

    def seconds_for(self, requests: int) -> float:
        """Tell how long so many requests would take from now on, under the limit."""
        return self._api.seconds_for(requests)

    # -- writing --

    def update(
        self,
        feedback_id: str,
        *,
        status: str | None = None,
        type: str | None = None,  # noqa: A002  # the API's word
        message: str | None = None,
        resolution_note: str | None = None,
        allow: str | Sequence[str] | None = None,
        project_id: str | None = None,
    ) -> dict[str, Any]:
        """Change an item; nothing else in this package writes to the API without being told to by name.

        Parameters
        ----------
        feedback_id
            The item.
        status, type, message, resolution_note
            What to change; what is left out stays.
        allow
            As for `feedback`.
        project_id
            The settings' project by default.

        Returns
        -------
        dict
            The item as it is now. The stored snapshot has it too.

        Raises
        ------
        ArgumentError
            There is nothing to change, or a value looks like a typo.
        """
        checked = FeedbackFilter(status=status, type=type, allow=allow)  # Refuses typos, and spells as the API does.
        (status,), (type,) = checked.status or (None,), checked.type or (None,)  # noqa: A001  # the API's word
        given = {"status": status, "type": type, "message": message, "resolution_note": resolution_note}
        changes = {name: value for name, value in given.items() if value is not None}
        if not changes:
            raise ArgumentError("There is nothing to change. Pass status=, type=, message= or resolution_note=.")
        for name, value in changes.items():
            if not is_text(value):
                raise ArgumentError(f"{name} is not text. Pass a str that can be written as UTF-8.")
        project = self._one_project(project_id)
        asked = datetime.now(UTC)
        path = _path("projects", project, "feedback", _checked_id(feedback_id))
        with self._names_projects(project):
            record = self._api.patch(path, changes, check=responses.record)
        self._listing("feedback", project).replace(record, asked=asked)
        return record

    def close(self) -> None:
        """Let go of connections and files; the client can still be asked for what it knows."""
        self._api.close()

    # -- inside --

    def _load(
        self,
        resource: Resource,
        chosen: FeedbackFilter | None,
        *,
        project_id: str | Sequence[str] | None,
        refresh: Refresh,
        max_requests: int | None,
    ) -> tuple[pl.DataFrame, Provenance]:
        check_choice("refresh", refresh, get_args(Refresh))
        asked, sent = datetime.now(UTC), self.requests_sent
        projects = self._some_projects(project_id, offline=refresh == "never")
        loads: dict[str, LoadResult] = {}
        failures: dict[str, SeggwatError] = {}
        for project in projects:
            left = None if max_requests is None else max(0, max_requests - (self.requests_sent - sent))
            try:
                with self._names_projects(project):
                    loads[project] = self._load_list(
                        self._listing(resource, project), refresh=refresh, asked=asked, max_requests=left
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
        frame, about = self._joined(resource, loads, chosen)
        if failures:
            raise _partly_loaded(frame, failures, projects)
        return frame, about

    def _load_list(
        self, listing: ListLoader, *, refresh: Refresh, asked: datetime, max_requests: int | None
    ) -> LoadResult:
        """Load one list: from disk where that will do, else in turn with whoever else loads it."""
        if refresh == "never" or (refresh == "auto" and listing.is_fresh()):
            return listing.from_disk()
        title = f"{listing.resource.capitalize()} of {self._names.get(listing.project_id, listing.project_id)}"

        def on_wait() -> None:
            progress.say(
                f"{title}: another notebook or process is loading this list. Waiting for it, to share what it loads."
            )

        try:
            with listing.in_turn(on_wait):
                if listing.is_loaded_since(asked, whole=refresh == "full", verified=refresh == "verify") or (
                    refresh == "auto" and listing.is_fresh()
                ):
                    return listing.from_disk()
                loaded = self._fetch(listing, title, refresh, max_requests)
        except KeyboardInterrupt as stop:
            progress.say("\n".join(["Stopped.", *getattr(stop, "__notes__", [])]))
            raise
        self._api.forget_answers()  # None of them may be older than this frame.
        return loaded

    def _joined(
        self, resource: Resource, loads: dict[str, LoadResult], chosen: FeedbackFilter | None
    ) -> tuple[pl.DataFrame, Provenance]:
        """Make one frame of what was loaded, select from it, and note where it comes from."""
        frames = [load.frame if chosen is None else chosen.apply(load.frame) for load in loads.values()]
        frame = pl.concat(frames)
        absent = None if chosen is None else absent_values(chosen, pl.concat([load.frame for load in loads.values()]))
        if absent is not None:
            warnings.warn(absent, stacklevel=5)
        if len(frames) > 1:
            frame = frame.sort("created_at", "id", descending=[True, False])
        about = self._provenance(resource, frame, list(loads.values()), tuple(loads), _in_words(chosen))
        self.last_load = about  # Another thread may replace it at once.
        if about.requests:
            progress.say(about.refreshed())
        if about.set_aside:
            warnings.warn(
                f"Of the {resource}, {counted(len(about.set_aside), 'record')} cannot be read as rows: see "
                "client.last_load.set_aside, and tell the service's support.",
                stacklevel=5,
            )
        return frame, about

    def _fetch(self, listing: ListLoader, title: str, refresh: Refresh, max_requests: int | None) -> LoadResult:
        def seconds_left(rows: int) -> float:
            return self.seconds_for(requests_for(rows))

        def estimated(requests: int) -> None:
            progress.say(f"{title}: about {counted(requests, 'request')} to refresh, {self._length_of(requests)}.")

        def slower(requests: int, reason: str) -> None:
            progress.say(f"{title}: {reason}: about {counted(requests, 'more request')}, {self._length_of(requests)}.")

        self._of_thread.bar = bar = progress.Bar(title, seconds_left=seconds_left)
        watch = Progress(progress=bar, estimated=estimated, slower=slower, max_requests=max_requests)
        try:
            if refresh == "full":
                return listing.from_api(params={}, watch=watch)
            return listing.up_to_date(watch, must_verify=refresh == "verify")
        finally:
            bar.close()
            self._of_thread.bar = None

    def _length_of(self, requests: int) -> str:
        return progress.duration(self.seconds_for(requests))

    def _provenance(
        self,
        resource: Resource,
        frame: pl.DataFrame,
        loads: list[LoadResult],
        projects: tuple[str, ...],
        selection: str,
    ) -> Provenance:
        origins = {loaded.served_from for loaded in loads}
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
            full_as_of=min(loaded.full_as_of for loaded in loads),
            why_full="; ".join(loaded.why_full for loaded in loads if loaded.why_full) or None,
            slow_because="; ".join(loaded.slow_because for loaded in loads if loaded.slow_because) or None,
            repeated=frozenset().union(*(loaded.repeated for loaded in loads)),
            conflicting=frozenset().union(*(loaded.conflicting for loaded in loads)),
            project_ids=projects,
            project_names={project: self._names[project] for project in projects if project in self._names},
            org_id=organisation(self._api, self.settings, projects[0], ask=origins != {"snapshot"}),
            base_url=self.settings.base_url,
            demo=self.settings.demo,
        )

    def _forget_older_answers(self, project: str) -> None:
        """Forget single answers from before the latest load of the project, whichever process made it."""
        for resource in get_args(Resource):
            manifest = self._listing(resource, project).store.manifest()
            if manifest is not None:
                self._api.forget_answers(before=manifest.facts.finished)

    def _listing(self, resource: Resource, project: str) -> ListLoader:
        return ListLoader(self._api, self.settings, resource=resource, project_id=project)

    def _projects(self) -> tuple[pl.DataFrame, tuple[str, ...]]:
        found = projects_frame(self._api.get("/projects", {}, check=partial(responses.records, key="projects")))
        self._names |= dict(found[0].select("id", "name").drop_nulls().iter_rows())
        note_projects(self.settings, found[0]["id"].to_list())
        return found

    def _one_project(self, project_id: str | None) -> str:
        (project,) = self._some_projects(project_id)
        return project

    def _some_projects(self, project_id: str | Sequence[str] | None, *, offline: bool = False) -> tuple[str, ...]:
        asked = self.settings.project_id if project_id is None else project_id
        if isinstance(asked, str) and asked == _ALL_PROJECTS:
            return self._all_projects(offline=offline)
        if asked is None:
            raise SettingsError(f"No project is chosen. {self._choices(offline=offline)}")
        try:
            projects = (asked,) if isinstance(asked, str) else tuple(dict.fromkeys(asked))
        except TypeError:
            projects = (asked,)  # type: ignore[assignment]  # no id, and told as such
        if not projects:
            raise ArgumentError("project_id is empty. Name a project, several, or 'all'.")
        return tuple(_checked_id(project) for project in projects)

    def _all_projects(self, *, offline: bool) -> tuple[str, ...]:
        if offline:
            known = known_projects(self.settings)
            if not known:
                raise ArgumentError(
                    "This machine does not know yet which projects there are. Load project_id='all' once while the "
                    "service can be reached, or name the projects: project_id=['…', '…']."
                )
            return known
        projects = tuple(self._projects()[0]["id"])
        if not projects:
            raise SettingsError("The token sees no project. Create one on the dashboard, or use another token.")
        return projects

    @contextmanager
    def _names_projects(self, project: str) -> Iterator[None]:
        """Where something is not found because the token does not see its project, say which projects it sees."""
        try:
            yield
        except NotFoundError as error:
            try:
                frame, _ = self._projects()
            except SeggwatError:  # A token may see a project and not the list of them.
                frame = None
            if frame is not None and project not in frame["id"]:
                listed = _listed(frame)
                told = (
                    f"It sees:\n{listed}\nPass one of these as project_id=, or use a token of the same organisation."
                    if listed
                    else "It sees no project. Create one on the dashboard, or use another token."
                )
                stored = "" if error.snapshot is None else "\nIts stored snapshot is still served by refresh='never'."
                error.args = (f"The token does not see project {project} (404). {told}{stored}",)
            raise

    def _choices(self, *, offline: bool) -> str:
        how = "Set SEGGWAT_PROJECT_ID, or pass project_id="
        if offline:
            return f"{how}."
        listed = _listed(self._projects()[0])
        return (
            f"{how}, to one of:\n{listed}"
            if listed
            else f"The token sees no project. Create one on the dashboard. {how}."
        )

    def _on_wait(self, seconds: float, reason: str) -> None:
        if self._of_thread.bar is not None:
            self._of_thread.bar.waiting(seconds, reason)
        else:
            progress.say(f"Waiting {progress.duration(seconds)}: {reason}")


def _path(*parts: str) -> str:
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _listed(projects: pl.DataFrame) -> str:
    return "\n".join(f"  {project}  {name or ''}" for project, name in projects.select("id", "name").iter_rows())


def _stops_all(errors: list[SeggwatError]) -> bool:
    """Tell whether no other project can be loaded either: a bad token, or twice in a row no answer at all."""
    last_two = errors[-2:]
    unreachable = len(last_two) > 1 and all(isinstance(error, NetworkError) for error in last_two)
    return unreachable or isinstance(errors[-1], AuthenticationError)


def _partly_loaded(
    frame: pl.DataFrame, failures: dict[str, SeggwatError], projects: tuple[str, ...]
) -> IncompleteError:
    """Say which projects could not be loaded, and carry the rows of the others."""
    listed = "\n".join(f"  {project}: {error}" for project, error in failures.items())
    raised = IncompleteError(
        f"{len(failures)} of {counted(len(projects), 'project')} could not be loaded; the others are complete "
        f"(`error.partial`):\n{listed}"
    )
    raised.partial = frame
    raised.failures = failures
    return raised


def _in_all(field: str, loads: list[LoadResult]) -> bool:
    return all(field in loaded.verified_fields for loaded in loads)


def _in_words(chosen: FeedbackFilter | None) -> str:
    if chosen is None or chosen == FeedbackFilter():
        return "all rows"
    return f"{chosen.describe()}, selected by this machine"


def _checked_id(text: str) -> str:
    shown = without_tokens(repr(text))
    if not is_id(text) or (text.startswith("oat_") and shown != repr(text)):  # A token would go into an address.
        raise ArgumentError(f"{shown[:100]} is not an id; copy it from the frame's id column or from the dashboard.")
    return text
