"""Displays charts as Vega-Lite 5, as an image and as text.

JupyterLab supports Vega-Lite 5 but nothing newer, prefers HTML over it, and nbformat rejects unknown MIME types, so a
chart is never output as HTML. The image is for viewers without Vega-Lite, such as GitHub, nbviewer and nbconvert.
JupyterLab needs it too: it adds an image of the rendered chart to an output without one, then renders again because the
output has changed. If the drawing does not fit a canvas (no width, or thousands of rows), that image is empty and the
loop never ends.

All of this is part of the chart itself. Altair's global renderer, theme and row limit stay as the user set them, and
other charts are unaffected. A chart that is concatenated with one of this package's charts, or faceted from it,
is displayed in the same way.
"""

from __future__ import annotations

import re
import warnings
from base64 import b64encode
from io import StringIO
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

import altair as alt
from altair.utils import schemapi

from seggwat_nb import progress
from seggwat_nb.charts.images import image, lift_limits
from seggwat_nb.charts.svg import with_room
from seggwat_nb.charts.theme import HEIGHT, NAME, WIDTH, register_theme

if TYPE_CHECKING:
    from collections.abc import Callable, Container

__all__ = ["VEGALITE_MIME", "LayerChart", "responsive"]

VEGALITE_MIME: Final = "application/vnd.vegalite.v5+json"

_UNDRAWABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
_EMBED: Final = {"renderer": "svg", "actions": False}
_PNG: Final = "image/png"
_PICTURES: Final = frozenset({"png", "svg", "pdf"})
"""The formats of `save` that vl-convert draws."""
_ONLY_VEGALITE: Final = frozenset({"mimetype", "jupyterlab", "nteract"})
"""Altair renderers that output Vega-Lite and nothing else."""
_SIZES: Final = {"width": WIDTH, "height": HEIGHT}
_PARTS: Final = ("layer", "hconcat", "vconcat", "concat", "spec")
"""The keys under which Vega-Lite stores the parts of a composed chart."""
_RESPONSIVE: Final = "seggwat_responsive"
_SETTINGS: Final = RLock()
"""Held while Altair's theme and row limit are ours: threads that set them at once would restore each other's."""
_MERGED: Final = ("color", "fill", "fillOpacity", "opacity", "shape", "size", "stroke", "strokeDash", "strokeOpacity")
"""Vega-Lite merges these scales in concatenated charts, which would change how a verdict looks."""


class _Shown(alt.TopLevelMixin):
    """Mixin for Altair charts: applies our theme, and an output that JupyterLab renders offline."""

    def to_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  # altair's own options
        """Convert the chart to Vega-Lite, with our theme."""
        register_theme()
        with _SETTINGS, alt.theme.enable(NAME), alt.data_transformers.enable("default", max_rows=None):
            return {name: _drawable(value) for name, value in super().to_dict(*args, **kwargs).items()}

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None, **_: object
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        spec = _output_spec(self.to_dict(validate=schemapi.DEBUG_MODE))
        text = _description(spec)
        # `chart.display(actions=True)` sets Altair's options while it runs.
        options = alt.renderers.options.get("embed_options", {})
        data = {VEGALITE_MIME: spec, "text/plain": text}
        metadata: dict[str, Any] = {VEGALITE_MIME: {"embed_options": _EMBED | options}}
        if _shows_images() and _is_asked(_PNG, include, exclude):
            image, size = _image(spec, text)
            data, metadata = data | image, metadata | size
        return data, metadata

    def save(self, fp: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # altair's own options
        """Save the chart to a file like Altair. In an SVG, texts have enough room in any font."""
        given = args[0] if args else kwargs.get("format")
        kind = given or str(fp).rpartition(".")[2].lower()
        try:
            _write(super().save, fp, kind, *args, **kwargs)
        except ValueError:
            if kind not in _PICTURES:
                raise
            _write(alt.Chart.from_dict(lift_limits(self.to_dict())).save, fp, kind, *args, **kwargs)

    def facet(self, *args: Any, **kwargs: Any) -> FacetChart:  # noqa: ANN401  # altair's own options
        """Draw the chart once for each value. Takes the same arguments as in Altair."""
        made = super().facet(*args, **kwargs)  # type: ignore[misc]  # defined by the class that this is mixed into
        return FacetChart(**{name: made[name] for name in ("data", "spec", "facet", "columns", "params")})

    def __or__(self, other: Any) -> HConcatChart:  # noqa: ANN401  # any chart
        return HConcatChart(hconcat=alt.hconcat(self, other).hconcat, resolve=_own_scales())  # type: ignore[arg-type]  # this is a chart

    def __and__(self, other: Any) -> VConcatChart:  # noqa: ANN401  # any chart
        return VConcatChart(vconcat=alt.vconcat(self, other).vconcat, resolve=_own_scales())  # type: ignore[arg-type]  # this is a chart


class LayerChart(_Shown, alt.LayerChart):
    """Altair's layered chart, with our display."""


class HConcatChart(_Shown, alt.HConcatChart):
    """Charts side by side with our display. Each keeps its own colors and shapes."""

    __or__ = alt.HConcatChart.__or__


class VConcatChart(_Shown, alt.VConcatChart):
    """Charts below each other with our display. Each keeps its own colors and shapes."""

    __and__ = alt.VConcatChart.__and__


class FacetChart(_Shown, alt.FacetChart):
    """Faceted charts with our display."""


def responsive(spec: dict[str, Any]) -> dict[str, Any]:
    """Restore the responsive sizes of a chart output, for pages that support them."""
    kept = spec.get("usermeta", {}).get(_RESPONSIVE)
    return {**spec, **kept} if isinstance(kept, dict) else spec


def _write(save: Callable[..., None], fp: Any, kind: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # altair's own options
    if kind != "svg":
        save(fp, *args, **kwargs)
        return
    drawn = StringIO()
    save(drawn, "svg", *args[1:], **{name: value for name, value in kwargs.items() if name != "format"})
    svg = with_room(drawn.getvalue())
    if hasattr(fp, "write"):
        fp.write(svg)
    else:
        Path(fp).write_text(svg, encoding="utf-8")


def _output_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """Prepare the chart for an output with a fixed size. Responsive sizes are stored in the metadata."""
    taken = {name: "container" for name in _SIZES if spec.get(name) == "container"}
    kept = {"usermeta": {**spec.get("usermeta", {}), _RESPONSIVE: taken}} if taken else {}
    return {**_in_pixels(spec), **kept, "$schema": _SCHEMA}


def _in_pixels(spec: dict[str, Any]) -> dict[str, Any]:
    """Replace responsive sizes by pixels: in JupyterLab, the container is as wide as its content, so 0."""
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
    """Return the text description of a chart, joined from its parts if it is composed."""
    if "description" in spec:
        return str(spec["description"])
    inside = [spec[name] for name in _PARTS if name in spec]
    parts = [part for found in inside for part in (found if isinstance(found, list) else [found])]
    return " ".join(dict.fromkeys(filter(None, map(_description, parts)))) or "A chart."


def _image(spec: dict[str, Any], text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        drawn = image(spec)
    except ValueError as error:
        warnings.warn(f"No image of this chart could be drawn: {error}", stacklevel=2)
        return {}, {}
    shown = {"width": drawn.width, "height": drawn.height, "alt": text}
    return {_PNG: b64encode(drawn.png).decode()}, {_PNG: shown}


def _shows_images() -> bool:
    """Return whether an image is needed. Altair may be set to output only Vega-Lite, and terminals show no images."""
    shell = progress.shell()
    shown = None if shell is None else shell.display_formatter.active_types
    return alt.renderers.active not in _ONLY_VEGALITE and (shown is None or _PNG in shown)


def _is_asked(kind: str, include: Container[str] | None, exclude: Container[str] | None) -> bool:
    """Return whether IPython requests a MIME type."""
    return (not include or kind in include) and (not exclude or kind not in exclude)


def _drawable(value: Any) -> Any:  # noqa: ANN401  # JSON
    """Replace characters that are invalid in XML: a single one, in a path or version, crashes vl-convert's process."""
    if isinstance(value, str):
        return _UNDRAWABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_drawable(name): _drawable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_drawable(inner) for inner in value]
    return value
