"""Charts of a report: each is as wide as the page and follows its filters by type and by status.

Counts are summed in the browser. Anything based on a test is computed beforehand for every pair of a type and a status,
so that an interval always belongs to the rows that it is shown for.
"""

from __future__ import annotations

from functools import cache, partial
from itertools import product
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.analysis import changes, intervals, lifecycle, periods, ratings, releases, trends
from seggwat_nb.charts import by_release as by_release_chart
from seggwat_nb.charts import helpful as helpful_chart
from seggwat_nb.charts import nps as nps_chart
from seggwat_nb.charts import stars as stars_chart
from seggwat_nb.charts.base import EMPTY, FADED, NONE, nothing, thousands
from seggwat_nb.charts.calendar import spans, ticks
from seggwat_nb.charts.changes import usual, verdict_in_words
from seggwat_nb.charts.interval_rows import Verdict, marks
from seggwat_nb.charts.theme import colours
from seggwat_nb.share.report.analyses import by_release
from seggwat_nb.share.report.chart_parts import (
    KEYS,
    add_filters,
    assemble_part,
    chart_of_counts,
    count_by,
    matches,
    options_of,
    param,
    rows_of_choices,
    values_in_order,
    with_findings,
    without_filters,
)
from seggwat_nb.share.report.data import display_text
from seggwat_nb.share.report.once import once
from seggwat_nb.text import count_of, format_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seggwat_nb.share.report.data import ReportData
    from seggwat_nb.share.report.key_findings import Found

__all__ = [
    "OLD",
    "bugs_by_version",
    "change_rows",
    "helpful",
    "helpful_by_release",
    "nps",
    "nps_by_release",
    "open_by_age",
    "open_items",
    "rows_by_version",
    "stars",
    "stars_by_release",
    "volume",
    "what_changed",
]

OLD: Final = lifecycle.BANDS["1 to 3 months"]
"""Age in days at which an open item counts as old."""

_COMPARED: Final = ("type", "path", "source")
_MOST_PERIODS: Final = 120
_MOST_ROWS: Final = 12
_ROW: Final = 42
_BAR: Final = 34
_FARTHEST: Final = 32.0
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
_TICK: Final = f"Tick: all earlier versions. Up to {_MOST_ROWS} versions, in version order."
_YOUNG: Final = "The selected items cover less than two weeks, too few days to compare."
_LONGER: Final[Mapping[str, periods.Every]] = {"1w": "1mo", "1mo": "1q", "1q": "1q"}
"""Period of the charts of ratings where most shorter ones have too few, as a score based on few says nothing."""

# That of the page: the width of the plot is known only after the rows of the legend have been given room.
_LEGEND_COLUMNS: Final = "(width ? containerSize()[0] : 0) < 400 ? 3 : 4"
_NAME_WIDTH: Final = "min(300, width - 56)"
"""Maximum width of a name, so that it does not cover the figures at the end of its row."""

_LENGTHS: Final = {"1w": "week", "1mo": "month", "1q": "quarter"}
_GREY: Final = "#808894"
_MOVED: Final = (
    Verdict("up", "triangle-up", "#0072B2"),
    Verdict("down", "triangle-down", "#D55E00"),
    Verdict("part", "square", "#0072B2", said="part of another change"),
    Verdict("unclear", "circle", _GREY),
    Verdict("too few", "diamond", _GREY, faded=True),
)
_NOT_COMPARED: Final = "not compared"
"""Said of a version with too few items, or with none before it, which may have many."""
_RELEASED: Final = (
    Verdict("worse", "triangle-up", "#D55E00"),
    Verdict("better", "triangle-down", "#0072B2"),
    Verdict("unclear", "circle", _GREY),
    Verdict(_NOT_COMPARED, "diamond", _GREY, faded=True),
)


def volume(data: ReportData, found: Found | None = None) -> alt.LayerChart:
    """Draw the items in each period by type. Bars are stacked in the browser, so that filters apply to them.

    If a finding is selected, only its items are drawn.
    """
    what = f"Items per {_LENGTHS[data.period]} by type"
    calendar = trends.volume(
        data.feedback, every=data.period, where=data.where, time_zone=data.time_zone,
        as_of=data.about.as_of,
    )  # fmt: skip
    cut = calendar.height - _MOST_PERIODS
    calendar = calendar.tail(_MOST_PERIODS)
    if not calendar["count"].sum():
        return assemble_part([nothing("items")], what, ["No items match."], data)
    dates = calendar.select(
        "period",
        "complete",
        **spans(),
    )
    start = periods.period_start(pl.col("created_at"), every=data.period, time_zone=data.time_zone)
    keys = KEYS if found is None else ("finding", *KEYS)
    cube = (
        count_by(with_findings(data.items.select("id", *KEYS, period=start), found), "period", *keys)
        .join(dates, on="period")
        .drop("period")
        .sort("start", *keys)
    )
    values = values_in_order(cube, "type")
    cube = cube.with_columns(place=pl.col("type").replace_strict(values, range(len(values)), return_dtype=pl.Int64))
    unfinished = dates.filter(~pl.col("complete")).height
    said = [
        *([f"Faded: incomplete {_LENGTHS[data.period]}s."] if unfinished else []),
        *([f"{count_of(cut, f'earlier {_LENGTHS[data.period]}')} not shown."] if cut > 0 else []),
    ]
    axis = ticks(dates["start"].to_list(), _LENGTHS[data.period])
    return add_filters(assemble_part(_bars(cube, dates, values, axis), what, said, data), data, found)


def _bars(cube: pl.DataFrame, dates: pl.DataFrame, values: list[str], axis: alt.Axis) -> list[alt.Chart]:
    picked = alt.selection_point(name="picked", fields=["type"], bind="legend")
    x = partial(
        alt.X,
        title=None,
        scale=alt.Scale(type="utc", domain=[dates["start"][0], dates["end"][-1]]),
        axis=axis,
    )
    bars = (
        chart_of_counts(cube)
        .transform_filter(matches("type"))
        .transform_filter(matches("status"))
        .transform_aggregate(
            count="sum(count)", groupby=["start", "end", "when", "known", "complete", "type", "place"]
        )
        .transform_stack(
            stack="count", as_=["low", "high"], groupby=["start"], sort=[alt.SortField("place", order="ascending")]
        )
        .mark_rect(xOffset=0.5, x2Offset=-0.5)
        .encode(
            x=x("start:T"),
            x2=alt.X2("end:T"),
            y=alt.Y("low:Q", title="Items", axis=_integer_axis()),
            y2=alt.Y2("high:Q"),
            color=alt.Color(
                "type:N",
                title=None,
                sort=values,
                scale=alt.Scale(domain=values, range=colours("type", values, grey=[NONE, EMPTY])),
                legend=alt.Legend(
                    orient="bottom", columns=alt.ExprRef(_LEGEND_COLUMNS), symbolType="square", labelLimit=76
                ),
            ),
            opacity=alt.when(~picked).then(alt.value(0.12)).when("datum.complete").then(alt.value(1)).otherwise(
                alt.value(FADED)
            ),
            tooltip=[
                alt.Tooltip("when:N", title="From"),
                alt.Tooltip("type:N", title="Type"),
                alt.Tooltip("count:Q", title="Items", format=","),
                alt.Tooltip("known:N", title="Known"),
            ],
        )
        .add_params(picked)
    )  # fmt: skip
    last = dates.tail(1).filter(~pl.col("complete"))
    note = (
        alt.Chart(last)
        .mark_text(align="right", baseline="bottom", dy=-4, fontSize=11, fontStyle="italic", opacity=0.75)
        .encode(x=x("end:T"), y=alt.YValue(0), text=alt.Text("known:N"))
    )
    return [bars, note] if last.height else [bars]


def what_changed(data: ReportData) -> alt.LayerChart:
    """Draw what changed between the two windows, for every choice of the filters."""
    _, windows = data.compared
    days = windows.after if windows.complete else data.days  # fewer in a young project
    what = f"Last {days} days compared with usual"
    if not data.items.height:
        return assemble_part([nothing("items")], what, ["No items match."], data)
    after = data.windows[1]
    said = [
        f"Items in the {days} days to {format_day(after.last)}, relative to usual (up to 24 weeks before).",
        "Marked up or down only if the share of all items also changed, beyond chance, bursts and slow drift.",
        "Values with too few items are shown only if there are no others.",
    ]
    axis = alt.Axis(
        values=[1 / 32, 1 / 8, 1 / 2, 1, 2, 8, 32],
        labelExpr=f"(datum.value < 1 ? '1/' + format(1 / datum.value, 'd') : format(datum.value, 'd')) + '{_TIMES}'",
        grid=True,
        labelFlush=False,
    )
    scale = alt.Scale(type="log", domain=[1 / _FARTHEST, _FARTHEST])
    if not windows.complete:
        return assemble_part([nothing("items to compare")], what, [_YOUNG], data)
    rows = change_rows(data)
    if rows is None:
        return assemble_part([nothing("items to compare")], what, said, data)
    layers = _row_by_row(rows, _MOVED, title="Items relative to usual", scale=scale, axis=axis, figure="Ratio")
    return add_filters(assemble_part(layers, what, said, data, height=_ROW), data)


@once
def change_rows(data: ReportData) -> pl.DataFrame | None:
    """Compare the two windows for every choice of the filters, and return what is drawn. None if there are no rows."""
    compared, windows = data.compared
    if not windows.complete:
        return None
    choices = _choices(data)
    parts = rows_of_choices(data, compared.by((*_COMPARED, "status")), windows, choices)
    if not parts:
        return None
    keys = [[key for key in _COMPARED if key != "type" or choices[at][0] is None] for at in parts]
    ranked = list(zip(parts.values(), keys, strict=True))
    known = data.movers if 0 in parts and "theme" not in data.feedback.columns else None  # of everything
    table = changes.rank_each(ranked, windows, known=known)
    return _for_every_choice(choices, _most_changed(table, list(parts)))


def _most_changed(table: pl.DataFrame, choices: Sequence[int]) -> pl.DataFrame:
    """Take the values of each choice that changed most, as they are drawn; ``part`` counts the choices."""
    place = pl.col("verdict").replace_strict(
        [verdict.name for verdict in _MOVED], range(len(_MOVED)), default=len(_MOVED)
    )
    is_all = ((pl.col("share_before") == 1) & (pl.col("share_after") == 1)).fill_null(value=False)
    for says_little in (is_all, pl.col("verdict") == "too few"):  # the only page is compared with nothing
        table = table.filter(~says_little | says_little.all().over("part"))
    shown = table.sort("part", place, maintain_order=True).filter(pl.int_range(pl.len()).over("part") < _MOST_ROWS)
    times = pl.when(pl.col("ratio").is_finite()).then(pl.col("ratio").round(2).cast(pl.String) + _TIMES)
    inside = verdict_in_words(shown).str.replace("^part of path ", "part of page ")
    part = pl.when(pl.col("verdict") == "part").then(pl.format(" ({})", inside))
    return shown.select(
        "verdict",
        *(pl.col(end).fill_nan(None).clip(1 / _FARTHEST, _FARTHEST) for end in ("low", "high")),
        name=pl.format(
            "{}: {}{}",
            pl.col("key").replace("path", "page").str.to_titlecase(),
            display_text("value", empty=EMPTY),
            part.fill_null(""),
        ),
        middle=pl.col("ratio").fill_nan(None).clip(1 / _FARTHEST, _FARTHEST),
        tick=pl.lit(1.0),
        note=pl.format("{} → {}", usual(), thousands("after")),
        told=times.fill_null("usually none"),
        choice=pl.col("part").replace_strict(range(len(choices)), choices, return_dtype=pl.Int64),
    )


def bugs_by_version(data: ReportData) -> alt.LayerChart:
    """Draw each version's share of bugs, or of the selected type, compared with all earlier versions."""
    what = "Share of bugs by version"
    if not data.items["version"].drop_nulls().len():
        return assemble_part([nothing("versions")], what, ["No items with a version match."], data)
    rows = rows_by_version(data)
    said = [_TICK]
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=".0%", tickCount=5, grid=True, labelFlush=False)
    if not rows["verdict"].drop_nulls().len():
        return assemble_part([nothing("versions to compare")], what, said, data)
    if rows.filter(pl.col("for_type").is_null(), pl.col("for_status").is_null())["verdict"].null_count():
        said.append("No item with a version has the type Bug. Select another type to see its share.")
    layers = _row_by_row(rows, _RELEASED, title="Share", scale=scale, axis=axis, figure="Share")
    return add_filters(assemble_part(layers, what, said, data, height=_ROW), data)


@once
def rows_by_version(data: ReportData) -> pl.DataFrame:
    """Compare each version with earlier ones for every choice of the filters, and return what is drawn."""

    @cache
    def of_bugs_and_by_type(status: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
        where = data.where_only(type=None, status=status)
        known = data.bugs_and_types if status is None else releases.bugs_and_types(data.feedback, where=where)
        of_bugs, by_type = known  # without bugs, the share of each version would be 0%
        words = pl.col("verdict").replace({"higher": "worse", "lower": "better"})
        return of_bugs.filter(pl.col("count").sum() > 0), by_type.with_columns(display_text("type"), verdict=words)

    def of_choice(kind: str | None, status: str | None) -> pl.DataFrame:
        # The share of a type requires all types, so only the status narrows the rows.
        of_bugs, by_type = of_bugs_and_by_type(status)
        return of_bugs if kind in {None, "Bug"} else by_type.filter(pl.col("type") == kind).drop("type")

    choices = _choices(data)
    table = pl.concat(of_choice(*choice).with_columns(choice=pl.lit(at)) for at, choice in enumerate(choices))
    low, high = intervals.wilson(*(table[column] / table["dispersion"] for column in ("count", "n")))
    judged = pl.col("verdict").is_in(["worse", "better"])
    enough = (pl.col("verdict") != "too few").alias("enough")
    place = pl.int_range(pl.len()).over("choice").alias("place")
    latest = pl.when(enough).then(place).otherwise("n").alias("latest")
    shown = (
        table.with_columns(intervals.columns(low=low, high=high))
        .filter(pl.struct(judged, enough, latest, place).rank("ordinal", descending=True).over("choice") <= _MOST_ROWS)
        .select(
            *("low", "high"),
            verdict=pl.col("verdict").replace("too few", _NOT_COMPARED),
            name=display_text("version"),
            middle=pl.col("share"),
            tick=pl.col("share_before"),
            note=pl.format("{} of {}", thousands("count"), thousands("n")),
            told=(pl.col("share") * 100).round(1).cast(pl.String) + "%",
            choice="choice",
        )
    )
    return _for_every_choice(choices, shown)


def open_items(data: ReportData) -> pl.DataFrame:
    """Return the open items (`seggwat_nb.analysis.lifecycle.open_items`)."""
    return lifecycle.open_items(data.feedback, where=data.where, as_of=data.about.as_of)


def open_by_age(data: ReportData, found: Found | None = None) -> alt.LayerChart:
    """Draw the age of open items by status. Items are counted in the browser, so that filters apply."""
    what = "Open items by age"
    rows = open_items(data)
    if not rows.height:
        return assemble_part([nothing("open items")], what, ["No open items match."], data)
    keys = KEYS if found is None else ("finding", *KEYS)
    cube = count_by(with_findings(rows.select("id", "band", *KEYS), found), "band", *keys)
    cube = cube.sort(pl.col("band").cast(pl.Enum(list(lifecycle.BANDS))), *keys)
    values = values_in_order(cube, "status")
    cube = cube.with_columns(place=pl.col("status").replace_strict(values, range(len(values)), return_dtype=pl.Int64))
    bars = (
        chart_of_counts(cube)
        .transform_filter(matches("type"))
        .transform_filter(matches("status"))
        .mark_bar()
        .encode(
            y=alt.Y(
                "band:N",
                title=None,
                scale=alt.Scale(domain=list(lifecycle.BANDS)),
                axis=alt.Axis(domain=False, ticks=False),
            ),
            x=alt.X("sum(count):Q", title="Items", axis=_integer_axis()),
            order=alt.Order("place:Q"),
            color=alt.Color(
                "status:N",
                title=None,
                sort=values,
                scale=alt.Scale(domain=values, range=colours("status", values)),
                legend=alt.Legend(orient="bottom", columns=alt.ExprRef(_LEGEND_COLUMNS), symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("band:N", title="Age"),
                alt.Tooltip("status:N", title="Status"),
                alt.Tooltip("sum(count):Q", title="Items", format=","),
            ],
        )
    )
    said = ["Days since the item was created."]
    return add_filters(assemble_part([bars], what, said, data, height=_BAR), data, found)


def nps(data: ReportData) -> alt.LayerChart | None:
    """Draw the Net Promoter Score over time, or say that there are no ratings. None if there are only other kinds.

    Ratings have no type or status, so no filter applies to these charts.
    """
    if not data.responses.height:
        return assemble_part([nothing("ratings")], "Ratings", ["No ratings match."], data)
    return _over_time(data, "nps", ratings.nps, nps_chart)


def helpful(data: ReportData) -> alt.LayerChart | None:
    """Draw the share of "helpful" votes over time. None if there are none."""
    return _over_time(data, "helpful", ratings.helpful, helpful_chart)


def stars(data: ReportData) -> alt.LayerChart | None:
    """Draw the average of stars over time. None if there are none."""
    return _over_time(data, "star", ratings.stars, stars_chart)


def nps_by_release(data: ReportData) -> alt.LayerChart | None:
    """Draw the Net Promoter Score of each version, compared with earlier ones. None if no version can be compared."""
    return _by_release(data, "nps")


def helpful_by_release(data: ReportData) -> alt.LayerChart | None:
    """Draw the share of "helpful" votes of each version, compared with earlier ones, as `nps_by_release`."""
    return _by_release(data, "helpful")


def stars_by_release(data: ReportData) -> alt.LayerChart | None:
    """Draw the stars of each version, compared with earlier ones, as `nps_by_release`."""
    return _by_release(data, "stars")


def _by_release(data: ReportData, measure: str) -> alt.LayerChart | None:
    table = by_release(data).filter(measure=measure)
    return None if (table["verdict"] == "too few").all() else without_filters(by_release_chart(table), data)


def _over_time(
    data: ReportData, kind: str, rate: Callable[..., pl.DataFrame], draw: Callable[[pl.DataFrame], alt.LayerChart]
) -> alt.LayerChart | None:
    if kind not in data.responses["rating_type"]:
        return None
    as_of = (data.about_ratings or data.about).as_of
    shown = partial(rate, data.ratings, where=data.where, time_zone=data.time_zone, as_of=as_of)
    table = shown(every=data.period)
    enough = table.filter(pl.col("n") > 0)["verdict"] == "enough"
    if 2 * enough.sum() < enough.len():
        table = shown(every=_LONGER[data.period])
    return without_filters(draw(table), data)


def _integer_axis() -> alt.Axis:
    """Put ticks at whole numbers only."""
    return alt.Axis(tickCount=5, format=",d", labelExpr="datum.value % 1 ? '' : datum.label", grid=True)


def _row_by_row(  # one row per name, with the name above its interval, so that it is readable on a phone
    rows: pl.DataFrame, verdicts: Sequence[Verdict], *, title: str, scale: alt.Scale, axis: alt.Axis, figure: str
) -> list[alt.Chart]:
    here = f"datum.for_type === {param('type')} && datum.for_status === {param('status')}"
    spoken = pl.format("{}: {}, {}, {}", "name", "told", "note", "verdict")
    base = alt.Chart(rows.with_columns(spoken=spoken)).transform_filter(here)
    before = base.transform_filter("datum.tick !== null")
    known = base.transform_filter("datum.middle !== null")
    y = alt.Y("row:O", axis=None, scale=alt.Scale(paddingOuter=0.1))
    drawn = marks([verdict for verdict in verdicts if verdict.name in set(rows["verdict"])])

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title=title, scale=scale, axis=axis)

    names = base.mark_text(
        aria=False, align="left", baseline="middle", dy=-10, fontSize=12, limit=alt.ExprRef(_NAME_WIDTH)
    )
    notes = base.mark_text(aria=False, align="right", baseline="middle", dy=-10, fontSize=11, opacity=0.75)
    tooltip = [
        alt.Tooltip("name:N", title="Value"),
        alt.Tooltip("told:N", title=figure),
        alt.Tooltip("note:N", title="Items"),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    return [
        before.mark_tick(aria=False, color=_GREY, thickness=2, size=16, yOffset=8).encode(x=x("tick"), y=y),
        known.mark_rule(aria=False, strokeWidth=2, yOffset=8).encode(
            x=x("low"), x2=alt.X2("high:Q"), y=y, color=drawn["color"], opacity=drawn["opacity"]
        ),
        known.mark_point(filled=True, size=80, yOffset=8).encode(
            x=x("middle"), y=y, tooltip=tooltip, description=alt.Description("spoken:N"), **drawn
        ),
        names.encode(x=alt.XValue(0), y=y, text=alt.Text("name:N")),
        notes.encode(x=alt.XValue("width"), y=y, text=alt.Text("note:N")),
    ]


def _choices(data: ReportData) -> list[tuple[str | None, str | None]]:
    """List every pair of a type and a status, and all of either; None stands for all."""
    types, statuses = ([None, *options_of(data, key)] for key in KEYS)
    return list(product(types, statuses))


def _for_every_choice(choices: Sequence[tuple[str | None, str | None]], rows: pl.DataFrame) -> pl.DataFrame:
    """Add the choice to its rows, and their number within it; a choice without rows has one that says so."""
    places = pl.DataFrame(choices, schema={"for_type": pl.String, "for_status": pl.String}, orient="row")
    return (
        places.with_row_index("choice")
        .cast({"choice": rows.schema["choice"]})
        .join(
            rows.with_columns(row=pl.int_range(pl.len()).over("choice")), "choice", "left", maintain_order="left_right"
        )
        .with_columns(
            name=pl.when(pl.col("row").is_null()).then(pl.lit("Nothing to compare")).otherwise("name"),
            note=pl.col("note").fill_null(""),  # Vega writes "null"
        )
        .select(pl.col("row").fill_null(0), *rows.drop("choice").columns, "for_type", "for_status")
    )
