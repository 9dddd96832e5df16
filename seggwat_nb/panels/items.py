"""The table of a panel: a page of the rows selected, what matched, and one row in full."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.crossfilter import Crossfilter
    from seggwat_nb.schema import Provenance

__all__ = ["PAGE", "Page", "page"]

PAGE: Final = 10
"""Rows of a page."""

_SHOWN: Final = {
    "created_at": "Date",
    "type": "Type",
    "status": "Status",
    "version": "Version",
    "path": "Path",
    "message": "Message",
}
_NOTHING: Final = "No items match. Clear a filter."
_LONGEST: Final = 160
"""Letters of a message that a row shows; all of them are in the row opened."""
_IN_SIGHT: Final = 40
"""Letters of a message that a narrow row has room for."""
_BEFORE: Final = 12
"""Letters shown before a match that lies further in."""
_UNREADABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which page of which order, and the row opened, by its number in the frame: ids may be missing, or twice there."""

    number: int = 0
    sort: str = "created_at"
    descending: bool = True
    open: int | None = None


def page(
    rows: Crossfilter, where: FeedbackFilter, asked: Page, *, about: Provenance | None, orders: dict[str, pl.Series]
) -> dict[str, Any]:
    """Return what the browser shows; `orders` keeps each order of all rows once it is known."""
    mask = rows.chosen(where).mask
    total = int(mask.sum())
    last = max(0, (total - 1) // PAGE)
    number = min(max(asked.number, 0), last)
    columns = [column for column in _SHOWN if column in rows.frame.columns]
    sort = asked.sort if asked.sort in rows.frame.columns else None
    places = _places(rows, mask, sort, descending=asked.descending, orders=orders)
    on_page = places.slice(number * PAGE, PAGE)
    shown = rows.frame[on_page]
    first = number * PAGE + 1
    zone = where.time_zone
    return {
        "caption": f"Items selected, page {number + 1:,} of {last + 1:,}",
        "columns": [
            {
                "name": column,
                "label": f"Date ({zone.rpartition('/')[2]})" if column == "created_at" else _SHOWN[column],
                "sortable": column != "message",
                "opens": column == "message",
                "sorted": ("descending" if asked.descending else "ascending") if column == sort else "",
            }
            for column in columns
        ],
        "rows": [
            {
                "at": at,
                "cells": [_cell(column, row, where) for column in columns],
            }
            for at, row in zip(on_page, _readable(shown, zone).to_dicts(), strict=True)
        ],
        "open": None
        if asked.open is None or asked.open not in on_page
        else _details(rows.frame, asked.open, zone, about),
        "page": number,
        "more": number < last,
        "place": f"{first:,} to {first + shown.height - 1:,} of {total:,}"
        if total
        else "No items match. Clear a filter.",
    }


def _places(
    rows: Crossfilter, mask: pl.Series, sort: str | None, *, descending: bool, orders: dict[str, pl.Series]
) -> pl.Series:
    """Row numbers of what is selected, in order."""
    if sort is None:
        return mask.arg_true()
    key = f"{sort}{' descending' * descending}"
    if key not in orders:
        orders[key] = rows.sortable(sort).arg_sort(descending=descending, nulls_last=True)
    order = orders[key]
    return order.filter(mask.gather(order))


def _readable(rows: pl.DataFrame, zone: str) -> pl.DataFrame:
    return rows.with_columns(pl.selectors.datetime().dt.convert_time_zone(zone).dt.strftime("%Y-%m-%d %H:%M"))


def _cell(column: str, row: dict[str, Any], where: FeedbackFilter) -> list[tuple[str, bool]]:
    value = row[column]
    if value is None:
        return [("\N{EN DASH}", False)]
    text = _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))
    if column != "message":
        return [(text or "(empty)", False)]
    return _mark_matches(" ".join(text.split()), where)


def _mark_matches(text: str, where: FeedbackFilter) -> list[tuple[str, bool]]:
    """Cut a message to a line, around the first match, and mark every match in it."""
    spans = _matches(text, where)
    begin = max(0, spans[0][0] - _BEFORE) if spans and spans[0][1] > _IN_SIGHT else 0
    end = min(len(text), begin + _LONGEST)
    pieces: list[tuple[str, bool]] = [("…", False)] if begin else []
    place = begin
    for start, stop in spans:
        if start >= end:
            break
        pieces += [(text[place:start], False), (text[start : min(stop, end)], True)]
        place = min(stop, end)
    pieces += [(text[place:end], False), ("…" if end < len(text) else "", False)]
    return [piece for piece in pieces if piece[0]] or [("(empty)", False)]


def _matches(text: str, where: FeedbackFilter) -> Sequence[tuple[int, int]]:
    spans = []
    for wanted, is_pattern in where.texts:
        try:  # polars' syntax is Rust's, and a few patterns of it are none of Python's: then nothing is marked
            found = re.finditer(wanted if is_pattern else re.escape(wanted), text, re.IGNORECASE)
            spans += [one.span() for one in found if one.end() > one.start()]
        except re.error:
            continue
    return _joined(spans)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that overlap, in order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _in_words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _details(frame: pl.DataFrame, at: int, zone: str, about: Provenance | None) -> dict[str, Any]:
    record = _readable(frame[at], zone).to_dicts()[0]
    fields = [
        (
            name.replace("_", " "),
            "\N{EN DASH}" if value in (None, []) else _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", _in_words(value)),
        )
        for name, value in record.items()
    ]
    item = record.get("id")
    url = None if about is None or item is None else about.item_url(str(item), record.get("project_id"))
    return {"at": at, "fields": fields, "url": url if url and url.startswith(("http://", "https://")) else None}
