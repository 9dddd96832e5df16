"""What verdicts find in public data sets, beside what is known to be true of them.

    uv run python tests/benchmarks/field.py FOLDER

The folder holds ``netflix.csv``, ``hotstar.csv`` and ``airline.csv``: reviews and tweets reduced to moments, types,
versions, stars and numbered people. The data are not part of this repository.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb import ratings, releases, trends

if TYPE_CHECKING:
    from collections.abc import Iterator


def read(folder: Path, name: str) -> pl.DataFrame:
    """Read a data set as feedback and star ratings at once."""
    frame = pl.read_csv(folder / f"{name}.csv", schema_overrides={"person": pl.String})
    person = pl.col("person") if "person" in frame.columns else pl.lit(None, pl.String)
    return frame.with_columns(
        pl.col("created_at").str.to_datetime(time_zone="UTC"),
        id=pl.int_range(pl.len()).cast(pl.String),
        submitted_by=person,
        rating_type=pl.lit("star"),
        score=pl.col("stars").cast(pl.Float64),
        max_score=pl.lit(3.0 if name == "airline" else 5.0),
        source=pl.lit("Manual"),
    )


def findings(frame: pl.DataFrame, as_of: datetime) -> Iterator[tuple[str, str]]:
    """Yield the analysis and what it names."""
    for first, last, count, expected in (
        trends.spikes(frame, as_of=as_of).select("first", "last", "count", "expected").rows()
    ):
        yield "spikes", f"{first} to {last}: {count:,} items, {expected:,.0f} usual"
    keys = [key for key in ("type", "path") if key in frame.columns]
    for row in trends.change(frame, by=None, as_of=as_of).filter(_named("up", "down")).iter_rows(named=True):
        yield (
            "change",
            f"all {row['verdict']}: {row['after']:,} in {row['days_after']} days, {row['expected']:,.0f} usual",
        )
    for row in trends.movers(frame, by=keys, as_of=as_of).filter(_named("up", "down")).iter_rows(named=True):
        yield "movers", f"{row['key']} {row['value']} {row['verdict']}: {row['after']:,}, {row['expected']:,.0f} usual"
    for row in trends.silences(frame, as_of=as_of).filter(_named("silent", "was silent")).iter_rows(named=True):
        days = f"{row['silent_since']} to {row['silent_until']}"
        said = f"{row['came']:,}, {row['expected']:,.0f} expected"
        yield "silences", f"{row['key']} {row['value']} {row['verdict']} {days}: {said}"
    if "version" not in frame.columns:
        return
    for row in releases.regressions(frame).filter(_named("worse", "better")).iter_rows(named=True):
        yield (
            "releases",
            f"{row['version']} {row['verdict']}: {row['share']:.1%} bugs of {row['n']:,}, {row['share_before']:.1%}",
        )
    for row in ratings.by_release(frame).filter(_named("lower", "higher")).iter_rows(named=True):
        yield (
            "stars",
            f"{row['version']} {row['verdict']}: {row['estimate']:.2f} of {row['n']:,}, {row['estimate_before']:.2f}",
        )


def _named(*verdicts: str) -> pl.Expr:
    return pl.col("verdict").is_in(verdicts)


def main() -> None:
    """Print what is found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    folder = options.parse_args().folder
    for name in ("netflix", "hotstar", "airline"):
        frame = read(folder, name)
        last = frame["created_at"].max()
        assert isinstance(last, datetime)
        for analysis, said in findings(frame, last + timedelta(days=1)):
            sys.stdout.write(f"{name:10}{analysis:10}{said}\n")


if __name__ == "__main__":
    main()
