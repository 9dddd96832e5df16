"""The sections of a report on texts: words and topics that rose, and items per theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis import changes
from seggwat_nb.analysis.counts import each_value
from seggwat_nb.analysis.submitters import count_signers, submitter_of
from seggwat_nb.analysis.validation import has_several
from seggwat_nb.share.dismissals import count_dismissed, describe_end, split_dismissed
from seggwat_nb.share.privacy import SMALLEST_GROUP, as_text
from seggwat_nb.share.report.data import type_and_page
from seggwat_nb.share.report.markup import Html, bullet_list, quote
from seggwat_nb.share.report.table import Table
from seggwat_nb.share.rising import against_before, alike, how_many, shareable, with_words
from seggwat_nb.text import RARE, count_of, rest_of

if TYPE_CHECKING:
    from seggwat_nb.share.report.data import ReportData

__all__ = ["by_theme", "what_rose"]

_MOST: Final = 6
_MOST_TERMS: Final = 8
_LONGEST: Final = 280
_FEW: Final = 10


def what_rose(data: ReportData) -> Html:
    """Show what `seggwat_nb.themes.rising` found, each finding with its figures and one message."""
    found = shareable(data.rising, data.feedback, where=data.where)
    named, dismissed = split_dismissed(found, data.dismissals, frame=data.feedback, as_of=data.about.as_of)
    lines = []
    if dismissed.height:
        aside = [f"“{row['value']}” {describe_end(row)}" for row in dismissed.rows(named=True)]
        lines.append(f"{count_dismissed(dismissed.height)}: {', '.join(aside)}")
    elif named.is_empty():
        lines.append("No word or topic is more frequent than chance explains.")
    if (rest := named.height - _MOST) > 0:
        lines.append(f"{count_of(rest, 'more finding')} not shown.")
    shown = "".join(_finding(data, finding) for finding in named.head(_MOST).rows(named=True))
    return Html(shown + (bullet_list(lines).html if lines else ""))


def by_theme(data: ReportData) -> Table | None:
    """Show the items of each theme, in total and in the latest days. None if items are not tagged."""
    if "theme" not in data.feedback.columns:
        return None
    feedback = _merge_small(data)
    items = each_value(data.where.apply(feedback), "theme").group_by("theme").agg(total=pl.len().cast(pl.Int64))
    names = set(items["theme"])
    nothing = "(no theme)"
    while nothing in names:  # a theme may have this name
        nothing = f"({nothing})"
    latest = changes.change(
        feedback, by="theme", where=data.where, days=data.days, as_of=data.about.as_of,
        time_zone=data.time_zone,
    )  # fmt: skip
    compares = latest.height > 0 and bool(latest["complete"][0])
    ratio, low, high = (pl.col(name).round(1).cast(pl.String) for name in ("ratio", "low", "high"))
    known, expected = pl.col("ratio").is_finite(), pl.col("expected").fill_null(0.0)
    table = (
        items.join(latest, on="theme", how="left", nulls_equal=True)
        .sort(pl.col("theme").is_null(), "total", "theme", descending=[False, True, False])
        .select(
            pl.col("theme").fill_null(nothing),
            "total",
            pl.col("after").fill_null(0),
            pl.when(expected < _FEW).then(expected.round(1)).otherwise(expected.round(0)).alias("expected"),
            pl.when(known).then(pl.format("{} ({} to {})", ratio, low, high.replace("inf", "∞"))).alias("times"),
            "verdict",
        )
    )
    labels = {"theme": "Theme", "total": "Items"}
    if compares:
        days = latest["days_after"][0]
        labels |= {
            "after": f"Last {days} days",
            "expected": "Usually",
            "times": "Relative to usual (likely)",
            "verdict": "Verdict",
        }
    return Table(table.select(*labels), labels=labels, caption="Items by theme")


def _merge_small(data: ReportData) -> pl.DataFrame:
    """Merge the themes of too few people. If these together are still too few, merge the next smallest as well."""
    feedback = as_text(data.feedback)
    rows = each_value(data.where.apply(feedback), "theme").drop_nulls("theme").with_columns(who=submitter_of(feedback))
    people = rows.group_by("theme").agg(people=count_signers(pl.col("who"))).sort("people", "theme")
    least = int((people["people"] < SMALLEST_GROUP).sum())
    small = people["theme"].head(least)
    while 0 < small.len() < people.height and _people(rows, small) < SMALLEST_GROUP:
        small = people["theme"].head(small.len() + 1)
    if small.is_empty():
        return feedback
    theme, label = pl.col("theme"), rest_of(small.len(), people["theme"].to_list(), called=RARE)
    if not has_several(feedback.schema["theme"]):
        return feedback.with_columns(theme.replace(small, label))
    return feedback.with_columns(theme.list.eval(pl.element().replace(small, label)).list.unique(maintain_order=True))


def _people(rows: pl.DataFrame, small: pl.Series) -> int:
    items = rows.filter(pl.col("theme").is_in(small.implode())).unique("id")
    return int(items.select(count_signers(pl.col("who"))).item())


def _finding(data: ReportData, finding: dict[str, Any]) -> str:
    item = data.items.filter(pl.col("id").is_in(finding["ids"]), pl.col("message") == finding["examples"][0])
    source, key, project = item.select(type_and_page(), pl.col("id").cast(pl.String), "project_id").row(0)
    address = data.about.item_url(key, project)
    text = " ".join(finding["examples"][0].split())
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    against = against_before(finding)
    about = f"{against[:1].upper()}{against[1:]}."
    if (similar := alike(finding)) is not None:
        heading = ", ".join(filter(None, (similar, with_words(finding))))
    else:
        heading = f"“{finding['term']}”"
        others = [term for term in finding["terms"] if term != finding["term"]][:_MOST_TERMS]
        about += f" Also used more: {', '.join(others)}." if others else ""
    return quote(f"{heading}: {how_many(finding)}", [(source, text, address)], more=about)
