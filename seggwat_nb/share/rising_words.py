"""Words that rose, as reports and digests tell of them to other people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.changes import signed
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
        As `seggwat_nb.themes.terms`, and ``unsigned`` (Int64), its items without a submitter; ``days`` and
        ``days_before`` (Int64), the lengths of the windows; ``expected`` (Float64), the items with the term that are
        usual in as many days as the recent one has.
    """
    length = (pl.col("last") - pl.col("first")).dt.total_days() + 1
    before = (pl.col("first") - pl.col("baseline_first")).dt.total_days()
    found = terms(frame, where=where, days=days, time_zone=time_zone, as_of=as_of)
    unsigned = frame.filter(signed(frame).is_null())["id"].cast(pl.String).unique()
    return found.filter(pl.col("submitters") >= SMALLEST_GROUP).with_columns(
        days=length,
        days_before=before,
        expected=pl.col("baseline_count") * length / before,
        unsigned=pl.col("ids").list.set_intersection(pl.lit(unsigned.implode())).list.len().cast(pl.Int64),
    )


def how_many(finding: dict[str, Any]) -> str:
    """Return whose items a finding is of, as in ``46 items by 44 submitters in 28 days``."""
    count, unsigned, days = finding["count"], finding["unsigned"], f"in {finding['days']} days"
    if unsigned == count:
        return f"{counted(count, 'unsigned item')} {days}"
    people = counted(finding["submitters"] - unsigned, "submitter")
    if unsigned:
        return f"{counted(count, 'item')} {days}, by {people} and {unsigned:,} unsigned"
    return f"{counted(count, 'item')} by {people} {days}"


def against_before(finding: dict[str, Any]) -> str:
    """Return how much the share of a finding rose, with its interval."""
    ratio, low, high = (_times(finding[name]) for name in ("ratio", "low", "high"))
    before = f"in the {finding['days_before']} days before"
    if not finding["baseline_count"]:
        return f"not used {before} (likely at least {low} times as often now)"
    return f"{ratio} times as often as {before} (likely between {low} and {high})"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= _MANY else f"{ratio:.1f}"
