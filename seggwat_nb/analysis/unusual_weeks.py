"""Finds the weeks that say nothing about what is usual: those with a rare burst, or with a gap in all feedback.

One import of a thousand items counts as half a year of feedback, and makes every week after it look low and every day
look irregular. So what `seggwat_nb.trends.spikes` and `seggwat_nb.trends.silences` find in the days before the
latest ones is left out of what these are compared with. Whole weeks are left out, so that each weekday is compared with
as many.

Bursts in many weeks are the rule: a project that gets much on the first of each month will get much on the next one.
And if the latest days have a burst of their own, bursts stay, so that like is compared with like. Apart from that, the
latest days do not decide what they are compared with.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.overdispersion import WEEK
from seggwat_nb.analysis.periods import local_day
from seggwat_nb.analysis.silences import quiet_days
from seggwat_nb.analysis.spikes import burst_days

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seggwat_nb.analysis.overdispersion import Floats

__all__ = ["YEAR", "rows_a_day", "unusual_weeks"]

YEAR: Final = 364
"""Number of days that show what is unusual, in whole weeks."""

_RARE: Final = 8
"""Bursts are rare if they are in at most one of so many weeks. Those of each month are in one of four or five."""

_LEVEL: Final = 0.95


def rows_a_day(rows: pl.DataFrame, first: date, last: date, *, time_zone: str) -> Floats:
    """Count rows on each day."""
    number = (last - first).days + 1
    place = rows.select((local_day(pl.col("created_at"), time_zone=time_zone) - pl.lit(first)).dt.total_days())
    inside = place.to_series().drop_nulls().to_numpy()
    return np.bincount(inside[(inside >= 0) & (inside < number)], minlength=number).astype(np.float64)


def unusual_weeks(daily: Floats, first: date, *, before: int, after: int) -> tuple[int, ...]:
    """Find the unusual weeks of the earlier window, counted from its first, starting at 0.

    If fewer would be left than the later window has, none is unusual.

    Parameters
    ----------
    daily
        Number of rows on consecutive days, up to the last of the later window.
    first
        The first of these days.
    before, after
        Days in each window, multiples of 7.

    Examples
    --------
    >>> daily = np.tile([3.0, 2, 4, 3, 2, 1, 3], 28)
    >>> daily[100] = 400
    >>> unusual_weeks(daily, date(2026, 6, 15), before=168, after=28)
    (14,)
    """
    start = daily.size - after
    earlier, later = daily[:start], daily[start:]
    if not earlier.any():
        return ()

    def weeks_of(runs: Iterable[range]) -> set[int]:
        return {(day - start + before) // WEEK for days in runs for day in days if day >= start - before}

    bursts = weeks_of(burst_days(earlier, first, level=_LEVEL))
    is_rare = len(bursts) * WEEK * _RARE <= before
    if not is_rare or burst_days(later, first + timedelta(days=start), level=_LEVEL):
        bursts = set()
    found = bursts | weeks_of([quiet_days(earlier, first, level=_LEVEL)])
    return tuple(sorted(found)) if before - WEEK * len(found) >= after else ()
