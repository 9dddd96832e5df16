"""Submitters under other names: the same alias for one person in everything shared of a project, wherever the id stands.

An id that nobody writes by chance is looked for in every text and path. One that is an ordinary word or a short number
is hidden in its owner's rows alone: in the texts of others "Love" is what they love, and nobody's name.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.errors import LockedError
from seggwat_nb.files import DATA_FOLDER, file_errors, private_folder, write_atomically
from seggwat_nb.locks import alone
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.share.privacy.finders import Span, is_letter
from seggwat_nb.share.privacy.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["ALIAS", "People", "salt"]

ALIAS: Final = r"user-[0-9a-f]{10}|\[submitter\]"
"""What a submitter is called in what leaves."""


_LOCK_SECONDS: Final = 10.0
_NOBODY: Final = "[submitter]"
"""What everybody is called where no salt is: an alias without one could be tested by guessing."""

_SHORTEST: Final = 4
_SHORTEST_NUMBER: Final = 6
_SHORTEST_WORD: Final = 6
_ORDINARY: Final = 3
"""An id that stands in so many texts of other people is an ordinary word there."""


class People:
    """The submitters of a project, and what each is called in what leaves.

    Parameters
    ----------
    ids
        Their ids, as ``submitted_by`` has them.
    salt
        The project's (`salt`); with None everybody is ``[submitter]``.

    Examples
    --------
    >>> people = People(["jane.doe84"], salt=b"1")
    >>> people.alias("jane.doe84")
    'user-f498ac0ba9'
    """

    def __init__(self, ids: Iterable[str], *, salt: bytes | None) -> None:
        self._salt = salt
        self._distinct: dict[str, str] = {}
        for identity in sorted({identity for identity in ids if identity.strip()}):
            for spelling in _spellings(identity):
                self._distinct.setdefault(spelling, self.alias(identity))

    def alias(self, identity: str) -> str:
        """Name a person in what leaves."""
        if self._salt is None:
            return _NOBODY
        # Forty bits: among 100,000 people the chance that any two share an alias is below one in two hundred.
        return "user-" + hmac.new(self._salt, identity.encode(), hashlib.sha256).hexdigest()[:10]

    def learn(self, texts: pl.Series, writers: pl.Series) -> None:
        """Leave out the ids that are ordinary words in the texts of others; asked once, with all texts there are."""
        words = [key for key in self._distinct if key.isalpha() or not any(char.isalpha() for char in key)]
        rows = pl.DataFrame({"text": texts, "writer": writers}).drop_nulls("text")
        rows = rows.filter(pl.col("text").str.to_lowercase().str.contains_any(words)) if words else rows.clear()
        self._leave_out(
            key
            for hits, writer in zip(_hits(_lowered(rows["text"]), words), rows["writer"], strict=True)
            for key in {key for _, _, key in hits}
            if key != _lower(fold(writer or ""))
        )

    def learn_values(self, values: pl.Series, writers: pl.Series) -> None:
        """Leave out the ids that are values in the rows of others: nobody renames a page or a version by an id."""
        rows = pl.DataFrame({"value": values, "writer": writers}).drop_nulls("value")
        keys = pl.Series([_lower(fold(value)).strip().removeprefix("/") for value in rows["value"]], dtype=pl.String)
        known = {key.removeprefix("/"): key for key in self._distinct}
        rows = rows.with_columns(key=keys).filter(keys.is_in(list(known)), pl.col("value").ne_missing(pl.col("writer")))
        self._leave_out(known[key] for key in rows["key"])

    def _leave_out(self, found: Iterable[str]) -> None:
        counts = pl.Series("key", list(found), dtype=pl.String).value_counts()
        for key in counts.filter(pl.col("count") >= _ORDINARY)["key"]:
            del self._distinct[key]

    def spans(self, texts: pl.Series, writers: pl.Series) -> dict[int, list[Span]]:
        """Find where ids stand in folded texts, each under its alias."""
        found = {
            at: [Span(start, end, self._distinct[key]) for start, end, key in hits]
            for at, hits in self._standing(texts).items()
        }
        rows = pl.DataFrame({"text": texts, "writer": writers}).with_row_index("at").drop_nulls()
        for at, text, writer in rows.iter_rows():
            key = _lower(fold(writer)).strip()
            if key and key not in self._distinct and (hits := _of(_lower(text), key)):
                found[at] = sorted(
                    [*found.get(at, []), *(Span(start, end, self.alias(writer)) for start, end in hits)],
                    key=lambda span: span.start,
                )
        return found

    def stand_in(self, texts: pl.Series) -> pl.Series:
        """Tell of folded texts whether one of the ids that nobody writes by chance stands in it."""
        held = list(self._standing(texts))
        return pl.Series([False]).new_from_index(0, texts.len()).scatter(held, [True] * len(held))

    def _standing(self, texts: pl.Series) -> dict[int, list[tuple[int, int, str]]]:
        keys = list(self._distinct)
        if not keys or texts.is_empty():
            return {}
        maybe = texts.str.to_lowercase().str.contains_any(keys).fill_null(value=False).arg_true()
        hits = _hits(_lowered(texts.gather(maybe)), keys)
        return {at: found for at, found in zip(maybe, hits, strict=True) if found}


def salt(folder: Path) -> bytes:
    """Give a project's salt, made when it is first asked for; who has it can tell aliases apart from guesses.

    Parameters
    ----------
    folder
        The project's folder (`seggwat_nb.config.Settings.project_dir`).

    Raises
    ------
    FileError
        It cannot be kept there, so aliases would differ from one time to the next.
    LockedError
        Another program does not let go of it.
    """
    path = folder / "alias-salt"

    def made_once() -> bytes:
        if not path.exists():
            write_atomically(path, secrets.token_hex(32).encode())
        return path.read_bytes()

    try:
        with file_errors(f"write {path}", DATA_FOLDER):
            return alone(private_folder(folder) / "alias-salt.lock", made_once, seconds=_LOCK_SECONDS)
    except TimeoutError:
        raise LockedError(
            f"Another program has held {path}.lock for {_LOCK_SECONDS:.0f} seconds. Wait for it or stop it, then retry."
        ) from None


def _spellings(identity: str) -> list[str]:
    """Give what is looked for everywhere: the id, and of an address what stands before the sign, if nobody writes it by chance."""
    key = _lower(fold(identity)).strip()
    name, sign, _ = key.partition("@")
    spellings = [key] if _is_distinct(key) else []
    if sign and len(name) >= _SHORTEST_WORD and re.search(r"[\d._-]", name) and not name.isdigit():
        spellings.append(name)
    return spellings


def _is_distinct(key: str) -> bool:
    if any(key == word.lower() for words in VOCABULARIES.values() for word in words):
        return False
    if re.fullmatch(r"[\d\W_]+", key):
        return sum(char.isdigit() for char in key) >= _SHORTEST_NUMBER
    return len(key) >= (_SHORTEST_WORD if key.isalpha() and key.isascii() else _SHORTEST)


def _lower(text: str) -> str:
    """Write in small letters, one for one, so that places stay."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(char.lower()[0] for char in text)


def _lowered(texts: pl.Series) -> pl.Series:
    return pl.Series("text", [_lower(text) for text in texts], dtype=pl.String)


def _hits(texts: pl.Series, keys: list[str]) -> list[list[tuple[int, int, str]]]:
    """Find the keys that stand in each text as words of their own; of those that overlap, the first and longest."""
    if texts.is_empty():
        return []
    found = texts.to_frame("text").select(
        "text",
        at=pl.col("text").str.find_many(keys, overlapping=True),
        key=pl.col("text").str.extract_many(keys, overlapping=True),
    )
    hits = []
    for text, offsets, names in found.iter_rows():
        encoded = None if text.isascii() else text.encode()
        places = []
        for offset, key in zip(offsets, names, strict=True):
            start = offset if encoded is None else len(encoded[:offset].decode())
            if _stands(text, start, start + len(key)):
                places.append((start, start + len(key), key))
        hits.append(_apart(places))
    return hits


def _apart(places: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    kept: list[tuple[int, int, str]] = []
    for place in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or place[0] >= kept[-1][1]:
            kept.append(place)
    return kept


def _of(text: str, key: str) -> list[tuple[int, int]]:
    places = []
    start = text.find(key)
    while start >= 0:
        if _stands(text, start, start + len(key)):
            places.append((start, start + len(key)))
        start = text.find(key, start + len(key))
    return places


def _stands(text: str, start: int, end: int) -> bool:
    """Tell whether a stretch is a word of its own: no letter or digit goes on before or behind it."""
    before = start > 0 and is_letter(text[start]) and is_letter(text[start - 1]) and text[start - 1] != "_"
    behind = end < len(text) and is_letter(text[end - 1]) and is_letter(text[end]) and text[end] != "_"
    return not before and not behind
