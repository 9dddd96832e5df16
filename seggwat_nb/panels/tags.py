"""The themes of each row, for counting and selecting in a panel.

A row can have several themes, or none. It also counts for their parents: a row with ``Checkout / Payment`` is selected
by ``Checkout``. Each row counts once per theme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.taxonomy import SEPARATOR, with_those_above
from seggwat_nb.filter_search import themes_among
from seggwat_nb.text import rest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Tags"]

_AT_ONCE: Final = 65_536
"""Number of rows to group at once."""


class Tags:
    """Rows with their themes.

    Parameters
    ----------
    themes
        A list of names (List(String)) for each row.

    Attributes
    ----------
    names : list of str
        Themes and their parents, each before those nested in it.
    sets : array of int
        The number of each row's set of themes, from 0.
    distinct : int
        Number of distinct sets.
    """

    def __init__(self, themes: pl.Series) -> None:
        self._themes = themes.alias("theme")
        self.sets, distinct = _number_sets(self._themes)
        self.distinct = len(distinct)
        numbers = pl.Series("set", range(self.distinct), dtype=pl.UInt32)
        own = pl.DataFrame([numbers, pl.Series("theme", distinct, dtype=pl.List(pl.String))])
        own = own.explode("theme").drop_nulls()
        above = [(name, one) for name in own["theme"].unique() for one in with_those_above(name)]
        self.names = sorted({one for _, one in above}, key=lambda name: name.split(SEPARATOR))
        place = {name: at for at, name in enumerate(self.names)}
        codes = pl.DataFrame(
            [(name, place[one]) for name, one in above], schema={"theme": pl.String, "code": pl.UInt32}, orient="row"
        )
        pairs = own.join(codes, on="theme").select("set", "code").unique()
        self._set, self._code = (pairs[name].to_numpy() for name in ("set", "code"))

    @property
    def without(self) -> NDArray[np.bool_]:
        """Which of the distinct sets have no theme."""
        without = np.ones(self.distinct, np.bool_)
        without[self._set] = False
        return without

    def counts(self, rows: NDArray[Any]) -> NDArray[np.uint32]:
        """Count the rows by theme, given the number of rows of each distinct set."""
        return np.bincount(self._code, weights=rows[self._set], minlength=len(self.names)).astype(np.uint32)

    def choose(self, asked: Sequence[str], left_out: Sequence[str]) -> NDArray[np.bool_]:
        """Return which of the distinct sets have a requested theme (any, if none is) and none of the excluded.

        A theme stands for those nested in it, too.
        """
        found = self._having(asked) if asked else np.ones(self.distinct, np.bool_)
        return found & ~self._having(left_out)

    def _having(self, themes: Sequence[str]) -> NDArray[np.bool_]:
        among = {*themes_among(themes, self.names)}
        chosen = np.array([name in among for name in self.names], np.bool_)
        found = np.zeros(self.distinct, np.bool_)
        found[self._set[chosen[self._code]]] = True
        return found

    def most_frequent(self, most: int) -> pl.Series:
        """Return each row's own themes, with rare ones grouped as "Other (n values)"."""
        counted = self._themes.explode().drop_nulls().value_counts(name="rows")
        seen = counted.sort("rows", "theme", descending=[True, False])["theme"]  # else those of one count have no order
        if seen.len() <= most + 1:
            return self._themes
        rest, kept, name = rest_of(seen.len() - most, seen.to_list()), seen.head(most), pl.element()
        shown = pl.when(name.is_null() | name.is_in(kept.implode())).then(name).otherwise(pl.lit(rest))
        return self._themes.list.eval(shown).list.unique(maintain_order=True)


def _number_sets(themes: pl.Series) -> tuple[NDArray[np.uint32], list[tuple[str | None, ...]]]:
    """Assign numbers to the distinct lists, and return them. To group all rows at once would take much memory."""
    numbers: dict[tuple[str | None, ...], int] = {}
    sets = np.empty(themes.len(), np.uint32)
    for start in range(0, themes.len(), _AT_ONCE):
        rows = themes.slice(start, _AT_ONCE).to_frame().with_row_index("row", offset=start)
        alike = rows.group_by("theme", maintain_order=True).agg("row")
        own = [numbers.setdefault(tuple(one or ()), len(numbers)) for one in alike["theme"].to_list()]
        each = alike.select(pl.Series("set", own, dtype=pl.UInt32), "row").explode("row")
        sets[each["row"].to_numpy()] = each["set"].to_numpy()
    return sets, list(numbers)
