"""Parses and strictly validates API responses: pages of a list, items and projects.

A response that does not follow the contract raises `UnexpectedResponseError`. Such a request is retried, and its
response is never cached.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from seggwat_nb.errors import UnexpectedResponseError
from seggwat_nb.secret import without_tokens
from seggwat_nb.source.error_words import error_words
from seggwat_nb.source.moments import read_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

__all__ = [
    "UNREADABLE",
    "Counts",
    "Once",
    "Page",
    "Row",
    "ShortPageError",
    "UnsaidSizes",
    "decode",
    "decode_record",
    "id_of",
    "read_counts",
    "read_page",
    "read_projects",
    "read_row",
    "record",
    "unreadable_id",
    "why_unreadable",
]

UNREADABLE: Final = "unreadable:"
"""Prefix of the ID that is generated for a record without one."""

T = TypeVar("T")


_DIGITS: Final = re.compile("[0-9]{1,15}")
_LARGEST: Final = 10**15
"""Counts from this size on are rejected: no list is that long, and computing with them could overflow."""

_USUAL_SIZES: Final = frozenset({10, 20, 25, 30, 50})
"""Sizes of pages that services have."""

_EXACT: Final = 2.0**53
"""Up to here, every integer is a float of its own."""

_ERROR: Final = frozenset({"error", "message"})
"""Keys of the API's errors."""

_MOST_SHOWN: Final = 60

_DEEPEST: Final = 300
"""Deeper values become text if a response cannot be decoded otherwise. Python can follow about 1,000 levels."""

_NESTING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
"""What opens and closes a level, and strings, which may contain either."""


class ShortPageError(UnexpectedResponseError):
    """A first page has fewer rows than its limit and total imply, as if the service had a lower limit.

    Parameters
    ----------
    message
        What happened and what to do.
    rows
        How many rows it has.
    """

    def __init__(self, message: str, *, rows: int) -> None:
        super().__init__(message)
        self.rows = rows


@dataclass(frozen=True, slots=True)
class Row:
    """What crawls and refreshes need to know about a record: its ID, creation time, status and type."""

    id: str
    created_at: datetime | None
    status: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One window of a list at one moment: rows ``start`` to ``start + len(rows)`` of ``total``.

    Attributes
    ----------
    rows : tuple of Row
        What crawls need to know about the records.
    records : sequence
        The decoded records.
    conflicting : frozenset of str
        IDs that the page contains more than once, with different values.
    """

    page: int
    limit: int
    total: int
    rows: tuple[Row, ...]
    records: Sequence[Any] = ()
    conflicting: frozenset[str] = frozenset()

    @property
    def start(self) -> int:
        """Number of rows in the list above this window."""
        return (self.page - 1) * self.limit

    @property
    def is_last(self) -> bool:
        """Whether the list is known to end in this window. After a full window, only another request can show it."""
        return len(self.rows) < self.limit


@dataclass(frozen=True, slots=True)
class Counts:
    """Lengths of a project's lists at one moment, by value. ``types`` is None if the service does not return them."""

    statuses: Mapping[str, int]
    types: Mapping[str, int] | None


class Once(Generic[T]):
    """Parses a body once: if the same body comes again, the earlier result is returned.

    The sender validates each response before it is stored, and parses it again for its caller.
    """

    def __init__(self, read: Callable[[bytes], T]) -> None:
        self._read = read
        self._last: tuple[bytes, T] | None = None

    def __call__(self, body: bytes) -> T:
        """Parse a body."""
        if self._last is None or self._last[0] != body:
            self._last = body, self._read(body)
        return self._last[1]


def decode(body: bytes) -> Any:  # noqa: ANN401  # JSON can be anything, callers validate it
    """Decode JSON. A lone surrogate, which UTF-8 cannot represent, becomes U+FFFD.

    Numbers that JSON does not have, such as NaN, and those that are too large for a float become text as written, so
    that one of them, in a field that may not matter, neither stops a load nor is lost. So does what is nested too
    deeply to be decoded.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        problem = str(error)
    try:
        return _without_surrogates(json.loads(_shallow(body), parse_constant=str, parse_float=_number))
    except (ValueError, RecursionError):
        raise UnexpectedResponseError(
            f"The response is not JSON ({problem}, {_glimpse(body)}). "
            "Check SEGGWAT_API_URL, and whether a proxy answers instead of the service."
        ) from None


def record(body: bytes) -> dict[str, Any]:
    """Decode a response that is one JSON object, and not an error that was sent as a success."""
    answer = _object(decode(body), "the answer")
    if "error" in answer and answer.keys() <= _ERROR:
        said = " ".join(_format_value(answer[name]) for name in sorted(answer))
        raise _contract_error(f"it reports success, but contains an error: {said}")
    return answer


def decode_record(body: bytes, *, row_id: str) -> dict[str, Any]:
    """Decode a response that is the record with a given ID: neither another one, nor one wrapped in something else."""
    answer = record(body)
    if id_of(answer) != row_id:
        raise _contract_error(
            f"item {_format_value(row_id)} was requested, and {_format_value(id_of(answer))} returned"
        )
    return answer


def read_projects(body: bytes) -> tuple[list[Any], int]:
    """Decode the projects of a response, and how many there are. Services may or may not paginate them."""
    answer = record(body)
    found, pagination = answer.get("projects"), answer.get("pagination")
    if not isinstance(found, list):
        raise _contract_error(f"there is no list under 'projects'{_words_in(answer)}")
    if isinstance(pagination, dict) and pagination.get("total") is not None:
        return found, _count(pagination, "total")
    return found, len(found)


class UnsaidSizes:
    """The sizes of pages that a service returns although it names another limit, learned from full pages."""

    def __init__(self) -> None:
        self._known: list[int] = []
        self._suspected = 0

    def size_of(self, rows: int, *, page: int, limit: int, total: int) -> int | None:
        """Return the size of a page with a number of rows. None if the page cannot be full or the last one.

        A first page that is too short is taken for full if it has as many rows once more, or a usual number of them.
        """
        is_size = rows > limit or (page == 1 and (rows in _USUAL_SIZES or rows == self._suspected))
        is_full = rows > 0 and is_size and page * rows <= total
        self._suspected = rows
        sizes = [limit, *self._known, *([rows] if is_full else [])]
        size = next((size for size in sizes if rows == max(0, min(size, total - (page - 1) * size))), None)
        if size is not None and size not in {limit, *self._known}:
            self._known.append(size)
        return size


def read_page(body: bytes, *, key: str, page: int, limit: int | None = None, unsaid: UnsaidSizes | None = None) -> Page:
    """Parse one page of a list, and validate its structure, its page number, and its length against its total.

    For a page past the end of the list, the service may return the last page instead. A page may have another size than
    it says, as long as ``unsaid`` finds it. A missing number or limit is the requested one. An empty list may be null.
    """
    answer = record(body)
    found = answer.get(key, ())
    if not isinstance(found, list | None):
        raise _contract_error(f"there is no list under {key!r}{_words_in(answer)}")
    pagination = _object(answer.get("pagination"), "'pagination'")
    echo, limit = _count(pagination, "page", unsaid=page), _count(pagination, "limit", unsaid=limit)
    total, found = _count(pagination, "total"), found or []
    if echo > page or (echo < page and (page - 1) * limit < total):
        raise _contract_error(f"page {page} was requested, and page {echo} returned")
    if limit < 1:
        raise _contract_error("its 'limit' is 0")
    size = (unsaid or UnsaidSizes()).size_of(len(found), page=echo, limit=limit, total=total)
    if size is None:
        expected = max(0, min(limit, total - (echo - 1) * limit))
        error = _contract_error(
            f"page {page} of {limit} has {len(found)} rows, but its total of {total} implies {expected}"
        )
        raise ShortPageError(str(error), rows=len(found)) if page == 1 and 0 < len(found) < expected else error
    rows = tuple(read_row(item) for item in found)
    stray = _stray(rows)
    if stray is not None:
        raise _contract_error(
            f"page {page} has {_format_value(stray)} twice, in two places of a list that is ordered by time"
        )
    return Page(echo, size, total, rows, found, _conflicting(rows, found))


def _stray(rows: Sequence[Row]) -> str | None:
    """Find an ID that an ordered page repeats out of order, in place of some other row."""
    if len({row.id for row in rows}) == len(rows):
        return None
    first: dict[tuple[str, datetime | None], int] = {}
    for place, row in enumerate(rows):
        if row.id.startswith(UNREADABLE):
            continue  # Records without an ID may well be equal.
        since = first.setdefault((row.id, row.created_at), place)
        if any(other.created_at != row.created_at for other in rows[since:place]):
            others = [other.created_at for other in (*rows[:place], *rows[place + 1 :]) if other.created_at is not None]
            if others in (sorted(others), sorted(others, reverse=True)):
                return row.id
    return None


def _conflicting(rows: Sequence[Row], found: Sequence[Any]) -> frozenset[str]:
    """Return the IDs that a page contains more than once, with different values."""
    if len({row.id for row in rows}) == len(rows):
        return frozenset()
    first: dict[str, Any] = {}
    return frozenset(row.id for row, item in zip(rows, found, strict=True) if first.setdefault(row.id, item) != item)


def read_counts(body: bytes) -> Counts | None:
    """Read the lengths of all lists from a project's summary, or return None if it does not have them."""
    feedback = record(body).get("feedback")
    lengths = feedback if isinstance(feedback, dict) else {}
    statuses, types = (_whole_numbers(lengths.get(name)) for name in ("by_status", "by_type"))
    return None if statuses is None else Counts(statuses, types)


def _whole_numbers(value: object) -> dict[str, int] | None:
    if not isinstance(value, dict) or not all(type(number) is int and number >= 0 for number in value.values()):
        return None
    return value


def id_of(record: Mapping[str, Any]) -> str | None:
    """Return the ID of a record as text, or None if it has none. An integer is accepted as an ID."""
    row_id = record.get("id")
    if isinstance(row_id, float) and row_id.is_integer() and abs(row_id) < _EXACT:
        row_id = int(row_id)  # JSON does not tell 1.0 from 1.
    if isinstance(row_id, int) and not isinstance(row_id, bool):
        return str(row_id)
    return row_id if isinstance(row_id, str) and row_id else None


def why_unreadable(text: str) -> str:
    """Explain why a record that was set aside, as JSON, cannot become a row."""
    try:
        item = decode(text.encode(errors="replace"))
    except UnexpectedResponseError:
        item = None
    if not isinstance(item, dict):
        return "it is not a JSON object"
    if id_of(item) is None:
        return f"its id is {_format_value(item.get('id'))}"
    place = f"created_at of item {_format_value(id_of(item))}"
    return f"{place} is {_format_value(item.get('created_at'))}, not a time with a zone such as 2026-12-31T23:59:59Z"


def unreadable_id(text: str) -> str:
    """Return the ID that is generated for a record without one, given as JSON."""
    return UNREADABLE + hashlib.sha256(text.encode()).hexdigest()


def read_row(item: object) -> Row:
    """Identify a record. One without an ID is identified by a hash of its content."""
    fields = item if isinstance(item, dict) else {}
    row_id, created_at = id_of(fields), fields.get("created_at")
    if row_id is None:
        row_id = unreadable_id(msgspec.json.encode(item, order="deterministic").decode())
    status, kind = (value if isinstance(value, str) else None for value in (fields.get("status"), fields.get("type")))
    return Row(row_id, read_moment(created_at), status, kind)


def _words_in(answer: dict[str, Any]) -> str:
    """Return what a response says in place of a list, which is usually an error."""
    said = ": ".join(filter(None, error_words(answer)))
    return f", and it says {_format_value(said)}" if said else ""


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _contract_error(f"{name} is not a JSON object")
    return value


def _count(pagination: dict[str, Any], name: str, *, unsaid: int | None = None) -> int:
    value = pagination.get(name)
    value = unsaid if value is None else value
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():  # JSON does not tell 1.0 from 1
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST:
        raise _contract_error(f"its '{name}' is {_format_value(value)}, not a count")
    return value


def _contract_error(what: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        f"The response does not follow the API's contract: {what}. "
        "If this persists, contact the service's support, or check whether a proxy answers instead."
    )


def _glimpse(body: bytes) -> str:
    if not body.strip():
        return "it is empty"
    return f"it begins {_format_value(body[: 10 * _MOST_SHOWN].decode('utf-8', 'replace'))}"


def _format_value(value: object) -> str:
    """Format a value from the service for a message: shortened, and without any token that it may echo."""
    if not isinstance(value, str | int | float | None):
        return f"a {type(value).__name__}"
    text = without_tokens(str(value))
    short = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return repr(short) if isinstance(value, str) else short


def _shallow(body: bytes) -> bytes:
    """Turn what is nested too deeply in JSON into text."""
    parts: list[bytes] = []
    depth = begin = done = 0
    for token in _NESTING.finditer(body):
        if token[0] in {b"[", b"{"}:
            depth += 1
            begin = token.start() if depth == _DEEPEST else begin
        elif token[0] in {b"]", b"}"}:
            if depth == _DEEPEST:
                text = body[begin : token.end()].decode("utf-8", "replace")
                parts += [body[done:begin], json.dumps(text).encode()]
                done = token.end()
            depth -= 1
    return b"".join([*parts, body[done:]])


def _number(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _without_surrogates(value: Any) -> Any:  # noqa: ANN401  # as decode
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
