"""Uses a second core. Python runs one thread at a time, but polars and numpy let others run while they compute."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["side_by_side"]

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")

_LEAST: Final = 50_000
"""Minimum number of rows. With fewer, threads wait for each other longer than they compute."""
_THREADS: Final = 2
"""More would hardly be faster, since Python runs one at a time, and would take more memory."""


def side_by_side(work: Callable[[_Part], _Result], parts: Sequence[_Part], *, rows: int) -> list[_Result]:
    """Do the same work for several parts, two at a time if it is about many rows. Results have the order of the parts.

    Do not use it in a function that polars calls: its threads would wait for those that work here, and these for them.

    Examples
    --------
    >>> side_by_side(len, ["one", "three"], rows=8)
    [3, 5]
    """
    if len(parts) <= 1 or rows < _LEAST:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, parts))
