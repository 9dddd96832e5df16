"""Checks of everything that a load depends on: settings, token, project, lists, limit, folders and versions."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from seggwat_nb.environment import ARGUMENT, environment, unknown_settings
from seggwat_nb.errors import (
    ForbiddenError,
    NoKeyError,
    NotFoundError,
    SeggwatError,
    SettingsError,
    UnexpectedResponseError,
)
from seggwat_nb.loading import RESOURCES
from seggwat_nb.secret import presentable
from seggwat_nb.source.erasure import places
from seggwat_nb.source.load_errors import how_to_do_without
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seggwat_nb.client import Client
    from seggwat_nb.config import Settings

__all__ = ["Finding", "examine"]

_PACKAGES: Final = ("seggwat-nb", "polars", "altair", "requests-cache", "jupyterlab", "ipywidgets", "vl-convert-python")

_OF_ONE_REQUEST: Final = (ForbiddenError, NotFoundError, UnexpectedResponseError)
"""Errors after which other requests may succeed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    name: str
    ok: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'FAIL'}  {self.name}: {self.detail}"


def examine(connect: Callable[[], Client]) -> Iterator[Finding]:
    """Run all checks, one after the other, with at most four requests, retries aside.

    Parameters
    ----------
    connect
        Creates the client.
    """
    yield Finding(
        "versions", ok=True, detail=f"Python {platform.python_version()}, " + ", ".join(map(_version, _PACKAGES))
    )
    try:
        client = connect()
    except SettingsError as error:
        hint = " Or add --demo to use the demo project." if isinstance(error, NoKeyError) else ""
        yield Finding("settings", ok=False, detail=f"{error}{hint}")
        return
    with client:
        settings = client.settings
        project = settings.project_id or "no project"
        yield Finding(
            "settings", ok=True, detail=f"{settings.base_url}, {project}, token fingerprint {_fingerprint(settings)}"
        )
        yield Finding("sources", ok=True, detail=_places(settings))
        if unknown := unknown_settings(environment()):
            yield Finding("unknown variables", ok=True, detail=f"{', '.join(unknown)} (ignored)")
        yield from _check_service(client)
        yield Finding("rate limit", ok=True, detail=_limit(client))
        yield from _check_storage(settings)


def _places(settings: Settings) -> str:
    argument = "demo" if settings.demo else "argument"
    named = (f"{name}: {place.replace(ARGUMENT, argument)}" for name, place in settings.places.items())
    return f"{', '.join(named)}, others: default"


def _fingerprint(settings: Settings) -> str:
    return "none" if settings.token is None else settings.token.fingerprint[:6]


def _check_service(client: Client) -> Iterator[Finding]:
    try:
        try:
            me = client.me()
        except (NotFoundError, UnexpectedResponseError):  # Not every service tells who its user is.
            me = {}
        role, organisation = (
            presentable(me.get(name)) for name in ("role", "org_name" if me.get("org_name") else "org_id")
        )
        projects = client.projects()
        yield Finding(
            "token", ok=True, detail=f"role {role or 'unknown'} in {organisation or 'an unknown organization'}"
        )
    except SeggwatError as error:
        is_shape = isinstance(error, UnexpectedResponseError)
        yield Finding("list of projects" if is_shape else "token", ok=False, detail=str(error))
        # A token may read a project without listing any. After other errors, each list would fail for the same reason.
        if client.settings.project_id and isinstance(error, _OF_ONE_REQUEST):
            yield from _lists(client)
        return
    named = projects.select("id", "name").iter_rows()
    listed = ", ".join(
        f"{presentable(project) or repr(project)} ({presentable(name) or 'no name'})" for project, name in named
    )
    chosen = client.settings.project_id
    if not listed:
        detail = "the token cannot access any. Create one on the dashboard, or use another token"
        yield Finding("project", ok=False, detail=detail)
    elif chosen is None:
        yield Finding("project", ok=False, detail=f"not set. Set SEGGWAT_PROJECT_ID to one of: {listed}")
    elif chosen not in projects["id"]:
        yield Finding("project", ok=False, detail=f"the token cannot access {chosen}. It can access: {listed}")
    else:
        count = projects.filter(id=chosen)["feedback_count"][0]
        detail = "an unknown number of items" if count is None else count_of(count, "item")
        yield Finding("project", ok=True, detail=f"{chosen}, {detail} on the service")
        yield from _lists(client)


def _lists(client: Client) -> Iterator[Finding]:
    """Check that each list can be read: a token may not be allowed to, and a service may have no ratings."""
    for resource in RESOURCES:
        try:
            rows = client.plan(resource=resource, full=True).rows
        except SeggwatError as error:
            hint = how_to_do_without(error) if resource == "ratings" else ""
            yield Finding(resource, ok=False, detail=f"{error}{hint}")
        else:
            yield Finding(resource, ok=True, detail=f"{rows:,} in the list")


def _limit(client: Client) -> str:
    limit = client.settings.requests_per_minute
    if not limit:
        return "unlimited (SEGGWAT_NB_REQUESTS_PER_MINUTE=0)"
    wait = client.seconds_for(1)
    return f"{count_of(limit, 'request')} per minute, shared by all your notebooks. Next request in {wait:.0f} s"


def _check_storage(settings: Settings) -> Iterator[Finding]:
    for place in places(settings):
        detail = f"{count_of(place.files, 'file')}, {place.bytes / 1e6:,.1f} MB in {place.path}"
        yield Finding(f"stored {place.name}", ok=True, detail=detail)


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"
