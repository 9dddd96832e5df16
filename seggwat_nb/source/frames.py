"""Turns decoded records into typed frames.

Whatever the input, the columns are those of the schema, and nothing is dropped: values of another type and unknown keys
are kept in ``extra``, and records that cannot become a row are set aside.
"""

from __future__ import annotations

import sys
from collections import Counter
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeGuard

import msgspec
import polars as pl

from seggwat_nb.schema import FEEDBACK, PROJECT, RATINGS
from seggwat_nb.source.moments import moments_in
from seggwat_nb.source.responses import id_of, unreadable_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Decoded", "Rows", "feedback_frame", "feedback_rows", "projects_frame", "ratings_frame", "ratings_rows"]

NPS_PROMOTER: Final = 9
NPS_PASSIVE: Final = 7
NPS_MAX: Final = 10
"""The lowest score of NPS promoters and passives, and the highest score of the scale."""


class Decoded(NamedTuple):
    """A frame, and the records that could not be read."""

    frame: pl.DataFrame
    set_aside: tuple[str, ...]


def feedback_frame(pages: Iterable[Sequence[object]], *, project_id: str) -> Decoded:
    """Build a feedback frame from the API's records, newest first.

    Parameters
    ----------
    pages
        Records decoded from JSON, page by page. Of several records with the same ID, the last one wins.
    project_id
        The project whose list it is. If a record names another one, that is kept in ``extra``.

    Returns
    -------
    Decoded
        ``frame`` has the columns of `FEEDBACK`. ``set_aside`` has the records without a readable ID or creation time,
        as JSON. A value of the wrong type is null in its column and kept unchanged in ``extra``. A version or submitter
        that is a JSON number becomes text (``12``, ``1.1``).
    """
    return _frame(pages, feedback_rows(project_id))


def ratings_frame(pages: Iterable[Sequence[object]], *, project_id: str) -> Decoded:
    """Build a ratings frame from the API's records, in either of their two forms, newest first.

    Like `feedback_frame`, with the columns of `RATINGS`. A value that does not match its rating type leaves the columns
    of the answer null and is kept in ``extra``, so that the rating still counts.
    """
    return _frame(pages, ratings_rows(project_id))


def feedback_rows(project_id: str) -> Rows:
    """Start a feedback frame that is built page by page, see `feedback_frame`."""
    return Rows(FEEDBACK, project_id, columns=_columns)


def ratings_rows(project_id: str) -> Rows:
    """Start a ratings frame that is built page by page, see `ratings_frame`."""
    return Rows(RATINGS, project_id, columns=_rating_columns)


def projects_frame(records: Sequence[object]) -> Decoded:
    """Build a frame of the API's projects, with the columns of `PROJECT`, sorted by name. The last of an ID wins."""
    readable, set_aside = _readable(records, needs_time=False)
    frame = pl.DataFrame(_columns(readable, PROJECT), schema=PROJECT).unique("id", keep="last")
    return Decoded(frame.sort("name", "id", nulls_last=True), set_aside)


_Record: TypeAlias = dict[str, Any]
_Columns: TypeAlias = dict[str, list[Any] | pl.Series]

_CHUNK: Final = 20_000
_NUMBERED: Final = ("version", "submitted_by")
"""Text columns whose values may come as JSON numbers."""


class Rows:
    """Converts records to rows while pages come in, so that few of them are held as Python objects.

    Parameters
    ----------
    schema
        The columns.
    project_id
        The project whose list it is.
    columns
        Converts records to columns.
    """

    def __init__(
        self, schema: pl.Schema, project_id: str, *, columns: Callable[[list[_Record], pl.Schema, str], _Columns]
    ) -> None:
        self._schema, self._project_id, self._columns = schema, project_id, columns
        self._pending: list[object] = []
        self._chunks: list[pl.DataFrame] = [schema.to_frame()]
        self._set_aside: dict[str, None] = {}
        self._equal: Counter[str] = Counter()  # of records without an ID: the most that one page has

    def add(self, records: Iterable[object]) -> None:
        """Add the records of a page. Of several records with the same ID, the last one wins."""
        page = list(records)
        self._pending.extend(page)
        self._equal |= Counter(_json(one) for one in page if not isinstance(one, dict) or id_of(one) is None)
        if len(self._pending) >= _CHUNK:
            self._make_chunk()

    def decode(self, equal: Mapping[str, int] | None = None) -> Decoded:
        """Return the rows added so far, newest first.

        ``equal`` says of records without an ID how many equal ones there are, by the ID generated for them. Otherwise,
        as many as one page has are returned.
        """
        self._make_chunk()
        frame = pl.concat(self._chunks)
        # Sorting only the two columns that define the order means that the rows are copied once.
        order = (
            frame.select("id", "created_at", place=pl.int_range(pl.len(), dtype=pl.UInt32))
            .unique("id", keep="last")
            .sort("created_at", "id", descending=[True, False])
        )
        frame = frame[order["place"]]
        self._chunks = [frame]
        number = {one: max(1, self._equal[one], (equal or {}).get(unreadable_id(one), 1)) for one in self._set_aside}
        return Decoded(frame, tuple(one for one, times in number.items() for _ in range(times)))

    def _make_chunk(self) -> None:
        readable, strange = _readable(self._pending, needs_time=True)
        self._pending = []
        columns = self._columns(readable, self._schema, self._project_id)
        chunk = pl.DataFrame(columns, schema={**self._schema, "created_at": pl.String()})
        chunk = chunk.with_columns(moments_in(chunk["created_at"]).alias("created_at"))
        undated = chunk["created_at"].is_null()
        if undated.any():
            strange = (*strange, *(_json(record) for record, bad in zip(readable, undated, strict=True) if bad))
            chunk = chunk.filter(~undated)
        self._set_aside.update(dict.fromkeys(strange))
        self._chunks.append(chunk)


def _frame(pages: Iterable[Sequence[object]], rows: Rows) -> Decoded:
    for page in pages:
        rows.add(page)
    return rows.decode()


def _readable(records: Sequence[object], *, needs_time: bool) -> tuple[list[_Record], tuple[str, ...]]:
    """Split records into those that can become a row, and the others as JSON."""

    def is_readable(record: object) -> TypeGuard[_Record]:
        if not isinstance(record, dict):
            return False
        return id_of(record) is not None and (not needs_time or isinstance(record.get("created_at"), str))

    readable = [record for record in records if is_readable(record)]
    strange = (
        () if len(readable) == len(records) else tuple(_json(record) for record in records if not is_readable(record))
    )
    return [one if isinstance(one["id"], str) else one | {"id": id_of(one)} for one in readable], strange


def _rating_columns(records: list[_Record], schema: pl.Schema, project_id: str) -> _Columns:
    return _columns([_flat_rating(record) for record in records], schema, project_id)


def _flat_rating(record: _Record) -> _Record:
    """Flatten a rating of either form. Parts of the value without a column of their own stay under ``value``."""
    typed = record.get("value")
    value = typed if isinstance(typed, dict) else {"value": typed}
    answer = value.get("value")
    kind = record.get("rating_type") or value.get("type") or ("helpful" if isinstance(answer, bool) else None)
    taken: _Record = {}
    if kind == "helpful" and isinstance(answer, bool):
        taken = {"helpful": answer}
    elif kind == "star" and _is_number(answer):
        taken = {"score": answer, "max_score": value.get("max_stars")}
    elif kind == "nps" and _is_number(answer) and 0 <= answer <= NPS_MAX:
        taken = {"score": answer, "max_score": NPS_MAX, "nps_category": _nps_category(answer)}
    explained = {"type", "value", "max_stars"} if taken and value.get("type", kind) == kind else set()
    left = {key: item for key, item in value.items() if key not in explained and item is not None}
    flat = {key: item for key, item in record.items() if key != "value"} | taken | {"rating_type": kind}
    return flat | {"value": left} if left else flat


def _nps_category(answer: float) -> str:
    if answer >= NPS_PROMOTER:
        return "promoter"
    return "passive" if answer >= NPS_PASSIVE else "detractor"


def _columns(records: list[_Record], schema: pl.Schema, project_id: str = "") -> _Columns:
    """Collect the schema's columns. Whatever fits none of them goes to ``extra``, and so does another project's ID."""
    # The creation time is read as text first and parsed for the whole chunk at once.
    dtypes = {name: pl.String() if name == "created_at" else dtype for name, dtype in schema.items() if name != "extra"}
    leftovers: dict[int, _Record] = {}
    columns: _Columns = {}
    for name, dtype in dtypes.items():
        values: list[Any] = list(map(dict.get, records, repeat(name)))  # A third faster than a comprehension.
        if name == "project_id":
            others = {row: value for row, value in enumerate(values) if value not in (None, project_id)}
            leftovers |= {row: {name: value} for row, value in others.items()}
            values = [project_id] * len(records)
        if name in _NUMBERED:
            values = [_json(value) if _is_number(value) else value for value in values]
        columns[name], misfits = _column(name, values, dtype)
        for row, value in misfits.items():
            leftovers.setdefault(row, {})[name] = value
    for row, record in enumerate(records):
        if not dtypes.keys() >= record.keys():
            unknown = {key: value for key, value in record.items() if key not in dtypes}
            leftovers[row] = leftovers.get(row, {}) | unknown
    extra: list[str | None] = [None] * len(records)
    for row, left in leftovers.items():
        extra[row] = _json(left)
    return columns | {"extra": extra}


def _column(name: str, values: list[Any], dtype: pl.DataType) -> tuple[pl.Series, dict[int, Any]]:
    """Return a column, with null for values that do not fit its type, and these values by row."""
    try:
        return pl.Series(name, values, dtype=dtype, strict=True), {}
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        fits = _FITS[type(dtype)]
        misfits = {row: value for row, value in enumerate(values) if value is not None and not fits(value)}
        fitting = [None if row in misfits else value for row, value in enumerate(values)]
        return pl.Series(name, fitting, dtype=dtype, strict=False), misfits


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_score(value: object) -> bool:
    return _is_number(value) and abs(value) <= sys.float_info.max


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_FITS: Final[Mapping[type[pl.DataType], Callable[[object], bool]]] = {
    pl.String: lambda value: isinstance(value, str),
    pl.Boolean: lambda value: isinstance(value, bool),
    pl.Float64: _is_score,
    pl.Int64: _is_count,
    pl.List: _is_texts,
}


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()
