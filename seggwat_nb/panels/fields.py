"""The fields of a panel that are typed into: text, dates, path, submitter, a range of versions, archived or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import local
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import ipywidgets as widgets

from seggwat_nb.analysis.versions import is_ordered
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels.crossfilter import with_fields, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.panels.crossfilter import Crossfilter

__all__ = ["Fields", "Showing"]

_ARCHIVED: Final = {"all items": None, "not archived": False, "only archived": True}
_ANY: Final = "any"
_MOST_SUGGESTIONS: Final = 100


class Showing(local):
    """Tells what a panel writes into its fields from what a person does, maybe at the same time in another thread."""

    now = False
    """Whether this thread is writing."""

    def __enter__(self) -> None:
        self.now = True

    def __exit__(self, *_: object) -> None:
        self.now = False


class Fields:
    """Fields that show a filter, and the filter that they say.

    Parameters
    ----------
    rows
        What is filtered: fields of columns that are not there are not shown.
    typed
        Called after a person changed a field; told whether more is likely to follow at once.
    """

    def __init__(self, rows: Crossfilter, typed: Callable[[bool], None]) -> None:
        self._typed = typed
        self._showing = Showing()
        wide, room = widgets.Layout(width="220px"), {"description_width": "66px"}
        self._text = widgets.Text(placeholder="Text in messages", description="Text", layout=wide, style=room)
        self._regex = widgets.Checkbox(description="Regular expression", indent=False, layout=wide)
        self._since = widgets.DatePicker(description="From", layout=wide, style=room)
        # Fields of a kind share their look: it is a message to the page each.
        text, other = ({"layout": wide, "style": field.style} for field in (self._text, self._since))
        self._last = widgets.DatePicker(description="To", tooltip="The last day selected", **other)
        self._path = widgets.Combobox(placeholder="/checkout", description="Path", continuous_update=False, **text)
        self._submitter = widgets.Combobox(
            placeholder="any submitter", description="Submitter", continuous_update=False, **text
        )
        in_a_range = [version for version in rows.values("version") if is_ordered(version)]
        versions = [_ANY, *in_a_range]
        self._version_since = widgets.Dropdown(
            options=versions, description="Version", tooltip="The first version selected", **other
        )
        self._version_until = widgets.Dropdown(
            options=versions, description="to", tooltip="The last version selected", **other
        )
        self._archived = widgets.Dropdown(options=list(_ARCHIVED), description="Show", **other)
        self.search = self._observe(rows, message=(self._text, self._regex))
        self.others = self._observe(
            rows,
            created_at=(self._since, self._last),
            path=(self._path,),
            submitted_by=(self._submitter,),
            version=(self._version_since, self._version_until),
            archived=(self._archived,),
        )

    def _observe(self, rows: Crossfilter, **columns: tuple[widgets.Widget, ...]) -> list[widgets.Widget]:
        shown = [field for column, fields in columns.items() if column in rows.frame.columns for field in fields]
        for field in shown:
            field.observe(self._on_change, "value")
        return shown

    def _on_change(self, change: dict[str, Any]) -> None:
        if not self._showing.now:
            self._typed(change["owner"] is self._text)

    def suggest(self, rows: Crossfilter) -> None:
        """Offer what most rows have; among many people that takes a while to find."""
        self._path.options = tuple(rows.sections(FeedbackFilter())["path"].head(_MOST_SUGGESTIONS))
        self._submitter.options = tuple(rows.most_seen("submitted_by", _MOST_SUGGESTIONS))

    def show(self, where: FeedbackFilter) -> None:
        """Let the fields say a filter; nobody is told."""
        with self._showing:
            self._text.value = where.text or ""
            if where.text:  # else the box is ticked for what is to be typed
                self._regex.value = where.regex
            self._since.value, self._last.value = _days(where)
            self._path.value = _single(where.path)
            self._submitter.value = _single(where.submitted_by)
            for field, edge in ((self._version_since, where.version_since), (self._version_until, where.version_until)):
                if edge is not None and edge not in field.options:
                    field.options = [*field.options, edge]
                field.value = edge or _ANY
            self._archived.value = next(name for name, value in _ARCHIVED.items() if value is where.archived)

    def read(self, where: FeedbackFilter) -> FeedbackFilter:
        """Change a filter to what the fields say; what they cannot say, such as a second path, stays as it is.

        Raises
        ------
        ArgumentError
            They are invalid, such as half a regular expression.
        """
        text = self._text.value or None
        try:
            said = replace(where, text=text, regex=self._regex.value and text is not None)
        except ArgumentError as error:
            problem, _, _ = str(error).partition(". Correct it")
            raise ArgumentError(f"{problem}. Correct it, or untick Regular expression.") from None
        said = replace(said, archived=_ARCHIVED[self._archived.value])
        if self._path.value != _single(where.path):
            said = replace(said, path=self._path.value.strip() or None)
        if self._submitter.value != _single(where.submitted_by):
            said = replace(said, submitted_by=self._submitter.value or None)
        chosen = {"version_since": self._version_since.value, "version_until": self._version_until.value}
        edges = {name: None if edge == _ANY else edge for name, edge in chosen.items()}
        if edges != {name: getattr(where, name) for name in edges}:
            said = with_fields(without(said, "version"), edges)
        return with_fields(said, self._dates(where))

    def _dates(self, where: FeedbackFilter) -> dict[str, date | datetime | str | None]:
        """Keep a moment that is more exact than the day its field shows."""
        since, last = _days(where)
        if self._last.value == date.max:
            raise ArgumentError(f"{date.max} is the last possible date. Choose an earlier one.")
        if self._since.value and self._last.value and self._since.value > self._last.value:
            raise ArgumentError(
                f"From ({self._since.value}) is after To ({self._last.value}), so nothing is selected. Swap them."
            )
        after = None if self._last.value is None else self._last.value + timedelta(days=1)
        return {
            "since": where.since if self._since.value == since else self._since.value,
            "until": where.until if self._last.value == last else after,
        }


def _days(where: FeedbackFilter) -> tuple[date | None, date | None]:
    """First and last day selected, in the filter's zone."""
    zone = ZoneInfo(where.time_zone)
    since, until = where.moments
    last = None if until is None else (until - timedelta(microseconds=1)).astimezone(zone).date()
    return None if since is None else since.astimezone(zone).date(), last


def _single(values: object) -> str:
    return values[0] if isinstance(values, tuple) and len(values) == 1 else ""
