"""Words and phrases that rose, in number and as a share of the feedback, or whose share is larger than elsewhere.

Every term that enough submitters used is tested, and the p-values are corrected for the number of terms. Items are
clustered, so counts carry a dispersion as everywhere (`seggwat_nb.analysis.overdispersion` and
`seggwat_nb.analysis.clusters`).
A term of few items can hardly prove anything, so the correction weighs each p-value by how many items have the term, in
both groups together (Genovese, Roeder and Wasserman 2006, "False discovery control with p-value weighting", Biometrika
93, 509-524). The weight does not depend on the group of the items, so the level holds.

One cause changes many terms: people who ask for scheduled exports write *export*, *schedule* and *every Monday*. So the
most certain term is reported, its items are set aside, and the others are tested again without them. Terms that are no
longer significant are part of the same **finding**.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis import significance
from seggwat_nb.analysis.naming import (
    NEARLY_ALL,
    PARTICLES,
    as_written,
    complete_terms,
    in_full,
    in_use,
    parts_of,
    rest_of_run,
)
from seggwat_nb.analysis.overdispersion import Dispersion
from seggwat_nb.analysis.sides import Tested, count_submitters, term_codes, two_sides, usual
from seggwat_nb.analysis.submitters import submitter_numbers
from seggwat_nb.analysis.tokens import Terms, find_terms
from seggwat_nb.analysis.unsigned_clusters import rise_of_terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.overdispersion import Floats
    from seggwat_nb.analysis.sides import Sides

__all__ = ["SCHEMA", "finding_rows", "log_odds", "rising_terms", "terms", "terms_of_people"]

_MOST_FINDINGS: Final = 30
"""Maximum number of findings."""

_AT_ONCE: Final = 1_000_000
"""Occurrences of terms that are tested at the same time, unless a single term has more."""

_MOSTLY: Final = 0.5
_EXAMPLES: Final = 3
_STEM: Final = 4
"""Minimum length of a word without its last letter, which may be an ending."""

_PRIOR: Final = 500.0
"""Weight of the prior of the log-odds, in items."""

SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "term": pl.String,
    "terms": pl.List(pl.String),
    "count": pl.Int64,
    "submitters": pl.Int64,
    "n": pl.Int64,
    "share": pl.Float64,
    "baseline_count": pl.Int64,
    "baseline_n": pl.Int64,
    "baseline_share": pl.Float64,
    "ratio": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p": pl.Float64,
    "q": pl.Float64,
    "dispersion": pl.Float64,
    "log_odds": pl.Float64,
    "examples": pl.List(pl.String),
    "ids": pl.List(pl.String),
    "baseline_first": pl.Date,
    "first": pl.Date,
    "last": pl.Date,
}


def terms(
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
    """Find the words and two-word phrases that rose, or whose share is larger than elsewhere, with their items.

    Parameters
    ----------
    frame
        Feedback: ``id``, ``message`` and ``created_at``; ``submitted_by`` is used if present.
    include_churn
        Whether to include cancellation comments (source Stripe or Polar): see `seggwat_nb.analysis.churn`.
    where
        Items to read. Its ``until`` ends the recent window.
    against
        Items to compare with, such as ``FeedbackFilter(version="2.3.0")``. None: the recent window of `where` is
        compared with up to 168 days before it.
    days
        Length of the recent window, a multiple of 7; None: 28. Not with `against`.
    time_zone
        IANA name of the zone whose days are counted.
    as_of
        The time up to which the items are known. None: that of the last item, whose day then counts as unfinished.
    top
        Maximum number of findings.
    min_count
        Minimum number of distinct submitters of a term, in both groups together; each unsigned item counts as one.
    level
        Confidence level of the intervals, and 1 minus the rate of false findings allowed.

    Returns
    -------
    pl.DataFrame
        One row per finding, the largest ``log_odds`` first; none if nothing rose, or if the data covers less than two
        weeks:

        - ``term``: String, in lower case, the word or phrase that stands for the finding; ``terms``: List(String), the
          other terms that rose with the same items, the most certain first;
        - ``count``: Int64, items with the term in the recent window, or in `where`; ``submitters``: Int64, their
          distinct submitters, each unsigned item counting as one, while `seggwat_nb.findings` counts unsigned items
          apart; ``n``: Int64, all items there; ``share``: Float64, 0 to 1;
        - ``baseline_count``, ``baseline_n``: Int64, and ``baseline_share``: Float64, the same for the days before
          or for `against`;
        - ``ratio``: Float64, share over baseline share (infinite after zero), with ``low`` and ``high``;
        - ``p``: Float64, one-sided, for the hypothesis that the share, or over time the count, did not rise; ``q``:
          Float64, corrected for all terms tested by Benjamini and Hochberg, with more weight for terms of more items;
          at most ``1 - level``;
        - ``dispersion``: Float64, how strongly the items cluster;
        - ``log_odds``: Float64, how distinctive the term is, in standard errors; for ranking, not a test;
        - ``examples``: List(String), up to three original messages, those with most of the terms first;
        - ``ids``: List(String), the counted items, newest first;
        - ``baseline_first``, ``first``, ``last``: Date, first day of the baseline, first and last day of the recent
          window; null with `against`.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame lacks a column.

    Notes
    -----
    Over time, both a term's count and its share of the items must have risen: if one thing stops, the share of all
    others rises although nobody writes more of them. As in `seggwat_nb.trends.movers`, each is tested as two rates,
    with its own dispersion, and ``p`` is the larger of the two p-values. Between two selections, shares are compared as
    in `seggwat_nb.trends.compare`, except that unsigned items are clustered by days only: with weeks, too few clusters
    would remain to find any of hundreds of terms. The interval is Koopman's, of
    `seggwat_nb.analysis.significance.share_ratio`. The log-odds have an informative Dirichlet prior (Monroe, Colaresi
    and Quinn 2008, "Fightin' Words", Political Analysis 16, 372-403). `seggwat_nb.analysis.tokens` splits texts.

    If terms of unsigned items also rose in several earlier windows, they must rise further than they did there
    (`seggwat_nb.analysis.unsigned_clusters`). Numbers that keep succeeding each other, such as the version
    that an app adds to each message, are left out over time (`seggwat_nb.analysis.series`).

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> lines = ["The invoice is wrong."] * 3 + ["All is well."] * 4
    >>> said = [(day, lines[n if day > 90 else -1]) for day in range(98) for n in range(5)]
    >>> rows = pl.DataFrame(
    ...     {
    ...         "id": [str(place) for place in range(len(said))],
    ...         "message": [message for _, message in said],
    ...         "created_at": [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day) for day, _ in said],
    ...     }
    ... )
    >>> found = terms(rows, days=7, as_of=datetime(2026, 6, 8, tzinfo=UTC))
    >>> found.select("term", "terms", "count", "baseline_count").rows()
    [('invoice', ['wrong'], 21, 0)]
    """
    items, sides = two_sides(
        frame, include_churn=include_churn, where=where, against=against, days=days, time_zone=time_zone, as_of=as_of,
        level=level, top=top, min_count=min_count,
    )  # fmt: skip
    found = rising_terms(items, sides, min_count=min_count, level=level, error=1 - level)
    return found if top is None else found.head(top)


def rising_terms(
    items: pl.DataFrame, sides: Sides, *, min_count: int, level: float, error: float, found: Terms | None = None
) -> pl.DataFrame:
    """Test all terms of the items at a rate of false findings (`error`), and return one row per finding.

    What `terms_of_people` found (`found`) may be given, as it is the same for all sides of the same items.
    """
    recent = sides.recent
    n, other_n = float(recent.sum()), float((~recent).sum())
    if not n or not other_n:
        return pl.DataFrame(schema=SCHEMA)
    found = terms_of_people(items, min_count=min_count) if found is None else found
    has = found.has
    tested = _test_terms(sides, has)
    q = tested.q()
    # Where alike unsigned messages often come at once, that alone is nothing new.
    earlier = sides.earlier if (q <= error).any() else None
    if earlier is not None and (rise := rise_of_terms(earlier, has, tested.critical(1 - level))) > 1:
        sides = sides.more_dispersed(rise**2)
        tested = _test_terms(sides, has)
        q = tested.q()
    sure = np.flatnonzero(q <= error)
    if not sure.size:
        return pl.DataFrame(schema=SCHEMA)
    risen = _Risen(
        found.names.gather(sure), found.unspaced[sure], has[:, sure], tested.p[sure],
        float(tested.p[sure].max()), found.forms,
        found.names.gather(sure).replace(found.forms["word"], found.forms["term"]),
    )  # fmt: skip
    causes = _one_cause_once(risen, sides)
    lead = sure[[place for place, _ in causes]]
    shown = [_describe_term(items, risen, place, parts, recent) for place, parts in causes]
    people = count_submitters(has[:, lead][recent], submitter_numbers(items["_who"])[recent])
    return finding_rows(
        {name: [one[name] for one in shown] for name in ("term", "terms", "examples", "ids")}
        | {"submitters": people, "p": tested.p[lead], "q": q[lead]},
        (tested.items[lead], n), (tested.other[lead], other_n), Dispersion(*(part[lead] for part in tested.dispersion)),
        dates=sides.dates, level=level,
    ).sort("log_odds", "term", descending=[True, False])  # fmt: skip


def terms_of_people(items: pl.DataFrame, *, min_count: int) -> Terms:
    """Find the terms of enough submitters, stored by term."""
    found = find_terms(items["_said"], min_count=min_count, apart=True)
    kept = np.flatnonzero(count_submitters(found.has, submitter_numbers(items["_who"])) >= min_count)
    return Terms(found.names.gather(kept), found.has[:, kept].tocsc(), found.unspaced[kept], found.forms)


def _test_terms(sides: Sides, has: Any) -> Tested:  # noqa: ANN401  # scipy.sparse.csc_array
    """Test all terms, some of them at a time, since there may be millions of occurrences."""
    items, terms = has.shape
    inside = {*np.searchsorted(has.indptr, np.arange(_AT_ONCE, has.nnz, _AT_ONCE)).tolist()} - {0, terms}
    edges, everything = [0, *sorted(inside), terms], np.ones(items, np.bool_)
    return Tested.of(
        [sides.test(term_codes(has[:, start:end]), end - start, everything) for start, end in pairwise(edges)]
    )


def finding_rows(
    found: dict[str, Any],
    items: tuple[Floats, float],
    others: tuple[Floats, float],
    dispersion: Dispersion,
    *,
    dates: dict[str, date | None],
    level: float,
) -> pl.DataFrame:
    """Return one row per finding, from its items in each group and the number of all items there."""
    (count, n), (other, other_n) = items, others
    compared = significance.share_ratio(
        count, n, other, other_n, dispersion=dispersion.size, freedom=dispersion.freedom, exact=False, level=level
    )
    return pl.DataFrame(
        found
        | {
            "count": count, "n": n, "share": count / n,
            "baseline_count": other, "baseline_n": other_n, "baseline_share": other / other_n,
            "ratio": compared.ratio, "low": compared.low, "high": compared.high,
            "dispersion": dispersion.size, "log_odds": log_odds(count, n, other, other_n),
            **{name: pl.Series([day] * count.size, dtype=pl.Date) for name, day in dates.items()},
        }
    ).cast(pl.Schema(SCHEMA)).select(*SCHEMA)  # fmt: skip


class _Risen(NamedTuple):
    """Terms that rose."""

    names: pl.Series
    unspaced: NDArray[np.bool_]
    has: Any  # scipy.sparse.csc_array: one row per item, one column per term
    p: Floats
    limit: float  # the largest p-value among them
    forms: pl.DataFrame  # the words that count as another one
    words: pl.Series  # the word that each term is a form of, or the term itself


def log_odds(count: Floats, n: float, other: Floats, other_n: float) -> Floats:
    """Return each term's log-odds ratio over its standard error. The prior is its share of both groups together."""
    prior = _PRIOR * (count + other) / (n + other_n)
    one, two = count + prior, other + prior
    rest, other_rest = (np.fmax(whole + _PRIOR - part, 0.5) for whole, part in ((n, one), (other_n, two)))
    found: Floats = (np.log(one / rest) - np.log(two / other_rest)) / np.sqrt(1 / one + 1 / two)
    return found


def _one_cause_once(risen: _Risen, sides: Sides) -> list[tuple[int, list[int]]]:
    """Take the most certain term, set its items aside and test the rest again; return each with its other terms."""
    rest = np.arange(risen.p.size)
    kept = np.ones(sides.recent.size, np.bool_)
    causes: list[tuple[int, list[int]]] = []

    def rises(terms: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return sides.test(term_codes(risen.has[:, terms]), terms.size, kept).p <= risen.limit

    while rest.size and len(causes) < _MOST_FINDINGS:
        order = np.lexsort((rest, risen.names.gather(rest).str.contains(f"[{PARTICLES}]$").to_numpy(), risen.p[rest]))
        lead = _find_longer_term(risen, int(rest[order[0]]), rest, sides)
        kept &= ~_has(risen, lead)
        lead = _phrase_of(risen, lead, rest)
        rest = rest[order][rest[order] != lead]
        still = rises(rest, kept)
        if (whole := _whole_word(risen, lead, rest[still])) != lead:
            kept &= ~_has(risen, whole)
            rest, lead = np.append(rest[rest != whole], lead), whole
            still = rises(rest, kept)
        mine = _has(risen, lead)
        held = [(int(one), _has(risen, one)) for one in rest[~still]]
        causes.append((lead, [one for one, has in held if (mine & has).sum() > _MOSTLY * has.sum()]))
        rest = rest[still]
    return causes


def _find_longer_term(risen: _Risen, lead: int, rest: NDArray[np.int64], sides: Sides) -> int:
    """Return the term that includes nearly all items of a term, is as new and rose by clearly more, or the term itself.

    The most certain term may be one of several ways to say the same, as a term of more items also clusters more.
    """
    mine, has = _has(risen, lead), risen.has[:, rest]
    shared = np.asarray(has[mine].sum(axis=0)).ravel()
    recent, before = (np.asarray(has[side].sum(axis=0)).ravel() for side in (sides.recent, ~sides.recent))
    rise = recent - usual(before, sides)
    new = rise / np.fmax(recent, 1)
    wider = (shared >= NEARLY_ALL * mine.sum()) & (new >= NEARLY_ALL * new[rest == lead])
    most = np.where(wider, rise, 0.0)
    return int(rest[most.argmax()]) if rise[rest == lead] < NEARLY_ALL * most.max() else lead


def _whole_word(risen: _Risen, lead: int, rest: NDArray[np.int64]) -> int:
    """Return the most certain term with all forms of a word that still rises without one of them, or that form."""
    mine, word = _has(risen, lead), risen.words[lead]
    has_all = (one for one in rest.tolist() if risen.words[one] == word and not (mine & ~_has(risen, one)).any())
    return next(has_all, lead)


def _phrase_of(risen: _Risen, lead: int, rest: NDArray[np.int64]) -> int:
    """Return the phrase that nearly all items with a word have, or the word itself.

    What is written apart may be one word, as in Vietnamese.
    """
    word, count = str(risen.names[lead]), _has(risen, lead).sum()
    phrases = [one for one in rest.tolist() if word in str(risen.names[one]).split(" ") and risen.names[one] != word]
    longer = {one: int(_has(risen, one).sum()) for one in phrases}
    most = max(longer, key=lambda one: longer[one], default=lead)
    return most if longer.get(most, 0) >= NEARLY_ALL * count else lead


def _has(risen: _Risen, place: int) -> NDArray[np.bool_]:
    found = np.zeros(risen.has.shape[0], np.bool_)
    found[risen.has.indices[risen.has.indptr[place] : risen.has.indptr[place + 1]]] = True
    return found


def _is_form(risen: _Risen, one: int, words: set[str]) -> bool:
    """Return whether a term is a form of one of the words, or begins with it, or with all but its last letter."""
    name, starts = str(risen.names[one]), tuple(word[:-1] if len(word) > _STEM else word for word in words)
    return str(risen.words[one]) in words or (" " not in name and name.startswith(starts))


def _describe_term(
    items: pl.DataFrame, risen: _Risen, lead: int, parts: Sequence[int], recent: NDArray[np.bool_]
) -> dict[str, Any]:
    """Return what is shown of a finding: its name, its other terms, messages and ids."""
    mine = _has(risen, lead)
    terms_of_item = mine + sum((_has(risen, one).astype(np.int64) for one in parts), np.zeros(mine.size, np.int64))
    chosen = items.with_columns(_terms=pl.Series(terms_of_item, dtype=pl.Int64), _recent=pl.Series(recent)).filter(mine)
    speaks = chosen.filter("_recent").sort("_terms", "created_at", "id", descending=[True, True, False])
    words = {*str(risen.words[lead]).split(" "), *str(risen.names[lead]).split(" ")}
    parts = [one for one in parts if not _is_form(risen, one, words)]
    named = np.array([lead, *parts])
    term, *others = complete_terms(risen.names.gather(named).to_list(), risen.unspaced[named], chosen["message"])
    if risen.unspaced[lead]:
        beside = zip(others, risen.unspaced[parts], strict=True)
        others = [rest_of_run(one, term) if is_run else one for one, is_run in beside if one not in term]
        others = [one for one in others if not any(one in other and one != other for other in others)]
    else:
        term, *others = in_use([term, *others], chosen["message"], risen.forms)
        term = in_full(term, chosen["message"], items["message"], recent=chosen["_recent"])
        others = [one for one in others if one not in parts_of(term)]
    others = [*dict.fromkeys(filter(None, others))]
    term, *others = as_written([term, *others], chosen["message"])
    return {
        "term": term,
        "terms": others,
        "examples": speaks["message"].unique(maintain_order=True).head(_EXAMPLES).to_list(),
        "ids": chosen.filter("_recent")
        .sort("created_at", "id", descending=[True, False])["id"]
        .cast(pl.String)
        .to_list(),
    }
