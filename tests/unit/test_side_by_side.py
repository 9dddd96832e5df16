"""Work that two threads share: in order, with its errors, and only if it is about many rows."""

from __future__ import annotations

from threading import Barrier, current_thread

import pytest

from seggwat_nb.analysis import threads
from seggwat_nb.analysis.threads import side_by_side

PATIENCE = 60.0
"""Seconds to wait for another thread. Nothing takes that long unless it hangs."""


def test_two_parts_are_worked_on_at_the_same_time() -> None:
    both = Barrier(2)

    def wait(part: int) -> int:
        both.wait(PATIENCE)
        return -part

    assert side_by_side(wait, range(6), rows=threads._LEAST) == [0, -1, -2, -3, -4, -5]


def test_few_rows_or_a_single_part_stay_in_the_thread() -> None:
    parts: list[tuple[range, int]] = [(range(3), threads._LEAST - 1), (range(1), threads._LEAST), (range(0), 10**9)]
    for several, rows in parts:
        worked = side_by_side(lambda _: current_thread(), several, rows=rows)
        assert worked == [current_thread()] * len(several)


def test_an_error_in_a_thread_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda part: 1 // part, [1, 0, 1], rows=threads._LEAST)
