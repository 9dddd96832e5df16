"""Weeks of the demo project in seconds: how its items came and were answered, seen by two loads a week.

A newcomer has loaded once, so nothing is known of what changed. Here the demo's items get a past that ends where the
story ends: New at first, then Active for most, then as they are. The server is taken through it step by step, and each
step is loaded at its own time, so that the history of the demo project is what a user has after so many weeks.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.demo.plans import Edit, Insert
from seggwat_nb.demo.state import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from seggwat_nb.demo.plans import Change

__all__ = ["as_of", "past"]

_STEP: Final = timedelta(days=3.5)
"""Two loads a week: the history of one a week could not tell in which week anything happened."""


def past(records: Iterable[Mapping[str, Any]], *, weeks: int, end: datetime) -> Iterator[tuple[datetime, list[Change]]]:
    """Tell what happens up to each load, so that the last one leaves the records as they are.

    Parameters
    ----------
    records
        Feedback in the API's shape.
    weeks
        How many weeks pass; one more moment comes first, at which everything older is there.
    end
        When the last of them ends, and the last load is.

    Yields
    ------
    datetime, list of Change
        A moment, and what happened since the one before.
    """
    kept = list(records)
    before: dict[str, dict[str, Any]] = {}
    for step in range(round(timedelta(weeks=weeks) / _STEP), -1, -1):
        moment = end - step * _STEP
        now = {record["id"]: record for record in as_of(kept, moment, end=end)}
        changes: list[Change] = [Insert(record) for name, record in now.items() if name not in before]
        changes += [
            Edit(name, {"status": record["status"]})
            for name, record in now.items()
            if name in before and before[name]["status"] != record["status"]
        ]
        yield moment, changes
        before = now


def as_of(records: Iterable[Mapping[str, Any]], moment: datetime, *, end: datetime) -> Iterator[dict[str, Any]]:
    """Write the records as they were at a moment; those that came later are left out."""
    for record in records:
        created = moment_of(record)
        if created > moment:
            continue
        chance = random.Random(record["id"])  # noqa: S311  # a story, no secret
        first, then = sorted(chance.betavariate(1, 6) for _ in range(2))
        span = max(end - created, timedelta(0))
        if moment >= min(created + then * span, end):
            yield dict(record)
        elif moment >= created + first * span and record["status"] != "New":
            yield {**record, "status": "Active"}
        else:
            yield {**record, "status": "New"}
