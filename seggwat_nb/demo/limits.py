"""How the demo's server limits requests, in each of the ways in which the real service might count them."""

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
        How many are allowed in a window; 0 is no limit.
    window : float
        Length of the window in seconds; 60 for the real service.
    counting : str
        ``"fixed"`` windows by the clock, a ``"sliding"`` one, or a token ``"bucket"``.
    say : str
        How ``Retry-After`` comes with a 429.
    """

    requests: int = 0
    window: float = 60.0
    counting: Literal["fixed", "sliding", "bucket"] = "sliding"
    say: Literal["seconds", "date", "nothing"] = "seconds"


class Limiter:
    """Counts requests as the limit says."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._accepted: list[float] = []
        self._tokens = float(limit.requests)
        self._filled = time.time()

    def refuse(self) -> float | None:
        """None where a request is let through, else the seconds after which one would be."""
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
