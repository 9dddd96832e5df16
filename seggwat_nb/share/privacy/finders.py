"""Finds candidates with the regular expressions of polars in all texts at once. Python then judges each candidate.

Rust's regex engine takes time linear in the length of the text, even for malicious input. Python's engine never runs on
a whole message: judges only see a candidate and a limited stretch before and after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from seggwat_nb.share.privacy.searches import search_each

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "DIGITS",
    "EDGE",
    "FOUR_DIGITS",
    "LINE",
    "NEIGHBORS",
    "OTHER_LETTERS",
    "Candidate",
    "Finder",
    "Span",
    "find_spans",
    "is_letter",
]

_MARK = "\ue000"
"""A private-use character, which folded texts do not contain."""

_NEAR: Final = 40
_FAR: Final = (64, 480)
"""How many characters before and after a candidate a judge can see, unless its finder says that it needs fewer."""

LINE: Final = (_NEAR, _NEAR)
"""Enough for judges that look at `Candidate.before` and `Candidate.after`."""

NEIGHBORS: Final = (2, 2)
"""Enough for judges that only look at the characters next to a candidate."""

_AT_ONCE: Final = 8
"""How many finders search at the same time. More would use more memory."""


class Span(NamedTuple):
    """A stretch of a text and its replacement. None protects it from later finders."""

    start: int
    end: int
    instead: str | None


class Candidate(NamedTuple):
    """A match of a pattern, and its position.

    Attributes
    ----------
    text : str
        The whole text, folded.
    start, end : int
        The position of the candidate.
    """

    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """The matched text."""
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        """The text before it, in lower case, back to the start of the line."""
        return self.text[max(0, self.start - _NEAR) : self.start].lower().rpartition("\n")[2]

    @property
    def after(self) -> str:
        """The text after it, in lower case, up to the end of the line."""
        return self.text[self.end : self.end + _NEAR].lower().partition("\n")[0]

    def span(self, instead: str | None, *, of: tuple[int, int] | None = None) -> Span:
        """Return a span for it, or for a part given relative to its start."""
        start, end = (0, self.end - self.start) if of is None else of
        return Span(self.start + start, self.start + end, instead)

    @property
    def begins_inside_a_word(self) -> bool:
        """Whether a letter directly precedes it. Only scripts with spaces between words count."""
        return self.start > 0 and is_letter(self.text[self.start - 1])

    @property
    def ends_inside_a_word(self) -> bool:
        """Whether a letter directly follows it."""
        return self.end < len(self.text) and is_letter(self.text[self.end])

    @property
    def cuts_a_word(self) -> bool:
        """Whether it starts or ends inside a word."""
        return self.begins_inside_a_word or self.ends_inside_a_word


DIGITS: Final = "[0-9]"
"""A cheap test for finders of numbers: they find nothing in a text without a digit."""

FOUR_DIGITS: Final = r"(?s)[0-9](?:.*?[0-9]){3}"
"""The same for finders of long numbers."""

EDGE: Final = r"(?-u:\b)"
"""A boundary between ASCII characters, which patterns may have anywhere."""

OTHER_LETTERS: Final = r"[^\x00-\x7f]"
"""The same for finders of words that have a letter outside of ASCII."""

Judge = Callable[[Candidate], Iterable[Span]]


@dataclass(frozen=True, slots=True)
class Finder:
    """A pattern in Rust's syntax, a judge of its matches, and a cheap pattern that any text with a match also matches.

    Most texts do not match the cheap pattern, so the other one is never run on them. `sees` is how many characters
    before and after a match the judge looks at: the fewer, the more often is one judged that has been judged before.
    One that `protects` replaces nothing, so it is only run on texts in which others find something.
    """

    pattern: str
    judge: Judge
    needs: str = ""
    sees: tuple[int, int] = _FAR
    protects: bool = False


class _Rows(NamedTuple):
    """Texts and their row numbers."""

    at: pl.Series
    texts: pl.Series


class _Matches(NamedTuple):
    """Texts that match, their row numbers, their matches, and the texts with marks in place of these."""

    at: pl.Series
    texts: pl.Series
    values: pl.Series
    gaps: pl.Series


# Of columns rather than frames: a filter of a frame takes fifty times as long.
def _with(pattern: str, rows: _Rows) -> _Rows:
    has = rows.texts.str.contains(pattern)
    return _Rows(rows.at.filter(has), rows.texts.filter(has))


def _match(pattern: str, rows: _Rows) -> _Matches | None:
    at, texts = _with(pattern, rows)
    if not len(at):
        return None
    # None of these uses capture groups, which would take several times as long.
    return _Matches(at, texts, texts.str.extract_all(pattern), texts.str.replace_all(pattern, _MARK))


def _read(found: _Matches) -> Iterator[tuple[int, str, int, int]]:
    """Yield row number, text, start and end of each match."""
    for at, text, values, gaps in zip(*found, strict=True):
        first, *others = map(len, gaps.split(_MARK))
        place = first
        for value, gap in zip(values, others, strict=True):
            end = place + len(value)
            yield at, text, place, end
            place = end + gap


# A boundary between ASCII characters costs less. The letter before one may be optional, as in "codes?".
_EDGE: Final = re.compile(r"(?P<before>[A-Za-z0-9]{2}\?|.?)\\b(?P<after>\[[^\]]+\]|.?)")
_INFLECTION: Final = re.compile(r"(?<=[^\W\d_]|\])\\(?:p\{L\}|w)(?=[*+{])")
_INFLECTED: Final = r"[\x00-\x{7ff}\x{1e00}-\x{1fff}\x{fb00}-\x{fb06}]"
"""Scripts of languages that inflect words: Latin, Greek, Cyrillic, Hebrew and Arabic, and Latin ligatures."""


@cache
def _fast(pattern: str) -> str:
    """Rewrite a pattern so that the fast part of the regex engine can run it.

    That part only supports ASCII word boundaries. A Unicode boundary makes a search ten times slower in a text with a
    single non-ASCII letter. So a boundary next to an ASCII letter becomes an ASCII boundary, and any other is removed:
    judges check the surroundings of a candidate anyway. Folded texts only contain ASCII digits. The engine finds the
    start of a match by running the pattern backwards from its end. This is fifty times slower for a word that may end
    in any Unicode letters than for one limited to scripts of languages that inflect words.
    """

    def edge(found: re.Match[str]) -> str:
        before, after = found["before"], found["after"]
        is_ascii = bool(re.fullmatch(r"\[?[A-Za-z0-9][\x00-\x7f]*", after)) or (
            before.isascii() and before[:1].isalnum()
        )
        return before + (r"(?-u:\b)" if is_ascii else "") + after

    fast = EDGE.join(_EDGE.sub(edge, part) for part in pattern.split(EDGE)).replace(r"\d", "[0-9]")
    if fast.startswith("(?-u)"):
        return fast
    return _INFLECTION.sub(lambda found: f"[{found[0]}&&{_INFLECTED}]", fast)


def find_spans(texts: pl.Series, finders: Iterable[Finder], taken: dict[int, list[Span]]) -> dict[int, list[Span]]:
    """Find the spans to replace in each text, in addition to those already taken. Earlier finders take precedence.

    Those that protect search last, and only where there is something to protect it from.
    """
    finders = list(finders)
    is_text = texts.is_not_null()
    rows = _Rows(pl.int_range(len(texts), eager=True).filter(is_text), texts.filter(is_text))
    found = _search(rows, [finder for finder in finders if not finder.protects])
    hit = rows.at.is_in([*{at for spans in found.values() for at in spans}])
    found |= _search(_Rows(*(column.filter(hit) for column in rows)), [finder for finder in finders if finder.protects])
    for finder in finders:
        for at, spans in found.get(finder, {}).items():
            taken[at] = _merge(taken.get(at, []), spans)
    return taken


def _search(rows: _Rows, finders: list[Finder]) -> dict[Finder, dict[int, list[Span]]]:
    """Return what each finder finds, by row. Several search at the same time, in threads."""
    needs = list(dict.fromkeys(finder.needs for finder in finders))
    needed = dict(zip(needs, search_each(_with, ((need, rows) for need in needs)), strict=True))
    finders = [finder for finder in finders if len(needed[finder.needs].at)]
    found: dict[Finder, dict[int, list[Span]]] = {}
    for start in range(0, len(finders), _AT_ONCE):
        together = finders[start : start + _AT_ONCE]
        matches = search_each(_match, ((_fast(finder.pattern), needed[finder.needs]) for finder in together))
        found |= {
            finder: _judge_matches(finder, one)
            for finder, one in zip(together, matches, strict=True)
            if one is not None
        }
    return found


def _judge_matches(finder: Finder, matches: _Matches) -> dict[int, list[Span]]:
    """Return the spans of the matches that a finder's judge accepts, by row."""
    found: dict[int, list[Span]] = {}
    judged: dict[Candidate, list[Span]] = {}
    before, after = finder.sees
    for at, text, start, end in _read(matches):
        # A judge sees a window, so its cost is bounded, and identical windows are judged only once.
        cut = start - before if start > before else 0
        near = _forms_joined(text[cut:start]) + text[start:end] + _forms_joined(text[end : end + after])
        key = Candidate(near, start - cut, end - cut)
        spans = judged.get(key)
        if spans is None:
            spans = judged[key] = list(finder.judge(key))
        if spans:
            moved = [Span(first + cut, last + cut, instead) for first, last, instead in spans] if cut else spans
            found.setdefault(at, []).extend(moved)
    return found


_BREAK: Final = re.compile(r"(?<=[:：=])[ \t]*\n{1,2}")
"""Where a line ends with a colon. A folded text has two line feeds for a carriage return and a line feed."""


def _forms_joined(text: str) -> str:
    """Join a line that ends with a colon, as in a form, with the next one, which has the value. No position changes."""
    return _BREAK.sub(lambda found: " " * len(found[0]), text) if "\n" in text else text


def _merge(taken: list[Span], spans: list[Span]) -> list[Span]:
    """Add the spans that do not overlap any taken span, in one pass over both."""
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
    """Return whether a character is a letter or digit of a script with spaces between words."""
    # Latin, Greek and Cyrillic are below U+0530. Neighbors in Chinese, Japanese, Korean or Thai don't count.
    return char == "_" or (char.isalnum() and (char < "\u0530" or "\u1e00" <= char <= "\u1fff"))
