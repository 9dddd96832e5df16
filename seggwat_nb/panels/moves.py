"""Changes of a filter in a panel: selecting and excluding values, dragging dates, searching, and undoing."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from seggwat_nb.errors import ArgumentError, TypoError
from seggwat_nb.filter_search import FOLDED, as_meant, is_excluded
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels.crossfilter import PARTS, is_set, no_values, with_fields, without
from seggwat_nb.panels.facets import after_tick

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = [
    "EPOCH",
    "History",
    "State",
    "apply_search",
    "changed_parts",
    "choose",
    "days_of",
    "earlier",
    "excludes_just",
    "excluding_field",
    "flip",
    "last_days",
    "pick",
    "search_text",
    "span",
    "spans",
    "values",
]

EPOCH: Final = date(1970, 1, 1)
_FIELDS: Final = {field.name for field in fields(FeedbackFilter)}
_MOST_STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class State:
    """A filter, and those of its parts that are turned off temporarily."""

    where: FeedbackFilter
    off: frozenset[str] = frozenset()

    def in_force(self) -> FeedbackFilter:
        """Return the filter without the parts that are turned off."""
        where = self.where
        for part in self.off:
            where = without(where, part)
        return where


_S = TypeVar("_S")


class History(Generic[_S]):
    """The history of a panel's states, to go back and forward."""

    def __init__(self, first: _S) -> None:
        self._states, self._at = [first], 0
        self._merging: str | None = None

    @property
    def now(self) -> _S:
        """The current state."""
        return self._states[self._at]

    def go(self, state: _S, *, merge: str | None = None) -> None:
        """Add a state. Consecutive states of the same kind, such as while typing, are merged."""
        if state == self.now:
            return
        kept = self._at if self._continues(merge) else self._at + 1
        self._states = [*self._states[:kept], state][-_MOST_STEPS:]
        self._at = len(self._states) - 1
        self._merging = merge

    def _continues(self, merge: str | None) -> bool:
        return merge is not None and merge == self._merging and self._at > 0

    def before(self, merge: str | None) -> _S:
        """Return the state that a change of this kind starts from: changes that are merged start from the same one."""
        return self._states[self._at - 1] if self._continues(merge) else self.now

    def step(self, by: int) -> bool:
        """Go back or forward. Returns False if that is not possible."""
        self._merging = None
        to = self._at + by
        if not 0 <= to < len(self._states):
            return False
        self._at = to
        return True

    @property
    def ways(self) -> tuple[bool, bool]:
        """Whether it is possible to go back, and forward."""
        return self._at > 0, self._at + 1 < len(self._states)


def excluding_field(part: str) -> str | None:
    """Return the name of the field that excludes values of a part."""
    name = f"not_{part}"
    return name if name in _FIELDS else None


def values(where: FeedbackFilter, part: str, how: str) -> tuple[str, ...]:
    """Return the values that a filter selects (``in``) or excludes (``not``) by a part."""
    name = part if how == "in" else excluding_field(part)
    held = getattr(where, name, None) if name else None
    return held if isinstance(held, tuple) else ()


def excludes_just(where: FeedbackFilter, part: str, every: tuple[str, ...]) -> bool:
    """Return whether a filter excludes just these values. If they are all there are, it selects items without one."""
    return bool(every) and not values(where, part, "in") and {*values(where, part, "not")} == {*every}


def choose(where: FeedbackFilter, part: str, meant: tuple[str, ...], how: str) -> FeedbackFilter:
    """Select or exclude values, or undo that if they already are.

    Parameters
    ----------
    where
        The filter to change.
    part
        The part of the filter.
    meant
        The values that an option stands for.
    how
        ``in`` selects them in addition, and ``not`` excludes them in addition. Repeating either undoes it. ``only``
        selects nothing else. ``out`` means neither selected nor excluded.
    """
    sides = {side: values(where, part, side) for side in ("in", "not")}
    if how == "only":
        return _with_values(where, part, meant, ())
    held = [sides[side] for side in sides if how in {side, "in"}]  # ticking an excluded value includes it again
    if part in {*FOLDED, "theme"}:
        held = [(*one, *as_meant(one, meant, exactly=where.allow)) for one in held]
    if how == "out" or any(set(meant) <= set(one) for one in held):
        kept = {side: after_tick(one, part, meant, ticked=False) for side, one in sides.items()}
    else:
        kept = sides | {how: after_tick(sides[how], part, meant, ticked=True)}
        pairs = [(one, other) for one in kept["in"] for other in kept["not"] if is_excluded(part, one, other)]
        other, gone = ("not", 1) if how == "in" else ("in", 0)  # remove what contradicts it
        kept[other] = tuple(one for one in kept[other] if one not in {pair[gone] for pair in pairs})
        if how == "in" and part not in {"path", "theme"}:
            kept["not"] = ()  # without effect on the values selected, unless these have others within them
    return _with_values(where, part, kept["in"], kept["not"])


def flip(where: FeedbackFilter, part: str) -> FeedbackFilter:
    """Exclude the selected values, and select the excluded ones."""
    return _with_values(where, part, values(where, part, "not"), values(where, part, "in"))


def _with_values(
    where: FeedbackFilter, part: str, selected: tuple[str, ...], left_out: tuple[str, ...]
) -> FeedbackFilter:
    """Accept values that are in the data, even if they look like a typo."""
    name = excluding_field(part)
    if left_out and name is None:
        raise ArgumentError(f"{part} cannot be excluded.")
    allow = (*(where.allow or ()), *selected, *left_out) or None
    given: dict[str, Any] = {part: selected or None, "allow": allow}
    return with_fields(where, no_values(part) | given | ({name: left_out or None} if name else {}))


def apply_search(where: FeedbackFilter, text: str, *, known: Collection[str]) -> FeedbackFilter:
    """Replace the search. Keys in the text, such as types and dates, replace these parts of the filter.

    Values that are `known` to be in the data are accepted, even if they look like a typo. Only then are they exact.

    Raises
    ------
    ArgumentError
        The search is invalid.
    """
    bare = without(without(where, "text"), "search")
    try:
        asked = FeedbackFilter.parse(text, time_zone=where.time_zone)
    except TypoError:
        asked = _parse_known(text, where, known)
    given: dict[str, Any] = {}
    for part, names in PARTS.items():
        if is_set(asked, part):
            bare = without(bare, part)
            given |= {name: getattr(asked, name) for name in names}
    return with_fields(bare, given | {"allow": (*(bare.allow or ()), *(asked.allow or ())) or None})


def _parse_known(text: str, where: FeedbackFilter, known: Collection[str]) -> FeedbackFilter:
    try:
        return FeedbackFilter.parse(text, time_zone=where.time_zone, allow=tuple(known))
    except TypoError as typo:
        raise ArgumentError(f"{typo.problem} To search for the text itself, quote it.") from None


def span(where: FeedbackFilter, ends: Sequence[int] | None) -> FeedbackFilter:
    """Select whole days, from one until before another, as days since 1 January 1970. None selects all."""
    if ends is None:
        return without(where, "dates")
    first, after = (EPOCH + timedelta(days=int(end)) for end in ends)
    return replace(where, since=first, until=after)


def pick(where: FeedbackFilter, part: str, wanted: tuple[str, ...]) -> FeedbackFilter:
    """Select just what a mark of a chart stands for, or all if just that is selected already.

    It stands for values, or for dates: a first day and the one after the last.
    """
    bare = without(where, part)
    if part != "dates":
        is_same = set(values(where, part, "in")) == set(wanted)
        return bare if is_same or not wanted else choose(bare, part, wanted, "only")
    since, until = (date.fromisoformat(day) for day in wanted)
    return bare if (where.since, where.until) == (since, until) else replace(bare, since=since, until=until)


def last_days(where: FeedbackFilter, days: int, *, until: date) -> FeedbackFilter:
    """Select the last days up to and including a given one. 0 selects all."""
    if not days:
        return without(where, "dates")
    return replace(without(where, "dates"), since=until - timedelta(days=days - 1))


def spans(where: FeedbackFilter, *, last: date) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the days of a filter, until `last` if they have no end, and as many days before them.

    They are days since 1 January 1970, each until before the second one. None if the filter's dates have no start.
    """
    since, until = days_of(where)
    if since is None:
        return None
    end = (last - EPOCH).days + 1 if until is None else until
    first, length = int(since), max(1, round(end - since))
    return (first, first + length), (first - length, first)


def earlier(where: FeedbackFilter) -> FeedbackFilter:
    """Move a window back by its own length, in whole days of its zone if it consists of whole days."""
    since, until = where.since, where.until
    if type(since) is not date or type(until) is not date:
        since, until = where.moments
    if since is None or until is None:
        return where
    return replace(where, since=since - (until - since), until=since)


def days_of(where: FeedbackFilter) -> tuple[float | None, float | None]:
    """Return the start and end of a filter's dates as days since 1 January 1970, in its time zone."""
    zone = ZoneInfo(where.time_zone)
    since, until = (None if edge is None else _days(edge.astimezone(zone)) for edge in where.moments)
    return since, until


def _days(local: datetime) -> float:
    return (local.replace(tzinfo=None) - datetime(1970, 1, 1)) / timedelta(days=1)  # noqa: DTZ001  # local time


def search_text(where: FeedbackFilter) -> str:
    """Return the search of a filter as text for the search box."""
    own = "" if not where.text else f"/{where.text}/" if where.regex else FeedbackFilter(text=where.text).to_search()
    return " ".join(filter(None, [own, where.search]))


def changed_parts(before: FeedbackFilter, after: FeedbackFilter) -> list[str]:
    """List the parts of a filter that are set and differ from those of another one."""
    return [
        part
        for part, names in PARTS.items()
        if is_set(after, part) and any(getattr(before, name) != getattr(after, name) for name in names)
    ]
