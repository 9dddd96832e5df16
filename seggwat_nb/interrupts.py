"""An interrupt (Ctrl-C) that comes while Polars calls Python, which Polars turns into an error of its own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["kept_as_interrupts"]


@contextmanager
def kept_as_interrupts() -> Iterator[None]:
    """Raise `KeyboardInterrupt` for an interrupt that reached Polars, so that it is handled like any other.

    The code within must pass Polars no data type of the user's: a wrong one would be taken for an interrupt.
    """
    try:
        yield
    except BaseException as error:
        if not _was_interrupt(error):
            raise
        raise KeyboardInterrupt from error


def _was_interrupt(error: BaseException) -> bool:
    """Return whether Polars was calling Python when it was interrupted. It only keeps the text of the interrupt."""
    if type(error).__name__ == "PanicException":  # by its name, for a command that needs no Polars imports none
        return "KeyboardInterrupt" in str(error)
    return isinstance(error, TypeError) and "is not a Polars data type" in str(error)
