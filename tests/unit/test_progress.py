"""The bar of a notebook: it goes with its kernel, and leaves words where it did not come to an end."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core import display_functions
from IPython.core.interactiveshell import InteractiveShell

from seggwat_nb import cli, progress
from seggwat_nb.cli import triage
from seggwat_nb.cli.options import echo


@pytest.mark.parametrize(("seen", "left"), [(300, {"text/plain": "", "text/html": ""}), (200, None)])
def test_no_widget_stays_in_a_notebook(seen: int, left: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(display_functions, "publish_display_data", lambda **published: shown.append(published))
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(display_functions, "_new_id", lambda: "place")
    monkeypatch.setattr(
        InteractiveShell,
        "instance",
        lambda: type("Shell", (), {"display_formatter": _Formatter()}),  # no shell is about
    )
    monkeypatch.setattr(progress, "_in_notebook", lambda: True)
    bar = progress.Bar("Feedback", seconds_left=float)
    bar(seen, 300)
    bar.close()
    alive, gone = shown
    assert alive["transient"] == gone["transient"] == {"display_id": "place"}
    assert alive["data"] == {"shown": "HBox"}
    assert gone["update"]
    assert gone["data"] == (left or {"text/plain": "Feedback: 200 of 300 rows"})


@pytest.mark.parametrize("in_notebook", [True, False])
def test_no_bar_is_drawn_where_it_is_to_be_quiet(
    in_notebook: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_in_notebook", lambda: in_notebook)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress.quiet():
        bar = progress.Bar("Feedback", seconds_left=float)
        bar(100, 300)
        bar.waiting(60, "the limit")
        bar.close()
    assert capsys.readouterr() == ("", "")
    bar = progress.Bar("Feedback", seconds_left=float)
    bar.waiting(60, "the limit")
    told = capsys.readouterr()
    assert (told.out if in_notebook else told.err) == "Waiting 60 s: the limit\n"


def test_a_notebook_has_no_message_that_it_would_break_within_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"folder/{'long-' * 30}"
    said = f"Feedback: 8 new; {'every status verified as of 2026-12-01 02:39 UTC; ' * 4}\nStored in {path}"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress.say(said)
    monkeypatch.setattr(progress, "_in_notebook", lambda: True)
    progress.say(said)
    told = capsys.readouterr()
    assert told.err == f"{said}\n"
    assert told.out.split() == said.split()
    assert [line for line in told.out.splitlines() if len(line) > 100] == [path]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_messages_are_shown_in_a_terminal(
    *, is_terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    progress.say("Loaded.")
    assert capsys.readouterr() == ("", "Loaded.\n" if is_terminal else "")
    with progress.quiet(), progress.printing():
        progress.say("Hidden.")
    with progress.printing():
        assert "SEGGWAT_NB_QUIET" not in os.environ  # which would overrule a .env of a process started meanwhile
        progress.say("Shown.")
    assert capsys.readouterr() == ("", "Shown.\n")


def test_nothing_is_written_where_there_is_no_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As under pythonw, or after ``2>&-``: print would write to stdout instead."""
    monkeypatch.setattr("sys.stderr", None)
    progress.say("loaded")
    bar = progress.Bar("Feedback", seconds_left=float)
    bar(100, 300)
    bar.waiting(60, "the limit")
    bar(300, 300)
    bar.close()
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("shown")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.sampled_from("a \t\n\r\x00\x07\x1b[]2J\x7f\x9b\u202e\u2066\u2069é👩\u200d💻\u200f"), max_size=12)
)
def test_nothing_that_strangers_wrote_commands_a_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    progress.say(text)
    echo(text)
    shown, told = capsys.readouterr()
    assert shown == told  # one on each stream
    assert not [c for c in told if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert not {*told} & {*"\u202e\u2066\u2069"}
    assert json.loads(f'"{told[:-1]}"', strict=False) == text  # nothing is lost


def test_every_command_prints_what_is_safe_to_print() -> None:
    direct = {path.name for path in Path(cli.__file__).parent.glob("*.py") if "typer.echo(" in path.read_text("utf-8")}
    assert direct == {"options.py"}


def test_a_status_cannot_add_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    before = {"status": "Odd\n\x1b[2Jseggwat-nb: all done", "type": "Bug", "resolution_note": None}
    rows = pl.DataFrame([{"id": "a", "before": before, "after": before | {"status": "New"}, "reason": None}])
    triage._print(type("Plan", (), {"frame": rows, "__str__": lambda _: "1 item"})())
    assert capsys.readouterr().out == "a  Odd \\u001b[2Jseggwat-nb: all done → New\n1 item\n"


def test_a_notebook_without_ipywidgets_needs_no_widget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_in_notebook", lambda: True)
    monkeypatch.setattr(progress, "find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "tqdm.notebook", None)
    bar = progress.Bar("Feedback", seconds_left=float)
    bar(100, 300)
    bar.close()
    assert bar._place is None


class _Formatter:
    def format(self, shown: object, **_: object) -> tuple[dict[str, str], dict[str, str]]:
        return {"shown": type(shown).__bases__[0].__name__}, {}
