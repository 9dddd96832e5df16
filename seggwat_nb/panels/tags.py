"""The themes of each row, as a panel counts and selects by them.

A row has several themes, or none. It also counts for what these lie within: one with ``Checkout / Payment`` is selected
by ``Checkout``. A row counts once for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from seggwat_nb.analysis.taxonomy import SEPARATOR, is_within, with_those_above
from seggwat_nb.text import rest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Tags"]


class Tags:
    """Rows with their themes.

    Parameters
    ----------
    themes
        A list of names (List(String)) for each row.

    Attributes
    ----------
    names : list of str
        Themes and those above them, each before those nested in it.
    """

    def __init__(self, themes: pl.Series) -> None:
        self._themes = themes.alias("theme")
        found = self._themes.to_frame().with_row_index("row").explode("theme").drop_nulls("theme")
        above = [(own, name) for own in found["theme"].unique() for name in with_those_above(own)]
        self.names = sorted({name for _, name in above}, key=lambda name: name.split(SEPARATOR))
        place = {name: at for at, name in enumerate(self.names)}
        codes = pl.DataFrame(
            [(own, place[name]) for own, name in above], schema={"theme": pl.String, "code": pl.UInt32}, orient="row"
        )
        pairs = found.join(codes, on="theme").select("row", "code").unique().sort("row", "code")
        self._row, self._code = (pairs[name].to_numpy() for name in ("row", "code"))
        self._without = np.ones(themes.len(), np.bool_)
        self._without[self._row] = False

    @property
    def pairs(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Numbers of rows, and for each the place in `names` of a theme that it counts for."""
        return self._row, self._code

    def mask(self, asked: Sequence[str]) -> pl.Series:
        """Return which rows have one of these themes, or one nested in them."""
        chosen = np.array([any(is_within(name, theme) for theme in asked) for name in self.names], np.bool_)
        mask = np.zeros(self._without.size, np.bool_)
        if chosen.any():
            mask[self._row[chosen[self._code]]] = True
        return pl.Series("theme", mask)

    def most_frequent(self, most: int) -> pl.Series:
        """Return each row's own themes, in which rare ones are grouped as "Other (n values)"."""
        seen = self._themes.explode().drop_nulls().value_counts(sort=True, name="rows")["theme"]
        if seen.len() <= most + 1:
            return self._themes
        rest, kept, name = rest_of(seen.len() - most, seen.to_list()), seen.head(most), pl.element()
        shown = pl.when(name.is_null() | name.is_in(kept.implode())).then(name).otherwise(pl.lit(rest))
        return self._themes.list.eval(shown).list.unique(maintain_order=True)
