"""Creates GitHub issues for bugs: one for each group of near-duplicates, and none twice.

Each issue starts with a hidden marker that lists its items. Before anything is created, all issues with our label are
listed (search results may be outdated), so no run creates an issue twice, not even on another machine. Only two
machines at the same moment could. User text is put into fenced blocks and, made inert, into the title, so that it
cannot mention anybody, close an issue or load an image.
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
from seggwat_nb.analysis import duplicates, item_types
from seggwat_nb.analysis.submitters import signer
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
"""Maximum length of a message and of a title, and maximum number of items in a marker. GitHub allows 65,536 characters
in a body and 256 in a title."""

_MARKER: Final = re.compile(r"\A<!-- seggwat-nb items: ([^\s>]+(?: [^\s>]+)*) -->")
"""Only matches at the very beginning, where there is no user text."""


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


@dataclass(frozen=True, slots=True)
class Filed:
    """An existing issue with our marker.

    Attributes
    ----------
    url : str
        URL of its page.
    number : int
        Its number.
    closed_at : datetime or None
        When it was closed (UTC); None while it is open.
    items : tuple of str
        IDs of its items.
    """

    url: str
    number: int
    closed_at: datetime | None
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run.

    Attributes
    ----------
    created : dict of str to Issue
        Maps the URL of each new issue to the issue.
    left : int
        Number of issues left for the next run, due to the limit per run.
    links : dict of str to str
        Maps each item that has an issue to the URL of the issue.
    """

    created: dict[str, Issue]
    left: int
    links: dict[str, str]


class Repository:
    """The issues of one repository.

    Parameters
    ----------
    name
        ``owner/name``.
    token
        A GitHub token with permission to read and write issues.
    api_url
        ``https://api.github.com``, or ``https://<host>/api/v3`` for a GitHub Enterprise Server.
    clock
        Returns the time and waits.

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
        self.client = DeliveryClient("GitHub", url, adapter=_BearerAdapter(secret), secret=secret, clock=clock)
        self.path = f"/repos/{name}/issues"

    def ledger_path(self, folder: Path) -> Path:
        """Return the path of this repository's ledger in a project's folder."""
        return folder / "sent" / f"github-{self._key}.jsonl"


def repository_from(named: Mapping[str, Variable], *, clock: Clock | None = None) -> Repository:
    """Create a repository from ``GITHUB_REPOSITORY``, ``GITHUB_TOKEN`` and ``GITHUB_API_URL``.

    Parameters
    ----------
    named
        The variables that `seggwat_nb.environment.environment` returned.
    clock
        Returns the time and waits.

    Raises
    ------
    SettingsError
        Something is missing or invalid, or the token would be sent to an address that was set in a different place.
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
    """List the issues with our marker, open or closed.

    Raises
    ------
    DeliveryError
        GitHub did not respond.
    """
    found: list[Filed] = []
    for issue in repository.client.listed(repository.path, {"labels": label, "state": "all", "per_page": 100}):
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
    """Parse a time in GitHub's format.

    Raises
    ------
    DeliveryError
        It is not a valid time.
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
        Maps item IDs to issue URLs, for all issues with the label, open or closed.

    Raises
    ------
    DeliveryError
        GitHub did not respond.
    """
    return {item: issue.url for issue in filed_issues(repository, label=label) for item in issue.items}


def items_told(repository: Repository, folder: Path, filed: Iterable[Filed]) -> set[str]:
    """Return the items that have an issue (`filed`), or had one that was created from this machine."""
    return Ledger(repository.ledger_path(folder)).known | {item for issue in filed for item in issue.items}


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
    """Create issues for new bugs, each only once.

    Parameters
    ----------
    frame, about, label, people, token
        As for `compose`.
    repository
        The repository to create them in.
    folder
        The project's folder, with its salt and its ledgers (`seggwat_nb.config.Settings.project_dir`).
    masked
        Whether personal data is masked.
    most
        Maximum number of issues per run. The next run continues.
    known
        Items reported in another way, such as in a comment on a reopened issue
        (`seggwat_nb.share.delivery.reopen.returns`).

    Returns
    -------
    Outcome
        The created issues, how many are left, and which item has which issue.

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
        for delivery in [*ledger.in_doubt.values()]:
            if any(key in links for key in delivery.keys):
                ledger.settle(delivery, links.get(delivery.keys[0]))
            else:
                ledger.withdraw(delivery)  # Otherwise it would be in the list.
        known_before = ledger.known | links.keys() | set(known)
        issues = compose(frame, about=about, salt=salt, known=known_before, label=label, people=people, token=token)
        created: dict[str, Issue] = {}
        for issue in issues[:most]:
            send = partial(_create, repository, issue)
            url = deliver(ledger, issue.keys, send, client=repository.client) or ""
            created[url] = issue
            links |= dict.fromkeys(issue.keys, url)
    return Outcome(created=created, left=len(issues[most:]), links=links)


def open_bugs(frame: pl.DataFrame) -> pl.DataFrame:
    """Select the bugs that still have to be handled."""
    is_bug = item_types.is_of_type(frame, "Bug")
    return frame.filter(is_bug & pl.col("status").is_in(OPEN_STATUSES) & ~pl.col("archived").fill_null(value=False))


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
    who = [f"{people} {'person' if people == 1 else 'people'}"] if people else []
    who += [f"{unsigned} unsigned"] if unsigned else []
    said = "once" if times == 1 else f"{times} times"
    first, last = (f"{row[name]:%Y-%m-%d}" for name in ("first", "last"))
    when = f"on {first}" if first == last else f"from {first} to {last}"
    return f"Reported {said}, by {' and '.join(who)}, {when} (UTC)."


def _fence(text: str) -> str:
    """Put text into a fenced block that is not interpreted. The fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _create(repository: Repository, issue: Issue, repeated: bool) -> str | None:  # noqa: FBT001  # as deliver calls it
    if repeated:
        links = items_with_issues(repository, label=issue.labels[0])
        if issue.keys[0] in links:
            return links[issue.keys[0]]
    body = {"title": issue.title, "body": issue.body, "labels": list(issue.labels)}
    answer = repository.client.post(repository.path, body)
    made = answer.json()
    if answer.status != HTTPStatus.CREATED or not isinstance(made, dict):
        raise DeliveryError(
            "GitHub's response to a new issue could not be read. Check GITHUB_API_URL.", may_have_arrived=True
        )
    return str(made.get("html_url"))


class _BearerAdapter(SigningAdapter):
    """Adds GitHub's authorization headers, as the last step before sending."""

    def __init__(self, token: Secret) -> None:
        super().__init__(None)
        self._secret = token

    def signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = super().signed(request)
        signed.headers["Accept"] = "application/vnd.github+json"
        signed.headers["X-GitHub-Api-Version"] = "2022-11-28"
        signed.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        return signed
