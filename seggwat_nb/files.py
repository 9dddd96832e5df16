"""Files on disk: for their owner only, written whole or not at all, and removed for good or named as left."""

from __future__ import annotations

import os
import tempfile
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "DATA_FOLDER",
    "THEMES_FILE",
    "UnwritableFolder",
    "entries",
    "file_errors",
    "private_folder",
    "remove_file",
    "remove_tree",
    "write_atomically",
    "write_output",
    "write_private",
]


DATA_FOLDER: Final = "Free some disk space, or set SEGGWAT_NB_DATA_DIR to a folder that you may write to."
"""What to do if something cannot be written to the data folder."""

THEMES_FILE: Final = "seggwat-themes.toml"
"""The file with a user's themes, in the working folder."""


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may open, with its missing parents; feedback is personal data."""
    try:
        _make(path)
    except FileNotFoundError:
        _make(path)  # A parent was removed meanwhile.
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file for its owner only, beside its place, and move it there; readers see the old or the new file."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def write_private(path: Path, content: bytes) -> None:
    """Write a file atomically and make its private folder first, again if that is removed meanwhile."""
    private_folder(path.parent)
    try:
        write_atomically(path, content)
    except FileNotFoundError:
        private_folder(path.parent)
        write_atomically(path, content)


def write_output(path: Path, content: bytes) -> None:
    """Write a file that the user asked for, atomically.

    Raises
    ------
    FileError
        It cannot be written there; a file that was there before is unchanged.
    """
    with file_errors(f"write {path}", "Choose another file or folder, or free some disk space."):
        write_atomically(path.absolute(), content)


def entries(folder: Path) -> list[Path]:
    """List a folder, sorted; empty if it does not exist or cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def remove_file(path: Path) -> bool:
    """Remove a file; tells whether it is gone, whoever removed it. Never raises."""
    try:
        path.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def remove_tree(folder: Path) -> tuple[int, list[Path]]:
    """Remove a folder with everything in it. Never raises.

    Returns
    -------
    tuple of int and list of Path
        How many files were removed, and what is still there. Files that somebody else adds meanwhile are neither, and
        lock files, which are empty, are not counted.
    """
    removed, left = 0, list[Path]()

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            left.append(Path(error.filename))

    if os.path.isfile(folder):  # noqa: PTH113  # Path.is_file raises where it may not look
        return (1, []) if remove_file(folder) else (0, [folder])
    for root, folders, names in os.walk(folder, topdown=False, onerror=unreadable):
        links = [name for name in folders if Path(root, name).is_symlink()]
        for path in (Path(root, name) for name in [*names, *links]):
            if remove_file(path):
                removed += path.suffix != ".lock"
            elif path.suffix != ".lock":
                left.append(path)
        with suppress(OSError):  # An empty folder tells nothing.
            Path(root).rmdir()
    return removed, left


class UnwritableFolder:
    """Warns once that a folder cannot be written, whoever finds out first.

    Parameters
    ----------
    folder
        The cache folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._warned = False

    def __call__(self, error: OSError) -> None:
        """Tell of an error that a write to it raised."""
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"The cache folder {self._folder} cannot be written ({error.strerror or error}). The load continues, "
                "but cannot be resumed if it is stopped, and other notebooks on this machine do not see how much of "
                "the rate limit it uses. Free some disk space or set SEGGWAT_NB_CACHE_DIR.",
                stacklevel=2,
            )


@contextmanager
def file_errors(what: str, advice: str) -> Iterator[None]:
    """Turn an error of the file system into a `FileError`.

    Parameters
    ----------
    what
        What was to be done: ``"write report.html"``.
    advice
        What to do about it, as a sentence.
    """
    try:
        yield
    except TimeoutError:
        raise  # A lock that another program holds.
    except OSError as error:
        raise FileError(f"Could not {what}: {error.strerror or error}. {advice}") from error


def _make(path: Path) -> None:
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
