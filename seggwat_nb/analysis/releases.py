"""Analyzes versions: when they were in use, how much feedback they got, and which ones made things worse.

Versions are sorted, and their spellings merged, by `seggwat_nb.analysis.versions`. It is unknown how many people use a
version, so nothing here is a rate of bugs per user. The **share** of bugs is relative to all feedback on a version. It
rises when there are more bugs, but also when there is less other feedback.

Feedback is clustered: one person who writes thirty items is not thirty people, and one outage fills a day. So every
count has a **dispersion**, by which count and n are divided before anything is inferred from them: the ratio of the
variance of a share with clusters to that of independent items. Clusters are the submitters of signed items and the days
of unsigned ones, or only the days, whichever vary more. Days may also affect those that follow, as much as the whole
project shows (`seggwat_nb.analysis.clusters`).

People write differently in the first days of a version than in its last. So versions are compared **at the same age**:
with earlier versions up to the age that this version has reached. Which versions are earlier depends on their numbers
and on when they were launched (`seggwat_nb.analysis.version_lines`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis import intervals, significance
from seggwat_nb.analysis.churn import without_churn
from seggwat_nb.analysis.clusters import SharesByCluster, cluster_rows, day_carry_over, jackknife, joint_freedom, kish
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.earlier_rows import sides
from seggwat_nb.analysis.item_types import is_of_type
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.validation import check_columns, check_keys, check_least
from seggwat_nb.analysis.version_lines import History, launch_of
from seggwat_nb.analysis.versions import UNORDERED, rank_versions
from seggwat_nb.analysis.windows import Codes, code_values, key_column
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.analysis.counts import Selection

__all__ = ["bugs_and_types", "overview", "regressions", "to_show"]

LEAST: Final = 30
"""Minimum number of independent items to compare a version, as in `seggwat_nb.analysis.ratings`."""

_SHOWN: Final = 30
"""Maximum number of versions in a chart, those with the most items."""


def overview(
    frame: pl.DataFrame,
    *,
    type: str | Sequence[str] = "Bug",  # noqa: A002  # the column's name
    include_churn: bool = False,
    where: Selection | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Show when each version was in use, how much feedback it got, and the share of bugs.

    All versions are in one order, by number: ``2026.10`` comes after ``2.7.0``, whichever is newer. If a project uses
    two versioning schemes, ``scheme`` distinguishes them.

    Parameters
    ----------
    frame
        Feedback: ``version``, ``type`` and ``created_at``; ``submitted_by`` is used if present.
    type
        One or several types whose share is computed.
    include_churn
        Whether to count cancellation comments too (source Stripe or Polar): see `seggwat_nb.analysis.churn`.
    where
        Rows to count, such as a `FeedbackFilter`.
    level
        Confidence level of the intervals.

    Returns
    -------
    pl.DataFrame
        One row per version, in version order, with branch names, other text, empty and null last. No rows are dropped:
        ``n`` sums to the number of rows selected.

        - ``version``: String, in its most frequent spelling, null for rows without one;
        - ``kind``: String, one of `seggwat_nb.analysis.versions.KINDS`;
        - ``scheme``: String, how it was read, one of `seggwat_nb.analysis.version_schemes.SCHEMES`; the other versions
          decide how an ambiguous text is read;
        - ``spellings``: List(String), as in the data, most frequent first;
        - ``first_seen``, ``last_seen``: Datetime("us", "UTC"), of its first and its last item;
        - ``days_live``: Int64, UTC days from the first to the last, both included;
        - ``n``, ``count``: Int64, items of any type (including null), and those of `type`;
        - ``share``: Float64, 0 to 1, ``count / n``, with ``low`` and ``high``;
        - ``dispersion``: Float64, at least 1: the sum of squared items per submitter over the sum of items, where each
          unsigned item counts as a separate person.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    The intervals are from `seggwat_nb.analysis.intervals.wilson`, with counts divided by their dispersion.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "created_at": [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 5, 9)],
    ...         "version": ["1.9", "v1.10.0", "1.10", None],
    ...         "type": ["Bug", "Bug", "Praise", "Bug"],
    ...     }
    ... )
    >>> shown = overview(rows)
    >>> shown.select("version", "days_live", "n", "count", pl.col("share", "low", "high").round(2)).rows()
    [('1.9', 1, 1, 1, 1.0, 0.21, 1.0), ('1.10', 4, 2, 1, 0.5, 0.09, 0.91), (None, 1, 1, 1, 1.0, 0.21, 1.0)]
    """
    table = _per_version(_rows(frame, type=type, where=where, include_churn=include_churn))
    low, high = intervals.wilson(*_independent(table, ""), level=level)
    return table.with_columns(intervals.columns(low=low, high=high)).select(
        *_NAMES[:2],
        "scheme",
        *_NAMES[2:],
        "first_seen",
        "last_seen",
        (pl.col("last_seen").dt.date() - pl.col("first_seen").dt.date()).dt.total_days().add(1).alias("days_live"),
        *("n", "count"),
        _share(""),
        *("low", "high", "dispersion"),
    )


def regressions(
    frame: pl.DataFrame,
    *,
    type: str | Sequence[str] = "Bug",  # noqa: A002  # the column's name
    include_churn: bool = False,
    where: Selection | None = None,
    by: str | None = None,
    min_count: int = LEAST,
    level: float = 0.95,
) -> pl.DataFrame:
    """Compare the share of bugs in each version's feedback with that of all earlier versions.

    The number of users is unknown, and a version with twice the users has twice the bugs. So shares are compared, and a
    share does not say how many people were affected. ``worse`` means that bugs are a larger share of the feedback on
    this version than of that on earlier ones. This can also happen if people request less, if the feedback form
    changes, or if only the first weeks of a version are in the data. Read the items before acting on it.

    Earlier versions are lower in order, of the same line of versions, and were not launched after it. Pre-releases
    count only for other pre-releases.

    Parameters
    ----------
    frame, type, include_churn, where
        As in `overview`.
    by
        Text column, such as ``"source"``, or ``"theme"``. The share of each of its values is compared instead of that
        of `type`. An item with several themes counts for each, and shares are relative to the number of items.
    min_count
        Minimum number of independent items (``n / dispersion``) for both a version and all earlier ones to be compared.
    level
        Confidence level of the intervals, and 1 minus the rate of false alarms allowed in the verdicts.

    Returns
    -------
    pl.DataFrame
        One row per version in version order: releases, pre-releases and the output of ``git describe``. Branch names,
        other text, empty and null have no order and are left out, but are included in `overview`. With `by`, there is a
        row for each version and value, with values in alphabetical order and null last:

        - the key under its own name, String, only with `by`;
        - ``version``, ``kind``, ``spellings``, ``first_seen``: as in `overview`;
        - ``n``, ``count``, ``share``: items of this version, and those of the type or value; ``n_before``,
          ``count_before``, ``share_before``: the same for all earlier versions, each up to the age that this one has
          reached;
        - ``ratio``: Float64, ``share / share_before`` (infinite after zero), with ``low`` and ``high``;
        - ``p``: Float64, for the hypothesis that the shares are equal; ``q``: corrected for the number of versions and
          values compared by Benjamini and Hochberg, null if there are too few items;
        - ``dispersion``: Float64, at least 1, how much the items of this version are clustered; ``dispersion_before``:
          the same for earlier versions, null if there are none;
        - ``verdict``: String, ``worse`` or ``better`` where q is at most ``1 - level``, with `by` ``higher`` or
          ``lower``; ``too few``; else ``unclear``.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    Ratio, interval and p-value are from `seggwat_nb.analysis.significance.share_ratio`, with the counts of each side
    divided by its dispersion (Rao and Scott 1992, "A simple method for the analysis of clustered binary data",
    Biometrics 48, 577-585), and with Student's t for the number of clusters. The dispersion is from a jackknife over
    clusters (Bell and McCaffrey 2002, Survey Methodology 28, 169-181). The age of an item is the time since the first
    item of its version.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "version": ["1.9.0"] * 100 + ["1.10.0"] * 50,
    ...         "type": ["Bug", *["Praise"] * 4] * 20 + ["Bug", "Bug", "Bug", "Praise", "Praise"] * 10,
    ...     }
    ... ).with_columns(created_at=datetime(2026, 3, 1, tzinfo=UTC) + pl.duration(hours=12 * pl.int_range(150)))
    >>> shown = regressions(rows)
    >>> shown.select("version", "share_before", "share", pl.col("ratio", "low", "high").round(2), "verdict").rows()
    [('1.9.0', None, 0.2, None, None, None, 'too few'), ('1.10.0', 0.2, 0.6, 3.0, 1.67, 5.62, 'worse')]
    """
    check_least("min_count", min_count, 1)
    if by is not None and type != "Bug":
        raise ArgumentError("Pass type or by, not both: by compares the share of each value of a column.")
    rows = _drop_unordered(_rows(frame, type=type, where=where, include_churn=include_churn, by=by))
    table = _with_those_before(rows, *_codes(rows, by))
    return _test_shares(table, by=by, min_count=min_count, level=level)


def to_show(
    frame: pl.DataFrame, *, by: str | None = None, where: Selection | None = None, level: float = 0.95
) -> pl.DataFrame:
    """Return `regressions` for a chart or a list of verdicts, which takes much less time with thousands of versions.

    A version with too few items for a verdict is not compared with earlier ones, as if there were none, unless it is
    among the 30 with the most items.
    """
    rows = _drop_unordered(_rows(frame, type="Bug", where=where, include_churn=False, by=by))
    table = _with_those_before(rows, *_codes(rows, by), all_versions=False)
    return _test_shares(table, by=by, min_count=LEAST, level=level)


def bugs_and_types(
    frame: pl.DataFrame, *, where: Selection | None, level: float = 0.95
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `regressions` of bugs and those by type, as `to_show` does, in little more than the time of one."""
    rows = _drop_unordered(_rows(frame, type="Bug", where=where, include_churn=False))
    (of_type, types), (of_bugs, bugs) = code_values(rows["value"]), _code_wanted(rows)
    both = Codes(
        np.concatenate([of_type.value, of_bugs.value + types.len()]), np.concatenate([of_type.row, of_bugs.row])
    )
    table = _with_those_before(rows, both, types.append(bugs), all_versions=False)
    versions = table["rank"].n_unique()
    return (
        _test_shares(table.tail(versions), by=None, min_count=LEAST, level=level),
        _test_shares(table.head(table.height - versions), by="type", min_count=LEAST, level=level),
    )


def _test_shares(table: pl.DataFrame, *, by: str | None, min_count: int, level: float) -> pl.DataFrame:
    """Test each version's share, and correct for the number of tests."""
    count, n = _independent(table, "")
    count_before, n_before = _independent(table, "_before")
    test = significance.share_ratio(
        count, n, count_before, n_before, freedom=table["freedom"].to_numpy(), exact=False, level=level
    )
    table = table.with_columns(intervals.columns(ratio=test.ratio, low=test.low, high=test.high, p=test.p))
    enough = (n >= min_count) & (n_before >= min_count)
    enough &= table["freedom"] >= 1
    q = significance.benjamini_hochberg(table.select(pl.when(enough).then("p"))["p"].fill_null(float("nan")))
    named = pl.col("q") <= 1 - level
    verdict = (
        pl.when(~enough)
        .then(pl.lit("too few"))
        .when(named & (pl.col("ratio") > 1))
        .then(pl.lit("worse" if by is None else "higher"))
        .when(named & (pl.col("ratio") < 1))
        .then(pl.lit("better" if by is None else "lower"))
        .otherwise(pl.lit("unclear"))
    )
    return table.with_columns(intervals.columns(q=q)).select(
        *([] if by is None else [pl.col("value").alias(by)]),
        *_NAMES,
        "first_seen",
        *("n", "count", _share("")),
        *("n_before", "count_before", _share("_before")),
        *("ratio", "low", "high", "p", "q", "dispersion", "dispersion_before"),
        verdict=verdict,
    )


_NAMES: Final = ("version", "kind", "spellings")


def _rows(
    frame: pl.DataFrame,
    *,
    type: str | Sequence[str],  # noqa: A002  # as above
    where: Selection | None,
    include_churn: bool,
    by: str | None = None,
) -> pl.DataFrame:
    """Return the selected rows: columns of `rank_versions`, ``value``, ``wanted`` (Boolean) and ``submitted_by``."""
    needed = ("version", "type" if by is None else by)
    if by is None:
        check_columns(frame, needed, wanted="a frame of feedback")
    check_keys(frame, ("version",))
    check_keys(frame, needed, several=by is not None)
    used = [name for name in frame.columns if name in {*needed, "created_at", "submitted_by"}]
    chosen = without_churn(select_rows(frame, where), include_churn=include_churn, columns=used)
    rows = chosen.select(
        "created_at",
        pl.col("version").cast(pl.String),
        value=key_column(chosen, "type" if by is None else by),
        wanted=is_of_type(frame, type) if by is None else pl.lit(value=False),
        submitted_by=submitter_of(chosen),
    )
    return rows.join(rank_versions(rows["version"]), on="version", nulls_equal=True)


def _per_version(rows: pl.DataFrame) -> pl.DataFrame:
    spellings = rows.group_by("rank", "version").len().sort("len", "version", descending=[True, False])
    return (
        rows.group_by("rank")
        .agg(
            pl.col("name", "kind", "scheme").first(),
            first_seen=pl.col("created_at").min(),
            launched=launch_of(pl.col("created_at")),
            last_seen=pl.col("created_at").max(),
            n=pl.len().cast(pl.Int64),
            count=pl.col("wanted").sum().cast(pl.Int64),
            dispersion=kish(pl.col("submitted_by")),
        )
        .join(spellings.group_by("rank", maintain_order=True).agg(spellings=pl.col("version").drop_nulls()), on="rank")
        .sort("rank")
        .with_columns(version="name")
    )


def _drop_unordered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(~pl.col("kind").is_in(UNORDERED))


def _codes(rows: pl.DataFrame, by: str | None) -> tuple[Codes, pl.Series]:
    """Assign numbers to the values whose shares are compared."""
    return code_values(rows["value"]) if by is not None and rows.height else _code_wanted(rows)


def _code_wanted(rows: pl.DataFrame) -> tuple[Codes, pl.Series]:
    """Assign the same number to all wanted rows, as `code_values` does to those with the same value."""
    wanted = np.flatnonzero(rows["wanted"].to_numpy())
    return Codes(np.zeros(wanted.size, np.int64), wanted), pl.Series("value", [None], pl.String)


def _with_those_before(
    rows: pl.DataFrame, of_value: Codes, values: pl.Series, *, all_versions: bool = True
) -> pl.DataFrame:
    """Add ``n_before``, ``count_before``, both dispersions, and ``freedom``, their joint degrees of freedom.

    There is a row for each value and version: all versions of the first value come first.
    """
    rows, of_value = _by_rank(rows, of_value)
    table = _per_version(rows)
    of_any, any_values = code_values(rows["value"])
    carried = _carry_over(rows, of_any, any_values.len())
    first = rows.join(table.select("rank", "first_seen"), on="rank", how="left", maintain_order="left")["first_seen"]
    age = (rows["created_at"] - first).dt.total_microseconds().to_numpy()
    ends = np.searchsorted(rows["rank"].to_numpy(), table["rank"].to_numpy(), side="right")
    sizes, history, clusters = np.diff(ends, prepend=0), History.of(table), cluster_rows(rows)
    group = np.repeat(np.arange(ends.size), sizes)
    count = np.bincount(of_value.value * ends.size + group[of_value.row], minlength=values.len() * ends.size)
    count = count.reshape(values.len(), ends.size)
    ways = [
        SharesByCluster.tally(of_value.value, one, values.len(), carried=carried, row=of_value.row, group=group)
        for one in clusters
    ]
    here = jackknife(sizes, count, ways)
    oldest = np.maximum.reduceat(age, ends - sizes) if ends.size else ends
    is_compared = table["n"] >= (1 if all_versions else LEAST)
    newest = pl.struct("n", "rank").rank("ordinal", descending=True)
    is_compared |= table.select(newest <= _SHOWN).to_series()
    before = (
        (place, np.repeat(history.before(place), sizes) & (age <= oldest[place]))
        for place in np.flatnonzero(is_compared).tolist()
    )
    n_before, count_before, there = sides(before, of_value, clusters, count.shape, carried=carried)
    # If a side has only bugs or none, only the other side shows how they cluster, and how well that is known.
    is_other, is_other_before = np.isnan(here.size), np.isnan(there.size)
    size = np.fmax(np.where(is_other, there.size, here.size), 1.0)
    size_before = np.fmax(np.where(is_other_before, here.size, there.size), 1.0)
    has_earlier = n_before > 0
    freedom = joint_freedom((size / sizes, here.freedom), (size_before / np.fmax(n_before, 1), there.freedom))
    freedom = np.where(is_other, there.freedom, np.where(is_other_before, here.freedom, freedom))
    cells = {
        "count": count,
        "n_before": np.broadcast_to(n_before, count.shape),
        "count_before": count_before,
        "dispersion": size,
        "dispersion_before": np.where(has_earlier, size_before, np.nan),
        "freedom": np.where(has_earlier, freedom, 0.0),
    }
    of_each = pl.concat([table.clear(), *([table] * values.len())])
    columns = intervals.columns(**{name: cell.astype(np.float64).ravel() for name, cell in cells.items()})
    return of_each.with_columns(
        *columns, values.gather(np.repeat(np.arange(values.len()), table.height)).alias("value")
    ).with_columns(pl.col("count", "n_before", "count_before").cast(pl.Int64))


def _by_rank(rows: pl.DataFrame, codes: Codes) -> tuple[pl.DataFrame, Codes]:
    """Sort rows by version, and their codes alike, so that a version's rows, and those of earlier ones, are a slice."""
    order = rows["rank"].arg_sort()
    place = np.empty(rows.height, np.int64)
    place[order.to_numpy()] = np.arange(rows.height)
    row = place[codes.row]
    of_codes = np.argsort(row, kind="stable")
    return rows[order], Codes(codes.value[of_codes], row[of_codes])


def _carry_over(rows: pl.DataFrame, of_value: Codes, values: int) -> float:
    """Estimate how much days affect later ones, from the shares of all values together."""
    has = np.zeros((rows.height, values))
    has[of_value.row, of_value.value] = 1
    columns = [pl.Series(f"_value{at}", has[:, at]) for at in range(values)]
    return day_carry_over(rows.with_columns(columns), *(pl.col(column.name) for column in columns))


def _independent(table: pl.DataFrame, side: str) -> tuple[pl.Series, pl.Series]:
    """Return count and n of a side, divided by its dispersion. 0 if there are no items."""
    over = table[f"dispersion{side}"].fill_null(1.0)
    return table[f"count{side}"] / over, table[f"n{side}"] / over


def _share(side: str) -> pl.Expr:
    return (pl.col(f"count{side}") / pl.col(f"n{side}").replace(0, None)).alias(f"share{side}")
