"""Masks free text for sharing: personal data and secrets are replaced by marks such as ``[e-mail]``.

polars finds candidates in all texts at once, then phonenumbers, python-stdnum, `ipaddress` and our own tests decide
about each. Text that only looks personal is protected first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.share.privacy.api_keys import KEYS_BY_FORM, KEYS_BY_NAME, RANDOM_RUNS
from seggwat_nb.share.privacy.contacts import EMAILS, PHONES
from seggwat_nb.share.privacy.finders import Span, find_spans
from seggwat_nb.share.privacy.folding import NEEDS_FOLDING, STILL_ESCAPED, fold, starts
from seggwat_nb.share.privacy.identifiers import IDENTIFIERS
from seggwat_nb.share.privacy.one_time_codes import CODES
from seggwat_nb.share.privacy.passwords import GIVEN_PASSWORDS, NAMED_PASSWORDS
from seggwat_nb.share.privacy.shields import SHIELDS
from seggwat_nb.share.privacy.web import IPS, URLS
from seggwat_nb.text import ALIAS, MARK

if TYPE_CHECKING:
    from seggwat_nb.share.privacy.aliases import People

__all__ = ["WITHHELD", "mask_texts"]

WITHHELD: Final = "[withheld]"
"""Replaces a text that could not be made safe."""

_TRIGGER: Final = (
    r"[^\x00-\x7f]|[0-9@/\\]|&commat|-----BEGIN|"
    r"(?i:passw|passp|passco|passo|\bp/?wd?\b|\bpsw\b|\bpass\b|\bmdp\b|\bat\b|arroba|arobase|chiocciola|apenst|klammeraff|kukac|zavinac|snabel|malpa|"
    r"[a-z_]{20}|_pass\b|phrase|mnemonic|seed|wallet|key|token|secret|cred|clave|senha|parol|wachtwo|losenord|kodeord|adgangsk|kennw|salasan|contrase|mot de|haslo|heslo|hesla|lozink|"
    r"sifr|geslo|sandi|jelsz|slaptaz|zugang|losung|palavra|login|account|session|bearer|basic|jwt|cookie|\bsid\b)"
)
"""Only texts that match this are searched (Rust's syntax). Other texts contain nothing that could be masked."""

_PIECE: Final = 8_000
"""Maximum length of a text that is searched at once."""

_SECRETS_BY_FORM: Final = (*KEYS_BY_FORM, *GIVEN_PASSWORDS)
_SECRETS_BY_NAME: Final = (*KEYS_BY_NAME, *NAMED_PASSWORDS, *CODES, *RANDOM_RUNS)
_FINDERS: Final = (*_SECRETS_BY_FORM, *URLS, *EMAILS, *SHIELDS, *_SECRETS_BY_NAME, *IDENTIFIERS, *IPS, *PHONES)
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
    long = (texts.str.len_chars() > _PIECE).fill_null(value=False).arg_true()
    if len(long):
        return _in_pieces(texts, long, writers=writers, people=people, numbers=flags)
    rows = pl.DataFrame({"text": texts.rename("text"), "numbers": flags}).with_columns(
        writer=pl.lit(None, pl.String) if writers is None or people is None else people.with_own_words(writers)
    )
    looked = rows.filter(pl.col("text").is_not_null()).unique(maintain_order=True)
    is_searched = looked["text"].str.contains(_TRIGGER)
    if people is None:
        looked, is_searched = looked.filter(is_searched), is_searched.filter(is_searched)
    if looked.is_empty():
        return texts
    folded = _fold_all(looked["text"])
    taken = {} if people is None else people.spans(folded, looked["writer"])
    found = find_spans(folded.set(~is_searched, None), _FINDERS, taken)
    masked = looked[list(found)].with_columns(
        masked=pl.Series(
            [
                _mask(text, read, spans, numbers=flag)
                for (text, flag), read, spans in zip(
                    looked[list(found)].select("text", "numbers").iter_rows(),
                    folded[list(found)],
                    found.values(),
                    strict=True,
                )
            ],
            dtype=pl.String,
        )
    )
    changed = masked.filter(pl.col("masked") != pl.col("text"))
    left = looked.select("text").with_columns(folded=folded).filter(~pl.col("text").is_in(changed["text"].implode()))
    if changed.is_empty():
        return _withheld(texts, people, folded=left)
    at = rows["text"].is_in(changed["text"].implode()).arg_true()
    new = rows[at].join(changed, on=["text", "numbers", "writer"], how="left", nulls_equal=True, maintain_order="left")
    result = texts.clone().scatter(at, new.select(pl.coalesce("masked", "text")).to_series())
    return _withheld(result, people, folded=left)


def _in_pieces(
    texts: pl.Series, long: pl.Series, *, writers: pl.Series | None, people: People | None, numbers: pl.Series
) -> pl.Series:
    """Mask long texts in pieces: a single search takes linear time, but one search per match does not."""
    cut = [_pieces(text) for text in texts.gather(long)]
    pieces = pl.DataFrame({"at": long, "text": cut}, schema_overrides={"text": pl.List(pl.String)}).explode("text")
    short = texts.clone().scatter(long, pl.Series([None], dtype=pl.String).new_from_index(0, len(long)))
    both = pl.concat([short.rename("text"), pieces["text"]])
    whose = None if writers is None else pl.concat([writers, writers.gather(pieces["at"])])
    flags = pl.concat([numbers, numbers.gather(pieces["at"])])
    masked = mask_texts(both, writers=whose, people=people, numbers=flags)
    is_unsafe = (pl.col("text") == WITHHELD).any()
    joined = (
        pieces.with_columns(masked.slice(texts.len()).alias("text"))
        .group_by("at", maintain_order=True)
        .agg(text=pl.when(is_unsafe).then(pl.lit(WITHHELD)).otherwise(pl.col("text").str.join("")))
    )
    whole = _withheld(joined["text"], people)  # anything split between two pieces
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


def _fold_all(texts: pl.Series, *, rounds: int = 3) -> pl.Series:
    odd = texts.to_frame("text").with_row_index("at").filter(pl.col("text").str.contains(NEEDS_FOLDING))
    if odd.is_empty():
        return texts
    return texts.clone().scatter(odd["at"], pl.Series([fold(text, rounds=rounds) for text in odd["text"]]))


def _mask(text: str, folded: str, spans: list[Span], *, numbers: bool) -> str:
    kept = [span for span in spans if span.instead is not None and (numbers or span.instead not in _NUMBERS)]
    if not kept:
        return text
    # Folding never adds characters, so if the length is unchanged, so are the positions.
    places = range(len(text) + 1) if len(folded) == len(text) else starts(text)
    pieces: list[str] = []
    at = 0
    for span in kept:
        pieces += [text[at : places[span.start]], span.instead or ""]
        at = max(at, places[span.end])
    return "".join([*pieces, text[at:]])


def _withheld(texts: pl.Series, people: People | None, *, folded: pl.DataFrame | None = None) -> pl.Series:
    """Withhold each text that still contains an address or a known ID, even if deeply escaped.

    `folded` has texts that were searched for IDs and left as they are, each with what it was folded to. Only if that
    has escapes left is such a text folded again.
    """
    unique = texts.drop_nulls().unique().to_frame("text")
    known = unique.clear().with_columns(folded="text") if folded is None else folded
    known = known.filter(~pl.col("folded").str.contains(STILL_ESCAPED)).unique("text")
    read = unique.join(known, on="text", how="left", maintain_order="left")
    is_new = read["folded"].is_null()
    # Our own marks are not IDs, whatever names people have.
    again = _fold_all(read["text"].filter(is_new), rounds=_DEEP).str.replace_all(f"{MARK}|{ALIAS}", "\ufffc")
    seen = read["folded"].scatter(is_new.arg_true(), again)
    held = read["text"].gather([at for at, spans in find_spans(seen, EMAILS[:1], {}).items() if spans])
    if people is not None:
        held = held.append(read["text"].filter(is_new).filter(people.stand_in(again)))
    return (
        texts
        if held.is_empty()
        else pl.select(
            pl.when(texts.is_in(held.implode())).then(pl.lit(WITHHELD)).otherwise(texts).alias(texts.name)
        ).to_series()
    )
