"""Findings about versions that are not the cause, as other versions show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.analysis import rating_differences, selections
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.finding_scope import Part
from seggwat_nb.analysis.finding_words import short
from seggwat_nb.analysis.item_types import is_of_type
from seggwat_nb.analysis.version_lines import launch_of
from seggwat_nb.analysis.versions import merge_spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seggwat_nb.analysis.finding_scope import Candidate, Scope

__all__ = ["without_blameless"]


def without_blameless(scope: Scope, found: Sequence[Candidate]) -> list[Candidate]:
    """Replace findings about versions by the change itself, if all versions became worse. That finding says so.

    If the change was not found by itself, the version stays, and says that earlier ones became worse, too.
    """
    kept = list(found)
    for one in found:
        if one.key != "version" or one.kind not in {"release", "rating"} or not _is_everywhere(scope, one):
            continue
        if not any(_is_same_change(one, other) for other in kept):
            kept = [
                replace(other, detail="Earlier versions became worse on the same days, too.") if other is one else other
                for other in kept
            ]
            continue
        alike = f"The same in version {short(one.value or '')} as in earlier ones."
        kept = [
            replace(other, detail=" ".join(filter(None, (alike, other.detail))))
            if _is_same_change(one, other)
            else other
            for other in kept
            if other is not one
        ]
    return kept


def _is_same_change(one: Candidate, other: Candidate) -> bool:
    if one.kind == "rating":
        return other.verdict == "fell" and bool(one.measures.keys() & other.measures.keys())
    return (other.kind, other.verdict) == ("type", "rose") and other.value in one.select["type"]


def _is_everywhere(scope: Scope, one: Candidate) -> bool:
    """Return whether versions before each of these became worse in the latest days, too, and at least as bad.

    Later versions prove nothing: they may have kept what this one broke.
    """
    windows = scope.windows_rated if one.kind == "rating" else scope.windows
    if not windows.complete:
        return False
    rows = merge_spellings(select_rows(scope.ratings, scope.where_rated)) if one.kind == "rating" else scope.rows
    version = pl.col("version").cast(pl.String).replace("", None)
    first = rows.group_by(version=version).agg(launch_of(pl.col("created_at"))).drop_nulls("version")
    window = windows.dates()
    latest = scope.ratings_within(window["after_first"], window["after_last"])
    known = scope.ratings_within(window["before_first"], window["after_last"])
    is_worse = (_is_rated_lower if one.kind == "rating" else _is_of_type_more_often)(scope, rows, one)
    named = first.filter(pl.col("version").is_in(one.select["version"]))
    for mine, launch in named.select(version, "created_at").rows():
        since = pl.col("created_at") >= launch
        earlier = version.is_in(first.filter(pl.col("created_at") < launch)["version"].implode())
        now = latest & since
        if not is_worse(earlier & now, earlier & known & ~now) or is_worse((version == mine) & since, earlier & since):
            return False
    return named.height > 0


def _is_rated_lower(scope: Scope, rows: pl.DataFrame, one: Candidate) -> Callable[[pl.Expr, pl.Expr], bool]:
    def is_lower(a: pl.Expr, b: pl.Expr) -> bool:
        table = rating_differences.compare(rows, Part(None, a), Part(None, b), level=scope.level)
        return table.filter(pl.col("measure").is_in([*one.measures]), verdict="lower").height > 0

    return is_lower


def _is_of_type_more_often(scope: Scope, rows: pl.DataFrame, one: Candidate) -> Callable[[pl.Expr, pl.Expr], bool]:
    rows = rows.with_columns(type=pl.when(is_of_type(rows, one.select["type"])).then(pl.lit("it")))

    def is_higher(a: pl.Expr, b: pl.Expr) -> bool:
        table = selections.compare(rows, Part(None, a), Part(None, b), level=scope.level)
        return table.filter(type="it", verdict="higher").height > 0

    return is_higher
