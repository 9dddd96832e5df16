"""A fall of ratings says on which page it is, or that other pages were rated, and otherwise nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import seggwat_nb as sw
from seggwat_nb.dataset import Dataset
from seggwat_nb.schema import FEEDBACK, RATINGS
from tests.unit.test_findings import END, at, frame

A, B, C = "/docs/a", "/docs/b", "/docs/c"


def votes(before: dict[str, tuple[float, int]], after: dict[str, tuple[float, int]]) -> Dataset:
    """Make five months of votes and then four weeks, with the share of "helpful" of each page and its votes a day."""
    rows: list[dict[str, Any]] = [
        {
            "rating_type": "helpful",
            "helpful": (day * n_a_day + n) % 100 < 100 * share,
            "path": page,
            "submitted_by": f"{page}{day}-{n}",
            "created_at": at(day, 7 * n) + timedelta(seconds=len(page)),
        }
        for days, pages in ((range(28, 180), before), (range(28), after))
        for page, (share, n_a_day) in pages.items()
        for day in days
        for n in range(n_a_day)
    ]
    return Dataset(FEEDBACK.to_frame(), frame(rows, RATINGS), as_of=END)


@pytest.mark.parametrize(
    ("after", "detail"),
    [
        ({A: (0.9, 10), B: (0.2, 10)}, "Mostly on /docs/b: from 90% to "),
        ({A: (0.4, 10), B: (0.4, 10)}, ""),
        (
            {A: (0.9, 10), B: (0.9, 10), C: (0.1, 15)},
            "Mostly because pages that are rated lower were rated more often, such as /docs/c (0% of responses",
        ),
    ],
)
def test_a_fall_says_where_it_is(after: dict[str, tuple[float, int]], detail: str) -> None:
    found = sw.findings(votes({A: (0.9, 10), B: (0.9, 10)}, after), as_of=END)
    (told,) = found.filter(kind="rating", verdict="fell").rows(named=True)
    assert (told["detail"] or "").startswith(detail)
    assert bool(told["detail"]) == bool(detail)


def test_a_page_rated_low_that_is_asked_more_often_is_no_page_that_fell() -> None:
    before, after = {A: (0.9, 18), B: (0.1, 2)}, {A: (0.9, 10), B: (0.1, 10)}
    found = sw.findings(votes(before, after), as_of=END)
    (told,) = found.filter(kind="rating", verdict="fell").rows(named=True)
    assert told["detail"] == (
        "Mostly because pages that are rated lower were rated more often, such as /docs/b (10% of responses before, "
        "50% since)."
    )
