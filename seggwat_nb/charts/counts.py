"""Charts of counts over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import altair as alt
import polars as pl

from seggwat_nb.charts.parts import EMPTY, FADED, ISO, LONGEST_NAME, NONE, check_columns, finished, named, nothing
from seggwat_nb.charts.theme import DISTINCT, colours
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import VOCABULARIES

if TYPE_CHECKING:
    from seggwat_nb.schema import Provenance

__all__ = ["bars_of", "in_words", "unfinished", "volume"]

_CALENDAR: Final = ("period", "days_covered", "days_total", "complete")
_MEASURES: Final = ("count", "share")
_REST: Final = r"^Other \(\d+ values?\)$"
"""How `seggwat_nb.trends` names what lies beyond ``top``."""

_LENGTHS: Final = ((1, "day", "%-d %b %Y"), (7, "week", "%-d %b %Y"), (31, "month", "%b %Y"), (92, "quarter", "%b %Y"))
_YEAR: Final = ("year", "%Y")

_WIDTH: Final = 560
_WIDEST_BAR: Final = 80
_ROOM_FOR_GAPS: Final = 160
"""Most periods between which a gap of one pixel leaves the bars to be seen."""
_FEW: Final = 12
"""Most periods that are each named on the axis."""
_MOST_NAMES: Final = 12
_TOLD: Final = "datum.when + (datum.key ? ', ' + datum.key : '') + ': ' + datum.count + ' items, ' + datum.known"
"""What a screen reader says of a bar."""
_WHOLE_NUMBERS: Final = alt.Axis(tickCount=6, tickMinStep=1, format=",d")
"""Ticks at whole items: nobody wrote half of one."""


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
        A chart of altair's, to be changed like any other. Its ``description`` tells what it shows in words.

    Raises
    ------
    ArgumentError
        The frame is not one of `seggwat_nb.trends.volume`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame({"created_at": [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3, 11)]})
    >>> weekly = sw.trends.volume(rows, as_of=datetime(2026, 3, 12, tzinfo=UTC))
    >>> print(volume(weekly).to_dict()["description"])
    Items per week. 3 items in 2 weeks; the faded week is not whole: do not compare it with the others.
    """
    key = _key(frame)
    length, date_format = _length(frame)
    what = about.resource.capitalize() if about else "Items"
    heading = title or " ".join([what, *([f"per {length}"] if length else []), *([f"by {_label(key)}"] if key else [])])
    said = in_words(frame)
    if not frame["count"].sum():
        return finished([nothing("items")], heading, said, about)
    bars = _bars(frame, key)
    layers = [_stacked(bars, key, length=length, date_format=date_format), *_named(bars)]
    width = min(_WIDTH, _WIDEST_BAR * frame["period"].n_unique())
    return finished(layers, heading, said, about, told=_told(bars, key)).properties(width=width)


def in_words(frame: pl.DataFrame) -> list[str]:
    """Say what the chart of a frame shows, in sentences."""
    return [_summary(frame, _length(frame)[0]), *_too_many(frame, _key(frame))]


def bars_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Stack the counts, as the chart of a frame draws them: a row a bar, periods as local wall time."""
    return _bars(frame, _key(frame)).filter(pl.col("count") > 0)


def unfinished(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Periods that the chart of a frame names as not whole: those named from their left, then the last."""
    return [here for _, _, here in _ends(_bars(frame, _key(frame)))]


def _key(frame: pl.DataFrame) -> str | None:
    """Find the column that was counted by, if there is one."""
    check_columns(frame, (*_CALENDAR, "count"), source="sw.trends.volume")
    keys = [column for column in frame.columns if column not in {*_CALENDAR, *_MEASURES}]
    if len(keys) > 1:
        raise ArgumentError(f"The frame counts by {', '.join(keys)}; pass what sw.trends.volume gave, by one key.")
    return keys[0] if keys else None


def _label(key: str) -> str:
    return {"submitted_by": "submitter", "project_id": "project"}.get(key, key.replace("_", " "))


def _length(frame: pl.DataFrame) -> tuple[str, str]:
    """Name the length of a period, and the form in which its first day is written."""
    if frame.is_empty():
        return "", ""
    days = frame.select(pl.col("days_total").max()).item()
    return next(((name, form) for most, name, form in _LENGTHS if days <= most), _YEAR)


def _bars(frame: pl.DataFrame, key: str | None) -> pl.DataFrame:
    """Stack the counts; write moments as local wall time, drawn on a UTC scale, so that no browser moves them."""
    local = pl.col("period").dt.replace_time_zone(None)
    high = pl.col("count").cum_sum().over("period")
    covered, total = pl.col("days_covered").cast(pl.Int64), pl.col("days_total").cast(pl.Int64)
    days = pl.when(covered == 0).then(pl.lit("under 1")).otherwise(covered.cast(pl.String))
    return frame.select(
        "count",
        "complete",
        *({"share"} & set(frame.columns)),
        key=named(key) if key else pl.lit(""),
        low=high - pl.col("count"),
        high=high,
        start=local.dt.strftime(ISO),
        end=(local + pl.duration(days=total)).dt.strftime(ISO),
        when=local.dt.strftime("%a %-d %b %Y"),
        known=pl.when("complete").then(pl.lit("whole")).otherwise(pl.format("{} of {} days", days, total)),
    )


def _stacked(bars: pl.DataFrame, key: str | None, *, length: str, date_format: str) -> alt.Chart:
    starts = bars["start"].unique(maintain_order=True).to_list()
    gap = 0.5 if len(starts) <= _ROOM_FOR_GAPS else 0
    few = alt.Axis(values=starts, format=date_format, labelAlign="left", labelFlush=False, labelOverlap=True)
    tooltip = [
        alt.Tooltip("when:N", title=length.capitalize()),
        *([alt.Tooltip("key:N", title=_label(key).capitalize())] if key else []),
        alt.Tooltip("count:Q", title="Items", format=","),
        *([alt.Tooltip("share:Q", title="Share", format=".0%")] if key and "share" in bars.columns else []),
        alt.Tooltip("known:N", title="Known"),
    ]
    drawn: alt.Chart = (
        alt.Chart(bars.filter(pl.col("count") > 0))
        .transform_calculate(told=_TOLD)
        .mark_rect(xOffset=gap, x2Offset=-gap)
        .encode(
            x=alt.X(
                "start:T",
                title=None,
                # All of the calendar: empty periods at its ends keep their place.
                scale=alt.Scale(type="utc", domain=[starts[0], bars["end"][-1]]),
                axis=few if len(starts) <= _FEW else alt.Axis(tickCount=8),
            ),
            x2="end:T",
            y=alt.Y("low:Q", title="Items", scale=alt.Scale(zero=True, nice=True), axis=_WHOLE_NUMBERS),
            y2="high:Q",
            color=_colour(bars, key),
            opacity=alt.condition("datum.complete", alt.value(1), alt.value(FADED)),
            tooltip=tooltip,
            description="told:N",
        )
    )
    return drawn


def _colour(bars: pl.DataFrame, key: str | None) -> alt.Color:
    counted = _totals(bars)["key"]
    grey = [NONE, EMPTY, *counted.filter(counted.str.contains(_REST))]
    values = counted.to_list()
    return alt.Color(
        "key:N",
        title=_label(key).capitalize() if key else None,
        sort=values,
        scale=alt.Scale(domain=values, range=colours(key, values, grey=grey)),
        legend=alt.Legend(symbolType="square", symbolLimit=_MOST_NAMES) if key else None,
    )


def _named(bars: pl.DataFrame) -> list[alt.Chart]:
    """Name the periods that are not whole, above the plot."""
    return [
        alt.Chart(here)
        .mark_text(align=align, baseline="bottom", dy=-4, fontSize=11, fontStyle="italic", opacity=0.75)
        .encode(x=place, y=alt.value(0), text="known:N")
        for align, place, here in _ends(bars)
    ]


def _ends(bars: pl.DataFrame) -> list[tuple[Literal["left", "right"], str, pl.DataFrame]]:
    """Periods that are not whole: the last is named up to its right end, others from their left."""
    unfinished = bars.filter(~pl.col("complete")).unique("start", keep="first", maintain_order=True)
    last = pl.col("end") == bars["end"].max()
    left, right = unfinished.filter(~last), unfinished.filter(last)
    ends: list[tuple[Literal["left", "right"], str, pl.DataFrame]] = [
        ("left", "start:T", left),
        ("right", "end:T", right),
    ]
    return [end for end in ends if end[2].height]


def _summary(frame: pl.DataFrame, length: str) -> str:
    """Say in one sentence what the chart shows."""
    total = int(frame["count"].sum())
    if not total:
        return "No items in this selection: widen the dates or the filter."
    periods = frame["period"].n_unique()
    counted = f"{total:,} item{'s' * (total > 1)} in {periods:,} {length}{'s' * (periods > 1)}"
    unfinished = frame.filter(~pl.col("complete"))["period"].n_unique()
    if periods == 1:
        return f"{counted}{', not whole' * unfinished}: one {length} shows no trend."
    if unfinished == 1:
        return f"{counted}; the faded {length} is not whole: do not compare it with the others."
    if unfinished:
        return f"{counted}; the {unfinished} faded {length}s are not whole: do not compare them with the others."
    return f"{counted}, each of them whole."


def _too_many(frame: pl.DataFrame, key: str | None) -> list[str]:
    """Say so where there are more values than colours."""
    if key is None or key in VOCABULARIES:
        return []
    values = frame[key].drop_nulls()
    grey = values.filter(~values.str.contains(_REST)).n_unique() - DISTINCT
    if grey <= 0:
        return []
    return [f"Grey: {grey} more values of {_label(key)} than there are colours. top={DISTINCT} adds them up."]


def _totals(bars: pl.DataFrame) -> pl.DataFrame:
    """Values that occur, in the frame's order, each with its total."""
    return bars.group_by("key", maintain_order=True).agg(pl.col("count").sum()).filter(pl.col("count") > 0)


def _told(bars: pl.DataFrame, key: str | None) -> list[str]:
    """Tell the totals to a reader who does not see the chart."""
    if key is None:
        return []
    totals = _totals(bars)
    told = [f"{value[:LONGEST_NAME]} {count:,}" for value, count in totals.head(_MOST_NAMES).iter_rows()]
    more = [f"and {totals.height - _MOST_NAMES} more"] if totals.height > _MOST_NAMES else []
    return [f"Totals by {_label(key)}: {', '.join([*told, *more])}."]
