"""Commands that check the setup, and that remove stored data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seggwat_nb.cli.connection import new_client
from seggwat_nb.cli.options import Demo, echo
from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import count_of, is_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["doctor", "forget"]


def doctor(*, demo: Demo = False) -> None:
    """Check settings, folders and what the token can read."""
    from seggwat_nb.doctor import examine

    healthy = True
    for finding in examine(lambda: new_client(demo=demo)):
        echo(finding)
        healthy = healthy and finding.ok
    if not healthy:
        raise typer.Exit(1)


def forget(
    *,
    item: Annotated[str | None, typer.Option(metavar="ID", help="ID of a feedback item or a rating.")] = None,
    submitter: Annotated[str | None, typer.Option(metavar="ID", help="ID of a submitter, as in submitted_by.")] = None,
    project: Annotated[str | None, typer.Option(metavar="ID", help="A project.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that seggwat-nb stored.")] = False,
    demo: Demo = False,
) -> None:
    """Remove data stored on this machine.

    Removes an item, a submitter, a project or everything. For a submitter, every row with that ID in any column or text
    is removed; the case of e-mail addresses does not matter. The service keeps its data, which comes back with the next
    load. Your exports, reports, notebooks and presets are kept too. With --demo, only data of the demo project is
    removed.
    """
    from seggwat_nb.config import DEFAULT_BASE_URL, DEMO_PROJECT_IDS, DEMO_TOKEN, Settings
    from seggwat_nb.share.delivery import outbox
    from seggwat_nb.source import erasure
    from seggwat_nb.triage import journal

    def elsewhere(folder: Path, ids: Collection[str]) -> list[Path]:
        return outbox.forget(folder, ids) + journal.forget(folder, ids)

    asked = [option for option in (item, submitter, project, everything) if option]
    if len(asked) != 1:
        raise typer.BadParameter("Give exactly one of --item, --submitter, --project and --all.")
    if not everything and not is_text(asked[0]):
        raise ArgumentError("The ID is not UTF-8 text. Copy the complete ID from a frame.")
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
        erased = erasure.forget_rows(settings, column="id", value=item, also=elsewhere)
    else:
        erased = erasure.forget_rows(settings, column="submitted_by", value=submitter or "", also=elsewhere)
    if not everything and not (erased.rows or erased.changes or erased.snapshots):
        named = f"--item {item}" if item else f"--submitter {submitter}" if submitter else f"--project {project}"
        files = count_of(erased.files, "file")
        kept = f" Cached responses that might contain it were removed ({files})." if erased.files else ""
        raise ArgumentError(f"Nothing stored on this machine matches {named}. Copy the complete ID from a frame.{kept}")
    echo(f"Removed from this machine: {erased}.")
    if not settings.demo:
        echo(
            "The service still has this data. It comes back with the next load, and may be announced again by digest "
            "and issues, until it is erased there too.",
            err=True,
        )
