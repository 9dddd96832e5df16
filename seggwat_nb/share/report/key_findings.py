"""The findings at the top of a report: what happened, how certain it is, typical messages, and links to the items."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.finding_scope import in_use
from seggwat_nb.share.dismissals import count_dismissed, describe_end, describe_return, split_dismissed
from seggwat_nb.share.privacy import SMALLEST_GROUP
from seggwat_nb.share.report.data import type_and_page
from seggwat_nb.share.report.markup import Html, blockquote, bullet_list, sentence
from seggwat_nb.summary import NOT_CHECKED
from seggwat_nb.text import count_of, format_day, join_words

if TYPE_CHECKING:
    from seggwat_nb.share.report.data import ReportData

__all__ = ["MOST", "Found", "show"]

_LONGEST: Final = 280
MOST: Final = 7
"""Maximum number of findings in a report."""


class Found:
    """The findings of a report, used by each of its parts.

    Parameters
    ----------
    data
        The report's data.
    findings
        What `seggwat_nb.findings` returned for it, with as many more findings as there are dismissals.

    Attributes
    ----------
    table : pl.DataFrame
        The findings without dismissed ones, at most seven. For findings that are back after they were dismissed,
        ``back`` says why, and ``reason`` says why they were dismissed.
    dismissed : pl.DataFrame
        The dismissed ones, with ``reason`` and ``until``.
    gaps : list of str
        Why something could not be checked.
    """

    def __init__(self, data: ReportData, findings: pl.DataFrame) -> None:
        is_gap = pl.col("verdict") == NOT_CHECKED
        named, self.dismissed = split_dismissed(
            findings.filter(~is_gap), data.dismissals, frame=data.feedback, as_of=data.about.as_of
        )
        self.table = named.head(MOST)
        self.gaps = findings.filter(is_gap)["sentence"].to_list()

    @property
    def labels(self) -> list[str]:
        """Label of each finding in the filter: its number and the beginning of its sentence."""
        return [f"{place}. {_cut_text(said, 60)}" for place, said in enumerate(self._column("sentence"), start=1)]

    @property
    def groups(self) -> dict[str, list[str]]:
        """IDs of each finding's items, by label."""
        return dict(zip(self.labels, self._column("ids"), strict=True))

    def _column(self, name: str) -> list:  # type: ignore[type-arg]  # texts or lists of them
        return self.table[name].to_list()


def show(data: ReportData, found: Found) -> Html:
    """Show the findings, or say that there are none, and what could not be checked.

    What other sections mark as changed passed the test there, but perhaps not the correction for all checks.
    """
    if not data.items.height and not data.responses.height:
        is_empty = not data.feedback.height and not data.ratings.height
        nothing = "There are no items." if is_empty else "No items match. Widen the dates or clear a filter."
        return bullet_list([nothing], lead=True)
    parts = [f'<ol class="findings">{"".join(_finding(data, found))}</ol>'] if found.table.height else []
    if not parts:
        nothing = (
            "No findings in what could be checked."
            if found.gaps
            else "Nothing notable: no change beyond what chance explains."
        )
        if marked := [] if found.dismissed.height else _sections_with_marks(data):
            nothing = (
                "No findings that are certain enough, given the number of checks. Some changes are marked: see "
                f"{join_words(f'“{section}”' for section in marked)}."
            )
        parts = [bullet_list([nothing], lead=True).html]
    if found.dismissed.height:
        lines = [f"{row['sentence'].removesuffix('.')} {describe_end(row)}" for row in found.dismissed.rows(named=True)]
        parts.append(f'<p class="soft">{escape(count_dismissed(found.dismissed.height))}:</p>{bullet_list(lines).html}')
    parts += [f'<p class="soft">Not checked: {sentence(gap)}</p>' for gap in found.gaps]
    return Html("".join(parts))


def _sections_with_marks(data: ReportData) -> list[str]:
    """Return the titles of the sections that mark a change of this period."""
    changed = data.movers.filter(pl.col("key") != "theme", pl.col("verdict").is_in(["up", "down"]))
    rose = data.rising.filter(pl.col("submitters") >= SMALLEST_GROUP)
    worse = pl.DataFrame()
    if {"version", "type"} <= set(data.feedback.columns):
        latest = data.items.filter(data.within(data.windows[1]))
        worse = data.bugs_and_types[0].filter(pl.col("verdict") == "worse", in_use(latest))
    sections = {"What changed": changed, "What people write about": rose, "Bugs by version": worse}
    return [section for section, marked in sections.items() if marked.height]


def _finding(data: ReportData, found: Found) -> list[str]:
    is_quoted = pl.col("id").cast(pl.String).is_in(found.table["quote_ids"].explode().implode())
    quotable = data.items.filter(is_quoted)
    items = quotable.select(pl.col("id").cast(pl.String), "project_id", source=type_and_page()).unique("id")
    shown = []
    for place, row in enumerate(found.table.iter_rows(named=True), start=1):
        quoted = pl.DataFrame(
            {"id": row["quote_ids"], "said": row["quotes"]}, schema={"id": pl.String, "said": pl.String}
        )
        quotes = quoted.join(items, on="id", how="left", maintain_order="left")
        said = "".join(
            blockquote(_cut_text(text, _LONGEST), source, data.about.item_url(item, project))
            for item, text, project, source in quotes.rows()
        )
        detail = f" {sentence(row['detail'])}" if row["detail"] else ""
        detail += f" {sentence(describe_return(row))}" if row["back"] else ""
        shown.append(
            f"<li><p><strong>{sentence(row['sentence'])}</strong>{detail}</p><p>{_read_on(place, row)}</p>{said}</li>"
        )
    return shown


def _read_on(place: int, row: dict) -> str:  # type: ignore[type-arg]  # a row of the table
    if not row["count"]:
        return ""
    parts = [count_of(row["count"], "item")]
    if row["submitters"]:
        unsigned = f", {row['unsigned']:,} unsigned" if row["unsigned"] else ""
        parts.append(f"{count_of(row['submitters'], 'submitter')}{unsigned}")
    if row["open"]:
        open_ = "all" if row["open"] == row["count"] else f"{row['open']:,}"
        parts.append(f"{open_} open, the oldest since {format_day(row['oldest_open'])}")
    link = f'<a href="#finding={place}">Show these items</a>'
    return f'{sentence(" · ".join(parts))}<span class="interactive"> · {link}</span>'


def _cut_text(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
