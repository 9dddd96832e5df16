"""What to know first about a project: a few certain changes, each reported once, with typical messages.

**Level.** Each check is a family of tests, corrected within itself. Checks whose smallest p-value passes Benjamini and
Hochberg's procedure are selected, and within them the level is multiplied by the share of checks selected (Benjamini
and Bogomolov 2014, "Selective inference on multiple families of hypotheses", JRSS B 76, 297-318). Checks of releases
weigh twice as much as others, at the same total (Genovese, Roeder and Wasserman 2006, Biometrika 93, 509-524). If
nothing changed anywhere, the probability that anything is reported is at most 1 minus the level.

**One cause, one finding.** If the common items of two findings make up half of what is unusual about one of them, it is
part of the other, unless one rose and the other fell. Words are more informative than a page, and a page is more
informative than a type. But if most items of a page are news, and they are described in several ways, these are one
finding: the page's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from seggwat_nb.analysis import significance
from seggwat_nb.analysis.churn import is_churn
from seggwat_nb.analysis.common_terms import common_terms
from seggwat_nb.analysis.finding_checks import bugs, copies, texts, values
from seggwat_nb.analysis.finding_days import (
    cancellation_bursts,
    starts,
    stops,
    unusual_days,
    unusual_ratings,
)
from seggwat_nb.analysis.finding_late import late_told_once
from seggwat_nb.analysis.finding_people import accounts, backlog_changed, loud_people, reopenings
from seggwat_nb.analysis.finding_ratings import ratings, ratings_by_page, ratings_by_version, ratings_stopped
from seggwat_nb.analysis.finding_renames import renames_told_once
from seggwat_nb.analysis.finding_scope import Candidate, Part
from seggwat_nb.analysis.finding_trends import steady_values
from seggwat_nb.analysis.finding_versions import without_blameless
from seggwat_nb.analysis.finding_volume import cancellations, volume
from seggwat_nb.analysis.finding_words import KINDS, short
from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.analysis.quotes import typical
from seggwat_nb.analysis.rising_kinds import LANGUAGE, TOPIC, WORDS
from seggwat_nb.analysis.status_history import is_open
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.terms import terms
from seggwat_nb.analysis.threads import side_by_side
from seggwat_nb.text import join_words, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seggwat_nb.analysis.finding_scope import Check, Scope

__all__ = ["FINDINGS", "find", "typical_of_days"]

_CHECKS: Final[Sequence[Callable[[Scope], Check]]] = (
    copies, volume, values, steady_values, texts, bugs, ratings_by_version, ratings, ratings_by_page, unusual_days,
    unusual_ratings, stops, ratings_stopped, starts, loud_people, accounts, cancellations, cancellation_bursts,
    backlog_changed, reopenings,
)  # fmt: skip

_APART: Final = ("backlog", "rating", "reopened")
"""Kinds that are not about a larger number of items, so that common items explain nothing."""

_COPIES: Final = "copies"
_VALUES: Final = ("theme", "page", "type", "source")
_FALL: Final = (*_VALUES, "silence", "submitter")
_ABOUT: Final = ("theme", "days", "page")
"""Kinds whose items are described by the type, page, source and version of most of them."""

_DESCRIBING: Final = ("type", "path", "source", "version")
_OF_EVERYTHING: Final = ("backlog", "volume")
_CAUSES: Final = ("page", "days", "release", "submitter")
"""Kinds that are one cause of all the messages that are news there, in whatever words. A type or a source is none."""

_WITH_WORDS: Final = ("page", "release", "submitter", "type", "source")
"""Kinds that can name the words that rose within. Those of days are found by a comparison with other days."""

_HALF: Final = 0.5
_NEARLY_ALL: Final = 0.8
_ALL_BUT_A_FEW: Final = 0.95
_MOSTLY: Final = 0.6
_MORE: Final = 1.3
_LEAST_DESCRIBED: Final = 5
_LEAST_AT_ONCE: Final = 20
"""Minimum number of items of a minute to say so."""

_SUREST: Final = 10.0
"""Number of decimals of q beyond which more certainty does not make a finding more important."""

FINDINGS: Final = pl.Schema(
    {
        **dict.fromkeys(("kind", "key", "value", "verdict", "sentence", "detail"), pl.String()),
        **dict.fromkeys(("count", "submitters", "unsigned", "open"), pl.Int64()),
        "oldest_open": pl.Datetime("us", "UTC"),
        **dict.fromkeys(("estimate", "low", "high", "p", "q"), pl.Float64()),
        **dict.fromkeys(("quotes", "quote_ids", "ids", "also"), pl.List(pl.String())),
    }
)


def find(scope: Scope, *, top: int = 7) -> tuple[pl.DataFrame, list[Candidate], list[str]]:
    """Search for findings.

    Returns
    -------
    tuple
        The findings, with the columns of `FINDINGS`; their candidates in the same order; and why something could not be
        checked.
    """
    checks = side_by_side(lambda check: check(scope), _CHECKS, rows=scope.feedback.height + scope.ratings.height)
    sure = late_told_once(renames_told_once(without_blameless(scope, _select(checks, scope.level)), scope))
    told = sorted(_one_story_each(sure), key=lambda one: (-_importance(one, scope), one.kind, one.value or ""))[:top]
    told = [_with_words(one, scope) if one.kind == "days" else one for one in told]
    rows = [_row(one, scope) for one in told]
    return pl.DataFrame(rows, schema=FINDINGS, orient="row"), told, [check.gap for check in checks if check.gap]


def _select(checks: Sequence[Check], level: float) -> list[Candidate]:
    """Keep results that pass after correction for the number of checks. Results that were not tested pass."""
    tested = np.array([np.nan if check.p is None else check.p for check in checks])
    made = max(int((~np.isnan(tested)).sum()), 1)
    weights = np.array([check.weight for check in checks])
    weights *= made / max(weights[~np.isnan(tested)].sum(), 1.0)
    passed = significance.benjamini_hochberg(np.minimum(tested / weights, 1.0)) <= 1 - level
    cutoffs = (1 - level) * weights * passed.sum() / made
    return [
        one
        for check, sure, cutoff in zip(checks, passed, cutoffs, strict=True)
        for one in check.found
        if one.q is None or (sure and one.q <= cutoff)
    ]


class _Story(NamedTuple):
    """A result with those that it includes, and its items."""

    told: Candidate
    items: frozenset[str]


def _one_story_each(found: Sequence[Candidate]) -> list[Candidate]:
    """Merge results about the same items."""
    kept: list[_Story] = []
    named = [(one, frozenset(one.ids)) for one in found if one.key in {WORDS, "theme"}]
    events = [frozenset(one.ids) for one in found if one.kind in {"days", "release"}]
    for one in sorted(found, key=lambda one: (_place(one, events), _rank(one, named), one.q or 0.0)):
        is_apart = one.kind in _APART or (one.kind == _COPIES and not one.excess)
        new = _Story(one, frozenset() if is_apart else frozenset(one.ids))
        same = [at for at, story in enumerate(kept) if _same_value(one, story.told)]
        if same:
            first, *others = same if one.kind == "silence" else same[:1]
            other = kept[first]
            is_silence = one.kind == "silence" and other.told.kind != "silence"  # why a count fell or rose
            tells_more = is_silence or (one.kind == "volume" and _is_of_all(one, other.told))  # with fewer ratings
            parts = [other, *(kept[at] for at in others)]
            kept[first] = _merge_stories(new, parts) if tells_more else _merge_stories(other, [new, *parts[1:]])
            kept = [story for at, story in enumerate(kept) if at not in others]
        else:
            kept = _add_story(new, kept)
    return [story.told for story in kept]


def _add_story(new: _Story, kept: Sequence[_Story]) -> list[_Story]:
    """Add a result to the stories: it joins one that explains it, or takes over those that it explains."""
    teller, parts = _find_explanation(new, kept)
    others = [kept[at] for at in parts if at != teller]
    told = _merge_stories(new, others) if teller is None else _merge_stories(kept[teller], [new, *others])
    return [*(story for at, story in enumerate(kept) if at not in {teller, *parts}), told]


def _find_explanation(new: _Story, kept: Sequence[_Story]) -> tuple[int | None, list[int]]:
    """Return the place of the story that explains a result, if any, and the places of those to be merged with it.

    A language explains words, pages, types and sources, but not what happens to people of every language. It explains
    that there is more of everything if all but a few of the items that are more are in it.
    """
    one, mine = new
    common = [0 if _is_apart(new, story) else len(mine & story.items) for story in kept]
    told = [
        0 if story.told.key == LANGUAGE and not _is_in_language(one, shared) else shared
        for story, shared in zip(kept, common, strict=True)
    ]
    most = max(range(len(kept)), key=told.__getitem__, default=None)
    if most is None or not any(common):
        return None, []
    parts = [
        at
        for at, story in enumerate(kept)
        if one.kind != "volume"
        and story.told.kind != _COPIES
        and (one.kind, story.told.kind) != ("release", "days")
        and common[at] >= _HALF * max(len(story.items), story.told.excess, 1.0)
    ]
    together = len(mine & frozenset[str]().union(*(kept[at].items for at, shared in enumerate(told) if shared)))
    is_one_cause = one.kind in _CAUSES and one.excess >= _HALF * len(mine)
    if is_one_cause and len(parts) > 1:
        return most if most in parts and told[most] >= _NEARLY_ALL * max(together, 1) else None, parts
    # A share is larger on the other days, too, unless most items are of the unusual ones.
    least = _HALF * (len(mine) if one.kind == "release" and kept[most].told.kind == "days" else max(one.excess, 1.0))
    if together >= least and not _says_more(new, kept[most]):
        return most, []
    return None, parts


def _is_in_language(one: Candidate, shared: int) -> bool:
    """Return whether a language explains a result of which it has some items."""
    return one.kind in _VALUES or (one.kind == "volume" and shared >= _ALL_BUT_A_FEW * one.excess)


def _is_apart(new: _Story, story: _Story) -> bool:
    """Return whether the common items of two results explain nothing.

    A fall is about items that did not come in, so items that did explain it no more than it explains them. A start
    explains only a rise of that value, and another start. Unusual days explain it if there was nothing after them.
    """
    one, other = new.told, story.told
    is_opposite = (one.verdict == "fell") != (other.verdict == "fell")
    if one.verdict != "began" or other.verdict == "began" or other.kind in _VALUES:
        return is_opposite
    return other.kind != "days" or len(new.items & story.items) < _ALL_BUT_A_FEW * len(new.items)


def _says_more(new: _Story, other: _Story) -> bool:
    """Return whether words include nearly all messages with other words, and as few that are not news."""
    within = len(new.items & other.items) >= _NEARLY_ALL * len(other.items)
    is_as_new = new.told.excess * len(other.items) >= _NEARLY_ALL * other.told.excess * len(new.items)
    return new.told.key == other.told.key == WORDS and within and is_as_new and len(new.items) > len(other.items)


def _merge_stories(story: _Story, others: Sequence[_Story]) -> _Story:
    """Add other results to a story, and if it is not about words itself, the words among them."""
    told = story.told
    for other in others:
        told = told.merge(other.told)
    words = [other.told.value for other in others if other.told.key in {WORDS, TOPIC} and other.told.value]
    if words and told.kind in _WITH_WORDS:
        told = replace(told, detail=f"Mentioned more than before: {join_words(f'“{word}”' for word in words[:3])}.")
    rated = [f"{other.told.sentence} {other.told.detail}".strip() for other in others if other.told.kind == "rating"]
    if rated and told.kind == "days":
        told = replace(told, caveat=" ".join(rated))  # as the detail is about the words of the items
    pages = [other.told.sentence for other in others if (other.told.kind, other.told.key) == ("rating", "path")]
    if pages and told.key in told.measures and not told.detail:
        told = replace(told, detail=" ".join(pages))
    lower = [*filter(None, [*told.measures.values()][1:])]  # the first is its own
    if lower:
        told = replace(told, detail=f"Also lower: {join_words(lower)}.")
    return _Story(told, story.items)


def _place(one: Candidate, events: Sequence[frozenset[str]]) -> float:
    """Return the place of a kind. Days and releases come before words, topics and pages of which they are the cause.

    That is so if at least half of the items came in on these days, or are about these versions.
    """
    is_part = one.kind in {"theme", "page"} and one.verdict == "rose"
    if is_part and any(len(event.intersection(one.ids)) >= _HALF * len(one.ids) for event in events):
        return KINDS.index("release") + 0.5
    return KINDS.index(one.kind)


def _rank(one: Candidate, named: Sequence[tuple[Candidate, frozenset[str]]]) -> int:
    """Rank a version that is rated lower before a fall in the latest days, which it explains, and a page after it.

    Rank a topic before words and themes, since several can be about it, unless one of them is what rose. That is so if
    half of the topic is in it, or if it rose clearly more than the topic and makes up half of the topic's rise. If more
    people write about the network of a station, messages about stations are more, too.
    """
    if one.key != TOPIC:
        return 0 if one.key == "version" else 2 if (one.kind, one.key) == ("rating", "path") else 1
    for word, items in named:
        common = len(items.intersection(one.ids))
        steeper = one.high is not None and word.low is not None and word.low > one.high
        if common >= _HALF * len(one.ids) or (steeper and common >= _HALF * max(one.excess, 1.0)):
            return 2
    return 0


def _same_value(one: Candidate, other: Candidate) -> bool:
    """Return whether two results have the same cause although they have no items in common.

    For example, a silence and the fall of the count, or the rise after it; a version that is rated lower by several
    measures, and the fall of one of these in the latest days.
    """
    kinds = {one.kind, other.kind}
    if (one.kind, one.verdict) == ("volume", "fell") and other.kind in _FALL and other.key is not None:
        is_of_rows = not isinstance(other.select.get("source"), tuple)  # cancellation comments are not in the volume
        return is_of_rows and other.verdict in {"fell", "silent"} and other.excess >= _HALF * one.excess
    if "silence" in kinds:
        stopped = {one.verdict, other.verdict} == {"silent"} and None is one.key is other.key
        if stopped and kinds == {"silence", "rating"}:
            return True
        whole = one.key is None and other.key is None and kinds == {"silence", "volume"}
        silence, submitter = (one, other) if one.kind == "silence" else (other, one)
        whole |= silence.key is None and submitter.kind == "submitter" and submitter.verdict in {"fell", "silent"}
        same = one.key == other.key and one.key is not None and bool(_values(one) & _values(other))
        return whole or (same and kinds <= {"silence", *_VALUES})  # a release may have more bugs and then no items
    if kinds != {"rating"}:
        return kinds in ({"days", "rating"}, {"submitter"}) and one.value is not None and one.value == other.value
    if one.key == other.key:
        return one.key == "version" and one.value == other.value
    verdicts, is_of_page = {one.verdict, other.verdict}, "path" in {one.key, other.key}
    is_same = verdicts == {"lower", "fell"} or (is_of_page and len(verdicts) == 1)
    return is_same and bool(one.measures.keys() & other.measures.keys())


def _values(one: Candidate) -> set[str]:
    """Return the values that a result is about. Several that stopped on the same day are one result."""
    chosen = one.select.get(one.key or "", ())
    return {*filter(None, (one.value, *((chosen,) if isinstance(chosen, str) else chosen)))}


def _is_of_all(volume: Candidate, part: Candidate) -> bool:
    """Return whether all feedback fell, and not only that with a value: the rest by at least half as large a share."""
    if part.kind == "silence" or volume.estimate is None or part.estimate is None:
        return False
    usual, usual_of_part = (one.excess / max(1 - (one.estimate or 0.0), 1e-9) for one in (volume, part))
    rest = (volume.excess - part.excess) / max(usual - usual_of_part, 1e-9)
    return rest >= _HALF * (1 - part.estimate)


def _importance(one: Candidate, scope: Scope) -> float:
    """Return the importance: the sum of kind, certainty and size, each up to about 1."""
    first, last = scope.latest
    items = max(scope.rows.filter(scope.within(first, last)).height, 1)
    certainty = 0.0 if one.q is None else min(-np.log10(max(one.q, 1e-300)), _SUREST) / _SUREST
    return one.weight + 0.5 * float(certainty) + 0.5 * min(one.excess / items, 1.0)


def _with_words(one: Candidate, scope: Scope) -> Candidate:
    """Add the words used more often on unusual days."""
    if "message" not in scope.feedback.columns:
        return one
    mine = pl.col("id").cast(pl.String).is_in(one.ids)
    others = ~mine & is_churn() if scope.cancellations["id"].is_in(one.ids).any() else ~mine
    found = terms(
        scope.feedback, where=Part(scope.where, mine), against=Part(scope.where, others), top=3, level=scope.level
    ).filter(pl.col("submitters") >= _LEAST_DESCRIBED)
    shown = [names.get(term) for term, names in zip(found["term"], common_terms(found, scope.everything), strict=True)]
    told = [f"“{name}”" for name in shown if name]
    return replace(one, detail=f"More often than on other days: {join_words(told)}.") if told else one


def _row(one: Candidate, scope: Scope) -> tuple[object, ...]:
    rows = scope.everything.filter(pl.col("id").is_in(one.ids))
    who = rows.select(submitter_of(rows)).to_series()
    waiting = rows.clear()
    if knows := scope.knows_what_is_open:
        waiting = rows.filter(is_open())
    quoted = "message" in rows.columns and one.kind not in _OF_EVERYTHING
    kept = (one.kind in _ABOUT or one.verdict == "began") and rows.height >= _LEAST_DESCRIBED
    most = _of_most(rows, scope.rows, keys=[key for key in _DESCRIBING if key != one.key]) if kept else []
    said = _telling(one, rows, scope.rows) if quoted else rows.clear()
    quotes = said["message"].to_list() if "message" in said.columns else []
    same = _in_one_text(rows["message"]) if quoted and kept else []
    at_once = _in_one_minute(rows["created_at"]) if one.kind == "days" and rows.height else []
    detail = " ".join(filter(None, (one.detail, *at_once, *_by_one(one, who), *same, *_mostly(most), one.caveat)))
    return (
        *(one.kind, one.key, one.value, one.verdict, one.sentence, detail or None),
        *(
            rows.height,
            who.drop_nulls().n_unique(),
            who.null_count(),
            waiting.height if knows else None,
            waiting["created_at"].min(),
        ),
        *(one.estimate, one.low, one.high, one.p, one.q),
        *(quotes, said["id"].to_list(), one.ids, list(one.also)),
    )


def typical_of_days(rows: pl.DataFrame, everything: pl.DataFrame, *, top: int = 3) -> pl.DataFrame:
    """Choose typical messages of unusual days: like those of most of their items, but not of most others."""
    most = _of_most(rows, everything, keys=(*_DESCRIBING, "submitted_by"))
    conditions = [pl.col(key).cast(pl.String) == value for key, value, _ in most]
    alike = rows.filter(conditions) if conditions else rows
    return typical(alike if alike.height else rows, top=top)


def _telling(one: Candidate, rows: pl.DataFrame, everything: pl.DataFrame) -> pl.DataFrame:
    """Choose messages to quote. Praise does not say why a version is rated lower."""
    if one.kind == "days":
        return typical_of_days(rows, everything)
    if one.verdict == "lower" and "type" in rows.columns:
        others = rows.filter(pl.col("type").cast(pl.String).ne_missing("Praise"))
        return typical(others if others.height else rows)
    return typical(rows)


def _by_one(one: Candidate, who: pl.Series) -> list[str]:
    """Add that a single submitter wrote most of the items, unless the finding says so itself."""
    if one.kind == "submitter" or one.verdict == "one person" or who.len() < _LEAST_DESCRIBED:
        return []
    share = max(who.drop_nulls().unique_counts(), default=0) / who.len()
    if share == 1:
        return ["All by one submitter."]
    return [f"Mostly by one submitter ({percent(share)})."] if share >= _MOSTLY else []


def _in_one_text(messages: pl.Series) -> list[str]:
    """Add that all or most items have the same text, as those of a program do."""
    texts = fold_texts(messages.cast(pl.String).drop_nulls())
    counts = texts.filter(texts.str.contains(r"\S")).value_counts(name="n")
    share = int(counts["n"].max() or 0) / max(messages.len(), 1)  # type: ignore[arg-type]  # integers
    if share == 1:
        return ["All have the same text."]
    return [f"{percent(share)} have the same text."] if share >= _MOSTLY else []


class _Most(NamedTuple):
    """A value of a column that most items of a finding have."""

    key: str
    value: str
    share: float


def _in_one_minute(created: pl.Series) -> list[str]:
    """Add that all or most items of some days are of the same minute, as those of an import are."""
    most = int(created.dt.truncate("1m").unique_counts().max() or 0)  # type: ignore[arg-type]  # integers
    if most < max(_LEAST_AT_ONCE, _MOSTLY * created.len()):
        return []
    many = "All" if most == created.len() else f"{most:,} of them"
    return [f"{many} were created within the same minute. Perhaps they were imported."]


def _of_most(rows: pl.DataFrame, everything: pl.DataFrame, *, keys: Sequence[str]) -> list[_Most]:
    """Return the values that most items have, and not most others."""
    found: list[_Most] = []
    for key in keys:
        if key not in rows.columns:
            continue
        counts = rows[key].cast(pl.String).replace("", None).drop_nulls().value_counts(name="n")
        if not counts.height:
            continue
        most, number = counts.sort("n", key, descending=[True, False]).row(0)
        share = number / rows.height
        usual = (everything[key].cast(pl.String) == most).sum() / everything.height
        if share >= max(_MOSTLY, _MORE * usual):
            found.append(_Most(key, most, share))
    return found


def _mostly(most: Sequence[_Most]) -> list[str]:
    """Say what all or most items have in common."""
    words = {"type": "of type", "path": "on", "source": "from", "version": "in version"}
    named = [(f"{words[key]} {short(value)}", share) for key, value, share in most]
    whole = [name for name, share in named if share == 1]
    mostly = [f"{name} ({percent(share)})" for name, share in named if share < 1]
    said = [f"All {join_words(whole)}"] if whole else []
    said += [f"{'mostly' if whole else 'Mostly'} {join_words(mostly)}"] if mostly else []
    return [f"{', '.join(said)}."] if said else []
