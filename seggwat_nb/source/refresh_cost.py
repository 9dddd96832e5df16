"""The number of requests that a refresh takes if nothing has changed, and the most that it may plan for."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from seggwat_nb.schema import STATUSES
from seggwat_nb.source.crawl import requests_for
from seggwat_nb.source.page_sizes import BIGGEST_PAGE
from seggwat_nb.source.rereads import EARLY

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BUDGET", "GATE", "least_requests", "with_empty_lists"]

BUDGET: Final = 38
"""The most requests that a refresh plans for: two minutes at the service's limit of 20 per minute."""

GATE: Final = timedelta(hours=1)
"""If every status was verified this recently, a refresh may stop as soon as the lengths agree."""


def least_requests(rows: int, lengths: Mapping[str, int] | None, *, counted: bool, may_stop: bool, share: float) -> int:
    """Return how many requests a refresh takes if nothing has changed.

    Parameters
    ----------
    rows
        Length of the list.
    lengths
        Lengths of its status lists, including the empty ones. None if rows have no status.
    counted
        Whether the service returns all lengths in one response.
    may_stop
        Whether every status was verified so recently that matching lengths are enough.
    share
        Time since the last load, as a share of the longest allowed time since a row was last read.

    Examples
    --------
    >>> lists = {"New": 150, "Active": 50, "Resolved": 1800}
    >>> least_requests(2000, lists, counted=True, may_stop=True, share=0.0)
    2
    >>> least_requests(2000, lists, counted=True, may_stop=False, share=1 / 7)
    11
    """
    asked = 0 if lengths is None else 1 if counted else max(len(lengths), 1)
    if may_stop:
        return 1 + asked
    rereads = min(math.ceil(rows / BIGGEST_PAGE), math.ceil(share / EARLY * rows / BIGGEST_PAGE))
    if lengths is None:
        return 1 + rereads
    planned = 1 + 2 * asked + (not counted) + rereads
    for number in sorted(lengths.values())[:-1]:
        cost = requests_for(number) - (not counted)
        if planned + cost > BUDGET:
            break
        planned += cost
    return planned


def with_empty_lists(lengths: Mapping[str, int]) -> dict[str, int]:
    """Add the status lists without items to the others, since a refresh reads them too.

    Examples
    --------
    >>> with_empty_lists({"new": 3, "Active": 1, "Hold": 2, "Closed": 9})
    {'Assigned': 0, 'Resolved': 0, 'new': 3, 'Active': 1, 'Hold': 2, 'Closed': 9}
    """
    spelled = {value.casefold() for value in lengths}
    return dict.fromkeys((value for value in STATUSES if value.casefold() not in spelled), 0) | dict(lengths)
