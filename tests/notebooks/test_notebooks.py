"""The notebooks as they are shipped: without outputs, linked into the package, and running from top to bottom."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LINKS = ROOT / "seggwat_nb" / "notebooks"
CHARTS = "application/vnd.vegalite.v5+json"

# Runs in a process of its own: what nbclient and its kernel warn of is not ours, and no signal handler stays behind.
RUN = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_notebooks_numbered_without_a_gap() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(1, len(NOTEBOOKS) + 1)]


def test_the_package_links_to_each_of_them() -> None:
    assert sorted(link.name for link in LINKS.iterdir()) == [path.name for path in NOTEBOOKS]
    for link in LINKS.iterdir():
        assert link.readlink() == Path("../../notebooks") / link.name


@each
def test_nothing_that_ran_is_stored(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    prefix = path.stem.partition("_")[2]
    assert [cell.id for cell in notebook.cells] == [f"{prefix}-{number:02}" for number in range(len(notebook.cells))]


@each
def test_no_figure_is_typed_into_the_text(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    prose = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert re.findall(r"\d[\d.,]*\s*(?:%|items|answers|rows)|\b\d+\.\d+\.\d+\b", prose) == []


@pytest.mark.parametrize("path", NOTEBOOKS[1:], ids=lambda path: path.stem)
def test_headings_ask(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    headings = [cell.source.splitlines()[0] for cell in notebook.cells if cell.cell_type == "markdown"]
    assert all(heading.startswith("#") and heading.endswith("?") for heading in headings)


@each
def test_every_cell_runs_on_the_demo(path: Path, tmp_path: Path) -> None:
    ran = _run(path, tmp_path)

    code = [cell for cell in ran.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    assert "this is the demo project" in "".join(output.get("text", "") for output in outputs)
    charts = [output.data[CHARTS] for output in outputs if CHARTS in output.get("data", {})]
    assert charts
    assert all("Demo data, synthetic." in chart["description"] for chart in charts)


def _run(path: Path, folder: Path) -> NotebookNode:
    """Execute a notebook as a newcomer does: no settings, and folders of the test's own (conftest sets them)."""
    done = folder / path.name
    # A kernel of this very Python, whatever kernels the machine knows.
    kernel = folder / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = f'["{sys.executable}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"]'
    (kernel / "kernel.json").write_text(f'{{"argv": {argv}, "display_name": "Python 3", "language": "python"}}')
    environment = {**os.environ, "JUPYTER_PATH": str(folder / "jupyter"), "IPYTHONDIR": str(folder / "ipython")}
    command = [sys.executable, "-c", RUN, str(path), str(done)]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert finished.returncode == 0, finished.stderr
    return nbformat.read(done, as_version=4)
