"""Estimates how many requests a load will take before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seggwat_nb.progress import duration
from seggwat_nb.source.crawl import requests_for
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.source.sync import ListLoader

__all__ = ["Plan", "plan_load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many requests a load will take, and how long.

    Attributes
    ----------
    rows : int
        Current length of the list.
    requests : int
        Estimated number of requests. 0 if a recent snapshot is served.
    seconds : float
        How long they will take from now on, under the request limit.
    at_least : bool
        Whether more requests may be needed, depending on how much has changed since the stored snapshot.
    kept : int
        Pages of an interrupted load that are stored on disk and need no request.
    """

    rows: int
    requests: int
    seconds: float
    at_least: bool = False
    kept: int = 0

    def __str__(self) -> str:
        if not self.requests:
            return f"{count_of(self.rows, 'item')}: no requests, since the stored snapshot is recent enough."
        about = "at least " if self.at_least else "about " if self.requests > 1 else ""
        cost = f"{about}{count_of(self.requests, 'request')} ({duration(self.seconds)})"
        kept = f" It resumes an interrupted load ({count_of(self.kept, 'page')} stored)." if self.kept else ""
        return f"{count_of(self.rows, 'item')}: {cost}.{kept}"


def plan_load(listing: ListLoader, *, full: bool, seconds_for: Callable[[int], float]) -> Plan:
    """Estimate how many requests loading a list will take. Sends one unless a snapshot is stored, or for a full load.

    Parameters
    ----------
    full
        Whether the load reads every row, even if a snapshot is stored.
    seconds_for
        Returns how long a number of requests will take under the limit.
    """
    manifest = None if full else listing.store.manifest()
    if manifest is not None and listing.is_fresh():
        return Plan(rows=manifest.rows, requests=0, seconds=0)
    if manifest is not None and (least := listing.least_requests()) is not None:
        return Plan(rows=manifest.rows, requests=least, seconds=seconds_for(least), at_least=True)
    rows, kept = listing.total(), listing.count_stored_pages()
    requests = max(1, requests_for(rows) - kept)
    return Plan(rows=rows, requests=requests, seconds=seconds_for(requests), kept=kept)
