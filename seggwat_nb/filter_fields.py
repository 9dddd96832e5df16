"""Check the values of a filter's fields: invalid ones are rejected before anything is selected, with a suggestion."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rapidfuzz.distance import OSA

from seggwat_nb.clock import Clock
from seggwat_nb.errors import ArgumentError, TypoError
from seggwat_nb.relative_dates import is_relative, parse_date
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.text import is_text, join_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from zoneinfo import ZoneInfo

__all__ = [
    "NAMES",
    "SEPARATOR",
    "as_edge",
    "as_set",
    "check_flag",
    "check_text",
    "has_themes",
    "is_within",
    "moment_of",
    "normalize_values",
    "pattern_error",
    "resolve",
    "to_write",
    "with_those_above",
]

NAMES: Final = {"submitted_by": "submitter", "project_id": "project"}
"""Names for people, where a column's name is the API's."""

SEPARATOR: Final = " / "
"""Separates the names of nested themes."""

_ALMOST: Final = 0.75
"""Similarity (difflib's ratio) from which an unknown value is taken for a typo; a single edit always is one."""


def as_set(name: str, value: Any) -> tuple[str, ...] | None:  # noqa: ANN401  # whatever was passed
    """Return a field's values as a tuple without duplicates, or None."""
    if value is None:
        return None
    try:
        values = (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))
    except TypeError:
        values = (value,)
    if not values and name != "allow":
        raise ArgumentError(f"{name}={value!r} selects nothing. Pass None to select every {NAMES.get(name, name)}.")
    for one in values:
        if not is_text(one) or (name == "path" and not one):
            kind = "non-empty string" if name == "path" else "string"
            raise ArgumentError(f"{name} must be a {kind} or a tuple of {kind}s, got {one!r}.")
    return values


def is_within(name: str, theme: str) -> bool:
    """Return whether a theme equals another one, or is nested in it.

    Examples
    --------
    >>> [is_within(name, "Checkout") for name in ("Checkout", "Checkout / Payment", "Checkouts")]
    [True, True, False]
    """
    return name == theme or name.startswith(f"{theme}{SEPARATOR}")


def has_themes(themes: Iterable[str]) -> pl.Expr:
    """Match rows whose ``theme`` has one of these themes, or one nested in them.

    Examples
    --------
    >>> rows = pl.DataFrame({"theme": [["Checkout / Payment"], ["Export"], []]})
    >>> rows.filter(has_themes(["Checkout"])).rows()
    [(['Checkout / Payment'],)]
    """
    one = pl.element()
    within = (one.str.starts_with(f"{theme}{SEPARATOR}") for theme in themes)
    return pl.col("theme").list.eval(reduce(or_, within, one.is_in(list(themes)))).list.any()


def with_those_above(name: str) -> list[str]:
    """List a theme and those that it is nested in, outermost first.

    Examples
    --------
    >>> with_those_above("Checkout / Payment / Cards")
    ['Checkout', 'Checkout / Payment', 'Checkout / Payment / Cards']
    """
    ends = [at for at in range(1, len(name)) if name.startswith(SEPARATOR, at)]
    return [*(name[:end] for end in ends), name]


def check_flag(name: str, value: object, *, none: bool) -> None:
    """Raise `ArgumentError` unless a value is True or False, or None where that is allowed."""
    if not (isinstance(value, bool) or (none and value is None)):
        raise ArgumentError(f"{name} must be True{', False or None' if none else ' or False'}, got {value!r}.")


def as_edge(name: str, edge: object, zone: ZoneInfo) -> date | datetime | str | None:
    """Return an end of a period as a date, as a moment in UTC, or as text if it is relative to now."""
    if isinstance(edge, str):
        read = resolve(name, edge, zone)
        if is_relative(edge):
            return edge.strip().lower()
        edge = read
    if edge is None or type(edge) is date:
        return edge
    if not isinstance(edge, datetime):
        raise ArgumentError(f"{name} must be a date or a timezone-aware datetime, got {edge!r}.")
    if edge.tzinfo is None or edge.utcoffset() is None:  # pandas's NaT has no offset to ask for
        raise ArgumentError(f"{name}={edge} has no time zone. Add tzinfo=UTC, or pass a date.")
    try:
        return edge.astimezone(UTC)
    except OverflowError:
        raise ArgumentError(f"{name}={edge} is outside the calendar in UTC. Choose another.") from None


def resolve(name: str, edge: object, zone: ZoneInfo) -> object:
    """Resolve text to the date or moment that it means now; anything else is returned unchanged."""
    if not isinstance(edge, str):
        return edge
    return parse_date(name, edge, now=datetime.fromtimestamp(Clock().now(), UTC), time_zone=zone.key)


def normalize_values(name: str, values: Iterable[str], *, allowed: Collection[str] = ()) -> tuple[str, ...]:
    """Return values of a vocabulary as the API spells them, without duplicates; allowed values are kept as they are.

    Raises
    ------
    ArgumentError
        A value looks like a typo of a known one.
    """
    known = {value.casefold(): value for value in VOCABULARIES[name]}
    found = dict.fromkeys(value if value in allowed else known.get(value.casefold(), value) for value in values)
    for value in found:
        if value not in allowed and value not in VOCABULARIES[name]:
            _check_typo(name, value)
    return tuple(found)


def to_write(
    *, allow: object = None, seen: Mapping[str, Iterable[str]] | None = None, **values: object
) -> dict[str, str]:
    """Return the values to write, as the API spells them. Unlike values that are read, they must be known.

    Parameters
    ----------
    allow
        Values to accept exactly as given.
    seen
        For each field, values that items have; the service knows them.
    **values
        The new value of each field, ``status`` or ``type``. None for those that stay as they are.

    Raises
    ------
    ArgumentError
        A value is neither known, nor seen, nor allowed.

    Examples
    --------
    >>> to_write(status="closed", type="idea", seen={"type": ["Idea"]})
    {'status': 'Closed', 'type': 'Idea'}
    >>> to_write(status="Fixed")  # doctest: +NORMALIZE_WHITESPACE
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: status="Fixed" is not a known status. Known are New, Active, Assigned, Hold,
    Resolved and Closed. If your project has it, add allow=("Fixed",).
    """
    allowed = as_set("allow", allow) or ()
    found = {}
    for name, value in values.items():
        if value is None:
            continue
        if not is_text(value):
            raise ArgumentError(f"{name} must be a string, got {value!r}.")
        known = (*(seen or {}).get(name, ()), *VOCABULARIES[name])
        spellings = {one.casefold(): one for one in known} | {one: one for one in (*known, *allowed)}
        if value not in spellings and value.casefold() not in spellings:
            _check_typo(name, value)
            raise ArgumentError(
                f'{name}="{value}" is not a known {name}. Known are {join_words(VOCABULARIES[name])}. If your project '
                f'has it, add allow=("{value}",).'
            )
        found[name] = spellings.get(value) or spellings[value.casefold()]
    return found


def _check_typo(name: str, value: str) -> None:
    """Raise `ArgumentError` for a value that looks like a typo of a known one."""
    by_lower = {known.lower(): known for known in VOCABULARIES[name]}
    text = value.strip().lower()
    # In a short word a single typo lowers the ratio too much: count two swapped letters as one edit.
    close = get_close_matches(text, by_lower, n=1, cutoff=_ALMOST) or [
        known for known in by_lower if OSA.distance(text, known) == 1
    ]
    if close:
        meant = by_lower[close[0]]
        raise TypoError(
            f'{name}="{value}" is not a known {name}; did you mean "{meant}"?',
            f'If it is in the data, add allow=("{value}",).',
        )


def check_text(text: object, *, regex: bool) -> None:
    """Raise `ArgumentError` for a text that cannot be searched for."""
    if text is None:
        if regex:
            raise ArgumentError("regex=True requires text. Pass text as well.")
        return
    if not is_text(text) or not text:
        raise ArgumentError(f"text must be a non-empty string or None, got {text!r}.")
    if regex and (problem := pattern_error(text)):
        raise ArgumentError(
            f"Invalid regular expression {text!r}{problem}. Correct it, or pass regex=False to search for the text "
            "itself."
        )


def pattern_error(pattern: str) -> str | None:
    """Return what is wrong with a regular expression and where, or None; polars checks it, since it will match it."""
    for written in (pattern, f"(?i){pattern}"):
        try:
            pl.select(pl.lit("").str.contains(written))
        except pl.exceptions.ComputeError as error:
            first_line, *_ = str(error).splitlines()
            reason = re.search(r"^error: (.+)$", str(error), re.MULTILINE)
            caret = re.search(r"^(\d+: |    ).*\n( *)\^+$", str(error), re.MULTILINE)
            where = f" at character {len(caret[2]) - len(caret[1]) + 1}" if caret and written == pattern else ""
            return f"{where}: {reason[1] if reason else first_line}"
    return None


def moment_of(name: str, edge: object, zone: ZoneInfo) -> datetime | None:
    """Return the start of a day in a zone, in UTC; a moment as it is; a time ago counted back from now."""
    edge = resolve(name, edge, zone)
    if isinstance(edge, datetime):
        return edge
    if not isinstance(edge, date):
        return None
    try:
        return datetime.combine(edge, time(), zone).astimezone(UTC)
    except OverflowError:
        raise ArgumentError(f"The day {edge} is outside the calendar in {zone}. Choose another.") from None
