"""Charts of what changed between two time windows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import WIDEN, assemble, check_columns, display_name, integer_axis, nothing, thousands
from seggwat_nb.charts.interval_rows import ROW, Verdict, along_rows, number_rows, shorten, unclear_beyond
from seggwat_nb.charts.keys import LABELS, label_of
from seggwat_nb.charts.ratios import TIMES, doublings_of, ratio_axis, within, without_change
from seggwat_nb.charts.theme import INK
from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import count_of, format_day, of_days_before

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.provenance import Provenance

__all__ = ["change", "movers", "rows_to_draw", "usual", "verdict_in_words"]

_SOURCE: Final = "sw.trends.movers or sw.trends.change"
_WINDOWS: Final = ("complete", "days_before", "days_after", "before_first", "after_first", "after_last")
_FIGURES: Final = ("before", "expected", "after", "difference", "ratio", "low", "high", "p", "q", "verdict")
_OTHERS: Final = ("share_before", "share_after", "dispersion", "part_of", "left_out")
_VERDICTS: Final = (
    Verdict("up", "triangle-up", "#0072B2"),
    Verdict("down", "triangle-down", "#D55E00"),
    Verdict("part", "square", "#0072B2", said="part of another change"),
    Verdict("unclear", "circle", faded=True),
    Verdict("too few", "diamond", faded=True),
)
_MOST_ROWS: Final = 20
_MOST_DESCRIBED: Final = 6
_FEW: Final = 10
_ENOUGH_HISTORY: Final = 56
"""Days of history needed to tell slow drift from a sudden change. With fewer, drifting projects get false verdicts."""


def movers(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.trends.movers` or `seggwat_nb.trends.change`: a ratio with its interval for each value.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.trends.movers` or `seggwat_nb.trends.change` returned. Changed values come first,
        then the rest in the frame's order. At most 20 rows are drawn, and the subtitle says how many are left out.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The axis of ratios (items divided by the usual number) is logarithmic: twice and half are
        equally far from the line at 1. Ratios beyond 32 are drawn at its end.

    Raises
    ------
    ArgumentError
        The frame is from neither function.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> moments = [datetime(2026, 3, day, hour, tzinfo=UTC) for day in range(2, 16) for hour in range(1 + day // 9 * 3)]
    >>> rows = pl.DataFrame({"created_at": moments, "type": "Bug"})
    >>> changed = sw.trends.change(rows, days=7, as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> print(movers(changed).to_dict()["description"])  # doctest: +NORMALIZE_WHITESPACE
    What changed most. 1 of 1 value changed in the 7 days from 9 Mar 2026, compared with the 7 before.
    Too little history to know the usual variation. Type Bug: 28, usually 7 (up).
    """
    check_columns(frame, (*_FIGURES, *_WINDOWS), source=_SOURCE)
    return _draw(frame, title or "What changed most", about, _ratios, seen="a bar that does not cross the line")


def change(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.trends.change`: for each value a line from the usual to the actual number of items.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.trends.change` returned. Changed values come first, then the rest in the frame's
        order. At most 20 rows are drawn, and the subtitle says how many are left out.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The axis of items begins at zero. The note after each row is the ratio of items to the usual
        number, with its interval.

    Raises
    ------
    ArgumentError
        The frame is from another function.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> moments = [datetime(2026, 3, day, hour, tzinfo=UTC) for day in range(2, 16) for hour in range(1 + day // 9 * 3)]
    >>> rows = pl.DataFrame({"created_at": moments})
    >>> changed = sw.trends.change(rows, by=None, days=7, as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> print(change(changed).to_dict()["description"])  # doctest: +NORMALIZE_WHITESPACE
    What changed. 1 of 1 value changed in the 7 days from 9 Mar 2026, compared with the 7 before.
    Too little history to know the usual variation. Everything: 28, usually 7 (up).
    """
    check_columns(frame, (*_FIGURES, *_WINDOWS), source="sw.trends.change")
    if {"key", "value"} <= set(frame.columns):
        raise ArgumentError(
            "This frame is from sw.trends.movers. Draw it with sw.charts.movers, or pass what sw.trends.change "
            "returned."
        )
    return _draw(frame, title or "What changed", about, _counts, seen="a ratio whose interval excludes 1")


def _draw(
    frame: pl.DataFrame,
    heading: str,
    about: Provenance | None,
    layers: Callable[[pl.DataFrame], list[alt.Chart]],
    *,
    seen: str,
) -> alt.LayerChart:
    rows = _rows(frame)
    if not rows.select(pl.col("before").sum() + pl.col("after").sum()).item():
        empty = f"Nothing to compare: no items match, or they cover less than two weeks. {WIDEN}"
        return assemble([nothing("items")], heading, [empty], about)
    shown = rows.head(_MOST_ROWS)
    more = rows.height - shown.height
    unshown = [f"{more:,} more value{'s' * (more > 1)} not shown (weaker evidence)."] if more else []
    told = [
        f"{name}: {after:,}, usually {expected} ({verdict})."
        for name, expected, after, verdict in shown.select("name", usual(), "after", verdict_in_words(shown))
        .head(_MOST_DESCRIBED)
        .rows()
    ]
    unclear = unclear_beyond(shown, 1, seen=seen)
    if unclear and {"key", "value"} <= set(frame.columns):
        unclear.append("A value whose share of all items did not change is unclear, too.")
    return assemble(layers(shown), heading, [*_summary(rows), *unclear, *unshown], about, told=told)


def usual() -> pl.Expr:
    """Format ``expected`` (String) as an integer, or with one decimal if it is small."""
    value = pl.col("expected")
    few = value.round(1).cast(pl.String).str.strip_suffix(".0")
    return pl.when(value < _FEW).then(few).otherwise(thousands(value.round(0).cast(pl.Int64))).alias("expected")


def verdict_in_words(frame: pl.DataFrame) -> pl.Expr:
    """Format ``verdict`` (String). ``part`` names the row that it is part of."""
    if "part_of" not in frame.columns:
        return pl.col("verdict")
    whole = display_name("part_of")
    for key, name in LABELS.items():
        whole = whole.str.replace(f"^{key} ", f"{name} ")
    part = pl.format("part of {}", shorten(whole))
    return pl.when(pl.col("verdict") == "part").then(part).otherwise("verdict").alias("verdict")


def rows_to_draw(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that the charts draw, each with its ``name`` in the chart."""
    return _rows(frame).head(_MOST_ROWS).with_columns(shorten(pl.col("name")))


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Name each row, and put those that changed first."""
    order = [verdict.name for verdict in _VERDICTS]
    place = pl.col("verdict").replace_strict(order, range(len(order)), default=len(order))
    return frame.with_columns(_name(frame).alias("name")).sort(place, maintain_order=True)


def _name(frame: pl.DataFrame) -> pl.Expr:
    if {"key", "value"} <= set(frame.columns):
        return pl.format(
            "{} {}", _capital(display_name("key").replace(LABELS).str.replace_all("_", " ")), display_name("value")
        )
    keys = [column for column in frame.columns if column not in {*_FIGURES, *_OTHERS, *_WINDOWS}]
    if len(keys) > 1:
        raise ArgumentError(f"The frame has additional columns: {', '.join(keys)}. Pass what {_SOURCE} returned.")
    if not keys:
        return pl.lit("Everything")
    return pl.format("{} {}", pl.lit(label_of(keys[0]).capitalize()), display_name(keys[0]))


def _capital(text: pl.Expr) -> pl.Expr:
    return text.str.head(1).str.to_uppercase() + text.str.slice(1)


def _counts(shown: pl.DataFrame) -> list[alt.Chart]:
    drawn = shown.select(
        "name",
        "expected",
        "after",
        "verdict",
        low=pl.min_horizontal("expected", "after"),
        high=pl.max_horizontal("expected", "after"),
        middle="after",
        said=pl.when(pl.col("ratio").is_infinite())
        .then(pl.lit("usually none"))
        .otherwise(pl.format("{}" + TIMES + " ({} to {})", *map(_short, ("ratio", "low", "high")))),
    )
    x = partial(alt.X, title="Items: usual (ring) and now", scale=alt.Scale(zero=True), axis=integer_axis("x"))
    tooltip = [
        alt.Tooltip("name:N", title="Value"),
        alt.Tooltip("expected:Q", title="Usual", format=",.1f"),
        alt.Tooltip("after:Q", title="Now", format=","),
        alt.Tooltip("said:N", title="Ratio"),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    rings = alt.Chart(number_rows(drawn)).mark_point(size=40, color=INK, opacity=0.6)
    noted = "now vs usual"
    return [
        rings.encode(x=x("expected:Q"), y=ROW, tooltip=tooltip),
        *along_rows(drawn, x=x, verdicts=_VERDICTS, tooltip=tooltip, note="said", noted=noted),
    ]


def _short(figure: str) -> pl.Expr:
    return pl.col(figure).round_sig_figs(2).cast(pl.String)


def _ratios(shown: pl.DataFrame) -> list[alt.Chart]:
    doublings = doublings_of(shown[end] for end in ("ratio", "low", "high"))
    drawn = shown.select(
        "name",
        "expected",
        "after",
        "verdict",
        *(within(end, doublings) for end in ("low", "high")),
        middle=within("ratio", doublings),
        times=pl.when(pl.col("ratio").is_finite()).then(pl.col("ratio").round(2).cast(pl.String) + TIMES),
        sure=pl.when(pl.col("q").is_not_null()).then(pl.col("q")),
        said=pl.format("{} → {}", usual(), thousands("after")),
        judged=verdict_in_words(shown),
    ).with_columns(
        pl.col("times").fill_null("usually none"),
        said=pl.when(pl.col("verdict") == "part").then(pl.format("{}, {}", "said", "judged")).otherwise("said"),
    )
    x = ratio_axis("Items relative to usual", doublings)
    tooltip = [
        alt.Tooltip("name:N", title="Value"),
        alt.Tooltip("expected:Q", title="Usual", format=",.1f"),
        alt.Tooltip("after:Q", title="Now", format=","),
        alt.Tooltip("times:N", title="Ratio"),
        alt.Tooltip("sure:Q", title="q", format=".2g"),
        alt.Tooltip("judged:N", title="Verdict"),
    ]
    noted = "usual \N{RIGHTWARDS ARROW} now"
    return [without_change(x), *along_rows(drawn, x=x, verdicts=_VERDICTS, tooltip=tooltip, note="said", noted=noted)]


def _summary(rows: pl.DataFrame) -> list[str]:
    if not rows["complete"].all():
        return ["The data covers less than two full weeks, so nothing can be compared."]
    before, days, first, after = rows.select("days_before", "days_after", "before_first", "after_first").row(0)
    when = f"in the {days} days from {format_day(after)}, compared with {of_days_before(before, (after - first).days)}"
    changed = rows.filter(pl.col("verdict").is_in(["up", "down"])).height
    values = count_of(rows.height, "value")
    among = f"in any of {values} " if rows.height > 1 else ""
    said = [f"{changed} of {values} changed {when}." if changed else f"No clear change {among}{when}."]
    if before < _ENOUGH_HISTORY:
        said.append("Too little history to know the usual variation.")
    return said
