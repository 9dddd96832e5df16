"""What to know first: the findings of all checks together."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.finding_scope import Scope
from seggwat_nb.analysis.findings import find
from seggwat_nb.analysis.validation import check_columns, check_least
from seggwat_nb.dataset import Dataset, figures
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.public import public
from seggwat_nb.schema import HISTORY, RATINGS

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.finding_scope import Candidate

__all__ = ["NOT_CHECKED", "findings", "for_ratings"]

NOT_CHECKED: Final = "not checked"
_WITHOUT_RATINGS: Final = ("type", "status", "source", "theme", "message")
"""Columns that a filter can select by and that ratings do not have."""


@public
def findings(
    data: Dataset | pl.DataFrame,
    *,
    where: FeedbackFilter | None = None,
    days: int = 28,
    time_zone: str | None = None,
    as_of: datetime | None = None,
    top: int = 7,
    level: float = 0.95,
) -> pl.DataFrame:
    """Tell what to know first: at most seven findings, the most important first.

    Parameters
    ----------
    data
        A `Dataset`, or a frame of feedback: ``id``, ``message`` and ``created_at``; of the other columns those that are
        there. Ratings and history are those of the `Dataset`.
    where
        Items to look at. Ratings have no type, status, source, theme or text, so these fields don't apply to them.
    days
        Length of the latest period, a multiple of 7. It is compared with up to 168 days before it. Unusual days,
        bursts and silences are reported as long as they touch it or as many days before.
    time_zone
        IANA name of the zone whose days are counted; that of the `Dataset`, or UTC.
    as_of
        The moment up to which the items are known; that of the `Dataset`, or the last item's, whose day then counts
        as unfinished.
    top
        The most findings to report.
    level
        1 minus the probability that anything is reported although nothing happened. Intervals have this level too.

    Returns
    -------
    pl.DataFrame
        One row per finding, then one per reason why something could not be checked (``verdict`` is ``not checked``).
        Without any row, everything was checked and nothing stands out.

        - ``kind``: String: ``theme`` (words, or a theme of `seggwat_nb.themes.tag`), ``page``, ``type``, ``source``,
          ``release``, ``rating``, ``days``, ``silence``, ``submitter``, ``backlog``, ``reopened`` or ``volume``;
        - ``key``, ``value``: String, the column and the value that it is about, or ``words`` and a word; else null;
        - ``verdict``: String, such as ``rose``, ``fell``, ``more bugs``, ``lower``, ``silent`` or ``not checked``;
        - ``sentence``: String, what happened, with its figures; ``detail``: String, what most of its items have in
          common, null if nothing;
        - ``count``, ``submitters``, ``unsigned``, ``open``: Int64, its items, their distinct submitters, those without
          one, and those still open;
          ``oldest_open``: Datetime("us", "UTC"), when the oldest of these was created;
        - ``estimate``, ``low``, ``high``: Float64, the figure and its interval: a ratio for what rose or fell (infinite
          after zero), stars, points or a share for ratings, items for the backlog; null where there is none;
        - ``p``: Float64, of "nothing happened"; ``q``: corrected within its kind of check; null for what was seen
          rather than tested;
        - ``quotes``, ``quote_ids``: List(String), up to three typical messages as they were written, of different
          submitters, and the ids of their items;
        - ``ids``: List(String), all its items;
        - ``also``: List(String), what else the same items changed;
        - ``filter``: String, a preset (JSON) for `FeedbackFilter`. It selects all of its items, and as few others as a
          filter can: pages below a page, longer words that contain a word, cancellation comments.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame lacks a column.

    Notes
    -----
    Checks: `seggwat_nb.trends.change`, `movers`, `spikes` and `silences`, `seggwat_nb.themes.terms`,
    `seggwat_nb.releases.regressions`, `seggwat_nb.ratings.by_release` and `compare`, and
    `seggwat_nb.lifecycle.backlog`. Cancellation comments are left out. The methods page has how the level is kept over
    all checks together.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> said = ["All is well."] * 12 + ["The invoice is wrong."] * 9
    >>> rows = pl.DataFrame(
    ...     [(day, said[n]) for day in range(196) for n in range(12 if day < 168 else 21)],
    ...     schema=["day", "message"],
    ...     orient="row",
    ... ).with_row_index("id")
    >>> rows = rows.with_columns(created_at=pl.lit(datetime(2026, 3, 2, tzinfo=UTC)) + pl.duration(days="day"))
    >>> found = findings(rows, as_of=datetime(2026, 9, 14, tzinfo=UTC))
    >>> found.select("kind", "value", "verdict", "count").row(0)
    ('theme', 'invoice', 'rose', 252)
    """
    feedback, ratings, history = data, RATINGS.to_frame(), HISTORY.to_frame()
    if isinstance(data, Dataset):
        feedback, ratings, history = data.feedback, data.ratings, data.history
        as_of = data.as_of if as_of is None else as_of
        time_zone = data.time_zone if time_zone is None else time_zone
    check_columns(feedback, ["id", "created_at"], wanted="a frame of feedback")
    check_least("top", top, 1)
    assert isinstance(feedback, pl.DataFrame)  # noqa: S101  # which the check above made sure of
    scope = Scope.of(
        feedback, ratings, history, where=where, where_rated=for_ratings(where), days=days,
        time_zone="UTC" if time_zone is None else time_zone, as_of=as_of, level=level,
    )  # fmt: skip
    table, told, gaps = find(scope, top=top)
    presets = [json.dumps(_filter(one, where, feedback, scope.time_zone).to_dict()) for one in told]
    missed = pl.DataFrame({"sentence": gaps}, schema={"sentence": pl.String}).with_columns(
        kind=pl.lit("check"), verdict=pl.lit(NOT_CHECKED)
    )
    shown = pl.concat([table.with_columns(pl.Series("filter", presets, dtype=pl.String)), missed], how="diagonal")
    return figures(shown, data.provenance("feedback")) if isinstance(data, Dataset) else shown


def for_ratings(where: FeedbackFilter | None) -> FeedbackFilter | None:
    """Leave of a filter what ratings have."""
    return None if where is None else where.without_columns(*_WITHOUT_RATINGS)


def _filter(one: Candidate, where: FeedbackFilter | None, frame: pl.DataFrame, time_zone: str) -> FeedbackFilter:
    """Make a filter that selects a finding's items, and as little else as a filter can tell apart."""
    base = where or FeedbackFilter()
    fields = dict(one.select)
    if base.text is not None:
        fields.pop("text", None)
    if base.has_range and "version" in fields:
        base = replace(base, version_since=None, version_until=None)
    if {"since", "until"} & fields.keys():
        base = replace(base, since=None, until=None)
        fields["time_zone"] = time_zone
    fields["allow"] = (
        tuple(
            {*(base.allow or ()), *(fields[name] for name in ("type", "source") if isinstance(fields.get(name), str))}
        )
        or None
    )
    words = str(fields.get("text", "")).split()
    wider = [
        fields,
        *({**fields, "text": word} for word in sorted(words, key=len, reverse=True)),
        {**fields, "text": base.text},
    ]
    known = set(frame["id"].cast(pl.String)) & set(one.ids)
    made = base
    for attempt in wider:
        made = replace(base, **attempt)
        if known <= set(frame.filter(made.expr())["id"].cast(pl.String)):
            return made
    return made
