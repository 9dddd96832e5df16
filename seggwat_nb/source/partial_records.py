"""Completes single records that have fewer keys than those of the list, from the row that is known.

A service may answer a request for one item, or a change to it, with a few of its keys. An absent key of a list's record
means that there is no value, but an absent key of such an answer says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.source.responses import decode, id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["as_record", "complete_record"]

_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "feedback": ("message", "type", "status", "source", "created_at", "archived"),
    "ratings": ("value", "created_at", "archived"),
}
"""Keys that every record of a list has. Others are left out if they have no value."""

_STORED_ONLY: Final = ("extra", "read_at", "gone_at")
_OF_VALUE: Final = ("score", "max_score", "helpful", "nps_category")
"""Columns that come from the value of a rating."""


def complete_record(record: dict[str, Any], resource: str, known: Callable[[], pl.DataFrame | None]) -> dict[str, Any]:
    """Lay a record over its known row if it lacks a required key that the row has a value for.

    Parameters
    ----------
    record
        The record as the service returned it.
    resource
        ``"feedback"`` or ``"ratings"``.
    known
        Returns the known rows, or None. Only called if the record lacks a required key.
    """
    lacking = [name for name in _REQUIRED[resource] if name not in record]
    rows = known() if lacking else None
    found = [] if rows is None else rows.filter(pl.col("id") == id_of(record)).rows(named=True)
    before = as_record(found[0]) if found else {}
    return before | record if any(before.get(name) is not None for name in lacking) else record


def as_record(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record that becomes the same row."""
    extra = {} if row["extra"] is None else decode(row["extra"].encode())
    left_out = {*_STORED_ONLY, *(_OF_VALUE if "rating_type" in row else ())}
    fields = {name: value for name, value in row.items() if name not in left_out and value is not None}
    fields["created_at"] = row["created_at"].isoformat()
    if "rating_type" in row:
        score, scale = (extra.pop(name, row[name]) for name in ("score", "max_score"))
        answer = score if row["helpful"] is None else row["helpful"]
        value = {"type": row["rating_type"], "value": answer, "max_stars": scale}
        others = extra.pop("value", {})
        fields["value"] = {name: one for name, one in value.items() if one is not None} | others
    return fields | extra
