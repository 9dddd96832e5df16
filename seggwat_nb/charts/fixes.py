"""The chart of whether fixes helped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import assemble, check_columns, display_name, nothing
from seggwat_nb.charts.interval_rows import ROW, Verdict, along_rows, number_rows, unclear_beyond
from seggwat_nb.charts.ratios import TIMES, doublings_of, ratio_axis, within, without_change
from seggwat_nb.charts.theme import INK

if TYPE_CHECKING:
    from seggwat_nb.provenance import Provenance

__all__ = ["effects"]

_FIGURES: Final = (
    *("at", "before", "after", "expected", "ratio", "low", "high", "verdict", "came_back", "back_at", "back_ratio"),
    *("complete", "days_before", "days_after"),
)
_FIX: Final = ("fix", "items", "key", "value")
_CAME_BACK: Final = "came back"
_VERDICTS: Final = (
    Verdict("down", "triangle-down", "#D55E00", said="fewer reports"),
    Verdict(_CAME_BACK, "square", "#E69F00", said="fewer, then back"),
    Verdict("up", "triangle-up", "#0072B2", said="more reports"),
    Verdict("unclear", "circle", faded=True),
    Verdict("too few", "diamond", faded=True),
)
_MOST_ROWS: Final = 20
_MOST_DESCRIBED: Final = 6
_WEEK: Final = 7
_FEW: Final = 10.0


def effects(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.lifecycle.effects` or `effect`: reports after each fix, relative to those before it.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.lifecycle.effects` or `seggwat_nb.lifecycle.effect` returned. The first 20 fixes are
        drawn, and the subtitle says how many are left out.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The axis of ratios (reports after the fix divided by those expected) is logarithmic: left of
        the line at 1 are fewer reports. The text beside a row has the reports a week before and after the fix. A ring
        shows the latest days of a fix whose reports came back.

    Raises
    ------
    ArgumentError
        The frame is from neither function.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> import seggwat_nb as sw
    >>> start = datetime(2026, 3, 2, tzinfo=UTC)
    >>> moments = [start + timedelta(hours=hour) for hour in range(0, 24 * 56, 3)]
    >>> rows = pl.DataFrame({"created_at": moments}).with_columns(
    ...     id=pl.int_range(pl.len()).cast(pl.String),
    ...     path=pl.when(pl.col("created_at").dt.hour() == 9, pl.col("created_at") < start + timedelta(days=28))
    ...     .then(pl.lit("/export")).otherwise(pl.lit("/")),
    ... )
    >>> where = sw.FeedbackFilter(path="/export")
    >>> helped = sw.lifecycle.effect(rows, where=where, at="2026-03-30", as_of=start + timedelta(days=56))
    >>> print(effects(helped).to_dict()["description"])  # doctest: +NORMALIZE_WHITESPACE
    Whether fixes helped. Reports fell after 1 of 1 fix. 30 Mar 2026: 7 a week before, none after (down).
    """
    check_columns(frame, _FIGURES, source="sw.lifecycle.effects")
    several = "fix" in frame.columns
    if several:
        check_columns(frame, _FIX, source="sw.lifecycle.effects")
    heading = title or "Whether fixes helped"
    if frame.is_empty() or not (several or frame.select(pl.any_horizontal(pl.col("before", "after") > 0).any()).item()):
        empty = (
            "Nothing to compare: no fix is known from resolution notes or triage batches, or there is less than a week "
            "before or after it. Widen the dates."
        )
        return assemble([nothing("fixes")], heading, [empty], about)
    rows = _rows(frame, several=several)
    shown = rows.head(_MOST_ROWS)
    more = rows.height - shown.height
    unshown = [f"{_fixes(more, 'earlier ')} not shown."] if more else []
    told = [f"{name}: {said}." for name, said in shown.select("name", "told").head(_MOST_DESCRIBED).rows()]
    lines = [_summary(rows), *unclear_beyond(shown, 1), *unshown]
    return assemble(_layers(shown), heading, lines, about, told=told)


def _rows(frame: pl.DataFrame, *, several: bool) -> pl.DataFrame:
    """Name each fix, and say what came of it."""
    day = "%-d %b %Y"
    at = pl.col("at").dt.strftime(day).fill_null("?")
    name = at
    if several:
        both = pl.format("{} {}", display_name("fix"), display_name("value"))
        name = pl.when(pl.col("value").is_null()).then(display_name("fix")).otherwise(both)
    before, after = pl.col("before") / pl.col("days_before") * _WEEK, pl.col("after") / pl.col("days_after") * _WEEK
    returned = pl.format(
        ", back to {} since {}",
        _number(before * pl.col("back_ratio")),
        pl.col("back_at").dt.strftime(day).fill_null("?"),
    )
    back = pl.when("came_back").then(returned).otherwise(pl.lit(""))
    unknown = (
        pl.when(pl.col("at").is_null())
        .then(pl.lit("not in the data yet"))
        .when(pl.col("value").is_null() if several else pl.lit(value=False))
        .then(pl.lit("items have nothing in common"))
        .otherwise(pl.lit("less than a week before or after"))
    )
    return frame.with_columns(
        name=name,
        verdict=pl.when("came_back").then(pl.lit(_CAME_BACK)).otherwise("verdict"),
        said=pl.when("complete")
        .then(pl.format("{} \N{RIGHTWARDS ARROW} {}{}", _number(before), _number(after), back))
        .otherwise(unknown),
        told=pl.when("complete")
        .then(pl.format("{} a week before, {} after{} ({})", _number(before), _number(after), back, "verdict"))
        .otherwise(unknown),
        since=at,
        was=before,
        now=after,
        times=pl.when(pl.col("ratio").is_finite()).then(pl.format("{}" + TIMES, pl.col("ratio").round(2))),
    )


def _fixes(number: int, which: str = "") -> str:
    return f"{number:,} {which}fix{'' if number == 1 else 'es'}"


def _number(rate: pl.Expr) -> pl.Expr:
    """Format a rate: whole, or with one decimal if it is small."""
    few = rate.round(1).cast(pl.String).str.strip_suffix(".0")
    written = pl.when(rate < _FEW).then(few).otherwise(rate.round(0).cast(pl.Int64).cast(pl.String))
    return pl.when(rate == 0).then(pl.lit("none")).otherwise(written)


def _summary(rows: pl.DataFrame) -> str:
    fell = rows.filter(pl.col("verdict").is_in(["down", _CAME_BACK])).height
    back, rose = (rows.filter(verdict=verdict).height for verdict in (_CAME_BACK, "up"))
    returned = f" ({back} came back)" if back else ""
    grew = f", and rose after {rose}" if rose else ""
    return f"Reports fell after {fell} of {_fixes(rows.height)}{returned}{grew}."


def _layers(shown: pl.DataFrame) -> list[alt.Chart]:
    doublings = doublings_of(shown[end] for end in ("ratio", "low", "high", "back_ratio"))
    ends = [within(end, doublings) for end in ("low", "high", "back_ratio")]
    drawn = shown.select(
        *("name", "verdict", "said", "since", "was", "now", "times", "complete"),
        *(pl.when("complete").then(end) for end in ends),
        middle=pl.when("complete").then(within("ratio", doublings)),
    )
    x = ratio_axis("Reports after the fix relative to before", doublings)
    tooltip = [
        alt.Tooltip("name:N", title="Fix"),
        alt.Tooltip("since:N", title="Since"),
        alt.Tooltip("was:Q", title="Items a week before", format=",.1f"),
        alt.Tooltip("now:Q", title="After", format=",.1f"),
        alt.Tooltip("times:N", title="Ratio"),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    rings = alt.Chart(number_rows(drawn).drop_nulls("back_ratio")).mark_point(size=60, color=INK)
    noted = "items a week: before \N{RIGHTWARDS ARROW} after"
    return [
        without_change(x),
        rings.encode(x=x("back_ratio:Q"), y=ROW),
        *along_rows(drawn, x=x, verdicts=_VERDICTS, tooltip=tooltip, note="said", noted=noted),
    ]
