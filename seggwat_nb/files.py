"""Writes and removes files: private to their owner, written atomically, and reported if they cannot be removed."""

from __future__ import annotations

import os
import stat
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
    "expand_home",
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


def expand_home(path: str | os.PathLike[str]) -> Path:
    """Return a path that a user wrote. As in a shell, ``~`` at its start is the home folder.

    Examples
    --------
    >>> expand_home("~/report.html") == Path.home() / "report.html"
    True
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111  # that of Path raises for an unknown user


def private_folder(path: Path) -> Path:
    """Create a folder that only its owner may open, with any missing parents, since feedback is personal data."""
    try:
        _make(path)
    except FileNotFoundError:
        _make(path)  # A parent was removed in the meantime.
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_atomically(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write a file under a temporary name, then rename it, so that readers see the old or the new file.

    Its permissions are `mode`. If that is None, the file is private.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            beside.chmod(mode)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def write_private(path: Path, content: bytes) -> None:
    """Create a private folder and write a file in it atomically, even if the folder is removed in between."""
    private_folder(path.parent)
    try:
        write_atomically(path, content)
    except FileNotFoundError:
        private_folder(path.parent)
        write_atomically(path, content)


def write_output(path: Path, content: bytes) -> None:
    """Write a file that the user asked for, atomically. What a link leads to is replaced, rather than the link.

    An existing file keeps its permissions, so that colleagues can still read one that they share.

    Raises
    ------
    FileError
        It cannot be written. An existing file is unchanged.
    """
    with file_errors(f"write {path}", "Choose another file or folder, or free some disk space."):
        target = Path(os.path.realpath(path))
        write_atomically(target, content, mode=stat.S_IMODE(target.stat().st_mode) if target.exists() else None)


def entries(folder: Path) -> list[Path]:
    """List a folder, sorted; empty if it does not exist or cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def remove_file(path: Path) -> bool:
    """Remove a file, and return whether it no longer exists. Never raises."""
    try:
        path.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def remove_tree(folder: Path) -> tuple[int, list[Path]]:
    """Remove a folder and everything in it. Never raises.

    Returns
    -------
    tuple of int and list of Path
        How many files were removed, and which paths are left. Files added in the meantime count as neither, and lock
        files are not counted, since they are empty.
    """
    removed, left = 0, list[Path]()

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            left.append(Path(error.filename))

    if os.path.isfile(folder):  # noqa: PTH113  # Path.is_file raises without permission
        return (1, []) if remove_file(folder) else (0, [folder])
    for root, folders, names in os.walk(folder, topdown=False, onerror=unreadable):
        links = [name for name in folders if Path(root, name).is_symlink()]
        for path in (Path(root, name) for name in [*names, *links]):
            if remove_file(path):
                removed += path.suffix != ".lock"
            elif path.suffix != ".lock":
                left.append(path)
        with suppress(OSError):  # An empty folder may stay, since it has no data.
            Path(root).rmdir()
    return removed, left


class UnwritableFolder:
    """Warns once that a folder cannot be written.

    Parameters
    ----------
    folder
        The cache folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._warned = False

    def __call__(self, error: OSError) -> None:
        """Warn about an error from a write to the folder."""
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
    """Convert an error of the file system to a `FileError`.

    Parameters
    ----------
    what
        The failed action, such as ``"write report.html"``.
    advice
        A sentence that says what to do about it.
    """
    try:
        yield
    except TimeoutError:
        raise  # Another program holds a lock.
    except OSError as error:
        raise FileError(f"Could not {what}: {error.strerror or error}. {advice}") from error


def _make(path: Path) -> None:
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
