"""From a SeggWat API token to an answer about your users' feedback, in one notebook cell.

    import seggwat_nb as sw

    data = sw.load()
    sw.charts.movers(sw.trends.movers(data))

The names below are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from seggwat_nb import (
        charts,
        dismissed,
        duplicates,
        errors,
        lifecycle,
        ratings,
        releases,
        schema,
        themes,
        trends,
        triage,
    )
    from seggwat_nb.client import Client
    from seggwat_nb.connection import connect, load
    from seggwat_nb.dataset import Dataset
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.compare import Compare
    from seggwat_nb.panels.explorer import Explorer
    from seggwat_nb.provenance import Provenance
    from seggwat_nb.share.export import export
    from seggwat_nb.share.privacy.dataset import mask
    from seggwat_nb.share.report.run import report
    from seggwat_nb.summary import findings

__version__ = "0.2.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())

__all__ = [
    "Client",
    "Compare",
    "Dataset",
    "Explorer",
    "FeedbackFilter",
    "Provenance",
    "charts",
    "connect",
    "dismissed",
    "duplicates",
    "errors",
    "export",
    "findings",
    "lifecycle",
    "load",
    "mask",
    "ratings",
    "releases",
    "report",
    "schema",
    "themes",
    "trends",
    "triage",
]

_HOMES = {
    "Client": "client",
    "Compare": "panels.compare",
    "Dataset": "dataset",
    "Explorer": "panels.explorer",
    "FeedbackFilter": "filters",
    "Provenance": "provenance",
    "charts": "charts",
    "connect": "connection",
    "dismissed": "dismissed",
    "duplicates": "duplicates",
    "errors": "errors",
    "export": "share.export",
    "findings": "summary",
    "lifecycle": "lifecycle",
    "load": "connection",
    "mask": "share.privacy.dataset",
    "ratings": "ratings",
    "releases": "releases",
    "report": "share.report.run",
    "schema": "schema",
    "themes": "themes",
    "trends": "trends",
    "triage": "triage",
}
"""Maps public names to their modules. A name equal to its module's is the module itself."""

_REQUIRES: Final = {"Compare": "Panels", "Explorer": "Panels", "charts": "Charts", "report": "Reports"}
"""Maps public names to the feature that they require, which an extra installs."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the types of lazy names are declared above
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _REQUIRES:
        import_module(f"{__name__}.extras").require(_REQUIRES[name])
    module = import_module(f"{__name__}.{home}")
    found = module if home == name else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
