"""Records when each row was read: the interval in which the service generated the response that showed it.

A service generates its response at some point between the request and the arrival of the response. So a value was
current at some time between ``asked_at`` and ``shown_at``, and it is unknown when exactly.
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
    """IDs and the times of the responses that showed them, stored in columns: a load may read a million rows."""

    def __init__(self) -> None:
        self._ids: list[pl.Series] = []
        self._moments: list[tuple[datetime, datetime]] = []

    def note(self, ids: Iterable[str], asked: datetime, shown: datetime) -> None:
        """Record one response."""
        self._ids.append(pl.Series("id", list(ids), dtype=pl.String))
        self._moments.append((asked, shown))

    def frame(self) -> pl.DataFrame:
        """Return a frame with the columns of `READINGS`. For a row in several responses, the last one counts."""
        heights = pl.Series([len(ids) for ids in self._ids], dtype=pl.UInt32)
        moments = pl.DataFrame(self._moments, schema=[("asked_at", UTC_TIME), ("shown_at", UTC_TIME)], orient="row")
        if not self._ids:
            return READINGS.to_frame()
        answers = pl.Series(range(len(heights)), dtype=pl.UInt32)
        at = pl.select(pl.lit(answers).repeat_by(pl.lit(heights)).explode()).to_series().drop_nulls()
        frame = pl.concat(self._ids).to_frame().hstack(moments[at])
        return frame.unique("id", keep="last", maintain_order=True)
