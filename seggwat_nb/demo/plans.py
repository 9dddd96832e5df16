"""Plans for faults and changes during requests to the demo server, by request number.

Both count list requests (pages of feedback or ratings), starting at 1.
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
    """The connection is closed without a response."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Half of the body. The header has the full length or, if ``silently``, the actual one."""

    silently: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """The correct response, but late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Html:
    """Status 200 with an HTML page, as a proxy may return."""


@dataclass(frozen=True, slots=True)
class WrongShape:
    """Status 200 with JSON of a different structure."""

    body: str = '{"items": [], "next": null}'


@dataclass(frozen=True, slots=True)
class WrongEcho:
    """The page after the requested one."""


@dataclass(frozen=True, slots=True)
class WrongTotal:
    """A total that is off by a number."""

    by: int


@dataclass(frozen=True, slots=True)
class DuplicateIds:
    """A page with a copy of the first row at the end."""


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """A page without rows, but with the correct total."""


Fault: TypeAlias = (
    Status | TooMany | Dropped | Cut | Slow | Html | WrongShape | WrongEcho | WrongTotal | DuplicateIds | EmptyPage
)


@dataclass(frozen=True, slots=True)
class Faults:
    """Which request fails, and how.

    Attributes
    ----------
    at : mapping
        Maps request numbers to faults.
    ever_from : int or None
        From this request on, every request fails with ``ever``.
    """

    at: Mapping[int, Fault] | None = None
    ever_from: int | None = None
    ever: Fault | None = None

    def of(self, number: int) -> Fault | None:
        """Return the fault planned for a request."""
        if self.ever_from is not None and number >= self.ever_from:
            return self.ever
        return (self.at or {}).get(number)


@dataclass(frozen=True, slots=True)
class Insert:
    """An item is added, possibly backdated."""

    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Archive:
    """An item leaves the list."""

    id: str


@dataclass(frozen=True, slots=True)
class Unarchive:
    """An archived item returns to its previous position."""

    id: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Fields of an item change."""

    id: str
    fields: Mapping[str, Any]


Change: TypeAlias = Insert | Archive | Unarchive | Edit

Changes: TypeAlias = Mapping[int, Sequence[Change]]
"""Maps request numbers to the changes made just before the request."""
