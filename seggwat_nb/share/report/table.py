"""A table in a report that readers can search and sort. In a notebook, its first rows are shown."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.errors import ArgumentError
from seggwat_nb.share.report.markup import with_looks
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["TABLE_MIME", "Table", "parse", "static_table"]

TABLE_MIME: Final = "application/vnd.seggwat.table.v1+json"

_KINDS: Final = frozenset({"text", "word", "prose", "number", "time", "link"})
"""Kinds of columns. A page uses them as class names."""

_FIRST: Final = 25
"""Number of rows shown without scripts."""

_PROSE: Final = 60
"""A column with a text of at least this length gets the remaining width."""

_WORD: Final = 16
"""Maximum length of texts that stay on one line."""

_MINUTES: Final = "%Y-%m-%d %H:%M"


class Table:
    """A frame to search and sort in a report.

    Parameters
    ----------
    frame
        The rows to show: text, numbers, Booleans, dates and times. Times are written in their own zone.
    labels
        Maps columns to headings. By default, the heading is the column's name.
    links
        Columns with URLs (``http`` or ``https``).
    filters
        Maps each filter of the report to the column that it applies to.
    groups
        Maps each filter of the report to its values, each with the positions of its rows.
    totals
        The total number of rows, some of which may not be in the frame: columns named like the filters, where null
        stands for all values of a group, and ``count``.
    caption
        What the table shows, for readers who cannot see its heading.

    Raises
    ------
    ArgumentError
        The frame lacks one of these columns.

    Examples
    --------
    >>> shown = Table(pl.DataFrame({"path": ["/a", "<b>"], "count": [2, 1]}), labels={"path": "Page"})
    >>> shown.to_dict()["columns"]
    [{'label': 'Page', 'kind': 'word'}, {'label': 'count', 'kind': 'number'}]
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        *,
        labels: Mapping[str, str] | None = None,
        links: tuple[str, ...] = (),
        filters: Mapping[str, str] | None = None,
        groups: Mapping[str, Mapping[str, Sequence[int]]] | None = None,
        totals: pl.DataFrame | None = None,
        caption: str = "",
    ) -> None:
        self._frame, self._labels, self._links, self._filters = frame, labels or {}, links, filters or {}
        self._groups, self._totals, self._caption = groups or {}, totals, caption
        strange = {*self._labels, *links, *self._filters.values()} - set(frame.columns)
        if strange:
            raise ArgumentError(f"The frame has no column {', '.join(sorted(strange))}. Choose among its columns.")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values: ``columns`` (label, kind), ``rows``, and what the filters apply to."""
        written = self._frame.with_columns(
            pl.selectors.datetime().dt.strftime(_MINUTES),
            pl.selectors.date().dt.strftime("%Y-%m-%d"),
            pl.selectors.boolean().cast(pl.String),
            pl.selectors.float().round(3).fill_nan(None),
        )
        columns = [
            {"label": self._labels.get(name, name), "kind": self._kind(name, kind)}
            for name, kind in self._frame.schema.items()
        ]
        places = {name: self._frame.columns.index(column) for name, column in self._filters.items()}
        table = {"columns": columns, "rows": [list(row) for row in written.iter_rows()], "filters": places}
        if self._caption:
            table["caption"] = self._caption
        if self._groups:
            table["groups"] = {name: {value: list(at) for value, at in of.items()} for name, of in self._groups.items()}
        if self._totals is not None:
            table["totals"] = {"names": self._totals.columns, "rows": [list(row) for row in self._totals.iter_rows()]}
        return table

    def _kind(self, name: str, kind: pl.DataType) -> str:
        if name in self._links:
            return "link"
        if kind.is_temporal():
            return "time"
        if kind.is_numeric():
            return "number"
        length = self._frame.select(pl.col(name).cast(pl.String).str.len_chars().max().fill_null(0)).item()
        if length > _PROSE:
            return "prose"
        return "word" if 0 < length <= _WORD else "text"

    def _repr_mimebundle_(self, *_: object, **__: object) -> dict[str, Any]:
        table = self.to_dict()
        html = with_looks(static_table(table))
        return {TABLE_MIME: table, "text/html": html, "text/plain": count_of(len(table["rows"]), "row")}


def parse(table: object) -> dict[str, Any] | None:
    """Parse a table in a notebook's output, which is untrusted.

    Returns
    -------
    dict or None
        As returned by `Table.to_dict`, with only known kinds and plain values. None if it is not a table.

    Examples
    --------
    >>> parse({"columns": [{"label": "a", "kind": '"><script>'}], "rows": [["x"]], "filters": {"type": 0}})
    {'columns': [{'label': 'a', 'kind': 'text'}], 'rows': [['x']], 'filters': {'type': 0}}
    >>> parse({"columns": "abc"}) is None
    True
    """
    if not isinstance(table, dict):
        return None
    columns, rows, filters = table.get("columns"), table.get("rows"), table.get("filters", {})
    if not (isinstance(columns, list) and isinstance(rows, list) and isinstance(filters, dict)):
        return None
    if not all(isinstance(column, dict) for column in columns):
        return None
    if not all(isinstance(row, list) and len(row) == len(columns) for row in rows):
        return None
    read = {
        "columns": [
            {
                "label": str(column.get("label", "")),
                "kind": kind if isinstance(kind := column.get("kind"), str) and kind in _KINDS else "text",
            }
            for column in columns
        ],
        "rows": [[_plain(value) for value in row] for row in rows],
        "filters": {str(name): place for name, place in filters.items() if _is_place(place, len(columns))},
    }
    if isinstance(caption := table.get("caption"), str) and caption:
        read["caption"] = caption
    groups, totals = table.get("groups"), table.get("totals")
    if isinstance(groups, dict) and all(isinstance(of, dict) for of in groups.values()):
        read["groups"] = {
            str(name): {
                str(value): [place for place in places if _is_place(place, len(rows))]
                for value, places in of.items()
                if isinstance(places, list)
            }
            for name, of in groups.items()
        }
    if isinstance(totals, dict) and isinstance(totals.get("names"), list) and isinstance(totals.get("rows"), list):
        names = [str(name) for name in totals["names"]]
        held = [row for row in totals["rows"] if isinstance(row, list) and len(row) == len(names)]
        read["totals"] = {"names": names, "rows": [[_plain(value) for value in row] for row in held]}
    return read


def _is_place(place: object, size: int) -> bool:
    return isinstance(place, int) and not isinstance(place, bool) and 0 <= place < size


def _plain(value: object) -> str | float | None:
    """Return a value that JSON supports. NaN and infinite numbers become None."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float) else str(value)


def static_table(table: Mapping[str, Any]) -> str:
    """Write the first rows of a table as escaped HTML."""
    columns, rows = table["columns"], table["rows"]
    heads = "".join(
        f'<th scope="col" class="{column["kind"]}">{escape(str(column["label"]))}</th>' for column in columns
    )
    lines = [
        "".join(
            f'<td class="{column["kind"]}" data-label="{escape(str(column["label"]))}">{_cell(column, value)}</td>'
            for column, value in zip(columns, row, strict=True)
        )
        for row in rows[:_FIRST]
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    more = f"<p>The first {_FIRST} of {len(rows):,} rows.</p>" if len(rows) > _FIRST else ""
    caption = escape(table.get("caption", ""))
    named = f"<caption>{caption}</caption>" if caption else ""
    return f"<table>{named}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(column: Mapping[str, Any], value: object) -> str:
    if value is None:
        return ""
    if column["kind"] == "link":
        address = str(value)
        safe = address.startswith(("https://", "http://"))
        return f'<a href="{escape(address)}" rel="noreferrer">open</a>' if safe else ""
    text = escape(f"{value:,}" if isinstance(value, int | float) else str(value))
    return f'<div class="clip">{text}</div>' if column["kind"] == "prose" else text
