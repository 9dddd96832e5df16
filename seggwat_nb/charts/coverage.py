"""Charts of how many items themes cover, how much themes overlap, and how many items have no theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.amounts import BAR, items_axis, largest, total_and_share
from seggwat_nb.charts.base import WIDEN, assemble, check_columns, display_name, nothing, thousands
from seggwat_nb.charts.interval_rows import ROW, beside, number_rows
from seggwat_nb.charts.theme import PLAIN
from seggwat_nb.text import count_of, percent

if TYPE_CHECKING:
    from seggwat_nb.provenance import Provenance

__all__ = ["check"]

_FIGURES: Final = (
    *("theme", "stage", "count", "share", "submitters", "alone", "overlaps", "overlap"),
    *("near_misses", "odd_matches", "gained", "lost"),
)
_COLOURS: Final = {"established": PLAIN, "emerging": "#E69F00"}
_FAINT: Final = 0.4
_MOST_DESCRIBED: Final = 6
_EMPTY: Final = f"No items match. {WIDEN}"


def check(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    r"""Draw `seggwat_nb.themes.check`: a bar of items for each theme, and one for the items without a theme.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.themes.check` returned. Themes are in the order of their file. Only the 30 with the
        most items are drawn. The subtitle says how many are left out, and how many items have no theme.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The solid part of a bar counts items with this theme alone, the faded part those that also have
        another theme. Emerging themes, with fewer submitters than required, have a different color. The tooltip shows
        the largest overlap, and how many items a theme gained and lost since the previous version of the file.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.themes.check`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame({"id": ["a", "b", "c"], "message": ["Export fails", "Slow export", "Hello"]})
    >>> rows = rows.with_columns(created_at=datetime(2026, 3, 2, tzinfo=UTC))
    >>> written = '[[theme]]\nname = "Export"\nany = ["export"]\n[[theme]]\nname = "Speed"\nany = ["slow*"]'
    >>> print(check(sw.themes.check(rows, sw.themes.Taxonomy.parse(written))).to_dict()["description"])
    ... # doctest: +NORMALIZE_WHITESPACE
    Items by theme. 2 themes in 2 of 3 items (67%). 1 without a theme. 1 emerging, with few submitters.
    Solid: items of one theme. Faded: items of other themes too. Export: 2 (67%), 2 submitters.
    Speed: 1 (33%), 1 submitter, emerging.
    """
    check_columns(frame, _FIGURES, source="sw.themes.check")
    heading = title or "Items by theme"
    if not frame["count"].sum():
        return assemble([nothing("items")], heading, [_EMPTY], about)
    said, rows = _summary(frame), _rows(frame.drop_nulls("theme").filter(pl.col("stage") != "removed"))
    if rows.is_empty():
        return assemble([nothing("themes")], heading, said, about)
    shown, unshown = largest(rows, "theme")
    told = [
        f"{name}: {of_it}." for name, of_it in largest(shown, "")[0].head(_MOST_DESCRIBED).select("name", "said").rows()
    ]
    return assemble(_layers(shown), heading, [*said, *unshown], about, told=told)


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Name each theme, and format its note and tooltip."""
    gained, lost = (pl.col(ids).list.len().cast(pl.Int64) for ids in ("gained", "lost"))
    emerging = pl.when(pl.col("stage") == "emerging").then(pl.lit(", emerging")).otherwise(pl.lit(""))
    return frame.select(
        *("share", "submitters", "alone", "stage"),
        total="count",
        name=display_name("theme"),
        also=pl.format("{} with {}", _number("overlap", "item"), display_name("overlaps")),
        changed=pl.format("{} gained, {} lost", thousands(gained), thousands(lost)),
    ).with_columns(said=pl.format("{}, {}{}", total_and_share(), _number("submitters", "submitter"), emerging))


def _number(column: str, thing: str) -> pl.Expr:
    """Format a count with its noun."""
    name = pl.when(pl.col(column) == 1).then(pl.lit(thing)).otherwise(pl.lit(f"{thing}s"))
    return pl.format("{} {}", thousands(column), name)


def _layers(shown: pl.DataFrame) -> list[alt.Chart]:
    rows = number_rows(shown)
    stages = [stage for stage in _COLOURS if stage in set(rows["stage"])]
    legend = alt.Legend(orient="bottom", direction="horizontal", symbolType="square", symbolOpacity=1)
    color = alt.Color(
        "stage:N",
        title=None,
        scale=alt.Scale(domain=stages, range=[_COLOURS[stage] for stage in stages]),
        legend=legend if "emerging" in stages else None,
    )
    changed = (
        [] if rows["changed"].null_count() == rows.height else [alt.Tooltip("changed:N", title="Since last version")]
    )
    tooltip = [
        alt.Tooltip("name:N", title="Theme"),
        alt.Tooltip("stage:N", title="Stage"),
        alt.Tooltip("total:Q", title="Items", format=","),
        alt.Tooltip("share:Q", title="Share of all", format=".1%"),
        alt.Tooltip("submitters:Q", title="Submitters", format=","),
        alt.Tooltip("alone:Q", title="In no other theme", format=","),
        alt.Tooltip("also:N", title="Largest overlap"),
        *changed,
    ]
    base = alt.Chart(rows).encode(y=ROW, color=color, tooltip=tooltip)
    return [
        base.mark_bar(height=BAR, opacity=_FAINT).encode(x=items_axis("alone"), x2=alt.X2("total:Q")),
        base.mark_bar(height=BAR).encode(x=items_axis("alone")),
        *beside(rows, note="said"),
    ]


def _summary(frame: pl.DataFrame) -> list[str]:
    count, share = frame.filter(pl.col("count") > 0).select("count", "share").row(0)
    items, themes = round(count / share), frame.drop_nulls("theme").filter(pl.col("stage") != "removed")
    without = int(frame.filter(pl.col("theme").is_null())["count"].sum())
    found = f"{items - without:,} of {count_of(items, 'item')} ({percent(1 - without / items)})"
    said = [f"{count_of(themes.height, 'theme')} in {found}. {without:,} without a theme."]
    if emerging := themes.filter(stage="emerging").height:
        said.append(f"{emerging:,} emerging, with few submitters.")
    if empty := themes.filter(stage="empty").height:
        said.append(f"{empty:,} without any item.")
    if (themes["alone"] < themes["count"]).any():
        said.append("Solid: items of one theme. Faded: items of other themes too.")
    return said
