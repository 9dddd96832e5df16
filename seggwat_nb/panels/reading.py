"""What a panel shows of items: a line of each, and one of them in full, with what belongs to it.

Texts are cut into pieces of which every second one matches the search, so that a page marks what was found without
knowing how it is searched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.panels.facets import FACETS, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.schema import Provenance

__all__ = ["details", "lines", "pieces", "terms"]

_LONGEST: Final = 240
"""Characters of a message in a line; all of them are in the item that is read."""
_IN_SIGHT: Final = 60
_BEFORE: Final = 14
"""Characters shown before a match that lies further in."""
_UNREADABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_COLUMNS: Final = ("type", "status", "version", "path", "source")
_ADDRESS: Final = re.compile(r"^([^@\s])[^@\s]*(@[^@\s]+)$")
_DAY: Final = "%-d %b %Y"
_MOMENT: Final = "%-d %b %Y, %H:%M"


def lines(frame: pl.DataFrame, at: Sequence[int], where: FeedbackFilter, *, start: int) -> list[dict[str, Any]]:
    """Describe rows in a line each: ``place`` in the list, number ``at`` in the frame, the message and its columns."""
    columns = [name for name in ("message", *_COLUMNS) if name in frame.columns]
    rows = frame[list(at)].select(
        *(pl.col(name).cast(pl.String) for name in columns), day=_written(frame, where.time_zone, _DAY)
    )
    found = terms(where)
    return [
        {
            "place": start + step,
            "at": int(number),
            "text": pieces(" ".join((row.get("message") or "").split()), found, longest=_LONGEST),
            **{name: _readable(row.get(name)) for name in _COLUMNS},
            "day": row["day"],
        }
        for step, (number, row) in enumerate(zip(at, rows.to_dicts(), strict=True))
    ]


def details(
    frame: pl.DataFrame, at: int, where: FeedbackFilter, *, parts: Sequence[str], about: Provenance | None
) -> dict[str, Any]:
    """Describe a row in full: its message, what of it can be filtered by, and all its fields."""
    row = frame[at]
    record = row.to_dicts()[0]
    fields = [
        {"part": part, "name": FACETS[part], "value": str(record[part]), "said": _shown(part, str(record[part]))}
        for part in parts
        if part not in {"type", "theme"} and record[part] is not None
    ]
    themes = record["theme"] if "theme" in parts else None
    if themes is not None:
        fields += [{"part": "theme", "name": "Theme", "value": one, "said": one} for one in themes if one is not None]
    item = record.get("id")
    url = None if about is None or item is None else about.item_url(str(item), record.get("project_id"))
    moment = row.select(_written(frame, where.time_zone, _MOMENT)).item()
    return {
        "at": at,
        "text": pieces(_readable(record.get("message")) or "", terms(where)),
        "type": _readable(record.get("type")),
        "moment": moment,
        "fields": [one for one in fields if one["value"] != ""],
        "all": [
            (name.replace("_", " "), _in_words(value))
            for name, value in row.with_columns(_moments()).to_dicts()[0].items()
            if value not in (None, [], "")
        ],
        "url": url if url and url.startswith(("http://", "https://")) else None,
    }


def terms(where: FeedbackFilter) -> re.Pattern[str] | None:
    """Return what a filter searches messages for, as a pattern to mark it by; None where nothing can be marked."""
    found = []
    for text, is_pattern in where.texts:
        try:  # polars' syntax is Rust's, and a few patterns of it are none of Python's: these are not marked
            found.append(re.compile(text if is_pattern else re.escape(text)).pattern)
        except re.error:
            continue
    return re.compile("|".join(f"(?:{one})" for one in found), re.IGNORECASE) if found else None


def pieces(text: str, found: re.Pattern[str] | None, *, longest: int | None = None) -> list[str]:
    """Cut a text into pieces of which every second one matches, and to a line around the first match.

    Examples
    --------
    >>> pieces("No way to pay by card", re.compile("pay|card"))
    ['No way to ', 'pay', ' by ', 'card', '']
    """
    text = _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    spans = [] if found is None else [one.span() for one in found.finditer(text) if one.end() > one.start()]
    begin, end = 0, len(text)
    if longest is not None:
        if spans and spans[0][1] > _IN_SIGHT:
            begin = max(0, spans[0][0] - _BEFORE)
        end = min(end, begin + longest)
    cut, place, before = [], begin, "…" if begin else ""
    for start, stop in spans:
        if start >= end:
            break
        cut += [before + text[place:start], text[start : min(stop, end)]]
        place, before = min(stop, end), ""
    return [*cut, before + text[place:end] + ("…" if end < len(text) else "")]


def _readable(value: object) -> str | None:
    return None if value is None else _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))


def _shown(part: str, value: str) -> str:
    """Write a value; of a person's address, which others may see over a shoulder, only its ends."""
    text = _readable(value) or ""
    return _ADDRESS.sub(r"\1…\2", text) if part == "submitted_by" else label(text)


def _written(frame: pl.DataFrame, zone: str, how: str) -> pl.Expr:
    moment = pl.col("created_at")
    kind = frame.schema["created_at"]
    if isinstance(kind, pl.Datetime) and kind.time_zone is None:
        moment = moment.dt.replace_time_zone("UTC")
    return moment.dt.convert_time_zone(zone).dt.strftime(how)


def _moments() -> pl.Expr:
    return pl.selectors.datetime().dt.strftime("%Y-%m-%d %H:%M")


def _in_words(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text)
