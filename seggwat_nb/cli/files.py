"""Commands that write a file: an export or a report."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seggwat_nb.cli.connection import add_tags, one_project, open_client, say_origin
from seggwat_nb.cli.options import (
    Demo,
    Force,
    NoRatings,
    Project,
    Refresh,
    RefreshMode,
    Resource,
    Unmasked,
    echo,
    selects,
)
from seggwat_nb.environment import is_quiet
from seggwat_nb.errors import ArgumentError, SeggwatError
from seggwat_nb.files import expand_home
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from seggwat_nb.client import Client
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.theme_file import Taxonomy

__all__ = ["export", "report"]


class Format(StrEnum):
    """File formats of a report."""

    html = "html"
    pdf = "pdf"
    ipynb = "ipynb"
    md = "md"


class Period(StrEnum):
    """Periods of a report."""

    week = "1w"
    month = "1mo"
    quarter = "1q"


@selects
def export(
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write: .parquet, .csv, .jsonl or .xlsx.")],
    resource: Annotated[Resource, typer.Option(help="The list to write.", case_sensitive=False)] = Resource.feedback,
    project: Project = None,
    where: FeedbackFilter,
    taxonomy: Taxonomy | None,
    time_zone: str,
    share: Annotated[bool, typer.Option("--share", help="Mask personal data, to share the file.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Keep all text of a .csv unchanged, for programs. Not for spreadsheets.")
    ] = False,
    force: Force = False,
    refresh: Refresh = RefreshMode.auto,
    demo: Demo = False,
) -> None:
    """Write items or ratings to a file.

    Personal data is masked only with --share.
    """
    from seggwat_nb.schema import FEEDBACK_ONLY, unknown_values
    from seggwat_nb.share import export as files
    from seggwat_nb.share import privacy

    unknown = where.columns & set(FEEDBACK_ONLY)
    if resource is Resource.ratings and (unknown or where.allow or taxonomy):
        raise ArgumentError(
            "Ratings have no type, status, source, theme, language or message, so they cannot be filtered by these. "
            "Leave these out."
        )
    target = files.check_target(out)
    if plain and target.suffix.lower() != ".csv":
        raise ArgumentError("--plain is for .csv files only. Other formats keep all text unchanged.")
    with open_client(demo=demo) as client:
        _check_unused(target, force=force)
        load = client.feedback if resource is Resource.feedback else client.ratings
        frame = add_tags(load(project_id=project, refresh=refresh.value), where, taxonomy)
    selected = where.apply(frame)
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
    _confirm(f"{count_of(selected.height, 'row')} written to {target}")


def _submitters_of_other_list(client: Client, resource: Resource, project: str | None) -> list[str]:
    """Return the submitters of the project's other list, if it is stored, since their ids may occur in these texts."""
    from seggwat_nb.share import privacy

    load = client.ratings if resource is Resource.feedback else client.feedback
    try:
        return privacy.submitters(load(project_id=project, refresh="never"))
    except SeggwatError:  # It is not stored, and an export loads one list only.
        return []


@selects
def report(
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A .html, .pdf, .ipynb or .md file; report.html by default."),
    ] = None,
    format: Annotated[  # noqa: A002  # what everybody calls it
        Format | None, typer.Option(help="The format; by default that of --out, else html.", case_sensitive=False)
    ] = None,
    project: Project = None,
    period: Annotated[
        Period, typer.Option(help="Length of each bar, and of the comparison.", case_sensitive=False)
    ] = Period.month,
    since_report: Annotated[
        str | None,
        typer.Option(
            "--since-report",
            metavar="FILE",
            help="An earlier .html report, or a date: add what is new, closed, reopened and reported again since then.",
        ),
    ] = None,
    where: FeedbackFilter,
    taxonomy: Taxonomy | None,
    time_zone: str,
    notebook: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Run your own notebook instead of the report's.")
    ] = None,
    no_ratings: NoRatings = False,
    unmasked: Unmasked = False,
    force: Force = False,
    refresh: Refresh = RefreshMode.auto,
    demo: Demo = False,
) -> None:
    """Write a report as one offline file."""
    from seggwat_nb.extras import require

    require("Reports")
    from seggwat_nb.share.export import check_target
    from seggwat_nb.share.report.run import FORMATS, check_notebook
    from seggwat_nb.share.report.run import report as write

    if out is not None and not str(out).strip("."):
        raise ArgumentError(f"{str(out)!r} is not a file name. Pass one with --out.")
    if out is not None and expand_home(out).is_dir():
        raise ArgumentError(f"{out} is a folder. Choose a file name.")
    suffix = f".{format.value}" if format else (out.suffix if out and out.suffix else ".html")
    target = (out or Path("report")).with_suffix(suffix)
    target = check_target(target, suffixes=FORMATS)
    check_notebook(notebook)
    with open_client(demo=demo) as client:
        _check_unused(target, force=force)
        data = client.load(project_id=project, time_zone=time_zone, refresh=refresh.value, ratings=not no_ratings)
        tagged = add_tags(data, where, taxonomy)
        options: dict[str, Any] = {"period": period.value, "since_report": since_report, "masked": not unmasked}
        write(tagged, target, notebook=notebook, where=where, **options)
        if (about := data.provenance("feedback")) is not None:
            say_origin(about)
    _confirm(f"Written: {target}")


def _confirm(done: str) -> None:
    """Print that a file was written, unless messages are off."""
    if not is_quiet():
        echo(done)


def _check_unused(target: Path, *, force: bool) -> Path:
    """Refuse to replace a file without --force; checked after everything else."""
    if target.exists() and not force:
        raise ArgumentError(f"{target} already exists. Add --force to replace it, or choose another name with --out.")
    return target
