"""Weeks of the demo project in seconds: how its items came and were answered, seen by two loads a week.

A newcomer has loaded once, so nothing is known of what changed. Here the server is taken step by step through what came
to pass, and each step is loaded at its own time, so that the history is what a user has after so many weeks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.demo.plans import Edit, Insert
from seggwat_nb.demo.story import as_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from seggwat_nb.demo.plans import Change

__all__ = ["past"]

_STEP: Final = timedelta(days=3.5)
"""Two loads a week: the history of one a week could not tell in which week anything happened."""


def past(
    records: Iterable[Mapping[str, Any]], *, weeks: int, now: datetime, end: datetime
) -> Iterator[tuple[datetime, list[Change]]]:
    """Tell what happens up to each load, so that the last one leaves the records as they are now.

    Parameters
    ----------
    records
        Feedback in the API's shape, as it is when the story ends.
    weeks
        How many weeks pass; one more moment comes first, at which everything older is there.
    now
        When the last of them ends, and the last load is.
    end
        When the story ends.

    Yields
    ------
    datetime, list of Change
        A moment, and what happened since the one before.
    """
    kept = list(records)
    before: dict[str, dict[str, Any]] = {}
    for step in range(round(timedelta(weeks=weeks) / _STEP), -1, -1):
        moment = now - step * _STEP
        known = {record["id"]: record for record in as_of(kept, moment, end=end)}
        changes: list[Change] = [Insert(record) for name, record in known.items() if name not in before]
        changes += [
            Edit(name, {key: value for key, value in record.items() if before[name].get(key) != value})
            for name, record in known.items()
            if name in before and before[name] != record
        ]
        yield moment, changes
        before = known
