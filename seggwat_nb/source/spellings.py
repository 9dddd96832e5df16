"""Redirects within the service that only spell an address differently, with a slash at its end or words in capitals.

Such a redirect is followed once and remembered, so that each list costs one request more, and not each page. Any other
one is refused, since the token must not be sent to another origin, and another path may be another list.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

if TYPE_CHECKING:
    import requests

__all__ = ["Spellings"]

_FOLLOWED: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
"""Redirects after which the same request is sent again, even a change, since making one twice changes no more."""

_WORDS: Final = frozenset({"projects", "summary", "feedback", "ratings", "stats", "typed", "star", "nps", "me"})
"""Parts of a path that are not IDs, in which capitals matter."""

_PORTS: Final = {"http": 80, "https": 443}


class Spellings:
    """How the service spells the paths that it has redirected.

    Parameters
    ----------
    root
        The address that all requests begin with.
    """

    def __init__(self, root: str) -> None:
        self._words = _WORDS | {part.casefold() for part in urlsplit(root).path.split("/")}
        self._known: dict[tuple[str | None, str], str] = {}

    def spell(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Spell a request's path as the service does, if it has redirected it before."""
        parts = urlsplit(request.url or "")
        path = self._known.get((request.method, parts.path)) or self._known.get(("GET", parts.path))
        return request if path is None else _with_path(request, parts, path)

    def after(
        self, response: requests.Response, *, sent: requests.PreparedRequest, asked: requests.PreparedRequest
    ) -> requests.PreparedRequest | None:
        """Return the request to send after a redirect that only spells the path differently, and remember it.

        Parameters
        ----------
        response
            The response.
        sent
            The request that it answers.
        asked
            The same request as its caller spells it.
        """
        if response.status_code not in _FOLLOWED:
            return None
        here, location = urlsplit(sent.url or ""), response.headers.get("Location", "")
        try:
            there = urlsplit(urljoin(sent.url or "", location))
            is_same = location != "" and _origin(here) == _origin(there) and self._same_path(here.path, there.path)
        except ValueError:
            return None
        if not is_same or (there.query and parse_qsl(there.query) != parse_qsl(here.query)):
            return None
        # Where changes are redirected to, reading may not be possible.
        self._known[asked.method, urlsplit(asked.url or "").path] = there.path
        return _with_path(asked, here, there.path)

    def _same_path(self, one: str, other: str) -> bool:
        """Return whether two paths differ, but only in a slash at the end and in the capitals of words."""
        ones, others = (path.removesuffix("/").split("/") for path in (one, other))
        return one != other and len(ones) == len(others) and all(map(self._same_part, ones, others))

    def _same_part(self, one: str, other: str) -> bool:
        return one == other or (one.casefold() == other.casefold() and one.casefold() in self._words)


def _with_path(request: requests.PreparedRequest, parts: SplitResult, path: str) -> requests.PreparedRequest:
    spelled = request.copy()
    spelled.url = parts._replace(path=path).geturl()
    return spelled


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    if parts.username is not None:
        raise ValueError
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
