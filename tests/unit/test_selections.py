"""Shares of two selections: against somebody else's interval, against counts by hand, and by their laws."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from statsmodels.stats.proportion import confint_proportions_2indep  # type: ignore[import-untyped]  # ships no types

from seggwat_nb import FeedbackFilter
from seggwat_nb.analysis.selections import compare
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK, TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

A, B = FeedbackFilter(version="a"), FeedbackFilter(version="b")
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
seeded = settings(max_examples=60, derandomize=True, deadline=None)


def feedback(rows: Sequence[tuple[str | None, ...]]) -> pl.DataFrame:
    """Items with a version, a type and a submitter."""
    frame = pl.DataFrame(
        rows, schema={"version": pl.String, "type": pl.String, "submitted_by": pl.String}, orient="row"
    )
    return frame.with_columns(created_at=pl.lit(MOMENT))


people = st.sampled_from(["ann", "bob", "cem", None, ""])
kinds = st.sampled_from([*TYPES[:3], "Idea", None, ""])
items = st.lists(st.tuples(st.sampled_from(["a", "b", None]), kinds, people), max_size=120).map(feedback)
unsigned = st.lists(st.tuples(st.sampled_from("ab"), kinds, st.none()), min_size=1, max_size=200).map(feedback)


@seeded
@given(frame=unsigned, level=st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_that_of_statsmodels(frame: pl.DataFrame, level: float) -> None:
    for row in compare(frame, A, B, level=level).rows(named=True):
        if not row["n_a"] or not row["n_b"]:
            assert (row["difference"], row["low"], row["high"]) == (None, None, None)
            continue
        counted = (row["count_a"], row["n_a"], row["count_b"], row["n_b"])
        peer = confint_proportions_2indep(*counted, method="newcomb", alpha=1 - level)
        assert (row["low"], row["high"]) == pytest.approx(peer, abs=1e-9)
        assert row["difference"] == pytest.approx(counted[0] / counted[1] - counted[2] / counted[3])


@seeded
@given(frame=items)
def test_every_count_is_that_of_the_filter(frame: pl.DataFrame) -> None:
    table = compare(frame, A, B)
    for side, where in (("a", A), ("b", B)):
        chosen = where.apply(frame)
        assert table[f"count_{side}"].sum() == chosen.height
        assert table[f"n_{side}"].to_list() == [chosen.height] * table.height
        assert dict(table.select("type", f"count_{side}").filter(pl.nth(1) > 0).iter_rows()) == dict(
            chosen["type"].value_counts().iter_rows()
        )
    assert table["difference"].drop_nulls().is_between(-1, 1).all()
    estimated = table.drop_nulls("difference")
    assert (estimated["low"] <= estimated["difference"] + 1e-12).all()
    assert (estimated["difference"] <= estimated["high"] + 1e-12).all()
    assert (table["q"].is_null() == (table["verdict"] == "too few")).all()


@seeded
@given(frame=items)
def test_swapping_negates_and_mirrors(frame: pl.DataFrame) -> None:
    there, back = (compare(frame, *sides).sort("type") for sides in ((A, B), (B, A)))
    mirrored = back.select(
        "type",
        difference=-pl.col("difference"),
        low=-pl.col("high"),
        high=-pl.col("low"),
        q="q",
        verdict=pl.col("verdict").replace({"higher": "lower", "lower": "higher"}),
    )
    assert_frame_equal(there.select(mirrored.columns), mirrored)


@seeded
@given(frame=items)
def test_a_selection_does_not_differ_from_itself(frame: pl.DataFrame) -> None:
    table = compare(frame, A, A)
    assert table["difference"].to_list() == [0] * table.height
    assert set(table["verdict"]) <= {"unclear", "too few"}
    assert (table["low"] <= 0).all()
    assert (table["high"] >= 0).all()


def test_one_person_who_writes_much_is_one_person() -> None:
    loud = [("a", "Bug", "loud")] * 60 + [("a", "Praise", None)] * 60
    others = [("b", "Bug", None)] * 10 + [("b", "Praise", None)] * 110
    frame = feedback([*loud, *others])
    table = compare(frame, A, B)
    assert table["dispersion_a"][0] == pytest.approx((60**2 + 60) / 120)
    assert set(table["verdict"]) <= {"unclear", "too few"}
    surely = compare(frame.with_columns(submitted_by=pl.lit("")), A, B)
    assert dict(surely.select("type", "verdict").iter_rows()) == {"Bug": "higher", "Praise": "lower"}
    assert surely["dispersion_a"].to_list() == [1, 1]


def test_few_rows_are_named_however_they_fall() -> None:
    rows = [("a", "Other", None)] * 40 + [("b", "Other", None)] * 40
    for few, verdict in ((3, "too few"), (12, "higher")):
        table = compare(feedback([*rows, *[("a", "Bug", None)] * few]), A, B)
        assert table.filter(pl.col("type") == "Bug")["verdict"].item() == verdict


@pytest.mark.parametrize("frame", [FEEDBACK.to_frame(), pl.DataFrame([{"version": "c"}], schema=FEEDBACK)])
def test_nothing_selected_gives_no_rows_and_the_same_columns(frame: pl.DataFrame) -> None:
    table = compare(frame, A, B)
    usual = compare(feedback([("a", "Bug", None), ("b", "Bug", None)]), A, B)
    assert table.is_empty()
    assert table.schema == usual.schema


def test_bad_input_is_refused() -> None:
    frame = feedback([("a", "Bug", None)])
    with pytest.raises(ArgumentError, match="did you mean 'type'"):
        compare(frame, A, B, by="typ")
    with pytest.raises(ArgumentError, match="level=95"):
        compare(frame, A, B, level=95)
    with pytest.raises(ArgumentError, match="is no selection"):
        compare(frame, A, "2.4.0")  # type: ignore[arg-type]  # a version is no filter
