"""``seggwat-nb``: the package on the command line, built from the functions that notebooks use."""

from __future__ import annotations

import sys

from seggwat_nb.interrupts import repeating_swallowed

__all__ = ["main"]


def main() -> None:
    """Run a command. Ctrl-C ends it without a traceback, even while it is still being imported."""
    try:
        with repeating_swallowed():
            from seggwat_nb.cli import entry_point

            entry_point.main()
    except KeyboardInterrupt:
        sys.exit(130)
