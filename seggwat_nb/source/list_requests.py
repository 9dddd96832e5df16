"""The API requests for one list: pages, single items, and the lengths of the list and its filtered parts.

Each request is a step of a run. Its response is kept until the run ends.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from seggwat_nb.errors import NotFoundError, SeggwatError, UnexpectedResponseError
from seggwat_nb.source import responses
from seggwat_nb.source.error_answers import may_concern_one_kind
from seggwat_nb.source.partial_records import complete_record
from seggwat_nb.source.projects import can_be_requested
from seggwat_nb.source.transport import OPTIONAL, PATIENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from seggwat_nb.source.checkpoints import Run
    from seggwat_nb.source.frames import Rows
    from seggwat_nb.source.transport import Api

__all__ = ["ListRequests"]


class ListRequests:
    """The requests for one list of one project.

    Parameters
    ----------
    api
        Sends the requests.
    resource
        ``"feedback"`` or ``"ratings"``.
    project_id
        The project.
    """

    def __init__(self, api: Api, resource: str, project_id: str) -> None:
        self._api = api
        self._resource = resource
        self._project = f"/projects/{quote(project_id, safe='')}"
        self._unsaid = responses.UnsaidSizes()
        self.path = f"{self._project}/{resource}"

    def page(self, run: Run, rows: Rows, params: Mapping[str, str], page: int, limit: int) -> responses.Page:
        """Request a page, and keep its rows. A filter is optional: the whole list has the same rows."""
        run.steps += 1
        ask = partial(
            self._api.page,
            self.path,
            {**params, "page": page, "limit": limit},
            run=run.id,
            step=run.steps,
            check=responses.Once(
                partial(responses.read_page, key=self._resource, page=page, limit=limit, unsaid=self._unsaid)
            ),
            patience=OPTIONAL if params else PATIENT,
        )
        try:
            read = ask()
        except responses.ShortPageError:
            read = ask()  # If it has as many rows again, all pages have that size.
        run.keep(read)
        rows.add(read.records)
        return replace(read, records=())

    def item(
        self, run: Run, rows: Rows, row_id: str, *, known: pl.DataFrame, lists_archived: bool
    ) -> responses.Row | None:
        """Request one item, and keep its row. None if it is no longer in any list.

        Raises
        ------
        UnexpectedResponseError
            The response lacks the status that the item has, which a refresh requests it for.
        """
        if not can_be_requested(row_id):
            raise UnexpectedResponseError(f"The ID {row_id!r} cannot be part of an address.")
        run.steps += 1
        path = f"{self.path}/{quote(row_id, safe='')}"
        try:
            check = partial(responses.decode_record, row_id=row_id)
            record = self._api.page(path, {}, run=run.id, step=run.steps, check=check, patience=OPTIONAL)
        except NotFoundError:
            return None
        if record.get("archived") is True and not lists_archived:
            return None
        whole = complete_record(record, self._resource, lambda: known)
        if whole.get("status") is not None and "status" not in record:
            raise UnexpectedResponseError("The service returns single items without a status.")
        rows.add([whole])
        return responses.read_row(whole)

    def has(self, run: Run, record_id: str) -> bool:
        """Check whether one record is in the list. An archived record is not."""
        run.steps += 1
        path = f"{self.path}/{quote(record_id, safe='')}"
        try:
            check = responses.Once(partial(responses.decode_record, row_id=record_id))
            record = self._api.page(path, {}, run=run.id, step=run.steps, check=check, patience=OPTIONAL)
        except NotFoundError:
            return False
        return record.get("archived") is not True

    def counts(self, run: Run) -> responses.Counts | None:
        """Request the lengths of all lists in one response, or return None if the service has no summary."""
        run.steps += 1
        path, check = f"{self._project}/summary", responses.read_counts
        try:
            return self._api.page(path, {}, run=run.id, step=run.steps, check=check, patience=OPTIONAL)
        except SeggwatError as error:
            if not may_concern_one_kind(error):
                raise
            return None

    def total(self) -> int:
        """Request the length of the list. Takes one request, cached for five minutes."""
        check = partial(responses.read_page, key=self._resource, page=1, limit=1, unsaid=self._unsaid)
        return self._api.get(self.path, {"page": 1, "limit": 1}, check=check).total
