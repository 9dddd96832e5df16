"""Notices responses that a cache on the way has kept: pages of different times are not one list.

A cache has to say how old a response is (``Age``). One that does not may say that it has kept it, or return it with the
date at which the service sent it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from seggwat_nb.config import API_PATH
from seggwat_nb.errors import UnexpectedResponseError
from seggwat_nb.secret import presentable
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    import requests

__all__ = ["CachedResponses"]

_SECONDS: Final = re.compile("[0-9]{1,10}")
_HEADERS: Final = ("Cache-Status", "CF-Cache-Status", "X-Cache", "X-Cache-Status", "X-Proxy-Cache")
_KEPT: Final = re.compile(r"\b(hit|stale|updating)\b", re.IGNORECASE)

_LAG: Final = 60.0
"""Servers' clocks may differ by up to this many seconds."""


class CachedResponses:
    """Compares each response of a session with those before it."""

    def __init__(self) -> None:
        self._latest: tuple[datetime, datetime] | None = None  # its date, and when it was received
        self._suspected: dict[str, datetime] = {}

    def error_in(self, response: requests.Response, host: str) -> UnexpectedResponseError | None:
        """Return an error if a cache has kept a response, else None.

        A response that is dated long before an earlier one is only believed if it is dated otherwise when it is
        requested again, since then it comes from a server whose clock differs, or if the clock of this machine went
        back, too, as for a server on this machine.
        """
        said = self._age(response) or self._lag(response)
        if said is None:
            return None
        return UnexpectedResponseError(
            f"A cache on the way to {host} returned a response that is {said}, so it may be outdated. Check whether a "
            f"proxy caches responses, or ask the operator not to cache {API_PATH}."
        )

    @staticmethod
    def _age(response: requests.Response) -> str | None:
        age = response.headers.get("Age", "").strip()
        if _SECONDS.fullmatch(age):
            return f"{count_of(int(age), 'second')} old" if int(age) else None
        kept = [name for name in _HEADERS if _KEPT.search(response.headers.get(name, ""))]
        return f"stored ({kept[0]}: {presentable(response.headers[kept[0]])})" if kept else None

    def _lag(self, response: requests.Response) -> str | None:
        sent = _date(response.headers.get("Date", ""))
        if sent is None:
            return None
        now = datetime.now(UTC)
        latest, received = self._latest or (sent, now)
        lag = (latest - sent).total_seconds() + min(0.0, (now - received).total_seconds())
        if lag > _LAG and self._suspected.setdefault(response.url, sent) == sent:
            return f"dated {count_of(int(lag), 'second')} before an earlier one"
        self._suspected.pop(response.url, None)
        self._latest = sent, now
        return None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None
