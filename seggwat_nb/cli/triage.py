"""The command that changes many items at once; it only prints its plan without --apply."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seggwat_nb.cli.connection import add_tags, open_client, say_load
from seggwat_nb.cli.options import (
    Demo,
    Project,
    Refresh,
    RefreshMode,
    Search,
    TimeZone,
    echo,
    selection_of,
    taxonomy_of,
)
from seggwat_nb.progress import say

if TYPE_CHECKING:
    from seggwat_nb.client import Client
    from seggwat_nb.dataset import Dataset
    from seggwat_nb.triage import Batch, TriagePlan

__all__ = ["triage"]


def triage(
    *,
    preset: Annotated[
        str | None,
        typer.Option("--preset", metavar="NAME", help="Change the items that a preset in this folder selects."),
    ] = None,
    where: Search = None,
    status: Annotated[str | None, typer.Option(metavar="STATUS", help="The new status, such as Resolved.")] = None,
    type: Annotated[str | None, typer.Option(metavar="TYPE", help="The new type, such as Bug.")] = None,  # noqa: A002  # the API's word
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The new resolution note; an empty text removes it.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="VALUE", help="Accept this type or status even though it is not known."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply/--dry-run", help="Make the changes, or only print them.")] = False,
    undo: Annotated[str | None, typer.Option("--undo", metavar="BATCH", help="Undo the changes of a batch.")] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="BATCH", help="Continue a batch that was interrupted.")
    ] = None,
    themes: Annotated[
        Path | None, typer.Option("--themes", metavar="FILE", help="The file with the themes to select by.")
    ] = None,
    time_zone: TimeZone = "UTC",
    project: Project = None,
    refresh: Refresh = RefreshMode.auto,
    demo: Demo = False,
) -> None:
    """Change the status, type or note of many items.

    Prints what would change. Nothing is changed without --apply, and nothing is ever deleted. Items that someone else
    has changed in the meantime are skipped. The exit status is 1 if an item could not be changed.
    """
    from seggwat_nb import triage as of_items

    if where is not None and not where.strip():
        raise typer.BadParameter("--where is empty, which would change every item. Say which items to change.")
    if len([one for one in (preset, where, undo, resume) if one]) != 1:
        raise typer.BadParameter("Give exactly one of --preset, --where, --undo and --resume.")
    if (undo or resume) and any(one is not None for one in (status, type, note)):
        raise typer.BadParameter("--status, --type and --note go with --preset or --where.")
    if resume and not apply:
        raise typer.BadParameter("--resume changes items, so it requires --apply.")
    with open_client(demo=demo) as client:
        if resume:
            _finish(of_items.resume(resume, _data(client, project, refresh)))
            return
        if undo:
            planned = of_items.undo(undo, _data(client, project, refresh))
        else:
            asked = {"preset": preset, "where": where} | ({"allow": allow} if where else {})
            selected = selection_of(asked, time_zone=time_zone)
            taxonomy = taxonomy_of(selected, themes)
            data = _data(client, project, refresh)
            data = add_tags(data, selected, taxonomy)
            planned = of_items.plan(data, selected, status=status, type=type, note=note, allow=allow)
        _print(planned)
        if not planned.changes:
            return
        if apply:
            _finish(planned.apply())
        else:
            say("Nothing was changed. Add --apply to make the changes.")


def _data(client: Client, project: str | None, refresh: Refresh) -> Dataset:
    """Load only the feedback: triage does not use ratings."""
    from seggwat_nb.dataset import Dataset

    frame = client.feedback(project_id=project, refresh=refresh.value)
    say_load(client)
    about = client.last_load
    return Dataset(frame, sources={} if about is None else {"feedback": about}, client=client)


def _finish(batch: Batch) -> None:
    """Print what was done. Fails if an item could not be changed."""
    echo(str(batch))
    if not batch.is_complete:
        raise typer.Exit(1)


def _print(planned: TriagePlan) -> None:
    """Print each change in a line; notes and messages are left out, since output is often kept in a log."""
    for row in planned.frame.rows(named=True):
        if row["reason"] is None:
            before, after = row["before"], row["after"]
            told = [f"{before[name]} → {after[name]}" for name in ("status", "type") if before[name] != after[name]]
            told += ["note"] if before["resolution_note"] != after["resolution_note"] else []
            echo(" ".join(f"{row['id']}  {', '.join(told)}".split("\n")))
    echo(str(planned))
