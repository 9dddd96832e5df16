"""Finds items that say almost the same as a given one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rapidfuzz import fuzz, process

from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.analysis.page_ids import with_pages
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels.bitmaps import count
from seggwat_nb.panels.crossfilter import with_fields

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from seggwat_nb.panels.session import Session

__all__ = ["Similar", "same"]

_ALIKE: Final = 70
"""Minimum similarity (rapidfuzz's ratio, 0 to 100) of two messages. `seggwat_nb.duplicates` requires 90. Here, a person
looks at each."""
_SHORT: Final = 12
"""Messages with fewer letters than this say so little that only identical ones count as similar."""
_MOST: Final = 100_000
"""Number of newest rows to search, which takes a tenth of a second."""


_COMPARED: Final = 2_000
"""Number of characters to compare, since the time grows with the square of the length."""
_SAME: Final = {"path": "on this page", "version": "in this version", "submitted_by": "by this person"}

_BELOW: Final = "on this page and below"


class Similar:
    """The messages of a frame, folded once for all searches.

    Parameters
    ----------
    frame
        Feedback.
    newest
        Row numbers, newest first.
    """

    def __init__(self, frame: pl.DataFrame, newest: NDArray[np.uint32]) -> None:
        self.rows = pl.Series(newest[:_MOST])
        part = frame[self.rows]
        self._texts = _plain(part["message"].cast(pl.String)).to_list()
        self._who = part.with_columns(who=submitter_of(part))["who"].to_list()
        self.is_part = frame.height > _MOST

    def to(self, message: str, *, row: int) -> tuple[list[int], int, int]:
        """Return the other rows with a similar message, most similar first, and their submitters and unsigned items."""
        text = _plain(pl.Series([message], dtype=pl.String)).item()
        if not text:
            return [], 0, 0
        cutoff = _ALIKE if len(text) >= _SHORT else 100
        found = process.extract(text, self._texts, scorer=fuzz.ratio, score_cutoff=cutoff, limit=None)
        places = [place for _, _, place in found if self.rows[place] != row]
        who = [self._who[place] for place in places]
        return [int(self.rows[place]) for place in places], len({*who} - {None}), who.count(None)


def _plain(texts: pl.Series) -> pl.Series:
    """Fold the beginnings of texts, and keep only letters and digits."""
    return fold_texts(texts.str.head(_COMPARED)).str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars(" ")


def same(session: Session, at: int) -> list[dict[str, Any]]:
    """Count all rows with the same page, version and submitter as one, regardless of the selection."""
    frame = session.rows.frame
    there = [name for name in _SAME if name in frame.columns]
    row = with_pages(frame[at].select(there)).to_dicts()[0] if there else {}
    bare = FeedbackFilter(time_zone=session.where.time_zone)
    found = []
    for part, value in row.items():
        if value:
            number = count(session.engine.together(session.engine.parts(with_fields(bare, {part: value}))))
            is_above = part == "path" and not session.rows.is_a_leaf(value)
            found.append({"part": part, "value": value, "said": _BELOW if is_above else _SAME[part], "n": number})
    return found
