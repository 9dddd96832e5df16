"""Charts of the life cycle: the age of open items, the backlog over time, and the time until items are handled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts import calendar
from seggwat_nb.charts.base import (
    FADED,
    ISO,
    WIDEN,
    assemble,
    check_columns,
    display_name,
    integer_axis,
    name_some,
    nothing,
)
from seggwat_nb.charts.interval_rows import ROW, Verdict, along_rows
from seggwat_nb.charts.keys import has_overlap, keys_in
from seggwat_nb.charts.theme import GREYS, colours
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import OPEN_STATUSES
from seggwat_nb.text import count_of, format_day, join_words

if TYPE_CHECKING:
    from seggwat_nb.provenance import Provenance

__all__ = ["ages", "backlog", "times", "waiting"]

_WIDTH: Final = 560
_STATES: Final = ("New, never answered", "answered")
_FIGURES: Final = ("n", "reached", "earlier", "median_least", "median_most", "low", "high", "verdict", "to")
_UNTIL: Final = {"response": "answered", "resolution": "closed"}
"""How an item that is no longer waiting is described."""
_VERDICTS: Final = (Verdict("enough", "circle", "#0072B2", expected=True), Verdict("too few", "diamond", faded=True))
_MOST_ROWS: Final = 30
_MOST_DESCRIBED: Final = 6
_BEYOND: Final = 1.15
"""Intervals without an end are drawn this much longer than all others, so that they are always visible."""
_BAND: Final = 8
"""Thickness in pixels, more than that of an interval line."""


def ages(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.lifecycle.ages`: open items by age, with unanswered items shown separately.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.lifecycle.ages` returned. Values of a key are summed.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.lifecycle.ages`, or an item can have several of its values.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame(
    ...     {"id": ["a"], "project_id": "p", "status": "New", "archived": False,
    ...      "created_at": [datetime(2026, 3, 1, tzinfo=UTC)]}
    ... )
    >>> old = sw.lifecycle.ages(rows, as_of=datetime(2026, 3, 11, tzinfo=UTC))
    >>> print(ages(old).to_dict()["description"])
    How long items have been open. 1 open item, 1 never answered, none older than three months.
    """
    check_columns(frame, ("band", "count", "unanswered"), source="sw.lifecycle.ages")
    for key in keys_in(frame, ("band", "count", "unanswered", "share")):
        if frame[key].n_unique() > 1 and has_overlap(frame.with_columns(_all=0), key, within="_all"):
            raise ArgumentError(
                f"An item can have several values of {key}, so these counts have no sum. Filter the frame to "
                "one of them, or leave by out."
            )
    bands = frame.group_by("band", maintain_order=True).agg(pl.col("count", "unanswered").sum())
    heading = title or "How long items have been open"
    total, unanswered = int(bands["count"].sum()), int(bands["unanswered"].sum())
    if not total:
        none = f"No open items match. Items are open if their status is {join_words(OPEN_STATUSES, last='or')}. {WIDEN}"
        return assemble([nothing("open items")], heading, [none, *_describe_unknown(about)], about)
    old = int(bands.filter(pl.col("band").is_in(["3 to 12 months", "over a year"]))["count"].sum())
    said = (
        f"{total:,} open item{'s' * (total > 1)}, {unanswered:,} never answered, "
        f"{f'{old:,}' if old else 'none'} older than three months."
    )
    answered_items = pl.col("count") - pl.col("unanswered")
    rows = pl.concat(
        [
            bands.select("band", items="unanswered", state=pl.lit(_STATES[0]), place=pl.lit(0)),
            bands.select("band", items=answered_items, state=pl.lit(_STATES[1]), place=pl.lit(1)),
        ]
    )
    (new,) = colours("status", ["New"])
    y = alt.Y("band:N", title=None, sort=bands["band"].to_list())
    bars = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("items:Q", title="Open items", axis=integer_axis("x", labelFlush=False)),
            y=y,
            order=alt.Order("place:O"),
            color=alt.Color(
                "state:N",
                title=None,
                scale=alt.Scale(domain=list(_STATES), range=[new, GREYS[-1]]),
                legend=alt.Legend(orient="bottom", direction="horizontal"),
            ),
            tooltip=[
                alt.Tooltip("band:N", title="Age"),
                alt.Tooltip("state:N", title="State"),
                alt.Tooltip("items:Q", title="Items", format=","),
            ],
        )
    )
    totals = (
        alt.Chart(bands.filter(pl.col("count") > 0))
        .mark_text(align="left", dx=4, fontSize=11)
        .encode(x=alt.X("count:Q"), y=y, text=alt.Text("count:Q", format=","))
    )
    lines = [said, *_describe_unknown(about)]
    return assemble([bars, totals], heading, lines, about).properties(width=_WIDTH, height={"step": 26})


def backlog(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.lifecycle.backlog`: the minimum and maximum number of open items over time.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.lifecycle.backlog` returned.
    about, title
        As in `ages`.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The band extends from the items that were certainly open to those that may have been. It starts
        at the first load, since next to nothing is known about the time before.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.lifecycle.backlog`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame(
    ...     {"id": ["a"], "project_id": "p", "status": "New", "archived": False,
    ...      "created_at": [datetime(2026, 3, 2, tzinfo=UTC)]}
    ... )
    >>> weeks = sw.lifecycle.backlog(rows, sw.schema.HISTORY.to_frame(), as_of=datetime(2026, 3, 11, tzinfo=UTC))
    >>> print(backlog(weeks).to_dict()["description"])
    ... # doctest: +NORMALIZE_WHITESPACE
    Open items over time. 1 item open on 11 Mar 2026. Open items before the first load on this machine are
    unknown. Load again in a few days.
    """
    check_columns(frame, ("at", "open_least", "open_most", "is_watched"), source="sw.lifecycle.backlog")
    heading = title or "Open items over time"
    if frame.is_empty():
        return assemble([nothing("items")], heading, [f"No items match. {WIDEN}"], about)
    least, most = frame.select("open_least", "open_most").row(-1)
    count = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    said = [f"{count} item{'s' if most != 1 else ''} open on {format_day(frame['at'][-1])}."]
    said += _describe_unknown(about)
    watched = frame.filter("is_watched")
    if watched.height <= 1:
        none = "Open items before the first load on this machine are unknown. Load again in a few days."
        return assemble([nothing("history yet")], heading, [*said, none], about)
    if watched.height < frame.height:
        said.append(f"Known since {format_day(watched['at'][0])}, the first load on this machine.")
    rows = watched.select(
        "open_least",
        "open_most",
        at=pl.col("at").dt.replace_time_zone(None).dt.strftime(ISO),
        when=pl.col("at").dt.strftime("%a %-d %b %Y"),
    )
    colour, *_ = colours("backlog", ["open"])
    x = alt.X(
        "at:T", title=None, scale=alt.Scale(type="utc"), axis=calendar.dates(watched["at"].dt.replace_time_zone(None))
    )
    y = alt.Y("open_least:Q", title="Open items", scale=alt.Scale(zero=True), axis=integer_axis("y"))
    base = alt.Chart(rows)
    band = base.mark_area(color=colour, opacity=FADED / 2).encode(x=x, y=y, y2=alt.Y2("open_most:Q"))
    edges = [
        base.mark_line(color=colour, strokeWidth=1.5).encode(x=x, y=alt.Y(f"open_{end}:Q", title="Open items"))
        for end in ("least", "most")
    ]
    points = base.mark_point(color=colour, size=30, filled=True, opacity=0).encode(
        x=x,
        y=alt.Y("open_most:Q", title="Open items"),
        tooltip=[
            alt.Tooltip("when:N", title="Date"),
            alt.Tooltip("open_least:Q", title="At least", format=","),
            alt.Tooltip("open_most:Q", title="At most", format=","),
        ],
    )
    return assemble([band, *edges, points], heading, said, about).properties(width=_WIDTH)


def waiting(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.lifecycle.waiting`: the share of items not yet closed, or not answered, by days since creation.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.lifecycle.waiting` returned.
    about, title
        As in `ages`. The frame does not say which items ``where`` selected, so say so in `title`.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The area between the two lines is the uncertainty due to the time between loads. The pale band
        around them is the interval. A dashed line marks one half.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.lifecycle.waiting`.

    Examples
    --------
    >>> curve = pl.DataFrame(
    ...     {"days": [0.0, 2.0, 3.0], "least": [1.0, 0.4, 0.4], "most": [1.0, 1.0, 0.4], "low": [1.0, 0.2, 0.2],
    ...      "high": [1.0, 1.0, 0.7], "to": ["resolution"] * 3}
    ... )
    >>> print(waiting(curve).to_dict()["description"])
    Share of items not closed yet. Median time until closed: 2 to 3 days.
    """
    check_columns(frame, ("days", "least", "most", "low", "high", "to"), source="sw.lifecycle.waiting")
    until = _until(frame)
    heading = title or f"Share of items {f'not {until} yet' if until else 'still waiting'}"
    if frame.is_empty():
        none = (
            "No item created since the first load has reached this point yet. Widen the dates, or load again in a few "
            "days."
        )
        return assemble([nothing("figures yet")], heading, [none], about)
    colour, *_ = colours("waiting", ["waiting"])
    shares = ("least", "most", "low", "high")
    base = alt.Chart(frame.select("days", *shares))
    x = alt.X("days:Q", title="Days since creation", axis=alt.Axis(tickCount=8), scale=alt.Scale(nice=False))

    def y(share: str) -> alt.Y:
        return alt.Y(
            f"{share}:Q",
            title=f"Not {until} yet",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
        )

    layers = [
        base.mark_area(color=colour, opacity=FADED / 2, interpolate="step-after").encode(
            x=x, y=y("low"), y2=alt.Y2("high:Q")
        ),
        base.mark_area(color=colour, opacity=FADED, interpolate="step-after").encode(
            x=x, y=y("least"), y2=alt.Y2("most:Q")
        ),
        *(
            base.mark_line(color=colour, strokeWidth=1.5, interpolate="step-after").encode(x=x, y=y(share))
            for share in ("least", "most")
        ),
        alt.Chart(pl.DataFrame({"half": [0.5]})).mark_rule(strokeDash=[4, 3], opacity=0.6).encode(y=y("half")),
        base.mark_point(color=colour, size=30, filled=True, opacity=0).encode(
            x=x,
            y=y("most"),
            tooltip=[
                alt.Tooltip("days:Q", title="Days", format=".1f"),
                alt.Tooltip("least:Q", title=f"Not {until} yet, at least", format=".0%"),
                alt.Tooltip("most:Q", title="At most", format=".0%"),
                alt.Tooltip("low:Q", title="Interval from", format=".0%"),
                alt.Tooltip("high:Q", title="to", format=".0%"),
            ],
        ),
    ]
    return assemble(layers, heading, [_median(frame, until)], about).properties(width=_WIDTH)


def _until(frame: pl.DataFrame) -> str:
    """Return how an item that is no longer waiting is described, or nothing if there are no rows."""
    waits = frame["to"].unique().to_list()
    if not set(waits) <= set(_UNTIL) or len(waits) > 1:
        found = name_some([str(one) for one in waits], most=3)
        raise ArgumentError(f"The column to has {found}. Pass what sw.lifecycle returned for one `to`.")
    return _UNTIL[waits[0]] if waits else ""


def _median(frame: pl.DataFrame, until: str) -> str:
    """Say after how many days half of the items are closed, or answered."""
    least, most = (
        frame.filter(pl.col(share) <= 0.5 + 1e-12)["days"].head(1).to_list()  # half, allowing for rounding errors
        for share in ("least", "most")
    )
    if not least:
        return f"Median time until {until} unknown: more than half are still waiting."
    first = f"{least[0]:.1f}".removesuffix(".0")
    if not most:
        return f"Median time until {until}: at least {_days(first)} (more than half may still be waiting)."
    last = f"{most[0]:.1f}".removesuffix(".0")
    return f"Median time until {until}: {_days(first) if first == last else f'{first} to {_days(last)}'}."


def _days(number: str) -> str:
    return f"{number} day{'s' * (number != '1')}"


def times(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.lifecycle.times`: the median number of days until items are closed, or answered, by key.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.lifecycle.times` returned. Only the 30 values with the most items are drawn.
    about, title
        As in `waiting`.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The thick line has all possible values of the median, since a change is only seen at the next
        load. The thin line is its interval. An interval without an end extends to the edge of the plot, and its note
        says so. Results from few items are faded and have a different shape.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.lifecycle.times`.

    Examples
    --------
    >>> medians = pl.DataFrame(
    ...     {"type": ["Bug"], "n": [40], "reached": [30], "earlier": [5], "median_least": [2.0], "median_most": [3.0],
    ...      "low": [1.0], "high": [6.0], "verdict": ["enough"], "to": ["response"]}
    ... )
    >>> print(times(medians).to_dict()["description"])
    ... # doctest: +NORMALIZE_WHITESPACE
    Median days until answered by type. Thick: possible values of the median, given the time between
    loads. Thin: its interval. Bug: 2 to 3 days (30 of 40).
    """
    check_columns(frame, _FIGURES, source="sw.lifecycle.times")
    keys = [column for column in frame.columns if column not in _FIGURES]
    if len(keys) > 1:
        raise ArgumentError(
            f"The frame has several keys: {', '.join(keys)}. Pass what sw.lifecycle.times returned for one key."
        )
    by = f" by {keys[0].replace('_', ' ')}" if keys else ""
    until = _until(frame)
    heading = title or f"Median days until {until or 'done'}{by}"
    known = frame.filter(pl.col("n") > 0)
    if known.is_empty():
        none = "No items were created since the first load. Widen the dates, or load again in a few days."
        return assemble([nothing("figures yet")], heading, [none], about)
    rows = _rows(known.filter(pl.col("n").rank("ordinal", descending=True) <= _MOST_ROWS), keys)
    more = known.height - rows.height
    unshown = [f"{more:,} value{'s' * (more > 1)} with fewer items not shown."] if more else []
    told = [f"{name}: {said}." for name, said in rows.select("name", "told").rows()]
    legend = "Thick: possible values of the median, given the time between loads. Thin: its interval."
    return assemble(_medians(rows, until), heading, [legend, *unshown], about, told=told[:_MOST_DESCRIBED])


def _rows(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    least, most = (pl.col(f"median_{end}") for end in ("least", "most"))
    ends = frame.select("low", "high", "median_most", "median_least")
    farthest = ends.select(pl.max_horizontal(pl.all()).max()).item() or 1.0
    edge = farthest * _BEYOND if sum(ends.null_count().row(0)) else farthest
    days = (
        pl.when(least.is_null())
        .then(pl.lit("more than half still waiting"))
        .when(most.is_null())
        .then(pl.format("at least {} days", least.round(1)))
        .when(least.round(1) == most.round(1))
        .then(pl.format("{} days", least.round(1)))
        .otherwise(pl.format("{} to {} days", least.round(1), most.round(1)))
        .str.replace_all(r"\.0\b", "")
        .str.replace(r"^((?:at least )?1) days$", "$1 day")
    )
    counts = pl.format("{} of {}", "reached", "n")
    endless = pl.when(pl.col("low").is_not_null() & pl.col("high").is_null()).then(pl.lit(", no upper limit"))
    return frame.with_columns(
        name=display_name(keys[0]) if keys else pl.lit("All"),
        middle=(least + most) / 2,
        band_end=most.fill_null(edge),
        high=pl.col("high").fill_null(edge),
        told=pl.format("{} ({})", days, counts),
        said=pl.format("{}{}", counts, endless.fill_null("")),
    )


def _medians(rows: pl.DataFrame, until: str) -> list[alt.Chart]:
    axis = alt.Axis(tickCount=6, grid=True, labelFlush=False)
    x = partial(alt.X, title="Days since creation", scale=alt.Scale(domainMin=0, nice=True), axis=axis)
    tooltip = [
        alt.Tooltip("name:N", title="Value"),
        alt.Tooltip("median_least:Q", title="Median, at least", format=".1f"),
        alt.Tooltip("median_most:Q", title="At most", format=".1f"),
        alt.Tooltip("low:Q", title="Interval from", format=".1f"),
        alt.Tooltip("said:N", title=until.capitalize()),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    colour, *_ = colours("waiting", ["waiting"])
    band = (
        alt.Chart(rows.with_row_index("row").drop_nulls("median_least"))
        .mark_rule(strokeWidth=_BAND, opacity=FADED, color=colour)
        .encode(x=x("median_least:Q"), x2=alt.X2("band_end:Q"), y=ROW)
    )
    return [band, *along_rows(rows, x=x, verdicts=_VERDICTS, tooltip=tooltip, note="said", what=until)]


def _describe_unknown(about: Provenance | None) -> list[str]:
    """Say how many of the items loaded are neither open nor closed, because their status is unknown."""
    items = 0 if about is None else sum(about.unknown.get("status", {}).values())
    if not items:
        return []
    return [f"{count_of(items, 'item')} loaded with an unknown status, counted as neither open nor closed."]
