"""The second process of a report: with it, without it, or if it fails, the file is the same. It gets no messages."""

from __future__ import annotations

import io
import os
import pickle
import re
import subprocess
import sys
from concurrent.futures import Future, wait
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import nbformat
import polars as pl
import pytest

from seggwat_nb import FeedbackFilter
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ReportError
from seggwat_nb.share.privacy.dataset import mask_lists
from seggwat_nb.share.report import helper, run
from seggwat_nb.share.report.data import collect
from seggwat_nb.share.report.execution import CellError, run_here
from tests.stub_client import AS_OF, StubClient, answer, item

if TYPE_CHECKING:
    from pathlib import Path

    from seggwat_nb.share.report.data import ReportData

ITEMS = [
    item(
        n,
        created_at=AS_OF - timedelta(hours=7 * n),
        type=("Bug", "Idea", "Praise")[n % 3],
        status=("New", "Resolved")[n % 2],
        version=f"1.{n // 100}.0",
        path=f"/invoice/jo{n % 4}@example.org",
        message="Write to jo@example.org",
        submitted_by=f"jane.doe{n % 40}",
    )
    for n in range(300)
]
ANSWERS = [answer(n, created_at=AS_OF - timedelta(days=n)) for n in range(60)]


def client() -> Any:
    return StubClient(items=ITEMS, answers=ANSWERS)


def written(folder: Path, **options: Any) -> bytes:
    return run.report(client(), folder / "report.html", **options).read_bytes()


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Use a second process for any number of rows, and wait for it. Returns what it has answered."""
    asked: list[object] = []
    ask, begin = helper.Helper._ask, helper.Helper.begin

    def waited(self: helper.Helper, data: ReportData) -> dict[str, Future[Any]]:
        begun = begin(self, data)
        wait(begun.values())
        return begun

    def noted(self: helper.Helper, question: object) -> Any:
        result = ask(self, question)
        asked.append(question)
        return result

    monkeypatch.setattr(helper.Helper, "_ask", noted)
    monkeypatch.setattr(helper.Helper, "begin", waited)
    monkeypatch.setattr(helper, "LEAST_ROWS", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return asked


def test_a_report_is_the_same_with_a_second_process_and_if_that_fails(
    tmp_path: Path, answered: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = written(tmp_path)
    assert {*helper.PROPERTIES, *helper.CELLS} <= set(map(str, answered))
    answered.clear()
    monkeypatch.setattr(helper, "_COMMAND", "import {0}; 1 / 0")
    assert written(tmp_path) == shared
    monkeypatch.setattr(helper, "LEAST_ROWS", 10**9)
    assert written(tmp_path) == shared
    assert not answered


def test_an_unmasked_report_is_the_same_with_a_second_process(
    tmp_path: Path, answered: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = written(tmp_path, masked=False, where=FeedbackFilter(type="Bug"))
    assert {*helper.PROPERTIES, *helper.CELLS} <= set(map(str, answered))
    monkeypatch.setattr(helper, "LEAST_ROWS", 10**9)
    assert written(tmp_path, masked=False, where=FeedbackFilter(type="Bug")) == shared


def test_where_no_process_can_be_started_nothing_is_computed_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    made = helper.Helper()
    assert made.begin(collect(client())) == {}
    made.close()


def test_an_error_in_the_notebook_ends_the_second_process(
    tmp_path: Path, answered: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    popen = subprocess.Popen

    def noted(*arguments: Any, **options: Any) -> Any:
        process = popen(*arguments, **options)
        started.append((process, options))
        return process

    monkeypatch.setattr(subprocess, "Popen", noted)
    monkeypatch.setenv("SEGGWAT_API_KEY", "secret")
    monkeypatch.setattr("seggwat_nb.share.report.findings.methods", None)
    with pytest.raises(ReportError, match="stopped in cell"):
        written(tmp_path)
    process, options = started[0]
    assert process.poll() is not None
    assert "secret" not in str(options["env"])
    assert answered


def test_the_second_process_gets_masked_rows_without_messages() -> None:
    collected = collect(client())
    lists = Dataset(
        collected.feedback, collected.ratings, collected.history,
        sources={"feedback": collected.about, "ratings": collected.about_ratings},
    )  # fmt: skip
    sent: list[Dataset] = []
    masked = mask_lists(lists, salt=b"1", early=sent.append)
    (early,) = sent
    assert early.feedback.equals(masked.feedback.drop("message", "resolution_note"))
    assert early.ratings.equals(masked.ratings)
    assert early.feedback["path"].str.contains("[e-mail]", literal=True).all()
    assert masked.feedback.equals(mask_lists(lists, salt=b"1").feedback)

    class Pipe(io.BytesIO):
        def fileno(self) -> int:
            raise OSError

    asked = Pipe()
    begun = object.__new__(helper.Helper)
    begun._pool = type("Pool", (), {"submit": lambda _, ask, question: ask(question)})()
    answers = io.BytesIO(pickle.dumps((True, None)) * (1 + len(helper.PROPERTIES) + len(helper.CELLS)))
    begun._process = type("Process", (), {"stdin": asked, "stdout": answers})()
    begun.begin(replace(collected, feedback=masked.feedback))
    assert b"Write to" not in asked.getvalue()
    data = pickle.loads(asked.getvalue())  # noqa: S301  # written just now
    assert set(data.feedback.columns).isdisjoint(helper.UNREAD)


def test_what_the_second_process_computes_is_the_cells_of_our_notebook() -> None:
    book = nbformat.read(run.check_notebook(None), as_version=4)  # type: ignore[no-untyped-call]
    sources = [cell.source for cell in book.cells]
    assert set(helper.CELLS) <= set(sources)
    assert all(re.fullmatch(r"\w+\.\w+\(report\)", source) for source in helper.CELLS)


def future(result: object) -> Future[Any]:
    made: Future[Any] = Future()
    if isinstance(result, Exception):
        made.set_exception(result)
    elif result is not None:
        made.set_running_or_notify_cancel()
        made.set_result(result)
    return made


def test_a_result_that_is_not_begun_or_has_failed_is_computed_here() -> None:
    assert helper.result_or(None, lambda: "here") == "here"
    assert helper.result_or(future("there"), lambda: "here") == "there"
    assert helper.result_or(future(ValueError("no")), lambda: "here") == "here"
    waiting = future(None)
    assert helper.result_or(waiting, lambda: "here") == "here"
    assert waiting.cancelled()


class Shown:
    def __init__(self, said: str) -> None:
        self.said = said

    def _repr_mimebundle_(self) -> dict[str, str]:
        return {"text/plain": self.said}


def test_cells_run_elsewhere_are_handed_on_in_their_order_and_the_rest_is_run_here() -> None:
    first = "from tests.unit.test_helper import Shown"
    cells = [first, "Shown('a')", "Shown('b')", "Shown('c')", "None", "Shown('d')"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])  # type: ignore[no-untyped-call]
    ahead = {
        "Shown('a')": future(({"text/plain": "elsewhere"}, {})),
        "Shown('b')": future(None),
        "None": future(ValueError("no")),
    }
    given: list[Any] = []
    ran = run_here(book, {}, given.append, ahead=ahead)
    assert given == ran.cells
    assert [[output.data["text/plain"] for output in cell.outputs] for cell in given[2:]] == [
        ["elsewhere"], ["b"], ["c"], [], ["d"],
    ]  # fmt: skip
    assert [cell.execution_count for cell in given] == list(range(1, 8))
    with pytest.raises(CellError, match="Cell 3 stopped with ZeroDivisionError"):
        run_here(
            nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in ("1", "1 / 0")]),  # type: ignore[no-untyped-call]
            {}, ahead={"1": future(({}, {})), "1 / 0": future(None)},
        )  # fmt: skip


def test_requests_are_answered_until_they_end() -> None:
    data = replace(collect(client()), feedback=collect(client()).feedback.drop("message"))
    asked = ["movers", data, "movers", "tiles.tiles(report)", "charts.helpful(report)", "no.such(cell)"]
    answers = io.BytesIO()
    helper._answer(io.BytesIO(b"".join(map(pickle.dumps, asked))), answers)
    answers.seek(0)
    given = [pickle.load(answers) for _ in asked]  # noqa: S301  # written just now
    (before, _), told, (is_found, found), tiles, nothing, (is_known, why) = given
    assert not before
    assert told == (True, None)
    assert is_found
    assert isinstance(found, pl.DataFrame)
    assert found.equals(collect(client()).movers)
    assert "New items" in tiles[1][0]["text/plain"]
    assert nothing == (True, None)
    assert (is_known, why) == (False, "name 'no' is not defined")
