"""What the customers of a made-up shop system say: the texts of ``phrases.toml``, read when they are first needed."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

__all__ = ["Phrases", "Talk", "load"]


class Talk(msgspec.Struct, frozen=True):
    """Sentences on one subject: ``cores`` are (path, text), ``details`` follow any of them."""

    cores: tuple[tuple[str, str], ...]
    details: tuple[str, ...]


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All texts of the demo.

    Attributes
    ----------
    fillers : dict of str to tuple of str
        What stands in braces, and what it may become.
    by_type : dict of str to Talk
        Everyday talk by type.
    broken, growing, loud, cancelled : Talk
        What people say about the release that breaks payment, the request that more and more people make, one
        customer on a bad day, and why people cancel.
    docs : Talk
        What readers of the manual say; the second project.
    other_languages : dict of str to tuple of str
        Short messages in other languages and scripts, by type.
    duplicates : tuple of str
        One complaint, by as many people, in nearly the same words.
    notes : tuple of str
        What the team notes down when it closes an item.
    """

    fillers: dict[str, tuple[str, ...]]
    by_type: dict[str, Talk]
    broken: Talk
    growing: Talk
    loud: Talk
    cancelled: Talk
    docs: Talk
    other_languages: dict[str, tuple[str, ...]]
    duplicates: tuple[str, ...]
    notes: tuple[str, ...]


@cache
def load() -> Phrases:
    """Read the texts.

    Examples
    --------
    >>> path, text = load().broken.cores[0]
    >>> path
    '/checkout/payment'
    """
    return msgspec.toml.decode(files("seggwat_nb.demo").joinpath("phrases.toml").read_bytes(), type=Phrases)
