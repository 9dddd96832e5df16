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
from seggwat_nb.source.error_answers import AcceptedError
from seggwat_nb.source.projects import check_id
from seggwat_nb.source.transport import OPTIONAL
from seggwat_nb.text import is_same_text, join_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seggwat_nb.source.transport import Api

__all__ = ["change_item", "get_item", "get_stats", "get_user", "not_as_requested"]

_RATING_STATS: Final[Mapping[str, tuple[tuple[str, dict[str, str]], ...]]] = {
    "helpful": (("ratings/stats", {}), ("ratings/stats/typed", {"type": "helpful"})),
    "star": (("ratings/stats/star", {}), ("ratings/stats/typed", {"type": "star"})),
    "nps": (("ratings/stats/nps", {}), ("ratings/stats/typed", {"type": "nps"})),
}
"""The routes for each type of rating. Some services only have the second."""

_VOCABULARY: Final = ("status", "type")
_MOMENT: Final = 2.0
"""How many seconds a change that was accepted is given to be made, before the item is read."""

_REJECTED: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)


def get_item(api: Api, project_id: str, feedback_id: str) -> dict[str, Any]:
    """Get one item."""
    check = partial(responses.decode_record, row_id=feedback_id)
    return api.get(_item_path(project_id, feedback_id), {}, check=check)


def change_item(api: Api, project_id: str, feedback_id: str, changes: Mapping[str, str]) -> dict[str, Any]:
    """Change an item and return its new state. An empty note removes the note.

    Services answer a change in many ways: with nothing, with a confirmation, with the record inside something else. So
    after a success whose body is not the record as requested, the item is read once, and what it shows counts.

    A service may also accept a change and make it later (202). Then the item is read after a moment.

    Not every service removes a value that is set to ``null``. If it rejects that, or the note is still there, the note
    is set to an empty text.

    Raises
    ------
    ApiError, NetworkError, UnexpectedResponseError
        The change was not made, or not yet, or it is unknown whether it was, as the message then says.
    """
    path = _item_path(project_id, feedback_id)
    removes_note = changes.get("resolution_note") == ""
    with_null: dict[str, str | None] = {**changes, **({"resolution_note": None} if removes_note else {})}
    try:
        try:
            changed = _send_change(api, path, feedback_id, with_null)
        except ApiError as error:
            if not (removes_note and error.status in _REJECTED):
                raise
            changed = _send_change(api, path, feedback_id, changes)
        if removes_note and changed.get("resolution_note"):
            changed = _send_change(api, path, feedback_id, {"resolution_note": ""})
    except AcceptedError:
        raise
    except (ApiError, NetworkError, UnexpectedResponseError) as error:
        if _may_have_been_made(error):
            _say_unsure(error, feedback_id)
        raise
    missing = not_as_requested(changed, changes)
    if missing:
        raise UnexpectedResponseError(
            f"The service did not change {join_words(missing)} of item {feedback_id} as requested. Check it on the "
            "dashboard."
        )
    # An absent note is none, but an answer with few keys is completed from the stored row, which has the old note.
    return changed | ({"resolution_note": changed.get("resolution_note")} if removes_note else {})


def not_as_requested(record: Mapping[str, Any], changes: Mapping[str, str]) -> list[str]:
    """Return the names of fields that do not have the requested value. Statuses and types may differ in case."""

    def is_there(name: str, value: str) -> bool:
        found = record.get(name) or ""
        if name in _VOCABULARY and isinstance(found, str):
            return found.casefold() == value.casefold()
        return is_same_text(found, value)

    return [name for name, value in changes.items() if not is_there(name, value)]


def _send_change(api: Api, path: str, feedback_id: str, sent: Mapping[str, str | None]) -> dict[str, Any]:
    """Send a change, and return the item as the response shows it, or as it is read afterwards."""
    read = partial(responses.decode_record, row_id=feedback_id)
    is_accepted = False
    try:
        answer = api.patch(path, sent, check=read)
    except UnexpectedResponseError as error:
        answer, is_accepted = {}, isinstance(error, AcceptedError)
    wanted = {name: value or "" for name, value in sent.items()}
    has_words = all(answer.get(name) == wanted[name] for name in _VOCABULARY if name in wanted)
    if has_words and "created_at" in answer and not not_as_requested(answer, wanted):
        return answer
    api.forget_answers()
    if is_accepted:
        api.pause(_MOMENT)
    try:
        record = api.get(path, {}, check=read, patience=OPTIONAL)
    except SeggwatError as error:
        _say_unsure(error, feedback_id)
        raise
    if is_accepted and not_as_requested(record, wanted):
        raise AcceptedError(
            f"The service accepted the change of item {feedback_id} (202), but has not made it yet: "
            f"client.item({feedback_id!r}, fresh=True) shows when it has."
        )
    return record


def _say_unsure(error: SeggwatError, feedback_id: str) -> None:
    hint = f"The change may have been made: client.item({feedback_id!r}, fresh=True) shows it."
    if hint not in str(error):
        error.args = (f"{error} {hint}",)


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
    return f"/projects/{quote(project_id, safe='')}/feedback/{quote(check_id(feedback_id, of_item=True), safe='')}"
