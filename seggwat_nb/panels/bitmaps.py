"""Sets of rows as bitmaps in chronological order, combined and counted in words of 64 bits.

A set of rows is an array of words with one bit per row, in chronological order. Two sets are combined with AND, and
counted with `numpy.bitwise_count`. Counts per period come from a cumulative sum at the edges of the periods. A million
rows take 125 kilobytes and some tens of microseconds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seggwat_nb.panels.cells import CellSet

__all__ = ["Codes", "TimeOrder", "Words", "count", "largest"]

Words: TypeAlias = "NDArray[np.uint64]"

_WORD: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_MAPS: Final = 32
"""Maximum number of values for which a column has bitmaps. Beyond that, codes are faster and take less memory."""


class TimeOrder:
    """The chronological order of rows, and operations on sets of them.

    Parameters
    ----------
    moments
        When each row was created (Datetime); nulls come before all others.

    Attributes
    ----------
    rows : int
        Number of rows.
    order : array of uint32
        Row numbers, oldest first. Of rows with the same time, the first one comes last.
    """

    def __init__(self, moments: pl.Series) -> None:
        self.rows = moments.len()
        self._undated = moments.null_count()
        when = moments.dt.epoch("us").fill_null(np.iinfo(np.int64).min).to_numpy()
        if self.rows and not np.all(when[:-1] >= when[1:]):
            backwards = np.argsort(when[::-1], kind="stable")
            self.order = (self.rows - 1 - backwards).astype(np.uint32)
        else:  # newest first, as the API lists them
            self.order = np.arange(self.rows - 1, -1, -1, dtype=np.uint32)
        self._moments: NDArray[np.int64] = when[self.order]
        # One more word than needed, so that the position after the last row is in a word, too.
        self._words = self.rows // _WORD + 1
        self.all = self.between(None, None)
        self._fewer: tuple[Words, NDArray[np.int64], bool] = self.all, np.empty(0, np.int64), True

    def pack(self, mask: NDArray[np.bool_]) -> Words:
        """Convert a mask in the order of the frame to a set."""
        return self.pack_in_order(mask[self.order])

    def pack_in_order(self, mask: NDArray[np.bool_]) -> Words:
        """Convert a mask in chronological order to a set."""
        packed = np.zeros(self._words * 8, np.uint8)
        found = np.packbits(mask, bitorder="little")
        packed[: found.size] = found
        return packed.view(np.uint64)

    def unpack(self, words: Words) -> NDArray[np.bool_]:
        """Convert a set to a mask in chronological order."""
        return np.unpackbits(words.view(np.uint8), count=self.rows, bitorder="little").view(np.bool_)

    def fewer(self, words: Words) -> tuple[NDArray[np.int64], bool]:
        """Return the positions of the rows of a set, or of all others where these are fewer, and whether it is these.

        The last answer is kept: of one selection, several columns are counted.
        """
        kept, places, is_rest = self._fewer
        if kept is not words:
            is_rest = 2 * count(words) > self.rows
            places = np.flatnonzero(self.unpack(self.all & ~words if is_rest else words))
            self._fewer = words, places, is_rest
        return places, is_rest

    def mask(self, words: Words) -> pl.Series:
        """Convert a set to a mask (Boolean) in the order of the frame."""
        mask = np.zeros(self.rows, np.bool_)
        mask[self.order] = self.unpack(words)
        return pl.Series("mask", mask)

    def between(self, since: datetime | None, until: datetime | None) -> Words:
        """Return the rows from one time until before another. Rows without a time only count if both are None."""
        first, last = 0, self.rows
        if since is not None or until is not None:
            first = self._place(since) if since is not None else self._undated
            last = self._place(until) if until is not None else self.rows
        words = np.zeros(self._words, np.uint64)
        if first < last:
            low, high = divmod(first, _WORD), divmod(last, _WORD)
            words[low[0] : high[0] + 1] = ~np.uint64(0)
            words[low[0]] &= ~np.uint64(0) << np.uint64(low[1])
            words[high[0]] &= (np.uint64(1) << np.uint64(high[1])) - np.uint64(1)
        return words

    def _place(self, moment: datetime) -> int:
        return int(np.searchsorted(self._moments, (moment - _EPOCH) // timedelta(microseconds=1)))

    def places(self, moments: Sequence[datetime]) -> NDArray[np.int64]:
        """Return the position, in chronological order, of the first row at or after each time."""
        return np.array([self._place(moment) for moment in moments], np.int64)

    def in_periods(self, words: Words, edges: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Count the rows of a set between each position and the next, as returned by `places`."""
        before = np.zeros(words.size + 1, np.uint32)
        np.cumsum(np.bitwise_count(words), out=before[1:], dtype=np.uint32)
        word, bit = edges // _WORD, (edges % _WORD).astype(np.uint64)
        part = words[word] & ((np.uint64(1) << bit) - np.uint64(1))
        counts: NDArray[np.uint32] = np.diff(before[word] + np.bitwise_count(part)).astype(np.uint32)
        return counts

    def newest(self, words: Words, start: int, number: int) -> NDArray[np.uint32]:
        """Return the numbers of some rows of a set, newest first, skipping the first `start`."""
        seen = np.cumsum(np.bitwise_count(words[::-1]), dtype=np.int64)
        total = int(seen[-1])
        number = min(number, total - start)
        if start < 0 or number <= 0:
            return np.empty(0, np.uint32)
        first, last = (int(np.searchsorted(seen, place, side="right")) for place in (start, start + number - 1))
        low, high = words.size - 1 - last, words.size - first
        bits = np.flatnonzero(np.unpackbits(words[low:high].view(np.uint8), bitorder="little"))[::-1]
        skipped = start - (int(seen[first - 1]) if first else 0)
        rows: NDArray[np.uint32] = self.order[low * _WORD + bits[skipped : skipped + number]]
        return rows

    def position(self, words: Words, row: int) -> int | None:
        """Return how many rows of a set are newer than one of them. None if the row is not in the set."""
        word, bit = divmod(int(np.flatnonzero(self.order == row)[0]), _WORD)
        last = int(words[word]) >> bit
        return count(words[word + 1 :]) + (last >> 1).bit_count() if last & 1 else None


class Codes:
    """A column of codes in chronological order, to count and select values.

    Parameters
    ----------
    codes
        A number below `values` for each row, in the order of the frame. Rows without a value have `values` itself.
    values
        Number of values.
    order
        The chronological order of the rows.

    Attributes
    ----------
    codes : array of int
        The codes in chronological order.
    size : int
        Number of codes, with that of rows without a value.
    """

    def __init__(self, codes: NDArray[Any], values: int, order: TimeOrder) -> None:
        self._order, self.size = order, values + 1
        self.codes: NDArray[np.unsignedinteger[Any]] = codes.astype(np.min_scalar_type(values))[order.order]
        few = self.size <= _MOST_MAPS
        self._maps = [order.pack_in_order(self.codes == code) for code in range(self.size)] if few else None

    def counts(self, words: Words, cells: CellSet | None = None) -> NDArray[np.uint32]:
        """Count the rows of a set by value, from its cells if it consists of whole ones and the column has many values.

        The last count is for rows without a value.
        """
        if self._maps is not None:
            return np.array([count(words & one) for one in self._maps], np.uint32)
        if cells is not None and (found := cells.counts(self)) is not None:
            return found
        places, is_rest = self._order.fewer(words)
        # Taking by number is several times faster than by mask.
        counted = np.bincount(self.codes.take(places), minlength=self.size).astype(np.uint32)
        return self._totals - counted if is_rest else counted

    @cached_property
    def _totals(self) -> NDArray[np.uint32]:
        return np.bincount(self.codes, minlength=self.size).astype(np.uint32)

    def rows(self, chosen: NDArray[np.bool_]) -> Words:
        """Return the rows with a selected value. The last element of `chosen` stands for rows without one."""
        if self._maps is None:
            return self._order.pack_in_order(chosen[self.codes])
        words = np.zeros_like(self._order.all)
        for code in np.flatnonzero(chosen):
            np.bitwise_or(words, self._maps[code], out=words)
        return words


def count(words: Words) -> int:
    """Count the rows of a set."""
    return int(np.bitwise_count(words).sum(dtype=np.int64))


def largest(counts: NDArray[np.uint32], start: int, end: int) -> NDArray[np.int64]:
    """Return the positions of the highest counts, from one rank until before another, of equal ones the first.

    Examples
    --------
    >>> largest(np.array([3, 9, 3, 1], np.uint32), 1, 3).tolist()
    [0, 2]
    """
    places = np.arange(counts.size)
    if 0 < end < counts.size:
        places = places[counts >= np.partition(counts, counts.size - end)[counts.size - end]]
    return places[np.lexsort((places, -counts[places].astype(np.int64)))][start:end]
