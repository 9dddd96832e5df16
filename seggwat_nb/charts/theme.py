"""The theme of all charts, and a consistent color for each value.

Colors are Okabe and Ito's color-blind-safe palette (Color Universal Design, 2008). One or two unknown values among
known ones are gray. Text and lines use the page's text color, so that a chart is readable on light and dark pages.
Every font list ends in ``sans-serif``, because no text is drawn at all if none of the fonts is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["DISTINCT", "FONT", "GREYS", "HEIGHT", "INK", "NAME", "PLAIN", "WIDTH", "colours", "register_theme"]

NAME: Final = "seggwat"
"""The name under which the theme is registered in Altair."""

FONT: Final = "Inter, Segoe UI, Helvetica Neue, Arial, sans-serif"

GREYS: Final = ("#c4c9d1", "#5b6270", "#d3d7dd", "#757c89")
"""For unknown values, groups of other values, and missing values."""

WIDTH: Final = 640
"""Default width in pixels, for charts without a fixed or container width."""

HEIGHT: Final = 260
"""Default height in pixels."""

_PALE_FIRST: Final = (GREYS[0], GREYS[2], GREYS[3])
_DARK: Final = (GREYS[1], GREYS[3])
"""Grays for missing values, and for values beyond the available colors. They are clearly different."""

INK: Final = "currentColor"
"""The page's text color."""

_FIXED: Final[Mapping[str, Mapping[str, str]]] = {
    "type": {
        "Bug": "#D55E00",
        "Feature": "#0072B2",
        "Improvement": "#56B4E9",
        "Question": "#E69F00",
        "Praise": "#009E73",
        "Other": "#CC79A7",
    },
    "status": {
        "New": "#D55E00",
        "Active": "#E69F00",
        "Assigned": "#CC79A7",
        "Hold": "#56B4E9",
        "Resolved": "#009E73",
        "Closed": "#0072B2",
    },
    "source": {
        "Widget": "#0072B2",
        "Manual": "#E69F00",
        "Mintlify": "#009E73",
        "Stripe": "#D55E00",
        "Polar": "#CC79A7",
        "SocialShare": "#56B4E9",
    },
}
_CYCLE: Final = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")

PLAIN: Final = _CYCLE[0]
"""Color of marks that do not represent a value of a key."""

DISTINCT: Final = len(_CYCLE)
"""Number of distinct colors for keys without a fixed vocabulary. Further values are gray."""


def colours(key: str | None, values: Sequence[str], *, grey: Sequence[str] = ()) -> list[str]:
    """Return the color of each value of a key.

    Parameters
    ----------
    key
        The column. Values of a fixed vocabulary always have the same color. One or two others among them are gray. If
        there are more, or no value is known, as for other keys, colors that are not in use are assigned in order. None
        is used twice, so further values are gray.
    values
        The values, in the order in which they are shown.
    grey
        Labels that are not actual values, such as a group of other values.

    Returns
    -------
    list of str
        A color for each value.

    Examples
    --------
    >>> colours("type", ["Bug", "Idea"])
    ['#D55E00', '#c4c9d1']
    >>> colours("type", ["Lob", "Tadel"])
    ['#0072B2', '#E69F00']
    >>> colours("version", ["1.0", "1.1", "Other (3 values)"], grey=["Other (3 values)"])
    ['#0072B2', '#E69F00', '#c4c9d1']

    Values beyond the palette get distinct grays:

    >>> colours("version", [*"abcdefgh", "(none)"], grey=["(none)"])[-3:]
    ['#5b6270', '#757c89', '#c4c9d1']
    """
    own = [value for value in values if value not in grey]
    fixed = _FIXED.get(key or "", {})
    known = {value: fixed[value] for value in own if value in fixed}
    no_values = [value for value in values if value in grey]
    beyond = [value for value in own if value not in known]
    if not known or len(beyond) > len(_DARK):
        free = [colour for colour in _CYCLE if colour not in known.values()]
        known |= dict(zip(beyond, free, strict=False))
        beyond = beyond[len(free) :]
    greys = _PALE_FIRST if beyond else GREYS
    pale = {value: greys[place % len(greys)] for place, value in enumerate(no_values)}
    left = [one for one in (_DARK if no_values else GREYS) if one not in pale.values()]
    dark = {value: left[place % len(left)] for place, value in enumerate(beyond)}
    return [known.get(value) or pale.get(value) or dark[value] for value in values]


def register_theme() -> None:
    """Register the theme in Altair without enabling it. Checking first whether it is registered would be slower."""
    alt.theme.register(NAME, enable=False)(_theme)


def _theme() -> alt.theme.ThemeConfig:
    return {
        "config": {
            "background": "transparent",
            "font": FONT,
            "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": HEIGHT},
            "axis": {
                "labelColor": INK,
                "titleColor": INK,
                "labelFontSize": 11,
                "titleFontSize": 11,
                "labelOpacity": 0.75,
                "titleOpacity": 0.75,
                "titleFontWeight": "normal",
                "gridColor": INK,
                "gridOpacity": 0.12,
                "domainColor": INK,
                "domainOpacity": 0.35,
                "tickColor": INK,
                "tickOpacity": 0.35,
            },
            "axisX": {"grid": False},
            "legend": {
                "labelColor": INK,
                "titleColor": INK,
                "labelFontSize": 11,
                "titleFontSize": 11,
                "titleFontWeight": "normal",
                "labelLimit": 140,
            },
            "title": {
                "color": INK,
                "anchor": "start",
                "fontSize": 15,
                "fontWeight": 600,
                "subtitleColor": INK,
                "subtitleFontSize": 12,
                "subtitlePadding": 6,
                "lineHeight": 18,
                "subtitleLineHeight": 16,
                "offset": 14,
                "limit": 640,
            },
            "text": {"font": FONT, "color": INK},
            "rule": {"color": INK},
            "tick": {"color": INK, "opacity": 0.6},
        }
    }
