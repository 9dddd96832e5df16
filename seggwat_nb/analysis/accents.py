"""Finds the words that people write without their accents, from the words themselves.

Many type *atualizacao* for *atualização*. In other languages, letters without marks make other words, such as the
German *zahlen* (pay) of *zählen* (count), and nobody leaves the marks out. Then hardly any word has a twin without
them. So twins only count as one word if most of the frequent words with marks have one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["merge_accents", "without_accents"]

_FREQUENT: Final = 10
"""Minimum number of texts with a word, for a twin to be expected although few people leave out marks."""

_FEWEST: Final = 5
"""Minimum number of frequent words with marks."""

_MOSTLY: Final = 0.5
_NEARLY_ALL: Final = 0.9
"""Share that a spelling must have of those with marks, to be the one that is meant without."""

_SHORTEST: Final = 3
_WITHOUT_MARKS: Final = {"đ": "d", "ł": "l", "ø": "o"}


def merge_accents(words: pl.Series, counts: Floats) -> Integers:
    """Return for each word the number of the word with accents that it stands for, or its own.

    Parameters
    ----------
    words
        Folded words (String), each once.
    counts
        The number of texts with each.

    Examples
    --------
    >>> words = pl.Series(["não", "nao", "você", "voce", "até", "ate", "são", "mês", "conexão", "conexao"])
    >>> words.gather(merge_accents(words, np.array([90.0, 9, 80, 7, 30, 2, 20, 10, 9, 1]))).to_list()
    ['não', 'não', 'você', 'você', 'até', 'até', 'são', 'mês', 'conexão', 'conexão']
    """
    itself = np.arange(words.len())
    table = pl.DataFrame({"number": itself, "word": words, "count": counts})
    table = table.filter(pl.col("word").str.contains(rf"^[\p{{Latin}}\p{{M}}']{{{_SHORTEST},}}$"))
    table = table.with_columns(plain=without_accents(table["word"]))
    marked = table.filter(pl.col("word") != pl.col("plain")).with_columns(of=pl.col("count").sum().over("plain"))
    marked = marked.filter(pl.col("count") >= _NEARLY_ALL * pl.col("of"))
    if marked.is_empty():
        return itself
    twins = table.filter(pl.col("word") == pl.col("plain")).select("plain", twin="number")
    pairs = marked.join(twins, on="plain", how="left")
    frequent = pairs.filter(pl.col("count") >= _FREQUENT)["twin"]
    if frequent.len() < _FEWEST or frequent.count() <= _MOSTLY * frequent.len():
        return itself
    pairs = pairs.drop_nulls("twin")
    itself[pairs["twin"].to_numpy()] = pairs["number"].to_numpy()
    return itself


def without_accents(texts: pl.Series) -> pl.Series:
    """Leave out the marks of Latin letters in folded texts.

    Examples
    --------
    >>> without_accents(pl.Series(["mật khẩu", "łódź", "парол"])).to_list()
    ['mat khau', 'lodz', 'парол']
    """
    is_marked = texts.str.contains(r"[\p{Latin}--a-z]|\p{Latin}\p{M}")
    plain = texts.str.normalize("NFD").str.replace_all(r"(\p{Latin})\p{M}+", "${1}").str.replace_many(_WITHOUT_MARKS)
    return plain.zip_with(is_marked, texts)
