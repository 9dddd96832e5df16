"""How often verdicts are false where nothing happened, how often intervals hold, and what real changes are found.

    uv run python tests/benchmarks/calibration.py [--runs 400] [--only movers] [--families AR] [--power]
        [--coverage] [--fixes]

Each family draws projects in which nothing changes but what its name says: items come independently, in clumps, from
people who write much, at a rate that wanders. A cell of the table is the percentage of projects with at least one
verdict, its standard error, and the percentage of 95 % intervals that hold the truth. Everything is drawn with a fixed
seed, so the same command prints the same table.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from zlib import crc32

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb import FeedbackFilter, lifecycle, ratings, releases, trends
from seggwat_nb.analysis import intervals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
RHYTHM: Final = np.array([1.2, 1.2, 1.2, 1.2, 1.1, 0.6, 0.5])
TYPES: Final = ("Bug", "Feature", "Praise", "Question", "Improvement", "Other")
TYPE_SHARES: Final = (0.35, 0.2, 0.15, 0.15, 0.1, 0.05)
RAISED: Final = 2
"""Place of the type that rises where power is measured."""
PATHS: Final = 20
STARS: Final = (0.15, 0.05, 0.1, 0.2, 0.5)
ALIKE: Final = 0.7
"""Share of answers of a clump that are the same."""
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
    season
        Part by which the rate rises and falls over the year, from a random day on.
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
    season: float = 0
    holiday: bool = False
    days: int = 196
    bound: float = 0.075

    @property
    def end(self) -> datetime:
        """End of its last day."""
        return START + timedelta(days=self.days)

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
        if self.season:
            rate *= 1 + self.season * np.sin(2 * np.pi * (day / 365 + g.uniform()))
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
    own, like = (g.choice(5, size, p=STARS) + 1.0 for size in (first.size, clumps + 1))
    scores = np.where(g.uniform(size=first.size) < ALIKE, like[clump], own)
    who = pl.format("p{}", pl.Series(clump)) if signed else pl.lit(None, pl.String)
    return pl.select(
        id=pl.int_range(first.size).cast(pl.String),
        created_at=pl.lit(START) + pl.duration(seconds=pl.lit(pl.Series(first))),
        type=pl.Series(TYPES).gather(pl.Series(kinds[clump])),
        path=pl.format("/page/p{}", pl.Series(pages[clump])),
        source=pl.lit("Widget"),
        version=pl.format("1.{}.0", pl.Series(release)),
        submitted_by=who,
        rating_type=pl.lit("star"),
        score=pl.Series(scores),
        max_score=pl.lit(5.0),
    )


def nulls() -> dict[str, Family]:
    """The families, by name."""
    found = {f"Poisson, {weekly} a week": Family(weekly=weekly) for weekly in (5, 20, 200, 1_000)}
    found |= {f"negative binomial {size}": Family(scatter=size) for size in (2, 3, 5)}
    found |= {f"unsigned clusters of {size} within a day": Family(clump=size) for size in (1.2, 1.5, 2, 3)}
    found |= {
        f"unsigned clusters of {size} over {days} days": Family(clump=size, clump_days=days, bound=0.12)
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an analysis says of a project in which nothing happened.

    Attributes
    ----------
    named
        Whether it names anything.
    held, intervals
        How many of its intervals hold the truth, of how many.
    """

    named: bool
    held: int = 0
    intervals: int = 0

    @classmethod
    def of(cls, table: pl.DataFrame, *verdicts: str, truth: float, measured: pl.Expr | None = None) -> Outcome:
        """Read the ``verdict`` of every row, and ``low`` and ``high`` of those that were `measured`."""
        known = table.drop_nulls(["low", "high"]).filter(True if measured is None else measured)
        held = known.filter(pl.col("low") <= truth + 1e-9, pl.col("high") >= truth - 1e-9)
        return cls(bool(table["verdict"].is_in(verdicts).any()), held.height, known.height)


Analysis: TypeAlias = "Callable[[pl.DataFrame, datetime], Outcome]"
WEEKS: Final = 28
"""Days of each side where two periods are compared."""


def analyses() -> dict[str, Analysis]:
    """Each analysis that gives verdicts, by name."""

    def changed(make: Callable[..., pl.DataFrame], **options: Any) -> Analysis:
        seen = pl.col("before") > 0
        return lambda frame, as_of: Outcome.of(
            make(frame, as_of=as_of, **options), "up", "down", truth=1, measured=seen
        )

    def compared(frame: pl.DataFrame, as_of: datetime) -> Outcome:
        middle, first = as_of - timedelta(days=WEEKS), as_of - timedelta(days=2 * WEEKS)
        sides = FeedbackFilter(since=middle, until=as_of), FeedbackFilter(since=first, until=middle)
        return Outcome.of(trends.compare(frame, *sides), "higher", "lower", truth=0)

    def fixed(**options: Any) -> Analysis:
        """Ask whether something helped that nobody fixed, in the middle of a day."""
        where, seen = FeedbackFilter(**options), pl.col("before") > 0
        return lambda frame, as_of: Outcome.of(
            lifecycle.effect(frame, where=where, at=as_of - timedelta(days=WEEKS, hours=9), as_of=as_of),
            *("up", "down"),
            truth=1,
            measured=seen,
        )

    def rated(*measures: str) -> Analysis:
        """Compare each release with earlier ones by one measure, or by several together."""

        def judge(frame: pl.DataFrame, _: datetime) -> Outcome:
            answers = pl.concat([rated_by(measure, frame) for measure in measures], how="diagonal")
            return Outcome.of(ratings.by_release(answers), "lower", "higher", truth=0)

        return judge

    return {
        "effect on a type": fixed(type=TYPES[0]),
        "effect on a page": fixed(path="/page/p0"),
        "total, 28 days": changed(trends.change, by=None),
        "total, 7 days": changed(trends.change, by=None, days=7),
        "change by type, 28 days": changed(trends.change, by="type"),
        "change by type, 7 days": changed(trends.change, by="type", days=7),
        "movers, 28 days": changed(trends.movers),
        "movers, 7 days": changed(trends.movers, days=7),
        "spikes": lambda frame, as_of: Outcome(trends.spikes(frame, as_of=as_of).height > 0),
        "spikes by type": lambda frame, as_of: Outcome(trends.spikes(frame, as_of=as_of, by="type").height > 0),
        "silences": lambda frame, as_of: Outcome(
            bool((trends.silences(frame, as_of=as_of)["verdict"] != "unclear").any())
        ),
        "compare": compared,
        "regressions": lambda frame, _: Outcome.of(releases.regressions(frame), "worse", "better", truth=1),
        "stars by release": rated("stars"),
        "NPS by release": rated("nps"),
        "helpful by release": rated("helpful"),
        "rarely helpful by release": rated("rarely helpful"),
        "all measures by release": rated("stars", "nps", "helpful"),
    }


def rated_by(measure: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Turn each answer in stars into one to another question: NPS +20, helpful to 70%, or rarely helpful, to 2%."""
    score = pl.col("score")
    if measure == "stars":
        return frame
    if measure == "nps":
        classes = {5: "promoter", 4: "passive"}
        said = score.cast(pl.Int64).replace_strict(classes, default="detractor", return_dtype=pl.String)
        return frame.with_columns(rating_type=pl.lit("nps"), nps_category=said)
    rare = (score == 2) & (pl.col("created_at").dt.epoch("s") % 5 < 2)  # two in five of 5%, the same within a clump
    return frame.with_columns(
        rating_type=pl.lit("helpful"), helpful=rare if measure == "rarely helpful" else score >= 4
    )


def rates(families: dict[str, Family], tests: dict[str, Analysis], *, runs: int) -> Iterable[tuple[str, Rates]]:
    """For each family and analysis: in which share of projects anything is named, and which share of intervals hold."""
    for name, family in families.items():
        g = np.random.default_rng(crc32(name.encode()))
        found: dict[str, list[Outcome]] = {test: [] for test in tests}
        for _ in range(runs):
            frame = family.draw(g)
            for test, judge in tests.items():
                found[test].append(judge(frame, family.end))
        yield (
            name,
            {
                test: (
                    sum(one.named for one in outcomes) / runs,
                    sum(one.held for one in outcomes) / max(sum(one.intervals for one in outcomes), 1),
                    sum(one.intervals for one in outcomes),
                )
                for test, outcomes in found.items()
            },
        )


Rates: TypeAlias = dict[str, tuple[float, float, int]]
"""By analysis: share of projects with a false verdict, share of intervals that hold, and how many intervals."""


def burst(days: int, base: float, length: int, factor: float, *, runs: int) -> float:
    """Share of projects in which `spikes` names exactly the days that were planted, as one event."""
    g = np.random.default_rng([days, int(10 * base), length])
    hits = 0
    for _ in range(runs):
        counts, first = g.poisson(base, days), int(g.integers(0, days - length + 1))
        counts[first : first + length] = g.poisson(base * factor, length)
        day = np.repeat(np.arange(days), counts)
        frame = rows_of(g, day, np.arange(day.size))
        found = trends.spikes(frame, as_of=START + timedelta(days=days)).select("first", "days").rows()
        hits += found == [((START + timedelta(days=first)).date(), length)]
    return hits / runs


def higher_share(*, runs: int, weekly: float = 200, factor: float = 1.5) -> float:
    """Share of projects in which `compare` finds a type whose share rose by a factor in four weeks."""
    g = np.random.default_rng(5)
    family, hits = Family(weekly=weekly, days=56), 0
    test = analyses()["compare"]
    for _ in range(runs):
        frame = family.draw(g)
        more = Family(weekly=weekly * TYPE_SHARES[1] * (factor - 1), days=56).draw(g).slice(1)
        late = more.filter(pl.col("created_at") >= START + timedelta(days=28)).with_columns(type=pl.lit(TYPES[1]))
        hits += test(pl.concat([frame, late]), family.end).named
    return hits / runs


def silent_page(*, runs: int, weekly: float, silent: int, back: int = 0, **options: Any) -> tuple[float, float]:
    """Share of projects in which `silences` names a page that stopped for some days, and in which it names another.

    The silence ended `back` days before the last one. Other `options` are those of `Family`.
    """
    g = np.random.default_rng([int(weekly), silent, back, len(options)])
    family = Family(weekly=weekly, **options)
    page = "/page/p0"
    end = START + timedelta(days=family.days - back)
    stopped = pl.col("created_at").is_between(end - timedelta(days=silent), end, closed="left")
    hits = others = 0
    for _ in range(runs):
        frame = family.draw(g).filter(~(stopped & (pl.col("path") == page)))
        named = trends.silences(frame, as_of=family.end, by=["path"]).filter(pl.col("verdict") != "unclear")
        hits += page in named["value"].to_list()
        others += (named["value"].fill_null("") != page).any()
    return hits / runs, others / runs


def worse_release(factor: float, stars: float, *, runs: int, **options: Any) -> tuple[float, float, float, float]:
    """Share of projects in which the newest of seven releases is found to be worse, and to be rated lower.

    Its share of bugs is `factor` times that of the others, and a share of its answers, `stars`, is one star instead.
    After each comes the same of a test of two shares, or of two means, that takes items for independent, at the level
    that six comparisons leave. `options` are those of `Family`.
    """
    hits = np.zeros(4)
    for frame, is_newest in _with_a_worse_release(factor, stars, runs=runs, **options):
        for place, table in enumerate((releases.regressions(frame), ratings.by_release(frame))):
            verdict = table.filter(is_newest)["verdict"].to_list()
            hits[2 * place] += verdict == [("worse", "lower")[place]]
        answers = (pl.col("type") == "Bug").cast(pl.Float64), pl.col("score")
        for place, answer in enumerate(answers):
            own, before = (frame.filter(side).select(answer).to_series().to_numpy() for side in (is_newest, ~is_newest))
            error = np.sqrt(sum(side.var(ddof=1) / side.size for side in (own, before)))
            z = (own.mean() - before.mean()) / error * (1, -1)[place]
            hits[2 * place + 1] += 2 * special.ndtr(-abs(z)) <= 0.05 / 6 and z > 0
    found = hits / runs
    return float(found[0]), float(found[1]), float(found[2]), float(found[3])


def rated_lower(stars: float, *, runs: int, **options: Any) -> tuple[float, ...]:
    """Share of projects in which the newest of seven releases is found to be rated lower, by each measure.

    First by stars, NPS and helpful alone, then by these where people are asked all three, and last by any of them.
    """
    hits = np.zeros(7)
    measures = ("stars", "nps", "helpful")
    for frame, is_newest in _with_a_worse_release(1.0, stars, runs=runs, **options):
        answers = [rated_by(measure, frame) for measure in measures]
        together = ratings.by_release(pl.concat(answers, how="diagonal"))
        tables = [*map(ratings.by_release, answers), *(together.filter(measure=measure) for measure in measures)]
        hits += [(table.filter(is_newest)["verdict"] == "lower").any() for table in [*tables, together]]
    return tuple((hits / runs).tolist())


def _with_a_worse_release(
    factor: float, stars: float, *, runs: int, **options: Any
) -> Iterable[tuple[pl.DataFrame, pl.Expr]]:
    """Draw projects, and what their newest release is selected by."""
    g = np.random.default_rng(crc32(f"{factor} {stars} {options}".encode()))
    family = Family(**options, signed=True)  # so that all items of a clump change together
    newest = f"1.{family.days // 7 // WEEKS_A_RELEASE - 1}.0"
    is_newest = pl.col("version") == newest
    changed = TYPE_SHARES[0] * (factor - 1) / (1 - TYPE_SHARES[0])
    for _ in range(runs):
        frame = family.draw(g)
        clumps = frame.select(pl.col("submitted_by").unique(maintain_order=True))
        drawn = clumps.with_columns(
            bug=pl.lit(g.uniform(size=clumps.height)), star=pl.lit(g.uniform(size=clumps.height))
        )
        frame = frame.join(drawn, on="submitted_by", maintain_order="left").with_columns(
            type=pl.when(is_newest & (pl.col("bug") < changed)).then(pl.lit("Bug")).otherwise("type"),
            score=pl.when(is_newest & (pl.col("star") < stars)).then(1.0).otherwise("score"),
            submitted_by=pl.lit(None, pl.String),
        )
        yield frame, is_newest


FIXES: Final = {"helped": (0.2, 0.2), "did not help": (1.0, 1.0), "came back": (0.2, 1.0)}
"""Kind of fix to what it makes of a page's rate: at first, and from six weeks later on."""


def fix(kind: str, *, runs: int, first_seed: int = 0, **options: Any) -> int:
    """Count the projects in which `effect` says of a page what a fix did to it, twelve weeks before the end.

    Each run draws a project of its own; `options` are those of `Family`.
    """
    told = {"helped": ("down", False), "came back": ("down", True)}
    return sum(
        said == told[kind] if kind in told else said[0] in {"unclear", "too few"}
        for said in _said_of_fixes(kind, range(first_seed, first_seed + runs), options)
    )


def false_returns(*, runs: int, **options: Any) -> float:
    """Share of projects in which a fix that helped to the end is said to have come back."""
    return sum(said[1] for said in _said_of_fixes("helped", range(1_000, 1_000 + runs), options)) / runs


def _said_of_fixes(kind: str, seeds: range, options: dict[str, Any]) -> Iterable[tuple[str, bool]]:
    """Yield the verdict on a fix, and whether it came back, for a project of each seed."""
    family, page = Family(**options | {"days": 36 * 7}), "/page/p0"
    at, back = family.end - timedelta(days=84), family.end - timedelta(days=42)
    first, later = FIXES[kind]
    for seed in seeds:
        g = np.random.default_rng([seed, crc32(f"{kind} {options}".encode())])
        frame = family.draw(g)
        moment = pl.col("created_at")
        kept = pl.when(moment < at).then(1.0).when(moment < back).then(first).otherwise(later)
        frame = frame.filter((pl.col("path") != page) | (pl.lit(g.uniform(size=frame.height)) < kept))
        found = lifecycle.effect(frame, where=FeedbackFilter(path=page), at=at, as_of=family.end).row(0, named=True)
        yield found["verdict"], found["came_back"]


def fixed_when_frequent(*, runs: int, **options: Any) -> float:
    """Share of projects in which `effect` names a page that nobody fixed, chosen since it had just risen most."""
    g = np.random.default_rng(crc32(f"{options}".encode()))
    family, named = Family(**options), 0
    at = family.end - timedelta(days=WEEKS)
    for _ in range(runs):
        frame = family.draw(g)
        before = frame.filter(pl.col("created_at") < at)
        rose = trends.change(before, by="path", as_of=at).filter(pl.col("ratio").is_finite())
        page = rose.sort("ratio", descending=True).item(0, "path")
        found = lifecycle.effect(frame, where=FeedbackFilter(path=page), at=at, as_of=family.end)
        named += found.item(0, "verdict") in {"up", "down"}
    return named / runs


def changing_page(own: Family, *, runs: int) -> float:
    """Share of projects in which `effect` names a page that nobody fixed, but whose own rate changes."""
    g = np.random.default_rng(crc32(f"{own.weekly} {own.wander}".encode()))
    family, named, page = Family(), 0, "/page/p0"
    at = family.end - timedelta(days=WEEKS)
    for _ in range(runs):
        changing = own.draw(g).slice(1).with_columns(path=pl.lit(page))
        frame = pl.concat([family.draw(g).filter(pl.col("path") != page), changing])
        found = lifecycle.effect(frame, where=FeedbackFilter(path=page), at=at, as_of=family.end)
        named += found.item(0, "verdict") in {"up", "down"}
    return named / runs


def fixes(*, runs: int) -> Iterable[str]:
    """Say how often fixes are told apart, and how often one is seen where there was none."""
    projects: tuple[dict[str, Any], ...] = (
        *({"weekly": weekly} for weekly in (100, 200, 1_000)),
        *({"weekly": weekly, "clump": 2, "signed": True} for weekly in (200, 400)),
        {"weekly": 200, "wander": (0.5, 0.2)},
    )
    for project in projects:
        right = ", ".join(f"{kind} {fix(kind, runs=runs, **project)} of {runs}" for kind in FIXES)
        yield f"effect on one of {PATHS} pages, {_said(project)}: {right}"
        rose = fixed_when_frequent(runs=5 * runs, **project)
        yield f"effect on the page that had just risen most, {_said(project)}: named {rose:.1%} of {5 * runs}"
    for wander in ((0.8, 0.3), (0.9, 0.5), (0.95, 0.7)):
        named = changing_page(Family(weekly=10, wander=wander), runs=2 * runs)
        yield f"effect on a page of its own drift {wander}, 10 a week: named {named:.1%} of {2 * runs}"
    for weekly in (10, 50):
        named = changing_page(Family(weekly=weekly, season=0.5), runs=2 * runs)
        yield f"effect on a page of its own season, half of {weekly} a week: named {named:.1%} of {2 * runs}"


def power(weekly: float, factor: float, *, runs: int, scatter: float = 1, name: str = "change") -> float:
    """Share of projects of `weekly` items in which one of six types, risen by a factor for 28 days, is named."""
    g = np.random.default_rng(crc32(f"{weekly} {factor} {scatter}".encode()))
    family = Family(weekly=weekly, scatter=scatter)
    hits = 0
    for _ in range(runs):
        frame = family.draw(g)
        more = Family(weekly=weekly * TYPE_SHARES[RAISED] * (factor - 1), scatter=scatter).draw(g)
        late = pl.col("created_at") >= START + timedelta(days=family.days - 28)
        frame = pl.concat([frame, more.tail(-1).filter(late).with_columns(type=pl.lit(TYPES[RAISED]))])
        table = getattr(trends, name)(frame, by="type" if name == "change" else ["type"], as_of=family.end)
        raised = pl.col("type" if name == "change" else "value") == TYPES[RAISED]
        hits += table.filter(raised)["verdict"].to_list() == ["up"]
    return hits / runs


def quasi_poisson(weekly: float, factor: float, *, runs: int, scatter: float = 1) -> float:
    """The same of a quasi-Poisson regression on 84 days before, one of six tests, which ignores slow drift."""
    g = np.random.default_rng(crc32(f"{weekly} {factor} {scatter}".encode()))
    rates_of_days = (
        weekly * TYPE_SHARES[RAISED] / 7 * RHYTHM[np.arange(112) % 7] * np.where(np.arange(112) >= 84, factor, 1)
    )
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


def real_changes(*, runs: int) -> Iterable[tuple[str, Callable[[], Iterable[float]]]]:
    """Yield what is asked about real changes, and what measures the shares of projects in which they are found."""
    for weekly, factor, scatter in (
        *((20, 2, 1), (20, 3, 1), (100, 1.5, 1), (100, 2, 1), (1_000, 1.2, 1), (5, 3, 1), (20, 3, 3)),
    ):
        yield (
            f"change, movers, quasi-Poisson: {weekly:,} a week x{factor}, scatter {scatter}",
            partial(_risen_type, weekly, factor, scatter=scatter, runs=runs),
        )
    projects: tuple[dict[str, Any], ...] = (
        *({"weekly": weekly} for weekly in (50, 200, 1_000)),
        *({"weekly": 200, "clump": clump, "clump_days": days} for clump, days in ((2, 1), (2, 2), (3, 4))),
    )
    for project in projects:
        for factor, stars in ((1.25, 0.1), (1.5, 0.2)):
            changed = f"{_said(project)}, bugs x{factor}, one star {stars:.0%}"
            yield (
                f"regressions, two shares, by_release, two means: {changed}",
                partial(worse_release, factor, stars, runs=runs, **project),
            )
    for project in projects:
        for stars in (0.1, 0.2):
            yield (
                f"rated lower by stars, NPS, helpful; each of three; any: {_said(project)}, one star {stars:.0%}",
                partial(rated_lower, stars, runs=runs, **project),
            )
    stopped: tuple[tuple[int, dict[str, Any]], ...] = (
        *((silent, {"weekly": 200}) for silent in (7, 10, 14, 28)),
        *((silent, {"weekly": 1_000}) for silent in (2, 3, 7)),
        *((silent, {"weekly": 200, "scatter": 3}) for silent in (14, 28)),
        *((silent, {"weekly": 200, "wander": (0.7, 0.3)}) for silent in (14, 28)),
        (14, {"weekly": 200, "back": 60}),
        *((silent, {"weekly": 200, "days": 56}) for silent in (10, 14)),
    )
    for silent, project in stopped:
        yield (
            f"silences, another: one of {PATHS} pages for {silent} days, {_said(project)}",
            partial(silent_page, silent=silent, runs=runs, **project),
        )
    yield (
        "compare: a share that rose by half, 200 a week",
        lambda: (higher_share(runs=runs),),
    )
    for days, base, length, factor in (
        *((days, base, 1, 300 / base + 1) for days in (14, 21, 42, 300) for base in (0.2, 1, 10)),
        *((days, 3, 1, 11) for days in (14, 21, 42, 300)),
        *((53, 170, length, 2.8) for length in (1, 2, 4, 7, 10)),
        *((120, 20, length, 5) for length in (1, 4, 7, 10)),
    ):
        yield (
            f"spikes: {days} days, {base:g} a day, {length} days at {factor:.3g} times",
            partial(_one_burst, days, base, length, factor, runs=runs),
        )


def _risen_type(weekly: float, factor: float, *, scatter: float, runs: int) -> tuple[float, ...]:
    found = (power(weekly, factor, runs=runs, scatter=scatter, name=name) for name in ("change", "movers"))
    return (*found, quasi_poisson(weekly, factor, runs=runs, scatter=scatter))


def _one_burst(days: int, base: float, length: int, factor: float, *, runs: int) -> tuple[float]:
    return (burst(days, base, length, factor, runs=runs),)


def _said(project: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in project.items())


def coverage(*, runs: int) -> Iterable[tuple[str, float]]:
    """Share of 95 % intervals of ratings that hold the truth: few answers, and submitters who answer often."""
    for n in (10, 20, 30, 100):
        for shape, shares in (("J", (0.1, 0.02, 0.03, 0.1, 0.75)), ("reversed J", (0.7, 0.05, 0.05, 0.05, 0.15))):
            g = np.random.default_rng(n)
            drawn = g.choice(5, (10 * runs, n), p=shares) + 1.0
            low, high = intervals.mean(drawn.mean(axis=1), drawn.var(axis=1), n, scale=5)
            true = float(np.dot(shares, np.arange(1, 6)))
            yield f"stars, {shape}, {n} answers", float(((low <= true) & (true <= high)).mean())
    truth = {"helpful": 0.7, "nps": 100 * (0.5 - 0.3), "stars": float(np.dot(STARS, np.arange(1, 6)))}
    for loud, times in ((0.0, 1), (0.1, 3), (0.2, 10)):
        g = np.random.default_rng(times)
        held, rose = dict.fromkeys(truth, 0), 0
        for _ in range(runs):
            sides = [raters(g, loud=loud, times=times) for _ in range(2)]
            for name, make in (("helpful", ratings.helpful), ("nps", ratings.nps), ("stars", ratings.stars)):
                kind = {"stars": "star"}.get(name, name)
                ((low, high), other) = (
                    make(side.with_columns(rating_type=pl.lit(kind))).select("low", "high").row(0) for side in sides
                )
                held[name] += low <= truth[name] <= high
                rose += name == "helpful" and (low > other[1] or high < other[0])
        who = f"{loud:.0%} of 100 submitters give {times} answers"
        yield from ((f"{name}, {who}", count / runs) for name, count in held.items())
        yield f"helpful rose or fell without change, {who}", rose / runs


def raters(g: np.random.Generator, *, loud: float, times: int) -> pl.DataFrame:
    """Answers of a hundred submitters, some of whom give the same answer several times."""
    person = np.repeat(np.arange(100), np.where(g.uniform(size=100) < loud, times, 1))
    likely = np.array([0.5, 0.2, 0.3])
    return pl.DataFrame(
        {
            "submitted_by": [f"p{n}" for n in person],
            "helpful": (g.uniform(size=100) < 0.7)[person],
            "nps_category": np.array(["promoter", "passive", "detractor"])[g.choice(3, 100, p=likely)][person],
            "score": (g.choice(5, 100, p=STARS) + 1.0)[person],
        }
    ).with_columns(created_at=START, max_score=5.0)


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=400)
    options.add_argument("--only", default="")
    options.add_argument("--families", default="")
    options.add_argument("--power", action="store_true", help="print what real changes are found instead")
    options.add_argument("--coverage", action="store_true", help="print how often intervals hold instead")
    options.add_argument("--fixes", action="store_true", help="print how often fixes are told apart instead")
    chosen = options.parse_args()
    write = sys.stdout.write
    if chosen.power:
        for name, measure in real_changes(runs=chosen.runs):
            if re.search(chosen.only, name):
                write(f"{name:100}" + "".join(f"{share:8.3f}" for share in measure()) + "\n")
                sys.stdout.flush()
        return
    if chosen.fixes:
        for line in fixes(runs=chosen.runs):
            write(f"{line}\n")
            sys.stdout.flush()
        return
    if chosen.coverage:
        for name, share in coverage(runs=chosen.runs):
            write(f"{name:70}{100 * share:8.1f}\n")
            sys.stdout.flush()
        return
    tests = {name: test for name, test in analyses().items() if re.search(chosen.only, name)}
    families = {name: family for name, family in nulls().items() if re.search(chosen.families, name)}
    write(f"{'':40}" + "".join(f"{name:>26}" for name in tests) + "\n")
    for name, found_rates in rates(families, tests, runs=chosen.runs):
        cells = [
            f"{100 * rate:.1f} ({100 * np.sqrt(rate * (1 - rate) / chosen.runs):.1f})"
            + (f" {100 * held:.1f}" if intervals_made else "")
            for rate, held, intervals_made in found_rates.values()
        ]
        write(f"{name:40}" + "".join(f"{text:>26}" for text in cells) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
