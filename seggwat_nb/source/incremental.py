"""Brings the rows of a stored snapshot up to date with few requests.

Every item is in exactly one status list. So if **every status list except the longest is read completely**, the status
of every item is known. An item seen in one of them has that status. An item that was expected in one of them but seen
in none is requested individually. All others are in the longest list. Lists are read with `seggwat_nb.source.crawl`, in
life-cycle order, so that an item whose status advances in the meantime is seen again.

The requests are planned beforehand, within a budget. First come **rereads** (`seggwat_nb.source.rereads`): every item
is read again before its last reading is a week old, so that edited texts and types are picked up and no weekly full
load is needed. Then come status lists, shortest first, as long as they fit. Remaining changes are found by **lengths**:
if a stretch of a list between two windows is longer or shorter than expected, it is halved until a window shows the
change.

A refresh may claim:

- *the fields of an item*, as of its own ``read_at``: always;
- *the status of every item*: if all status lists but one were read completely, every item that left one of
  them was read, and their lengths, requested again at the end, match what was read and add up to the whole list;
- *whether every item is open*: if the same is true of the open lists;
- *type, text and presence of every item*: never. Archiving one item and restoring another changes no length.

That last check detects lists that change while they are read. Those lists are read again, up to four times, before the
whole list is loaded instead.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.errors import ApiError, IncompleteError, SeggwatError
from seggwat_nb.source.answers import REFUSED
from seggwat_nb.source.beliefs import Beliefs, UnsettledError
from seggwat_nb.source.crawl import crawl, requests_for
from seggwat_nb.source.error_answers import may_concern_one_kind
from seggwat_nb.source.learned import ObstacleError
from seggwat_nb.source.list_order import key_of, moment_of
from seggwat_nb.source.list_search import ROUNDS, ListSearch
from seggwat_nb.source.page_sizes import PageSizes
from seggwat_nb.source.readings import READINGS
from seggwat_nb.source.refresh_cost import BUDGET, GATE
from seggwat_nb.source.refresh_requests import Lengths, RefreshRequests
from seggwat_nb.source.rereads import Stretch, stale
from seggwat_nb.source.responses import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from seggwat_nb.source.refresh_requests import Ask, AskOne
    from seggwat_nb.source.responses import Counts

__all__ = ["FULL_AFTER", "Refreshed", "refresh"]

FULL_AFTER: Final = timedelta(days=7)
"""The longest time since an item was last read. If rereads cannot keep up, the whole list is loaded."""

_LEAST: Final = 12
"""A refresh may always use this many requests, however short the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """The result of a refresh.

    Attributes
    ----------
    readings : pl.DataFrame
        The rows that were read, and when. Has the columns of `seggwat_nb.source.readings.READINGS`.
    missed : pl.DataFrame
        The rows that have left the list, and when this was seen. Has the same columns.
    total : int
        Rows in the list, including duplicates of an ID.
    requests, reread : int
        All requests, and those that only reread old pages.
    counted : bool or None
        Whether the service returns all lengths in one response; None if it was not asked.
    stopped : bool
        Whether the refresh stopped early, because the lengths and the newest rows were unchanged since the last
        verified load.
    verified : tuple of str
        Contains ``status`` if the status of every row is verified, and ``open`` if it is verified which rows are open.
        Empty if the refresh stopped early or rows have no status.
    why_not : str or None
        Why not every status is verified, as text to show.
    stand_ins : dict of str to datetime
        Rows that are not in the list at the position of their own creation time, and the time of the position where
        they are.
    copies : dict of str to int
        IDs that are in the list more than once, and how often.
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
    sizes: PageSizes | None = None,
    estimated: Callable[[int], None] = lambda _: None,
) -> Refreshed:
    """Bring known rows up to date incrementally.

    Parameters
    ----------
    known
        The rows of the last load: ``id``, ``created_at`` and ``read_at`` (Datetime("us", "UTC")), and ``status`` and
        ``type`` (String) if the list has them. ``created_at`` may be null for rows with a stand-in.
    ask, ask_one
        Request a page and a single item, and store the responses themselves. Their errors are passed on.
    now
        Returns the time.
    statuses, open_statuses
        Statuses in life-cycle order, empty if rows have no status. Other values found in the data are added.
    count
        Requests all lengths at once, and returns None if the service does not provide them. Pass None if that is known.
    stand_ins, copies
        From the last load, as in `Refreshed`.
    last
        When the last load was. Determines how rereads are spread.
    exact_as_of
        When the status of every row was last verified, or None if unknown.
    full_after
        The longest time since a row was last read.
    budget
        Number of requests to plan for. None reads every status list needed to verify all statuses.
    must_verify
        Whether to raise an error if not every status can be verified.
    sizes
        The sizes of the server's pages that are known from other lists.
    estimated
        Called with the approximate total number of requests, as soon as it is known. Not called if nothing has changed.

    Raises
    ------
    UnsettledError
        A full load is better: the list changes too fast, too much has changed, or the service does not behave as
        documented.
    """
    requests = RefreshRequests(ask, ask_one, count, now=now, sizes=sizes or PageSizes())
    beliefs = Beliefs(known, stand_ins or {}, copies or {})
    plan = _Plan(now(), last, exact_as_of, full_after, budget, must_verify)
    work = _Refresh(beliefs, requests, statuses=tuple(statuses), open_statuses=frozenset(open_statuses), plan=plan)
    try:
        return work.run(estimated)
    except SeggwatError as error:
        if requests.has_raised(error) and requests.is_optional and may_concern_one_kind(error):
            error = ObstacleError("a filtered list cannot be requested", cause=error)
        if isinstance(error, UnsettledError):
            error.counted = requests.counted
            if requests.distrusted:
                error.args = (f"{error}, after the summary of the project did not match its lists",)
        raise error from error.__cause__


@dataclass(frozen=True, slots=True)
class _Plan:
    started: datetime
    last: datetime | None
    exact_as_of: datetime | None
    full_after: timedelta
    budget: int | None
    must_verify: bool


class _Refresh:
    """One refresh: decides what to read, and what the result may claim."""

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
        # First pages that were only requested for their length, and the latest length that each list reported.
        self._first: dict[str, Page] = {}
        self._lengths_shown: dict[str, int] = {}

    def run(self, estimated: Callable[[int], None]) -> Refreshed:
        self._read_head()
        reported = self._ask_lengths()
        if self._may_stop(reported):
            return self._result(reported, stopped=True)
        chosen, planned = self._choose(reported)
        if planned > self._requests.made:
            estimated(planned)
        for attempt in range(ROUNDS):
            reported, is_settled = self._round(reported, chosen, is_first=not attempt)
            if is_settled:
                return self._result(reported)
        if self._requests.counted:
            self._requests.distrust_counts()  # It may be the cause, so the next refresh does without.
        raise UnsettledError(f"the list changed during each of {ROUNDS} attempts")

    def _round(self, reported: Lengths, chosen: tuple[str, ...], *, is_first: bool) -> tuple[Lengths, bool]:
        """Do one round of reading, and return whether the lists then have the expected lengths."""
        believed = self._rows.lengths("status")
        for value in chosen:
            if is_first or reported.statuses.get(value, 0) != believed[value]:
                self._read_list(value)
        if is_first:
            self._read_again()
        self._search.read_rows(self._leavers())
        if self._requests.counted or not is_first:
            reported = self._ask_lengths_again(reported)
            if self._agrees(reported):
                return reported, True
        if not self._agrees(reported):
            self._search.search({"status": reported.statuses, "type": reported.types})
        elif not self._statuses:
            return reported, True
        reported = self._ask_lengths_again(reported)
        return reported, self._agrees(reported)

    def _result(self, reported: Lengths, *, stopped: bool = False) -> Refreshed:
        verified = () if stopped else self._claims(reported)
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

    # -- the current state --

    def _read_head(self) -> None:
        """Read the newest rows in overlapping windows until one contains a known row."""
        self._search.look(None, 1, self._requests.sizes.biggest)
        if not self._search.total and len(self._rows.ids):
            raise UnsettledError("a list that had rows is empty")  # One wrong answer must not mark every row as gone.
        end = 0
        # If very many rows are new, a full load may turn out to be better. A window may also show nothing more.
        while end < self._search.end < (self._search.total or 0) and self._requests.made < _LEAST:
            if self._search.met or not len(self._rows.ids):
                break
            end = self._search.end
            self._search.look(None, *self._requests.sizes.furthest(end, 1))

    def _ask_lengths(self) -> Lengths:
        """Request all lengths: from the summary if it agrees with the lists, otherwise from each list's first page."""
        if not self._statuses:
            return Lengths({}, None, add_up=False)
        for _ in range(2):
            reported = self._ask_count()
            if reported is None:
                break
            if reported.add_up:
                return reported
            # The list may have changed between the two responses.
            self._search.look(None, 1, self._requests.sizes.biggest)
        else:
            self._requests.distrust_counts()
        if not self._might_stop():  # Do not ask for each length only to find that a full load costs no more.
            self._choose(Lengths(self._rows.lengths("status"), None, add_up=False), to_ask=len(self._all_statuses()))
        return self._ask_each(first=True)

    def _ask_lengths_again(self, before: Lengths) -> Lengths:
        """Request the lengths again after reading lists. A summary that lags behind the lists is not trusted."""
        if not self._statuses:
            self._search.look(None, 1, self._requests.sizes.biggest)
            return before
        reported = self._ask_count()
        if reported is not None:
            is_outdated = reported.statuses == before.statuses and any(
                reported.statuses.get(value, 0) != total for value, total in self._lengths_shown.items()
            )
            if not is_outdated:
                return reported
            self._requests.distrust_counts()
        return self._ask_each()

    def _ask_count(self) -> Lengths | None:
        """Request all lengths in one response, or return None if the service does not provide them."""
        counts = self._requests.counts()
        if counts is None:
            return None
        types = counts.types
        if not self._has_known("status", counts.statuses):
            self._requests.distrust_counts()
            return None
        has_types = (
            types is not None
            and self._has_known("type", types)
            and sum(types.values()) + self._rows.length_without("type") == self._search.total
        )
        return Lengths(counts.statuses, types if has_types else None, add_up=self._adds_up(counts.statuses))

    def _has_known(self, field: str, lengths: Mapping[str, int]) -> bool:
        """Whether a summary spells values as the items do: some of its values are known, if any are."""
        known = self._rows.lengths(field).keys()
        return not known or not +Counter(lengths) or not known.isdisjoint(+Counter(lengths))

    def _ask_each(self, *, first: bool = False) -> Lengths:
        reported = {}
        for value in self._all_statuses():
            page = self._list_page(value, 1, self._requests.sizes.biggest)
            reported[value] = page.total
            if first:
                self._first[value] = page
        if not first:
            self._search.look(None, 1, self._requests.sizes.biggest)
        return Lengths(reported, None, add_up=self._adds_up(reported))

    def _adds_up(self, statuses: Mapping[str, int]) -> bool:
        return sum(statuses.values()) + self._rows.length_without("status") == self._search.total

    def _all_statuses(self) -> tuple[str, ...]:
        """Return the statuses to ask for: none if the list has no statuses, even if its rows have such a field."""
        if not self._statuses:
            return ()
        strange = self._rows.lengths("status").keys() - set(self._statuses)
        spelled = {value.casefold() for value in strange}
        # A service may ignore capitals, and then a list of "New" has the items with "new", too.
        return (*(value for value in self._statuses if value.casefold() not in spelled), *sorted(strange))

    def _agrees(self, reported: Lengths) -> bool:
        """Whether the lists have the expected lengths."""
        if self._rows.total() != self._search.total or self._search.unplaced:
            return False
        if not self._statuses:
            return True
        by_type = reported.types is None or +Counter(reported.types) == self._rows.lengths("type")
        return +Counter(reported.statuses) == self._rows.lengths("status") and by_type

    # -- the plan --

    def _might_stop(self) -> bool:
        exact = self._plan.exact_as_of
        if self._plan.must_verify or exact is None or not timedelta(0) <= self._plan.started - exact < GATE:
            return False
        return not self._search.changed

    def _may_stop(self, reported: Lengths) -> bool:
        return self._might_stop() and self._agrees(reported) and (reported.add_up or not self._statuses)

    def _choose(self, reported: Lengths, *, to_ask: int = 0) -> tuple[tuple[str, ...], int]:
        """Choose the status lists to read, in life-cycle order, and estimate all requests; ``to_ask`` come before."""
        rereads = len(self._stale())
        # Requested again at the end: the summary, or the first page of each list and of the whole list.
        check = 0 if not self._statuses else 1 if self._requests.may_count else len(reported.statuses) + 1
        planned = self._requests.made + rereads + check + to_ask
        lengths = {value: reported.statuses.get(value, 0) for value in (*self._all_statuses(), *reported.statuses)}
        chosen = []
        for value in sorted(lengths, key=lambda value: (lengths[value], value))[:-1]:
            cost = requests_for(lengths[value], biggest=self._requests.sizes.biggest) - (
                to_ask > 0 or value in self._first
            )
            if self._plan.budget is not None and planned + cost > self._plan.budget:
                self._why_not = (
                    f"reading every status list would take more than {self._plan.budget} requests; "
                    "refresh='verify' takes as many as it needs"
                )
                break
            planned += cost
            chosen.append(value)
        # Those that left the lists are read afterwards, at best a page at a time.
        believed = self._rows.lengths("status")
        left = sum(max(0, believed[value] - lengths[value]) for value in chosen) // self._requests.sizes.biggest
        total = self._search.total or 0
        whole = requests_for(total, biggest=self._requests.sizes.biggest)
        if planned + left > max(_LEAST, whole):
            raise UnsettledError("a full load takes no more requests")
        self._requests.most = max(_LEAST, 1.25 * whole) + check
        order = [*self._all_statuses(), *sorted(reported.statuses)]
        return tuple(sorted(chosen, key=order.index)), planned

    def _claims(self, reported: Lengths) -> tuple[str, ...]:
        if not self._statuses:
            return ()
        if not reported.add_up:
            self._why_not = "the lengths of the status lists do not add up to the length of the whole list"
            return ()
        if self._rows.without("status") - self._search.read:
            self._why_not = "some items have no status, and were not all read"
            return ()
        if len(set(self._all_statuses()) - self._search.shown.keys()) <= 1:
            return ("status", "open")
        self._why_not = self._why_not or "a new status appeared during the refresh"
        return ("open",) if self._open_statuses <= self._search.shown.keys() else ()

    # -- reading complete lists --

    def _read_list(self, value: str) -> None:
        shown, is_empty = set[str](), not self._rows.expected_in("status", value)

        def fetch(page: int, limit: int) -> Page:
            first = self._first.pop(value, None) if (page, limit) == (1, self._requests.sizes.biggest) else None
            window = first or self._list_page(value, page, limit)
            shown.update(row.id for row in window.rows)
            return window

        try:
            crawl(fetch, sizes=self._requests.sizes, known_empty=is_empty, may_join=True)
        except IncompleteError as error:
            if self._requests.has_raised(error):
                raise
            raise UnsettledError(f"the list of status {value!r} cannot be read completely") from error
        self._search.shown[value] = shown

    def _list_page(self, value: str, page: int, limit: int) -> Page:
        try:
            window = self._requests.page({"status": value}, page, limit)
        except ApiError as error:
            if page > 1 or error.status not in REFUSED or self._rows.expected_in("status", value):
                raise
            window = Page(1, limit, 0, ())  # The service does not know this status, so no item has it.
        self._lengths_shown[value] = window.total
        for row in window.rows:
            if row.status != value:
                if not self._rows.expected_in("status", value) and str(row.status).casefold() == value.casefold():
                    raise UnsettledError(f"a status is spelled {row.status!r}, which was not known yet")
                raise ObstacleError("the service does not filter by status")
            key = self._rows.key(row.id)
            if key is None:
                if row.created_at is None:
                    raise UnsettledError("a new record has no readable creation time")
                key = key_of(row.created_at)
            self._search.learn(row, key)
        return window

    def _leavers(self) -> set[str]:
        """Find the rows that were expected in a list that was read completely, but were not seen there."""
        left = set[str]()
        for value, shown in self._search.shown.items():
            left |= self._rows.expected_in("status", value) - shown
        return left

    # -- rereading old pages --

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
            biggest=self._requests.sizes.biggest,
        )

    def _read_again(self) -> None:
        """Reread old rows, so that edited texts are picked up."""
        before = self._requests.made
        for stretch in self._stale():
            self._search.read_from(stretch.key)
        self._requests.reread = self._requests.made - before
