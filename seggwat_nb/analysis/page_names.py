"""Names of pages: a browser reports ``/caf%C3%A9``, a server ``/café``, and both are one page."""

from __future__ import annotations

from typing import Final

import polars as pl

from seggwat_nb.text import page_name

__all__ = ["as_page", "page_names", "with_page_names"]

_MAY_BE_NAMED: Final = r"%[89a-fA-F]|[^\x00-\x7F]"


def page_names(paths: pl.Series) -> pl.Series:
    """Return the name of each path (String), with encoded letters decoded.

    Examples
    --------
    >>> page_names(pl.Series(["/caf%C3%A9", "/café", "/a%20b", None])).to_list()
    ['/café', '/café', '/a%20b', None]
    """
    others = paths.filter(paths.str.contains(_MAY_BE_NAMED)).unique()
    return paths if others.is_empty() else paths.replace(others, pl.Series(map(page_name, others), dtype=pl.String))


def as_page(path: pl.Expr) -> pl.Expr:
    """Return the name of a path (String), see `page_names`."""
    return path.map_batches(page_names, return_dtype=pl.String, is_elementwise=True)


def with_page_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Replace the paths in a frame's column ``path``, if it has one, by the names of their pages. Lists are unchanged.

    Examples
    --------
    >>> with_page_names(pl.DataFrame({"path": ["/caf%C3%A9"]}))["path"].to_list()
    ['/café']
    """
    if "path" not in frame.columns or frame.schema["path"].is_nested():
        return frame
    return frame.with_columns(page_names(frame["path"].cast(pl.String)))
