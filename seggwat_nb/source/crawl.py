"""One list, page by page, complete whatever changes meanwhile.

The list is newest first and pages are offsets into it, so a row that arrives during a crawl pushes rows onto the next
page (seen twice), and one that leaves pulls rows up across the seam (never seen). No later clean-up brings a lost row
back. So windows are *chained*: each starts at or before the last row that is proven, and is accepted only if a known
row stands in it. Everything below that known row inside the window is then adjacent to it, and nothing was skipped.

**Complete** means: every row that stood in the list from the first request to the last is there, each once. A row that
came or went meanwhile may be either.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import IncompleteError
from seggwat_nb.source.wire import Page

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["BIGGEST_PAGE", "CrawlResult", "Fetch", "crawl", "furthest", "requests_for"]

BIGGEST_PAGE: Final = 100
"""The most rows the API gives at once."""

Fetch = Callable[[int, int], Page]
"""Asks for a page (from 1) of a limit, now; never answered from memory."""

_NEW_SHARE: Final = 0.89
"""What of an overlapping window of at most 100 rows is new on average: measured over all positions up to 60,000."""

_ROUNDS: Final = 3
_SMALLEST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlResult:
    """What a crawl has found.

    Attributes
    ----------
    ids : frozenset of str
        Every row seen.
    total : int
        The list's own total at the end.
    removed_during : int
        Rows seen that are known to have left the list during the crawl.
    inserted_during : int
        Rows that joined the list during the crawl and were not seen; none of them stood there throughout.
    """

    ids: frozenset[str]
    total: int
    removed_during: int
    inserted_during: int


def crawl(fetch: Fetch, *, biggest: int = BIGGEST_PAGE) -> CrawlResult:
    """Read a whole list.

    Parameters
    ----------
    fetch
        Asks for one page. What it raises goes through; it keeps the pages itself, so nothing is lost then.
    biggest
        The largest page to ask for; a server that gives fewer rows than asked is followed.

    Returns
    -------
    CrawlResult
        Only after the chain reached the end of the list and its head was read again.

    Raises
    ------
    IncompleteError
        The list changed faster than it could be read, or its order is not stable.
    """
    seen: set[str] = set()
    for _ in range(_ROUNDS):
        chain = _Chain(fetch, biggest)
        chain.descend()
        if chain.requests > 1:
            chain.read_head()
            if len(chain.known) < chain.total:
                # Rows joined the middle, or the end that was shown was not the end: look again.
                chain.descend()
        seen |= chain.known
        missing = max(0, chain.total - len(seen))
        if chain.is_ordered or not missing:
            removed = max(0, len(seen) - chain.total)
            return CrawlResult(ids=frozenset(seen), total=chain.total, removed_during=removed, inserted_during=missing)
    raise IncompleteError(
        f"{missing} of {chain.total} rows could not be reached in {_ROUNDS} rounds: the list has no stable order. "
        "Try again later; if it stays so, tell the service's support."
    )


def requests_for(rows: int, *, biggest: int = BIGGEST_PAGE) -> int:
    """Estimate the requests that a list of so many rows takes while it holds still.

    Examples
    --------
    >>> requests_for(60), requests_for(10_000)
    (1, 114)
    """
    if rows < biggest:
        return 1
    return 2 + math.ceil((rows - biggest) / (biggest * _NEW_SHARE))


class _Chain:
    """A prefix of the list that is proven, and how it grows.

    Invariant: every row that stood in the list since the first request, at or above the frontier, is known.
    """

    def __init__(self, fetch: Fetch, biggest: int) -> None:
        self.requests = 0
        self.total = 0
        self.known: set[str] = set()
        self.is_ordered = True
        self._fetch = fetch
        self._biggest = biggest
        self._end = 0
        self._enough = 0
        self._frontier: set[str] = set()
        self._frontier_time: datetime | None = None

    def descend(self) -> None:
        """Extend the chain to the end of the list."""
        overlap = self._least_overlap()
        while True:
            window = self._ask(*furthest(self._end, overlap, self._biggest))
            # A window from the very top needs no known row: nothing is above it.
            if window.start and overlap and self.known.isdisjoint(row.id for row in window.rows):
                overlap = max(2 * overlap, self._end - window.start + 1)
                continue
            self._accept(window)
            overlap = self._least_overlap()
            if window.is_last:
                return

    def read_head(self) -> None:
        """Read what joined the top meanwhile, and the total as it is now."""
        page = 0
        while True:
            page += 1
            window = self._ask(page, self._biggest)
            fresh = self.known.isdisjoint(row.id for row in window.rows)
            self.known.update(row.id for row in window.rows)
            if not fresh or window.is_last:
                return

    def _ask(self, page: int, limit: int) -> Page:
        window = self._fetch(page, limit)
        self.requests += 1
        self.total = window.total
        if window.limit < limit:
            self._biggest = window.limit
        if self._biggest < _SMALLEST < self.total:
            raise IncompleteError(
                f"The server gives {self._biggest} rows at once, and a list of {self.total} rows cannot be read safely "
                f"with fewer than {_SMALLEST}. Ask its operator to allow larger pages."
            )
        # Measured by the list as it was at first: one that grows faster than it is read must not move the goal.
        self._enough = self._enough or 50 + 10 * (self.total // self._biggest + 1)
        if self.requests > self._enough:
            raise IncompleteError(
                f"After {self.requests} requests for {self.total} rows the end of the list is not reached: "
                "it changes faster than it can be read. Try again at a quieter hour."
            )
        return window

    def _accept(self, window: Page) -> None:
        self.known.update(row.id for row in window.rows)
        self._end = window.start + len(window.rows)
        times = [row.created_at for row in window.rows]
        self.is_ordered = self.is_ordered and _newest_first(times)
        if not times:
            return
        if times[-1] is None or times[-1] != self._frontier_time:
            self._frontier = set()
            self._frontier_time = times[-1]
        self._frontier.update(row.id for row in window.rows if row.created_at == times[-1])

    def _least_overlap(self) -> int:
        """Rows that share the frontier's moment may change places, so all of them are read again, if they fit.

        Where they do not, and where no window of few rows reaches across the end at all (each of its limits divides
        it), less is overlapped, and the totals have to tell.
        """
        tied = max(1, len(self._frontier))
        fewer = range(min(tied, self._biggest // 3), 0, -1)
        goes_on = (one for one in (tied, *fewer) if _reach(*furthest(self._end, one, self._biggest)) > self._end)
        overlap = next(goes_on, 0)
        self.is_ordered = self.is_ordered and overlap >= tied
        return overlap


def _newest_first(times: list[datetime | None]) -> bool:
    return all(newer is not None and older is not None and newer >= older for newer, older in pairwise(times))


def furthest(end: int, overlap: int, biggest: int) -> tuple[int, int]:
    """Choose page and limit so that the window starts at or before ``end - overlap`` and reaches furthest."""
    start = max(0, end - overlap)
    limit: int = max(range(1, biggest + 1), key=lambda limit: (start // limit * limit + limit, limit))
    return start // limit + 1, limit


def _reach(page: int, limit: int) -> int:
    return page * limit
