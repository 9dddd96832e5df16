"""Interrupts that Polars or Python would lose still interrupt."""

from __future__ import annotations

import signal
import sys
import threading

import polars as pl
import pytest
from polars.exceptions import PanicException

from seggwat_nb.interrupts import as_keyboard_interrupts, repeating_swallowed


def interrupted(_: object) -> int:
    raise KeyboardInterrupt


def test_an_interrupt_of_python_code_that_polars_calls_is_an_interrupt() -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    with pytest.raises(KeyboardInterrupt), as_keyboard_interrupts():
        frame.select(pl.col("a").map_elements(interrupted, return_dtype=pl.Int64))


@pytest.mark.parametrize(
    "error",
    [
        PanicException("called `Result::unwrap()` on an `Err` value: PyErr { type: <class 'KeyboardInterrupt'> }"),
        TypeError("dtype '<class 'polars.datatypes.classes.String'>' is not a Polars data type"),
    ],
)
def test_what_polars_makes_of_an_interrupt_is_kept_as_its_cause(error: BaseException) -> None:
    with pytest.raises(KeyboardInterrupt) as stop, as_keyboard_interrupts():
        raise error
    assert stop.value.__cause__ is error


@pytest.mark.parametrize("error", [PanicException("index out of bounds"), TypeError("unhashable"), ValueError("x")])
def test_other_errors_stay_as_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as raised, as_keyboard_interrupts():
        raise error
    assert raised.value is error


class Finalized:
    """Raises an error when it is removed, where Python cannot pass it on."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __del__(self) -> None:
        raise self.error


def interrupted_in_a_finalizer(end: threading.Event) -> None:
    Finalized(KeyboardInterrupt())
    end.wait()


def test_an_interrupt_that_python_swallows_interrupts_all_the_same_and_ends_a_wait() -> None:
    before, handler = sys.unraisablehook, signal.signal(signal.SIGINT, signal.default_int_handler)
    end = threading.Event()
    too_late = threading.Timer(30, end.set)
    too_late.start()
    try:
        with pytest.raises(KeyboardInterrupt), repeating_swallowed():
            interrupted_in_a_finalizer(end)
    finally:
        signal.signal(signal.SIGINT, handler)
        too_late.cancel()
    assert not end.is_set()
    assert sys.unraisablehook is before


def test_other_errors_that_python_swallows_are_reported_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda swallowed: told.append(swallowed.exc_value))
    error = ValueError("x")
    with repeating_swallowed():
        Finalized(error)
    assert told == [error]
