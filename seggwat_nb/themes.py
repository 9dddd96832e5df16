"""Words, phrases and topics that became more frequent, and themes that you define.

Every function takes a frame of feedback or a `seggwat_nb.Dataset`. Themes are kept in a file next to the notebook,
``seggwat-themes.toml``: `suggest` proposes them, `check` shows what they find and miss, and `tag` adds the column
``theme``, which every other function can count and filter by.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from seggwat_nb.analysis import rising as _rising
from seggwat_nb.analysis import taxonomy as _taxonomy
from seggwat_nb.analysis import terms as _terms
from seggwat_nb.analysis import texts as _texts
from seggwat_nb.analysis import topics as _topics
from seggwat_nb.analysis import vectors as _vectors
from seggwat_nb.analysis.column_types import with_known_types
from seggwat_nb.analysis.languages import languages as _languages
from seggwat_nb.analysis.rating_themes import tag_ratings
from seggwat_nb.analysis.rising_kinds import LANGUAGE
from seggwat_nb.analysis.taxonomy import Theme
from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.dataset import Dataset
from seggwat_nb.extras import require
from seggwat_nb.public import of_feedback, public
from seggwat_nb.theme_file import FILE, Taxonomy, stanzas

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from seggwat_nb.analysis.counts import Selection

__all__ = [
    "Taxonomy",
    "Theme",
    "check",
    "language",
    "rising",
    "similar",
    "suggest",
    "tag",
    "terms",
    "texts",
    "topics",
    "unthemed",
]

_DataT = TypeVar("_DataT", pl.DataFrame, Dataset)

rising = of_feedback(_rising.rising)
terms = of_feedback(_terms.terms)
texts = of_feedback(_texts.texts)
topics = of_feedback(_topics.topics)
similar = of_feedback(_vectors.similar)
unthemed = of_feedback(_vectors.unthemed)


@public
def tag(data: _DataT, taxonomy: Taxonomy | Path | str = FILE) -> _DataT:
    r"""Assign themes to each item, so that ``by="theme"`` and ``FeedbackFilter(theme=...)`` work.

    Parameters
    ----------
    data
        A `Dataset` or a frame of feedback with ``id`` and ``message``. In a `Dataset`, the ratings get themes as well.
    taxonomy
        Themes, or the file with them.

    Returns
    -------
    pl.DataFrame or Dataset
        The same data with the column ``theme`` (List(String)): names of each item's themes and of those they are
        nested in, in the order of the file; empty for items without one. So an item of ``Checkout / Payment`` also
        counts as one of ``Checkout``, once. An existing ``theme`` is replaced.

        Ratings have no text. A rating gets the themes of the feedback on its page and version: those of at least a
        fifth, and at least two, of the items there, excluding cancellation comments. They show where a rating was
        given, not what the person had in mind. A rating with neither page nor version has no themes.

    Raises
    ------
    ArgumentError
        The frame lacks a column.
    FileError, SettingsError
        The file is missing, or something in it is invalid.

    Examples
    --------
    >>> export = Taxonomy.parse('[[theme]]\nname = "Export"\nany = ["export*"]\n')
    >>> tag(pl.DataFrame({"id": ["a", "b"], "message": ["Exports fail", "Slow"]}), export)["theme"].to_list()
    [['Export'], []]
    """
    themes = _of(taxonomy).themes
    if isinstance(data, Dataset):
        feedback = _taxonomy.tag(data.feedback, themes)
        return replace(data, feedback=feedback, ratings=tag_ratings(data.ratings, feedback, themes))
    return _taxonomy.tag(with_known_types(data), themes)


@public
def language(data: _DataT) -> _DataT:
    """Detect the language of each message, so that ``by="language"`` works. Requires ``seggwat-nb[languages]``.

    Parameters
    ----------
    data
        A `Dataset` or a frame of feedback: ``message``.

    Returns
    -------
    pl.DataFrame or Dataset
        The same data with the column ``language`` (String): an ISO 639-1 code such as ``de``; ``unsure`` if the message
        is too short to tell, or not in a language; null for messages without a letter.

    Raises
    ------
    ArgumentError
        The frame lacks the column.
    MissingExtraError
        py3langid is not installed.

    Examples
    --------
    >>> rows = pl.DataFrame({"message": ["Der Export bricht ab.", "The export stops after a while", "ok"]})
    >>> language(rows)["language"].to_list()
    ['de', 'en', 'unsure']
    """
    if isinstance(data, Dataset):
        return replace(data, feedback=language(data.feedback))
    data = with_known_types(data)
    check_columns(data, ["message"], wanted="a frame of feedback")
    require("Languages")
    return data.with_columns(_languages(data["message"]).alias("language"))


@of_feedback
def check(
    frame: pl.DataFrame,
    taxonomy: Taxonomy | Path | str = FILE,
    *,
    previous: Taxonomy | Path | str | None = None,
    where: Selection | None = None,
    top: int = 3,
) -> pl.DataFrame:
    """Show what each theme finds, what it may miss, and what changed since its last version.

    Parameters
    ----------
    frame
        Feedback: ``id``, ``message`` and ``created_at``; ``submitted_by`` is used if present.
    taxonomy
        Themes, or the file with them.
    previous
        Themes to compare with. None: the file's last version in Git, if there is one.
    where
        Items to check.
    top
        Maximum number of near misses, missing words and odd matches of each theme.

    Returns
    -------
    pl.DataFrame
        One row per theme in the order of the file, by its own patterns; then one per theme that the version compared
        with had and this one does not, by its name; and one without a name for items without a theme:

        - ``theme``: String; ``stage``: String, ``empty`` without items, ``emerging`` with fewer submitters than the
          theme's ``level``, ``removed`` if it is no longer in the file, else ``established``;
        - ``count``, ``submitters``: Int64, an unsigned item counting as a submitter; ``share``: Float64, 0 to 1, of all
          items;
        - ``alone``: Int64, items without another theme; ``overlaps``: String, the theme that shares most items with it,
          and ``overlap``: Int64, how many;
        - ``near_misses``: List(String), messages of other items that are most like those of the theme, and
          ``missing_words``: List(String), words and phrases that are typical of such messages;
        - ``odd_matches``: List(String), those of its messages that are least like the others;
        - ``excluded``: List(String), messages that only its ``not`` or ``drop`` keeps out, those most like the theme
          first, which near misses do not include;
        - ``unused``: List(String), patterns of the theme that no item matches, perhaps because of a typo;
        - ``gained``, ``lost``: List(String), ids of the items that are new in the theme, or no longer in it; null if
          there is nothing to compare with;
        - ``unknown_ids``: List(String), ids in the theme's ``keep`` and ``drop`` that no item has.

    Raises
    ------
    ArgumentError
        The frame lacks a column.
    FileError, SettingsError
        A file is missing, or something in it is invalid.

    Notes
    -----
    A message resembles a theme if its words and phrases are more frequent in the theme than elsewhere: the mean of
    their log-odds, as `terms` ranks them, times the square root of their number.
    """
    now = _of(taxonomy)
    before = now.committed() if previous is None else _of(previous)
    old = None if before is None else before.themes
    return _taxonomy.check(frame, now.themes, where=where, previous=old, top=top)


@of_feedback
def suggest(
    frame: pl.DataFrame,
    taxonomy: Taxonomy | Path | str | None = None,
    *,
    include_churn: bool = False,
    where: Selection | None = None,
    against: Selection | None = None,
    days: int | None = None,
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    top: int | None = None,
    min_count: int = 5,
    level: float = 0.95,
) -> Taxonomy:
    """Propose a theme for each finding of `rising`, to be named and corrected by hand.

    Parameters
    ----------
    frame
        As in `rising`.
    taxonomy
        Existing themes: findings most of whose items already have a theme are left out.
    include_churn, where, against, days, time_zone, as_of, top, min_count, level
        As in `rising`.

    Returns
    -------
    Taxonomy
        ``print`` shows the text, with the evidence for each theme as a comment; ``save()`` writes a new file, and
        ``Taxonomy.read().add(suggestion).save()`` extends an existing one.

    Raises
    ------
    ArgumentError
        As in `rising`.

    Notes
    -----
    A theme proposed for a word has the word as its pattern. One proposed for a topic has those of its words that best
    tell its messages from the others since then, until they match most of them, and is named after the first. Read its
    near misses with `check`.
    """
    existing = None if taxonomy is None else _of(taxonomy)
    found = _rising.rising(
        frame, include_churn=include_churn, where=where, against=against, days=days, time_zone=time_zone, as_of=as_of,
        top=top, min_count=min_count, level=level,
    ).filter(pl.col("kind") != LANGUAGE)  # fmt: skip
    if existing is not None and found.height:
        held = _taxonomy.tag(frame, existing.themes).filter(pl.col("theme").list.len() > 0)["id"].cast(pl.String)
        inside = pl.col("ids").list.set_intersection(pl.lit(held.unique().implode())).list.len()
        found = found.filter(inside * 2 <= pl.col("ids").list.len())
    return stanzas(found, frame, min_count=min_count)


def _of(taxonomy: Taxonomy | Path | str) -> Taxonomy:
    return taxonomy if isinstance(taxonomy, Taxonomy) else Taxonomy.read(taxonomy)
