"""Compares two selections: which values have a larger share in one than in the other.

Counts for two versions or two periods are rarely comparable: one was live longer, or more people used it. So shares of
all feedback are compared. A share also rises when there is less other feedback.

Feedback is clustered: one person writes thirty items, one outage fills an hour. So the rows of each side are clustered,
signed ones by submitter and unsigned ones by day or week, or all of them by day. Every count has a **dispersion**: the
ratio of the largest variance of its share with any of these clusters to that of independent rows
(`seggwat_nb.analysis.clusters.dispersion_of_shares`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis import intervals, significance
from seggwat_nb.analysis.churn import without_churn
from seggwat_nb.analysis.clusters import cluster_rows, dispersion_of_shares
from seggwat_nb.analysis.counts import select_rows, selection_moments
from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.analysis.validation import check_keys, check_level
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.analysis.windows import code_values, key_column

if TYPE_CHECKING:
    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.intervals import Floats

__all__ = ["compare", "covered_time", "least_p"]


def compare(
    frame: pl.DataFrame,
    a: Selection,
    b: Selection,
    *,
    include_churn: bool = False,
    by: str = "type",
    as_of: datetime | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Compare the shares that each value of a key has in two selections.

    Parameters
    ----------
    frame
        Feedback or ratings; ``submitted_by`` is used if present.
    a, b
        The two selections, such as two `FeedbackFilter`. They are assumed to be independent. Rows that are in both make
        the intervals wider than necessary.
    include_churn
        Whether to count cancellation comments too (source Stripe or Polar): see `seggwat_nb.analysis.churn`.
    by
        Text column to compare by, or ``theme``. A row with several themes counts for each, and shares are relative to
        the number of rows.
    as_of
        The time up to which the rows are known, for ``days_a`` and ``days_b``. None: that of the last row.
    level
        Confidence level of the intervals, and 1 minus the rate of false alarms allowed in the verdicts.

    Returns
    -------
    pl.DataFrame
        One row per value that occurs in either selection, sorted by q, then by p, so values with too few rows come
        last:

        - the key under its own name, String, null for rows without a value; versions are in their most frequent
          spelling, and paths have no query and fragment;
        - ``count_a``, ``count_b``: Int64, rows; ``n_a``, ``n_b``: Int64, all rows of the selection;
        - ``share_a``, ``share_b``: Float64, 0 to 1, count divided by n, null if the selection is empty;
        - ``difference``: Float64, -1 to 1, ``share_a - share_b``, with ``low`` and ``high``, null if a selection is
          empty. The interval is -1 to 1 if a side is a single cluster;
        - ``p``: Float64, for the hypothesis that the shares are equal; ``q``: corrected for the number of values by
          Benjamini and Hochberg, null if there are too few rows;
        - ``dispersion_a``, ``dispersion_b``: Float64, at least 1, how much the items are clustered, null if a selection
          is empty;
        - ``verdict``: String, ``higher`` or ``lower`` (in a than in b) where q is at most ``1 - level`` and the
          interval excludes 0; ``too few`` where even all rows of the value on one side would prove nothing, or where a
          side is a single cluster, such as one day of unsigned rows; else ``unclear``;
        - ``days_a``, ``days_b``: Float64, days that the selection covers. ``since="28d"`` covers 28 whole days and
          today so far, ``since="28d", until="today"`` only whole days. If they differ, compare shares, not counts.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    The interval is from `seggwat_nb.analysis.intervals.newcombe`, and the p-value is Fisher's mid-p from
    `seggwat_nb.analysis.significance.share_ratio`. Both use the counts of each side divided by its dispersion (Rao and
    Scott 1992, "A simple method for the analysis of clustered binary data", Biometrics 48, 577-585), and quantiles of
    Student's t for the number of clusters.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from seggwat_nb import FeedbackFilter
    >>> rows = pl.DataFrame(
    ...     {
    ...         "version": ["2.4.0"] * 70 + ["2.3.0"] * 80,
    ...         "type": ["Bug"] * 56 + ["Praise"] * 14 + ["Bug"] * 48 + ["Praise"] * 32,
    ...         "submitted_by": [f"user{n}" for n in range(150)],
    ...     }
    ... ).with_columns(created_at=datetime(2026, 3, 1, tzinfo=UTC) + pl.duration(days=pl.int_range(150) % 30))
    >>> shown = compare(rows, FeedbackFilter(version="2.4.0"), FeedbackFilter(version="2.3.0"))
    >>> shares = pl.col("share_a", "share_b", "difference", "low", "high").round(2)
    >>> shown.select("type", shares, "verdict").rows()
    [('Bug', 0.8, 0.6, 0.2, 0.05, 0.34, 'higher'), ('Praise', 0.2, 0.4, -0.2, -0.34, -0.05, 'lower')]
    """
    check_keys(frame, (by,), several=True)
    check_level(level)
    check_periods(as_of=as_of)
    first, second = (
        _side(without_churn(select_rows(frame, where), include_churn=include_churn), by, name)
        for name, where in (("a", a), ("b", b))
    )
    table = first.join(second, on="value", how="full", nulls_equal=True, coalesce=True).with_columns(
        pl.col("count_a", "count_b").fill_null(0),
        pl.col("n_a", "n_b").max().fill_null(0),
        pl.col("freedom_a", "freedom_b").max(),
    )
    return _test_values(table, level=level).select(
        pl.col("value").alias(by),
        *("count_a", "count_b", "n_a", "n_b", "share_a", "share_b", "difference", "low", "high", "p", "q"),
        *("dispersion_a", "dispersion_b", "verdict"),
        **{
            f"days_{side}": pl.lit(covered_time(frame, where, as_of=as_of) / timedelta(days=1))
            for side, where in (("a", a), ("b", b))
        },
    )


def covered_time(frame: pl.DataFrame, where: Selection, *, as_of: datetime | None) -> timedelta:
    """Return the time that a selection covers, as far as rows are known: from the first row up to `as_of`."""
    moment = pl.col("created_at").cast(pl.Datetime("us", "UTC"))
    first, last = frame.select(first=moment.min(), last=moment.max()).row(0)
    if first is None:
        return timedelta()
    known, (since, until) = as_of or last, selection_moments(where)
    found: timedelta = max(timedelta(), min(until or known, known) - max(since or first, first))
    return found


def _side(rows: pl.DataFrame, by: str, name: str) -> pl.DataFrame:
    """Return the rows of each ``value``, all rows, the dispersion (null if not visible) and its degrees of freedom."""
    codes, values = code_values(merge_spellings(rows.select(key_column(rows, by))).to_series())
    found = dispersion_of_shares(codes.value, cluster_rows(rows, weeks=True), values.len(), row=codes.row)
    count = np.bincount(codes.value, minlength=values.len())
    return values.to_frame("value").select(
        "value",
        pl.Series(f"count_{name}", count, pl.Int64),
        pl.lit(rows.height, pl.Int64).alias(f"n_{name}"),
        *intervals.columns(**{f"dispersion_{name}": found.size, f"freedom_{name}": found.freedom}),
    )


def _test_values(table: pl.DataFrame, *, level: float) -> pl.DataFrame:
    # If a side has no rows with a value, or only such rows, only the other side shows how they cluster.
    table = table.with_columns(
        pl.coalesce(f"dispersion_{side}", f"dispersion_{other}", 1.0).alias(f"dispersion_{side}")
        for side, other in ("ab", "ba")
    ).with_columns(
        pl.when(pl.col(f"n_{side}") > 0).then(f"dispersion_{side}").alias(f"dispersion_{side}") for side in "ab"
    )
    independent = [
        (table[f"{name}_{side}"] / table[f"dispersion_{side}"]).fill_null(0.0).to_numpy()
        for side in "ab"
        for name in ("count", "n")
    ]
    freedom = np.fmin(*(table[f"freedom_{side}"].fill_null(0.0).to_numpy() for side in "ab"))
    low, high = intervals.newcombe(*independent, freedom=freedom, level=level)
    some = (table["n_a"] > 0).to_numpy() & (table["n_b"] > 0).to_numpy()
    low, high = (np.where(some & np.isnan(end), whole, end) for end, whole in ((low, -1.0), (high, 1.0)))
    p = significance.share_ratio(*independent, freedom=freedom, exact=False, level=level).p
    too_few = ~(least_p(*independent, freedom=freedom) <= 1 - level)
    q = significance.benjamini_hochberg(np.where(too_few, np.nan, p))
    named = pl.col("q") <= 1 - level
    verdict = (
        pl.when(pl.Series(too_few, dtype=pl.Boolean))
        .then(pl.lit("too few"))
        .when(named & (pl.col("low") > 0))
        .then(pl.lit("higher"))
        .when(named & (pl.col("high") < 0))
        .then(pl.lit("lower"))
        .otherwise(pl.lit("unclear"))
    )
    shares = [(pl.col(f"count_{side}") / pl.col(f"n_{side}").replace(0, None)).alias(f"share_{side}") for side in "ab"]
    return (
        table.with_columns(shares)
        .with_columns(intervals.columns(low=low, high=high, p=p, q=q))
        .with_columns(difference=pl.col("share_a") - pl.col("share_b"), verdict=verdict)
        .sort(pl.col("q", "p").round_sig_figs(_SURE), "value", nulls_last=True)
    )


_SURE: Final = 6
"""Significant digits of p for sorting, so that rounding does not affect the order of two complementary values."""


def least_p(count: Floats, n: Floats, other_count: Floats, other_n: Floats, *, freedom: Floats) -> Floats:
    """Return the smallest possible p-value of a value with this many rows, all of them on one side."""
    both = count + other_count
    here, there = np.minimum(both, n), np.minimum(both, other_n)
    one, other = (
        significance.share_ratio(*counts, freedom=freedom, exact=False).p
        for counts in ((here, n, both - here, other_n), (both - there, n, there, other_n))
    )
    return np.fmin(one, other)
