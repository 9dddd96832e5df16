"""Values that must not be shown by accident: the API token, GitHub's token, and the address of a Slack webhook."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Secret", "hide", "presentable", "without_tokens"]

_TOKEN: Final = re.compile(r"(oat_)[\w-]+|[\w-]{40,}")
"""A token, or a string long enough to be a token with a changed or missing prefix."""


class Secret:
    """A text that only `reveal` returns.

    Neither repr, str, pickle nor any attribute shows it, so neither does a traceback that prints local variables.

    Parameters
    ----------
    value
        The text.

    Examples
    --------
    >>> Secret("oat_" + "x" * 43)
    Secret(fingerprint 41870b)
    """

    __slots__ = ("_reveal",)

    def __init__(self, value: str) -> None:
        # Tools that inspect attributes would show an attribute with the text.
        self._reveal: Callable[[], str] = lambda: value

    def reveal(self) -> str:
        """Return the text itself. Never assign it to a variable, because tracebacks may show it."""
        return self._reveal()

    @property
    def fingerprint(self) -> str:
        """First half of the text's SHA-256, which distinguishes secrets without revealing them."""
        return hashlib.sha256(self._reveal().encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def __bool__(self) -> bool:
        return bool(self._reveal().strip())

    def __repr__(self) -> str:
        return f"Secret(fingerprint {self.fingerprint[:6]})"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret cannot be pickled. Create a new client where it is needed.")


def hide(value: object) -> Secret | None:
    """Wrap a value as a `Secret` unless it is one already; None stays None."""
    return value if value is None or isinstance(value, Secret) else Secret(str(value))


def without_tokens(text: str) -> str:
    """Remove anything that may be a token, since a service may repeat it in its answers.

    Examples
    --------
    >>> without_tokens("The key oat_" + "x" * 43 + " was revoked")
    'The key oat_… was revoked'
    >>> without_tokens("The key oat%5F" + "x" * 43)
    'The key oat%…'
    """
    return _TOKEN.sub(lambda found: f"{found[1] or ''}…", text)


def presentable(text: object) -> str | None:
    """Reduce a text to one short line, without control characters and without any token that the service may echo."""
    if not isinstance(text, str) or not text.strip():
        return None
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return without_tokens(line)[:200]
