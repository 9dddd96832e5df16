"""Every command and snippet of the README and the documentation does what it says."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seggwat_nb import charts, config
from seggwat_nb.cli.entry_point import app
from seggwat_nb.config import DEMO_TOKEN
from seggwat_nb.demo import demo_service
from seggwat_nb.demo.server import PROJECT_ID, DemoServer
from tests.integration.services import GitHub, Slack

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "_build" not in path.parts
}
BLOCKS = [
    (page, language, text)
    for page, whole in PAGES.items()
    for language, text in re.findall(
        r"^```(python|sh|\{code-cell\} python3)\n(.*?)^```", whole, re.DOTALL | re.MULTILINE
    )
]
SNIPPETS = [(page, text) for page, language, text in BLOCKS if language != "sh"]
COMMANDS = list(
    dict.fromkeys(
        line
        for _, language, text in BLOCKS
        if language == "sh"
        for line in text.splitlines()
        if line.startswith("seggwat-nb")
    )
)


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    with DemoServer(demo_service()) as server:
        yield server


@pytest.fixture(scope="module")
def settings(demo: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What a user has set: a project, a webhook, a repository; what is stored is stored once for all pages."""
    with Slack() as slack, GitHub(token="ghp_" + "g" * 36) as github:
        yield {
            "SEGGWAT_API_KEY": DEMO_TOKEN,
            "SEGGWAT_PROJECT_ID": PROJECT_ID,
            "SEGGWAT_API_URL": demo.url,
            "SEGGWAT_NB_REQUESTS_PER_MINUTE": "0",
            "SEGGWAT_NB_CACHE_DIR": str(tmp_path_factory.mktemp("cache")),
            "SEGGWAT_NB_DATA_DIR": str(tmp_path_factory.mktemp("data")),
            "SLACK_WEBHOOK_URL": slack.url + slack.path,
            "GITHUB_TOKEN": "ghp_" + "g" * 36,
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_API_URL": f"{github.url}/api/v3",
        }


@pytest.mark.parametrize("page", dict.fromkeys(page for page, _ in SNIPPETS))
def test_the_python_snippets_of_a_page_run_in_their_order(
    page: str, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    names: dict[str, Any] = {}
    for snippet in (text for where, text in SNIPPETS if where == page):
        exec(compile(snippet, page, "exec"), names)  # noqa: S102  # the project's own
    if page == "docs/howto/own-data.md":  # which loads nothing
        assert names["mine"].feedback["version"].to_list() == ["2026.08", "2026.10", "2026.10"]
        return
    assert names["data"].feedback.height > 1800
    if "item" in names:
        now, old = names["client"].item(names["item"]), names["old"]
        assert (now["status"], now.get("resolution_note")) == (old["status"], old.get("resolution_note"))


@pytest.mark.parametrize("snippet", [text for _, text in SNIPPETS], ids=[page for page, _ in SNIPPETS])
def test_a_snippet_shows_one_result_and_it_comes_last(snippet: str) -> None:
    """Pasted into a cell, only the last expression is shown."""
    statements = [node for node in ast.parse(snippet).body if not ast.unparse(node).startswith("pl.Config(")]
    shown = [isinstance(node, ast.Expr) for node in statements]
    is_right = shown == [False] * (len(shown) - 1) + [True] or snippet.endswith("\ndata = sw.load()\n")
    assert is_right, f"Only the last line of a snippet may be an expression. Split this one:\n{snippet}"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_run(
    command: str, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "seggwat-themes.toml").write_text('[[theme]]\nname = "Checkout"\nany = ["checkout"]\n')
    words = shlex.split(command, comments=True)[1:]
    loaded_before = [["pull"]] if words[0] == "forget" else []
    for asked in (*loaded_before, words):
        assert not app(asked, standalone_mode=False)


def test_the_first_screen_has_the_two_commands_and_the_gate_runs_the_second() -> None:
    first_screen = README.split("## Use your own project")[0]
    assert "\ngit clone <address> seggwat_nb && cd seggwat_nb\n" in first_screen
    assert "python3 -m pip install -q uv && uv run seggwat-nb lab" in first_screen
    assert "\nuv run pytest\n" in first_screen
    gate = (ROOT / ".ci" / "run").read_text()
    assert "\nuv run pytest\n" in gate


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_every_command_is_named_in_the_readme() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        assert re.search(rf"seggwat-nb {command.callback.__name__}\b", README)


def test_every_setting_is_in_the_table() -> None:
    for name in re.findall(r"``(SEGGWAT_\w+)``", str(config.__doc__)):
        assert f"| `{name}` |" in PAGES["docs/howto/settings.md"], name


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_links_to_is_there(page: str) -> None:
    made = [ROOT / "docs" / "notebooks" / path.name for path in (ROOT / "notebooks").glob("*.ipynb")]
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGES[page]):
        path = (ROOT / page).parent / target
        assert path.exists() or path.resolve() in made, target


def test_every_chart_is_in_the_gallery_in_a_section_of_its_name() -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGES["docs/gallery.md"], re.DOTALL | re.MULTILINE))
    differing = {*sections} ^ {*charts.__all__}
    assert not differing, f"docs/gallery.md needs one section `### name` for each chart: {differing}"
    for name, section in sections.items():
        assert f"sw.charts.{name}(" in section


RETIRED = (
    r"\b(what was got|go on|anybody|slip|none given|is no|mend(ed|s)?|not whole|told|try again|people who wrote)\b"
)


@pytest.mark.parametrize("path", [*PAGES, *(f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb"))])
def test_texts_keep_to_plain_words(path: str) -> None:
    assert not re.findall(RETIRED, (ROOT / path).read_text(encoding="utf-8"), re.IGNORECASE)


def test_every_page_is_reached_from_the_first() -> None:
    """Sphinx warns of a page outside of every table of contents; this holds without it."""
    for folder in ("docs", "docs/howto", "docs/api"):
        own = {Path(page).stem for page in PAGES if Path(page).parent == Path(folder)} - {"index"}
        tables = re.findall(r"\{toctree\}\n(.*?)```", "".join(PAGES.values()), re.DOTALL)
        assert own <= {line.split("/")[-1] for table in tables for line in table.splitlines()}
