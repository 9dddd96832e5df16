"""Finds words that people write in one or in two: *topup* and *top up*, *email* and *e-mail*.

Two words side by side count as one if that is a word of its own in the texts, written so at least as often, or if the
second is a stop word, as in *log in*: that would be lost. If they are written apart more often, as *credit card* is,
the one word counts as the two. A stop word begins none: *a way* is not *away*. The same goes for a name and the number
after it, as in *X200* and *X-200*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.stop_words import stop_words

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Integers

__all__ = ["Compounds", "compounds"]

_SHORTEST: Final = 4
_LONGEST: Final = 40
"""Minimum and maximum length of a word that may be written in two."""

_FEWEST: Final = 2
_SELDOM: Final = 0.05
"""Minimum number of times that a word is written in one, and share of those in which it is in two, to be a word."""

_LENGTH: Final = f"{{{_SHORTEST},{_LONGEST}}}"
_WORD: Final = rf"^(?:\p{{Latin}}{_LENGTH}|\p{{Cyrillic}}{_LENGTH}|\p{{Greek}}{_LENGTH})$"
_MODEL: Final = r"^\p{Latin}{1,12}\d{1,5}$"
"""The name of a product, which is written in two before its number: *X200*, *X-200*."""


@dataclass(frozen=True, slots=True)
class Compounds:
    """Words that are written in one and in two: the numbers of the ``whole``, the ``first`` and the ``second``."""

    joined: pl.DataFrame
    """Those of which two words side by side count as one."""

    divided: pl.DataFrame
    """Those of which the one word counts as the two."""

    size: int
    """The number of all words."""

    def rewrite(self, number: Integers, text: Integers) -> tuple[Integers, Integers]:
        """Write each word in one way. Returns the numbers of the texts and of the words."""
        number, text = self._in_one(number, text)
        whole, first, second = (self.divided[name].to_numpy() for name in self.divided.columns)
        parts = np.full((2, self.size), -1, np.int64)
        parts[:, whole] = first, second
        at = np.flatnonzero(parts[0, number] >= 0)
        ends = parts[1, number[at]]
        number = number.copy()
        number[at] = parts[0, number[at]]
        return np.insert(text, at + 1, text[at]), np.insert(number, at + 1, ends)

    def _in_one(self, number: Integers, text: Integers) -> tuple[Integers, Integers]:
        beside = _beside(self.joined, number, text, self.size)
        code = pl.DataFrame({"first": number[beside], "second": number[beside + 1]})
        whole = code.join(self.joined, on=["first", "second"], how="left", maintain_order="left")["whole"]
        at, whole = beside[whole.is_not_null().to_numpy()], whole.drop_nulls()
        is_free = np.diff(at, prepend=-2) > 1
        at, whole = at[is_free], whole.filter(pl.Series(is_free))
        number = number.copy()
        number[at] = whole.to_numpy()
        return np.delete(number, at + 1), np.delete(text, at + 1)


def compounds(words: pl.Series, number: Integers, text: Integers, times: Integers) -> Compounds:
    """Find the words that are written in one and in two.

    Parameters
    ----------
    words
        Folded words (String), each once.
    number
        The number of each word in the order of the texts.
    text
        The number of the text of each.
    times
        How often each text occurs.

    Examples
    --------
    >>> words = pl.Series(["credit", "card", "creditcard", "log", "in", "login"])
    >>> number, text = np.array([0, 1, 0, 1, 2, 3, 4, 5, 5]), np.array([0, 0, 1, 1, 2, 3, 3, 4, 5])
    >>> found = compounds(words, number, text, np.ones(6, np.int64))
    >>> text, number = found.rewrite(number, text)
    >>> words.gather(number).to_list(), text.tolist()
    (['credit', 'card', 'credit', 'card', 'credit', 'card', 'login', 'login', 'login'], [0, 0, 1, 1, 2, 2, 3, 4, 5])
    """
    known = _splits(pl.DataFrame({"number": np.arange(words.len()), "word": words}))
    beside = _beside(known, number, text, words.len())
    pairs = pl.DataFrame({"first": number[beside], "second": number[beside + 1], "times": times[text[beside]]})
    pairs = pairs.group_by("first", "second").agg(apart=pl.col("times").sum())
    found = known.join(pairs, on=["first", "second"])
    is_whole = np.zeros(words.len(), np.bool_)
    is_whole[found["whole"].to_numpy()] = True
    at = np.flatnonzero(is_whole[number])
    whole_times = pl.Series(np.bincount(number[at], times[text[at]], words.len()))
    found = found.with_columns(together=whole_times.gather(found["whole"]))
    found = found.sort("apart", "first", descending=[True, False]).unique("whole", keep="first", maintain_order=True)
    apart, together = pl.col("apart"), pl.col("together")
    is_word = (together >= _FEWEST) & (together >= _SELDOM * apart)
    is_one = is_word & ((together >= apart) | pl.col("is_one"))
    names = ["whole", "first", "second"]
    divided = found.filter(~is_one, ~pl.col("is_one"))
    return Compounds(found.filter(is_one).select(names), divided.select(names), words.len())


def _splits(words: pl.DataFrame) -> pl.DataFrame:
    """Split words into two that are known. With a letter first, or with a stop word last, only the whole tells."""
    stops = pl.lit(pl.Series(sorted(stop_words())).implode())
    word, at, begins, ends = pl.col("word"), pl.col("at"), pl.col("begins"), pl.col("ends")
    long = words.filter(word.str.contains(_WORD)).with_columns(at=pl.int_ranges(1, word.str.len_chars() - 1))
    models = words.filter(word.str.contains(_MODEL)).with_columns(at=pl.concat_list(_letters(word)))
    cut = pl.concat([one.explode("at").cast({"at": pl.Int64}) for one in (long, models)])
    cut = cut.select(whole="number", begins=word.str.head(at), ends=word.str.slice(at))
    for name, part in (("first", "begins"), ("second", "ends")):
        cut = cut.join(words.rename({"word": part, "number": name}), on=part)
    is_letter, is_stop = begins.str.len_chars() == 1, ends.is_in(stops)
    first_tells = pl.when(is_letter).then((begins != "a") & ~is_stop).otherwise(~begins.is_in(stops))
    return cut.filter(first_tells).select("whole", "first", "second", is_one=is_letter | is_stop)


def _letters(word: pl.Expr) -> pl.Expr:
    return word.str.extract(r"^(\D+)").str.len_chars()


def _beside(known: pl.DataFrame, number: Integers, text: Integers, size: int) -> Integers:
    """Return the places of words that may be the first of a known pair, with the second right after."""
    is_first, is_second = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    is_first[known["first"].to_numpy()] = True
    is_second[known["second"].to_numpy()] = True
    found: Integers = np.flatnonzero(is_first[number[:-1]] & is_second[number[1:]] & (text[:-1] == text[1:]))
    return found
