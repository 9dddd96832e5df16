"""Finds what people say more than before: words and topics together, at one level.

A problem with a word of its own is found by the word (`seggwat_nb.analysis.terms`), one described in many words as a
topic (`seggwat_nb.analysis.topics`). A problem that began in the middle of the latest days looks like drift there, but
not in half of them, and one that began a week ago is hidden by the three weeks before it.

Several searches would multiply the chance of a false finding, so each is made with a share of the error. The shares add
up to one and a half: the searches often find the same, and words are counts, whose exact tests are too careful. Where
nothing rose, something is still named less often than the error allows (`docs/measured.md`). Shares that add up to one
(Bonferroni) would find less of what did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.naming import NEARLY_ALL
from seggwat_nb.analysis.rising_kinds import LANGUAGE, TOPIC, WORDS
from seggwat_nb.analysis.rising_languages import languages_that_rose
from seggwat_nb.analysis.sides import two_sides, usual
from seggwat_nb.analysis.terms import SCHEMA, rising_terms, terms_of_people
from seggwat_nb.analysis.topics import rising_topics
from seggwat_nb.analysis.validation import check_columns, check_least

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.sides import Sides

__all__ = ["MOST_COMPARED", "rising"]

_OF_WORDS: Final = 0.4
"""Share of the error that is spent on words."""

_OF_PARTS: Final = (0.2, 0.1)
"""Shares of the error that are spent on words in half and in a quarter of the latest days."""

_OF_TOPICS: Final = 0.8
"""Share of the error that is spent on topics."""

_ALTOGETHER: Final = 1.5
"""What the shares add up to. If some searches are not made, the others get theirs, but none gets more than one."""

MOST_COMPARED: Final = 20_000
"""The most items among which findings, reports and digests look for topics, which takes about one second."""

_CERTAIN: Final = 0.0005
"""Corrected p-value up to which more certainty does not matter."""

_HALF: Final = 0.5


def rising(
    frame: pl.DataFrame,
    *,
    include_churn: bool = False,
    where: Selection | None = None,
    against: Selection | None = None,
    days: int | None = None,
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    top: int | None = None,
    min_count: int = 5,
    most_compared: int | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Find what people say more than before, or than elsewhere: words, phrases and topics.

    Over time, both their count and their share of all items must have risen; between selections, their share. If the
    recent window has at least two weeks, words are also looked for in half of it, and from four weeks on in a quarter.

    Parameters
    ----------
    frame
        Feedback: ``id``, ``message`` and ``created_at``; ``submitted_by`` is used if present.
    include_churn, where, against, days, time_zone, as_of, min_count
        As in `seggwat_nb.themes.terms`.
    top
        Maximum number of findings.
    most_compared
        Maximum number of items, in both groups together, among which to look for topics and languages. If there are
        more, only words are tested. None: no maximum.
    level
        Confidence level of the intervals, and 1 minus the chance of finding anything if nothing rose.

    Returns
    -------
    pl.DataFrame
        One row per finding, the largest ``log_odds`` first; none if nothing rose, or if the data covers less than two
        weeks:

        - ``kind``: String, ``words`` for a word or phrase, whose items all contain it, ``topic`` for similar messages,
          or ``language`` for a language, whose English name is the ``term``;
        - the columns of `seggwat_nb.themes.terms`; ``q``: Float64, corrected for testing both words and topics; at
          most ``1 - level``. A word that only rose in a part of the recent window has its ``first`` day, and figures of
          these days.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame lacks a column.

    Notes
    -----
    Topics are tested with 80% of ``1 - level``, words with 40%, those in half of the recent window with 20%, and those
    in a quarter with 10%, so `seggwat_nb.themes.terms` alone finds more words. These shares add up to more than 100%,
    but the searches often find the same: where nothing rose, something was named in 4.9% of 1,134 draws at a `level` of
    0.95. If topics or parts of the window are not tested, the other shares are larger.

    Several words for the same problem, or forms of one word, are one finding. If at least half of a topic's recent
    items have one of the words, or at least half of those that are more than usual, only the word is returned. Of
    several words within a topic, it is one that nearly all of its items have. If at least half of a word's recent items
    are in another topic, only that topic is returned.

    If a language rose, its words rise with it. Then the language is returned in place of the words and topics that are
    mostly within it, unless it was the most common one already (`seggwat_nb.analysis.rising_languages`).

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> lines = ["The invoice is wrong."] * 3 + ["All is well."] * 4
    >>> said = [(day, lines[n if day > 90 else -1]) for day in range(98) for n in range(5)]
    >>> rows = pl.DataFrame(
    ...     {
    ...         "id": [str(place) for place in range(len(said))],
    ...         "message": [message for _, message in said],
    ...         "created_at": [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day) for day, _ in said],
    ...     }
    ... )
    >>> found = rising(rows, days=7, as_of=datetime(2026, 6, 8, tzinfo=UTC))
    >>> found.select("kind", "term", "terms", "count", "baseline_count").rows()
    [('words', 'invoice', ['wrong'], 21, 0)]
    """
    check_columns(frame, ["id", "message", "created_at"], wanted="a frame of feedback")
    check_least("most_compared", most_compared, 1, none="every item")
    items, sides = two_sides(
        frame, include_churn=include_churn, where=where, against=against, days=days, time_zone=time_zone, as_of=as_of,
        level=level, top=top, min_count=min_count,
    )  # fmt: skip
    compared = most_compared is None or items.height <= most_compared
    parts = _parts(sides)
    *of_words, of_topics = _shares(len(parts), compared=compared)
    words = _words(items, parts, of_words, min_count=min_count, level=level)
    topics = words.clear()
    if compared:
        error = (1 - level) * of_topics
        topics = rising_topics(items, sides, top=None, min_count=min_count, level=level, error=error)
        topics = topics.filter(~_is_one_word(topics, words, sides))
        topics = topics.with_columns(pl.col("q") / of_topics)
        words = words.filter(~_within(words, topics))
    kinds = ((WORDS, words), (TOPIC, topics))
    table = pl.concat(rows.select(*SCHEMA, pl.lit(kind).alias("kind")) for kind, rows in kinds)
    if compared:
        risen, is_told = languages_that_rose(table, items, sides, min_count=min_count, level=level)
        table = pl.concat([table.filter(~is_told), risen.with_columns(pl.lit(LANGUAGE).alias("kind"))], how="diagonal")
    table = table.select("kind", *SCHEMA).sort("log_odds", "term", descending=[True, False])
    return table if top is None else table.head(top)


def _shares(parts: int, *, compared: bool) -> list[float]:
    """Return the shares of the error for words in so many parts of the latest days, and for topics."""
    shares = np.array([*(_OF_WORDS, *_OF_PARTS)[:parts], _OF_TOPICS if compared else 0.0])
    found: list[float] = np.fmin(shares / shares.sum() * _ALTOGETHER, 1.0).tolist()
    return found


def _parts(sides: Sides) -> list[Sides]:
    """Return the latest days, half of them and a quarter of them, if these have whole weeks."""
    parts = [sides]
    while len(parts) <= len(_OF_PARTS) and (half := parts[-1].half) is not None:
        parts.append(half)
    return parts


def _words(
    items: pl.DataFrame, parts: Sequence[Sides], shares: Sequence[float], *, min_count: int, level: float
) -> pl.DataFrame:
    """Find words that rose in the latest days or in parts of them, with q corrected for their `shares`, and ``excess``.

    Of two with mostly the same items, the more certain one is returned. If both are certain, it is that of more days,
    unless it is a part of the other.
    """
    recent = parts[0].recent
    terms = terms_of_people(items, min_count=min_count) if recent.any() and not recent.all() else None

    def risen(part: Sides, share: float) -> pl.DataFrame:
        found = rising_terms(items, part, min_count=min_count, level=level, error=(1 - level) * share, found=terms)
        return found.with_columns(pl.col("q") / share, _excess(found, part).alias("excess"))

    words, *shorter = (risen(part, share) for part, share in zip(parts, shares, strict=True))
    for found in shorter:
        later = found.filter(~_within_surer(found, words))
        words = pl.concat([words.filter(~_within_surer(words, later)), later])
    return words


def _within_surer(found: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """Return whether at least half of a finding's recent items are in another one that is as certain."""
    certain = pl.col("q").clip(lower_bound=_CERTAIN)
    told = [
        bool(_within(found[at : at + 1], others.filter(certain <= max(q, _CERTAIN)))[0])
        for at, q in enumerate(found["q"])
    ]
    return pl.Series(told, dtype=pl.Boolean)


def _is_one_word(topics: pl.DataFrame, words: pl.DataFrame, sides: Sides) -> pl.Series:
    """Return whether one word names what a topic is about: at least half of the recent items have it, or of the excess.

    A topic has the messages nearest to a center, so many of them are usual. If several words are mostly within a topic,
    one names it only if nearly all items, or nearly all of the excess, have it.
    """
    of_words = [frozenset(ids) for ids in words["ids"].to_list()]
    new = (words["excess"] / words["count"]).to_list()
    told = []
    for mine, excess in zip(map(frozenset, topics["ids"].to_list()), _excess(topics, sides).to_list(), strict=True):
        common = [len(ids & mine) for ids in of_words]
        several = sum(shared >= _HALF * len(ids) for shared, ids in zip(common, of_words, strict=True)) > 1
        explained = [
            max(shared / len(mine), shared * share / excess) for shared, share in zip(common, new, strict=True)
        ]
        told.append(max(explained, default=0.0) >= (NEARLY_ALL if several else _HALF))
    return pl.Series(told, dtype=pl.Boolean)


def _excess(found: pl.DataFrame, sides: Sides) -> pl.Series:
    """Return how many recent items of findings are more than usual. What rose has some."""
    return (found["count"] - usual(found["baseline_count"].to_numpy(), sides)).clip(lower_bound=1e-9)


def _within(found: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """Return whether at least half of a finding's recent items are in another one."""
    kept = [frozenset(ids) for ids in others["ids"].to_list()]
    is_within = [
        any(len(ids.intersection(mine)) >= _HALF * len(mine) for ids in kept) for mine in found["ids"].to_list()
    ]
    return pl.Series(is_within, dtype=pl.Boolean)
