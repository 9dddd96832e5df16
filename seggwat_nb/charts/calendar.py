"""The time axis of charts over periods, and the marks for incomplete periods.

Times are formatted as local wall time and drawn on a UTC scale, so that the browser's time zone does not matter.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import altair as alt
import polars as pl

from seggwat_nb.charts.base import ISO
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "DAY",
    "PERIOD",
    "axis",
    "dates",
    "draw_hatching",
    "hatching",
    "incomplete",
    "length_of",
    "names_of",
    "period_name",
    "spans",
    "ticks",
    "width_of",
]

PERIOD: Final = ("period", "days_covered", "days_total", "complete")
"""The columns that describe a period in result frames."""

_WEEK: Final = 7
_MONTH: Final = 31
_QUARTER: Final = 92
_LENGTHS: Final = (
    (1, "day", "%-d %b %Y"),
    (_WEEK, "week", "%-d %b %Y"),
    (_MONTH, "month", "%b %Y"),
    (_QUARTER, "quarter", "Q%q %Y"),
    (366, "year", "%Y"),
)
"""Maximum number of days in a period, its name, and the format of its first day."""
_WIDTH: Final = 560
_WIDEST: Final = 80
"""Maximum width of one period in pixels."""
_MOST: Final = 10_000
"""Maximum number of periods in a chart: 27 years of days. Browsers cannot handle more, and no reader could see them."""
_FEW: Final = 12
"""Maximum number of periods that are labeled individually."""
DAY: Final = 86_400_000
"""Milliseconds in a day on a UTC scale."""
_MONTHS: Final = (
    "[utcFormat(datum.value, '%b'), !datum.index || !utcmonth(datum.value) ? utcFormat(datum.value, '%Y') : '']"
)
"""The month, and below it the year at the first month of each year."""
_STEPS: Final = (1, 2, 7, 14, 28)
"""Possible numbers of days between ticks, if periods are days or weeks."""
_BY_DAYS: Final = 168
"""Up to this many days, ticks are labeled by day. Beyond it, Vega's default ticks fall on the first of a month."""
_named: Final = partial(alt.Axis, labelAlign="left", labelFlush=False, labelOverlap=True)
_APART: Final = 6
"""Distance between hatching lines in pixels, along either side."""
_THINNEST: Final = 3
"""Minimum width of a bar in pixels to be hatched."""


def length_of(frame: pl.DataFrame, *, most: int | None = _MOST) -> str:
    """Return the name of a period's length, such as "week", after checking that there are at most `most` periods.

    Raises
    ------
    ArgumentError
        There are more periods than can be drawn. A single row dated in the year 1 is enough.
    """
    if frame.is_empty():
        return ""
    days = frame.select(pl.col("days_total").max()).item()
    name = next((name for longest, name, _ in _LENGTHS if days <= longest), _LENGTHS[-1][1])
    number = frame["period"].n_unique()
    if most is not None and number > most:
        first, last = frame.select(pl.col("period").dt.year().min(), last=pl.col("period").dt.year().max()).row(0)
        raise ArgumentError(
            f"{number:,} {name}s, from {first} to {last}, are too many to draw. Choose longer periods or dates, such "
            "as where=sw.FeedbackFilter(since=date(2026, 1, 1))."
        )
    return name


def spans() -> dict[str, pl.Expr]:
    """Return each period's position (``start``, ``end``), its name (``when``) and how much of it is ``known``."""
    local = pl.col("period").dt.replace_time_zone(None)
    covered, total = pl.col("days_covered").cast(pl.Int64), pl.col("days_total").cast(pl.Int64)
    days = pl.when(covered == 0).then(pl.lit("<1")).otherwise(covered.cast(pl.String))
    part = pl.when(total == 1).then(pl.lit("part of a day")).otherwise(pl.format("{} of {} days", days, total))
    return {
        "start": local.dt.strftime(ISO),
        "end": (local + pl.duration(days=total)).dt.strftime(ISO),
        "when": period_name(local, total),
        "known": pl.when("complete").then(pl.lit("complete")).otherwise(part),
    }


def period_name(start: pl.Expr, days: pl.Expr, *, weekday: bool = True) -> pl.Expr:
    """Name a period by its start and length: a day or week by its first day, longer ones by month, quarter or year.

    Examples
    --------
    >>> from datetime import date
    >>> frame = pl.DataFrame({"start": [date(2026, 4, 1)] * 4, "days": [1, 30, 91, 365]})
    >>> frame.select(period_name(pl.col("start"), pl.col("days"))).to_series().to_list()
    ['Wed 1 Apr 2026', 'Apr 2026', 'Q2 2026', '2026']
    """
    return (
        pl.when(days <= _WEEK)
        .then(start.dt.strftime("%a %-d %b %Y" if weekday else "%-d %b %Y"))
        .when(days <= _MONTH)
        .then(start.dt.strftime("%b %Y"))
        .when(days <= _QUARTER)
        .then(pl.format("Q{} {}", start.dt.quarter(), start.dt.year()))
        .otherwise(start.dt.strftime("%Y"))
    )


def axis(drawn: pl.DataFrame, length: str) -> Callable[[str], alt.X]:
    """Return an axis that covers all periods, including empty ones at the ends."""
    starts = drawn["start"].unique(maintain_order=True).to_list()
    scale = alt.Scale(type="utc", domain=[starts[0], drawn["end"][-1]])
    named = ticks(starts, length)
    return lambda field: alt.X(field, title=None, scale=scale, axis=named)


def ticks(starts: Sequence[str] | Sequence[int], length: str, *, most: int = _FEW) -> alt.Axis:
    """Label at most `most` periods by their first day, and longer time spans by month.

    Vega's default ticks are on Sundays, but our weeks start on Mondays, and its labels use the American date format.
    """
    days, form = {name: (days, form) for days, name, form in _LENGTHS}[length]
    lasting = len(starts) * days
    step = next((step for step in _STEPS if step % days == 0 and lasting <= step * most), None)
    if step is not None and lasting <= _BY_DAYS:
        return _named(values=starts[:: step // days], labelExpr=_days(step))
    if days > _WEEK and len(starts) <= most:
        return _named(values=starts, format=form)
    return alt.Axis(tickCount=8, labelExpr=_MONTHS)


def dates(moments: pl.Series) -> alt.Axis:
    """Label the days of some of the points' times (Datetime), in the format of `ticks`."""
    named = moments.gather_every(max(1, -(-len(moments) // _FEW)))
    days = named.dt.date().diff().dt.total_days()
    if days.sum() > _BY_DAYS:
        return alt.Axis(tickCount=8, labelExpr=_MONTHS)
    return _named(values=named.dt.strftime(ISO).to_list(), labelExpr=_days(days.max() or 0))


def _days(step: object) -> str:
    """Label ticks that are `step` days apart: the day, and below it the year at the first tick of each year."""
    is_first = f"!datum.index || utcyear(datum.value) > utcyear(datum.value - {step} * {DAY})"
    return f"[utcFormat(datum.value, '%-d %b'), {is_first} ? utcFormat(datum.value, '%Y') : '']"


def width_of(drawn: pl.DataFrame) -> int:
    """Choose the width of the plot in pixels. A plot of few periods is narrower."""
    return min(_WIDTH, _WIDEST * drawn["start"].n_unique())


def incomplete(drawn: pl.DataFrame) -> dict[Literal["left", "right"], pl.DataFrame]:
    """Find the incomplete periods, by the side at which their label is aligned."""
    found = drawn.filter(~pl.col("complete")).unique("start", keep="first", maintain_order=True)
    last = pl.col("end") == drawn["end"].max()
    sides: dict[Literal["left", "right"], pl.DataFrame] = {"left": found.filter(~last), "right": found.filter(last)}
    return {side: rows for side, rows in sides.items() if rows.height}


def names_of(drawn: pl.DataFrame) -> list[alt.Chart]:
    """Label incomplete periods above the plot: the last one right-aligned, the others left-aligned."""
    ends = {"left": "start:T", "right": "end:T"}
    return [
        alt.Chart(rows)
        .mark_text(align=side, baseline="bottom", dy=-4, fontSize=11, fontStyle="italic", opacity=0.75)
        .encode(x=alt.X(ends[side]), y=alt.YValue(0), text=alt.Text("known:N"))
        for side, rows in incomplete(drawn).items()
    ]


def hatching(boxes: pl.DataFrame) -> pl.DataFrame:
    """Fill boxes with diagonal lines.

    Parameters
    ----------
    boxes
        Each from ``start`` to ``end`` (times) and from ``low`` to ``high``, with the size in pixels in ``wide`` and
        ``tall``.

    Returns
    -------
    pl.DataFrame
        One row per line, from ``x`` and ``y`` to ``x2`` and ``y2``, in the units of the boxes.
    """
    wide, tall, sum_ = pl.col("wide"), pl.col("tall"), pl.col("sum")
    start, end = (pl.col(name).str.to_datetime(ISO, time_unit="us") for name in ("start", "end"))
    height = pl.col("high") - pl.col("low")

    def across(pixels: pl.Expr) -> pl.Expr:
        return (start + (end - start) * (pixels / wide)).dt.strftime(ISO)

    def up(pixels: pl.Expr) -> pl.Expr:
        return pl.col("low") + height * (pixels / tall)

    # On each line, the distances from the left and from the bottom have a constant sum. The box clips both ends.
    return (
        boxes.filter(wide >= _THINNEST, tall > 0)
        .with_columns(sum=pl.int_ranges(_APART, (wide + tall).ceil().cast(pl.Int64), _APART))
        .explode("sum", empty_as_null=False)
        .select(
            x=across(pl.max_horizontal(sum_ - tall, pl.lit(0))),
            y=up(pl.min_horizontal(sum_, tall)),
            x2=across(pl.min_horizontal(sum_, wide)),
            y2=up(pl.max_horizontal(sum_ - wide, pl.lit(0))),
        )
    )


def draw_hatching(
    lines: pl.DataFrame, *, opacity: float = 0.45, scale: alt.Optional[alt.Scale] = alt.Undefined
) -> alt.Chart:
    """Draw the lines of `hatching` in the page's text color; `scale` is that of the other layers if it has no zero."""
    drawn = alt.Chart(lines).mark_rule(strokeWidth=1, opacity=opacity)
    y = alt.Y("y:Q", scale=scale)
    placed: alt.Chart = drawn.encode(x=alt.X("x:T"), x2=alt.X2("x2:T"), y=y, y2=alt.Y2("y2:Q"))
    return placed
