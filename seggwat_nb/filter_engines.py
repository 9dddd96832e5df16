"""How a filter's conditions are put to each engine: what polars alone can match, and what stands for it elsewhere."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

from seggwat_nb.analysis.counts import collected
from seggwat_nb.analysis.folding import fold, folded
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_fields import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from seggwat_nb.filters import FeedbackFilter

__all__ = [
    "as_is",
    "below",
    "matching_text",
    "matching_text_elsewhere",
    "matching_themes",
    "matching_versions",
    "moment_writer",
    "opened",
]


def opened(frame: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:  # noqa: ANN401  # any engine's frame
    """Open a frame of any engine that narwhals takes.

    Raises
    ------
    ArgumentError
        It is a frame of no known engine.
    """
    try:
        rows: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(frame)
    except TypeError:
        raise ArgumentError(
            f"A {type(frame).__name__} cannot be filtered. Pass a polars, pandas, Arrow, DuckDB or "
            "Spark frame of feedback or ratings."
        ) from None
    return rows


def moment_writer(rows: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> Callable[[datetime], Any]:
    """Choose how a moment is written, so that the engine compares it with ``created_at`` as it is held there."""
    dtype = rows.collect_schema()["created_at"]
    if not isinstance(dtype, nw.Datetime):
        raise ArgumentError(f"created_at is {dtype}, not Datetime. Convert it first.")
    if dtype.time_zone is None:
        if rows.implementation.is_spark_like():  # Spark would read a moment without a zone in this machine's own
            return lambda moment: nw.lit(f"{moment:%Y-%m-%d %H:%M:%S.%f}").cast(nw.Datetime("us"))
        return lambda moment: moment.replace(tzinfo=None)
    if rows.implementation.is_polars():  # which compares only what is of one zone
        zone = ZoneInfo(dtype.time_zone)
        return lambda moment: moment.astimezone(zone)
    return as_is


def matching_themes(themes: Sequence[str]) -> pl.Expr:
    """Match lists of themes in polars: each theme matches itself and what lies within it."""
    one = pl.element()
    within = (one.str.starts_with(f"{theme}{SEPARATOR}") for theme in themes)
    return pl.col("theme").list.eval(reduce(or_, within, one.is_in(list(themes)))).list.any()


def matching_versions(where: FeedbackFilter) -> pl.Expr:
    """Match versions in polars, where a lazy frame stays lazy; a null matches nothing and stays null."""

    def matching(versions: pl.Series) -> pl.Series:
        inside = where.versions_among(versions.unique().drop_nulls().to_list())
        return versions.is_in(pl.Series(inside, dtype=pl.String).implode())

    return pl.col("version").cast(pl.String).map_batches(matching, return_dtype=pl.Boolean)


def matching_text(text: str, *, regex: bool) -> pl.Expr:
    """Match a text in polars: as a regular expression, or folded as the messages are."""
    message = pl.col("message").cast(pl.String)
    if regex:
        return message.str.contains(f"(?i){text}")
    # A text of letters that cannot be seen stands in every message.
    return message.map_batches(folded, return_dtype=pl.String, is_elementwise=True).str.contains(
        fold(text), literal=True
    )


def matching_text_elsewhere(rows: nw.DataFrame[Any] | nw.LazyFrame[Any], text: str) -> nw.Expr:
    """Match a text where the engine cannot fold: it lowers ASCII; texts with other letters are folded here."""
    message, wanted = nw.col("message").cast(nw.String), fold(text)
    plain = message.str.to_lowercase().str.contains(wanted, literal=True)
    is_more = message.str.contains(r"[^\x00-\x7F]")
    others = collected(rows.filter(is_more).select(message).unique())["message"]
    matching = others.filter(folded(others).str.contains(wanted, literal=True)).to_list()
    return (~is_more & plain) | message.is_in(matching) if matching else ~is_more & plain


def as_is(moment: datetime) -> datetime:
    """Write a moment as it is given."""
    return moment


def below(column: Any, path: str) -> Any:  # noqa: ANN401  # an expression of polars or narwhals
    """Match a path and what lies below it."""
    stem = path.rstrip("/")
    return reduce(or_, (column.str.starts_with(f"{stem}{edge}") for edge in "/?#"), column == (stem or "/"))
