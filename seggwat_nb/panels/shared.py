"""What a panel shows, for other people: drawn from masked rows, in which no group is too small to be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis import trends
from seggwat_nb.panels.crossfilter import Crossfilter, only
from seggwat_nb.panels.pairs import pictures
from seggwat_nb.panels.pictures import VIEWS, not_filtered

if TYPE_CHECKING:
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.pairs import Pair
    from seggwat_nb.panels.pictures import Asked

__all__ = ["masked", "masked_pair"]

_COLUMNS: Final = ("type", "status", "source", "version", "path")


def masked(view: str, asked: Asked) -> dict[str, Any]:
    """Draw a view of what is selected from masked rows, as `seggwat_nb.share.cube.write` takes it."""
    from seggwat_nb.share import privacy

    where = asked.where
    # The rows are selected before they are masked; of the filter stays what the views themselves look at.
    kept = only(where, "dates")
    if view == "Versions":
        kept = replace(kept, type=where.type)
    if where.path is not None:
        kept = replace(kept, path=privacy.masked_filter(only(where, "path"), salt=b"").path)
    feedback = _masked(asked.feedback, where, leaving_out="type" if view == "Versions" else None)
    ratings = None if asked.ratings is None else _masked(asked.ratings, where)
    picture = VIEWS[view](replace(asked, feedback=feedback, ratings=ratings, where=kept, shapes={}, followed=False))
    note = not_filtered(asked.ratings, where) if view == "Ratings" and asked.ratings is not None else ""
    return {"heading": picture.heading + note, "said": picture.said, "label": picture.label, "spec": picture.to_spec()}


def masked_pair(pair: Pair, *, level: float) -> list[dict[str, Any]]:
    """Draw a comparison from masked rows, each chart with its title and its description."""
    in_either = pair.chosen[0].mask | pair.chosen[1].mask
    feedback = _safe(pair.feedback.frame.filter(in_either))
    chosen = tuple(replace(one, mask=one.mask.filter(in_either)) for one in pair.chosen)
    first, second = chosen
    differences = trends.compare(feedback.columns, first, second, by=pair.by, level=level)
    drawn = pictures(replace(pair, feedback=feedback, chosen=(first, second), differences=differences))
    return [
        {
            **picture.to_spec(),
            "title": {"text": picture.heading, "subtitle": picture.said},
            "description": picture.label,
        }
        for picture in drawn.values()
    ]


def _masked(rows: Crossfilter, where: FeedbackFilter, *, leaving_out: str | None = None) -> Crossfilter:
    return _safe(rows.chosen(where, leaving_out=leaving_out).apply(rows.frame))


def _safe(rows: pl.DataFrame) -> Crossfilter:
    from seggwat_nb.share import privacy

    texts = [name for name in _COLUMNS if name in rows.columns]
    safe = privacy.mask(rows.drop("id", "message", "resolution_note", "extra", strict=False), salt=b"")
    safe = safe.with_columns(pl.col(name).cast(pl.String) for name in texts)
    return Crossfilter(privacy.merge_small(safe, by=texts))
