"""How often `sw.findings` names a change, depending on when it began, and how often anything where nothing changed.

    uv run python tests/benchmarks/findings.py [--runs 100] [--only page] [--trends]

A project has about 10 items a day for 28 weeks, without texts or submitters, on four pages, and 6 star ratings a day.
Everything is drawn with a fixed seed, so the same command prints the same table.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

import numpy as np
import polars as pl

import seggwat_nb as sw
from seggwat_nb.analysis.steady_trends import steady_trend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    Rates = NDArray[np.float64]
    Series = Callable[[np.random.Generator], Rates]

DAYS: Final = 196
ALPHA: Final = 0.05
END: Final = datetime(2026, 11, 30, tzinfo=UTC)
PAGES: Final[Mapping[str, float]] = {"/": 4.0, "/orders": 3.0, "/account": 2.0, "/search": 1.0}
RHYTHM: Final = np.array([1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5])


class Case(NamedTuple):
    """A kind of project: by how much more of all items, items about a page, or ratings come in each day than usual."""

    all: Series | None = None
    page: Series | None = None
    stars: Series | None = None
    scatter: float = 1.0


def step(ago: int, factor: float) -> Series:
    """Return a rate that changed so many days ago."""
    rates = np.ones(DAYS)
    rates[-ago:] = factor
    return lambda _: rates


def ramp(length: int, factor: float) -> Series:
    """Return a rate that has changed more and more."""
    rates = np.concatenate([np.ones(DAYS - length), np.linspace(1, factor, length)])
    return lambda _: rates


def grown(factor: float) -> Series:
    """Return a rate that grows by a factor in 28 days."""
    rates = np.asarray(factor ** ((np.arange(DAYS) - DAYS) / 28), np.float64)
    return lambda _: rates


def drift(keeps: float, scatter: float) -> Series:
    """Return a rate whose logarithm keeps part of its deviation from day to day."""

    def rates(g: np.random.Generator) -> Rates:
        steps = g.normal(0, scatter * np.sqrt(1 - keeps**2), DAYS + 300)
        place = np.zeros(steps.size)
        for day in range(1, steps.size):
            place[day] = keeps * place[day - 1] + steps[day]
        return np.asarray(np.exp(place[-DAYS:]))

    return rates


def walk(g: np.random.Generator, *, change: float = 0.2) -> Rates:
    """Return a rate that wanders by a part in 28 days."""
    return np.asarray(np.exp(np.cumsum(g.normal(0, change / np.sqrt(28), DAYS))))


def season(g: np.random.Generator, *, change: float = 0.3) -> Rates:
    """Return a rate that rises and falls by a part over the year."""
    return np.asarray(1 + change * np.sin(2 * np.pi * (np.arange(DAYS) / 365 + g.random())))


CHANGES: Final[Mapping[str, Case]] = {
    "all: +60%, 40 days ago": Case(all=step(40, 1.6)),
    "all: +60%, 50 days ago": Case(all=step(50, 1.6)),
    "all: x 2.2 over eight weeks": Case(all=ramp(56, 2.2)),
    "all: half, 20 days ago": Case(all=step(20, 0.5)),
    "page: x 4, 10 days ago": Case(page=step(10, 4)),
    "page: x 2.2, 28 days ago": Case(page=step(28, 2.2)),
    "page: x 2.2, 45 days ago": Case(page=step(45, 2.2)),
    "page: x 3, 60 days ago": Case(page=step(60, 3)),
    "page: x 4 over ten weeks": Case(page=ramp(70, 4)),
    "page: a tenth, 14 days ago": Case(page=step(14, 0.1)),
    "page: 10% more each week": Case(page=lambda _: 0.25 * 1.1 ** (np.arange(DAYS) / 7)),
    "stars: a quarter of the ratings, 35 days ago": Case(stars=step(35, 0.25)),
}

NULLS: Final[Mapping[str, Case]] = {
    "independent": Case(),
    "negative binomial 3": Case(scatter=3),
    "AR 0.5/0.2": Case(all=drift(0.5, 0.2)),
    "AR 0.9/0.3": Case(all=drift(0.9, 0.3)),
    "AR 0.9/0.5": Case(all=drift(0.9, 0.5)),
    "AR 0.97/0.3": Case(all=drift(0.97, 0.3)),
    "random walk": Case(all=walk),
    "season": Case(all=season),
}


def project(g: np.random.Generator, case: Case) -> sw.Dataset:
    """Draw a project. Its last page is the one that may change."""
    usual = np.ones(DAYS)
    of_all, of_page, of_stars = (usual if rates is None else rates(g) for rates in (case.all, case.page, case.stars))
    pages = [
        _drawn(g, of_all * number * (of_page if path == "/search" else usual), case.scatter).select(
            "created_at", path=pl.lit(path)
        )
        for path, number in PAGES.items()
    ]
    items = pl.concat(pages).with_columns(message=pl.lit(""), source=pl.lit("Widget"), type=pl.lit("Other"))
    stars = _drawn(g, 6 * of_stars, case.scatter)
    stars = stars.with_columns(
        rating_type=pl.lit("star"), max_score=pl.lit(5.0), score=pl.Series(g.choice([1.0, 3.0, 4.0, 5.0], stars.height))
    )
    numbered = (
        rows.with_columns(id=pl.int_range(pl.len()).cast(pl.String), project_id=pl.lit("p")) for rows in (items, stars)
    )
    return sw.Dataset(*numbered, as_of=END)


def _drawn(g: np.random.Generator, rates: Rates, scatter: float) -> pl.DataFrame:
    """Draw the times of items."""
    start = END - timedelta(days=DAYS)
    mean = rates * RHYTHM[(start.weekday() + np.arange(DAYS)) % len(RHYTHM)]
    day = np.repeat(np.arange(DAYS), g.poisson(mean if scatter == 1 else g.gamma(mean / (scatter - 1), scatter - 1)))
    since = pl.Series("since", ((day + g.random(day.size)) * 86_400e6).astype(np.int64)).cast(pl.Duration("us"))
    return since.to_frame().select(created_at=pl.lit(start) + pl.col("since"))


def named(case: Case, g: np.random.Generator) -> bool:
    """Return whether the change is the first finding, or, where nothing changes, whether there is any finding."""
    found = sw.findings(project(g, case)).filter(pl.col("verdict") != "not checked")
    if case in NULLS.values():
        return found.height > 0
    first = found.head(1).select("kind", "value").rows()
    return first == [("page", "/search") if case.page else ("rating", None) if case.stars else ("volume", None)]


def steady(g: np.random.Generator, case: Case, mean: float) -> bool:
    """Return whether the numbers of items in seven periods of 28 days count as a steady trend."""
    rates = mean * (np.ones(DAYS) if case.all is None else case.all(g))
    daily = g.poisson(rates if case.scatter == 1 else g.gamma(rates / (case.scatter - 1), case.scatter - 1))
    trend = steady_trend(daily.reshape(-1, 28).sum(axis=1).tolist())
    return trend is not None and trend.p is not None and trend.p <= ALPHA


def trends() -> Iterator[tuple[str, float]]:
    """Return the share of projects in which a steady trend is reported if it is the only check."""
    for name, case in NULLS.items():
        yield f"{name}, 200 items a week", _share(case, 200 / 7)
    for change in (0.2, 0.3, 0.5):
        yield (
            f"random walk, {change:.0%} in 28 days, 20 items a week",
            _share(Case(all=partial(walk, change=change)), 20 / 7),
        )
        yield f"season, {change:.0%}, 20 items a week", _share(Case(all=partial(season, change=change)), 20 / 7)
    for factor, last in ((1.25, 60), (1.25, 300), (1.5, 60), (1.5, 300), (2.0, 60)):
        for scatter in (1, 3):
            grows = Case(all=grown(factor), scatter=scatter)
            label = f"x {factor:g} in 28 days to {last}, dispersion {scatter}"
            yield label, _share(grows, last / 28 * factor**0.5)


def _share(case: Case, mean: float, *, runs: int = 4000) -> float:
    return sum(steady(np.random.default_rng(at), case, mean) for at in range(runs)) / runs


def main() -> None:
    """Print the percentage of projects of each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--only", default="")
    parser.add_argument("--trends", action="store_true")
    asked = parser.parse_args()
    if asked.trends:
        for name, share in trends():
            print(f"| {name} | {share:.1%} |", flush=True)
        return
    for cases in (CHANGES, NULLS):
        for name, case in cases.items():
            if asked.only in name:
                hits = sum(named(case, np.random.default_rng([crc32(name.encode()), at])) for at in range(asked.runs))
                print(f"| {name} | {100 * hits / asked.runs:.0f}% |", flush=True)


if __name__ == "__main__":
    main()
