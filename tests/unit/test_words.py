"""What people read is in plain English: no text has one of the phrases that the project has retired."""

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from seggwat_nb.cli.entry_point import app

ROOT = Path(__file__).parents[2]

RETIRED = re.compile(
    r"""
    what\ (?:was|were)\ got | rows\ got\b | \btry\ again\b | \banew\b | \bgo(?:es)?\ on\b
    | (?<!here)\ (?:is|are)\ no\ (?!longer\b|more\b) | asks?\ for\ nothing | requests?\ nothing\ from
    | \bnot\ whole\b | \bslips?\b | \bclumps?\b | \bmend(?:s|ed|ing)?\b | \bsurely\b | \bvery\ same\b
    | people\ who\ wrote | who\ signed | none\ given | \badded\ up\b | less\ sure | cannot\ be\ meant
    | \b(?:client|trends|ratings|releases|lifecycle)\.\w+(?:\(\))?\ gave\b | at\ the\ least\b | \bnobody\ tells\b
    | \bput(?:s|ting)?\ (?:\w+\ )?aside\b | \b(?:is|are|was|were)\ told\b(?!\ apart)
    | \btells?\ (?:of|which|what|whether)\b | \bsurest\b | \bsurer\b | \bfirst\ sight\b | \bas\ of\ when\b | \bwants\b
    | \bnothing\ of\ it\b | \bas\ whom?\b
    | \bpast\ moment | \bin\ the\ place\ of\b | \bfit\ for\ other\b | \bof\ (?:yours|ours)\b
    | \bbeside\ (?:the|this|your)\ notebook\b | \b(?:few|fewer|most|without)\ answers\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Phrases of this project's past that no native writer would use; chosen so that correct English has none of them."""

TEXTS_OF_OTHERS = {"seggwat_nb/demo/phrases.py", "seggwat_nb/demo/story.py"}
"""What the people of the demo project say is theirs."""


def words_of(source: str) -> Iterator[tuple[int, str]]:
    """Give the string literals of Python code, docstrings among them, and its comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Give what people read of a file, with its line: all of it, but of code the literals, docstrings and comments."""
    content = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            yield from words_of(content)
        case ".ipynb":
            cells = [cell for cell in json.loads(content)["cells"] if cell["cell_type"] == "markdown"]
            yield from ((number, "".join(cell["source"])) for number, cell in enumerate(cells, start=1))
        case _:
            yield from enumerate(content.splitlines(), start=1)


def readable() -> dict[str, list[Path]]:
    """List the files that people read something of, by kind."""
    package = ROOT / "seggwat_nb"
    return {
        "code": [path for path in package.rglob("*.py") if path.relative_to(ROOT).as_posix() not in TEXTS_OF_OTHERS],
        "scripts": [*(package / "web").rglob("*.js")],
        "notebooks": [*(ROOT / "notebooks").glob("*.ipynb")],
        "styles": [*(package / "web").rglob("*.css")],
        "documentation": [*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")],
        "templates": [*(ROOT / ".github").glob("**/*.md"), *(ROOT / ".github").glob("ISSUE_TEMPLATE/*.yml")],
    }


@pytest.mark.parametrize("kind", readable())
def test_no_text_has_a_retired_phrase(kind: str) -> None:
    paths = readable()[kind]
    assert paths
    found = [
        f"{path.relative_to(ROOT)}:{line}: {phrase[0]!r} in {text[:100]!r}"
        for path in paths
        for line, text in texts(path)
        if (phrase := RETIRED.search(" ".join(text.split())))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "is_retired"),
    [
        ("an error that carries what was got", True),
        ("'x' is no moment", True),
        ("Try again when it is done.", True),
        ("the hatched weeks are not whole", True),
        ("A status that looks like a slip", True),
        ("2 findings are put aside", True),
        ("The page does not tell which came first.", True),
        ("items as of a past moment", True),
        ("It is too short to tell.", False),
        ("There is no notebook x.", False),
        ("This panel is no longer open.", False),
        ("The whole list was loaded.", False),
    ],
)
def test_retired_phrases_spare_correct_english(text: str, is_retired: bool) -> None:  # a parameter
    assert bool(RETIRED.search(text)) is is_retired


def test_every_option_of_a_command_is_described() -> None:
    commands = typer.main.get_group(app).commands
    assert "report" in commands
    options = [(name, option) for name, command in commands.items() for option in command.params]
    bare = [f"{name} {option.opts}" for name, option in options if not getattr(option, "help", None)]
    assert not bare


@pytest.mark.parametrize("name", typer.main.get_group(app).commands)
def test_help_names_values_in_words(name: str) -> None:
    """`--most N` instead of `--most <int range>`."""
    helped = CliRunner().invoke(app, [name, "--help"])
    assert helped.exit_code == 0
    assert not re.findall(r"--.*<[\w ]+>", helped.output)
