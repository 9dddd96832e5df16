"""Two windows of whole weeks, of which some weeks are left out: the same days as in a calendar that is crossed out."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.analysis.windows import Windows

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
