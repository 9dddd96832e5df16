"""Counts over time and across keys: what came in, when, and where; each function says what it counts.

Counts over time are made from a tally (see `tally`), so they run on any engine in UTC; time zones of people want the
rows as a polars frame. Every total equals the rows selected: empty periods are zeros, nulls and unknown values are
kept, and what lies beyond ``top`` is added up under one name that says how many values it holds.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis import periods
from seggwat_nb.analysis.tally import count_by_day, day_edges, keys_of, tally
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.analysis.periods import Every, Span, Weekday
    from seggwat_nb.analysis.tally import Selection

__all__ = ["tally", "volume"]

_MOST_CELLS: Final = 5_000_000
"""Rows a result may have: beyond that a kernel runs out of memory before anybody reads it."""


def volume(
    frame: Any,  # noqa: ANN401  # any engine's frame
    *,
    by: str | None = None,
    every: Every = "1w",
    where: Selection | None = None,
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
    top: int | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Count rows in each period, and their share by a key.

    Parameters
    ----------
    frame
        Rows of feedback or ratings on any engine that `tally` takes, or a tally itself.
    by
        Text column to count by: type, status, source, version, path, submitted_by, project_id or any other.
    every
        Length of a period: ``1d``, ``1w``, ``1mo``, ``1q`` or ``1y``.
    where
        Rows to count. Its ``since`` and ``until`` cut periods, see `seggwat_nb.analysis.periods`.
    time_zone
        IANA name of the zone whose days are counted; other than UTC it wants a polars frame of rows.
    week_start
        Day on which a week begins.
    top
        Show this many values, those with the most rows, and add the rest up as ``"Other (n values)"``. A null is no
        value: it is neither ranked nor added to the rest.
    as_of
        The moment up to which the rows are known, such as ``client.last_load.as_of``. None: no later than the last
        row, so that the last row's day counts as unfinished. Rows dated after it are kept and counted.

    Returns
    -------
    pl.DataFrame
        Every period from the first to the last, times every value that occurs:

        - ``period``: Datetime("us", time_zone), the period's first moment;
        - the key under its own name, String: a vocabulary in its order, then values it does not know; other keys by
          total, most first; then the rest; null last. No such column without `by`;
        - ``count``: Int64, rows, 0 where there are none;
        - ``share``: Float64, 0 to 1, of the period's rows; null where the period is empty;
        - ``days_covered``, ``days_total``: Int64, and ``complete``: Boolean; from `periods.calendar`.

        The periods are those of the whole frame inside the edges of `where`: before the first and after the last
        row selected they count zero. A tally knows no rows but its own, so its first and last days are the edges.

    Raises
    ------
    ArgumentError
        An argument that cannot be meant, a zone that this engine cannot count in, or a result of more than five
        million rows.

    Examples
    --------
    >>> rows = pl.DataFrame(
    ...     {
    ...         "created_at": [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3, 3, 17)],
    ...         "type": ["Bug", "Praise", "Bug", "Bug"],
    ...     }
    ... )
    >>> weeks = volume(rows, by="type", as_of=datetime(2026, 3, 19, tzinfo=UTC))
    >>> weeks.select(pl.col("period").dt.date().cast(str), "type", "count", "share", "complete").rows()
    ... # doctest: +NORMALIZE_WHITESPACE
    [('2026-03-02', 'Bug', 2, 0.6666666666666666, True), ('2026-03-02', 'Praise', 1, 0.3333333333333333, True),
     ('2026-03-09', 'Bug', 0, None, True), ('2026-03-09', 'Praise', 0, None, True),
     ('2026-03-16', 'Bug', 1, 1.0, False), ('2026-03-16', 'Praise', 0, 0.0, False)]
    """
    periods.check_periods(every=every, time_zone=time_zone, week_start=week_start)
    _check_top(top)
    keys = keys_of(by)
    days = count_by_day(frame, by=keys, where=where, time_zone=time_zone)
    span = _span(frame, days, where=where, as_of=as_of, time_zone=time_zone)
    calendar = _calendar(span, every=every, time_zone=time_zone, week_start=week_start)
    first_day = periods.first_day(pl.col("day"), every=every, week_start=week_start)
    counts = (
        days.group_by(first_day.alias("first_day"), *keys)
        .agg(pl.col("count").sum())
        .select(*keys, "count", period=periods.begin(pl.col("first_day"), time_zone=time_zone))
    )
    return _on_grid(calendar, counts, keys, top=top).select(
        "period", *keys, "count", _share(pl.col("count").sum().over("period")), *periods.CALENDAR[1:]
    )


def _check_top(top: int | None) -> None:
    if top is not None and top < 1:
        raise ArgumentError(f"top={top} shows nothing; pass 1 or more, or None for every value.")


def _span(
    frame: Any,  # noqa: ANN401  # any engine's frame
    days: pl.DataFrame,
    *,
    where: Selection | None,
    as_of: datetime | None,
    time_zone: str,
) -> Span | None:
    edges = day_edges(days if where is None else frame, time_zone=time_zone)
    if edges is None:
        return None
    selected = day_edges(days)
    return periods.known_span(
        first_row=edges[0],
        last_row=edges[1],
        last_selected=selected and selected[1],
        since=None if where is None else _moment(where.since),
        until=None if where is None else _moment(where.until),
        as_of=as_of,
        time_zone=time_zone,
    )


def _moment(edge: date | datetime | None) -> datetime | None:
    if edge is None or isinstance(edge, datetime):
        return edge
    return datetime.combine(edge, time(), UTC)


def _calendar(span: Span | None, *, every: Every, time_zone: str, week_start: Weekday) -> pl.DataFrame:
    shown = span or periods.known_span(first_row=date(1970, 1, 1), last_row=date(1970, 1, 1))
    calendar = periods.calendar(shown, every=every, time_zone=time_zone, week_start=week_start)
    return calendar if span else calendar.clear()


def _on_grid(axis: pl.DataFrame, counts: pl.DataFrame, keys: Sequence[str], *, top: int | None) -> pl.DataFrame:
    """Lay counts on the axis times every value of each key, in reading order, zeros where nothing was counted."""
    on = [column for column in counts.columns if column not in {*keys, "count"}]
    for key in keys:
        values, place = _values(counts, key, top=top), f"_place_of_{key}"
        counts = counts.join(values, on=key, nulls_equal=True).drop(key).rename({"place": place})
        shown = values.unique("place").sort("place").select(pl.col("shown").alias(key), pl.col("place").alias(place))
        if axis.height * shown.height > _MOST_CELLS:
            raise ArgumentError(
                f"{shown.height:,} values of {key} times {axis.height:,} are too many rows to read; pass top=20 or "
                "longer periods."
            )
        axis = axis.join(shown, how="cross", maintain_order="left_right")
        on.append(place)
    counts = counts.group_by(on).agg(pl.col("count").sum())
    return axis.join(counts, on=on, how="left", maintain_order="left").with_columns(pl.col("count").fill_null(0))


def _values(counts: pl.DataFrame, key: str, *, top: int | None) -> pl.DataFrame:
    """Name every value of a key as it is ``shown`` and give it its ``place``; the rest beyond `top` share one."""
    ranked = (
        counts.group_by(key)
        .agg(pl.col("count").sum())
        .sort("count", key, descending=[True, False])
        .with_columns(rank=pl.col(key).is_not_null().cum_sum())
    )
    missing = pl.col(key).is_null()
    rest = ~missing & (pl.col("rank") > (top or ranked.height))
    named = ranked.filter(~missing).height
    known = VOCABULARIES.get(key)
    order = [pl.col("rank")]
    if known is not None:  # values that the vocabulary does not know stand after it, by the alphabet
        order = [pl.col(key).replace_strict(known, range(len(known)), default=len(known)), pl.col(key)]
    return (
        ranked.sort(missing, rest, *order)
        .with_columns(shown=pl.when(rest).then(pl.lit(f"Other ({named - (top or 0):,} values)")).otherwise(key))
        .select(key, "shown", place=pl.col("shown").rle_id())
    )


def _share(whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(pl.col("count") / whole).alias("share")
