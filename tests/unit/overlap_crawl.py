"""The rule of before, to compare with: windows are chained by any known row, which ties without an order break."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import IncompleteError
from seggwat_nb.source.crawl import CrawlResult, Fetch
from seggwat_nb.source.page_sizes import BIGGEST_PAGE, furthest

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.source.responses import Page

_ROUNDS: Final = 3
_SMALLEST: Final = 3


def crawl(fetch: Fetch, *, biggest: int = BIGGEST_PAGE) -> CrawlResult:
    """Read a whole list, or raise IncompleteError."""
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
            return CrawlResult(
                ids=frozenset(seen), total=chain.total, removed_during=removed, inserted_during=missing, requests=0
            )
    raise IncompleteError(
        f"{missing} of {chain.total} rows could not be reached in {_ROUNDS} rounds: the list has no stable order. "
        "Try again later; if it stays so, tell the service's support."
    )


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
            window = self._ask(*furthest(self._end, overlap, range(1, self._biggest + 1)))
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
        goes_on = (
            one for one in (tied, *fewer) if _reach(*furthest(self._end, one, range(1, self._biggest + 1))) > self._end
        )
        overlap = next(goes_on, 0)
        self.is_ordered = self.is_ordered and overlap >= tied
        return overlap


def _newest_first(times: list[datetime | None]) -> bool:
    return all(newer is not None and older is not None and newer >= older for newer, older in pairwise(times))


def _reach(page: int, limit: int) -> int:
    return page * limit
