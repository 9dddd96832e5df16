"""No frame of any traceback shows a token in its local variables, whatever is called and however it fails."""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import traceback
import warnings
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import rich.console
import rich.traceback
from urllib3.connection import HTTPConnection

import seggwat_nb
from seggwat_nb import cli, lab
from seggwat_nb.client import Client
from seggwat_nb.config import Settings
from seggwat_nb.connection import connect
from seggwat_nb.demo.plans import Cut, Dropped, Fault, Faults, Html, Status, TooMany
from seggwat_nb.environment import environment
from seggwat_nb.errors import DeliveryError, LeakError, SeggwatError, SettingsError
from seggwat_nb.secret import Secret
from seggwat_nb.share.delivery import github, slack
from seggwat_nb.share.privacy import leaks
from tests.integration.services import FAILED, LOST, REFUSED, GitHub, Slack
from tests.integration.test_slack import about, feedback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seggwat_nb.demo.server import DemoServer

    Serve = Callable[..., DemoServer]

PART = "Zx9Kq2Lm5Np8Rs1Tv4Wy7Ab0Cd3Ef6Gh9Jk2Mn5Pq8R"
TOKEN = f"oat_{PART}"
MISTYPED = f"oat_{PART} !"


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and all that it was raised from or beside, suppressed or not."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [other for other in (one.__cause__, one.__context__) if other is not None]
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()


def shown(value: object) -> Iterator[str]:
    """What tools show of a variable: its repr, and that of its attributes, slots included."""
    with suppress(AttributeError):  # of an object that its class had not finished when the error came, such as a Path
        yield repr(value)
    names = {*getattr(value, "__dict__", ())}
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names |= {slots} if isinstance(slots, str) else {*slots}
    for name in names:
        with contextlib.suppress(AttributeError):
            yield repr(inspect.getattr_static(value, name) if inspect.ismodule(value) else getattr(value, name))


def assert_hidden(error: BaseException, *needles: str) -> int:
    """Walk every frame but those of this file; tells how many there were."""
    frames = 0
    for one in chain(error):
        for text in (str(one), *shown(one), *shown(one.args)):
            assert not any(needle in text for needle in needles), f"the error itself: {type(one)}"
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if frame.f_code.co_filename == __file__:
                continue
            frames += 1
            for name, value in frame.f_locals.items():
                for text in shown(value):
                    assert not any(needle in text for needle in needles), f"{name} in {frame.f_code}"
    return frames


class Uncolored(rich.traceback.Traceback):
    """Rich's traceback without the colors of source code, which take most of the time and show no variable."""

    @classmethod
    def _guess_lexer(cls, filename: str, code: str) -> str:  # noqa: ARG003  # as the original
        return "text"


def as_tools_print_it(error: BaseException) -> str:
    """The traceback as rich and the standard library print it with local variables, without this file's frames."""
    while error.__traceback__ is not None and error.__traceback__.tb_frame.f_code.co_filename == __file__:
        error.__traceback__ = error.__traceback__.tb_next
    told = io.StringIO()
    told.writelines(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    if error.__traceback__ is not None:
        printed = Uncolored.from_exception(
            type(error), error, error.__traceback__, show_locals=True, locals_max_string=10_000, locals_max_length=100
        )
        rich.console.Console(file=told, width=400).print(printed)
    return told.getvalue()


def failing(call: Callable[[], object], *needles: str, printed: bool = True) -> BaseException | None:
    """Call, and look through what it raises; printing it as well takes a while."""
    error: BaseException | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call()
        except BaseException as caught:  # noqa: BLE001  # whatever it is
            error = caught
    if error is not None:
        assert_hidden(error, *needles)
        assert not (printed and any(needle in as_tools_print_it(error) for needle in needles))
    return error


BAD_OPTIONS: list[dict[str, Any]] = [
    {"project_id": "a/b"},
    {"base_url": "http://host:abc"},
    {"requests_per_minute": -1},
    {"max_age_seconds": "x"},
    {"cache_dir": ""},
    {"data_dir": "\0"},
    {"keep_gone_days": 1e9},
    {"api_kee": TOKEN},
]


@pytest.mark.parametrize("make", [Client, connect, Settings.load], ids=["Client", "connect", "Settings"])
@pytest.mark.parametrize("token", [TOKEN, MISTYPED, PART], ids=["right", "mistyped", "without its start"])
@pytest.mark.parametrize("where", ["argument", "environment", ".env", "typo"])
def test_settings_that_are_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Any], token: str, where: str
) -> None:
    options = {"api_key": token} if where == "argument" else {}
    if where == ".env":
        (home / ".env").write_text(f"SEGGWAT_API_KEY='{token}'\n")
    elif where != "argument":
        monkeypatch.setenv("SEGGWAT_API_KEY" if where == "environment" else "SEGWAT_TOKEN", token)
    for bad in ({}, *BAD_OPTIONS):
        error = failing(partial(make, **options, **bad), PART, printed=bad in ({}, BAD_OPTIONS[0], BAD_OPTIONS[-1]))
        if bad or token != TOKEN:
            assert isinstance(error, SettingsError | TypeError)


def test_a_token_for_a_strangers_address(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGGWAT_API_KEY", TOKEN)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    (home / ".env").write_text("SEGGWAT_API_URL=https://x.example\nGITHUB_API_URL=https://x.example\n")
    for call in (connect, lambda: lab.launch(home), lambda: github.repository_from(environment())):
        assert isinstance(failing(call, PART), SettingsError)


class Stop(BaseException):
    """Something that ends a program, as a scheduler's signal does."""


FAULTS: list[Fault | BaseException] = [
    Status(401, TOKEN), Status(500), Status(302, "", (("Location", f"https://x.example/?{TOKEN}"),)),
    TooMany(5000), Dropped(), Cut(), Html(), KeyboardInterrupt(), Stop(), ValueError("odd"), MemoryError(),
]  # fmt: skip


def methods_of(client: Client) -> list[Callable[..., object]]:
    found = inspect.getmembers(client, callable)
    return [method for name, method in found if not name.startswith("_") and name not in {"close", "settings"}]


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__ + str(getattr(fault, "status", "")))
def test_every_method_of_a_client_whose_service_fails(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, fault: Fault | BaseException
) -> None:
    if isinstance(fault, BaseException):

        def strike(*_: object) -> None:
            raise fault

        monkeypatch.setattr(HTTPConnection, "getresponse", strike)
        server = serve(3, token=TOKEN)
    else:
        server = serve(3, token=TOKEN, faults=Faults(ever_from=1, ever=fault))
    monkeypatch.setenv("SEGGWAT_API_KEY", TOKEN)
    client = Client(project_id=server.project_id, base_url=server.url, requests_per_minute=0)
    calls: list[Callable[[], object]] = [*methods_of(client), partial(client.item, "x"), partial(client.update, "x")]
    calls += [partial(client.update, "item-000001", status="Closed"), partial(client.feedback, project_id="all")]
    raised = [
        error for error in (failing(call, PART, printed=not number) for number, call in enumerate(calls)) if error
    ]
    assert len(raised) >= 2
    if isinstance(fault, KeyboardInterrupt | Stop):
        assert any(type(error) is type(fault) for error in raised)
    client.close()


def test_every_method_of_a_client_with_bad_arguments(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(3, token=TOKEN)
    monkeypatch.setenv("SEGGWAT_API_KEY", TOKEN)
    with Client(project_id=server.project_id, base_url=server.url, requests_per_minute=0) as client:
        raised = 0
        for method in methods_of(client):
            for given in (("../x",), (None,), (object(),)):
                raised += failing(partial(method, *given), PART, printed=raised < 5) is not None
            options: list[dict[str, Any]] = [
                {"project_id": "a/b"},
                {"project_id": []},
                {"refresh": "x"},
                {"status": "Nwe"},
            ]
            for option in options:
                raised += failing(partial(method, **option), PART, printed=False) is not None
    assert raised > 40


@pytest.mark.usefixtures("waiting")
def test_every_public_function(serve: Serve, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    server = serve(3, token=TOKEN)
    monkeypatch.setenv("SEGGWAT_API_KEY", TOKEN)
    monkeypatch.setenv("SEGGWAT_API_URL", server.url)
    monkeypatch.setenv("SEGGWAT_PROJECT_ID", server.project_id)
    client = Client(requests_per_minute=0)
    server.stop()
    raised = 0
    for name in seggwat_nb.__all__:
        public = getattr(seggwat_nb, name)
        functions = [public] if callable(public) else [getattr(public, each) for each in public.__all__]
        for function in functions:
            if not callable(function) or (isinstance(function, type) and issubclass(function, BaseException)):
                continue
            for given in ((client,), (client, client), (None,), ("x", client), (home / "x" / "y", client)):
                raised += failing(partial(function, *given), PART, printed=not raised % 9) is not None
    assert raised > 50


COMMANDS = [
    "plan", "pull", "pull --all", "export --out x.csv", "export --out /proc/x.csv", "digest", "digest --dry-run",
    "issues", "issues --create", "doctor", "plan --project a/b", "forget --item x", "nonsense",
    "export --out x.csv --status Nwe",
]  # fmt: skip


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://host:abc"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command(monkeypatch: pytest.MonkeyPatch, command: str, url: str) -> None:
    for name in ("SEGGWAT_API_KEY", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, TOKEN)
    monkeypatch.setenv("SLACK_WEBHOOK_URL", f"https://hooks.slack.example/services/{PART}")
    monkeypatch.setenv("SEGGWAT_PROJECT_ID", "p")
    monkeypatch.setenv("SEGGWAT_API_URL", url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    monkeypatch.setattr(sys, "argv", ["seggwat-nb", *command.split()])
    error = failing(cli.main, PART, printed="abc" not in url)
    assert isinstance(error, SystemExit)


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("fate", [REFUSED, FAILED, LOST, KeyboardInterrupt(), Stop(), ValueError("odd")], ids=str)
def test_slack_and_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fate: Any) -> None:
    monkeypatch.setattr(Slack, "path", f"/services/T0000/B0000/{PART}")
    with Slack() as channel, GitHub(token=PART) as hub:
        channel.plan = hub.plan = [fate] * 9
        url = channel.url
        if isinstance(fate, BaseException):

            def strike(*_: object) -> None:
                raise fate

            monkeypatch.setattr(HTTPConnection, "getresponse", strike)
        webhook = slack.webhook_from(url + channel.path)
        error = failing(
            lambda: slack.post(feedback(2), about=about(feedback(2)), webhook=webhook, folder=tmp_path), PART
        )
        assert isinstance(error, DeliveryError | KeyboardInterrupt | Stop)
        repository = github.Repository("acme/shop", token=PART, api_url=f"{hub.url}/api/v3")
        failing(
            lambda: github.create(feedback(2), about=about(feedback(2)), repository=repository, folder=tmp_path),
            PART,
            printed=isinstance(fate, BaseException),
        )
        failing(lambda: github.items_with_issues(repository), PART, printed=False)


@pytest.mark.parametrize("address", ["http://x.example/{}", "https:///{}", "https://[x/{}", "https://h:abc/{}", "{}"])
def test_settings_of_slack_and_github_that_are_wrong(address: str) -> None:
    assert isinstance(failing(lambda: slack.webhook_from(address.format(PART)), PART), SettingsError)
    for bad in ({"name": "acme"}, {"token": f"{PART}\n"}, {"api_url": "http://x.example"}, {"api_url": "https://[x"}):
        given: dict[str, Any] = {"name": "acme/shop", "token": PART} | bad
        assert isinstance(failing(partial(github.Repository, **given), PART), SettingsError)


def test_a_leak_is_told_without_the_token_it_was_looked_for_with() -> None:
    frames: list[str] = []
    try:
        leaks.check(f"holds {TOKEN}", name="x", secrets=[Secret(TOKEN)])
    except LeakError as error:
        frames = [
            f"{name}={value!r}"
            for frame, _ in traceback.walk_tb(error.__traceback__)
            for name, value in frame.f_locals.items()
            if frame.f_code.co_filename != __file__ and name not in {"content", "text"}  # What was looked through.
        ]
    assert frames
    assert PART not in "".join(frames)


def test_a_half_made_client_has_a_repr_and_a_secret_shows_nothing() -> None:
    assert repr(Client.__new__(Client)) == "Client(not connected)"
    assert PART not in "".join(shown(Secret(TOKEN)))
    assert issubclass(SettingsError, SeggwatError)
