"""environment.yml asks conda for what pyproject.toml asks pip for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"tzdata": "python-tzdata"}
"""Names that differ on conda-forge."""


def test_both_ask_for_the_same_packages_and_versions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {f"python{project['requires-python']}"}
    for requirement in project["dependencies"]:
        name, bound = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()  # type: ignore[union-attr]
        wanted.add(ELSEWHERE.get(name, name) + bound)
    text = (ROOT / "environment.yml").read_text()
    listed = set(re.findall(r"^  - ([\w-]+>=[\d.]+)$", text, re.MULTILINE))
    assert listed == wanted


def test_the_package_itself_is_a_line_that_pip_takes_from_a_file() -> None:
    # conda hands these lines to pip as a requirements file, in which --no-deps is an error.
    assert (ROOT / "environment.yml").read_text().endswith("  - pip:\n      - .\n")


def test_every_dependency_has_a_reason_beside_it() -> None:
    block = (ROOT / "pyproject.toml").read_text().split("dependencies = [")[1].split("\n]")[0]
    lines = [line for line in block.splitlines() if line.strip().startswith('"')]
    assert lines
    assert all(re.search(r'",\s+# \w', line) for line in lines)
