"""A static picture of a panel, for notebooks without a kernel, exported pages, and programs without widgets."""

from __future__ import annotations

import html
from base64 import b64encode
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from seggwat_nb.charts.images import image, png_from_process

if TYPE_CHECKING:
    from seggwat_nb.panels.pictures import ChartPayload

__all__ = ["hide_style", "instead", "still"]

_STYLE: Final = """
.seggwat-still img { max-width: 100%; }
.jp-OutputArea-child:has(+ .jp-OutputArea-child .seggwat-still):not(:has(.seggwat-panel)) { display: none; }
.lm-Widget .seggwat-still { animation: seggwat-still 1s; }
@keyframes seggwat-still { from, to { max-height: 0; overflow: hidden; } }
"""
"""For a panel without a kernel, JupyterLab shows "Loading widget". The picture replaces that.

It waits for a second, so that it does not appear before a panel that is still loading.
"""
_NO_BACKGROUND: Final = ".cell-output-ipywidget-background:has(.seggwat-panel) { background: transparent !important; }"
_WIDTH: Final = 720
"""Width in pixels of a chart that fills its container."""
_LETTERS: Final = 95
"""Maximum length of a line below the heading."""


def still(picture: ChartPayload, said: str, *, in_background: bool = False) -> str:
    """Draw a panel's chart as HTML for any notebook, with a line that says how to use the panel.

    In the background, another process draws, so that the panel stays responsive.
    """
    spec = {
        **picture.to_spec(width=_WIDTH),
        "title": {"text": picture.heading, "subtitle": wrap(picture.said, _LETTERS)},
    }
    said = f"Static picture: {html.escape(said)} Run all cells down to this one to use the panel."
    try:
        png = png_from_process(spec, scale=1) if in_background else image(spec, scale=1).png
    except ValueError as error:  # the panel is more than its picture
        return f"<p>{said} (The picture could not be drawn: {html.escape(str(error))}.)</p>"
    drawn = b64encode(png).decode()
    return f'<img src="data:image/png;base64,{drawn}" alt="{html.escape(picture.label)}"><p>{said}</p>'


def instead(picture: str, *, of: str) -> str:
    """Write a static picture as the output after the panel with a given number."""
    return f'<style>{_STYLE}</style><div class="seggwat-still seggwat-still-{of}">{picture}</div>'


def hide_style(of: str) -> str:
    """Write the style with which the panel with a given number hides its picture.

    It also hides the white that VS Code puts behind widgets in every theme.
    """
    return f".seggwat-still-{of} {{ display: none; }} {_NO_BACKGROUND}"
