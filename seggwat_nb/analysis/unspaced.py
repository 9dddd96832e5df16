"""Splits texts in scripts without spaces into overlapping runs.

There are two characters of Chinese, Japanese, Korean and Burmese in a run, and three of Thai, Lao and Khmer. Katakana,
in which words stand out, is kept whole, and *ログインエラー* also counts as *ログイン* and *エラー* if both occur by
themselves. The last ``ー`` of longer words, which people write or not, makes no difference. Runs of Hiragana alone are
endings and particles, and are left out, as are pairs with a character such as 的, and the endings of Korean, which the
texts themselves show: 는데 seldom begins a word and follows many syllables, while 정보 in 개인정보 follows few.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

__all__ = ["KATAKANA", "PAIRED", "TRIPLED", "UNSPACED", "grams"]

PAIRED: Final = r"\p{Han}\p{Hiragana}\x{3005}\x{30FC}"
KATAKANA: Final = r"\p{Katakana}\x{30FC}"
TRIPLED: Final = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
UNSPACED: Final = rf"{PAIRED}{KATAKANA}\p{{Hangul}}{TRIPLED}"

_FUNCTION: Final = "的了是在我你您他她它们們吗嗎呢吧啊和与與就都也很这這那被把给給着過过个個"
"""Function characters of Chinese. A pair with one of them is not a word."""

_SELDOM: Final = 0.15
_MANY: Final = 6.0
"""A pair of syllables that begins at most this share of its Korean words, and follows at least this many syllables
(the perplexity of the one before it), is an ending."""


_LONG_VOWEL: Final = r"^(.{3,})\x{30FC}$"
"""A word with a long vowel at its end, if it is long enough for people to leave that out."""


def grams(runs: pl.Series) -> pl.DataFrame:
    """Split runs.

    Parameters
    ----------
    runs
        Folded runs of characters (String), each once.

    Returns
    -------
    pl.DataFrame
        ``run``, the number of each, and ``gram``, a part of it.

    Examples
    --------
    >>> grams(pl.Series(["請求書", "ログインエラー", "ログイン", "エラー"]))["gram"].unique().sort().to_list()
    ['エラー', 'ログイン', 'ログインエラ', '求書', '請求']
    """
    texts = pl.DataFrame({"run": np.arange(runs.len()), "text": runs.cast(pl.String)})
    text, gram = pl.col("text"), pl.col("gram")
    is_whole = text.str.contains(rf"^[{KATAKANA}]{{2,}}$") | (text.str.len_chars() == 1)
    whole = _words(texts.filter(is_whole))
    letters = texts.filter(~is_whole).with_columns(letter=text.str.extract_all(r"[^\p{M}]\p{M}*")).explode("letter")
    letter = pl.col("letter")
    width = pl.when(text.str.contains(rf"^[{TRIPLED}--\p{{Myanmar}}]")).then(3).otherwise(2)
    ahead = [letter.shift(-step).over("run") for step in (1, 2)]
    cut = letters.select(
        "run",
        before=letter.shift(1).over("run"),
        gram=pl.when(width == 3).then(pl.concat_str(letter, *ahead)).otherwise(letter + ahead[0]),  # noqa: PLR2004
    )
    cut = cut.drop_nulls("gram")
    return (
        pl.concat([whole, cut.join(_endings(cut), on="gram", how="anti", maintain_order="left").select("run", "gram")])
        .filter(~gram.str.contains(rf"^\p{{Hiragana}}+$|[{_FUNCTION}]"))
        .unique(maintain_order=True)
    )


def _words(texts: pl.DataFrame) -> pl.DataFrame:
    """Return Katakana words, and those that they consist of."""
    text, first, rest = pl.col("text"), pl.col("first"), pl.col("rest")
    words = texts.with_columns(text.str.replace(_LONG_VOWEL, "${1}"))
    known = words["text"].implode()
    cut = texts.with_columns(at=pl.int_ranges(2, text.str.len_chars() - 1)).explode("at").drop_nulls("at")
    cut = cut.with_columns(first=text.str.head(pl.col("at")), rest=text.str.slice(pl.col("at")))
    cut = cut.with_columns(pl.col("first", "rest").str.replace(_LONG_VOWEL, "${1}"))
    cut = cut.filter(first.is_in(known), rest.is_in(known))
    return pl.concat(part.select("run", gram=name) for part, name in ((words, "text"), (cut, "first"), (cut, "rest")))


def _endings(cut: pl.DataFrame) -> pl.DataFrame:
    """Find the endings of Korean words: ``gram``. Each distinct word counts once."""
    times, before = pl.col("times"), pl.col("before")
    return (
        cut.filter(pl.col("gram").str.contains(r"^\p{Hangul}"))
        .group_by("gram", "before")
        .agg(times=pl.len())
        .group_by("gram")
        .agg(
            initial=times.filter(before.is_null()).sum() / times.sum(),
            variety=times.filter(before.is_not_null()).entropy().exp(),
        )
        .filter(pl.col("initial") <= _SELDOM, pl.col("variety") >= _MANY)
        .select("gram")
    )
