"""Near-duplicate messages, and how many people each group reaches.

Two messages are compared by their letters and digits. Case, punctuation and encoding of characters do not matter. Signs
with a meaning do: ``C++`` differs from ``C#``, ``+1`` from ``-1``, ``$5`` from ``€5``, ``10.00`` from ``1,000``, and a
thumb up from nothing. Messages with different signs, or more words like *not*, are never in one group, however similar
their letters are. Mail that a message quotes, signatures and HTML are not compared (`seggwat_nb.analysis.own_text`).
The **similarity** is 1 minus the share of characters that must be deleted and inserted to turn one into the other
(`rapidfuzz.fuzz.ratio`, the normalized indel similarity).

Comparing all pairs of 100,000 messages would take five billion comparisons. So a text is only compared with those that
share a **bucket** with it: MinHash signatures of runs of three characters, split into bands (Broder 1997, "On the
resemblance and containment of documents"; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4).
Of these, it is compared with at most 16 examples that share the most buckets with it, so that time grows linearly with
the number of messages: 100,000 messages like the demo's take 3 seconds on a laptop, and 100,000 distinct texts of 120
characters take 13, with 100 and 310 megabytes in addition to the frame.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from seggwat_nb.analysis.counts import each_value, select_rows
from seggwat_nb.analysis.own_text import own_words
from seggwat_nb.analysis.submitters import submitter_of
from seggwat_nb.analysis.validation import check_by, check_columns, check_keys, check_least
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.analysis.windows import key_column, number_texts
from seggwat_nb.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from seggwat_nb.analysis.counts import Selection

__all__ = ["NEGATION", "Corrections", "groups"]

THRESHOLD: Final = 0.9
"""Minimum similarity of near-duplicates. In the demo project, messages of which only one half is the same have at most
0.88, and slightly different wordings have at least 0.93."""

_LOWEST: Final = 0.8
"""Minimum threshold. Below it, buckets would miss too many pairs."""

_BANDS: Final = 32
_ROWS: Final = 3
"""A pair with a share J of common runs is in a common bucket with probability 1 - (1 - J^3)^32: 0.99 for J = 0.5."""

_CROWD: Final = 16
"""Maximum number of examples per bucket. More would only be partly similar, and each takes a comparison."""

_TRIED: Final = 16
"""Maximum number of examples to compare a text with, those with the most common buckets. Long texts all share some."""

_COMPARED: Final = 20_000
"""Maximum number of characters to compare, since time grows with their square."""

_TRIVIAL: Final = 8
"""Minimum number of letters of an informative text: ``Dark mode`` is, ``so nice`` is not."""

_POINT, _COMMA, _MINUS, _GLAD, _SAD = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
"""Private-use characters that replace punctuation with a meaning. They are removed from texts beforehand."""

_MARKS: Final = (
    ("[\ue000-\ue004]", ""),
    (r"[:;=8]['-]?[)\]dp]|\(:", _GLAD),
    (r"[:;=]['-]?[(\[/\\]|\):", _SAD),
    *[(r"([0-9])\.([0-9])", f"${{1}}{_POINT}${{2}}"), (r"([0-9]),([0-9])", f"${{1}}{_COMMA}${{2}}")] * 2,
    ("(^|[\\s(])[-\u2212]([0-9])", f"${{1}}{_MINUS}${{2}}"),
)
NEGATION: Final = (
    r"\b(?:not|no|never|cannot|none|without|(?:ai|are|ca|could|did|do|does|had|has|have|is|should|was|were|wo|would)n'?t|nicht|kein\w*|nie|niemals|ohne|pas|jamais|aucune?|sans|non|mai|senza|"
    r"nunca|sin|n\x{E3}o|nao|sem|niet|geen|nooit|zonder|ikke|inte|aldrig|utan|uden|uten|ei|eiv\x{E4}t|ne|nem|nincs|nu|"
    r"nigdy|bez|neni|nen\x{ED}|de\x{11F}il|yok|kh\x{F4}ng|ch\x{1B0}a|ch\x{1EB3}ng|tidak|tak|belum|bukan|hindi|wala|"
    r"не|ни|нет|ні|немає|без|нельзя|няма|нема|δεν|δε|μη|μην|χωρισ|لا|لم|لن|ليس|ليست|غير|بدون|لא|לא|אין|בלי|नही|नहीं|मत|"
    r"না|নেই|নয়|இல்லை|లేదు|안|못)\b|않|없|不|没|沒|未|无|無|ない|なかった|ません|ไม่"
)
"""Words of some 35 languages that turn a sentence into its opposite, folded."""
_SIGN: Final = "[\ue000-\ue004#%+<>=\u00b1\u00d7\u00f7\\p{Sc}]"
_PICTURE: Final = r"[\p{So}--[©®°]]"
_GAP: Final = rf"[^\p{{L}}\p{{N}}\p{{M}}{_SIGN[1:-1]}]+"

_APART: Final = "\ue005"
"""Prefix of the signs of messages that were separated by hand."""

_OWN: Final = (
    *("id", "message", "created_at", "group", "count", "submitters", "unsigned", "first_seen", "last_seen", "example"),
    *("ids", "similarity", "letters", "trivial", "_row", "_said"),
)
"""Columns of the result and of intermediate frames, which cannot be used for grouping."""

_APART_BY: Final = ("key", "text", "signs")
"""Columns that distinguish texts."""

_CHUNK: Final = 1_000_000
"""Characters hashed at a time, to bound memory."""


@runtime_checkable
class Corrections(Protocol):
    """Corrections of duplicates by hand: IDs of messages whose groups are merged, or that are taken out of a group."""

    @property
    def together(self) -> Sequence[Sequence[str]]:
        """Messages whose groups are merged."""

    @property
    def apart(self) -> Sequence[Sequence[str]]:
        """Messages that get a group of their own."""


def groups(
    frame: pl.DataFrame,
    *,
    threshold: float = THRESHOLD,
    where: Selection | None = None,
    by: str | None = None,
    min_count: int = 2,
    taxonomy: Corrections | None = None,
) -> pl.DataFrame:
    """Group near-duplicate messages, the most informative groups first.

    Parameters
    ----------
    frame
        Feedback: ``id``, ``message`` and ``created_at``; ``submitted_by`` is used if present.
    threshold
        Minimum similarity to the group's example, 0.8 to 1. At 1, only messages with the same letters, digits and
        meaningful signs are grouped.
    where
        Rows to group, such as a `FeedbackFilter`.
    by
        Text column, or ``theme``. The messages of each value are grouped separately, as if they were selected with
        `where`. A message with several themes is included in each.
    min_count
        Smallest group to return, 2 or more. Exact repeats are duplicates and count.
    taxonomy
        A `seggwat_nb.themes.Taxonomy`, whose ``[[duplicates]]`` correct groups by hand: ``together`` merges the groups
        of some messages, and ``apart`` moves messages from their group to one of their own.

    Returns
    -------
    pl.DataFrame
        One row per group. No message is in two groups of the same value, and empty, blank and null messages are
        in none. Groups of informative texts come first, sorted by people times letters, followed by trivial ones.

        - the key under its own name, String, only with `by`: alphabetically, null last;
        - ``group``: Int64, from 1, in each value of `by`;
        - ``count``: Int64, messages;
        - ``submitters``: Int64, distinct submitters; ``unsigned``: Int64, messages without a name;
        - ``first_seen``, ``last_seen``: type of ``created_at``;
        - ``example``: String, the message that the others resemble, in its most frequent spelling;
        - ``ids``: List(String), oldest first;
        - ``similarity``: Float64, the lowest similarity of a message to the example, `threshold` to 1, or less if
          groups were merged by hand;
        - ``letters``: Int64, letters of the example, those of Chinese, Japanese and Korean counted three times, since
          one of them says as much;
        - ``trivial``: Boolean, whether the example says next to nothing: a single word, fewer than 8 letters, or none
          (``Good``, ``so nice``, a thumb up).

    Raises
    ------
    ArgumentError
        An argument is invalid, or the frame lacks a column.

    Notes
    -----
    Texts with the most others in their buckets become examples first, and each other text joins the most similar one.
    So a group never drifts from message to message, and the order of rows does not matter. Buckets are random (but
    always the same), so a pair just above the threshold can be missed. Of 953 pairs that brute force finds among 500
    messages with up to 8 of 100 characters changed, 3 are missed. Similar letters do not imply the same meaning:
    numbers are compared like letters, since those of orders differ between messages about the same. Of texts longer
    than 20,000 characters, only the first 20,000 are compared, unless `threshold` is 1.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "id": ["a", "b", "c"],
    ...         "message": ["Dark mode, please!", "dark mode please", "The cart is empty"],
    ...         "submitted_by": ["ann", None, "bob"],
    ...         "created_at": [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)],
    ...     }
    ... )
    >>> groups(rows).select("group", "count", "submitters", "unsigned", "ids", "similarity").rows()
    [(1, 2, 1, 1, ['a', 'b'], 1.0)]
    """
    check_columns(frame, ("id", "message"), wanted="a frame of feedback")
    check_keys(frame, ("id", "message"))
    if by is not None:
        check_by(frame.schema, (by,), but=_OWN, several=True)
    if type(threshold) not in {int, float} or not _LOWEST <= threshold <= 1:
        raise ArgumentError(f"threshold must be between {_LOWEST} and 1, got {threshold!r}.")
    check_least("min_count", min_count, 2)  # a duplicate requires two
    if taxonomy is not None and not isinstance(taxonomy, Corrections):
        raise ArgumentError(
            f"taxonomy must be a Taxonomy, got {type(taxonomy).__name__}. Read a file with sw.themes.Taxonomy.read()."
        )
    rows = _rows(select_rows(frame, where).drop("_row", strict=False).with_row_index("_row"), by)
    rows = rows.join(_examples(rows, threshold), on=_APART_BY, nulls_equal=True)
    if taxonomy is not None:
        rows = _apply_corrections(rows, taxonomy)
    found = _groups(rows, min_count=min_count)
    return found.drop("key") if by is None else found.rename({"key": by})


def _apply_corrections(rows: pl.DataFrame, taxonomy: Corrections) -> pl.DataFrame:
    """Join and part messages by hand, in each value of the key by itself."""
    parts = rows.partition_by("key", maintain_order=True) or [rows]
    for corrections, correct in ((taxonomy.apart, _part), (taxonomy.together, _join)):
        for ids in corrections:
            chosen = pl.Series(ids, dtype=pl.String).implode()
            parts = [correct(part, part["id"].is_in(chosen)) for part in parts]
    return pl.concat(parts)


def _groups(rows: pl.DataFrame, *, min_count: int) -> pl.DataFrame:
    """Make a row of each group."""
    one = ["key", "of", "signs"]
    spellings = rows.filter(pl.col("text") == pl.col("of")).group_by(*one, "message").len()
    example = spellings.sort("len", "message", descending=[True, False]).group_by(one).agg(pl.col("message").first())
    people = pl.col("submitters") + pl.col("unsigned")
    return (
        rows.sort("created_at", "id")
        .group_by(one)
        .agg(
            count=pl.len().cast(pl.Int64),
            submitters=pl.col("who").drop_nulls().n_unique().cast(pl.Int64),
            unsigned=pl.col("who").is_null().sum().cast(pl.Int64),
            first_seen=pl.col("created_at").min(),
            last_seen=pl.col("created_at").max(),
            ids=pl.col("id"),
            similarity=pl.col("similarity").min(),
        )
        .filter(pl.col("count") >= min_count)
        .join(example.rename({"message": "example"}), on=one, nulls_equal=True)
        .with_columns(letters=_letters(pl.col("of")))
        .with_columns(trivial=(pl.col("letters") < _TRIVIAL) | ~_has_words(pl.col("of")))
        .sort(
            *("key", "trivial", people * pl.col("letters"), "count", "first_seen", "of", "signs"),
            descending=[False, False, True, True, False, False, False],
            nulls_last=True,
        )
        .select(
            "key",
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("key").alias("group"),
            *("count", "submitters", "unsigned", "first_seen", "last_seen", "example", "ids", "similarity"),
            *("letters", "trivial"),
        )
    )


def _rows(frame: pl.DataFrame, by: str | None) -> pl.DataFrame:
    """Return messages with the ``text`` to compare, and their ``signs`` with a meaning, for each ``key``.

    If there are no letters, as in a row of emoji, the whole message is compared.
    """
    if by is None:
        keys = frame.select("_row", key=pl.lit(None, pl.String))
    else:
        keys = each_value(merge_spellings(frame.select("_row", key_column(frame, by))), by).rename({by: "key"})
    message = pl.col("message").cast(pl.String)
    marked = lowered = pl.col("_said")
    for pattern, mark in _MARKS:
        marked = marked.str.replace_all(pattern, mark)
    # A pictogram counts once, however often it is repeated.
    pictures = marked.str.extract_all(_PICTURE).list.unique().list.sort().list.join("")
    words = marked.str.replace_all(_GAP, " ").str.strip_chars(" ")
    negated = lowered.str.count_matches(NEGATION).cast(pl.String)
    bare = lowered.str.replace_all(r"[\s\p{Cc}]+", " ").str.strip_chars(" ")
    has_words = words.str.contains(r"[\p{L}\p{N}]")
    texts = frame.with_columns(own_words(frame["message"]).alias("_said")).select(
        "_row",
        pl.col("id").cast(pl.String),
        message.alias("message"),
        "created_at",
        who=submitter_of(frame),
        text=pl.when(has_words).then(words).otherwise(bare),
        signs=pl.when(has_words)
        .then(words.str.extract_all(_SIGN).list.join("") + pictures + negated)
        .otherwise(pl.lit("")),
    )
    return keys.join(texts.filter(pl.col("text") != ""), on="_row").drop("_row")


def _part(rows: pl.DataFrame, chosen: pl.Series) -> pl.DataFrame:
    """Move some messages to a group of their own, by signs that no text has."""
    own = f"{_APART}{rows['signs'].str.starts_with(_APART).sum()}"
    return _regroup(rows, chosen, text=None, signs=own)


def _join(rows: pl.DataFrame, chosen: pl.Series) -> pl.DataFrame:
    """Merge the groups of some messages, with the example of the largest."""
    touched = rows.filter(chosen).select("of", "signs").unique()
    inside = rows.join(touched, on=["of", "signs"], how="semi")
    if inside.is_empty():
        return rows
    sizes = inside.group_by("of", "signs").len().sort("len", "of", "signs", descending=[True, False, False])
    of, signs, _ = sizes.row(0)
    return _regroup(rows, rows["id"].is_in(inside["id"].implode()), text=of, signs=signs)


def _regroup(rows: pl.DataFrame, chosen: pl.Series, *, text: str | None, signs: str) -> pl.DataFrame:
    """Put messages into one group. Its example is a given text, or the most frequent one if None."""
    inside = rows.filter(chosen)
    if inside.is_empty():
        return rows
    example = text or inside.group_by("text").len().sort("len", "text", descending=[True, False])["text"][0]
    alike = {one: fuzz.ratio(one[:_COMPARED], example[:_COMPARED]) / 100 for one in inside["text"].unique()}
    return rows.with_columns(
        of=pl.when(chosen).then(pl.lit(example)).otherwise("of"),
        signs=pl.when(chosen).then(pl.lit(signs)).otherwise("signs"),
        similarity=pl.when(chosen).then(pl.col("text").replace_strict(alike, default=None)).otherwise("similarity"),
    )


def _letters(text: pl.Expr) -> pl.Expr:
    dense = text.str.count_matches(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
    return (text.str.count_matches(r"\p{L}") + 2 * dense).cast(pl.Int64)


def _has_words(text: pl.Expr) -> pl.Expr:
    """Return whether a text has several words, or letters of a script without spaces."""
    dense = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]{3}"
    return text.str.contains(r"\p{L}.* .*\p{L}") | text.str.contains(dense)


def _examples(rows: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Return the example that each distinct ``text`` and ``signs`` of a ``key`` is a near-duplicate ``of``."""
    texts = rows.group_by(_APART_BY).len("weight").sort(_APART_BY, nulls_last=True)
    shared = _buckets_in_common(texts)
    reach = shared.group_by("row").agg(pl.col("bucket"), pl.col("weight").sum())
    order = reach.sort("weight", "row", descending=[True, False])
    text, of, similarity = texts["text"].to_list(), np.arange(texts.height), np.ones(texts.height)
    for row, example, alike in _join_similar(text, order["row"].to_list(), order["bucket"].to_list(), threshold):
        of[row], similarity[row] = example, alike
    return texts.select(
        *_APART_BY, pl.col("text").gather(of).alias("of"), pl.Series("similarity", similarity, dtype=pl.Float64)
    )


def _join_similar(
    text: list[str], order: list[int], buckets: list[list[int]], threshold: float
) -> Iterator[tuple[int, int, float]]:
    """Make each text an example, or add it to the nearest one, in turn, since each choice depends on earlier ones."""
    examples: dict[int, list[int]] = {}
    if threshold == 1:  # the texts are distinct
        return
    for row, its in zip(order, buckets, strict=True):
        near = Counter(chain.from_iterable(examples[bucket] for bucket in its if bucket in examples))
        choices = {
            example: text[example][:_COMPARED]
            for example, _ in near.most_common(_TRIED)
            if _highest(text[row], text[example]) >= threshold
        }
        best = process.extractOne(text[row][:_COMPARED], choices, scorer=fuzz.ratio, score_cutoff=100 * threshold)
        if best is not None:
            yield row, best[2], best[1] / 100
            continue
        for bucket in its:
            crowd = examples.setdefault(bucket, [])
            if len(crowd) < _CROWD:
                crowd.append(row)


def _highest(one: str, other: str) -> float:
    """Return the highest similarity that two texts of their lengths can have."""
    return 2 * min(len(one), len(other)) / (len(one) + len(other))


def _buckets_in_common(texts: pl.DataFrame) -> pl.DataFrame:
    """Return ``row`` and ``bucket`` for buckets with several texts, and the ``weight`` of all messages in them."""
    pairs = pl.concat(
        pl.DataFrame({"bucket": band, "each": texts["weight"]})
        .with_row_index("row")
        .filter(pl.len().over("bucket") > 1)
        .with_columns(weight=pl.col("each").sum().over("bucket"))
        .select("row", "weight", "bucket")
        for band in _bands(texts)
    )
    return pairs.sort("row", "bucket")


def _bands(texts: pl.DataFrame) -> Iterator[NDArray[np.uint64]]:
    """Return the bucket of each text for each band. Texts with the same key, signs and band share one."""
    apart = (texts["signs"].hash(0) ^ texts["key"].hash(1)).to_numpy()
    number, distinct = number_texts(texts["text"])
    factors = np.random.default_rng(0).integers(2**63, size=_BANDS * _ROWS, dtype=np.uint64) * 2 + 1
    parts = [_signature(chunk, factors) for chunk in _chunks(distinct)]
    signature = np.concatenate(parts, axis=1) if parts else np.zeros((factors.size, 0), np.uint64)
    for place, band in enumerate(signature.reshape(_BANDS, _ROWS, -1)):
        key = _mix_bits(apart ^ np.uint64(place))
        for row in band:
            key = _mix_bits(key ^ row[number])
        yield key


def _chunks(texts: pl.Series) -> Iterator[list[str]]:
    sizes = texts.str.len_chars().cum_sum() // _CHUNK
    for chunk in texts.to_frame().group_by(sizes.alias("chunk"), maintain_order=True).agg("text")["text"]:
        yield chunk.to_list()


def _signature(texts: list[str], factors: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the smallest hash of the runs of three characters in each text, for each of the factors."""
    character = np.frombuffer("\n\n".join([*texts, ""]).encode("utf-32-le"), np.uint32).astype(np.uint64)
    first, second, third = character[:-2], character[1:-1], character[2:]
    run = (first << np.uint64(42)) | (second << np.uint64(21)) | third  # 21 bits hold any character
    run = _mix_bits(run[first != ord("\n")])
    starts = np.cumsum([0, *map(len, texts[:-1])])
    return np.stack([np.minimum.reduceat(run * factor, starts) for factor in factors])


def _mix_bits(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over all 64 (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        number = (number ^ (number >> np.uint64(shift))) * np.uint64(factor)
    return number ^ (number >> np.uint64(31))
