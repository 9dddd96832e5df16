"""Corrects stored times that are in the future, because the clock of this machine was ahead when they were stored.

When they really were is not known, but it was before the next load. So they become the start of that load. Where only
a lower limit is correct, as for the reading before a change, they become the time when the item was created.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.schema import UTC_TIME
from seggwat_nb.source.manifest import Snapshot

if TYPE_CHECKING:
    from seggwat_nb.source.row_versions import Versions

__all__ = ["correct_times", "oldest_kept"]

_INSTANT: Final = timedelta(microseconds=1)
"""A change is within an interval, so its two ends differ."""


def correct_times(
    before: Snapshot, history: pl.DataFrame, versions: Versions, *, now: datetime, at: datetime
) -> tuple[Snapshot, pl.DataFrame, Versions]:
    """Correct a stored snapshot, its changes and its versions, if a part of the load that stored them is in the future.

    Parameters
    ----------
    before, history, versions
        What is stored.
    now, at
        The time, and the start of the load that replaces the snapshot.
    """
    facts = before.manifest.facts
    if max(facts.started, facts.finished) <= now:
        return before, history, versions
    started = at if facts.started > now else facts.started
    facts = replace(facts, started=started, full_as_of=_until(facts.full_as_of, now, at))
    born = pl.min_horizontal("created_at", pl.lit(at - _INSTANT, dtype=UTC_TIME))
    rows = before.rows.with_columns(
        *_times("gone_at", now=now, at=at), read_at=pl.when(pl.col("read_at") > now).then(born).otherwise("read_at")
    )
    history = (
        history.join(before.rows.select("id", "created_at"), on="id", how="left", maintain_order="left")
        .with_columns(
            *_times("latest", now=now, at=at),
            earliest=pl.when(pl.col("earliest") > now).then(born).otherwise("earliest"),
        )
        .drop("created_at")
    )
    known = versions.rows.with_columns(_times("known_from", "known_until", now=now, at=at))
    is_empty = (pl.col("known_from") >= pl.col("known_until")).fill_null(value=False)
    since, known_from = (_until(moment, now, at) for moment in (versions.since, versions.known_from))
    versions = replace(versions, rows=known.filter(~is_empty), since=since, known_from=known_from)
    return Snapshot(rows, replace(before.manifest, facts=facts)), history, versions


def oldest_kept(last: datetime, finished: datetime, keep: timedelta, *, longest: timedelta) -> datetime:
    """Return the time up to which what has gone is removed.

    A clock that is ahead once must not remove everything. So after an unusually long time without a load, only what
    would have been removed at the last load is removed; the rest is removed by the next load.

    Parameters
    ----------
    last, finished
        The ends of the last load and of this one.
    keep
        How long what has gone is kept.
    longest
        Longer times without a load are unusual, if they are also longer than ``keep``.
    """
    is_jump = bool(keep) and finished - last > max(keep, longest)
    return (last if is_jump else finished) - keep


def _until(moment: datetime | None, now: datetime, at: datetime) -> datetime | None:
    return at if moment is not None and moment > now else moment


def _times(*columns: str, now: datetime, at: datetime) -> list[pl.Expr]:
    later = pl.lit(at, dtype=UTC_TIME)
    return [pl.when(pl.col(name) > now).then(later).otherwise(name).alias(name) for name in columns]
