"""Finds the words that people typed wrong, from the words themselves.

A rare word that differs from a frequent one by a single letter, or by two neighbors swapped, is mostly a typing error:
*paymnet*, *recieved*, *canceled* (Damerau 1964, "A technique for computer detection and correction of spelling errors",
Communications of the ACM 7, 171-176). It may also be another word, such as *three* besides *there*. So only a word that
is too rare to be a term counts as the frequent one: nothing that could be found by itself is lost. The first letter is
seldom wrong, and often changes the meaning, as in *legal* and *illegal*, so it must be the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["corrected"]

_FREQUENT: Final = 5
"""Minimum number of texts with a word that others are misspellings of."""

_TIMES: Final = 5
"""A word is taken for a misspelling of one that is at least this many times as frequent."""

_SHORTEST: Final = 5
"""Minimum length of a misspelled word. In shorter ones, a letter more or less mostly makes another word."""

_WORD: Final = rf"^(?:[\p{{Latin}}']{{{_SHORTEST},}}|\p{{Cyrillic}}{{{_SHORTEST},}}|\p{{Greek}}{{{_SHORTEST},}})$"
"""A word of an alphabet with vowels, in which most words differ from others by several letters."""


def corrected(words: pl.Series, counts: Floats, *, min_count: int, joined: Integers | None = None) -> Integers:
    """Return for each word the number of the one that it is a misspelling of, or its own.

    Parameters
    ----------
    words
        Folded words (String), each once.
    counts
        The number of texts with each.
    min_count
        Number of texts from which on a word is a term, and no misspelling.
    joined
        For each word the number of the one that it counts as. None: itself. Words that others count as are as frequent
        as all of these together.

    Examples
    --------
    >>> words = pl.Series(["payment", "paymnet", "paymet", "paiyment", "pavement", "repayment"])
    >>> words.gather(corrected(words, np.array([60.0, 1, 2, 1, 5, 1]), min_count=5)).to_list()
    ['payment', 'payment', 'payment', 'payment', 'pavement', 'repayment']
    """
    itself = np.arange(words.len())
    family = itself if joined is None else joined
    total = np.bincount(family, counts, words.len())
    table = pl.DataFrame({"number": itself, "word": words, "count": counts, "total": total, "alone": family == itself})
    table = table.filter(pl.col("word").str.contains(_WORD))
    rare = table.filter("alone", pl.col("total") < min_count)
    often = table.filter(pl.col("count") >= _FREQUENT)
    pairs = _cuts(rare).join(_cuts(often), on=["rest", "first"], suffix="_meant")
    at, at_meant = pl.col("at"), pl.col("at_meant")
    is_swapped = ((at - at_meant).abs() == 1) & (pl.col("letter") == pl.col("letter_meant"))
    # A letter too many, one too few, another one, or two in the other order.
    pairs = pairs.filter(at.is_null() | at_meant.is_null() | (at == at_meant) | is_swapped)
    pairs = pairs.filter(pl.col("count_meant") >= _TIMES * pl.col("total"))
    best = pairs.sort("count_meant", "number_meant", descending=[True, False]).unique("number", keep="first")
    itself[best["number"].to_numpy()] = best["number_meant"].to_numpy()
    return itself


def _cuts(table: pl.DataFrame) -> pl.DataFrame:
    """Leave out each letter but the first in turn, and none: ``rest``, and ``at`` and ``letter``, what is left out."""
    word, at = pl.col("word"), pl.col("at")
    table = table.with_columns(first=word.str.head(1), letters=word.str.len_chars())
    cut = table.with_columns(at=pl.int_ranges(1, "letters")).explode("at")
    cut = cut.with_columns(rest=word.str.head(at) + word.str.slice(at + 1), letter=word.str.slice(at, 1))
    nothing = pl.lit(None)
    whole = table.with_columns(at=nothing.cast(pl.Int64), rest=word, letter=nothing.cast(pl.String))
    return pl.concat(part.select("number", "count", "total", "first", "rest", "at", "letter") for part in (cut, whole))
