"""How often verdicts are false where nothing happened, how often intervals hold, and what real changes are found.

    uv run python tests/benchmarks/calibration.py [--runs 400] [--only movers] [--families AR] [--power]

Each family draws projects in which nothing changes but what its name says: items come independently, in clumps, from
people who write much, at a rate that wanders. A verdict counts where at least one is given in a project; its standard
error is beside it. Everything is drawn with a fixed seed, so the same command prints the same table.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb import FeedbackFilter
from seggwat_nb.analysis import intervals, releases, trends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
RHYTHM: Final = np.array([1.2, 1.2, 1.2, 1.2, 1.1, 0.6, 0.5])
TYPES: Final = ("Bug", "Feature", "Praise", "Question", "Improvement", "Other")
TYPE_SHARES: Final = (0.35, 0.2, 0.15, 0.15, 0.1, 0.05)
PATHS: Final = 20
WEEKS_A_RELEASE: Final = 4


@dataclass(frozen=True, slots=True)
class Family:
    """How items come.

    Attributes
    ----------
    weekly
        Items a week.
    scatter
        Variance over mean of a day's items; 1 is Poisson.
    clump
        Mean number of items that come together, of one type and page.
    clump_days
        Days that a clump is spread over.
    signed
        Whether the items of a clump bear one name, and others a name each.
    wander
        Autocorrelation from day to day, and standard deviation, of the logarithm of the rate.
    growth
        Of the rate in 28 days, as a factor.
    holiday
        Whether ten days in the middle have a third of the items.
    days
        Days of the project; the last 28 are what is asked about.
    bound
        Share of projects that may have a false verdict.
    """

    weekly: float = 200
    scatter: float = 1
    clump: float = 1
    clump_days: int = 1
    signed: bool = False
    wander: tuple[float, float] = (0, 0)
    growth: float = 1
    holiday: bool = False
    days: int = 196
    bound: float = 0.075

    def rates(self, g: np.random.Generator) -> NDArray[np.float64]:
        """Items expected on each day."""
        day = np.arange(self.days)
        rate = self.weekly / 7 * RHYTHM[day % 7] * self.growth ** ((day - self.days / 2) / 28)
        if self.holiday:
            middle = self.days // 2
            rate[middle : middle + 10] /= 3
        rho, sd = self.wander
        if sd:
            noise = g.normal(0, sd * np.sqrt(1 - rho**2), self.days)
            log = np.empty(self.days)
            log[0] = g.normal(0, sd)
            for at in range(1, self.days):
                log[at] = rho * log[at - 1] + noise[at]
            rate *= np.exp(log - sd**2 / 2)
        return rate

    def draw(self, g: np.random.Generator) -> pl.DataFrame:
        """Draw a project: `created_at`, `type`, `path`, `source`, `version`, `submitted_by`, `id`."""
        rate = self.rates(g) / self.clump
        early = self.clump_days - 1
        rate = np.concatenate([rate[7 - early : 7], rate]) if early else rate
        if self.scatter > 1:
            counts = g.negative_binomial(rate / (self.scatter - 1), 1 / self.scatter)
        else:
            counts = g.poisson(rate)
        day = np.repeat(np.arange(rate.size), counts)
        sizes = 1 + g.poisson(self.clump - 1, day.size)
        clump = np.repeat(np.arange(day.size), sizes)
        item_day = day[clump]
        if self.clump_days > 1:
            item_day += g.integers(0, self.clump_days, clump.size)
            inside = (item_day >= early) & (item_day < self.days + early)  # as many begin before as end after
            item_day, clump = item_day[inside] - early, clump[inside]
        return rows_of(g, item_day, clump, signed=self.signed)


def rows_of(g: np.random.Generator, day: Ints, clump: Ints, *, signed: bool = False) -> pl.DataFrame:
    """Give each clump a type, a page and a hour, and each item its moment."""
    clumps = int(clump.max(initial=-1)) + 1
    seconds = day * 86_400 + g.integers(0, 86_400, clumps)[clump]
    first = np.concatenate([[0], seconds])  # a row of the first day, so that it is known from there on
    kinds = g.choice(len(TYPES), clumps + 1, p=TYPE_SHARES)
    pages = g.integers(0, PATHS, clumps + 1)
    clump = np.concatenate([[clumps], clump])
    release = first // (86_400 * 7 * WEEKS_A_RELEASE)
    who = pl.format("p{}", pl.Series(clump)) if signed else pl.lit(None, pl.String)
    return pl.select(
        id=pl.int_range(first.size).cast(pl.String),
        created_at=pl.lit(START) + pl.duration(seconds=pl.lit(pl.Series(first))),
        type=pl.Series(TYPES).gather(pl.Series(kinds[clump])),
        path=pl.format("/page/p{}", pl.Series(pages[clump])),
        source=pl.lit("Widget"),
        version=pl.format("1.{}.0", pl.Series(release)),
        submitted_by=who,
    )


def nulls() -> dict[str, Family]:
    """The families, by name."""
    found = {f"Poisson, {weekly} a week": Family(weekly=weekly) for weekly in (5, 20, 200, 1_000)}
    found |= {f"negative binomial {size}": Family(scatter=size) for size in (2, 3, 5)}
    found |= {f"unsigned clumps of {size} within a day": Family(clump=size) for size in (1.2, 1.5, 2, 3)}
    found |= {
        f"unsigned clumps of {size} over {days} days": Family(clump=size, clump_days=days, bound=0.12)
        for size, days in ((2, 2), (3, 2), (2, 4), (3, 4))
    }
    found |= {f"signed bursts of {size} over 7 days": Family(clump=size, clump_days=7, signed=True) for size in (2, 4)}
    for rho, sd in ((0.3, 0.2), (0.5, 0.2), (0.7, 0.3)):
        found[f"AR {rho}/{sd}"] = Family(wander=(rho, sd))
    found["AR 0.9/0.5, 84 days before"] = Family(wander=(0.9, 0.5), days=112, bound=0.12)
    found["AR 0.9/0.5, 168 days before"] = Family(wander=(0.9, 0.5), bound=0.08)
    found["growth of 10% in 28 days"] = Family(growth=1.1)
    found["a holiday"] = Family(holiday=True)
    found |= {f"Poisson, {weeks} weeks old": Family(days=7 * weeks, bound=1) for weeks in (3, 5, 8)}
    found |= {
        f"AR 0.5/0.2, {weeks} weeks old": Family(days=7 * weeks, wander=(0.5, 0.2), bound=1) for weeks in (3, 5, 8)
    }
    return found


def end(frame: pl.DataFrame, family: Family) -> datetime:
    """End of the last day of a project."""
    del frame
    return START + timedelta(days=family.days)


MOVED: Final = pl.col("verdict").is_in(["up", "down"])


def analyses() -> dict[str, Callable[[pl.DataFrame, datetime], bool]]:
    """Name to what says whether an analysis names anything in a project."""

    def named(make: Callable[..., pl.DataFrame], **options: Any) -> Callable[[pl.DataFrame, datetime], bool]:
        return lambda frame, as_of: make(frame, as_of=as_of, **options)["verdict"].is_in(["up", "down"]).any()

    def compared(frame: pl.DataFrame, as_of: datetime, *, days: int = 28) -> bool:
        middle = as_of - timedelta(days=days)
        first = middle - timedelta(days=days)
        sides = FeedbackFilter(since=middle, until=as_of), FeedbackFilter(since=first, until=middle)
        return bool(trends.compare(frame, *sides)["verdict"].is_in(["higher", "lower"]).any())

    return {
        "total, 28 days": named(trends.change, by=None),
        "total, 7 days": named(trends.change, by=None, days=7),
        "change by type, 28 days": named(trends.change, by="type"),
        "change by type, 7 days": named(trends.change, by="type", days=7),
        "movers, 28 days": named(trends.movers),
        "movers, 7 days": named(trends.movers, days=7),
        "spikes": lambda frame, as_of: trends.spikes(frame, as_of=as_of).height > 0,
        "spikes by type": lambda frame, as_of: trends.spikes(frame, as_of=as_of, by="type").height > 0,
        "silences": lambda frame, as_of: (trends.silences(frame, as_of=as_of)["verdict"] != "unclear").any(),
        "compare": compared,
        "regressions": lambda frame, _: bool(releases.regressions(frame)["verdict"].is_in(["worse", "better"]).any()),
    }


def rates(
    families: dict[str, Family], tests: dict[str, Callable[[pl.DataFrame, datetime], bool]], *, runs: int
) -> Iterable[tuple[str, dict[str, float]]]:
    """For each family the share of projects in which each analysis names anything."""
    for name, family in families.items():
        g = np.random.default_rng(crc32(name.encode()))
        hits = dict.fromkeys(tests, 0)
        for _ in range(runs):
            frame = family.draw(g)
            as_of = end(frame, family)
            for test, finds in tests.items():
                hits[test] += finds(frame, as_of)
        yield name, {test: count / runs for test, count in hits.items()}


def power(weekly: float, factor: float, *, runs: int, scatter: float = 1, name: str = "change") -> float:
    """Share of projects in which a type of `weekly` items that rises by a factor in the last 28 days is named."""
    g = np.random.default_rng(crc32(f"{weekly} {factor} {scatter}".encode()))
    share = TYPE_SHARES[1]
    family = Family(weekly=weekly / share, scatter=scatter)
    hits = 0
    for _ in range(runs):
        frame = family.draw(g)
        more = Family(weekly=weekly * (factor - 1), scatter=scatter).draw(g)
        late = pl.col("created_at") >= START + timedelta(days=family.days - 28)
        frame = pl.concat([frame, more.tail(-1).filter(late).with_columns(type=pl.lit(TYPES[1]))])
        table = getattr(trends, name)(frame, by="type" if name == "change" else ["type"], as_of=end(frame, family))
        hits += table.filter(pl.col("type" if name == "change" else "value") == TYPES[1])["verdict"].item() == "up"
    return hits / runs


def quasi_poisson(weekly: float, factor: float, *, runs: int, scatter: float = 1) -> float:
    """The same of a quasi-Poisson regression on 84 days before, one of six tests, which ignores slow drift."""
    g = np.random.default_rng(crc32(f"{weekly} {factor} {scatter}".encode()))
    rates_of_days = weekly / 7 * RHYTHM[np.arange(112) % 7] * np.where(np.arange(112) >= 84, factor, 1)
    hits = 0
    for _ in range(runs):
        if scatter > 1:
            counts = g.negative_binomial(rates_of_days / (scatter - 1), 1 / scatter)
        else:
            counts = g.poisson(rates_of_days)
        before, after = counts[:84].sum(), counts[84:].sum()
        if not before or not after:
            continue
        weight = RHYTHM[np.arange(112) % 7]
        mean = weight * np.where(np.arange(112) >= 84, after / weight[84:].sum(), before / weight[:84].sum())
        size = max(1.0, float(((counts - mean) ** 2 / mean).sum() / 104))
        t = np.log(after / 28 / (before / 84)) / np.sqrt(size * (1 / before + 1 / after))
        hits += 2 * special.stdtr(104, -abs(t)) <= 0.05 / 6 * 1.2 and t > 0  # about what Benjamini and Hochberg asks
    return hits / runs


def coverage(*, runs: int) -> Iterable[tuple[str, float]]:
    """Share of 95 % intervals that hold the truth."""
    for name, family in nulls().items():
        if family.days < 196 or family.growth != 1 or family.holiday:  # there the truth is another
            continue
        g = np.random.default_rng(crc32(name.encode()) + 1)
        held = []
        for _ in range(runs):
            frame = family.draw(g)
            table = trends.change(frame, by="type", as_of=end(frame, family)).filter(pl.col("before") > 0)
            held += table.select((pl.col("low") <= 1) & (pl.col("high") >= 1)).to_series().to_list()
        yield f"ratio of counts by type, {name}", float(np.mean(held))
    for n in (10, 20, 30, 100):
        for shape, shares in (("J", (0.1, 0.02, 0.03, 0.1, 0.75)), ("reversed J", (0.7, 0.05, 0.05, 0.05, 0.15))):
            g = np.random.default_rng(n)
            drawn = g.choice(5, (10 * runs, n), p=shares) + 1.0
            low, high = intervals.mean(drawn.mean(axis=1), drawn.var(axis=1), n, scale=5)
            true = float(np.dot(shares, np.arange(1, 6)))
            yield f"stars, {shape}, {n} answers", float(((low <= true) & (true <= high)).mean())


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=400)
    options.add_argument("--only", default="")
    options.add_argument("--families", default="")
    options.add_argument("--power", action="store_true", help="print what real changes are found instead")
    options.add_argument("--coverage", action="store_true", help="print how often intervals hold instead")
    chosen = options.parse_args()
    if chosen.power:
        cases = ((20, 2, 1), (20, 3, 1), (100, 1.5, 1), (100, 2, 1), (1_000, 1.2, 1), (5, 3, 1), (20, 3, 3))
        for weekly, factor, scatter in cases:
            found = [
                power(weekly, factor, runs=chosen.runs, scatter=scatter, name=name) for name in ("change", "movers")
            ]
            found.append(quasi_poisson(weekly, factor, runs=chosen.runs, scatter=scatter))
            told = "".join(f"{share:9.2f}" for share in found)
            sys.stdout.write(
                f"{weekly:6,} a week x{factor:<4} scatter {scatter}: change, movers, quasi-Poisson {told}\n"
            )
            sys.stdout.flush()
        return
    if chosen.coverage:
        for name, share in coverage(runs=chosen.runs):
            sys.stdout.write(f"{name:70}{100 * share:8.1f}\n")
            sys.stdout.flush()
        return
    tests = {name: test for name, test in analyses().items() if re.search(chosen.only, name)}
    families = {name: family for name, family in nulls().items() if re.search(chosen.families, name)}
    write = sys.stdout.write
    write(f"{'':40}" + "".join(f"{name:>26}" for name in tests) + "\n")
    for name, shares in rates(families, tests, runs=chosen.runs):
        cells = [f"{100 * rate:.1f} ({100 * np.sqrt(rate * (1 - rate) / chosen.runs):.1f})" for rate in shares.values()]
        write(f"{name:40}" + "".join(f"{text:>26}" for text in cells) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
