"""Helpers for words that announce a secret: whether one is a separate word, and which words follow it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.finders import Candidate, is_letter

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IS", "MY", "SCAN", "SETS", "TOKEN", "is_word_beginning", "stands_alone", "words_after"]

TOKEN: Final = "[token]"  # noqa: S105  # the replacement

SCAN: Final = 64
"""How many characters after a word are searched."""
IS: Final = r"is|was|are|ist|war|lautet|est|es|era|è|é|är|er|var|on|oli|to|jest|je|bolo|este|e|yra|ir|là|adalah|ialah|ni|είναι|это|є|це|هو|هي|היא|הוא|है|হল|হলো|คือ|は|が|是|为|為"
"""Words for "is"."""
SETS: Final = r"[:=→⇒⇨➔➙➜➝➞➡⟶⟹←⇐]|[-=~]{1,2}>|>>"
"""What people put between a name and its value: a colon, an equals sign or an arrow."""
MY: Final = r"my|your|mein|dein|ihr|mon|ton|votre|mi|tu|su|meu|seu|mio|tuo|mijn|jouw|uw|min|din|mitt|ditt|mój|twój|můj|váš|teu|мой|ваш|твой|мій|твій|我的|您的|你的|내|제|あなたの"
"""Words for "my" and "your"."""
_WORD: Final = re.compile(r"[!-~\u00a1-\u052f\u1e00-\u1fff]+")
"""Passwords are typed in alphabetic scripts. Text in Chinese or Thai is not a password, and separates words."""
_EDGES: Final = "\"'`()[]{}<>,;:!?。、」「»«“”.*"
_MOST_WORDS: Final = 8
"""How many words after an announcing word are searched for the secret."""


def words_after(candidate: Candidate) -> Iterator[tuple[int, int, str]]:
    """Yield the following words on the line, without surrounding punctuation, with their positions."""
    after = re.split(r"[\n。！？]", candidate.text[candidate.end : candidate.end + SCAN + 400], maxsplit=1)[0]
    for number, match in enumerate(_WORD.finditer(after)):
        if number == _MOST_WORDS or match.start() > SCAN:
            return
        word = match[0].lstrip(_EDGES + "=-–—")
        start = candidate.end + match.end() - len(word)
        kept = word.rstrip(_EDGES)
        if kept:
            yield start, start + len(kept), word


def stands_alone(candidate: Candidate) -> bool:
    """Return whether a matched word is separate, or part of a variable name."""
    before = candidate.text[candidate.start - 1 : candidate.start]
    return not before or not before.isalpha() or before >= "\u0530" or candidate.value[:1] >= "\u0530"


def is_word_beginning(candidate: Candidate) -> bool:
    """Return whether the matched word is only the beginning of a longer word."""
    return candidate.ends_inside_a_word and is_letter(candidate.value[-1]) and candidate.text[candidate.end].isalpha()
