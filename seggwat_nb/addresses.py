"""Web addresses: which lead to this machine, and which nobody on the way can read."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

__all__ = ["is_loopback", "is_private"]

_NETLOC: Final = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself: nothing is read on the way there, and no proxy leads to it.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.8.0.1", "::1", "localhost", "10.0.0.7", "localhost.example")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower().removesuffix(".") == "localhost"


def is_private(url: str) -> bool:
    """Return whether an address is valid, and nobody on the way can read what is sent there."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return _NETLOC.fullmatch(parts.netloc) is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )
