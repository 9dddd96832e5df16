"""The wheel in an environment of its own, without extras: what works there, and what names the extra that it requires.

Installs from the package index, so it is not part of the default run: `uv run pytest -m packaging`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = os.environ.get("UV", "uv")
"""`uv run` tells where it is."""

pytestmark = pytest.mark.packaging

ANALYSIS = """
import sys
from pathlib import Path
import seggwat_nb as sw

client = sw.connect()
feedback, ratings = client.feedback(), client.ratings()
assert sw.trends.volume(feedback, by="type", every="1w")["count"].sum() == feedback.height > 0
assert sw.releases.overview(feedback).height > 0
assert sw.lifecycle.open_items(feedback, history=client.history()).height > 0
assert sw.ratings.nps(ratings).height > 0
assert sw.duplicates.groups(feedback).height > 0
assert sw.FeedbackFilter(type="Bug").apply(feedback).height > 0
for name in ("rows.csv", "rows.jsonl", "rows.parquet"):
    sw.export(feedback, Path(sys.argv[1]) / name)
"""
"""What is to be learnt from frames without a chart, and where they can be written to."""


def run(*command: object, succeeds: bool = True) -> str:
    ended = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    told = ended.stdout + ended.stderr
    assert (ended.returncode == 0) is succeeds, told
    return told


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("wheel")
    newest = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["exclude-newer"]
    run(UV, "build", "-q", "--wheel", "--out-dir", folder, ROOT)
    run(UV, "venv", "-q", "--python", sys.executable, folder / "venv")
    programs = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    (wheel,) = folder.glob("*.whl")
    run(UV, "pip", "install", "-q", "--exclude-newer", newest, "--python", programs / "python", wheel)
    return programs


def test_few_packages_are_installed(environment: Path) -> None:
    listed = json.loads(run(UV, "pip", "list", "-q", "--format=json", "--python", environment / "python"))
    names = {package["name"] for package in listed}
    assert "seggwat-nb" in names
    assert len(names) <= 40, sorted(names)
    assert not names & {"altair", "ipython", "ipywidgets", "jupyterlab", "nbconvert", "pandas", "xlsxwriter"}


def test_a_project_is_loaded_exported_and_analyzed(environment: Path, tmp_path: Path) -> None:
    command = environment / "seggwat-nb"
    run(command, "pull", "--demo")
    told = run(command, "export", "--demo", "--refresh", "never", "--share", "--out", tmp_path / "shared.csv")
    assert f"written to {tmp_path / 'shared.csv'}" in told
    assert "feedback: " in run(command, "plan", "--demo")
    assert "altair not installed" in run(command, "doctor", "--demo")
    assert "sent." in run(command, "digest", "--demo", "--dry-run", "--refresh", "never")
    assert "Add --create to create what is listed." in run(command, "issues", "--demo", "--refresh", "never")
    run(environment / "python", "-c", ANALYSIS, tmp_path)
    for name in ("rows.csv", "rows.jsonl", "rows.parquet", "shared.csv"):
        assert (tmp_path / name).stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["lab"],
            "Notebooks require altair, vl-convert-python, anywidget, ipywidgets, ipykernel and jupyterlab, which",
        ),
        (
            ["report", "--demo"],
            "Reports require altair, vl-convert-python, ipykernel, mistune, nbclient, nbconvert, nh3 and pypdf",
        ),
        (["export", "--demo", "--out", "rows.xlsx"], "Spreadsheets require xlsxwriter, which is not installed."),
    ],
)
def test_commands_name_the_extra_that_they_require(arguments: list[str], told: str, environment: Path) -> None:
    said = run(environment / "seggwat-nb", *arguments, succeeds=False)
    assert said.startswith(f"seggwat-nb: {told}")
    extra = {"lab": "lab", "report": "report", "export": "xlsx"}[arguments[0]]
    assert said.rstrip().endswith(f"with: pip install 'seggwat-nb[{extra}]'.")


@pytest.mark.parametrize(
    ("code", "extra"),
    [
        ("import seggwat_nb as sw; sw.charts", "lab"),
        ("from seggwat_nb.charts import volume", "lab"),
        ("import seggwat_nb as sw; sw.Explorer", "lab"),
        ("from seggwat_nb import Compare", "lab"),
        ("import seggwat_nb as sw; sw.report", "report"),
    ],
)
def test_names_say_which_extra_they_require(code: str, extra: str, environment: Path) -> None:
    said = run(environment / "python", "-c", code, succeeds=False)
    assert "MissingExtraError: " in said
    assert said.rstrip().endswith(f"pip install 'seggwat-nb[{extra}]'.")
