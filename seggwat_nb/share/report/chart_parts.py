"""Shared parts of a report's charts: their frame, and the parameters that the page's filters control."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.analysis.churn import is_churn
from seggwat_nb.analysis.windows import rows_within
from seggwat_nb.charts.base import assemble
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.share.report.data import display_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.analysis.windows import Rows, Windows
    from seggwat_nb.share.report.data import ReportData
    from seggwat_nb.share.report.key_findings import Found

__all__ = [
    "KEYS",
    "add_filters",
    "assemble_part",
    "chart_of_counts",
    "count_by",
    "display_keys",
    "matches",
    "options_of",
    "param",
    "rows_of_choices",
    "values_in_order",
    "with_findings",
    "without_filters",
]

KEYS: Final = ("type", "status")
"""Columns of the page's filters."""

_ALL: Final = "All"
_MOST_OPTIONS: Final = 9


def options_of(data: ReportData, key: str) -> list[str]:
    """Return the values that a filter offers: those of the vocabulary that occur, then the most frequent others."""
    most = count_by(data.items, key).sort("count", key, descending=[True, False]).head(_MOST_OPTIONS)
    return values_in_order(most, key)


def count_by(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Count rows by columns, those of `KEYS` as displayed: once for each value, since each row would take long."""
    shown = {key: name for key, name in display_keys().items() if key in keys}
    counts = rows.group_by(keys).agg(count=pl.len())
    return counts.with_columns(**shown).group_by(keys).agg(pl.col("count").sum())


def with_findings(rows: pl.DataFrame, found: Found | None) -> pl.DataFrame:
    """Repeat the rows of each finding under its label (``finding``). Null stands for all rows."""
    if found is None:
        return rows
    rows = rows.with_columns(finding=pl.lit(None, pl.String))
    parts = [
        rows.filter(pl.col("id").cast(pl.String).is_in(ids)).with_columns(finding=pl.lit(label))
        for label, ids in found.groups.items()
    ]
    return pl.concat([rows, *parts])


def rows_of_choices(
    data: ReportData, everything: Rows, windows: Windows, choices: Sequence[tuple[str | None, str | None]]
) -> dict[int, Rows]:
    """Find the rows of each choice that has any; cancellation comments are compared where there is nothing else."""
    is_other = data.items.group_by(KEYS).agg(other=(~is_churn()).any()).with_columns(**display_keys())
    keys = list(everything.codes)

    @cache
    def rows_of_all(*, cancelled: bool) -> tuple[Rows, dict[str, pl.Series]]:
        rows = everything
        if cancelled:
            rows = rows_within(
                data.feedback, windows, where=data.where, keys=keys, time_zone=data.time_zone, include_churn=True
            )
        return rows, {key: rows.values[key].to_frame(key).select(display_text(key)).to_series() for key in KEYS}

    @cache
    def of_type(kind: str | None, *, cancelled: bool) -> Rows:
        return reads(rows_of_all(cancelled=cancelled)[0], "type", kind, cancelled=cancelled)

    def reads(rows: Rows, key: str, value: str | None, *, cancelled: bool) -> Rows:
        if value is None:
            return rows
        is_it = rows_of_all(cancelled=cancelled)[1][key] == value
        return rows.only(is_it.to_numpy()[rows.codes[key].value])

    found = {}
    for place, (kind, status) in enumerate(choices):
        same = [pl.col(key) == value for key, value in zip(KEYS, (kind, status), strict=True) if value is not None]
        rows = reads(of_type(kind, cancelled=False), "status", status, cancelled=False)
        if not rows.day.size and not is_other.filter(*same)["other"].any():
            rows = reads(of_type(kind, cancelled=True), "status", status, cancelled=True)
        if rows.day.size:
            found[place] = rows.renumber()
    return found


def chart_of_counts(cube: pl.DataFrame) -> alt.Chart:
    """Start a chart of counts, of all rows or of the selected finding."""
    if "finding" not in cube.columns:
        return alt.Chart(cube)
    drawn: alt.Chart = alt.Chart(cube).transform_filter(f"datum.finding === {param('finding')}")
    return drawn


def add_filters(chart: alt.LayerChart, data: ReportData, found: Found | None = None) -> alt.LayerChart:
    """Add the parameters that the page's filters control. In a notebook, each chart has inputs of its own."""
    params = []
    for key in KEYS:
        options = options_of(data, key)
        bind = alt.binding_select(options=[None, *options], labels=[_ALL, *options], name=f"{key.capitalize()} ")
        params.append(alt.param(name=param(key), value=None, bind=bind))
    if found is not None:
        labels = list(found.groups)
        bind = alt.binding_select(options=[None, *labels], labels=[_ALL, *labels], name="Finding ")
        name = param("finding")
        params.append(alt.param(name=name, value=None, bind=bind) if labels else alt.param(name=name, value=None))
    driven: alt.LayerChart = chart.add_params(*params)
    return driven


def without_filters(chart: alt.LayerChart, data: ReportData) -> alt.LayerChart:
    """Add the provenance to a chart that no filter applies to, and make it as wide as the page."""
    described = f"{chart.description} {_origin(data)}".strip()
    drawn: alt.LayerChart = chart.properties(width="container", description=described)
    return drawn


def assemble_part(
    layers: Sequence[alt.Chart], what: str, said: Sequence[str], data: ReportData, *, height: int | None = None
) -> alt.LayerChart:
    """Combine layers under their heading, as wide as the page, and with rows of this height."""
    chart = assemble(layers, what, said, None, told=[_origin(data)] if data.about.demo else [])
    chart["width"] = "container"  # properties() would copy every part
    if height is not None:
        chart["height"] = alt.Step(height)
    return chart


def _origin(data: ReportData) -> str:
    return "Synthetic demo data." if data.about.demo else ""


def param(key: str) -> str:
    """Return the name of a filter's parameter."""
    return f"chosen_{key}"


def matches(key: str) -> str:
    """Return the Vega expression for the rows that a filter selects."""
    return f"{param(key)} === null || datum.{key} === {param(key)}"


def display_keys() -> dict[str, pl.Expr]:
    """Return the keys as displayed: nulls and empty texts have names."""
    return {key: display_text(key) for key in KEYS}


def values_in_order(frame: pl.DataFrame, key: str) -> list[str]:
    """Return values in reading order: the vocabulary's, then the others alphabetically."""
    found = set(frame[key])
    return [*(known for known in VOCABULARIES[key] if known in found), *sorted(found - set(VOCABULARIES[key]))]
