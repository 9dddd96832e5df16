"""Progress bars and messages in notebooks, terminals and commands. Estimates include the waits of the rate limiter.

Elsewhere, as in a service or a scheduled script, messages are only logged, unless ``SEGGWAT_NB_QUIET=0``.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import contextmanager
from importlib.util import find_spec
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.environment import is_quiet
from seggwat_nb.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Bar", "ThreadBar", "duration", "printing", "quiet", "say", "shell"]

_LOG: Final = logging.getLogger(__name__)
_SWITCH: Final = "SEGGWAT_NB_QUIET"
_MINUTE: Final = 60
_LINE: Final = 100
"""Maximum number of characters in a line of a message. JupyterLab breaks a longer one within a word."""
_AS_COMMAND: Final = threading.Event()
"""Whether messages are shown because a command runs, in all its threads."""


def say(text: str) -> None:
    """Print a message where messages are shown, and log it at level INFO.

    It goes to stderr, so that pipes are not affected, but in notebooks to stdout, because stderr looks like an error
    there.
    """
    text = printable(text)
    _LOG.info("%s", text)
    stream = sys.stderr
    if _in_notebook():
        stream = sys.stdout
        text = "\n".join(fill(line, _LINE, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))
    if stream is not None and _are_shown():  # It is None if it was closed, and print would write to stdout.
        print(text, file=stream, flush=True)  # the only place where the package prints


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress messages of this process and of processes started within the block, through the environment."""
    before = os.environ.get(_SWITCH)
    os.environ[_SWITCH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SWITCH]
        else:
            os.environ[_SWITCH] = before


@contextmanager
def printing() -> Iterator[None]:
    """Print messages of this process wherever stderr leads, unless a setting says otherwise, as commands do."""
    _AS_COMMAND.set()
    try:
        yield
    finally:
        _AS_COMMAND.clear()


def duration(seconds: float) -> str:
    """Format a duration for people.

    Examples
    --------
    >>> duration(0.4), duration(41), duration(300), duration(7000)
    ('less than a second', '41 s', '5 min', '1 h 57 min')
    """
    if seconds < 1:
        return "less than a second"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


class Bar:
    """A progress bar over the rows of one list.

    Parameters
    ----------
    title
        Title of the bar.
    seconds_left
        Returns how many seconds the remaining rows will take, including waits.
    unit
        What is counted, in the plural.
    """

    def __init__(self, title: str, *, seconds_left: Callable[[int], float], unit: str = "rows") -> None:
        self._title = title
        self._unit = unit
        self._seconds_left = seconds_left
        self._bar: Any = None
        self._place: Any = None
        self._is_shown = _are_shown()

    def __call__(self, seen: int, total: int) -> None:
        """Update the bar to the number of rows seen and the total."""
        if not self._is_shown:
            return
        bar = self._open(total)
        bar.total = total
        bar.n = min(seen, total)
        left = self._seconds_left(total - bar.n)
        bar.set_postfix_str(f"about {duration(left)} to go" if bar.n < total else "", refresh=False)
        bar.refresh()

    def waiting(self, seconds: float, reason: str) -> None:
        """Show that the load is waiting, and why."""
        if self._bar is None or self._bar.disable:
            say(f"Waiting {duration(seconds)}: {reason}")
        else:
            self._bar.set_postfix_str(f"waiting {duration(seconds)}: {reason}")

    def close(self) -> None:
        """Leave a terminal's bar as it is, and remove a notebook's bar.

        In a saved notebook, a widget without its kernel shows "Error displaying widget".
        """
        if self._bar is not None:
            self._bar.close()
        if self._place is not None:
            done, total = self._bar.n, self._bar.total
            left = "" if done == total else f"{self._title}: {done:,} of {total:,} {self._unit}"
            self._place.update({"text/plain": left} | ({} if left else {"text/html": ""}), raw=True)
            self._bar.container.close()

    def _open(self, total: int) -> Any:  # noqa: ANN401  # tqdm's class depends on where it runs
        if self._bar is None:
            look: dict[str, Any] = {
                "total": total,
                "desc": self._title,
                "unit": f" {self._unit}",
                "bar_format": f"{{desc}}: {{n_fmt}} of {{total_fmt}} {self._unit} {{bar}} {{postfix}}",
            }
            if _in_notebook() and find_spec("ipywidgets") is not None:
                from IPython.display import display
                from tqdm.notebook import tqdm_notebook

                self._bar = tqdm_notebook(**look, display=False)
                self._place = display(self._bar.container, display_id=True)
            else:
                from tqdm import tqdm

                self._bar = tqdm(**look, disable=True if sys.stderr is None else None)
        return self._bar


class ThreadBar(threading.local):
    """The bar of a thread's load, which also shows its waits."""

    bar: Bar | None = None

    def waiting(self, seconds: float, reason: str) -> None:
        """Show that this thread is waiting, and why."""
        if self.bar is not None:
            self.bar.waiting(seconds, reason)
        else:
            say(f"Waiting {duration(seconds)}: {reason}")


def shell() -> Any:  # noqa: ANN401  # IPython's, which has no annotations
    """Return the IPython shell that runs this code, or None. Imports nothing."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def _are_shown() -> bool:
    """Return whether somebody may be watching: a library prints nothing by itself."""
    is_hidden = is_quiet()
    if is_hidden is not None:
        return not is_hidden
    return _AS_COMMAND.is_set() or _in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def _in_notebook() -> bool:
    return getattr(shell(), "kernel", None) is not None
