"""The API routes of the demo server, including the faults that its plan injects."""

from __future__ import annotations

import asyncio
import email.utils
import math
import re
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

import msgspec
from tornado.web import Finish, RequestHandler

from seggwat_nb.demo import plans
from seggwat_nb.demo.state import Record, rating_answer, rating_type
from seggwat_nb.schema import RATING_TYPES, STATUSES, TYPES

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Mapping

    from tornado.http1connection import HTTP1Connection
    from tornado.iostream import IOStream

    from seggwat_nb.demo.server import DemoServer
    from seggwat_nb.demo.state import Collection

__all__ = ["FORBIDDEN_TOKEN", "ORG_ID", "Handler", "Request"]

FORBIDDEN_TOKEN: Final = "oat_MayNotMayNotMayNotMayNotMayNotMayNotMayNotMa"  # noqa: S105  # opens nothing
ORG_ID: Final = "65d0a0c0ffee00000000000a"

_PATCHABLE: Final = frozenset({"message", "type", "status", "resolution_note"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the server received."""

    method: str
    path: str
    query: Mapping[str, str]
    status: int
    moment: float


class Handler(RequestHandler):
    """Handles one request."""

    def initialize(self, demo: DemoServer) -> None:
        """Store the server that has the data and the plans."""
        self._demo = demo
        self._service = demo.service

    async def get(self, path: str) -> None:
        """Respond with the first route that matches."""
        await self._answer(path)

    post = patch = delete = get

    def compute_etag(self) -> None:
        """Return None, since the API does not support conditional requests."""

    def finish(self, chunk: Any = None) -> Future[None]:  # noqa: ANN401  # tornado's
        """Log the request before its response can be read."""
        query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        path, method = self.request.path, self.request.method or ""
        self._demo.log.append(Request(method, path, query, self.get_status(), time.time()))
        return super().finish(chunk)

    async def _answer(self, path: str) -> None:
        self.set_header("Content-Type", "application/json")
        wait = self._demo.limiter.refuse()
        if wait is not None:
            self._too_many(math.ceil(wait), self._demo.limit.say)
        self._authenticate()
        for pattern, method, answer in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == self.request.method:
                await getattr(self, answer)(*match.groups())
                return
        self._fail(404, "not_found", "There is no such route")

    def _authenticate(self) -> None:
        key = self.request.headers.get("X-API-Key")
        if key == FORBIDDEN_TOKEN:
            self._fail(403, "forbidden", "The token may not do this")
        if key != self._demo.token:
            self._fail(401, "unauthorized", "Missing, invalid or revoked API key")

    # -- routes --

    async def _me(self) -> None:
        self._write(
            {
                "user_id": "65d0a0c0ffee0000000000ff",
                "email": "demo@example.com",
                "org_id": ORG_ID,
                "org_name": "Demo organization",
                "role": "admin",
            }
        )

    async def _projects(self) -> None:
        self._write({"projects": self._service.projects()})

    async def _project(self, project: str) -> None:
        self._write(self._service.project(self._require_project(project)))

    async def _summary(self, project: str) -> None:
        if not self._demo.with_summary:
            self._fail(404, "not_found", "There is no such route")
        self._write(self._service.summary(self._require_project(project)))

    async def _stats(self, project: str) -> None:
        self._write(self._service.stats(self._require_project(project)))

    async def _feedback(self, project: str) -> None:
        rows = self._service.feedback[self._require_project(project)]
        status, kind = self._argument("status"), self._argument("type")
        search = self._argument("search")
        wanted: list[Callable[[Record], bool]] = []
        if status is not None:
            wanted.append(lambda row: row["status"] == status)
        if kind is not None:
            wanted.append(lambda row: row["type"] == kind)
        if search is not None:
            needle = search.casefold()
            wanted.append(lambda row: needle in row["message"].casefold())
        await self._page("feedback", rows, wanted)

    async def _ratings(self, project: str) -> None:
        rows = self._service.ratings[self._require_project(project)]
        kind, path, value = self._rating_kind(), self._argument("path"), self._argument("value")
        wanted: list[Callable[[Record], bool]] = []
        if kind is not None:
            wanted.append(lambda row: rating_type(row) == kind)
        if path is not None:
            wanted.append(lambda row: row.get("path") == path)
        if value is not None:
            if value not in {"true", "false"}:
                self._fail(400, "bad_request", "value is true or false")
            wanted.append(lambda row: rating_answer(row) is (value == "true"))
        await self._page("ratings", rows, wanted)

    async def _item(self, project: str, record: str) -> None:
        self._write(self._record(self._service.feedback[self._require_project(project)], record))

    async def _rating(self, project: str, record: str) -> None:
        self._write(self._record(self._service.ratings[self._require_project(project)], record))

    async def _helpful_stats(self, project: str) -> None:
        self._write(self._service.rating_stats(self._require_project(project), "helpful", self._argument("path")))

    async def _typed_stats(self, project: str) -> None:
        kind = self._rating_kind()
        if kind is None:
            self._fail(400, "bad_request", "type is required")
        self._rating_totals(project, kind, exists=self._demo.with_typed_stats, more={"type": kind})

    async def _kind_stats(self, project: str, kind: str) -> None:
        self._rating_totals(project, kind, exists=self._demo.with_kind_stats, more={})

    async def _create(self, project: str) -> None:
        sent = self._read_body()
        if not isinstance(sent.get("message"), str) or not sent["message"].strip():
            self._fail(400, "bad_request", "message is required")
        record = {
            "id": uuid.uuid4().hex[:24],
            "project_id": self._require_project(project),
            "message": sent["message"],
            "status": "New",
            "type": sent.get("type", "Other"),
            "source": "Manual",
            "created_at": self._service.now().isoformat().replace("+00:00", "Z"),
            "archived": False,
        } | {name: sent[name] for name in ("path", "version") if name in sent}
        self._service.feedback[project].change(plans.Insert(record))
        self.set_status(201)
        self._write(record)

    async def _update(self, project: str, record: str) -> None:
        rows, sent = self._service.feedback[self._require_project(project)], self._read_body()
        self._record(rows, record)
        if not sent or sent.keys() - _PATCHABLE:
            self._fail(400, "bad_request", f"Only {', '.join(sorted(_PATCHABLE))} can be changed")
        for field, known in (("status", STATUSES), ("type", TYPES)):
            if field in sent and sent[field] not in known:
                self._fail(400, "bad_request", f"{field} is one of {', '.join(known)}")
        rows.change(plans.Edit(record, sent))
        self._write(rows.get(record))

    async def _delete(self, project: str, record: str) -> None:
        rows = self._service.feedback[self._require_project(project)]
        self._record(rows, record)
        rows.change(plans.Archive(record))
        self.set_status(204)
        self.clear_header("Content-Type")

    # -- parts of responses --

    async def _page(self, key: str, rows: Collection, wanted: list[Callable[[Record], bool]]) -> None:
        for change in self._demo.changes.get(self._demo.count_request(), ()):
            rows.change(change)
        page, limit = self._count("page", 1), self._count("limit", 20)
        if limit > self._demo.most_rows:
            if self._demo.refuse_long_pages:
                self._fail(400, "bad_request", f"limit is at most {self._demo.most_rows}")
            limit = self._demo.most_rows
        listed = rows.list_records()
        if wanted:
            listed = [row for row in listed if all(is_wanted(row) for is_wanted in wanted)]
        found = listed[(page - 1) * limit : page * limit]
        pagination = {"page": page, "limit": limit, "total": len(listed), "total_pages": -(-len(listed) // limit)}
        await self._with_fault(key, found, pagination)

    async def _with_fault(self, key: str, found: list[Record], pagination: dict[str, int]) -> None:
        """Write the page, or the fault planned in its place."""
        fault = self._demo.faults.of(self._demo.list_requests)
        if isinstance(fault, plans.Status | plans.TooMany | plans.Dropped | plans.Html | plans.WrongShape):
            self._instead(fault)
            return
        if isinstance(fault, plans.Slow):
            await asyncio.sleep(fault.seconds)
        if fault is not None:
            found, pagination = _falsify(fault, found, pagination)
        body = msgspec.json.encode({key: found, "pagination": pagination})
        if isinstance(fault, plans.Cut):
            body = await self._cut_body(body, silently=fault.silently)
        self.write(body)

    def _instead(self, fault: plans.Status | plans.TooMany | plans.Dropped | plans.Html | plans.WrongShape) -> None:
        match fault:
            case plans.Status(status, body, headers):
                self.set_status(status)
                for name, value in headers:
                    self.set_header(name, value)
                self.write(body)
            case plans.TooMany(seconds, say):
                self._too_many(seconds, say)
            case plans.Dropped():
                self._stream().close()
                raise Finish
            case plans.Html():
                self.set_header("Content-Type", "text/html")
                self.write("<html><body><h1>Sign in to the network</h1></body></html>")
            case plans.WrongShape(body):
                self.write(body)

    def _rating_totals(self, project: str, kind: str, *, exists: bool, more: Record) -> None:
        stats = (
            self._service.rating_stats(self._require_project(project), kind, self._argument("path")) if exists else None
        )
        if stats is None:
            self._fail(404, "not_found", "There are none")
        self._write(stats | more)

    def _rating_kind(self) -> str | None:
        kind = self._argument("type")
        if kind is not None and kind not in RATING_TYPES:
            self._fail(400, "bad_request", f"type is one of {', '.join(RATING_TYPES)}")
        return kind

    def _require_project(self, project: str) -> str:
        if project not in self._service.feedback:
            self._fail(404, "not_found", "There is no such project")
        return project

    def _record(self, rows: Collection, record_id: str) -> Record:
        record = rows.get(record_id)
        if record is None:
            self._fail(404, "not_found", "There is no such item")
        return record

    def _argument(self, name: str) -> str | None:
        return self.get_query_argument(name, None)

    def _count(self, name: str, default: int) -> int:
        text = self.get_query_argument(name, str(default))
        if not text.isdecimal() or int(text) < 1:
            self._fail(400, "bad_request", f"{name} is a whole number from 1")
        return int(text)

    def _read_body(self) -> Record:
        try:
            sent = msgspec.json.decode(self.request.body)
        except msgspec.DecodeError:
            sent = None
        if not isinstance(sent, dict):
            self._fail(400, "bad_request", "The body is not a JSON object")
        return dict(sent)

    def _write(self, answer: object) -> None:
        self.write(msgspec.json.encode(answer))

    def _fail(self, status: int, code: str, message: str) -> NoReturn:
        self.set_status(status)
        self._write({"error": code, "message": message})
        raise Finish

    def _too_many(self, seconds: int, say: str) -> None:
        if say == "seconds":
            self.set_header("Retry-After", str(seconds))
        elif say == "date":
            self.set_header("Retry-After", email.utils.formatdate(time.time() + seconds, usegmt=True))
        self._fail(429, "rate_limited", "Too many requests")

    async def _cut_body(self, body: bytes, *, silently: bool) -> bytes:
        half = body[: len(body) // 2]
        if silently:
            return half
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        await self._stream().write(head.encode() + half)
        self._stream().close()
        raise Finish

    def _stream(self) -> IOStream:
        return cast("HTTP1Connection", self.request.connection).stream


def _falsify(
    fault: plans.Fault, found: list[Record], pagination: dict[str, int]
) -> tuple[list[Record], dict[str, int]]:
    """Apply a fault to a correct page."""
    match fault:
        case plans.WrongEcho():
            return found, pagination | {"page": pagination["page"] + 1}
        case plans.WrongTotal(by):
            return found, pagination | {"total": max(0, pagination["total"] + by)}
        case plans.DuplicateIds():
            return [*found[:-1], *found[:1]], pagination
        case plans.EmptyPage():
            return [], pagination
        case _:
            return found, pagination


_P: Final = r"/projects/([^/]+)"
_ROUTES: Final = (
    (r"/me", "GET", "_me"),
    (r"/projects", "GET", "_projects"),
    (_P, "GET", "_project"),
    (_P + r"/summary", "GET", "_summary"),
    (_P + r"/feedback", "GET", "_feedback"),
    (_P + r"/feedback", "POST", "_create"),
    (_P + r"/feedback/stats", "GET", "_stats"),
    (_P + r"/feedback/([^/]+)", "GET", "_item"),
    (_P + r"/feedback/([^/]+)", "PATCH", "_update"),
    (_P + r"/feedback/([^/]+)", "DELETE", "_delete"),
    (_P + r"/ratings", "GET", "_ratings"),
    (_P + r"/ratings/stats", "GET", "_helpful_stats"),
    (_P + r"/ratings/stats/typed", "GET", "_typed_stats"),
    (_P + r"/ratings/stats/(star|nps)", "GET", "_kind_stats"),
    (_P + r"/ratings/([^/]+)", "GET", "_rating"),
)
"""Path, HTTP method and the handler's method. The first match is used."""
