"""What is known about the past of each item: its statuses, each with bounds for its start and end.

The API only returns the current status. Earlier ones are only known from the loads on this machine, which saw each
change between two of them (`seggwat_nb.schema.HISTORY`). From before the first load, only the creation times of items
are known.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis import periods
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import HISTORY, OPEN_STATUSES, STATUSES
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from seggwat_nb.analysis.counts import Selection

__all__ = ["CLOSED", "FIRST", "ITEM", "Seen", "days", "is_open"]

CLOSED: Final = tuple(status for status in STATUSES if status not in OPEN_STATUSES)
FIRST: Final = "New"
ITEM: Final = ("project_id", "id")
"""Columns that identify an item."""

_NEEDED: Final = (*ITEM, "created_at", "status", "archived")
_CHANGE: Final = (*ITEM, "old", "new", "earliest", "latest")
_MICROSECONDS: Final = timedelta(days=1) / timedelta(microseconds=1)


def is_open() -> pl.Expr:
    """Return whether items are open now: not archived, with a status that only open items have. Never null."""
    is_waiting = pl.col("status").cast(pl.String).is_in(OPEN_STATUSES)
    return (is_waiting & ~pl.col("archived").fill_null(value=False)).fill_null(value=False)


class Seen:
    """Items and their spells. Archiving ends the observation, since it is unknown what would have become of an item.

    Attributes
    ----------
    everything : pl.DataFrame
        The frame, selected or not.
    items : pl.DataFrame
        The selected rows, including archived ones.
    left : pl.DataFrame
        The archived items: the columns of `ITEM`, and the times between which each was archived (``left_least``,
        ``left_most``). Rows of ``client.gone()`` have left as well, at the latest when they were first found missing.
    as_of : datetime
        The time up to which they are known: the given one, or the end of the load that saw the last change.
    first_look : datetime
        The first known load, or `as_of` if there is none.
    spells : pl.DataFrame
        One row per spell: the columns of `ITEM`, ``status``, ``is_first``; the times between which it began
        (``start_least``, ``start_most``) and ended (``end_least``, ``end_most``, null for the current status; the last
        spell of an archived item ends when it was archived); ``was_closed``, whether the previous spell was closed;
        ``looked``, the first load known to have seen the item, by which any spells before its first known one were
        over.
    """

    def __init__(
        self, frame: pl.DataFrame, history: pl.DataFrame | None, *, where: Selection | None, as_of: datetime | None
    ) -> None:
        changes = _check_history(frame, history, as_of)
        self.everything = frame
        self.items: pl.DataFrame = select_rows(frame, where)
        self.as_of = _newest(frame, changes, as_of)
        looks = pl.concat([changes["earliest"], changes["latest"]]).unique().sort()
        self.first_look: datetime = looks[0] if looks.len() else self.as_of
        spells = self._with_looks(_spells(self.items, changes, self.as_of), looks)
        self.left = _departures(self.items, changes, spells)
        self.spells = _end_spells(spells, self.left)

    def _with_looks(self, spells: pl.DataFrame, looks: pl.Series) -> pl.DataFrame:
        since = pl.max_horizontal("created_at", pl.lit(self.first_look))
        ordered = spells.with_columns(since=since).sort("since", maintain_order=True)
        nearest = looks.to_frame("looked")
        return (
            ordered.join_asof(nearest, left_on="since", right_on="looked", strategy="forward", coalesce=False)
            .with_columns(pl.col("looked").fill_null(self.as_of))
            .drop("since", "created_at")
        )


def days(length: pl.Expr) -> pl.Expr:
    """Convert a duration to days (Float64), at least 0, since clocks may be ahead."""
    return (length.dt.total_microseconds() / _MICROSECONDS).clip(0)


def _spells(items: pl.DataFrame, changes: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    born = items.select(*ITEM, "created_at")
    found = changes.filter(pl.col("field") == "status").select(_CHANGE).join(born, on=ITEM).sort("latest", "earliest")
    ends = found.group_by(ITEM, maintain_order=True).agg(
        pl.col("old").first(), last=pl.col("new").last(), earliest=pl.col("latest").last()
    )
    known = items.select(*ITEM, "created_at", "status").join(ends, on=ITEM, how="left")
    begun = known.select(
        *ITEM,
        "created_at",
        is_first=pl.lit(value=True),
        status=pl.when(pl.col("earliest").is_null()).then("status").otherwise("old"),
        start_least="created_at",
        start_most="created_at",
    )
    # Rows that are newer than the history show one more change.
    unseen = known.filter(pl.col("earliest").is_not_null() & pl.col("last").ne_missing(pl.col("status"))).select(
        *ITEM, "created_at", new="status", earliest="earliest", latest=pl.lit(as_of, HISTORY["latest"])
    )
    later = pl.concat([found.select(unseen.columns), unseen]).select(
        *ITEM,
        "created_at",
        is_first=pl.lit(value=False),
        status="new",
        start_least=pl.max_horizontal("earliest", "created_at"),
        start_most=pl.max_horizontal("latest", "created_at"),
    )
    every = pl.concat([begun, later]).sort("start_most", maintain_order=True).with_row_index("at")
    # Most items have a single spell, and looking for others of each would take long.
    of_several = every.join(later.select(ITEM).unique(), on=ITEM, how="semi", maintain_order="left").select(
        "at",
        end_least=pl.col("start_least").shift(-1).over(ITEM),
        end_most=pl.col("start_most").shift(-1).over(ITEM),
        was_closed=pl.col("status").shift(1).is_in(CLOSED).over(ITEM),
    )
    return every.join(of_several, on="at", how="left", maintain_order="left").drop("at")


def _departures(items: pl.DataFrame, changes: pl.DataFrame, spells: pl.DataFrame) -> pl.DataFrame:
    """Return the times between which each archived item was archived, as seen by a load, or else by the first one."""
    is_known = items.schema.get("gone_at") == HISTORY["latest"]  # from `client.gone()`
    gone = pl.col("gone_at") if is_known else pl.lit(None, HISTORY["latest"])
    seen = (
        changes.filter(pl.col("field") == "archived", pl.col("new") == "true")
        .sort("latest")
        .group_by(ITEM)
        .agg(pl.col("earliest", "latest").last())
    )
    left = items.filter(pl.col("archived").fill_null(value=False) | gone.is_not_null())
    looked = spells.join(left, on=ITEM, how="semi", maintain_order="left").group_by(ITEM).agg(pl.col("looked").first())
    return (
        left.select(*ITEM, "created_at", gone=gone)
        .join(seen, on=ITEM, how="left")
        .join(looked, on=ITEM, how="left")
        .select(
            *ITEM,
            left_least=pl.max_horizontal(pl.col("earliest").fill_null(pl.col("created_at")), "created_at"),
            left_most=pl.coalesce("latest", "gone", "looked"),
        )
    )


def _end_spells(spells: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """End the last spell of an item when it was archived."""
    is_last = pl.col("end_least").is_null() & pl.col("left_most").is_not_null()
    return (
        spells.join(left, on=ITEM, how="left", maintain_order="left")
        .with_columns(
            pl.when(is_last)
            .then(pl.max_horizontal(f"left_{end}", f"start_{end}"))
            .otherwise(f"end_{end}")
            .alias(f"end_{end}")
            for end in ("least", "most")
        )
        .drop("left_least", "left_most")
    )


def _check_history(frame: pl.DataFrame, history: pl.DataFrame | None, as_of: datetime | None) -> pl.DataFrame:
    check_columns(frame, _NEEDED, wanted="what client.feedback() returned")
    kind, undated = frame.schema["created_at"], frame["created_at"].null_count()
    if kind != HISTORY["latest"] or undated:
        without = f"is null in {count_of(undated, 'row')}" if undated else f"is {kind}, not {HISTORY['latest']}"
        raise ArgumentError(f"created_at {without}. Pass what client.feedback() returned.")
    periods.check_periods(as_of=as_of)
    changes = HISTORY.to_frame() if history is None else history
    check_columns(changes, HISTORY, wanted="what client.history() returned")
    latest = changes["latest"].max()
    if as_of is not None and isinstance(latest, datetime) and latest - as_of > timedelta(days=1):
        raise ArgumentError(
            f"as_of={as_of.isoformat()} is before the last change ({latest:%Y-%m-%d %H:%M} UTC), so the statuses are "
            "newer. To see what was known then, pass sw.load(as_of=...)."
        )
    return changes


def _newest(frame: pl.DataFrame, changes: pl.DataFrame, as_of: datetime | None) -> datetime:
    """Return the time up to which everything is known, since a load's changes may be later than its start."""
    moments = [as_of or frame["created_at"].max(), changes["latest"].max()]
    known = [moment for moment in moments if isinstance(moment, datetime)]
    return max(known) if known else datetime(1970, 1, 1, tzinfo=UTC)
