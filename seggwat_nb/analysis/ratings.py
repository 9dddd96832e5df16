"""Ratings: NPS, helpful and stars, each with its interval.

Every function counts the rows of one rating type, over time (``every``), by a key (``by``), or both. Rows without a
usable response are not part of an estimate but counted separately, so ``n`` and ``invalid`` sum to the number of rows
of that type. Archived rows count like any others. Exclude them with ``where``.

All three functions have these parameters:

    ``where``
        rows to count, such as a `FeedbackFilter`;
    ``every``, ``time_zone``, ``week_start``, ``as_of``
        periods as in `seggwat_nb.analysis.periods`, or one row for all time. ``as_of`` is the time up to which the
        rows are known, such as ``client.last_load.as_of``. None means that of the last row, whose day then counts as
        unfinished;
    ``by``
        a text column: ``version``, ``path``, ``project_id`` or any other; or ``theme``. A rating with several themes
        counts for each. Values with the most rows come first, versions are in version order, and null comes last;
    ``min_count``
        minimum number of independent responses. With fewer, ``verdict`` is ``too few``;
    ``level``
        confidence level of the intervals.

Ten responses by one person are not ten people. So intervals are based on the number of responses divided by their
**dispersion**: the sum of squared responses per submitter divided by the sum of responses
(`seggwat_nb.analysis.clusters.kish`). Each response without ``submitted_by`` counts as a separate person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis import intervals, periods
from seggwat_nb.analysis.clusters import kish
from seggwat_nb.analysis.counts import each_value, select_rows, span_of
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.validation import check_columns, check_keys, check_least
from seggwat_nb.analysis.versions import merge_spellings, with_version_order
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import NPS_CATEGORIES
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from datetime import datetime

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.periods import Every, Weekday

__all__ = ["LEAST", "helpful", "nps", "stars"]

_DISTRIBUTION: Final = pl.List(pl.Struct({"score": pl.Float64(), "count": pl.Int64()}))

LEAST: Final = 30
"""Minimum number of responses for an estimate to be more than an anecdote: its interval is then about a third of the
scale."""


def nps(
    frame: pl.DataFrame,
    *,
    where: Selection | None = None,
    by: str | None = None,
    every: Every | None = None,
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
    as_of: datetime | None = None,
    min_count: int = LEAST,
    level: float = 0.95,
) -> pl.DataFrame:
    """Calculate the Net Promoter Score: the share of promoters minus the share of detractors.

    Parameters
    ----------
    frame
        Ratings, as ``client.ratings()`` returns them: ``rating_type``, ``nps_category`` and ``created_at`` are used.
    where
        Rows to count, such as a `FeedbackFilter`.
    by
        Text column to group by: ``version``, ``path``, ``project_id`` or any other, or ``theme``, see
        `seggwat_nb.themes.tag`. A rating with several themes counts for each. None: all ratings together.
    every
        Length of a period: ``1d``, ``1w``, ``1mo``, ``1q`` or ``1y``. None: one row for all time.
    time_zone
        IANA name of the zone whose days are counted.
    week_start
        Day on which a week begins.
    as_of
        The time up to which the rows are known, such as ``client.last_load.as_of``. None: that of the last row, whose
        day then counts as unfinished. Rows with a later date are kept and counted.
    min_count
        With fewer independent responses, ``verdict`` is ``too few``.
    level
        Confidence level of the intervals.

    Returns
    -------
    pl.DataFrame
        One row per period and value, in that order. Values with the most rows come first, versions are in version
        order, and null comes last:

        - ``period``: Datetime("us", time_zone), its first moment, only with `every`;
        - the key under its own name, String, only with `by`; versions are in their most frequent spelling;
        - ``score``: Float64, -100 to 100, null without responses, with ``low`` and ``high`` (Float64);
        - ``n``: Int64, responses; ``promoters`` (9-10), ``passives`` (7-8), ``detractors`` (0-6): Int64;
        - ``dispersion``: Float64, at least 1, how many responses count as one because submitters gave several; null
          without responses;
        - ``invalid``: Int64, NPS rows without a class, such as a response of 11;
        - ``verdict``: String, ``enough``, ``too few`` (``n / dispersion`` below `min_count`) or ``none``;
        - ``days_covered``, ``days_total``: Int64, and ``complete``: Boolean, only with `every`.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    Reichheld (2003), "The one number you need to grow", Harvard Business Review. The interval is from
    `seggwat_nb.analysis.intervals.nps`, based on the variance of the three classes (Rocks 2016).

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "created_at": datetime(2026, 3, 1, tzinfo=UTC),
    ...         "rating_type": "nps",
    ...         "nps_category": ["promoter"] * 15 + ["passive"] * 8 + ["detractor"] * 4 + [None],
    ...     }
    ... )
    >>> nps(rows).select(pl.col("score", "low", "high").round(1), "n", "invalid", "verdict").rows()
    [(40.7, 10.2, 63.2, 27, 1, 'too few')]
    """
    given = pl.col("nps_category")
    table = _aggregate(
        frame,
        _Wanted("nps", every, by, where, time_zone, week_start, as_of, min_count),
        usable=given.is_in(NPS_CATEGORIES),
        n=given.is_in(NPS_CATEGORIES).sum(),
        promoters=(given == "promoter").sum(),
        passives=(given == "passive").sum(),
        detractors=(given == "detractor").sum(),
    )
    low, high = intervals.nps(*_independent(table, "promoters", "passives", "detractors"), level=level)
    score = 100 * (pl.col("promoters") - pl.col("detractors")) / _some(pl.col("n"))
    table = table.with_columns(score.alias("score"), *intervals.columns(low=low, high=high))
    return _select_columns(
        table, ["score", "low", "high", "n", "promoters", "passives", "detractors"], by=by, min_count=min_count
    )


def helpful(
    frame: pl.DataFrame,
    *,
    where: Selection | None = None,
    by: str | None = None,
    every: Every | None = None,
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
    as_of: datetime | None = None,
    min_count: int = LEAST,
    level: float = 0.95,
) -> pl.DataFrame:
    """Calculate the share of people who said "helpful".

    Parameters
    ----------
    frame
        Ratings, columns as `seggwat_nb.schema.RATINGS`.
    where, by, every, time_zone, week_start, as_of, min_count, level
        As in `nps`.

    Returns
    -------
    pl.DataFrame
        As in `nps`, with ``share`` (Float64, 0 to 1) instead of the score, and ``helpful`` and ``not_helpful`` (Int64)
        instead of the classes. ``invalid`` counts helpful rows without a response.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    The interval is from `seggwat_nb.analysis.intervals.wilson`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "created_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 3 + [datetime(2026, 5, 1, tzinfo=UTC)],
    ...         "rating_type": "helpful",
    ...         "helpful": [True, True, False, True],
    ...     }
    ... )
    >>> months = helpful(rows, every="1mo", as_of=datetime(2026, 5, 3, tzinfo=UTC))
    >>> months.select(pl.col("share", "low", "high").round(2), "n", "verdict", "complete").rows()
    [(0.67, 0.21, 0.94, 3, 'too few', True), (None, None, None, 0, 'none', True), (1.0, 0.21, 1.0, 1, 'too few', False)]
    """
    response = pl.col("helpful")
    table = _aggregate(
        frame,
        _Wanted("helpful", every, by, where, time_zone, week_start, as_of, min_count),
        usable=response.is_not_null(),
        n=response.count(),
        helpful=response.sum(),
        not_helpful=response.not_().sum(),
    )
    low, high = intervals.wilson(*_independent(table, "helpful", "n"), level=level)
    table = table.with_columns(share=pl.col("helpful") / _some(pl.col("n"))).with_columns(
        intervals.columns(low=low, high=high)
    )
    return _select_columns(table, ["share", "low", "high", "n", "helpful", "not_helpful"], by=by, min_count=min_count)


def stars(
    frame: pl.DataFrame,
    *,
    where: Selection | None = None,
    by: str | None = None,
    every: Every | None = None,
    time_zone: str = "UTC",
    week_start: Weekday = "monday",
    as_of: datetime | None = None,
    min_count: int = LEAST,
    level: float = 0.95,
) -> pl.DataFrame:
    """Calculate the average of stars, separately for each scale.

    Four of five stars and four of ten are different responses, so each scale has its own rows. To compare scales, use
    ``share``: the position of an average on its scale, 0 for one star and 1 for the maximum.

    Parameters
    ----------
    frame
        Ratings, columns as `seggwat_nb.schema.RATINGS`.
    where, by, every, time_zone, week_start, as_of, min_count, level
        As in `nps`.

    Returns
    -------
    pl.DataFrame
        As in `nps`, but instead of the score:

        - ``max_score``: Float64, stars on the scale, a key of each row, null for rows without a scale;
        - ``average``: Float64, stars, with ``low`` and ``high``;
        - ``share``, ``share_low``, ``share_high``: Float64, 0 to 1, the same as ``(average - 1) / (max_score - 1)``, so
          that the worst response is 0 and the best 1 on any scale (``average / max_score`` would give the worst of
          three stars 0.33 and the worst of ten 0.1); less than one star counts as one; null if a scale has one star
          only;

        and instead of the classes:

        - ``distribution``: List(Struct(score Float64, count Int64)), the responses that occur, by score;
        - ``invalid`` counts star rows without a scale or with a score outside it: above 0, at most ``max_score``.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    The interval is from `seggwat_nb.analysis.intervals.mean`: Student's t after adding two responses spread over the
    scale, which remains valid if most responses are the best or the worst.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "created_at": datetime(2026, 3, 1, tzinfo=UTC),
    ...         "rating_type": "star",
    ...         "score": [4.0, 5.0, 4.5, 3.0, 3.0, 9.0],
    ...         "max_score": [5.0, 5.0, 5.0, 3.0, 3.0, 3.0],
    ...     }
    ... )
    >>> shown = stars(rows)
    >>> shown.select("max_score", "average", pl.col("low", "high", "share").round(2), "n", "invalid").rows()
    [(3.0, 3.0, 1.28, 3.0, 1.0, 2, 1), (5.0, 4.5, 2.41, 5.0, 0.88, 3, 0)]
    """
    scale, response = pl.col("max_score"), pl.col("score")
    usable = scale.is_finite() & (scale >= 1) & (response > 0) & (response <= scale)
    score = response.filter(usable)
    table = _aggregate(
        frame,
        _Wanted("star", every, by, where, time_zone, week_start, as_of, min_count),
        usable=usable,
        scales=True,
        n=score.count(),
        average=score.mean(),
        variance=score.var(ddof=0),
        steps=score.clip(1).mean() - 1,
        distribution=score.value_counts().struct.rename_fields(["score", "count"]).sort(),
    ).with_columns(pl.col("distribution").cast(_DISTRIBUTION).fill_null(pl.lit([], _DISTRIBUTION)))
    low, high = intervals.mean(
        table["average"], table["variance"], *_independent(table, "n"), scale=table["max_score"], level=level
    )
    table = table.with_columns(intervals.columns(low=low, high=high), share=pl.col("steps") / _some(scale - 1))
    table = table.with_columns(
        ((pl.col(end).clip(1) - 1) / _some(scale - 1)).alias(f"share_{end}") for end in ("low", "high")
    )
    shown = ["max_score", "average", "low", "high", "share", "share_low", "share_high", "n", "distribution"]
    return _select_columns(table, shown, by=by, min_count=min_count)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The rows of one rating type to count, and the cells to count them in."""

    kind: str
    every: Every | None
    by: str | None
    where: Selection | None
    time_zone: str
    week_start: Weekday
    as_of: datetime | None
    min_count: int


def _aggregate(
    frame: pl.DataFrame, wanted: _Wanted, *, usable: pl.Expr, scales: bool = False, **sums: pl.Expr
) -> pl.DataFrame:
    """Aggregate by period, key and optionally scale: sums, ``rows``, ``dispersion`` and calendar columns."""
    keys = [key for key in (wanted.by, "max_score" if scales else None) if key is not None]
    _check(frame, wanted, {name for expression in sums.values() for name in expression.meta.root_names()})
    rows = each_value(
        select_rows(frame, wanted.where)
        .filter(pl.col("rating_type") == wanted.kind)
        .with_columns(everything=pl.lit(0), _who=submitter_of(frame)),
        wanted.by or "rating_type",
    )
    if wanted.by is not None:
        rows = rows.with_columns(merge_spellings(rows.select(wanted.by)).to_series())
    values = rows.group_by("everything", *keys).len()
    if wanted.by == "version":
        values = with_version_order(values).sort("version", -pl.col("len").cast(pl.Int64), *keys[1:], nulls_last=True)
    else:
        values = values.sort("len", *keys, descending=[True, *[False] * len(keys)], nulls_last=True)
    values = values.drop("len").with_columns(pl.selectors.enum().cast(pl.String))
    axis = values if keys else pl.DataFrame({"everything": 0})
    on = ["everything", *keys]
    if wanted.every is not None:
        period = periods.period_start(
            pl.col("created_at"), every=wanted.every, time_zone=wanted.time_zone, week_start=wanted.week_start
        )
        rows = rows.with_columns(period=period)
        calendar = _calendar(frame, rows, wanted, wanted.every)
        if calendar.height * axis.height > periods.MOST_CELLS:
            raise ArgumentError(
                f"{count_of(calendar.height, 'period')} times {axis.height:,} values are too many rows. Pass "
                "longer periods, or fewer rows."
            )
        axis = calendar.join(axis, how="cross", maintain_order="left_right")
        on = ["period", *on]
    cells = rows.group_by(on).agg(rows=pl.len(), **sums, dispersion=kish(pl.col("_who").filter(usable)))
    table = axis.join(cells, on=on, how="left", nulls_equal=True, maintain_order="left")
    return table.with_columns(pl.col(pl.UInt32).fill_null(0).cast(pl.Int64))


def _check(frame: pl.DataFrame, wanted: _Wanted, needed: set[str]) -> None:
    check_keys(frame, () if wanted.by is None else (wanted.by,), several=True)
    check_least("min_count", wanted.min_count, 1)
    periods.check_periods(
        every="1d" if wanted.every is None else wanted.every,
        time_zone=wanted.time_zone,
        week_start=wanted.week_start,
        as_of=wanted.as_of,
    )
    check_columns(frame, sorted({"rating_type", *needed}), wanted="a frame of ratings")


def _calendar(frame: pl.DataFrame, rows: pl.DataFrame, wanted: _Wanted, every: Every) -> pl.DataFrame:
    span = span_of(frame, shown=rows, where=wanted.where, as_of=wanted.as_of, time_zone=wanted.time_zone)
    shown = span or periods.span_to_show(first_row=date(1970, 1, 1), last_row=date(1970, 1, 1))
    calendar = periods.calendar(shown, every=every, time_zone=wanted.time_zone, week_start=wanted.week_start)
    return calendar if span else calendar.clear()


def _select_columns(table: pl.DataFrame, columns: list[str], *, by: str | None, min_count: int) -> pl.DataFrame:
    """Select the columns in display order: keys, results, invalid rows, verdict and coverage."""
    table = table.with_columns(
        invalid=pl.col("rows") - pl.col("n"),
        verdict=pl.when(pl.col("n") / pl.col("dispersion") >= min_count)
        .then(pl.lit("enough"))
        .when(pl.col("n") > 0)
        .then(pl.lit("too few"))
        .otherwise(pl.lit("none")),
    )
    where = [name for name in ("period", by) if name in table.columns]
    known = [name for name in periods.CALENDAR[1:] if name in table.columns]
    return table.select(*where, *columns, "dispersion", "invalid", "verdict", *known)


def _independent(table: pl.DataFrame, *columns: str) -> list[pl.Series]:
    """Divide counts by their dispersion."""
    return [table[column] / table["dispersion"].fill_null(1.0) for column in columns]


def _some(count: pl.Expr) -> pl.Expr:
    """Return a denominator that is null instead of 0."""
    return pl.when(count > 0).then(count)
