"""What each version brought: how long it was seen, how much was written about it, and which one made things worse.

Versions are put in order and their spellings together by `seggwat_nb.analysis.versions`. Nobody tells how many people
use a version, so nothing here is a rate of bugs per user: a **share** of bugs says of what is written about a version
how much is bugs. It rises when bugs become more, and also when other feedback becomes less.

Feedback comes in clumps: one person who writes thirty items is not thirty people. So every count carries its
**dispersion**, by which count and n are divided before anything is inferred from them: the sum of squared items per
submitter over the sum of items. What is left of n is Kish's effective sample size (1965, Survey Sampling), where each
submitter has one thing to say; an unsigned item counts as a person of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis import intervals
from seggwat_nb.analysis.changes import check_columns, check_keys, signed
from seggwat_nb.analysis.tally import selected
from seggwat_nb.analysis.versions import ranked
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.analysis.tally import Selection

__all__ = ["overview", "regressions"]

LEAST: Final = 30
"""Independent items from which on a version is compared, as in `seggwat_nb.analysis.ratings`."""


def overview(
    frame: pl.DataFrame,
    *,
    type: str | Sequence[str] = "Bug",  # noqa: A002  # the column's name
    where: Selection | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Say of each version when it was seen, how much was written about it, and how much of that is bugs.

    Parameters
    ----------
    frame
        Feedback: ``version``, ``type`` and ``created_at``; ``submitted_by`` is used where it is there.
    type
        Type, or several, whose share is told.
    where
        Rows to count, such as a `FeedbackFilter`.
    level
        Of the intervals.

    Returns
    -------
    pl.DataFrame
        One row for each version, in version order; branch names and other text, empty and null last. The rows
        selected are all there: ``n`` adds up to them.

        - ``version``: String, one spelling for all that mean the same, null for rows without one;
        - ``kind``: String, one of `seggwat_nb.analysis.versions.KINDS`;
        - ``spellings``: List(String), as they stand in the data, most rows first;
        - ``first_seen``, ``last_seen``: Datetime("us", "UTC"), of its first and its last item;
        - ``days_live``: Int64, days of UTC from the one to the other, both counted;
        - ``n``, ``count``: Int64, items of any type (null too), and those of `type`;
        - ``share``: Float64, 0 to 1, ``count / n``, with ``low`` and ``high``;
        - ``dispersion``: Float64, at least 1: see the module.

    Raises
    ------
    ArgumentError
        An argument that cannot be meant.

    Notes
    -----
    The interval is Wilson's, `seggwat_nb.analysis.intervals.wilson`, of the counts over their dispersion.

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
    [('1.9.0', 1, 1, 1, 1.0, 0.21, 1.0), ('1.10.0', 4, 2, 1, 0.5, 0.09, 0.91), (None, 1, 1, 1, 1.0, 0.21, 1.0)]
    """
    table = _per_version(_rows(frame, type=type, where=where))
    low, high = intervals.wilson(*_independent(table, ""), level=level)
    return table.with_columns(intervals.columns(low=low, high=high)).select(
        *_NAMES,
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
    where: Selection | None = None,
    least: int = LEAST,
    level: float = 0.95,
) -> pl.DataFrame:
    """Hold each version against all before it: which have more bugs in their feedback, and which fewer.

    Exposure is unknown: a version with twice the users has twice the bugs. So shares are compared, and a share says
    nothing of how many people were hit. ``worse`` means that bugs are a larger part of what people write about this
    version than of what they wrote about those before it. That can also come about when they ask for less, when
    another form is offered, or when the first weeks of a version are all that was seen of it. Read the items before
    acting on it.

    Parameters
    ----------
    frame, type, where
        As in `overview`.
    least
        Independent items (``n / dispersion``) that a version and those before it must have, each, to be compared.
    level
        Of the intervals, and 1 less the share of false alarms that the verdicts may have.

    Returns
    -------
    pl.DataFrame
        One row for each version in version order: releases, pre-releases and what ``git describe`` made. Branch names,
        other text, empty and null have no place before or after another and are left out; `overview` has them.

        - ``version``, ``kind``, ``spellings``, ``first_seen``: as in `overview`;
        - ``n``, ``count``, ``share``: of this version; ``n_before``, ``count_before``, ``share_before``: of all before;
        - ``ratio``: Float64, share over share before (infinite after zero), with ``low`` and ``high``;
        - ``p``: Float64, of "the shares are equal"; ``q``: corrected for the number of versions compared by Benjamini
          and Hochberg, null where there are too few;
        - ``dispersion``: Float64, of this version, see the module; ``dispersion_before``: of those before;
        - ``verdict``: String, ``worse`` or ``better`` where q is at most ``1 - level``; ``too few``; else ``unclear``.

    Raises
    ------
    ArgumentError
        An argument that cannot be meant.

    Notes
    -----
    Ratio, interval and p-value are `seggwat_nb.analysis.intervals.share_ratio`, of each side's counts over that side's
    dispersion (Rao and Scott 1992, "A simple method for the analysis of clustered binary data", Biometrics 48,
    577-585).

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "version": ["1.9.0"] * 100 + ["1.10.0"] * 50,
    ...         "type": ["Bug"] * 20 + ["Praise"] * 80 + ["Bug"] * 30 + ["Praise"] * 20,
    ...     }
    ... ).with_columns(created_at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> shown = regressions(rows)
    >>> shown.select("version", "share_before", "share", pl.col("ratio", "low", "high").round(2), "verdict").rows()
    [('1.9.0', None, 0.2, None, None, None, 'too few'), ('1.10.0', 0.2, 0.6, 3.0, 1.92, 4.73, 'worse')]
    """
    if least < 1:
        raise ArgumentError(f"least={least} compares with nothing; pass 1 or more.")
    table = _with_those_before(_rows(frame, type=type, where=where).filter(~pl.col("kind").is_in(["other", "empty"])))
    count, n = _independent(table, "")
    count_before, n_before = _independent(table, "_before")
    test = intervals.share_ratio(count, n, count_before, n_before, level=level)
    table = table.with_columns(intervals.columns(ratio=test.ratio, low=test.low, high=test.high, p=test.p))
    enough = (n >= least) & (n_before >= least)
    q = intervals.benjamini_hochberg(table.select(pl.when(enough).then("p"))["p"].fill_null(float("nan")))
    named = pl.col("q") <= 1 - level
    verdict = (
        pl.when(~enough)
        .then(pl.lit("too few"))
        .when(named & (pl.col("ratio") > 1))
        .then(pl.lit("worse"))
        .when(named & (pl.col("ratio") < 1))
        .then(pl.lit("better"))
        .otherwise(pl.lit("unclear"))
    )
    return table.with_columns(intervals.columns(q=q)).select(
        *_NAMES,
        "first_seen",
        *("n", "count", _share("")),
        *("n_before", "count_before", _share("_before")),
        *("ratio", "low", "high", "p", "q", "dispersion", "dispersion_before"),
        verdict=verdict,
    )


_NAMES: Final = ("version", "kind", "spellings")


def _rows(frame: pl.DataFrame, *, type: str | Sequence[str], where: Selection | None) -> pl.DataFrame:  # noqa: A002  # as above
    """Give the selected rows their version's ``rank``, ``canonical`` and ``kind``; ``wanted`` (Boolean); ``who``."""
    check_columns(frame, ("version", "type"), of="feedback")
    check_keys(frame, ("version", "type"))
    chosen = selected(frame, where)
    wanted = FeedbackFilter(type=type, allow=frame["type"].cast(pl.String).drop_nulls().unique().to_list())
    rows = chosen.select(
        "created_at",
        pl.col("version").cast(pl.String),
        wanted=wanted.expr().fill_null(value=False),
        who=signed(chosen),
    )
    return rows.join(ranked(rows["version"]), on="version", nulls_equal=True)


def _per_version(rows: pl.DataFrame) -> pl.DataFrame:
    spellings = rows.group_by("rank", "version").len().sort("len", "version", descending=[True, False])
    return (
        rows.group_by("rank")
        .agg(
            pl.col("canonical", "kind").first(),
            first_seen=pl.col("created_at").min(),
            last_seen=pl.col("created_at").max(),
            n=pl.len().cast(pl.Int64),
            count=pl.col("wanted").sum().cast(pl.Int64),
        )
        .join(spellings.group_by("rank", maintain_order=True).agg(spellings=pl.col("version").drop_nulls()), on="rank")
        .join(_squares(rows), on="rank")
        .sort("rank")
        .with_columns(version="canonical", dispersion=pl.col("squares") / pl.col("n"))
    )


def _with_those_before(rows: pl.DataFrame) -> pl.DataFrame:
    before = {"n": "n_before", "count": "count_before", "squares_so_far": "squares_before"}
    return (
        _per_version(rows)
        .with_columns(pl.col(name).cum_sum().shift(1, fill_value=0).alias(alias) for name, alias in before.items())
        .with_columns(dispersion_before=pl.col("squares_before") / pl.col("n_before").replace(0, None))
    )


def _squares(rows: pl.DataFrame) -> pl.DataFrame:
    """Squared items per submitter: in each version, and what the version adds to those of all versions so far."""
    m, so_far, is_signed = pl.col("m"), pl.col("so_far"), pl.col("who").is_not_null()
    return (
        rows.group_by("rank", "who")
        .agg(m=pl.len().cast(pl.Int64))
        .sort("rank")
        .with_columns(so_far=m.cum_sum().over("who"))
        .group_by("rank")
        .agg(
            squares=pl.when(is_signed).then(m**2).otherwise(m).sum(),
            squares_so_far=pl.when(is_signed).then(so_far**2 - (so_far - m) ** 2).otherwise(m).sum(),
        )
    )


def _independent(table: pl.DataFrame, side: str) -> tuple[pl.Series, pl.Series]:
    """Count and n of a side, over its dispersion; 0 where nothing was written."""
    over = table[f"dispersion{side}"].fill_null(1.0)
    return table[f"count{side}"] / over, table[f"n{side}"] / over


def _share(side: str) -> pl.Expr:
    return (pl.col(f"count{side}") / pl.col(f"n{side}").replace(0, None)).alias(f"share{side}")
