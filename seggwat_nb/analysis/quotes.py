"""Chooses messages that are typical of a group: those nearest to its center, by different people."""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.tokens import find_terms

__all__ = ["typical"]

_MOST_READ: Final = 1_000
"""Maximum number of messages to compute the center from. Of more, every second, third and so on is used."""

_TRIED: Final = 50
_LONGEST: Final = 400
_TELLING: Final = 3
"""Maximum length of a quote, and minimum number of terms of an informative one, if there are any such messages."""

_NEAR: Final = 0.5
"""Minimum nearness of a typical message, as a share of the nearest one's. If fewer than half are, others follow."""

_ALIKE: Final = (0.3, 0.5, 0.8)
"""Minimum cosine of messages that say the same. Those that say something else come first."""


def typical(rows: pl.DataFrame, *, top: int = 3) -> pl.DataFrame:
    """Choose the messages that have the most in common with the others.

    Parameters
    ----------
    rows
        Feedback: ``id`` and ``message``; ``submitted_by`` is used if present.
    top
        Maximum number of messages to choose.

    Returns
    -------
    pl.DataFrame
        Rows of the frame with a message that is not blank, most typical first, by different submitters. No two of them
        say almost the same.

    Notes
    -----
    A message is a vector of its words and phrases that other messages have, too (`seggwat_nb.analysis.tokens`), and the
    center is the mean of these vectors. The nearest message by cosine is the medoid of the group, except for the
    sampling of large groups.

    Examples
    --------
    >>> lines = ["Exports fail every night", "My export fails", "Where is the export? It fails", "Nice colours"]
    >>> rows = pl.DataFrame({"id": ["a", "b", "c", "d"], "message": lines, "submitted_by": ["u", "v", "w", "x"]})
    >>> typical(rows, top=1)["message"].to_list()
    ['My export fails']
    """
    text = pl.col("message").cast(pl.String)
    known = rows.filter(text.str.strip_chars().fill_null("") != "").sort("id")
    known = known.gather_every(max(1, -(-known.height // _MOST_READ)))
    if not known.height:
        return known
    has = find_terms(known["message"].str.head(4 * _LONGEST)).has.astype(np.float64)
    common = has[:, np.flatnonzero(has.sum(axis=0) > 1)]
    size = np.sqrt(np.fmax(has.sum(axis=1), 1))  # unique terms count, too, against long messages
    middle = common.mean(axis=0)
    near = (common @ middle) / size
    is_short = (known["message"].str.len_chars() <= _LONGEST).to_numpy()
    is_telling = has.sum(axis=1) >= _TELLING
    order = np.lexsort((np.arange(known.height), -near, ~(is_short & is_telling)))
    who, said = known.select(submitter_of(known)).to_series().to_list(), fold_texts(known["message"]).to_list()
    chosen: list[int] = []
    common_with: dict[int, np.ndarray] = {}  # number of terms that each message shares with a chosen one

    def repeats(place: int, other: int, alike: float) -> bool:
        if said[place] == said[other] or (who[place] is not None and who[place] == who[other]):
            return True
        return bool(common_with[other][place] > alike * size[place] * size[other])

    close = order[near[order] >= _NEAR * near.max()]
    groups = [close] if 2 * close.size >= known.height else [close, order]
    for group, alike in product(groups, _ALIKE):
        for place in group[: _TRIED * top].tolist():
            if len(chosen) < top and place not in chosen and not any(repeats(place, one, alike) for one in chosen):
                chosen.append(place)
                common_with[place] = (has @ has[[place]].T).toarray().ravel()
    return known[chosen]
