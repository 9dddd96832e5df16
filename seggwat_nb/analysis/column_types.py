"""Converts the known columns of frames from other programs: files, pandas and databases have other types for them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.schema import FEEDBACK, RATINGS, UTC_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["KNOWN", "with_known_types"]

KNOWN: Final[Mapping[str, Any]] = MappingProxyType({**FEEDBACK, **RATINGS})
"""Types of the known columns of feedback and ratings."""

_ISO: Final = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
_ZONED: Final = r"(?:[Zz]|[+-]\d\d:?\d\d)$"


def with_known_types(frame: Any, known: Mapping[str, Any] = KNOWN) -> Any:  # noqa: ANN401  # any frame
    """Convert the known columns of a polars frame to their types in the schema, if no value is lost.

    Categories, integers and IDs that pandas stores as whole floats become text, and whole numbers 0 and 1 and the
    texts "true" and "false" Booleans. Times become UTC: those without a zone are read as UTC. Texts become times if all
    of them are in ISO 8601. Missing numbers (NaN) become null. Other columns, and those that cannot be converted, stay.
    Frames that are not polars frames with rows stay, too.

    Examples
    --------
    >>> rows = with_known_types(pl.DataFrame({"id": [1], "archived": ["False"], "created_at": ["2026-03-01 09:00:00"]}))
    >>> rows["id"].item(), rows["archived"].item(), rows["created_at"].item().isoformat()
    ('1', False, '2026-03-01T09:00:00+00:00')
    """
    if not isinstance(frame, pl.DataFrame):
        return frame
    found = [_plain(frame[name], known[name]) for name in frame.columns if name in known]
    other = [column for column in found if column is not None]
    return frame.with_columns(other) if other else frame


def _plain(column: pl.Series, kind: Any) -> pl.Series | None:  # noqa: ANN401  # a type of polars
    """Return a column as the type of the schema. None if it has it, or cannot be converted."""
    plain = _without_nan(_without_objects(column))
    if plain.dtype != kind:
        if plain.null_count() == len(plain):
            return pl.Series(column.name, [None], dtype=kind).new_from_index(0, len(column))
        converted = _CONVERT[kind](plain)
        plain = plain if converted is None else converted
    return None if plain is column else plain


def _without_nan(column: pl.Series) -> pl.Series:
    return column.fill_nan(None) if column.dtype.is_float() and column.is_nan().any() else column


def _without_objects(column: pl.Series) -> pl.Series:
    if column.dtype != pl.Object:
        return column
    try:
        return pl.Series(column.name, column.to_list())
    except (TypeError, pl.exceptions.PolarsError):
        return column


def _as_text(column: pl.Series) -> pl.Series | None:
    has = column.dtype
    if isinstance(has, pl.Categorical | pl.Enum) or has.is_integer():
        return column.cast(pl.String)
    # A version of 1.1 may have been 1.10, which nothing can tell any more.
    if has.is_float() and column.name != "version" and bool((column == column.round()).all()):
        return column.cast(pl.Int64, strict=False).cast(pl.String)
    return None


def _as_boolean(column: pl.Series) -> pl.Series | None:
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).cast(pl.Boolean) if ((column == 0) | (column == 1)).all() else None
    if not isinstance(column.dtype, pl.String | pl.Categorical | pl.Enum):
        return None
    text = column.cast(pl.String).str.to_lowercase()
    return text == "true" if text.is_in(["true", "false"]).all() else None


def _as_moment(column: pl.Series) -> pl.Series | None:
    if isinstance(column.dtype, pl.String):
        if not column.str.contains(_ISO).all():
            return None
        whole = column.str.replace(" ", "T", literal=True)
        zoned = pl.when(whole.str.contains(_ZONED)).then(whole).otherwise(whole + "Z")
        moments = pl.select(zoned.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)).to_series()
        return moments.alias(column.name) if moments.null_count() == column.null_count() else None
    if not isinstance(column.dtype, pl.Datetime):
        return None
    zoned_column = column if column.dtype.time_zone else column.dt.replace_time_zone("UTC")
    return zoned_column.dt.convert_time_zone("UTC").cast(UTC_TIME)


def _as_number(column: pl.Series) -> pl.Series | None:
    return column.cast(pl.Float64) if column.dtype.is_numeric() else None


_CONVERT: Final[Mapping[Any, Callable[[pl.Series], pl.Series | None]]] = MappingProxyType(
    {pl.String(): _as_text, pl.Boolean(): _as_boolean, pl.Float64(): _as_number, UTC_TIME: _as_moment}
)
"""Converts a column that has values, by type of the schema. None if a value would be lost."""
