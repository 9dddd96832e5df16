"""When to send again: one reader of ``Retry-After`` and one loop of tries, for the API, Slack and GitHub."""

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

__all__ = ["LONGEST_PAUSE", "TRIES", "asked_pause", "backoff", "send_until_answered", "when_to_return"]

TRIES: Final = 5
LONGEST_PAUSE: Final = 900.0
"""A service that asks for a longer pause than this, in seconds, is not waited for."""

_LONGEST_BELIEVED: Final = 366 * 86_400.0
"""Longer pauses, in seconds, are taken for this one: no date lies beyond them."""

_SECONDS: Final = re.compile(r"\d+(?:\.\d*)?(?:\s*,\s*\d+(?:\.\d*)?)*", re.ASCII)

T = TypeVar("T")


def asked_pause(headers: Mapping[str, str], *, now: float) -> float | None:
    """Read the pause that ``Retry-After`` asks for.

    Parameters
    ----------
    headers
        Of the answer; names in any case.
    now
        The time, in seconds since the epoch. A date is taken by the service's own ``Date`` if there is one.

    Returns
    -------
    float or None
        Seconds from now; None if nothing is asked, or nothing that can be read.

    Examples
    --------
    >>> asked_pause({"Retry-After": "700"}, now=0)
    700.0
    >>> dates = {"Date": "Thu, 26 Nov 2026 10:00:00 GMT", "Retry-After": "Thu, 26 Nov 2026 10:01:00 GMT"}
    >>> asked_pause(dates, now=0)
    61.0
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    text = lower.get("retry-after", "")
    if _SECONDS.fullmatch(text):
        return min(max(float(part) for part in text.split(",")), _LONGEST_BELIEVED)
    until = _moment(text)
    if until is None:
        return None
    seconds = (until - (_moment(lower.get("date", "")) or datetime.fromtimestamp(now, UTC))).total_seconds()
    return min(max(0.0, seconds) + 1.0, _LONGEST_BELIEVED)  # A date has whole seconds.


def backoff(attempt: int) -> float:
    """Return a pause in seconds that doubles with each attempt, with a jitter so that not all clients retry at once."""
    return 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311  # jitter, no secret


def send_until_answered(
    send: Callable[[int], T], *, may_help: Callable[[SeggwatError], bool], wait: Callable[[SeggwatError, int], None]
) -> T:
    """Send, and send again where another try may help.

    Parameters
    ----------
    send
        Sends once, told which attempt this is, and returns the answer.
    may_help
        Tells whether another try may help, and cannot do a thing twice.
    wait
        Waits before the next try, told the error and the attempt.

    Raises
    ------
    SeggwatError
        Another try cannot help, the tries are used up, or the service asks for a longer pause than `LONGEST_PAUSE`.
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
        if attempt == TRIES or not helps:
            raise failure
        wait(failure, attempt)


def when_to_return(seconds: float) -> str:
    """Return when a pause ends that is too long to wait for."""
    until = datetime.now(UTC) + timedelta(seconds=min(seconds, _LONGEST_BELIEVED))
    return f"The service requested a pause of {seconds:,.0f} seconds. Retry after {until:%Y-%m-%d %H:%M:%S} UTC."


def _moment(text: str) -> datetime | None:
    moment = None
    for read in (parsedate_to_datetime, datetime.fromisoformat):  # Some services write ISO 8601.
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            moment = read(text)
            break
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
