"""Every notebook: stored without outputs, and run from top to bottom against the demo project on a first run."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from seggwat_nb.charts.display import VEGALITE_MIME

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 20


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Any:
    return read(request.param)


@pytest.fixture
def executed(notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    return notebook


def test_no_notebook_carries_outputs_counts_or_the_traces_of_a_machine(notebook: Any) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    assert code
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert [cell.execution_count for cell in code] == [None] * len(code)
    tags = ("parameters", "requires-feedback", "requires-versions", "requires-ratings")
    assert all(cell.metadata in ({}, *({"tags": [tag]} for tag in tags)) for cell in notebook.cells)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata


def test_the_data_brings_its_own_context(notebook: Any) -> None:
    """Nobody passes by hand what a `Dataset` knows, so no figure can name another list's origin."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert not [cell for cell in code if re.search(r"\b(as_of|about|history)=|\blast_load\b|\.connect\(", cell)]
    if "parameters" not in {tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])}:
        assert "\ndata = sw.load()" in code[0]


def test_no_notebook_changes_items_outside_of_the_demo() -> None:
    changing = [cell.source for path in NOTEBOOKS for cell in read(path).cells if "plan.apply(" in cell.source]
    code = [source for source in changing if not source.startswith("`")]
    assert code
    for source in code:
        for demo in (False, True):
            plan = MagicMock()
            about = SimpleNamespace(sources={"feedback": SimpleNamespace(demo=demo)})
            exec(source, {"data": about, "plan": plan, "sw": MagicMock(), "display": print})  # noqa: S102  # our own cell
            assert plan.apply.called is demo


def test_cells_are_short(notebook: Any) -> None:
    assert max(len(cell.source.splitlines()) for cell in notebook.cells) <= LONGEST_CELL


def test_every_notebook_runs_and_stays_a_valid_notebook(executed: Any) -> None:
    nbformat.validate(executed)
    bundles = [output.data for cell in executed.cells for output in cell.get("outputs", []) if "data" in output]
    drawn = [bundle[VEGALITE_MIME] for bundle in bundles if VEGALITE_MIME in bundle]

    assert drawn
    check_page(HTMLExporter(template_name="classic").from_notebook_node(executed)[0], drawn)  # type: ignore[no-untyped-call]
    assert all("Synthetic demo data." in chart["description"] for chart in drawn)
    # The demo has a history from the start, so no chart has nothing to show.
    assert not [chart["description"] for chart in drawn if "Load again" in chart["description"]]
    assert not [bundle for bundle in bundles if any("vegalite.v6" in mime for mime in bundle)]
    tables = [bundle["text/html"] for bundle in bundles if 'class="dataframe"' in bundle.get("text/html", "")]
    for table in tables:
        check_table(table)


def check_page(page: str, drawn: list[dict[str, Any]]) -> None:
    """A page that draws no Vega-Lite, like nbviewer's, shows each chart by its image, with its words beside it."""
    images = [
        tag for tag in re.findall(r"<img\b[^>]*>", page) if 'src="data:image/png;base64,' in tag and "width=" in tag
    ]
    words = [re.search(r'alt="([^"]*)"', tag) for tag in images]
    assert [unescape(found[1]) for found in words if found] == [chart["description"] for chart in drawn]


def check_table(table: str) -> None:
    """Every row asked for is there, no text is cut, and messages come first, where a narrow page shows them."""
    (rows,) = re.findall(r"<small>shape: \(([\d_]+), \d+\)</small>", table)
    body = table.split("<tbody>")[1]
    assert body.count("<tr>") == int(rows.replace("_", ""))
    assert "&hellip;" not in body
    assert not re.search(r"…(?:&quot;)?</td>", body)
    heads = re.findall(r"<th>([^<]+)</th>", table)
    assert "message" not in heads[1:]


def test_every_notebook_leads_to_the_next_and_the_first_to_all() -> None:
    names = [path.name for path in NOTEBOOKS]
    links = [re.findall(r"\]\(([^)]+)\)", "\n".join(cell.source for cell in read(path).cells)) for path in NOTEBOOKS]
    assert set(links[0]) == set(names[1:])
    for here, (name, following) in zip(links, pairwise(names), strict=False):
        assert here[-1] == (following if name == names[0] else names[0])
        assert following in here[-2:]
