"""Locks that one program holds at a time, acquired and released where no interrupt strikes.

Ctrl-C and a kernel's stop button raise in the main thread, between any two steps of it: also between taking a lock and
noting that it is held, here or inside of the library, after which nobody would ever get it. So locks are taken and let
go in a thread of their own, and what is short is done there whole.
"""

from __future__ import annotations

import _thread
import os
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, TypeVar

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["alone", "held", "held_in_turn"]

_T = TypeVar("_T")

_BEAT: Final = 5.0
"""Whoever holds a lock for long touches its file this often, in seconds."""

_SILENCE: Final = 60.0
"""A holder that has not touched it for that long is suspended or stuck, and is not waited for."""

_POLL: Final = 0.2

_OWN: ContextVar[frozenset[Path]] = ContextVar("locks that this thread waited for and holds", default=frozenset())


def alone(path: Path, act: Callable[[], _T], *, seconds: float) -> _T:
    """Do something short as the only program that does; an interrupt comes after it, not into it.

    Parameters
    ----------
    path
        The lock's file; its folder exists.
    act
        What is done.
    seconds
        How long to wait for whoever holds it.

    Raises
    ------
    TimeoutError
        It is held all that time.
    OSError
        The file cannot be opened.
    """

    def locked() -> _T:
        with FileLock(path, mode=0o600, timeout=seconds):
            return act()

    return _uninterrupted(locked)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock for as long as something lasts, which may be interrupted; raises as `alone` does, and at once."""
    errors: list[BaseException] = []
    taken, over, free = threading.Lock(), threading.Lock(), threading.Lock()
    for lock in (taken, over, free):
        lock.acquire()

    def hold() -> None:
        try:
            with FileLock(path, mode=0o600, timeout=0):
                _touch(path)
                taken.release()
                while not over.acquire(timeout=_BEAT):
                    _touch(path)
        except BaseException as error:  # noqa: BLE001  # it is raised where the lock is waited for
            errors.append(error)
            taken.release()
        finally:
            free.release()

    try:
        _thread.start_new_thread(hold, ())
        taken.acquire()
        if errors:
            raise errors[0]
        yield
    finally:
        over.release()
        free.acquire(timeout=1)  # a thread that an interrupt kept from starting frees nothing


@contextmanager
def held_in_turn(path: Path, *, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold a lock for as long as something lasts; wait first for whoever holds it. Both may be interrupted.

    A holder that ends in any way releases it.

    Parameters
    ----------
    path
        The lock's file; its folder exists.
    on_wait
        Called once if there is something to wait for.

    Raises
    ------
    TimeoutError
        The holder shows no sign of life, or is this very thread, which would wait for itself.
    OSError
        The file cannot be opened.
    """
    waits, own = False, _OWN.get()
    if path in own:
        raise TimeoutError(path)
    with ExitStack() as lock:
        while True:
            try:
                lock.enter_context(held(path))
                break
            except TimeoutError:
                if _is_silent(path):
                    raise
            if not waits:
                waits = True
                on_wait()
            time.sleep(_POLL)
        lock.callback(_OWN.reset, _OWN.set(own | {path}))
        yield


def _touch(path: Path) -> None:
    with suppress(OSError):  # Somebody may have removed the folder; the lock holds all the same.
        os.utime(path)


def _is_silent(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _SILENCE
    except OSError:
        return False


def _uninterrupted(act: Callable[[], _T]) -> _T:
    """Do something in a thread of its own, which no interrupt reaches; one that comes is raised when it is done."""
    results: list[_T] = []
    errors: list[BaseException] = []
    begins, done = threading.Lock(), threading.Lock()
    done.acquire()

    def work() -> None:
        if not begins.acquire(blocking=False):
            return  # the interrupt was first
        try:
            results.append(act())
        except BaseException as error:  # noqa: BLE001  # it is raised where the result is waited for
            errors.append(error)
        finally:
            done.release()

    try:
        _thread.start_new_thread(work, ())  # Thread.start waits in Python, where an interrupt does harm
        done.acquire()
    except KeyboardInterrupt:
        if not begins.acquire(blocking=False) and not (results or errors):
            done.acquire()  # a second interrupt ends this wait
        raise
    if errors:
        raise errors[0]
    return results[0]
