"""What importing costs, what is public, and who may import whom."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from statistics import median

import pytest

import seggwat_nb

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "seggwat_nb"

HEAVY = (
    "altair",
    "IPython",
    "ipywidgets",
    "jsonschema",
    "jupyterlab",
    "msgspec",
    "narwhals",
    "nbconvert",
    "numpy",
    "pandas",
    "phonenumbers",
    "polars",
    "pyarrow",
    "rapidfuzz",
    "requests",
    "requests_cache",
    "rich",
    "scipy",
    "stdnum",
    "tornado",
    "tqdm",
    "typer",
    "vl_convert",
)
"""Packages that take their time to import."""

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
COSTS = dict(re.findall(r"^\| `(seggwat_nb[\w.]*)` \| (.+) \|$", CONTRIBUTING, re.MULTILINE))
"""The table of what each entry point imports."""


def test_the_table_of_imports_has_every_entry_point() -> None:
    assert set(COSTS) == {
        "seggwat_nb",
        *(f"seggwat_nb.{name}" for name in ("cli", "cli.entry_point", "client", "trends", "charts")),
    }


@pytest.mark.parametrize("module", COSTS)
def test_an_entry_point_imports_what_the_table_says(module: str) -> None:
    code = f"import sys, {module}; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [name for name in COSTS[module].split(", ") if name != "nothing"]


def test_the_public_names_are_sorted_complete_and_lazy() -> None:
    assert seggwat_nb.__all__ == sorted(seggwat_nb.__all__)
    assert set(seggwat_nb.__all__) == set(seggwat_nb._HOMES)
    for name in seggwat_nb.__all__:
        assert getattr(seggwat_nb, name) is not None
        assert name in dir(seggwat_nb)
    with pytest.raises(AttributeError, match="nonsense"):
        seggwat_nb.nonsense  # noqa: B018  # the access is the test
    shown = ast.parse((PACKAGE / "__init__.py").read_text())
    typed = {alias.name for node in ast.walk(shown) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(seggwat_nb.__all__) <= typed  # Editors complete what they can read.


def test_the_reference_has_every_public_name_and_only_what_can_be_imported() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "api").glob("*.md"))
    documented = re.findall(r"^\.\. auto(?:module|class|function):: (?:seggwat_nb\.)?(\S+)$", pages, re.MULTILINE)
    assert set(seggwat_nb.__all__) <= set(documented)
    for name in documented:
        if name not in seggwat_nb.__all__:
            import_module(f"seggwat_nb.{name}")


def test_every_chart_is_drawn_in_a_browser_and_tried_on_awkward_rows() -> None:
    for tests in ("browser/test_charts_in_lab.py", "unit/test_charts_analysis.py"):
        text = (ROOT / "tests" / tests).read_text(encoding="utf-8")
        missing = [name for name in seggwat_nb.charts.__all__ if not re.search(rf"\b{name}[(,]", text)]
        assert not missing, f"Add {', '.join(missing)} to the lists of charts in tests/{tests}."


def test_a_release_has_one_version_and_one_date() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    cited = dict(
        re.findall(r'^(version|date-released): "?([\d.-]+)"?$', (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    )
    newest = re.search(r"^## \[([\d.]+)\] \S (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert seggwat_nb.__version__ == version == newest[1]
    assert cited == {"version": version, "date-released": newest[2]}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "notebooks" not in path.parts)


def imports_of(path: Path, *, also_for_types: bool) -> set[str]:
    """What a module imports, at its top or when a function runs."""
    tree = ast.parse(path.read_text())
    if not also_for_types:
        tree.body = [
            node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        ]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


HOUSE = CONTRIBUTING.split("| room | may import |\n| --- | --- |\n")[1].split("\n\n")[0]
ROWS = re.findall(r"^\| (.+) \| (.+) \|$", HOUSE, re.MULTILINE)
BASICS = frozenset(re.findall(r"`(\w+)`", next(rooms for rooms, _ in ROWS if rooms.startswith("basics"))))
MAY_IMPORT = {
    room: frozenset(re.findall(r"`(\w+)`", allowed)) | (BASICS if allowed.startswith("basics") else frozenset())
    for rooms, allowed in ROWS
    for room in re.findall(r"`(\w+)`", rooms)
    if allowed != "everything"
}
"""The table of who may import whom: a room to the rooms that it may import."""

EXCEPTIONS = {
    ("connection.py", "share"): "in a report's notebook `load` gives the rows that are reported on",
    ("share/report/data.py", "connection"): "a report's notebook that somebody runs by hand loads for itself",
    ("share/report/run.py", "lab"): "the report's notebook is kept with the other notebooks",
}
"""Module and room to why the module may import it all the same."""

SENDERS = {"signing.py", "source/response_cache.py", "source/transport.py", "share/delivery/client.py"}
"""Modules that may import what sends requests."""


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_imported(path: Path) -> set[str]:
    below = {
        module.split(".")[1] for module in imports_of(path, also_for_types=False) if module.startswith("seggwat_nb.")
    }
    return {room for room in below if (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").exists()} - {room_of(path)}


def test_every_room_is_in_the_table() -> None:
    rooms = {room_of(path) for path in modules()} - {"__init__"}
    assert rooms == MAY_IMPORT.keys() | {"cli", "__main__"}, "Correct the table of rooms in CONTRIBUTING.md."


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_rooms_keep_to_the_house(path: Path) -> None:
    name, room, imported = path.relative_to(PACKAGE).as_posix(), room_of(path), imports_of(path, also_for_types=False)
    if room in MAY_IMPORT:
        strange = rooms_imported(path) - MAY_IMPORT[room]
        assert strange == {other for module, other in EXCEPTIONS if module == name}, name

    def uses(*names: str) -> bool:
        return any(module == name or module.startswith(f"{name}.") for module in imported for name in names)

    assert name in SENDERS or not uses("requests", "requests_cache", "urllib3", "urllib.request", "http.client"), name
    assert room != "analysis" or not uses("altair", "ipywidgets"), name


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_holds_anything_that_changes(path: Path) -> None:
    for node in ast.parse(path.read_text()).body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value is None or "__all__" in ast.dump(node):
            continue
        dumped = ast.dump(node)
        is_open = isinstance(value, ast.List | ast.Set) or (isinstance(value, ast.Dict) and "Final" not in dumped)
        assert not is_open or "_HOMES" in dumped, f"{path.name}:{node.lineno}"


def test_modules_are_short() -> None:
    lines = {path.relative_to(PACKAGE).as_posix(): len(path.read_text().splitlines()) for path in modules()}
    assert {name: count for name, count in lines.items() if count > 500} == {}
    assert median(lines.values()) <= 200


def test_public_lists_are_sorted_and_true() -> None:
    for path in modules():
        text = path.read_text()
        found = re.search(r"^__all__ = \[(.*?)\]", text, re.DOTALL | re.MULTILINE)
        if found is None:
            continue
        names = re.findall(r'"(\w+)"', found.group(1))
        order = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
        assert names == order, f"{path}: sort __all__ as {order}"
        for name in names:
            assert re.search(rf"\b{name}\b", text.replace(found.group(0), "")), (path, name)


def test_the_project_speaks_of_itself_alone() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout  # noqa: S607  # git, wherever it is
    hosts = "|".join(("py" + "pi.org", "registry." + "npmjs"))
    foreign, of_a_machine = re.compile(rf"/(?:work|root|home)/\w|{hosts}"), re.compile(rf"/(?:work|root)/\w|{hosts}")
    for name in listed.split():
        assert not name.endswith(".lock")
        if not name.endswith((".png", ".parquet")):
            has_homes = name.startswith(("tests/unit/masking/", "tests/unit/test_privacy.py"))  # of nobody
            assert not (of_a_machine if has_homes else foreign).search((ROOT / name).read_text()), name


def test_dates_are_written_alike_on_every_system() -> None:
    """Python's ``%-d`` fails on Windows; polars has its own."""
    formatted = re.compile(r"\{[^{}]*:[^{}]*%-|\bstrftime\((?!\")[^)]*%-")
    assert [path.name for path in modules() if formatted.search(path.read_text(encoding="utf-8"))] == []


def test_what_a_docstring_lists_is_described_below_it() -> None:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [(path.name, node) for path in modules() for node in ast.walk(ast.parse(path.read_text()))]
    texts = [(name, ast.get_docstring(node) or "") for name, node in nodes if isinstance(node, kinds)]
    section = re.compile(r"^(?:Parameters|Attributes)\n-+\n(.*?)(?=\n\n\S+\n---|\Z)", re.DOTALL | re.MULTILINE)
    lists = [(name, [*filter(None, one.splitlines()), ""]) for name, text in texts for one in section.findall(text)]
    assert len(lists) > 100
    bare = [
        (name, entry)
        for name, lines in lists
        for entry, below in itertools.pairwise(lines)
        if not entry.startswith(" ") and not below.startswith("    ")
    ]
    assert bare == []
