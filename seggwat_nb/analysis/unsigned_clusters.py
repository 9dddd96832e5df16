"""Learns from the days before how far alike unsigned messages stand out anyway, so that news must stand out further.

One person who writes ten messages in three days, or an outage of a weekend, makes words and topics rise. If they are
signed, the messages are clusters. If not, only the days before tell: if alike messages came at once all along, the
rises of earlier windows show what the latest one has to exceed. If they did not, nothing changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from scipy import special

from seggwat_nb.analysis.overdispersion import WEEK

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["Earlier", "rise_of_messages", "rise_of_terms"]

_LEAST: Final = 5
"""Minimum number of items with a term. Fewer cannot rise by enough to be found."""

_BY_CHANCE: Final = 1.2
"""Rise of terms, relative to what would be found, that may be chance if two earlier windows have it."""

_SEVERAL: Final = 4
"""Minimum number of earlier windows. The largest rise may be a story of that time, so the others show what is usual."""

_SHUFFLES: Final = 19
"""Shuffles of the days before. If alike messages came at once there, they rise further than in all of these."""


class Earlier(NamedTuple):
    """Unsigned items before the recent window, and windows of them, one after the other.

    Attributes
    ----------
    day : array of int
        Day of each item, starting at 0.
    unsigned : array of bool
        Whether an item is unsigned, and before the recent window.
    before, after : int
        Days before the recent window, and in it.
    """

    day: Integers
    unsigned: NDArray[np.bool_]
    before: int
    after: int

    @property
    def length(self) -> int:
        """Number of days in each window: those of the recent one, or fewer whole weeks, so that there are several."""
        return max(min(self.after, self.before // _SEVERAL // WEEK * WEEK), WEEK)

    @property
    def windows(self) -> int:
        """Number of windows, of which the last one ends where the recent window begins. 0 if they would be too few."""
        number = self.before // self.length
        return number if number >= _SEVERAL else 0

    @property
    def window(self) -> Integers:
        """The window of each item, starting at 0. Items before the first one, signed and recent ones have -1."""
        left = self.before % self.length
        found: Integers = (self.day - left) // self.length
        return np.where(self.unsigned & (self.day >= left), found, -1)


def rise_of_terms(earlier: Earlier, has: Any, critical: Floats) -> float:  # noqa: ANN401  # scipy.sparse
    """Return how far a term stood out in an earlier window, relative to what would be found.

    It is 0 if that may be chance, or was the only window in which any term did.

    Parameters
    ----------
    earlier
        The windows.
    has
        One row per item, one column per term.
    critical
        For each term, by how many standard errors it must rise to be found.

    Notes
    -----
    The rise is the signed root of the likelihood ratio, as if the items were independent.
    """
    from scipy import sparse

    mine = np.flatnonzero(earlier.window >= 0)
    if not earlier.windows or not mine.size:
        return 0.0
    place = (earlier.window[mine], mine)
    members = sparse.csr_array((np.ones(mine.size), place), shape=(earlier.windows, earlier.day.size))
    inside, sizes = (members @ has).toarray(), np.bincount(place[0], minlength=earlier.windows)
    both = inside.sum(axis=0)
    expected, rest = both * (sizes / mine.size)[:, None], both - inside
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = special.xlogy(inside, inside / expected) + special.xlogy(rest, rest / (both - expected))
    has_risen = (inside > expected) & (both >= _LEAST)
    rises = np.sqrt(2 * np.fmax(np.where(has_risen, ratio, 0.0), 0.0)) / critical
    second, largest = np.sort(rises.max(axis=1, initial=0.0))[-2:].tolist()
    return largest if second > _BY_CHANCE else 0.0


def rise_of_messages(
    earlier: Earlier, kept: NDArray[np.bool_], smooth: Callable[[Floats], Floats], unit: Floats
) -> float:
    """Return how far messages and those like them stood out in an earlier window, in standard errors.

    It is 0 if in the other windows, they stood out no further than in a shuffle of these days.

    Parameters
    ----------
    earlier
        The windows.
    kept
        Which items are compared.
    smooth
        Sums values around each item, weighted by similarity.
    unit
        For each item, the inverse standard deviation of a sum around it, if each value has a variance of 1.
    """
    mine = np.flatnonzero(kept & (earlier.window >= 0))
    if not earlier.windows or not mine.size:
        return 0.0
    window = earlier.window[mine]
    share = np.bincount(window, minlength=earlier.windows) / mine.size
    each = 1 / np.sqrt(np.fmax(share * (1 - share) * mine.size, 1.0))
    largest, others = [], []
    for shuffle in range(_SHUFFLES + 1):
        order = np.random.default_rng([0, shuffle]).permutation(mine.size) if shuffle else np.arange(mine.size)
        inside = np.zeros((kept.size, earlier.windows))
        inside[mine] = (window[order, None] == np.arange(earlier.windows)) - share
        rises = np.sort((smooth(inside)[mine] * unit[mine, None] * each).max(axis=0))
        largest.append(float(rises[-1]))
        others.append(float(rises[:-1].mean()))
    return largest[0] if others[0] > max(others[1:]) else 0.0
