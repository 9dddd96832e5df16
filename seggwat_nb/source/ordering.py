"""Finds which rows of a list are in chronological order."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["longest_ordered"]


def longest_ordered(values: Sequence[float]) -> list[int]:
    """Find the positions of the longest non-decreasing subsequence by patience sorting.

    Examples
    --------
    >>> longest_ordered([1, 2, 9, 3, 3, 4])
    [0, 1, 3, 4, 5]
    """
    if all(earlier <= later for earlier, later in pairwise(values)):
        return list(range(len(values)))
    ends: list[float] = []
    last: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        length = bisect_right(ends, value)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [value]
        last[length : length + 1] = [place]
    chosen: list[int] = []
    place = last[-1]
    while place >= 0:
        chosen.append(place)
        place = before[place]
    return chosen[::-1]
