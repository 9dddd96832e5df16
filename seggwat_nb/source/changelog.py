"""The changes between two loads: item, field, old and new value, and the interval in which each change happened.

The API only returns the current state of an item. Earlier states are known from our own loads alone and cannot be
fetched again, so every change that a load sees is recorded.

An interval is as narrow as the evidence allows. It starts when the last response that showed *this* item's old value
was requested, and ends when the first response that showed the new value arrived. A later load that only compared list
lengths, or did not find the item in one of the lists, narrows neither end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.schema import HISTORY, UTC_TIME

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["changes"]

_FIELDS: Final = ("status", "type", "archived", "message")
"""The fields to compare, as far as a list has them."""


def changes(
    before: pl.DataFrame, shown: pl.DataFrame, missed: pl.DataFrame, *, full_as_of: datetime | None = None
) -> pl.DataFrame:
    """Find what changed between two loads of a list.

    Parameters
    ----------
    before
        Rows of the earlier load. ``read_at`` is when the last response that showed the row was requested. ``gone_at``
        is when the first response without it was requested, null for rows in the list.
    shown
        The rows that the later load read, with ``shown_at``, the time at which the response arrived.
    missed
        ``id`` and ``shown_at`` of the rows that the later load no longer found in the list.
    full_as_of
        When the last load of the whole list started. Rows that had gone by then were still missing at that time.

    Returns
    -------
    pl.DataFrame
        The columns of `HISTORY`. An item that left the list counts as archived, whether it was archived or deleted.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> monday, tuesday = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    >>> row = {"id": ["a"], "project_id": ["p"], "status": ["New"], "archived": [False]}
    >>> before = pl.DataFrame({**row, "read_at": [monday], "gone_at": [None]})
    >>> shown = pl.DataFrame({**row, "status": ["Closed"], "shown_at": [tuesday]})
    >>> changes(before, shown, missed=shown.clear().select("id", "shown_at")).row(0)[2:5]
    ('status', 'New', 'Closed')
    """
    fields = [field for field in _FIELDS if field in shown.columns]
    time = pl.col("read_at", "gone_at").cast(UTC_TIME)
    before = before.select("id", "project_id", *fields, time)
    after = pl.concat(
        [
            shown.select("id", *fields, pl.col("shown_at").cast(UTC_TIME), is_there=True),
            missed.select("id", pl.col("shown_at").cast(UTC_TIME), is_there=False),
        ],
        how="diagonal",
    )
    had_gone, is_there = pl.col("gone_at").is_not_null(), pl.col("is_there")
    both = before.join(after, on="id", suffix="_after").with_columns(
        archived=had_gone | pl.col("archived").fill_null(value=False),
        archived_after=~is_there | pl.col("archived_after").fill_null(value=False),
    )
    last_full = pl.lit(full_as_of, dtype=UTC_TIME)
    gone_until = pl.when(pl.col("gone_at") < last_full).then(last_full).otherwise("gone_at")
    found = []
    for field in fields:
        is_presence = pl.lit(field == "archived")
        old, new = pl.col(field), pl.col(f"{field}_after")
        found.append(
            both.filter((is_there | is_presence) & old.ne_missing(new)).select(
                "id",
                "project_id",
                field=pl.lit(field),
                old=_as_text(old, field),
                new=_as_text(new, field),
                earliest=pl.when(is_presence & had_gone).then(gone_until).otherwise("read_at"),
                latest="shown_at",
            )
        )
    return (
        pl.concat([HISTORY.to_frame(), *found])
        .with_columns(earliest=pl.min_horizontal("earliest", "latest"))
        .sort("id", "field")
    )


def _as_text(value: pl.Expr, field: str) -> pl.Expr:
    return pl.lit(None, dtype=pl.String) if field == "message" else value.cast(pl.String)
