"""Words that rose, as reports and digests tell of them to other people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.terms import terms
from seggwat_nb.share.privacy import SMALLEST_GROUP
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection

__all__ = ["against_before", "how_many", "rising_words"]

_MANY: Final = 10
"""A ratio from which on decimals say nothing."""


def rising_words(
    frame: pl.DataFrame,
    *,
    where: Selection | None = None,
    days: int,
    time_zone: str = "UTC",
    as_of: datetime,
) -> pl.DataFrame:
    """Find words that rose among masked items, but for those of so few people that they could name somebody.

    Returns
    -------
    pl.DataFrame
        As `seggwat_nb.themes.terms`, and ``days`` and ``days_before`` (Int64), the lengths of the windows, with
        ``expected`` (Float64), the items with the term that are usual in as many days as the recent one has.
    """
    length = (pl.col("last") - pl.col("first")).dt.total_days() + 1
    before = (pl.col("first") - pl.col("baseline_first")).dt.total_days()
    return (
        terms(frame, where=where, days=days, time_zone=time_zone, as_of=as_of)
        .filter(pl.col("submitters") >= SMALLEST_GROUP)
        .with_columns(days=length, days_before=before, expected=pl.col("baseline_count") * length / before)
    )


def how_many(finding: dict[str, Any]) -> str:
    """Return whose a finding is, as in ``46 items by 44 submitters in 28 days``."""
    people = counted(finding["submitters"], "submitter")
    return f"{counted(finding['count'], 'item')} by {people} in {finding['days']} days"


def against_before(finding: dict[str, Any]) -> str:
    """Return how much the share of a finding rose, with its interval."""
    ratio, low, high = (_times(finding[name]) for name in ("ratio", "low", "high"))
    before = f"in the {finding['days_before']} days before"
    if not finding["baseline_count"]:
        return f"not used {before} (likely at least {low} times as often now)"
    return f"{ratio} times as often as {before} (likely between {low} and {high})"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= _MANY else f"{ratio:.1f}"
