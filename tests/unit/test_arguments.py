"""What people pass: numbers of numpy, times of pandas, and things that are something else."""

from __future__ import annotations

import contextlib
import inspect
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # no annotations
import polars as pl
import pytest

from seggwat_nb import Dataset, FeedbackFilter, duplicates, lifecycle, mask, ratings, releases, themes, trends
from seggwat_nb.errors import ArgumentError, SeggwatError
from seggwat_nb.schema import RATINGS

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 1, 5, tzinfo=UTC)
ROWS = pl.DataFrame(
    {
        "id": [str(n) for n in range(300)],
        "created_at": [START + timedelta(hours=7 * n) for n in range(300)],
        "type": ["Bug", "Praise", "Bug"] * 100,
        "archived": [True, False, False] * 100,
    }
)
RATED = pl.DataFrame({"id": ROWS["id"], "created_at": ROWS["created_at"], "rating_type": "nps", "score": 9.0}).pipe(
    lambda frame: pl.concat([RATINGS.to_frame(), frame.cast({"created_at": RATINGS["created_at"]})], how="diagonal")
)
Filter: Any = FeedbackFilter
movers: Any = trends.movers
volume: Any = trends.volume
masked: Any = mask
MOMENT = pd.Timestamp("2026-02-01", tz="UTC")


@pytest.mark.parametrize(
    ("call", "plain"),
    [
        (
            lambda: movers(ROWS, by=["type"], days=np.int32(28)),
            lambda: movers(ROWS, by=["type"], days=28),
        ),
        (lambda: volume(ROWS, by="type", top=np.int64(1)), lambda: volume(ROWS, by="type", top=1)),
        (
            lambda: movers(ROWS, by=["type"], level=np.float32(0.5)),
            lambda: movers(ROWS, by=["type"], level=0.5),
        ),
        (
            lambda: Filter(archived=np.bool_(False)).apply(ROWS),
            lambda: Filter(archived=False).apply(ROWS),
        ),
        (
            lambda: Filter(since=MOMENT).apply(ROWS),
            lambda: Filter(since=datetime(2026, 2, 1, tzinfo=UTC)).apply(ROWS),
        ),
    ],
)
def test_numbers_flags_and_times_of_other_libraries_are_as_good(
    call: Callable[[], pl.DataFrame], plain: Callable[[], pl.DataFrame]
) -> None:
    assert call().equals(plain())


@pytest.mark.parametrize(
    ("call", "say"),
    [
        (lambda: Filter(since=pd.NaT), "since=NaT has no time zone"),
        (lambda: volume(ROWS, by=pl.col("type")), r"by must name columns, got Expr\. Pass by='type'"),
        (lambda: volume(ROWS, by=5), "by must name columns, got int"),
        (lambda: masked(None), "requires a polars DataFrame, got NoneType. Pass a Dataset, or a frame"),
        (lambda: masked(ROWS.lazy()), r"A LazyFrame has no rows yet\. Pass frame\.collect"),
        (lambda: masked(ROWS.to_pandas()), "got pandas's DataFrame"),
        (lambda: Dataset(RATINGS.to_frame(), ROWS), r"feedback contains ratings\. Pass feedback first"),
    ],
)
def test_what_is_something_else_is_refused_with_what_to_pass(call: Callable[[], Any], say: str) -> None:
    with pytest.raises(ArgumentError, match=say):
        call()


FUNCTIONS = [
    pytest.param(function, id=f"{module.__name__.rpartition('.')[2]}.{name}")
    for module in (trends, ratings, releases, lifecycle, duplicates, themes)
    for name, function in ((name, getattr(module, name)) for name in module.__all__)
    if inspect.isfunction(function)
]
SOMETHING_ELSE: list[Any] = [
    *(None, -1, 0, 10**12, 1.5, float("nan"), True, "", "nonsense", "\ud800", b"new", [], [None], {}, object()),
    *(timedelta(0), START, START.date(), pl.DataFrame(), pl.Series([1]), pl.col("type"), np.array([1, 2]), MOMENT),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_argument_ends_in_an_error_of_another_library(function: Callable[..., Any]) -> None:
    draw = random.Random(function.__name__)
    _, *others = inspect.signature(function).parameters.values()
    rows = RATED if function.__module__.endswith("ratings") else ROWS
    needed = {one.name: None for one in others if one.default is one.empty and one.kind is not one.VAR_KEYWORD}
    tries: list[tuple[Any, dict[str, Any]]] = [(junk, needed) for junk in draw.sample(SOMETHING_ELSE, 9)]
    for one in others:
        if one.kind is not one.VAR_KEYWORD:
            tries += [(rows, {**needed, one.name: junk}) for junk in draw.sample(SOMETHING_ELSE, 9)]
    for frame, options in tries:
        with contextlib.suppress(SeggwatError):
            function(frame, **options)


@pytest.mark.parametrize(
    ("value", "kind"), [("false", "str"), (1, "int"), (pl.Series([True]), "Series"), (None, "NoneType")]
)
def test_nothing_but_a_flag_counts_as_one(value: object, kind: str) -> None:
    with pytest.raises(ArgumentError, match=f"include_churn must be True or False, got {kind}"):
        movers(ROWS, by=["type"], include_churn=value)
