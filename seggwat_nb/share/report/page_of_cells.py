"""A page made of a notebook's cells: text, tables, tiles, images and charts, without code."""

from __future__ import annotations

import base64
import json
import re
from html import escape, unescape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import mistune
import nh3

from seggwat_nb.charts.display import responsive
from seggwat_nb.share.pages.page import Page, script_json
from seggwat_nb.share.report import tiles
from seggwat_nb.share.report.table import TABLE_MIME, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

__all__ = ["PageOfCells"]

_VEGALITE: Final = re.compile(r"application/vnd\.vegalite\.v[456](\.\d+)*[.+]json")
_ALTAIR: Final = ".then(() => displayChart(vegaEmbed));\n    }\n  })("
"""The text before the chart in altair's HTML."""

_SVG: Final = "image/svg+xml"
_PICTURES: Final = (_SVG, "image/png", "image/jpeg", "image/gif", "image/webp")

_EXTENDED: Final = re.compile(r"[$\\!`~|\[]|://|#[^# \n]|(?m:^\W*:)")
"""Anything that may be formulas, images, code, tables, lists or links of Jupyter's Markdown but not of mistune's."""

_TAGS: Final = frozenset(
    "a abbr b bdi blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li mark ol p "  # noqa: SIM905  # a list of names
    "pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr".split()
)
_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "*": frozenset({"class", "colspan", "rowspan", "scope", "title", "start", "open"}),
        "a": frozenset({"href"}),
        "img": frozenset({"alt", "src"}),
    }
)
_FINDING: Final = re.compile(r"#finding=\d{1,3}")
"""Links that filter the page to the items of a finding."""

_SCHEMES: Final = frozenset({"http", "https", "mailto", "data"})


class PageOfCells:
    """A page to which a notebook's cells are added as soon as they have run, so that charts are drawn meanwhile."""

    def __init__(self) -> None:
        self._page, self._parts = Page(), list[str]()
        self._page.expect_charts()

    def add(self, cell: NotebookNode) -> None:
        """Add a cell with its outputs."""
        self._parts += _parts(cell, self._page)

    def html(self, *, name: str, as_of: str) -> str:
        """Write the whole page, called after its first heading, or else by this name."""
        body = "\n".join(self._parts)
        return self._page.html(_with_bar(body), title=_title(body) or name, as_of=as_of)


def _with_bar(body: str) -> str:
    """Put the filter bar above the first tiles, or else the first chart, and above their heading."""
    bar = '<div id="seggwat-bar" hidden></div><p id="seggwat-state" role="status" hidden></p>'
    at = body.find('<section class="tiles">')
    at = at if at >= 0 else body.find('<figure class="chart">')
    before = body.rfind("<h2", 0, at) if at >= 0 else -1
    at = before if before >= 0 else max(at, 0)
    return f"{body[:at]}{bar}{body[at:]}"


def _parts(cell: NotebookNode, page: Page) -> list[str]:
    if cell.cell_type == "markdown":
        return [_markdown(cell.source, cell.get("attachments", {}))]
    if cell.cell_type == "code":
        return [part for output in cell.outputs for part in _output(output, page)]
    return []


def _output(output: NotebookNode, page: Page) -> list[str]:
    if output.output_type == "stream":  # messages such as progress do not belong in a report
        return [_plain(output.text)] if output.name == "stdout" else []
    if output.output_type == "error":  # without the traceback, which contains paths of this machine
        return [f"<pre>This cell failed: {escape(output.ename)}: {escape(output.evalue)}</pre>"]
    return [_show_output(output.data, page)]


def _show_output(data: dict[str, Any], page: Page) -> str:
    if (ours := _of_ours(data, page)) is not None:
        return ours
    charts = [value for mime, value in data.items() if _VEGALITE.fullmatch(mime)]
    charts = [chart for chart in charts or _within(data.get("text/html", "")) if _is_chart(chart)]
    if charts:
        return page.chart(responsive(charts[0]))
    if html := _clean(data.get("text/html", "")).strip():
        return f'<div class="output">{html}</div>'
    pictures = [_picture(mime, data[mime]) for mime in _PICTURES if isinstance(data.get(mime), str)]
    if pictures:
        return pictures[0]
    if "text/markdown" in data:
        return _markdown(data["text/markdown"], {})
    return _plain(data.get("text/plain", ""))


def _of_ours(data: dict[str, Any], page: Page) -> str | None:
    """Show our tables and tiles. None for any other output."""
    if (table := parse(data.get(TABLE_MIME))) is not None:
        return page.table(table)
    held = tiles.parse(data.get(tiles.TILES_MIME))
    return None if held is None else page.tiles(held)


def _is_chart(spec: object) -> bool:
    """Return whether a page can contain a chart, whose content is untrusted."""
    if not isinstance(spec, dict) or not isinstance(spec.get("datasets", {}), dict):
        return False
    params = spec.get("params", [])
    if not isinstance(params, list) or not all(isinstance(one, dict) and _is_param(one) for one in params):
        return False
    try:
        script_json(spec)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _is_param(param: dict[str, Any]) -> bool:
    bind = param.get("bind")
    lists = (bind.get(name) or [] for name in ("options", "labels")) if isinstance(bind, dict) else ()
    return isinstance(param.get("name"), str) and all(isinstance(one, list) for one in lists)


def _within(html: str) -> list[dict[str, Any]]:
    """Extract the chart from altair's HTML, which would load its library from the internet."""
    _, called, rest = html.partition(_ALTAIR)
    if not called:
        return []
    try:
        spec, _ = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        return []
    return [spec] if isinstance(spec, dict) else []


def _picture(mime: str, content: str) -> str:
    """Embed an image as data. This is safe even for SVG, since scripts don't run there."""
    content = base64.b64encode(content.encode()).decode() if mime == _SVG else content
    return f'<figure><img alt="" src="data:{mime};base64,{escape("".join(content.split()))}"></figure>'


def _plain(text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if text.strip() else ""


def _markdown(source: str, attachments: Any) -> str:  # noqa: ANN401  # nbformat's
    if _EXTENDED.search(source) is None:
        return _clean(str(mistune.create_markdown(escape=False)(source)))
    from seggwat_nb.share.report.extended_markdown import render

    return _clean(render(source, _pictures_in(attachments)))


def _pictures_in(attachments: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401  # nbformat's
    """Return the images among the attachments, whose content is untrusted."""
    if not isinstance(attachments, dict):
        return {}
    found = {
        str(name): {mime: content for mime, content in bundle.items() if mime in _PICTURES and _is_base64(content)}
        for name, bundle in attachments.items()
        if isinstance(bundle, dict)
    }
    return {name: bundle for name, bundle in found.items() if bundle}


def _is_base64(content: object) -> bool:
    return isinstance(content, str) and re.fullmatch(r"[A-Za-z0-9+/=\s]*", content) is not None


def _clean(html: str) -> str:
    """Keep text and structure. Remove everything that runs code, loads something or has a style."""
    return nh3.clean(
        html.encode("utf-8", "replace").decode(),  # lone surrogates
        tags=set(_TAGS),
        clean_content_tags={"script", "style"},  # their text is code
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_allow,
        url_schemes=set(_SCHEMES),
        link_rel=None,
    )


def _allow(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, or None to drop it. Links must lead to other pages, and images must be embedded."""
    if tag == "img" and name not in {"alt", "src"}:
        return None
    wanted = {("a", "href"): ("https://", "http://", "mailto:"), ("img", "src"): ("data:image/",)}.get((tag, name))
    inside = (tag, name) == ("a", "href") and _FINDING.fullmatch(value) is not None
    return value if wanted is None or inside or value.startswith(wanted) else None


def _title(body: str) -> str:
    heading = re.search(r"(?s)<h1[^>]*>(.*?)</h1>", body)
    return unescape(re.sub(r"<[^>]+>", "", heading[1])).strip() if heading else ""
