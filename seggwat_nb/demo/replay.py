"""The weeks before a first load of the demo project: what two loads a week would have seen of it.

The API tells only how an item is now, so a newcomer knows nothing of what changed. The demo's story does know, and the
history that it gives is the one that such loads would have written.
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
"""So many weeks of history does the demo project arrive with."""

_STEP: Final = timedelta(days=3.5)
"""Two loads a week: from one load a week nobody could tell in which week something happened."""


@dataclass(frozen=True, slots=True)
class Past:
    """What was seen by the last of the loads.

    Attributes
    ----------
    moment : datetime
        When that load was.
    records : list of dict
        The items as they were then, in the API's shape.
    changes : list of dict
        The changes of status between two loads, with the columns of `seggwat_nb.schema.HISTORY`.
    """

    moment: datetime
    records: list[dict[str, Any]]
    changes: list[dict[str, Any]]


def load_moments(*, last: datetime, weeks: int = WEEKS) -> list[datetime]:
    """List the moments of two loads a week, of which the last is given."""
    steps = round(timedelta(weeks=weeks) / _STEP)
    return [last - step * _STEP for step in range(steps, -1, -1)]


def past(records: Iterable[Mapping[str, Any]], moments: list[datetime], *, end: datetime) -> Past:
    """Work out what loads at some moments would have seen.

    Parameters
    ----------
    records
        Feedback in the API's shape, as it is when the story ends.
    moments
        When the loads were, in order.
    end
        When the story ends.
    """
    known: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for record in records:
        # Of several stages between two loads, the later load saw the last.
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
