"""The check for findings about pages, types, sources and themes that grew or declined steadily.

What has grown by a tenth each week differs from its own first months as much as these differ from each other, so a
comparison of the latest days with those before takes it for drift. So each value is also tested for a steady trend.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis import significance
from seggwat_nb.analysis.counts import each_value
from seggwat_nb.analysis.finding_scope import Candidate, Check, fields_of, from_days, has_value
from seggwat_nb.analysis.finding_volume import is_trend_of_season, periods_of, steadily
from seggwat_nb.analysis.finding_words import subject
from seggwat_nb.analysis.steady_trends import LEAST_ITEMS, PERIODS, trend_of_part

if TYPE_CHECKING:
    from seggwat_nb.analysis.finding_scope import Scope
    from seggwat_nb.analysis.steady_trends import SteadyTrend

__all__ = ["steady_values"]

_WEIGHTS: Final = {"theme": 1.7, "path": 1.6, "type": 1.2, "source": 1.0}


def steady_values(scope: Scope) -> Check:
    """Find values of which both the number and the share of all items have grown, or fallen, in the last periods."""
    length, number = periods_of(scope)
    keys = [key for key in _WEIGHTS if key in scope.keyed.columns]
    if not scope.windows.complete or number < PERIODS or not keys:
        return Check([], None)
    ago = (pl.lit(scope.latest[1]) - pl.col("day")).dt.total_days().floordiv(length)
    rows = scope.keyed.with_columns(at=number - 1 - ago).filter(pl.col("at").is_between(0, number - 1))
    of_all = np.bincount(rows["at"].to_numpy(), minlength=number).tolist()
    tested: list[tuple[str, str, SteadyTrend | None]] = []
    for key in keys:
        counts = each_value(rows.select(value=key, at="at"), "value").drop_nulls().group_by("value", "at").len()
        counts = counts.filter(pl.col("len").max().over("value") >= LEAST_ITEMS)
        for (value,), part in sorted(counts.partition_by("value", as_dict=True).items()):
            totals = np.bincount(part["at"].to_numpy(), part["len"].to_numpy(), minlength=number).astype(int).tolist()
            tested.append((key, str(value), trend_of_part(totals, of_all)))
    if not tested:
        return Check([], None)
    chances = [1.0 if trend is None or trend.p is None else trend.p for *_, trend in tested]
    corrected = significance.benjamini_hochberg(chances).tolist()
    found = [
        _trend(scope, key, value, trend, length, q=q)
        for (key, value, trend), q in zip(tested, corrected, strict=True)
        if trend is not None and q <= 1 - scope.level and not is_trend_of_season(scope, trend, _days(scope, key, value))
    ]
    return Check(found, min(corrected))


def _days(scope: Scope, key: str, value: str) -> pl.Series:
    """Return the day of every item with a value."""
    return scope.keyed.filter(has_value(scope.keyed, key, value))["day"]


def _trend(scope: Scope, key: str, value: str, trend: SteadyTrend, length: int, *, q: float) -> Candidate:
    """Report a steady trend of a value, with its items of the last of the periods."""
    days = scope.latest[1] - timedelta(days=length - 1), scope.latest[1]
    first, last = trend.totals[0], trend.totals[-1]
    return Candidate(
        kind="page" if key == "path" else key, key=key, value=value, verdict="rose" if trend.grows else "fell",
        ids=scope.keyed.filter(scope.within(*days), has_value(scope.keyed, key, value))["id"].to_list(),
        select=from_days(days) | fields_of(scope, key, [value]),
        sentence=steadily(subject(key, value), trend, length),
        excess=abs(last - first), estimate=last / max(first, 1), p=trend.p, q=q,
        weight=_WEIGHTS[key] - (0 if trend.grows else 0.7),
    )  # fmt: skip
