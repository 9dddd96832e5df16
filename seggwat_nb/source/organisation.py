"""What this machine knows of an organisation: whose a project is, for links, and which projects a token sees."""

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
    """Look up a project's organisation, once a machine.

    Parameters
    ----------
    ask
        Whether the service may be asked where it is not known yet.

    Returns
    -------
    str or None
        None if it is not known: no load fails because it has no links.
    """
    note = settings.project_dir(project_id) / "organisation.json"
    with suppress(OSError, KeyError, UnexpectedAnswerError):
        return str(responses.record(note.read_bytes())["org_id"])
    return _ask(api, project_id, note) if ask else None


def note_projects(settings: Settings, projects: Sequence[str]) -> None:
    """Write down which projects the token sees, so that ``project_id="all"`` works without the service."""
    with suppress(OSError):
        write_private(_projects_note(settings), json.dumps({"projects": list(projects)}).encode())


def known_projects(settings: Settings) -> tuple[str, ...] | None:
    """Return which projects the token saw when it last asked; None if it never did on this machine."""
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
    # Named like the folder of its pages: one for each service and token.
    return settings.data_dir / "projects" / f"seen-{settings.page_cache_dir.name}.json"
