"""Runs all checks and returns the most important findings."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.column_types import with_known_types
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.finding_scope import Scope
from seggwat_nb.analysis.findings import find
from seggwat_nb.analysis.validation import check_columns, check_least
from seggwat_nb.dataset import Dataset, figures
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.public import public
from seggwat_nb.schema import FEEDBACK_ONLY, HISTORY, RATINGS
from seggwat_nb.text import count_of, format_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.finding_scope import Candidate

__all__ = ["NOT_CHECKED", "findings", "for_ratings"]

NOT_CHECKED: Final = "not checked"

_AHEAD: Final = timedelta(days=1)
"""Clocks that differ by less are common, and such items are soon in the past."""

_NEEDED: Final[Mapping[str, Sequence[str]]] = {
    "rising": ("kind", "terms", "submitters", "baseline_count", "q"),
    "movers": ("key", "value", "after", "expected", "days_after", "verdict", "q"),
    "regressions": ("version", "spellings", "n", "share_before", "ratio", "verdict", "p", "q"),
    "by_release": (
        *("version", "spellings", "measure", "max_score", "estimate", "estimate_before", "n", "difference"),
        *("low", "high", "p", "q", "verdict"),
    ),
    "spikes": ("first", "last", "count", "expected", "submitters", "unsigned", "loudest_share", "verdict", "ids", "q"),
    "silences": ("key", "value", "silent_since", "silent_until", "expected", "came", "verdict", "p", "q"),
}
_RETURNED_BY: Final[Mapping[str, str]] = {
    "rising": "sw.themes.rising()",
    "movers": "sw.trends.movers()",
    "regressions": "sw.releases.regressions()",
    "by_release": "sw.ratings.by_release()",
    "spikes": "sw.trends.spikes()",
    "silences": "sw.trends.silences()",
}


@public
def findings(
    data: Dataset | pl.DataFrame,
    *,
    where: Selection | None = None,
    days: int = 28,
    time_zone: str | None = None,
    as_of: datetime | None = None,
    top: int = 7,
    level: float = 0.95,
    rising: pl.DataFrame | None = None,
    movers: pl.DataFrame | None = None,
    regressions: pl.DataFrame | None = None,
    by_release: pl.DataFrame | None = None,
    spikes: pl.DataFrame | None = None,
    silences: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Run every check and return at most seven findings, the most important first.

    Parameters
    ----------
    data
        A `Dataset`, or a frame of feedback with ``id``, ``message`` and ``created_at``. Other columns are used if they
        exist. Only a `Dataset` has ratings and history.
    where
        Items to check, such as a `FeedbackFilter`. Ratings have no type, status, source, theme or text, so these fields
        do not apply to them.
    days
        Length of the latest period, a multiple of 7. It is compared with up to 168 days before it. Unusual days,
        bursts and silences are reported if they are in it, or in as many days before it.
    time_zone
        IANA name of the zone whose days are counted. None: that of the `Dataset`, or UTC.
    as_of
        The time up to which the items are known. None: that of the `Dataset`, or of the last item, whose day then
        counts as unfinished.
    top
        Maximum number of findings.
    level
        1 minus the probability of reporting anything if nothing happened. Intervals have this level too.
    rising, movers, regressions, by_release, spikes, silences
        What `seggwat_nb.themes.rising`, `seggwat_nb.trends.movers`, `seggwat_nb.releases.regressions`,
        `seggwat_nb.ratings.by_release`, `seggwat_nb.trends.spikes` and `seggwat_nb.trends.silences` returned for the
        same arguments, if you have it already. By default, they are computed: ``rising`` with
        ``most_compared=20_000``, and ``movers`` also by ``theme`` if items have themes.

    Returns
    -------
    pl.DataFrame
        One row per finding, then one per reason why something could not be checked (``verdict`` is ``not checked``).
        If empty, nothing stands out in what could be checked with these columns.

        - ``kind``: String: ``theme`` (words, or a theme of `seggwat_nb.themes.tag`), ``page``, ``type``, ``source``,
          ``release``, ``rating``, ``days``, ``silence``, ``submitter``, ``backlog``, ``reopened``, ``volume`` or
          ``copies`` (items that were stored several times);
        - ``key``, ``value``: String, the column and value it is about, ``words`` and a word, or ``topic`` and the most
          typical word of similar messages, or the beginning of its forms (``paym…``), else null;
        - ``verdict``: String, such as ``rose``, ``fell``, ``more bugs``, ``larger share`` (of a type of the project's
          own), ``lower``, ``silent``, ``stored twice`` or ``not checked``;
        - ``sentence``: String, what happened, with figures; ``detail``: String, what most of its items have in common,
          null if nothing;
        - ``count``, ``submitters``, ``unsigned``, ``open``: Int64, its items, their distinct submitters, the items
          without one, and those still open, null if no item of all has a known status; `seggwat_nb.themes.rising` adds
          ``unsigned`` to its ``submitters``; ``oldest_open``: Datetime("us", "UTC"), when the oldest of these was
          created;
        - ``estimate``, ``low``, ``high``: Float64, the figure and its interval: a ratio for what rose or fell (infinite
          if it was zero before), stars, points or a share for ratings, items for the backlog; null if there is none;
        - ``p``: Float64, p-value of "nothing happened", one-sided for releases, of which only worse ones are findings;
          ``q``: corrected within its kind of check; null for observations that are not tested;
        - ``quotes``, ``quote_ids``: List(String), up to three typical messages in their original form, by different
          submitters, and the IDs of their items;
        - ``ids``: List(String), all its items;
        - ``also``: List(String), what else changed because of the same items;
        - ``filter``: String, a preset (JSON) for `FeedbackFilter`. It selects all of its items, and as few others as
          possible: pages below a page, longer words that contain a word, cancellation comments. A silence has no
          items, and its filter selects what used to come.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame lacks a column.

    Notes
    -----
    If many items were stored several times, such as by an import that ran twice, that is said first: they have the same
    text, submitter and page, and were created within ten seconds. Counts include them.

    Checks: `seggwat_nb.trends.change`, `movers`, `spikes` and `silences`, `seggwat_nb.themes.rising`,
    `seggwat_nb.releases.regressions`, `seggwat_nb.ratings.by_release` and `compare`, and
    `seggwat_nb.lifecycle.backlog`. Cancellation comments are left out. `seggwat_nb.analysis.findings` explains how
    `level` holds for all checks together.

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
    feedback = with_known_types(feedback)
    check_columns(feedback, ["id", "created_at"], wanted="a frame of feedback")
    check_least("top", top, 1)
    given = {
        "rising": rising, "movers": movers, "regressions": regressions, "by_release": by_release, "spikes": spikes,
        "silences": silences,
    }  # fmt: skip
    found = {name: table for name, table in given.items() if table is not None}
    for name, table in found.items():
        check_columns(table, _NEEDED[name], wanted=f"what {_RETURNED_BY[name]} returned", rows=False)
    assert isinstance(feedback, pl.DataFrame)  # noqa: S101  # ensured by the check above
    scope = Scope.of(
        feedback, ratings, history, where=where, where_rated=for_ratings(where), days=days,
        time_zone="UTC" if time_zone is None else time_zone, as_of=as_of, level=level, found=found,
    )  # fmt: skip
    table, told, gaps = find(scope, top=top)
    if isinstance(data, Dataset) and data.as_of == as_of:
        gaps = [*gaps, *_dated_ahead(scope, as_of)]
    if isinstance(data, Dataset) and data.without_ratings:
        gaps = [*gaps, "Ratings: they were not loaded."]
    presets = [json.dumps(_filter(one, where, feedback, scope.time_zone).to_dict()) for one in told]
    missed = pl.DataFrame({"sentence": gaps}, schema={"sentence": pl.String}).with_columns(
        kind=pl.lit("check"), verdict=pl.lit(NOT_CHECKED)
    )
    shown = pl.concat([table.with_columns(pl.Series("filter", presets, dtype=pl.String)), missed], how="diagonal")
    return figures(shown, data.provenance("feedback")) if isinstance(data, Dataset) else shown


def _dated_ahead(scope: Scope, as_of: datetime | None) -> list[str]:
    """Say how many items and ratings are dated a day or more after they were loaded, so that no check reads them."""
    if as_of is None:
        return []
    rated = (
        select_rows(scope.ratings, scope.where_rated) if "created_at" in scope.ratings.columns else RATINGS.to_frame()
    )
    said = []
    for rows, thing in ((scope.everything, "item"), (rated, "rating")):
        number, last = (
            rows.filter(pl.col("created_at") >= as_of + _AHEAD).select(pl.len(), pl.col("created_at").max()).row(0)
        )
        if number:
            dated = f"dated after the time of the load, up to {format_day(last)}"
            said.append(f"{count_of(number, thing)} {dated}. Check the clock that dates them.")
    return said


def for_ratings(where: Selection | None) -> Selection | None:
    """Remove the fields that ratings do not have from a filter. Any other selection stays."""
    return where.without_columns(*FEEDBACK_ONLY) if isinstance(where, FeedbackFilter) else where


def _filter(one: Candidate, where: Selection | None, frame: pl.DataFrame, time_zone: str) -> FeedbackFilter:
    """Return a filter that selects the items of a finding, and as few others as possible."""
    base = where if isinstance(where, FeedbackFilter) else FeedbackFilter()
    fields = dict(one.select)
    if base.text is not None:
        fields.pop("text", None)
    if base.has_range and "version" in fields:
        base = replace(base, version_since=None, version_until=None)
    if {"since", "until"} & fields.keys():
        base = replace(base, since=None, until=None)
        fields["time_zone"] = time_zone
    for name in [name for name in fields if name.startswith("not_")]:
        fields[name] = tuple({*fields[name], *(getattr(base, name) or ())})
    own = [fields[name] for name in ("type", "source", "not_type", "not_source") if fields.get(name)]
    own = [name for names in own for name in ([names] if isinstance(names, str) else names)]
    fields["allow"] = tuple({*(base.allow or ()), *own}) or None
    if fields.get("search") is None:
        fields.pop("search", None)
    elif base.search is not None:
        fields["search"] = f"{base.search} {fields['search']}"
    words = str(fields.get("text", "")).split()
    wider = [
        fields,
        *({**fields, "text": word} for word in sorted(words, key=len, reverse=True)),
        {**fields, "text": base.text, "search": base.search},
        # For rows of which nobody knows whether they are archived.
        {**fields, "text": base.text, "search": base.search, "archived": base.archived},
    ]
    mine = frame.filter(pl.col("id").cast(pl.String).is_in(one.ids))
    made = base
    for attempt in wider:
        made = replace(base, **attempt)
        if mine.filter(made.expr())["id"].n_unique() == mine["id"].n_unique():
            return made
    return made
