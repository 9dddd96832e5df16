"""Composes GitHub issues: one for each group of near-duplicate bugs.

User text is put into fenced blocks and, made inert, into the title, so that it cannot mention anybody, close an issue
or load an image.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import polars as pl

from seggwat_nb.analysis import duplicates, item_types
from seggwat_nb.analysis.status_history import is_open
from seggwat_nb.analysis.submitters import signer
from seggwat_nb.share import privacy
from seggwat_nb.share.privacy import leaks
from seggwat_nb.share.privacy.sanitize import JOINER, inert, one_line, readable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from seggwat_nb.provenance import Provenance
    from seggwat_nb.secret import Secret

__all__ = [
    "LABEL",
    "Issue",
    "compose",
    "describe_item",
    "describe_reports",
    "group_bugs",
    "open_bugs",
    "without_text",
]

LABEL: Final = "seggwat"

_LONGEST: Final = 20_000
_TITLE: Final = 120
_NAMED: Final = 500
"""Maximum length of a message and of a title, and maximum number of items in a marker. GitHub allows 65,536 characters
in a body and 256 in a title."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue to create.

    Attributes
    ----------
    keys : tuple of str
        IDs of its items, oldest first.
    title, body : str
        Title and body for GitHub.
    labels : tuple of str
        Labels, our own first.
    """

    keys: tuple[str, ...]
    title: str
    body: str
    labels: tuple[str, ...]


def compose(
    frame: pl.DataFrame,
    *,
    about: Provenance,
    salt: bytes | None,
    known: Collection[str] = (),
    label: str = LABEL,
    people: Iterable[str] = (),
    token: Secret | None = None,
) -> list[Issue]:
    """Compose issues for new bugs, those reported by the most people first.

    Parameters
    ----------
    frame
        Feedback of the project (`seggwat_nb.schema.FEEDBACK`). Open bugs are grouped. A group or a single bug becomes
        an issue if one of its items is ``New`` and none has an issue yet. Bugs without a message are left out, since
        there is nothing to act on (`without_text` counts them).
    about
        Where the frame comes from.
    salt
        The project's (`seggwat_nb.share.privacy.salt`); None switches masking off.
    known
        Items that already have an issue.
    label
        Our label.
    people, token
        All submitters of the project, to mask them, and the API token, to check that no issue contains it.

    Returns
    -------
    list of Issue
        Nothing has been sent.

    Raises
    ------
    LeakError
        An issue contains a secret.
    """
    shown = frame if salt is None else privacy.mask(frame, salt=salt, people=people)
    bugs = open_bugs(shown).filter(_HAS_TEXT)
    new = bugs.filter(pl.col("status") == "New")["id"].to_list()
    table = group_bugs(bugs).filter(_any_of(new), ~_any_of(list(known)))
    facts = bugs.select("id", "project_id", "type", "source", "path", "version", "message")
    rows = table.join(facts, left_on="newest", right_on="id", maintain_order="left").with_columns(
        title=inert(one_line(pl.col("message"), most=_TITLE)),
        message=readable(pl.col("message")).str.slice(0, _LONGEST),
        **{name: one_line(pl.col(name), most=_TITLE) for name in ("type", "source", "path", "version")},
    )
    issues = [_issue(row, about, label) for row in rows.iter_rows(named=True)]
    for issue in issues:
        text = f"{issue.title}\n{issue.body}".replace(JOINER, "")
        leaks.check(text, name="the GitHub issue", secrets=[token])
    return issues


def open_bugs(frame: pl.DataFrame) -> pl.DataFrame:
    """Select the bugs that still have to be handled."""
    is_bug = item_types.is_of_type(frame, "Bug")
    return frame.filter(is_bug & is_open())


_HAS_TEXT: Final = pl.col("message").str.contains(r"[^\s\p{C}]").fill_null(value=False)


def without_text(frame: pl.DataFrame) -> int:
    """Count the new bugs without a message, which get no issue."""
    return open_bugs(frame).filter(pl.col("status") == "New", ~_HAS_TEXT).height


def _any_of(ids: list[str]) -> pl.Expr:
    return pl.col("ids").list.set_intersection(ids).list.len() > 0


def group_bugs(bugs: pl.DataFrame) -> pl.DataFrame:
    """Group the bugs, as ``ids`` (oldest first), ``newest``, ``people``, ``unsigned``, ``first`` and ``last``."""
    several = duplicates.groups(bugs).select(
        "ids", people="submitters", unsigned="unsigned", first="first_seen", last="last_seen"
    )
    alone = bugs.filter(~pl.col("id").is_in(several["ids"].explode().implode()))
    signed = signer(pl.col("submitted_by")).is_not_null()
    single = alone.select(
        pl.concat_list("id").alias("ids"),
        people=signed.cast(pl.Int64),
        unsigned=(~signed).cast(pl.Int64),
        first="created_at",
        last="created_at",
    )
    return (
        pl.concat([several, single])
        .with_columns(newest=pl.col("ids").list.last())
        .sort(pl.col("people") + pl.col("unsigned"), "first", "newest", descending=[True, False, False])
    )


def _issue(row: dict[str, Any], about: Provenance, label: str) -> Issue:
    marker = " ".join(quote(item, safe="") for item in row["ids"][:_NAMED])
    demo = " This is demo data." if about.demo else ""
    parts = [f"<!-- seggwat-nb items: {marker} -->", f"{describe_reports(row)}{demo}", *describe_item(row, about)]
    # If the message has no text for a title.
    return Issue(tuple(row["ids"]), row["title"].strip() or "Bug", "\n\n".join(parts) + "\n", (label, "bug"))


def describe_item(row: Mapping[str, Any], about: Provenance) -> list[str]:
    """Return the message, facts and link of an item as Markdown that does not interpret any user text."""
    facts = "\n".join(f"{name:<8} {row[name]}" for name in ("type", "source", "path", "version") if row[name])
    url = about.item_url(row["newest"], row["project_id"])
    link = [] if url is None else [f"[Open on the dashboard]({url})"]
    return [_fence(row["message"]), _fence(facts), *link]


def describe_reports(row: Mapping[str, Any]) -> str:
    """Say in one sentence how often, by how many people and when the bug was reported."""
    people, unsigned, times = row["people"], row["unsigned"], len(row["ids"])
    said = "once" if times == 1 else f"{times} times"
    who = "unsigned"
    if people:
        who = f"by {people} {'person' if people == 1 else 'people'}"
        said += f" ({unsigned} unsigned)" if unsigned else ""
    first, last = (f"{row[name]:%Y-%m-%d}" for name in ("first", "last"))
    when = f"on {first}" if first == last else f"from {first} to {last}"
    return f"Reported {said}, {who}, {when} (UTC)."


def _fence(text: str) -> str:
    """Put text into a fenced block that is not interpreted. The fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
