"""The client against a server that behaves."""

from __future__ import annotations

import inspect
import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import time_machine
from requests import Session

import seggwat_nb as sw
from seggwat_nb.client import Client
from seggwat_nb.demo.handler import FORBIDDEN_TOKEN, ORG_ID, Handler
from seggwat_nb.demo.plans import Archive, Dropped, Edit, Faults, Insert, Status
from seggwat_nb.demo.server import PROJECT_ID, DemoServer
from seggwat_nb.demo.state import Service
from seggwat_nb.errors import (
    ArgumentError,
    AuthenticationError,
    ForbiddenError,
    IncompleteError,
    NetworkError,
    NotFoundError,
    OptionError,
    SettingsError,
    SnapshotError,
)
from seggwat_nb.schema import FEEDBACK, RATINGS
from seggwat_nb.signing import SigningAdapter
from tests.integration.conftest import item, items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.conftest import Waiting

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 1234])
def test_every_row_is_there_once_and_the_newest_first(serve: Serve, connect: Connect, count: int) -> None:
    client = connect(serve(count))
    frame = client.feedback()
    assert frame.schema == FEEDBACK
    assert frame["id"].to_list() == [record["id"] for record in reversed(items(count))]
    assert client.last_load is not None
    assert (client.last_load.rows, client.last_load.total, client.last_load.served_from) == (count, count, "api")


def test_a_young_snapshot_is_served_without_a_request_and_an_old_one_is_not(serve: Serve, connect: Connect) -> None:
    server = serve(250)
    first = connect(server).feedback()
    asked = len(server.log)
    again = connect(server)
    assert again.feedback().equals(first)
    assert again.last_load is not None
    assert (again.last_load.served_from, again.last_load.requests, len(server.log)) == ("snapshot", 0, asked)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=301), tick=True):
        again.feedback()
    assert again.last_load.served_from == "api"
    assert len(server.log) > asked


def test_max_age_zero_always_asks_and_full_too(serve: Serve, connect: Connect) -> None:
    server = serve(5)
    client = connect(server, max_age_seconds=0)
    for expected in (1, 2):
        client.feedback()
        assert server.list_requests == expected
    connect(server).feedback(refresh="full")
    assert server.list_requests == 3


def test_never_works_without_the_service_and_says_where_there_is_nothing(serve: Serve, connect: Connect) -> None:
    server = serve(20)
    client = connect(server)
    with pytest.raises(SnapshotError, match="refresh='auto'"):
        client.feedback(refresh="never")
    frame = client.feedback()
    server.stop()
    assert client.feedback(refresh="never").equals(frame)
    assert client.feedback(refresh="never", search="MESSAGE 1").height == 11


SELECTIONS: list[dict[str, Any]] = [
    {"status": "New"},
    {"type": "Idea"},
    {"search": "GRÖNE 1"},
    {"search": "0% off_"},
    {"status": "Closed", "type": "Bug", "search": "1"},
]


def is_meant(record: dict[str, Any], *, status: str = "", type: str = "", search: str = "") -> bool:  # noqa: A002
    return (
        record["status"] in (status or record["status"])
        and record["type"] in (type or record["type"])
        and search.casefold() in record["message"].casefold()
    )


@pytest.mark.parametrize("ignored", [(), ("search",), ("search", "status", "type")])
def test_a_selection_means_the_same_at_the_first_call_and_later_whatever_the_server_makes_of_it(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, ignored: tuple[str, ...]
) -> None:
    types, statuses = ["Bug", "Feature", "Idea"], ["New", "Closed"]
    records = [item(n, type=types[n % 3], status=statuses[n % 2], message=f"Gröne {n} 50% off_") for n in range(240)]
    server = serve(records)
    argument = Handler._argument
    monkeypatch.setattr(Handler, "_argument", lambda self, name: None if name in ignored else argument(self, name))
    whole = connect(server).feedback()
    for number, selection in enumerate(SELECTIONS):
        first = connect(server, data_dir=f"empty-{number}", cache_dir=f"empty-cache-{number}")
        selected = first.feedback(**selection)
        assert selected.equals(connect(server).feedback(**selection)), selection
        assert selected["id"].to_list() == [
            record["id"] for record in reversed(records) if is_meant(record, **selection)
        ]
        assert first.last_load is not None
        assert "filtered on this machine" in first.last_load.selection
        assert first.feedback(refresh="never").equals(whole)


def test_a_filter_as_a_value_selects_what_it_selects_from_the_frame(serve: Serve, connect: Connect) -> None:
    client = connect(
        serve([item(n, type=["Bug", "Praise"][n % 2], path=["/a", "/a/b", "/c"][n % 3]) for n in range(30)])
    )
    whole = client.feedback()
    where = sw.FeedbackFilter(type="Bug", path="/a")
    assert 0 < client.feedback(where=where).height < whole.height
    assert client.feedback(where=where).equals(where.apply(whole))
    assert client.last_load is not None
    assert "/a" in client.last_load.selection


def test_several_values_are_selected_here(serve: Serve, connect: Connect) -> None:
    client = connect(serve([item(n, type=["Bug", "Feature", "Praise"][n % 3]) for n in range(30)]))
    assert client.feedback(type=["Bug", "Praise"]).height == 20


def test_several_projects_make_one_frame(connect: Connect) -> None:
    projects = [{"id": name, "name": f"The {name} shop", "org_id": ORG_ID} for name in ("one", "two")]
    lists = {name: [item(n, id=f"{name}-{n}", project_id=name) for n in range(3)] for name in ("one", "two")}
    with DemoServer(Service(projects, lists, {})) as server:
        client = connect(server, project_id=None)
        both = client.feedback(project_id=["one", "two"])
        assert client.last_load is not None
        assert "; 2 projects: one, two;" in client.last_load.describe()
        everything = client.feedback(project_id="all")
        assert sorted(both["project_id"].unique()) == ["one", "two"]
        assert everything.equals(both)
        assert both["created_at"].is_sorted(descending=True)
        assert client.last_load is not None
        assert client.last_load.project_ids == ("one", "two")
        assert "; 2 projects: The one shop (one), The two shop (two);" in client.last_load.describe()
        with pytest.raises(SettingsError, match=r"(?s)one.*two"):
            client.feedback()


@pytest.mark.parametrize("fault", [Status(403), Status(404), Status(500), Dropped(), Status(200, "<html>")])
def test_one_project_that_fails_keeps_none_of_the_others_from_being_loaded(
    connect: Connect, waiting: Waiting, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    names = ("one", "two", "three")
    projects = [{"id": name, "name": name, "org_id": ORG_ID} for name in names]
    lists = {name: [item(n, id=f"{name}-{n}", project_id=name) for n in range(3)] for name in names}
    with DemoServer(Service(projects, lists, {})) as server:
        client = connect(server, project_id=None)
        load = client._loader.load_list

        def load_list(listing: Any, **options: Any) -> Any:
            server.faults = Faults(ever_from=1, ever=fault) if listing.project_id == "one" else Faults()
            return load(listing, **options)

        monkeypatch.setattr(client._loader, "load_list", load_list)
        with pytest.raises(IncompleteError, match=r"(?s)1 of 3 projects could not be loaded.*one: ") as caught:
            client.feedback(project_id="all")
        assert list(caught.value.failures) == ["one"]
        assert caught.value.partial is not None
        assert sorted(caught.value.partial["project_id"]) == ["three"] * 3 + ["two"] * 3
        assert client.last_load is not None
        assert sorted(client.last_load.project_ids) == ["three", "two"]
        assert client.feedback(project_id=["two", "three"], refresh="never").height == 6
    assert waiting.seconds >= 0


def test_a_service_that_is_down_is_not_asked_for_every_project(connect: Connect, waiting: Waiting) -> None:
    with DemoServer(Service([], {}, {})) as server:
        client = connect(server)
    with pytest.raises(NetworkError):
        client.feedback(project_id=[f"p{n}" for n in range(20)])
    assert 0 < waiting.seconds < 60
    assert client._api.requests_sent <= 10


def test_single_answers_are_never_older_than_the_frame(serve: Serve, connect: Connect) -> None:
    server = serve(5)
    ours, theirs = connect(server), connect(server)
    theirs_in_another_cache = connect(server, cache_dir="other-cache")
    for client in (ours, theirs, theirs_in_another_cache):
        assert client.item("item-000003")["status"] == "New"
        assert client.stats()["feedback"]["total"] == 5
    asked = len(server.log)
    theirs_in_another_cache.item("item-000003")
    assert len(server.log) == asked  # It is remembered.
    server.service.feedback[PROJECT_ID].change(Edit("item-000003", {"status": "Closed"}))
    server.service.feedback[PROJECT_ID].change(Insert(item(9)))
    ours.feedback(refresh="full")
    for client in (ours, theirs, theirs_in_another_cache):
        assert client.item("item-000003")["status"] == "Closed"
        assert client.stats()["feedback"]["total"] == 6


def test_ratings_of_both_shapes_are_one_frame(serve: Serve, connect: Connect) -> None:
    base = {"project_id": PROJECT_ID, "created_at": "2026-03-01T10:00:00Z", "archived": False}
    typed = {"rating_type": "nps", "value": {"type": "nps", "value": 9}}
    client = connect(serve(ratings=[base | {"id": "a", "value": True}, base | typed | {"id": "b"}]))
    frame = client.ratings()
    assert frame.schema == RATINGS
    assert frame.select("id", "rating_type", "helpful", "nps_category").rows() == [
        ("a", "helpful", True, None),
        ("b", "nps", None, "promoter"),
    ]
    stats = client.stats()
    assert stats["helpful"]["total"] == stats["nps"]["promoters"] == 1
    assert "star" not in stats


@pytest.mark.parametrize("routes", [{"with_typed_stats": False}, {"with_kind_stats": False}])
def test_either_route_to_the_totals_will_do(serve: Serve, connect: Connect, routes: dict[str, bool]) -> None:
    base = {"project_id": PROJECT_ID, "created_at": "2026-03-01T10:00:00Z", "archived": False}
    star = {"rating_type": "star", "value": {"type": "star", "value": 4, "max_stars": 5}}
    assert connect(serve(ratings=[base | star | {"id": "a"}], **routes)).stats()["star"]["average"] == 4


def test_unknown_values_are_kept_and_counted(serve: Serve, connect: Connect) -> None:
    client = connect(serve([item(0, type="Idea"), item(1), item(2, source="Fax")]))
    frame = client.feedback()
    assert set(frame["type"]) == {"Bug", "Idea"}
    assert client.last_load is not None
    assert client.last_load.unknown == {"type": {"Idea": 1}, "source": {"Fax": 1}}
    assert client.feedback(type="Idea").height == 1


def test_a_record_that_can_be_no_row_is_set_aside_and_told(serve: Serve, connect: Connect) -> None:
    client = connect(serve([item(0), item(1, created_at="soon")]))
    with pytest.warns(UserWarning, match="1 record"):
        frame = client.feedback()
    assert frame["id"].to_list() == ["item-000000"]
    assert client.last_load is not None
    assert "soon" in client.last_load.set_aside[0]


def test_an_update_is_seen_at_once_and_sent_once(serve: Serve, connect: Connect) -> None:
    server = serve(3)
    client = connect(server)
    client.feedback()
    assert client.item("item-000001")["status"] == "New"
    assert client.update("item-000001", status="Resolved", resolution_note="fixed")["status"] == "Resolved"
    assert client.item("item-000001")["resolution_note"] == "fixed"
    assert client.feedback().filter(pl.col("status") == "Resolved")["id"].to_list() == ["item-000001"]
    assert sum(request.method == "PATCH" for request in server.log) == 1


def test_only_update_writes(serve: Serve, connect: Connect) -> None:
    server = serve(150)
    client = connect(server)
    client.plan()
    client.projects()
    client.feedback()
    client.ratings()
    client.stats()
    client.item("item-000001")
    assert {request.method for request in server.log} == {"GET"}


def test_a_plan_tells_requests_and_minutes_before_and_nothing_after(serve: Serve, connect: Connect) -> None:
    server = serve(1000)
    client = connect(server, requests_per_minute=20, cache_dir="own")
    plan = client.plan()
    assert plan.rows == 1000
    assert plan.requests == pytest.approx(12, abs=1)
    assert 0 < plan.seconds < 63
    assert "1,000 items" in str(plan)
    unlimited = connect(server)
    asked = server.list_requests
    unlimited.feedback()
    assert server.list_requests - asked == pytest.approx(plan.requests, abs=1)
    assert unlimited.plan().requests == 0


def test_values_are_asked_for_and_written_as_the_api_spells_them(serve: Serve, connect: Connect) -> None:
    client = connect(serve([item(n, type=["Bug", "Praise"][n % 2]) for n in range(6)]))
    assert client.feedback(type="bug").height == 3
    assert client.update("item-000001", status="resolved", type="PRAISE")["status"] == "Resolved"
    assert client.feedback(status="RESOLVED")["type"].to_list() == ["Praise"]


def bad_calls() -> list[tuple[str, Callable[[Client], object]]]:
    return [
        ("not both", lambda client: client.feedback(where=sw.FeedbackFilter(type="Bug"), type="Bug")),
        ("where must be a FeedbackFilter", lambda client: client.feedback(where="Bug")),
        ("did you mean", lambda client: client.feedback(type="Bugg")),
        ("did you mean", lambda client: client.feedback(status="closde")),
        ("refresh must be .* or never, got 'sometimes'", lambda client: client.feedback(refresh="sometimes")),
        ("not an ID", lambda client: client.item("../projects")),
        ("not an ID", lambda client: client.feedback(project_id="a/b")),
        ("empty", lambda client: client.feedback(project_id=[])),
        ("not an ID", lambda client: client.feedback(project_id=5)),
        ("not an ID", lambda client: client.history(project_id=5)),
        ("'oat_…' is not an ID", lambda client: client.item("oat_" + "k" * 43)),
        ("'oat_…' is not an ID", lambda client: client.feedback(project_id="oat_" + "k" * 43)),
        ("or never, got None", lambda client: client.feedback(refresh=None)),
        (
            "must be at least 0, or None for no limit, got '5'",
            lambda client: client.feedback(max_requests="5"),
        ),
        (
            "must be at least 0, or None for no limit, got -1",
            lambda client: client.ratings(max_requests=-1),
        ),
        ("must be at least 0, or None for no limit, got nan", lambda client: client.at_most(float("nan"))),
        ("status must be", lambda client: client.feedback(status="\ud800")),
        ("text must be", lambda client: client.feedback(search="\udcff")),
        ("message is not text", lambda client: client.update("item-000001", message="\ud800")),
        ("resolution_note is not text", lambda client: client.update("item-000001", resolution_note=[5])),
        ("nothing to change", lambda client: client.update("item-000001")),
        ("not a known status. Known are New", lambda client: client.update("item-000001", status="Fixed")),
        ("did you mean .Bug", lambda client: client.update("item-000001", type="Bugg")),
        ("type must be a string", lambda client: client.update("item-000001", type=["Bug"])),
        ("resource must be feedback or ratings, got 'things'", lambda client: client.plan(resource="things")),
    ]


@pytest.mark.parametrize(("problem", "call"), bad_calls())
def test_bad_input_is_told_before_any_request(
    serve: Serve, connect: Connect, problem: str, call: Callable[[Client], object]
) -> None:
    server = serve(3)
    with pytest.raises(ArgumentError, match=problem):
        call(connect(server))
    assert server.log == []


def test_what_the_service_refuses_has_a_name_and_advice(serve: Serve, connect: Connect) -> None:
    server = serve(3)
    with pytest.raises(AuthenticationError, match="SEGGWAT_API_KEY"):
        connect(server, api_key="oat_" + "w" * 43).feedback()
    with pytest.raises(ForbiddenError, match="administrator"):
        connect(server, api_key=FORBIDDEN_TOKEN).feedback()
    with pytest.raises(NotFoundError, match="a token of that project's organization"):
        connect(server, project_id="other").feedback()
    with pytest.raises(NotFoundError):
        connect(server).item("item-9")


def test_a_service_that_is_not_there_is_a_network_error(serve: Serve, connect: Connect, waiting: Waiting) -> None:
    server = serve(3)
    client = connect(server)
    server.stop()
    with pytest.raises(NetworkError, match="could not be reached"):
        client.feedback()
    assert waiting.seconds > 5


def test_a_failed_load_carries_what_was_got_and_what_is_stored(
    serve: Serve, connect: Connect, waiting: Waiting
) -> None:
    server = serve(1000)
    client = connect(server, max_age_seconds=0, full_after_days=0)
    whole = client.feedback()
    server.faults = Faults(ever_from=server.list_requests + 5, ever=Status(503))
    with pytest.raises(
        IncompleteError, match=r"503.*of 1,000 rows were loaded.*resume after page.*refresh='never'"
    ) as caught:
        client.feedback()
    error = caught.value
    assert error.partial is not None
    assert 100 < error.partial.height < 1000
    assert error.snapshot is not None
    assert error.snapshot.equals(whole)
    assert error.snapshot_as_of is not None
    server.faults = Faults()
    asked = server.list_requests
    assert client.feedback().equals(whole)
    assert client.last_load is not None
    assert client.last_load.served_from == "resumed"
    assert server.list_requests - asked < 11
    assert waiting.seconds > 0


def test_the_snapshot_belongs_to_the_project_and_not_to_the_token(serve: Serve, connect: Connect) -> None:
    server = serve(3)
    frame = connect(server).feedback()
    server.token = "oat_" + "n" * 43
    other = connect(server)
    assert other.feedback(refresh="never").equals(frame)


def test_a_client_without_a_key_says_what_to_do(home: Path) -> None:
    assert home.exists()
    with pytest.raises(SettingsError, match="SEGGWAT_API_KEY"):
        Client(project_id="p")


def test_an_unknown_keyword_is_an_error(serve: Serve, connect: Connect) -> None:
    client = connect(serve(0))
    for call, problem in (
        (lambda: sw.Client(api_kee="x"), "Client has no option api_kee. Did you mean api_key?"),  # type: ignore[call-arg]
        (lambda: sw.connect(projectid="x"), "connect has no option projectid. Did you mean project_id?"),  # type: ignore[call-arg]
        (lambda: client.feedback(tpye="Bug"), "Client.feedback has no option tpye. Did you mean type?"),  # type: ignore[call-arg]
        (lambda: sw.FeedbackFilter(colour="red"), "FeedbackFilter has no option colour. Its options are type, status"),  # type: ignore[call-arg]
    ):
        with pytest.raises(OptionError, match=re.escape(problem)):
            call()


def test_every_public_function_suggests_the_option_that_is_meant() -> None:
    modules = (sw.trends, sw.releases, sw.ratings, sw.lifecycle, sw.duplicates, sw.charts)
    functions = [getattr(module, name) for module in modules for name in module.__all__] + [sw.report, sw.Explorer]
    functions = [one for one in functions if callable(one)]
    assert len(functions) > 35
    for function in functions:
        *_, option = inspect.signature(function).parameters
        with pytest.raises(OptionError, match=f"has no option {option}s. Did you mean {option}"):
            function(**{f"{option}s": None})


def test_a_project_that_the_token_does_not_see_is_told_with_those_that_it_sees(serve: Serve, connect: Connect) -> None:
    client = connect(serve(3))
    for call in (client.feedback, client.ratings, client.plan, client.stats, partial(client.item, "item-000001")):
        with pytest.raises(
            NotFoundError, match=rf"cannot access project nope \(404\). It can access:\n  {PROJECT_ID}"
        ) as told:
            call(project_id="nope")
        assert str(told.value).count("404") == 1
    with pytest.raises(NotFoundError, match="Check the ID"):  # The project is there.
        client.item("nope")
    with pytest.raises(NotFoundError, match="It can access"):
        client.update("item-000001", status="Closed", project_id="nope")


def test_the_bar_moves_forward_only_and_ends_full(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[tuple[int, int]] = []
    monkeypatch.setattr("seggwat_nb.progress.Bar.__call__", lambda _, seen, total: moves.append((seen, total)))
    connect(serve(items(250))).feedback()
    assert len(moves) > 3
    assert moves == sorted(moves)
    assert moves[-1] == (250, 250)


def test_the_organisation_is_asked_once(serve: Serve, connect: Connect) -> None:
    server = serve(3)
    for _ in range(2):
        client = connect(server, max_age_seconds=0)
        client.feedback()
        assert client.last_load is not None
        url = client.last_load.item_url("item-000001")
        assert url == f"{server.url}/org/{ORG_ID}/projects/{PROJECT_ID}/feedback/item-000001"
    assert sum(request.path.endswith(PROJECT_ID) for request in server.log) == 1


@pytest.mark.parametrize("status", [0, 404])
def test_an_organisation_that_cannot_be_looked_up_delays_only_one_load_of_a_session(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    server, send = serve(3), SigningAdapter.send
    limits: list[float] = []

    def without_projects(self: Any, request: Any, *args: Any, **options: Any) -> Any:
        if not request.path_url.endswith(PROJECT_ID):
            return send(self, request, *args, **options)
        limits.append(options["timeout"][1])
        if not status:
            raise NetworkError("The service did not respond in time.")
        request.url += "/nope"
        return send(self, request, *args, **options)

    monkeypatch.setattr(SigningAdapter, "send", without_projects)
    client = connect(server, max_age_seconds=0)
    with client.at_most(1):  # which leaves no request for it, and says nothing about the service
        client.feedback()
    for _ in range(3):
        client.feedback()
        client.ratings()
    assert len(limits) == 1
    assert limits[0] <= 5
    connect(server, max_age_seconds=0).feedback()  # another session
    assert len(limits) == 2


@pytest.mark.parametrize("listed", [True, False])
def test_a_snapshot_knows_the_name_of_its_project(serve: Serve, connect: Connect, *, listed: bool) -> None:
    server = serve(3)
    client = connect(server)
    (name,) = client.projects()["name"]
    if not listed:  # then only what was stored beside the organisation is known
        for note in client.settings.data_dir.glob("projects/seen-*.json"):
            note.unlink()
    client.feedback()
    server.stop()
    later = connect(server)
    later.feedback(refresh="never")
    assert later.last_load is not None
    assert later.last_load.project_names == {later.last_load.project_ids[0]: name}


def test_never_makes_no_request_even_for_the_organisation(serve: Serve, connect: Connect) -> None:
    server = serve(3)
    connect(server).feedback()
    for note in connect(server).settings.data_dir.rglob("organisation.json"):
        note.unlink()
    server.stop()
    client = connect(server)
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(Session, "send", _no_request)
        assert client.feedback(refresh="never").height == 3
        assert client.feedback().height == 3  # served from the young snapshot
        assert client.history().height == client.gone().height == 0
    assert client.last_load is not None
    assert client.last_load.org_id is None


def _no_request(*_: object, **__: object) -> None:
    raise AssertionError("a request")


def test_what_has_gone_is_shown_for_as_long_as_it_is_kept(serve: Serve, connect: Connect) -> None:
    server = serve(5)
    client = connect(server, max_age_seconds=0, keep_gone_days=2)
    client.feedback()
    server.service.feedback[PROJECT_ID].change(Archive("item-000003"))
    client.feedback(refresh="full")
    assert client.gone()["id"].to_list() == ["item-000003"]
    assert connect(server, keep_gone_days=0).gone().is_empty()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2, seconds=1)):
        assert client.gone().is_empty()


def test_all_projects_can_be_read_without_the_service_once_they_are_known(connect: Connect) -> None:
    projects = [{"id": name, "name": name, "org_id": ORG_ID} for name in ("one", "two")]
    lists = {name: [item(n, id=f"{name}-{n}", project_id=name) for n in range(3)] for name in ("one", "two")}
    with DemoServer(Service(projects, lists, {})) as server:
        client = connect(server, project_id=None)
        with pytest.raises(ArgumentError, match="has not been loaded on this machine yet"):
            client.feedback(project_id="all", refresh="never")
        assert server.log == []
        client.feedback(project_id="one")
        client.projects()
        with pytest.raises(IncompleteError, match="project two") as caught:
            client.feedback(project_id="all", refresh="never")
        assert isinstance(caught.value.failures["two"], SnapshotError)
        frame = client.feedback(project_id="all")
        asked = len(server.log)
        assert connect(server, project_id=None).feedback(project_id="all", refresh="never").equals(frame)
        assert len(server.log) == asked


def test_the_log_of_the_server_shows_no_more_requests_than_told(serve: Serve, connect: Connect) -> None:
    server = serve(999)
    client = connect(server)
    client.feedback()
    assert client.last_load is not None
    assert client.last_load.requests == server.list_requests


def test_a_past_moment_is_loaded_from_disk_as_it_was_returned_then(serve: Serve, connect: Connect) -> None:
    server = serve([item(n) for n in range(5)], ratings=[])
    client = connect(server, max_age_seconds=0)
    first = client.load()
    rows = server.service.feedback[PROJECT_ID]
    rows.change(Edit("item-000001", {"status": "Closed", "message": "Edited"}))
    rows.change(Archive("item-000002"))
    rows.change(Insert(item(9)))
    second = client.load(refresh="full")
    asked = len(server.log)
    assert first.as_of is not None
    assert second.as_of is not None
    for then, as_of in ((first, first.as_of), (second, second.as_of)):
        moment = as_of.astimezone(ZoneInfo("Pacific/Kiritimati"))
        again = client.load(as_of=moment, time_zone="Europe/Berlin")
        assert again.feedback.drop("is_known").equals(then.feedback)
        assert again.ratings.drop("is_known").equals(then.ratings)
        assert again.history.equals(then.history)
        assert (again.as_of, again.time_zone) == (then.as_of, "Europe/Berlin")
        assert again.feedback["is_known"].all()
    assert sw.lifecycle.open_items(client.load(as_of=first.as_of)).height == 5
    later = client.load(as_of=datetime.now(UTC))  # Nothing is known of the time after the last load.
    assert later.as_of == second.as_of
    assert later.feedback.drop("is_known").equals(second.feedback)
    assert len(server.log) == asked
    earlier = [first.as_of - timedelta(seconds=1), datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))]
    for moment in earlier:
        with pytest.raises(SnapshotError, match="had been stored by") as caught:
            client.load(as_of=moment)
        (known_from,) = re.findall(r"known from (.{19}) UTC on", str(caught.value))
        named = datetime.fromisoformat(f"{known_from}Z")
        with time_machine.travel(named + timedelta(seconds=1), tick=False):
            assert client.load(as_of=named).feedback.height == 5
    with pytest.raises(ArgumentError, match=r"is in the future\. Pass a past time"):
        client.load(as_of=datetime.now(UTC) + timedelta(minutes=1))
    with pytest.raises(ArgumentError, match="as_of"):
        client.load(as_of="2026-01-01")  # type: ignore[arg-type]  # the text is the test
