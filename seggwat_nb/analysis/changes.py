"""Compares the latest days with those before them, with the evidence for each change.

Feedback is clustered: one person writes thirty items, one outage fills a day, and a project drifts up and down by
itself. A test that treats all items as independent would see change everywhere. So each row has a **dispersion**, by
which its counts are divided before they are compared (`seggwat_nb.analysis.overdispersion`). It combines:

- the scatter of daily counts around what window and weekday explain, at least 1;
- the contribution of people who write more than once;
- the slow drift of all items together, learned from the previous weeks. With less than eight weeks of data, it cannot
  be distinguished from a real change.

A dispersion is an estimate, so Student's t is used instead of the normal distribution, with the degrees of freedom of
the decisive part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis import intervals, significance
from seggwat_nb.analysis.counts import keys_of
from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.analysis.validation import check_keys, check_level, check_weeks
from seggwat_nb.analysis.windows import Rows, compare_keys, compare_tallies, find_windows, rows_within

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.overdispersion import Floats
    from seggwat_nb.analysis.windows import Judged, Tally, Windows

__all__ = ["change", "check_windows", "compare_windows", "movers", "rank", "rank_each", "rates_table", "with_verdicts"]

_MANY: Final = 30
"""So many rows are not too few. If their change cannot be proven, that is because most are of one person or day."""
_MOSTLY: Final = 0.5
_MOST_NAMED: Final = 30
"""Maximum number of values to name. Nobody reads more, and each takes a pass over the rows."""


def change(
    frame: pl.DataFrame,
    *,
    include_churn: bool = False,
    where: Selection | None = None,
    by: str | None = "type",
    days: int = 28,
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Compare the latest complete days with the weeks before them, value by value.

    Parameters
    ----------
    frame
        Feedback or ratings. It needs ``created_at``; ``submitted_by`` is used if present.
    include_churn
        Whether to count cancellation comments too (source Stripe or Polar): see `seggwat_nb.analysis.churn`.
    where
        Rows to count. Its ``until`` ends the later window.
    by
        Text column to compare by, or ``theme``, of which a row can have several. None: one row for everything.
    days
        Length of the later window, a multiple of 7 (whole weeks). The earlier window has as many whole
        weeks as are available, at least as many days as the later one and at most 168, without the weeks of a rare
        burst or of a gap in all feedback (`seggwat_nb.analysis.unusual_weeks`). In a project younger than twice
        `days`, the later window is the longest that fits.
    time_zone
        IANA name of the zone whose days are counted.
    as_of
        The time up to which the rows are known, such as ``client.last_load.as_of``. The later window ends with the last
        complete day before it. None: that of the last row, whose day then counts as unfinished.
    level
        Confidence level of the intervals, and 1 minus the rate of false alarms allowed in the verdicts.

    Returns
    -------
    pl.DataFrame
        One row per value that occurs in either window, most rows first; without `by` always one row:

        - the key under its own name, String, null for rows without a value; no such column without `by`; a path without
          query, fragment and IDs (``/orders/:id``);
        - ``before``, ``after``: Int64, rows in the earlier and the later window; ``expected``: Float64, rows usual in
          as many days as the later window has, ``before * days_after / days_before``; ``difference``: Float64,
          ``after`` minus ``expected``;
        - ``share_before``, ``share_after``: Float64, 0 to 1, of all rows selected in that window;
        - ``ratio``: Float64, ``after`` over ``expected`` (infinite after zero), with ``low`` and ``high``;
        - ``p``: Float64, for the hypothesis that nothing changed; ``q``: corrected for the number of rows by Benjamini
          and Hochberg;
        - ``dispersion``: Float64, at least 1, how much the items cluster and drift; counts are divided by it;
        - ``verdict``: String, ``up`` or ``down`` where q is at most ``1 - level``; ``too few`` with fewer than five
          rows, or with fewer than 30 if even all of them on one side would prove nothing; else ``unclear``. A q is
          null where no distribution of the rows would prove anything;
        - ``complete``: Boolean, false where the data covers less than two weeks, so that no window fits and nothing is
          counted;
        - ``days_before``, ``days_after``: Int64, length of each window;
        - ``before_first``, ``after_first``, ``after_last``: Date, the earlier window's first day, the later window's
          first and last; ``left_out``: List(Date), first days of the weeks left out of the earlier window, whose rows
          and days are not counted.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    Ratio, interval and p-value are from `seggwat_nb.analysis.significance.rate_ratio`. When the whole project grows,
    every row goes up. `movers` shows what changed more than the rest. Slow, steady growth counts as drift and is not
    reported.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> moments = [datetime(2026, 3, day, hour, tzinfo=UTC) for day in range(2, 16) for hour in range(1 + day // 9 * 3)]
    >>> rows = pl.DataFrame({"created_at": moments})
    >>> shown = change(rows, by=None, days=7, as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> shown.select("before", "after", pl.col("ratio", "low", "high", "q").round(3), "verdict").rows()
    [(7, 28, 4.0, 1.535, 12.379, 0.011, 'up')]
    """
    keys = () if by is None else (by,)
    check_keys(frame, keys, several=True)
    windows = check_windows(
        frame, where=where, days=days, as_of=as_of, time_zone=time_zone, level=level, include_churn=include_churn
    )
    return compare_windows(
        frame, windows, include_churn=include_churn, where=where, by=by, time_zone=time_zone, level=level
    )


def compare_windows(
    frame: pl.DataFrame,
    windows: Windows,
    *,
    include_churn: bool = False,
    where: Selection | None = None,
    by: str | None = None,
    time_zone: str = "UTC",
    level: float = 0.95,
) -> pl.DataFrame:
    """Compare given windows as `change` does."""
    keys = () if by is None else (by,)
    rows = rows_within(frame, windows, where=where, keys=keys, time_zone=time_zone, include_churn=include_churn)
    key = by or "everything"
    if by is None and not rows.day.size:  # a selection without rows results in one row of zeros
        rows = Rows(rows.day, rows.who, rows.codes, {key: pl.Series(["all"])})
    (found,) = compare_keys(rows, [key], windows, shares=False, level=level)
    table = rates_table([found], windows, level=level)
    shown = with_verdicts(table, found.p, significance.benjamini_hochberg(found.p), windows, level=level)
    if by is None:
        return shown
    return shown.insert_column(0, rows.values[key].alias(key)).sort(
        pl.col("before") + pl.col("after"), key, descending=[True, False], nulls_last=True
    )


def movers(
    frame: pl.DataFrame,
    *,
    include_churn: bool = False,
    where: Selection | None = None,
    by: str | Sequence[str] = ("type", "path", "source"),
    days: int = 28,
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Rank the values of several keys by the evidence that they changed more than the rest between two windows.

    When a project doubles, everything doubles, and none of it is news. And when one value doubles, the shares of all
    others fall although nobody wrote less. So a value is only reported if its count changed and its share of all rows
    changed in the same direction.

    Parameters
    ----------
    frame, include_churn, where, days, time_zone, as_of, level
        As in `change`.
    by
        One text column, or several whose values are ranked against each other. Versions are not included by default,
        since each release makes one version more frequent and another less. Use `seggwat_nb.releases.regressions` for
        them.

    Returns
    -------
    pl.DataFrame
        One row per value of each key that occurs in either window, sorted by q, then by p. Values with too few rows
        come last:

        - ``key``, ``value``: String, the column and its value, null for rows without a value; spellings of the same
          version are merged, and paths have no query and fragment;
        - ``before``, ``after``: Int64, rows in the earlier and the later window; ``expected``: Float64, rows usual in
          as many days as the later window has, ``before * days_after / days_before``; ``difference``: Float64,
          ``after`` minus ``expected``;
        - ``share_before``, ``share_after``: Float64, 0 to 1, of all rows selected in that window;
        - ``ratio``: Float64, ``after`` over ``expected`` (infinite after zero), with ``low`` and ``high``;
        - ``p``: Float64, the larger of two p-values (of the counts, and of the shares), or 1 where count and share
          changed in opposite directions; also for what is left without the rows of other causes, see the notes; ``q``:
          corrected over all keys together by Benjamini and Hochberg;
        - ``dispersion``: Float64, at least 1, how much the items cluster and drift; counts are divided by it;
        - ``verdict``: String, ``up`` or ``down`` where q is at most ``1 - level``; ``part`` where another row explains
          this one, see ``part_of``; ``too few`` with fewer than five rows, or with fewer than 30 if even all of them
          on one side would prove nothing; else ``unclear``. A q is null where no distribution of the rows would prove
          anything;
        - ``complete``: Boolean, false where the data covers less than two weeks, so that no window fits and nothing is
          counted;
        - ``days_before``, ``days_after``: Int64, length of each window;
        - ``before_first``, ``after_first``, ``after_last``: Date, the earlier window's first day, the later window's
          first and last; ``left_out``: List(Date), first days of the weeks left out of the earlier window;
        - ``part_of``: String, key and value of the row that explains this one, null for all others. Such a row's
          verdict is ``part``: it changed too, but not without the items that both have in common, and these make up
          at least half of its change. `change`, which looks at one column alone, may call it ``up`` or ``down``.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    Counts and shares are tested with `seggwat_nb.analysis.significance.rate_ratio`, once relative to the days and once
    to all rows of the window, each with its own dispersion. Rejecting only if both tests reject preserves the level of
    each (Berger 1982, "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24, 295-300).

    Each cause is reported once: the rows of the most certain value are removed from both windows, and the rest is
    tested again. If a narrower value explains a wider one (such as a page that has all items of a type), the narrower
    one is reported. ``p`` and ``q`` are from the last time that the row was tested. Counts, ratio and interval are
    based on all of its rows. So that they agree with the verdict, ``p`` is never less than that of all of its counts,
    and 1 if the rest changed in the opposite direction: bugs that fell everywhere except on one new page, and are as
    many as before in all, are ``unclear``.

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
    [('path', '/export', 0, 28, 'up'), ('path', '/', 63, 35, 'unclear')]
    """
    by = keys_of(by)
    check_keys(frame, by, several=True)
    if not by:  # nothing to rank, in the columns that anything else would have
        nothing = frame.clear().with_columns(path=pl.lit(None, pl.String))
        return movers(nothing, by=["path"], days=days, as_of=as_of, time_zone=time_zone, level=level)
    windows = check_windows(
        frame, where=where, days=days, as_of=as_of, time_zone=time_zone, level=level, include_churn=include_churn
    )
    rows = rows_within(frame, windows, where=where, keys=by, time_zone=time_zone, include_churn=include_churn)
    return rank(rows, by, windows, level=level)


def rank(rows: Rows, by: Sequence[str], windows: Windows, *, level: float = 0.95) -> pl.DataFrame:
    """Rank values like `movers`, for rows that are already selected and have these keys."""
    return rank_each([(rows, by)], windows, level=level).drop("part")


def rank_each(
    parts: Sequence[tuple[Rows, Sequence[str]]],
    windows: Windows,
    *,
    level: float = 0.95,
    known: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Rank the values of several parts, each by itself, and number the parts (``part``, from 0).

    `known` is what `movers` returned for the first part, if that is known already.
    """
    if known is not None:
        of_first = known.with_columns(part=pl.lit(0))
        if len(parts) == 1:
            return of_first
        others = rank_each(parts[1:], windows, level=level).with_columns(pl.col("part") + 1)
        return pl.concat([of_first.select(others.columns), others])
    values: list[pl.DataFrame] = []
    judged: list[Judged] = []
    tested: list[tuple[Floats, Floats, pl.Series]] = []
    for part, (rows, by) in enumerate(parts):
        mine = rows.by(by)
        named = [
            mine.values[key].to_frame("value").select(part=pl.lit(part), key=pl.lit(key), value="value") for key in by
        ]
        first = compare_keys(mine, by, windows, shares=True, level=level)
        tested.append(_one_cause_once(mine, pl.concat(named).drop("part"), first, windows, level=level))
        values += named
        judged += first
    p, q = (np.concatenate([one[at] for one in tested]) for at in (0, 1))
    table = pl.concat(values).hstack(rates_table(judged, windows, level=level))
    explained = (pl.col("verdict") == "unclear") & pl.col("part_of").is_not_null()
    shown = (
        with_verdicts(table, p, q, windows, level=level)
        .with_columns(part_of=pl.concat([one[2] for one in tested]))
        .with_columns(verdict=pl.when(explained).then(pl.lit("part")).otherwise("verdict"))
    )
    return shown.sort("part", "q", "p", "key", "value", nulls_last=True)


class _Others(NamedTuple):
    """The rows without those of a value: their counts by key and by day, and p of each value not yet named."""

    tallies: dict[str, Tally]
    daily: Floats
    p: Floats


def _one_cause_once(
    rows: Rows, values: pl.DataFrame, first: Sequence[Judged], windows: Windows, *, level: float
) -> tuple[Floats, Floats, pl.Series]:
    """Name the most certain value, remove its rows and test the rest again, until nothing more is certain.

    Of two values with the same rows, the narrower one is named if the wider one has not changed without it.

    Returns p and q of each value as it was last judged, and the value (key and value) whose rows explain its change.
    """
    keys = list(rows.codes)
    starts = np.cumsum([0, *(rows.values[key].len() for key in keys)])
    p = np.concatenate([one.p for one in first])
    q = significance.benjamini_hochberg(p)
    part_of: list[str | None] = [None] * p.size
    rest = ~np.isnan(p)  # not named yet
    sure = (q <= 1 - level) & windows.complete
    if not sure.any():
        return p, q, pl.Series("part_of", part_of, dtype=pl.String)
    rows = rows.only_values(rest)
    left = np.ones(rows.day.size, np.bool_)  # the rows of no value named yet
    tallies = {key: rows.tally(key, windows) for key in keys}
    daily = rows.daily(windows)

    whole = rows.count_changes(left, windows)

    def of(place: int) -> NDArray[np.bool_]:
        which = int(np.searchsorted(starts, place, side="right")) - 1
        return rows.have(keys[which], place - int(starts[which])) & left

    def without(place: int) -> _Others:
        lost = rows.only(of(place))
        others = {key: tally.without(lost, key) for key, tally in tallies.items()}
        daily_others = daily - lost.daily(windows)
        judged = compare_tallies(others.values(), daily_others, windows, shares=True, level=level)
        again = np.concatenate([_p_of_rest(*both, windows) for both in zip(judged, first, strict=True)])
        still_asked = rest.copy()
        still_asked[place] = False
        return _Others(others, daily_others, np.where(still_asked, again, np.nan))

    def narrower_than(surest: int) -> int | None:
        """Find the most certain of the values that are mostly contained in another one."""
        counts, common = rows.count(left), rows.count(of(surest))
        size = counts[surest]
        # Of values with the same rows, pages come before types.
        is_narrower = (counts < size) | ((counts == size) & (np.arange(p.size) > surest))
        found = np.flatnonzero(sure & is_narrower & (common > _MOSTLY * counts))
        return int(found[np.argmin(p[found])]) if found.size else None

    for _ in range(_MOST_NAMED):
        place = int(np.nanargmin(np.where(sure, p, np.nan)))
        others = without(place)
        narrow = narrower_than(place)
        if narrow is not None:
            instead = without(narrow)
            if instead.p[place] > 1 - level:
                place, others = narrow, instead
        set_aside = of(place)
        explained = rows.count_changes(set_aside, windows) * np.sign(whole) >= _MOSTLY * np.abs(whole)
        left &= ~set_aside
        tallies, daily = others.tallies, others.daily
        rest[place] = False
        q_rest = significance.benjamini_hochberg(others.p)
        p, q = np.where(rest, others.p, p), np.where(rest, np.fmax(q_rest, q[place]), q)
        still = rest & (q <= 1 - level)
        key, value = values.row(place)
        for lost in np.flatnonzero(sure & rest & explained & ~still):
            part_of[lost] = f"{key} {'(none)' if value is None else value}"
        sure = still
        if not sure.any():
            break
    return p, q, pl.Series("part_of", part_of, dtype=pl.String)


def _p_of_rest(rest: Judged, whole: Judged, windows: Windows) -> Floats:
    """Return p of what is left of each value. It must agree with the figures of all its rows, which are shown."""
    p = significance.p_of_rates(
        whole.after, whole.before, exposure=windows.after, other_exposure=windows.before,
        dispersion=whole.dispersion.size, freedom=whole.dispersion.freedom, exact=False,
    )  # fmt: skip
    changed, shown = (np.sign(one.after - windows.alike * one.before) for one in (rest, whole))
    return np.where(changed == shown, np.fmax(np.nan_to_num(rest.p, nan=1.0), p), 1.0)


def check_windows(
    frame: pl.DataFrame,
    *,
    where: Selection | None,
    days: int,
    as_of: datetime | None,
    time_zone: str,
    level: float,
    include_churn: bool = False,
) -> Windows:
    """Check the arguments, and find the requested windows."""
    check_periods(time_zone=time_zone, as_of=as_of)
    check_level(level)
    check_weeks(days)
    return find_windows(frame, where=where, days=days, as_of=as_of, time_zone=time_zone, include_churn=include_churn)


def rates_table(found: Sequence[Judged], windows: Windows, *, level: float) -> pl.DataFrame:
    """Return a row for each value: counts, shares of all rows, and the ratio of rates with its interval."""
    before, after = (np.concatenate([getattr(one, name) for one in found]) for name in ("before", "after"))
    n_before, n_after = (np.repeat([one.totals[at] for one in found], [one.p.size for one in found]) for at in (0, 1))
    size, freedom = (np.concatenate([one.dispersion[at] for one in found]) for at in (0, 1))
    ratio, low, high, _ = significance.rate_ratio(
        after, before, exposure=windows.after, other_exposure=windows.before, dispersion=size, freedom=freedom,
        exact=False, level=level,
    )  # fmt: skip
    return pl.DataFrame(
        {"before": before, "after": after}, schema={"before": pl.Int64, "after": pl.Int64}
    ).with_columns(
        (pl.col("before") * windows.alike).alias("expected"),
        (pl.col("after") - pl.col("before") * windows.alike).alias("difference"),
        *(
            pl.col(name).truediv(pl.Series(total, dtype=pl.Int64).replace(0, None)).alias(f"share_{name}")
            for name, total in (("before", n_before), ("after", n_after))
        ),
        *intervals.columns(ratio=ratio, low=low, high=high, dispersion=size),
    )


def with_verdicts(table: pl.DataFrame, p: Floats, q: Floats, windows: Windows, *, level: float) -> pl.DataFrame:
    """Add p, q, the verdict and the windows to the result of `rates_table`."""
    verdict = (
        pl.when(pl.lit(not windows.complete))
        .then(pl.lit("unclear"))
        .when(pl.col("q").is_null(), pl.col("before") + pl.col("after") < _MANY)
        .then(pl.lit("too few"))
        .when((pl.col("q") <= 1 - level) & (pl.col("difference") > 0))
        .then(pl.lit("up"))
        .when((pl.col("q") <= 1 - level) & (pl.col("difference") < 0))
        .then(pl.lit("down"))
        .otherwise(pl.lit("unclear"))
    )
    return table.with_columns(intervals.columns(p=p, q=q)).select(
        pl.exclude("dispersion"),
        "dispersion",
        verdict=verdict,
        complete=pl.lit(windows.complete),
        days_before=pl.lit(windows.before, pl.Int64),
        days_after=pl.lit(windows.after, pl.Int64),
        **{name: pl.lit(day) for name, day in windows.dates().items()},
        left_out=pl.lit(windows.weeks_left_out, pl.List(pl.Date)),
    )
