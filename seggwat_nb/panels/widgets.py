"""The parts of a comparison that run in the browser: charts, and options with counts.

Each is a small `anywidget` that shows data and reports clicks. Python decides what a click means. User text is only
ever set as text. Scripts are passed as text, since anywidget keeps every widget with a path alive, to reload it when
the file changes.
"""

from __future__ import annotations

import json
from typing import Any

import anywidget
import traitlets

from seggwat_nb.web import script
from seggwat_nb.web.bundle import bundled

__all__ = ["Anything", "Charts", "Frame", "Options"]


class Frame(anywidget.AnyWidget):
    """The frame around the parts. It keeps key presses in the panel, and shows when it is busy."""

    _esm = script("panel/frame.js")
    busy = traitlets.Bool().tag(sync=True)


class Charts(anywidget.AnyWidget):
    """A column of charts that report clicks and drags."""

    # As one text. Otherwise, ipywidgets would search every number for buffers.
    charts = traitlets.Dict().tag(sync=True, to_json=lambda charts, _: json.dumps(charts))

    @property
    def _esm(self) -> str:
        return bundled("charts", script("panel/charts.js"))


class Options(anywidget.AnyWidget):
    """Checkboxes with counts. It reports which ones are ticked."""

    _esm = script("panel/options.js")
    groups: traitlets.List[Any] = traitlets.List().tag(sync=True)


class Anything(traitlets.TraitType):  # type: ignore[type-arg]
    """A trait that validates None like any other value, unlike `traitlets.Any`."""

    default_value = None

    def validate(self, _: object, value: Any) -> Any:  # noqa: ANN401  # the panel checks it
        """Let the panel validate the value."""
        return value
