"""Files of the user's: written beside their place and moved there, so that nothing is ever half there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["private_folder", "write_atomically"]


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may open, with its missing parents; feedback is personal data."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file for its owner only, beside its place, and move it there; whoever looks sees old or new, whole."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
