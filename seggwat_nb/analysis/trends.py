"""Counts over time and by key: how much feedback, when, and where.

Counts over time are derived from daily counts (see `daily_counts`), so they run on any engine in UTC. Other time zones
require the rows as a polars frame. Every total equals the number of rows selected: empty periods are zeros, nulls and
unknown values are kept, and values beyond ``top`` are grouped under a name that says how many there are. Spellings of
the same version (``v2.6`` and ``2.6.0``) are counted together under the most frequent one, here and everywhere with
``by="version"``.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_args
from zoneinfo import ZoneInfo

import polars as pl

from seggwat_nb.analysis import periods
from seggwat_nb.analysis.counts import (
    check_dated,
    check_years,
    count_by,
    count_by_period,
    counts_several,
    keys_of,
    select_keys,
    select_rows,
    selection_moments,
    span_of,
    with_zone,
)
from seggwat_nb.analysis.validation import check_least
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.text import count_of, rest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.periods import Every, Weekday

__all__ = ["breakdown", "by_hour", "volume"]

_PAIR: Final = 2
_ONCE, _WITHIN, _OF_PERIOD = "(once)", "(within)", "(of the period)"
"""Columns beside keys of any name."""


def volume(
    frame: Any,  # noqa: ANN401  # any engine's frame
    *,
    where: Selection | None = None,
    by: str | None = None,
    every: Every = "1w",
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
    as_of: datetime | None = None,
    top: int | None = None,
) -> pl.DataFrame:
    """Count rows in each period, and their share by a key.

    Parameters
    ----------
    frame
        Rows of feedback or ratings on any engine that `daily_counts` supports, or daily counts themselves.
    where
        Rows to count. Its ``since`` and ``until`` cut periods, see `seggwat_nb.analysis.periods`.
    by
        Text column to count by: type, status, source, version, path, submitted_by, project_id or any other. A path
        counts for its page, without query and IDs (``/orders/:id``). A row with several values of ``theme`` counts for
        each, but shares are still relative to the number of rows.
    every
        Length of a period: ``1d``, ``1w``, ``1mo``, ``1q`` or ``1y``.
    time_zone
        IANA name of the zone whose days are counted; any zone but UTC requires a polars frame of rows.
    week_start
        Day on which a week starts.
    as_of
        The time up to which the rows are known, such as ``client.last_load.as_of``. None: that of the last row, so that
        its day counts as unfinished. Rows with a later date are kept and counted.
    top
        Show this many values, those with the most rows, and group the rest as ``"Other (n values)"``. Nulls
        are neither ranked nor grouped. A row with several themes of the rest counts for it once.

    Returns
    -------
    pl.DataFrame
        One row for every period from the first to the last and every value that occurs:

        - ``period``: Datetime("us", time_zone), the period's first moment;
        - the key under its own name, String: known values of a vocabulary in its order, then unknown ones; values of
          other keys by total, largest first; then the group of other values; null last. No such column without `by`;
        - ``count``: Int64, rows, 0 if there are none;
        - ``share``: Float64, 0 to 1, of the period's rows; null if the period is empty;
        - ``days_covered``, ``days_total``: Int64, and ``complete``: Boolean; from `periods.calendar`.

        The periods are those of the whole frame within the dates of `where`: before the first and after the last row
        selected, the count is zero. For daily counts, the first and last days are those of the counts themselves.

    Raises
    ------
    ArgumentError
        An argument is invalid, the engine does not support the time zone, or the result has more than five million
        rows.

    Examples
    --------
    >>> from datetime import UTC, datetime
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
    periods.check_periods(every=every, time_zone=time_zone, week_start=week_start, as_of=as_of)
    check_least("top", top, 1, none="every value")
    keys = keys_of(by)
    count = partial(count_by_period, frame, where=where, every=every, time_zone=time_zone, week_start=week_start)
    counted = count(by=keys, several=True)
    several = [key for key in keys if counts_several(frame, key)]
    rows = count() if several else counted
    values = {key: _values(counted, key, top=top) for key in keys}
    if several and top is not None:
        chosen = _with_rest(select_keys(frame, by=keys, where=where), values, several)
        counted = count_by_period(
            chosen, by=keys, every=every, time_zone=time_zone, week_start=week_start, several=True
        )
    span = span_of(frame, shown=rows, where=where, as_of=as_of, time_zone=time_zone)
    calendar = periods.calendar(span, every=every, time_zone=time_zone, week_start=week_start)
    counts, rows = (
        one.with_columns(period=periods.begin(pl.col("day"), time_zone=time_zone)).drop("day")
        for one in (counted, rows)
    )
    rows = rows.group_by("period").agg(**{_OF_PERIOD: pl.col("count").sum()})
    shown = _on_grid(calendar, counts, values).join(rows, on="period", how="left", maintain_order="left")
    return shown.select("period", *keys, "count", _share(pl.col(_OF_PERIOD).fill_null(0)), *periods.CALENDAR[1:])


def breakdown(
    frame: Any,  # noqa: ANN401  # any engine's frame
    *,
    where: Selection | None = None,
    by: Sequence[str],
    top: int | None = None,
) -> pl.DataFrame:
    """Count rows by two keys at once.

    Parameters
    ----------
    frame
        Rows on any engine that `daily_counts` supports, or daily counts by both keys.
    where
        Rows to count.
    by
        Two text columns, such as ``("version", "type")``. A row with several values of ``theme`` counts for each.
    top
        Show this many values of each key and group the rest as ``"Other (n values)"``, like `volume`.

    Returns
    -------
    pl.DataFrame
        One row for each combination of values, ordered as in `volume`: the keys (String), ``count`` (Int64, 0 for
        combinations that do not occur), ``share`` (Float64, 0 to 1, of all rows selected) and ``share_within``
        (Float64, 0 to 1, of the rows with the same value of the first key).

    Raises
    ------
    ArgumentError
        An argument is invalid, or the result has more than five million rows.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "created_at": [datetime(2026, 3, 2, tzinfo=UTC)] * 4,
    ...         "version": ["1.0.0", "v1.0", "1.1.0", None],
    ...         "type": ["Bug", "Praise", "Bug", "Bug"],
    ...     }
    ... )
    >>> breakdown(rows, by=("version", "type")).rows()  # doctest: +NORMALIZE_WHITESPACE
    [('1.0.0', 'Bug', 1, 0.25, 0.5), ('1.0.0', 'Praise', 1, 0.25, 0.5), ('1.1.0', 'Bug', 1, 0.25, 1.0),
     ('1.1.0', 'Praise', 0, 0.0, 0.0), (None, 'Bug', 1, 0.25, 1.0), (None, 'Praise', 0, 0.0, 0.0)]
    """
    check_least("top", top, 1, none="every value")
    keys = keys_of(by)
    if len(keys) != _PAIR:
        raise ArgumentError(f"by must be a pair of columns, such as ('version', 'type'), got {by!r}.")
    several = [key for key in keys if counts_several(frame, key)]
    if several:
        cells, of_all = _cells_of_several(select_keys(frame, by=keys, where=where), keys, several, top=top)
    else:
        counts = count_by(frame, by=keys, where=where)
        values = {key: _values(counts, key, top=top) for key in keys}
        within = pl.col("count").sum().over(f"_place_of_{keys[0]}")
        cells = _on_grid(pl.DataFrame({_ONCE: [0]}), counts, values).with_columns(within.alias(_WITHIN))
        of_all = int(counts["count"].sum())
    return cells.select(*keys, "count", _share(pl.lit(of_all)), _share(pl.col(_WITHIN)).alias("share_within"))


def _cells_of_several(
    rows: pl.DataFrame, keys: Sequence[str], several: Sequence[str], *, top: int | None
) -> tuple[pl.DataFrame, int]:
    """Count by two keys with several values per row, and the rows ``_within`` each value of the first."""
    count = partial(count_by, several=True)
    values = {key: _values(count(rows, by=[key]), key, top=top) for key in keys}
    rows = _with_rest(rows, values, several)
    once, outer = pl.DataFrame({_ONCE: [0]}), keys[0]
    place = f"_place_of_{outer}"
    within = _on_grid(once, count(rows, by=[outer]), {outer: values[outer]}).select(
        place, pl.col("count").alias(_WITHIN)
    )
    cells = _on_grid(once, count(rows, by=keys), values)
    return cells.join(within, on=place, how="left", maintain_order="left"), rows.height


def _with_rest(rows: pl.DataFrame, values: Mapping[str, pl.DataFrame], several: Sequence[str]) -> pl.DataFrame:
    """Replace grouped values by one, so that a row counts once for the group, however many of them it has."""
    value = pl.element()
    for key in several:
        is_rest = pl.col("_value") != pl.col("_shown")
        rest = values[key].filter(is_rest)
        if rest.height:
            shown = pl.when(value.is_in(rest["_value"].implode())).then(pl.lit(rest["_shown"][0])).otherwise(value)
            rows = rows.with_columns(pl.col(key).list.eval(shown))
    return rows


def by_hour(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    where: Selection | None = None,
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Count rows by weekday and hour of a time zone.

    Parameters
    ----------
    frame
        Rows of feedback or ratings, as a polars frame, since daily counts have no hours.
    where
        Rows to count.
    time_zone
        IANA name of the time zone for weekdays and hours.
    week_start
        Weekday that comes first. Numbers are always those of ISO 8601.
    as_of
        The time up to which the rows are known. None: that of the last row.

    Returns
    -------
    pl.DataFrame
        168 rows: ``weekday`` (Int64, 1 Monday to 7 Sunday), ``hour`` (Int64, 0 to 23, local), ``count`` (Int64),
        ``days`` (Int64: on how many days of the data and selection this hour is covered, at least partly) and
        ``per_day`` (Float64, rows up to `as_of` per day, null if there are no days). An hour that clocks skip is not
        covered on that day, and one that occurs twice counts once.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame is not polars.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame({"created_at": [datetime(2026, 3, day, 9, 30, tzinfo=UTC) for day in (2, 2, 9)]})
    >>> by_hour(rows, time_zone="Europe/Berlin").filter(pl.col("count") > 0).rows()
    [(1, 10, 3, 2, 1.5)]
    """
    periods.check_periods(time_zone=time_zone, week_start=week_start, as_of=as_of)
    since, until = selection_moments(where)
    rows = with_zone(frame)
    edges = rows.select(first=pl.col("created_at").min(), last=pl.col("created_at").max()).collect()
    check_years(edges.select(pl.all().dt.convert_time_zone(time_zone)))
    first, last = edges.row(0)
    hour = pl.col("hour").dt
    cell = [hour.weekday().cast(pl.Int64).alias("weekday"), hour.hour().cast(pl.Int64)]
    moment = pl.col("created_at").dt
    on_known_days = pl.lit(value=True) if as_of is None else moment.convert_time_zone("UTC") < as_of.astimezone(UTC)
    local = select_rows(rows, where).select(hour=moment.convert_time_zone(time_zone), known=on_known_days)
    counts = local.group_by(cell).agg(count=pl.len().cast(pl.Int64), known=pl.col("known").sum()).collect()
    check_dated(counts, "hour")
    days = pl.DataFrame(schema={"weekday": pl.Int64, "hour": pl.Int64, "days": pl.Int64})
    if first is not None:
        zone = ZoneInfo(time_zone)
        on_clock = partial(periods.local_moment, zone=zone)
        start = datetime.combine(on_clock("first", first), time(), zone)  # the first row's day is seen whole
        end = on_clock("as_of", as_of) if as_of else on_clock("last", last) + timedelta(microseconds=1)
        days = _days_with_hours(
            max(start, on_clock("since", since)) if since else start,
            min(end, on_clock("until", until)) if until else end,
            zone,
        )
    weekdays = pl.select(weekday=(pl.int_range(7) + get_args(periods.Weekday).index(week_start)) % 7 + 1)
    cells = weekdays.join(pl.select(hour=pl.int_range(24)), how="cross", maintain_order="left_right")
    for found in (counts, days):
        cells = cells.join(found, on=["weekday", "hour"], how="left", maintain_order="left")
    return (
        cells.with_columns(pl.col("count", "days").fill_null(0))
        .with_columns(per_day=pl.when(pl.col("days") > 0).then(pl.col("known").fill_null(0) / pl.col("days")))
        .drop("known")
    )


def _days_with_hours(start: datetime, end: datetime, zone: ZoneInfo) -> pl.DataFrame:
    """Count the days on which each local hour is between two times, at least partly."""
    since, until = (pl.lit(edge.astimezone(UTC), pl.Datetime("us", "UTC")) for edge in (start, end))
    day = pl.col("day")
    begun, over = (
        periods.begin(one, time_zone=str(zone)).dt.convert_time_zone("UTC") for one in (day, day + timedelta(days=1))
    )
    days = pl.select(day=pl.date_range(start.astimezone(zone).date(), end.astimezone(zone).date()))
    days = days.with_columns(
        has_all_hours=(over - begun == timedelta(days=1)) & (begun >= since) & (over <= until),
        weekday=day.dt.weekday().cast(pl.Int64),
    )
    # Nearly all days have each hour once. Only the others are checked hour by hour, since years have many hours.
    whole = days.filter("has_all_hours").group_by("weekday").agg(days=pl.len().cast(pl.Int64))
    rest = _hours_between(days.filter(~pl.col("has_all_hours")).select("day"), since, until, zone)
    hour = pl.col("hour").dt
    parts = rest.group_by(hour.weekday().cast(pl.Int64).alias("weekday"), hour.hour().cast(pl.Int64))
    return (
        pl.concat(
            [
                whole.join(pl.select(hour=pl.int_range(24)), how="cross").select("weekday", "hour", "days"),
                parts.agg(days=pl.len().cast(pl.Int64)),
            ]
        )
        .group_by("weekday", "hour")
        .agg(pl.col("days").sum())
    )


def _hours_between(days: pl.DataFrame, since: pl.Expr, until: pl.Expr, zone: ZoneInfo) -> pl.DataFrame:
    """Return the local hours of these days that are between two times, at least partly, by their start."""
    hours = days.join(pl.select(hour=pl.int_range(24)), how="cross")
    wall = pl.col("day").cast(pl.Datetime("us")) + pl.duration(hours=pl.col("hour"))
    real = [  # if an hour starts within a clock change, its last minute may exist
        moment.dt.replace_time_zone(str(zone), ambiguous="earliest", non_existent="null")
        for moment in (wall, wall + timedelta(minutes=59))
    ]
    hour = pl.col("hour").dt.convert_time_zone("UTC")  # where no hour occurs twice
    return hours.select(hour=pl.coalesce(real)).filter(hour < until, hour + timedelta(hours=1) > since)


def _on_grid(axis: pl.DataFrame, counts: pl.DataFrame, values: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Expand counts to all combinations of the axis and the values of each key, in display order, with zeros."""
    on = [column for column in counts.columns if column not in {*values, "count"}]
    for key, known in values.items():
        place = f"_place_of_{key}"
        places = known.rename({"_place": place})
        shown = places.unique(place).sort(place).select(place, pl.col("_shown").alias(key))
        named = pl.concat([places.select(place, _value="_value"), shown.rename({key: "_value"})]).unique()
        counts = counts.join(named, left_on=key, right_on="_value", nulls_equal=True)
        if axis.height * shown.height > periods.MOST_CELLS:
            raise ArgumentError(
                f"{count_of(shown.height, 'value')} of {key} times {axis.height:,} are too many rows. Pass "
                "top=20 or longer periods."
            )
        axis = axis.join(shown, how="cross", maintain_order="left_right")
        on.append(place)
    counts = counts.group_by(on).agg(pl.col("count").sum())
    return axis.join(counts, on=on, how="left", maintain_order="left").with_columns(pl.col("count").fill_null(0))


def _values(counts: pl.DataFrame, key: str, *, top: int | None) -> pl.DataFrame:
    """Return each ``_value`` of a key, its ``_shown`` name and its ``_place``. Values beyond `top` share one."""
    value = pl.col("_value")
    ranked = (
        counts.group_by(pl.col(key).alias("_value"))
        .agg(pl.col("count").sum())
        .sort("count", value, descending=[True, False])
        .with_columns(rank=value.is_not_null().cum_sum())
    )
    rest = value.is_not_null() & (pl.col("rank") > (top or ranked.height))
    beyond = ranked.filter(rest).height
    name = rest_of(beyond, ranked["_value"].to_list())
    known = VOCABULARIES.get(key)
    order = [pl.col("rank")]
    if known is not None:  # unknown values come after the vocabulary, in alphabetical order
        order = [value.replace_strict(known, range(len(known)), default=len(known)), value]
    return (
        ranked.sort(value.is_null(), rest, *order)
        .with_columns(_shown=pl.when(rest).then(pl.lit(name)).otherwise(value))
        .select("_value", "_shown", _place=pl.col("_shown").rle_id())
    )


def _share(whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(pl.col("count") / whole).alias("share")
