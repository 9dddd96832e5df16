"""Renders charts as PNG, for notebook viewers that do not support Vega-Lite.

GitHub, nbviewer, nbconvert and Voila are such viewers. All of them show the same pixels, so the image has a white
background, and its text uses the fonts of the machine that ran the notebook.
"""

from __future__ import annotations

import json
import math
import os
import re
import struct
import subprocess
import sys
import weakref
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Image", "drawing", "drawing_from_process", "image", "lift_limits", "png_from_process"]

_SCALE: Final = 2.0
"""Image pixels per chart pixel, for sharp images on high-resolution screens."""
_LARGEST: Final = 4_000_000
"""Maximum number of pixels in an image. Charts with thousands of rows are scaled down."""
_SIZE: Final = re.compile(r'<svg\b[^>]*? width="([\d.]+)"[^>]*? height="([\d.]+)"')
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{2,}")
"""Numbers of a drawing that are more exact than anybody sees."""
_LIMITS: Final = {
    "axis": ("labelLimit", "titleLimit"),
    "header": ("labelLimit", "titleLimit"),
    "legend": ("labelLimit", "titleLimit"),
    "text": ("limit",),
    "title": ("limit",),
}
"""The widths to which Vega-Lite cuts texts, by part of its configuration."""
_ALL_LIMITS: Final = frozenset(limit for limits in _LIMITS.values() for limit in limits)
_ROWS: Final = frozenset({"datasets", "data"})
"""Parts of a specification that contain rows, which may have columns of any name."""
_OF_NO_USE: Final = re.compile(r' (?:aria-[\w-]+|role|class)="[^"]*"')
"""Attributes that nobody sees of a drawing that is shown as one picture."""
_LONGEST: Final = 60
"""Seconds that a process may take to draw an image."""
_SIGNATURE: Final = 8
"""Length of the PNG signature in bytes."""
_NO_WINDOW: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""Windows would show one for each process."""


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
    import vl_convert

    svg = _svg({"background": "white", **spec})
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("the drawing has no size")
    width, height = (max(1, math.ceil(float(length))) for length in found.groups())
    scale = min(scale, math.sqrt(_LARGEST / (width * height)))
    return Image(_compress(vl_convert.svg_to_png(svg, scale=scale)), width, height)


def _svg(spec: dict[str, Any]) -> str:
    import vl_convert  # slow to import, and scripts that display nothing don't need it

    try:
        svg: str = vl_convert.vegalite_to_svg(spec)
    except ValueError:
        svg = vl_convert.vegalite_to_svg(lift_limits(spec))
    return svg


def lift_limits(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Let no text of a chart be cut to a width.

    Vega cuts in the middle of a character that takes two UTF-16 code units, such as an emoji, and vl-convert measures
    no text with half of one. So a name of many emojis would leave a chart without an image.

    Examples
    --------
    >>> lift_limits({"mark": {"type": "text", "limit": 90}})["mark"]
    {'type': 'text', 'limit': 0}
    """
    config = dict(spec.get("config", {}))
    for part, limits in _LIMITS.items():
        config[part] = {**config.get(part, {}), **dict.fromkeys(limits, 0)}
    whole: dict[str, Any] = _without_limits({**spec, "config": config})
    return whole


def _without_limits(value: Any) -> Any:  # noqa: ANN401  # JSON
    if isinstance(value, dict):
        inside = {name: inner if name in _ROWS else _without_limits(inner) for name, inner in value.items()}
        return inside | dict.fromkeys(_ALL_LIMITS & inside.keys(), 0)
    return [*map(_without_limits, value)] if isinstance(value, list) else value


def png_from_process(spec: Mapping[str, Any], *, scale: float = _SCALE) -> bytes:
    """Draw a chart as a PNG in a process of its own, or in this one if none can be started.

    While vl-convert draws, which takes most of a second at first, no other thread of its process can run, and it never
    returns its memory.

    Parameters
    ----------
    spec, scale
        As for `image`.

    Raises
    ------
    ValueError
        Vega-Lite cannot draw the chart.
    """
    asked = json.dumps({"spec": spec, "scale": scale}).encode()
    try:
        ended = subprocess.run(  # noqa: S603  # our own Python, on our own file
            _command("png"), input=asked, capture_output=True, check=False, timeout=_LONGEST, creationflags=_NO_WINDOW
        )
    except (OSError, subprocess.TimeoutExpired):
        return image(spec, scale=scale).png
    # An error is raised where its text can be read.
    return image(spec, scale=scale).png if ended.returncode else ended.stdout


def drawing(spec: Mapping[str, Any], *, width: int = 680) -> str:
    """Draw a chart as an SVG without a title, for pages whose scripts do not run.

    Parameters
    ----------
    spec
        Vega-Lite with all of its data.
    width
        CSS pixels of a chart that is as wide as its container.

    Raises
    ------
    ValueError
        Vega-Lite cannot draw the chart.

    Examples
    --------
    >>> drawing({"data": {"values": [{}]}, "mark": "point", "width": "container"})[:4]
    '<svg'
    """
    sized = {"width": width} if spec.get("width") == "container" else {}
    svg = _OF_NO_USE.sub("", _svg({"background": "white", **spec, **sized}))
    return _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), svg)


def drawing_from_process(spec: Mapping[str, Any]) -> str:
    """Draw a chart as `drawing` does, in a process that waits for the next one, or in this one if none can be started.

    Raises
    ------
    ValueError
        Vega-Lite cannot draw the chart.
    """
    try:
        svg = _drawer(os.getpid()).draw(spec)
    except (OSError, ValueError):  # it could not be started, or has ended
        _drawer.cache_clear()
        svg = None
    return drawing(spec) if svg is None else svg


class _Drawer:
    """A process that draws one chart after another. It ends with this one."""

    def __init__(self) -> None:
        pipe, folder = subprocess.PIPE, Path(__file__).parent  # not a folder that somebody may want to delete
        self._process = subprocess.Popen(  # noqa: S603  # our own Python, on our own file
            _command("svg"), stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, cwd=folder, creationflags=_NO_WINDOW
        )
        self._lock = Lock()
        weakref.finalize(self, _end, self._process)

    def draw(self, spec: Mapping[str, Any]) -> str | None:
        """Return the drawing, or None if Vega-Lite cannot draw the chart. Raises `ValueError` if the process ended."""
        asked, answered = self._process.stdin, self._process.stdout
        if asked is None or answered is None:
            raise ValueError("the process has no pipes")
        with self._lock:
            try:
                asked.write(json.dumps(spec).encode() + b"\n")
                asked.flush()
                svg: str | None = json.loads(answered.readline())
            except BaseException:  # such as Ctrl-C: the next answer would be the one to this question
                _end(self._process)
                raise
            return svg


@cache
def _drawer(_process: int) -> _Drawer:
    """Return the drawer of a Python process. One that was forked may not use its parent's."""
    return _Drawer()


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError), process:  # closes its pipes, one of which may have lost its reader, and waits for it
        process.kill()


def _command(kind: str) -> list[str]:
    """Return the command that runs this module alone, without the rest of the package."""
    return [sys.executable, "-P", __file__, kind]


def _answer(spec: Mapping[str, Any]) -> str | None:
    try:
        return drawing(spec)
    except ValueError:
        return None  # the process that asked draws it again, and raises the error


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


if __name__ == "__main__":
    if sys.argv[1] == "png":
        sys.stdout.buffer.write(image(**json.load(sys.stdin)).png)
    else:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
            sys.stdout.flush()
