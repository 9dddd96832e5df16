"""Stores which organisation a project belongs to, for links, and which projects a token can access."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from seggwat_nb.errors import SeggwatError, UnexpectedAnswerError
from seggwat_nb.files import write_private
from seggwat_nb.source import responses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seggwat_nb.config import Settings
    from seggwat_nb.source.transport import Api

__all__ = ["known_projects", "note_projects", "organisation"]


def organisation(api: Api, settings: Settings, project_id: str, *, ask: bool) -> str | None:
    """Look up a project's organisation. The service is asked only once per machine.

    Parameters
    ----------
    ask
        Whether the service may be asked if the organisation is not stored yet.

    Returns
    -------
    str or None
        The ID, or None if it is unknown: a load must not fail for lack of links.
    """
    note = settings.project_dir(project_id) / "organisation.json"
    with suppress(OSError, KeyError, UnexpectedAnswerError):
        return str(responses.record(note.read_bytes())["org_id"])
    return _ask(api, project_id, note) if ask else None


def note_projects(settings: Settings, projects: Sequence[str]) -> None:
    """Store which projects the token can access, so that ``project_id="all"`` works offline."""
    with suppress(OSError):
        write_private(_projects_note(settings), json.dumps({"projects": list(projects)}).encode())


def known_projects(settings: Settings) -> tuple[str, ...] | None:
    """Return the stored projects of the token, or None if they were never requested on this machine."""
    try:
        noted = responses.record(_projects_note(settings).read_bytes())["projects"]
    except (OSError, KeyError, UnexpectedAnswerError):
        return None
    return tuple(map(str, noted)) if isinstance(noted, list) else None


def _ask(api: Api, project_id: str, note: Path) -> str | None:
    try:
        org_id = api.get(f"/projects/{quote(project_id, safe='')}", {}, check=responses.record).get("org_id")
    except SeggwatError:
        return None
    if not isinstance(org_id, str):
        return None
    with suppress(OSError):
        write_private(note, json.dumps({"org_id": org_id}).encode())
    return org_id


def _projects_note(settings: Settings) -> Path:
    # Named like the page cache folder: one file for each service and token.
    return settings.data_dir / "projects" / f"seen-{settings.page_cache_dir.name}.json"
