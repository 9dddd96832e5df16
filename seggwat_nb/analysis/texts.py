"""Counts messages that are empty, short, or the same as others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.counts import each_value, select_rows
from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.analysis.unspaced import UNSPACED
from seggwat_nb.analysis.validation import check_by, check_columns
from seggwat_nb.analysis.versions import merge_spellings

if TYPE_CHECKING:
    from seggwat_nb.analysis.counts import Selection

__all__ = ["SHORT", "letters", "texts"]

SHORT: Final = 12
"""A message with fewer letters is short."""

_UNSPACED_LETTERS: Final = 3
"""How many letters a character of a script without spaces counts as: Chinese needs about a third of English."""

_EXAMPLES: Final = 5


def texts(frame: pl.DataFrame, *, where: Selection | None = None, by: str | None = None) -> pl.DataFrame:
    """Count messages that are empty or short, and show what the short ones mostly say.

    Parameters
    ----------
    frame
        Feedback: ``message``.
    where
        Items to count.
    by
        A text column to count by, or ``"theme"``, of which an item can have several. None: all items together.

    Returns
    -------
    pl.DataFrame
        One row per value, those with the most items first; without `by`, a single row:

        - the key (String), null for items without a value;
        - ``count``: Int64, items; ``empty``: Int64, those without a letter or a digit; ``short``: Int64, others with
          fewer than 12 letters; ``repeated``: Int64, those with a text that another of the items has, too;
        - ``empty_share``, ``short_share``, ``repeated_share``: Float64, 0 to 1, of ``count``; null without items;
        - ``letters``: Float64, median number of letters of messages that are not empty; null if all are;
        - ``most_common``: List(String), up to five of the most common short texts, folded.

    Raises
    ------
    ArgumentError
        The frame lacks a column, or `by` cannot be counted by.

    Notes
    -----
    A character of Chinese, Japanese, Korean, Thai, Lao, Khmer or Burmese counts as three letters. Texts are the same
    if they are equal once folded (`seggwat_nb.analysis.folding`) and stripped of everything but letters and digits.

    Examples
    --------
    >>> rows = pl.DataFrame({"message": ["Good", "good!", "The export stops at 5,000 rows.", "👍", None]})
    >>> texts(rows).select("count", "empty", "short", "repeated", "letters", "most_common").rows()
    [(5, 2, 2, 2, 4.0, ['good'])]
    """
    check_columns(frame, ["message"], wanted="a frame of feedback")
    if by is not None:
        check_by(frame.schema, [by], but=_OWN, several=True)
    chosen = select_rows(frame, where)
    rows = chosen.select(*([by] if by else []), message=fold_texts(chosen["message"].cast(pl.String).fill_null("")))
    rows = rows.with_columns(_said=pl.col("message").str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars())
    rows = rows.with_columns(_letters=letters(pl.col("_said")), _empty=pl.col("_said") == "")
    rows = rows.with_columns(_short=(pl.col("_letters") < SHORT) & ~pl.col("_empty"))
    rows = rows.with_columns(_all=pl.lit(0)) if by is None else merge_spellings(each_value(rows, by))
    key = by or "_all"
    counts = (
        rows.with_columns(_again=(pl.len().over(key, "_said") > 1) & ~pl.col("_empty"))
        .group_by(key)
        .agg(
            count=pl.len().cast(pl.Int64),
            **{name: pl.col(f"_{column}").sum().cast(pl.Int64) for name, column in _COUNTED.items()},
            letters=pl.col("_letters").filter(~pl.col("_empty")).cast(pl.Float64).median(),
        )
    )
    if by is None and counts.is_empty():
        counts = pl.DataFrame([{"_all": 0, "count": 0, **dict.fromkeys(_COUNTED, 0)}], schema=counts.schema)
    shares = {f"{name}_share": pl.col(name) / pl.when(pl.col("count") > 0).then("count") for name in _COUNTED}
    return (
        counts.join(_most_common(rows, key), on=key, how="left", nulls_equal=True)
        .with_columns(pl.col("most_common").fill_null(pl.lit([], pl.List(pl.String))), **shares)
        .sort("count", key, descending=[True, False], nulls_last=True)
        .select(*([] if by is None else [by]), "count", *_COUNTED, *shares, "letters", "most_common")
    )


def _most_common(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Find the texts of most short messages; of those that are as frequent, the first in the alphabet."""
    counted = rows.filter("_short").group_by(key, "_said").len().sort("len", "_said", descending=[True, False])
    return counted.group_by(key, maintain_order=True).agg(most_common=pl.col("_said").head(_EXAMPLES))


_OWN: Final = (
    *("created_at", "message", "count", "empty", "short", "repeated", "letters", "most_common"),
    *("empty_share", "short_share", "repeated_share", "len"),
)
_COUNTED: Final = {"empty": "empty", "short": "short", "repeated": "again"}


def letters(text: pl.Expr) -> pl.Expr:
    """Count letters and digits. A character of a script without spaces counts as three."""
    dense = text.str.count_matches(rf"[{UNSPACED}]")
    return text.str.count_matches(r"[\p{L}\p{N}]") + (_UNSPACED_LETTERS - 1) * dense
