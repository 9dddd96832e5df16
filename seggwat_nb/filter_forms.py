"""Write a filter as JSON, as Python or in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from seggwat_nb.filter_fields import NAMES, resolve
from seggwat_nb.filter_queries import EXACT, MISSING, column_of, parse
from seggwat_nb.filter_search import filter_of
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seggwat_nb.filter_queries import Term
    from seggwat_nb.filters import FeedbackFilter

__all__ = ["as_code", "as_json", "in_words", "version_range"]


def in_words(where: FeedbackFilter, given: Mapping[str, Any], *, people: bool) -> str:
    """Describe what the given fields select, for `FeedbackFilter.describe`."""
    phrases = []
    for name in ("type", "status", "source", "version", "path", "theme", "language", "submitted_by", "project_id"):
        for field, word in ((name, ""), (f"not_{name}", "not ")):
            if field in given:
                phrases.append(word + _values(name, given[field], people=people))
        phrases += [f"version {version_range(where)}"] if name == "version" and where.has_range else []
    if where.since or where.until:
        phrases.append(_between("since", _edge(where, where.since), *_end(where)))
    if where.text is not None:
        phrases.append(f'text {"matching" if where.regex else ""} "{where.text}"'.replace("  ", " "))
    if where.search is not None:
        for clause in parse(where.search):
            either = "either " if len(clause) > 1 else ""
            phrases.append(either + " or ".join(_term(term, where, people=people) for term in clause))
    if where.archived is not None:
        phrases.append("archived" if where.archived else "not archived")
    return ", ".join(phrases) or "all items"


def _values(name: str, values: Sequence[str], *, people: bool) -> str:
    """Name values of a column; without `people`, submitters are only counted."""
    word = NAMES.get(name, name)
    if name == "submitted_by" and not people:
        return f"of {count_of(len(values), word)}"
    return f"{word} {_either(values)}"


def _term(term: Term, where: FeedbackFilter, *, people: bool) -> str:
    """Describe what a term of a search selects."""
    quoted = " or ".join(f'"{value}"' for value in term.values)
    if term.key in EXACT:
        said = filter_of(term, where).describe(people=people)
    elif term.key == MISSING:
        names = dict.fromkeys(map(column_of, term.values))
        said = f"without {' or '.join(NAMES.get(name, name) for name in names)}"
    elif term.key == "from":
        said = f"submitter containing {quoted}" if people else f"of submitters by {count_of(len(term.values), 'name')}"
    elif term.key == "page":
        said = f"path containing {quoted}"
    else:
        said = f"text {'matching ' * term.is_regex}{quoted}"
    return f"not {said}" if term.excluded else said


def version_range(where: FeedbackFilter) -> str:
    """Name the ends of a range of versions."""
    return _between("from", where.version_since, "to", where.version_until)


def _end(where: FeedbackFilter) -> tuple[str, str | None]:
    """Name the last day selected, or the moment before which everything is."""
    until = where.until
    if isinstance(until, str):
        return "until before", _edge(where, until)
    if isinstance(until, date) and not isinstance(until, datetime) and until > date.min:
        return "up to", _edge(where, until - timedelta(days=1))
    return "until before", _edge(where, until)


def _edge(where: FeedbackFilter, edge: object) -> str | None:
    if edge is None:
        return None
    day = resolve("since", edge, ZoneInfo(where.time_zone))
    notes = [edge] if isinstance(edge, str) else []
    if isinstance(day, datetime):
        written = f"{day:%Y-%m-%d %H:%M:%S} UTC".replace(":00 UTC", " UTC")
    else:
        written = f"{day}"
        notes += [] if where.time_zone == "UTC" else [where.time_zone]
    return f"{written} ({', '.join(notes)})" if notes else written


def as_json(value: Any) -> Any:  # noqa: ANN401  # a field's value in, a JSON value out
    """Write a field's value as JSON."""
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def as_code(value: Any) -> str:  # noqa: ANN401  # a field's value
    """Write a field's value as Python."""
    if isinstance(value, tuple):
        codes = [as_code(one) for one in value]
        return codes[0] if len(codes) == 1 else f"({', '.join(codes)})"
    if isinstance(value, datetime):
        return repr(value).removeprefix("datetime.").replace("datetime.timezone.utc", "UTC")
    if isinstance(value, date):
        return repr(value).removeprefix("datetime.")
    code = repr(value)
    return f'"{code[1:-1]}"' if isinstance(value, str) and not {"'", '"'} & set(value) else code


def _either(values: Sequence[str]) -> str:
    return " or ".join(value or "(empty)" for value in values)


def _between(since: str, first: str | None, until: str, last: str | None) -> str:
    return " ".join(f"{word} {edge}" for word, edge in ((since, first), (until, last)) if edge is not None)
