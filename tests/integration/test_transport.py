"""What is sent, when, where to and how often; and that any answer, however odd or slow, is a result or our error."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from seggwat_nb import signing
from seggwat_nb.client import Client
from seggwat_nb.clock import Clock
from seggwat_nb.demo.plans import Dropped, Fault, Faults, Status, TooMany
from seggwat_nb.errors import (
    ApiError,
    DeliveryError,
    IncompleteError,
    NetworkError,
    RateLimitError,
    SeggwatError,
)
from seggwat_nb.secret import Secret
from seggwat_nb.share.delivery import github, slack
from seggwat_nb.signing import SigningAdapter
from tests.integration.conftest import items
from tests.integration.services import GitHub, Reply, Slack
from tests.integration.test_slack import about, feedback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seggwat_nb.demo.server import DemoServer
    from tests.integration.conftest import Waiting

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

KEY = "oat_" + "k" * 43


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moment of each request that is really sent, by the clock that waiting moves."""
    moments: list[float] = []
    send, clock = SigningAdapter.send, Clock()

    def noted(adapter: SigningAdapter, *args: Any, **kwargs: Any) -> Any:
        moments.append(clock.now())
        return send(adapter, *args, **kwargs)

    monkeypatch.setattr(SigningAdapter, "send", noted)
    return moments


# -- pauses --


def too_many(retry_after: str) -> Status:
    return Status(429, "", (("Retry-After", retry_after),))


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("per_minute", [0, 20])
@pytest.mark.parametrize(
    ("faults", "pauses"),
    [
        ([TooMany(700)], [700]),
        ([TooMany(3), TooMany(700)], [3, 700]),
        ([TooMany(5, "date"), TooMany(800, "date")], [5, 800]),
        ([Status(503, "", (("Retry-After", "120"),))], [120]),
        ([Status(503, "", (("Retry-After", "1.5"),)), TooMany(60), Status(500)], [1.5, 60, 0.75]),
        ([Status(403, "", (("Retry-After", "30"),)), Status(423, "", (("Retry-After", "90"),))], [30, 90]),
        ([TooMany(0), TooMany(0), TooMany(0), TooMany(0)], [0.75, 1.5, 3, 6]),
        ([TooMany(say="nothing")] * 4, [0.75, 1.5, 3, 6]),
        ([too_many("-5"), too_many("Fri, 31 Dec 99999 1:1:1 GMT"), too_many("soon")], [0.75, 1.5, 3]),
    ],
)  # fmt: skip
def test_nothing_is_sent_before_the_pause_that_was_asked_for_is_over(  # noqa: PLR0917  # fixtures
    serve: Serve, connect: Connect, sent: list[float], faults: list[Fault], pauses: list[float], per_minute: int
) -> None:
    server = serve(5, faults=Faults(dict(enumerate(faults, 1))))
    assert connect(server, requests_per_minute=per_minute).feedback().height == 5
    for number, pause in enumerate(pauses):
        assert sent[number + 1] - sent[number] >= pause


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("per_minute", [0, 20])
@pytest.mark.parametrize("at", [1, 5])
def test_a_pause_that_another_client_was_asked_for_holds_here_too(
    serve: Serve, connect: Connect, sent: list[float], per_minute: int, at: int
) -> None:
    faults: dict[int, Fault] = dict.fromkeys(range(1, at), TooMany(0))
    server = serve(5, faults=Faults({**faults, at: TooMany(2000)}))
    with pytest.raises(RateLimitError, match=r"pause of 2,000 seconds\. Retry after"):
        connect(server, requests_per_minute=per_minute).feedback()
    before = len(sent)
    for limit in (per_minute, 20, 0):
        with pytest.raises(RateLimitError, match=r"Nothing was sent.*Retry after"):
            connect(server, requests_per_minute=limit).projects()
    assert len(sent) == before == at


@pytest.mark.parametrize("status", [408, 425])
def test_what_a_service_did_not_take_yet_is_sent_again(
    serve: Serve, connect: Connect, waiting: Waiting, status: int
) -> None:
    server = serve(250, faults=Faults({2: Status(status), 3: Status(status)}))
    assert connect(server).feedback().height == 250
    assert 2 < waiting.seconds < 6
    with pytest.raises(ApiError, match=str(status)):
        connect(serve(5, faults=Faults(ever_from=1, ever=Status(status)))).feedback(refresh="full")


@pytest.mark.parametrize(
    ("status", "help_"),
    [
        (402, "plan"),
        (407, "HTTPS_PROXY"),
        (409, "Load again"),
        (410, "no longer exists"),
        (451, "legal"),
        (418, "message"),
    ],
)
def test_a_refusal_says_what_to_do(serve: Serve, connect: Connect, sent: list[float], status: int, help_: str) -> None:
    with pytest.raises(ApiError, match=rf"returned {status} .*{help_}"):
        connect(serve(5, faults=Faults(ever_from=1, ever=Status(status)))).feedback()
    assert len(sent) == 1 + (status == 410)  # which projects there are is looked up, too


# -- how often --


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("fault", [None, Status(500), TooMany(1), Dropped()], ids=str)
@pytest.mark.parametrize("project", [None, "all"])
def test_no_more_requests_are_sent_than_max_requests_allows(  # noqa: PLR0917  # fixtures
    serve: Serve, connect: Connect, sent: list[float], home: Path, fault: Fault | None, project: str | None
) -> None:
    faults = Faults() if fault is None else Faults(dict.fromkeys((1, 3, 4), fault))
    needed = complete = 0
    for allowed in range(12):
        server = serve(350, faults=faults)
        sent.clear()
        client = connect(server, data_dir=home / str(allowed), cache_dir=home / f"cache-{allowed}")
        try:
            frame = client.feedback(project_id=project, max_requests=allowed)
        except IncompleteError:
            needed = allowed + 1
        else:
            complete += 1
            assert frame.height == 350
        assert len(sent) <= allowed
        assert client.requests_sent == len(sent)
    assert needed >= 4
    assert complete


@pytest.mark.usefixtures("waiting")
def test_what_is_in_hand_is_given_where_max_requests_ends_a_load(serve: Serve, connect: Connect) -> None:
    client = connect(serve(350, faults=Faults(dict.fromkeys((3, 4), Status(500)))))
    with pytest.raises(IncompleteError, match="max_requests=5") as caught:
        client.feedback(max_requests=5)
    assert caught.value.partial is not None
    assert 100 <= caught.value.partial.height < 350
    with client.at_most(0), pytest.raises(IncompleteError):
        client.me()
    assert client.me()


# -- where to --


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_leads_to_this_machine(  # noqa: PLR0917  # fixtures
    serve: Serve, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    server = serve(3)
    url = server.url.replace("127.0.0.1", host)
    assert connect(server, base_url=url).feedback().height == 3
    with Slack() as channel, GitHub(token="t") as hub:  # noqa: S106  # of this test
        webhook = Secret(channel.url.replace("127.0.0.1", host) + channel.path)
        slack.post(feedback(1), about=about(feedback(1)), webhook=webhook, folder=tmp_path)
        assert len(channel.messages) == 1
        repository = github.Repository("acme/shop", token="t", api_url=f"{hub.url}/api/v3")  # noqa: S106  # of this test
        assert github.items_with_issues(repository) == {}


@pytest.mark.usefixtures("waiting")
def test_a_proxy_leads_everywhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with pytest.warns(UserWarning, match="not encrypted"):
        client = Client(api_key=KEY, project_id="p", base_url="http://feedback.example")
    with client, pytest.raises(NetworkError, match="proxy"):
        client.me()


# -- odd and slow answers --


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one answer to each connection, written by hand."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    answer(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


_NAMES = st.sampled_from(
    ["Location", "Retry-After", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Set-Cookie", "Date",
     "Content-Type", "Vary", "Link", "X-RateLimit-Remaining", "X"]
)  # fmt: skip
_VALUES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [b"gzip", b"chunked", b"-1", b"5, 6", b"9" * 400, b"http://[bad", b"\xff\xfe", b"*", b"zstd, br, deflate",
         b"a=b; expires=x; domain=:", b"text/html; charset=nonsense", b"Fri, 31 Dec 99999 23:59:59 GMT", b"1"]
    ),
)  # fmt: skip
_BODIES = st.one_of(
    st.binary(max_size=60), st.sampled_from([b"{}", b"[]", b'{"error": {}, "message": []}', b"[" * 5000])
)
_ANSWERS = st.one_of(
    st.binary(max_size=80),
    st.builds(
        lambda status, headers, body: (
            b"HTTP/1.1 %d \xe4\r\n%s\r\n%s"
            % (status, b"".join(name.encode() + b": " + value + b"\r\n" for name, value in headers), body)
        ),
        st.integers(0, 1000) | st.sampled_from([200, 204, 301, 302, 304, 408, 425, 429, 500, 503]),
        st.lists(st.tuples(_NAMES, _VALUES), max_size=4),
        _BODIES,
    ),
)


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("examples", [60, pytest.param(3000, marks=pytest.mark.campaign)], ids=["some", "many"])
def test_any_answer_is_a_result_or_an_error_of_ours(home: Path, examples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seggwat_nb.source.transport._TIMEOUT", (1.0, 0.3))
    current = [b""]

    def answer(connection: socket.socket) -> None:
        connection.sendall(current[0])

    with answering(answer) as url:

        @settings(
            max_examples=examples, deadline=None, derandomize=True, database=None,
            suppress_health_check=[HealthCheck.too_slow],
        )  # fmt: skip
        @given(answer=_ANSWERS)
        @example(answer=b"HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 0\r\n\r\n")
        @example(answer=b"HTTP/1.1 302 Found\r\nLocation: http://x.example:port/\xff\r\nContent-Length: 0\r\n\r\n")
        @example(answer=b"HTTP/1.1 429 x\r\nRetry-After: Fri, 31 Dec 99999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n")
        def try_one(answer: bytes) -> None:
            current[0] = answer
            (home / "cache" / "limits").mkdir(parents=True, exist_ok=True)
            for path in home.rglob("requests.json"):
                path.unlink()
            with Client(api_key=KEY, project_id="p", base_url=url, requests_per_minute=0) as client:
                try:
                    result = client.me()
                except SeggwatError:
                    return
            assert isinstance(result, dict)

        try_one()


@pytest.mark.parametrize("where", ["headers", "body"])
@pytest.mark.usefixtures("waiting")
def test_an_answer_that_drips_ends_by_its_deadline_and_is_not_asked_for_again(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [0.0]

    def monotonic(_: Clock) -> float:
        moment[0] += 1.0
        return moment[0]

    monkeypatch.setattr(Clock, "monotonic", monotonic)
    connections: list[int] = []

    def drip(connection: socket.socket) -> None:
        connections.append(1)
        if where == "body":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            connection.sendall(b" ")

    with answering(drip) as url, Client(api_key=KEY, project_id="p", base_url=url, requests_per_minute=0) as client:
        monkeypatch.setattr(signing, "LONGEST_ANSWER", 5.0)
        with pytest.raises(NetworkError, match="did not arrive within 5 seconds"):
            client.me()
    assert len(connections) == 1, "four more tries would take as long"


# -- Slack --


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("body", [b"<html>login</html>", b"", b"OK", b"ok\n", b'{"ok": true}', b"not ok"])
def test_delivered_is_the_text_ok_and_nothing_else_loses_an_item(
    tmp_path: Path, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Slack() as channel:
        answer = channel.answer
        with monkeypatch.context() as patch:
            patch.setattr(channel, "answer", lambda request: answer(request).__class__(200, body))
            with pytest.raises(DeliveryError, match='without "ok"') as caught:
                slack.post(
                    feedback(20), about=about(feedback(20)), webhook=Secret(channel.url + channel.path), folder=tmp_path
                )
        assert caught.value.may_have_arrived
        channel.messages.clear()
        slack.post(feedback(20), about=about(feedback(20)), webhook=Secret(channel.url + channel.path), folder=tmp_path)
        assert "Message 19" in json.dumps(channel.messages)
        assert channel.messages[0]["text"].startswith("Possibly repeated")


@pytest.mark.usefixtures("waiting")
def test_slack_and_github_read_the_pause_as_a_date_too(tmp_path: Path, waiting: Waiting) -> None:
    dates = {"Date": "Thu, 26 Nov 2026 10:00:00 GMT", "Retry-After": "Thu, 26 Nov 2026 10:05:00 GMT"}
    with Slack() as channel, GitHub(token="t") as hub:  # noqa: S106  # of this test
        for service in (channel, hub):

            def limited(fate: str, limits: Any = service.limits, refusals: Any = [429]) -> Any:  # noqa: B006  # emptied once
                return Reply(refusals.pop(), b"", dates) if refusals else limits(fate)

            service.limits = limited  # type: ignore[method-assign]
        slack.post(feedback(1), about=about(feedback(1)), webhook=Secret(channel.url + channel.path), folder=tmp_path)
        assert 300 <= waiting.seconds < 320
        repository = github.Repository("acme/shop", token="t", api_url=f"{hub.url}/api/v3")  # noqa: S106  # of this test
        github.items_with_issues(repository)
        assert 600 <= waiting.seconds < 640


# -- threads --


def test_one_client_works_in_six_threads(serve: Serve, connect: Connect) -> None:
    server = serve(730, ratings=())
    client = connect(server, max_age_seconds=0)

    def load(number: int) -> tuple[int, int]:
        frame = client.feedback(refresh="full" if number % 2 else "auto")
        assert isinstance(frame, pl.DataFrame)
        return frame.height, client.requests_sent

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(load, range(12)))
    assert {height for height, _ in done} == {len(items(730))}
    assert any(requests for _, requests in done)  # a load that waits for another is served what that one stored
    assert client.last_load is not None
