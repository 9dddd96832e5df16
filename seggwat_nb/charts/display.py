"""How charts of ours are shown: in the one form that JupyterLab, VS Code, nbconvert and papermill all take.

JupyterLab draws Vega-Lite 5 and nothing newer, ranks HTML above it, and nbformat refuses what it does not know; so a
chart is given as Vega-Lite 5 and as plain text, and never as HTML. Each chart carries this with it: altair's own
renderer, theme and row limit stay as the user set them, and charts that users make themselves are untouched; what is
put beside a chart of ours, or below it, is shown as that is.
"""

from __future__ import annotations

import re
from typing import Any, Final

import altair as alt

from seggwat_nb.charts.theme import NAME, register_theme

__all__ = ["VEGALITE_MIME", "LayerChart"]

VEGALITE_MIME: Final = "application/vnd.vegalite.v5+json"

_UNDRAWABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
_EMBED: Final = {"renderer": "svg", "actions": False}


class _Shown(alt.TopLevelMixin):
    """Our theme, and a form that JupyterLab draws without a network, for a chart of altair's."""

    def to_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  # altair's own options
        """Write the chart as Vega-Lite, in our theme."""
        register_theme()
        with alt.theme.enable(NAME), alt.data_transformers.enable("default", max_rows=None):
            return {name: _drawable(value) for name, value in super().to_dict(*args, **kwargs).items()}

    def _repr_mimebundle_(self, *_: object, **__: object) -> tuple[dict[str, Any], dict[str, Any]]:
        spec = {**self.to_dict(), "$schema": _SCHEMA}
        # What `chart.display(actions=True)` asks for stands in altair's options while it shows.
        asked = alt.renderers.options.get("embed_options", {})
        data = {VEGALITE_MIME: spec, "text/plain": spec.get("description", "A chart.")}
        return data, {VEGALITE_MIME: {"embed_options": _EMBED | asked}}

    def __or__(self, other: Any) -> HConcatChart:  # noqa: ANN401  # any chart
        return HConcatChart(hconcat=alt.hconcat(self, other).hconcat)  # type: ignore[arg-type]  # this is a chart

    def __and__(self, other: Any) -> VConcatChart:  # noqa: ANN401  # any chart
        return VConcatChart(vconcat=alt.vconcat(self, other).vconcat)  # type: ignore[arg-type]  # this is a chart


class LayerChart(_Shown, alt.LayerChart):
    """altair's, shown as ours."""


class HConcatChart(_Shown, alt.HConcatChart):
    """Charts side by side, shown as ours."""

    __or__ = alt.HConcatChart.__or__


class VConcatChart(_Shown, alt.VConcatChart):
    """Charts below each other, shown as ours."""

    __and__ = alt.VConcatChart.__and__


def _drawable(value: Any) -> Any:  # noqa: ANN401  # JSON
    """Replace what XML cannot hold: one such character, in a path or a version, ends the process vl-convert runs in."""
    if isinstance(value, str):
        return _UNDRAWABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_drawable(name): _drawable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_drawable(inner) for inner in value]
    return value
