"""Two selections beside each other as one offline page: charts of masked counts, and none of the items."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.files import write_output
from seggwat_nb.share import privacy
from seggwat_nb.share.cube import words
from seggwat_nb.share.export import check_target
from seggwat_nb.share.page import Page
from seggwat_nb.words import counted

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.schema import Provenance

__all__ = ["called", "write"]

_NOTES: Final = (
    "Counts and shares as they were when the page was written.",
    "No message and nobody's name is in this file, and it requests nothing from anywhere.",
    "A bar can stand for one item: whoever compares two such pages can see that a single item came or changed.",
    "Values that very few items have are added up.",
)


def called(names: tuple[str, str]) -> tuple[str, str]:
    """Mask what two selections are called; where that leaves one name, they are A and B."""
    first, second = pl.Series("name", names).to_frame().select(privacy.masked_text(pl.col("name")))["name"]
    return ("A", "B") if first == second else (first, second)


def write(
    path: str | os.PathLike[str],
    *,
    sides: Sequence[tuple[str, FeedbackFilter, int]],
    charts: Sequence[Mapping[str, Any]],
    cautions: Sequence[str] = (),
    about: Provenance | None = None,
) -> Path:
    """Write the page to one file, whole or not at all.

    Parameters
    ----------
    path
        The file, which ends in ``.html``.
    sides
        Of each selection its name, its filter and how many items it has.
    charts
        Vega-Lite specs of masked counts, with title and description.
    cautions
        What makes the two hard to compare.
    about
        Where the rows come from.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        Another suffix, no such folder, or one that is not to be written to.
    """
    target = check_target(path, suffixes=(".html",))
    page = Page()
    demo = '<p><span class="demo">Demo data, synthetic</span></p>' if about and about.demo else ""
    moment = f'<p class="byline">As of {about.as_of:%Y-%m-%d %H:%M} UTC.</p>' if about else ""
    selected = "".join(
        f"<li><strong>{escape(name)}</strong>: {escape(words(where, about))}, {counted(items, 'item')}</li>"
        for name, where, items in sides
    )
    body = "".join(
        [
            f"<h1>Two selections of feedback</h1>{moment}{demo}<ul>{selected}</ul>",
            *(f"<p>⚠ {escape(caution)}</p>" for caution in cautions),
            *(page.chart(spec) for spec in charts),
            f'<h2>What is in this page</h2><ul class="soft">{"".join(f"<li>{note}</li>" for note in _NOTES)}</ul>',
        ]
    )
    write_output(target, page.html(body, title="Two selections of feedback").encode("utf-8", "replace"))
    return target
