"""What a load will cost, before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seggwat_nb.progress import duration
from seggwat_nb.source.crawl import requests_for
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.source.sync import ListLoader

__all__ = ["Plan", "plan_load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a load will cost.

    Attributes
    ----------
    rows : int
        Length of the list now.
    requests : int
        Requests still to be made; 0 where a young snapshot is served.
    seconds : float
        How long they take under the limit, from now.
    at_least : bool
        Whether it takes more where much has changed since the stored snapshot; how many shows once some are made.
    kept : int
        Pages on disk of a load that was stopped, from which this one goes on; they take no request.
    """

    rows: int
    requests: int
    seconds: float
    at_least: bool = False
    kept: int = 0

    def __str__(self) -> str:
        if not self.requests:
            return f"{counted(self.rows, 'row')}: no request, the stored snapshot is young enough."
        least = "at least " if self.at_least else ""
        cost = f"{least}{counted(self.requests, 'request')}, about {duration(self.seconds)}"
        kept = f" It resumes from {counted(self.kept, 'page')} of a load that was stopped." if self.kept else ""
        return f"{counted(self.rows, 'row')}: {cost}.{kept}"


def plan_load(listing: ListLoader, *, seconds_for: Callable[[int], float]) -> Plan:
    """Tell what loading a list will cost; one request unless a snapshot is stored.

    Parameters
    ----------
    seconds_for
        Tells how long so many requests take under the limit.
    """
    manifest = listing.store.manifest()
    if manifest is not None and listing.is_fresh():
        return Plan(rows=manifest.rows, requests=0, seconds=0)
    if manifest is not None and (least := listing.least_requests()) is not None:
        return Plan(rows=manifest.rows, requests=least, seconds=seconds_for(least), at_least=True)
    rows, kept = listing.total(), listing.kept_pages()
    requests = max(1, requests_for(rows) - kept)
    return Plan(rows=rows, requests=requests, seconds=seconds_for(requests), kept=kept)
