"""Finds the rows of a type, in any spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.analysis.folding import fold
from seggwat_nb.filter_fields import as_set, normalize_values

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["is_of_type"]


def is_of_type(frame: pl.DataFrame, types: str | Sequence[str]) -> pl.Expr:
    """Return which rows have one of these types (Boolean, never null).

    Raises
    ------
    ArgumentError
        A type looks like a typo of a known one, and no row of the frame has it.

    Examples
    --------
    >>> rows = pl.DataFrame({"type": ["Bug", "Praise", None]})
    >>> rows.select(bug=is_of_type(rows, "bug"))["bug"].to_list()
    [True, False, False]
    """
    wanted = as_set("type", types)
    if wanted is None:
        return pl.lit(value=True)
    seen = frame["type"].cast(pl.String).drop_nulls().unique().to_list()
    meant = {fold(value) for value in wanted if value not in seen and normalize_values("type", [value])}
    chosen = [value for value in seen if value in wanted or fold(value) in meant]
    return pl.col("type").cast(pl.String).is_in(chosen).fill_null(value=False)
