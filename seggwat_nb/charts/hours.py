"""The chart of when in the week people write."""

from __future__ import annotations

from calendar import day_abbr, day_name
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import WIDEN, assemble, check_columns, nothing
from seggwat_nb.charts.theme import PLAIN

if TYPE_CHECKING:
    from seggwat_nb.provenance import Provenance

__all__ = ["by_hour"]

_COLUMNS: Final = ("weekday", "hour", "count", "days", "per_day")
_CELL: Final = 22


def by_hour(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.trends.by_hour`: items per covered day, for each weekday and hour.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.trends.by_hour` returned.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The darker a cell, the more items per day in that hour. Hours that the data does not cover have
        no cell. Hours are in the time zone of the frame.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.trends.by_hour`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame({"created_at": [datetime(2026, 3, day, 9, 30, tzinfo=UTC) for day in (2, 2, 9)]})
    >>> print(by_hour(sw.trends.by_hour(rows)).to_dict()["description"])
    When people write. 3 items, most on Monday from 9:00 (1.5 a day).
    """
    check_columns(frame, _COLUMNS, source="sw.trends.by_hour")
    heading = title or "When people write"
    total = int(frame["count"].sum())
    if not total:
        empty = f"No items match. {WIDEN}"
        return assemble([nothing("items")], heading, [empty], about)
    busiest = frame.sort("per_day", descending=True, nulls_last=True).row(0, named=True)
    said = (
        f"{total:,} item{'s' * (total > 1)}, most on {day_name[busiest['weekday'] - 1]} from {busiest['hour']}:00 "
        f"({busiest['per_day']:.1f} a day)."
    )
    return assemble([_cells(frame)], heading, [said], about)


def _cells(frame: pl.DataFrame) -> alt.Chart:
    days = dict(enumerate(day_abbr, start=1))
    cells = frame.filter(pl.col("per_day").is_not_null()).with_columns(
        day=pl.col("weekday").replace_strict(days, return_dtype=pl.String)
    )
    order = [days[number] for number in frame["weekday"].unique(maintain_order=True)]
    drawn: alt.Chart = (
        alt.Chart(cells)
        .mark_rect(color=PLAIN, cornerRadius=2, stroke=None)
        .encode(
            x=alt.X("hour:O", title="Hour", axis=alt.Axis(labelAngle=0, domain=False, ticks=False)),
            y=alt.Y("day:O", title=None, sort=order, axis=alt.Axis(domain=False, ticks=False, labelPadding=6)),
            # Opacity rather than a color scale, so that the chart is readable on light and dark pages.
            opacity=alt.Opacity(
                "per_day:Q", title="Items a day", scale=alt.Scale(domainMin=0, range=[0.05, 1]), legend=alt.Legend()
            ),
            tooltip=[
                alt.Tooltip("day:N", title="Day"),
                alt.Tooltip("hour:Q", title="From hour"),
                alt.Tooltip("count:Q", title="Items", format=","),
                alt.Tooltip("days:Q", title="Days seen", format=","),
                alt.Tooltip("per_day:Q", title="Items a day", format=".2f"),
            ],
        )
        .properties(width={"step": _CELL}, height={"step": _CELL})
    )
    return drawn
