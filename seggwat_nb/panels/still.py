"""A still picture of a panel: what is seen of it without a kernel, in pages made of a notebook, and without widgets."""

from __future__ import annotations

import html
from base64 import b64encode
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from seggwat_nb.charts.images import image

if TYPE_CHECKING:
    from seggwat_nb.panels.pictures import ChartPayload

__all__ = ["NOT_DRAWN", "hide_style", "instead", "still"]

NOT_DRAWN: Final = "<p>This panel has not been drawn yet. Run all cells down to this one to use it.</p>"
"""What is in the place of a picture in the first moments."""

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


def still(picture: ChartPayload, said: str) -> str:
    """Draw a chart of a panel as HTML that every notebook shows, with a line on how to bring the panel to life."""
    spec = {
        **picture.to_spec(width=_WIDTH),
        "title": {"text": picture.heading, "subtitle": wrap(picture.said, _LETTERS)},
    }
    said = f"Static picture: {html.escape(said)} Run all cells down to this one to use the panel."
    try:
        drawn = b64encode(image(spec, scale=1).png).decode()
    except ValueError as error:  # the panel is more than its picture
        return f"<p>{said} (The picture could not be drawn: {html.escape(str(error))}.)</p>"
    return f'<img src="data:image/png;base64,{drawn}" alt="{html.escape(picture.label)}"><p>{said}</p>'


def instead(picture: str, *, of: str) -> str:
    """Write a still picture as the output that follows its panel, whose number is given."""
    return f'<style>{_STYLE}</style><div class="seggwat-still seggwat-still-{of}">{picture}</div>'


def hide_style(of: str) -> str:
    """Write the style with which a panel that lives, whose number is given, hides its picture."""
    return f".seggwat-still-{of} {{ display: none; }}"
