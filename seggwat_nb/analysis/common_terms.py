"""Terms that enough people used, so that none of them can be identified by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.analysis.naming import NEARLY_ALL, parts_of
from seggwat_nb.analysis.own_text import own_words
from seggwat_nb.analysis.rising_kinds import LANGUAGE
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.analysis.unspaced import UNSPACED
from seggwat_nb.analysis.vocabulary import BEGINNING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LEAST_PEOPLE", "beginning", "common_terms"]

LEAST_PEOPLE: Final = 5
"""Minimum number of submitters. Words of fewer could come from a single person."""


def common_terms(found: pl.DataFrame, rows: pl.DataFrame) -> list[dict[str, str]]:
    """Return the terms of each finding that enough of its submitters used, as they may be shown. The main one is first.

    A finding has all forms of its words. If few people used the one shown, the beginning of the forms replaces it. If
    few used the main term and it is a phrase, one of its words replaces it.

    Parameters
    ----------
    found
        Findings of `seggwat_nb.themes.rising` or ``terms``: ``term``, ``terms``, ``ids``, and ``kind`` if known. The
        term of a language is its name, which messages need not contain, so it is left out.
    rows
        Feedback that includes their items: ``id``, ``message``, and ``submitted_by`` if known. Each unsigned item
        counts as a submitter.

    Examples
    --------
    >>> rows = pl.DataFrame({"id": [*"12345"], "message": ["It fails, Ann", "Failed", "Failing", "Fails", "A fail"]})
    >>> found = pl.DataFrame({"kind": "topic", "term": "failing", "terms": [["ann"]], "ids": [rows["id"]]})
    >>> common_terms(found, rows)
    [{'failing': 'fail…'}]
    """
    ids = found["ids"].explode().drop_nulls().unique().implode()
    items = rows.select(
        id=pl.col("id").cast(pl.String),
        message=pl.col("message").cast(pl.String).fill_null(""),
        who=pl.coalesce(submitter_of(rows), pl.format("\0{}", pl.int_range(pl.len()))),
    ).filter(pl.col("id").is_in(ids))
    items = items.with_row_index("row").with_columns(own_words(items["message"]).alias("folded"))
    # Which form stands for a word depends on the texts, so the one in a finding may be another one here.
    uses = pl.concat(_uses(items["message"], as_is=as_is) for as_is in (False, True))
    uses = uses.join(items.select("row", "id", "who"), on="row")
    shown = []
    is_language = pl.col("kind") == LANGUAGE if "kind" in found.columns else pl.lit(value=False)
    names = pl.when(is_language).then("terms").otherwise(pl.concat_list("term", "terms"))
    for terms, mine in found.select(names, "ids").iter_rows():
        has = pl.col("id").is_in(mine)
        shown.append(_common(terms, items.filter(has), uses.filter(has)))
    return shown


def _uses(messages: pl.Series, *, as_is: bool) -> pl.DataFrame:
    terms = find_terms(messages, min_count=LEAST_PEOPLE, as_is=as_is)
    cells = terms.has.tocoo()
    return pl.DataFrame({"row": cells.row, "term": terms.names.gather(cells.col)}, schema_overrides={"row": pl.UInt32})


def _common(names: Sequence[str], items: pl.DataFrame, uses: pl.DataFrame) -> dict[str, str]:
    people = uses.group_by("term").agg(pl.col("who").n_unique()).filter(pl.col("who") >= LEAST_PEOPLE)
    common = set(people["term"])
    shown = {}
    for name, term in zip(names, fold_texts(pl.Series(names, dtype=pl.String)), strict=True):
        # A word of a script without spaces, or a phrase with a stop word, consists of several terms.
        words = parts_of(name)
        is_several = len(words) > 1 or _is_unspaced(term)
        if term in common or (is_several and _count_people(items, re.escape(term)) >= LEAST_PEOPLE):
            shown[name] = name
        elif start := beginning(name, items):
            shown[name] = next((one for one in shown.values() if one.startswith(start)), f"{start}…")
        elif len(words) > 1 and name == names[0] and (parts := _common(words, items, uses)):
            shown[name] = next(iter(parts.values()))
    return shown


def _is_unspaced(term: str) -> bool:
    return bool(pl.Series([term]).str.contains(f"^[{UNSPACED}]").item())


def beginning(word: str, items: pl.DataFrame) -> str:
    """Return the beginning that nearly all forms of a word have. Empty if too few people used them, or for a phrase.

    Parameters
    ----------
    word
        A word.
    items
        Items: ``folded``, their folded messages, and ``who``, their submitters.

    Examples
    --------
    >>> said = ["lasku", "laskut", "laskun", "laskua", "laskuja"]
    >>> beginning("laskut", pl.DataFrame({"folded": said * 2, "who": range(10)}))
    'lasku'
    """
    parts = [] if len(parts_of(word)) > 1 else [word[:length] for length in range(BEGINNING, len(word))]
    starts = fold_texts(pl.Series(parts, dtype=pl.String))
    people = [_count_people(items, rf"\b{re.escape(start)}") for start in starts]
    least = max(LEAST_PEOPLE, NEARLY_ALL * max(people, default=0))
    return next((part for part, count in zip(reversed(parts), reversed(people), strict=True) if count >= least), "")


def _count_people(items: pl.DataFrame, pattern: str) -> int:
    return items.filter(pl.col("folded").str.contains(pattern))["who"].n_unique()
