"""Reads one list page by page, complete even if it changes while it is read.

The list is ordered by time and pages are offsets into it. A row that is added during a crawl pushes others onto the
next page, where they are seen twice. A row that is removed pulls others up onto a page that was already read, where
they are never seen, and no later clean-up can bring them back. So windows are *chained*: each starts above the last
creation time reached, and is accepted only if it contains a known row from before that time. Everything not known yet
belongs below that row, so nothing was skipped, in whatever order rows with the same time come. Rows that share one
creation time and do not fit into a window are counted, see `seggwat_nb.source.counting`.

**Complete** means that every row that was in the list from the first request to the last is included exactly once. A
row that was added or removed in the meantime may or may not be included.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from seggwat_nb.source.answers import Answers, Fetch, IsThere
from seggwat_nb.source.counting import MixedError, count_list, count_ties, requests_to_count
from seggwat_nb.source.ordering import longest_ordered
from seggwat_nb.source.page_sizes import BIGGEST_PAGE, PageSizes
from seggwat_nb.source.responses import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from seggwat_nb.source.answers import Token, Window

__all__ = ["CrawlResult", "Fetch", "IsThere", "crawl", "requests_for"]

_NEW_SHARE: Final = 0.89
"""Average share of new rows in an overlapping window of up to 100 rows, measured for all positions up to 60,000."""

_ORDERED: Final = 0.75
"""A list counts as ordered by time if at least this share of the visible rows is in order."""

_IN_CIRCLES: Final = 3
"""How often to continue from the same place, where rows with other times can lead, before the whole list is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlResult:
    """The result of a crawl.

    Attributes
    ----------
    ids : frozenset of str
        Every ID that was seen.
    total : int
        The total that the list reported at the end.
    removed_during : int
        Rows seen that are known to have left the list during the crawl.
    inserted_during : int
        Rows that joined the list during the crawl and were not seen. None of them was there from the start.
    requests : int
        Number of requests.
    repeated : frozenset of str
        IDs that are in the list more than once.
    conflicting : frozenset of str
        Those of them whose copies have different values.
    equal : mapping of str to int
        IDs generated for records without one, and how many equal ones there are, on whatever pages.
    slow_because : str or None
        Why the crawl took more requests than a list of this length usually does, else None.
    """

    ids: frozenset[str]
    total: int
    removed_during: int
    inserted_during: int
    requests: int
    repeated: frozenset[str] = frozenset()
    conflicting: frozenset[str] = frozenset()
    equal: Mapping[str, int] = field(default_factory=dict[str, int])
    slow_because: str | None = None


def crawl(
    fetch: Fetch,
    *,
    is_there: IsThere | None = None,
    slower: Callable[[int, str], None] = lambda _requests, _why: None,
    sizes: PageSizes | None = None,
    known_empty: bool = False,
    may_join: bool = False,
) -> CrawlResult:
    """Read a whole list.

    Parameters
    ----------
    fetch
        Requests one page and stores it, so nothing is lost if a later request fails. Its errors are passed on. A page
        past the end of a list that has become shorter may be empty or an error.
    is_there
        Returns whether one record is still in the list. Saves requests if rows have no stable order.
    slower
        Called before rows without a stable order are counted, with the approximate number of extra requests and the
        reason.
    sizes
        The sizes of the server's pages that are known from other lists. The crawl adds those that it sees.
    known_empty
        Whether the list was empty before. If not, and it is empty now, another response has to confirm it.
    may_join
        Whether rows join the middle of the list in the ordinary course of things, as they do in a list of one status,
        and the caller compares lengths afterwards. Then the list is not read on if fewer rows than the total were seen,
        and pages that cannot overlap are read once if the list keeps its length.

    Returns
    -------
    CrawlResult
        Returned only once it is proven that no row is missing.

    Raises
    ------
    UnprovenError
        The list changed faster than it could be read, or the server's pages are too small.
    """
    answers = Answers(fetch, is_there=is_there, sizes=sizes or PageSizes())
    chain = _Chain(answers, slower)
    try:
        chain.read()
        if not (answers.rows or known_empty) and answers.window(1, answers.sizes.biggest).total:
            chain.read()
        if not may_join:
            _read_what_moved(answers, chain, slower)
        rows, equal = answers.rows_in_order, {row_id: number for (row_id, _), number in answers.equal.items()}
    except MixedError as reason:
        if not (may_join and answers.sizes.is_wall(chain.end) and _read_in_turn(answers, chain.end)):
            chain.slow_because = str(reason) or "items without a readable time are among too many from one moment"
            slower(2 * requests_for(answers.total, biggest=answers.sizes.biggest), chain.slow_because)
            if count_list(answers):
                chain.slow_because = "items are listed more than once, on pages far apart"
        rows, equal = answers.rows, {}
    repeated = _find_repeats(answers)
    return CrawlResult(
        ids=answers.ids,
        total=answers.total,
        removed_during=max(0, rows - answers.total),
        inserted_during=max(0, answers.total - rows),
        requests=answers.requests,
        repeated=repeated,
        equal=equal,
        conflicting=frozenset(answers.conflicting) | (repeated - {row_id for row_id, _ in answers.copies}),
        slow_because=chain.slow_because,
    )


def _read_what_moved(answers: Answers, chain: _Chain, slower: Callable[[int, str], None]) -> None:
    """Read the list a second time if it has more rows than were seen, since rows may have moved past what was read.

    An ID that was seen with two times may be one row that moved, so it does not stand for a row that was not seen.

    Raises
    ------
    MixedError
        It still has more rows than were seen, and fewer have joined.
    """
    is_short = len(answers.ids) + answers.rows_in_order - len(answers.sightings) < answers.total
    if answers.requests == 1 or not (is_short or chain.was_overtaken):
        return
    chain.slow_because = "items joined the middle of the list, or moved, while it was read"
    slower(requests_for(answers.total, biggest=answers.sizes.biggest), chain.slow_because)
    chain.read_again()
    if answers.total - chain.rows > answers.risen - chain.arrived:
        raise MixedError(chain.slow_because)


def _read_in_turn(answers: Answers, end: int) -> bool:
    """Read pages that cannot overlap, one after the other, and return whether each showed other rows of the same list.

    Rows may have moved up to a page already read only if others left, and the list has the same length only if as many
    have joined it further down between the same two requests.
    """
    while end < answers.total and answers.is_steady:
        end = answers.window(*answers.sizes.furthest(end, 0)).end
    return answers.is_steady and answers.rows >= answers.total


def requests_for(rows: int, *, biggest: int = BIGGEST_PAGE) -> int:
    """Estimate the requests needed to read a list that does not change.

    Examples
    --------
    >>> requests_for(60), requests_for(10_000)
    (1, 114)
    """
    if rows < biggest:
        return 1
    return 2 + math.ceil((rows - biggest) / (biggest * _NEW_SHARE))


class _Chain:
    """The part of the list that is proven complete, growing from the top.

    Invariant: every row above the frontier that has been in the list since the first request is known. The frontier is
    the creation time of the last row read. Rows with exactly that time may be missing unless they were counted.
    """

    def __init__(self, answers: Answers, slower: Callable[[int, str], None]) -> None:
        self.slow_because: str | None = None
        self._answers = answers
        self._slower = slower
        self._known: set[Token] = set()
        self._tail: list[Token] = []
        self._counted: set[Token] = set()
        self._proven: dict[int, tuple[set[Token], int]] = {}
        self._ties: list[Token] = []
        self._tied: list[int] = []
        self._reached = -math.inf
        self.end = 0  # rows of the list down to the frontier
        self._overlap = 0
        self._sign = 0
        self._strays: set[Token] = set()  # rows that are not where their time belongs
        self._top: Window | None = None  # the first page, as it was read last
        self._last: Window | None = None  # the last window of the part that is proven
        self.was_overtaken = False  # whether rows moved down in a list that had not become longer
        self.arrived = 0  # rows that were first seen when the top was read again

    @property
    def rows(self) -> int:
        """Number of rows seen since the list was last begun at its top, with the copies of a row on one page."""
        return sum(map(self._answers.weight, self._known))

    def read(self) -> None:
        """Read the list to its end, then the rows that were added in the meantime."""
        self._descend()
        if self._answers.requests > 1:
            self._read_head()
            self._read_on()

    def read_again(self) -> None:
        """Read the list a second time, from the top that was just read. What was counted stays counted."""
        self._known, self._reached = set(), -math.inf
        if self._top is not None:
            self._accept(self._top)
        self._descend()
        self._read_on()

    def _read_on(self) -> None:
        """Read further down if rows were added in the middle, or the list did not end where a response said."""
        while self.end < self._answers.total and self._answers.rows_in_order < self._answers.total:
            total = self._answers.total
            self._descend()
            if self._answers.total < total:
                # The response that ended the list says that rows have left it. Another one has to confirm that.
                self._read_head()

    def _descend(self) -> None:
        is_lost = False
        again: list[tuple[int, int]] = []  # where it continued after it was lost, and the rows that there were
        while True:
            page, limit = self._answers.sizes.furthest(self.end, self._overlap)
            if page * limit <= self.end and not is_lost:
                self._count()
                continue
            window = self._answers.window(page, limit)
            was_lost, is_lost = is_lost, bool(window.start) and not self._is_anchored(window)
            if was_lost and not is_lost:
                again.append((window.end, window.total))
                if again.count(again[-1]) == _IN_CIRCLES:
                    raise MixedError("items with other times are among many from one moment")
            if is_lost:
                self.end = min(self.end, window.total)
                self._overlap = max(2 * self._overlap, self.end - window.start + 1)
                continue
            self._accept(window)
            if window.is_last:
                return

    def _read_head(self) -> None:
        """Read the rows that were added at the top.

        Raises
        ------
        MixedError
            A row is not where its time belongs, and was not seen in such a place before, so rows move up when they
            change. Others may have moved past the place that was being read.
        """
        page, rows = 0, self._answers.rows
        shown: dict[Token, None] = {}
        while True:
            page += 1
            window = self._answers.window(page, self._answers.sizes.biggest)
            self._top = window if page == 1 else self._top
            shown |= dict.fromkeys(window.tokens)
            is_new = self._known.isdisjoint(window.tokens)
            self._known.update(window.tokens)
            if not is_new or window.is_last:
                break
        self.arrived += self._answers.rows - rows
        if not self._find_misplaced(shown) <= self._strays:
            raise MixedError("items change their places in the list")

    def _find_misplaced(self, tokens: Collection[Token]) -> set[Token]:
        timed = {token for token in tokens if token[1] is not None}
        return timed - self._in_order(list(tokens))

    def _order(self, token: Token) -> float:
        """Return a row's sort key by time, ascending in the list's order."""
        key = token[1]
        return math.inf if key is None else (self._sign or 1) * key

    def _in_order(self, tokens: Sequence[Token]) -> set[Token]:
        """Choose the rows with reliable times: the largest set that is in order.

        Raises
        ------
        MixedError
            Too many rows are out of order, so the list is not ordered by time.
        """
        if not self._sign:
            keys = [key for _, key in tokens if key is not None]
            ways = {sign: len(longest_ordered([sign * key for key in keys])) for sign in (1, -1)}
            self._sign = 0 if ways[1] == ways[-1] else max(ways, key=lambda sign: ways[sign])
        timed = [token for token in tokens if token[1] is not None]
        chosen = longest_ordered([self._order(token) for token in timed])
        if len(chosen) < _ORDERED * len(timed):
            raise MixedError("the list is not ordered by time")
        return {timed[place] for place in chosen}

    def _is_anchored(self, window: Window) -> bool:
        """Return whether a window contains a known row from before the frontier."""
        if not self._counted.isdisjoint(window.tokens):
            return True
        # The rows that follow help to decide which times are reliable.
        before = set(self._tail)
        good = self._in_order([*self._tail, *(token for token in window.tokens if token not in before)])
        reached = [self._order(token) for token in self._tail if token in good]
        frontier = max(reached, default=self._reached)
        return any(self._order(token) < frontier for token in self._in_order(window.tokens) & good & self._known)

    def _accept(self, window: Window) -> None:
        if self._last is not None and self._last.end >= window.start:
            self.was_overtaken |= _shift(self._last, window) > max(0, window.total - self._last.total)
        self._last = window
        self._known.update(window.tokens)
        self.end = window.end
        self._tail, self._counted = list(window.tokens), set()
        good = set() if window.is_last and not window.start else self._in_order(self._tail)
        self._strays.update(token for token in self._tail if token not in good)
        self._reached = max(map(self._order, good), default=self._reached)
        above = [
            place for place, token in enumerate(self._tail) if token in good and self._order(token) < self._reached
        ]
        self._ties = self._tail[above[-1] + 1 if above else 0 :]
        self._overlap = min(self.end, len(self._ties) + 1)

    def _count(self) -> None:
        """Count the rows that share the frontier's creation time and do not fit into one window."""
        if self._answers.sizes.is_wall(self.end):
            raise MixedError(self._answers.sizes.in_words)
        keys = {key for _, key in self._ties}
        key = keys.pop()
        if keys or key is None:
            raise MixedError
        start = self.end - len(self._ties)
        if key in self._proven:
            # The end of the list is read a second time. Rows that were added in the meantime need no proof.
            members, end = self._proven[key]
            self._counted, self.end = members, max(self.end, min(end, self._answers.total))
            self._known |= members
            self._tail, self._overlap = [], 1
            return

        def note_ties(rows: int) -> None:
            if rows > self._answers.sizes.biggest - 2:
                self._tied.append(rows)
                moments = "one moment" if len(self._tied) == 1 else f"{len(self._tied)} moments with many others"
                self.slow_because = f"{sum(self._tied):,} items share {moments} and have no stable order"
                why = f"{rows:,} items share one moment and may have no stable order"
                self._slower(requests_to_count(rows, self._answers.sizes.biggest), why)

        self._counted, self.end = count_ties(self._answers, key, start, self.end, note_ties)
        self._proven[key] = self._counted, self.end
        self._known |= self._counted
        self._tail, self._overlap = [], 1


def _shift(before: Window, after: Window) -> int:
    """Return by how many positions the rows that two windows share have moved down, at least.

    Rows with the same time may change places, so only those with a time of their own count.
    """
    places = {token: before.start + place for place, token in enumerate(before.tokens)}
    times = Counter(key for _, key in {*before.tokens, *after.tokens})
    shared = [(after.start + place, token) for place, token in enumerate(after.tokens) if token in places]
    return min((place - places[token] for place, token in shared if times[token[1]] == 1), default=0)


def _find_repeats(answers: Answers) -> frozenset[str]:
    seen: set[str] = set()
    twice = {row_id for row_id, _ in answers.copies}
    for row_id, _ in answers.sightings:
        if row_id in seen:
            twice.add(row_id)
        seen.add(row_id)
    return frozenset(row_id for row_id in twice if not row_id.startswith(UNREADABLE))
