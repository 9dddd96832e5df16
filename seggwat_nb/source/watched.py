"""The requests of a load that is watched: each one stays within the limit, and its progress is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seggwat_nb.source.crawl import requests_for
from seggwat_nb.source.list_order import Places
from seggwat_nb.source.readings import Readings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import polars as pl

    from seggwat_nb.source import responses
    from seggwat_nb.source.checkpoints import Run
    from seggwat_nb.source.frames import Rows
    from seggwat_nb.source.list_requests import ListRequests
    from seggwat_nb.source.load_result import Progress
    from seggwat_nb.source.transport import Api

__all__ = ["WatchedCrawl", "WatchedRefresh"]


class WatchedCrawl:
    """The requests of a crawl, with when each row was read, and in which order.

    Parameters
    ----------
    api, requests
        Send the requests.
    run, rows
        Keep the responses.
    params
        Filters applied by the server.
    watch
        Receives the progress and sets the limit.
    spent
        Requests sent for this load before the crawl.
    now
        Returns the time.
    """

    def __init__(
        self,
        api: Api,
        requests: ListRequests,
        run: Run,
        rows: Rows,
        params: Mapping[str, str],
        *,
        watch: Progress,
        spent: int,
        now: Callable[[], datetime],
    ) -> None:
        self._api, self._requests, self._run, self._rows, self._params = api, requests, run, rows, params
        self._watch, self._now = watch, now
        self._before, self._spent = api.requests_sent, spent
        self._steps_to_come = 0
        self.readings, self.places = Readings(), Places()

    @property
    def crawled(self) -> int:
        """Requests that the crawl has sent."""
        return self._api.requests_sent - self._before

    @property
    def sent(self) -> int:
        """Requests that the load has sent."""
        return self._spent + self.crawled

    def page(self, page: int, limit: int) -> responses.Page:
        """Request a page."""
        self._check()
        before, asked = self._api.requests_sent, self._now()
        read = self._requests.page(self._run, self._rows, self._params, page, limit)
        # A page of an interrupted run was fetched at some time after that run started.
        is_new = self._api.requests_sent > before
        if is_new:
            self._run.mark_fetched(self._now())
        self.readings.note((row.id for row in read.rows), asked if is_new else self._run.started, self._now())
        self.places.note(read.rows)
        self._watch.progress(min(self._run.seen, self._run.total), self._run.total)
        return read

    def has(self, record_id: str) -> bool:
        """Request whether a record is still there."""
        self._check()
        return self._requests.has(self._run, record_id)

    def slower(self, requests: int, reason: str) -> None:
        """Expect more requests than usual."""
        self._steps_to_come = max(requests_for(self._run.total), self._run.steps) + requests
        self._watch.slower(requests, reason)

    def _check(self) -> None:
        expected = max(requests_for(self._run.total), self._steps_to_come) if self._run.steps else 1
        self._watch.check(self.sent, max(1, expected - self._run.steps))


class WatchedRefresh:
    """The requests of a refresh.

    Parameters
    ----------
    api, requests
        Send the requests.
    run, rows
        Keep the responses.
    listed
        The stored rows.
    watch
        Receives the progress and sets the limit.
    """

    def __init__(
        self, api: Api, requests: ListRequests, run: Run, rows: Rows, *, listed: pl.DataFrame, watch: Progress
    ) -> None:
        self._api, self._requests, self._run, self._rows = api, requests, run, rows
        self._listed, self._watch = listed, watch
        self._lists_archived = "archived" in listed.columns and bool(listed["archived"].any())
        self._before = api.requests_sent

    @property
    def sent(self) -> int:
        """Requests that the refresh has sent."""
        return self._api.requests_sent - self._before

    def page(self, selection: Mapping[str, str], page: int, limit: int) -> responses.Page:
        """Request a page of the list, or of a filtered one."""
        self._watch.check(self.sent, 1)
        return self._requests.page(self._run, self._rows, selection, page, limit)

    def item(self, row_id: str) -> responses.Row | None:
        """Request a single item. None if it is no longer in any list."""
        self._watch.check(self.sent, 1)
        return self._requests.item(
            self._run, self._rows, row_id, known=self._listed, lists_archived=self._lists_archived
        )

    def counts(self) -> responses.Counts | None:
        """Request all lengths at once. None if the service does not provide them."""
        self._watch.check(self.sent, 1)
        return self._requests.counts(self._run)

    def estimated(self, requests: int) -> None:
        """Report how many requests the refresh will take, unless these are too many."""
        self._watch.check(self.sent, requests - self.sent)
        self._watch.estimated(requests)
