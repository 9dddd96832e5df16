"""The columns of frames, their types and meaning.

The columns are fixed: even an empty project, or one where a key never occurs, has the same columns and dtypes. Values
outside the vocabularies are kept unchanged, and counted in ``unknown`` of `seggwat_nb.Provenance`. A record that cannot
become a row (without an ID or a readable creation time) is kept in its ``set_aside``, never dropped silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "FEEDBACK",
    "FEEDBACK_ONLY",
    "HISTORY",
    "OPEN_STATUSES",
    "PROJECT",
    "RATINGS",
    "RATING_TYPES",
    "SOURCES",
    "STATUSES",
    "TYPES",
    "VOCABULARIES",
    "ordered",
    "unknown_values",
]

TYPES: Final = ("Bug", "Feature", "Improvement", "Question", "Praise", "Other")
"""Known types of feedback, in display order."""

OPEN_STATUSES: Final = ("New", "Active", "Assigned", "Hold")
"""Statuses of an open item. One outside `STATUSES` is neither open nor closed."""

STATUSES: Final = (*OPEN_STATUSES, "Resolved", "Closed")
"""Known statuses in life-cycle order; ``Closed`` means closed without a resolution."""

SOURCES: Final = ("Widget", "Manual", "Mintlify", "Stripe", "Polar", "SocialShare")
"""Known sources; Stripe and Polar items are cancellation comments, not product feedback."""

RATING_TYPES: Final = ("helpful", "star", "nps")
"""Known types of rating."""

FEEDBACK_ONLY: Final = ("type", "status", "source", "theme", "language", "message")
"""Columns that a filter can select by and that ratings do not have."""

NPS_CATEGORIES: Final = ("promoter", "passive", "detractor")
"""The three classes of an NPS response: 9-10, 7-8, 0-6."""

VOCABULARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "type": TYPES,
    "status": STATUSES,
    "source": SOURCES,
    "rating_type": RATING_TYPES,
    "nps_category": NPS_CATEGORIES,
}
"""Known values by column name, in display order. The service may add new ones."""

UTC_TIME: Final = pl.Datetime("us", "UTC")

FEEDBACK: Final = pl.Schema(
    {
        "id": pl.String(),
        "project_id": pl.String(),
        "message": pl.String(),
        "type": pl.String(),
        "status": pl.String(),
        "source": pl.String(),
        "path": pl.String(),
        "version": pl.String(),
        "submitted_by": pl.String(),
        "resolution_note": pl.String(),
        "created_at": UTC_TIME,
        "archived": pl.Boolean(),
        "extra": pl.String(),
    }
)
"""Columns of a feedback frame, with one row per item.

- ``id``, ``project_id``: IDs of the item and the project;
- ``message``: the original text;
- ``type``, ``status``, ``source``: usually from `TYPES`, `STATUSES` and `SOURCES`; new values are kept unchanged;
- ``path``: the page it was sent from, with query and fragment, or null;
- ``version``: of the app, as the app spells it, or null;
- ``submitted_by``: the submitter according to the app, an ID or an address, or null;
- ``resolution_note``: your team's note on the resolution, or null;
- ``created_at``: when it was sent, UTC;
- ``archived``: whether your team archived it;
- ``extra``: a JSON object with keys unknown to this version, or null.
"""

RATINGS: Final = pl.Schema(
    {
        "id": pl.String(),
        "project_id": pl.String(),
        "rating_type": pl.String(),
        "score": pl.Float64(),
        "max_score": pl.Float64(),
        "helpful": pl.Boolean(),
        "nps_category": pl.String(),
        "path": pl.String(),
        "version": pl.String(),
        "submitted_by": pl.String(),
        "created_at": UTC_TIME,
        "archived": pl.Boolean(),
        "extra": pl.String(),
    }
)
"""Columns of a ratings frame, with one row per rating, the same for both formats of the API.

Columns that feedback also has mean the same. ``rating_type`` is one of `RATING_TYPES`. ``score`` is the number of
stars or the NPS response, ``max_score`` the length of its scale (10 for NPS); both are null for
helpful ratings, whose response is ``helpful``. ``nps_category`` is promoter, passive or detractor.
"""

PROJECT: Final = pl.Schema(
    {
        "id": pl.String(),
        "key": pl.String(),
        "name": pl.String(),
        "description": pl.String(),
        "allowed_origins": pl.List(pl.String()),
        "org_id": pl.String(),
        "feedback_count": pl.Int64(),
        "extra": pl.String(),
    }
)
"""Columns of the projects frame."""

HISTORY: Final = pl.Schema(
    {
        "id": pl.String(),
        "project_id": pl.String(),
        "field": pl.String(),
        "old": pl.String(),
        "new": pl.String(),
        "earliest": UTC_TIME,
        "latest": UTC_TIME,
    }
)
"""Columns of a history, with one row for each change seen between two loads.

``field`` is ``status``, ``type``, ``archived`` (``"true"`` or ``"false"``) or ``message``. For ``message``, ``old`` and
``new`` are null, since the text is not stored. The change happened after ``earliest``, the last time at which the old
value was known to be current, and no later than ``latest``, when the new value had been read.
"""


def ordered(frame: pl.DataFrame) -> pl.DataFrame:
    """Make the vocabulary columns sort in display order, with unknown values last.

    Parameters
    ----------
    frame
        Any frame. String columns named in `VOCABULARIES` are cast, others are unchanged.

    Returns
    -------
    pl.DataFrame
        The same rows. Vocabulary columns are ``Enum``: known values in display order, then unknown values in
        alphabetical order. Sorting and grouping follow that order.

    Examples
    --------
    >>> frame = pl.DataFrame({"status": ["Closed", "Snoozed", "New", None]})
    >>> ordered(frame).sort("status", nulls_last=True)["status"].to_list()
    ['New', 'Closed', 'Snoozed', None]
    """
    casts = [
        pl.col(column).cast(pl.Enum([*known, *_find_unknown(frame, column, known)]))
        for column, known in VOCABULARIES.items()
        if frame.schema.get(column) == pl.String()
    ]
    return frame.with_columns(casts)


def _find_unknown(frame: pl.DataFrame, column: str, known: Sequence[str]) -> list[str]:
    values = frame.get_column(column).drop_nulls().unique()
    return values.filter(~values.is_in(known)).sort().to_list()


def unknown_values(frame: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Count the values outside the vocabularies, by column. Columns without any are left out.

    Parameters
    ----------
    frame
        Feedback or ratings. Columns that are not String are left out.

    Returns
    -------
    dict
        Maps columns to their unknown values, in alphabetical order, and these to the number of rows.

    Examples
    --------
    >>> unknown_values(pl.DataFrame({"type": ["Bug", "Idea", "Idea"]}))
    {'type': {'Idea': 2}}
    """
    found: dict[str, dict[str, int]] = {}
    for column, known in VOCABULARIES.items():
        if frame.schema.get(column) != pl.String():
            continue
        counts = frame.get_column(column).drop_nulls().value_counts(sort=True)
        strange = counts.filter(~pl.col(column).is_in(known)).sort(column)
        if strange.height:
            found[column] = dict(strange.iter_rows())
    return found
