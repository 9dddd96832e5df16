"""A second process that computes parts of a large report while the first one masks messages and looks for findings.

Python runs on one core at a time, and most of a report's time is spent in many small calculations. The parts computed
here need no messages, so the process never gets any. Without it, for example where no process can be started, the
first one computes everything itself, with the same result.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import altair as alt
from altair.utils import schemapi

from seggwat_nb.environment import WITHOUT_IMAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from typing import BinaryIO

    from seggwat_nb.share.report.data import ReportData

__all__ = ["CELLS", "LEAST_ROWS", "PROPERTIES", "UNREAD", "Helper", "answer_requests", "result_or", "second_process"]

LEAST_ROWS: Final = 10_000
"""With fewer rows, to start a process and import polars takes longer than what it would compute."""

UNREAD: Final = ("message", "resolution_note", "extra")
"""Columns that no part computed here reads."""

PROPERTIES: Final = ("movers", "bugs_and_types")
"""Properties of the data, in the order in which they are needed."""

CELLS: Final = (
    "charts.what_changed(report)",
    "charts.bugs_by_version(report)",
    "tiles.tiles(report)",
    "charts.nps(report)",
    "charts.helpful(report)",
    "charts.stars(report)",
    "charts.stars_by_release(report)",
)
"""Cells of our notebook that need only the data, longest first."""

_COMMAND: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {0} import answer_requests as run; run()"
)
_NO_WINDOW: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""Windows would show one for each process."""


class Helper:
    """The second process. It ends with `close`, or with this process."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1)  # waits for answers
        self._process: subprocess.Popen[bytes] | None = None
        environment = {**os.environ, WITHOUT_IMAGES: "1", "SEGGWAT_API_KEY": ""}
        command = [
            sys.executable,
            "-P",
            "-c",
            _COMMAND.format(__name__),
            json.dumps([str(folder) for folder in sys.path]),
        ]
        with suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603  # our own Python, on our own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
                creationflags=_NO_WINDOW,
            )  # fmt: skip

    def begin(self, data: ReportData) -> dict[str, Future[Any]]:
        """Send the data, and return what is computed for it: `PROPERTIES` by name and `CELLS` by source."""
        if self._process is None:
            return {}
        unread = [name for name in UNREAD if name in data.feedback.columns]
        self._pool.submit(self._ask, replace(data, feedback=data.feedback.drop(unread), ahead={}))
        return {asked: self._pool.submit(self._ask, asked) for asked in (*PROPERTIES, *CELLS)}

    def close(self) -> None:
        """End the process, even if it has not finished."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._pool.shutdown(cancel_futures=True)
        for pipe in () if self._process is None else (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # the process has ended before it read everything
                if pipe is not None:
                    pipe.close()

    def _ask(self, asked: object) -> Any:  # noqa: ANN401  # whatever the cell shows
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise OSError("The process has no pipes.")
        self._process.stdin.write(pickle.dumps(asked, protocol=pickle.HIGHEST_PROTOCOL))
        self._process.stdin.flush()
        is_done, result = pickle.load(self._process.stdout)  # noqa: S301  # of our own process
        if not is_done:
            raise ValueError(result)
        return result


@contextmanager
def second_process(data: ReportData) -> Iterator[Helper | None]:
    """Start a second process if there is enough to compute and a second core. It ends with the block."""
    if data.feedback.height < LEAST_ROWS or (os.cpu_count() or 1) < 2:  # noqa: PLR2004  # one core, one process
        yield None
        return
    helper = Helper()
    try:
        yield helper
    finally:
        helper.close()


def result_or(ahead: Future[Any] | None, compute: Callable[[], Any]) -> Any:  # noqa: ANN401  # what is computed
    """Return what the second process has computed. If it has not begun to, or has failed, compute it here."""
    if ahead is None or ahead.cancel():
        return compute()
    try:
        return ahead.result()
    except Exception:  # noqa: BLE001  # an error of the calculation itself is raised again here
        return compute()


def answer_requests() -> None:
    """Run in the second process: compute what is asked for, until the first one ends."""
    alt.renderers.enable("mimetype")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that is printed may get among the answers
    _answer(sys.stdin.buffer, answers)


def _answer(requests: BinaryIO, answers: BinaryIO) -> None:
    from seggwat_nb.share.report import charts, tiles
    from seggwat_nb.share.report.execution import show

    names: dict[str, Any] = {"charts": charts, "tiles": tiles}
    with schemapi.debug_mode(arg=False):
        while True:
            try:
                asked = pickle.load(requests)  # noqa: S301  # of the process that started this one
            except EOFError:
                return
            try:
                if not isinstance(asked, str):
                    names["report"], result = asked, None
                elif asked in PROPERTIES:
                    result = getattr(names["report"], asked)
                else:
                    shown = eval(asked, names)  # noqa: S307  # a cell of our own notebook
                    result = None if shown is None else show(shown)
                answer = True, result
            except Exception as error:  # noqa: BLE001  # raised again in the first process
                answer = False, str(error)
            pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
