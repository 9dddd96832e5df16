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

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.errors import IncompleteError
from seggwat_nb.source.beliefs import Beliefs, UnsettledError
from seggwat_nb.source.crawl import BIGGEST_PAGE, crawl, furthest, requests_for
from seggwat_nb.source.list_order import key_of, moment_of
from seggwat_nb.source.list_search import ROUNDS, ListSearch
from seggwat_nb.source.readings import READINGS
from seggwat_nb.source.refresh_cost import BUDGET, GATE
from seggwat_nb.source.refresh_requests import RefreshRequests
from seggwat_nb.source.rereads import Stretch, stale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from seggwat_nb.source.refresh_requests import Ask, AskOne
    from seggwat_nb.source.responses import Counts, Page

__all__ = ["FULL_AFTER", "Refreshed", "refresh"]

FULL_AFTER: Final = timedelta(days=7)
"""No item's last reading is older; where rereads do not keep up, the whole list is loaded."""

_LEAST: Final = 12
"""A refresh may take so many requests, however short the list is."""


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
        Whether the service tells all lengths in one answer; None if it was not asked.
    stopped : bool
        Whether it stopped early, because lengths and head were as the last exact load left them.
    verified : tuple of str
        ``status`` where the status of every row is verified, ``open`` where it is known of every row whether it is
        open; empty if it stopped early or rows have no status.
    why_not : str or None
        Why not every status is verified, for people.
    stand_ins : dict of str to datetime
        Rows that do not stand in the list by their own time of creation, and the moment at whose place they stand.
    copies : dict of str to int
        Ids that are in the list more than once.
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
        Returns the time.
    statuses, open_statuses
        In life-cycle order; none if rows have no status. Values that are in the data besides are added.
    count
        Asks for all lengths at once; None if the service is known not to tell them, and it gives None if that
        turns out.
    stand_ins, copies
        As in `Refreshed`, from the last load.
    last
        When the last load was; rereads are spread by that.
    exact_as_of
        When the status of every row was last verified; None if that is not known.
    full_after
        No row's last reading may grow older.
    budget
        Requests to plan for; None reads every status list that a claim needs.
    must_verify
        Whether to give up where not every status can be verified.
    biggest
        The largest page to ask for; a server that gives fewer rows than asked is followed.
    estimated
        Told, as soon as that is known, how many requests there will be in all, about; not if nothing has changed.

    Raises
    ------
    UnsettledError
        A full load is the better way: the list changes too fast, too much has changed, or it is not as drawn.
    """
    work = _Refresh(
        Beliefs(known, stand_ins or {}, copies or {}),
        RefreshRequests(ask, ask_one, count, now=now, biggest=biggest),
        statuses=tuple(statuses),
        open_statuses=frozenset(open_statuses),
        plan=_Plan(now(), last, exact_as_of, full_after, budget, must_verify),
    )
    return work.run(estimated)


@dataclass(frozen=True, slots=True)
class _Plan:
    started: datetime
    last: datetime | None
    exact_as_of: datetime | None
    full_after: timedelta
    budget: int | None
    must_verify: bool


class _Refresh:
    """One refresh: what to read, and what may be claimed of what was read."""

    def __init__(
        self,
        rows: Beliefs,
        requests: RefreshRequests,
        *,
        statuses: tuple[str, ...],
        open_statuses: frozenset[str],
        plan: _Plan,
    ) -> None:
        self._rows, self._requests, self._plan = rows, requests, plan
        self._search = ListSearch(rows, requests)
        self._statuses, self._open_statuses = statuses, open_statuses
        self._why_not: str | None = None
        # First pages that were asked for their length alone, and what lists have shown their lengths to be.
        self._first: dict[str, Page] = {}
        self._lengths_shown: dict[str, int] = {}

    def run(self, estimated: Callable[[int], None]) -> Refreshed:
        self._read_head()
        told = self._ask_lengths()
        if self._may_stop(told):
            return self._result(told, stopped=True)
        chosen, planned = self._choose(told)
        if planned > self._requests.made:
            estimated(planned)
        for attempt in range(ROUNDS):
            told, is_settled = self._round(told, chosen, is_first=not attempt)
            if is_settled:
                return self._result(told)
        raise UnsettledError(f"the list changed during each of {ROUNDS} attempts")

    def _round(self, told: _Lengths, chosen: tuple[str, ...], *, is_first: bool) -> tuple[_Lengths, bool]:
        """Read what is to be read, and ask whether the lists are as long as then believed."""
        believed = self._rows.lengths("status")
        for value in chosen:
            if is_first or told.statuses.get(value, 0) != believed[value]:
                self._read_list(value)
        if is_first:
            self._read_again()
        self._search.read_rows(self._leavers())
        if self._requests.counted or not is_first:
            told = self._ask_lengths_again(told)
            if self._agrees(told):
                return told, True
        if not self._agrees(told):
            self._search.search({"status": told.statuses, "type": told.types})
        elif not self._statuses:
            return told, True
        told = self._ask_lengths_again(told)
        return told, self._agrees(told)

    def _result(self, told: _Lengths, *, stopped: bool = False) -> Refreshed:
        verified = () if stopped else self._claims(told)
        if self._plan.must_verify and self._statuses and "status" not in verified:
            raise UnsettledError(self._why_not or "not every status could be verified")
        missed = [(row_id, *moments) for row_id, moments in self._search.missed.items()]
        return Refreshed(
            readings=self._requests.readings.frame(),
            missed=pl.DataFrame(missed, schema=READINGS, orient="row"),
            total=self._rows.total(),
            requests=self._requests.made,
            reread=self._requests.reread,
            counted=self._requests.counted,
            stopped=stopped,
            verified=verified,
            why_not=None if stopped or "status" in verified else self._why_not,
            stand_ins={row_id: moment_of(key) for row_id, key in self._rows.stand_ins.items() if row_id in self._rows},
            copies={row_id: n for row_id, n in self._rows.copies.items() if n > 1 and row_id in self._rows},
        )

    # -- what there is --

    def _read_head(self) -> None:
        """Read the newest rows, window overlapping window, until one that was known."""
        self._search.look(None, 1, self._requests.biggest)
        end = self._search.end
        while end < (self._search.total or 0) and len(self._rows.ids) and not self._search.met:
            self._search.look(None, *furthest(end, 1, self._requests.biggest))
            if self._search.end <= end:
                break
            end = self._search.end

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
            self._search.look(None, 1, self._requests.biggest)  # The list may have changed between the two answers.
        else:
            self._requests.distrust_counts()
        return self._ask_each(first=True)

    def _ask_lengths_again(self, before: _Lengths) -> _Lengths:
        """Ask once more, after lists were read; a summary that stays behind what they showed is no evidence."""
        if not self._statuses:
            self._search.look(None, 1, self._requests.biggest)
            return before
        told = self._ask_count()
        if told is not None:
            stays_behind = told.statuses == before.statuses and any(
                told.statuses.get(value, 0) != total for value, total in self._lengths_shown.items()
            )
            if not stays_behind:
                return told
            self._requests.distrust_counts()
        return self._ask_each()

    def _ask_count(self) -> _Lengths | None:
        """Ask for all lengths in one answer; None if the service does not tell them."""
        counts = self._requests.counts()
        if counts is None:
            return None
        types = counts.types
        has_types = types is not None and sum(types.values()) + len(self._rows.without("type")) == self._search.total
        return _Lengths(counts.statuses, types if has_types else None, add_up=self._adds_up(counts.statuses))

    def _ask_each(self, *, first: bool = False) -> _Lengths:
        told = {}
        for value in self._all_statuses():
            page = self._list_page(value, 1, self._requests.biggest)
            told[value] = page.total
            if first:
                self._first[value] = page
        if not first:
            self._search.look(None, 1, self._requests.biggest)
        return _Lengths(told, None, add_up=self._adds_up(told))

    def _adds_up(self, statuses: Mapping[str, int]) -> bool:
        return sum(statuses.values()) + len(self._rows.without("status")) == self._search.total

    def _all_statuses(self) -> tuple[str, ...]:
        strange = self._rows.lengths("status").keys() - set(self._statuses)
        return (*self._statuses, *sorted(strange))

    def _agrees(self, told: _Lengths) -> bool:
        """Whether the lists are as long as believed."""
        if self._rows.total() != self._search.total or self._search.unplaced:
            return False
        if not self._statuses:
            return True
        by_type = told.types is None or +Counter(told.types) == self._rows.lengths("type")
        return +Counter(told.statuses) == self._rows.lengths("status") and by_type

    # -- what to do --

    def _may_stop(self, told: _Lengths) -> bool:
        exact = self._plan.exact_as_of
        if self._plan.must_verify or exact is None or not timedelta(0) <= self._plan.started - exact < GATE:
            return False
        return not self._search.changed and self._agrees(told) and (told.add_up or not self._statuses)

    def _choose(self, told: _Lengths) -> tuple[tuple[str, ...], int]:
        """Choose the status lists to read, in life-cycle order, and tell how many requests there will be in all."""
        rereads = len(self._stale())
        # Asked for again at the end: the summary, or each list and the head.
        check = 0 if not self._statuses else 1 if self._requests.may_count else len(told.statuses) + 1
        planned = self._requests.made + rereads + check
        lengths = {value: told.statuses.get(value, 0) for value in (*self._all_statuses(), *told.statuses)}
        chosen = []
        for value in sorted(lengths, key=lambda value: (lengths[value], value))[:-1]:
            cost = requests_for(lengths[value], biggest=self._requests.biggest) - (value in self._first)
            if self._plan.budget is not None and planned + cost > self._plan.budget:
                self._why_not = (
                    f"reading every status list would take more than {self._plan.budget} requests; "
                    "refresh='verify' takes as many as it needs"
                )
                break
            planned += cost
            chosen.append(value)
        total = self._search.total or 0
        whole = requests_for(total, biggest=self._requests.biggest)
        if planned > max(_LEAST, whole):
            raise UnsettledError("a full load takes no more requests")
        self._requests.most = max(_LEAST, 1.25 * whole) + check
        order = {value: at for at, value in enumerate((*self._all_statuses(), *sorted(told.statuses)))}
        return tuple(sorted(chosen, key=lambda value: order[value])), planned

    def _claims(self, told: _Lengths) -> tuple[str, ...]:
        if not self._statuses:
            return ()
        if not told.add_up:
            self._why_not = "the lengths of the status lists do not add up to the length of the whole list"
            return ()
        if self._rows.without("status") - self._search.read:
            self._why_not = "some items have no status, and were not all read"
            return ()
        values = {value for value, n in told.statuses.items() if n} | set(self._all_statuses())
        if len(values - self._search.shown.keys()) <= 1:
            return ("status", "open")
        self._why_not = self._why_not or "a new status appeared during the refresh"
        return ("open",) if self._open_statuses <= self._search.shown.keys() else ()

    # -- lists read whole --

    def _read_list(self, value: str) -> None:
        shown: set[str] = set()

        def fetch(page: int, limit: int) -> Page:
            first = self._first.pop(value, None) if (page, limit) == (1, self._requests.biggest) else None
            window = first or self._list_page(value, page, limit)
            shown.update(row.id for row in window.rows)
            return window

        try:
            crawl(fetch, biggest=self._requests.biggest)
        except IncompleteError as error:
            if error is self._requests.refused:
                raise
            raise UnsettledError(f"the list of status {value!r} cannot be read completely") from error
        self._search.shown[value] = shown

    def _list_page(self, value: str, page: int, limit: int) -> Page:
        window = self._requests.page({"status": value}, page, limit)
        self._lengths_shown[value] = window.total
        for row in window.rows:
            if row.status != value:
                raise UnsettledError("the service does not filter by status")
            key = self._rows.key(row.id)
            if key is None:
                if row.created_at is None:
                    raise UnsettledError("a new record has no readable creation time")
                key = key_of(row.created_at)
            self._search.learn(row, key)
        return window

    def _leavers(self) -> set[str]:
        """Find the rows that are believed in a list that was read whole, and were not seen there."""
        left = set[str]()
        for value, shown in self._search.shown.items():
            left |= self._rows.believed_in("status", value) - shown
        return left

    # -- old pages read again --

    def _stale(self) -> list[Stretch]:
        is_read = np.zeros(len(self._rows.ids), dtype=bool)
        read = (self._rows.at(row_id) for row_id in self._search.read)
        is_read[[at for at in read if at is not None]] = True
        return stale(
            self._rows.keys,
            self._rows.read_at,
            is_read,
            now=-key_of(self._plan.started),
            last=None if self._plan.last is None else -key_of(self._plan.last),
            full_after=self._plan.full_after,
            biggest=self._requests.biggest,
        )

    def _read_again(self) -> None:
        """Read old rows again, so that texts that were edited heal."""
        before = self._requests.made
        for stretch in self._stale():
            self._search.read_from(stretch.key)
        self._requests.reread = self._requests.made - before
