"""Leaves out of messages the numbers that keep succeeding each other: versions, builds, and issues of a newsletter.

A form or an app may put its version into each message. After a release, that is a word that nobody wrote before, and
all recent messages have it in common. The same happened after each release before, so it says nothing. Codes that come
back, such as those of errors, stay, and so does a version that people name although they named none before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["without_series"]

_WITH_DIGITS: Final = r"[\p{L}\d][\p{L}\d._-]*\d|\d"
_DOTTED: Final = r"\d[._-]\d"

_AS_OFTEN: Final = 0.5
"""Minimum share of earlier messages with one of a series, relative to that of recent ones."""

_BACK: Final = 0.5
"""Maximum share of a series in the later half of the earlier days that was in use in the earlier half."""

_FEWEST: Final = 10
"""Minimum number of a series in the later half of the earlier days. Of fewer, it is not known if they come back."""

_MOST: Final = 50
"""Maximum number of series, the most frequent ones."""


def without_series(messages: pl.Series, day: NDArray[np.signedinteger[Any]], recent: NDArray[np.bool_]) -> pl.Series:
    """Leave out words with digits if they succeed others of the same shape, such as ``2.10.0`` after ``2.9.0``.

    Parameters
    ----------
    messages
        String.
    day
        Day of each message, starting at 0.
    recent
        Whether it is in the recent window.
    """
    table = pl.DataFrame({"row": range(len(day)), "text": messages.cast(pl.String), "day": day, "recent": recent})
    with_digits = table.filter(pl.col("text").str.contains(r"\d"))
    before = table.filter(~pl.col("recent"))
    if before.is_empty() or with_digits.is_empty():
        return messages
    half = (before["day"].cast(pl.Int64).max() + 1) // 2  # type: ignore[operator]  # a number, as there are rows
    word, is_late = pl.col("word"), ~pl.col("recent") & (pl.col("day") >= half)
    words = (
        with_digits.select("row", "day", "recent", word=pl.col("text").str.extract_all(_WITH_DIGITS))
        .explode("word")
        .drop_nulls("word")
        .with_columns(
            shape=pl.when(word.str.contains(_DOTTED))
            .then(word.str.replace_all(r"\d+", "0"))
            .otherwise(word.str.replace_all(r"\d", "0")),
            is_old=(pl.col("day") < half).any().over("word"),
        )
    )
    used = words.group_by("shape").agg(
        now=pl.col("row").filter("recent").n_unique() / max(table.height - before.height, 1),
        usual=pl.col("row").filter(~pl.col("recent")).n_unique() / before.height,
        late=is_late.sum(),
        back=(is_late & pl.col("is_old")).sum(),
    )
    series = used.filter(
        pl.col("usual") >= _AS_OFTEN * pl.col("now"),
        pl.col("late") >= _FEWEST,
        pl.col("back") <= _BACK * pl.col("late"),
    ).top_k(_MOST, by="late")
    if series.is_empty():
        return messages
    shapes = sorted(series["shape"].to_list(), key=lambda shape: (-len(shape), shape))
    return table["text"].str.replace_all(rf"\b(?:{'|'.join(map(_pattern, shapes))})\b", "").alias(messages.name)


def _pattern(shape: str) -> str:
    return re.escape(shape).replace("0", r"\d+" if re.search(_DOTTED, shape) else r"\d")
