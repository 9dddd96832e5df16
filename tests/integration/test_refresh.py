"""A refresh over real HTTP: its rows, its cost, what it says, what it writes down, and what a kill leaves behind."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import polars as pl
import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seggwat_nb.client import Client
from seggwat_nb.demo.plans import Archive, Change, Edit, Faults, Insert, Status, Unarchive, WrongShape
from seggwat_nb.demo.server import PROJECT_ID, DemoServer, single_project
from seggwat_nb.errors import (
    ApiError,
    ArgumentError,
    AuthenticationError,
    IncompleteError,
    NetworkError,
    RateLimitError,
    SeggwatError,
)
from seggwat_nb.schema import FEEDBACK, HISTORY, STATUSES
from seggwat_nb.source.snapshots import Store
from tests.integration.conftest import EPOCH, item
from tests.integration.crashing import CRASHING
from tests.integration.odd_server import OddServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.conftest import Waiting

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

ROWS = 2000


def aged(count: int) -> list[dict[str, Any]]:
    """Items of which the older ones are done with, more often than not."""
    chance = random.Random(1)
    return [
        item(n, status=chance.choice(STATUSES) if n > count - 300 or n % 50 == 0 else "Resolved") for n in range(count)
    ]


def change(server: DemoServer, *changes: Change) -> None:
    for one in changes:
        server.service.feedback[PROJECT_ID].change(one)


def truth(server: DemoServer) -> set[tuple[str, str, str]]:
    listed = server.service.feedback[PROJECT_ID].list_records()
    return {(row["id"], row["status"], row["type"]) for row in listed}


def rows_of(frame: pl.DataFrame) -> set[tuple[str, str, str]]:
    return set(frame.select("id", "status", "type").iter_rows())


SOME_CHANGES: tuple[Change, ...] = (
    Insert(item(ROWS + 1)),
    Insert(item(ROWS + 2, status="Active")),
    Edit(f"item-{ROWS - 30:06}", {"status": "Closed"}),
    Edit(f"item-{ROWS - 700:06}", {"status": "New", "type": "Praise"}),
    Archive(f"item-{ROWS - 90:06}"),
    Insert(item(400, id="imported")),
)


@pytest.mark.parametrize("with_summary", [True, False])
def test_a_refresh_is_a_full_reload_at_a_fraction_of_its_requests(
    serve: Serve, connect: Connect, with_summary: bool
) -> None:
    server = serve(aged(ROWS), with_summary=with_summary)
    client = connect(server, max_age_seconds=0)
    client.feedback()
    change(server, *SOME_CHANGES)
    asked = len(server.log)
    frame = client.feedback()
    spent = len(server.log) - asked
    assert rows_of(frame) == truth(server)
    assert frame.schema == FEEDBACK
    assert frame["created_at"].is_sorted(descending=True)
    load = client.last_load
    assert load is not None
    assert (load.new, load.changed, load.gone, load.verified, load.served_from) == (3, 2, 1, False, "api")
    assert load.requests == spent < (20 if with_summary else 30)
    assert load.verified_fields == ("status", "open")
    assert load.status_as_of == load.as_of
    assert frame.equals(client.feedback(refresh="full"))


@pytest.mark.parametrize(("with_summary", "most"), [(True, 3), (False, 8)])
def test_where_nothing_has_changed_a_few_requests_are_enough(
    serve: Serve, connect: Connect, with_summary: bool, most: int
) -> None:
    server = serve(aged(ROWS), with_summary=with_summary)
    client = connect(server, max_age_seconds=0)
    whole = client.feedback()
    for _ in range(3):
        asked = len(server.log)
        assert client.feedback().equals(whole)
        assert len(server.log) - asked <= most


@pytest.mark.parametrize("hours", [0.1, 2, 48])
@pytest.mark.parametrize("statuses", [[None], ["New"], ["New", "Resolved"]])
def test_no_refresh_takes_more_requests_than_a_full_load(
    connect: Connect, statuses: list[str | None], hours: float
) -> None:
    records = [one | {"status": statuses[place % len(statuses)]} for place, one in enumerate(aged(120)[::-1])]
    with Without("", 200, records=records) as server:
        client: Any = connect(server, max_age_seconds=0)
        client.feedback(refresh="full")
        assert client.last_load.requests == 3
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
            client.feedback()
        assert client.last_load.requests <= 3


@pytest.mark.usefixtures("shown")
def test_every_refresh_ends_with_a_sentence(serve: Serve, connect: Connect, capsys: pytest.CaptureFixture[str]) -> None:
    server = serve(aged(ROWS))
    client = connect(server, max_age_seconds=0)
    client.feedback()
    assert "2,000 new, 0 changed, 0 gone; loaded completely" in capsys.readouterr().err
    change(server, *SOME_CHANGES)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
        client.feedback()
    assert client.last_load is not None
    said = client.last_load.refreshed()
    assert said in capsys.readouterr().err
    assert said.startswith("Feedback: 3 new, 2 changed, 1 gone since the previous load; every status verified as of ")
    assert "; every item read since " in said
    assert f"{client.last_load.requests} requests" in said


@pytest.mark.usefixtures("shown", "waiting")
@pytest.mark.parametrize(("per_minute", "says"), [(0, False), (5, True)])
def test_a_refresh_says_how_long_it_takes_if_that_is_long(
    per_minute: int, says: bool, serve: Serve, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve(aged(ROWS))
    client = connect(server, requests_per_minute=per_minute)
    client.feedback()
    change(server, *SOME_CHANGES)
    capsys.readouterr()
    client.feedback(refresh="verify")
    assert (" to refresh, " in capsys.readouterr().err) is says


def test_texts_that_were_edited_heal_in_turn(serve: Serve, connect: Connect) -> None:
    server = serve(aged(1000))
    client = connect(server, max_age_seconds=0)
    client.feedback()
    edited = [f"item-{n:06}" for n in range(0, 1000, 37)]
    change(server, *(Edit(one, {"message": "edited"}) for one in edited))
    for day in range(1, 8):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=day), tick=True):
            frame = client.feedback()
            assert client.last_load is not None
            assert client.last_load.full_as_of != client.last_load.as_of
            assert client.last_load.oldest_read_at is not None
            assert client.last_load.as_of - client.last_load.oldest_read_at < timedelta(days=6, hours=1)
    assert set(frame.filter(message="edited")["id"]) == set(edited)
    history = client.history()
    assert set(history.filter(field="message")["id"]) == set(edited)
    assert history.filter(field="message")["new"].null_count() == history.height


def test_all_rows_are_read_again_after_a_week_or_as_set(serve: Serve, connect: Connect) -> None:
    server = serve(aged(ROWS))
    client = connect(server, max_age_seconds=0)
    client.feedback()
    change(server, Edit("item-000700", {"message": "edited"}))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=7, hours=1), tick=True):
        assert client.feedback().filter(message="edited").height == 1
        assert client.last_load is not None
        assert client.last_load.full_as_of == client.last_load.as_of
    often = connect(server, max_age_seconds=0, full_after_days=0)
    often.feedback()
    assert often.last_load is not None
    assert often.last_load.full_as_of == often.last_load.as_of


def test_what_cannot_be_settled_is_crawled_and_said(serve: Serve, connect: Connect) -> None:
    server = serve(aged(ROWS))
    client = connect(server, max_age_seconds=0)
    client.feedback()
    change(server, *(Edit(f"item-{n:06}", {"status": STATUSES[n % 6]}) for n in range(ROWS)))
    assert rows_of(client.feedback()) == truth(server)
    assert client.last_load is not None
    assert "loaded in full because a full load takes no more requests" in client.last_load.refreshed()


def test_a_limit_stops_before_it_and_the_last_rows_are_in_the_error(serve: Serve, connect: Connect) -> None:
    server = serve(aged(ROWS))
    client = connect(server, max_age_seconds=0)
    with pytest.raises(IncompleteError, match="max_requests=10"):
        client.feedback(max_requests=10)
    assert server.list_requests == 1
    whole = client.feedback(max_requests=40)
    change(server, *SOME_CHANGES)
    for limit in (0, 1, 2, 5):
        asked = len(server.log)
        with pytest.raises(IncompleteError, match=f"max_requests={limit}.*refresh='never'") as caught:
            client.feedback(max_requests=limit)
        assert len(server.log) - asked <= limit
        assert caught.value.snapshot is not None
        assert caught.value.snapshot.equals(whole)
    assert rows_of(client.feedback(max_requests=30)) == truth(server)
    with pytest.raises(ArgumentError, match="max_requests must be at least 0"):
        client.feedback(max_requests=-1)


def test_a_plan_for_a_stored_project_asks_nothing_and_says_at_least(serve: Serve, connect: Connect) -> None:
    server = serve(aged(ROWS))
    client = connect(server, max_age_seconds=0)
    client.feedback()
    client.feedback()
    asked = len(server.log)
    plan = client.plan()
    assert len(server.log) == asked
    assert (plan.rows, plan.requests, plan.at_least) == (ROWS, 2, True)
    client.feedback()
    assert len(server.log) - asked == plan.requests
    assert "at least 2 requests" in str(plan)


def test_a_refresh_that_fails_leaves_what_is_stored(serve: Serve, connect: Connect, waiting: Waiting) -> None:
    server = serve(aged(ROWS))
    client = connect(server, max_age_seconds=0)
    whole = client.feedback()
    change(server, *SOME_CHANGES)
    server.faults = Faults(ever_from=server.list_requests + 3, ever=Status(503))
    with pytest.raises(ApiError, match=r"503.*refresh='never'") as caught:
        client.feedback()
    assert caught.value.snapshot is not None
    assert caught.value.snapshot.equals(whole)
    assert client.feedback(refresh="never").equals(whole)
    server.faults = Faults()
    assert rows_of(client.feedback()) == truth(server)
    assert waiting.seconds


def test_a_service_that_selects_by_nothing_is_crawled(serve: Serve, connect: Connect) -> None:
    server = serve(aged(ROWS), with_summary=False)
    client = connect(server, max_age_seconds=0)
    client.feedback()
    fetch = client._api.page

    def without_selection(path: str, params: Any, **more: Any) -> Any:
        return fetch(path, {name: value for name, value in params.items() if name != "status"}, **more)

    client._api.page = without_selection  # type: ignore[method-assign]
    change(server, *SOME_CHANGES)
    assert rows_of(client.feedback()) == truth(server)
    assert client.last_load is not None
    assert "does not filter by status" in (client.last_load.why_full or "")


def test_a_summary_that_counts_otherwise_is_not_believed(serve: Serve, connect: Connect) -> None:
    """It may count what is archived, too; then the lists' own lengths are asked for."""
    server = serve(aged(ROWS))
    client = connect(server, max_age_seconds=0)
    client.feedback()
    summary = server.service.summary

    def with_archived(project_id: str) -> Any:
        answer = summary(project_id)
        answer["feedback"]["by_status"]["Resolved"] += 7
        return answer

    server.service.summary = with_archived  # type: ignore[method-assign]
    change(server, *SOME_CHANGES)
    assert rows_of(client.feedback()) == truth(server)
    assert client.last_load is not None
    assert client.last_load.verified_fields == ("status", "open")
    assert client.last_load.why_full is None


class Without(OddServer):
    """Answers like the service, but fails certain requests: with a status, or by dropping the connection (0)."""

    def __init__(self, pattern: str, status: int, **options: Any) -> None:
        super().__init__(**options)
        self.pattern, self.status = re.compile(pattern), 200
        self.failure = status
        self.failed: list[str] = []

    def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
        if self.status != 200 and self.pattern.search(target):
            self.failed.append(target)
            if not self.status:
                raise ConnectionError
            return self.status, {"error": "failed"}
        if target.endswith("/summary"):
            return 200, {"feedback": {"by_status": Counter(one["status"] for one in self.records)}}
        asked = dict(parse_qsl(urlsplit(target).query))
        if "status" not in asked:
            return super().answer(target, change)
        everything = self.records
        self.records = [one for one in everything if one["status"] == asked["status"]]
        try:
            return super().answer(target, change)
        finally:
            self.records = everything


OPTIONAL = {"a filtered list": r"status=", "an item": r"/feedback/item-", "the summary": "/summary$"}


@pytest.mark.parametrize("status", [0, 403, 404, 410, 500])
@pytest.mark.parametrize("what", OPTIONAL)
def test_a_list_that_can_be_read_is_loaded_without_requests_that_only_a_refresh_needs(
    connect: Connect, waiting: Waiting, what: str, status: int
) -> None:
    with Without(OPTIONAL[what], status, records=aged(ROWS)[::-1]) as server:
        client: Any = connect(server, max_age_seconds=0)
        server.records[250] |= {"status": "Active"}
        client.feedback()
        server.records[250] |= {"status": "Resolved"}
        server.records[40] |= {"status": "Closed" if server.records[40]["status"] != "Closed" else "Hold"}
        server.records[1970] |= {"status": "Active"}
        server.status = server.failure
        frame = client.feedback()
        assert rows_of(frame) == {(one["id"], one["status"], one["type"]) for one in server.records}
        assert server.failed
        assert Counter(server.failed).most_common(1)[0][1] <= 2  # each is tried at most twice
        assert waiting.seconds < 2
        why = client.last_load.why_full
        if what == "a filtered list":
            assert why.startswith("a filtered list cannot be requested")
        else:
            assert why is None  # Windows of the list show the same.


def cost(server: Without, load: Callable[[], pl.DataFrame]) -> int:
    """Change some items, and count the requests for the list after which all of them are known."""
    for place in (30, 90, 160, 250):
        server.records[place] |= {"status": STATUSES[(STATUSES.index(server.records[place]["status"]) + 1) % 6]}
    server.records.insert(0, item(ROWS + len(server.asked)))
    del server.records[1200]
    before = len(server.asked)
    frame = load()
    assert rows_of(frame) == {(one["id"], one["status"], one["type"]) for one in server.records}
    return len(server.asked) - before


ODD_SUMMARIES: dict[str, Callable[[dict[str, int]], dict[str, int]]] = {
    "in lower case": lambda lengths: {value.lower(): number for value, number in lengths.items()},
    "with archived items": lambda lengths: lengths | {"Resolved": lengths["Resolved"] + 7},
    "with a total": lambda lengths: lengths | {"total": sum(lengths.values())},
    "one value renamed": lambda lengths: {
        value.replace("Hold", "On hold"): number for value, number in lengths.items()
    },
    "frozen": lambda lengths: ODD_FROZEN.setdefault("first", lengths),
}
ODD_FROZEN: dict[str, dict[str, int]] = {}


@pytest.mark.parametrize("odd", ODD_SUMMARIES)
def test_a_summary_that_does_not_match_the_lists_is_requested_by_few_loads(connect: Connect, odd: str) -> None:
    ODD_FROZEN.clear()
    with Without("", 200, records=aged(ROWS)[::-1]) as server:
        answer = server.answer

        def with_summary(target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            status, found = answer(target, change)
            if target.endswith("/summary"):
                found["feedback"]["by_status"] = ODD_SUMMARIES[odd](found["feedback"]["by_status"])
            return status, found

        server.answer = with_summary  # type: ignore[method-assign]
        client: Any = connect(server, max_age_seconds=0)
        whole = cost(server, client.feedback)
        costs = []
        for _ in range(3):
            costs.append(cost(server, client.feedback))
            why = client.last_load.why_full
            assert why is None or "the summary of the project did not match its lists" in why
        assert max(costs) <= 2 * whole + 1
        assert costs[-1] <= whole  # A frozen summary is right for the first of them.
        asked = "\n".join(server.asked).count("/summary")
        cost(server, client.feedback)
        assert "\n".join(server.asked).count("/summary") == asked


@pytest.mark.parametrize(("status", "hours"), [(0, 1), (404, 24), (200, 24)])
def test_a_service_that_refreshes_cannot_use_is_tried_again_later(
    connect: Connect, waiting: Waiting, status: int, hours: int
) -> None:
    """Until then, lists are loaded in full at once, unless refresh="full" asks for a new start."""
    with Without(r"status=", status, records=aged(ROWS)[::-1]) as server:
        client: Any = connect(server, max_age_seconds=0)
        whole = cost(server, client.feedback)
        server.status = server.failure
        if status == 200:  # The filter is ignored.
            answer = server.answer
            server.answer = lambda target, change=None: answer(re.sub("&?status=[^&]*", "", target), change)  # type: ignore[method-assign]
        assert whole < cost(server, client.feedback) <= whole + 6
        why, known = client.last_load.why_full, len(server.failed)
        assert "filter" in why
        for after in (timedelta(), timedelta(hours=hours, minutes=-1)):
            with time_machine.travel(datetime.now(UTC) + after, tick=True):
                assert client.plan().requests == client.plan(full=True).requests
                assert cost(server, client.feedback) <= whole
                assert client.last_load.why_full == why
        assert len(server.failed) == known
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours, minutes=1), tick=True):
            assert cost(server, client.feedback) > whole
        client.feedback(refresh="full")
        assert client.last_load.why_full is None
        assert cost(server, client.feedback) > whole
        assert waiting.seconds < 10


@pytest.mark.parametrize("pattern", [r"status=", ""])
@pytest.mark.parametrize(("status", "error"), [(0, NetworkError), (401, AuthenticationError), (429, RateLimitError)])
def test_an_error_of_every_request_stops_a_refresh_soon(
    connect: Connect, waiting: Waiting, pattern: str, status: int, error: type[SeggwatError]
) -> None:
    """The first of its requests tells, or the first that only a refresh needs, and then the list itself."""
    with Without(pattern, status, records=aged(ROWS)[::-1]) as server:
        client: Any = connect(server, max_age_seconds=0)
        whole = client.feedback()
        server.records[0] |= {"status": "Closed"}
        server.status = server.failure
        answer = server.answer

        def from_then_on(target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            if server.failed:
                server.pattern = re.compile("")
            return answer(target, change)

        server.answer = from_then_on  # type: ignore[method-assign]
        with pytest.raises(error, match=r"refresh='never' serves them") as caught:
            client.feedback()
        assert caught.value.snapshot is not None
        assert caught.value.snapshot.equals(whole)
        assert len(server.failed) <= 2 + 5
        server.status = 200
        client.feedback()  # A load of which no page was read leaves nothing to resume, so this one is a refresh.
        assert client.last_load.full_as_of < client.last_load.as_of
        assert status == 401 or waiting.seconds


@pytest.mark.parametrize("resource", ["feedback", "ratings"])
def test_one_wrong_answer_marks_no_row_as_gone(serve: Serve, connect: Connect, resource: str) -> None:
    rating = {"project_id": PROJECT_ID, "rating_type": "nps", "value": {"type": "nps", "value": 9}}
    stored = [
        item(n) if resource == "feedback" else rating | {k: item(n)[k] for k in ("id", "created_at")}
        for n in range(ROWS)
    ]
    empty = WrongShape(f'{{"{resource}": [], "pagination": {{"page": 1, "limit": 100, "total": 0, "total_pages": 0}}}}')
    client = connect(server := serve(**{resource: stored}), max_age_seconds=0)
    load = client.feedback if resource == "feedback" else client.ratings
    assert load().height == ROWS
    server.faults = Faults(at={server.list_requests + 1: empty})
    assert load().height == ROWS
    assert client.last_load is not None
    assert client.last_load.why_full == "a list that had rows is empty"
    assert client.last_load.gone == 0


def test_ratings_are_refreshed_by_their_newest_pages(serve: Serve, connect: Connect) -> None:
    def rating(n: int) -> dict[str, Any]:
        moment = (EPOCH + timedelta(minutes=n)).isoformat()
        return {
            "id": f"r{n:05}",
            "project_id": PROJECT_ID,
            "created_at": moment,
            "archived": False,
            "value": n % 3 == 0,
        }

    server = serve(ratings=[rating(n) for n in range(ROWS)])
    client = connect(server, max_age_seconds=0)
    client.ratings()
    ratings = server.service.ratings[PROJECT_ID]
    for n in range(3):
        ratings.change(Insert(rating(ROWS + n)))
    ratings.change(Archive("r00100"))
    frame = client.ratings()
    assert set(frame["id"]) == {row["id"] for row in ratings.list_records()}
    assert client.last_load is not None
    assert (client.last_load.new, client.last_load.gone) == (3, 1)
    assert client.last_load.requests < 14
    assert not client.last_load.why_full


# -- what is written down --


def test_the_history_tells_what_changed_and_between_which_moments(serve: Serve, connect: Connect) -> None:
    server = serve(aged(ROWS))
    client = connect(server, max_age_seconds=0)
    assert client.history().schema == HISTORY
    client.feedback()
    assert client.last_load is not None
    first = client.last_load
    assert client.history().is_empty()
    moved, gone = f"item-{ROWS - 30:06}", f"item-{ROWS - 90:06}"
    before = {row["id"]: row["status"] for row in aged(ROWS)}[moved]
    new = next(status for status in STATUSES if status != before)
    change(server, Edit(moved, {"status": new}), Archive(gone), Insert(item(ROWS + 1)))
    client.feedback()
    second = client.last_load
    assert client.history().select("id", "field", "old", "new").rows() == [
        (moved, "status", before, new),
        (gone, "archived", "false", "true"),
    ] or client.history().select("id", "field", "old", "new").rows() == [
        (gone, "archived", "false", "true"),
        (moved, "status", before, new),
    ]
    assert client.history()["earliest"].is_between(first.as_of, first.finished).all()
    assert client.history()["latest"].is_between(second.as_of, second.finished).all()
    assert client.gone()["id"].to_list() == [gone]
    change(server, Unarchive(gone))
    client.feedback()
    assert client.history().row(-1)[2:5] == ("archived", "true", "false")
    assert client.gone().is_empty()


def test_an_update_of_ours_is_in_the_history(serve: Serve, connect: Connect) -> None:
    client = connect(serve(5))
    client.feedback()
    client.update("item-000002", status="Resolved")
    assert client.history().select("id", "old", "new").rows() == [("item-000002", "New", "Resolved")]
    assert client.feedback().filter(status="Resolved")["id"].to_list() == ["item-000002"]


# -- killed --


def disagreements_after_kills(server: DemoServer, connect: Connect, home: Path, points: range) -> int:
    """Kill refreshes at their n-th change to the disk; count the times that rows and changes do not agree."""
    client = connect(server)
    client.feedback()
    store = Store(client.settings.project_dir(PROJECT_ID), "feedback", FEEDBACK)
    first = {row["id"]: row["status"] for row in aged(ROWS)}
    environment = os.environ | {
        "SEGGWAT_API_URL": server.url,
        "SEGGWAT_API_KEY": server.token,
        "SEGGWAT_PROJECT_ID": PROJECT_ID,
    }
    wrong = 0
    for at in points:
        change(server, Edit(f"item-{ROWS - 1 - at:06}", {"status": STATUSES[at % 6]}), Insert(item(ROWS + at)))
        command = [sys.executable, "-c", CRASHING, str(at)]
        subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
        snapshot = store.read()
        assert snapshot is not None
        replayed = first | dict(store.history().filter(field="status").select("id", "new").iter_rows())
        stored = dict(snapshot.frame.select("id", "status").iter_rows())
        wrong += {row_id: stored[row_id] for row_id in first} != replayed
    assert home.exists()
    assert rows_of(connect(server, max_age_seconds=0).feedback()) == truth(server)
    return wrong


def test_a_kill_at_a_write_leaves_rows_and_history_that_agree(serve: Serve, connect: Connect, home: Path) -> None:
    assert disagreements_after_kills(serve(aged(ROWS)), connect, home, range(14, 24, 2)) == 0


@pytest.mark.campaign
def test_campaign_of_kills_at_every_write(serve: Serve, connect: Connect, home: Path) -> None:
    wrong = disagreements_after_kills(serve(aged(ROWS)), connect, home, range(1, 25))
    print(f"\n24 refreshes killed, one at each change to the disk: rows and history that disagree {wrong}")
    assert wrong == 0


# -- records that are not as drawn --


def swapped(records: list[dict[str, Any]]) -> None:
    """Let two items far apart tell each other's time, in a list that stays in the order of their numbers."""
    records[900]["created_at"], records[1500]["created_at"] = records[1500]["created_at"], records[900]["created_at"]


ODD_TIMES: dict[str, Callable[[list[dict[str, Any]]], None]] = {
    "null": lambda records: records[900].update(created_at=None),
    "without a zone": lambda records: records[900].update(created_at="2026-01-05T00:00:00"),
    "a lower-case z": lambda records: records[900].update(created_at=records[900]["created_at"][:19] + "z"),
    "two out of order": swapped,
}


@pytest.mark.filterwarnings("ignore:1 record of the feedback could not be read")
@pytest.mark.parametrize("odd", ODD_TIMES)
def test_a_time_that_is_not_as_drawn_makes_no_refresh_dearer(serve: Serve, connect: Connect, odd: str) -> None:
    records = aged(ROWS)
    order = {record["id"]: place for place, record in enumerate(records)}
    ODD_TIMES[odd](records)
    server = serve(records)
    listed = server.service.feedback[PROJECT_ID]
    by_number = sorted(listed.list_records(), key=lambda record: order[record["id"]], reverse=True)
    listed.list_records = lambda: by_number  # type: ignore[method-assign]  # A service that lists by its own numbers.
    client = connect(server, max_age_seconds=0)
    client.feedback()
    for days, most in ((0, 2), (1, 20), (2, 20)):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=True):
            asked = len(server.log)
            frame = client.feedback()
            assert len(server.log) - asked <= most
            assert client.last_load is not None
            assert client.last_load.why_full is None
            assert "status" in client.last_load.verified_fields
            assert frame.height + len(client.last_load.set_aside) == ROWS


# -- the law --


def test_weeks_of_a_team_over_http(serve: Serve, connect: Connect, figures: Callable[[str], None]) -> None:
    """A day brings 4 to 10 new items, 3 to 9 triaged, 3 to 9 resolved, 0 to 3 reopened, one back-dated or restored."""
    chance = random.Random(7)
    server = serve(aged(ROWS))
    client = connect(server, max_age_seconds=0)
    client.feedback()
    moved: dict[str, list[tuple[datetime, str]]] = {}
    archived: list[str] = []
    requests, wrong, missed, start = [], 0, 0, datetime.now(UTC)
    for day in range(1, 11):
        with time_machine.travel(start + timedelta(days=day), tick=True):
            items = list(server.service.feedback[PROJECT_ID].list_records())
            by_status = {status: [one["id"] for one in items if one["status"] == status] for status in STATUSES}
            moves = [(("New", "Active"), "Assigned", 3, 9), (("Active", "Assigned", "Hold"), "Resolved", 3, 9),
                     (("Resolved", "Closed"), "Active", 0, 3)]  # fmt: skip
            for sources, target, least, most in moves:
                for name in chance.sample(
                    [one for status in sources for one in by_status[status]], chance.randint(least, most)
                ):
                    change(server, Edit(name, {"status": target}))
                    moved.setdefault(name, []).append((datetime.now(UTC), target))
            for n in range(chance.randint(4, 10)):
                change(server, Insert(item(ROWS + 20 * day + n)))
            change(server, Insert(item(chance.randrange(ROWS), id=f"imported-{day}")))
            if archived:
                change(server, Unarchive(archived.pop()))
            gone = chance.choice(by_status["Closed"])
            archived.append(gone)
            change(server, Archive(gone))
            frame, load = client.feedback(), client.last_load
            assert load is not None
            requests.append(load.requests)
            true = {one["id"]: one["status"] for one in server.service.feedback[PROJECT_ID].list_records()}
            said = dict(frame.select("id", "status").iter_rows())
            if "status" in load.verified_fields:
                wrong += sum(said[name] != true[name] for name in said.keys() & true.keys())
            if load.verified:
                assert said.keys() == true.keys()
    history = client.history().filter(field="status")
    for name, new, earliest, latest in history.select("id", "new", "earliest", "latest").iter_rows():
        missed += not any(earliest <= at <= latest for at, value in moved[name] if value == new)
    figures(f"10 days of a team over HTTP: {sum(requests) / 10:.1f} requests a day, wrong statuses {wrong}, "
            f"{history.height} changes seen, intervals that miss the true moment {missed}")  # fmt: skip
    assert (wrong, missed) == (0, 0)
    assert history.height > 50


HISTORY_ROWS = 1400


def random_change(chance: random.Random, number: int) -> Change:
    some_id = (
        f"item-{min(799, int(chance.expovariate(1 / 150)) if chance.random() < 0.7 else chance.randrange(800)):06}"
    )
    kind = chance.choice(["new", "back-dated", "archive", "un-archive", "move", "move", "move", "type", "message"])
    if kind == "new":
        return Insert(item(HISTORY_ROWS + number))
    if kind == "back-dated":
        return Insert(item(chance.randrange(HISTORY_ROWS), id=f"imported-{number}"))
    if kind in {"archive", "un-archive"}:
        return Archive(some_id) if kind == "archive" else Unarchive(some_id)
    field = {"move": "status", "type": "type", "message": "message"}[kind]
    value = chance.choice(STATUSES if kind == "move" else ["Bug", "Praise", "Idea"])
    return Edit(some_id, {field: value})


def live_through(folder: Path, seed: int, *, with_summary: bool) -> tuple[int, int]:
    """Refresh a project that changes between refreshes; count those that verify every status, and wrong statuses."""
    chance = random.Random(seed)
    verified = wrong = number = 0
    with (
        DemoServer(single_project(aged(HISTORY_ROWS)), with_summary=with_summary) as server,
        Client(
            api_key=server.token,
            project_id=PROJECT_ID,
            base_url=server.url,
            requests_per_minute=0,
            max_age_seconds=0,
            cache_dir=folder / "cache",
            data_dir=folder / "data" / f"{seed}-{with_summary}",
        ) as client,
    ):
        client.feedback()
        for _ in range(3):
            for _ in range(chance.choice([0, 1, 3, 8])):
                number += 1
                change(server, random_change(chance, number))
            frame = client.feedback(refresh=chance.choice(["auto", "verify"]))
            load = client.last_load
            assert load is not None
            true = pl.DataFrame(server.service.feedback[PROJECT_ID].list_records()).select("id", "status")
            if load.verified:
                assert set(frame["id"]) == set(true["id"])
            if "status" in load.verified_fields and load.status_as_of == load.as_of:
                verified += 1
                wrong += frame.join(true, on="id").filter(pl.col("status") != pl.col("status_right")).height
    return verified, wrong


@settings(max_examples=8, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(seed=st.integers(0, 2**32), with_summary=st.booleans())
def test_after_a_verified_refresh_every_status_is_right(tmp_path: Path, seed: int, with_summary: bool) -> None:
    verified, wrong = live_through(tmp_path, seed, with_summary=with_summary)
    assert wrong == 0
    assert verified


@pytest.mark.campaign
def test_campaign_of_histories_over_http(tmp_path: Path) -> None:
    verified = wrong = 0
    for seed in range(100):
        counts = live_through(tmp_path, seed, with_summary=seed % 2 == 0)
        verified, wrong = verified + counts[0], wrong + counts[1]
    print(f"\n{verified} loads over HTTP that say every status is verified: wrong statuses {wrong}")
    assert wrong == 0
