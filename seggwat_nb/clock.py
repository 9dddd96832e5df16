"""The time and waiting, in one place so that tests do not have to sleep."""

from __future__ import annotations

import time

__all__ = ["Clock"]


class Clock:
    """The system clock."""

    def now(self) -> float:
        """Return the seconds since the epoch, the same for all processes on the machine."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait. Ctrl-C or a kernel's stop button ends it immediately."""
        time.sleep(seconds)

    def monotonic(self) -> float:
        """Return the seconds since an arbitrary time, unaffected by changes of the system clock."""
        return time.monotonic()
