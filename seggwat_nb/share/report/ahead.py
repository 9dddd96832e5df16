"""Analyses that several sections of a report show, each computed once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.analysis import release_ratings
from seggwat_nb.analysis import silences as _silences
from seggwat_nb.analysis import spikes as _spikes
from seggwat_nb.analysis.churn import is_churn
from seggwat_nb.analysis.windows import rows_within
from seggwat_nb.share.report.chart_parts import KEYS, displayed
from seggwat_nb.share.report.data import display_text
from seggwat_nb.share.report.once import once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.analysis.windows import Rows, Windows
    from seggwat_nb.share.report.data import ReportData

__all__ = ["by_release", "rows_of_choices", "silences", "spikes"]


@once
def spikes(data: ReportData) -> pl.DataFrame:
    """Return the days and bursts out of the ordinary."""
    return _spikes.spikes(data.feedback, where=data.where, as_of=data.about.as_of, time_zone=data.time_zone)


@once
def silences(data: ReportData) -> pl.DataFrame:
    """Return the pages, sources and versions whose feedback stopped."""
    return _silences.silences(data.feedback, where=data.where, as_of=data.about.as_of, time_zone=data.time_zone)


@once
def by_release(data: ReportData) -> pl.DataFrame:
    """Return the stars of each version compared with earlier ones."""
    return release_ratings.by_release(data.ratings, where=data.where)


def rows_of_choices(
    data: ReportData, everything: Rows, windows: Windows, choices: Sequence[tuple[str | None, str | None]]
) -> dict[int, Rows]:
    """Find the rows of each choice that has any; cancellation comments are compared where there is nothing else."""
    is_other = data.items.group_by(KEYS).agg(other=(~is_churn()).any()).with_columns(**displayed())
    keys = list(everything.codes)

    @cache
    def rows_of_all(*, cancelled: bool) -> tuple[Rows, dict[str, pl.Series]]:
        rows = everything
        if cancelled:
            rows = rows_within(
                data.feedback, windows, where=data.where, keys=keys, time_zone=data.time_zone, include_churn=True
            )
        return rows, {key: rows.values[key].to_frame(key).select(display_text(key)).to_series() for key in KEYS}

    @cache
    def of_type(kind: str | None, *, cancelled: bool) -> Rows:
        return reads(rows_of_all(cancelled=cancelled)[0], "type", kind, cancelled=cancelled)

    def reads(rows: Rows, key: str, value: str | None, *, cancelled: bool) -> Rows:
        if value is None:
            return rows
        is_it = rows_of_all(cancelled=cancelled)[1][key] == value
        return rows.only(is_it.to_numpy()[rows.codes[key].value])

    found = {}
    for place, (kind, status) in enumerate(choices):
        same = [pl.col(key) == value for key, value in zip(KEYS, (kind, status), strict=True) if value is not None]
        rows = reads(of_type(kind, cancelled=False), "status", status, cancelled=False)
        if not rows.day.size and not is_other.filter(*same)["other"].any():
            rows = reads(of_type(kind, cancelled=True), "status", status, cancelled=True)
        if rows.day.size:
            found[place] = rows.renumbered()
    return found
