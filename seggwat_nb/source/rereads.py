"""Chooses the old pages that a refresh rereads, so that every row is read at least once a week.

A full load reads every row at once, so a week later every row would be due at once. Therefore each refresh rereads its
share, just enough that no later refresh has more to do. The rows due next come first. The rest is spread over the list
like the teeth of a comb, which moves down with every refresh. Windows all over the list also narrow down where a search
by lengths has to look.
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
"""Share of the longest age at which a row is due, with some slack because refreshes are not regular."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows that fit into one window: the key of the first, and the number of the run of adjacent rows it is in."""

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
    """Choose windows that show the rows to reread now.

    Parameters
    ----------
    keys, read_at
        Key of each row, in the list's order, and when it was last read (microseconds).
    is_read
        Which rows this refresh has already read.
    now, last
        When this refresh and the last load started (microseconds). If ``last`` is None, the oldest reading is used.
    full_after
        The longest allowed time since a row was last read.
    biggest
        Number of rows in a window.
    """
    at = np.flatnonzero(~is_read)
    if not len(at):
        return []
    elapsed = max(1, now - (int(read_at.min()) if last is None else last))
    due = read_at + int(full_after / timedelta(microseconds=1) * EARLY)
    # Cohorts of rows of the same age, oldest first.
    cohorts = (read_at - int(read_at.min())) // elapsed
    ages = np.unique(cohorts[at])
    # At least the rows due before the next refresh, and enough that no later refresh has more to do.
    chosen = _cover(at[due[at] <= now + elapsed], keys, biggest)
    quota = float(len(chosen))
    for age in ages:
        left = max(int(due[at[cohorts[at] == age]].min()) - now, elapsed)
        quota = max(quota, len(_cover(at[cohorts[at] <= age], keys, biggest)) * elapsed / left)
    # Complete cohorts, then part of the last one, spread over the list like the teeth of a comb.
    others = at[due[at] > now + elapsed]
    for age in ages:
        windows = _cover(others[cohorts[others] == age], keys, biggest)
        room = math.ceil(quota - 1e-6) - len(chosen)
        if len(windows) >= room:
            return chosen + _teeth(windows, room)
        chosen = chosen + windows
    return chosen


def _cover(at: npt.NDArray[np.intp], keys: npt.NDArray[np.int64], biggest: int) -> list[Stretch]:
    """Cover rows, given by position, with windows."""
    stretches = []
    i = run = 0
    while i < len(at):
        if i and at[i] != at[i - 1] + 1:
            run += 1
        stretches.append(Stretch(int(keys[at[i]]), run))
        i = int(np.searchsorted(at, at[i] + biggest))
    return stretches


def _teeth(windows: list[Stretch], number: int) -> list[Stretch]:
    """Choose some windows: the first of each run, so that runs stay together, then others at even distances."""
    tops: list[Stretch] = []
    others: list[Stretch] = []
    for above, window in zip([None, *windows], windows, strict=False):
        (others if above is not None and above.run == window.run else tops).append(window)
    if len(tops) >= number:
        return _evenly(tops, number)
    return tops + _evenly(others, number - len(tops))


def _evenly(windows: list[Stretch], number: int) -> list[Stretch]:
    return [windows[at * len(windows) // number] for at in range(number)]
