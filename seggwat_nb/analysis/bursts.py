"""Reduces bursts in daily counts, so that an old campaign does not hide what comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from seggwat_nb.analysis.overdispersion import WEEK

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["calm_weeks", "in_blocks"]

_BUSY: Final = 0.8
"""A busy week has at least as many items as this share of all weeks."""

_BURST: Final = 2
_BURST_LEAST: Final = 3.0
"""A burst has more than this many times the items of a busy week, plus this many items."""

_AFTERWARDS: Final = 4
"""Number of weeks after a burst, at least half of which are usual ones. Otherwise, it is a new level."""

_FEWEST_WEEKS: Final = 5
"""Minimum number of weeks that show what a busy one is."""


def calm_weeks(daily: Floats, first: Integers) -> Floats:
    """Reduce weeks with far more items than others, followed by usual ones, to busy weeks.

    Parameters
    ----------
    daily
        Items of several values (a row for each) by day. Weeks end on the last day.
    first
        The day of each value's first item.

    Examples
    --------
    >>> weeks = np.repeat([[2.0, 2, 3, 90, 2, 2, 2, 3, 2]], 7, axis=1)
    >>> calm_weeks(weeks, np.array([0]))[0, ::7].tolist()
    [2.0, 2.0, 3.0, 3.0, 2.0, 2.0, 2.0, 3.0, 2.0]
    """
    number, days = daily.shape
    early = -days % WEEK
    padded = np.concatenate([np.zeros((number, early)), daily], axis=1)
    weekly = padded.reshape(number, -1, WEEK).sum(axis=2)
    is_known = np.arange(weekly.shape[1]) >= ((first + early) // WEEK)[:, None]
    known = is_known.sum(axis=1, keepdims=True)
    busy = np.take_along_axis(np.sort(np.where(is_known, weekly, np.inf), axis=1), (_BUSY * (known - 1)).astype(int), 1)
    most = _BURST * busy + _BURST_LEAST
    after = np.concatenate([weekly[:, 1:] <= most, np.zeros((number, _AFTERWARDS), np.bool_)], axis=1)
    usual_after = np.lib.stride_tricks.sliding_window_view(after, _AFTERWARDS, axis=1).sum(axis=2)
    known_after = np.fmin(np.arange(weekly.shape[1])[::-1], _AFTERWARDS)
    is_over = usual_after >= np.fmax(known_after / 2, 1)
    is_burst = is_known & (weekly > most) & is_over & (known >= _FEWEST_WEEKS)
    scale = np.where(is_burst, busy / np.where(is_burst, weekly, 1.0), 1.0)
    found: Floats = daily * np.repeat(scale, WEEK, axis=1)[:, early:]
    return found


def in_blocks(daily: Floats, length: int, number: Integers) -> Floats:
    """Sum the last days in this many blocks. All earlier ones are empty."""
    blocks = daily.shape[1] // length
    sums: Floats = daily[:, daily.shape[1] - blocks * length :].reshape(len(daily), blocks, length).sum(axis=2)
    sums[np.arange(blocks) < blocks - number[:, None]] = 0.0
    return sums
