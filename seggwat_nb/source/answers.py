"""Records what each page of a list showed: which rows, at which request, and how long the list was."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from seggwat_nb.errors import ApiError, IncompleteError, SeggwatError
from seggwat_nb.source.error_answers import may_concern_one_kind
from seggwat_nb.source.list_order import key_of
from seggwat_nb.source.responses import UNREADABLE, Page, Row, ShortPageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.source.page_sizes import PageSizes

__all__ = ["REFUSED", "Answers", "Fetch", "IsThere", "Token", "UnprovenError", "Window"]

Fetch: TypeAlias = Callable[[int, int], Page]
"""Requests a page, numbered from 1, with a given limit. Never answered from a cache."""

IsThere: TypeAlias = Callable[[str], bool]
"""Requests one record by ID and returns whether it is still in the list. Never answered from a cache."""

Token: TypeAlias = tuple[str, int | None]
"""A row of the list: its ID and the key of its creation time. The same ID with two times counts as two rows."""

_SMALLEST: Final = 3
_LESS: Final = (50, 20)
"""Smaller limits to try if the server refuses the largest one; 20 is the API's default."""

REFUSED: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
)
"""Statuses with which servers refuse a parameter, such as a limit."""

_PAST_THE_END: Final = REFUSED | {HTTPStatus.NOT_FOUND, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}


class UnprovenError(IncompleteError):
    """The pages read so far cannot lead to a complete list, so resuming from them would fail again."""


@dataclass(frozen=True, slots=True)
class Window:
    """One page: rows ``start`` to ``end`` of the list at the time of request number ``at``."""

    at: int
    start: int
    total: int
    is_last: bool
    tokens: tuple[Token, ...]

    @property
    def end(self) -> int:
        """Number of rows in the list up to the end of this window."""
        return self.start + len(self.tokens)


class Answers:
    """Requests windows and single records, and remembers which row was seen at which request.

    Parameters
    ----------
    fetch
        Requests one page.
    is_there
        Requests one record. If None, only windows are requested.
    sizes
        The sizes of the server's pages, as far as they are known.
    """

    def __init__(self, fetch: Fetch, *, is_there: IsThere | None, sizes: PageSizes) -> None:
        self.requests = 0
        self.total = 0
        self.sizes = sizes
        # Most rows are seen once, and a list for each of them would take more memory than the rows.
        self.sightings: dict[Token, int | list[int]] = {}
        self.copies: Counter[Token] = Counter()
        self.conflicting: set[str] = set()
        self._places: dict[Token, set[tuple[str, int]]] = {}
        self._fetch, self._is_there = fetch, is_there
        self._totals: list[tuple[int, int]] = []
        self._most = 0

    @property
    def ids(self) -> frozenset[str]:
        """Every ID seen so far."""
        return frozenset(row_id for row_id, _ in self.sightings)

    @property
    def rows(self) -> int:
        """Number of rows seen so far. A row that one page contains twice counts as two."""
        return len(self.sightings) + self.copies.total()

    @property
    def equal(self) -> dict[Token, int]:
        """How many equal records without an ID an ordered list has, told apart by the record with an ID above them."""
        return {token: max(len(places), self.weight(token)) for token, places in self._places.items()}

    @property
    def rows_in_order(self) -> int:
        """Number of rows of an ordered list seen so far, where equal records without an ID may be on several pages."""
        return self.rows + sum(number - self.weight(token) for token, number in self.equal.items())

    @property
    def risen(self) -> int:
        """Return by how much the list's length rose from one window to the next, in sum."""
        return sum(max(0, after - before) for (_, before), (_, after) in pairwise(self._totals))

    @property
    def is_steady(self) -> bool:
        """Return whether every window showed the same length of the list."""
        return len({total for _, total in self._totals}) == 1

    def weight(self, token: Token) -> int:
        """Return how many times a row is in the list."""
        return 1 + self.copies[token]

    def window(self, page: int, limit: int) -> Window:
        """Request a window.

        Raises
        ------
        UnprovenError
            The server's pages are too small, or the list changes faster than it can be read.
        """
        answer = self._answer(page, limit)
        self.sizes.learn(limit, answer.limit)
        if self.sizes.biggest < _SMALLEST < answer.total:
            raise UnprovenError(
                f"The server returns {self.sizes.biggest} rows per page, and a list of {answer.total} rows cannot be "
                f"read safely with fewer than {_SMALLEST}. Ask its operator to allow larger pages."
            )
        tokens = tuple(_token(row) for row in answer.rows)
        for token, times in Counter(tokens).items():
            self._see(token)
            if times > 1:
                self.copies[token] = max(self.copies[token], times - 1)
        self._note_places(answer.start, tokens)
        self.conflicting |= answer.conflicting
        self.total = answer.total
        self._totals.append((self.requests, answer.total))
        return Window(self.requests, answer.start, answer.total, answer.is_last, tokens)

    def times(self, token: Token) -> list[int]:
        """Return the numbers of the requests that showed a row."""
        seen = self.sightings[token]
        return [seen] if isinstance(seen, int) else seen

    def can_ask_for(self, token: Token) -> bool:
        """Return whether a record can be requested on its own."""
        return self._is_there is not None and not token[0].startswith(UNREADABLE)

    def is_there(self, token: Token) -> bool | None:
        """Request one record, and count it as seen if it is still in the list. None if the server cannot tell."""
        if self._is_there is None:
            return None
        self._count_request()
        try:
            found = self._is_there(token[0])
        except SeggwatError as error:
            if not may_concern_one_kind(error):
                raise
            self._is_there = None  # Windows show the same, with more requests.
            return None
        if found:
            self._see(token)
        return found

    def steady_around(self, at: int) -> tuple[int, int]:
        """Find how far back from a request no row left the list, and how far after it no row joined.

        Returns
        -------
        tuple of int
            Two request numbers: the total never fell between the first and ``at``, and never rose between ``at`` and
            the second.
        """
        place = bisect_right(self._totals, at, key=lambda entry: entry[0]) - 1
        first = last = place
        while first > 0 and self._totals[first - 1][1] <= self._totals[first][1]:
            first -= 1
        while last + 1 < len(self._totals) and self._totals[last + 1][1] <= self._totals[last][1]:
            last += 1
        return self._totals[first][0] if first else 0, self._totals[last][0]

    def _note_places(self, start: int, tokens: Sequence[Token]) -> None:
        """Note above which record with an ID those without one are. The first ones of a page may be below any."""
        above, number = None if start else "", Counter[Token]()
        for token in tokens:
            if not token[0].startswith(UNREADABLE):
                above = token[0]
                number.clear()
            elif above is not None:
                number[token] += 1
                self._places.setdefault(token, set()).add((above, number[token]))

    def _see(self, token: Token) -> None:
        before = self.sightings.setdefault(token, self.requests)
        if isinstance(before, list):
            before.append(self.requests)
        elif before != self.requests:
            self.sightings[token] = [before, self.requests]

    def _answer(self, page: int, limit: int) -> Page:
        """Request a page; lowers a limit that the server refuses, and returns an empty page past the list's end.

        A list that had rows is only taken for empty if two answers in a row say so.
        """
        try:
            answer = self._ask(page, limit)
        except ApiError as error:
            if page == 1 and not self._totals and error.status in REFUSED:
                return self._with_less(limit, error)
            if page == 1 or error.status not in _PAST_THE_END:
                raise
        except ShortPageError as error:
            if self._totals:
                raise
            # Some servers return fewer rows than requested without saying so. Then all pages have this limit.
            self.sizes.biggest = error.rows
            return self._ask(1, error.rows)
        else:
            if answer.total or (page == 1 and not self.rows):
                return answer
        # The list may now end before this page starts. The first page says how long it is.
        first = self._ask(1, limit)
        if page == 1:
            return first
        if (page - 1) * limit >= first.total:
            return Page(page, limit, first.total, ())
        return self._ask(page, limit)

    def _with_less(self, limit: int, error: ApiError) -> Page:
        for less in (less for less in _LESS if less < limit):
            try:
                answer = self._ask(1, less)
            except ApiError as again:
                if again.status not in REFUSED:
                    raise
            else:
                self.sizes.biggest = less
                return answer
        raise error

    def _ask(self, page: int, limit: int) -> Page:
        self._count_request()
        answer = self._fetch(page, limit)
        # Based on the initial length, so that a list that grows faster than it is read cannot raise the limit.
        self._most = self._most or 60 + 40 * (answer.total // min(self.sizes.biggest, answer.limit) + 1)
        return answer

    def _count_request(self) -> None:
        if self._most and self.requests >= self._most:
            raise UnprovenError(
                f"After {self.requests} requests the list of {self.total:,} rows is not proven complete: it changes "
                "faster than it can be read, or has no stable order. Retry at a quieter time. If this persists, "
                "contact the service's support."
            )
        self.requests += 1


def _token(row: Row) -> Token:
    return row.id, None if row.created_at is None else key_of(row.created_at)
