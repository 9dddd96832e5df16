"""The chained crawl against a list that changes between any two requests."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import IncompleteError
from seggwat_nb.source.crawl import crawl, requests_for
from seggwat_nb.source.wire import Page, Row

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class MovingList:
    """A list by offset, newest first, that changes before each request as a seeded plan says."""

    size: int
    seed: int = 0
    moments: int = 10**9
    events: float = 0.0
    clamp: int = 100
    stable_ties: bool = True
    requests: int = 0
    rows: dict[int, int] = field(default_factory=dict)
    always: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.rows = {i: self.random.randrange(self.moments) for i in range(self.size)}
        self.gone: dict[int, int] = {}
        self.always = set(self.rows)

    def change(self) -> None:
        """Insert at the top or back-dated, archive or bring back: as many as the rate says."""
        events = int(self.events) + (self.random.random() < self.events % 1)
        for _ in range(events):
            kind = self.random.choice(["new", "back-dated", "archive", "archive", "un-archive"])
            if kind == "new":
                self.rows[self.size] = self.moments + self.size
                self.size += 1
            elif kind == "back-dated":
                self.rows[self.size] = self.random.randrange(self.moments)
                self.size += 1
            elif kind == "archive" and self.rows:
                row = self.random.choice(list(self.rows))
                self.gone[row] = self.rows.pop(row)
                self.always.discard(row)
            elif kind == "un-archive" and self.gone:
                row = self.random.choice(list(self.gone))
                self.rows[row] = self.gone.pop(row)

    def fetch(self, page: int, limit: int) -> Page:
        if self.requests:
            self.change()
        self.requests += 1
        limit = min(limit, self.clamp)
        tie = (lambda _: self.random.random()) if not self.stable_ties else (lambda row: row)
        listed = sorted(self.rows, key=lambda row: (-self.rows[row], tie(row)))
        window = listed[(page - 1) * limit : page * limit]
        rows = tuple(Row(str(row), EPOCH + timedelta(seconds=self.rows[row])) for row in window)
        return Page(page, limit, len(listed), rows, b"")

    @property
    def required(self) -> set[str]:
        return {str(row) for row in self.always}


def naive(source: MovingList) -> set[str]:
    """Page after page until total_pages, as everybody writes it."""
    seen: set[str] = set()
    page = 1
    while True:
        got = source.fetch(page, 100)
        seen.update(row.id for row in got.rows)
        if page * got.limit >= got.total:
            return seen
        page += 1


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    size=st.integers(0, 400),
    seed=st.integers(0, 2**32),
    events=st.floats(0, 8),
    clamp=st.sampled_from([10, 25, 100]),
    moments=st.sampled_from([300, 3000, 10**9]),
)
def test_every_row_that_stood_throughout_is_there(
    size: int, seed: int, events: float, clamp: int, moments: int
) -> None:
    source = MovingList(size, seed=seed, events=min(events, clamp / 4), clamp=clamp, moments=moments)
    try:
        closed = crawl(source.fetch)
    except IncompleteError:
        # Honest, but only excusable where pages are tiny, or a fifth of one changes between two requests.
        assert clamp < 25 or events > clamp / 5
        return
    assert source.required <= closed.ids


@pytest.mark.parametrize("seed", range(20))
def test_ties_without_a_stable_order_lose_nothing(seed: int) -> None:
    source = MovingList(1000, seed=seed, moments=60, stable_ties=False)
    assert source.required <= crawl(source.fetch).ids


@pytest.mark.parametrize(("size", "most"), [(0, 1), (1, 1), (99, 1), (100, 3), (1000, 14), (10_000, 116)])
def test_a_quiet_list_costs_few_requests(size: int, most: int) -> None:
    source = MovingList(size)
    closed = crawl(source.fetch)
    assert closed.ids == source.required
    assert (closed.total, closed.removed_during, closed.inserted_during) == (size, 0, 0)
    assert source.requests <= most
    assert abs(requests_for(size) - source.requests) <= 1 + source.requests // 20


def test_a_list_of_one_moment_is_read_whole_where_its_order_is_stable() -> None:
    source = MovingList(1000, moments=1)
    assert crawl(source.fetch).ids == source.required


@pytest.mark.parametrize("clamp", range(3, 26))
def test_a_server_that_cuts_pages_short_is_followed_through_ties(clamp: int) -> None:
    source = MovingList(600, moments=90, clamp=clamp)
    assert crawl(source.fetch).ids == source.required


def test_a_mass_archive_in_the_middle_loses_nothing_where_the_naive_loop_does() -> None:
    def shrinking(source: MovingList) -> MovingList:
        change = source.change

        def archive_once() -> None:
            change()
            if source.requests == 5:
                for row in source.random.sample(sorted(source.rows), 500):
                    del source.rows[row]
                    source.always.discard(row)

        source.change = archive_once  # type: ignore[method-assign]
        return source

    chained = shrinking(MovingList(2000, seed=3))
    closed = crawl(chained.fetch)
    assert chained.required <= closed.ids
    assert closed.removed_during > 0
    simple = shrinking(MovingList(2000, seed=3))
    assert simple.required - naive(simple)


def test_a_list_that_never_holds_still_is_an_error_and_not_a_short_frame() -> None:
    source = MovingList(3000, moments=1, stable_ties=False)
    with pytest.raises(IncompleteError, match="no stable order"):
        crawl(source.fetch)


def test_a_server_with_tiny_pages_is_refused() -> None:
    with pytest.raises(IncompleteError, match="2 rows at once"):
        crawl(MovingList(50, clamp=2).fetch)


def test_an_error_of_the_sender_goes_through() -> None:
    def fetch(page: int, limit: int) -> Page:
        raise TimeoutError(page, limit)

    with pytest.raises(TimeoutError):
        crawl(fetch)


def lost_in(sizes: list[int], seeds: range) -> tuple[int, int, int, float]:
    """Run random crawls; count rows lost, crawls given up, naive crawls that lose rows, and requests a crawl."""
    lost = given_up = naive_lossy = requests = 0
    for seed in seeds:
        chance = random.Random(seed)
        size, events = chance.choice(sizes), chance.choice([0.01, 0.1, 0.5, 2, 8, 17])
        source = MovingList(size, seed=seed, events=events)
        try:
            ids = crawl(source.fetch).ids
        except IncompleteError:
            given_up += 1
        else:
            lost += len(source.required - ids)
        requests += source.requests
        simple = MovingList(size, seed=seed, events=events)
        ids = frozenset(naive(simple))
        naive_lossy += bool(simple.required - ids)
    return lost, given_up, naive_lossy, requests / len(seeds)


def test_random_crawls_lose_nothing() -> None:
    lost, given_up, naive_lossy, _ = lost_in([500, 2000], range(60))
    assert (lost, given_up) == (0, 0)
    assert naive_lossy > 20


@pytest.mark.campaign
def test_campaign_of_random_crawls() -> None:
    lost, given_up, naive_lossy, requests = lost_in([10_000], range(600))
    print(f"\n600 random crawls of 10,000 rows, up to 17 events a request (20,000 an hour): rows lost {lost}, given up")
    print(f"{given_up}, {requests:.0f} requests each; the naive loop loses rows in {naive_lossy} of 600")
    assert (lost, given_up) == (0, 0)
