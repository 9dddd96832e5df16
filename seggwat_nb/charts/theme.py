"""One look for every chart, and one colour for one value everywhere.

Colours are Okabe and Ito's set for colour-blind readers (Color Universal Design, 2008) and tints of it; what no
vocabulary knows is grey. Every font list ends in ``sans-serif``: with an unknown single font no text is drawn at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt

from seggwat_nb.schema import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from altair.theme import AxisConfigKwds

__all__ = ["FONT", "colours", "enable_theme"]

FONT: Final = "Inter, Segoe UI, Helvetica Neue, Arial, sans-serif"

_NAME: Final = "seggwat"
_TEXT: Final = "#6b7280"
"""A grey that is read on white and on JupyterLab's dark ground: 4.8 to 1 and 4.0 to 1."""

_GRID: Final = "#9ca3af"

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
_CYCLE: Final = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#B8860B")
_GREYS: Final = ("#6b7280", "#9ca3af", "#4b5563", "#c4c9d1")


def colours(key: str, values: Sequence[str]) -> list[str]:
    """Find the colour of each value of a key: fixed where the vocabulary knows it, else grey; others in turn.

    Examples
    --------
    >>> colours("type", ["Bug", "Idea"])
    ['#D55E00', '#6b7280']
    >>> colours("version", ["1.0", "1.1"])
    ['#0072B2', '#E69F00']
    """
    fixed = _FIXED.get(key)
    if fixed is None or key not in VOCABULARIES:
        return [_CYCLE[place % len(_CYCLE)] for place in range(len(values))]
    unknown = [value for value in values if value not in fixed]
    return [fixed.get(value) or _GREYS[unknown.index(value) % len(_GREYS)] for value in values]


def enable_theme() -> None:
    """Register the theme, and use it from now on."""
    if alt.theme.active != _NAME:
        alt.theme.register(_NAME, enable=True)(_config)


def _config() -> alt.theme.ThemeConfig:
    axis: AxisConfigKwds = {
        "labelColor": _TEXT,
        "titleColor": _TEXT,
        "labelFont": FONT,
        "titleFont": FONT,
        "titleFontWeight": "normal",
        "gridColor": _GRID,
        "gridOpacity": 0.25,
        "domainColor": _GRID,
        "tickColor": _GRID,
    }
    return {
        "config": {
            "background": "transparent",
            "font": FONT,
            "view": {"stroke": None, "continuousWidth": 640, "continuousHeight": 260},
            "axis": axis,
            "legend": {
                "labelColor": _TEXT,
                "titleColor": _TEXT,
                "labelFont": FONT,
                "titleFont": FONT,
                "orient": "right",
            },
            "title": {
                "font": FONT,
                "color": _TEXT,
                "anchor": "start",
                "fontSize": 15,
                "fontWeight": 600,
                "subtitleColor": _TEXT,
                "subtitleFont": FONT,
                "subtitleFontSize": 12,
                "offset": 12,
            },
            "text": {"font": FONT, "color": _TEXT},
        }
    }
