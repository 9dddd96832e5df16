"""Searches for patterns in threads that keep them prepared.

To prepare a pattern takes polars milliseconds, often more than the search itself. It keeps the last 32 patterns of each
thread, so a hundred that one thread searched for in turn would be prepared each time. Here each pattern has its thread.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["search_each"]

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")

_THREADS: Final = 5
"""Enough for the patterns of masking: no thread has more than polars keeps."""

_threads_of: Final[dict[str, int]] = {}


def search_each(work: Callable[[str, _Given], _Result], searches: Iterable[tuple[str, _Given]]) -> list[_Result]:
    """Call a function with each pattern and what to search, in the pattern's thread. Results have the order of these.

    The function must only use methods of `polars.Series`, which work in the thread that calls them. Others may need
    polars' own threads, and one of these waits if polars called the function that searches.
    """
    threads = _start_threads(os.getpid())
    started = [threads[_thread_of(pattern)].submit(work, pattern, given) for pattern, given in searches]
    return [one.result() for one in started]


@cache
def _start_threads(process: int) -> list[ThreadPoolExecutor]:  # noqa: ARG001  # a forked process has none of these
    return [ThreadPoolExecutor(1, thread_name_prefix="search") for _ in range(_THREADS)]


def _thread_of(pattern: str) -> int:
    return _threads_of.setdefault(pattern, len(_threads_of) % _THREADS)
