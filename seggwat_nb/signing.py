"""The last step before sending, and the only one that reveals the token.

It signs a copy of the request, and every response or error refers to the unsigned one. Otherwise the signed request
would be written to the cache, and the frames of an error inside urllib3 would contain the headers as local variables.
There is a deadline for the complete response, headers and body, so that a service that sends a byte now and then cannot
block a load for hours.
"""

from __future__ import annotations

import io
import re
from contextlib import suppress
from contextvars import ContextVar
from http import HTTPStatus
from http.client import HTTPResponse, parse_headers
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from seggwat_nb import __version__
from seggwat_nb.addresses import is_loopback
from seggwat_nb.clock import Clock
from seggwat_nb.errors import NetworkError
from seggwat_nb.secret import without_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer
    from urllib3 import PoolManager

    from seggwat_nb.secret import Secret

__all__ = ["LONGEST_ANSWER", "RUN_HEADER", "Session", "SigningAdapter", "TooSlowError", "beginning_of"]

RUN_HEADER: Final = "Seggwat-Nb-Run"
"""Carries run and step from the caller to the cache. Removed here."""

LONGEST_ANSWER: Final = 300.0
"""Maximum number of seconds for a complete response, headers and body."""

LARGEST_ANSWER: Final = 1 << 29
"""Maximum size of a decompressed response in bytes, since a few megabytes of gzip can expand to gigabytes."""

_PREFIX: Final = len("oat_")
_LONG: Final = 30

_SENT: Final = ("Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type")


class TooSlowError(NetworkError):
    """A response missed its deadline or is too large, so a retry would not help."""


class _TooLargeError(Exception):
    pass


class Session(requests.Session):
    """A session that does not follow redirects."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002  # requests' signature
        """Return None, since redirects are not followed, and parsing an invalid target would fail."""
        return None


class SigningAdapter(HTTPAdapter):
    """Sends a signed copy of each request.

    Parameters
    ----------
    token
        The API token.
    clock
        Measures how long an answer takes.
    """

    def __init__(self, token: Secret | None, *, clock: Clock | None = None) -> None:
        super().__init__()
        self._token = token
        self._clock = clock or Clock()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as requests
        """Send a signed copy. The body is read here, so that a truncated one fails here as well.

        Raises
        ------
        NetworkError
            There was no response, or only a part of it, or not in time. The error has no frames of the libraries below.
        """
        problem, was_sent, kind = "", True, NetworkError
        interrupt: BaseException | None = None
        deadline = _Deadline(self._clock)
        running = _DEADLINE.set(deadline)
        try:
            return self._exchange(request, *args, **kwargs)
        except requests.RequestException as error:
            problem, was_sent = _describe(error)
        except _TooLargeError:
            problem, kind = f"The response is larger than {LARGEST_ANSWER >> 20:,} MB", TooSlowError
        except OSError as error:
            # requests checks the certificate file before it opens a connection, and wraps all later errors.
            names = "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE"
            problem = f"The certificate file ({names}) could not be read ({error.strerror or 'not found'})"
            was_sent = False
        except Exception as error:  # noqa: BLE001  # an unusual response may raise anything in the libraries, and their frames contain the token
            problem = f"The response could not be read ({type(error).__name__})"
        except BaseException as error:  # noqa: BLE001  # raised again below, without the frames that contain the token
            interrupt = error
        finally:
            _DEADLINE.reset(running)
        # Outside the except block, so that the error has no context.
        if interrupt is not None:
            interrupt.__context__ = interrupt.__cause__ = None
            raise interrupt.with_traceback(None)
        if deadline.has_passed:
            problem, was_sent = f"The response did not arrive within {LONGEST_ANSWER:.0f} seconds", True
            kind = TooSlowError
        raise kind(f"{problem}. Check the network and the address {_origin(request)}, then retry.", was_sent=was_sent)

    def sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Copy a request, with only the headers to send and the token."""
        signed = request.copy()
        kept = {name: request.headers[name] for name in _SENT if name in request.headers}
        signed.headers = requests.structures.CaseInsensitiveDict(kept)
        signed.headers["User-Agent"] = f"seggwat-nb/{__version__}"
        signed.headers["Cache-Control"] = "no-cache"  # Pages of a list that a cache kept would be of different times.
        if self._token is not None:
            signed.headers["X-API-Key"] = self._token.reveal()
        return signed

    def body(self, response: requests.Response) -> bytes:
        """Read a response's body, unless it is too large."""
        parts, size = list[bytes](), 0
        for part in response.iter_content(1 << 16):
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER:
                response.close()
                raise _TooLargeError
        return self._without_token(b"".join(parts))

    def _without_token(self, text: bytes) -> bytes:
        """Remove the token from what the service returns, before anything decodes or stores it."""
        return text.replace(self._own_part(), "…".encode()) if self._token and self._own_part() in text else text

    def _own_part(self) -> bytes:
        """Return the token, if long without its prefix, which may come encoded. Never assign it to a variable."""
        if self._token is None:
            return b""
        return self._token.reveal().encode()[_PREFIX if len(self._token.reveal()) > _LONG else 0 :]

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # as requests
        """Create connections with a deadline for responses."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as requests
        """Create connections through a proxy, with a deadline for responses."""
        manager = cast("PoolManager", super().proxy_manager_for(proxy, **kwargs))
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def _exchange(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as requests
        signed = self.sign(request)
        if is_loopback(urlsplit(signed.url or "").hostname or ""):
            kwargs["proxies"] = {}  # A proxy would look for the server on its own machine.
        response = super().send(signed, *args, **kwargs)
        response._content, response._content_consumed = self.body(response), True  # type: ignore[attr-defined]  # noqa: SLF001  # like the property `content`, but with a size limit
        response.request, response.url = request, request.url or ""
        if isinstance(response.reason, str):
            response.reason = without_tokens(response.reason)
        return response


def beginning_of(response: requests.Response, size: int) -> bytes:
    """Read the beginning of a body that nobody has read; nothing if it is broken or does not arrive in time."""
    with suppress(requests.RequestException):
        return next(response.iter_content(size), b"")
    return b""


class _Deadline:
    """The time by which a response must have arrived."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._end = clock.monotonic() + LONGEST_ANSWER
        self.has_passed = False

    def check(self) -> None:
        """Raise a timeout, which urllib3 and requests handle, once the deadline has passed."""
        if self._clock.monotonic() > self._end:
            self.has_passed = True
            raise TimeoutError


_DEADLINE: Final[ContextVar[_Deadline | None]] = ContextVar("_DEADLINE", default=None)


class _Timed(io.RawIOBase):
    """Reads from a connection until the deadline has passed."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        deadline = _DEADLINE.get()
        if deadline is not None:
            deadline.check()
        return cast("int | None", cast("Any", self._raw).readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # as http.client
        super().__init__(*args, **kwargs)
        self.fp = io.BufferedReader(_Timed(cast("Any", self.fp).detach()))

    def _read_status(self) -> tuple[str, int, str]:
        """Skip interim responses such as 103, which http.client takes for the answer."""
        read = cast("Callable[[], tuple[str, int, str]]", super()._read_status)  # type: ignore[misc]  # of http.client
        found = read()
        while HTTPStatus.CONTINUE <= found[1] < HTTPStatus.OK and found[1] != HTTPStatus.SWITCHING_PROTOCOLS:
            parse_headers(cast("Any", self.fp))
            found = read()
        return found


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS: Final = {"http": _Pool, "https": _SecurePool}

_BAD_PROXY: Final = "The configured proxy (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) cannot be used"

_UNTRUSTED: Final = (
    "The certificate of the service could not be verified. If a private certificate authority has signed it, set "
    "REQUESTS_CA_BUNDLE to its file"
)
_NOT_ENCRYPTED: Final = "No encrypted connection to the service could be made. Check whether it uses https"
_LOCKED: Final = "The proxy requires a user name and password: set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT"
_REFUSED_BY_PROXY: Final = re.compile(r"Tunnel connection failed: (?P<status>\d{3})")

_PROBLEMS: Final[tuple[tuple[type[requests.RequestException], str, bool], ...]] = (
    (requests.ConnectTimeout, "No connection to the service in time", False),
    (requests.Timeout, "The service did not respond in time", True),
    (requests.exceptions.SSLError, _NOT_ENCRYPTED, True),  # a connection may also break later
    (requests.exceptions.ProxyError, "The proxy could not be reached", False),
    (requests.exceptions.InvalidURL, _BAD_PROXY, False),
    (requests.exceptions.InvalidSchema, _BAD_PROXY, False),
    (requests.exceptions.ChunkedEncodingError, "The response was cut off", True),
    (requests.exceptions.ContentDecodingError, "The response could not be decompressed", True),
)
"""Type of error, its description, and whether the request may have reached the service. The first match is used."""


def _describe(error: requests.RequestException) -> tuple[str, bool]:
    if isinstance(error, requests.exceptions.SSLError) and "certificate verify failed" in str(error).lower():
        return _UNTRUSTED, False
    refused = _REFUSED_BY_PROXY.search(str(error))
    if refused is not None:
        status = int(refused["status"])
        is_locked = status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
        return _LOCKED if is_locked else f"The proxy refused the connection to the service ({status})", False
    for kind, problem, was_sent in _PROBLEMS:
        if isinstance(error, kind):
            return problem, was_sent
    if isinstance(error, requests.ConnectionError) and ("refused" in str(error) or "resolve" in str(error)):
        return "The service could not be reached", False
    return "The connection was dropped", True


def _origin(request: requests.PreparedRequest) -> str:
    return "/".join((request.url or "").split("/")[:3])
