"""Two selections side by side as one offline page: charts of masked counts, without the items."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.files import write_output
from seggwat_nb.share import privacy
from seggwat_nb.share.export import check_target
from seggwat_nb.share.pages.page import Page
from seggwat_nb.text import RARE, count_of, format_moment

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.provenance import Provenance

__all__ = ["mask_names", "write"]

_NOTES: Final = (
    "Figures are those of the panel when this page was written, before values were masked.",
    "Contains no messages and no names. Works offline.",
    (
        "A bar can stand for a single item, so anyone with two versions of this page can see that an item was added or "
        "changed. For larger figures: to_html(…, smallest=5)."
    ),
    f"Rare values are grouped as “{RARE}”.",
)


def mask_names(names: tuple[str, str], *, people: Collection[str] = ()) -> tuple[str, str]:
    """Mask the names of two selections, including the IDs of `people`. If both become the same, use A and B."""
    first, second = privacy.mask_texts(pl.Series("name", names), people=privacy.People(people, salt=None))
    return ("A", "B") if first == second else (first, second)


def write(
    path: str | os.PathLike[str],
    *,
    sides: Sequence[tuple[str, FeedbackFilter, int]],
    charts: Sequence[Mapping[str, Any]],
    ratings: Sequence[str] = (),
    cautions: Sequence[str] = (),
    about: Provenance | None = None,
    as_of: datetime | None = None,
    people: Collection[str] = (),
) -> Path:
    """Write the page to one file, atomically.

    Parameters
    ----------
    path
        The file. Its name must end in ``.html``.
    sides
        The name, filter and number of items of each selection.
    charts
        Vega-Lite specs of masked counts, with title and description: first the differences, then pairs of charts
        that are shown side by side, one for each selection.
    ratings
        A sentence about the ratings of each selection.
    cautions
        Reasons why the two are hard to compare.
    about
        Provenance of the rows.
    as_of
        When the rows were loaded. By default, the time of `about`.
    people
        The submitters of the whole project, whose IDs may occur in a filter.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        The suffix is wrong, or the folder is missing or not writable.
    """
    target = check_target(path, suffixes=(".html",))
    page = Page()
    demo = '<p><span class="demo">Synthetic demo data</span></p>' if about and about.demo else ""
    as_of = as_of or (about.as_of if about else None)
    moment = f'<p class="byline">As of {format_moment(as_of)}.</p>' if as_of else ""
    selected = "".join(
        f"<li><strong>{escape(name)}</strong>: {escape(privacy.describe_filter(where, about, people=people))}, "
        f"{count_of(items, 'item')}{f'. {escape(rated)}' if rated else ''}</li>"
        for (name, where, items), rated in zip(sides, ratings or [""] * len(sides), strict=True)
    )
    body = "".join(
        [
            f"<h1>Comparison of feedback</h1>{moment}{demo}<ul>{selected}</ul>",
            *(f"<p>⚠ {escape(caution)}</p>" for caution in cautions),
            *(page.chart(spec) for spec in charts[:1]),
            f'<div class="pair">{"".join(page.chart(spec) for spec in charts[1:])}</div>',
            f'<h2>About this page</h2><ul class="soft">{"".join(f"<li>{note}</li>" for note in _NOTES)}</ul>',
        ]
    )
    write_output(target, page.html(body, title="Comparison of feedback").encode("utf-8", "replace"))
    return target
