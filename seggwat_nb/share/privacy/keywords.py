"""Words that announce a secret: whether one stands as a word of its own, and what stands behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.finders import Candidate, is_letter

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SCAN", "TOKEN", "is_word_beginning", "stands_alone", "words_behind"]

TOKEN: Final = "[token]"  # noqa: S105  # what stands there instead

SCAN: Final = 64
"""So many characters behind a word are looked at."""
_WORD: Final = re.compile(r"[!-~\u00a1-\u052f\u1e00-\u1fff]+")
"""Passwords are typed on a keyboard of letters; a sentence in Chinese or Thai is none, and parts the words around it."""
_EDGES: Final = "\"'`()[]{}<>,;:!?。、」「»«“”.*"
_MOST_WORDS: Final = 8
"""Words behind one that announces a secret among which it is looked for."""


def words_behind(candidate: Candidate) -> Iterator[tuple[int, int, str]]:
    """Return the words that follow on the line, trimmed of what stands around a value, with their places."""
    behind = re.split(r"[\n。！？]", candidate.text[candidate.end : candidate.end + SCAN + 400], maxsplit=1)[0]
    for number, match in enumerate(_WORD.finditer(behind)):
        if number == _MOST_WORDS or match.start() > SCAN:
            return
        word = match[0].lstrip(_EDGES + "=-–—")
        start = candidate.end + match.end() - len(word)
        kept = word.rstrip(_EDGES)
        if kept:
            yield start, start + len(kept), word


def stands_alone(candidate: Candidate) -> bool:
    """Return whether a marked word stands alone, or as a part of a variable's name."""
    before = candidate.text[candidate.start - 1 : candidate.start]
    return not before or not before.isalpha() or before >= "\u0530" or candidate.value[:1] >= "\u0530"


def is_word_beginning(candidate: Candidate) -> bool:
    """Return whether the word that was marked is only the beginning of one."""
    return candidate.ends_inside_a_word and is_letter(candidate.value[-1]) and candidate.text[candidate.end].isalpha()
