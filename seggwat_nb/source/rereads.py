"""Which old pages a refresh reads again, so that no row's last reading grows older than a week.

A full load reads every row at once, and a week later every row would fall due at once. So each refresh pays its share
of the debt: as much as it takes that no later one has more to do. What falls due next comes first. The rest is spread
over the list like the teeth of a comb, each of which moves down at every refresh: windows all over the list also tell
a search by lengths where it need not look.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["EARLY", "Stretch", "stale"]

EARLY: Final = 13 / 14
"""Share of the longest age at which a row falls due: refreshes do not come by the clock."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows that a window can show: the key of the first, and which run of neighbours they belong to."""

    key: int
    run: int


def stale(
    keys: npt.NDArray[np.int64],
    read_at: npt.NDArray[np.int64],
    is_read: npt.NDArray[np.bool_],
    *,
    now: int,
    last: int | None,
    full_after: timedelta,
    biggest: int,
) -> list[Stretch]:
    """Choose windows over the rows that are to be read again now.

    Parameters
    ----------
    keys, read_at
        Of each row, in the list's order: its key, and when it was last read (microseconds).
    is_read
        Which rows this refresh has read already.
    now, last
        When this refresh began, and the last load (microseconds); None takes the oldest reading for the last load.
    full_after
        No row's last reading may grow older.
    biggest
        Rows that a window shows.
    """
    at = np.flatnonzero(~is_read)
    if not len(at):
        return []
    elapsed = max(1, now - (int(read_at.min()) if last is None else last))
    due = read_at + int(full_after / timedelta(microseconds=1) * EARLY)
    # Cohorts of one age, the oldest first.
    cohorts = (read_at - int(read_at.min())) // elapsed
    ages = np.unique(cohorts[at])
    # At least what falls due before another refresh comes, and so much that no later one has more to do.
    chosen = _covered(at[due[at] <= now + elapsed], keys, biggest)
    quota = float(len(chosen))
    for age in ages:
        left = max(int(due[at[cohorts[at] == age]].min()) - now, elapsed)
        quota = max(quota, len(_covered(at[cohorts[at] <= age], keys, biggest)) * elapsed / left)
    # Whole cohorts; of the last, teeth of a comb that goes down the list.
    others = at[due[at] > now + elapsed]
    for age in ages:
        windows = _covered(others[cohorts[others] == age], keys, biggest)
        room = math.ceil(quota - 1e-6) - len(chosen)
        if len(windows) >= room:
            return chosen + _teeth(windows, room)
        chosen = chosen + windows
    return chosen


def _covered(at: npt.NDArray[np.intp], keys: npt.NDArray[np.int64], biggest: int) -> list[Stretch]:
    """Cover rows, by their places, with windows."""
    stretches = []
    i = run = 0
    while i < len(at):
        if i and at[i] != at[i - 1] + 1:
            run += 1
        stretches.append(Stretch(int(keys[at[i]]), run))
        i = int(np.searchsorted(at, at[i] + biggest))
    return stretches


def _teeth(windows: list[Stretch], number: int) -> list[Stretch]:
    """Choose some windows: the first of each run, so that runs are not broken up, and between them evenly."""
    tops: list[Stretch] = []
    others: list[Stretch] = []
    for above, window in zip([None, *windows], windows, strict=False):
        (others if above is not None and above.run == window.run else tops).append(window)
    if len(tops) >= number:
        return _evenly(tops, number)
    return tops + _evenly(others, number - len(tops))


def _evenly(windows: list[Stretch], number: int) -> list[Stretch]:
    return [windows[at * len(windows) // number] for at in range(number)]
