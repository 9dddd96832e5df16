"""Snapshots on disk: the last complete frame of a list, and what is known about it.

A snapshot is two files: Parquet, named by its own SHA-256, and a manifest that names it. The Parquet is written first,
the manifest then moved into its place, so a crash at any moment leaves the old snapshot or the new one. A snapshot
is served only if its digest holds.
"""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from filelock import FileLock, Timeout

from seggwat_nb import __version__
from seggwat_nb.errors import LockedError
from seggwat_nb.files import private_folder, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["SCHEMA_VERSION", "Facts", "Manifest", "Snapshot", "Store"]

SCHEMA_VERSION: Final = 1
"""Raised when the columns change; an older snapshot is then fetched anew."""

_LOCK_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How a frame came about.

    Attributes
    ----------
    total : int
        The list's own total when the crawl closed.
    started, finished : datetime
        First and last request of the crawl (UTC); the frame is as of ``started``.
    requests : int
        Requests the crawl took.
    ghosts, late : int
        As in `seggwat_nb.source.crawl.Closed`.
    set_aside : tuple of str
        Records that could not be read, as JSON.
    package : str
        Version of this package.
    """

    total: int
    started: datetime
    finished: datetime
    requests: int
    ghosts: int
    late: int
    set_aside: tuple[str, ...]
    package: str = __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known about a snapshot.

    Attributes
    ----------
    schema_version : int
        Version of the columns.
    sha256 : str
        Digest of the Parquet file, and its name.
    rows : int
        Height of the frame.
    facts : Facts
        How the frame came about. Only a crawl that closed is ever stored, so every snapshot is verified.
    """

    schema_version: int
    sha256: str
    rows: int
    facts: Facts

    def to_json(self) -> bytes:
        """Write as JSON; times as ISO 8601."""
        return json.dumps(asdict(self), indent=1, default=datetime.isoformat).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Read what `to_json` wrote; ValueError, TypeError or KeyError where it is something else."""
        fields: dict[str, Any] = json.loads(text)
        facts = fields["facts"]
        moments = {name: datetime.fromisoformat(facts[name]) for name in ("started", "finished")}
        return cls(**{**fields, "facts": Facts(**{**facts, **moments, "set_aside": tuple(facts["set_aside"])})})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frame from disk whose digest holds, and its manifest."""

    frame: pl.DataFrame
    manifest: Manifest


class Store:
    """The snapshot of one list of one project.

    Parameters
    ----------
    folder
        The project's folder; made when something is written.
    resource
        ``"feedback"`` or ``"ratings"``.
    schema
        The columns a snapshot must have.
    """

    def __init__(self, folder: Path, resource: str, schema: pl.Schema) -> None:
        self._folder = folder
        self._resource = resource
        self._schema = schema

    @property
    def _manifest_path(self) -> Path:
        return self._folder / f"{self._resource}.json"

    def _parquet_path(self, digest: str) -> Path:
        return self._folder / f"{self._resource}-{digest[:32]}.parquet"

    def manifest(self) -> Manifest | None:
        """Read the manifest alone; None where there is none that this version can use."""
        try:
            manifest = Manifest.from_json(self._manifest_path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            self._distrust(f"its manifest cannot be read ({type(error).__name__})")
            return None
        return manifest if manifest.schema_version == SCHEMA_VERSION else None

    def read(self) -> Snapshot | None:
        """Read the snapshot; None, with a warning that says why, where there is none to be trusted."""
        while (manifest := self.manifest()) is not None:
            try:
                content = self._parquet_path(manifest.sha256).read_bytes()
            except OSError as error:
                if (now := self.manifest()) is not None and now.sha256 != manifest.sha256:
                    continue  # Another writer has just replaced it.
                self._distrust(f"its rows cannot be read ({type(error).__name__})")
                return None
            if hashlib.sha256(content).hexdigest() != manifest.sha256:
                self._distrust("its digest does not hold: the file was damaged or changed")
                return None
            frame = pl.read_parquet(io.BytesIO(content))
            if frame.schema != self._schema or frame.height != manifest.rows:
                self._distrust("its columns are not those of this version")
                return None
            return Snapshot(frame, manifest)
        return None

    def write(self, frame: pl.DataFrame, facts: Facts) -> Manifest:
        """Write a snapshot in the place of the last.

        Raises
        ------
        LockedError
            Another program writes this snapshot and does not finish.
        OSError
            The disk is full or read-only; the last snapshot stands.
        """
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        digest = hashlib.sha256(content).hexdigest()
        manifest = Manifest(schema_version=SCHEMA_VERSION, sha256=digest, rows=frame.height, facts=facts)
        with self.locked():
            for left in self._folder.glob(f".{self._resource}*.part"):
                left.unlink(missing_ok=True)  # A writer was killed; we hold the lock, so none is at work.
            path = self._parquet_path(manifest.sha256)
            write_atomically(path, content)
            write_atomically(self._manifest_path, manifest.to_json())
            for old in self._folder.glob(f"{self._resource}-*.parquet"):
                if old != path:
                    old.unlink(missing_ok=True)
        return manifest

    @contextmanager
    def locked(self, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
        """Hold the right to write this snapshot."""
        lock = FileLock(private_folder(self._folder) / f".{self._resource}.lock", mode=0o600)
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            raise LockedError(
                f"Another program has been writing the {self._resource} snapshot in {self._folder} for {seconds:.0f} "
                "seconds. Wait for it or stop it, then try again."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _distrust(self, why: str) -> None:
        warnings.warn(
            f"The stored {self._resource} snapshot in {self._folder} is not used: {why}. "
            "The rows are fetched anew; `seggwat-nb doctor` shows what is stored.",
            stacklevel=4,
        )
