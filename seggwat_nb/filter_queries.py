"""The search language: words, ``"phrases"``, ``-exclusions``, ``OR``, ``/regular expressions/`` and ``key:value``.

A search is a sequence of clauses, and an item must match each of them. A clause is one term, or several joined by
``OR``, of which an item must match one. So ``OR`` only joins the two terms beside it, as on Google: to find bugs that
mention one of two words, write ``type:bug payment OR card``. ``web/search.js`` reads the same language in shared pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import is_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CONTAINED", "EXACT", "MISSING", "Clause", "Term", "column_of", "parse", "write_search"]

CONTAINED: Final[Mapping[str, str]] = {"": "message", "page": "path", "from": "submitted_by"}
"""Column of each key whose value may be any part of a text; words have the key ``""``."""

EXACT: Final[Mapping[str, str]] = {
    "type": "type",
    "status": "status",
    "source": "source",
    "version": "version",
    "path": "path",
    "theme": "theme",
    "language": "language",
    "submitter": "submitted_by",
    "project": "project_id",
    "since": "since",
    "until": "until",
    "archived": "archived",
}
"""Field of a filter for each key whose value must be exact."""

MISSING: Final = "no"
"""The key whose values are other keys, of columns in which an item has no value."""

_ALWAYS: Final = ("", "since", "until", "archived")
"""Keys of what every item has."""

_MOST_TERMS: Final = 200
_SPACE: Final = r"[\s\uFEFF]"
_END: Final = rf"(?={_SPACE}|$)"
_BREAK: Final = re.compile(rf"{_SPACE}+")
_OUTSIDE: Final = re.compile(rf"\A{_SPACE}+|{_SPACE}+\Z")
_OPERATOR: Final = re.compile(rf"(OR|AND){_END}")
_DASH: Final = r"[-\u2012\u2013\u2212\uFF0D]"
_MINUS: Final = re.compile(rf"{_DASH}(?!{_SPACE}|{_DASH}|$)|NOT{_SPACE}+(?=.)", re.DOTALL)
_NOT: Final = re.compile(rf"NOT{_SPACE}*\Z")
_KEYS: Final = "|".join(filter(None, (*EXACT, *CONTAINED, MISSING)))
_KEY: Final = re.compile(rf"({_KEYS})[:\uFF1A]", re.IGNORECASE | re.ASCII)
_REGEX: Final = re.compile(rf"/((?:[^/\\]|\\.)+)/i?{_END}", re.DOTALL)
_GROUP: Final = re.compile(rf"\(\S[^()]*{_SPACE}OR{_SPACE}[^()]*\)")
"""Terms in parentheses, as in other search languages."""
_VALUE: Final = re.compile(r"[^\s\uFEFF,]+")
_SINGLE: Final = re.compile(rf"(?:'(?!{_SPACE})(.+?)'|[\u2018\u201a](?!{_SPACE})(.+?)[\u2018\u2019]){_END}", re.DOTALL)
_CLOSED_BY: Final[Mapping[str, str]] = {
    '"': '"',
    "\uff02": "\uff02",
    "“": '”“"',
    "”": '”"',
    "„": '“”"',
    "«": "»",
    "»": "«»",
    "\u2039": "\u203a",
    "「": "」",
    "『": "』",
}
"""Closing quotes for each opening quote."""


_HABITS: Final = (
    (re.compile(rf"({_KEYS})=+([^=].*)", re.IGNORECASE | re.ASCII | re.DOTALL), "To search a field, write {0}:{1}."),
    (re.compile(rf"({_KEYS})(?:!=+|<>)(.+)", re.IGNORECASE | re.ASCII | re.DOTALL), "To exclude it, write -{0}:{1}."),
    (re.compile(r"()()[=:\uFF1A]+"), "To search a field, write a key and a value, such as status:New."),
    (re.compile(r"()()is:.+", re.IGNORECASE | re.ASCII), "To search by status, write status:New,Active."),
    (
        re.compile(r"()()has:.+", re.IGNORECASE | re.ASCII),
        "To select items with a value, write -no: and its key, such as -no:version.",
    ),
    (re.compile(r"()before:(.+)", re.IGNORECASE | re.ASCII), "To search by date, write until:{1}."),
    (re.compile(r"()after:(.+)", re.IGNORECASE | re.ASCII), "To search by date, write since:{1}."),
    (re.compile(r"()()(?:\*?[^*]+\*|\*[^*]+)"), "A word also matches inside longer words, so remove the *."),
    (re.compile(r"()()\|\|?"), "To find either of two terms, write OR between them."),
    (re.compile(r"()!([^!-/:-@\[-`{-~].*)"), "To exclude it, write -{1}."),
)
"""What other search languages mean by a word, and how to write it here."""

_VALUE_HABITS: Final = (
    (
        re.compile(rf"((?!since|until|archived|no)\w+)[:\uFF1A](?:!|{_DASH})([^!-/:-@\[-`{{-~].*)", re.DOTALL),
        "To exclude it, write -{0}:{1}.",
    ),
    (
        re.compile(r"()()(?:type|status|source|version|language)[:\uFF1A][^|;]+[|;].+", re.IGNORECASE | re.DOTALL),
        "To select any of several values, separate them by commas.",
    ),
    (
        re.compile(r"(page|from)()[:\uFF1A](?:\*?[^*]+\*|\*[^*]+)", re.IGNORECASE | re.DOTALL),
        "After {0}:, a part of a value is enough, so remove the *.",
    ),
)
"""The same for a value after its key."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a search: any of `values`, or none of them if it is excluded."""

    key: str
    values: tuple[str, ...]
    is_regex: bool = False
    excluded: bool = False
    place: int = field(default=1, compare=False)
    """Where it starts in the text that was parsed, from 1."""

    def __str__(self) -> str:
        """Write the term so that `parse` reads it."""
        before = ("-" if self.excluded else "") + (f"{self.key}:" if self.key else "")
        if self.is_regex:
            return f"{before}/{self.values[0]}/"
        return before + ",".join(_quote(self, value, before) for value in self.values)


Clause = tuple[Term, ...]


def parse(text: str) -> tuple[Clause, ...]:
    """Read a search.

    Raises
    ------
    ArgumentError
        A quote is not closed, a value is missing, ``OR`` is at an end, or there are too many terms.

    Examples
    --------
    >>> for clause in parse('payment "credit card" -refund type:bug,question pay OR card'):
    ...     print(*clause, sep=" or ")
    payment
    "credit card"
    -refund
    type:bug,question
    pay or card
    """
    if not is_text(text):
        raise ArgumentError(f"A search must be a string, got {text!r}.")
    clauses: list[list[Term]] = []
    operator: re.Match[str] | None = None
    at, count = _after_space(text, 0), 0
    while at < len(text):
        found = _OPERATOR.match(text, at)
        if found:
            if operator or not clauses:
                raise _dangling(found)
            operator, at = found, _after_space(text, found.end())
            continue
        if _NOT.match(text, at):
            raise ArgumentError(f"NOT at character {at + 1} must come before a term. To search for it, quote it.")
        if _GROUP.match(text, at):
            raise ArgumentError(
                f"The parenthesis at character {at + 1} does not group: OR joins the two terms beside it, as in pay OR "
                "card type:bug. Remove it. To search for it, quote it."
            )
        count += 1
        if count > _MOST_TERMS:
            raise ArgumentError(f"A search has at most {_MOST_TERMS} terms. To search for a long text, quote it.")
        term, at = _term(text, at)
        if operator and operator[1] == "OR":
            clauses[-1].append(term)
        else:
            clauses.append([term])
        operator, at = None, _after_space(text, at)
    if operator:
        raise _dangling(operator)
    return tuple(map(tuple, clauses))


def write_search(clauses: Sequence[Clause]) -> str:
    """Write a search so that `parse` reads it back unchanged.

    Examples
    --------
    >>> write_search(parse("  “credit card”   OR  -'no money'  "))
    '"credit card" OR -"no money"'
    """
    return " ".join(" OR ".join(map(str, clause)) for clause in clauses)


def _after_space(text: str, at: int) -> int:
    found = _BREAK.match(text, at)
    return found.end() if found else at


def _dangling(operator: re.Match[str]) -> ArgumentError:
    word = operator[1]
    return ArgumentError(
        f"{word} at character {operator.start() + 1} must come between two terms. To search for the word itself, "
        f'quote it: "{word}".'
    )


def _term(text: str, start: int) -> tuple[Term, int]:
    """Read one term, and return it with where it ends."""
    minus = _MINUS.match(text, start)
    at = minus.end() if minus else start
    key = _KEY.match(text, at)
    is_regex = False
    if key:
        values, at = _values(text, key)
    elif regex := _REGEX.match(text, at):
        values, at, is_regex = (regex[1],), regex.end(), True
    elif phrase := _phrase(text, at):
        values, at = (phrase[0],), phrase[1]
    else:
        word = _BREAK.split(text[at:], maxsplit=1)[0]
        _check_habits(_HABITS, word, at)
        values, at = (word,), at + len(word)
    name = key[1].lower() if key else ""
    if name in CONTAINED and "" in values:
        raise ArgumentError(f"The quotes at character {start + 1} are empty. Write text between them, or remove them.")
    if name == MISSING:
        values = tuple(dict.fromkeys(value.lower() for value in values))
        _check_named(values, start)
    return Term(name, values, is_regex=is_regex, excluded=minus is not None, place=start + 1), at


def _check_named(keys: Sequence[str], start: int) -> None:
    for key in keys:
        if key in _ALWAYS or key not in {*EXACT, *CONTAINED}:
            raise ArgumentError(
                f"no:{key} at character {start + 1} names no field that can be empty. To select items without a "
                f'submitter, write no:submitter. To search for the text itself, quote it: "no:{key}".'
            )


def column_of(key: str) -> str:
    """Return the column that a key is about.

    Examples
    --------
    >>> column_of("from"), column_of("type"), column_of("since")
    ('submitted_by', 'type', 'created_at')
    """
    name = CONTAINED.get(key) or EXACT[key]
    return "created_at" if name in {"since", "until"} else name


def _check_habits(habits: Sequence[tuple[re.Pattern[str], str]], word: str, at: int) -> None:
    for pattern, advice in habits:
        if found := pattern.fullmatch(word):
            raise ArgumentError(
                f"{word} at character {at + 1} would be searched for as it is. {advice.format(found[1], found[2])} To "
                "search for the text itself, quote it."
            )


def _values(text: str, key: re.Match[str]) -> tuple[tuple[str, ...], int]:
    """Read the comma-separated values after a key."""
    found: list[str] = []
    at = key.end()
    while at < len(text):
        phrase = _phrase(text, at)
        bare = None if phrase else _VALUE.match(text, at)
        if phrase:
            value, at = phrase
            found.append(value)
        elif bare:
            _check_habits(_VALUE_HABITS, f"{key[0]}{bare[0]}", key.start())
            found.append(bare[0])
            at = bare.end()
        if text[at : at + 1] != ",":
            break
        at += 1
        if _after_space(text, at) not in {at, len(text)}:
            raise ArgumentError(
                f"The comma at character {at} is not followed by a value. Write values without spaces, such as "
                "type:bug,praise, or remove the comma."
            )
    if not found:
        raise ArgumentError(
            f"{key[0]} at character {key.start() + 1} requires a value, right after the colon. To search for the text "
            f'itself, quote it: "{key[0]}".'
        )
    return tuple(dict.fromkeys(found)), at


def _phrase(text: str, at: int) -> tuple[str, int] | None:
    """Read a quoted text, and return it with where it ends; None if there is no quote."""
    single = _SINGLE.match(text, at)
    if single:
        return single[1] or single[2], single.end()
    closers = _CLOSED_BY.get(text[at : at + 1])
    if closers is None:
        return None
    inside = re.compile(rf"((?:[^\\{closers}]|\\[\\{closers}]|\\(?![\\{closers}]))*)[{closers}]").match(text, at + 1)
    if inside is None:
        raise ArgumentError(f"The quote at character {at + 1} is not closed. Close it, or remove it.")
    value = re.sub(rf"\\([\\{closers}])", r"\1", inside[1])
    return _OUTSIDE.sub("", value) if text[at] in "«»\u2039" else value, inside.end()


def _quote(term: Term, value: str, before: str) -> str:
    """Quote a value of a term unless it is read back unchanged without quotes, after what is written before it."""
    is_odd = value[:1] in {"(", "'", "\u2018", *_CLOSED_BY} or (not term.key and value.startswith("/"))
    try:
        is_plain = not is_odd and parse(f"{before}{value}") == ((replace(term, values=(value,)),),)
    except ArgumentError:
        is_plain = False
    escaped = re.sub(r'([\\"])', r"\\\1", value)
    return value if is_plain else f'"{escaped}"'
