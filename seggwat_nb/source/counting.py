"""Reads rows that have no stable order until their number proves that none is missing.

Rows with the same creation time ("ties") may come in a different order in each response, so a window says nothing about
the rows next to it. But the *number* of rows at one point in the crawl can be known: from a single response for a whole
list, otherwise from three in a row that show where the ties begin, where they end, and again where they begin. A row
seen both before and after that point was in the list at that point. Once as many rows qualify as there were, every row
of that point is known, and so is every row that was in the list throughout. A row that has left cannot stand in for one
that was never seen, because it is not seen again.

The exception is a row that left and came back: it is seen on both sides of a point at which it was away. So a row only
counts as certain if the list's length shows that nothing left between its sighting and that point, or that nothing
joined between that point and its next sighting. If some rows are not certain, the count alone is not proof: more
windows are read until any row that was in the list throughout would have been seen, assuming that the order is
effectively random. So they are if there are records without an ID, of which equal ones cannot be told apart.

Rows that are listed more than once, on pages far apart, make the list longer than the number of its rows. Then passes
over the whole list prove that none is missing if they divide it differently and show the same rows in the same places.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from seggwat_nb.source.responses import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seggwat_nb.source.answers import Answers, Token, Window

__all__ = ["MixedError", "count_list", "count_ties", "requests_to_count"]

_ENOUGH: Final = 7.0
"""If random windows show each of n rows ln(n) + 7 times on average, a row is missed in under 1 of 1,000 lists."""

_MOMENTS: Final = 12


_LOOKS: Final = 12
"""The most windows to read when finding out how many ties there are at one point."""

_ALIKE: Final = 3
"""How many passes over a list have to show the same. A row that changes places with another at the end of a page may be
missed by one, and its neighbor seen twice, but hardly by so many that divide the list at different places."""

_SOON: Final = 1.5
"""Records are requested one by one when a window would show at most about this many of the missing ones, and the latest
one did not show more: where pages keep their order, one of them may show all."""


class MixedError(Exception):
    """The ties cannot be distinguished from the rows around them. The message says why, or is empty."""


def requests_to_count(rows: int, biggest: int) -> int:
    """Estimate the requests needed if every response has a different order. A stable order takes fewer.

    Examples
    --------
    >>> requests_to_count(150, 100), requests_to_count(5_000, 100)
    (65, 707)
    """
    windows = rows / biggest
    return math.ceil(windows * (math.log(rows) + math.log(biggest)) + biggest / 2)


def count_ties(
    answers: Answers, key: int, start: int, end: int, found: Callable[[int], None]
) -> tuple[set[Token], int]:
    """Read all rows that share one creation time.

    Parameters
    ----------
    answers
        Sends the requests.
    key
        The key of the creation time.
    start, end
        Where the rows begin, and the last position at which they were seen.
    found
        Called with the approximate number of rows, once it is known.

    Returns
    -------
    tuple
        The rows, and the position at which they end.

    Raises
    ------
    MixedError
        The rows cannot be distinguished from the rows around them.
    """
    work = _Ties(answers, key, start, end)
    work.go_down()
    found(work.end - work.start)
    work.run()
    return work.members(), work.end


def count_list(answers: Answers) -> bool:
    """Read a whole list that has no stable order, and check that it ends where the total says.

    Returns
    -------
    bool
        Whether it has a stable order after all, but rows that are listed more than once.
    """
    work = _Whole(answers)
    work.run()
    if answers.total >= answers.sizes.biggest:
        answers.window(*answers.sizes.furthest(answers.total, 1))
    return work.is_repeated and bool(answers.copies)


@dataclass(slots=True)
class _Moment:
    """A point in the crawl at which the number of rows is known.

    Attributes
    ----------
    at, size : int
        The number of the request, and how many rows there were.
    seen : int
        How many rows were seen by then, excluding those that may already have left.
    waiting : dict
        Those of them that have not been seen since.
    latest : int
        How many of them the latest window showed.
    left : set
        Those that have left since. No row left the list between their last sighting and this request.
    """

    at: int
    size: int
    seen: int
    waiting: dict[Token, None]
    latest: int = 0
    left: set[Token] = field(default_factory=set)

    @property
    def is_hopeless(self) -> bool:
        """Whether some row that was in the list then can no longer be found."""
        return self.seen < self.size


class _Whole:
    """All rows of a list. Every response says how many there are."""

    again = 1.0
    """How often each row is seen on average before the next moment is recorded."""

    def __init__(self, answers: Answers) -> None:
        self.start, self.end = 0, answers.total
        self._answers = answers
        self._moments: list[_Moment] = []
        self._coverage = 0.0
        self._since_moment = 0.0
        self._tiles = self._all_tiles()
        self._passes: dict[int, int] = {}
        self._size_of_pass = 0
        self._pass: list[Token] = []  # the rows of the latest pass, as far as its windows follow each other
        self._same: list[Token] = []  # the rows of the latest whole pass
        self._alike: set[int] = set()  # the sizes of the windows of passes that showed the same

    def members(self) -> set[Token]:
        """Return the rows being counted."""
        return set(self._answers.sightings)

    def run(self) -> None:
        """Read until the number of rows proves that none is missing."""
        while not (any(self._is_proven(moment) for moment in self._moments) or self._is_covered()):
            if self.is_repeated:
                self._note_copies()
                return
            self._step()

    @property
    def is_repeated(self) -> bool:
        """Whether enough passes over the whole list have shown the same."""
        return len(self._alike) >= _ALIKE

    def _is_covered(self) -> bool:
        """Return whether every row would have been seen by now, where equal records without an ID cannot be counted."""
        is_uncountable = any(token[0].startswith(UNREADABLE) for token in self.members())
        return is_uncountable and self._coverage >= _enough(self.end - self.start)

    def _step(self) -> None:
        self._moments = [moment for moment in self._moments if not moment.is_hopeless][-_MOMENTS:]
        nearest = min(self._moments, key=lambda moment: len(moment.waiting), default=None)
        size = max(1, self.end - self.start)
        most = (
            0.0 if nearest is None else max(nearest.latest, len(nearest.waiting) * self._answers.sizes.biggest / size)
        )
        if nearest is not None and most <= _SOON:
            single = next(filter(self._answers.can_ask_for, nearest.waiting), None)
            if single is not None:
                self._ask_for_one(single)
                return
        if self._is_time() and self._weight() >= size:
            self._take_moment()
        else:
            self._look(*next(self._tiles))

    def _is_time(self) -> bool:
        return not self._moments or self._since_moment >= self.again

    def _take_moment(self) -> None:
        window = self._look(*next(self._tiles))
        self._add_moment(window.at, window.total)

    def _add_moment(self, at: int, size: int) -> None:
        seen = 0
        waiting: dict[Token, None] = {}
        for token in self.members():
            times = self._answers.times(token)
            if times[0] <= at:
                seen += self._answers.weight(token)
                if times[-1] < at:
                    waiting[token] = None
        self._since_moment = 0.0
        # In a fixed order, so that a resumed load repeats the same requests.
        self._moments.append(_Moment(at, size, seen, dict(sorted(waiting.items(), key=str))))

    def _look(self, page: int, limit: int) -> Window:
        window = self._answers.window(page, limit)
        inside = self._place(window)
        share = inside / max(1, self.end - self.start)
        self._coverage += share
        self._since_moment += share
        for moment in self._moments:
            before = len(moment.waiting)
            for token in window.tokens:
                moment.waiting.pop(token, None)
            moment.latest = before - len(moment.waiting)
        return window

    def _place(self, window: Window) -> int:
        """Update where the rows are, and return how many of them the window shows."""
        self.end = window.total
        self._note_pass(window)
        return len(window.tokens)

    def _note_pass(self, window: Window) -> None:
        if not window.start:
            self._size_of_pass, self._pass = len(window.tokens), []
        if window.start == len(self._pass):
            self._pass += window.tokens
        if len(self._pass) == window.total:
            self._alike = self._alike | {self._size_of_pass} if self._pass == self._same else {self._size_of_pass}
            self._same = self._pass

    def _note_copies(self) -> None:
        for token, times in Counter(self._same).items():
            if times > 1:
                self._answers.copies[token] = times - 1

    def _ask_for_one(self, token: Token) -> None:
        found = self._answers.is_there(token)
        if found is None:
            return
        last = self._answers.times(token)[-1]
        for moment in self._moments:
            if token not in moment.waiting:
                continue
            del moment.waiting[token]
            if not found and last >= self._answers.steady_around(moment.at)[0]:
                moment.left.add(token)
            elif not found:
                moment.seen -= self._answers.weight(token)

    def _weight(self) -> int:
        return self._answers.rows

    def _is_proven(self, moment: _Moment) -> bool:
        waiting = sum(self._answers.weight(token) for token in moment.waiting)
        if moment.seen - waiting < moment.size:
            return False
        since, until = self._answers.steady_around(moment.at)
        sure = possible = 0
        for token in self.members():
            times = self._answers.times(token)
            after = bisect_right(times, moment.at)
            weight = self._answers.weight(token)
            if token in moment.left or (after and times[after - 1] == moment.at):
                possible, sure = possible + weight, sure + weight
            elif 0 < after < len(times):
                possible += weight
                sure += weight if times[after - 1] >= since or times[after] <= until else 0
        if possible > moment.size:
            moment.seen = -1  # Some row was missing at that moment, so it proves nothing.
            return False
        return sure == moment.size or (possible == moment.size and self._coverage >= _enough(moment.size))

    def _all_tiles(self) -> Iterator[tuple[int, int]]:
        """Yield windows that cover all rows, repeatedly, with a different limit each time."""
        limit = self._answers.sizes.biggest
        while True:
            page = self.start // limit + 1
            while (page - 1) * limit < max(self.end, 1) and limit in self._answers.sizes.limits:
                yield page, limit
                page += 1
            limit = self._next_limit()

    def _next_limit(self) -> int:
        """Choose a limit that needs few windows and has not been used much."""
        biggest = self._answers.sizes.biggest
        limits = [limit for limit in self._answers.sizes.limits if limit >= biggest * 2 // 3]

        def cost(limit: int) -> tuple[int, int]:
            windows = -(-self.end // limit) - self.start // limit
            used = self._passes.get(limit, 0)
            return windows * (2 + used), -limit

        chosen = min(limits, key=cost)
        self._passes[chosen] = self._passes.get(chosen, 0) + 1
        return chosen


def _enough(rows: int) -> float:
    """Return how often windows have to show each of a number of rows on average, so that none is missed."""
    return math.log(max(1, rows)) + _ENOUGH


class _Look(NamedTuple):
    """A window at one end of the rows, and the positions at which they begin and end, if it shows them."""

    window: Window
    begins: int | None
    ends: int | None


def _size(first: _Look, second: _Look, third: _Look) -> int | None:
    """Return how many rows there were at the second of three consecutive looks, or None if unknown."""
    totals = {look.window.total for look in (first, second, third)}
    begins, ends = second.begins, second.ends
    if begins is None and first.begins == third.begins and (len(totals) == 1 or first.begins == 0):
        begins = first.begins
    if ends is None:
        if all(look.ends == look.window.total for look in (first, third)):
            ends = second.window.total
        elif first.ends == third.ends and len(totals) == 1:
            ends = first.ends
    return None if begins is None or ends is None else ends - begins


class _Ties(_Whole):
    """The rows that share one creation time, in a list ordered by time. Each `_Moment` costs three windows."""

    again = 1.5

    def __init__(self, answers: Answers, key: int, start: int, end: int) -> None:
        super().__init__(answers)
        self.start, self.end = start, end
        self._key = key
        self._members: dict[Token, None] = {token: None for token in answers.sightings if token[1] == key}
        self._begins: int | None = None
        self._ends: int | None = None
        self._margin = 1

    def members(self) -> set[Token]:
        return set(self._members)

    def go_down(self) -> None:
        """Read further down until the rows end. Every window shows some of them."""
        limit = self._answers.sizes.biggest
        while True:
            window = self._look(self.end // limit + 1, limit)
            if self._ends is not None or window.end >= window.total or not self._holds(window):
                return
            self.end = window.end

    def _holds(self, window: Window) -> bool:
        return any(key == self._key for _, key in window.tokens)

    def _weight(self) -> int:
        return sum(map(self._answers.weight, self._members))

    def _take_moment(self) -> None:
        """Read top and bottom alternately until three consecutive responses show how many rows there are."""
        looks: list[_Look] = []
        for turn in range(_LOOKS):
            window = self._look(*(self._bottom() if turn % 2 else self._top()))
            looks.append(_Look(window, self._begins, self._ends))
            size = _size(*looks[-3:]) if turn > 1 else None
            if size is not None:
                self._margin = 1
                self._add_moment(looks[-2].window.at, size)
                return
            if self._begins is None and self._ends is None:
                self._margin = min(2 * self._margin, self._answers.sizes.biggest // 2)
        if self._answers.sizes.is_wall(self.start) or self._answers.sizes.is_wall(self.end):
            raise MixedError(self._answers.sizes.in_words)

    def _top(self) -> tuple[int, int]:
        return self._answers.sizes.furthest(self.start, self._margin)

    def _bottom(self) -> tuple[int, int]:
        below = self.end if self.end >= self._answers.total else self.end + self._margin
        return self._answers.sizes.earliest(max(1, min(below, self._answers.total)))

    def _place(self, window: Window) -> int:
        """Update where the rows begin and end, if the window shows it."""
        keys = [key for _, key in window.tokens]
        inside = [place for place, key in enumerate(keys) if key == self._key]
        self._begins = self._ends = None
        if not inside:
            # The rows have merely shifted: the next window above or below finds them again.
            if window.start <= self.start:
                self.start = max(self.start, window.end)
            else:
                self.end = min(self.end, window.start)
            self.end = max(self.end, self.start + 1)
            return 0
        first, last = inside[0], inside[-1]
        beside = keys[max(0, first - 1) : last + 2]
        if len(inside) <= last - first or None in beside:
            raise MixedError
        if first or not window.start:
            self.start = self._begins = window.start + first
        if last + 1 < len(keys) or window.end >= window.total:
            self.end = self._ends = window.start + last + 1
        self.end = max(self.end, window.start + last + 1)
        self.start = min(self.start, window.start + first)
        for token in window.tokens[first : last + 1]:
            self._members[token] = None
        return len(inside)
