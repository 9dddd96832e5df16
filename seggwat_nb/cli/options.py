"""Options that several commands have."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from seggwat_nb.relative_dates import DATE_FORMATS, parse_date

if TYPE_CHECKING:
    from datetime import date

    from seggwat_nb.filters import FeedbackFilter

__all__ = [
    "Allowed",
    "Demo",
    "Force",
    "Project",
    "Refresh",
    "Resource",
    "Search",
    "Since",
    "Statuses",
    "Types",
    "Unmasked",
    "Until",
    "parsed_date",
    "selection",
]


class Resource(StrEnum):
    """The lists a project has."""

    feedback = "feedback"
    ratings = "ratings"


class Refresh(StrEnum):
    """When rows are fetched."""

    auto = "auto"
    verify = "verify"
    full = "full"
    never = "never"


Demo = Annotated[bool, typer.Option("--demo", help="Work on the demo project; its data are synthetic.")]
Project = Annotated[
    str | None, typer.Option("--project", metavar="ID", help="The project; SEGGWAT_PROJECT_ID by default.")
]
Statuses = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="STATUS", help="Only this status, such as New, in any case; may be repeated."),
]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", help="Only this type, such as Bug, in any case; may be repeated."),
]
Allowed = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="VALUE", help="Accept this status or type even though it looks like a typo."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
Search = Annotated[str | None, typer.Option("--search", metavar="TEXT", help="Only messages with this, in any case.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help=f"Items from then on, in --time-zone: {DATE_FORMATS}.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Items before then, in the same formats.")]
Unmasked = Annotated[bool, typer.Option("--unmasked", help="Don't mask personal data.")]


def selection(
    *,
    status: list[str] | None,
    type: list[str] | None,  # noqa: A002  # the API's word
    allow: list[str] | None,
    search: str | None,
    since: str | None,
    until: str | None,
    time_zone: str,
) -> FeedbackFilter:
    """Make a filter of the options that select items."""
    from seggwat_nb.filters import FeedbackFilter

    return FeedbackFilter(
        status=status or None,
        type=type or None,
        text=search,
        allow=allow,
        since=parsed_date("since", since, time_zone=time_zone),
        until=parsed_date("until", until, time_zone=time_zone),
        time_zone=time_zone,
    )


def parsed_date(name: str, text: str | None, *, time_zone: str = "UTC") -> date | None:
    """Read the date that an option gives, as an argument of a filter."""
    from seggwat_nb.filters import FeedbackFilter

    FeedbackFilter(time_zone=time_zone)  # Refuses an unknown zone.
    return None if text is None else parse_date(name, text, now=datetime.now(UTC), time_zone=time_zone)
