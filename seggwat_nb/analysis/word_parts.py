"""Parts of words with several forms: each frequent form by itself, and the words that begin alike.

So *charger* is a term although it counts as *charge*, and so are all words that begin with *charger*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["find_parts"]

_LAST_LETTER: Final = r"\P{M}\p{M}*$"

_SHORTEST_START: Final = 4
"""Minimum length of what several words begin with."""

_NEARLY_ALL: Final = 0.9
"""Share of a word's occurrences from which on a part of its forms is the word."""

_OUTWEIGHED: Final = 2
"""How often another word, with all of its forms, may occur in a group for each time that the one that names it does."""


def find_parts(
    words: pl.Series, counts: Floats, family: Integers, *, min_count: int
) -> tuple[pl.Series, Any]:  # scipy.sparse.csr_array
    """Return the names of parts of words and of groups of words, and which word is in which.

    A part is a frequent form of a word that has others. A group has the words that begin with a frequent one, or with
    all of it but its last letter, which may be an ending. Those with nearly the same occurrences as a term, a part or a
    narrower group are left out, and those that are mostly another word, such as *charges* in what begins like *chart*.
    """
    from scipy import sparse

    name, start, count, size = pl.col("name"), pl.col("start"), pl.col("count"), pl.col("size")
    table = pl.DataFrame({"member": np.arange(words.len()), "family": family, "text": words, "count": counts})
    table = table.with_columns(total=count.sum().over("family"))
    own = table.filter(count >= min_count).rename({"text": "name", "family": "root", "count": "itself"})
    alone = own.filter(pl.col("itself") < _NEARLY_ALL * pl.col("total")).select("member", "name", start=pl.lit(None))
    starts = pl.concat([own.with_columns(start=name), own.with_columns(start=name.str.replace(_LAST_LETTER, ""))])
    starts = starts.filter(start.str.len_chars() >= _SHORTEST_START).sort(
        name != start, "itself", "name", descending=[False, True, False]
    )
    starts = starts.unique("start", keep="first").drop("member")
    begins = table.with_columns(cut=pl.int_ranges(_SHORTEST_START, pl.col("text").str.len_chars() + 1)).explode("cut")
    begins = begins.drop_nulls("cut").select(
        "member", "family", "text", "count", start=pl.col("text").str.head(pl.col("cut"))
    )
    groups = begins.join(starts, on="start").with_columns(size=count.sum().over("start"))
    narrower = pl.when(pl.col("text").str.starts_with(name), (name != start) | (pl.col("text") == name)).then("count")
    same = pl.when(pl.col("family") == pl.col("root")).then("count").sum().over("start")
    groups = groups.filter(
        narrower.sum().over("start") < _NEARLY_ALL * size,
        same < _NEARLY_ALL * pl.max_horizontal("total", size),
        count.sum().over("start", "family").max().over("start") <= _OUTWEIGHED * same,
    )
    found = pl.concat([alone.cast({"start": pl.String}), groups.select("member", "name", "start")])
    found = found.with_columns(place=pl.struct("name", "start").rank("dense") - 1)
    cells = found["member"].to_numpy().astype(np.int32), found["place"].to_numpy().astype(np.int32)
    names = found.unique("place").sort("place")["name"]
    return names, sparse.csr_array((np.ones(found.height, np.int32), cells), shape=(words.len(), names.len()))
