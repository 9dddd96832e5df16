"""What every panel has: its style, a line for errors, a pause while somebody types, a still picture, and an end."""

from __future__ import annotations

import asyncio
import html
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec

import ipywidgets as widgets
import polars as pl

from seggwat_nb.errors import ArgumentError, SeggwatError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seggwat_nb.schema import Provenance

__all__ = ["PAUSE", "Panel", "check_frame", "provenance", "told"]

_P = ParamSpec("_P")

PAUSE: Final = 0.12
"""Seconds of quiet after which what is typed or dragged is looked at."""
_UNTIL_SHOWN: Final = 0.1
_STYLE: Final = Path(__file__).with_name("style.css")


def told(action: Callable[_P, None]) -> Callable[_P, None]:
    """Write what goes wrong in a callback under the panel: nobody looks into a log."""

    @wraps(action)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            action(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  # whatever it is, the person who clicked is to see it
            panel: Any = args[0]
            panel.say(str(error) if isinstance(error, SeggwatError) else f"{type(error).__name__}: {error}")

    return wrapped


class Panel(widgets.VBox):  # type: ignore[misc]  # ipywidgets comes without annotations
    """Controls and charts under each other."""

    _held: tuple[str, ...] = ()
    """Names of what holds rows, and goes when the panel is closed."""
    _waiting: asyncio.TimerHandle | None = None
    _afterwards: asyncio.TimerHandle | None = None

    def __init__(self, children: Sequence[widgets.Widget]) -> None:
        super().__init__([widgets.HTML(f"<style>{_STYLE.read_text()}</style>"), *children])
        self.add_class("seggwat-panel")

    def say(self, message: str) -> None:
        """Write a line under the panel."""
        self._message.value = f'<div class="seggwat-error" role="alert">{html.escape(message)}</div>'

    def close(self) -> None:
        """Take the panel off the page and let go of what it holds; it cannot be used any more."""
        for planned in (self._waiting, self._afterwards):
            if planned is not None:
                planned.cancel()
        for widget in _all_below(self):
            for part in (getattr(widget, "layout", None), getattr(widget, "style", None), widget):
                if isinstance(part, widgets.Widget) and part is not self:
                    part.close()
        super().close()
        for held in self._held:
            self.__dict__.pop(held, None)

    def _soon(self, action: Callable[[], None], *, pause: float) -> None:
        """Act once it is quiet; a later wish takes the place of one that waits."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            action()  # no kernel around us
            return
        self._waiting = loop.call_later(pause, action)

    def _later(self, action: Callable[[], None]) -> None:
        """Act once the cell that makes the panel is done, and the panel is on its way to the page."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            action()
            return
        self._afterwards = loop.call_later(_UNTIL_SHOWN, action)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  # what IPython passes
        """Show a still picture where there is no kernel to bring the panel to life."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/html": self._still()}


def check_frame(frame: object, ratings: object) -> None:
    """Raise `ArgumentError` for what is no frame of feedback, or no ratings beside it."""
    if not isinstance(frame, pl.DataFrame):
        raise ArgumentError(f"a {type(frame).__name__} is no polars frame; pass what client.feedback() gave.")
    if "created_at" not in frame.columns:
        raise ArgumentError("the frame has no column created_at; pass what client.feedback() gave.")
    if "rating_type" in frame.columns:
        raise ArgumentError("these are ratings; pass feedback first, and these as ratings= beside it.")
    if ratings is not None and not (isinstance(ratings, pl.DataFrame) and "rating_type" in ratings.columns):
        raise ArgumentError("ratings is no frame of ratings; pass what client.ratings() gave, or leave it out.")


def provenance(about: Provenance | None) -> str:
    """Say where the rows come from, as HTML."""
    if about is None:
        return ""
    demo = "<b>Demo data, synthetic.</b> " if about.demo else ""
    said = html.escape(f"As of {about.as_of:%Y-%m-%d %H:%M} UTC; {about.rows:,} rows loaded ({about.selection}).")
    return f'<div class="seggwat-about">{demo}{said}</div>'


def _all_below(widget: widgets.Widget) -> list[widgets.Widget]:
    below = [inner for child in getattr(widget, "children", ()) for inner in _all_below(child)]
    return [widget, *below]
