"""Connect with the current settings, to your own project or the demo project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Unpack

from seggwat_nb import progress
from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.client import NO_KEY, Client
from seggwat_nb.config import Connection, Options, Settings, hide_secrets
from seggwat_nb.environment import REPORT_ROWS
from seggwat_nb.errors import NoKeyError
from seggwat_nb.options import by_name
from seggwat_nb.source.projects import ALL_PROJECTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from seggwat_nb.dataset import Dataset
    from seggwat_nb.loading import Refresh

__all__ = ["connect", "load"]


@by_name
def connect(**options: Unpack[Options]) -> Client:
    """Connect with the current settings or, without a key and a project, to the demo project, and say so.

    Parameters
    ----------
    **options
        As for `Client`.

    Returns
    -------
    Client
        A client that has not sent any request yet.

    Raises
    ------
    SettingsError
        A setting is invalid; the message lists every problem.
    """
    options = hide_secrets(options)
    settings = Settings.load(**options)
    if settings.token is None and settings.project_id is None:
        progress.say(
            "Demo project: synthetic data and history. For your own, set SEGGWAT_API_KEY and SEGGWAT_PROJECT_ID."
        )
        from seggwat_nb.demo_client import demo_client

        return demo_client(cache_dir=options.get("cache_dir"), data_dir=options.get("data_dir"))
    if settings.token is None:
        raise NoKeyError(f"{NO_KEY} To use the demo project, unset SEGGWAT_PROJECT_ID too.")
    return Client(**options)


@by_name
def load(
    *,
    project_id: str | Sequence[str] | None = None,
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    ratings: bool = True,
    refresh: Refresh = "auto",
    max_requests: int | None = None,
    **connection: Unpack[Connection],
) -> Dataset:
    """Connect as `connect` does, and load feedback, ratings and history.

    In a notebook that `seggwat_nb.report` runs, it returns the report's masked rows and sends no request. Days are then
    in the time zone of the report, unless a zone other than UTC is given.

    Parameters
    ----------
    project_id, time_zone, as_of, ratings, refresh, max_requests
        As for `Client.load`.
    **connection
        As for `Client`.

    Returns
    -------
    Dataset
        All three lists, complete; without ratings if ``ratings`` is False.

    Raises
    ------
    SettingsError, ArgumentError
        Something is invalid; the message lists every problem, and nothing was requested.
    SeggwatError
        A list could not be completed; the error carries ``partial`` and ``snapshot``.
    """
    connection = hide_secrets(connection)
    check_periods(time_zone=time_zone, as_of=as_of)
    if folder := os.environ.get(REPORT_ROWS):
        from seggwat_nb.share.report.data import open_handed_over

        return open_handed_over(folder, time_zone=None if time_zone == "UTC" else time_zone)
    one = project_id if isinstance(project_id, str) and project_id != ALL_PROJECTS else None
    options: Options = {**connection, "project_id": one}
    client = connect(**options)
    return client.load(
        project_id=project_id,
        time_zone=time_zone,
        as_of=as_of,
        ratings=ratings,
        refresh=refresh,
        max_requests=max_requests,
    )
