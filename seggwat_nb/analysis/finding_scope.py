"""The data that are searched for findings, and the result of a check."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from seggwat_nb.analysis import significance
from seggwat_nb.analysis.changes import check_windows
from seggwat_nb.analysis.churn import is_churn, without_churn
from seggwat_nb.analysis.counts import select_rows, span_of
from seggwat_nb.analysis.finding_words import cause, list_some, short
from seggwat_nb.analysis.lifetimes import Lifetimes
from seggwat_nb.analysis.periods import local_day
from seggwat_nb.analysis.rising import MOST_COMPARED, rising
from seggwat_nb.analysis.rising_kinds import TOPIC
from seggwat_nb.analysis.versions import UNORDERED, merge_spellings, rank_versions
from seggwat_nb.analysis.windows import key_column
from seggwat_nb.schema import STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.windows import Windows

__all__ = [
    "OF_RELEASES",
    "Candidate",
    "Check",
    "Part",
    "Scope",
    "fields_of",
    "from_days",
    "has_value",
    "in_use",
    "least_q",
    "one_sided",
]

OF_RELEASES: Final = 2.0
"""Weight of the checks of releases when false alarms are shared out: few other findings say what to undo."""


_IN_USE: Final = 0.01
"""Minimum number of items of a version, relative to that of the most frequent one, for it to be in use."""

_READ: Final = frozenset(
    {
        *("id", "message", "type", "status", "source", "path", "version", "submitted_by", "created_at", "archived"),
        "theme",
    }
)
"""The columns of feedback that the checks read."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a selection."""

    where: Selection | None
    only: pl.Expr

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        """Start and end of the selection, in UTC."""
        return (None, None) if self.where is None else self.where.moments

    def apply(self, frame: Any) -> Any:  # noqa: ANN401  # as of every selection
        """Return the selected rows."""
        return select_rows(frame, self.where).filter(self.only)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The data that are searched for findings.

    Attributes
    ----------
    feedback, ratings, history : pl.DataFrame
        All rows.
    where, where_rated : Selection or None
        Selections of feedback and of ratings.
    everything, rows : pl.DataFrame
        The selected feedback with its ``day``, and the same without cancellation comments. Only the columns that the
        checks read, since a copy of the others would take memory as long as they are made.
    windows, windows_rated : Windows
        The latest days and those before them. Without feedback, those of ratings are for ratings alone.
    found : mapping of pl.DataFrame
        What is known already, by the name of the function that returned it.
    """

    feedback: pl.DataFrame
    ratings: pl.DataFrame
    history: pl.DataFrame
    where: Selection | None
    where_rated: Selection | None
    days: int
    time_zone: str
    as_of: datetime | None
    level: float
    everything: pl.DataFrame
    rows: pl.DataFrame
    windows: Windows
    windows_rated: Windows
    known: tuple[date, date] | None
    found: Mapping[str, pl.DataFrame]

    @classmethod
    def of(
        cls,
        feedback: pl.DataFrame,
        ratings: pl.DataFrame,
        history: pl.DataFrame,
        *,
        where: Selection | None,
        where_rated: Selection | None,
        days: int,
        time_zone: str,
        as_of: datetime | None,
        level: float,
        found: Mapping[str, pl.DataFrame],
    ) -> Scope:
        """Select the rows, and find the days that they cover."""
        windows = check_windows(feedback, where=where, days=days, as_of=as_of, time_zone=time_zone, level=level)
        rated = windows
        if not windows.complete and "created_at" in ratings.columns:
            rated = check_windows(ratings, where=where_rated, days=days, as_of=as_of, time_zone=time_zone, level=level)
        span = span_of(feedback, where=where, as_of=as_of, time_zone=time_zone)
        if span is None and "created_at" in ratings.columns:
            span = span_of(ratings, where=where_rated, as_of=as_of, time_zone=time_zone)
        known = (
            None if span is None or span.covered_last < span.covered_first else (span.covered_first, span.covered_last)
        )
        chosen = select_rows(feedback, where)
        everything = merge_spellings(chosen.select(name for name in chosen.columns if name in _READ)).with_columns(
            id=pl.col("id").cast(pl.String), day=local_day(pl.col("created_at"), time_zone=time_zone)
        )
        return cls(
            feedback=feedback, ratings=ratings, history=history, where=where, where_rated=where_rated, days=days,
            time_zone=time_zone, as_of=as_of, level=level, everything=everything,
            rows=without_churn(everything, include_churn=False), windows=windows, windows_rated=rated,
            known=known, found=found,
        )  # fmt: skip

    @property
    def latest(self) -> tuple[date, date]:
        """Return the first and last of the latest days. A young project may have fewer."""
        if self.windows.complete:
            window = self.windows.dates()
            return window["after_first"], window["after_last"]
        last = self.known[1] if self.known else date(1970, 1, 1)
        first = last - timedelta(days=self.days - 1)
        return (max(first, self.known[0]) if self.known else first), last

    @property
    def recent(self) -> tuple[date, date]:
        """Return the first and last day on which an event still counts as news: the latest days, and as many before."""
        first, last = self.latest
        return first - timedelta(days=self.days), last

    def within(self, first: date, last: date) -> pl.Expr:
        """Return the rows of these days."""
        return pl.col("day").is_between(first, last)

    def ratings_within(self, first: date, last: date) -> pl.Expr:
        """Return the ratings of these days."""
        return local_day(pl.col("created_at"), time_zone=self.time_zone).is_between(first, last)

    @cached_property
    def knows_what_is_open(self) -> bool:
        """Whether items have statuses of the service. Of statuses of a project's own, it is unknown which are open."""
        columns = self.everything.columns
        return {"status", "archived"} <= {*columns} and bool(
            self.everything["status"].cast(pl.String).is_in(STATUSES).any()
        )

    @cached_property
    def cancellations(self) -> pl.DataFrame:
        """Return the cancellation comments. None of the rows if there is nothing else, and `rows` are about them."""
        if "source" not in self.everything.columns or self.rows.height == self.everything.height:
            return self.everything.clear()
        return self.everything.filter(is_churn()).with_columns(pl.col("source").cast(pl.String))

    @property
    def cancelled_in(self) -> tuple[str, ...]:
        """Return the sources of the cancellation comments."""
        return tuple(self.cancellations["source"].unique().sort())

    @property
    def options_of_cancellations(self) -> dict[str, Any]:
        """Return `options` that select the cancellation comments."""
        return {**self.options, "where": Part(self.where, is_churn())}

    @cached_property
    def keyed(self) -> pl.DataFrame:
        """Return ``id``, ``day`` and the keys of `rows` as text, paths without their query."""
        keys = [key for key in ("theme", "path", "type", "source", "version") if key in self.rows.columns]
        return self.rows.select("id", "day", *(key_column(self.rows, key).alias(key) for key in keys))

    @cached_property
    def lifetimes(self) -> dict[str, Lifetimes]:
        """Return when pages and sources came and went."""
        keys = [key for key in ("path", "source") if key in self.keyed.columns]
        return {key: Lifetimes.of(self.keyed[key], self.keyed["day"], self.known) for key in keys if self.known}

    def is_regular(self, key: str | None, value: str | None) -> bool:
        """Return whether a value is new, and as many new ones come all the time, such as a page each week."""
        lives = self.lifetimes.get(key or "")
        return lives is not None and lives.comes_regularly(value, since=self.recent[0])

    @cached_property
    def rising(self) -> pl.DataFrame:
        """Words and topics that rose, from `seggwat_nb.analysis.rising`."""
        return self.once(
            "rising", lambda: rising(self.feedback, days=self.days, most_compared=MOST_COMPARED, **self.options)
        )

    def once(self, name: str, compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return what is known already, or else compute it."""
        return self.found[name] if name in self.found else compute()

    @property
    def options(self) -> dict[str, Any]:
        """Arguments shared by most analyses."""
        return {"where": self.where, "time_zone": self.time_zone, "as_of": self.as_of, "level": self.level}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A result of a check.

    Attributes
    ----------
    kind, key, value : str
        Its subject.
    verdict, sentence, detail : str
        What it says.
    ids : list of str
        Its items.
    select : dict
        Fields of a filter that selects these items, and perhaps more.
    excess : float
        Number of items more or fewer than usual.
    days : tuple of date
        Its first and last day, if it is about a silence, or unusual days with those on which their items were missing.
    estimate, low, high : float
        The figure and its interval.
    p, q : float
        Null if it was seen rather than tested.
    weight : float
        Weight relative to other kinds, about 0 to 2.
    caveat : str
        What is said after the detail.
    measures : mapping of str
        For ratings, the measures that it is about, its own first, and the figures of each in a few words.
    """

    kind: str
    verdict: str
    sentence: str
    ids: list[str]
    weight: float
    key: str | None = None
    value: str | None = None
    select: dict[str, Any] = field(default_factory=dict)
    excess: float = 0.0
    days: tuple[date, date] | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    q: float | None = None
    detail: str = ""
    caveat: str = ""
    also: tuple[str, ...] = ()
    measures: Mapping[str, str] = field(default_factory=dict)

    def merge(self, other: Candidate) -> Candidate:
        """Add another result about the same items. That these are similar to each other says nothing new."""
        if other.key == TOPIC:
            return replace(self, also=(*self.also, *other.also), weight=max(self.weight, other.weight))
        of_page = other.key == "path"
        names = [*other.measures] if other.measures and not of_page else [cause(other.kind, other.key, other.value)]
        own = cause(self.kind, self.key, self.value)
        also = tuple(name for name in dict.fromkeys((*self.also, *names, *other.also)) if name != own)
        measures = {**self.measures, **other.measures, **self.measures}
        return replace(self, also=also, weight=max(self.weight, other.weight), measures=measures)


class Check(NamedTuple):
    """The results of a check.

    Attributes
    ----------
    found : list of Candidate
        The results that pass the check's own level.
    p : float or None
        For the hypothesis that there is nothing to find, if anything was tested.
    gap : str
        Why the check could not be made. Empty if it was.
    weight : float
        The check's share of the false alarms allowed, relative to other checks.
    """

    found: list[Candidate]
    p: float | None
    gap: str = ""
    weight: float = 1.0


def least_q(q: pl.Series) -> float | None:
    """Return the smallest q-value, which is Simes' p-value for "there is nothing to find". None without tests."""
    known = q.drop_nulls()
    return float(known.min()) if known.len() else None  # type: ignore[arg-type]  # a column of numbers


def one_sided(table: pl.DataFrame, is_worse: pl.Expr) -> pl.DataFrame:
    """Return the tested rows with one-sided p and q. Better versions are not reported."""
    tested = table.filter(pl.col("q").is_not_null())
    p = tested.select(pl.when(is_worse).then(pl.col("p") / 2).otherwise(1 - pl.col("p") / 2)).to_series()
    return tested.with_columns(p.alias("p"), pl.Series("q", significance.benjamini_hochberg(p), dtype=pl.Float64))


def without_place(versions: pl.Series, *, least: int) -> str:
    """Name the versions of at least so many rows that have no place in the order. Empty if there are none."""
    counts = versions.cast(pl.String).replace("", None).drop_nulls().value_counts(name="n").filter(pl.col("n") >= least)
    placed = rank_versions(counts["version"]).select("version", "kind")
    left_out = counts.join(placed.filter(pl.col("kind").is_in(UNORDERED)), on="version")
    left_out = left_out.sort("n", "version", descending=[True, False])
    names = [f"{short(version)} ({n:,})" for version, n in left_out.select("version", "n").rows()]
    several, why = ("s", "their names do") if len(names) > 1 else ("", "its name does")
    return f"version{several} {list_some(names)}, as {why} not show which came before." if names else ""


def from_days(days: tuple[date, date]) -> dict[str, Any]:
    """Return the fields of a filter that select these days."""
    return {"since": days[0], "until": days[1] + timedelta(days=1)}


def fields_of(scope: Scope, key: str, values: Iterable[str | None]) -> dict[str, Any]:
    """Return the fields of a filter that select values of a key. To select no value, all others are excluded."""
    chosen = tuple(values)
    if all(chosen):
        return {key: chosen[0] if len(chosen) == 1 else chosen}
    column = scope.keyed[key]
    every = {*(column.explode() if column.dtype == pl.List else column).drop_nulls()} - {""}
    if key == "path" and all(path.startswith("/") for path in every):
        every = every - {*chosen} if len(chosen) > 1 else {"/"}  # all pages are below the first
    others = tuple(sorted(every - {*chosen}))
    return {f"not_{key}": others} if others else {}


def has_value(rows: pl.DataFrame, key: str, value: str | None) -> pl.Expr:
    """Select the rows of `Scope.keyed` with a value of a key."""
    if rows.schema[key] == pl.List:
        several = pl.col(key).list.drop_nulls()
        return (several.list.len().fill_null(0) == 0) if value is None else several.list.contains(value)
    return pl.col(key).eq_missing(pl.lit(value, pl.String))


def in_use(rows: pl.DataFrame) -> pl.Expr:
    """Return whether one of a version's ``spellings`` has a hundredth as many rows as the most frequent version.

    A few people never update. What they report is about a version of the past.
    """
    counts = rows["version"].drop_nulls().value_counts(name="n")
    current = counts.filter(pl.col("n") >= _IN_USE * pl.col("n").max())["version"]
    return pl.col("spellings").list.set_intersection(pl.lit(current).implode()).list.len() > 0
