r"""Finds which words are forms of one word, from the words themselves.

No language is known here. In *пароль*, *пароля*, *сеть*, *сети* and many more, the same endings take turns after the
same beginning. Two endings that do so after several beginnings are taken for inflection (Goldsmith 2001, "Unsupervised
Learning of the Morphology of a Natural Language", Computational Linguistics 27, 153-198), and words that only differ in
such endings for forms of one. In Hebrew, Arabic and Ethiopic, articles and prepositions are written with the word, as
in *הקובץ* and *לקובץ*, so there, beginnings are treated like endings. Elsewhere a beginning changes the meaning, as in
*read* and *unread*, and so does the Persian *ن* (not).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["ATTACHING", "inflected"]

ATTACHING: Final = "\u0590-\u06ff\u0750-\u077f\u1200-\u139f"
"""Hebrew, Arabic and Ethiopic, as a range of a regular expression. They have few vowels, so words are short."""

_LONGEST: Final = 3
"""Maximum number of letters of a beginning or an ending."""

_STEM: Final = 4
_SHORT_STEM: Final = 3
"""Minimum length of a word without its ending, and the same in scripts with few vowels."""

_NEGATION: Final = "ن"

_PRODUCTIVE: Final = 3
"""Number of words after which two endings take turns by more than chance."""


def inflected(words: pl.Series, counts: Floats, *, least: int) -> Integers:
    """Return for each word the number of the word that stands for all of its forms.

    That is the one without an ending, or the most frequent one.

    Parameters
    ----------
    words
        Folded words (String), each once.
    counts
        The number of texts with each.
    least
        Minimum number of texts with a word.

    Examples
    --------
    >>> words = pl.Series("парол|ь парол|я модел|ь модел|я кабел|ь кабел|я парол|ик".replace("|", "").split())
    >>> words.gather(inflected(words, np.array([9.0, 5, 5, 5, 5, 6, 5]), least=5)).to_list()
    ['пароль', 'пароль', 'модель', 'модель', 'кабеля', 'кабеля', 'паролик']
    """
    stands_for = np.arange(words.len())
    counts = np.array(counts)
    for at_front in (True, False):
        joined = _joined(words, counts, least=least, at_front=at_front)
        moved = np.flatnonzero(joined != np.arange(words.len()))
        np.add.at(counts, joined[moved], counts[moved])
        counts[moved] = 0
        stands_for = joined[stands_for]
    return stands_for


def _joined(words: pl.Series, counts: Floats, *, least: int, at_front: bool) -> Integers:
    itself = np.arange(words.len())
    table = pl.DataFrame({"word": itself, "text": words, "count": counts}).filter(
        pl.col("count") >= least, pl.col("text").str.contains(r"^[\p{L}\p{M}'\x22]+$")
    )
    is_attaching = pl.col("text").str.contains(f"^[{ATTACHING}]")
    table = table.filter(is_attaching) if at_front else table
    cuts = pl.concat(_cut(table, size, at_front=at_front) for size in range(_LONGEST + 1))
    shortest = pl.when(pl.col("stem").str.contains(f"^[{ATTACHING}]")).then(_SHORT_STEM).otherwise(_STEM)
    cuts = cuts.filter(pl.col("stem").str.len_chars() >= shortest)
    cuts = cuts.filter(~pl.col("part").str.contains(_NEGATION)) if at_front else cuts
    cuts = cuts.filter(pl.len().over("stem") > 1)
    pairs = cuts.join(cuts, on="stem", suffix="_other").filter(pl.col("word") != pl.col("word_other"))
    edge = (pl.col(name).str.slice(-1 if at_front else 0, 1) for name in ("part", "part_other"))
    pairs = pairs.filter(pl.Expr.ne(*edge)).filter(pl.len().over("part", "part_other") >= _PRODUCTIVE)
    best = (
        pairs.group_by("word", "stem", "part", "count")
        .agg(pl.col("count_other").sum().alias("support"))
        .sort("support", pl.col("stem").str.len_chars(), "stem", descending=True)
        .unique("word", keep="first", maintain_order=True)
        .sort(pl.col("part") == "", "count", "word", descending=[True, True, False])
    )
    found = best.select("word", first=pl.col("word").first().over("stem"))
    itself[found["word"].to_numpy()] = found["first"].to_numpy()
    return itself


def _cut(table: pl.DataFrame, size: int, *, at_front: bool) -> pl.DataFrame:
    """Cut a number of letters off words: ``part``, and ``stem`` without it."""
    text = pl.col("text")
    part, stem = (
        (text.str.head(size), text.str.slice(size)) if at_front else (text.str.tail(size), text.str.head(-size))
    )
    if not size:
        part, stem = pl.lit(""), text
    return table.select("word", "count", part=part, stem=stem)
