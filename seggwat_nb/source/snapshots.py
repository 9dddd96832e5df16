"""Snapshots on disk: the last complete frame of a list, its manifest, and the changes seen so far.

This module decides how a write combines new and stored rows. The file format is in `seggwat_nb.source.snapshot_files`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl

from seggwat_nb.errors import LockedError
from seggwat_nb.files import private_folder
from seggwat_nb.locks import alone
from seggwat_nb.schema import UTC_TIME
from seggwat_nb.source.changelog import changes
from seggwat_nb.source.clock_ahead import correct_times, oldest_kept
from seggwat_nb.source.manifest import Facts, Manifest, Snapshot
from seggwat_nb.source.mentions import mentions, texts_that_mention
from seggwat_nb.source.readings import READINGS
from seggwat_nb.source.row_versions import Versions
from seggwat_nb.source.snapshot_files import SnapshotFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["KEEP_GONE", "Facts", "Manifest", "Snapshot", "Store", "Written"]

KEEP_GONE: Final = timedelta(days=30)
"""How long rows are kept after they have left the list."""

_T = TypeVar("_T")

_LOCK_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The changes that a write made.

    Attributes
    ----------
    manifest : Manifest
        The manifest of the snapshot that is now stored.
    new, changed, gone : int
        Rows that were added to the list, changed, or left it since the previous snapshot.
    returned : int
        New rows that were probably erased on request earlier, but still exist on the service.
    """

    manifest: Manifest
    new: int = 0
    changed: int = 0
    gone: int = 0
    returned: int = 0


class Store:
    """The snapshot of one list of one project.

    Parameters
    ----------
    folder
        The project's folder. Created when something is written.
    resource
        ``"feedback"`` or ``"ratings"``.
    schema
        The columns of the list.
    keep_gone
        How long rows are kept after they have left the list.
    warned
        The warnings given so far, which are not repeated. By default, each is given every time.
    """

    def __init__(
        self,
        folder: Path,
        resource: str,
        schema: pl.Schema,
        *,
        keep_gone: timedelta = KEEP_GONE,
        warned: set[str] | None = None,
    ) -> None:
        self._folder = folder
        self._resource = resource
        self._schema = schema
        self._files = SnapshotFiles(folder, resource, schema, warned=warned)
        self._keep_gone = keep_gone

    # -- reading --

    def manifest(self) -> Manifest | None:
        """Read only the manifest, or return None if this version cannot use it."""
        return self._files.manifest()

    def read(self) -> Snapshot | None:
        """Read the snapshot. Warns and returns None if it cannot be trusted."""
        return self._files.read()

    def rows(self) -> pl.DataFrame | None:
        """Read the stored rows, including those that have left the list. None if there are none that can be used."""
        snapshot = self._files.usable()
        return None if snapshot is None else snapshot.rows

    def history(self) -> pl.DataFrame:
        """Read the changes seen so far, in the order in which they were seen. Has the columns of `HISTORY`."""
        return self._files.history()

    def as_of(self, moment: datetime) -> tuple[pl.DataFrame, bool] | None:
        """Read the rows that this machine knew at a moment.

        Returns
        -------
        tuple of pl.DataFrame and bool, or None
            The columns of the list and ``known_from``, as `seggwat_nb.source.row_versions.Versions.as_of` returns them,
            and whether they are exactly those of the latest load by then. None if there was none, or none is stored.
        """
        snapshot = self._files.usable()
        if snapshot is None:
            return None
        versions = self._versions(snapshot)
        if versions.known_from is not None and moment < versions.known_from:
            return None
        return versions.as_of(snapshot.frame, moment), versions.since is not None and versions.since <= moment

    def first_moment(self) -> datetime | None:
        """Return the moment from which on `as_of` knows the list. None if nothing is stored."""
        snapshot = self._files.usable()
        return None if snapshot is None else self._versions(snapshot).known_from

    # -- writing --

    def write(
        self,
        frame: pl.DataFrame,
        facts: Facts,
        *,
        readings: pl.DataFrame | None = None,
        missed: pl.DataFrame | None = None,
        base: Snapshot | None = None,
        known: Manifest | None = None,
    ) -> Written:
        """Replace the snapshot, and record the changes since the previous one.

        Parameters
        ----------
        frame
            Every row of the list. Rows that this load did not read itself have a ``read_at``.
        facts
            How the frame was loaded.
        readings
            When this load read each of its rows, with the columns of `READINGS`. If None, each row was read at some
            time during the load.
        missed
            When each row that has left the list was found missing, with the same columns. Pass None after a load of the
            whole list: every row that it lacks has left.
        base
            The snapshot that was read before the load. It is not read again if it is still the stored one.
        known
            The manifest that was read before the load, by default that of `base`. If it is still the stored one, no
            other program has stored anything since, whatever the clock says.

        Raises
        ------
        LockedError
            Another program is writing this snapshot and does not finish.
        OSError
            The disk is full or read-only. The last snapshot is unchanged.
        """
        known = base.manifest if base is not None else known
        return self._alone(lambda: self._write(frame, facts, readings, missed, base=base, known=known))

    def begin(self, frame: pl.DataFrame, facts: Facts, *, history: pl.DataFrame) -> None:
        """Write a first snapshot with changes known from elsewhere. An existing snapshot is kept.

        Parameters
        ----------
        frame, facts
            As for `write`.
        history
            The changes before the snapshot, with the columns of `HISTORY`.

        Raises
        ------
        LockedError, OSError
            As for `write`.
        """
        self._alone(lambda: self._begin(frame, facts, history))

    def replace(self, changed: pl.DataFrame, *, asked: datetime) -> None:
        """Replace stored rows with newer versions requested at a given time. Unknown rows are ignored."""
        self._alone(lambda: self._replace_rows(changed, asked))

    def forget(self, *, column: str, value: str) -> tuple[int, int]:
        """Remove rows and changes that mention an item or a person, and files that cannot be searched.

        Parameters
        ----------
        column
            ``"id"`` for the item with this ID, or ``"submitted_by"`` for a person, who is searched for in every column.
        value
            The ID or e-mail address.

        Returns
        -------
        tuple of int
            Number of rows removed, including records set aside, and number of changes removed.

        Raises
        ------
        LockedError, OSError
            It could not be removed. Either nothing was removed, or everything except files of earlier versions.
        """
        return self._alone(lambda: self._forget(column, value))

    def ids_of(self, *, column: str, value: str) -> set[str]:
        """IDs of the stored rows that `forget` would remove."""
        snapshot = self._files.usable()
        if snapshot is None:
            return set()
        is_meant = self._matches(column, value).fill_null(value=False)
        return {*snapshot.rows.filter(is_meant)["id"], *self._versions(snapshot).rows.filter(is_meant)["id"]}

    # -- inside --

    def _alone(self, act: Callable[[], _T]) -> _T:
        """Run a write as the only writer of this snapshot. An interrupt is delayed until it is done."""
        try:
            return alone(private_folder(self._folder) / f".{self._resource}.lock", act, seconds=_LOCK_SECONDS)
        except TimeoutError:
            raise LockedError(
                f"Another program has been writing the {self._resource} snapshot in {self._folder} for "
                f"{_LOCK_SECONDS:.0f} seconds. Wait for it or stop it, then retry."
            ) from None

    def _write(
        self,
        frame: pl.DataFrame,
        facts: Facts,
        readings: pl.DataFrame | None,
        missed: pl.DataFrame | None,
        *,
        base: Snapshot | None,
        known: Manifest | None,
    ) -> Written:
        now, manifest = datetime.now(UTC), self._files.usable_manifest()
        before = base if base is not None and base.manifest == manifest else self._files.usable()
        is_alone = known is not None and known == manifest
        if before is not None and not is_alone and facts.started < before.manifest.facts.started <= now:
            return Written(manifest=before.manifest)  # Another program has already stored a newer load.
        whenever = [pl.lit(moment, dtype=UTC_TIME) for moment in (facts.started, facts.finished)]
        if readings is None:
            readings = frame.select("id", asked_at=whenever[0], shown_at=whenever[1])
        rows = self._with_file_columns(frame, readings, else_at=facts.started)
        if before is None:
            first = Versions.begin(self._schema, at=facts.known_at or facts.started, is_first=True)
            manifest = self._files.commit(rows, facts, self._files.history(), first, begins=True)
            return Written(manifest=manifest, new=rows.height)
        if missed is None:
            gone = before.frame.join(rows, on="id", how="anti")
            missed = gone.join(readings, on="id", how="anti").select("id", asked_at=whenever[0], shown_at=whenever[1])
        at = min(facts.known_at or facts.started, now)
        return self._replace(before, rows, facts, readings, missed, at=at, is_alone=is_alone)

    def _begin(self, frame: pl.DataFrame, facts: Facts, history: pl.DataFrame) -> None:
        if self._files.usable() is None:
            first = Versions.begin(self._schema, at=facts.known_at or facts.started, is_first=False)
            rows = self._with_file_columns(frame, READINGS.to_frame(), else_at=facts.started)
            self._files.commit(rows, facts, history, first, begins=True)

    def _replace_rows(self, changed: pl.DataFrame, asked: datetime) -> None:
        before = self._files.usable()
        if before is None:
            return
        listed = before.listed
        changed = changed.join(listed, on="id", how="semi")
        moments = [pl.lit(moment, dtype=UTC_TIME) for moment in (asked, datetime.now(UTC))]
        readings = changed.select("id", asked_at=moments[0], shown_at=moments[1])
        frame = pl.concat([listed.join(changed, on="id", how="anti"), changed], how="diagonal")
        rows = self._with_file_columns(_newest_first(frame), readings, else_at=asked)
        self._replace(before, rows, before.manifest.facts, readings, READINGS.to_frame(), at=asked)

    def _matches(self, column: str, value: str) -> pl.Expr:
        if column == "id":
            return pl.col("id") == value
        return mentions(value, [name for name, dtype in self._schema.items() if dtype == pl.String])

    def _forget(self, column: str, value: str) -> tuple[int, int]:
        is_meant = self._matches(column, value)
        before, history = self._files.usable(), self._files.history()
        ids = {value} if column == "id" else set[str]()
        rows, set_aside = 0, set[str]()
        versions = Versions.begin(self._schema, at=datetime.now(UTC), is_first=False)
        if before is None:
            # Unreadable rows may contain the data to erase, and can be fetched again.
            self._files.remove_rows()
        else:
            found, versions = before.rows.filter(is_meant), self._versions(before)
            # A text that names somebody may have been edited since.
            earlier = set(versions.rows.filter(is_meant.fill_null(value=False))["id"]) - set(found["id"])
            rows, ids = found.height + len(earlier), ids | set(found["id"]) | earlier
            versions = versions.without(is_meant, set(found["id"]))
            set_aside = texts_that_mention(value, before.manifest.facts.set_aside)
        named = mentions(value, ["id", "old", "new"]) if column != "id" else pl.lit(value=False)
        kept_history = history.filter(~(pl.col("id").is_in(list(ids)) | named))
        changes = history.height - kept_history.height
        if before is not None and (rows or changes or set_aside):
            facts = before.manifest.facts
            facts = replace(
                facts,
                forgotten=facts.forgotten + before.frame.filter(is_meant).height,
                set_aside=tuple(record for record in facts.set_aside if record not in set_aside),
            )
            self._files.commit(before.rows.filter(~is_meant), facts, kept_history, versions)
        elif changes:
            self._files.commit_history(kept_history)
        self._files.remove_leftovers()
        return rows + len(set_aside), changes

    def _versions(self, before: Snapshot) -> Versions:
        found = self._files.versions(before.manifest)
        return found or Versions.begin(self._schema, at=datetime.now(UTC), is_first=False)

    def _replace(
        self,
        before: Snapshot,
        rows: pl.DataFrame,
        facts: Facts,
        readings: pl.DataFrame,
        missed: pl.DataFrame,
        *,
        at: datetime,
        is_alone: bool = False,
    ) -> Written:
        """Replace a snapshot, and record which rows have changed and left the list."""
        oldest = oldest_kept(before.manifest.facts.finished, facts.finished, self._keep_gone, longest=KEEP_GONE)
        before, history, versions = correct_times(
            before, self._files.history(), self._versions(before), now=datetime.now(UTC), at=at
        )
        # The later of two readings counts, if another program has read or changed a row while this load was running.
        late = (
            before.rows.select("id", "read_at", "gone_at")
            .join(rows.select("id", this="read_at"), on="id")
            .filter(
                pl.col("read_at").is_between("this", datetime.now(UTC), closed="right"), pl.col("gone_at").is_null()
            )
        )
        newer = before.rows.clear() if is_alone else before.rows.join(late, on="id", how="semi")
        if newer.height:
            rows = _newest_first(rows.join(newer, on="id", how="anti").vstack(newer))
        shown = rows.drop("read_at", "gone_at").join(readings.join(newer, on="id", how="anti"), on="id")
        missed = missed.join(rows, on="id", how="anti")
        seen = changes(before.rows, shown, missed, full_as_of=before.manifest.facts.last_full)
        others = before.rows.join(rows, on="id", how="anti").join(missed, on="id", how="left", maintain_order="left")
        others = others.with_columns(gone_at=pl.coalesce("gone_at", "asked_at")).drop("asked_at", "shown_at")
        is_listed = pl.col("gone_at").is_null()  # Stored by another program while this load was running.
        has_just_gone = pl.col("id").is_in(before.frame["id"].implode()) & ~is_listed
        kept = others.filter(~is_listed, pl.col("gone_at") > oldest)
        if others.height > others["gone_at"].count():
            rows = _newest_first(rows.vstack(others.filter(is_listed)))
        there = shown.join(before.frame, on="id", how="semi")
        same = there.join(before.frame, on=[*self._schema], how="semi", nulls_equal=True)
        new = rows.join(before.frame, on="id", how="anti")
        changed = there.join(same, on="id", how="anti")["id"]
        is_over = pl.col("id").is_in(changed.implode()) | ~pl.col("id").is_in(rows["id"].implode())
        versions = versions.after(before.frame.filter(is_over), changed, new["id"], at=at, oldest=oldest)
        manifest = self._files.commit(rows.vstack(kept) if kept.height else rows, facts, history.vstack(seen), versions)
        # Nothing is kept about erased rows, so only their age shows that they have returned.
        known_then = new.filter(pl.col("created_at") <= before.manifest.facts.started).height
        return Written(
            manifest=manifest,
            new=new.height,
            returned=min(before.manifest.facts.forgotten, known_then),
            changed=there.height - same.height,
            gone=others.filter(has_just_gone).height,
        )

    def _with_file_columns(self, frame: pl.DataFrame, readings: pl.DataFrame, *, else_at: datetime) -> pl.DataFrame:
        """Add the columns that only the file has: ``read_at``, and ``gone_at``, which is null."""
        read_at = frame["read_at"] if "read_at" in frame.columns else pl.lit(else_at, dtype=UTC_TIME)
        asked = frame.select("id").join(readings, on="id", how="left", maintain_order="left")["asked_at"]
        return frame.with_columns(read_at=read_at).select(
            *self._schema,
            read_at=pl.coalesce(pl.lit(asked), "read_at", pl.lit(else_at, dtype=UTC_TIME)),
            gone_at=pl.lit(None, dtype=UTC_TIME),
        )


def _newest_first(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("created_at", "id", descending=[True, False])
