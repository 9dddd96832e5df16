"""Sends to Slack and GitHub. Requested pauses are respected, and anything that may have arrived is only resent marked.

Pauses are stored on disk, like those of the API, so the next run waits for their end, too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

from requests.utils import parse_header_links

from seggwat_nb import progress
from seggwat_nb.clock import Clock
from seggwat_nb.config import cache_folder
from seggwat_nb.errors import DeliveryError, NetworkError
from seggwat_nb.rate_limit import Budget, PausedError
from seggwat_nb.retry import TRIES, backoff, requested_pause, send_until_answered
from seggwat_nb.signing import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import requests

    from seggwat_nb.errors import SeggwatError
    from seggwat_nb.secret import Secret
    from seggwat_nb.share.delivery.outbox import Delivery, Ledger, Sendable
    from seggwat_nb.signing import SigningAdapter

__all__ = ["OF_CONTENT", "WEBHOOK", "Answer", "DeliveryClient", "Waiting", "deliver", "deliver_all"]

SendableT = TypeVar("SendableT", bound="Sendable")
RefT = TypeVar("RefT", bound="str | None")

PACE: Final = 1.0
"""Seconds between two messages, as required by Slack for a webhook and by GitHub for creating content."""

_UNSAID: Final = 60.0
"""Seconds to wait if a service limits requests without saying for how long. GitHub asks for at least a minute."""

_TIMEOUT: Final = (10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """A service's response, without the request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401  # JSON
        """Parse the body, or return None if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def following(self) -> dict[str, str] | None:
        """Query of the next page. Its host is ignored, so that the token cannot be sent elsewhere.

        Raises
        ------
        ValueError
            The address of the next page cannot be read.
        """
        links = parse_header_links(self.headers.get("Link", ""))
        urls = [link["url"] for link in links if link.get("rel") == "next"]
        if not urls:
            return None
        query = dict(parse_qsl(urlsplit(urls[0]).query, strict_parsing=True))
        if not query:
            raise ValueError(urls[0])
        return query


class DeliveryClient:
    """A connection to one service.

    Parameters
    ----------
    service
        Display name.
    root
        Base URL of all requests. Nothing is sent anywhere else.
    adapter
        Signs the requests.
    secret
        The secret used for signing. Pauses are stored separately for each.
    clock
        Returns the time and waits.
    """

    def __init__(
        self, service: str, root: str, *, adapter: SigningAdapter, secret: Secret, clock: Clock | None = None
    ) -> None:
        self.service = service
        self._root = root
        self._clock = clock or Clock()
        self._next_post = 0.0
        key = hashlib.sha256(f"{root}:{secret.fingerprint}".encode()).hexdigest()[:24]
        self._budget = Budget(
            cache_folder() / "limits" / f"{service.lower()}-{key}",
            per_minute=0,
            clock=self._clock,
            on_wait=lambda seconds, _: progress.say(
                f"Waiting {progress.duration(seconds)}: {service} requested a pause"
            ),
        )
        self._session = Session()
        self._session.adapters.clear()
        self._session.mount(f"{root}/", adapter)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.auth = _no_auth  # Else a netrc file's password would be sent.

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """Send a GET request, with retries."""
        return self._ask("GET", path, params=params)

    def read_list(self, path: str, params: Mapping[str, str | int]) -> Iterator[dict[str, Any]]:
        """Read a list, page by page.

        Raises
        ------
        DeliveryError
            A page is not a list, or it is unclear what the next one is.
        """
        following: Mapping[str, str | int] | None = params
        previous, asked = None, set[frozenset[tuple[str, str]]]()
        while following:
            answer = self.get(path, following)
            page = answer.json()
            asked.add(frozenset((name, str(value)) for name, value in following.items()))
            try:
                following = answer.following
            except ValueError:
                page = None
            if not isinstance(page, list):
                raise DeliveryError(f"{self.service}'s list could not be read. Check the address of its API.")
            if (following and frozenset(following.items()) in asked) or page == previous:
                raise DeliveryError(
                    f"{self.service}'s list returns the same page again and again. Check the address of its API."
                )
            yield from (record for record in page if isinstance(record, dict))
            previous = page

    def post(self, path: str, body: object) -> Answer:
        """Send a POST request. It is only retried if it was certainly not accepted.

        Raises
        ------
        DeliveryError
            It was rejected, or there was no clear response, in which case ``may_have_arrived`` is true.
        """
        return self._ask("POST", path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})

    def patch(self, path: str, body: object) -> Answer:
        """Send a PATCH request, with retries, since making a change twice has the same effect."""
        return self._ask("PATCH", path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})

    def wait(self, seconds: float, reason: str) -> None:
        """Wait, with a message if it takes long."""
        if seconds > PACE:
            progress.say(f"Waiting {progress.duration(seconds)}: {reason}")
        self._clock.sleep(seconds)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def pause(self, error: SeggwatError, attempt: int) -> None:
        """Wait before a retry: at least as long as the service requests, and longer with each attempt."""
        asked = error.retry_after or 0.0  # The budget already waits this long before the next request.
        seconds = max(0.0, backoff(attempt) - asked)
        if seconds:
            progress.say(f"Waiting {progress.duration(seconds)}, attempt {attempt} of {TRIES}: {error}")
            self._clock.sleep(seconds)

    def _ask(self, method: str, path: str, **parts: Any) -> Answer:  # noqa: ANN401  # of requests
        return send_until_answered(
            lambda _: self._send_once(method, path, parts), may_help=_is_certainly_rejected, wait=self.pause
        )

    def _send_once(self, method: str, path: str, parts: dict[str, Any]) -> Answer:
        if method == "POST":
            self._keep_pace()
        failure = None
        try:
            self._budget.acquire()
            response = self._session.request(
                method, self._root + path, allow_redirects=False, timeout=_TIMEOUT, **parts
            )
        except NetworkError as error:
            failure = DeliveryError(
                f"{self.service}: {error}", may_have_arrived=method == "POST" and error.was_sent, passing=True
            )
        except PausedError as error:
            failure = DeliveryError(f"{self.service}: {error}", retry_after=error.retry_after)
        if failure is not None:
            raise failure  # Outside the except block, so that it has no context.
        answer = Answer(response.status_code, dict(response.headers), response.content)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        limited = _is_limited(answer)
        at_fault = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.REQUEST_TIMEOUT
        passing = limited or at_fault or answer.status == HTTPStatus.TOO_EARLY
        pause = _pause_of(answer, now=self._clock.now(), limited=limited) if passing else None
        if pause:
            self._budget.hold(pause)
        raise DeliveryError(
            f"{self.service} returned {answer.status} ({_error_message(answer)}). "
            f"{_LATER if passing else _HELP[self.service].get(answer.status, _OTHERWISE[self.service])}",
            may_have_arrived=method == "POST" and at_fault,
            passing=passing,
            retry_after=pause,
            status=answer.status,
        )

    def _keep_pace(self) -> None:
        now = self._clock.now()
        if self._next_post > now:
            self.wait(self._next_post - now, f"{self.service} accepts one message per second")
        self._next_post = max(now, self._next_post) + PACE


def _error_message(answer: Answer) -> str:
    body = answer.json()
    named = [body.get(name) for name in _SAID] if isinstance(body, dict) else []
    said = next((text for text in named if isinstance(text, str) and text), answer.body.decode("utf-8", "replace"))
    line = "".join(char if char.isprintable() else " " for char in said)[:200].strip()
    return line or "no reason given"


OF_CONTENT: Final = frozenset({400, 413, 422})
"""Statuses with which services refuse what a message says, so that they may accept others."""

_MOST_REFUSED: Final = 3
"""Number of refused items after which a receiver that has accepted none is not asked again."""

_SAID: Final = ("message", "error", "detail", "title")
"""Where services put what people should read."""

_LATER: Final = "Retry later."
_REDIRECTS: Final = (301, 302, 303, 307, 308)
WEBHOOK: Final = "Webhook"
"""Name of a service of the user's own."""

_REJECTED: Final = dict.fromkeys(OF_CONTENT, "It rejected the content. Please report this.")
_HELP: Final[Mapping[str, Mapping[int, str]]] = {
    "Slack": _REJECTED
    | {
        **dict.fromkeys(_REDIRECTS, "Redirects are not followed. Check SLACK_WEBHOOK_URL."),
        403: "Ask an administrator of the workspace whether the webhook may post to the channel.",
        404: "The webhook was removed or disabled. Create another, and set SLACK_WEBHOOK_URL to its address.",
        410: "The channel is archived or was deleted. Create a webhook for another, and set SLACK_WEBHOOK_URL.",
    },
    "GitHub": _REJECTED
    | {
        **dict.fromkeys(_REDIRECTS, "The repository has moved. Set GITHUB_REPOSITORY or GITHUB_API_URL to match."),
        401: "Check GITHUB_TOKEN: it is missing, invalid or expired.",
        403: "Check that the token may read and write issues, and that the issue is not locked.",
        404: "Check GITHUB_REPOSITORY and GITHUB_API_URL, and that the token has access to the repository.",
        410: "Check that the repository has issues enabled, and that the issue was not deleted.",
    },
    WEBHOOK: {
        **dict.fromkeys(_REDIRECTS, "Redirects are not followed. Set the new address."),
        **dict.fromkeys((401, 403), "Check the address, and that both sides have the same secret."),
        **dict.fromkeys((404, 405, 410), "Check the address."),
    },
}
_OTHERWISE: Final[Mapping[str, str]] = {
    "Slack": "Check the network and SLACK_WEBHOOK_URL.",
    "GitHub": "Check the network and GITHUB_API_URL.",
    WEBHOOK: "Check why the receiver rejects it.",
}


class Waiting(Protocol):
    """Whatever waits between tries, as a `DeliveryClient` does."""

    def pause(self, error: SeggwatError, attempt: int) -> None:
        """Wait before another try."""


def deliver(ledger: Ledger, keys: tuple[str, ...] | Delivery, send: Callable[[bool], RefT], *, client: Waiting) -> RefT:
    """Send one message. If it has to be repeated although it may have arrived, it is marked as possibly repeated.

    Parameters
    ----------
    ledger
        Records the message before and after sending.
    keys
        IDs of the items in the message, or a message that was in flight when an earlier run ended.
    send
        Sends the message. Receives whether it may have arrived before, and returns the service's reference to it.
    client
        Waits between attempts.

    Returns
    -------
    str or None
        The return value of `send`.

    Raises
    ------
    DeliveryError
        The message was rejected, or all attempts failed. The ledger records which.
    """
    repeated = not isinstance(keys, tuple)
    delivery = ledger.begin(keys) if isinstance(keys, tuple) else keys

    def once(_: int) -> RefT:
        return send(repeated)

    def is_in_doubt(error: SeggwatError) -> bool:
        nonlocal repeated
        repeated = repeated or (isinstance(error, DeliveryError) and error.may_have_arrived)
        return isinstance(error, DeliveryError) and error.may_have_arrived

    try:
        ref = send_until_answered(once, may_help=is_in_doubt, wait=client.pause)
    except DeliveryError:
        if not repeated:
            ledger.withdraw(delivery)
        raise
    ledger.settle(delivery, ref)
    return ref


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _is_certainly_rejected(error: SeggwatError) -> bool:
    return isinstance(error, DeliveryError) and error.passing and not error.may_have_arrived


def _is_limited(answer: Answer) -> bool:
    """Return whether a rate limit was reached. GitHub also uses status 403 for this."""
    if answer.status != HTTPStatus.FORBIDDEN:
        return answer.status == HTTPStatus.TOO_MANY_REQUESTS
    headers = {name.lower(): value for name, value in answer.headers.items()}
    spent = headers.get("x-ratelimit-remaining") == "0"
    return spent or "retry-after" in headers or b"rate limit" in answer.body.lower()


def _pause_of(answer: Answer, *, now: float, limited: bool) -> float | None:
    """Return how many seconds to wait, as requested by the service or as known to be needed."""
    asked = requested_pause(answer.headers, now=now)
    if asked is not None or not limited:
        return asked
    headers = {name.lower(): value for name, value in answer.headers.items()}
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and re.fullmatch(r"[0-9]{1,12}", reset):
        return max(0.0, float(reset) - now) + 1.0
    return _UNSAID


def deliver_all(
    ledger: Ledger,
    messages: Sequence[SendableT],
    send: Callable[[SendableT, bool], str | None],
    *,
    others: Iterable[str],
    client: Waiting,
    halves: Callable[[SendableT], Sequence[SendableT]] | None = None,
) -> None:
    """Send messages, each once. If one is refused because of what it says, the others are sent nevertheless.

    Parameters
    ----------
    ledger
        Records what is sent.
    messages
        The messages, those that repeat an earlier delivery included.
    send
        Sends a message. Receives whether it may have arrived before, and returns the service's reference to it.
    others
        IDs of the project's other items, which count as known after a first run.
    client
        Waits between attempts.
    halves
        Splits a message that was refused. Returns nothing if it has only one item.

    Raises
    ------
    DeliveryError
        The receiver accepted no more, or refused some items, which the error names. What was sent is recorded; the next
        run continues from there.
    """
    if not ledger.begun:
        ledger.learn({*others}.difference(*(message.keys for message in messages)))
    for delivery in {*ledger.in_doubt.values()} - {message.delivery for message in messages}:
        ledger.settle(delivery)  # None of its items exists anymore.
    waiting, refused, accepts = deque(messages), list[str](), False
    while waiting:
        message = waiting.popleft()
        try:
            deliver(ledger, message.delivery or message.keys, partial(send, message), client=client)
            accepts = True
        except DeliveryError as error:
            if halves is None or error.status not in OF_CONTENT:
                raise
            parts, reason = halves(message), error
        else:
            continue
        waiting.extend(parts)
        refused += [] if parts else message.keys
        if len(refused) == _MOST_REFUSED and not accepts:
            raise reason
    if refused:
        others_sent = " All other items were sent." if accepts else ""
        raise DeliveryError(f"{reason} Refused: {', '.join(refused)}.{others_sent}", status=reason.status)
