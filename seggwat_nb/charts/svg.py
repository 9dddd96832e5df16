"""Room for the texts of a saved drawing, whatever font it is shown in.

An SVG is laid out with the fonts of the machine that saves it and drawn with those of the reader's, which may be wider.
What then extends beyond the drawing is cut off, so a drawing is widened until its texts fit in a wide font.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["with_room"]

_ROOT: Final = re.compile(r'(<svg\b[^>]*? )width="([\d.]+)"([^>]*? viewBox=")(-?[\d.]+) (-?[\d.]+) ([\d.]+) ([\d.]+)"')
_TRANSLATE: Final = re.compile(r"translate\((-?[\d.e-]+)")
_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
_MARGIN: Final = 2.0

_EMS: Final[Mapping[str, float]] = {
    letter: width
    for width, letters in {
        0.34: " ',./:;IJ\\ijl|",
        0.42: "!()-[]frt",
        0.55: '"*?_`csz',
        0.64: "$0123456789EFLPSTYabdeghknopquvxy{}",
        0.70: "ABCKRVXZ",
        0.79: "&DGHNOQU",
        0.84: "#+<=>^w~",
        1.00: "%@MWm",
    }.items()
    for letter in letters
}
"""Width of letters in ems, in DejaVu Sans, which is as wide as Verdana and wider than other common fonts."""
_OTHER: Final = 0.85
_WIDE: Final = 1.0
_BOLD: Final = 1.15


def with_room(svg: str) -> str:
    """Widen a drawing of Vega's so that its horizontal texts fit, where they are drawn in a wide font.

    Examples
    --------
    >>> drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="9" viewBox="0 0 40 9">%s</svg>'
    >>> text = '<text text-anchor="end" transform="translate(38,8)" font-size="10px">Improvement</text>'
    >>> with_room(drawing % text)[40:96]
    'width="74" height="9" viewBox="-34 0 74 9"><text text-an'
    """
    found = _ROOT.search(svg)
    if found is None:
        return svg
    root = ET.fromstring(svg)  # noqa: S314  # drawn by Vega a moment ago
    start, wide = float(found[4]), float(found[6])
    spans = [*_spans(root, 0.0), (start + _MARGIN, start + wide - _MARGIN)]
    left = min(start, min(begin for begin, _ in spans) - _MARGIN)
    right = max(start + wide, max(end for _, end in spans) + _MARGIN)
    scale = float(found[2]) / wide
    size, first = round((right - left) * scale), round(left)
    box = f'{found[1]}width="{size}"{found[3]}{first} {found[5]} {round(right) - first} {found[7]}"'
    return svg[: found.start()] + box + svg[found.end() :]


def _spans(element: ET.Element, left: float) -> Iterator[tuple[float, float]]:
    """List where each horizontal text in an element begins and may end."""
    transform = element.get("transform", "")
    if "rotate" in transform:
        return
    for moved in _TRANSLATE.findall(transform):
        left += float(moved)
    if element.tag == f"{_NAMESPACE}text":
        size = float(element.get("font-size", "11px").removesuffix("px"))
        is_bold = element.get("font-weight", "normal") in {"bold", "600", "700"}
        anchor = {"end": 1.0, "middle": 0.5}.get(element.get("text-anchor", ""), 0.0)
        for line in [element.text, *(part.text for part in element)]:
            width = size * sum(map(_ems, line or "")) * (_BOLD if is_bold else 1)
            yield left - anchor * width, left + (1 - anchor) * width
    for inner in element:
        yield from _spans(inner, left)


def _ems(letter: str) -> float:
    if letter in _EMS:
        return _EMS[letter]
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0.0
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _OTHER
