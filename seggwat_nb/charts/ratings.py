"""Charts of ratings over time or by key. Every estimate has an interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts import calendar
from seggwat_nb.charts.base import ISO, assemble, check_columns, display_name, nothing, thousands
from seggwat_nb.charts.interval_rows import Verdict, along_rows, marks, shorten
from seggwat_nb.charts.keys import label_of
from seggwat_nb.charts.theme import PLAIN
from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import count_of, drop_minus_of_zero, with_minus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.provenance import Provenance

__all__ = ["helpful", "names", "nps", "rows_to_draw", "stars", "with_most_responses"]

_VERDICTS: Final = (
    Verdict("enough", "circle", PLAIN, expected=True),
    Verdict("too few", "diamond", faded=True),
    Verdict("none", "cross", faded=True),
)
_FIGURES: Final = frozenset(
    "score share average low high share_low share_high max_score n invalid verdict distribution "  # noqa: SIM905  # a list of names
    "promoters passives detractors helpful not_helpful dispersion days_covered days_total complete".split()
)
_POINT: Final = 70
_MOST_ROWS: Final = 30
_SHORT: Final = 12
"""Number of rows up to which those with too few responses are drawn, too."""
_MOST_DESCRIBED: Final = 6
_LABEL: Final = "datum.label == '+0' ? '0' : datum.label"
_HEIGHT: Final = 240


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is estimated: the columns, the scale and the number format."""

    source: str
    heading: str
    axis: str
    middle: str
    low: str
    high: str
    domain: tuple[float, float]
    figure: str
    responses: tuple[str, ...]


_NPS: Final = _Measure(
    source="sw.ratings.nps",
    heading="Net Promoter Score",
    axis="Score, \N{MINUS SIGN}100 to 100",
    middle="score",
    low="low",
    high="high",
    domain=(-100, 100),
    figure="+.0f",
    responses=("promoters", "passives", "detractors"),
)
_SHARE: Final = _Measure(
    source="sw.ratings.helpful",
    heading="Said “helpful”",
    axis="Share who found it helpful",
    middle="share",
    low="low",
    high="high",
    domain=(0, 1),
    figure=".0%",
    responses=("helpful", "not_helpful"),
)
_STARS: Final = _Measure(
    source="sw.ratings.stars",
    heading="Stars",
    axis="Average as a share of the scale (one star: 0%)",
    middle="share",
    low="share_low",
    high="share_high",
    domain=(0, 1),
    figure=".0%",
    responses=("average", "max_score"),
)


def nps(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.ratings.nps`: the score with its interval, over time or by key.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.ratings.nps` returned, with ``every`` or with ``by``, not both. With ``by``, only the
        30 values with the most responses are drawn, and of more than 12, only those with enough responses, if any.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. Scores from few responses are faded and have a different shape. A period without responses is a
        gap, and an incomplete one is hatched and labeled ("3 of 7 days").

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.ratings.nps`, or has both periods and a key.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> categories = ["promoter"] * 15 + ["passive"] * 8 + ["detractor"] * 4
    >>> rows = pl.DataFrame({"nps_category": categories}).with_columns(
    ...     created_at=datetime(2026, 3, 1, tzinfo=UTC), rating_type=pl.lit("nps")
    ... )
    >>> print(nps(sw.ratings.nps(rows)).to_dict()["description"])
    Net Promoter Score. 27 responses, too few to rely on. All: +41 (+10 to +63, n 27).
    """
    return _draw(frame, _NPS, about=about, title=title)


def helpful(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.ratings.helpful`: the share of people who said "helpful", over time or by key.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.ratings.helpful` returned, with ``every`` or with ``by``, not both.
    about, title
        As in `nps`.

    Returns
    -------
    alt.LayerChart
        An Altair chart, marked as in `nps`.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.ratings.helpful`, or has both periods and a key.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame({"helpful": [True] * 30 + [False] * 10}).with_columns(
    ...     created_at=datetime(2026, 3, 1, tzinfo=UTC), rating_type=pl.lit("helpful")
    ... )
    >>> print(helpful(sw.ratings.helpful(rows)).to_dict()["description"])
    Said “helpful”. 40 responses. All: 75% (60% to 86%, n 40).
    """
    return _draw(frame, _SHARE, about=about, title=title)


def stars(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.ratings.stars`: averages in stars, or as a share of the scale if scales differ.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.ratings.stars` returned, with ``every`` or with ``by``, not both. Over time, only the
        scale with the most responses is drawn, and the subtitle says how many responses are on other scales.
    about, title
        As in `nps`.

    Returns
    -------
    alt.LayerChart
        An Altair chart, marked as in `nps`. The average in stars is shown next to its row.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.ratings.stars`, or has both periods and a key.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame({"score": [4.0, 5.0, 5.0, 3.0] * 10}).with_columns(
    ...     created_at=datetime(2026, 3, 1, tzinfo=UTC), rating_type=pl.lit("star"), max_score=5.0
    ... )
    >>> print(stars(sw.ratings.stars(rows)).to_dict()["description"])
    Stars. 40 responses. Of 5 stars: 4.2 (3.9 to 4.5, n 40).
    """
    check_columns(frame, ["max_score", "n", *_STARS.responses], source=_STARS.source)
    if "period" not in frame.columns:
        return _draw(frame, _scale(frame), about=about, title=title)
    scales = frame.drop_nulls("max_score").group_by("max_score").agg(pl.col("n").sum())
    scales = scales.sort("n", "max_score", descending=True)
    if scales.is_empty():
        return _draw(frame, _STARS, about=about, title=title)
    most = scales["max_score"][0]
    others = int(scales["n"].sum()) - int(scales["n"][0])
    unshown = [f"{count_of(others, 'response')} on other scales not shown."] if others else []
    heading = title or f"Stars, of {most:g}"
    one = frame.filter(pl.col("max_score") == most)
    return _draw(one, _scale(one), about=about, title=heading, also=unshown)


def _scale(frame: pl.DataFrame) -> _Measure:
    """Return the measure in stars if all responses have the same scale, otherwise as a share of the scale."""
    scales = frame.filter(pl.col("n") > 0)["max_score"].unique()
    if scales.len() != 1 or scales[0] is None or not scales[0] > 1:
        return _STARS
    return replace(
        _STARS,
        axis=f"Average, 1 to {scales[0]:g} stars",
        middle="average",
        low="low",
        high="high",
        domain=(1.0, scales[0]),
        figure=".1f",
        responses=("max_score",),
    )


def _draw(
    frame: pl.DataFrame,
    measure: _Measure,
    *,
    about: Provenance | None,
    title: str | None,
    also: Sequence[str] = (),
) -> alt.LayerChart:
    needed = ("n", "verdict", measure.middle, measure.low, measure.high, *measure.responses)
    check_columns(frame, needed, source=measure.source)
    key = _key(frame, measure)
    over_time = "period" in frame.columns
    by = "" if key is None else f" by {label_of(key)}"
    heading = title or f"{measure.heading}{by}"
    answered = frame.filter(pl.col("n") > 0)
    if answered.is_empty():
        return assemble([nothing("responses")], heading, ["No responses match. Widen the dates."], about)
    length = calendar.length_of(frame) if over_time else ""
    drawn = frame if over_time else rows_to_draw(answered)
    rows = _rows(drawn, measure, key)
    more = 0 if over_time else answered.height - drawn.height
    unshown = [f"{more:,} value{'s' * (more > 1)} with fewer responses not shown."] if more else []
    layers = _over_time(rows, measure, length) if over_time else _by_key(rows, measure)
    return assemble(
        layers, heading, [_summary(answered, drawn, length), *unshown, *also], about, told=_describe(rows, measure)
    )


def _key(frame: pl.DataFrame, measure: _Measure) -> str | None:
    keys = [column for column in frame.columns if column not in _FIGURES | {"period"}]
    if len(keys) > 1 or (keys and "period" in frame.columns):
        raise ArgumentError(
            f"One chart shows periods or one key, and the frame has both. In {measure.source}, choose by= or every=, "
            "not both."
        )
    return keys[0] if keys else None


def names(frame: pl.DataFrame, *, by: str) -> pl.Series:
    """Return the name of each row, as shown in the charts."""
    return frame.select(name=shorten(_name(frame, by)))["name"]


def _name(frame: pl.DataFrame, key: str | None) -> pl.Expr:
    name = display_name(key) if key else pl.lit("All")
    if "max_score" not in frame.columns or (key and frame.filter(pl.col("n") > 0)["max_score"].n_unique() == 1):
        return name
    scale = pl.format("f {} stars", pl.col("max_score").round(1).cast(pl.String).str.strip_suffix(".0"))
    name = pl.concat_str(name, pl.lit(", o"), scale) if key else pl.concat_str(pl.lit("O"), scale)
    return name.fill_null("no scale")


def _rows(frame: pl.DataFrame, measure: _Measure, key: str | None) -> pl.DataFrame:
    rows = frame.with_columns(
        name=_name(frame, key),
        middle=pl.col(measure.middle),
        low=pl.col(measure.low),
        high=pl.col(measure.high),
        said=pl.format("{}, n {}", _figure(measure), thousands("n")),
    )
    if "average" in frame.columns:
        rows = rows.with_columns(said=pl.format("{} stars, n {}", pl.col("average").round(1), thousands("n")))
    if "period" not in frame.columns:
        return rows.select("name", "middle", "low", "high", "n", "verdict", "said", *measure.responses)
    spans = calendar.spans()
    start, end = (spans[edge].str.to_datetime(ISO, time_unit="us") for edge in ("start", "end"))
    return rows.select(
        *("middle", "low", "high", "n", "verdict", "complete", *measure.responses),
        **spans,
        name=spans["when"],
        at=(start + (end - start) / 2).dt.strftime(ISO),
    )


def _figure(measure: _Measure) -> pl.Expr:
    """Format the estimate according to `measure.figure`."""
    estimate = pl.col(measure.middle)
    if measure.figure.endswith("%"):
        return pl.format("{}%", (estimate * 100).round(0).cast(pl.Int64))
    whole = estimate.round(0).cast(pl.Int64)
    sign = pl.when(whole > 0).then(pl.lit("+")).when(whole < 0).then(pl.lit("\N{MINUS SIGN}")).otherwise(pl.lit(""))
    return pl.format("{}{}", sign, whole.abs())


def _tooltip(measure: _Measure, first: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title=first),
        alt.Tooltip("middle:Q", title=measure.middle.capitalize(), format=measure.figure),
        alt.Tooltip("low:Q", title="Interval from", format=measure.figure),
        alt.Tooltip("high:Q", title="Interval to", format=measure.figure),
        alt.Tooltip("n:Q", title="Responses", format=","),
        *(alt.Tooltip(f"{name}:Q", title=name.replace("_", " ").capitalize()) for name in measure.responses),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]


def _by_key(rows: pl.DataFrame, measure: _Measure) -> list[alt.Chart]:
    axis = alt.Axis(format=measure.figure, tickCount=6, grid=True, labelFlush=False, labelExpr=_LABEL)
    x = partial(alt.X, title=measure.axis, scale=alt.Scale(domain=measure.domain), axis=axis)
    return along_rows(rows, x=x, verdicts=_VERDICTS, tooltip=_tooltip(measure, "Value"), note="said", what="responses")


def _over_time(rows: pl.DataFrame, measure: _Measure, length: str) -> list[alt.Chart]:
    x = calendar.axis(rows, length)
    y = partial(
        alt.Y,
        title=measure.axis,
        scale=alt.Scale(domain=measure.domain),
        axis=alt.Axis(format=measure.figure, tickCount=5, labelExpr=_LABEL),
    )
    drawn = marks(
        [verdict for verdict in _VERDICTS if verdict.name in set(rows["verdict"]) - {"none"}], what="responses"
    )
    base = alt.Chart(rows.filter(pl.col("middle").is_not_null())).properties(
        width=calendar.width_of(rows), height=_HEIGHT
    )
    # The line only connects complete periods, and a period without responses interrupts it.
    whole = pl.when("complete").then("middle")
    line = alt.Chart(rows.with_columns(whole=whole)).mark_line(color=PLAIN, strokeWidth=1.5, opacity=0.5)
    ends = base.mark_rule(strokeWidth=2)
    tooltip = [*_tooltip(measure, "From"), alt.Tooltip("known:N", title="Known")]
    points = base.mark_point(filled=True, size=_POINT)
    return [
        *_mark_incomplete(rows, measure),
        line.encode(x=x("at:T"), y=y("whole:Q")),
        ends.encode(x=x("at:T"), y=y("low:Q"), y2=alt.Y2("high:Q"), color=drawn["color"], opacity=drawn["opacity"]),
        points.encode(x=x("at:T"), y=y("middle:Q"), tooltip=tooltip, **drawn),
    ]


def _mark_incomplete(rows: pl.DataFrame, measure: _Measure) -> list[alt.Chart]:
    """Hatch and label each incomplete period."""
    low, high = measure.domain
    wide = calendar.width_of(rows) / rows.height
    boxes = rows.filter(~pl.col("complete")).select("start", "end", low=low, high=high, wide=wide, tall=_HEIGHT)
    if boxes.is_empty():
        return []
    hatched = calendar.draw_hatching(calendar.hatching(boxes), opacity=0.2, scale=alt.Scale(domain=measure.domain))
    return [hatched, *calendar.names_of(rows)]


def _summary(answered: pl.DataFrame, drawn: pl.DataFrame, length: str) -> str:
    responses = count_of(int(answered["n"].sum()), "response")
    answered = drawn.filter(pl.col("n") > 0)
    few = answered.filter(pl.col("verdict") == "too few").height
    if length and answered.height == 1:
        responses = f"One {length} shows no trend. {responses}"
    if few == answered.height:
        where = f" in any {length}" if length else " anywhere"
        return f"{responses}{' in all' * (few > 1)}, too few to rely on{where * (few > 1)}."
    if few:
        return f"{responses}. Faded: {few} of {answered.height} estimates, from too few responses to rely on."
    if answered.height > 1:
        return f"{responses}. Overlapping intervals don't rule out a difference."
    return f"{responses}."


def rows_to_draw(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that the charts by key draw: of more than `_SHORT`, those with enough responses, if any have."""
    answered = frame.filter(pl.col("n") > 0)
    enough = answered.filter(pl.col("verdict") == "enough")
    return with_most_responses(enough if answered.height > _SHORT and enough.height else answered, _MOST_ROWS)


def with_most_responses(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """Keep the rows with the most responses, in the frame's order."""
    return rows.filter(pl.col("n").rank("ordinal", descending=True) <= most)


def _describe(rows: pl.DataFrame, measure: _Measure) -> list[str]:
    """Describe the latest periods, or the values with the most responses, for readers who cannot see the chart."""
    known = rows.filter(pl.col("middle").is_not_null())
    figures = known.tail(_MOST_DESCRIBED) if "start" in rows.columns else with_most_responses(known, _MOST_DESCRIBED)

    def write(value: float) -> str:
        return with_minus(drop_minus_of_zero(f"{value:{measure.figure}}"))

    return [
        f"{name[:60]}: {write(middle)} ({write(low)} to {write(high)}, n {n:,})."
        for name, middle, low, high, n in figures.select("name", "middle", "low", "high", "n").rows()
    ]
