"""Parts of a report that are computed ahead in a second thread: once, in time, and with their errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Thread, current_thread

import pytest

from seggwat_nb.share.report.once import computing_ahead, once, with_parts

PATIENCE = 60.0
"""Seconds to wait for another thread. Nothing takes that long unless it hangs."""


@dataclass
class Data:
    begun: Event = field(default_factory=Event)
    may_end: Event = field(default_factory=Event)
    computed: list[tuple[str, Thread]] = field(default_factory=list)


@once
def slow(data: Data) -> object:
    data.computed.append(("slow", current_thread()))
    data.begun.set()
    assert data.may_end.wait(PATIENCE)
    return object()


@once
def quick(data: Data) -> object:
    data.computed.append(("quick", current_thread()))
    return object()


@once
def impossible(data: Data) -> object:
    data.computed.append(("impossible", current_thread()))
    data.begun.set()
    raise ZeroDivisionError("no rows")


def test_threads_that_ask_at_the_same_time_get_the_same_part() -> None:
    data = Data()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(slow, data), pool.submit(slow, data)
        assert data.begun.wait(PATIENCE)
        data.may_end.set()
        assert first.result(PATIENCE) is second.result(PATIENCE)
    assert [name for name, _ in data.computed] == ["slow"]
    assert slow(data) is first.result()


def test_each_object_has_its_own_parts() -> None:
    one, other = Data(), Data()
    assert quick(one) is not quick(other)
    assert [len(data.computed) for data in (one, other)] == [1, 1]


def test_parts_are_computed_ahead_in_another_thread() -> None:
    data = Data()
    with computing_ahead(data, slow, quick):
        assert data.begun.wait(PATIENCE)
        data.may_end.set()
        parts = slow(data), quick(data)
    assert [name for name, _ in data.computed] == ["slow", "quick"]
    assert data.computed[0][1] is not current_thread()
    assert parts == (slow(data), quick(data))


def test_an_error_is_raised_where_the_part_is_asked_for() -> None:
    data = Data()
    with computing_ahead(data, impossible):
        assert data.begun.wait(PATIENCE)
        with pytest.raises(ZeroDivisionError, match="no rows"):
            impossible(data)
    assert [name for name, _ in data.computed] == ["impossible", "impossible"]


def test_what_has_not_begun_is_not_computed_after_an_error() -> None:
    data = Data()

    def stop() -> None:
        with computing_ahead(data, slow, quick):
            assert data.begun.wait(PATIENCE)
            raise KeyError

    with pytest.raises(KeyError):
        stop()
    data.may_end.set()
    slow(data)  # waits for the other thread
    assert [name for name, _ in data.computed] == ["slow"]


def test_another_object_gets_parts_that_are_still_computed() -> None:
    data, other = Data(), Data()
    with computing_ahead(data, slow, quick):
        assert data.begun.wait(PATIENCE)
        assert with_parts(other, data) is other
        data.may_end.set()
        parts = slow(other), quick(other)
    assert parts == (slow(data), quick(data))
    assert not other.computed
