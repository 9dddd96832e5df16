"""Adds to the errors of a load: the rows read so far, the stored snapshot, and how to resume."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import (
    ApiError,
    AuthenticationError,
    IncompleteError,
    RateLimitError,
    UnexpectedResponseError,
)
from seggwat_nb.source.answers import REFUSED, UnprovenError
from seggwat_nb.source.beliefs import UnsettledError
from seggwat_nb.source.checkpoints import RESUME_WITHIN
from seggwat_nb.source.error_answers import is_passing
from seggwat_nb.source.responses import ShortPageError
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from seggwat_nb.errors import SeggwatError
    from seggwat_nb.source.checkpoints import Run
    from seggwat_nb.source.frames import Rows
    from seggwat_nb.source.manifest import Snapshot

__all__ = [
    "how_to_do_without",
    "how_to_resume",
    "stops_only_refreshes",
    "with_other_lists",
    "with_partial",
    "with_snapshot",
]

_TOO_LATE: Final = "The pages of this load will be too old by then to resume from, so the next load starts over."

_ANEW: Final = "The next load starts over."

_OTHERWISE_ANEW: Final = "A load with another token starts over."

_IF_OTHERWISE: Final = "Loading again only helps if the service then returns something else."

_MINUTE: Final = timedelta(minutes=1)


def with_partial(error: SeggwatError, run: Run, rows: Rows, *, now: datetime) -> SeggwatError:
    """Return an error that says how far the load got and carries its rows. Unchanged if no rows were read."""
    if not run.seen:
        return error
    frame = rows.decode().frame
    got = f"{frame.height:,} of {run.total:,} rows were loaded (`error.partial`)."
    if frame.height > run.total:
        got = f"{frame.height:,} rows were loaded (`error.partial`), including some that have left the list."
    raised = IncompleteError(f"{error} {got} {_what_next(error, run, now=now)}")
    raised.partial, raised.retry_after = frame, error.retry_after
    return raised


def with_snapshot(error: SeggwatError, snapshot: Snapshot | None) -> SeggwatError:
    """Attach the stored snapshot to the error, and mention it in the message."""
    if snapshot is not None:
        frame, as_of = snapshot.frame, snapshot.manifest.facts.started
        error.snapshot, error.snapshot_as_of = frame, as_of
        stored = f"{frame.height:,} rows as of {as_of:%Y-%m-%d %H:%M} UTC ({_age(as_of)} old) are stored"
        error.args = (f"{error} {stored}: refresh='never' serves them.",)
    return error


def stops_only_refreshes(error: SeggwatError) -> bool:
    """Return whether an error that stops a refresh may not stop a load of the whole list."""
    is_refused = isinstance(error, ApiError) and error.status in REFUSED
    return is_refused or isinstance(error, UnsettledError | ShortPageError)


def with_other_lists(error: SeggwatError, loaded: Mapping[str, pl.DataFrame]) -> None:
    """Attach the lists that were completed before another one failed, and mention them in the message."""
    error.loaded = dict(loaded)
    for resource, frame in loaded.items():
        got = f"The {resource} list is complete: {frame.height:,} rows (`error.loaded`)."
        error.args = (f"{error} {got}{how_to_do_without(error)}",)


def how_to_do_without(error: SeggwatError) -> str:
    """Say how to load without ratings if their error may mean that there are none, or none for this token."""
    if not isinstance(error, ApiError) or isinstance(error, AuthenticationError | RateLimitError):
        return ""
    if is_passing(error.status, error.retry_after):
        return ""
    return " If the service has no ratings for you, load without them: ratings=False."


def _what_next(error: SeggwatError, run: Run, *, now: datetime) -> str:
    if isinstance(error, UnprovenError):
        return _ANEW
    if isinstance(error, AuthenticationError):  # Pages are kept for the token that read them.
        return _OTHERWISE_ANEW
    if (error.retry_after or 0) > RESUME_WITHIN.total_seconds():
        return _TOO_LATE
    if isinstance(error, UnexpectedResponseError):
        return f"{_IF_OTHERWISE} {how_to_resume(run, now=now)}"
    return how_to_resume(run, now=now)


def how_to_resume(run: Run, *, now: datetime) -> str:
    """Explain whether the next load resumes where a run stopped, and until when."""
    if run.record is None:
        return "The pages read so far could not be saved, so the next load starts over."
    if not run.pages:
        return _ANEW
    left = RESUME_WITHIN - (now - run.latest)
    if not run.is_resumable(now) or left < _MINUTE:
        return "The pages of this load are too old to resume from, so the next load starts over."
    return (
        f"Load again within {count_of(left // _MINUTE, 'minute')} to resume after page {run.pages}. Nothing is "
        "fetched twice."
    )


def _age(moment: datetime) -> str:
    minutes = int((datetime.now(UTC) - moment).total_seconds() // 60)
    for unit, length in (("days", 24 * 60), ("hours", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit}"
    return f"{minutes} minutes"
