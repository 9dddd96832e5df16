"""The command that suggests themes, or checks those in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from seggwat_nb.cli.connection import add_tags, open_client, say_load
from seggwat_nb.cli.options import Demo, Project, Refresh, RefreshMode, echo, selects
from seggwat_nb.progress import say
from seggwat_nb.text import count_of, join_words, percent

if TYPE_CHECKING:
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.theme_file import Taxonomy

__all__ = ["themes"]


@selects
def themes(
    *,
    check: Annotated[bool, typer.Option("--check", help="Print what each theme in the file matches.")] = False,
    project: Project = None,
    where: FeedbackFilter,
    taxonomy: Taxonomy | None,
    time_zone: str,
    refresh: Refresh = RefreshMode.auto,
    demo: Demo = False,
) -> None:
    """Suggest themes, or check your own.

    Prints words and topics that are on the rise, as themes to edit and add to seggwat-themes.toml. With --themes,
    what the file already covers is left out.
    """
    from seggwat_nb import themes as of_text
    from seggwat_nb.analysis.submitters import submitter_of

    known = of_text.Taxonomy.read() if check and taxonomy is None else taxonomy
    with open_client(demo=demo) as client:
        frame = add_tags(client.feedback(project_id=project, refresh=refresh.value), where, known)
        about = client.last_load
    say_load(client)
    if known is not None and check:
        unsigned = frame.select(submitter_of(frame).null_count()).item() > 0
        for row in of_text.check(frame, known, where=where).iter_rows(named=True):
            echo(_describe(row, unsigned=unsigned))
        return
    found = of_text.suggest(frame, known, where=where, time_zone=time_zone, as_of=about.as_of if about else None)
    echo(str(found), nl=False)
    nothing = "No word or topic is more frequent than chance explains" + (
        ", except in items that have a theme." if known else "."
    )
    say(f"{count_of(len(found.themes), 'theme')} suggested." if found.themes else nothing)


def _describe(row: dict[str, Any], *, unsigned: bool) -> str:
    """Describe a theme in a line; messages are left out, since what a command prints is often kept in a log."""
    said = [f"{count_of(row['count'], 'item')} by {count_of(row['submitters'], 'submitter')}"]
    said[0] += " (unsigned items counted as one each)" if unsigned else ""
    said += [f"{percent(row['share'])} of all"] if row["share"] is not None else []
    said += [row["stage"]] if row["stage"] in {"empty", "emerging", "removed"} else []
    said += [f"{row['overlap']:,} also in {row['overlaps']}"] if row["overlap"] else []
    if row["gained"] or row["lost"]:
        said.append(f"{len(row['gained']):,} gained and {len(row['lost']):,} lost since the last commit")
    if row["unused"]:
        said.append(f"no item matches {join_words([repr(one) for one in row['unused']], 'or')}")
    if row["unknown_ids"]:
        said.append(f"no item has the ID {join_words(row['unknown_ids'], 'or')}")
    return f"{row['theme'] or '(no theme)'}: {', '.join(said)}"
