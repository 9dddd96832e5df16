"""Helpers for wording messages: counts, lists, and Python's advice translated for the command line."""

from __future__ import annotations

import html
import re
import shlex
import unicodedata
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeGuard
from urllib.parse import quote, unquote_to_bytes
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime

__all__ = [
    "ALIAS",
    "CALLED",
    "ISOLATED",
    "MARK",
    "RARE",
    "RIGHT_TO_LEFT",
    "count_of",
    "drop_minus_of_zero",
    "format_day",
    "format_moment",
    "in_shell",
    "is_same_text",
    "is_text",
    "isolate",
    "join_words",
    "page_name",
    "page_spellings",
    "percent",
    "printable",
    "rest_of",
    "unequal",
    "with_minus",
]

_SAME: Final = timedelta(hours=2)
"""Maximum difference in length due to daylight saving time."""

CALLED: Final[Mapping[str, str]] = MappingProxyType(
    {"page": "path", "pages": "path", "url": "path", "release": "version", "releases": "version", "kind": "type"}
    | {"submitter": "submitted_by", "user": "submitted_by", "project": "project_id", "channel": "source"}
)
"""What people call columns."""

MARK: Final = r"\[(?:e-mail|phone|ip|token|number|login|query|withheld)\]"
"""Matches the marks that replace masked text, as a regular expression."""

RARE: Final = "Rare"
"""The name of the group of rare values in shared data, where "Other" is already a type."""

ALIAS: Final = r"user-[0-9a-f]{10}|\[submitter\]"
"""Matches the aliases of submitters in shared data, as a regular expression."""

ISOLATED: Final = "\u2068{}\u2069"
"""Isolates a name from the direction of the text around it (Unicode Standard Annex #9)."""

RIGHT_TO_LEFT: Final = r"[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
"""Matches the right-to-left mark and the blocks that Unicode keeps for such scripts, in Python and in polars."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_ENCODED: Final = re.compile(r"(?:%[89a-fA-F][0-9a-fA-F])+")
"""Matches encoded letters beyond ASCII."""

_OBEYED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters and those that change the direction of text."""

_VALUE: Final = r"""\(?(?P<quote>["'])(?P<quoted>(?:(?!(?P=quote)).)*)(?P=quote),?\)?|(?P<plain>\w[\w:+.-]*\w|\w)"""


def count_of(number: int, thing: str) -> str:
    """Format a count with its noun.

    Examples
    --------
    >>> count_of(1, "item"), count_of(1200, "new item")
    ('1 item', '1,200 new items')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def format_day(day: date, *, year: bool = True) -> str:
    """Format a day in English, on any system: ``%-d`` does not exist on Windows, and ``%b`` follows the locale.

    Examples
    --------
    >>> from datetime import date
    >>> format_day(date(2026, 8, 7)), format_day(date(2026, 8, 7), year=False)
    ('7 Aug 2026', '7 Aug')
    """
    return f"{day.day} {_MONTHS[day.month - 1]}{f' {day.year}' if year else ''}"


def format_moment(moment: datetime, time_zone: str = "UTC") -> str:
    """Format a time with a zone in English, in UTC or another zone.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> format_moment(datetime(2026, 8, 7, 11, 30, tzinfo=UTC))
    '7 Aug 2026, 11:30 UTC'
    >>> format_moment(datetime(2026, 8, 7, 11, 30, tzinfo=UTC), "Europe/Berlin")
    '7 Aug 2026, 13:30 Europe/Berlin'
    """
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{format_day(local)}, {local:%H:%M} {time_zone}"


def of_days_before(compared: int, days: int) -> str:
    """Say how many of the days before were compared.

    Examples
    --------
    >>> of_days_before(168, 168), of_days_before(161, 168)
    ('the 168 before', '161 of the 168 before')
    """
    return f"the {days:,} before" if compared == days else f"{compared:,} of the {days:,} before"


def is_text(value: object) -> TypeGuard[str]:
    r"""Return whether a value is text that can be encoded as UTF-8, unlike invalid bytes from a shell.

    Examples
    --------
    >>> [is_text(value) for value in ("grün", "\udcff", b"new", None)]
    [True, False, False, False]
    """
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_same_text(found: object, sent: str) -> bool:
    r"""Return whether a service stores a text that was sent. It may trim, compose or escape characters for HTML.

    Examples
    --------
    >>> [is_same_text(found, "A & b\nc\u0327") for found in ("A &amp; b\r\n\u00e7 ", "A & b", None)]
    [True, False, False]
    """
    return isinstance(found, str) and _stored_words(found) == _stored_words(sent)


def _stored_words(text: str) -> list[str]:
    return unicodedata.normalize("NFC", html.unescape(text)).split()


def join_words(things: Iterable[object], last: str = "and") -> str:
    """Join several things for a sentence.

    Examples
    --------
    >>> join_words([".csv", ".jsonl", ".xlsx"], "or"), join_words(["a"])
    ('.csv, .jsonl or .xlsx', 'a')
    """
    *others, end = map(str, things)
    return f"{', '.join(others)} {last} {end}" if others else end


def page_name(path: str) -> str:
    """Decode letters beyond ASCII, as pages are called: a browser reports ``/caf%C3%A9``, a server ``/café``.

    Nothing else is decoded, so that no address becomes that of another page.

    Examples
    --------
    >>> page_name("/caf%C3%A9/50%25%20off"), page_name("/%C3")
    ('/café/50%25%20off', '/%C3')
    """
    return unicodedata.normalize("NFC", _ENCODED.sub(_letters, path))


def page_spellings(path: str) -> tuple[str, ...]:
    """Return a path as it may be written: as given, as its name, and encoded.

    Examples
    --------
    >>> page_spellings("/pay"), page_spellings("/%C3%A9")[:2]
    (('/pay',), ('/%C3%A9', '/é'))
    """
    if path.isascii() and "%" not in path:
        return (path,)
    names = [unicodedata.normalize(form, page_name(path)) for form in ("NFC", "NFD")]
    encoded = [re.sub(r"[^\x00-\x7f]+", lambda letters: quote(letters[0]), name) for name in names]
    lower = [_ENCODED.sub(lambda letters: letters[0].lower(), name) for name in encoded]
    return tuple(dict.fromkeys((path, *names, *encoded, *lower)))


def _letters(found: re.Match[str]) -> str:
    try:
        letters = unquote_to_bytes(found[0]).decode()
    except UnicodeDecodeError:
        return found[0]
    is_plain = letters.replace("\u200c", "").replace("\u200d", "").isprintable()
    return letters if is_plain else found[0]


def with_minus(text: str) -> str:
    r"""Replace the hyphen before a number by a minus sign.

    Examples
    --------
    >>> with_minus("-25 to +5, on 2026-08-22 in a re-run of 3-4").encode("unicode_escape").decode()
    '\\u221225 to +5, on 2026-08-22 in a re-run of 3-4'
    """
    return re.sub(r"(?<!\w)-(?=\d)", "\N{MINUS SIGN}", text)


def drop_minus_of_zero(number: str) -> str:
    """Drop the sign of a written number that is zero.

    Examples
    --------
    >>> [drop_minus_of_zero(number) for number in ("+0", "-0.00", "+0%", "-0.01", "+10")]
    ['0', '0.00', '0%', '-0.01', '+10']
    """
    return re.sub(r"^[+-](?=0(?:\.0+)?%?$)", "", number)


def printable(text: str) -> str:
    r"""Spell characters that a terminal would obey, or that change the direction of what follows.

    Line feeds and tabs are kept. The spelling is that of JSON.

    Examples
    --------
    >>> printable("Type \x1b[2J\u202e is\nnew")
    'Type \\u001b[2J\\u202e is\nnew'
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def isolate(name: str) -> str:
    r"""Isolate a name from right to left, so that numbers and punctuation beside it in a sentence stay where they are.

    This is as in Unicode Standard Annex #9. Other names stay as they are.

    Examples
    --------
    >>> isolate("2.4.0"), isolate("חדש (2)")
    ('2.4.0', '\u2068חדש (2)\u2069')
    """
    return ISOLATED.format(name) if re.search(RIGHT_TO_LEFT, name) else name


def percent(share: float) -> str:
    """Format a share as a whole percentage. Only exactly 0 is 0%, and only exactly 1 is 100%.

    Examples
    --------
    >>> [percent(share) for share in (0, 0.001, 0.28, 0.999, 1)]
    ['0%', '<1%', '28%', '>99%', '100%']
    """
    whole = f"{share:.0%}"
    if whole == "0%" and share > 0:
        return "<1%"
    return ">99%" if whole == "100%" and share < 1 else whole


def rest_of(number: int, known: Collection[str], *, called: str = "Other") -> str:
    """Name a group of values so that its name differs from all known values.

    Examples
    --------
    >>> rest_of(3, ["1.0"]), rest_of(3, ["Other (3 values)"])
    ('Other (3 values)', 'Other (3 values, combined)')
    """
    name = f"{called} ({count_of(number, 'value')})"
    while name in known:
        name = f"{name[:-1]}, combined)"
    return name


def in_shell(message: str, options: Mapping[str, str]) -> str:
    """Adapt a message for the command line: keyword arguments become the corresponding options.

    Parameters
    ----------
    message
        The message of an error.
    options
        Maps names of keyword arguments to options.

    Examples
    --------
    >>> in_shell('type="Bugg" is unknown; add allow=("Bugg",).', {"type": "--type", "allow": "--allow"})
    '--type Bugg is unknown; add --allow Bugg.'
    >>> in_shell("type must be a string, got 5.", {"type": "--type"})
    '--type must be a string, got 5.'
    >>> in_shell("type='' is unknown.", {"type": "--type"})
    "--type '' is unknown."
    >>> in_shell("No row has path /a?type=Bug.", {"type": "--type"})
    'No row has path /a?type=Bug.'
    >>> in_shell("Load without them: ratings=False.", {"no_ratings": "--no-ratings"})
    'Load without them: --no-ratings.'
    """
    names = "|".join(map(re.escape, options))
    switches = {f"{name.removeprefix('no_')}=False": said for name, said in options.items() if name.startswith("no_")}

    def option(found: re.Match[str]) -> str:
        value = found["plain"] or found["quoted"] or ""
        is_plain = re.search(r"[^\w:+.@/-]", value) is None and (value or found["quoted"] is None)
        return f"{options[found[1]]} {value if is_plain else shlex.quote(value)}".strip()

    for argument, switch in switches.items():
        message = re.sub(rf"(?<![\w.?&/#-]){argument}\b", switch, message)
    message = re.sub(rf"(?<![\w.?&/#-])({names})(?= must be )", lambda found: options[found[1]], message)
    plain = re.sub(r" \(`error\.\w+`\)", "", message)
    return re.sub(rf"(?<![\w.?&/#-])({names})=(?:{_VALUE})?", option, plain)


def unequal(one: timedelta, other: timedelta, names: tuple[str, str] = ("A", "B")) -> list[str]:
    """Say that two selections cover times of different lengths, if they do.

    Examples
    --------
    >>> unequal(timedelta(days=28, hours=15), timedelta(days=28))
    ['A covers 28.6 days, B 28 days. Compare shares, not counts.']
    >>> unequal(timedelta(days=28), timedelta(days=28, hours=1))
    []
    """
    if abs(one - other) <= _SAME:
        return []
    days = [f"{length / timedelta(days=1):,.1f}".removesuffix(".0") for length in (one, other)]
    return [f"{names[0]} covers {days[0]} days, {names[1]} {days[1]} days. Compare shares, not counts."]
