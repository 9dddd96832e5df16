"""How charts are shown: in the one form that JupyterLab, Notebook, VS Code, nbconvert and papermill all draw.

JupyterLab draws Vega-Lite 5 and nothing newer, ranks HTML above it, and nbformat refuses what it does not know; so a
chart is given as Vega-Lite 5 and as plain text, and never as HTML.
"""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from seggwat_nb.charts.theme import enable_theme

__all__ = ["VEGALITE_MIME", "prepare"]

VEGALITE_MIME: Final = "application/vnd.vegalite.v5+json"

_NAME: Final = "seggwat"
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"


def prepare() -> None:
    """Make the renderer and the theme ours; done when a chart of ours is made, never by importing."""
    if alt.renderers.active != _NAME:
        alt.renderers.register(_NAME, _bundle)
        alt.renderers.enable(_NAME)
    enable_theme()


def _bundle(spec: dict[str, Any], **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401  # options of altair's
    text = spec.get("description") or "A chart."
    data = {VEGALITE_MIME: {**spec, "$schema": _SCHEMA}, "text/plain": text}
    return data, {VEGALITE_MIME: {"embed_options": {"renderer": "svg", "actions": False}}}
