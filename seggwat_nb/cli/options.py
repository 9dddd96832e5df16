"""Options that several commands share."""

from __future__ import annotations

import inspect
import json
import sys
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, ParamSpec, get_type_hints

import typer

from seggwat_nb.files import THEMES_FILE
from seggwat_nb.relative_dates import DATE_FORMATS
from seggwat_nb.text import join_words, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.theme_file import Taxonomy

__all__ = [
    "SELECTION",
    "Demo",
    "Force",
    "NoRatings",
    "Project",
    "Refresh",
    "RefreshMode",
    "Resource",
    "Search",
    "TimeZone",
    "Unmasked",
    "echo",
    "echo_json",
    "selection_of",
    "selects",
    "taxonomy_of",
]


_P = ParamSpec("_P")

_SHOWN: Final = 8
"""Maximum number of themes that a message lists."""


def echo(text: object, *, nl: bool = True, err: bool = False) -> None:
    """Print a result. What strangers wrote cannot move the cursor, clear the screen or hide other text."""
    typer.echo(printable(str(text)), nl=nl, err=err)


def echo_json(value: object) -> None:
    """Print a result for programs. Letters that stdout cannot encode are escaped, so that it remains JSON."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    echo(text)


class Resource(StrEnum):
    """The lists a project has."""

    feedback = "feedback"
    ratings = "ratings"


class RefreshMode(StrEnum):
    """How stored data is brought up to date."""

    auto = "auto"
    verify = "verify"
    full = "full"
    never = "never"


Demo = Annotated[bool, typer.Option("--demo", help="Use the demo project, with synthetic data.")]
Project = Annotated[
    str | None, typer.Option("--project", metavar="ID", help="The project; SEGGWAT_PROJECT_ID by default.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
NoRatings = Annotated[
    bool, typer.Option("--no-ratings", help="Don't load ratings, for a token that may not read them.")
]
Refresh = Annotated[
    RefreshMode,
    typer.Option(
        "--refresh",
        case_sensitive=False,
        help="What to request: auto (what may have changed), verify (every status, too), full (every item again), "
        "never (nothing).",
    ),
]
Unmasked = Annotated[bool, typer.Option("--unmasked", help="Don't mask personal data.")]
Search = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="SEARCH",
        help="Only items that match this search: 'payment \"credit card\" -refund a OR b type:bug since:28d'.",
    ),
]
TimeZone = Annotated[
    str,
    typer.Option(
        "--time-zone",
        metavar="ZONE",
        help="Time zone of days and dates, such as Europe/Berlin. A preset has its own.",
    ),
]


def _several(column: str, example: str) -> Any:  # noqa: ANN401  # a type, made at run time
    help_text = f"Only this {column}, such as {example}; may be repeated."
    return Annotated[list[str] | None, typer.Option(f"--{column}", metavar=column.upper(), help=help_text)]


SELECTION: Final[Mapping[str, Any]] = {
    "type": _several("type", "Bug, ignoring case"),
    "status": _several("status", "New, ignoring case"),
    "source": _several("source", "Widget, ignoring case"),
    "version": _several("version", "2.4.0, in any spelling"),
    "path": _several("path", "/checkout, and all below it"),
    "submitted_by": _several("submitter", "ann@example.com"),
    "theme": _several("theme", "Checkout, and all within it"),
    "language": _several("language", "de, detected in messages"),
    "themes": Annotated[
        Path | None,
        typer.Option(
            "--themes",
            metavar="FILE",
            help=f"Tag items with the themes in this file; --theme reads {THEMES_FILE} by default.",
        ),
    ],
    "text": Annotated[
        str | None,
        typer.Option("--text", "--search", metavar="TEXT", help="Only messages with this text, ignoring case."),
    ],
    "where": Search,
    "since": Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help=f"Only items from this date on, in --time-zone: {DATE_FORMATS}."),
    ],
    "until": Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Only items before this date, in the same formats.")
    ],
    "allow": Annotated[
        list[str] | None,
        typer.Option(
            "--allow", metavar="VALUE", help="Accept this type, status or source even though it looks like a typo."
        ),
    ],
    "preset": Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help="Only items that a preset in this folder selects.")
    ],
}
"""The option for each field of a filter, for ``themes`` and for ``preset``: the same for every command."""


def selects(command: Callable[_P, None]) -> Callable[..., None]:
    """Give a command the options of `SELECTION` and ``--time-zone``, and pass it the filter they make as ``where``.

    They take the places of ``where`` and ``time_zone`` among its parameters. ``taxonomy`` has the themes to tag items
    with before they are filtered, or is None. A command with ``preset_name`` gets the preset's name, or None.
    """

    @wraps(command)
    def run(*_: Any, **options: Any) -> None:  # noqa: ANN401  # whatever the command takes
        given = {name: options.pop(name) for name in SELECTION}
        chosen = {name: None if value == [] else value for name, value in given.items()}
        file = chosen.pop("themes")
        if "preset_name" in names:
            options["preset_name"] = chosen["preset"]
        where = selection_of(chosen, time_zone=options["time_zone"])
        command(**options, where=where, taxonomy=taxonomy_of(where, file))  # type: ignore[call-arg, arg-type]  # its own parameters and these

    names = inspect.signature(command).parameters
    own = names.values()
    added = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in SELECTION]
    zone = inspect.Parameter("time_zone", inspect.Parameter.KEYWORD_ONLY, default="UTC")
    stands_for: dict[str, list[inspect.Parameter]] = {"where": [*added, zone], "taxonomy": [], "preset_name": []}
    parameters = [one for each in own for one in stands_for.get(each.name, [each])]
    hints = get_type_hints(command, localns={"FeedbackFilter": object, "Taxonomy": object}, include_extras=True)
    parameters = [
        one.replace(annotation={**hints, **SELECTION, "time_zone": TimeZone}[one.name])
        for one in parameters
        if one is zone or one.name != "time_zone"
    ]
    run.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": None}
    setattr(run, "__signature__", inspect.Signature(parameters))  # noqa: B010  # which functions have, and mypy not
    return run


def selection_of(chosen: dict[str, Any], *, time_zone: str) -> FeedbackFilter:
    """Make a filter from the options that select items, or load the preset that one of them names."""
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels import presets

    preset, search = chosen.pop("preset"), chosen.pop("where")
    FeedbackFilter(time_zone=time_zone)  # Refuses an unknown zone.
    if preset is None:
        single = FeedbackFilter(**chosen, time_zone=time_zone)
        if search is None:
            return single
        allow = chosen.get("allow")
        FeedbackFilter.parse(search, allow=allow, time_zone=time_zone)  # Refuses an incomplete search.
        return FeedbackFilter.parse(f"{search} {single.to_search()}", allow=allow, time_zone=time_zone)
    if search is not None or any(value is not None for value in chosen.values()):
        raise typer.BadParameter("Give --preset or single filters, not both.")
    return presets.load(preset)


def taxonomy_of(where: FeedbackFilter, file: Path | None) -> Taxonomy | None:
    """Read the themes in a file, which must include those of the filter; None if neither names any."""
    from seggwat_nb.filter_fields import as_set
    from seggwat_nb.filter_queries import parse

    terms = [term for clause in parse(where.search or "") for term in clause if term.key == "theme"]
    chosen, left_out = (as_set("theme", values) or () for values in (where.theme, where.not_theme))
    asked = [*chosen, *left_out, *(value for term in terms for value in term.values)]
    if file is None and not asked:
        return None
    from difflib import get_close_matches

    from seggwat_nb.errors import ArgumentError
    from seggwat_nb.theme_file import Taxonomy

    file = file or Path(THEMES_FILE)
    taxonomy = Taxonomy.read(file)
    known = taxonomy.names()
    for name in asked:
        if name not in known:
            close = get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f'Did you mean "{close[0]}"?' if close else f"It has {join_words(known[:_SHOWN])}." if known else ""
            raise ArgumentError(f'theme="{name}" is not in {file}. {hint}'.strip())
    return taxonomy
