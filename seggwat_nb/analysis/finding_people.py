"""Checks for findings about people and status: very active submitters, the backlog, and reopened items."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis import changes
from seggwat_nb.analysis.finding_scope import Candidate, Check, from_days, least_q
from seggwat_nb.analysis.finding_words import describe_weeks, items_usually, list_some, short, times
from seggwat_nb.analysis.periods import begin, local_day
from seggwat_nb.analysis.status_history import CLOSED, is_open
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.throughput import backlog
from seggwat_nb.schema import OPEN_STATUSES
from seggwat_nb.text import count_of, format_day

if TYPE_CHECKING:
    from seggwat_nb.analysis.finding_scope import Scope
    from seggwat_nb.analysis.intervals import Floats

__all__ = ["accounts", "backlog_changed", "loud_people", "reopenings"]

_LEAST_SEEN: Final = 30
"""Minimum number of submitters in earlier windows to know how much one person usually writes."""

_MOST_NAMED: Final = 3
"""The most submitters to report. More of them are no longer exceptions."""

_LEAST_WRITTEN: Final = 5
"""Minimum number of items: where nobody writes twice, two are improbable, and yet no news."""

_TWICE: Final = 2
_TAIL: Final = 50
"""How many of the largest counts show how long the tail is."""

_STEEPEST: Final = 20.0
_LARGE: Final = 0.05
_NEARLY_ALL: Final = 0.8
"""Minimum share of all items of a large customer, and of all of these together, for customers to be compared."""

_FEW: Final = 3
_LEAST_GROWTH: Final = 0.1
_LEAST_FALL: Final = 0.5
_MOSTLY: Final = 0.5
_MANY: Final = 30
"""Minimum number of items closed on one day to report it, if open items did not halve."""

_NEEDED: Final = ("project_id", "status", "archived")


def loud_people(scope: Scope) -> Check:
    """Find submitters who wrote at least twice as much as anybody before, if that is improbable.

    A regular, who wrote several items in an earlier window, is compared with their own windows. For others, the items
    of one person in one window follow a discrete power law beyond the number that the largest 50 counts reach (Clauset,
    Shalizi and Newman 2009, "Power-law distributions in empirical data", SIAM Review 51, 661-703). One that is fitted
    from 1 on takes the scatter of people who write once or twice for a long tail.
    """
    if not scope.windows.complete:
        return Check([], None)
    window = scope.windows.dates()
    place = (pl.col("day") - pl.lit(window["after_first"])).dt.total_days() // scope.windows.after
    people = (
        scope.rows.with_columns(who=submitter_of(scope.rows), window=place)
        .filter(pl.col("who").is_not_null(), scope.within(window["before_first"], window["after_last"]))
        .group_by("window", "who")
        .agg(count=pl.len(), ids=pl.col("id"))
    )
    now, before = people.filter(pl.col("window") == 0), people.filter(pl.col("window") < 0)
    if before.height < _LEAST_SEEN or not now.height:
        return Check([], None)
    most = int(before["count"].to_numpy().max())
    grown = _more_by_everyone(now["count"], before["count"])
    enough = max(_TWICE * most * grown, _LEAST_WRITTEN)  # somebody always writes as many, or it is not much
    loud = now.filter(pl.col("count") >= enough).sort("count", "who", descending=[True, False]).head(_MOST_NAMED)
    whole = scope.windows.before // scope.windows.after
    own = before.filter(pl.col("window") >= -whole, pl.col("count").max().over("who") >= _LEAST_WRITTEN)
    regulars = own["who"].n_unique() if whole >= _FEW else 0
    tails = _tails(loud["count"], before["count"].to_numpy() * grown)
    chances = []
    for who, count, tail in zip(loud["who"], loud["count"], tails, strict=True):
        counts = own.filter(pl.col("who") == who)["count"].to_numpy() * grown
        if regulars and counts.size:
            chances.append(min(1.0, regulars * _more_than_own(count, np.pad(counts, (0, whole - counts.size)))))
        else:
            chances.append(float(-np.expm1(now.height * np.log1p(-tail))))
    told = [
        _loud_person(scope, who, ids, most=most, p=p)
        for who, ids, p in zip(loud["who"], loud["ids"].to_list(), chances, strict=True)
        if p <= 1 - scope.level
    ]
    return Check(told, min([1.0, *chances]))


def _more_by_everyone(now: pl.Series, before: pl.Series) -> float:
    """Return how many times as much everyone else writes as before, at least 1, such as in a project that grows."""
    others = now.sort(descending=True)[_MOST_NAMED:]
    return max(1.0, float(others.sum()) / max(others.len(), 1) * before.len() / float(before.sum()))


def _tails(counts: pl.Series, seen: Floats) -> Floats:
    """Return the probability that one person writes so many items, by a power law fitted to the largest counts seen."""
    start = float(np.sort(seen)[-min(_TAIL, seen.size)])
    tail = seen[seen >= start]
    exponents = np.geomspace(1.01, _STEEPEST, 2_000)
    unlikely = exponents * np.log(tail).mean() + np.log(special.zeta(exponents, start))
    exponent = float(exponents[np.argmin(unlikely)])
    beyond = special.zeta(exponent, counts.to_numpy()) / special.zeta(exponent, start)
    return np.asarray(np.clip(beyond * tail.size / seen.size, 0.0, 1 - 1e-15), dtype=np.float64)


def _more_than_own(count: int, usual: Floats) -> float:
    """Return the probability that a regular writes so many items, whose earlier windows may scatter widely."""
    mean, freedom = float(usual.mean()), usual.size - 1
    over = max(1.0, float(((usual - mean) ** 2).sum()) / mean / freedom)
    return float(special.stdtr(freedom, (mean - count) / np.sqrt(over * mean * (1 + 1 / usual.size))))


def _loud_person(scope: Scope, who: str, ids: list[str], *, most: int, p: float) -> Candidate:
    days = scope.windows.after
    return Candidate(
        kind="submitter", key="submitted_by", value=who, verdict="wrote much", ids=ids,
        sentence=f"{short(who)} wrote {count_of(len(ids), 'item')} in {days} days. "
        f"Previously, nobody wrote more than {most:,} in as many days.",
        select={**from_days(scope.latest), "submitted_by": who}, excess=float(len(ids) - most),
        p=p, q=p, weight=1.0,
    )  # fmt: skip


def accounts(scope: Scope) -> Check:
    """Find customers who write more or less than usual, where one or a few of them write nearly everything.

    Such a submitter, or the account of a help desk that passes on everything, stands for many people, so their items
    are compared over time like those of a page. Elsewhere, one person who writes more is an exception, which
    `loud_people` finds.
    """
    who = submitter_of(scope.rows)
    shares = scope.rows.select(who=who).drop_nulls().to_series().value_counts(name="n")
    large = shares.filter(pl.col("n") >= max(_LARGE * scope.rows.height, 1))
    if not scope.windows.complete or large["n"].sum() < _NEARLY_ALL * scope.rows.height or not large.height:
        return Check([], None)
    columns = {"account": pl.when(who.is_in(large["who"].implode())).then(who), "submitted_by": pl.lit(None, pl.String)}
    rows = scope.rows.with_columns(**columns)
    options = {name: scope.options[name] for name in ("time_zone", "as_of", "level")}
    if large.height > 1:
        table = changes.movers(rows, by=["account"], days=scope.days, **options).drop_nulls("value")
    else:  # whose share of all items can hardly change
        table = changes.change(rows, by="account", days=scope.days, **options).rename({"account": "value"})
        table = table.drop_nulls("value")
    told = table.filter(pl.col("verdict").is_in(["up", "down"]), pl.col("after") > 0)
    return Check([_of_account(scope, row) for row in told.iter_rows(named=True)], least_q(table["q"]))


def _of_account(scope: Scope, row: dict[str, Any]) -> Candidate:
    days, rose = (row["after_first"], row["after_last"]), row["verdict"] == "up"
    mine = scope.rows.filter(scope.within(*days), submitter_of(scope.rows) == row["value"])
    number = items_usually(row["after"], row["days_after"], row["expected"])
    return Candidate(
        kind="submitter", key="submitted_by", value=row["value"], verdict="rose" if rose else "fell",
        ids=mine["id"].to_list(),
        sentence=f"{short(row['value'])} wrote {number}: {times(row['ratio'], row['low'], row['high'])}.",
        select={**from_days(days), "submitted_by": row["value"]}, excess=abs(row["difference"]),
        estimate=row["ratio"], low=row["low"], high=row["high"], p=row["p"], q=row["q"], weight=1.6 if rose else 1.0,
        caveat=describe_weeks(row["left_out"], scope.rows["day"]),
    )  # fmt: skip


def backlog_changed(scope: Scope) -> Check:
    """Check whether open items certainly increased or halved, and by more than arrivals and closures scatter."""
    if scope.known is None or not set(_NEEDED) <= set(scope.feedback.columns) or not scope.feedback.height:
        return Check([], None)
    first, last = scope.latest
    ends = backlog(
        scope.feedback, scope.history, where=scope.where, every="1d", time_zone=scope.time_zone, as_of=scope.as_of
    ).with_columns(day=pl.col("period").dt.date())
    then, now = (ends.filter(pl.col("day") == day) for day in (first - timedelta(days=1), last))
    if not scope.knows_what_is_open or not then.height or not now.height or not then["is_watched"][0]:
        return Check([], None, _why_unknown(scope))
    least, most = now["open_least"][0] - then["open_most"][0], now["open_most"][0] - then["open_least"][0]
    arrived = scope.everything.filter(scope.within(first, last)).height
    certain = least if least > 0 else min(most, 0)
    moved = max(arrived + max(arrived - certain, 0), 1)
    p = float(2 * special.ndtr(-abs(certain) / np.sqrt(moved))) if certain else 1.0
    if p <= 1 - scope.level and -certain >= _LEAST_FALL * then["open_least"][0]:
        shrank = _backlog_halved(scope, then["open_least"][0], now["open_most"][0], arrived, p=p)
        return Check([replace(shrank, low=float(least), high=float(most))], p)
    if p > 1 - scope.level or least < _LEAST_GROWTH * max(then["open_most"][0], 1):
        return Check(_mass_closures(scope, ends), p)
    days = (last - first).days + 1
    candidate = Candidate(
        kind="backlog", verdict="grew", ids=scope.everything.filter(is_open())["id"].to_list(),
        sentence=f"Open items rose from at most {then['open_most'][0]:,} to at least {now['open_least'][0]:,} in "
        f"{days} days. {count_of(arrived, 'item')} arrived.",
        select={"status": OPEN_STATUSES, "archived": False}, excess=float(least), estimate=float(least),
        low=float(least), high=float(most), p=p, q=p, weight=1.4,
    )  # fmt: skip
    return Check([candidate], p)


def _why_unknown(scope: Scope) -> str:
    """Say why it is unknown how many items were open. Empty if items have no status."""
    if scope.knows_what_is_open:
        return "Growth of open items: past statuses are known only from earlier loads on this machine."
    own = scope.everything["status"].cast(pl.String).replace("", None).drop_nulls().unique().sort()
    named = list_some([short(one) for one in own]) if own.len() else ""
    return f"Open items: it is unknown which statuses are open ({named})." if named else ""


def _backlog_halved(scope: Scope, then: int, now: int, arrived: int, *, p: float) -> Candidate:
    """Report that open items at least halved, and the day on which most of them were closed or archived."""
    first, last = scope.latest
    closed = _closures(scope)
    way, _ = _ways(closed["field"])
    day, number, _ = _busiest(closed)
    at_once = ""
    if day is not None and number >= _MOSTLY * (then - now):
        were = f"{count_of(number, 'item')} {'was' if number == 1 else 'were'}"
        at_once = f" {were} {way} on {format_day(day)}."
    return _of_closed(
        scope, closed, excess=float(then - now), estimate=float(now - then), p=p,
        sentence=f"Open items fell from at least {then:,} to at most {now:,} in {(last - first).days + 1} days."
        f"{at_once} {count_of(arrived, 'item')} arrived.",
    )  # fmt: skip


def _mass_closures(scope: Scope, ends: pl.DataFrame) -> list[Candidate]:
    """Report a day on which half of the open items were closed, although as many may have arrived since.

    It must stand out, since a team may close most items on one day of each week. It is seen rather than tested.
    """
    closed = _closures(scope)
    day, number, second = _busiest(closed)
    if day is None or number < max(_MANY, _TWICE * second):
        return []
    before = ends.filter(pl.col("day") == day - timedelta(days=1))
    most = int(before["open_most"][0]) if before.height else None
    if most is None or number < _MOSTLY * most:
        return []
    closed = closed.filter(pl.col("day") == day)
    way, _ = _ways(closed["field"])
    return [
        _of_closed(
            scope, closed, excess=float(number), estimate=None, p=None,
            sentence=f"{number:,} of at most {most:,} open items were {way} on {format_day(day)}. "
            f"{ends.filter(pl.col('day') == scope.latest[1])['open_most'][0]:,} or fewer are open now.",
        )
    ]  # fmt: skip


def _closures(scope: Scope) -> pl.DataFrame:
    """Return the items that were closed or archived in the latest days, and on which day if that is certain."""
    day = local_day(pl.col("latest"), time_zone=scope.time_zone)
    same = day == local_day(pl.col("earliest"), time_zone=scope.time_zone)
    is_closing = (pl.col("field") == "status") & pl.col("new").is_in(CLOSED)
    is_archiving = (pl.col("field") == "archived") & (pl.col("new") == "true")
    gone = scope.everything.filter(~is_open()).select("id", created="day")  # others were reopened
    return (
        scope.history.filter(is_closing | is_archiving, day.is_between(*scope.latest))
        .select("id", field="field", day=pl.when(same).then(day))
        .join(gone, on="id")
    )


def _busiest(closed: pl.DataFrame) -> tuple[date | None, int, int]:
    """Return the day on which most items were closed, their number, and the number of the second such day."""
    days = closed.drop_nulls("day").group_by("day").agg(n=pl.col("id").n_unique()).sort("n", "day", descending=True)
    numbers = [*days["n"].head(2), 0, 0]
    return (days["day"][0] if days.height else None), numbers[0], numbers[1]


def _of_closed(
    scope: Scope, closed: pl.DataFrame, *, sentence: str, excess: float, estimate: float | None, p: float | None
) -> Candidate:
    """Report items that were closed or archived."""
    way, select = _ways(closed["field"])
    created = closed.select(since=pl.col("created").min(), until=pl.col("created").max()).row(0)
    if closed.height:
        select |= from_days(created)
    ids = closed["id"].unique().sort().to_list()
    gone = scope.everything.filter(~is_open(), scope.within(*created))
    return Candidate(
        kind="backlog", verdict="fell", ids=ids, sentence=sentence,
        detail=f"The filter also selects items that were {way} before, since no filter selects by that day."
        if gone.height > len(ids)
        else "",
        select=select, excess=excess, estimate=estimate, p=p, q=p, weight=1.0,
    )  # fmt: skip


def _ways(fields: pl.Series) -> tuple[str, dict[str, Any]]:
    """Say how items were closed, and which fields select items that are."""
    if fields.len() and (fields == "archived").all():
        return "archived", {"archived": True}
    return ("closed or archived", {}) if (fields == "archived").any() else ("closed", {"status": CLOSED})


def reopenings(scope: Scope) -> Check:
    """Find items that were closed and are open again. This is seen by the loads rather than tested."""
    if not scope.history.height or scope.known is None:
        return Check([], None)
    since = begin(pl.lit(scope.latest[0]), time_zone=scope.time_zone).dt.convert_time_zone("UTC")
    back = scope.history.filter(
        pl.col("field") == "status",
        pl.col("old").is_in(CLOSED),
        pl.col("new").is_in(OPEN_STATUSES),
        pl.col("earliest") >= since,
    )
    is_waiting = pl.col("status").cast(pl.String).is_in(OPEN_STATUSES)
    those = pl.col("id").is_in(back["id"].cast(pl.String).unique().implode())
    ids = scope.rows.filter(those, is_waiting)["id"].to_list()
    if len(ids) < _FEW:
        return Check([], None)
    days = (scope.latest[1] - scope.latest[0]).days + 1
    candidate = Candidate(
        kind="reopened", verdict="seen", ids=ids, weight=0.8, excess=float(len(ids)),
        sentence=f"{count_of(len(ids), 'closed item')} came back in {days} days: reopened and still open.",
        select={"status": OPEN_STATUSES},
    )  # fmt: skip
    return Check([candidate], None)
