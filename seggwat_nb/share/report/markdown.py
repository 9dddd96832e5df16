"""Writes a report as Markdown, for a chat or a wiki: text, figures, first rows of tables, and descriptions of charts.

User text is escaped, so that it cannot create a mention, link or layout wherever it is pasted.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.share.privacy.sanitize import inert, readable
from seggwat_nb.share.report import tiles
from seggwat_nb.share.report.table import TABLE_MIME, parse
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

__all__ = ["as_markdown", "escape"]

_ROWS: Final = 25
_SIGNS: Final = re.compile(r"([\\`*_\[\]|~^]|\$(?!\d))")
_BLOCK: Final = re.compile(r"(?m)^(\s*)(?:([-+](?=\s|$)|-(?=-)|=(?=[=\s]|$))|(\d{1,9})([.)])(?=\s|$))")
"""What starts a list, a line across the page or a heading if it comes first in a line."""
_INDENT: Final = re.compile(r"(?m)^[ \t]+")
_VEGALITE: Final = re.compile(r"application/vnd\.vegalite\.v\d+(\.\d+)*[.+]json")
_BLOCKS: Final = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "tr", "dt", "dd", "pre", "div"}
)
_WITHOUT_MOUSE: Final = re.compile(r'(?s)<p class="(?:interactive|drawn)">.*?</p>')


_MARKS: Final = re.compile(r"\b(?:Faded|Solid|Tick): [^.]*\. ?")
"""Sentences of a chart that say what its marks mean, which are not drawn here."""


def escape(text: str) -> str:
    r"""Escape a text so that Markdown shows it unchanged and no chat interprets any word as a command.

    Examples
    --------
    >>> escape("*bold* <!channel> a|b").replace("\u2060", "·")
    '\\*bold\\* &lt;!·channel&gt; a\\|b'
    """
    safe = pl.Series([text], dtype=pl.String).to_frame("text").select(inert(readable(pl.col("text")))).item()
    plain = str(safe).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BLOCK.sub(_without_block, _SIGNS.sub(r"\\\1", plain))


def _without_block(found: re.Match[str]) -> str:
    before, sign, number, dot = found.groups()
    return f"{before}\\{sign}" if sign else f"{before}{number}\\{dot}"


def as_markdown(book: NotebookNode) -> str:
    """Convert a notebook with its outputs to Markdown."""
    parts = [part for cell in book.cells for part in _parts(cell)]
    return "\n\n".join(part for part in (part.strip() for part in parts) if part) + "\n"


def _parts(cell: NotebookNode) -> list[str]:
    if cell.cell_type == "markdown":
        return [_WITHOUT_MOUSE.sub("", cell.source)]
    if cell.cell_type != "code":
        return []
    return [_output(output) for output in cell.outputs]


def _output(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return _lines(output.text) if output.name == "stdout" else ""
    if output.output_type == "error":
        return f"This cell failed: {escape(output.ename)}: {escape(output.evalue)}"
    return _of_data(output.data)


def _of_data(data: Mapping[str, Any]) -> str:
    if (table := parse(data.get(TABLE_MIME))) is not None:
        return _table(table)
    if (held := tiles.parse(data.get(tiles.TILES_MIME))) is not None:
        return "\n".join(_tile(tile["label"], *tile["choices"][0]) for tile in held["tiles"])
    charts = [value for mime, value in data.items() if _VEGALITE.fullmatch(mime) and isinstance(value, dict)]
    if charts:
        described = escape(_MARKS.sub("", " ".join(str(charts[0].get("description", "")).split())).strip())
        return "\n\n".join(filter(None, (described, "\n".join(_figures(charts[0])))))
    if isinstance(html := data.get("text/html"), str) and html.strip():
        reader = _Reader()
        reader.feed(_WITHOUT_MOUSE.sub("", html))
        return reader.markdown()
    return _lines(str(data.get("text/plain", "")))


def _tile(label: str, _: object, __: object, value: str, note: str, ___: object, few: object) -> str:
    said = f" {note[0].upper()}{note[1:]}." if note else ""
    return f"- **{escape(label)}: {escape(value)}.**{escape(said)}{' Small sample.' if few else ''}"


def _figures(chart: Mapping[str, Any]) -> list[str]:
    """List the figures of a chart that filters apply to, of all items: its description leaves them out."""
    rows = [row for rows in chart.get("datasets", {}).values() for row in rows]
    told = [row["spoken"] for row in rows if "spoken" in row and row["for_type"] is row["for_status"] is None]
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        if "count" in row and row.get("finding") is None and (name := row.get("when", row.get("band"))):
            whole = name if row.get("complete", True) else f"{name}, {row['known']}"
            counts.setdefault(whole, Counter())[row["type" if "when" in row else "status"]] += row["count"]
    for name, found in counts.items():
        parts = ", ".join(f"{part} {number:,}" for part, number in found.most_common())
        told.append(f"{name}: {count_of(found.total(), 'item')} ({parts})")
    return [f"- {escape(line)}" for line in dict.fromkeys(told)]


def _lines(text: str) -> str:
    """Escape lines. Their indentation is kept with no-break spaces, since four blanks would begin a block of code."""
    lines = (_INDENT.sub(lambda found: "\u00a0" * len(found[0].expandtabs(4)), line) for line in text.splitlines())
    return "\n".join(map(escape, lines))


def _table(table: Mapping[str, Any]) -> str:
    columns, rows = table["columns"], table["rows"]
    lines = [[column["label"] for column in columns], *(rows[:_ROWS])]
    cells = [[escape(" ".join(str("" if value is None else value).split())) for value in line] for line in lines]
    cells.insert(1, ["---"] * len(columns))
    more = f"\n\nThe first {_ROWS} of {count_of(len(rows), 'row')}." if len(rows) > _ROWS else ""
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + more


class _Reader(HTMLParser):
    """Converts HTML to Markdown: headings, lists, quotes, emphasis and links to other pages."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = [""]
        self._numbers: list[int | None] = []
        self._address = ""
        self._quoted = False
        self._dropped = 0
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, an emphasis or a link."""
        if tag in {"script", "style", "svg"}:
            self._dropped += 1
        if tag in {"ol", "ul"}:
            self._numbers.append(0 if tag == "ol" else None)
        if tag in _BLOCKS or tag == "br":
            self._begin(tag)
        if tag in {"strong", "b"}:
            self._lines[-1] += "**"
        if tag == "a":
            address = dict(attrs).get("href") or ""
            self._is_inside = address.startswith("#")  # leads to a place on the page, which does not exist here
            self._address = address if re.fullmatch(r"https?://[^\s()<>]+", address) else ""
            self._lines[-1] += "[" if self._address else ""

    def handle_endtag(self, tag: str) -> None:
        """End a block, an emphasis or a link."""
        if tag in {"script", "style", "svg"}:
            self._dropped -= 1
        if tag in {"ol", "ul"} and self._numbers:
            self._numbers.pop()
        if tag == "blockquote":
            self._quoted = False
        if tag in {"strong", "b"}:
            self._lines[-1] += "**"
        if tag in {"td", "th"}:
            self._lines[-1] += " | "
        if tag == "a":
            self._lines[-1] += f"]({self._address})" if self._address else ""
            self._address, self._is_inside = "", False
        if tag in _BLOCKS:
            self._lines.append("")

    def handle_data(self, data: str) -> None:
        """Add text."""
        if self._is_inside:
            self._lines[-1] = self._lines[-1].removesuffix(" · ")
        elif not self._dropped:
            self._lines[-1] += escape(re.sub(r"\s+", " ", data))

    def markdown(self) -> str:
        """Return the Markdown."""
        joined = "\n".join(line.rstrip() for line in self._lines)
        tight = re.sub(r"(?m)^(- .*)\n+(?=- )", r"\1\n", joined)
        return re.sub(r"\n{3,}", "\n\n", tight).strip()

    def _begin(self, tag: str) -> None:
        if tag == "blockquote":
            self._quoted = True
        start = f"{'#' * int(tag[1])} " if re.fullmatch(r"h[1-6]", tag) else ""
        if tag == "li" and self._numbers:
            number = self._numbers[-1]
            start = "- " if number is None else f"{number + 1}. "
            self._numbers[-1] = None if number is None else number + 1
        if tag == "p" and re.fullmatch(r"(?:- |\d+\. )", self._lines[-1]):
            return  # the first line of a list item
        inside = "   " if self._numbers and tag not in {"li", "ol", "ul"} else ""
        before = [""] if tag in {"p", "blockquote"} and self._lines[-1] == "" else []
        self._lines += [*before, f"{inside}{'> ' if self._quoted else ''}{start}"]
