"""Runs a notebook with parameters.

They are put into a separate cell after the one tagged ``parameters``, like papermill does, so that its tools can read
the resulting notebooks.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import nbformat
from altair.utils import schemapi

from seggwat_nb.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbformat import NotebookNode
    from traitlets.config import Config

__all__ = ["CellError", "run_here", "run_notebook", "with_parameters"]


class CellError(ReportError):
    """An error that a cell raised.

    Attributes
    ----------
    number : int or None
        The cell's execution count.
    name, value : str
        Class and message of the error.
    """

    def __init__(self, number: int | None, name: str, value: str) -> None:
        super().__init__(f"Cell {number} stopped with {name}: {value}. Run the notebook by hand and correct that cell.")
        self.number, self.name, self.value = number, name, value


def run_notebook(book: NotebookNode, parameters: Mapping[str, Any]) -> NotebookNode:
    """Run a notebook in a kernel of this Python, from top to bottom.

    Parameters
    ----------
    book
        The notebook, which is not changed.
    parameters
        Values by name, of types that JSON supports.

    Returns
    -------
    NotebookNode
        A copy with the parameters and the outputs. As with papermill, it ends early if a cell exits with status 0.

    Raises
    ------
    CellError
        A cell raised an error.
    ReportError
        The kernel died.
    """
    from nbclient import NotebookClient  # takes long to import, and our own notebook requires no kernel
    from nbclient.exceptions import CellExecutionError, DeadKernelError
    from nbconvert.preprocessors import CoalesceStreamsPreprocessor

    ran = with_parameters(book, parameters)
    client = NotebookClient(
        ran, kernel_name="python3", raise_on_iopub_timeout=True, record_timing=False, config=_encrypt()
    )
    client.reset_execution_trackers()
    # Not client.execute(): it handles Ctrl-C itself, and does not say which cell stopped.
    with client.setup_kernel():
        for place, cell in enumerate(ran.cells):
            try:
                client.execute_cell(cell, place)
            except CellExecutionError as error:
                if error.ename == "SystemExit" and error.evalue in {"", "0"}:
                    break
                raise CellError(cell.execution_count, error.ename, error.evalue) from error
            except DeadKernelError as error:
                raise ReportError(
                    f"The notebook's kernel died in cell {place + 1}. It may have run out of memory: narrow the "
                    "selection, or run the notebook on a larger machine."
                ) from error
        client.set_widgets_metadata()
    # A kernel sends what a cell prints in pieces, split anywhere, also inside an address or a token to be found.
    CoalesceStreamsPreprocessor().preprocess(ran, {})  # type: ignore[no-untyped-call]  # nbconvert's; changes the cells
    return ran


def run_here(
    book: NotebookNode, parameters: Mapping[str, Any], then: Callable[[NotebookNode], None] = lambda _: None
) -> NotebookNode:
    """Run one of this package's notebooks in this process, which saves the start of a kernel and its imports.

    As in a kernel, the value of a cell's last expression is its output. Anything that cells print is not kept.

    Parameters
    ----------
    book, parameters
        As in `run_notebook`.
    then
        Called with each cell that has run, also with cells of text.

    Returns
    -------
    NotebookNode
        As `run_notebook`.

    Raises
    ------
    CellError
        A cell raised an error.
    """
    ran = with_parameters(book, parameters)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    number = 0
    for cell in ran.cells:
        if cell.cell_type != "code":
            then(cell)
            continue
        number += 1
        cell.execution_count = number
        try:
            with schemapi.debug_mode(arg=False):  # our charts are valid, and checking every part again takes long
                shown = _run_cell(cell.source, namespace)
                data, metadata = ({}, {}) if shown is None else _show(shown)
        except Exception as error:
            raise CellError(number, type(error).__name__, str(error)) from error
        cell.outputs = (
            []
            if shown is None
            else [
                nbformat.from_dict(  # type: ignore[no-untyped-call]  # valid, and to check a large one takes long
                    {"output_type": "execute_result", "data": data, "metadata": metadata, "execution_count": number}
                )
            ]
        )
        then(cell)
    return ran


def _run_cell(source: str, namespace: dict[str, Any]) -> object:
    """Run a cell and return the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), namespace)  # noqa: S102  # our own notebook
    if not isinstance(last, ast.Expr):
        return None
    result: object = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)  # noqa: S307  # as above
    return result


def _show(value: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401  # whatever a cell ends in
    """Return a value's output by media type, and its metadata."""
    given = value._repr_mimebundle_()
    return given if isinstance(given, tuple) else (given, {})


def with_parameters(book: NotebookNode, parameters: Mapping[str, Any]) -> NotebookNode:
    """Copy a notebook and set its parameters, replacing those of an earlier run.

    Examples
    --------
    >>> import nbformat
    >>> cell = nbformat.v4.new_code_cell("period = '1mo'", metadata={"tags": ["parameters"]})
    >>> book = with_parameters(nbformat.v4.new_notebook(cells=[cell]), {"period": "1w"})
    >>> print(book.cells[1].source.strip())
    # Parameters
    period = "1w"
    """
    copied = nbformat.from_dict(book)  # type: ignore[no-untyped-call]
    lines = [f"{name} = {_literal(value)}\n" for name, value in parameters.items()]
    added = nbformat.from_dict(  # type: ignore[no-untyped-call]  # valid, and the first check takes long
        {
            "cell_type": "code",
            "id": "injected-parameters",
            "metadata": {"tags": ["injected-parameters"]},
            "execution_count": None,
            "source": "".join(["# Parameters\n", *lines]),
            "outputs": [],
        }
    )
    earlier, defaults = (_find_tagged(copied, tag) for tag in ("injected-parameters", "parameters"))
    if earlier is not None:
        copied.cells[earlier] = added
    else:
        copied.cells.insert(0 if defaults is None else defaults + 1, added)
    result: NotebookNode = copied
    return result


def _find_tagged(book: NotebookNode, tag: str) -> int | None:
    places = (place for place, cell in enumerate(book.cells) if tag in cell.metadata.get("tags", ()))
    return next(places, None)


def _literal(value: object) -> str:
    """Write a value as Python in papermill's style: ASCII, with texts in double quotes."""
    if isinstance(value, str):
        text = value.encode("unicode_escape").decode().replace('"', r"\"")
        return f'"{text}"'
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(name)}: {_literal(part)}' for name, part in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return repr(value)


def _encrypt() -> Config:
    """Encrypt the connection between kernel and client, which transfers a project's rows."""
    import zmq
    from traitlets.config import Config

    return Config(KernelManager={"transport_encryption": "auto" if zmq.has("curve") else "disabled"})
