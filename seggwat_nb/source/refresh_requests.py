"""What a refresh asks of the API: how many requests it has made, how many it may, and when it read which row."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from seggwat_nb.errors import SeggwatError
from seggwat_nb.source.beliefs import UnsettledError
from seggwat_nb.source.readings import Readings
from seggwat_nb.source.responses import Counts, Page, Row

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Ask", "AskOne", "RefreshRequests"]

Ask = Callable[[Mapping[str, str], int, int], Page]
"""Asks for a page (from 1) of a limit of the list with a selection, now; never answered from memory."""

AskOne = Callable[[str], Row | None]
"""Asks for one item by its id, now; None if it is not in the list any more."""


class RefreshRequests:
    """The requests of one refresh.

    Parameters
    ----------
    page, one, count
        Ask for a page, for one item, and for all lengths at once; ``count`` is None if the service does not return
        them, and returns None once that is found out.
    now
        Returns the time.
    biggest
        The largest page to request; adapted if the server returns fewer rows.

    Attributes
    ----------
    made, reread : int
        All requests, and those that only read old pages again.
    most : float
        The most requests, not counting rereads.
    readings : Readings
        When which row was read.
    moments : tuple of datetime
        The start and end of the last request; set by the first one.
    counted : bool or None
        Whether the service returns all lengths in one answer; None if not known yet.
    refused : SeggwatError or None
        The last error of the sender.
    """

    moments: tuple[datetime, datetime]

    def __init__(
        self,
        page: Ask,
        one: AskOne,
        count: Callable[[], Counts | None] | None,
        *,
        now: Callable[[], datetime],
        biggest: int,
    ) -> None:
        self._page, self._one, self._count, self._now = page, one, count, now
        self.biggest = biggest
        self.made = self.reread = 0
        self.most = math.inf
        self.readings = Readings()
        self.counted: bool | None = None
        self.refused: SeggwatError | None = None

    def page(self, selection: Mapping[str, str], page: int, limit: int) -> Page:
        """Ask for a page of the list with a selection."""
        self._check()
        asked = self._now()
        try:
            window = self._page(selection, page, limit)
        except SeggwatError as error:
            self.refused = error
            raise
        self.made += 1
        self.moments = asked, self._now()
        self.readings.note((row.id for row in window.rows), *self.moments)
        if window.limit < limit:
            self.biggest = window.limit
        return window

    def item(self, row_id: str) -> Row | None:
        """Request one item; None if it is no longer in the list."""
        self._check()
        asked = self._now()
        row = self._one(row_id)
        self.made += 1
        self.moments = asked, self._now()
        if row is not None:
            self.readings.note([row.id], *self.moments)
        return row

    @property
    def may_count(self) -> bool:
        """Whether the service may tell all lengths in one answer."""
        return self._count is not None

    def counts(self) -> Counts | None:
        """Ask for all lengths in one answer; None if the service does not tell them."""
        if self._count is None:
            return None
        self.made += 1
        counts = self._count()
        self.counted = counts is not None
        if counts is None:
            self._count = None
        return counts

    def distrust_counts(self) -> None:
        """Do not ask for all lengths at once again: they are not those of the lists."""
        self._count, self.counted = None, False

    def _check(self) -> None:
        if self.made + 1 - self.reread > self.most:
            raise UnsettledError("so much has changed that a full load takes no more requests")
