"""Checks of web addresses: whether they lead to this machine, and whether they are encrypted."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

__all__ = ["address_problem", "is_loopback", "is_private"]

_NETLOC: Final = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself, so that nobody can intercept requests and no proxy is needed.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.8.0.1", "::1", "localhost", "10.0.0.7", "localhost.example")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower().removesuffix(".") == "localhost"


def address_problem(url: str) -> str | None:
    """Say what an address must be, if it is invalid, or if requests to it could be read on the way.

    Examples
    --------
    >>> [address_problem(url) for url in ("https://a.example/x", "http://a.example", "https://me:key@a.example")]
    [None, 'must be an https:// address', 'must not contain a user name or password']
    """
    if is_private(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "must be an https:// address"
    if "@" in parts.netloc:
        return "must not contain a user name or password"
    if not host.isascii() and parts.scheme == "https":
        return "must have its host name in ASCII (xn--…)"
    return "must be an https:// address"


def is_private(url: str) -> bool:
    """Return whether an address is valid, and requests to it cannot be read on the way."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return _NETLOC.fullmatch(parts.netloc) is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )
