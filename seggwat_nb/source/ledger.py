"""The changes between two loads: which item, which field, from what to what, and between which two moments.

The API tells only how an item is now. What it was before is known from our own loads alone, so what they saw is written
down and never fetched again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.schema import HISTORY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["changes"]

_FIELDS: Final = ("status", "type", "archived", "message")
"""Those of them that a list has are watched."""


def changes(
    before: pl.DataFrame, after: pl.DataFrame, *, as_of: datetime, verified: Sequence[str], latest: datetime
) -> pl.DataFrame:
    """Find what changed between two loads of a list.

    Parameters
    ----------
    before
        Rows of the earlier load, with ``read_at``, when each was last read, and ``gone_at``, null for those that were
        in the list.
    after
        Rows of the later load.
    as_of
        When the earlier load was true.
    verified
        The fields that the earlier load had verified for every row; ``id`` stands for being in the list at all. The
        others are known to have held when their row was read.
    latest
        When the later load ended.

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
    >>> after = pl.DataFrame({**row, "status": ["Closed"]})
    >>> changes(before, after, as_of=monday, verified=("id", "status"), latest=tuesday).row(0)[2:5]
    ('status', 'New', 'Closed')
    """
    fields = [field for field in _FIELDS if field in after.columns]
    had_gone, is_there = pl.col("gone_at").is_not_null(), pl.col("is_there").fill_null(value=False)
    both = before.join(after.select("id", *fields, is_there=True), on="id", how="left", suffix="_after").with_columns(
        archived=had_gone | pl.col("archived").fill_null(value=False),
        archived_after=~is_there | pl.col("archived_after").fill_null(value=False),
    )
    found = []
    for field in fields:
        about_the_list = pl.lit(field == "archived")
        is_verified = ("id" if field == "archived" else field) in verified
        # Of a row that had gone, only that it had gone was verified.
        holds = pl.lit(is_verified) & (about_the_list | ~had_gone)
        verified_at = pl.when(holds).then(pl.lit(as_of, dtype=HISTORY["earliest"]))
        old, new = pl.col(field), pl.col(f"{field}_after")
        found.append(
            both.filter((is_there | about_the_list) & old.ne_missing(new)).select(
                "id",
                "project_id",
                field=pl.lit(field),
                old=_shown(old, field),
                new=_shown(new, field),
                earliest=pl.max_horizontal("read_at", verified_at),
                latest=pl.lit(latest, dtype=HISTORY["latest"]),
            )
        )
    return (
        pl.concat([HISTORY.to_frame(), *found])
        .with_columns(earliest=pl.min_horizontal("earliest", "latest"))
        .sort("id", "field")
    )


def _shown(value: pl.Expr, field: str) -> pl.Expr:
    return pl.lit(None, dtype=pl.String) if field == "message" else value.cast(pl.String)
