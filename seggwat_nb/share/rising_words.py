"""Finds words that became more frequent, for reports and digests that other people read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.changes import signed
from seggwat_nb.analysis.counts import selected
from seggwat_nb.analysis.folding import folded
from seggwat_nb.analysis.terms import terms
from seggwat_nb.analysis.tokens import UNSPACED, find_terms
from seggwat_nb.share.privacy import SMALLEST_GROUP
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection

__all__ = ["against_before", "count_signed", "how_many", "rising_words"]

_SHAREABLE: Final[dict[str, Any]] = {"terms": pl.List(pl.String), "examples": pl.List(pl.String), "unsigned": pl.Int64}

_MANY: Final = 10
"""Ratios from this value on are shown without decimals."""


def rising_words(
    frame: pl.DataFrame,
    *,
    where: Selection | None = None,
    days: int,
    time_zone: str = "UTC",
    as_of: datetime,
    found: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Find words that became more frequent in masked items, except those of few people, who could be identified.

    Each word of a finding must have enough submitters itself, and examples with as few omitted words as possible come
    first. What `seggwat_nb.analysis.terms` found with these arguments need not be found again.

    Returns
    -------
    pl.DataFrame
        As `seggwat_nb.themes.terms`, and ``unsigned`` (Int64), items without a submitter; ``days`` and
        ``days_before`` (Int64), the lengths of the recent window and the baseline; ``expected`` (Float64), the usual
        number of items with the term in as many days as the recent window has.
    """
    length = (pl.col("last") - pl.col("first")).dt.total_days() + 1
    before = (pl.col("first") - pl.col("baseline_first")).dt.total_days()
    if found is None:
        found = terms(frame, where=where, days=days, time_zone=time_zone, as_of=as_of)
    found = found.filter(pl.col("submitters") >= SMALLEST_GROUP).with_columns(
        days=length, days_before=before, expected=pl.col("baseline_count") * length / before
    )
    items = _items(selected(frame, where), found["ids"])
    unsigned = Counter(items.filter(pl.col("who").is_null())["id"])
    uses = _uses(items)
    shareable = [
        _shareable(finding, items, uses, unsigned) for finding in found.select("ids", "terms", "examples").to_dicts()
    ]
    return found.with_columns(pl.DataFrame(shareable, schema=_SHAREABLE).get_columns())


def _items(rows: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Return the items of findings: ``row``, ``id``, ``message``, ``folded`` and ``who`` (submitter)."""
    text = pl.col("message").cast(pl.String).fill_null("")
    items = rows.select(id=pl.col("id").cast(pl.String), message=text, who=signed(rows))
    items = items.filter(pl.col("id").is_in(ids.explode().drop_nulls().unique().implode())).with_row_index("row")
    return items.with_columns(folded(items["message"]).alias("folded"))


def _uses(items: pl.DataFrame) -> pl.DataFrame:
    """Return the terms of items: ``term``, and the ``id`` and ``who`` of each item with it."""
    found = find_terms(items["message"], min_count=SMALLEST_GROUP)
    cells = found.has.tocoo()
    has = pl.DataFrame({"row": cells.row, "term": found.names.gather(cells.col)}, schema_overrides={"row": pl.UInt32})
    return has.join(items.select("row", "id", "who"), on="row")


def _shareable(
    finding: dict[str, Any], items: pl.DataFrame, uses: pl.DataFrame, unsigned: Counter[str]
) -> dict[str, Any]:
    """Return a finding without words that too few people used, and the number of unsigned items."""
    is_mine = pl.col("id").is_in(finding["ids"])
    people = uses.filter(is_mine).group_by("term").agg(_people=count_signed(pl.col("who")))
    common = set(people.filter(pl.col("_people") >= SMALLEST_GROUP)["term"])
    mine, written = items.filter(is_mine), folded(pl.Series(finding["terms"], dtype=pl.String)).to_list()
    unspaced = pl.Series(written, dtype=pl.String)
    unspaced = unspaced.filter(unspaced.str.contains(f"^[{UNSPACED}]"))
    common |= {term for term in unspaced if _people(mine, term) >= SMALLEST_GROUP}
    few = [term for term in written if term not in common]
    examples = finding["examples"]
    if few:
        holds = [
            pl.all_horizontal(pl.col("folded").str.contains(w, literal=True) for w in term.split()) for term in few
        ]
        others = items.filter(is_mine, pl.col("message") != "").with_columns(few=pl.sum_horizontal(holds))
        first = pl.col("message").replace_strict(examples, range(len(examples)), default=len(examples))
        examples = others.sort("few", first, "row")["message"].unique(maintain_order=True).head(len(examples)).to_list()
    return {
        "terms": [shown for shown, term in zip(finding["terms"], written, strict=True) if term in common],
        "examples": examples,
        "unsigned": (Counter(finding["ids"]) & unsigned).total(),  # an ID may occur several times
    }


def _people(items: pl.DataFrame, text: str) -> int:
    """Count the submitters of items that contain a text of a script without spaces."""
    return int(
        items.filter(pl.col("folded").str.contains(text, literal=True)).select(count_signed(pl.col("who"))).item()
    )


def count_signed(who: pl.Expr) -> pl.Expr:
    """Count distinct submitters as `seggwat_nb.analysis.terms` does: each unsigned item counts as one."""
    return who.drop_nulls().n_unique() + who.null_count()


def how_many(finding: dict[str, Any]) -> str:
    """Describe the items of a finding, as in ``46 items by 44 submitters in 28 days``."""
    count, unsigned, days = finding["count"], finding["unsigned"], f"in {finding['days']} days"
    if unsigned == count:
        return f"{counted(count, 'unsigned item')} {days}"
    people = counted(finding["submitters"] - unsigned, "submitter")
    if unsigned:
        return f"{counted(count, 'item')} {days}, by {people} and {unsigned:,} unsigned"
    return f"{counted(count, 'item')} by {people} {days}"


def against_before(finding: dict[str, Any]) -> str:
    """Describe how much the share of a finding rose, with its interval."""
    ratio, low, high = (_times(finding[name]) for name in ("ratio", "low", "high"))
    before = f"in the {finding['days_before']} days before"
    if not finding["baseline_count"]:
        return f"not used {before} (likely at least {low} times as often now)"
    return f"{ratio} times as often as {before} (likely between {low} and {high})"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= _MANY else f"{ratio:.1f}"
