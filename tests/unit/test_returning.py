"""What is reported again after it was closed: found among noise, and said to be known only where it is."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from seggwat_nb import FeedbackFilter, duplicates
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import HISTORY

if TYPE_CHECKING:
    from types import ModuleType

START = datetime(2026, 3, 1, tzinfo=UTC)
SAID = "The password reset mail never arrives, not even in the spam folder."


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "returning.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_returning", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(10), marks=pytest.mark.campaign)], ids=["one", "many"])
def test_noisy_copies_of_closed_items_are_found_and_mixtures_are_not(benchmark: ModuleType, seeds: range) -> None:
    for rate, found in benchmark.table(seeds=seeds, end=datetime(2026, 11, 23, tzinfo=UTC)):
        print(f"{rate} of 100 characters mistyped: recall {found.recall:.3f}, precision {found.precision:.3f}")
        assert found.recall >= 0.9, rate
        assert found.precision >= 0.9, rate


def items(**columns: list[Any]) -> pl.DataFrame:
    """Items on days of March: ``day``, ``status`` and more."""
    size = len(columns["day"])
    given: dict[str, Any] = {
        "id": [f"i{n}" for n in range(size)],
        "message": [SAID] * size,
        "archived": [False] * size,
    } | columns
    frame = pl.DataFrame(given, strict=False)
    return frame.select(
        pl.exclude("day"), project_id=pl.lit("p"), created_at=pl.lit(START) + pl.duration(days=pl.col("day"))
    )


def closed(item: str, first: int, second: int) -> pl.DataFrame:
    """Say that an item was resolved between two loads."""
    moments = (START + timedelta(days=first), START + timedelta(days=second))
    return pl.DataFrame([(item, "p", "status", "New", "Resolved", *moments)], schema=HISTORY, orient="row")


def test_new_items_came_back_for_sure_only_after_a_load_had_seen_the_others_closed() -> None:
    frame = items(
        day=[0, 1, 4, 6, 9], status=["Resolved", "Resolved", "New", "New", "Active"],
        resolution_note=["Fixed.", None, None, None, None],
    )  # fmt: skip
    history = pl.concat([closed("i0", 5, 7), closed("i1", 2, 3)])

    def found(*left_out: str) -> pl.DataFrame:
        return duplicates.returning(frame.filter(~pl.col("id").is_in(left_out)), history=history)

    (row,) = found().rows(named=True)
    assert (row["ids"], row["is_known"], row["open_before"], row["closed"]) == (["i3", "i4"], False, 1, 2)
    assert (row["note"], row["closed_by"]) == ("Fixed.", START + timedelta(days=7))
    (row,) = found("i3").rows(named=True)
    assert (row["ids"], row["is_known"], row["open_before"]) == (["i4"], True, 1)
    assert found("i1").is_empty()  # As many were left open as were closed: nobody is done with it.


def test_without_history_a_return_is_possible_and_archived_or_unasked_items_are_none() -> None:
    frame = items(day=[0, 4, 6], status=["Closed", "New", "New"], archived=[False, False, True])
    found = duplicates.returning(frame, as_of=START + timedelta(days=8))
    assert found.select("ids", "is_known", "count").rows() == [(["i1"], False, 1)]
    assert duplicates.returning(frame, where=FeedbackFilter(since=START + timedelta(days=5))).is_empty()
    trivial = frame.with_columns(message=pl.lit("Thanks"))
    assert duplicates.returning(trivial).is_empty()


def test_a_theme_comes_back_if_three_of_it_were_closed_and_none_is_open() -> None:
    texts = ["Paying fails", "The card is refused", "Cannot pay by invoice", "Payment page is blank", "Other things"]
    frame = items(
        day=[0, 1, 2, 20, 21], status=[*["Resolved"] * 3, "New", "New"], message=texts,
        theme=[*[["Payment"]] * 4, []],
    )  # fmt: skip
    history = pl.concat([closed(f"i{n}", 5, 7) for n in range(3)])
    found = duplicates.returning(frame, history=history)
    assert found.select("how", "value", "ids", "closed", "is_known").rows() == [("theme", "Payment", ["i3"], 3, True)]
    still = frame.with_columns(status=pl.when(pl.col("id") == "i1").then(pl.lit("Hold")).otherwise("status"))
    assert duplicates.returning(still, history=history).is_empty()


@pytest.mark.parametrize(("last", "told"), [(["Shop", "Shop / Pay"], ["Shop / Pay"]), (["Shop"], ["Shop"])])
def test_a_theme_and_one_nested_in_it_come_back_once(last: list[str], told: list[str]) -> None:
    texts = [
        "Paying fails",
        "The card is refused",
        "Cannot pay by invoice",
        "Payment page is blank",
        "Prices are wrong",
    ]
    frame = items(
        day=[0, 1, 2, 20, 21], status=[*["Resolved"] * 3, "New", "New"], message=texts,
        theme=[*[["Shop", "Shop / Pay"]] * 4, last],
    )  # fmt: skip
    history = pl.concat([closed(f"i{n}", 5, 7) for n in range(3)])
    found = duplicates.returning(frame, history=history)
    assert found["value"].to_list() == told
    assert found["ids"].to_list() == [["i3", "i4"]]


def test_a_threshold_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ArgumentError, match="threshold must be between"):
        duplicates.returning(items(day=[0], status=["New"]), threshold=90)
