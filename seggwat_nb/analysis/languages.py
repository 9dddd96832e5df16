"""Detects the language of texts.

py3langid (Lui and Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool", ACL) knows 142 languages.
Only the 116 with a code of two letters are asked for: the others are mostly close to one of these, and short English
texts would often be taken for Nigerian Pidgin. Its best guess is often wrong for short texts, but then its confidence
is low, so a guess needs a minimum confidence.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from seggwat_nb.analysis.own_text import own_text
from seggwat_nb.analysis.tokens import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["UNSURE", "languages"]

UNSURE: Final = "unsure"

_CONFIDENT: Final = 0.25
"""Minimum confidence of py3langid for its guess to count."""

_LETTERS: Final = 2
_NONE: Final = "zxx"
"""What is not in a language, by ISO 639."""


class _Guess(NamedTuple):
    language: str
    confidence: float


def languages(messages: pl.Series) -> pl.Series:
    """Return the ISO 639-1 code of each text's language, ``"unsure"``, or null for a text without a letter.

    Examples
    --------
    >>> languages(pl.Series(["Ich kann mich nicht anmelden", "ログインできない", "ok", "", None])).to_list()
    ['de', 'ja', 'unsure', None, None]
    """
    texts = _prose(messages.cast(pl.String))
    known = texts.filter(texts.str.contains(r"\p{L}")).unique()
    guess = _identifier()
    guesses = [_Guess(*guess(text)) for text in known]
    code = [one.language if one.confidence >= _CONFIDENT and one.language != _NONE else UNSURE for one in guesses]
    return texts.replace_strict(known, pl.Series(code, dtype=pl.String), default=None, return_dtype=pl.String)


def _prose(texts: pl.Series) -> pl.Series:
    """Return what authors wrote, without addresses, emoji and numbers. These are in no language, but change a guess."""
    own = own_text(texts).str.replace_all(f"(?i){ADDRESS}", " ")
    prose = own.str.replace_all(r"[^\w\p{P}\s]+|\b\d+\b", " ").str.replace_all(r"[\s\p{P}--['\x{2019}.,-]]+", " ")
    return prose.str.strip_chars().zip_with(prose.str.contains(r"\p{L}"), texts)


@cache
def _identifier() -> Callable[[str], tuple[str, float]]:
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.nb_classes if len(code) == _LETTERS or code == _NONE])
    found: Callable[[str], tuple[str, float]] = identifier.classify
    return found
