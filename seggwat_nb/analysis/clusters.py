"""Clusters rows that may have one cause: by submitter, by day, and by the days that follow.

One person writes thirty items, one outage fills a day, and people write about one bad update for a week. Inference
about shares and means of such rows is based on the variance between **clusters** rather than between rows: submitters
of signed rows, and days of unsigned ones. Whatever makes a day different may still have an effect on the next one. How
much is learned from all versions together, since a single version does not have enough days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis.overdispersion import KNOWN, WEEK, Dispersion, count_cells, larger
from seggwat_nb.analysis.submitters import submitter_numbers, submitter_of
from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seggwat_nb.analysis.overdispersion import Floats, Integers

__all__ = [
    "Clusters",
    "SharesByCluster",
    "cluster_rows",
    "day_carry_over",
    "dispersion_of_shares",
    "jackknife",
    "joint_freedom",
    "kish",
    "variance_of_mean",
]

_AGES: Final = (1, 3, 7, 14, 28, 56)
"""Ages of a group, in days since its first row, at which its responses may change."""

_FIT: Final = 8
"""How many times the means by group and by age are subtracted alternately, until both are zero."""

_LEAST: Final = 30
"""Minimum number of rows in a group to estimate how much days affect later ones."""

_ROUNDING: Final = 1e-9
"""Rounding error in the variance of identical responses."""

_SPARSE: Final = 32
"""If the largest number is more than this many times the number of rows, these are sorted instead of counted."""

_MOST_LOST: Final = 0.5
"""Largest share of variance lost by subtracting means that is corrected for. Groups of few days say little."""


def kish(who: pl.Expr) -> pl.Expr:
    """Return the dispersion of responses by submitter (Float64), for use in an aggregation. Null if there are none.

    This is the sum of squared responses per submitter divided by the sum of responses. The number of responses divided
    by it is Kish's effective sample size (1965, Survey Sampling), if each submitter has one thing to say. Each unsigned
    response counts as a separate person.

    Examples
    --------
    >>> import polars as pl
    >>> pl.select(kish(pl.lit(pl.Series(["ann", "ann", "ann", None])))).item()
    2.5
    """
    squares = who.drop_nulls().unique_counts().cast(pl.Int64).pow(2).sum() + who.null_count().cast(pl.Int64)
    return pl.when(who.len() > 0).then(squares / who.len())


class Clusters(NamedTuple):
    """One way to assign rows to clusters."""

    of: Integers  # number of each row's cluster, starting at 0
    unsigned: NDArray[np.bool_]  # whether each row's cluster is a day of unsigned rows

    def among(self, chosen: NDArray[np.bool_]) -> Clusters:
        """Return the clusters of only the chosen rows."""
        return Clusters(_dense(self.of[chosen]), self.unsigned[chosen])

    def within(self, group: Integers) -> Clusters:
        """Return clusters of which none has rows of several groups."""
        cells = group * np.int64(self.of.max(initial=-1) + 1) + self.of
        return Clusters(np.unique(cells, return_inverse=True)[1], self.unsigned)

    def sizes(self, carried: float) -> tuple[Floats, Floats]:
        """Return the size of each cluster, and the weight of its square, above 1 if days affect the following ones."""
        sizes = np.bincount(self.of).astype(np.float64)
        return sizes, np.where(np.bincount(self.of, self.unsigned) > 0, 1 + carried, 1.0)


def cluster_rows(rows: pl.DataFrame, *, weeks: bool = False) -> tuple[Clusters, ...]:
    """Assign rows to clusters: by submitter or else UTC day, by day only, and optionally by submitter or else week.

    With `weeks`, unsigned rows are also clustered by week. This reduces power, since four weeks are only four clusters.
    If there are several groups to learn from, `day_carry_over` reduces it less.
    """
    _check_dated(rows)
    day = pl.col("created_at").dt.epoch("d").cast(pl.Int64)
    found = rows.select(submitter_of(rows).alias("who"), day=day)
    days = found["day"].to_numpy()
    days = days - (days.min() if days.size else 0)
    name = submitter_numbers(found["who"])
    unsigned, people = name < 0, int(name.max(initial=-1)) + 1
    by_day, by_week = (
        Clusters(_dense(np.where(unsigned, people + period, name)), unsigned) for period in (days, days // WEEK)
    )
    if not days.any():
        return (by_day,)  # Only one day: differences between people are visible, and those between days do not matter.
    days_alone = Clusters(_dense(days), np.zeros_like(unsigned))
    return (by_day, days_alone, by_week) if weeks and unsigned.any() else (by_day, days_alone)


def _check_dated(rows: pl.DataFrame) -> None:
    """Raise `ArgumentError` for rows without a time, which belong to no day."""
    undated = rows["created_at"].null_count()
    if undated:
        raise ArgumentError(f"created_at is null in {count_of(undated, 'row')}. Drop them first.")


def _dense(numbers: Integers) -> Integers:
    """Renumber from 0 without gaps, in the same order. Avoids sorting unless the numbers are far apart."""
    if numbers.max(initial=0) > _SPARSE * numbers.size:
        return np.unique(numbers, return_inverse=True)[1]
    return (np.cumsum(np.bincount(numbers, minlength=1) > 0) - 1)[numbers]


def day_carry_over(rows: pl.DataFrame, *responses: pl.Expr) -> float:
    """Estimate how much of what makes a day of unsigned rows different carries over to the following days.

    Parameters
    ----------
    rows
        Has ``created_at``, ``rank`` (the group of each row, such as its version) and, if present, ``submitted_by``.
    responses
        The numbers that are counted or averaged: 1 for a type and 0 for others, or stars. All are pooled.

    Returns
    -------
    float
        By how much the variance of a sum over many days exceeds the sum of their variances, as a share of the latter,
        at least 0.

    Notes
    -----
    This is twice the sum of the autocorrelations for lags of one to six days, each with its weight in the variance of a
    week's sum (Newey and West 1987, Econometrica 55, 703-708). The means by group and by age are subtracted first,
    since what is usual for a new version is not a separate cause. All days of a group count equally, so that one event
    on the busiest days does not dominate. Subtracting a mean makes days look less alike than they are, by its own
    variance, which is added back.
    """
    _check_dated(rows)
    day = pl.col("created_at").dt.epoch("d").cast(pl.Int64)
    floats = [response.cast(pl.Float64) for response in responses]
    sums = {f"sum{at}": response.sum() for at, response in enumerate(floats)}
    squared = {f"square{at}": (response**2).sum() for at, response in enumerate(floats)}
    cells = (
        rows.filter(submitter_of(rows).is_null())
        .group_by("rank", day=day)
        .agg(rows=pl.len().cast(pl.Float64), **sums, **squared)
        .filter(pl.col("rows").sum().over("rank") >= _LEAST)
        .sort("rank", "day")
        .with_columns(pl.col("day") - pl.col("day").min(), age=pl.col("day") - pl.col("day").min().over("rank"))
    )
    if cells.is_empty():
        return 0.0
    total, square = (np.stack([cells[name].to_numpy() for name in names]) for names in (sums, squared))
    size, days = cells["rows"].to_numpy(), cells["day"].to_numpy()
    group, age = _dense(cells["rank"].to_numpy()), np.searchsorted(_AGES, cells["age"].to_numpy(), side="right")
    in_group, in_age = (np.fmax(np.bincount(place, size), 1.0) for place in (group, age))
    rest = total
    for _ in range(_FIT):
        for place, rows_there in ((age, in_age), (group, in_group)):
            rest = rest - (_by_place(rest, place) / rows_there)[:, place] * size
    squares, own_sums = _by_place(square, group), _by_place(total, group)
    apart = squares - own_sums**2 / in_group
    spread = np.where(apart > _ROUNDING * squares, apart, 0.0).sum(axis=0) / (in_group - 1)
    alone = spread * np.bincount(group, size * (1 - size / in_group[group]))
    clustered = np.fmax(np.bincount(group, (rest**2).sum(axis=0)) / np.where(alone > 0, alone, np.inf), 1.0)
    variance = (clustered * spread)[group] * size
    varied = variance > 0
    if not varied.any():
        return 0.0
    place = group * (int(days.max()) + WEEK) + days  # groups are separated by at least a week
    seen = lost = 0.0
    for lag in range(1, WEEK):
        weight = 2 * (1 - lag / WEEK) / varied.sum()
        later = np.searchsorted(place, place + lag) % place.size
        first = np.flatnonzero((place[later] == place + lag) & varied)
        second = later[first]
        alike = (rest[:, first] * rest[:, second]).sum(axis=0) / np.sqrt(variance[first] * variance[second])
        share = 1 / in_group[group[first]] + (age[first] == age[second]) / in_age[age[first]]
        seen += weight * float(alike.sum())
        lost += weight * float((share * np.sqrt(size[first] * size[second])).sum())
    return max((seen + lost) / (1 - min(lost, _MOST_LOST)), 0.0)


def _by_place(values: Floats, place: Integers) -> Floats:
    """Sum the columns by place."""
    return np.stack([np.bincount(place, row) for row in values])


def dispersion_of_shares(
    value: Integers,
    clusterings: Sequence[Clusters],
    values: int,
    *,
    carried: float = 0.0,
    row: Integers | None = None,
) -> Dispersion:
    """Return the dispersion of each value's share of clustered rows.

    Parameters
    ----------
    value
        The number of each row's value, starting at 0. With `row`, the number of each value that a row has.
    clusterings
        Ways to cluster the rows, from `cluster_rows`. The one with the largest dispersion counts.
    values
        Number of values.
    carried
        The result of `day_carry_over`.
    row
        The row of each value, if rows can have several values or none.

    Returns
    -------
    Dispersion
        At least 1, or NaN for a value that no row or every row has, since its dispersion is not visible. For clusters
        of equal size, the degrees of freedom are one less than their number. 0 if there is only one.

    Notes
    -----
    The variance of the share from the jackknife that leaves out one cluster at a time, divided by that of independent
    rows (Bell and McCaffrey 2002, Survey Methodology 28, 169-181: CV3).
    """
    n = value.size if row is None else clusterings[0].of.size
    counts = np.bincount(value, minlength=values)[:, None]
    ways = [SharesByCluster.tally(value, cluster, values, carried=carried, row=row) for cluster in clusterings]
    found = jackknife(np.array([n]), counts, ways)
    return Dispersion(found.size[:, 0], found.freedom[:, 0])


class SharesByCluster(NamedTuple):
    """Rows of several groups, such as versions, by cluster, and those of each value.

    Attributes
    ----------
    sizes, weights, group : array
        For each cluster of a group: its rows, the weight of their square, and the number of the group.
    counts, value, of : array
        For each value in such a cluster: its rows, the number of the value, and the place of the cluster in `sizes`.
    """

    sizes: Floats
    weights: Floats
    group: Integers
    counts: Floats
    value: Integers
    of: Integers

    @classmethod
    def tally(
        cls,
        value: Integers,
        clusters: Clusters,
        values: int,
        *,
        carried: float,
        row: Integers | None = None,
        group: Integers | None = None,
    ) -> SharesByCluster:
        """Count rows as `dispersion_of_shares` does, all together, or each `group` of rows apart."""
        clusters = clusters if group is None else clusters.within(group)
        sizes, weights = clusters.sizes(carried)
        groups = np.zeros(sizes.size, np.int64)
        if group is not None:
            groups[clusters.of] = group
        in_cluster = clusters.of if row is None else clusters.of[row]
        cells, counts = count_cells(value * np.int64(sizes.size) + in_cluster, values * sizes.size)
        place = max(sizes.size, 1)
        return cls(sizes, weights, groups, counts.astype(np.float64), cells // place, cells % place)

    def drop_empty(self) -> SharesByCluster:
        """Leave out clusters and cells without rows."""
        some, cells = np.flatnonzero(self.sizes), np.flatnonzero(self.counts)
        place = np.empty(self.sizes.size, np.int64)
        place[some] = np.arange(some.size)
        of = place[self.of[cells]]
        return SharesByCluster(
            self.sizes[some], self.weights[some], self.group[some], self.counts[cells], self.value[cells], of
        )


def jackknife(n: Integers, rows: Integers | Floats, ways: Sequence[SharesByCluster]) -> Dispersion:
    """Return the dispersion of each value's share (a row) in each group (a column), as in `dispersion_of_shares`.

    `n` is the number of rows of each group, `rows` that of each value in it, and `ways` has the same rows by cluster.
    """
    values, groups = rows.shape
    share = rows / np.fmax(n, 1)
    spread = np.where((rows > 0) & (rows < n), share * (1 - share), np.nan)
    found = Dispersion(np.ones(rows.shape), np.full(rows.shape, KNOWN))
    is_single = np.zeros(groups, np.bool_)
    for sizes, weights, group, counts, value, of in ways:
        # Most calls are for one group, of which there may be thousands in turn.
        each: Any = 0 if groups == 1 else group
        place: Any = 0 if groups == 1 else group[of]

        some = _sums((sizes > 0).astype(np.float64), group, groups)
        is_single |= some < 2  # noqa: PLR2004  # a single cluster has no variance
        squared = sizes**2 * weights
        with np.errstate(invalid="ignore", divide="ignore"):
            left = weights / (n[each] - sizes) ** 2
            squares = share**2 * _sums(sizes**2 * left, group, groups)
            cross = counts * (counts - 2 * share[value, place] * sizes[of]) * left[of]
            squares += np.bincount(value * groups + place, cross, values * groups).reshape(rows.shape)
            size = squares * (some - 1) / some * n / spread
            freedom = n**2 / _sums(squared, group, groups) - 1
        found = larger(found, Dispersion(size, np.broadcast_to(freedom, rows.shape)))
    size = np.where(np.isnan(spread), np.nan, found.size)
    return Dispersion(np.where(is_single, np.fmax(n, 1.0), size), np.where(is_single, 0.0, found.freedom))


def _sums(part: Floats, group: Integers, groups: int) -> Floats:
    """Sum what the clusters of each group have."""
    return np.array([part.sum()]) if groups == 1 else np.bincount(group, part, groups).astype(np.float64)


def variance_of_mean(
    response: Floats, clusterings: Sequence[Clusters], *, independent: float, carried: float = 0.0
) -> tuple[float, float]:
    """Return the variance of a mean of clustered responses, and its degrees of freedom, as in `dispersion_of_shares`.

    `independent` is the variance of a single response. The variance of the mean is at least that divided by their
    number.
    """
    n = response.size
    found, freedom = independent / n, float(n - 1)
    for cluster in clusterings:
        sizes, weights = cluster.sizes(carried)
        some = int((sizes > 0).sum())
        if some < 2:  # noqa: PLR2004  # as above
            return independent, 0.0
        sums = np.bincount(cluster.of, response - response.mean())
        variance = float((weights * sums**2 / (n - sizes) ** 2).sum()) * (some - 1) / some
        if variance > found:
            found, freedom = variance, float(n**2 / (weights * sizes**2).sum() - 1)
    return found, freedom


def joint_freedom(*sides: tuple[float | Floats, float | Floats]) -> Floats:
    """Return the degrees of freedom of a sum of variances, each with its own.

    From Satterthwaite (1946), Biometrics Bulletin 2, 110-114. 0 if one of them has none, or if nothing varies.

    Examples
    --------
    >>> joint_freedom(([1.0, 1.0, 1.0], [10.0, 10.0, 10.0]), ([1.0, 0.0, 1.0], [10.0, 3.0, 0.0])).tolist()
    [20.0, 10.0, 0.0]
    """
    variance, freedom = (np.stack(np.broadcast_arrays(*each)) for each in zip(*sides, strict=True))
    total = variance.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (variance**2 / freedom).sum(axis=0)
        found = np.where(spread > 0, total**2 / spread, np.where(total > 0, KNOWN, 0.0))
    joint: Floats = np.where((freedom > 0).all(axis=0), found, 0.0)
    return joint
