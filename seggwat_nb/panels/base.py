"""The base of all panels: style, error messages, debouncing, a static picture, and closing."""

from __future__ import annotations

import asyncio
import html
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import wraps
from threading import RLock, Thread
from typing import TYPE_CHECKING, Any, Final, ParamSpec

import ipywidgets as widgets
import polars as pl
from IPython import get_ipython
from IPython.display import DisplayHandle, display

from seggwat_nb import charts
from seggwat_nb.analysis import trends
from seggwat_nb.analysis.validation import check_columns, check_provenance
from seggwat_nb.dataset import past_moment
from seggwat_nb.errors import ArgumentError, SeggwatError
from seggwat_nb.panels.still import NOT_DRAWN, hide_style, instead, still
from seggwat_nb.panels.widgets import Frame
from seggwat_nb.schema import RATINGS, Provenance
from seggwat_nb.text import written_day
from seggwat_nb.web import style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seggwat_nb.panels.pictures import ChartPayload

__all__ = ["PAUSE", "Panel", "Shown", "check_frame", "provenance", "shows_errors", "warm"]

_P = ParamSpec("_P")

PAUSE: Final = 0.12
"""Seconds without input after which typing or dragging takes effect."""
_UNTIL_SHOWN: Final = 0.1
_UNTIL_PAINTED: Final = 0.6
_UNTIL_DRAWN: Final = 1.5
_YEARS: Final = (2, 9998)
_RATED: Final = ("rating_type", "score", "max_score", "helpful", "nps_category")


def shows_errors(action: Callable[_P, None]) -> Callable[_P, None]:
    """Run a callback without interruption by others, and show its errors under the panel instead of in a log."""

    @wraps(action)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> None:
        panel: Any = args[0]
        with panel.busy, panel.working():
            try:
                action(*args, **kwargs)
            except Exception as error:  # noqa: BLE001  # whatever it is, the person who clicked is to see it
                panel.say(str(error) if isinstance(error, SeggwatError) else f"{type(error).__name__}: {error}")

    return wrapped


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
    _place: DisplayHandle | None = None
    """The output with the static picture, once the panel was shown."""
    model_id: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # those of the widget
        self.busy = RLock()
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        super().__init__(*args, **kwargs)
        self._number = self.model_id  # a closed panel no longer has it

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
        for widget in _all_below(self):
            for part in (getattr(widget, "layout", None), getattr(widget, "style", None), widget):
                if isinstance(part, widgets.Widget) and part is not self:
                    part.close()
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

    def _later(self, action: Callable[[], None]) -> None:
        """Act after the cell that creates the panel has finished and the panel was sent to the page."""
        self._soon("later", action, pause=_UNTIL_SHOWN)

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
        first = still(*self._current_picture()) if _nobody_looks() else NOT_DRAWN
        self._place.display({"text/html": instead(first, of=self._number), "text/plain": ""}, raw=True)
        self._draw_soon()
        if not _nobody_looks():
            warming = Thread(target=warm, args=[], daemon=True)
            self._soon("warmed", warming.start, pause=_UNTIL_PAINTED)

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
        drawn = instead(still(*seen), of=self._number)
        with self.busy:
            if self._still_shows(seen[0]):  # else another drawing is under way
                place.update({"text/html": drawn, "text/plain": ""}, raw=True)

    def _still_shows(self, picture: ChartPayload) -> bool:
        now = self._picture_if_open()
        return now is not None and now[0] is picture

    def _picture_if_open(self) -> tuple[ChartPayload, str] | None:
        with self.busy:
            return None if self._closed else self._current_picture()


class Panel(Shown, widgets.VBox):  # type: ignore[misc]  # ipywidgets comes without annotations
    """A column of controls and charts."""

    def __init__(self, children: Sequence[widgets.Widget]) -> None:
        self._frame = Frame()
        super().__init__(children)
        looks = style("parts.css", "panel/panel.css") + hide_style(self._number)
        self.children = (widgets.HTML(f"<style>{looks}</style>"), self._frame, *children)
        self.add_class("seggwat-panel")

    def say(self, message: str, *, done: bool = False) -> None:
        """Show a message under the panel: an error, or what was done."""
        kind, role = ("said", "status") if done else ("error", "alert")
        self._message.value = f'<div class="seggwat-{kind}" role="{role}">{html.escape(message)}</div>'

    @contextmanager
    def working(self) -> Iterator[None]:
        """Tell the page that the panel is busy. If nested, only the outermost one counts."""
        outer = not self._frame.busy
        self._frame.busy = True
        try:
            yield
        finally:
            if outer:
                self._frame.busy = False


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
    moments = frame["created_at"]
    if isinstance(moments.dtype, pl.Datetime) and not moments.dt.year().is_between(*_YEARS).all():
        raise ArgumentError(
            f"created_at has years outside {_YEARS[0]} to {_YEARS[1]}, which not all zones support; "
            "leave such rows out: frame.filter(pl.col('created_at').dt.year().is_between(2, 9998))."
        )
    if ratings is not None and not (
        isinstance(ratings, pl.DataFrame) and all(ratings.schema.get(name) == RATINGS[name] for name in _RATED)
    ):
        raise ArgumentError("ratings must be a frame of ratings. Pass data.ratings, or leave it out.")
    check_provenance(about)


def provenance(about: Provenance | None, frame: pl.DataFrame) -> str:
    """Return the provenance of the rows as HTML, and for past data what is uncertain."""
    if about is None:
        return ""
    demo = "<b>Synthetic demo data.</b> " if about.demo else ""
    known = past_moment(frame, about.as_of) or f"As of {written_day(about.as_of)}, {about.as_of:%H:%M} UTC"
    said = html.escape(f"{known}. {about.rows:,} rows loaded ({about.loaded}).")
    return f'<div class="seggwat-about">{demo}{said}</div>'


def _all_below(widget: widgets.Widget) -> list[widgets.Widget]:
    below = [inner for child in getattr(widget, "children", ()) for inner in _all_below(child)]
    return [widget, *below]
