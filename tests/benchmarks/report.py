"""A report of many items, from rows in memory to the file: how long each step takes, and how large the file is.

    uv run python tests/benchmarks/report.py [--items 100000]

Rows are the demo's, drawn with a fixed seed: one person for three items, one page for thirty, and messages of three of
the demo's sentences, which are as long as reviews and tweets, as often hold numbers or addresses as the demo's, and are
nearly all distinct. ``cpu`` is what this process computed, in seconds, and ``wall`` what passed: on a busy machine the
two differ. What a second thread computes counts for the step that runs meanwhile. Then an empty notebook is executed
and exported by nbconvert, for comparison.
"""

from __future__ import annotations

import argparse
import resource
from collections import defaultdict
from dataclasses import replace
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import nbformat
import polars as pl
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor

from seggwat_nb.demo_client import demo_client
from seggwat_nb.share.report import execution, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.dataset import Dataset


def many(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """Draw rows of a frame again and again, and tell them apart."""
    number = pl.int_range(rows)
    drawn = frame.sample(rows, with_replacement=True, seed=1).with_columns(
        id=pl.format("row-{}", number),
        submitted_by=pl.format("person-{}", number * 7919 % (rows // 3)),
        path=pl.format("{}/{}", pl.col("path").fill_null("/"), number % max(rows // 30 // frame["path"].n_unique(), 1)),
        created_at=pl.col("created_at") - pl.duration(seconds=number % 86_000),
    )
    if "message" in frame.columns:
        drawn = drawn.with_columns(message=sentences(frame["message"].drop_nulls(), rows))
    return drawn.sort("created_at", descending=True)


def sentences(messages: pl.Series, rows: int) -> pl.Expr:
    """Put messages together from the first sentence of one, and what follows in two others."""
    first, rest = (
        messages.str.extract(pattern).drop_nulls() for pattern in (r"(?s)^(.*?[.?!])\s", r"(?s)^.*?[.?!]\s+(.*)$")
    )
    parts = (
        part.sample(rows, with_replacement=True, seed=seed) for seed, part in enumerate((first, rest, rest), start=2)
    )
    return pl.format("{} {} {}", *parts)


def enlarged(data: Dataset, rows: int) -> Dataset:
    """Return a project of so many items and ratings."""
    sources = {name: replace(source, rows=rows) for name, source in data.sources.items()}
    feedback, ratings = many(data.feedback, rows), many(data.ratings, rows)
    return replace(data, feedback=feedback, ratings=ratings, history=data.history.clear(), sources=sources)


class Clock:
    """Adds up what steps take, without the steps inside them."""

    def __init__(self) -> None:
        self.spent: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        self._inside: list[list[float]] = []

    def timed(self, name: str | None, function: Callable[..., Any]) -> Callable[..., Any]:
        """Time a function under a name; without one under that of its first argument, the source of a cell."""

        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            self._inside.append([0.0, 0.0])
            started = process_time(), perf_counter()
            try:
                return function(*args, **options)
            finally:
                cpu, wall = process_time() - started[0], perf_counter() - started[1]
                inner = self._inside.pop()
                label = name or str(args[0]).strip().splitlines()[-1]
                known = self.spent[label]
                self.spent[label] = known[0] + cpu - inner[0], known[1] + wall - inner[1]
                if self._inside:
                    self._inside[-1][0] += cpu
                    self._inside[-1][1] += wall

        return call


def export_empty_notebook() -> None:
    """Execute and export an empty notebook, as a report of one's own would be with nbconvert."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])  # type: ignore[no-untyped-call]
    ran, _ = ExecutePreprocessor().preprocess(book, {})  # type: ignore[no-untyped-call]
    HTMLExporter().from_notebook_node(ran)  # type: ignore[no-untyped-call]


def main() -> None:
    """Print seconds for each step of a report, and its size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--period", default="1mo")
    options = parser.parse_args()
    clock = Clock()
    steps = {
        "mask values": "_mask_values",
        "mask messages": "_mask_messages",
        "look for leaks": "_check_leaks",
        "write the page": "_render",
    }
    for label, name in steps.items():
        setattr(run, name, clock.timed(label, getattr(run, name)))
    vars(execution)["_run_cell"] = clock.timed(None, vars(execution)["_run_cell"])
    with TemporaryDirectory() as folder, demo_client() as client:
        data = client.load()
        held = enlarged(data, options.items) if options.items else data
        whole = clock.timed("the rest", run.report)
        cpu, wall = process_time(), perf_counter()
        path = whole(held, Path(folder) / "report.html", period=options.period)
        cpu, wall = process_time() - cpu, perf_counter() - wall
        for label, (used, passed) in sorted(clock.spent.items(), key=lambda step: -step[1][0]):
            print(f"{used:6.2f} s cpu {passed:6.2f} s wall  {label}")
        size = path.stat().st_size / 1e6
        print(f"{cpu:6.2f} s cpu {wall:6.2f} s wall  {held.feedback.height:,} items, {options.period}, {size:.2f} MB")
        print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:6.2f} GB of memory at most")
    started = perf_counter()
    export_empty_notebook()
    floor = perf_counter() - started
    print(
        f"{floor:6.2f} s wall  an empty notebook executed and exported by nbconvert: {wall / floor:.1f} times as long"
    )


if __name__ == "__main__":
    main()
