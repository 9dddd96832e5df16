"""The kinds of what rises in texts, as `seggwat_nb.themes.rising` names them."""

from __future__ import annotations

from typing import Final

__all__ = ["LANGUAGE", "TOPIC", "WORDS"]

WORDS: Final = "words"
"""A word or phrase, which all items have."""

TOPIC: Final = "topic"
"""Similar messages."""

LANGUAGE: Final = "language"
"""Messages in a language, whose English name is the term."""
