"""Words that rose, as reports and digests tell of them to other people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from seggwat_nb.analysis.terms import terms
from seggwat_nb.share.privacy import SMALLEST_GROUP
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection

__all__ = ["how_much", "rising_words"]


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
        As `seggwat_nb.themes.terms`, and ``days`` (Int64), the length of the recent window, with ``expected``
        (Float64), the items with the term that are usual in as many days.
    """
    length = (pl.col("last") - pl.col("first")).dt.total_days() + 1
    before = (pl.col("first") - pl.col("baseline_first")).dt.total_days()
    return (
        terms(frame, where=where, days=days, time_zone=time_zone, as_of=as_of)
        .filter(pl.col("submitters") >= SMALLEST_GROUP)
        .with_columns(days=length, expected=pl.col("baseline_count") * length / before)
    )


def how_much(finding: dict[str, Any]) -> str:
    """Return how much a finding rose, as in ``46 items by 44 submitters in 28 days, 3.1 times as usual``."""
    low, high = f"{finding['low']:.1f}", f"{finding['high']:.1f}"
    rose = f"{finding['ratio']:.1f} times as usual (likely between {low} and {high})"
    if not finding["baseline_count"]:
        rose = f"previously none (likely at least {low} times as usual)"
    people = counted(finding["submitters"], "submitter")
    return f"{counted(finding['count'], 'item')} by {people} in {finding['days']} days, {rose}"
