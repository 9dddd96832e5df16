"""The sentences and figures of a comparison, in addition to its charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis import ratings
from seggwat_nb.analysis.churn import is_churn
from seggwat_nb.analysis.selections import covered_time
from seggwat_nb.charts.base import display_name
from seggwat_nb.charts.interval_rows import shorten
from seggwat_nb.charts.keys import label_of
from seggwat_nb.panels.pictures import filters_note
from seggwat_nb.panels.rest import within_sentence
from seggwat_nb.text import count_of, drop_minus_of_zero, percent, unequal, with_minus

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.crossfilter import Chosen, Crossfilter

__all__ = ["SAME_ITEMS", "cautions", "describe_ratings", "figures", "in_words"]

SAME_ITEMS: Final = "A and B select the same items. Change one of them to compare."
_MOST_ROWS: Final = 20
_MOST_TOLD: Final = 6


def cautions(frame: pl.DataFrame, chosen: tuple[Chosen, Chosen], *, as_of: datetime | None) -> list[str]:
    """Return reasons why two selections are hard to compare."""
    first, second = chosen
    both = int((first.mask & second.mask).sum())
    said = []
    if both and (first.mask == second.mask).all():
        said.append(SAME_ITEMS)
    elif both:
        items = count_of(both, "item")
        said.append(f"A and B share {items}. These count on both sides, so the intervals are wider than necessary.")
    if {edge for side in chosen for edge in side.moments} != {None}:
        said += unequal(covered_time(frame, first, as_of=as_of), covered_time(frame, second, as_of=as_of))
    return said + _without_churn(frame, chosen)


def _without_churn(frame: pl.DataFrame, chosen: tuple[Chosen, Chosen]) -> list[str]:
    """Return how many cancellation comments the differences leave out (`seggwat_nb.analysis.churn`)."""
    if "source" not in frame.columns:
        return []
    churn = frame.select(is_churn()).to_series()
    left = [int((side.mask & churn).sum()) for side in chosen]
    left = [0 if number == side.mask.sum() else number for number, side in zip(left, chosen, strict=True)]
    if not any(left):
        return []
    return [f"Cancellation comments are left out of the differences: {left[0]:,} of A, {left[1]:,} of B."]


def describe_ratings(rows: Crossfilter, where: FeedbackFilter, *, level: float) -> str:
    """Describe the ratings that a filter selects: those of each kind, and stars by scale."""
    chosen, some = rows.choose(where), pl.col("n") > 0
    scores, shares, stars = (
        figure(rows.columns, where=chosen, level=level).filter(some)
        for figure in (ratings.nps, ratings.helpful, ratings.stars)
    )
    said = [
        *(
            f"NPS {score} ({low} to {high}, n {n:,})"
            for *figures, n in scores.select("score", "low", "high", "n").rows()
            for score, low, high in [[drop_minus_of_zero(f"{figure:+.0f}") for figure in figures]]
        ),
        *(
            f"{share:.0%} said helpful ({low:.0%} to {high:.0%}, n {n:,})"
            for share, low, high, n in shares.select("share", "low", "high", "n").rows()
        ),
        *(
            f"{average:.2f} of {scale:g} star{'s' * (scale != 1)} "
            f"({'' if low is None else f'{low:.2f} to {high:.2f}, '}n {n:,})"
            for average, scale, low, high, n in stars.select("average", "max_score", "low", "high", "n").rows()
        ),
    ]
    none = "no valid responses" if chosen.mask.any() else "none"
    return with_minus(f"Ratings{filters_note(rows, where)}: {', '.join(said) or none}.")


def in_words(frame: pl.DataFrame, by: str, names: tuple[str, str]) -> list[str]:
    """Describe how two selections differ, with a sentence for each value with a clear verdict.

    Examples
    --------
    >>> row = {"type": "Bug", "share_a": 0.31, "share_b": 0.22, "low": 0.04, "high": 0.14, "verdict": "higher"}
    >>> in_words(pl.DataFrame([row]).with_columns(difference=pl.col("share_a") - pl.col("share_b")), "type", ("A", "B"))
    ['Bug: 31% of A, 22% of B: 9 points more (4 to 14).']
    """
    clear = frame.filter(pl.col("verdict").is_in(["higher", "lower"])).head(_MOST_TOLD)
    said = []
    for row in clear.with_columns(shorten(display_name(by))).iter_rows(named=True):
        ends = sorted(100 * abs(row[end]) for end in ("low", "high"))
        points, low, high = map(_format_points, (100 * abs(row["difference"]), *ends))
        shares = [
            f"{_format_share(row[f'share_{side}'])} of {within_sentence(name)}"
            for side, name in zip("ab", names, strict=True)
        ]
        word = "more" if row["verdict"] == "higher" else "fewer"
        said.append(f"{row[by]}: {', '.join(shares)}: {points} points {word} ({low} to {high}).")
    if said or frame.is_empty() or not frame.select(pl.min_horizontal("n_a", "n_b").min()).item():
        return said
    few = bool((frame["verdict"] == "too few").all())
    return [
        "Too few items to compare any share."
        if few
        else "No share clearly differs. This does not mean that they are equal."
    ]


def _format_share(share: float) -> str:
    """Write a share with two figures, as the chart does.

    Examples
    --------
    >>> [_format_share(share) for share in (0.355, 0.075, 0.02, 0.0004, 0.0)]
    ['36%', '7.5%', '2%', '<1%', '0%']
    """
    is_small = 0.0005 <= share < 0.1  # noqa: PLR2004  # with one decimal
    return f"{share:.1%}".replace(".0%", "%") if is_small else percent(share)


def _format_points(points: float) -> str:
    """Write percentage points.

    Examples
    --------
    >>> [_format_points(points) for points in (35.84, 9.0, 0.04, 0.0)]
    ['35.8', '9', '<0.1', '0']
    """
    return f"{points:.1f}".removesuffix(".0") if round(points, 1) or not points else "<0.1"


def figures(frame: pl.DataFrame, by: str, names: tuple[str, str]) -> dict[str, Any]:
    """Return the differences as a table."""
    first, second = map(within_sentence, names)
    verdicts = {"higher": f"higher in {first}", "lower": f"higher in {second}"}
    rows = frame.head(_MOST_ROWS).with_columns(shorten(display_name(by))).rows(named=True)
    return {
        "heads": [label_of(by).capitalize(), *names, "Points", "Interval", "Verdict"],
        "rows": [
            {
                "cells": [
                    row[by],
                    *(_share(row[f"share_{side}"], row[f"count_{side}"]) for side in "ab"),
                    *(("", "") if row["difference"] is None else _points(row["difference"], row["low"], row["high"])),
                    verdicts.get(row["verdict"], row["verdict"]),
                ],
                "few": row["verdict"] == "too few",
            }
            for row in rows
        ],
        "more": frame.height - len(rows),
    }


def _share(share: float | None, count: int) -> str:
    return "no items" if share is None else f"{share:.1%} ({count:,})"


def _points(difference: float, low: float, high: float) -> tuple[str, str]:
    return with_minus(f"{100 * difference:+z.1f}"), with_minus(f"{100 * low:+z.1f} to {100 * high:+z.1f}")
