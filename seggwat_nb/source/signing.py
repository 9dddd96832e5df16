"""The last step before the wire, and the only one that holds the token.

It signs a copy of the request, and everything that comes back up, answer or error, refers to the unsigned one: a signed
request would be written to the cache, and the frames of an error inside urllib3 hold the headers as local variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import requests
from requests.adapters import HTTPAdapter

from seggwat_nb import __version__
from seggwat_nb.errors import NetworkError

if TYPE_CHECKING:
    from seggwat_nb.secret import Secret

__all__ = ["RUN_HEADER", "SigningAdapter"]

RUN_HEADER: Final = "Seggwat-Nb-Run"
"""Carries run and step from the caller to the cache; taken off here."""

_SENT: Final = ("Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type")


class SigningAdapter(HTTPAdapter):
    """Sends a signed copy of each request.

    Parameters
    ----------
    token
        The API token.
    """

    def __init__(self, token: Secret | None) -> None:
        super().__init__()
        self._token = token

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as requests
        """Send a signed copy; read the body here, so that a cut one fails here too.

        Raises
        ------
        NetworkError
            No answer, or half of one. It holds no frame of the libraries below.
        """
        problem, was_sent = "", True
        try:
            response = super().send(self.signed(request), *args, **kwargs)
            response.content  # noqa: B018  # reads the body
        except requests.RequestException as error:
            problem, was_sent = _describe(error)
        if problem:
            # Outside the except block, so that the error has no context either.
            raise NetworkError(
                f"{problem}. Check the network and the base URL ({_origin(request)}), then try again.",
                was_sent=was_sent,
            )
        response.request = request
        return response

    def signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Copy a request with the headers that are sent, and the token."""
        signed = request.copy()
        kept = {name: request.headers[name] for name in _SENT if name in request.headers}
        signed.headers = requests.structures.CaseInsensitiveDict(kept)
        signed.headers["User-Agent"] = f"seggwat-nb/{__version__}"
        if self._token is not None:
            signed.headers["X-API-Key"] = self._token.reveal()
        return signed


_PROBLEMS: Final[tuple[tuple[type[requests.RequestException], str, bool], ...]] = (
    (requests.ConnectTimeout, "No connection within the time allowed", False),
    (requests.Timeout, "No answer within the time allowed", True),
    (requests.exceptions.SSLError, "The certificate of the service could not be verified", False),
    (requests.exceptions.ProxyError, "The proxy could not be reached", False),
    (requests.exceptions.ChunkedEncodingError, "The answer was cut off", True),
    (requests.exceptions.ContentDecodingError, "The answer could not be unpacked", True),
)
"""Kind of failure, what to call it, and whether the request may have reached the service; the first that fits."""


def _describe(error: requests.RequestException) -> tuple[str, bool]:
    for kind, problem, was_sent in _PROBLEMS:
        if isinstance(error, kind):
            return problem, was_sent
    if isinstance(error, requests.ConnectionError) and ("refused" in str(error) or "resolve" in str(error)):
        return "The service could not be reached", False
    return "The connection was dropped", True


def _origin(request: requests.PreparedRequest) -> str:
    return "/".join((request.url or "").split("/")[:3])
