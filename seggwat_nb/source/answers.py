"""What each answer of a list showed: which rows, at which request, and how long the list was then."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

from seggwat_nb.errors import ApiError, IncompleteError
from seggwat_nb.source.list_order import key_of
from seggwat_nb.source.responses import UNREADABLE, Page, Row

__all__ = ["BIGGEST_PAGE", "Answers", "Fetch", "IsThere", "Token", "Window", "earliest", "furthest"]

BIGGEST_PAGE: Final = 100
"""The most rows the API gives at once."""

Fetch: TypeAlias = Callable[[int, int], Page]
"""Asks for a page (from 1) of a limit, now; never answered from memory."""

IsThere: TypeAlias = Callable[[str], bool]
"""Asks for one record by its id, now: whether it still is in the list."""

Token: TypeAlias = tuple[str, int | None]
"""A row of the list: its id and the key of its moment. Two rows of one id with different moments are two rows."""

_SMALLEST: Final = 3
_LESS: Final = (50, 20)
"""Limits to ask for where the largest is refused; 20 is the API's default."""

_REFUSED: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_PAST_THE_END: Final = _REFUSED | {HTTPStatus.NOT_FOUND, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}


@dataclass(frozen=True, slots=True)
class Window:
    """One answer: rows ``start`` to ``end`` of the list as it stood at request number ``at``."""

    at: int
    start: int
    total: int
    is_last: bool
    tokens: tuple[Token, ...]

    @property
    def end(self) -> int:
        """Rows of the list down to the end of this window."""
        return self.start + len(self.tokens)


class Answers:
    """Asks for windows and single records, and remembers what was seen when.

    Parameters
    ----------
    fetch
        Asks for one page.
    is_there
        Asks for one record; without it windows alone are asked for.
    biggest
        The largest page to ask for; a server that gives fewer rows than asked is followed.
    """

    def __init__(self, fetch: Fetch, *, is_there: IsThere | None, biggest: int) -> None:
        self.requests = 0
        self.total = 0
        self.biggest = biggest
        # Most rows are seen once, and a list for each of them would take more memory than the rows.
        self.sightings: dict[Token, int | list[int]] = {}
        self.copies: Counter[Token] = Counter()
        self.conflicting: set[str] = set()
        self._fetch, self._is_there = fetch, is_there
        self._totals: list[tuple[int, int]] = []
        self._most = 0

    @property
    def ids(self) -> frozenset[str]:
        """Every id that was seen."""
        return frozenset(row_id for row_id, _ in self.sightings)

    @property
    def rows(self) -> int:
        """Every row that was seen; one that stands twice in an answer is two."""
        return len(self.sightings) + self.copies.total()

    def weight(self, token: Token) -> int:
        """Count how often a row is in the list."""
        return 1 + self.copies[token]

    def window(self, page: int, limit: int) -> Window:
        """Ask for a window.

        Raises
        ------
        IncompleteError
            The server's pages are too small, or the list changes faster than it can be read.
        """
        answer = self._answer(page, limit)
        if answer.limit < limit:
            self.biggest = answer.limit
        if self.biggest < _SMALLEST < answer.total:
            raise IncompleteError(
                f"The server returns {self.biggest} rows per page, and a list of {answer.total} rows cannot be read "
                f"safely with fewer than {_SMALLEST}. Ask its operator to allow larger pages."
            )
        tokens = tuple(_token(row) for row in answer.rows)
        for token, times in Counter(tokens).items():
            self._see(token)
            if times > 1:
                self.copies[token] = max(self.copies[token], times - 1)
        self.conflicting |= answer.conflicting
        self.total = answer.total
        self._totals.append((self.requests, answer.total))
        return Window(self.requests, answer.start, answer.total, answer.is_last, tokens)

    def times(self, token: Token) -> list[int]:
        """Tell at which requests a row was seen."""
        seen = self.sightings[token]
        return [seen] if isinstance(seen, int) else seen

    def can_ask_for(self, token: Token) -> bool:
        """Return whether a record can be asked for alone."""
        return self._is_there is not None and not token[0].startswith(UNREADABLE)

    def is_there(self, token: Token) -> bool:
        """Ask for one record, and count it as seen if it is there."""
        if self._is_there is None:
            return False
        self._count_request()
        found = self._is_there(token[0])
        if found:
            self._see(token)
        return found

    def steady_around(self, at: int) -> tuple[int, int]:
        """Find the requests around one between which nothing left before it, and nothing joined after it.

        Returns
        -------
        tuple of int
            From the first until ``at`` the total never fell; from ``at`` until the second it never rose.
        """
        place = bisect_right(self._totals, at, key=lambda told: told[0]) - 1
        first = last = place
        while first > 0 and self._totals[first - 1][1] <= self._totals[first][1]:
            first -= 1
        while last + 1 < len(self._totals) and self._totals[last + 1][1] <= self._totals[last][1]:
            last += 1
        return self._totals[first][0] if first else 0, self._totals[last][0]

    def _see(self, token: Token) -> None:
        before = self.sightings.setdefault(token, self.requests)
        if isinstance(before, list):
            before.append(self.requests)
        elif before != self.requests:
            self.sightings[token] = [before, self.requests]

    def _answer(self, page: int, limit: int) -> Page:
        """Ask for a page; a limit that is refused is lowered, and a page past the end of the list is empty."""
        try:
            answer = self._ask(page, limit)
        except ApiError as error:
            if page == 1 and not self._totals and error.status in _REFUSED:
                return self._with_less(limit, error)
            if page == 1 or error.status not in _PAST_THE_END:
                raise
        else:
            if page == 1 or answer.total:
                return answer
        # The list may have become shorter than this page's start: the first page tells its length.
        total = self._ask(1, limit).total
        if (page - 1) * limit >= total:
            return Page(page, limit, total, ())
        return self._ask(page, limit)

    def _with_less(self, limit: int, error: ApiError) -> Page:
        for less in (less for less in _LESS if less < limit):
            try:
                answer = self._ask(1, less)
            except ApiError as again:
                if again.status not in _REFUSED:
                    raise
            else:
                self.biggest = less
                return answer
        raise error

    def _ask(self, page: int, limit: int) -> Page:
        self._count_request()
        answer = self._fetch(page, limit)
        # Measured by the list as it was at first: one that grows faster than it is read must not move the goal.
        self._most = self._most or 60 + 40 * (answer.total // min(self.biggest, answer.limit) + 1)
        return answer

    def _count_request(self) -> None:
        if self._most and self.requests >= self._most:
            raise IncompleteError(
                f"After {self.requests} requests the list of {self.total:,} rows is not proven complete: it changes "
                "faster than it can be read, or has no stable order. Retry at a quieter time. If this persists, "
                "contact the service's support."
            )
        self.requests += 1


def furthest(end: int, overlap: int, biggest: int) -> tuple[int, int]:
    """Choose page and limit so that the window starts at or before ``end - overlap`` and reaches furthest."""
    start = max(0, end - overlap)
    limit: int = max(range(1, biggest + 1), key=lambda limit: (start // limit * limit + limit, limit))
    return start // limit + 1, limit


def earliest(end: int, biggest: int) -> tuple[int, int]:
    """Choose page and limit so that the window reaches row ``end`` and starts as early as can be."""
    limit: int = min(range(1, biggest + 1), key=lambda limit: ((end - 1) // limit * limit, -limit))
    return (end - 1) // limit + 1, limit


def _token(row: Row) -> Token:
    return row.id, None if row.created_at is None else key_of(row.created_at)
