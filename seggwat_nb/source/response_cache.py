"""Caches responses on disk: one small file each, with a checksum, readable by its owner only.

One file per response rather than a database: each is written to a temporary file and then renamed, so a killed kernel,
a second process or a full disk leaves nothing open, locked or half-written. A run is deleted by removing its folder.
Several processes may clean up at once, so any file may disappear between being listed, read and removed.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from requests.structures import CaseInsensitiveDict
from requests_cache.backends.base import BaseCache, BaseStorage
from requests_cache.models.response import CachedResponse

from seggwat_nb.files import UnwritableFolder, entries, private_folder, remove_file, remove_tree, write_private
from seggwat_nb.signing import RUN_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import requests


__all__ = ["AnswerCache", "AnswerFiles"]

_SHORT_LIVED: Final = "short"
_HEADERS: Final = ("Content-Type", "Date")


class AnswerFiles(BaseStorage[str, CachedResponse]):
    """A mapping from keys to responses, stored as files in a folder. A key has the form ``run/name``.

    An entry whose checksum does not match counts as missing and is fetched again. Another process may remove files at
    any time. If the disk is not writable, the session continues without a cache.

    Parameters
    ----------
    folder
        Where the files are.
    on_unwritable
        Called with the error if they cannot be written. By default, it warns.
    """

    def __init__(self, folder: Path, on_unwritable: Callable[[OSError], None] | None = None) -> None:
        super().__init__(serializer=None)
        self.damaged = 0
        self._folder = folder
        self._on_unwritable = on_unwritable or UnwritableFolder(folder)
        self._writable = True

    def __getitem__(self, key: str) -> CachedResponse:
        try:
            content = self._path(key).read_bytes()
        except OSError:
            raise KeyError(key) from None
        digest, _, payload = content.partition(b"\n")
        head, _, body = payload.partition(b"\n")
        try:
            if digest != _digest(key, payload):
                raise ValueError("digest")  # noqa: TRY301  # handled like any damaged entry
            response = _revive(json.loads(head), body)
        except (ValueError, KeyError, TypeError):
            self.damaged += 1
            remove_file(self._path(key))
            raise KeyError(key) from None
        response.cache_key = key
        return response

    def __setitem__(self, key: str, response: CachedResponse) -> None:
        if not self._writable:
            return
        payload = json.dumps(_head(response)).encode() + b"\n" + response.content
        try:
            private_folder(self._folder)
            write_private(self._path(key), _digest(key, payload) + b"\n" + payload)
        except OSError as error:
            self._writable = False
            self._on_unwritable(error)

    def __delitem__(self, key: str) -> None:
        try:
            self._path(key).unlink()
        except OSError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        for folder in entries(self._folder):
            for path in _answers(folder):
                yield f"{folder.name}/{path.stem}"

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove every entry."""
        for folder in entries(self._folder):
            if _answers(folder):
                remove_tree(folder)

    def count_run(self, run: str) -> int:
        """Count the entries of one run."""
        return len(_answers(self._folder / run))

    def clear_run(self, run: str) -> None:
        """Remove the entries of one run."""
        remove_tree(self._folder / run)

    def clear_short_lived(self, *, before: float | None = None) -> None:
        """Remove the responses that belong to no run, optionally only those stored before a timestamp in seconds."""
        for path in _answers(self._folder / _SHORT_LIVED):
            if before is None or _modification_time(path) < before:
                remove_file(path)

    def clear_old(self, *, now: float, runs: float, answers: float) -> None:
        """Remove runs unchanged for ``runs`` seconds, and other responses older than ``answers`` seconds."""
        self.clear_short_lived(before=now - answers)
        for folder in entries(self._folder):
            if folder.name != _SHORT_LIVED and _answers(folder) and _modification_time(folder) < now - runs:
                remove_tree(folder)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.answer"


class AnswerCache(BaseCache):
    """The backend for requests-cache. Redirects are not followed, so none are stored."""

    def __init__(self, folder: Path, on_unwritable: Callable[[OSError], None] | None = None) -> None:
        super().__init__(cache_name=str(folder))
        self.files = AnswerFiles(folder, on_unwritable)
        self.responses = self.files


def key_of(request: requests.PreparedRequest, **_more: Any) -> str:  # noqa: ANN401  # other arguments of requests-cache
    """Key of a response: built from the URL and, unless it is short-lived, its run and step."""
    run = request.headers.get(RUN_HEADER, f"{_SHORT_LIVED}/")
    folder, _, step = run.partition("/")
    name = hashlib.sha256(f"{request.method} {step} {request.url}".encode()).hexdigest()[:32]
    return f"{folder}/{name}"


def _answers(folder: Path) -> list[Path]:
    return [path for path in entries(folder) if path.suffix == ".answer"]


def _modification_time(path: Path) -> float:
    """Return when a file or folder was last modified, in seconds. A missing one counts as new."""
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")


def _digest(key: str, payload: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\n" + payload).hexdigest().encode()


def _head(response: CachedResponse) -> dict[str, Any]:
    return {
        "status_code": response.status_code,
        "url": response.url,
        "reason": response.reason,
        "encoding": response.encoding,
        "headers": {name: response.headers[name] for name in _HEADERS if name in response.headers},
        "created_at": response.created_at.isoformat(),
        "expires": response.expires.isoformat() if response.expires else None,
    }


def _revive(head: dict[str, Any], body: bytes) -> CachedResponse:
    return CachedResponse(
        content=body,
        status_code=head["status_code"],
        url=head["url"],
        reason=head["reason"],
        encoding=head["encoding"],
        headers=CaseInsensitiveDict(head["headers"]),
        created_at=datetime.fromisoformat(head["created_at"]),
        expires=head["expires"] and datetime.fromisoformat(head["expires"]),
    )
