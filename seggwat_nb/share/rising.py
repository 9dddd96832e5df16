"""Finds words and topics that rose, for reports and digests that other people read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.common_terms import common_terms
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.finding_words import usually
from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.analysis.rising import MOST_COMPARED, rising
from seggwat_nb.analysis.rising_kinds import LANGUAGE, TOPIC
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.share.privacy import SMALLEST_GROUP
from seggwat_nb.text import count_of, join_words

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection

__all__ = ["against_before", "alike", "find_rising", "how_many", "shareable", "with_words"]

_SHAREABLE: Final[dict[str, Any]] = {
    "term": pl.String, "value": pl.String, "terms": pl.List(pl.String), "examples": pl.List(pl.String),
    "unsigned": pl.Int64,
}  # fmt: skip

_MANY: Final = 10
"""Ratios from this value on are shown without decimals."""

_NAMED: Final = 3
"""Maximum number of words named of a topic."""


def find_rising(
    frame: pl.DataFrame, *, where: Selection | None = None, days: int, time_zone: str = "UTC", as_of: datetime
) -> pl.DataFrame:
    """Find what `seggwat_nb.findings` finds by the texts: words, and topics if there are not too many items."""
    return rising(frame, where=where, days=days, time_zone=time_zone, as_of=as_of, most_compared=MOST_COMPARED)


def shareable(found: pl.DataFrame, frame: pl.DataFrame, *, where: Selection | None = None) -> pl.DataFrame:
    """Leave out findings and words of few people, who could be identified.

    Examples with as few omitted words as possible come first.

    Parameters
    ----------
    found
        Findings of `find_rising`.
    frame, where
        What they were found in, masked.

    Returns
    -------
    pl.DataFrame
        As `found`, but ``kind`` (``theme``), ``key`` (``words``, ``topic`` or ``language``) and ``value`` (a word, or a
        language) are those of `seggwat_nb.findings`, ``term`` is as it may be shown, or null, and ``terms`` has all
        words; also ``unsigned`` (Int64), items
        without a submitter; ``days`` and ``days_before`` (Int64), the lengths of the recent window and the baseline;
        ``expected`` (Float64), the usual number of items in as many days as the recent window has.
    """
    length = (pl.col("last") - pl.col("first")).dt.total_days() + 1
    before = (pl.col("first") - pl.col("baseline_first")).dt.total_days()
    found = found.filter(pl.col("submitters") >= SMALLEST_GROUP).with_columns(
        days=length, days_before=before, expected=pl.col("baseline_count") * length / before
    )
    rows = select_rows(frame, where)
    items = rows.select(
        id=pl.col("id").cast(pl.String), message=pl.col("message").cast(pl.String).fill_null(""), who=submitter_of(rows)
    ).filter(pl.col("id").is_in(found["ids"].explode().drop_nulls().unique().implode()))
    items = items.with_row_index("row").with_columns(fold_texts(items["message"]).alias("folded"))
    unsigned = Counter(items.filter(pl.col("who").is_null())["id"])
    parts = [
        _shareable(finding, common, items, unsigned)
        for finding, common in zip(
            found.select("kind", "term", "terms", "examples", "ids").to_dicts(), common_terms(found, rows), strict=True
        )
    ]
    return found.with_columns(pl.DataFrame(parts, schema=_SHAREABLE).get_columns()).with_columns(
        kind=pl.lit("theme"), key="kind"
    )


def _shareable(
    finding: dict[str, Any], common: dict[str, str], items: pl.DataFrame, unsigned: Counter[str]
) -> dict[str, Any]:
    """Return a finding's common words, its examples, and the number of its unsigned items."""
    is_language = finding["kind"] == LANGUAGE
    few = [term for term in (finding["term"], *finding["terms"]) if term not in common]
    few = few[1:] if is_language else few
    examples = finding["examples"]
    if few:
        holds = [
            pl.all_horizontal(pl.col("folded").str.contains(word, literal=True) for word in term.split())
            for term in fold_texts(pl.Series(few, dtype=pl.String))
        ]
        others = items.filter(pl.col("id").is_in(finding["ids"]), pl.col("message") != "")
        first = pl.col("message").replace_strict(examples, range(len(examples)), default=len(examples))
        others = others.with_columns(few=pl.sum_horizontal(holds)).sort("few", first, "row")
        examples = others["message"].unique(maintain_order=True).head(len(examples)).to_list()
    return {
        "term": finding["term"] if is_language else common.get(finding["term"]),
        "value": finding["term"] if is_language else next(iter(common.values()), None),
        "terms": [*dict.fromkeys(common.values())],
        "examples": examples,
        "unsigned": (Counter(finding["ids"]) & unsigned).total(),  # an ID may occur several times
    }


def alike(finding: dict[str, Any]) -> str | None:
    """Describe what the messages of a finding have in common other than a word that may be shown."""
    if finding["key"] == LANGUAGE:
        return f"Messages in {finding['term']}"
    return "Similar messages" if finding["key"] == TOPIC or finding["term"] is None else None


def with_words(finding: dict[str, Any]) -> str:
    """Describe a topic or language by the words that its messages have in common, if enough people used any."""
    named = finding["terms"][:_NAMED]
    return f"with words such as {join_words(f'“{name}”' for name in named)}" if named else ""


def how_many(finding: dict[str, Any]) -> str:
    """Describe the items of a finding, as in ``46 items by 44 submitters in 28 days``."""
    count, unsigned, days = finding["count"], finding["unsigned"], f"in {finding['days']} days"
    if unsigned == count:
        return f"{count_of(count, 'unsigned item')} {days}"
    people = count_of(finding["submitters"] - unsigned, "submitter")
    some = f" ({unsigned:,} unsigned)" if unsigned else ""
    return f"{count_of(count, 'item')}{some} by {people} {days}"


def against_before(finding: dict[str, Any]) -> str:
    """Describe how much the share of a word rose, with its interval, or how many items of a topic are usual."""
    if finding["key"] in {TOPIC, LANGUAGE}:
        return usually(finding["expected"])
    ratio, low, high = (_times(finding[name]) for name in ("ratio", "low", "high"))
    before = f"in the {finding['days_before']} days before"
    if not finding["baseline_count"]:
        return f"not used {before} (likely at least {low} times as often now)"
    return f"{ratio} times as often as {before} (likely between {low} and {high})"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= _MANY else f"{ratio:.1f}"
