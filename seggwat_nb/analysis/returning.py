"""Finds problems that are reported again after they were closed, by near-duplicate messages or by theme.

An item was closed between two loads on this machine, or before the first of them. So for some new items it is known
that they came after the closure, and for others it is only possible (`seggwat_nb.analysis.status_history`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis import duplicates
from seggwat_nb.analysis.counts import each_value, select_rows
from seggwat_nb.analysis.duplicates import THRESHOLD
from seggwat_nb.analysis.status_history import CLOSED, ITEM, Seen
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.validation import check_columns, has_several
from seggwat_nb.filter_fields import is_within
from seggwat_nb.schema import OPEN_STATUSES, UTC_TIME

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection

__all__ = ["returning"]

_LEAST: Final = 3
"""Minimum number of closed items for a theme to count as completed, if none is open."""

_TABLE: Final = {
    **dict.fromkeys(("how", "value"), pl.String()),
    **dict.fromkeys(("count", "submitters", "unsigned"), pl.Int64()),
    **dict.fromkeys(("first_seen", "last_seen"), UTC_TIME),
    **dict.fromkeys(("closed", "open_before"), pl.Int64()),
    "closed_by": UTC_TIME,
    "note": pl.String(),
    "is_known": pl.Boolean(),
    **dict.fromkeys(("ids", "closed_ids"), pl.List(pl.String())),
}


def returning(
    frame: pl.DataFrame,
    *,
    history: pl.DataFrame | None = None,
    threshold: float = THRESHOLD,
    where: Selection | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Find new items that say the same as items that were closed before, or that reopen a completed theme.

    Parameters
    ----------
    frame
        All feedback, since new items are compared with closed ones, with ``theme`` if items are tagged.
    history
        The result of ``client.history()``, which shows when items were closed.
    threshold
        Minimum similarity of two messages, as in `seggwat_nb.duplicates.groups`.
    where
        The new items to check, such as ``FeedbackFilter(type="Bug")``. By default all, so praise that is repeated is
        found, too.
    as_of
        The time up to which the rows are known, such as ``client.last_load.as_of``.

    Returns
    -------
    pl.DataFrame
        One row per group of near-duplicates with more closed (Resolved or Closed) than open items, and with open items
        created after the last closure. Then one row per theme with at least three closed and no open items before, and
        new ones after, excluding items of the groups. Those that are known to have returned come first, then those with
        the most submitters:

        - ``how``: String, ``message`` or ``theme``; ``value``: String, the example of the group, or the theme;
        - ``count``: Int64, new items; ``submitters``: Int64, distinct ones; ``unsigned``: Int64;
        - ``first_seen``, ``last_seen``: Datetime("us", "UTC"), of the new items;
        - ``closed``: Int64, items closed before; ``open_before``: Int64, items that were left open;
        - ``closed_by``: Datetime("us", "UTC"), the latest possible time at which the last of them was closed;
        - ``note``: String, the latest resolution note;
        - ``is_known``: Boolean, whether all the new items are known to have come after that. Otherwise the loads on
          this machine do not show which came first;
        - ``ids``, ``closed_ids``: List(String), oldest first.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame lacks a column.

    Notes
    -----
    Groups of trivial messages, such as "Thanks", are left out, since their return means nothing.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "id": ["a", "b", "c"],
    ...         "project_id": "p",
    ...         "message": ["The export fails at night", "the export fails at night!", "The cart is empty"],
    ...         "status": ["Resolved", "New", "New"],
    ...         "archived": False,
    ...         "created_at": [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 20, 21)],
    ...     }
    ... )
    >>> seen = [datetime(2026, 3, day, tzinfo=UTC) for day in (5, 6)]
    >>> change = ("a", "p", "status", "New", "Resolved", *seen)
    >>> columns = ["id", "project_id", "field", "old", "new", "earliest", "latest"]
    >>> found = returning(rows, history=pl.DataFrame([change], schema=columns, orient="row"))
    >>> found.select("value", "count", "closed", "is_known", "ids").rows()
    [('The export fails at night', 1, 1, True, ['b'])]
    """
    check_columns(frame, ("id", "message", "status", "created_at"), wanted="what client.feedback() returned")
    items = _items(frame, history, where, as_of)
    groups = duplicates.groups(frame, threshold=threshold).filter(~pl.col("trivial"))
    found = _find_returning(
        items.join(groups.select("group", value="example", id="ids").explode("id"), on="id"), "message"
    )
    tables = [pl.DataFrame(schema=_TABLE), found]
    if "theme" in frame.columns and has_several(frame.schema["theme"]):
        themes = each_value(frame.select("id", "theme"), "theme").drop_nulls("theme").rename({"theme": "value"})
        rest = items.join(found.select(id="ids").explode("id"), on="id", how="anti")
        of_themes = rest.join(themes.with_columns(group=pl.col("value").rank("dense")), on="id")
        tables.append(_one_a_family(_find_returning(of_themes, "theme")))
    people = pl.col("submitters") + pl.col("unsigned")
    return pl.concat(tables).sort(
        "how", "is_known", people, "first_seen", "value", descending=[False, True, True, True, False]
    )


def _one_a_family(found: pl.DataFrame) -> pl.DataFrame:
    """Keep a theme if it has items that none of those nested in it has, otherwise these."""
    ids = {value: {*of_value} for value, of_value in found.select("value", "ids").iter_rows()}
    nested = {name: [other for other in ids if other != name and is_within(other, name)] for name in ids}
    wider = [name for name, inner in nested.items() if inner and ids[name].difference(*(ids[one] for one in inner))]
    covered = {one for name in wider for one in nested[name]}
    kept = [name for name, inner in nested.items() if name not in covered and (name in wider or not inner)]
    return found.filter(pl.col("value").is_in(kept))


def _items(
    frame: pl.DataFrame, history: pl.DataFrame | None, where: Selection | None, as_of: datetime | None
) -> pl.DataFrame:
    """Say of each item whether it is closed and since when, whether it is open, and whether it is asked about."""
    seen = Seen(frame, history, where=None, as_of=as_of)
    last = seen.spells.sort("start_most", maintain_order=True).group_by(ITEM).last()
    closed = last.filter(pl.col("status").is_in(CLOSED)).select(
        *ITEM,
        closed_least="start_least",
        closed_most=pl.when("is_first").then("looked").otherwise("start_most"),
    )
    frame = frame.drop("_row", strict=False)
    asked = select_rows(frame.with_row_index("_row"), where)["_row"]
    note = "resolution_note" if "resolution_note" in frame.columns else pl.lit(None, pl.String).alias("resolution_note")
    return (
        frame.with_row_index("_row")
        .select(
            *ITEM, "created_at", note, "status", who=submitter_of(frame), is_asked=pl.col("_row").is_in(asked.implode())
        )
        .join(closed, on=ITEM, how="left")
        .join(seen.left.select(*ITEM, has_left=pl.lit(value=True)), on=ITEM, how="left")
        .with_columns(is_open=pl.col("status").is_in(OPEN_STATUSES) & pl.col("has_left").is_null())
    )


def _find_returning(rows: pl.DataFrame, how: str) -> pl.DataFrame:
    """Find the groups that were closed and have open items created afterwards."""
    is_closed, created = pl.col("closed_least").is_not_null(), pl.col("created_at")
    last = rows.group_by("group").agg(
        pl.col("closed_least").max().alias("last_least"), pl.col("closed_most").max().alias("last_most")
    )
    is_new = pl.col("is_open") & pl.col("is_asked") & (created > pl.col("last_least"))
    was_open = pl.col("is_open") & (created <= pl.col("last_least"))
    noted = is_closed & (pl.col("resolution_note").fill_null("") != "")
    found = (
        rows.join(last, on="group")
        .sort("created_at", "id")
        .group_by("group", "value")
        .agg(
            count=is_new.sum().cast(pl.Int64),
            submitters=pl.col("who").filter(is_new).drop_nulls().n_unique().cast(pl.Int64),
            unsigned=pl.col("who").filter(is_new).is_null().sum().cast(pl.Int64),
            first_seen=created.filter(is_new).min(),
            last_seen=created.filter(is_new).max(),
            closed=is_closed.sum().cast(pl.Int64),
            open_before=was_open.sum().cast(pl.Int64),
            closed_by=pl.col("last_most").first(),
            note=pl.col("resolution_note").filter(noted).sort_by(pl.col("closed_most").filter(noted)).last(),
            is_known=(created > pl.col("last_most")).filter(is_new).all(),
            ids=pl.col("id").filter(is_new),
            closed_ids=pl.col("id").filter(is_closed),
        )
    )
    is_done = (
        pl.col("closed") > pl.col("open_before")
        if how == "message"
        else (pl.col("closed") >= _LEAST) & (pl.col("open_before") == 0)
    )
    kept = found.filter(pl.col("count") > 0, is_done).with_columns(how=pl.lit(how))
    return kept.select(pl.col(name).cast(kind) for name, kind in _TABLE.items())
