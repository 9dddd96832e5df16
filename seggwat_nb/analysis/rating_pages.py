"""Says on which page a rating changed, or that pages which are rated differently are rated more often than before.

The difference of two averages is split as by `seggwat_nb.trends.mix_and_rate` (Kitagawa 1955): what changed within each
page, and what changed because other pages were rated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.finding_words import short
from seggwat_nb.analysis.mix import contributions
from seggwat_nb.text import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seggwat_nb.analysis.rating_responses import Measure

__all__ = ["where_it_changed"]

_MOSTLY: Final = 0.6
"""Share of a change from which on one page, or other pages, explain it."""

_LEAST: Final = 10
"""Minimum number of responses about a page in each window, to say how it changed."""

_HALF: Final = 0.5


def where_it_changed(responses: pl.DataFrame, measure: Measure) -> str:
    """Describe what explains most of a change. Empty if neither a single page does, nor what is rated.

    Parameters
    ----------
    responses
        Responses in one scale: ``path`` (String), ``response`` (Float64) and ``is_now`` (Boolean).
    measure
        What they measure.

    Examples
    --------
    >>> from seggwat_nb.analysis.rating_responses import MEASURES
    >>> told = [("/a", 0.8, 60, False), ("/b", 0.8, 60, False), ("/a", 0.8, 60, True), ("/b", 0.2, 60, True)]
    >>> rows = pl.DataFrame(
    ...     [(path, share, is_now) for path, share, n, is_now in told for _ in range(n)],
    ...     schema=["path", "response", "is_now"], orient="row",
    ... )
    >>> where_it_changed(rows, MEASURES["helpful"])
    'Mostly on /b: from 80% to 20%.'
    """
    sides = {"before": ~pl.col("is_now"), "after": pl.col("is_now")}
    pages = responses.group_by("path").agg(
        *(pl.col("response").filter(side).len().alias(f"n_{name}") for name, side in sides.items()),
        *(pl.col("response").filter(side).mean().alias(f"share_{name}") for name, side in sides.items()),
    )
    if pages.height == 1 or not pages["n_before"].sum() or not pages["n_after"].sum():
        return ""
    pages = contributions(pages)
    change = float((pages["mix"] + pages["rate"]).sum())
    if not change:
        return ""
    named = pages.filter(pl.col("path").is_not_null())
    asked = named.filter(pl.min_horizontal("n_before", "n_after") >= _LEAST)
    for row in asked.sort(pl.col("rate") / change, "path", descending=[True, False]).head(1).rows(named=True):
        if row["rate"] / change >= _MOSTLY and _is_alone(row, pages):
            was, now = (measure.write(row[f"share_{side}"]) for side in sides)
            return f"Mostly on {short(row['path'])}: from {was} to {now}."
    if float(pages["mix"].sum()) / change < _MOSTLY:
        return ""
    said = f"Mostly because pages that are rated {'lower' if change < 0 else 'higher'} were rated more often"
    grown = named.filter(pl.col("weight_after") > pl.col("weight_before"))
    for row in grown.sort(pl.col("mix") / change, "path", descending=[True, False]).head(1).rows(named=True):
        was, now = (percent(row[f"weight_{side}"]) for side in sides)
        said += f", such as {short(row['path'])} ({was} of responses before, {now} since)"
    return f"{said}."


def _is_alone(page: Mapping[str, Any], pages: pl.DataFrame) -> bool:
    """Return whether the other pages changed by less than half as much, or in the opposite direction."""
    others = pages.filter(pl.col("path").ne_missing(pl.lit(page["path"])))
    weight = float((others["weight_before"] + others["weight_after"]).sum()) / 2
    own = float(page["share_after"] - page["share_before"])
    return float(others["rate"].sum()) / weight / own < _HALF
