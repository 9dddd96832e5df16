"""Answers on disk: one small file each, with a digest, for their owner only.

A file an answer instead of a database: it is written beside its place and moved there, so a stopped kernel, a second
process and a full disk leave nothing open, locked or half written; and forgetting a run is removing its folder.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import warnings
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from requests.structures import CaseInsensitiveDict
from requests_cache.backends.base import BaseCache, BaseStorage
from requests_cache.models.response import CachedResponse

from seggwat_nb.files import private_folder, write_atomically
from seggwat_nb.source.signing import RUN_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import requests


__all__ = ["AnswerCache", "AnswerFiles"]

_SHORT_LIVED: Final = "short"
_HEADERS: Final = ("Content-Type", "Date")


class AnswerFiles(BaseStorage[str, CachedResponse]):
    """A mapping from key to answer, as files in a folder; a key is ``run/name``.

    An entry whose digest does not hold counts as absent and is fetched again. A disk that cannot be written is told
    once, and the session goes on without.

    Parameters
    ----------
    folder
        Where the files lie.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(serializer=None)
        self.damaged = 0
        self._folder = folder
        self._writable = True

    def __getitem__(self, key: str) -> CachedResponse:
        try:
            content = self._path(key).read_bytes()
        except OSError:
            raise KeyError(key) from None
        digest, _, payload = content.partition(b"\n")
        if digest != _digest(key, payload):
            self.damaged += 1
            self._path(key).unlink(missing_ok=True)
            raise KeyError(key)
        head, _, body = payload.partition(b"\n")
        response = _revive(json.loads(head), body)
        response.cache_key = key
        return response

    def __setitem__(self, key: str, response: CachedResponse) -> None:
        if not self._writable:
            return
        payload = json.dumps(_head(response)).encode() + b"\n" + response.content
        path = self._path(key)
        try:
            private_folder(self._folder)
            private_folder(path.parent)
            write_atomically(path, _digest(key, payload) + b"\n" + payload)
        except OSError as error:
            self._writable = False
            warnings.warn(
                f"Pages cannot be kept in {self._folder} ({error.strerror}): the load goes on, but cannot be resumed "
                "if it is stopped. Free the disk or set SEGGWAT_NB_CACHE_DIR.",
                stacklevel=2,
            )

    def __delitem__(self, key: str) -> None:
        try:
            self._path(key).unlink()
        except OSError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        for path in self._folder.glob("*/*.answer"):
            yield f"{path.parent.name}/{path.stem}"

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove every entry."""
        for folder in {path.parent for path in self._folder.glob("*/*.answer")}:
            shutil.rmtree(folder, ignore_errors=True)

    def count_run(self, run: str) -> int:
        """Count the entries of one run."""
        return sum(1 for _ in (self._folder / run).glob("*.answer"))

    def clear_run(self, run: str) -> None:
        """Remove the entries of one run."""
        shutil.rmtree(self._folder / run, ignore_errors=True)

    def clear_short_lived(self) -> None:
        """Remove the answers that belong to no run."""
        self.clear_run(_SHORT_LIVED)

    def clear_old(self, *, now: float, runs: float, answers: float) -> None:
        """Remove runs to which nothing was added, and other answers, for so many seconds."""
        for folder in self._folder.glob("*"):
            if folder.name == _SHORT_LIVED:
                for path in folder.glob("*.answer"):
                    if path.stat().st_mtime < now - answers:
                        path.unlink(missing_ok=True)
            elif any(folder.glob("*.answer")) and folder.stat().st_mtime < now - runs:
                shutil.rmtree(folder, ignore_errors=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.answer"


class AnswerCache(BaseCache):
    """The backend for requests-cache; redirects are not followed, so none are kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__(cache_name=str(folder))
        self.files = AnswerFiles(folder)
        self.responses = self.files


def key_of(request: requests.PreparedRequest, **_more: Any) -> str:  # noqa: ANN401  # what requests-cache passes besides
    """Key of an answer: the run and step that asked, or none for short-lived ones, and the address."""
    run = request.headers.get(RUN_HEADER, f"{_SHORT_LIVED}/")
    folder, _, step = run.partition("/")
    name = hashlib.sha256(f"{request.method} {step} {request.url}".encode()).hexdigest()[:32]
    return f"{folder}/{name}"


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
