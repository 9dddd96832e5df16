"""Weekly volume by a key, with a complete calendar and shares: this package, pandas and DuckDB on the same rows.

    uv run --group peers python tests/benchmarks/trends.py [--rows 10000000]

Times are medians of interleaved rounds in one process; memory is the growth of the peak in a process of its own.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import statistics
import sys
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pandas as pd  # type: ignore[import-untyped]  # its annotations are another package
import polars as pl

from seggwat_nb import trends

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = ("type", "version")


def feedback(rows: int) -> pl.DataFrame:
    """Three years of rows, newest first; keys drawn with a fixed seed."""
    draw = partial(pl.int_range(rows, dtype=pl.Int64).shuffle, seed=1)
    step = 3 * 365 * 86_400_000_000 // rows
    created = pl.lit(1_790_000_000_000_000) - pl.int_range(rows, dtype=pl.Int64) * step
    kinds = ["Bug", "Bug", "Feature", "Improvement", "Question", "Praise", "Other"]
    versions = [f"{major}.{minor}.{patch}" for major in (1, 2, 3) for minor in range(8) for patch in (0, 1)]
    pages = ["/", "/orders", "/orders/list", "/settings", "/settings/billing", "/help"]

    def drawn(values: list[str], salt: int) -> pl.Expr:
        return pl.lit(pl.Series(values)).gather((draw() * salt + salt) % len(values))

    return pl.select(
        created_at=created.cast(pl.Datetime("us", "UTC")),
        type=drawn(kinds, 3),
        status=drawn(["New", "Active", "Resolved", "Closed"], 5),
        version=drawn(versions, 7),
        path=drawn(pages, 11) + "/" + (draw() % 5_000).cast(pl.String),
        source=drawn(["Widget", "Manual", "Mintlify", "Stripe"], 13),
        submitted_by="user" + (draw() % 200_000).cast(pl.String),
        id=draw().cast(pl.String),
    )


def by_pandas(frame: Any, key: str) -> Any:  # pandas comes without annotations
    """Count by day first, which is faster in pandas than its weekly grouper; then weeks, zeros and shares."""
    days = frame.groupby([frame["created_at"].dt.floor("D"), key]).size().unstack(fill_value=0)  # noqa: PD010  # the fastest way
    weeks = days.resample("W-MON", closed="left", label="left").sum()
    return pd.concat({"count": weeks.stack(), "share": weeks.div(weeks.sum(axis=1), axis=0).stack()}, axis=1)  # noqa: PD013  # melt loses the index


def by_duckdb(connection: duckdb.DuckDBPyConnection, key: str) -> pl.DataFrame:
    """Count by day first, which is faster in DuckDB than cutting weeks with their zone; then as above."""
    counts: pl.DataFrame = connection.sql(
        f"""
        WITH days AS (SELECT created_at::DATE AS day, {key}, count(*) AS n FROM feedback GROUP BY ALL),
        weeks AS (SELECT date_trunc('week', day)::DATE AS period, {key}, sum(n)::BIGINT AS n FROM days GROUP BY ALL),
        grid AS (
          SELECT period, {key} FROM (
            SELECT unnest(generate_series(min(period), max(period), INTERVAL 7 DAY))::DATE AS period FROM weeks
          ) CROSS JOIN (SELECT DISTINCT {key} FROM weeks)
        )
        SELECT period, {key}, coalesce(n, 0) AS count, count / sum(count) OVER (PARTITION BY period) AS share
        FROM grid LEFT JOIN weeks USING (period, {key}) ORDER BY ALL
        """  # noqa: S608  # the benchmark's own words
    ).pl()
    return counts


def connected(rows: pl.DataFrame) -> duckdb.DuckDBPyConnection:
    """Make a database that holds the rows in a table of its own."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("arrow", rows.to_arrow())
    connection.execute("CREATE TABLE feedback AS FROM arrow")
    return connection


CONTENDERS: Final[dict[str, Callable[[pl.DataFrame, str], Callable[[], object]]]] = {
    "volume": lambda rows, key: partial(trends.volume, rows, by=key),
    "pandas": lambda rows, key: partial(by_pandas, rows.to_pandas(), key),
    "DuckDB": lambda rows, key: partial(by_duckdb, connected(rows), key),
    "volume on DuckDB": lambda rows, key: partial(trends.volume, connected(rows).table("feedback"), by=key),
    "volume, Europe/Berlin": lambda rows, key: partial(trends.volume, rows, by=key, time_zone="Europe/Berlin"),
    "breakdown with status": lambda rows, key: partial(trends.breakdown, rows, by=(key, "status")),
    "by_hour, Europe/Berlin": lambda rows, _: partial(trends.by_hour, rows, time_zone="Europe/Berlin"),
    "by_path": lambda rows, _: partial(trends.by_path, rows),
}
"""Name to what puts the rows where the contender wants them, and returns the job to be measured."""

FIGURES: Final[dict[str, Callable[[pl.DataFrame], object]]] = {
    "volume by type, months": lambda rows: trends.volume(rows, by="type", every="1mo"),
    "movers": trends.movers,
    "change by type": lambda rows: trends.change(rows, by="type"),
    "spikes": trends.spikes,
    "by_hour": trends.by_hour,
    "by_path": trends.by_path,
}
"""Every figure of the notebook on trends."""


def peak_growth(contender: str, rows: int, key: str) -> float:
    """Megabytes that the job adds to the memory of a fresh process at its peak (Linux)."""
    job = CONTENDERS[contender](feedback(rows), key)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = resident("VmRSS")
    job()
    return resident("VmHWM") - before


def resident(field: str) -> float:
    """One of the kernel's figures on this process, in megabytes."""
    status = Path(f"/proc/{os.getpid()}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(field))


def measure(jobs: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each job in each round; a first round warms up and is not counted."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(rounds + 1):
        for name, job in jobs.items():
            start = perf_counter()
            job()
            if turn:
                times[name].append(1000 * (perf_counter() - start))
    return times


def assert_same_counts(rows: pl.DataFrame, key: str) -> None:
    """All three count the same: a fast wrong answer is no answer."""
    ours = trends.volume(rows, by=key).select(pl.col("period").dt.date(), key, "count").sort("period", key)
    sql = by_duckdb(connected(rows), key).select("period", key, "count")
    frame = by_pandas(rows.to_pandas(), key).reset_index()
    panda = pl.DataFrame(
        {
            "period": frame["created_at"].dt.date.to_list(),
            key: frame[key].to_list(),
            "count": frame["count"].to_list(),
        }
    ).sort("period", key)
    if not (ours.equals(sql) and ours.equals(panda)):
        raise AssertionError("the three do not count the same")


def main() -> None:
    """Print a table of times and memory."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=11)
    chosen = options.parse_args()
    rows = feedback(chosen.rows)
    sys.stdout.write(f"{chosen.rows:,} rows, {os.cpu_count()} cores, polars {pl.__version__}, ")
    sys.stdout.write(f"pandas {pd.__version__}, DuckDB {duckdb.__version__}; median of {chosen.rounds} (best), ms\n")
    times = measure({name: partial(figure, rows) for name, figure in FIGURES.items()}, chosen.rounds)
    for name, taken in times.items():
        sys.stdout.write(f"notebook    {name:24}{statistics.median(taken):9.1f} ({min(taken):.1f})\n")
    whole = [sum(turn) for turn in zip(*times.values(), strict=True)]
    sys.stdout.write(f"notebook    {'all of them':24}{statistics.median(whole):9.1f} ({min(whole):.1f})\n")
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for key in KEYS:
            assert_same_counts(rows, key)
            times = measure({name: prepared(rows, key) for name, prepared in CONTENDERS.items()}, chosen.rounds)
            ours = statistics.median(times["volume"])
            for name in CONTENDERS:
                median, best = statistics.median(times[name]), min(times[name])
                growth = pool.apply(peak_growth, (name, chosen.rows, key))
                line = f"{median:9.1f} ({best:.1f})".ljust(20) + f"x{median / ours:5.2f}   +{growth:6.0f} MB at peak"
                sys.stdout.write(f"by {key:8} {name:24}{line}\n")


if __name__ == "__main__":
    main()
