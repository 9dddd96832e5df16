"""One list's order as it is believed to be, compared with the stretches of it that were seen.

A window is a stretch of the list as it stood at one moment, so it says for every row that belongs into it whether it
is there. Between two windows only the number of rows is known: where it is the believed one, the stretch is taken to be
as believed; where it is not, something in it has changed, and the stretch is a `Gap`.

Keys are microseconds, negative, so that the newest row comes first. Rows of one moment may stand in any order, so a
stretch ends only between two moments, never inside one. A row that has no readable moment, or that does not stand in
the list by its own, takes the key of the row above it: a *stand-in*, kept by id.
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

__all__ = ["Gap", "ListOrder", "Places", "Span", "key_of", "moment_of", "placed", "span_of"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FEW: Final = 20
_FEW_SHARE: Final = 0.02
_TOP: Final = -(1 << 62)
_END: Final = 1 << 62


def key_of(moment: datetime) -> int:
    """Key of a moment; ascending keys are the list's order.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> key_of(datetime(2026, 1, 2, tzinfo=UTC)) < key_of(datetime(2026, 1, 1, tzinfo=UTC))
    True
    """
    return (_EPOCH - moment) // _MICROSECOND


def moment_of(key: int) -> datetime:
    """Moment of a key."""
    return _EPOCH - key * _MICROSECOND


def placed(rows: Sequence[tuple[str, int | None]], stand_ins: Mapping[str, int]) -> tuple[list[int], dict[str, int]]:
    """Find the keys by which the rows of a window stand in their order.

    Parameters
    ----------
    rows
        Id and own key of each row, in the list's order; None if its moment cannot be read.
    stand_ins
        Keys of rows that are known not to stand by their own.

    Returns
    -------
    list of int, dict of str to int
        The keys, ascending, and the stand-ins among them that were not known. As many rows as possible keep their own.

    Examples
    --------
    >>> placed([("a", 1), ("b", None), ("c", 9), ("d", 2), ("e", 3)], {})
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
    """Rows of a list, noted while it is read, that do not stand in it by their own moment, or more than once."""

    def __init__(self) -> None:
        self.copies: dict[str, int] = {}
        self._stand_ins: dict[str, int] = {}

    def note(self, rows: Sequence[Row]) -> None:
        """Note the rows of one window."""
        own = [(row.id, None if row.created_at is None else key_of(row.created_at)) for row in rows]
        _, fresh = placed(own, self._stand_ins)
        self._stand_ins |= fresh
        repeated = Counter(row.id for row in rows) if len({row.id for row in rows}) < len(rows) else {}
        self.copies |= {row_id: n for row_id, n in repeated.items() if n > self.copies.get(row_id, 1)}

    def stand_ins(self, total: int) -> dict[str, datetime]:
        """Moments at whose places they stand; none if so many do that the list is not ordered by time."""
        if len(self._stand_ins) > max(_FEW, total * _FEW_SHARE):
            return {}
        return {row_id: moment_of(key) for row_id, key in self._stand_ins.items()}


@dataclass(frozen=True, slots=True)
class Span:
    """Rows with keys in (``top``, ``bottom``], which are the list's rows ``start`` to ``end``."""

    top: int
    bottom: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gap(Span):
    """A stretch of the list that was not seen, whose actual length differs from ``believed``."""

    believed: int

    @property
    def rows(self) -> int:
        """Rows of the list in it."""
        return self.end - self.start

    @property
    def difference(self) -> int:
        """How many more rows there are than believed."""
        return self.rows - self.believed


class ListOrder:
    """The rows believed to be in a list, in its order, and the spans of it that were seen.

    The rows that are known from the start lie in arrays that all lists share; what joins and leaves stands beside them.

    Parameters
    ----------
    ids, keys
        All known rows, in their order.
    members
        Which of them are in this list, ascending.
    total
        The list's own length, where it is known already.
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
        """Believe a row to be in the list, or in it so many times more."""
        for _ in range(number):
            insort(self._joined, (key, row_id))

    def remove(self, key: int, row_id: str) -> None:
        """Believe a row not to be in the list, however often it was."""
        at = bisect_left(self._joined, (key, row_id))
        while at < len(self._joined) and self._joined[at] == (key, row_id):
            del self._joined[at]
        first, last = np.searchsorted(self._keys, [key, key + 1])
        for at in range(first, last):
            if at not in self._left and self._ids[int(self._members[at])] == row_id:
                self._left.add(at)
                insort(self._left_keys, key)

    def believed(self, span: Span) -> list[tuple[int, str]]:
        """Find the rows believed to be in a span."""
        first, last = np.searchsorted(self._keys, [span.top + 1, span.bottom + 1])
        stayed = (at for at in range(first, last) if at not in self._left)
        joined = (bisect_left(self._joined, (key + 1, "")) for key in (span.top, span.bottom))
        known = [(int(self._keys[at]), self._ids[int(self._members[at])]) for at in stayed]
        return known + self._joined[slice(*joined)]

    def rank(self, key: int) -> int:
        """Estimate how many rows of the list stand above a key, from what was seen nearest to it."""
        believed = self._below(key - 1)
        ends = [(self._below(span.top), span.start) for span in self._seen]
        ends += [(self._below(span.bottom), span.end) for span in self._seen]
        nearest, rank = min(ends, key=lambda end: abs(end[0] - believed), default=(0, 0))
        return max(0, rank + believed - nearest)

    def gaps(self) -> Iterator[Gap]:
        """Find the stretches that cannot be as believed."""
        top, start = _TOP, 0
        for span in (*self._seen, Span(_END, _END, self.total or 0, self.total or 0)):
            believed = self._below(span.top) - self._below(top)
            if believed != span.start - start:
                yield Gap(top, span.top, start, span.start, believed)
            top, start = span.bottom, span.end

    def see(self, span: Span) -> bool:
        """Take note of a span whose rows are believed as they were seen; False where it contradicts what was seen."""
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
        """Whether every span seen is still as long as believed."""
        return all(self._below(span.bottom) - self._below(span.top) == span.end - span.start for span in self._seen)

    def _below(self, key: int) -> int:
        known = int(np.searchsorted(self._keys, key, side="right"))
        return known - bisect_right(self._left_keys, key) + bisect_left(self._joined, (key + 1, ""))


def span_of(page: Page, keys: list[int]) -> Span | None:
    """Find the span of which a window shows every row; None if the window has rows of one moment only.

    Rows of the first moment may continue above the window and those of the last below it, unless the list ends there.
    """
    if not keys:
        return Span(_TOP, _END, 0, 0) if page.total == 0 else None
    counts = Counter(keys)
    top, start = (keys[0], page.start + counts[keys[0]]) if page.start else (_TOP, 0)
    end = page.start + len(keys)
    bottom, end = (keys[-1] - 1, end - counts[keys[-1]]) if end < page.total else (_END, end)
    return Span(top, bottom, start, end) if top <= bottom else None
