"""The time, and waiting: held in one hand so that tests need not sleep."""

from __future__ import annotations

import time

__all__ = ["Clock"]


class Clock:
    """The system's clock."""

    def now(self) -> float:
        """Seconds since the epoch; shared by all processes of the machine."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait; Ctrl-C and a kernel's stop button end it at once."""
        time.sleep(seconds)

    def monotonic(self) -> float:
        """Seconds since some moment; no change of the system's clock moves it."""
        return time.monotonic()
