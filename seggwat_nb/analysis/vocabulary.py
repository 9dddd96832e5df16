"""What messages are compared by: their words and phrases, and parts of words that several words share.

In many languages, words change by their endings, as *рахунок* does to *рахунки* and *рахунків*, so messages are also
compared by the first four letters of words. In others, words change at their beginning or within, as the Zulu
*inkokhelo* does to *izinkokhelo*, or the Tagalog *bayaran* to *binayaran*, so they are compared by five letters
anywhere, too, if words that begin differently share them (McNamee, Nicholas and Mayfield 2009, "Addressing
morphological variation in alphabetic languages", SIGIR, 75-82). Accents of Latin letters make no difference there, as
they come and go: *plată*, *plății*. In other scripts, a letter includes its marks, such as the vowels of Indic ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import polars as pl

from seggwat_nb.analysis.accents import without_accents

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Floats, Integers
    from seggwat_nb.analysis.tokens import Terms

    Sparse: TypeAlias = Any  # scipy.sparse, which has no useful annotations

__all__ = ["BEGINNING", "Vocabulary"]

BEGINNING: Final = 4
"""Number of letters of a word's beginning by which messages are compared."""

_INSIDE: Final = 5
"""Number of letters anywhere in a word by which messages are compared."""

_LESS: Final = 0.5
"""Weight of letters anywhere in a word, of which a word has several."""

_MOST_WORDS: Final = 10
"""Maximum number of words that have the same letters within. More share an ending, such as *-ation*."""

_LETTER: Final = (
    r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Armenian}\p{Georgian}\p{Bengali}\p{Devanagari}\p{Gujarati}\p{Gurmukhi}"
    r"\p{Kannada}\p{Malayalam}\p{Oriya}\p{Sinhala}\p{Tamil}\p{Telugu}--\p{M}]\p{M}*"
)
"""A letter of a script whose words change, with its marks."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of messages, and the parts that several words share."""

    terms: Terms
    has: Sparse
    """One row per message, one column per term, then one per part."""

    weight: Floats
    """The weight of each column."""

    words: list[Integers]
    """The numbers of the words with each part."""

    @classmethod
    def of(cls, terms: Terms) -> Vocabulary:
        """Add the parts that several words share."""
        from scipy import sparse

        size, part = terms.names.len(), pl.col("part")
        plain = without_accents(terms.names)
        parts = [_beginnings(plain), _insides(plain)]
        shared = pl.concat(one.with_columns(number=part.rank("dense") - 1) for one in parts)
        number = shared["number"].to_numpy().astype(np.int64)
        number[parts[0].height :] += parts[0]["part"].n_unique()
        cells = (shared["term"].to_numpy(), number)
        counts = [one["part"].n_unique() for one in parts]
        has: Sparse = terms.has @ sparse.csr_array((np.ones(shared.height, np.int32), cells), shape=(size, sum(counts)))
        has.data[:] = 1
        words = shared.with_columns(number=number).group_by("number").agg("term").sort("number")["term"]
        return cls(
            terms, sparse.hstack([terms.has, has], format="csr"),
            np.repeat([1.0, 1.0, _LESS], [size, *counts]), [one.to_numpy() for one in words],
        )  # fmt: skip


def _beginnings(names: pl.Series) -> pl.DataFrame:
    """Return which words begin with the same letters: ``term``, its number, and ``part``."""
    found = pl.DataFrame(
        {"term": np.arange(names.len()), "part": names.str.extract(rf"^((?:{_LETTER}){{{BEGINNING}}})[^ ]*$")}
    )
    return found.drop_nulls().filter(pl.len().over("part") > 1)


def _insides(names: pl.Series) -> pl.DataFrame:
    """Return which words that begin differently have the same letters anywhere: ``term`` and ``part``."""
    letter, start, part = pl.col("letter"), pl.col("start"), pl.col("part")
    words = pl.DataFrame({"term": np.arange(names.len()), "word": names})
    words = words.filter(pl.col("word").str.contains(rf"^(?:{_LETTER}){{{_INSIDE},}}$"))
    words = words.select(
        "term",
        letter=pl.col("word").str.extract_all(_LETTER),
        start=pl.col("word").str.extract(f"^((?:{_LETTER}){{{BEGINNING}}})"),
    ).explode("letter")
    runs = words.select(
        "term", "start", part=pl.concat_str(letter.shift(-step).over("term") for step in range(_INSIDE))
    )
    runs = runs.drop_nulls().unique(maintain_order=True)
    return runs.filter(pl.len().over("part") <= _MOST_WORDS, start.n_unique().over(part) > 1).select("term", "part")
