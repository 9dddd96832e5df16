"""Finds the items of a mark in a comparison."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from seggwat_nb.analysis.churn import is_churn
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.analysis.windows import key_column
from seggwat_nb.charts.base import display_name
from seggwat_nb.charts.interval_rows import shorten
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seggwat_nb.panels.crossfilter import Chosen
    from seggwat_nb.panels.pairs import Pair
    from seggwat_nb.panels.pictures import ChartPayload

__all__ = ["of_mark"]


def of_mark(
    pair: Pair, drawn: Mapping[str, ChartPayload], mark: Mapping[str, Any]
) -> list[tuple[str, pl.Series] | None]:
    """Return a title and the rows of a mark for each side. None for a side that it does not belong to.

    Raises
    ------
    ArgumentError
        The mark stands for several values, or does not exist.
    """
    chart, value, when = str(mark.get("chart")), mark.get("name"), mark.get("when")
    stood_for = _has_value(pair, value) if chart in drawn and isinstance(value, str) else None
    if stood_for is None or not stood_for.any():
        raise ArgumentError("Click a single value to read its items.")
    when = when if isinstance(when, str) else None
    span = _span(drawn[chart], when, pair.time_zone) if when else None
    title = " · ".join(filter(None, [value, when]))
    return [
        (title, _rows(pair, chosen, stood_for, span)) if chart in {"differences", f"{chart[:-1]}{side}"} else None
        for side, chosen in zip("ab", pair.chosen, strict=True)
    ]


def _has_value(pair: Pair, name: str) -> pl.Series:
    """Return which rows have the value with a given name in the chart."""
    columns = merge_spellings(pair.feedback.columns.select(key_column(pair.feedback.columns, pair.by).alias(pair.by)))
    shown = columns.select(display_name(pair.by)).to_series()
    return (shown == name) | (shown.to_frame("name").select(shorten(pl.col("name"))).to_series() == name)


def _span(drawn: ChartPayload, when: str, zone: str) -> tuple[datetime, datetime] | None:
    """Return the period with a given name in the chart."""
    for rows in drawn.rows.values():
        for row in rows.to_dicts() if isinstance(rows, pl.DataFrame) else rows:
            if row.get("when") == when:
                edges = (datetime.fromisoformat(row[edge]) for edge in ("start", "end"))
                first, after = (edge.replace(tzinfo=ZoneInfo(zone)) for edge in edges)
                return first, after
    return None


def _rows(pair: Pair, chosen: Chosen, stood_for: pl.Series, span: tuple[datetime, datetime] | None) -> pl.Series:
    """Return the rows of a period, or of a share without what differences leave out."""
    frame = pair.feedback.frame
    if span is not None:
        moment = pl.col("created_at")
        if frame["created_at"].dtype == pl.Datetime and getattr(frame.schema["created_at"], "time_zone", None) is None:
            moment = moment.dt.replace_time_zone("UTC")
        within = frame.select((moment >= span[0]) & (moment < span[1])).to_series().fill_null(value=False)
        return stood_for & within
    if "source" not in frame.columns:
        return stood_for
    kept = ~frame.select(is_churn()).to_series()
    return stood_for & kept if (chosen.mask & kept).any() else stood_for
