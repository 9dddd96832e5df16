"""A server on the loopback interface that is within HTTP, and in some way not as the demo server is."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

from seggwat_nb.demo.server import PROJECT_ID

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping


@dataclass(kw_only=True)
class OddServer:
    """Lists ``records`` in their order.

    Attributes
    ----------
    most, echoes_most
        The longest page, and whether the answer says so.
    fixed
        Whether every page has that many records, whatever is requested.
    refuses
        Status with which a longer page is refused; 0 cuts it.
    past_the_end
        Status of a page past the end; 200 is an empty page.
    shrink_at
        The request before which ``left`` records stay.
    change
        Makes the answer's JSON another one.
    one
        Makes the answer for a single record another one.
    ignores_changes
        Whether a change is answered as if it were none.
    accepts_changes
        Whether a change is answered with 202 and the record as it will be. If it is not ignored, it is made at once.
    spells
        Path and query as they are asked for to the address that they are redirected to, or to themselves.
    moves
        The status of such a redirect.
    fails
        End of a path to status and headers of its answer.
    headers
        Makes further headers of an answer, given those of the request.
    transfer
        How the body is sent: whole, gzip, chunked, each byte alone, or whole but not in UTF-8 ("latin-1").
    interim
        Statuses that come before each answer.
    version
        Version of HTTP.
    prefix
        What stands before ``/api/v1``.
    """

    records: list[dict[str, Any]]
    most: int = 100
    echoes_most: bool = True
    fixed: bool = False
    refuses: int = 0
    past_the_end: int = 200
    shrink_at: int = 0
    left: int = 0
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: answer
    one: Callable[[dict[str, Any]], object] = lambda record: record
    ignores_changes: bool = False
    accepts_changes: bool = False
    spells: Callable[[str], str] = lambda target: target
    moves: int = 308
    fails: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    headers: Callable[[Mapping[str, str]], dict[str, str]] = lambda _: {}
    transfer: str = "whole"
    interim: tuple[int, ...] = ()
    version: str = "HTTP/1.1"
    prefix: str = ""
    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    token: str = "oat_" + "t" * 43
    pages: list[tuple[int, int]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        server = type("Server", (_Server,), {"address_family": socket.AF_INET6 if ":" in self.host else socket.AF_INET})
        handler = type("Handler", (_Handler,), {"odd": self, "protocol_version": self.version})
        self._server = server((self.host, 0), handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Base URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.tls is None else 'https'}://{host}:{self._server.server_address[1]}{self.prefix}"

    def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Answer a request, which may change a record."""
        path, asked = urlsplit(target).path, parse_qs(urlsplit(target).query)
        root = f"{self.prefix}/api/v1/projects/{PROJECT_ID}/feedback"
        if path.startswith(f"{root}/"):
            found = [record for record in self.records if str(record["id"]) == path.removeprefix(f"{root}/")]
            if found and change and not self.ignores_changes:
                found[0].update(change)
            if found and change and self.accepts_changes:
                return 202, self.one(found[0] | change)
            return (200, self.one(found[0])) if found else (404, {"error": "not_found"})
        if path != root:
            return 404, {"error": "not_found"}
        page, limit = int(asked["page"][0]), int(asked["limit"][0])
        self.pages.append((page, limit))
        if len(self.pages) == self.shrink_at:
            del self.records[self.left :]
        if limit > self.most and self.refuses:
            return self.refuses, {"error": "bad_request", "message": f"limit is at most {self.most}"}
        cut, total = self.most if self.fixed else min(limit, self.most), len(self.records)
        found = self.records[(page - 1) * cut : page * cut]
        if page > 1 and not found and self.past_the_end >= 400:
            return self.past_the_end, {"error": "no_such_page"}
        told = {"page": page, "limit": cut if self.echoes_most else limit, "total": total}
        return 200, self.change({"feedback": found, "pagination": told | {"total_pages": -(-total // cut)}})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up."""


class _Handler(BaseHTTPRequestHandler):
    odd: ClassVar[OddServer]

    def do_GET(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, change: dict[str, Any] | None = None) -> None:
        path = urlsplit(self.path).path
        self.odd.asked.append(f"{self.command} {path}")
        failure = next((self.odd.fails[end] for end in self.odd.fails if path.endswith(end)), None)
        moved = self.odd.spells(self.path)
        if moved != self.path:
            failure = self.odd.moves, {"Location": moved}
        # Any spelling is answered.
        self.path = self.path.replace("/?", "?").removesuffix("/").replace("/API/v1/Projects/", "/api/v1/projects/")
        status, answer = (failure[0], None) if failure else self.odd.answer(self.path, change)
        body = b"" if status == HTTPStatus.NO_CONTENT else json.dumps(answer).encode()
        for early in self.odd.interim:
            self.wfile.write(f"HTTP/1.1 {early} Wait\r\nLink: </style.css>\r\n\r\n".encode())
        given = self.odd.headers(dict(self.headers))
        if "Date" in given:
            self.send_response_only(status)
        else:
            self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for name, value in {**given, **(failure[1] if failure else {})}.items():
            self.send_header(name, value)
        if self.odd.transfer == "latin-1":
            body = json.dumps(answer, ensure_ascii=False).encode("latin-1")
        if self.odd.transfer == "gzip":
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        if self.odd.transfer == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])
        elif self.protocol_version == "HTTP/1.1":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        step = 1 if self.odd.transfer == "byte by byte" else len(body)
        for at in range(0, len(body), step):
            self.wfile.write(body[at : at + step])

    def log_message(self, *_: object) -> None:
        """Print nothing."""
