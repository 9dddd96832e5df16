"""Commands that write a file: an export or a report."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seggwat_nb.cli.connection import connected, one_project, say_load, say_origin
from seggwat_nb.cli.options import (
    Allowed,
    Demo,
    Force,
    Project,
    Refresh,
    Resource,
    Search,
    Since,
    Statuses,
    Types,
    Unmasked,
    Until,
    selection,
)
from seggwat_nb.environment import is_quiet
from seggwat_nb.errors import ArgumentError, SeggwatError
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from seggwat_nb.client import Client

__all__ = ["export", "report"]


class Format(StrEnum):
    """File formats of a report."""

    html = "html"
    pdf = "pdf"
    ipynb = "ipynb"


class Period(StrEnum):
    """Periods of a report."""

    week = "1w"
    month = "1mo"
    quarter = "1q"


def export(
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write: .parquet, .csv, .jsonl or .xlsx.")],
    resource: Resource = Resource.feedback,
    project: Project = None,
    status: Statuses = None,
    type: Types = None,  # noqa: A002  # the API's word
    allow: Allowed = None,
    search: Search = None,
    since: Since = None,
    until: Until = None,
    time_zone: Annotated[str, typer.Option(help="Time zone of days and times, such as Europe/Berlin.")] = "UTC",
    share: Annotated[bool, typer.Option("--share", help="Mask personal data, to share the file.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Keep all text of a .csv unchanged, for programs. Not for spreadsheets.")
    ] = False,
    force: Force = False,
    refresh: Refresh = Refresh.auto,
    demo: Demo = False,
) -> None:
    """Write items or ratings to a file.

    Personal data is masked only with --share.
    """
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.schema import unknown_values
    from seggwat_nb.share import export as files
    from seggwat_nb.share import privacy

    if resource is Resource.ratings and (status or type or allow or search):
        raise ArgumentError(
            "Ratings have no status, type or message. Leave out --status, --type, --allow and --search."
        )
    where = selection(
        status=status, type=type, allow=allow, search=search, since=since, until=until, time_zone=time_zone
    )
    target = files.check_target(out)
    if plain and target.suffix.lower() != ".csv":
        raise ArgumentError("--plain is for .csv files only. Other formats keep all text unchanged.")
    with connected(demo=demo) as client:
        _check_unused(target, force=force)
        if resource is Resource.feedback:
            frame = client.feedback(
                status=where.status,
                type=where.type,
                search=where.text,
                allow=where.allow,
                project_id=project,
                refresh=refresh.value,
            )
        else:
            frame = client.ratings(project_id=project, refresh=refresh.value)
    selected = FeedbackFilter(since=where.since, until=where.until, time_zone=time_zone).apply(frame)
    if client.last_load is not None:
        about = replace(
            client.last_load, rows=selected.height, selection=where.describe(), unknown=unknown_values(selected)
        )
        say_origin(about)
    if share:
        _, folder = one_project(client)
        salt = privacy.salt(folder)
        people = [*privacy.submitters(frame), *_submitters_of_other_list(client, resource, project)]
        files.share(
            selected, target, salt=salt, people=people, time_zone=time_zone, plain=plain, token=client.settings.token
        )
    else:
        files.export(selected, target, time_zone=time_zone, plain=plain)
    _confirm(f"{counted(selected.height, 'row')} written to {target}")


def _submitters_of_other_list(client: Client, resource: Resource, project: str | None) -> list[str]:
    """Return the submitters of the project's other list, if it is stored: their ids may occur in these texts."""
    from seggwat_nb.share import privacy

    load = client.ratings if resource is Resource.feedback else client.feedback
    try:
        return privacy.submitters(load(project_id=project, refresh="never"))
    except SeggwatError:  # It is not stored, and an export loads one list only.
        return []


def report(
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write; report.html, .pdf or .ipynb by default.")
    ] = None,
    format: Annotated[Format | None, typer.Option(help="The format; by default that of --out, else html.")] = None,  # noqa: A002  # what everybody calls it
    project: Project = None,
    period: Annotated[Period, typer.Option(help="Length of a bar, and of the comparison.")] = Period.month,
    time_zone: Annotated[str, typer.Option(help="The zone whose days are counted, such as Europe/Berlin.")] = "UTC",
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Use the filters of a preset in this folder.")
    ] = None,
    status: Statuses = None,
    type: Types = None,  # noqa: A002  # the API's word
    allow: Allowed = None,
    search: Search = None,
    since: Since = None,
    until: Until = None,
    notebook: Annotated[Path | None, typer.Option(metavar="FILE", help="Run a notebook of your own.")] = None,
    unmasked: Unmasked = False,
    force: Force = False,
    refresh: Refresh = Refresh.auto,
    demo: Demo = False,
) -> None:
    """Write a report as one offline file."""
    from seggwat_nb.extras import require

    require("Reports")
    from seggwat_nb.panels import presets
    from seggwat_nb.share.export import check_target
    from seggwat_nb.share.report.run import FORMATS, check_notebook
    from seggwat_nb.share.report.run import report as write

    if out is not None and not out.name:
        raise ArgumentError(f"{str(out)!r} is not the name of a file. Pass one with --out.")
    suffix = f".{format.value}" if format else (out.suffix if out and out.suffix else ".html")
    target = (out or Path("report")).with_suffix(suffix)
    where = selection(
        status=status, type=type, allow=allow, search=search, since=since, until=until, time_zone=time_zone
    )
    if preset is not None:
        if any((status, type, allow, search, since, until)):
            raise typer.BadParameter("Give --preset or single filters, not both.")
        where = presets.load(preset)
    check_target(target, suffixes=FORMATS)
    check_notebook(notebook)
    with connected(demo=demo) as client:
        _check_unused(target, force=force)
        write(
            client,
            target,
            notebook=notebook,
            project_id=project,
            period=period.value,
            time_zone=time_zone,
            where=where,
            refresh=refresh.value,
            masked=not unmasked,
        )
        say_load(client)
    _confirm(f"Written: {target}")


def _confirm(done: str) -> None:
    """Print that a file was written, unless messages are off."""
    if not is_quiet():
        typer.echo(done)


def _check_unused(target: Path, *, force: bool) -> Path:
    """Refuse to replace a file without --force; checked last, after all other mistakes."""
    if target.exists() and not force:
        raise ArgumentError(f"{target} already exists. Add --force to replace it, or choose another name with --out.")
    return target
