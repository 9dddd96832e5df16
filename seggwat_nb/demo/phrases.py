"""The feedback texts of a fictional shop system's customers, read from ``phrases.toml`` on first use."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

__all__ = ["Phrases", "Talk", "load"]


class Talk(msgspec.Struct, frozen=True):
    """Sentences on one subject. ``cores`` are pairs of path and text, and ``details`` can follow any of them."""

    cores: tuple[tuple[str, str], ...]
    details: tuple[str, ...]


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All texts of the demo.

    Attributes
    ----------
    fillers : dict of str to tuple of str
        Maps placeholders, written in braces, to their possible replacements.
    by_type : dict of str to Talk
        Everyday feedback by type.
    broken, growing, recurring, loud, cancelled : Talk
        Feedback on the release that breaks payment, on a request that grows, on a bug that comes back after its fix, by
        one customer on a bad day, and by people who cancel.
    docs : Talk
        Feedback from readers of the manual, the second project.
    other_languages : dict of str to tuple of str
        Short messages in other languages and scripts, by type.
    duplicates : tuple of str
        One complaint by several people in nearly the same words.
    notes : tuple of str
        The team's notes on closed items.
    """

    fillers: dict[str, tuple[str, ...]]
    by_type: dict[str, Talk]
    broken: Talk
    growing: Talk
    recurring: Talk
    loud: Talk
    cancelled: Talk
    docs: Talk
    other_languages: dict[str, tuple[str, ...]]
    duplicates: tuple[str, ...]
    notes: tuple[str, ...]


@cache
def load() -> Phrases:
    """Load the texts.

    Examples
    --------
    >>> path, text = load().broken.cores[0]
    >>> path
    '/checkout/payment'
    """
    return msgspec.toml.decode(files("seggwat_nb.demo").joinpath("phrases.toml").read_bytes(), type=Phrases)
