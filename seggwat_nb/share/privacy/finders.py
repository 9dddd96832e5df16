"""How candidates are found: polars' regular expressions mark them in all texts at once, Python looks at what they marked.

Rust's engine takes time linear in the text, whatever a stranger wrote. No pattern of Python's own engine ever runs over
a whole message: judges see a candidate, and a bounded stretch before and behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DIGITS", "Candidate", "Finder", "Span", "candidates", "find_spans", "is_letter"]

_MARK = "\ue000"
"""A private character, of which a folded text has none."""

_NEAR: Final = 40
_BEFORE: Final = 64
_BEHIND: Final = 480
"""So many characters before and behind a candidate a judge can see."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, and what stands there instead; None shields it from later finders."""

    start: int
    end: int
    instead: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a pattern marked, and where.

    Attributes
    ----------
    text : str
        The whole text, folded.
    start, end : int
        The candidate's place.
    """

    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """What was marked."""
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        """What stands before it, in lower case, back to the start of the line."""
        return self.text[max(0, self.start - _NEAR) : self.start].lower().rpartition("\n")[2]

    @property
    def behind(self) -> str:
        """What stands behind it, in lower case, up to the end of the line."""
        return self.text[self.end : self.end + _NEAR].lower().partition("\n")[0]

    def span(self, instead: str | None, *, of: tuple[int, int] | None = None) -> Span:
        """Make a span of it, or of a part given relative to its start."""
        start, end = (0, self.end - self.start) if of is None else of
        return Span(self.start + start, self.start + end, instead)

    @property
    def begins_inside_a_word(self) -> bool:
        """Whether a letter stands right before it; only scripts that write words apart count."""
        return self.start > 0 and is_letter(self.text[self.start - 1])

    @property
    def ends_inside_a_word(self) -> bool:
        """Whether a letter stands right behind it."""
        return self.end < len(self.text) and is_letter(self.text[self.end])

    @property
    def cuts_a_word(self) -> bool:
        """Whether it begins or ends inside a word."""
        return self.begins_inside_a_word or self.ends_inside_a_word


DIGITS: Final = "[0-9]"
"""What a text contains in which a finder of numbers finds anything."""

Judge = Callable[[Candidate], Iterable[Span]]


@dataclass(frozen=True, slots=True)
class Finder:
    """A pattern in Rust's syntax, the judge of what it marks, and a cheap pattern of texts in which that finds anything.

    Most texts fail the cheap one, and the other one is never run on them.
    """

    pattern: str
    judge: Judge
    needs: str = ""


def candidates(texts: pl.DataFrame, pattern: str) -> Iterator[tuple[int, Candidate]]:
    """Find what a pattern marks in texts (column ``text``), with the number of each one's row (column ``at``)."""
    pattern = _fast(pattern)
    # Neither of the two asks the engine for groups, which takes several times as long.
    found = texts.filter(pl.col("text").str.contains(pattern)).with_columns(
        values=pl.col("text").str.extract_all(pattern), gaps=pl.col("text").str.replace_all(pattern, _MARK)
    )
    for at, text, values, gaps in found.iter_rows():
        first, *others = map(len, gaps.split(_MARK))
        place = first
        for value, gap in zip(values, others, strict=True):
            yield at, Candidate(text, place, place + len(value))
            place += len(value) + gap


_EDGE: Final = re.compile(r"(?P<before>.?)\\b(?P<behind>\[?.?)")
_INFLECTION: Final = re.compile(r"(?<=[^\W\d_]|\])\\(?:p\{L\}|w)(?=[*+{])")
_INFLECTED: Final = r"[\x00-\x{7ff}\x{1e00}-\x{1fff}\x{fb00}-\x{fb06}]"
"""Characters of the scripts that inflect words: Latin, Greek, Cyrillic, Hebrew, Arabic, and the ligatures of Latin."""


@cache
def _fast(pattern: str) -> str:
    """Write a pattern so that the engine's fast half can run it.

    That half knows no edges of words but those of ASCII, and any other makes a search ten times slower in a text with a
    single foreign letter. So an edge beside an ASCII letter is one of ASCII, where a judge looks again, and any other
    goes: judges look at what stands around a candidate. Folded digits are ten. Where a match begins is found by running
    the pattern backwards from its end, and a word that ends in any letters of Unicode makes that fifty times slower than
    one that ends in letters of a script that inflects words.
    """

    def edge(found: re.Match[str]) -> str:
        before, behind = found["before"], found["behind"]
        is_ascii = bool(re.match(r"\[?[A-Za-z0-9]", behind)) or (before.isascii() and before.isalnum())
        return before + (r"(?-u:\b)" if is_ascii else "") + behind

    fast = _EDGE.sub(edge, pattern).replace(r"\d", "[0-9]")
    if fast.startswith("(?-u)"):
        return fast
    return _INFLECTION.sub(lambda found: f"[{found[0]}&&{_INFLECTED}]", fast)


def find_spans(texts: pl.Series, finders: Iterable[Finder], taken: dict[int, list[Span]]) -> dict[int, list[Span]]:
    """Find what is to be replaced in each text, beside what is taken already; the finder that comes first has its way."""
    rows = texts.to_frame("text").with_row_index("at")
    by_need: dict[str, pl.DataFrame] = {}
    for finder in finders:
        if finder.needs not in by_need:
            by_need[finder.needs] = rows.filter(pl.col("text").str.contains(finder.needs))
        found: dict[int, list[Span]] = {}
        judged: dict[tuple[str, int, int], list[Span]] = {}
        for at, candidate in candidates(by_need[finder.needs], finder.pattern):
            # A judge sees a window, so what it costs is bounded, and what repeats itself is judged once.
            cut = max(0, candidate.start - _BEFORE)
            window = candidate.text[cut : candidate.end + _BEHIND]
            key = window, candidate.start - cut, candidate.end - cut
            if key not in judged:
                judged[key] = list(finder.judge(Candidate(*key)))
            found.setdefault(at, []).extend(
                Span(span.start + cut, span.end + cut, span.instead) for span in judged[key]
            )
        for at, spans in found.items():
            taken[at] = _merge(taken.get(at, []), spans)
    return taken


def _merge(taken: list[Span], spans: list[Span]) -> list[Span]:
    """Add the spans that lie in nobody's way, in one pass over both."""
    kept = sorted(taken, key=lambda span: span.start)
    added: list[Span] = []
    at = 0
    reached = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        while at < len(kept) and kept[at].end <= span.start:
            at += 1
        is_free = at == len(kept) or kept[at].start >= span.end
        if span.start < span.end and span.start >= reached and is_free:
            added.append(span)
            reached = span.end
    return sorted([*kept, *added], key=lambda span: span.start)


def is_letter(char: str) -> bool:
    """Return whether a letter or digit belongs to a script that writes words apart."""
    # Latin, Greek and Cyrillic lie below U+0530; Chinese, Japanese, Korean and Thai neighbours do not hinder.
    return char == "_" or (char.isalnum() and (char < "\u0530" or "\u1e00" <= char <= "\u1fff"))
