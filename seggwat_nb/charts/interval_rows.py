"""Rows of estimates with their intervals. Color and shape show the verdict on each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import FADED, LONGEST_NAME
from seggwat_nb.charts.theme import GREYS, INK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["OVER_NOTES", "ROW", "Verdict", "along_rows", "beside", "marks", "number_rows", "shorten", "unclear_beyond"]

ROW: Final = alt.Y("row:O", axis=None)
"""The vertical position of a numbered row."""

_WIDTH: Final = 420
"""Width of the plot in pixels, without the names and notes at its sides."""

_ROW: Final = 22
_ROOM_FOR_NAMES: Final = 240
_MOST_LETTERS: Final = 36
"""Letters of a name for which there is room."""
_LETTER: Final = 6.6
"""Width of a letter in pixels, estimated generously."""
_INDENT: Final = 12
_GAP: Final = 8
"""Distance in pixels between the plot and the text at its sides."""
_POINT: Final = 70
OVER_NOTES: Final = -8
"""Vertical position in pixels of the heading of notes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a verdict is drawn. Inconclusive ones are faded, and those without a color are gray."""

    name: str
    shape: str
    colour: str | None = None
    faded: bool = False
    expected: bool = False
    """Whether no legend is needed if all verdicts shown are like this one."""
    said: str = ""
    """What the legend says instead of its name."""

    @property
    def drawn_in(self) -> str:
        """The color. Faded marks use the text color, so that they stay visible."""
        return self.colour or (INK if self.faded else GREYS[-1])


def marks(verdicts: Sequence[Verdict], *, what: str = "") -> dict[str, alt.Color | alt.Shape | alt.Opacity]:
    """Encode verdicts as color, shape and opacity. `what` is appended to the labels of the legend."""
    names = [verdict.name for verdict in verdicts]
    legend = None
    if not all(verdict.expected for verdict in verdicts):
        said = {verdict.name: verdict.said for verdict in verdicts if verdict.said}
        label = f"({json.dumps(said)}[datum.label] || datum.label)" if said else "datum.label"
        label = f"{label} + ' {what}'" if what else label
        legend = alt.Legend(orient="bottom", direction="horizontal", symbolOpacity=1, labelExpr=label)
    return {
        "color": alt.Color(
            "verdict:N",
            title=None,
            scale=alt.Scale(domain=names, range=[verdict.drawn_in for verdict in verdicts]),
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
    noted: str = "",
    what: str = "",
) -> list[alt.Chart]:
    """Draw each row's ``middle`` with its ``low`` and ``high``, its ``name`` before and a note after the plot.

    `noted` is a heading for the notes. `x` encodes a field on the shared axis. Names are drawn as text rather than axis
    labels, because two rows may have the same name.
    """
    rows = number_rows(rows)
    drawn = marks([verdict for verdict in verdicts if verdict.name in set(rows["verdict"])], what=what)
    ends = alt.Chart(rows.filter(pl.col("low").is_not_null())).mark_rule(strokeWidth=2)
    points = alt.Chart(rows.filter(pl.col("middle").is_not_null())).mark_point(filled=True, size=_POINT)
    return [
        ends.encode(x=x("low:Q"), x2=alt.X2("high:Q"), y=ROW, color=drawn["color"], opacity=drawn["opacity"]),
        points.encode(x=x("middle:Q"), y=ROW, tooltip=list(tooltip), **drawn),
        *beside(rows, note=note, noted=noted),
    ]


def unclear_beyond(
    rows: pl.DataFrame, mark: pl.Expr | float, *, seen: str = "a bar that does not cross the line"
) -> list[str]:
    """Explain verdicts that are unclear although the interval does not include the reference value.

    Examples
    --------
    >>> rows = pl.DataFrame({"verdict": ["unclear", "unclear"], "low": [-1.0, 0.2], "high": [1.0, 0.9]})
    >>> unclear_beyond(rows, 0)
    ['With this many values tested, a bar that does not cross the line can still be chance.']
    >>> unclear_beyond(rows.head(1), 0)
    []
    """
    low, high = (pl.col(end).fill_nan(None) for end in ("low", "high"))
    if rows.filter(pl.col("verdict") == "unclear", (low > mark) | (high < mark)).is_empty():
        return []
    return [f"With this many values tested, {seen} can still be chance."]


def number_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add row numbers from the top, and shorten the names."""
    return rows.with_row_index("row").with_columns(name=shorten(pl.col("name")))


def beside(rows: pl.DataFrame, *, note: str | None = None, noted: str = "", tree: bool = False) -> list[alt.Chart]:
    """Draw each row's ``name`` before the plot and a note after it. The height of the plot follows from the rows.

    Names are right-aligned. Those of a tree are indented by their ``depth`` instead.
    """
    written = "name"
    if rows.select((pl.col("name").str.len_chars() > _MOST_LETTERS).any()).item():
        written = "written"
        rows = rows.with_columns(written=shorten(pl.col("name"), _MOST_LETTERS))
    text = alt.Chart(rows).mark_text(
        align="left" if tree else "right", baseline="middle", limit=_ROOM_FOR_NAMES, fontSize=11
    )
    longest = rows.select(pl.col(written).str.len_chars().max()).item()
    x: alt.X | alt.XValue = alt.XValue(-_GAP)
    if tree:
        deepest = rows.select(pl.col("depth").max()).item()
        left = -_GAP - min(_ROOM_FOR_NAMES, int(_LETTER * longest) + _INDENT * deepest)
        text = text.transform_calculate(left=f"{left} + {_INDENT} * datum.depth")
        x = alt.X("left:Q", scale=None, axis=None)
    names = text.encode(x=x, y=ROW, text=alt.Text(f"{written}:N")).properties(width=_WIDTH, height={"step": _ROW})
    if note is None:
        return [names]
    notes = alt.Chart(rows.filter(pl.col(note).is_not_null())).mark_text(
        align="left", baseline="middle", dx=_GAP, fontSize=11, fontStyle="italic", opacity=0.75
    )
    above = alt.Chart(pl.DataFrame({"noted": [noted]})).mark_text(align="left", dx=_GAP, fontSize=11, opacity=0.75)
    after = alt.XValue("width")  # the width of the plot; an expression would use that of the whole chart
    heads = [above.encode(x=after, y=alt.YValue(OVER_NOTES), text=alt.Text("noted:N"))] if noted else []
    return [names, notes.encode(x=after, y=ROW, text=alt.Text(f"{note}:N")), *heads]


def shorten(name: pl.Expr, most: int = LONGEST_NAME) -> pl.Expr:
    """Cut the middle of names that are longer than `most`: versions and pages often differ at their ends only.

    Examples
    --------
    >>> pl.select(shorten(pl.lit("1.0.0-alpha.alpha.alpha.2"), 16)).item()
    '1.0.0-alph…pha.2'
    """
    end = most // 3
    short = pl.concat_str(name.str.head(most - 1 - end), pl.lit("…"), name.str.tail(end))
    return pl.when(name.str.len_chars() > most).then(short).otherwise(name)
