"""One look for every chart, and one colour for one value everywhere.

Colours are Okabe and Ito's set for colour-blind readers (Color Universal Design, 2008); what no vocabulary knows is
grey. Text and lines take the page's own text colour, so that a chart is read on a light page and on a dark one. Every
font list ends in ``sans-serif``: with an unknown single font no text is drawn at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["DISTINCT", "FONT", "GREYS", "HEIGHT", "INK", "NAME", "PLAIN", "WIDTH", "colours", "register_theme"]

NAME: Final = "seggwat"
"""The theme's name among altair's."""

FONT: Final = "Inter, Segoe UI, Helvetica Neue, Arial, sans-serif"

GREYS: Final = ("#c4c9d1", "#5b6270", "#d3d7dd", "#757c89")
"""What has no colour of its own: unknown values, the rest, nothing given."""

WIDTH: Final = 640
"""Pixels of a chart that has no width of its own, or none that its place gives it."""

HEIGHT: Final = 260
"""Likewise."""

_PALE_FIRST: Final = (GREYS[0], GREYS[2], GREYS[3])
_DARK: Final = (GREYS[1], GREYS[3])
"""Greys of what is no value, and of values for which no colour is left: never the same, nor nearly."""

INK: Final = "currentColor"
"""The page's own text colour."""

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
"""Of marks that stand for no value of a key."""

DISTINCT: Final = len(_CYCLE)
"""Values of a key without a vocabulary that colours tell apart; the others are grey."""


def colours(key: str | None, values: Sequence[str], *, grey: Sequence[str] = ()) -> list[str]:
    """Find the colour of each value of a key.

    Parameters
    ----------
    key
        The column. A vocabulary's values have a colour each, everywhere; values it does not know are grey. Values of
        other keys take the colours in turn, and are grey when these are used up: no colour stands for two values.
    values
        In the order in which they are shown.
    grey
        Values that are none, such as the rest beyond the first few.

    Returns
    -------
    list of str
        A colour for each value.

    Examples
    --------
    >>> colours("type", ["Bug", "Idea"])
    ['#D55E00', '#c4c9d1']
    >>> colours("version", ["1.0", "1.1", "Other (3 values)"], grey=["Other (3 values)"])
    ['#0072B2', '#E69F00', '#c4c9d1']

    Values beyond the colours are in greys of their own:

    >>> colours("version", [*"abcdefgh", "(none)"], grey=["(none)"])[-3:]
    ['#5b6270', '#757c89', '#c4c9d1']
    """
    own = [value for value in values if value not in grey]
    known = _FIXED.get(key or "") or dict(zip(own, _CYCLE, strict=False))
    no_values = [value for value in values if value in grey]
    beyond = [value for value in own if value not in known]
    greys = _PALE_FIRST if beyond else GREYS
    pale = {value: greys[place % len(greys)] for place, value in enumerate(no_values)}
    left = [one for one in (_DARK if no_values else GREYS) if one not in pale.values()]
    dark = {value: left[place % len(left)] for place, value in enumerate(beyond)}
    return [known.get(value) or pale.get(value) or dark[value] for value in values]


def register_theme() -> None:
    """Tell altair of the theme, without using it; to ask whether it is there takes altair longer."""
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
