"""What is stored on disk, where and how much; and removing what is stored about somebody or something.

Feedback is personal data, and people ask for erasure. Snapshots are rewritten without the rows; kept pages, which can
be fetched again, are removed whole, for a row may stand on any of them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.schema import FEEDBACK, RATINGS
from seggwat_nb.source.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seggwat_nb.config import Settings

__all__ = ["Erased", "Place", "forget_everything", "forget_project", "forget_rows", "places"]

_LISTS = (("feedback", FEEDBACK), ("ratings", RATINGS))


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of ours on disk."""

    name: str
    path: Path
    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was removed.

    Attributes
    ----------
    rows : int
        Rows taken out of snapshots.
    snapshots : int
        Snapshots rewritten or removed.
    files : int
        Other files removed: kept pages and answers.
    """

    rows: int = 0
    snapshots: int = 0
    files: int = 0

    def __str__(self) -> str:
        return f"{self.rows:,} rows in {self.snapshots:,} snapshots, and {self.files:,} files of kept answers"


def places(settings: Settings) -> list[Place]:
    """List what is stored, on all services and projects."""
    return [
        _measured("kept pages and answers", settings.cache_dir / "pages"),
        _measured("request budget", settings.cache_dir / "limits"),
        _measured("snapshots", settings.data_dir / "projects"),
    ]


def forget_rows(settings: Settings, *, column: str, value: str) -> Erased:
    """Remove the rows with a value in a column from every snapshot, and every kept page.

    Parameters
    ----------
    settings
        Where things lie.
    column
        ``"id"`` or ``"submitted_by"``.
    value
        The value, exactly.
    """
    rows = snapshots = 0
    for store in _stores(settings):
        with store.locked():
            snapshot = store.read()
            if snapshot is None:
                continue
            kept = snapshot.frame.filter(pl.col(column).ne_missing(value))
            gone = snapshot.frame.height - kept.height
        if gone:
            store.write(kept, snapshot.manifest.facts)
            rows, snapshots = rows + gone, snapshots + 1
    return Erased(rows=rows, snapshots=snapshots, files=_remove(settings.cache_dir / "pages"))


def forget_project(settings: Settings, project_id: str) -> Erased:
    """Remove what is stored of a project of the settings' service, and every kept page."""
    folder = settings.project_dir(project_id)
    rows = snapshots = 0
    for name, schema in _LISTS:
        manifest = Store(folder, name, schema).manifest()
        if manifest is not None:
            rows, snapshots = rows + manifest.rows, snapshots + 1
    _remove(folder)
    return Erased(rows=rows, snapshots=snapshots, files=_remove(settings.cache_dir / "pages"))


def forget_everything(settings: Settings) -> Erased:
    """Remove everything that this package has stored, of every service and project."""
    manifests = [manifest for store in _stores(settings) if (manifest := store.manifest()) is not None]
    _remove(settings.data_dir / "projects")
    files = _remove(settings.cache_dir / "pages") + _remove(settings.cache_dir / "limits")
    return Erased(rows=sum(manifest.rows for manifest in manifests), snapshots=len(manifests), files=files)


def _stores(settings: Settings) -> Iterator[Store]:
    for folder in sorted((settings.data_dir / "projects").glob("*")):
        for name, schema in _LISTS:
            if (folder / f"{name}.json").exists():
                yield Store(folder, name, schema)


def _measured(name: str, folder: Path) -> Place:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return Place(name, folder, len(sizes), sum(sizes))


def _remove(folder: Path) -> int:
    files = sum(path.is_file() for path in folder.rglob("*"))
    shutil.rmtree(folder, ignore_errors=True)
    return files
