"""Replaces submitters by aliases: the same alias for a person wherever the ID occurs in anything shared from a project.

An ID that nobody writes by chance is replaced in every text and path. An ID that is an ordinary word or a short number
is only replaced in its owner's rows, because in other people's texts, "Love" is just a word.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from contextlib import suppress
from copy import copy
from functools import lru_cache
from threading import Lock
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

__all__ = ["People", "salt"]

_LOCK_SECONDS: Final = 10.0
_NOBODY: Final = "[submitter]"
"""Used for everybody if there is no salt: an unsalted alias could be reversed by guessing."""

_SHORT: Final = 2_000
"""Characters of texts that are searched for one key after another, which takes less time than to build a search."""
_AT_ONCE: Final = 10_000
"""Keys of one search. The time to build it grows with the square of their number."""

_ASCII_WORD: Final = "[a-z0-9]+"
_WITH_DIGIT: Final = "[a-z]*[0-9][a-z0-9]*"
_TEXTS_AT_ONCE: Final = 50_000
"""Texts whose words are in memory at the same time."""

_SHORTEST: Final = 4
_SHORTEST_NUMBER: Final = 6
_SHORTEST_WORD: Final = 6
_ORDINARY: Final = 3
"""An ID made of words counts as ordinary language if this many other people write it."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’/]+[^\W\d_]+)*")  # the typographic apostrophe, as typed on phones
_MAILBOXES: Final = frozenset(
    "account accounts admin billing contact customer customers feedback hello helpdesk info mailbox marketing "  # noqa: SIM905  # a list of names
    "noreply office orders postmaster press privacy sales security service shop support webmaster".split()
)
"""Mailboxes that are not personal."""


class People:
    """The submitters of a project and their aliases.

    Parameters
    ----------
    ids
        Their IDs, as in ``submitted_by``.
    salt
        The project's salt (see `salt`). If None, everybody becomes ``[submitter]``.

    Examples
    --------
    >>> people = People(["jane.doe84"], salt=b"1")
    >>> people.alias("jane.doe84")
    'user-f498ac0ba9'
    """

    def __init__(self, ids: Iterable[str], *, salt: bytes | None) -> None:
        self._salt = salt
        self._aliases: dict[str, str] = {}
        self._lock = Lock()
        self._spelled = known = _all_spellings(ids)
        self._distinct = _with_word(known.filter("is_distinct").unique("key", keep="first", maintain_order=True))
        """The spellings that nobody writes by chance, and whose they are."""
        self._own = _keys_of_each(known.filter(~pl.col("is_distinct")))

    def alias(self, identity: str) -> str:
        """Return the alias of a person."""
        if self._salt is None:
            return _NOBODY
        if identity not in self._aliases:
            # Forty bits: among 100,000 people the chance that any two share an alias is below one in two hundred.
            digest = hmac.digest(self._salt, identity.encode(), "sha256").hex()
            self._aliases[identity] = f"user-{digest[:10]}"
        return self._aliases[identity]

    def aliases(self, ids: pl.Series) -> pl.Series:
        """Return the alias of each person. Lists masked at the same time do not compute one twice."""
        with self._lock:
            return pl.Series(ids.name, [self.alias(identity) for identity in ids], dtype=pl.String)

    def learn(self, texts: pl.Series, writers: pl.Series, *, numbers: bool = True) -> None:
        """Exclude IDs that are ordinary words in other people's texts. Call it once, with all texts.

        Parameters
        ----------
        texts, writers
            The texts, and who wrote them.
        numbers
            Whether to check IDs without letters, too.
        """
        words = self._distinct.filter("may_be_words")
        if not numbers:
            words = words.filter([re.search(r"[^\W\d_]", key) is not None for key in words["key"]])
        if words.is_empty():
            return
        self._leave_out(
            (key, str(at) if (writer := writers[at]) is None else writer)
            for at, hits in _hits(_lower_all(texts), words).items()
            for key in {key for _, _, key in hits}
            if key not in _spellings(writers[at] or "")
        )

    def learn_values(self, values: pl.Series, writers: pl.Series, *, made_up: bool = True) -> None:
        """Exclude IDs that are values in other people's rows, so that pages and versions are not renamed.

        Parameters
        ----------
        values, writers
            The values of a column, and the submitter of each row.
        made_up
            Whether to exclude even IDs that nobody writes by chance. Not for paths: such a page may be that person's
            profile.
        """
        keys = {value: _lower(fold(value)).strip().removeprefix("/") for value in values.drop_nulls().unique()}
        # With or without a slash before it.
        spelled = pl.Series([key for bare in keys.values() for key in (f"/{bare}", bare)], dtype=pl.String)
        known = self._distinct.filter(pl.col("key").is_in(spelled.implode()))
        if not made_up:
            known = known.filter(
                pl.col("may_be_words") | pl.col("key").str.contains(_PAGE_FILE) | pl.col("key").str.starts_with("/")
            )
        owners = dict(known.select("key", "id").iter_rows())
        ids = {
            value: max((key for key in (f"/{bare}", bare) if key in owners), key=owners.__getitem__)
            for value, bare in keys.items()
            if f"/{bare}" in owners or bare in owners
        }
        rows = pl.DataFrame({"value": values, "writer": writers}).with_row_index("at")
        rows = rows.filter(pl.col("value").is_in(list(ids)), pl.col("value").ne_missing(pl.col("writer")))
        self._leave_out(
            (ids[value], str(at) if writer is None else writer)
            for value, at, writer in rows.select("value", "at", "writer").iter_rows()
        )

    def copy(self) -> People:
        """Return the same people, for texts of their own to `learn` from."""
        return copy(self)

    def _leave_out(self, found: Iterable[tuple[str, str]]) -> None:
        """Exclude the IDs that enough other people write. Each writer and each unsigned row counts once."""
        pairs = pl.DataFrame(list(found), schema={"key": pl.String, "writer": pl.String}, orient="row")
        counts = pairs.unique()["key"].value_counts()
        ordinary = pl.col("key").is_in(counts.filter(pl.col("count") >= _ORDINARY)["key"].implode())
        changed = self._spelled.filter(ordinary)["id"]
        if changed.is_empty():
            return
        self._distinct = self._distinct.filter(~ordinary)
        self._own = self._own | self._own_words(self._spelled.filter(pl.col("id").is_in(changed.implode())))

    def spans(self, texts: pl.Series, writers: pl.Series) -> dict[int, list[Span]]:
        """Find the IDs in folded texts, as spans with their aliases."""
        standing = self._standing(texts)
        keys = pl.Series([key for hits in standing.values() for _, _, key in hits], dtype=pl.String)
        owners = self._distinct.filter(pl.col("key").is_in(keys.implode()))
        aliases = {key: self.alias(identity) for key, identity in owners.select("key", "id").iter_rows()}
        found = {at: [Span(start, end, aliases[key]) for start, end, key in hits] for at, hits in standing.items()}
        words = self._words_of_each(writers)
        rows = pl.DataFrame({"text": texts, "writer": writers}).with_row_index("at").drop_nulls("text")
        for at, text, writer in rows.filter(pl.col("writer").is_in(list(words))).iter_rows():
            if hits := [(*hit, key) for key in words[writer] for hit in _of(_lower(text), key)]:
                own = [Span(start, end, self.alias(writer)) for start, end, _ in _apart(hits)]
                found[at] = _in_order([*found.get(at, []), *own])
        return found

    def with_own_words(self, writers: pl.Series) -> pl.Series:
        """Keep the writers whose texts are masked unlike other people's, and replace all others by null."""
        own = self._words_of_each(writers)
        if not own:
            return pl.Series(writers.name, [None], dtype=pl.String).new_from_index(0, writers.len())
        return writers.replace_strict({writer: writer for writer in own}, default=None, return_dtype=pl.String)

    def _words_of_each(self, writers: pl.Series) -> dict[str, list[str]]:
        """Return the spellings of IDs that are only replaced in their owners' rows, for writers who have any."""
        names = writers.drop_nulls().unique()
        if names.is_empty():
            return {}
        strangers = names.filter(~names.is_in(self._spelled["id"].implode()))
        own = self._own | self._own_words(_all_spellings(strangers)) if strangers.len() else self._own
        return {writer: own[writer] for writer in names.filter(names.is_in(list(own)))}

    def _own_words(self, spelled: pl.DataFrame) -> dict[str, list[str]]:
        """Return the spellings that are not distinct, of each ID that has any."""
        return _keys_of_each(spelled.filter(~pl.col("key").is_in(self._distinct["key"].implode())))

    def stand_in(self, texts: pl.Series) -> pl.Series:
        """Return which folded texts contain an ID that nobody writes by chance."""
        held = list(self._standing(texts))
        return pl.Series([False]).new_from_index(0, texts.len()).scatter(held, [True] * len(held))

    def _standing(self, texts: pl.Series) -> dict[int, list[tuple[int, int, str]]]:
        return _hits(_lower_all(texts), self._distinct)


def salt(folder: Path) -> bytes:
    """Return a project's salt, created on first use. With it, guesses of the IDs behind aliases can be verified.

    Parameters
    ----------
    folder
        The project's folder (`seggwat_nb.config.Settings.project_dir`).

    Raises
    ------
    FileError
        The salt cannot be stored, so aliases would differ each time.
    LockedError
        Another program keeps it locked.
    """
    path = folder / "alias-salt"

    def make_once() -> bytes:
        if not path.exists():
            write_atomically(path, secrets.token_hex(32).encode())
        return path.read_bytes()

    try:
        with file_errors(f"write {path}", DATA_FOLDER):
            with suppress(FileNotFoundError):
                return path.read_bytes()  # without a lock, which a read-only folder would refuse
            return alone(private_folder(folder) / "alias-salt.lock", make_once, seconds=_LOCK_SECONDS)
    except TimeoutError:
        raise LockedError(
            f"Another program has held {path}.lock for {_LOCK_SECONDS:.0f} seconds. Wait for it or stop it, then retry."
        ) from None


_BETWEEN_PARTS: Final = re.compile(r"[|:\\]")


_PLAIN: Final = r"^[A-Za-z0-9!-$'-/;=-?\[\]^-`{}~]+$"
"""An ID whose only spelling is itself in lower case: ASCII without spaces, escapes, addresses or parts."""
_PLAIN_WORDS: Final = r"^[^a-z0-9]*[a-z]+(?:[-'/]+[a-z]+)*[^a-z0-9]*$|^[^a-z]*$"
"""A plain ID that people may write without meaning the person. For any ID: `_may_be_words`."""


def _all_spellings(ids: Iterable[str]) -> pl.DataFrame:
    """Return the spellings of IDs, sorted by ID, and whether each is distinct and may be words.

    Most IDs are plain, and to look at each of them takes long.
    """
    everybody = pl.DataFrame({"id": pl.Series(list(ids), dtype=pl.String)}).unique().sort("id")
    everybody = everybody.with_columns(key=pl.col("id").str.to_lowercase())
    key = pl.col("key")
    without_letters, digits = key.str.contains("^[^a-z]+$"), key.str.count_matches("[0-9]")
    shortest = pl.when(key.str.contains("^[a-z]+$")).then(_SHORTEST_WORD).otherwise(_SHORTEST)
    distinct = pl.when(without_letters).then(digits >= _SHORTEST_NUMBER).otherwise(key.str.len_bytes() >= shortest)
    is_plain = pl.col("id").str.contains(_PLAIN)
    plain = everybody.filter(is_plain).with_columns(
        is_distinct=distinct & ~key.is_in(list(_VOCABULARY)), may_be_words=key.str.contains(_PLAIN_WORDS)
    )
    others = [
        (identity, key, _is_distinct(key), _may_be_words(key))
        for identity in everybody.filter(~is_plain)["id"]
        if identity.strip()
        for key in _spellings(identity)
    ]
    return pl.concat([plain, pl.DataFrame(others, schema=plain.schema, orient="row")]).sort("id", maintain_order=True)


def _keys_of_each(spelled: pl.DataFrame) -> dict[str, list[str]]:
    return dict(spelled.group_by("id", maintain_order=True).agg("key").iter_rows())


@lru_cache(maxsize=2**16)
def _spellings(identity: str) -> list[str]:
    """Return the spellings to search for: the ID, the local part of an address, and the last part of a composite ID."""
    key = _lower(fold(identity)).strip()
    if not key:
        return []
    name, sign, _ = key.partition("@")
    parts = [name, name.partition("+")[0]] if sign else [_BETWEEN_PARTS.split(key)[-1]]
    return [
        key,
        *(
            part
            for part in dict.fromkeys(parts)
            if part != key and len(part) >= _SHORTEST_WORD and not part.isdigit() and part not in _MAILBOXES
        ),
    ]


def _may_be_words(key: str) -> bool:
    """Return whether people may write an ID without meaning the person: words with numbers, or numbers alone."""
    is_plain = key.isascii()
    letters = key if is_plain else "".join(char for char in key if not unicodedata.category(char).startswith("M"))
    pieces = [bare for piece in letters.split() if (bare := re.sub(r"^[\W_]+|[\W_]+$", "", piece))]
    are_words = all(_WORD.fullmatch(piece) or (piece.isdigit() and len(pieces) > 1) for piece in pieces)
    return are_words or not any(char.isalpha() for char in key)


_PAGE_FILE: Final = r"\.(?:html?|php|aspx?|jsp)$"


_VOCABULARY: Final = frozenset(word.lower() for words in VOCABULARIES.values() for word in words)


def _is_distinct(key: str) -> bool:
    if key in _VOCABULARY:
        return False
    if re.fullmatch(r"[\d\W_]+", key):
        return sum(char.isdigit() for char in key) >= _SHORTEST_NUMBER
    return len(key) >= (_SHORTEST_WORD if key.isalpha() and key.isascii() else _SHORTEST)


def _lower(text: str) -> str:
    """Convert to lower case, one character for one, so that positions stay valid. A final sigma equals any other."""
    lower = text.lower()
    same = lower if len(lower) == len(text) else "".join(char.lower()[0] for char in text)
    return same if same.isascii() else same.replace("ς", "σ")


_ODD_CASE: Final = r"[^\x00-\x{ff}\x{2000}-\x{206f}\x{3000}-\x{30ff}\x{4e00}-\x{9fff}\x{ac00}-\x{d7a3}]"
"""A character whose lower case may depend on where it stands, have another length, or be new in Unicode."""


def _lower_all(texts: pl.Series) -> pl.Series:
    """Convert texts to lower case, as `_lower` does."""
    odd = texts.str.contains(_ODD_CASE).arg_true()
    lower = texts.rename("text").str.to_lowercase()
    return lower.scatter(odd, pl.Series([_lower(text) for text in texts.gather(odd)], dtype=pl.String))


def _hits(texts: pl.Series, keys: pl.DataFrame) -> dict[int, list[tuple[int, int, str]]]:
    """Find the keys that occur in texts as separate words. Of overlapping ones, the first and longest wins.

    `keys` has each ``key`` and its ``word`` (`_with_word`).
    """
    present = _present(texts, keys)
    if not present:
        return {}
    rows = texts.to_frame("text").with_row_index("at").filter(pl.col("text").str.contains_any(present))
    found = rows.with_columns(
        places=pl.col("text").str.find_many(present, overlapping=True),
        keys=pl.col("text").str.extract_many(present, overlapping=True),
    )
    hits = {}
    for at, text, offsets, names in found.iter_rows():
        encoded = None if text.isascii() else text.encode()
        places = []
        for offset, key in zip(offsets, names, strict=True):
            start = offset if encoded is None else len(encoded[:offset].decode())
            if _stands(text, start, start + len(key)):
                places.append((start, start + len(key), key))
        if places:
            hits[at] = _apart(places)
    return hits


def _present(texts: pl.Series, keys: pl.DataFrame) -> list[str]:
    """Return the keys that occur in any text, so that only these are searched for in each."""
    texts = texts.drop_nulls()
    if (texts.str.len_chars().sum() or 0) <= _SHORT:
        whole = "\n".join(texts)
        return [key for key in keys["key"].to_list() if key in whole]
    likely = _in_known_words(texts, keys)
    found = (
        texts.str.extract_many(likely.slice(start, _AT_ONCE).implode(), overlapping=True)
        .explode()
        .drop_nulls()
        .unique()
        for start in range(0, likely.len(), _AT_ONCE)
    )
    return [key for part in found for key in part]


def _in_known_words(texts: pl.Series, keys: pl.DataFrame) -> pl.Series:
    """Leave out the keys with a word of ASCII letters and digits that stands in no text, so neither does the key.

    Nothing that continues such a word may stand beside a key (`_stands`), so its words are words of the text, too.
    """
    patterns = [_WITH_DIGIT, *([_ASCII_WORD] if not keys["word"].str.contains("[0-9]").all() else [])]
    known = pl.concat(
        texts.slice(start, _TEXTS_AT_ONCE).str.extract_all(pattern).explode().drop_nulls().unique()
        for start in range(0, texts.len(), _TEXTS_AT_ONCE)
        for pattern in patterns
    ).implode()
    # Of most keys, the first word stands nowhere.
    likely = keys.filter(pl.col("word").is_null() | pl.col("word").is_in(known))["key"]
    words = pl.DataFrame({"key": likely, "word": _words_for_search(likely)}).explode("word")
    unknown = words.drop_nulls().filter(~pl.col("word").is_in(known))["key"]
    return likely.filter(~likely.is_in(unknown.implode()))


def _with_word(keys: pl.DataFrame) -> pl.DataFrame:
    """Add the first word to search for of each ``key``, null if it has none."""
    return keys.with_columns(_words_for_search(keys["key"]).list.first().alias("word"))


def _words_for_search(keys: pl.Series) -> pl.Series:
    """Return the words of each key that have a digit, which few words of texts have, or else all of its words."""
    rare = keys.str.extract_all(_WITH_DIGIT)
    return pl.select(pl.when(rare.list.len() > 0).then(rare).otherwise(keys.str.extract_all(_ASCII_WORD))).to_series()


def _in_order(spans: list[Span]) -> list[Span]:
    """Sort spans, and keep the first of any that overlap."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


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
    """Return whether a stretch is a separate word, not continued by a letter or digit on either side."""
    before = start > 0 and is_letter(text[start]) and is_letter(text[start - 1]) and text[start - 1] != "_"
    after = end < len(text) and is_letter(text[end - 1]) and is_letter(text[end]) and text[end] != "_"
    return not before and not after
