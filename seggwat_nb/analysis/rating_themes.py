"""Assigns themes to ratings, which usually have no text: those of the feedback on the same page and version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.churn import without_churn
from seggwat_nb.analysis.counts import each_value
from seggwat_nb.analysis.taxonomy import all_names, tag
from seggwat_nb.analysis.versions import merge_spellings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.analysis.taxonomy import Theme

__all__ = ["tag_ratings"]

_SHARE: Final = 0.2
"""Minimum share of a theme among the items of a page and version. With less, it does not represent most people
there."""

_LEAST: Final = 2
"""Minimum number of items, since a single one does not represent everybody who rated the page."""

_PLACE: Final = ("path", "version")


def tag_ratings(ratings: pl.DataFrame, feedback: pl.DataFrame, themes: Sequence[Theme]) -> pl.DataFrame:
    """Add the column ``theme`` (List(String)) to ratings, by their own text, or else by page and version.

    Parameters
    ----------
    ratings
        Ratings. Those with a ``message`` get the themes of that text.
    feedback
        Feedback with its themes, as `seggwat_nb.analysis.taxonomy.tag` returns it.
    themes
        The themes, whose order is kept.

    Returns
    -------
    pl.DataFrame
        The same ratings. A rating without a text gets the themes of at least a fifth, and at least two, of the items on
        its page and version, excluding cancellation comments. A page is a path without query, fragment and IDs. A
        rating with neither page nor version has no themes.
    """
    on = [name for name in ("project_id", *_PLACE) if name in ratings.columns and name in feedback.columns]
    own = _of_texts(ratings, themes)
    nothing = pl.lit([], pl.List(pl.String))
    if not set(on) & set(_PLACE):
        return ratings.with_columns(theme=own.fill_null(nothing))
    rated = ratings.select(on).with_row_index("_row")
    items = without_churn(feedback, include_churn=False).select(*on, "theme").with_row_index("_item")
    places = merge_spellings(
        pl.concat(
            [
                rated.select("_row", _item=pl.lit(None, pl.UInt32), **_place(on)),
                items.select(pl.lit(None, pl.UInt32).alias("_row"), "_item", **_place(on)),
            ]
        )
    ).filter(pl.any_horizontal(pl.col(name).is_not_null() for name in set(on) & set(_PLACE)))
    written = places.drop_nulls("_item").join(items.select("_item", "theme"), on="_item")
    total = written.group_by(on).agg(_n=pl.len())
    names = all_names(themes)
    order = pl.col("theme").replace_strict({name: at for at, name in enumerate(names)}, default=len(names))
    about = (
        each_value(written, "theme")
        .drop_nulls("theme")
        .group_by(*on, "theme")
        .agg(_count=pl.len())
        .join(total, on=on, nulls_equal=True)
        .filter(pl.col("_count") >= _LEAST, pl.col("_count") >= _SHARE * pl.col("_n"))
        .sort(order)
        .group_by(on, maintain_order=True)
        .agg("theme")
    )
    there = places.drop_nulls("_row").join(about, on=on, nulls_equal=True).select("_row", "theme")
    of_place = rated.join(there, on="_row", how="left", maintain_order="left")["theme"]
    found = pl.DataFrame({"own": own, "there": of_place}).select(pl.coalesce("own", "there", nothing)).to_series()
    return ratings.with_columns(theme=found)


def _place(on: Sequence[str]) -> dict[str, pl.Expr]:
    """Return expressions for a row's page and version. An empty text counts as missing."""
    return {name: pl.col(name).cast(pl.String).replace("", None) for name in on}


def _of_texts(ratings: pl.DataFrame, themes: Sequence[Theme]) -> pl.Series:
    """Return the themes of the ratings' own texts (List(String)), null without a text."""
    if not {"id", "message"} <= set(ratings.columns):
        return pl.Series([None], dtype=pl.List(pl.String)).new_from_index(0, ratings.height)
    blank = ratings["message"].cast(pl.String).str.strip_chars().fill_null("") == ""
    return tag(ratings.select("id", "message"), themes).select(pl.when(~blank).then("theme"))["theme"]
