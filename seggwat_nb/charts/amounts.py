"""Horizontal bar charts of item counts, with a label before and a note after each bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import (
    EMPTY,
    LONGEST_NAME,
    NONE,
    WIDEN,
    assemble,
    check_columns,
    display_name,
    integer_axis,
    nothing,
    thousands,
)
from seggwat_nb.charts.interval_rows import ROW, beside, number_rows
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
from seggwat_nb.charts.theme import PLAIN
from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import percent

if TYPE_CHECKING:
    from seggwat_nb.provenance import Provenance

__all__ = ["BAR", "breakdown", "by_path", "items_axis", "largest", "overview", "total_and_share"]

_PAIR: Final = 2
_MOST_ROWS: Final = 30
_MOST_DESCRIBED: Final = 6
BAR: Final = 14
"""Height of a bar in pixels."""
_FAINT: Final = 0.4
_EMPTY: Final = f"No items match. {WIDEN}"
_STRONG: Final = "Solid: items on the path itself. Faded: items on paths below it."
_DEEPEST: Final = 8


def breakdown(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.trends.breakdown`: a bar for each value of the first key, stacked by the second.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.trends.breakdown` returned. Values of the first key keep their order. Only the 30
        with the most items are drawn, and the subtitle says how many are left out. Themes are never stacked but get a
        bar each, since an item with several themes would be counted twice. Items without a theme are mentioned in the
        subtitle, not drawn.
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
        The frame is not from `seggwat_nb.trends.breakdown`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame({"version": ["1.0.0", "v1.0", "1.1.0"], "type": ["Bug", "Praise", "Bug"]})
    >>> rows = rows.with_columns(created_at=datetime(2026, 3, 2, tzinfo=UTC))
    >>> print(breakdown(sw.trends.breakdown(rows, by=("version", "type"))).to_dict()["description"])
    Items by version and type. 3 items, most with version 1.0.0 (67%). Totals by type: Bug 2, Praise 1.
    """
    check_columns(frame, ("count", "share", "share_within"), source="sw.trends.breakdown")
    keys = keys_in(frame, ("count", "share", "share_within"))
    if len(keys) != _PAIR:
        raise ArgumentError(
            f"The frame counts by {', '.join(keys) or 'nothing'}. Pass what sw.trends.breakdown returned."
        )
    if has_overlap(frame, keys[1], within=keys[0], share="share_within"):
        frame, keys = _swap_keys(frame, keys), keys[::-1]
    outer, inner = keys
    heading = title or f"Items by {label_of(outer)} and {label_of(inner)}"
    if not frame["count"].sum():
        return assemble([nothing("items")], heading, [_EMPTY], about)
    items, also = int(frame["count"].sum()), []
    if has_overlap(frame.with_columns(_all=0), outer, within="_all"):
        items, also = _items_in(frame), [overlap_note(outer), *without_note(frame, outer)]
        frame = frame.drop_nulls(outer)
    cells = _cells(frame, outer, inner)
    totals = _totals(cells)
    if totals.is_empty():
        return assemble([nothing(f"items with a {label_of(outer)}")], heading, also[1:], about)
    shown, unshown = largest(totals, "value")
    said = [_leading(totals, items, label_of(outer)), *also, *unshown, *too_many(frame, inner)]
    layers = _stack(cells, shown, outer=outer, inner=inner)
    return assemble(layers, heading, said, about, told=describe_totals(cells, inner))


def overview(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.releases.overview`: the number of items for each version, and the dates they span.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.releases.overview` returned. Versions are in version order, followed by branches and
        items without a version. Only the 30 with the most items are drawn, and the subtitle says how many are left out.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The dates next to a bar are those of the version's first and last item, in UTC.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.releases.overview`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> moments = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 5, 9)]
    >>> rows = pl.DataFrame({"created_at": moments, "version": ["1.9", "1.10", "1.10"], "type": "Bug"})
    >>> print(overview(sw.releases.overview(rows)).to_dict()["description"])  # doctest: +NORMALIZE_WHITESPACE
    Items by version. 3 items about 2 versions, most about 1.10 (67%).
    1.9: 1, 1 Mar 2026. 1.10: 2, 5 Mar 2026 to 9 Mar 2026.
    """
    needed = ("version", "kind", "first_seen", "last_seen", "days_live", "n")
    check_columns(frame, needed, source="sw.releases.overview")
    heading = title or "Items by version"
    if frame.is_empty():
        return assemble([nothing("versions")], heading, [_EMPTY], about)
    first, last = (pl.col(name).dt.strftime("%-d %b %Y") for name in ("first_seen", "last_seen"))
    rows = frame.select(
        "kind",
        "days_live",
        name=display_name("version"),
        total="n",
        share=pl.col("n") / pl.col("n").sum(),
        first=first,
        last=last,
        dates=pl.when(first == last).then(first).otherwise(pl.format("{} to {}", first, last)),
    ).with_columns(said=pl.format("{}, {}", thousands("total"), "dates"))
    shown, unshown = largest(rows, "version")
    tooltip = [
        alt.Tooltip("name:N", title="Version"),
        alt.Tooltip("kind:N", title="Kind"),
        alt.Tooltip("total:Q", title="Items", format=","),
        alt.Tooltip("first:N", title="First seen"),
        alt.Tooltip("last:N", title="Last seen"),
        alt.Tooltip("days_live:Q", title="Days in use", format=","),
    ]
    told = [f"{name}: {total:,}, {when}." for name, total, when in _most(shown).select("name", "total", "dates").rows()]
    return assemble(_bars(shown, tooltip), heading, [_about_versions(rows), *unshown], about, told=told)


def by_path(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.trends.by_path`: the tree of paths, each with the items on it and on all paths below.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.trends.by_path` returned. Only the 30 paths with the most items are drawn, always
        together with their parent folders, and the subtitle says how many are left out.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The solid part of a bar counts items on the path itself, the faded part those on paths below.
        ``/`` counts only the root page, not everything below it.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.trends.by_path`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame({"path": ["/orders/17", "/orders/18", "/orders", None]})
    >>> rows = rows.with_columns(created_at=datetime(2026, 3, 2, tzinfo=UTC))
    >>> print(by_path(sw.trends.by_path(rows)).to_dict()["description"])  # doctest: +NORMALIZE_WHITESPACE
    Items by path. 4 items on 2 paths, most on /orders/:id (50%). Solid: items on the path itself. Faded: items on
    paths below it. /orders: 3, 1 on the path itself. /orders/:id: 2. (no path): 1.
    """
    check_columns(frame, ("path", "parent", "depth", "count", "total", "share"), source="sw.trends.by_path")
    heading = title or "Items by path"
    if not frame["count"].sum():
        return assemble([nothing("paths")], heading, [_EMPTY], about)
    depth = pl.col("depth")
    total = pl.when(pl.col("path") == "/").then("count").otherwise("total")
    rows = frame.with_columns(whole=display_name("path"), total=total).select(
        "count",
        "total",
        "whole",
        share=pl.col("total") / pl.col("count").sum(),
        depth=(depth - 1).clip(0, _DEEPEST),
        name=pl.when(depth > 1).then(pl.col("whole").str.extract("(/[^/]+)$")).otherwise("whole"),
    )
    rows = rows.filter(pl.col("total") > 0).with_columns(said=total_and_share())
    shown, unshown = largest(rows, "path")
    tooltip = [
        alt.Tooltip("whole:N", title="Path"),
        alt.Tooltip("total:Q", title="Items, including paths below", format=","),
        alt.Tooltip("count:Q", title="On the path itself", format=","),
        alt.Tooltip("share:Q", title="Share of all", format=".1%"),
    ]
    told = [
        f"{name[:LONGEST_NAME]}: {total:,}{'' if count == total else f', {count:,} on the path itself'}."
        for name, total, count in _most(shown).select("whole", "total", "count").rows()
    ]
    said = [_about_paths(frame), _STRONG] if (rows["count"] < rows["total"]).any() else [_about_paths(frame)]
    return assemble(_tree(shown, tooltip), heading, [*said, *unshown], about, told=told)


def total_and_share() -> pl.Expr:
    """Format ``total`` and ``share``, such as "1,234 (12%)"."""
    percent = pl.col("share") * 100
    shown = pl.when(percent < 1).then(pl.lit("<1")).otherwise(percent.round(0).cast(pl.Int64).cast(pl.String))
    return pl.format("{} ({}%)", thousands("total"), shown)


def largest(rows: pl.DataFrame, what: str) -> tuple[pl.DataFrame, list[str]]:
    """Keep the rows with the most items, in order and with parents first, and say how many are not shown."""
    most = rows.with_row_index("at").sort("total", descending=True, maintain_order=True).head(_MOST_ROWS)
    more = rows.height - most.height
    unshown = [f"{more:,} more {what}{'s' * (more > 1)} with fewer items not shown."] if more else []
    return most.sort("at").drop("at"), unshown


def _most(rows: pl.DataFrame) -> pl.DataFrame:
    return largest(rows, "")[0].head(_MOST_DESCRIBED)


def _swap_keys(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Swap the two keys."""
    _, inner = keys
    rows = frame.with_row_index("_row").sort(pl.col("_row").min().over(inner), "_row").drop("_row")
    return rows.with_columns(share_within=pl.col("count") / pl.col("count").sum().over(inner))


def _items_in(frame: pl.DataFrame) -> int:
    """Return the number of items, each of which can be in several bars."""
    count, share = frame.filter(pl.col("count") > 0).select("count", "share").row(0)
    items: int = round(count / share)
    return items


def _cells(frame: pl.DataFrame, outer: str, inner: str) -> pl.DataFrame:
    """Stack the counts of each value of the first key."""
    place = pl.col(outer).rle_id()  # two values may have the same label
    high = pl.col("count").cum_sum().over(place)
    return frame.select(
        "count",
        "share",
        "share_within",
        name=display_name(outer),
        key=display_name(inner),
        place=place,
        low=high - pl.col("count"),
        high=high,
    )


def _totals(cells: pl.DataFrame) -> pl.DataFrame:
    totals = cells.group_by("place", "name", maintain_order=True).agg(
        total=pl.col("count").sum(), share=pl.col("share").sum()
    )
    return totals.with_columns(said=total_and_share())


def _stack(cells: pl.DataFrame, totals: pl.DataFrame, *, outer: str, inner: str) -> list[alt.Chart]:
    rows = number_rows(totals)
    parts = cells.filter(pl.col("count") > 0).drop("name").join(rows.select("place", "row", "name"), on="place")
    tooltip = [
        alt.Tooltip("name:N", title=label_of(outer).capitalize()),
        alt.Tooltip("key:N", title=label_of(inner).capitalize()),
        alt.Tooltip("count:Q", title="Items", format=","),
        alt.Tooltip("share_within:Q", title=f"Share of this {label_of(outer)}", format=".0%"),
        alt.Tooltip("share:Q", title="Share of all", format=".1%"),
    ]
    drawn = (
        alt.Chart(parts)
        .mark_bar(height=BAR)
        .encode(
            x=items_axis("low"),
            x2=alt.X2("high:Q"),
            y=ROW,
            color=color_by_key(cells, inner, below=True),
            tooltip=tooltip,
        )
    )
    return [drawn, *beside(rows, note="said")]


def _bars(shown: pl.DataFrame, tooltip: list[alt.Tooltip]) -> list[alt.Chart]:
    rows = number_rows(shown)
    drawn = alt.Chart(rows).mark_bar(color=PLAIN, height=BAR).encode(x=items_axis("total"), y=ROW, tooltip=tooltip)
    return [drawn, *beside(rows, note="said")]


def _tree(shown: pl.DataFrame, tooltip: list[alt.Tooltip]) -> list[alt.Chart]:
    rows = number_rows(shown)
    base = alt.Chart(rows).encode(y=ROW, tooltip=tooltip)
    layers = [
        base.mark_bar(color=PLAIN, height=BAR, opacity=_FAINT).encode(x=items_axis("count"), x2=alt.X2("total:Q")),
        base.mark_bar(color=PLAIN, height=BAR).encode(x=items_axis("count")),
    ]
    return [*layers, *beside(rows, note="said", tree=True)]


def items_axis(field: str) -> alt.X:
    """Encode a count on an axis with integer ticks."""
    axis = integer_axis("x", grid=True, labelFlush=False)
    return alt.X(f"{field}:Q", title="Items", scale=alt.Scale(zero=True), axis=axis)


def _leading(totals: pl.DataFrame, total: int, what: str) -> str:
    items = f"{total:,} item{'s' * (total > 1)}"
    if totals.height == 1 and total == totals["total"].sum():
        return f"{items}, all with {what} {totals['name'][0][:LONGEST_NAME]}."
    return f"{items}{_most_of(totals, f'with {what}')}."


def _about_versions(rows: pl.DataFrame) -> str:
    total = int(rows["total"].sum())
    items = f"{total:,} item{'s' * (total > 1)}"
    given = rows.filter(pl.col("kind") != "empty")
    if given.is_empty():
        return f"{items}, none with a version."
    if rows.height == 1:
        return f"{items}, all about {given['name'][0][:LONGEST_NAME]}."
    return f"{items} about {given.height:,} version{'s' * (given.height != 1)}{_most_of(rows, 'about')}."


def _about_paths(frame: pl.DataFrame) -> str:
    own = frame.filter(pl.col("count") > 0)
    total = int(own["count"].sum())
    pages = own.filter(pl.col("path").str.starts_with("/"))
    items = f"{total:,} item{'s' * (total > 1)}"
    if pages.is_empty():
        return f"{items}, none with a path."
    paths = f"{pages.height:,} path{'s' * (pages.height > 1)}"
    top = pages.select(name=display_name("path"), total="count", share=pl.col("count") / total)
    return f"{items} on {paths}{_most_of(top, 'on')}."


def _most_of(rows: pl.DataFrame, which: str) -> str:
    """Name the value with the most items, ignoring missing and grouped values."""
    given = rows.filter(~pl.col("name").is_in([NONE, EMPTY]) & ~pl.col("name").str.contains(REST))
    if given.is_empty():
        return ""
    name, share = given.sort("total", descending=True, maintain_order=True).select("name", "share").row(0)
    return f", most {which} {str(name)[:LONGEST_NAME]} ({percent(share)})"
