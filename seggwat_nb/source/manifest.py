"""The contents of a stored snapshot: the rows, and a manifest that describes them."""

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
"""Incremented when the columns or their meaning change. Earlier versions can still be read: version 1 only had full
loads and no history, and version 2 treated statuses as verified if the list lengths matched."""

# Types that validate the JSON of a manifest.
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
        The total that the list reported at the end of the load.
    started, finished : datetime
        Times of the first and last request (UTC). The frame is as of ``started``.
    requests : int
        Number of requests.
    removed_during, inserted_during : int
        As in `seggwat_nb.source.crawl.CrawlResult`. 0 for a refresh.
    set_aside : tuple of str
        Records that could not be read, as JSON.
    full_as_of : datetime or None
        When every row was last read in one load. None means that this load read them all.
    claims : tuple of str
        What a refresh verified for every row, as in `seggwat_nb.source.incremental.Refreshed`.
    status_as_of, open_as_of : datetime or None
        When a refresh last verified the status of every row, and which rows are open.
    has_counts, no_refresh, no_refresh_until
        As in `seggwat_nb.source.learned.Learned`.
    forgotten : int
        Rows erased on request since the load, which the frame no longer contains.
    stand_ins : mapping of str to datetime
        IDs of the records that are not in the list at the position of their own creation time, and the time of the
        position where they are.
    copies : mapping of str to int
        IDs that are in the list more than once, and how often.
    known_at : datetime or None
        The time that `seggwat_nb.source.row_versions` takes for the load's, if earlier than ``started``. Lists that are
        loaded together have the same time.
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
    no_refresh: str | None = None
    no_refresh_until: _Moment | None = None
    forgotten: _Count = 0
    stand_ins: dict[str, _Moment] = field(default_factory=dict[str, datetime])
    copies: dict[str, _Count] = field(default_factory=dict[str, int])
    known_at: _Moment | None = None
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
    """The description of a snapshot.

    Attributes
    ----------
    schema_version : int
        Version of the columns.
    sha256 : str
        Digest of the Parquet file with the rows. The file is named after it.
    rows : int
        Height of the frame, excluding rows that have left the list.
    facts : Facts
        How the frame was loaded. Only verified loads are stored.
    history : str or None
        Digest of the Parquet file with the changes. None if there are none yet.
    """

    schema_version: int
    sha256: _Digest
    rows: _Count
    facts: Facts
    history: _Digest | None = None
    versions: _Digest | None = None
    versions_from: _Moment | None = None
    versions_since: _Moment | None = None

    def to_json(self) -> bytes:
        """Serialize to JSON, with times in ISO 8601."""
        return json.dumps(asdict(self), indent=1, default=datetime.isoformat).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Parse the output of `to_json`. Times are in UTC.

        Raises
        ------
        NewerVersionError
            A newer version of this package wrote it.
        ValueError, OverflowError
            The text is not a manifest.
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
        since, known = (
            None if moment is None else moment.astimezone(UTC)
            for moment in (manifest.versions_since, manifest.versions_from)
        )
        facts = replace(manifest.facts, **moments)
        return replace(manifest, facts=facts, versions_since=since, versions_from=known)


@dataclass(frozen=True, slots=True)
class _Versioned:
    schema_version: Annotated[int, msgspec.Meta(ge=1)]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Rows from disk whose checksum matches, and their manifest.

    Attributes
    ----------
    rows : pl.DataFrame
        The columns of the list, plus ``read_at`` (when a row was last read) and ``gone_at`` (when it was found missing,
        null for rows in the list).
    """

    rows: pl.DataFrame
    manifest: Manifest

    @property
    def frame(self) -> pl.DataFrame:
        """The rows in the list, with the columns of the list."""
        return self.listed.drop("read_at")

    @property
    def listed(self) -> pl.DataFrame:
        """The rows in the list, with ``read_at``. Not copied if no rows have left the list."""
        has_gone = self.rows["gone_at"].count() > 0
        return (self.rows.filter(pl.col("gone_at").is_null()) if has_gone else self.rows).drop("gone_at")

    @property
    def gone(self) -> pl.DataFrame:
        """The rows that have left the list, with ``gone_at``."""
        return self.rows.filter(pl.col("gone_at").is_not_null()).drop("read_at")
