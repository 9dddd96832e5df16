"""The explorer: filters with live counts, a chart over time to select dates in, the items, and a copy as code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import anywidget
import traitlets

from seggwat_nb.analysis.validation import check_choice
from seggwat_nb.dataset import Dataset, data_end, frames_of
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.options import checks_options
from seggwat_nb.panels import code
from seggwat_nb.panels.answers import PageAnswers
from seggwat_nb.panels.base import Shown, check_frame, complete_ratings, in_zone
from seggwat_nb.panels.chips import origin
from seggwat_nb.panels.compare import Compare
from seggwat_nb.panels.crossfilter import Crossfilter
from seggwat_nb.panels.moves import State
from seggwat_nb.panels.pictures import MEASURES, MOVED_BY, ChartPayload, ViewRequest, measures_of, view
from seggwat_nb.panels.rest import names_of_sides, sides
from seggwat_nb.panels.session import Session
from seggwat_nb.panels.shared import draw_masked
from seggwat_nb.panels.still import hide_style
from seggwat_nb.panels.timeline import BANDED
from seggwat_nb.panels.widgets import Anything
from seggwat_nb.web import script, style

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Hashable, Mapping
    from pathlib import Path

    import polars as pl

    from seggwat_nb.panels.similar import Similar
    from seggwat_nb.provenance import Provenance

__all__ = ["Explorer"]

_TABS: Final = ("Over time", "What changed", "Versions", "Pages", "Ratings", "Themes")
_RATED_BY: Final = {"path": "Page", "time": "Over time", "version": "Version"}
_EVERY: Final = {"1d": "Day", "1w": "Week", "1mo": "Month", "1q": "Quarter"}


@checks_options
class Explorer(PageAnswers, Shown, anywidget.AnyWidget):
    """Filter feedback by clicking, read it, and copy the selection as code.

    Parameters
    ----------
    data
        What `seggwat_nb.load` returned, or a frame of feedback. After `seggwat_nb.themes.tag`, it can be filtered and
        charted by theme, too.
    ratings
        A frame of ratings, for the tab "Ratings". By default, those of the `Dataset`.
    about
        Provenance of the rows. By default, that of the `Dataset`.
    where
        The selection to start with.

    Attributes
    ----------
    filter : FeedbackFilter
        The current selection. It can be set (None selects everything) and observed: ``panel.observe(act, "filter")``.
    selected : pl.DataFrame
        The selected rows with all columns, in the order of the frame.
    chart : alt.LayerChart
        The chart of the tab that is open, as an altair chart.

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

    _esm = script("explorer/panel.js")
    setup = traitlets.Unicode("{}").tag(sync=True)
    time = traitlets.Unicode("{}").tag(sync=True)
    filter = Anything()

    _held = ("_session", "_rows", "_ratings", "_data", "_shapes", "_picture", "_picks", "_similar", "_beside")
    _own = ("_tab", "_rated_by", "_measure", "_shown")

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
        ratings = complete_ratings(ratings)
        if where is not None and not isinstance(where, FeedbackFilter):
            raise ArgumentError(f"where must be a seggwat_nb.FeedbackFilter, got {type(where).__name__}.")
        super().__init__()  # the page loads its script while the rows are read
        try:
            self._read(data, frame, ratings, about, where)
        except BaseException:
            self.close()
            raise

    def _read(
        self,
        data: pl.DataFrame | Dataset,
        frame: pl.DataFrame,
        ratings: pl.DataFrame | None,
        about: Provenance | None,
        where: FeedbackFilter | None,
    ) -> None:
        """Prepare what is shown."""
        self._rows = Crossfilter(frame)
        self._rows.read_paths_ahead()
        self._ratings = None if ratings is None else Crossfilter(ratings)
        self._data, self._about = data, about
        self._zone = data.time_zone if isinstance(data, Dataset) else None
        self._source = code.of_rows(data, rated=ratings is not None)
        self._everything = in_zone(FeedbackFilter(), data)
        self._as_of = data_end(data, about)
        self._session = Session(self._rows, in_zone(where, data) if where else self._everything, as_of=self._as_of)
        self._measures = measures_of(None if self._ratings is None else self._ratings.frame)
        self._tab, self._rated_by, self._measure = self._first_tab(), self._rating_keys()[0], self._measures[0]
        self._shapes: dict[Hashable, ChartPayload] = {}
        self._picture: tuple[object, ChartPayload] | None = None
        self._picks: Mapping[str, tuple[str, tuple[str, ...]]] = {}
        self._similar: Similar | None = None
        self._beside = {}
        self._is_live, self._shown = False, self._everything
        with self.hold_sync():
            self.setup = json.dumps(self._setup())
            self._tell_time()
        self._show_filter()
        self.on_msg(lambda _, message, __: self._hear(message))

    # -- for code -----------------------------------------------------------------------------------------------------

    @traitlets.validate("filter")
    def _take(self, proposal: Mapping[str, Any]) -> FeedbackFilter:
        """Apply a filter that code has set. An invalid one raises an error, and nothing changes."""
        where = self._everything if proposal["value"] is None else proposal["value"]
        if not isinstance(where, FeedbackFilter):
            raise ArgumentError(f"A filter must be a seggwat_nb.FeedbackFilter, got {type(where).__name__}.")
        self.check_open()
        with self.busy, self._all_or_nothing():
            if where is not self._shown:
                where = in_zone(where, self._data)
                self._session.change_to(State(where))
                self._shown = where
                self._tell()
        return where

    @property
    def selected(self) -> pl.DataFrame:
        """The rows selected."""
        self.check_open()
        with self.busy:
            return self._rows.frame.filter(self._session.mask())

    @property
    def chart(self) -> alt.LayerChart:
        """The chart of the tab that is open."""
        self.check_open()
        with self.busy:
            drawn = self._draw_chart()
        title = {"text": drawn.heading, "subtitle": [drawn.said]}
        return alt.LayerChart.from_dict({**drawn.to_spec(), "title": title, "description": drawn.label}, validate=False)

    def show(
        self,
        tab: str,
        *,
        by: str | None = None,
        every: str | None = None,
        rated_by: str | None = None,
        measure: str | None = None,
    ) -> None:
        """Open a tab of the panel.

        Parameters
        ----------
        tab
            "Over time", "What changed", "Versions", "Pages", "Ratings" or "Themes", if the data has it.
        by
            The column by which the chart over time is stacked. By default, it stays the same.
        every
            Length of the periods: ``1d``, ``1w``, ``1mo`` or ``1q``.
        rated_by
            How ratings are grouped: ``path``, ``time`` or ``version``.
        measure
            Which ratings are shown: ``helpful``, ``nps`` or ``stars``. At first, those of which there are most.

        Raises
        ------
        ArgumentError
            The data has no such tab, column, period or ratings.
        """
        self.check_open()
        check_choice("tab", tab, self._tabs())
        for name, value, known in (
            ("by", by, [*self._keys(), ""]),
            ("every", every, _EVERY),
            ("rated_by", rated_by, self._rating_keys()),
            ("measure", measure, self._measures),
        ):
            if value is not None:
                check_choice(name, value, list(known))
        with self.busy, self._all_or_nothing():
            self._open({"tab": tab, "by": by, "every": every, "rated_by": rated_by, "measure": measure})
            self._tell()

    def to_python(self) -> str:
        """Return Python code that makes the same selection and chart without the panel."""
        self.check_open()
        rows = "feedback" if self._zone is None else "data.feedback"
        where = self._session.where
        made = [self._source, f"where = {where.to_python()}", f"selected = where.apply({rows})"]
        made.append(code.of_view(self._tab, self._request()))
        return code.order_imports(made)

    def _triage_code(self) -> str:
        """Return Python code that plans a change of the selected items. A person has to apply it."""
        data = "feedback" if self._zone is None else "data"
        return code.order_imports(
            [
                self._source,
                f"where = {self._session.where.to_python()}",
                f'plan = sw.triage.plan({data}, where, status="Resolved")  # or another status, type= and note=',
                "plan  # plan.apply() makes these changes, and sw.triage.undo() undoes a batch.",
            ]
        )

    def compare(self, part: str | None = None) -> Compare:
        """Compare the selection with the rest.

        Parameters
        ----------
        part
            A part of the filter to invert, such as ``type`` or ``dates``. All other parts stay the same on both sides.
            By default, the whole selection is compared with all other items.

        Returns
        -------
        Compare
            A new panel, in which each of these items is on exactly one side.

        Raises
        ------
        ArgumentError
            The filter has no such part, or everything is selected.
        """
        self.check_open()
        with self.busy:
            return self._compare_with_rest(self._session.where, part)

    def to_html(self, file: str | os.PathLike[str], *, smallest: int | None = None) -> Path:
        """Write the view as one offline page to share, with live counts and charts but without items.

        Parameters
        ----------
        file
            A path ending in ``.html``. An existing file is replaced when the new one is complete.
        smallest
            Minimum number of items per figure, such as 5. The page then has separate tables by month, type, status,
            source and version (`seggwat_nb.share.pages.tables`). Without it, most figures stand for one or two items,
            so anybody with two versions of the page can see that a single item changed.

        Returns
        -------
        Path
            The file. Without `smallest`, it has masked counts of the selection by type, status, source, version and
            period (at least a week), in less detail if there are too many (`seggwat_nb.share.pages.explorer.cube`). It
            shows the chart over time and that of the open tab, and lists the filters that it does not offer.

        Raises
        ------
        ArgumentError
            The suffix is wrong, the folder is missing or not writable, or `smallest` is less than 2.
        """
        from seggwat_nb.share.pages import explorer, tables

        self.check_open()
        where = self._session.where
        if smallest is not None:
            sides = [("", where)]
            return tables.write(
                self._rows.frame, file, smallest=smallest, sides=sides, about=self._about, as_of=self._as_of
            )
        beside = None if self._tab in {"Over time", "Themes"} else draw_masked(self._tab, self._request())
        return explorer.write(
            self._rows.frame,
            file,
            where=where,
            by=self._session.by,
            every=self._session.every,
            about=self._about,
            as_of=self._as_of,
            beside=beside,
        )

    def close(self) -> None:
        """Remove the panel from the page and free its memory. A closed panel cannot be used again."""
        self._close_beside()
        super().close()

    # -- what the page says -------------------------------------------------------------------------------------------

    def _tell(self, message: Mapping[str, Any] | None = None, meanwhile: Callable[[], None] | None = None) -> None:
        """Send what to show: first the counts, then the chart of the open tab. Between the two, call `meanwhile`."""
        self._tell_time()
        if self._is_live:
            described, counts = self._session.view()
            asked = message or {}
            view_message = {
                "is": "view",
                "seq": asked.get("seq"),
                "who": asked.get("who"),
                "tab": self._tab,
                **described,
            }
            self.send(view_message, buffers=[counts.tobytes()])
            if meanwhile is not None:
                meanwhile()
            if self._tab != _TABS[0]:
                self._tell_chart()
            self._warm_soon()
        self._draw_soon()

    def _tell_time(self) -> None:
        session = self._session
        key = (session.by, session.every, session.where.time_zone)
        if getattr(self, "_time_of", None) != key:
            self._time_of = key
            self.time = json.dumps(session.time())

    def _tell_chart(self) -> None:
        drawn = self._draw_chart()
        self._picks = drawn.picks
        choices = {}
        if self._tab == "Ratings":
            measures, keys = self._measures, self._rating_keys()
            choices = {
                "measure": {"options": [[key, MEASURES[key]] for key in measures], "chosen": self._measure},
                "rated_by": {"options": [[key, _RATED_BY[key]] for key in keys], "chosen": self._rated_by},
            }
        picks = [[name, part, list(values)] for name, (part, values) in drawn.picks.items()]
        self.send(
            {
                "is": "chart",
                "tab": self._tab,
                "chart": drawn.to_json(),
                "picks": picks,
                "choices": choices,
            }
        )

    def _states(self) -> list[object]:
        return self._session.states()

    def _count(self) -> None:
        self._session.view()

    def _count_ahead(self) -> None:
        self._session.count_ahead()

    def _show_filter(self) -> None:
        """Update the trait to the current filter, for its observers."""
        self._shown = self._session.where
        self.filter = self._shown

    def _open(self, message: Mapping[str, Any]) -> None:
        if message["tab"] in self._tabs():
            self._tab = message["tab"]
        session = self._session
        if message.get("by") is not None and message["by"] in {*self._keys(), ""}:
            session.by = message["by"]
        if message.get("every") in _EVERY:
            session.every = message["every"]
        if message.get("rated_by") in self._rating_keys():
            self._rated_by = message["rated_by"]
        if message.get("measure") in self._measures:
            self._measure = message["measure"]

    def _compare_with_rest(self, where: FeedbackFilter, part: str | None) -> Compare:
        return self._compare(
            *sides(where, part), names=names_of_sides(self._session.describe_part(where, part) if part else "")
        )

    def _compare(self, a: FeedbackFilter, b: FeedbackFilter, *, names: tuple[str, str]) -> Compare:
        if isinstance(self._data, Dataset):
            return Compare(self._data, a, b, names=names)
        rated = None if self._ratings is None else self._ratings.frame
        return Compare(self._data, a, b, ratings=rated, about=self._about, names=names)

    # -- what is there ------------------------------------------------------------------------------------------------

    def _tabs(self) -> list[str]:
        """List the views that have something to show, whatever is selected."""
        has = self._rows.has_values
        empty = {
            "What changed": not any(map(has, MOVED_BY)),
            "Versions": not (has("version") and has("type")),
            "Pages": not has("path"),
            "Ratings": self._ratings is None or self._ratings.frame.is_empty(),
            "Themes": not has("theme"),
        }
        return [name for name in _TABS if not empty.get(name)]

    def _first_tab(self) -> str:
        """Open where there is something to see: a project may have only ratings."""
        return "Ratings" if self._rows.frame.is_empty() and "Ratings" in self._tabs() else _TABS[0]

    def _keys(self) -> list[str]:
        return [key for key in BANDED if self._rows.has_values(key)]

    def _rating_keys(self) -> list[str]:
        rated = self._ratings
        return [key for key in _RATED_BY if key == "time" or (rated is not None and rated.has_values(key))]

    def _setup(self) -> dict[str, Any]:
        return {
            "facets": self._session.columns(),
            "total": self._rows.frame.height,
            "about": origin(self._about, self._rows.frame, self._as_of, time_zone=self._session.where.time_zone),
            "tabs": self._tabs(),
            "keys": [[key, BANDED[key]] for key in self._keys()],
            "every": list(_EVERY.items()),
            "columns": [*filter(self._rows.has_values, self._rows.frame.columns)],
            "types": self._session.bands_of("type").colour_of if self._rows.has("type") else {},
            "css": style("explorer/explorer.css", "explorer/reading.css"),
            "hide": hide_style(self._number),
        }

    def _request(self) -> ViewRequest:
        session = self._session
        return ViewRequest(
            feedback=self._rows,
            ratings=self._ratings,
            where=session.where,
            by=session.by,
            every=session.every,
            rated_by=self._rated_by,
            measure=self._measure,
            as_of=self._as_of,
            shapes=self._shapes,
            dataset_zone=self._zone,
        )

    def _key(self, asked: ViewRequest) -> tuple[object, ...]:
        """Return what a chart depends on. Relative dates depend on the current day."""
        days = tuple(edge and edge.date() for edge in asked.where.moments)
        return self._tab, asked.where, days, asked.by, asked.every, asked.rated_by, asked.measure

    def _draw_chart(self) -> ChartPayload:
        """Draw the chart of the open tab, if it has changed."""
        asked = self._request()
        key = self._key(asked)
        if self._picture is None or self._picture[0] != key:
            self._picture = key, view(self._tab, asked)
        return self._picture[1]

    def _current_picture(self) -> tuple[ChartPayload, str]:
        return self._draw_chart(), self._caption()

    def _caption(self) -> str:
        return f"{self._session.where.describe(people=False)}, {self._session.selected:,} items."

    def _picture_if_open(self) -> tuple[ChartPayload, str] | None:
        """Draw in the background, so that clicks need not wait."""
        with self.busy:
            if self._closed:
                return None
            tab, asked, caption, kept = self._tab, self._request(), self._caption(), self._picture
            key = self._key(asked)
        drawn = kept[1] if kept is not None and kept[0] == key else view(tab, asked)
        with self.busy:
            if not self._closed:
                self._picture = key, drawn
        return drawn, caption

    def _still_shows(self, picture: ChartPayload) -> bool:
        if self._closed or self._picture is None:
            return False
        key, drawn = self._picture
        return drawn is picture and key == self._key(self._request())
