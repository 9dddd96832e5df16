"""Turns error responses of the service into errors, with the service's own words and what to do."""

from __future__ import annotations

import re
from bisect import bisect_right
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from seggwat_nb.config import API_PATH
from seggwat_nb.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ForbiddenError,
    NetworkError,
    NotFoundError,
    RateLimitError,
    ServerError,
    UnexpectedResponseError,
)
from seggwat_nb.secret import presentable
from seggwat_nb.source.error_words import error_words
from seggwat_nb.source.responses import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

__all__ = ["AcceptedError", "error_in", "host_of", "is_passing", "may_concern_one_kind"]

_HELP: Final[Mapping[int, tuple[type[ApiError], str]]] = {
    400: (BadRequestError, "Check the arguments; `seggwat-nb doctor` checks the settings."),
    401: (
        AuthenticationError,
        "Check SEGGWAT_API_KEY: a token is oat_ followed by 43 characters, and may have been revoked.",
    ),
    402: (ApiError, "Check the plan and the payments of the organization in SeggWat."),
    403: (ForbiddenError, "Ask an administrator of the organization for permission, or use another token."),
    404: (NotFoundError, "Check the ID, and that the token belongs to the same organization."),
    407: (ApiError, "The proxy requires a user name and password: set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT."),
    408: (ApiError, "The service timed out waiting for the request. Retry later."),
    409: (ApiError, "Someone else may have changed it in the meantime. Load again, and check what still applies."),
    410: (
        NotFoundError,
        "It no longer exists, or this version of the API does not. Check the ID, or upgrade seggwat-nb.",
    ),
    425: (ApiError, "The service does not accept the request yet. Retry later."),
    429: (RateLimitError, "Wait a minute, and check what else on this network uses the API."),
    451: (ApiError, "Access is prevented for legal reasons. Ask an administrator of the organization."),
    501: (ServerError, "The service does not offer this. Check SEGGWAT_API_URL, and which version it is."),
    505: (ServerError, "The service does not accept this version of HTTP. Check SEGGWAT_API_URL and your proxy."),
    511: (ServerError, "The network requires you to log in first: open any web page in a browser."),
}

_AT_FAULT: Final[tuple[type[ApiError], str]] = (ServerError, "The service failed. Retry later.")

_OTHER: Final[tuple[type[ApiError], str]] = (ApiError, "Check the service's message, and change the request.")
_NO_ADDRESS: Final[tuple[type[ApiError], str]] = (
    ApiError,
    "That response does not answer the request. Check whether a proxy answers instead of the service.",
)

_FOR_GOOD: Final = frozenset({501, 505, 511})
"""Statuses of failures that a retry does not help."""

_OF_PEOPLE: Final = frozenset({400, 401, 403, 404, 405, 406})
"""Statuses that proxies and firewalls send with a page for people."""

_MINUTE: Final = 60


class AcceptedError(UnexpectedResponseError):
    """The service has accepted a change, and may make it later."""


def is_passing(status: int, asked: float | None = None) -> bool:
    """Return whether the same request may succeed later, by the status of an error or because it requests a pause.

    A token that was refused is not tried again, so that the service does not lock its owner out.
    """
    may_pass = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _FOR_GOOD
    is_asked = asked is not None and status != HTTPStatus.UNAUTHORIZED
    return may_pass or is_asked or status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}


def may_concern_one_kind(error: Exception) -> bool:
    """Return whether an error may concern one kind of request only, while the service answers others."""
    if isinstance(error, AuthenticationError | RateLimitError):
        return False
    return isinstance(error, ApiError | NetworkError | UnexpectedResponseError)


def error_in(response: requests.Response, asked: float | None) -> ApiError | UnexpectedResponseError | None:
    """Return the error that a response stands for, or None if it is a success of the service itself.

    Parameters
    ----------
    response
        The response.
    asked
        The pause that it requests, in seconds.
    """
    status = response.status_code
    if status == HTTPStatus.ACCEPTED and response.request.method != "GET":
        return AcceptedError(f"{host_of(response.url)} returned 202 (Accepted), and may make the change later.")
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status < HTTPStatus.BAD_REQUEST and "Location" in response.headers:
        return ApiError(
            f"The service redirects ({status}) to {_target(response)}. The token is not sent after such a redirect. "
            f"{_what_to_correct(response)}",
            status=status,
        )
    code, message = _error_fields(response)
    others = (_NO_ADDRESS, _OTHER, _AT_FAULT)[bisect_right((400, 500), status)]
    kind, help_ = _HELP.get(status, others)
    if status != HTTPStatus.TOO_MANY_REQUESTS and is_passing(status, asked) and not is_passing(status):
        help_ = "The service requested a pause. Retry later."
    elif status in _OF_PEOPLE and _is_web_page(response):
        help_ = "The answer is a web page. Check SEGGWAT_API_URL, and whether a proxy answers instead of the service."
    elif status == HTTPStatus.NOT_FOUND and urlsplit(response.url).path.endswith(f"{API_PATH}/projects"):
        help_ = "Check SEGGWAT_API_URL: every service has a list of projects."
    if status == HTTPStatus.TOO_MANY_REQUESTS and asked is not None and asked > _MINUTE:
        help_ = "Check what else on this network uses the API."
    reason = presentable(response.reason) or "no reason given"
    said_twice = code and message and _letters(code) == _letters(message)
    details = (f"{code}: {message}" if code and message and not said_twice else message or code or reason).rstrip(".")
    return kind(
        f"{host_of(response.url)} returned {status} ({details}). {help_}", status=status, code=code, retry_after=asked
    )


def _error_fields(response: requests.Response) -> tuple[str | None, str | None]:
    """Return an error code and a message, if the body is JSON that has them."""
    try:
        return error_words(decode(response.content))
    except UnexpectedResponseError:
        return None, None


def _is_web_page(response: requests.Response) -> bool:
    return "html" in response.headers.get("Content-Type", "").lower() or response.content.lstrip()[:1] == b"<"


def _letters(text: str) -> str:
    return re.sub(r"\W|_", "", text).casefold()


def _target(response: requests.Response) -> str:
    """Return where a redirect leads: another host, another path, or the same over TLS."""
    location = response.headers.get("Location", "")
    with suppress(ValueError):
        location = location and urljoin(response.url, location)
    host = host_of(location)
    if host != host_of(response.url):
        return host
    return presentable(location.partition("?")[0]) or host


def _what_to_correct(response: requests.Response) -> str:
    base, root, _ = _target(response).partition(API_PATH)
    if root and base != response.url.partition(API_PATH)[0]:
        return f"Set SEGGWAT_API_URL to {base}."
    return "Check SEGGWAT_API_URL, and whether a proxy or a login page answers instead of the service."


def host_of(location: str) -> str:
    """Return the host and port of an address, made safe to show."""
    try:
        return presentable(urlsplit(location).netloc) or "another path"
    except ValueError:
        return "an invalid address"
