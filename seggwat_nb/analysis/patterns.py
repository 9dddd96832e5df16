"""Chooses patterns for a theme that is to have the items of a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.common_terms import beginning
from seggwat_nb.analysis.folding import folded
from seggwat_nb.analysis.inflections import ATTACHING
from seggwat_nb.analysis.naming import NEARLY_ALL
from seggwat_nb.analysis.rising import TOPIC
from seggwat_nb.analysis.taxonomy import Theme, literals, matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["patterns_of"]

_ATTACHING: Final = re.compile(f"[{ATTACHING}]")

_MOST: Final = 0.5
_STEM: Final = 4
"""Minimum length of a word that gets a ``*``."""

_ENDING: Final = 2
"""Maximum length of an ending that a ``*`` replaces, if nearly all other forms of the word begin alike."""


def patterns_of(row: dict[str, Any], frame: pl.DataFrame) -> dict[str, str]:
    """Return terms of a finding with their patterns: that of a word, or those that tell a topic's messages apart.

    Parameters
    ----------
    row
        A finding of `seggwat_nb.themes.rising`.
    frame
        The feedback in which it was found: ``id``, ``message`` and ``created_at``.

    Examples
    --------
    >>> messages = ["Set the alarm", "Set an alarm", "New alarm!", "Set a timer", "Set the table"]
    >>> frame = pl.DataFrame({"id": [*"abcde"], "message": messages, "created_at": [0] * 5})
    >>> patterns_of({"kind": "topic", "term": "set", "terms": ["alarm"], "ids": [*"abc"]}, frame)
    {'alarm': 'alarm*'}
    """
    frame = frame.select("message", id=pl.col("id").cast(pl.String), at="created_at")
    is_mine = pl.col("id").is_in(row["ids"])
    mine = frame.filter(is_mine)
    items = mine.select(folded=folded(mine["message"].cast(pl.String).fill_null("")), who="id")
    if row["kind"] == TOPIC:
        since = frame.filter(is_mine | (pl.col("at") >= mine["at"].min()))
        return _telling((row["term"], *row["terms"]), items, since, since.select(is_mine).to_series().to_numpy())
    term = row["term"]
    start = beginning(term, items)
    forms = [_pattern(term), *([f"{start}*"] if start else []), *([f"*{term}*"] if _ATTACHING.match(term) else [])]
    shares = _holding(forms, mine).mean(axis=0).tolist() if mine.height else [0.0] * len(forms)
    enough = (form for form, share in zip(forms, shares, strict=True) if share >= NEARLY_ALL)
    return {term: next(enough, forms[shares.index(max(shares))])}


def _telling(terms: Sequence[str], items: pl.DataFrame, frame: pl.DataFrame, mine: NDArray[np.bool_]) -> dict[str, str]:
    """Add the pattern that raises the F-score most, until none does and most of a topic's messages match."""
    patterns: dict[str, str] = {}
    for term in terms:
        start = beginning(term, items)
        is_ending = len(start) > _STEM and len(term) - len(start) <= _ENDING
        pattern = f"{start}*" if is_ending else _pattern(term)
        if pattern not in patterns.values():
            patterns[term] = pattern
    holding = dict(zip(patterns, _holding([*patterns.values()], frame).T, strict=True))
    held, best, chosen = np.zeros(mine.size, np.bool_), 0.0, list[str]()
    while holding:
        scores = {
            term: 2 * float((mine & (held | has)).sum()) / max(float((held | has).sum() + mine.sum()), 1.0)
            for term, has in holding.items()
        }
        term = max(scores, key=lambda one: scores[one])
        if chosen and scores[term] <= best and (mine & held).sum() > _MOST * mine.sum():
            break
        held, best = held | holding.pop(term), scores[term]
        chosen.append(term)
    return {term: patterns[term] for term in chosen}


def _holding(patterns: Sequence[str], frame: pl.DataFrame) -> NDArray[np.bool_]:
    """Return which messages match which patterns."""
    return matches(frame["message"], frame["id"], [Theme(name=one, any=(one,)) for one in patterns])


def _pattern(term: str) -> str:
    """Add a ``*`` to the words of a term, since a term includes their short endings."""
    if not literals([term])[0].endswith(" "):
        return term  # in a script without spaces
    return " ".join(f"{word}*" if len(word) >= _STEM else word for word in term.split())
