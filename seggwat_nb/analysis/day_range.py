"""A range of complete days, on which items are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis.counts import check_dated
from seggwat_nb.analysis.overdispersion import WEEK

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from seggwat_nb.analysis.intervals import Floats

__all__ = ["RHYTHM_DAYS", "Days"]

RHYTHM_DAYS: Final = 21
"""Minimum number of days that show a weekday pattern."""


class Days(NamedTuple):
    """The range of complete days."""

    first: date
    last: date

    @property
    def number(self) -> int:
        """Return how many days these are."""
        return (self.last - self.first).days + 1

    @property
    def weekday(self) -> NDArray[np.int64]:
        """Return the weekday of each day, with 0 for Mondays."""
        return (self.first.weekday() + np.arange(self.number)) % WEEK

    def weekly(self, daily: Floats) -> Floats | None:
        """Return the mean number of items on each weekday. None if there are too few weeks to tell."""
        if self.number < RHYTHM_DAYS:
            return None
        seen = np.maximum(np.bincount(self.weekday, minlength=7), 1)
        means: Floats = np.bincount(self.weekday, weights=daily, minlength=7) / seen
        return means

    def rhythm(self, daily: Floats) -> Floats:
        """Return the weight of each day by its weekday, 1 if there are too few weeks to tell."""
        weekly = self.weekly(daily)
        return np.ones(self.number) if weekly is None else weekly[self.weekday]

    def places(self, counted: pl.DataFrame, *, by: str | None = None) -> dict[str, tuple[NDArray[np.int64], Floats]]:
        """Return the positions of the days with items, and the number of items, in the order of values and days."""
        check_dated(counted, "day")
        value = pl.lit("") if by is None else pl.col(by).cast(pl.String)
        place = (pl.col("day") - pl.lit(self.first)).dt.total_days()
        known = (
            counted.select(value=value, place=place, count="count")
            .filter(pl.col("place").is_between(0, self.number - 1))
            .sort("value", "place")
        )
        at, count = known["place"].to_numpy(), known["count"].to_numpy().astype(np.float64)
        ends = known.group_by("value", maintain_order=True).len().with_columns(end=pl.col("len").cum_sum())
        return {name: (at[end - size : end], count[end - size : end]) for name, size, end in ends.iter_rows()}

    def per_day(self, place: NDArray[np.int64], count: Floats) -> Floats:
        """Return the number of items on each day."""
        daily: Floats = np.bincount(place, weights=count, minlength=self.number).astype(np.float64)
        return daily
