"""Finds the rows that a filter selects and the count for each value, with bitmaps: fast enough for dragging.

Each part of a filter (its types, its dates, its text …) is a set of rows, which is kept until that part changes.
`FeedbackFilter` itself decides what a part selects: once per value in a column with few values, otherwise once per row.
The selected rows are those in all sets. The count of a value ignores the set of its own part. Columns of many values
are counted by `seggwat_nb.panels.cells` if the filter is only by columns of few.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels.bitmaps import Codes, TimeOrder, Words, count
from seggwat_nb.panels.cells import Cells, CellSet
from seggwat_nb.panels.crossfilter import PARTS, is_set, names_of, only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.crossfilter import Crossfilter
    from seggwat_nb.panels.tags import Tags

__all__ = ["Column", "Engine"]

_MOST_KEPT: Final = 48
"""Number of sets of rows to keep, so that going back, or typing a word again, costs nothing."""
_CODED: Final = ("type", "status", "source", "version", "path", "submitted_by", "project_id", "language")
_IN_CELLS: Final = ("type", "status", "source")
"""Columns of few values, by whose combinations others are counted beforehand."""
_MOST_READ: Final = 20_000
"""Number of newest messages whose words are collected, which takes a tenth of a second."""
_LONGEST: Final = 2_000
"""Number of characters of a message that are read for its words."""
_MOMENT: Final = "created_at is {}, but a panel requires datetimes. Convert it first."


class Column:
    """A column of few or many values.

    Attributes
    ----------
    names : list of str
        Its distinct values, in reading order.
    has_none : bool
        Whether any rows have no value.
    places : array of int
        The position in `names` of each row's value, in the order of the frame. For rows without one, the next number.
    """

    def __init__(self, coded: pl.Series, time: TimeOrder) -> None:
        self.names: list[str] = names_of(coded).to_list()
        self.has_none = coded.null_count() > 0
        self.places: NDArray[Any] = coded.to_physical().fill_null(len(self.names)).to_numpy()
        self._time = time
        self._distinct = pl.Series([*self.names, None], dtype=pl.String)

    @cached_property
    def codes(self) -> Codes:
        """The same, for counting and selecting."""
        return Codes(self.places, len(self.names), self._time)

    def values(self, part: str, asked: FeedbackFilter) -> NDArray[np.bool_]:
        """Return which values a filter by this column selects. The last element stands for rows without one."""
        distinct = self._distinct.alias(part).to_frame()
        # Handing so little to polars's threads takes longer than the work.
        return _as_bits(distinct.select_seq(asked.expr().fill_null(value=False)).to_series())


class _Selected(NamedTuple):
    """What a part of a filter selects: rows, and values if it is about a column."""

    rows: Words
    values: NDArray[np.bool_] | None = None


class Engine:
    """Rows to which many filters are applied in turn.

    Parameters
    ----------
    rows
        The rows, with their columns as numbers.

    Raises
    ------
    ArgumentError
        ``created_at`` has no moments.
    """

    def __init__(self, rows: Crossfilter) -> None:
        moments = rows.frame["created_at"]
        if not isinstance(moments.dtype, pl.Datetime):
            raise ArgumentError(_MOMENT.format(moments.dtype))
        self.rows = rows
        self.time = TimeOrder(moments)
        self._columns: dict[str, Column] = {}
        self._themes: Codes | None = None
        self._kept: OrderedDict[tuple[object, ...], _Selected] = OrderedDict()

    def column(self, name: str) -> Column | None:
        """Return a column as codes, if the frame has it."""
        if name not in self._columns:
            coded = self.rows.codes_of(name) if name in _CODED else None
            if coded is None:
                return None
            self._columns[name] = Column(coded, self.time)
        return self._columns[name]

    def themes(self, tags: Tags) -> Codes:
        """Return the sets of themes of the rows as codes."""
        if self._themes is None:
            self._themes = Codes(tags.sets, tags.distinct, self.time)
        return self._themes

    def parts(self, where: FeedbackFilter) -> dict[str, Words]:
        """Return the rows that each part of a filter selects, for the parts that are set."""
        left_out = self.rows.unused_parts(where)
        return {part: self._select(part, where).rows for part in PARTS if is_set(where, part) and part not in left_out}

    def together(self, parts: Mapping[str, Words], *, leaving_out: str | None = None) -> Words:
        """Return the rows selected by all parts, or by all but one."""
        sets = [words for part, words in parts.items() if part != leaving_out]
        return reduce(np.bitwise_and, sets) if sets else self.time.all

    def cells(self, parts: Mapping[str, Words], where: FeedbackFilter, *, leaving_out: str | None) -> CellSet | None:
        """Return the cells that `together` selects, or None if it selects everything, or parts of cells."""
        asked = [part for part in parts if part != leaving_out]
        if not asked or not {*asked} <= {*_IN_CELLS}:
            return None
        values = {part: self._select(part, where).values for part in asked}
        return self._cells.choose({part: chosen for part, chosen in values.items() if chosen is not None})

    @cached_property
    def words(self) -> dict[str, int]:
        """The folded words of the newest messages, with the number of messages that have them."""
        if "message" not in self.rows.frame.columns:
            return {}
        newest = pl.Series(self.time.newest(self.time.all, 0, _MOST_READ))
        texts = fold_texts(self.rows.frame["message"].gather(newest).cast(pl.String)).str.slice(0, _LONGEST)
        found = texts.str.extract_all(r"[\p{L}\p{M}]+").list.unique().explode().drop_nulls().value_counts(name="n")
        return dict(found.iter_rows())

    @property
    def every_cell(self) -> CellSet | None:
        """All cells."""
        return self._cells.choose({})

    @cached_property
    def _cells(self) -> Cells:
        found = {name: self.column(name) for name in _IN_CELLS}
        return Cells({name: column.codes for name, column in found.items() if column is not None}, self.time.rows)

    def without(self, parts: Mapping[str, Words]) -> dict[str, int]:
        """Count the rows selected without each part. Parts that make no difference are left out."""
        left = {part: count(self.together(parts, leaving_out=part)) for part in parts}
        return {part: number for part, number in left.items() if number}

    def _select(self, part: str, where: FeedbackFilter) -> _Selected:
        if part == "dates":  # relative dates move on
            return _Selected(self.time.between(*where.moments))
        if part == "search" and "created_at" in only(where, part).columns:
            return _Selected(self.time.pack(_as_bits(self.rows.choose(only(where, part)).mask)))
        key = (part, where.time_zone, where.allow, *(getattr(where, name) for name in PARTS[part]))
        if key not in self._kept:
            column, tags = self.column(part), self.rows.tags
            asked = only(where, part)
            if part == "theme" and tags is not None:
                chosen = tags.choose(tuple(where.theme or ()), tuple(where.not_theme or ()))
                self._kept[key] = _Selected(self.themes(tags).rows(np.append(chosen, np.False_)))
            elif column is None:
                self._kept[key] = _Selected(self.time.pack(_as_bits(self.rows.choose(asked).mask)))
            else:
                values = column.values(part, asked)
                self._kept[key] = _Selected(column.codes.rows(values), values)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _as_bits(mask: pl.Series) -> NDArray[Any]:
    return mask.to_numpy().astype(np.bool_, copy=False)
