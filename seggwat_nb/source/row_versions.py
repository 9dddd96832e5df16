"""Earlier versions of a list's rows, each with the period in which this machine knew it.

A **version** is the state of a row as loads have seen it. It is known from the first load that had it until the load
that had a different state, or no such row; the time of a load is that of its start. Past versions are kept as long as
rows that have gone, so that deleted content does not stay here forever. For rows that are still in the list, only the
time when they were first known is kept, and only if that was not the first load.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import polars as pl

from seggwat_nb.schema import UTC_TIME

__all__ = ["Versions", "versions_schema"]

_KNOWN: Final = ("known_from", "known_until")


def versions_schema(schema: pl.Schema) -> pl.Schema:
    """Return the columns of versions: those of the list, and when each version was known."""
    return pl.Schema({**schema, **dict.fromkeys(_KNOWN, UTC_TIME)})


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of a list's rows.

    Attributes
    ----------
    rows : pl.DataFrame
        The columns of `versions_schema`. Rows that are in the list (``known_until`` is null) only have ``id`` and
        ``known_from``.
    known_from : datetime or None
        When the rows that are in the list but not in `rows` were first known; None if versions were not kept then.
    since : datetime or None
        The time since when versions are complete; None if none are kept yet.
    """

    rows: pl.DataFrame
    known_from: datetime | None = None
    since: datetime | None = field(default=None)

    @classmethod
    def begin(cls, schema: pl.Schema, *, at: datetime, is_first: bool) -> Versions:
        """Start with a load. If there were loads before it, it is unknown when its rows were first known."""
        return cls(versions_schema(schema).to_frame(), at if is_first else None, at)

    def after(
        self, over: pl.DataFrame, changed: pl.Series, new: pl.Series, *, at: datetime, oldest: datetime
    ) -> Versions:
        """Add the changes that a load found.

        Parameters
        ----------
        over
            Previous states of the rows that have changed or gone.
        changed, new
            IDs of the rows that have changed, and of new rows.
        at
            The time of the load.
        oldest
            Past versions that ended by then are removed.
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
        dropped = past.filter(pl.col("known_until") <= oldest)["known_until"].max()
        since = max(self.since or at, dropped) if isinstance(dropped, datetime) else self.since or at
        rows = pl.concat([past.filter(pl.col("known_until") > oldest), still, fresh], how="diagonal")
        return replace(self, rows=rows.select(self.rows.columns), since=since)

    def without(self, is_meant: pl.Expr, ids: set[str]) -> Versions:
        """Remove the versions that match an expression, and those of the given rows."""
        is_meant = is_meant.fill_null(value=False)
        return replace(self, rows=self.rows.filter(~is_meant, ~pl.col("id").is_in(list(ids))))

    def as_of(self, listed: pl.DataFrame, moment: datetime) -> pl.DataFrame:
        """Return the rows that were known at a moment, newest first.

        Parameters
        ----------
        listed
            The rows in the list now.
        moment
            The time. From `since` on, the rows are exactly those of the latest load by then.

        Returns
        -------
        pl.DataFrame
            The columns of the list, and ``known_from``, null if unknown.
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
