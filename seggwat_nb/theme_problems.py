"""Checks what a file of themes contains, and says how to correct each problem."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.analysis.taxonomy import SEPARATOR, literals, with_those_above
from seggwat_nb.text import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["CORRECTIONS", "IDS", "PATTERNS", "RESERVED", "flatten", "problems", "same_name"]

PATTERNS: Final = ("any", "all", "not")
IDS: Final = ("keep", "drop")
CORRECTIONS: Final = ("together", "apart")
_TABLES: Final = ("theme", "duplicates")
_KEYS: Final = ("name", *PATTERNS, *IDS, "level")

RESERVED: Final = frozenset({"(none)", "(no theme)"})
_MOST_STARS: Final = 5

_INVISIBLE: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
"""Characters that nobody sees in a name, except those that join letters or emoji."""

_SLASH: Final = re.compile(r"\s+[/\uff0f]\s*|\s*[/\uff0f]\s+")
"""The slash of a nested name, with a space on at least one side."""

_SIGNS: Final = re.compile(r"[\x00-\x08\\^$|+#%=<>~@`{}\u20a0-\u20bf\xa2-\xa5]")
"""Signs that mostly do not count, so that ``disney+`` would match ``disney``, and those of regular expressions."""

_SEPARATORS: Final = re.compile(r"\s*[,|\u3001\uff0c]\s*")
"""What people write between patterns in one string."""

_WRITE_WORDS: Final = "Write letters and whole numbers, without punctuation."

_SEARCH: Final = re.compile(r"^\s*-|\s(?:AND|OR|NOT)\s")
"""What means something in a search, but would be ignored, or be a word."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
"""A language, as in ``en`` or ``pt-BR``."""


def problems(tables: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each problem in the tables of a file."""
    for key in (key for key in tables if key not in _TABLES):
        close = get_close_matches(key.lower(), _TABLES, n=1, cutoff=0.5)
        hint = f"[[{close[0]}]]" if close else _stanza(key)
        yield f'unknown key "{key}"; write {hint}.'
    yield from _problems_of_duplicates(tables.get("duplicates", []))
    themes = tables.get("theme", [])
    if not isinstance(themes, list):
        named = [key for key in themes if key not in _KEYS] if isinstance(themes, dict) else []
        yield f"write {_stanza(named[0])}." if named else "write [[theme]] with two brackets."
        return
    names: list[str] = []
    for number, table in enumerate(themes, start=1):
        name = table.get("name") if isinstance(table, dict) else None
        plain = _plain(name) if isinstance(name, str) else ""
        if not all(plain.split(SEPARATOR)):
            yield f'theme {number} needs a name, such as name = "Checkout / Payment".'
            yield from _unknown_keys(f"theme {number}", table if isinstance(table, dict) else {})
            continue
        if name != plain:
            yield f'write the name of theme {number} as "{plain}", without other spaces and invisible characters.'
        if same_name(plain) in names:
            yield f'"{plain}" is defined twice; names must be unique.'
        if same_name(plain) in RESERVED:
            yield f'"{plain}" stands for items without a theme; choose another name.'
        names.append(same_name(plain))
        yield from _problems_of(plain, table)
    above = {same_name(one) for name in names for one in with_those_above(name)}
    for name in (name for name in names if SEPARATOR not in name and name.partition("/")[0] in above - {name}):
        yield f'"{name}" is not nested in "{name.partition("/")[0]}". Write spaces around the slash, or another name.'


def _problems_of_duplicates(tables: Any) -> Iterator[str]:  # noqa: ANN401  # whatever the file has there
    if not isinstance(tables, list):
        yield "write [[duplicates]] with two brackets."
        return
    for number, table in enumerate(tables, start=1):
        keys = [*table] if isinstance(table, dict) else []
        ids = table[keys[0]] if len(keys) == 1 and keys[0] in CORRECTIONS else None
        if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
            yield f"duplicates {number} needs together = [...] or apart = [...], a list of IDs."
        elif keys == ["together"] and len({*ids}) == 1:
            yield f"duplicates {number} has a single ID. Name a message of each group to join."


def _stanza(name: str) -> str:
    return f'[[theme]] and below it name = "{name}"'


def _unknown_keys(whose: str, table: Mapping[str, Any]) -> Iterator[str]:
    for key in (key for key in table if key not in _KEYS):
        close = get_close_matches(key.lower(), _KEYS, n=1)
        hint = f'; did you mean "{close[0]}"?' if close else f"; the keys are {join_words(_KEYS)}."
        yield f'{whose} has an unknown key "{key}"{hint}'


def _problems_of(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown_keys(f'"{name}"', table)
    for key in PATTERNS:
        yield from _problems_of_patterns(name, key, table.get(key, []))
    for key in IDS:
        if not _is_texts(table.get(key, [])):
            yield _wants_list(name, key, table[key])
    for one in _in_both(table):
        yield f'"{one}" of "{name}" is also in "not", so it excludes all that it matches.'
    ids = [table.get(key, []) for key in IDS]
    both = sorted(set.intersection(*({*map(str, one)} if isinstance(one, list) else set() for one in ids)))
    if both:
        yield f'"{name}" both keeps and drops {join_words(both)}.'
    level = table.get("level", 2)
    if isinstance(level, bool) or not isinstance(level, int) or level < 1:
        yield f'"level" of "{name}" must be a whole number, 1 or more.'
    if not any(table.get(key) for key in ("any", "all", "keep")):
        yield f'"{name}" selects nothing. Add any, all or keep.'


def _in_both(table: Mapping[str, Any]) -> list[str]:
    """Return the patterns of ``any`` and ``all`` that ``not`` has, too. Invalid lists are reported elsewhere."""
    lists = {key: [*flatten(table.get(key, []))] if _is_lists(table.get(key, [])) else [] for key in PATTERNS}
    excluded = {*literals(lists["not"])} - {""}
    given = [*lists["any"], *lists["all"]]
    return [one for one, text in zip(given, literals(given), strict=True) if text in excluded]


def _is_lists(value: object) -> bool:
    return all(map(_is_texts, value.values() if isinstance(value, dict) else [value]))


def _problems_of_patterns(name: str, key: str, value: Any) -> Iterator[str]:  # noqa: ANN401  # whatever the file has there
    by_language = isinstance(value, dict)
    if key == "all" and by_language:
        yield f'"all" of "{name}" must be a list, since no item has the words of several languages.'
    elif by_language and (strange := [one for one in value if one in _KEYS or not _LANGUAGE.fullmatch(one)]):
        yield f'"{strange[0]}" in "{key}" of "{name}" is not a language code, such as "en" or "pt-BR".'
    elif not _is_lists(value):
        yield _wants_list(name, key, value)
    else:
        patterns = [*flatten(value)]
        for one, text in zip(patterns, literals(patterns), strict=True):
            if not text or any(sign not in text for sign in _SIGNS.findall(one)):
                wrong = "matches nothing" if not text else "has a character that would be ignored"
                several = [part for part in _SEPARATORS.split(one) if part]
                write = f"Write {_quoted(several)}." if len(several) > 1 else _WRITE_WORDS
                yield f'"{one}" in "{key}" of "{name}" {wrong}. {write}'
            elif _SEARCH.search(one):
                yield f'"{one}" in "{key}" of "{name}" is a search. Write words and phrases in any, all or not.'
            elif text.count("*") > _MOST_STARS:
                yield f'"{one}" in "{key}" of "{name}" has more than {_MOST_STARS} asterisks inside.'


def _wants_list(name: str, key: str, value: object) -> str:
    """Say that a key must have a list of strings, and how to write a single value or several in a string as one."""
    values = value if isinstance(value, list) else _SEPARATORS.split(value) if isinstance(value, str) else [value]
    texts = [str(one) for one in values if isinstance(one, str | int) and str(one)]
    write = f": {key} = [{_quoted(texts)}]" if texts else ""
    return f'"{key}" of "{name}" must be a list of strings{write}.'


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def flatten(patterns: Any) -> Iterator[str]:  # noqa: ANN401  # a list, or a table of lists by language
    """Yield the patterns of a theme in all languages."""
    lists = patterns.values() if isinstance(patterns, dict) else [patterns]
    for group in lists:
        yield from group


def same_name(name: str) -> str:
    """Return the same text for names that look alike."""
    return unicodedata.normalize("NFKC", name).casefold()


def _plain(name: str) -> str:
    """Write a name with single spaces, also around the slash of a nested one, and without invisible characters."""
    visible = _INVISIBLE.sub("", name)
    parts = _SLASH.split(f" {visible} ")
    return SEPARATOR.join(" ".join(part.split()) for part in parts)
