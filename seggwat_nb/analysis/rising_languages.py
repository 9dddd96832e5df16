"""Finds a language that rose, where words and topics that rose are only its words.

When a product is launched in another country, the words of its language rise, one by one, whatever people say in it.
So a language is reported in place of the words and topics that are mostly within it, if it is new, or rose more
certainly than each of them, and in either case even without the largest. Otherwise, that is the cause: a problem that
people report in one language. The language that was the most common one already is never reported: whatever happens
changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from seggwat_nb.analysis.folding import fold
from seggwat_nb.analysis.naming import NEARLY_ALL
from seggwat_nb.analysis.own_text import own_words
from seggwat_nb.analysis.rising_kinds import WORDS
from seggwat_nb.analysis.spoken import are_in_a_language, detect_languages, name_of, share_of_words
from seggwat_nb.analysis.submitters import count_signers
from seggwat_nb.analysis.terms import SCHEMA, finding_rows
from seggwat_nb.analysis.windows import Codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seggwat_nb.analysis.sides import Sides, Tested

    Flags = NDArray[np.bool_]

__all__ = ["languages_that_rose"]

_ANOTHER: Final = "another language"
"""Stands for a language that is not known."""

_HALF: Final = 0.5
_SHARED: Final = 0.2
"""Share of the words of messages in a language that is not known that are also in other messages: names and loanwords.
If more are, the messages are short ones in the same language, such as *5.2.1 broke sync*."""

_HARDLY: Final = 0.1
"""Maximum number of messages in a new language in the days before, relative to those in the latest ones."""

_TERMS: Final = 5
_EXAMPLES: Final = 3


def languages_that_rose(
    found: pl.DataFrame, items: pl.DataFrame, sides: Sides, *, min_count: int, level: float
) -> tuple[pl.DataFrame, pl.Series]:
    """Return the language that rose, one row or none, and which of the findings are only its words.

    Parameters
    ----------
    found
        Words and topics that rose, with the columns of `seggwat_nb.themes.terms`, and ``kind``.
    items, sides
        The items in which they were found, in two groups.
    min_count, level
        As in `seggwat_nb.themes.terms`.

    Notes
    -----
    A language is only reported in place of findings, so it adds nothing to the rate of false ones.
    """
    nothing = pl.DataFrame(schema=SCHEMA), pl.Series([False] * found.height, dtype=pl.Boolean)
    if found.is_empty():
        return nothing
    ids = items["id"].cast(pl.String)
    members = [ids.is_in(mine).to_numpy() & sides.recent for mine in found["ids"].to_list()]
    surest = None
    messages = items["message"].cast(pl.String)
    for group in _groups(messages, ~sides.recent):
        inside = np.array([group[mine].mean() > _HALF for mine in members])
        now = group & sides.recent
        if (
            not inside.any()
            or _people(items, now) < min_count
            or not _is_a_language(messages.filter(pl.Series(now)), messages.filter(pl.Series(~group)))
        ):
            continue
        largest = max(np.flatnonzero(inside).tolist(), key=lambda place: np.count_nonzero(members[place]))
        mine, in_all = members[largest] & group, np.count_nonzero(group & sides.recent)
        # Of nearly all that is said in a language, little more can be said than that.
        is_all = found["kind"][largest] != WORDS and np.count_nonzero(mine) >= NEARLY_ALL * in_all
        p, of_shares = _surest(group, sides, np.ones(group.size, np.bool_))
        # By shares, since counts of much are less certain than of little if the number of all items varies.
        is_surer = of_shares < found["p"].to_numpy()[inside].min()
        # One sentence in a new language is less scattered than all of them, and so may look more certain.
        is_new = np.count_nonzero(group & ~sides.recent) <= _HARDLY * in_all
        is_cause = is_all or ((is_surer or is_new) and _surest(group, sides, ~mine)[0] <= 1 - level)
        if is_cause and p <= 1 - level and (surest is None or p < surest[0]):  # NaN proves nothing
            surest = p, group, inside
    if surest is None:
        return nothing
    _, group, inside = surest
    tested = sides.test(_codes(group), 1, np.ones(group.size, np.bool_))
    is_told = pl.Series(inside, dtype=pl.Boolean)
    return _row(items, group, found.filter(is_told), sides, tested, level=level), is_told


def _groups(messages: pl.Series, before: Flags) -> list[Flags]:
    """Return which items are in each language but the most common one before, and which are not in that one.

    Items in a language that is not known are divided between several others, or in none. Then their script tells them
    from the most common language: names and technical terms are in none, too.
    """
    codes = detect_languages(messages).rename("code")
    by_count = pl.DataFrame({"code": codes, "before": before}).drop_nulls("code").group_by("code").agg(
        pl.col("before").sum(), count=pl.len()
    ).sort("before", "count", "code", descending=[True, True, False])  # fmt: skip
    names = by_count["code"].to_list()
    is_latin = messages.str.count_matches(r"\p{Latin}") * 2 >= messages.str.count_matches(r"\p{L}")
    others = []
    for name in names[:1]:
        of_name = is_latin.filter(codes == name)
        is_other_script = is_latin != bool(2 * of_name.sum() >= of_name.len())
        apart = pl.select(pl.coalesce(codes != name, is_other_script)).to_series()
        others.append(apart & messages.str.contains(r"\p{L}"))
    groups = [*(codes == name for name in names[1:]), *others]
    return [group.fill_null(value=False).to_numpy() for group in groups]


def _is_a_language(messages: pl.Series, others: pl.Series) -> bool:
    """Return whether messages are in another language: one with another name, or whose words others do not have."""
    if not are_in_a_language(messages):
        return False
    if name := name_of(messages):
        return name != name_of(others)
    return share_of_words(messages, others) < _SHARED


def _surest(group: Flags, sides: Sides, kept: Flags) -> tuple[float, float]:
    """Return the p-value of a group, and that of its share: of all recent days or of half of them, as of words."""
    tested = [one.test(_codes(group), 1, kept) for one in (sides, sides.half) if one is not None]
    p, of_shares = (np.array([getattr(one, name).item() for one in tested]) for name in ("p", "p_of_shares"))
    return float(np.fmin.reduce(p)) * p.size, float(np.fmin.reduce(of_shares)) * p.size


def _codes(group: Flags) -> Codes:
    row = np.flatnonzero(group)
    return Codes(np.zeros(row.size, np.int64), row)


def _people(items: pl.DataFrame, group: Flags) -> int:
    return int(items.filter(pl.Series(group)).select(count_signers(pl.col("_who"))).item())


def _row(
    items: pl.DataFrame, group: Flags, told: pl.DataFrame, sides: Sides, tested: Tested, *, level: float
) -> pl.DataFrame:
    recent = items.filter(pl.Series(group & sides.recent)).sort("created_at", "id", descending=[True, False])
    leads, others = told["term"].to_list(), told["terms"].explode().drop_nulls().to_list()
    elsewhere = own_words(items.filter(pl.Series(~group & sides.recent))["message"])
    here = own_words(recent["message"])
    terms = [term for term in dict.fromkeys([*leads, *others]) if _holding(here, term) > _holding(elsewhere, term)]
    one = {
        "term": [name_of(recent["message"]) or _ANOTHER],
        "terms": [terms[:_TERMS]],
        "examples": [recent["message"].unique(maintain_order=True).head(_EXAMPLES).to_list()],
        "ids": [recent["id"].cast(pl.String).to_list()],
        "submitters": [_people(items, group & sides.recent)],
        "p": tested.p,
        "q": [told["q"].min()],
    }
    n, other_n = (float(side.sum()) for side in (sides.recent, ~sides.recent))
    return finding_rows(
        one, (tested.items, n), (tested.other, other_n), tested.dispersion, dates=sides.dates, level=level
    )


def _holding(texts: pl.Series, term: str) -> int:
    return int(texts.str.contains(fold(term), literal=True).sum())
