"""The base of all panels: a lock, a static picture for when no kernel is running, and closing."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from threading import RLock, Thread
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import ipywidgets as widgets
import polars as pl
from IPython import get_ipython
from IPython.display import DisplayHandle, display

from seggwat_nb import charts
from seggwat_nb.analysis import trends
from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels.still import instead, still
from seggwat_nb.provenance import check_provenance
from seggwat_nb.schema import RATINGS
from seggwat_nb.text import join_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.panels.pictures import ChartPayload

__all__ = ["Shown", "check_frame", "in_zone", "warm"]

_UNTIL_PAINTED: Final = 0.6
_UNTIL_DRAWN: Final = 1.5
_YEARS: Final = (2, 9998)
_RATED: Final = {
    "helpful": ("helpful",),
    "star": ("score", "max_score"),
    "nps": ("score", "max_score", "nps_category"),
}
"""Columns with the responses of each type of rating."""

_RESPONSES: Final = tuple(dict.fromkeys(name for names in _RATED.values() for name in names))


class Shown:
    """A widget in a notebook, with a static picture for when no kernel is running, and a `close` method.

    Attributes
    ----------
    busy : RLock
        Held while the panel changes. JupyterLab may handle clicks in other threads than the one that runs cells, and
        in different ones for the widgets of a panel, so that two changes could happen at the same time.
    """

    _held: tuple[str, ...] = ()
    """Names of attributes that hold rows, and are deleted when the panel is closed."""
    _closed = False
    _is_warm = False
    _place: DisplayHandle | None = None
    """The output with the static picture, once the panel was shown."""
    model_id: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # those of the widget
        self.busy = RLock()
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        super().__init__(*args, **kwargs)

    @cached_property
    def _number(self) -> str:
        """Identifies the panel and its picture to each other, before the page knows the panel."""
        return uuid4().hex

    def __repr__(self) -> str:
        """Return a short text. The contents of its fields could put e-mail addresses into a notebook."""
        return f"<{type(self).__name__}{', closed' * self._closed}>"

    def check_open(self) -> None:
        """Raise `ArgumentError` once the panel is closed."""
        if self._closed:
            raise ArgumentError("This panel is closed. Create a new one.")

    def close(self) -> None:
        """Remove the panel from the page and free its memory. A closed panel cannot be used again."""
        for planned in getattr(self, "_waiting", {}).values():  # a panel with invalid arguments is closed, too
            planned.cancel()
        if isinstance(layout := getattr(self, "layout", None), widgets.Widget):
            layout.close()
        with getattr(self, "busy", nullcontext()):
            self._closed = True
            if self._place is not None:
                self._place.update({"text/html": "", "text/plain": ""}, raw=True)
        super().close()  # type: ignore[misc]  # the widget's
        for held in self._held:
            self.__dict__.pop(held, None)

    def _soon(self, kind: str, action: Callable[[], None], *, pause: float) -> None:
        """Act after a pause in the input. A later request replaces a waiting one of the same kind."""
        with self.busy:
            if (waiting := self._waiting.pop(kind, None)) is not None:
                waiting.cancel()
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                action()  # not in a kernel
                return
            self._waiting[kind] = loop.call_later(pause, action)

    def _ipython_display_(self) -> None:
        """Show the panel, followed by a picture of it for when no kernel is running.

        JupyterLab prefers a widget to all other formats of an output, even if it cannot display the widget. So the
        picture is a separate output, which the panel hides while it works.
        """
        self.check_open()
        bundle = self._repr_mimebundle_()  # type: ignore[attr-defined]  # the widget's
        shown = bundle[0] if isinstance(bundle, tuple) else bundle  # with metadata, or without
        display({**shown, "text/html": ""}, raw=True)
        self._place = DisplayHandle(self.model_id)
        # HTML would make JupyterLab load MathJax, a megabyte, before it paints the panel: where somebody looks, the
        # picture follows once it is drawn.
        first = {"text/html": instead(still(*self._current_picture()), of=self._number)} if _nobody_looks() else {}
        self._place.display({**first, "text/plain": ""}, raw=True)
        self._draw_soon()
        if not first:
            Thread(target=self._prepare, daemon=True).start()

    def _prepare(self) -> None:
        """Count what the page will ask for first, while it loads."""
        with self.busy, suppress(Exception):  # the page says so when it asks itself
            if not self._closed:
                self._count()

    def _count(self) -> None:
        """Count what is shown first."""
        raise NotImplementedError

    def _warm_soon(self) -> None:
        """Prepare for the first click, once the page has painted what it was sent. Earlier, this would delay it."""
        if self._place is not None and not self._is_warm:
            self._is_warm = True
            warming = Thread(target=self._warm, daemon=True)
            self._soon("warmed", warming.start, pause=_UNTIL_PAINTED)

    def _warm(self) -> None:
        """Prepare for the first click."""
        warm()
        with self.busy, suppress(Exception):  # a click shows the error
            if not self._closed:
                self._count_ahead()

    def _count_ahead(self) -> None:
        """Count what most clicks need."""
        raise NotImplementedError

    def _current_picture(self) -> tuple[ChartPayload, str]:
        """Return the content of the picture, and a sentence about it."""
        raise NotImplementedError

    def _draw_soon(self) -> None:
        """Redraw the picture in the background once nothing has changed for a while."""
        if self._place is not None:
            drawing = Thread(target=self._draw, args=[self._place], daemon=True)
            self._soon("picture", drawing.start, pause=_UNTIL_DRAWN)

    def _draw(self, place: DisplayHandle) -> None:
        if (seen := self._picture_if_open()) is None:
            return
        drawn = instead(still(*seen, in_background=True), of=self._number)
        with self.busy:
            if self._still_shows(seen[0]):  # else another drawing is under way
                place.update({"text/html": drawn, "text/plain": ""}, raw=True)

    def _still_shows(self, picture: ChartPayload) -> bool:
        now = self._picture_if_open()
        return now is not None and now[0] is picture

    def _picture_if_open(self) -> tuple[ChartPayload, str] | None:
        with self.busy:
            return None if self._closed else self._current_picture()


def warm() -> None:
    """Import the modules that views would import when they are first opened."""
    rows = pl.DataFrame({"created_at": [datetime(2026, 1, 1, tzinfo=UTC)], "type": ["Bug"]})
    charts.volume(trends.volume(rows, by="type")).to_dict(validate=False)


def _nobody_looks() -> bool:
    """Return whether a program runs the notebook: it cannot answer prompts, and ends after the last cell."""
    kernel = getattr(get_ipython(), "kernel", None)
    return not getattr(kernel, "_allow_stdin", False)


def check_frame(frame: pl.DataFrame, ratings: object, about: object) -> None:
    """Raise `ArgumentError` for an invalid frame of feedback, invalid ratings, or an invalid provenance."""
    check_columns(frame, ["created_at"], wanted="what load() returned")
    if "rating_type" in frame.columns:
        raise ArgumentError("This frame contains ratings. Pass feedback first, and ratings as ratings=.")
    moments = frame.select("created_at")
    ends = pl.concat([moments.min(), moments.max()]).to_series().drop_nulls()
    if isinstance(ends.dtype, pl.Datetime) and not ends.dt.year().is_between(*_YEARS).fill_null(value=False).all():
        raise ArgumentError(
            f"created_at has years outside {_YEARS[0]} to {_YEARS[1]}, which not all time zones support. "
            "Leave such rows out: frame.filter(pl.col('created_at').dt.year().is_between(2, 9998))."
        )
    if ratings is not None and (wrong := _what_is_wrong(ratings)):
        raise ArgumentError(f"ratings must be a frame of ratings{wrong}. Pass data.ratings, or leave it out.")
    check_provenance(about)


def complete_ratings(ratings: pl.DataFrame | None) -> pl.DataFrame | None:
    """Add the columns of types of rating that the frame has none of, and read whole numbers as numbers."""
    if ratings is None:
        return None
    return ratings.with_columns(
        pl.col(name).cast(RATINGS[name]) if name in ratings.columns else pl.lit(None, RATINGS[name]).alias(name)
        for name in _RESPONSES
    )


def in_zone(where: FeedbackFilter, data: object) -> FeedbackFilter:
    """Return a filter in the zone of a `Dataset`, unless it has another zone, or dates, which are meant in its own."""
    is_dated = where.since is not None or where.until is not None
    zone = data.time_zone if isinstance(data, Dataset) else where.time_zone
    is_own = is_dated or where.time_zone not in {zone, FeedbackFilter().time_zone}
    return where if is_own or where.time_zone == zone else replace(where, time_zone=zone)


def _what_is_wrong(ratings: object) -> str:
    """Say why this cannot be a frame of ratings. Empty if it can."""
    if not isinstance(ratings, pl.DataFrame):
        return f", got {type(ratings).__name__}"
    kinds = set(ratings["rating_type"]) if ratings.schema.get("rating_type") == pl.String else set()
    needed = dict.fromkeys(["rating_type", *(name for kind in _RATED if kind in kinds for name in _RATED[kind])])
    missing = [name for name in needed if name not in ratings.columns]
    if missing:
        return f", but has no column{'s' * (len(missing) > 1)} {join_words(missing)}"
    read = {name: pl.Float64() if dtype.is_numeric() else dtype for name, dtype in ratings.schema.items()}
    unlike = (name for name in ("rating_type", *_RESPONSES) if read.get(name, RATINGS[name]) != RATINGS[name])
    return next((f", but its column {name} is {ratings.schema[name]}, not {RATINGS[name]}" for name in unlike), "")
