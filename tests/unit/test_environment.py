"""``environment.yml`` says for conda what ``pyproject.toml`` says for pip and uv."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"tzdata": "python-tzdata"}
"""Where conda-forge's name differs; its own ``tzdata`` is no Python package."""


def test_conda_users_get_the_same_packages_with_the_same_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {f"python{project['requires-python']}"} | {_conda(line) for line in project["dependencies"]}

    listed = re.findall(r"^  - ([\w-]+[<>=][^\s#]*)", (ROOT / "environment.yml").read_text(), flags=re.MULTILINE)

    assert sorted(listed) == sorted(wanted)


def test_the_environment_has_the_package_itself_and_nothing_from_other_channels() -> None:
    text = (ROOT / "environment.yml").read_text()

    assert text.endswith("  - pip:\n      - --editable .\n")
    assert re.findall(r"channels:\n((?:  - .*\n)+)", text) == ["  - conda-forge\n  - nodefaults\n"]


def _conda(requirement: str) -> str:
    name, bound = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()  # type: ignore[union-attr]  # else it fails here
    return CONDA_NAMES.get(name, name) + bound
