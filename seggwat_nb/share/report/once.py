"""Computes parts of a report once, also if two threads ask for them, and ahead of time in a second thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["computing_ahead", "once", "with_parts"]

_Data = TypeVar("_Data")
_Part = TypeVar("_Part")


def once(work: Callable[[_Data], _Part]) -> Callable[[_Data], _Part]:
    """Compute something once for each object, which keeps it. Other threads wait for it meanwhile.

    Since Python 3.12, `functools.cached_property` computes it in every thread that asks before it is known.
    """
    name = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def known(data: _Data) -> _Part:
        held = _parts(data)
        lock: RLock = held.setdefault(f"lock of {name}", RLock())
        with lock:
            if name not in held:
                held[name] = work(data)
            part: _Part = held[name]
        return part

    return known


def _parts(data: object) -> dict[str, Any]:
    """Return the parts of an object."""
    held: dict[str, Any] = vars(data).setdefault("parts computed once", {})
    return held


def with_parts(data: _Data, other: _Data) -> _Data:
    """Give an object all parts of another one, also those that a second thread will compute."""
    vars(data)["parts computed once"] = _parts(other)
    return data


@contextmanager
def computing_ahead(data: _Data, *parts: Callable[[_Data], object]) -> Iterator[None]:
    """Begin to compute parts in a second thread, one after another, so that a report uses two cores.

    Parts are functions decorated with `once`. An error is raised where a part is asked for, since it has no result yet.
    """
    pool = ThreadPoolExecutor(max_workers=1)
    for part in parts:
        pool.submit(part, data)
    try:
        yield
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
