"""Finds fixes: versions that resolution notes mention, and batches of the triage. Says what the items of each share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.counts import each_value
from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.analysis.version_schemes import Reading
from seggwat_nb.analysis.versions import is_ordered, sort_key
from seggwat_nb.analysis.windows import key_column
from seggwat_nb.schema import STATUSES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["first_of_each", "fixes_by_batch", "fixes_by_note", "in_common"]

_DONE: Final = "Resolved"
_MOSTLY: Final = 0.5
"""Minimum share of a fix's items with a theme or path, to represent what was fixed."""

_FEWEST: Final = 2
"""Minimum number of a fix's items with it."""

_VERSION: Final = r"\bv?\d+(?:\.\d+)+(?:-[0-9A-Za-z]+(?:\.\d+)*)?\b"
"""A version in a note, with at least two numbers, in Rust's syntax."""


def fixes_by_note(frame: pl.DataFrame) -> list[tuple[str, datetime | None, list[str]]]:
    """Find the versions mentioned in notes of resolved items, when each was first seen, and the items."""
    is_other = pl.col("status").cast(pl.String).is_in([status for status in STATUSES if status != _DONE])
    noted = frame.filter(~is_other, pl.col("resolution_note").is_not_null())
    named = noted.select(
        "id", version=pl.col("resolution_note").str.extract_all(_VERSION).list.eval(pl.element().str.strip_prefix("v"))
    ).explode("version")
    fixes = named.drop_nulls().unique(maintain_order=True).group_by("version", maintain_order=True).agg("id")
    seen = first_of_each(frame, fixes["version"].to_list())
    return [(version, seen[version], ids) for version, ids in fixes.rows()]


def fixes_by_batch(frame: pl.DataFrame, history: pl.DataFrame | None) -> list[tuple[str, datetime | None, list[str]]]:
    """Find the batches that resolved items, the time of each, and the items."""
    if history is None:
        return []
    check_columns(history, (), wanted="what sw.triage.history() returned")
    if "batch" not in history.columns:
        return []
    done = history.filter(pl.col("batch").is_not_null(), pl.col("field") == "status", pl.col("new") == _DONE)
    done = done.join(frame.select("id"), on="id", how="semi")
    groups = done.group_by("batch", maintain_order=True).agg("id", pl.col("latest").max())
    return [(batch, latest, ids) for batch, ids, latest in groups.rows()]


def in_common(frame: pl.DataFrame, fixes: list[list[str]]) -> list[tuple[str | None, str | None]]:
    """Find the narrowest theme, or else the path, of most of the items of each fix."""
    sizes = pl.Series([len(ids) for ids in fixes], dtype=pl.Int64)
    asked = pl.DataFrame({"fix": pl.Series(fixes, dtype=pl.List(frame.schema["id"]))}).with_row_index("at")
    asked = asked.with_columns(least=pl.max_horizontal(pl.lit(_FEWEST), sizes * _MOSTLY))
    asked = asked.explode("fix").rename({"fix": "id"}).unique()
    found: dict[int, tuple[str, str]] = {}
    for key in ("path", "theme"):  # a theme takes the place of a path
        if key not in frame.columns:
            continue
        values = each_value(frame.select("id", key_column(frame, key)), key).drop_nulls(key)
        own = (
            values.join(asked, on="id").group_by("at", "least", key).len("own").filter(pl.col("own") >= pl.col("least"))
        )
        fits = own.join(values.group_by(key).len("n"), on=key).sort("n", key).unique("at", keep="first")
        found |= {at: (key, value) for at, value in fits.select("at", key).rows()}
    return [found.get(at, (None, None)) for at in range(len(fixes))]


def first_of_each(frame: pl.DataFrame, versions: Sequence[str]) -> dict[str, datetime | None]:
    """Return when the first item of each version came, in any of its spellings; None if there is none."""
    if not versions:
        return {}
    check_columns(frame, ("version",), wanted="a frame of feedback")
    seen = frame.group_by(pl.col("version").cast(pl.String)).agg(first=pl.col("created_at").min()).drop_nulls()
    reading = Reading.of(seen["version"])
    moments: dict[object, datetime] = {}
    for spelling, moment in seen.sort("first", descending=True).rows():
        moments[sort_key(spelling, reading)] = moment.astimezone(UTC)
    return {one: moments.get(sort_key(one, reading)) if is_ordered(one) else None for one in versions}
