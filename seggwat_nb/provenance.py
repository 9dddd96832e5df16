"""Where a frame comes from, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import shorten
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Provenance", "check_provenance"]


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


def check_provenance(about: object) -> None:
    """Require a `Provenance` or None."""
    if about is not None and not isinstance(about, Provenance):
        raise ArgumentError(
            f"about must be a Provenance, got {type(about).__name__}. Pass client.last_load, or leave it out."
        )
