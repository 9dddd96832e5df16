"""A key's values in a chart: their colours, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import EMPTY, NONE, name_some
from seggwat_nb.charts.theme import DISTINCT, colours
from seggwat_nb.schema import FEEDBACK, VOCABULARIES
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "RARE",
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

RARE: Final = "Rare"
"""What shared pages call the group of rare values, since "Other" is a type."""
REST: Final = r"^(?:Other|Rare) \([\d,]+ values?(?:, combined)*\)$"
"""How a group of values is named: those beyond ``top`` in `seggwat_nb.trends`, and rare ones on shared pages."""

_WITH_OVERLAP: Final = "theme"
_ROUNDING: Final = 1e-9
_MOST_NAMES: Final = 12


def keys_in(frame: pl.DataFrame, figures: Sequence[str]) -> list[str]:
    """Find the columns that were counted by: all that are no figure."""
    return [column for column in frame.columns if column not in figures]


def has_overlap(frame: pl.DataFrame, key: str | None, *, within: str, share: str = "share") -> bool:
    """Return whether an item can count for several values of a key, so that parts must not be stacked.

    Such are themes, and whatever has shares that add up to more than 1 `within` a value of another column.
    """
    if key is None or key in FEEDBACK or key == _WITH_OVERLAP or share not in frame.columns:
        return key == _WITH_OVERLAP
    most = frame.group_by(within).agg(pl.col(share).sum())[share].max()
    return isinstance(most, float) and most > 1 + _ROUNDING


def overlap_note(key: str) -> str:
    """Say that counts by a key add up to more than there are items."""
    return f"An item with several {'themes' if key == _WITH_OVERLAP else f'values of {label_of(key)}'} counts for each."


def without_note(frame: pl.DataFrame, key: str) -> list[str]:
    """Say how many items have no value of a key, where these are not drawn."""
    without = int(frame.filter(pl.col(key).is_null())["count"].sum())
    what = "a theme" if key == _WITH_OVERLAP else label_of(key)
    return [f"{counted(without, 'item')} without {what} not shown."] if without else []


def label_of(key: str) -> str:
    """Name a key to people."""
    return {"submitted_by": "submitter", "project_id": "project"}.get(key, key.replace("_", " "))


def color_by_key(drawn: pl.DataFrame, key: str | None, *, below: bool = False, columns: int = 4) -> alt.Color:
    """Colour what is drawn by its ``key``; the legend has the values that occur, in the frame's order.

    It stands at the right, or `below` in so many columns.
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
    """Say so where there are more values than colours."""
    if key is None or key in VOCABULARIES:
        return []
    values = frame[key].drop_nulls()
    grey = values.filter(~values.str.contains(REST)).n_unique() - DISTINCT
    if grey <= 0:
        return []
    if grey == 1:
        return [f"Grey: one more {label_of(key)} than there are colors."]
    more = f"{counted(grey, 'more value')} of {label_of(key)} than there are colors"
    return [f"Grey: {more}. Pass top={DISTINCT} to group them as “Other”."]


def describe_totals(drawn: pl.DataFrame, key: str | None) -> list[str]:
    """Tell the totals to a reader who does not see the chart."""
    if key is None:
        return []
    totals = [f"{value} {count:,}" for value, count in _totals(drawn).with_columns(pl.col("key").str.head(60)).rows()]
    return [f"Totals by {label_of(key)}: {name_some(totals, most=_MOST_NAMES)}."]


def _totals(drawn: pl.DataFrame) -> pl.DataFrame:
    """Values that occur, in the frame's order, each with its total."""
    return drawn.group_by("key", maintain_order=True).agg(pl.col("count").sum()).filter(pl.col("count") > 0)
