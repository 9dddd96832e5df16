"""The checks for findings about how much feedback there is: all of it, and cancellation comments.

A change is found best by a comparison that begins where it began. So besides the latest days (28), three quarters and
half of them are compared with what is usual. A rise that lasts longer is hidden by its own first weeks, which make what
is usual higher and look like drift. So the latest days are also compared with those up to as many days before them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis import changes, significance
from seggwat_nb.analysis.finding_scope import Candidate, Check, fields_of, from_days, has_value
from seggwat_nb.analysis.finding_words import dates, describe_weeks, items_usually, subject, times, usually
from seggwat_nb.analysis.overdispersion import WEEK
from seggwat_nb.analysis.seasons import Change, has_happened_a_year_ago, quietest
from seggwat_nb.analysis.steady_trends import PERIODS, steady_trend
from seggwat_nb.text import count_of, join_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from seggwat_nb.analysis.finding_scope import Scope
    from seggwat_nb.analysis.steady_trends import SteadyTrend
    from seggwat_nb.analysis.windows import Windows

__all__ = [
    "cancellations",
    "change_candidate",
    "compare_all_ways",
    "describe_earlier_start",
    "is_trend_of_season",
    "most_certain",
    "periods_of",
    "steadily",
    "too_young",
    "volume",
]

_PARTS: Final = (1.0, 0.75, 0.5)
"""Parts of the latest days that are compared with what is usual."""

_PART_OF_CHANGE: Final = 0.2
"""Minimum part of a change that came before the latest days, for it to have begun there."""

_MORE_CERTAIN: Final = 10
"""By how much a comparison with what was usual earlier must be more certain than others, as it says when it began."""

_FEW: Final = 5
"""Minimum number of items expected since a holiday, to say that it is over."""

_YEAR: Final = 365
_SEASON: Final = "There is less than a year of earlier data, so this may be seasonal."
_LAUNCH: Final = "It was highest when the data began, perhaps after a launch."
_LONGEST_HOLIDAY: Final = 21
"""Maximum number of days since less came in, for it to be called a holiday."""

_SCATTER: Final = 2.0
"""Dispersion of the numbers of a year ago that are compared with a steady trend."""

_TRIPLE: Final = 3.0


def too_young(scope: Scope) -> str:
    """Say that there is too little data for a comparison."""
    if not scope.rows.height:
        return "Changes in feedback: there is no feedback."
    days = 0 if scope.known is None else (scope.known[1] - scope.known[0]).days + 1
    known = count_of(days, "complete day")
    return f"Changes over time: the data covers {known}, but two weeks are required."


def volume(scope: Scope) -> Check:
    """Check whether there is more or less feedback than usual, and whether that would have been noticed."""
    rows = compare_all_ways(scope.feedback, scope.windows, scope.options)
    row = rows[0]
    if not row["complete"]:
        return Check([], None, too_young(scope))
    length, totals = _totals(scope)
    trend = _trend_since_pause(totals)
    tested = [*(one["p"] for one in rows), None if trend is None else trend.p]
    *corrected, of_trend = significance.benjamini_hochberg([np.nan if p is None else p for p in tested])
    q = float(np.nanmin([*corrected, of_trend, 1.0]))
    found = []
    if trend is not None and of_trend <= 1 - scope.level and not is_trend_of_season(scope, trend, scope.rows["day"]):
        found = [_trend(scope, trend, length, q=q)]
    elif named := most_certain(scope, rows, corrected, scope.rows):
        found = [_of_all(scope, named, scope.rows, kind="volume", weight=1.4 if named["difference"] > 0 else 0.7)]
    return Check(found, q, _why_unnoticed(row, trend, scope.level))


def compare_all_ways(
    frame: pl.DataFrame, windows: Windows, options: dict[str, Any], *, by: str | None = None
) -> list[dict[str, Any]]:
    """Compare the latest days with what is usual, then parts of them, and last with what was usual before a rise."""
    given = {"by": by} | {name: options[name] for name in ("where", "time_zone", "level")}
    whole = changes.compare_windows(frame, windows, **given)
    if not windows.complete:
        return whole.to_dicts()
    lengths = dict.fromkeys(max(int(windows.after * part) // WEEK * WEEK, WEEK) for part in _PARTS)
    parts = [changes.change(frame, by=by, days=days, **options) for days in lengths if days != windows.after]
    apart = windows.apart_from_latest
    earlier = [] if apart is None else [changes.compare_windows(frame, apart, **given)]
    return [
        row | {"is_apart": is_apart}
        for tables, is_apart in (([whole, *parts], False), (earlier, True))
        for table in tables
        for row in table.to_dicts()
    ]


def most_certain(
    scope: Scope, rows: list[dict[str, Any]], q: Sequence[float], among: pl.DataFrame
) -> dict[str, Any] | None:
    """Return the most certain comparison with its corrected q, if any shows a change that did not come a year ago.

    One with what was usual earlier is only named if part of the change had come before the latest days.
    """
    changed = [
        row | {"q": chance}
        for row, chance in zip(rows, q, strict=True)
        if chance <= 1 - scope.level and (not row["is_apart"] or _has_earlier_start(scope, row, among))
    ]
    named = min(changed, key=lambda row: float(row["q"]) * (_MORE_CERTAIN if row["is_apart"] else 1), default=None)
    return None if named is None or _is_seasonal(scope, named, among["day"]) else named


def _has_earlier_start(scope: Scope, row: dict[str, Any], among: pl.DataFrame) -> bool:
    """Return whether the days between those that are compared had part of the change already."""
    there = among.filter(scope.within(*_between(row))).height - row["expected"]
    return bool(there * row["difference"] > 0 and abs(there) >= _PART_OF_CHANGE * abs(row["difference"]))


def describe_earlier_start(scope: Scope, row: dict[str, Any], among: pl.DataFrame, *, thing: str = "item") -> str:
    """Say how many items came in on the days between those that are compared."""
    first, last = _between(row)
    number = count_of(among.filter(scope.within(first, last)).height, thing)
    return f"It began earlier: {number} came in from {dates(first, last)}, which the usual number excludes."


def _between(row: dict[str, Any]) -> tuple[date, date]:
    """Return the days before the latest ones, as many as these, which what is usual excludes."""
    return row["after_first"] - timedelta(days=row["days_after"]), row["after_first"] - timedelta(days=1)


def _is_seasonal(scope: Scope, row: dict[str, Any], days: pl.Series) -> bool:
    """Return whether the same change came a year ago, given the day of every item that is counted."""
    change = Change(row["before_first"], row["after_first"], row["after_last"], row["ratio"], row["dispersion"])
    return scope.known is not None and has_happened_a_year_ago(change, days, scope.known[0])


def is_trend_of_season(scope: Scope, trend: SteadyTrend, days: pl.Series) -> bool:
    """Return whether the last period differed as much from those before it a year ago."""
    length, _ = periods_of(scope)
    *before, last = trend.totals
    first, end = scope.latest[1] - timedelta(days=length - 1), scope.latest[1]
    start = first - timedelta(days=length * len(before))
    change = Change(start, first, end, last * len(before) / max(sum(before), 1), _SCATTER)
    return scope.known is not None and has_happened_a_year_ago(change, days, scope.known[0])


def periods_of(scope: Scope) -> tuple[int, int]:
    """Return the length of consecutive periods up to now, as long as the latest days or shorter, and their number."""
    span = scope.windows.span
    length = max(min(scope.windows.after, span // PERIODS // WEEK * WEEK), WEEK)
    return length, span // length


def _totals(scope: Scope) -> tuple[int, list[int]]:
    """Return the length of the periods, and the number of items in each."""
    length, number = periods_of(scope)
    ago = scope.rows.select((pl.lit(scope.latest[1]) - pl.col("day")).dt.total_days().floordiv(length)).to_series()
    return length, [int((ago == periods).sum()) for periods in reversed(range(number))]


def _trend_since_pause(totals: Sequence[int]) -> SteadyTrend | None:
    """Find a steady trend since the last period without any feedback. The end of a pause does not count as growth."""
    used = [*takewhile(bool, reversed(totals))]
    return steady_trend(used[::-1] if totals[-1] else totals)


def steadily(subject: str, trend: SteadyTrend, length: int) -> str:
    """Describe a steady trend."""
    first, *others = trend.totals
    went = "grown" if trend.grows else "fallen"
    if trend.is_unbroken:
        steps = f"in each of the last {len(others)} periods of {length} days"
        return (
            f"{subject} has {went} {steps}, from {count_of(first, 'item')} to {join_words(f'{n:,}' for n in others)}."
        )
    before = join_words(f"{number:,}" for number in trend.totals[:-1])
    last = count_of(others[-1], "item")
    return f"{subject} has {went} to {last} in {length} days, from {before} in the periods before."


def _trend(scope: Scope, trend: SteadyTrend, length: int, *, q: float) -> Candidate:
    """Report steady growth or decline, with the items of the last of the periods."""
    days = scope.latest[1] - timedelta(days=length - 1), scope.latest[1]
    first, last = trend.totals[0], trend.totals[-1]
    is_from_start = not trend.grows and len(trend.totals) == periods_of(scope)[1]
    return Candidate(
        kind="volume", verdict="rose" if trend.grows else "fell", select=from_days(days),
        ids=scope.rows.filter(scope.within(*days))["id"].to_list(), sentence=steadily("Feedback", trend, length),
        excess=abs(last - first), estimate=last / max(first, 1), p=trend.p, q=q, weight=1.4 if trend.grows else 0.7,
        caveat=_LAUNCH if is_from_start else _SEASON if _is_young(scope, days[0]) else "",
    )  # fmt: skip


def _is_young(scope: Scope, first: date) -> bool:
    """Return whether less than a year is known before a day, so that nothing tells a change from a season."""
    return scope.known is not None and (first - scope.known[0]).days < _YEAR


def _of_all(scope: Scope, row: dict[str, Any], among: pl.DataFrame, *, kind: str, weight: float) -> Candidate:
    """Report a change of all feedback, or of all cancellation comments, and what is known of when it began."""
    told = change_candidate(scope, row, among, kind=kind, weight=weight)
    lull = "" if row["is_apart"] else _lull(scope, row, among["day"])
    said = [lull, told.caveat]
    if row["is_apart"]:
        said = [describe_earlier_start(scope, row, among)]
    lasts = row["days_after"] == scope.windows.after and _has_earlier_start(scope, row, among)
    if lasts and not lull and _is_young(scope, row["after_first"]):
        said.append(_SEASON)
    return replace(told, caveat=" ".join(filter(None, said)))


def _lull(scope: Scope, row: dict[str, Any], days: pl.Series) -> str:
    """Say when there was little feedback, as on a holiday. Empty if that has lasted for long, or if it rose.

    It is the run of days with the highest likelihood ratio of another rate, up to the last day of the data.
    """
    if row["difference"] > 0:
        return ""
    first, last = scope.recent[0], row["after_last"]
    usual = days.filter(days.is_between(row["before_first"], row["after_first"], closed="left"))
    weekdays = np.bincount(usual.dt.weekday(), minlength=WEEK + 1) * WEEK / row["days_before"]
    at = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    counts = days.value_counts()
    came = pl.DataFrame({days.name: at}).join(counts, on=days.name, how="left", maintain_order="left")["count"]
    usually_came = weekdays[[day.isoweekday() for day in at]]
    start, end = quietest(came.fill_null(0).to_numpy(), usually_came)
    if len(at) - start > _LONGEST_HOLIDAY:
        return ""
    is_over = usually_came[end:].sum() >= _FEW
    end = end if is_over else len(at)
    total = int(came[start:end].sum())
    number = f"Only {count_of(total, 'item')}" if total else "None"
    expected = usually(usually_came[start:end].sum())
    if is_over:
        said = f"{number} came in {'from' if end - start > 1 else 'on'} {dates(at[start], at[end - 1])} ({expected})"
        return f"{said}, and about as many as usual since then. Perhaps it was a holiday."
    advice = "Perhaps it is a holiday. If not, check that all feedback is still collected."
    came_in = f"{number} {'has' if total == 1 else 'have'} come in since {dates(at[start], at[start])}"
    return f"{came_in} ({expected}). {advice}"


def _why_unnoticed(row: dict[str, Any], trend: SteadyTrend | None, level: float) -> str:
    """Say why not even a threefold change would be noticed. Empty if it would."""

    def is_noticed(dispersion: float) -> bool:
        p = significance.p_of_rates(
            _TRIPLE * row["expected"], row["before"], exposure=row["days_after"], other_exposure=row["days_before"],
            dispersion=dispersion, exact=False,
        )  # fmt: skip
        return row["expected"] > 0 and float(p) <= 1 - level

    if is_noticed(row["dispersion"]):
        return ""
    if trend is not None and (trend.is_unbroken or (trend.p or 1.0) <= 1 - level):
        keeps = "growing" if trend.grows else "falling"
        return f"Small changes: feedback keeps {keeps}, so there is no usual number to compare the latest days with."
    why = "feedback varies too much from week to week" if is_noticed(1.0) else "there is too little feedback"
    number = f"{usually(row['expected'])} in {row['days_after']} days"
    return f"Small changes: {why} to notice even a threefold change ({number})."


def change_candidate(
    scope: Scope, row: dict[str, Any], among: pl.DataFrame, *, kind: str, weight: float, key: str | None = None
) -> Candidate:
    """Report a change of the number of some rows, or of those with a value."""
    value = row["value"] if key else None
    days = row["after_first"], row["after_last"]
    mine = among.filter(scope.within(*days), has_value(among, key, value) if key else True)
    rose = row["difference"] > 0
    number = items_usually(row["after"], row["days_after"], row["expected"])
    said = f"{subject(key, value)} {'rose' if rose else 'fell'} to {number}: "
    fields = from_days(days) | ({} if key is None else fields_of(scope, key, [value]))
    return Candidate(
        kind=kind, key=key, value=value, verdict="rose" if rose else "fell",
        sentence=f"{said}{times(row['ratio'], row['low'], row['high'])}.",
        ids=mine["id"].to_list(), select=fields, excess=abs(row["difference"]),
        estimate=row["ratio"], low=row["low"], high=row["high"],
        p=row["p"], q=row.get("q", row["p"]), weight=weight,
        caveat=describe_weeks(row["left_out"], among["day"]),
    )  # fmt: skip


def cancellations(scope: Scope) -> Check:
    """Check whether there are more or fewer cancellation comments than usual. Most other checks leave them out."""
    comments = scope.cancellations
    if not comments.height or not scope.windows.complete:
        return Check([], None)
    options = scope.options_of_cancellations
    windows = changes.check_windows(scope.feedback, days=scope.days, **options)
    rows = compare_all_ways(scope.feedback, windows, options)
    q = significance.benjamini_hochberg([np.nan if row["p"] is None else row["p"] for row in rows])
    row = most_certain(scope, rows, q.tolist(), comments)
    least = float(np.nanmin([*q, 1.0]))
    if row is None:
        return Check([], least)
    told = _of_all(scope, row, comments, kind="source", weight=1.6 if row["difference"] > 0 else 0.7)
    sources = join_words(scope.cancelled_in)
    sentence = told.sentence.replace("Feedback", f"Cancellation comments (from {sources})", 1)
    select = {**told.select, "source": scope.cancelled_in}
    return Check([replace(told, key="source", value=sources, sentence=sentence, select=select)], least)
