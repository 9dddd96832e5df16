"""The result of loading one list, and the callbacks that report its progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seggwat_nb.errors import IncompleteError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import polars as pl

__all__ = ["LoadResult", "Progress"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """A complete frame of one list, newest row first, and how it was loaded. Fields are named as in `Provenance`."""

    frame: pl.DataFrame
    started: datetime
    finished: datetime
    served_from: str
    requests: int
    total: int
    removed_during: int
    set_aside: tuple[str, ...]
    full_as_of: datetime
    verified_fields: tuple[str, ...]
    status_as_of: datetime
    open_as_of: datetime
    oldest_read_at: datetime | None
    new: int = 0
    changed: int = 0
    gone: int = 0
    returned: int = 0
    stored: bool = True
    reread: int = 0
    forgotten: int = 0
    why_full: str | None = None
    slow_because: str | None = None
    repeated: frozenset[str] = frozenset()
    conflicting: frozenset[str] = frozenset()
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The callbacks that report the progress of a load, and its request limit.

    Attributes
    ----------
    progress
        Called after each page of a crawl with the number of rows seen and the total.
    estimated
        Called with the number of requests that a refresh will take, as soon as it is known.
    slower
        Called with the approximate number of extra requests that a crawl will take, and the reason.
    max_requests : int or None
        A load that would take more requests stops beforehand.
    """

    progress: Callable[[int, int], None]
    estimated: Callable[[int], None] = lambda _: None
    slower: Callable[[int, str], None] = lambda _requests, _why: None
    max_requests: int | None = None

    def check(self, made: int, to_come: int) -> None:
        """Raise an error if the load would exceed the limit."""
        if self.max_requests is not None and made + to_come > self.max_requests:
            raise IncompleteError(
                f"The load takes about {made + to_come} requests, more than max_requests={self.max_requests} "
                f"({made} made). Raise max_requests, or load without a limit."
            )
