"""A last look at what is about to leave: whether the token, a submitter's id or an e-mail address is in it after all.

Masking hides what it knows; this looks for what must not be there, in the finished bytes, whoever put it in.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import polars as pl

from seggwat_nb.errors import LeakError
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.share.privacy import ADDRESS, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seggwat_nb.secret import Secret

__all__ = ["check"]

_ZIP: Final = b"PK\x03\x04"
_WRAPS: Final = (('"', '"'), ('\\"', '\\"'), (">", "<"), (",", ","), ("\n", ","), (",", "\n"), ("\n", "\n"))
"""What stands around a whole value in JSON, JSON within JSON, HTML and XML, CSV and lines of text."""


def check(content: bytes | str, *, name: str, token: Secret | None = None, frame: pl.DataFrame | None = None) -> None:
    """Look for what must not leave.

    Parameters
    ----------
    content
        The finished text: HTML, JSON, CSV, a message's body; or a spreadsheet's bytes, whose parts are each looked
        at. Of a report, the data without the bundle. Compressed formats (Parquet, PDF) hide what is in them: pass
        what they were made of.
    name
        What it is, for the error.
    token
        The API token; found anywhere it is a leak.
    frame
        The rows before they were masked; None where masking was switched off by name. Its e-mail addresses are leaks
        anywhere and in any case; its ``submitted_by`` where one stands as a whole value, not as a part of a word. A
        submitter whose id is a word of the vocabularies, such as ``Manual``, is not looked for.

    Raises
    ------
    LeakError
        Something was found; it names the place and not what stands there.

    Examples
    --------
    >>> frame = pl.DataFrame({"submitted_by": ["ann"], "message": ["I am jo@example.org"]})
    >>> check('{"by": "user-1", "message": "Ann, annual"}', name="report.html", frame=frame)
    >>> check('{"by": "ann"}', name="report.html", frame=frame)
    Traceback (most recent call last):
    seggwat_nb.errors.LeakError: report.html, line 1, character 8, holds a submitter's id, so it was not written. \
Leave masking on, or mend what put it there.
    """
    frame = None if frame is None else as_text(frame)
    addresses = [] if frame is None else _addresses(frame)
    people = [] if frame is None else _people(frame)
    for part, text in _parts(content, name):
        kinds: tuple[tuple[str, Callable[[], list[str]], bool], ...] = (
            ("the API token", lambda: [] if token is None else [token.reveal()], False),  # in no variable
            ("an e-mail address", lambda: _spelt(addresses), True),
            ("a submitter's id", lambda: _wrapped(people), False),
        )
        for kind, needles, any_case in kinds:
            place = _first(text, needles(), any_case=any_case)
            if place is not None:
                raise LeakError(
                    f"{part}, {place}, holds {kind}, so it was not written. "
                    "Leave masking on, or mend what put it there."
                )


def _parts(content: bytes | str, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(content, str):
        yield name, content
    elif content.startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for part in parts.namelist():
                yield f"{name}, {part}", parts.read(part).decode("utf-8", "replace")
    else:
        yield name, content.decode("utf-8", "replace")


def _addresses(frame: pl.DataFrame) -> list[str]:
    texts = [frame.get_column(name) for name, kind in frame.schema.items() if kind == pl.String()]
    found = [text.str.extract_all(ADDRESS).explode().drop_nulls() for text in texts]
    return pl.concat([pl.Series(dtype=pl.String), *found]).str.to_lowercase().unique().to_list()


def _people(frame: pl.DataFrame) -> list[str]:
    if frame.schema.get("submitted_by") != pl.String():
        return []
    words = [word for vocabulary in VOCABULARIES.values() for word in vocabulary]
    people = frame.get_column("submitted_by").drop_nulls().unique()
    return people.filter((people != "") & ~people.is_in(words)).to_list()


def _spelt(texts: Iterable[str]) -> list[str]:
    """Write each text as JSON, HTML and addresses may have it."""
    ways = (str, html.escape, quote, _as_json, lambda text: _as_json(text, ensure_ascii=False))
    return list({way(text) for text in texts for way in ways})


def _as_json(text: str, *, ensure_ascii: bool = True) -> str:
    return json.dumps(text, ensure_ascii=ensure_ascii)[1:-1]


def _wrapped(people: list[str]) -> list[str]:
    """Put each id between what stands around a value; a number only in quotes, for counts are numbers too."""
    numbers = [person for person in people if re.fullmatch(r"[\d.,+-]+", person)]
    others = set(people).difference(numbers)
    quoted = [before + text + after for text in _spelt(numbers) for before, after in _WRAPS[:2]]
    return quoted + [before + text + after for text in _spelt(others) for before, after in _WRAPS]


def _first(text: str, needles: list[str], *, any_case: bool) -> str | None:
    """Find the first of many texts at once (Aho-Corasick), and say in words where it is."""
    if not needles:
        return None
    hay = pl.Series([f"\n{text}\n"]).to_frame("text")
    found = hay.select(pl.col("text").str.find_many(needles, ascii_case_insensitive=any_case).list.min()).item()
    if found is None:
        return None
    start = found + (hay["text"].item().encode()[found : found + 1] == b"\n")
    before = f"\n{text}".encode()[:start].decode("utf-8", "ignore")
    return f"line {before.count(chr(10))}, character {len(before) - before.rfind(chr(10))}"
