"""The sizes of pages that a server returns, and the pages to request with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BIGGEST_PAGE", "PageSizes", "furthest"]

BIGGEST_PAGE: Final = 100
"""The most rows the API returns per page."""


class PageSizes:
    """The sizes of pages that a server returns, whatever is requested: any up to a largest one, or only a few.

    Parameters
    ----------
    biggest
        The largest page to request.

    Attributes
    ----------
    biggest : int
        The largest page to request. Lowered if the server returns or allows only smaller pages.
    """

    def __init__(self, biggest: int = BIGGEST_PAGE) -> None:
        self.biggest = biggest
        self._shown: set[int] = set()
        self._is_stepped = False

    def learn(self, limit: int, size: int) -> None:
        """Learn from the size of a page that was requested with a limit."""
        if size > limit or size < limit <= max(self._shown, default=0):
            self._is_stepped = True
        if size != limit:
            self._shown.discard(limit)
        self._shown.add(size)
        if size < limit:
            self.biggest = max(self._shown) if self._is_stepped else size

    @property
    def limits(self) -> Sequence[int]:
        """The limits to choose from, in ascending order."""
        return sorted(self._shown) if self._is_stepped else range(1, self.biggest + 1)

    @property
    def in_words(self) -> str:
        """Say which pages the server returns."""
        if not self._is_stepped:
            return f"the server returns only {self.biggest} items per page"
        return f"the server returns only pages of {' or '.join(map(str, self.limits))} items"

    def is_wall(self, rank: int) -> bool:
        """Return whether no window can show the rows on both sides of a rank, since every limit divides it."""
        return rank > 0 and all(rank % limit == 0 for limit in self.limits)

    def furthest(self, end: int, overlap: int) -> tuple[int, int]:
        """Choose the page and limit whose window starts at or before ``end - overlap`` and reaches furthest."""
        return furthest(end, overlap, self.limits)

    def earliest(self, end: int) -> tuple[int, int]:
        """Choose the page and limit whose window reaches row ``end`` and starts as early as possible."""
        limit = min(self.limits, key=lambda limit: ((end - 1) // limit * limit, -limit))
        return (end - 1) // limit + 1, limit

    def over(self, start: int, end: int, total: int) -> tuple[int, int]:
        """Choose the largest window that shows all the given rows, or one at their middle if none shows them all."""
        for limit in reversed(self.limits):
            page = start // limit + 1
            if page * limit >= min(end, total):
                return page, limit
        return (start + end) // 2 // self.biggest + 1, self.biggest


def furthest(end: int, overlap: int, limits: Sequence[int]) -> tuple[int, int]:
    """Choose the page and limit whose window starts at or before ``end - overlap`` and reaches as far as possible."""
    start = max(0, end - overlap)
    limit: int = max(limits, key=lambda limit: (start // limit * limit + limit, limit))
    return start // limit + 1, limit
