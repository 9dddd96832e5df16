"""Charts of counts over time."""

from __future__ import annotations

from typing import Final

import altair as alt
import polars as pl

from seggwat_nb.charts import calendar
from seggwat_nb.charts.base import (
    ISO,
    WIDEN,
    assemble,
    check_columns,
    display_name,
    fade_unless,
    integer_axis,
    nothing,
)
from seggwat_nb.charts.keys import (
    REST,
    color_by_key,
    describe_totals,
    has_overlap,
    keys_in,
    label_of,
    overlap_note,
    too_many,
    without_note,
)
from seggwat_nb.charts.theme import DISTINCT
from seggwat_nb.errors import ArgumentError
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.text import rest_of

__all__ = ["has_marks", "in_words", "layer_rows", "volume"]

_FIGURES: Final = (*calendar.PERIOD, "count", "share")
_HEIGHT: Final = 260
_POINT: Final = 36
_DOT: Final = 9
_ROOM_FOR_POINTS: Final = 40
_SHORT: Final = 10
"""Maximum length of names for four of them to fit side by side below a narrow chart."""
_ROOM_FOR_GAPS: Final = 160
"""Maximum number of periods with a gap of one pixel between bars. With more, the bars would be too thin to see."""
_SPOKEN: Final = (
    "datum.when + (datum.key ? ', ' + datum.key : '') + ': ' + datum.count"
    " + (datum.count == 1 ? ' item, ' : ' items, ') + datum.known"
)
"""The description of a bar for screen readers, as a Vega expression."""


def volume(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.trends.volume`: a bar per period, stacked by key, or a line per theme.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.trends.volume` returned. An incomplete period is faded, hatched and labeled ("3 of 7
        days"). If a column without a vocabulary, such as version or path, has more values than there are colors, the
        most frequent are drawn and the others are grouped as "Other (n values)". Pass ``top`` to
        `seggwat_nb.trends.volume` for another number of them. Themes are not stacked, since an item with several would
        be counted twice. Each has a line, which leaves out incomplete periods. Items without a theme are mentioned in
        the subtitle, not drawn.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart that can be customized like any other. Its ``description`` says in words what it shows.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.trends.volume`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame({"created_at": [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3, 11)]})
    >>> weekly = sw.trends.volume(rows, as_of=datetime(2026, 3, 12, tzinfo=UTC))
    >>> print(volume(weekly).to_dict()["description"])
    Items per week. 3 items over 2 weeks. The hatched week is incomplete.
    """
    frame, key = _group_values(frame)
    length = calendar.length_of(frame)
    what = about.resource.capitalize() if isinstance(about, Provenance) else "Items"
    heading = title or " ".join(
        [what, *([f"per {length}"] if length else []), *([f"by {label_of(key)}"] if key else [])]
    )
    said = in_words(frame)
    if not has_marks(frame):
        return assemble([nothing("items")], heading, said, about)
    bars = _bars(frame, key)
    if _overlaps(frame, key):
        line, points = _lines(bars, key, length)
        layers = [line, *_mark_incomplete(bars), points]
    else:
        layers = [_stack(bars, key, length), *_mark_incomplete(bars)]
    told = describe_totals(bars, key)
    return assemble(layers, heading, said, about, told=told).properties(width=calendar.width_of(bars), height=_HEIGHT)


def in_words(frame: pl.DataFrame) -> list[str]:
    """Return sentences that describe what the chart of a frame shows."""
    frame, key = _group_values(frame)
    also = [overlap_note(key), *without_note(frame, key)] if key and _overlaps(frame, key) and has_marks(frame) else []
    return [_summary(frame, calendar.length_of(frame), _items(frame, key)), *also, *too_many(frame, key)]


def has_marks(frame: pl.DataFrame) -> bool:
    """Return whether the chart of a frame has anything to draw. Items without a theme are not drawn."""
    return bool(_drop_unkeyed(*_group_values(frame))["count"].sum())


def layer_rows(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Rows of each layer in the chart of a frame: bars, then the marks of incomplete periods."""
    frame, key = _group_values(frame)
    bars = _bars(frame, key)
    names = calendar.incomplete(bars).values()
    drawn = bars if _overlaps(frame, key) else bars.filter(pl.col("count") > 0)
    return [drawn, *([_hatching(bars), *names] if names else [])]


def _key(frame: pl.DataFrame) -> str | None:
    """Find the key column, if there is one."""
    check_columns(frame, (*calendar.PERIOD, "count"), source="sw.trends.volume")
    keys = keys_in(frame, _FIGURES)
    if len(keys) > 1:
        raise ArgumentError(
            f"The frame has several keys: {', '.join(keys)}. Pass what sw.trends.volume returned for one key."
        )
    return keys[0] if keys else None


def _group_values(frame: pl.DataFrame) -> tuple[pl.DataFrame, str | None]:
    """Find the key column, and group the values beyond the available colors."""
    key = _key(frame)
    if key is None or key in VOCABULARIES or _overlaps(frame, key):
        return frame, key
    value = pl.col(key)
    totals = frame.drop_nulls(key).group_by(key, maintain_order=True).agg(pl.col("count").sum())
    ranked = totals.sort("count", descending=True, maintain_order=True)[key]
    if ranked.len() <= DISTINCT + 1 or ranked.str.contains(REST).any():
        return frame, key
    kept, rest = ranked.head(DISTINCT), rest_of(ranked.len() - DISTINCT, ranked.to_list())
    share = pl.when(pl.col("share").is_not_null().any()).then(pl.col("share").sum())
    sums = [pl.col("count").sum(), *([share] if "share" in frame.columns else [])]
    order = pl.Enum([*kept, rest])
    gathered = (
        frame.with_columns(pl.when(value.is_null() | value.is_in(kept.implode())).then(value).otherwise(pl.lit(rest)))
        .group_by([name for name in frame.columns if name not in {"count", "share"}], maintain_order=True)
        .agg(sums)
        .sort("period", value.cast(order), nulls_last=True, maintain_order=True)
    )
    return gathered.select(frame.columns), key


def _overlaps(frame: pl.DataFrame, key: str | None) -> bool:
    return has_overlap(frame, key, within="period")


def _drop_unkeyed(frame: pl.DataFrame, key: str | None) -> pl.DataFrame:
    return frame.drop_nulls(key) if key is not None and _overlaps(frame, key) else frame


def _items(frame: pl.DataFrame, key: str | None) -> int | None:
    """Return the number of items, or None for themes without the shares that it could be derived from."""
    if not _overlaps(frame, key):
        return int(frame["count"].sum())
    if "share" not in frame.columns:
        return None
    of_period = (pl.col("count") / pl.col("share")).filter(pl.col("count") > 0).first()
    return int(frame.group_by("period").agg(n=of_period)["n"].fill_null(0).round().sum())


def _bars(frame: pl.DataFrame, key: str | None) -> pl.DataFrame:
    """Stack the counts. Themes start from zero, since an item can have several."""
    overlaps = _overlaps(frame, key)
    high = pl.col("count") if overlaps else pl.col("count").cum_sum().over("period")
    spans = calendar.spans()
    local = pl.col("period").dt.replace_time_zone(None)
    middle = {"middle": (local + pl.duration(hours=12 * pl.col("days_total"))).dt.strftime(ISO)} if overlaps else {}
    return _drop_unkeyed(frame, key).select(
        "count",
        "complete",
        *({"share"} & set(frame.columns)),
        key=display_name(key) if key else pl.lit(""),
        low=high - pl.col("count"),
        high=high,
        **spans,
        **middle,
    )


def _tooltip(bars: pl.DataFrame, key: str | None, length: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("when:N", title=length.capitalize()),
        *([alt.Tooltip("key:N", title=label_of(key).capitalize())] if key else []),
        alt.Tooltip("count:Q", title="Items", format=","),
        *([alt.Tooltip("share:Q", title="Share", format=".0%")] if key and "share" in bars.columns else []),
        alt.Tooltip("known:N", title="Known"),
    ]


def _lines(bars: pl.DataFrame, key: str | None, length: str) -> tuple[alt.Chart, alt.Chart]:
    """Draw a line through the complete periods of each value, and a point for every period."""
    x = calendar.axis(bars, length)("middle:T")
    y = alt.Y("count:Q", title="Items", scale=alt.Scale(zero=True, nice=True), axis=integer_axis("y"))
    longest = bars.select(pl.col("key").str.len_chars().max()).item()
    color = color_by_key(bars, key, below=True, columns=4 if longest <= _SHORT else 2)
    size = _POINT if bars["start"].n_unique() <= _ROOM_FOR_POINTS else _DOT
    points = alt.Chart(bars).transform_calculate(told=_SPOKEN).mark_point(filled=True, size=size)
    return (
        alt.Chart(bars)
        .transform_filter("datum.complete")
        .mark_line(strokeWidth=2, strokeJoin="round")
        .encode(x=x, y=y, color=color),
        points.encode(
            x=x,
            y=y,
            color=color,
            opacity=fade_unless("datum.complete"),
            tooltip=_tooltip(bars, key, length),
            description=alt.Description("told:N"),
        ),
    )


def _stack(bars: pl.DataFrame, key: str | None, length: str) -> alt.Chart:
    gap = 0.5 if bars["start"].n_unique() <= _ROOM_FOR_GAPS else 0
    drawn: alt.Chart = (
        alt.Chart(bars.filter(pl.col("count") > 0))
        .transform_calculate(told=_SPOKEN)
        .mark_rect(xOffset=gap, x2Offset=-gap)
        .encode(
            x=calendar.axis(bars, length)("start:T"),
            x2=alt.X2("end:T"),
            y=alt.Y("low:Q", title="Items", scale=alt.Scale(zero=True, nice=True), axis=integer_axis("y")),
            y2=alt.Y2("high:Q"),
            color=color_by_key(bars, key),
            opacity=fade_unless("datum.complete"),
            tooltip=_tooltip(bars, key, length),
            description=alt.Description("told:N"),
        )
    )
    return drawn


def _mark_incomplete(bars: pl.DataFrame) -> list[alt.Chart]:
    """Hatch and label the incomplete periods."""
    names = calendar.names_of(bars)
    return [calendar.draw_hatching(_hatching(bars)), *names] if names else []


def _hatching(bars: pl.DataFrame) -> pl.DataFrame:
    tops = bars.group_by("start", "end", "complete", maintain_order=True).agg(pl.col("high").max(), low=pl.lit(0))
    wide = calendar.width_of(bars) / bars["start"].n_unique()
    tall = pl.col("high") / pl.col("high").max().clip(1) * _HEIGHT
    return calendar.hatching(tops.with_columns(wide=wide, tall=tall).filter(~pl.col("complete")))


def _summary(frame: pl.DataFrame, length: str, items: int | None) -> str:
    """Say in one sentence what the chart shows."""
    if not frame["count"].sum():
        return f"No items match. {WIDEN}"
    periods = frame["period"].n_unique()
    total = "Items" if items is None else f"{items:,} item{'s' * (items > 1)}"
    counted = f"{total} over {periods:,} {length}{'s' * (periods > 1)}"
    unfinished = frame.filter(~pl.col("complete"))["period"].n_unique()
    if periods == 1:
        return f"{counted}{' (incomplete)' * bool(unfinished)}. One {length} shows no trend."
    if unfinished == 1:
        return f"{counted}. The hatched {length} is incomplete."
    if unfinished:
        return f"{counted}. Hatched {length}s are incomplete."
    return f"{counted}, all complete."
