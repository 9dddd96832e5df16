"""What the charts of a report share: their frame, and the filters of the page that drive them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import assemble
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.share.report.data import display_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.share.report.data import ReportData
    from seggwat_nb.share.report.key_findings import Found

__all__ = [
    "KEYS",
    "add_filters",
    "assemble_part",
    "chart_of_counts",
    "displayed",
    "matches",
    "offered",
    "param",
    "values_in_order",
    "with_findings",
    "without_filters",
]

KEYS: Final = ("type", "status")
"""Columns that the page filters by."""

_ALL: Final = "All"
_MOST_OPTIONS: Final = 9


def offered(material: ReportData, key: str) -> list[str]:
    """Values that a filter offers: those of the vocabulary that occur, then others, the most frequent of all."""
    shown = material.items.select(displayed()[key])
    most = shown[key].value_counts(sort=True).head(_MOST_OPTIONS)
    return values_in_order(most, key)


def with_findings(rows: pl.DataFrame, found: Found | None) -> pl.DataFrame:
    """Repeat the rows of each finding under its label (``finding``); null stands for all rows."""
    if found is None:
        return rows
    rows = rows.with_columns(finding=pl.lit(None, pl.String))
    parts = [
        rows.filter(pl.col("id").cast(pl.String).is_in(ids)).with_columns(finding=pl.lit(label))
        for label, ids in found.groups.items()
    ]
    return pl.concat([rows, *parts])


def chart_of_counts(cube: pl.DataFrame) -> alt.Chart:
    """Start a chart of counts, of all rows or of the finding that is chosen."""
    if "finding" not in cube.columns:
        return alt.Chart(cube)
    drawn: alt.Chart = alt.Chart(cube).transform_filter(f"datum.finding === {param('finding')}")
    return drawn


def add_filters(chart: alt.LayerChart, material: ReportData, found: Found | None = None) -> alt.LayerChart:
    """Give a chart the parameters that the page's filters drive; each chart has its own inputs in a notebook."""
    params = []
    for key in KEYS:
        options = offered(material, key)
        bind = alt.binding_select(options=[None, *options], labels=[_ALL, *options], name=f"{key.capitalize()} ")
        params.append(alt.param(name=param(key), value=None, bind=bind))
    if found is not None:
        labels = list(found.groups)
        bind = alt.binding_select(options=[None, *labels], labels=[_ALL, *labels], name="Finding ")
        name = param("finding")
        params.append(alt.param(name=name, value=None, bind=bind) if labels else alt.param(name=name, value=None))
    driven: alt.LayerChart = chart.add_params(*params)
    return driven


def without_filters(chart: alt.LayerChart, material: ReportData) -> alt.LayerChart:
    """Write where the rows come from into a chart that follows no filter, and make it as wide as the page."""
    described = f"{chart.description} {_origin(material)}".strip()
    drawn: alt.LayerChart = chart.properties(width="container", description=described)
    return drawn


def assemble_part(layers: Sequence[alt.Chart], what: str, said: Sequence[str], material: ReportData) -> alt.LayerChart:
    """Put layers together under their heading, as wide as the page."""
    chart = assemble(layers, what, said, None, told=[_origin(material)] if material.about.demo else [])
    sized: alt.LayerChart = chart.properties(width="container")
    return sized


def _origin(material: ReportData) -> str:
    return "Synthetic demo data." if material.about.demo else ""


def param(key: str) -> str:
    """Name the parameter of a filter."""
    return f"chosen_{key}"


def matches(key: str) -> str:
    """Say which rows a filter selects, as a Vega expression."""
    return f"{param(key)} === null || datum.{key} === {param(key)}"


def displayed() -> dict[str, pl.Expr]:
    """Keys as they are read: nulls and empty texts by name."""
    return {key: display_text(key) for key in KEYS}


def values_in_order(frame: pl.DataFrame, key: str) -> list[str]:
    """Values in reading order: the vocabulary's, then the others by the alphabet."""
    found = set(frame[key])
    return [*(known for known in VOCABULARIES[key] if known in found), *sorted(found - set(VOCABULARIES[key]))]
