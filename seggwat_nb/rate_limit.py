"""The request budget, shared by all kernels and commands of a user on this machine.

The service counts per IP address, so all processes of the user share one record on disk, protected by a lock. A limit
of ``n`` requests per minute is applied as at most ``n - 1`` in any 63 seconds, because exactly ``n`` in 60 would cause
a 429 at the edges of the service's own windows. After a 429, every process slows down to one request per ``63 / n``
seconds, the fastest pace that fixed windows, sliding windows and token buckets all allow, until nothing was sent for a
whole window.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from seggwat_nb.errors import LockedError, RateLimitError
from seggwat_nb.files import UnwritableFolder, private_folder
from seggwat_nb.locks import alone
from seggwat_nb.retry import LONGEST_PAUSE, when_to_return

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seggwat_nb.clock import Clock

__all__ = ["WINDOW_SECONDS", "Budget", "PausedError"]

WINDOW_SECONDS: Final = 63.0
"""A minute plus 5%, since clocks and network latency vary."""

_SLACK: Final = 1.05
"""The same 5% is added to pauses."""

_LONGEST_BLOCK: Final = 400 * 86_400.0
"""Maximum pause in seconds. A record with a longer one is damaged."""

_LOCK_SECONDS: Final = 10.0

_T = TypeVar("_T")


class PausedError(RateLimitError):
    """Nothing was sent, because the service requested a pause that is not over yet and too long to wait for."""


@dataclass(slots=True)
class _Record:
    """The record on disk: when requests were sent, the current pause, and whether there was a 429."""

    sent: list[float] = field(default_factory=list)
    blocked_from: float = 0.0
    blocked_until: float = 0.0
    throttled: bool = False


class Budget:
    """The number of requests that may still be sent.

    Parameters
    ----------
    folder
        Folder of the shared record.
    per_minute
        The service's limit. 0 is unlimited, but a 429 is still respected.
    clock
        Returns the time and waits.
    on_wait
        Called with the number of seconds and the reason before each wait.
    window
        Length of the window in seconds.
    on_unwritable
        Called with the error if the record cannot be written. By default, it warns.
    """

    def __init__(
        self,
        folder: Path,
        *,
        per_minute: int,
        clock: Clock,
        on_wait: Callable[[float, str], None],
        window: float = WINDOW_SECONDS,
        on_unwritable: Callable[[OSError], None] | None = None,
    ) -> None:
        self._folder = folder
        self._per_minute = per_minute
        self._most = max(1, per_minute - 1)
        self._pace = window / per_minute if per_minute else 0.0
        self._clock = clock
        self._on_wait = on_wait
        self._window = window
        self._own = _Record()
        self._on_unwritable = on_unwritable or UnwritableFolder(folder)

    def acquire(self) -> None:
        """Wait until a request may be sent, and record it.

        Raises
        ------
        LockedError
            Another program keeps the record locked.
        PausedError
            The service requested a pause that is not over yet and too long to wait for.
        """
        while True:
            wait, is_asked = self._change(self._reserve)
            if wait <= 0:
                return
            if is_asked and wait > LONGEST_PAUSE * _SLACK:
                raise PausedError(
                    f"Nothing was sent. {when_to_return(wait, is_rest=True)} If that cannot be right, delete "
                    f"{self._path}.",
                    status=429,
                    retry_after=wait,
                )
            reason = "the service requested a pause" if is_asked else self._limit_in_words()
            self._on_wait(wait, reason)
            self._clock.sleep(wait)

    def wait_for(self, requests: int) -> None:
        """Wait until a number of requests may be sent without a pause in between, or as fast as the pace allows.

        If a pause is too long to wait for, it returns immediately, and `acquire` raises an error.
        """
        pace = self._pace if self._change(_copy).throttled else 0.0
        wait = self.seconds_for(requests) - (requests - 1) * pace
        if 0 < wait <= 2 * self._window:
            self._on_wait(wait, self._limit_in_words())
            self._clock.sleep(wait)

    def on_429(self, retry_after: float | None, *, backoff: float) -> None:
        """Record a 429 for all processes. Nothing is sent until the requested pause is over.

        If no pause is requested, or if there are several in a row, a whole window has to pass. Without a limit, the
        window is unknown, and the pause is ``backoff`` seconds. This is also the minimum, so that there is always some
        pause.
        """

        def pause(record: _Record) -> None:
            unsaid = self._per_minute and (retry_after is None or record.throttled)
            self._block(record, max(self._window if unsaid else 0.0, backoff, (retry_after or 0.0) * _SLACK))
            record.throttled = record.throttled or bool(self._per_minute)

        self._change(pause, shared=True)

    def hold(self, seconds: float) -> None:
        """Send nothing for a number of seconds in any process, as a response other than 429 requested."""
        self._change(lambda record: self._block(record, seconds * _SLACK), shared=True)

    def seconds_for(self, requests: int) -> float:
        """Return how many seconds a number of requests would have to wait, if no other process sends any.

        The calculation takes the same time for any number. Each request waits for the pace and for the request a full
        window earlier, so the last one waits for the longest chain of these, starting now or at a request already sent.
        """
        now = self._clock.now()
        plan = self._change(_copy)
        first = max(now, self._ready_at(plan, now))
        if not requests or not self._per_minute:
            return first - now if requests else 0.0
        most, pace = self._most + plan.throttled, self._pace if plan.throttled else 0.0

        def wait(steps: int) -> float:
            return max(steps * pace, steps // most * self._window + steps % most * pace)

        # Earlier requests may be closer together than the pace: only the last one must be at least a pace ago.
        steps = ((moment, len(plan.sent) - place + requests - 1) for place, moment in enumerate(plan.sent))
        windows = (moment + self._window + wait(count - most) for moment, count in steps if count >= most)
        paces = (moment + wait(requests) for moment in plan.sent[-1:])
        return max(max(now, plan.blocked_until) + wait(requests - 1), *windows, *paces, first) - now

    def _reserve(self, record: _Record) -> tuple[float, bool]:
        """Record a request as sent if allowed, else return how long to wait, and whether the service requested it."""
        now = self._clock.now()
        wait = self._ready_at(record, now) - now
        if wait <= 0 and self._per_minute:
            record.sent.append(now)
        return wait, record.blocked_until > now

    def _block(self, record: _Record, seconds: float) -> None:
        record.blocked_from = self._clock.now()
        record.blocked_until = max(record.blocked_until, record.blocked_from + seconds)

    def _ready_at(self, record: _Record, now: float) -> float:
        """Return when the next request may be sent, and remove requests that no longer count."""
        # A time in the future is from a clock that has been set back since.
        record.sent = [moment for moment in record.sent if now - self._window < moment <= now]
        if now < record.blocked_from:  # The same: the pause keeps its length.
            record.blocked_until -= record.blocked_from - now
            record.blocked_from = now
        if record.throttled and not record.sent and record.blocked_until < now - self._window:
            record.throttled = False
        ready = [record.blocked_until]
        if self._per_minute and len(record.sent) >= self._most + record.throttled:
            ready.append(record.sent[-(self._most + record.throttled)] + self._window)
        if record.throttled and record.sent:
            ready.append(record.sent[-1] + self._pace)
        return max(ready)

    def _limit_in_words(self) -> str:
        if not self._per_minute:
            return "the service asked for fewer requests"
        return f"the service allows {self._per_minute} requests a minute"

    @property
    def _path(self) -> Path:
        return self._folder / "requests.json"

    def _change(self, act: Callable[[_Record], _T], *, shared: bool = False) -> _T:
        """Read the record, apply an action, and write it back if it has changed, all under the lock.

        Without a limit, there is only a record on disk if the service has requested a pause (``shared``).
        """
        path = self._path
        if not (self._per_minute or shared or os.path.exists(path)):  # noqa: PTH110  # Path.exists raises without permission
            return act(self._own)

        def change_file() -> _T:
            record = _read(path)
            before = _copy(record)
            result = act(record)
            if record != before:
                _write(path, record)
            return result

        try:
            return alone(private_folder(self._folder) / "requests.lock", change_file, seconds=_LOCK_SECONDS)
        except TimeoutError:
            raise LockedError(
                f"Another program has locked the rate limit record in {self._folder} for {_LOCK_SECONDS:.0f} seconds. "
                "Wait for it or stop it, then retry."
            ) from None
        except OSError as error:
            self._on_unwritable(error)
            return act(self._own)


def _copy(record: _Record) -> _Record:
    return replace(record, sent=list(record.sent))


def _read(path: Path) -> _Record:
    """Read the record. A damaged one is replaced by an empty one."""
    try:
        stored = json.loads(path.read_text())
        start, end = float(stored.get("blocked_from", 0.0)), float(stored["blocked_until"])
        if not end - start <= _LONGEST_BLOCK:
            start = end = 0.0
        return _Record(
            sent=sorted(float(moment) for moment in stored["sent"]),
            blocked_from=start,
            blocked_until=end,
            throttled=bool(stored["throttled"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _Record()


def _write(path: Path, record: _Record) -> None:
    beside = path.with_suffix(".part")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(asdict(record)))
    beside.replace(path)
