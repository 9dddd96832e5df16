"""Restores a list as this machine knew it at a past time: exactly while row versions are kept, else by the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.errors import SnapshotError

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.source.load_result import LoadResult
    from seggwat_nb.source.snapshots import Store
    from seggwat_nb.source.sync import ListLoader

__all__ = ["changes_known", "load_past", "roll_back"]


def load_past(listing: ListLoader, moment: datetime) -> LoadResult:
    """Return the rows that this machine knew at a given time, with ``is_known`` (Boolean), without a request.

    Raises
    ------
    SnapshotError
        Nothing had been stored by then.
    """
    now, found = listing.from_disk(), listing.store.as_of(moment)
    if found is None:
        first = listing.store.first_moment()
        since = "" if first is None else f"It is known from {first + timedelta(seconds=1):%Y-%m-%d %H:%M:%S %Z} on. "
        raise SnapshotError(
            f"No load of the {listing.resource} of project {listing.project_id} had been stored by "
            f"{moment.isoformat(sep=' ', timespec='minutes')}. {since}Pass a later as_of."
        )
    rows, is_exact = found
    if is_exact:
        frame = rows.drop("known_from").with_columns(is_known=pl.lit(value=True))
    else:
        frame = roll_back(rows, listing.store.history(), moment)
    return replace(
        now,
        frame=frame,
        started=min(moment, now.started),  # what came after the last load is unknown
        finished=min(moment, now.finished),
        total=frame.height,
        set_aside=(),
        verified_fields=(),
        full_as_of=min(moment, now.full_as_of),
        status_as_of=min(moment, now.status_as_of),
        open_as_of=min(moment, now.open_as_of),
        oldest_read_at=None,
        forgotten=0,
    )


def changes_known(store: Store, moment: datetime) -> pl.DataFrame:
    """Return the changes that this machine knew at a given time, with the columns of `seggwat_nb.schema.HISTORY`.

    The time of a load is that of its start, and its responses came later. So a change seen after the given time was
    already known if the version of the row at that time began after the old value was last read.
    """
    history, found = store.history(), store.as_of(moment)
    if found is None:
        return history.clear()
    rows = found[0].select("id", "known_from", _is_there=pl.lit(value=True))
    began_later = (pl.col("known_from") > pl.col("earliest")).fill_null(value=False)
    is_away = pl.col("_is_there").is_null()
    is_seen = pl.when(field="archived", new="true").then(is_away).otherwise(began_later & ~is_away)
    known = (pl.col("latest") <= moment) | ((pl.col("earliest") <= moment) & is_seen)
    return history.join(rows, on="id", how="left", maintain_order="left").filter(known).select(history.columns)


def roll_back(rows: pl.DataFrame, history: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Undo the changes that were seen after a given time, for rows without a version of that time.

    Parameters
    ----------
    rows
        As `Versions.as_of` returns them.
    history
        The changes, with the columns of `seggwat_nb.schema.HISTORY`.
    moment
        The time.

    Returns
    -------
    pl.DataFrame
        The rows that existed, newest first, with ``is_known`` (Boolean) instead of ``known_from``: whether the row is
        exact. Other rows have the status and type of that time, and the text of the first version kept.
    """
    is_known = pl.col("known_from").is_not_null()
    later = history.filter(pl.col("latest") > moment).sort("latest")
    table = rows.with_columns(is_known=is_known, _left=pl.lit(None, pl.String))
    for name, column in (("status", "status"), ("type", "type"), ("archived", "_left")):
        if column not in table.columns:
            continue
        first = (
            later.filter(pl.col("field") == name).group_by("id").agg(pl.col("old").first(), _changed=pl.lit(value=True))
        )
        table = (
            table.join(first, on="id", how="left", maintain_order="left")
            .with_columns(pl.when(~pl.col("is_known") & pl.col("_changed")).then("old").otherwise(column).alias(column))
            .drop("old", "_changed")
        )
    was_there = pl.col("is_known") | ((pl.col("created_at") <= moment) & pl.col("_left").ne_missing(pl.lit("true")))
    return table.filter(was_there).drop("_left", "known_from")
