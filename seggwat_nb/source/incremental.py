"""From the rows of a stored snapshot to today's, with few requests.

Every item stands in exactly one status list. So if **every status list but the longest is read whole**, the status of
every item is known: an item seen in one of them has that status; an item that was believed in one of them and is seen
in none is read by itself; all others are in the longest. Lists are read as `seggwat_nb.source.crawl` reads them, in
life-cycle order, so that an item which moves on meanwhile is met again.

What lists cost is chosen beforehand, within a budget. First come **rereads** (`seggwat_nb.source.rereads`):
every item is read again before its last reading is a week old, so that edited texts and types heal and no weekly full
load is needed. Then come status lists, the shortest first, while they fit. What they leave open is looked for by
**lengths**: where a stretch of a list between two windows is longer or shorter than believed, it is halved until what
has changed is in a window.

What a refresh may claim:

- *an item's fields*, as of its own ``read_at``, always;
- *the status of every item*, if all status lists but one were read whole, every item that left one was read, the
  lengths of all of them add up to the length of the list of all, and, asked again at the end, are what was read;
- *whether every item is open*, if that holds of the open lists;
- *type, text and presence of every item*, never. An item archived and another un-archived change no length.

A list that moves while it is read is noticed by that last check; the lists that differ are read again, at most four
times, and in the end the whole list is loaded instead.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.errors import IncompleteError, SeggwatError
from seggwat_nb.source.beliefs import FIELDS, UNPLACED, Beliefs, ListName, UnsettledError
from seggwat_nb.source.crawl import BIGGEST_PAGE, crawl, furthest, requests_for
from seggwat_nb.source.list_order import ListOrder, key_of, moment_of, placed, span_of
from seggwat_nb.source.readings import READINGS, Readings
from seggwat_nb.source.rereads import EARLY, Stretch, stale
from seggwat_nb.source.responses import Counts, Page, Row

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.source.list_order import Gap, Span

__all__ = ["BUDGET", "FULL_AFTER", "GATE", "Ask", "Refreshed", "least_requests", "refresh"]

BUDGET: Final = 38
"""Requests that a refresh may plan for: two minutes at the service's limit of 20 a minute."""

FULL_AFTER: Final = timedelta(days=7)
"""No item's last reading is older; where rereads do not keep up, the whole list is loaded."""

Ask = Callable[[Mapping[str, str], int, int], Page]
"""Asks for a page (from 1) of a limit of the list with a selection, now; never answered from memory."""

AskOne = Callable[[str], Row | None]
"""Asks for one item by its id, now; None where it is not in the list any more."""

_ROUNDS: Final = 4
_LEAST: Final = 12
"""A refresh may take so many requests, however short the list is."""

GATE: Final = timedelta(hours=1)
"""A refresh may be content with lengths that agree if every status was verified no longer ago."""


class _MovedError(Exception):
    """The list changed while it was searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh found.

    Attributes
    ----------
    readings : pl.DataFrame
        The rows that were read, and when; the columns of `seggwat_nb.source.readings.READINGS`.
    missed : pl.DataFrame
        The rows that have gone, and when that was seen; likewise.
    total : int
        Rows in the list, copies of one id counted.
    requests, reread : int
        Requests made in all, and those of them that only read old pages again.
    counted : bool or None
        Whether the service tells all lengths in one answer; None where it was not asked.
    stopped : bool
        Whether it stopped early, because lengths and head were as the last exact load left them.
    verified : tuple of str
        ``status`` where the status of every row is verified, ``open`` where it is known of every row whether it is
        open; empty where it stopped early or rows have no status.
    why_not : str or None
        Why not every status is verified, for people.
    stand_ins : dict of str to datetime
        Rows that do not stand in the list by their own time of creation, and the moment at whose place they stand.
    copies : dict of str to int
        Ids that stand in the list more than once.
    """

    readings: pl.DataFrame
    missed: pl.DataFrame
    total: int
    requests: int
    reread: int
    counted: bool | None
    stopped: bool
    verified: tuple[str, ...]
    why_not: str | None
    stand_ins: dict[str, datetime]
    copies: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Lengths:
    """What the service tells of its lists at one moment, or in a few answers one after the other."""

    statuses: Mapping[str, int]
    types: Mapping[str, int] | None
    add_up: bool


def refresh(
    known: pl.DataFrame,
    ask: Ask,
    *,
    ask_one: AskOne,
    now: Callable[[], datetime],
    statuses: Iterable[str] = (),
    open_statuses: Iterable[str] = (),
    count: Callable[[], Counts | None] | None = None,
    stand_ins: Mapping[str, datetime] | None = None,
    copies: Mapping[str, int] | None = None,
    last: datetime | None = None,
    exact_as_of: datetime | None = None,
    full_after: timedelta = FULL_AFTER,
    budget: int | None = BUDGET,
    must_verify: bool = False,
    biggest: int = BIGGEST_PAGE,
    estimated: Callable[[int], None] = lambda _: None,
) -> Refreshed:
    """Bring known rows up to date.

    Parameters
    ----------
    known
        The rows of the last load: ``id``, ``created_at`` and ``read_at`` (Datetime("us", "UTC")), and ``status`` and
        ``type`` (String) where the list has them. ``created_at`` may be null for rows that have a stand-in.
    ask, ask_one
        Ask for a page, and for one item. What they raise goes through; they keep the answers themselves.
    now
        Tells the time.
    statuses, open_statuses
        In life-cycle order; none where rows have no status. Values that stand in the data besides are added.
    count
        Asks for all lengths at once; None where the service is known not to tell them, and it gives None where that
        turns out.
    stand_ins, copies
        As in `Refreshed`, from the last load.
    last
        When the last load was; rereads are spread by that.
    exact_as_of
        When the status of every row was last verified; None where that is not known.
    full_after
        No row's last reading may grow older.
    budget
        Requests to plan for; None reads every status list that a claim needs.
    must_verify
        Whether to give up where not every status can be verified.
    biggest
        The largest page to ask for; a server that gives fewer rows than asked is followed.
    estimated
        Told, as soon as that is known, how many requests there will be in all, about; not where nothing has changed.

    Raises
    ------
    UnsettledError
        A full load is the better way: the list changes too fast, too much has changed, or it is not as drawn.
    """
    work = _Refresh(
        Beliefs(known, stand_ins or {}, copies or {}),
        _Asking(ask, ask_one, count, now, estimated),
        statuses=tuple(statuses),
        open_statuses=frozenset(open_statuses),
        plan=_Plan(last, exact_as_of, full_after, budget, must_verify),
        biggest=biggest,
    )
    return work.run()


def least_requests(
    rows: int, lengths: Mapping[str | None, int] | None, *, counted: bool, may_stop: bool, share: float
) -> int:
    """Tell how many requests a refresh takes where nothing has changed.

    Parameters
    ----------
    rows
        Length of the list.
    lengths
        Those of its status lists; None where rows have no status.
    counted
        Whether the service tells all lengths in one answer.
    may_stop
        Whether every status was verified so short a while ago that lengths that agree are enough.
    share
        Share of the longest age of a row's last reading that has passed since the last load.

    Examples
    --------
    >>> lists = {"New": 150, "Active": 50, "Resolved": 1800}
    >>> least_requests(2000, lists, counted=True, may_stop=True, share=0.0)
    2
    >>> least_requests(2000, lists, counted=True, may_stop=False, share=1 / 7)
    11
    """
    asked = 0 if lengths is None else 1 if counted else max(len(lengths), 1)
    if may_stop:
        return 1 + asked
    rereads = min(math.ceil(rows / BIGGEST_PAGE), math.ceil(share / EARLY * rows / BIGGEST_PAGE))
    if lengths is None:
        return 1 + rereads
    planned = 1 + 2 * asked + (not counted) + rereads
    for number in sorted(lengths.values())[:-1]:
        cost = requests_for(number) - (not counted)
        if planned + cost > BUDGET:
            break
        planned += cost
    return planned


@dataclass(frozen=True, slots=True)
class _Asking:
    page: Ask
    one: AskOne
    count: Callable[[], Counts | None] | None
    now: Callable[[], datetime]
    estimated: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Plan:
    last: datetime | None
    exact_as_of: datetime | None
    full_after: timedelta
    budget: int | None
    must_verify: bool


class _Refresh:
    """Invariant: a belief about a row is as the row was last read, or as it was known."""

    def __init__(
        self,
        rows: Beliefs,
        asking: _Asking,
        *,
        statuses: tuple[str, ...],
        open_statuses: frozenset[str],
        plan: _Plan,
        biggest: int,
    ) -> None:
        self._rows, self._ask, self._plan, self._biggest = rows, asking, plan, biggest
        self._statuses, self._open_statuses = statuses, open_statuses
        self._count = asking.count
        self._counted: bool | None = None
        self._started = asking.now()
        self._requests = self._reread = 0
        self._most = math.inf
        self._readings = Readings()
        self._read: set[str] = set()
        self._missed: dict[str, tuple[datetime, datetime]] = {}
        self._changed = False
        self._why_not: str | None = None
        # What lists have shown: rows of lists read whole, and first pages that were asked for their length alone.
        self._shown: dict[str, set[str]] = {}
        self._first: dict[str, Page] = {}
        self._lengths_shown: dict[str, int] = {}
        # The last window, and the last error of the sender.
        self._met = False
        self._end = 0
        self._in_window: frozenset[str] = frozenset()
        self._refused: SeggwatError | None = None
        # The search by lengths.
        self._orders: dict[ListName, ListOrder] = {}
        self._unplaced: set[str] = set()
        self._asked: set[tuple[ListName, int, int]] = set()
        self._begin_search()

    def run(self) -> Refreshed:
        self._read_head()
        told = self._ask_lengths()
        if self._may_stop(told):
            return self._result(told, stopped=True)
        chosen = self._choose(told)
        for attempt in range(_ROUNDS):
            told, is_settled = self._round(told, chosen, is_first=not attempt)
            if is_settled:
                return self._result(told)
        raise UnsettledError(f"the list changed during each of {_ROUNDS} tries")

    def _round(self, told: _Lengths, chosen: tuple[str, ...], *, is_first: bool) -> tuple[_Lengths, bool]:
        """Read what is to be read, and ask whether the lists are as long as then believed."""
        believed = self._rows.lengths("status")
        for value in chosen:
            if is_first or told.statuses.get(value, 0) != believed[value]:
                self._read_list(value)
        if is_first:
            self._read_again()
        self._read_rows(self._leavers())
        if self._counted or not is_first:
            told = self._ask_lengths_again(told)
            if self._agrees(told):
                return told, True
        if not self._agrees(told):
            self._search(told)
        elif not self._statuses:
            return told, True
        told = self._ask_lengths_again(told)
        return told, self._agrees(told)

    def _result(self, told: _Lengths, *, stopped: bool = False) -> Refreshed:
        verified = () if stopped else self._claims(told)
        if self._plan.must_verify and self._statuses and "status" not in verified:
            raise UnsettledError(self._why_not or "not every status could be verified")
        missed = [(row_id, *moments) for row_id, moments in self._missed.items()]
        return Refreshed(
            readings=self._readings.frame(),
            missed=pl.DataFrame(missed, schema=READINGS, orient="row"),
            total=self._rows.total(),
            requests=self._requests,
            reread=self._reread,
            counted=self._counted,
            stopped=stopped,
            verified=verified,
            why_not=None if stopped or "status" in verified else self._why_not,
            stand_ins={row_id: moment_of(key) for row_id, key in self._rows.stand_ins.items() if row_id in self._rows},
            copies={row_id: n for row_id, n in self._rows.copies.items() if n > 1 and row_id in self._rows},
        )

    # -- what there is --

    def _read_head(self) -> None:
        """Read the newest rows, window overlapping window, until one that was known."""
        self._look(None, 1, self._biggest)
        end = self._end
        while end < (self._orders[None].total or 0) and len(self._rows.ids) and not self._met:
            self._look(None, *furthest(end, 1, self._biggest))
            if self._end <= end:
                break
            end = self._end

    def _ask_lengths(self) -> _Lengths:
        """Ask for all lengths: the summary where it means what the lists do, else each list's first page."""
        if not self._statuses:
            return _Lengths({}, None, add_up=False)
        for _ in range(2):
            told = self._ask_count()
            if told is None:
                break
            if told.add_up:
                return told
            self._look(None, 1, self._biggest)  # The list may have changed between the two answers.
        else:
            self._mistrust()
        return self._ask_each(first=True)

    def _ask_lengths_again(self, before: _Lengths) -> _Lengths:
        """Ask once more, after lists were read; a summary that stays behind what they showed is no evidence."""
        if not self._statuses:
            self._look(None, 1, self._biggest)
            return before
        told = self._ask_count()
        if told is not None:
            stays_behind = told.statuses == before.statuses and any(
                told.statuses.get(value, 0) != total for value, total in self._lengths_shown.items()
            )
            if not stays_behind:
                return told
            self._mistrust()
        return self._ask_each()

    def _ask_count(self) -> _Lengths | None:
        """Ask for all lengths in one answer; None where the service does not tell them."""
        if self._count is None:
            return None
        self._requests += 1
        counts = self._count()
        self._counted = counts is not None
        if counts is None:
            self._count = None
            return None
        total, types = self._orders[None].total, counts.types
        has_types = types is not None and sum(types.values()) + len(self._rows.without("type")) == total
        return _Lengths(counts.statuses, types if has_types else None, add_up=self._adds_up(counts.statuses))

    def _mistrust(self) -> None:
        self._count, self._counted = None, False

    def _ask_each(self, *, first: bool = False) -> _Lengths:
        told = {}
        for value in self._all_statuses():
            page = self._list_page(value, 1, self._biggest)
            told[value] = page.total
            if first:
                self._first[value] = page
        if not first:
            self._look(None, 1, self._biggest)
        return _Lengths(told, None, add_up=self._adds_up(told))

    def _adds_up(self, statuses: Mapping[str, int]) -> bool:
        return sum(statuses.values()) + len(self._rows.without("status")) == self._orders[None].total

    def _all_statuses(self) -> tuple[str, ...]:
        strange = self._rows.lengths("status").keys() - set(self._statuses)
        return (*self._statuses, *sorted(strange))

    def _agrees(self, told: _Lengths) -> bool:
        """Whether the lists are as long as believed."""
        if self._rows.total() != self._orders[None].total or self._unplaced:
            return False
        if not self._statuses:
            return True
        by_type = told.types is None or +Counter(told.types) == self._rows.lengths("type")
        return +Counter(told.statuses) == self._rows.lengths("status") and by_type

    # -- what to do --

    def _may_stop(self, told: _Lengths) -> bool:
        exact = self._plan.exact_as_of
        if self._plan.must_verify or exact is None or not timedelta(0) <= self._started - exact < GATE:
            return False
        return not self._changed and self._agrees(told) and (told.add_up or not self._statuses)

    def _choose(self, told: _Lengths) -> tuple[str, ...]:
        """Choose the status lists to read, in life-cycle order."""
        rereads = len(self._stale())
        # ViewRequest for again at the end: the summary, or each list and the head.
        check = 0 if not self._statuses else 1 if self._count is not None else len(told.statuses) + 1
        planned = self._requests + rereads + check
        lengths = {value: told.statuses.get(value, 0) for value in (*self._all_statuses(), *told.statuses)}
        chosen = []
        for value in sorted(lengths, key=lambda value: (lengths[value], value))[:-1]:
            cost = requests_for(lengths[value], biggest=self._biggest) - (value in self._first)
            if self._plan.budget is not None and planned + cost > self._plan.budget:
                self._why_not = (
                    f"reading every status list would take more than {self._plan.budget} requests; "
                    "refresh='verify' takes as many as it needs"
                )
                break
            planned += cost
            chosen.append(value)
        total = self._orders[None].total or 0
        whole = requests_for(total, biggest=self._biggest)
        if planned > max(_LEAST, whole):
            raise UnsettledError("a full load takes no more requests")
        self._most = max(_LEAST, 1.25 * whole) + check
        if planned > self._requests:
            self._ask.estimated(planned)
        order = {value: at for at, value in enumerate((*self._all_statuses(), *sorted(told.statuses)))}
        return tuple(sorted(chosen, key=lambda value: order[value]))

    def _claims(self, told: _Lengths) -> tuple[str, ...]:
        if not self._statuses:
            return ()
        if not told.add_up:
            self._why_not = "the lengths of the status lists do not add up to the length of the whole list"
            return ()
        if self._rows.without("status") - self._read:
            self._why_not = "some items have no status, and were not all read"
            return ()
        values = {value for value, n in told.statuses.items() if n} | set(self._all_statuses())
        if len(values - self._shown.keys()) <= 1:
            return ("status", "open")
        self._why_not = self._why_not or "a status came up that no item had when the refresh began"
        return ("open",) if self._open_statuses <= self._shown.keys() else ()

    # -- lists read whole --

    def _read_list(self, value: str) -> None:
        shown: set[str] = set()

        def fetch(page: int, limit: int) -> Page:
            first = self._first.pop(value, None) if (page, limit) == (1, self._biggest) else None
            window = first or self._list_page(value, page, limit)
            shown.update(row.id for row in window.rows)
            return window

        try:
            crawl(fetch, biggest=self._biggest)
        except IncompleteError as error:
            if error is self._refused:
                raise
            raise UnsettledError(f"the list of status {value!r} cannot be read whole") from error
        self._shown[value] = shown

    def _list_page(self, value: str, page: int, limit: int) -> Page:
        window = self._send({"status": value}, page, limit)
        self._lengths_shown[value] = window.total
        for row in window.rows:
            if row.status != value:
                raise UnsettledError("the service does not select by status")
            key = self._rows.key(row.id)
            if key is None:
                if row.created_at is None:
                    raise UnsettledError("a new record has no readable time of creation")
                key = key_of(row.created_at)
            self._learn(row, key)
        return window

    def _leavers(self) -> set[str]:
        """Find the rows that are believed in a list that was read whole, and were not seen there."""
        left = set[str]()
        for value, shown in self._shown.items():
            left |= self._rows.believed_in("status", value) - shown
        return left

    def _read_rows(self, row_ids: Iterable[str]) -> None:
        """Read certain rows: by a window where it shows several of them, the others one by one."""
        waiting = sorted((self._rows.key(row_id) or 0, row_id) for row_id in row_ids)
        while waiting:
            order = self._orders[None]
            start = order.rank(waiting[0][0])
            ranks = (order.rank(key) for key, _ in waiting)
            near = [
                row_id for (_, row_id), rank in zip(waiting, ranks, strict=True) if rank + 2 < start + self._biggest
            ]
            shown: frozenset[str] = frozenset()
            if len(near) > 1:
                end = order.rank(waiting[len(near) - 1][0]) + 2
                window = _over(max(0, start - 1), end, self._biggest, order.total or 0)
                if (None, *window) not in self._asked:
                    self._look(None, *window)
                    shown = self._in_window
            for row_id in near or [waiting[0][1]]:
                if row_id in self._rows and row_id not in shown:
                    self._read_one(row_id)
            waiting = waiting[max(1, len(near)) :]

    def _read_one(self, row_id: str) -> None:
        self._spend()
        asked = self._ask.now()
        row = self._ask.one(row_id)
        self._requests += 1
        self._moments = asked, self._ask.now()
        if row is None:
            self._miss(None, row_id)
            return
        self._readings.note([row.id], *self._moments)
        self._learn(row, self._rows.key(row_id) or 0)

    # -- old pages read again --

    def _stale(self) -> list[Stretch]:
        is_read = np.zeros(len(self._rows.ids), dtype=bool)
        read = (self._rows.at(row_id) for row_id in self._read)
        is_read[[at for at in read if at is not None]] = True
        return stale(
            self._rows.keys,
            self._rows.read_at,
            is_read,
            now=-key_of(self._started),
            last=None if self._plan.last is None else -key_of(self._plan.last),
            full_after=self._plan.full_after,
            biggest=self._biggest,
        )

    def _read_again(self) -> None:
        """Read old rows again, so that texts that were edited heal."""
        before = self._requests
        for stretch in self._stale():
            order = self._orders[None]
            start = order.rank(stretch.key)
            window = furthest(start, 0, self._biggest)
            if start < (order.total or 0) and (None, *window) not in self._asked:
                self._look(None, *window)
        self._reread = self._requests - before

    # -- the search by lengths --

    def _begin_search(self) -> None:
        total = self._orders[None].total if self._orders else None
        self._orders = {None: self._rows.order(None, total=total)}
        self._asked = set()

    def _search(self, told: _Lengths) -> None:
        """Look into every stretch that cannot be as believed, until there is none."""
        for _ in range(_ROUNDS):
            try:
                if self._orders[None].total is None:
                    self._window(None, 1, self._biggest)
                self._open_lists(told)
                self._close_gaps()
            except _MovedError:
                self._begin_search()
                self._orders[None].total = None
            else:
                return

    def _open_lists(self, told: _Lengths) -> None:
        """Take the lists that were not read whole, and are longer or shorter than believed."""
        for field, lengths in (("status", told.statuses), ("type", told.types)):
            if not lengths:
                continue
            believed = self._rows.lengths(field)
            for value in sorted(lengths.keys() | believed.keys()):
                if lengths.get(value, 0) != believed[value] and (field == "type" or value not in self._shown):
                    total = lengths.get(value, 0)
                    self._orders[field, value] = self._rows.order((field, value), total=total)

    def _close_gaps(self) -> None:
        while True:
            if self._unplaced:
                self._read_rows(set(self._unplaced))
                if self._unplaced:
                    raise _MovedError
                continue
            gaps = [(name, gap) for name, order in self._orders.items() for gap in order.gaps()]
            if not gaps:
                return
            # What has changed shows in more lists than one: look where the stretch is short. In the list of all rows it
            # may be twice as long, for its windows show every field at once.
            self._look_into(*min(gaps, key=lambda found: found[1].rows * (1 if found[0] is None else 2)))

    def _look_into(self, name: ListName, gap: Gap) -> None:
        total = self._orders[name].total or 0
        if gap.rows + 2 < self._biggest:
            window = _over(max(0, gap.start - 1), min(total, gap.end + 1), self._biggest, total)
        elif gap.start == 0:
            window = 1, self._biggest
        else:
            middle = math.isqrt(gap.start * gap.end)
            near = middle < gap.start + self._biggest
            window = furthest(gap.start, 1, self._biggest) if near else (middle // self._biggest + 1, self._biggest)
        if (name, *window) in self._asked:
            raise UnsettledError("too many rows share one moment")
        self._window(name, *window)

    def _look(self, name: ListName, page: int, limit: int) -> None:
        """Read a window of which nothing depends: where it contradicts the others, the search begins anew."""
        try:
            self._window(name, page, limit)
        except _MovedError:
            self._begin_search()

    # -- reading --

    def _spend(self) -> None:
        if self._requests + 1 - self._reread > self._most:
            raise UnsettledError("so much has changed that a full load takes no more requests")

    def _send(self, selection: Mapping[str, str], page: int, limit: int) -> Page:
        self._spend()
        asked = self._ask.now()
        try:
            window = self._ask.page(selection, page, limit)
        except SeggwatError as error:
            self._refused = error
            raise
        self._requests += 1
        self._moments = asked, self._ask.now()
        self._readings.note((row.id for row in window.rows), *self._moments)
        if window.limit < limit:
            self._biggest = window.limit
        return window

    def _window(self, name: ListName, page: int, limit: int) -> None:
        """Read a window of a list that is searched by lengths, and believe what it shows."""
        self._asked.add((name, page, limit))
        window = self._send({} if name is None else {name[0]: name[1]}, page, limit)
        self._met = any(row.id in self._rows for row in window.rows)
        self._end = window.start + len(window.rows)
        self._in_window = frozenset(row.id for row in window.rows)
        for row in window.rows:
            if name is not None and getattr(row, name[0]) != name[1]:
                raise UnsettledError(f"the service does not select by {name[0]}")
        keys = self._keys_of(window)
        order = self._orders[name]
        has_moved = order.total is not None and order.total != window.total
        order.total = window.total
        span = span_of(window, keys)
        self._note_copies(window, keys, span)
        for row, key in zip(window.rows, keys, strict=True):
            self._learn(row, key)
        if span is not None:
            for _, row_id in order.believed(span):
                if row_id not in self._in_window:
                    self._miss(name, row_id)
            has_moved = not order.see(span) or has_moved
        if has_moved or not all(one.holds() for one in self._orders.values()):
            raise _MovedError

    def _keys_of(self, window: Page) -> list[int]:
        own = [(row.id, key if (key := self._rows.key(row.id)) is not None else _own_key(row)) for row in window.rows]
        keys, fresh = placed(own, self._rows.stand_ins)
        if any(self._rows.key(row_id) is not None for row_id in fresh):
            raise UnsettledError("the list is not ordered by time")
        self._rows.stand_ins |= fresh
        return keys

    def _note_copies(self, window: Page, keys: list[int], span: Span | None) -> None:
        """Count how often each id stands in the list, where a window shows that."""
        numbers = Counter(row.id for row in window.rows)
        for row, key in zip(window.rows, keys, strict=True):
            number, believed = numbers[row.id], self._rows.number(row.id)
            is_inside = span is not None and span.top < key <= span.bottom
            if number > believed or (is_inside and number < believed):
                self._rows.copies[row.id] = number
                for order in self._orders_of(row.id):
                    order.remove(key, row.id)
                    order.add(key, row.id, number)

    def _learn(self, row: Row, key: int) -> None:
        if not self._rows.has_same_moment(row):
            raise UnsettledError("a row has another time of creation")
        old = self._rows.get(row.id)
        self._read.add(row.id)
        self._missed.pop(row.id, None)
        self._unplaced.discard(row.id)
        if row.status in self._shown:
            self._shown[row.status].add(row.id)
        new = replace(row, created_at=None)
        if old != (key, new):
            self._changed = True
            for order in self._orders_of(row.id):
                order.remove(key if old is None else old[0], row.id)
            self._rows.put(row.id, (key, new))
            for order in self._orders_of(row.id):
                order.add(key, row.id, self._rows.number(row.id))

    def _miss(self, name: ListName, row_id: str) -> None:
        """Believe a row to be no more where it was."""
        self._changed = True
        found = self._rows.get(row_id)
        if found is None:
            return
        key, row = found
        for order in self._orders_of(row_id):
            order.remove(key, row_id)
        if name is None:
            self._rows.put(row_id, None)
            self._unplaced.discard(row_id)
            self._missed[row_id] = self._moments
            return
        left = replace(row, status=UNPLACED) if name[0] == "status" else replace(row, type=UNPLACED)
        self._rows.put(row_id, (key, left))
        self._unplaced.add(row_id)
        for order in self._orders_of(row_id):
            order.add(key, row_id, self._rows.number(row_id))

    def _orders_of(self, row_id: str) -> list[ListOrder]:
        found = self._rows.get(row_id)
        if found is None:
            return []
        _, row = found
        names: list[ListName] = [
            None,
            *((field, value) for field in FIELDS if (value := getattr(row, field)) is not None),
        ]
        return [self._orders[name] for name in names if name in self._orders]


def _own_key(row: Row) -> int | None:
    return None if row.created_at is None else key_of(row.created_at)


def _over(start: int, end: int, biggest: int, total: int) -> tuple[int, int]:
    """Choose the largest window over some rows of a list; where none is over all of them, over their middle."""
    for limit in range(biggest, 0, -1):
        page = start // limit + 1
        if page * limit >= min(end, total):
            return page, limit
    return (start + end) // 2 // biggest + 1, biggest
