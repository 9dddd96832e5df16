"""The `Client`: returns complete frames, and describes where each comes from."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

import polars as pl

from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.analysis.validation import check_choice, check_least
from seggwat_nb.config import Settings
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ArgumentError, NoKeyError
from seggwat_nb.filter_fields import to_write
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.loading import RESOURCES, FrameLoader, Refresh, Resource
from seggwat_nb.options import checks_options
from seggwat_nb.plan import Plan, plan_load
from seggwat_nb.progress import ThreadBar
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.secret import Secret, hide
from seggwat_nb.source import single_answers
from seggwat_nb.source.projects import Projects
from seggwat_nb.source.transport import Api
from seggwat_nb.text import is_text

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from seggwat_nb.progress import Bar

__all__ = ["NO_KEY", "Client"]

NO_KEY: Final = (
    "No API key is set. Set SEGGWAT_API_KEY in the environment or a .env file. You can create a key on the dashboard."
)


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
        Whether the service is the demo server, whose data is synthetic.

    Raises
    ------
    SettingsError
        A setting is invalid, or there is no key; nothing was requested.

    Attributes
    ----------
    settings : Settings
        The client's settings.
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
            raise NoKeyError(NO_KEY)
        if settings.sends_in_clear:
            warnings.warn(
                f"{settings.base_url} is not encrypted: anyone on the network can read the token. Use https://.",
                stacklevel=3,
            )
        self.settings = settings
        self.last_load: Provenance | None = None
        self._bars = bars = ThreadBar()
        self._api = Api(settings, on_wait=bars.waiting)
        self._projects = Projects(self._api, settings)
        self._loader = FrameLoader(self._api, settings, projects=self._projects, bars=bars, on_load=self._note_load)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if not hasattr(self, "settings"):
            return "Client(not connected)"  # A traceback may show it before __init__ has finished.
        project = self.settings.project_id or "no project chosen"
        return f"Client({self.settings.base_url}, {project}{', demo' if self.settings.demo else ''})"

    @property
    def requests_sent(self) -> int:
        """Requests that this thread has sent with this client, retries included."""
        return self._api.requests_sent

    def at_most(self, requests: int | None) -> AbstractContextManager[None]:
        """Limit the requests of this thread within a ``with`` block, whichever methods it calls.

        Parameters
        ----------
        requests
            Maximum number of requests, including retries. None: no limit.

        Returns
        -------
        context manager
            Within it, a call that requires one more request raises an `IncompleteError`.
        """
        check_least("max_requests", requests, 0, none="no limit")
        return self._api.at_most(requests)

    # -- frames --

    def load(
        self,
        *,
        project_id: str | Sequence[str] | None = None,
        time_zone: str = "UTC",
        as_of: datetime | None = None,
        ratings: bool = True,
        refresh: Refresh = "auto",
        max_requests: int | None = None,
    ) -> Dataset:
        """Load feedback, ratings and history together, each complete.

        Parameters
        ----------
        project_id, refresh
            As for `feedback`.
        time_zone
            IANA name of the zone whose days are counted by everything that uses the `Dataset`.
        as_of
            A past time: items and ratings as this machine knew them then, without a request, with one more column,
            ``is_known`` (Boolean), true for ``keep_gone_days``. Before that, statuses and types are those of the
            history, texts may be newer, and deleted items are missing. For a time after the last load, they are as of
            that load.
        ratings
            Whether to load ratings. False for services that have none, and for tokens that may not read them.
        max_requests
            As for `feedback`, for both lists together.

        Returns
        -------
        Dataset
            Plain frames, and where each comes from.

        Raises
        ------
        ArgumentError
            An argument is invalid; nothing was requested.
        SeggwatError
            A list could not be completed; the error carries ``partial`` and ``snapshot`` of that list, and ``loaded``,
            the complete frames of the others by name.
        """
        check_periods(time_zone=time_zone, as_of=as_of)
        with self.at_most(max_requests):
            frames, sources = self._loader.load_all(
                RESOURCES if ratings else ("feedback",),
                project_id=project_id,
                as_of=as_of,
                refresh=refresh,
                max_requests=max_requests,
            )
        ids = sources["feedback"].project_ids
        history = self._loader.history(ids) if as_of is None else self._loader.past_history(as_of, project_id=ids)
        return Dataset(**frames, history=history, time_zone=time_zone, as_of=None, sources=sources, client=self)

    def projects(self) -> pl.DataFrame:
        """Get the organization's projects, sorted by name.

        Returns
        -------
        pl.DataFrame
            ``id, key, name, description`` (String), ``allowed_origins`` (List of String), ``org_id`` (String),
            ``feedback_count`` (Int64), ``extra`` (String, JSON of unknown keys).
        """
        frame, set_aside = self._projects.fetch()
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
        """Get all feedback of a project, newest first.

        Parameters
        ----------
        project_id
            One project, several, or ``"all"``; the settings' project by default. If a project cannot be loaded, the
            others still are, and then an `IncompleteError` is raised: ``failures`` names the project and ``partial``
            has the complete rows of the others.
        where
            A filter for the items to return, instead of search, status, type and allow.
        search
            Text that the message contains, in any case. All filters are applied on this machine, so that they mean the
            same in every call. The first load therefore reads the whole list, about one request for 89 items (see
            `plan`), and later ones only read what has changed.
        status, type
            One value or several, in any case. An unknown value is allowed unless it looks like a typo of a known one.
        allow
            Values of status and type to accept even though they look like typos of known values.
        refresh
            ``"auto"`` serves a snapshot younger than ``max_age_seconds``, brings an older one up to date with about
            38 requests at most, and reads every row if there is no snapshot or where a refresh would cost no less;
            `last_load` says which statuses were verified. ``"verify"`` takes as many requests as it needs to verify
            the status of every row. ``"full"`` reads every row, ``"never"`` sends no request. The same call resumes an
            interrupted load within 30 minutes, even a full one; once it has finished, the next ``"full"`` starts from
            the beginning.
        max_requests
            Maximum number of requests, including retries and requests other than for the list. A load that would
            take more stops early. No limit by default.

        Returns
        -------
        pl.DataFrame
            The columns of `seggwat_nb.schema.FEEDBACK`; times are UTC. `last_load` says where the rows come from.

        Raises
        ------
        ArgumentError
            An argument is invalid; nothing was requested.
        SeggwatError
            The load could not be completed; the error carries ``partial`` and ``snapshot``.
        """
        if where is not None and any(one is not None for one in (status, type, search, allow)):
            raise ArgumentError("Pass where, or status, type, search and allow, not both.")
        if where is not None and not isinstance(where, FeedbackFilter):
            raise ArgumentError(f"where must be a FeedbackFilter, got {where!r}.")
        chosen = where or FeedbackFilter(status=status, type=type, text=search, allow=allow)
        with self.at_most(max_requests):
            return self._loader.load(
                "feedback", chosen, project_id=project_id, refresh=refresh, max_requests=max_requests
            )[0]

    def ratings(
        self,
        *,
        project_id: str | Sequence[str] | None = None,
        refresh: Refresh = "auto",
        max_requests: int | None = None,
    ) -> pl.DataFrame:
        """Get all ratings of a project, of every type in one frame, newest first.

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
            return self._loader.load(
                "ratings", None, project_id=project_id, refresh=refresh, max_requests=max_requests
            )[0]

    def history(self, *, project_id: str | Sequence[str] | None = None) -> pl.DataFrame:
        """Get the changes of feedback that loads on this machine have seen; sends no request.

        The API only returns the current state of items, so the history begins with the second load.

        Parameters
        ----------
        project_id
            One project or several; the settings' project by default.

        Returns
        -------
        pl.DataFrame
            One row per change, in the order in which they were seen:

            - ``id``, ``project_id``: String, the item's;
            - ``field``: String, ``status``, ``type``, ``archived`` (``"true"`` or ``"false"``; an item that left the
              list counts as archived) or ``message``, whose text is not kept;
            - ``old``, ``new``: String, the values before and after; null for ``message``;
            - ``earliest``, ``latest``: Datetime("us", "UTC"); the change happened after the first and by the second.
        """
        return self._loader.history(self._projects.choose(project_id, offline=True))

    def gone(self, *, project_id: str | Sequence[str] | None = None) -> pl.DataFrame:
        """Get feedback that has left the list, archived or deleted, as last read; sends no request.

        Parameters
        ----------
        project_id
            One project or several; the settings' project by default.

        Returns
        -------
        pl.DataFrame
            The columns of `seggwat_nb.schema.FEEDBACK` and ``gone_at`` (UTC), when the row was first missing. Rows are
            kept for ``keep_gone_days``; no other frame has them.
        """
        projects = self._projects.choose(project_id, offline=True)
        stored = [self._loader.listing("feedback", project).store.read() for project in projects]
        empty = FEEDBACK.to_frame().with_columns(gone_at=pl.lit(None, dtype=FEEDBACK["created_at"]))
        gone = pl.concat([empty, *(snapshot.gone for snapshot in stored if snapshot is not None)])
        return gone.filter(pl.col("gone_at") > datetime.now(UTC) - self.settings.keep_gone)

    # -- single answers --

    def item(self, feedback_id: str, *, project_id: str | None = None, fresh: bool = False) -> dict[str, Any]:
        """Get the current state of one item (cached for five minutes, and never older than a loaded frame).

        Parameters
        ----------
        feedback_id
            The item.
        project_id
            The settings' project by default.
        fresh
            Whether to always ask the service, and to wait until the rate limit allows a change right afterwards. The
            response also updates the stored snapshot.

        Raises
        ------
        NotFoundError
            There is no such item, or the token has no access to it.
        """
        project = self._projects.choose_one(project_id)
        if fresh:
            self._api.forget_answers()
            self._api.wait_for(2)
        else:
            self._forget_older_answers(project)
        asked = datetime.now(UTC)
        with self._projects.explain_not_found(project):
            record = single_answers.get_item(self._api, project, feedback_id)
        listing = self._loader.listing("feedback", project)
        return listing.replace(record, asked=asked) if fresh else listing.complete(record)

    def stats(self, *, project_id: str | None = None) -> dict[str, dict[str, Any]]:
        """Get the API's own totals (cached for five minutes, and never older than a loaded frame).

        Returns
        -------
        dict
            ``feedback`` (total, current_month, last_month), ``helpful`` (total, helpful, not_helpful, percentage),
            ``star`` (total, average, distribution) and ``nps`` (total, score, promoters, passives, detractors,
            distribution), as the API returns them; types of rating that the project does not have are left out.
        """
        project = self._projects.choose_one(project_id)
        self._forget_older_answers(project)
        with self._projects.explain_not_found(project):
            return single_answers.get_stats(self._api, project)

    def plan(self, *, resource: Resource = "feedback", project_id: str | None = None, full: bool = False) -> Plan:
        """Estimate requests and time of a load, or of one with ``refresh="full"``; sends at most one request."""
        check_choice("resource", resource, RESOURCES)
        project = self._projects.choose_one(project_id)
        with self._projects.explain_not_found(project):
            return plan_load(self._loader.listing(resource, project), full=full, seconds_for=self.seconds_for)

    def me(self) -> dict[str, Any]:
        """Get the user of the token: ``user_id, email, display_name, org_id, org_name, role``."""
        return single_answers.get_user(self._api)

    @contextmanager
    def waits_shown_in(self, bar: Bar) -> Iterator[None]:
        """Show this thread's waits in the given bar within a ``with`` block."""
        self._bars.bar = bar
        try:
            yield
        finally:
            self._bars.bar = None

    def seconds_for(self, requests: int) -> float:
        """Estimate how many seconds a number of requests would take from now on, under the limit."""
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
        """Change an item. Nothing else in this package writes to the API unless you ask for it explicitly.

        Parameters
        ----------
        feedback_id
            The item.
        status, type, message, resolution_note
            The new values; those left out stay as they are. An empty note removes the note.
        allow
            Values of status and type to write even though they are not known.
        project_id
            The settings' project by default.

        Returns
        -------
        dict
            The changed item, which also updates the stored snapshot.

        Raises
        ------
        ArgumentError
            There is nothing to change, or a status or type is not known.
        """
        given = {"message": message, "resolution_note": resolution_note}
        changes = to_write(status=status, type=type, allow=allow)
        changes |= {name: value for name, value in given.items() if value is not None}
        if not changes:
            raise ArgumentError("There is nothing to change. Pass status=, type=, message= or resolution_note=.")
        for name, value in changes.items():
            if not is_text(value):
                raise ArgumentError(f"{name} is not text. Pass a str that can be written as UTF-8.")
        project = self._projects.choose_one(project_id)
        asked = datetime.now(UTC)
        with self._projects.explain_not_found(project):
            record = single_answers.change_item(self._api, project, feedback_id, changes)
        return self._loader.listing("feedback", project).replace(record, asked=asked)

    def close(self) -> None:
        """Close connections and files; attributes such as `last_load` stay available."""
        self._api.close()

    # -- inside --

    def _note_load(self, about: Provenance) -> None:
        self.last_load = about  # Another thread may replace it at once.

    def _forget_older_answers(self, project: str) -> None:
        """Remove cached responses from before the latest load of the project, by whichever process."""
        for resource in RESOURCES:
            manifest = self._loader.listing(resource, project).store.manifest()
            if manifest is not None:
                self._api.forget_answers(before=manifest.facts.finished)
