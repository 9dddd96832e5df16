"""A notebook that runs with parameters: where they stand, what each value is read back as, and how a run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import ReportError
from seggwat_nb.share.report.execution import CellError, run_notebook, with_parameters

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def _folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def book(*sources: str, tag: str | None = "parameters") -> Any:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]  # type: ignore[no-untyped-call]
    if tag is not None:
        cells[0].metadata["tags"] = [tag]
    return nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]


@settings(max_examples=50, derandomize=True, deadline=None)
@given(VALUES)
def test_a_parameter_is_read_back_as_it_was(value: object) -> None:
    read: dict[str, object] = {}
    exec(with_parameters(book("value = 1"), {"value": value}).cells[1].source, read)  # noqa: S102  # our own cell
    assert read["value"] == value


@pytest.mark.parametrize(("tag", "place"), [("parameters", 1), (None, 0), ("injected-parameters", 0)])
def test_parameters_stand_where_papermill_puts_them(tag: str | None, place: int) -> None:
    before = book("value = 1", "value", tag=tag)
    made = with_parameters(before, {"value": 2})
    assert made.cells[place].metadata["tags"] == ["injected-parameters"]
    assert len(made.cells) == (2 if tag == "injected-parameters" else 3)
    assert len(before.cells) == 2
    assert before.cells[0].source == "value = 1"


@pytest.mark.usefixtures("_folders")
def test_how_a_run_ends() -> None:
    ended = run_notebook(book("value = 1", "print(value)", "import sys; sys.exit(0)", "1 / 0"), {"value": 7})
    assert ended.cells[2].outputs[0].text == "7\n"
    assert ended.cells[4].outputs == []
    with pytest.raises(CellError) as caught:
        run_notebook(book("value = 1", "1 / 0"), {"value": 7})
    assert (caught.value.number, caught.value.name) == (3, "ZeroDivisionError")
    with pytest.raises(ReportError, match="kernel died in cell 1"):
        run_notebook(book("import os; os._exit(1)"), {})
