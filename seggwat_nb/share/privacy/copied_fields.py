"""Finds the values of fields that are not on the line of their name: in copied forms, in tables and in HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.finders import Candidate, Span
from seggwat_nb.share.privacy.keywords import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["cells_below", "in_an_input", "line_below"]

_ROWS: Final = 480
"""How many characters after a name are searched for the rows of its table."""


def line_below(candidate: Candidate, *, words_before: int = 0) -> Span | None:
    """Find the single word on the line after a name that has a line of its own.

    Parameters
    ----------
    candidate
        The name of a field.
    words_before
        How many words before the name its line may have: "Current password".
    """
    text = candidate.text
    found = _BELOW.match(text, candidate.end)
    if found is None:
        return None
    line = text[max(0, candidate.start - _LONGEST) : candidate.start].rpartition("\n")[2]
    label = _LABEL.fullmatch(line)
    if label is None or len(label["words"].split()) > words_before:
        return None
    return Span(found.start("value"), found.end("value"), TOKEN)


_LONGEST: Final = 40
_BELOW: Final = re.compile(r"[ *]{0,3}\n{1,2}[ \t]{0,8}(?P<value>[^\s]{3,64})[ \t]{0,8}(?=\n|$)")
"""A folded text has two line feeds for a carriage return and a line feed."""
_LABEL: Final = re.compile(r"[^\w\n]{0,4}(?P<words>(?:[^\W\d_][\w-]{0,15} ){0,2})")


def cells_below(candidate: Candidate, is_one: Callable[[str], bool]) -> Iterator[Span]:
    """Find the cells below a name in the first row of a table, in CSV or Markdown.

    Parameters
    ----------
    candidate
        The name of a column.
    is_one
        Returns whether a cell is what is looked for.
    """
    text = candidate.text
    stop = text.find("\n", candidate.end)
    if stop < 0 or _CELL_END.match(text, candidate.end) is None:
        return
    first = text.rfind("\n", 0, candidate.start) + 1
    header = text[first:stop]
    sign = next((sign for sign in _SIGNS if sign in header), None)
    if sign is None or re.search("[,;] ", header) or not all(map(_HEADING.fullmatch, header.split(sign))):
        return
    column = text.count(sign, first, candidate.start)
    at = stop
    for row in text[stop : candidate.end + _ROWS].split("\n"):
        cells = row.split(sign)
        if len(cells) == header.count(sign) + 1:
            cell = cells[column].strip(" \t\"'`")
            start = at + len(sign.join(cells[:column])) + (1 if column else 0)
            start += len(cells[column]) - len(cells[column].lstrip(" \t\"'`"))
            if cell and is_one(cell):
                yield Span(start, start + len(cell), TOKEN)
        elif row.strip():
            return
        at += len(row) + 1


_CELL_END: Final = re.compile(r"[ \"'`*]{0,3}[|\t;,\n]")
_SIGNS: Final = "|\t;,"
_HEADING: Final = re.compile(r"[ \"'`*]{0,3}(?:[^\W\d][\w-]{0,24}(?: [^\W\d][\w-]{0,24}){0,2})?[ \"'`*]{0,3}")
"""The name of a column. In a sentence, a space follows a comma."""


def in_an_input(candidate: Candidate) -> Span | None:
    """Find the value of an HTML field whose type or name is the candidate."""
    text = candidate.text
    opening = _ATTRIBUTE.search(text, max(0, candidate.start - _LONGEST), candidate.start)
    if opening is None:
        return None
    before = _VALUE.search(text, max(0, candidate.start - _TAG), opening.start())
    found = _VALUE_AFTER.match(text, candidate.end) or before
    return None if found is None else Span(found.start("value"), found.end("value"), TOKEN)


_TAG: Final = 64
_ATTRIBUTE: Final = re.compile(r"\b(?:type|name|id)=[\"'][\w.-]{0,24}$")
_GIVEN: Final = r"\bvalue=[\"'](?P<value>[^\"'<>{}\n]{4,64})[\"']"
_VALUE: Final = re.compile(rf"{_GIVEN}[^<>\n]*$")
_VALUE_AFTER: Final = re.compile(rf"[\w.-]{{0,24}}[\"'][^<>\n]{{0,200}}?{_GIVEN}")
