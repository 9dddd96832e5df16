"""Analyses that several sections of a report show, each computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seggwat_nb.analysis import release_ratings
from seggwat_nb.analysis import silences as _silences
from seggwat_nb.analysis import spikes as _spikes
from seggwat_nb.share.report.once import once

if TYPE_CHECKING:
    import polars as pl

    from seggwat_nb.share.report.data import ReportData

__all__ = ["by_release", "silences", "spikes"]


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
    """Return how each version is rated, compared with earlier ones."""
    return release_ratings.by_release(data.ratings, where=data.where)
