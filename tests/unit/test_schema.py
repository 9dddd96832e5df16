"""Columns and vocabularies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from seggwat_nb import schema
from seggwat_nb.provenance import Provenance


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
    assert stored.refreshed() == (
        "Feedback: from the snapshot, as of 2026-11-23 08:00 UTC; loaded completely; 0 requests."
    )
    lacking = replace(stored, forgotten=1)
    assert stored.verified
    assert not lacking.verified
    assert "; incomplete: 1 item forgotten on this machine; " in lacking.refreshed()
    assert "(all items, without 1 item forgotten on this machine)" in lacking.describe()


def test_a_load_names_its_project_where_the_name_is_known_and_what_it_is_compared_with() -> None:
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    first = Provenance(
        resource="ratings", as_of=now, finished=now, served_from="api", requests=4, rows=9, new=9, project_ids=("p",)
    )
    assert first.describe().startswith("9 ratings (all items); as of 2026-11-23 08:00 UTC; from the api; 4 requests.")
    assert "project" not in first.describe()
    assert "; project Shop (p)." in replace(first, project_names={"p": "Shop"}).describe()
    assert first.refreshed().startswith("Ratings: 9 new, 0 changed, 0 gone; ")
    assert "0 gone since the previous load; " in replace(first, new=2).refreshed()
    assert "0 gone since the demo's earlier load; " in replace(first, new=2, demo=True).refreshed()
