"""Finds bugs that are reported again after their issue was closed, and comments on or reopens the issue.

Each comment has a hidden marker, like the issue itself. Earlier comments are read from the issue, so no run comments
twice, not even on another machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

import polars as pl

from seggwat_nb.analysis.item_types import is_of_type
from seggwat_nb.analysis.submitters import signer
from seggwat_nb.errors import DeliveryError
from seggwat_nb.retry import send_until_answered
from seggwat_nb.share import privacy
from seggwat_nb.share.delivery import issues
from seggwat_nb.share.delivery.github import moment
from seggwat_nb.share.privacy import leaks
from seggwat_nb.share.privacy.sanitize import JOINER, one_line, readable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from seggwat_nb.errors import SeggwatError
    from seggwat_nb.provenance import Provenance
    from seggwat_nb.secret import Secret
    from seggwat_nb.share.delivery.github import Filed, Repository

__all__ = ["Return", "comment", "returns"]

_MARKER: Final = re.compile(r"\A<!-- seggwat-nb returned: ([^\s>]+(?: [^\s>]+)*) -->")
_LONGEST: Final = 20_000
_LINE: Final = 120
_NAMED: Final = 500


@dataclass(frozen=True, slots=True)
class Return:
    """New reports of a bug whose issue is closed.

    Attributes
    ----------
    issue : Filed
        The closed issue.
    keys : tuple of str
        IDs of the new items, oldest first.
    body : str
        The comment for GitHub.
    """

    issue: Filed
    keys: tuple[str, ...]
    body: str


def returns(
    frame: pl.DataFrame,
    filed: Iterable[Filed],
    *,
    about: Provenance,
    salt: bytes | None,
    token: Secret | None = None,
) -> list[Return]:
    """Find bugs that were reported again after their issue was closed.

    Parameters
    ----------
    frame
        All feedback of the project (`seggwat_nb.schema.FEEDBACK`), since new items are compared with those of the
        issues.
    filed
        The issues of the repository (`seggwat_nb.share.delivery.github.list_issues`).
    about
        Where the frame comes from.
    salt
        The project's (`seggwat_nb.share.privacy.salt`); None switches masking off.
    token
        The API token, to check that no comment contains it.

    Returns
    -------
    list of Return
        One for each closed issue with a near-duplicate (`seggwat_nb.analysis.duplicates`) that has status ``New`` and
        was created after the issue was closed. Items that already have an issue don't count. Nothing has been sent.

    Raises
    ------
    LeakError
        A comment contains a secret in use.
    """
    filed = list(filed)
    closed = [issue for issue in filed if issue.closed_at is not None]
    if not closed:
        return []
    shown = frame if salt is None else privacy.mask(frame, salt=salt)
    named = {item for issue in filed for item in issue.items}
    # Items of closed issues are usually resolved, but new reports are compared with their groups.
    has_issue = pl.col("id").is_in(sorted(named))
    bugs = shown.filter(
        is_of_type(shown, "Bug"),
        has_issue | (pl.col("status") == "New"),
        ~pl.col("archived").fill_null(value=False) | has_issue,
    )
    members = issues.group_bugs(bugs).with_row_index("group").select("group", id="ids").explode("id")
    known = members.filter(pl.col("id").is_in(sorted(named)))
    last = pl.DataFrame(
        [(number, item, issue.closed_at) for number, issue in enumerate(closed) for item in issue.items],
        schema={"issue": pl.Int64, "id": pl.String, "closed_at": pl.Datetime("us", "UTC")},
        orient="row",
    )
    # Groups with an open issue are already being handled.
    handled = known.join(last, on="id", how="anti")["group"]
    back = (
        members.filter(~pl.col("id").is_in(sorted(named)), ~pl.col("group").is_in(handled.implode()))
        .join(
            known.join(last, on="id").group_by("group").agg(pl.all().sort_by("closed_at").last()).drop("id"), on="group"
        )
        .join(bugs, on="id")
        .filter(pl.col("created_at") > pl.col("closed_at"))
        .sort("created_at", "id")
        .with_columns(
            message=readable(pl.col("message")).str.slice(0, _LONGEST),
            **{name: one_line(pl.col(name), most=_LINE) for name in ("type", "source", "path", "version")},
        )
    )
    found = [_return(closed[number[0]], rows, about) for number, rows in back.group_by("issue", maintain_order=True)]
    for one in found:
        leaks.check(one.body.replace(JOINER, ""), name="the comment on GitHub", secrets=[token])
    return found


def comment(repository: Repository, found: Iterable[Return], *, reopen: bool) -> list[str]:
    """Comment once on each closed issue that was reported again, and reopen it if requested.

    Parameters
    ----------
    repository
        Where the issues are.
    found
        The result of `returns`.
    reopen
        Whether to reopen the issues, including those that an earlier run has commented on.

    Returns
    -------
    list of str
        URLs of the issues that were reopened, or only commented on. An issue that somebody closed after the comment
        stays closed.

    Raises
    ------
    DeliveryError
        GitHub accepted no more. The next run continues from there.
    """
    changed = []
    for one in found:
        path = f"{repository.path}/{one.issue.number}"
        commented = partial(_comment, repository, path, one)
        is_new, is_latest = send_until_answered(commented, may_help=_is_in_doubt, wait=repository.client.pause)
        if reopen and (is_new or is_latest):
            repository.client.patch(path, {"state": "open"})
        if is_new or (reopen and is_latest):
            changed.append(one.issue.url)
    return changed


def _comment(repository: Repository, path: str, one: Return, _: int) -> tuple[bool, bool]:
    """Comment, unless that was done before. Returns whether it did, and whether the issue was closed before that."""
    reported: set[str] = set()
    since: list[datetime] = []
    for said in repository.client.read_list(f"{path}/comments", {"per_page": 100}):
        marker = _MARKER.match(str(said.get("body") or ""))
        if marker is not None:
            reported.update(map(unquote, marker[1].split(" ")))
            since.append(moment(said.get("created_at")))
    if not reported.issuperset(one.keys[:_NAMED]):
        repository.client.post(f"{path}/comments", {"body": one.body})
        return True, True
    closed = one.issue.closed_at
    return False, closed is not None and max(since) >= closed


def _is_in_doubt(error: SeggwatError) -> bool:
    return isinstance(error, DeliveryError) and error.may_have_arrived


def _return(issue: Filed, rows: pl.DataFrame, about: Provenance) -> Return:
    keys = tuple(rows["id"])
    signed = rows.select(signer(pl.col("submitted_by"))).to_series().drop_nulls()
    facts: dict[str, Any] = rows.row(-1, named=True) | {
        "newest": keys[-1],
        "ids": list(keys),
        "people": signed.n_unique(),
        "unsigned": rows.height - len(signed),
        "first": rows["created_at"].min(),
        "last": rows["created_at"].max(),
    }
    marker = " ".join(quote(item, safe="") for item in keys[:_NAMED])
    demo = " This is demo data." if about.demo else ""
    said = issues.describe_reports(facts).removeprefix("Reported ")
    parts = [
        f"<!-- seggwat-nb returned: {marker} -->",
        f"Reported again after this issue was closed: {said}{demo}",
        *issues.describe_item(facts, about),
    ]
    return Return(issue, keys, "\n\n".join(parts) + "\n")
