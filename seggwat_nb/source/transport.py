"""The only module that sends requests to the API: through cache, retries, limiter and signing adapter, in that order.

The order matters. The limiter is below the cache, so cached responses use no quota. Retries are above the limiter, so
each one counts. Validation is below the cache, so only valid responses are cached. The token is added last.
"""

from __future__ import annotations

import logging
import math
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
from requests_cache import CacheMixin

from seggwat_nb.clock import Clock
from seggwat_nb.errors import (
    ApiError,
    IncompleteError,
    NetworkError,
    RateLimitError,
    SeggwatError,
    UnexpectedResponseError,
)
from seggwat_nb.files import UnwritableFolder
from seggwat_nb.rate_limit import WINDOW_SECONDS, Budget, PausedError
from seggwat_nb.retry import TRIES, backoff, requested_pause, send_until_answered
from seggwat_nb.secret import without_tokens
from seggwat_nb.signing import RUN_HEADER, Session, SigningAdapter, TooSlowError
from seggwat_nb.source.cached_responses import CachedResponses
from seggwat_nb.source.error_answers import error_in, host_of, is_passing
from seggwat_nb.source.response_cache import AnswerCache, key_of
from seggwat_nb.source.responses import ShortPageError
from seggwat_nb.source.spellings import Spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from seggwat_nb.config import Settings

__all__ = ["BRIEF", "OPTIONAL", "PATIENT", "Api"]

_LOG: Final = logging.getLogger(__name__)

SHORT_LIFE: Final = 300
"""How long single items, projects and totals are cached, in seconds."""

_RUN_LIFE: Final = 7 * 24 * 3600
_OLD_RUN: Final = 3600.0
"""Age in seconds at which the pages of an interrupted load are no longer useful."""

_TIMEOUT: Final = (10.0, 60.0)
T = TypeVar("T")


class _Patience(NamedTuple):
    """How often to try a request, how often if only the rate limit prevents it, and how many seconds to wait."""

    tries: int = TRIES
    limited: int = TRIES
    seconds: float = math.inf


PATIENT: Final = _Patience()
"""For requests that a load cannot do without."""

OPTIONAL: Final = _Patience(tries=2, seconds=20.0)
"""For requests without which a load takes longer."""

BRIEF: Final = _Patience(tries=1, limited=1, seconds=5.0)
"""For requests that no result depends on."""


class Api:
    """A connection to the API.

    Parameters
    ----------
    settings
        Base URL, token, rate limit and folders.
    on_wait
        Called with the number of seconds and the reason before each wait.
    clock
        Returns the time and waits.
    window
        Length of the limiter's window in seconds.
    timeout
        Seconds to wait for a connection, and for each part of a response. 10 and 60 by default.

    Attributes
    ----------
    on_unwritable : UnwritableFolder
        Warns once if the cache folder cannot be written.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_wait: Callable[[float, str], None],
        clock: Clock | None = None,
        window: float = WINDOW_SECONDS,
        timeout: tuple[float, float] | None = None,
    ) -> None:
        self._root = settings.api_root
        self._timeout = timeout or _TIMEOUT
        self.on_unwritable = UnwritableFolder(settings.cache_dir)
        self._cache = AnswerCache(settings.page_cache_dir, self.on_unwritable)
        clock = clock or Clock()
        self._cache.files.clear_old(now=clock.now(), runs=_OLD_RUN, answers=SHORT_LIFE)
        self._budget = Budget(
            settings.bucket_dir,
            per_minute=settings.requests_per_minute,
            clock=clock,
            on_wait=on_wait,
            window=window,
            on_unwritable=self.on_unwritable,
        )
        self._session = _Session(
            self._cache,
            self._budget,
            SigningAdapter(settings.token, clock=clock),
            root=settings.api_root,
            clock=clock,
            on_wait=on_wait,
        )

    @property
    def requests_sent(self) -> int:
        """Requests sent so far by this thread, retries included."""
        return self._session.tally.sent

    @contextmanager
    def at_most(self, requests: int | None) -> Iterator[None]:
        """Limit the requests that this thread may send within a ``with`` block, retries included.

        Raises
        ------
        IncompleteError
            Another request would be needed.
        """
        tally = self._session.tally
        before = tally.end, tally.most
        if requests is not None and (tally.end is None or tally.sent + requests < tally.end):
            tally.end, tally.most = tally.sent + requests, requests
        try:
            yield
        finally:
            tally.end, tally.most = before

    def page(
        self,
        path: str,
        params: Mapping[str, str | int],
        *,
        run: str,
        step: int,
        check: Callable[[bytes], T],
        patience: _Patience = PATIENT,
    ) -> T:
        """Do one step of a crawl. Repeating the same step of the same run returns the stored response.

        Parameters
        ----------
        path
            The path below ``/api/v1``.
        params
            The query parameters.
        run, step
            The run and step under which the response is stored.
        check
            Parses the body. If it raises an error, the request is retried and the response is not stored.
        patience
            How often to try, and how long to wait.

        Raises
        ------
        SeggwatError
            All attempts failed, or a retry would not help.
        """
        headers = {RUN_HEADER: f"{run}/{step}"}
        return self._ask("GET", path, check, params=params, headers=headers, life=_RUN_LIFE, patience=patience)

    def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        *,
        check: Callable[[bytes], T],
        patience: _Patience = PATIENT,
    ) -> T:
        """Get a single response, cached for five minutes. Otherwise like `page`."""
        return self._ask("GET", path, check, params=params, patience=patience)

    def patch(self, path: str, body: Mapping[str, object], *, check: Callable[[bytes], T]) -> T:
        """Send a change. It is only retried if the service cannot have made it yet."""
        content = msgspec.json.encode(dict(body))
        answer = self._ask("PATCH", path, check, data=content, headers={"Content-Type": "application/json"})
        self._cache.files.clear_short_lived()
        return answer

    def pause(self, seconds: float) -> None:
        """Wait for something that the service does by itself."""
        self._session.clock.sleep(seconds)

    def count_stored_pages(self, run: str) -> int:
        """Count the stored pages of a run."""
        return self._cache.files.count_run(run)

    def forget_answers(self, *, before: datetime | None = None) -> None:
        """Remove cached single responses, optionally only those from before a given time."""
        self._cache.files.clear_short_lived(before=None if before is None else before.timestamp())

    def forget_run(self, run: str) -> None:
        """Remove the stored pages of a run."""
        self._cache.files.clear_run(run)

    def wait_for(self, requests_to_come: int) -> None:
        """Wait until a number of requests may be sent without a pause in between."""
        self._budget.wait_for(requests_to_come)

    def seconds_for(self, requests_to_come: int) -> float:
        """Estimate how many seconds a number of requests would take from now on, including waits and response times."""
        return self._budget.seconds_for(requests_to_come) + requests_to_come * self._session.seconds_each

    def close(self) -> None:
        """Close the connections."""
        self._session.close()  # type: ignore[no-untyped-call]  # requests-cache's

    def _ask(
        self,
        method: str,
        path: str,
        check: Callable[[bytes], T],
        *,
        life: int = SHORT_LIFE,
        patience: _Patience = PATIENT,
        **parts: Any,  # noqa: ANN401  # of requests.Request
    ) -> T:
        request = self._session.prepare_request(requests.Request(method, self._root + path, **parts))
        surroundings = self._session.merge_environment_settings(request.url, {}, False, None, None)  # noqa: FBT003  # requests' signature
        response = self._session.send(
            request,
            expire_after=life,
            check=check,
            patience=patience,
            allow_redirects=False,
            timeout=(self._timeout[0], min(self._timeout[1], patience.seconds)),
            **surroundings,
        )
        return check(response.content)


class _Tally(threading.local):
    """How many requests one thread has sent, and its limit."""

    sent: int = 0
    end: int | None = None
    most: int = 0


class _Counted(Session):
    """Counts the requests that are actually sent, below the limiter."""

    tally: _Tally
    seconds_each: float = 0.1

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as requests
        self.tally.sent += 1
        response = super().send(request, **kwargs)
        # A running mean of the last few, for estimates.
        self.seconds_each += (response.elapsed.total_seconds() - self.seconds_each) / 4
        _LOG.info("%s %s: %d", request.method, _place(request.path_url), response.status_code)
        return response


class _Limited(_Counted):
    """Waits until the budget allows another request."""

    budget: Budget

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as requests
        self.budget.acquire()
        return super().send(request, **kwargs)


class _Retry(_Limited):
    """Retries if that may help: after 408, 425, 429, 5xx, a requested pause, a lost connection or an invalid page."""

    clock: Clock
    host: str
    spellings: Spellings
    cached: CachedResponses
    on_wait: Callable[[float, str], None]

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as requests
        check, patience = kwargs.pop("check"), kwargs.pop("patience")
        failures = 0

        def once(attempt: int) -> requests.Response:
            response = self._send_once(request, attempt, **kwargs)
            try:
                check(response.content)
            except UnexpectedResponseError as error:
                refusal = error
            else:
                return response
            # The response may echo the token, and tracebacks show local variables, so none may refer to it.
            del response
            refusal.__context__ = None
            raise refusal.with_traceback(None)

        def may_help(error: SeggwatError) -> bool:
            nonlocal failures
            failures += not isinstance(error, RateLimitError)
            return failures < patience.tries and _may_help(error, request)

        def wait(error: SeggwatError, attempt: int) -> None:
            self._wait(error, attempt, patience.tries)

        return send_until_answered(once, may_help=may_help, wait=wait, tries=patience.limited)

    def _send_once(self, request: requests.PreparedRequest, attempt: int, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as send
        spelled = self.spellings.spell(request)
        response = self._send_within_limit(spelled, **kwargs)
        redirected = self.spellings.after(response, sent=spelled, asked=request)
        if redirected is not None:
            response = self._send_within_limit(redirected, **kwargs)
        response.request, response.url = request, request.url or ""
        asked = requested_pause(response.headers, now=self.clock.now())
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self.budget.on_429(asked, backoff=backoff(attempt))
        elif asked is not None and response.status_code >= HTTPStatus.BAD_REQUEST:
            self.budget.hold(max(asked, backoff(attempt)))
        error = error_in(response, asked) or self.cached.error_in(response, self.host)
        if error is None:
            return response
        del response  # The response may echo the token, and tracebacks show local variables.
        raise error

    def _send_within_limit(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as send
        if self.tally.end is not None and self.tally.sent >= self.tally.end:
            raise IncompleteError(
                f"Another request would exceed max_requests={self.tally.most}. Raise it, or load without a limit."
            )
        return super().send(request, **kwargs)

    def _wait(self, error: SeggwatError, attempt: int, tries: int) -> None:
        if isinstance(error, RateLimitError) or error.retry_after is not None:
            return  # The budget already waits, in every process of this user.
        seconds = backoff(attempt)
        said = _IN_SHORT.get(type(error), "{host} failed").format(host=self.host)
        self.on_wait(seconds, f"{said}, attempt {attempt} of {tries}")
        self.clock.sleep(seconds)


class _Session(CacheMixin, _Retry):
    """Cache, retries, limiter and adapter in order. Only created here, so that no misspelled option goes unnoticed."""

    def __init__(
        self,
        cache: AnswerCache,
        budget: Budget,
        adapter: SigningAdapter,
        *,
        root: str,
        clock: Clock,
        on_wait: Callable[[float, str], None],
    ) -> None:
        super().__init__(
            backend=cache,
            key_fn=key_of,
            expire_after=SHORT_LIFE,
            allowable_methods=("GET",),
        )
        self.clock, self.budget, self.on_wait, self.tally = clock, budget, on_wait, _Tally()
        self.host, self.spellings, self.cached = host_of(root), Spellings(root), CachedResponses()
        # Nothing is sent to any other address, and neither cookies nor passwords from a netrc file are sent.
        self.adapters.clear()
        self.mount(f"{root}/", adapter)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.auth = _no_auth


_NOT_RETRIED: Final = (TooSlowError, ShortPageError)

_IN_SHORT: Final[Mapping[type[SeggwatError], str]] = {
    NetworkError: "no response from {host}",
    UnexpectedResponseError: "no valid response from {host}",
}


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _may_help(error: SeggwatError, request: requests.PreparedRequest) -> bool:
    """Return whether a retry may help, and cannot make a change twice."""
    if isinstance(error, RateLimitError):
        return not isinstance(error, PausedError)
    if request.method != "GET":
        is_early = isinstance(error, ApiError) and error.status == HTTPStatus.TOO_EARLY
        return is_early or (isinstance(error, NetworkError) and not error.was_sent)
    if isinstance(error, ApiError):
        return is_passing(error.status, error.retry_after)
    return isinstance(error, NetworkError | UnexpectedResponseError) and not isinstance(error, _NOT_RETRIED)


def _place(path: str) -> str:
    """Format a path for the log: which page of which list, but not the search text.

    Examples
    --------
    >>> _place("/api/v1/projects/1/feedback?limit=100&page=2&search=jo&status=New"), _place("/api/v1/projects")
    ('/api/v1/projects/1/feedback?page=2&status=New', '/api/v1/projects')
    """
    parts = urlsplit(path)
    kept = "&".join(part for part in parts.query.split("&") if part.startswith(("page=", "status=")))
    return without_tokens(f"{parts.path}?{kept}" if kept else parts.path)
