"""Pages of paths: without query, fragment and slash at the end, and with ``:id`` for each ID, as one may have one item.

Whether a segment is an ID depends on that segment alone, so that a filter can tell on every engine, and in a browser
(``web/page_ids.js``). The pattern has no look-around, which several engines lack.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.page_names import page_names

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ID",
    "SURE_ID",
    "as_page_without_ids",
    "has_ids",
    "pages_of",
    "pattern_below",
    "with_ids_named",
    "with_pages",
]

ID: Final = ":id"
"""Replaces an ID in the name of a page."""


def _with(mark: str, size: int, before: str, after: str, *, least: int) -> str:
    """Match at least so many characters with a mark of a size. Nested so, it takes an engine few states."""
    found = mark
    for length in range(size, least):
        found = f"(?:{found}{after}|{before}{{{length - size + 1}}}{mark})"
    return f"(?:{found}{after}*|{before}{{{least - size + 1},}}{mark}{after}*)"


def _with_digit(letters: str, least: int) -> str:
    return _with("[0-9]", 1, f"[{letters}]", f"[{letters}0-9]", least=least)


_BASE64: Final = "[A-Za-z0-9_-]"
_MIXED: Final = "(?:[a-z][0-9][A-Z]|[A-Z][0-9][a-z]|[a-z][A-Z][0-9]|[0-9][A-Z][a-z])"
"""Matches a digit where cases change, as in hardly any word."""
_SUFFIX: Final = r"(?:\.(?:html?|php|aspx?|jsp|json|xml|pdf))?"
_UUID: Final = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
SURE_ID: Final = "|".join(
    (
        rf"[~+]?(?:[0-9]+[-_])*[0-9]{{4,}}(?:[-_][0-9]+)*{_SUFFIX}",  # 48213, 2026-03-01, 123-4567890
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9A-Za-z:.%+-]+|[0-9]{4}-?W[0-9]{2}",  # a time, a week
        r"[A-Z]{2,10}-(?:[0-9]+-)*[0-9]{4,}(?:-[0-9]+)*",  # INV-2026-0042
        rf"(?:\{{|%7[Bb])?{_UUID}(?:\}}|%7[Dd])?{_SUFFIX}",
        r"[^/?#]+(?:@|%40)[^/?#]+\.[^/?#0-9][^/?#]*",  # an e-mail address, which must not appear in a chart either
        _with_digit("A-Fa-f", 8) + _SUFFIX,  # 6523a1c09b1e8a0012ab34cd
        "(?:[A-Za-z]{2,8}_){1,2}" + _with("[0-9][A-Za-z0-9]", 2, "[A-Za-z]", "[A-Za-z0-9]", least=8),  # ord_1a2b3c4d
        _with_digit("A-Za-z", 16) + "(?:=|%3[Dd]){0,2}",  # 01HF8YQ3ZKJ5V7W2X9R4T6B8CD
        _with(_MIXED, 3, _BASE64, _BASE64, least=20) + "(?:=|%3[Dd]){0,2}",  # V1StGXR8_Z5jdHi6B-myT
    )
)
"""Matches all of a segment that can only be an ID, without any group, ``^`` or ``$``."""

_HEAD: Final = r"(?s)^([^?#]*(?:#!?/[^?#]*)?)"
"""Matches a path without query and fragment. A hash route (``/#/orders``) is part of it."""
_SEGMENT: Final = rf"^(?:{SURE_ID})(?:#!?)?$"
_SLASH_AT_END: Final = "([^/#!])/+$"
"""Matches the slash of ``/orders/``, but not that of ``/`` or ``/#/``."""

_HEAD_AND_REST: Final = re.compile(rf"{_HEAD}(.*)$")


def pages_of(paths: pl.Series) -> pl.Series:
    """Return the page of each path (String): without query, fragment and slash at the end, and ``:id`` for each ID.

    A locale stays, and so do numbers of up to three digits (``/lesson/3``, ``/error/404``), since such pages are few
    and may have many items each, and a number with a title (``/articles/48213-refunds``), which names a page. A path
    that consists only of a query is unchanged. A filter by a page selects all of its paths, and those below it.

    Examples
    --------
    >>> pages_of(pl.Series(["/de/orders/48213/pay?step=2", "/lesson/3/", "/#/users/jo@example.org", "?x=1"])).to_list()
    ['/de/orders/:id/pay', '/lesson/3', '/#/users/:id', '?x=1']
    """
    return _each(
        paths, lambda head, path: pl.when(head == "").then(path).otherwise(head.str.replace(_SLASH_AT_END, "${1}"))
    )


def with_ids_named(paths: pl.Series) -> pl.Series:
    """Replace the IDs in paths (String) by ``:id`` and keep their queries, so that a path is still below its page.

    Examples
    --------
    >>> with_ids_named(pl.Series(["/orders/48213?id=48213"])).to_list()
    ['/orders/:id?id=48213']
    """
    return _each(paths, lambda head, path: head + path.str.replace(_HEAD, ""))


def with_pages(frame: pl.DataFrame) -> pl.DataFrame:
    """Replace the paths in a frame's column ``path``, if it has one, by their pages.

    Examples
    --------
    >>> with_pages(pl.DataFrame({"path": ["/orders/48213?tab=1"]}))["path"].to_list()
    ['/orders/:id']
    """
    return frame.with_columns(pages_of(frame["path"].cast(pl.String))) if "path" in frame.columns else frame


def as_page_without_ids(path: pl.Expr) -> pl.Expr:
    """Return the page of a path (String), see `pages_of`."""
    return path.map_batches(pages_of, return_dtype=pl.String, is_elementwise=True)


def _each(paths: pl.Series, joined: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> pl.Series:
    """Change the distinct paths, given how to join what comes before the query, without IDs, with the path itself."""
    distinct = paths.unique().drop_nulls()
    named = page_names(distinct)
    segment = pl.element()
    without_id = pl.when(segment.str.contains(_SEGMENT)).then(segment.str.replace("^[^#]+", ID)).otherwise(segment)
    head = pl.col("path").str.extract(_HEAD)
    parts = named.to_frame("path").select("path", head=head.str.split("/").list.eval(without_id).list.join("/"))
    found = parts.select(joined(pl.col("head"), pl.col("path"))).to_series()
    is_new = found != distinct
    return paths.replace(distinct.filter(is_new), found.filter(is_new)) if is_new.any() else paths


def has_ids(path: str) -> bool:
    """Return whether a filter's path has ``:id`` for any ID.

    Examples
    --------
    >>> has_ids("/orders/:id/pay"), has_ids("/orders/:identity"), has_ids("/orders?sort=/:id")
    (True, False, False)
    """
    return pattern_below(path) is not None


@lru_cache(maxsize=256)
def pattern_below(path: str) -> str | None:
    """Return a pattern for what equals a filter's path or is below it, if followed by a slash. None without ``:id``.

    Every engine knows a slash, but each has another pattern for the end of a text.

    Examples
    --------
    >>> [bool(re.match(pattern_below("/orders/:id"), f"{path}/")) for path in ("/orders/48213?a=1", "/orders/new")]
    [True, False]
    """
    found = _HEAD_AND_REST.match(path.rstrip("/"))
    head, rest = found.groups() if found else ("", "")
    segments = re.split(r"([/#])", head)
    if ID not in segments:
        return None
    written = (f"(?:{ID}|{SURE_ID})" if one == ID else re.escape(one) for one in segments)
    return f"^{''.join(written)}{re.escape(rest)}[/?#]"
