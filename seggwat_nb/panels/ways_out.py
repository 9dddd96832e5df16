"""What to offer if nothing is selected: parts of the filter to remove, and another spelling of the search."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from seggwat_nb.analysis.folding import fold
from seggwat_nb.filter_queries import parse, written
from seggwat_nb.panels.bitmaps import count
from seggwat_nb.panels.chips import name_of
from seggwat_nb.panels.crossfilter import with_fields
from seggwat_nb.text import isolated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seggwat_nb.filter_queries import Clause
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.session import Session

__all__ = ["respelled", "ways_out"]

_SHORTEST: Final = 4
"""Letters of the shortest word that is respelled. Most others are one letter away from some word."""
_LONG: Final = 8
"""Letters from which a word may have two typos."""


def ways_out(session: Session, where: FeedbackFilter) -> list[dict[str, Any]]:
    """List changes of a filter that selects nothing, with the number of items that each would select."""
    left = session.engine.without(session.engine.parts(session.where))
    removals = [
        {"part": part, "said": f"{name_of(part).lower()} {isolated(session.said(where, part))}", "n": number}
        for part, number in sorted(left.items(), key=lambda one: -one[1])
    ]
    return [*_other_spelling(session), *removals]


def _other_spelling(session: Session) -> list[dict[str, Any]]:
    where = session.where
    text = respelled(where.search, session.engine.words) if where.search else None
    if text is None:
        return []
    number = count(session.engine.together(session.engine.parts(with_fields(where, {"search": text}))))
    return [{"search": text, "n": number}] if number else []


def respelled(search: str, words: Mapping[str, int]) -> str | None:
    """Replace words that are in no message by the most similar of the words that are. None if there is none.

    Parameters
    ----------
    search
        A search.
    words
        Folded words of the messages, with the number of messages that have them.

    Examples
    --------
    >>> respelled("paymant -slow", {"payment": 7, "parent": 9, "slow": 3})
    'payment -slow'
    """
    before = parse(search)
    after = tuple(_respelled(clause, words) for clause in before)
    return None if after == before else written(after)


def _respelled(clause: Clause, words: Mapping[str, int]) -> Clause:
    (term, *others) = clause
    word = fold(term.values[0])
    is_word = not (others or term.key or term.is_regex or term.excluded) and word.isalpha()
    if not is_word or len(word) < _SHORTEST or any(word in one for one in words):
        return clause
    typos = 1 if len(word) < _LONG else 2
    near = process.extract(word, list(words), scorer=OSA.distance, score_cutoff=typos, limit=None)
    if not near:
        return clause
    best = min(near, key=lambda one: (one[1], -words[one[0]], one[0]))
    return (replace(term, values=(best[0],)),)
