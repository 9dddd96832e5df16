"""Express a filter's conditions for each engine: natively in polars, and through narwhals elsewhere."""

from __future__ import annotations

from functools import partial, reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

from seggwat_nb.analysis.counts import collect, holds_lists
from seggwat_nb.analysis.folding import fold, fold_texts
from seggwat_nb.analysis.page_ids import pattern_below
from seggwat_nb.analysis.page_names import as_page, page_names
from seggwat_nb.analysis.validation import has_several, no_moments
from seggwat_nb.analysis.versions import same
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_queries import CONTAINED, MISSING, column_of, parse
from seggwat_nb.filter_search import FOLDED, as_meant, columns_of, filter_of, themes_among
from seggwat_nb.text import page_name, page_spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from seggwat_nb.filter_queries import Clause, Term
    from seggwat_nb.filters import FeedbackFilter

__all__ = [
    "as_is",
    "below",
    "check_columns",
    "elsewhere",
    "in_polars",
    "moment_writer",
    "open_frame",
    "search_mask",
    "values_of",
]

_EQUAL: Final = ("submitted_by", "project_id")


def open_frame(frame: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:  # noqa: ANN401  # any engine's frame
    """Open a frame of any engine that narwhals takes.

    Raises
    ------
    ArgumentError
        The engine is not supported.
    """
    try:
        rows: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(frame)
    except TypeError:
        raise ArgumentError(
            f"A {type(frame).__name__} cannot be filtered. Pass a polars, pandas, Arrow, DuckDB or "
            "Spark frame of feedback or ratings."
        ) from None
    return rows


def check_columns(
    rows: nw.DataFrame[Any] | nw.LazyFrame[Any], asked: Mapping[str, frozenset[str]], *, patterns: bool
) -> None:
    """Raise `ArgumentError` if a frame lacks columns that a filter requires."""
    schema = rows.collect_schema()
    for name, columns in asked.items():
        if "theme" in columns and not ("theme" in schema and _has_lists(rows, schema["theme"])):
            raise ArgumentError(f"{name} requires a list of themes for each item. Call sw.themes.tag(data) first.")
        if "language" in columns and "language" not in schema:
            raise ArgumentError(f"{name} requires the column language. Call sw.themes.language(data) first.")
        for column in sorted(columns - set(schema)):
            raise ArgumentError(
                f"{name} requires the column {column}, which the frame does not have. Remove it from the filter."
            )
    if patterns and not rows.implementation.is_polars():
        raise ArgumentError(
            f"Regular expressions require a polars frame, and these rows are in {rows.implementation.value}. "
            "Pass a polars frame, or search for the text itself."
        )


def _has_lists(rows: nw.DataFrame[Any] | nw.LazyFrame[Any], kind: Any) -> bool:  # noqa: ANN401  # a narwhals type
    return has_several(kind) or (kind == nw.Object and holds_lists(rows, "theme"))


def moment_writer(rows: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> Callable[[datetime], Any]:
    """Choose how a moment is written, so that the engine can compare it with its ``created_at``."""
    dtype = rows.collect_schema()["created_at"]
    if not isinstance(dtype, nw.Datetime):
        raise ArgumentError(no_moments(dtype))
    if dtype.time_zone is None:
        if rows.implementation.is_spark_like():  # Spark would read a moment without a zone in the local one
            return lambda moment: nw.lit(f"{moment:%Y-%m-%d %H:%M:%S.%f}").cast(nw.Datetime("us"))
        return lambda moment: moment.replace(tzinfo=None)
    if rows.implementation.is_polars():  # which only compares moments of the same zone
        zone = ZoneInfo(dtype.time_zone)
        return lambda moment: moment.astimezone(zone)
    return as_is


def in_polars(where: FeedbackFilter, written: Callable[[datetime], Any]) -> list[pl.Expr]:
    """Return conditions for polars, in the order that is fastest to apply."""
    # How a version is read may depend on all others, so conditions on versions must see every row.
    whole = []
    if where.version is not None or where.has_range:
        whole.append(_matching("version", where.versions_among))
    if where.not_version is not None:
        whole.append(_complement(_matching("version", partial(same, where.not_version))))
    clauses = parse(where.search or "")
    search = [_matching_search(where, clauses)] if clauses else []
    if "version" in columns_of(clauses):
        whole, search = [*whole, *search], []
    themes = [] if where.theme is None else [_matching_themes(where.theme)]
    themes += [] if where.not_theme is None else [_complement(_matching_themes(where.not_theme))]
    text = [] if where.text is None else [_matching_text(where.text, regex=where.regex)]
    first = [reduce(and_, whole)] if whole else []
    alike = _alike(where, partial(_matching, each_alone=True))
    return [*first, *alike, *_plain(where, pl.col, pl.String, written), *themes, *text, *search]


def elsewhere(where: FeedbackFilter, rows: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> list[nw.Expr]:
    """Return conditions for any other engine, as narwhals expressions."""
    return _conditions_elsewhere(where, _Texts(rows))


def _conditions_elsewhere(where: FeedbackFilter, texts: _Texts) -> list[nw.Expr]:
    rows = texts.rows
    written = moment_writer(rows) if where.since or where.until else as_is
    conditions: list[nw.Expr] = _plain(where, nw.col, nw.String, written)
    version = nw.col("version").cast(nw.String)
    if where.version is not None or where.has_range:
        conditions.append(version.is_in(list(where.resolve(rows).version or ())))
    if where.not_version is not None and (excluded := same(where.not_version, values_of(rows, "version"))):
        conditions.append(_complement(version.is_in(excluded)))
    conditions += _alike(where, texts.among)
    if where.theme is not None:
        conditions.append(_has_themes(where.theme, rows))
    if where.not_theme is not None:
        conditions.append(_complement(_has_themes(where.not_theme, rows)))
    if where.text is not None:
        conditions.append(texts.matching("message", where.text))

    def matching(term: Term) -> nw.Expr:
        if term.key == MISSING:
            return reduce(or_, (_is_missing(column_of(key), rows) for key in term.values))
        column = CONTAINED.get(term.key)
        if column is None:
            return reduce(and_, _conditions_elsewhere(filter_of(term, where), texts))
        return reduce(or_, (texts.matching(column, value) for value in term.values))

    clauses = parse(where.search or "")
    return [*conditions, _combine(clauses, matching)] if clauses else conditions


def search_mask(where: FeedbackFilter, rows: pl.DataFrame, texts: dict[str, pl.Series]) -> pl.Series:
    """Return which rows match the search of a filter, without nulls; `texts` caches each folded column."""

    def matching(term: Term) -> pl.Series:
        if term.key == MISSING:
            missing = reduce(or_, (_is_missing(column_of(key), open_frame(rows)) for key in term.values))
            empty: pl.Series = open_frame(rows).select(missing.alias("_")).to_native().to_series()
            return empty
        column = CONTAINED.get(term.key)
        if column is None:
            meant = filter_of(term, where)
            written = moment_writer(open_frame(rows)) if meant.since or meant.until else as_is
            return rows.select(reduce(and_, in_polars(meant, written)).alias("_")).to_series()
        if term.is_regex:
            return rows.select(_matching_text(term.values[0], regex=True)).to_series()
        if column not in texts:
            texts[column] = fold_texts(_fold_paths(rows[column].cast(pl.String)))
        wanted = (_fold_for(column, value) for value in term.values)
        return reduce(or_, (texts[column].str.contains(one, literal=True) for one in wanted))

    found: pl.Series = _combine(parse(where.search or ""), matching)
    return found


def _combine(clauses: Sequence[Clause], matching: Callable[[Term], Any]) -> Any:  # noqa: ANN401  # expressions, or masks
    """Combine the matches of a search's terms; a missing value matches no term, and every excluded one."""

    def one(term: Term) -> Any:  # noqa: ANN401  # as above
        found = matching(term)
        return _complement(found) if term.excluded else found.fill_null(value=False)

    return reduce(and_, (reduce(or_, map(one, clause)) for clause in clauses))


def _complement(condition: Any) -> Any:  # noqa: ANN401  # an expression of polars or narwhals, or a mask
    """Match what a condition does not, including where that is unknown."""
    return ~condition.fill_null(value=False)


def _plain(
    where: FeedbackFilter,
    col: Callable[[str], Any],
    string: type[pl.String | nw.String],
    written: Callable[[datetime], Any],
) -> list[Any]:  # polars and narwhals spell expressions alike
    """Return the conditions that every engine supports."""

    def among(name: str, values: Iterable[str]) -> Any:  # noqa: ANN401  # as above
        column = col(name).cast(string)
        if name == "path":
            return reduce(or_, (below(column, path) for path in values))
        return column.is_in(list(values))

    conditions = []
    for name in (*_EQUAL, "path"):
        if (values := getattr(where, name)) is not None:
            conditions.append(among(name, values))
        if (values := getattr(where, f"not_{name}", None)) is not None:
            conditions.append(_complement(among(name, values)))
    since, until = where.moments
    conditions += [] if since is None else [col("created_at") >= written(since)]
    conditions += [] if until is None else [col("created_at") < written(until)]
    return conditions if where.archived is None else [*conditions, col("archived") == where.archived]


def _alike(where: FeedbackFilter, matching: Callable[[str, Callable[[list[str]], Sequence[str]]], Any]) -> list[Any]:
    """Return the conditions on the fields in `FOLDED`, given how to match the values of a column that are chosen."""
    conditions = []
    for name in FOLDED:
        for field in (name, f"not_{name}"):
            if (values := getattr(where, field)) is not None:
                found = matching(name, partial(as_meant, values, exactly=where.allow))
                conditions.append(_complement(found) if field != name else found)
    return conditions


def _is_missing(name: str, rows: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> nw.Expr:
    """Match rows without a value in a column, a blank one, or no theme."""
    column, kind = nw.col(name), rows.collect_schema()[name]
    if has_several(kind):
        is_blank = column.list.len() == 0
    elif kind == nw.Object and holds_lists(rows, name):
        is_blank = column.cast(nw.String).is_in(["[]", "()"])
    else:
        is_blank = column.cast(nw.String).str.strip_chars() == ""
    return column.is_null() | is_blank.fill_null(value=False)


def values_of(rows: nw.DataFrame[Any] | nw.LazyFrame[Any], name: str) -> list[str]:
    """Collect the distinct values of a column."""
    distinct = collect(rows.select(nw.col(name).cast(nw.String)).unique())
    return distinct[name].drop_nulls().to_list()


def _has_themes(themes: Sequence[str], rows: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> nw.Expr:
    """Match rows with one of these themes, or one nested in them, by the names of all themes that the rows have."""
    lists = rows.select("theme")
    if isinstance(lists, nw.DataFrame) and lists.schema["theme"] == nw.Object:
        return _matches_text_of_lists(lists["theme"].to_list(), themes)
    distinct = lists.explode("theme").unique() if isinstance(lists, nw.LazyFrame) else lists
    found = collect(distinct)["theme"]
    names = (found if found.dtype == pl.String else found.explode()).drop_nulls().unique().sort()
    inside = themes_among(themes, names.to_list())
    return reduce(or_, (nw.col("theme").list.contains(name) for name in inside or themes))


def _matches_text_of_lists(lists: Iterable[Any], themes: Sequence[str]) -> nw.Expr:
    """Match lists with one of these themes by what they are as text, since pandas has no type for lists."""
    texts = {str(one): [*map(str, one)] for one in lists if one is not None and not isinstance(one, float)}
    inside = {*themes_among(themes, sorted({name for names in texts.values() for name in names}))}
    return (
        nw.col("theme").cast(nw.String).is_in([text for text, names in texts.items() if not inside.isdisjoint(names)])
    )


def _matching_themes(themes: Sequence[str]) -> pl.Expr:
    """Match rows with one of these themes in polars, or one nested in them."""

    def matching(lists: pl.Series) -> pl.Series:
        names = lists.explode().unique().drop_nulls().cast(pl.String)
        inside = pl.lit(pl.Series(themes_among(themes, names.to_list()), dtype=pl.String).implode())
        return lists.list.eval(pl.element().cast(pl.String).is_in(inside)).list.any()

    return pl.col("theme").map_batches(matching, return_dtype=pl.Boolean, is_elementwise=True)


def _matching(name: str, choose: Callable[[list[str]], Sequence[str]], *, each_alone: bool = False) -> pl.Expr:
    """Match the chosen values of a column in polars, keeping lazy frames lazy; a null matches nothing and stays null.

    `each_alone` says that what is chosen of a value does not depend on the others.
    """

    def matching(values: pl.Series) -> pl.Series:
        inside = choose(values.unique().drop_nulls().to_list())
        return values.is_in(pl.Series(inside, dtype=pl.String).implode())

    return pl.col(name).cast(pl.String).map_batches(matching, return_dtype=pl.Boolean, is_elementwise=each_alone)


def _matching_text(text: str, *, regex: bool) -> pl.Expr:
    """Match a text in polars: as a regular expression, or folded like the messages."""
    message = pl.col("message").cast(pl.String)
    if regex:
        return message.str.contains(f"(?i){text}")
    # A text of invisible characters is in every message.
    return message.map_batches(fold_texts, return_dtype=pl.String, is_elementwise=True).str.contains(
        fold(text), literal=True
    )


def _matching_search(where: FeedbackFilter, clauses: Sequence[Clause]) -> pl.Expr:
    """Match a search in polars, folding each column once for all terms."""

    def matching(rows: pl.Series) -> pl.Series:
        return search_mask(where, rows.struct.unnest(), {})

    return pl.struct(sorted(columns_of(clauses))).map_batches(matching, return_dtype=pl.Boolean)


class _Texts:
    """Match texts in an engine that cannot fold: it lowercases ASCII; texts with other letters are folded here."""

    def __init__(self, rows: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> None:
        self.rows = rows
        self._others: dict[str, tuple[pl.Series, pl.Series]] = {}
        self._values: dict[str, list[str]] = {}

    def among(self, column: str, choose: Callable[[list[str]], Sequence[str]]) -> nw.Expr:
        """Match the rows with one of the values that are chosen from those of a column."""
        if column not in self._values:
            self._values[column] = values_of(self.rows, column)
        value, inside = nw.col(column).cast(nw.String), list(choose(self._values[column]))
        return value.is_in(inside) if inside else value.is_null() & ~value.is_null()  # SQL has no empty list

    def matching(self, column: str, text: str) -> nw.Expr:
        """Match the rows in which a column contains a text."""
        value, wanted = nw.col(column).cast(nw.String), _fold_for(column, text)
        is_more = value.str.contains(r"[^\x00-\x7F]|%[89A-Fa-f]" if column == "path" else r"[^\x00-\x7F]")
        if column not in self._others:
            texts = collect(self.rows.filter(is_more).select(value).unique())[column]
            self._others[column] = texts, fold_texts(_fold_paths(texts))
        texts, lowered = self._others[column]
        plain = ~is_more & value.str.to_lowercase().str.contains(wanted, literal=True)
        matching = texts.filter(lowered.str.contains(wanted, literal=True)).to_list()
        return plain | value.is_in(matching) if matching else plain


def _fold_for(column: str, text: str) -> str:
    """Fold a text that a column is searched for. Of a path, it may be a part that was copied from a browser."""
    return fold(page_name(text) if column == "path" else text)


def _fold_paths(values: pl.Series) -> pl.Series:
    """Return paths as pages are called. Other columns are unchanged."""
    return page_names(values) if values.name == "path" else values


def as_is(moment: datetime) -> datetime:
    """Return a moment unchanged."""
    return moment


def below(column: Any, path: str) -> Any:  # noqa: ANN401  # an expression of polars or narwhals
    """Match a path and everything below it, encoded or not. Other engines than polars cannot decode."""
    spellings: Sequence[str] = page_spellings(path)
    if isinstance(column, pl.Expr):
        column, spellings = as_page(column), [page_name(path)]
    patterns = [pattern for spelling in spellings if (pattern := pattern_below(spelling))]
    if patterns:
        ended = column + "/" if isinstance(column, pl.Expr) else nw.concat_str([column, nw.lit("/")])
        return reduce(or_, (ended.str.contains(pattern) for pattern in patterns))
    stems = [spelling.rstrip("/") for spelling in spellings]
    edged = (column.str.starts_with(f"{stem}{edge}") for stem in stems for edge in "/?#")
    return reduce(or_, edged, column.is_in([stem or "/" for stem in stems]))
