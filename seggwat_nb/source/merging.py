"""Merges a snapshot with the rows that a refresh has read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.schema import UTC_TIME
from seggwat_nb.source import responses
from seggwat_nb.source.beliefs import UnsettledError
from seggwat_nb.source.load_result import LoadResult
from seggwat_nb.source.readings import READINGS

if TYPE_CHECKING:
    from seggwat_nb.source.frames import Rows
    from seggwat_nb.source.incremental import Refreshed
    from seggwat_nb.source.manifest import Facts, Snapshot

__all__ = ["as_stored", "merge_rows", "oldest_reading", "rows_for_refresh"]


def rows_for_refresh(listed: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Return the columns that a refresh needs, including the records that were set aside."""
    columns = ["id", "created_at", "read_at", *(name for name in ("status", "type") if name in listed.columns)]
    aside = {row.id: row for row in map(_set_aside, facts.set_aside)}
    others = pl.DataFrame(
        [(row.id, None, facts.started, row.status, row.type) for row in aside.values()],
        schema={"id": pl.String, "created_at": UTC_TIME, "read_at": UTC_TIME, "status": pl.String, "type": pl.String},
        orient="row",
    )
    known = listed.select(columns)
    return known.vstack(others.select(columns)) if aside else known


def merge_rows(snapshot: Snapshot, rows: Rows, done: Refreshed) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the rows as read, or as known if they were not read, and the records that were set aside."""
    fresh, known = rows.decode(), snapshot.listed
    read = fresh.frame.join(done.missed, on="id", how="anti")
    columns = read.columns
    same = read.join(known.join(read, on="id", how="semi"), on=columns, how="semi", nulls_equal=True)
    if same.height < read.height or not done.missed.is_empty():
        left_out = pl.concat([read["id"], done.missed["id"]])
        others = known.filter(~pl.col("id").is_in(left_out.implode()))
        read = read.join(done.readings.select("id", read_at="asked_at"), on="id").select(known.columns)
        known = others.vstack(read).sort("created_at", "id", descending=[True, False])
    aside = {_set_aside(record).id: record for record in snapshot.manifest.facts.set_aside}
    aside = {row_id: record for row_id, record in aside.items() if row_id not in set(done.readings["id"])}
    aside |= {_set_aside(record).id: record for record in fresh.set_aside}
    aside = {row_id: record for row_id, record in aside.items() if row_id not in set(done.missed["id"])}
    more = sum(number - 1 for number in done.copies.values())
    if known.height + len(aside) + more != done.total:
        raise UnsettledError("some records cannot be read as rows")
    return known, tuple(
        record
        for row_id, record in aside.items()
        for _ in range(done.copies.get(row_id, 1) if row_id.startswith(responses.UNREADABLE) else 1)
    )


def as_stored(snapshot: Snapshot, schema: pl.Schema) -> LoadResult:
    """Return a stored snapshot like the result of a load."""
    facts = snapshot.manifest.facts
    return LoadResult(
        frame=snapshot.frame,
        started=facts.started,
        finished=facts.finished,
        served_from="snapshot",
        requests=0,
        total=facts.total,
        removed_during=facts.removed_during,
        set_aside=facts.set_aside,
        full_as_of=facts.last_full,
        verified_fields=facts.claims if facts.last_full < facts.started else tuple(schema),
        status_as_of=facts.exact_as_of,
        open_as_of=max(facts.exact_as_of, facts.open_as_of or facts.exact_as_of),
        oldest_read_at=oldest_reading(snapshot.listed, READINGS.to_frame()),
        forgotten=facts.forgotten,
    )


def oldest_reading(listed: pl.DataFrame, readings: pl.DataFrame) -> datetime | None:
    """Return the oldest of the rows' latest reading times."""
    others = listed.select("id", "read_at").join(readings, on="id", how="anti")
    oldest = pl.concat([others["read_at"], readings["asked_at"]]).min()
    return oldest if isinstance(oldest, datetime) else None


def _set_aside(record: str) -> responses.Row:
    """Identify a record that was set aside, from its JSON."""
    return responses.read_row(responses.decode(record.encode()))
