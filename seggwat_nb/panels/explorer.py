"""The explorer: filters with live counts, charts that filter, the items, and a copy as code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from seggwat_nb.dataset import Dataset, frames_of
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.options import checks_options
from seggwat_nb.panels import code, items, presets
from seggwat_nb.panels.base import PAUSE, Panel, check_frame, provenance, shows_errors
from seggwat_nb.panels.crossfilter import (
    PARTS,
    Crossfilter,
    is_set,
    newest_first,
    only,
    with_fields,
    without,
)
from seggwat_nb.panels.facets import FACETS, after_tick, facet
from seggwat_nb.panels.fields import Fields
from seggwat_nb.panels.pictures import VIEWS, ChartPayload, ViewRequest, timeline, view
from seggwat_nb.panels.shared import draw_masked
from seggwat_nb.panels.widgets import Charts, Head, Options, Table
from seggwat_nb.text import counted

if TYPE_CHECKING:
    import os
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    import polars as pl

    from seggwat_nb.schema import Provenance

__all__ = ["Explorer"]

_KEYS: Final = {
    "Type": "type",
    "Theme": "theme",
    "Status": "status",
    "Source": "source",
    "Version": "version",
    "Path": "path",
}
_RATED_BY: Final = {"Page": "path", "Over time": "time", "Version": "version"}
_EVERY: Final = {"Day": "1d", "Week": "1w", "Month": "1mo", "Quarter": "1q"}
_LONGEST_CHIP: Final = 60


@checks_options
class Explorer(Panel):
    """Filter feedback by clicking, and copy the selection as code.

    Parameters
    ----------
    data
        What `seggwat_nb.load` returns, or a frame of feedback. After `seggwat_nb.themes.tag`, themes can be filtered by
        and drawn, too.
    ratings
        A frame of ratings, for a view of their own; by default those of the `Dataset`.
    about
        Where the rows come from; by default as in the `Dataset`.
    where
        The selection to start with.

    Attributes
    ----------
    filter : FeedbackFilter
        The current selection; may be set, to None for everything.
    selected : pl.DataFrame
        The rows selected, all columns, in the order of the frame.

    Raises
    ------
    ArgumentError
        The frame is not one of feedback, or lacks a column that the filter needs.

    Examples
    --------
    >>> import polars as pl
    >>> from seggwat_nb.schema import FEEDBACK
    >>> panel = Explorer(pl.DataFrame(schema=FEEDBACK))
    >>> panel.filter = FeedbackFilter(type="Bug")
    >>> panel.selected.height
    0
    >>> panel.close()
    """

    _held = ("_rows", "_ratings", "_orders", "_shapes", "_drawn", "_picks", "_versions")

    def __init__(
        self,
        data: pl.DataFrame | Dataset,
        *,
        ratings: pl.DataFrame | None = None,
        about: Provenance | None = None,
        where: FeedbackFilter | None = None,
    ) -> None:
        frame, ratings, about = frames_of(data, ratings, about)
        check_frame(frame, ratings, about)
        if where is not None and not isinstance(where, FeedbackFilter):
            raise ArgumentError(f"where must be a seggwat_nb.FeedbackFilter, got {type(where).__name__}.")
        self._rows = Crossfilter(frame)
        self._ratings = None if ratings is None else Crossfilter(ratings)
        self._about = about
        self._versions = newest_first(self._rows.spellings())
        self._orders: dict[str, pl.Series] = {}
        self._shapes: dict[Hashable, ChartPayload] = {}
        self._picks: Mapping[str, tuple[str, tuple[str, ...]]] = {}
        self._page = items.Page()
        self._filter = FeedbackFilter()
        self._zone = data.time_zone if isinstance(data, Dataset) else None
        self._source = code.of_rows(data, rated=ratings is not None)
        self._everything = FeedbackFilter(time_zone=self._zone or "UTC")
        self._start = where or self._everything
        self._build()
        super().__init__([self._head, self._body, self._foot])
        self._set(self._start)
        self._later(self._suggest)

    @property
    def filter(self) -> FeedbackFilter:
        """What is selected."""
        with self.busy:  # what was clicked may be half done, in another thread
            return self._filter

    @filter.setter
    def filter(self, where: FeedbackFilter | None) -> None:
        where = self._everything if where is None else where
        if not isinstance(where, FeedbackFilter):
            raise ArgumentError(f"A filter must be a seggwat_nb.FeedbackFilter, got {type(where).__name__}.")
        self.check_open()
        self._set(where)

    @property
    def selected(self) -> pl.DataFrame:
        """The rows selected."""
        self.check_open()
        with self.busy:
            return self._rows.chosen(self._filter).apply(self._rows.frame)

    def to_python(self) -> str:
        """Return the code that makes the same selection and chart without the panel."""
        self.check_open()
        rows = "feedback" if self._zone is None else "data.feedback"
        made = [self._source, f"where = {self._filter.to_python()}", f"selected = where.apply({rows})"]
        made.append(code.of_view(self._views.value, self._request()))
        return code.whole(made)

    def close(self) -> None:
        """Remove the panel from the page and free its memory; a closed panel cannot be used again."""
        if not self._closed and "_choices" in self.__dict__:
            self._choices.children = [self._by, self._rated_by, self._every]  # one out of sight is closed as well
        super().close()

    def to_html(self, file: str | os.PathLike[str], *, smallest: int | None = None) -> Path:
        """Write the view as one offline page to share, with live counts and charts but without the items.

        Parameters
        ----------
        file
            A path ending in ``.html``; an existing file is replaced once the new one is complete.
        smallest
            The fewest items that a figure may stand for, such as 5. The page is one of tables by month, type, status,
            source and version then, none combined with another (`seggwat_nb.share.pages.tables`). Without it most
            figures stand for one or two items, and anybody with two such pages can see that a single item changed.

        Returns
        -------
        Path
            The file. Without `smallest` it holds counts by type, status, source, version and the period chosen, a week
            at the least, of what is selected, coarser where these are many (`seggwat_nb.share.pages.explorer.cube`),
            masked as a report is, and beside the chart over time that of another view that is open. It names the
            filters it cannot have.

        Raises
        ------
        ArgumentError
            The suffix is wrong, the folder is missing or not writable, or `smallest` is less than 2.
        """
        from seggwat_nb.share.pages import explorer, tables

        self.check_open()
        if smallest is not None:
            return tables.write(
                self._rows.frame, file, smallest=smallest, sides=[("", self._filter)], about=self._about
            )
        beside = None if self._views.value == "Over time" else draw_masked(self._views.value, self._request())
        return explorer.write(
            self._rows.frame,
            file,
            where=self._filter,
            by=self._by.value,
            every=self._every.value,
            about=self._about,
            beside=beside,
        )

    # -- what is there ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._message = widgets.HTML()
        self._head, self._charts, self._options, self._table = Head(), Charts(), Options(), Table()
        self._fields = Fields(self._rows, self._on_typing)
        self._views = widgets.ToggleButtons(
            options=[name for name in VIEWS if name != "Ratings" or self._ratings is not None],
            tooltips=[f"Show: {name}" for name in VIEWS],
            style={"button_width": "auto"},
        )
        keys = {label: key for label, key in _KEYS.items() if self._rows.has(key)}
        self._by = widgets.Dropdown(options=keys or {"None": ""}, description="By")
        self._every = widgets.Dropdown(options=_EVERY, value="1w", description="Every")
        rated = {"time"} if self._ratings is None else {"time", *self._ratings.frame.columns}
        self._rated_by = widgets.Dropdown(
            options={label: by for label, by in _RATED_BY.items() if by in rated},
            description="By",
            tooltip="Ratings by",
        )
        for choice in (self._by, self._rated_by, self._every):
            choice.layout.width = "170px"
            choice.style.description_width = "auto"
        self._choices = widgets.HBox([self._by, self._every])
        right = widgets.VBox(
            [self._views, self._choices, self._charts, self._table],
            layout=widgets.Layout(flex="1 1 0", min_width="0", margin="0 0 0 16px"),
        )
        left = widgets.VBox(
            [*self._fields.search, self._options, *self._fields.others], layout=widgets.Layout(flex="0 0 236px")
        )
        self._body = widgets.HBox([left, right], layout=widgets.Layout(width="100%"))
        self._build_tools()
        self._listen()

    def _build_tools(self) -> None:
        auto = widgets.Layout(width="auto")
        self._code_button = widgets.Button(description="Copy as Python", layout=auto)
        self._code = widgets.Textarea(
            tooltip="The selection as Python", layout=widgets.Layout(width="98%", height="110px", display="none")
        )
        named = {"style": {"description_width": "auto"}}
        self._preset = widgets.Combobox(
            description="Preset", placeholder="Name of a preset", layout=widgets.Layout(width="230px"), **named
        )
        self._save = widgets.Button(description="Save", tooltip=f"Save as {presets.FILE}", layout=auto)
        self._load = widgets.Button(description="Load", tooltip=f"Load from {presets.FILE}", layout=auto)
        self._file = widgets.Text(
            description="File", value="selected.csv", layout=widgets.Layout(width="190px"), **named
        )
        self._export = widgets.Button(
            description="Export", tooltip="Export the selected items to this file, unmasked", layout=auto
        )
        tools = widgets.HBox(
            [self._code_button, self._preset, self._save, self._load, self._file, self._export],
            layout=widgets.Layout(flex_flow="row wrap"),
        )
        about = widgets.HTML(provenance(self._about))
        self._foot = widgets.VBox([tools, self._message, self._code, about])

    def _listen(self) -> None:
        for choice in (self._views, self._by, self._rated_by, self._every):
            choice.observe(self._on_view, "value")
        self._head.on_msg(lambda _, message, __: self._on_reset(message))
        self._options.on_msg(lambda _, message, __: self._on_tick(message))
        self._charts.on_msg(lambda _, message, __: self._on_click(message))
        self._table.on_msg(lambda _, message, __: self._on_table(message))
        self._code_button.on_click(lambda _: self._copy())
        self._save.on_click(lambda _: self._keep())
        self._load.on_click(lambda _: self._take())
        self._export.on_click(lambda _: self._write())

    # -- what people do -----------------------------------------------------------------------------------------------

    @shows_errors
    def _on_typing(self, more_to_come: bool) -> None:  # noqa: FBT001  # `Fields` calls it
        self._soon("typed", self._read_fields, pause=PAUSE if more_to_come else 0.0)

    @shows_errors
    def _read_fields(self) -> None:
        """Take the filter from the fields; invalid ones are reported, and nothing changes."""
        self._set(self._fields.read(self._filter), typed=True)

    @shows_errors
    def _on_reset(self, message: Mapping[str, Any]) -> None:
        """Take back a part of the filter, or all."""
        part = message["reset"]
        where = self._caught_up()
        self._set(FeedbackFilter(time_zone=where.time_zone) if part is None else without(where, part))

    @shows_errors
    def _on_tick(self, message: Mapping[str, Any]) -> None:
        group, value = message["group"], message["value"]
        if value is None:
            raise ArgumentError(f"Items without a {FACETS[group].lower()} cannot be selected.")
        meant = self._versions.get(value, (value,)) if group == "version" else (value,)
        where = self._caught_up()
        self._choose(where, group, after_tick(getattr(where, group) or (), group, meant, ticked=message["ticked"]))

    def _choose(self, where: FeedbackFilter, part: str, values: tuple[str, ...]) -> None:
        """Values that are in the data are meant, however much they look like a slip."""
        allow = (*(where.allow or ()), *values) or None
        self._set(with_fields(without(where, part), {part: values or None, "allow": allow}))

    def _caught_up(self) -> FeedbackFilter:
        """Return the filter with what was typed a moment ago and not looked at yet, where that can be meant."""
        try:
            return self._fields.read(self._filter)
        except ArgumentError:
            return self._filter

    @shows_errors
    def _on_click(self, message: Mapping[str, Any]) -> None:
        if "failed" in message:
            raise ArgumentError(f"The chart could not be drawn ({message['failed']}). Reload the page.")
        if "span" in message:
            self._soon("brushed", partial(self._on_brush, message["span"]), pause=0.0 if message["done"] else PAUSE / 3)
            return
        if message["picked"] not in self._picks:
            return
        part, values = self._picks[message["picked"]]
        where = self._caught_up()
        kept = getattr(where, part)
        again = kept is not None and set(kept) == set(values)
        self._choose(where, part, () if again else values)

    @shows_errors
    def _on_brush(self, span: tuple[float, float] | None) -> None:
        """Choose whole days, as the time that was dragged across shows them on its scale of UTC."""
        where = self._caught_up()
        if span is None:
            self._set(without(where, "dates"))
        else:
            first, last = (datetime.fromtimestamp(end / 1000, tz=UTC).date() for end in span)
            self._set(replace(where, since=first, until=last + timedelta(days=1)))
        self._charts.send({"redraw": "timeline"})  # whole days, also where they are those of before

    @shows_errors
    def _on_table(self, message: Mapping[str, Any]) -> None:
        if "open" in message:
            again = message["open"] == self._page.open
            self._page = replace(self._page, open=None if again else message["open"])
        elif "page" in message:
            self._page = replace(self._page, number=int(message["page"]), open=None)
        else:
            down = message["sort"] != self._page.sort or not self._page.descending
            self._page = items.Page(sort=message["sort"], descending=down)
        self._show_items()

    @shows_errors
    def _on_view(self, _: object) -> None:
        self._show_charts()

    @shows_errors
    def _copy(self) -> None:
        self._code.value = self.to_python()
        self._code.layout.display = ""
        self._options.send({"copy": self._code.value})
        self.say("")

    @shows_errors
    def _keep(self) -> None:
        place = presets.save(self._preset.value, self._filter)
        self._preset.options = tuple(presets.names())
        self.say(f"Saved as {self._preset.value.strip()!r} in {place}.", done=True)

    @shows_errors
    def _take(self) -> None:
        self._preset.options = tuple(presets.names())
        self._set(presets.load(self._preset.value.strip()))
        self.say(f"Loaded {self._preset.value.strip()!r}. {self._rows.doubts(self._filter)}".strip(), done=True)

    @shows_errors
    def _write(self) -> None:
        from seggwat_nb.share.export import export

        rows = self.selected
        file = export(rows, self._file.value.strip())
        unmasked = "Personal data is not masked: give it to nobody else." if rows.height else ""
        self.say(f"{counted(rows.height, 'item')} written to {file}. {unmasked}".strip(), done=True)

    def _suggest(self) -> None:
        self._fields.suggest(self._rows)

    # -- what is shown ------------------------------------------------------------------------------------------------

    def _set(self, where: FeedbackFilter, *, typed: bool = False) -> None:
        if unused := self._rows.unused(where):
            raise ArgumentError(f"The frame has no column for {', '.join(unused)}. Remove it from the filter.")
        with self.busy:
            self._rows.chosen(where)  # raises before anything is shown
            self._filter = where
            self._page = replace(self._page, number=0, open=None)
            self.say(self._rows.doubts(where), done=True)
            if not typed:  # nobody's typing is overwritten
                self._fields.show(where)
            self._show()

    def _show(self) -> None:
        selected = int(self._rows.chosen(self._filter).mask.sum())
        self._head.shown = {
            "selected": f"{selected:,}",
            "rest": f" of {self._rows.frame.height:,} items",
            "chips": [self._chip(part) for part in PARTS if is_set(self._filter, part)],
        }
        self._show_charts()  # first, since the browser takes longest over them
        self._options.groups = [
            facet(self._rows, self._filter, name, versions=self._versions) for name in FACETS if self._is_offered(name)
        ]
        self._show_items()

    def _chip(self, part: str) -> dict[str, str]:
        said = only(self._filter, part).describe()
        short = said if len(said) <= _LONGEST_CHIP else f"{said[: _LONGEST_CHIP - 1]}…"
        return {"part": part, "label": short, "title": f"Reset: {said}"}

    def _is_offered(self, name: str) -> bool:
        values = self._rows.values(name)
        return bool(values) and (name != "project_id" or len(values) > 1)

    def _show_charts(self) -> None:
        asked = self._request()
        self._code.layout.display = "none"  # it was of what was shown before
        of_time = [self._every] if self._rated_by.value == "time" else []
        choices = {"Over time": [self._by, self._every], "Ratings": [self._rated_by, *of_time]}.get(self._views.value)
        self._choices.layout.visibility = "hidden" if choices is None else "visible"  # its place stays
        if choices is not None and list(self._choices.children) != choices:
            self._choices.children = choices
        self._drawn = view(self._views.value, asked)
        self._picks = self._drawn.picks
        self._charts.charts = {"timeline": timeline(asked).to_json(), "view": self._drawn.to_json()}
        self._draw_soon()

    def _request(self) -> ViewRequest:
        return ViewRequest(
            feedback=self._rows,
            ratings=self._ratings,
            where=self._filter,
            by=self._by.value,
            every=self._every.value,
            rated_by=self._rated_by.value,
            as_of=None if self._about is None else self._about.as_of,
            shapes=self._shapes,
            dataset_zone=self._zone,
        )

    def _show_items(self) -> None:
        self._table.shown = items.page(self._rows, self._filter, self._page, about=self._about, orders=self._orders)

    def _current_picture(self) -> tuple[ChartPayload, str]:
        return self._drawn, f"{self._filter.describe(people=False)}, {self._head.shown['selected']} items."
