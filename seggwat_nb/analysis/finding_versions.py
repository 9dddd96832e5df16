"""Findings about a version of which other versions show that it is not the cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.analysis import rating_differences, selections
from seggwat_nb.analysis.finding_scope import Part
from seggwat_nb.analysis.finding_words import short
from seggwat_nb.analysis.item_types import is_of_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seggwat_nb.analysis.finding_scope import Candidate, Scope

__all__ = ["without_blameless"]


def without_blameless(scope: Scope, found: Sequence[Candidate]) -> list[Candidate]:
    """Leave out versions that are only worse because all versions are, and say so of the change itself."""
    worse = [one for one in found if one.key == "version" and one.kind in {"release", "rating"}]
    blameless = [one for one in worse if _is_everywhere(scope, one)]
    kept = [one for one in found if one not in blameless]
    for one in blameless:
        alike = f"In version {short(one.value or '')} as in the others."
        kept = [
            replace(other, detail=" ".join(filter(None, (alike, other.detail))))
            if _is_same_change(one, other)
            else other
            for other in kept
        ]
    return kept


def _is_same_change(one: Candidate, other: Candidate) -> bool:
    if one.kind == "rating":
        return other.verdict == "fell" and bool(one.measures.keys() & other.measures.keys())
    return (other.kind, other.verdict) == ("type", "rose") and other.value in one.select["type"]


def _is_everywhere(scope: Scope, one: Candidate) -> bool:
    """Return whether other versions became worse in the latest days too, and this one is not worse in these days."""
    windows = scope.windows_rated if one.kind == "rating" else scope.windows
    if not windows.complete:
        return False
    window = windows.dates()
    now = scope.rated_within(window["after_first"], window["after_last"])
    before = scope.rated_within(window["before_first"], window["after_first"] - timedelta(days=1))
    version = pl.col("version").cast(pl.String).replace("", None)
    mine = version.is_in(one.select["version"])
    is_worse = (_is_rated_lower if one.kind == "rating" else _is_of_type_more_often)(scope, one)
    return is_worse(~mine & now, ~mine & before) and not is_worse(mine & now, ~mine & now)


def _is_rated_lower(scope: Scope, one: Candidate) -> Callable[[pl.Expr, pl.Expr], bool]:
    def is_lower(a: pl.Expr, b: pl.Expr) -> bool:
        sides = (Part(scope.where_rated, side) for side in (a, b))
        table = rating_differences.compare(scope.ratings, *sides, level=scope.level)
        return table.filter(pl.col("measure").is_in([*one.measures]), verdict="lower").height > 0

    return is_lower


def _is_of_type_more_often(scope: Scope, one: Candidate) -> Callable[[pl.Expr, pl.Expr], bool]:
    rows = scope.rows.with_columns(type=pl.when(is_of_type(scope.rows, one.select["type"])).then(pl.lit("it")))

    def is_higher(a: pl.Expr, b: pl.Expr) -> bool:
        table = selections.compare(rows, Part(None, a), Part(None, b), level=scope.level)
        return table.filter(type="it", verdict="higher").height > 0

    return is_higher
