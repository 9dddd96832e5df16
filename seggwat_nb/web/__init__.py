"""All JavaScript and CSS: what panels and shared pages run in a browser."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["asset"]


def asset(path: str) -> str:
    """Read a script or a style sheet by its path in this folder."""
    return (files("seggwat_nb.web") / path).read_text(encoding="utf-8")
