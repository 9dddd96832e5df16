"""How charts of ours are shown: as Vega-Lite 5, as an image, and as text.

JupyterLab draws Vega-Lite 5 and nothing newer, ranks HTML above it, and nbformat refuses what it does not know; so a
chart is never given as HTML. The image is for what shows a notebook but draws no Vega-Lite: GitHub, nbviewer,
nbconvert. JupyterLab needs it too: to an output without an image it adds one of what it drew, and draws again because
the output changed. Where no canvas can hold the drawing (no width, or thousands of rows) that image is empty, and it
does so forever.

Each chart carries this with it: altair's own renderer, theme and row limit stay as the user set them, and charts that
users make themselves are untouched; what is put beside a chart of ours, below it or into facets is shown as that is.
"""

from __future__ import annotations

import re
import warnings
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from seggwat_nb import progress
from seggwat_nb.charts.theme import HEIGHT, NAME, WIDTH, register_theme

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["VEGALITE_MIME", "LayerChart", "responsive"]

VEGALITE_MIME: Final = "application/vnd.vegalite.v5+json"

_UNDRAWABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
_EMBED: Final = {"renderer": "svg", "actions": False}
_PNG: Final = "image/png"
_ONLY_VEGALITE: Final = frozenset({"mimetype", "jupyterlab", "nteract"})
"""Names by which altair is asked for Vega-Lite and nothing beside it."""
_SIZES: Final = {"width": WIDTH, "height": HEIGHT}
_PARTS: Final = ("layer", "hconcat", "vconcat", "concat", "spec")
"""Where Vega-Lite holds the charts that a chart is made of."""
_RESPONSIVE: Final = "seggwat_responsive"
_MERGED: Final = ("color", "fill", "fillOpacity", "opacity", "shape", "size", "stroke", "strokeDash", "strokeOpacity")
"""Vega-Lite merges the colors and shapes of charts that stand together, and so changes what a verdict looks like."""


class _Shown(alt.TopLevelMixin):
    """Our theme, and a form that JupyterLab draws without a network, for a chart of altair's."""

    def to_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  # altair's own options
        """Write the chart as Vega-Lite, in our theme."""
        register_theme()
        with alt.theme.enable(NAME), alt.data_transformers.enable("default", max_rows=None):
            return {name: _drawable(value) for name, value in super().to_dict(*args, **kwargs).items()}

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None, **_: object
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        spec = _output_spec(self.to_dict())
        text = _description(spec)
        # What `chart.display(actions=True)` asks for stands in altair's options while it shows.
        asked = alt.renderers.options.get("embed_options", {})
        data = {VEGALITE_MIME: spec, "text/plain": text}
        metadata: dict[str, Any] = {VEGALITE_MIME: {"embed_options": _EMBED | asked}}
        if _shows_images() and _is_asked(_PNG, include, exclude):
            image, size = _image(spec, text)
            data, metadata = data | image, metadata | size
        return data, metadata

    def facet(self, *args: Any, **kwargs: Any) -> FacetChart:  # noqa: ANN401  # altair's own options
        """Draw the chart once for each value; takes what altair's takes."""
        made = super().facet(*args, **kwargs)  # type: ignore[misc]  # of the kind of chart that this is mixed into
        return FacetChart(**{name: made[name] for name in ("data", "spec", "facet", "columns", "params")})

    def __or__(self, other: Any) -> HConcatChart:  # noqa: ANN401  # any chart
        return HConcatChart(hconcat=alt.hconcat(self, other).hconcat, resolve=_own_scales())  # type: ignore[arg-type]  # this is a chart

    def __and__(self, other: Any) -> VConcatChart:  # noqa: ANN401  # any chart
        return VConcatChart(vconcat=alt.vconcat(self, other).vconcat, resolve=_own_scales())  # type: ignore[arg-type]  # this is a chart


class LayerChart(_Shown, alt.LayerChart):
    """altair's, shown as ours."""


class HConcatChart(_Shown, alt.HConcatChart):
    """Charts side by side, each with the colors and shapes that it has alone, shown as ours."""

    __or__ = alt.HConcatChart.__or__


class VConcatChart(_Shown, alt.VConcatChart):
    """Charts below each other, each with the colors and shapes that it has alone, shown as ours."""

    __and__ = alt.VConcatChart.__and__


class FacetChart(_Shown, alt.FacetChart):
    """Charts of parts of the data, shown as ours."""


def responsive(spec: dict[str, Any]) -> dict[str, Any]:
    """Give a chart that was shown back the sizes that it takes from its place, on a page that has such places."""
    kept = spec.get("usermeta", {}).get(_RESPONSIVE)
    return {**spec, **kept} if isinstance(kept, dict) else spec


def _output_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """Write the chart for an output, whose place has no size of its own; what it takes on a page is kept beside it."""
    taken = {name: "container" for name in _SIZES if spec.get(name) == "container"}
    kept = {"usermeta": {**spec.get("usermeta", {}), _RESPONSIVE: taken}} if taken else {}
    return {**_in_pixels(spec), **kept, "$schema": _SCHEMA}


def _in_pixels(spec: dict[str, Any]) -> dict[str, Any]:
    """Replace lengths to be taken from the place: in JupyterLab that is as wide as what is drawn in it, so 0."""
    parts: dict[str, Any] = {
        name: [_in_pixels(part) for part in spec[name]] if isinstance(spec[name], list) else _in_pixels(spec[name])
        for name in _PARTS
        if name in spec
    }
    lengths = {name: length for name, length in _SIZES.items() if spec.get(name) == "container"}
    return {**spec, **parts, **lengths}


def _own_scales() -> alt.Resolve:
    return alt.Resolve(scale=dict.fromkeys(_MERGED, "independent"))


def _description(spec: dict[str, Any]) -> str:
    """Describe a chart in words: in those of its parts, where it is made of several."""
    if "description" in spec:
        return str(spec["description"])
    inside = [spec[name] for name in _PARTS if name in spec]
    parts = [part for found in inside for part in (found if isinstance(found, list) else [found])]
    return " ".join(dict.fromkeys(filter(None, map(_description, parts)))) or "A chart."


def _image(spec: dict[str, Any], text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    from seggwat_nb.charts.images import image

    try:
        drawn = image(spec)
    except ValueError as error:
        warnings.warn(f"No image of this chart could be drawn: {error}", stacklevel=2)
        return {}, {}
    shown = {"width": drawn.width, "height": drawn.height, "alt": text}
    return {_PNG: b64encode(drawn.png).decode()}, {_PNG: shown}


def _shows_images() -> bool:
    """Return whether an image is worth drawing: altair's user may want Vega-Lite alone, and a terminal shows none."""
    shell = progress.shell()
    shown = None if shell is None else shell.display_formatter.active_types
    return alt.renderers.active not in _ONLY_VEGALITE and (shown is None or _PNG in shown)


def _is_asked(kind: str, include: Container[str] | None, exclude: Container[str] | None) -> bool:
    """Return whether a caller of IPython's protocol wants a form."""
    return (not include or kind in include) and (not exclude or kind not in exclude)


def _drawable(value: Any) -> Any:  # noqa: ANN401  # JSON
    """Replace what XML cannot hold: one such character, in a path or a version, ends the process vl-convert runs in."""
    if isinstance(value, str):
        return _UNDRAWABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_drawable(name): _drawable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_drawable(inner) for inner in value]
    return value
