"""What the rows of a list were before: each version with the moments between which this machine knew it so.

A **version** is a row as loads have seen it. It is known from the load that first showed it until the one that showed
something else, or did not show it any more; a load counts as of its start. Versions that are over are kept as long as
rows that have gone, so that what was deleted does not stay here for ever. Of rows that are still in the list, only when
they were first known is kept, and only where that was not the first load.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.schema import UTC_TIME

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = ["Versions", "versions_schema"]

_KNOWN: Final = ("known_from", "known_until")


def versions_schema(schema: pl.Schema) -> pl.Schema:
    """Columns of versions: those of the list, and when each was known."""
    return pl.Schema({**schema, **dict.fromkeys(_KNOWN, UTC_TIME)})


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of a list's rows.

    Attributes
    ----------
    rows : pl.DataFrame
        The columns of `versions_schema`. Of rows that are in the list (``known_until`` is null), ``id`` and
        ``known_from`` alone.
    known_from : datetime or None
        When rows were first known that are in the list and not in `rows`; None if that was before versions were kept.
    since : datetime or None
        From when on versions are all there; None if none are kept yet.
    """

    rows: pl.DataFrame
    known_from: datetime | None = None
    since: datetime | None = field(default=None)

    @classmethod
    def begin(cls, schema: pl.Schema, *, at: datetime, is_first: bool) -> Versions:
        """Begin with a load; where there were loads before it, nobody knows when its rows were first known."""
        return cls(versions_schema(schema).to_frame(), at if is_first else None, at)

    def after(
        self, over: pl.DataFrame, changed: pl.Series, new: pl.Series, *, at: datetime, keep: timedelta
    ) -> Versions:
        """Add what a load has found.

        Parameters
        ----------
        over
            Rows as they were before, of those that have changed or gone.
        changed, new
            Ids of the rows that have changed, and of those that were not there.
        at
            The moment as of which the load knows its rows.
        keep
            For how long versions are kept that are over.
        """
        listed = pl.col("known_until").is_null()
        known = self.rows.filter(listed).select("id", "known_from", is_noted=True)
        ended = (
            over.join(known, on="id", how="left")
            .with_columns(
                known_from=pl.when("is_noted").then("known_from").otherwise(pl.lit(self.known_from, UTC_TIME)),
                known_until=pl.lit(at, UTC_TIME),
            )
            .filter(pl.col("known_from").is_null() | (pl.col("known_from") < at))
            .select(self.rows.columns)
        )
        fresh = pl.concat([changed, new]).to_frame("id").with_columns(known_from=pl.lit(at, UTC_TIME))
        still = self.rows.filter(listed).join(pl.concat([over["id"], new]).to_frame("id"), on="id", how="anti")
        past = pl.concat([self.rows.filter(~listed), ended])
        last = datetime.now(UTC) - keep
        dropped = past.filter(pl.col("known_until") <= last)["known_until"].max()
        since = max(self.since or at, dropped) if isinstance(dropped, datetime) else self.since or at
        rows = pl.concat([past.filter(pl.col("known_until") > last), still, fresh], how="diagonal")
        return replace(self, rows=rows.select(self.rows.columns), since=since)

    def without(self, is_meant: pl.Expr, ids: set[str]) -> Versions:
        """Leave out versions that an expression means, and those of some rows."""
        is_meant = is_meant.fill_null(value=False)
        return replace(self, rows=self.rows.filter(~is_meant, ~pl.col("id").is_in(list(ids))))

    def as_of(self, listed: pl.DataFrame, moment: datetime) -> pl.DataFrame:
        """Return the rows that were known at a moment, newest first.

        Parameters
        ----------
        listed
            The rows in the list now.
        moment
            From `since` on, they are exactly those of the latest load by then.

        Returns
        -------
        pl.DataFrame
            The columns of the list, and ``known_from``, null if that is not known.
        """
        still = pl.col("known_until").is_null()
        known = self.rows.filter(still).select("id", "known_from", is_noted=True)
        base = pl.lit(self.known_from, UTC_TIME)
        present = (
            listed.join(known, on="id", how="left")
            .with_columns(known_from=pl.when("is_noted").then("known_from").otherwise(base))
            .drop("is_noted")
        )
        past = self.rows.filter(~still, pl.col("known_until") > moment).drop("known_until")
        rows = pl.concat([present, past.select(present.columns)])
        by_then = pl.col("known_from").is_null() | (pl.col("known_from") <= moment)
        return rows.filter(by_then).sort("created_at", "id", descending=[True, False])
