"""The section on what is new, closed, reopened and reported again since an earlier report, and what is uncertain."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from html import escape
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import polars as pl

from seggwat_nb.analysis.returning import returning
from seggwat_nb.errors import ArgumentError
from seggwat_nb.files import expand_home, file_errors
from seggwat_nb.filter_fields import as_edge, moment_of
from seggwat_nb.schema import OPEN_STATUSES, STATUSES
from seggwat_nb.share.pages.page import AS_OF
from seggwat_nb.share.report.data import display_text, type_and_page
from seggwat_nb.share.report.markup import Html, bullet_list, quote
from seggwat_nb.text import count_of, format_day, join_words

if TYPE_CHECKING:
    from pathlib import Path

    from seggwat_nb.share.report.data import ReportData

__all__ = ["moment_of_report", "show"]

_META: Final = re.compile(f'<meta name="{AS_OF}" content="([^"]+)">')
_HEAD: Final = 4_000
"""Number of characters at the start of a page that contain its date."""

_PAGES: Final = (".html", ".htm")
_MOST: Final = 5
"""Maximum number of messages per list."""

_KINDS: Final = 6
_MOST_BACK: Final = 4
_LONGEST: Final = 200
_CLOSED: Final = tuple(status for status in STATUSES if status not in OPEN_STATUSES)


def moment_of_report(given: str | os.PathLike[str] | date, data: ReportData) -> datetime:
    """Return the date of an earlier report's data, in UTC.

    Parameters
    ----------
    given
        The report's HTML page, or its date in the format of a filter.
    data
        The data of the new report.

    Raises
    ------
    ArgumentError
        The page has no date, or one after that of the new report.
    FileError
        The page cannot be read.
    """
    if isinstance(given, os.PathLike) or (isinstance(given, str) and _is_file(given)):
        moment: datetime | None = _read(expand_home(given))
    else:
        zone = ZoneInfo(data.time_zone)
        moment = moment_of("since_report", as_edge("since_report", given, zone), zone)
    if moment is None or moment >= data.about.as_of:
        known = f"{format_day(data.about.as_of)}, {data.about.as_of:%H:%M} UTC"
        raise ArgumentError(f"since_report must be before the data of this report, as of {known}, got {given}.")
    return moment


def _is_file(text: str) -> bool:
    path = expand_home(text)
    return path.suffix.lower() in _PAGES or path.is_file()


def _read(path: Path) -> datetime:
    with file_errors(f"read {path}", "Pass the HTML file of an earlier report, or its date."):
        head = path.read_bytes()[:_HEAD].decode("utf-8", "replace")
    found = _META.search(head)
    if found is None:
        raise ArgumentError(
            f"{path} does not contain the date of its data. Pass the HTML file of a report that this version wrote, or "
            "a date or datetime."
        )
    return datetime.fromisoformat(found[1]).astimezone(UTC)


def show(data: ReportData) -> Html | None:
    """Show what happened since the earlier report. None if there is none."""
    moment = data.since_report
    if moment is None:
        return None
    is_new = pl.col("created_at") >= moment
    new = data.items.filter(is_new)
    earlier = data.items.filter(~is_new).join(_statuses_at(data, moment), on="id", how="left")
    was = pl.coalesce("was", "status")
    closed = earlier.filter(was.is_in(OPEN_STATUSES) & pl.col("status").is_in(_CLOSED))
    reopened = earlier.filter(was.is_in(_CLOSED) & pl.col("status").is_in(OPEN_STATUSES))
    unsure = sum(int(part["is_unsure"].sum()) for part in (closed, reopened))
    lines = [
        _describe_new(new),
        f"{count_of(closed.height, 'earlier item')} resolved or closed",
        f"{count_of(reopened.height, 'earlier item')} reopened",
        *_back(data, new),
    ]
    doubts = [_describe_unsure(unsure)] if unsure else []
    doubts += _before_history(data, moment)
    parts = {"New": new, "Resolved or closed": closed, "Reopened": reopened}
    lists = [_list_items(heading, rows, data) for heading, rows in parts.items()]
    at = f"{format_day(moment)}, {moment:%H:%M} UTC"
    return Html(
        f"<h2>Since {escape(format_day(moment))}</h2>"
        f'<p class="soft">Compared with the data as of {escape(at)}.</p>'
        + bullet_list(lines, lead=True).html
        + "".join(f'<p class="soft">{escape(doubt)}</p>' for doubt in doubts)
        + "".join(lists)
    )


def _statuses_at(data: ReportData, moment: datetime) -> pl.DataFrame:
    """Return the status at a given time of each item that changed later (``was``), and whether it is certain."""
    later = data.history.filter((pl.col("field") == "status") & (pl.col("latest") > moment))
    return (
        later.sort("latest", "earliest")
        .group_by("id", maintain_order=True)
        .agg(was=pl.col("old").first(), is_unsure=(pl.col("earliest") < moment).any(), changed=pl.col("latest").last())
    )


def _describe_new(new: pl.DataFrame) -> str:
    kinds = new.select(display_text("type")).to_series().value_counts(sort=True).rows()
    named = [f"{count:,} {kind}" for kind, count in kinds[:_KINDS]]
    named += [f"{sum(count for _, count in kinds[_KINDS:]):,} of other types"] if len(kinds) > _KINDS else []
    shown = f": {join_words(named)}" if named else ""
    closed = new.filter(pl.col("status").is_in(_CLOSED)).height
    said = f"{count_of(new.height, 'new item')}{shown}"
    return f"{said}. Already resolved or closed: {closed:,}" if closed else said


def _back(data: ReportData, new: pl.DataFrame) -> list[str]:
    """List what was closed and is reported again by new items."""
    if data.history.is_empty():
        return []
    found = returning(data.feedback, history=data.history, as_of=data.about.as_of)
    mine = pl.col("ids").list.set_intersection(new["id"].to_list()).list.len()
    back = found.filter("is_known").with_columns(mine.alias("count")).filter(pl.col("count") > 0)
    rest = back.height - _MOST_BACK
    return [
        *(
            f"Reported again after it was closed: “{_cut_text(row['value'])}” ({count_of(row['count'], 'new item')}, "
            f"{row['closed']:,} closed before)"
            for row in back.head(_MOST_BACK).rows(named=True)
        ),
        *([f"{rest:,} more reported again"] if rest > 0 else []),
    ]


def _describe_unsure(unsure: int) -> str:
    return (
        f"Uncertain: {count_of(unsure, 'status change')} may have happened before that. The loads on this machine do "
        "not show it."
    )


def _before_history(data: ReportData, moment: datetime) -> list[str]:
    """Say which part of the period the history does not cover."""
    first = data.history["earliest"].min()
    if not isinstance(first, datetime):
        return ["No status change is known on this machine. Changes are seen from the second load on."]
    if first > moment:
        return [f"Status changes before {format_day(first)} are unknown. They are seen from the second load on."]
    return []


def _list_items(heading: str, rows: pl.DataFrame, data: ReportData) -> str:
    if not rows.height:
        return ""
    newest = "changed" if "changed" in rows.columns else "created_at"
    shown = rows.sort(newest, "id", descending=True).head(_MOST)
    quotes = [
        (source, _cut_text(message or "(no message)"), data.about.item_url(item, project))
        for source, message, item, project in shown.select(
            type_and_page(), "message", pl.col("id").cast(pl.String), "project_id"
        ).rows()
    ]
    rest = rows.height - len(quotes)
    return quote(heading, quotes, more=f"And {rest:,} more." if rest else "")


def _cut_text(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
