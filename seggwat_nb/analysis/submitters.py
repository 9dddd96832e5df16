"""Tells who is behind an ID: nobody, if it is empty or a placeholder such as ``anonymous``.

Forms without a login often send the same placeholder for everybody. Counted as a person, it would be the one that wrote
everything, and no change would be certain.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

__all__ = ["count_signers", "signed", "signer"]

_PLACEHOLDERS: Final = frozenset(
    (
        "", "anonymous", "anonymous user", "anonymous-user", "anonymous_user", "anonymoususer", "nobody", "anoniem",
        "[deleted]", "anon", "anonym", "anonyme", "anónimo", "anonimo", "anônimo", "anonymní", "anonim", "anonyymi",
        "аноним", "анонім", "ανώνυμος", "匿名", "匿名用户", "익명", "مجهول", "guest", "guest user", "gast", "invité",
        "invitado", "convidado", "ospite", "гость", "ゲスト", "游客", "visitor", "unknown", "unknown user", "unbekannt",
        "inconnu", "desconocido", "none", "null", "nil", "undefined", "n/a", "not set", "(not set)", "not logged in",
        "not_logged_in", "unauthenticated", "nan", "-1", "-", "--", "?", "00000000-0000-0000-0000-000000000000",
    )
)  # fmt: skip
"""IDs that name nobody, in small letters."""

_BLANK: Final = r"[\s\p{Cf}]"
_NAMES: Final = "|".join(re.escape(name).replace(r"\ ", f"{_BLANK}+") for name in sorted(_PLACEHOLDERS))
_NOBODY: Final = rf"(?i)^{_BLANK}*(?:{_NAMES}){_BLANK}*$"


def signer(submitted_by: pl.Expr) -> pl.Expr:
    """Return the submitter (String), null if the ID names nobody.

    Examples
    --------
    >>> frame = pl.DataFrame({"submitted_by": ["jo84", "", None, "Anonymous", "anonymous-fox", 7]}, strict=False)
    >>> frame.select(signer(pl.col("submitted_by")))["submitted_by"].to_list()
    ['jo84', None, None, None, 'anonymous-fox', '7']
    """
    given = submitted_by.cast(pl.String)
    return pl.when(~given.str.contains(_NOBODY)).then(given)


def signed(frame: pl.DataFrame) -> pl.Expr:
    """Return the submitter of each row (String). Null if it is unsigned: no column, no value, or one of nobody."""
    if "submitted_by" not in frame.columns:
        return pl.repeat(None, pl.len(), dtype=pl.String)  # a literal alone would be one row
    return signer(pl.col("submitted_by"))


def count_signers(who: pl.Expr) -> pl.Expr:
    """Count distinct submitters, given those of `signed`. Each unsigned item counts as one."""
    return who.drop_nulls().n_unique() + who.null_count()
