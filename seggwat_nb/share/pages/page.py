"""A self-contained HTML file: script, styles, rows, and a policy that forbids everything else.

All rows are in one store, each set once, however many charts use it. Embedded data is JSON without any character that
could end a script element. The policy only allows the one script with the given digest, and loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from seggwat_nb.charts.images import drawing_from_process
from seggwat_nb.share.report.table import static_table
from seggwat_nb.share.report.tiles import static_tiles
from seggwat_nb.web import script, style
from seggwat_nb.web.bundle import bundle_script

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Future

__all__ = ["Page", "build_page", "script_json"]

AS_OF: Final = "seggwat-nb:as-of"
"""Name of the element of a report that contains the date of its data."""

_FILTERS: Final = frozenset({"select", "radio"})
"""Inputs of a parameter that the page's filter bar can control."""

_UNCHANGED: Final = " ,:;/=()'!*<>{}|[]+@$?"
"""Characters of a drawing that need no escape in the URL of an attribute."""

_DRAWING: Final = re.compile(r"<!--drawing (\d+)-->")
"""Stands for a drawing until the page is written. No other part of a page contains comments."""

_HARMFUL: Final = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def script_json(value: object) -> str:
    r"""Return JSON that can safely be put into a script element.

    Examples
    --------
    >>> print(script_json({"said": "</script><!--"}))
    {"said":"\u003c/script\u003e\u003c!--"}
    """
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escaped in _HARMFUL.items():  # str.translate() looks at each character by itself
        written = written.replace(character, escaped)
    return written


class Page:
    """A page under construction: `chart` and `table` return the HTML to insert where they belong.

    Attributes
    ----------
    store : dict
        The data for the page's script: ``datasets``, ``charts``, ``tables``, ``tiles`` and ``controls``.
    """

    def __init__(self) -> None:
        self.store: dict[str, Any] = {"datasets": {}, "charts": [], "tables": [], "tiles": [], "controls": []}
        self._pool = ThreadPoolExecutor(max_workers=1)  # a drawing holds up nothing else until the page is written
        self._drawn: list[Future[str]] = []

    def expect_charts(self) -> None:
        """Begin to prepare for the first drawing, which takes much longer than those after it."""
        self._pool.submit(_picture, {"data": {"values": [{}]}, "mark": "point"}, "")

    def chart(self, spec: Mapping[str, Any]) -> str:
        """Add a chart and return its figure. Heading and sentences become text of the page, so that they wrap.

        Parameters
        ----------
        spec
            Vega-Lite 4, 5 or 6. Parameters bound to a list of options are controlled by the page's filter bar.
        """
        spec = {name: value for name, value in spec.items() if name not in {"$schema", "usermeta"}}
        title, said = _heading(spec)
        if title or said:
            del spec["title"]
        names = {name: self._keep(rows) for name, rows in spec.pop("datasets", {}).items()}
        if "params" in spec:
            spec["params"] = [self._remove_inputs(param) for param in spec["params"]]
        self.store["charts"].append({"spec": spec, "datasets": names})
        caption = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in (("strong", title), ("span", said)) if text)
        words = escape(_text(spec.get("description")))
        datasets = {name: _rows(self.store["datasets"][key]) for name, key in names.items()}
        self._drawn.append(self._pool.submit(_picture, {**spec, **({"datasets": datasets} if datasets else {})}, title))
        picture = f"<!--drawing {len(self._drawn) - 1}-->"
        return (
            f'<figure class="chart"><figcaption>{caption}</figcaption>'
            f'<div class="canvas"></div>{picture}<p class="words">{words}</p></figure>'
        )

    def table(self, table: Mapping[str, Any]) -> str:
        """Add a table (`seggwat_nb.share.report.table.Table.to_dict`) and return its HTML for use without a script."""
        self.store["tables"].append(table)
        return f'<section class="table">{static_table(table)}</section>'

    def tiles(self, tiles: Mapping[str, Any]) -> str:
        """Add tiles (`seggwat_nb.share.report.tiles.Tiles.to_dict`) and return their HTML for use without a script."""
        self.store["tiles"].append(tiles)
        return f'<section class="tiles">{static_tiles(tiles)}</section>'

    def html(self, body: str, *, title: str, as_of: str = "") -> str:
        """Return the complete page for a body of safe HTML. `as_of` is the date of its data."""
        self._pool.shutdown()
        body = _DRAWING.sub(lambda place: self._drawn[int(place[1])].result(), body)
        return build_page(body, title=title, store=self.store, name="report", as_of=as_of)

    def _keep(self, rows: Any) -> str:  # noqa: ANN401  # JSON
        data = _by_column(rows)
        key = hashlib.sha256(script_json(data).encode("utf-8", "replace")).hexdigest()[:16]
        self.store["datasets"][key] = data
        return key

    def _remove_inputs(self, param: dict[str, Any]) -> dict[str, Any]:
        """Remove the input of a parameter if the filter bar has one for it."""
        bind = param.get("bind")
        if not isinstance(bind, dict) or bind.get("input") not in _FILTERS:
            return param
        options = bind.get("options", [])
        labels = bind.get("labels") or [str(option) for option in options]
        known = next((control for control in self.store["controls"] if control["name"] == param["name"]), None)
        if known is None:
            label = _text(bind.get("name")).rstrip(": ") or param["name"].capitalize()
            known = {"name": param["name"], "label": label, "options": [], "labels": [], "value": param.get("value")}
            self.store["controls"].append(known)
        for option, label in zip(options, labels, strict=False):
            if option not in known["options"]:
                known["options"].append(option)
                known["labels"].append(label)
        return {name: value for name, value in param.items() if name != "bind"}


def build_page(
    body: str, *, title: str, store: Mapping[str, Any], name: str, styles: Sequence[str] = ("page",), as_of: str = ""
) -> str:
    """Return a page with its body, its script, and the data for the script.

    Parameters
    ----------
    body
        Safe HTML.
    title
        Title of the page, as text.
    store
        The data for the script, written as JSON.
    name
        Name of the script.
    styles
        Names of the stylesheets.
    as_of
        The date of its data, for programs that read the page. Empty if there is none.
    """
    runs, looks = _script(name), style("parts.css", *(f"page/{one}.css" for one in styles))
    policy = (
        f"default-src 'none'; script-src {_digest(runs)}; style-src {_digest(looks)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            *([f'<meta name="{AS_OF}" content="{escape(as_of)}">'] if as_of else []),
            f"<title>{escape(title)}</title>",
            f"<style>{looks}</style>",
            "</head>",
            "<body>",
            "<main>",
            body,
            "</main>",
            f'<script type="application/json" id="seggwat-store">{script_json(store)}</script>',
            f"<script>{runs}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _by_column(rows: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    """Write the field names once if all rows have the same."""
    if isinstance(rows, list) and rows and all(isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows):
        return {"columns": list(rows[0]), "rows": [list(row.values()) for row in rows]}
    return {"plain": rows}


def _rows(data: Mapping[str, Any]) -> Any:  # noqa: ANN401  # JSON
    """Restore the field names of each row."""
    return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]] if "rows" in data else data["plain"]


def _picture(spec: Mapping[str, Any], title: str) -> str:
    """Draw a chart for readers without scripts. If it cannot be drawn, only its text is shown."""
    try:
        svg = drawing_from_process(spec)
    except ValueError:
        return ""
    svg = svg if "'" in svg else svg.replace('"', "'")  # these need no escape
    return f'<noscript><img alt="{escape(title)}" src="data:image/svg+xml,{quote(svg, safe=_UNCHANGED)}"></noscript>'


def _heading(spec: Mapping[str, Any]) -> tuple[str, str]:
    title = spec.get("title")
    if isinstance(title, dict):
        return _text(title.get("text")), _text(title.get("subtitle"))
    return _text(title), ""


def _text(value: object) -> str:
    """Join the lines of a text. Anything else, such as an expression, becomes an empty text."""
    found: Iterable[object] = value if isinstance(value, list) else [value]
    return " ".join(line for line in found if isinstance(line, str))


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _script(name: str) -> str:
    # The bundle contains neither today. Either would end or change the script element around it.
    ours = bundle_script(name, script(f"page/{name}.js"))
    return f"(()=>{{{ours}}})();".replace("</script", "<\\/script").replace("<!--", "<\\!--")
