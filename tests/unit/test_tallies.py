"""One-way tables: no figure is small, none can be told by subtraction, and the page says what it holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import ArgumentError
from seggwat_nb.share.pages.tables import tallies, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START = datetime(2026, 1, 1, tzinfo=UTC)
ITEMS = st.lists(
    st.tuples(st.sampled_from(["Bug", "Feature", "Praise", None, "Größe <b>"]), st.integers(0, 200)), max_size=80
)


def frame_of(items: Sequence[tuple[str | None, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        {"type": [kind for kind, _ in items], "created_at": [START + timedelta(days=day) for _, day in items]},
        schema={"type": pl.String, "created_at": pl.Datetime("us", "UTC")},
    )


@given(ITEMS, st.integers(2, 12))
@settings(max_examples=12, deadline=None, derandomize=True, database=None)
def test_no_figure_is_smaller_than_asked_and_all_items_of_whole_months_are_counted(
    items: list[tuple[str | None, int]], smallest: int
) -> None:
    as_of = datetime(2026, 6, 15, tzinfo=UTC)
    found = tallies(frame_of(items), smallest=smallest, as_of=as_of)
    whole = sum(START + timedelta(days=day) < datetime(2026, 6, 1, tzinfo=UTC) for _, day in items)
    assert (found != []) == (whole >= smallest)
    for tally in found:
        numbers = [number for _, number in tally.rows]
        assert sum(numbers) == whole  # so nothing is to be told by subtraction
        assert min(numbers) >= smallest
        assert len({value for value, _ in tally.rows}) == len(numbers)


def test_small_figures_take_the_smallest_other_one_with_them() -> None:
    (_, types) = tallies(
        frame_of([("Bug", 1)] * 9 + [("Praise", 1)] * 6 + [("Feature", 1)]), as_of=START.replace(month=3)
    )
    assert types.rows == [("Bug", 9), ("Others (2 values)", 7)]


def test_blank_values_are_named_as_missing_ones() -> None:
    kinds = [("Bug", 1)] * 9 + [("", 1), ("  ", 1), (None, 1)] * 2
    (_, types) = tallies(frame_of(kinds), as_of=START.replace(month=3))
    assert types.rows == [("Bug", 9), ("(none)", 6)]


def test_a_page_of_tables_says_what_it_promises(tmp_path: Path) -> None:
    rows = frame_of([("Größe <b>", 1)] * 9 + [("Bug", 1)] * 8 + [("Bug", 70)]).with_columns(
        message=pl.lit("secret of one person"), submitted_by=pl.lit("jo@example.org")
    )
    page = write(rows, tmp_path / "months.html").read_text()
    assert "Each figure stands for at least 5 items" in page
    assert "Größe &lt;b&gt;" in page
    assert "secret of one" not in page
    assert "jo@" not in page
    assert "fewer than 5 items" in write(rows[:3], tmp_path / "few.html").read_text()


@pytest.mark.parametrize("smallest", [1, 0, -3, "5", 5.5, True, None])
def test_a_smallest_that_hides_nothing_is_refused(smallest: Any) -> None:
    with pytest.raises(ArgumentError, match="smallest must be at least 2"):
        tallies(frame_of([]), smallest=smallest)


def test_a_frame_of_something_else_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no column created_at"):
        tallies(pl.DataFrame({"type": ["Bug"]}))


def test_versions_in_any_spelling_count_together_and_a_small_share_is_not_none(tmp_path: Path) -> None:
    versions = ["2.4.0"] * 1_200 + ["v2.4.0"] * 14 + ["2.4"] * 6 + ["1.0"] * 5
    rows = frame_of([("Bug", 1)] * len(versions)).with_columns(version=pl.Series(versions))
    (_, _, by_version) = tallies(rows, as_of=datetime(2026, 6, 15, tzinfo=UTC))
    assert by_version.rows == [("2.4.0", 1_220), ("1.0", 5)]
    later = frame_of([("Bug", 40)]).with_columns(version=pl.lit("2.4"))
    page = write(pl.concat([rows, later]), tmp_path / "tables.html", smallest=5).read_text(encoding="utf-8")
    assert '<td class="number">5</td><td class="number">&lt;1%</td>' in page
