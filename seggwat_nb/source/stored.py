"""What is stored on disk, where and how much; and removing what is stored about somebody or something.

Feedback is personal data, and people ask for erasure. Snapshots are rewritten without the rows, those kept aside
included, and histories without their changes; kept pages, which can be fetched again, are removed whole, for a row may
stand on any of them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seggwat_nb.schema import FEEDBACK, RATINGS
from seggwat_nb.source.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from seggwat_nb.config import Settings

__all__ = ["Erased", "Place", "forget_everything", "forget_older", "forget_project", "forget_rows", "places"]

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
    changes : int
        Changes taken out of histories.
    files : int
        Other files removed: kept pages and answers.
    """

    rows: int = 0
    snapshots: int = 0
    changes: int = 0
    files: int = 0

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows in {self.snapshots:,} snapshots, {self.changes:,} changes in histories, "
            f"and {self.files:,} files of kept answers"
        )


def places(settings: Settings) -> list[Place]:
    """List what is stored, on all services and projects."""
    return [
        _measured("kept pages and answers", settings.cache_dir / "pages"),
        _measured("request budget", settings.cache_dir / "limits"),
        _measured("snapshots", settings.data_dir / "projects"),
    ]


def forget_rows(settings: Settings, *, column: str, value: str) -> Erased:
    """Remove the rows with a value in a column from every snapshot, their changes, and every kept page.

    Parameters
    ----------
    settings
        Where things lie.
    column
        ``"id"`` or ``"submitted_by"``.
    value
        The value, exactly.
    """
    rows = snapshots = changes = 0
    for store in _stores(settings):
        forgotten, unseen = store.forget(column=column, value=value)
        rows, snapshots, changes = rows + forgotten, snapshots + bool(forgotten), changes + unseen
    return Erased(rows=rows, snapshots=snapshots, changes=changes, files=_remove(settings.cache_dir / "pages"))


def forget_project(settings: Settings, project_id: str) -> Erased:
    """Remove what is stored of a project of the settings' service, and every kept page."""
    folder = settings.project_dir(project_id)
    rows, snapshots, changes = _held(Store(folder, name, schema) for name, schema in _LISTS)
    _remove(folder)
    return Erased(rows=rows, snapshots=snapshots, changes=changes, files=_remove(settings.cache_dir / "pages"))


def forget_older(settings: Settings, projects: Iterable[str], *, than: datetime) -> None:
    """Remove what is stored of projects of the settings' service that were last loaded before a moment."""
    for folder in map(settings.project_dir, projects):
        manifests = [Store(folder, name, schema).manifest() for name, schema in _LISTS]
        loaded = [manifest.facts.finished for manifest in manifests if manifest is not None]
        if loaded and max(loaded) < than:
            _remove(folder)


def forget_everything(settings: Settings) -> Erased:
    """Remove everything that this package has stored, of every service and project."""
    rows, snapshots, changes = _held(_stores(settings))
    _remove(settings.data_dir / "projects")
    files = _remove(settings.cache_dir / "pages") + _remove(settings.cache_dir / "limits")
    return Erased(rows=rows, snapshots=snapshots, changes=changes, files=files)


def _held(stores: Iterable[Store]) -> tuple[int, int, int]:
    """Count rows, snapshots and changes."""
    rows = snapshots = changes = 0
    for store in stores:
        manifest = store.manifest()
        changes += store.history().height
        if manifest is not None:
            rows, snapshots = rows + manifest.rows, snapshots + 1
    return rows, snapshots, changes


def _stores(settings: Settings) -> Iterator[Store]:
    for folder in sorted((settings.data_dir / "projects").glob("*")):
        for name, schema in _LISTS:
            if any(folder.glob(f"*{name}*")):
                yield Store(folder, name, schema)


def _measured(name: str, folder: Path) -> Place:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return Place(name, folder, len(sizes), sum(sizes))


def _remove(folder: Path) -> int:
    files = sum(path.is_file() for path in folder.rglob("*"))
    shutil.rmtree(folder, ignore_errors=True)
    return files
