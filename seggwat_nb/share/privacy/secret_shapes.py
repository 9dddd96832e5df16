"""Recognizes passwords and keys by their look: values that do not occur in ordinary sentences."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import Final

__all__ = ["IS_PLAIN", "SHORTEST", "looks_drawn", "looks_mixed", "looks_random", "looks_secret"]

SHORTEST: Final = 6
"""Minimum length of a password without digits."""


def looks_secret(value: str) -> bool:
    """Return whether a word may be a password. Plain words and numbers are not.

    Examples
    --------
    >>> [looks_secret(value) for value in ("hunter2!x", "Chat0nNoir", "wrong", "2024", "falsch!")]
    [True, True, False, False, False]
    """
    if value.isalpha() and value[1:].islower():
        return False  # as most words are, and to look at each of their characters takes long
    letters = sum(char.isalpha() for char in value)
    digits = sum(char.isdigit() for char in value)
    body = value.rstrip(".,;:!?…")
    signs = sum(not char.isalnum() for char in body.strip("\"'()[]<>-–/"))
    if _IS_CODE.fullmatch(value):
        return False
    if letters and digits:
        return len(value) >= 5 and not IS_PLAIN.fullmatch(value)
    if letters and signs:
        return len(body) >= SHORTEST and _IS_PHRASE.fullmatch(body) is None
    inner = sum(char.isupper() for char in value[1:])
    return len(value) >= 8 and 0 < inner < letters - 1 and digits == 0 and _IS_CAMEL.fullmatch(_plain(value)) is None


def _plain(value: str) -> str:
    """Replace letters that are not of the English alphabet by others of the same case."""
    return value if value.isascii() else re.sub(r"[^\W\d_]", lambda one: "A" if one[0].isupper() else "a", value)


_IS_CODE: Final = re.compile(
    r"[A-Z]+\d*(?:_[A-Z0-9]+)+|[A-Za-z][\w:-]*=[\"'].*|[A-Za-z_][\w.]*[\[(].*|[$%<{]+[\w.-]+[%>}]*|%\(\w+\)[sd]?|[^\W\d_]*</?[a-z]+\d?"
)
"""Names of constants, attributes, calls and placeholders, as in source code, and words with a tag."""
IS_PLAIN: Final = re.compile(
    r"(?i)\d+(?:st|nd|rd|th|er|[eè]me|ms|s|sec|min|h|hrs?|d|x|px|kb|mb|gb|tb|k|m|km|cm|mm|%|times|mal|days?)|v?\d+(?:\.\d+)+[a-z]?\d*|"
    r"[a-z]{1,3}\d{1,2}|\d{4}-\d\d(?:-\d\d)?|(?:ios|android|windows|win|macos|chrome|firefox|safari|iphone|ipad|galaxy|pixel|version|"
    r"step|page|level|build|error|http|oauth|sha|md|utf|base|web|x|mp|h)[ -]?\d+\w?"
)
_IS_PHRASE: Final = re.compile(
    r"(?i)[^\W\d_]+(?:['’\-/&.:,()+@…]+[^\W\d_]+)*|[^\W\d_]+[^\w]+|https?:.*|/.*|[\w.+-]+@[\w.-]+"
)
_IS_CAMEL: Final = re.compile(r"[A-Z]?[a-z]+(?:[A-Z][a-z]+)+|[A-Z]+s?|Mc[A-Z][a-z]+")


def looks_random(value: str) -> bool:
    """Return whether a long string of characters looks random.

    Examples
    --------
    >>> looks_random("1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"), looks_random("task-management-is-broken-again")
    (True, False)
    """
    core = value.rstrip("=")
    if len(core) < 20:
        return False
    digits = sum(char.isdigit() for char in core)
    letters = [char for char in core if char.isalpha()]
    if not digits or not letters:
        return False
    pieces = [piece for piece in re.split(r"[-_/+~]", core) if piece]
    if (
        len(pieces) > 2 and sum(_IS_WORD.fullmatch(piece) is not None for piece in pieces) >= len(pieces) - 1
    ):  # two words are not a phrase
        return False  # Words and numbers, as in the names of pages and branches.
    counts = Counter(core)
    entropy = -sum(n / len(core) * math.log2(n / len(core)) for n in counts.values())
    if re.fullmatch(r"[0-9a-fA-F]+", core):
        return len(core) >= 32 and entropy > 2.5
    both_cases = any(char.isupper() for char in letters) and any(char.islower() for char in letters)
    changes = sum(_kind(before) != _kind(after) for before, after in pairwise(core))
    return entropy > 3.3 and (both_cases or digits >= len(core) / 6) and changes >= len(core) / 5


def looks_drawn(value: str) -> bool:
    """Return whether a shorter string mixes upper case, lower case and digits as only random ones do."""
    kinds = {_kind(char) for char in value}
    changes = sum(_kind(before) != _kind(after) for before, after in pairwise(value))
    return len(value) >= 12 and value.isalnum() and kinds == {"d", "u", "l"} and changes >= len(value) / 3


def looks_mixed(value: str) -> bool:
    """Return whether a string has more capitals inside than any word."""
    body = value.rpartition("_")[2].rpartition("-")[2]
    return sum(before.islower() and after.isupper() for before, after in pairwise(body)) > 2  # camel case has fewer


_IS_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def _kind(char: str) -> str:
    return "d" if char.isdigit() else "u" if char.isupper() else "l" if char.islower() else "s"
