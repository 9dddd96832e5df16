"""Convert a search to the fields of a filter, as far as these can hold it, and a filter back to a search."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.analysis.folding import fold_all
from seggwat_nb.analysis.page_ids import pattern_below
from seggwat_nb.analysis.versions import same
from seggwat_nb.errors import ArgumentError, TypoError
from seggwat_nb.filter_fields import as_set, is_within, pattern_error
from seggwat_nb.filter_queries import CONTAINED, EXACT, MISSING, Term, column_of, parse, write_search
from seggwat_nb.text import page_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seggwat_nb.filter_queries import Clause
    from seggwat_nb.filters import FeedbackFilter

__all__ = [
    "EXCLUDING",
    "FOLDED",
    "as_fields",
    "as_meant",
    "as_search",
    "canonical",
    "check_excluded",
    "columns_by_field",
    "columns_of",
    "complement",
    "filter_of",
    "is_below",
    "is_excluded",
    "texts_of",
    "themes_among",
    "values_among",
    "without_columns",
]

_ONE_OF_EACH: Final = ("type", "status", "source")
"""Keys for which an item has only one value."""

EXCLUDING: Final = ("type", "status", "source", "version", "path", "submitted_by", "theme", "language")
"""Fields with a counterpart named ``not_…``."""

FOLDED: Final = ("type", "status", "source", "language")
"""Fields whose values match in any case and spelling that `seggwat_nb.analysis.folding` considers equal."""

_ARCHIVED: Final = {"yes": True, "true": True, "no": False, "false": False}
_RANGE: Final = ("version_since", "version_until")
_MOST_CLAUSES: Final = 200
_NOTHING: Final = "archived:yes archived:no"


def canonical(search: str, make: Callable[..., FeedbackFilter]) -> str | None:
    """Check a search and return its canonical form, the same for all spellings; None if it is blank."""
    return write_search([tuple(_check_term(term, make) for term in clause) for clause in parse(search)]) or None


def as_fields(search: str, make: Callable[..., FeedbackFilter]) -> dict[str, Any]:
    """Read a search as fields of a filter; what they cannot hold stays in ``search``."""
    fields: dict[str, Any] = {}
    rest = []
    for clause in parse(search):
        checked = tuple(_check_term(term, make) for term in clause)
        if not _is_taken(checked, fields):
            rest.append(checked)
    return {**fields, "search": write_search(rest)} if rest else fields


def _is_taken(clause: Clause, fields: dict[str, Any]) -> bool:
    """Add a clause to the fields, if they can hold it too."""
    first = clause[0]
    is_range = any(_is_range(term) for term in clause)
    if first.key not in EXACT or any(term.key != first.key for term in clause):
        return False
    if len(clause) > 1:
        if is_range or any(term.excluded for term in clause) or first.key in {"since", "until", "archived"}:
            return False
        first = replace(first, values=tuple(dict.fromkeys(value for term in clause for value in term.values)))
    name = EXACT[first.key]
    if first.excluded:
        if is_range or name not in EXCLUDING:
            return False
        excluding = f"not_{name}"
        fields[excluding] = tuple(dict.fromkeys((*fields.get(excluding, ()), *first.values)))
        return True
    group = ("version", *_RANGE) if name == "version" else (name,)
    if not any(one in fields for one in group):
        fields |= _fields(first)
    elif name in _ONE_OF_EACH:
        fields[name] = _in_both(first, fields[name])
    else:
        return False
    return True


def _in_both(term: Term, before: Sequence[str]) -> tuple[str, ...]:
    both = tuple(as_meant(term.values, before, exactly=None))
    if not both:
        either = Term(term.key, (*before, *term.values))
        raise ArgumentError(
            f"{term} at character {term.place}: an item has one {term.key}, so nothing would be selected. To select "
            f"either, write {either}."
        )
    return both


def _check_term(term: Term, make: Callable[..., FeedbackFilter]) -> Term:
    """Check a term, and spell its values like the API."""
    if term.is_regex:
        if problem := pattern_error(term.values[0]):
            raise ArgumentError(
                f"{term} at character {term.place} is an invalid regular expression: {problem.partition(': ')[2]}. "
                "Correct it, or quote it to search for the text itself."
            )
        return term
    if term.key in CONTAINED or term.key == MISSING:
        return term
    try:
        meant = make(**_fields(term))
    except TypoError as typo:
        raise TypoError(f"{term} at character {term.place}: {typo.problem}", typo.way_out) from None
    except ArgumentError as error:
        raise ArgumentError(f"{term} at character {term.place}: {error}") from None
    return replace(term, values=getattr(meant, term.key)) if term.key in _ONE_OF_EACH else term


def filter_of(term: Term, where: FeedbackFilter) -> FeedbackFilter:
    """Make the filter for a term with one of the keys `EXACT`, whether or not the term is excluded."""
    return type(where)(**_fields(term), time_zone=where.time_zone, allow=where.allow)


def as_meant(values: Iterable[str], texts: Sequence[str], *, exactly: Iterable[str] | None) -> list[str]:
    """Return the texts that values of a field in `FOLDED` select: of values `exactly` as given, only themselves.

    Examples
    --------
    >>> as_meant(["idea", "Bug"], ["Idea", "BUG", "Bug", "Chore"], exactly=["Bug"])
    ['Idea', 'Bug']
    """
    exact = {*values} & {*(exactly or ())}
    alike = {*fold_all([value for value in values if value not in exact])}
    return [text for text, plain in zip(texts, fold_all(texts), strict=True) if text in exact or plain in alike]


def themes_among(values: Iterable[str], names: Sequence[str]) -> list[str]:
    """Return the names of themes that filtering by themes selects, in any case: themselves, and those nested in them.

    Examples
    --------
    >>> themes_among(["checkout"], ["Checkout", "Checkout / Payment", "Checkouts"])
    ['Checkout', 'Checkout / Payment']
    """
    wanted, known = fold_all([*values]), zip(names, fold_all(names), strict=True)
    return [name for name, text in known if any(is_within(text, one) for one in wanted)]


def values_among(name: str, values: Iterable[str], texts: Sequence[str], *, exactly: Iterable[str] | None) -> list[str]:
    """Return the texts that filtering a field by values selects. `as_meant` describes `exactly`.

    Examples
    --------
    >>> values_among("path", ["/pay"], ["/pay/card", "/payments"], exactly=None)
    ['/pay/card']
    """
    wanted = [*values]
    if name == "version":
        return same(wanted, texts)
    if name in FOLDED:
        return as_meant(wanted, texts, exactly=exactly)
    if name == "theme":
        return themes_among(wanted, texts)
    if name == "path":
        return [text for text in texts if any(is_below(text, one) for one in wanted)]
    return [text for text in texts if text in wanted]


def is_below(path: str, above: str) -> bool:
    """Return whether a path equals another one, or is below it. In that one, ``:id`` stands for any ID.

    Examples
    --------
    >>> [is_below(path, "/checkout") for path in ("/checkout", "/checkout?step=2", "/checkouts")]
    [True, True, False]
    """
    path, stem = page_name(path), page_name(above).rstrip("/")
    if pattern := pattern_below(stem):
        return re.match(pattern, f"{path}/") is not None
    return path == (stem or "/") or path.startswith(tuple(f"{stem}{edge}" for edge in "/?#"))


def check_excluded(where: FeedbackFilter) -> None:
    """Raise `ArgumentError` for a value that is both selected and excluded."""
    for name in EXCLUDING:
        for value, other in product(getattr(where, name) or (), getattr(where, f"not_{name}") or ()):
            if is_excluded(name, value, other, exactly=where.allow):
                raise ArgumentError(
                    f'{name}="{value}" is selected, and not_{name}="{other}" excludes it. Remove one of them.'
                )


def is_excluded(name: str, value: str, excluded: str, *, exactly: Iterable[str] | None = None) -> bool:
    """Return whether excluding one value of a field also excludes another. `as_meant` describes `exactly`."""
    return bool(values_among(name, [excluded], [value], exactly=exactly))


def _is_range(term: Term) -> bool:
    return term.key == "version" and any(value.startswith((">", "<")) or ".." in value for value in term.values)


def _fields(term: Term) -> dict[str, Any]:
    """Return the fields that a term sets."""
    name, values = EXACT[term.key], term.values
    if _is_range(term):
        return _version_range(term)
    if name not in {"since", "until", "archived"}:
        return {name: values}
    if len(values) > 1:
        raise ArgumentError(f"{term.key}: takes one value. Remove the others.")
    if name != "archived":
        return {name: values[0]}
    if values[0].lower() not in _ARCHIVED:
        raise ArgumentError("archived: takes yes or no. Write archived:yes or archived:no.")
    return {name: _ARCHIVED[values[0].lower()]}


def _version_range(term: Term) -> dict[str, Any]:
    value, *more = term.values
    found = re.fullmatch(r">=([^<>]+?)|<=([^<>]+?)|(?:([^<>]*?)\.\.([^<>]*?))", value)
    edges = found and (found[1] or found[3], found[2] or found[4])
    if more or not edges or not any(edges):
        raise ArgumentError("Ranges of versions are written version:>=2.4, version:<=2.5 or version:2.4..2.5.")
    return {name: edge for name, edge in zip(_RANGE, edges, strict=True) if edge}


def as_search(where: FeedbackFilter) -> str:
    """Write a filter as a search; its time zone and `allow` are not in it."""
    terms = []
    for key, name in EXACT.items():
        if (values := getattr(where, name)) is not None:
            terms.append(Term(key, _as_values(values)))
        if name == "version" and where.has_range:
            since, until = where.version_since, where.version_until
            text = f"{since}..{until}" if since and until else f">={since}" if since else f"<={until}"
            terms.append(Term(key, (text,)))
        if name in EXCLUDING and (values := getattr(where, f"not_{name}")) is not None:
            terms.append(Term(key, _as_values(values), excluded=True))
    if where.text is not None:
        terms.append(Term("", (_as_pattern(where.text) if where.regex else where.text,), is_regex=where.regex))
    return write_search([*((term,) for term in terms), *parse(where.search or "")])


def complement(where: FeedbackFilter) -> FeedbackFilter:
    """Select what a filter does not, as `FeedbackFilter.complement` promises."""
    odd = [one for one in (*(where.version or ()), *(where.not_version or ())) if _is_range(Term("version", (one,)))]
    if odd:
        raise ArgumentError(f"Version {odd[0]!r} reads as a range in a search, so this filter cannot be inverted.")
    clauses = parse(as_search(where))
    if prod(map(len, clauses)) > _MOST_CLAUSES:
        raise ArgumentError("This search is too long to be inverted. Use fewer terms.")
    # What is in all of the clauses is left out if one of them is not met, that is, if none of its terms is.
    left_out = [tuple(replace(term, excluded=not term.excluded) for term in each) for each in product(*clauses)]
    search = write_search([tuple(dict.fromkeys(clause)) for clause in left_out]) if clauses else _NOTHING
    make = type(where)
    try:
        return make.parse(search, time_zone=where.time_zone, allow=where.allow)
    except ArgumentError:  # it contradicts itself, which only a search may: nothing is left out
        return make(search=search, time_zone=where.time_zone, allow=where.allow)


def _as_values(values: Any) -> tuple[str, ...]:  # noqa: ANN401  # a field's value
    if isinstance(values, bool):
        return ("yes" if values else "no",)
    return (values.isoformat(),) if isinstance(values, date) else as_set("", values) or ()


def _as_pattern(pattern: str) -> str:
    """Escape the slashes of a regular expression that would end it."""
    escaped, is_escape = [], False
    for letter in pattern:
        escaped.append("\\/" if letter == "/" and not is_escape else letter)
        is_escape = letter == "\\" and not is_escape
    return "".join(escaped)


def columns_of(clauses: Iterable[Clause]) -> frozenset[str]:
    """Return the columns that a search uses."""
    terms = (term for clause in clauses for term in clause)
    return frozenset(column_of(key) for one in terms for key in (one.values if one.key == MISSING else [one.key]))


def columns_by_field(where: FeedbackFilter, given: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the columns that each of the given fields uses; fields that restrict nothing are left out."""
    named = {"since": "created_at", "until": "created_at", "text": "message"}
    named |= {"version_since": "version", "version_until": "version"}
    found = {name: frozenset({named.get(name, name.removeprefix("not_"))}) for name in given}
    by_search = {"search": columns_of(parse(where.search))} if where.search else {}
    return {name: found[name] for name in found if name not in {"allow", "time_zone", "regex", "search"}} | by_search


def without_columns(search: str, columns: Iterable[str]) -> str | None:
    """Remove the clauses that use one of these columns; None if no clause is left."""
    missing = {*columns}
    return write_search([clause for clause in parse(search) if missing.isdisjoint(columns_of([clause]))]) or None


def texts_of(clauses: Iterable[Clause]) -> list[tuple[str, bool]]:
    """List the texts that messages may have to match, and whether each is a regular expression."""
    terms = (term for clause in clauses for term in clause if not term.key and not term.excluded)
    return [(value, term.is_regex) for term in terms for value in term.values]
