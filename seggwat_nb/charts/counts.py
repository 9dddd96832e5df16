"""Charts of counts over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, cast

import altair as alt
import polars as pl

from seggwat_nb.charts.display import prepare
from seggwat_nb.charts.theme import colours
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from seggwat_nb.schema import Provenance

__all__ = ["volume"]

_CALENDAR: Final = ("period", "days_covered", "days_total", "complete")
_MEASURES: Final = ("count", "share")
_NONE: Final = "none given"
_LENGTHS: Final = ((1, "day"), (7, "week"), (31, "month"), (92, "quarter"), (366, "year"))
_FADED: Final = 0.45


def volume(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.trends.volume`: a bar a period, stacked by the key.

    Parameters
    ----------
    frame
        What `seggwat_nb.trends.volume` gave. A period that is not complete is faded and named ("3 of 7 days").
    about
        Where the rows come from; adds a line that says so.
    title
        In place of the chart's own.

    Returns
    -------
    alt.LayerChart
        A chart of altair's, to be changed like any other.

    Raises
    ------
    ArgumentError
        The frame is not one of `seggwat_nb.trends.volume`.
    """
    missing = [column for column in (*_CALENDAR, "count") if column not in frame.columns]
    if missing:
        raise ArgumentError(f"The frame lacks {', '.join(missing)}; pass what sw.trends.volume gave.")
    keys = [column for column in frame.columns if column not in {*_CALENDAR, *_MEASURES}]
    key = keys[0] if keys else None
    prepare()
    bars, label = _bars(frame, key), _label(key)
    length = _length(frame)
    heading = title or (f"Feedback per {length} by {label}" if key else f"Feedback per {length}")
    said = _said(frame, length)
    if frame.is_empty() or not frame["count"].sum():
        return _empty(heading, about)
    values = list(dict.fromkeys(bars["key"]))
    base = alt.Chart(bars)
    time = {
        "x": alt.X("from:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=8, labelOverlap=True)),
        "x2": "to:T",
    }
    tooltip = [
        alt.Tooltip("when:N", title=length.capitalize()),
        *([alt.Tooltip("key:N", title=label.capitalize())] if key else []),
        alt.Tooltip("count:Q", title="Items", format=","),
        *([alt.Tooltip("share:Q", title="Share", format=".0%")] if key and "share" in frame.columns else []),
        alt.Tooltip("known:N", title="Known"),
    ]
    colour = alt.Color(
        "key:N",
        title=label.capitalize(),
        scale=alt.Scale(domain=values, range=colours(key or "", values)),
        sort=values,
        legend=alt.Legend(symbolType="square") if key else None,
    )
    drawn = base.mark_rect(stroke="white", strokeWidth=0.5).encode(
        **time,
        y=alt.Y("low:Q", title="Items", scale=alt.Scale(zero=True, nice=True), axis=alt.Axis(tickMinStep=1)),
        y2="high:Q",
        color=colour,
        opacity=alt.condition("datum.complete", alt.value(1), alt.value(_FADED)),
        tooltip=tooltip,
    )
    edges: tuple[Literal["left", "right"], ...] = ("left", "right")
    return _finished(
        [drawn, *(_named(bars, edge) for edge in edges)],
        title=alt.TitleParams(heading, subtitle=[said, *_provenance(about)]),
        description=_described(heading, said, frame, key, about),
    )


def _bars(frame: pl.DataFrame, key: str | None) -> pl.DataFrame:
    """Stack the counts; write moments as local wall time, drawn on a UTC scale, so that no browser moves them."""
    name = pl.col(key).cast(pl.String).fill_null(_NONE) if key else pl.lit("all")
    local = pl.col("period").dt.replace_time_zone(None)
    to = local + pl.duration(days=pl.col("days_total"))
    high = pl.col("count").cum_sum().over("period")
    share = pl.col("share") if "share" in frame.columns else pl.lit(None, pl.Float64)
    known = pl.format("{} of {} days", pl.col("days_covered").cast(pl.Int64), pl.col("days_total"))
    return frame.select(
        key=name,
        count="count",
        share=share,
        complete="complete",
        low=high - pl.col("count"),
        high=high,
        when=local.dt.strftime("%a %-d %b %Y"),
        known=pl.when("complete").then(pl.lit("whole period")).otherwise(known),
        **{"from": local.dt.strftime(_ISO), "to": to.dt.strftime(_ISO)},
    )


_ISO: Final = "%Y-%m-%dT%H:%M:%SZ"


def _named(bars: pl.DataFrame, edge: Literal["left", "right"]) -> alt.Chart:
    """Name the periods that are not whole, above the plot: the first from its left end on, the last up to its right."""
    last = pl.col("from") == bars["from"].max()
    here = bars.filter(~pl.col("complete"), last if edge == "right" else ~last)
    place = alt.X("to:T" if edge == "right" else "from:T", scale=alt.Scale(type="utc"))
    labels = here.unique("from", keep="first", maintain_order=True)
    mark = alt.Chart(labels).mark_text(align=edge, baseline="bottom", dy=-4, fontSize=11, fontStyle="italic")
    return cast("alt.Chart", mark.encode(x=place, y=alt.value(0), text="known:N"))


def _length(frame: pl.DataFrame) -> str:
    days = frame["days_total"].max() if frame.height else None
    return next((name for most, name in _LENGTHS if isinstance(days, int) and days <= most), "period")


def _label(key: str | None) -> str:
    return {"submitted_by": "submitter", "project_id": "project"}.get(key or "", key or "")


def _said(frame: pl.DataFrame, length: str) -> str:
    """Say in one sentence what the chart shows."""
    total = int(frame["count"].sum())
    periods = frame["period"].n_unique()
    sentence = f"{total:,} items in {periods:,} {length}{'s' if periods != 1 else ''}"
    unfinished = frame.filter(~pl.col("complete"))["period"].n_unique()
    if periods == 1:
        return f"{sentence}: a single {length} shows no trend."
    if unfinished:
        return f"{sentence}; {unfinished} not whole (faded): do not compare {'it' if unfinished == 1 else 'them'}."
    return f"{sentence}, each whole."


def _provenance(about: Provenance | None) -> list[str]:
    if about is None:
        return []
    demo = "Demo data, synthetic. " if about.demo else ""
    return [f"{demo}{about.selection.capitalize()}, n = {about.rows:,}, as of {about.as_of:%Y-%m-%d %H:%M} UTC."]


def _described(heading: str, said: str, frame: pl.DataFrame, key: str | None, about: Provenance | None) -> str:
    """Tell a reader who does not see the chart what stands in it."""
    parts = [f"{heading}.", said]
    if key:
        totals = frame.group_by(pl.col(key).cast(pl.String).fill_null(_NONE), maintain_order=True).agg(
            pl.col("count").sum()
        )
        listed = ", ".join(f"{value} {count:,}" for value, count in totals.iter_rows())
        parts.append(f"Totals: {listed}.")
    return " ".join([*parts, *_provenance(about)])


def _empty(heading: str, about: Provenance | None) -> alt.LayerChart:
    """Say that there is nothing, where the chart would be."""
    said = "No items in this selection. Widen the dates or the filter."
    note: Any = alt.Chart(pl.DataFrame({"text": [said]})).mark_text(fontSize=13).encode(text="text:N")
    return _finished(
        [note],
        title=alt.TitleParams(heading, subtitle=["Nothing to show.", *_provenance(about)]),
        description=f"{heading}. {said}",
    )


def _finished(layers: list[alt.Chart], *, title: alt.TitleParams, description: str) -> alt.LayerChart:
    return cast("alt.LayerChart", alt.layer(*layers).properties(title=title, description=description))
