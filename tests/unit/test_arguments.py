"""What people pass: numbers of numpy, times of pandas, and things that are something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # no annotations
import polars as pl
import pytest

from seggwat_nb import Dataset, FeedbackFilter, mask, trends
from seggwat_nb.errors import ArgumentError
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
