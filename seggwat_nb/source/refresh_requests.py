"""The API requests of a refresh: how many were made, how many are allowed, and when each row was read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seggwat_nb.errors import SeggwatError
from seggwat_nb.source.beliefs import UnsettledError
from seggwat_nb.source.error_answers import may_concern_one_kind
from seggwat_nb.source.learned import ObstacleError
from seggwat_nb.source.readings import Readings
from seggwat_nb.source.responses import Counts, Page, Row

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.source.page_sizes import PageSizes

__all__ = ["Ask", "AskOne", "Lengths", "RefreshRequests"]

Ask = Callable[[Mapping[str, str], int, int], Page]
"""Requests a page, numbered from 1, of the list with a given filter and limit. Never answered from a cache."""

AskOne = Callable[[str], Row | None]
"""Requests one item by ID. None if it is no longer in the list. Never answered from a cache."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """The lengths of the service's lists, from one response or a few consecutive ones."""

    statuses: Mapping[str, int]
    types: Mapping[str, int] | None
    add_up: bool


class RefreshRequests:
    """The requests of one refresh.

    Parameters
    ----------
    page, one, count
        Request a page, one item, and all lengths at once. ``count`` is None if the service is known not to provide the
        lengths, and returns None if that turns out.
    now
        Returns the time.
    sizes
        The sizes of the server's pages.

    Attributes
    ----------
    made, reread : int
        All requests, and those that only reread old pages.
    most : float
        The most requests, not counting rereads.
    readings : Readings
        When each row was read.
    moments : tuple of datetime
        Start and end of the last request. Set by the first one.
    counted : bool or None
        Whether the service returns all lengths in one response. None if not known yet.
    distrusted : bool
        Whether the response with all lengths does not match the lists.
    no_items : ObstacleError or None
        Why single items cannot be requested. None if that is not known.
    is_optional : bool
        Whether the last page that was requested is one of a filtered list, which a full load does not need.
    """

    moments: tuple[datetime, datetime]

    def __init__(
        self,
        page: Ask,
        one: AskOne,
        count: Callable[[], Counts | None] | None,
        *,
        now: Callable[[], datetime],
        sizes: PageSizes,
    ) -> None:
        self._page, self._one, self._count, self._now = page, one, count, now
        self.sizes = sizes
        self.made = self.reread = 0
        self.most = math.inf
        self.readings = Readings()
        self.counted: bool | None = None
        self._raised: list[SeggwatError] = []
        self.no_items: ObstacleError | None = None
        self.is_optional = self.distrusted = False

    def page(self, selection: Mapping[str, str], page: int, limit: int) -> Page:
        """Request a page of the list with a filter."""
        self._check()
        asked, self.is_optional = self._now(), bool(selection)
        try:
            window = self._page(selection, page, limit)
        except SeggwatError as error:
            self._raised.append(error)
            raise
        self.made += 1
        self.moments = asked, self._now()
        self.readings.note((row.id for row in window.rows), *self.moments)
        self.sizes.learn(limit, window.limit)
        return window

    def has_raised(self, error: Exception) -> bool:
        """Whether a request for a page raised an error, which may be the first of several with ever smaller limits."""
        return any(error is one for one in self._raised)

    def item(self, row_id: str) -> Row | None:
        """Request one item, or return None if it is no longer in the list.

        Raises
        ------
        ObstacleError
            The service does not return single items. Windows of the list show the same.
        """
        self._check()
        asked = self._now()
        try:
            row = self._one(row_id)
        except SeggwatError as error:
            if not may_concern_one_kind(error):
                raise
            self.no_items = ObstacleError("an item that may have changed cannot be requested", cause=error)
            raise self.no_items from error
        self.made += 1
        self.moments = asked, self._now()
        if row is not None:
            self.readings.note([row.id], *self.moments)
        return row

    @property
    def may_count(self) -> bool:
        """Whether the service may return all lengths in one response."""
        return self._count is not None

    def counts(self) -> Counts | None:
        """Request all lengths in one response, or return None if the service does not provide them."""
        if self._count is None:
            return None
        self.made += 1
        counts = self._count()
        self.counted = counts is not None
        if counts is None:
            self._count = None
        return counts

    def distrust_counts(self) -> None:
        """Stop requesting all lengths at once, because they do not match the lists."""
        self._count, self.counted, self.distrusted = None, False, True

    def _check(self) -> None:
        if self.made + 1 - self.reread > self.most:
            raise UnsettledError("so much has changed that a full load takes no more requests")
