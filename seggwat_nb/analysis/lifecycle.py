"""Lifecycle of items: how many are open, for how long, and how long a response takes.

The API only returns the current status. Earlier ones are only known from the loads on this machine: a status changed at
some time between two of them (`seggwat_nb.schema.HISTORY`). So every figure that depends on such a time has two bounds,
for the earliest and the latest possible time. Little is known about the time before the first load: an item that is
open now has been open since it was created, unless it was reopened, and a closed one was closed at some time since.

An item is open while its status is New, Active, Assigned or Hold and it is not archived. Resolved and Closed items are
closed. A status outside the vocabulary is neither. Type and source make no difference: praise and cancellation comments
are open, too, until somebody changes their status.

Archived items are no longer waiting, but count until they were archived: they arrived, and were open or closed. Items
that were removed from the list are not in ``client.feedback()``. To include them, use
``pl.concat([client.feedback(), client.gone()], how="diagonal")``.

A change that was undone before the next load was never seen. So the bounds assume that no item left a status and
returned to it between two loads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.counts import each_value
from seggwat_nb.analysis.status_history import FIRST, ITEM, Seen, days
from seggwat_nb.analysis.validation import check_keys
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.schema import OPEN_STATUSES, ordered

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection

__all__ = ["BANDS", "ages", "open_items"]

BANDS: Final = {"under a week": 0, "1 to 4 weeks": 7, "1 to 3 months": 28, "3 to 12 months": 91, "over a year": 365}
"""Maps the name of each age band to its first day."""


def open_items(
    frame: pl.DataFrame,
    *,
    history: pl.DataFrame | None = None,
    where: Selection | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """List the open items, oldest first.

    An item is open if its status is New, Active, Assigned or Hold and it is not archived, whatever its type and source.
    An unknown status is not open.

    Parameters
    ----------
    frame
        Feedback.
    history
        The result of ``client.history()``, which shows how old a status is.
    where
        Items to include.
    as_of
        The time up to which the rows are known, such as ``client.last_load.as_of``. By default, the last time in the
        rows or the history.

    Returns
    -------
    pl.DataFrame
        All columns of the frame, and

        - ``age_days``: Float64, days since the item was created, at least 0;
        - ``band``: String, the age in words, one of `BANDS`;
        - ``is_answered``: Boolean, false while the status is New;
        - ``status_days_least``, ``status_days_most``: Float64, minimum and maximum number of days that the item has had
          its status, unless it left that status and returned to it between two loads.

    Raises
    ------
    ArgumentError
        The frame or the history lacks a column, or `as_of` has no zone.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {"id": ["a", "b"], "project_id": "p", "status": ["New", "Closed"], "archived": False,
    ...      "created_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 2}
    ... )
    >>> waiting = open_items(rows, as_of=datetime(2026, 3, 11, tzinfo=UTC))
    >>> waiting.select("id", "age_days", "band", "is_answered", "status_days_least").rows()
    [('a', 10.0, '1 to 4 weeks', False, 10.0)]
    """
    seen = Seen(frame, history, where=where, as_of=as_of)
    last = seen.spells.filter(pl.col("end_least").is_null(), pl.col("status").is_in(OPEN_STATUSES))
    seen_so_by = pl.when(pl.col("is_first") & (pl.col("status") != FIRST)).then("looked").otherwise("start_most")
    age = days(pl.lit(seen.as_of) - pl.col("created_at"))
    items = seen.items.drop(_ADDED, strict=False)  # of a frame that this function returned before
    return (
        items.filter(pl.col("status").is_in(OPEN_STATUSES))
        .join(seen.left, on=ITEM, how="anti", maintain_order="left")
        .join(
            last.select(
                *ITEM,
                status_days_least=days(pl.lit(seen.as_of) - seen_so_by),
                status_days_most=days(pl.lit(seen.as_of) - pl.col("start_least")),
            ),
            on=ITEM,
            how="left",
            maintain_order="left",
        )
        .with_columns(age_days=age, band=_band(age), is_answered=pl.col("status") != FIRST)
        .sort("created_at", "id")
        .select(*items.columns, *_ADDED)
    )


_ADDED: Final = ("age_days", "band", "is_answered", "status_days_least", "status_days_most")


def ages(
    frame: pl.DataFrame, *, where: Selection | None = None, by: str | None = None, as_of: datetime | None = None
) -> pl.DataFrame:
    """Count open items by age, as defined in `open_items`.

    Parameters
    ----------
    frame, where, as_of
        As in `open_items`.
    by
        Text column to count by in addition, such as ``"type"``, or ``"theme"``. An item with several themes counts for
        each.

    Returns
    -------
    pl.DataFrame
        Every band of `BANDS`, youngest first, for every value that open items have: ``band``, the key under its own
        name (String), ``count`` (Int64), ``unanswered`` (Int64, those that are New), ``share`` (Float64, of all open
        items).

    Raises
    ------
    ArgumentError
        As in `open_items`, or there is no such column.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {"id": ["a", "b"], "project_id": "p", "status": ["New", "Hold"], "archived": False,
    ...      "created_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 2}
    ... )
    >>> ages(rows, as_of=datetime(2026, 3, 11, tzinfo=UTC)).head(2).rows()
    [('under a week', 0, 0, 0.0), ('1 to 4 weeks', 2, 1, 1.0)]
    """
    if by is not None:
        check_keys(frame, [by], several=True)
    keys = [] if by is None else [by]
    waiting = merge_spellings(open_items(frame, where=where, as_of=as_of))
    rows = waiting if by is None else each_value(waiting, by)
    counted = rows.group_by("band", *keys).agg(
        count=pl.len().cast(pl.Int64), unanswered=(~pl.col("is_answered")).sum().cast(pl.Int64)
    )
    grid = pl.DataFrame({"band": list(BANDS)})
    if by is not None:
        values = ordered(rows.select(by)).unique().sort(by, nulls_last=True).cast(pl.String)
        grid = grid.join(values, how="cross")
    return (
        grid.join(counted, on=["band", *keys], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.col("count", "unanswered").fill_null(0))
        .with_columns(share=pl.col("count") / max(1, waiting.height))
    )


def _band(age: pl.Expr) -> pl.Expr:
    band = pl.lit(None, pl.String)
    for name, first in BANDS.items():
        band = pl.when(age >= first).then(pl.lit(name)).otherwise(band)
    return band
