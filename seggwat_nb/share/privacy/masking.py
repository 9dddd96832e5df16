"""Masks free text for sharing: personal data and secrets are replaced by marks such as ``[e-mail]``.

polars finds candidates in all texts at once, then phonenumbers, python-stdnum, `ipaddress` and our own tests decide
about each. Text that only looks personal is protected first.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.threads import side_by_side
from seggwat_nb.share.privacy.api_keys import KEYS_BY_FORM, KEYS_BY_NAME, RANDOM_RUNS
from seggwat_nb.share.privacy.belongings import BELONGINGS
from seggwat_nb.share.privacy.contacts import EMAILS
from seggwat_nb.share.privacy.finders import Span, find_spans
from seggwat_nb.share.privacy.folding import NEEDS_FOLDING, ROUNDS, STILL_ESCAPED, fold, fold_characters, starts
from seggwat_nb.share.privacy.identifiers import DOTTED_IDENTIFIERS, IDENTIFIERS
from seggwat_nb.share.privacy.login_pairs import LOGIN_PAIRS
from seggwat_nb.share.privacy.one_time_codes import CODES
from seggwat_nb.share.privacy.passwords import GIVEN_PASSWORDS, NAMED_PASSWORDS
from seggwat_nb.share.privacy.phones import DOTTED_PHONES, PHONES
from seggwat_nb.share.privacy.shields import SHIELDS
from seggwat_nb.share.privacy.web import IPS, URLS
from seggwat_nb.text import ALIAS, MARK

if TYPE_CHECKING:
    from seggwat_nb.share.privacy.aliases import People

__all__ = ["WITHHELD", "mask_texts", "replace_masked"]

WITHHELD: Final = "[withheld]"
"""Replaces a text that could not be made safe."""

_TRIGGER: Final = (
    r"[^\x00-\x7f]|(?-u)[0-9@/\\=_]|[a-z][A-Z]|(?:^|\s)-[puPU]|&commat|-----BEGIN|"  # keys may have no digits
    r"(?i:passw|passp|passco|passo|pasw|p?ssw|psw|pinw|pin-w|geheimz|focal|facal|asfhocal|yfrinair|tremen|clau de|depas|asina|igbaniw|pasvort|paseort|kelma|phas|pasiw|phasew|ijambo|tenimi|teny |nywila|okwu|jecha|furaha|erayga|tembung|hudyat|"
    r"\bp/?wd?\b|\bpsw\b|\bpass\b|\bww\b|\bmk\b|\blosen\b|\bmdp\b|\b(?:at|chez)\b|arroba|arrova|arob|rond|chiocciol|ape?nst|apest|kanelb|bildua|afna|manki|majmun|\beta\b|klammeraff|affenschw|kuka|zavinac|snabel|malpa|alfa|miuk|kuyruklu|coada|merkki|[\[({<] ?a ?[\])}>]|"
    r"[a-z_]{20}|[_-]at[_-]|\bnokta\b|\btitik\b|_pass\b|phrase|mnemonic|seed|wallet|key|token|secret|cred|clave|senha|parol|paroo|wachtwo|losenord|kodeord|adgangsk|kennw|salasan|contrase|mot de|lozink|"
    r"sifr|gesl|sandi|hasl|hesel|hesl|chiave|\bcle |schl|identifiant|contrasin|_pwd?\b|\bpsk\b|fjal|kalmar|laluan|lykil|mat khau|modpas|neno|pasahitz|salaso|wagwo|zapork|jelsz|slaptaz|zugang|losung|palavra|login|account|session|bearer|basic|jwt|cookie|security [aq]|sicherheits-?[af]|segret|respuesta de|\bsid\b|\bsig\b|\bapi\b|\bp ?[:=])"
)
"""Only texts that match this are searched (Rust's syntax). Other texts contain nothing that could be masked.

Any text that is not ASCII matches, so words need no Unicode, which would take four times as long.
"""

_PIECE: Final = 8_000
"""Maximum length of a text that is searched at once."""

_PARTS: Final = 8
_LEAST_AT_ONCE: Final = 50_000
"""Many texts are masked in parts, two of them at a time. A hundred searches take time of their own in each."""

_MAY_CHANGE: Final = pl.col("text").str.contains(_TRIGGER)
_IS_CHANGED: Final = pl.col("masked") != pl.col("text")

_SECRETS_BY_FORM: Final = (*KEYS_BY_FORM, *GIVEN_PASSWORDS)
_SECRETS_BY_NAME: Final = (*KEYS_BY_NAME, *LOGIN_PAIRS, *NAMED_PASSWORDS, *CODES, *RANDOM_RUNS)
_FINDERS: Final = (
    *_SECRETS_BY_FORM,
    *URLS,
    *EMAILS,
    *DOTTED_IDENTIFIERS,
    *DOTTED_PHONES,
    *BELONGINGS,
    *SHIELDS,
    *_SECRETS_BY_NAME,
    *IDENTIFIERS,
    *IPS,
    *PHONES,
)
"""In order of precedence: a span belongs to the first finder that finds it."""
_NUMBERS: Final = frozenset({"[number]", "[ip]", "[phone]"})
_DEEP: Final = 12
"""Levels of nested escapes that the final check undoes. Masking undoes three."""


def mask_texts(
    texts: pl.Series,
    *,
    writers: pl.Series | None = None,
    people: People | None = None,
    numbers: bool | pl.Series = True,
    in_threads: bool = False,
) -> pl.Series:
    """Mask personal data and secrets in texts.

    Parameters
    ----------
    texts
        A String column. Nulls stay.
    writers
        The submitter of each text. An ID that is an ordinary word is only replaced in its owner's texts.
    people
        The people whose IDs are replaced by aliases. None replaces no IDs.
    numbers
        Whether to mask numbers, or a Boolean column that says so of each text. False for versions, which are mostly
        numbers.
    in_threads
        Whether two threads may share the work. Not in a function that polars calls (`side_by_side`).

    Returns
    -------
    pl.Series
        The texts, with marks such as ``[e-mail]``. A text with nothing to mask is unchanged, and one that still
        contains an address or a known ID becomes ``[withheld]``.

    Examples
    --------
    >>> mask_texts(pl.Series(["Write to jo@example.org or call +1 555 0142.", "Version 2.4.0 fails"])).to_list()
    ['Write to [e-mail] or call [phone].', 'Version 2.4.0 fails']
    """
    flags = pl.Series([numbers]).new_from_index(0, texts.len()) if isinstance(numbers, bool) else numbers
    long = (texts.str.len_chars() > _PIECE).arg_true()
    if len(long):
        return _in_pieces(texts, long, writers=writers, people=people, numbers=flags, in_threads=in_threads)
    rows = pl.DataFrame({"text": texts.rename("text"), "numbers": flags}).with_columns(
        writer=pl.lit(None, pl.String) if writers is None or people is None else people.with_own_words(writers)
    )
    looked = rows.filter(pl.col("text").is_not_null()).unique(maintain_order=True)
    if people is None:
        looked = looked.filter(_MAY_CHANGE)
    if looked.is_empty():
        return texts
    cut = [*looked.iter_slices(max(_LEAST_AT_ONCE, -(-looked.height // _PARTS)))]
    parts = side_by_side(partial(_mask_distinct, people=people), cut, rows=looked.height if in_threads else 0)
    masked, held = pl.concat(part for part, _ in parts), pl.concat(held for _, held in parts)
    del looked, cut, parts  # which take much memory
    changed = masked.filter(_IS_CHANGED)
    # What other people's texts show, and what has escapes left, was not searched for what is seen now.
    is_shown = pl.col("text").is_in(changed["text"].implode())
    again = masked.lazy().filter(~_IS_CHANGED, is_shown | pl.col("is_escaped")).select("text").collect()
    searched = again["text"].append(changed["masked"])
    unsafe = held.append(_unsafe(searched, people))
    return _withhold(replace_masked(rows, masked.drop("is_escaped")).rename(texts.name), unsafe)


def _mask_distinct(texts: pl.DataFrame, *, people: People | None) -> tuple[pl.DataFrame, pl.Series]:
    """Return what is ``masked`` of texts, whether some ``is_escaped`` still, and unchanged texts with an address."""
    is_searched = texts.select(_MAY_CHANGE).to_series()
    # A copy is in the order of memory, which is several times as fast to search as that of rows that were sorted.
    folded = _fold_all(texts["text"]) + ""
    taken = {} if people is None else people.spans(folded, texts["writer"])
    found = find_spans(folded.set(~is_searched, None), _FINDERS, taken)
    at = list(found)
    pairs = zip(texts[at].select("text", "numbers").iter_rows(), folded[at], found.values(), strict=True)
    shown = [_mask(text, read, spans, numbers=flag) for (text, flag), read, spans in pairs]
    masked = texts.with_columns(
        masked=texts["text"].clone().scatter(at, shown), is_escaped=folded.str.contains(STILL_ESCAPED)
    )
    left = masked.with_columns(folded=folded).filter(~_IS_CHANGED, ~pl.col("is_escaped"))
    return masked, _with_address(left)


def replace_masked(rows: pl.DataFrame, masked: pl.DataFrame) -> pl.Series:
    """Replace the texts of rows (``text``) by what is ``masked`` of each, for those who wrote it (all other columns)."""
    changed = masked.filter(_IS_CHANGED)
    if changed.is_empty():
        return rows["text"]
    at = rows["text"].is_in(changed["text"].implode()).arg_true()
    new = rows[at].join(changed, on=rows.columns, how="left", nulls_equal=True, maintain_order="left")
    return rows["text"].scatter(at, new.select(pl.coalesce("masked", "text")).to_series())


def _in_pieces(
    texts: pl.Series,
    long: pl.Series,
    *,
    writers: pl.Series | None,
    people: People | None,
    numbers: pl.Series,
    in_threads: bool,
) -> pl.Series:
    """Mask long texts in pieces: a single search takes linear time, but one search per match does not."""
    cut = [_pieces(text) for text in texts.gather(long)]
    pieces = pl.DataFrame({"at": long, "text": cut}, schema_overrides={"text": pl.List(pl.String)}).explode("text")
    short = texts.clone().scatter(long, pl.Series([None], dtype=pl.String).new_from_index(0, len(long)))
    both = pl.concat([short.rename("text"), pieces["text"]])
    whose = None if writers is None else pl.concat([writers, writers.gather(pieces["at"])])
    flags = pl.concat([numbers, numbers.gather(pieces["at"])])
    masked = mask_texts(both, writers=whose, people=people, numbers=flags, in_threads=in_threads)
    is_unsafe = (pl.col("text") == WITHHELD).any()
    joined = (
        pieces.with_columns(masked.slice(texts.len()).alias("text"))
        .group_by("at")
        .agg(text=pl.when(is_unsafe).then(pl.lit(WITHHELD)).otherwise(pl.col("text").str.join("")))
    )
    whole = _withhold(joined["text"], _unsafe(joined["text"], people))  # anything split between two pieces
    return masked.head(texts.len()).scatter(joined["at"], whole).rename(texts.name)


def _pieces(text: str) -> list[str]:
    """Split a long text, at line breaks or else spaces if possible."""
    pieces = []
    start = 0
    while len(text) - start > _PIECE:
        end = start + _PIECE
        found = (at + 1 for sign in "\n " if (at := text.rfind(sign, start + _PIECE // 2, end)) >= 0)
        end = next(found, end)
        pieces.append(text[start:end])
        start = end
    return [*pieces, text[start:]]


def _fold_all(texts: pl.Series, *, rounds: int = ROUNDS) -> pl.Series:
    """Fold texts: their characters all at once, and escapes, which few of them have, in one after another."""
    odd = texts.str.contains(NEEDS_FOLDING).arg_true()
    folded = fold_characters(texts.gather(odd))
    escaped = folded.str.contains(STILL_ESCAPED).arg_true()
    again = [fold(text, rounds=rounds) for text in texts.gather(odd.gather(escaped))]
    return texts.clone().scatter(odd, folded.scatter(escaped, pl.Series(again, dtype=pl.String)))


def _mask(text: str, folded: str, spans: list[Span], *, numbers: bool) -> str:
    kept = [span for span in spans if span.instead is not None and (numbers or span.instead not in _NUMBERS)]
    # Folding never adds characters, so if the length is unchanged, so are the positions.
    places = range(len(text) + 1) if len(folded) == len(text) else starts(text)
    pieces: list[str] = []
    at = 0
    for span in kept:
        pieces += [text[at : places[span.start]], span.instead or ""]
        at = max(at, places[span.end])
    return "".join([*pieces, text[at:]])


def _with_address(texts: pl.DataFrame) -> pl.Series:
    """Return the texts (``text``) whose folded form (``folded``) contains an address."""
    found = find_spans(texts["folded"], EMAILS[:1], {})
    return texts["text"].gather([at for at, spans in found.items() if spans])


def _unsafe(texts: pl.Series, people: People | None) -> pl.Series:
    """Return the texts that still contain an address or a known ID, even if deeply escaped."""
    unique = texts.drop_nulls().unique()
    # Our own marks are not IDs, whatever names people have.
    folded = _fold_all(unique, rounds=_DEEP).str.replace_all(f"{MARK}|{ALIAS}", "\ufffc")
    held = _with_address(pl.DataFrame({"text": unique, "folded": folded}))
    return held if people is None else held.append(unique.filter(people.stand_in(folded)))


def _withhold(texts: pl.Series, unsafe: pl.Series) -> pl.Series:
    is_held = texts.is_in(unsafe.implode())
    return pl.select(pl.when(is_held).then(pl.lit(WITHHELD)).otherwise(texts).alias(texts.name)).to_series()
