"""Locks between programs, acquired and released where no interrupt can occur.

Ctrl-C and a kernel's stop button raise in the main thread between any two instructions. If that happened between
acquiring a lock and recording that it is held, here or inside the library, the lock would never be released. So locks
are acquired and released in a separate thread, and short actions are run there completely.
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

__all__ = ["alone", "hold", "hold_in_turn"]

_T = TypeVar("_T")

_BEAT: Final = 5.0
"""How often a long-term holder of a lock touches its file, in seconds."""

_SILENCE: Final = 60.0
"""If the holder has not touched the file for this many seconds, it is suspended or stuck, so nobody waits for it."""

_POLL: Final = 0.2

_OWN: ContextVar[frozenset[Path]] = ContextVar("locks that this thread waited for and holds", default=frozenset())


def alone(path: Path, act: Callable[[], _T], *, seconds: float) -> _T:
    """Run a short action while holding a lock. An interrupt is delayed until it is done.

    Parameters
    ----------
    path
        The lock file. Its folder must exist.
    act
        The action.
    seconds
        How long to wait for the lock.

    Raises
    ------
    TimeoutError
        The lock was held by another program all that time.
    OSError
        The file cannot be opened.
    """

    def act_locked() -> _T:
        with FileLock(path, mode=0o600, timeout=seconds):
            return act()

    return _without_interrupts(act_locked)


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold a lock within a ``with`` block, which may be interrupted. Raises the errors of `alone` without waiting."""
    errors: list[BaseException] = []
    begins, taken, over, free = threading.Lock(), threading.Lock(), threading.Lock(), threading.Lock()
    for lock in (taken, over, free):
        lock.acquire()

    def hold() -> None:
        if not begins.acquire(blocking=False):
            return  # the interrupt came first
        try:
            with FileLock(path, mode=0o600, timeout=0):
                _touch(path)
                taken.release()
                while not over.acquire(timeout=_BEAT):
                    _touch(path)
        except BaseException as error:  # noqa: BLE001  # raised again by the waiting thread
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
        if not begins.acquire(blocking=False):  # else the thread has not started, and will not lock anything
            free.acquire()  # a second interrupt ends this wait


@contextmanager
def hold_in_turn(path: Path, *, on_wait: Callable[[], None]) -> Iterator[None]:
    """Wait for a lock, then hold it within a ``with`` block. Both may be interrupted.

    The lock is released however its holder ends.

    Parameters
    ----------
    path
        The lock file. Its folder must exist.
    on_wait
        Called once if the lock is held by another program.

    Raises
    ------
    TimeoutError
        The holder shows no sign of life, or is this thread, which would wait for itself.
    OSError
        The file cannot be opened.
    """
    waits, own = False, _OWN.get()
    if path in own:
        raise TimeoutError(path)
    with ExitStack() as lock:
        while True:
            try:
                lock.enter_context(hold(path))
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
    with suppress(OSError):  # The folder may have been removed, but the lock is still held.
        os.utime(path)


def _is_silent(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _SILENCE
    except OSError:
        return False


def _without_interrupts(act: Callable[[], _T]) -> _T:
    """Run an action in a separate thread, which no interrupt reaches. An interrupt is raised when it is done."""
    results: list[_T] = []
    errors: list[BaseException] = []
    begins, done = threading.Lock(), threading.Lock()
    done.acquire()

    def work() -> None:
        if not begins.acquire(blocking=False):
            return  # the interrupt came first
        try:
            results.append(act())
        except BaseException as error:  # noqa: BLE001  # raised again by the waiting thread
            errors.append(error)
        finally:
            done.release()

    try:
        _thread.start_new_thread(work, ())  # Thread.start waits in Python code, where an interrupt does harm
        done.acquire()
    except KeyboardInterrupt:
        if not begins.acquire(blocking=False) and not (results or errors):
            done.acquire()  # a second interrupt ends this wait
        raise
    if errors:
        raise errors[0]
    return results[0]
