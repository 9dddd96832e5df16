"""The checks for findings about days: unusual ones, and those on which feedback stopped or began."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis import silences, spikes
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.finding_late import missing_before
from seggwat_nb.analysis.finding_scope import Candidate, Check, from_days, has_value, least_q
from seggwat_nb.analysis.finding_words import cause, dates, list_some, short, subject, usually
from seggwat_nb.analysis.periods import begin, local_day, recent
from seggwat_nb.analysis.rhythms import Burst, Recurrence, recurrence
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.text import count_of, format_day, join_words, percent

if TYPE_CHECKING:
    from typing import TypeAlias

    from seggwat_nb.analysis.finding_scope import Scope
    from seggwat_nb.analysis.intervals import Floats

    _Row: TypeAlias = dict[str, Any]

__all__ = ["cancellation_bursts", "starts", "stops", "unusual_days", "unusual_ratings"]

_OF_COLLECTING: Final = 1.2
"""Weight of a silence of all feedback. It is about the collection, so what people said comes first."""

_OF_ONE: Final = 1.0
"""Weight of what one submitter did."""

_REGULAR: Final = 0.2
"""Minimum share of all items by a submitter of whom it is news that they stopped."""

_MOSTLY: Final = 0.6
"""Minimum share of items by one submitter to say so."""

_NEARLY_ALL: Final = 0.9
_MANY: Final = 30
_HARDLY: Final = 0.02
_FEWEST_DAYS: Final = 3
_ABOUT: Final = 0.5
_LONGEST: Final = 14
"""Maximum number of days that `spikes` tests together, the last of which counts."""

_NAMED: Final = 3


def unusual_days(scope: Scope) -> Check:
    """Find days and bursts with far more feedback than usual."""
    if scope.known is None:
        return Check([], None)
    table = _with_today(scope, scope.rows, scope.feedback, scope.options)
    if table is None:
        table = scope.once("spikes", lambda: spikes.spikes(scope.feedback, **scope.options))
    return _bursts(scope, scope.rows, table)


def cancellation_bursts(scope: Scope) -> Check:
    """Find days and bursts with far more cancellation comments than usual."""
    comments = scope.cancellations
    if scope.known is None or not comments.height:
        return Check([], None)
    options = scope.options_of_cancellations
    table = _with_today(scope, comments, scope.feedback, options)
    if table is None:
        table = spikes.spikes(scope.feedback, **options)
    check = _bursts(scope, comments, table, thing="cancellation comment")
    found = [replace(one, select={**one.select, "source": scope.cancelled_in}) for one in check.found]
    return check._replace(found=found)


def unusual_ratings(scope: Scope) -> Check:
    """Find days and bursts with far more ratings than usual, and say what most of these are."""
    rows = select_rows(scope.ratings, scope.where_rated)
    if scope.known is None or not {"id", "created_at"} <= set(rows.columns) or not rows.height:
        return Check([], None)
    rows = rows.with_columns(
        id=pl.col("id").cast(pl.String), day=local_day(pl.col("created_at"), time_zone=scope.time_zone)
    )
    options = {**scope.options, "where": scope.where_rated}
    table = _with_today(scope, rows, scope.ratings, options)
    if table is None:
        table = spikes.spikes(scope.ratings, **options)
    is_start = pl.col("first") < rows.select(pl.col("day").min()).item() + timedelta(days=_FEWEST_DAYS)
    check = _bursts(scope, rows, table.filter(~is_start), thing="rating")
    found = [
        replace(one, kind="rating", ids=[], excess=0.0, detail=_mostly_rated(rows.filter(pl.col("id").is_in(one.ids))))
        for one in check.found
    ]
    return check._replace(found=found)


def _with_today(scope: Scope, rows: pl.DataFrame, frame: pl.DataFrame, options: _Row) -> pl.DataFrame | None:
    """Test the unfinished day as if it were over, if it has more rows than any of the latest days. Else return None."""
    today = _today(scope)
    counts = rows.filter(pl.col("day").is_between(scope.latest[0], today)).group_by("day").len()
    number, most = counts.select(
        pl.col("len").filter(pl.col("day") == today).sum(), most=pl.col("len").filter(pl.col("day") < today).max()
    ).row(0)
    if number <= (most or 0):
        return None
    end = pl.select(begin(pl.lit(today + timedelta(days=1)), time_zone=scope.time_zone)).item()
    return spikes.spikes(frame, **{**options, "as_of": end})


def _today(scope: Scope) -> date:
    """Return the day after the last complete one."""
    return (scope.known[1] if scope.known else scope.latest[1]) + timedelta(days=1)


def _mostly_rated(rows: pl.DataFrame) -> str:
    """Say which response most ratings are. Empty if there is none, or responses are unknown."""
    keys = ["rating_type", "score", "max_score", "helpful"]
    if not {*keys} <= set(rows.columns):
        return ""
    most = rows.group_by(keys).len().sort("len", *keys, descending=True, nulls_last=True).row(0, named=True)
    if most["len"] < _MOSTLY * rows.height:
        return ""
    many = f"{most['len']:,} of them" if most["len"] < rows.height else "All of them"
    if most["helpful"] is not None:
        return f"{many} said “{'helpful' if most['helpful'] else 'not helpful'}”."
    if most["score"] is None or most["max_score"] is None:
        return ""
    unit = " stars" if most["rating_type"] == "star" else ""
    return f"{many} gave {most['score']:g} of {most['max_score']:g}{unit}."


def _bursts(scope: Scope, rows: pl.DataFrame, table: pl.DataFrame, *, thing: str = "item") -> Check:
    """Report each burst that does not come back with the calendar, and the latest of those that began to."""
    first, today = scope.recent[0], _today(scope)
    known = scope.known[0] if scope.known else first
    is_start = pl.col("first") < known + timedelta(days=_FEWEST_DAYS)  # a launch or an import, with nothing before it
    late = table.filter(~is_start, pl.col("last") >= first, pl.col("first") <= today)
    late = late.with_columns(q=pl.col("q") * _part_of_tests(scope))
    signs = rows.select(submitter_of(rows).count()).item() > 0
    daily = dict(rows.group_by("day").len().iter_rows())
    bursts = [
        (row, again)
        for row in late.sort("log10_p", "first").iter_rows(named=True)
        if not (again := _recurrence(row, daily, known)).is_known_before(first)
    ]
    found, told = [], dict[date, int]()
    for row, again in sorted(bursts, key=_latest_that_came_back):
        same = again.days
        if any(_ABOUT * row["count"] <= told.get(day, 0) for day in (row["first"], *same)):
            continue
        one = _burst(row, thing, signs=signs, is_over=row["last"] < today)
        if thing == "item" and (missing := missing_before(row, daily, known)):
            one = replace(one, sentence=f"{one.sentence} {missing}", days=(missing.first, row["last"]))
        if same:
            about = (
                f" About as many came in on {join_words(map(format_day, same[:_NAMED]))}, perhaps because of the date."
            )
            series = [row, *(other for other, _ in bursts if other["first"] in same)]
            surest = min(series, key=lambda other: other["log10_p"])
            one = replace(one, sentence=one.sentence + about, weight=one.weight / 2, p=surest["p"], q=surest["q"])
            told |= dict.fromkeys((row["first"], *same), row["count"])
        found.append(one)
    return Check(found, min([1.0, *(row["q"] for row, _ in bursts)]))


def _recurrence(row: dict[str, Any], daily: dict[date, int], known: date) -> Recurrence:
    return recurrence(Burst(row["first"], row["days"], row["count"], row["expected"]), daily, known)


def _part_of_tests(scope: Scope) -> float:
    """Return the part of the tested days on which a burst counts as news, as only these can be false alarms here."""
    if scope.known is None:
        return 1.0
    (first, last), tested = scope.recent, recent(*scope.known)
    return min(((last - first).days + _LONGEST) / ((scope.known[1] - tested).days + 1), 1.0)


def _latest_that_came_back(burst: tuple[dict[str, Any], Recurrence]) -> tuple[bool, int]:
    """Sort days that come back before others, the latest first, as a finding names earlier ones."""
    row, again = burst
    return not again.days, -row["first"].toordinal() if again.days else 0


def _burst(row: dict[str, Any], thing: str, *, signs: bool, is_over: bool) -> Candidate:
    alone = row["verdict"] == "one person"
    when = dates(row["first"], row["last"])
    usual = usually(row["expected"]) if is_over else f"so far, {usually(row['expected'])} by the end of the day"
    said = f"{count_of(row['count'], thing)} came in on {when}{',' if is_over else ''} {usual}"
    people, unsigned = count_of(row["submitters"], "submitter"), row["unsigned"]
    more = f", and {unsigned:,} {'is' if unsigned == 1 else 'are'} unsigned" if unsigned else ""
    behind = f" They are from {people}{more}." if row["submitters"] else ""
    if row["submitters"] and 2 * unsigned > row["count"]:
        behind = f" Of these, {unsigned:,} are unsigned, and the others are from {people}."
    if signs and not row["submitters"]:
        behind = " All of them are unsigned."
    if alone:
        wrote = "gave" if thing == "rating" else "wrote"
        share = row["loudest_share"] or 0.0
        behind = f" One person {wrote} {'all' if share == 1 else percent(share)} of them."
    return Candidate(
        kind="days", value=when, verdict="one person" if alone else "unusual", ids=row["ids"],
        sentence=f"{said}.{behind}", select=from_days((row["first"], row["last"])), days=(row["first"], row["last"]),
        excess=max(0.0, row["count"] - row["expected"]), estimate=row["count"] / max(row["expected"], 1e-9),
        p=row["p"], q=row["q"], weight=1.0 if alone else 1.75,
    )  # fmt: skip


def stops(scope: Scope) -> Check:
    """Find pages, sources and newest versions whose feedback stopped, or whether all feedback did."""
    if scope.known is None:
        return Check([], None)
    keys: list[str] = [key for key in ("path", "source", "version") if key in scope.feedback.columns]
    keys = keys or ["id"]  # for all feedback alone
    table = scope.once("silences", lambda: silences.silences(scope.feedback, by=keys, **scope.options))
    first, last = scope.recent
    named = table.filter(
        pl.col("verdict") != "unclear",
        pl.col("silent_until") >= first,
        pl.col("silent_since").is_between(scope.known[0], last, closed="right"),  # the first day may be incomplete
    )
    told: list[tuple[_Row, list[_Row]]] = []
    rows = [_of_everything(row, scope) for row in named.iter_rows(named=True)]
    rows = sorted((row for row in rows if not _is_expected(row, scope)), key=_completeness_and_length)
    for row in rows:
        is_whole_too = any(one["key"] is None and _is_within(row, one) for one, _ in told)
        if is_whole_too or (row["key"] is None and any(_explains(one, row) for one in rows)):
            continue
        same = next((at for at, (one, _) in enumerate(told) if _is_same(row, one, scope)), None)
        if same is None:
            told.append((row, []))
        else:
            told[same][1].append(row)
    left, least = _silent_submitters(scope)
    others = [] if any(one["verdict"] == "silent" and _is_by_one(one, scope) for one, _ in told) else left
    found = [_silence(rows, same, scope) for rows, same in _in_groups(told)]
    return Check([*found, *others], least_q(pl.Series([*table["q"], least])))


def _is_expected(row: _Row, scope: Scope) -> bool:
    """Return whether a value came and went as others did before it, or long ago."""
    lives = scope.lifetimes.get(row["key"] or "")
    if lives is None or row["verdict"] != "silent":
        return False
    is_long_ago = lives.its_time(row["value"]) is not None and row["silent_since"] < scope.recent[0]
    return is_long_ago or lives.come_and_go(row["value"])


def _in_groups(told: list[tuple[_Row, list[_Row]]]) -> list[tuple[list[_Row], list[_Row]]]:
    """Group values that stopped on the same day, or one after the other, as values that come and go do."""
    days: dict[tuple[object, ...], tuple[list[_Row], list[_Row]]] = {}
    for row, same in told:
        rows, others = days.setdefault((row["key"], row["silent_since"], row["silent_until"]), ([], []))
        rows.append(row)
        others.extend(same)
    groups = [*days.values()]
    for key in {rows[0]["key"] for rows, _ in groups} - {None}:
        in_turn = [group for group in groups if (group[0][0]["key"], group[0][0]["verdict"]) == (key, "silent")]
        if len(in_turn) >= _NAMED:
            groups = [group for group in groups if group not in in_turn]
            groups.append(([row for rows, _ in in_turn for row in rows], [row for _, same in in_turn for row in same]))
    return groups


def _silent_submitters(scope: Scope) -> tuple[list[Candidate], float | None]:
    """Find submitters of a fifth of all items or more who stopped, and the smallest q. Others come and go."""
    if not scope.windows.complete:
        return [], None
    window = scope.windows.dates()
    before = scope.rows.filter(scope.within(window["before_first"], window["after_first"] - timedelta(days=1)))
    shares = before.select(who=submitter_of(before)).drop_nulls().to_series().value_counts()
    regular = shares.filter(pl.col("count") >= _REGULAR * before.height)["who"]
    if not regular.len():
        return [], None
    who = submitter_of(scope.feedback)
    rows = scope.feedback.with_columns(_who=pl.when(who.is_in(regular.implode())).then(who))
    table = silences.silences(rows, by=["_who"], **scope.options).filter(pl.col("value").is_not_null())
    of_all = dict(shares.iter_rows())
    told = [
        Candidate(
            kind="submitter", key="submitted_by", value=row["value"], verdict="silent", ids=[],
            sentence=f"{short(row['value'])} has written {count_of(row['came'], 'item') if row['came'] else 'nothing'} "
            f"since {format_day(row['silent_since'])}, about {row['expected']:,.0f} expected. They wrote "
            f"{percent(of_all[row['value']] / before.height)} of all items before.",
            select={"submitted_by": row["value"]}, excess=row["expected"] - row["came"], p=row["p"], q=row["q"],
            weight=_OF_COLLECTING,
        )
        for row in table.filter(verdict="silent").rows(named=True)
    ]  # fmt: skip
    return told, least_q(table["q"])


def _is_by_one(row: dict[str, Any], scope: Scope) -> bool:
    """Return whether most items of a value are by one submitter, so that its silence says that they stopped."""
    return _loudest_share(_other_days(row, scope), scope) >= _MOSTLY


def _other_days(row: dict[str, Any], scope: Scope) -> pl.DataFrame:
    """Return the items of a value on the days on which it was not silent."""
    key, value = row["key"], row["value"]
    mine = scope.keyed.filter(has_value(scope.keyed, key, value)) if key else scope.keyed
    return mine.filter(~pl.col("day").is_between(row["silent_since"], row["silent_until"]))


def _of_everything(row: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Report all feedback instead of a value if hardly anything came in meanwhile, with as many times its number."""
    key, value, since, until = row["key"], row["value"], row["silent_since"], row["silent_until"]
    came = scope.keyed.filter(scope.within(since, until)).height
    if key is None or came > (1 - _NEARLY_ALL) * row["expected"]:
        return row
    mine = scope.keyed.filter(has_value(scope.keyed, key, value), ~scope.within(since, until))
    in_use = scope.keyed.filter(pl.col("day") >= mine["day"].min(), ~scope.within(since, until))
    expected = row["expected"] * in_use.height / max(mine.height, 1)
    return row | {"key": None, "value": None, "expected": expected, "came": came}


def _completeness_and_length(row: dict[str, Any]) -> tuple[object, ...]:
    return row["key"] is not None, row["silent_since"], -row["silent_until"].toordinal()


def _is_within(row: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Return whether a value is silent because everything is: on most of these days, and it may be rare before."""
    since, until = max(row["silent_since"], whole["silent_since"]), min(row["silent_until"], whole["silent_until"])
    return bool((until - since).days + 1 >= _ABOUT * row["days"])


def _explains(row: _Row, whole: _Row) -> bool:
    """Return whether everything is silent since one value is, for longer, such as that of a missing newsletter."""
    is_longer = row["silent_since"] <= whole["silent_since"] and whole["silent_until"] <= row["silent_until"]
    is_most = row["key"] is not None and row["expected"] >= _ABOUT * whole["expected"]
    return bool(is_longer and is_most and not _is_within(row, whole))


def _is_same(row: dict[str, Any], other: dict[str, Any], scope: Scope) -> bool:
    """Return whether nearly all items of two values are the same, such as those of a page with a source of its own."""
    if None in {row["key"], other["key"]} or any(row[day] != other[day] for day in ("silent_since", "silent_until")):
        return False
    one, two = (has_value(scope.keyed, of["key"], of["value"]) for of in (row, other))
    both, either = scope.keyed.select(both=(one & two).sum(), either=(one | two).sum()).row(0)
    return bool(both >= _NEARLY_ALL * either)


def _silence(rows: list[_Row], same: list[_Row], scope: Scope) -> Candidate:
    """Report values that stopped, and others of the same items (`same`)."""
    row = max(rows, key=lambda one: float(one["expected"]))
    now, key, value = row["verdict"] == "silent", row["key"], row["value"]
    what = subject(key, value).removeprefix("Feedback")
    values = [one["value"] for one in rows]
    if len(rows) > 1:
        what = f" {'from' if key == 'source' else 'about'} {list_some([short(one or '(none)') for one in values])}"
    since, until = min(one["silent_since"] for one in rows), max(one["silent_until"] for one in rows)
    came_in, expected = sum(one["came"] for one in rows), sum(one["expected"] for one in rows)
    mine = scope.keyed.filter(pl.any_horizontal(has_value(scope.keyed, key, one) for one in values) if key else True)
    lasts = now and not mine.filter(pl.col("day") > until).height  # the last day is incomplete, but may have items
    when = f"since {dates(since, since)}" if lasts else f"{'on' if since == until else 'from'} {dates(since, until)}"
    came = f"Only {count_of(came_in, 'item')}{what}" if came_in else f"No feedback{what}"
    came += f" {'have' if came_in > 1 else 'has'} come in" if lasts else " came in"
    sentence = f"{came} {when}, about {expected:,.0f} expected."
    advice = "Check that it is still collected." if now else "Check whether it was collected."
    share = _loudest_share(pl.concat(_other_days(one, scope) for one in rows), scope)
    alone, last = share >= _MOSTLY, max(one["silent_since"] for one in rows)
    if last != since:
        sentence = (
            f"Feedback{what} stopped one after the other from {dates(since, last)}, about {expected:,.0f} expected."
        )
        advice = "Perhaps these come and go. If not, check that they are still collected."
    elif now and len(rows) == 1 and (lives := scope.lifetimes.get(key or "")) and (ends := lives.its_time(value)):
        number = count_of(mine.height, "item")
        sentence = f"Feedback{what} only came in {'from' if ends[0] < ends[1] else 'on'} {dates(*ends)}: {number}."
        advice = "Was it an import or a campaign, or is it no longer collected?"
    elif alone:
        part = "all" if share == 1 else percent(share)
        advice = f"Of the items on other days, {part} are by one submitter, who may have stopped."
    chosen = value if len(rows) == 1 else tuple(filter(None, values))
    also = dict.fromkeys(cause("silence", one["key"], one["value"]) for one in (*rows, *same) if one is not row)
    return Candidate(
        kind="silence", key=key, value=value, verdict=row["verdict"], sentence=f"{sentence} {advice}",
        ids=[], select={key: chosen} if key else {}, excess=expected - came_in, days=(since, until),
        p=min(one["p"] for one in rows), q=min(one["q"] for one in rows), also=tuple(also),
        weight=_OF_ONE if alone or last != since else _OF_COLLECTING if key is None else 1.7 if now else 1.5,
    )  # fmt: skip


def _loudest_share(keyed: pl.DataFrame, scope: Scope) -> float:
    """Return the share of items written by the submitter with the most. Unsigned items are by nobody."""
    rows = scope.rows.join(keyed.select("id"), on="id", how="semi")
    counts = rows.select(who=submitter_of(rows)).drop_nulls().to_series().unique_counts()
    return max(counts, default=0) / max(rows.height, 1)


def starts(scope: Scope) -> Check:
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
        parts = counts.group_by("value").agg("place").filter(pl.col("place").list.len() >= _MANY).sort("value")
        looked_at += parts.height
        for value, places in zip(parts["value"], parts["place"], strict=True):
            own = np.bincount(places.to_numpy(), minlength=everything.size).astype(np.float64)
            start = int(np.searchsorted(own.cumsum(), _HARDLY * own.sum(), side="right"))
            first_item = int(np.flatnonzero(own)[0])
            start = first_item if start - first_item <= _FEWEST_DAYS else start  # the few before are its own first days
            p = _chance_of_start(own, everything - own, start)
            least = min(least, p)
            if p <= 1 - scope.level:
                found.append(_start(scope, (key, str(value)), own, start, p=p))
    corrected = [replace(one, q=min(1.0, (one.p or 0.0) * looked_at)) for one in found]
    late = [one for one in corrected if one.select["since"] >= scope.recent[0]]
    late = [one for one in late if not scope.is_regular(one.key, one.value)]
    return Check(late, min(1.0, least * looked_at) if looked_at else None)


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
    mine = scope.keyed.filter(has_value(scope.keyed, key, value), pl.col("day") >= day)
    before, since = int(own[:start].sum()), int(own[start:].sum())
    few = f"{before:,}" if before else "none"
    return Candidate(
        kind="silence", key=key, value=value, verdict="began", ids=mine["id"].to_list(),
        sentence=f"{subject(key, value)} starts on {dates(day, day)}: {count_of(since, 'item')} since then, "
        f"{few} in the {start:,} days before. Is it new, or was it not collected?",
        select={key: value, "since": day}, excess=float(since), p=p, q=p, weight=1.3,
    )  # fmt: skip
