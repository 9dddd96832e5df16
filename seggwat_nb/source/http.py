"""The only module that sends a request to the API: cache, then retry, then limiter, then signing adapter.

The order is the point. A cached answer costs no quota, for the limiter is below the cache; each retry is counted, for
it is above the limiter; only checked answers are cached, for checking is below the cache; and the token is added last.
"""

from __future__ import annotations

import email.utils
import random
import re
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import msgspec
import requests
from requests_cache import CacheMixin
from requests_ratelimiter import LimiterMixin

from seggwat_nb.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ForbiddenError,
    NetworkError,
    NotFoundError,
    RateLimitError,
    SeggwatError,
    ServerError,
    UnexpectedAnswerError,
)
from seggwat_nb.files import UnwritableFolder
from seggwat_nb.source.clock import Clock
from seggwat_nb.source.limiter import WINDOW_SECONDS, Budget
from seggwat_nb.source.pages import AnswerCache, key_of
from seggwat_nb.source.signing import RUN_HEADER, SigningAdapter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyrate_limiter import Limiter

    from seggwat_nb.config import Settings

__all__ = ["Api"]

TRIES: Final = 5
LONGEST_PAUSE: Final = 900.0
"""A service that asks for a longer pause than this, in seconds, is not waited for."""

SHORT_LIFE: Final = 300
"""Seconds for which single items, projects and totals are remembered."""

_RUN_LIFE: Final = 7 * 24 * 3600
_OLD_RUN: Final = 3600.0
"""Seconds after which the pages of a load that was stopped are of no use any more."""

_TIMEOUT: Final = (10.0, 60.0)
_HELP: Final[Mapping[int, tuple[type[ApiError], str]]] = {
    400: (BadRequestError, "Check the arguments; `seggwat-nb doctor` checks the settings."),
    401: (AuthenticationError, "Check SEGGWAT_API_KEY: a token is oat_ and 43 characters, and can be revoked."),
    403: (ForbiddenError, "Ask an administrator of the organisation for the right, or use another token."),
    404: (NotFoundError, "Check the id, and that the token belongs to the same organisation."),
    429: (RateLimitError, "Wait a minute, and see what else on this network uses the API."),
}

_AT_FAULT: Final[tuple[type[ApiError], str]] = (ServerError, "The service is at fault: try again later.")

T = TypeVar("T")


class Api:
    """A connection to the API.

    Parameters
    ----------
    settings
        Base, token, limit and folders.
    on_wait
        Told seconds and reason before each wait.
    clock
        Tells the time and waits.
    window
        Length of the limiter's window in seconds.
    timeout
        Seconds to wait for a connection, and for each part of an answer; 10 and 60 by default.

    Attributes
    ----------
    on_unwritable : UnwritableFolder
        Warns once that the cache folder cannot be written.
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
            SigningAdapter(settings.token),
            root=settings.api_root,
            clock=clock,
            on_wait=on_wait,
        )

    @property
    def requests_sent(self) -> int:
        """Requests sent so far, retries included."""
        return self._session.requests_sent

    def page(
        self, path: str, params: Mapping[str, str | int], *, run: str, step: int, check: Callable[[bytes], T]
    ) -> T:
        """Do one step of a crawl; the same step of the same run is answered from disk.

        Parameters
        ----------
        path
            Below ``/api/v1``.
        params
            The query.
        run, step
            Under what the answer is kept.
        check
            Reads the body; one that it refuses is asked for again, and never kept.

        Raises
        ------
        SeggwatError
            After the tries are used up, or at once where another try cannot help.
        """
        return self._ask("GET", path, check, params=params, headers={RUN_HEADER: f"{run}/{step}"}, life=_RUN_LIFE)

    def get(self, path: str, params: Mapping[str, str | int], *, check: Callable[[bytes], T]) -> T:
        """Get a single answer, remembered for five minutes; otherwise as `page`."""
        return self._ask("GET", path, check, params=params)

    def patch(self, path: str, body: Mapping[str, object], *, check: Callable[[bytes], T]) -> T:
        """Change something; tried again only where the service cannot have done it yet."""
        content = msgspec.json.encode(dict(body))
        answer = self._ask("PATCH", path, check, data=content, headers={"Content-Type": "application/json"})
        self._cache.files.clear_short_lived()
        return answer

    def kept(self, run: str) -> int:
        """Count the pages of a run that are on disk."""
        return self._cache.files.count_run(run)

    def forget_answers(self, *, before: datetime | None = None) -> None:
        """Remove single answers, those of before a moment if one is given; they are asked for again."""
        self._cache.files.clear_short_lived(before=None if before is None else before.timestamp())

    def forget_run(self, run: str) -> None:
        """Remove the pages of a run from disk."""
        self._cache.files.clear_run(run)

    def seconds_for(self, requests_to_come: int) -> float:
        """Tell how long so many requests would take from now on: the limiter's waits, and the way there and back."""
        return self._budget.seconds_for(requests_to_come) + requests_to_come * self._session.seconds_each

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()  # type: ignore[no-untyped-call]  # requests-cache's

    def _ask(
        self,
        method: str,
        path: str,
        check: Callable[[bytes], T],
        *,
        life: int = SHORT_LIFE,
        **parts: Any,  # noqa: ANN401  # of requests.Request
    ) -> T:
        request = self._session.prepare_request(requests.Request(method, self._root + path, **parts))
        surroundings = self._session.merge_environment_settings(request.url, {}, False, None, None)  # noqa: FBT003  # requests' signature
        response = self._session.send(
            request, expire_after=life, check=check, allow_redirects=False, timeout=self._timeout, **surroundings
        )
        return check(response.content)


class _Retry(LimiterMixin, requests.Session):
    """Tries again what another try may mend: 429, 5xx, a lost connection, an answer that is none."""

    clock: Clock
    budget: Budget
    on_wait: Callable[[float, str], None]
    requests_sent: int = 0
    seconds_each: float = 0.1

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as requests
        check = kwargs.pop("check")
        attempt = 0
        while True:
            attempt += 1
            try:
                response = self._send_once(request, **kwargs)
                _raise_for_status(response)
                check(response.content)
            except SeggwatError as error:
                if attempt == TRIES or not _may_help(error, request):
                    raise
                self._pause(error, attempt)
            else:
                return response

    def _send_once(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as send
        self.requests_sent += 1
        response = super().send(request, **kwargs)
        # A running mean over the last few, for estimates.
        self.seconds_each += (response.elapsed.total_seconds() - self.seconds_each) / 4
        return response

    def _pause(self, error: SeggwatError, attempt: int) -> None:
        retry_after = error.retry_after if isinstance(error, ApiError) else None
        if retry_after is not None and retry_after > LONGEST_PAUSE:
            error.args = (f"{error} The service asks for a pause of {retry_after:.0f} seconds, too long to wait here.",)
            raise error
        backoff = 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311  # jitter, no secret
        if isinstance(error, RateLimitError):
            self.budget.refused(retry_after, backoff=backoff)  # The budget waits, in every process of this user.
            return
        seconds = backoff if retry_after is None else retry_after
        self.on_wait(seconds, f"{_IN_SHORT.get(type(error), 'the service is at fault')}, try {attempt} of {TRIES}")
        self.clock.sleep(seconds)


class _Session(CacheMixin, _Retry):
    """Cache, retry, limiter and adapter in their order; built here alone, so that no misspelt option goes unnoticed."""

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
            limiter=cast("Limiter", budget),
            per_host=False,
            limit_statuses=(),
        )
        self.clock, self.budget, self.on_wait = clock, budget, on_wait
        # Nothing is sent anywhere else, neither cookies nor a password from a netrc file.
        self.adapters.clear()
        self.mount(f"{root}/", adapter)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.auth = _no_auth


_IN_SHORT: Final[Mapping[type[SeggwatError], str]] = {
    NetworkError: "no answer came",
    UnexpectedAnswerError: "the answer was no valid page",
}


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _may_help(error: SeggwatError, request: requests.PreparedRequest) -> bool:
    """Tell whether another try can mend it, and cannot do a thing twice."""
    if isinstance(error, RateLimitError):
        return True
    if request.method != "GET":
        return isinstance(error, NetworkError) and not error.was_sent
    return isinstance(error, NetworkError | ServerError | UnexpectedAnswerError)


def _raise_for_status(response: requests.Response) -> None:
    status = response.status_code
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status < HTTPStatus.BAD_REQUEST:
        raise ApiError(
            f"The service redirects ({status}) to {_host(response.headers.get('Location', ''))}, and the token is not "
            "sent after a redirect. Set SEGGWAT_API_URL to the address that is meant.",
            status=status,
        )
    code, message = _told(response)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind, help_ = _AT_FAULT
    else:
        kind, help_ = _HELP.get(status, (ApiError, "See what the service says, and change the request."))
    told = f"{code}: {message}" if code and message else code or message or response.reason or "no reason given"
    raise kind(
        f"The API answered {status} ({told}). {help_}", status=status, code=code, retry_after=_retry_after(response)
    )


def _told(response: requests.Response) -> tuple[str | None, str | None]:
    """Read the API's own code and message, if the body has them; made safe to show."""
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, RecursionError):
        return None, None
    if not isinstance(body, dict):
        return None, None
    return _presentable(body.get("error")), _presentable(body.get("message"))


def _presentable(text: object) -> str | None:
    """Cut to a line, without control characters and without any token that the service may echo."""
    if not isinstance(text, str) or not text.strip():
        return None
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return re.sub(r"oat_[\w-]+", "oat_…", line)[:200]


def _host(location: str) -> str:
    return urlsplit(location).netloc or "another path"


def _retry_after(response: requests.Response) -> float | None:
    """Read the pause asked for, in seconds; a date is taken by the service's own clock where it tells the time."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    until, now = (_moment(value) for value in (text, response.headers.get("Date", "")))
    if until is None:
        return None
    now = now or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds()) + 1.0  # A date has whole seconds.


def _moment(text: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
