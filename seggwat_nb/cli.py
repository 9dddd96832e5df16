"""``seggwat-nb``: the package from a shell. Thin; each command composes what the notebooks use."""

from __future__ import annotations

import json
import logging
import re
import sys
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from seggwat_nb import __version__, progress
from seggwat_nb.errors import (
    ArgumentError,
    IncompleteError,
    LockedError,
    NoKeyError,
    SeggwatError,
)
from seggwat_nb.progress import is_quiet, quiet, say
from seggwat_nb.relative_dates import DATE_FORMATS, parse_date
from seggwat_nb.text import counted, in_shell, is_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import polars as pl

    from seggwat_nb.client import Client
    from seggwat_nb.config import Settings
    from seggwat_nb.schema import Provenance
    from seggwat_nb.share.delivery.reopen import Return

__all__ = ["main"]

_UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""Whatever is wrong with the words of a command; typer has no public name for it."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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


class Format(StrEnum):
    """What a report is written as."""

    html = "html"
    pdf = "pdf"
    ipynb = "ipynb"


class Period(StrEnum):
    """What a report is of, and compares."""

    week = "1w"
    month = "1mo"
    quarter = "1q"


class WriteBack(StrEnum):
    """How an item is marked that has an issue."""

    note = "note"
    active = "active"


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
Unmasked = Annotated[bool, typer.Option("--unmasked", help="Don't mask personal data.")]


def main() -> None:
    """Run a command. Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    warnings.showwarning = _show_warning
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # It may be closed, or narrower than what people write.
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(prog_name="seggwat-nb", standalone_mode=False))
    except _UsageError as error:
        _fail_usage(error)
    except typer.Abort:  # the input has ended
        sys.exit(1)
    except SeggwatError as error:
        print(f"seggwat-nb: {_in_shell(error)}", file=sys.stderr)  # noqa: T201  # a command speaks here
        if isinstance(error, NoKeyError):
            print("Or add --demo to work on the demo project.", file=sys.stderr)  # noqa: T201  # as above
        sys.exit(1)
    except OSError as error:  # of the disk, such as a full one below the system's folder for temporary files
        where = f" ({error.filename})" if error.filename else ""
        print(  # noqa: T201  # as above
            f"seggwat-nb: {error.strerror or error}{where}. Free some disk space, and check that you may write there.",
            file=sys.stderr,
        )
        sys.exit(1)


def _fail_usage(error: Any) -> NoReturn:  # noqa: ANN401  # typer keeps the class to itself
    """Say what is wrong with the words of a command, without the words of the library that reads options."""
    error.message = re.sub(r"^Input should be ([^,]+).*", r"must be \1", error.message.removeprefix("Value error, "))
    if type(error) is typer.BadParameter and error.param is None:
        error = _UsageError(error.message)  # of two options, each of which is valid
    error.show()
    sys.exit(error.exit_code)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning as a command says things: no line of code."""
    print(f"seggwat-nb: warning: {_in_shell(message)}", file=sys.stderr)  # noqa: T201  # a command speaks here


def _in_shell(error: Exception | str) -> str:
    """Word a message for a shell: the options of the commands are named as the arguments of Python are."""
    command = typer.main.get_command(app)
    parameters = [parameter for one in getattr(command, "commands", {}).values() for parameter in one.params]
    options = {parameter.name: max(parameter.opts, key=len) for parameter in parameters if parameter.name}
    return in_shell(str(error), options | {"text": "--search", "project_id": "--project"})


def _print_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it so
    if asked:
        typer.echo(f"seggwat-nb {__version__}")
        raise typer.Exit


@app.callback()
def seggwat_nb(
    context: typer.Context,
    *,
    hush: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results, warnings and errors only; as SEGGWAT_NB_QUIET=1.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print the log to stderr: each request.")] = False,
    version: Annotated[  # noqa: ARG001  # its callback prints it
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Understand user feedback from SeggWat. Settings: SEGGWAT_API_KEY, SEGGWAT_PROJECT_ID, or a .env file."""
    if hush:
        context.with_resource(quiet())
    if verbose:
        context.with_resource(_logged())


@contextmanager
def _logged() -> Iterator[None]:
    """Write the log to stderr, but what is printed there anyway."""
    logger, handler = logging.getLogger("seggwat_nb"), logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    handler.addFilter(lambda record: is_quiet() or record.name != progress.__name__)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


@app.command()
def lab(
    folder: Annotated[Path | None, typer.Argument(help="Where your copy of the notebooks is kept.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to serve on; a free one by default.")] = None,
    browser: Annotated[
        bool | None, typer.Option(help="Whether to open a browser; where there is a display by default.")
    ] = None,
) -> None:
    """Open JupyterLab on the first notebook.

    Without settings the notebooks show the demo project.
    """
    from seggwat_nb import lab as notebooks
    from seggwat_nb.extras import require

    require("Notebooks")

    sys.exit(notebooks.launch(notebooks.working_copy(folder), port=port, browser=browser))


@app.command()
def demo(
    *,
    port: Annotated[int, typer.Option(help="The port to serve on; 0 takes a free one.")] = 8765,
    limit: Annotated[int, typer.Option(help="Requests a minute that the server allows; 0 is unlimited.")] = 0,
) -> None:
    """Serve the demo project until Ctrl-C.

    Prints the settings that lead to it.
    """
    from seggwat_nb.demo import DemoServer, Limit, demo_service

    with DemoServer(demo_service(), port=port, limit=Limit(requests=limit)) as server:
        typer.echo(f"export SEGGWAT_API_URL={server.url}")
        typer.echo(f"export SEGGWAT_API_KEY={server.token}")
        typer.echo(f"export SEGGWAT_PROJECT_ID={server.project_id}")
        typer.echo(f"export SEGGWAT_NB_REQUESTS_PER_MINUTE={limit}")
        say("# The demo project, synthetic data. Ctrl-C ends it.")
        server.wait()


@app.command()
def plan(*, project: Project = None, demo: Demo = False) -> None:
    """Print how long a load will take."""
    with _connected(demo=demo) as client:
        for resource in Resource:
            cost = client.plan(resource=resource.value, project_id=project)
            typer.echo(f"{resource.value}: {cost}")


@app.command()
def pull(
    *,
    project: Project = None,
    everything: Annotated[bool, typer.Option("--all", help="Every project of the organisation.")] = False,
    refresh: Refresh = Refresh.auto,
    max_requests: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Stop before it takes more requests than this.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON, for a scheduler.")] = False,
    demo: Demo = False,
) -> None:
    """Bring stored feedback and ratings up to date."""
    if everything and project is not None:
        raise typer.BadParameter("Give --project or --all, not both.")
    done: list[Provenance] = []
    failed: list[IncompleteError] = []
    with _connected(demo=demo, max_requests=max_requests) as client, _alone(client.settings):
        for load in (client.feedback, client.ratings):
            left = None if max_requests is None else max_requests - client.requests_sent
            before = client.last_load
            try:
                load(project_id="all" if everything else project, refresh=refresh.value, max_requests=left)
            except IncompleteError as error:
                if not error.failures:
                    raise
                failed.append(error)
            if client.last_load is not None and client.last_load is not before:
                _report(client)
                done.append(client.last_load)
    if as_json:
        told: dict[str, object] = {name: sum(getattr(one, name) for one in done) for name in ("new", "changed", "gone")}
        told["full"] = all(one.is_full for one in done)
        told["status_verified"] = all("status" in one.verified_fields for one in done if one.status_as_of is not None)
        told["forgotten"] = sum(one.forgotten for one in done)
        told["served_from"] = {one.resource: one.served_from for one in done}
        told["requests"] = sum(one.requests for one in done)
        if failed:
            told["failed"] = sorted({project for error in failed for project in error.failures})
        typer.echo(json.dumps(told))
    if failed:
        raise IncompleteError("\n".join(map(str, failed)))


@app.command()
def export(
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write: .parquet, .csv, .jsonl or .xlsx.")],
    resource: Resource = Resource.feedback,
    project: Project = None,
    status: Statuses = None,
    type: Types = None,  # noqa: A002  # the API's word
    allow: Allowed = None,
    search: Search = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help=f"Items from then on, in --time-zone: {DATE_FORMATS}.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Items before then, in the same formats.")] = None,
    time_zone: Annotated[str, typer.Option(help="The zone in which times are written and days begin.")] = "UTC",
    share: Annotated[bool, typer.Option("--share", help="For other people: mask personal data.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="A .csv for programs: every text as it is. Not for spreadsheets.")
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
    where = FeedbackFilter(
        status=status or None,
        type=type or None,
        text=search,
        allow=allow,
        since=_date("since", since, time_zone=time_zone),
        until=_date("until", until, time_zone=time_zone),
        time_zone=time_zone,
    )
    target = files.check_target(out)
    if plain and target.suffix.lower() != ".csv":
        raise ArgumentError("--plain is for .csv files only; the other formats hold every text as it is.")
    with _connected(demo=demo) as client:
        _unused(target, force=force)
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
        say(about.describe(after_refreshed=about.requests > 0))
    if share:
        _, folder = _one_project(client)
        salt = privacy.salt(folder)
        people = [*privacy.submitters(frame), *_submitters_of_other_list(client, resource, project)]
        files.share(
            selected, target, salt=salt, people=people, time_zone=time_zone, plain=plain, token=client.settings.token
        )
    else:
        files.export(selected, target, time_zone=time_zone, plain=plain)
    _confirm(f"{counted(selected.height, 'row')} written to {target}")


def _submitters_of_other_list(client: Client, resource: Resource, project: str | None) -> list[str]:
    """Name who submitted to the project's other list, as far as it is stored: their ids may stand in these texts."""
    from seggwat_nb.share import privacy

    load = client.ratings if resource is Resource.feedback else client.feedback
    try:
        return privacy.submitters(load(project_id=project, refresh="never"))
    except SeggwatError:  # Nothing is stored of it, and an export asks for one list only.
        return []


@app.command()
def digest(
    *,
    project: Project = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help=f"Where the first digest begins, in UTC; a day ago by default: {DATE_FORMATS}."
        ),
    ] = None,
    unmasked: Unmasked = False,
    refresh: Refresh = Refresh.auto,
    demo: Demo = False,
) -> None:
    """Post what is new to a Slack channel.

    SLACK_WEBHOOK_URL is the address of its incoming webhook. What was posted before is left out.
    """
    from seggwat_nb.config import environment
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.share import privacy
    from seggwat_nb.share.delivery import slack
    from seggwat_nb.share.delivery.digest import compose
    from seggwat_nb.share.delivery.outbox import Ledger

    address = environment().get("SLACK_WEBHOOK_URL")
    is_set = address is not None and bool(address.value)
    webhook = None if dry_run and not is_set else slack.webhook_from(address.value if address is not None else None)
    first, _ = FeedbackFilter(since=_date("since", since)).moments
    with _connected(demo=demo) as client:
        frame = client.feedback(project_id=project, refresh=refresh.value)
        about, folder, token = *_one_project(client), client.settings.token
    _report(client)
    if webhook is None or dry_run:
        ledger = None if webhook is None else Ledger(slack.ledger_path(folder, webhook))
        salt = None if unmasked else privacy.salt(folder)
        messages = compose(frame, about=about, salt=salt, ledger=ledger, since=first, token=token)
        for message in messages:
            typer.echo(json.dumps(message.payload, indent=2, ensure_ascii=False))
    else:
        messages = slack.post(
            frame, about=about, webhook=webhook, folder=folder, masked=not unmasked, since=first, token=token
        )
    items = sum(len(message.keys) for message in messages)
    say(f"{counted(items, 'item')} in {counted(len(messages), 'message')} {'to be sent' if dry_run else 'sent'}.")


@app.command()
def issues(
    *,
    project: Project = None,
    create: Annotated[
        bool, typer.Option("--create/--dry-run", help="Create the issues, or print them and create nothing.")
    ] = False,
    label: Annotated[str, typer.Option(help="The label by which issues of ours are found again.")] = "seggwat",
    most: Annotated[int, typer.Option(min=1, help="Issues that one run creates at most.")] = 10,
    write_back: Annotated[
        WriteBack | None, typer.Option(help="Mark items that have an issue: with its link, or as Active.")
    ] = None,
    reopen: Annotated[
        bool,
        typer.Option(
            "--reopen", help="Comment on closed issues that are reported again, and open them; with --create."
        ),
    ] = False,
    unmasked: Unmasked = False,
    refresh: Refresh = Refresh.auto,
    demo: Demo = False,
) -> None:
    """Create GitHub issues for new bugs.

    Requires GITHUB_REPOSITORY and GITHUB_TOKEN. A bug that is reported again after its issue was closed is named, or
    with --reopen commented on there.
    """
    from seggwat_nb.config import environment
    from seggwat_nb.share import privacy
    from seggwat_nb.share.delivery import github
    from seggwat_nb.share.delivery import reopen as back

    if write_back and not create:
        raise typer.BadParameter("--write-back changes items: it goes with --create only.")
    if reopen and not create:
        raise typer.BadParameter("--reopen changes issues: it goes with --create only.")
    named = environment()
    has_token = "GITHUB_TOKEN" in named and bool(named["GITHUB_TOKEN"].value)
    repository = github.repository_from(named) if create or has_token else None
    with _connected(demo=demo) as client:
        frame = client.feedback(project_id=project, refresh=refresh.value)
        about, folder, token = *_one_project(client), client.settings.token
        _report(client)
        salt = None if unmasked else privacy.salt(folder)
        silent = github.without_text(frame)
        if silent:
            say(f"{counted(silent, 'new bug')} without a message left out.")
        filed = [] if repository is None else github.filed(repository, label=label)
        returned = back.returns(frame, filed, about=about, salt=salt, token=token)
        again = {key for one in returned for key in one.keys}
        if repository is None or not create:
            known = again if repository is None else github.told(repository, folder, filed) | again
            planned = github.compose(frame, about=about, salt=salt, known=known, label=label, token=token)
            for issue in planned:
                typer.echo(f"# {issue.title}\n\n{issue.body}")
            compared = "" if repository else " They were not compared with the repository: GITHUB_TOKEN is not set."
            say(f"{counted(len(planned), 'issue')} to be created, with --create.{compared}")
            _tell_returns(returned)
            return
        outcome = github.create(
            frame,
            about=about,
            repository=repository,
            folder=folder,
            masked=not unmasked,
            label=label,
            most=most,
            known=again,
            token=token,
        )
        for url, issue in outcome.created.items():
            typer.echo(f"{url}  {issue.title}")
        created = counted(len(outcome.created), "issue")
        say(f"{created} created, {outcome.left:,} left for the next run.")
        if reopen:
            for url in back.reopen(repository, returned):
                typer.echo(f"{url}  opened again")
        else:
            _tell_returns(returned)
        if write_back:
            _write_back(client, frame, outcome.links, write_back)


@app.command()
def report(
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write; report.html, .pdf or .ipynb by default.")
    ] = None,
    format: Annotated[Format | None, typer.Option(help="By the name's end, else html.")] = None,  # noqa: A002  # what everybody calls it
    project: Project = None,
    period: Annotated[Period, typer.Option(help="Compared, and a bar's length.")] = Period.month,
    time_zone: Annotated[str, typer.Option(help="The zone whose days are counted, such as Europe/Berlin.")] = "UTC",
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only what a preset of this folder selects.")
    ] = None,
    status: Statuses = None,
    type: Types = None,  # noqa: A002  # the API's word
    allow: Allowed = None,
    search: Search = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help=f"Items from then on, in --time-zone: {DATE_FORMATS}.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Items before then, in the same formats.")] = None,
    notebook: Annotated[Path | None, typer.Option(metavar="FILE", help="Run a notebook of your own.")] = None,
    unmasked: Unmasked = False,
    force: Force = False,
    refresh: Refresh = Refresh.auto,
    demo: Demo = False,
) -> None:
    """Write a report as one offline file."""
    from seggwat_nb.extras import require

    require("Reports")
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels import presets
    from seggwat_nb.share.export import check_target
    from seggwat_nb.share.report.run import FORMATS, check_notebook
    from seggwat_nb.share.report.run import report as write

    if out is not None and not out.name:
        raise ArgumentError(f"{str(out)!r} is not the name of a file. Pass one with --out.")
    suffix = f".{format.value}" if format else (out.suffix if out and out.suffix else ".html")
    target = (out or Path("report")).with_suffix(suffix)
    where = FeedbackFilter(
        status=status or None,
        type=type or None,
        text=search,
        allow=allow,
        since=_date("since", since, time_zone=time_zone),
        until=_date("until", until, time_zone=time_zone),
        time_zone=time_zone,
    )
    if preset is not None:
        if any((status, type, allow, search, since, until)):
            raise typer.BadParameter("Give --preset or single filters, not both.")
        where = presets.load(preset)
    check_target(target, suffixes=FORMATS)
    check_notebook(notebook)
    with _connected(demo=demo) as client:
        _unused(target, force=force)
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
        _report(client)
    _confirm(f"Written: {target}")


@app.command()
def doctor(*, demo: Demo = False) -> None:
    """Check settings, token, project and folders."""
    from seggwat_nb.doctor import examine

    healthy = True
    for finding in examine(lambda: _client(demo=demo)):
        typer.echo(finding)
        healthy = healthy and finding.ok
    if not healthy:
        raise typer.Exit(1)


@app.command()
def forget(
    *,
    item: Annotated[str | None, typer.Option(metavar="ID", help="An item of feedback or a rating.")] = None,
    submitter: Annotated[str | None, typer.Option(metavar="ID", help="Somebody, as in submitted_by.")] = None,
    project: Annotated[str | None, typer.Option(metavar="ID", help="A project of the service in the settings.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that this tool has stored.")] = False,
    demo: Demo = False,
) -> None:
    """Remove data stored on this machine.

    Of an item, a person or a project, or all of it. A person is looked for in every column and text, an e-mail address
    in any case. What the service holds stays and comes back with the next load. Your own exports, reports, notebooks
    and presets stay, too. With --demo, only what is stored of the demo project is removed.
    """
    from seggwat_nb.config import DEFAULT_BASE_URL, DEMO_PROJECT_IDS, DEMO_TOKEN, Settings
    from seggwat_nb.share.delivery import outbox
    from seggwat_nb.source import erasure

    asked = [option for option in (item, submitter, project, everything) if option]
    if len(asked) != 1:
        raise typer.BadParameter("Give exactly one of --item, --submitter, --project and --all.")
    if not everything and not is_text(asked[0]):
        raise ArgumentError("What is to be forgotten is not UTF-8. Copy the complete id from a frame.")
    settings = (
        Settings.load(api_key=DEMO_TOKEN, project_id=DEMO_PROJECT_IDS[0], base_url=DEFAULT_BASE_URL)
        if demo
        else Settings.load()
    )
    if everything:
        erased = erasure.forget_everything(settings)
    elif project is not None:
        erased = erasure.forget_project(settings, project)
    elif item is not None:
        erased = erasure.forget_rows(settings, column="id", value=item, also=outbox.forget)
    else:
        erased = erasure.forget_rows(settings, column="submitted_by", value=submitter or "", also=outbox.forget)
    if not everything and not (erased.rows or erased.changes or erased.snapshots):
        named = f"--item {item}" if item else f"--submitter {submitter}" if submitter else f"--project {project}"
        files = counted(erased.files, "file")
        kept = f" Kept answers, which could still contain it, were removed ({files})." if erased.files else ""
        raise ArgumentError(f"Nothing stored on this machine matches {named}. Copy the complete id from a frame.{kept}")
    typer.echo(f"Removed from this machine: {erased}.")
    if not settings.demo:
        typer.echo(
            "The service still has this data. It comes back with the next load, and may be announced again by digest "
            "and issues, until it is erased there too.",
            err=True,
        )


def _confirm(done: str) -> None:
    """Say that a file was written, which its presence says as well."""
    if not is_quiet():
        typer.echo(done)


def _tell_returns(found: list[Return]) -> None:
    for one in found:
        say(
            f"Reported again after it was closed: {one.issue.url} ({counted(len(one.keys), 'new report')}). "
            "To comment and open it again, add --create --reopen."
        )


def _client(*, demo: bool) -> Client:
    if demo:
        from seggwat_nb.demo_client import demo_client

        return demo_client()
    from seggwat_nb.client import Client

    return Client()


@contextmanager
def _connected(*, demo: bool, max_requests: int | None = None) -> Iterator[Client]:
    with _client(demo=demo) as client, client.at_most(max_requests):
        yield client


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep a second pull from starting: a scheduler may be faster than a load."""
    from seggwat_nb.files import DATA_FOLDER, file_errors, private_folder
    from seggwat_nb.locks import held

    folder = settings.data_dir / "projects"
    with ExitStack() as lock:
        try:
            with file_errors(f"store anything in {folder}", DATA_FOLDER):
                lock.enter_context(held(private_folder(folder) / ".pull.lock"))
        except TimeoutError:
            raise LockedError("Another `seggwat-nb pull` is at work. Wait until it is done, or stop it.") from None
        yield


def _date(name: str, text: str | None, *, time_zone: str = "UTC") -> date | None:
    """Read the date that an option gives, as an argument of a filter."""
    from seggwat_nb.filters import FeedbackFilter

    FeedbackFilter(time_zone=time_zone)  # Refuses an unknown zone.
    return None if text is None else parse_date(name, text, now=datetime.now(UTC), time_zone=time_zone)


def _unused(target: Path, *, force: bool) -> Path:
    """Refuse to replace a file that nobody said to replace; asked last, so that no other mistake waits for --force."""
    if target.exists() and not force:
        raise ArgumentError(f"{target} already exists. Add --force to replace it, or choose another name with --out.")
    return target


def _report(client: Client) -> None:
    if client.last_load is not None:
        say(client.last_load.describe(after_refreshed=client.last_load.requests > 0))


def _one_project(client: Client) -> tuple[Provenance, Path]:
    """Give what was loaded last, and the folder of its project, with its salt and what was sent of it."""
    about = client.last_load
    if about is None or len(about.project_ids) != 1:
        raise ArgumentError("What is shared is of one project; name it: --project ID.")
    return about, client.settings.project_dir(about.project_ids[0])


def _write_back(client: Client, frame: pl.DataFrame, links: dict[str, str], way: WriteBack) -> None:
    """Mark the items that have an issue and no mark yet; a run that was cut off is made good by the next."""
    import polars as pl

    unmarked = pl.col("status") == "New" if way is WriteBack.active else pl.col("resolution_note").is_null()
    rows = frame.filter(pl.col("id").is_in(list(links)) & unmarked)
    for item, project in rows.select("id", "project_id").iter_rows():
        if way is WriteBack.active:
            client.update(item, status="Active", project_id=project)
        else:
            client.update(item, resolution_note=links[item], project_id=project)
    say(f"{counted(rows.height, 'item')} marked.")


if __name__ == "__main__":
    main()
