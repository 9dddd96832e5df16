"""Splits a selection in two: what a part of a filter selects, and the rest. Each row is in exactly one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seggwat_nb.analysis.validation import check_choice
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels import valueless
from seggwat_nb.panels.crossfilter import PARTS, is_set, only, with_fields, without
from seggwat_nb.text import isolate

if TYPE_CHECKING:
    from seggwat_nb.filters import FeedbackFilter

__all__ = ["names_of_sides", "sides", "within_sentence"]

_REST: Final = "The rest"
_LONGEST: Final = 40


def sides(where: FeedbackFilter, part: str | None) -> tuple[FeedbackFilter, FeedbackFilter]:
    """Return a filter and that of the rest: of what its other parts select, or of all rows if no part is given.

    Raises
    ------
    ArgumentError
        The filter has no such part, selects everything, or is too long to be inverted.
    """
    parts = [name for name in PARTS if is_set(where, name)]
    if not parts:
        raise ArgumentError("All items are selected, so there is no rest. Choose a filter first.")
    if part is None:
        return where, where.complement()
    if valueless.is_term(where, part):
        return where, valueless.add_term(valueless.remove_term(where, part), part, excluded=True)
    check_choice("part", part, parts)
    others, rest = without(where, part), only(where, part).complement()
    given = {name: getattr(rest, name) for one in PARTS if is_set(rest, one) for name in PARTS[one]}
    given["allow"] = (*(others.allow or ()), *(rest.allow or ())) or None
    if others.search and rest.search:
        given["search"] = f"{others.search} {rest.search}"
    return where, with_fields(others, given)


def within_sentence(name: str) -> str:
    """Write the name of a side as it stands within a sentence.

    Examples
    --------
    >>> within_sentence("The rest"), within_sentence("Bug")
    ('the rest', 'Bug')
    """
    return "the rest" if name == _REST else isolate(name)


def names_of_sides(said: str) -> tuple[str, str]:
    """Return the names of the selection, which is the subject of a sentence, and of the rest."""
    name = "".join(filter(str.isprintable, said)).strip()
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    return name if name not in {"", _REST} else "Selection", _REST
