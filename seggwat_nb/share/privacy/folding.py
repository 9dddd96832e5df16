"""Normalizes text to what a reader sees, with one form for all spellings of a character.

This way, an address is found even if it is written full-width, with a no-break space, as ``%40`` or as ``&#64;``.
Folded text is only used for finding. The original is what is shown.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

__all__ = ["NEEDS_FOLDING", "ROUNDS", "STILL_ESCAPED", "fold", "fold_characters", "starts"]

NEEDS_FOLDING: Final = r"[^\n\t\x20-\x7e]|%[0-9A-Fa-f]{2}|&(?:#\d|#[xX]|commat|period|nbsp)|\\u00|=\n|</?[a-zA-Z]|[0-9A-Za-z)] {2}[0-9A-Za-z(]|[0-9]\t[0-9]"
"""Matches anything in a text that may fold to something else, in Rust's syntax."""

STILL_ESCAPED: Final = (
    r"[%&<\x{300}-\x{36f}\x{3099}\x{309a}\x{1100}-\x{1112}]|\\u|=\n|[0-9A-Za-z)](?: {2}|[\t\x{b7}\x{2022}])[0-9A-Za-z(]"
)
"""Matches any folded text that may fold to something else if more levels of nested escapes are undone."""

_ESCAPE: Final = re.compile(
    r"%(?P<percent>[2-7][0-9A-Fa-f])|&(?P<entity>#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|commat|period|nbsp);|\\u(?P<code>00[2-7][0-9A-Fa-f])"
    r"|(?P<unseen>(?<!=)=\n(?=\S)|</?(?:b|em|i|mark|strong|u|wbr) ?/?>)"
    r"|(?P<block></?(?:br|div|li|p|tr)(?: [^<>\n]{0,80})?/?>)"
    r"|(?P<parts>[^\W\d_][\u0300-\u036f\u3099\u309a]{1,3}|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?)"
    r"|(?P<gap>(?:(?<=[\d+]\d)|(?<=\)))(?: {2}|[\u00b7\u2022])(?=\d\d|\()|(?<=\d{4})\t(?=\d{3})"
    r"|(?:(?<=[A-Z]{4})|(?<=[A-Z]\d\d))(?: {2}|[\u00b7\u2022])(?=[A-Z\d]{4}))",
    re.IGNORECASE,
)
"""Escaped characters; invisible text, which is the soft line breaks of mails (RFC 2045) and tags that only style text;
tags that begin a line; decomposed letters, as macOS writes them; and the gap between groups of digits if it is not a space. Fewer digits may be columns of a table."""
_MAY_ESCAPE: Final = re.compile(r"[%&\\<]|[\w)] {2}[\w(]")
"""Matches any printable ASCII text that has an escaped character."""

_ODD: Final = r"[^\n\t\x20-\x7e]"
"""A character that may fold to another."""

ROUNDS: Final = 3
"""How many levels of nested escapes are undone: ``%252540`` is an at sign."""

_SIGNS: Final = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-") | {
    "\u2018": "'",
    "\u2019": "'",
    "\u201b": "'",
    "\u00b4": "'",
    "\u201c": '"',
    "\u201d": '"',
}


_DRESSES: Final = "\ufe0e\ufe0f\u20e3"
"""Variation selectors and the key around a digit, which make an emoji of the sign before them: 5\ufe0f\u20e3."""


def fold(text: str, *, rounds: int = ROUNDS) -> str:
    r"""Fold a text.

    Parameters
    ----------
    text
        The original text.
    rounds
        How many levels of nested escapes are undone.

    Examples
    --------
    >>> fold("jo&#64;example\u200b.org"), fold("jo%2540example.org")
    ('jo@example.org', 'jo@example.org')
    """
    if text.isascii() and text.isprintable() and _MAY_ESCAPE.search(text) is None:
        return text  # as most IDs are, and to look at each of their characters takes long
    folded = text.translate(_FORMS)
    for _ in range(rounds):
        if _ESCAPE.search(folded) is None:
            break
        folded = _ESCAPE.sub(_resolve, folded)
    return folded


def fold_characters(texts: pl.Series) -> pl.Series:
    """Fold each character of texts, as `fold` does before it undoes escapes."""
    odd = texts.str.extract_all(_ODD).explode().drop_nulls().unique()
    forms = {char: _FORMS[ord(char)] or "" for char in odd}
    changed = {char: form for char, form in forms.items() if char != form}
    return texts.str.replace_many(list(changed), list(changed.values())) if changed else texts


def starts(text: str, *, rounds: int = ROUNDS) -> Sequence[int]:
    """Return the original position of each character of a folded text, and of its end."""
    places = [at for at, char in enumerate(text) if _FORMS[ord(char)] is not None]
    folded = text.translate(_FORMS)
    for _ in range(rounds):
        if _ESCAPE.search(folded) is None:
            break
        kept: list[int] = []
        end = 0
        for match in _ESCAPE.finditer(folded):
            kept += places[end : match.start()]
            signs = len(_resolve(match))
            is_same = signs == match.end() - match.start()
            kept += places[match.start() : match.end()] if is_same else [places[match.start()]] * signs
            end = match.end()
        places = kept + places[end:]
        folded = _ESCAPE.sub(_resolve, folded)
    return [*places, len(text)]


class _Forms(dict[int, str | None]):
    """Maps each character to its folded form, or to None if it is invisible. Filled on demand."""

    def __missing__(self, code: int) -> str | None:
        self[code] = form = _fold_character(chr(code)) or None
        return form


def _fold_character(char: str) -> str:
    """Fold a character to a single one, or to nothing if it is invisible."""
    kind = unicodedata.category(char)
    if "\x20" <= char <= "\x7e" or char in "\n\t":
        form = char
    elif char in _SIGNS:
        form = _SIGNS[char]
    elif kind == "Nd":
        form = str(unicodedata.decimal(char))
    elif kind == "Zs":
        form = " "
    elif kind in {"Zl", "Zp"} or char in "\r\x85":
        form = "\n"
    elif kind in {"Cf", "Cc"} or char in _DRESSES:
        form = ""
    elif kind in {"Co", "Cs", "Cn"}:
        form = "\ufffd"
    else:
        compatible = unicodedata.normalize("NFKC", char)
        form = compatible if len(compatible) == 1 else char
    return form


def _resolve(match: re.Match[str]) -> str:
    """Return the character that was meant, or nothing if it is invisible. Letters without a composed form stay."""
    if match["unseen"]:
        return match[0] if match[0] == "=\n" and _ends_a_name(match) else ""
    if match["block"]:
        return "\n"
    if match["gap"]:
        return " "
    if match["parts"]:
        whole = unicodedata.normalize("NFC", match["parts"])
        return whole if len(whole) == 1 else match["parts"]
    code = match["percent"] or match["code"]
    if code is None:
        # Invisible characters, and entities unknown in HTML, are dropped.
        return "".join(_FORMS[ord(char)] or "" for char in html.unescape(match[0])[:1])
    sign = chr(int(code, 16))
    return sign if sign.isprintable() else "\ufffd"


def _ends_a_name(match: re.Match[str]) -> bool:
    """Return whether an equals sign ends a line that is a name, whose value is on the next line: mails cut longer ones."""
    text, end = match.string, match.start()
    return _NAME.fullmatch(text, text.rfind("\n", 0, end) + 1, end) is not None


_NAME: Final = re.compile(r"[^\w\n<]{0,4}(?:<[^<>\n]{1,80}>)?(?:export )?[\w.-]{1,40}")

_FORMS: Final = _Forms()
