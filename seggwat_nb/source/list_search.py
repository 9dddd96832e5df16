"""Find what has changed in lists by their lengths: where a stretch is longer or shorter than believed, it is halved.

A window of a list shows a stretch of it, and everything that it shows is believed. Between two windows only the number
of rows is known (`seggwat_nb.source.list_order`), so the search continues where it is not as believed, until every
stretch is.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seggwat_nb.source.beliefs import FIELDS, UNPLACED, Beliefs, ListName, UnsettledError
from seggwat_nb.source.crawl import furthest
from seggwat_nb.source.list_order import ListOrder, key_of, placed, span_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from seggwat_nb.source.list_order import Gap, Span
    from seggwat_nb.source.refresh_requests import RefreshRequests
    from seggwat_nb.source.responses import Page, Row

__all__ = ["ROUNDS", "ListSearch"]

ROUNDS: Final = 4
"""So often is something done again because the list changed meanwhile."""


class _MovedError(Exception):
    """The list changed while it was searched."""


class ListSearch:
    """What windows of lists have shown, and where to look next.

    Invariant: a belief about a row is as the row was last read, or as it was known.

    Parameters
    ----------
    rows
        What is believed of them.
    requests
        What asks.

    Attributes
    ----------
    read : set of str
        Ids of the rows that were read.
    missed : dict of str to tuple of datetime
        Rows that have gone, and between which moments that was seen.
    unplaced : set of str
        Rows that left a list, and were not found in another yet.
    shown : dict of str to set of str
        Ids that lists of a status have shown which were read whole.
    changed : bool
        Whether anything is otherwise than it was known.
    met : bool
        Whether the last window had a row that was known.
    end : int
        How many rows of its list lie above the end of the last window.
    in_window : frozenset of str
        The ids of the last window.
    """

    def __init__(self, rows: Beliefs, requests: RefreshRequests) -> None:
        self.rows, self._requests = rows, requests
        self.read: set[str] = set()
        self.missed: dict[str, tuple[datetime, datetime]] = {}
        self.unplaced: set[str] = set()
        self.shown: dict[str, set[str]] = {}
        self.changed = self.met = False
        self.end = 0
        self.in_window: frozenset[str] = frozenset()
        self._orders: dict[ListName, ListOrder] = {}
        self._asked: set[tuple[ListName, int, int]] = set()
        self._begin_search()

    @property
    def total(self) -> int | None:
        """Length of the list of all rows; None if it is not known."""
        return self._orders[None].total

    def read_from(self, key: int) -> None:
        """Read the furthest window from a place in the list of all rows, unless it was read."""
        start = self._orders[None].rank(key)
        window = furthest(start, 0, self._requests.biggest)
        if start < (self.total or 0) and (None, *window) not in self._asked:
            self.look(None, *window)

    def look(self, name: ListName, page: int, limit: int) -> None:
        """Read a window of which nothing depends: where it contradicts the others, the search begins again."""
        try:
            self._window(name, page, limit)
        except _MovedError:
            self._begin_search()

    def learn(self, row: Row, key: int) -> None:
        """Believe a row to be as it was read."""
        if not self.rows.has_same_moment(row):
            raise UnsettledError("a row has a different creation time")
        old = self.rows.get(row.id)
        self.read.add(row.id)
        self.missed.pop(row.id, None)
        self.unplaced.discard(row.id)
        if row.status in self.shown:
            self.shown[row.status].add(row.id)
        new = replace(row, created_at=None)
        if old != (key, new):
            self.changed = True
            for order in self._orders_of(row.id):
                order.remove(key if old is None else old[0], row.id)
            self.rows.put(row.id, (key, new))
            for order in self._orders_of(row.id):
                order.add(key, row.id, self.rows.number(row.id))

    def read_rows(self, row_ids: Iterable[str]) -> None:
        """Read certain rows: by a window where it shows several of them, the others one by one."""
        waiting = sorted((self.rows.key(row_id) or 0, row_id) for row_id in row_ids)
        while waiting:
            order = self._orders[None]
            start = order.rank(waiting[0][0])
            ranks = (order.rank(key) for key, _ in waiting)
            last = start + self._requests.biggest - 2
            near = [row_id for (_, row_id), rank in zip(waiting, ranks, strict=True) if rank < last]
            shown: frozenset[str] = frozenset()
            if len(near) > 1:
                end = order.rank(waiting[len(near) - 1][0]) + 2
                window = _over(max(0, start - 1), end, self._requests.biggest, order.total or 0)
                if (None, *window) not in self._asked:
                    self.look(None, *window)
                    shown = self.in_window
            for row_id in near or [waiting[0][1]]:
                if row_id in self.rows and row_id not in shown:
                    self._read_one(row_id)
            waiting = waiting[max(1, len(near)) :]

    def search(self, lengths: Mapping[str, Mapping[str, int] | None]) -> None:
        """Look into every stretch that cannot be as believed, until there is none."""
        for _ in range(ROUNDS):
            try:
                if self._orders[None].total is None:
                    self._window(None, 1, self._requests.biggest)
                self._open_lists(lengths)
                self._close_gaps()
            except _MovedError:
                self._begin_search()
                self._orders[None].total = None
            else:
                return

    # -- inside --

    def _begin_search(self) -> None:
        total = self._orders[None].total if self._orders else None
        self._orders = {None: self.rows.order(None, total=total)}
        self._asked = set()

    def _open_lists(self, told: Mapping[str, Mapping[str, int] | None]) -> None:
        """Take the lists that were not read whole, and are longer or shorter than believed."""
        for field, lengths in told.items():
            if not lengths:
                continue
            believed = self.rows.lengths(field)
            for value in sorted(lengths.keys() | believed.keys()):
                if lengths.get(value, 0) != believed[value] and (field == "type" or value not in self.shown):
                    total = lengths.get(value, 0)
                    self._orders[field, value] = self.rows.order((field, value), total=total)

    def _close_gaps(self) -> None:
        while True:
            if self.unplaced:
                self.read_rows(set(self.unplaced))
                if self.unplaced:
                    raise _MovedError
                continue
            gaps = [(name, gap) for name, order in self._orders.items() for gap in order.gaps()]
            if not gaps:
                return
            # What has changed shows in more lists than one: look where the stretch is short. In the list of all rows it
            # may be twice as long, for its windows show every field at once.
            self._look_into(*min(gaps, key=lambda found: found[1].rows * (1 if found[0] is None else 2)))

    def _look_into(self, name: ListName, gap: Gap) -> None:
        total, biggest = self._orders[name].total or 0, self._requests.biggest
        if gap.rows + 2 < biggest:
            window = _over(max(0, gap.start - 1), min(total, gap.end + 1), biggest, total)
        elif gap.start == 0:
            window = 1, biggest
        else:
            middle = math.isqrt(gap.start * gap.end)
            near = middle < gap.start + biggest
            window = furthest(gap.start, 1, biggest) if near else (middle // biggest + 1, biggest)
        if (name, *window) in self._asked:
            raise UnsettledError("too many rows share one moment")
        self._window(name, *window)

    def _read_one(self, row_id: str) -> None:
        row = self._requests.item(row_id)
        if row is None:
            self._miss(None, row_id)
            return
        self.learn(row, self.rows.key(row_id) or 0)

    def _window(self, name: ListName, page: int, limit: int) -> None:
        """Read a window of a list that is searched by lengths, and believe what it shows."""
        self._asked.add((name, page, limit))
        window = self._requests.page({} if name is None else {name[0]: name[1]}, page, limit)
        self.met = any(row.id in self.rows for row in window.rows)
        self.end = window.start + len(window.rows)
        self.in_window = frozenset(row.id for row in window.rows)
        for row in window.rows:
            if name is not None and getattr(row, name[0]) != name[1]:
                raise UnsettledError(f"the service does not filter by {name[0]}")
        keys = self._keys_of(window)
        order = self._orders[name]
        has_moved = order.total is not None and order.total != window.total
        order.total = window.total
        span = span_of(window, keys)
        self._note_copies(window, keys, span)
        for row, key in zip(window.rows, keys, strict=True):
            self.learn(row, key)
        if span is not None:
            for _, row_id in order.believed(span):
                if row_id not in self.in_window:
                    self._miss(name, row_id)
            has_moved = not order.see(span) or has_moved
        if has_moved or not all(one.holds() for one in self._orders.values()):
            raise _MovedError

    def _keys_of(self, window: Page) -> list[int]:
        own = [(row.id, key if (key := self.rows.key(row.id)) is not None else _own_key(row)) for row in window.rows]
        keys, fresh = placed(own, self.rows.stand_ins)
        if any(self.rows.key(row_id) is not None for row_id in fresh):
            raise UnsettledError("the list is not ordered by time")
        self.rows.stand_ins |= fresh
        return keys

    def _note_copies(self, window: Page, keys: list[int], span: Span | None) -> None:
        """Count how often each id is in the list, where a window shows that."""
        numbers = Counter(row.id for row in window.rows)
        for row, key in zip(window.rows, keys, strict=True):
            number, believed = numbers[row.id], self.rows.number(row.id)
            is_inside = span is not None and span.top < key <= span.bottom
            if number > believed or (is_inside and number < believed):
                self.rows.copies[row.id] = number
                for order in self._orders_of(row.id):
                    order.remove(key, row.id)
                    order.add(key, row.id, number)

    def _miss(self, name: ListName, row_id: str) -> None:
        """Believe a row to be no more where it was."""
        self.changed = True
        found = self.rows.get(row_id)
        if found is None:
            return
        key, row = found
        for order in self._orders_of(row_id):
            order.remove(key, row_id)
        if name is None:
            self.rows.put(row_id, None)
            self.unplaced.discard(row_id)
            self.missed[row_id] = self._requests.moments
            return
        left = replace(row, status=UNPLACED) if name[0] == "status" else replace(row, type=UNPLACED)
        self.rows.put(row_id, (key, left))
        self.unplaced.add(row_id)
        for order in self._orders_of(row_id):
            order.add(key, row_id, self.rows.number(row_id))

    def _orders_of(self, row_id: str) -> list[ListOrder]:
        found = self.rows.get(row_id)
        if found is None:
            return []
        _, row = found
        names: list[ListName] = [
            None,
            *((field, value) for field in FIELDS if (value := getattr(row, field)) is not None),
        ]
        return [self._orders[name] for name in names if name in self._orders]


def _own_key(row: Row) -> int | None:
    return None if row.created_at is None else key_of(row.created_at)


def _over(start: int, end: int, biggest: int, total: int) -> tuple[int, int]:
    """Choose the largest window over some rows of a list; where none is over all of them, over their middle."""
    for limit in range(biggest, 0, -1):
        page = start // limit + 1
        if page * limit >= min(end, total):
            return page, limit
    return (start + end) // 2 // biggest + 1, biggest
