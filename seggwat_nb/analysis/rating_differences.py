"""Compares the ratings of two selections, such as two releases or two periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis import intervals, significance
from seggwat_nb.analysis.clusters import cluster_rows, day_carry_over
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.rating_responses import MEASURES, check_responses, responses
from seggwat_nb.analysis.ratings import LEAST
from seggwat_nb.analysis.release_ratings import error_of_difference, student_test
from seggwat_nb.analysis.validation import check_least, check_level

if TYPE_CHECKING:
    from seggwat_nb.analysis.counts import Selection

__all__ = ["compare", "differences"]

_SCHEMA: Final = pl.Schema(
    {
        "measure": pl.String(),
        "max_score": pl.Float64(),
        **dict.fromkeys(("estimate_a", "estimate_b"), pl.Float64()),
        **dict.fromkeys(("n_a", "n_b"), pl.Int64()),
        **dict.fromkeys(("difference", "low", "high", "p"), pl.Float64()),
    }
)


def compare(
    frame: pl.DataFrame,
    a: Selection,
    b: Selection,
    *,
    min_count: int = LEAST,
    level: float = 0.95,
) -> pl.DataFrame:
    """Compare the ratings of two selections: NPS, the share who said "helpful", and stars on each scale.

    Parameters
    ----------
    frame
        Ratings, columns as `seggwat_nb.schema.RATINGS`; ``submitted_by`` is used if present.
    a, b
        The two selections, such as two `FeedbackFilter`. They are assumed to be independent. Responses that are in both
        make the intervals wider than necessary.
    min_count
        Minimum number of responses in each selection to be compared.
    level
        Confidence level of the intervals, and 1 minus the rate of false alarms allowed in the verdicts.

    Returns
    -------
    pl.DataFrame
        One row per measure for which either selection has responses, with separate rows for each scale of stars:

        - ``measure``: String, ``nps``, ``helpful`` or ``stars``; ``max_score``: Float64, stars on the scale, null for
          the others;
        - ``estimate_a``, ``estimate_b``: Float64, the NPS (-100 to 100), the share who said helpful (0 to 1) or the
          average of stars; null without responses; ``n_a``, ``n_b``: Int64, responses;
        - ``difference``: Float64, ``estimate_a - estimate_b``, null without responses; ``low`` and ``high``: Float64,
          its interval, null with too few responses;
        - ``p``: Float64, for the hypothesis that both are rated equally; ``q``: corrected for the number of measures by
          Benjamini and Hochberg, null with too few responses;
        - ``verdict``: String, ``higher`` or ``lower`` (a than b) where q is at most ``1 - level``; ``too few`` where a
          selection has fewer than `min_count` responses, or they are of a single submitter or day; else ``unclear``.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    See Also
    --------
    by_release : Each version against all earlier ones.

    Notes
    -----
    Two intervals can overlap although the estimates differ, so this tests the difference itself, with Student's t and
    the variance of both sides from submitters and days as in `seggwat_nb.ratings.by_release`, after adding one response
    at each end of the scale to each side (Agresti and Caffo 2000, "Simple and effective confidence intervals for
    proportions and differences of proportions", The American Statistician 54, 280-288), so that unanimous responses are
    not considered certain.

    The verdicts allow for the number of measures, but not for how the selections were chosen. If `a` is the lowest of
    several pages, pass ``level=1 - 0.05 / n``, where n is their number.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from seggwat_nb import FeedbackFilter
    >>> rows = pl.DataFrame(
    ...     {
    ...         "version": ["2.4.0"] * 80 + ["2.3.0"] * 80,
    ...         "helpful": [True] * 30 + [False] * 50 + [True] * 60 + [False] * 20,
    ...         "submitted_by": [f"user{n}" for n in range(160)],
    ...     }
    ... ).with_columns(
    ...     created_at=datetime(2026, 3, 1, tzinfo=UTC) + pl.duration(days=pl.int_range(160) * 7 % 30),
    ...     rating_type=pl.lit("helpful"), score=pl.lit(None, pl.Float64), max_score=pl.lit(None, pl.Float64),
    ...     nps_category=pl.lit(None, pl.String),
    ... )
    >>> shown = compare(rows, FeedbackFilter(version="2.4.0"), FeedbackFilter(version="2.3.0"))
    >>> figures = pl.col("estimate_a", "estimate_b", "difference", "low", "high").round(2)
    >>> shown.select("measure", figures, "verdict").rows()
    [('helpful', 0.38, 0.75, -0.38, -0.52, -0.23, 'lower')]
    """
    check_responses(frame)
    check_least("min_count", min_count, 1)
    check_level(level)
    sides = [
        responses(select_rows(frame, where)).with_columns(is_a=pl.lit(side)) for side, where in ((True, a), (False, b))
    ]
    return differences(pl.concat(sides), min_count=min_count, level=level)


def differences(
    rows: pl.DataFrame, *, by: str | None = None, min_count: int = LEAST, alike: int = 0, level: float
) -> pl.DataFrame:
    """Compare responses, those with ``is_a`` with all others, like `compare`, for each value of a text column.

    q is corrected for a number of others, too, that are known to be `alike`.
    """
    rows = rows.with_columns(rank=(~pl.col("is_a")).cast(pl.Int32)).sort("created_at", "response", maintain_order=True)
    keys = [] if by is None else [by]
    groups = rows.partition_by(*keys, "measure", "max_score", maintain_order=True)
    found = pl.DataFrame(
        [(*(group[key][0] for key in keys), *_difference(group, min_count=min_count, level=level)) for group in groups],
        schema=pl.Schema({**dict.fromkeys(keys, pl.String()), **_SCHEMA}),
        orient="row",
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    p = np.append(found["p"].fill_null(float("nan")).to_numpy(), np.ones(alike))
    q = significance.benjamini_hochberg(p)[: found.height]
    named = pl.col("q") <= 1 - level
    verdict = (
        pl.when(pl.col("low").is_null())
        .then(pl.lit("too few"))
        .when(named & (pl.col("difference") > 0))
        .then(pl.lit("higher"))
        .when(named & (pl.col("difference") < 0))
        .then(pl.lit("lower"))
        .otherwise(pl.lit("unclear"))
    )
    return (
        found.with_columns(intervals.columns(q=q))
        .with_columns(verdict=verdict)
        .sort(pl.col("measure").cast(pl.Enum([*MEASURES])), "max_score", *keys)
    )


def _difference(rows: pl.DataFrame, *, min_count: int, level: float) -> tuple[object, ...]:
    """Compare the two sides of one measure, as a row of `_SCHEMA`."""
    measure, max_score, least, most = rows.select("measure", "max_score", "least", "most").row(0)
    response, rank = rows["response"].to_numpy(), rows["rank"].to_numpy()
    one, other = rank == 0, rank == 1
    counts = int(one.sum()), int(other.sum())
    a, b = (float(response[side].mean()) if side.any() else np.nan for side in (one, other))
    error, freedom = np.nan, np.nan
    if min(counts) >= max(min_count, 2):
        carried = day_carry_over(rows, pl.col("response"))
        ends = float(least), float(most)
        error, freedom = error_of_difference(response, one, other, cluster_rows(rows), carried=carried, ends=ends)
    reach, p = student_test(np.array([a - b]), np.array([error]), np.array([freedom]), level=level)
    widest = float(most) - float(least)
    low, high = np.clip([a - b - reach[0], a - b + reach[0]], -widest, widest)
    return measure, max_score, a, b, *counts, a - b, low, high, float(p[0])
