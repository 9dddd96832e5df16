"""Counts the rows that come before each version, by value and by cluster.

From one version to the next, few of these rows change. So the counts of the last version are kept, and only rows that
came or went are added or subtracted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seggwat_nb.analysis.clusters import SharesByCluster, jackknife
from seggwat_nb.analysis.overdispersion import Dispersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from seggwat_nb.analysis.clusters import Clusters
    from seggwat_nb.analysis.overdispersion import Integers
    from seggwat_nb.analysis.windows import Codes

__all__ = ["sides"]


def sides(
    selections: Iterable[tuple[int, NDArray[np.bool_]]],
    codes: Codes,
    clusters: Sequence[Clusters],
    shape: tuple[int, int],
    *,
    carried: float,
) -> tuple[Integers, Integers, Dispersion]:
    """Count the rows that come before versions.

    Parameters
    ----------
    selections
        The place of a version, and which rows come before it.
    codes
        The values of all rows, sorted by row.
    clusters, carried
        As for `seggwat_nb.analysis.clusters.dispersion_of_shares`.
    shape
        Number of values, and of versions.

    Returns
    -------
    tuple
        The number of rows before each version; that of each value (a row) before each version (a column); and its
        dispersion. Versions without a selection have no rows before them.
    """
    ways = [_counter(codes, one, shape[0], carried=carried) for one in clusters]
    n, rows = np.zeros(shape[1], np.int64), np.zeros(shape)
    found = Dispersion(np.ones(shape), np.zeros(shape))
    last, last_rows = np.zeros(clusters[0].of.size, np.bool_), np.zeros(shape[0])
    for place, chosen in selections:
        is_other = chosen != last
        row, code = np.flatnonzero(is_other), np.flatnonzero(is_other[codes.row])
        sign, sign_of_code = (np.where(chosen[at], 1.0, -1.0) for at in (row, codes.row[code]))
        for shares, cluster, cell in ways:
            np.add.at(shares.sizes, cluster[row], sign)
            np.add.at(shares.counts, cell[code], sign_of_code)
        rows[:, place] = last_rows + np.bincount(codes.value[code], sign_of_code, shape[0])
        n[place] = chosen.sum()
        here = jackknife(n[[place]], rows[:, [place]], [shares.drop_empty() for shares, _, _ in ways])
        found.size[:, place], found.freedom[:, place] = here.size[:, 0], here.freedom[:, 0]
        last, last_rows = chosen, rows[:, place]
    return n, rows.astype(np.int64), found


def _counter(
    codes: Codes, clusters: Clusters, values: int, *, carried: float
) -> tuple[SharesByCluster, Integers, Integers]:
    """Return counts of no rows, the cluster of each row, and the place in ``counts`` of each value that a row has."""
    every = SharesByCluster.tally(codes.value, clusters, values, carried=carried, row=codes.row)
    number = np.int64(every.sizes.size)
    cell = np.searchsorted(every.value * number + every.of, codes.value * number + clusters.of[codes.row])
    none = every._replace(sizes=np.zeros_like(every.sizes), counts=np.zeros_like(every.counts))
    return none, clusters.of, cell
