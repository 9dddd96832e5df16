"""A PNG of a chart: for the places that show a notebook's outputs and draw no Vega-Lite.

GitHub, nbviewer, nbconvert and Voila are such places. The pixels are the same in all of them, so an image has a white
background, and its text is drawn with the fonts of the machine that ran the notebook.
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
"""Pixels of the image per pixel of the chart: sharp on the screens of today's laptops."""
_LARGEST: Final = 4_000_000
"""Pixels an image may have; a chart of thousands of rows is scaled down to that."""
_SIZE: Final = re.compile(r'<svg\b[^>]*? width="([\d.]+)"[^>]*? height="([\d.]+)"')
_SIGNATURE: Final = 8
"""Bytes that a PNG begins with."""


@dataclass(frozen=True, slots=True)
class Image:
    """A PNG, and the width and height in CSS pixels at which it is to be shown."""

    png: bytes
    width: int
    height: int


def image(spec: Mapping[str, Any], *, scale: float = _SCALE) -> Image:
    """Draw a chart as a PNG.

    Parameters
    ----------
    spec
        Vega-Lite with all of its data, and with a width in pixels.
    scale
        Pixels of the image per pixel of the chart; fewer where the image would have over 4 million.

    Returns
    -------
    Image
        On a white background.

    Raises
    ------
    ValueError
        Vega-Lite cannot draw the chart.
    """
    import vl_convert  # takes its time to start, and is of no use to a script that shows nothing

    svg: str = vl_convert.vegalite_to_svg({"background": "white", **spec})
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("the drawing has no size")
    width, height = (max(1, math.ceil(float(length))) for length in found.groups())
    scale = min(scale, math.sqrt(_LARGEST / (width * height)))
    return Image(_compress(vl_convert.svg_to_png(svg, scale=scale)), width, height)


def _compress(png: bytes) -> bytes:
    """Compress the pixels of a PNG: vl-convert leaves them three times as large in each notebook that is saved.

    The chunks are those of https://www.w3.org/TR/png-3/#5Chunk-layout: length, type, data and checksum each.
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
