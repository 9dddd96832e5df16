"""A synthetic project that tells a story, and a server that speaks the API."""

from __future__ import annotations

from seggwat_nb.demo.server import DemoServer, Limit, single_project

__all__ = ["DemoServer", "Limit", "single_project"]
