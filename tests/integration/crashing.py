"""Programs that end at any step: a load in its own process, and what writes lines and sends requests in this one."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from seggwat_nb.append_log import AppendLog
from seggwat_nb.errors import DeliveryError
from seggwat_nb.signing import SigningAdapter

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    import pytest

    from tests.integration.services import Loopback

CRASHING = """
import os, sys
at = int(sys.argv[1])
count = 0
def crashing(real):
    def act(*args, **kwargs):
        global count
        count += 1
        if count == at:
            os._exit(9)
        return real(*args, **kwargs)
    return act
from seggwat_nb.client import Client
client = Client(max_age_seconds=0, requests_per_minute=0)
for name in ("replace", "rename", "fsync", "unlink", "mkdir"):
    setattr(os, name, crashing(getattr(os, name)))
client.feedback()
print(count)
"""
"""A load that dies at its n-th change of a file, and prints how many changes there are where it lives."""


class Crash(BaseException):
    """The machine goes off."""


class Breaker:
    """Ends the program at a step: before or after a line of a log, in the middle of it, around a request."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> None:
        self.steps_left: float = float("inf")
        append, send = AppendLog._append, SigningAdapter.send

        def broken_append(log: AppendLog, line: dict[str, Any]) -> None:
            self.step()
            if self.steps_left < 1:
                written = json.dumps(line)[: chance.randrange(len(json.dumps(line)))]
                with os.fdopen(os.open(log._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w") as file:
                    file.write(written)
            self.step()
            append(log, line)
            self.step()

        def broken_send(adapter: SigningAdapter, request: Any, *args: Any, **kwargs: Any) -> Any:
            self.step()
            self.before(request)
            answer = send(adapter, request, *args, **kwargs)
            self.step()
            self.after(request)
            return answer

        monkeypatch.setattr(AppendLog, "_append", broken_append)
        monkeypatch.setattr(SigningAdapter, "send", broken_send)

    def step(self) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Crash

    def before(self, request: Any) -> None:
        """What happens before a request arrives."""

    def after(self, request: Any) -> None:
        """What happens after it has arrived."""


def deliver_through_crashes(
    run: Callable[[int, int], Any],
    server: Loopback,
    breaker: Breaker,
    chance: random.Random,
    *,
    fates: list[str],
    steps: int,
) -> tuple[int, int]:
    """Run six times while items are added, then once without a crash; return how many items, and how many crashes.

    `run` is given the number of items, and that of the run. A crash comes within so many `steps`, or not at all.
    """
    count = crashes = 0
    for number in range(6):
        count += chance.randrange(4)
        breaker.steps_left = chance.randrange(steps)
        server.plan = chance.choices(fates, [8, *[1] * (len(fates) - 1)], k=12)
        try:
            run(count, number)
        except Crash:
            crashes += 1
        except DeliveryError:
            pass
    breaker.steps_left, server.plan = float("inf"), []
    run(count, 0)
    return count, crashes
