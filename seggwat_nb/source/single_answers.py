"""Requests for single records: an item, a change to it, and the API's own totals."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from seggwat_nb.errors import (
    ApiError,
    NetworkError,
    NotFoundError,
    SeggwatError,
    ServerError,
    UnexpectedResponseError,
)
from seggwat_nb.source import responses
from seggwat_nb.source.projects import checked_id
from seggwat_nb.text import is_same_text, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seggwat_nb.source.transport import Api

__all__ = ["change_item", "get_item", "get_stats", "get_user"]

_RATING_STATS: Final[Mapping[str, tuple[tuple[str, dict[str, str]], ...]]] = {
    "helpful": (("ratings/stats", {}), ("ratings/stats/typed", {"type": "helpful"})),
    "star": (("ratings/stats/star", {}), ("ratings/stats/typed", {"type": "star"})),
    "nps": (("ratings/stats/nps", {}), ("ratings/stats/typed", {"type": "nps"})),
}
"""The routes for each type of rating. Some services only have the second."""


def get_item(api: Api, project_id: str, feedback_id: str) -> dict[str, Any]:
    """Get one item."""
    check = partial(responses.named_record, row_id=feedback_id)
    return api.get(_item_path(project_id, feedback_id), {}, check=check)


def change_item(api: Api, project_id: str, feedback_id: str, changes: Mapping[str, str]) -> dict[str, Any]:
    """Change an item and return its new state. An empty note removes the note.

    Not every service removes a value that is set to ``null``, so if the note is still there, it is set to an empty
    text.

    Raises
    ------
    ApiError, NetworkError, UnexpectedResponseError
        The change was not made, or it is unknown whether it was, as the message then says.
    """
    sent: dict[str, str | None] = dict(changes)
    if sent.get("resolution_note") == "":
        sent["resolution_note"] = None
    path, check = _item_path(project_id, feedback_id), partial(responses.named_record, row_id=feedback_id)
    try:
        changed = api.patch(path, sent, check=check)
        if sent != changes and changed.get("resolution_note"):
            changed = api.patch(path, {"resolution_note": ""}, check=check)
    except (ApiError, NetworkError, UnexpectedResponseError) as error:
        if _may_have_been_made(error):
            error.args = (f"{error} The change may have been made: client.item({feedback_id!r}, fresh=True) shows it.",)
        raise
    missing = [name for name, value in changes.items() if not is_same_text(changed.get(name) or "", value)]
    if missing:
        raise UnexpectedResponseError(
            f"The service did not change {listed(missing)} of item {feedback_id} as requested. Check it on the "
            "dashboard."
        )
    return changed


def _may_have_been_made(error: SeggwatError) -> bool:
    """Return whether a change may have been made in spite of an error. Services may redirect to what they changed."""
    if isinstance(error, ApiError):
        return isinstance(error, ServerError) or error.status < HTTPStatus.BAD_REQUEST
    return not isinstance(error, NetworkError) or error.was_sent


def get_stats(api: Api, project_id: str) -> dict[str, dict[str, Any]]:
    """Get the API's totals for feedback, and for each type of rating that the project has."""
    root = f"/projects/{quote(project_id, safe='')}"
    found = {"feedback": api.get(f"{root}/feedback/stats", {}, check=responses.record)}
    for kind, routes in _RATING_STATS.items():
        for route, params in routes:
            try:
                found[kind] = api.get(f"{root}/{route}", params, check=responses.record)
                break
            except NotFoundError:
                continue  # Another route may exist. If none does, the project has no ratings of that type.
    return found


def get_user(api: Api) -> dict[str, Any]:
    """Get the user of the token."""
    return api.get("/me", {}, check=responses.record)


def _item_path(project_id: str, feedback_id: str) -> str:
    return f"/projects/{quote(project_id, safe='')}/feedback/{quote(checked_id(feedback_id), safe='')}"
