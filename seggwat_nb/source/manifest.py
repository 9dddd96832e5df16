"""What a stored snapshot is: rows, and what is known about them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import polars as pl

from seggwat_nb import __version__

__all__ = ["SCHEMA_VERSION", "Facts", "Manifest", "NewerVersionError", "Snapshot"]

SCHEMA_VERSION: Final = 3
"""Raised when the columns or their meaning change. Earlier versions can be read: version 1 had full loads alone and no
changes, version 2 took lengths that agreed for statuses that were read."""

# What JSON is checked against when a manifest is read.
_Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
_Digest: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class NewerVersionError(ValueError):
    """A newer version of this package wrote the snapshot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts about the load of a frame.

    Attributes
    ----------
    total : int
        The list's own total when the load ended.
    started, finished : datetime
        First and last request of the load (UTC); the frame is as of ``started``.
    requests : int
        Requests the load took.
    removed_during, inserted_during : int
        ``removed_during`` and ``inserted_during`` of `seggwat_nb.source.crawl.CrawlResult`; 0 for a refresh.
    set_aside : tuple of str
        Records that could not be read, as JSON.
    full_as_of : datetime or None
        When every row was last read; None means that this load read them all.
    claims : tuple of str
        What a refresh has verified of every row, as in `seggwat_nb.source.incremental.Refreshed`.
    status_as_of, open_as_of : datetime or None
        When the status of every row, and whether it is open, was last verified by a refresh.
    has_counts : bool or None
        Whether the service returns all lengths in one answer; None if not known yet.
    forgotten : int
        Rows that were removed on request since the load: the frame lacks them.
    stand_ins : mapping of str to datetime
        Ids of the records that do not stand in the list by their own time of creation, and the moment at whose place
        they stand.
    copies : mapping of str to int
        Ids that are in the list more than once, and how often.
    package : str
        Version of this package.
    """

    total: _Count
    started: _Moment
    finished: _Moment
    requests: _Count
    set_aside: tuple[str, ...]
    removed_during: _Count = 0
    inserted_during: _Count = 0
    full_as_of: _Moment | None = None
    claims: tuple[str, ...] = ()
    status_as_of: _Moment | None = None
    open_as_of: _Moment | None = None
    has_counts: bool | None = None
    forgotten: _Count = 0
    stand_ins: dict[str, _Moment] = field(default_factory=dict[str, datetime])
    copies: dict[str, _Count] = field(default_factory=dict[str, int])
    package: str = __version__

    @property
    def last_full(self) -> datetime:
        """When every row was last read in one load."""
        return self.full_as_of or self.started

    @property
    def exact_as_of(self) -> datetime:
        """When the status of every row was last verified, by a full load or by a refresh."""
        return max(self.last_full, self.status_as_of or self.last_full)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known about a snapshot.

    Attributes
    ----------
    schema_version : int
        Version of the columns.
    sha256 : str
        Digest of the Parquet file with the rows, and its name.
    rows : int
        Height of the frame; rows that have gone are not counted.
    facts : Facts
        How the frame came about. Only a load that is verified is ever stored.
    history : str or None
        Digest of the Parquet file with the changes; None if none was seen yet.
    """

    schema_version: int
    sha256: _Digest
    rows: _Count
    facts: Facts
    history: _Digest | None = None

    def to_json(self) -> bytes:
        """Write as JSON; times as ISO 8601."""
        return json.dumps(asdict(self), indent=1, default=datetime.isoformat).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Read what `to_json` wrote; times come back in UTC.

        Raises
        ------
        NewerVersionError
            A newer version of this package wrote it.
        ValueError, OverflowError
            It is something else.
        """
        version = msgspec.json.decode(text, type=_Versioned).schema_version
        if version > SCHEMA_VERSION:
            raise NewerVersionError(
                f"a newer version of seggwat-nb wrote it (format {version}, and this version reads up to "
                f"{SCHEMA_VERSION})"
            )
        manifest = msgspec.json.decode(text, type=cls)
        moments: dict[str, Any] = {
            name: value.astimezone(UTC)
            for name, value in ((name, getattr(manifest.facts, name)) for name in Facts.__slots__)
            if isinstance(value, datetime)
        }
        return replace(manifest, facts=replace(manifest.facts, **moments))


@dataclass(frozen=True, slots=True)
class _Versioned:
    schema_version: Annotated[int, msgspec.Meta(ge=1)]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Rows from disk whose digest holds, and their manifest.

    Attributes
    ----------
    rows : pl.DataFrame
        The columns of the list, ``read_at``, when a row was last read, and ``gone_at``, null for those in the list.
    """

    rows: pl.DataFrame
    manifest: Manifest

    @property
    def frame(self) -> pl.DataFrame:
        """The rows in the list, with its own columns."""
        return self.listed.drop("read_at")

    @property
    def listed(self) -> pl.DataFrame:
        """The rows in the list, with ``read_at``; no copy is made if nothing has gone."""
        has_gone = self.rows["gone_at"].count() > 0
        return (self.rows.filter(pl.col("gone_at").is_null()) if has_gone else self.rows).drop("gone_at")

    @property
    def gone(self) -> pl.DataFrame:
        """The rows that have gone, with ``gone_at``."""
        return self.rows.filter(pl.col("gone_at").is_not_null()).drop("read_at")
