"""The expected order of one list, compared with the parts of it that were seen.

A window shows a stretch of the list at one moment, so it shows for every row that belongs there whether it is present.
Between two windows, only the number of rows is known. If it is as expected, the stretch is assumed to be unchanged. If
not, something in it has changed, and the stretch is a `Gap`.

Keys are negative microseconds, so that the newest row comes first. Rows with the same creation time may come in any
order, so a stretch only ends between two times. A row without a readable time, or at a position that does not match its
time, gets the key of the row above it. This *stand-in* is stored by ID.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from seggwat_nb.source.ordering import longest_ordered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt
    import polars as pl

    from seggwat_nb.source.responses import Page, Row

__all__ = ["Gap", "ListOrder", "Places", "Span", "key_of", "moment_of", "order_keys", "span_of"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FEW: Final = 20
_FEW_SHARE: Final = 0.02
_TOP: Final = -(1 << 62)
_END: Final = 1 << 62


def key_of(moment: datetime) -> int:
    """Key of a time. Ascending keys give the list's order.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> key_of(datetime(2026, 1, 2, tzinfo=UTC)) < key_of(datetime(2026, 1, 1, tzinfo=UTC))
    True
    """
    return (_EPOCH - moment) // _MICROSECOND


def moment_of(key: int) -> datetime:
    """Time of a key."""
    return _EPOCH - key * _MICROSECOND


def order_keys(
    rows: Sequence[tuple[str, int | None]], stand_ins: Mapping[str, int]
) -> tuple[list[int], dict[str, int]]:
    """Find keys that put the rows of a window in their actual order.

    Parameters
    ----------
    rows
        ID and own key of each row, in the list's order. The key is None if the time cannot be read.
    stand_ins
        Keys of rows that are known not to be at their own position.

    Returns
    -------
    list of int, dict of str to int
        The keys, ascending, and the new stand-ins among them. As many rows as possible keep their own key.

    Examples
    --------
    >>> order_keys([("a", 1), ("b", None), ("c", 9), ("d", 2), ("e", 3)], {})
    ([1, 1, 1, 2, 3], {'b': 1, 'c': 1})
    """
    keys = [stand_ins.get(row_id, key) for row_id, key in rows]
    known = [key for key in keys if key is not None]
    if len(known) == len(keys) and all(newer <= older for newer, older in pairwise(known)):
        return known, {}
    timed = [at for at, key in enumerate(keys) if key is not None]
    chain = {timed[place] for place in longest_ordered(known)}
    above = next((keys[at] for at in sorted(chain)), None) or 0
    found: list[int] = []
    fresh: dict[str, int] = {}
    for at, (row_id, _) in enumerate(rows):
        key = keys[at]
        if at in chain and key is not None:
            above = key
        else:
            fresh[row_id] = above
        found.append(above)
    return found, fresh


class Places:
    """Collects the rows of a list that are not at the position of their own time, or occur more than once."""

    def __init__(self) -> None:
        self.copies: dict[str, int] = {}
        self._stand_ins: dict[str, int] = {}

    def note(self, rows: Sequence[Row]) -> None:
        """Note the rows of one window."""
        own = [(row.id, None if row.created_at is None else key_of(row.created_at)) for row in rows]
        _, fresh = order_keys(own, self._stand_ins)
        self._stand_ins |= fresh
        repeated = Counter(row.id for row in rows) if len({row.id for row in rows}) < len(rows) else {}
        self.copies |= {row_id: n for row_id, n in repeated.items() if n > self.copies.get(row_id, 1)}

    def stand_ins(self, total: int) -> dict[str, datetime]:
        """Return the times of their positions. Empty if there are so many that the list is not ordered by time."""
        if len(self._stand_ins) > max(_FEW, total * _FEW_SHARE):
            return {}
        return {row_id: moment_of(key) for row_id, key in self._stand_ins.items()}


@dataclass(frozen=True, slots=True)
class Span:
    """The rows with keys in (``top``, ``bottom``], which are rows ``start`` to ``end`` of the list."""

    top: int
    bottom: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gap(Span):
    """An unseen stretch of the list whose actual length differs from the expected one, ``believed``."""

    believed: int

    @property
    def rows(self) -> int:
        """Actual number of rows in the gap."""
        return self.end - self.start

    @property
    def difference(self) -> int:
        """Actual minus expected number of rows."""
        return self.rows - self.believed


class ListOrder:
    """The rows expected in a list, in order, and the spans of it that were seen.

    The initially known rows are in arrays shared by all lists. Rows that are added or removed are kept separately.

    Parameters
    ----------
    ids, keys
        All known rows, in order.
    members
        Which of them are in this list, ascending.
    total
        The actual length of the list, if already known.
    """

    def __init__(
        self,
        ids: pl.Series,
        keys: npt.NDArray[np.int64],
        members: npt.NDArray[np.intp],
        *,
        total: int | None = None,
    ) -> None:
        self.total = total
        self._ids = ids
        self._members = members
        self._keys = keys[members]
        self._left: set[int] = set()
        self._left_keys: list[int] = []
        self._joined: list[tuple[int, str]] = []
        self._seen: list[Span] = []

    def __len__(self) -> int:
        return len(self._keys) - len(self._left) + len(self._joined)

    def add(self, key: int, row_id: str, number: int = 1) -> None:
        """Expect a row in the list, or additional copies of it."""
        for _ in range(number):
            insort(self._joined, (key, row_id))

    def remove(self, key: int, row_id: str) -> None:
        """Stop expecting a row in the list, including all its copies."""
        at = bisect_left(self._joined, (key, row_id))
        while at < len(self._joined) and self._joined[at] == (key, row_id):
            del self._joined[at]
        first, last = np.searchsorted(self._keys, [key, key + 1])
        for at in range(first, last):
            if at not in self._left and self._ids[int(self._members[at])] == row_id:
                self._left.add(at)
                insort(self._left_keys, key)

    def expected_rows(self, span: Span) -> list[tuple[int, str]]:
        """Return the rows expected in a span."""
        first, last = np.searchsorted(self._keys, [span.top + 1, span.bottom + 1])
        stayed = (at for at in range(first, last) if at not in self._left)
        joined = (bisect_left(self._joined, (key + 1, "")) for key in (span.top, span.bottom))
        known = [(int(self._keys[at]), self._ids[int(self._members[at])]) for at in stayed]
        return known + self._joined[slice(*joined)]

    def rank(self, key: int) -> int:
        """Estimate how many rows of the list are above a key, based on the nearest seen span."""
        believed = self._below(key - 1)
        ends = [(self._below(span.top), span.start) for span in self._seen]
        ends += [(self._below(span.bottom), span.end) for span in self._seen]
        nearest, rank = min(ends, key=lambda end: abs(end[0] - believed), default=(0, 0))
        return max(0, rank + believed - nearest)

    def gaps(self) -> Iterator[Gap]:
        """Find the stretches with an unexpected number of rows."""
        top, start = _TOP, 0
        for span in (*self._seen, Span(_END, _END, self.total or 0, self.total or 0)):
            believed = self._below(span.top) - self._below(top)
            if believed != span.start - start:
                yield Gap(top, span.top, start, span.start, believed)
            top, start = span.bottom, span.end

    def see(self, span: Span) -> bool:
        """Record a span that was seen. Returns False if it contradicts an earlier one."""
        offset = span.start - self._below(span.top)
        touching = [seen for seen in self._seen if seen.top <= span.bottom and span.top <= seen.bottom]
        if any(seen.start - self._below(seen.top) != offset for seen in touching):
            return False
        for seen in touching:
            self._seen.remove(seen)
            span = Span(
                min(span.top, seen.top),
                max(span.bottom, seen.bottom),
                min(span.start, seen.start),
                max(span.end, seen.end),
            )
        insort(self._seen, span, key=lambda seen: seen.top)
        return True

    def holds(self) -> bool:
        """Whether every span seen still has the expected length."""
        return all(self._below(span.bottom) - self._below(span.top) == span.end - span.start for span in self._seen)

    def _below(self, key: int) -> int:
        known = int(np.searchsorted(self._keys, key, side="right"))
        return known - bisect_right(self._left_keys, key) + bisect_left(self._joined, (key + 1, ""))


def span_of(page: Page, keys: list[int]) -> Span | None:
    """Find the span that a window shows completely, or None if all its rows share one time.

    Rows with the first time may continue above the window, and those with the last time below it, unless the list
    begins or ends there.
    """
    if not keys:
        return Span(_TOP, _END, 0, 0) if page.total == 0 else None
    counts = Counter(keys)
    top, start = (keys[0], page.start + counts[keys[0]]) if page.start else (_TOP, 0)
    end = page.start + len(keys)
    bottom, end = (keys[-1] - 1, end - counts[keys[-1]]) if end < page.total else (_END, end)
    return Span(top, bottom, start, end) if top <= bottom else None
