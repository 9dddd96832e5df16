"""The options of a panel that are ticked: the values of a column, each with the items that choosing it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.analysis.taxonomy import SEPARATOR, is_within
from seggwat_nb.analysis.versions import same
from seggwat_nb.charts.base import EMPTY, NONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.crossfilter import Crossfilter

__all__ = ["FACETS", "after_tick", "facet"]

FACETS: Final = {
    "type": "Type",
    "theme": "Theme",
    "status": "Status",
    "source": "Source",
    "version": "Version",
    "project_id": "Project",
}
"""Part of a filter to what the panel calls it."""

_MOST_OPTIONS: Final = 60
_INDENT: Final = "\N{EM SPACE}"


def facet(
    rows: Crossfilter, where: FeedbackFilter, name: str, *, versions: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """List the options of a column, as the browser shows them; `versions` to all of their spellings."""
    counts = rows.counts(name, where)
    meant: Mapping[str, tuple[str, ...]] = {value: (value,) for value in counts if value is not None}
    if name == "version":
        meant = versions
    ticked, asked = rows.asked(name, where), getattr(where, name) or ()
    options: list[dict[str, Any]] = [
        {
            "value": value,
            "label": _label(name, value),
            "title": value if values == (value,) else f"{value}, written {' or '.join(values)}",
            "count": sum(counts[one] for one in values),
            "ticked": ticked.issuperset(values),
            "partly": not ticked.isdisjoint(values)
            or (name == "theme" and any(is_within(one, value) for one in asked)),
        }
        for value, values in meant.items()
    ]
    if None in counts:
        options.append(
            {"value": None, "label": NONE, "title": "", "count": counts[None], "ticked": False, "partly": False}
        )
    more = len(options) - _MOST_OPTIONS
    if more > 0:
        most = {one["value"] for one in sorted(options, key=lambda one: -one["count"])[:_MOST_OPTIONS]}
        shown = [option for option in options if option["value"] in most or option["partly"]]
        more, options = len(options) - len(shown), shown
    note = f"and {more:,} less frequent" if more > 0 else ""
    return {"name": name, "label": FACETS[name], "options": options, "note": note}


def _label(name: str, value: str) -> str:
    """Name an option; a nested theme stands below what it is nested in, and bears the rest of its name."""
    if name == "theme" and SEPARATOR in value[1:]:
        _, _, own = value.rpartition(SEPARATOR)
        return f"{_INDENT * value.count(SEPARATOR, 1)}{own or EMPTY}"
    return f'"{value}"' if value in {NONE, EMPTY} else value or EMPTY


def after_tick(before: Sequence[str], name: str, meant: tuple[str, ...], *, ticked: bool) -> tuple[str, ...]:
    """Return the values of a part once an option was ticked, or no longer is; `meant` are the values it stands for.

    A theme takes the place of those nested in it; what it is nested in is no longer chosen once it is not.
    """
    again = {*meant, *(same(meant, before) if name == "version" else ())}
    if name == "theme":
        (value,) = meant
        again |= {one for one in before if (is_within(one, value) if ticked else is_within(value, one))}
    others = tuple(one for one in before if one not in again)
    return (*others, *meant) if ticked else others
