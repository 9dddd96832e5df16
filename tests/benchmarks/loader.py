"""How fast rows come: from a snapshot, from kept pages, and over loopback; beside what a user would do otherwise.

Run with ``uv run python tests/benchmarks/loader.py``; it prints a table for 100,000 rows in 1,000 pages.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
import requests
import requests_cache

from seggwat_nb.clock import Clock
from seggwat_nb.config import DEMO_TOKEN, Settings
from seggwat_nb.demo import phrases
from seggwat_nb.demo.server import PROJECT_ID, DemoServer, single_project
from seggwat_nb.rate_limit import Budget
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.source import responses
from seggwat_nb.source.frames import feedback_frame
from seggwat_nb.source.load_result import Progress
from seggwat_nb.source.sync import ListLoader
from seggwat_nb.source.transport import Api

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 100_000
RUNS = 5


def records(rows: int) -> list[dict[str, Any]]:
    """Rows of the size of real ones: 350 bytes each."""
    texts = [
        f"{core} {detail}"
        for talk in phrases.load().by_type.values()
        for _, core in talk.cores
        for detail in talk.details
    ]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        {
            "id": f"{number:024x}",
            "project_id": PROJECT_ID,
            "message": f"{texts[number % len(texts)]} (case {number * 7919 % 1_000_003})",
            "status": "New",
            "type": "Bug",
            "source": "Widget",
            "created_at": (start + timedelta(seconds=97 * number)).isoformat().replace("+00:00", "Z"),
            "archived": False,
            "path": f"/products/{number % 500}",
            "version": f"2.{number % 20}.0",
            "submitted_by": f"customer{number % 9000}@example.com",
        }
        for number in range(rows)
    ]


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Median and best of some runs, in seconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return statistics.median(times), min(times)


def main() -> None:
    """Print the table."""
    rows = records(ROWS)
    bodies = [
        msgspec.json.encode({"feedback": rows[at : at + 100], "pagination": {"page": 1, "limit": 100, "total": ROWS}})
        for at in range(0, ROWS, 100)
    ]
    megabytes = sum(map(len, bodies)) / 1e6
    with tempfile.TemporaryDirectory() as folder, DemoServer(single_project(rows)) as server:
        lines = measured(Path(folder), server, bodies)
        load = memory_of_load(server)
    print(f"{ROWS:,} rows, {len(bodies):,} pages, {megabytes:.0f} MB of JSON, polars {pl.__version__}")
    print(f"{'':58}  median s   best s")
    for name, (median, best) in lines.items():
        print(f"{name:58}  {median:8.3f} {best:8.3f}")
    print(f"{'memory above base, snapshot → frame':58}  {memory_of('snapshot', bodies):5.0f} MB")
    print(f"{'memory above base, page bodies in hand → frame':58}  {memory_of('pages', bodies):5.0f} MB")
    print(f"{'memory above base, whole load over loopback':58}  {load:5.0f} MB")


def measured(folder: Path, server: DemoServer, bodies: list[bytes]) -> dict[str, tuple[float, float]]:
    """Time each way."""
    settings = Settings.load(
        api_key=DEMO_TOKEN,
        project_id=PROJECT_ID,
        base_url=server.url,
        requests_per_minute=0,
        cache_dir=folder / "cache",
        data_dir=folder / "data",
    )
    api = Api(settings, on_wait=lambda *_: None)
    listing = ListLoader(api, settings, resource="feedback", project_id=PROJECT_ID)
    start = time.perf_counter()
    listing.from_api(params={}, watch=Progress(progress=lambda *_: None))
    whole = time.perf_counter() - start
    obvious = requests_cache.CachedSession(folder / "obvious")
    pages = [f"{server.url}/api/v1/projects/{PROJECT_ID}/feedback?limit=100&page={page}" for page in range(1, 1001)]
    headers = {"X-API-Key": server.token}
    for page in pages:
        obvious.get(page, headers=headers)

    def obvious_route() -> pl.DataFrame:
        found = [row for page in pages for row in obvious.get(page, headers=headers).json()["feedback"]]
        return pl.DataFrame(found, infer_schema_length=None).with_columns(pl.col("created_at").str.to_datetime("%+"))

    assert obvious_route().height == listing.from_disk().frame.height == ROWS
    plain = requests.Session()

    def plainly() -> None:
        for page in pages[:200]:
            plain.get(page, headers=headers)

    def kept() -> None:
        for step in range(200):
            api.page(f"/projects/{PROJECT_ID}/feedback", {"page": 1, "limit": 100}, run="bench", step=step, check=len)

    def uncached() -> None:
        api.forget_run("bench")
        kept()

    return {
        "snapshot → frame, digest checked (ours)": timed(listing.from_disk),
        "cached pages → response.json() → frame (the obvious route)": timed(obvious_route),
        "page bodies in hand → typed frame (ours)": timed(lambda: from_bodies(bodies)),
        "the same bodies, json.loads alone": timed(lambda: [json.loads(body) for body in bodies]),
        "the same bodies, msgspec's decoder alone": timed(lambda: [msgspec.json.decode(body) for body in bodies]),
        "whole crawl over loopback → stored snapshot (ours, once)": (whole, whole),
        "200 pages over loopback, uncached (requests)": timed(plainly),
        "200 pages over loopback, uncached (ours)": timed(uncached),
        "200 kept pages (ours)": timed(kept),
        "the time left, at 6,000 a minute, 3,000 requests to come": timed(lambda: estimate(folder)),
    }


def estimate(folder: Path) -> float:
    """Tell the time left as the bar does after each page, with a budget half spent."""
    budget = Budget(folder / "budget", per_minute=6000, clock=Clock(), on_wait=lambda *_: None)
    path = folder / "budget" / "requests.json"
    if not path.exists():
        budget.acquire()
        noted = json.loads(path.read_text())
        path.write_text(json.dumps(noted | {"sent": [noted["sent"][0]] * 3000}))
    return budget.seconds_for(3000)


def from_bodies(bodies: list[bytes]) -> pl.DataFrame:
    """Make the frame as a load does at its end."""
    frame = feedback_frame((responses.record(body)["feedback"] for body in bodies), project_id=PROJECT_ID).frame
    assert frame.height == ROWS
    assert frame.schema == FEEDBACK
    return frame


def memory_of(what: str, bodies: list[bytes]) -> float:
    """Peak memory of a fresh process above what it had before, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bodies"
        path.write_bytes(b"\n".join(bodies))
        from_bodies(bodies).write_parquet(Path(folder) / "frame.parquet")
        command = [sys.executable, __file__, what, folder]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def memory_of_load(server: DemoServer) -> float:
    """Peak memory of a fresh process that loads the list, above what it had before, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "load", folder, server.url]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure_load(folder: Path, url: str) -> None:
    """Load the list in this fresh process, and print how much its peak rose."""
    settings = Settings.load(
        api_key=DEMO_TOKEN,
        project_id=PROJECT_ID,
        base_url=url,
        requests_per_minute=0,
        cache_dir=folder / "cache",
        data_dir=folder / "data",
    )
    listing = ListLoader(Api(settings, on_wait=lambda *_: None), settings, resource="feedback", project_id=PROJECT_ID)
    pl.DataFrame({"a": [1]}).write_parquet(folder / "small.parquet")
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_memory()
    loaded = listing.from_api(params={}, watch=Progress(progress=lambda *_: None))
    print(peak_memory() - before)
    assert loaded.frame.height == ROWS


def measure_memory(what: str, folder: Path) -> None:
    """Do one thing in this fresh process, and print how much its peak rose."""
    bodies = (folder / "bodies").read_bytes().split(b"\n") if what == "pages" else []
    pl.DataFrame({"a": [1]}).write_parquet(folder / "small.parquet")
    pl.read_parquet(folder / "small.parquet")
    Path("/proc/self/clear_refs").write_text("5")  # From here on the peak is counted anew.
    before = peak_memory()
    kept = from_bodies(bodies) if bodies else pl.read_parquet((folder / "frame.parquet").read_bytes())
    print(peak_memory() - before)
    assert kept.height == ROWS


def peak_memory() -> float:
    """Most memory this process has held, in MB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["load"]:
        measure_load(Path(sys.argv[2]), sys.argv[3])
    elif len(sys.argv) > 1:
        measure_memory(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
