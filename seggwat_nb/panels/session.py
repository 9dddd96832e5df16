"""The state of a panel: the filter and its history, the counts, and what is expanded on the page.

It is independent of widgets: messages from the page and to the page are dictionaries.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.folding import fold, fold_texts
from seggwat_nb.analysis.taxonomy import is_within
from seggwat_nb.charts.base import NONE
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels import moves, presets, valueless
from seggwat_nb.panels.bitmaps import count, largest
from seggwat_nb.panels.chips import chips_of, describe_part, doubts_of
from seggwat_nb.panels.crossfilter import ADDED_BY, PARTS, with_fields, without
from seggwat_nb.panels.engine import Engine
from seggwat_nb.panels.facets import FACETS, Facet, Look, Option, facet_of, none_is_null, option_of, together
from seggwat_nb.panels.moves import History, State
from seggwat_nb.panels.reading import lines
from seggwat_nb.panels.timeline import BANDED, Bands, Calendar, axis_of, bands_by, calendar_of, length_for, releases
from seggwat_nb.panels.ways_out import unknown_keys, ways_out
from seggwat_nb.schema import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.periods import Every
    from seggwat_nb.panels.bitmaps import Words
    from seggwat_nb.panels.crossfilter import Crossfilter

__all__ = ["FIRST", "SORTED_BY", "Session"]

FIRST: Final = 30
"""Number of items in each answer. The page requests more when someone scrolls."""
SORTED_BY: Final = ("created_at", "type", "status", "version", "path")


@dataclass(frozen=True, slots=True)
class _Known:
    """Results about the rows that do not depend on the selection."""

    engine: Engine
    facets: dict[str, Facet | None] = field(default_factory=dict)
    orders: dict[str, pl.Series] = field(default_factory=dict)
    labels: dict[str, pl.Series] = field(default_factory=dict)


class Session:
    """The state of a panel, without its page.

    Parameters
    ----------
    rows
        Feedback.
    where
        The filter to start with.
    as_of
        When the rows were loaded.
    beside
        Another state for the same rows, whose engine is shared.
    """

    def __init__(
        self, rows: Crossfilter, where: FeedbackFilter, *, as_of: datetime | None, beside: Session | None = None
    ) -> None:
        self.known: _Known = _Known(Engine(rows)) if beside is None else beside.known
        self.engine = self.known.engine
        self.rows, self.as_of = rows, as_of
        self.history = History(State(FeedbackFilter(time_zone=where.time_zone)))
        self.by = next(filter(rows.has_several, BANDED), next(filter(rows.has_values, BANDED), ""))
        self.every: Every = "1w"
        self.sort, self.descending = SORTED_BY[0], True
        self._looks = {name: Look(folded=name in {"source", "project_id", "submitted_by"}) for name in FACETS}
        self._bands: dict[str, Bands] = {}
        self._calendars: dict[tuple[str, str], Calendar] = {}
        self._parts: dict[str, Words] = {}
        self._whole = self.engine.time.all
        self._within: Words | None = None
        self._listed: tuple[object, ...] = ()
        self._lists = 0
        self.change_to(State(where))
        self.history = History(self.history.now)
        self.every = length_for(self.calendar)

    # -- the filter ---------------------------------------------------------------------------------------------------

    @property
    def where(self) -> FeedbackFilter:
        """The current filter."""
        return self.history.now.in_force()

    def states(self) -> list[object]:
        """List the objects whose attributes are replaced when anything changes."""
        return [self, self.history]

    def change_to(self, state: State, *, merge: str | None = None) -> None:
        """Change to a state.

        Raises
        ------
        ArgumentError
            The frame lacks a column that the filter needs, or the filter is invalid. Nothing changes then.
        """
        if unused := self.rows.unused_parts(state.where):
            names = ", ".join(unused)
            ways = "".join(f" {ADDED_BY[name]} adds it." for name in unused if name in ADDED_BY)
            raise ArgumentError(f"The items have no column for {names}. Remove it.{ways}")
        self._parts = self.engine.parts(state.in_force())
        self.history.go(state, merge=merge)
        self._whole = self.engine.together(self._parts)
        self.narrow(None)

    def narrow(self, mask: pl.Series | None) -> None:
        """List only some of the selected rows until the filter changes. None lists all."""
        if mask is not None or self._within is not None:
            self._listed = ()
        self._within = None if mask is None else self.engine.time.pack(mask.to_numpy().astype(np.bool_, copy=False))

    def _set(self, where: FeedbackFilter, *parts: str, merge: str | None = None) -> None:
        """Change the filter. Parts that change are turned on again."""
        self.change_to(State(where, self.history.now.off - {*parts}), merge=merge)

    def act(self, message: Mapping[str, Any]) -> bool:
        """Handle a request of the page. Returns False if it does not change what is shown."""
        act = self._acts.get(message["do"])
        if act is not None:
            act(message)
        return act is not None

    @property
    def _acts(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        return {
            "start": lambda _: None,
            "choose": self._choose,
            "flip": self._flip,
            "switch": self._switch,
            "remove": self._remove,
            "clear": self._clear,
            "step": self._step,
            "search": self._search,
            "dates": self._dates,
            "days": self._days,
            "previous": self._previous,
            "unfold": self._unfold,
            "sort": self._sort,
            "load": lambda message: self.change_to(State(presets.load(message["name"]))),
        }

    def _choose(self, message: Mapping[str, Any]) -> None:
        """Select or exclude values of a column, and the days of a mark in the chart over time if it has both."""
        part, span = message["part"], message.get("span")
        where = self._with(self.history.now.where, part, message["value"], message["how"])
        parts = (part, *["dates"] * (span is not None), *["search"] * valueless.is_term(where, part))
        self._set(where if span is None else moves.span(where, span), *parts)

    def _with(self, where: FeedbackFilter, part: str, value: str | list[str] | None, how: str) -> FeedbackFilter:
        """Return a filter with an option chosen as `moves.choose` does. A list of values stands for itself."""
        facet = self.facet(part)
        if value is None:
            return valueless.choose(where, part, facet, how)
        if self._selects_none(where, part):  # no value can be selected beside none
            where = valueless.clear_part(where, part)
        return moves.choose(
            where, part, tuple(value) if isinstance(value, list) else option_of(facet, value).meant, how
        )

    def _selects_none(self, where: FeedbackFilter, part: str) -> bool:
        """Return whether a part of a filter selects just the items without a value."""
        may = bool(moves.values(where, part, "not")) or valueless.is_term(where, part)
        return may and part in FACETS and valueless.is_selected(where, part, self.facet(part))

    def _bare(self, where: FeedbackFilter) -> list[str]:
        return [part for part in FACETS if self._selects_none(where, part)]

    def describe_part(self, where: FeedbackFilter, part: str) -> str:
        """Describe briefly what a part of a filter selects."""
        return NONE if self._selects_none(where, part) else describe_part(where, part)

    def _flip(self, message: Mapping[str, Any]) -> None:
        self._set(moves.flip(self.history.now.where, message["part"]), message["part"])

    def _switch(self, message: Mapping[str, Any]) -> None:
        state = self.history.now
        self.change_to(State(state.where, state.off ^ {message["part"]}))

    def _remove(self, message: Mapping[str, Any]) -> None:
        self._set(without(self.history.now.where, message["part"]), message["part"])

    def _clear(self, _: Mapping[str, Any]) -> None:
        self._set(FeedbackFilter(time_zone=self.where.time_zone), *PARTS)

    def _step(self, message: Mapping[str, Any]) -> None:
        if self.history.step(int(message["by"])):
            self._refresh()

    def _refresh(self) -> None:
        self._parts = self.engine.parts(self.where)
        self._whole = self.engine.together(self._parts)

    def _search(self, message: Mapping[str, Any]) -> None:
        merge = f"search {message['typing']}" if message.get("typing") else None
        before = self.history.before(merge)  # so that text that is deleted again leaves no filter
        where = moves.apply_search(before.where, message["text"], known=self._vocabulary)
        self.change_to(State(where, before.off - {*moves.changed_parts(before.where, where)}), merge=merge)

    @cached_property
    def _vocabulary(self) -> set[str]:
        return {value for name in VOCABULARIES for value in self.rows.values(name)}

    def _dates(self, message: Mapping[str, Any]) -> None:
        merge = f"dates {message['drag']}" if "drag" in message else None
        self._set(moves.span(self.history.now.where, message["span"]), "dates", merge=merge)

    def _days(self, message: Mapping[str, Any]) -> None:
        self._set(moves.last_days(self.history.now.where, int(message["days"]), until=self.calendar.last), "dates")

    def _previous(self, _: Mapping[str, Any]) -> None:
        if (spans := moves.spans(self.where, last=self.calendar.last)) is not None:
            self._set(moves.span(self.history.now.where, spans[1]), "dates")

    def parse_comparison(self, message: Mapping[str, Any]) -> tuple[FeedbackFilter, str | None]:
        """Return the selection to compare with the rest, and the part of it to invert. None stands for all parts."""
        if "span" in message:
            return moves.span(self.where, message["span"]), "dates"
        if (part := message.get("part")) is not None:
            return self._with(self.where, part, message["value"], "only"), part
        return self.where, None

    def _unfold(self, message: Mapping[str, Any]) -> None:
        name = message["name"]
        look = self._looks[name]
        given = {key: message[key] for key in ("find", "start", "rows", "folded") if key in message}
        self._looks = {**self._looks, name: replace(look, **given)}

    def _sort(self, message: Mapping[str, Any]) -> None:
        by = message["by"] if message["by"] in SORTED_BY else SORTED_BY[0]
        if by not in self.rows.frame.columns:
            return
        newest = by == SORTED_BY[0]
        self.descending = (not self.descending) if by == self.sort else newest
        self.sort = by

    # -- what is shown ------------------------------------------------------------------------------------------------

    def facet(self, name: str) -> Facet | None:
        """Return the options of a column when they are needed, since this takes a while for many submitters."""
        if name not in self.known.facets:
            self.known.facets[name] = facet_of(name, self.engine)
        return self.known.facets[name]

    def list_facets(self) -> list[str]:
        """List the facets of which the rows have values."""
        return [name for name in FACETS if self.rows.has_values(name) and self._is_offered(name)]

    def _is_offered(self, name: str) -> bool:
        return name == "submitted_by" or self.facet(name) is not None

    @property
    def calendar(self) -> Calendar:
        """The periods of the chart over time."""
        key = (self.every, self.where.time_zone)
        if key not in self._calendars:
            made = calendar_of(self.engine, every=self.every, as_of=self.as_of, time_zone=self.where.time_zone)
            self._calendars[key] = made
        return self._calendars[key]

    @property
    def bands(self) -> Bands:
        """The values by which the chart over time is stacked."""
        return self.bands_of(self.by)

    def bands_of(self, by: str) -> Bands:
        """Split the rows by a column, once."""
        if by not in self._bands:
            self._bands[by] = bands_by(self.engine, by)
        return self._bands[by]

    @cached_property
    def _releases(self) -> list[dict[str, Any]]:
        return releases(self.engine, self.where.time_zone)

    def time(self) -> dict[str, Any]:
        """Describe the chart over time, without counts."""
        can_be_none = none_is_null(self.by, self.facet(self.by) if self.by else None, self.engine)
        shown = axis_of(self.calendar, self.bands, can_be_none=can_be_none)
        return {**shown, "asked": self.every, "by": self.by, "releases": self._releases}

    def columns(self) -> list[dict[str, Any]]:
        """Describe the facets, without counts."""
        described = []
        for name in self.list_facets():
            many = name == "submitted_by" or self._is_many(name)
            facet = None if many else self.facet(name)
            options = [] if facet is None else [(one.value, one.label, one.title, one.depth) for one in facet.options]
            described.append(
                {
                    "name": name,
                    "label": FACETS[name],
                    "many": many,
                    "options": options,
                    "together": together(name, facet),
                    "none": facet is not None and facet.has_none,
                    "excludes": moves.excluding_field(name) is not None,
                    "folded": self._looks[name].folded,
                }
            )
        return described

    def _is_many(self, name: str) -> bool:
        facet = self.facet(name)
        return facet is not None and facet.many

    @property
    def selected(self) -> int:
        """Number of selected rows."""
        return count(self._whole)

    def mask(self) -> pl.Series:
        """Return the mask of selected rows (Boolean), in the order of the frame."""
        self._refresh()
        return self.engine.time.mask(self._whole)

    @property
    def _of_list(self) -> Words:
        return self._whole if self._within is None else self._whole & self._within

    def view(self, *, over_time: bool = True, facets: bool = True) -> tuple[dict[str, Any], NDArray[np.uint32]]:
        """Describe what to show, and count the values of each expanded facet and each band by period."""
        self._refresh()
        state, total = self.history.now, self.selected
        counted: list[NDArray[np.uint32]] = []
        layout: list[tuple[str, int]] = []
        shown: dict[str, Any] = {}
        for name in self.list_facets() if facets else ():
            if self._looks[name].folded:
                shown[name] = {"set": self._number_set(name)}
                continue
            facet = self.facet(name)
            if facet is None:  # it is not offered in this case
                continue
            counts = facet.counts(self._leaving_out(name), self.engine.cells(self._parts, self.where, leaving_out=name))
            if self._is_many(name) or name == "submitted_by":
                shown[name] = self._few_of(name, facet, counts)
            else:
                shown[name] = self._marks(name, facet.options)
                layout.append((name, counts.size))
                counted.append(counts)
        if over_time:
            weekly = self.bands.counts(self._leaving_out("dates"), self.calendar, self.engine)
            layout.append(("time", weekly.size))
            counted.append(weekly.ravel())
        back, forth = self.history.ways
        groups = together("status", self.facet("status"))
        odd = "" if total else unknown_keys(self)
        listed = (self.where, self.where.moments, self.sort, self.descending)
        if listed != self._listed:
            self._listed, self._lists = listed, self._lists + 1
        described = {
            "selected": total,
            "listed": count(self._of_list),
            "list": self._lists,
            "layout": layout,
            "facets": shown,
            "chips": chips_of(state, {"status": groups}, self._bare(state.where)),
            "back": back,
            "forth": forth,
            "search": moves.search_text(state.where),
            "dates": moves.days_of(state.where) if "dates" not in state.off else (None, None),
            "doubts": " ".join(filter(None, [doubts_of(self.rows, self.where, groups), odd])),
            "sort": (self.sort, self.descending),
            "items": self.items(0, FIRST),
            "without": [] if total else ways_out(self, state.where),
        }
        return described, np.concatenate([np.empty(0, np.uint32), *counted]).astype(np.uint32)

    def count_ahead(self) -> None:
        """Count the rows of each cell, from which most clicks count the values of the facets, and list all values."""
        for name in self.list_facets():
            if not self._looks[name].folded and (facet := self.facet(name)) is not None:
                facet.counts(self.engine.time.all, self.engine.every_cell)
                self.rows.present(name)

    def _leaving_out(self, part: str) -> Words:
        bare = self._selects_none(self.where, part) and part not in self._parts  # by the search
        parts = self.engine.parts(valueless.remove_term(self.where, part)) if bare else self._parts
        return self.engine.together(parts, leaving_out=part) if bare or part in parts else self._whole

    def _number_set(self, name: str) -> int:
        where = self.history.now.where
        if self._selects_none(where, name):
            return 1
        names = self.rows.version_names() if name == "version" else {}
        return len({names.get(one, one) for how in ("in", "not") for one in moves.values(where, name, how)})

    def _marks(self, name: str, options: Sequence[Option]) -> dict[str, Any]:
        """Return the positions of options that are selected, excluded, or partly selected."""
        where = self.history.now.where
        chosen, left_out = (self._values_in(where, name, how) for how in ("in", "not"))
        marks: dict[str, Any] = {"set": self._number_set(name), "in": [], "not": [], "partly": []}
        if (facet := self.facet(name)) is not None and facet.has_none:
            marks["bare"] = self._selects_none(where, name)
        if marks.get("bare") or not (chosen or left_out):
            return marks
        for place, option in enumerate(options):
            meant = set(option.meant)
            if meant <= chosen:
                marks["in"].append(place)
            elif meant <= left_out:
                marks["not"].append(place)
            elif not meant.isdisjoint(chosen) or (
                name == "theme" and any(is_within(one, option.value) for one in chosen)
            ):
                marks["partly"].append(place)
        return marks

    def _values_in(self, where: FeedbackFilter, name: str, how: str) -> set[str]:
        values = moves.values(where, name, how)
        if not values:
            return set()
        bare = FeedbackFilter(time_zone=where.time_zone)
        return {*values, *self.rows.included_values(name, with_fields(bare, {name: values, "allow": where.allow}))}

    def _few_of(self, name: str, facet: Facet, counts: NDArray[np.uint32]) -> dict[str, Any]:
        """Describe the options of a long facet to show: those with the most rows, or those found by a search."""
        look = self._looks[name]
        known = counts[: len(facet.options)]
        places = np.arange(known.size)
        if look.find.strip():
            if name not in self.known.labels:
                self.known.labels[name] = fold_texts(pl.Series([one.label for one in facet.options], dtype=pl.String))
            has = self.known.labels[name].str.contains(fold(look.find.strip()), literal=True).to_numpy()
            places = places[has]
        else:
            places = places[known > 0]
        found = places.size
        start = max(0, min(look.start, found - look.rows))
        order = places[largest(known[places], start, start + max(0, look.rows))]
        set_here = self._values_in(self.history.now.where, name, "in") | self._values_in(
            self.history.now.where, name, "not"
        )
        by_value = {facet.options[int(at)].value for at in order}
        shown = [*(() if start else facet.places(set_here - by_value)), *map(int, order)]
        options = [facet.options[at] for at in shown]
        none = [int(counts[-1])] if facet.has_none and counts[-1] else []
        return {
            **self._marks(name, options),
            "rows": [(one.value, one.label, one.title, int(known[at])) for at, one in zip(shown, options, strict=True)],
            "none": none,
            "found": int(found),
            "start": start,
            "find": (look.find, look.rows),
            "all": len(facet.options),
        }

    # -- items --------------------------------------------------------------------------------------------------------

    def items(self, start: int, number: int) -> list[dict[str, Any]]:
        """Describe some of the selected rows in one line each, in the selected order."""
        at = self._places(start, number)
        return lines(self.rows.frame, at, self.where, start=start)

    def _places(self, start: int, number: int) -> list[int]:
        if self._is_newest_first:
            return [int(at) for at in self.engine.time.newest(self._of_list, start, number)]
        places: list[int] = self._in_order().slice(start, number).to_list()
        return places

    def place(self, row: int) -> int | None:
        """Return the position of a row in the list. None if it is not in there."""
        if self._is_newest_first:
            return self.engine.time.position(self._of_list, row)
        found: int | None = self._in_order().index_of(row)
        return found

    @property
    def _is_newest_first(self) -> bool:
        return self.sort == SORTED_BY[0] and self.descending

    def _in_order(self) -> pl.Series:
        """Return the numbers of the listed rows, sorted."""
        key = f"{self.sort}{' descending' * self.descending}"
        if key not in self.known.orders:
            column = self.rows.sortable(self.sort)
            self.known.orders[key] = column.arg_sort(descending=self.descending, nulls_last=True)
        order = self.known.orders[key]
        return order.filter(self.engine.time.mask(self._of_list).gather(order))
