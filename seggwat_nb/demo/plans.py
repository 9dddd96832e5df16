"""What goes wrong, and what changes, while the demo server is asked: plans by number of request.

Both count requests for lists (pages of feedback or ratings), from 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = [
    "Archive",
    "Change",
    "Cut",
    "Dropped",
    "DuplicateIds",
    "Edit",
    "EmptyPage",
    "Fault",
    "Faults",
    "Html",
    "Insert",
    "Slow",
    "Status",
    "TooMany",
    "Unarchive",
    "WrongEcho",
    "WrongShape",
    "WrongTotal",
]


@dataclass(frozen=True, slots=True)
class Status:
    """An error status, with any body and headers."""

    status: int
    body: str = '{"error": "internal", "message": "something broke"}'
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TooMany:
    """429, with ``Retry-After`` in seconds, as a date, or without."""

    seconds: int = 1
    say: Literal["seconds", "date", "nothing"] = "seconds"


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection is closed without an answer."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Half of the body: with the whole one's length in the header, or, ``silently``, with its own."""

    silently: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """The right answer, late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Html:
    """200, and a page for people, as a proxy gives it."""


@dataclass(frozen=True, slots=True)
class WrongShape:
    """200, and JSON of another shape."""

    body: str = '{"items": [], "next": null}'


@dataclass(frozen=True, slots=True)
class WrongEcho:
    """The page next to the one asked for."""


@dataclass(frozen=True, slots=True)
class WrongTotal:
    """A total that is off by so much."""

    by: int


@dataclass(frozen=True, slots=True)
class DuplicateIds:
    """A page whose last row is its first again."""


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """A page without rows, its total as it is."""


Fault: TypeAlias = (
    Status | TooMany | Dropped | Cut | Slow | Html | WrongShape | WrongEcho | WrongTotal | DuplicateIds | EmptyPage
)


@dataclass(frozen=True, slots=True)
class Faults:
    """Which request fails, and how.

    Attributes
    ----------
    at : mapping
        Number of the request to its fault.
    ever_from : int or None
        From this request on each one fails with ``ever``.
    """

    at: Mapping[int, Fault] | None = None
    ever_from: int | None = None
    ever: Fault | None = None

    def of(self, number: int) -> Fault | None:
        """Find the fault of a request."""
        if self.ever_from is not None and number >= self.ever_from:
            return self.ever
        return (self.at or {}).get(number)


@dataclass(frozen=True, slots=True)
class Insert:
    """An item arrives, or is imported back-dated."""

    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Archive:
    """An item leaves the list."""

    id: str


@dataclass(frozen=True, slots=True)
class Unarchive:
    """An item that was archived comes back to its old place."""

    id: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Fields of an item change."""

    id: str
    fields: Mapping[str, Any]


Change: TypeAlias = Insert | Archive | Unarchive | Edit

Changes: TypeAlias = Mapping[int, Sequence[Change]]
"""Number of the request to what changes just before it."""
