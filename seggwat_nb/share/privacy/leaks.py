"""The final check of finished files for secrets that this package is using.

User text is masked value by value before it is formatted (`seggwat_nb.share.privacy.masking`), so it can never block
sharing. Only a secret in use can: users do not know it, so they cannot put it there.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

from seggwat_nb.errors import LeakError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Revealing", "addresses", "check"]

_ZIP: Final = b"PK\x03\x04"
_ADDRESS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}")


class Revealing(Protocol):
    """A secret whose value must be requested explicitly."""

    def reveal(self) -> str:
        """Return the secret."""


def check(content: bytes | str, *, name: str, secrets: Iterable[Revealing | None] = ()) -> None:
    """Raise an error if content contains a secret in use.

    Parameters
    ----------
    content
        The finished text, such as HTML, JSON, CSV or the body of a message, or the bytes of a spreadsheet, of which all
        parts are checked. Other compressed formats (Parquet, PDF) cannot be searched: pass the content that they were
        made from.
    name
        Name of the content, for the error.
    secrets
        The API token, and other secrets that this run uses.

    Raises
    ------
    LeakError
        A secret was found. The message gives its location, but not its value.

    Examples
    --------
    >>> from seggwat_nb.secret import Secret
    >>> check("<p>oat_secret</p>", name="report.html", secrets=[Secret("oat_secret")])
    Traceback (most recent call last):
    seggwat_nb.errors.LeakError: report.html, line 1, contains a secret that this run uses (a token or webhook), so \
nothing was written or sent. Remove it where it comes from, for example a cell that prints it, or a text of your own.
    """
    for part, text in _parts(content, name):
        for secret in secrets:
            place = None if secret is None else _place(text, secret)
            if place is not None:
                raise LeakError(
                    f"{part}, line {place}, contains a secret that this run uses (a token or webhook), so nothing was "
                    "written or sent. Remove it where it comes from, for example a cell that prints it, or a "
                    "text of your own."
                )


def addresses(content: bytes | str) -> int:
    """Count the e-mail addresses in finished content. They are the author's own, since those in the data are masked.

    Examples
    --------
    >>> addresses("Questions to team@example.org")
    1
    """
    return len({found.lower() for _, text in _parts(content, "") for found in _ADDRESS.findall(text)})


def _parts(content: bytes | str, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(content, str):
        yield name, content
    elif content.startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for part in parts.namelist():
                yield f"{name}, {part}", parts.read(part).decode("utf-8", "replace")
    else:
        yield name, content.decode("utf-8", "replace")


def _place(text: str, secret: Revealing) -> int | None:
    """Find the line with a secret, also if it is escaped for JSON, HTML or URLs."""
    ways = (str, html.escape, lambda text: quote(text, safe=""), quote, lambda text: json.dumps(text)[1:-1])
    found = [at for way in ways if (at := text.find(way(secret.reveal()))) >= 0]
    return text.count("\n", 0, min(found)) + 1 if found else None
