"""The command that sends new items to a webhook or a program."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from seggwat_nb.cli.connection import load_items, open_client
from seggwat_nb.cli.options import Demo, Project, Refresh, RefreshMode, Unmasked, echo_json, selects
from seggwat_nb.progress import say
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.theme_file import Taxonomy

__all__ = ["ANY", "outbox_name", "watch"]

ANY: Final = 3
"""Exit status where there were new items."""


@selects
def watch(
    *,
    webhook: Annotated[
        str | None,
        typer.Option("--webhook", metavar="URL", help="Post new items to this address, signed with WEBHOOK_SECRET."),
    ] = None,
    exec_: Annotated[
        str | None,
        typer.Option("--exec", metavar="CMD", help="Run this command, with the new items on its standard input."),
    ] = None,
    send: Annotated[bool, typer.Option("--send/--dry-run", help="Send new items, or only print them.")] = False,
    where: FeedbackFilter,
    taxonomy: Taxonomy | None,
    preset_name: str | None,
    time_zone: str,  # noqa: ARG001  # of the filter's days
    unmasked: Unmasked = False,
    project: Project = None,
    refresh: Refresh = RefreshMode.auto,
    demo: Demo = False,
) -> None:
    """Send new items to a webhook or a command, as JSON.

    Prints what would be sent, unless --send is given. Each item is sent once for each preset or search. The first run
    begins at --since, a day ago by default. The exit status is 3 if there were new items, and 0 if there were none.
    """
    from seggwat_nb.environment import environment
    from seggwat_nb.share import privacy
    from seggwat_nb.share.delivery import watch as of_items
    from seggwat_nb.share.delivery.outbox import Ledger

    if (webhook is None) == (exec_ is None):
        raise typer.BadParameter("Give exactly one of --webhook and --exec.")
    secret = environment().get("WEBHOOK_SECRET")
    target: of_items.Target = (
        of_items.Command(exec_ or "")
        if webhook is None
        else of_items.Webhook(webhook, None if secret is None else secret.value)
    )
    name = preset_name or outbox_name(where)
    with open_client(demo=demo) as client:
        everything, about, folder, token = load_items(
            client, project=project, refresh=refresh, where=where, taxonomy=taxonomy
        )
    people, (first, _) = privacy.submitters(everything), where.moments
    frame = replace(where, since=None).apply(everything)
    if send:
        batches = of_items.send(
            frame,
            about=about,
            target=target,
            name=name,
            folder=folder,
            masked=not unmasked,
            since=first,
            everything=everything,
            people=people,
            token=token,
        )
    else:
        ledger = Ledger(of_items.ledger_path(folder, target, name))
        salt = None if unmasked else privacy.salt(folder)
        batches = of_items.compose(
            frame, about=about, salt=salt, ledger=ledger, since=first, everything=everything, people=people, token=token
        )
        for batch in batches:
            echo_json(batch.body)
    items = sum(len(batch.keys) for batch in batches)
    hint = "" if send or not items else " To send them, add --send."
    say(f"{count_of(items, 'new item')} {'sent' if send else 'would be sent'}.{hint}")
    if items:
        raise typer.Exit(ANY)


def outbox_name(where: FeedbackFilter) -> str:
    """Name the outbox of a search by what it selects, however it is written; its start is that of a first run only."""
    lasting = replace(where, since=None)
    fields = lasting.to_dict()
    if lasting.until is None and lasting.search is None:
        fields.pop("time_zone", None)  # It has no days.
    ordered = {name: sorted(value) if isinstance(value, list) else value for name, value in fields.items()}
    return json.dumps(ordered, sort_keys=True)
