"""The sentences and figures of a report. Each is true for any data, including none.

Key figures compare the latest whole days with as many days before them, findings with what is usual, scaled to as many
days. The page says so wherever both stand.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.counts import span_of
from seggwat_nb.analysis.findings import typical_of_days
from seggwat_nb.analysis.page_names import as_page
from seggwat_nb.charts.events import event_dates
from seggwat_nb.dataset import past_moment
from seggwat_nb.schema import STATUSES, unknown_values
from seggwat_nb.share.report import analyses
from seggwat_nb.share.report.chart_parts import count_by
from seggwat_nb.share.report.data import display_text, type_and_page
from seggwat_nb.share.report.markup import Html, bullet_list, line, quote
from seggwat_nb.share.report.table import Table
from seggwat_nb.text import count_of, format_day, isolate, join_words

if TYPE_CHECKING:
    from seggwat_nb.share.report.data import ReportData
    from seggwat_nb.share.report.key_findings import Found

__all__ = ["byline", "items", "methods", "unusual_days"]

_MOST_ITEMS: Final = 500
_MOST_OF_FINDING: Final = 100
_MOST_NAMED: Final = 4
_MOST_DAYS: Final = 4
_YEAR: Final = 365
_LEAST_DAYS: Final = 14
"""Minimum number of whole days to know what is usual."""
_MOST_MESSAGES: Final = 4
_LONGEST: Final = 280
_LONGEST_MESSAGE: Final = 1_000
_CANCELLED: Final = (
    "They also leave out cancellation comments (Stripe, Polar) if there are other items. Counts include them."
)
_OF_TEXTS: Final = (
    "The same applies to words, phrases and topics (groups of similar messages).",
    "Words, phrases and topics of fewer than 5 submitters are left out.",
)
_FILTERS: Final = (
    "This page's filters apply to charts and the table. Text, headlines and ratings cover all selected items."
)


def byline(data: ReportData) -> Html:
    """Return the line that says what the report covers."""
    window = data.windows[1]
    demo = " Synthetic demo data." if data.about.demo else ""
    against = _since(data)
    if data.reaches_back:
        against = (
            f". Key figures are compared with the previous {window.days} days, findings with what is usual (up to 24 "
            "weeks before)"
        )
    known = past_moment(data.items, data.about.as_of) or f"As of {_moment(data)}"
    return line(f"{isolate(data.name)}: {window}{against}. {known} ({data.filter.describe()}).{demo}")


def _since(data: ReportData) -> str:
    """Say when the data begins, if that is within the days that the figures cover."""
    first = data.starts_late
    return f", with data since {format_day(first)}" if first else ""


def unusual_days(data: ReportData) -> Html:
    """Show the days with far more items than usual, and typical messages from these days."""
    found = analyses.spikes(data)
    if found.is_empty():
        days = _count_known_days(data)
        young = f"{count_of(days, 'complete day')} of data, too few to find unusual days."
        return bullet_list([young if days < _LEAST_DAYS else "No unusual days."])
    recent = found.filter(pl.col("last") > data.windows[1].last - timedelta(days=_YEAR))
    if recent.is_empty():
        return bullet_list(["No unusual days in the last year."])
    shown = recent.sort("period", descending=True).head(_MOST_DAYS).with_columns(when=event_dates())
    return Html("".join(_spike(data, spike) for spike in shown.rows(named=True)))


def items(data: ReportData, found: Found | None = None) -> Table:
    """Show the newest items and those of the findings, to search and sort."""
    groups = found.groups if found else {}
    of_findings = {item for ids in groups.values() for item in ids[:_MOST_OF_FINDING]}
    created, key = pl.col("created_at"), pl.col("id").cast(pl.String)
    is_of_findings = key.is_in(list(of_findings))
    is_new = created.is_null() | (created >= created.top_k(_MOST_ITEMS).min())  # to sort all of them takes long
    rows = (
        data.items.filter(is_new | is_of_findings)
        .sort("created_at", "id", descending=True)
        .filter((pl.int_range(pl.len()) < _MOST_ITEMS) | is_of_findings)
    )
    links = [data.about.item_url(item, project) for item, project in rows.select("id", "project_id").iter_rows()]
    shown = rows.select(
        pl.col("created_at").dt.convert_time_zone(data.time_zone),
        *(display_text(key).alias(key) for key in ("type", "status")),
        _cut_column("message", _LONGEST_MESSAGE),
        *(_cut_column(name, _LONGEST) for name in ("path", "version", "submitted_by")),
        pl.Series("link", links, dtype=pl.String),
    )
    empty = [name for name in ("path", "version", "submitted_by", "link") if not shown[name].drop_nulls().len()]
    labels = {
        "created_at": "Date",
        "type": "Type",
        "status": "Status",
        "message": "Message",
        "path": "Page",
        "version": "Version",
        "submitted_by": "Submitter",
        "link": "Item",
    }
    kept = shown.drop(empty)
    totals = [
        count_by(part, "type", "status")
        .rename({"type": "chosen_type", "status": "chosen_status"})
        .with_columns(chosen_finding=pl.lit(label, pl.String))
        for label, part in (
            (None, data.items),
            *((label, data.items.filter(key.is_in(ids))) for label, ids in groups.items()),
        )
    ]
    return Table(
        kept,
        labels={name: label for name, label in labels.items() if name in kept.columns},
        links=("link",) if "link" in kept.columns else (),
        filters={"chosen_type": "type", "chosen_status": "status"},
        groups={
            "chosen_finding": {
                label: rows["id"].cast(pl.String).is_in(ids).arg_true().to_list() for label, ids in groups.items()
            }
        },
        totals=pl.concat(totals).sort("chosen_finding", "chosen_type", "chosen_status"),
        caption="Newest items, and items of the findings" if groups else "Newest items",
    )


def methods(data: ReportData) -> Html:
    """Return how the figures were computed, and what to know before trusting them."""
    about, rated = data.about, data.about_ratings
    before, after = data.windows
    shown = min(data.items.height, _MOST_ITEMS)
    shown_items = (
        f"the newest {shown:,} of {count_of(data.items.height, 'item')}, and up to {_MOST_OF_FINDING} of each finding"
    )
    stored, selected = f"{count_of(about.rows, 'item')} of feedback", count_of(data.items.height, "item")
    if rated is not None:
        stored = f"{stored} and {count_of(rated.rows, 'rating')}"
        selected = f"{selected} and {count_of(data.responses.height, 'rating')}"
    lines = [
        f"As of {_moment(data)}: {stored} stored, including archived ones.",
        f"Selected: {data.filter.describe()} ({selected}). Ratings have no type, status, source, theme or text.",
        f"Key figures cover {after}" + (f", compared with {before}." if data.reaches_back else f"{_since(data)}."),
        f"Findings and “What changed” compare up to {after.days} days with what is usual (up to 24 weeks before).",
        "They leave out earlier weeks with rare bursts or gaps.",
        *([_CANCELLED] if data.items.height else []),
        f"Days are in {data.time_zone}.",
        _complete(data),
        *_omitted_sections(data),
        *_strange(data),
        *([f"The table lists {shown_items}. Charts count all of them."] if shown < data.items.height else []),
        "A change is reported only if chance, bursts (one person, one bad day) and slow drift don't explain it.",
        *(_OF_TEXTS if data.items.height else []),
        *(["An item with several themes counts for each."] if "theme" in data.feedback.columns else []),
        "The test level is 5%, corrected for the number of values tested. Lines in charts are 95% intervals.",
    ]
    said = bullet_list([*(["Synthetic demo data."] if about.demo else []), *lines])
    return Html(f'<div class="methods">{said.html}</div><p class="interactive">{_FILTERS}</p>')


# -- sentences --


def _count_known_days(data: ReportData) -> int:
    """Return the number of whole days that the selection covers."""
    span = span_of(data.feedback, where=data.where, as_of=data.about.as_of, time_zone=data.time_zone)
    return 0 if span is None else max((span.covered_last - span.covered_first).days + 1, 0)


# -- days out of the ordinary --


def _behind(verdict: str) -> str:
    return {"one person": "one person", "unsigned": "unsigned, so the number of people is unknown"}.get(
        verdict, "several people"
    )


def _spike(data: ReportData, spike: dict[str, Any]) -> str:
    rows = data.items.filter(pl.col("id").is_in(spike["ids"]))
    quotes = [
        (source, _shorten(message), data.about.item_url(item, project))
        for source, message, item, project in typical_of_days(rows, data.items, top=_MOST_MESSAGES)
        .select(type_and_page(), "message", pl.col("id").cast(pl.String), "project_id")
        .rows()
    ]
    rest = rows.height - len(quotes)
    heading = (
        f"{spike['when']}: {count_of(spike['count'], 'item')}, usually {spike['expected']:.0f}, "
        f"{_behind(spike['verdict'])}"
    )
    return quote(heading, quotes, more=f"And {rest:,} more." if quotes and rest else "")


def _cut_column(column: str, most: int) -> pl.Expr:
    text = as_page(pl.col(column)) if column == "path" else pl.col(column)
    return pl.when(text.str.len_chars() > most).then(text.str.head(most - 1) + "…").otherwise(text).alias(column)


def _shorten(message: str | None) -> str:
    text = " ".join((message or "(no message)").split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


# -- how the figures were made --


def _complete(data: ReportData) -> str:
    about = data.about
    parts = [
        "Loaded completely: no gaps, and each item once"
        if about.verified
        else about.assurance()[:1].upper() + about.assurance()[1:]
    ]
    if about.total is not None and about.total != about.rows:
        parts.append(f"the service counted {about.total:,}")
    if about.removed_during:
        parts.append(f"{count_of(about.removed_during, 'item')} removed while loading")
    if about.set_aside:
        parts.append(f"{count_of(len(about.set_aside), 'record')} could not be read and were set aside")
    return f"{', '.join(parts)}."


def _omitted_sections(data: ReportData) -> list[str]:
    """Say which sections are left out."""
    # Ratings have versions, too.
    lacks = [name for name in data.lacks if name != "versions" or "feedback" not in data.lacks]
    if data.about_ratings is not None:
        return [f"No sections on {join_words(lacks)}: the project has none."] if lacks else []
    others = [name for name in lacks if name != "ratings"]
    said = ["No sections on ratings: they were not loaded."]
    return [*([f"No sections on {join_words(others)}: the project has none."] if others else []), *said]


def _strange(data: ReportData) -> list[str]:
    told = [
        f"{column} {value[:60]} ({number:,})"
        for column, values in unknown_values(data.feedback).items()
        for value, number in values.items()
    ]
    unknown = [f"Unknown values, counted as they are: {_some(told)}."] if told else []
    statuses = data.items["status"].drop_nulls()
    neither = statuses.filter(~statuses.is_in(STATUSES)).len()
    if not neither:
        return unknown
    return [*unknown, f"{count_of(neither, 'item')} with an unknown status, counted as not open."]


def _moment(data: ReportData) -> str:
    return f"{format_day(data.about.as_of)}, {data.about.as_of:%H:%M} UTC"


def _some(told: list[str]) -> str:
    shown = told[:_MOST_NAMED]
    more = len(told) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
