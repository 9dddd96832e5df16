"""What is stored on disk, where and how much; and removing what is stored about somebody or something.

Feedback is personal data, and people ask for erasure. Snapshots are rewritten without the rows, those kept aside
included, and histories without their changes; kept pages, which can be fetched again, are removed whole, for a row may
be on any of them. What a killed process left behind, and what can no longer be read, is removed with every request.

What is said to be removed is gone: it is counted after it was, and what could not be removed is an error that names it.
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
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from seggwat_nb.config import Settings

__all__ = ["Erased", "Place", "forget_everything", "forget_older", "forget_project", "forget_rows", "places"]

_LISTS: Final = (("feedback", FEEDBACK), ("ratings", RATINGS))
_SHOWN: Final = 5
_ABANDONED: Final = 3600.0
"""Seconds after which the working folder of a report that was killed is removed."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of ours on disk."""

    name: str
    path: Path
    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was removed, counted after it was gone.

    Attributes
    ----------
    rows : int
        Rows taken out of snapshots, records that could not be read among them.
    snapshots : int
        Snapshots rewritten or removed.
    changes : int
        Changes taken out of histories.
    files : int
        Other files removed: kept pages and answers, and what killed processes left.
    """

    rows: int = 0
    snapshots: int = 0
    changes: int = 0
    files: int = 0

    def __str__(self) -> str:
        return (
            f"{counted(self.rows, 'row')} in {counted(self.snapshots, 'snapshot')}, "
            f"{counted(self.changes, 'change')} in histories, and {counted(self.files, 'file')} of cached responses"
        )

    def __add__(self, other: Erased) -> Erased:
        return Erased(
            rows=self.rows + other.rows,
            snapshots=self.snapshots + other.snapshots,
            changes=self.changes + other.changes,
            files=self.files + other.files,
        )


def places(settings: Settings) -> list[Place]:
    """List what is stored, on all services and projects."""
    return [
        _measured("cached responses", settings.cache_dir / "pages"),
        _measured("rate limit records", settings.cache_dir / "limits"),
        _measured("snapshots", settings.data_dir / "projects"),
    ]


def forget_rows(
    settings: Settings,
    *,
    column: str,
    value: str,
    also: Callable[[Path, Collection[str]], list[Path]] = lambda *_: [],
) -> Erased:
    """Remove the rows about an item or a person from every snapshot, their changes, and every kept page.

    Parameters
    ----------
    settings
        Where things are. Of the demo: only what is stored of the demo is searched. Else everything but that.
    column
        ``"id"`` for the item with this id; ``"submitted_by"`` for a person, who is looked for in every column.
    value
        The id or e-mail address; an address in any case.
    also
        Removes the ids of the rows from what others have written into a project's folder, and gives the files of which
        it cannot. It comes first, since nothing tells the ids once the rows are gone.

    Raises
    ------
    FileError
        Something could not be removed; the message names it, and what was removed.
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
        left += [path for path in sorted(folder.rglob("*")) if _still_names(path, value)]
    return _checked(erased, left)


def forget_project(settings: Settings, project_id: str) -> Erased:
    """Remove what is stored of a project of the settings' service, and every kept page; raises as `forget_rows`."""
    erased, left = _forget_pages(settings)
    folder = settings.project_dir(project_id)
    noted = _notes_of_projects(settings)  # They name every project.
    return _checked(erased + _forget_folders([folder, *noted], left), left)


def forget_older(settings: Settings, projects: Iterable[str], *, than: datetime) -> None:
    """Remove what is stored of projects of the settings' service that were last loaded before a moment."""
    for folder in map(settings.project_dir, projects):
        manifests = [Store(folder, name, schema).manifest() for name, schema in _LISTS]
        loaded = [manifest.facts.finished for manifest in manifests if manifest is not None]
        if loaded and max(loaded) < than:
            remove_tree(folder)


def forget_everything(settings: Settings) -> Erased:
    """Remove everything that this package has stored, of every service and project; raises as `forget_rows`.

    With the demo's settings only what is stored of the demo is removed.
    """
    erased, left = _forget_pages(settings)
    if settings.demo:
        return _checked(erased + _forget_folders(_folders(settings, left), left), left)
    erased += _forget_folders(_all_folders(settings, left), left)
    for folder in (settings.data_dir / "projects", settings.cache_dir / "limits"):
        files, still = remove_tree(folder)
        erased, left = replace(erased, files=erased.files + files), left + still
    return _checked(erased, left)


def _forget_pages(settings: Settings) -> tuple[Erased, list[Path]]:
    """Remove kept pages, and the working folders of reports that were killed."""
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
    """Remove folders of projects; what stood in those of which anything is left is not counted."""
    erased = Erased()
    for folder in folders:
        held = _held(folder)
        files, still = remove_tree(folder)
        if still:
            left += still
            erased += Erased(files=files)
        else:
            erased += held
    return erased


def _held(folder: Path) -> Erased:
    """Count what is stored of a project; nothing where it cannot be read."""
    rows = snapshots = changes = 0
    with suppress(OSError):
        for name, schema in _LISTS:
            store = Store(folder, name, schema)
            changes += store.history().height
            manifest = store.manifest()
            if manifest is not None:
                rows, snapshots = rows + manifest.rows, snapshots + 1
    return Erased(rows=rows, snapshots=snapshots, changes=changes)


def _checked(erased: Erased, left: list[Path]) -> Erased:
    if not left:
        return erased
    shown = [str(path) for path in dict.fromkeys(left)]
    more = f"\n  and {counted(len(shown) - _SHOWN, 'more file')}" if len(shown) > _SHOWN else ""
    listed = "\n  ".join(shown[:_SHOWN])
    raise FileError(
        f"Some data could not be removed. Still on this machine or unreadable:\n  {listed}{more}\n"
        f"Removed: {erased}. Make sure that no other program is writing there and that you have permission to change "
        "these files and folders, then retry."
    )


def _still_names(path: Path, value: str) -> bool:
    """Return whether a file besides the snapshots, which were rewritten, still names somebody."""
    if path.suffix in {".parquet", ".lock"} or not os.path.isfile(path):  # noqa: PTH113  # as in files.py
        return False
    try:
        text = path.read_bytes().decode(errors="replace")
    except OSError:
        return True
    return bool(texts_that_mention(value, [text]))


def _folders(settings: Settings, left: list[Path]) -> Iterator[Path]:
    """Folders of the demo's projects where the settings are the demo's, else of all others of all services."""
    of_demo = {replace(settings, demo=True).project_dir(project).name for project in DEMO_PROJECT_IDS}
    yield from (folder for folder in _all_folders(settings, left) if (folder.name in of_demo) == settings.demo)


def _all_folders(settings: Settings, left: list[Path]) -> Iterator[Path]:
    """Folders of all projects of all services; a folder that cannot be listed is left."""
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


def _measured(name: str, folder: Path) -> Place:
    sizes = [size for path in folder.rglob("*") if (size := _size(path)) is not None]
    return Place(name, folder, len(sizes), sum(sizes))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
