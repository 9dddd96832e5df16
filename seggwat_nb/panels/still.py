"""A still picture of a panel: what is seen of it without a kernel, in pages made of a notebook, and without widgets."""

from __future__ import annotations

import html
import struct
import zlib
from base64 import b64encode
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import vl_convert

if TYPE_CHECKING:
    from seggwat_nb.panels.pictures import Picture

__all__ = ["NOT_DRAWN", "hidden", "instead", "still"]

NOT_DRAWN: Final = "<p>A panel that was not drawn yet: run the cells down to here to bring it to life.</p>"
"""What stands in the place of a picture in the first moments."""

_STYLE: Final = """
.seggwat-still img { max-width: 100%; }
.jp-OutputArea-child:has(+ .jp-OutputArea-child .seggwat-still):not(:has(.seggwat-panel)) { display: none; }
.lm-Widget .seggwat-still { animation: seggwat-still 1s; }
@keyframes seggwat-still { from, to { max-height: 0; overflow: hidden; } }
"""
"""JupyterLab writes "Loading widget" for a panel that nothing brings to life: the picture takes that place.

It waits a second, so as not to be seen before a panel that is on its way.
"""
_WIDTH: Final = 720
"""Pixels of a chart that takes the width of its place."""
_LETTERS: Final = 95
"""Letters of a line below the heading."""
_SIGNATURE: Final = 8
"""Bytes that a PNG begins with."""


def still(picture: Picture, said: str) -> str:
    """Draw a chart of a panel as HTML that every notebook shows, with a line on how to bring the panel to life."""
    spec = {
        **picture.to_spec(width=_WIDTH),
        "title": {"text": picture.heading, "subtitle": wrap(picture.said, _LETTERS)},
        "background": "white",  # the text is dark, and the page may be
    }
    said = f"A still picture: {html.escape(said)} Run the cells down to here to bring the panel to life."
    try:
        drawn = b64encode(_smaller(vl_convert.vegalite_to_png(spec, scale=1))).decode()
    except ValueError as error:  # the panel is more than its picture
        return f"<p>{said} (The picture could not be drawn: {html.escape(str(error))}.)</p>"
    return f'<img src="data:image/png;base64,{drawn}" alt="{html.escape(picture.label)}"><p>{said}</p>'


def instead(picture: str, *, of: str) -> str:
    """Write a still picture as the output that follows its panel, whose number is given."""
    return f'<style>{_STYLE}</style><div class="seggwat-still seggwat-still-{of}">{picture}</div>'


def hidden(of: str) -> str:
    """Write the style with which a panel that lives, whose number is given, hides its picture."""
    return f".seggwat-still-{of} {{ display: none; }}"


def _smaller(png: bytes) -> bytes:
    """Press the pixels of a PNG together: they come nearly as they are, sixteen times as large in each notebook saved.

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
