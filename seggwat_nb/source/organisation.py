"""Whose projects these are: what links to the dashboard need, asked once a machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from seggwat_nb.errors import SeggwatError, UnexpectedAnswerError
from seggwat_nb.files import private_folder, write_atomically
from seggwat_nb.source import wire

if TYPE_CHECKING:
    from pathlib import Path

    from seggwat_nb.config import Settings
    from seggwat_nb.source.http import Api

__all__ = ["organisation"]


def organisation(api: Api, settings: Settings, project_id: str) -> str | None:
    """Look up a project's organisation; None where it cannot be had, for no load fails for want of links."""
    note = settings.project_dir(project_id) / "organisation.json"
    try:
        return str(wire.record(note.read_bytes())["org_id"])
    except (OSError, KeyError, UnexpectedAnswerError):
        return _ask(api, project_id, note)


def _ask(api: Api, project_id: str, note: Path) -> str | None:
    try:
        org_id = api.get(f"/projects/{quote(project_id, safe='')}", {}, check=wire.record).get("org_id")
        if not isinstance(org_id, str):
            return None
        private_folder(note.parent)
        write_atomically(note, json.dumps({"org_id": org_id}).encode())
    except (OSError, SeggwatError):
        return None
    return org_id
