"""``seggwat-nb``: the package from a shell. Thin; each command composes what the notebooks use."""

from seggwat_nb.cli.entry_point import app, main

__all__ = ["app", "main"]
