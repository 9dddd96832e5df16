"""Finds words that people lengthen, such as *sooo* and *loooove*, from the words themselves.

Three equal letters in a row are nobody's spelling, except in numerals and in German compounds, which others write with
two. So such a word counts as the most frequent word of the same letters, however often each is repeated (Brody and
Diakopoulos 2011, "Cooooooooooooooollllllllllllll!!!!!!!!!!!!!!", EMNLP, 562-570).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["merge_lengthened"]

_LETTERS: Final = (
    "abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρστυφχψωàáâãäåèéêëíìóòôõöúùüñç"  # noqa: RUF001  # Cyrillic and Greek
)
_LENGTHENED: Final = "|".join(f"{letter}{{3}}" for letter in _LETTERS)
_NUMERAL: Final = "^[ivxlcdm]+$"
_REPEATED: Final = re.compile(r"(.)\1+")
_SHORTEST: Final = 2
"""Minimum number of letters without repetitions. *www* and *aaa* do not count as lengthened."""


def merge_lengthened(words: pl.Series, counts: Floats) -> Integers:
    """Return for each word the number of the word that it is a longer spelling of, or its own.

    Parameters
    ----------
    words
        Folded words (String), each once.
    counts
        The number of texts with each.

    Examples
    --------
    >>> words = pl.Series(["god", "good", "goooood", "viii", "vi", "yesss", "yessss", "www"])
    >>> words.gather(merge_lengthened(words, np.array([1.0, 9, 1, 2, 3, 2, 1, 1]))).to_list()
    ['god', 'good', 'good', 'viii', 'vi', 'yesss', 'yesss', 'www']
    """
    itself = np.arange(words.len())
    is_long = words.str.contains(_LENGTHENED) & words.str.contains(r"^\p{L}+$") & ~words.str.contains(_NUMERAL)
    if not is_long.any():
        return itself
    table = pl.DataFrame({"number": itself, "word": words, "count": counts, "long": is_long})
    first = pl.col("word").str.head(1)
    table = table.filter(first.is_in(words.filter(is_long).str.head(1).unique().implode()))
    plain = pl.Series("plain", [_REPEATED.sub(r"\1", word) for word in table["word"]], dtype=pl.String)
    table = table.with_columns(plain).filter(pl.col("plain").str.len_chars() >= _SHORTEST)
    of = table.sort("long", "count", "word", descending=[False, True, False]).unique("plain", keep="first")
    found = table.filter("long").join(of.select("plain", of="number"), on="plain")
    itself[found["number"].to_numpy()] = found["of"].to_numpy()
    return itself
