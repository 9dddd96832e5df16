"""Groups of similar messages that rose, in number and as a share of all items, or have a larger share than elsewhere.

People report one problem in many words, so each word rises by little (`seggwat_nb.analysis.terms`), while the messages
together rise by much. Messages are compared by their words and phrases, weighted by how rare they are (TF-IDF, cosine),
and two steps away, so that messages without a common word are similar if both are similar to the same others. As words
change, they are also compared by parts of words (`seggwat_nb.analysis.vocabulary`). Around each message the excess of
recent messages is summed, weighted by similarity: a scan statistic (Kulldorff 1997, "A spatial scan statistic",
Communications in Statistics 26, 1481-1496) whose space is similarity. Over time, the excess is relative to what the
share of all recent messages or the number of days lets one expect, whichever is more, as both the share and the number
must have risen.

Thousands of overlapping neighborhoods are tested, so the largest excess is compared with the largest of many
permutations, in which the times of the messages are shuffled (Westfall and Young 1993, "Resampling-Based Multiple
Testing"). Permutations assume that messages are independent. They are not, so the excess is divided by the dispersion
of its own neighborhood, as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from seggwat_nb.analysis.naming import as_written, complete_terms, distinct, in_full, in_use
from seggwat_nb.analysis.overdispersion import Dispersion
from seggwat_nb.analysis.sides import count_submitters, term_codes, two_sides
from seggwat_nb.analysis.submitters import submitter_numbers
from seggwat_nb.analysis.terms import SCHEMA, finding_rows, log_odds
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.analysis.unsigned_clusters import rise_of_messages
from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.analysis.vocabulary import Vocabulary

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.overdispersion import Floats, Integers
    from seggwat_nb.analysis.sides import Sides, Tested

    Sparse: TypeAlias = Any  # scipy.sparse, which has no useful annotations
    Flags: TypeAlias = NDArray[np.bool_]

__all__ = ["Similarity", "likelihood_ratio", "rising_topics", "topics"]

_MOST_FINDINGS: Final = 30
"""Maximum number of topics."""

_TRIES: Final = 20
"""Number of neighborhoods that may fail, because of their dispersion or too few submitters, before the search ends."""

_LOOSELY: Final = 3.0
"""Times the error up to which an excess is looked at. Divided by its dispersion, that of a permutation is smaller."""

_LARGEST: Final = 0.2
"""Maximum share of all items in one topic, unless more of them are alike."""

_OWN: Final = 0.5
"""Minimum share of the excess around a center that the messages of its topic make up. A burst nearby is none of it."""

_ROUNDING: Final = 1e-5
"""Excesses whose relative difference is smaller count as equal: they are sums in single precision."""

_COLUMNS_AT_ONCE: Final = 50
_MOST_PERMUTATIONS: Final = 2_000
"""Maximum number of permutations, unless the level requires more."""

_MOST_CELLS: Final = 100_000_000
"""Excesses of items and permutations that are kept in memory, in 0.4 GB. More are calculated twice."""

_RISEN: Final = 1.0
"""Minimum log-odds, in standard errors, of recent messages having a term. Others do not name a topic."""

_TERMS: Final = 6
_EXAMPLES: Final = 3
_FEWEST: Final = 2
"""Minimum number of messages with a term, for messages to be compared by it."""


def topics(
    frame: pl.DataFrame,
    *,
    include_churn: bool = False,
    where: Selection | None = None,
    against: Selection | None = None,
    days: int | None = None,
    time_zone: str = "UTC",
    as_of: datetime | None = None,
    top: int | None = None,
    min_count: int = 5,
    level: float = 0.95,
) -> pl.DataFrame:
    """Find groups of similar messages that rose, or have a larger share than elsewhere, whatever words they use.

    Parameters
    ----------
    frame
        Feedback: ``id``, ``message`` and ``created_at``; ``submitted_by`` is used if present.
    include_churn, where, against, days, time_zone, as_of
        As in `seggwat_nb.themes.terms`.
    top
        Maximum number of topics.
    min_count
        Minimum number of distinct submitters of a topic in the recent window, or in `where`; each unsigned item counts
        as one.
    level
        Confidence level of the intervals, and 1 minus the chance of finding anything if nothing rose.

    Returns
    -------
    pl.DataFrame
        One row per topic, the most certain first; none if nothing rose, or if the data covers less than two weeks. The
        columns are those of `seggwat_nb.themes.terms`, so that `seggwat_nb.charts.terms` draws them:

        - ``term``: String, the word or phrase that is most typical of the topic's messages among those that became
          more frequent, and ``terms``: List(String), up to five more; not every message contains one;
        - ``count``, ``submitters``, ``n``, ``share``, ``baseline_count``, ``baseline_n``, ``baseline_share``: of the
          topic's messages;
        - ``ratio``: Float64, share over baseline share, with ``low`` and ``high``;
        - ``p``: Float64, one-sided, for the hypothesis that the share of these messages, or over time their count,
          did not rise; ``q``: Float64, for the hypothesis that nothing rose anywhere, from permutations; at most
          ``1 - level``;
        - ``dispersion``, ``log_odds``: Float64, as in `seggwat_nb.themes.terms`;
        - ``examples``: List(String), the three recent messages nearest to the middle of the topic;
        - ``ids``: List(String), the recent messages of the topic, newest first;
        - ``baseline_first``, ``first``, ``last``: Date, the days compared; null with `against`.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame lacks a column.

    Notes
    -----
    A topic consists of the messages nearest to a center, as many as maximize the likelihood ratio of Kulldorff's
    Bernoulli model. They were chosen because they rose, so ``ratio`` tends to be too large; ``q`` takes the choice into
    account. Unsigned messages must stand out further than such ones did in earlier windows, if these stood
    out further than by chance (`seggwat_nb.analysis.unsigned_clusters`). A topic has no fixed boundary: other
    data give it other messages. To count it over time, define a theme.
    There are 399 permutations at a `level` of 0.95, 1,999 at 0.99 and 0.999, and 19,999 at 0.9999; time grows with
    them, but memory no longer does from 0.4 GB on.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> usual = ["The page loads slowly", "How do I change my password?", "Search finds nothing", "I like the colors"]
    >>> billing = ["The invoice is wrong", "A wrong amount on the bill", "Bill and invoice differ", "Which invoice?"]
    >>> lines = [(day, billing if day > 90 and n == 3 else usual, n) for day in range(98) for n in range(4)]
    >>> said = [(day, texts[(day + n) % 4]) for day, texts, n in lines]
    >>> rows = pl.DataFrame(
    ...     {
    ...         "id": [str(place) for place in range(len(said))],
    ...         "message": [message for _, message in said],
    ...         "created_at": [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day) for day, _ in said],
    ...     }
    ... )
    >>> found = topics(rows, days=7, as_of=datetime(2026, 6, 8, tzinfo=UTC))
    >>> found.select("term", "count", "baseline_count").rows()
    [('invoice', 7, 0)]
    """
    check_columns(frame, ["id", "message", "created_at"], wanted="a frame of feedback")
    items, sides = two_sides(
        frame, include_churn=include_churn, where=where, against=against, days=days, time_zone=time_zone, as_of=as_of,
        level=level, top=top, min_count=min_count,
    )  # fmt: skip
    return rising_topics(items, sides, top=top, min_count=min_count, level=level, error=1 - level)


def rising_topics(
    items: pl.DataFrame, sides: Sides, *, top: int | None, min_count: int, level: float, error: float
) -> pl.DataFrame:
    """Find the topics of items, sorted by time. `error` is the chance of finding any if nothing rose."""
    recent = sides.recent
    if not recent.any() or recent.all():
        return pl.DataFrame(schema=SCHEMA)
    found = find_terms(items["_said"], min_count=_FEWEST)
    if not found.names.len():
        return pl.DataFrame(schema=SCHEMA)
    vocabulary = Vocabulary.of(found)
    near = Similarity.of(vocabulary.has, vocabulary.weight)
    who = submitter_numbers(items["_who"])
    most = min(top or _MOST_FINDINGS, _MOST_FINDINGS)
    groups = _search(near, sides, who, most=most, min_count=min_count, error=error)
    if not groups:
        return pl.DataFrame(schema=SCHEMA)
    return _rows(items, vocabulary, groups, sides, who, level=level)


@dataclass(frozen=True, slots=True)
class Similarity:
    """Similarity of messages some steps apart, as products of matrices that are never calculated in full."""

    weights: Sparse
    """One row per message, one column per term."""

    scale: Floats
    """The inverse square root of each message's total similarity to all messages."""

    @classmethod
    def of(cls, has: Sparse, weight: Floats | float = 1.0) -> Similarity:
        """Weight what messages have by rarity, times the weight of each column, and all messages equally."""
        from scipy import sparse

        has = sparse.csr_array(has, dtype=np.float64)
        rarity = np.log(has.shape[0] / np.fmax(np.asarray(has.sum(axis=0)).ravel(), 1))
        weights: Sparse = has @ sparse.diags_array(rarity * weight)
        length = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
        weights = sparse.csr_array(sparse.diags_array(_inverse(length)) @ weights)
        reach = weights @ (weights.T @ np.ones(weights.shape[0]))
        return cls(weights, _inverse(np.sqrt(reach)))

    def smooth(self, values: Floats, *, steps: int = 2) -> Floats:
        """Sum the values around each message, weighted by similarity."""
        scale = self.scale if values.ndim == 1 else self.scale[:, None]
        for _ in range(steps):
            values = scale * (self.weights @ (self.weights.T @ (scale * values)))
        return values


def _inverse(values: Floats) -> Floats:
    found: Floats = np.divide(1, values, out=np.zeros_like(values), where=values > 0)
    return found


class _Group(NamedTuple):
    """Messages around a center, the nearest first."""

    members: Integers
    p: float
    q: float
    dispersion: tuple[float, float]


def _search(near: Similarity, sides: Sides, who: Integers, *, most: int, min_count: int, error: float) -> list[_Group]:
    """Take the largest excess, set its messages aside, and look again."""
    recent = sides.recent
    kept = np.asarray(near.scale > 0)
    if not kept.any():
        return []
    permutations = _Permutations.of(near, sides, kept, permutations=_number(error))
    groups: list[_Group] = []
    failures, learned = 0, False
    while len(groups) < most and failures < _TRIES and (recent & kept).any() and (~recent & kept).any():
        n, now, expected = float(kept.sum()), float((recent & kept).sum()), sides.expected_recent(kept)
        # Relative to the standard deviation of items of which as many are recent as expected.
        scale = _inverse(permutations.spread) * np.sqrt(now * (n - now) / (expected * (n - expected)))
        excess = near.smooth(np.where(kept, recent - expected / n, 0.0)) * scale
        center = int(np.where(kept, excess, -np.inf).argmax())
        if permutations.rank(excess[center]) > _LOOSELY * error:
            break
        members = _nearest(near, np.array([center]), recent[:, None], kept, expected=expected)[0]
        mine = _flags(members, recent.size)
        tested, q = permutations.test(members, excess[center], sides, kept, error=error)
        if q <= error and not learned:
            learned, sides = True, sides.more_dispersed(max(permutations.rise_before(error), 1.0) ** 2)
            tested, q = permutations.test(members, excess[center], sides, kept, error=error)
        people = int(count_submitters(_columns([members[recent[members]]], recent.size), who)[0])
        own = near.smooth(np.where(mine, recent - expected / n, 0.0))[center] * scale[center]
        kept = kept & ~mine
        is_its_own = own >= _OWN * excess[center]
        if is_its_own and q <= error and tested.p[0] <= error and people >= min_count:
            size, freedom = (float(part[0]) for part in tested.dispersion)
            groups.append(_Group(members, float(tested.p[0]), q, (size, freedom)))
        else:
            failures += 1
    return groups


def _number(error: float) -> int:
    """Return how many permutations to make: enough to see a share of `error`, and more while that takes little time."""
    return ceil(min(20 / error, max(_MOST_PERMUTATIONS, 2 / error))) - 1


@dataclass(frozen=True, slots=True)
class _Permutations:
    """What is found after the times of the messages are shuffled.

    Each permutation is treated like the data: the largest excess, the messages around it, and their dispersion, which
    is as uncertain there as in the data.
    """

    near: Similarity
    sides: Sides
    kept: Flags
    spread: Floats
    """Standard deviation of the excess around each message, over the permutations and the data."""

    largest: Floats
    """The largest excess of each permutation."""

    center: Integers
    """The message that it is around."""

    tested: Floats
    """The largest excess over the square root of its dispersion; NaN until it is requested."""

    @classmethod
    def of(cls, near: Similarity, sides: Sides, kept: Flags, *, permutations: int) -> _Permutations:
        recent = sides.recent
        centered = recent[kept] - recent[kept].mean()

        def around(columns: range) -> NDArray[np.float32]:
            shuffled = np.zeros((recent.size, len(columns)))
            shuffled[kept] = np.stack([centered[_permute(one, centered.size)] for one in columns], axis=1)
            return near.smooth(shuffled).astype(np.float32)

        every = range(permutations + 1)
        parts = [every[first : first + _COLUMNS_AT_ONCE] for first in every[::_COLUMNS_AT_ONCE]]
        stored = [around(part) for part in parts] if recent.size * len(every) <= _MOST_CELLS else None
        squares = sum(np.square(part, dtype=np.float64).sum(axis=1) for part in stored or map(around, parts))
        spread: Floats = np.sqrt(squares / len(every))
        each = np.where(kept, _inverse(spread), np.nan).astype(np.float32)[:, None]
        largest, center = np.empty(len(every)), np.empty(len(every), np.int64)
        for columns, part in zip(parts, stored or map(around, parts), strict=True):
            standard = np.where(kept[:, None], part * each, -np.inf)
            largest[columns], center[columns] = standard.max(axis=0), standard.argmax(axis=0)
        return cls(near, sides, kept, spread, largest[1:], center[1:], np.full(permutations, np.nan))

    def rank(self, excess: float) -> float:
        """Return the share of the permutations, including the data, whose largest excess is at least as large."""
        return (int(self._at_least(excess).sum()) + 1) / (self.largest.size + 1)

    def test(
        self, members: Integers, excess: float, sides: Sides, kept: Flags, *, error: float
    ) -> tuple[Tested, float]:
        """Test a group, and return the rank of its excess over the root of its dispersion."""
        tested = sides.test(term_codes(_columns([members], kept.size)), 1, kept)
        root = np.sqrt(max(float(tested.dispersion.size[0]), 1.0))
        return tested, self.rank_as_tested(excess / root, error=error)

    def rise_before(self, error: float) -> float:
        """Return how far messages stood out in earlier windows more than once, relative to what would be found."""
        if (earlier := self.sides.earlier) is None:
            return 0.0
        recent = self.sides.recent[self.kept]
        unit = _inverse(self.spread) * np.sqrt(recent.sum() * (1 - recent.mean()))
        return rise_of_messages(earlier, self.kept, self.near.smooth, unit) / float(
            np.quantile(self.largest, 1 - error)
        )

    def rank_as_tested(self, excess: float, *, error: float) -> float:
        """Return the same for excesses over the root of their dispersion, or a lower bound if it exceeds `error`."""
        asked = np.flatnonzero(self._at_least(excess))  # dispersion is at least 1
        asked = asked[np.argsort(-self.largest[asked], kind="stable")]
        at_least = 0
        for first in range(0, asked.size, _COLUMNS_AT_ONCE):
            some = asked[first : first + _COLUMNS_AT_ONCE]
            unknown = some[np.isnan(self.tested[some])]
            if unknown.size:
                self.tested[unknown] = self.largest[unknown] / np.sqrt(np.fmax(self._dispersion(unknown), 1.0))
            at_least += int((self.tested[some] >= excess * (1 - _ROUNDING)).sum())
            if (at_least + 1) / (self.largest.size + 1) > error:
                break
        return (at_least + 1) / (self.largest.size + 1)

    def _at_least(self, excess: float) -> Flags:
        found: Flags = self.largest >= excess * (1 - _ROUNDING)
        return found

    def _dispersion(self, permutations: Integers) -> Floats:
        """Return the dispersion of the messages around the largest excess of each permutation."""
        places = np.flatnonzero(self.kept)
        source = [places[_permute(int(permutation) + 1, places.size)] for permutation in permutations]
        recent = np.zeros((self.kept.size, permutations.size), np.bool_)
        recent[places] = self.sides.recent[np.stack(source, axis=1)]
        now = float(self.sides.recent[self.kept].sum())
        groups = _nearest(self.near, self.center[permutations], recent, self.kept, expected=now)
        number = np.cumsum(self.kept) - 1
        moments = [moment[number[group]] for moment, group in zip(source, groups, strict=True)]
        return self.sides.test(
            term_codes(_columns(moments, self.kept.size)), permutations.size, self.kept
        ).dispersion.size


def _permute(permutation: int, size: int) -> Integers:
    """Return whose time each message has in a permutation; its own in permutation 0."""
    return np.random.default_rng([0, permutation]).permutation(size) if permutation else np.arange(size)


def _nearest(near: Similarity, centers: Integers, recent: Flags, kept: Flags, *, expected: float) -> list[Integers]:
    """Choose the messages nearest to each center: as many as the likelihood ratio is largest for.

    `expected` is the number of recent messages if nothing had risen, at least as many as there are.
    """
    n = float(kept.sum())
    here = np.zeros((kept.size, centers.size))
    here[centers, np.arange(centers.size)] = 1.0
    closeness = near.smooth(here, steps=3)  # One step more than the test orders messages better.
    groups = []
    for close, now in zip(closeness.T, recent.T, strict=True):
        asked = np.flatnonzero(kept & (close > 0))
        order = asked[np.lexsort((asked, -close[asked]))]
        # Equally close messages have no order, so a group contains all or none of them.
        size = np.flatnonzero(np.append(np.diff(close[order]) != 0, True)) + 1
        size = size[: max(int(np.searchsorted(size, n * _LARGEST, side="right")), 1)]
        inside = np.cumsum(now[order])[size - 1].astype(np.float64)
        groups.append(order[: size[likelihood_ratio(inside, size.astype(np.float64), expected, n).argmax()]])
    return groups


def likelihood_ratio(inside: Floats, size: Floats, recent: float, n: float) -> Floats:
    """Return the logarithm of Kulldorff's likelihood ratio for an excess of recent messages; 0 without an excess."""
    from scipy.special import xlogy

    outside, others = recent - inside, n - size
    rate, other_rate = inside / size, outside / np.fmax(others, 1)
    alike = recent / n
    found = (
        xlogy(inside, rate) + xlogy(size - inside, 1 - rate)
        + xlogy(outside, other_rate) + xlogy(others - outside, 1 - other_rate)
        - xlogy(recent, alike) - xlogy(n - recent, 1 - alike)
    )  # fmt: skip
    higher: Floats = np.where(rate > other_rate, found, 0.0)
    return higher


def _flags(members: Integers, size: int) -> Flags:
    found = np.zeros(size, np.bool_)
    found[members] = True
    return found


def _columns(groups: list[Integers], size: int) -> Sparse:
    """Return which items are in which groups, with one row per item and one column per group."""
    from scipy import sparse

    row = np.concatenate(groups)
    column = np.repeat(np.arange(len(groups)), [group.size for group in groups])
    return sparse.csr_array((np.ones(row.size, np.int64), (row, column)), shape=(size, len(groups)))


def _rows(
    items: pl.DataFrame, vocabulary: Vocabulary, groups: list[_Group], sides: Sides, who: Integers, *, level: float
) -> pl.DataFrame:
    """Return one row per topic."""
    recent = sides.recent
    n, other_n = float(recent.sum()), float((~recent).sum())
    count = np.array([float(recent[group.members].sum()) for group in groups])
    other = np.array([float((~recent[group.members]).sum()) for group in groups])
    size, freedom = (np.array([group.dispersion[part] for group in groups]) for part in (0, 1))
    shown = [_describe_topic(items, vocabulary, group.members, recent, who) for group in groups]
    return finding_rows(
        {name: [one[name] for one in shown] for name in ("term", "terms", "submitters", "examples", "ids")}
        | {"p": [group.p for group in groups], "q": [group.q for group in groups]},
        (count, n), (other, other_n), Dispersion(size, freedom), dates=sides.dates, level=level,
    )  # fmt: skip


def _describe_topic(
    items: pl.DataFrame, vocabulary: Vocabulary, members: Integers, recent: Flags, who: Integers
) -> dict[str, Any]:
    """Return what is shown of a topic: its name, submitters, messages and ids."""
    found = vocabulary.terms
    inside = np.asarray(vocabulary.has[members].sum(axis=0)).ravel().astype(np.float64)
    rest = np.asarray(vocabulary.has.sum(axis=0)).ravel() - inside
    telling = log_odds(inside, float(members.size), rest, float(recent.size - members.size))
    after = np.asarray(vocabulary.has[recent].sum(axis=0)).ravel().astype(np.float64)
    rise = log_odds(after, float(recent.sum()), inside + rest - after, float((~recent).sum()))
    now = members[recent[members]]
    chosen = items[now]
    forms = [words[inside[words].argmax()] for words in vocabulary.words]
    stands_for = np.array([*range(found.names.len()), *forms], np.int64)
    ranked = np.lexsort((np.arange(telling.size), -telling))
    risen = ranked[(rise[ranked] > _RISEN) & (telling[ranked] > 0)]
    order = stands_for[(risen if risen.size else ranked)[: 4 * _TERMS]]
    names = complete_terms(found.names.gather(order).to_list(), found.unspaced[order], items[members]["message"])
    spaced = np.flatnonzero(~found.unspaced[order])
    for place, name in zip(
        spaced, in_use([names[one] for one in spaced], items[members]["message"], found.forms), strict=True
    ):
        names[place] = name
    if not found.unspaced[order[0]]:
        mine = pl.Series(vocabulary.has[:, [order[0]]].toarray().ravel() > 0)
        has = items["message"].filter(mine)
        (used,) = in_use([found.names[int(order[0])]], has, found.forms)
        names[0] = in_full(used, has, items["message"], recent=pl.Series(recent).filter(mine))
    term, *others = as_written(distinct(names)[:_TERMS], chosen["message"])
    return {
        "term": term,
        "terms": others,
        "submitters": int(count_submitters(_columns([now], recent.size), who)[0]),
        "examples": chosen["message"].unique(maintain_order=True).head(_EXAMPLES).to_list(),
        "ids": chosen.sort("created_at", "id", descending=[True, False])["id"].cast(pl.String).to_list(),
    }
