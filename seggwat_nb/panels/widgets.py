"""The parts of a comparison that are drawn in the browser: charts, and options with counts.

Each is a small `anywidget` that holds what is shown and tells what is clicked; what a click means is decided in Python.
Everything by strangers arrives as text and is set as text. Scripts are given as text:
anywidget keeps each widget that gets a path alive, to reload it when the file changes.
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
    """What is around the parts: keeps keys in the panel, and shows that it is at work."""

    _esm = script("panel/frame.js")
    busy = traitlets.Bool().tag(sync=True)


class Charts(anywidget.AnyWidget):
    """Charts below each other, which report clicks and drags."""

    # As one text: ipywidgets looks for buffers in each of the numbers otherwise.
    charts = traitlets.Dict().tag(sync=True, to_json=lambda charts, _: json.dumps(charts))

    @property
    def _esm(self) -> str:
        return bundled("charts", script("panel/charts.js"))


class Options(anywidget.AnyWidget):
    """Options to tick, with counts; says which."""

    _esm = script("panel/options.js")
    groups: traitlets.List[Any] = traitlets.List().tag(sync=True)


class Anything(traitlets.TraitType):  # type: ignore[type-arg]
    """A trait of which None is checked as any other value; `traitlets.Any` takes it as it is."""

    default_value = None

    def validate(self, _: object, value: Any) -> Any:  # noqa: ANN401  # the panel checks it
        """Leave the check to the panel."""
        return value
