"""What every test gets: no network but loopback, and folders of its own for cache and data."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import signal
import socket
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import vl_convert
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from seggwat_nb.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BROWSER_TESTS = Path(__file__).parent / "browser"

# The same examples in every run, on however busy a machine. `--hypothesis-seed` or a profile of one's own tries others.
# Fewer than Hypothesis's hundred, as every run repeats them.
settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


def _without_playwright() -> bool:
    return find_spec("playwright") is None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out browser tests where Playwright is not installed; the last lines say so. Benchmarks are run by hand.

    A whole run in CI leaves out nothing. One of named files does: pytest asks about their neighbours too.
    """
    if collection_path.name == "benchmarks":
        return True
    if collection_path != _BROWSER_TESTS or not _without_playwright():
        return None
    if os.environ.get("CI") == "true" and config.args_source is not pytest.Config.ArgsSource.ARGS:
        raise pytest.UsageError("CI runs every test, and those in a browser require --group browser.")
    return True


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Share a whole run, or one of folders, among processors.

    For a few files it is not worth it, and with -s what they print is wanted. Tests of browsers and servers wait for
    much of their time, so there are two processes more than processors. The slowest tests, those of browsers, come
    first, not the files of most tests, so that none is left at the end.
    """
    folders = [arg for arg in config.args if (config.invocation_params.dir / arg).is_dir()]
    if config.option.capture == "no" or not folders:
        return 0
    return min((os.cpu_count() or 1) + 2, 6)


_WITHOUT_LAB = ("folding", "hosts", "page", "policy", "report", "saved_svgs")
"""Files of browser tests that do not open JupyterLab."""


class _OneLab(LoadFileScheduling):  # type: ignore[misc]  # xdist has no annotations here
    """Tests of a file go to one process, and those of JupyterLab all to the same, which loads it once."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        folder, _, name = file.rpartition("/test_")
        in_lab = folder == "tests/browser" and name.removesuffix(".py") not in _WITHOUT_LAB
        return folder if in_lab else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Share tests by file, unless other options say otherwise."""
    return _OneLab(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Print a sentence at the end of the run, from whichever process."""
    return partial(record_property, "figures")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures, and say what was left out."""
    for report in terminalreporter.stats.get("passed", []):
        for _, told in report.user_properties:
            terminalreporter.write_line(str(told))
    if _without_playwright():
        left_out = ", ".join(sorted(path.name for path in _BROWSER_TESTS.glob("test_*.py")))
        terminalreporter.write_line(
            f"Not run, because they require a browser: {left_out}. With Chromium installed, run "
            "`uv run --group browser pytest tests/browser`."
        )


class NetworkBlockedError(BaseException):
    """A test tried to leave this machine; a BaseException, so that no retry swallows it."""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True, scope="session")
def _bundled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put each script together once for all processes, which takes seconds: no test finds it in its own cache."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    bundle = vl_convert.javascript_bundle

    @cache
    def once(*snippet: str, **options: str) -> str:
        place = shared / f"{hashlib.sha256(repr((snippet, options)).encode()).hexdigest()}.js"
        if not place.exists():
            write_atomically(place, bundle(*snippet, **options).encode())
        return place.read_text(encoding="utf-8")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vl_convert, "javascript_bundle", once)
        yield


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: tuple[object, ...]) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(str(address[0])):
            raise NetworkBlockedError(f"a test tried to connect to {address!r}")
        connect(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:  # as the original
        name = host.decode() if isinstance(host, bytes) else host
        if name and not _is_loopback(name):
            raise NetworkBlockedError(f"a test tried to look up {name!r}")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """What tests start ends at Ctrl-C, although a shell has all that it runs in the background ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are printed, as in a terminal."""
    monkeypatch.setenv("SEGGWAT_NB_QUIET", "0")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home of the test's own: no setting, cache or ``.env`` of the person who runs it reaches a test."""
    for variable in ("API_KEY", "PROJECT_ID", "API_URL"):
        monkeypatch.delenv(f"SEGGWAT_{variable}", raising=False)
    for variable in ("REQUESTS_PER_MINUTE", "MAX_AGE_SECONDS", "FULL_AFTER_DAYS", "KEEP_GONE_DAYS", "QUIET"):
        monkeypatch.delenv(f"SEGGWAT_NB_{variable}", raising=False)
    for variable in ("SLACK_WEBHOOK_URL", "GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL", "WEBHOOK_SECRET"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("SEGGWAT_NB_CACHE_DIR", str(folder / "cache"))
    monkeypatch.setenv("SEGGWAT_NB_DATA_DIR", str(folder / "data"))
    monkeypatch.chdir(folder)
    return folder
