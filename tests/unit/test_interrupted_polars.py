"""An interrupt that Polars reports as an error of its own is an interrupt again."""

from __future__ import annotations

import polars as pl
import pytest
from polars.exceptions import PanicException

from seggwat_nb.interrupts import kept_as_interrupts


def interrupted(_: object) -> int:
    raise KeyboardInterrupt


def test_an_interrupt_of_python_code_that_polars_calls_is_an_interrupt() -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    with pytest.raises(KeyboardInterrupt), kept_as_interrupts():
        frame.select(pl.col("a").map_elements(interrupted, return_dtype=pl.Int64))


@pytest.mark.parametrize(
    "error",
    [
        PanicException("called `Result::unwrap()` on an `Err` value: PyErr { type: <class 'KeyboardInterrupt'> }"),
        TypeError("dtype '<class 'polars.datatypes.classes.String'>' is not a Polars data type"),
    ],
)
def test_what_polars_makes_of_an_interrupt_is_kept_as_its_cause(error: BaseException) -> None:
    with pytest.raises(KeyboardInterrupt) as stop, kept_as_interrupts():
        raise error
    assert stop.value.__cause__ is error


@pytest.mark.parametrize("error", [PanicException("index out of bounds"), TypeError("unhashable"), ValueError("x")])
def test_other_errors_stay_as_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as raised, kept_as_interrupts():
        raise error
    assert raised.value is error
