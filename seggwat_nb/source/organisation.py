"""Stores which organization a project belongs to, for links, and which projects a token can access."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from seggwat_nb.errors import IncompleteError, SeggwatError, UnexpectedResponseError
from seggwat_nb.files import write_private
from seggwat_nb.source import responses
from seggwat_nb.source.transport import BRIEF

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from seggwat_nb.config import Settings
    from seggwat_nb.source.transport import Api

__all__ = ["note_projects", "organisation", "stored_name", "stored_projects"]

_NOTE: Final = "organisation.json"


def organisation(api: Api, settings: Settings, project_id: str, *, ask: bool, failed: set[str]) -> str | None:
    """Look up a project's organization. The service is asked only once per machine.

    Parameters
    ----------
    ask
        Whether the service may be asked if the organization is not stored yet.
    failed
        The projects for which it was asked in vain, which it is not asked again. Updated.

    Returns
    -------
    str or None
        The ID, or None if it is unknown: a load must not fail for lack of links.
    """
    note = settings.project_dir(project_id) / _NOTE
    with suppress(OSError, KeyError, UnexpectedResponseError):
        return str(responses.record(note.read_bytes())["org_id"])
    if not ask or project_id in failed:
        return None
    try:
        found = _ask(api, project_id, note)
    except IncompleteError:  # The limit of requests has been reached.
        return None
    if found is None:
        failed.add(project_id)
    return found


def note_projects(settings: Settings, projects: Mapping[str, str | None]) -> None:
    """Store which projects the token can access, with their names, so that ``project_id="all"`` works offline."""
    names = {project: name for project, name in projects.items() if name}
    with suppress(OSError):
        write_private(_projects_note(settings), json.dumps({"projects": list(projects), "names": names}).encode())


def stored_projects(settings: Settings) -> tuple[str, ...] | None:
    """Return the stored projects of the token, or None if they were never requested on this machine."""
    try:
        noted = responses.record(_projects_note(settings).read_bytes())["projects"]
    except (OSError, KeyError, UnexpectedResponseError):
        return None
    return tuple(map(str, noted)) if isinstance(noted, list) else None


def stored_name(settings: Settings, project_id: str) -> str | None:
    """Return the stored name of a project, or None if the service never told it to this machine."""
    for note, keys in (
        (_projects_note(settings), ("names", project_id)),
        (settings.project_dir(project_id) / _NOTE, ("name",)),
    ):
        with suppress(OSError, KeyError, TypeError, UnexpectedResponseError):
            found: object = responses.record(note.read_bytes())
            for key in keys:
                found = found[key]  # type: ignore[index]  # raises TypeError if it is not an object
            if isinstance(found, str) and found:
                return found
    return None


def _ask(api: Api, project_id: str, note: Path) -> str | None:
    try:
        # The load is done, and does not have to wait for the sake of links.
        project = api.get(f"/projects/{quote(project_id, safe='')}", {}, check=responses.record, patience=BRIEF)
    except IncompleteError:
        raise
    except SeggwatError:
        return None
    org_id, name = project.get("org_id"), project.get("name")
    if not isinstance(org_id, str):
        return None
    with suppress(OSError):
        write_private(note, json.dumps({"org_id": org_id, "name": name}).encode())
    return org_id


def _projects_note(settings: Settings) -> Path:
    # Named like the page cache folder: one file for each service and token.
    return settings.data_dir / "projects" / f"seen-{settings.page_cache_dir.name}.json"
