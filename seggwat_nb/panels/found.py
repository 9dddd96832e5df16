"""Shows the items behind a mark of a comparison, with the message first."""

from __future__ import annotations

import html
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from seggwat_nb.analysis.churn import is_churn
from seggwat_nb.analysis.versions import merged
from seggwat_nb.analysis.windows import key_column
from seggwat_nb.charts.base import LONGEST_NAME, display_name
from seggwat_nb.panels.reading import lines
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.crossfilter import Chosen
    from seggwat_nb.panels.pairs import Pair
    from seggwat_nb.panels.pictures import ChartPayload

__all__ = ["list_items"]

_MOST_ITEMS: Final = 50
_BESIDE: Final = ("type", "status", "version", "path", "day")


def list_items(
    pair: Pair,
    wheres: tuple[FeedbackFilter, FeedbackFilter],
    drawn: Mapping[str, ChartPayload],
    mark: Mapping[str, Any],
) -> str:
    """Write the items of a mark as HTML. For a difference, the items of both sides are shown side by side."""
    chart, value, when = str(mark.get("chart")), mark.get("picked"), mark.get("when")
    if chart not in drawn or not isinstance(value, str):
        return ""
    when = when if isinstance(when, str) else None
    span = _span(drawn[chart], when, pair.time_zone) if when else None
    places = (0, 1) if chart == "differences" else ("ab".index(chart[-1]),)
    stood_for = _has_value(pair, value)
    if not stood_for.any():  # it gathers several
        return '<p role="status">Click a single value to read its items.</p>'
    lists = [
        _list(pair, wheres[place], _items(pair, pair.chosen[place], stood_for, span), [pair.names[place], value, when])
        for place in places
    ]
    return f'<div class="seggwat-found">{"".join(lists)}</div>'


def _has_value(pair: Pair, name: str) -> pl.Series:
    """Return which rows have the value with a given name in the chart."""
    columns = merged(pair.feedback.columns.select(key_column(pair.feedback.columns, pair.by).alias(pair.by)))
    shown = columns.select(display_name(pair.by)).to_series()
    return (shown == name) | (shown.str.head(LONGEST_NAME) == name)


def _span(drawn: ChartPayload, when: str, zone: str) -> tuple[datetime, datetime] | None:
    """Return the period with a given name in the chart."""
    for rows in drawn.rows.values():
        for row in rows.to_dicts() if isinstance(rows, pl.DataFrame) else rows:
            if row.get("when") == when:
                edges = (datetime.fromisoformat(row[edge]) for edge in ("start", "end"))
                first, after = (edge.replace(tzinfo=ZoneInfo(zone)) for edge in edges)
                return first, after
    return None


def _items(
    pair: Pair, chosen: Chosen, stood_for: pl.Series, span: tuple[datetime, datetime] | None
) -> tuple[list[int], int]:
    """Return the newest rows, and the number of all. For a share, what differences leave out is not counted."""
    frame, mask = pair.feedback.frame, chosen.mask & stood_for
    if span is not None:
        moment = pl.col("created_at")
        if frame["created_at"].dtype == pl.Datetime and getattr(frame.schema["created_at"], "time_zone", None) is None:
            moment = moment.dt.replace_time_zone("UTC")
        mask &= frame.select((moment >= span[0]) & (moment < span[1])).to_series().fill_null(value=False)
    elif "source" in frame.columns:
        kept = ~frame.select(is_churn()).to_series()
        mask = mask & kept if (chosen.mask & kept).any() else mask
    at = (
        frame.select("created_at")
        .with_row_index("at")
        .filter(mask)
        .sort("created_at", descending=True, nulls_last=True)
    )
    return at["at"].head(_MOST_ITEMS).to_list(), at.height


def _list(pair: Pair, where: FeedbackFilter, items: tuple[list[int], int], told: list[str | None]) -> str:
    at, total = items
    newest = f" (the newest {_MOST_ITEMS})" if total > len(at) else ""
    heading = html.escape(f"{' · '.join(filter(None, told))}: {counted(total, 'item')}{newest}")
    rows = "".join(map(_row, lines(pair.feedback.frame, at, where, start=0)))
    return f'<section><h4 role="status">{heading}</h4><ol tabindex="0" aria-label="{heading}">{rows}</ol></section>'


def _row(line: Mapping[str, Any]) -> str:
    cut = [f"<mark>{html.escape(text)}</mark>" if at % 2 else html.escape(text) for at, text in enumerate(line["text"])]
    beside = html.escape(" · ".join(str(line[name]) for name in _BESIDE if line[name]))
    return f'<li><span dir="auto">{"".join(cut) or "(no text)"}</span> <small>{beside}</small></li>'
