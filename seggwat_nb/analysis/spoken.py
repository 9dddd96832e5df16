"""Guesses the language of messages, so that more feedback in one language is not taken for several problems.

A message begins in the language with most of its stop words (`seggwat_nb.analysis.tokens`), or in the one that a script
stands for, such as Hangul. Then a naive Bayes classifier of all words is fitted to these languages and asked for each
message's language again, a few times (classification EM: Celeux and Govaert 1992, Computational Statistics & Data
Analysis 14, 315-332). So messages without stop words are in the language in which others use their words, and messages
in one language are not divided between it and a similar one. That is enough to count languages. To detect the language
of a single message, use `seggwat_nb.themes.language`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.stop_words import stop_words, stop_words_by_language
from seggwat_nb.analysis.tokens import are_spoken, words_in_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["are_in_a_language", "detect_languages", "name_of", "share_of_words"]

_NAMES: Final[Mapping[str, str]] = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "br": "Breton",
    "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "eo": "Esperanto",
    "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "gl": "Galician", "gu": "Gujarati", "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian",
    "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ka": "Georgian",
    "km": "Khmer", "ko": "Korean", "ku": "Kurdish", "la": "Latin", "lo": "Lao", "lt": "Lithuanian", "lv": "Latvian",
    "mr": "Marathi", "ms": "Malay", "my": "Burmese", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "so": "Somali",
    "sr": "Serbian", "st": "Sesotho", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yo": "Yoruba",
    "zh": "Chinese", "zu": "Zulu",
}  # fmt: skip
"""English names of languages, by their ISO 639-1 code."""

_OF_SCRIPTS: Final[Mapping[str, str]] = {
    "ja": r"[\p{Hiragana}\p{Katakana}]", "ko": r"\p{Hangul}", "zh": r"\p{Han}", "th": r"\p{Thai}", "lo": r"\p{Lao}",
    "km": r"\p{Khmer}", "my": r"\p{Myanmar}", "he": r"\p{Hebrew}", "el": r"\p{Greek}", "hy": r"\p{Armenian}",
    "ka": r"\p{Georgian}", "am": r"\p{Ethiopic}", "ta": r"\p{Tamil}", "te": r"\p{Telugu}", "bn": r"\p{Bengali}",
    "gu": r"\p{Gujarati}",
}  # fmt: skip
"""Languages that a script stands for. A text with kana is Japanese, though most of it may be Chinese characters."""

_OF_ITS_LETTERS: Final = 0.3
"""Minimum share of a script in a text's letters: what is written in Thai may name many things in Latin letters."""
_ROUNDS: Final = 3
_LEAST_STOPS: Final = 0.8
"""Minimum number of a language's stop words in a message, on average, to name it."""
_LEAST_OTHERS: Final = 0.4
"""The same without the most common one, which may be a word of a language that is not known: *el* in spoken Arabic."""
_AS_MANY: Final = 0.75
"""Share of the most common language's stop words from which on another language is as likely."""
_MOST_NAMED: Final = 2
_TWICE: Final = 2
_SEVERAL: Final = 4
"""Minimum number of words of a language that occur twice, for messages to be in it."""
_RARELY: Final = 0.1
"""Uses of a word in a language that are added to those counted, as no language is without any word."""


def detect_languages(messages: pl.Series) -> pl.Series:
    """Return the code of each message's language, null if it is unclear.

    Examples
    --------
    >>> messages = ["Ich kann das nicht öffnen", "Where is the export?", "ログインできない", "öffnen!", ":-)"]
    >>> detect_languages(pl.Series(messages)).to_list()
    ['de', 'en', 'ja', 'de', None]
    """
    by_script = _by_script(messages)
    words, has = _words(messages)
    listed = stop_words_by_language().join(words.to_frame("word").with_row_index("place"), on="word")
    codes = stop_words_by_language()["language"].unique().sort()
    stops = np.zeros((words.len(), codes.len()), np.float32)
    stops[listed["place"].to_numpy(), codes.search_sorted(listed["language"]).to_numpy()] = 1
    own = _most(has @ stops)
    own = _most(has @ np.where(_has_enough_stop_words(has, own, stops, words), stops, 0))
    asked = by_script.is_null().to_numpy()
    own[~asked] = -1
    for _ in range(_ROUNDS):
        spoken_here = np.unique(own[own >= 0])
        if not spoken_here.size:
            break
        own[asked] = _again(has, own, spoken_here)[asked]
    found = pl.Series(own).replace_strict(range(codes.len()), codes, default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(by_script, found)).to_series().rename(messages.name)


def name_of(messages: pl.Series) -> str:
    """Name the language of messages, or two that are much alike. Empty if it is none of those known.

    Examples
    --------
    >>> name_of(pl.Series(["Ich kann das nicht öffnen", "Wo ist der Export?"])), name_of(pl.Series(["Hmm"]))
    ('German', '')
    >>> name_of(pl.Series(["Jeg kan ikke åbne den", "Hvor er den?", "Det er for langsomt til mig"]))
    'Danish or Norwegian'
    """
    if code := _script_of_most(messages):
        return _NAMES[code]
    uses = _uses(messages).group_by("word").agg(uses=pl.len())
    stops = stop_words_by_language().join(uses, on="word").group_by("language").agg(
        pl.col("uses").sum(), others=pl.col("uses").sum() - pl.col("uses").max()
    )  # fmt: skip
    stops = stops.filter(
        pl.col("uses") >= _LEAST_STOPS * messages.len(), pl.col("uses") >= _AS_MANY * pl.col("uses").max(),
        pl.col("others") >= _LEAST_OTHERS * messages.len(),
    )  # fmt: skip
    names = [_NAMES[code] for code in stops.sort("uses", "language", descending=[True, False])["language"]]
    return " or ".join(names) if len(names) <= _MOST_NAMED else ""


def are_in_a_language(messages: pl.Series) -> bool:
    """Return whether messages have several words of a language, rather than one that is also a word of another.

    Examples
    --------
    >>> are_in_a_language(pl.Series(["Laptop die overnight"] * 9)), are_in_a_language(pl.Series(["画面が固まる"] * 9))
    (False, True)
    """
    if _script_of_most(messages):
        return True
    uses = _uses(messages).group_by("word").len()
    is_telling = pl.col("word").is_in(list(stop_words())) | ~pl.col("word").str.contains(r"^[\p{Latin}']+$")
    return uses.filter(is_telling, pl.col("len") >= _TWICE).height >= _SEVERAL


def share_of_words(messages: pl.Series, others: pl.Series) -> float:
    """Return the share of the words of messages that are also in others.

    Examples
    --------
    >>> share_of_words(pl.Series(["the app", "die App"]), pl.Series(["The best app"]))
    0.6666666666666666
    """
    words = _uses(messages)["word"].unique()
    return float(words.is_in(_uses(others)["word"].unique().implode()).mean() or 0.0)  # type: ignore[arg-type]


def _script_of_most(messages: pl.Series) -> str:
    """Return the language that a script stands for, if most messages are in it, or else nothing."""
    most = _by_script(messages).drop_nulls().value_counts(sort=True).head(1)
    return str(most.to_series().item()) if most.height and 2 * most["count"].item() > messages.len() else ""


def _by_script(messages: pl.Series) -> pl.Series:
    texts = messages.cast(pl.String).fill_null("")
    letters = texts.str.count_matches(r"\p{L}").clip(1)
    found = [
        pl.when(texts.str.count_matches(script) >= _OF_ITS_LETTERS * letters).then(pl.lit(code))
        for code, script in _OF_SCRIPTS.items()
    ]
    return pl.select(pl.coalesce(found)).to_series()


def _uses(messages: pl.Series) -> pl.DataFrame:
    """Return the words of each message, each once. Numbers and a Latin letter by itself may be in any language."""
    is_telling = pl.col("word").str.contains(r"\p{L}") & ~pl.col("word").str.contains(r"^\p{Latin}$")
    return words_in_order(messages).drop_nulls().filter(is_telling).unique()


def _words(messages: pl.Series) -> tuple[pl.Series, Any]:
    """Return the distinct words, and which message has which."""
    from scipy import sparse

    uses = _uses(messages)
    words = uses["word"].unique().sort()
    cells = uses["text"].to_numpy(), words.search_sorted(uses["word"]).to_numpy()
    has = sparse.csr_array((np.ones(uses.height, np.float32), cells), shape=(messages.len(), words.len()))
    return words, has


def _most(hits: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the language with most stop words of each text, or else -1. In a tie, it is the one with most in all."""
    ranks = np.argsort(np.argsort(hits.sum(axis=0), kind="stable"), kind="stable")
    found = np.argmax(hits * hits.shape[1] + ranks, axis=1)
    return np.where(hits.any(axis=1), found, -1)


def _has_enough_stop_words(
    has: Any,  # noqa: ANN401  # scipy.sparse
    own: NDArray[np.int64],
    stops: NDArray[np.float32],
    words: pl.Series,
) -> NDArray[np.bool_]:
    """Return which languages have several stop words in their texts, rather than one that is a word of another."""
    texts = np.flatnonzero(own >= 0)
    member = np.zeros((own.size, stops.shape[1]), np.float32)
    member[texts, own[texts]] = 1
    uses = (has.T @ member) * stops
    mean = uses.sum(axis=0) / np.fmax(member.sum(axis=0), 1)
    is_other_script = ~words.str.contains(r"^\p{Latin}").to_numpy()
    return are_spoken((uses > 0).sum(axis=0), mean, uses[is_other_script].sum(axis=0))


def _again(has: Any, own: NDArray[np.int64], languages: NDArray[np.int64]) -> NDArray[np.int64]:  # noqa: ANN401  # scipy.sparse
    """Return the most likely language of each text, given those of all texts. -1 without a known word."""
    known = own >= 0
    member = np.zeros((languages.size, own.size), np.float32)
    member[np.searchsorted(languages, own[known]), np.flatnonzero(known)] = 1
    uses = (has.T @ member.T).T
    is_known = uses.sum(axis=0) > 0
    share = (uses + _RARELY) / (uses + _RARELY).sum(axis=1, keepdims=True)
    weight = np.where(is_known, np.log(share), 0.0)
    likely = (has @ weight.T) + np.log(member.sum(axis=1))
    return np.where(has @ is_known.astype(np.float32) > 0, languages[np.argmax(likely, axis=1)], -1)
