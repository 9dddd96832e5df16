"""One list's order as it is believed to be, held against the stretches of it that were seen.

A window is a stretch of the list as it stood at one moment, so it says for every row that belongs into it whether it
is there. Between two windows only the number of rows is known: where it is the believed one, the stretch is taken to be
as believed; where it is not, something in it has changed, and the stretch is a `Gap`.

Keys are microseconds, negative, so that the newest row comes first. Rows of one moment may stand in any order, so a
stretch ends only between two moments, never inside one.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seggwat_nb.source.wire import Page

__all__ = ["Gap", "Ranks", "Span", "key_of", "span_of"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TOP: Final = -(1 << 62)
_END: Final = 1 << 62


def key_of(moment: datetime) -> int:
    """Key of a moment; ascending keys are the list's order.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> key_of(datetime(2026, 1, 2, tzinfo=UTC)) < key_of(datetime(2026, 1, 1, tzinfo=UTC))
    True
    """
    return (_EPOCH - moment) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Span:
    """Rows with keys in (``top``, ``bottom``], which are the list's rows ``start`` to ``end``."""

    top: int
    bottom: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gap(Span):
    """A stretch that was not seen, and whose length is not ``believed``."""

    believed: int

    @property
    def rows(self) -> int:
        """Rows of the list in it."""
        return self.end - self.start

    @property
    def difference(self) -> int:
        """How many more rows there are than believed."""
        return self.rows - self.believed


class Ranks:
    """The rows believed to be in a list, in its order, and the spans of it that were seen.

    Parameters
    ----------
    rows
        Key and id.
    total
        The list's own length, where it is known already.
    """

    def __init__(self, rows: Iterable[tuple[int, str]], *, total: int | None = None) -> None:
        self.total = total
        self._rows = sorted(rows)
        self._seen: list[Span] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, key: int, row_id: str) -> None:
        """Believe a row to be in the list."""
        insort(self._rows, (key, row_id))

    def remove(self, key: int, row_id: str) -> None:
        """Believe a row not to be in the list."""
        del self._rows[bisect_left(self._rows, (key, row_id))]

    def believed(self, span: Span) -> list[tuple[int, str]]:
        """Find the rows believed to be in a span."""
        return self._rows[self._below(span.top) : self._below(span.bottom)]

    def rank(self, key: int) -> int:
        """Estimate how many rows of the list stand above a key, from what was seen nearest to it."""
        believed = self._below(key - 1)
        ends = [(self._below(span.top), span.start) for span in self._seen]
        ends += [(self._below(span.bottom), span.end) for span in self._seen]
        nearest, rank = min(ends, key=lambda end: abs(end[0] - believed), default=(0, 0))
        return max(0, rank + believed - nearest)

    def gaps(self) -> Iterator[Gap]:
        """Find the stretches that cannot be as believed."""
        top, start = _TOP, 0
        for span in (*self._seen, Span(_END, _END, self.total or 0, self.total or 0)):
            believed = self._below(span.top) - self._below(top)
            if believed != span.start - start:
                yield Gap(top, span.top, start, span.start, believed)
            top, start = span.bottom, span.end

    def see(self, span: Span) -> bool:
        """Take note of a span whose rows are believed as they were seen; False where it contradicts what was seen."""
        offset = span.start - self._below(span.top)
        touching = [seen for seen in self._seen if seen.top <= span.bottom and span.top <= seen.bottom]
        if any(seen.start - self._below(seen.top) != offset for seen in touching):
            return False
        for seen in touching:
            self._seen.remove(seen)
            span = Span(
                min(span.top, seen.top),
                max(span.bottom, seen.bottom),
                min(span.start, seen.start),
                max(span.end, seen.end),
            )
        insort(self._seen, span, key=lambda seen: seen.top)
        return True

    def holds(self) -> bool:
        """Whether every span seen is still as long as believed."""
        return all(self._below(span.bottom) - self._below(span.top) == span.end - span.start for span in self._seen)

    def _below(self, key: int) -> int:
        return bisect_left(self._rows, (key + 1, ""))


def span_of(page: Page, keys: list[int]) -> Span | None:
    """Find the span of which a window shows every row; None where the window has rows of one moment only.

    Rows of the first moment may go on above the window and those of the last below it, unless the list ends there.
    """
    if not keys:
        return Span(_TOP, _END, 0, 0) if page.total == 0 else None
    top, start = (keys[0], page.start + keys.count(keys[0])) if page.start else (_TOP, 0)
    end = page.start + len(keys)
    bottom, end = (keys[-1] - 1, end - keys.count(keys[-1])) if end < page.total else (_END, end)
    return Span(top, bottom, start, end) if top <= bottom else None
