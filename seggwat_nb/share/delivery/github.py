"""Creates GitHub issues for bugs: one for each group of near-duplicates, and none twice.

Each issue starts with a hidden marker that lists its items. Before anything is created, all issues with our label are
listed (search results may be outdated), so no run creates an issue twice, not even on another machine. Only two
machines at the same moment could.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from seggwat_nb.addresses import address_problem, is_private
from seggwat_nb.analysis.validation import check_least
from seggwat_nb.environment import refusal
from seggwat_nb.errors import ArgumentError, DeliveryError, SettingsError
from seggwat_nb.secret import Secret, hide
from seggwat_nb.share import privacy
from seggwat_nb.share.delivery.client import OF_CONTENT, DeliveryClient, deliver
from seggwat_nb.share.delivery.issues import LABEL, compose
from seggwat_nb.share.delivery.outbox import Ledger
from seggwat_nb.signing import SigningAdapter
from seggwat_nb.text import is_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    import polars as pl
    import requests

    from seggwat_nb.clock import Clock
    from seggwat_nb.environment import Variable
    from seggwat_nb.provenance import Provenance
    from seggwat_nb.share.delivery.issues import Issue

__all__ = [
    "API_URL",
    "Filed",
    "Outcome",
    "Repository",
    "check_label",
    "create",
    "items_told",
    "items_with_issues",
    "list_issues",
    "moment",
    "repository_from",
]

API_URL: Final = "https://api.github.com"

_NAME: Final = re.compile(r"[^,\x00-\x1f\x7f]{1,50}")
"""Names of labels that GitHub accepts and that a list of issues can be filtered by."""

_MARKER: Final = re.compile(r"\A<!-- seggwat-nb items: ([^\s>]+(?: [^\s>]+)*) -->")
"""Only matches at the very beginning, where there is no user text."""


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
    refused : dict of Issue to str
        Maps each issue that GitHub refused because of what it says to the error. The next run tries it last.
    """

    created: dict[str, Issue]
    left: int
    links: dict[str, str]
    refused: dict[Issue, str] = field(default_factory=dict)


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
                (address_problem(url), f"GITHUB_API_URL {address_problem(url)}"),
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


def check_label(label: str) -> str:
    """Check the name of a label by which later runs have to find the issues.

    Raises
    ------
    ArgumentError
        It is empty or too long, or contains a comma, which would be read as several labels.
    """
    if not is_text(label) or not _NAME.fullmatch(label) or label != label.strip():
        raise ArgumentError(
            "label must be 1 to 50 characters without commas and line breaks, and without spaces at its ends, got "
            f"{label!r}. Otherwise, later runs would not find the issues, and would create them again."
        )
    return label


def list_issues(repository: Repository, *, label: str = LABEL) -> list[Filed]:
    """List the issues with our marker, open or closed.

    Raises
    ------
    ArgumentError
        The label is invalid.
    DeliveryError
        GitHub did not respond, or not with issues.
    """
    found: list[Filed] = []
    query: dict[str, str | int] = {"labels": check_label(label), "state": "all", "per_page": 100}
    for issue in repository.client.read_list(repository.path, query):
        marker = _MARKER.match(str(issue.get("body") or ""))
        if marker is not None:
            items = tuple(map(unquote, marker[1].split(" ")))
            found.append(Filed(*_identify(issue), _closing_time(issue), items))
    return found


def _identify(issue: object) -> tuple[str, int]:
    """Return the address and the number of an issue.

    Raises
    ------
    DeliveryError
        One of them is missing or invalid.
    """
    url, number = (issue.get("html_url"), issue.get("number")) if isinstance(issue, dict) else (None, None)
    if isinstance(url, str) and is_private(url) and type(number) is int and number > 0:
        return url, number
    raise DeliveryError(
        "GitHub returned an issue without its number or its https:// address. Check GITHUB_API_URL, and whether a "
        "proxy answers instead."
    )


def _closing_time(issue: Mapping[str, Any]) -> datetime | None:
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
    except (ValueError, OverflowError):
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
    return {item: issue.url for issue in list_issues(repository, label=label) for item in issue.items}


def items_told(repository: Repository, folder: Path, filed: Iterable[Filed]) -> set[str]:
    """Return the items that have an issue (`filed`), or for which this machine once created one."""
    return Ledger(repository.ledger_path(folder)).known | {item for issue in filed for item in issue.items}


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
        As for `seggwat_nb.share.delivery.issues.compose`.
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
        The created and the refused issues, how many are left, and which item has which issue.

    Raises
    ------
    DeliveryError
        GitHub accepted no more. What was created is recorded; the next run continues from there.
    LockedError
        Another run is sending.
    """
    check_least("most", most, 1)
    salt = privacy.salt(folder) if masked else None
    with Ledger.open_locked(repository.ledger_path(folder)) as ledger:
        links = items_with_issues(repository, label=label)
        _resolve_doubts(ledger, links)
        known_before = ledger.known | links.keys() | set(known)
        issues = compose(frame, about=about, salt=salt, known=known_before, label=label, people=people, token=token)
        issues.sort(key=lambda issue: not ledger.rejected.isdisjoint(issue.keys))
        created: dict[str, Issue] = {}
        refused: dict[Issue, str] = {}
        for issue in issues[:most]:
            try:
                url = deliver(ledger, issue.keys, partial(_create, repository, issue), client=repository.client)
            except DeliveryError as error:
                if error.status not in OF_CONTENT:
                    raise
                ledger.reject(issue.keys)
                refused[issue] = str(error)
            else:
                created[url] = issue
                links |= dict.fromkeys(issue.keys, url)
    return Outcome(created=created, left=len(issues[most:]), links=links, refused=refused)


def _resolve_doubts(ledger: Ledger, links: Mapping[str, str]) -> None:
    """Record whether issues arrived that were in flight when a run ended: those that did are in the list."""
    for delivery in [*ledger.in_doubt.values()]:
        if any(key in links for key in delivery.keys):
            ledger.settle(delivery, links.get(delivery.keys[0]))
        else:
            ledger.withdraw(delivery)


def _create(repository: Repository, issue: Issue, repeated: bool) -> str:  # noqa: FBT001  # as deliver calls it
    if repeated:
        links = items_with_issues(repository, label=issue.labels[0])
        if issue.keys[0] in links:
            return links[issue.keys[0]]
    body = {"title": issue.title, "body": issue.body, "labels": list(issue.labels)}
    answer = repository.client.post(repository.path, body)
    try:
        url, _ = _identify(answer.json() if answer.status == HTTPStatus.CREATED else None)
    except DeliveryError as error:
        error.may_have_arrived = True
        raise
    return url


class _BearerAdapter(SigningAdapter):
    """Adds GitHub's authorization headers, as the last step before sending."""

    def __init__(self, token: Secret) -> None:
        super().__init__(None)
        self._secret = token

    def sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = super().sign(request)
        signed.headers["Accept"] = "application/vnd.github+json"
        signed.headers["X-GitHub-Api-Version"] = "2022-11-28"
        signed.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        return signed
