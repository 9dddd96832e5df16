"""Bugs that become GitHub issues: one for each group of near-duplicates, and none twice.

Each issue begins with a hidden marker that names its items. Before anything is created, all issues with our label are
listed (a search would lag behind), so a second run creates nothing twice, on a second machine either. Two machines at
the very same moment are not kept apart. Strangers' text stands in fenced blocks and, made inert, in the title: there
it mentions nobody, closes nothing and loads no picture.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

import polars as pl

from seggwat_nb.addresses import is_private
from seggwat_nb.analysis import duplicates
from seggwat_nb.analysis.validation import check_least
from seggwat_nb.environment import refusal
from seggwat_nb.errors import DeliveryError, SettingsError
from seggwat_nb.schema import OPEN_STATUSES
from seggwat_nb.secret import Secret, hide
from seggwat_nb.share import privacy
from seggwat_nb.share.delivery.client import DeliveryClient, deliver
from seggwat_nb.share.delivery.outbox import Ledger
from seggwat_nb.share.privacy import leaks
from seggwat_nb.share.privacy.sanitize import JOINER, inert, one_line, readable
from seggwat_nb.signing import SigningAdapter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    import requests

    from seggwat_nb.clock import Clock
    from seggwat_nb.environment import Variable
    from seggwat_nb.schema import Provenance

__all__ = [
    "API_URL",
    "LABEL",
    "Filed",
    "Issue",
    "Outcome",
    "Repository",
    "compose",
    "create",
    "describe_item",
    "describe_reports",
    "filed_issues",
    "group_bugs",
    "items_told",
    "items_with_issues",
    "moment",
    "open_bugs",
    "repository_from",
    "without_text",
]

API_URL: Final = "https://api.github.com"
LABEL: Final = "seggwat"

_LONGEST: Final = 20_000
_TITLE: Final = 120
_NAMED: Final = 500
"""Characters of a message and of a title, and items in a marker: GitHub takes 65,536 characters and 256."""

_MARKER: Final = re.compile(r"\A<!-- seggwat-nb items: ([^\s>]+(?: [^\s>]+)*) -->")
"""At the very beginning alone, where no stranger's text stands."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue to be.

    Attributes
    ----------
    keys : tuple of str
        Ids of the items it tells of, the oldest first.
    title, body : str
        As GitHub gets them.
    labels : tuple of str
        Ours first.
    """

    keys: tuple[str, ...]
    title: str
    body: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filed:
    """An issue of ours in the repository.

    Attributes
    ----------
    url : str
        Its page.
    number : int
        Its number.
    closed_at : datetime or None
        When it was closed (UTC); None while it is open.
    items : tuple of str
        Ids of the items that it tells of.
    """

    url: str
    number: int
    closed_at: datetime | None
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did.

    Attributes
    ----------
    created : dict of str to Issue
        Address of each new issue to what it says.
    left : int
        Issues that are still to be created, since a run creates only so many.
    links : dict of str to str
        Item to the address of its issue, for every item that has one.
    """

    created: dict[str, Issue]
    left: int
    links: dict[str, str]


class Repository:
    """Issues of one repository.

    Parameters
    ----------
    name
        ``owner/name``.
    token
        GitHub's token, with the right to read and write issues.
    api_url
        ``https://api.github.com``, or ``https://<host>/api/v3`` of a GitHub Enterprise Server.
    clock
        Returns the time, and waits.

    Raises
    ------
    SettingsError
        Something is missing or invalid.
    """

    def __init__(self, name: str, *, token: str | Secret, api_url: str = API_URL, clock: Clock | None = None) -> None:
        secret = token = hide(token) or Secret("")
        url = api_url.rstrip("/")
        problems = [
            problem
            for wrong, problem in (
                (not name, "GITHUB_REPOSITORY is not set (owner/name)"),
                (
                    name and not re.fullmatch(r"(?!\.+/)[\w.-]+/(?!\.+$)[\w.-]+", name, re.ASCII),
                    "GITHUB_REPOSITORY must be owner/name",
                ),
                (not secret, "GITHUB_TOKEN is not set"),
                (secret and not re.fullmatch(r"[\x21-\x7e]+", secret.reveal()), "GITHUB_TOKEN is not a valid token"),
                (not is_private(url), "GITHUB_API_URL must be an https:// address"),
            )
            if wrong
        ]
        if problems:
            raise SettingsError(f"{'. '.join(problems)}. Set them in the environment or the .env file.")
        self.name = name
        self._key = hashlib.sha256(f"{url}/{name}".lower().encode()).hexdigest()[:24]
        self.courier = DeliveryClient("GitHub", url, adapter=_BearerAdapter(secret), secret=secret, clock=clock)
        self.path = f"/repos/{name}/issues"

    def ledger_path(self, folder: Path) -> Path:
        """Return where, in a project's folder, the ledger of this repository lies."""
        return folder / "sent" / f"github-{self._key}.jsonl"


def repository_from(named: Mapping[str, Variable], *, clock: Clock | None = None) -> Repository:
    """Make a repository of ``GITHUB_REPOSITORY``, ``GITHUB_TOKEN`` and ``GITHUB_API_URL``.

    Parameters
    ----------
    named
        What `seggwat_nb.environment.environment` gave.
    clock
        Returns the time, and waits.

    Raises
    ------
    SettingsError
        Something is missing or invalid, or the token would be sent to an address from another place.
    """
    name, token, address = (
        found if (found := named.get(variable)) is not None and found.value else None
        for variable in ("GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_API_URL")
    )
    url = API_URL if address is None else address.value.reveal().strip()
    if token is not None and url.rstrip("/") != API_URL:
        problem = refusal("GITHUB_TOKEN", token, "GITHUB_API_URL", address)
        if problem is not None:
            raise SettingsError(f"{problem}.")
    return Repository(
        "" if name is None else name.value.reveal().strip(),
        token="" if token is None else Secret(token.value.reveal().strip()),
        api_url=url,
        clock=clock,
    )


def filed_issues(repository: Repository, *, label: str = LABEL) -> list[Filed]:
    """List the issues of ours, open or closed.

    Raises
    ------
    DeliveryError
        GitHub did not answer.
    """
    found: list[Filed] = []
    for issue in repository.courier.listed(repository.path, {"labels": label, "state": "all", "per_page": 100}):
        marker = _MARKER.match(str(issue.get("body") or ""))
        if marker is not None:
            items = tuple(map(unquote, marker[1].split(" ")))
            found.append(Filed(str(issue.get("html_url")), int(issue.get("number") or 0), _closed_at(issue), items))
    return found


def _closed_at(issue: Mapping[str, Any]) -> datetime | None:
    if issue.get("state") != "closed" or not issue.get("closed_at"):
        return None
    return moment(issue["closed_at"])


def moment(text: object) -> datetime:
    """Read a moment as GitHub writes it.

    Raises
    ------
    DeliveryError
        It is not one.
    """
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        raise DeliveryError("GitHub's response contains an invalid time. Check GITHUB_API_URL.") from None


def items_with_issues(repository: Repository, *, label: str = LABEL) -> dict[str, str]:
    """List the items that have an issue.

    Returns
    -------
    dict
        Item's id to the issue's address, for every issue with the label, open or closed.

    Raises
    ------
    DeliveryError
        GitHub did not answer.
    """
    return {item: issue.url for issue in filed_issues(repository, label=label) for item in issue.items}


def items_told(repository: Repository, folder: Path, filed: Iterable[Filed]) -> set[str]:
    """Return the items that have an issue (`filed`), or had one that was made from this machine."""
    return Ledger(repository.ledger_path(folder)).told | {item for issue in filed for item in issue.items}


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
    """Write the issues that new bugs ask for, the one that most people report first.

    Parameters
    ----------
    frame
        Feedback of the project (`seggwat_nb.schema.FEEDBACK`). Open bugs are grouped, and a group or a single bug
        becomes an issue where an item of it is ``New`` and none is told yet. A bug without a message says nothing to
        act on and becomes none (`without_text` counts them).
    about
        Where the frame comes from.
    salt
        The project's (`seggwat_nb.share.privacy.salt`); None switches masking off.
    known
        Items that have an issue.
    label
        Label of ours.
    people, token
        Submitters of the whole project, who are masked, too, and the API token, which is looked for in the issues.

    Returns
    -------
    list of Issue
        Nothing has been sent.

    Raises
    ------
    LeakError
        Something personal is in an issue after all.
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


def create(
    frame: pl.DataFrame,
    *,
    about: Provenance,
    repository: Repository,
    folder: Path,
    masked: bool = True,
    label: str = LABEL,
    most: int = 10,
    known: Collection[str] = (),
    people: Iterable[str] = (),
    token: Secret | None = None,
) -> Outcome:
    """Create the issues that new bugs ask for, each once.

    Parameters
    ----------
    frame, about, label, people, token
        As for `compose`.
    repository
        Where to.
    folder
        The project's folder, with its salt and its ledgers (`seggwat_nb.config.Settings.project_dir`).
    masked
        Whether personal data is masked.
    most
        Issues that one run creates at most; the next run continues.
    known
        Items that are told in another way, such as on an issue that is reported again
        (`seggwat_nb.share.delivery.reopen.returns`).

    Returns
    -------
    Outcome
        What was created, what is left, and which item has which issue.

    Raises
    ------
    DeliveryError
        GitHub accepted no more. What was created is recorded; the next run continues from there.
    LockedError
        Another run is sending.
    """
    check_least("most", most, 1)
    salt = privacy.salt(folder) if masked else None
    with Ledger.held(repository.ledger_path(folder)) as ledger:
        links = items_with_issues(repository, label=label)
        for parcel in [*ledger.in_doubt.values()]:
            if any(key in links for key in parcel.keys):
                ledger.settle(parcel, links.get(parcel.keys[0]))
            else:
                ledger.withdraw(parcel)  # The list would have it.
        told_before = ledger.told | links.keys() | set(known)
        issues = compose(frame, about=about, salt=salt, known=told_before, label=label, people=people, token=token)
        created: dict[str, Issue] = {}
        for issue in issues[:most]:
            send = partial(_create, repository, issue)
            url = deliver(ledger, issue.keys, send, courier=repository.courier) or ""
            created[url] = issue
            links |= dict.fromkeys(issue.keys, url)
    return Outcome(created=created, left=len(issues[most:]), links=links)


def open_bugs(frame: pl.DataFrame) -> pl.DataFrame:
    """Select the bugs that are still to be dealt with."""
    return frame.filter(
        (pl.col("type") == "Bug") & pl.col("status").is_in(OPEN_STATUSES) & ~pl.col("archived").fill_null(value=False)
    )


_HAS_TEXT: Final = pl.col("message").str.contains(r"[^\s\p{C}]").fill_null(value=False)


def without_text(frame: pl.DataFrame) -> int:
    """Count the new bugs without a message, which get no issue."""
    return open_bugs(frame).filter(pl.col("status") == "New", ~_HAS_TEXT).height


def _any_of(ids: list[str]) -> pl.Expr:
    return pl.col("ids").list.set_intersection(ids).list.len() > 0


def group_bugs(bugs: pl.DataFrame) -> pl.DataFrame:
    """Put each bug into one group: ``ids`` (oldest first), ``newest``, ``people``, ``unsigned``, first and last."""
    several = duplicates.groups(bugs).select(
        "ids", people="submitters", unsigned="unsigned", first="first_seen", last="last_seen"
    )
    alone = bugs.filter(~pl.col("id").is_in(several["ids"].explode().implode()))
    signed = pl.col("submitted_by").is_not_null()
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
    # A message of signs alone leaves a title without a letter; one of a masked word alone says what it was.
    return Issue(tuple(row["ids"]), row["title"].strip() or "Bug", "\n\n".join(parts) + "\n", (label, "bug"))


def describe_item(row: Mapping[str, Any], about: Provenance) -> list[str]:
    """Return the message, the facts and the link of an item as Markdown in which nothing of a stranger's is read."""
    facts = "\n".join(f"{name:<8} {row[name]}" for name in ("type", "source", "path", "version") if row[name])
    url = about.item_url(row["newest"], row["project_id"])
    link = [] if url is None else [f"[Open on the dashboard]({url})"]
    return [_fence(row["message"]), _fence(facts), *link]


def describe_reports(row: Mapping[str, Any]) -> str:
    """Say in one sentence how often, by how many people and when."""
    people, unsigned, times = row["people"], row["unsigned"], len(row["ids"])
    who = [f"{people} {'person' if people == 1 else 'people'}"] if people else []
    who += [f"{unsigned} unsigned"] if unsigned else []
    said = "once" if times == 1 else f"{times} times"
    first, last = (f"{row[name]:%Y-%m-%d}" for name in ("first", "last"))
    when = f"on {first}" if first == last else f"from {first} to {last}"
    return f"Reported {said}, by {' and '.join(who)}, {when} (UTC)."


def _fence(text: str) -> str:
    """Put text where GitHub reads nothing in it; the fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _create(repository: Repository, issue: Issue, repeated: bool) -> str | None:  # noqa: FBT001  # as deliver calls it
    if repeated:
        links = items_with_issues(repository, label=issue.labels[0])
        if issue.keys[0] in links:
            return links[issue.keys[0]]
    body = {"title": issue.title, "body": issue.body, "labels": list(issue.labels)}
    answer = repository.courier.post(repository.path, body)
    made = answer.json()
    if answer.status != HTTPStatus.CREATED or not isinstance(made, dict):
        raise DeliveryError(
            "GitHub's response to a new issue could not be read. Check GITHUB_API_URL.", may_have_arrived=True
        )
    return str(made.get("html_url"))


class _BearerAdapter(SigningAdapter):
    """Signs as GitHub wants it, at the last step."""

    def __init__(self, token: Secret) -> None:
        super().__init__(None)
        self._secret = token

    def signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = super().signed(request)
        signed.headers["Accept"] = "application/vnd.github+json"
        signed.headers["X-GitHub-Api-Version"] = "2022-11-28"
        signed.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        return signed
