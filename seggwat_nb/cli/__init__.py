"""``seggwat-nb``: the package on the command line, built from the functions that notebooks use."""

from seggwat_nb.cli.entry_point import app, main

__all__ = ["app", "main"]
