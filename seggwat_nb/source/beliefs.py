"""The assumed current state of a list's rows, and which filtered lists each row should be in.

The rows of the last load are stored in columns, since a project may have a million rows of which a refresh reads a few
hundred. Rows that turned out to be different are kept separately, by ID.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import polars as pl

from seggwat_nb.errors import SeggwatError
from seggwat_nb.source.list_order import ListOrder, key_of
from seggwat_nb.source.responses import Row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import numpy.typing as npt

__all__ = ["FIELDS", "UNPLACED", "Beliefs", "ListName", "UnsettledError"]

FIELDS: Final = ("status", "type")
"""The fields that the service can filter by."""

UNPLACED: Final = "\0unplaced"
"""Placeholder for a status or type that has changed, while the new value is not known yet."""

ListName: TypeAlias = tuple[str, str] | None
"""Identifies a list: a field and a value to filter by, or None for the list of all rows."""

_NO_MOMENT: Final = np.iinfo(np.int64).max


class UnsettledError(SeggwatError):
    """The rows cannot be refreshed incrementally, so the whole list has to be loaded. The message says why.

    Attributes
    ----------
    counted : bool or None
        Whether the service returned all lengths in one response that matches its lists. None if it was not asked.
    """

    counted: bool | None = None


class _Index:
    """Maps IDs to their positions, using a fifth of the memory of a dictionary."""

    def __init__(self, ids: pl.Series) -> None:
        self._ids = ids
        hashes = np.fromiter(map(hash, ids), dtype=np.int64, count=len(ids))
        self._order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._order]

    def get(self, row_id: str) -> int | None:
        """Position of an ID, or None if it is not in the index."""
        wanted = hash(row_id)
        at = int(np.searchsorted(self._hashes, wanted))
        while at < len(self._hashes) and self._hashes[at] == wanted:
            if self._ids[int(self._order[at])] == row_id:
                return int(self._order[at])
            at += 1
        return None

    def __contains__(self, row_id: str) -> bool:
        return self.get(row_id) is not None

    def __getitem__(self, row_id: str) -> int:
        place = self.get(row_id)
        if place is None:
            raise KeyError(row_id)
        return place


class Beliefs:
    """The assumed state of all rows: the last load by column, plus the rows that have since proved different."""

    def __init__(self, known: pl.DataFrame, stand_ins: Mapping[str, datetime], copies: Mapping[str, int]) -> None:
        self.stand_ins = {row_id: key_of(moment) for row_id, moment in stand_ins.items()}
        own = known.select("id", "read_at", created=pl.col("created_at").dt.epoch("us"))
        if self.stand_ins:
            by_id = pl.DataFrame({"id": list(self.stand_ins), "stand_in": list(self.stand_ins.values())})
            own = own.join(by_id, on="id", how="left", maintain_order="left")
        else:
            own = own.with_columns(stand_in=pl.lit(None, dtype=pl.Int64))
        key = pl.coalesce("stand_in", -pl.col("created"))
        order = own.select(pl.arg_sort_by(key, "id")).to_series()
        own = own.with_columns(key=key)[order]
        if own["key"].null_count():
            raise UnsettledError("a record has no readable creation time, so its place in the list is unknown")
        self.ids = own["id"]
        self.keys = own["key"].to_numpy()
        self.read_at = own["read_at"].dt.epoch("us").to_numpy()
        self._created = own["created"].fill_null(_NO_MOMENT).to_numpy()
        self._codes: dict[str, npt.NDArray[np.int32]] = {}
        self._values: dict[str, list[str]] = {}
        for field in FIELDS:
            column = known[field][order] if field in known.columns else pl.Series(field, [], dtype=pl.String)
            if not len(column):
                column = pl.Series(field, [None] * len(self.ids), dtype=pl.String)
            values = column.drop_nulls().unique().sort().to_list()
            self._values[field] = values
            codes = column.replace_strict(values, range(len(values)), default=-1, return_dtype=pl.Int32)
            self._codes[field] = codes.fill_null(-1).to_numpy()
        self._at = _Index(self.ids)
        self.copies = {row_id: n for row_id, n in copies.items() if row_id in self._at}
        self._differs: dict[str, tuple[int, Row] | None] = {}

    def __contains__(self, row_id: str) -> bool:
        return self.get(row_id) is not None

    def get(self, row_id: str) -> tuple[int, Row] | None:
        """Key and assumed state of a row, or None if it is assumed not to be in the list."""
        if row_id in self._differs:
            return self._differs[row_id]
        at = self._at.get(row_id)
        return None if at is None else (int(self.keys[at]), self._row(at))

    def key(self, row_id: str) -> int | None:
        """Key of a row that is in the list or was in the last load, else None."""
        found = self.get(row_id)
        if found is not None:
            return found[0]
        at = self._at.get(row_id)
        return None if at is None else int(self.keys[at])

    def at(self, row_id: str) -> int | None:
        """Position of a row in the last load, or None."""
        return self._at.get(row_id)

    def record(self, row_id: str, differs: tuple[int, Row] | None) -> None:
        """Record that a row differs from the last load; None means that it has left the list."""
        self._differs[row_id] = differs

    def number(self, row_id: str) -> int:
        """How many times a row is in the list."""
        return self.copies.get(row_id, 1)

    def total(self) -> int:
        """Return the expected length of the list of all rows."""
        known = len(self.ids) + sum(self.copies.values()) - len(self.copies)
        return known + sum(
            self.number(row_id) * ((now is not None) - (row_id in self._at)) for row_id, now in self._differs.items()
        )

    def lengths(self, field: str) -> Counter[str]:
        """Return the expected length of each list of a field, by value."""
        codes, numbers = np.unique(self._codes[field], return_counts=True)
        found = Counter(
            {self._values[field][code]: int(n) for code, n in zip(codes, numbers, strict=True) if code >= 0}
        )

        def add(row: Row, number: int) -> None:
            value = getattr(row, field)
            if value is not None and value != UNPLACED:
                found[value] += number

        for row_id, number in self.copies.items():
            if row_id in self._at:
                add(self._row(self._at[row_id]), number - 1)
        for row_id, now in self._differs.items():
            if row_id in self._at:
                add(self._row(self._at[row_id]), -self.number(row_id))
            if now is not None:
                add(now[1], self.number(row_id))
        return +found

    def without(self, field: str) -> set[str]:
        """IDs of the rows without a value in a field."""
        known = set(self.ids.gather(np.flatnonzero(self._codes[field] == -1))) - self._differs.keys()
        return known | {
            row_id for row_id, now in self._differs.items() if now is not None and getattr(now[1], field) is None
        }

    def length_without(self, field: str) -> int:
        """Return the expected number of rows without a value in a field, with the copies of a row."""
        return sum(map(self.number, self.without(field)))

    def expected_in(self, field: str, value: str) -> set[str]:
        """IDs of the rows expected in a list."""
        known = set(self.ids.gather(self._members((field, value)))) - self._differs.keys()
        return known | {
            row_id for row_id, now in self._differs.items() if now is not None and getattr(now[1], field) == value
        }

    def order(self, name: ListName, *, total: int | None = None) -> ListOrder:
        """Return the expected order of a list."""
        order = ListOrder(self.ids, self.keys, self._members(name), total=total)
        for row_id, number in self.copies.items():
            if row_id in self._at and self._belongs_to(name, self._row(self._at[row_id])):
                order.add(int(self.keys[self._at[row_id]]), row_id, number - 1)
        for row_id, now in self._differs.items():
            if row_id in self._at:
                order.remove(int(self.keys[self._at[row_id]]), row_id)
            if now is not None and self._belongs_to(name, now[1]):
                order.add(now[0], row_id, self.number(row_id))
        return order

    def has_same_moment(self, row: Row) -> bool:
        """Whether a row still has its known creation time. True if either time is missing or unreadable."""
        at = self._at.get(row.id)
        if at is None or row.created_at is None or self._created[at] == _NO_MOMENT:
            return True
        return -key_of(row.created_at) == int(self._created[at])

    def _members(self, name: ListName) -> npt.NDArray[np.intp]:
        if name is None:
            return np.arange(len(self.ids), dtype=np.intp)
        field, value = name
        if value not in self._values[field]:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(self._codes[field] == self._values[field].index(value))

    @staticmethod
    def _belongs_to(name: ListName, row: Row) -> bool:
        return name is None or getattr(row, name[0]) == name[1]

    def _row(self, at: int) -> Row:
        status, kind = (self._value(field, at) for field in FIELDS)
        return Row(self.ids[at], None, status, kind)

    def _value(self, field: str, at: int) -> str | None:
        code = int(self._codes[field][at])
        return None if code < 0 else self._values[field][code]
