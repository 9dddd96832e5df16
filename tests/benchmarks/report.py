"""A report of many items, from rows in memory to the file: how long it takes, and how large the file is.

    uv run python tests/benchmarks/report.py [--items 100000]

Rows are the demo's, drawn with a fixed seed, with messages, people and pages made distinct.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

import polars as pl

from seggwat_nb.demo_client import demo_client
from seggwat_nb.share.report import run

if TYPE_CHECKING:
    from seggwat_nb.client import Client


def many(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """Draw rows of a frame again and again, and tell them apart."""
    number = pl.int_range(rows)
    drawn = frame.sample(rows, with_replacement=True, seed=1).with_columns(
        id=pl.format("row-{}", number),
        submitted_by=pl.format("person-{}", number * 7919 % (rows // 3)),
        path=pl.format("{}/{}", pl.col("path").fill_null("/"), number % (rows // 33)),
        created_at=pl.col("created_at") - pl.duration(seconds=number % 86_000),
    )
    if "message" in frame.columns:
        drawn = drawn.with_columns(message=pl.format("{} {}", pl.col("message").fill_null(""), number))
    return drawn.sort("created_at", descending=True)


class Many:
    """A client of so many rows."""

    def __init__(self, client: Client, rows: int) -> None:
        self.settings, self.projects = client.settings, client.projects
        self.last_load: Any = None
        self._held = {}
        for name, load in (("feedback", client.feedback), ("ratings", client.ratings)):
            frame = many(load(), rows)
            assert client.last_load is not None
            self._held[name] = frame, replace(client.last_load, rows=rows)

    def feedback(self, **_: object) -> pl.DataFrame:
        """All of it."""
        frame, self.last_load = self._held["feedback"]
        return frame

    def ratings(self, **_: object) -> pl.DataFrame:
        """All of them."""
        frame, self.last_load = self._held["ratings"]
        return frame


def main() -> None:
    """Print seconds and bytes for each period."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    rows = parser.parse_args().items
    with TemporaryDirectory() as folder, demo_client() as client:
        held: Any = Many(client, rows)
        for period in ("1w", "1mo", "1q"):
            start = perf_counter()
            path = run.report(held, Path(folder) / "report.html", period=period)
            print(f"{rows:,} items, {period}: {perf_counter() - start:.1f} s, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
