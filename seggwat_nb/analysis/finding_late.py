"""Finds items that came in late: a burst of about as many items as were missing on the days before it.

A form or a connection that fails for days and then delivers everything at once looks like a silence and an unusual day.
Nothing is reported that was not found already.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from seggwat_nb.analysis.finding_words import dates
from seggwat_nb.analysis.overdispersion import WEEK
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from seggwat_nb.analysis.finding_scope import Candidate

__all__ = ["Missing", "late_told_once", "missing_before"]

_USUAL: Final = 28
"""Days before the missing ones that show what is usual on each weekday."""

_LONGEST: Final = 84
"""Maximum number of days on which items were missing."""

_LEAST: Final = 14
"""Minimum number of missing items."""

_HARDLY: Final = 0.1
"""Maximum number of items that came in nevertheless, relative to the usual one."""

_ALIKE: Final = 1.5
"""Maximum ratio of what came in late to what was missing, or the other way round."""


class Missing(NamedTuple):
    """Days on which hardly anything came in, their items, and the usual number."""

    first: date
    last: date
    came: int
    expected: float

    def __str__(self) -> str:
        came = f"Only {count_of(self.came, 'item')}" if self.came else "No feedback"
        when = f"{'on' if self.first == self.last else 'from'} {dates(self.first, self.last)}"
        return f"{came} came in {when}, about {self.expected:,.0f} expected. Probably these items came in late."


def missing_before(burst: Mapping[str, Any], daily: Mapping[date, int], known: date) -> Missing | None:
    """Return the days right before a burst on which about as many items were missing as it has more than usual.

    Parameters
    ----------
    burst
        A row of `seggwat_nb.analysis.spikes.spikes`.
    daily
        The number of items on each day that has some.
    known
        First day that is known.

    Examples
    --------
    >>> from datetime import date
    >>> daily = {date(2026, 9, day): 5 for day in range(1, 31)}
    >>> burst = {"first": date(2026, 10, 6), "count": 30, "expected": 5.0}
    >>> print(missing_before(burst, daily, date(2026, 9, 1)))
    No feedback came in from 1 to 5 Oct 2026, about 25 expected. Probably these items came in late.
    """
    number = (burst["first"] - known).days
    counts = np.array([daily.get(burst["first"] - timedelta(days=day), 0) for day in range(number, 0, -1)])
    found = None
    most = float(_LEAST)
    for length in range(1, min(number - _USUAL, _LONGEST) + 1):
        start = number - length
        usual = np.resize(counts[start - _USUAL : start].reshape(-1, WEEK).mean(axis=0), length)
        came, expected = int(counts[start:].sum()), float(usual.sum())
        is_low = 2 * counts[start] <= usual[0] and usual[0] and came <= _HARDLY * expected
        if is_low and expected - came >= most:
            first, last = burst["first"] - timedelta(days=length), burst["first"] - timedelta(days=1)
            found, most = Missing(first, last, came, expected), expected - came
    less, more = sorted((most, burst["count"] - burst["expected"]))
    return found if more <= _ALIKE * less else None


def late_told_once(found: Sequence[Candidate]) -> list[Candidate]:
    """Leave out a gap in all feedback whose items came in late: the burst after it says so."""
    late = [one.days for one in found if one.kind == "days" and one.days is not None]
    return [one for one in found if not (_is_gap(one) and any(_includes(days, one) for days in late))]


def _is_gap(one: Candidate) -> bool:
    return (one.kind, one.key, one.verdict) == ("silence", None, "was silent")


def _includes(days: tuple[date, date], gap: Candidate) -> bool:
    return gap.days is not None and days[0] <= gap.days[0] + timedelta(days=1) and gap.days[1] < days[1]
