"""Retries: parses ``Retry-After`` and implements the retry loop for the API, Slack and GitHub."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar

from seggwat_nb.errors import SeggwatError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["LONGEST_PAUSE", "TRIES", "backoff", "requested_pause", "send_until_answered", "when_to_return"]

TRIES: Final = 5
LONGEST_PAUSE: Final = 900.0
"""Maximum pause in seconds. If a service requests a longer one, an error is raised instead of waiting."""

_LONGEST_BELIEVED: Final = 366 * 86_400.0
"""Longer pauses, in seconds, are reduced to this, so that dates stay valid."""

_FIRST_EPOCH: Final = 1e9
_LAST_EPOCH: Final = 1e10
"""Between these, 2001 and 2286, a number is the end of the pause in seconds since 1970, as some services write it."""

_NUMBER: Final = r"\d+(?:\.\d*)?"
_SECONDS: Final = re.compile(
    rf"(?P<all>{_NUMBER}(?:\s*,\s*{_NUMBER})*)\s*(?:s|secs?|seconds?)?", re.ASCII | re.IGNORECASE
)

T = TypeVar("T")


def requested_pause(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the pause that ``Retry-After`` requests.

    Parameters
    ----------
    headers
        Headers of the response. The case of names is ignored.
    now
        The time, in seconds since the epoch. Dates are relative to the service's own ``Date`` header if there is one.

    Returns
    -------
    float or None
        Seconds from now, or None if the header is missing or invalid.

    Examples
    --------
    >>> requested_pause({"Retry-After": "700"}, now=0)
    700.0
    >>> dates = {"Date": "Thu, 26 Nov 2026 10:00:00 GMT", "Retry-After": "Thu, 26 Nov 2026 10:01:00 GMT"}
    >>> requested_pause(dates, now=0)
    61.0
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    text = lower.get("retry-after", "")
    until = None
    found = _SECONDS.fullmatch(text)
    if found is not None:
        seconds = max(float(part) for part in found["all"].split(","))
        if not _FIRST_EPOCH <= seconds < _LAST_EPOCH:
            return min(seconds, _LONGEST_BELIEVED)
        until = datetime.fromtimestamp(seconds, UTC)
    until = until or _moment(text)
    if until is None:
        return None
    seconds = (until - (_moment(lower.get("date", "")) or datetime.fromtimestamp(now, UTC))).total_seconds()
    return min(max(0.0, seconds) + 1.0, _LONGEST_BELIEVED)  # A date has whole seconds.


def backoff(attempt: int) -> float:
    """Return a pause in seconds that doubles with each attempt, with jitter, so that clients do not retry in sync."""
    return 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311  # jitter, not for security


def send_until_answered(
    send: Callable[[int], T],
    *,
    may_help: Callable[[SeggwatError], bool],
    wait: Callable[[SeggwatError, int], None],
    tries: int = TRIES,
) -> T:
    """Send, and retry if that may help.

    Parameters
    ----------
    send
        Sends once and returns the response. Receives the number of the attempt.
    may_help
        Returns whether a retry may help and cannot make a change twice.
    wait
        Waits before the next attempt. Receives the error and the number of the attempt.
    tries
        Maximum number of attempts.

    Raises
    ------
    SeggwatError
        A retry would not help, all attempts failed, or the service requests a longer pause than `LONGEST_PAUSE`.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            return send(attempt)
        except SeggwatError as error:
            failure = error
        # Outside the except block, so that what is raised here has no context.
        helps = may_help(failure)
        if helps and failure.retry_after is not None and failure.retry_after > LONGEST_PAUSE:
            failure.args = (f"{failure} {when_to_return(failure.retry_after)}",)
            raise failure
        if attempt >= tries or not helps:
            raise failure
        wait(failure, attempt)


def when_to_return(seconds: float, *, is_rest: bool = False) -> str:
    """Say when a pause ends that is too long to wait for, or what is left of one that was requested earlier."""
    until = datetime.now(UTC) + timedelta(seconds=min(seconds, _LONGEST_BELIEVED))
    why = (
        "The pause that the service requested is not over"
        if is_rest
        else (f"The service requested a pause of {seconds:,.0f} seconds")
    )
    return f"{why}. Retry after {until:%Y-%m-%d %H:%M:%S} UTC."


def _moment(text: str) -> datetime | None:
    moment = None
    for read in (parsedate_to_datetime, datetime.fromisoformat):  # Some services write ISO 8601.
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            moment = read(text)
            break
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
