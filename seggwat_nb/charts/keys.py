"""Colors and descriptions for the values of a key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import EMPTY, NONE, name_some
from seggwat_nb.charts.theme import DISTINCT, colours
from seggwat_nb.schema import FEEDBACK, VOCABULARIES
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "LABELS",
    "REST",
    "color_by_key",
    "describe_totals",
    "has_overlap",
    "keys_in",
    "label_of",
    "overlap_note",
    "too_many",
    "without_note",
]

LABELS: Final = {"path": "page", "project_id": "project", "submitted_by": "submitter"}
"""Maps columns to what they are called, where that is not their name."""

REST: Final = r"^(?:Other|Rare) \([\d,]+ values?(?:, combined)*\)$"
"""Matches the names of value groups: those beyond ``top`` in `seggwat_nb.trends`, and rare ones on shared pages."""

_UNSAFE: Final = re.compile(r"[\"\\\s\x00-\x1f]+")
_WITH_OVERLAP: Final = "theme"
_ROUNDING: Final = 1e-9
_MOST_NAMES: Final = 12


def keys_in(frame: pl.DataFrame, figures: Sequence[str]) -> list[str]:
    """Return the key columns: all that do not contain results."""
    return [column for column in frame.columns if column not in figures]


def has_overlap(frame: pl.DataFrame, key: str | None, *, within: str, share: str = "share") -> bool:
    """Return whether an item can count for several values of a key, so that bars must not be stacked.

    This is true of themes, and of keys whose shares sum to more than 1 `within` a value of another column.
    """
    if key is None or key in FEEDBACK or key == _WITH_OVERLAP or share not in frame.columns:
        return key == _WITH_OVERLAP
    most = frame.group_by(within).agg(pl.col(share).sum())[share].max()
    return isinstance(most, float) and most > 1 + _ROUNDING


def overlap_note(key: str) -> str:
    """Explain that counts by a key sum to more than the number of items."""
    return f"An item with several {'themes' if key == _WITH_OVERLAP else f'values of {label_of(key)}'} counts for each."


def without_note(frame: pl.DataFrame, key: str) -> list[str]:
    """Say how many items are not drawn because they have no value."""
    without = int(frame.filter(pl.col(key).is_null())["count"].sum())
    what = "a theme" if key == _WITH_OVERLAP else label_of(key)
    return [f"{count_of(without, 'item')} without {what} not shown."] if without else []


def label_of(key: str) -> str:
    """Return the display name of a key, without signs that Vega would take for the end of a tooltip's title."""
    return LABELS.get(key, _UNSAFE.sub(" ", key.replace("_", " ")))


def color_by_key(drawn: pl.DataFrame, key: str | None, *, below: bool = False, columns: int = 4) -> alt.Color:
    """Encode ``key`` as color. The legend has the values that occur, in the frame's order.

    The legend is on the right, or `below` the chart with the given number of columns.
    """
    counted = _totals(drawn)["key"]
    grey = [NONE, EMPTY, *counted.filter(counted.str.contains(REST))]
    values = counted.to_list()
    place: dict[str, Any] = {"orient": "bottom", "direction": "horizontal", "columns": columns} if below else {}
    return alt.Color(
        "key:N",
        title=label_of(key).capitalize() if key else None,
        sort=values,
        scale=alt.Scale(domain=values, range=colours(key, values, grey=grey)),
        legend=alt.Legend(symbolType="square", symbolLimit=_MOST_NAMES, **place) if key else None,
    )


def too_many(frame: pl.DataFrame, key: str | None) -> list[str]:
    """Return a note if there are more values than colors."""
    if key is None or key in VOCABULARIES:
        return []
    values = frame[key].drop_nulls()
    grey = values.filter(~values.str.contains(REST)).n_unique() - DISTINCT
    if grey <= 0:
        return []
    if grey == 1:
        return [f"Grey: one more {label_of(key)} than there are colors."]
    more = f"{count_of(grey, 'more value')} of {label_of(key)} than there are colors"
    return [f"Grey: {more}. Pass top={DISTINCT} to group them as “Other”."]


def describe_totals(drawn: pl.DataFrame, key: str | None) -> list[str]:
    """Return the totals as text, for readers who cannot see the chart."""
    if key is None:
        return []
    totals = [f"{value} {count:,}" for value, count in _totals(drawn).with_columns(pl.col("key").str.head(60)).rows()]
    return [f"Totals by {label_of(key)}: {name_some(totals, most=_MOST_NAMES)}."]


def _totals(drawn: pl.DataFrame) -> pl.DataFrame:
    """Return the values that occur, in the frame's order, each with its total."""
    return drawn.group_by("key", maintain_order=True).agg(pl.col("count").sum()).filter(pl.col("count") > 0)
