"""Rate limits of the demo server, with each of the methods that the real service may use."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

__all__ = ["Limit", "Limiter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How the server limits requests.

    Attributes
    ----------
    requests : int
        Number of requests allowed per window. 0 for no limit.
    window : float
        Length of the window in seconds. The real service uses 60.
    counting : str
        ``"fixed"`` for fixed windows, ``"sliding"`` for a sliding window, or ``"bucket"`` for a token bucket.
    say : str
        The format of ``Retry-After`` in a 429 response.
    """

    requests: int = 0
    window: float = 60.0
    counting: Literal["fixed", "sliding", "bucket"] = "sliding"
    say: Literal["seconds", "date", "nothing"] = "seconds"


class Limiter:
    """Counts requests according to a limit."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._accepted: list[float] = []
        self._tokens = float(limit.requests)
        self._filled = time.time()

    def refuse(self) -> float | None:
        """Return None if a request is allowed, otherwise the seconds until one would be."""
        limit, now = self._limit, time.time()
        if not limit.requests:
            return None
        if limit.counting == "bucket":
            self._tokens = min(limit.requests, self._tokens + (now - self._filled) * limit.requests / limit.window)
            self._filled = now
            if self._tokens >= 1:
                self._tokens -= 1
                return None
            return (1 - self._tokens) * limit.window / limit.requests
        start = now // limit.window * limit.window if limit.counting == "fixed" else now - limit.window
        self._accepted = [moment for moment in self._accepted if moment >= start]
        if len(self._accepted) < limit.requests:
            self._accepted.append(now)
            return None
        return (start if limit.counting == "fixed" else self._accepted[0]) + limit.window - now
