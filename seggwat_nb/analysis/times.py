"""Estimates how long it takes until items leave New or are closed, with a Kaplan-Meier estimate between two bounds.

Only items created since the first load on this machine are used. An older one may have been answered at any time
between its creation and the first load. The Kaplan-Meier estimate assumes that the observation time is independent of
the waiting time. With older items, this would not be true: after the first days, mostly those that took long would
remain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from seggwat_nb.analysis import survival
from seggwat_nb.analysis.counts import each_value
from seggwat_nb.analysis.status_history import CLOSED, FIRST, ITEM, Seen, days
from seggwat_nb.analysis.validation import check_choice, check_keys, check_least, check_level
from seggwat_nb.analysis.versions import merge_spellings, with_version_order
from seggwat_nb.schema import ordered

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection

__all__ = ["LEAST", "To", "times", "waiting"]

To = Literal["response", "resolution"]
"""The event to wait for: the first change from New to anything else, or the first change to Resolved or Closed."""

LEAST: Final = 10
"""Minimum number of items that reached the event for a reliable median."""

_CURVE: Final = pl.Schema(
    {"days": pl.Float64(), **dict.fromkeys(survival.Shares._fields, pl.Float64()), "to": pl.String()}
)
_MOST_POINTS: Final = 300


def times(
    frame: pl.DataFrame,
    history: pl.DataFrame,
    *,
    to: To = "resolution",
    where: Selection | None = None,
    by: str | None = None,
    as_of: datetime | None = None,
    min_count: int = LEAST,
    level: float = 0.95,
) -> pl.DataFrame:
    """Estimate how long it takes until half of the items leave New, or are closed.

    Parameters
    ----------
    frame, history, where, as_of
        As in `seggwat_nb.lifecycle.open_items`. Items created before the first load are left out, since it is unknown
        when their status changed. Open items count for as long as they have waited, archived ones until they were
        archived.
    to
        ``response``: the first change from New to anything else. ``resolution``: the first change to Resolved or
        Closed.
    by
        Text column, such as ``"type"``, ``"version"`` or ``"source"``, or ``"theme"``. An item with several themes
        counts for each.
    min_count
        If fewer items reached the event, ``verdict`` is ``too few``.
    level
        Confidence level of the intervals.

    Returns
    -------
    pl.DataFrame
        One row per value of `by`, in display order with null last, or a single row:

        - the key under its own name (String);
        - ``n``: Int64, items; ``reached``: Int64, those that reached the event; ``earlier``: Int64, items left out
          because they are older than the first load;
        - ``median_least``, ``median_most``: Float64, in days, the smallest and largest possible median, since each
          change happened at some time between two loads; null if half of the items may not have reached the event yet.
          A closure that was undone before the next load was never seen;
        - ``low``, ``high``: Float64, in days, the confidence interval around both, for all items that might come;
          ``high`` is null if there is no upper bound;
        - ``verdict``: String, ``enough``, ``too few`` (fewer than `min_count` reached it) or ``none`` (no items);
        - ``to``: String, the event: ``response`` or ``resolution``.

    Raises
    ------
    ArgumentError
        As in `seggwat_nb.lifecycle.open_items`, or a column is missing, or `min_count` or `level` is invalid.

    Notes
    -----
    See `seggwat_nb.analysis.survival` for the estimate and its sources. Items by the same submitter count as
    independent.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from seggwat_nb.schema import HISTORY
    >>> start = datetime(2026, 3, 1, tzinfo=UTC)
    >>> numbers = range(12)
    >>> rows = pl.DataFrame(
    ...     {"id": [str(n) for n in numbers], "project_id": "p", "status": "Resolved", "archived": False,
    ...      "created_at": start}
    ... )
    >>> seen = pl.DataFrame(
    ...     [(str(n), "p", "status", "New", "Resolved", start + timedelta(days=n), start + timedelta(days=n + 1))
    ...      for n in numbers],
    ...     schema=HISTORY, orient="row",
    ... )
    >>> times(rows, seen).select("n", "reached", "median_least", "median_most", "verdict").rows()
    [(12, 12, 5.0, 6.0, 'enough')]
    """
    check_least("min_count", min_count, 1)
    check_level(level)
    keys = [] if by is None else [by]
    check_keys(frame, keys, several=True)
    waits = _waits(Seen(frame, history, where=where, as_of=as_of), to, keys)
    groups = waits.group_by(keys, maintain_order=True) if keys else [((), waits)]
    rows = [(*key, *_aggregate(group, level)) for key, group in groups]
    table = pl.DataFrame(rows, schema={**dict.fromkeys(keys, pl.String()), **_TIMES}, orient="row")
    verdict = (
        pl.when(pl.col("n") == 0)
        .then(pl.lit("none"))
        .when(pl.col("reached") < min_count)
        .then(pl.lit("too few"))
        .otherwise(pl.lit("enough"))
    )
    return table.with_columns(pl.col(pl.Float64).fill_nan(None), verdict=verdict, to=pl.lit(to))


_TIMES: Final[dict[str, pl.DataType]] = {
    **dict.fromkeys(("n", "reached", "earlier"), pl.Int64()),
    **dict.fromkeys(("median_least", "median_most", "low", "high"), pl.Float64()),
}


def waiting(
    frame: pl.DataFrame,
    history: pl.DataFrame,
    *,
    to: To = "resolution",
    where: Selection | None = None,
    as_of: datetime | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Estimate the share of items still waiting after a number of days.

    Parameters
    ----------
    frame, history, to, where, as_of, level
        As in `times`.

    Returns
    -------
    pl.DataFrame
        At most 300 rows, one for each day on which a share changes: ``days`` (Float64, since creation); ``least`` and
        ``most`` (Float64, 0 to 1, the smallest and largest possible share still waiting), ``low`` and ``high``
        (Float64, the confidence interval around both); ``to`` (String, the event: ``response`` or ``resolution``). They
        include the days of the median from `times`. Empty if no item reached the event.

    Raises
    ------
    ArgumentError
        As in `times`.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from seggwat_nb.schema import HISTORY
    >>> start = datetime(2026, 3, 1, tzinfo=UTC)
    >>> rows = pl.DataFrame(
    ...     {"id": ["a", "b"], "project_id": "p", "status": ["Closed", "New"], "archived": False, "created_at": start}
    ... )
    >>> loads = [start + timedelta(days=day) for day in (0, 1, 3)]
    >>> seen = pl.DataFrame(
    ...     [("a", "p", "status", "New", "Hold", *loads[:2]), ("a", "p", "status", "Hold", "Closed", *loads[1:])],
    ...     schema=HISTORY, orient="row",
    ... )
    >>> waiting(rows, seen).select("days", "least", "most").rows()
    [(0.0, 1.0, 1.0), (1.0, 0.5, 1.0), (3.0, 0.5, 0.5)]
    """
    check_level(level)
    waits = _ends(_waits(Seen(frame, history, where=where, as_of=as_of), to, []))
    if not waits.least.size:
        return _CURVE.to_frame()
    moments = np.unique(np.concatenate([[0.0], waits.least, waits.most, [waits.so_far.max(initial=0.0)]]))
    median = np.array(survival.median(waits, level=level))
    median = median[np.isfinite(median)]
    spread = np.linspace(0, moments.size - 1, _MOST_POINTS - median.size).astype(np.int64)
    shown = np.union1d(moments[spread], median)  # so that the curve crosses one half at the median of `times`
    curve = {"days": shown, **survival.shares(waits, shown, level=level)._asdict(), "to": [to] * shown.size}
    return pl.DataFrame(curve, schema=_CURVE)


def _waits(seen: Seen, to: str, keys: list[str]) -> pl.DataFrame:
    """Return for each item ``least`` and ``most`` (days) if it got there, else ``so_far``, and ``is_earlier``."""
    check_choice("to", to, ("response", "resolution"))
    status = pl.col("status")
    there = status.ne_missing(FIRST) if to == "response" else status.is_in(CLOSED)
    arrived = (
        seen.spells.filter(there)
        .sort("start_most", maintain_order=True)
        .group_by(ITEM, maintain_order=True)
        .agg(
            first=pl.col("start_least").first(), last=pl.when("is_first").then("looked").otherwise("start_most").first()
        )
    )
    born = pl.col("created_at")
    items = seen.items.select(*ITEM, "created_at", *keys).join(arrived, on=ITEM, how="left", maintain_order="left")
    watched_until = pl.coalesce("left_least", pl.lit(seen.as_of))
    waits = items.join(seen.left, on=ITEM, how="left", maintain_order="left").select(
        *keys,
        is_earlier=born < seen.first_look,
        least=days(pl.col("first") - born),
        most=days(pl.col("last") - born),
        so_far=pl.when(pl.col("first").is_null()).then(days(watched_until - born)),
    )
    if not keys:
        return waits
    waits = with_version_order(ordered(merge_spellings(each_value(waits, keys[0]))))
    return waits.sort(keys, nulls_last=True).with_columns(pl.col(keys).cast(pl.String))


def _ends(waits: pl.DataFrame) -> survival.Waits:
    watched = waits.filter(~pl.col("is_earlier"))
    return survival.Waits(*(watched[end].drop_nulls().to_numpy() for end in survival.Waits._fields))


def _aggregate(waits: pl.DataFrame, level: float) -> tuple[float, ...]:
    ends = _ends(waits)
    reached, earlier = ends.least.size, int(waits["is_earlier"].sum())
    return reached + ends.so_far.size, reached, earlier, *survival.median(ends, level=level)
