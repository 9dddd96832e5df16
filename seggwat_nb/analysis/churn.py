"""Product feedback and churn: cancellation comments explain why people left, and are counted separately.

Items whose ``source`` is Stripe or Polar were written while cancelling a subscription. A wave of cancellations would
make every share of product feedback fall although nothing about the product changed. So all comparisons and tests
(`change`, `movers`, `compare`, `spikes`, `regressions`) leave these items out unless you pass ``include_churn=True``.
If all selected items are cancellation comments, they are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CHURN_SOURCES", "is_churn", "without_churn"]

CHURN_SOURCES: Final = ("Stripe", "Polar")
"""Sources of cancellation comments."""


def is_churn() -> pl.Expr:
    """Return whether an item is a cancellation comment (Boolean, never null)."""
    return pl.col("source").cast(pl.String).is_in(CHURN_SOURCES).fill_null(value=False)


def without_churn(frame: pl.DataFrame, *, include_churn: bool, columns: Iterable[str] | None = None) -> pl.DataFrame:
    """Leave out cancellation comments, unless they are included or there is nothing else.

    Of a large frame, name the `columns` to keep, since a copy of the others takes time and memory.

    Examples
    --------
    >>> rows = pl.DataFrame({"source": ["Widget", "Stripe", None]})
    >>> without_churn(rows, include_churn=False)["source"].to_list()
    ['Widget', None]
    >>> without_churn(rows.filter(source="Stripe"), include_churn=False).height
    1
    >>> without_churn(rows.with_row_index("id"), include_churn=False, columns=["id"])["id"].to_list()
    [0, 2]
    """
    chosen = frame if columns is None else frame.select(columns)
    if include_churn or "source" not in frame.columns:
        return chosen
    kept = chosen.filter(~frame.select(is_churn()).to_series())
    return kept if kept.height else chosen
