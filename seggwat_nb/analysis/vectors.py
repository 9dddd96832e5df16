"""Finds items with a similar meaning, based on vectors from the user's own embedding function.

No package includes a model for all languages, so none is used here. Texts in the same language are close together
whatever they say, so the mean of each language is subtracted first.

Groups are found greedily, as in sentence-transformers' community detection: the item with the most neighbors forms a
group with them, and so on with the rest. They help to explore items without a theme. They are not stable: with other
data, the groups differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.counts import each_value, select_rows
from seggwat_nb.analysis.languages import languages
from seggwat_nb.analysis.submitters import count_people, submitter_numbers, submitter_of
from seggwat_nb.analysis.terms import log_odds
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.analysis.validation import check_columns, check_least
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = ["similar", "unthemed"]

_LEAST_OF_LANGUAGE: Final = 20
"""Minimum number of texts in a language to subtract its own mean rather than that of all texts."""

_NO_LENGTH: Final = 1e-9
"""Length up to which a vector has no direction."""

_DIGITS: Final = 9
"""Decimal places of a similarity that count: how the rest is rounded depends on how many are computed at once."""

_BLOCK: Final = 1_000
_EXAMPLES: Final = 3
_TERMS: Final = 5


def similar(
    frame: pl.DataFrame,
    text: str,
    *,
    vectors: Callable[[list[str]], Any],
    where: Selection | None = None,
    top: int | None = 10,
) -> pl.DataFrame:
    """Find the items with messages most similar in meaning to a text.

    Parameters
    ----------
    frame
        Feedback: ``id`` and ``message``; the column ``language`` of `seggwat_nb.themes.language` is used if present.
    text
        The text to search for: a message, or your own words.
    vectors
        A function that takes a list of texts and returns an array with a row of numbers for each, such as
        ``SentenceTransformer("…").encode``. It is called once.
    where
        Items to search.
    top
        Maximum number of items. None: all.

    Returns
    -------
    pl.DataFrame
        The rows with a message, most similar first, with ``similarity`` (Float64, -1 to 1): the cosine of the two
        vectors after subtracting the mean of all texts, or of their language if it has at least 20 texts. It is 0 for a
        vector that equals the mean.

    Raises
    ------
    ArgumentError
        The frame lacks a column, the text is empty, or `vectors` returns anything other than such an array.

    Examples
    --------
    >>> def vowels(texts):
    ...     return [[text.count(vowel) for vowel in "aeiou"] for text in texts]
    >>> rows = pl.DataFrame({"id": ["a", "b"], "message": ["Dark mode, please", "Slow export"]})
    >>> similar(rows, "dark at last", vectors=vowels, top=1)["id"].to_list()
    ['a']
    """
    check_columns(frame, ["id", "message"], wanted="a frame of feedback")
    check_least("top", top, 1, none="all items")
    if type(text) is not str or not text.strip():
        raise ArgumentError(f"text must be a non-empty string, got {text!r}.")
    items = _with_message(select_rows(frame, where))
    asked = languages(pl.Series([text])) if "language" in items.columns else pl.Series([None], dtype=pl.String)
    found = _directions([*items["message"], text], pl.concat([_languages(items), asked]), vectors)
    near = (found[:-1] @ found[-1]).round(_DIGITS)
    ordered = items.with_columns(similarity=pl.Series(near)).sort("similarity", "id", descending=[True, False])
    return ordered if top is None else ordered.head(top)


def unthemed(
    frame: pl.DataFrame,
    *,
    vectors: Callable[[list[str]], Any],
    where: Selection | None = None,
    similarity: float = 0.6,
    top: int | None = 20,
    min_count: int = 5,
) -> pl.DataFrame:
    """Group the items without a theme by meaning, to see which themes are missing.

    Parameters
    ----------
    frame
        Feedback: ``id``, ``message`` and ``created_at``; ``submitted_by`` and ``language`` are used if present. Items
        with a ``theme`` are left out.
    vectors
        As in `similar`.
    where
        Items to group.
    similarity
        Minimum similarity of the items in a group to its central one, 0 to 1. It depends on the vectors: raise it if a
        group contains different items.
    top
        Maximum number of groups. None: all.
    min_count
        Minimum number of items in a group.

    Returns
    -------
    pl.DataFrame
        One row per group, largest first, without overlaps:

        - ``count``: Int64, items; ``submitters``: Int64, their distinct submitters, an unsigned item counting as one;
        - ``terms``: List(String), up to five words and phrases that are most typical of the group;
        - ``examples``: List(String), up to three messages, the most central first;
        - ``ids``: List(String), its items in the same order.

    Raises
    ------
    ArgumentError
        An argument is invalid, the frame lacks a column, or `vectors` returns anything other than such an array.

    Notes
    -----
    All pairs of items are compared, which takes seconds for 20,000. Select fewer with `where`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> def first_letter(texts):
    ...     return [[text[0] == "a", text[0] == "b"] for text in texts]
    >>> said = ["alpha one", "alpha two", "beta one", "beta two"]
    >>> rows = pl.DataFrame(
    ...     {"id": ["1", "2", "3", "4"], "message": said, "created_at": [datetime(2026, 3, 2, tzinfo=UTC)] * 4}
    ... )
    >>> unthemed(rows, vectors=first_letter, min_count=2).select("count", "terms", "ids").rows()
    [(2, ['alpha'], ['1', '2']), (2, ['beta'], ['3', '4'])]
    """
    check_columns(frame, ["id", "message", "created_at"], wanted="a frame of feedback")
    if type(similarity) not in {int, float} or not 0 < similarity <= 1:
        raise ArgumentError(f"similarity must be above 0 and at most 1, got {similarity!r}.")
    check_least("top", top, 1, none="all groups")
    check_least("min_count", min_count, 1)
    items = _with_message(select_rows(frame, where)).with_columns(_who=submitter_of(frame))
    if "theme" in items.columns:
        themes = each_value(items.select("theme").with_row_index(), "theme")
        without = themes.group_by("index").agg(pl.col("theme").is_null().all()).sort("index")["theme"]
        items = items.filter(without)
    items = items.sort("id")
    near = _directions(items["message"].to_list(), _languages(items), vectors)
    groups = _groups(near, similarity, min_count=min_count)[:top]
    telling = _telling(items["message"], groups)
    who = submitter_numbers(items["_who"])
    return pl.DataFrame(
        {
            "count": [group.size for group in groups],
            "submitters": [count_people(who[group]) for group in groups],
            "terms": telling,
            "examples": [
                items["message"].gather(group).unique(maintain_order=True).head(_EXAMPLES).to_list() for group in groups
            ],
            "ids": [items["id"].cast(pl.String).gather(group).to_list() for group in groups],
        },
        schema={
            "count": pl.Int64,
            "submitters": pl.Int64,
            "terms": pl.List(pl.String),
            "examples": pl.List(pl.String),
            "ids": pl.List(pl.String),
        },
    )


def _with_message(items: pl.DataFrame) -> pl.DataFrame:
    texts = items.with_columns(pl.col("message").cast(pl.String))
    return texts.filter(pl.col("message").str.strip_chars().fill_null("") != "")


def _languages(items: pl.DataFrame) -> pl.Series:
    """Return the language of each item, null if unknown."""
    if "language" in items.columns:
        return items["language"].cast(pl.String)
    return pl.Series([None], dtype=pl.String).new_from_index(0, items.height)


def _directions(texts: list[str], spoken: pl.Series, vectors: Any) -> Floats:  # noqa: ANN401  # checked here
    """Return a unit vector for each text, after subtracting the mean of its language. A zero vector stays zero."""
    if not texts:
        return np.zeros((0, 1))
    if not callable(vectors):
        raise ArgumentError(f"vectors must be a function, got {type(vectors).__name__}.")
    try:
        found = np.asarray(vectors(texts))
    except ValueError as error:
        raise ArgumentError(
            f"vectors did not return an array ({error}). Return a row of numbers for each text."
        ) from error
    is_table = found.ndim == 2 and found.shape[1] > 0  # noqa: PLR2004  # rows, numbers
    if not is_table or len(found) != len(texts) or found.dtype.kind not in "biuf":
        raise ArgumentError(
            f"vectors returned an array of shape {found.shape} for {len(texts)} texts. "
            "Return a row of numbers for each text."
        )
    found = found.astype(np.float64)
    if not np.isfinite(found).all():
        raise ArgumentError("vectors returned numbers that are not finite. Return finite numbers.")
    found /= max(float(np.abs(found).max()), 1.0)  # squares of large numbers would overflow
    of_all = found.mean(axis=0)
    centred = found - of_all
    for language in spoken.drop_nulls().unique().sort():
        own = (spoken == language).fill_null(value=False).to_numpy()
        if own.sum() >= _LEAST_OF_LANGUAGE:
            centred[own] = found[own] - found[own].mean(axis=0)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    directions: Floats = np.divide(centred, length, out=np.zeros_like(centred), where=length > _NO_LENGTH)
    return directions


def _groups(near: Floats, similarity: float, *, min_count: int) -> list[Integers]:
    """Group the item with the most neighbors with them, then repeat with the rest. Closest items come first."""
    least = similarity - 10.0**-_DIGITS
    free = np.ones(len(near), np.bool_)
    number = _neighbours(near, near, least)
    groups: list[Integers] = []
    while number.max(initial=0) >= min_count:
        middle = int(np.argmax(number))
        likeness = near @ near[middle]
        members = np.flatnonzero(free & (likeness >= least))
        groups.append(members[np.argsort(-likeness[members].round(_DIGITS), kind="stable")])
        free[members] = False
        number = np.where(free, number - _neighbours(near, near[members], least), 0)
    return groups


def _neighbours(near: Floats, others: Floats, least: float) -> Integers:
    """Count for each item its neighbors among other items."""
    some = others.T
    return np.concatenate(
        [(near[at : at + _BLOCK] @ some >= least).sum(axis=1) for at in range(0, max(len(near), 1), _BLOCK)]
    ).astype(np.int64)


def _telling(messages: pl.Series, groups: Sequence[Integers]) -> list[list[str]]:
    """Return the words and phrases that are more frequent in a group than elsewhere, most typical first."""
    terms = find_terms(messages, min_count=2)
    total = terms.has.sum(axis=0).astype(np.float64)
    told = []
    for group in groups:
        count = terms.has[group].sum(axis=0).astype(np.float64)
        score = log_odds(count, float(group.size), total - count, float(messages.len() - group.size))
        order = np.argsort(-score, kind="stable")
        told.append([terms.names[int(place)] for place in order[:_TERMS] if score[place] > 0 and count[place] > 1])
    return told
