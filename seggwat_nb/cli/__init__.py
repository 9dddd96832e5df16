"""``seggwat-nb``: the package on the command line, built from the functions that notebooks use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seggwat_nb.cli.entry_point import app

__all__ = ["app", "main"]


def main() -> None:
    """Run a command. Ctrl-C ends it without a traceback, even while it is still being imported."""
    try:
        from seggwat_nb.cli import entry_point

        entry_point.main()
    except KeyboardInterrupt:
        sys.exit(130)


def __getattr__(name: str) -> object:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from seggwat_nb.cli.entry_point import app

    return app
