"""Reads and writes the files of a snapshot. A crash leaves either the old or the new ones intact.

The rows and the changes are in Parquet files named after their own SHA-256, and a manifest refers to both. They are
written first, then the manifest is renamed into place. A file is used only if its checksum matches.

The rows in the list can be fetched again, but the changes cannot. So even if the manifest is lost, the changes are
found by the name of their file. Nor can rows that have left the list and earlier versions of rows be fetched again. So
if the manifest or the rows are unusable, files with any of these are kept in a folder of their own.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl

from seggwat_nb.files import private_folder, remove_tree, write_atomically
from seggwat_nb.schema import HISTORY, UTC_TIME
from seggwat_nb.source.manifest import SCHEMA_VERSION, Facts, Manifest, NewerVersionError, Snapshot
from seggwat_nb.source.row_versions import Versions, versions_schema
from seggwat_nb.text import count_of, join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["SnapshotFiles"]

_Found = TypeVar("_Found", Manifest, Snapshot)

_HISTORY: Final = "history-"
_VERSIONS: Final = "versions-"
_ASIDE: Final = "-of-newer-version-"
_UNUSABLE: Final = "-unusable-"
_NAME: Final = 32
"""How many characters of the digest are in a file's name."""


class SnapshotFiles:
    """The files of one list of one project. Only one writer at a time may use it.

    Parameters
    ----------
    folder
        The project's folder. Created when something is written.
    resource
        ``"feedback"`` or ``"ratings"``.
    schema
        The columns of the list.
    warned
        The warnings given so far, which are not repeated. By default, each is given every time.
    """

    def __init__(self, folder: Path, resource: str, schema: pl.Schema, *, warned: set[str] | None = None) -> None:
        self._folder = folder
        self._resource = resource
        self._schema = schema
        self._warned = warned

    # -- reading --

    def manifest(self) -> Manifest | None:
        """Read only the manifest. Warns and returns None if this version cannot use it."""
        return self._or_warn(self._parse_manifest())

    def read(self) -> Snapshot | None:
        """Read the snapshot. Warns and returns None if it cannot be trusted."""
        return self._or_warn(self._parse())

    def usable_manifest(self) -> Manifest | None:
        """Read only the manifest, or return None if this version cannot use it."""
        manifest = self._parse_manifest()
        return None if isinstance(manifest, str) else manifest

    def usable(self) -> Snapshot | None:
        """Read the snapshot, or return None if it is missing or cannot be trusted."""
        snapshot = self._parse()
        return None if isinstance(snapshot, str) else snapshot

    def history(self) -> pl.DataFrame:
        """Read the changes seen so far, in the order in which they were seen. Has the columns of `HISTORY`."""
        while True:
            manifest = self.usable_manifest()
            named = self._history_paths() if manifest is None else self._history_files(manifest)
            found = [frame for path in named if (frame := _read_history(path)) is not None]
            if found or not named:
                # Changes are only ever added, so the longest of several files has them all.
                return max(found, key=lambda frame: frame.height, default=HISTORY.to_frame())
            if self.usable_manifest() == manifest:
                if not any(path.exists() for path in named):
                    why, advice = "is missing", "If you have a backup, put the file back."
                elif self._is_newer():
                    why = "comes from a newer version of seggwat-nb"
                    advice = "The file is kept there: upgrade seggwat-nb to use it."
                else:
                    why = "was damaged or changed"
                    advice = "The file is kept there: put it back from a backup, if you have one."
                self._warn(
                    f"The stored history of {self._resource} in {self._folder} {why} and was started over. {advice}"
                )
                return HISTORY.to_frame()

    def versions(self, manifest: Manifest) -> Versions | None:
        """Read the versions that a manifest names, or return None if they are missing or cannot be trusted."""
        if manifest.versions_since is None:
            return None
        schema = versions_schema(self._schema)
        rows = schema.to_frame()
        if manifest.versions is not None:
            found = _read_parquet(self._versions_path(manifest.versions))
            if found is None or found.schema != schema:
                if self.usable_manifest() == manifest:  # Otherwise another writer has just replaced it.
                    self._warn_of_versions(self._versions_path(manifest.versions))
                return None
            rows = found
        return Versions(rows, manifest.versions_from, manifest.versions_since)

    # -- writing --

    def commit(
        self, rows: pl.DataFrame, facts: Facts, history: pl.DataFrame, versions: Versions, *, begins: bool = False
    ) -> Manifest:
        """Write rows, changes and versions, then the manifest, which makes all of them valid at once.

        ``begins`` says that no stored snapshot was usable, so that the rows do not continue one.
        """
        for left in self._parts():
            left.unlink(missing_ok=True)
        replaced = self._set_aside(begins=begins)
        digest, history_path = self._write_history(history)
        of_versions, versions_path = self._write_named(versions.rows, self._versions_path)
        buffer = io.BytesIO()
        rows.write_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        manifest = Manifest(
            schema_version=SCHEMA_VERSION,
            sha256=_digest(content),
            rows=rows["gone_at"].null_count(),
            facts=facts,
            history=digest,
            versions=of_versions,
            versions_from=versions.known_from,
            versions_since=versions.since,
        )
        path = self._parquet_path(manifest.sha256)
        write_atomically(path, content)
        write_atomically(self._manifest_path, manifest.to_json())
        for copied in replaced - {path, history_path, versions_path}:
            copied.unlink(missing_ok=True)
        self._remove_others(self._folder.glob(f"{self._resource}-*.parquet"), but=path)
        self._remove_others(self._history_paths(), but=history_path)
        self._remove_others(self._versions_paths(), but=versions_path)
        return manifest

    def commit_history(self, history: pl.DataFrame) -> None:
        """Write only the changes, if there is no usable snapshot."""
        self._remove_others(self._history_paths(), but=self._write_history(history)[1])

    def remove_rows(self) -> None:
        """Remove the manifest and the rows, but not the changes."""
        self._manifest_path.unlink(missing_ok=True)
        self._remove_others([*self._folder.glob(f"{self._resource}-*.parquet"), *self._versions_paths()])

    def remove_leftovers(self) -> None:
        """Remove files that no manifest names or that cannot be searched: they may contain the data to erase."""
        manifest = self.usable_manifest()
        named = set[Path]()
        if manifest is not None:
            named = {self._parquet_path(manifest.sha256), *self._history_files(manifest)}
            named |= set() if manifest.versions is None else {self._versions_path(manifest.versions)}
        histories = set(self._history_paths())
        if manifest is None:
            named |= {path for path in histories if _read_history(path) is not None}
        stale = {*self._folder.glob(f"{self._resource}-*.parquet"), *histories, *self._versions_paths()} - named
        damaged = [*self._folder.glob(f"*-{self._resource}-*.damaged")]
        for path in [*stale, *self._parts(), *damaged]:
            path.unlink(missing_ok=True)
        for aside in (path for name in (_ASIDE, _UNUSABLE) for path in self._folder.glob(f"{self._resource}{name}*")):
            _, left = remove_tree(aside)
            if left:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(left[0]))

    # -- inside --

    def _parse_manifest(self) -> Manifest | str | None:
        """Read the manifest, or return a text that says why it cannot be used."""
        try:
            return Manifest.from_json(self._manifest_path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return "its manifest is missing" if any(self._unfetchable()) else None
        except NewerVersionError as error:
            return f"{error}. Upgrade seggwat-nb to use it. Until then its files are kept"
        except (OSError, ValueError, OverflowError) as error:
            return f"its manifest cannot be read ({type(error).__name__})"

    def _parse(self) -> Snapshot | str | None:
        """Read the snapshot, or return a text that says why it cannot be trusted."""
        while True:
            manifest = self._parse_manifest()
            if manifest is None or isinstance(manifest, str):
                return manifest
            try:
                content = self._parquet_path(manifest.sha256).read_bytes()
            except OSError as error:
                if self._parse_manifest() != manifest:
                    continue  # Another writer has just replaced it.
                return f"its rows cannot be read ({type(error).__name__})"
            if _digest(content) != manifest.sha256:
                return "its checksum does not match: the file was damaged or changed"
            try:
                rows = pl.read_parquet(io.BytesIO(content))
            except pl.exceptions.PolarsError as error:
                return f"its rows cannot be read ({type(error).__name__})"
            if manifest.schema_version == 1:
                read_at, gone_at = (pl.lit(moment, dtype=UTC_TIME) for moment in (manifest.facts.started, None))
                rows = rows.with_columns(read_at=read_at, gone_at=gone_at)
            if rows.schema != _file_schema(self._schema) or rows["gone_at"].null_count() != manifest.rows:
                return "its columns differ from those of this version"
            return Snapshot(rows, manifest)

    def _is_newer(self) -> bool:
        """Whether a newer version of this package wrote the stored files."""
        try:
            Manifest.from_json(self._manifest_path.read_bytes())
        except NewerVersionError:
            return True
        except (OSError, ValueError, OverflowError):
            return False
        return False

    def _or_warn(self, found: _Found | str | None) -> _Found | None:
        """Return what was found, or warn and return None if it cannot be trusted."""
        if not isinstance(found, str):
            return found
        gone, versions = self._unfetchable()
        kept = [
            count_of(number, what) for number, what in ((gone, "removed row"), (versions, "earlier version")) if number
        ]
        again = (
            f"The rows in the list are fetched again, but {join_words(kept)} cannot be: the next load keeps the files "
            f"in {self._aside_path.name}."
            if kept
            else "The rows are fetched again."
        )
        self._warn(
            f"The stored {self._resource} snapshot in {self._folder} is not used: {found}. {again} "
            "`seggwat-nb doctor` shows what is stored."
        )
        return None

    def _warn_of_versions(self, path: Path) -> None:
        is_there = path.exists()
        why = "were damaged or changed" if is_there else "are missing"
        advice = (
            "The file is kept there: put it back from a backup, if you have one."
            if is_there
            else ("If you have a backup, put the file back.")
        )
        self._warn(
            f"The stored earlier versions of {self._resource} in {self._folder} {why} and are started over: an earlier "
            f"`as_of` has the statuses of the history, but texts may be newer and deleted rows are missing. {advice}"
        )

    def _warn(self, message: str) -> None:
        if self._warned is not None:
            if message in self._warned:
                return
            self._warned.add(message)
        warnings.warn(message, stacklevel=6)

    def _unfetchable(self) -> tuple[int, int]:
        """Count the rows that have left the list, and the earlier versions, in intact files."""
        counts = [
            max((frame[column].count() for frame in map(_read_parquet, paths) if frame is not None), default=0)
            for column, paths in (
                ("gone_at", self._folder.glob(f"{self._resource}-*.parquet")),
                ("known_until", self._versions_paths()),
            )
        ]
        return counts[0], counts[1]

    @property
    def _aside_path(self) -> Path:
        """The folder that keeps the files of a snapshot that this version cannot use."""
        try:
            manifest = self._manifest_path.read_bytes()
        except OSError:
            manifest = b""
        name = _ASIDE if self._is_newer() else _UNUSABLE
        return self._folder / f"{self._resource}{name}{_digest(manifest)[:8]}"

    def _set_aside(self, *, begins: bool) -> set[Path]:
        """Copy the files of a snapshot that this version cannot use before they are replaced. Returns the originals."""
        is_newer = self._is_newer()
        if not is_newer and not (begins and any(self._unfetchable())):
            return set()
        aside = private_folder(self._aside_path)
        files = {*self._folder.glob(f"{self._resource}-*.parquet"), *self._versions_paths()}
        if is_newer:  # Otherwise the changes are continued.
            files |= {*self._history_paths()}
        for path in files:
            write_atomically(aside / path.name, path.read_bytes())
        if self._manifest_path.exists():
            write_atomically(aside / self._manifest_path.name, self._manifest_path.read_bytes())
        return files

    def _write_history(self, history: pl.DataFrame) -> tuple[str | None, Path | None]:
        return self._write_named(history, self._history_path)

    def _write_named(self, frame: pl.DataFrame, path_of: Callable[[str], Path]) -> tuple[str | None, Path | None]:
        """Write a frame to a file that is named by its digest, unless it is empty."""
        if frame.is_empty():
            return None, None
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        digest = _digest(content)
        path = path_of(digest)
        if not path.exists():
            write_atomically(path, content)
        return digest, path

    def _remove_others(self, paths: Iterable[Path], *, but: Path | None = None) -> None:
        for path in paths:
            if path == but:
                continue
            is_damaged = (path.name.startswith(_HISTORY) and _read_history(path) is None) or (
                path.name.startswith(_VERSIONS) and _read_parquet(path) is None
            )
            if is_damaged:
                path.replace(path.with_suffix(".damaged"))
            else:
                path.unlink(missing_ok=True)

    def _parts(self) -> list[Path]:
        """Temporary files of a killed writer. We hold the lock, so none is active."""
        return [
            *self._folder.glob(f".{self._resource}*.part"),
            *self._folder.glob(f".{_HISTORY}{self._resource}*.part"),
            *self._folder.glob(f".{_VERSIONS}{self._resource}*.part"),
        ]

    @property
    def _manifest_path(self) -> Path:
        return self._folder / f"{self._resource}.json"

    def _parquet_path(self, digest: str) -> Path:
        return self._folder / f"{self._resource}-{digest[:_NAME]}.parquet"

    def _history_path(self, digest: str) -> Path:
        return self._folder / f"{_HISTORY}{self._resource}-{digest[:_NAME]}.parquet"

    def _history_paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"{_HISTORY}{self._resource}-*.parquet"))

    def _versions_path(self, digest: str) -> Path:
        return self._folder / f"{_VERSIONS}{self._resource}-{digest[:_NAME]}.parquet"

    def _versions_paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"{_VERSIONS}{self._resource}-*.parquet"))

    def _history_files(self, manifest: Manifest) -> list[Path]:
        return [] if manifest.history is None else [self._history_path(manifest.history)]


def _file_schema(schema: pl.Schema) -> pl.Schema:
    return pl.Schema({**schema, "read_at": UTC_TIME, "gone_at": UTC_TIME})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_history(path: Path) -> pl.DataFrame | None:
    """Read a file of changes, or return None if its checksum does not match its name."""
    found = _read_parquet(path)
    try:
        return None if found is None else found.select(HISTORY.names()).match_to_schema(HISTORY)
    except pl.exceptions.PolarsError:
        return None


def _read_parquet(path: Path) -> pl.DataFrame | None:
    """Read a file, or return None if its checksum does not match its name."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if _digest(content)[:_NAME] != path.stem.rpartition("-")[2]:
        return None
    try:
        return pl.read_parquet(io.BytesIO(content))
    except pl.exceptions.PolarsError:
        return None
