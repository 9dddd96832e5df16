"""Whatever goes wrong on the way: a complete frame, or a named error with what was got."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seggwat_nb.demo.plans import (
    Cut,
    Dropped,
    DuplicateIds,
    EmptyPage,
    Fault,
    Faults,
    Html,
    Slow,
    Status,
    TooMany,
    WrongEcho,
    WrongShape,
    WrongTotal,
)
from seggwat_nb.errors import (
    ApiError,
    IncompleteError,
    NetworkError,
    RateLimitError,
    SeggwatError,
    ServerError,
    UnexpectedResponseError,
)
from seggwat_nb.source import transport
from tests.integration.conftest import items

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.client import Client
    from seggwat_nb.demo.server import DemoServer
    from tests.integration.conftest import Waiting

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

ROWS = 730
PAGES = 9
"""Requests for the list while nothing goes wrong; the last is for its head."""

FAULTS: dict[str, tuple[Fault, type[SeggwatError]]] = {
    "429 with seconds": (TooMany(2), RateLimitError),
    "429 with a date": (TooMany(2, "date"), RateLimitError),
    "429 without": (TooMany(say="nothing"), RateLimitError),
    "500": (Status(500), ServerError),
    "502 as HTML": (Status(502, "<html>Bad gateway</html>"), ServerError),
    "503": (Status(503, "", (("Retry-After", "3"),)), ServerError),
    "dropped": (Dropped(), NetworkError),
    "cut": (Cut(), NetworkError),
    "cut in silence": (Cut(silently=True), UnexpectedResponseError),
    "too slow": (Slow(0.6), NetworkError),
    "HTML with 200": (Html(), UnexpectedResponseError),
    "wrong shape": (WrongShape(), UnexpectedResponseError),
    "no JSON object": (WrongShape("[]"), UnexpectedResponseError),
    "wrong echo": (WrongEcho(), UnexpectedResponseError),
    "total changes": (WrongTotal(150), UnexpectedResponseError),
    "duplicate ids": (DuplicateIds(), UnexpectedResponseError),
    "empty page": (EmptyPage(), UnexpectedResponseError),
}

TRUTH = {record["id"] for record in items(ROWS)}


@pytest.fixture
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a fault. Only where it is a late answer is nobody patient."""
    name: str = request.param
    if isinstance(FAULTS[name][0], Slow):
        monkeypatch.setattr(transport, "_TIMEOUT", (0.3, 0.3))
    return name


def test_the_number_of_pages_is_as_the_matrix_has_it(serve: Serve, connect: Connect) -> None:
    server = serve(ROWS)
    connect(server).feedback()
    assert server.list_requests == PAGES


@pytest.mark.parametrize("at", [1, 5, PAGES])
@pytest.mark.parametrize("name", FAULTS, indirect=True)
def test_a_fault_that_passes_leaves_no_trace(
    serve: Serve, connect: Connect, waiting: Waiting, name: str, at: int
) -> None:
    fault, _ = FAULTS[name]
    server = serve(ROWS, faults=Faults({at: fault}))
    client = connect(server)
    frame = client.feedback()
    assert set(frame["id"]) == TRUTH
    assert frame.height == ROWS
    assert client.last_load is not None
    assert client.last_load.requests == server.list_requests
    assert waiting.seconds < 10


@pytest.mark.parametrize("at", [1, 5, PAGES])
@pytest.mark.parametrize("name", FAULTS, indirect=True)
@pytest.mark.usefixtures("waiting")
def test_a_fault_that_stays_is_a_named_error_with_what_was_got(
    serve: Serve, connect: Connect, name: str, at: int
) -> None:
    fault, kind = FAULTS[name]
    server = serve(ROWS, faults=Faults(ever_from=at, ever=fault))
    client = connect(server)
    # A wrong total shows only where a page is shorter than it, so it is never seen on the first.
    is_seen_first = at == 1 and not isinstance(fault, WrongTotal)
    with pytest.raises(kind if is_seen_first else IncompleteError) as caught:
        client.feedback()
    error = caught.value
    if is_seen_first:
        assert error.partial is None
    else:
        assert type(error.__cause__) is kind
        assert error.partial is not None
        assert set(error.partial["id"]) <= TRUTH
        assert error.partial.height >= 80 * (at - 1)
    assert server.list_requests <= at + 20


@pytest.mark.parametrize("at", [1, 5, PAGES])
@pytest.mark.usefixtures("waiting")
def test_a_total_that_is_too_low_for_ever_never_shortens_a_frame_in_silence(
    serve: Serve, connect: Connect, at: int
) -> None:
    client = connect(serve(ROWS, faults=Faults(ever_from=at, ever=WrongTotal(-150))))
    if at < PAGES:
        with pytest.raises(IncompleteError):
            client.feedback()
    else:  # The head alone has it: the rows are all in hand, and those it does not count pass for gone.
        assert set(client.feedback()["id"]) == TRUTH
        assert client.last_load is not None
        assert client.last_load.removed_during == 150


@pytest.mark.usefixtures("waiting")
def test_a_service_that_asks_for_a_long_pause_is_not_waited_for(serve: Serve, connect: Connect) -> None:
    server = serve(5, faults=Faults(ever_from=1, ever=TooMany(3600)))
    with pytest.raises(RateLimitError, match=r"pause of 3,600 seconds\. Retry after 2\d{3}-"):
        connect(server).feedback()
    assert server.list_requests == 1


def test_a_load_whose_token_is_revoked_is_not_said_to_be_resumed_with_another(serve: Serve, connect: Connect) -> None:
    server = serve(250, faults=Faults(ever_from=2, ever=Status(401)))
    with pytest.raises(IncompleteError, match=r"401.* A load with another token starts over\.$") as caught:
        connect(server).feedback()
    assert caught.value.partial is not None
    assert caught.value.partial.height == 100


@pytest.mark.usefixtures("waiting")
def test_a_load_is_not_said_to_be_resumed_after_a_pause_that_is_too_long_for_it(serve: Serve, connect: Connect) -> None:
    server = serve(250, faults=Faults(ever_from=2, ever=TooMany(3600)))
    with pytest.raises(IncompleteError, match="429") as caught:
        connect(server).feedback()
    assert caught.value.retry_after == 3600
    assert str(caught.value).endswith("too old by then to resume from, so the next load starts over.")
    assert "Wait a minute" not in str(caught.value)


@pytest.mark.usefixtures("waiting")
def test_a_redirect_is_not_followed_and_says_where_it_leads(serve: Serve, connect: Connect) -> None:
    redirect = Status(302, "", (("Location", "https://elsewhere.example/login"),))
    server = serve(5, faults=Faults({1: redirect}))
    with pytest.raises(ApiError, match=r"elsewhere\.example.*SEGGWAT_API_URL"):
        connect(server).feedback()


def test_a_change_is_not_sent_twice_unless_it_cannot_have_arrived(
    serve: Serve, connect: Connect, waiting: Waiting
) -> None:
    server = serve(3)
    client = connect(server)
    server.stop()
    with pytest.raises(NetworkError):
        client.update("item-000001", status="Closed")
    assert waiting.seconds > 5  # Refused connections may be tried again.
