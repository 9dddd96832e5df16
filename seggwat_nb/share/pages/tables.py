"""A page of one-way tables in which every figure stands for at least a given number of items.

The explorer's page (`seggwat_nb.share.pages.explorer`) combines columns, so most of its cells are single items, and
anybody with two versions of it can see how one item changed. Here, columns are not combined, only complete months are
counted, and small figures are merged, together with the next smallest one if their sum is still small (complementary
suppression; Hundepool et al. 2012, "Statistical Disclosure Control", section 4.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.column_types import with_known_types
from seggwat_nb.analysis.periods import period_start
from seggwat_nb.analysis.validation import check_columns, check_least
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.charts.base import NONE
from seggwat_nb.errors import ArgumentError
from seggwat_nb.files import write_output
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.share import privacy
from seggwat_nb.share.export import check_target
from seggwat_nb.share.pages.page import Page
from seggwat_nb.share.privacy.sanitize import one_line
from seggwat_nb.share.report.data import display_text
from seggwat_nb.text import count_of, format_moment, percent

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from seggwat_nb.provenance import Provenance

__all__ = ["Tally", "tallies", "write"]

_COLUMNS: Final = ("type", "status", "source", "version")
_LEAST: Final = 2
_MOST: Final = 40
"""Maximum number of values in a table."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A one-way table.

    Attributes
    ----------
    column : str
        The column whose values are counted.
    rows : list of (str, int)
        Each value with its number of items, which is never below the minimum.
    """

    column: str
    rows: list[tuple[str, int]]


def tallies(
    frame: pl.DataFrame,
    *,
    smallest: int = 5,
    where: FeedbackFilter | None = None,
    as_of: datetime | None = None,
) -> list[Tally]:
    """Count items by month, type, status, source and version, each separately.

    Parameters
    ----------
    frame
        Feedback (`seggwat_nb.schema.FEEDBACK`), or a selection of it.
    smallest
        Minimum number of items per figure.
    where
        Rows to count. Months are in its time zone.
    as_of
        When the rows were loaded. Months that had not ended by then are left out. Default: the time of the last item.

    Returns
    -------
    list of Tally
        One for each column that has a table. A month with too few items is counted together with the following ones.
        Empty if there are fewer items than `smallest`.

    Raises
    ------
    ArgumentError
        `smallest` is less than 2, which would hide nothing.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> moments = [datetime(2026, 1, 5, tzinfo=UTC)] * 18
    >>> rows = pl.DataFrame({"type": ["Bug"] * 6 + ["Praise"] * 4 + ["Feature"] * 8, "created_at": moments})
    >>> [tally.rows for tally in tallies(rows, as_of=datetime(2026, 2, 1, tzinfo=UTC))]
    [[('2026-01', 18)], [('Feature', 8), ('Others (2 values)', 10)]]
    """
    check_least("smallest", smallest, _LEAST)
    frame = with_known_types(frame)
    check_columns(frame, ["created_at"], wanted="a frame of feedback")
    where = where or FeedbackFilter()
    here = [column for column in _COLUMNS if column in frame.columns]
    people = privacy.submitters(frame)
    kept = [*here, *(["submitted_by"] if "submitted_by" in frame.columns else [])]
    chosen = where.apply(frame).select("created_at", pl.col(kept).cast(pl.String))
    month = period_start(pl.col("created_at"), every="1mo", time_zone=where.time_zone)
    dated = (
        merge_spellings(privacy.mask(chosen, salt=None, people=people)).with_columns(month=month).drop_nulls("month")
    )
    end = as_of or dated["created_at"].max()
    if not isinstance(end, datetime):
        return []
    whole = dated.filter(pl.col("month").dt.offset_by("1mo") <= end)
    if whole.height < smallest:
        return []
    months = whole.group_by("month").len().sort("month")
    found = [Tally("month", _join_months([(f"{at:%Y-%m}", n) for at, n in months.iter_rows()], smallest))]
    for column in here:
        shown = one_line(display_text(column).cast(pl.String), most=80).replace("", NONE)  # of blanks, nothing is left
        values = whole.select(shown.alias(column))[column]
        counts = values.value_counts(sort=True, name="items").sort(["items", column], descending=[True, False])
        rows = _safe([(value, n) for value, n in counts.iter_rows()], smallest)
        if len(rows) > 1 or counts.height == 1:
            found.append(Tally(column, rows))
    return found


def write(
    frame: pl.DataFrame,
    path: str | os.PathLike[str],
    *,
    smallest: int = 5,
    sides: Sequence[tuple[str, FeedbackFilter]] = (("", FeedbackFilter()),),
    about: Provenance | None = None,
    as_of: datetime | None = None,
) -> Path:
    """Write the tables as one offline page.

    Parameters
    ----------
    frame, smallest
        As for `tallies`.
    path
        The file. Its name must end in ``.html``.
    sides
        The selections to count, each with its masked name, which is empty if there is only one.
    about
        Provenance of the rows.
    as_of
        When the rows were loaded. By default, the time of `about`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        The suffix is wrong, the folder is missing or not writable, `smallest` is too small, or different selections
        share items, so that the difference between their figures could be a single item.
    """
    target = check_target(path, suffixes=(".html",))
    _check_apart(frame, sides, smallest)
    people = privacy.submitters(frame)
    demo = '<p><span class="demo">Synthetic demo data</span></p>' if about and about.demo else ""
    as_of = as_of or (about.as_of if about else None)
    known = f"As of {format_moment(as_of)}: " if as_of else ""
    tables = ""
    for name, where in sides:
        found = tallies(frame, smallest=smallest, where=where, as_of=as_of)
        said = f"{known}{privacy.describe_filter(where, about, people=people)}. Complete months only."
        tables += f"<h2>{escape(name)}</h2>" if name else ""
        tables += f'<p class="byline">{escape(said)}</p>'
        tables += "".join(map(_table, found)) or f"<p>No table: fewer than {smallest} items in complete months.</p>"
    zones = " and ".join(dict.fromkeys(where.time_zone for _, where in sides))
    notes = (
        (
            f"Each figure stands for at least {smallest} items. Smaller ones are combined as “Others” or over several "
            "months, with the next larger one if they are still too few."
        ),
        f"Months are in {escape(zones)}. No two columns are combined.",
        "Contains no messages, names or single items. Works offline.",
        "Anyone with two versions of this page can see that a status changed, but not of which item.",
    )
    body = "".join(
        [
            f"<h1>Feedback by month</h1>{demo}{tables}",
            f'<h2>About this page</h2><ul class="soft">{"".join(f"<li>{note}</li>" for note in notes)}</ul>',
        ]
    )
    write_output(target, Page().html(body, title="Feedback by month").encode("utf-8", "replace"))
    return target


def _check_apart(frame: pl.DataFrame, sides: Sequence[tuple[str, FeedbackFilter]], smallest: int) -> None:
    """Raise an error if different selections share items, since a reader could subtract one from the other."""
    for (_, one), (_, other) in combinations(sides, 2):
        first, second = (where.apply(frame.with_row_index("at")).select("at") for where in (one, other))
        shared = first.join(second, on="at", how="semi").height
        if shared and not shared == first.height == second.height:
            raise ArgumentError(
                f"smallest={smallest} requires selections without shared items, and these share "
                f"{count_of(shared, 'item')}: the difference between two figures could be a single item. "
                "Choose selections that do not overlap, or leave smallest out."
            )


def _join_months(months: Sequence[tuple[str, int]], smallest: int) -> list[tuple[str, int]]:
    """Merge a month with too few items with the following ones, and the last ones with the preceding ones."""
    spans: list[tuple[list[str], int]] = []
    for month, items in months:
        if spans and spans[-1][1] < smallest:
            spans[-1] = [*spans[-1][0], month], spans[-1][1] + items
        else:
            spans.append(([month], items))
    if len(spans) > 1 and spans[-1][1] < smallest:
        last, items = spans.pop()
        spans[-1] = [*spans[-1][0], *last], spans[-1][1] + items
    return [(names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}", items) for names, items in spans]


def _safe(counts: Sequence[tuple[str, int]], smallest: int) -> list[tuple[str, int]]:
    """Merge small figures, and the next smallest one if their sum is still small."""
    kept = [(value, items) for value, items in counts if items >= smallest][:_MOST]
    rest = [one for one in counts if one not in kept]
    while rest and kept and (sum(items for _, items in rest) < smallest):
        rest.insert(0, kept.pop())
    added = sum(items for _, items in rest)
    if not rest or added < smallest:
        return kept
    name = f"Others ({count_of(len(rest), 'value')})"
    return [*kept, (f"{name}, combined" if name in dict(kept) else name, added)]


def _table(tally: Tally) -> str:
    total = sum(items for _, items in tally.rows)
    rows = "".join(
        f'<tr><th scope="row" dir="auto">{escape(value)}</th><td class="number">{items:,}</td>'
        f'<td class="number">{escape(percent(items / total))}</td></tr>'
        for value, items in tally.rows
    )
    return (
        f"<table><caption>By {escape(tally.column)}, {count_of(total, 'item')}</caption>"
        f'<thead><tr><th scope="col">{escape(tally.column.capitalize())}</th><th scope="col" class="number">Items</th>'
        f'<th scope="col" class="number">Share</th></tr></thead><tbody>{rows}</tbody></table>'
    )
