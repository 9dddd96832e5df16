"""Chooses patterns for a theme that is to have the items of a finding."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis.common_terms import beginning
from seggwat_nb.analysis.folding import fold
from seggwat_nb.analysis.inflections import ATTACHING
from seggwat_nb.analysis.naming import NEARLY_ALL, forms_in, parts_of
from seggwat_nb.analysis.own_text import own_words
from seggwat_nb.analysis.rising_kinds import TOPIC
from seggwat_nb.analysis.stop_words import stop_words
from seggwat_nb.analysis.taxonomy import Theme, literals, matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Patterns", "patterns_of"]

_ATTACHING: Final = re.compile(f"[{ATTACHING}]")

_MOST: Final = 0.5
_MOST_PATTERNS: Final = 8
"""Maximum number of patterns of a word or phrase."""

_STEM: Final = 4
"""Minimum length of a word that gets a ``*``."""

_ENDING: Final = 2
"""Maximum length of an ending that a ``*`` replaces, if nearly all other forms of the word begin alike."""


class Patterns(NamedTuple):
    """Patterns for the items of a finding."""

    of_terms: dict[str, list[str]]
    """The patterns of each term of the finding that has some."""

    held: int
    """How many of the finding's items match one of them."""


def patterns_of(row: dict[str, Any], frame: pl.DataFrame, forms: pl.DataFrame) -> Patterns:
    """Return patterns for a finding: those of its word or phrase, or those that tell a topic's messages apart.

    A word or phrase has the pattern that nearly all items match, if there is one. Of several, it is the one that most
    more items match than others since then: ``charger*``, but ``charge`` if ``charge*`` matched more others than items.
    For items that do not match it, forms of the word are added, and parts of a phrase that is shown in full.

    Parameters
    ----------
    row
        A finding of `seggwat_nb.themes.rising`.
    frame
        The feedback in which it was found: ``id``, ``message`` and ``created_at``.
    forms
        The words that count as another one, as in `seggwat_nb.analysis.tokens.Terms`.

    Examples
    --------
    >>> messages = ["Set the alarm", "Set an alarm", "New alarm!", "Set a timer", "Set the table"]
    >>> frame = pl.DataFrame({"id": [*"abcde"], "message": messages, "created_at": [0] * 5})
    >>> forms = pl.DataFrame(schema={"word": pl.String, "term": pl.String})
    >>> patterns_of({"kind": "topic", "term": "set", "terms": ["alarm"], "ids": [*"abc"]}, frame, forms)
    Patterns(of_terms={'alarm': ['alarm*']}, held=3)
    """
    frame = frame.select("message", id=pl.col("id").cast(pl.String), at="created_at")
    is_mine = pl.col("id").is_in(row["ids"])
    mine = frame.filter(is_mine)
    items = mine.select(folded=own_words(mine["message"]), who="id")
    since = frame.filter(is_mine | (pl.col("at") >= pl.lit(mine["at"].min())))
    if row["kind"] == TOPIC:
        found = _telling((row["term"], *row["terms"]), items, since, since.select(is_mine).to_series().to_numpy())
        chosen = {term: [pattern] for term, pattern in found.items()}
    else:
        chosen = {row["term"]: _of_word(row["term"], items, mine, since.filter(~is_mine), forms)}
    patterns = [one for its in chosen.values() for one in its]
    return Patterns(chosen, int(_holding(patterns, mine).any(axis=1).sum()))


def _of_word(
    term: str, items: pl.DataFrame, mine: pl.DataFrame, others: pl.DataFrame, forms: pl.DataFrame
) -> list[str]:
    """Return the pattern that nearly all items and fewest others match, if any, with forms that the rest match."""
    start = beginning(term, items)
    single = [_pattern(term), *([f"{start}*"] if start else []), term]
    if _ATTACHING.match(term):
        single += [f"*{term}*", " ".join(f"*{word}*" for word in term.split(" "))]
    words = parts_of(term)
    parts = [*map(" ".join, pairwise(words)), *(word for word in words if fold(word) not in stop_words())]
    others_of = [form for one in (term, *parts) for form in forms_in(fold(one), mine["message"], forms)]
    patterns = [*dict.fromkeys([*single, *others_of, *parts])]
    holds = _holding(patterns, mine)
    count = holds.sum(axis=0)
    more = count - _holding(patterns, others).sum(axis=0)
    enough = [at for at, one in enumerate(patterns) if one in single and count[at] >= NEARLY_ALL * mine.height]
    chosen = [max(enough, key=lambda at: more[at])] if enough else list[int]()
    while len(chosen) < _MOST_PATTERNS:
        is_open = ~np.any(holds[:, chosen], axis=1)
        gain = holds[is_open].sum(axis=0)
        best = int(gain.argmax())
        if not gain[best]:
            break
        chosen.append(best)
    return [patterns[at] for at in chosen or [0]]


def _telling(terms: Sequence[str], items: pl.DataFrame, frame: pl.DataFrame, mine: NDArray[np.bool_]) -> dict[str, str]:
    """Add the pattern that raises the F-score most, until none does and most of a topic's messages match."""
    patterns: dict[str, str] = {}
    for term in terms:
        start = beginning(term, items)
        is_ending = len(start) > _STEM and len(term) - len(start) <= _ENDING
        pattern = f"{start}*" if is_ending else _pattern(term)
        pattern = f"*{pattern}" if pattern.endswith("*") and _ATTACHING.match(term) else pattern
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
    return " ".join(f"{word}*" if len(word) >= _STEM and not word[-1].isdigit() else word for word in term.split())
