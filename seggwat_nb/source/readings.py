"""When each row was read: between which two moments the service made the answer that showed it.

A service makes its answer some time after it was asked for and before it has arrived. What it shows was true then, so a
value held at some moment between ``asked_at`` and ``shown_at``; which, nobody tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.schema import UTC_TIME

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["READINGS", "Readings"]

READINGS = pl.Schema({"id": pl.String(), "asked_at": UTC_TIME, "shown_at": UTC_TIME})


class Readings:
    """Ids and the moments of the answers that showed them, kept by column: a load may read a million rows."""

    def __init__(self) -> None:
        self._ids: list[pl.Series] = []
        self._moments: list[tuple[datetime, datetime]] = []

    def note(self, ids: Iterable[str], asked: datetime, shown: datetime) -> None:
        """Note one answer."""
        self._ids.append(pl.Series("id", list(ids), dtype=pl.String))
        self._moments.append((asked, shown))

    def frame(self) -> pl.DataFrame:
        """Make a frame with the columns of `READINGS`; of several answers that showed a row, the last counts."""
        heights = pl.Series([len(ids) for ids in self._ids], dtype=pl.UInt32)
        moments = pl.DataFrame(self._moments, schema=[("asked_at", UTC_TIME), ("shown_at", UTC_TIME)], orient="row")
        if not self._ids:
            return READINGS.to_frame()
        answers = pl.Series(range(len(heights)), dtype=pl.UInt32)
        at = pl.select(pl.lit(answers).repeat_by(pl.lit(heights)).explode()).to_series().drop_nulls()
        frame = pl.concat(self._ids).to_frame().hstack(moments[at])
        return frame.unique("id", keep="last", maintain_order=True)
