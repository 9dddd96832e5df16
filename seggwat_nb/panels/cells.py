"""Counts rows by the combinations of the values of a few columns, so that a filter by these columns takes sums only.

The rows of each combination (a cell) are counted by another column once. What a filter by type, status or source
selects consists of whole cells, so its counts are sums of some dozen rows of a table, however many rows there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seggwat_nb.panels.bitmaps import Codes

__all__ = ["CellSet", "Cells"]

_MOST_CELLS: Final = 1_024
_MOST_COUNTS: Final = 2_000_000
"""Maximum number of counts by cell and value to keep for a column. They take 4 bytes each."""


class Cells:
    """The combinations of the values of a few columns.

    Columns are left out if there could be too many combinations.

    Parameters
    ----------
    columns
        The columns, by name.
    rows
        Number of rows.
    """

    def __init__(self, columns: Mapping[str, Codes], rows: int) -> None:
        self._columns: dict[str, Codes] = {}
        possible = 1
        for name, codes in columns.items():
            if possible * codes.size <= _MOST_CELLS:
                self._columns[name] = codes
                possible *= codes.size
        place = np.zeros(rows, np.uint16)
        for codes in self._columns.values():
            place *= np.uint16(codes.size)
            place += codes.codes
        self._held = np.bincount(place, minlength=possible) > 0
        self._cell = (np.cumsum(self._held) - 1).astype(np.uint16)[place]
        self._tables: dict[Codes, NDArray[np.uint32]] = {}

    def choose(self, values: Mapping[str, NDArray[np.bool_]]) -> CellSet | None:
        """Return the cells with the selected values of each column, or None if there is another column."""
        if not values.keys() <= self._columns.keys():
            return None
        found = np.ones(1, np.bool_)
        for name, codes in self._columns.items():
            own = values[name] if name in values else np.ones(codes.size, np.bool_)
            found = np.logical_and.outer(found, own).ravel()
        return CellSet(self, np.flatnonzero(found[self._held]))

    def table(self, codes: Codes) -> NDArray[np.uint32] | None:
        """Return the number of rows by cell and value, counted once. None if there would be too many counts."""
        shape = int(self._held.sum()), codes.size
        if shape[0] * shape[1] > _MOST_COUNTS:
            return None
        if codes not in self._tables:
            place = self._cell.astype(np.int64)
            place *= codes.size
            place += codes.codes
            counted = np.bincount(place, minlength=shape[0] * shape[1])
            self._tables[codes] = counted.astype(np.uint32).reshape(shape)
        return self._tables[codes]


class CellSet(NamedTuple):
    """Some of the cells, by number."""

    of: Cells
    chosen: NDArray[np.int64]

    def counts(self, codes: Codes) -> NDArray[np.uint32] | None:
        """Count the rows by value, as `Codes.counts` does. None if there would be too many counts to keep."""
        table = self.of.table(codes)
        if table is None:
            return None
        counted = np.zeros(codes.size, np.uint32)
        for cell in self.chosen:  # half the time of selecting the rows of the table and summing them
            counted += table[cell]
        return counted
