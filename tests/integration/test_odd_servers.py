"""Servers that are odd in one way each: a load is complete or refused with a reason, and ends in nothing else."""

from __future__ import annotations

import json
import random
import re
import ssl
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import trustme

from seggwat_nb import doctor, findings, ratings, report, signing, triage
from seggwat_nb.client import Client
from seggwat_nb.clock import Clock
from seggwat_nb.demo.server import PROJECT_ID
from seggwat_nb.errors import (
    ApiError,
    ArgumentError,
    AuthenticationError,
    BadRequestError,
    ForbiddenError,
    IncompleteError,
    NetworkError,
    NotFoundError,
    SeggwatError,
    ServerError,
    SettingsError,
    TriageError,
    UnexpectedResponseError,
)
from seggwat_nb.panels.code import of_rows
from seggwat_nb.source import responses
from tests.integration.conftest import EPOCH, item, items
from tests.integration.odd_server import OddServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Feature = Callable[[dict[str, Any]], dict[str, Any]]

ROWS = 230


def newest_first() -> list[dict[str, Any]]:
    return items(ROWS)[::-1]


def with_times(times: dict[int, Any]) -> list[dict[str, Any]]:
    return [
        record | {"created_at": times[place]} if place in times else record
        for place, record in enumerate(newest_first())
    ]


def told(**changes: Any) -> Feature:
    """Change what the pagination says; None leaves a key out."""

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        pagination = answer["pagination"] | {
            name: value(answer["pagination"][name]) for name, value in changes.items() if value is not None
        }
        left_out = {name for name, value in changes.items() if value is None}
        return answer | {"pagination": {name: value for name, value in pagination.items() if name not in left_out}}

    return change


def total_of_page(answer: dict[str, Any]) -> dict[str, Any]:
    """Say the number of rows on the page where that of the list is due."""
    return answer | {"pagination": answer["pagination"] | {"total": len(answer["feedback"])}}


def twice(records: list[dict[str, Any]], **changes: Any) -> list[dict[str, Any]]:
    """Let ten records stand twice."""
    return [copy for place, one in enumerate(records) for copy in ([one, one | changes] if place % 23 == 5 else [one])]


COMPLETE: dict[str, dict[str, Any]] = {
    "nothing odd": {},
    "pages cut to 7": {"most": 7},
    "pages cut to 25": {"most": 25},
    "pages cut to 7, said to be 100": {"most": 7, "echoes_most": False},
    "pages cut to 25, said to be 100": {"most": 25, "echoes_most": False},
    "pages of 50 only": {"most": 50, "fixed": True},
    "pages of 50 only, said to be as requested": {"most": 50, "fixed": True, "echoes_most": False},
    "pages of 20 only, said to be as requested": {"most": 20, "fixed": True, "echoes_most": False},
    "pages of 7 only, said to be as requested": {"most": 7, "fixed": True, "echoes_most": False},
    "pages over 50 refused": {"most": 50, "refuses": 400},
    "pages over 50 refused with 422": {"most": 50, "refuses": 422},
    "pages over 20 refused": {"most": 20, "refuses": 400},
    "oldest first": {"records": items(ROWS)},
    "no order": {"records": random.Random(1).sample(items(ROWS), ROWS)},
    "404 past the end": {"past_the_end": 404},
    "shrinks, 404 past the end": {"past_the_end": 404, "shrink_at": 3, "left": 90},
    "shrinks, 400 past the end": {"past_the_end": 400, "shrink_at": 3, "left": 90},
    "shrinks, 422 past the end": {"past_the_end": 422, "shrink_at": 3, "left": 90},
    "shrinks to nothing, 404": {"past_the_end": 404, "shrink_at": 3, "left": 0},
    "equal copies on a page": {"records": twice(newest_first())},
    "unlike copies on a page": {"records": twice(newest_first(), status="Closed")},
    "times null here and there": {"records": with_times(dict.fromkeys(range(0, ROWS, 60)))},
    "times of small letters": {
        "records": [one | {"created_at": one["created_at"].lower()} for one in newest_first()],
    },
    "times of PostgreSQL": {
        "records": [one | {"created_at": one["created_at"][:-6].replace("T", " ") + "+00"} for one in newest_first()],
    },
    "times of Ruby": {
        "records": [one | {"created_at": one["created_at"][:-6].replace("T", " ") + " UTC"} for one in newest_first()],
    },
    "times of six kinds": {
        "records": [
            one
            | {
                "created_at": one["created_at"].removesuffix("+00:00")
                + ("Z", " Z", "z", "+0000", ".5+00", ",5 GMT")[n % 6]
            }
            for n, one in enumerate(newest_first())
        ],
    },
    "one moment": {"records": [one | {"created_at": "2026-03-01T10:00:00Z"} for one in newest_first()]},
    "totals as text": {"change": told(total=str, page=str, limit=str)},
    "totals as 1.0": {"change": told(total=float, page=float, limit=float)},
    "no total_pages": {"change": told(total_pages=None)},
    "no limit": {"change": told(limit=None)},
    "no limit, pages cut to 25": {"most": 25, "change": told(limit=None)},
    "page and limit null": {"change": told(page=lambda _: None, limit=lambda _: None)},
    "pages over 50 refused with 413": {"most": 50, "refuses": 413},
    "total_pages wrong": {"change": told(total_pages=lambda _: 1)},
    "gzip": {"transfer": "gzip"},
    "chunked": {"transfer": "chunked"},
    "each byte alone": {"transfer": "byte by byte"},
    "interim responses": {"interim": (103, 100, 102, 103)},
    "HTTP/1.0": {"version": "HTTP/1.0"},
    "HTTP/1.0, gzip": {"version": "HTTP/1.0", "transfer": "gzip"},
    "IPv6": {"host": "::1"},
    "under a path": {"prefix": "/some/prefix"},
}

REFUSED: dict[str, tuple[dict[str, Any], type[SeggwatError], str]] = {
    "pages short of a row": (
        {"change": lambda answer: answer | {"feedback": answer["feedback"][1:]}},
        IncompleteError,
        "page 2 of 97 has 96 rows, but",
    ),
    "pages over 10 refused": ({"most": 10, "refuses": 400}, SeggwatError, "limit is at most 10"),
    "totals of pages, no order": (
        {"records": random.Random(1).sample(items(ROWS), ROWS), "change": total_of_page},
        IncompleteError,
        "implies 0",
    ),
    "totals of pages, in order": ({"change": total_of_page}, IncompleteError, "implies 0"),
    "a total of 400 digits": ({"change": told(total=lambda _: 10**400)}, UnexpectedResponseError, "'total' is …"),
    "a total of much text": (
        {"change": told(total=lambda _: "x " * 10**6)},
        UnexpectedResponseError,
        "'total' is 'x x",
    ),
    "no total": ({"change": told(total=None)}, UnexpectedResponseError, "'total' is None"),
    "no pagination": (
        {"change": lambda answer: {"feedback": answer["feedback"]}},
        UnexpectedResponseError,
        "pagination",
    ),
}


@pytest.fixture
def load(waiting: Any) -> Iterator[Callable[..., Any]]:
    assert waiting.seconds == 0

    def loading(server: OddServer, **options: Any) -> Client:
        given = {"api_key": server.token, "project_id": PROJECT_ID, "base_url": server.url, "requests_per_minute": 0}
        return Client(**{**given, **options})

    return loading  # type: ignore[return-value]


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.filterwarnings("ignore:.*could not be read:UserWarning")
def test_a_load_is_complete(load: Callable[..., Client], figures: Callable[[str], None], name: str) -> None:
    with OddServer(**{"records": newest_first(), **COMPLETE[name]}) as server, load(server) as client:
        frame = client.feedback()
        about = client.last_load
        assert about is not None
        # What has no readable time can be no row; it is set aside, and counted.
        dated = {record["id"] for record in server.records if record["created_at"]}
        assert dated <= set(frame["id"])
        assert frame["id"].is_unique().all()
        assert len(about.set_aside) == len(server.records) - len(dated) - len(twins(server))
        assert about.repeated == twins(server)
        assert about.conflicting == (twins(server) if "unlike" in name else set())
        why = f": {about.slow_because}" if about.slow_because else ""
        figures(f"odd server | {name:32} | complete, {about.requests} requests{why}")


def twins(server: OddServer) -> set[str]:
    ids = [record["id"] for record in server.records]
    return {row for row in ids if ids.count(row) > 1}


@pytest.mark.parametrize("name", REFUSED)
def test_a_load_is_refused_with_a_reason(
    load: Callable[..., Client], figures: Callable[[str], None], name: str
) -> None:
    options, kind, reason = REFUSED[name]
    with OddServer(**{"records": newest_first(), **options}) as server, load(server) as client:
        with pytest.raises(kind, match=reason) as caught:
            client.feedback()
        assert len(str(caught.value)) < 500
        figures(f"odd server | {name:32} | refused: {str(caught.value)[:110]}")


def test_ids_that_are_numbers_with_a_fraction_of_zero_are_ids(load: Callable[..., Client]) -> None:
    records = [record | {"id": float(place)} for place, record in enumerate(newest_first())]
    with OddServer(records=records) as server, load(server) as client:
        assert set(client.feedback()["id"]) == {str(place) for place in range(ROWS)}


def test_ids_that_are_numbers_are_ids(load: Callable[..., Client]) -> None:
    records = [record | {"id": ROWS - place} for place, record in enumerate(newest_first())]
    with OddServer(records=records) as server, load(server) as client:
        frame = client.feedback()
        assert set(frame["id"]) == {str(record["id"]) for record in records}
        assert client.feedback(refresh="verify").equals(frame)


@pytest.mark.filterwarnings("ignore:.*could not be read:UserWarning")
def test_times_beyond_the_calendar_of_python_are_set_aside(load: Callable[..., Client]) -> None:
    times = ("9999-12-31T23:59:59-12:00", "+12345-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00")
    with OddServer(records=with_times(dict(enumerate(times, start=50)))) as server, load(server) as client:
        frame = client.feedback()
        assert len(frame.rows()) == ROWS - len(times)
        assert client.last_load is not None
        assert len(client.last_load.set_aside) == len(times)


@pytest.mark.parametrize(("status", "kind"), [(400, BadRequestError), (500, ServerError)])
def test_an_error_that_is_not_in_utf8_is_still_our_error(
    load: Callable[..., Client], status: int, kind: type[SeggwatError]
) -> None:
    class Refusing(OddServer):
        def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            assert target
            assert not change
            return status, {"error": "refusé", "message": "réessayez"}

    with (
        Refusing(records=[], transfer="latin-1") as server,
        load(server) as client,
        pytest.raises(kind, match=str(status)),
    ):
        client.feedback()


def test_of_unlike_copies_the_later_read_is_kept(load: Callable[..., Client]) -> None:
    with OddServer(records=twice(newest_first(), status="Closed")) as server, load(server) as client:
        frame = client.feedback()
        assert client.last_load is not None
        assert set(frame.filter(frame["status"] == "Closed")["id"]) == twins(server)
        assert "10 IDs listed more than once, kept once (10 with different values: the last one read is kept)" in (
            client.last_load.describe()
        )


def test_a_private_certificate_authority_is_trusted_where_it_is_named_and_only_there(
    load: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, figures: Callable[[str], None]
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with OddServer(records=newest_first(), tls=context) as server:
        with (
            load(server) as client,
            pytest.raises(NetworkError, match=r"certificate.*set REQUESTS_CA_BUNDLE to") as caught,
        ):
            client.feedback()
        figures(f"odd server | {'TLS, unknown authority':32} | refused: {str(caught.value)[:110]}")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        with load(server) as client:
            assert client.feedback().height == ROWS
        figures(f"odd server | {'TLS, private authority':32} | complete")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HTTPS_PROXY", "nonsense://x", "The configured proxy"),
        ("ALL_PROXY", "socks9://127.0.0.1:9", "The configured proxy"),
        ("REQUESTS_CA_BUNDLE", "/no/such/file", "REQUESTS_CA_BUNDLE"),
    ],
)
def test_what_is_wrong_with_the_way_to_the_service_is_named(
    load: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with (
        OddServer(records=[]) as server,
        load(server, base_url="https://192.0.2.1:9") as client,
        pytest.raises(NetworkError, match=told),
    ):
        client.feedback()


def test_a_proxy_that_refuses_and_a_service_without_encryption_are_named(
    load: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    with OddServer(records=[]) as server:
        secure = server.url.replace("http:", "https:")
        with (
            load(server, base_url=secure) as client,
            pytest.raises(NetworkError, match=r"encrypted connection to the service could be made\. Check whether it"),
        ):
            client.feedback()
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        with (
            load(server, base_url="https://192.0.2.1:9") as client,
            pytest.raises(NetworkError, match=r"The proxy refused the connection to the service \(501\)\. Check the"),
        ):
            client.feedback()


def test_a_proxy_that_requires_a_password_says_where_to_set_it() -> None:
    refused = requests.exceptions.ProxyError("OSError('Tunnel connection failed: 407 Proxy Authentication Required')")
    problem, was_sent = signing._describe(refused)
    assert "set HTTPS_PROXY to http://USER:PASSWORD@" in problem
    assert not was_sent


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_proxy_variables_do_not_lead_away_from_this_machine(
    load: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, figures: Callable[[str], None], host: str
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with OddServer(records=newest_first(), host=host) as server, load(server) as client:
        assert client.feedback().height == ROWS
    figures(f"odd server | {f'proxy variables, {host}':32} | complete")


def test_an_answer_that_drips_past_the_deadline_is_refused(
    load: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, figures: Callable[[str], None]
) -> None:
    seconds = iter(range(10**9))
    monkeypatch.setattr(Clock, "monotonic", lambda _: float(next(seconds)))
    monkeypatch.setattr(signing, "LONGEST_ANSWER", 5.0)
    server = OddServer(records=newest_first(), transfer="byte by byte")
    with server, load(server) as client, pytest.raises(NetworkError, match="did not arrive within") as caught:
        client.feedback()
    assert len(server.pages) == 1, "what took so long is not asked for again"
    figures(f"odd server | {'a byte a second':32} | refused: {str(caught.value)[:110]}")


def test_an_answer_that_unpacks_to_too_much_is_refused_at_once(
    load: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "LARGEST_ANSWER", 1 << 20)
    records = [record | {"message": "x" * 20_000} for record in newest_first()]
    with (
        OddServer(records=records, transfer="gzip") as server,
        load(server) as client,
        pytest.raises(NetworkError, match="larger than 1 MB"),
    ):
        client.feedback()
    assert len(server.pages) == 1


def test_each_answer_is_decoded_once(load: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []
    decode = responses.decode

    def counting(body: bytes) -> Any:
        decoded.append(body)
        return decode(body)

    monkeypatch.setattr(responses, "decode", counting)
    with OddServer(records=newest_first()) as server, load(server) as client:
        assert client.feedback().height == ROWS
        lists = [body for body in decoded if body.startswith(b'{"feedback"')]
        assert len(lists) == len(server.pages)


WRONG_RECORDS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "an error": (lambda _: {"error": "maintenance", "message": "back soon"}, "contains an error: 'maintenance' 'back"),
    "wrapped": (lambda record: {"feedback": record}, "'item-000003' was requested, and None returned"),
    "another": (
        lambda record: record | {"id": "item-000009"},
        "'item-000003' was requested, and 'item-000009' returned",
    ),
}


@pytest.mark.parametrize("name", WRONG_RECORDS)
def test_another_record_than_the_one_requested_is_refused(load: Callable[..., Client], name: str) -> None:
    one, reason = WRONG_RECORDS[name]
    with OddServer(records=newest_first()[-5:], one=one) as server, load(server) as client:
        with pytest.raises(UnexpectedResponseError, match=re.escape(reason)):
            client.item("item-000003")
        with pytest.raises(UnexpectedResponseError, match=r"The change may have been made: client\.item\("):
            client.update("item-000003", status="Closed")
        assert sum(asked.startswith("PATCH") for asked in server.asked) == 1


def test_no_batch_takes_the_answer_about_another_item_for_its_own(load: Callable[..., Client]) -> None:
    records = newest_first()[-5:]
    with OddServer(records=records) as server, load(server) as client:
        planned = triage.plan(client.feedback(), status="Closed")
        server.one = lambda _: records[0]
        with pytest.raises(TriageError, match="1 changed, 3 failed, 1 to do"):
            planned.apply(client=client)
        assert sum(record["status"] == "Closed" for record in records) == 1


def test_a_change_that_the_service_does_not_make_is_an_error(load: Callable[..., Client]) -> None:
    with OddServer(records=newest_first()[-5:], ignores_changes=True) as server, load(server) as client:
        with pytest.raises(
            UnexpectedResponseError, match="did not change status and resolution_note of item item-0000"
        ):
            client.update("item-000003", status="Closed", resolution_note="Fixed")
        server.ignores_changes = False
        server.one = lambda record: record | {"message": record["message"].strip()}
        assert client.update("item-000003", message=" Trimmed ")["message"] == "Trimmed"
        assert not client.update("item-000003", resolution_note="")["resolution_note"]


@pytest.mark.parametrize("is_late", [True, False])
def test_a_change_that_is_only_accepted_is_neither_done_nor_failed(
    load: Callable[..., Client], waiting: Any, *, is_late: bool
) -> None:
    server = OddServer(records=newest_first(), accepts_changes=True, ignores_changes=is_late)
    with server, load(server) as client:
        client.feedback()
        if is_late:
            expected = r"accepted the change of item item-000003 \(202\), but has not made it yet: client\.item\("
            with pytest.raises(UnexpectedResponseError, match=expected):
                client.update("item-000003", resolution_note="", status="Closed")
        else:
            assert client.update("item-000003", status="Closed")["status"] == "Closed"
        assert [one for one in server.asked if one.startswith("PATCH")] == [server.asked[-2]]
        assert waiting.seconds == 2
        stored = client.feedback(refresh="never").filter(id="item-000003")
        assert stored["status"].to_list() == ["New" if is_late else "Closed"]


@pytest.mark.parametrize("failure", [(429, {"Retry-After": "600"}), (500, {}), (503, {"Retry-After": "600"})])
def test_a_load_does_not_wait_for_what_only_links_require(
    load: Callable[..., Client], waiting: Any, failure: tuple[int, dict[str, str]]
) -> None:
    fails = {f"/projects/{PROJECT_ID}": failure}
    with OddServer(records=newest_first(), fails=fails) as server, load(server) as client:
        assert client.feedback().height == ROWS
        assert waiting.seconds == 0
        assert sum(asked.endswith(PROJECT_ID) for asked in server.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind", "may_have_none"),
    [
        *((403, ForbiddenError, True), (404, NotFoundError, True), (501, ServerError, True)),
        *((401, AuthenticationError, False), (500, ServerError, False)),
    ],
)
def test_a_list_that_fails_takes_no_other_list_with_it(
    load: Callable[..., Client], status: int, kind: type[SeggwatError], *, may_have_none: bool
) -> None:
    way = r" If the service has no ratings for you, load without them: ratings=False\." if may_have_none else ""
    with OddServer(records=newest_first(), fails={"/ratings": (status, {})}) as server, load(server) as client:
        with pytest.raises(
            kind, match=rf"The feedback list is complete: 230 rows \(`error\.loaded`\)\.{way}$"
        ) as caught:
            client.load()
        assert set(caught.value.loaded["feedback"]["id"]) == {record["id"] for record in server.records}


@pytest.mark.parametrize("status", [403, 404, 501])
def test_feedback_can_be_loaded_where_there_are_no_ratings(
    load: Callable[..., Client], status: int, tmp_path: Path
) -> None:
    with OddServer(records=newest_first(), fails={"/ratings": (status, {})}) as server, load(server) as client:
        data = client.load(ratings=False)
        assert {record["id"] for record in server.records} == set(data.feedback["id"])
        assert not any(asked.endswith("/ratings") for asked in server.asked)
        assert repr(data).startswith("Dataset(230 items, ratings not loaded, 0 changes")
        assert data.without_ratings
        assert data.provenance("ratings") is None
        with pytest.raises(ArgumentError, match="loaded with ratings=False"):
            ratings.nps(data)
        assert of_rows(data, rated=True) == f'data = sw.load(project_id="{PROJECT_ID}", ratings=False)'
        assert "Ratings: they were not loaded." in findings(data).filter(verdict="not checked")["sentence"]
        then = client.load(ratings=False, as_of=data.as_of)
        assert then.feedback.height == ROWS
        assert then.without_ratings
        text = report(data, tmp_path / "report.md").read_text(encoding="utf-8")
        assert "No sections on ratings: they were not loaded." in text
        assert "Not checked: Ratings: they were not loaded." in text
        assert "230 items of feedback stored" in text
        assert not client.load(ratings=False, refresh="never").ratings.height


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://elsewhere.example/login?key=1", r"to elsewhere\.example\. The"),
        (
            "{secure}/api/v1/projects?page=1",
            r"to https://127\.0\.0\.1:\d+/api/v1/projects\. The .* Set SEGGWAT_API_URL to https://127\.0\.0\.1:\d+\.$",
        ),
        ("http://[", r"to an invalid address\. The"),
        ("/api/v1/projects/?page=1", r"to http://127\.0\.0\.1:\d+/api/v1/projects/\. The .* or a login page answers"),
        ("//elsewhere.example/login", r"to elsewhere\.example\. The .* whether a proxy or a login page answers"),
        ("//[", r"to an invalid address\. The"),
        ("", r"to another path\. The"),
    ],
)
def test_a_redirect_says_what_differs(load: Callable[..., Client], location: str, told: str) -> None:
    with OddServer(records=[]) as server, load(server) as client:
        secure = server.url.replace("http:", "https:")
        server.fails["/feedback"] = (308, {"Location": location.format(secure=secure)})
        with pytest.raises(ApiError, match=told):
            client.feedback()


def with_slash(target: str) -> str:
    path, query = target.partition("?")[::2]
    return target if path.endswith("/") else f"{path}/?{query}"


def without_slash(target: str) -> str:
    path, query = target.partition("?")[::2]
    return f"{path.removesuffix('/')}?{query}" if path.endswith("/") else target


def in_capitals(target: str) -> str:
    return target.replace("/api/v1/projects/", "/API/v1/Projects/")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    "spells",
    [
        with_slash,
        lambda target: with_slash(target).partition("?")[0] if "/?" not in with_slash(target) else with_slash(target),
        in_capitals,
    ],
)
def test_a_redirect_to_another_spelling_of_the_same_address_is_followed_and_remembered(
    load: Callable[..., Client], status: int, spells: Callable[[str], str]
) -> None:
    with OddServer(records=newest_first(), spells=spells, moves=status) as server, load(server) as client:
        frame = client.feedback()
        assert set(frame["id"]) == {record["id"] for record in server.records}
        assert client.last_load is not None
        lists = [asked for asked in server.asked if asked.rstrip("/").endswith("/feedback")]
        assert len(lists) == client.last_load.requests == len(server.pages) + 1
        assert client.update("item-000003", status="Resolved")["status"] == "Resolved"
        assert client.item("item-000003", fresh=True)["status"] == "Resolved"
        assert client.plan().requests == 0


@pytest.mark.parametrize(
    "location",
    [
        "/api/v1/projects/another/feedback",
        "/api/v1/projects/{project}/feedback?page=2",
        "/api/v1/projects/{project}/ratings/",
        "/api/v1/projects/{project}//feedback",
        "http://user@127.0.0.1:{port}/api/v1/projects/{project}/feedback/",
        "//127.0.0.1:1/api/v1/projects/{project}/feedback/",
        "https://127.0.0.1:{port}/api/v1/projects/{project}/feedback/",
        "http://127.0.0.1.example/api/v1/projects/{project}/feedback/",
        "/api/v1/projects/{project}/feedback",
    ],
)
def test_a_redirect_to_another_address_is_not_followed(load: Callable[..., Client], location: str) -> None:
    with OddServer(records=newest_first()) as server, load(server) as client:
        port = server.url.rpartition(":")[2]
        to = location.format(project=PROJECT_ID, port=port)
        server.spells = lambda target: to if "/feedback" in target else target
        with pytest.raises(ApiError, match=r"redirects \(308\).* not sent after such a redirect"):
            client.feedback()
        assert sum("/feedback" in asked for asked in server.asked) == 1


def test_capitals_of_an_id_are_not_another_spelling(load: Callable[..., Client]) -> None:
    with OddServer(records=newest_first(), spells=str.lower) as server, load(server, project_id="ABC") as client:
        with pytest.raises(ApiError, match=r"redirects \(308\)"):
            client.feedback()
        assert len(server.asked) == 1


def test_a_redirect_back_and_forth_ends(load: Callable[..., Client]) -> None:
    def other(target: str) -> str:
        return without_slash(target) if "/?" in target else with_slash(target)

    with OddServer(records=newest_first(), spells=other) as server, load(server) as client:
        with pytest.raises(ApiError, match=r"redirects \(308\)"):
            client.feedback()
        assert len(server.asked) == 2


def test_a_redirect_counts_as_a_request(load: Callable[..., Client]) -> None:
    with OddServer(records=newest_first(), spells=with_slash) as server, load(server) as client:
        with pytest.raises(IncompleteError, match="max_requests=1"):
            client.feedback(max_requests=1)
        assert len(server.asked) == 1


def test_a_redirect_to_nowhere_is_not_said_to_lead_somewhere(load: Callable[..., Client]) -> None:
    with OddServer(records=[], fails={"/feedback": (304, {"ETag": '"1"'})}) as server, load(server) as client:
        with pytest.raises(ApiError, match=r"returned 304 \(Not Modified\)\. .* Check whether a proxy answers"):
            client.feedback()
        assert len(server.asked) == 1


def test_a_number_that_json_lacks_stops_no_load_and_is_kept_as_written(load: Callable[..., Client]) -> None:
    odd = {"id": "item-000001", "weight": float("nan"), "left": float("-inf")}
    records = [record | odd if record["id"] == odd["id"] else record for record in newest_first()]
    with OddServer(records=records) as server, load(server) as client:
        frame = client.feedback()
        assert frame.height == ROWS
        assert frame["extra"].drop_nulls().to_list() == ['{"left":"-Infinity","weight":"NaN"}']


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"created_at": "2026-03-01T10:00:00"},
            "created_at of item 'item-000229' is '2026-03-01T10:00:00', not a time with a zone",
        ),
        ({"created_at": None}, "created_at of item 'item-000229' is None"),
        ({"created_at": 1790000000}, "created_at of item 'item-000229' is 1790000000, not a time"),
        ({"id": {"$oid": "5"}}, "its id is a dict"),
    ],
)
def test_a_warning_says_why_records_cannot_be_read(
    load: Callable[..., Client], changes: dict[str, Any], why: str
) -> None:
    records = [record | changes if place < 3 else record for place, record in enumerate(newest_first())]
    with OddServer(records=records) as server, load(server) as client:
        expected = rf"records? of the feedback could not be read \(the first because {re.escape(why)}"
        with pytest.warns(UserWarning, match=expected):
            data = client.load(ratings=False)
        about = data.provenance()
        assert about is not None
        assert (data.feedback.height, len(about.set_aside)) == (ROWS - 3, 3)


@pytest.mark.filterwarnings("ignore:3 records of the feedback could not be read")
@pytest.mark.parametrize("strange", [None, {}, [], {"message": "no id"}])
def test_equal_records_that_cannot_be_read_are_each_counted(load: Callable[..., Client], strange: Any) -> None:
    records: list[Any] = items(1500)[::-1]
    for place in (10, 11, 60):
        records.insert(place, strange)
    with OddServer(records=records) as server, load(server, max_age_seconds=0) as client:
        for refresh in ("auto", "full", "auto"):
            assert client.feedback(refresh=refresh).height == 1500
            about = client.last_load
            assert about is not None
            assert [json.loads(record) for record in about.set_aside] == [strange] * 3
            assert about.total == 1503
            assert not about.repeated


@pytest.mark.parametrize("strange", [None, {}, {"message": "no id"}])
@pytest.mark.filterwarnings("ignore:6 records of the feedback could not be read:UserWarning")
def test_equal_records_that_cannot_be_read_may_be_on_any_page(load: Callable[..., Client], strange: Any) -> None:
    records: list[Any] = items(300)[::-1]
    for place in (5, 98, 99, 100, 101, 230):
        records.insert(place, strange)
    with OddServer(records=records) as server, load(server, max_age_seconds=0) as client:
        for refresh in ("auto", "auto", "full"):
            assert client.feedback(refresh=refresh).height == 300
            about = client.last_load
            assert about is not None
            assert [json.loads(record) for record in about.set_aside] == [strange] * 6
            assert (about.total, about.removed_during, about.slow_because) == (306, 0, None)
            assert about.requests <= 5
            assert about.why_full in {None, "equal records without an ID are on several pages"}


def test_a_list_of_which_nothing_can_be_read_is_an_error(
    load: Callable[..., Client], capfd: pytest.CaptureFixture[str]
) -> None:
    records = [{"_id" if name == "id" else name: value for name, value in one.items()} for one in newest_first()]
    with OddServer(records=records) as server, load(server) as client:
        expected = rf"No record of the feedback could be read \({ROWS} records, the first because its id is None"
        for refresh in ("auto", "full", "never"):
            with pytest.raises(UnexpectedResponseError, match=expected) as caught:
                client.feedback(refresh=refresh)
            assert [json.loads(record) for record in caught.value.set_aside] == server.records
        assert client.last_load is not None
        assert len(client.last_load.set_aside) == ROWS
    # Nor is it said to be "loaded completely".
    assert "".join(capfd.readouterr()) == ""


def test_a_list_is_only_empty_if_two_answers_say_so(load: Callable[..., Client]) -> None:
    with OddServer(records=newest_first()) as server, load(server) as client:

        def empty_once(answer: dict[str, Any]) -> dict[str, Any]:
            server.change = lambda later: later
            return {"feedback": [], "pagination": answer["pagination"] | {"total": 0, "total_pages": 0}}

        for _ in range(2):  # the first load, and one of a list that had rows
            server.change = empty_once
            assert client.feedback(refresh="full").height == ROWS
        assert client.gone().is_empty()
        server.records.clear()
        assert client.feedback(refresh="full").is_empty()
        assert client.gone().height == ROWS


def test_only_the_first_load_of_an_empty_list_takes_a_second_request(load: Callable[..., Client]) -> None:
    with OddServer(records=[]) as server, load(server, max_age_seconds=0) as client:
        taken = []
        for _ in range(3):
            assert client.feedback().is_empty()
            taken.append(len(server.pages))
        assert taken == [2, 3, 4]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"refuses": 400}, "limit is at most 60"),
        ({"refuses": 422}, "limit is at most 60"),
    ],
)
def test_a_server_of_smaller_pages_is_read_whole_at_every_load(
    load: Callable[..., Client], odd: dict[str, Any], why: str
) -> None:
    records = items(1500)[::-1]
    with OddServer(records=records, most=60, **odd) as server, load(server, max_age_seconds=0) as client:
        client.feedback()
        server.records[700] = records[700] | {"status": "Closed"}
        frame = client.feedback()
        assert client.last_load is not None
        assert why in (client.last_load.why_full or "")
        assert dict(frame.select("id", "status").iter_rows()) == {one["id"]: one["status"] for one in server.records}


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("most", [20, 50, 60])
def test_a_page_size_that_is_not_said_costs_no_more_requests_or_one_if_it_is_unusual(
    load: Callable[..., Client], tmp_path: Path, *, most: int, fixed: bool
) -> None:
    taken = []
    for echoes in (True, False):
        records = items(400)[::-1]
        with (
            OddServer(records=records, most=most, fixed=fixed, echoes_most=echoes) as server,
            load(server, max_age_seconds=0, data_dir=tmp_path / str(echoes)) as client,
        ):
            for _ in range(2):
                frame = client.feedback()
                assert frame.height == len(server.records)
                server.records.insert(0, item(1000))
                assert client.last_load is not None
                taken.append((client.last_load.requests, client.last_load.why_full))
    more = int(most == 60)
    assert taken[2:] == [(requests + more, why) for requests, why in taken[:2]]


def test_a_load_that_cannot_be_completed_from_its_pages_is_not_resumed(load: Callable[..., Client]) -> None:
    with OddServer(records=newest_first(), most=2) as server, load(server) as client:
        with pytest.raises(IncompleteError, match=r"returns 2 rows per page.* The next load starts over\.$") as caught:
            client.feedback()
        assert caught.value.partial is not None
        assert caught.value.partial.height == 2
        server.most = 100
        assert client.feedback().height == ROWS


def test_more_rows_than_the_list_still_has_are_not_said_to_be_of_it(load: Callable[..., Client]) -> None:
    class Failing(OddServer):
        def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            return (500, None) if len(self.pages) > 3 else super().answer(target, change)

    with Failing(records=newest_first(), shrink_at=3, left=90) as server, load(server) as client:
        expected = r"\. 196 rows were loaded \(`error\.partial`\), including some that have left the list\. Load again"
        with pytest.raises(IncompleteError, match=expected):
            client.feedback()


def test_an_answer_that_a_cache_on_the_way_has_kept_is_refused(load: Callable[..., Client], waiting: Any) -> None:
    ages = iter(["0", "soon", ""])

    def kept(_: Mapping[str, str]) -> dict[str, str]:
        return {"Age": next(ages, "61")}

    with OddServer(records=newest_first(), headers=kept) as server, load(server) as client:
        with pytest.raises(IncompleteError, match=r"A cache on the way to 127.* is 61 seconds old.*/api/v1"):
            client.feedback()
        assert client.last_load is None
        assert waiting.seconds
        server.headers = lambda _: {}
        assert client.feedback().height == ROWS


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-Cache", "MISS from a, HIT from b"), ("CF-Cache-Status", "STALE"), ("Cache-Status", "proxy; hit; ttl=4")],
)
def test_a_stored_response_that_says_no_age_is_refused(load: Callable[..., Client], name: str, value: str) -> None:
    with OddServer(records=newest_first(), headers=lambda _: {name: value}) as server, load(server) as client:
        with pytest.raises(UnexpectedResponseError, match=rf"A cache on .* is stored \({name}: "):
            client.feedback()
        server.headers = lambda _: {name: value, "Age": "0"}
        assert client.feedback().height == ROWS


@pytest.mark.parametrize(("kept", "is_live"), [(3, False), (3, True), (0, False)])
def test_a_response_dated_before_an_earlier_one_is_refused_if_it_stays_so(
    load: Callable[..., Client], kept: int, *, is_live: bool
) -> None:
    """The demo of a proxy that keeps pages with their dates, and of a second server whose clock is behind."""
    sent = count()

    def dated(_: Mapping[str, str]) -> dict[str, str]:
        number = next(sent)
        seconds = number if kept == 0 or number < kept else number - 4000 if is_live else -4000
        return {"Date": format_datetime(EPOCH + timedelta(seconds=seconds), usegmt=True)}

    with OddServer(records=items(600)[::-1], headers=dated) as server, load(server) as client:
        if kept and not is_live:
            with pytest.raises(IncompleteError, match=r"is dated 4,?002 seconds before an earlier one"):
                client.feedback()
        else:
            assert client.feedback().height == 600


def test_caches_on_the_way_are_told_to_ask_the_service(load: Callable[..., Client]) -> None:
    told = set[str | None]()

    def asked(headers: Mapping[str, str]) -> dict[str, str]:
        told.add(headers["Cache-Control"])
        return {}

    with OddServer(records=newest_first(), headers=asked) as server, load(server) as client:
        assert client.feedback().height == ROWS
        assert client.item("item-000003")["status"] == "New"
    assert told == {"no-cache"}


def test_projects_of_any_id_and_of_one_id_twice_are_loaded_together(load: Callable[..., Client]) -> None:
    class Several(OddServer):
        def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            if target.endswith("/projects"):
                return 200, {"projects": [{"id": one, "name": one.upper()} for one in ("a/b", "c d", " ", "x", "x")]}
            if target.endswith("/ratings?page=1&limit=100"):
                return 200, {"ratings": [], "pagination": {"page": 1, "limit": 100, "total": 0}}
            return super().answer(re.sub(r"/projects/[^/]+/", f"/projects/{PROJECT_ID}/", target), change)

    with Several(records=newest_first()[:5]) as server, load(server, project_id="all") as client:
        assert client.projects()["id"].to_list() == [" ", "a/b", "c d", "x"]
        data = client.load()
        assert data.feedback.height == 4 * 5
        assert client.load(refresh="never").feedback.height == 4 * 5
        with load(server, project_id=None) as other, pytest.raises(SettingsError, match=r"to one of:\n  ' '  \n  a/b"):
            other.feedback()


@pytest.mark.parametrize("ignores_pages", [False, True])
def test_projects_on_several_pages_are_all_listed_or_an_error_says_how_many_are(
    load: Callable[..., Client], ignores_pages: bool
) -> None:
    projects = [{"id": f"p{n}", "name": f"Project {n}"} for n in range(7)]

    class Paginated(OddServer):
        def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            path, asked = urlsplit(target).path, parse_qs(urlsplit(target).query)
            if not path.endswith("/projects"):
                return super().answer(re.sub(r"/projects/[^/]+/", f"/projects/{PROJECT_ID}/", target), change)
            page = 1 if ignores_pages else int(asked.get("page", ["1"])[0])
            return 200, {"projects": projects[3 * page - 3 : 3 * page], "pagination": {"page": page, "total": 7}}

    with Paginated(records=newest_first()[:5]) as server, load(server, project_id="all") as client:
        if ignores_pages:
            with pytest.raises(UnexpectedResponseError, match=r"lists 3 of 7 projects\. Name those to load"):
                client.feedback()
        else:
            assert client.projects().height == 7
            assert client.feedback().height == 7 * 5


def test_a_project_that_cannot_be_read_is_not_left_out_silently(load: Callable[..., Client]) -> None:
    class Strange(OddServer):
        def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            if target.endswith("/projects"):
                return 200, {"projects": [{"id": PROJECT_ID, "name": "One"}, None, {"name": "no id"}]}
            return super().answer(target, change)

    expected = pytest.warns(UserWarning, match="2 projects of the token could not be read")
    with Strange(records=newest_first()[:5]) as server, load(server, project_id="all") as client, expected:
        assert client.feedback().height == 5


def test_a_change_that_is_answered_with_a_redirect_may_have_been_made(load: Callable[..., Client]) -> None:
    fails = {"/item-000003": (303, {"Location": "/done"})}
    with OddServer(records=newest_first()[-5:], fails=fails) as server, load(server) as client:
        with pytest.raises(ApiError, match=r"redirects \(303\).*The change may have been made: client\.item\("):
            client.update("item-000003", status="Closed")
        server.fails = {"/item-000003": (409, {})}
        with pytest.raises(ApiError, match="409") as caught:
            client.update("item-000003", status="Closed")
        assert "may have been made" not in str(caught.value)


def test_a_token_without_projects_is_told_so(load: Callable[..., Client]) -> None:
    class Without(OddServer):
        def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            return (200, {"projects": []}) if target.endswith("/projects") else super().answer(target, change)

    with Without(records=[]) as server:
        for project in (None, PROJECT_ID):
            found = [str(one) for one in doctor.examine(partial(load, server, project_id=project))]
            assert (
                "FAIL  project: the token cannot access any. Create one on the dashboard, or use another token" in found
            )


@pytest.mark.parametrize("status", [403, 404, 500])
def test_the_doctor_tries_each_list(load: Callable[..., Client], status: int) -> None:
    with OddServer(records=newest_first(), fails={"/ratings": (status, {})}) as server:
        found = {one.name: one for one in doctor.examine(partial(load, server))}
        assert (found["feedback"].ok, found["feedback"].detail) == (True, f"{len(newest_first())} in the list")
        assert not found["ratings"].ok
        assert ("load without them: ratings=False" in found["ratings"].detail) == (status in {403, 404})


def test_the_doctor_tries_a_list_that_is_stored(load: Callable[..., Client]) -> None:
    with OddServer(records=newest_first()) as server:
        load(server).feedback()
        server.fails["/feedback"] = (403, {})
        (found,) = (one for one in doctor.examine(partial(load, server)) if one.name == "feedback")
        assert not found.ok


@pytest.mark.parametrize("fails", [{"/projects": (500, {})}, {"/projects": (401, {})}])
def test_the_doctor_tries_no_list_after_an_error_that_each_would_repeat(
    load: Callable[..., Client], fails: dict[str, tuple[int, dict[str, str]]]
) -> None:
    with OddServer(records=newest_first(), fails=fails) as server:
        assert {"feedback", "ratings"}.isdisjoint(one.name for one in doctor.examine(partial(load, server)))


def test_names_from_the_service_reach_a_terminal_as_one_plain_line(load: Callable[..., Client]) -> None:
    with OddServer(records=[], fails={"/me": (404, {})}) as server:
        name = f"\x1b[31mShop\r\n{server.token}"

        def answer(target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            assert not change
            return 200, {"projects": [{"id": "another", "name": name}]} if target.endswith("/projects") else None

        server.answer = answer  # type: ignore[method-assign]  # of this one server
        told = [str(finding) for finding in doctor.examine(lambda: load(server))]
        with pytest.raises(SettingsError) as caught:
            load(server, project_id=None).feedback()
    assert any("token: role unknown in an unknown organization" in line for line in told)
    assert any("It can access: another ([31mShop oat_…)" in line for line in told)
    assert "another  [31mShop oat_…" in str(caught.value)
    assert all("\x1b" not in line and server.token not in line for line in [*told, str(caught.value)])
