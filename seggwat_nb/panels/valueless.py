"""Selects the items without a value of a column: all of its values are excluded, or ``no:`` in the search says so.

The search serves columns of very many values, and those of which no filter excludes all. It also finds blank values.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_queries import EXACT, MISSING, Term, parse, write_search
from seggwat_nb.panels import moves
from seggwat_nb.panels.crossfilter import with_fields, without
from seggwat_nb.panels.facets import FACETS

if TYPE_CHECKING:
    from seggwat_nb.filter_queries import Clause
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.facets import Facet

__all__ = ["add_term", "choose", "clear_part", "is_selected", "is_term", "remove_term"]

_KEYS: Final = {part: key for key, part in EXACT.items()}


def is_selected(where: FeedbackFilter, part: str, facet: Facet | None) -> bool:
    """Return whether a filter selects just the items without a value, as far as the part itself is concerned."""
    if facet is None or not facet.has_none:
        return False
    return moves.excludes_just(where, part, facet.without) if facet.without else is_term(where, part)


def choose(where: FeedbackFilter, part: str, facet: Facet | None, how: str) -> FeedbackFilter:
    """Select the items without a value, beside which no value can be selected, or undo that, except by ``only``."""
    if facet is None or not facet.has_none:
        raise ArgumentError(f"All items have a {FACETS[part].lower()}.")
    if facet.without:
        return moves.choose(without(where, part) if how == "only" else where, part, facet.without, "not")
    is_undone = how != "only" and is_term(where, part)
    return clear_part(where, part) if is_undone else add_term(clear_part(where, part), part)


def clear_part(where: FeedbackFilter, part: str) -> FeedbackFilter:
    """Return a filter that selects all items, as far as a part is concerned."""
    return remove_term(without(where, part), part)


def is_term(where: FeedbackFilter, part: str) -> bool:
    """Return whether a search has the term for items without a value.

    Examples
    --------
    >>> from seggwat_nb.filters import FeedbackFilter
    >>> is_term(FeedbackFilter(search="pay no:submitter"), "submitted_by")
    True
    """
    return part in _KEYS and where.search is not None and (_term(part),) in _clauses(where.search)


def add_term(where: FeedbackFilter, part: str, *, excluded: bool = False) -> FeedbackFilter:
    """Add the term for items without a value, or with one."""
    return with_fields(where, {"search": f"{where.search or ''} {'-' * excluded}{_term(part)}"})


def remove_term(where: FeedbackFilter, part: str) -> FeedbackFilter:
    """Remove the term."""
    if not is_term(where, part):
        return where
    kept = [clause for clause in _clauses(where.search or "") if clause != (_term(part),)]
    return with_fields(where, {"search": write_search(kept) or None})


@lru_cache(maxsize=8)
def _clauses(search: str) -> tuple[Clause, ...]:
    """Read a search. Cached, since every part of a view needs it."""
    return parse(search)


def _term(part: str) -> Term:
    return Term(MISSING, (_KEYS[part],))
