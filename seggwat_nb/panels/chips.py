"""Describes the parts of a filter, for a panel's chips and the buttons that remove a part."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.analysis.versions import canonical
from seggwat_nb.charts.base import EMPTY, NONE
from seggwat_nb.dataset import past_moment
from seggwat_nb.panels.crossfilter import PARTS, is_set, only
from seggwat_nb.panels.facets import FACETS, readable
from seggwat_nb.panels.moves import excluding_field, values
from seggwat_nb.text import format_day, format_moment, isolate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.crossfilter import Crossfilter
    from seggwat_nb.panels.moves import State
    from seggwat_nb.provenance import Provenance

__all__ = ["chips_of", "describe_part", "doubts_of", "name_of", "origin"]

_NAMES: Final = {**FACETS, "dates": "Dates", "text": "Text", "search": "Search", "archived": "Archived"}
_MOST_VALUES: Final = 3
_LONGEST: Final = 40
_STATUS: Final = re.compile(r'\b(?:state|status):"?(\w+)', re.IGNORECASE)
"""Matches what somebody may type for a status, in the part of a search that is not one."""


def name_of(part: str) -> str:
    """Return a panel's name for a part of a filter."""
    return _NAMES[part]


def chips_of(
    state: State, together: Mapping[str, Sequence[tuple[str, Sequence[str]]]], bare: Sequence[str]
) -> list[dict[str, Any]]:
    """Describe each part of a filter that is set. Values often wanted `together` go by their common name.

    Parts that are `bare` select just the items without a value.
    """
    where = state.where
    return [
        {
            "part": part,
            "name": name_of(part),
            "said": NONE
            if part in bare
            else _group(where, part, together.get(part, ())) or isolate(describe_part(where, part)),
            "title": f"items without a {name_of(part).lower()}" if part in bare else only(where, part).describe(),
            "off": part in state.off,
            "not": bool(values(where, part, "not")) and not values(where, part, "in") and part not in bare,
            "flips": excluding_field(part) is not None
            and bool(values(where, part, "in") or values(where, part, "not")),
        }
        for part in PARTS
        if is_set(where, part)
    ]


def _group(where: FeedbackFilter, part: str, groups: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return the name of a group of values, if a part selects exactly these."""
    chosen, left_out = ({*values(where, part, how)} for how in ("in", "not"))
    return next((name for name, group in groups if {*group} == chosen and not left_out), "")


def describe_part(where: FeedbackFilter, part: str) -> str:
    """Describe briefly what a part of a filter selects."""
    if part == "text":
        return f"/{where.text}/" if where.regex else f"“{where.text}”"
    if part == "search":
        return str(where.search)
    if part == "dates":
        return _dates(where)
    if part == "archived":
        return "only" if where.archived else "without"
    if part == "version" and where.has_range:
        ends = (("from", where.version_since), ("up to", where.version_until))
        return " ".join(f"{word} {end}" for word, end in ends if end is not None)
    chosen, left_out = (_once(part, values(where, part, how)) for how in ("in", "not"))
    return ", ".join(filter(None, [_few(chosen), f"not {_few(left_out)}" if left_out else ""]))


def _once(part: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Keep one spelling of each version."""
    first: dict[str, str] = {}
    for value in chosen:
        first.setdefault(canonical(value) if part == "version" else value, value)
    return tuple(first.values())


def _few(chosen: tuple[str, ...]) -> str:
    names = [_short(value) for value in chosen]
    if len(names) > _MOST_VALUES:
        return f"{', '.join(names[: _MOST_VALUES - 1])} and {len(names) - _MOST_VALUES + 1} more"
    return ", ".join(names)


def _short(value: str) -> str:
    text = readable(value) or EMPTY
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _dates(where: FeedbackFilter) -> str:
    since, until = where.since, where.until
    first = None if since is None else _edge(since)
    if until is None:
        return f"since {first}"
    if type(until) is date:
        last = format_day(until - timedelta(days=1)) if until > date.min else format_day(until)
    else:
        last = f"before {_edge(until)}"
    if first is None:
        return last if last.startswith("before") else f"up to {last}"
    return last if first == last else f"{first} \N{EN DASH} {last}"


def _edge(edge: date | datetime | str) -> str:
    if isinstance(edge, str):
        return edge
    if isinstance(edge, datetime):
        return f"{format_day(edge)} {edge:%H:%M} UTC"
    return format_day(edge)


def doubts_of(rows: Crossfilter, where: FeedbackFilter, groups: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Warn about values that may be mistakes. If a status is the name of a group of them, say how to select these."""
    asked = {one.casefold() for how in ("in", "not") for one in values(where, "status", how)}
    asked |= {found.casefold() for found in _STATUS.findall(where.search or "")}
    asked -= {one.casefold() for one in rows.present("status")}
    hints = [
        f"To select all {name.lower()} statuses, press “{name}” beside Status."
        for name, _ in groups
        if name.casefold() in asked
    ]
    return " ".join([*filter(None, [rows.doubts(where)]), *hints])


def origin(
    about: Provenance | None, frame: pl.DataFrame, as_of: datetime | None = None, *, time_zone: str = "UTC"
) -> str:
    """Describe the provenance of the rows, and for past data what is uncertain.

    `as_of` is when they were known like this, by default when they were loaded. The time zone is that of all days.
    """
    if about is None:
        return "" if as_of is None else past_moment(frame, as_of) or f"As of {format_moment(as_of, time_zone)}"
    as_of = as_of or about.as_of
    told = ["Synthetic demo data"] if about.demo else []
    told.append(past_moment(frame, as_of) or f"as of {format_moment(as_of, time_zone)}")
    told.append(f"{about.rows:,} items loaded ({about.loaded})")
    return " · ".join(told)
