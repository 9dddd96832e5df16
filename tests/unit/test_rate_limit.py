"""The shared budget against services that count in different ways, in a time of the tests' own."""

from __future__ import annotations

import json
import stat
import time
from collections import Counter, deque
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from seggwat_nb import rate_limit
from seggwat_nb.clock import Clock
from seggwat_nb.errors import LockedError
from seggwat_nb.rate_limit import Budget, PausedError

LIMIT = 20


class Hand(Clock):
    """A clock that only waiting moves."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.moment = now
        self.waited = 0.0

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += seconds
        self.waited += seconds


class Service:
    """Counts requests as one of three kinds of service do; says when to come back, or does not."""

    def __init__(self, kind: str, clock: Clock) -> None:
        self.kind, self.clock = kind, clock
        self.accepted: deque[float] = deque()
        self.tokens, self.filled = float(LIMIT), clock.now()
        self.refusals = 0

    def ask(self) -> float | None:
        """None if accepted, else the seconds after which one would be."""
        now = self.clock.now()
        if self.kind == "bucket":
            self.tokens = min(LIMIT, self.tokens + (now - self.filled) * LIMIT / 60)
            self.filled = now
            if self.tokens >= 1:
                self.tokens -= 1
                return None
            self.refusals += 1
            return (1 - self.tokens) * 60 / LIMIT
        start = now // 60 * 60 if self.kind == "fixed" else now - 60
        while self.accepted and self.accepted[0] < start:
            self.accepted.popleft()
        if len(self.accepted) < LIMIT:
            self.accepted.append(now)
            return None
        self.refusals += 1
        return (start + 60 if self.kind == "fixed" else self.accepted[0] + 60) - now


def budget(folder: Path, clock: Clock, per_minute: int = LIMIT, waits: list[str] | None = None) -> Budget:
    heard = [] if waits is None else waits
    return Budget(folder, per_minute=per_minute, clock=clock, on_wait=lambda _, reason: heard.append(reason))


def load(ours: Budget, service: Service, requests: int, *, tells: bool = True) -> None:
    for _ in range(requests):
        while True:
            ours.acquire()
            refused = service.ask()
            if refused is None:
                break
            ours.on_429(refused if tells else None, backoff=1.0)


@pytest.mark.parametrize("kind", ["fixed", "sliding", "bucket"])
def test_alone_on_its_network_a_load_draws_no_429_and_takes_the_ideal_time(tmp_path: Path, kind: str) -> None:
    clock = Hand()
    service = Service(kind, clock)
    load(budget(tmp_path, clock), service, 160)
    assert service.refusals == 0
    assert clock.waited == pytest.approx(63 * (160 // 19), rel=0.02)


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("others", [1, 10, 20])
@pytest.mark.parametrize("kind", ["fixed", "sliding", "bucket"])
def test_beside_others_a_load_draws_one_429_at_most(tmp_path: Path, kind: str, others: int, tells: bool) -> None:
    clock = Hand(1_000_000.0 + others)
    service = Service(kind, clock)
    for _ in range(others):
        assert service.ask() is None
    load(budget(tmp_path, clock), service, 100, tells=tells)
    assert service.refusals <= 1
    ideal = 63 * 100 / LIMIT
    assert clock.waited <= 63 + ideal * 1.1


def test_two_processes_share_one_budget_and_one_learns_from_the_other(tmp_path: Path) -> None:
    clock = Hand()
    first, second = budget(tmp_path, clock), budget(tmp_path, clock)
    for turn in range(19):
        (first if turn % 2 else second).acquire()
    assert clock.waited == 0
    second.acquire()
    assert clock.waited == pytest.approx(63)
    first.on_429(10, backoff=1.0)
    before = clock.waited
    second.acquire()
    assert clock.waited - before == pytest.approx(10.5)


def test_waiting_is_said_aloud_with_its_reason(tmp_path: Path) -> None:
    clock, waits = Hand(), list[str]()
    ours = budget(tmp_path, clock, per_minute=2, waits=waits)
    ours.acquire()
    ours.acquire()
    ours.on_429(5, backoff=1.0)
    ours.acquire()
    assert waits == ["the service allows 2 requests a minute", "the service requested a pause"]


def test_without_a_limit_a_wait_names_none(tmp_path: Path) -> None:
    clock, waits = Hand(), list[str]()
    ours = budget(tmp_path, clock, per_minute=0, waits=waits)
    ours.on_429(5, backoff=1.0)
    ours.wait_for(3)
    ours.acquire()
    assert waits[0] == "the service asked for fewer requests"


def test_the_estimate_is_what_a_load_then_takes(tmp_path: Path) -> None:
    clock = Hand()
    ours = budget(tmp_path, clock)
    service = Service("sliding", clock)
    load(ours, service, 7)
    for requests in (0, 1, 12, 13, 40, 120):
        start, estimate = clock.now(), ours.seconds_for(requests)
        load(ours, service, requests)
        assert clock.now() - start == pytest.approx(estimate, rel=0.1, abs=4)


@settings(max_examples=15, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    per_minute=st.sampled_from([1, 2, 3, 20]),
    before=st.lists(st.floats(0, 9), max_size=50),
    pause=st.sampled_from([None, 0.0, 7.0, 90.0]),
    requests=st.integers(0, 90),
)
@example(per_minute=3, before=[0.0, 0.0], pause=0.0, requests=1)
def test_the_estimate_is_what_sending_alone_takes(
    tmp_path: Path, per_minute: int, before: list[float], pause: float | None, requests: int
) -> None:
    clock = Hand()
    ours = budget(tmp_path / str(time.monotonic_ns()), clock, per_minute=per_minute)
    for gap in before:
        clock.moment += gap
        ours.acquire()
    if pause is not None:
        ours.on_429(pause, backoff=1.0)
    start, estimate = clock.now(), ours.seconds_for(requests)
    for _ in range(requests):
        ours.acquire()
    assert clock.now() - start == pytest.approx(estimate, abs=1e-6)


def test_an_estimate_costs_the_same_for_any_number_of_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, looked = budget(tmp_path, Hand()), Counter[str]()
    ready_at = Budget._ready_at

    def counting(self: Budget, *args: Any) -> float:
        looked["ready at"] += 1
        return ready_at(self, *args)

    monkeypatch.setattr(Budget, "_ready_at", counting)
    assert ours.seconds_for(1_000_000) == pytest.approx(63 * (999_999 // 19))
    assert looked["ready at"] == 1


def test_unlimited_never_waits_and_writes_nothing_until_a_service_asks_for_a_pause(tmp_path: Path) -> None:
    clock = Hand()
    ours = budget(tmp_path / "none", clock, per_minute=0)
    for _ in range(500):
        ours.acquire()
    assert clock.waited == 0
    assert not (tmp_path / "none").exists()
    ours.on_429(None, backoff=2.0)
    ours.acquire()
    assert clock.waited == pytest.approx(2)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(
    per_minute=st.tuples(st.sampled_from([0, 1, 20]), st.sampled_from([0, 20])),
    steps=st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(["send", "hold", "429"]), st.none() | st.floats(0, 900)),
        max_size=12,
    ),
)
def test_nothing_is_sent_before_any_pause_is_over_whoever_was_asked_for_it(
    per_minute: tuple[int, int], steps: list[tuple[int, str, float | None]]
) -> None:
    clock = Hand()
    with TemporaryDirectory() as folder:
        both = [budget(Path(folder), clock, per_minute=limit) for limit in per_minute]
        until = 0.0
        for number, (which, what, asked) in enumerate(steps):
            if what == "429":
                both[which].on_429(asked, backoff=2.0 ** min(number, 4))
                until = max(until, clock.now() + max(asked or 0.0, 2.0 ** min(number, 4)))
            elif what == "hold":
                both[which].hold(asked or 0.0)
                until = max(until, clock.now() + (asked or 0.0))
            else:
                both[which].acquire()
                assert clock.now() >= until


def test_after_a_429_the_pace_is_kept_only_until_nothing_was_sent_for_a_whole_window(tmp_path: Path) -> None:
    clock = Hand()
    ours = budget(tmp_path, clock)
    ours.on_429(5.0, backoff=1.0)
    clock.moment += 6.0
    for _ in range(3):
        ours.acquire()
    assert clock.waited == pytest.approx(2 * 63 / LIMIT)
    clock.moment += 64.0
    for _ in range(LIMIT - 1):
        ours.acquire()
    assert clock.waited == pytest.approx(2 * 63 / LIMIT)
    ours.acquire()
    assert clock.waited == pytest.approx(2 * 63 / LIMIT + 63)


@pytest.mark.parametrize("other", [0, 20])
@pytest.mark.parametrize("per_minute", [0, 20])
def test_a_pause_too_long_to_wait_keeps_everybody_from_sending_until_it_is_over(
    tmp_path: Path, per_minute: int, other: int
) -> None:
    clock = Hand()
    budget(tmp_path, clock, per_minute=per_minute).on_429(7200.0, backoff=1.0)
    for ours in (budget(tmp_path, clock, per_minute=per_minute), budget(tmp_path, clock, per_minute=other)):
        for _ in range(2):
            with pytest.raises(PausedError, match=r"Nothing was sent.*Retry after 2.*requests\.json"):
                ours.acquire()
    assert clock.waited == 0
    clock.moment += 7200
    budget(tmp_path, clock, per_minute=other).acquire()
    assert clock.waited == pytest.approx(360)


def test_a_clock_set_back_makes_no_pause_longer(tmp_path: Path) -> None:
    clock = Hand()
    ours = budget(tmp_path, clock)
    ours.on_429(700, backoff=1)
    clock.moment -= 86_400
    ours.acquire()
    assert clock.waited == pytest.approx(735)


@pytest.mark.parametrize("until", ["1e300", "Infinity", "NaN"])
def test_a_pause_that_nobody_can_have_asked_for_is_damage(tmp_path: Path, until: str) -> None:
    (tmp_path / "requests.json").write_text(
        f'{{"sent": [], "blocked_from": 0, "blocked_until": {until}, "throttled": true}}'
    )
    clock = Hand()
    budget(tmp_path, clock).acquire()
    assert clock.waited == 0


def test_one_request_a_minute_is_possible(tmp_path: Path) -> None:
    clock = Hand()
    ours = budget(tmp_path, clock, per_minute=1)
    ours.acquire()
    ours.acquire()
    assert clock.waited == pytest.approx(63)


def test_a_clock_set_back_does_not_stop_a_load(tmp_path: Path) -> None:
    clock = Hand()
    ours = budget(tmp_path, clock)
    load(ours, Service("sliding", clock), 19)
    clock.moment -= 86_400
    ours.acquire()
    assert clock.waited == 0
    ours.on_429(5, backoff=1)
    clock.moment -= 86_400
    ours.acquire()
    assert clock.waited < 100


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"sent": "x"}', '{"sent": [null]}'])
def test_a_damaged_record_is_begun_anew(tmp_path: Path, damage: str) -> None:
    (tmp_path / "requests.json").write_text(damage)
    clock = Hand()
    budget(tmp_path, clock).acquire()
    assert json.loads((tmp_path / "requests.json").read_text())["sent"] == [clock.now()]


def test_the_record_is_its_owners_only(tmp_path: Path) -> None:
    folder = tmp_path / "limits"
    budget(folder, Hand()).acquire()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_foreign_lock_is_a_named_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_LOCK_SECONDS", 0.05)
    with FileLock(tmp_path / "requests.lock"), pytest.raises(LockedError, match="rate limit record"):
        budget(tmp_path, Hand()).acquire()


def test_a_disk_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    clock = Hand()
    ours = budget(tmp_path / "file" / "limits", clock)
    with pytest.warns(UserWarning, match="cannot be written"):
        ours.acquire()
    for _ in range(19):
        ours.acquire()  # A second warning would be an error here.
    assert clock.waited == pytest.approx(63)
