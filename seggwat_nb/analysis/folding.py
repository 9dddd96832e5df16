"""Fold texts for search, so that equivalent spellings match, on every engine and in a browser.

Folding removes invisible characters (zero-width characters, soft hyphens, variation selectors), normalizes composed,
decomposed and full-width letters (NFKC, Unicode Standard Annex 15), and maps letters to lower case, then upper, then
lower again. Unicode calls this caseless matching (The Unicode Standard, section 3.13), and JavaScript has the same
mappings: ``ß`` becomes ``ss``, and the two Turkish letters i become one. Accents stay: ``e`` does not match ``é``.
Apostrophes, quotation marks and hyphens become those of a keyboard, since telephones write them in another way.

What readers of a script leave out at will makes no difference: the vowel signs of Arabic and Hebrew, the tatweel, the
hamza of an alef, the dots of a final Arabic yeh, the Persian and Urdu forms of yeh, kaf and heh, the Greek tonos, which
capitals do not have, the dots of the Russian ``ё``, and the Armenian marks within a word. Neither do spellings of one
sound: the letter of a Vietnamese syllable that bears its tone (``hóa``, ``hoá``), commas and cedillas in Romanian, and
in Devanagari candrabindu and anusvara, an anusvara and a nasal before a consonant of its kind, and the dot below
letters of loanwords (Larkey, Connell and Abduljaleel 2003, "Hindi CLIR in thirty days", ACM TALIP 2, 130-142). The
digits of other scripts are those of a keyboard, and the letters that Malayalam, Bengali and Yiddish texts have as one
character or as a sequence are the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["fold", "fold_all", "fold_texts"]


_MORE: Final = (
    r"[^\x00-\x7F\u{A1}-\u{A7}\u{A9}\u{AB}\u{AC}\u{AE}\u{B0}\u{B1}\u{B6}\u{B7}\u{BB}\u{BF}-\u{DE}\u{E0}-\u{12F}"
    r"\u{134}-\u{13E}\u{141}-\u{148}\u{14A}-\u{17E}\u{400}-\u{45F}\u{5D0}-\u{5EA}\u{621}-\u{64A}\u{3001}\u{3002}"
    r"\u{3041}-\u{3096}\u{30A1}-\u{30FA}\u{30FC}\u{4E00}-\u{9FFF}\u{AC00}-\u{D7A3}\u{2013}-\u{2016}"
    r"\u{2018}-\u{2023}\u{20AC}\u{1F300}-\u{1F64F}]"
)
"""Letters that need more than lower-casing: all except the most frequent ones of Europe, East Asia, Hebrew and Arabic.
Folding takes ten times as long as lower-casing, so it is only done if necessary."""


_ALIKE: Final = {
    **dict.fromkeys("\u2018\u2019\u201b\u02bb\u02bc\u2032\u055a\u05f3", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u05f4", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\u058a\u05be", "-"),
    **dict.fromkeys("\u0622\u0623\u0625\u0671", "\u0627"),
    **dict.fromkeys("\u0626\u0649\u06cc", "\u064a"),
    "\u0624": "\u0648",
    **dict.fromkeys("\u0629\u06c1\u06c3\u06d5", "\u0647"),
    "\u06a9": "\u0643",
    "\u0640": "",
    "\u0451": "\u0435",
    "\u0219": "\u015f",
    "\u021b": "\u0163",
    "\u0901": "\u0902",
    "\u0d7b\u0d4d": "\u0d28\u0d4d",
    "\u05f0": "\u05d5\u05d5",
    "\u05f1": "\u05d5\u05d9",
    "\u05f2": "\u05d9\u05d9",
    **{
        normalize("NFC", first + tone + second): normalize("NFC", first + second + tone)
        for first, second in ("oa", "oe", "uy")
        for tone in "\u0300\u0301\u0303\u0309\u0323"
    },
}
"""Punctuation that programs write in place of what people type, and letters of which people write one or the other."""

_SEQUENCES: Final = {
    **{
        f"{letter}\u0d4d\u200d": chr(0x0D7A + place)
        for place, letter in enumerate("\u0d23\u0d28\u0d30\u0d32\u0d33\u0d15")
    },
    "\u09a4\u09cd\u200d": "\u09ce",
}
"""Letters without a vowel in Malayalam and Bengali, as texts had them before Unicode 5.1, and as keyboards do."""

_ZEROS: Final = "\u0660\u06f0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u0f20\u1040\u17e0\u1810"
_DIGITS: Final = {chr(ord(zero) + digit): str(digit) for zero in _ZEROS for digit in range(10)}
"""The digits that people type in other scripts, whose decimal digits follow their zero."""

_OPTIONAL: Final = (
    r"[\u{55B}\u{55C}\u{55E}\u{591}-\u{5BD}\u{5BF}\u{5C1}\u{5C2}\u{5C4}\u{5C5}\u{5C7}"
    r"\u{610}-\u{61A}\u{64B}-\u{65F}\u{670}]+"
)
"""Marks within Armenian words, and the vowel signs of Hebrew and Arabic, including the hamza of a decomposed letter."""

_ACCENTED: Final = (
    r"([\u{3B1}\u{3B5}\u{3B7}\u{3B9}\u{3BF}\u{3C5}\u{3C9}]\u{308}?)\u{301}+|(\u{435})\u{308}+"
    r"|([\u{915}-\u{917}\u{91C}\u{92B}])\u{93C}+"
)
"""Greek vowels with a tonos, the Russian io, and Devanagari letters of loanwords with a dot, all decomposed."""

_NASAL: Final = (
    r"\u{919}\u{94D}([\u{915}-\u{918}])|\u{91E}\u{94D}([\u{91A}-\u{91D}])|[\u{923}\u{928}]\u{94D}([\u{91F}-\u{922}])"
    r"|\u{928}\u{94D}([\u{924}-\u{927}])|\u{92E}\u{94D}([\u{92A}-\u{92D}])"
)
"""Nasals in Devanagari before a stop of their kind, for which people also write an anusvara."""

_ACUTE: Final = " \N{COMBINING ACUTE ACCENT}"
"""An acute accent by itself, in its normal form. People type it as an apostrophe."""


def fold(text: str) -> str:
    """Fold one text.

    Examples
    --------
    >>> fold("STRASSE") == fold("Straße"), fold("Cafe\N{COMBINING ACUTE ACCENT}") == fold("CAFÉ")
    (True, True)
    >>> fold("İstanbul"), fold("\N{FULLWIDTH LATIN CAPITAL LETTER A}pp"), fold("cra\N{SOFT HYPHEN}sh")
    ('istanbul', 'app', 'crash')
    """
    return fold_all([text])[0]


def fold_all(texts: Sequence[str]) -> list[str]:
    """Fold some texts, such as the values of a column. Those in ASCII take no time.

    Examples
    --------
    >>> fold_all(["Bug", "Déjà Vu"])
    ['bug', 'déjà vu']
    """
    if all(map(str.isascii, texts)):
        return [text.lower() for text in texts]
    return list(_fold_all(tuple(texts)))


@lru_cache(maxsize=64)
def _fold_all(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold_texts(pl.Series(texts, dtype=pl.String)))


def fold_texts(texts: pl.Series) -> pl.Series:
    """Fold a column of texts (String). Null stays null."""
    lowered = texts.str.to_lowercase().str.replace_many(_ALIKE)
    rows = (texts.str.len_bytes() != texts.str.len_chars()).fill_null(value=False).arg_true()
    rows = rows.filter(texts.gather(rows).str.contains(_MORE))
    return lowered.scatter(rows, _fold_distinct(texts.gather(rows))) if rows.len() else lowered


def _fold_distinct(texts: pl.Series) -> pl.Series:
    return (
        texts.str.replace_many(_SEQUENCES)
        .str.replace_all(r"\p{Default_Ignorable_Code_Point}+", "")
        .str.normalize("NFKD")
        .str.replace_all(_OPTIONAL, "")
        .str.to_lowercase()
        .str.to_uppercase()
        .str.to_lowercase()
        .str.replace_all(_ACCENTED, "${1}${2}${3}")
        .str.replace_all(_NASAL, "\N{DEVANAGARI SIGN ANUSVARA}${1}${2}${3}${4}${5}")
        .str.normalize("NFKC")
        .str.replace_all("i\N{COMBINING DOT ABOVE}", "i", literal=True)
        .str.replace_all("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}", literal=True)
        .str.replace_all(_ACUTE, "'", literal=True)
        .str.replace_many(_ALIKE | _DIGITS)
    )
