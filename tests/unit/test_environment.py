"""environment.yml asks conda for what pyproject.toml asks pip for."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"tzdata": "python-tzdata"}
"""Names that differ on conda-forge."""
FROM_PIP = {"stopwordsiso", "py3langid"}
"""Packages that conda-forge may not have; pip installs them together with this one."""


def test_both_ask_for_the_same_packages_and_versions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {f"python{project['requires-python']}"}
    for requirement in {*project["dependencies"], *_of_extras(project)}:
        name, bound = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()  # type: ignore[union-attr]
        wanted |= set() if name in FROM_PIP else {ELSEWHERE.get(name, name) + bound}
    text = (ROOT / "environment.yml").read_text()
    listed = set(re.findall(r"^  - ([\w-]+>=[\d.]+)$", text, re.MULTILINE))
    assert listed == wanted


def test_the_package_itself_is_a_line_that_pip_takes_from_a_file() -> None:
    # conda hands these lines to pip as a requirements file, in which --no-deps is an error.
    assert (ROOT / "environment.yml").read_text().endswith("  - pip:\n      - .[languages]\n")


def test_every_dependency_has_a_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text[text.index("\ndependencies = [") : text.index("[project.scripts]")]
    lines = [line for line in block.splitlines() if line.strip().startswith('"')]
    project = tomllib.loads(text)["project"]
    assert len(lines) == len(project["dependencies"]) + len(list(_of_extras(project)))
    assert all(re.search(r'",\s+# \w', line) for line in lines)


def test_a_package_of_two_extras_has_the_same_bound_in_both() -> None:
    lines = set(_of_extras(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]))
    assert len({Requirement(line).name for line in lines}) == len(lines)


def test_uv_run_pytest_installs_whatever_its_tests_import() -> None:
    """Of other packages the tests of the default run import nothing that the default group does not bring."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*settings["project"]["dependencies"], *_of_group("dev", settings["dependency-groups"])]
    brought: set[tuple[str, str]] = set()
    _add_required(wanted, brought)
    installed = {name for name, _ in brought}
    distributions = metadata.packages_distributions()
    files = [path for path in (ROOT / "tests").rglob("*.py") if not {"browser", "benchmarks"} & set(path.parts)]
    for path in files:
        for module in sorted(set(_imported(path)) - sys.stdlib_module_names - {"seggwat_nb", "tests"}):
            assert {canonicalize_name(name) for name in distributions.get(module, ())} & installed, (path.name, module)
    guarded = {name for path in files for name in re.findall(r'importorskip\(\s*"(\w+)', path.read_text())}
    assert guarded == {"lifelines", "pyspark"}


def _of_extras(project: dict[str, Any]) -> Iterator[str]:
    """List what the extras install; `all` names the others."""
    for extra, lines in project["optional-dependencies"].items():
        if extra != "all":
            yield from lines


def _of_group(name: str, groups: dict[str, Any]) -> Iterator[str]:
    for line in groups[name]:
        if isinstance(line, str):
            yield line
        else:
            yield from _of_group(line["include-group"], groups)


def _add_required(lines: list[str], installed: set[tuple[str, str]]) -> None:
    """Add the distributions that requirements name, each with its extras, and what those require in turn."""
    for line in lines:
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) in installed:
                continue
            installed.add((name, extra))
            try:
                required = [Requirement(told) for told in metadata.requires(name) or []]
            except metadata.PackageNotFoundError:
                continue  # what is not installed here brings nothing
            needed = [str(one) for one in required if one.marker is None or one.marker.evaluate({"extra": extra})]
            _add_required(needed, installed)


def _imported(path: Path) -> Iterator[str]:
    """Name the modules that a file imports, each by its first part."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).partition(".")[0]
