"""The demo server keeps the API's contract: every route, parameter, status and shape, over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from seggwat_nb.demo import DOCS_PROJECT_ID, SEED, demo_service
from seggwat_nb.demo.handler import FORBIDDEN_TOKEN
from seggwat_nb.demo.limits import Limit
from seggwat_nb.demo.plans import Archive, Edit, Faults, Insert, TooMany, Unarchive
from seggwat_nb.demo.server import PROJECT_ID, DemoServer
from seggwat_nb.errors import DemoError
from tests.integration.conftest import item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Serve = Callable[..., DemoServer]

END = datetime(2026, 11, 18, 15, tzinfo=UTC)
PROJECT = f"/projects/{PROJECT_ID}"


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    with DemoServer(demo_service(seed=SEED, end=END)) as server:
        yield server


def ask(
    server: DemoServer, path: str, *, method: str = "GET", key: str | None = None, **options: Any
) -> requests.Response:
    headers = {"X-API-Key": server.token if key is None else key}
    return requests.request(method, f"{server.url}/api/v1{path}", headers=headers, timeout=60, **options)


def told(server: DemoServer, path: str, /, **params: object) -> Any:
    response = ask(server, path, params=params)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("application/json")
    return response.json()


def test_projects_are_listed_unpaged_with_all_their_keys(demo: DemoServer) -> None:
    shop, docs = told(demo, "/projects")["projects"]
    assert {"id", "key", "name", "description", "allowed_origins", "org_id", "feedback_count"} == set(shop)
    assert shop == told(demo, PROJECT)
    assert docs["id"] == DOCS_PROJECT_ID
    assert shop["feedback_count"] == told(demo, f"{PROJECT}/feedback")["pagination"]["total"]


def test_me_tells_who_the_token_belongs_to(demo: DemoServer) -> None:
    assert {"user_id", "email", "org_id", "role"} <= set(told(demo, "/me"))


@pytest.mark.parametrize(("resource", "rows"), [("feedback", 1800), ("ratings", 1300)])
def test_lists_are_paged_newest_first(demo: DemoServer, resource: str, rows: int) -> None:
    first = told(demo, f"{PROJECT}/{resource}")
    pagination = first["pagination"]
    assert (pagination["page"], pagination["limit"]) == (1, 20)
    assert pagination["total"] > rows
    assert pagination["total_pages"] == -(-pagination["total"] // 20)
    seen = [
        record for page in (1, 2, 3) for record in told(demo, f"{PROJECT}/{resource}", page=page, limit=50)[resource]
    ]
    moments = [datetime.fromisoformat(record["created_at"]) for record in seen]
    assert moments == sorted(moments, reverse=True)
    assert len({record["id"] for record in seen}) == 150
    assert told(demo, f"{PROJECT}/{resource}", page=10_000)[resource] == []


def test_a_long_page_is_cut_or_refused(demo: DemoServer, serve: Serve) -> None:
    assert told(demo, f"{PROJECT}/feedback", limit=500)["pagination"]["limit"] == 100
    strict = serve(3, refuse_long_pages=True)
    assert ask(strict, f"{PROJECT}/feedback", params={"limit": 101}).status_code == 400


def test_feedback_has_the_keys_of_the_contract_absent_or_null(demo: DemoServer) -> None:
    records = told(demo, f"{PROJECT}/feedback", limit=100)["feedback"]
    needed = {"id", "project_id", "message", "status", "type", "source", "created_at", "archived"}
    optional = {"path", "version", "submitted_by", "resolution_note"}
    assert all(needed <= set(record) <= needed | optional for record in records)
    assert any("version" not in record for record in records)
    assert any(record.get("version", "") is None for record in records)


@pytest.mark.parametrize(
    ("params", "fits"),
    [
        ({"status": "New"}, lambda record: record["status"] == "New"),
        ({"type": "Bug"}, lambda record: record["type"] == "Bug"),
        ({"search": "PAY BUTTON"}, lambda record: "pay button" in record["message"].lower()),
        ({"status": "Resolved", "type": "Feature"}, lambda record: record["type"] == "Feature"),
    ],
)
def test_feedback_is_filtered(demo: DemoServer, params: dict[str, str], fits: Callable[[dict[str, Any]], bool]) -> None:
    page = told(demo, f"{PROJECT}/feedback", limit=100, **params)
    assert page["feedback"]
    assert page["pagination"]["total"] < told(demo, f"{PROJECT}/feedback")["pagination"]["total"]
    assert all(fits(record) for record in page["feedback"])


def test_ratings_come_in_both_shapes_and_are_filtered(demo: DemoServer) -> None:
    everything = told(demo, f"{PROJECT}/ratings", limit=100)["ratings"]
    assert {type(record["value"]) for record in everything} == {bool, dict}
    total = 0
    for kind in ("helpful", "star", "nps"):
        page = told(demo, f"{PROJECT}/ratings", type=kind, limit=100)
        total += page["pagination"]["total"]
        assert {record.get("rating_type", "helpful") for record in page["ratings"]} == {kind}
    assert total == told(demo, f"{PROJECT}/ratings")["pagination"]["total"]
    yes = told(demo, f"{PROJECT}/ratings", value="true", limit=100)["ratings"]
    assert {record["value"] if isinstance(record["value"], bool) else record["value"]["value"] for record in yes} == {
        True
    }
    assert {record["path"] for record in told(demo, f"{PROJECT}/ratings", path="/cart")["ratings"]} == {"/cart"}


def test_totals_agree_with_the_lists_on_every_route(demo: DemoServer) -> None:
    stats = told(demo, f"{PROJECT}/feedback/stats")
    assert set(stats) == {"total", "current_month", "last_month"}
    helpful = told(demo, f"{PROJECT}/ratings/stats")
    assert set(helpful) == {"total", "helpful", "not_helpful", "percentage"}
    assert helpful["percentage"] == pytest.approx(100 * helpful["helpful"] / helpful["total"])
    assert told(demo, f"{PROJECT}/ratings/stats", path="/cart")["total"] < helpful["total"]
    for kind in ("star", "nps"):
        plain = told(demo, f"{PROJECT}/ratings/stats/{kind}")
        assert told(demo, f"{PROJECT}/ratings/stats/typed", type=kind) == plain | {"type": kind}
        assert plain["total"] == told(demo, f"{PROJECT}/ratings", type=kind)["pagination"]["total"]
        assert sum(plain["distribution"].values()) == plain["total"]
        assert all(isinstance(answer, str) for answer in plain["distribution"])
    assert isinstance(told(demo, f"{PROJECT}/ratings/stats/nps")["score"], int)


def test_the_summary_is_optional(demo: DemoServer, serve: Serve) -> None:
    summary = told(demo, f"{PROJECT}/summary")
    assert sum(summary["feedback"]["by_type"].values()) == summary["feedback"]["total"]
    assert sum(summary["feedback"]["by_status"].values()) == summary["feedback"]["total"]
    assert set(summary["ratings"]) == {"helpful", "star", "nps"}
    assert ask(serve(1, with_summary=False), f"{PROJECT}/summary").status_code == 404


def test_single_records_are_bare(demo: DemoServer) -> None:
    for resource in ("feedback", "ratings"):
        record = told(demo, f"{PROJECT}/{resource}")[resource][0]
        assert told(demo, f"{PROJECT}/{resource}/{record['id']}") == record


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/projects/none", {}, 404),
        ("/projects/none/feedback", {}, 404),
        (f"{PROJECT}/feedback/none", {}, 404),
        (f"{PROJECT}/ratings/none", {}, 404),
        ("/nowhere", {}, 404),
        (f"/projects/{DOCS_PROJECT_ID}/ratings/stats/nps", {}, 404),
        (f"{PROJECT}/feedback", {"page": "0"}, 400),
        (f"{PROJECT}/feedback", {"limit": "many"}, 400),
        (f"{PROJECT}/ratings", {"type": "thumbs"}, 400),
        (f"{PROJECT}/ratings", {"value": "yes"}, 400),
        (f"{PROJECT}/ratings/stats/typed", {}, 400),
    ],
)
def test_errors_have_a_code_and_a_message(demo: DemoServer, path: str, params: dict[str, str], status: int) -> None:
    response = ask(demo, path, params=params)
    assert response.status_code == status
    assert set(response.json()) == {"error", "message"}


def test_the_token_is_wanted_and_must_be_allowed(demo: DemoServer) -> None:
    assert requests.get(f"{demo.url}/api/v1/projects", timeout=60).status_code == 401
    assert ask(demo, "/projects", key="oat_wrong").status_code == 401
    assert ask(demo, "/projects", key=FORBIDDEN_TOKEN).status_code == 403


def test_writing_changes_what_is_read(serve: Serve) -> None:
    server = serve(2)
    path = f"{PROJECT}/feedback"
    changed = ask(server, f"{path}/item-000001", method="PATCH", json={"status": "Closed", "resolution_note": "done"})
    assert (changed.status_code, changed.json()["status"]) == (200, "Closed")
    assert told(server, f"{path}/item-000001")["resolution_note"] == "done"
    for body in ({}, {"id": "x"}, {"status": "Nonsense"}):
        assert ask(server, f"{path}/item-000001", method="PATCH", json=body).status_code == 400
    made = ask(server, path, method="POST", json={"message": "Hello", "type": "Praise", "path": "/x"}).json()
    assert told(server, path)["feedback"][0] == made
    assert ask(server, path, method="POST", json={"type": "Praise"}).status_code == 400
    assert ask(server, f"{path}/item-000000", method="DELETE").status_code == 204
    assert told(server, path)["pagination"]["total"] == 2


def test_changes_happen_before_the_request_that_the_plan_names(serve: Serve) -> None:
    plan = {
        2: [Insert(item(9)), Archive("item-000001")],
        3: [Unarchive("item-000001"), Edit("item-000000", {"status": "Closed"})],
    }
    server = serve(3, changes=plan)
    lists = [[record["id"][-1] for record in told(server, f"{PROJECT}/feedback")["feedback"]] for _ in range(3)]
    assert lists == [["2", "1", "0"], ["9", "2", "0"], ["9", "2", "1", "0"]]
    assert told(server, f"{PROJECT}/feedback", status="Closed")["pagination"]["total"] == 1


@pytest.mark.parametrize("say", ["seconds", "date", "nothing"])
def test_a_429_says_when_to_come_back_or_does_not(serve: Serve, say: str) -> None:
    response = ask(serve(1, faults=Faults({1: TooMany(7, say)})), f"{PROJECT}/feedback")  # type: ignore[arg-type]
    assert response.status_code == 429
    assert ("Retry-After" in response.headers) is (say != "nothing")


@pytest.mark.parametrize("counting", ["fixed", "sliding", "bucket"])
def test_the_server_limits_requests_as_it_is_told(serve: Serve, counting: str) -> None:
    server = serve(1, limit=Limit(requests=5, window=3600, counting=counting))  # type: ignore[arg-type]
    statuses = [ask(server, "/projects").status_code for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2


def test_every_request_is_logged(serve: Serve) -> None:
    server = serve(1)
    told(server, f"{PROJECT}/feedback", page=1, status="New")
    (request,) = server.log
    assert (request.method, request.path, request.status) == ("GET", f"/api/v1{PROJECT}/feedback", 200)
    assert request.query == {"page": "1", "status": "New"}


def test_no_answer_can_be_asked_for_conditionally(demo: DemoServer) -> None:
    assert {"ETag", "Last-Modified"}.isdisjoint(ask(demo, PROJECT).headers)


def test_a_port_that_is_taken_is_told(demo: DemoServer) -> None:
    port = int(demo.url.rpartition(":")[2])
    with pytest.raises(DemoError, match=f"Port {port}"):
        DemoServer(demo_service(), port=port).start()
