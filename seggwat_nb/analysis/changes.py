"""What changed between two like-for-like windows, and what moved most; each row with the evidence for it.

Feedback comes in clumps: one person writes thirty items, one outage fills a day. A test that takes every item for an
independent one sees change everywhere. So each row carries its **dispersion**, by which its counts are divided before
they are compared. It is the largest of

- 1: items come independently of each other;
- the scatter of daily counts around what window and weekday explain, as in a quasi-Poisson model (Pearson's statistic
  over its degrees of freedom; McCullagh and Nelder 1989, Generalized Linear Models, section 4.5 and 6.2);
- the sum over submitters of their squared difference between the windows, over the items: the variance of the whole
  difference where each person may as well have written before as after, over that of independent items (Liang and
  Zeger 1986, Biometrika 73, 13-22, with a submitter for a cluster). Who writes as much as ever adds nothing, and who
  alone makes the difference cannot be evidence for it. An unsigned item counts as a person of its own, so whoever
  writes without a name for days on end is the one clump that cannot be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis import intervals
from seggwat_nb.analysis.periods import check_choice, check_periods, local_day
from seggwat_nb.analysis.tally import known_days, selected
from seggwat_nb.analysis.versions import merged
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seggwat_nb.analysis.tally import Selection

__all__ = ["change", "check_columns", "check_keys", "movers", "signed"]

_WEEK: Final = 7


def change(
    frame: pl.DataFrame,
    *,
    by: str | None = "type",
    where: Selection | None = None,
    days: int = 28,
    as_of: datetime | None = None,
    time_zone: str = "UTC",
    level: float = 0.95,
) -> pl.DataFrame:
    """Compare the latest complete days with as many days before them, value by value.

    Parameters
    ----------
    frame
        Feedback or ratings. It needs ``created_at``; ``submitted_by`` is used where it is there.
    by
        Text column to compare by. None: one row for everything.
    where
        Rows to count. Its ``until`` ends the later window.
    days
        Length of each window, a multiple of 7, so that both hold the same weekdays.
    as_of
        The moment up to which the rows are known, such as ``client.last_load.as_of``. The later window ends with
        the last complete day before it. None: the last row's, whose day then counts as unfinished.
    time_zone
        IANA name of the zone whose days are counted.
    level
        Of the intervals, and 1 less the share of false alarms that the verdicts may have.

    Returns
    -------
    pl.DataFrame
        One row for each value that occurs in either window, most rows first:

        - the key under its own name, String, null for rows without a value; no such column without `by`;
        - ``before``, ``after``, ``difference``: Int64, rows in the earlier and the later window, later less earlier;
        - ``share_before``, ``share_after``: Float64, 0 to 1, of all rows selected in that window;
        - ``ratio``: Float64, later over earlier (infinite after zero), with ``low`` and ``high``;
        - ``p``: Float64, of "nothing changed"; ``q``: corrected for the number of rows by Benjamini and Hochberg;
        - ``dispersion``: Float64, at least 1, how much the items come in clumps: see the module;
        - ``verdict``: String, ``up`` or ``down`` where q is at most ``1 - level``; ``too few`` where even all rows on
          one side would prove nothing (their q is null); else ``unclear``, as also where the windows are incomplete;
        - ``complete``: Boolean, whether the data reach back over both windows;
        - ``before_first``, ``after_first``, ``after_last``: Date, the earlier window's first day, the later window's
          first and last.

    Raises
    ------
    ArgumentError
        An argument that cannot be meant.

    Notes
    -----
    Ratio, interval and p-value are `seggwat_nb.analysis.intervals.rate_ratio`. When the whole project grows, every
    row goes up; `movers` asks what moved more than the rest.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> moments = [datetime(2026, 3, day, hour, tzinfo=UTC) for day in range(2, 16) for hour in range(1 + day // 9 * 3)]
    >>> rows = pl.DataFrame({"created_at": moments})
    >>> shown = change(rows, by=None, days=7, as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> shown.select("before", "after", pl.col("ratio", "low", "high", "q").round(3), "verdict").rows()
    [(7, 28, 4.0, 1.707, 10.847, 0.001, 'up')]
    """
    key = by or "everything"
    check_keys(frame, () if by is None else (by,))
    windows = _windows(frame, where=where, days=days, as_of=as_of, time_zone=time_zone, level=level)
    rows = _rows(frame if by else frame.with_columns(everything=pl.lit(key)), windows, where=where, keys=[key])
    table = _compared(rows, [key], windows)
    shown = _judged(table, table["p"], windows).sort(
        pl.col("before") + pl.col("after"), key, descending=[True, False], nulls_last=True
    )
    return shown if by else shown.drop(key)


def movers(
    frame: pl.DataFrame,
    *,
    by: Sequence[str] = ("type", "path", "version", "source"),
    where: Selection | None = None,
    days: int = 28,
    as_of: datetime | None = None,
    time_zone: str = "UTC",
    level: float = 0.95,
) -> pl.DataFrame:
    """Rank the values of several keys by how surely they moved between two windows, and moved more than the rest.

    When a project doubles, everything doubles, and nothing of it is news. And when one value doubles, the shares of
    all others fall though nobody wrote less. So a value is named only if both hold: its count changed, and its share
    of all rows changed the same way.

    Parameters
    ----------
    frame, where, days, as_of, time_zone, level
        As in `change`.
    by
        Text columns whose values are ranked against each other.

    Returns
    -------
    pl.DataFrame
        One row for each value of each key that occurs in either window, by q, then by p; what is too few to judge
        comes last:

        - ``key``, ``value``: String, the column and what stands in it, null for rows without a value; versions in one
          spelling for all that mean the same;
        - ``before``, ``after``, ``difference``: Int64, rows in the earlier and the later window, later less earlier;
        - ``share_before``, ``share_after``: Float64, 0 to 1, of all rows selected in that window;
        - ``ratio``: Float64, of the counts, later over earlier (infinite after zero), with ``low`` and ``high``;
        - ``p``: Float64, the larger of two p-values (of the counts, and of the shares), or 1 where count and share
          moved in opposite ways; ``q``: corrected over all keys together by Benjamini and Hochberg;
        - ``dispersion``: Float64, at least 1, how much the items come in clumps: see the module;
        - ``verdict``: String, ``up`` or ``down`` where q is at most ``1 - level``; ``too few`` where even all rows on
          one side would prove nothing (their q is null); else ``unclear``, as also where the windows are incomplete;
        - ``complete``: Boolean, whether the data reach back over both windows;
        - ``before_first``, ``after_first``, ``after_last``: Date, the earlier window's first day, the later window's
          first and last.

    Raises
    ------
    ArgumentError
        An argument that cannot be meant.

    Notes
    -----
    Counts: `seggwat_nb.analysis.intervals.rate_ratio`; shares: `seggwat_nb.analysis.intervals.share_ratio`, both
    with the row's dispersion. Rejecting only where both reject keeps each test's level (Berger 1982, "Multiparameter
    hypothesis testing and acceptance sampling", Technometrics 24, 295-300), and as that errs towards caution by
    itself, the shares have their mid-p value.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> moments = [datetime(2026, 3, day, hour, tzinfo=UTC) for day in range(2, 16) for hour in range(9)]
    >>> rows = pl.DataFrame({"created_at": moments}).with_columns(
    ...     path=pl.when((pl.col("created_at").dt.day() > 8) & (pl.col("created_at").dt.hour() < 4))
    ...     .then(pl.lit("/export"))
    ...     .otherwise(pl.lit("/"))
    ... )
    >>> shown = movers(rows, by=["path"], days=7, as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> shown.select("key", "value", "before", "after", "verdict").rows()
    [('path', '/export', 0, 28, 'up'), ('path', '/', 63, 35, 'down')]
    """
    check_keys(frame, by)
    windows = _windows(frame, where=where, days=days, as_of=as_of, time_zone=time_zone, level=level)
    rows = _rows(frame, windows, where=where, keys=by)
    long = rows.unpivot(on=list(by), index=["day", "who"], variable_name="key", value_name="value")
    table = _compared(long, ["key", "value"], windows, all_rows=rows)
    after, before = table["after"], table["before"]
    n_before, n_after = _totals(rows, windows)
    shares = intervals.share_ratio(
        after, n_after, before, n_before, dispersion=table["dispersion"], exact=False, level=windows.level
    )
    same_way = np.sign(shares.ratio - 1) == np.sign((after - before).to_numpy())
    p = np.where(same_way, np.fmax(shares.p, table["p"]), 1.0)
    return _judged(table, p, windows).sort("q", "p", "key", "value", nulls_last=True)


def check_columns(frame: pl.DataFrame, columns: Sequence[str], *, of: str = "feedback or ratings") -> None:
    """Raise `ArgumentError` unless this is a polars frame with these columns; `of` says whose frames have them.

    Examples
    --------
    >>> check_columns(pl.DataFrame({"id": []}), ["id", "message"], of="feedback")
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: the frame has no column message; pass a frame of feedback.
    """
    if not isinstance(frame, pl.DataFrame):
        raise ArgumentError(f"this looks at the rows themselves; pass a polars frame, no {type(frame).__name__}.")
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        named = f"column{'s' * (len(missing) > 1)} {', '.join(missing)}"
        raise ArgumentError(f"the frame has no {named}; pass a frame of {of}.")


def check_keys(frame: pl.DataFrame, keys: Sequence[str]) -> None:
    """Raise `ArgumentError` unless a polars frame has ``created_at`` and these text columns, each named once.

    Examples
    --------
    >>> check_keys(pl.DataFrame({"created_at": [], "type": []}), ["typ"])
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: by='typ' is none of type; did you mean 'type'?
    """
    check_columns(frame, ["created_at"])
    if isinstance(keys, str):
        raise ArgumentError(f"by={keys!r} is one text; pass by=[{keys!r}].")
    for key in keys:
        check_choice("by", key, sorted(set(frame.columns) - {"created_at"}))
        kind = frame.schema[key]
        if kind.is_numeric() or kind.is_temporal() or kind.is_nested():
            raise ArgumentError(f"by={key!r} is {kind}, no text; cast it to String to count by it.")
    if len(set(keys)) < len(keys):
        raise ArgumentError(f"by={tuple(keys)!r} names a column twice; name each once.")


def signed(frame: pl.DataFrame) -> pl.Expr:
    """Submitter of each row (String), null where nobody signed: no column, no value, or an empty one."""
    if "submitted_by" not in frame.columns:
        return pl.lit(None, pl.String)
    return pl.col("submitted_by").cast(pl.String).replace("", None)


@dataclass(frozen=True, slots=True)
class _Windows:
    """Two windows of ``days`` days each, the second right after the first, which begins on ``first``."""

    first: date
    days: int
    complete: bool
    time_zone: str
    level: float


def _windows(
    frame: pl.DataFrame,
    *,
    where: Selection | None,
    days: int,
    as_of: datetime | None,
    time_zone: str,
    level: float,
) -> _Windows:
    check_periods(time_zone=time_zone, as_of=as_of)
    intervals.check_level(level)
    if days < _WEEK or days % _WEEK:
        raise ArgumentError(
            f"days={days} is no multiple of 7, so the windows' weekdays would differ; pass 7, 28 or 91."
        )
    span = known_days(frame, where=where, as_of=as_of, time_zone=time_zone)
    if span is None:
        return _Windows(first=date(1970, 1, 1), days=days, complete=False, time_zone=time_zone, level=level)
    first = span.covered_last - timedelta(days=2 * days - 1)
    return _Windows(first=first, days=days, complete=first >= span.covered_first, time_zone=time_zone, level=level)


def _rows(frame: pl.DataFrame, windows: _Windows, *, where: Selection | None, keys: Sequence[str]) -> pl.DataFrame:
    """Rows of both windows: ``day`` (Int64, from 0), ``who``, and the keys as text."""
    rows = selected(frame, where)
    day = local_day(pl.col("created_at"), time_zone=windows.time_zone) - pl.lit(windows.first)
    inside = pl.col("day").is_between(0, 2 * windows.days - 1)
    return merged(rows.select(pl.col(keys).cast(pl.String), day=day.dt.total_days(), who=signed(frame)).filter(inside))


def _totals(rows: pl.DataFrame, windows: _Windows) -> tuple[int, int]:
    later = int((rows["day"] >= windows.days).sum())
    return rows.height - later, later


def _compared(
    rows: pl.DataFrame, keys: list[str], windows: _Windows, *, all_rows: pl.DataFrame | None = None
) -> pl.DataFrame:
    values = rows.select(keys).unique().sort(keys, nulls_last=True).with_row_index("row")
    rows = rows.join(values, on=keys, nulls_equal=True)
    cells = rows.group_by("row", "day").len()
    daily = np.zeros((values.height, 2 * windows.days))
    daily[cells["row"].to_numpy(), cells["day"].to_numpy()] = cells["len"].to_numpy()
    before, after = daily[:, : windows.days].sum(axis=1), daily[:, windows.days :].sum(axis=1)
    people = values.join(_per_person(rows, windows), on="row", how="left", maintain_order="left")["per_person"]
    dispersion = np.fmax(np.fmax(_scatter(daily), people.to_numpy()), 1.0)
    test = intervals.rate_ratio(after, before, dispersion=dispersion, level=windows.level)
    n_before, n_after = _totals(rows if all_rows is None else all_rows, windows)
    counts = pl.DataFrame({"before": before, "after": after}, schema={"before": pl.Int64, "after": pl.Int64})
    return pl.concat([values.drop("row"), counts], how="horizontal").with_columns(
        (pl.col("after") - pl.col("before")).alias("difference"),
        pl.col("before").truediv(n_before or None).alias("share_before"),
        pl.col("after").truediv(n_after or None).alias("share_after"),
        *intervals.columns(ratio=test.ratio, low=test.low, high=test.high, p=test.p, dispersion=dispersion),
    )


def _scatter(daily: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson's statistic of daily counts over its degrees of freedom, given the totals of windows and weekdays."""
    size = daily.shape[1]
    weeks = size // (2 * _WEEK)
    grid = daily.reshape(daily.shape[0], 2, weeks, _WEEK)
    windows, weekdays, total = grid.sum(axis=(2, 3)), grid.sum(axis=(1, 2)), daily.sum(axis=1)
    usual = windows[:, :, None, None] * weekdays[:, None, None, :] / total[:, None, None, None] / weeks
    squares = ((grid - usual) ** 2).sum(axis=(1, 2, 3))
    scatter: NDArray[np.float64] = squares / total * size / (size - _WEEK - 1)
    return scatter


def _per_person(rows: pl.DataFrame, windows: _Windows) -> pl.DataFrame:
    people = rows.group_by("row", "who").agg(items=pl.len(), later=(pl.col("day") >= windows.days).sum())
    difference = 2 * pl.col("later").cast(pl.Int64) - pl.col("items").cast(pl.Int64)
    squared = pl.when(pl.col("who").is_null()).then(pl.col("items")).otherwise(difference**2)
    return people.group_by("row").agg(per_person=squared.sum() / pl.col("items").sum())


def _judged(table: pl.DataFrame, p: pl.Series | NDArray[np.float64], windows: _Windows) -> pl.DataFrame:
    alpha = 1 - windows.level
    independent = (table["before"] + table["after"]) / table["dispersion"]
    too_few = 2 * 0.5 ** independent.to_numpy() > alpha  # p, were all of them on one side
    q = intervals.benjamini_hochberg(np.where(too_few, np.nan, np.asarray(p)))
    named = pl.lit(windows.complete) & (pl.col("q") <= alpha)
    verdict = (
        pl.when(pl.Series(too_few))
        .then(pl.lit("too few"))
        .when(named & (pl.col("difference") > 0))
        .then(pl.lit("up"))
        .when(named & (pl.col("difference") < 0))
        .then(pl.lit("down"))
        .otherwise(pl.lit("unclear"))
    )
    length = timedelta(days=windows.days)
    return table.with_columns(intervals.columns(p=p, q=q)).select(
        pl.exclude("dispersion"),
        "dispersion",
        verdict=verdict,
        complete=pl.lit(windows.complete),
        before_first=pl.lit(windows.first),
        after_first=pl.lit(windows.first + length),
        after_last=pl.lit(windows.first + 2 * length - timedelta(days=1)),
    )
