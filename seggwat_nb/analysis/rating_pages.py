"""Says on which page a rating changed, or that pages which are rated differently are rated more often than before.

The difference of two averages is split as by `seggwat_nb.trends.mix_and_rate` (Kitagawa 1955): what changed within each
page, and what changed because other pages were rated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.finding_words import short
from seggwat_nb.text import percent

if TYPE_CHECKING:
    from seggwat_nb.analysis.rating_responses import Measure

__all__ = ["where_it_changed"]

_MOSTLY: Final = 0.6
"""Share of a change from which on one page, or other pages, explain it."""

_LEAST: Final = 10
"""Minimum number of responses about a page in each window, to say how it changed."""


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
    pages = responses.group_by("path").agg(
        *(pl.col("response").filter(side).mean().alias(f"mean_{name}") for name, side in _SIDES.items()),
        *(pl.col("response").filter(side).len().alias(f"n_{name}") for name, side in _SIDES.items()),
    )
    if pages.height < 2 or pages["n_now"].sum() == 0 or pages["n_before"].sum() == 0:  # noqa: PLR2004  # one page is all
        return ""
    weight = {name: pl.col(f"n_{name}") / pl.col(f"n_{name}").sum() for name in _SIDES}
    mean = {
        name: pl.coalesce(f"mean_{name}", f"mean_{other}") for name, other in (("now", "before"), ("before", "now"))
    }
    overall = pl.sum_horizontal((weight[name] * pl.col(f"mean_{name}").fill_null(0.0)).sum() for name in _SIDES) / 2
    pages = pages.with_columns(
        mix=(weight["now"] - weight["before"]) * ((mean["now"] + mean["before"]) / 2 - overall),
        rate=(mean["now"] - mean["before"]) * (weight["now"] + weight["before"]) / 2,
        share_now=weight["now"],
        share_before=weight["before"],
    )
    change = pages.select((pl.col("mix") + pl.col("rate")).sum()).item()
    if not change:
        return ""
    told = pages.filter(pl.col("path").is_not_null(), pl.min_horizontal("n_now", "n_before") >= _LEAST)
    most = told.sort(pl.col("rate") / change, "path", descending=[True, False]).head(1)
    if most.height and most["rate"].item() / change >= _MOSTLY and _is_alone(most, pages):
        row = most.row(0, named=True)
        was, now = (measure.write(row[f"mean_{name}"]) for name in ("before", "now"))
        return f"Mostly on {short(row['path'])}: from {was} to {now}."
    if pages["mix"].sum() / change < _MOSTLY:
        return ""
    grown = pages.filter(pl.col("path").is_not_null(), pl.col("share_now") > pl.col("share_before"))
    grown = grown.sort(pl.col("mix") / change, "path", descending=[True, False]).head(1)
    like = (
        f", such as {short(grown['path'].item())} ({percent(grown['share_before'].item())} of responses before, "
        f"{percent(grown['share_now'].item())} since)"
        if grown.height
        else ""
    )
    rated = "lower" if change < 0 else "higher"
    return f"Mostly because pages that are rated {rated} were rated more often{like}."


def _is_alone(most: pl.DataFrame, pages: pl.DataFrame) -> bool:
    """Return whether the other pages changed by less than half as much, or in the opposite direction."""
    others = pages.filter(pl.col("path").ne_missing(pl.lit(most["path"].item())))
    weight = (pl.col("share_now") + pl.col("share_before")).sum() / 2
    change = others.select(pl.col("rate").sum() / weight).item()
    own = most.select(pl.col("mean_now") - pl.col("mean_before")).item()
    return change is None or change / own < _HALF


_HALF: Final = 0.5
_SIDES: Final = {"now": pl.col("is_now"), "before": ~pl.col("is_now")}
