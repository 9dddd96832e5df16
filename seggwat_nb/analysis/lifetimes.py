"""Finds which values come and go, such as pages of a weekly series, campaigns and imports.

If a new page comes every week, another one is expected. If each campaign had its month, it is not missed afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

__all__ = ["Lifetimes"]

_LEAST: Final = 6
"""Minimum number of items of a value."""

_SEVERAL: Final = 3
"""Minimum number of values that came before, or went before, for others to be expected."""

_START: Final = timedelta(days=14)
"""What is in use when the data begin has its first items up to so many days later, and likewise at their end."""

_LONG: Final = 4
"""Maximum time of a value that comes and goes, relative to how long it has been silent."""

_TWICE: Final = 2


@dataclass(frozen=True)
class Lifetimes:
    """The first and last day of each value with several items.

    Attributes
    ----------
    rows : pl.DataFrame
        One row per value: ``value``, ``first``, ``last`` and ``n``, its number of items.
    known : tuple of date
        First and last day of the data.
    """

    rows: pl.DataFrame
    known: tuple[date, date]

    @classmethod
    def of(cls, value: pl.Series, day: pl.Series, known: tuple[date, date]) -> Lifetimes:
        """Find the first and last day of each value.

        Examples
        --------
        >>> days = pl.date_range(date(2026, 3, 1), date(2026, 5, 30), eager=True)
        >>> pages = pl.select(pl.format("/week-{}", pl.lit(days).dt.week())).to_series()
        >>> weekly = Lifetimes.of(pages, days, (days[0], days[-1]))
        >>> weekly.comes_regularly("/week-21", since=date(2026, 5, 11)), weekly.come_and_go("/week-18")
        (True, True)
        """
        rows = pl.DataFrame({"value": value, "day": day}).drop_nulls()
        ends = rows.group_by("value").agg(first=pl.col("day").min(), last=pl.col("day").max(), n=pl.len())
        return cls(ends.filter(pl.col("n") >= _LEAST).sort("value"), known)

    def of_value(self, value: str | None) -> tuple[date, date] | None:
        """Return the first and last day of a value."""
        found = self.rows.filter(pl.col("value") == pl.lit(value, pl.String))
        return found.select("first", "last").row(0) if found.height else None

    def its_time(self, value: str | None) -> tuple[date, date] | None:
        """Return the first and last day of a value that came after the data begins, and ended after a short time."""
        found = self._of_their_time().filter(pl.col("value") == pl.lit(value, pl.String))
        return found.select("first", "last").row(0) if found.height else None

    def come_and_go(self, value: str | None) -> bool:
        """Return whether a value came after the data begins, and several others had their time before its end."""
        life = self.of_value(value)
        if life is None or life[0] <= self.known[0] + _START:
            return False
        others = self._of_their_time().filter(pl.col("value") != pl.lit(value, pl.String), pl.col("last") <= life[1])
        return others.height >= _SEVERAL

    def comes_regularly(self, value: str | None, *, since: date) -> bool:
        """Return whether a value that is new since a day is expected: no more are new than usual, nor larger."""
        life, start = self.of_value(value), self.known[0] + _START
        before = self.rows.filter(pl.col("first").is_between(start, since, closed="left"))
        span, now = (since - start).days, (self.known[1] - since).days + 1
        if life is None or life[0] < since or before.height < _SEVERAL or span < now:
            return False
        most, mine = (int(rows["n"].to_numpy().max()) for rows in (before, self.rows.filter(pl.col("value") == value)))
        expected = before.height * now / span
        new = self.rows.filter(pl.col("first") >= since).height
        return new <= expected + _TWICE * expected**0.5 and mine <= _TWICE * most

    def _of_their_time(self) -> pl.DataFrame:
        end = self.known[1]
        lived = pl.col("last") - pl.col("first")
        return self.rows.filter(
            pl.col("first") > self.known[0] + _START,
            pl.col("last") < end - _START,
            lived <= _LONG * (pl.lit(end) - pl.col("last")),
        )
