"""The threads that search for patterns."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.share.privacy import mask_text, masking, searches
from seggwat_nb.share.privacy.finders import _fast

if TYPE_CHECKING:
    import pytest

_KEPT = 32
"""How many patterns polars keeps prepared for each thread."""


def test_no_thread_has_more_patterns_than_polars_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "_threads_of", {})
    patterns = {pattern for finder in masking._FINDERS for pattern in (finder.needs, _fast(finder.pattern))}
    assert max(Counter(map(searches._thread_of, sorted(patterns))).values()) <= _KEPT


def test_a_pattern_is_searched_for_by_the_same_thread_each_time_and_results_keep_their_order() -> None:
    def work(pattern: str, given: int) -> tuple[str, int, int]:
        return pattern, given, threading.get_ident()

    asked = [(f"pattern {n % 7}", n) for n in range(50)]
    first, again = (searches.search_each(work, asked) for _ in range(2))
    assert [(pattern, n) for pattern, n, _ in first] == asked
    assert first == again
    assert all(len({thread for pattern, _, thread in first if pattern == one}) == 1 for one, _ in asked)
    assert len({thread for _, _, thread in first}) > 1


def test_texts_are_masked_where_polars_waits_for_it() -> None:
    texts = pl.DataFrame({"text": [f"Write to jo{n}@example.org" for n in range(200)]})
    several = [mask_text(pl.col("text")).alias(f"column {n}") for n in range(8)]
    masked = texts.lazy().select(*several).collect()
    assert masked.unique().rows() == [("Write to [e-mail]",) * 8]
