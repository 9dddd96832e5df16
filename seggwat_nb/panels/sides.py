"""The state of a comparison, without its page: two selections with a common history, and their names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels.chips import describe_part
from seggwat_nb.panels.crossfilter import PARTS, Chosen, is_set, without
from seggwat_nb.panels.moves import EPOCH, History, State, earlier, span, spans
from seggwat_nb.panels.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from seggwat_nb.panels.crossfilter import Crossfilter

__all__ = ["PERIODS", "Sides", "check_names", "check_side", "with_previous"]

_BEFORE: Final = "before"
_ALWAYS: Final = "always"
PERIODS: Final = {
    "7": "Last 7 days vs previous 7",
    "28": "Last 28 days vs previous 28",
    "91": "Last 91 days vs previous 91",
    _BEFORE: "B: same as A, previous period",
    _ALWAYS: "All time",
}
"""Choices of periods for both sides at once."""
_WINDOWS: Final = ("Last {} days", "Previous {} days")
_CURRENT: Final = ("Current period", "Previous period")
"""Names of selections that have no other name, after periods were chosen."""
_NAMING: Final = ("type", "status", "source", "version", "path", "theme", "language", "dates")
"""Parts that name a filter: neither people nor what somebody searched for."""
_LETTERS: Final = ("A", "B")
_LONGEST_NAME: Final = 40
_OF_A_SIDE: Final = (
    "choose",
    "flip",
    "switch",
    "remove",
    "clear",
    "search",
    "days",
    "previous",
    "unfold",
    "sort",
    "load",
)
_OF_THE_PAGE: Final = ("unfold", "sort", "filters")
"""Requests that do not change a filter."""


@dataclass(frozen=True, slots=True)
class _Both:
    """The states of both sides."""

    a: State
    b: State


class Sides:
    """Two selections of the same rows.

    Parameters
    ----------
    rows
        Feedback.
    wheres
        The two filters.
    as_of
        When the rows were loaded.
    named
        Names of the filters. Any other filter is named after its only part, or called A or B.

    Attributes
    ----------
    sessions : tuple of Session
        The two sides, which share an engine.
    """

    def __init__(
        self,
        rows: Crossfilter,
        wheres: tuple[FeedbackFilter, FeedbackFilter],
        *,
        as_of: datetime | None,
        named: Mapping[FeedbackFilter, str],
    ) -> None:
        first = Session(rows, wheres[0], as_of=as_of)
        self.sessions = (first, Session(rows, wheres[1], as_of=as_of, beside=first))
        self._rows, self._as_of = rows, as_of
        self._named, self._given = {**named}, frozenset(named.values())
        a, b = (session.history.now for session in self.sessions)
        self._history = History(_Both(a, b))
        self._unfolded = (False, False)
        self._titles = ("", "")

    @property
    def wheres(self) -> tuple[FeedbackFilter, FeedbackFilter]:
        """The current filters."""
        a, b = (session.where for session in self.sessions)
        return a, b

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two."""
        a, b = (
            self._named.get(session.where) or _own_name(session) or letter
            for session, letter in zip(self.sessions, _LETTERS, strict=True)
        )
        return _LETTERS if a == b else (a, b)

    def choose(self) -> tuple[Chosen, Chosen]:
        """Return the rows of each side."""
        a, b = (Chosen(session.mask(), session.where.moments) for session in self.sessions)
        return a, b

    def of(self, message: Mapping[str, Any]) -> Session:
        """Return the session of a side, by its name on the page."""
        return self.sessions[_place(message)]

    def set(self, place: int, where: FeedbackFilter) -> None:
        """Set a filter."""
        states = [session.history.now for session in self.sessions]
        states[place] = State(where)
        self._go(_Both(*states))
        self.narrow((None, None))

    def act(self, message: Mapping[str, Any]) -> bool:
        """Handle a request of the page. Returns False if it does not change what is compared."""
        do = message["do"]
        act = self._change if do in _OF_A_SIDE else self._acts.get(do)
        if act is None:
            return False
        act(message)
        if do not in _OF_THE_PAGE:
            self.narrow((None, None))  # the list belongs to what was shown before
        return True

    @property
    def _acts(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        return {
            "start": lambda _: None,
            "step": self._step,
            "swap": lambda _: self._go(_Both(self._history.now.b, self._history.now.a)),
            "periods": self._periods,
            "filters": self._unfold,
        }

    def narrow(self, lists: Sequence[tuple[str, pl.Series] | None]) -> None:
        """List only some items of each side, under a title, until something changes. None lists all."""
        for session, one in zip(self.sessions, lists, strict=True):
            session.narrow(None if one is None else one[1])
        a, b = ("" if one is None else one[0] for one in lists)
        self._titles = a, b

    def _go(self, to: _Both) -> None:
        """Change to two states."""
        self._write_to(to)
        self._history.go(to)

    def _write_to(self, to: _Both) -> None:
        for session, state in zip(self.sessions, (to.a, to.b), strict=True):
            if state != session.history.now:
                session.change_to(state)

    def states(self) -> list[object]:
        """List the objects whose attributes are replaced when anything changes."""
        return [self, self._history, *(one for session in self.sessions for one in session.states())]

    def _change(self, message: Mapping[str, Any]) -> None:
        """Change one side like its session."""
        self.of(message).act(message)
        a, b = (session.history.now for session in self.sessions)
        if message["do"] == "load":
            self._name(self.of(message).where, str(message["name"]))
        self._history.go(
            _Both(a, b), merge=f"typing {message['side']} {message['typing']}" if message.get("typing") else None
        )

    def _name(self, where: FeedbackFilter, name: str) -> None:
        """Name a filter after its preset, if that can be shown and is not the name of another one."""
        if _is_shown(name) and name not in self._given:
            self._named = {**self._named, where: name}
            self._given |= {name}

    def _step(self, message: Mapping[str, Any]) -> None:
        if self._history.step(int(message["by"])):
            self._write_to(self._history.now)

    def _unfold(self, message: Mapping[str, Any]) -> None:
        a, b = self._unfolded
        is_open = bool(message["open"])
        self._unfolded = (is_open, b) if _place(message) == 0 else (a, is_open)

    def _periods(self, message: Mapping[str, Any]) -> None:
        """Set both dates."""
        wanted = message["wanted"]
        a, b = (session.history.now.where for session in self.sessions)
        if wanted == _ALWAYS:
            self._set_periods((without(a, "dates"), without(b, "dates")), self.names, _LETTERS)
        elif wanted == _BEFORE:
            if a.since is None:
                raise ArgumentError("A has no start date, so there is no previous period. Set its dates first.")
            later = replace(a, until=a.until or self._today())
            self._set_periods((later, earlier(later)), (self.names[0], ""), _CURRENT)
        else:
            days, today = timedelta(days=int(wanted)), self._today()
            both = (
                replace(a, since=today - days, until=today),
                replace(b, since=today - 2 * days, until=today - days, time_zone=a.time_zone),
            )
            self._set_periods(both, self.names, [words.format(int(wanted)) for words in _WINDOWS])

    def _set_periods(
        self, both: tuple[FeedbackFilter, FeedbackFilter], names: tuple[str, str], periods: Sequence[str]
    ) -> None:
        """Change only the dates. Given names are kept, and other selections are named after their periods."""
        a, b = (
            State(where, session.history.now.off - {"dates"})
            for where, session in zip(both, self.sessions, strict=True)
        )
        for state, name, period in zip((a, b), names, periods, strict=True):
            self._named = {**self._named, state.in_force(): name if name in self._given else period}
        self._go(_Both(a, b))

    def _today(self) -> date:
        """Return the day up to which the rows are known, in A's zone."""
        last = self._as_of or self._rows.frame["created_at"].max()
        if not isinstance(last, datetime):
            raise ArgumentError("The frame is empty, so there is no last day. Set the dates by hand.")
        last = last if last.tzinfo else last.replace(tzinfo=ZoneInfo("UTC"))
        return last.astimezone(ZoneInfo(self.wheres[0].time_zone)).date()

    def view(self) -> tuple[dict[str, Any], list[NDArray[np.uint32]]]:
        """Describe what to show of both sides, with counts for each like `Session.view`."""
        back, forth = self._history.ways
        described, counted = [], []
        for place, (session, name) in enumerate(zip(self.sessions, self.names, strict=True)):
            told, counts = session.view(over_time=False, facets=self._unfolded[place])
            last = (session.calendar.last - EPOCH).days
            more = {"name": name, "title": self._titles[place], "last": last, "back": back, "forth": forth}
            described.append({**told, **more})
            counted.append(counts)
        return {"sides": described, "back": back, "forth": forth}, counted


def with_previous(where: FeedbackFilter, *, last: date) -> dict[str, FeedbackFilter]:
    """Return a filter, until `last` if its dates have no end, and the same for the period before it, by name."""
    both = spans(where, last=last)
    if both is None:
        raise ArgumentError("No start date is set, so there is no previous period. Choose dates first.")
    pair = [span(where, days) for days in both]
    length = both[0][1] - both[0][0]
    is_open = where.until is None
    names = [words.format(length) for words in _WINDOWS] if is_open else [describe_part(one, "dates") for one in pair]
    return dict(zip(names, pair, strict=True))


def check_side(where: object) -> FeedbackFilter:
    """Return a filter, or raise `ArgumentError` for anything else."""
    if not isinstance(where, FeedbackFilter):
        raise ArgumentError(f"A filter must be a seggwat_nb.FeedbackFilter, got {type(where).__name__}.")
    return where


def check_names(names: Sequence[str] | None, a: FeedbackFilter, b: FeedbackFilter) -> dict[FeedbackFilter, str]:
    """Return the names of filters, or raise `ArgumentError` for names that cannot be shown."""
    if names is None:
        return {}
    if (
        not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names) or len({*names}) != 2  # noqa: PLR2004  # A and B
    ):
        raise ArgumentError(f"names must be two different strings, such as ('2.4.0', '2.3.0'), got {names!r}.")
    for name in names:
        if not _is_shown(name):
            raise ArgumentError(f"The name {name!r} cannot be shown. Pass 1 to {_LONGEST_NAME} printable characters.")
    return dict(zip((a, b), names, strict=True))


def _own_name(session: Session) -> str:
    """Return what a filter with only one part selects, if that can be shown. Names are in pictures that are saved."""
    where = session.where
    parts = [part for part in PARTS if is_set(where, part)]
    name = session.describe_part(where, parts[0]) if len(parts) == 1 and parts[0] in _NAMING else ""
    return name if _is_shown(name) else ""


def _is_shown(name: str) -> bool:
    return bool(name.strip()) and name.isprintable() and len(name) <= _LONGEST_NAME


def _place(message: Mapping[str, Any]) -> int:
    return "ab".index(message["side"])
