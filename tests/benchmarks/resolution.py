"""Time to resolution from loads at irregular moments, against closing times that are known.

    uv run python tests/benchmarks/resolution.py issues.csv [--draws 20]

The file has ``created_at`` and ``closed_at`` (empty while open), in ISO 8601 with a zone, such as a project's issues.
Each draw picks a year of it and the moments at which that year was loaded: between an hour and ten days apart. What
such loads would have seen is made into a history, and `seggwat_nb.lifecycle.times` is held against Kaplan and Meier's
estimate on the moments themselves, its interval against that of all issues ever opened, and its band against the median
of Turnbull's estimate, which asks only in which interval each closing lies (Turnbull 1976, "The empirical distribution
function with arbitrarily grouped, censored and truncated data", JRSS B 38, 290-295).
"""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from seggwat_nb import lifecycle
from seggwat_nb.schema import HISTORY, UTC_TIME

DAYS: Final = 365
MARGIN: Final = 0.5
_DAY: Final = 86_400e6
_ROUNDS: Final = 1000
_SETTLED: Final = 1e-6
_NEAR: Final = 1e-4
_SLACK: Final = 1e-3


def issues(path: str) -> pl.DataFrame:
    """Read the file: ``id``, ``created_at`` and ``closed_at``."""
    rows = pl.read_csv(path, columns=["created_at", "closed_at"], schema_overrides={"closed_at": pl.String})
    moment = pl.all().str.to_datetime(time_unit="us", time_zone="UTC")
    return rows.select(moment).sort("created_at").with_row_index("id").with_columns(pl.col("id").cast(pl.String))


def looks(start: datetime, end: datetime, chance: np.random.Generator) -> pl.Series:
    """Moments of loads, an hour to ten days apart, mostly about a day."""
    gaps = np.clip(chance.lognormal(np.log(24), 1.2, 4 * DAYS), 1, 240)
    moments = [start + timedelta(hours=float(hours)) for hours in np.cumsum(gaps)]
    return pl.Series("look", [start, *(one for one in moments if one < end), end]).cast(UTC_TIME)


def as_loaded(rows: pl.DataFrame, moments: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Feedback as the last load has it, and the history that all loads make."""
    last = moments[-1]
    known = rows.filter(pl.col("created_at") <= last)
    frame = known.select(
        "id",
        "created_at",
        project_id=pl.lit("p"),
        archived=pl.lit(value=False),
        status=pl.when(pl.col("closed_at") <= last).then(pl.lit("Closed")).otherwise(pl.lit("New")),
    )
    shown = moments.to_frame("look").sort("look")
    closed = known.filter(pl.col("closed_at") <= last).sort("closed_at")
    after = closed.join_asof(
        shown.rename({"look": "latest"}), left_on="closed_at", right_on="latest", strategy="forward"
    )
    before = after.join_asof(
        shown.rename({"look": "earliest"}),
        left_on="closed_at",
        right_on="earliest",
        strategy="backward",
        coalesce=False,
    )
    # An issue that was closed before any load saw it has no change.
    changes = before.filter(pl.col("earliest") >= pl.col("created_at")).select(
        "id",
        project_id=pl.lit("p"),
        field=pl.lit("status"),
        old=pl.lit("New"),
        new=pl.lit("Closed"),
        earliest="earliest",
        latest="latest",
    )
    # A change of something else tells of each load.
    loads = pl.DataFrame(
        {
            "id": "none",
            "project_id": "p",
            "field": "type",
            "old": "Bug",
            "new": "Bug",
            "earliest": moments,
            "latest": moments,
        }
    )
    return frame, pl.concat([changes.select(HISTORY.names()), loads.select(HISTORY.names())])


def median(waits: np.ndarray, so_far: np.ndarray) -> float:
    """Kaplan and Meier's median on known moments."""
    share = 1.0
    for moment in np.unique(waits):
        at_risk = np.count_nonzero(waits >= moment) + np.count_nonzero(so_far >= moment)
        share *= 1 - np.count_nonzero(waits == moment) / at_risk
        if share <= MARGIN + 1e-12:
            return float(moment)
    return float("nan")


def turnbull(since: np.ndarray, until: np.ndarray) -> tuple[float, float]:
    """Ends of the interval in which the nonparametric maximum likelihood estimate of the median lies."""
    edges = np.concatenate(
        [np.column_stack([since, np.zeros(since.size)]), np.column_stack([until, np.ones(since.size)])]
    )
    edges = edges[np.lexsort((-edges[:, 1], edges[:, 0]))]  # (a, b] ends before (b, c] begins
    inner = [place for place in range(len(edges) - 1) if edges[place, 1] == 0 and edges[place + 1, 1] == 1]
    low, high = edges[inner, 0], edges[[place + 1 for place in inner], 0]
    covers = ((since[:, None] <= low) & (high <= until[:, None])).astype(np.float64)
    mass = np.full(low.size, 1 / low.size)
    for _ in range(_ROUNDS):
        before, mass = mass, mass * (covers.T @ (1 / (covers @ mass))) / since.size
        if np.abs(np.cumsum(mass - before)).max() < _SETTLED:
            break
    reached = np.cumsum(mass)
    return float(low[np.searchsorted(reached, 0.5 - _NEAR)]), float(high[np.searchsorted(reached, 0.5 + _NEAR)])


def as_seen(rows: pl.DataFrame, moments: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Days between which each issue of a year was closed, by what the loads saw; infinite while it was open."""
    frame = rows.filter(pl.col("created_at").is_between(moments[0], moments[-1]))
    created, closed = (frame[name].dt.epoch("us").to_numpy() / _DAY for name in ("created_at", "closed_at"))
    seen = moments.dt.epoch("us").to_numpy() / _DAY
    closed = np.where(closed <= seen[-1], closed, np.inf)
    after = np.searchsorted(seen, closed, side="left")
    until = np.append(seen, np.inf)[after] - created
    since = np.maximum(seen[np.minimum(after, seen.size) - 1] - created, 0)
    return since, until


def true_median(rows: pl.DataFrame, start: datetime, end: datetime) -> tuple[float, float]:
    """Median of the issues of a year: by what had happened at its end, and by all that ever happened."""
    year = rows.filter(pl.col("created_at").is_between(start, end))
    days = year.select(
        waited=(pl.col("closed_at") - pl.col("created_at")).dt.total_seconds() / 86_400,
        open=(pl.lit(end) - pl.col("created_at")).dt.total_seconds() / 86_400,
    )
    is_closed = pl.col("waited").is_not_null() & (pl.col("waited") <= pl.col("open"))
    then = median(days.filter(is_closed)["waited"].to_numpy(), days.filter(~is_closed)["open"].to_numpy())
    ever = float(days.select(pl.col("waited").fill_null(np.inf).median()).item())
    return then, ever


def main() -> None:
    """Print each draw and how often the truth lies inside."""
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = issues(options.path)
    first, last = rows["created_at"][0], rows["created_at"][-1]
    held = {"band": 0, "interval": 0, "likeliest": 0}
    names = ("true", "least", "most", "ever", "low", "high", "npmle", "to")
    print(f"{'year from':<12}{'loads':>6}{'n':>6}{''.join(f'{name:>8}' for name in names)}")
    for draw in range(options.draws):
        chance = np.random.default_rng(options.seed + draw)
        start: datetime = first + (last - timedelta(days=DAYS) - first) * float(chance.random())
        end = start + timedelta(days=DAYS)
        moments = looks(start, end, chance)
        frame, history = as_loaded(rows, moments)
        found = lifecycle.times(frame, history, as_of=end).row(0, named=True)
        then, ever = true_median(rows, start, end)
        least, most, low, high = (found[name] for name in ("median_least", "median_most", "low", "high"))
        held["band"] += least <= then <= (np.inf if most is None else most)
        held["interval"] += low <= ever <= (np.inf if high is None else high)
        likeliest = turnbull(*as_seen(rows, moments))
        held["likeliest"] += least <= likeliest[0] + _SLACK and likeliest[1] - _SLACK <= (
            np.inf if most is None else most
        )
        shown = (then, least, most, ever, low, high, *likeliest)
        figures = "".join(f"{'-' if one is None else f'{one:.2f}':>8}" for one in shown)
        print(f"{start:%Y-%m-%d}  {moments.len():>6}{found['n']:>6}{figures}")
    print(f"The true median of the year lies in the band in {held['band']} of {options.draws}.")
    print(f"Turnbull's median lies in the band in {held['likeliest']} of {options.draws}.")
    print(
        f"The median of all that ever happened lies in the interval of 95 % in {held['interval']} of {options.draws}."
    )


if __name__ == "__main__":
    main()
