"""How messages are worded: numbers of things."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, thing: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "item"), counted(1200, "new item")
    ('1 item', '1,200 new items')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
