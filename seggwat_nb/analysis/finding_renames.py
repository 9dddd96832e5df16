"""Reports in one finding that pages, types or sources took the place of others, such as after a change of names.

A rename looks like a fall and a rise, or an end and a start. So for each value that changed, the day on which its
rate changed most is found, by the likelihood ratio of two Poisson rates. If other values of the same column fell by
about as much, a common day is nearly as likely, and the larger rate of each was steady, and if items come on the same
weekdays, in the same words or by the same people, one probably took the place of the other. Where another problem
begins on the day on which one ends, these are two findings. Nothing is reported that was not found already.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis.finding_scope import fields_of, from_days, has_value
from seggwat_nb.analysis.finding_words import dates, items_usually, list_some, short, subject, usually
from seggwat_nb.analysis.overdispersion import WEEK
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from seggwat_nb.analysis.finding_scope import Candidate, Scope
    from seggwat_nb.analysis.intervals import Floats

__all__ = ["renames_told_once"]

_KEYS: Final = ("path", "type", "source")
_VERDICTS: Final = (("rose", "began"), ("fell", "silent"))
_MOVED: Final = ("fell", "rose")
_SURELY: Final = 2.0
"""Minimum change of a value that changed the other way, without a common day, in standard errors."""

_LEAST: Final = 10
"""Minimum number of items of a value."""

_SURE: Final = 8.0
"""Minimum logarithm of the likelihood ratio of a change. Over half a year, chance reaches 8 in 1 of 100 values."""

_ALIKE: Final = 1.5
"""Maximum ratio of what some values gained to what others lost."""

_WITHIN_CHANCE: Final = 2.0
"""Maximum difference of what was gained and lost, in standard errors, if it is a larger ratio."""

_PART: Final = 0.03
"""Minimum part of the change that a value must have to be named."""

_STEADY: Final = 0.5
"""Minimum rate of each half of the time before a fall, or since a rise, relative to all of it. Bursts just end."""

_COMMON: Final = 5.0
"""Maximum logarithm of the likelihood ratio of two days and one common day."""

_MOSTLY: Final = 0.2
"""What is left of what ended, or was there of what began, relative to the larger rate."""

_HARDLY: Final = 0.05

_ANOTHER_RHYTHM: Final = 0.001
"""P-value up to which items do not come on the same weekdays."""

_FITS: Final = 20
"""How many times expected counts are fitted to both margins, after which they hardly change."""

_SAME_PEOPLE: Final = 0.5
"""Minimum share of the new items by submitters of old ones."""

_SAME_WORDS: Final = 0.5
"""Minimum likeness of the words of two sides, relative to that within each."""


class _Changes(NamedTuple):
    """For each value: its items before each day, and how much more likely another rate from that day on is."""

    value: pl.Series
    until: Floats
    likely: Floats

    def at(self, day: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return the items expected since a day, those received, and whether the larger rate was steady."""
        number = self.until.shape[1] - 1

        def rate(start: int, end: int) -> Floats:
            found: Floats = (self.until[:, end] - self.until[:, start]) / max(end - start, 1)
            return found

        def quieter(start: int, end: int) -> Floats:
            middle = (start + end) // 2
            return np.fmin(rate(start, middle), rate(middle, end))

        before, after = rate(0, day), rate(day, number)
        least = np.where(after > before, quieter(day, number), quieter(0, day))
        larger, half = np.fmax(before, after), np.fmax(np.where(after > before, number - day, day) // 2, 1)
        # half of few items scatters, by the root of its number
        return before * (number - day), after * (number - day), least >= _STEADY * larger - np.sqrt(larger / half)

    def lately(self, days: int) -> tuple[Floats, Floats]:
        """Return the items expected in the latest days, by those of all days before, and those received."""
        before = self.until[:, -1 - days]
        expected: Floats = before * days / max(self.until.shape[1] - 1 - days, 1)
        return expected, self.until[:, -1] - before


def renames_told_once(found: Sequence[Candidate], scope: Scope) -> list[Candidate]:
    """Replace results about values that took each other's place by one result."""
    kept = list(found)
    if not scope.windows.complete:
        return kept
    for key in _KEYS:
        changed = [one for verdicts in _VERDICTS for one in kept if one.key == key and one.verdict in verdicts]
        changes = _changes(scope, key, [one.value for one in changed]) if changed else None
        for told_once in (_merge_renames, _merge_opposites):
            for one in changed:
                if changes is not None and one in kept:
                    kept = told_once(one, kept, changes, scope)
    return kept


def _merge_opposites(one: Candidate, found: list[Candidate], changes: _Changes, scope: Scope) -> list[Candidate]:
    """Replace the results about a value, and about those that changed as much the other way, without a common day.

    More and more people may use another form. No day says so, and people may write about anything, so the items must
    have the same words. Types share all items, whatever the words, so this only says that others changed as much.
    """
    value, days = changes.value, (scope.latest[1] - one.select.get("since", scope.latest[0])).days + 1
    mine = value.eq_missing(pl.Series([one.value], dtype=pl.String)).to_numpy()
    if not mine.any() or one.verdict not in _MOVED:
        return found
    expected, since = changes.lately(days)
    gained = since - expected
    sure = (abs(gained) >= _SURELY * np.sqrt(expected + since)) | (one.key == "type")
    others = sure & (gained * gained[mine] < 0) & (abs(gained) >= _PART * abs(gained[mine]))
    less, more = sorted((abs(float(gained[mine].sum())), abs(float(gained[others].sum()))))
    if not others.any() or more > _ALIKE * less or abs(gained.sum()) > (_ALIKE - 1) * less:
        return found
    fell = one.verdict == "fell"
    names = _name_values(one.key, value.filter(pl.Series(others))).replace("F", "f", 1)
    if one.key == "type":
        meanwhile = f"Meanwhile, {names} {'rose' if fell else 'fell'} by about as much."
        told = replace(one, caveat=" ".join(filter(None, (meanwhile, one.caveat))))
    else:
        sides = (mine, others) if fell else (others, mine)
        gone, come = (_rows_of(scope, one.key, value.filter(pl.Series(side))) for side in sides)
        if not _are_alike(gone, come, scope.latest[0], by_words=True):
            return found
        was, now = expected[others].sum(), since[others].sum()
        told = replace(
            one,
            sentence=f"{_name_values(one.key, value.filter(pl.Series(mine)))} {one.verdict} to "
            f"{items_usually(int(since[mine].sum()), days, float(expected[mine].sum()))}, and {names} "
            f"{'rose' if fell else 'fell'} by about as much, to {int(now):,} ({usually(float(was))}). "
            f"Perhaps it moved {'there' if fell else 'from there'}.",
            caveat="",  # about other usual numbers
        )
    values = {*value.filter(pl.Series(mine | others))}
    parts = [other for other in found if other.key == one.key and other.value in values and other is not one]
    parts = [other for other in parts if other.verdict in _VERDICTS[0 if fell else 1]]
    for other in parts:
        told = told.merge(other)
    return [told if other is one else other for other in found if other not in parts]


def _merge_renames(one: Candidate, found: list[Candidate], changes: _Changes, scope: Scope) -> list[Candidate]:
    """Replace the results about a value, and about those whose place it took or that took its place, if any did."""
    value, likely, most = changes.value, changes.likely, changes.likely.max(axis=1)
    mine = value.eq_missing(pl.Series([one.value], dtype=pl.String)).to_numpy()
    if not mine.any():
        return found
    together = most + most[mine] - (likely + likely[mine]).max(axis=1) <= _COMMON
    together &= most >= _SURE
    day = int(likely[together | mine].sum(axis=0).argmax())
    expected, since, is_steady = changes.at(day)
    gained = since - expected
    together &= is_steady & (abs(gained) >= _PART * abs(gained[mine]))
    new, old = together & (gained > 0), together & (gained < 0)
    more, fewer = float(gained[new].sum()), float(-gained[old].sum())
    if not (together & mine).any() or not (new.any() and old.any()):
        return found
    scatter = float(np.sqrt((expected[old] + since[old]).sum() + (expected[new] + since[new]).sum()))
    if abs(more - fewer) > max((_ALIKE - 1) * min(more, fewer), _WITHIN_CHANCE * scatter):
        return found
    comes, goes = expected[new].sum() <= _MOSTLY * since[new].sum(), since[old].sum() <= _MOSTLY * expected[old].sum()
    # What is still there was not renamed. And types share all items: one falls where another rises, unless it is null.
    is_left_out = value.filter(pl.Series(new)).has_nulls()
    if not (comes and (goes or is_left_out) if one.key == "type" else comes or goes):
        return found
    when = scope.windows.first + timedelta(days=day)
    gone, come = (_rows_of(scope, one.key, value.filter(pl.Series(side))) for side in (old, new))
    if not _are_alike(gone, come, when):
        return found
    began = bool((expected[new] <= _HARDLY * since[new]).all())
    ended = bool((since[old] <= _HARDLY * expected[old]).all())
    how = "at about the same rate" if began and ended else "by about as much"
    figures = f"{count_of(round(more), 'item')} more than usual since then, and {round(fewer):,} fewer"
    if began and ended:
        figures = f"{count_of(int(since[new].sum()), 'item')} since then, about {expected[old].sum():,.0f} expected"
    values = {*value.filter(pl.Series(together))}
    parts = [other for other in found if other.key == one.key and other.value in values and other is not one]
    alone = one.verdict in _VERDICTS[0] and np.count_nonzero(new) == 1
    told = one if alone else _of_new(one, value.filter(pl.Series(new)), when, scope)
    told = replace(
        told,
        sentence=f"{_name_values(one.key, value.filter(pl.Series(old)))} {'ended' if ended else 'fell'} and "
        f"{_name_values(one.key, value.filter(pl.Series(new))).replace('F', 'f', 1)} {'began' if began else 'rose'} "
        f"{how} on {dates(when, when)}: {figures}. "
        f"{_why(one.key, value.filter(pl.Series(new)), ended=ended)}",
        caveat="",  # about other usual numbers
    )
    for other in parts:
        told = told if other.value == one.value else told.merge(other)
    return [told if other is one else other for other in found if other not in parts]


def _why(key: str | None, new: pl.Series, *, ended: bool) -> str:
    """Say what such a change probably is."""
    if new.null_count() < new.len():
        return f"Probably {'renamed or replaced' if ended else 'replaced in part'}."
    return f"Perhaps the {'page' if key == 'path' else key} of some items is no longer recorded."


def _rows_of(scope: Scope, key: str | None, values: pl.Series) -> pl.DataFrame:
    """Return the items in either window with one of some values."""
    mine = pl.any_horizontal(has_value(scope.keyed, str(key), value) for value in values)
    chosen = scope.keyed.filter(mine, scope.within(scope.windows.first, scope.latest[1]))
    return scope.rows.join(chosen.select("id"), on="id", how="semi", maintain_order="left")


def _are_alike(old: pl.DataFrame, new: pl.DataFrame, when: date, *, by_words: bool = False) -> bool:
    """Return whether items since a day come on the same weekdays as before, in the same words or by the same people."""
    old, new = old.filter(pl.col("day") < when), new.filter(pl.col("day") >= when)
    if not old.height or not new.height:
        return False
    start, end = old["day"].to_numpy().min(), new["day"].to_numpy().max()
    covered = (pl.date_range(start, when, closed="left", eager=True), pl.date_range(when, end, eager=True))
    counts, days = (
        np.stack([np.bincount(one.dt.weekday().to_numpy(), minlength=WEEK + 1)[1:] for one in part])
        for part in ((old["day"], new["day"]), covered)
    )
    if _p_of_weekdays(counts, days) <= _ANOTHER_RHYTHM:
        return False
    who, others = (side.select(submitter_of(side)).to_series() for side in (new, old))
    known = who.drop_nulls()
    if not by_words and known.len() and known.is_in(others.drop_nulls().implode()).sum() >= _SAME_PEOPLE * new.height:
        return True
    return "message" not in new.columns or not _in_other_words(old["message"], new["message"])


def _p_of_weekdays(counts: NDArray[np.int64], days: NDArray[np.int64]) -> float:
    """Test whether items of two sides (the rows) come on the same weekdays, by Pearson's chi-squared.

    The sides may have more of one weekday than of another (`days`), so the expected counts are fitted to both margins.
    """
    kept = (days.min(axis=0) > 0) & (counts.sum(axis=0) > 0)
    if kept.sum() <= 1:
        return 1.0
    counts, expected = counts[:, kept], days[:, kept].astype(np.float64)
    for _ in range(_FITS):
        for axis in (0, 1):
            expected *= counts.sum(axis=axis, keepdims=True) / np.fmax(expected.sum(axis=axis, keepdims=True), 1e-9)
    squares = (counts - expected) ** 2 / np.fmax(expected, 1e-9)
    return float(special.chdtrc(counts.shape[1] - 1, squares.sum()))


def _in_other_words(old: pl.Series, new: pl.Series) -> bool:
    """Return whether texts have other words, by the cosine of what is common to two sides with what is within each.

    Words count by their rarity. The cosine within a side is that of every second text with the others. Where texts have
    nothing in common even within a side, such as where there are none, this cannot be said.
    """
    texts = pl.concat([old, new]).cast(pl.String).fill_null("")
    has = find_terms(texts).has.tocsc().astype(np.float64)
    rarity = np.log(texts.len() / np.fmax(np.asarray(has.sum(axis=0)).ravel(), 1.0))
    place = np.arange(texts.len())
    is_old = place < old.len()

    def mean(chosen: NDArray[np.bool_]) -> Floats:
        found: Floats = np.asarray(has[chosen].mean(axis=0)).ravel() * rarity
        return found

    within = [mean(side & (place % 2 == 0)) @ mean(side & (place % 2 == 1)) for side in (is_old, ~is_old)]
    if min(within) <= 0:
        return False
    return bool(mean(is_old) @ mean(~is_old) < _SAME_WORDS * np.sqrt(within[0] * within[1]))


def _of_new(old: Candidate, values: pl.Series, when: date, scope: Scope) -> Candidate:
    """Report what took the place of a value instead, if that was not found by itself."""
    key, days = str(old.key), (when, scope.latest[1])
    mine = pl.any_horizontal(has_value(scope.keyed, key, value) for value in values)
    return replace(
        old, kind="page" if key == "path" else key, value=values[0], verdict="rose", estimate=None, low=None, high=None,
        ids=scope.keyed.filter(mine, scope.within(*days))["id"].to_list(),
        select=from_days(days) | fields_of(scope, key, values),
    )  # fmt: skip


def _name_values(key: str | None, values: pl.Series) -> str:
    first, *others = values.to_list()
    return list_some([subject(key, first), *(short(other) if other else "(none)" for other in others)])


def _changes(scope: Scope, key: str, found: Sequence[str | None]) -> _Changes:
    """Compare the rates of each value before and since each day, of those that were found or have several items."""
    windows = scope.windows
    number = windows.span
    rows = scope.keyed.select(value=key, place=(pl.col("day") - pl.lit(windows.first)).dt.total_days())
    is_found = pl.col("value").is_in(pl.Series(found, dtype=pl.String).implode(), nulls_equal=True)
    rows = rows.filter(pl.col("place").is_between(0, number - 1)).filter(is_found | (pl.len().over("value") >= _LEAST))
    counts = rows.group_by("value", "place").len()
    value = counts["value"].unique().sort(nulls_last=True)
    places = value.to_frame().with_row_index("row").join(counts, on="value", nulls_equal=True)
    daily = np.zeros((value.len(), number))
    daily[places["row"].to_numpy(), places["place"].to_numpy()] = places["len"].to_numpy()
    until = np.concatenate([np.zeros((value.len(), 1)), daily.cumsum(axis=1)], axis=1)
    days, whole = np.arange(number + 1), until[:, -1:]
    likely = -special.xlogy(whole, whole / number) * np.ones(number + 1)
    for items, length in ((until, days), (whole - until, number - days)):
        likely += special.xlogy(items, items / np.fmax(length, 1))
    return _Changes(value, until, np.fmax(likely, 0.0))
