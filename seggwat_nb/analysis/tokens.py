"""Words and two-word phrases of texts, in any script.

Texts are folded first (`seggwat_nb.analysis.folding`). A **word** is an emoji, or a run of letters, marks and digits
with a letter in it, or one with signs (`seggwat_nb.analysis.signs`); addresses, numbers, single letters and words of
more than 40 characters do not count. An apostrophe belongs to a Cyrillic or Hebrew word, as in ``зв'язок``, but
separates the article in ``l'abbonamento``. Words that differ only in a short ending (``export``, ``exports``) count as
one if both are frequent, and so do forms of one word (`seggwat_nb.analysis.inflections`), and spellings without accents
(`seggwat_nb.analysis.accents`), with repeated letters (`seggwat_nb.analysis.lengthened`) or in one word and in two
(`seggwat_nb.analysis.compounds`). A **phrase** is two words side by side, neither of them a stop word or an emoji, or a
word and the number after it, as in ``error 502``.

**Stop words** (``the``, ``und``, ``pour``) are those of a message's own language, so that the English ``die`` is not
lost to the German one. A message's language is the one with most of its stop words; in a tie, the one of most
messages. A language in Latin letters of which messages have hardly more than one, and fewer than three different ones
in all, does not count. The lists are those of `seggwat_nb.analysis.stop_words`.

**Scripts without spaces** are split into overlapping runs (`seggwat_nb.analysis.unspaced`).
`seggwat_nb.analysis.terms` joins overlapping runs from the same messages into the word that they are part of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.accents import merge_accents
from seggwat_nb.analysis.compounds import Compounds, compounds
from seggwat_nb.analysis.inflections import merge_inflections
from seggwat_nb.analysis.lengthened import merge_lengthened
from seggwat_nb.analysis.own_text import own_words
from seggwat_nb.analysis.signs import SIGNED, in_one_way
from seggwat_nb.analysis.stop_words import stop_words_by_language
from seggwat_nb.analysis.threads import side_by_side
from seggwat_nb.analysis.unspaced import KATAKANA, PAIRED, TRIPLED, UNSPACED, grams
from seggwat_nb.analysis.word_parts import find_parts
from seggwat_nb.text import ALIAS, MARK

if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    Integers: TypeAlias = NDArray[np.signedinteger[Any]]
    Sparse: TypeAlias = Any  # scipy.sparse.csr_array, which has no useful annotations

__all__ = [
    "ADDRESS",
    "BAR",
    "EMOJI",
    "PHRASE_END",
    "Terms",
    "are_spoken",
    "find_terms",
    "plain_texts",
    "without_addresses",
    "words_in_order",
]

ADDRESS: Final = (
    rf"{MARK}|{ALIAS}|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|(?:[a-z][a-z0-9+.-]*://|www\.|[\w--[{UNSPACED}]]+(?:[.-][\w--[{UNSPACED}]]+)*\.[a-z]{{2,}}/)"
    rf"[^\s{UNSPACED}\x{{3000}}-\x{{303F}}]*"
    r"|\b[0-9]{4}-?[0-9]{2}-?[0-9]{2}t[0-9][0-9:.,]*z?|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?(?:z|[ap]m)?\b"
)
"""E-mail and web addresses, the marks that replace masked ones, and times, whose ends would be words (*05z*, *30pm*).
Where no space is, letters of a script without spaces follow a web address."""

BAR: Final = " | "
"""Marks the end of a phrase, also in place of an address."""

EMOJI: Final = r"[\p{Extended_Pictographic}--\xA9\xAE]|\p{Regional_Indicator}{2}"
"""An emoji without its skin tone."""
PHRASE_END: Final = (
    r"(?:\.(?:[\s.'\x22)\]]|$)|[,;:!?|\x{2026}()\[\]\x{589}\x{60C}\x{61B}\x{61F}\x{6D4}\x{964}\x{104A}\x{104B}\x{1362}-\x{1367}"
    r"\x{3001}\x{3002}]|\x{1361}{2}|\r?\n[ \t]*\r?\n|\n[ \t]*(?:[-*+>\x{2022}\x{B7}]|[0-9]{1,2}[.)])[ \t])+"
)
"""Punctuation, a blank line, or the beginning of a list's item. Programs break lines within a sentence, too, and a full
stop within a word, as in ``node.js``, ends nothing."""
_TOKEN: Final = "|".join(
    [
        rf"[{KATAKANA}]{{2,}}",
        rf"[{PAIRED}]+",
        r"\p{Hangul}+",
        rf"[{TRIPLED}][{TRIPLED}\p{{M}}]*",
        r"[\p{Cyrillic}\p{M}]+(?:'[\p{Cyrillic}\p{M}]+)+\b",
        r"\p{Hebrew}+(?:['\x22]\p{Hebrew}+)+\b",
        SIGNED,
        rf"[\w--[{UNSPACED}]]+(?:'(?:t|s|re|ve|ll|d|m)\b)?",
        EMOJI,
        PHRASE_END,
    ]
)
"""The tokens of a text. Punctuation is one as well, so that no phrase extends across it."""

_TEXTS_AT_ONCE: Final = 25_000
"""Texts whose tokens are in memory as texts at the same time."""

_WORD: Final = rf"^(?:[\w'\x22]+|{SIGNED})$"
_SHORTEST: Final = 2
_LONGEST: Final = 40
_NUMBER: Final = "^[0-9]{1,8}$"
_IDENTIFIER: Final = r"(?:\d+\D+){3}"
_NAME_LIKE: Final = 12
"""A longer word in which letters follow digits three times is an identifier, unlike ``iphone15promax``."""

_ENDINGS: Final = ((r".$", 5), ("s$", 3), ("..$", 5))
"""Endings, and the minimum length of the word without them. In shorter words, other letters make other words: ``ever``
and ``every``, ``plan`` and ``plant``."""

_FEWEST_STOPS: Final = 3
_SEVERAL_STOPS: Final = 1.5
"""Number of different stop words of a language in its texts, and mean number in each, one of which shows that texts are
in it. A single one, such as the Catalan *mode*, is a word of another language. Other scripts are not mistaken."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of texts.

    Attributes
    ----------
    names : pl.Series
        The terms (String), sorted. A word with several forms has the name of one of them.
    has : scipy.sparse.csr_array
        One row per text and one column per term, 1 where the text has the term.
    unspaced : array of bool
        For each term, whether its script has no spaces.
    forms : pl.DataFrame
        The words that count as another one: ``word``, and ``term``, the name of that one.
    """

    names: pl.Series
    has: Sparse
    unspaced: NDArray[np.bool_]
    forms: pl.DataFrame


def find_terms(messages: pl.Series, *, min_count: int = 1, as_is: bool = False, apart: bool = False) -> Terms:
    """Find the terms of texts.

    Parameters
    ----------
    messages
        String; null is an empty text.
    min_count
        Minimum number of texts with a term.
    as_is
        Whether each form of a word is a word of its own.
    apart
        Whether to return parts of words with several forms as well: each frequent form by itself, and with those that
        continue it. So *charger* and *chargers*, which count as *charge*, are terms, too. Then names may repeat.

    Returns
    -------
    Terms
        The terms, sorted by name, so that equal texts always result in equal terms.

    Examples
    --------
    >>> found = find_terms(pl.Series(["The exports fail.", "Export failed: see https://x.example/a?b", "支払いが遅い"]))
    >>> found.names.to_list()
    ['export', 'export fail', 'export failed', 'fail', 'failed', 'が遅', '払い', '支払', '遅い']
    """
    from scipy import sparse

    text_of, tokens, known = _read(messages)
    found = None if as_is else compounds(known, tokens.token, tokens.text, tokens.times)
    if found is not None:
        tokens = _Occurrences(*found.rewrite(tokens.token, tokens.text), tokens.times)
    spaced, of_texts, forms = _words_and_phrases(tokens, known, min_count=min_count, as_is=as_is, apart=apart)
    if found is not None:
        forms = pl.concat([_also_written(found, known, forms), forms]).unique("word", keep="first", maintain_order=True)
    runs, of_runs = _character_runs(tokens, known)
    times = tokens.times
    del tokens  # which take much memory, as do the parts of a matrix
    names = pl.concat([spaced, runs])
    has = sparse.hstack([*of_texts, of_runs], format="csr")
    del of_texts, of_runs
    unspaced = np.repeat([False, True], [spaced.len(), runs.len()])
    kept = np.flatnonzero(times @ has >= min_count)
    order = kept[names.gather(kept).arg_sort().to_numpy()]
    has = has[:, order]
    has = has[text_of]
    has.sort_indices()
    return Terms(names.gather(order), has, unspaced[order], forms)


def _read(messages: pl.Series) -> tuple[Integers, _Occurrences, pl.Series]:
    """Split texts into tokens. Returns which distinct text each one is, their tokens, and the distinct tokens."""
    texts = plain_texts(messages)
    distinct = texts.unique().sort()
    text_of = _numbers(texts, distinct)
    text, token, written = _tokens(distinct)
    cleaned = _clean(written)
    known = cleaned.unique().sort()
    token = _numbers(cleaned, known)[token]
    return text_of, _Occurrences(text, token, np.bincount(text_of, minlength=distinct.len())), known


def plain_texts(messages: pl.Series) -> pl.Series:
    """Return what the authors of messages wrote, folded, with a bar in place of addresses."""
    return without_addresses(own_words(messages))


def without_addresses(texts: pl.Series) -> pl.Series:
    """Put a bar, which ends a phrase, in place of addresses in folded texts."""
    return in_one_way(texts.str.replace_all(ADDRESS, BAR))


def words_in_order(messages: pl.Series) -> pl.DataFrame:
    """List the words of texts in scripts with spaces: ``text``, the number of each text, and ``word``, folded.

    The word is null where a phrase ends, and for anything else that is not a word.

    Examples
    --------
    >>> words_in_order(pl.Series(["The exports, again"]))["word"].to_list()
    ['the', 'exports', None, 'again']
    """
    texts = plain_texts(messages)
    found = texts.str.extract_all(_TOKEN).alias("token").to_frame().with_row_index("text").explode("token")
    found = found.drop_nulls().with_columns(word=_clean(found.drop_nulls()["token"]))
    is_word = pl.col("word").str.contains(_WORD) & ~pl.col("token").str.contains(rf"^[{UNSPACED}]")
    return found.select("text", pl.when(is_word).then("word"))


def _clean(tokens: pl.Series) -> pl.Series:
    return tokens.str.replace("'s$", "").str.strip_chars("_'")


@dataclass(frozen=True, slots=True)
class _Occurrences:
    """Tokens in the order of the texts: the number of each text and token, and how often each text occurs."""

    text: Integers
    token: Integers
    times: Integers

    def among(self, kept: NDArray[np.bool_], token: Integers) -> _Occurrences:
        return _Occurrences(self.text[kept], token[kept], self.times)

    def counts(self, tokens: int) -> NDArray[np.float64]:
        """Return the number of texts with each token, or slightly more if a text has it twice."""
        found = np.bincount(self.token, minlength=tokens).astype(np.float64)
        again = (self.times > 1)[self.text]  # few texts occur twice, and weights take much memory
        return found + np.bincount(self.token[again], self.times[self.text[again]] - 1, tokens)

    def matrix(self, tokens: int) -> Sparse:
        """Return which text has which token."""
        from scipy import sparse

        ends = np.cumsum(np.bincount(self.text, minlength=self.times.size), dtype=np.int32)
        cells = np.ones(self.token.size, np.int32), self.token.astype(np.int32), np.append(np.int32(0), ends)
        found = sparse.csr_array(cells, shape=(self.times.size, tokens))
        found.sum_duplicates()
        found.data[:] = 1
        return found

    def matrix_of(self, groups: Sparse) -> Sparse:
        """Return which text has a token of which group, given which token is in which group."""
        grouped = np.append(groups.sum(axis=1) > 0, False)[self.token]  # the last one is for -1
        found = self.among(grouped, self.token).matrix(groups.shape[0]) @ groups
        found.data[:] = 1
        return found


def _numbers(values: pl.Series, known: pl.Series) -> Integers:
    """Return the position of each value among the known ones, or -1, in 32 bits, since there are many occurrences."""
    numbered = known.alias("value").to_frame().with_row_index("number")
    found = values.alias("value").to_frame().join(numbered, on="value", how="left", maintain_order="left")
    return found["number"].cast(pl.Int32).fill_null(-1).to_numpy()


def _tokens(texts: pl.Series) -> tuple[Integers, Integers, pl.Series]:
    """Split texts into tokens. Returns the numbers of each token's text and of the token, and the distinct tokens."""
    kind = pl.Categorical(pl.Categories.random())  # which are forgotten with the last column of them

    def find_tokens(start: int) -> tuple[pl.Series, pl.Series]:
        found = texts.slice(start, _TEXTS_AT_ONCE).str.extract_all(_TOKEN)
        length = found.list.len()
        return length, found.filter(length > 0).explode().cast(kind)

    lengths, tokens = zip(
        *side_by_side(find_tokens, range(0, max(texts.len(), 1), _TEXTS_AT_ONCE), rows=texts.len()), strict=True
    )
    distinct = pl.concat([part.unique() for part in tokens]).unique()
    codes, names = distinct.to_physical().to_numpy(), distinct.cast(pl.String)
    order = names.arg_sort().to_numpy()
    number = np.empty(int(codes.max(initial=0)) + 1, np.int32)
    number[codes[order]] = np.arange(order.size, dtype=np.int32)
    text = np.repeat(np.arange(texts.len(), dtype=np.int32), np.concatenate(lengths))
    return text, np.concatenate([number[part.to_physical().to_numpy()] for part in tokens]), names.gather(order)


def _words_and_phrases(
    tokens: _Occurrences, known: pl.Series, *, min_count: int, as_is: bool, apart: bool
) -> tuple[pl.Series, list[Sparse], pl.DataFrame]:
    """Return words and phrases of scripts with spaces, which texts have them, and the words that count as another."""
    is_emoji = known.str.contains(f"^(?:{EMOJI})$")
    length = known.str.len_chars()
    is_word = is_emoji | (
        ~known.str.contains(rf"^[{UNSPACED}]")
        & known.str.contains(_WORD)
        & known.str.contains(r"\p{L}|[0-9]\.[0-9]")
        & length.is_between(_SHORTEST, _LONGEST)
        & ~(known.str.contains(_IDENTIFIER) & (length > _NAME_LIKE))
    )
    words = known.filter(is_word)
    word = np.where(is_word.to_numpy(), _numbers(known, words), -1)
    number = word[tokens.token]
    counts = tokens.among(number >= 0, number).counts(words.len())
    same = np.arange(words.len()) if as_is else merge_lengthened(words, counts)[merge_accents(words, counts)]
    number = np.append(same, -1).astype(np.int32)[number]
    counts = np.bincount(same, counts, words.len()).astype(np.float64)
    family = same if as_is else _families(words, counts, min_count=min_count)[same]
    often = np.append(np.bincount(family, counts, words.len())[family] >= min_count, False)  # the last one is for -1
    telling = ~_stop_words(tokens, number, words)
    plain = often[number] & telling
    parts, of_parts = find_parts(words, counts, family, min_count=min_count) if apart else (words.clear(), None)
    in_parts = [] if of_parts is None else [tokens.among(telling, number).matrix_of(of_parts)]
    number = np.append(family, -1).astype(np.int32)[number]
    single = tokens.among(plain, number).matrix(words.len())
    begins = plain & ~is_emoji.to_numpy()[tokens.token]
    digits = known.filter(known.str.contains(_NUMBER))
    is_digits = known.is_in(digits.implode()).to_numpy()[tokens.token]
    number[is_digits] = (words.len() + _numbers(known, digits))[tokens.token[is_digits]]
    units = pl.concat([words, digits])
    pairs, phrases = _frequent(_beside(tokens, number, (begins, begins | is_digits), units.len()), min_count=min_count)
    first, second = (units.gather(side) for side in (pairs // max(units.len(), 1), pairs % max(units.len(), 1)))
    forms = pl.DataFrame({"word": words, "term": words.gather(family)}).filter(pl.col("word") != pl.col("term"))
    names = pl.concat([words, first + " " + second, parts])
    return names, [single, phrases.matrix(pairs.len()), *in_parts], forms


def _also_written(found: Compounds, known: pl.Series, forms: pl.DataFrame) -> pl.DataFrame:
    """Return words that are written in one and in two, in the way that does not count: ``word``, and ``term``."""
    of = {name: [known.gather(table[name]) for table in (found.joined, found.divided)] for name in found.joined.columns}
    term = {name: [one.replace(forms["word"], forms["term"]) for one in both] for name, both in of.items()}
    in_two = [first + " " + second for first, second in zip(of["first"], of["second"], strict=True)]
    return pl.DataFrame(
        {
            "word": pl.concat([in_two[0], of["whole"][1]]),
            "term": pl.concat([term["whole"][0], term["first"][1] + " " + term["second"][1]]),
        }
    )


def _beside(
    tokens: _Occurrences, number: Integers, sides: tuple[NDArray[np.bool_], NDArray[np.bool_]], words: int
) -> _Occurrences:
    """Return pairs of words beside each other in a text, numbered as the first one times `words` plus the second.

    Which words may be the first of a pair, and which the second, are the `sides`.
    """
    first, second = sides
    beside = np.flatnonzero(first[:-1] & second[1:] & (tokens.text[1:] == tokens.text[:-1]))
    return _Occurrences(tokens.text[beside], number[beside] * np.int64(words) + number[beside + 1], tokens.times)


def _frequent(found: _Occurrences, *, min_count: int) -> tuple[pl.Series, _Occurrences]:
    """Return the frequent tokens, sorted, and their occurrences, with the token's place among them as its number."""
    rows = pl.DataFrame({"token": found.token, "text": found.text})
    counts = rows.select("token", times=found.times[found.text]).group_by("token").agg(pl.col("times").sum())
    often = counts.filter(pl.col("times") >= min_count).sort("token").select("token", number=pl.int_range(pl.len()))
    kept = rows.join(often, on="token", maintain_order="left")
    return often["token"], _Occurrences(kept["text"].to_numpy(), kept["number"].to_numpy(), found.times)


def _families(words: pl.Series, counts: NDArray[np.float64], *, min_count: int) -> Integers:
    """Return for each word the number of the word it counts as: itself, or the same without a short ending."""
    family = np.arange(words.len())
    frequent = counts >= min_count
    for ending, least in _ENDINGS:
        without = words.str.replace(ending, "")
        stem = np.where((without.str.len_chars() >= least).to_numpy(), _numbers(without, words), -1)
        joins = (stem >= 0) & (stem != family) & frequent & frequent[stem] & (family == np.arange(words.len()))
        family = np.where(joins, stem, family)
    return merge_inflections(words, counts, joined=family[family])


def _stop_words(tokens: _Occurrences, number: Integers, words: pl.Series) -> NDArray[np.bool_]:
    """Return which tokens are stop words of their text's language, given the number of each token's word, or -1."""
    lists = stop_words_by_language()
    listed = _numbers(lists["word"], words)
    languages = lists["language"].unique().sort()
    language = _numbers(lists["language"], languages)
    table = np.zeros((words.len(), languages.len()), np.int32)
    table[listed[listed >= 0], language[listed >= 0]] = 1
    some = np.flatnonzero(table.any(axis=1))
    table = table[some]
    place = np.full(words.len() + 1, -1, np.int32)  # the last one is for -1
    place[some] = np.arange(some.size)
    held = place[number] >= 0
    found = tokens.among(held, place[number])
    has = found.matrix(some.size)
    own = _own_languages(has, table, tokens.times)
    is_own = table[found.token, own[found.text]] > 0
    language, token = own[found.text][is_own], found.token[is_own]
    uses = np.unique(language * np.int64(some.size) + token)
    different = np.bincount(uses // max(some.size, 1), minlength=languages.len())
    mean = np.bincount(language, minlength=languages.len()) / np.fmax(np.bincount(own, minlength=languages.len()), 1)
    is_latin = words.gather(some).str.contains(r"^\p{Latin}").to_numpy()
    others = np.bincount(language[~is_latin[token]], minlength=languages.len())
    counts = are_spoken(different, mean, others)
    if counts.any():
        own = _own_languages(has, np.where(counts, table, 0), tokens.times)
    is_stop = np.zeros(number.size, np.bool_)
    is_stop[held] = table[found.token, own[found.text]] > 0
    return is_stop


def are_spoken(different: NDArray[Any], mean: NDArray[Any], others: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which languages texts are in, rather than with a stop word that is a word of another language.

    Parameters
    ----------
    different, mean
        Of each language, the number of its stop words in its texts, and their mean number in each.
    others
        How many of them are not in Latin letters.
    """
    found: NDArray[np.bool_] = (different >= _FEWEST_STOPS) | (mean > _SEVERAL_STOPS) | (others > 0)
    return found


def _own_languages(has: Sparse, table: NDArray[np.int32], times: Integers) -> NDArray[np.int64]:
    """Return the language of each text, given which text has which stop word, and the languages of each."""
    spoken = (times @ has) @ table  # the frequency of languages breaks ties
    ranks = np.argsort(np.argsort(spoken, kind="stable"), kind="stable")
    starts = range(0, max(times.size, 1), _TEXTS_AT_ONCE)
    return np.concatenate(
        [np.argmax(has[start : start + _TEXTS_AT_ONCE] @ table * ranks.size + ranks, axis=1) for start in starts]
    )


def _character_runs(tokens: _Occurrences, known: pl.Series) -> tuple[pl.Series, Sparse]:
    """Return overlapping runs of scripts without spaces, and Katakana words."""
    from scipy import sparse

    runs = known.filter(known.str.contains(rf"^[{UNSPACED}]"))
    if runs.is_empty():
        return runs, sparse.csr_array((tokens.times.size, 0), dtype=np.int32)
    number = _numbers(known, runs)[tokens.token]
    held = number >= 0
    parts = grams(runs)
    names = parts["gram"].unique().sort()
    cells = (parts["run"].to_numpy().astype(np.int32), _numbers(parts["gram"], names))
    of_runs = sparse.csr_array((np.ones(parts.height, np.int32), cells), shape=(runs.len(), names.len()))
    has = tokens.among(held, number).matrix(runs.len()) @ of_runs
    has.data[:] = 1
    return names, has
