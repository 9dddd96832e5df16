"""What every test gets: no network but loopback, and folders of its own for cache and data."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


class NetworkBlockedError(BaseException):
    """A test tried to leave this machine; a BaseException, so that no retry swallows it."""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


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


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home of the test's own: no setting, cache or ``.env`` of the person who runs it reaches a test."""
    for variable in ("API_KEY", "PROJECT_ID", "API_URL"):
        monkeypatch.delenv(f"SEGGWAT_{variable}", raising=False)
    for variable in ("REQUESTS_PER_MINUTE", "MAX_AGE_SECONDS", "FULL_AFTER_DAYS", "KEEP_GONE_DAYS"):
        monkeypatch.delenv(f"SEGGWAT_NB_{variable}", raising=False)
    for variable in ("SLACK_WEBHOOK_URL", "GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("SEGGWAT_NB_CACHE_DIR", str(folder / "cache"))
    monkeypatch.setenv("SEGGWAT_NB_DATA_DIR", str(folder / "data"))
    monkeypatch.chdir(folder)
    return folder
