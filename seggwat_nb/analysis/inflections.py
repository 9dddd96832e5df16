r"""Finds which words are forms of one word, from the words themselves.

No language is known here. In *пароль*, *пароля*, *сеть*, *сети* and many more, the same endings take turns after the
same beginning. Two endings that do so after several beginnings are taken for inflection (Goldsmith 2001, "Unsupervised
Learning of the Morphology of a Natural Language", Computational Linguistics 27, 153-198), and words that only differ in
such endings for forms of one, even if a form occurs only once. In Hebrew, Arabic and Ethiopic, articles and
prepositions are written with the word, as in *הקובץ* and *לקובץ*, so there, beginnings are treated like endings. Their
articles, *and*, *in* and *to* are known, so that a single pair of words shows them in texts of few words.
Elsewhere a beginning changes the meaning, as in *read* and *unread*, and so does the Persian *ن* (not).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["ATTACHING", "merge_inflections"]

ATTACHING: Final = "\u0590-\u06ff\u0750-\u077f\u1200-\u139f"
"""Hebrew, Arabic and Ethiopic, as a range of a regular expression. They have few vowels, so words are short."""

_LONGEST: Final = 4
"""Maximum number of letters of a beginning or an ending. Marks, such as the vowels of Indic scripts, are none."""

_STEM: Final = 4
_SHORT_STEM: Final = 3
"""Minimum length of a word without its ending, and the same in scripts with few vowels."""

_NEGATION: Final = "ن"

_ATTACHED: Final = (
    r"^(?:\x{5D5}?(?:(?:כ?ש|מ)ה|[בל]?ה?)\+\p{Hebrew}{4,}|[وف]?[بل]?\+\p{Arabic}{4,}|(?:[وف]?(?:[بك]?ال|لل))?\+\p{Arabic}{3,}"
    r"|(?:[የበለከ]|ስለ|እንደ)?\+\p{Ethiopic}{3,})$"
)
"""Articles, conjunctions and prepositions, a plus sign and the word that they are written with, if it is long enough
for what begins alike not to be another word, as *מידע* (information) is besides *ידע* (knew)."""

_FEWEST: Final = 2
"""Minimum number of texts with a word that others can join. Those of a single text are mostly typos and names."""

_MOST_FORMS: Final = 100
"""Maximum number of endings of a stem. More are words that only begin alike, and each would be compared with all."""

_PRODUCTIVE: Final = 3
"""Number of words after which two endings take turns by more than chance."""


def merge_inflections(words: pl.Series, counts: Floats, *, joined: Integers | None = None) -> Integers:
    """Return for each word the number of the word that stands for all of its forms.

    That is the one without an ending, or the most frequent one.

    Parameters
    ----------
    words
        Folded words (String), each once.
    counts
        The number of texts with each.
    joined
        For each word the number of one that is known to stand for it. None: itself.

    Examples
    --------
    >>> words = pl.Series("парол|ь парол|я модел|ь модел|я кабел|ь кабел|я парол|ик".replace("|", "").split())
    >>> words.gather(merge_inflections(words, np.array([9.0, 5, 5, 5, 5, 6, 1]))).to_list()
    ['пароль', 'пароль', 'модель', 'модель', 'кабеля', 'кабеля', 'паролик']
    """
    stands_for = np.arange(words.len()) if joined is None else joined
    attaching = words.str.contains(f"^[{ATTACHING}]").any()
    for at_front in (True, False) if attaching else (False,):
        cuts = _cuts(words, counts, at_front=at_front)
        stands_for = _detach_affixes(cuts, words.len())[stands_for] if at_front else stands_for
        turns = _turns(cuts.filter(pl.col("count") >= _FEWEST), at_front=at_front)
        total = np.bincount(stands_for, counts, words.len()).astype(np.float64)
        stands_for = _join_stems(cuts, total, turns)[stands_for]
    return stands_for


def _cuts(words: pl.Series, counts: Floats, *, at_front: bool) -> pl.DataFrame:
    """Cut up to four letters, with their marks, off words: ``part``, and ``stem`` without it."""
    table = pl.DataFrame({"word": np.arange(words.len()), "text": words, "count": counts}).filter(
        pl.col("text").str.contains(r"^[\p{L}\p{M}'\x22]+$")
    )
    is_attaching = pl.col("text").str.contains(f"^[{ATTACHING}]")
    table = table.filter(is_attaching) if at_front else table
    marked = table.filter(pl.col("text").str.contains(r"\p{M}"))
    longest = 2 * _LONGEST if marked.height else _LONGEST
    cuts = pl.concat(
        _cut_letters(table if size <= _LONGEST else marked, size, at_front=at_front) for size in range(longest + 1)
    ).filter(pl.col("part").str.count_matches(r"\P{M}") <= _LONGEST)
    shortest = pl.when(pl.col("stem").str.contains(f"^[{ATTACHING}]")).then(_SHORT_STEM).otherwise(_STEM)
    cuts = cuts.filter(pl.col("stem").str.len_chars() >= shortest)
    cuts = cuts.filter(~pl.col("part").str.contains(_NEGATION)) if at_front else cuts
    return cuts.filter(pl.len().over("stem").is_between(2, _MOST_FORMS))


def _detach_affixes(cuts: pl.DataFrame, words: int) -> Integers:
    """Return for each word the one without what is attached, or of several with the same stem, the most frequent."""
    itself = np.arange(words)
    known = cuts.filter(pl.format("{}+{}", "part", "stem").str.contains(_ATTACHED))
    known = known.filter(pl.len().over("stem") > 1, pl.col("count").max().over("stem") >= _FEWEST)
    best = known.sort(pl.col("stem").str.len_chars(), "stem").unique("word", keep="first", maintain_order=True)
    best = best.sort(pl.col("part") == "", "count", "word", descending=[True, True, False])
    itself[best["word"].to_numpy()] = best.select(pl.col("word").first().over("stem")).to_series().to_numpy()
    return itself


def _turns(cuts: pl.DataFrame, *, at_front: bool) -> pl.DataFrame:
    """Return each ``part`` and another one, ``part_other``, that takes turns with it."""
    edge = (pl.col(name).str.slice(-1 if at_front else 0, 1) for name in ("part", "part_other"))
    pairs = cuts.join(cuts, on="stem", suffix="_other").filter(pl.Expr.ne(*edge))
    return pairs.group_by("part", "part_other").len().filter(pl.col("len") >= _PRODUCTIVE).drop("len")


def _join_stems(cuts: pl.DataFrame, counts: Floats, turns: pl.DataFrame) -> Integers:
    itself = np.arange(counts.size)
    cuts = cuts.with_columns(count=pl.Series(counts).gather(cuts["word"])).filter(pl.col("count") > 0)
    cuts = cuts.filter(pl.col("count").max().over("stem") >= _FEWEST)
    pairs = cuts.join(cuts, on="stem", suffix="_other").join(turns, on=["part", "part_other"], how="semi")
    pairs = pairs.filter(pl.max_horizontal("count", "count_other") >= _FEWEST)
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


def _cut_letters(table: pl.DataFrame, size: int, *, at_front: bool) -> pl.DataFrame:
    """Cut a number of letters off words: ``part``, and ``stem`` without it."""
    text = pl.col("text")
    part, stem = (
        (text.str.head(size), text.str.slice(size)) if at_front else (text.str.tail(size), text.str.head(-size))
    )
    if not size:
        part, stem = pl.lit(""), text
    return table.select("word", "count", part=part, stem=stem)
