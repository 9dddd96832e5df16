"""Columns and vocabularies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from seggwat_nb import schema
from seggwat_nb.schema import Provenance


def test_ordered_keeps_every_row_and_puts_unknown_values_last() -> None:
    frame = pl.DataFrame({"type": ["Zeta", "Praise", "Bug", None, "Alpha"], "n": [1, 2, 3, 4, 5]})
    ordered = schema.ordered(frame)
    assert ordered.sort("type", nulls_last=True)["type"].to_list() == ["Bug", "Praise", "Alpha", "Zeta", None]
    assert ordered["n"].to_list() == frame["n"].to_list()
    assert schema.ordered(ordered).equals(ordered)


def test_a_load_from_disk_says_so_and_what_was_forgotten_is_not_complete() -> None:
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    stored = Provenance(
        resource="feedback", as_of=now, finished=now, served_from="snapshot", requests=0, rows=9, full_as_of=now
    )
    assert stored.refreshed() == ("Feedback: as stored, as of 2026-11-23 08:00 UTC; loaded completely; 0 requests.")
    lacking = replace(stored, forgotten=1)
    assert stored.verified
    assert not lacking.verified
    assert "; incomplete: 1 row forgotten on this machine; " in lacking.refreshed()
    assert "(all rows, without 1 row forgotten on this machine)" in lacking.describe()
