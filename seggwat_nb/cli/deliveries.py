"""Commands that post new feedback to Slack, or create GitHub issues."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from seggwat_nb.cli.connection import load_items, open_client
from seggwat_nb.cli.options import Demo, Project, Refresh, RefreshMode, Unmasked, echo, selects
from seggwat_nb.errors import ApiError, DeliveryError
from seggwat_nb.progress import say
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    import polars as pl

    from seggwat_nb.client import Client
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.share.delivery.github import Repository
    from seggwat_nb.share.delivery.issues import Issue
    from seggwat_nb.share.delivery.reopen import Return
    from seggwat_nb.theme_file import Taxonomy

__all__ = ["digest", "issues"]


_OF_ONE_ITEM: Final = frozenset({400, 404, 409, 410, 413, 422})
_OF_ONE: Final = _OF_ONE_ITEM | {403}
"""Statuses of refusals that may concern only one item, or one issue, which may be locked."""


class WriteBack(StrEnum):
    """How an item with an issue is marked."""

    note = "note"
    active = "active"


@selects
def digest(
    *,
    project: Project = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the messages without sending them.")] = False,
    where: FeedbackFilter,
    taxonomy: Taxonomy | None,
    time_zone: str,  # noqa: ARG001  # of the filter's days
    unmasked: Unmasked = False,
    refresh: Refresh = RefreshMode.auto,
    demo: Demo = False,
) -> None:
    """Post new feedback to a Slack channel.

    SLACK_WEBHOOK_URL is the address of the channel's incoming webhook. Items posted before are left out. The first
    digest begins at --since, a day ago by default.
    """
    from seggwat_nb.environment import environment
    from seggwat_nb.share import privacy
    from seggwat_nb.share.delivery import slack
    from seggwat_nb.share.delivery.digest import compose, readable_text
    from seggwat_nb.share.delivery.outbox import Ledger

    address = environment().get("SLACK_WEBHOOK_URL")
    is_set = address is not None and bool(address.value)
    webhook = None if dry_run and not is_set else slack.webhook_from(address.value if address is not None else None)
    first, _ = where.moments
    with open_client(demo=demo) as client:
        everything, about, folder, token = load_items(
            client, project=project, refresh=refresh, where=where, taxonomy=taxonomy
        )
        history = client.history(project_id=about.project_ids)
    people = privacy.submitters(everything)
    lasting = replace(where, since=None)  # what is usual depends on earlier days, too
    frame = lasting.apply(everything)
    is_part = lasting != type(where)(time_zone=where.time_zone)
    selection = privacy.describe_filter(lasting, people=people) if is_part else ""
    if webhook is None or dry_run:
        ledger = None if webhook is None else Ledger(slack.ledger_path(folder, webhook))
        salt = None if unmasked else privacy.salt(folder)
        messages = compose(
            frame,
            about=about,
            salt=salt,
            ledger=ledger,
            since=first,
            everything=everything,
            people=people,
            selection=selection,
            history=history,
            token=token,
        )
        for message in messages:
            echo(f"{readable_text(message)}\n")
    else:
        messages = slack.post(
            frame,
            about=about,
            webhook=webhook,
            folder=folder,
            masked=not unmasked,
            since=first,
            everything=everything,
            people=people,
            selection=selection,
            history=history,
            token=token,
        )
    items = sum(len(message.keys) for message in messages)
    say(f"{count_of(items, 'item')} in {count_of(len(messages), 'message')} {'would be sent' if dry_run else 'sent'}.")


@selects
def issues(
    *,
    project: Project = None,
    create: Annotated[bool, typer.Option("--create/--dry-run", help="Create the issues, or only print them.")] = False,
    label: Annotated[
        str, typer.Option(metavar="LABEL", help="Label of the issues, by which later runs find them.")
    ] = "seggwat",
    most: Annotated[int, typer.Option(metavar="N", min=1, help="Maximum number of issues to create in one run.")] = 10,
    write_back: Annotated[
        WriteBack | None,
        typer.Option(
            help="Mark items that have an issue: with a note that links to it, or as Active.", case_sensitive=False
        ),
    ] = None,
    reopen: Annotated[
        bool,
        typer.Option("--reopen", help="Reopen closed issues that are reported again; requires --create."),
    ] = False,
    where: FeedbackFilter,
    taxonomy: Taxonomy | None,
    time_zone: str,  # noqa: ARG001  # of the filter's days
    unmasked: Unmasked = False,
    refresh: Refresh = RefreshMode.auto,
    demo: Demo = False,
) -> None:
    """Create GitHub issues for new bugs.

    Requires GITHUB_REPOSITORY and GITHUB_TOKEN. If a bug is reported again after its issue was closed, the
    report is added to the issue as a comment. With --reopen, the issue is reopened too.
    """
    from seggwat_nb.environment import environment
    from seggwat_nb.share import privacy
    from seggwat_nb.share.delivery import github
    from seggwat_nb.share.delivery import issues as of_bugs
    from seggwat_nb.share.delivery import reopen as back

    if write_back and not create:
        raise typer.BadParameter("--write-back changes items, so it requires --create.")
    if reopen and not create:
        raise typer.BadParameter("--reopen changes issues, so it requires --create.")
    github.check_label(label)
    named = environment()
    has_token = "GITHUB_TOKEN" in named and bool(named["GITHUB_TOKEN"].value)
    repository = github.repository_from(named) if create or has_token else None
    with open_client(demo=demo) as client:
        everything, about, folder, token = load_items(
            client, project=project, refresh=refresh, where=where, taxonomy=taxonomy
        )
        people, frame = privacy.submitters(everything), where.apply(everything)
        salt = None if unmasked else privacy.salt(folder)
        silent = of_bugs.without_text(frame)
        if silent:
            say(f"Left out: {count_of(silent, 'new bug')} without a message.")
        filed = [] if repository is None else github.list_issues(repository, label=label)
        chosen = {*frame["id"]}
        returned = [
            one
            for one in back.returns(everything, filed, about=about, salt=salt, token=token)
            if chosen.intersection(one.keys)
        ]
        again = {key for one in returned for key in one.keys}
        if repository is None or not create:
            known = again if repository is None else github.items_told(repository, folder, filed) | again
            planned = of_bugs.compose(
                frame, about=about, salt=salt, known=known, label=label, people=people, token=token
            )
            _print_plan(planned, returned, compared=repository is not None)
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
            people=people,
            token=token,
        )
        for url, issue in outcome.created.items():
            echo(f"{url}  {issue.title}")
        created = count_of(len(outcome.created), "issue")
        say(f"{created} created, {outcome.left:,} left for the next run.")
        refused = [f"{issue.title}: {why}" for issue, why in outcome.refused.items()]
        refused += _comment(repository, returned, reopen=reopen)
        if write_back:
            refused += _write_back(client, frame, outcome.links, write_back)
        _fail_if(refused)


def _fail_if(refused: list[str]) -> None:
    if refused:
        told = "\n".join(refused)
        raise DeliveryError(f"Refused, and retried by the next run (everything else was done):\n{told}")


def _print_plan(planned: list[Issue], returned: list[Return], *, compared: bool) -> None:
    """Print the issues that would be created, and those that would get a comment."""
    for issue in planned:
        echo(f"# {issue.title}\n\n{issue.body}")
    unchecked = "" if compared else " Without GITHUB_TOKEN, existing issues were not checked."
    say(f"{count_of(len(planned), 'new issue')}. Add --create to create what is listed.{unchecked}")
    for one in returned:
        say(
            f"Reported again after it was closed: {one.issue.url} ({count_of(len(one.keys), 'new report')}). "
            "Add --create to comment on it, and --reopen to reopen it too."
        )


def _comment(repository: Repository, found: list[Return], *, reopen: bool) -> list[str]:
    """Comment on each issue that was reported again. Returns on which this was refused, and why."""
    from seggwat_nb.share.delivery.reopen import comment

    refused = []
    for one in found:
        try:
            for url in comment(repository, [one], reopen=reopen):
                echo(f"{url}  {'reopened' if reopen else 'reported again'}")
        except DeliveryError as error:
            if error.status not in _OF_ONE:
                raise
            refused.append(f"{one.issue.url}: {error}")
    return refused


def _write_back(client: Client, frame: pl.DataFrame, links: dict[str, str], way: WriteBack) -> list[str]:
    """Mark the items that have an issue but no mark yet, including those left by an interrupted run.

    Returns which items could not be marked, and why.
    """
    import polars as pl

    unmarked = pl.col("status") == "New" if way is WriteBack.active else pl.col("resolution_note").is_null()
    rows = frame.filter(pl.col("id").is_in(list(links)) & unmarked)
    refused = []
    for item, project in rows.select("id", "project_id").iter_rows():
        try:
            if way is WriteBack.active:
                client.update(item, status="Active", project_id=project)
            else:
                client.update(item, resolution_note=links[item], project_id=project)
        except ApiError as error:
            if error.status not in _OF_ONE_ITEM:
                raise
            refused.append(f"{item}: {error}")
    say(f"{count_of(rows.height - len(refused), 'item')} marked.")
    return refused
