"""Every analysis takes every frame: it neither raises nor gives a figure that is not a number."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb import (
    Dataset,
    FeedbackFilter,
    analysis,
    duplicates,
    findings,
    lifecycle,
    ratings,
    releases,
    themes,
    trends,
)
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK, HISTORY, RATINGS

if TYPE_CHECKING:
    from collections.abc import Callable


START = datetime(2016, 2, 28, 22, tzinfo=UTC)
SHAPES = ("even", "one moment", "one day", "gap", "growth", "spike at the end", "bursts", "two days", "ten years")
MOST = 400


def moments(g: np.random.Generator, shape: str, rows: int, days: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Days since the start, as fractions."""
    even = g.uniform(0, days, rows)
    if shape == "growth":
        return days * np.sqrt(g.uniform(0, 1, rows))
    if shape == "gap":
        return np.where(even < days / 2, even / 5, days - (days - even) / 5)
    if shape == "spike at the end":
        return np.where(g.uniform(size=rows) < 0.7, days - g.uniform(0, 0.02, rows), even)
    if shape == "bursts":
        return np.round(even / 9) * 9 + g.uniform(0, 0.1, rows)
    fixed = {"one moment": np.zeros(rows), "one day": even % 1, "two days": np.round(even % 1), "ten years": even * 20}
    return fixed.get(shape, even)


@st.composite
def frames(draw: st.DrawFn) -> tuple[pl.DataFrame, datetime | None]:
    """Feedback that is ratings as well, and a moment up to which it is known."""
    g = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, days = draw(st.integers(0, MOST)), draw(st.sampled_from([3, 13, 14, 21, 40, 60, 182, 200]))
    at = moments(g, draw(st.sampled_from(SHAPES)), rows, days)

    def values(*choices: str | float | bool | None) -> pl.Series:
        """One to all of the choices."""
        some = choices[: draw(st.integers(1, len(choices)))]
        return pl.Series([some[place] for place in g.integers(0, len(some), rows)], strict=False)

    people = draw(st.sampled_from(["nobody", "one", "few", "all"]))
    who: dict[str, list[str | None]] = {
        "nobody": [None] * rows,
        "one": ["ann"] * rows,
        "all": [f"p{n}" for n in range(rows)],
    }
    frame = pl.DataFrame(
        {
            "id": [str(n) for n in range(rows)],
            "project_id": ["p"] * rows,
            "created_at": pl.Series(np.round(at * 86_400e6).astype(np.int64)),
            "submitted_by": pl.Series(who.get(people, [("", None, "ann", "bob")[n] for n in g.integers(0, 4, rows)])),
            "message": values("The export fails", None, "", "支払いが遅い", "ok", "https://a.example/b?c"),
            "type": values("Bug", "Praise", None, "Other"),
            "status": values("New", "Resolved", None, "Closed", "Snoozed"),
            "archived": values(False, True),
            "path": values("/a", None, "", "/b", "/c"),
            "source": values("Widget", "Stripe", "Polar", None),
            "version": values("1.0.0", None, "2.0.0", "1.10.0", "main", "", "2.0.0-rc.1"),
            "rating_type": values("star", "nps", "helpful"),
            "nps_category": values("promoter", "passive", "detractor", None),
            "helpful": values(True, False, None),
            "score": values(5.0, 1.0, 4.0, 0.0, 9.0, None),
            "max_score": values(5.0, 10.0, 1.0, None),
        },
        schema_overrides=dict.fromkeys(
            (
                *("id", "project_id", "message", "submitted_by", "type", "status", "path", "source", "version"),
                *("rating_type", "nps_category"),
            ),
            pl.String,
        )
        | {
            "helpful": pl.Boolean,
            "archived": pl.Boolean,
            "score": pl.Float64,
            "max_score": pl.Float64,
            "id": pl.String,
        },
    ).with_columns(created_at=pl.lit(START) + pl.duration(microseconds=pl.col("created_at")))
    until = draw(st.sampled_from([None, 0, days // 2, days, days + 1, days + 400]))
    return frame, None if until is None else START + timedelta(days=until, hours=draw(st.integers(0, 23)))


SIDES = FeedbackFilter(until=START + timedelta(days=14)), FeedbackFilter(since=START + timedelta(days=14))


THEMES = themes.Taxonomy.parse(
    '[[theme]]\nname = "Export"\nany = ["export"]\n[[theme]]\nname = "Any"\nany = ["ok", "export", "支払"]\n'
)
ZONES = st.sampled_from(["UTC", "Asia/Kathmandu", "America/Santiago"])
ANALYSES: dict[str, Callable[..., pl.DataFrame]] = {
    "change": lambda frame, as_of, zone: trends.change(frame, by=None, as_of=as_of, time_zone=zone),
    "change by type": lambda frame, as_of, zone: trends.change(frame, days=7, as_of=as_of, time_zone=zone),
    "findings": lambda frame, as_of, zone: found(
        Dataset(frame, frame, seen(frame, as_of), as_of=as_of, time_zone=zone)
    ),
    "movers": lambda frame, as_of, zone: trends.movers(frame, as_of=as_of, time_zone=zone),
    "movers, quarter": lambda frame, as_of, zone: trends.movers(
        frame, by=("type", "version"), days=91, as_of=as_of, time_zone=zone, include_churn=True
    ),
    "silences": lambda frame, as_of, zone: trends.silences(frame, as_of=as_of, time_zone=zone),
    "spikes": lambda frame, as_of, zone: trends.spikes(frame, as_of=as_of, time_zone=zone, min_count=1),
    "spikes by path": lambda frame, as_of, zone: trends.spikes(frame, by="path", as_of=as_of, time_zone=zone),
    "compare": lambda frame, _, __: trends.compare(frame, *SIDES),
    "mix and rate": lambda frame, _, __: trends.mix_and_rate(frame, *SIDES),
    "regressions": lambda frame, _, __: releases.regressions(frame, min_count=1),
    "stars by release": lambda frame, _, __: ratings.by_release(frame, min_count=2),
    "nps": lambda frame, as_of, zone: ratings.nps(frame, every="1mo", as_of=as_of, time_zone=zone),
    "helpful": lambda frame, _, __: ratings.helpful(frame, by="version"),
    "stars": lambda frame, as_of, zone: ratings.stars(frame, every="1w", as_of=as_of, time_zone=zone),
    "by hour": lambda frame, as_of, zone: trends.by_hour(frame, as_of=as_of, time_zone=zone),
    "by path": lambda frame, _, __: trends.by_path(frame),
    "volume": lambda frame, as_of, zone: trends.volume(frame, by="version", every="1mo", as_of=as_of, time_zone=zone),
    "breakdown": lambda frame, _, __: trends.breakdown(frame, by=("version", "status"), top=2),
    "daily counts": lambda frame, _, __: trends.daily_counts(frame, by=("type", "path")),
    "overview": lambda frame, _, __: releases.overview(frame),
    "ratings compared": lambda frame, _, __: ratings.compare(frame, *SIDES),
    "reconciled": lambda frame, _, __: ratings.reconcile(frame, {}),
    "ages": lambda frame, as_of, _: lifecycle.ages(frame, as_of=as_of),
    "open items": lambda frame, as_of, _: lifecycle.open_items(frame, as_of=as_of),
    "backlog": lambda frame, as_of, _: lifecycle.backlog(frame, seen(frame, as_of), as_of=as_of),
    "throughput": lambda frame, as_of, _: lifecycle.throughput(frame, seen(frame, as_of), as_of=as_of),
    "times": lambda frame, as_of, _: lifecycle.times(frame, seen(frame, as_of), as_of=as_of),
    "waiting": lambda frame, as_of, _: lifecycle.waiting(frame, seen(frame, as_of), as_of=as_of),
    "effect": lambda frame, as_of, _: lifecycle.effect(
        frame, where=FeedbackFilter(type="Bug"), at=START + timedelta(days=20), as_of=as_of
    ),
    "effects": lambda frame, as_of, _: lifecycle.effects(
        frame.with_columns(resolution_note=pl.format("in {}", "version")), as_of=as_of
    ),
    "returning": lambda frame, as_of, _: duplicates.returning(frame, history=seen(frame, as_of), as_of=as_of),
    "groups": lambda frame, _, __: duplicates.groups(frame),
    "terms": lambda frame, as_of, zone: themes.terms(frame, as_of=as_of, time_zone=zone),
    "rising": lambda frame, as_of, zone: themes.rising(frame, as_of=as_of, time_zone=zone),
    "topics": lambda frame, as_of, zone: themes.topics(frame, as_of=as_of, time_zone=zone),
    "themes": lambda frame, _, __: themes.check(frame, THEMES),
    "volume by language": lambda frame, as_of, zone: trends.volume(
        themes.language(frame), by="language", every="1mo", as_of=as_of, time_zone=zone
    ),
    "similar": lambda frame, _, __: themes.similar(frame, "slow", vectors=letters).select("id", "similarity"),
    "unthemed": lambda frame, _, __: themes.unthemed(frame, vectors=letters),
    "texts": lambda frame, _, __: themes.texts(themes.tag(frame, THEMES), by="theme"),
    "volume by theme": lambda frame, as_of, zone: trends.volume(
        themes.tag(frame, THEMES), by="theme", every="1mo", as_of=as_of, time_zone=zone, top=1
    ),
    "theme and version": lambda frame, _, __: trends.breakdown(
        themes.tag(frame, THEMES), by=("version", "theme"), top=1
    ),
}


def letters(texts: list[str]) -> list[list[int]]:
    """Make a poor vector of each text: how often it has each letter."""
    return [[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]


WITHOUT = {"themes": {"Taxonomy", "Theme", "suggest"}}
"""Functions that do not count rows, by their module."""
INFINITE = {"ratio", "high", "estimate"}
"""Columns that are infinite after zero, as their docstrings say."""


def seen(frame: pl.DataFrame, as_of: datetime | None) -> pl.DataFrame:
    """Changes of every other item, a few hours after it came, but for those that only a later load can know."""
    created = pl.col("created_at")
    is_known = pl.lit(value=True) if as_of is None else created <= as_of
    return frame.gather_every(2).filter(is_known).select(
        "id", project_id=pl.lit("p"), field=pl.lit("status"), old=pl.lit("New"), new=pl.col("status"),
        earliest=created + pl.duration(hours=2), latest=created + pl.duration(hours=9),
    ).cast(HISTORY)  # fmt: skip


def found(data: Dataset) -> pl.DataFrame:
    """Look for findings, whose filters select all of their items."""
    table = findings(data)
    for ids, preset in table.drop_nulls("filter").select("ids", "filter").rows():
        chosen = FeedbackFilter.from_dict(json.loads(preset)).apply(data.feedback)
        assert set(ids) <= set(chosen["id"])
    return table


NAMES = re.compile(r"[\"'(,\s]([a-z_]\w{0,30})=|(?:col|alias)\(\"([a-z_]\w*)\"")
"""Names of columns in the code of the analyses."""


def test_no_column_that_users_add_changes_a_figure() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(analysis.__file__).parent.glob("*.py"))]
    used = {name for text in texts for found in NAMES.findall(text) for name in found if name}
    added = sorted(used - {*FEEDBACK, *RATINGS, "theme", "language"})
    assert {"count", "last", "rank", "_row", "band", "gone_at"} <= {*added}
    g = np.random.default_rng(5)
    place = np.arange(240)
    frame = pl.DataFrame(
        {
            "id": [str(n) for n in place],
            "project_id": "p",
            "created_at": [START + timedelta(hours=int(hour)) for hour in np.sort(g.integers(0, 24 * 70, place.size))],
            "submitted_by": [f"p{n % 90}" for n in place],
            "message": [f"The {('export', 'import', 'search')[n % 3]} fails on page {n % 7}" for n in place],
            "type": [("Bug", "Praise", "Other")[n] for n in g.integers(0, 3, place.size)],
            "status": [("New", "Resolved", "Closed")[n] for n in g.integers(0, 3, place.size)],
            "archived": place % 11 == 0,
            "path": [f"/{n % 3}" for n in place],
            "source": "Widget",
            "version": [("1.0.0", "v1.0", "1.1.0", "1.2.0")[n] for n in place // 60],
            "rating_type": [("star", "nps", "helpful")[n % 3] for n in place],
            "nps_category": "promoter",
            "helpful": True,
            "score": g.integers(1, 6, place.size).astype(float),
            "max_score": 5.0,
        }
    )
    now = START + timedelta(days=71)
    more = frame.with_columns(pl.lit("other").alias(name) for name in added)
    for name, analyse in ANALYSES.items():
        plain, found = (analyse(each, now, "UTC") for each in (frame, more))
        assert found.select(plain.columns).equals(plain), name


BY: dict[str, Callable[[pl.DataFrame, str], pl.DataFrame]] = {
    "volume": lambda frame, by: trends.volume(frame, by=by),
    "breakdown": lambda frame, by: trends.breakdown(frame, by=(by, "type")),
    "change": lambda frame, by: trends.change(frame, by=by),
    "spikes": lambda frame, by: trends.spikes(frame, by=by),
    "compare": lambda frame, by: trends.compare(frame, *SIDES, by=by),
    "mix and rate": lambda frame, by: trends.mix_and_rate(frame, *SIDES, by=by),
    "regressions": lambda frame, by: releases.regressions(frame, by=by),
    "times": lambda frame, by: lifecycle.times(frame, HISTORY.to_frame(), by=by),
    "ages": lambda frame, by: lifecycle.ages(frame, by=by),
    "nps": lambda frame, by: ratings.nps(frame, by=by, every="1w"),
    "helpful": lambda frame, by: ratings.helpful(frame, by=by, every="1w"),
    "stars": lambda frame, by: ratings.stars(frame, by=by, every="1w"),
    "groups": lambda frame, by: duplicates.groups(frame, by=by),
    "texts": lambda frame, by: themes.texts(frame, by=by),
}


@pytest.mark.parametrize("name", BY)
def test_a_key_of_any_name_gives_the_same_figures_or_is_refused(name: str) -> None:
    count = BY[name]
    frame = pl.DataFrame(
        {
            "id": ["a"], "project_id": "p", "created_at": START, "submitted_by": None, "message": "m", "type": "Bug",
            "status": "New", "archived": False, "path": "/", "source": "Widget", "version": "1.0.0",
            "rating_type": "star", "nps_category": None, "helpful": None, "score": 4.0, "max_score": 5.0,
            "plan": "free",
        },
        schema_overrides={"submitted_by": pl.String, "nps_category": pl.String, "helpful": pl.Boolean},
    )  # fmt: skip
    plain = count(frame, "plan")
    own = {*plain.columns, "_who", "_rows", "_within", "_", "_row", "_day", "first", "last", "len", "who", "rank"}
    for column in own - set(frame.columns):
        try:
            found = count(frame.rename({"plan": column}), column)
        except ArgumentError as error:
            assert re.match(f"by(?: must be|={column!r} is also the name of a result column)", str(error)), column  # noqa: PT017
        else:
            assert column not in plain.columns
            assert found.equals(plain.rename({"plan": column}) if "plan" in plain.columns else plain), column


@pytest.mark.parametrize("module", [trends, releases, ratings, lifecycle, duplicates, themes])
def test_every_function_that_counts_is_tried(module: Any) -> None:
    name = module.__name__.rpartition(".")[2]
    called = {name for analysis in ANALYSES.values() for name in analysis.__code__.co_names}
    functions = {each for each in module.__all__ if not each.isupper()} - WITHOUT.get(name, set())
    assert functions - called == set(), f"Add them to ANALYSES: {functions - called}"


@pytest.mark.parametrize("name", ANALYSES)
def test_no_frame_raises_or_gives_what_is_not_a_number(name: str) -> None:
    @settings(max_examples=8, derandomize=True, deadline=None, database=None)
    @given(case=frames(), zone=ZONES)
    def holds(case: tuple[pl.DataFrame, datetime | None], zone: str) -> None:
        table = ANALYSES[name](*case, zone)
        floats = table.select(pl.col(pl.Float64))
        assert not any(column.is_nan().any() for column in floats)
        assert not any(column.is_infinite().any() for column in floats.drop(INFINITE, strict=False))
        for share in ("p", "q", "share", "share_before", "share_after", "share_a", "share_b"):
            if share in table.columns:
                assert table[share].drop_nulls().is_between(0, 1).all(), share
        if {"low", "high", "ratio"} <= set(table.columns):
            sound = table.drop_nulls(["low", "high", "ratio"])
            assert (sound["low"] <= sound["ratio"]).all()
            assert (sound["ratio"] <= sound["high"]).all()

    holds()


@pytest.mark.parametrize("name", ["compare", "ratings compared", "stars by release"])
def test_what_groups_rows_by_day_refuses_rows_without_a_time(name: str) -> None:
    rows = pl.DataFrame(
        {
            "created_at": [START + timedelta(days=day) for day in range(40)] + [None],
            "type": "Bug", "rating_type": "star", "score": 4.0, "max_score": 5.0, "helpful": None,
            "nps_category": None, "version": ["1.0"] * 20 + ["2.0"] * 21,
        },
        schema_overrides={"nps_category": pl.String, "helpful": pl.Boolean, "created_at": pl.Datetime("us", "UTC")},
    )  # fmt: skip
    calls: dict[str, Callable[[], object]] = {
        "compare": lambda: trends.compare(rows, FeedbackFilter(version="1.0"), FeedbackFilter(version="2.0")),
        "ratings compared": lambda: ratings.compare(
            rows, FeedbackFilter(version="1.0"), FeedbackFilter(version="2.0"), min_count=2
        ),
        "stars by release": lambda: ratings.by_release(rows, min_count=2),
    }
    with pytest.raises(ArgumentError, match="created_at is null in 1 row"):
        calls[name]()
