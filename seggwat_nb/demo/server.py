"""A server on the loopback interface that implements the API, for the demo project and the tests."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any, Final, Self

from tornado.httpserver import HTTPServer
from tornado.web import Application

from seggwat_nb.config import DEMO_PROJECT_IDS, DEMO_TOKEN
from seggwat_nb.demo import plans
from seggwat_nb.demo.handler import ORG_ID, Handler
from seggwat_nb.demo.limits import Limit, Limiter
from seggwat_nb.demo.state import Service
from seggwat_nb.errors import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seggwat_nb.demo.handler import Request

__all__ = ["PROJECT_ID", "DemoServer", "single_project"]

PROJECT_ID: Final = DEMO_PROJECT_IDS[0]


def single_project(feedback: Iterable[Mapping[str, Any]] = (), ratings: Iterable[Mapping[str, Any]] = ()) -> Service:
    """Create a service with one project."""
    project = {
        "id": PROJECT_ID,
        "key": "shop",
        "name": "Shop",
        "description": "A shop on the web",
        "allowed_origins": ["https://shop.example"],
        "org_id": ORG_ID,
    }
    return Service([project], {PROJECT_ID: feedback}, {PROJECT_ID: ratings})


class DemoServer:
    """The demo server. Use it in a ``with`` block, or call `start` and `stop`.

    Parameters
    ----------
    service
        The data.
    port
        The port. 0 chooses a free one.
    faults, changes
        Planned faults and changes, by number of the list request.
    limit
        The rate limit.
    most_rows
        The maximum page size. Larger limits are reduced to it, or rejected with ``refuse_long_pages``.
    with_summary
        Whether the optional summary route exists.
    with_typed_stats, with_kind_stats
        Whether the two routes for rating totals exist.

    Attributes
    ----------
    log : list of Request
        Every request so far.
    """

    def __init__(
        self,
        service: Service,
        *,
        port: int = 0,
        token: str = DEMO_TOKEN,
        faults: plans.Faults | None = None,
        changes: plans.Changes | None = None,
        limit: Limit | None = None,
        most_rows: int = 100,
        refuse_long_pages: bool = False,
        with_summary: bool = True,
        with_typed_stats: bool = True,
        with_kind_stats: bool = True,
    ) -> None:
        self.service = service
        self.token = token
        self.faults = faults or plans.Faults()
        self.changes = changes or {}
        self.limit = limit or Limit()
        self.most_rows = most_rows
        self.refuse_long_pages = refuse_long_pages
        self.with_summary = with_summary
        self.with_typed_stats = with_typed_stats
        self.with_kind_stats = with_kind_stats
        self.log: list[Request] = []
        self.list_requests = 0
        self.limiter = Limiter(self.limit)
        self._port = port
        self._ready = threading.Event()
        self._arrived = threading.Condition()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """Base URL of the server."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def project_id(self) -> str:
        """ID of the first project."""
        return str(self.service.projects()[0]["id"])

    def start(self) -> Self:
        """Serve in a separate thread.

        Raises
        ------
        DemoError
            The port cannot be used.
        """
        try:
            listening = socket.create_server(("127.0.0.1", self._port))
        except (OSError, OverflowError) as error:
            raise DemoError(
                f"Port {self._port} cannot be used ({error}). Pass another port, or 0 for a free one."
            ) from None
        listening.setblocking(False)  # noqa: FBT003  # socket's signature
        self._port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(listening,), name="seggwat-demo", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self) -> None:
        """Stop serving. Running requests are dropped."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
            self._thread = None

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        while self._thread is not None:
            self._thread.join(1.0)

    def wait_for(self, requests: int) -> None:
        """Wait until this many list requests have been received."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: self.list_requests >= requests, timeout=120):
                raise DemoError(f"Only {self.list_requests} of {requests} requests came within two minutes.")

    def count_request(self) -> int:
        """Count a list request."""
        with self._arrived:
            self.list_requests += 1
            self._arrived.notify_all()
            return self.list_requests

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self, listening: socket.socket) -> None:
        asyncio.run(self._main(listening))

    async def _main(self, listening: socket.socket) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        application = Application([(r"/api/v1(/.*)", Handler, {"demo": self})], log_function=lambda _: None)
        server = HTTPServer(application)
        server.add_socket(listening)
        self._ready.set()
        await self._stop.wait()
        server.stop()
        await server.close_all_connections()
