"""Finds the rows that a filter selects, and the count for each option, fast enough for every click.

Each part of a filter (its types, its dates, its text …) is a mask of rows, which is kept until that part changes. The
selected rows are those in all masks. The count of an option ignores the mask of its own part, so that it says how many
rows would remain if the option were selected.
"""

from __future__ import annotations

from bisect import bisect_left
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache, reduce
from itertools import accumulate
from operator import and_
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.folding import fold, fold_texts
from seggwat_nb.analysis.page_ids import has_ids, pages_of, with_ids_named
from seggwat_nb.analysis.page_names import page_names
from seggwat_nb.analysis.validation import has_several
from seggwat_nb.analysis.versions import in_order, rank_versions
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_engines import search_mask
from seggwat_nb.filter_search import FOLDED, values_among
from seggwat_nb.filters import FeedbackFilter, doubts
from seggwat_nb.panels.tags import Tags
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.text import rest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

__all__ = [
    "ADDED_BY",
    "CHOICES",
    "PARTS",
    "Chosen",
    "Crossfilter",
    "is_set",
    "names_of",
    "no_values",
    "only",
    "with_fields",
    "without",
]

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "type": ("type", "not_type"),
    "status": ("status", "not_status"),
    "source": ("source", "not_source"),
    "version": ("version", "version_since", "version_until", "not_version"),
    "path": ("path", "not_path"),
    "submitted_by": ("submitted_by", "not_submitted_by"),
    "project_id": ("project_id",),
    "theme": ("theme", "not_theme"),
    "language": ("language", "not_language"),
    "dates": ("since", "until"),
    "text": ("text", "regex"),
    "search": ("search",),
    "archived": ("archived",),
}
"""Maps each part of a filter to its fields."""

ADDED_BY: Final = {"language": "sw.themes.language(data)", "theme": "sw.themes.tag(data)"}
"""Maps each column that no service returns to what adds it."""
CHOICES: Final[tuple[str, ...]] = ("type", "status", "source", "version", "submitted_by", "project_id", "language")
"""Parts that select values of the column with the same name."""

_CODED: Final = tuple(name for name in CHOICES if name != "submitted_by")
"""Columns that are needed as codes from the beginning."""
_NO_VALUE: Final = {field.name: field.default for field in fields(FeedbackFilter)}
_FIRST: Final = 10_000
_FEW: Final = 100
"""Number of values in the first rows up to which these probably are all values of a column."""
_MOST_ASKED: Final = 32
"""Number of parts of filters whose values are kept: each view needs those of every facet several times."""
_NOT_SHOWN: Final = ("id", "message", "resolution_note", "extra")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows of a mask, usable as ``where`` in `seggwat_nb.trends` and other modules."""

    mask: pl.Series
    moments: tuple[datetime | None, datetime | None]

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the selected rows. The frame must have as many rows as the mask, in the same order."""
        return frame.filter(self.mask)


class Crossfilter:
    """A frame to which many filters are applied in turn.

    Parameters
    ----------
    frame
        Feedback or ratings. Parts of a filter that need a missing column are ignored, see `unused_parts`.
    selectable
        The rows that filters can select, by default all. The others only extend the days that are covered.
    """

    def __init__(self, frame: pl.DataFrame, *, selectable: pl.Series | None = None) -> None:
        self.frame = frame
        every = pl.Series([True], dtype=pl.Boolean).new_from_index(0, frame.height)
        self._all = every if selectable is None else selectable
        self._paths_ahead: Future[pl.Series | None] | None = None
        is_tagged = "theme" in frame.columns and has_several(frame.schema["theme"])
        with ThreadPoolExecutor(1) as other:  # polars lets both run at the same time
            tags = other.submit(Tags, frame["theme"]) if is_tagged else None
            coded = _encode(frame, [name for name in _CODED if name in frame.columns])
        self._tags = None if tags is None else tags.result()
        self._kept = {name: coded[name] for name in coded.columns}
        self._top: dict[str, pl.Series] = {}
        self._texts: dict[str, pl.Series] = {}
        self._distinct: dict[str, frozenset[str]] = {}
        self._asked: dict[tuple[str, FeedbackFilter], frozenset[str]] = {}
        self._by_alphabet: dict[bool, list[str]] = {}
        self._spelt: dict[str, tuple[str, ...]] | None = None
        self._masks: dict[str, tuple[tuple[object, ...], pl.Series]] = {}

    @cached_property
    def columns(self) -> pl.DataFrame:
        """The frame for charts. Each version has one name, regardless of the selection."""
        shown, versions = self.frame.drop(_NOT_SHOWN, strict=False), self._codes("version")
        if versions is None:
            return shown
        return shown.with_columns(_in_chunks_of(self.frame, _merge_spellings(versions).cast(pl.String)))

    def read_paths_ahead(self) -> None:
        """Begin to read the paths in another thread, which takes a while if there are many."""
        other = ThreadPoolExecutor(1)
        self._paths_ahead = other.submit(self._read_paths)
        other.shutdown(wait=False)

    def _read_paths(self) -> pl.Series | None:
        return _encode(self.frame, ["path"])["path"] if "path" in self.frame.columns else None

    @cached_property
    def _paths(self) -> pl.Series | None:
        return self._read_paths() if self._paths_ahead is None else self._paths_ahead.result()

    @cached_property
    def _pages(self) -> pl.Series | None:
        return None if self._paths is None else _rename_values(self._paths, pages_of(names_of(self._paths)))

    @cached_property
    def _paths_without_ids(self) -> pl.Series | None:
        """The paths with their queries, each below its page."""
        return None if self._paths is None else _rename_values(self._paths, with_ids_named(names_of(self._paths)))

    def has(self, part: str) -> bool:
        """Return whether the frame has the column that a part of a filter needs."""
        return self._tags is not None if part == "theme" else _column(part) in self.frame.columns

    def has_values(self, name: str) -> bool:
        """Return whether any row has a value in a column, without which there is nothing to offer or to draw by it."""
        if name == "theme":
            return self._tags is not None and bool(self._tags.names)
        return name in self.frame.columns and self.frame[name].null_count() < self.frame.height

    def has_several(self, name: str) -> bool:
        """Return whether the rows differ in a column, without which there is nothing to compare or to stack by it."""
        if name == "theme" or not self.has_values(name):
            return self.has_values(name)
        column = self.frame[name]
        return bool(column.ne_missing(column.first()).any())

    def codes_of(self, name: str) -> pl.Series | None:
        """Return a text column as an Enum in reading order. None if the frame lacks it."""
        return self._paths if name == "path" else self._codes(name)

    @property
    def tags(self) -> Tags | None:
        """The themes of the rows, if the frame has any."""
        return self._tags

    def values(self, name: str) -> list[str]:
        """Return a column's values in the order of its vocabulary, or of versions, otherwise alphabetically."""
        if name == "theme":
            return [] if self._tags is None else self._tags.names
        codes = self._codes(name)
        return [] if codes is None else names_of(codes).to_list()

    def unused_parts(self, where: FeedbackFilter) -> tuple[str, ...]:
        """Parts of a filter that do not apply to this frame."""
        return tuple(part for part in PARTS if is_set(where, part) and not self._has(part, where))

    def _has(self, part: str, where: FeedbackFilter) -> bool:
        if part == "search":
            return all(self.has(column) for column in only(where, part).columns)
        return self.has(part)

    def choose(self, where: FeedbackFilter, *, leaving_out: str | None = None) -> Chosen:
        """Select rows by all parts of a filter, or all but one."""
        parts = [part for part in PARTS if part != leaving_out and is_set(where, part) and self._has(part, where)]
        masks = [self._mask(part, where) for part in parts]
        moments = (None, None) if leaving_out == "dates" else where.moments
        return Chosen(reduce(and_, masks, self._all), moments)

    def doubts(self, where: FeedbackFilter) -> str:
        """Warn about values of a filter that may be mistakes, as `seggwat_nb.filters.doubts` does."""
        parts = [part for part in (*CHOICES, "path", "theme") if is_set(where, part) and self.has(part)]
        asked = [part for part in parts if not self._has_all(part, where)]
        known = [pl.Series(part, [*self.present(part), *[None] * bool(self.frame.height)], pl.String) for part in asked]
        said = [
            doubts(only(where, part), values.to_frame(), of="item") for part, values in zip(asked, known, strict=True)
        ]
        return " ".join(filter(None, said))

    def _has_all(self, part: str, where: FeedbackFilter) -> bool:
        """Return whether rows have each value of a part as it is, which most clicks lead to and is found fast."""
        given = (*(getattr(where, part) or ()), *(getattr(where, f"not_{part}", None) or ()))
        return not (part == "version" and where.has_range) and "" not in given and self.present(part).issuperset(given)

    def present(self, part: str) -> frozenset[str]:
        """Return the distinct values of a part."""
        if part == "theme":
            return frozenset(self.values("theme"))
        if part not in self._distinct:
            coded = self._paths if part == "path" else self._codes(part)
            seen = () if coded is None else coded.unique().drop_nulls().cast(pl.String)
            self._distinct[part] = frozenset(seen)
        return self._distinct[part]

    def is_a_leaf(self, path: str) -> bool:
        """Return whether a filter by a page selects only rows on that page, with any query, and none below it."""
        if self._paths is None or not path or path.endswith("/"):
            return False
        any_id = has_ids(path)
        coded = self._paths_without_ids if any_id else self._paths
        if any_id not in self._by_alphabet and coded is not None:
            self._by_alphabet[any_id] = names_of(coded).to_list()
        paths = self._by_alphabet.get(any_id, [])
        below = {edge for edge in "/?#" if _next(paths, path + edge).startswith(path + edge)}
        is_route = any(_next(paths, path + route).startswith(path + route) for route in ("#/", "#!/"))
        return "/" not in below and not is_route and (bool(below) or _next(paths, path) == path)

    def spellings(self) -> Mapping[str, tuple[str, ...]]:
        """Return the spellings in the frame of each displayed version, in version order."""
        if self._spelt is None:
            codes = self._codes("version")
            known = _no_versions() if codes is None else rank_versions(codes).drop_nulls("version")
            spelt = known.group_by("rank", maintain_order=True).agg(pl.col("name").first(), "version")
            self._spelt = {name: tuple(texts) for name, texts in spelt.select("name", "version").iter_rows()}
        return self._spelt

    def version_names(self) -> dict[str, str]:
        """Return the displayed version of each spelling in the frame."""
        return {text: name for name, texts in self.spellings().items() for text in texts}

    def included_values(self, name: str, where: FeedbackFilter) -> frozenset[str]:
        """Return the frame's values that a part of a filter includes: all spellings of a version, all nested themes."""
        key = name, only(where, name)
        if key not in self._asked:
            if len(self._asked) >= _MOST_ASKED:
                self._asked.clear()
            self._asked[key] = self._values_asked(name, where)
        return self._asked[key]

    def _values_asked(self, name: str, where: FeedbackFilter) -> frozenset[str]:
        values = getattr(where, name) or ()
        if name in {*FOLDED, "theme"}:
            return frozenset(values_among(name, values, self.values(name), exactly=where.allow))
        return frozenset(where.versions_among(self.values(name)) if name == "version" and values else values)

    def sections(self, where: FeedbackFilter, *, above: str = "") -> pl.DataFrame:
        """Count the rows below a path by the next segment: ``path`` (String) and ``count`` (Int64), largest first.

        Segments that are IDs are counted together, unless the path above has one itself.

        A filter by one of these paths selects exactly the rows counted. Rows without a path are not counted.
        """
        if self._paths is None or self._paths_without_ids is None:
            return pl.DataFrame(schema={"path": pl.String, "count": pl.Int64})
        is_page = with_ids_named(pl.Series([above])).item() == above
        paths = self._paths_without_ids if is_page else self._paths
        selected = paths.filter(self.choose(where, leaving_out="path").mask)
        below = pl.col("path").str.strip_prefix(above)
        page = pl.lit(above) + below.str.extract(r"^(/[^/?#]*)")
        return (
            selected.value_counts()
            .with_columns(pl.col("path").cast(pl.String))
            .filter(pl.col("path").str.starts_with(above))
            .group_by(path=page)
            .agg(pl.col("count").sum().cast(pl.Int64))
            .drop_nulls("path")
            .sort(["count", "path"], descending=[True, False])
        )

    def most_frequent(self, name: str, most: int) -> pl.Series:
        """Return a column of all rows in which rare values are grouped as "Other (n values)"."""
        if name == "theme" and self._tags is not None and name not in self._top:
            self._top[name] = self._tags.most_frequent(most)
        if name not in self._top:
            column = self._pages if name == "path" else self._codes(name)
            if column is None:
                raise ArgumentError(f"The frame has no column {name}. Count by another.")
            if name == "version":
                column = _merge_spellings(column)
            seen = column.drop_nulls().value_counts(sort=True)[name].cast(pl.String)
            if name in VOCABULARIES or seen.len() <= most + 1:
                self._top[name] = column
            else:
                rest = rest_of(seen.len() - most, seen.to_list())
                shown = [*seen.head(most), rest]
                names = names_of(column)
                kept = names.replace_strict(seen.head(most), seen.head(most), default=rest, return_dtype=pl.Enum(shown))
                self._top[name] = kept.gather(column.to_physical()).alias(name)
        return self._top[name]

    def sortable(self, name: str) -> pl.Series:
        """Return a column in a form that sorts quickly, in reading order."""
        coded = self._paths if name == "path" else self._codes(name)
        return self.frame.get_column(name) if coded is None else coded.to_physical()

    def _codes(self, name: str) -> pl.Series | None:
        """Convert a column of `CHOICES` to an Enum when it is needed, since this takes a while for many submitters."""
        if name not in CHOICES or name not in self.frame.columns:
            return None
        if name not in self._kept:
            self._kept[name] = _encode(self.frame, [name])[name]
        return self._kept[name]

    def _mask(self, part: str, where: FeedbackFilter) -> pl.Series:
        asked_for = where.moments if part == "dates" else (getattr(where, name) for name in PARTS[part])
        key = (where.time_zone, where.allow, *asked_for)  # a time ago moves on
        kept = self._masks.get(part)
        if kept is not None and kept[0] == key:
            return kept[1]
        asked = only(where, part)
        column, nulls = _column(part), _keeps_nulls(where, part)
        if (codes := self._codes(part)) is not None:
            distinct = pl.DataFrame({part: names_of(codes)})
            values = distinct.filter(asked.expr())[part]
            mask = codes.is_in(values.cast(codes.dtype).implode()).fill_null(value=nulls)
        elif part == "path" and self._paths is not None:
            values = pl.DataFrame({"path": names_of(self._paths)}).filter(asked.expr())["path"]
            mask = self._paths.is_in(values.cast(self._paths.dtype).implode()).fill_null(value=nulls)
        elif part == "theme" and self._tags is not None:
            chosen = self._tags.choose(tuple(where.theme or ()), tuple(where.not_theme or ()))
            mask = pl.Series("theme", chosen[self._tags.sets])
        elif part == "text" and not where.regex:
            if column not in self._texts:
                self._texts[column] = fold_texts(self.frame[column].cast(pl.String))
            mask = self._texts[column].str.contains(fold(str(where.text)), literal=True).fill_null(value=False)
        elif part == "search":
            mask = search_mask(where, self.frame, self._texts)
            if "created_at" in asked.columns:  # a time ago moves on
                return mask
        elif part == "dates":  # the filter compares them with times in any zone, or without one
            rows = self.frame.select(column).with_row_index("_row")
            mask = rows["_row"].is_in(asked.apply(rows)["_row"].implode())
        else:
            mask = self.frame.select(asked.expr().fill_null(value=False).alias(column)).to_series()
        self._masks[part] = (key, mask)
        return mask


def with_fields(where: FeedbackFilter, values: Mapping[str, Any]) -> FeedbackFilter:
    """Replace fields of a filter."""
    return replace(where, **values)


def is_set(where: FeedbackFilter, part: str) -> bool:
    """Return whether a part of a filter is set."""
    return any(getattr(where, name) != _NO_VALUE[name] for name in PARTS[part])


@lru_cache(maxsize=256)
def only(where: FeedbackFilter, part: str) -> FeedbackFilter:
    """Return a filter with only one of its parts."""
    kept = {*PARTS[part], "time_zone", "allow"}
    return with_fields(where, {name: value for name, value in _NO_VALUE.items() if name not in kept})


def without(where: FeedbackFilter, part: str) -> FeedbackFilter:
    """Return a filter without one of its parts."""
    return with_fields(where, no_values(part))


def no_values(part: str) -> dict[str, Any]:
    """Return the fields of a part of a filter, unset."""
    return {name: _NO_VALUE[name] for name in PARTS[part]}


def _column(part: str) -> str:
    return {"dates": "created_at", "text": "message"}.get(part, part)


def _keeps_nulls(where: FeedbackFilter, part: str) -> bool:
    """Return whether a part of a filter selects rows without a value, because it only excludes values."""
    return all(getattr(where, name) is None for name in PARTS[part] if not name.startswith("not_"))


def _encode(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Convert columns to Enums in reading order, paths by the names of pages. polars converts several at a time.

    The first rows have all values of most columns. The other columns are read once more.
    """
    texts = frame.select(pl.col(name).cast(pl.String) for name in names)
    found = _distinct(texts.head(_FIRST))
    few = [name for name in names if found[name].item().len() <= _FEW]
    coded = texts.select(_as_enum(name, found) for name in few).to_dict()
    lacking = [name for name in names if name not in few or coded[name].null_count() > texts[name].null_count()]
    if lacking:
        found = _distinct(texts.select(lacking))
        coded |= texts.select(_as_enum(name, found) for name in lacking).to_dict()
    if "path" in names:
        coded["path"] = _by_name(coded["path"])
    return pl.DataFrame([coded[name] for name in names])


def _by_name(paths: pl.Series) -> pl.Series:
    """Replace paths by the names of their pages."""
    return _rename_values(paths, page_names(names_of(paths)))


def _rename_values(paths: pl.Series, names: pl.Series) -> pl.Series:
    """Give the values of a column from `_encode` other names, of which some may be equal."""
    if names.equals(names_of(paths)):
        return paths
    return names.cast(pl.Enum(names.unique().sort())).gather(paths.to_physical()).alias("path")


def _next(paths: Sequence[str], text: str) -> str:
    """Return the first of some sorted paths that is not before a text."""
    place = bisect_left(paths, text)
    return next(iter(paths[place : place + 1]), "")


def _distinct(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the values of each column, alphabetically sorted, as a list."""
    return texts.select(pl.all().drop_nulls().unique().sort().implode())


def _as_enum(name: str, found: pl.DataFrame) -> pl.Expr:
    """Convert a column to an Enum of the values found, in reading order. Other values become null."""
    return pl.col(name).cast(pl.Enum(_in_reading_order(name, found[name].item())), strict=False)


def _in_reading_order(name: str, values: pl.Series) -> pl.Series:
    """Sort alphabetically sorted values as versions, or by a vocabulary, with unknown values last."""
    known = VOCABULARIES.get(name, ())
    order = in_order(values) if name == "version" else [*known, *values.filter(~values.is_in(known))]
    return pl.Series(order, dtype=pl.String)


def _merge_spellings(versions: pl.Series) -> pl.Series:
    """Replace all spellings of a version by one. They are adjacent."""
    names = dict(rank_versions(versions).drop_nulls("version").select("version", "name").iter_rows())
    spelt = pl.Series("version", [names.get(text, text) for text in names_of(versions)], dtype=pl.String)
    return spelt.cast(pl.Enum(spelt.unique(maintain_order=True))).gather(versions.to_physical())


def _in_chunks_of(frame: pl.DataFrame, column: pl.Series) -> pl.Series:
    """Divide a column like those of a frame: else each selection from both would first copy all of the frame."""
    lengths = frame["created_at"].chunk_lengths()
    starts = accumulate(lengths, initial=0)
    return pl.concat([column.slice(start, length) for start, length in zip(starts, lengths, strict=False)])


def _no_versions() -> pl.DataFrame:
    return rank_versions(pl.Series("version", [], dtype=pl.String))


def names_of(coded: pl.Series) -> pl.Series:
    """Return the distinct values of a column from `Crossfilter.codes_of`."""
    kind = coded.dtype
    return kind.categories if isinstance(kind, pl.Enum) else coded.unique()
