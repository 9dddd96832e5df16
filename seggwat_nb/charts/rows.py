"""Estimates with their intervals, one under the other, and what to think of each told by colour and by shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.parts import FADED, LONGEST_NAME
from seggwat_nb.charts.theme import GREYS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Verdict", "along_rows", "marks"]

_ROW: Final = 22
_WIDTH: Final = 420
_ROOM_FOR_NAMES: Final = 240
_POINT: Final = 70


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a verdict is drawn; faded where nothing is to be concluded."""

    name: str
    shape: str
    colour: str = GREYS[0]
    faded: bool = False


def marks(verdicts: Sequence[Verdict]) -> dict[str, alt.Color | alt.Shape | alt.Opacity]:
    """Tell verdicts apart by colour, by shape, and by how strongly they are drawn."""
    names = [verdict.name for verdict in verdicts]
    legend = alt.Legend(orient="bottom", direction="horizontal", symbolOpacity=1)
    return {
        "color": alt.Color(
            "verdict:N",
            title=None,
            scale=alt.Scale(domain=names, range=[verdict.colour for verdict in verdicts]),
            legend=legend,
        ),
        "shape": alt.Shape(
            "verdict:N",
            title=None,
            scale=alt.Scale(domain=names, range=[verdict.shape for verdict in verdicts]),
            legend=legend,
        ),
        "opacity": alt.Opacity(
            "verdict:N",
            scale=alt.Scale(
                type="ordinal", domain=names, range=[FADED if verdict.faded else 1 for verdict in verdicts]
            ),
            legend=None,
        ),
    }


def along_rows(
    rows: pl.DataFrame,
    *,
    x: Callable[[str], alt.X],
    verdicts: Sequence[Verdict],
    tooltip: Sequence[alt.Tooltip],
    note: str | None = None,
) -> list[alt.Chart]:
    """Draw ``middle`` with ``low`` and ``high`` for each row, its ``name`` before it, and a note after it.

    `x` places a field on the axis that all share. Names are text beside the plot: two rows may bear
    one name, and both are to be seen.
    """
    rows = rows.with_row_index("row").with_columns(name=_shortened(pl.col("name")))
    y = alt.Y("row:O", axis=None)
    drawn = marks([verdict for verdict in verdicts if verdict.name in set(rows["verdict"])])
    base = alt.Chart(rows.filter(pl.col("middle").is_not_null())).properties(width=_WIDTH, height={"step": _ROW})
    names = alt.Chart(rows).mark_text(align="right", baseline="middle", limit=_ROOM_FOR_NAMES, fontSize=11)
    layers = [
        alt.Chart(rows.filter(pl.col("low").is_not_null()))
        .mark_rule(strokeWidth=2)
        .encode(x=x("low:Q"), x2="high:Q", y=y, color=drawn["color"], opacity=drawn["opacity"]),
        base.mark_point(filled=True, size=_POINT).encode(x=x("middle:Q"), y=y, tooltip=list(tooltip), **drawn),
        names.encode(x=alt.value(-8), y=y, text="name:N"),
    ]
    if note is not None:
        notes = alt.Chart(rows.filter(pl.col(note).is_not_null()))
        layers.append(
            notes.mark_text(align="left", baseline="middle", fontSize=11, fontStyle="italic", opacity=0.75).encode(
                x=alt.value(_WIDTH + 8), y=y, text=f"{note}:N"
            )
        )
    return layers


def _shortened(name: pl.Expr) -> pl.Expr:
    short = name.str.head(LONGEST_NAME - 1) + "…"
    return pl.when(name.str.len_chars() > LONGEST_NAME).then(short).otherwise(name)
