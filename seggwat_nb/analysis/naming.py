"""Writes terms as people write them.

Terms are folded, and in scripts without spaces they are runs of two or three characters. Neither is what a reader
expects: *grösse* is written *größe*, and *問い* is a part of *お問い合わせ*.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.accents import without_accents
from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.analysis.own_text import own_text
from seggwat_nb.analysis.signs import SIGNED
from seggwat_nb.analysis.stop_words import stop_words
from seggwat_nb.analysis.tokens import PHRASE_END, plain_texts, words_in_order
from seggwat_nb.analysis.unspaced import UNSPACED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "NEARLY_ALL",
    "PARTICLES",
    "as_written",
    "complete_terms",
    "distinct",
    "forms_in",
    "in_full",
    "in_use",
    "parts_of",
    "rest_of_run",
]

NEARLY_ALL: Final = 0.9
"""The share of a term's items that must have what it is written as, since the figures are those of the term."""

PARTICLES: Final = "がをはにへとのもで"
"""Japanese particles, which are not part of the word before or after them."""

_AT_ENDS: Final = re.compile(
    rf"^[{PARTICLES}](?=[\u4e00-\u9fff\u30a0-\u30ff])|(?<=[\u4e00-\u9fff\u30a0-\u30ff々])[{PARTICLES}]$"
)

_LONGEST: Final = 24
"""Characters from which a name grows no longer."""

_JOINS: Final = "'·&/.-"
"""Signs between words that are read as one, as in *node.js*, the Uzbek *to'lov* and the Catalan *col·lecció*."""

_IN_PHRASE: Final = rf"{SIGNED}|\.?\w+(?:[{_JOINS}]\w+)*|{PHRASE_END}|[^\w\s]+"
"""The words of a phrase, and the signs that end one."""

_MANY: Final = 200
_SELDOM: Final = 0.05
_MOSTLY: Final = 0.25
"""Number of different messages in which a stop word is in more than this share of them, unless it is a part of another
word, and the share of those with it that must have a run of two words."""

_LONGEST_PHRASE: Final = 5
_FEWEST: Final = 3
"""Minimum number of different texts with a phrase. In fewer, any words may be side by side."""


_READ: Final = 200
"""The most different runs that are read to complete a term."""


def complete_terms(names: Sequence[str], unspaced: NDArray[np.bool_], messages: pl.Series) -> list[str]:
    """Complete terms of scripts without spaces: add characters on either side while nearly all items have the whole.

    Parameters
    ----------
    names
        Folded terms.
    unspaced
        Which of them are of a script without spaces. The others stay as they are.
    messages
        Original messages (String) with the terms.

    Returns
    -------
    list of str
        As many as `names`.

    Examples
    --------
    >>> import numpy as np
    >>> messages = pl.Series(["お問い合わせの返事が来ない", "お問い合わせはどこ"])
    >>> complete_terms(["問い", "返事", "app"], np.array([True, True, False]), messages)
    ['お問い合わせ', 'お問い合わせの返事が来ない', 'app']
    """
    if not unspaced.any():
        return [*names]
    texts = plain_texts(messages)
    runs = texts.str.extract_all(rf"[{UNSPACED}\p{{M}}]+").explode().drop_nulls().value_counts(name="n")
    counts = dict(runs.sort("n", runs.columns[0], descending=[True, False]).rows())
    return [
        _complete_term(name, {run: n for run, n in counts.items() if name in run}) if is_run else name
        for name, is_run in zip(names, unspaced, strict=True)
    ]


def _complete_term(term: str, runs: Mapping[str, int]) -> str:
    runs = dict([*runs.items()][:_READ])
    name, least = term, NEARLY_ALL * sum(runs.values())
    while len(name) < _LONGEST:
        longer: Counter[str] = Counter()
        for run, n in runs.items():
            at = run.find(name)
            if at >= 0:
                longer.update(dict.fromkeys(_longer(run, at, at + len(name)), n))
        most = max(longer, key=lambda one: (longer[one], one), default=name)
        if longer[most] < least or most == name:
            break
        name = most
    word = _AT_ENDS.sub("", name)
    return word if term in word else name


def rest_of_run(name: str, term: str) -> str:
    """Return what a run of a script without spaces says besides a term that it contains or overlaps.

    Examples
    --------
    >>> rest_of_run("บแจ้งหนี้เดือนที่แล้ว", "ใบแจ้งหนี้"), rest_of_run("わせの返事", "問い合わせ")
    ('เดือนที่แล้ว', '返事')
    >>> rest_of_run("返事", "問い合わせ"), rest_of_run("청구서가", "청구서"), rest_of_run("サーバーが落ちた", "サーバ")
    ('返事', '', '落ちた')
    """
    before, _, after = name.partition(term) if term in name else ("", "", _after_overlap(name, term))
    rest = max(before, after, key=len).lstrip("\N{KATAKANA-HIRAGANA PROLONGED SOUND MARK}")
    word = _AT_ENDS.sub("", rest) if rest != name else name
    is_whole = len(word) > 1 and not unicodedata.category(word[0]).startswith("M")
    return word if is_whole else ""


def _after_overlap(name: str, term: str) -> str:
    for size in range(min(len(name), len(term)), 1, -1):
        if term.endswith(name[:size]):
            return name[size:]
        if term.startswith(name[-size:]):
            return name[:-size]
    return name


def _longer(run: str, first: int, end: int) -> set[str]:
    """Write a part of a run with the letter before it, and with the one after it. Marks belong to their letter."""
    before, after = first - 1, end + 1
    while before > 0 and unicodedata.category(run[before]).startswith("M"):
        before -= 1
    while after < len(run) and unicodedata.category(run[after]).startswith("M"):
        after += 1
    return {run[max(before, 0) : end], run[first:after]} - {run[first:end]}


def in_full(term: str, messages: pl.Series, everything: pl.Series, *, recent: pl.Series) -> str:
    """Return the phrase that nearly all messages have in place of a term, such as *mot de passe* instead of *passe*.

    Nearly all of the different messages must have it, so that copies of one do not decide, and nearly all messages,
    since the figures are those of the term. Accents make no difference. Stop words belong to a phrase only within it,
    unless they hardly occur elsewhere.

    Parameters
    ----------
    term
        A folded word or phrase.
    messages
        Original messages (String) with the term.
    everything
        These and all other messages.
    recent
        Which messages with the term are recent (Boolean): nearly all of them must have the phrase, too.

    Examples
    --------
    >>> said = pl.Series(["The point of sale is down", "The point of sale, again", "A new point of sale"])
    >>> everything = pl.concat([said, pl.Series(["The page is slow", "The menu", "The end"])])
    >>> in_full("point", said, everything, recent=pl.Series([False, True, True]))
    'point of sale'
    >>> said = pl.Series(["To'lov qaytdi", "Qayta to'lov", "To'lov yo'q"])
    >>> in_full("lov", said, everything, recent=pl.Series([True, True, True]))
    "to'lov"
    """
    every = pl.DataFrame({"text": plain_texts(messages).str.replace_all(r"\b's\b", ""), "recent": recent})
    copies = every.group_by("text").agg(items=pl.len(), recent=pl.col("recent").sum())
    texts = copies.with_columns(texts=pl.lit(1)).with_row_index("row")
    if texts.height < _FEWEST:
        return term
    table = texts.select("row", word=pl.col("text").str.extract_all(_IN_PHRASE)).explode("word").drop_nulls()
    table = table.with_columns(plain=_split_compounds(table["word"]))
    weights, least = texts.drop("text"), texts.select(pl.col("texts", "items", "recent").sum() * NEARLY_ALL).row(0)
    (sought,) = _split_compounds(pl.Series([term]))
    runs = pl.concat(_runs(table, size) for size in range(_LONGEST_PHRASE, 0, -1))
    runs = runs.filter(pl.format(" {} ", "plain").str.contains(f" {sought} ", literal=True))
    spellings = runs.filter(plain=sought).group_by("size", "run").agg(texts=pl.len().cast(pl.Int64))
    runs = runs.with_columns(pl.col("run").mode().sort().last().over("size", "plain"))
    found = runs.unique().join(weights, on="row").group_by("size", "run").agg(pl.col("texts", "items", "recent").sum())
    is_often = [pl.col(one) >= number for one, number in zip(("texts", "items", "recent"), least, strict=True)]
    often = found.filter(*is_often, pl.col("run").str.contains(rf"^[\w {_JOINS}]+$"), pl.col("run") != term)
    for size, run in often.sort("size", "texts", "run", descending=[True, True, False]).select("size", "run").rows():
        ends = {*run.split(" ")[:: max(size - 1, 1)]} - {*term.split(" ")}
        if size == 1 or all(_belongs(word, run, everything) for word in ends):
            return str(run)
    spellings = pl.concat([spellings.select("run", "texts"), pl.DataFrame({"run": [term], "texts": [0]})])
    return str(spellings.sort(-pl.col("texts"), pl.col("run") != term, "run")["run"][0])


def _runs(table: pl.DataFrame, size: int) -> pl.DataFrame:
    """Return the runs of so many words: ``size``, ``row``, ``run``, and ``plain``, without accents and signs."""
    words, plain = (
        pl.concat_str([pl.col(name).shift(-step).over("row") for step in range(size)], separator=" ")
        for name in ("word", "plain")
    )
    return table.select("row", size=pl.lit(size), run=words, plain=plain).drop_nulls()


def _split_compounds(words: pl.Series) -> pl.Series:
    """Write words without accents, and with a space in place of each sign that joins two."""
    return without_accents(words).str.replace_all(f"[{_JOINS}]", " ").str.strip_chars()


def _belongs(word: str, run: str, everything: pl.Series) -> bool:
    """Return whether a word at an end of a run is not a stop word, or is not used as one, as *mot* may not be.

    Then it occurs nearly always in the run. Of two words, one may be an article if there are few different messages,
    but a word of few of many messages is none, such as the *thanh* of the Vietnamese *thanh toán*. A sign by itself,
    such as the dash of a list, belongs to no name, but an emoji may.
    """
    if not any(char.isalnum() or unicodedata.category(char) == "So" for char in word):
        return False
    if word not in stop_words():
        return True
    texts = plain_texts(everything).unique()
    with_word, with_run = (texts.filter(texts.str.contains(rf"\b{re.escape(one)}\b")).len() for one in (word, run))
    if run.count(" ") == 1:
        return texts.len() >= _MANY and with_word <= _SELDOM * texts.len() and with_run >= _MOSTLY * with_word
    return with_run >= NEARLY_ALL * with_word


def in_use(names: Sequence[str], messages: pl.Series, forms: pl.DataFrame) -> list[str]:
    """Replace words by the form that most messages have, or if hardly any has the word itself, by one that many have.

    Phrases are replaced by their most common form. A word stands for all of its forms, and in some languages, what they
    have in common is another word. A phrase of two such words is one that nobody need have written, such as the Arabic
    *بطاقتي افتراضية*.

    Parameters
    ----------
    names
        Folded words and phrases.
    messages
        Original messages (String) with a form of each.
    forms
        The words that count as another one, as in `seggwat_nb.analysis.tokens.Terms`.

    Returns
    -------
    list of str
        As many as `names`.

    Examples
    --------
    >>> forms = pl.DataFrame({"word": ["quality", "qualities", "credits"], "term": ["qual", "qual", "credit"]})
    >>> in_use(["qual"], pl.Series(["Low quality", "The quality", "quality?", "Qualities"]), forms)
    ['quality']
    >>> in_use(["plan"], pl.Series(["The plan", "Plans", "Planning", "A plan"]), forms)
    ['plan']
    >>> in_use(["real"], pl.Series(["Really slow", "It is really bad", "Not real"]), forms)
    ['really']
    >>> in_use(["credit qual"], pl.Series(["My credits quality", "Credits quality", "Credit qualities"]), forms)
    ['credits quality']
    """
    single, phrases = _forms_in(messages, forms)
    return [_phrase_in_use(name, phrases) if " " in name else _form_in_use(name, single) for name in names]


def forms_in(name: str, messages: pl.Series, forms: pl.DataFrame) -> list[str]:
    """Return the forms of a word or phrase that messages have, the most common first.

    Parameters
    ----------
    name
        A folded word or phrase, in any form.
    messages, forms
        As for `in_use`.

    Examples
    --------
    >>> forms = pl.DataFrame({"word": ["qualities", "credits"], "term": ["quality", "credit"]})
    >>> forms_in("credits quality", pl.Series(["Credit qualities", "The credit qualities", "My quality"]), forms)
    ['credit qualities']
    """
    words = pl.Series([name, *name.split(" ")], dtype=pl.String).replace(forms["word"], forms["term"])
    term = " ".join(words[1:]) if words[0] == name else words[0]
    single, pairs = _forms_in(messages, forms)
    if " " in term:
        return pairs.filter(pl.col("term") == term)["word"].to_list()
    # A word is also counted where it is written as one with another, such as the *card* of *creditcard*.
    in_one = ~pl.col("word").str.contains(" ", literal=True)
    joined = pairs.filter(in_one, pl.col("term").str.split(" ").list.contains(term))
    return [*single.filter(pl.col("term") == term)["word"], *joined["word"]]


def _forms_in(messages: pl.Series, forms: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what counts as a word in messages, and what as two side by side: ``word``, ``term``, and ``n``, texts."""
    words = words_in_order(messages).with_columns(term=pl.col("word").replace(forms["word"], forms["term"]))
    pairs = words.select(
        "text",
        *(pl.concat_str(one, pl.col(one).shift(-1).over("text"), separator=" ").alias(one) for one in ("word", "term")),
    )
    # Two words may count as one, and one as two.
    pairs = pairs.with_columns(
        pl.col("word").replace_strict(forms["word"], forms["term"], default=pl.col("term")).alias("term")
    )
    table = _frequencies(pl.concat([words, pairs]))
    is_pair = pl.col("term").str.contains(" ", literal=True)
    return table.filter(~is_pair), table.filter(is_pair)


def _frequencies(words: pl.DataFrame) -> pl.DataFrame:
    """Return in how many texts each word is, the most common first."""
    return (
        words.drop_nulls()
        .group_by("word", "term")
        .agg(n=pl.col("text").n_unique())
        .sort("n", "word", descending=[True, False])
    )


def _phrase_in_use(phrase: str, phrases: pl.DataFrame) -> str:
    its = phrases.filter(pl.col("term") == phrase)
    return str(its["word"][0]) if its.height else phrase


def _form_in_use(word: str, forms: pl.DataFrame) -> str:
    its = forms.filter(pl.col("word").str.starts_with(word) | (pl.col("term") == word))
    number = int(its["n"].sum())
    itself = int(its.filter(pl.col("word") == word)["n"].sum())
    if not its.height:
        return word
    most, often = its.row(0, named=True)["word"], its["n"][0]
    is_most = often >= _MOST * number or (itself < _HARDLY * number and often >= _OFTEN * number)
    return most if is_most or " " in most else word


_MOST: Final = 2 / 3
_HARDLY: Final = 0.1
_OFTEN: Final = 0.3
"""Shares of the forms in messages: of one that is shown instead of the shortest one in any case, and if that is hardly
used."""


def as_written(names: Sequence[str], messages: pl.Series) -> list[str]:
    """Write folded terms as most messages do, in lower case.

    Parameters
    ----------
    names
        Folded words and phrases.
    messages
        Original messages (String).

    Returns
    -------
    list of str
        As many as `names`.

    Examples
    --------
    >>> as_written(["grösse egal", "slow"], pl.Series(["Größe egal", "GRÖSSE egal", "Größe", "Slow"]))
    ['größe egal', 'slow']
    """
    words = (
        own_text(messages.cast(pl.String)).str.normalize("NFC").str.extract_all(r"[\w\p{M}]+").explode().drop_nulls()
    )
    lowered = words.str.to_lowercase().str.replace_all("i\N{COMBINING DOT ABOVE}", "i", literal=True)
    is_small = (words == lowered) | (words.str.slice(1) == lowered.str.slice(1))
    counts = pl.DataFrame({"word": lowered, "small": is_small}).group_by("word").agg(pl.col("small").sum(), n=pl.len())
    # Capitals have no accents in some languages, and a spelling of its own tells more than the folded one.
    counts = counts.with_columns(name=fold_texts(counts["word"])).sort(
        "small", "n", pl.col("word") != pl.col("name"), "word", descending=[False, False, False, True]
    )
    parts = [part for name in names for part in parts_of(name)]
    spelling = dict(counts.filter(pl.col("name").is_in(parts)).select("name", "word").rows())
    written = ("".join(spelling.get(part, part) for part in map(str, _PARTS.split(name))) for name in names)
    return [one.replace(_NIKHAHIT_AA, "\N{THAI CHARACTER SARA AM}") for one in written]


_PARTS: Final = re.compile(f"([ {_JOINS}])")


def parts_of(name: str) -> list[str]:
    """List the words of a name.

    Examples
    --------
    >>> parts_of("new sign-in")
    ['new', 'sign', 'in']
    """
    return _PARTS.split(name)[::2]


_NIKHAHIT_AA: Final = "\N{THAI CHARACTER NIKHAHIT}\N{THAI CHARACTER SARA AA}"
"""What folding makes of a Thai vowel."""


def distinct(names: Sequence[str]) -> list[str]:
    """Leave out names that share a word with an earlier one, contain it or are a part of it.

    Examples
    --------
    >>> distinct(["credit card", "card", "refund", "refunds"])
    ['credit card', 'refund']
    """
    kept: list[str] = []
    for name in names:
        if not any({*name.split()} & {*before.split()} or name in before or before in name for before in kept):
            kept.append(name)
    return kept
