"""Carries out the changes of a journal: reads each item, records the change, then writes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.errors import (
    AuthenticationError,
    FileError,
    ForbiddenError,
    IncompleteError,
    LockedError,
    NotFoundError,
    RateLimitError,
    SeggwatError,
    UnexpectedResponseError,
)
from seggwat_nb.source.frames import feedback_frame
from seggwat_nb.triage.planning import FIELDS, change_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.client import Client
    from seggwat_nb.triage.journal import Journal
    from seggwat_nb.triage.planning import Change

__all__ = ["GONE", "MOST_FAILURES", "apply_journal"]

MOST_FAILURES: Final = 3
"""Number of consecutive failures after which a batch stops."""

GONE: Final = "no longer there"

_ENDS: Final = (
    AuthenticationError, FileError, ForbiddenError, IncompleteError, LockedError, NotFoundError, RateLimitError,
)  # fmt: skip
"""Errors that would affect the next item too. An item that is not found is skipped before this counts."""


def apply_journal(journal: Journal, client: Client, *, on_item: Callable[[], None]) -> None:
    """Make the changes of a journal that are not made yet.

    Parameters
    ----------
    journal
        The journal, whose project is locked (`seggwat_nb.triage.journal.hold_alone`).
    client
        The connection.
    on_item
        Called after each item.

    Raises
    ------
    SeggwatError
        The third failure in a row, or an error that would affect the next item too. The journal has what was done.
    """
    failures = 0
    for change in journal.to_do:
        try:
            _apply(change, journal, client)
        except _ENDS:
            raise
        except SeggwatError as error:
            failures += 1
            journal.record_failed(change.id, str(error))
            if failures == MOST_FAILURES:
                raise
        else:
            failures = 0
        on_item()


def _apply(change: Change, journal: Journal, client: Client) -> None:
    asked = datetime.now(UTC)
    try:
        row = _row(client.item(change.id, project_id=journal.project_id, fresh=True), journal)
    except NotFoundError:
        journal.record_skipped(change.id, GONE)
        return
    if not change.is_due_in(row) or not change.to_send:
        _leave(change, row, journal, asked=asked)
        return
    journal.sending(change.id)
    asked = datetime.now(UTC)
    sent = change.to_send
    allowed = [value for name, value in sent.items() if name != "resolution_note"]
    try:
        changed = client.update(change.id, **sent, allow=allowed or None, project_id=journal.project_id)
    except NotFoundError as error:
        _explain_not_found(error, change, journal, client)
        return
    journal.record_done(change.id, asked=asked, result=change_of(change.id, _row(changed, journal)))


def _explain_not_found(error: NotFoundError, change: Change, journal: Journal, client: Client) -> None:
    """Skip an item that was removed after it was read. If it is still there, the service accepts no changes."""
    try:
        client.item(change.id, project_id=journal.project_id, fresh=True)
    except NotFoundError:
        journal.record_skipped(change.id, GONE)
        return
    why = (
        f"The service returned {error.status} to a change of item {change.id}, although the item is still there. So "
        "it does not accept changes at this address. Check SEGGWAT_API_URL, and that the token may change items."
    )
    error.args = (why,)
    journal.record_failed(change.id, why)
    raise error


def _leave(change: Change, row: dict[str, Any], journal: Journal, *, asked: datetime) -> None:
    """Write nothing, because the change has already arrived or someone else made one first."""
    is_made = change.is_made_in(row)
    if is_made and change.to_send and journal.states[change.id] != "planned":
        # Other fields may have been changed by someone else, so undoing this must not overwrite them.
        stored = {name: row[name] for name in change.to_send}
        journal.record_done(change.id, asked=asked, result=replace(change, after=change.after | stored))
    elif is_made:
        journal.record_skipped(change.id, "already set")
    elif row["archived"]:
        journal.record_skipped(change.id, "archived since")
    else:
        differs = [name for name in FIELDS if (row[name] or None) != change.before[name]]
        journal.record_skipped(change.id, f"{' and '.join(differs) or 'message'} changed since")


def _row(record: dict[str, Any], journal: Journal) -> dict[str, Any]:
    """Parse a record like a load."""
    frame = feedback_frame([[record]], project_id=journal.project_id).frame
    if frame.height != 1:
        raise UnexpectedResponseError("The service returned an item without an ID or a time of creation. Retry later.")
    return frame.row(0, named=True)
