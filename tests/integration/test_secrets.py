"""The token is in no file, output, log, error or repr; neither plain nor encoded."""

from __future__ import annotations

import base64
import contextlib
import io
import logging
import pickle
import stat
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from seggwat_nb.connection import connect as connect_from_environment
from seggwat_nb.demo.plans import Cut, Dropped, Fault, Faults, Html, Slow, Status, TooMany
from seggwat_nb.errors import SeggwatError
from seggwat_nb.source import transport
from tests.integration.conftest import items
from tests.integration.odd_server import OddServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seggwat_nb.client import Client
    from seggwat_nb.demo.server import DemoServer

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

SECRET = "oat_Zx9Kq2Lm5Np8Rs1Tv4Wy7Ab0Cd3Ef6Gh9Jk2Mn5Pq8R"  # noqa: S105  # of this test alone


def needles() -> list[bytes]:
    """The token's own part: plain, in hex, and in base64 at each alignment."""
    plain = SECRET.removeprefix("oat_").encode()
    encoded = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, plain.hex().encode(), *encoded, plain[::-1]]


def assert_clean(haystack: bytes, where: str) -> None:
    for needle in needles():
        assert needle not in haystack, where


FAULTS: list[Fault] = [
    Status(400, f'{{"error": "bad", "message": "key {SECRET} is odd"}}'),
    Status(401, f'{{"error": "{SECRET}", "message": "revoked"}}'),
    Status(403),
    Status(404),
    Status(409),
    Status(400, f"The key {SECRET[4:]} is odd"),
    Status(400, f'{{"error": "bad", "message": "X-API-Key: oat%5F{SECRET[4:]}"}}'),
    Status(500, SECRET),
    Status(200, SECRET),
    Status(200, f"<p>{SECRET[4:]} is not logged in</p>"),
    Status(200, f'["{SECRET}"]'),
    Status(200, f'{{"feedback": [], "pagination": {{"page": 1, "limit": 100, "total": "{SECRET}"}}}}'),
    Status(302, "", (("Location", f"https://elsewhere.example/?key={SECRET}"),)),
    Dropped(),
    Cut(),
    Slow(0.3),
    Html(),
    TooMany(1),
]


@pytest.mark.parametrize("at", [1, 3])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__ + str(getattr(fault, "status", "")))
@pytest.mark.usefixtures("waiting")
def test_no_byte_of_the_token_is_anywhere(  # noqa: PLR0917  # fixtures
    serve: Serve, monkeypatch: pytest.MonkeyPatch, home: Path, caplog: pytest.LogCaptureFixture, fault: Fault, at: int
) -> None:
    monkeypatch.setattr(transport, "_TIMEOUT", (0.1, 0.1))
    server = serve(350, token=SECRET, faults=Faults(ever_from=at, ever=fault))
    for name, value in (("API_KEY", SECRET), ("PROJECT_ID", server.project_id), ("API_URL", server.url)):
        monkeypatch.setenv(f"SEGGWAT_{name}", value)
    monkeypatch.setenv("SEGGWAT_NB_REQUESTS_PER_MINUTE", "0")
    caplog.set_level(logging.DEBUG)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        client = connect_from_environment()
        try:
            client.feedback()
        except SeggwatError as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # This test's own frame knows it.
            printed = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
            assert_clean(printed.encode(), "the traceback with its variables")
            assert_clean(repr(vars(error)).encode(), "the error's attributes")
        else:
            pytest.fail("the fault did not stop the load")
        assert_clean(repr(client).encode() + repr(client.settings).encode() + repr(vars(client)).encode(), "a repr")
        client.close()
    assert_clean(out.getvalue().encode() + err.getvalue().encode(), "output")
    assert_clean(caplog.text.encode(), "the log")
    assert_clean(repr([str(warning.message) for warning in told]).encode(), "a warning")
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert_clean(path.read_bytes() + str(path).encode(), str(path))


def test_a_good_load_leaves_no_token_and_private_files_only(serve: Serve, connect: Connect, home: Path) -> None:
    server = serve(350, token=SECRET)
    client = connect(server)
    client.feedback()
    client.stats()
    client.item("item-000003")
    client.update("item-000003", status="Closed")
    assert client.last_load is not None
    assert_clean(repr(client.last_load).encode() + client.last_load.describe().encode(), "the provenance")
    for path in home.rglob("*"):
        if path.is_file():
            assert_clean(path.read_bytes(), str(path))
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        elif path.parent != home:
            assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    with pytest.raises(TypeError):
        pickle.dumps(client.settings)


@pytest.mark.parametrize("form", ["{0}", "X-API-Key: {0}", "oat%5F{1}"])
@pytest.mark.parametrize("transfer", ["whole", "gzip", "chunked"])
def test_a_token_that_answers_repeat_is_not_stored(connect: Connect, home: Path, transfer: str, form: str) -> None:
    """Neither in cached answers, in the pages of a load that was stopped, nor in columns of a snapshot."""
    echo = form.format(SECRET, SECRET[4:])
    records = [one | {"debug": {"headers": echo}, "message": f"It said {echo}"} for one in items(350)[::-1]]
    with OddServer(records=records, transfer=transfer, token=SECRET) as server:
        client: Any = connect(server, max_age_seconds=0)
        with pytest.raises(SeggwatError):
            client.feedback(max_requests=2)
        for path in home.rglob("*.answer"):
            assert_clean(path.read_bytes(), str(path))
        frames = [client.feedback(), client.feedback(refresh="never")]
        item = client.item("item-000003")
        for text in (str(item), *(frame.write_json() for frame in frames)):
            assert_clean(text.encode(), "what is returned")
            assert "…" in text
        for path in home.rglob("*"):
            assert_clean(path.read_bytes() if path.is_file() else b"", str(path))


def test_one_token_never_sees_anothers_pages(serve: Serve, connect: Connect, home: Path) -> None:
    server = serve(3, token=SECRET)
    connect(server).item("item-000001")
    other = "oat_" + "b" * 43
    with pytest.raises(SeggwatError, match="401"):
        connect(server, api_key=other).item("item-000001")
    folders = [path for path in (home / "cache" / "pages").iterdir() if path.is_dir()]
    assert len(folders) == 1


def test_the_token_goes_in_one_header_to_the_service_and_nowhere_else(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    (home / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    seen: list[dict[str, str]] = []
    server = serve(3, token=SECRET)
    client = connect(server)
    adapter: Any = client._api._session.get_adapter(f"{server.url}/api/v1/x")
    below: Any = type(adapter).__mro__[1]
    send = below.send

    def watch(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(dict(request.headers))
        return send(self, request, *args, **kwargs)

    monkeypatch.setattr(below, "send", watch)
    client.feedback()
    assert seen
    for headers in seen:
        assert set(headers) <= {"Accept", "Accept-Encoding", "Cache-Control", "Connection", "User-Agent", "X-API-Key"}
        assert headers["User-Agent"].startswith("seggwat-nb/")
        assert headers["X-API-Key"] == SECRET
    with pytest.raises(Exception, match="No connection adapters"):
        client._api._session.get_adapter("http://127.0.0.1:1/api/v1/projects")
