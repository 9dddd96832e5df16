"""Draws the contents of a panel for sharing, from masked rows in which small groups are merged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis import selections
from seggwat_nb.analysis.churn import without_churn
from seggwat_nb.analysis.page_ids import with_ids_named
from seggwat_nb.analysis.submitters import signer
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.charts.keys import REST
from seggwat_nb.panels.crossfilter import Crossfilter, only
from seggwat_nb.panels.pairs import pictures
from seggwat_nb.panels.pictures import draw, filters_note

if TYPE_CHECKING:
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.pairs import Pair
    from seggwat_nb.panels.pictures import ViewRequest

__all__ = ["draw_masked", "draw_masked_pair"]

_COLUMNS: Final = ("type", "status", "source", "version", "path")

_WITHOUT_CHURN: Final = ("What changed", "Versions")
"""Views without cancellation comments."""


def draw_masked(view: str, asked: ViewRequest) -> dict[str, Any]:
    """Draw a view of the selection from masked rows, in the form that `seggwat_nb.share.pages.explorer.write` takes."""
    from seggwat_nb.share import privacy

    where = asked.where
    # Rows are selected before they are masked. Only the parts of the filter that the views use are kept.
    kept = only(where, "dates")
    if view == "Versions":
        kept = replace(kept, type=where.type)
    if where.path is not None:
        people = privacy.submitters(asked.feedback.frame)
        kept = replace(kept, path=privacy.mask_filter(only(where, "path"), salt=None, people=people).path)
    section = None
    if view == "Pages":
        section = kept.path[0].rstrip("/") if kept.path and len(kept.path) == 1 else ""
    feedback = _mask_selection(
        asked.feedback,
        where,
        leaving_out="type" if view == "Versions" else None,
        section=section,
        include_churn=view not in _WITHOUT_CHURN,
    )
    ratings = None if asked.ratings is None else _mask_selection(asked.ratings, where)
    safe = replace(asked, feedback=feedback, ratings=ratings, where=kept, shapes={}, followed=False)
    picture = draw(view, safe)
    note = filters_note(asked.ratings, where) if view == "Ratings" and asked.ratings is not None else ""
    return {"heading": picture.heading + note, "said": picture.said, "label": picture.label, "spec": picture.to_spec()}


def draw_masked_pair(pair: Pair, *, names: tuple[str, str], level: float) -> list[dict[str, Any]]:
    """Draw a comparison from masked rows, with title and description of each chart. `names` are masked, too."""
    in_either = pair.chosen[0].mask | pair.chosen[1].mask
    from seggwat_nb.share.privacy import submitters

    people = submitters(pair.feedback.frame)
    feedback = _covering(_safe(pair.feedback.frame.filter(in_either), people=people), pair.feedback.frame)
    first, second = (replace(one, mask=_extend_mask(one.mask.filter(in_either), feedback)) for one in pair.chosen)
    # A merged source is no longer recognized as one of cancellations, so these are removed before merging.
    product = without_churn(pair.feedback.frame.with_row_index("_row").filter(in_either), include_churn=False)
    compared = Crossfilter(_safe(product.drop("_row"), people=people))
    sides = tuple(replace(one, mask=one.mask.gather(product["_row"])) for one in pair.chosen)
    regrouped = selections.compare(compared.columns, sides[0], sides[1], by=pair.by, level=level)
    values = pl.DataFrame(
        {
            pair.by: pair.feedback.columns[pair.by].gather(product["_row"]).cast(pl.String),
            "shown": compared.columns[pair.by].cast(pl.String),
        }
    )
    differences = _keep_figures(pair.differences, regrouped, values, by=pair.by)
    safe = replace(pair, feedback=feedback, chosen=(first, second), names=names, differences=differences)
    drawn = pictures(safe)
    return [
        {
            **picture.to_spec(),
            "title": {"text": picture.heading, "subtitle": picture.said},
            "description": picture.label,
        }
        for picture in drawn.values()
    ]


def _keep_figures(figures: pl.DataFrame, regrouped: pl.DataFrame, values: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """Replace the figures of each value that was not merged by those that the panel shows.

    Verdicts are corrected for the number of values, and there are fewer values after merging.
    """
    alone = values.unique().filter(pl.len().over("shown") == 1)
    kept = figures.join(alone, on=by, nulls_equal=True).with_columns(pl.col("shown").alias(by)).select(figures.columns)
    others = regrouped.join(kept.select(by), on=by, how="anti", nulls_equal=True)
    return pl.concat([kept, others]).sort("q", "p", by, nulls_last=True)


def _mask_selection(
    rows: Crossfilter,
    where: FeedbackFilter,
    *,
    leaving_out: str | None = None,
    section: str | None = None,
    include_churn: bool = True,
) -> Crossfilter:
    from seggwat_nb.share.privacy import submitters

    people = submitters(rows.frame)
    chosen = rows.choose(where, leaving_out=leaving_out).apply(rows.frame)
    safe = _safe(without_churn(chosen, include_churn=include_churn), people=people, section=section)
    return _covering(safe, rows.frame)


def _covering(chosen: pl.DataFrame, every: pl.DataFrame) -> Crossfilter:
    """Add rows for the first and the last moment of all rows, which are where the known days begin and end.

    Without them, the days before the first selected row would count as unknown. Filters cannot select them.
    """
    moment = pl.col("created_at")
    edges = every.select(pl.concat([moment.min(), moment.max()])) if every.height else every.select(moment)
    rows = pl.concat([chosen, edges], how="diagonal")
    return Crossfilter(rows, selectable=pl.int_range(rows.height, eager=True) < chosen.height)


def _extend_mask(mask: pl.Series, rows: Crossfilter) -> pl.Series:
    """Extend a mask to rows that cannot be selected."""
    return mask.append(pl.Series([False] * (rows.frame.height - mask.len()), dtype=pl.Boolean))


def _safe(rows: pl.DataFrame, *, people: list[str], section: str | None = None) -> pl.DataFrame:
    """Mask rows and merge small groups. For pages of a section, a group is a page with everything below it."""
    from seggwat_nb.share import privacy

    texts = [name for name in _COLUMNS if name in rows.columns]
    unshown = ("id", "message", "resolution_note", "extra", "theme")
    safe = privacy.mask(rows.drop(unshown, strict=False), salt=None, people=people)
    safe = safe.with_columns(pl.col(name).cast(pl.String) for name in texts)
    if "submitted_by" in rows.columns:  # intervals and verdicts only need to know which rows share a submitter
        people_apart = rows.select(signer(pl.col("submitted_by"))).to_series().rank("dense").cast(pl.String)
        safe = safe.with_columns(people_apart.alias("submitted_by"))
    if "path" in texts:  # before small groups are merged, since the page of an ID may have one item
        safe = safe.with_columns(pl.col("path").map_batches(with_ids_named, return_dtype=pl.String))
    if section is not None and "path" in texts:
        below = section + pl.col("path").str.strip_prefix(section).str.extract(r"^(/[^/?#]*)")
        safe = safe.with_columns(pl.coalesce(below, "path").alias("path"))
    small = privacy.merge_small(merge_spellings(safe), by=texts)
    if section is not None and "path" in texts:
        is_small = pl.col("path").str.contains(REST)
        named = pl.format("{}/{}", pl.lit(section), "path")
        small = small.with_columns(pl.when(is_small).then(named).otherwise("path").alias("path"))
    return small
