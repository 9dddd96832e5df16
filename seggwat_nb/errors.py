"""The errors of this package. Every message ends with what to do.

::

    SeggwatError
    ├── SettingsError           missing or invalid settings, listed together, before any request
    ├── ArgumentError           an invalid argument, before any request (also a ValueError)
    │   ├── OptionError             an option that a function does not have (also a TypeError)
    │   └── TypoError               a value that looks like a typo of a known one
    ├── MissingExtraError       a package of an extra is not installed (also an ImportError)
    ├── NetworkError            no response: refused, dropped, timed out
    ├── ApiError                a response with an error status (.status, .code)
    │   ├── BadRequestError         400  a parameter the API does not take
    │   ├── AuthenticationError     401  token missing, invalid or revoked
    │   ├── ForbiddenError          403  the token lacks the permission
    │   ├── NotFoundError           404  no such project or item
    │   ├── RateLimitError          429  too many requests, no retries left
    │   └── ServerError             5xx  the service failed
    ├── UnexpectedResponseError a response that does not match the API's contract
    ├── IncompleteError         a load that could not be completed (.partial carries the partial result)
    ├── LockedError             another program keeps one of our files locked
    ├── FileError               a file or folder cannot be written, or cannot be removed
    ├── SnapshotError           no stored snapshot, or one that cannot be trusted
    ├── LeakError               a file to share contains private data; it was not written
    ├── DeliveryError           Slack, GitHub or a webhook did not accept a message (.may_have_arrived)
    ├── TriageError             a batch of changes was stopped (.batch says what was done)
    ├── ReportError             a report failed: its notebook stopped, or no browser can print it
    └── DemoError               the demo server failed

The error of a failed load carries ``partial``, the rows loaded before it failed, and ``snapshot``, the last complete
frame on disk, with its ``snapshot_as_of``. Each is None if there is none.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import polars as pl

    from seggwat_nb.triage.batch import Batch

__all__ = [
    "ApiError",
    "ArgumentError",
    "AuthenticationError",
    "BadRequestError",
    "DeliveryError",
    "DemoError",
    "FileError",
    "ForbiddenError",
    "IncompleteError",
    "LeakError",
    "LockedError",
    "MissingExtraError",
    "NetworkError",
    "NoKeyError",
    "NotFoundError",
    "OptionError",
    "RateLimitError",
    "ReportError",
    "SeggwatError",
    "ServerError",
    "SettingsError",
    "SnapshotError",
    "TriageError",
    "TypoError",
    "UnexpectedResponseError",
]


class SeggwatError(Exception):
    """Base class of all errors that this package raises.

    Attributes
    ----------
    partial : pl.DataFrame or None
        Rows loaded before the load failed; never complete.
    snapshot : pl.DataFrame or None
        The last complete frame on disk, if there is one.
    snapshot_as_of : datetime or None
        When that snapshot was loaded (UTC).
    loaded : mapping of str to pl.DataFrame
        The complete frames of other lists that ``load`` had loaded before, by name.
    retry_after : float or None
        Seconds that a service asked to wait.
    """

    retry_after: float | None = None
    partial: pl.DataFrame | None = None
    snapshot: pl.DataFrame | None = None
    snapshot_as_of: datetime | None = None
    loaded: Mapping[str, pl.DataFrame] = MappingProxyType({})


class SettingsError(SeggwatError, ValueError):
    """Settings are missing or invalid. The message lists all of them."""


class NoKeyError(SettingsError):
    """There is no API key."""


class ArgumentError(SeggwatError, ValueError):
    """An argument is invalid. Nothing was requested."""


class OptionError(ArgumentError, TypeError):
    """A function or class was called with an unknown option. Nothing was requested."""


class TypoError(ArgumentError):
    """A value looks like a typo of a known one. Nothing was requested.

    Parameters
    ----------
    problem
        What is wrong, and which value is probably meant.
    way_out
        How code can pass the value all the same.
    """

    def __init__(self, problem: str, way_out: str = "") -> None:
        super().__init__(f"{problem} {way_out}".strip())
        self.problem = problem
        self.way_out = way_out


class MissingExtraError(SeggwatError, ImportError):
    """A feature requires packages that are not installed. The message names the extra that installs them."""


class NetworkError(SeggwatError, ConnectionError):
    """There was no response: the connection was refused, dropped or timed out.

    Parameters
    ----------
    message
        What happened and what to do.
    was_sent
        Whether the request may have reached the service.
    """

    def __init__(self, message: str, *, was_sent: bool = True) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class ApiError(SeggwatError):
    """The API returned an error status.

    Parameters
    ----------
    message
        What happened and what to do.
    status
        The HTTP status.
    code
        The API's own error code, if any.
    retry_after
        Seconds to wait, if the API named them.
    """

    def __init__(self, message: str, *, status: int, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class BadRequestError(ApiError):
    """400: the API rejected a parameter."""


class AuthenticationError(ApiError):
    """401: the token is missing, invalid or revoked."""


class ForbiddenError(ApiError):
    """403: the token lacks the permission."""


class NotFoundError(ApiError):
    """404 or 410: there is no such project or item, it no longer exists, or the token has no access to it."""


class RateLimitError(ApiError):
    """429: too many requests, and no retries are left."""


class ServerError(ApiError):
    """5xx: the service failed."""


class UnexpectedResponseError(SeggwatError):
    """A response does not match the API's contract, such as a proxy's page or truncated JSON.

    Attributes
    ----------
    set_aside : tuple of str
        The records of a list in which no record could be read, as JSON.
    """

    set_aside: tuple[str, ...] = ()


class IncompleteError(SeggwatError):
    """A load could not be completed. ``partial`` has the rows loaded so far.

    Attributes
    ----------
    failures : mapping of str to SeggwatError
        If some of several projects could not be loaded: why, by project ID. ``partial`` then has the complete rows of
        the other projects.
    """

    failures: Mapping[str, SeggwatError] = MappingProxyType({})


class LockedError(SeggwatError):
    """Another program keeps one of our files locked."""


class FileError(SeggwatError):
    """A file or folder cannot be written or removed. An existing file is unchanged."""


class SnapshotError(SeggwatError):
    """No snapshot is stored, or the stored one is damaged."""


class LeakError(SeggwatError):
    """The output contains the token, a submitter's ID or an e-mail address. Nothing was written or sent."""


class DeliveryError(SeggwatError):
    """Slack, GitHub or a webhook did not accept a message.

    Parameters
    ----------
    message
        What happened and what to do.
    may_have_arrived
        Whether it may have arrived nevertheless.
    passing
        Whether a retry may help.
    retry_after
        Seconds that the service asked to wait.
    status
        The HTTP status, if the service returned one.
    """

    def __init__(
        self,
        message: str,
        *,
        may_have_arrived: bool = False,
        passing: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.may_have_arrived = may_have_arrived
        self.passing = passing
        self.retry_after = retry_after


class TriageError(SeggwatError):
    """A batch of changes was stopped, or its journal cannot be read.

    Attributes
    ----------
    batch : seggwat_nb.triage.Batch or None
        What was changed, skipped and not reached. ``plan.apply()`` or `seggwat_nb.triage.resume` continues.
    """

    batch: Batch | None = None


class ReportError(SeggwatError):
    """A report failed: its notebook stopped at an error, or there is no browser to print with."""


class DemoError(SeggwatError):
    """The demo server failed."""
