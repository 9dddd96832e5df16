"""Decides which versions came before another, and which is the newest.

The order by number does not tell: ``5.0.0`` may replace ``2026.06``, ``2.3.1`` may fix an old version after ``2.4.0``,
and a project may collect feedback on an app ``5.x`` and another one ``8.x``. So it also matters when versions were
launched.

**Launch.** A version is launched with its third item, so that a stray one changes nothing. It was launched *after* a
moment if that took longer than it would in 5 of 100 cases had the version been in steady use from that moment on. If
several versions were in use when the data begins, only their numbers count.

**Lines.** Versions with the same numbering (ordinary, calendar or revision), product and major version are a line. Two
lines are *side by side* if each launched two or more versions after the other began. Otherwise, the later one continues
the earlier one.

**Before** a version came those of its line, and of the lines that it continues, that are lower in order and were not
launched after it. Versions with another numbering came before it if it was launched after them. Pre-releases count only
for other pre-releases: few people use them, and these report more bugs. If nothing came before a version in its own
lines, all lower versions that it was launched after count, such as ``2.x`` for ``3.0.0`` although ``2.x`` continues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.overdispersion import WEEK
from seggwat_nb.analysis.version_schemes import Reading, line, parse_version
from seggwat_nb.analysis.versions import UNORDERED, rank_versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seggwat_nb.analysis.intervals import Floats
    from seggwat_nb.analysis.overdispersion import Integers

__all__ = ["History", "launch_of", "newest_of", "stopped_at_once", "was_replaced"]

_LAUNCH: Final = 3
"""The item with which a version is launched."""

_PATIENCE: Final = 6.3
"""With steady use, waiting for the third item takes longer than this many mean intervals in 5 of 100 cases."""

_SEVERAL: Final = 2
"""Minimum number of versions that each of two lines launched after the other began, to be side by side."""

_STEADY: Final = 0.5
"""Minimum number of items in the last week of a line that is not replaced, relative to the usual number."""

_BEFORE: Final = 28
"""Number of days that show how much comes in before a version falls silent."""

_HALF: Final = 0.5
"""Minimum part of what is missing of a version that is missing of all versions together, unless it was replaced."""


def launch_of(moment: pl.Expr) -> pl.Expr:
    """Return the time of a version's third item, or of its last one if there are fewer."""
    return moment.sort().head(_LAUNCH).last()


@dataclass(frozen=True, slots=True)
class History:
    """Versions in use: their order, lines, launch, end and number of items.

    Attributes
    ----------
    rank : array of int
        Order by number.
    numbering, lines : array of int
        Their numbering, and the lines that continue each other.
    is_early : array of bool
        Whether they are pre-releases.
    start, end, n : array of float
        Time of the launch and of the last item, in any unit, and number of items.
    """

    rank: Integers
    numbering: Integers
    lines: Integers
    is_early: NDArray[np.bool_]
    start: Floats
    end: Floats
    n: Floats

    @classmethod
    def of(cls, table: pl.DataFrame) -> History:
        """Read versions, with ``version``, ``spellings``, ``rank``, ``kind``, ``launched``, ``last_seen`` and ``n``."""
        start, end = (table[name].to_physical().to_numpy().astype(np.float64) for name in ("launched", "last_seen"))
        n = table["n"].to_numpy().astype(np.float64)
        reading = Reading.of(table["spellings"].explode().to_list())
        keys = [_line(version, reading) for version in table["version"]]
        of_line = _numbers(keys)
        return cls(
            rank=table["rank"].to_numpy(), numbering=_numbers([key[0] for key in keys]),
            lines=_link_lines(of_line, start, end, n), is_early=(table["kind"] == "prerelease").to_numpy(),
            start=start, end=end, n=n,
        )  # fmt: skip

    def before(self, place: int) -> NDArray[np.bool_]:
        """Return which versions came before the one at this place."""
        is_alike = self.numbering == self.numbering[place]
        later = _after(self.start[place], self.end[place], self.n[place], self.start)
        found = np.where(is_alike, self.rank < self.rank[place], later)
        found &= ~_after(self.start, self.end, self.n, self.start[place])
        if not self.is_early[place]:
            found &= ~self.is_early
        own = found & (self.lines == self.lines[place])
        return own if own.any() else found & later

    def newest(self) -> list[int]:
        """Return the places of the newest version of each line. The one that was launched last is the first.

        In other lines, a pre-release is none: it ends by itself.
        """
        last = [
            place
            for place in range(self.rank.size)
            if not (
                (self.lines == self.lines[place])
                & np.where(
                    self.numbering == self.numbering[place],
                    self.rank > self.rank[place],
                    _after(self.start, self.end, self.n, self.start[place]),
                )
            ).any()
        ]
        # If each was replaced, such as 2.4 by 2026.01, and this by 2.3.1, the order says nothing.
        order = sorted(last or range(self.rank.size), key=lambda place: (self.start[place], self.rank[place]))
        newest, *others = reversed(order if last else order[-1:])
        of_line = {self.lines[place]: place for place in reversed(others) if not self.is_early[place]}
        return [newest, *(place for line, place in of_line.items() if line != self.lines[newest])]


def newest_of(versions: Mapping[str, tuple[Integers, Floats]]) -> dict[str, list[str]]:
    """Return the newest version of each line, and all versions of this line. The newest of all comes first.

    If none has a place in the order, such as commits, the newest one was launched last.

    Parameters
    ----------
    versions
        For each version, its days in order, and the number of items on these.

    Examples
    --------
    >>> old, new = (np.arange(60), np.full(60, 5.0)), (np.arange(60, 80), np.full(20, 5.0))
    >>> newest_of({"2026.03": old, "5.0.0": new})
    {'5.0.0': ['5.0.0', '2026.03']}
    >>> parts = {n: (np.arange(20 * n, 20 * n + 20), np.full(20, 5.0)) for n in range(3)}
    >>> newest_of({f"{line}.{n}": days for n, days in parts.items() for line in (3, 5)})
    {'5.2': ['5.0', '5.1', '5.2'], '3.2': ['3.0', '3.1', '3.2']}
    """
    rows = [
        (text, [text], int(place[np.searchsorted(count.cumsum(), _LAUNCH)]), int(place[-1]), int(count.sum()))
        for text, (place, count) in versions.items()
    ]
    table = pl.DataFrame(rows, ["version", "spellings", "launched", "last_seen", "n"], orient="row")
    if not table.height:
        return {}
    order = rank_versions(table["version"])
    placed = order.filter(~pl.col("kind").is_in(UNORDERED))
    if not placed.height:
        last = table.sort("launched", "last_seen", "version")["version"]
        return {str(last[-1]): last.to_list()}
    table = placed.join(table, on="version", maintain_order="left")
    history, names = History.of(table), table["version"]
    of_line = {place: names.filter(pl.Series(history.lines == history.lines[place])) for place in history.newest()}
    return {str(names[place]): versions.to_list() for place, versions in of_line.items()}


def stopped_at_once(daily: Floats, day: int) -> bool:
    """Return whether a line of versions was still in use in the week before a day. One that people leave fades.

    Examples
    --------
    >>> stopped_at_once(np.array([0.0] * 9 + [4.0] * 30), 39), stopped_at_once(60 * 0.9 ** np.arange(40.0), 40)
    (True, False)
    """
    used = np.trim_zeros(daily[:day], "f")
    return bool(used.size) and bool(used[-WEEK:].mean() >= _STEADY * used.mean())


def was_replaced(own: Floats, of_all: Floats, rhythm: Floats, day: int) -> bool:
    """Return whether other versions make up for half or more of what is missing of a version since a day.

    Parameters
    ----------
    own, of_all
        Items of the version, and of all versions together, by day.
    rhythm
        Weight of each day, such as of its weekday.
    day
        The first day without items of the version.

    Examples
    --------
    >>> new, old = np.repeat([4.0, 0.0], 20), np.repeat([1.0, 5.0], 20)
    >>> [was_replaced(new, new + others, np.ones(40), 20) for others in (old, np.ones(40))]
    [True, False]
    """
    first = max(day - _BEFORE, int(np.argmax(own > 0)))
    alike = rhythm[day:].sum() / max(rhythm[first:day].sum(), 1e-9)
    missing, of_all_missing = (alike * daily[first:day].sum() - daily[day:].sum() for daily in (own, of_all))
    return bool(of_all_missing < _HALF * missing)


def _after(start: Floats, end: Floats, n: Floats, moment: Floats) -> NDArray[np.bool_]:
    """Return whether versions were launched after a moment."""
    found: NDArray[np.bool_] = (start - moment) * n > _PATIENCE * (end - moment)
    return found & (start > moment)


def _line(version: str, reading: Reading) -> tuple[str, str, int]:
    """Return numbering, product and major version. The year of a calendar version is none."""
    _, _, numbers, _, _, product = parse_version(version, reading).key
    numbering = line(version, reading)
    return numbering, product, 0 if numbering or not numbers else numbers[0]


def _numbers(keys: Sequence[object]) -> Integers:
    places = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([places[key] for key in keys], dtype=np.int64)


def _link_lines(of_line: Integers, start: Floats, end: Floats, n: Floats) -> Integers:
    """Return a number for each version that is the same for lines that continue each other."""
    lines = int(of_line.max(initial=-1)) + 1
    began = np.full(lines, np.inf)
    np.minimum.at(began, of_line, start)
    later = np.zeros((lines, lines))  # how many versions of a line (a row) were launched after another one began
    for one in range(lines):
        mine = of_line == one
        later[one] = _after(start[mine, None], end[mine, None], n[mine, None], began).sum(axis=0)
    beside = (later >= _SEVERAL) & (later.T >= _SEVERAL)
    number, order = np.arange(lines), np.argsort(began, kind="stable")
    for place, one in enumerate(order):
        continued = next((other for other in order[:place][::-1] if not beside[one, other]), one)
        number[one] = number[continued]
    found: Integers = number[of_line]
    return found
