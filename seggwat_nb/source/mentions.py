"""Where a person or an item is named in stored rows: in a column, in JSON, inside a text.

A row too many is loaded again with the next full load; a row too few stays for ever. So in doubt a row counts.
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
"""What continues a word. Scripts that are written without blanks do not: a name may stand right beside them."""

_SHORTEST: Final = 4
_SHORTEST_NUMBER: Final = 6


def mentions(value: str, columns: Iterable[str]) -> pl.Expr:
    """Return whether a row names somebody or something in any of its text columns.

    Parameters
    ----------
    value
        The id or e-mail address of a person. Addresses are found in any case and percent-encoded.
    columns
        Names of String columns, JSON among them.

    Returns
    -------
    pl.Expr
        True where a column is the value, where JSON in it has the value as a text or number, and where the value stands
        in it as a word of its own. An id that may be an ordinary word or number, such as ``sam`` or ``42``, is not
        looked for inside of texts.

    Examples
    --------
    >>> rows = pl.DataFrame({"message": ["Write to Jo@Example.org!", "Thanks, Jo", None]})
    >>> rows.select(mentions("jo@example.org", ["message"])).to_series().to_list()
    [True, False, False]
    """
    return pl.any_horizontal(*(_in_text(pl.col(column), value).fill_null(value=False) for column in columns))


def texts_that_mention(value: str, texts: Iterable[str]) -> set[str]:
    """Return which of some texts, such as records in JSON, name somebody or something."""
    frame = pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})
    return set(frame.filter(mentions(value, ["text"]))["text"])


def _in_text(text: pl.Expr, value: str) -> pl.Expr:
    is_address = "@" in value
    folded = _folded(text) if is_address else text.str.normalize("NFKC")
    wanted = pl.select(_folded(pl.lit(value)) if is_address else pl.lit(value).str.normalize("NFKC")).item()
    in_json = msgspec.json.encode(wanted).decode()
    found = [text == value, folded == wanted, folded.str.contains(in_json, literal=True)]
    if value.isdecimal():
        found.append(text.str.contains(rf"[:\[,]\s*{value}\s*[,\]}}]"))
    if _is_distinctive(value):
        word = pl.escape_regex(wanted)
        found.append(folded.str.contains(rf"(?:^|{_not(_LETTER)}){word}(?:$|{_not(_LETTER)})"))
    return pl.any_horizontal(*found)


def _is_distinctive(value: str) -> bool:
    """Return whether it can hardly stand in a text by chance."""
    if value.isdecimal():
        return len(value) >= _SHORTEST_NUMBER
    return len(value) >= _SHORTEST and re.search(r"[^\W\d_]", value) is not None and not value.isalpha()


def _folded(text: pl.Expr) -> pl.Expr:
    """Write it as an address is compared: one form of each letter, small, without percent-encoding."""
    small = text.str.normalize("NFKC").str.to_lowercase()
    return small.str.replace_all("%40", "@", literal=True).str.replace_all("%2b", "+", literal=True)


def _not(characters: str) -> str:
    return "[^" + characters.removeprefix("[")
