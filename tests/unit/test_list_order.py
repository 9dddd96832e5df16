"""One list's order as it is believed, against spans of it that were seen."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.source.list_order import Gap, ListOrder, Places, Span, key_of, moment_of, span_of
from seggwat_nb.source.ordering import longest_ordered
from seggwat_nb.source.responses import Page, Row


def order(rows: int = 20) -> ListOrder:
    """A list whose row ``n`` has the key ``10 * n``, so that above the key ``10 * n`` stand ``n`` rows."""
    ids = pl.Series([f"row {number}" for number in range(rows)])
    return ListOrder(ids, np.arange(rows) * 10, np.arange(rows), total=rows)


def span(first: int, end: int, *, start: int | None = None) -> Span:
    """The rows ``first`` to ``end`` of `order`, seen at a place in the list; at their own by default."""
    at = first if start is None else start
    return Span(10 * first - 5, 10 * end - 5, at, at + end - first)


@pytest.mark.parametrize(("first", "end"), [(5, 10), (6, 9), (5, 7), (8, 10), (3, 12), (10, 14), (2, 5)])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_span_that_places_its_rows_otherwise_than_one_it_touches_is_refused(first: int, end: int, by: int) -> None:
    """Its length may be the believed one: only its place says that something above has changed in between."""
    seen = order()
    assert seen.see(span(5, 10))
    assert not seen.see(span(first, end, start=first + by))
    assert seen.holds()
    assert seen.see(span(first, end))


def test_spans_that_touch_are_one_and_what_lies_between_others_is_a_gap_where_it_is_not_as_long_as_believed() -> None:
    seen = order()
    assert seen.see(span(0, 4))
    assert seen.see(span(12, 16))
    assert seen.see(span(4, 8))
    assert not list(seen.gaps())
    seen.total = 21  # a row more than believed, and nothing seen below row 16
    assert [(gap.start, gap.end, gap.believed, gap.difference) for gap in seen.gaps()] == [(16, 21, 4, 1)]
    seen.add(95, "new")  # between row 9 and row 10, so that what was seen from row 12 on is out of place
    assert [(gap.start, gap.end, gap.rows, gap.believed) for gap in seen.gaps()] == [(8, 12, 4, 5), (16, 21, 5, 4)]
    assert all(isinstance(gap, Gap) for gap in seen.gaps())
    assert seen.holds()
    seen.remove(20, "row 2")
    assert not seen.holds()


def test_the_rank_of_a_key_is_told_from_what_was_seen_nearest_to_it() -> None:
    seen = order()
    assert [seen.rank(10 * number) for number in (0, 7, 19)] == [0, 7, 19]
    assert seen.see(span(10, 12, start=13))
    assert [seen.rank(10 * number) for number in (11, 12, 19)] == [14, 15, 22]


def test_rows_believed_in_a_span_are_those_that_stayed_and_those_that_joined() -> None:
    seen = order(6)
    seen.remove(20, "row 2")
    seen.add(25, "new", 2)
    assert seen.expected_rows(span(1, 4)) == [(10, "row 1"), (30, "row 3"), (25, "new"), (25, "new")]
    assert len(seen) == 7
    seen.remove(25, "new")
    assert len(seen) == 5


@settings(max_examples=100, derandomize=True, database=None)
@given(st.lists(st.integers(0, 5), max_size=14).map(sorted), st.integers(1, 5), st.integers(1, 8))
def test_a_window_shows_whole_what_lies_between_the_ties_at_its_ends(keys: list[int], limit: int, number: int) -> None:
    """Above the span stand as many rows as its start says, and down to its end as many as its end says."""
    shown = keys[(number - 1) * limit : number * limit]
    page = Page(number, limit, len(keys), tuple(Row(str(n), moment_of(key)) for n, key in enumerate(shown)))
    found = span_of(page, shown)
    beyond = not shown and keys
    alone = shown and len(set(shown)) == 1 and page.start and page.start + len(shown) < len(keys)
    assert (found is None) == bool(beyond or alone)
    if found is not None:
        assert found.start == sum(key <= found.top for key in keys)
        assert found.end == sum(key <= found.bottom for key in keys)
        assert {key for key in keys if found.top < key <= found.bottom} <= set(shown)
        assert found.end - found.start >= sum(shown[0] < key < shown[-1] for key in shown)


changes = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), max_size=12)


@settings(max_examples=100, derandomize=True, database=None)
@given(st.lists(st.integers(0, 5), max_size=10).map(sorted), changes, st.integers(-1, 6), st.integers(-1, 6))
def test_an_order_believes_what_a_plain_list_of_its_rows_holds(
    keys: list[int], made: list[tuple[bool, int, int]], top: int, bottom: int
) -> None:
    known = [(key, f"row {n}") for n, key in enumerate(keys)]
    seen = ListOrder(
        pl.Series([row for _, row in known], dtype=pl.String), np.array(keys, np.int64), np.arange(len(keys))
    )
    for joins, key, n in made:
        row = f"row {n}"
        if joins:
            known.append((key, row))
            seen.add(key, row)
        else:
            known = [one for one in known if one != (key, row)]
            seen.remove(key, row)
    within = Span(min(top, bottom), max(top, bottom), 0, 0)
    assert len(seen) == len(known)
    assert sorted(seen.expected_rows(within)) == sorted(one for one in known if within.top < one[0] <= within.bottom)
    assert [seen.rank(key) for key in range(7)] == [sum(one < key for one, _ in known) for key in range(7)]


def test_a_list_with_many_rows_out_of_place_has_no_order_by_time() -> None:
    """More than 20 rows, or 2 of 100, are not an exception."""

    def out_of_place(number: int) -> Places:
        places = Places()
        rows = [Row(f"row {n}", moment_of(n)) for n in range(200)]
        late = [Row(f"late {n}", moment_of(-1 - n)) for n in range(number)]
        mixed = [row for pair in zip(rows[2:], late, strict=False) for row in pair]
        places.note([*rows[:2], *mixed, *rows[2 + number :]])
        return places

    assert set(out_of_place(20).stand_ins(1_000)) == {f"late {n}" for n in range(20)}
    assert out_of_place(21).stand_ins(1_000) == {}
    assert len(out_of_place(21).stand_ins(1_050)) == 21
    assert {key_of(moment) for moment in out_of_place(3).stand_ins(10).values()} == {2, 3, 4}


def ascends(values: list[int], places: tuple[int, ...] | list[int]) -> bool:
    return all(values[one] <= values[other] for one, other in pairwise(places))


@settings(max_examples=75, derandomize=True, database=None)
@given(st.lists(st.integers(0, 6), max_size=9))
def test_the_longest_ordered_part_is_as_long_as_any(values: list[int]) -> None:
    found = longest_ordered(values)
    assert found == sorted(set(found))
    assert ascends(values, found)
    longer = combinations(range(len(values)), len(found) + 1)
    assert not any(ascends(values, places) for places in longer)
