"""A disk that fails, or loses files, at any operation below a folder."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_READS = {"os.listdir", "os.scandir"}
_OPERATIONS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.utime", "os.chmod", *_READS}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Disk:
    """Sees every operation of this process below a folder; what it is given to do is done before each.

    ``operations`` counts them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.operations = 0
        self.before: Callable[[int, bool, str], None] = lambda *_: None
        self.watches = True

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watches or event not in _OPERATIONS or not arguments:
            return
        path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes | Path) else ""
        if path == self.folder or path.startswith(self.folder + os.sep):
            self.operations += 1
            reads = event in _READS or (event == "open" and not (arguments[2] or 0) & _WRITING)
            self.before(self.operations, reads, path)

    def fail(self, number: int, *, at: int, reads: bool) -> None:
        """Fail with an error number, from an operation on; of reading only if asked."""

        def before(count: int, is_read: bool, path: str) -> None:
            if count >= at and (reads or not is_read):
                raise OSError(number, os.strerror(number), path)

        self.before = before

    def lose(self, *, at: int) -> None:
        """Lose the whole folder before an operation."""

        def before(count: int, *_: object) -> None:
            if count == at:
                self.watches = False
                shutil.rmtree(self.folder, ignore_errors=True)
                self.watches = True

        self.before = before


@contextmanager
def watched(folder: Path) -> Iterator[Disk]:
    """Watch a folder for a while; the hook itself stays for good, and does nothing then."""
    disk = Disk(folder)
    sys.addaudithook(disk)
    try:
        yield disk
    finally:
        disk.watches = False
