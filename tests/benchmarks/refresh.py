"""How many requests bring a stored project up to date, beside a full reload, and how long the limit makes them wait.

Run with ``uv run python tests/benchmarks/refresh.py [seeds]``. Every case is a project of its own on the demo server,
asked over loopback; after each refresh its rows are held against the server's. Of what changes, two fifths are new
items, half are statuses that move forward, a tenth is archived. What changed is recent: ages are exponential, with a
mean of a fiftieth of the list; in the lines that say so, one change in twenty is anywhere in the list instead. The two
old pages that each refresh reads again are not counted.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from seggwat_nb.config import DEMO_TOKEN, Settings
from seggwat_nb.demo.plans import Archive, Change, Edit, Insert
from seggwat_nb.demo.server import PROJECT_ID, DemoServer, single_project
from seggwat_nb.source.http import Api
from seggwat_nb.source.limiter import WINDOW_SECONDS
from seggwat_nb.source.load import Listing, Watch
from tests.integration.conftest import item

if TYPE_CHECKING:
    from collections.abc import Iterator

NEXT = {
    "New": ("Active", "Assigned", "Resolved", "Closed"),
    "Active": ("Assigned", "Hold", "Resolved", "Closed"),
    "Assigned": ("Resolved", "Closed"),
    "Hold": ("Active", "Closed"),
}


class Case(NamedTuple):
    """Rows, share of them that changed, share of that which is anywhere, and the most requests allowed."""

    rows: int
    share: float
    anywhere: float
    allowed: int | None


QUIET = Watch(progress=lambda *_: None)
ONE_IN_TWENTY = 0.05
CASES = (
    Case(10_000, 0.0, 0, 8),
    Case(10_000, 0.001, 0, 14),
    Case(10_000, 0.001, ONE_IN_TWENTY, None),
    Case(10_000, 0.01, 0, 28),
    Case(10_000, 0.01, ONE_IN_TWENTY, None),
    Case(50_000, 0.01, 0, 120),
    Case(50_000, 0.01, ONE_IN_TWENTY, None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a refresh took."""

    full: int
    requests: int
    cancelled: int


def aged_project(rows: int, chance: random.Random) -> list[dict[str, Any]]:
    """Rows of which the older ones are done with, but for a few."""
    records = []
    for number in range(rows):
        is_open = chance.random() < max(0.02, 0.5 ** ((rows - number) / (0.03 * rows)))
        statuses, weights = (
            (("New", "Active", "Assigned", "Hold"), (6, 3, 2, 1)) if is_open else (("Resolved", "Closed"), (7, 3))
        )
        status = chance.choices(statuses, weights)[0]
        records.append(item(number, status=status, type=chance.choice(["Bug", "Feature", "Praise", "Question"])))
    return records


def changes(records: list[dict[str, Any]], case: Case, chance: random.Random) -> Iterator[Change]:
    """Make the changes of a case, no row twice."""
    left = {number: record["status"] for number, record in enumerate(records)}
    for number in range(int(case.rows * case.share)):
        kind = chance.choices(("new", "move", "archive"), (4, 5, 1))[0]
        if kind == "new":
            yield Insert(item(len(records) + number))
            continue
        while True:
            age = (
                chance.randrange(len(records))
                if chance.random() < case.anywhere
                else chance.expovariate(50 / len(records))
            )
            found = max(0, len(records) - 1 - int(age))
            if found in left and (kind == "archive" or left[found] in NEXT):
                break
        status = left.pop(found)
        yield (
            Archive(records[found]["id"])
            if kind == "archive"
            else Edit(records[found]["id"], {"status": chance.choice(NEXT[status])})
        )


def measured(folder: Path, case: Case, seed: int, *, with_summary: bool) -> Measured:
    """Load a project, let it change, refresh."""
    chance = random.Random(seed)
    records = aged_project(case.rows, chance)
    with DemoServer(single_project(records), with_summary=with_summary) as server:
        settings = Settings.load(
            api_key=DEMO_TOKEN,
            project_id=PROJECT_ID,
            base_url=server.url,
            requests_per_minute=0,
            cache_dir=folder / "cache",
            data_dir=folder / f"data-{case}-{seed}-{with_summary}",
        )
        listing = Listing(Api(settings, on_wait=lambda *_: None), settings, resource="feedback", project_id=PROJECT_ID)
        full = listing.from_api(params={}, watch=QUIET).requests
        for change in changes(records, case, chance):
            server.service.feedback[PROJECT_ID].change(change)
        asked = len(server.log)
        loaded = listing.up_to_date(QUIET)
        assert loaded.requests == len(server.log) - asked
        assert loaded.why_full is None, loaded.why_full
        true = pl.DataFrame(server.service.feedback[PROJECT_ID].listed()).select("id", "status")
    wrong = loaded.frame.select("id", "status").join(true, on=["id", "status"], how="anti")
    right = true.join(loaded.frame.select("id", "status"), on=["id", "status"], how="anti")
    assert Counter(wrong["status"]) == Counter(right["status"])
    return Measured(full=full, requests=loaded.requests - loaded.reread, cancelled=wrong.height)


def minutes(requests: int) -> str:
    """How long the limit of 20 a minute makes so many requests wait."""
    return f"{(requests - 1) // 19 * WINDOW_SECONDS / 60:.0f} min"


def main(seeds: int) -> None:
    """Print the table."""
    heads = f"{'rows':>6} {'changed':>8} {'anywhere':>8}   {'full reload':>13}   {'refresh, median':>15} {'most':>5}"
    print(f"{heads} {'allowed':>8} {'cancelled':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for with_summary in (True, False):
            print(f"{'with' if with_summary else 'without'} the summary's counts")
            for case in CASES:
                runs = [measured(Path(folder), case, seed, with_summary=with_summary) for seed in range(seeds)]
                print(in_words(case, runs, 3 if with_summary and not case.share else case.allowed), flush=True)


def in_words(case: Case, runs: list[Measured], allowed: int | None) -> str:
    """Write a line of the table."""
    requests = [run.requests for run in runs]
    middle, most = round(statistics.median(requests)), max(requests)
    full = f"{runs[0].full} ({minutes(runs[0].full)})"
    anywhere = f"{case.anywhere:.0%}" if case.anywhere else ""
    too_many = "" if allowed is None or most <= allowed else "  TOO MANY"
    line = (
        f"{case.rows:6,} {case.share:8.1%} {anywhere:>8}   {full:>13}   {f'{middle} ({minutes(middle)})':>15} {most:5}"
    )
    return f"{line} {allowed or '':>8} {sum(run.cancelled for run in runs):10}{too_many}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
