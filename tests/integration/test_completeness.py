"""Complete whatever changes meanwhile: our load beside the loop that users write, on lists that change."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seggwat_nb.client import Client
from seggwat_nb.demo.plans import Archive, Change, Changes, Edit, Insert, Unarchive
from seggwat_nb.demo.server import PROJECT_ID, DemoServer, single_project
from tests.integration.conftest import item, items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def everybodys_loop(server: DemoServer, limit: int) -> list[str]:
    """The export loop that users write today: page after page, until total_pages."""
    rows: list[dict[str, Any]] = []
    page = 1
    while True:
        answer = requests.get(
            f"{server.url}/api/v1/projects/{PROJECT_ID}/feedback",
            params={"page": page, "limit": limit},
            headers={"X-API-Key": server.token},
            timeout=60,
        ).json()
        rows.extend(answer["feedback"])
        if page >= answer["pagination"]["total_pages"]:
            return [row["id"] for row in rows]
        page += 1


def ours(server: DemoServer, folder: Path) -> list[str]:
    with Client(
        api_key=server.token,
        project_id=PROJECT_ID,
        base_url=server.url,
        requests_per_minute=0,
        cache_dir=folder / "cache",
        data_dir=folder / "data",
    ) as client:
        return client.feedback(refresh="full")["id"].to_list()


def random_changes(seed: int, size: int, requests_: int) -> Changes:
    """Inserts at the top and back-dated, archives and un-archives anywhere, edits; before any request but the first."""
    chance = random.Random(seed)
    plan: dict[int, list[Change]] = {}
    gone: list[str] = []
    standing = [record["id"] for record in items(size)]
    for request in range(2, requests_ + 2):
        for _ in range(chance.choice([0, 0, 1, 2, 5])):
            kind = chance.choice(["insert", "back-dated", "archive", "archive", "un-archive", "edit"])
            change: Change | None = None
            if kind == "insert":
                change = Insert(item(size + 1000 * request + chance.randrange(1000)))
            elif kind == "back-dated":
                change = Insert(item(chance.randrange(size or 1), id=f"late-{request}-{chance.random()}"))
            elif kind == "archive" and standing:
                gone.append(standing.pop(chance.randrange(len(standing))))
                change = Archive(gone[-1])
            elif kind == "un-archive" and gone:
                change = Unarchive(chance.choice(gone))
            elif kind == "edit" and standing:
                change = Edit(chance.choice(standing), {"status": "Closed"})
            if change is not None:
                plan.setdefault(request, []).append(change)
    return plan


def always_there(size: int, changes: Changes, last_request: int) -> set[str]:
    """Ids that stood in the list from the first request to the last."""
    left = {
        change.id
        for request, batch in changes.items()
        if request <= last_request
        for change in batch
        if isinstance(change, Archive)
    }
    return {record["id"] for record in items(size)} - left


@settings(max_examples=30, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(seed=st.integers(0, 2**32), size=st.integers(0, 260), most_rows=st.sampled_from([25, 40, 100]))
def test_ours_loses_and_repeats_nothing(tmp_path: Path, seed: int, size: int, most_rows: int) -> None:
    changes = random_changes(seed, size, 30)
    with DemoServer(single_project(items(size)), changes=changes, most_rows=most_rows) as server:
        ids = ours(server, tmp_path)
        assert len(ids) == len(set(ids))
        assert always_there(size, changes, server.list_requests) <= set(ids)


NAMED: dict[str, Changes] = {
    "one archived above": {2: [Archive("item-000299")]},
    "twenty archived at once": {3: [Archive(f"item-{n:06}") for n in range(270, 290)]},
    "one new above": {2: [Insert(item(900))]},
    "one archived, one new": {2: [Archive("item-000299"), Insert(item(900))]},
    "nothing": {},
}


@pytest.mark.parametrize("name", NAMED)
def test_on_named_plans_the_loop_loses_or_repeats_and_ours_does_not(tmp_path: Path, name: str) -> None:
    changes = NAMED[name]
    with DemoServer(single_project(items(300)), changes=changes) as server:
        theirs = everybodys_loop(server, limit=50)
        lost = always_there(300, changes, 99) - set(theirs)
        repeats = len(theirs) - len(set(theirs))
    assert bool(lost) is ("archived" in name and "new" not in name)
    assert bool(repeats) is (name == "one new above")
    with DemoServer(single_project(items(300)), changes=changes, most_rows=50) as server:
        ids = ours(server, tmp_path)
        assert always_there(300, changes, 99) <= set(ids)
        assert len(ids) == len(set(ids))


def test_the_share_of_lossy_loops_on_random_plans(figures: Callable[[str], None]) -> None:
    lossy = lost = 0
    for seed in range(30):
        changes = random_changes(seed, 300, 30)
        with DemoServer(single_project(items(300)), changes=changes) as server:
            missing = always_there(300, changes, 99) - set(everybodys_loop(server, limit=20))
        lossy, lost = lossy + bool(missing), lost + len(missing)
    figures(f"The loop that users write loses rows in {lossy} of 30 crawls, {lost} rows in all.")
    assert lossy > 10
