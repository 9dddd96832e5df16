"""From the rows of a stored snapshot to today's, with few requests.

The list of all rows tells which there are; the list of each status tells which rows are in it. A window of a list is
proof for the rows inside it. Outside the windows only lengths are known, and they lead to what has changed: where a
stretch between two windows is shorter or longer than believed, it is halved until the changed rows are in a window.
Most changes are recent, so stretches are halved nearer to their newer end.

**Verified** means: the list, and the list of each status (and type, where the service counts by type), are as long as
the rows say, read at the end. What that cannot show are moves that cancel out in every one of these lengths, and texts:
some pages are read again at each refresh, in turn, and the caller crawls the whole list from time to time.

A list that moves while it is read is noticed, since lengths, spans and rows then contradict each other; the round
is repeated, and in the end given up. Lengths told in one answer are of one moment, so nothing that moves meanwhile can
feign them. Where they are read one after the other, several moves that fall between the right two of these requests
could, and together with an older one hide it: one wrong row was seen in 21,105 verified refreshes of simulated
histories in which the list moves at every other request.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from seggwat_nb.errors import SeggwatError
from seggwat_nb.source.crawl import BIGGEST_PAGE, furthest, requests_for
from seggwat_nb.source.ranks import Gap, Ranks, key_of, span_of
from seggwat_nb.source.wire import Counts, Page, Row

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Ask", "Refreshed", "UnsettledError", "refresh"]

Ask = Callable[[Mapping[str, str], int, int], Page]
"""Asks for a page (from 1) of a limit of the list with a selection, now; never answered from memory."""

_ROUNDS: Final = 4
_SOON: Final = 6
"""Lengths that were read more requests ago than this are read again at the end."""

_LEAST: Final = 12
"""A refresh may take so many requests, however short the list is."""
_FIELDS: Final = ("status", "type")
"""What the service can select by."""

_UNPLACED: Final = "\0unplaced"
"""In the place of a status or type that is known to have changed, and not yet to what."""

_List: TypeAlias = tuple[str, str] | None
"""Which list: a field and its value, or None for the list of all rows."""


class UnsettledError(SeggwatError):
    """The rows cannot be brought up to date by difference; crawl the list. The message says why."""


class _MovedError(Exception):
    """The list changed while it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh that is verified found.

    Attributes
    ----------
    ids : frozenset of str
        The rows that are in the list; those that were read are as read, the others as they were known.
    read : frozenset of str
        Those of them that were read.
    total : int
        The list's own total.
    requests, reread : int
        Requests made in all, and those of them that only read old pages again.
    reread_to : datetime or None
        Down to which moment old pages have been read again; the next refresh goes on there.
    verified : tuple of str
        Fields that are verified: ``id``, and ``status`` and ``type`` where their lengths are known.
    counted : bool or None
        Whether the service tells the lengths in one answer; None where it was not asked.
    """

    ids: frozenset[str]
    read: frozenset[str]
    total: int
    requests: int
    reread: int
    reread_to: datetime | None
    verified: tuple[str, ...]
    counted: bool | None


def refresh(
    known: Iterable[Row],
    ask: Ask,
    *,
    statuses: Iterable[str] = (),
    count: Callable[[], Counts | None] | None = None,
    reread: int = 0,
    reread_from: datetime | None = None,
    biggest: int = BIGGEST_PAGE,
    estimated: Callable[[int], None] = lambda _: None,
) -> Refreshed:
    """Bring known rows up to date.

    Parameters
    ----------
    known
        The rows of the last complete load.
    ask
        Asks for one page. What it raises goes through; it keeps the pages itself.
    statuses
        In life-cycle order; none where rows have no status. Values that ``known`` has besides are added.
    count
        Asks for all lengths at once; None where the service is known not to tell them, and it gives None where that
        turns out.
    reread, reread_from
        How many old pages to read again, below which moment; from the top where there is none.
    biggest
        The largest page to ask for; a server that gives fewer rows than asked is followed.
    estimated
        Told, as soon as that is known, how many requests there will be in all, about; not where nothing has changed.

    Raises
    ------
    UnsettledError
        A crawl is the better way: the list changes too fast, too much has changed, or it is not as drawn.
    """
    work = _Refresh(known, ask, statuses=tuple(statuses), count=count, biggest=biggest, estimated=estimated)
    return work.run(reread, reread_from)


class _Refresh:
    """Rows as they are believed, the lists they should be in, and what has been seen of these.

    Invariant: a belief about a row is as the row was last read, or as it was known.
    """

    def __init__(
        self,
        known: Iterable[Row],
        ask: Ask,
        *,
        statuses: tuple[str, ...],
        count: Callable[[], Counts | None] | None,
        biggest: int,
        estimated: Callable[[int], None],
    ) -> None:
        self._rows = {row.id: row for row in known}
        self._keys = {row.id: _key(row) for row in self._rows.values()}
        self._ask, self._count, self._biggest, self._estimated = ask, count, biggest, estimated
        self._statuses = statuses
        self._counted: bool | None = None
        self._mistrusted = 0
        self._requests = self._reread = 0
        self._reread_to: datetime | None = None
        self._lists: dict[_List, Ranks] = {}
        self._before: set[str] = set()
        self._read: set[str] = set()
        self._ever_read: set[str] = set()
        self._gone: set[str] = set()
        self._unplaced: dict[str, str] = {}
        self._asked: set[tuple[_List, int, int]] = set()
        self._moved = self._changed = False

    def run(self, reread: int, reread_from: datetime | None) -> Refreshed:
        for attempt in range(_ROUNDS):
            try:
                self._begin_round()
                self._read_head()
                if not attempt:
                    self._read_again(reread, reread_from)
                verified = self._settle_all()
            except _MovedError:
                continue
            return Refreshed(
                ids=frozenset(self._rows),
                read=frozenset(self._ever_read & self._rows.keys()),
                total=len(self._rows),
                requests=self._requests,
                reread=self._reread,
                reread_to=self._reread_to,
                verified=verified,
                counted=self._counted,
            )
        raise UnsettledError(f"the list changed during each of {_ROUNDS} tries")

    # -- a round --

    def _begin_round(self) -> None:
        self._lists = {None: Ranks((key, row_id) for row_id, key in self._keys.items())}
        self._before = set(self._rows)
        self._read, self._gone, self._asked = set(), set(), set()
        self._moved = False

    def _read_head(self) -> None:
        """Read the newest rows, window overlapping window, until one that was known."""
        page = self._fetch(None, 1, self._biggest)
        end = len(page.rows)
        while end < page.total and self._before and self._before.isdisjoint(row.id for row in page.rows):
            page = self._fetch(None, *furthest(end, 1, self._biggest))
            if page.start >= end:
                raise _MovedError
            end = page.start + len(page.rows)

    def _read_again(self, pages: int, below: datetime | None) -> None:
        """Read some old pages again, so that texts that were edited heal."""
        everything = self._lists[None]
        at = None if below is None else key_of(below)
        before = self._requests
        for _ in range(pages):
            start = self._biggest if at is None else everything.rank(at + 1)
            if start >= (everything.total or 0):
                at, start = None, self._biggest
            if start >= (everything.total or 0) or (None, start // self._biggest + 1, self._biggest) in self._asked:
                break
            page = self._fetch(None, start // self._biggest + 1, self._biggest)
            if not page.rows:
                break
            self._reread_to = page.rows[-1].created_at
            at = _key(page.rows[-1])
        self._reread = self._requests - before

    def _settle_all(self) -> tuple[str, ...]:
        """Find all that has changed; gives the fields that are then verified."""
        if not self._statuses:
            if self._settle():
                self._confirm_head()
            return ("id",)
        counts = self._ask_counts()
        if counts is not None:
            return self._settle_by_counts(counts)
        statuses = self._all_statuses()
        for status in statuses:
            self._open("status", status)
            self._fetch(("status", status), 1, self._biggest)
        probed = self._requests
        settled = self._settle()
        if self._requests - probed > _SOON:
            for status in statuses:
                self._fetch(("status", status), 1, self._biggest)
        # The first time, a request was spent on asking for counts; where nothing at all has changed, that is enough.
        if settled or self._changed or self._counted is None:
            self._confirm_head()
        return ("id", "status")

    def _settle_by_counts(self, counts: Counts) -> tuple[str, ...]:
        fields = ("status",) if counts.types is None else ("status", "type")
        for field in fields:
            told = counts.statuses if field == "status" else counts.types or {}
            believed = self._lengths(field)
            for value in sorted(told.keys() | believed.keys()):
                if told.get(value, 0) != believed.get(value, 0):
                    self._open(field, value, total=told.get(value, 0))
        if self._settle():
            again = self._ask_counts()
            if again is None or not self._agrees(again, fields):
                raise _MovedError
        return ("id", *fields)

    def _ask_counts(self) -> Counts | None:
        """Ask for all lengths; None where they are not told, or do not mean what the list's own do."""
        if self._count is None:
            return None
        self._requests += 1
        counts = self._count()
        self._counted = counts is not None
        if counts is None:
            self._count = None
            return None
        total = self._lists[None].total
        nowhere = sum(row.status is None for row in self._rows.values())
        if sum(counts.statuses.values()) + nowhere != total:
            self._mistrusted += 1
            if self._mistrusted == 1:
                raise _MovedError  # The list may have changed between the two answers.
            self._count, self._counted = None, False
            return None
        if counts.types is not None and sum(counts.types.values()) != total:
            return replace(counts, types=None)
        return counts

    def _agrees(self, counts: Counts, fields: tuple[str, ...]) -> bool:
        told = {"status": counts.statuses, "type": counts.types or {}}
        return all(
            {value: n for value, n in told[field].items() if n} == dict(self._lengths(field)) for field in fields
        )

    def _confirm_head(self) -> None:
        """See that nothing came or went while the rest was read."""
        self._fetch(None, 1, self._biggest)

    # -- finding what has changed --

    def _settle(self) -> bool:
        """Look into every stretch that cannot be as believed, until there is none; tells whether there was any."""
        made = self._requests
        self._estimate()
        while True:
            if self._unplaced:
                self._place(next(iter(self._unplaced)))
                continue
            gaps = [(name, gap) for name, ranks in self._lists.items() for gap in ranks.gaps()]
            if not gaps:
                return self._requests > made
            # What has changed shows in more lists than one: look where the stretch is short. In the list of all rows it
            # may be twice as long, for its windows show every field at once.
            self._look_into(*min(gaps, key=lambda found: found[1].rows * (1 if found[0] is None else 2)))

    def _look_into(self, name: _List, gap: Gap) -> None:
        total = self._lists[name].total or 0
        if gap.rows + 2 < self._biggest:
            window = _over(max(0, gap.start - 1), min(total, gap.end + 1), self._biggest, total)
        elif gap.start == 0:
            window = 1, self._biggest
        else:
            middle = math.isqrt(gap.start * gap.end)
            near = middle < gap.start + self._biggest
            window = furthest(gap.start, 1, self._biggest) if near else (middle // self._biggest + 1, self._biggest)
        if (name, *window) in self._asked:
            raise UnsettledError("too many rows share one moment")
        self._fetch(name, *window)

    def _place(self, row_id: str) -> None:
        """Read a row that left a list, and with it its neighbours."""
        everything = self._lists[None]
        rank, total = everything.rank(self._keys[row_id]), everything.total or 0
        window = _over(max(0, rank - 1), min(total, rank + 2), self._biggest, total)
        if (None, *window) in self._asked:
            raise _MovedError
        self._fetch(None, *window)

    def _estimate(self) -> None:
        """Tell how many requests there will be, and give up where a crawl takes no more."""
        lists = [ranks for name, ranks in self._lists.items() if name is None or name[0] == "status"]
        costs = sorted(_cost(gap, self._biggest) for ranks in lists for gap in ranks.gaps())
        # What left the longest list has joined the others, and is found there.
        estimate = self._requests + sum(costs[:-1] or costs) + bool(costs)
        self._check_cost(estimate)
        if costs:
            self._estimated(estimate)

    def _check_cost(self, requests: int) -> None:
        if requests > max(_LEAST, requests_for(self._lists[None].total or 0, biggest=self._biggest)):
            raise UnsettledError("so much has changed that a full load takes no more requests")

    # -- reading --

    def _open(self, field: str, value: str, *, total: int | None = None) -> None:
        rows = ((self._keys[row.id], row.id) for row in self._rows.values() if getattr(row, field) == value)
        self._lists[field, value] = Ranks(rows, total=total)

    def _fetch(self, name: _List, page: int, limit: int) -> Page:
        self._check_cost(self._requests + 1 - self._reread)
        self._asked.add((name, page, limit))
        window = self._ask({} if name is None else {name[0]: name[1]}, page, limit)
        self._requests += 1
        if window.limit < limit:
            self._biggest = window.limit
        self._take(name, window)
        return window

    def _take(self, name: _List, page: Page) -> None:
        """Believe what a window shows."""
        ranks = self._lists[name]
        keys = [_key(row) for row in page.rows]
        if any(newer > older for newer, older in pairwise(keys)):
            raise UnsettledError("the list is not ordered by time")
        for row, key in zip(page.rows, keys, strict=True):
            if name is not None and getattr(row, name[0]) != name[1]:
                raise UnsettledError(f"the service does not select by {name[0]}")
            self._learn(row, key)
        self._moved = self._moved or page.total != (page.total if ranks.total is None else ranks.total)
        ranks.total = page.total
        span = span_of(page, keys)
        if span is not None:
            shown = {row.id for row in page.rows}
            for key, row_id in ranks.believed(span):
                if row_id not in shown:
                    self._miss(name, row_id, key)
            self._moved = self._moved or not ranks.see(span)
        if self._moved or not all(ranks.holds() for ranks in self._lists.values()):
            raise _MovedError

    def _learn(self, row: Row, key: int) -> None:
        old = self._rows.get(row.id)
        if old is not None and self._keys[row.id] != key:
            raise UnsettledError("a row has another time of creation")
        self._moved = self._moved or row.id in self._gone or (row.id in self._read and old != row)
        self._read.add(row.id)
        self._ever_read.add(row.id)
        self._unplaced.pop(row.id, None)
        if old != row:
            self._changed = True
            self._leave_lists(row.id)
            self._rows[row.id], self._keys[row.id] = row, key
            for ranks in self._lists_of(row):
                ranks.add(key, row.id)

    def _miss(self, name: _List, row_id: str, key: int) -> None:
        """Believe a row to be no more where it was."""
        self._changed = True
        self._moved = self._moved or row_id in self._read
        if name is None:
            self._leave_lists(row_id)
            self._unplaced.pop(row_id, None)
            self._gone.add(row_id)
            del self._rows[row_id], self._keys[row_id]
        else:
            self._lists[name].remove(key, row_id)
            row = self._rows[row_id]
            left = replace(row, status=_UNPLACED) if name[0] == "status" else replace(row, type=_UNPLACED)
            self._rows[row_id] = left
            self._unplaced[row_id] = name[0]

    def _leave_lists(self, row_id: str) -> None:
        old = self._rows.get(row_id)
        if old is not None:
            for ranks in self._lists_of(old):
                ranks.remove(self._keys[row_id], row_id)

    def _lists_of(self, row: Row) -> list[Ranks]:
        names: list[_List] = [
            None,
            *((field, value) for field in _FIELDS if (value := getattr(row, field)) is not None),
        ]
        return [self._lists[name] for name in names if name in self._lists]

    def _lengths(self, field: str) -> Counter[str]:
        values = (getattr(row, field) for row in self._rows.values())
        return Counter(value for value in values if value not in {None, _UNPLACED})

    def _all_statuses(self) -> tuple[str, ...]:
        strange = self._lengths("status").keys() - set(self._statuses)
        return (*self._statuses, *sorted(strange))


def _key(row: Row) -> int:
    if row.created_at is None:
        raise UnsettledError("a row has no readable time of creation")
    return key_of(row.created_at)


def _over(start: int, end: int, biggest: int, total: int) -> tuple[int, int]:
    """Choose the largest window over some rows of a list; where none is over all of them, over their middle."""
    for limit in range(biggest, 0, -1):
        page = start // limit + 1
        if page * limit >= min(end, total):
            return page, limit
    return (start + end) // 2 // biggest + 1, biggest


def _cost(gap: Gap, biggest: int) -> int:
    """Estimate the requests that it takes to find what has changed in a gap: most changes are recent, so close."""
    pages, changed = math.ceil(gap.rows / biggest), abs(gap.difference)
    return max(1, min(pages, math.ceil(2 * math.log2(1 + pages) + changed / 10)))
