"""What loads have learned about the service, so that the next one does not repeat in vain what a refresh needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import ApiError, SeggwatError
from seggwat_nb.secret import without_tokens
from seggwat_nb.source.beliefs import UnsettledError
from seggwat_nb.source.error_answers import is_passing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seggwat_nb.source.manifest import Facts

__all__ = ["Learned", "ObstacleError"]

_LASTING: Final = timedelta(days=1)
_PASSING: Final = timedelta(hours=1)
"""How long no refresh is tried after one that the service made impossible, presumably for good or for a while."""


class ObstacleError(UnsettledError):
    """The service does not do what a refresh needs.

    Parameters
    ----------
    message
        What it does not do.
    cause
        The error of the request. None if it was answered.
    """

    def __init__(self, message: str, *, cause: SeggwatError | None = None) -> None:
        super().__init__(message if cause is None else f"{message} ({str(cause).rstrip('.')})")
        may_pass = cause is not None and not (isinstance(cause, ApiError) and not is_passing(cause.status))
        self.lasts = _PASSING if may_pass else _LASTING


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known about the service. Stored with a snapshot, and forgotten by ``refresh="full"``.

    Attributes
    ----------
    has_counts : bool or None
        Whether the service returns all lengths in one response that match its lists. None if not known yet.
    no_refresh : str or None
        Why it does not allow refreshes, as text to show.
    no_refresh_until : datetime or None
        Until when.
    """

    has_counts: bool | None = None
    no_refresh: str | None = None
    no_refresh_until: datetime | None = None

    @classmethod
    def of(cls, facts: Facts, now: datetime) -> Learned:
        """Return what is known from earlier loads and still valid."""
        until = facts.no_refresh_until
        if until is None or not timedelta(0) < until - now <= _LASTING:
            return cls(facts.has_counts)
        return cls(facts.has_counts, facts.no_refresh, until)

    def after(self, reason: SeggwatError, now: datetime) -> Learned:
        """Add what the reason for giving up a refresh shows."""
        learned = self
        if isinstance(reason, UnsettledError) and reason.counted is not None:
            learned = replace(learned, has_counts=reason.counted)
        if isinstance(reason, ObstacleError):
            learned = replace(learned, no_refresh=without_tokens(str(reason)), no_refresh_until=now + reason.lasts)
        return learned

    def after_crawl(self, equal: Mapping[str, int], on_one_page: Mapping[str, int], now: datetime) -> Learned:
        """Add that equal records without an ID are on several pages, so that no length of a stretch can be expected.

        Parameters
        ----------
        equal, on_one_page
            How many equal ones there are, by the ID generated for them: in the list, and the most on one page.
        now
            The time.
        """
        if all(number <= on_one_page.get(row_id, 1) for row_id, number in equal.items()):
            return self
        return self.after(ObstacleError("equal records without an ID are on several pages"), now)
