"""Every command and snippet of the README does what it says."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seggwat_nb import config
from seggwat_nb.cli import app
from seggwat_nb.config import DEMO_TOKEN
from seggwat_nb.demo import demo_service
from seggwat_nb.demo.server import PROJECT_ID, DemoServer
from tests.integration.services import GitHub, Slack

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"```(python|)\n(.*?)```", README, re.DOTALL)
SNIPPETS = [text for language, text in BLOCKS if language == "python"]
COMMANDS = [
    line for language, text in BLOCKS if not language for line in text.splitlines() if line.startswith("seggwat-nb")
]


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    with DemoServer(demo_service()) as server:
        yield server


def test_the_python_snippets_run_in_their_order(demo: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGGWAT_API_KEY", DEMO_TOKEN)
    monkeypatch.setenv("SEGGWAT_PROJECT_ID", PROJECT_ID)
    monkeypatch.setenv("SEGGWAT_API_URL", demo.url)
    monkeypatch.setenv("SEGGWAT_NB_REQUESTS_PER_MINUTE", "0")
    assert len(SNIPPETS) >= 7
    names: dict[str, Any] = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, "README.md", "exec"), names)  # noqa: S102  # the README's own
    assert names["feedback"].height > 1800
    assert names["client"].item(names["item"])["status"] == "Resolved"


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_a_snippet_shows_one_result_and_it_comes_last(snippet: str) -> None:
    """Pasted into a cell, only the last expression is shown."""
    statements = [node for node in ast.parse(snippet).body if not ast.unparse(node).startswith("pl.Config(")]
    shown = [isinstance(node, ast.Expr) for node in statements]
    assert shown == [False] * (len(shown) - 1) + [True]


@pytest.fixture(scope="module")
def settings(demo: DemoServer) -> Iterator[dict[str, str]]:
    """What a user has set: a project, a webhook, a repository."""
    with Slack() as slack, GitHub(token="ghp_" + "g" * 36) as github:
        yield {
            "SEGGWAT_API_KEY": DEMO_TOKEN,
            "SEGGWAT_PROJECT_ID": PROJECT_ID,
            "SEGGWAT_API_URL": demo.url,
            "SEGGWAT_NB_REQUESTS_PER_MINUTE": "0",
            "SLACK_WEBHOOK_URL": slack.url + slack.path,
            "GITHUB_TOKEN": "ghp_" + "g" * 36,
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_API_URL": github.url,
        }


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_run(command: str, settings: dict[str, str]) -> None:
    words = shlex.split(command, comments=True)[1:]
    loaded_before = [["pull"]] if words[0] == "forget" else []
    for asked in (*loaded_before, words):
        told = subprocess.run(
            [sys.executable, "-m", "seggwat_nb.cli", *asked],
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert told.returncode == 0, told.stderr


def test_the_first_screen_has_the_two_commands_and_the_gate_runs_the_second() -> None:
    first_screen = README.split("## Your own project")[0]
    assert "\ngit clone <address> seggwat_nb && cd seggwat_nb\n" in first_screen
    assert "python3 -m pip install -q uv && uv run seggwat-nb lab" in first_screen
    assert "\nuv run pytest\n" in first_screen
    gate = (Path(__file__).parents[2] / ".ci" / "run").read_text()
    assert "\nuv run pytest\n" in gate


def test_every_command_is_named_in_the_readme() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        assert re.search(rf"seggwat-nb {command.callback.__name__}\b", README)


def test_every_setting_is_in_the_table() -> None:
    for name in re.findall(r"``(SEGGWAT_\w+)``", str(config.__doc__)):
        assert f"`{name}`" in README, name


def test_what_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (Path(__file__).parents[2] / target).exists(), target
