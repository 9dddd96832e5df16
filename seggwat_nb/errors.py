"""What can go wrong, as one tree; every message ends with what to do.

::

    SeggwatError
    ├── SettingsError           settings missing or wrong, all of them at once, before any request
    ├── ArgumentError           an argument that cannot be meant, before any request (also a ValueError)
    │   └── OptionError             an option that a function does not have (also a TypeError)
    ├── MissingExtraError       a package of an extra is not installed (also an ImportError)
    ├── NetworkError            no answer: refused, dropped, timed out
    ├── ApiError                an answer with an error status (.status, .code)
    │   ├── BadRequestError         400  a parameter the API does not take
    │   ├── AuthenticationError     401  token missing, invalid or revoked
    │   ├── ForbiddenError          403  the token may not do this
    │   ├── NotFoundError           404  no such project or item
    │   ├── RateLimitError          429  too many requests, tries used up
    │   └── ServerError             5xx  the service is at fault
    ├── UnexpectedAnswerError   an answer that is no page, item or total as the contract draws it
    ├── IncompleteError         a load that could not be completed (.partial carries the partial result)
    ├── LockedError             another program holds a file of ours and does not let go
    ├── FileError               a file or folder cannot be written, or cannot be removed
    ├── SnapshotError           no stored snapshot, or one that cannot be trusted
    ├── LeakError               a file for others holds what must not leave; it was not written
    ├── DeliveryError           Slack or GitHub did not take a message (.may_have_arrived)
    ├── ReportError             a report could not be made: its notebook stopped, or nothing can print it
    └── DemoError               the demo server could not do what was asked of it

A load that fails carries what is in hand: ``partial``, the rows got before it failed, and ``snapshot``, the
last complete frame on disk with its ``snapshot_as_of``. Each is None where there is none.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import polars as pl

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
    "UnexpectedAnswerError",
]


class SeggwatError(Exception):
    """Base of every error this package raises.

    Attributes
    ----------
    partial : pl.DataFrame or None
        Rows got before a load failed; never complete.
    snapshot : pl.DataFrame or None
        The last complete frame on disk, if there is one.
    snapshot_as_of : datetime or None
        When that snapshot was true (UTC).
    retry_after : float or None
        Seconds that a service asked to wait.
    """

    retry_after: float | None = None
    partial: pl.DataFrame | None = None
    snapshot: pl.DataFrame | None = None
    snapshot_as_of: datetime | None = None


class SettingsError(SeggwatError, ValueError):
    """Settings are missing or wrong; the message lists all of them."""


class NoKeyError(SettingsError):
    """There is no API key."""


class ArgumentError(SeggwatError, ValueError):
    """An argument cannot be meant; nothing was requested."""


class OptionError(ArgumentError, TypeError):
    """A function or class was called with an option that it does not have; nothing was requested."""


class MissingExtraError(SeggwatError, ImportError):
    """A feature requires packages that are not installed; the message names the extra that installs them."""


class NetworkError(SeggwatError, ConnectionError):
    """No answer came: refused, dropped or timed out.

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
    """The API answered with an error status.

    Parameters
    ----------
    message
        What happened and what to do.
    status
        The HTTP status.
    code
        The API's own error code, where it gave one.
    retry_after
        Seconds to wait, where it said so.
    """

    def __init__(self, message: str, *, status: int, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class BadRequestError(ApiError):
    """400: a parameter the API does not take."""


class AuthenticationError(ApiError):
    """401: the token is missing, invalid or revoked."""


class ForbiddenError(ApiError):
    """403: the token may not do this."""


class NotFoundError(ApiError):
    """404: there is no such project or item, or the token does not see it."""


class RateLimitError(ApiError):
    """429: too many requests, and the tries are used up."""


class ServerError(ApiError):
    """5xx: the service is at fault."""


class UnexpectedAnswerError(SeggwatError):
    """An answer is not what the API's contract draws: a proxy's page, cut JSON, another shape."""


class IncompleteError(SeggwatError):
    """A load could not be completed; ``partial`` carries the rows that were got.

    Attributes
    ----------
    failures : mapping of str to SeggwatError
        If some of several projects could not be loaded: why, by project id. ``partial`` then has the complete rows of
        the other projects.
    """

    failures: Mapping[str, SeggwatError] = MappingProxyType({})


class LockedError(SeggwatError):
    """Another program holds a file of ours for longer than we wait."""


class FileError(SeggwatError):
    """A file or folder cannot be written, or cannot be removed; a file that was there before is unchanged."""


class SnapshotError(SeggwatError):
    """No snapshot is stored, or the stored one cannot be trusted."""


class LeakError(SeggwatError):
    """What is to leave holds the token, a submitter's id or an e-mail address; nothing was written or sent."""


class DeliveryError(SeggwatError):
    """Slack or GitHub did not take a message.

    Parameters
    ----------
    message
        What happened and what to do.
    may_have_arrived
        Whether it may be there all the same.
    passing
        Whether another try may help.
    retry_after
        Seconds that the service asked to wait.
    """

    def __init__(
        self, message: str, *, may_have_arrived: bool = False, passing: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived
        self.passing = passing
        self.retry_after = retry_after


class ReportError(SeggwatError):
    """A report could not be made: its notebook stopped at an error, or there is no browser to print with."""


class DemoError(SeggwatError):
    """The demo server could not do what was asked of it."""
