"""Computes parts of a report once, also if two threads ask for them, and ahead of time in a second thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["computed_ahead", "once"]

_Data = TypeVar("_Data")
_Part = TypeVar("_Part")


def once(work: Callable[[_Data], _Part]) -> Callable[[_Data], _Part]:
    """Compute something once for each object, which keeps it. Other threads wait for it meanwhile.

    An object with ``without_texts`` has what is kept by that one, and the reverse.

    Since Python 3.12, `functools.cached_property` computes it in every thread that asks before it is known.
    """
    name = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def known(data: _Data) -> _Part:
        held = vars(getattr(data, "without_texts", None) or data)
        lock: RLock = held.setdefault(f"lock of {name}", RLock())
        with lock:
            if name not in held:
                held[name] = work(data)
            part: _Part = held[name]
        return part

    return known


@contextmanager
def computed_ahead(*parts: Callable[[_Data], object]) -> Iterator[Callable[[_Data], None]]:
    """Compute parts in a second thread, one after another, so that a report uses two cores.

    Parts are functions decorated with `once`. They begin when the function that is returned is called with the data. An
    error is raised where a part is asked for, since it has no result yet.
    """
    pool = ThreadPoolExecutor(max_workers=1)

    def begin(data: _Data) -> None:
        for part in parts:
            pool.submit(part, data)

    try:
        yield begin
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
