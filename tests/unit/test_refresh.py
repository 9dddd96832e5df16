"""Refresh by difference against a list whose rows move, between refreshes and between any two requests."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.schema import STATUSES, TYPES
from seggwat_nb.source.refresh import Refreshed, UnsettledError, refresh
from seggwat_nb.source.wire import Counts, Page, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("new", "back-dated", "archive", "un-archive", "forward", "forward", "backward", "retype")


@dataclass
class Service:
    """Rows behind lists by offset, newest first, that move before each request as a seeded plan says."""

    size: int
    seed: int = 0
    moments: int = 10**9
    clamp: int = 100
    with_counts: bool = True
    events: float = 0.0
    recent: bool = False
    requests: int = 0
    rows: dict[str, Row] = field(default_factory=dict)
    archived: dict[str, Row] = field(default_factory=dict)
    was: dict[str, set[Row | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        for _ in range(self.size):
            self.insert(self.random.randrange(self.moments), self.random.choice([*STATUSES, "Resolved", "Resolved"]))
        self.latest = self.moments

    def insert(self, moment: int, status: str) -> None:
        row_id = f"row-{len(self.rows) + len(self.archived)}"
        kind = self.random.choice(TYPES)
        self.rows[row_id] = Row(row_id, EPOCH + timedelta(seconds=moment), status, kind)
        self.note(row_id)

    def note(self, row_id: str) -> None:
        """Write down what a row has been since the refresh began."""
        self.was.setdefault(row_id, {None}).add(self.rows.get(row_id))

    def some_row(self) -> Row:
        listed = sorted(self.rows.values(), key=lambda row: row.created_at or EPOCH, reverse=True)
        at = min(len(listed) - 1, int(self.random.expovariate(20 / len(listed)))) if self.recent else None
        return self.random.choice(listed) if at is None else listed[at]

    def change(self) -> None:
        kind = self.random.choice(KINDS)
        if kind == "new":
            self.latest += self.random.randrange(2) * self.random.randrange(1, 100)
            self.insert(self.latest, "New" if self.random.random() < 0.9 else "Snoozed")
        elif kind == "back-dated":
            self.insert(self.random.randrange(self.moments), self.random.choice(STATUSES))
        elif kind == "un-archive":
            if self.archived:
                row_id = self.random.choice(list(self.archived))
                self.rows[row_id] = self.archived.pop(row_id)
                self.note(row_id)
        elif self.rows:
            row = self.some_row()
            if kind == "archive":
                self.archived[row.id] = self.rows.pop(row.id)
            else:
                self.rows[row.id] = self.moved(row, kind)
            self.note(row.id)

    def moved(self, row: Row, kind: str) -> Row:
        status, type_ = row.status or "", row.type
        at = STATUSES.index(status) if status in STATUSES else 0
        if kind == "forward":
            status = self.random.choice(STATUSES[min(at + 1, 5) :])
        elif kind == "backward":
            status = self.random.choice(STATUSES[: at + 1])
        else:
            type_ = self.random.choice(TYPES)
        return Row(row.id, row.created_at, status, type_)

    def tick(self) -> None:
        events = int(self.events) + (self.random.random() < self.events % 1) if self.requests else 0
        self.requests += 1
        for _ in range(events):
            self.change()

    def ask(self, chosen: Mapping[str, str], page: int, limit: int) -> Page:
        self.tick()
        limit = min(limit, self.clamp)
        listed = [row for row in self.rows.values() if all(getattr(row, name) == chosen[name] for name in chosen)]
        listed.sort(key=lambda row: (row.created_at, row.id), reverse=True)
        return Page(page, limit, len(listed), tuple(listed[(page - 1) * limit : page * limit]), b"")

    def count(self) -> Counts | None:
        self.tick()
        if not self.with_counts:
            return None
        rows = self.rows.values()
        return Counts(dict(Counter(row.status or "" for row in rows)), dict(Counter(row.type or "" for row in rows)))

    def refreshed(self, known: Mapping[str, Row], *, reread: int = 0) -> tuple[Refreshed, dict[str, Row]]:
        """Refresh, and give the rows that are known then as well."""
        self.requests = 0
        self.was = {row_id: {row} for row_id, row in self.rows.items()}
        read: dict[str, Row] = {}

        def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
            window = self.ask(chosen, page, limit)
            read.update((row.id, row) for row in window.rows)
            return window

        done = refresh(known.values(), ask, statuses=STATUSES, count=self.count, biggest=self.clamp, reread=reread)
        rows = {**known, **read}
        return done, {row_id: rows[row_id] for row_id in done.ids}


@dataclass
class Verdict:
    """What a campaign counts."""

    verified: int = 0
    crawled: int = 0
    wrong: int = 0
    cancelled: int = 0
    requests: int = 0

    def judge(self, service: Service, done: Refreshed, rows: Mapping[str, Row]) -> None:
        """Hold the rows of a verified refresh against what each was while it ran."""
        self.verified += 1
        self.requests += done.requests
        fields = [name for name in ("status", "type") if name in done.verified]

        def said(row: Row | None) -> tuple[str | None, ...]:
            return () if row is None else tuple(getattr(row, name) for name in fields)

        everything = rows.keys() | service.rows.keys() | service.was.keys()
        wrong = [
            row_id
            for row_id in everything
            if said(rows.get(row_id)) not in {said(row) for row in service.was.get(row_id, {None})}
        ]
        # Rows that changed while the refresh ran may be either; with or without them the moves may cancel out.
        if any(
            cancel_out(
                [(said(rows.get(row_id)), said(service.rows.get(row_id))) for row_id in some], at=range(len(fields))
            )
            for some in (wrong, everything)
        ):
            self.cancelled += len(wrong)
        else:
            self.wrong += len(wrong)


def cancel_out(moves: list[tuple[tuple[str | None, ...], tuple[str | None, ...]]], at: range) -> bool:
    """Whether rows that are not as believed leave every length as it is."""
    return all(
        Counter(before[i] if before else None for before, _ in moves)
        == Counter(after[i] if after else None for _, after in moves)
        for i in at
    )


def history(seed: int, verdict: Verdict, **options: object) -> None:
    """Let a list live through some refreshes, and judge each; where a refresh gives up, a full load follows."""
    chance = random.Random(seed)
    service = Service(
        chance.choice([0, 1, 30, 150, 400]),
        seed=seed,
        clamp=chance.choice([10, 25, 100]),
        moments=chance.choice([200, 3000, 10**9]),
        with_counts=chance.random() < 0.5,
        recent=chance.random() < 0.5,
        **options,  # type: ignore[arg-type]
    )
    known = dict(service.rows)
    for _ in range(chance.choice([1, 2, 5])):
        service.requests, service.events = 0, 0
        for _ in range(chance.choice([0, 1, 3, 10, 30])):
            service.change()
        service.events = chance.choice([0, 0, 0, 0.02, 0.1, 0.5, 2])
        try:
            done, known = service.refreshed(known, reread=chance.choice([0, 2]))
        except UnsettledError:
            verdict.crawled += 1
            known = dict(service.rows)
        else:
            verdict.judge(service, done, known)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_happens_a_verified_refresh_has_no_wrong_row(seed: int) -> None:
    verdict = Verdict()
    history(seed, verdict)
    assert verdict.wrong == 0


def test_seeded_histories(figures: Callable[[str], None]) -> None:
    verdict = lived_through(range(200))
    figures(f"200 histories of a list that changes between refreshes and during them: {verdict}")
    assert verdict.wrong == 0
    assert verdict.verified > 200


@pytest.mark.campaign
def test_campaign_of_histories() -> None:
    verdict = lived_through(range(10_000, 20_000))
    print(f"\n10,000 histories of a list that changes between refreshes and during them: {verdict}")
    assert verdict.wrong == 0


def lived_through(seeds: range) -> Verdict:
    verdict = Verdict()
    for seed in seeds:
        history(seed, verdict)
    return verdict


class Quiet(Service):
    """A list that only changes when told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.events = 0.0


@pytest.mark.parametrize(("with_counts", "most"), [(True, 3), (False, 8)])
@pytest.mark.parametrize("size", [700, 10_000])
def test_where_nothing_has_changed_few_requests_tell(with_counts: bool, most: int, size: int) -> None:
    service = Quiet(size, with_counts=with_counts)
    done, known = service.refreshed(dict(service.rows))
    assert known == service.rows
    assert service.requests == done.requests <= most


def test_old_pages_are_read_again_in_turn_to_the_end_and_then_from_the_top() -> None:
    service = Quiet(1000)
    known, read, below = dict(service.rows), set[str](), None
    for _ in range(5):
        pages: list[str] = []

        def ask(chosen: Mapping[str, str], page: int, limit: int, pages: list[str] = pages) -> Page:
            window = service.ask(chosen, page, limit)
            pages.extend(row.id for row in window.rows)
            return window

        done = refresh(known.values(), ask, statuses=STATUSES, count=service.count, reread=2, reread_from=below)
        assert done.reread == 2
        read.update(pages)
        below = done.reread_to
    assert len(read) == 1000


def test_moves_that_cancel_out_are_what_it_cannot_see() -> None:
    """Said here so that nobody takes it for more than it is: the lengths are as they were, so nothing is looked for."""
    service = Quiet(1000, moments=10**9)
    known = dict(service.rows)
    old = sorted(known.values(), key=lambda row: row.created_at or EPOCH)
    one = next(row for row in old if row.status == "Closed")
    two = next(row for row in old if row.status == "Hold" and row.type == one.type)
    service.rows |= {
        one.id: Row(one.id, one.created_at, two.status, one.type),
        two.id: Row(two.id, two.created_at, one.status, two.type),
    }
    _, rows = service.refreshed(known)
    assert {row_id for row_id in rows if rows[row_id] != service.rows[row_id]} == {one.id, two.id}


def test_rows_of_one_moment_are_no_trap() -> None:
    service = Quiet(400, moments=1)
    known = dict(service.rows)
    service.rows.pop("row-200")
    with pytest.raises(UnsettledError, match=r"one moment|each of"):
        service.refreshed(known)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda row: Row(row.id, None, row.status, row.type), "no readable time"),
        (lambda row: Row(row.id, EPOCH - timedelta(days=1), row.status, row.type), "another time|not ordered"),
    ],
)
def test_a_list_that_is_not_as_drawn_is_left_to_a_crawl(spoil: Callable[[Row], Row], why: str) -> None:
    service = Quiet(300)

    def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
        window = service.ask(chosen, page, limit)
        return replace(window, rows=(*map(spoil, window.rows[:1]), *window.rows[1:]))

    with pytest.raises(UnsettledError, match=why):
        refresh(service.rows.values(), ask, statuses=STATUSES)


def test_an_error_of_the_sender_goes_through() -> None:
    def ask(_: Mapping[str, str], page: int, limit: int) -> Page:
        raise TimeoutError(page, limit)

    with pytest.raises(TimeoutError):
        refresh([], ask)
