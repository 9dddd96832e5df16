"""A page of any notebook: complete in itself, the same every time, with nothing of strangers' that runs or loads."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import altair as alt
import nbformat
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.exporters import get_exporter

from seggwat_nb import charts, trends
from seggwat_nb.charts.display import VEGALITE_MIME, LayerChart
from seggwat_nb.share.pages import page as page_module
from seggwat_nb.share.pages.page import Page, script_json
from seggwat_nb.share.report import page_of_cells
from seggwat_nb.share.report.exporter import SeggwatReport
from seggwat_nb.share.report.table import TABLE_MIME, Table

HOSTILE = (
    "</script><script>window.__ran = 1</script>",
    "<!-- <script> --><img src=x onerror='window.__ran = 1'>",
    "\u2028\u2029 \u202e ]]> &lt;/script&gt; ${alert(1)} `",
    "javascript:window.__ran=1",
    "' onclick='window.__ran=1' x='",
    '"><svg onload=window.__ran=1>',
    '=HYPERLINK("http://evil.example")',
)


def chart(rows: list[dict[str, Any]], *, title: str = "A chart") -> dict[str, Any]:
    points = alt.Chart(pl.DataFrame(rows)).mark_point().encode(x="a:Q", y="b:N")
    bind = alt.binding_select(options=[None, *sorted({str(row["b"]) for row in rows})], name="Value ")
    made = LayerChart(layer=[points], title=title, description=title).add_params(
        alt.param(name="value", value=None, bind=bind)
    )
    return dict(made.to_dict())


def book(*outputs: dict[str, Any], markdown: str = "# A report") -> Any:
    cells = [nbformat.v4.new_markdown_cell(markdown)]  # type: ignore[no-untyped-call]
    for data in outputs:
        shown = nbformat.v4.new_output("display_data", data)  # type: ignore[no-untyped-call]
        cells.append(nbformat.v4.new_code_cell("secret = 'code'", outputs=[shown]))  # type: ignore[no-untyped-call]
    return nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]


def page_of(*outputs: dict[str, Any], markdown: str = "# A report") -> str:
    exporter = SeggwatReport()  # type: ignore[no-untyped-call]
    return exporter.from_notebook_node(book(*outputs, markdown=markdown))[0]


class Elements(HTMLParser):
    """Every start tag with its attributes, and what stands in scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._within = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._within = tag if tag in {"script", "style"} else ""
        if self._within:
            self.texts.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self._within = "" if tag == self._within else self._within

    def handle_data(self, data: str) -> None:
        if self._within:
            tag, text = self.texts.pop()
            self.texts.append((tag, text + data))


def store(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(next(text for tag, text in Elements(page).texts if tag == "script"))
    return found


@pytest.fixture(scope="module")
def hostile_page() -> str:
    rows = [{"a": n, "b": text} for n, text in enumerate(HOSTILE)]
    table = Table(pl.DataFrame({"said": HOSTILE, "link": HOSTILE}), links=("link",))
    return page_of(
        {VEGALITE_MIME: chart(rows, title=HOSTILE[0])},
        {TABLE_MIME: table.to_dict()},
        {"text/html": "".join(HOSTILE)},
        {"text/markdown": "\n\n".join(HOSTILE)},
        {"text/plain": "".join(HOSTILE)},
        {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{HOSTILE[0]}</svg>"},
        markdown=f"# {HOSTILE[0]}\n\n{HOSTILE[1]}",
    )


def test_nothing_of_strangers_becomes_an_element_that_runs_or_loads(hostile_page: str) -> None:
    elements = Elements(hostile_page)

    assert [tag for tag, _ in elements.texts] == ["style", "script", "script"]
    assert not {tag for tag, _ in elements.tags} & {"svg", "iframe", "object", "embed", "link", "base", "form"}
    assert not [name for _, attributes in elements.tags for name in attributes if name.startswith("on")]
    assert not [attributes for _, attributes in elements.tags if "style" in attributes]
    sources = [str(attributes["src"]) for _, attributes in elements.tags if "src" in attributes]
    assert sources
    assert all(source.startswith("data:image/") for source in sources)
    links = [str(attributes["href"]) for _, attributes in elements.tags if "href" in attributes]
    assert all(link.startswith(("http://", "https://", "mailto:")) for link in links)
    assert "__ran" not in elements.texts[-1][1]


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("a<script>alert(1)</script>b<style>p{}</style>c", "abc"),
        ("a<script>alert(1)", "a"),
        ("<title><b>t</b></title><textarea><i>k</i></textarea>", "&lt;b&gt;t&lt;/b&gt;&lt;i&gt;k&lt;/i&gt;"),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>d", "<img>d"),
        ('<a href="https://a.example" target="_blank" id="a">l</a>', '<a href="https://a.example">l</a>'),
        ('<a href="//a.example">l</a><a href="java\nscript:x">m</a>', "<a>l</a><a>m</a>"),
        ('<img alt="p" class="c" src="data:image/png;base64,aa">', '<img alt="p" src="data:image/png;base64,aa">'),
        ('<img src="data:text/html,x"><!-- said -->', "<img>"),
        ('<p class="c" title="t" style="color:red" onclick="x">t</p>', '<p class="c" title="t">t</p>'),
        ("half \ud800 a pair", "half ? a pair"),
    ],
)
def test_html_keeps_text_structure_links_and_pictures_and_nothing_else(html: str, kept: str) -> None:
    assert f'<div class="output">{kept}</div>' in page_of({"text/html": html})


def test_strangers_text_is_there_as_text(hostile_page: str) -> None:
    held = store(hostile_page)

    assert [row[0] for row in held["tables"][0]["rows"]] == list(HOSTILE)
    assert {row[1] for rows in held["datasets"].values() for row in rows["rows"]} == set(HOSTILE)
    raw = hostile_page.split('id="seggwat-store">')[1].split("</script>", maxsplit=1)[0]
    assert not set("<>&\u2028\u2029") & set(raw)


@settings(max_examples=40, derandomize=True)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=20), inner, max_size=5),
        max_leaves=20,
    )
)
def test_embedded_json_reads_back_and_ends_no_script(value: object) -> None:
    text = script_json(value)

    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


def test_the_policy_names_the_script_and_the_style_that_are_there_and_nothing_else() -> None:
    page = page_of({VEGALITE_MIME: chart([{"a": 1, "b": "x"}])})
    elements = Elements(page)
    policy = next(str(a["content"]) for _, a in elements.tags if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    style, _, script = (text for _, text in elements.texts)
    assert rules == {
        "default-src": "'none'",
        "script-src": digest(script),
        "style-src": digest(style),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_a_page_asks_for_nothing() -> None:
    page = page_of({VEGALITE_MIME: chart([{"a": 1, "b": "x"}])}, {"text/html": "<img src='https://a.example/b.png'>hi"})
    elements = Elements(page)

    assert not [a for tag, a in elements.tags if tag in {"link", "iframe"} or str(a.get("src", "")).startswith("http")]
    style = next(text for tag, text in elements.texts if tag == "style")
    assert "url(" not in style
    assert "@import" not in style


def test_two_pages_of_one_notebook_are_the_same_whatever_its_ids_and_times() -> None:
    outputs = ({VEGALITE_MIME: chart([{"a": 1, "b": "x"}])}, {"text/plain": "words"})
    first, second = book(*outputs), book(*outputs)
    second.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-11-23T09:00:00Z"}
    second.cells[1].execution_count = 7
    assert first.cells[0].id != second.cells[0].id
    exporter = SeggwatReport()  # type: ignore[no-untyped-call]

    assert exporter.from_notebook_node(first)[0] == exporter.from_notebook_node(second)[0]


def test_code_progress_and_places_on_the_machine_are_left_out() -> None:
    notebook = book({"text/plain": "shown"})
    cell = notebook.cells[1]
    cell.outputs += [
        nbformat.v4.new_output("stream", name="stderr", text="12 of 100 pages"),  # type: ignore[no-untyped-call]
        nbformat.v4.new_output("stream", name="stdout", text="printed"),  # type: ignore[no-untyped-call]
        nbformat.v4.new_output("error", ename="KeyError", evalue="'b'", traceback=["/srv/ann/x.py"]),  # type: ignore[no-untyped-call]
    ]
    exporter = SeggwatReport()  # type: ignore[no-untyped-call]
    page = exporter.from_notebook_node(notebook)[0]
    body = page.split("<main>")[1].split("</main>")[0]

    assert "shown" in body
    assert "printed" in body
    assert "KeyError: &#x27;b&#x27;" in body
    assert "secret" not in body
    assert "12 of 100" not in body
    assert "/srv/ann" not in body


def test_rows_that_two_charts_share_stand_in_the_page_once() -> None:
    page = Page()
    rows = [{"a": n, "b": f"value {n}"} for n in range(50)]

    page.chart(chart(rows))
    page.chart(chart(rows, title="Another"))

    assert len(page.store["datasets"]) == 1
    assert len(page.store["charts"]) == 2


def test_parameters_of_one_name_share_one_control_with_the_options_of_all() -> None:
    page = Page()

    page.chart(chart([{"a": 1, "b": "x"}]))
    page.chart(chart([{"a": 1, "b": "y"}]))

    (control,) = page.store["controls"]
    assert control == {
        "name": "value", "label": "Value", "options": [None, "x", "y"], "labels": ["None", "x", "y"], "value": None
    }  # fmt: skip
    assert not ["bind" for held in page.store["charts"] for param in held["spec"]["params"] if "bind" in param]


def test_vega_lite_4_5_and_6_are_drawn_and_a_heading_is_text_of_the_page() -> None:
    spec = chart([{"a": 1, "b": "x"}], title="Heading & more")
    mimes = [f"application/vnd.vegalite.v{version}+json" for version in (4, 5, "5.8", 6)]

    page = page_of(*({mime: spec, "text/plain": "never seen"} for mime in mimes))

    assert page.count('<figure class="chart">') == 4
    assert page.count("<strong>Heading &amp; more</strong>") == 4
    assert "never seen" not in page
    assert all("title" not in held["spec"] for held in store(page)["charts"])


def test_a_chart_shown_as_altair_shows_charts_is_drawn_without_a_network() -> None:
    rows = pl.DataFrame({"a": [1, 2], "b": ["x", HOSTILE[0]]})
    shown = alt.Chart(rows).mark_bar().encode(x="a:Q", y="b:N")._repr_mimebundle_()

    page = page_of(shown)

    assert list(shown) == ["text/html"]
    assert page.count('<figure class="chart">') == 1
    assert [row[1] for data in store(page)["datasets"].values() for row in data["rows"]] == ["x", HOSTILE[0]]
    assert [tag for tag, _ in Elements(page).texts] == ["style", "script", "script"]


def test_a_chart_of_ours_is_drawn_once_as_wide_as_the_page_and_without_its_image() -> None:
    rows = pl.DataFrame({"created_at": [datetime(2026, 3, 2, tzinfo=UTC)], "type": ["Bug"]})
    drawn = charts.volume(trends.volume(rows, by="type"))
    shown: Any = drawn.properties(width="container")._repr_mimebundle_()

    page = page_of(shown[0])

    assert "image/png" in shown[0]
    assert page.count('<figure class="chart">') == 1
    assert "data:image/png" not in page
    seen = page.partition("<script")[0]
    assert seen.count("<noscript><img") == seen.count("<img") == 1
    assert [held["spec"]["width"] for held in store(page)["charts"]] == ["container"]


def test_the_title_is_the_first_heading() -> None:
    assert "<title>A &amp; B</title>" in page_of(markdown="# A & B")


PIECES = (
    "# ",
    "## ",
    "a",
    "b's",
    " ",
    "  ",
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "* ",
    "*",
    "_",
    "&",
    "&amp;",
    "<b>",
    "</b>",
    "<p>",
    "> ",
    "x:",
)


@settings(max_examples=50)
@given(st.lists(st.sampled_from((*PIECES, *"$\\!`~|[]:/()\"'#")), max_size=25).map("".join))
def test_markdown_is_rendered_as_jupyter_does_it_also_without_its_slow_import(source: str) -> None:
    render, pattern = vars(page_of_cells)["_markdown"], vars(page_of_cells)["_EXTENDED"]
    by_us = render(source, {})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(page_of_cells, "_EXTENDED", re.compile(""))
        assert render(source, {}) == by_us
    assert pattern.search('# Feedback report\n\n<p class="interactive">It\'s open. Click; read.</p>') is None


def test_jupyter_finds_the_exporter_by_its_name() -> None:
    assert get_exporter("seggwat_report") is SeggwatReport  # type: ignore[no-untyped-call]


NO_CHARTS: list[Any] = [
    "abc", [1], {"params": "x"}, {"params": [1]}, {"params": [{"name": 1, "bind": {"input": "select"}}]},
    {"params": [{"name": "p", "bind": {"input": "select", "options": 5}}]}, {"datasets": [1]},
    {"datasets": {"a": [{"x": float("nan")}]}},
]  # fmt: skip


def test_a_chart_that_cannot_be_one_ends_no_export_and_its_text_is_shown() -> None:
    shown = [
        {"application/vnd.vegalite.v5+json": chart, "text/plain": f"chart {at}"} for at, chart in enumerate(NO_CHARTS)
    ]
    table = {TABLE_MIME: {"columns": [{"label": "a"}], "rows": [[float("nan")]]}}
    deep = {"text/html": "x.then(() => displayChart(vegaEmbed));\n    }\n  })(" + "[" * 100_000}
    page = page_of(*shown, table, deep)
    assert [f"chart {at}" in page for at in range(len(NO_CHARTS))] == [True] * len(NO_CHARTS)
    assert '<section class="table">' in page


def test_a_page_that_expects_charts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def draw(spec: dict[str, Any]) -> str:
        drawn.append(spec["mark"])
        return "<svg></svg>"

    monkeypatch.setattr(page_module, "drawing_from_process", draw)
    pages = []
    for expects in (False, True):
        page = Page()
        if expects:
            page.expect_charts()
        pages.append(page.html(page.chart({"data": {"values": [{}]}, "mark": "bar", "title": "Bars"}), title="A page"))
    assert pages[0] == pages[1]
    assert drawn == ["bar", "point", "bar"]  # the process is ready before the first chart
