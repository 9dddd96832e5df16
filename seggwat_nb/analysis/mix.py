"""Splits a change in a share exactly into changes within groups and changes in the sizes of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.item_types import is_of_type
from seggwat_nb.analysis.validation import check_columns, check_keys
from seggwat_nb.analysis.versions import merge_spellings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.analysis.counts import Selection

__all__ = ["contributions", "mix_and_rate"]


def mix_and_rate(
    frame: pl.DataFrame,
    before: Selection,
    after: Selection,
    *,
    type: str | Sequence[str] = "Bug",  # noqa: A002  # the column's name
    by: str = "source",
) -> pl.DataFrame:
    """Split the change in a type's share between two selections into mix and rate.

    If many people cancel, their comments reduce the share of bugs although no page has fewer bugs. This is the mix. If
    the share of bugs falls within each source, this is the rate.

    Parameters
    ----------
    frame
        Feedback, including cancellation comments.
    before, after
        The two selections, such as two `FeedbackFilter` of dates.
    type
        One or several types whose share is split.
    by
        Text column whose values are the groups.

    Returns
    -------
    pl.DataFrame
        One row per group, the largest contribution first:

        - the key under its own name, String, null for rows without a value;
        - ``n_before``, ``n_after``: Int64, rows of the group; ``weight_before``, ``weight_after``: Float64, 0 to 1, its
          share of all rows;
        - ``share_before``, ``share_after``: Float64, 0 to 1, of `type` among the group's rows, null without rows;
        - ``mix``, ``rate``: Float64, -1 to 1, the group's contribution to the overall change in the share, through its
          weight and through its own share. They sum exactly to the overall change.

        Empty if a selection is empty, since there is no change to split.

    Raises
    ------
    ArgumentError
        An argument is invalid.

    Notes
    -----
    Kitagawa (1955), "Components of a difference between two rates", Journal of the American Statistical Association 50,
    1168-1194: each difference is weighted with the mean of the other factor. Shares are relative to the mean of the two
    overall shares, so a group that grows but is like all others contributes nothing. A group without rows on one side
    only counts as mix.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from seggwat_nb import FeedbackFilter
    >>> rows = pl.DataFrame(
    ...     {
    ...         "version": ["1"] * 10 + ["2"] * 16,
    ...         "source": ["Widget"] * 8 + ["Stripe"] * 2 + ["Widget"] * 8 + ["Stripe"] * 8,
    ...         "type": ["Bug", "Bug", "Bug", "Bug", *["Other"] * 6] + ["Bug", "Bug", "Bug", "Bug", *["Other"] * 12],
    ...     }
    ... ).with_columns(created_at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> shown = mix_and_rate(rows, FeedbackFilter(version="1"), FeedbackFilter(version="2"))
    >>> shown.select("source", "share_before", "share_after", pl.col("mix", "rate").round(4)).rows()
    [('Stripe', 0.0, 0.0, -0.0975, 0.0), ('Widget', 0.5, 0.5, -0.0525, 0.0)]
    >>> round(shown["mix"].sum() + shown["rate"].sum(), 4)  # 40% to 25%
    -0.15
    """
    check_columns(frame, ("type",), wanted="a frame of feedback")
    check_keys(frame, (by,))
    first, second = (
        merge_spellings(select_rows(frame, where).select(pl.col(by).cast(pl.String), _wanted=is_of_type(frame, type)))
        .group_by(by)
        .agg(pl.len().cast(pl.Int64).alias(f"n_{side}"), pl.col("_wanted").mean().alias(f"share_{side}"))
        for side, where in (("before", before), ("after", after))
    )
    table = first.join(second, on=by, how="full", nulls_equal=True, coalesce=True).with_columns(
        pl.col("n_before", "n_after").fill_null(0)
    )
    if first.is_empty() or second.is_empty():
        table = table.clear()
    return (
        contributions(table)
        .sort((pl.col("mix") + pl.col("rate")).abs(), by, descending=[True, False], nulls_last=True)
        .select(
            *(by, "n_before", "n_after", "weight_before", "weight_after", "share_before", "share_after", "mix", "rate")
        )
    )


def contributions(groups: pl.DataFrame) -> pl.DataFrame:
    """Split the change of an average into what each group contributes: its weight, ``mix`` and ``rate``.

    `groups` has the number of rows of each group (``n_before``, ``n_after``) and their average, such as a share
    (``share_before``, ``share_after``), null without rows.
    """
    weights = {side: pl.col(f"n_{side}") / pl.col(f"n_{side}").sum() for side in ("before", "after")}
    shares = {
        side: pl.coalesce(f"share_{side}", f"share_{other}")
        for side, other in (("before", "after"), ("after", "before"))
    }
    overall = sum((weights[side] * pl.col(f"share_{side}").fill_null(0.0)).sum() for side in weights) / 2
    return groups.with_columns(
        weight_before=weights["before"],
        weight_after=weights["after"],
        mix=(weights["after"] - weights["before"]) * ((shares["before"] + shares["after"]) / 2 - overall),
        rate=(shares["after"] - shares["before"]) * (weights["before"] + weights["after"]) / 2,
    )
