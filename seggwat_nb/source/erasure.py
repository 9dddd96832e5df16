"""Lists what is stored on disk, and removes what is stored about a person, an item or a project.

Feedback is personal data, and people may request its erasure. Snapshots are rewritten without the rows (including rows
that have left the list) and histories without their changes. Cached pages may contain any row and can be fetched again,
so all of them are removed. Leftovers of killed processes and files that can no longer be read are removed with every
request.

Only what is really gone is reported as removed: it is counted afterwards. Anything that could not be removed raises an
error that names it.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seggwat_nb.config import DEMO_PROJECT_IDS
from seggwat_nb.errors import FileError, LockedError
from seggwat_nb.files import entries, remove_tree
from seggwat_nb.schema import FEEDBACK, RATINGS
from seggwat_nb.source.mentions import texts_that_mention
from seggwat_nb.source.snapshots import Store
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from seggwat_nb.config import Settings

__all__ = ["Erased", "Place", "forget_everything", "forget_older", "forget_project", "forget_rows", "places"]

_LISTS: Final = (("feedback", FEEDBACK), ("ratings", RATINGS))
_SHOWN: Final = 5
_ABANDONED: Final = 3600.0
"""Age in seconds at which the working folder of an aborted report is removed."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder on disk that belongs to this package."""

    name: str
    path: Path
    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was removed, counted once it was gone.

    Attributes
    ----------
    rows : int
        Rows removed from snapshots, including records that could not be read.
    snapshots : int
        Snapshots rewritten or removed.
    changes : int
        Changes removed from histories.
    files : int
        Other files removed: cached pages and responses, and leftovers of killed processes.
    """

    rows: int = 0
    snapshots: int = 0
    changes: int = 0
    files: int = 0

    def __str__(self) -> str:
        return (
            f"{count_of(self.rows, 'row')} in {count_of(self.snapshots, 'snapshot')}, "
            f"{count_of(self.changes, 'change')} in histories, and {count_of(self.files, 'file')} of cached responses"
        )

    def __add__(self, other: Erased) -> Erased:
        return Erased(
            rows=self.rows + other.rows,
            snapshots=self.snapshots + other.snapshots,
            changes=self.changes + other.changes,
            files=self.files + other.files,
        )


def places(settings: Settings) -> list[Place]:
    """List what is stored, for all services and projects."""
    return [
        _measure("cached responses", settings.cache_dir / "pages"),
        _measure("rate limit records", settings.cache_dir / "limits"),
        _measure("snapshots", settings.data_dir / "projects"),
    ]


def forget_rows(
    settings: Settings,
    *,
    column: str,
    value: str,
    also: Callable[[Path, Collection[str]], list[Path]] = lambda *_: [],
) -> Erased:
    """Remove an item or a person from every snapshot and history, and all cached pages.

    Parameters
    ----------
    settings
        The storage locations. With the demo's settings, only demo data is searched, otherwise everything else.
    column
        ``"id"`` for the item with this ID, or ``"submitted_by"`` for a person, who is searched for in every column.
    value
        The ID or e-mail address. The case of an address is ignored.
    also
        Removes the IDs of the rows from other files in a project's folder, and returns the files where that failed. It
        is called first, since the IDs are unknown once the rows are gone.

    Raises
    ------
    FileError
        Something could not be removed. The message names it, and says what was removed.
    """
    erased, left = _forget_pages(settings)
    for folder in _folders(settings, left):
        names = [path.name for path in entries(folder)]
        stores = [Store(folder, name, schema) for name, schema in _LISTS if any(name in one for one in names)]
        ids = set().union(*(store.ids_of(column=column, value=value) for store in stores))
        still = also(folder, ids | {value} if column == "id" else ids)
        if still:
            left += still
            continue
        for store in stores:
            erased += _forget_in(store, folder, column=column, value=value, left=left)
        left += [path for path in sorted(folder.rglob("*")) if _still_mentions(path, value)]
    return _check_removal(erased, left)


def forget_project(settings: Settings, project_id: str) -> Erased:
    """Remove a project of the settings' service and all cached pages. Raises the errors of `forget_rows`."""
    erased, left = _forget_pages(settings)
    folder = settings.project_dir(project_id)
    noted = _notes_of_projects(settings)  # They list every project.
    return _check_removal(erased + _forget_folders([folder, *noted], left), left)


def forget_older(settings: Settings, projects: Iterable[str], *, than: datetime) -> None:
    """Remove the given projects of the settings' service that were last loaded before a given time."""
    for folder in map(settings.project_dir, projects):
        manifests = [Store(folder, name, schema).manifest() for name, schema in _LISTS]
        loaded = [manifest.facts.finished for manifest in manifests if manifest is not None]
        if loaded and max(loaded) < than:
            remove_tree(folder)


def forget_everything(settings: Settings) -> Erased:
    """Remove everything that this package has stored. Raises the errors of `forget_rows`.

    With the demo's settings, only demo data is removed.
    """
    erased, left = _forget_pages(settings)
    if settings.demo:
        return _check_removal(erased + _forget_folders(_folders(settings, left), left), left)
    erased += _forget_folders(_all_folders(settings, left), left)
    for folder in (settings.data_dir / "projects", settings.cache_dir / "limits"):
        files, still = remove_tree(folder)
        erased, left = replace(erased, files=erased.files + files), left + still
    return _check_removal(erased, left)


def _forget_pages(settings: Settings) -> tuple[Erased, list[Path]]:
    """Remove cached pages, and the working folders of aborted reports."""
    files, left = remove_tree(settings.page_cache_dir if settings.demo else settings.cache_dir / "pages")
    for folder in entries(Path(tempfile.gettempdir())):
        if folder.name.startswith(("seggwat-report-", "seggwat-pdf-")) and _is_abandoned(folder):
            more, still = remove_tree(folder)
            files, left = files + more, left + still
    return Erased(files=files), left


def _is_abandoned(folder: Path) -> bool:
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return facts.st_mtime < time.time() - _ABANDONED and (os.name != "posix" or facts.st_uid == os.getuid())


def _forget_in(store: Store, folder: Path, *, column: str, value: str, left: list[Path]) -> Erased:
    try:
        rows, changes = store.forget(column=column, value=value)
    except (OSError, LockedError):
        left.append(folder)
        return Erased()
    return Erased(rows=rows, snapshots=bool(rows), changes=changes)


def _forget_folders(folders: Iterable[Path], left: list[Path]) -> Erased:
    """Remove project folders. The contents of a folder that could not be removed entirely are not counted."""
    erased = Erased()
    for folder in folders:
        held = _count_stored(folder)
        files, still = remove_tree(folder)
        if still:
            left += still
            erased += Erased(files=files)
        else:
            erased += held
    return erased


def _count_stored(folder: Path) -> Erased:
    """Count what is stored of a project. Unreadable files count as nothing."""
    rows = snapshots = changes = 0
    with suppress(OSError):
        for name, schema in _LISTS:
            store = Store(folder, name, schema)
            changes += store.history().height
            manifest = store.manifest()
            if manifest is not None:
                rows, snapshots = rows + manifest.rows, snapshots + 1
    return Erased(rows=rows, snapshots=snapshots, changes=changes)


def _check_removal(erased: Erased, left: list[Path]) -> Erased:
    if not left:
        return erased
    shown = [str(path) for path in dict.fromkeys(left)]
    more = f"\n  and {count_of(len(shown) - _SHOWN, 'more file')}" if len(shown) > _SHOWN else ""
    listed = "\n  ".join(shown[:_SHOWN])
    raise FileError(
        f"Some data could not be removed. Still on this machine or unreadable:\n  {listed}{more}\n"
        f"Removed: {erased}. Make sure that no other program is writing there and that you have permission to change "
        "these files and folders, then retry."
    )


def _still_mentions(path: Path, value: str) -> bool:
    """Return whether a file other than the snapshots, which were rewritten, still mentions a value."""
    if path.suffix in {".parquet", ".lock"} or not os.path.isfile(path):  # noqa: PTH113  # as in files.py
        return False
    try:
        text = path.read_bytes().decode(errors="replace")
    except OSError:
        return True
    return bool(texts_that_mention(value, [text]))


def _folders(settings: Settings, left: list[Path]) -> Iterator[Path]:
    """Yield the folders of the demo's projects with the demo's settings, otherwise those of all other projects."""
    of_demo = {replace(settings, demo=True).project_dir(project).name for project in DEMO_PROJECT_IDS}
    yield from (folder for folder in _all_folders(settings, left) if (folder.name in of_demo) == settings.demo)


def _all_folders(settings: Settings, left: list[Path]) -> Iterator[Path]:
    """Yield the folders of all projects of all services, and add those that cannot be listed to ``left``."""
    projects = settings.data_dir / "projects"
    try:
        found = sorted(projects.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        left.append(projects)
        return
    for folder in found:
        if folder.is_dir():
            if os.access(folder, os.R_OK | os.X_OK):
                yield folder
            else:
                left.append(folder)


def _notes_of_projects(settings: Settings) -> list[Path]:
    return [path for path in entries(settings.data_dir / "projects") if path.name.startswith("seen-")]


def _measure(name: str, folder: Path) -> Place:
    sizes = [size for path in folder.rglob("*") if (size := _size(path)) is not None]
    return Place(name, folder, len(sizes), sum(sizes))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
