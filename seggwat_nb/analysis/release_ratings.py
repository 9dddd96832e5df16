"""Tests whether a release is rated lower or higher than earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy import special

from seggwat_nb.analysis import intervals, significance
from seggwat_nb.analysis.clusters import cluster_rows, day_carry_over, joint_freedom, variance_of_mean
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.rating_responses import MEASURES, check_responses, responses
from seggwat_nb.analysis.ratings import LEAST
from seggwat_nb.analysis.validation import check_keys, check_least, check_level
from seggwat_nb.analysis.version_lines import History, launch_of
from seggwat_nb.analysis.versions import UNORDERED, rank_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seggwat_nb.analysis.clusters import Clusters
    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.intervals import Floats

__all__ = ["by_release", "error_of_difference", "student_test"]

_PATIENCE: Final = 3
"""With steady use, waiting for the first item takes longer than this many mean intervals in 5 of 100 cases."""


def by_release(
    frame: pl.DataFrame,
    *,
    where: Selection | None = None,
    min_count: int = LEAST,
    level: float = 0.95,
) -> pl.DataFrame:
    """Compare the ratings of each version with those of all earlier versions: NPS, the share who said helpful, stars.

    Earlier versions are as for `seggwat_nb.releases.regressions`: lower in order, of the same line of versions, and not
    launched after it. Pre-releases count only for other pre-releases.

    Parameters
    ----------
    frame
        Ratings, columns as `seggwat_nb.schema.RATINGS`; ``submitted_by`` is used if present.
    where
        Rows to count, such as a `FeedbackFilter`.
    min_count
        Minimum number of responses for both a version and all earlier ones to be compared.
    level
        Confidence level of the intervals, and 1 minus the rate of false alarms allowed in the verdicts.

    Returns
    -------
    pl.DataFrame
        One row per measure and version, and scale of stars, sorted by measure, then by scale, then in version order.
        Branch names, other text, empty and null have no order and are left out:

        - ``version``: String, in its most frequent spelling; ``spellings``: List(String), as in the data;
        - ``measure``: String, ``nps``, ``helpful`` or ``stars``; ``max_score``: Float64, stars on the scale, null for
          the others;
        - ``estimate``, ``estimate_before``: Float64, the NPS (-100 to 100), the share who said helpful (0 to 1) or the
          average of stars, of this version, and of all earlier ones; ``n``, ``n_before``: Int64, number of responses;
        - ``difference``: Float64, ``estimate - estimate_before``, with ``low`` and ``high``;
        - ``p``: Float64, for the hypothesis that both are rated equally; ``q``: corrected for the number of versions
          and measures compared by Benjamini and Hochberg, null if there are too few responses or the launch is not in
          the data;
        - ``verdict``: String, ``lower`` or ``higher`` where q is at most ``1 - level``; ``too few``; else ``unclear``,
          also for a version that was already in use when the data starts.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    Student's t is used with the pooled variance of both sides, so that a small group whose responses happen to agree is
    not considered certain. For NPS and helpful, to which most people may respond alike, one response at each end of the
    scale is added to each side first, as in `seggwat_nb.ratings.compare`. The variance of a mean is at least that of
    independent responses, or that of clusters if larger: submitters of signed responses and days of unsigned ones, or
    only days. Days of unsigned responses may affect those that follow, as much as all versions together show
    (`seggwat_nb.analysis.clusters`). Degrees of freedom are from Satterthwaite (1946). People who still rate an old
    version long after others have updated are rarely representative, so a version whose launch is not in the data gets
    no verdict.

    All measures are corrected together, since the table is read as a whole: its rate of false alarms is the same
    whether people rate in one way or in three. For one measure alone, pass only its rows.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> scores = [5.0, 4.0, 5.0, 3.0] * 15 + [1.0, 5.0, 2.0, 3.0] * 15
    >>> rows = pl.DataFrame({"version": ["1.9"] * 60 + ["1.10"] * 60, "score": scores})
    >>> moment = datetime(2026, 3, 1, tzinfo=UTC) + pl.duration(hours=9 * pl.int_range(pl.len()))
    >>> shown = by_release(rows.with_columns(created_at=moment, rating_type=pl.lit("star"), max_score=5.0))
    >>> shown.select("version", "estimate", "estimate_before", pl.col("low", "high").round(1), "verdict").rows()
    [('1.9', 4.25, None, None, None, 'too few'), ('1.10', 2.75, 4.25, -1.9, -1.1, 'lower')]
    """
    check_responses(frame, "version")
    check_keys(frame, ("version",))
    check_least("min_count", min_count, 1)
    check_level(level)
    rows = responses(select_rows(frame, where), "version").with_columns(
        pl.col("version").cast(pl.String), measure=pl.col("measure").cast(pl.Enum([*MEASURES]))
    )
    rows = rows.sort("created_at", "response").with_columns(began=pl.col("created_at").min().over("measure"))
    rows = rows.join(rank_versions(rows["version"]), on="version", nulls_equal=True, maintain_order="left").filter(
        ~pl.col("kind").is_in(UNORDERED)
    )
    tables = [
        _each_against_those_before(group, min_count=min_count, level=level)
        for group in rows.partition_by("measure", "max_score", maintain_order=True) or [rows]
    ]
    table = pl.concat(tables)
    judged = (pl.col("verdict") != "too few") & _is_launched()
    q = significance.benjamini_hochberg(table.select(pl.when(judged).then("p").otherwise(float("nan"))).to_series())
    named = pl.col("q") <= 1 - level
    verdict = (
        pl.when(pl.col("verdict") == "too few")
        .then(pl.lit("too few"))
        .when(named & (pl.col("difference") < 0))
        .then(pl.lit("lower"))
        .when(named & (pl.col("difference") > 0))
        .then(pl.lit("higher"))
        .otherwise(pl.lit("unclear"))
    )
    return (
        table.with_columns(intervals.columns(q=q))
        .with_columns(verdict=verdict)
        .sort("measure", "max_score", "rank")
        .select(
            *("version", "spellings", pl.col("measure").cast(pl.String), "max_score"),
            *("estimate", "estimate_before", "n", "n_before", "difference", "low", "high", "p", "q", "verdict"),
        )
    )


def _is_launched() -> pl.Expr:
    """Return whether a version with ``first_seen``, ``last_seen`` and ``n`` was launched after its measure ``began``.

    If a version was in steady use from the start, its first of n items would come after more than 3/n of the time in
    only 5 of 100 cases. People who still rate an old version differ from those who rated it in its first weeks, who are
    not in the data.
    """
    waited, used = (pl.col(name) - pl.col("began") for name in ("first_seen", "last_seen"))
    return waited.dt.total_microseconds() * pl.col("n") > _PATIENCE * used.dt.total_microseconds()


def _each_against_those_before(rows: pl.DataFrame, *, min_count: int, level: float) -> pl.DataFrame:
    """Compare the versions by one measure and scale. The verdict is only set where they cannot be compared."""
    table = (
        rows.group_by("rank")
        .agg(
            pl.col("name").first().alias("version"),
            *(pl.col(name).first() for name in ("measure", "max_score", "least", "most", "began", "kind")),
            spellings=pl.col("version").drop_nulls().unique().sort(),
            estimate=pl.col("response").mean(),
            n=pl.len().cast(pl.Int64),
            first_seen=pl.col("created_at").min(),
            launched=launch_of(pl.col("created_at")),
            last_seen=pl.col("created_at").max(),
        )
        .sort("rank")
    )
    rank, response = rows["rank"].to_numpy(), rows["response"].to_numpy()
    clusters = cluster_rows(rows)
    carried = day_carry_over(rows, pl.col("response"))
    measure, *scale = rows.select("measure", "least", "most").row(0) if rows.height else (None,)
    ends = () if measure == "stars" else (*scale,)
    found: list[tuple[float, ...]] = []
    history, ranks, sizes = History.of(table), table["rank"].to_numpy(), table["n"].to_numpy()
    place_of_row = np.searchsorted(ranks, rank)
    sums = np.bincount(place_of_row, response, sizes.size)
    for place, n in enumerate(sizes):
        before = history.before(place)
        n_before = int(sizes[before].sum())
        mean = float(sums[before].sum()) / n_before if n_before else np.nan
        error = np.nan, np.nan
        if min(n, n_before) >= max(min_count, 2):
            own, earlier = place_of_row == place, before[place_of_row]
            error = error_of_difference(response, own, earlier, clusters, carried=carried, ends=ends)
        found.append((mean, n_before, *error))
    before_each, counts, errors, freedoms = np.array(found, dtype=np.float64).reshape(-1, 4).T
    difference = table["estimate"].to_numpy() - before_each
    reach, p = student_test(difference, errors, freedoms, level=level)
    widest = ends[1] - ends[0] if ends else np.inf
    low, high = np.clip([difference - reach, difference + reach], -widest, widest)
    return table.with_columns(
        pl.Series("n_before", counts).cast(pl.Int64),
        *intervals.columns(estimate_before=before_each, difference=difference, low=low, high=high, p=p),
        verdict=pl.when(pl.Series(np.isfinite(reach), dtype=pl.Boolean)).then(pl.lit("")).otherwise(pl.lit("too few")),
    )


def error_of_difference(
    response: Floats,
    one: NDArray[np.bool_],
    other: NDArray[np.bool_],
    clusters: Sequence[Clusters],
    *,
    carried: float,
    ends: tuple[float, ...] = (),
) -> tuple[float, float]:
    """Estimate the standard error of the difference between two means, and its degrees of freedom.

    `ends` are responses added to each side to estimate the variance of a single response.
    """
    n = int(one.sum()) + int(other.sum()) + 2 * len(ends)
    squares = sum(side.size * side.var() for side in (np.append(response[side], ends) for side in (one, other)))
    sides = [
        variance_of_mean(
            response[side],
            [cluster.among(side) for cluster in clusters],
            independent=squares / (n - 2),
            carried=carried,
        )
        for side in (one, other)
    ]
    return float(np.sqrt(sum(variance for variance, _ in sides))), float(joint_freedom(*sides))


def student_test(difference: Floats, error: Floats, freedom: Floats, *, level: float) -> tuple[Floats, Floats]:
    """Return half an interval's width and the p-value, by Student's t. NaN with less than one degree of freedom."""
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = intervals.student(np.where(freedom >= 1, freedom, np.nan), level) * error
        return reach, 2 * special.stdtr(freedom, -np.abs(difference / error))
