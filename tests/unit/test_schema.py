"""Columns and vocabularies."""

from __future__ import annotations

import polars as pl

from seggwat_nb import schema


def test_ordered_keeps_every_row_and_puts_unknown_values_last() -> None:
    frame = pl.DataFrame({"type": ["Zeta", "Praise", "Bug", None, "Alpha"], "n": [1, 2, 3, 4, 5]})
    ordered = schema.ordered(frame)
    assert ordered.sort("type", nulls_last=True)["type"].to_list() == ["Bug", "Praise", "Alpha", "Zeta", None]
    assert ordered["n"].to_list() == frame["n"].to_list()
    assert schema.ordered(ordered).equals(ordered)
