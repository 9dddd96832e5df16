"""The logarithmic axis of ratios, on which twice and half are equally far from 1."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["TIMES", "doublings_of", "ratio_axis", "within", "without_change"]

TIMES: Final = "\N{MULTIPLICATION SIGN}"
_LABEL: Final = f"(datum.value < 1 ? '1/' + format(1 / datum.value, 'd') : format(datum.value, 'd')) + '{TIMES}'"
_CLIPPED_LABEL: Final = (
    "(datum.index == 0 ? '\N{LESS-THAN OR EQUAL TO}' : datum.index == 1 ? '\N{GREATER-THAN OR EQUAL TO}' : '')"
    f" + {_LABEL}"
)
_FARTHEST: Final = 5
"""The axis ends at this many doublings either way. Larger ratios are drawn at its end and given as numbers."""


def doublings_of(columns: Iterable[pl.Series]) -> int:
    """Return how many doublings from 1 include all finite ratios, at least one and at most five.

    Examples
    --------
    >>> doublings_of([pl.Series([0.3, None, float("inf")]), pl.Series([0.0, 1.5, 2.0])])
    2
    """
    ends = pl.concat([column.cast(pl.Float64) for column in columns])
    far = ends.filter(ends.is_finite() & (ends > 0)).log(2).abs().max()
    return _FARTHEST if not isinstance(far, float) else max(1, min(_FARTHEST, int(far) + 1))


def within(ratio: str, doublings: int) -> pl.Expr:
    """Return a ratio, or the end of the axis where it is beyond it."""
    return pl.col(ratio).fill_nan(None).clip(0.5**doublings, 2.0**doublings)


def ratio_axis(title: str, doublings: int) -> Callable[[str], alt.X]:
    """Return what encodes a field on the axis."""
    return partial(
        alt.X,
        title=title,
        scale=alt.Scale(type="log", domain=[0.5**doublings, 2.0**doublings]),
        axis=alt.Axis(
            values=[2.0**step for step in range(-doublings, doublings + 1)],
            labelExpr=_CLIPPED_LABEL if doublings == _FARTHEST else _LABEL,
            grid=True,
            labelFlush=False,
        ),
    )


def without_change(x: Callable[[str], alt.X]) -> alt.Chart:
    """Draw the dashed line at 1."""
    line: alt.Chart = (
        alt.Chart(pl.DataFrame({"low": [1.0]})).mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x=x("low:Q"))
    )
    return line
