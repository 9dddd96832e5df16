"""The explorer's view as one offline page: checkboxes with live counts and a chart, without the items.

The page contains a cube: the number of items for each type, status, source and version in each period. Its script sums
cells when boxes are ticked. Anything that needs the items themselves, such as search, is left out. The page says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from seggwat_nb.analysis import trends
from seggwat_nb.analysis.column_types import with_known_types
from seggwat_nb.analysis.periods import period_start
from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.analysis.versions import in_order, merge_spellings, newest_first
from seggwat_nb.charts.base import EMPTY, ISO, NONE, fade_unless, integer_axis
from seggwat_nb.charts.calendar import DAY, length_of, period_name, spans, ticks
from seggwat_nb.charts.display import LayerChart
from seggwat_nb.charts.keys import REST
from seggwat_nb.charts.theme import colours
from seggwat_nb.files import write_output
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.share import privacy
from seggwat_nb.share.export import check_target
from seggwat_nb.share.pages.page import build_page
from seggwat_nb.share.report.data import display_text
from seggwat_nb.text import RARE, count_of, format_moment, rest_of

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from seggwat_nb.analysis.periods import Every
    from seggwat_nb.provenance import Provenance

__all__ = ["MOST_CELLS", "Cube", "cube", "write"]

MOST_CELLS: Final = 50_000
"""Maximum number of cells on a page: about a megabyte, summed within one frame of the screen."""

_SMALL: Final = 2
"""A figure of this many items or fewer may reveal a single item to someone who knows the others."""

_COLUMNS: Final[tuple[str, ...]] = ("type", "status", "source", "version")
_WANTED: Final[Mapping[str, str]] = {
    "message": "message search",
    "theme": "themes",
    "path": "paths",
    "language": "languages",
    "submitted_by": "submitters",
    "project_id": "projects",
    "archived": "archived",
}
"""Maps a column to the explorer's filter that needs it and that a page does not offer."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The layout of a cube: its periods, its columns, and how many values outside a vocabulary each column shows."""

    every: Every
    columns: tuple[str, ...]
    most: int


_PLANS: Final = (
    _Plan("1w", _COLUMNS, 40),
    _Plan("1mo", _COLUMNS, 40),
    _Plan("1mo", _COLUMNS, 12),
    _Plan("1mo", _COLUMNS[:3], 12),
    _Plan("1mo", _COLUMNS[:2], 12),
    _Plan("1mo", _COLUMNS[:1], 12),
    _Plan("1y", (), 0),
)
"""The first one that is small enough is used. The least informative parts are dropped first."""
_SHORTEST_FIRST: Final[tuple[Every, ...]] = ("1d", "1w", "1mo", "1q", "1y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """Counts by a few columns and by period.

    Attributes
    ----------
    values : mapping
        Maps each column to its values as displayed, in reading order.
    colours : mapping
        Maps each column to the colors of these values, the same as in every chart.
    periods : pl.DataFrame
        The periods with items, in order: ``start`` and ``end`` (Int64, milliseconds of local wall time, so that no
        browser shifts them), ``name``, ``known`` (String) and ``complete`` (Boolean).
    cells : pl.DataFrame
        One row per combination that occurs: positions in `periods` and in each of `values`, and ``count`` (Int64).
    length : str
        Length of a period: ``week``, ``month``, ``quarter`` or ``year``.
    merged : mapping
        Maps a column to the number of its values that were grouped.
    left_out : tuple of str
        Columns of the frame that would have made the cube too large.
    """

    values: Mapping[str, Sequence[str]]
    colours: Mapping[str, Sequence[str]]
    periods: pl.DataFrame
    cells: pl.DataFrame
    length: str
    merged: Mapping[str, int]
    left_out: tuple[str, ...]


def cube(
    frame: pl.DataFrame,
    *,
    where: FeedbackFilter | None = None,
    every: Every = "1w",
    as_of: datetime | None = None,
    most_cells: int = MOST_CELLS,
) -> Cube:
    """Count the rows that a filter selects, in as much detail as the number of cells allows, so that it can be shared.

    Parameters
    ----------
    frame
        Feedback.
    where
        Rows to count. Periods are in its time zone.
    every
        Length of a period, at least a week.
    as_of
        When the rows were loaded.
    most_cells
        Maximum number of cells. If there are more, the cube uses months, then fewer versions, then drops version,
        source, status and type, in this order. Counts per year always remain.

    Returns
    -------
    Cube
        Values outside a vocabulary that have fewer than ``seggwat_nb.share.privacy.SMALLEST_GROUP`` rows, or that are
        not among the most frequent, are grouped as ``Rare (n values)``. Spellings of the same version are merged.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = {"created_at": [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3, 9)], "type": ["Bug", None, "Bug"]}
    >>> small = cube(pl.DataFrame(rows))
    >>> small.cells.rows()
    [(0, 0, 1), (0, 1, 1), (1, 0, 1)]
    >>> small.values, small.periods["name"].to_list()
    ({'type': ['Bug', '(none)']}, ['2 Mar 2026', '9 Mar 2026'])
    """
    where = where or FeedbackFilter()
    known = [column for column in _COLUMNS if column in frame.columns]
    kept = [*known, *(["submitted_by"] if "submitted_by" in frame.columns else [])]
    chosen = where.apply(frame).select("created_at", pl.col(kept).cast(pl.String))
    masked = privacy.mask(chosen, salt=None, people=privacy.submitters(frame))
    rows = merge_spellings(masked.drop("submitted_by", strict=False)).with_columns(pl.col(pl.String).replace("", None))
    here = [column for column in known if rows[column].null_count() < rows.height]
    for plan in _PLANS:
        columns = [column for column in plan.columns if column in here]
        named = {column: _with_rest(rows, column, plan.most) for column in columns}
        lasting = max(plan.every, every, key=_SHORTEST_FIRST.index)
        start = period_start(pl.col("created_at"), every=lasting, time_zone=where.time_zone)
        cells = rows.select(*(shown for shown, _ in named.values()), period=start)
        cells = cells.group_by("period", *columns).agg(count=pl.len().cast(pl.Int64))
        if cells.height <= most_cells:
            break
    periods, length = _periods(frame, where, lasting, as_of)
    values: dict[str, list[str]] = {column: _in_reading_order(column, cells[column].unique()) for column in columns}
    return Cube(
        values=values,
        colours={column: _choose_colours(cells, column, values[column]) for column in columns},
        periods=periods.drop("period"),
        cells=cells.select(
            _places("period", periods["period"]),
            *(_places(column, pl.Series(values[column], dtype=pl.String)) for column in columns),
            "count",
        ).sort("period", *columns),
        length=length,
        merged={column: rare for column, (_, rare) in named.items() if rare},
        left_out=tuple(column for column in here if column not in columns),
    )


def write(
    frame: pl.DataFrame,
    path: str | os.PathLike[str],
    *,
    where: FeedbackFilter | None = None,
    by: str | None = None,
    every: Every = "1w",
    about: Provenance | None = None,
    as_of: datetime | None = None,
    beside: Mapping[str, Any] | None = None,
) -> Path:
    """Write the page to one file, atomically.

    Parameters
    ----------
    frame
        Feedback as loaded.
    path
        The file. Its name must end in ``.html``.
    where
        Rows to count.
    by
        The column by which the chart is colored at first. If the page lacks it, its first column is used.
    every
        As for `cube`.
    about
        Provenance of the rows.
    as_of
        When the rows were loaded. By default, the time of `about`.
    beside
        An additional chart of masked rows that ignores the checkboxes: ``heading``, ``said``, ``label`` and ``spec``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        The suffix is wrong, or the folder is missing or not writable. Nothing was counted.
    """
    target = check_target(path, suffixes=(".html",))
    frame = with_known_types(frame)
    check_columns(frame, ["created_at"], wanted="what client.feedback() returned")
    where = where or FeedbackFilter()
    as_of = as_of or (about.as_of if about else None)
    counts = cube(frame, where=where, every=every, as_of=as_of)
    moment = f"As of {format_moment(as_of)}. " if as_of else ""
    body, store = _body(counts, frame, where, about, beside, moment=moment), {**_store(counts, by), "beside": beside}
    page = build_page(body, title="Explore feedback", store=store, name="counts", styles=("page", "counts"))
    write_output(target, page.encode("utf-8", "replace"))
    return target


# -- counting ---------------------------------------------------------------------------------------------------------


def _with_rest(rows: pl.DataFrame, column: str, most: int) -> tuple[pl.Series, int]:
    """Return a column's values as displayed, with rare ones outside a vocabulary grouped, and how many were grouped."""
    known = pl.col(column).is_in(VOCABULARIES.get(column, ()))
    others = rows.select(pl.when(~known).then(pl.col(column)))
    safe = privacy.merge_small(others, by=column)
    frequent = safe.filter(safe[column] == others[column])[column].value_counts(sort=True, name="rows")
    kept = frequent.sort(["rows", column], descending=[True, False])[column].head(most)
    rare = others.filter(~pl.col(column).is_in(kept.implode()))[column].n_unique()
    is_rare = others[column].is_not_null() & ~others[column].is_in(kept.implode())
    shown = rows.select(display_text(column))[column]
    rest = rest_of(rare, kept.to_list(), called=RARE)
    return pl.select(pl.when(is_rare).then(pl.lit(rest)).otherwise(shown).alias(column)).to_series(), rare


def _periods(
    frame: pl.DataFrame, where: FeedbackFilter, every: Every, as_of: datetime | None
) -> tuple[pl.DataFrame, str]:
    """Return the periods with items, how much of each is known, and their length."""
    volume = trends.volume(frame, every=every, where=where, time_zone=where.time_zone, as_of=as_of)
    length = length_of(volume, most=None)
    local = pl.col("period").dt.replace_time_zone(None)
    known = volume.filter(pl.col("count") > 0).select(
        "period",
        "complete",
        name=period_name(local, pl.col("days_total"), weekday=False),
        known=spans()["known"],
        start=local.dt.epoch("ms"),
        end=(local + pl.duration(days="days_total")).dt.epoch("ms"),
    )
    return known, length


def _places(column: str, values: pl.Series) -> pl.Expr:
    return pl.col(column).replace_strict(values, range(values.len()), return_dtype=pl.Int64)


def _in_reading_order(column: str, values: pl.Series) -> list[str]:
    """Sort a vocabulary in its own order and versions from the newest. Groups and missing values come last."""
    last = [*values.filter(values.str.contains(REST)), NONE]
    known = [value for value in VOCABULARIES.get(column, ()) if value in values]
    others = sorted(value for value in values if value not in {*known, *last})
    if column == "version":
        others = newest_first([str(value) for value in in_order(others)])
    return [*known, *others, *(value for value in last if value in values)]


def _choose_colours(cells: pl.DataFrame, column: str, values: Sequence[str]) -> list[str]:
    """Return the colors of a vocabulary. Without one, the most frequent values get colors of their own."""
    by_count = cells.group_by(column).agg(pl.col("count").sum()).sort(["count", column], descending=[True, False])
    grey = [NONE, EMPTY, *by_count[column].filter(by_count[column].str.contains(REST))]
    if column in VOCABULARIES:
        return colours(column, values, grey=grey)
    in_turn = by_count[column].to_list()
    found = dict(zip(in_turn, colours(column, in_turn, grey=grey), strict=True))
    return [found[value] for value in values]


# -- the page ---------------------------------------------------------------------------------------------------------


def _store(counts: Cube, by: str | None) -> dict[str, Any]:
    columns = [
        {"name": name, "label": name.capitalize(), "values": values, "colours": counts.colours[name]}
        for name, values in counts.values.items()
    ]
    return {
        "columns": columns,
        "by": by if by in counts.values else next(iter(counts.values), None),
        "length": counts.length,
        "periods": counts.periods.to_dict(as_series=False),
        "cells": {column.name: column.to_list() for column in counts.cells.iter_columns()},
        "spec": _spec(counts.periods, counts.length) if counts.periods.height else None,
    }


def _spec(periods: pl.DataFrame, length: str) -> dict[str, Any]:
    """Return the chart's spec. The script adds its rows."""
    since, until = periods["start"][0], periods["end"][-1]
    days = {"day": 1, "week": 7}.get(length)  # periods without items are not among the rows
    moments = periods["start"] if days is None else pl.Series(range(since, until, days * DAY), dtype=pl.Int64)
    starts = moments.cast(pl.Datetime("ms")).dt.strftime(ISO).to_list()  # Vega-Lite draws no ticks at numbers
    # Not as a domain: for bars with two ends, Vega-Lite writes it twice, the second time incorrectly.
    low, high = (alt.ExprRef(str(moment)) for moment in (since, until))
    scale = alt.Scale(type="utc", domainMin=low, domainMax=high)
    bars = (
        alt.Chart(alt.NamedData("bars"))
        .mark_rect()
        .encode(
            x=alt.X("start:T", title=None, scale=scale, axis=ticks(starts, length)),
            x2=alt.X2("end:T"),
            y=alt.Y("low:Q", title="Items", scale=alt.Scale(zero=True, nice=True), axis=integer_axis("y")),
            y2=alt.Y2("high:Q"),
            color=alt.Color("colour:N", scale=None),
            opacity=fade_unless("datum.complete"),
            tooltip=[
                alt.Tooltip("name:N", title="From"),
                alt.Tooltip("value:N", title="Value"),
                alt.Tooltip("count:Q", title="Items", format=","),
                alt.Tooltip("known:N", title="Known"),
            ],
            description=alt.Description("told:N"),
        )
    )
    return LayerChart(layer=[bars]).properties(width="container", height=280).to_dict()


def _body(
    counts: Cube,
    frame: pl.DataFrame,
    where: FeedbackFilter,
    about: Provenance | None,
    beside: Mapping[str, Any] | None,
    *,
    moment: str,
) -> str:
    demo = '<p><span class="demo">Synthetic demo data</span></p>' if about and about.demo else ""
    chosen = int(counts.cells["count"].sum())
    selection = privacy.describe_filter(where, about, people=privacy.submitters(frame))
    every = frame.height
    of_all = f"Includes {chosen:,} of {count_of(every, 'item')}: {selection}." if every else "No items."
    if every > 1 and chosen == every and selection == "all items":
        of_all = f"Includes all {every:,} items."
    notes = "".join(f"<li>{escape(note)}</li>" for note in _notes(counts, frame, where))
    return (
        f'<h1>Explore feedback</h1><p class="byline">{escape(moment + of_all)}</p>{demo}'
        "<noscript><p>Counts are computed in your browser. Allow JavaScript on this page.</p></noscript>"
        f'<div id="seggwat-cube"></div>{_figure(beside)}<h2>About this page</h2><ul class="soft">{notes}</ul>'
    )


def _figure(beside: Mapping[str, Any] | None) -> str:
    if beside is None:
        return ""
    fixed = "Shows everything selected when this page was written. The checkboxes don't change it."
    return (
        f'<figure class="chart" id="seggwat-beside"><figcaption><strong>{escape(beside["heading"])}</strong>'
        f"<span>{escape(beside['said'])} {fixed}</span></figcaption>"
        f'<div class="canvas" role="img" aria-label="{escape(beside["label"])}"></div></figure>'
    )


def _smallness(counts: Cube) -> str:
    """Say how much the counts reveal about single items."""
    cells = counts.cells["count"]
    small = int((cells <= _SMALL).sum())
    if not small:
        return ""
    if len(cells) == 1:
        which = "The only figure stands"
    else:
        most = "Most" if 2 * small > len(cells) else f"{small:,}"
        which = f"{most} of the {len(cells):,} figures {'stands' if most == '1' else 'stand'}"
    return (
        f" {which} for one or two items, so anyone with two versions of this page can see that an item was added or "
        "changed. For larger figures: to_html(…, smallest=5)."
    )


def _notes(counts: Cube, frame: pl.DataFrame, where: FeedbackFilter) -> list[str]:
    absent = [words for column, words in _WANTED.items() if column in frame.columns]
    finer = [f"dates finer than a {counts.length}"] if counts.length else []
    rare = [f"{count_of(number, 'value')} of {column}" for column, number in counts.merged.items()]
    by = f" by {', '.join(counts.values)}" if counts.values else ""
    made = f"Counts per {counts.length or 'period'} ({where.time_zone}){by}."
    return [
        f"{made}{_smallness(counts)}",
        "Contains no messages and no names. Works offline.",
        f"Not available on this page: {', '.join([*absent, *finer])}, and the items themselves.",
        *([f"Grouped as “{RARE}”: {', '.join(rare)}."] if rare else []),
        *([f"Left out to keep this page small: {', '.join(counts.left_out)}."] if counts.left_out else []),
    ]
