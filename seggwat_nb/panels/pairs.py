"""The charts of two selections, with the same values, colors and scales on both sides, so that bars are comparable."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from seggwat_nb import charts
from seggwat_nb.analysis import trends
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.analysis.windows import key_column
from seggwat_nb.charts import calendar
from seggwat_nb.charts.base import EMPTY, ISO, NONE, WIDEN, assemble, display_name, nothing, thousands
from seggwat_nb.charts.interval_rows import shorten
from seggwat_nb.charts.keys import label_of
from seggwat_nb.charts.theme import DISTINCT, colours
from seggwat_nb.panels.pictures import ChartPayload
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.text import count_of, isolate, percent, rest_of

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.periods import Every
    from seggwat_nb.panels.crossfilter import Chosen, Crossfilter

__all__ = ["Pair", "pictures"]

_HEIGHT: Final = 180
_BAR: Final = 20
_LONGEST_LABEL: Final = 150
_MOST_COLUMNS: Final = 4
_MOST_TICKS: Final = 6
_LETTERS_IN_A_ROW: Final = 44
_LETTERS_OF_A_SYMBOL: Final = 4
_EMPTY: Final = f"No items match. {WIDEN}"
_APART: Final = 8
"""Minimum distance in pixels between two labels of an axis."""
_FLUSH: Final = 20
"""Distance in pixels from the end of an axis within which a label would be cut off, if it were not moved inwards."""
_LETTERS: Final = 22
"""Letters of a name for which there is room beside an axis and in a legend."""
_WIDTH_OF_A_LETTER: Final = 6.5
"""Pixels that a letter of a note takes at most, on average."""
_LENGTHS: Final[tuple[tuple[int, Every], ...]] = ((62, "1d"), (550, "1w"))
"""Maximum number of days drawn by day, and by week. Longer ranges are drawn by month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two selections of one frame, and how to show them."""

    feedback: Crossfilter
    chosen: tuple[Chosen, Chosen]
    names: tuple[str, str]
    differences: pl.DataFrame
    by: str
    every: Every | None
    """Length of a period. None chooses one that fits."""
    as_of: datetime | None
    time_zone: str


def pictures(pair: Pair) -> dict[str, ChartPayload]:
    """Draw the differences, then each chart for both selections, with the first on the left."""
    shown = _choose_values(pair)
    over_time, by_value = _over_time(pair, shown), _by_value(pair, shown)
    return {
        # The panel says itself how long both sides are.
        "differences": ChartPayload.of(charts.compare(pair.differences.drop("days_a", "days_b"), names=pair.names)),
        **{f"time {side}": picture for side, picture in zip("ab", over_time, strict=True)},
        **{f"values {side}": picture for side, picture in zip("ab", by_value, strict=True)},
    }


@dataclass(frozen=True, slots=True)
class _Shown:
    """The values shown, in order and with their names, and the name of the group of all others."""

    values: list[str | None]
    rest: str
    order: list[str]
    scale: alt.Scale

    @property
    def columns(self) -> int:
        """Number of columns of the legend, so that it fits a narrow chart."""
        longest = min(_LETTERS, max(map(len, self.order), default=0))
        return max(1, min(_MOST_COLUMNS, _LETTERS_IN_A_ROW // (longest + _LETTERS_OF_A_SYMBOL)))

    @property
    def label(self) -> str:
        """What an axis or a legend calls a value: its name, whose middle is cut if it is too long."""
        short = (
            pl.Series(self.order, dtype=pl.String).to_frame("name").select(shorten(pl.col("name"), _LETTERS))["name"]
        )
        if short.to_list() == self.order:
            return "datum.label"
        return f"({json.dumps(dict(zip(self.order, short, strict=True)))})[datum.label]"

    def of(self, by: str) -> pl.Expr:
        """Replace all values that are not shown by the group of others."""
        kept = [value for value in self.values if value is not None]
        value = pl.col(by).cast(pl.String)
        return pl.when(value.is_null() | value.is_in(kept)).then(value).otherwise(pl.lit(self.rest)).alias(by)


def _choose_values(pair: Pair) -> _Shown:
    """Choose the most frequent values of either side, as many as there are colors. Of a vocabulary, choose all."""
    by = pair.by
    totals = pair.differences.select(by, total=pl.col("count_a") + pl.col("count_b")).sort(
        "total", by, descending=[True, False]
    )
    found = totals[by].drop_nulls().to_list()
    known = VOCABULARIES.get(by)
    if known is not None:
        values = [*(value for value in known if value in found), *sorted(set(found) - set(known))]
    else:
        values = found if len(found) <= DISTINCT + 1 else found[:DISTINCT]
    rest = rest_of(len(found) - len(values), found)
    kept: list[str | None] = [*values, *([rest] if len(found) > len(values) else [])]
    kept += [None] if totals[by].null_count() else []
    order = pl.DataFrame({by: kept}, schema={by: pl.String}).select(display_name(by))[by].to_list()
    return _Shown(kept, rest, order, alt.Scale(domain=order, range=colours(by, order, grey=[NONE, EMPTY, rest])))


def _over_time(pair: Pair, shown: _Shown) -> list[ChartPayload]:
    """Draw items over time. Windows of the same length are aligned, and anything else shares one time axis."""
    every = pair.every or _fitting(pair)
    rows = pair.feedback.columns
    columns = merge_spellings(rows.select("created_at", key_column(rows, pair.by))).with_columns(shown.of(pair.by))
    volumes = [
        trends.volume(columns, by=pair.by, every=every, where=chosen, as_of=pair.as_of, time_zone=pair.time_zone)
        for chosen in pair.chosen
    ]
    if not _are_windows(pair):
        seen = pl.concat([frame.filter(pl.col("count") > 0).select("period") for frame in volumes])["period"]
        volumes = [frame.filter(pl.col("period").is_between(seen.min(), seen.max())) for frame in volumes]
    highest = max(_highest(frame) for frame in volumes)
    spans = [_span(frame) for frame in volumes]
    longest = max((end - start for start, end in filter(None, spans)), default=timedelta())
    drawn = []
    for name, frame, span in zip(pair.names, volumes, spans, strict=True):
        chart: Any = charts.volume(frame, title=f"{isolate(name)}: items over time by {label_of(pair.by)}")
        if span is not None and frame["count"].sum():
            bars = chart.layer[0].encoding
            bars.x.scale = alt.Scale(type="utc", domain=[span[0].strftime(ISO), (span[0] + longest).strftime(ISO)])
            starts = frame.select(**calendar.spans())["start"].unique(maintain_order=True).to_list()
            bars.x.axis = calendar.ticks(starts, calendar.length_of(frame), most=_MOST_TICKS)
            bars.y.scale = alt.Scale(domain=[0, highest], nice=True)
            bars.color.sort, bars.color.scale, bars.color.title = shown.order, shown.scale, None
            bars.color.legend = alt.Legend(
                orient="bottom", columns=shown.columns, symbolType="square", labelExpr=shown.label
            )
        drawn.append(ChartPayload.of(_fit_width(chart, _HEIGHT)))
    return drawn


def _highest(frame: pl.DataFrame) -> int:
    return int(
        frame.group_by("period").agg(pl.col("count").sum()).select(pl.col("count").max().fill_null(0)).item() or 0
    )


def _fitting(pair: Pair) -> Every:
    """Choose the length of a period for the longer side."""
    moment = pl.col("created_at")
    days = 0
    for chosen in pair.chosen:
        first, last = chosen.apply(pair.feedback.columns).select(moment.min(), last=moment.max()).row(0)
        days = max(days, 0 if first is None else (last - first).days)
    return next((every for most, every in _LENGTHS if days <= most), "1mo")


def _are_windows(pair: Pair) -> bool:
    """Return whether both sides are windows of the same length, give or take an hour for daylight saving time."""
    (since, until), (other_since, other_until) = (chosen.moments for chosen in pair.chosen)
    if since is None or until is None or other_since is None or other_until is None:
        return False
    return since != other_since and abs((until - since) - (other_until - other_since)) <= timedelta(hours=2)


def _span(frame: pl.DataFrame) -> tuple[datetime, datetime] | None:
    """Return the start of the first period and the end of the last, as local wall time."""
    local = pl.col("period").dt.replace_time_zone(None)
    start, end = frame.select(local.min(), end=(local + pl.duration(days="days_total")).max()).row(0)
    return None if start is None else (start, end)


def _by_value(pair: Pair, shown: _Shown) -> list[ChartPayload]:
    """Draw each value's share of its side."""
    gathered = (
        pair.differences.select(shown.of(pair.by), "count_a", "count_b", "n_a", "n_b")
        .group_by(pair.by, maintain_order=True)
        .agg(pl.col("count_a", "count_b").sum(), pl.col("n_a", "n_b").first())
        .with_columns(key=display_name(pair.by))
    )
    sides = [
        gathered.filter(pl.col(f"n_{side}") > 0).select(
            "key", count=f"count_{side}", share=pl.col(f"count_{side}") / pl.col(f"n_{side}")
        )
        for side in "ab"
    ]
    note = pl.format("{}% ({})", (pl.col("share") * 100).round(1), thousands("count"))
    sides = [rows.with_columns(note=note) for rows in sides]
    both = pl.concat(sides)
    longest = max([*both["share"], 0.0])
    letters = max([*both["note"].str.len_chars(), 0]) + 1
    x = alt.X(
        "share:Q",
        title=None,
        scale=alt.Scale(domainMin=0, domainMax=_domain_end(longest, note=letters * _WIDTH_OF_A_LETTER)),
        axis=alt.Axis(
            labelExpr="datum.value > 1 ? '' : datum.label",
            format=".0%",
            tickCount=5,
            grid=True,
            labelOverlap=True,
            labelSeparation=_APART,
            labelFlush=_FLUSH,
        ),
    )
    return [
        _bars(rows, f"{isolate(name)}: share by {label_of(pair.by)}", x, shown)
        for name, rows in zip(pair.names, sides, strict=True)
    ]


def _domain_end(longest: float, *, note: float) -> alt.ExprRef:
    """Let the longest bar end where its note still fits, however narrow the chart is."""
    return alt.ExprRef(f"{longest} * width / max(width - {note}, width / 4)")


def _bars(rows: pl.DataFrame, heading: str, x: alt.X, shown: _Shown) -> ChartPayload:
    if rows.is_empty():
        return ChartPayload.of(_fit_width(assemble([nothing("items")], heading, [_EMPTY], None), _HEIGHT))
    named_rows = rows.filter(pl.col("key") != shown.rest) if rows.height > 1 else rows
    named_rows = named_rows.sort("share", "key", descending=[True, False])
    largest, share = named_rows.select(shorten(pl.col("key")), "share").row(0)
    said = f"{count_of(int(rows['count'].sum()), 'item')}. Largest share: {largest} ({percent(share)})."
    y = alt.Y("key:N", title=None, sort=shown.order, axis=alt.Axis(labelLimit=_LONGEST_LABEL, labelExpr=shown.label))
    base = alt.Chart(rows).encode(x=x, y=y)
    layers = [
        base.mark_bar().encode(
            color=alt.Color("key:N", sort=shown.order, scale=shown.scale, legend=None),
            tooltip=[
                alt.Tooltip("key:N", title="Value"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
                alt.Tooltip("count:Q", title="Items", format=","),
            ],
        ),
        base.mark_text(align="left", dx=4, fontSize=11).encode(text=alt.Text("note:N")),
    ]
    return ChartPayload.of(_fit_width(assemble(layers, heading, [said], None), alt.Step(_BAR)))


def _fit_width(chart: alt.LayerChart, height: int | alt.Step) -> alt.LayerChart:
    """Make a chart as wide as its container."""
    return chart.properties(width="container", height=height)
