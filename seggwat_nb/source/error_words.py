"""Finds in the body of a response what the service says about an error, in any usual form."""

from __future__ import annotations

from typing import Final

from seggwat_nb.secret import presentable

__all__ = ["error_words"]

_MESSAGES: Final = ("message", "detail", "error_description", "title", "errors", "msg")
"""Where services put what people should read."""

_MOST_PARTS: Final = 10


def error_words(body: object) -> tuple[str | None, str | None]:
    """Return an error code and a message, if a decoded body has them, made safe to show."""
    if not isinstance(body, dict):
        return None, None
    error = body.get("error")
    inside = error if isinstance(error, dict) else {}
    texts = (_first_text(part.get(name)) for part in (body, inside) for name in _MESSAGES)
    return presentable(error) or presentable(inside.get("code")), next(filter(None, texts), None)


def _first_text(value: object, depth: int = 4) -> str | None:
    """Return the first text in a message, which may be a list of messages, or of messages by field."""
    if isinstance(value, str):
        return presentable(value)
    if not depth or not isinstance(value, list | dict):
        return None
    named = [value[name] for name in _MESSAGES if name in value] if isinstance(value, dict) else value
    parts = named or list(value.values() if isinstance(value, dict) else ())
    return next(filter(None, (_first_text(part, depth - 1) for part in parts[:_MOST_PARTS])), None)
