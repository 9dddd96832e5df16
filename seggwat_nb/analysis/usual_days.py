"""The usual number of rows on each day, by its weekday and the four weeks on either side.

Days far above a running median are excluded, and only included again if they turn out to be ordinary, so a spike cannot
hide itself or its neighbors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seggwat_nb.analysis.overdispersion import Floats

__all__ = ["PRIOR", "Usual", "running_sums", "usual_days", "weekday_weights"]

_REACH: Final = 28
"""Days on either side that determine the usual number: enough for a reliable estimate, but still able to follow a
trend."""

_STEP: Final = 7
"""Number of days that share one running median."""

_TOGETHER: Final = 32
"""Number of weeks whose running medians are computed at once, to limit memory."""

_ROUNDS: Final = 4
"""How many times the usual number is re-estimated after days were included again."""

PRIOR: Final = (5.0, 15.0)
"""Prior of the dispersion, and its weight in items."""

_CALM: Final = 10.0
"""Items added to each weekday, so that the weight of a quiet Sunday is never zero."""

_WEEKLY_FROM: Final = 21
"""Minimum number of days for weekday weights: each weekday then occurs three times."""

_FEW: Final = 0.1
"""Maximum share of lone high days, relative to ordinary ones, that may be chance: in clumped counts it is 0.04."""

_OFTEN: Final = 0.25
"""Share of a weekday's days: if at least as many are excluded, they are the rule."""


class Usual(NamedTuple):
    """The usual number for each value (rows) on each day (columns)."""

    kept: NDArray[np.bool_]  # ordinary days
    expected: Floats
    near: Floats  # number of rows on the ordinary days around it
    dispersion: Floats  # of a day's count
    rest: Floats  # how far days are from the usual number, see `_scatter`
    behind: Floats  # the usual number on these days


def usual_days(counts: Floats, weights: Floats, *, holes: bool = True) -> Usual:
    """Estimate the usual numbers. Without `holes`, even low days are ordinary, such as quiet Sundays."""
    low, high = _ordinary(counts, weights)
    low = low if holes else np.zeros_like(low)
    started_out = counts > high
    kept = ~started_out & (counts >= low)
    expected, near, dispersion = counts, counts, np.ones((counts.shape[0], 1))
    for _ in range(_ROUNDS):
        # Half an item is added, since zero items do not mean that none are expected.
        near = _around(np.where(kept, counts, 0)) + 0.5
        expected = near / np.fmax(_around(np.where(kept, weights, 0)), 0.5) * weights
        rest, behind = _scatter(counts, expected, kept, dispersion)
        prior, items = PRIOR
        usual = behind.sum(axis=1, keepdims=True)
        dispersion = np.fmax((rest**2).sum(axis=1, keepdims=True) + prior * items, 1) / (usual + items)
        ordinary = counts <= expected + _upper_bound(dispersion, expected)
        kept = (~started_out | ordinary) & (counts >= low)
    return Usual(kept, expected, near, np.fmax(dispersion, 1.0), *_scatter(counts, expected, kept, dispersion))


def _upper_bound(dispersion: Floats, expected: Floats) -> Floats:
    """Return how far an ordinary day is above the usual number at most."""
    bound: Floats = 2 * np.sqrt(np.fmax(dispersion, 1) * expected) + 1
    return bound


def _scatter(counts: Floats, expected: Floats, kept: NDArray[np.bool_], dispersion: Floats) -> tuple[Floats, Floats]:
    """Return how far days are from the usual number, and that number, both 0 on days that say nothing about scatter.

    Excluded days with ordinary neighbors count as far above as an ordinary day can be, unless they are many. A few of
    them are chance, and without them, days would seem to scatter less than they do.
    """
    around = np.pad(kept, ((0, 0), (1, 1)), constant_values=True)
    alone = ~kept & (counts > expected) & around[:, :-2] & around[:, 2:]
    usual, usually_alone = (np.where(days, expected, 0.0).sum(axis=1, keepdims=True) for days in (kept, alone))
    counted = kept | (alone & (usually_alone <= _FEW * usual))
    rest = np.fmin(counts - expected, _upper_bound(dispersion, expected))
    return np.where(counted, rest, 0.0), np.where(counted, expected, 0.0)


def _ordinary(counts: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the bounds between which a day initially counts as ordinary, from the median of the weeks around it.

    Lower counts are holes in the data, such as the first day of an export. Higher counts may turn out to be events.
    """
    level = counts / np.fmax(weights, 0.1)
    size = counts.shape[1]
    wide, starts = min(_STEP + 2 * _REACH, size), np.arange(0, size, _STEP)
    # Use as many days at both ends as in the middle. Otherwise a burst of ten days would be a third of them there.
    days = np.clip(starts - _REACH, 0, size - wide)[:, None] + np.arange(wide)
    parts = [_medians(level[:, some], weights[some]) for some in np.split(days, range(_TOGETHER, len(days), _TOGETHER))]
    middle, upper, spread = (
        np.repeat(np.concatenate(part, axis=1), _STEP, axis=1)[:, :size] * weights for part in zip(*parts, strict=True)
    )
    return np.fmin(middle - 3.5 * spread, middle / 4 - 3), np.fmax(middle + 3.5 * spread, 1.5 * upper + 3)


def _medians(level: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the median of the days around each week, an upper quantile, and the median distance from the median."""
    middle, upper = (_quantile(level, weights, share) for share in (0.5, 0.7))
    return middle, upper, _quantile(np.abs(level - middle[..., None]), weights, 0.5)


def _quantile(values: Floats, weights: Floats, share: float) -> Floats:
    """Return a quantile along the last axis, to which a day of twice the weight contributes twice.

    Otherwise, nothing would be usual where nearly all items come in on one day of the week.
    """
    order = np.argsort(values, axis=-1)
    sums = np.take_along_axis(np.broadcast_to(weights, values.shape), order, axis=-1).cumsum(axis=-1)
    place = (sums < share * sums[..., -1:]).sum(axis=-1, keepdims=True)
    found: Floats = np.take_along_axis(values, np.take_along_axis(order, place, axis=-1), axis=-1)[..., 0]
    return found


def weekday_weights(total: Floats, first: int) -> Floats:
    """Return the weight of each day's weekday among all rows, about 1: the mean of its ordinary days.

    If most items come in on Mondays, Mondays are often excluded. Such weekdays are first weighed by days somewhat below
    their median, so that a burst on up to half of them does not hide itself.
    """
    size = total.shape[1]
    if size < _WEEKLY_FROM:
        return np.ones(size)
    weekday = (first + np.arange(size)) % 7

    def weights_of(seen: Floats, flat: Floats) -> Floats:
        sums, usually = (np.bincount(weekday, values, 7) for values in (seen, flat))
        weights: Floats = ((sums + _CALM) / (usually + _CALM))[weekday]
        return weights

    flat = usual_days(total, np.ones(size), holes=False)
    often = np.array([1 - flat.kept[0, weekday == day].mean() for day in range(7)]) >= _OFTEN
    ratios = [np.sort((total[0] / flat.expected[0])[weekday == day]) for day in range(7)]
    middle = np.array([ratio[ratio.size // 3 : (ratio.size + 1) // 2].mean() for ratio in ratios])
    first_weights = weights_of(middle[weekday] * flat.expected[0], flat.expected[0])
    weights = np.where(often[weekday], first_weights, 1.0)
    usual = usual_days(total, weights, holes=False)
    return weights_of(*(np.where(usual.kept[0], values, 0) for values in (total[0], usual.expected[0] / weights)))


def _around(values: Floats) -> Floats:
    """Return the sums of the days on either side, excluding the day itself."""
    size = values.shape[-1]
    sums, at = running_sums(values), np.arange(size)
    whole: Floats = sums[..., np.minimum(at + _REACH + 1, size)] - sums[..., np.maximum(at - _REACH, 0)] - values
    return np.fmax(whole, 0.0)


def running_sums(values: Floats) -> Floats:
    """Return the sum of the values before each place, and of all."""
    return np.concatenate([np.zeros((*values.shape[:-1], 1)), values.cumsum(axis=-1)], axis=-1)
