"""Finds mentions of a person or an item in stored rows: in columns, in JSON and inside texts.

When in doubt, a row counts as a mention. A row removed by mistake comes back with the next full load, but a row missed
would stay forever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["mentions", "texts_that_mention"]

_LETTER: Final = r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{N}_]"
"""Characters that continue a word. Scripts without spaces are left out, since a name may directly follow their text."""

_SHORTEST: Final = 4
_SHORTEST_NUMBER: Final = 6


def mentions(value: str, columns: Iterable[str]) -> pl.Expr:
    """Return whether a row mentions a person or an item in any of its text columns.

    Parameters
    ----------
    value
        The ID or e-mail address to find. Addresses are found regardless of case, and also if percent-encoded.
    columns
        Names of String columns, which may contain JSON.

    Returns
    -------
    pl.Expr
        True where a column equals the value, contains it in JSON as a string or number, or contains it as a separate
        word. An ID that may be an ordinary word or number, such as ``sam`` or ``42``, is not searched for inside texts.

    Examples
    --------
    >>> rows = pl.DataFrame({"message": ["Write to Jo@Example.org!", "Thanks, Jo", None]})
    >>> rows.select(mentions("jo@example.org", ["message"])).to_series().to_list()
    [True, False, False]
    """
    return pl.any_horizontal(*(_in_text(pl.col(column), value).fill_null(value=False) for column in columns))


def texts_that_mention(value: str, texts: Iterable[str]) -> set[str]:
    """Return the texts, such as records in JSON, that mention a person or an item."""
    frame = pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})
    return set(frame.filter(mentions(value, ["text"]))["text"])


def _in_text(text: pl.Expr, value: str) -> pl.Expr:
    is_address = "@" in value
    folded = _normalize(text) if is_address else text.str.normalize("NFKC")
    wanted = pl.select(_normalize(pl.lit(value)) if is_address else pl.lit(value).str.normalize("NFKC")).item()
    in_json = msgspec.json.encode(wanted).decode()
    found = [text == value, folded == wanted, folded.str.contains(in_json, literal=True)]
    if value.isdecimal():
        found.append(text.str.contains(rf"[:\[,]\s*{value}\s*[,\]}}]"))
    if _is_distinctive(value):
        word = pl.escape_regex(wanted)
        found.append(folded.str.contains(rf"(?:^|{_not(_LETTER)}){word}(?:$|{_not(_LETTER)})"))
    return pl.any_horizontal(*found)


def _is_distinctive(value: str) -> bool:
    """Return whether a value is unlikely to occur in a text by chance."""
    if value.isdecimal():
        return len(value) >= _SHORTEST_NUMBER
    return len(value) >= _SHORTEST and re.search(r"[^\W\d_]", value) is not None and not value.isalpha()


def _normalize(text: pl.Expr) -> pl.Expr:
    """Normalize a text for comparing addresses: NFKC, lower case, without percent-encoding."""
    small = text.str.normalize("NFKC").str.to_lowercase()
    return small.str.replace_all("%40", "@", literal=True).str.replace_all("%2b", "+", literal=True)


def _not(characters: str) -> str:
    return "[^" + characters.removeprefix("[")
