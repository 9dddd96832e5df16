"""Makes user text harmless for programs that interpret it: no mentions, links, images or layout."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["JOINER", "inert", "one_line", "readable"]

JOINER: Final = "\u2060"
"""Word joiner: invisible, and prevents the characters around it from being interpreted together."""

_LIVE: Final = (
    (r"([@＠#!])", f"${{1}}{JOINER}"),  # including the full-width at sign
    ("://", f":{JOINER}//"),
    (r"(?i)([w\u{FF57}]{3})\.", f"${{1}}{JOINER}."),
    (r"([\p{L}\p{N}])\.(\p{L}{2})", f"${{1}}{JOINER}.${{2}}"),
    (r"(?i)(\bgh)-(\d)", f"${{1}}{JOINER}-${{2}}"),
)
"""What starts a mention, a reference or a link."""


_LONGEST_STACK: Final = 8
"""Maximum number of combining marks on a letter. Burmese and Tibetan words have up to five."""


def readable(text: pl.Expr) -> pl.Expr:
    r"""Remove control characters, characters that change the text direction, and stacks of combining marks.

    Accents that fit any letter are cut after the second one, and marks of a script, such as Burmese, after the eighth.

    Examples
    --------
    >>> frame = pl.DataFrame({"message": ["Invoice \u202egpj.exe\x07\r\nis here"]})
    >>> frame.select(readable(pl.col("message")))["message"].to_list()
    ['Invoice gpj.exe\nis here']
    """
    return (
        text.str.replace_all(r"\r\n?|[\u{2028}\u{2029}\u{85}]", "\n")
        .str.replace_all(r"[\p{Cc}--\n\t]|[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{200E}\u{200F}]", "")
        .str.replace_all(r"([\p{M}&&\p{Inherited}]{2})[\p{M}&&\p{Inherited}]+", "${1}")
        .str.replace_all(rf"(\p{{M}}{{{_LONGEST_STACK}}})\p{{M}}+", "${1}")
    )


def one_line(text: pl.Expr, *, most: int) -> pl.Expr:
    r"""Put a text on one line of at most `most` characters.

    Examples
    --------
    >>> frame = pl.DataFrame({"message": ["Two\n\nlines", "and a longer one"]})
    >>> frame.select(one_line(pl.col("message"), most=10))["message"].to_list()
    ['Two lines', 'and a lon…']
    """
    line = readable(text).str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(line.str.len_chars() > most).then(line.str.slice(0, most - 1) + "…").otherwise(line)


def inert(text: pl.Expr) -> pl.Expr:
    r"""Prevent chats and issue trackers from interpreting special characters. They look unchanged.

    Examples
    --------
    >>> frame = pl.DataFrame({"message": ["@all see https://evil.example"]})
    >>> frame.select(inert(pl.col("message")).str.replace_all("\u2060", "·"))["message"].to_list()
    ['@·all see https:·//evil·.example']
    """
    for pattern, instead in _LIVE:
        text = text.str.replace_all(pattern, instead)
    return text
