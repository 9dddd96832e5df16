"""The findings that a report opens with: what happened, how sure it is, what people said, and where to read on."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.finding_scope import Scope
from seggwat_nb.analysis.findings import find
from seggwat_nb.share.put_aside import how_many_aside, said_back, said_end, split
from seggwat_nb.share.report.data import display_text
from seggwat_nb.share.report.markup import Html, bullet_list
from seggwat_nb.text import counted, written_day

if TYPE_CHECKING:
    from seggwat_nb.share.report.data import ReportData

__all__ = ["Found", "show"]

_LONGEST: Final = 280
_MOST: Final = 7
"""The most findings that a report names."""


class Found:
    """Findings of a report's data; looked for once, and used by every part of the report.

    Attributes
    ----------
    table : pl.DataFrame
        As `seggwat_nb.findings` returns them, without those that are put aside; ``back`` says why one that was put
        aside is named again, ``reason`` why it was.
    aside : pl.DataFrame
        Those that are put aside, with ``reason`` and ``until``.
    scope : Scope or None
        What they were looked for in; None where there is nothing.
    gaps : list of str
        Why something could not be checked.
    """

    def __init__(self, material: ReportData) -> None:
        self.scope: Scope | None = None
        if material.items.height or material.answers.height:
            self.scope = Scope.of(
                material.feedback, material.ratings, material.history, where=material.where, where_rated=material.where,
                days=material.days, time_zone=material.time_zone, as_of=material.about.as_of, level=0.95,
            )  # fmt: skip
            found, _, self.gaps = find(self.scope, top=_MOST + len(material.put_aside))
            named, self.aside = split(found, material.put_aside, frame=material.feedback, as_of=material.about.as_of)
            self.table = named.head(_MOST)
        else:
            self.table, self.aside, self.gaps = pl.DataFrame(), pl.DataFrame(), []

    @property
    def labels(self) -> list[str]:
        """What each finding is called where one is chosen: its place and the start of its sentence."""
        return [f"{place}. {_cut(said, 60)}" for place, said in enumerate(self._column("sentence"), start=1)]

    @property
    def groups(self) -> dict[str, list[str]]:
        """Ids of the items of each finding, by its label."""
        return dict(zip(self.labels, self._column("ids"), strict=True))

    def _column(self, name: str) -> list:  # type: ignore[type-arg]  # texts or lists of them
        return self.table[name].to_list() if self.table.height else []


def show(material: ReportData, found: Found) -> Html:
    """Show the findings, or that there are none; and what could not be checked."""
    if not material.items.height and not material.answers.height:
        return bullet_list(["No items match. Widen the dates or clear a filter."], lead=True)
    parts = [f'<ol class="findings">{"".join(_finding(material, found))}</ol>'] if found.table.height else []
    if not parts and not found.gaps:
        parts = [bullet_list(["Nothing notable: no change beyond what chance explains."], lead=True).html]
    elif not parts:
        parts = [bullet_list(["No findings."], lead=True).html]
    if found.aside.height:
        lines = [
            f"{row['sentence'].removesuffix('.')} (until {said_end(row['until'])}: {row['reason']})"
            for row in found.aside.rows(named=True)
        ]
        parts.append(f'<p class="soft">{escape(how_many_aside(found.aside.height))}:</p>{bullet_list(lines).html}')
    parts += [f'<p class="soft">Not checked: {escape(gap)}</p>' for gap in found.gaps]
    return Html("".join(parts))


def _finding(material: ReportData, found: Found) -> list[str]:
    items = material.items.select(
        pl.col("id").cast(pl.String), "project_id", kind=display_text("type"), page=display_text("path")
    ).unique("id")
    shown = []
    for place, row in enumerate(found.table.iter_rows(named=True), start=1):
        quoted = pl.DataFrame(
            {"id": row["quote_ids"], "said": row["quotes"]}, schema={"id": pl.String, "said": pl.String}
        )
        quotes = quoted.join(items, on="id", how="left", maintain_order="left")
        said = "".join(
            f'<blockquote>{escape(_cut(text, _LONGEST))}<br><span class="soft">{escape(f"{kind}, {page}")}'
            f"{_link(material.about.item_url(item, project))}</span></blockquote>"
            for item, text, project, kind, page in quotes.rows()
        )
        detail = f" {escape(row['detail'])}" if row["detail"] else ""
        detail += f" {escape(said_back(row))}" if row["back"] else ""
        shown.append(
            f"<li><p><strong>{escape(row['sentence'])}</strong>{detail}</p><p>{_read_on(place, row)}</p>{said}</li>"
        )
    return shown


def _read_on(place: int, row: dict) -> str:  # type: ignore[type-arg]  # a row of the table
    if not row["count"]:
        return ""
    parts = [counted(row["count"], "item")]
    if row["submitters"]:
        unsigned = f" and {row['unsigned']:,} unsigned" if row["unsigned"] else ""
        parts.append(f"{counted(row['submitters'], 'submitter')}{unsigned}")
    if row["open"]:
        parts.append(f"{row['open']:,} open, the oldest since {written_day(row['oldest_open'])}")
    link = f'<a href="#finding={place}">Show these items</a>'
    return f'{escape(" · ".join(parts))}<span class="interactive"> · {link}</span>'


def _link(address: str | None) -> str:
    return f' · <a href="{escape(address)}">Open in SeggWat</a>' if address else ""


def _cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
