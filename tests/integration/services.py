"""Slack and GitHub as far as the tests need them: what they take, refuse and forget, on the loopback interface."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

FINE, REFUSED, BUSY, LIMITED, FAILED, FAILED_AFTER, LOST, LOST_BEFORE = (
    "fine", "refused", "busy", "limited", "failed", "failed after taking it", "lost after taking it", "lost",
)  # fmt: skip


@dataclass
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Loopback:
    """A server in a thread; ``plan`` says what happens to the next requests that would change something."""

    def __init__(self) -> None:
        self.plan: list[str] = []
        self.log: list[HTTPServerRequest] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        (socket,) = bind_sockets(0, "127.0.0.1")
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(socket), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, socket: Any) -> None:
        self._server = HTTPServer(self._on_request)
        self._server.add_socket(socket)

    async def _stop(self) -> None:
        self._server.stop()
        await self._server.close_all_connections()

    def _on_request(self, request: HTTPServerRequest) -> None:
        self.log.append(request)
        connection: Any = request.connection
        change = request.method != "GET"
        fate = self.plan.pop(0) if change and self.plan else FINE
        reply = self.limits(fate)
        if reply is None and fate not in {FAILED, LOST_BEFORE}:
            reply = self.answer(request)
        if fate in {LOST, LOST_BEFORE}:
            connection.stream.close()
            return
        if fate in {FAILED, FAILED_AFTER}:
            reply = Reply(503, b"upstream error")
        assert reply is not None
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.stream.write(f"HTTP/1.1 {reply.status} x\r\n{head}\r\n".encode() + reply.body)
        connection.finish()

    def limits(self, fate: str) -> Reply | None:
        raise NotImplementedError

    def answer(self, request: HTTPServerRequest) -> Reply:
        raise NotImplementedError


class Slack(Loopback):
    """An incoming webhook: takes Block Kit within its limits."""

    path = "/services/T0000/B0000/SeCrEtSeCrEtSeCrEt"

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []

    def limits(self, fate: str) -> Reply | None:
        return {
            LIMITED: Reply(429, b"rate_limited", {"Retry-After": "7"}),
            REFUSED: Reply(403, b"action_prohibited"),
        }.get(fate)

    def answer(self, request: HTTPServerRequest) -> Reply:
        if request.path != self.path:
            return Reply(404, b"no_service")
        payload = json.loads(request.body)
        if not self.valid(payload["blocks"]):
            return Reply(400, b"invalid_blocks")
        self.messages.append(payload)
        return Reply(200, b"ok")

    @staticmethod
    def valid(blocks: list[dict[str, Any]]) -> bool:
        most = {"header": 150, "section": 3000}
        texts = [(block["text"]["text"], most[block["type"]]) for block in blocks if block["type"] in most]
        contexts = [block["elements"] for block in blocks if block["type"] == "context"]
        return (
            len(blocks) <= 50
            and all(0 < len(text) <= limit for text, limit in texts)
            and all(len(elements) <= 10 for elements in contexts)
        )


class GitHub(Loopback):
    """Issues of one repository: listed by label in pages, created with labels."""

    def __init__(self, *, token: str, repository: str = "acme/shop", per_page: int = 3) -> None:
        super().__init__()
        self.token, self.repository, self.per_page = token, repository, per_page
        self.issues: list[dict[str, Any]] = []

    def limits(self, fate: str) -> Reply | None:
        secondary = b'{"message": "You have exceeded a secondary rate limit."}'
        return {
            LIMITED: Reply(403, secondary, {"Retry-After": "30"}),
            BUSY: Reply(403, secondary),
            REFUSED: Reply(403, b'{"message": "Resource not accessible by personal access token"}'),
        }.get(fate)

    def answer(self, request: HTTPServerRequest) -> Reply:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return Reply(401, b'{"message": "Bad credentials"}')
        one = re.fullmatch(rf"/api/v3/repos/{self.repository}/issues/(\d+)(/comments)?", request.path)
        if one is not None and int(one[1]) <= len(self.issues):
            return self._one(self.issues[int(one[1]) - 1], request)
        if request.path != f"/api/v3/repos/{self.repository}/issues":
            return Reply(404, b'{"message": "Not Found"}')
        return self._create(json.loads(request.body)) if request.method == "POST" else self._list(request)

    def close(self, number: int, at: str) -> None:
        self.issues[number - 1] |= {"state": "closed", "closed_at": at}

    def _one(self, issue: dict[str, Any], request: HTTPServerRequest) -> Reply:
        if request.method == "PATCH":
            issue |= json.loads(request.body) | {"closed_at": None}
            return Reply(200, json.dumps(issue).encode())
        comments = issue.setdefault("comments_of_it", [])
        if request.method == "POST":
            comments.append(json.loads(request.body) | {"created_at": "2026-05-01T00:00:00Z"})
            return Reply(201, json.dumps(comments[-1]).encode())
        return Reply(200, json.dumps(comments).encode())

    def _create(self, issue: dict[str, Any]) -> Reply:
        if len(issue["title"]) > 256 or len(issue["body"]) > 65536 or not issue["title"]:
            return Reply(422, b'{"message": "Validation Failed"}')
        number = len(self.issues) + 1
        made = issue | {"number": number, "state": "open", "html_url": f"https://ghe.example/acme/shop/issues/{number}"}
        self.issues.append(made)
        return Reply(201, json.dumps(made).encode())

    def _list(self, request: HTTPServerRequest) -> Reply:
        asked = {name: values[-1].decode() for name, values in request.arguments.items()}
        found = [issue for issue in self.issues if asked["labels"] in issue["labels"]]
        found = [issue for issue in found if asked.get("state") == "all" or issue["state"] == "open"][::-1]
        page, size = int(asked.get("page", 1)), min(int(asked["per_page"]), self.per_page)
        more = len(found) > page * size
        again = re.sub(r"&page=\d+$", "", request.uri or "")
        link = {"Link": f'<{self.url}{again}&page={page + 1}>; rel="next"'} if more else {}
        return Reply(200, json.dumps(found[(page - 1) * size : page * size]).encode(), link)
