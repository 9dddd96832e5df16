"""The columns of frames, their types and meaning, and the provenance of a frame.

The columns are fixed: even an empty project, or one where a key never occurs, has the same columns and dtypes. Values
outside the vocabularies are kept unchanged, and counted in `Provenance.unknown`. A record that cannot become a row
(without an ID or a readable creation time) is kept in `Provenance.set_aside`, never dropped silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import shorten
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import polars as pl

from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

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
    "Provenance",
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


def _no_counts() -> Mapping[str, Mapping[str, int]]:
    return {}


def _no_names() -> Mapping[str, str]:
    return {}


_MOST_UNKNOWN: Final = 5
_LONGEST_UNKNOWN: Final = 40
"""Maximum number of unknown values in a sentence, and maximum length of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a frame comes from, and how far it can be trusted.

    Attributes
    ----------
    resource : str
        ``"feedback"``, ``"ratings"`` or ``"projects"``.
    as_of : datetime
        When the load started (UTC). After a full load, every row is as of this time or later. After a refresh, this is
        true of the rows that were read, and the others are as of their last reading.
    finished : datetime
        When the load ended (UTC).
    served_from : str
        ``"api"``, ``"resumed"`` (partly from the pages of an interrupted load) or ``"snapshot"``.
    requests : int
        Requests that this load sent.
    rows : int
        Height of the frame.
    total : int or None
        The API's own total at the end of the load.
    selection : str
        The selection in words.
    unknown : mapping
        Counts of values outside the vocabularies, by column and value.
    set_aside : tuple of str
        Records that could not be read, as JSON.
    removed_during : int
        Rows known to have left the list during the load.
    forgotten : int
        Rows removed on this machine since the load, such as by `seggwat-nb forget`. The frame does not have them.
    verified : bool
        Whether the frame is known to have every row exactly once that was in the list throughout the load. True after a
        full load from which nothing was forgotten. A refresh finds added and removed rows by list lengths, which may
        cancel out.
    verified_fields : tuple of str
        What is verified for every row: all columns after a full load; ``"status"`` and ``"open"`` after a refresh that
        read every status list except the longest; ``"open"`` (whether a row is open) after one that read the lists of
        open items; otherwise nothing.
    status_as_of, open_as_of : datetime or None
        When the status of every row, and whether it is open, was last verified (UTC): each row had its status at this
        time or later. None if rows have no status.
    oldest_read_at : datetime or None
        The oldest of the rows' last reading times (UTC). Type and text of every row are as of this time or later.
    why_unverified : str or None
        Why a refresh could not verify every status, or None.
    new, changed, gone : int
        Rows that were added, changed and removed since the snapshot stored before this load.
    returned : int
        New rows that were probably forgotten on this machine before, since they are older than the previous load. The
        service still has them.
    stored : bool
        Whether the rows are stored on this machine. False if this load could not store them, so that it is unknown what
        has changed.
    full_as_of : datetime or None
        When every row was last read (UTC).
    why_full : str or None
        Why a full load replaced an incremental refresh, or None.
    slow_because : str or None
        Why a full load took more requests than usual for the number of rows, or None.
    repeated, conflicting : frozenset of str
        IDs that the list contains more than once, each of which is one row here, and those of them with different
        values, of which the last one read is kept. Only known after a full load.
    project_ids : tuple of str
        The requested projects.
    project_names : mapping of str to str
        Known project names by ID. Includes all of them if all projects were requested.
    org_id : str or None
        The organization, for links to the dashboard.
    base_url : str
        The service, without ``/api/v1``.
    demo : bool
        Whether the rows are synthetic.
    """

    resource: str
    as_of: datetime
    finished: datetime
    served_from: str
    requests: int
    rows: int
    total: int | None = None
    selection: str = "all items"
    unknown: Mapping[str, Mapping[str, int]] = field(default_factory=_no_counts)
    set_aside: tuple[str, ...] = ()
    removed_during: int = 0
    forgotten: int = 0
    verified_fields: tuple[str, ...] = ()
    status_as_of: datetime | None = None
    open_as_of: datetime | None = None
    oldest_read_at: datetime | None = None
    why_unverified: str | None = None
    new: int = 0
    changed: int = 0
    gone: int = 0
    returned: int = 0
    stored: bool = True
    full_as_of: datetime | None = None
    why_full: str | None = None
    slow_because: str | None = None
    repeated: frozenset[str] = frozenset()
    conflicting: frozenset[str] = frozenset()
    project_ids: tuple[str, ...] = ()
    project_names: Mapping[str, str] = field(default_factory=_no_names)
    org_id: str | None = None
    base_url: str = ""
    demo: bool = False

    @property
    def verified(self) -> bool:
        """Whether the frame is known to have every row of the list, once."""
        return self.is_full and not self.forgotten

    @property
    def is_full(self) -> bool:
        """Whether this load read every row."""
        return self.full_as_of is None or self.full_as_of >= self.as_of

    def item_url(self, feedback_id: str, project_id: str | None = None) -> str | None:
        """Return the URL of an item on the dashboard.

        Parameters
        ----------
        feedback_id
            The item's ID.
        project_id
            The item's project; not needed if the load was of a single project.

        Returns
        -------
        str or None
            None if the organization or the project is unknown, and for the demo project, which has no dashboard.
        """
        project = project_id or (self.project_ids[0] if len(self.project_ids) == 1 else None)
        if self.org_id is None or project is None or self.demo:
            return None
        parts = (quote(part, safe="") for part in (self.org_id, project, feedback_id))
        return "{}/org/{}/projects/{}/feedback/{}".format(self.base_url, *parts)

    @property
    def loaded(self) -> str:
        """The selection in words, and what is missing from it."""
        if not self.forgotten:
            return self.selection
        return f"{self.selection}, without {count_of(self.forgotten, 'item')} forgotten on this machine"

    @property
    def size(self) -> str:
        """The number of rows in words, such as ``1,977 feedback items``."""
        return count_of(self.rows, "feedback item" if self.resource == "feedback" else self.resource.removesuffix("s"))

    def _name_project(self, project: str) -> str:
        name = self.project_names.get(project)
        return f"{name} ({project})" if name else project

    def refreshed(self) -> str:
        """Summarize in one sentence what this load found, what it verified, and how many requests it took."""
        found = f"{self.new:,} new, {self.changed:,} changed, {self.gone:,} gone"
        if self.changed or self.gone or self.new < self.rows:
            found += " since the demo's earlier load" if self.demo else " since the previous load"
        if self.served_from == "snapshot":
            found = f"from the snapshot, as of {_minute(self.as_of)}"
        if not self.stored:
            found = f"{count_of(self.rows, 'item')}, not stored"
        parts = [f"{self.resource.capitalize()}: {found}", *self._assurances()]
        if self.why_full is not None:
            parts.append(f"loaded in full because {self.why_full}")
        if self.slow_because is not None:
            parts.append(f"slower because {self.slow_because}")
        if self.repeated:
            parts.append(self._repeats())
        if self.returned:
            parts.append(
                f"{self.returned:,} of the new items had been forgotten on this machine and are back, because the "
                "service still has them. Erase them there too"
            )
        parts.append(count_of(self.requests, "request"))
        return "; ".join(parts) + "."

    def assurance(self) -> str:
        """Return a phrase that says what was verified for every row, and when."""
        return "; ".join(self._assurances())

    def _assurances(self) -> list[str]:
        if self.forgotten:
            return [f"incomplete: {count_of(self.forgotten, 'item')} forgotten on this machine"]
        if self.is_full:
            return ["loaded completely"]
        parts = []
        if self.status_as_of is not None:
            why = f" ({self.why_unverified})" if self.why_unverified is not None else ""
            if "status" in self.verified_fields:
                parts.append(f"every status verified as of {_minute(self.status_as_of)}")
            elif "open" in self.verified_fields and self.open_as_of is not None:
                parts.append(f"open items verified as of {_minute(self.open_as_of)}, but not every status{why}")
            else:
                parts.append(f"every status last verified as of {_minute(self.status_as_of)}{why}")
        if self.oldest_read_at is not None:
            parts.append(f"every item read since {_minute(self.oldest_read_at)}")
        return parts

    def describe(self, *, after_refreshed: bool = False) -> str:
        """Summarize in one sentence what the frame contains, when and how it was loaded, and anything unusual about it.

        Parameters
        ----------
        after_refreshed
            Whether to leave out what `refreshed` says.
        """
        parts = [
            f"{self.size} ({self.loaded})",
            f"as of {_minute(self.as_of)}",
        ]
        parts += self._origin(after_refreshed=after_refreshed)
        if self.resource != "projects" and (len(self.project_ids) > 1 or self.project_names):
            projects = "project" if len(self.project_ids) == 1 else f"{len(self.project_ids)} projects:"
            parts.append(f"{projects} {', '.join(map(self._name_project, self.project_ids))}")
        if not (self.forgotten or self.is_full or after_refreshed):
            parts += self._assurances()
        if self.demo:
            parts.append("demo data")
        if self.unknown:
            parts.append(f"unknown values: {self._name_unknown()}")
        if self.set_aside:
            parts.append(f"{count_of(len(self.set_aside), 'unreadable record')} set aside")
        if self.repeated and not after_refreshed:
            parts.append(self._repeats())
        if self.removed_during:
            parts.append(f"{count_of(self.removed_during, 'item')} removed during the load")
        return "; ".join(parts) + "."

    def _origin(self, *, after_refreshed: bool) -> list[str]:
        if self.served_from == "resumed":
            origin = ["from a resumed load"]
        else:
            origin = [] if after_refreshed else [f"from the {self.served_from}"]
        return origin if after_refreshed else [*origin, count_of(self.requests, "request")]

    def _name_unknown(self) -> str:
        """Name the most frequent unknown values, shortened, and count the others."""
        seen = sorted(
            ((n, column, value) for column, counts in self.unknown.items() for value, n in counts.items()),
            key=lambda one: (-one[0], one[1], str(one[2])),
        )
        shown = [
            f"{column} {shorten(repr(value), _LONGEST_UNKNOWN, placeholder='…')} ({n:,})"
            for n, column, value in seen[:_MOST_UNKNOWN]
        ]
        return ", ".join(shown) + (f" and {len(seen) - len(shown):,} more" if len(seen) > len(shown) else "")

    def _repeats(self) -> str:
        """Say that the list contains IDs more than once."""
        listed = f"{count_of(len(self.repeated), 'ID')} listed more than once, kept once"
        if not self.conflicting:
            return listed
        return f"{listed} ({len(self.conflicting):,} with different values: the last one read is kept)"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


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
