"""Plans changes from frames alone. Nothing is requested or written here."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.progress import duration
from seggwat_nb.source.projects import can_be_requested
from seggwat_nb.source.single_answers import not_as_requested
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CHANGES",
    "FIELDS",
    "NEEDED",
    "RESULT",
    "Change",
    "change_of",
    "changes_of",
    "cost_of",
    "digest_of",
    "plan_changes",
]

FIELDS: Final = ("status", "type", "resolution_note")
"""Fields that triage changes. The API can change the message too, but that belongs to the submitter."""

NEEDED: Final = ("id", "project_id", *FIELDS, "message", "archived")

_VALUES: Final = pl.Struct(dict.fromkeys(FIELDS, pl.String()))

CHANGES: Final = pl.Schema(
    {
        **dict.fromkeys(("id", "project_id", "message"), pl.String()),
        **dict.fromkeys(("before", "after"), _VALUES),
        "reason": pl.String(),
    }
)
"""Columns of a plan."""

RESULT: Final = pl.Schema(
    {
        **dict.fromkeys(("id", "project_id"), pl.String()),
        **dict.fromkeys(("before", "after"), _VALUES),
        **dict.fromkeys(("outcome", "reason"), pl.String()),
    }
)
"""Columns of a batch."""

_A_MINUTE: Final = 20
"""The service's limit of requests, if there is no client with its own."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change, and the state that the item must be in before it is made.

    Attributes
    ----------
    id : str
        The item.
    before, after : dict
        Values of `FIELDS`; no note is an empty one. After the change was made, ``after`` is as the service returned it.
    seen : str
        Digest of the rest of the item, which a batch does not change (`digest_of`).
    """

    id: str
    before: dict[str, str | None]
    after: dict[str, str | None]
    seen: str

    @property
    def to_send(self) -> dict[str, str]:
        """Fields that differ, with their new values."""
        return {name: value or "" for name, value in self.after.items() if value != self.before[name]}

    def is_due_in(self, row: Mapping[str, Any]) -> bool:
        """Return whether an item is still in the state that the change was planned for."""
        return {name: _plain(row, name) for name in FIELDS} == self.before and digest_of(row) == self.seen

    def is_made_in(self, row: Mapping[str, Any]) -> bool:
        """Return whether an item has what the change sends. Services may change other fields along with these."""
        return not not_as_requested(row, self.to_send)


def plan_changes(frame: pl.DataFrame, wanted: Mapping[str, str]) -> pl.DataFrame:
    """Plan the same change for every row, and say which rows are left out and why.

    Parameters
    ----------
    frame
        Feedback, with the columns of `NEEDED`.
    wanted
        Field of `FIELDS` to its new value; an empty note removes the note.

    Returns
    -------
    pl.DataFrame
        The columns of `CHANGES`, one row per item. ``reason`` is null for items to be changed.
    """
    old = {name: _text(name) for name in FIELDS}
    new = {name: pl.lit(wanted[name]) if name in wanted else value for name, value in old.items()}
    no_note = pl.lit("")
    same = pl.all_horizontal(
        *(
            (value.fill_null(no_note) if name == "resolution_note" else value).eq_missing(pl.lit(wanted[name]))
            for name, value in old.items()
            if name in wanted
        )
    )
    is_usable = pl.col("id").cast(pl.String).map_elements(can_be_requested, return_dtype=pl.Boolean)
    has_gone = pl.col("gone_at").is_not_null() if "gone_at" in frame.columns else pl.lit(value=False)
    return (
        frame.filter(pl.col("id").is_not_null())
        .unique(["project_id", "id"], keep="first", maintain_order=True)
        .select(
            *(_text(name).alias(name) for name in ("id", "project_id", "message")),
            before=pl.struct(*(value.alias(name) for name, value in old.items())),
            after=pl.struct(*(_write_note(value, name).alias(name) for name, value in new.items())),
            reason=pl.when(has_gone)
            .then(pl.lit("no longer in the list"))
            .when(pl.col("archived").fill_null(value=False))
            .then(pl.lit("archived"))
            .when(same)
            .then(pl.lit("already set"))
            .when(~is_usable)
            .then(pl.lit("invalid ID")),
        )
        .match_to_schema(CHANGES)
    )


def changes_of(plan: pl.DataFrame, frame: pl.DataFrame) -> dict[str, list[Change]]:
    """List the changes of a plan for each project, with the current state of each item.

    Parameters
    ----------
    plan
        As `plan_changes` returns it.
    frame
        The rows that the plan was made from.
    """
    planned = plan.filter(pl.col("reason").is_null()).select("id", "project_id", "before", "after")
    first = frame.select(NEEDED).unique(["project_id", "id"], keep="first")
    rows = planned.join(first, on=["project_id", "id"], how="left", nulls_equal=True, maintain_order="left")
    found: dict[str, list[Change]] = {}
    for row in rows.rows(named=True):
        found.setdefault(row["project_id"], []).append(change_of(row["id"], row, row["after"]))
    return found


def change_of(item: str, row: Mapping[str, Any], after: Mapping[str, str | None] | None = None) -> Change:
    """Plan the change of an item that is in the state of a row, or no change."""
    return Change(
        item,
        {name: _plain(row, name) for name in FIELDS},
        {name: _plain(after or row, name) for name in FIELDS},
        digest_of(row),
    )


def digest_of(row: Mapping[str, Any]) -> str:
    """Return a digest of what people can change and a batch does not. The text itself is only in the snapshot."""
    return hashlib.sha256(json.dumps([row["message"], bool(row["archived"])]).encode()).hexdigest()


def cost_of(items: int, *, seconds: float | None = None, per_minute: int = _A_MINUTE) -> str:
    """Describe the cost of a plan: each item is read and then written.

    Parameters
    ----------
    items
        Items to change.
    seconds
        How long the requests take from now on; None if unknown.
    per_minute
        The limit of requests; 0 for no limit.

    Examples
    --------
    >>> cost_of(60), cost_of(0)
    ('60 items: 120 requests, 6 min at 20 a minute.', 'Nothing to change.')
    >>> cost_of(1, seconds=0.2, per_minute=0)
    '1 item: 2 requests, less than a second.'
    """
    if not items:
        return "Nothing to change."
    long = duration(2 * items * 60 / per_minute if seconds is None else seconds)
    limit = f" at {per_minute} a minute" if per_minute else ""
    return f"{count_of(items, 'item')}: {count_of(2 * items, 'request')}, {long}{limit}."


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String)


def _write_note(value: pl.Expr, name: str) -> pl.Expr:
    return pl.when(value != "").then(value) if name == "resolution_note" else value


def _plain(row: Mapping[str, Any], name: str) -> str | None:
    value = row[name]
    return None if value == "" and name == "resolution_note" else value
