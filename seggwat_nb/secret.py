"""A value that must not be shown by accident: the API token, GitHub's token, the address of a Slack webhook."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Secret", "hide", "without_tokens"]

_TOKEN: Final = re.compile(r"(oat_)[\w-]+|[\w-]{40,}")
"""A token, or a run that is long enough to be one whose beginning was changed or left out."""


class Secret:
    """A text that only `reveal` gives away.

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
        self._reveal: Callable[[], str] = lambda: (
            value
        )  # An attribute that held the text would be shown by tools that walk attributes.

    def reveal(self) -> str:
        """Return the text itself. Assign it to no variable: tracebacks print those."""
        return self._reveal()

    @property
    def fingerprint(self) -> str:
        """First half of the text's SHA-256: tells two secrets apart and leads back to neither."""
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
