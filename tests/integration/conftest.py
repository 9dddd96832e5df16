"""The server over real HTTP.

Main fixtures: ``serve`` starts a demo server with records, faults and changes of the test's choice, and stops it at the
end; ``connect`` makes a client of such a server, with folders of the test's own; ``waiting`` takes the place of sleep.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from seggwat_nb.client import Client
from seggwat_nb.clock import Clock
from seggwat_nb.demo.server import PROJECT_ID, DemoServer, single_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "oat_" + "t" * 43
EPOCH = datetime(2026, 3, 1, tzinfo=UTC)


def item(number: int, **changes: Any) -> dict[str, Any]:
    """An item of feedback; a higher number is newer."""
    return {
        "id": f"item-{number:06}",
        "project_id": PROJECT_ID,
        "message": f"Message {number}",
        "status": "New",
        "type": "Bug",
        "source": "Widget",
        "created_at": (EPOCH + timedelta(minutes=number)).isoformat(),
        "archived": False,
    } | changes


def items(count: int) -> list[dict[str, Any]]:
    return [item(number) for number in range(count)]


class Waiting:
    """Stands in for time: nothing sleeps, and the clock moves on by what was waited, however busy the machine is."""

    def __init__(self) -> None:
        self.seconds = 0.0


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    waited, start = Waiting(), time.time()

    def sleep(_: Clock, seconds: float) -> None:
        waited.seconds += seconds

    monkeypatch.setattr(Clock, "sleep", sleep)
    monkeypatch.setattr(Clock, "now", lambda _: start + waited.seconds)
    return waited


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    with ExitStack() as stack:

        def start(server: DemoServer, **options: Any) -> Client:
            given = {
                "api_key": server.token,
                "project_id": PROJECT_ID,
                "base_url": server.url,
                "requests_per_minute": 0,
            }
            return stack.enter_context(Client(**{**given, **options}))

        yield start


@pytest.fixture
def serve() -> Iterator[Callable[..., DemoServer]]:
    with ExitStack() as stack:

        def start(feedback: list[dict[str, Any]] | int = 0, *, ratings: Any = (), **options: Any) -> DemoServer:
            records = items(feedback) if isinstance(feedback, int) else feedback
            options.setdefault("token", TOKEN)
            return stack.enter_context(DemoServer(single_project(records, ratings), **options))

        yield start
