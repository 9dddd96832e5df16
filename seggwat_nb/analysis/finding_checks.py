"""The checks for findings. Each says whether it could be made, and what it found.

A check is a family of tests. Its results have ``q``, corrected within the check. `seggwat_nb.analysis.findings`
corrects for the number of checks.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis import changes, rating_differences, release_ratings, releases, significance, silences, spikes
from seggwat_nb.analysis.common_terms import LEAST_PEOPLE, common_terms
from seggwat_nb.analysis.counts import selected
from seggwat_nb.analysis.finding_scope import Candidate, Check, Part, from_days, least_q, one_sided
from seggwat_nb.analysis.finding_words import (
    between,
    dates,
    enumerated,
    items_usually,
    share_times,
    short,
    subject,
    times,
    usually,
)
from seggwat_nb.analysis.folding import fold, folded
from seggwat_nb.analysis.item_types import is_of_type
from seggwat_nb.analysis.rising import MOST_COMPARED, TOPIC, WORDS
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.text import counted, listed, percent, unsigned_zero, with_minus

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.analysis.finding_scope import Scope
    from seggwat_nb.analysis.intervals import Floats

__all__ = [
    "KEYS",
    "began",
    "bugs",
    "ratings",
    "stars",
    "stopped",
    "texts",
    "unusual_days",
    "values",
    "volume",
]

_OF_COLLECTING: Final = 1.2
"""Weight of a silence of all feedback. It is about the collection, so what people said comes first."""

_OF_RELEASES: Final = 2.0
"""Weight of the checks of releases when false alarms are shared out: few other findings say what to undo."""

_MOST_WORDS: Final = 12
"""The most words that a filter of a topic has."""

_TRIPLE: Final = 3.0
_NEARLY_ALL: Final = 0.9
_MANY: Final = 30
_HARDLY: Final = 0.02
_FEWEST_DAYS: Final = 3
KEYS: Final = ("type", "path", "source", "theme")
"""Whose values may have changed. Of two with the same items, the later one says more."""


def _young(scope: Scope) -> str:
    if not scope.rows.height:
        return "Changes of feedback: there is none."
    days = 0 if scope.known is None else (scope.known[1] - scope.known[0]).days + 1
    known = counted(days, "complete day")
    return f"Changes over time: the data cover {known}, and two weeks are required."


def volume(scope: Scope) -> Check:
    """Check whether there is more or less feedback than usual, and whether that would have been noticed."""
    row = changes.change(scope.feedback, by=None, days=scope.days, **scope.options).row(0, named=True)
    if not row["complete"]:
        return Check([], None, _young(scope))
    steady, noticed = (
        row["expected"] > 0 and float(significance.p_of_rates(
            _TRIPLE * row["expected"], row["before"], exposure=row["days_after"], other_exposure=row["days_before"],
            dispersion=dispersion, exact=False,
        )) <= 1 - scope.level
        for dispersion in (1.0, row["dispersion"])
    )  # fmt: skip
    gap, number = "", f"({usually(row['expected'])} in {row['days_after']} days)"
    if not noticed:
        gap = f"Small changes: there is too little feedback to notice even a threefold change {number}."
    if steady and not noticed:
        gap = f"Small changes: feedback varies too much from week to week to notice even a threefold change {number}."
    found = []
    if row["verdict"] in {"up", "down"}:
        rose = row["verdict"] == "up"
        ids = scope.rows.filter(scope.within(*scope.latest))["id"].to_list()
        found = [_changed(scope, row, ids, kind="volume", weight=1.4 if rose else 0.7)]
    return Check(found, 1.0 if row["p"] is None else row["p"], gap)


def _changed(
    scope: Scope, row: dict[str, Any], ids: list[str], *, kind: str, weight: float, key: str | None = None
) -> Candidate:
    value = row["value"] if key else None
    rose = row["verdict"] == "up"
    count, days = row["after"], row["days_after"]
    said = f"{subject(key, value)} {'rose' if rose else 'fell'} to {items_usually(count, days, row['expected'])}: "
    fields: dict[str, Any] = from_days(scope.latest)
    if key is not None and value:
        fields[key] = value
    return Candidate(
        kind=kind, key=key, value=value, verdict="rose" if rose else "fell",
        sentence=f"{said}{times(row['ratio'], row['low'], row['high'])}.",
        ids=ids, select=fields, excess=abs(row["difference"]), estimate=row["ratio"], low=row["low"], high=row["high"],
        p=row["p"], q=row.get("q", row["p"]), weight=weight,
    )  # fmt: skip


def values(scope: Scope) -> Check:
    """Find themes, pages, types and sources that changed more than the rest."""
    keys = [key for key in KEYS if key in scope.feedback.columns]
    if not scope.windows.complete or not keys:
        return Check([], None)  # reported by the check of the volume
    table = scope.once("movers", lambda: changes.movers(scope.feedback, by=keys, days=scope.days, **scope.options))
    weights = {"theme": 1.8, "path": 1.7, "type": 1.3, "source": 1.1}
    latest = scope.keyed.filter(scope.within(*scope.latest))
    found = []
    for row in table.filter(pl.col("verdict").is_in(["up", "down"])).iter_rows(named=True):
        key, value = row["key"], row["value"]
        ids = latest.filter(_has(latest, key, value))["id"].to_list()
        weight = weights[key] - (0 if row["verdict"] == "up" else 0.7)
        found.append(_changed(scope, row, ids, kind="page" if key == "path" else key, key=key, weight=weight))
    return Check(found, least_q(table["q"]))


def _has(rows: pl.DataFrame, key: str, value: str | None) -> pl.Expr:
    """Select the rows of `Scope.keyed` with a value of a key."""
    if rows.schema[key] == pl.List:
        several = pl.col(key).list.drop_nulls()
        return (several.list.len().fill_null(0) == 0) if value is None else several.list.contains(value)
    return pl.col(key).eq_missing(pl.lit(value, pl.String))


def texts(scope: Scope) -> Check:
    """Find words and phrases that rose, and groups of similar messages, whatever words they use."""
    window = scope.windows
    if not window.complete or "message" not in scope.feedback.columns:
        return Check([], None)
    first, last = window.dates()["before_first"], scope.latest[1]
    gap = ""
    if scope.rows.filter(scope.within(first, last)).height > MOST_COMPARED:
        gap = f"Topics: more than {MOST_COMPARED:,} items, too many to compare with each other."
    table = scope.rising.filter(pl.col("submitters") >= LEAST_PEOPLE)
    candidates = {WORDS: _words, TOPIC: _topic}
    found = [
        candidates[row["kind"]](scope, row, [*dict.fromkeys(shown.values())])
        for row, shown in zip(table.to_dicts(), common_terms(table, scope.rows), strict=True)
    ]
    return Check(found, 1.0 if (q := least_q(scope.rising["q"])) is None else q, gap)


def _words(scope: Scope, row: dict[str, Any], names: list[str]) -> Candidate:
    term = row["term"]
    others = [name for name in names if term not in name and name not in term]
    others = [name for name in others if not any(name in one and name != one for one in others)]
    told = listed(f"“{name}”" for name in [term, *others[:2]])
    expected = row["baseline_count"] * scope.windows.alike
    # The ratio is that of the shares, which differs from that of the numbers if there are more items in all.
    of_all = f", {percent(row['share'])} of all items against {percent(row['baseline_share'])}:" if expected else ","
    return _of_texts(
        scope, row, value=term, select=_selecting(term, row["ids"], scope), expected=expected,
        sentence=f"More people mention {told}: {items_usually(row['count'], scope.windows.after, expected)}{of_all} "
        f"{share_times(row['ratio'], row['low'], row['high'], 'usual share of items')}.",
    )  # fmt: skip


def _topic(scope: Scope, row: dict[str, Any], names: list[str]) -> Candidate:
    told = f", with words such as {listed(f'“{name}”' for name in names[:3])}" if names else ""
    expected = row["baseline_count"] * scope.windows.alike
    return _of_texts(
        scope, row, value=names[0] if names else None, select={"search": _any_of(row["ids"], scope)}, expected=expected,
        sentence=f"More people write similar messages{told}: "
        f"{items_usually(row['count'], scope.windows.after, expected)}.",
    )  # fmt: skip


def _of_texts(
    scope: Scope, row: dict[str, Any], *, value: str | None, select: dict[str, Any], expected: float, sentence: str
) -> Candidate:
    return Candidate(
        kind="theme", key=row["kind"], value=value, verdict="rose", sentence=sentence, ids=row["ids"],
        select={**from_days(scope.latest), **select}, excess=max(0.0, row["count"] - expected),
        estimate=row["ratio"], low=row["low"], high=row["high"], p=row["p"], q=row["q"], weight=1.8,
    )  # fmt: skip


def _selecting(term: str, ids: list[str], scope: Scope) -> dict[str, str | None]:
    """Return what selects the items with a word: the word, or if that misses some of its forms, a search for them."""
    mine = scope.rows.filter(pl.col("id").is_in(ids))["message"]
    searched = None if folded(mine).str.contains(fold(term), literal=True).all() else _any_of(ids, scope)
    return {"text": term} if searched is None else {"search": searched}


def _any_of(ids: list[str], scope: Scope) -> str | None:
    """Return a search for words of which each item has one, as few of them and as rare elsewhere as possible."""
    recent = scope.rows.filter(scope.within(*scope.latest))
    mine = recent["id"].is_in(ids).to_numpy()
    found = find_terms(recent["message"], as_is=True)
    alone = found.names.str.contains(r"^[\w--[_]]+$").to_numpy()  # a phrase may have other words between its own
    has = found.has[:, alone].tocsc().astype(np.float64)
    names, others = found.names.filter(pl.Series(alone)), np.asarray(has[~mine].sum(axis=0)).ravel()
    open_items, chosen = has[mine], list[str]()
    while open_items.shape[0]:
        gain = np.asarray(open_items.sum(axis=0)).ravel() / (others + 1)
        best = int(gain.argmax()) if gain.size else -1
        if best < 0 or not gain[best] or len(chosen) == _MOST_WORDS:
            return None
        chosen.append(str(names[best]))
        open_items = open_items[open_items[:, [best]].toarray().ravel() == 0]
    return " OR ".join(chosen)


def bugs(scope: Scope) -> Check:
    """Find versions in current feedback that have a larger share of bugs than earlier ones."""
    if not {"version", "type"} <= set(scope.feedback.columns):
        return Check([], None)
    table = scope.once(
        "regressions", lambda: releases.regressions(scope.feedback, where=scope.where, level=scope.level)
    )
    asked = one_sided(table, pl.col("ratio") > 1)
    if not asked.height:
        named = scope.rows["version"].replace("", None).drop_nulls().n_unique()
        few = f"Bugs by version: no version has 30 items and earlier versions with as many ({named:,} versions)."
        return Check([], None, few if named > 1 else "")
    latest = scope.rows.filter(scope.within(*scope.latest))
    worse = asked.filter(pl.col("verdict") == "worse", _in_use(latest))
    if not worse.height:
        return Check([], least_q(asked["q"]), weight=_OF_RELEASES)
    spellings = worse["spellings"].explode().unique()
    has = is_of_type(scope.rows, "Bug") & pl.col("version").is_in([*worse["version"], *spellings])
    told = [
        f"{short(name)} ({percent(share)} of {counted(n, 'item')}, {percent(was)} in earlier versions)"
        for name, share, n, was in worse.select("version", "share", "n", "share_before").rows()
    ]
    first = worse.sort("q", "p").row(0, named=True)
    one = worse.height == 1
    said = f"Bugs are a larger share of feedback about {'version' if one else 'versions'} {enumerated(told)}. "
    ratio = share_times(first["ratio"], first["low"], first["high"])
    excess = float((worse["count"] - worse["share_before"] * worse["n"]).sum())
    candidate = Candidate(
        kind="release", key="version", value=first["version"], verdict="more bugs",
        sentence=f"{said}{'That is' if one else short(first['version']) + ' has'} {ratio}.",
        ids=scope.rows.filter(has)["id"].to_list(),
        select={"version": tuple(spellings.sort()), "type": ("Bug",)}, excess=excess,
        estimate=first["ratio"], low=first["low"], high=first["high"], p=first["p"], q=first["q"], weight=2.3,
    )  # fmt: skip
    return Check([candidate], least_q(asked["q"]), weight=_OF_RELEASES)


def _in_use(rows: pl.DataFrame) -> pl.Expr:
    """Return whether rows have one of a version's ``spellings``."""
    current = rows["version"].drop_nulls().unique()
    return pl.col("spellings").list.set_intersection(pl.lit(current).implode()).list.len() > 0


def stars(scope: Scope) -> Check:
    """Find versions in current ratings that have fewer stars than earlier ones."""
    kinds = scope.ratings["rating_type"] if "rating_type" in scope.ratings.columns else None
    if kinds is None or "star" not in kinds.cast(pl.String):
        return Check([], None)
    table = scope.once(
        "by_release", lambda: release_ratings.by_release(scope.ratings, where=scope.where_rated, level=scope.level)
    )
    asked = one_sided(table, pl.col("difference") < 0)
    if not asked.height:
        few = "Stars by version: no version has 30 star ratings, with 30 before it."
        return Check([], None, few if table["version"].n_unique() > 1 else "")
    latest = selected(scope.ratings, scope.where_rated).filter(scope.rated_within(*scope.latest))
    lower = asked.filter(pl.col("verdict") == "lower", _in_use(latest))
    if not lower.height:
        return Check([], least_q(asked["q"]), weight=_OF_RELEASES)
    told = [
        f"{short(name)} ({average:.2f} of {scale:g} from {counted(n, 'rating')})"
        for name, average, scale, n in lower.select("version", "average", "max_score", "n").rows()
    ]
    surest = lower.sort("q", "p").row(0, named=True)
    one = lower.height == 1
    said = (
        f"{'Version' if one else 'Versions'} {enumerated(told)} {'is' if one else 'are'} rated lower than "
        f"earlier versions. {'It' if one else short(surest['version'])} has {-surest['difference']:.2f} fewer "
        f"stars than the {surest['average_before']:.2f} of earlier ones, "
        f"{between(-surest['high'], -surest['low'], '{:.2f}')}."
    )
    spellings = lower["spellings"].explode().unique()
    ids = scope.rows.filter(pl.col("version").is_in([*lower["version"], *spellings]))["id"].to_list()
    candidate = Candidate(
        kind="rating", key="version", value=surest["version"], verdict="lower", sentence=said, ids=ids,
        select={"version": tuple(spellings.sort())}, estimate=surest["difference"], low=surest["low"],
        high=surest["high"], p=surest["p"], q=surest["q"], weight=2.5,
    )  # fmt: skip
    return Check([candidate], least_q(asked["q"]), weight=_OF_RELEASES)


_MEASURES: Final[dict[str, tuple[str, Callable[[float], str], Callable[[float], str]]]] = {
    "nps": (
        "The Net Promoter Score",
        lambda value: with_minus(unsigned_zero(f"{value:+.0f}")),
        lambda value: f"{abs(value):.0f} points",
    ),
    "helpful": ("The share who said “helpful”", percent, lambda value: f"{100 * abs(value):.0f} percentage points"),
    "stars": ("Average stars", lambda value: f"{value:.2f}", lambda value: f"{abs(value):.2f} stars"),
}


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
        days = windows.after
        few = f"Changes of ratings: fewer than 30 responses in the last {days} days, or before them."
        return Check([], None, few if table.height else "")
    found = []
    for row in asked.filter(pl.col("verdict").is_in(["higher", "lower"])).iter_rows(named=True):
        name, write, differ = _MEASURES[row["measure"]]
        fell = row["verdict"] == "lower"
        ends = sorted((abs(row["low"]), abs(row["high"])))
        scale = f" (of {row['max_score']:g})" if row["max_score"] is not None else ""
        sentence = (
            f"{name}{scale} {'fell' if fell else 'rose'} from {write(row['estimate_b'])} to "
            f"{write(row['estimate_a'])} in the last {windows.after} days ({row['n_b']:,} responses before, "
            f"{row['n_a']:,} since): by {differ(row['difference'])}, likely between "
            f"{differ(ends[0]).split()[0]} and {differ(ends[1]).split()[0]}."
        )
        found.append(
            Candidate(
                kind="rating", key=row["measure"], verdict="fell" if fell else "rose", sentence=sentence, ids=[],
                select=from_days(latest), estimate=row["difference"], low=row["low"], high=row["high"],
                p=row["p"], q=row["q"], weight=2.2 if fell else 1.2,
            )
        )  # fmt: skip
    return Check(found, least_q(asked["q"]))


def unusual_days(scope: Scope) -> Check:
    """Find days and bursts with far more feedback than usual."""
    if scope.known is None:
        return Check([], None)
    table = scope.once("spikes", lambda: spikes.spikes(scope.feedback, **scope.options))
    first, last = scope.recent
    recent = table.filter(pl.col("last") >= first, pl.col("first") <= last)
    signs = "submitted_by" in scope.rows.columns and scope.rows["submitted_by"].replace("", None).drop_nulls().len() > 0
    return Check([_burst(row, signs=signs) for row in recent.iter_rows(named=True)], min([1.0, *recent["q"]]))


def _burst(row: dict[str, Any], *, signs: bool) -> Candidate:
    alone = row["verdict"] == "one person"
    when = dates(row["first"], row["last"])
    said = f"{counted(row['count'], 'item')} came in on {when}, {usually(row['expected'])}"
    unsigned = f" and {row['unsigned']:,} unsigned" if row["unsigned"] else ""
    behind = f" They are from {counted(row['submitters'], 'submitter')}{unsigned}." if row["submitters"] else ""
    if signs and not row["submitters"]:
        behind = " All of them are unsigned."
    if alone:
        behind = f" One person wrote {percent(row['loudest_share'] or 0.0)} of them."
    return Candidate(
        kind="days", value=when, verdict="one person" if alone else "unusual", ids=row["ids"],
        sentence=f"{said}.{behind}", select=from_days((row["first"], row["last"])),
        excess=max(0.0, row["count"] - row["expected"]), estimate=row["count"] / max(row["expected"], 1e-9),
        p=row["p"], q=row["q"], weight=1.0 if alone else 1.75,
    )  # fmt: skip


def stopped(scope: Scope) -> Check:
    """Find pages, sources and the newest version whose feedback stopped, or whether all feedback did."""
    keys = [key for key in ("path", "source", "version") if key in scope.feedback.columns]
    if scope.known is None or not keys:
        return Check([], None)
    table = scope.once("silences", lambda: silences.silences(scope.feedback, by=keys, **scope.options))
    first, last = scope.recent
    named = table.filter(
        pl.col("verdict") != "unclear",
        pl.col("silent_until") >= first,
        pl.col("silent_since").is_between(scope.known[0], last, closed="right"),  # the first day may be incomplete
    )
    told: list[dict[str, Any]] = []
    for row in sorted((_of_everything(row, scope) for row in named.iter_rows(named=True)), key=_whole_and_long_first):
        if not any(one["key"] is None and _is_within(row, one) for one in told):
            told.append(row)
    return Check([_silence(row, scope) for row in told], least_q(table["q"]))


def _of_everything(row: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Report all feedback instead of a value that nearly all items have."""
    key, value = row["key"], row["value"]
    mine = scope.keyed.filter(_has(scope.keyed, key, value)).height if key else scope.rows.height
    return row | {"key": None, "value": None} if mine >= _NEARLY_ALL * scope.rows.height else row


def _whole_and_long_first(row: dict[str, Any]) -> tuple[object, ...]:
    return row["key"] is not None, row["silent_since"], -row["silent_until"].toordinal()


def _is_within(row: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Return whether a value is silent because everything is."""
    since, until = row["silent_since"], row["silent_until"]
    return bool(whole["silent_since"] <= since and until <= whole["silent_until"])


def _silence(row: dict[str, Any], scope: Scope) -> Candidate:
    now, key, value = row["verdict"] == "silent", row["key"], row["value"]
    what = subject(key, value).removeprefix("Feedback")
    since, until = row["silent_since"], row["silent_until"]
    mine = scope.keyed.filter(_has(scope.keyed, key, value)) if key else scope.keyed
    lasts = now and not mine.filter(pl.col("day") > until).height  # the last day is incomplete, but may have items
    when = f"since {dates(since, since)}" if lasts else f"{'on' if since == until else 'from'} {dates(since, until)}"
    came = f"Only {counted(row['came'], 'item')}{what} came" if row["came"] else f"No feedback{what} came"
    advice = "Check that it is still collected." if now else "Check whether it was collected."
    return Candidate(
        kind="silence", key=key, value=value, verdict=row["verdict"],
        sentence=f"{came} {when}, about {row['expected']:,.0f} expected. {advice}",
        ids=[], select={key: value} if key else {}, excess=row["expected"] - row["came"], p=row["p"], q=row["q"],
        weight=_OF_COLLECTING if key is None else 1.7 if now else 1.5,
    )  # fmt: skip


def began(scope: Scope) -> Check:
    """Find pages and sources with almost no feedback until recently, and much of it since.

    If the items of a value were distributed over the days like all others, the probability of so few before its start
    is a binomial tail, of counts divided by their dispersion since then, times the number of values and days tested.
    An unfinished last day counts too, since it is as unfinished for all others.
    """
    if scope.known is None:
        return Check([], None)
    first, last = scope.known
    daily = scope.keyed.filter(scope.within(first, last + timedelta(days=1))).with_columns(
        place=(pl.col("day") - pl.lit(first)).dt.total_days()
    )
    everything = np.bincount(daily["place"].to_numpy(), minlength=(last - first).days + 1).astype(np.float64)
    found, least, looked_at = [], 1.0, 0
    for key in ("path", "source"):
        if key not in daily.columns:
            continue
        counts = daily.select(value=key, place="place").drop_nulls()
        parts = counts.filter(pl.len().over("value") >= _MANY).partition_by("value", as_dict=True)
        looked_at += len(parts)
        for (value,), part in sorted(parts.items()):
            own = np.bincount(part["place"].to_numpy(), minlength=everything.size).astype(np.float64)
            start = int(np.searchsorted(own.cumsum(), _HARDLY * own.sum(), side="right"))
            p = _chance_of_start(own, everything - own, start)
            least = min(least, p)
            if p <= 1 - scope.level:
                found.append(_start(scope, (key, str(value)), own, start, p=p))
    corrected = [replace(one, q=min(1.0, (one.p or 0.0) * looked_at)) for one in found]
    recent = [one for one in corrected if one.select["since"] >= scope.recent[0]]
    return Check(recent, min(1.0, least * looked_at) if looked_at else None)


def _chance_of_start(own: Floats, others: Floats, start: int) -> float:
    """Return the probability of so few items before a day. 1 if there are too few days on either side."""
    since, usual = own[start:], others[start:]
    if start < _FEWEST_DAYS or since.size < _FEWEST_DAYS or not usual.sum() or not others[:start].sum():
        return 1.0
    mean = usual * since.sum() / usual.sum()
    freedom = since.size - 1
    scatter = float(((since - mean) ** 2).sum() / mean.sum()) * since.size / freedom
    over = max(1.0, scatter * freedom / float(special.chdtri(freedom, 0.75)))
    share = float(usual.sum() / others.sum())
    before, after = own[:start].sum() / over, since.sum() / over
    return min(1.0, float(special.betainc(after, before + 1, share)) * own.size)


def _start(scope: Scope, of: tuple[str, str], own: Floats, start: int, *, p: float) -> Candidate:
    key, value = of
    day = scope.known[0] + timedelta(days=start) if scope.known else scope.latest[0]
    mine = scope.keyed.filter(_has(scope.keyed, key, value), pl.col("day") >= day)
    before, since = int(own[:start].sum()), int(own[start:].sum())
    few = f"{before:,}" if before else "none"
    return Candidate(
        kind="silence", key=key, value=value, verdict="began", ids=mine["id"].to_list(),
        sentence=f"{subject(key, value)} starts on {dates(day, day)}: {counted(since, 'item')} since then, "
        f"{few} in the {start:,} days before. Is it new, or was it not collected?",
        select={key: value, "since": day}, excess=float(since), p=p, q=p, weight=1.3,
    )  # fmt: skip
