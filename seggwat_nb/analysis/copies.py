"""Finds items that were stored several times, such as by an import that ran twice.

A copy has the text, submitter and page of another item, and was created within seconds of it, but has an ID of its own.
People also press a button twice, and programs and short texts repeat themselves. So copies are only reported on days on
which many different messages exist at one moment alone, but several times.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis.finding_words import dates
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.texts import SHORT, letters
from seggwat_nb.text import count_of, join_words

if TYPE_CHECKING:
    from seggwat_nb.analysis.overdispersion import Floats

__all__ = ["Copies", "find_copies"]

_AT_ONCE: Final = timedelta(seconds=10)
"""Maximum time between the creation of an item and of its copy."""

_SHARE: Final = 0.1
"""Minimum share of the messages of some days that were stored several times."""

_LEAST: Final = 20
"""Minimum number of different messages that were stored several times."""

_NEARLY_ALL: Final = 0.9
_KEYS: Final = ("message", "who", "path")


class Copies(NamedTuple):
    """Items that repeat another one.

    Attributes
    ----------
    ids : list of str
        The copies. The first of several equal items is not one.
    items : int
        All items of the same days.
    days : tuple of date
        The first and last day with many copies.
    is_whole : bool
        Whether nearly all messages are of these days, so that copies explain no change.
    same : list of str
        What the copies have in common with the items that they repeat.
    """

    ids: list[str]
    items: int
    days: tuple[date, date]
    is_whole: bool
    same: list[str]

    @property
    def sentence(self) -> str:
        """What was found, with figures."""
        when = "" if self.is_whole else f" of {dates(*self.days)}"
        copies = f"{len(self.ids):,} of {count_of(self.items, 'item')}{when}"
        return f"{copies} repeat another one: same {join_words(self.same)}."


def find_copies(rows: pl.DataFrame) -> Copies | None:
    """Find the days with the most copies, if these are many.

    Parameters
    ----------
    rows
        Feedback: ``id``, ``message``, ``created_at`` and its ``day``. ``submitted_by`` and ``path`` are used if
        present.

    Returns
    -------
    Copies or None
        None if few items are copies, if only short texts or a few texts repeat, or if there are no texts.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> texts = [f"The export of report {n} is empty" for n in range(40)]
    >>> rows = pl.DataFrame({"message": texts * 2}).with_row_index("id")
    >>> rows = rows.with_columns(created_at=datetime(2026, 3, 1, tzinfo=UTC) + pl.duration(hours=pl.col("id") % 40))
    >>> found = find_copies(rows.with_columns(day=pl.col("created_at").dt.date()))
    >>> found.sentence
    '40 of 80 items repeat another one: same text and time.'
    """
    if "message" not in rows.columns:
        return None
    path = pl.col("path").cast(pl.String).replace("", None) if "path" in rows.columns else pl.lit(None, pl.String)
    told = rows.select(
        pl.col("id").cast(pl.String),
        pl.col("message").cast(pl.String),
        "created_at",
        "day",
        who=submitter_of(rows),
        path=path,
    ).filter(pl.col("message").str.contains(r"\S"), pl.col("day").is_not_null())
    moment = pl.col("created_at")
    # Most messages occur once. To group these by their texts, too, would take many times as long.
    again = told.select(pl.struct(_KEYS).hash()).to_series().is_duplicated()
    several = (
        told.filter(again)
        .group_by(_KEYS)
        .agg(day=pl.col("day").min(), is_copied=(pl.len() > 1) & (moment.max() - moment.min() <= _AT_ONCE))
    )
    if not several["is_copied"].any():
        return None
    single = told.filter(~again).select("message", "day", is_copied=pl.lit(value=False))
    messages = pl.concat([several.select(single.columns), single]).filter(letters(pl.col("message")) >= SHORT)
    daily = messages.group_by("day").agg(messages=pl.len(), copied=pl.col("is_copied").sum()).sort("day")
    days = _most_copied(daily)
    if days is None:
        return None
    mine = told.filter(pl.col("day").is_between(*days)).sort("created_at", "id")
    copies = mine.filter(moment.diff().over(_KEYS) <= _AT_ONCE)
    held = {"submitter": "who", "page": "path"}
    same = ["text", *(name for name, key in held.items() if copies[key].drop_nulls().len()), "time"]
    of_these = messages.filter(pl.col("day").is_between(*days)).height
    items = rows.filter(pl.col("day").is_between(*days)).height
    return Copies(copies["id"].to_list(), items, days, of_these >= _NEARLY_ALL * messages.height, same)


def _most_copied(daily: pl.DataFrame) -> tuple[date, date] | None:
    """Return the run of days with the most messages stored several times, in excess of the minimum share."""
    if not daily["copied"].sum():
        return None
    copied, messages = (daily[name].to_numpy().astype(np.float64) for name in ("copied", "messages"))
    more: Floats = np.concatenate([[0.0], (copied - _SHARE * messages).cumsum()])
    last = int((more - np.minimum.accumulate(more)).argmax())
    first = int(more[: last + 1].argmin())
    if copied[first:last].sum() < _LEAST:
        return None
    return daily["day"][first], daily["day"][last - 1]
