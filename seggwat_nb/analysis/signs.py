"""Words that have signs in them: *C++*, *F#*, *A/B*, *R&D*, *AT&T*, and versions such as *5.2.1*.

Elsewhere, a sign separates words, and a single letter or a number is none. So these words would be lost, or split.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seggwat_nb.analysis.unspaced import UNSPACED

if TYPE_CHECKING:
    import polars as pl

__all__ = ["SIGNED", "in_one_way"]

_LETTER: Final = rf"[\p{{L}}--[{UNSPACED}]]"
_SHORT: Final = rf"[\p{{L}}\p{{N}}--[{UNSPACED}]]{{1,3}}"

_VERSION: Final = r"[0-9]{1,6}(?:\.[0-9]{1,6}){2,3}\b"

SIGNED: Final = rf"\b{_LETTER}(?:\+\+|#)|\b{_LETTER}(?:/{_LETTER})+\b|\b{_SHORT}(?:&{_SHORT})+\b|\b{_VERSION}"
"""A letter with two plus signs or a number sign, letters with slashes, short words with ampersands, or a version of
three or four numbers: two may be a price."""

_APART: Final = rf"\b({_LETTER}) & ({_LETTER})\b"
_NAMED: Final = rf"\bv({_VERSION})"
_CODE: Final = rf"\b({_LETTER})-([0-9]{{2,6}})\b"
_LABELED: Final = r"(\p{L})(?:: ?| \()#?([0-9]{3,8})\b"

_WAYS: Final = (
    (" & ", _APART, "${1}&${2}"),
    ("v[0-9]", _NAMED, "${1}"),
    ("-[0-9]{2}", _CODE, "${1}${2}"),
    ("[:(][ #]?[0-9]{3}", _LABELED, "${1} ${2}"),
)


def in_one_way(texts: pl.Series) -> pl.Series:
    """Write letters with an ampersand between them as one word, and versions without a letter, in folded texts.

    The same goes for a letter and the number after a hyphen. No sign is left between a word and a number that it names.

    Examples
    --------
    >>> import polars as pl
    >>> in_one_way(pl.Series(["r & d", "me & you", "v5.2.1", "e-104", "error: 502", "at: 10:30"])).to_list()
    ['r&d', 'me & you', '5.2.1', 'e104', 'error 502', 'at: 10:30']
    """
    for where, pattern, written in _WAYS:
        rows = texts.str.contains(where).arg_true()
        texts = texts.scatter(rows, texts.gather(rows).str.replace_all(pattern, written)) if rows.len() else texts
    return texts
