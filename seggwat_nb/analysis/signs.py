"""Words that have signs in them: *C++*, *F#*, *A/B*, *R&D*, *AT&T*.

Elsewhere, a sign separates words, and a single letter is none. So these words would be lost, or split into others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seggwat_nb.analysis.unspaced import UNSPACED

if TYPE_CHECKING:
    import polars as pl

__all__ = ["SIGNED", "without_spaces"]

_LETTER: Final = rf"[\p{{L}}--[{UNSPACED}]]"
_SHORT: Final = rf"[\p{{L}}\p{{N}}--[{UNSPACED}]]{{1,3}}"

SIGNED: Final = rf"\b{_LETTER}(?:\+\+|#)|\b{_LETTER}(?:/{_LETTER})+\b|\b{_SHORT}(?:&{_SHORT})+\b"
"""A letter with two plus signs or a number sign, letters with slashes, or short words with ampersands."""

_APART: Final = rf"\b({_LETTER}) & ({_LETTER})\b"


def without_spaces(texts: pl.Series) -> pl.Series:
    """Write letters with an ampersand between them as one word.

    Examples
    --------
    >>> import polars as pl
    >>> without_spaces(pl.Series(["r & d", "me & you"])).to_list()
    ['r&d', 'me & you']
    """
    rows = texts.str.contains(" & ", literal=True).arg_true()
    return texts.scatter(rows, texts.gather(rows).str.replace_all(_APART, "${1}&${2}")) if rows.len() else texts
