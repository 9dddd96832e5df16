"""Refresh by difference against a list whose rows move, between refreshes and between any two requests."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ForbiddenError,
    RateLimitError,
    SeggwatError,
    ServerError,
    UnexpectedResponseError,
)
from seggwat_nb.schema import OPEN_STATUSES, STATUSES, TYPES, UTC_TIME
from seggwat_nb.source.beliefs import UnsettledError
from seggwat_nb.source.changelog import changes
from seggwat_nb.source.crawl import requests_for
from seggwat_nb.source.incremental import Refreshed, refresh
from seggwat_nb.source.learned import ObstacleError
from seggwat_nb.source.list_order import Places
from seggwat_nb.source.page_sizes import PageSizes
from seggwat_nb.source.refresh_cost import GATE
from seggwat_nb.source.refresh_requests import RefreshRequests
from seggwat_nb.source.responses import Counts, Page, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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
    with_items: bool = True
    refused: str | None = None
    ignores_case: bool = False
    events: float = 0.0
    recent: bool = False
    requests: int = 0
    clock: float = 2e9
    rows: dict[str, Row] = field(default_factory=dict)
    archived: dict[str, Row] = field(default_factory=dict)
    was: dict[str, set[Row | None]] = field(default_factory=dict)
    moves: dict[str, list[tuple[datetime, str | None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        for _ in range(self.size):
            self.insert(self.random.randrange(self.moments), self.random.choice([*STATUSES, *8 * ["Resolved"]]))
        self.latest = self.moments

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.clock)

    def pause(self, seconds: float) -> None:
        self.clock += seconds

    def insert(self, moment: int, status: str) -> None:
        row_id = f"row-{len(self.rows) + len(self.archived)}"
        kind = self.random.choice(TYPES)
        self.rows[row_id] = Row(row_id, EPOCH + timedelta(seconds=moment), status, kind)
        self.note(row_id)

    def note(self, row_id: str) -> None:
        """Write down what a row has been since the refresh began."""
        row = self.rows.get(row_id)
        self.was.setdefault(row_id, {None}).add(row)
        if row is not None:
            self.moves.setdefault(row_id, []).append((self.now(), row.status))

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
            self.clock += 1 / events
            self.change()
        self.clock += 1

    def ask(self, chosen: Mapping[str, str], page: int, limit: int) -> Page:
        self.tick()
        limit = min(limit, self.clamp)
        if self.refused is not None and chosen.get("status") == self.refused:
            raise BadRequestError(f"no such status ({limit})", status=400)
        listed = [row for row in self.rows.values() if all(self.matches(row, name, chosen[name]) for name in chosen)]
        listed.sort(key=lambda row: (row.created_at, row.id), reverse=True)
        return Page(page, limit, len(listed), tuple(listed[(page - 1) * limit : page * limit]), b"")

    def matches(self, row: Row, name: str, wanted: str) -> bool:
        value = str(getattr(row, name))
        return value.casefold() == wanted.casefold() if self.ignores_case else value == wanted

    def count(self) -> Counts | None:
        self.tick()
        if not self.with_counts:
            return None
        rows = self.rows.values()
        return Counts(dict(Counter(row.status or "" for row in rows)), dict(Counter(row.type or "" for row in rows)))

    def ask_one(self, row_id: str) -> Row | None:
        self.tick()
        if not self.with_items:
            raise ForbiddenError("not for this token", status=403)
        found = self.rows.get(row_id)
        self.clock += 1
        return found

    def known(self) -> pl.DataFrame:
        """Give the rows as a full load would have them."""
        return frame_of(self.rows.values(), self.now())

    def refreshed(self, known: pl.DataFrame, **options: Any) -> tuple[Refreshed, pl.DataFrame]:
        """Refresh, and give the rows that are known then as well."""
        self.requests = 0
        self.was = {row_id: {row} for row_id, row in self.rows.items()}
        read: dict[str, Row] = {}

        def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
            window = self.ask(chosen, page, limit)
            read.update((row.id, row) for row in window.rows)
            self.clock += 1
            return window

        def ask_one(row_id: str) -> Row | None:
            found = self.ask_one(row_id)
            read.update({} if found is None else {row_id: found})
            return found

        given = {
            "statuses": STATUSES,
            "open_statuses": OPEN_STATUSES,
            "count": self.count,
            "sizes": PageSizes(self.clamp),
        }
        done = refresh(known, ask, ask_one=ask_one, now=self.now, **{**given, **options})
        fresh = frame_of(read.values(), self.now()).drop("read_at")
        fresh = fresh.join(done.readings.select("id", read_at="asked_at"), on="id")
        after = pl.concat([known.join(fresh, on="id", how="anti"), fresh.select(known.columns)])
        return done, after.join(done.missed, on="id", how="anti")


def frame_of(rows: Iterable[Row], read_at: datetime) -> pl.DataFrame:
    columns = [(row.id, row.created_at, row.status, row.type, read_at) for row in rows]
    texts = ("id", "status", "type")
    schema = ["id", "created_at", "status", "type", "read_at"]
    return pl.DataFrame(columns, schema=schema, orient="row").cast(
        {name: pl.String() if name in texts else UTC_TIME for name in schema}
    )


@dataclass
class Verdict:
    """What a campaign counts."""

    refreshed: int = 0
    verified: int = 0
    only_open: int = 0
    crawled: int = 0
    wrong: int = 0
    changes: int = 0
    missed: int = 0
    requests: int = 0

    def judge(self, service: Service, done: Refreshed, before: pl.DataFrame, after: pl.DataFrame) -> None:
        """Hold what is said to be verified, and the intervals of changes, against what each row was."""
        self.refreshed += 1
        self.requests += done.requests
        self.verified += "status" in done.verified
        self.only_open += done.verified == ("open",)
        said = dict(after.select("id", "status").iter_rows())
        for row_id, was in service.was.items():
            statuses = {row.status for row in was if row is not None}
            if row_id not in said or not statuses:
                continue  # Presence is never claimed.
            if "status" in done.verified:
                self.wrong += said[row_id] not in statuses
            elif "open" in done.verified:
                self.wrong += (said[row_id] in OPEN_STATUSES) not in {one in OPEN_STATUSES for one in statuses}
        self.judge_changes(service, changes_between(before, after, done))

    def judge_changes(self, service: Service, found: pl.DataFrame) -> None:
        """Count the intervals in which the value was never reached."""
        told = found.filter(field="status").select("id", "new", "earliest", "latest")
        for row_id, new, earliest, latest in told.iter_rows():
            self.changes += 1
            self.missed += not any(earliest <= at <= latest for at, value in service.moves[row_id] if value == new)


def changes_between(before: pl.DataFrame, after: pl.DataFrame, done: Refreshed) -> pl.DataFrame:
    """Do what the store does."""

    def padded(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            project_id=pl.lit("p"), archived=pl.lit(value=False), message=pl.lit("m"), gone_at=pl.lit(None, UTC_TIME)
        )

    shown = padded(after).join(done.readings, on="id")
    return changes(padded(before), shown, done.missed)


def history(seed: int, verdict: Verdict, **options: object) -> None:
    """Let a list live through some refreshes, and judge each; where a refresh gives up, a full load follows."""
    chance = random.Random(seed)
    service = Service(
        chance.choice([0, 1, 30, 150, 400, 1500]),
        seed=seed,
        clamp=chance.choice([10, 25, 100]),
        moments=chance.choice([200, 3000, 10**9]),
        with_counts=chance.random() < 0.5,
        recent=chance.random() < 0.5,
        **options,  # type: ignore[arg-type]
    )
    known = service.known()
    exact = None
    for _ in range(chance.choice([1, 2, 5])):
        service.requests, service.events = 0, 0
        for _ in range(chance.choice([0, 1, 3, 10, 30])):
            service.pause(chance.choice([60, 3600]))
            service.change()
        service.events = chance.choice([0, 0, 0, 0.02, 0.1, 0.5, 2])
        budget = chance.choice([None, None, 38, 15])
        started = service.now()
        try:
            done, after = service.refreshed(known, budget=budget, exact_as_of=exact)
        except UnsettledError:
            verdict.crawled += 1
            known, exact = service.known(), service.now()
        else:
            verdict.judge(service, done, known, after)
            known, exact = after, started if "status" in done.verified else exact


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_happens_nothing_wrong_is_said_to_be_verified(seed: int) -> None:
    verdict = Verdict()
    history(seed, verdict)
    assert (verdict.wrong, verdict.missed) == (0, 0)


def test_seeded_histories(figures: Callable[[str], None]) -> None:
    verdict = lived_through(range(40))
    figures(f"40 histories of a list that changes between refreshes and during them: {verdict}")
    assert (verdict.wrong, verdict.missed) == (0, 0)
    assert verdict.verified > 20


@pytest.mark.parametrize("odd", [{"with_items": False}, {"refused": "Snoozed"}, {"ignores_case": True}])
def test_seeded_histories_with_odd_services(odd: dict[str, object]) -> None:
    verdict = Verdict()
    for seed in range(30):
        history(seed, verdict, **odd)
    assert (verdict.wrong, verdict.missed) == (0, 0)
    assert verdict.verified > 15


def with_short_lists(**options: Any) -> Service:
    """A service at which most items are done with, so that refreshes are worth it whatever they have to ask for."""
    service = Service(3000, seed=4, **options)
    for row in list(service.rows.values())[150:]:
        service.rows[row.id] = replace(row, status="Resolved")
    return service


@pytest.mark.parametrize("with_counts", [True, False])
def test_a_status_that_the_service_does_not_know_has_no_items(with_counts: bool) -> None:
    service = with_short_lists(with_counts=with_counts, refused="Hold")
    for row in service.rows.values():
        service.rows[row.id] = replace(row, status="New" if row.status == "Hold" else row.status)
    known = service.known()
    service.pause(3600)
    done, _ = service.refreshed(known)
    assert done.verified == ("status", "open")


@pytest.mark.parametrize("with_counts", [True, False])
def test_a_list_that_is_refused_although_there_are_such_items_is_an_obstacle(with_counts: bool) -> None:
    service = with_short_lists(with_counts=with_counts, refused="Hold")
    known = service.known()
    service.pause(3600)
    with pytest.raises(ObstacleError, match=r"a filtered list cannot be requested \(no such status \(100\)\)"):
        service.refreshed(known)


@pytest.mark.parametrize("with_counts", [True, False])
def test_items_that_spell_statuses_otherwise_are_refreshed_though_the_filter_ignores_capitals(
    with_counts: bool,
) -> None:
    service = with_short_lists(with_counts=with_counts, ignores_case=True)
    rows = service.rows.values()
    service.rows = {row.id: replace(row, status=str(row.status).lower()) for row in rows if row.status != "Hold"}
    known = service.known()
    service.pause(3600)
    changed = next(row for row in service.rows.values() if row.status == "new")
    service.rows[changed.id] = replace(changed, status="resolved")
    done, after = service.refreshed(known)
    assert "status" in done.verified
    assert after.filter(id=changed.id)["status"].item() == "resolved"
    service.rows[changed.id] = replace(changed, status="hold")
    with pytest.raises(UnsettledError, match="spelled 'hold'") as caught:
        service.refreshed(known)
    assert not isinstance(caught.value, ObstacleError)  # The next refresh knows it.
    assert "status" in service.refreshed(service.known())[0].verified


@pytest.mark.campaign
def test_campaign_of_histories() -> None:
    verdict = lived_through(range(10_000, 15_000))
    print(f"\n5,000 histories of a list that changes between refreshes and during them: {verdict}")
    assert verdict.refreshed > 10_000
    assert (verdict.wrong, verdict.missed) == (0, 0)


def lived_through(seeds: range) -> Verdict:
    verdict = Verdict()
    for seed in seeds:
        history(seed, verdict)
    return verdict


class Team(Service):
    """A project of an ordinary team: most items are done with, and every day a few come, move on and come back."""

    def __post_init__(self) -> None:
        super().__post_init__()
        listed = sorted(self.rows.values(), key=lambda row: row.created_at or EPOCH, reverse=True)
        for place, row in enumerate(listed):
            is_open = self.random.random() < max(0.03, 0.5 ** (place / (0.05 * self.size)))
            status = self.random.choice(OPEN_STATUSES if is_open else ("Resolved", "Resolved", "Closed"))
            self.rows[row.id] = replace(row, status=status)
            self.moves[row.id] = [(self.now(), status)]

    def day(self) -> None:
        """Let a day go by, at the end of which somebody loads."""
        for kind, least, most in (
            ("new", 4, 10), ("triage", 3, 9), ("resolve", 3, 9), ("reopen", 0, 3), ("archive", 0, 2),
            ("un-archive", 0, 1), ("back-dated", 0, 1),
        ):  # fmt: skip
            for _ in range(self.random.randint(least, most)):
                self.pause(self.random.uniform(0, 3600))
                self.act(kind)
        self.pause(3600 * self.random.choice([4, 10, 10, 10, 58]))

    def change(self) -> None:
        self.act(self.random.choice(["new", "triage", "triage", "resolve", "resolve", "reopen"]))

    def act(self, kind: str) -> None:
        if kind == "new":
            self.latest = int(self.clock)
            self.insert(self.latest, "New")
            return
        if kind == "back-dated":
            self.insert(self.random.randrange(self.moments), "New")
            return
        if kind == "un-archive":
            for row_id in self.random.sample(sorted(self.archived), min(1, len(self.archived))):
                self.rows[row_id] = self.archived.pop(row_id)
                self.note(row_id)
            return
        before = {"triage": ("New", "Active"), "resolve": OPEN_STATUSES, "reopen": ("Resolved", "Closed")}
        after = {
            "triage": ("Active", "Assigned", "Hold"),
            "resolve": ("Resolved", "Closed"),
            "reopen": ("Active", "New"),
        }
        row = self.random.choice([row for row in self.rows.values() if row.status in before.get(kind, STATUSES)])
        if kind == "archive":
            self.archived[row.id] = self.rows.pop(row.id)
        else:
            self.rows[row.id] = replace(row, status=self.random.choice(after[kind]))
        self.note(row.id)


@dataclass
class Year(Verdict):
    """What a year of refreshes, one a working day, comes to."""

    days: int = 0
    stray: int = 0
    full_requests: int = 0

    def live(self, days: int, *, seed: int, with_counts: bool, size: int = 1500) -> None:
        service = Team(size, seed=seed, with_counts=with_counts, recent=True)
        known, last = service.known(), service.now()
        exact = last
        for _ in range(days):
            service.requests, service.events = 0, 0
            service.day()
            service.events = 0.01
            self.days += 1
            started = service.now()
            try:
                done, after = service.refreshed(known, last=last, exact_as_of=exact)
            except UnsettledError:
                self.crawled += 1
                self.full_requests += service.requests + requests_for(len(service.rows))
                known, last = service.known(), service.now()
                exact = last
                continue
            self.judge(service, done, known, after)
            self.stray += len(set(after["id"]) ^ service.rows.keys())
            known, last = after, started
            exact = started if "status" in done.verified else exact


def year_of(days: int, seeds: range) -> dict[str, Year]:
    years = {}
    for name, with_counts in (("with the summary's counts", True), ("without", False)):
        years[name] = Year()
        for seed in seeds:
            years[name].live(days, seed=seed, with_counts=with_counts)
    return years


def in_words(name: str, year: Year) -> str:
    mean = (year.requests + year.full_requests) / year.days
    return (
        f"{year.days} days of a team, {name}: {year.refreshed} refreshes, {year.verified} with every status verified, "
        f"{year.crawled} full loads, {mean:.1f} requests a day; wrong statuses under a claim {year.wrong}, "
        f"{year.changes} changes of status seen, intervals that miss the true moment {year.missed}; rows missing or "
        f"kept where no presence is claimed {year.stray} over all refreshes"
    )


def test_weeks_of_an_ordinary_team(figures: Callable[[str], None]) -> None:
    for name, year in year_of(20, range(1)).items():
        figures(in_words(name, year))
        assert (year.wrong, year.missed) == (0, 0)
        assert year.verified + year.crawled >= 0.9 * year.days


@pytest.mark.campaign
def test_campaign_of_an_ordinary_teams_year() -> None:
    """Wrong statuses under a claim and intervals that miss the true moment are none; the rest is printed.

    The rule before this one compared lengths alone and loaded everything once a week. On the same 1,000 days, with the
    summary's counts, it took 24.0 requests a day. Of its 678 refreshes, all said to be verified, 58 held a wrong status
    and 15 had a row too many or too few.
    """
    for name, year in year_of(250, range(4)).items():
        print(f"\n{in_words(name, year)}")
        assert (year.wrong, year.missed) == (0, 0)
        assert year.verified + year.crawled >= 0.9 * year.days


class Quiet(Service):
    """A list that only changes when told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.events = 0.0

    def rows_by_age(self) -> list[Row]:
        return sorted(self.rows.values(), key=lambda row: row.created_at or EPOCH)


@pytest.mark.parametrize(("with_counts", "most"), [(True, 2), (False, 7)])
@pytest.mark.parametrize("size", [700, 10_000])
def test_within_the_hour_lengths_and_head_are_enough(with_counts: bool, most: int, size: int) -> None:
    service = Quiet(size)
    known, exact = service.known(), service.now()
    count = service.count if with_counts else None
    for ahead in (timedelta(0), timedelta(minutes=30)):
        started = service.now() - ahead
        done, _ = service.refreshed(known, last=started, exact_as_of=started, count=count)
        assert (done.stopped, done.verified, done.requests, service.requests) == (True, (), most, most)
    for ahead in (timedelta(seconds=-1), GATE):  # verified after it began, or too long before
        started = service.now() - ahead
        done, _ = service.refreshed(known, last=exact, exact_as_of=started, budget=None)
        assert not done.stopped


@pytest.mark.parametrize("with_counts", [True, False])
def test_within_the_hour_newest_rows_that_changed_are_seen_though_all_lengths_are_as_before(with_counts: bool) -> None:
    service = Quiet(3000, with_counts=with_counts)
    known, exact = service.known(), service.now()
    newest, *others = service.rows_by_age()[:-20:-1]
    other = next(row for row in others if row.type == newest.type and row.status != newest.status)
    moved = {newest.id: other.status, other.id: newest.status}
    service.rows |= {row.id: replace(row, status=moved[row.id]) for row in (newest, other)}
    done, after = service.refreshed(known, last=exact, exact_as_of=exact)
    assert not done.stopped
    assert moved.items() <= dict(after.select("id", "status").iter_rows()).items()


def test_a_list_that_has_no_statuses_is_not_read_by_them_whatever_its_rows_show() -> None:
    service = Quiet(700)
    known = service.known().drop("status", "type")
    service.pause(7200)
    for _ in range(3):
        service.latest += 60
        service.insert(service.latest, "New")
    gone = service.rows_by_age()[300].id
    del service.rows[gone]
    asked: list[Mapping[str, str]] = []

    def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
        asked.append(chosen)
        return service.ask(chosen, page, limit)

    told: list[int] = []
    done = refresh(
        known, ask, ask_one=service.ask_one, now=service.now, count=service.count, last=service.now(),
        estimated=told.append,
    )  # fmt: skip
    assert {*known["id"], *done.readings["id"]} - {*done.missed["id"]} == service.rows.keys()
    assert done.missed["id"].to_list() == [gone]
    assert (done.verified, done.why_not, done.stopped) == ((), None, False)
    assert not any(asked)
    assert told == []  # Nothing was planned but what was read already.


def test_a_row_that_left_a_list_without_statuses_is_missed_though_nothing_else_changed() -> None:
    service = Quiet(700)
    known, last = service.known().drop("status", "type"), service.now()
    gone = service.rows_by_age()[300].id
    del service.rows[gone]
    done = refresh(known, service.ask, ask_one=service.ask_one, now=service.now, last=last)
    assert done.missed["id"].to_list() == [gone]


@pytest.mark.parametrize(("new", "requests"), [(80, 1), (150, 2), (250, 3), (420, 5)])
def test_new_rows_take_a_request_a_page(new: int, requests: int) -> None:
    service = Quiet(3000)
    known = service.known().drop("status", "type")
    last = service.now()
    for _ in range(new):
        service.latest += 60
        service.insert(service.latest, "New")
    done = refresh(known, service.ask, ask_one=service.ask_one, now=service.now, last=last)
    assert {*known["id"], *done.readings["id"]} == service.rows.keys()
    assert done.requests == requests


def test_a_total_that_is_never_reached_does_not_keep_the_search_for_known_rows_going() -> None:
    service = Quiet(150)
    known = frame_of([Row("gone", EPOCH, "New", "Bug")], service.now())

    def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
        assert service.requests < 50
        return replace(service.ask(chosen, page, limit), total=1000)

    with pytest.raises(UnsettledError):
        refresh(known, ask, ask_one=service.ask_one, now=service.now, statuses=STATUSES)


@pytest.mark.parametrize("with_counts", [True, False])
def test_rows_that_change_places_leave_every_length_as_it_is_and_are_found(with_counts: bool) -> None:
    service = Quiet(3000, with_counts=with_counts)
    known = service.known()
    one = next(row for row in service.rows_by_age() if row.status == "Closed")
    two = next(row for row in service.rows_by_age() if row.status == "Resolved" and row.type == one.type)
    three = next(row for row in service.rows_by_age() if row.status == "New")
    four = next(row for row in service.rows_by_age() if row.status == "Active")
    moved = {one: two.status, two: one.status, three: four.status, four: three.status}
    service.pause(7200)
    service.rows |= {row.id: replace(row, status=status) for row, status in moved.items()}
    done, after = service.refreshed(known, last=EPOCH + timedelta(seconds=2e9))
    assert done.verified == ("status", "open")
    said = dict(after.select("id", "status").iter_rows())
    assert {row_id: said[row_id] for row_id in service.rows} == {row.id: row.status for row in service.rows.values()}
    found = changes_between(known, after, done)
    assert set(found["id"]) == {row.id for row in moved}
    assert found["earliest"].unique().to_list() == known["read_at"].unique().to_list()


@pytest.mark.parametrize("with_counts", [True, False])
def test_a_row_that_joins_a_list_after_that_was_read_is_seen(with_counts: bool) -> None:
    service = Quiet(3000, with_counts=with_counts)
    known, last = service.known(), service.now()
    row = next(one for one in service.rows_by_age()[1000:] if one.status == "Resolved")  # in the longest list

    def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
        window = service.ask(chosen, page, limit)
        if chosen == {"status": "New"} and page * limit >= window.total:
            service.rows[row.id] = replace(row, status="New")
        return window

    done = refresh(
        known, ask, ask_one=service.ask_one, now=service.now, statuses=STATUSES, open_statuses=OPEN_STATUSES,
        count=service.count, last=last, budget=None,
    )  # fmt: skip
    assert service.rows[row.id].status == "New"
    assert done.verified == ("status", "open")
    assert row.id in set(done.readings["id"])


def test_lists_are_read_in_the_order_in_which_items_advance() -> None:
    service = Quiet(3000)
    asked: list[str] = []

    def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
        asked.extend(chosen.values())
        return service.ask(chosen, page, limit)

    refresh(
        service.known(),
        ask,
        ask_one=service.ask_one,
        now=service.now,
        statuses=STATUSES,
        count=service.count,
        budget=None,
    )
    assert list(dict.fromkeys(asked)) == [status for status in STATUSES if status != "Resolved"]


def test_a_status_that_is_renamed_is_left_to_a_full_load_before_its_items_are_requested() -> None:
    service = Quiet(3000)
    known = service.known()
    service.rows = {row.id: replace(row, status="Done" if row.status == "Resolved" else row.status)
                    for row in service.rows.values()}  # fmt: skip
    with pytest.raises(UnsettledError, match="a full load takes no more requests"):
        service.refreshed(known)
    assert service.requests <= 3


def test_a_budget_reads_the_shortest_lists_and_says_what_is_left_open() -> None:
    service = Quiet(6000)
    done, _ = service.refreshed(service.known(), last=service.now(), budget=14)
    assert done.verified == ()
    assert "refresh='verify'" in (done.why_not or "")
    whole, _ = service.refreshed(service.known(), last=service.now(), budget=None, must_verify=True)
    assert whole.verified == ("status", "open")


@pytest.mark.parametrize("with_counts", [True, False])
def test_a_budget_is_kept_to_the_last_request(with_counts: bool) -> None:
    service = Quiet(6000, with_counts=with_counts)
    needed = service.refreshed(service.known(), last=service.now(), budget=None)[0].requests
    enough, _ = service.refreshed(service.known(), last=service.now(), budget=needed)
    assert (enough.verified, enough.requests) == (("status", "open"), needed)
    short, _ = service.refreshed(service.known(), last=service.now(), budget=needed - 1)
    assert "status" not in short.verified
    assert f"more than {needed - 1} requests" in (short.why_not or "")
    assert short.requests < needed


@pytest.mark.parametrize("budget", [14, 20, 26, 38])
def test_rereads_are_within_the_budget(budget: int) -> None:
    service = Quiet(6000)
    known, last = service.known(), service.now()
    service.pause(86_400)
    done, _ = service.refreshed(known, last=last, budget=budget)
    assert done.reread > 0
    assert budget - 6 <= done.requests <= budget


def test_a_row_that_left_the_longest_list_is_searched_for() -> None:
    service = Quiet(6000)
    known, last = service.known(), service.now()
    longest = Counter(row.status for row in service.rows.values()).most_common(1)[0][0]
    gone = next(row.id for row in [*service.rows_by_age()][3000:] if row.status == longest)
    del service.rows[gone]
    done, after = service.refreshed(known, last=last, budget=None)
    assert set(known["id"]) - set(after["id"]) == {gone}
    assert done.verified == ("status", "open")


@pytest.mark.parametrize("with_counts", [True, False])
def test_a_list_that_holds_still_takes_as_many_requests_as_were_told_or_a_full_load_takes_no_more(
    with_counts: bool,
) -> None:
    ends: list[int | str] = []
    for size in (*range(200, 2400, 200), 6000):
        service = Quiet(size, with_counts=with_counts)
        told: list[int] = []
        try:
            done, _ = service.refreshed(service.known(), last=service.now(), budget=None, estimated=told.append)
        except UnsettledError as error:
            ends.append(str(error))
        else:
            assert done.verified == ("status", "open")
            assert done.requests <= max(12, requests_for(size))
            ends.append(done.requests)
        assert told == [end for end in ends[-1:] if isinstance(end, int)]
    assert {end for end in ends if isinstance(end, str)} <= {"a full load takes no more requests"}
    assert isinstance(ends[-1], int)


def test_a_new_record_without_a_time_has_no_place_in_a_list_of_a_status() -> None:
    service = Quiet(1300)

    def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
        window = service.ask(chosen, page, limit)
        return (
            replace(window, rows=(replace(window.rows[0], id="new", created_at=None), *window.rows[1:]))
            if chosen
            else window
        )

    with pytest.raises(UnsettledError, match="no readable creation time"):
        refresh(service.known(), ask, ask_one=service.ask_one, now=service.now, statuses=STATUSES, count=service.count)


@given(st.integers(0, 400), st.integers(1, 120), st.integers(1, 100), st.integers(0, 400))
def test_a_window_is_over_the_rows_asked_for_wherever_one_can_be(
    start: int, rows: int, biggest: int, total: int
) -> None:
    end = min(start + rows, total)
    page, limit = PageSizes(biggest).over(start, start + rows, total)
    first, after = (page - 1) * limit, page * limit
    over = [n for n in range(1, biggest + 1) if (start // n + 1) * n >= end]
    assert limit == (max(over) if over else biggest)
    assert first <= start < after if over else first <= (2 * start + rows) // 2 < after
    assert after >= end or not over


def test_no_more_requests_are_made_than_may_be_and_readings_are_noted() -> None:
    service = Quiet(300)
    requests = RefreshRequests(service.ask, service.ask_one, lambda: None, now=service.now, sizes=PageSizes())
    requests.most = 3
    window = requests.page({}, 1, 100)
    before = requests.moments
    assert requests.item("row-1") is not None
    assert requests.item("nobody") is None
    assert before[1] <= requests.moments[0] <= requests.moments[1]
    assert set(requests.readings.frame()["id"]) == {"row-1", *(row.id for row in window.rows)}
    with pytest.raises(UnsettledError, match="so much has changed"):
        requests.page({}, 2, 100)
    requests.reread = 1
    requests.page({}, 2, 100)
    with pytest.raises(UnsettledError, match="so much has changed"):
        requests.item("row-2")
    assert requests.may_count
    assert (requests.counts(), requests.may_count, requests.counted, requests.counts()) == (None, False, False, None)
    assert requests.made == 5


@settings(max_examples=100, derandomize=True, database=None)
@given(total=st.integers(1, 300), biggest=st.integers(1, 100), data=st.data())
def test_a_window_over_rows_is_the_largest_that_shows_them_all(total: int, biggest: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, total - 1))
    end = data.draw(st.integers(start + 1, total + 2))
    wanted = range(start, min(end, total))
    page, limit = PageSizes(biggest).over(start, end, total)

    def shows_all(page: int, limit: int) -> bool:
        return (page - 1) * limit <= wanted[0] and wanted[-1] < page * limit

    sizes = [size for size in range(1, biggest + 1) if any(shows_all(page, size) for page in range(1, total + 1))]
    assert limit == max(sizes, default=biggest)
    assert shows_all(page, limit) if sizes else (page - 1) * limit <= (start + end) // 2 < page * limit


def test_a_server_that_gives_shorter_pages_is_followed() -> None:
    service = Quiet(300)
    service.clamp = 40
    requests = RefreshRequests(service.ask, service.ask_one, None, now=service.now, sizes=PageSizes())
    assert len(requests.page({}, 1, 30).rows) == 30
    assert requests.sizes.biggest == 100
    requests.page({}, 1, 100)
    assert requests.sizes.biggest == 40


def test_every_row_is_read_again_before_its_reading_is_a_week_old() -> None:
    service = Quiet(3000, seed=1)
    known, last = service.known(), service.now()
    oldest, most = timedelta(0), 0
    for _ in range(16):
        service.pause(86_400)
        for _ in range(7):
            service.change()
        started = service.now()
        done, known = service.refreshed(known, last=last)
        last = started
        most = max(most, done.reread)
        oldest = max(oldest, *(started - read_at for read_at in known["read_at"].unique()))
    assert oldest <= timedelta(days=6, hours=1)
    assert most <= 3000 / 100 / 6 * 2


@pytest.mark.parametrize("spoilt", ["null", "swapped"])
def test_rows_without_a_time_or_out_of_order_stand_where_the_row_above_them_does(spoilt: str) -> None:
    service = Quiet(3000)
    listed = service.rows_by_age()[::-1]
    places = Places()
    odd = {listed[700].id, listed[1500].id}

    def shown(row: Row) -> Row:
        moment = None if spoilt == "null" else EPOCH
        return replace(row, created_at=moment) if row.id in odd else row

    def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
        window = service.ask(chosen, page, limit)
        return replace(window, rows=tuple(map(shown, window.rows)))

    for start in range(0, 3000, 90):
        places.note([shown(row) for row in listed[start : start + 100]])
    stand_ins = places.stand_ins(3000)
    assert stand_ins.keys() == odd
    known = frame_of([shown(row) for row in listed], service.now())
    last = service.now()
    for hours in (0.5, 5, 24):
        service.pause(3600 * hours)
        service.requests = 0
        done = refresh(
            known, ask, ask_one=service.ask_one, now=service.now, statuses=STATUSES, open_statuses=OPEN_STATUSES,
            count=service.count, stand_ins=stand_ins, last=last, exact_as_of=last,
        )  # fmt: skip
        assert service.requests <= (2 if hours < 1 else 32)
        assert done.stopped or done.verified == ("status", "open")
        assert done.stand_ins == stand_ins


def test_a_summary_that_stays_behind_the_lists_is_not_believed() -> None:
    service = Quiet(1500)
    known, counts = service.known(), service.count()
    service.rows |= {
        row.id: replace(row, status="Hold") for row in service.rows_by_age()[:9] if row.status == "Resolved"
    }
    done, after = service.refreshed(known, last=service.now(), count=lambda: counts)
    assert (done.verified, done.counted) == (("status", "open"), False)
    assert dict(after.select("id", "status").iter_rows()) == {row.id: row.status for row in service.rows.values()}


def test_copies_of_one_id_are_counted() -> None:
    service = Quiet(1200)
    twice = service.rows_by_age()[600].id

    def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
        service.tick()
        listed = [row for row in service.rows.values() if all(getattr(row, name) == chosen[name] for name in chosen)]
        listed = sorted([row for row in listed for _ in range(1 + (row.id == twice))], key=_newest_first)
        return Page(page, limit, len(listed), tuple(listed[(page - 1) * limit : page * limit]), b"")

    done = refresh(
        service.known(), ask, ask_one=service.ask_one, now=service.now, statuses=STATUSES,
        open_statuses=OPEN_STATUSES, copies={twice: 2}, last=service.now(),
    )  # fmt: skip
    assert (done.verified, done.total, done.copies) == (("status", "open"), 1201, {twice: 2})


def test_rows_that_left_take_their_stand_ins_and_copies_with_them() -> None:
    service = Quiet(1200)
    odd, twice = (service.rows_by_age()[at] for at in (400, 800))
    known = frame_of(
        [replace(row, created_at=None) if row == odd else row for row in service.rows.values()], service.now()
    )
    for row in (odd, twice):
        del service.rows[row.id]
    done, after = service.refreshed(
        known, stand_ins={odd.id: odd.created_at}, copies={twice.id: 2}, last=service.now(), budget=None
    )
    assert set(done.missed["id"]) == {odd.id, twice.id}
    assert set(after["id"]) == service.rows.keys()
    assert (done.total, done.stand_ins, done.copies) == (1198, {}, {})


def _newest_first(row: Row) -> timedelta:
    return EPOCH - (row.created_at or EPOCH)


def test_rows_of_one_moment_are_no_trap() -> None:
    service = Quiet(400, moments=1)
    known = service.known()
    service.rows.pop("row-200")
    done, _ = service.refreshed(known)
    assert done.missed["id"].to_list() == ["row-200"]


def test_a_type_that_changes_is_found_by_lengths_even_if_some_items_have_no_type() -> None:
    service = Service(2000, seed=6)
    for row in list(service.rows.values())[:5]:
        service.rows[row.id] = replace(row, type=None)
    known = service.known()
    service.pause(3600)
    # One in the longest list, which is not read, and in the middle, where no newest and no oldest row is read.
    bugs = sorted(row.id for row in service.rows.values() if (row.type, row.status) == ("Bug", "Resolved"))
    old = service.rows[bugs[len(bugs) // 2]]
    service.rows[old.id] = replace(old, type="Praise")

    def count() -> Counts | None:
        rows = service.rows.values()
        types = Counter(row.type for row in rows if row.type is not None)
        return Counts(dict(Counter(row.status or "" for row in rows)), dict(types))

    _, after = service.refreshed(known, count=count, last=service.now() - timedelta(minutes=1))
    assert after.filter(id=old.id)["type"].to_list() == ["Praise"]


def test_no_status_is_claimed_where_an_item_without_one_was_not_read_again() -> None:
    service = Service(2000, seed=6)
    resolved = sorted(service.rows)[150:]
    service.rows |= {row_id: replace(service.rows[row_id], status="Resolved") for row_id in resolved}
    first, second = (service.rows[row_id] for row_id in resolved[500:502])
    service.rows[first.id] = replace(first, status=None)
    known = service.known()
    service.pause(3600)
    # They change places, which changes no length.
    service.rows[first.id], service.rows[second.id] = first, replace(second, status=None)

    def count() -> Counts | None:
        return Counts(Counter(row.status for row in service.rows.values() if row.status is not None), None)

    options = {"count": count, "budget": None, "last": service.now() - timedelta(minutes=1)}
    done, after = service.refreshed(known, **options)
    assert after.filter(id=first.id)["status"].to_list() == [None]
    assert done.verified == ()
    assert done.why_not == "some items have no status, and were not all read"
    with pytest.raises(UnsettledError, match=done.why_not):
        service.refreshed(known, **options, must_verify=True)


@pytest.mark.parametrize(
    "error",
    [
        ApiError("no such method", status=405),
        ServerError("broken", status=500),
        UnexpectedResponseError("something around the item"),
    ],
)
@pytest.mark.parametrize("has_left", [False, True])
def test_a_service_without_single_items_is_refreshed_by_windows(error: SeggwatError, *, has_left: bool) -> None:
    service = Service(2000, seed=4)
    known = service.known()
    service.pause(3600)
    changed = [row for row in service.rows.values() if row.status == "New"][:3]
    for row in changed:
        if has_left:
            del service.rows[row.id]
        else:
            service.rows[row.id] = replace(row, status="Resolved")
    asked = list[str]()

    def ask_one(row_id: str) -> Row | None:
        asked.append(row_id)
        raise error

    service.ask_one = ask_one  # type: ignore[method-assign]
    done, after = service.refreshed(known)
    assert len(asked) == 1
    assert done.verified == ("status", "open")
    assert set(done.missed["id"]) == ({row.id for row in changed} if has_left else set())
    columns = ["id", "status", "type"]
    assert set(after.select(columns).rows()) == set(service.known().select(columns).rows())


@pytest.mark.parametrize("error", [AuthenticationError("revoked", status=401), RateLimitError("too many", status=429)])
def test_an_error_of_every_request_for_an_item_stops_a_refresh(error: SeggwatError) -> None:
    service = Service(2000, seed=4)
    known = service.known()
    row = next(row for row in service.rows.values() if row.status == "New")
    service.rows[row.id] = replace(row, status="Resolved")

    def ask_one(_: str) -> Row | None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        refresh(known, service.ask, ask_one=ask_one, now=service.now, statuses=STATUSES, count=service.count)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda row: Row(row.id, EPOCH - timedelta(days=1), row.status, row.type), "different creation time"),
        (lambda row: replace(row, status="Hold"), "does not filter"),
    ],
)
def test_a_list_that_is_not_as_drawn_is_left_to_a_full_load(spoil: Callable[[Row], Row], why: str) -> None:
    service = Quiet(1300)

    def ask(chosen: Mapping[str, str], page: int, limit: int) -> Page:
        window = service.ask(chosen, page, limit)
        return replace(window, rows=(*map(spoil, window.rows[:1]), *window.rows[1:]))

    with pytest.raises(UnsettledError, match=why):
        refresh(service.known(), ask, ask_one=service.ask_one, now=service.now, statuses=STATUSES, count=service.count)


def test_an_error_of_the_sender_goes_through() -> None:
    def ask(_: Mapping[str, str], page: int, limit: int) -> Page:
        raise TimeoutError(page, limit)

    service = Quiet(10)
    with pytest.raises(TimeoutError):
        refresh(service.known(), ask, ask_one=service.ask_one, now=service.now)
