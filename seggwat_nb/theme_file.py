"""Reads and writes a file of themes, preserving its comments. Rejects it if anything in it is invalid.

::

    [[theme]]
    name = "Checkout / Payment"
    any = ["payment", "pay*", "credit card", "zahlung*"]
    not = ["payroll"]
    drop = ["6650f2a1c3"]   # about the salary of a colleague

    [[duplicates]]
    together = ["6650f2a1c3", "6650f2a1d9"]   # the same fault in other words

The file belongs next to the notebook, in version control: `seggwat_nb.themes.check` compares it with its last committed
version.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.analysis.naming import NEARLY_ALL
from seggwat_nb.analysis.patterns import patterns_of
from seggwat_nb.analysis.rising_kinds import TOPIC
from seggwat_nb.analysis.taxonomy import SEPARATOR, Theme, all_names, literals, with_those_above
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.errors import ArgumentError, FileError, SettingsError
from seggwat_nb.files import THEMES_FILE, expand_home, file_errors, write_output
from seggwat_nb.text import count_of, join_words
from seggwat_nb.toml_advice import advice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl

__all__ = ["FILE", "Taxonomy"]

FILE: Final = THEMES_FILE

_PATTERNS: Final = ("any", "all", "not")
_IDS: Final = ("keep", "drop")
_CORRECTIONS: Final = ("together", "apart")
_TABLES: Final = ("theme", "duplicates")
_KEYS: Final = ("name", *_PATTERNS, *_IDS, "level")

_RESERVED: Final = frozenset({"(none)", "(no theme)"})
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

_SHOWN: Final = 8
"""Maximum number of additional terms listed in a theme's comment."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    r"""Themes in the order of their file, with the file's own text.

    Attributes
    ----------
    themes : tuple of Theme
        The themes defined by the text.
    text : str
        The TOML text, including comments, which ``str(taxonomy)`` returns.
    path : Path or None
        The file it was read from.
    together, apart : tuple of tuple of str
        Ids under ``[[duplicates]]``, for `seggwat_nb.duplicates.groups`.

    Examples
    --------
    >>> found = Taxonomy.parse('[[theme]]\nname = "Export"\nany = ["export*"]  # and exports\n')
    >>> found.themes[0].any
    ('export*',)
    >>> Taxonomy.parse("theems = 3")
    Traceback (most recent call last):
    seggwat_nb.errors.SettingsError: Themes: unknown key "theems"; write [[theme]]. Correct the file, then retry.
    """

    themes: tuple[Theme, ...]
    text: str = field(repr=False)
    path: Path | None = None
    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str, *, path: Path | None = None) -> Taxonomy:
        """Parse themes from text.

        Parameters
        ----------
        text
            TOML, as in ``seggwat-themes.toml``.
        path
            The file that the text is from. `save` writes to it, and errors name it.

        Returns
        -------
        Taxonomy
            The themes and the corrections of duplicates.

        Raises
        ------
        SettingsError
            The text is not TOML, or something in it is invalid; the message lists every problem.
        """
        name = "Themes" if path is None else str(path)
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            problem = f"{name}: not TOML: {error}. {advice(text, str(error))}".rstrip()
            raise SettingsError(f"{problem} Correct the file, then retry.") from None
        problems = [*_problems(tables)]
        if problems:
            raise SettingsError(f"{name}: {' '.join(problems)} Correct the file, then retry.")
        together, apart = (
            tuple(tuple(table[key]) for table in tables.get("duplicates", []) if key in table) for key in _CORRECTIONS
        )
        themes = tuple(_theme(table) for table in tables.get("theme", []))
        return cls(themes, text, path, together=together, apart=apart)

    @classmethod
    def read(cls, path: Path | str = FILE) -> Taxonomy:
        """Read a file of themes.

        Parameters
        ----------
        path
            The file; ``seggwat-themes.toml`` in the working folder by default.

        Returns
        -------
        Taxonomy
            As `parse` returns it.

        Raises
        ------
        FileError
            There is no such file, or it cannot be read.
        SettingsError
            As in `parse`.
        """
        file = _path(path)
        with file_errors(
            f"read {file}", "Create one with sw.themes.suggest(data).save(), or with `seggwat-nb themes`."
        ):
            content = file.read_bytes()
        return cls.parse(_decode(content, str(file)), path=file)

    def names(self) -> list[str]:
        r"""Return the names of the themes and of those that they are nested in, in the order of the file.

        Examples
        --------
        >>> Taxonomy.parse('[[theme]]\nname = "Checkout / Payment"\nany = ["pay*"]').names()
        ['Checkout', 'Checkout / Payment']
        """
        return all_names(self.themes)

    def add(self, other: Taxonomy) -> Taxonomy:
        """Add another taxonomy's themes with new names, and its duplicates. Comments and order are kept.

        Parameters
        ----------
        other
            Its themes whose names are taken here, in any case, are left out.

        Returns
        -------
        Taxonomy
            Both. The file is not changed: call `save`.

        Raises
        ------
        ArgumentError
            `other` is not a taxonomy.
        SettingsError
            The themes are in a single list in the file, rather than each under ``[[theme]]``.
        """
        import tomlkit
        from tomlkit.items import AoT

        if not isinstance(other, Taxonomy):
            raise ArgumentError(f"add takes a Taxonomy, got {type(other).__name__}. Read text with Taxonomy.parse().")
        names = {_same(theme.name) for theme in self.themes}
        text = self.text.replace("\r\n", "\n").rstrip("\n")
        document = tomlkit.parse(f"{text}\n\n" if text else "")
        tables = document.setdefault("theme", tomlkit.aot())
        if not isinstance(tables, AoT):
            name = "Themes" if self.path is None else str(self.path)
            raise SettingsError(f"{name}: write each theme under [[theme]], so that others can be added. Then retry.")
        added = tomlkit.parse(other.text)
        for table in added.get("theme", ()):
            if _same(table["name"]) not in names:
                tables.append(table)
        for table in added.get("duplicates", ()):
            document.setdefault("duplicates", tomlkit.aot()).append(table)
        text = tomlkit.dumps(document).rstrip("\n") + "\n"
        return Taxonomy.parse(text.replace("\n", "\r\n") if "\r\n" in self.text else text, path=self.path)

    def save(self, path: Path | str | None = None) -> Path:
        """Write the file to where it was read from, or to another path.

        Parameters
        ----------
        path
            Where to write; an existing file is only replaced if this taxonomy was read from it.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        FileError
            It cannot be written, or it would overwrite another file with themes.
        """
        file = _path(path or self.path or FILE)
        own = self.path is not None and self.path.exists() and file.exists() and file.samefile(self.path)
        if file.exists() and not own:
            raise FileError(
                f"{file} exists, and this was not read from it. Add to it with "
                f"sw.themes.Taxonomy.read({str(file)!r}).add(…).save(), or choose another file."
            )
        write_output(file, self.text.encode())
        return file

    def committed(self) -> Taxonomy | None:
        """Return the file's last committed version, or None outside of Git, or if it was never committed.

        Git has every version that others saw, while a separate copy would miss manual edits.

        Raises
        ------
        SettingsError
            That version is invalid.
        """
        if self.path is None:
            return None
        file = self.path.resolve()
        command = ["git", "-C", str(file.parent), "show", f"HEAD:./{file.name}"]
        try:
            shown = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # of a fixed program
        except OSError:  # Git is not installed.
            return None
        if shown.returncode != 0:
            return None
        name = f"The committed version of {self.path}"
        try:
            return Taxonomy.parse(_decode(shown.stdout, name))
        except SettingsError as error:
            problem = str(error).removeprefix("Themes: ").removeprefix(f"{name}: ")
            problem = problem.removesuffix(" Correct the file, then retry.")
            raise SettingsError(f"{name}: {problem} Commit the file as it is now, or pass previous=.") from None


def _decode(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # UTF-16, or no text at all
        raise SettingsError(f"{name}: not UTF-8. Save it as plain text in UTF-8, then retry.")
    return text


def _theme(table: Mapping[str, Any]) -> Theme:
    lists = {key: tuple(_flat(table.get(key, ()))) for key in (*_PATTERNS, *_IDS)}
    return Theme(name=table["name"], none=lists.pop("not"), level=table.get("level", 2), **lists)


def _flat(patterns: Any) -> Iterator[str]:  # noqa: ANN401  # a list, or a table of lists by language
    lists = patterns.values() if isinstance(patterns, dict) else [patterns]
    for group in lists:
        yield from group


def _problems(tables: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each problem."""
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
        if _same(plain) in names:
            yield f'"{plain}" is defined twice; names must be unique.'
        if _same(plain) in _RESERVED:
            yield f'"{plain}" stands for items without a theme; choose another name.'
        names.append(_same(plain))
        yield from _problems_of(plain, table)
    above = {_same(one) for name in names for one in with_those_above(name)}
    for name in (name for name in names if SEPARATOR not in name and name.partition("/")[0] in above - {name}):
        yield f'"{name}" is not nested in "{name.partition("/")[0]}". Write spaces around the slash, or another name.'


def _problems_of_duplicates(tables: Any) -> Iterator[str]:  # noqa: ANN401  # whatever the file has there
    if not isinstance(tables, list):
        yield "write [[duplicates]] with two brackets."
        return
    for number, table in enumerate(tables, start=1):
        keys = [*table] if isinstance(table, dict) else []
        ids = table[keys[0]] if len(keys) == 1 and keys[0] in _CORRECTIONS else None
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
    for key in _PATTERNS:
        yield from _problems_of_patterns(name, key, table.get(key, []))
    for key in _IDS:
        if not _is_texts(table.get(key, [])):
            yield _wants_list(name, key, table[key])
    for one in _in_both(table):
        yield f'"{one}" of "{name}" is also in "not", so it excludes all that it matches.'
    ids = [table.get(key, []) for key in _IDS]
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
    lists = {key: [*_flat(table.get(key, []))] if _is_lists(table.get(key, [])) else [] for key in _PATTERNS}
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
        patterns = [*_flat(value)]
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


def stanzas(found: pl.DataFrame, frame: pl.DataFrame, *, min_count: int = 5) -> Taxonomy:
    """Create a theme for each finding of `seggwat_nb.themes.rising` in a frame, with its evidence as a comment."""
    import tomlkit

    document, tables = tomlkit.document(), tomlkit.aot()
    forms = find_terms(frame["message"] if found.height else frame["message"].clear(), min_count=min_count).forms
    for row in found.iter_rows(named=True):
        table = tomlkit.table()
        about = "similar messages" if row["kind"] == TOPIC else "items"
        table.add(tomlkit.comment(f"{row['count']:,} {about} by {count_of(row['submitters'], 'submitter')}"))
        patterns, held = patterns_of(row, frame, forms)
        if row["kind"] != TOPIC and held < NEARLY_ALL * len(row["ids"]):
            table.add(tomlkit.comment(f"the patterns match {held:,} of these {len(row['ids']):,}"))
        others = [one for one in (row["term"], *row["terms"]) if one not in patterns][:_SHOWN]
        if others:
            table.add(tomlkit.comment(f"also: {', '.join(others)}"))
        table.add("name", _new_name(next(iter(patterns)), [one["name"] for one in tables]))
        table.add("any", [one for its in patterns.values() for one in its])
        tables.append(table)
    if len(tables):
        document.add("theme", tables)
    return Taxonomy.parse(tomlkit.dumps(document))


def _new_name(term: str, names: Sequence[str]) -> str:
    """Return a term, with a number if it stands for several findings."""
    taken = {*map(_same, names), *_RESERVED}
    numbered = (f"{term} {number}" for number in range(2, len(taken) + 3))
    return next(name for name in (term, *numbered) if _same(name) not in taken)


def _same(name: str) -> str:
    """Normalize names that look alike."""
    return unicodedata.normalize("NFKC", name).casefold()


def _plain(name: str) -> str:
    """Write a name with single spaces, also around the slash of a nested one, and without invisible characters."""
    visible = _INVISIBLE.sub("", name)
    parts = _SLASH.split(f" {visible} ")
    return SEPARATOR.join(" ".join(part.split()) for part in parts)


def _path(path: object) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(f"A taxonomy must be a Taxonomy or the path of its file, got {type(path).__name__}.")
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise ArgumentError(f"No file system can write the path {path!r}. Pass another one.") from None
    return expand_home(path)
