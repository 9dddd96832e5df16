"""What strangers wrote and who they are, hidden before anything leaves for other people; and a last look at the result.

Masking is by patterns: e-mail addresses, telephone numbers, IP addresses, tokens and passwords, card and other long
numbers, and the queries of web addresses. Names of people have no pattern and stay: whoever shares free text shares
what people wrote. A submitter becomes an alias, the same in everything shared of a project, from a salt that lies in
the data folder and leaves it never.

No library is used. Presidio and scrubadub know most kinds only with a language model to be downloaded. DataFog works
without one and is kept well, but knows no tokens, no passwords, no IPv6 and nothing of what stands in a web address:
of the 76 places labelled in this package's tests, which are of this package's making, it hides 34 and these patterns
73. phonenumbers finds telephone numbers only, of one country at a time. And each wants a Python call for a message.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.errors import ArgumentError, LockedError
from seggwat_nb.files import DATA_FOLDER, file_errors, private_folder, write_atomically
from seggwat_nb.locks import alone
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seggwat_nb.filters import FeedbackFilter

__all__ = [
    "ADDRESS",
    "SMALLEST_GROUP",
    "as_text",
    "hidden",
    "mask",
    "masked_filter",
    "masked_path",
    "masked_text",
    "merge_small",
    "salt",
]

SMALLEST_GROUP: Final = 5
"""Rows below which a group says too much about single people."""

ADDRESS: Final = r"(?i)[\p{L}\p{N}.!$%'*+^_`{|}~-]+(?:@|＠|%40)(?:[\p{L}\p{N}-]+\.)+\p{L}[\p{L}\p{N}-]+"  # noqa: RUF001  # the full-width sign
"""An e-mail address, also with a full-width or an encoded sign, in any script."""

_LOCK_SECONDS: Final = 10.0
_QUERY: Final = r"[?#][^\s<>\"']*"
_SECRETS: Final = (
    r"(?s)-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----",
    r"https://hooks\.slack\.com/\S+",
    r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?",  # JSON Web Token
    r"\b(?:oat_|gh[a-z]_|github_pat_|glpat-|npm_|pypi-|xox[a-z]-|xapp-|hf_)[\w-]{8,}",
    r"\b(?:sk|pk|rk|whsec)[-_](?:(?:live|test|proj)[-_])?[\w-]{16,}",
    r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}",
    r"(?i)\b[0-9a-f]{32,}\b",
)
_SAID: Final = (
    r"(?i)\b((?:password|passwd|passwort|kennwort|pwd|pin|secret|api[ _-]?key|access[ _-]?key|token|otp|passcode)"
    r"(?:\s+(?:is|ist)\s+|\s*[:=]\s*)[\"']?)[^\s\"',;\[]{4,}"
)
"""A secret that is named before it stands; the name is kept."""

_TAIL: Final = r"(?:[ .()/-]{0,3}\d)"
_IPV6: Final = (
    r"(?i)\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b"
    r"|\b(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}\b"
    r"|\b(?:[0-9a-f]{1,4}:){2,7}:|::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4}\b"
)
_BYTE: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_PHONES: Final = (
    rf"(?:\+|＋|\b00)[1-9]{_TAIL}{{6,14}}",  # noqa: RUF001  # the full-width sign
    r"\(0?\d{2,5}\)[ -]?\d{3,5}[ -]?\d{2,6}\b",
    r"\b\d{3}[-. ]\d{3}[-. ]\d{4}\b",
    r"\b0\d(?:[ .-]\d{2}){4}\b",
    r"\b0\d{1,4}[ /-]{1,3}(?:\d{3,5}(?:[ -]\d{2,5})+|\d{5,9})\b",
)
_CALLED: Final = (
    r"(?i)\b((?:tel(?:e(?:fon|phone))?|phone|call(?: me)?(?: (?:at|on))?|ring|mobile?|handy|cell|whats ?app|fax|sms)"
    rf"\b[^\d\n]{{0,12}})\d{_TAIL}{{5,13}}"
)
"""A number that is named before it stands; the name is kept."""

_NUMBERS: Final = ("[number]", "[ip]", "[phone]")
_MASKS: Final = (
    (r"(?i)(\b[a-z][a-z0-9+.-]{1,9}://)[^\s/@<>]+@", "${1}[login]@"),
    *((pattern, "[token]") for pattern in _SECRETS),
    (rf"(?i)(\b[a-z][a-z0-9+.-]{{1,9}}://[^\s?#<>\"']+|\bwww\.[^\s?#<>\"']+){_QUERY}", "${1}?[query]"),
    (r"(/[^\s?#<>\"']*)\?[^\s=<>\"']+=[^\s<>\"']*", "${1}?[query]"),
    (ADDRESS, "[e-mail]"),
    (
        r"(?i)\b[\w.+-]+ ?[\[({] ?(?:at|ät) ?[\])}] ?[\w-]+(?: ?(?:[\[({] ?(?:dot|punkt) ?[\])}]|\.) ?[\w-]+)+",
        "[e-mail]",
    ),
    (_SAID, "${1}[token]"),
    (r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b", "[number]"),  # a bank account
    (r"\b(?:\d[ -]?){12,18}\d\b", "[number]"),  # a card, with or without its gaps
    (r"\b\d{3}-\d{2}-\d{4}\b", "[number]"),  # a social security number
    (_IPV6, "[ip]"),
    (rf"\b{_BYTE}(?:\.{_BYTE}){{3}}\b", "[ip]"),
    *((pattern, "[phone]") for pattern in _PHONES),
    (_CALLED, "${1}[phone]"),
    (r"\d{9,}", "[number]"),
)
"""Pattern (Rust's syntax) and what stands there instead, in the order of use: what may hold another comes first."""
_NO_NUMBERS: Final = tuple((pattern, instead) for pattern, instead in _MASKS if not instead.endswith(_NUMBERS))

_MARK: Final = r"\[(?:e-mail|phone|ip|token|number|login|query)\]"

_FREE_TEXT: Final = ("message", "resolution_note")
_SELECTED_BY: Final = ("submitted_by", "path", "version", "type", "status", "source")


def masked_text(text: pl.Expr) -> pl.Expr:
    """Mask what is personal or secret in free text.

    Parameters
    ----------
    text
        A String column.

    Returns
    -------
    pl.Expr
        The text with ``[e-mail]``, ``[phone]``, ``[ip]``, ``[token]``, ``[number]``, ``[login]`` and ``?[query]``.

    Examples
    --------
    >>> frame = pl.DataFrame({"message": ["Write to jo@example.org or call +1 555 0142.", "Version 2.4.0 fails"]})
    >>> frame.select(masked_text(pl.col("message")))["message"].to_list()
    ['Write to [e-mail] or call [phone].', 'Version 2.4.0 fails']
    """
    return _masked(text, _MASKS)


def _masked(text: pl.Expr, masks: Sequence[tuple[str, str]]) -> pl.Expr:
    for pattern, instead in masks:
        text = text.str.replace_all(pattern, instead)
    return text


def _by_value(frame: pl.DataFrame, name: str, masks: Sequence[tuple[str, str]]) -> pl.Expr:
    """Mask a column of few values: each once."""
    if frame.schema.get(name) != pl.String:
        return pl.col(name)
    values = pl.DataFrame({name: frame[name].drop_nulls().unique()})
    return pl.col(name).replace_strict(values[name], values.select(_masked(pl.col(name), masks))[name])


def masked_path(path: pl.Expr) -> pl.Expr:
    """Mask a page's path: its query and fragment go, the rest is masked as `masked_text` does.

    Examples
    --------
    >>> frame = pl.DataFrame({"path": ["/invite/jo@example.org?step=2", "/checkout"]})
    >>> frame.select(masked_path(pl.col("path")))["path"].to_list()
    ['/invite/[e-mail]?[query]', '/checkout']
    """
    whole = masked_text(path.str.replace(r"(?s)[?#].*", ""))
    return pl.when(path.str.contains(r"[?#]")).then(whole + pl.lit("?[query]")).otherwise(whole)


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Write categorical columns as text: a secret is one however it is stored."""
    return frame.with_columns((pl.selectors.categorical() | pl.selectors.enum()).cast(pl.String))


def mask(frame: pl.DataFrame, *, salt: bytes) -> pl.DataFrame:
    """Make a frame fit for other people.

    Parameters
    ----------
    frame
        Feedback, ratings or rows of them.
    salt
        The project's, as `salt` gives it.

    Returns
    -------
    pl.DataFrame
        The same rows and columns, categories as text: ``message`` and ``resolution_note`` as `masked_text`, ``path``
        as `masked_path`; the vocabulary columns as `masked_text`, and ``version`` likewise, but that its numbers stay,
        for most versions are nothing else; ``submitted_by`` an alias (``user-`` and ten hex digits); ``extra`` null,
        for nobody knows what is in it. Ids stay: they lead to the item, for whoever may see it.

    Examples
    --------
    >>> shown = mask(pl.DataFrame({"message": ["I am jo@example.org"], "submitted_by": ["jo@example.org"]}), salt=b"1")
    >>> shown.rows()
    [('I am [e-mail]', 'user-d528c6ff96')]
    """
    frame = as_text(frame)
    ways = {name: masked_text(pl.col(name)) for name in _FREE_TEXT}
    ways |= {"path": masked_path(pl.col("path"))}
    ways |= {name: _by_value(frame, name, _MASKS) for name in VOCABULARIES}
    ways |= {"version": _by_value(frame, "version", _NO_NUMBERS)}
    ways |= {"extra": pl.lit(None, pl.String)}
    texts = [name for name, kind in frame.schema.items() if kind == pl.String()]
    masked = frame.with_columns(ways[name].alias(name) for name in texts if name in ways)
    if "submitted_by" not in texts:
        return masked
    people = frame.get_column("submitted_by").drop_nulls().unique()
    aliases = pl.Series([_alias(person, salt) for person in people], dtype=pl.String)
    return masked.with_columns(pl.col("submitted_by").replace_strict(people, aliases, return_dtype=pl.String))


def masked_filter(where: FeedbackFilter, *, salt: bytes) -> FeedbackFilter:
    """Mask the values of a filter, as `mask` does those of a frame, so that others can be told what was selected.

    What comes back is to be read, and selects other rows: apply the filter itself first.

    Examples
    --------
    >>> from seggwat_nb.filters import FeedbackFilter
    >>> masked_filter(FeedbackFilter(submitted_by="jo@example.org", text="jo@example.org"), salt=b"1").describe()
    'submitter user-d528c6ff96, text "[e-mail]"'
    """
    values = {name: getattr(where, name) for name in _SELECTED_BY}
    values |= {"message": None if where.text is None else [where.text]}
    masked: dict[str, Any] = {
        name: tuple(mask(pl.DataFrame({name: given}, schema={name: pl.String}), salt=salt)[name])
        for name, given in values.items()
        if given is not None
    }
    (text,) = masked.pop("message", (None,))
    return replace(where, **masked, text=text, regex=where.regex and text == where.text)


def hidden(frame: pl.DataFrame, masked: pl.DataFrame) -> str:
    """Say how much `mask` has hidden in a frame.

    Examples
    --------
    >>> frame = pl.DataFrame({"message": ["I am jo@example.org", "[e-mail]"], "submitted_by": ["jo@example.org", None]})
    >>> hidden(frame, mask(frame, salt=b"1"))
    '1 place in texts and paths, 1 signature, 0 values of extra'
    """

    def marks(rows: pl.DataFrame) -> int:
        texts = [name for name in ("path", "version", *_FREE_TEXT, *VOCABULARIES) if rows.schema.get(name) == pl.String]
        return sum(rows.select(pl.col(texts).str.count_matches(_MARK).sum()).row(0)) if texts else 0

    def held(name: str) -> int:
        return frame.get_column(name).count() if name in frame.columns else 0

    places = counted(marks(masked) - marks(frame), "place")
    signatures, extras = counted(held("submitted_by"), "signature"), counted(held("extra"), "value")
    return f"{places} in texts and paths, {signatures}, {extras} of extra"


def merge_small(frame: pl.DataFrame, *, by: str | Sequence[str], least: int = SMALLEST_GROUP) -> pl.DataFrame:
    """Merge the groups that have too few rows to be shown where no items are.

    Parameters
    ----------
    frame
        Rows, before they are counted.
    by
        String columns that a report counts by, each looked at by itself.
    least
        Rows that a group has at least, 2 or more.

    Returns
    -------
    pl.DataFrame
        The same rows. Values of fewer than `least` rows read ``(fewer than 5)``; where these are still too few
        together, the next smallest joins them. Nulls stay.

    Raises
    ------
    ArgumentError
        `least` merges nothing.

    Examples
    --------
    >>> frame = pl.DataFrame({"path": ["/a"] * 6 + ["/b"] * 4 + ["/c"]})
    >>> merge_small(frame, by="path")["path"].value_counts(sort=True).rows()
    [('/a', 6), ('(fewer than 5)', 5)]
    """
    if least < 2:  # noqa: PLR2004  # a group of one is merged with least=2
        raise ArgumentError(f"least={least} merges nothing; pass 2 or more.")
    label = pl.lit(f"(fewer than {least})")
    for column in [by] if isinstance(by, str) else by:
        sizes = frame.get_column(column).drop_nulls().value_counts(name="rows").sort("rows", column)
        merged = sizes.with_columns(before=pl.col("rows").cum_sum() - pl.col("rows")).filter(
            (pl.col("rows") < least) | pl.col("before").is_between(1, least - 1)
        )
        small = pl.col(column).is_in(merged.get_column(column).implode())
        frame = frame.with_columns(pl.when(small).then(label).otherwise(pl.col(column)).alias(column))
    return frame


def salt(folder: Path) -> bytes:
    """Give a project's salt, made when it is first asked for; who has it can tell aliases apart from guesses.

    Parameters
    ----------
    folder
        The project's folder (`seggwat_nb.config.Settings.project_dir`).

    Raises
    ------
    FileError
        It cannot be kept there, so aliases would differ from one time to the next.
    LockedError
        Another program does not let go of it.
    """
    path = folder / "alias-salt"

    def made_once() -> bytes:
        if not path.exists():
            write_atomically(path, secrets.token_hex(32).encode())
        return path.read_bytes()

    try:
        with file_errors(f"write {path}", DATA_FOLDER):
            return alone(private_folder(folder) / "alias-salt.lock", made_once, seconds=_LOCK_SECONDS)
    except TimeoutError:
        raise LockedError(
            f"Another program has held {path}.lock for {_LOCK_SECONDS:.0f} seconds. Wait for it or stop it, then try "
            "again."
        ) from None


def _alias(person: str, salt: bytes) -> str:
    # Forty bits: among 100,000 people the chance that any two share an alias is below one in two hundred.
    return "user-" + hmac.new(salt, person.encode(), hashlib.sha256).hexdigest()[:10]
