"""Generates the history of the demo project: what two loads a week would have seen before the first real one.

The API only returns the current state of items, so there is no history before the first load. But the demo's story is
known, so its history can be generated exactly as such loads would have recorded it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.demo.story import stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = ["WEEKS", "Past", "load_moments", "past"]

WEEKS: Final = 16
"""How many weeks of history the demo project starts with."""

_STEP: Final = timedelta(days=3.5)
"""Two loads a week: with only one, it would be unclear in which week something happened."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the loads saw.

    Attributes
    ----------
    moment : datetime
        When the last load was.
    records : list of dict
        The items at that time, in the API's format.
    changes : list of dict
        The status changes between loads, with the columns of `seggwat_nb.schema.HISTORY`.
    """

    moment: datetime
    records: list[dict[str, Any]]
    changes: list[dict[str, Any]]


def load_moments(*, last: datetime, weeks: int = WEEKS) -> list[datetime]:
    """Return the times of two loads a week up to the last one."""
    steps = round(timedelta(weeks=weeks) / _STEP)
    return [last - step * _STEP for step in range(steps, -1, -1)]


def past(records: Iterable[Mapping[str, Any]], moments: list[datetime], *, end: datetime) -> Past:
    """Determine what loads at given times would have seen.

    Parameters
    ----------
    records
        Feedback in the API's format, as of the end of the story.
    moments
        When the loads were, in order.
    end
        When the story ends.
    """
    known: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for record in records:
        # If there are several stages between two loads, the later load saw the last one.
        seen = {bisect_left(moments, since): stage for since, stage in stages(record, end=end)}
        seen.pop(len(moments), None)
        steps = sorted(seen)
        changes += [
            {
                "id": record["id"],
                "project_id": record["project_id"],
                "field": "status",
                "old": seen[before]["status"],
                "new": seen[step]["status"],
                "earliest": moments[step - 1],
                "latest": moments[step],
            }
            for before, step in pairwise(steps)
            if seen[before]["status"] != seen[step]["status"]
        ]
        known += [seen[steps[-1]]] if steps else []
    return Past(moments[-1], known, sorted(changes, key=lambda change: (change["latest"], change["id"])))
