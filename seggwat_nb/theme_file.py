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
import subprocess
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.analysis.naming import NEARLY_ALL
from seggwat_nb.analysis.patterns import patterns_of
from seggwat_nb.analysis.rising_kinds import TOPIC
from seggwat_nb.analysis.taxonomy import Theme, all_names
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.errors import ArgumentError, FileError, SettingsError
from seggwat_nb.files import THEMES_FILE, expand_home, file_errors, write_output
from seggwat_nb.text import count_of
from seggwat_nb.theme_problems import CORRECTIONS, IDS, PATTERNS, RESERVED, flatten, problems, same_name
from seggwat_nb.toml_advice import advice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

__all__ = ["FILE", "Taxonomy"]

FILE: Final = THEMES_FILE

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
        wrong = " ".join(problems(tables))
        if wrong:
            raise SettingsError(f"{name}: {wrong} Correct the file, then retry.")
        together, apart = (
            tuple(tuple(table[key]) for table in tables.get("duplicates", []) if key in table) for key in CORRECTIONS
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
        """Add another taxonomy's themes with new names, and its duplicates, below what is there, which stays as it is.

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
        names = {same_name(theme.name) for theme in self.themes}
        own, given = (tomlkit.parse(text.replace("\r\n", "\n")) for text in (self.text, other.text))
        new = [table for table in given.get("theme", ()) if same_name(table["name"]) not in names]
        added = tomlkit.document()
        for key, called, tables in (("theme", "theme", new), ("duplicates", "correction", given.get("duplicates", ()))):
            if not isinstance(own.get(key, tomlkit.aot()), AoT):
                name = "Themes" if self.path is None else str(self.path)
                raise SettingsError(
                    f"{name}: write each {called} under [[{key}]], so that others can be added. Then retry."
                )
            for table in tables:
                added.setdefault(key, tomlkit.aot()).append(table)
        newline = "\r\n" if "\r\n" in self.text else "\n"
        parts = [self.text.rstrip("\r\n"), tomlkit.dumps(added).strip("\n").replace("\n", newline)]
        return Taxonomy.parse((newline * 2).join(filter(None, parts)) + newline, path=self.path)

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
    lists = {key: tuple(flatten(table.get(key, ()))) for key in (*PATTERNS, *IDS)}
    return Theme(name=table["name"], none=lists.pop("not"), level=table.get("level", 2), **lists)


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
    taken = {*map(same_name, names), *RESERVED}
    numbered = (f"{term} {number}" for number in range(2, len(taken) + 3))
    return next(name for name in (term, *numbered) if same_name(name) not in taken)


def _path(path: object) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(f"A taxonomy must be a Taxonomy or the path of its file, got {type(path).__name__}.")
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise ArgumentError(f"No file system can write the path {path!r}. Pass another one.") from None
    return expand_home(path)
