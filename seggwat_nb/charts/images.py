"""Renders charts as PNG, for notebook viewers that do not support Vega-Lite.

GitHub, nbviewer, nbconvert and Voila are such viewers. All of them show the same pixels, so the image has a white
background, and its text uses the fonts of the machine that ran the notebook.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Image", "image"]

_SCALE: Final = 2.0
"""Image pixels per chart pixel, for sharp images on high-resolution screens."""
_LARGEST: Final = 4_000_000
"""Maximum number of pixels in an image. Charts with thousands of rows are scaled down."""
_SIZE: Final = re.compile(r'<svg\b[^>]*? width="([\d.]+)"[^>]*? height="([\d.]+)"')
_SIGNATURE: Final = 8
"""Length of the PNG signature in bytes."""


@dataclass(frozen=True, slots=True)
class Image:
    """A PNG, and the width and height in CSS pixels at which to show it."""

    png: bytes
    width: int
    height: int


def image(spec: Mapping[str, Any], *, scale: float = _SCALE) -> Image:
    """Draw a chart as a PNG.

    Parameters
    ----------
    spec
        A Vega-Lite specification with inline data and a width in pixels.
    scale
        Image pixels per chart pixel. Lowered for images with more than 4 million pixels.

    Returns
    -------
    Image
        The image, with a white background.

    Raises
    ------
    ValueError
        Vega-Lite cannot draw the chart.
    """
    import vl_convert  # slow to import, and scripts that display nothing don't need it

    svg: str = vl_convert.vegalite_to_svg({"background": "white", **spec})
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("the drawing has no size")
    width, height = (max(1, math.ceil(float(length))) for length in found.groups())
    scale = min(scale, math.sqrt(_LARGEST / (width * height)))
    return Image(_compress(vl_convert.svg_to_png(svg, scale=scale)), width, height)


def _compress(png: bytes) -> bytes:
    """Recompress the pixels of a PNG: vl-convert's output would make saved notebooks three times as large.

    A chunk consists of length, type, data and checksum, see https://www.w3.org/TR/png-3/#5Chunk-layout.
    """
    chunks, place = [], _SIGNATURE
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        chunks.append((png[place + 4 : place + 8], png[place + 8 : place + 8 + length]))
        place += 12 + length
    pixels = zlib.compress(zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT")))
    *head, end = [chunk for chunk in chunks if chunk[0] != b"IDAT"]
    whole = [*head, (b"IDAT", pixels), end]
    return png[:_SIGNATURE] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in whole
    )
