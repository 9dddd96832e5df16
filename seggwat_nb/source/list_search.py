"""Finds changes in lists by their lengths: a stretch that is longer or shorter than expected is halved.

A window shows a stretch of a list, and the rows in it are accepted as current. Between two windows, only the number of
rows is known (`seggwat_nb.source.list_order`). The search continues in every stretch where it is unexpected.
"""

from __future__ import annotations

import math
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seggwat_nb.source.beliefs import FIELDS, UNPLACED, Beliefs, ListName, UnsettledError
from seggwat_nb.source.learned import ObstacleError
from seggwat_nb.source.list_order import ListOrder, key_of, order_keys, span_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from seggwat_nb.source.list_order import Gap, Span
    from seggwat_nb.source.refresh_requests import RefreshRequests
    from seggwat_nb.source.responses import Page, Row

__all__ = ["ROUNDS", "ListSearch"]

ROUNDS: Final = 4
"""How many times to start over because the list changed in the meantime."""


_LOOKS: Final = 2
"""How many windows to read for one row. The first one may show that it is elsewhere."""


class _ListChangedError(Exception):
    """The list changed while it was searched."""


class ListSearch:
    """Tracks what the windows of lists have shown, and decides where to look next.

    Invariant: the assumed state of a row is the one that was last read, or that of the last load.

    Parameters
    ----------
    rows
        The assumed state of all rows.
    requests
        Sends the requests.

    Attributes
    ----------
    read : set of str
        IDs of the rows that were read.
    missed : dict of str to tuple of datetime
        Rows that have left the list, and between which times this was seen.
    unplaced : set of str
        Rows that left a list and have not been found in another one yet.
    shown : dict of str to set of str
        IDs seen in each status list that was read completely.
    changed : bool
        Whether anything has changed since the last load.
    met : bool
        Whether the last window contained a row of the last load.
    end : int
        The position in its list at which the last window ended.
    in_window : frozenset of str
        The IDs in the last window.
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
        """Length of the list of all rows, or None if unknown."""
        return self._orders[None].total

    def read_from(self, key: int) -> None:
        """Read the window that reaches furthest down from a key in the list of all rows, unless it was already read."""
        start = self._orders[None].rank(key)
        window = self._requests.sizes.furthest(start, 0)
        if start < (self.total or 0) and (None, *window) not in self._asked:
            self.look(None, *window)

    def look(self, name: ListName, page: int, limit: int) -> None:
        """Read a window. If it contradicts earlier ones, the search starts over."""
        try:
            self._window(name, page, limit)
        except _ListChangedError:
            self._begin_search()

    def learn(self, row: Row, key: int) -> None:
        """Update the assumed state of a row to what was read."""
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
            self.rows.record(row.id, (key, new))
            for order in self._orders_of(row.id):
                order.add(key, row.id, self.rows.number(row.id))

    def read_rows(self, row_ids: Iterable[str]) -> None:
        """Read certain rows, by window where one shows several of them, otherwise one by one."""
        waiting = sorted((self.rows.key(row_id) or 0, row_id) for row_id in row_ids)
        while waiting:
            order = self._orders[None]
            start = order.rank(waiting[0][0])
            ranks = (order.rank(key) for key, _ in waiting)
            last = start + self._requests.sizes.biggest - 2
            near = [row_id for (_, row_id), rank in zip(waiting, ranks, strict=True) if rank < last]
            shown: frozenset[str] = frozenset()
            if len(near) > 1:
                end = order.rank(waiting[len(near) - 1][0]) + 2
                window = self._requests.sizes.over(max(0, start - 1), end, order.total or 0)
                if (None, *window) not in self._asked:
                    self.look(None, *window)
                    shown = self.in_window
            for row_id in near or [waiting[0][1]]:
                if row_id in self.rows and row_id not in shown:
                    self._read_one(row_id)
            waiting = waiting[max(1, len(near)) :]

    def search(self, lengths: Mapping[str, Mapping[str, int] | None]) -> None:
        """Read every stretch with an unexpected length until none is left."""
        for _ in range(ROUNDS):
            try:
                if self._orders[None].total is None:
                    self._window(None, 1, self._requests.sizes.biggest)
                self._open_lists(lengths)
                self._close_gaps()
            except _ListChangedError:
                self._begin_search()
                self._orders[None].total = None
            else:
                return

    # -- inside --

    def _begin_search(self) -> None:
        total = self._orders[None].total if self._orders else None
        self._orders = {None: self.rows.order(None, total=total)}
        self._asked = set()

    def _open_lists(self, reported: Mapping[str, Mapping[str, int] | None]) -> None:
        """Add the lists that were not read completely and have an unexpected length."""
        for field, lengths in reported.items():
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
                    raise _ListChangedError
                continue
            gaps = [(name, gap) for name, order in self._orders.items() for gap in order.gaps()]
            if not gaps:
                return
            # A change is visible in several lists, so read the shortest stretch. In the list of all rows it may be
            # twice as long, since those windows show every field.
            self._look_into(*min(gaps, key=lambda found: found[1].rows * (1 if found[0] is None else 2)))

    def _look_into(self, name: ListName, gap: Gap) -> None:
        total, sizes, biggest = self._orders[name].total or 0, self._requests.sizes, self._requests.sizes.biggest
        if gap.rows + 2 < biggest:
            window = sizes.over(max(0, gap.start - 1), min(total, gap.end + 1), total)
        elif gap.start == 0:
            window = 1, biggest
        else:
            middle = math.isqrt(gap.start * gap.end)
            near = middle < gap.start + biggest
            window = sizes.furthest(gap.start, 1) if near else (middle // biggest + 1, biggest)
        if (name, *window) in self._asked:
            raise UnsettledError("too many rows share one moment")
        self._window(name, *window)

    def _read_one(self, row_id: str) -> None:
        """Read a row on its own, or in a window of the list if the service does not return single items."""
        if self._requests.no_items is None:
            with suppress(ObstacleError):
                row = self._requests.item(row_id)
                if row is None:
                    self._miss(None, row_id)
                else:
                    self.learn(row, self.rows.key(row_id) or 0)
                return
        for _ in range(_LOOKS):
            order = self._orders[None]
            start, margin = order.rank(self.rows.key(row_id) or 0), self._requests.sizes.biggest // 4
            window = self._requests.sizes.over(max(0, start - margin), start + margin + 2, order.total or 0)
            self.look(None, *window)
            if row_id in self.in_window or row_id not in self.rows:
                return
        raise self._requests.no_items or UnsettledError("an item that may have changed is not where it was")

    def _window(self, name: ListName, page: int, limit: int) -> None:
        """Read a window of a list that is searched by length, and update the assumed state of its rows."""
        self._asked.add((name, page, limit))
        window = self._requests.page({} if name is None else {name[0]: name[1]}, page, limit)
        self.met = any(self.rows.at(row.id) is not None for row in window.rows)
        self.end = window.start + len(window.rows)
        self.in_window = frozenset(row.id for row in window.rows)
        for row in window.rows:
            if name is not None and getattr(row, name[0]) != name[1]:
                raise ObstacleError(f"the service does not filter by {name[0]}")
        keys = self._keys_of(window)
        order = self._orders[name]
        has_changed = order.total is not None and order.total != window.total
        order.total = window.total
        span = span_of(window, keys)
        self._note_copies(window, keys, span)
        for row, key in zip(window.rows, keys, strict=True):
            self.learn(row, key)
        if span is not None:
            for _, row_id in order.expected_rows(span):
                if row_id not in self.in_window:
                    self._miss(name, row_id)
            has_changed = not order.see(span) or has_changed
        if has_changed or not all(one.holds() for one in self._orders.values()):
            raise _ListChangedError

    def _keys_of(self, window: Page) -> list[int]:
        own = [(row.id, key if (key := self.rows.key(row.id)) is not None else _own_key(row)) for row in window.rows]
        keys, fresh = order_keys(own, self.rows.stand_ins)
        if any(self.rows.key(row_id) is not None for row_id in fresh):
            raise UnsettledError("the list is not ordered by time")
        self.rows.stand_ins |= fresh
        return keys

    def _note_copies(self, window: Page, keys: list[int], span: Span | None) -> None:
        """Count how often each ID is in the list, if a window shows it."""
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
        """Record that a row is no longer in a list."""
        self.changed = True
        found = self.rows.get(row_id)
        if found is None:
            return
        key, row = found
        for order in self._orders_of(row_id):
            order.remove(key, row_id)
        if name is None:
            self.rows.record(row_id, None)
            self.unplaced.discard(row_id)
            self.missed[row_id] = self._requests.moments
            return
        left = replace(row, status=UNPLACED) if name[0] == "status" else replace(row, type=UNPLACED)
        self.rows.record(row_id, (key, left))
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
