"""How many requests bring a stored project up to date, beside a full load, and how long the limit makes them wait.

Run with ``uv run python tests/benchmarks/refresh.py [seeds]``. Every case is a project of its own on the demo server,
asked over loopback; after each refresh its statuses are held against the server's. Of what changes, two fifths are new
items, half are statuses that move forward, a tenth is archived. What changed is recent: ages are exponential, with a
mean of a fiftieth of the list; in the lines that say so, one change in twenty is anywhere in the list instead. The last
lines are the demo project itself, and the memory of a refresh in which nothing has changed beside that of a full load.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from seggwat_nb import demo
from seggwat_nb.config import Settings
from seggwat_nb.demo.plans import Archive, Change, Edit, Insert
from seggwat_nb.demo.server import PROJECT_ID, DemoServer, single_project
from seggwat_nb.rate_limit import WINDOW_SECONDS
from seggwat_nb.source.load_result import Progress
from seggwat_nb.source.sync import ListLoader
from seggwat_nb.source.transport import Api
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
    """Rows, share of them that changed, share of that which is anywhere, and hours since the full load."""

    rows: int
    share: float
    anywhere: float
    hours: float


QUIET = Progress(progress=lambda *_: None)
ONE_IN_TWENTY = 0.05
SOON, DAY = 0.5, 24.0
CASES = (
    Case(2_000, 0.0, 0, SOON),
    Case(2_000, 0.0, 0, DAY),
    Case(2_000, 0.01, 0, DAY),
    Case(10_000, 0.0, 0, SOON),
    Case(10_000, 0.0, 0, DAY),
    Case(10_000, 0.001, 0, DAY),
    Case(10_000, 0.001, ONE_IN_TWENTY, DAY),
    Case(10_000, 0.01, 0, DAY),
    Case(10_000, 0.01, ONE_IN_TWENTY, DAY),
    Case(50_000, 0.01, 0, DAY),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a refresh took, and what it says."""

    full: int
    requests: int
    says: str
    wrong: int


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
        listing = listing_of(server, folder / f"data-{case}-{seed}-{with_summary}")
        full = listing.from_api(params={}, watch=QUIET).requests
        for change in changes(records, case, chance):
            server.service.feedback[PROJECT_ID].change(change)
        asked = len(server.log)
        loaded = listing_of(server, folder / f"data-{case}-{seed}-{with_summary}", case.hours).up_to_date(QUIET)
        assert loaded.requests == len(server.log) - asked
        true = pl.DataFrame(server.service.feedback[PROJECT_ID].list_records()).select("id", "status")
    wrong = loaded.frame.join(true, on="id").filter(pl.col("status") != pl.col("status_right")).height
    says = "all" if "status" in loaded.verified_fields else "open" if loaded.verified_fields else "none"
    return Measured(full=full, requests=loaded.requests, says="full load" if loaded.why_full else says, wrong=wrong)


def listing_of(server: DemoServer | Remote, data: Path, hours: float = 0.0) -> ListLoader:
    """Ask a server, so many hours from now."""
    settings = Settings.load(
        api_key=server.token,
        project_id=server.project_id,
        base_url=server.url,
        requests_per_minute=0,
        cache_dir=data / "cache",
        data_dir=data,
    )
    return ListLoader(
        Api(settings, on_wait=lambda *_: None),
        settings,
        resource="feedback",
        project_id=server.project_id,
        now=lambda: datetime.now(UTC) + timedelta(hours=hours),
    )


def demo_project(folder: Path) -> None:
    """Refresh the demo project, in which nothing has changed."""
    server = demo.start()
    full = listing_of(server, folder).from_api(params={}, watch=QUIET).requests
    for hours in (SOON, DAY):
        loaded = listing_of(server, folder, hours).up_to_date(QUIET)
        print(f"the demo project, {loaded.frame.height:,} items, {hours} h later: {loaded.requests}, full load {full}")


MEMORY = """
import sys
from pathlib import Path
from tests.benchmarks.refresh import QUIET, Remote, listing_of
def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
listing = listing_of(Remote(sys.argv[1], sys.argv[2], sys.argv[3]), Path(sys.argv[4]), float(sys.argv[5]))
base = peak()
loaded = listing.up_to_date(QUIET)
print(peak() - base, loaded.frame.height, loaded.requests)
"""


class Remote(NamedTuple):
    """A server in another process."""

    url: str
    token: str
    project_id: str


def memory(folder: Path, rows: int) -> None:
    """Measure the memory above base, in processes of their own, of a full load and of two refreshes after it."""
    with DemoServer(single_project(aged_project(rows, random.Random(1)))) as server:
        for name, hours in (("a full load", 0.0), ("a refresh within the hour", SOON), ("a refresh a day later", DAY)):
            command = [
                sys.executable,
                "-c",
                MEMORY,
                server.url,
                server.token,
                server.project_id,
                str(folder),
                str(hours),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            kilobytes, height, requests = map(int, done.stdout.split())
            print(f"{height:,} rows, {name}: {kilobytes / 1024:.0f} MB above base, {requests} requests", flush=True)


def minutes(requests: int) -> str:
    """How long the limit of 20 a minute makes so many requests wait."""
    return f"{(requests - 1) // 19 * WINDOW_SECONDS / 60:.0f} min"


def main(seeds: int) -> None:
    """Print the table."""
    print(f"{'rows':>6} {'changed':>8} {'anywhere':>8} {'hours':>5}   {'full load':>13}   ", end="")
    print(f"{'refresh, median':>15} {'most':>5} {'statuses verified':>18} {'wrong':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for with_summary in (True, False):
            print(f"{'with' if with_summary else 'without'} the summary's counts")
            for case in CASES:
                runs = [measured(Path(folder), case, seed, with_summary=with_summary) for seed in range(seeds)]
                print(in_words(case, runs), flush=True)
        demo_project(Path(folder) / "demo")
        memory(Path(folder) / "memory", 300_000)


def in_words(case: Case, runs: list[Measured]) -> str:
    """Write a line of the table."""
    requests = [run.requests for run in runs]
    middle, most = round(statistics.median(requests)), max(requests)
    full = f"{runs[0].full} ({minutes(runs[0].full)})"
    anywhere = f"{case.anywhere:.0%}" if case.anywhere else ""
    says = ", ".join(f"{n} {what}" for what, n in Counter(run.says for run in runs).items())
    line = f"{case.rows:6,} {case.share:8.1%} {anywhere:>8} {case.hours:5}   {full:>13}"
    wrong = sum(run.wrong for run in runs if run.says in {"all", "full load"})
    return f"{line}   {f'{middle} ({minutes(middle)})':>15} {most:5} {says:>18} {wrong:6}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
