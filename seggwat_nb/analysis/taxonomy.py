"""Themes that people define: which items match the words of each.

A **pattern** is a word or several words in a row. It matches whole words, folded as everywhere
(`seggwat_nb.analysis.folding`); a ``*`` stands for any letters, so that ``pay*`` finds *payment*, ``*fehler`` finds
*Ladefehler*, and ``top* up`` finds *topping up*. Characters of scripts without spaces match anywhere, and end the words
beside them, so that ``csv`` finds *CSVで*. Web and e-mail addresses are ignored, and no pattern matches across a full
stop, a comma or a blank line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.analysis.naming import as_written, complete_terms, distinct
from seggwat_nb.analysis.own_text import own_words
from seggwat_nb.analysis.signs import SIGNED, in_one_way
from seggwat_nb.analysis.submitters import count_people, submitter_numbers, submitter_of
from seggwat_nb.analysis.terms import log_odds
from seggwat_nb.analysis.tokens import BAR, EMOJI, PHRASE_END, find_terms, without_addresses
from seggwat_nb.analysis.unspaced import UNSPACED
from seggwat_nb.analysis.validation import check_columns, check_least
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_fields import SEPARATOR, is_within, with_those_above

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.analysis.overdispersion import Floats

    Sparse: TypeAlias = Any  # scipy.sparse, which has no useful annotations

__all__ = ["SEPARATOR", "Theme", "all_names", "check", "is_within", "literals", "matches", "tag", "with_those_above"]

_PICTURE: Final = rf"({EMOJI})|[\p{{Regional_Indicator}}\xA9\xAE]"
"""An emoji, or a sign that is none although Unicode counts it as a picture."""

_SIGNS: Final = r"(?:[^\w|\p{Extended_Pictographic}\p{Regional_Indicator}]+|\b_+|_+\b)+"

_OTHER: Final = rf"[\w--[{UNSPACED}\p{{M}}]]"
_SCRIPT_ENDS: Final = (rf"([{UNSPACED}]\p{{M}}*)({_OTHER})", rf"({_OTHER}\p{{M}}*)([{UNSPACED}])")
"""Where a script without spaces ends, and where one begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme: its name, and which items belong to it.

    Parameters
    ----------
    name
        Its name; ``"Checkout / Payment"`` is nested in ``"Checkout"``.
    any
        Patterns. If there are any, an item must match at least one.
    all
        Patterns. An item must match all of them.
    none
        Patterns that an item must not match. Called ``not`` in the file.
    keep, drop
        IDs of items that belong, or do not belong, to the theme regardless of the patterns.
    level
        With fewer distinct submitters, the theme counts as emerging.
    """

    name: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    level: int = 2

    def __post_init__(self) -> None:
        for name in ("any", "all", "none", "keep", "drop"):
            if isinstance(getattr(self, name), str):
                raise ArgumentError(f"{name} must be a tuple of strings, got {getattr(self, name)!r}.")


def literals(patterns: Sequence[str]) -> list[str]:
    """Write each pattern as it occurs in texts written by `_pad_words`; empty if nothing would be left.

    Examples
    --------
    >>> literals(["Credit card", "pay*", "*fehler", "支払", "!"])
    [' credit card ', ' pay', 'fehler ', '支払', '']
    >>> literals(["top* up", "*pay*ment"])
    [' top* up ', 'pay*ment ']
    >>> literals(["terms & conditions", "sign - in*"])
    [' terms conditions ', ' sign in']
    """
    given = pl.Series("given", patterns, dtype=pl.String).str.strip_chars()
    core = pl.Series("core", _as_in_texts(given.to_list()), dtype=pl.String).str.strip_chars("* ")
    table = pl.DataFrame([given, core])
    star = [pl.col("given").str.starts_with("*"), pl.col("given").str.ends_with("*")]
    open_ends = [
        is_open | pl.col("core").str.contains(edge)
        for is_open, edge in zip(star, (f"^[{UNSPACED}]", f"[{UNSPACED}]$"), strict=True)
    ]
    before, after = (pl.when(is_open).then(pl.lit("")).otherwise(pl.lit(" ")) for is_open in open_ends)
    is_nothing = (pl.col("core") == "") | pl.col("core").str.contains("|", literal=True)
    found: list[str] = table.select(
        pl.when(is_nothing).then(pl.lit("")).otherwise(pl.concat_str(before, "core", after))
    ).to_series().to_list()  # fmt: skip
    return found


def _as_in_texts(patterns: list[str]) -> list[str]:
    """Write what is between the stars of patterns as `_pad_words` writes texts."""
    written_as = in_one_way(fold_texts(pl.Series(patterns, dtype=pl.String)))
    pieces = [[word.split("*") for word in pattern.split()] for pattern in written_as]
    flat = pl.Series([piece for words in pieces for word in words for piece in word], dtype=pl.String)
    written = iter(_pad_words(fold_texts(flat)).str.strip_chars().to_list())
    joined = [["*".join(next(written) for _ in word) for word in words] for words in pieces]
    return [" ".join(word for word in words if word) for words in joined]


def matches(messages: pl.Series, ids: pl.Series, themes: Sequence[Theme]) -> NDArray[np.bool_]:
    """Return which items belong to which themes, with one row per item and one column per theme.

    Examples
    --------
    >>> themes = [Theme(name="Pay", any=("pay*", "credit card"), none=("payroll",)), Theme(name="Ids", keep=("c",))]
    >>> messages = pl.Series(["Paying fails", "My credit. Card?", "Payroll"])
    >>> matches(messages, pl.Series(["a", "b", "c"]), themes).tolist()
    [[True, False], [False, False], [False, True]]
    """
    written = list({one for theme in themes for one in (*theme.any, *theme.all, *theme.none)})
    literal_of = dict(zip(written, literals(written), strict=True))
    patterns = sorted({*literal_of.values()} - {""})
    place = {pattern: number for number, pattern in enumerate(patterns)}
    holds = _holds(messages, patterns)
    texts = ids.cast(pl.String)
    found = np.zeros((messages.len(), len(themes)), np.bool_)
    for number, theme in enumerate(themes):
        some, every, no = (
            [place[literal_of[one]] for one in group if literal_of[one]] for group in (theme.any, theme.all, theme.none)
        )
        has = holds[:, some].any(axis=1) if some else np.full(messages.len(), bool(every))
        has = has & holds[:, every].all(axis=1) & ~holds[:, no].any(axis=1)
        found[:, number] = (has | _among(texts, theme.keep)) & ~_among(texts, theme.drop)
    return found


def _among(ids: pl.Series, chosen: Sequence[str]) -> NDArray[np.bool_]:
    if not chosen:
        return np.zeros(ids.len(), np.bool_)
    found: NDArray[np.bool_] = ids.is_in(pl.Series(chosen, dtype=pl.String).implode()).fill_null(value=False).to_numpy()
    return found


def _holds(messages: pl.Series, patterns: Sequence[str]) -> NDArray[np.bool_]:
    """Return which texts match which patterns: in one pass over the texts, and one for each with a ``*`` inside."""
    holds = np.zeros((messages.len(), len(patterns)), np.bool_)
    texts = _pad_words(own_words(messages))
    plain = [place for place, pattern in enumerate(patterns) if "*" not in pattern]
    if plain:
        sought = [patterns[place] for place in plain]
        found = texts.str.extract_many(sought, overlapping=True)
        row = np.repeat(np.arange(texts.len()), found.list.len().to_numpy())
        held = found.filter(found.list.len() > 0).explode().cast(pl.Enum(sought)).to_physical()
        holds[row, np.array(plain)[held.cast(pl.Int64).to_numpy()]] = True
    for place in {*range(len(patterns))}.difference(plain):
        holds[:, place] = texts.str.contains(re.escape(patterns[place]).replace(r"\*", r"\w*")).to_numpy()
    return holds


def _pad_words(texts: pl.Series) -> pl.Series:
    """Write folded texts as words with one space on either side of each, and a bar where a phrase ends."""
    phrases = (" " + without_addresses(texts) + " ").str.replace_all(PHRASE_END, BAR).str.replace_all(r"\b's\b", "")
    alone = _by_script(phrases.str.replace_all(_PICTURE, " ${1} "))
    return _without_signs(alone)


def _without_signs(texts: pl.Series) -> pl.Series:
    """Put a space in place of signs, except those within words such as ``c++``."""
    spaced = texts.str.replace_all(_SIGNS, " ")
    rows = texts.str.contains(SIGNED).arg_true()
    if not rows.len():
        return spaced
    kept = texts.gather(rows).str.replace_all(rf"({SIGNED})|{_SIGNS}", " ${1} ").str.replace_all(" +", " ")
    return spaced.scatter(rows, kept)


def _by_script(texts: pl.Series) -> pl.Series:
    """Put a space between scripts without spaces and others, so that ``csv`` is a word of 注文履歴をCSVで."""
    mixed = texts.str.contains(f"[{UNSPACED}]").arg_true()
    if not mixed.len():
        return texts
    apart = texts.gather(mixed)
    for pattern in _SCRIPT_ENDS:
        apart = apart.str.replace_all(pattern, "${1} ${2}")
    return texts.scatter(mixed, apart)


def all_names(themes: Sequence[Theme]) -> list[str]:
    """List themes and those they are nested in, each before those nested in it."""
    return list(dict.fromkeys(name for theme in themes for name in with_those_above(theme.name)))


def tag(frame: pl.DataFrame, themes: Sequence[Theme]) -> pl.DataFrame:
    """Add the column ``theme``; see `seggwat_nb.themes.tag`.

    Examples
    --------
    >>> nested = [Theme(name="Checkout / Payment", any=("pay*",)), Theme(name="Checkout", any=("basket",))]
    >>> tag(pl.DataFrame({"id": ["a", "b"], "message": ["Paying fails", "Empty basket"]}), nested)["theme"].to_list()
    [['Checkout', 'Checkout / Payment'], ['Checkout']]
    """
    check_columns(frame, ["id", "message"], wanted="a frame of feedback")
    names = all_names(themes)
    own = matches(frame["message"], frame["id"], themes)
    within = np.array([[is_within(theme.name, name) for theme in themes] for name in names], np.bool_)
    of_name = np.array([own[:, inside].any(axis=1) for inside in within], np.bool_).reshape(len(names), frame.height).T
    row, column = np.nonzero(of_name)
    tags = pl.DataFrame(
        {"row": row, "theme": pl.Series(names, dtype=pl.String).gather(column)}, schema_overrides={"row": pl.UInt32}
    )
    lists = tags.group_by("row", maintain_order=True).agg("theme")
    every = pl.DataFrame({"row": pl.int_range(frame.height, dtype=pl.UInt32, eager=True)})
    found = every.join(lists, on="row", how="left", maintain_order="left")
    nothing = pl.lit([], pl.List(pl.String))
    return frame.drop("theme", strict=False).with_columns(found.select(pl.col("theme").fill_null(nothing))["theme"])


def check(
    frame: pl.DataFrame,
    themes: Sequence[Theme],
    *,
    where: Selection | None = None,
    previous: Sequence[Theme] | None,
    top: int = 3,
) -> pl.DataFrame:
    """Check themes; see `seggwat_nb.themes.check`."""
    check_columns(frame, ["id", "message", "created_at"], wanted="a frame of feedback")
    check_least("top", top, 1)
    items = select_rows(frame, where)
    of_theme = matches(items["message"], items["id"], themes)
    who = submitter_numbers(items.with_columns(_who=submitter_of(items))["_who"])
    together = of_theme.astype(np.int64).T @ of_theme.astype(np.int64)
    count, several = np.diag(together), of_theme.sum(axis=1) > 1
    people = np.array([count_people(who[mine]) for mine in of_theme.T], np.int64)
    beside = together - np.diag(count)
    other = beside.argmax(axis=1) if themes else np.zeros(0, np.int64)
    most = beside[np.arange(len(themes)), other] if themes else np.zeros(0, np.int64)
    names = [theme.name for theme in themes]
    stages = [_stage(n, theme) for n, theme in zip(people.tolist(), themes, strict=True)]
    without = matches(items["message"], items["id"], [replace(theme, none=(), drop=()) for theme in themes])
    read = [*_readings(items, of_theme, without & ~of_theme, top=top)]
    changed = _changes(items, themes, of_theme, previous)
    known = frame["id"].cast(pl.String).drop_nulls().unique()
    table = pl.DataFrame(
        {
            "theme": [*names, None],
            "stage": [*stages, None],
            "count": [*count.tolist(), int((~of_theme.any(axis=1)).sum())],
            "submitters": [*people.tolist(), count_people(who[~of_theme.any(axis=1)])],
            "alone": [*(of_theme & ~several[:, None]).sum(axis=0).tolist(), None],
            "overlaps": [*(names[at] if n else None for at, n in zip(other, most, strict=True)), None],
            "overlap": [*(int(n) if n else None for n in most), None],
            "near_misses": [*(one.near_misses for one in read), None],
            "missing_words": [*(one.missing_words for one in read), None],
            "odd_matches": [*(one.odd_matches for one in read), None],
            "excluded": [*(one.excluded for one in read), None],
            "unused": [*_find_unused(items["message"], themes), None],
            "gained": [*(gained for gained, _ in changed), None],
            "lost": [*(lost for _, lost in changed), None],
            "unknown_ids": [*(_find_unknown(theme, known) for theme in themes), None],
        },
        schema=_CHECKED,
    )  # fmt: skip
    table = pl.concat([table[:-1], _find_removed(items, themes, previous), table[-1:]])
    share = pl.col("count") / items.height if items.height else pl.lit(None, pl.Float64)
    return table.with_columns(share=share).select(*list(_CHECKED)[:3], "share", *list(_CHECKED)[3:])


def _stage(submitters: int, theme: Theme) -> str:
    if not submitters:
        return "empty"
    return "emerging" if submitters < theme.level else "established"


def _find_unknown(theme: Theme, known: pl.Series) -> list[str]:
    """List the ids kept in a theme or dropped from it that no item has."""
    given = pl.Series([*theme.keep, *theme.drop], dtype=pl.String).unique(maintain_order=True)
    found: list[str] = given.filter(~given.is_in(known.implode())).to_list()
    return found


def _find_removed(items: pl.DataFrame, themes: Sequence[Theme], previous: Sequence[Theme] | None) -> pl.DataFrame:
    """Return a row for each theme of an earlier version that is no longer there, or has another name now."""
    names = {theme.name for theme in themes}
    gone = [theme for theme in previous or () if theme.name not in names]
    ids = items["id"].cast(pl.String)
    lost = [ids.filter(pl.Series(mine)).to_list() for mine in matches(items["message"], items["id"], gone).T]
    rows = {
        "theme": [theme.name for theme in gone],
        "stage": ["removed"] * len(gone),
        "count": [0] * len(gone),
        "submitters": [0] * len(gone),
        "gained": [list[str]() for _ in gone],
        "lost": lost,
    }
    missing = {name: [None] * len(gone) for name in _CHECKED if name not in rows}
    return pl.DataFrame({name: (rows | missing)[name] for name in _CHECKED}, schema=_CHECKED)


_CHECKED: Final = {
    "theme": pl.String(),
    "stage": pl.String(),
    "count": pl.Int64(),
    "submitters": pl.Int64(),
    "alone": pl.Int64(),
    "overlaps": pl.String(),
    "overlap": pl.Int64(),
    "near_misses": pl.List(pl.String),
    "missing_words": pl.List(pl.String),
    "odd_matches": pl.List(pl.String),
    "excluded": pl.List(pl.String),
    "unused": pl.List(pl.String),
    "gained": pl.List(pl.String),
    "lost": pl.List(pl.String),
    "unknown_ids": pl.List(pl.String),
}


class _Reading(NamedTuple):
    """What to read about a theme."""

    near_misses: list[str]
    missing_words: list[str]
    odd_matches: list[str]
    excluded: list[str]


def _readings(
    items: pl.DataFrame, of_theme: NDArray[np.bool_], excluded: NDArray[np.bool_], *, top: int
) -> Iterator[_Reading]:
    """Score each item by how typical its terms are of a theme's items, theme by theme, and return what stands out.

    Near misses do not include what a theme excludes, since its author has decided on that.
    """
    found = find_terms(items["message"], min_count=2)
    has, total = found.has, found.has.sum(axis=0).astype(np.float64)
    length = np.sqrt(np.fmax(has.sum(axis=1), 1))
    texts = items.select("message", "id").with_row_index("row")
    texts = texts.filter(pl.col("message").is_not_null() & (pl.col("message") != ""))

    def first(rows: pl.DataFrame, *, best: bool) -> list[str]:
        ordered = rows.sort("score", "id", descending=[best, False])["message"]
        messages: list[str] = ordered.unique(maintain_order=True).head(top).to_list()
        return messages

    for mine, out in zip(of_theme.T, excluded.T, strict=True):
        n, count = float(mine.sum()), (mine.astype(np.int64) @ has).astype(np.float64)
        scores = (has @ log_odds(count, n, total - count, items.height - n)) / length if n else np.zeros(items.height)
        rows = texts.with_columns(
            score=pl.Series(scores).gather(texts["row"]),
            mine=pl.Series(mine).gather(texts["row"]),
            out=pl.Series(out).gather(texts["row"]),
        )
        near = rows.filter(~pl.col("mine"), ~pl.col("out"), pl.col("score") > 0)
        close = near.sort("score", "id", descending=[True, False])["row"].head(int(n)).to_numpy()
        words = _words_of(has, close, total - count, items.height - n)
        names = complete_terms(
            found.names.gather(words).to_list(), found.unspaced[words], items["message"].gather(close)
        )
        yield _Reading(
            first(near, best=True),
            as_written(distinct(names)[:top], items["message"].gather(close)),
            first(rows.filter("mine"), best=False),
            first(rows.filter("out"), best=True),
        )


def _words_of(has: Sparse, close: NDArray[np.integer], others: Floats, n: float) -> NDArray[np.int64]:
    """Return the terms that several near misses have, the most typical of them first."""
    count = has[close].sum(axis=0).astype(np.float64)
    asked = np.flatnonzero(count > 1)
    telling = log_odds(count[asked], float(close.size), (others - count)[asked], n - close.size)
    typical: NDArray[np.int64] = asked[np.lexsort((asked, -telling))][: np.count_nonzero(telling > 0)][:_MOST_WORDS]
    return typical


def _find_unused(messages: pl.Series, themes: Sequence[Theme]) -> list[list[str]]:
    """List the patterns of each theme that no message matches."""
    written = list({one for theme in themes for one in (*theme.any, *theme.all, *theme.none)})
    literal_of = dict(zip(written, literals(written), strict=True))
    patterns = sorted({*literal_of.values()} - {""})
    used = {patterns[place] for place in np.flatnonzero(_holds(messages, patterns).any(axis=0))}
    return [[one for one in (*theme.any, *theme.all, *theme.none) if literal_of[one] not in used] for theme in themes]


_MOST_WORDS: Final = 60


def _changes(
    items: pl.DataFrame, themes: Sequence[Theme], of_theme: NDArray[np.bool_], previous: Sequence[Theme] | None
) -> list[tuple[list[str] | None, list[str] | None]]:
    """Return the ids that each theme gains and loses compared with an earlier version; None without one."""
    if previous is None:
        return [(None, None)] * len(themes)
    before = {theme.name: column for theme, column in zip(
        previous, matches(items["message"], items["id"], previous).T, strict=True
    )}  # fmt: skip
    ids = items["id"].cast(pl.String)
    nothing = np.zeros(items.height, np.bool_)
    found: list[tuple[list[str] | None, list[str] | None]] = []
    for theme, now in zip(themes, of_theme.T, strict=True):
        then = before.get(theme.name, nothing)
        found.append((ids.filter(pl.Series(now & ~then)).to_list(), ids.filter(pl.Series(then & ~now)).to_list()))
    return found
