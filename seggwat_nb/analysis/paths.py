"""Folds paths: removes IDs, locales and queries, so that items on the same page count together.

Folding depends on what a segment looks like, so mistakes are possible. They never drop rows, but only count them
elsewhere in the tree. Whether ``/it`` is Italian or a department is decided by its pages: a language has the same pages
as other languages, or as the paths without one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.counts import count_by
from seggwat_nb.analysis.page_ids import ID, SURE_ID
from seggwat_nb.analysis.page_names import as_page
from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import is_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from seggwat_nb.analysis.counts import Selection

__all__ = ["BLANK_PATH", "ID", "LOCALES", "NO_PATH", "by_path", "fold", "locales_in"]

NO_PATH: Final = "(no path)"
"""Name of rows without a path."""

BLANK_PATH: Final = "(blank path)"
"""Name of rows with a blank path."""

LOCALES: Final = frozenset(
    "ar bg bn bs ca cs da de el en es et eu fa fi fil fr gl he "  # noqa: SIM905  # fifty quotes hide a gap
    "hi hr hu hy id it ja ka ko lt lv mk ms mt nb nl nn no pl pt ro ru sk sl sq sr sv ta th tr uk ur vi zh".split()
)
"""Languages that count as a locale at the start of a path, without ``my`` (Burmese): ``/my/orders`` is a page."""

_HALF: Final = 0.5
_NOT_EMPTY: Final = pl.element().filter(pl.element() != "")
_SCHEME_AND_HOST: Final = r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*"
_HASH_ROUTE: Final = r"^([^?#]*?)/?#!?/"
_REGION: Final = r"(?:[-_](?:[A-Za-z]{2}|Hans|Hant|Latn|Cyrl|\d{3}))?"
_LANGUAGES: Final = "|".join(sorted(LOCALES))
_USUAL_REGION: Final = "(?:[-_](?:[A-Z]{2}|Hans|Hant|Latn|Cyrl))"
_IS_ID: Final = f"^(?:[0-9]+|{SURE_ID})$"


def fold(path: pl.Expr, *, locales: Collection[str] = LOCALES) -> pl.Expr:
    """Remove IDs, locale and query from a path, based on that path alone.

    Parameters
    ----------
    path
        A path (String), or a full URL, whose scheme and host are removed as well.
    locales
        Languages that count as a locale in the first segment, with or without a region (``de``, ``pt-BR``,
        ``zh_Hant``). Pass ``()`` for a site whose pages have such names.

    Returns
    -------
    pl.Expr
        String, starting with ``/``. Query, fragment, repeated and trailing slashes are removed. A hash route
        (``/#/orders``) becomes a path, and encoded letters are decoded (``/caf%C3%A9`` is ``/café``). Numbers, dates,
        UUIDs, hexadecimal and other long IDs and e-mail addresses become ``:id``. Null stays null, and a blank path
        becomes an empty string.

    Examples
    --------
    >>> pages = pl.DataFrame({"path": ["/en/orders/6523a1c09b1e8a0012ab34cd/?x=1", "/my/orders", "/"]})
    >>> pages.select(fold(pl.col("path")))["path"].to_list()
    ['/orders/:id', '/my/orders', '/']
    """
    languages = "|".join(re.escape(language) for language in sorted(locales))
    return _fold_path(path, f"^(?i:{languages}){_REGION}$" if locales else None)


def locales_in(paths: pl.Series) -> frozenset[str]:
    """Find the first segments that are locales, in lower case, based on the pages below them.

    A first segment that looks like a language (see `LOCALES`) is a locale if at least half of the pages below it are
    also below another such segment, or below none. ``/it/tickets`` and ``/hr/payroll`` are pages of departments. A
    language with a region in the usual notation (``pt-BR``, ``zh_Hant``) is always a locale.

    Examples
    --------
    >>> sorted(locales_in(pl.Series(["/en/orders/1", "/de/orders/2", "/it/tickets", "/hr/payroll", "/pt-BR/cart"])))
    ['de', 'en', 'pt-br']
    """
    first, rest = pl.col("first"), pl.col("rest")
    pages = (
        pl.DataFrame({"path": paths.cast(pl.String).unique()})
        .select(page=_fold_path(pl.col("path"), None))
        .select("page", first=pl.col("page").str.extract("^/([^/]+)"))
        .drop_nulls()
        .with_columns(may_be=first.str.contains(f"^(?i:{_LANGUAGES}){_REGION}$"))
    )
    usual = pages.filter(first.str.contains(f"^(?:{_LANGUAGES}){_USUAL_REGION}$"))["first"]
    below = pl.when("may_be").then(pl.col("page").str.extract("^/[^/]+(/.*)")).otherwise("page")
    shared = (
        pages.select("may_be", first=pl.when("may_be").then(first.str.to_lowercase()), rest=below)
        .filter(rest.is_not_null() & ~rest.str.contains(f"^(?:/{ID})*/?$"))
        .unique(["first", "rest"])
        .with_columns(shared=pl.len().over("rest") > 1)
        .filter("may_be")
        .group_by("first")
        .agg(pl.col("shared").mean())
    )
    return frozenset([*shared.filter(pl.col("shared") >= _HALF)["first"], *usual.str.to_lowercase()])


def _fold_path(path: pl.Expr, locale: str | None) -> pl.Expr:
    """Fold a path. Its first segment is removed if it matches ``locale`` (a pattern)."""
    clean = (
        as_page(path)
        .str.strip_chars()
        .str.replace(_SCHEME_AND_HOST, "")
        .str.replace(_HASH_ROUTE, "${1}/")
        .str.extract(r"^([^?#]*)")
    )
    segment = pl.element()
    segments = clean.str.split("/").list.eval(segment.str.replace(r";.*$", "")).list.eval(_NOT_EMPTY)
    if locale is not None:
        opens_with_locale = segments.list.first().str.contains(locale).fill_null(value=False)
        segments = pl.when(opens_with_locale).then(segments.list.slice(1)).otherwise(segments)
    without_id = pl.when(segment.str.contains(_IS_ID)).then(pl.lit(ID)).otherwise(segment)
    folded = "/" + segments.list.eval(without_id).list.join("/")
    return pl.when(path.str.strip_chars() == "").then(pl.lit("")).otherwise(folded).alias("path")


def by_path(
    frame: Any,  # noqa: ANN401  # any engine's frame
    *,
    locales: Collection[str] | None = None,
    where: Selection | None = None,
) -> pl.DataFrame:
    """Count rows in the tree of folded paths.

    Parameters
    ----------
    frame
        Rows of feedback or ratings on any engine that `daily_counts` supports, or daily counts by ``path``. The engine
        counts the original paths, and the result is folded.
    locales
        Languages that count as a locale, as in `fold`. None: decided by the paths, see `locales_in`.
    where
        Rows to count.

    Returns
    -------
    pl.DataFrame
        A row for each page and each of its parent folders, parents first: ``path`` (String, see `fold`), ``parent``
        (String, null at the top), ``depth`` (Int64, 0 for ``/``), ``count`` (Int64, rows on the path itself), ``total``
        (Int64, rows on it and all paths below) and ``share`` (Float64, 0 to 1, total as a share of all rows selected).
        Rows without a path come last, at the top level, as ``"(no path)"`` and ``"(blank path)"``. The counts sum to
        the number of rows selected.

    Raises
    ------
    ArgumentError
        The frame has no ``path``, or cannot be counted.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame({"path": ["/en/orders/17", "/de/orders/18?tab=1", "/orders", None]})
    >>> rows = rows.with_columns(created_at=datetime(2026, 3, 2, tzinfo=UTC))
    >>> by_path(rows).select("path", "count", "total").rows()
    [('/', 0, 3), ('/orders', 1, 3), ('/orders/:id', 2, 2), ('(no path)', 1, 1)]
    """
    if not isinstance(locales, list | tuple | set | frozenset | None) or not all(map(is_text, locales or ())):
        raise ArgumentError(f"locales must be a list of languages such as ['en', 'pt-BR'], got {locales!r}.")
    counts = count_by(frame, by=("path",), where=where)
    if locales is None:
        found = "|".join(re.escape(segment) for segment in sorted(locales_in(counts["path"])))
        path = _fold_path(pl.col("path"), f"^(?i:{found})$" if found else None)
    else:
        path = fold(pl.col("path"), locales=locales)
    folded = counts.group_by(path).agg(pl.col("count").sum())
    return pl.concat([_tree(folded), _pathless(folded)]).with_columns(share=pl.col("total") / pl.col("count").sum())


def _tree(folded: pl.DataFrame) -> pl.DataFrame:
    segments, depth = pl.col("segments"), pl.col("depth")
    return (
        folded.filter(pl.col("path").str.starts_with("/"))
        .with_columns(segments=pl.col("path").str.strip_prefix("/").str.split("/").list.eval(_NOT_EMPTY))
        .with_columns(own_depth=segments.list.len().cast(pl.Int64))
        .with_columns(depth=pl.int_ranges(0, pl.col("own_depth") + 1))
        .explode("depth")
        .group_by(segments.list.head(depth), depth)
        .agg(count=pl.col("count").filter(depth == pl.col("own_depth")).sum(), total=pl.col("count").sum())
        .sort(segments.list.join("\0"))  # so that "/a/b" comes before "/a-b"
        .select(
            path="/" + segments.list.join("/"),
            parent=pl.when(depth > 0).then("/" + segments.list.head(depth - 1).list.join("/")),
            depth=depth,
            count="count",
            total="total",
        )
    )


def _pathless(folded: pl.DataFrame) -> pl.DataFrame:
    return (
        folded.filter(~pl.col("path").str.starts_with("/").fill_null(value=False))
        .sort("path", nulls_last=False)
        .select(
            path=pl.when(pl.col("path") == "").then(pl.lit(BLANK_PATH)).otherwise(pl.lit(NO_PATH)),
            parent=pl.lit(None, pl.String),
            depth=pl.lit(0, pl.Int64),
            count="count",
            total="count",
        )
    )
