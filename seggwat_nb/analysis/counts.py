"""Counts rows by day and key on the engine that holds them, as the basis of all analyses over time.

Filtering and counting are done by the engine that holds the rows (polars, pandas, Arrow, DuckDB, Spark). The result is
a small polars frame, from which all figures over time are computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeGuard, TypeVar

import narwhals as nw
import polars as pl

from seggwat_nb.analysis.periods import CALENDAR, check_periods, first_day, span_to_show
from seggwat_nb.analysis.validation import check_by, check_moment, has_several, lacks, no_moments
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from seggwat_nb.analysis.periods import Every, Span, Weekday

__all__ = [
    "Selection",
    "check_dated",
    "check_years",
    "collect",
    "count_by",
    "count_by_period",
    "counts_several",
    "daily_counts",
    "day_edges",
    "each_value",
    "holds_lists",
    "is_daily_counts",
    "keys_of",
    "one_a_row",
    "open_rows",
    "select_keys",
    "select_rows",
    "selection_moments",
    "span_of",
    "with_zone",
]

_IN_MEMORY: Final = frozenset({nw.Implementation.POLARS, nw.Implementation.PANDAS, nw.Implementation.PYARROW})
_MERGED: Final = frozenset({"version", "path"})
"""Keys of which several spellings are one value, see `merge_spellings`."""
_NAMES_OF_UTC: Final = frozenset({"UTC", "Etc/UTC", "UCT", "Zulu", "Universal", "GMT", "Etc/GMT", "+00:00"})
_OWN_COLUMNS: Final = frozenset({"created_at", "day", "count", "share", "share_within", *CALENDAR})


FrameT = TypeVar("FrameT")


class Selection(Protocol):
    """The protocol of a filter, such as `seggwat_nb.FeedbackFilter`."""

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        """Start and end of the selection (timezone-aware), the end excluded. None if that side is open."""

    def apply(self, frame: Any) -> Any:  # noqa: ANN401  # any engine's frame in, the same engine's out
        """Return the selected rows."""


def daily_counts(
    frame: Any,  # noqa: ANN401  # any engine's frame
    *,
    where: Selection | None = None,
    by: str | Sequence[str] = (),
    every: Every = "1d",
    week_start: Weekday = "monday",
) -> pl.DataFrame:
    """Count rows by UTC day, or longer period, and key, on the engine that holds them.

    Parameters
    ----------
    frame
        A polars DataFrame or LazyFrame, a pandas or Arrow table, a DuckDB relation, a PySpark frame, or anything else
        that narwhals supports. It needs ``created_at``. A time without a zone is read as UTC.
    where
        Rows to count. The engine does the filtering.
    by
        Text columns to count by, in addition to the day.
    every
        Length of a period, as in `seggwat_nb.trends.volume`. Other functions, such as `volume`, only accept counts by
        day.
    week_start
        Day on which a week begins.

    Returns
    -------
    pl.DataFrame
        One row per day and combination of values that occurs, sorted: ``day`` (Date, UTC), or ``period`` with the first
        day of a longer period; the keys (String, null if a row has none); ``count`` (Int64). The counts sum to the
        number of rows selected: nothing is dropped. Versions are in their most frequent spelling, and paths are
        pages, without query and IDs.

    Raises
    ------
    ArgumentError
        A column is missing, rows have no time, the frame's engine is not supported, or the session of an SQL engine
        uses a time zone other than UTC.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> frame = pl.DataFrame(
    ...     {"created_at": [datetime(2026, 3, 1, 9, tzinfo=UTC)] * 3, "type": ["Bug", "Bug", None]}
    ... )
    >>> daily_counts(frame, by="type").rows()
    [(datetime.date(2026, 3, 1), None, 1), (datetime.date(2026, 3, 1), 'Bug', 2)]
    """
    keys = keys_of(by)
    check_periods(every=every, week_start=week_start)
    counts = count_by_period(frame, by=keys, where=where, every=every, week_start=week_start).sort("day", *keys)
    return counts if every == "1d" else counts.rename({"day": "period"})


def is_daily_counts(frame: object) -> TypeGuard[pl.DataFrame]:
    """Return whether a frame has the form that `daily_counts` returns: ``day``, ``count`` and no ``created_at``."""
    if not isinstance(frame, pl.DataFrame):
        return False
    return {"day", "count"} <= set(frame.columns) and "created_at" not in frame.columns


def keys_of(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return keys as a tuple, given none, one or several."""
    if by is None:
        return ()
    if not isinstance(by, str | Iterable):
        raise ArgumentError(f"by must name columns, got {type(by).__name__}. Pass by='type', or a list of names.")
    return (by,) if isinstance(by, str) else tuple(by)


def count_by_period(
    frame: Any,  # noqa: ANN401  # any engine's frame
    *,
    by: Sequence[str] = (),
    where: Selection | None = None,
    every: Every = "1d",
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
    several: bool = False,
) -> pl.DataFrame:
    """Count like `daily_counts`, unsorted. Also accepts daily counts and, for polars rows, any time zone.

    ``day`` is the first day of the period in the time zone. With `several`, a row counts for each of its values.
    """
    if is_daily_counts(frame):
        _check_keys(frame, by)
        _check_utc_alone(frame, where=where, time_zone=time_zone)
        counts: pl.DataFrame = frame.select("day", *(pl.col(key).cast(pl.String) for key in by), "count")
    else:
        rows = open_rows(frame)
        _check_keys(rows, by, several=several)
        day = _day(rows, nw.col("created_at"), time_zone=time_zone)
        if every == "1w" and rows.implementation.is_polars():
            # Polars groups by week faster than by day, since there are fewer groups, but truncates to longer periods
            # slowly.
            day = first_day(day, every=every, week_start=week_start)
        chosen = _one_value_a_row(open_rows(select_rows(frame, where)), by)
        counts = _count_groups(chosen, {"day": day, **_as_text(by)}).with_columns(pl.col("day").cast(pl.Date))
        check_dated(counts, "day")
        if every == "1d" and _MERGED.isdisjoint(by):
            return counts
    return (
        merge_spellings(counts, weights="count")
        .group_by(first_day(pl.col("day"), every=every, week_start=week_start), *by)
        .agg(pl.col("count").sum())
    )


def counts_several(frame: Any, key: str) -> bool:  # noqa: ANN401  # any engine's frame
    """Return whether a row can have several values of a key."""
    return has_several(_kinds(open_rows(frame), [key]).get(key, nw.Unknown()))  # counting says if a key is missing


def _kinds(rows: _Rows, keys: Sequence[str]) -> dict[str, Any]:
    """Return the type of each column. Keys with lists are lists in pandas, too, which has no type for them."""
    schema = rows.collect_schema()
    objects = [key for key in keys if schema.get(key) == nw.Object and holds_lists(rows, key)]
    return {**schema, **dict.fromkeys(objects, nw.List(nw.String))}


def _one_value_a_row(rows: _Rows, keys: Sequence[str]) -> _Rows:
    """Repeat each row for every value in list columns. A row without values gets a null."""
    kinds = _kinds(rows, keys)
    lists = [key for key in keys if has_several(kinds[key])]
    if not lists:
        return rows
    if rows.implementation in _IN_MEMORY:
        chosen = _with_lists(rows.select("created_at", *keys), lists).with_columns(*map(one_a_row, lists))
        for key in lists:
            chosen = chosen.explode(key)
        return open_rows(chosen)
    values = {key: nw.col(key).list.unique() for key in lists}
    filled = [nw.when(one.list.len() > 0).then(one).alias(key) for key, one in values.items()]
    rows = rows.select("created_at", *keys).with_columns(*filled)
    for key in lists:
        rows = rows.explode(key)
    return rows


def _with_lists(rows: _Rows, lists: Sequence[str]) -> Any:  # noqa: ANN401  # a frame of polars, lazy if it was
    """Convert rows of an engine in memory to polars, which counts lists."""
    return rows.to_native() if rows.implementation.is_polars() else _cast_lists(collect(rows), lists)


def _cast_lists(rows: pl.DataFrame, lists: Sequence[str]) -> pl.DataFrame:
    return rows.cast(dict.fromkeys(lists, pl.List(pl.String)))


def holds_lists(rows: _Rows, key: str) -> bool:
    """Return whether an object column contains lists. Pandas has no type for them."""
    if not isinstance(rows, nw.DataFrame):
        return False
    some = rows.get_column(key).drop_nulls().head(1).to_list()
    return any(hasattr(value, "__iter__") and not isinstance(value, str | bytes) for value in some)


def one_a_row(key: str) -> pl.Expr:
    """Prepare lists for `explode`: drop nulls and duplicates, and turn empty lists into null, which keeps the row."""
    values = pl.col(key).list.drop_nulls().list.unique(maintain_order=True)
    return pl.when(values.list.len() > 0).then(values).alias(key)


def each_value(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Convert a key to text, with each row repeated for every value. A row without values gets a null.

    Examples
    --------
    >>> each_value(pl.DataFrame({"id": [1, 2], "theme": [["Export", "Speed"], []]}), "theme").rows()
    [(1, 'Export'), (1, 'Speed'), (2, None)]
    """
    if has_several(rows.schema[key]):
        return rows.with_columns(one_a_row(key)).explode(key)
    return rows.with_columns(pl.col(key).cast(pl.String))


def select_keys(frame: Any, *, by: Sequence[str], where: Selection | None) -> pl.DataFrame:  # noqa: ANN401  # any engine's frame
    """Collect times and keys of the selected rows in polars, with one spelling per version, and pages for paths."""
    rows = open_rows(frame)
    _check_keys(rows, by, several=True)
    lists = [key for key in by if counts_several(frame, key)]
    return merge_spellings(_cast_lists(collect(open_rows(select_rows(frame, where)).select("created_at", *by)), lists))


def count_by(frame: Any, *, by: Sequence[str], where: Selection | None = None, several: bool = False) -> pl.DataFrame:  # noqa: ANN401  # any engine's frame
    """Count rows or daily counts by keys only. Returns the keys (String) and ``count`` (Int64), unsorted.

    With `several`, a row counts for each of its values.
    """
    if is_daily_counts(frame):
        return count_by_period(frame, by=by, where=where).group_by(by).agg(pl.col("count").sum())
    rows = open_rows(frame)
    _check_keys(rows, by, several=several)
    rows = _one_value_a_row(open_rows(select_rows(frame, where)), by)
    counts = merge_spellings(_count_groups(rows, _as_text(by)), weights="count")
    return counts.group_by(by).agg(pl.col("count").sum()) if not _MERGED.isdisjoint(by) else counts


def day_edges(frame: Any, *, time_zone: str = "UTC") -> tuple[date, date] | None:  # noqa: ANN401  # any engine's frame
    """Return the days of the first and last row, selected or not, or None if there are no rows."""
    if is_daily_counts(frame):
        edges = frame.select(first=pl.col("day").min(), last=pl.col("day").max())
    else:
        rows = open_rows(frame)
        moment = nw.col("created_at")
        edges = collect(
            rows.select(
                first=_day(rows, moment.min(), time_zone=time_zone), last=_day(rows, moment.max(), time_zone=time_zone)
            )
        ).cast(pl.Date)
    check_years(edges)
    first, last = edges.row(0)
    return None if first is None else (first, last)


def select_rows(frame: FrameT, where: Selection | None) -> FrameT:
    """Return the selected rows, on the engine that holds them. None selects all."""
    if where is None:
        return frame
    selection_moments(where)
    rows: FrameT = where.apply(frame)
    return rows


def selection_moments(where: Selection | None) -> tuple[datetime | None, datetime | None]:
    """Return start and end of the selection, the end excluded. None if that side is open."""
    since, until = (None, None) if where is None else _as_selection(where).moments
    return since and check_moment("since", since), until and check_moment("until", until)


def span_of(
    frame: Any,  # noqa: ANN401  # any engine's frame
    *,
    shown: pl.DataFrame | None = None,
    where: Selection | None,
    as_of: datetime | None,
    time_zone: str,
) -> Span | None:
    """Days that a frame and its selection cover, and days to show (at least those of some rows); None without rows."""
    edges = day_edges(frame, time_zone=time_zone)
    if edges is None:
        return None
    since, until = selection_moments(where)
    selected = None if shown is None else day_edges(shown, time_zone=time_zone)
    return span_to_show(
        first_row=edges[0],
        last_row=edges[1],
        last_selected=selected and selected[1],
        since=since,
        until=until,
        as_of=as_of,
        time_zone=time_zone,
    )


def with_zone(frame: object) -> pl.LazyFrame:
    """Return a lazy polars frame with a time zone in ``created_at``, for what no other engine supports."""
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame) or is_daily_counts(frame):
        raise ArgumentError("This requires a polars DataFrame of rows. Convert other frames with pl.DataFrame(...).")
    rows = open_rows(frame)
    _check_keys(rows, ())
    naive = _time_type(rows).time_zone is None
    return frame.lazy().with_columns(pl.col("created_at").dt.replace_time_zone("UTC")) if naive else frame.lazy()


def check_dated(counts: pl.DataFrame, column: str) -> None:
    """Raise `ArgumentError` if rows without a time were counted."""
    undated = int(counts.filter(pl.col(column).is_null())["count"].sum())
    if undated:
        raise ArgumentError(
            f"created_at is null in {count_of(undated, 'row')}, so they belong to no {column}. Drop them first."
        )


def check_years(edges: pl.DataFrame) -> None:
    """Raise `ArgumentError` if the first or last local day, or time, is outside Python's calendar."""
    first, last = edges.select(pl.all().dt.year()).row(0)
    if first is not None and (first < MINYEAR or last > MAXYEAR):
        raise ArgumentError(
            f"created_at is past the end of the calendar, from the year {first} to {last}; leave such rows out: "
            "frame.filter(pl.col('created_at').dt.year().is_between(1970, 2100))."
        )


_Rows: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]


def open_rows(frame: Any) -> _Rows:  # noqa: ANN401  # any engine's frame
    """Open a frame of any engine for narwhals."""
    try:
        rows: _Rows = nw.from_native(frame)
    except TypeError:
        raise ArgumentError(
            f"A {type(frame).__name__} cannot be counted. Pass a polars, pandas, Arrow, DuckDB or "
            "Spark frame of feedback or ratings."
        ) from None
    return rows


def _as_selection(where: Selection) -> Selection:
    if not (hasattr(where, "moments") and hasattr(where, "apply")):
        raise ArgumentError(f"where must be a filter such as sw.FeedbackFilter(type='Bug'), got {where!r}.")
    return where


def _check_keys(rows: _Rows | pl.DataFrame, keys: Sequence[str], *, several: bool = False) -> None:
    schema = rows.schema if isinstance(rows, pl.DataFrame) else _kinds(rows, keys)
    if not isinstance(rows, pl.DataFrame) and "created_at" not in schema:
        raise ArgumentError(lacks(rows.collect_schema().names(), ["created_at"]))
    check_by(schema, keys, but=_OWN_COLUMNS, several=several)


def _check_utc_alone(frame: pl.DataFrame, *, where: Selection | None, time_zone: str) -> None:
    if where is not None:
        raise ArgumentError("Daily counts have no rows to filter. Pass where= to daily_counts() instead.")
    if time_zone not in _NAMES_OF_UTC:
        raise ArgumentError(f"Daily counts are by UTC day, not by day in {time_zone}. Pass the rows as a polars frame.")
    if frame.schema["day"] != pl.Date:
        raise ArgumentError(f"day is {frame.schema['day']}, not Date. Pass what daily_counts() returned.")


def _day(rows: _Rows, moment: nw.Expr, *, time_zone: str) -> nw.Expr:
    kind, engine = _time_type(rows), rows.implementation
    if time_zone not in _NAMES_OF_UTC and not engine.is_polars():
        raise ArgumentError(
            f"Days of {time_zone} require a polars frame, and this one is of {engine.value}. Pass a polars frame, or "
            "time_zone='UTC'."
        )
    if engine not in _IN_MEMORY:
        zone = _session_zone(rows, kind)
        if zone not in {None, *_NAMES_OF_UTC}:
            raise ArgumentError(
                f"The {engine.value} session counts days in {zone}, but UTC is required. Set the session's time zone "
                "first: SET TimeZone = 'UTC' on DuckDB, spark.sql.session.timeZone = UTC on Spark."
            )
        return moment.dt.date()
    moment = (moment if kind.time_zone else moment.dt.replace_time_zone("UTC")).dt.convert_time_zone(time_zone)
    # Truncating is faster than taking the date, and pandas has no dates, but in some zones, some days have no midnight.
    return moment.dt.truncate("1d") if time_zone in _NAMES_OF_UTC else moment.dt.date()


def _time_type(rows: _Rows) -> nw.Datetime:
    kind = rows.collect_schema()["created_at"]
    if not isinstance(kind, nw.Datetime):
        raise ArgumentError(no_moments(kind))
    return kind


def _session_zone(rows: _Rows, kind: nw.Datetime) -> str | None:
    if kind.time_zone is not None and rows.implementation.is_pyspark():
        # narwhals caches the zone of a session, but it can be changed at any time.
        return str(rows.to_native().sparkSession.conf.get("spark.sql.session.timeZone"))
    return kind.time_zone


def _as_text(keys: Sequence[str]) -> dict[str, nw.Expr]:
    return {key: nw.col(key).cast(nw.String()) for key in keys}


def _count_groups(rows: _Rows, keys: Mapping[str, nw.Expr]) -> pl.DataFrame:
    if rows.implementation.is_polars():
        rows = rows.lazy()  # one streaming pass: faster on many groups, and in bounded memory on a scanned file
    counts = rows.select([key.alias(name) for name, key in keys.items()]).group_by(*keys).agg(nw.len().alias("count"))
    return collect(counts).cast({"count": pl.Int64})


def collect(rows: _Rows) -> pl.DataFrame:
    """Convert rows or counts from any engine to polars."""
    if isinstance(rows, nw.DataFrame):
        try:
            return rows.to_polars()
        except ImportError:
            raise ArgumentError(
                f"Converting {rows.implementation.value} to polars requires pyarrow, which is not installed: install "
                "it (pip install pyarrow), or pass a polars frame, as client.feedback() returns it."
            ) from None
    options = {"engine": "streaming"} if rows.implementation.is_polars() else {}
    counts: pl.DataFrame = rows.collect("polars", **options).to_native()
    return counts
