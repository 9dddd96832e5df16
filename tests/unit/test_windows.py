"""Two windows of whole weeks, of which some weeks are left out: the same days as in a calendar that is crossed out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.analysis.windows import Codes, Windows, code_values, items_within, rows_within

FIRST = date(2026, 1, 5)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Windows, int]:
    """Draw windows, and the number of weeks before the later one, those that are left out among them."""
    weeks, after = draw(st.integers(2, 30)), draw(st.integers(1, 6))
    left_out = draw(st.sets(st.integers(0, weeks - 1), max_size=weeks - 1))
    before = 7 * (weeks - len(left_out))
    return Windows(FIRST, before, 7 * after, complete=True, left_out=tuple(sorted(left_out))), weeks


@settings(max_examples=60)
@given(windows())
def test_days_are_numbered_as_in_a_calendar_without_the_weeks_left_out(drawn: tuple[Windows, int]) -> None:
    given_windows, weeks = drawn
    calendar = [FIRST + timedelta(days=n) for n in range(7 * weeks + given_windows.after)]
    kept = [day for n, day in enumerate(calendar) if n // 7 not in given_windows.left_out]
    around = [FIRST + timedelta(days=n) for n in range(-7, len(calendar) + 7)]
    placed = pl.DataFrame({"day": around}).select(given_windows.place(pl.col("day"))).to_series().to_list()
    assert placed == [kept.index(day) if day in kept else None for day in around]
    assert given_windows.span == len(calendar)
    assert given_windows.before + given_windows.after == len(kept)
    assert given_windows.alike == given_windows.after / given_windows.before
    assert given_windows.weeks_left_out == [calendar[7 * week] for week in given_windows.left_out]
    assert given_windows.dates() == {
        "before_first": FIRST,
        "after_first": kept[given_windows.before],
        "after_last": calendar[-1],
    }
    assert given_windows.whole == Windows(FIRST, 7 * weeks, given_windows.after, complete=True)


@given(windows(), st.integers(1, 10))
def test_the_last_weeks_are_set_apart_if_eight_weeks_are_left(drawn: tuple[Windows, int], apart: int) -> None:
    given_windows, weeks = drawn
    left_out = {*given_windows.left_out, *range(max(0, weeks - apart), weeks)}
    found = given_windows.apart(7 * apart)
    if weeks - len(left_out) < 8:
        assert found is None
    else:
        before = 7 * (weeks - len(left_out))
        expected = Windows(FIRST, before, given_windows.after, complete=True, left_out=tuple(sorted(left_out)))
        assert found == expected


def test_incomplete_windows_have_no_days() -> None:
    nothing = Windows(FIRST, 28, 28, complete=False)
    assert pl.DataFrame({"day": [FIRST]}).select(nothing.place(pl.col("day"))).item() is None


@given(
    st.lists(st.none() | st.lists(st.sampled_from("abc"), unique=True), max_size=8), st.lists(st.booleans(), min_size=8)
)
def test_values_of_rows_are_the_pairs_that_a_loop_makes(rows: list[list[str] | None], chosen: list[bool]) -> None:
    kept = chosen[: len(rows)]
    codes, values = code_values(pl.Series(rows, dtype=pl.List(pl.String)))
    assert _pairs(codes, values) == sorted((n, one) for n, row in enumerate(rows) for one in row or [""])
    left = [row for row, stays in zip(rows, kept, strict=False) if stays]
    assert _pairs(codes.only(np.array(kept, np.bool_)), values) == sorted(
        (n, one) for n, row in enumerate(left) for one in row or [""]
    )


def _pairs(codes: Codes, values: pl.Series) -> list[tuple[int, str]]:
    return sorted(zip(codes.row.tolist(), values.fill_null("").gather(codes.value).to_list(), strict=True))


def test_as_many_values_as_rows_need_not_be_one_a_row() -> None:
    kept = Codes(np.array([4, 5, 6]), np.array([0, 0, 2])).only(np.array([True, False, True]))
    assert (kept.value.tolist(), kept.row.tolist()) == ([4, 5, 6], [0, 0, 1])


def test_items_are_sorted_by_day_and_within_a_day_as_they_came() -> None:
    start = datetime(2026, 1, 5, 12, tzinfo=UTC)
    days = [3, 1, 3, 99, 1, 3, 0] * 40
    frame = pl.DataFrame(
        {
            "id": [str(n) for n in range(len(days))],
            "created_at": [start + timedelta(days=day) for day in days],
            "path": ["/orders/48213/pay?step=2", None] * 140,
            "theme": [["a", "b"], []] * 140,
            "submitted_by": ["ann"] * len(days),
        }
    )
    found_windows = Windows(FIRST, 7, 7, complete=True)
    found = items_within(frame, found_windows, where=None, columns=["id"], time_zone="UTC", include_churn=True)
    assert [int(one) for one in found["id"]] == [n for day in (0, 1, 3) for n, own in enumerate(days) if own == day]
    rows = rows_within(frame, found_windows, where=None, keys=["path", "theme"], time_zone="UTC", include_churn=True)
    assert rows.values["path"].to_list() == ["/orders/:id/pay", None]
    assert rows.values["theme"].to_list() == ["a", "b", None]
    assert rows.count().sum() == found.height + 2 * found.height - rows.have("theme", 2).sum()
