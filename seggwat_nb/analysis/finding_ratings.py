"""The checks for findings about ratings: releases that are rated lower, and ratings that fell or rose lately."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from seggwat_nb.analysis import rating_differences, release_ratings
from seggwat_nb.analysis.counts import selected
from seggwat_nb.analysis.finding_scope import (
    OF_RELEASES,
    Candidate,
    Check,
    Part,
    from_days,
    in_use,
    least_q,
    one_sided,
    without_place,
)
from seggwat_nb.analysis.finding_words import enumerated, short
from seggwat_nb.analysis.rating_pages import where_it_changed
from seggwat_nb.analysis.rating_responses import MEASURES, responses
from seggwat_nb.analysis.ratings import LEAST
from seggwat_nb.analysis.versions import merged
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seggwat_nb.analysis.finding_scope import Scope

__all__ = ["ratings", "ratings_by_version"]


class _Words(NamedTuple):
    """What is said of a measure.

    ``one`` and ``several`` say of versions that they are rated lower than earlier ones, and ``brief`` in a few words.
    """

    subject: str
    one: str
    several: str
    each: str
    brief: str


_WORDS: Final[Mapping[str, _Words]] = {
    "nps": _Words(
        subject="The Net Promoter Score",
        one="Version {version} has an NPS of {figure} (from {n}), earlier versions {before}",
        several="Versions {versions} have a lower NPS than earlier versions",
        each="{figure} from {n}",
        brief="NPS",
    ),
    "helpful": _Words(
        subject="The share who said “helpful”",
        one="In version {version}, {figure} said “helpful” (from {n}), in earlier versions {before}",
        several="In versions {versions}, fewer people said “helpful” than in earlier versions",
        each="{figure} from {n}",
        brief="share who said “helpful”",
    ),
    "stars": _Words(
        subject="Average stars",
        one="Version {version} has {figure} of {scale} stars on average (from {n}), earlier versions {before}",
        several="Versions {versions} have fewer stars than earlier versions",
        each="{figure} of {scale} from {n}",
        brief="stars",
    ),
}


def ratings_by_version(scope: Scope) -> Check:
    """Find versions in current ratings that are rated lower than earlier ones."""
    if not {"rating_type", "version", "created_at"} <= set(scope.ratings.columns) or not scope.ratings.height:
        return Check([], None)
    table = scope.once(
        "by_release", lambda: release_ratings.by_release(scope.ratings, where=scope.where_rated, level=scope.level)
    )
    asked = one_sided(table, pl.col("difference") < 0)
    chosen = selected(scope.ratings, scope.where_rated)
    latest = chosen.filter(scope.rated_within(*scope.latest))
    left_out = without_place(latest["version"], least=LEAST)
    gap = f"Ratings of {left_out}" if left_out else ""
    if not asked.height:
        few = "no version has 30 ratings of one kind, and 30 before it, from enough different days or people."
        several = chosen["version"].replace("", None).drop_nulls().n_unique() > 1
        return Check([], None, gap or f"Ratings by version: {few}" if several else "")
    lower = asked.filter(pl.col("verdict") == "lower", in_use(latest))
    found = [_lower(scope, of_measure) for of_measure in lower.partition_by("measure", maintain_order=True)]
    return Check(found, least_q(asked["q"]), gap, weight=OF_RELEASES)


def _lower(scope: Scope, lower: pl.DataFrame) -> Candidate:
    """Report the versions that are rated lower by one measure."""
    surest = lower.sort("q", "p", maintain_order=True).row(0, named=True)
    measure, words = MEASURES[surest["measure"]], _WORDS[surest["measure"]]
    difference, ends = measure.apart(surest["estimate"], surest["estimate_before"]), _between(surest)
    if lower.height == 1:
        sentence = f"{words.one.format(**_told(surest))}: lower by {difference}, {ends}."
    else:
        each = [f"{short(row['version'])} ({words.each.format(**_told(row))})" for row in lower.to_dicts()]
        before = measure.write(surest["estimate_before"])
        sentence = (
            f"{words.several.format(versions=enumerated(each))}. {short(surest['version'])} is {difference} below "
            f"the {before} of earlier ones, {ends}."
        )
    spellings = lower["spellings"].explode().unique()
    figures = f"{measure.write(surest['estimate'])}, {measure.write(surest['estimate_before'])} in earlier versions"
    return Candidate(
        kind="rating", key="version", value=surest["version"], verdict="lower", sentence=sentence,
        ids=scope.rows.filter(pl.col("version").is_in([*lower["version"], *spellings]))["id"].to_list(),
        select={"version": tuple(spellings.sort())}, estimate=surest["difference"], low=surest["low"],
        high=surest["high"], p=surest["p"], q=surest["q"], weight=2.5,
        measures={surest["measure"]: f"{words.brief} ({figures})"},
    )  # fmt: skip


def _told(row: dict[str, Any]) -> dict[str, str]:
    """Write the figures of a version."""
    measure = MEASURES[row["measure"]]
    return {
        "version": short(row["version"]),
        "figure": measure.write(row["estimate"]),
        "before": measure.write(row["estimate_before"]),
        "n": counted(row["n"], "rating" if row["measure"] == "stars" else "response"),
        "scale": f"{row['max_score'] or 0:g}",
    }


def _between(row: dict[str, Any]) -> str:
    """Describe the interval of a difference, without its sign."""
    least, most = sorted((abs(row["low"]), abs(row["high"])))
    measure = MEASURES[row["measure"]]
    return f"likely between {measure.size(least)} and {measure.size(most)}"


def ratings(scope: Scope) -> Check:
    """Check whether the latest ratings differ from earlier ones."""
    windows = scope.windows_rated
    if not scope.ratings.height or not windows.complete:
        return Check([], None)
    window = windows.dates()
    latest = window["after_first"], window["after_last"]
    now = Part(scope.where_rated, scope.rated_within(*latest))
    before = Part(scope.where_rated, scope.rated_within(window["before_first"], window["after_first"] - timedelta(1)))
    table = rating_differences.compare(scope.ratings, now, before, level=scope.level)
    asked = table.filter(pl.col("q").is_not_null())
    if not asked.height:
        return Check([], None, _why_not_compared(table, windows.after))
    rows = _by_page(scope, now, before)
    found = []
    for row in asked.filter(pl.col("verdict").is_in(["higher", "lower"])).iter_rows(named=True):
        measure = MEASURES[row["measure"]]
        fell = row["verdict"] == "lower"
        scale = f" (of {row['max_score']:g})" if row["max_score"] is not None else ""
        sentence = (
            f"{_WORDS[row['measure']].subject}{scale} {'fell' if fell else 'rose'} from "
            f"{measure.write(row['estimate_b'])} to {measure.write(row['estimate_a'])} in the last {windows.after} "
            f"days ({row['n_b']:,} responses before, {row['n_a']:,} since): by "
            f"{measure.apart(row['estimate_a'], row['estimate_b'])}, {_between(row)}."
        )
        of_measure = rows.filter(pl.col("measure") == row["measure"], pl.col("max_score").eq_missing(row["max_score"]))
        found.append(
            Candidate(
                kind="rating", key=row["measure"], verdict="fell" if fell else "rose", sentence=sentence, ids=[],
                detail=where_it_changed(of_measure, measure),
                select=from_days(latest), estimate=row["difference"], low=row["low"], high=row["high"],
                p=row["p"], q=row["q"], weight=2.2 if fell else 1.2, measures={row["measure"]: ""},
            )
        )  # fmt: skip
    return Check(found, least_q(asked["q"]))


def _by_page(scope: Scope, now: Part, before: Part) -> pl.DataFrame:
    """Return the responses of both windows with their page. None if ratings have no pages."""
    chosen = scope.ratings if "path" in scope.ratings.columns else scope.ratings.clear().with_columns(path=None)
    rows = pl.concat(part.apply(chosen).with_columns(is_now=pl.lit(part is now)) for part in (now, before))
    return responses(merged(rows.with_columns(pl.col("path").cast(pl.String))), "path", "is_now")


def _why_not_compared(table: pl.DataFrame, days: int) -> str:
    """Say why no measure can be compared with earlier responses. Empty without responses."""
    if not table.height:
        return ""
    what = "Changes of ratings"
    if table.filter(pl.min_horizontal("n_a", "n_b") >= LEAST).height:
        return f"{what}: too many responses in the last {days} days, or before them, are from one submitter or one day."
    now, before = (table.sort(n, descending=True, maintain_order=True).row(0, named=True) for n in ("n_a", "n_b"))
    if now["n_a"] < LEAST or before["n_b"] < LEAST:
        return f"{what}: fewer than {LEAST} responses in the last {days} days, or before them."
    return (
        f"{what}: {now['n_a']:,} responses in the last {days} days are {_kind(now)}, and {before['n_b']:,} before them "
        f"are {_kind(before)}. These cannot be compared."
    )


def _kind(row: dict[str, Any]) -> str:
    brief = _WORDS[row["measure"]].brief.removeprefix("share who said ")
    return f"{brief} of {row['max_score']:g}" if row["max_score"] is not None else brief
