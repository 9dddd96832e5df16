"""What to offer if nothing is selected: an item, parts of the filter to remove, another spelling or another field.

A version, a page or a person is often searched for as it is, in messages that do not have it. So is an item, by its ID
or by its URL on the dashboard.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from seggwat_nb.analysis.folding import fold, fold_texts
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_queries import CONTAINED, EXACT, MISSING, column_of, parse, write_search
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels.bitmaps import count
from seggwat_nb.panels.chips import name_of
from seggwat_nb.panels.crossfilter import with_fields, without
from seggwat_nb.panels.reading import lines
from seggwat_nb.text import isolate, join_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seggwat_nb.filter_queries import Clause
    from seggwat_nb.panels.session import Session

__all__ = ["respell", "unknown_keys", "ways_out"]

_KEYS: Final = ("version", "page", "from", "source", "type", "status", "language", "theme")
"""Keys of the fields that a word may have been meant for."""
_SHORTEST: Final = 4
"""Letters of the shortest word that is respelled. Most others are one letter away from some word."""
_LONG: Final = 8
"""Letters from which a word may have two typos."""
_MOST_ITEMS: Final = 3
_DATES: Final = ("since", "until")
_UNKNOWN_KEY: Final = re.compile(r"[^\W\d_]+[:=\uff1a]+(?!//)(.+)", re.DOTALL)
_BORDERS: Final = re.compile(r"[\s/?#&=:,;()\[\]<>]+")
"""What an ID is between, such as in a URL."""


def ways_out(session: Session, where: FeedbackFilter) -> list[dict[str, Any]]:
    """List changes of a filter that selects nothing, with the number of items that each would select."""
    left = session.engine.without(session.engine.parts(session.where))
    removals = [
        {"part": part, "said": f"{name_of(part).lower()} {isolate(session.describe_part(where, part))}", "n": number}
        for part, number in sorted(left.items(), key=lambda one: -one[1])
    ]
    return [*_items(session), *_other_searches(session), *removals]


def _items(session: Session) -> list[dict[str, Any]]:
    """Return the items whose IDs are in the search, and whether each is selected without the search."""
    frame, search = session.rows.frame, session.where.search
    if not search or "id" not in frame.columns:
        return []
    words = (value for clause in parse(search) for term in clause if not term.excluded for value in term.values)
    texts = {text for word in words for text in (word, *_BORDERS.split(word)) if text}
    ids = {form for text in texts for form in (text, text.lower(), text.upper())}
    found = frame["id"].cast(pl.String).is_in(ids).fill_null(value=False).arg_true().head(_MOST_ITEMS)
    if found.is_empty():
        return []
    bare = without(session.where, "search")
    there = session.engine.time.mask(session.engine.together(session.engine.parts(bare)))
    shown = lines(frame, found.to_list(), FeedbackFilter(time_zone=session.where.time_zone), start=0)
    return [
        {"open": one["at"], "said": "".join(one["text"]) or frame["id"][one["at"]], "in": there[one["at"]], "n": 1}
        for one in shown
    ]


def _other_searches(session: Session) -> list[dict[str, Any]]:
    search = session.where.search
    if not search:
        return []
    texts = [respell(search, session.engine.words), *_in_fields(session, parse(search))]
    found = [{"search": text, "n": _number(session, text)} for text in texts if text is not None]
    return [one for one in found if one["n"]]


def _number(session: Session, search: str) -> int:
    """Count the items that another search would select."""
    return count(session.engine.together(session.engine.parts(with_fields(session.where, {"search": search}))))


def _in_fields(session: Session, clauses: Sequence[Clause]) -> list[str]:
    """Return the search with the first word that is in no message searched for in each field that has it."""
    bare = FeedbackFilter(time_zone=session.where.time_zone)
    for place, (term, *others) in enumerate(clauses):
        if others or term.key or term.is_regex or term.excluded:
            continue
        words = session.engine.parts(with_fields(bare, {"search": str(term)}))
        if not count(session.engine.together(words)):
            text = _value_of(term.values[0])
            keys = [*(key for key in _KEYS if _has(session, key, text)), *(_DATES if _is_date(text) else ())]
            meant = [replace(term, key=key, values=(text,)) for key in keys]
            return [write_search((*clauses[:place], (one,), *clauses[place + 1 :])) for one in meant]
    return []


def _value_of(word: str) -> str:
    """Return what follows an unknown key, such as one in another language; else the whole word."""
    return found[1] if (found := _UNKNOWN_KEY.fullmatch(word)) else word


def _is_date(text: str) -> bool:
    with suppress(ArgumentError):
        return FeedbackFilter(since=text).since is not None
    return False


def unknown_keys(session: Session) -> str:
    """Name the keys of searches, if a word that no message has looks like another one."""
    clauses = parse(session.where.search or "")
    words = [term.values[0] for clause in clauses for term in clause if not term.key and not term.is_regex]
    if not any(map(_UNKNOWN_KEY.fullmatch, words)):
        return ""
    return f"Keys of a search are {join_words([*EXACT, *filter(None, CONTAINED), MISSING])}."


def _has(session: Session, key: str, text: str) -> bool:
    """Return whether any item has a value that a search with a key finds."""
    name = column_of(key)
    if not session.rows.has_values(name):
        return False
    if key in CONTAINED:
        column = session.engine.column(name)
        return column is not None and bool(
            fold_texts(pl.Series(column.names)).str.contains(fold(text), literal=True).any()
        )
    return bool(session.rows.included_values(name, with_fields(FeedbackFilter(), {name: (text,)})))


def respell(search: str, words: Mapping[str, int]) -> str | None:
    """Replace words that are in no message by the most similar of the words that are. None if there is none.

    Parameters
    ----------
    search
        A search.
    words
        Folded words of the messages, with the number of messages that have them.

    Examples
    --------
    >>> respell("paymant -slow", {"payment": 7, "parent": 9, "slow": 3})
    'payment -slow'
    """
    before = parse(search)
    after = tuple(_respell_clause(clause, words) for clause in before)
    return None if after == before else write_search(after)


def _respell_clause(clause: Clause, words: Mapping[str, int]) -> Clause:
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
