"""The checks for findings about ratings: releases that are rated lower, and ratings that fell or rose lately."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis import rating_differences, release_ratings, significance, silences
from seggwat_nb.analysis.changes import check_windows
from seggwat_nb.analysis.counts import select_rows
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
from seggwat_nb.analysis.finding_volume import compare_all_ways, describe_earlier_start, most_certain
from seggwat_nb.analysis.finding_words import list_some, short, times, usually
from seggwat_nb.analysis.overdispersion import WEEK
from seggwat_nb.analysis.page_ids import as_page_without_ids
from seggwat_nb.analysis.periods import local_day
from seggwat_nb.analysis.rating_pages import where_it_changed
from seggwat_nb.analysis.rating_responses import MEASURES, responses
from seggwat_nb.analysis.ratings import LEAST
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.text import count_of, format_day, join_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from seggwat_nb.analysis.finding_scope import Scope
    from seggwat_nb.analysis.windows import Windows

__all__ = ["ratings", "ratings_by_page", "ratings_by_version", "ratings_stopped"]

_KINDS: Final = {"nps": "NPS response", "helpful": "helpful vote", "star": "star rating"}
_NEARLY_ALL: Final = 0.9
_FEWEST: Final = 10
"""Minimum number of responses about a page in each window, of which there are several to find what all have."""

_DIFFER: Final = 1.5
"""Minimum number of standard errors, as if responses were independent, to test for a difference."""

_MOST_PAGES: Final = 100
"""Maximum number of pages whose ratings are checked, those with the most responses."""

_PAGE: Final = "_page"


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
    chosen = select_rows(scope.ratings, scope.where_rated)
    latest = chosen.filter(scope.ratings_within(*scope.latest))
    left_out = without_place(latest["version"], least=LEAST)
    gap = f"Ratings of {left_out}" if left_out else ""
    if not asked.height:
        few = "no version has 30 ratings of one kind, and 30 in earlier versions, from enough different days or people."
        several = responses(chosen, "version")["version"].replace("", None).drop_nulls().n_unique() > 1
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
        sentence = f"{words.one.format(**_format_figures(surest))}: lower by {difference}, {ends}."
    else:
        each = [f"{short(row['version'])} ({words.each.format(**_format_figures(row))})" for row in lower.to_dicts()]
        before = measure.write(surest["estimate_before"])
        sentence = (
            f"{words.several.format(versions=list_some(each))}. {short(surest['version'])} is {difference} below "
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


def _format_figures(row: dict[str, Any]) -> dict[str, str]:
    """Write the figures of a version."""
    measure = MEASURES[row["measure"]]
    return {
        "version": short(row["version"]),
        "figure": measure.write(row["estimate"]),
        "before": measure.write(row["estimate_before"]),
        "n": count_of(row["n"], "rating" if row["measure"] == "stars" else "response"),
        "scale": f"{row['max_score'] or 0:g}",
    }


def _between(row: dict[str, Any]) -> str:
    """Describe the interval of a difference, without its sign."""
    least, most = sorted((abs(row["low"]), abs(row["high"])))
    measure = MEASURES[row["measure"]]
    return f"likely between {measure.size(least)} and {measure.size(most)}"


def ratings(scope: Scope) -> Check:
    """Check whether the latest ratings, or those of half of the latest days, differ from earlier ones."""
    windows = scope.windows_rated
    if not scope.ratings.height or not windows.complete:
        return Check([], None)
    window = windows.dates()
    last, lengths = window["after_last"], dict.fromkeys((windows.after, max(windows.after // 2 // WEEK * WEEK, WEEK)))
    sides = {days: _sides(scope, window["before_first"], last - timedelta(days=days - 1), last) for days in lengths}
    tables = [
        rating_differences.compare(scope.ratings, *parts, level=scope.level).with_columns(days=pl.lit(days))
        for days, parts in sides.items()
    ]
    asked = pl.concat(tables).filter(pl.col("q").is_not_null())
    if tables[0]["q"].null_count() == tables[0].height:
        rows = pl.concat(part.apply(scope.ratings) for part in sides[windows.after])
        return Check([], None, _why_not_compared(tables[0], rows, windows.after))
    asked = asked.with_columns(pl.Series("q", significance.benjamini_hochberg(asked["p"]), dtype=pl.Float64))
    changed = asked.filter(pl.col("q") <= 1 - scope.level).sort("q", "p", maintain_order=True)
    surest = changed.unique(["measure", "max_score"], keep="first", maintain_order=True)
    found = []
    for row in surest.sort("measure", "max_score").iter_rows(named=True):
        measure = MEASURES[row["measure"]]
        fell, days = row["difference"] < 0, row["days"]
        row["verdict"] = "lower" if fell else "higher"
        rows = _by_page(scope, *sides[days])
        of_measure = rows.filter(pl.col("measure") == row["measure"], pl.col("max_score").eq_missing(row["max_score"]))
        found.append(
            Candidate(
                kind="rating", key=row["measure"], verdict="fell" if fell else "rose", sentence=_sentence(row, days),
                ids=[], detail=where_it_changed(of_measure, measure),
                select=from_days((last - timedelta(days=days - 1), last)), estimate=row["difference"], low=row["low"],
                high=row["high"], p=row["p"], q=row["q"], weight=2.2 if fell else 1.2, measures={row["measure"]: ""},
            )
        )  # fmt: skip
    return Check(found, least_q(asked["q"]), _another_scale(scope))


def _another_scale(scope: Scope) -> str:
    """Say that stars of a scale only began in the latest days, so that these are compared with none. Empty if not."""
    if not {"rating_type", "max_score"} <= set(scope.ratings.columns):
        return ""
    window = scope.windows_rated.dates()
    scales = (
        select_rows(scope.ratings, scope.where_rated)
        .filter(pl.col("rating_type").cast(pl.String) == "star", pl.col("max_score").is_not_null())
        .select("max_score", day=local_day(pl.col("created_at"), time_zone=scope.time_zone))
        .filter(scope.within(window["before_first"], window["after_last"]))
        .group_by("max_score")
        .agg(pl.len(), pl.col("day").min())
        .sort("max_score")
    )
    is_new = pl.col("day") >= window["after_first"]
    new, old = scales.filter(is_new, pl.col("len") >= _FEWEST), scales.filter(~is_new)
    if not new.height or not old.height:
        return ""
    began = join_words(f"{scale:g} since {format_day(day)}" for scale, day in new.select("max_score", "day").rows())
    before = join_words((f"{scale:g}" for scale in old["max_score"]), "or")
    return f"Changes of stars: ratings are out of {began}, and cannot be compared with earlier ones out of {before}."


def _sides(scope: Scope, first: date, since: date, last: date) -> tuple[Part, Part]:
    """Return the ratings since a day, and those before it."""
    before = first, since - timedelta(days=1)
    now, earlier = (Part(scope.where_rated, scope.ratings_within(*days)) for days in ((since, last), before))
    return now, earlier


def ratings_by_page(scope: Scope) -> Check:
    """Find pages whose latest ratings differ from earlier ones, which many other pages may hide in the total."""
    windows = scope.windows_rated
    if not {"path", "rating_type", "created_at"} <= set(scope.ratings.columns) or not windows.complete:
        return Check([], None)
    window = windows.dates()
    sides = _sides(scope, window["before_first"], window["after_first"], window["after_last"])
    rows = _by_page(scope, *sides).with_columns(as_page_without_ids(pl.col("path"))).drop_nulls("path")
    least = pl.min_horizontal(pl.col("is_now").sum(), (~pl.col("is_now")).sum()).over("path", "measure", "max_score")
    rows = rows.filter(least >= _FEWEST, pl.len().over("path").rank("dense", descending=True) <= _MOST_PAGES)
    if rows["path"].n_unique() <= 1:  # of one page, `ratings` says the same
        return Check([], None)
    asked, tested = rows.filter(_may_differ()), rows.select(pl.struct("path", "measure", "max_score").n_unique()).item()
    alike = tested - asked.select(pl.struct("path", "measure", "max_score").n_unique()).item()
    table = rating_differences.differences(
        asked.rename({"is_now": "is_a"}), by="path", min_count=_FEWEST, alike=alike, level=scope.level
    )
    pages = rows.group_by("measure", "max_score").agg(pages=pl.col("path").n_unique())
    named = table.filter(pl.col("verdict").is_in(["higher", "lower"]))
    named = named.join(pages, on=["measure", "max_score"], nulls_equal=True)
    is_everywhere = pl.len().over("measure", "max_score", "verdict") == pl.col("pages")  # as `ratings` says
    named = named.filter(~is_everywhere).sort("q", "p", "path")
    parts = named.partition_by("measure", "max_score", "verdict", maintain_order=True)
    return Check([_of_pages(part, windows) for part in parts], min([1.0, *table["q"].drop_nulls()]))


def _may_differ() -> pl.Expr:
    """Return whether responses about a page would differ if they were independent. Clusters prove less."""
    of = ("path", "measure", "max_score")
    now, before = (pl.col("response").filter(side) for side in (pl.col("is_now"), ~pl.col("is_now")))
    error = (now.var().over(of) / now.len().over(of) + before.var().over(of) / before.len().over(of)).sqrt()
    return (now.mean().over(of) - before.mean().over(of)).abs() >= _DIFFER * error


def _describe_change(row: dict[str, Any]) -> str:
    """Say that a measure fell or rose."""
    scale = f" (of {row['max_score']:g})" if row["max_score"] is not None else ""
    return f"{_WORDS[row['measure']].subject}{scale} {'fell' if row['verdict'] == 'lower' else 'rose'}"


def _sentence(row: dict[str, Any], days: int, *, on: str = "") -> str:
    """Describe the change of a measure, and of which page."""
    measure = MEASURES[row["measure"]]
    was, now = row["estimate_b"], row["estimate_a"]
    return (
        f"{_describe_change(row)}{on} from {measure.write(was)} to {measure.write(now)} in the last {days} days "
        f"({row['n_b']:,} responses before, {row['n_a']:,} since): by {measure.apart(now, was)}, {_between(row)}."
    )


def _of_pages(rows: pl.DataFrame, windows: Windows) -> Candidate:
    """Report the pages on which a measure fell, or rose. The most certain one comes first."""
    first = rows.row(0, named=True)
    measure, fell = MEASURES[first["measure"]], first["verdict"] == "lower"
    sentence = _sentence(first, windows.after, on=f" on {short(first['path'])}")
    if rows.height > 1:
        each = [
            f"{short(row['path'])} (from {measure.write(row['estimate_b'])} to {measure.write(row['estimate_a'])}, "
            f"{count_of(row['n_a'], 'response')})"
            for row in rows.to_dicts()
        ]
        sentence = f"{_describe_change(first)} on several pages in the last {windows.after} days: {list_some(each)}."
    latest = windows.dates()["after_first"], windows.dates()["after_last"]
    return Candidate(
        kind="rating", key="path", value=first["path"], verdict="fell" if fell else "rose", sentence=sentence, ids=[],
        select={**from_days(latest), "path": first["path"] if rows.height == 1 else tuple(rows["path"])},
        estimate=first["difference"], low=first["low"], high=first["high"], p=first["p"], q=first["q"],
        weight=2.1 if fell else 1.1, measures={first["measure"]: ""},
    )  # fmt: skip


def ratings_stopped(scope: Scope) -> Check:
    """Find whether ratings stopped: all of them, those of a kind, or those of one of the pages with the most."""
    rows = scope.ratings
    if "path" in rows.columns:
        rows = rows.with_columns(as_page_without_ids(pl.col("path").cast(pl.String)).alias(_PAGE))
        pages = select_rows(rows, scope.where_rated)[_PAGE].drop_nulls().value_counts(name="n")
        most = pages.sort("n", _PAGE, descending=[True, False]).head(_MOST_PAGES)[_PAGE]
        rows = rows.with_columns(pl.when(pl.col(_PAGE).is_in(most.implode())).then(_PAGE).alias(_PAGE))
    keys = [key for key in ("rating_type", _PAGE) if key in rows.columns]
    if not keys or not rows.height:
        return Check([], None)
    table = silences.silences(rows, by=keys, **{**scope.options, "where": scope.where_rated})
    table = table.with_columns(pl.col("key").replace(_PAGE, "path"))
    day = select_rows(scope.ratings, scope.where_rated).select(
        local_day(pl.col("created_at"), time_zone=scope.time_zone)
    )["created_at"]
    named = table.filter(verdict="silent")
    is_all = [row["key"] is None or _is_of_all(row, day) for row in named.iter_rows(named=True)]
    named = named.with_columns(is_all=pl.Series(is_all, dtype=pl.Boolean)).sort(~pl.col("is_all"), "p", "key", "value")
    each = named.unique("silent_since", keep="first", maintain_order=True)  # a page may have all ratings of a kind
    fewer, least = _fewer_or_more(scope, {*named.filter(key="rating_type")["value"]})
    fewer = [] if named["is_all"].any() else fewer
    # Two families of tests: the smaller q of both, twice
    chances = [2 * q for q in (least_q(table["q"]), least) if q is not None]
    found = [
        replace(one, q=min(2 * (one.q or 0.0), 1.0)) for one in (*map(_silent_candidate, each.rows(named=True)), *fewer)
    ]
    return Check(found, min([1.0, *chances]))


def _is_of_all(row: dict[str, Any], day: pl.Series) -> bool:
    """Return whether nearly all ratings have a value that stopped, and hardly any others came in since."""
    since = int(day.is_between(row["silent_since"], row["silent_until"]).sum())
    is_most = row["came"] + row["usual"] >= _NEARLY_ALL * day.len()
    return bool(is_most and since <= (1 - _NEARLY_ALL) * row["expected"])


def _fewer_or_more(scope: Scope, stopped: set[str | None]) -> tuple[list[Candidate], float | None]:
    """Find kinds of ratings of which there are fewer or more than usual, but that did not stop."""
    if "rating_type" not in scope.ratings.columns or not scope.windows_rated.complete:
        return [], None
    options = {**scope.options, "where": scope.where_rated}
    windows = check_windows(scope.ratings, days=scope.days, **options)
    if not windows.complete:
        return [], None
    rows = compare_all_ways(scope.ratings, windows, options, by="rating_type")
    corrected = significance.benjamini_hochberg([np.nan if row["p"] is None else row["p"] for row in rows])
    day = local_day(pl.col("created_at"), time_zone=scope.time_zone)
    among = select_rows(scope.ratings, scope.where_rated).select("rating_type", day=day)
    told = []
    for kind in sorted({row["rating_type"] for row in rows} - stopped, key=lambda kind: kind or ""):
        mine = [at for at, row in enumerate(rows) if row["rating_type"] == kind]
        of_kind = among.filter(pl.col("rating_type").eq_missing(kind))
        row = most_certain(scope, [rows[at] for at in mine], corrected[mine].tolist(), of_kind)
        began = describe_earlier_start(scope, row, of_kind, thing=_kind_of(kind)) if row and row["is_apart"] else ""
        told += [] if row is None else [row | {"began": began}]
    sides = [[row for row in told if (row["difference"] > 0) == rose] for rose in (False, True)]
    return [_number_changed(side) for side in sides if side], float(np.nanmin([*corrected, 1.0]))


def _number_changed(rows: list[dict[str, Any]]) -> Candidate:
    """Report kinds of ratings of which there are fewer, or more."""
    first = min(rows, key=lambda row: float(row["q"]))
    fell, days = first["difference"] < 0, first["days_after"]
    numbers = [(_kind_of(row["rating_type"]), row) for row in rows]
    if len(rows) == 1:
        kind = numbers[0][0]
        said = f"{kind[0].upper()}{kind[1:]}s {'fell' if fell else 'rose'} to {first['after']:,} in {days} days "
        said += f"({usually(first['expected'])}): {times(first['ratio'], first['low'], first['high'])}."
    else:
        each = [f"{count_of(row['after'], kind)} ({usually(row['expected'])})" for kind, row in numbers]
        said = f"{'Fewer' if fell else 'More'} ratings arrived in {days} days: {list_some(each)}."
    return Candidate(
        kind="rating", verdict="fewer" if fell else "more", ids=[],
        sentence=f"{said} Check that people are still asked." if fell else f"{said} Are more people being asked?",
        caveat=first["began"] if len(rows) == 1 else "",
        select=from_days((first["after_first"], first["after_last"])), estimate=first["ratio"], low=first["low"],
        high=first["high"], p=first["p"], q=first["q"], weight=1.2 if fell else 0.8,
    )  # fmt: skip


def _kind_of(rating_type: str | None) -> str:
    return _KINDS.get(str(rating_type), f"{rating_type} rating" if rating_type else "rating")


def _silent_candidate(row: dict[str, Any]) -> Candidate:
    key, value = (None, None) if row["is_all"] else (row["key"], row["value"])
    what = _kind_of(value) if key == "rating_type" else "rating"
    of = f" of {short(value or '')}" if key == "path" else ""
    came = f"Only {count_of(row['came'], what)}{of}" if row["came"] else f"No {what}s{of}"
    came += f" {'has' if row['came'] == 1 else 'have'} come in since {format_day(row['silent_since'])}"
    return Candidate(
        kind="rating", key=key, value=value, verdict="silent", ids=[],
        sentence=f"{came}, about {row['expected']:,.0f} expected. Check that people are still asked.",
        select={key: value} if key == "path" else {}, p=row["p"], q=row["q"], weight=1.5,
    )  # fmt: skip


def _by_page(scope: Scope, now: Part, before: Part) -> pl.DataFrame:
    """Return the responses of both windows with their page. None if ratings have no pages."""
    chosen = scope.ratings if "path" in scope.ratings.columns else scope.ratings.clear().with_columns(path=None)
    rows = pl.concat(part.apply(chosen).with_columns(is_now=pl.lit(part is now)) for part in (now, before))
    return responses(merge_spellings(rows.with_columns(pl.col("path").cast(pl.String))), "path", "is_now")


def _why_not_compared(table: pl.DataFrame, rows: pl.DataFrame, days: int) -> str:
    """Say why no measure can be compared with earlier responses. Empty without ratings."""
    what = "Changes of ratings"
    if not rows.height:
        return ""
    if not table.height:
        kinds = rows["rating_type"].cast(pl.String).fill_null("").unique().sort().replace("", "unknown")
        known = f"of type {list_some([short(kind) for kind in kinds])}"
        return f"{what}: ratings {known} have no values that can be averaged, so they are only counted."
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
