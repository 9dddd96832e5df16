"""Interrupts (Ctrl-C) that get lost: Polars turns them into errors of its own, and Python itself swallows some."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["as_keyboard_interrupts", "repeating_swallowed"]

_MOMENT: Final = 0.1
"""How long to wait, in seconds, until Python has left the function in which it swallows interrupts."""


@contextmanager
def as_keyboard_interrupts() -> Iterator[None]:
    """Raise `KeyboardInterrupt` for an interrupt that reached Polars, so that it is handled like any other.

    The code within must pass Polars no data type of the user's: a wrong one would be taken for an interrupt.
    """
    try:
        yield
    except BaseException as error:
        if not _was_interrupt(error):
            raise
        raise KeyboardInterrupt from error


@contextmanager
def repeating_swallowed() -> Iterator[None]:
    """Interrupt the main thread again if Python has swallowed an interrupt, which would otherwise have no effect.

    Python does so in finalizers and in callbacks of weak references, which run at any moment, above all during imports.
    """
    before = sys.unraisablehook

    def repeat(swallowed: sys.UnraisableHookArgs) -> None:
        if issubclass(swallowed.exc_type, KeyboardInterrupt):
            _thread.start_new_thread(_interrupt_soon, ())
        else:
            before(swallowed)

    sys.unraisablehook = repeat
    try:
        yield
    finally:
        sys.unraisablehook = before


def _interrupt_soon() -> None:
    time.sleep(_MOMENT)
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:  # which also ends a wait, for a lock or for the network
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _was_interrupt(error: BaseException) -> bool:
    """Return whether Polars was calling Python when it was interrupted. It only keeps the text of the interrupt."""
    if type(error).__name__ == "PanicException":  # by its name, for a command that needs no Polars imports none
        return "KeyboardInterrupt" in str(error)
    return isinstance(error, TypeError) and "is not a Polars data type" in str(error)
