"""Find likely mistakes in a filter: values that no row has, and versions of another scheme in a range."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from inspect import currentframe
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rapidfuzz import fuzz, process

from seggwat_nb import filter_forms
from seggwat_nb.analysis.version_schemes import Reading, line
from seggwat_nb.analysis.versions import in_order, is_ordered
from seggwat_nb.filter_engines import below
from seggwat_nb.filter_fields import NAMES
from seggwat_nb.filter_queries import EXACT, parse
from seggwat_nb.filter_search import filter_of, values_among
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.filters import FeedbackFilter

__all__ = ["caller", "doubts"]

_PACKAGE: Final = __name__.partition(".")[0]
_FIELDS: Final = ("type", "status", "source", "submitted_by", "project_id", "version", "path", "theme", "language")
_LONGEST: Final = 60
"""Characters shown of a value."""

_SHOWN: Final = 10
"""Up to this many values of a column are all listed."""
_ANY_NUMBER: Final = re.compile(r"(?<=\d)(?:\.x)+$", re.IGNORECASE)
"""The end of a version whose last number may be any."""
_ALMOST: Final = 60
"""Similarity (rapidfuzz's ratio, 0 to 100) from which a value is suggested where there are more."""


def doubts(where: FeedbackFilter, frame: pl.DataFrame, *, of: str = "row") -> str | None:
    """Report likely mistakes in a filter: values that no row has, and versions of another scheme in a range.

    Parameters
    ----------
    where
        The filter. Known types, statuses and sources are not reported, even if no row has them.
    frame
        All rows, before the filter is applied; columns that it lacks are not checked.
    of
        What a row is called.

    Returns
    -------
    str or None
        A sentence or two for each mistake, with the values that the column does have; None if there are none.

    Examples
    --------
    >>> from seggwat_nb.filters import FeedbackFilter
    >>> frame = pl.DataFrame({"type": ["Bug", "Bug", "Idea", None], "version": ["2.6.0", "2.7.0", "2025.06", None]})
    >>> doubts(FeedbackFilter(type=("Bug", "Chore", "Praise")), frame)
    'No row has type Chore. Values in the data: Bug, Idea.'
    >>> doubts(FeedbackFilter(version_since="2.6.0"), frame)  # doctest: +NORMALIZE_WHITESPACE
    'version_since="2.6.0" also selects 1 version of another scheme: 2025.06. To leave it out, add
    version_until="2.7.0".'
    """
    said = []
    for name in _FIELDS:
        given = (*(getattr(where, name) or ()), *(getattr(where, f"not_{name}", None) or ()))
        if not given or name not in frame.columns or not frame.height:
            continue
        unusual = [value for value in given if value not in VOCABULARIES.get(name, ())]
        column = frame.get_column(name)
        texts = column.explode() if isinstance(column.dtype, pl.List) else column
        absent = _absent(name, unusual, texts.cast(pl.String).drop_nulls(), exactly=where.allow)
        said += [f"No {of} has {one}" for one in absent]
    if where.has_range and "version" in frame.columns:
        versions = frame.get_column("version").cast(pl.String).drop_nulls().unique().to_list()
        said += _other_schemes(where, versions, of=of)
    for clause in parse(where.search or ""):
        said += [doubts(filter_of(term, where), frame, of=of) or "" for term in clause if term.key in EXACT]
    return " ".join(filter(None, said)) or None


def _absent(name: str, given: Sequence[str], column: pl.Series, *, exactly: Sequence[str] | None) -> list[str]:
    """List the given values that no row has, each with what to use instead."""
    if not given:
        return []
    counts = column.value_counts(name="_n").sort("_n", column.name, descending=[True, False])
    values = counts[column.name]
    if name == "path":
        absent = [value for value in given if not counts.select(below(pl.col(column.name), value).any()).item()]
    elif name == "submitted_by":  # may have very many values
        absent = [value for value in given if value not in values]
    else:
        texts = values.to_list()
        absent = [value for value in given if not values_among(name, [value], texts, exactly=exactly)]
    # Other submitters are never suggested: what commands print is often kept in a log.
    hints = {value: "" if name == "submitted_by" else _instead(name, values, value) for value in absent}
    return [f"{NAMES.get(name, name)} {_readable(value)}.{hint}" for value, hint in hints.items()]


def _readable(value: str) -> str:
    """Make a value of the data readable; anyone may have written it, at any length."""
    text = (value if value.isprintable() else repr(value)) if value.strip() else "(empty)"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _instead(name: str, values: pl.Series, value: str) -> str:
    """Name what a value with a wildcard stands for, or one that differs in case only; else list similar values."""
    wide = _ANY_NUMBER.sub(".*", value).strip()
    if name == "path":
        page = f"/{wide.strip('*/')}"
        if page != value and values.to_frame().select(below(pl.col(values.name), page).any()).item():
            return f" Did you mean {_readable(page)}?"
    elif "*" in wide and wide.strip("*"):
        pattern = wide.casefold().replace("[", "[[]")  # which would begin a choice of letters
        among = [text for text in values if fnmatchcase(text.casefold(), pattern)]
        among.sort(key=len)  # releases before their builds
        if among:
            more = ", …" if len(among) > _SHOWN else ""
            return f" Did you mean {', '.join(map(_readable, among[:_SHOWN]))}{more}?"
    same_letters = [text for text in values if text.casefold() == value.casefold()]
    if same_letters:
        return f" Did you mean {' or '.join(map(_readable, same_letters))}?"
    if values.len() <= _SHOWN:
        return f" Values in the data: {', '.join(map(_readable, values))}." if values.len() else ""
    alike = process.extract(
        value, values.to_list(), scorer=fuzz.ratio, processor=str.casefold, limit=3, score_cutoff=_ALMOST
    )
    return f" Did you mean {' or '.join(_readable(text) for text, _, _ in alike)}?" if alike else ""


def _ends(ordered: Sequence[str]) -> str:
    first, last = _readable(ordered[0]), _readable(ordered[-1])
    return first if first == last else f"{first} to {last}"


def _other_schemes(where: FeedbackFilter, texts: list[str], *, of: str) -> list[str]:
    """List the versions in a range whose scheme is not that of its ends, or report that the range is empty."""
    reading = Reading.of(texts)

    ends = [text for text in (where.version_since, where.version_until) if text is not None]
    said = filter_forms.version_range(where)
    inside = where.versions_among(texts)
    if not inside:
        ordered = [text for text in in_order(texts) if text is not None and is_ordered(text, reading)]
        known = f" Versions in the data: {_ends(ordered)}." if ordered else ""
        return [f"No {of} has a version {said}.{known}"] if texts else []
    wanted = {line(text, reading) for text in ends}
    own = [text for text in inside if line(text, reading) in wanted]
    others = [text for text in inside if line(text, reading) not in wanted]
    if not others:
        return []
    name, edge = ("version_until", own[-1:]) if where.version_until is None else ("version_since", own[:1])
    changed: dict[str, Any] = {name: edge[0]} if edge else {}
    narrower = replace(where, **changed).versions_among(texts)
    those = f"{', '.join(others[:_SHOWN])}{', …' if len(others) > _SHOWN else ''}"
    it = "it" if len(others) == 1 else "them"
    how = "add" if getattr(where, name) is None else "pass"
    advice = f' To leave {it} out, {how} {name}="{edge[0]}".' if {*others}.isdisjoint(narrower) else ""
    given = " and ".join(f'{n}="{getattr(where, n)}"' for n in ("version_since", "version_until") if getattr(where, n))
    return [f"{given} also selects {count_of(len(others), 'version')} of another scheme: {those}.{advice}"]


def caller() -> int:
    """Stack level of the first caller outside this package, whose line a warning should point to."""
    frame, level = currentframe(), 0
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        frame, level = frame.f_back, level + 1
    return max(level, 1)
