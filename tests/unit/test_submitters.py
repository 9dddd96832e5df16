"""A placeholder for everybody is nobody: it is no person who wrote much, and none who makes a change uncertain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import seggwat_nb as sw
from seggwat_nb.analysis.changes import change
from seggwat_nb.analysis.sides import count_submitters
from seggwat_nb.analysis.submitters import (
    _PLACEHOLDERS,
    count_people,
    count_signers,
    signer,
    submitter_numbers,
    submitter_of,
)
from seggwat_nb.share.privacy import mask, submitters

if TYPE_CHECKING:
    from collections.abc import Callable

END = datetime(2026, 3, 16, tzinfo=UTC)


def project(who: str | None) -> pl.DataFrame:
    """Make 70 days of feedback, of which the last four weeks have a page with 30 items more."""
    days = np.concatenate([np.linspace(0, 69.9, 140), np.linspace(42, 69.9, 30)])
    pages = ["/home"] * 140 + ["/pay"] * 30
    return pl.DataFrame(
        {
            "id": [str(place) for place in range(days.size)],
            "project_id": "p",
            "created_at": [END - timedelta(days=70 - day) for day in days],
            "path": pages,
            "message": [f"It does not work, case {place}" for place in range(days.size)],
        }
    ).with_columns(submitted_by=pl.lit(who, pl.String))


@pytest.mark.parametrize(
    "who",
    [
        "anonymous",
        "AnonymousUser",
        "ANONYMOUS ",
        " ",
        "anonymous\u200b",
        "guest",
        "匿名",
        "Unknown",
        "(not set)",
        "n/a",
    ],
)
def test_a_placeholder_is_nobody(who: str) -> None:
    given, unsigned = (change(project(signature), by="path", as_of=END) for signature in (who, None))
    assert given.equals(unsigned)


def test_findings_do_not_take_a_placeholder_for_a_person() -> None:
    told, unsigned = (sw.findings(project(signature), as_of=END) for signature in ("匿名", None))
    assert told.equals(unsigned)
    assert told["unsigned"].sum() == told["count"].sum() > 0


@given(st.sampled_from(sorted(_PLACEHOLDERS)), st.sampled_from([str.upper, str.title, str.lower]))
def test_a_placeholder_is_known_in_any_case_and_with_any_spaces(name: str, spelled: Callable[[str], str]) -> None:
    wide = spelled(name).replace(" ", " \u200b\t")
    same, others = [name, spelled(name), f" {wide}\n"], [f"x{name or 1}", f"{name}7", f"{name}-fox"]
    who = pl.DataFrame({"who": same + others}).select(signer(pl.col("who")))["who"]
    assert who.to_list() == [None, None, None, *others]


def test_a_placeholder_is_shown_as_it_is_and_people_are_not() -> None:
    rows = (
        project("guest").head(2).with_columns(submitted_by=pl.Series(["guest", "jo84"]), message=pl.lit("guest jo84"))
    )
    shown = mask(rows, salt=b"1")
    assert submitters(rows) == ["jo84"]
    assert shown["submitted_by"].to_list() == ["guest", "user-bc4e24be45"]
    assert set(shown["message"]) == {"guest user-bc4e24be45"}


@given(st.lists(st.sampled_from(["ann", "bo", "Ann", "guest", "", None]), max_size=6))
def test_people_are_counted_alike_by_name_and_by_number(names: list[str | None]) -> None:
    rows = pl.DataFrame({"submitted_by": names}, schema={"submitted_by": pl.String})
    people = {name for name in names if name in {"ann", "bo", "Ann"}}
    unsigned = sum(name in {"guest", "", None} for name in names)
    assert rows.select(count_signers(submitter_of(rows))).item() == len(people) + unsigned
    assert count_people(submitter_numbers(rows.select(submitter_of(rows)).to_series())) == len(people) + unsigned


@given(st.lists(st.sampled_from(["ann", "bo", "Ann", "ann ", "安", "", None])))
def test_submitters_have_numbers_in_sorted_order(names: list[str | None]) -> None:
    in_order = sorted({*names} - {None}, key=str)
    places = {name: place for place, name in enumerate(in_order)} | {None: -1}
    assert submitter_numbers(pl.Series(names, dtype=pl.String)).tolist() == [places[name] for name in names]


@given(st.lists(st.tuples(st.integers(-1, 4), st.lists(st.booleans(), min_size=3, max_size=3))))
def test_each_submitter_of_a_term_counts_once_and_so_does_each_unsigned_item(
    items: list[tuple[int, list[bool]]],
) -> None:
    who = np.array([one for one, _ in items], np.int64)
    has = sparse.csr_array(np.array([terms for _, terms in items], np.int32).reshape(-1, 3))
    of_term = [[one for one, terms in items if terms[term]] for term in range(3)]
    assert count_submitters(has, who).tolist() == [len({*mine} - {-1}) + mine.count(-1) for mine in of_term]
