"""The values that a panel lists for a column: their names, the values they select, and their counts.

A value stands for everything that a filter by it selects: a version for all its spellings, a page for itself and all
pages below it, a theme for those nested in it. Its count includes all of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast, overload
from unicodedata import category

import numpy as np
import polars as pl

from seggwat_nb.analysis.page_ids import pages_of, with_ids_named
from seggwat_nb.analysis.taxonomy import SEPARATOR
from seggwat_nb.analysis.versions import newest_first
from seggwat_nb.charts.base import EMPTY, NONE
from seggwat_nb.filter_search import themes_among, values_among
from seggwat_nb.panels.bitmaps import Codes
from seggwat_nb.schema import OPEN_STATUSES
from seggwat_nb.text import isolate

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from seggwat_nb.panels.bitmaps import Words
    from seggwat_nb.panels.cells import CellSet
    from seggwat_nb.panels.engine import Column, Engine
    from seggwat_nb.panels.tags import Tags

__all__ = [
    "EVERY_PAGE",
    "FACETS",
    "MANY",
    "Facet",
    "Look",
    "Option",
    "after_tick",
    "facet_of",
    "label",
    "none_is_null",
    "readable",
    "together",
]

FACETS: Final = {
    "type": "Type",
    "theme": "Theme",
    "status": "Status",
    "version": "Version",
    "path": "Page",
    "source": "Source",
    "language": "Language",
    "project_id": "Project",
    "submitted_by": "Submitter",
}
"""Maps each part of a filter to its name in the panel, in the panel's order."""

EVERY_PAGE: Final = ("/",)
"""Selects all items with a page, as far as pages begin with a slash."""

MANY: Final = 200
"""If there are more options than this, the browser only gets those that it shows, and no filter excludes them all."""

_UNREADABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that reorder what follows them."""

_FIRST: Final = 10_000
"""Number of rows that are looked at first, which often suffice to know that a column has many values."""
_DEEPEST: Final = 8
"""Number of levels above a page whose sections are listed."""
_FEW: Final = 8
"""Number of values shown of a facet with many, until more are requested."""


class Option(NamedTuple):
    """A value to choose."""

    value: str
    label: str
    meant: tuple[str, ...]
    """The values that a filter gets."""
    title: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """The page's view of a facet's values."""

    find: str = ""
    start: int = 0
    rows: int = _FEW
    folded: bool = False


class Facet(Protocol):
    """The options of a column."""

    @property
    def options(self) -> Sequence[Option]:
        """The values, in the panel's order."""

    @property
    def many(self) -> bool:
        """Whether there are more than `MANY` of them."""

    @property
    def has_none(self) -> bool:
        """Whether any rows have no value. These are counted after the options.

        If only the search can select them, rows with a blank value are counted there, too.
        """

    @property
    def without(self) -> tuple[str, ...]:
        """The values to exclude so that only rows without one are left. Empty if only the search can select these."""

    def places(self, values: Collection[str]) -> list[int]:
        """Return the positions of the options with some values."""

    def counts(self, words: Words, cells: CellSet | None = None) -> NDArray[np.uint32]:
        """Count the rows of a set for each option. `cells` is the same set, if it consists of whole cells."""


def facet_of(name: str, engine: Engine) -> Facet | None:
    """List the options of a column. None if the frame lacks it, or has only one project."""
    if name == "theme":
        return None if engine.rows.tags is None else _Themes(engine.rows.tags, engine)
    if name == "path":
        return _Pages(engine) if engine.rows.has("path") and engine.rows.frame.height else None
    column = engine.column(name)
    if column is None or not (column.names or column.has_none):
        return None
    if name == "project_id" and len(column.names) <= 1:
        return None
    if name == "version":
        return _Versions(column, engine)
    return _Values(column, can_exclude=name != "project_id")


def option_of(facet: Facet | None, value: str) -> Option:
    """Return the option with a value."""
    places = [] if facet is None else facet.places([value])
    return facet.options[places[0]] if facet is not None and places else Option(value, value, (value,))


def none_is_null(name: str, facet: Facet | None, engine: Engine) -> bool:
    """Return whether the rows without a value that a filter selects are those with null, and no blank ones."""
    if facet is None or not facet.has_none:
        return False
    column = engine.column(name) if name == "path" or not facet.without else None
    return column is None or not _blank(column.names)


def together(name: str, facet: Facet | None) -> list[tuple[str, list[str]]]:
    """List the values that are often wanted together, under one name: open statuses, if there are others too."""
    if name != "status" or facet is None:
        return []
    found = [option.value for option in facet.options]
    are_open = [value for value in found if value in OPEN_STATUSES]
    return [("Open", are_open)] if 1 < len(are_open) < len(found) else []


class _Few:
    options: list[Option]
    has_none: bool
    can_exclude: bool = True

    @property
    def many(self) -> bool:
        return len(self.options) > MANY

    @cached_property
    def without(self) -> tuple[str, ...]:
        """All values. Excluding a theme also excludes those nested in it."""
        if not self.has_none or not self.can_exclude or self.many:
            return ()
        return tuple(value for one in self.options if not one.depth for value in one.meant)

    def places(self, values: Collection[str]) -> list[int]:
        return [at for at, one in enumerate(self.options) if one.value in values]

    @cached_property
    def _none(self) -> list[int]:
        """Positions of the options that the search counts as none."""
        return [] if self.without or not self.has_none else _blank([one.value for one in self.options])

    def _count(self, codes: Codes, words: Words, cells: CellSet | None) -> NDArray[np.uint32]:
        found = codes.counts(words, cells)[: len(self.options) + self.has_none]
        return np.append(found[:-1], found[-1] + found[self._none].sum()).astype(np.uint32) if self._none else found


class _Values(_Few):
    def __init__(self, column: Column, *, can_exclude: bool) -> None:
        self._column, self.can_exclude = column, can_exclude
        self.options = [Option(name, label(name), (name,)) for name in column.names]
        self.has_none = column.has_none

    def counts(self, words: Words, cells: CellSet | None = None) -> NDArray[np.uint32]:
        return self._count(self._column.codes, words, cells)


class _Versions(_Few):
    """Versions, newest release first, each with all its spellings."""

    def __init__(self, column: Column, engine: Engine) -> None:
        spellings = engine.rows.spellings()
        spelt = {version: spellings[version] for version in newest_first([*spellings])}
        self.options = [
            Option(name, label(name), texts, name if texts == (name,) else f"{name}, written {' or '.join(texts)}")
            for name, texts in spelt.items()
        ]
        self.has_none = column.has_none
        place = {text: at for at, texts in enumerate(spelt.values()) for text in texts}
        group = np.array([*(place[text] for text in column.names), len(spelt)])
        self._group, self._column, self._time = group, column, engine.time

    @cached_property
    def _codes(self) -> Codes:
        return Codes(self._group[self._column.places], len(self.options), self._time)

    def counts(self, words: Words, cells: CellSet | None = None) -> NDArray[np.uint32]:
        return self._count(self._codes, words, cells)


class _Pages:
    """Pages without queries and IDs, and their sections, each with all pages below it.

    Of many pages, this takes a while, so that each step waits until it is needed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def many(self) -> bool:
        first = self._engine.rows.frame["path"].head(_FIRST).cast(pl.String).drop_nulls().unique()
        return pages_of(first).n_unique() > MANY or len(self.options) > MANY

    @cached_property
    def _column(self) -> Column:
        return cast("Column", self._engine.column("path"))  # which the frame has, see `facet_of`

    @cached_property
    def has_none(self) -> bool:
        return self._column.has_none or bool(self._empty)

    @cached_property
    def without(self) -> tuple[str, ...]:
        """All pages are below the first, unless some do not begin with a slash."""
        return EVERY_PAGE if self.has_none and all(name.startswith("/") for name in self._names if name) else ()

    @cached_property
    def _names(self) -> list[str]:
        return with_ids_named(pl.Series(self._column.names, dtype=pl.String)).to_list()

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self._names)

    @cached_property
    def _pages(self) -> list[str]:
        found = {*pages_of(pl.Series(self._paths, dtype=pl.String)), ""} - {""}
        return sorted(found | _sections(found))

    @cached_property
    def _edges(self) -> NDArray[np.int64]:
        return _ranges(self._paths, self._pages)

    @cached_property
    def options(self) -> Sequence[Option]:
        below = self._edges[:, 1, 1] - self._edges[:, 1, 0]
        is_root = np.array([page == "/" for page in self._pages], np.bool_)
        return _PageOptions(self._pages, below > is_root)

    def places(self, values: Collection[str]) -> list[int]:
        found = {value: bisect_left(self._pages, value) for value in values}
        return sorted(at for value, at in found.items() if self._pages[at : at + 1] == [value])

    @cached_property
    def _by_alphabet(self) -> NDArray[np.int64]:
        return pl.Series(self._names, dtype=pl.String).arg_sort().to_numpy().astype(np.int64)

    @cached_property
    def _empty(self) -> list[int]:
        return _blank(self._column.names)

    def counts(self, words: Words, cells: CellSet | None = None) -> NDArray[np.uint32]:
        own = self._column.codes.counts(words, cells)
        before = np.zeros(len(self._column.names) + 1, np.int64)
        np.cumsum(own[self._by_alphabet], out=before[1:])
        found = (before[self._edges[..., 1]] - before[self._edges[..., 0]]).sum(axis=1)
        none = [int(own[-1]) + sum(int(own[at]) for at in self._empty)] if self.has_none else []
        return np.append(found, none).astype(np.uint32)


class _PageOptions(Sequence[Option]):
    """The options of pages, each made when it is needed: of tens of thousands, few are ever shown."""

    def __init__(self, pages: Sequence[str], has_more: NDArray[np.bool_]) -> None:
        self._pages, self._has_more = pages, has_more

    def __len__(self) -> int:
        return len(self._pages)

    @overload
    def __getitem__(self, at: int) -> Option: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Option]: ...

    def __getitem__(self, at: int | slice) -> Option | Sequence[Option]:
        if isinstance(at, slice):
            return _PageOptions(self._pages[at], self._has_more[at])
        page = self._pages[at]
        if not self._has_more[at]:
            return Option(page, isolate(readable(page)), (page,), readable(page))
        name = isolate(readable(f"{page.rstrip('/')}/…"))
        return Option(page, name, (page,), f"{isolate(readable(page))} and all below it")


def _sections(pages: Collection[str]) -> set[str]:
    """Return the paths that have several pages below them, whether or not they are pages themselves.

    Examples
    --------
    >>> sorted(_sections(["/shop/cart", "/shop/pay/card", "/shop/pay/bill", "/help/faq"]))
    ['/shop', '/shop/pay']
    """
    level = pl.DataFrame({"page": pl.Series([*pages], dtype=pl.String)}).filter(pl.col("page").str.starts_with("/"))
    levels = []
    for _ in range(_DEEPEST):
        section = pl.col("page").str.replace(r"/+[^/]+/*$", "").str.strip_chars_end("/")
        levels.append(level.with_columns(section=section).filter(pl.col("section") != ""))
        level = levels[-1].select(page="section").unique()
    return {*pl.concat(levels).unique().group_by("section").len().filter(pl.col("len") > 1)["section"]}


def _ranges(paths: Sequence[str], pages: Sequence[str]) -> NDArray[np.int64]:
    """Return the positions of each page and those below it among sorted paths, as a filter selects them.

    Four ranges for each page: itself, then what follows it after a slash, a question mark and a hash.
    """
    known, stems = (pl.Series(texts, dtype=pl.String) for texts in (paths, pages))
    stems = stems.str.strip_chars_end("/")
    own = known.search_sorted(stems, side="left").to_numpy()
    ends = [own, np.where((stems != "").to_numpy(), known.search_sorted(stems, side="right").to_numpy(), own)]
    for edge in "/?#":
        ends += [known.search_sorted(stems + end, side="left").to_numpy() for end in (edge, chr(ord(edge) + 1))]
    return np.stack(ends, axis=1).astype(np.int64).reshape(len(pages), 4, 2)


class _Themes(_Few):
    """Themes, each with those nested in it. An item can have several themes, or none."""

    def __init__(self, tags: Tags, engine: Engine) -> None:
        self._tags, self._engine = tags, engine
        named = label if len(tags.names) > MANY else _own_name  # by count, they are not below their parents
        self.options = [Option(name, named(name), (name,), name, depth=name.count(SEPARATOR, 1)) for name in tags.names]
        self._without = tags.without
        self.has_none = bool(self._without.any())

    def counts(self, words: Words, cells: CellSet | None = None) -> NDArray[np.uint32]:
        rows = self._engine.themes(self._tags).counts(words, cells)[:-1]
        none = [rows[self._without].sum()] if self.has_none else []
        return np.append(self._tags.counts(rows), none).astype(np.uint32)


def _blank(names: Sequence[str]) -> list[int]:
    """Return the positions of names that are empty or blank."""
    return [at for at, name in enumerate(names) if not name.strip()]


def label(name: str) -> str:
    """Return the name of a value, in quotes if it could be mistaken for something else."""
    return f'"{name}"' if name in {NONE, EMPTY} else isolate(readable(name)) or EMPTY


def readable(text: str) -> str:
    r"""Replace characters that hide or reorder others, and show what would be blank.

    Examples
    --------
    >>> readable("\u202elive"), readable("\u0301"), readable("\u200b"), readable("né")
    ('\ufffdlive', '\u25cc\u0301', '"\\u200b"', 'né')
    """
    if text.isascii() and text.isprintable():
        return text
    kinds = {category(char) for char in text}
    if kinds and all(kind[0] in "CZ" for kind in kinds) and not text.isspace():
        return f'"{text.encode("unicode_escape").decode()}"'
    plain = _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return f"\N{DOTTED CIRCLE}{plain}" if plain and category(plain[0])[0] == "M" else plain


def _own_name(theme: str) -> str:
    """Return the name of a theme within its parent."""
    return isolate(readable(theme.rpartition(SEPARATOR)[2])) or EMPTY if SEPARATOR in theme[1:] else label(theme)


def after_tick(before: Sequence[str], name: str, meant: tuple[str, ...], *, ticked: bool) -> tuple[str, ...]:
    """Return the values of a part after an option was ticked or unticked. `meant` are the values it stands for.

    A theme replaces those nested in it. Unticking it also unticks the themes that contain it.
    """
    again = {*meant}
    if name == "theme" and not ticked:
        again.update(one for one in before if themes_among([one], meant))
    elif name != "path":
        again.update(values_among(name, meant, before, exactly=None))
    others = tuple(one for one in before if one not in again)
    return (*others, *meant) if ticked else others
