"""The chart over time of a panel: its periods, the values it is stacked by, and releases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from seggwat_nb.analysis import periods
from seggwat_nb.analysis.versions import kind
from seggwat_nb.charts.base import NONE
from seggwat_nb.charts.theme import colours
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels.bitmaps import Codes, count
from seggwat_nb.panels.crossfilter import names_of
from seggwat_nb.panels.facets import label, readable
from seggwat_nb.panels.moves import EPOCH
from seggwat_nb.panels.pictures import SHOWN_VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.periods import Every
    from seggwat_nb.panels.bitmaps import Words
    from seggwat_nb.panels.engine import Engine

__all__ = ["BANDED", "Bands", "Calendar", "axis_of", "bands_by", "calendar_of", "length_for", "releases"]

BANDED: Final = {
    "type": "Type",
    "theme": "Theme",
    "status": "Status",
    "source": "Source",
    "version": "Version",
    "path": "Page",
}
"""Maps each column by which the chart over time can be stacked to its name."""

_LONGER: Final[tuple[Every, ...]] = ("1d", "1w", "1mo", "1q", "1y")
_DAYS: Final = {"1d": 1, "1w": 7, "1mo": 30, "1q": 91, "1y": 365}
_MOST_PERIODS: Final = 800
_FEW_WEEKS: Final = 9
_MOST_RELEASES: Final = 60
_IN_USE: Final = 0.01
"""Minimum share of items of an older version, such as a hotfix of the previous release, to count as a release."""
_DATED: Final = re.compile(r"v?(19|20)\d\d\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The periods from the first row to the last.

    Attributes
    ----------
    every : str
        Their length, which is longer than requested if there would be too many periods to draw.
    starts, days : list of int
        First day of each, since 1 January 1970, and its number of days.
    whole : list of bool
        Whether all of its days are known.
    edges : array of int
        Position of each period's first row in chronological order, and the end.
    last : date
        The last day that the rows cover.
    """

    every: Every
    starts: list[int]
    days: list[int]
    whole: list[bool]
    edges: NDArray[np.int64]
    last: date


def calendar_of(engine: Engine, *, every: Every, as_of: datetime | None, time_zone: str) -> Calendar:
    """List the periods of a panel's rows."""
    edges = engine.rows.frame.select(first=pl.col("created_at").min(), last=pl.col("created_at").max()).row(0)
    if edges[0] is None:
        return Calendar(every=every, starts=[], days=[], whole=[], edges=np.zeros(1, np.int64), last=EPOCH)
    zone = ZoneInfo(time_zone)
    first, last = ((edge if edge.tzinfo else edge.replace(tzinfo=ZoneInfo("UTC"))).astimezone(zone) for edge in edges)
    known = periods.span_to_show(
        first_row=first.date(), last_row=last.date(), last_selected=last.date(), as_of=as_of, time_zone=time_zone
    )
    length = (known.last - known.first).days
    every = next((one for one in _LONGER[_LONGER.index(every) :] if length / _DAYS[one] <= _MOST_PERIODS), _LONGER[-1])
    table = periods.calendar(known, every=every, time_zone=time_zone)
    starts = table["period"].dt.date().to_list()
    places = engine.time.places(table["period"].dt.convert_time_zone("UTC").to_list())
    return Calendar(
        every=every,
        starts=[(day - EPOCH).days for day in starts],
        days=table["days_total"].to_list(),
        whole=table["complete"].to_list(),
        edges=np.append(places, engine.time.rows),
        last=last.date() if as_of is None else periods.local_moment("as_of", as_of, zone).date(),
    )


def length_for(weekly: Calendar) -> Every:
    """Return the length of the periods to start with: days if all rows are within few weeks, which say little then."""
    return "1d" if 0 < len(weekly.starts) <= _FEW_WEEKS else "1w"


class Bands:
    """The bands of the chart over time: the most frequent values, the others, and rows without a value.

    Attributes
    ----------
    labels, colours : list of str
        What each is called, and its color.
    meant : list of tuple of str
        The values that a filter gets for each. Empty if no filter selects exactly these rows.
    stacked : bool
        Whether the bands add up to the rows. False for themes, since a row can have several.
    """

    def __init__(
        self, labels: Sequence[str], meant: Sequence[tuple[str, ...]], sets: Sequence[Words], *, by: str, stacked: bool
    ) -> None:
        # Values that no row has would only be in the legend.
        held = [at for at, words in enumerate(sets) if count(words)]
        self.labels = [labels[at] for at in held]
        self.meant = [meant[at] for at in held]
        self._sets = [sets[at] for at in held]
        grey = [name for name, values in zip(self.labels, self.meant, strict=True) if not values]
        self.colours = colours(by or None, self.labels, grey=grey) if by else colours(None, ["items"])
        self.stacked = stacked

    @property
    def colour_of(self) -> dict[str, str]:
        """The color of each value that has one of its own."""
        return {value: one for values, one in zip(self.meant, self.colours, strict=True) for value in values}

    def counts(self, words: Words, calendar: Calendar, engine: Engine) -> NDArray[np.uint32]:
        """Count the rows of a set by band and period."""
        counted = [engine.time.in_periods(words & one, calendar.edges) for one in self._sets]
        return np.array(counted, np.uint32).reshape(len(self._sets), len(calendar.starts))


def bands_by(engine: Engine, by: str) -> Bands:
    """Split the rows by a column, or not at all if the name is empty."""
    if not by:
        return Bands(["Items"], [()], [engine.time.all], by="", stacked=True)
    rows = engine.rows
    if by == "theme":
        return _themes(engine)
    shown = rows.most_frequent(by, SHOWN_VALUES)
    names: list[str] = names_of(shown).to_list()
    codes = Codes(shown.to_physical().fill_null(len(names)).to_numpy(), len(names), engine.time)
    sets = [codes.rows(np.arange(len(names) + 1) == at) for at in range(len(names) + 1)]
    known = set(rows.values(by)) if by != "path" else set()
    spelt = rows.spellings() if by == "version" else {}

    def filter_values(name: str) -> tuple[str, ...]:
        if by == "path":
            return (name,) if rows.is_a_leaf(name) else ()
        texts = spelt.get(name, (name,))
        return texts if known.issuperset(texts) else ()

    return Bands([*map(label, names), NONE], [*map(filter_values, names), ()], sets, by=by, stacked=True)


def axis_of(calendar: Calendar, bands: Bands, *, can_be_none: bool) -> dict[str, Any]:
    """Describe the periods and bands for the page, without counts. If selectable, rows without a value are None."""
    return {
        "every": calendar.every,
        "starts": calendar.starts,
        "days": calendar.days,
        "whole": calendar.whole,
        "labels": bands.labels,
        "colours": bands.colours,
        "values": [
            None if can_be_none and name == NONE else meant
            for name, meant in zip(bands.labels, bands.meant, strict=True)
        ],
        "stacked": bands.stacked,
        "last": (calendar.last - EPOCH).days,
    }


def _themes(engine: Engine) -> Bands:
    shown = engine.rows.most_frequent("theme", SHOWN_VALUES)
    names = shown.explode().drop_nulls().value_counts(sort=True)["theme"].to_list()
    known = set(engine.rows.values("theme"))
    sets = [engine.time.pack(shown.list.contains(name).fill_null(value=False).to_numpy()) for name in names]

    def filter_values(name: str, words: Words) -> tuple[str, ...]:
        """Return the theme if a filter by it selects exactly these rows, without nested themes."""
        selected = engine.parts(FeedbackFilter(theme=name))["theme"] if name in known else None
        return (name,) if selected is not None and np.array_equal(selected, words) else ()

    return Bands([*map(readable, names)], [*map(filter_values, names, sets)], sets, by="theme", stacked=False)


def releases(engine: Engine, time_zone: str) -> list[dict[str, Any]]:
    """List the releases, with the time of the first item of each.

    The first item of an old version may come long after its release. So a version that is older than one seen before it
    is left out, unless many items have it.
    """
    versions = engine.rows.codes_of("version")
    if versions is None:
        return []
    seen = (
        pl.DataFrame([versions.alias("version"), engine.rows.frame["created_at"]])
        .drop_nulls()
        .group_by("version")
        .agg(first=pl.col("created_at").min(), number=pl.len())
        .group_by(pl.col("version").cast(pl.String).replace(engine.rows.version_names()))
        .agg(pl.col("first").min(), pl.col("number").sum())
    )
    numbered = [name for name in seen["version"] if kind(name) == "release"]
    # Next to 2.6.0 and 2.7.0, a version such as 2026.06 belongs to another part of the project.
    real = [name for name in numbered if not _DATED.match(name)] or numbered
    local = pl.col("first")
    if getattr(seen.schema["first"], "time_zone", None) is None:
        local = local.dt.replace_time_zone("UTC")
    in_order = [*engine.rows.spellings()]
    place = pl.col("version").replace_strict(in_order, range(len(in_order)), default=-1, return_dtype=pl.Int64)
    table = (
        seen.filter(pl.col("version").is_in(real))
        .sort("first", place)
        .filter((place == place.cum_max()) | (pl.col("number") >= _IN_USE * pl.col("number").sum()))
        .with_columns(day=local.dt.convert_time_zone(time_zone).dt.date())
        .sort("number", descending=True)
        .head(_MOST_RELEASES)
        .sort("day", "version")
    )
    return [
        {"day": (day - EPOCH).days, "label": label(name), "value": name}
        for name, day in table.select("version", "day").rows()
    ]
