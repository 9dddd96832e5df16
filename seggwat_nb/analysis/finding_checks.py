"""The checks for findings. Each says whether it could be made, and what it found.

A check is a family of tests. Its results have ``q``, corrected within the check. `seggwat_nb.analysis.findings`
corrects for the number of checks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis import changes, releases, significance
from seggwat_nb.analysis.common_terms import LEAST_PEOPLE, common_terms
from seggwat_nb.analysis.copies import find_copies
from seggwat_nb.analysis.finding_scope import (
    OF_RELEASES,
    Candidate,
    Check,
    from_days,
    has_value,
    in_use,
    least_q,
    one_sided,
    without_place,
)
from seggwat_nb.analysis.finding_volume import change_candidate, describe_earlier_start, most_certain
from seggwat_nb.analysis.finding_words import (
    describe_weeks,
    items_usually,
    list_some,
    share_times,
    short,
)
from seggwat_nb.analysis.folding import fold, fold_texts
from seggwat_nb.analysis.item_types import is_of_type
from seggwat_nb.analysis.rising import MOST_COMPARED
from seggwat_nb.analysis.rising_kinds import LANGUAGE, WORDS
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.tokens import EMOJI, find_terms
from seggwat_nb.analysis.windows import rows_within
from seggwat_nb.schema import TYPES
from seggwat_nb.text import count_of, join_words, percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from seggwat_nb.analysis.finding_scope import Scope
    from seggwat_nb.analysis.windows import Windows

__all__ = [
    "KEYS",
    "bugs",
    "copies",
    "texts",
    "values",
]

_MOST_WORDS: Final = 50
"""The most words that a filter of a topic has."""

_UNSEARCHED: Final = (
    "No search for a few words finds all of these items, so the filter selects all items of these days."
)

_FIRST: Final = 4.0
"""Weight of what to know before all other findings: more than these can have."""

_WEIGHTS: Final = {"theme": 1.8, "path": 1.7, "type": 1.3, "source": 1.1}
_CHANGED: Final = ("up", "down")
_COMPARED: Final = (
    *("key", "value", "before", "after", "expected", "difference", "ratio", "low", "high", "p", "q", "dispersion"),
    *("verdict", "days_before", "days_after", "before_first", "after_first", "after_last", "left_out"),
)

KEYS: Final = ("type", "path", "source", "theme")
"""Whose values may have changed. Of two with the same items, the later one says more."""


def copies(scope: Scope) -> Check:
    """Find items that were stored several times, which every count includes. This is seen rather than tested."""
    found = find_copies(scope.everything)
    if found is None:
        return Check([], None)
    candidate = Candidate(
        kind="copies", verdict="stored twice", ids=found.ids, select=from_days(found.days),
        # Copies throughout explain no change.
        excess=0.0 if found.is_whole else float(len(found.ids)), weight=_FIRST,
        sentence=f"{found.sentence} Perhaps an import ran twice. All counts"
        f"{'' if found.is_whole else ' of these days'} include them.",
    )  # fmt: skip
    return Check([candidate], None)


def values(scope: Scope) -> Check:
    """Find themes, pages, types and sources that changed more than the rest.

    As with all feedback, half of the latest days are compared, too, and the latest days with what was usual earlier.
    """
    keys = [key for key in KEYS if key in scope.feedback.columns]
    if not scope.windows.complete or not keys:
        return Check([], None)  # reported by the check of the volume
    table = scope.once("movers", lambda: changes.movers(scope.feedback, by=keys, days=scope.days, **scope.options))
    half, apart = (_movers_within(scope, keys, one) for one in (scope.windows.half, scope.windows.apart_from_latest))
    compared = [(table, False), (half, False), (apart, True)]
    asked = pl.concat(
        one.select(*_COMPARED, is_apart=pl.lit(is_apart)) for one, is_apart in compared if one is not None
    ).drop_nulls("q")
    found, least = [], 1.0
    by_value: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for one in asked.iter_rows(named=True):
        by_value.setdefault((one["key"], one["value"]), []).append(one)
    for (key, value), rows in by_value.items():
        tested = [row["q"] for row in rows]
        corrected = significance.benjamini_hochberg(tested + [1.0] * (len(compared) - len(tested)))
        least = min(least, float(corrected.min()))
        named = [row | {"q": q} for row, q in zip(rows, corrected.tolist(), strict=False) if row["verdict"] in _CHANGED]
        if not named:
            continue
        mine = scope.keyed.filter(has_value(scope.keyed, key, value))
        row = most_certain(scope, named, [one["q"] for one in named], mine)
        if row is None or (row["difference"] > 0 and scope.is_regular(key, value)):
            continue
        kind, weight = "page" if key == "path" else key, _WEIGHTS[key] - (0 if row["difference"] > 0 else 0.7)
        told = change_candidate(scope, row, scope.keyed, kind=kind, key=key, weight=weight)
        found.append(replace(told, caveat=describe_earlier_start(scope, row, mine)) if row["is_apart"] else told)
    return Check(found, least if asked.height else None)


def _movers_within(scope: Scope, keys: Sequence[str], windows: Windows | None) -> pl.DataFrame | None:
    """Compare other windows than those of the latest days, as `changes.movers` does."""
    if windows is None:
        return None
    rows = rows_within(
        scope.feedback, windows, where=scope.where, keys=keys, time_zone=scope.time_zone, include_churn=False
    )
    return changes.rank(rows, keys, windows, level=scope.level)


def texts(scope: Scope) -> Check:
    """Find words and phrases that rose, and groups of similar messages, whatever words they use."""
    window = scope.windows.whole
    if not window.complete or "message" not in scope.feedback.columns:
        return Check([], None)
    gap = _too_few_texts(scope)
    if scope.rows.filter(window.place(pl.col("day")).is_not_null()).height > MOST_COMPARED:
        gap = f"Topics: more than {MOST_COMPARED:,} items, too many to compare with each other."
    table = scope.rising.filter(pl.col("submitters") >= LEAST_PEOPLE)
    found, caveat = [], _including(scope)
    for row, shown in zip(table.to_dicts(), common_terms(table, scope.rows), strict=True):
        report = _words if row["kind"] == WORDS and row["term"] in shown else _messages  # a word of few is not shown
        found.append(replace(report(scope, row, [*dict.fromkeys(shown.values())]), caveat=caveat))
    return Check(found, 1.0 if (q := least_q(scope.rising["q"])) is None else q, gap)


def _including(scope: Scope) -> str:
    """Say that usual numbers of words include weeks, left out otherwise, with most of the earlier items: an import."""
    windows, days = scope.windows, scope.rows["day"]
    earlier = scope.rows.filter(pl.col("day").is_between(windows.first, scope.latest[0], closed="left"))
    left = earlier.filter(windows.place(pl.col("day")).is_not_null())
    is_most = 2 * left.height < earlier.height
    return describe_weeks(windows.weeks_left_out, days, verb="include") if is_most else ""


def _too_few_texts(scope: Scope) -> str:
    """Say that not even a word in half of the latest messages would be found. Empty if it would, or without texts."""
    has_text = pl.col("message").cast(pl.String).str.contains(r"\S")
    days = scope.windows.after
    number = scope.rows.filter(has_text, scope.within(*scope.latest)).height
    if number >= 2 * LEAST_PEOPLE or not scope.rows.select(has_text.any()).item():
        return ""
    if not number:
        return f"Words and topics: no messages in the last {days} days."
    return f"Words and topics: only {count_of(number, 'message')} in the last {days} days, too few to compare."


def _words(scope: Scope, row: dict[str, Any], names: list[str]) -> Candidate:
    term = names[0]
    others = [name for name in names if term not in name and name not in term]
    others = [name for name in others if not any(name in one and name != one for one in others)]
    also = f" (some also {join_words(f'“{name}”' for name in others[:2])})" if others else ""
    who = "people" if _is_signed(scope, row) else "messages"
    (first, last), expected = _days_of(row), _expected(row)
    # The ratio is that of the shares, which differs from that of the numbers if there are more items in all.
    of_all = f", {percent(row['share'])} of all items, up from {percent(row['baseline_share'])}:" if expected else ","
    return _of_texts(
        row, value=term, select=_selecting(row["term"], row["ids"], scope), expected=expected,
        sentence=f"More {who} mention “{term}”{also}: "
        f"{items_usually(row['count'], (last - first).days + 1, expected)}{of_all} "
        f"{share_times(row['ratio'], row['low'], row['high'], 'usual share of items')}.",
    )  # fmt: skip


def _messages(scope: Scope, row: dict[str, Any], names: list[str]) -> Candidate:
    """Report similar messages, or those in a language."""
    expected, is_signed, (first, last) = _expected(row), _is_signed(scope, row), _days_of(row)
    if row["kind"] == LANGUAGE:
        said, value = f"{'More people write' if is_signed else 'More messages are'} in {row['term']}", row["term"]
    else:
        said = f"{'More people write' if is_signed else 'There are more'} similar messages"
        value = names[0] if names else None
    told = f", with words such as {join_words(f'“{name}”' for name in names[:3])}" if names else ""
    return _of_texts(
        row, value=value, select={"search": _any_of(row["ids"], scope)}, expected=expected,
        sentence=f"{said}{told}: {items_usually(row['count'], (last - first).days + 1, expected)}.",
    )  # fmt: skip


def _days_of(row: dict[str, Any]) -> tuple[date, date]:
    """Return the days of what rose: the latest, or half of them."""
    return row["first"], row["last"]


def _expected(row: dict[str, Any]) -> float:
    """Return the usual number of items in as many days."""
    first, last = _days_of(row)
    return float(row["baseline_count"] * ((last - first).days + 1) / (first - row["baseline_first"]).days)


def _is_signed(scope: Scope, row: dict[str, Any]) -> bool:
    """Return whether any of the items has a submitter."""
    rows = scope.rows.filter(pl.col("id").is_in(row["ids"]))
    return bool(rows.select(submitter_of(rows).count()).item())


def _of_texts(
    row: dict[str, Any], *, value: str | None, select: dict[str, Any], expected: float, sentence: str
) -> Candidate:
    return Candidate(
        kind="theme", key=row["kind"], value=value, verdict="rose", sentence=sentence, ids=row["ids"],
        select={**from_days(_days_of(row)), **select}, excess=max(0.0, row["count"] - expected),
        estimate=row["ratio"], low=row["low"], high=row["high"], p=row["p"], q=row["q"], weight=1.8,
        detail=_UNSEARCHED if select.get("search", "") is None else "",
    )  # fmt: skip


def _selecting(term: str, ids: list[str], scope: Scope) -> dict[str, str | None]:
    """Return what selects the items with a word: the word, or if that misses some of its forms, a search for them."""
    mine = scope.rows.filter(pl.col("id").is_in(ids))["message"]
    searched = None if fold_texts(mine).str.contains(fold(term), literal=True).all() else _any_of(ids, scope)
    return {"text": term} if searched is None else {"search": searched}


def _any_of(ids: list[str], scope: Scope) -> str | None:
    """Return a search for words of which each item has one, as few of them and as rare elsewhere as possible.

    If the rare ones are too many, it is the fewest words, which more of the other items have. None if an item has no
    word, or if all of them together are too many.
    """
    recent = scope.rows.filter(scope.within(*scope.latest))
    mine = recent["id"].is_in(ids).to_numpy()
    found = find_terms(recent["message"], as_is=True)
    alone = found.names.str.contains(rf"^(?:[\w--[_]]+|{EMOJI})$").to_numpy()  # a phrase may have other words between
    has = found.has[:, alone].tocsc().astype(np.float64)
    names, others = found.names.filter(pl.Series(alone)), np.asarray(has[~mine].sum(axis=0)).ravel()
    for cost in (others + 1, np.ones(others.size)):
        open_items, chosen = has[mine], list[str]()
        while open_items.shape[0] and len(chosen) < _MOST_WORDS:
            gain = np.asarray(open_items.sum(axis=0)).ravel() / cost
            best = int(gain.argmax()) if gain.size else -1
            if best < 0 or not gain[best]:
                return None
            chosen.append(str(names[best]))
            open_items = open_items[open_items[:, [best]].toarray().ravel() == 0]
        if not open_items.shape[0]:
            return " OR ".join(chosen)
    return None


def bugs(scope: Scope) -> Check:
    """Find versions in current feedback that have a larger share of bugs than earlier ones.

    If a project has types of its own, and none is known as a bug, the share of each is compared. Nothing is said of
    which of them is good or bad.
    """
    if not {"version", "type"} <= set(scope.feedback.columns):
        return Check([], None)
    typed = scope.rows.drop_nulls("type")
    bug, own = typed.select(is_of_type(typed, "Bug").any(), own=(~is_of_type(typed, TYPES)).any()).row(0)
    of_ones_own = own and not bug
    if of_ones_own:
        table = releases.to_show(scope.feedback, by="type", where=scope.where, level=scope.level)
    else:
        table = scope.once(
            "regressions", lambda: releases.to_show(scope.feedback, where=scope.where, level=scope.level)
        ).with_columns(type=pl.lit("Bug"))
    asked = one_sided(table.drop_nulls("type"), pl.col("ratio") > 1)
    what = "Types" if of_ones_own else "Bugs"
    latest = scope.rows.filter(scope.within(*scope.latest))
    left_out = without_place(latest["version"], least=releases.LEAST)
    gap = f"{what} of {left_out}" if left_out else ""
    if not asked.height:
        named = scope.rows["version"].replace("", None).drop_nulls().n_unique()
        few = f"no version has 30 items, and 30 before, from enough different days or people ({named:,} versions)."
        return Check([], None, gap or f"{what} by version: {few}" if named > 1 else "")
    worse = asked.filter(pl.col("verdict").is_in(["worse", "higher"]), in_use(latest))
    parts = worse.partition_by("type", maintain_order=True)
    found = [_larger_share(scope, part) for part in parts]
    return Check(found, least_q(asked["q"]), gap, weight=OF_RELEASES)


def _larger_share(scope: Scope, worse: pl.DataFrame) -> Candidate:
    """Report the versions of which a type is a larger share."""
    kind, spellings = str(worse["type"][0]), worse["spellings"].explode().unique()
    is_bug = kind == "Bug"
    has = is_of_type(scope.rows, kind) & pl.col("version").is_in([*worse["version"], *spellings])
    told = [
        f"{short(name)} ({percent(share)} of {count_of(n, 'item')}, {percent(was)} in earlier versions)"
        for name, share, n, was in worse.select("version", "share", "n", "share_before").rows()
    ]
    first = worse.sort("q", "p").row(0, named=True)
    one = worse.height == 1
    said = (
        f"{'Bugs' if is_bug else f'Items of type {short(kind)}'} are a larger share of feedback about "
        f"{'version' if one else 'versions'} {list_some(told)}. "
    )
    ratio = share_times(first["ratio"], first["low"], first["high"])
    excess = float((worse["count"] - worse["share_before"] * worse["n"]).sum())
    return Candidate(
        kind="release", key="version", value=first["version"], verdict="more bugs" if is_bug else "larger share",
        sentence=f"{said}{'That is' if one else short(first['version']) + ' has'} {ratio}.",
        ids=scope.rows.filter(has)["id"].to_list(),
        select={"version": tuple(spellings.sort()), "type": (kind,)}, excess=excess,
        estimate=first["ratio"], low=first["low"], high=first["high"], p=first["p"], q=first["q"],
        weight=2.3 if is_bug else 2.0,
    )  # fmt: skip
