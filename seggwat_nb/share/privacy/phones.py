"""Finds telephone numbers, which phonenumbers validates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import phonenumbers
from stdnum import isbn

from seggwat_nb.share.privacy.call_words import (
    ABOUT_ANOTHER,
    CALLED,
    CALLED_AFTER,
    CALLS_OUTRIGHT,
    COUNTED,
    ELSEWHERE,
    MAYBE_CALLED,
    MY_NUMBER,
    NOT_CALLED,
    NUMBERED,
    ON_NUMBER,
    WEAK,
)
from seggwat_nb.share.privacy.copied_fields import cells_below
from seggwat_nb.share.privacy.finders import FOUR_DIGITS, LINE, Candidate, Finder, Span
from seggwat_nb.share.privacy.keywords import IS
from seggwat_nb.share.privacy.shields import UNITS, counts_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["DOTTED_PHONES", "PHONES"]

_PHONE: Final = (
    r"(?:\btel:)?(?:\+ ?\(?|\b00 ?|\()?\d(?:[ .()/-]{0,3}\d){4,16}(?:\s?(?:ext|x|durchwahl|poste|доб)\.?\s?\d{1,5})?"
)
_REGIONS: Final = (
    "US", "CA", "GB", "IE", "AU", "NZ", "ZA", "IN", "PK", "BD", "LK", "NG", "KE", "GH", "EG", "MA", "DZ", "TN", "SA", "AE",
    "IL", "TR", "IR", "DE", "AT", "CH", "FR", "BE", "LU", "NL", "ES", "PT", "IT", "GR", "PL", "CZ", "SK", "HU", "RO", "BG",
    "HR", "RS", "SI", "UA", "RU", "BY", "KZ", "SE", "NO", "DK", "FI", "IS", "EE", "LV", "LT", "BR", "AR", "CL", "CO", "PE",
    "MX", "VE", "EC", "UY", "CN", "TW", "HK", "JP", "KR", "TH", "VN", "ID", "MY", "SG", "PH",
)  # fmt: skip
_LONGEST: Final = 15
_SHORTEST_CALLED: Final = 6
_SHORTEST_OPEN: Final = 9
_LONG: Final = 11


def _judge(candidate: Candidate) -> Iterable[Span]:
    """Mask a telephone number; most candidates are bare numbers too short to be one, whatever stands around them."""
    value = candidate.value
    is_short = len(value) < _SHORTEST_CALLED and value.isdecimal() and not value.startswith("00")
    if is_short:
        return ()
    return list(_phone(candidate)) or _each(candidate)


def _each(candidate: Candidate) -> Iterator[Span]:
    """Mask the numbers of a list ("020 7946 0018 / 020 7946 0019"), or one before another sentence that begins with one."""
    text, at = candidate.text, candidate.start
    pieces = _BETWEEN.split(candidate.value)
    if len(pieces) < 2:
        return
    rest = _REST.match(text[candidate.end :])
    pieces[-1] += rest[0] if rest else ""
    found = None
    for piece in pieces:
        one = Candidate(text, text.index(piece, at), text.index(piece, at) + len(piece))
        at = one.end
        length = sum(char.isdigit() for char in piece)
        spans = [one.span("[phone]")] if length == found else list(_phone(one))
        found = length if spans else found
        yield from spans


_REST: Final = re.compile(r"(?:[ .-]?\d){1,12}")
"""The end of the last number of a list: a candidate has at most as many digits as one number."""
_BETWEEN: Final = re.compile(r" ?/ |\. |(?<=\d{4}) (?=0[1-9]\d{0,3}[ -]?\d{3})")


def _phone(candidate: Candidate) -> Iterator[Span]:
    """Mask a number that is international, announced by a word, or formatted like the numbers of some country."""
    value = candidate.value
    digits = re.sub(r"\D", "", value)
    if (
        not _SHORTEST_CALLED <= len(digits) <= _LONGEST + 5
        or candidate.cuts_a_word
        or counts_up(candidate)
        or _IS_DATE.fullmatch(value)
    ):
        return
    is_link = value.startswith("tel:") and len(digits) >= _SHORTEST_CALLED
    if is_link or (_CHAT_LINK.search(candidate.before) is not None and len(digits) >= _SHORTEST_OPEN):
        yield candidate.span("[phone]")
        return
    if _is_part(candidate):
        return
    called = _is_called(candidate, digits)
    is_open = value.lstrip("tel:(").startswith(("+", "00"))
    is_count = UNITS.match(candidate.after) and not (called and (is_open or re.search(r"\D", value)))
    if is_count or (not is_open and _is_something_else(candidate)):
        return
    if is_open:
        if _is_international(value) or (called and len(digits) >= _SHORTEST_CALLED):
            yield candidate.span("[phone]")
    elif (
        (called and _SHORTEST_CALLED <= len(digits) <= _LONGEST and not _is_weak(candidate, digits))
        or (re.search(r"\D", value) and (_is_national(value) or _AMERICAN.match(value)))
        or any(form.fullmatch(value) and script.search(candidate.text) for form, script in _MOBILES)
        or (_ZERO_FIRST.fullmatch(value) and not candidate.before.endswith("`") and _is_mobile(value))
    ):
        yield candidate.span("[phone]")


def _is_part(candidate: Candidate) -> bool:
    """Return whether a number is part of a longer one or of an amount, or has brackets that do not match."""
    value, text, start = candidate.value, candidate.text, candidate.start
    before, after = text[start - 1 : start], text[candidate.end : candidate.end + 2]
    if before == "-":  # after a Hebrew preposition, or as in "mob-"
        is_free = text[start - 2 : start - 1] > "\u052f" or CALLS_OUTRIGHT.search(candidate.before) is not None
    else:
        is_free = before in {".", ","} and value.startswith("+")
    is_inside = before in {".", ",", "/", "-", "#", "$", "€"} and not is_free
    opens = value.count("(") != value.count(")") and not value.startswith("(") and before != "("
    return bool(is_inside or opens or re.match(r"[.,:/]\d|-\d|[€$%°]", after) or "  " in value or ".." in value)


def _is_called(candidate: Candidate, digits: str) -> bool:
    """Return whether the words before or after a number announce a telephone."""
    is_long = len(digits) >= _SHORTEST_OPEN or digits.startswith("0")
    return (
        CALLED.search(candidate.before) is not None
        or (is_long and MAYBE_CALLED.search(candidate.before) is not None)
        or _is_mine(candidate, digits)
        or (len(digits) >= _SHORTEST_OPEN and _is_on_number(candidate.before))
        or CALLED_AFTER.search(candidate.after) is not None
        or (_TURKISH.fullmatch(digits) is not None and candidate.after.startswith(" numaralı"))
    )


def _is_something_else(candidate: Candidate) -> bool:
    """Return whether the word before a number names an order, a postal code or the like."""
    text, start, value = candidate.text, candidate.start, candidate.value
    is_brazilian = _BRAZILIAN_POST.fullmatch(value) and re.search(r"\bcep\W{1,3}$", candidate.before)
    is_american = _AMERICAN_POST.fullmatch(value) and _STATE.search(text[max(0, start - 6) : start])
    return bool(is_brazilian or is_american or NOT_CALLED.search(candidate.before))


_BRAZILIAN_POST: Final = re.compile(r"\d{5}-?\d{3}")
"""A postal code, called CEP, which in Turkish is a mobile telephone."""
_AMERICAN_POST: Final = re.compile(r"\d{5}-\d{4}")
_STATE: Final = re.compile(r"\b[A-Z]{2},? {1,2}$")
"""What is before a postal code of the United States: "MA 02110-1301"."""
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_CLOCK: Final = r"(?:[01]?\d|2[0-4])\.[0-5]\d"
_IS_DATE: Final = re.compile(
    rf"20[0-4]\d{_MONTH}(?:0[1-9]|[12]\d|3[01])"
    rf"|{_DAY}([./]){_MONTH}\1\d\d(?:\d\d)?"  # 28/12/19
    rf"|(?:19|20)\d\d([-/.]){_MONTH}\2{_DAY}"  # 2026-11-30
    rf"|{_DAY}\.{_MONTH}\.? \d\d?[-.]\d\d"  # 22.03 12-00
    rf"|{_DAY}(?:\.{_MONTH})?\.? ?- ?{_DAY}\.{_MONTH}[. ](?:\d\d|20\d\d)"  # 26-27.10.2021
    rf"|{_DAY}\.{_MONTH}\.? ?- ?{_DAY}\.{_MONTH}\.?"  # 20.12-02.01
    rf"|{_CLOCK} ?- ?{_CLOCK}"  # 08.00-16.30
    r"|(?:19|20)\d\d ?[-/] ?(?:(?:19|20)\d\d|\d\d)"  # 2024-25
    r"|[1-9]\d*00 ?/ ?[1-9]\d*00"  # 45000/60000
)
"""Forms of dates, times and parts of a whole that look like telephone numbers even after a word that announces one: "I called on"."""
_IS_CASE: Final = re.compile(r"(?:19|20)\d\d/\d{1,6}|[1-9]\d0(?:/\d\d0){2,}")
"""Numbers of court cases and decisions, by year, and several numbers to choose from: 200/300/400."""
_RANGE: Final = re.compile(r"(\d\d)(\d\d) ?[-–] ?(\d\d)(\d\d)")


def _is_range(value: str) -> bool:
    """Return whether a number is a range of years (1368-1437), of times of day (2230-2400) or of lines (7230-7235).

    No country's numbers of eight digits have two such halves, except by chance.
    """
    found = _RANGE.fullmatch(value)
    if found is None:
        return False
    parts = [int(part) for part in found.groups()]
    first, last = parts[0] * 100 + parts[1], parts[2] * 100 + parts[3]
    are_years = 1000 <= first < last < 2100
    are_times = first < last <= 2400 and all(minute % 15 == 0 or minute == 59 for minute in parts[1::2])
    return are_years or are_times or 0 < last - first < _NEAR


_NEAR: Final = 50
"""How far apart the first and the last line are at most."""
_SHORT_WAY: Final = 40

_CHAT_LINK: Final = re.compile(r"\b(?:wa\.me|signal\.me/#p|t\.me)/\+?$")
"""Links that open a chat with a phone number."""
_AMERICAN: Final = re.compile(r"\(\d{3}\) ?\d{3}[-. ]\d{4}(?!\d)")
"""A number is written like this even if nobody has its area code, such as 555."""
_TURKISH: Final = re.compile(r"0[2-58]\d{9}|5\d{9}|850\d{7}|444\d{4}")
"""Policies, tickets and telephones are all called *numaralı* in Turkish, but only telephones begin like this."""
_MOBILES: Final = (
    (re.compile(r"1[3-9]\d{9}"), re.compile(r"[\u4e00-\u9fff]")),
    (re.compile(r"[78]9\d{9}|[78]7[0-7]\d{8}"), re.compile(r"[\u0400-\u04ff]")),
    (re.compile(r"(?:91)?[6-9]\d{9}"), re.compile(r"[\u0900-\u0d7f]")),
)
"""Unbroken mobile numbers of China, of Russia and Kazakhstan, and of India, each in a sentence in a script of the country."""
_ZERO_FIRST: Final = re.compile(r"0[1-9]\d{8,9}")
"""Ten or eleven digits after a trunk prefix: orders and items rarely begin with a zero, and mobile numbers mostly do."""


@cache
def _is_mobile(value: str) -> bool:
    """Return whether an unbroken number is a mobile one of some country, with its trunk prefix."""
    if isbn.is_valid(value):
        return False
    plans = (_plan(region) for region in _REGIONS)
    return any(plan.prefix == "0" and plan.has_mobile(value[1:]) for plan in plans)


def _is_mine(candidate: Candidate, digits: str) -> bool:
    """Return whether somebody calls the number their own; a short one only if it follows directly."""
    if len(digits) < _SHORTEST_MINE:
        return False
    found = MY_NUMBER.search(candidate.before)
    return found is not None and (len(digits) >= _SHORTEST_OPEN or _DIRECTLY.fullmatch(found["gap"]) is not None)


def _is_on_number(before: str) -> bool:
    """Return whether somebody calls or writes "at the number", and no order or invoice is named."""
    return ON_NUMBER.search(before) is not None and ELSEWHERE.search(before) is None


_SHORTEST_MINE: Final = 7
_DIRECTLY: Final = re.compile(rf"\W{{0,3}}(?:(?:{IS})\W{{1,2}})?", re.IGNORECASE)


def _is_weak(candidate: Candidate, digits: str) -> bool:
    """Return whether an ambiguous word precedes a plain round number, or a short one that a sentence says more about.

    "Call 5550142 after six" has a telephone number, "call 1234567 failed" and "call count: 1234567" have not.
    """
    before = candidate.before
    if WEAK.search(before) and (digits.endswith("000") or len(set(digits)) == 1):
        return True
    if len(digits) >= _SHORTEST_OPEN or digits.startswith("0") or not candidate.value.isdecimal():
        return False
    goes_on = NUMBERED.search(before) and _GOES_ON.match(candidate.after)
    as_written = candidate.text[max(0, candidate.start - _SHORT_WAY) : candidate.start].rpartition("\n")[2]
    return bool(goes_on or COUNTED.search(before) or ABOUT_ANOTHER.search(as_written))


_GOES_ON: Final = re.compile(
    r" (?!is (?:my|our|mine|me)\b)(?:is|are|was|were|has|had|have|will|did|does|do|can|could|fail|succe|return|took|take|last|end|drop|timed|crash|"
    r"hang|hung|block|cut|error|log|complet|start|receiv|of|in|into|with|out)"
)
"""What a sentence about a numbered call or cell says of it."""


@cache
def _is_international(value: str) -> bool:
    text = re.sub(r"^(?:tel:)?\(?(?:00\s?)", "+", value) if "+" not in value else value[value.index("+") :]
    text = _MEXICAN.sub("+52 ", text)
    digits = re.sub(r"\D", "", text)
    try:
        number = phonenumbers.parse(text.replace("(0)", ""), None)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.is_valid_number(number):
        return True
    grouped = len(re.findall(r"\d+", text)) > 1
    reason = phonenumbers.is_possible_number_with_reason(number)
    if not grouped:  # a number that nobody has, such as those of films, or a new one
        is_whole = "+" in value and len(digits) >= _LONG and not digits.endswith("000")
        return is_whole and reason == phonenumbers.ValidationResult.IS_POSSIBLE
    if len(digits) < _SHORTEST_OPEN - 1:
        return False
    # Some people omit the area code and write a local number after the country code.
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY or (
        reason == phonenumbers.ValidationResult.IS_POSSIBLE and len(digits) > _SHORTEST_OPEN
    )


_MEXICAN: Final = re.compile(r"^\+52[ .-]?1[ .-]?(?=\d(?:[ .()-]{0,2}\d){9}$)")
"""Mobile numbers of Mexico had a 1 after the country code until 2019, and many people still write it."""


@cache
def _is_national(value: str) -> bool:
    """Return whether a number is valid in some country and grouped as usual there."""
    core = re.sub(r"(?i)\s?(?:ext|x|durchwahl|poste|доб)\.?\s?\d{1,5}$", "", value)
    groups = re.findall(r"\d+", core)
    digits = "".join(groups)
    # Prices and sizes to choose from: 199 299 599, 1920-1080.
    is_round = not digits.startswith("0") and len({group[-1] for group in groups}) == 1 and digits.endswith(("0", "9"))
    if not 7 <= len(digits) <= 12 or len(groups) < 2 or is_round:  # the lengths of national numbers
        return False
    if _IS_CASE.fullmatch(value) or _is_range(value.strip("()")) or _are_measured(groups):
        return False
    is_alone = groups[0] == "0" and (len(groups) < 5 or len(digits) < 11)  # a part number: 0 986 494 294
    if _YEAR_FIRST.match(value) or is_alone or sum(len(group) == 1 for group in groups) > 2:
        return False
    is_trunk = digits.startswith("0") and len(digits) >= _SHORTEST_OPEN and 1 < len(groups[0]) <= 5
    return any(_fits(digits, tuple(groups), region, is_trunk=is_trunk, opened="(" in core) for region in _REGIONS)


def _are_measured(groups: list[str]) -> bool:
    """Return whether groups of digits are values of one kind: the parts of a color, or a series of measurements.

    Few telephone numbers have four groups of one length that are as close to each other, or groups of a single digit.
    """
    lengths = {len(group) for group in groups}
    if len(groups) < 3 or len(lengths) > 1:  # two may be the halves of anything
        return False
    values, width = [int(group) for group in groups], 10 ** lengths.pop()
    is_color = len(groups) == 3 and width == 1000 and max(values) < 256  # three bytes
    is_series = len(groups) > 3 and (max(values) - min(values)) * _CLOSE <= width
    return is_color or is_series or all(len(set(group)) == 1 for group in groups)


_CLOSE: Final = 10
"""The groups of a series are within this part of what they could be."""
_YEAR_FIRST: Final = re.compile(r"\((?:19|20)\d\d\)")


def _fits(digits: str, groups: tuple[str, ...], region: str, *, is_trunk: bool, opened: bool) -> bool:
    """Return whether a number is valid in a country and grouped as usual there."""
    plan = _plan(region)
    national = digits.removeprefix(plan.prefix)
    if not plan.has(national):
        return False
    if opened or (is_trunk and (national != digits or region == "IT")):
        return True
    zero = national.startswith("0") or None
    number = phonenumbers.PhoneNumber(
        country_code=plan.country, national_number=int(national), italian_leading_zero=zero
    )
    styles = (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    usual, abroad = (tuple(re.findall(r"\d+", phonenumbers.format_number(number, style))) for style in styles)
    in_threes = tuple(map(len, groups)) == (3, 3, 3) and region in _IN_THREES and digits[0] in "5679"
    return groups in {usual, abroad[1:], (plan.prefix, *abroad[1:])} or in_threes


_IN_THREES: Final = frozenset({"ES", "PL", "PT", "CZ"})
"""Where people group nine digits in threes, whatever the numbering plan says."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A country's numbering plan: trunk prefix, country code, the pattern of all numbers and those of each kind."""

    prefix: str
    country: int
    general: re.Pattern[str]
    kinds: tuple[tuple[frozenset[int], re.Pattern[str]], ...]
    mobile: re.Pattern[str]

    def has(self, national: str) -> bool:
        """Return whether a number is valid, as `phonenumbers.is_valid_number_for_region` does.

        That function recompiles patterns once there are more than Python caches (512), and the countries have more.
        """
        return self.general.fullmatch(national) is not None and any(
            len(national) in lengths and pattern.fullmatch(national) for lengths, pattern in self.kinds
        )

    def has_mobile(self, national: str) -> bool:
        """Return whether a number is a valid mobile one."""
        return self.mobile.fullmatch(national) is not None


@cache
def _plan(region: str) -> _Plan:
    """Read a country's numbering plan from the library's metadata."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    assert metadata is not None, region  # noqa: S101  # the library knows all regions listed above
    assert metadata.general_desc is not None, region  # noqa: S101  # as above
    general = metadata.general_desc
    kinds = (getattr(metadata, kind) for kind in _KINDS)
    return _Plan(
        prefix=metadata.national_prefix or "",
        country=metadata.country_code or 0,
        general=re.compile(general.national_number_pattern or r"(?!)"),
        kinds=tuple(
            (frozenset(kind.possible_length or general.possible_length), re.compile(kind.national_number_pattern))
            for kind in kinds
            if kind is not None and kind.national_number_pattern
        ),
        mobile=re.compile((metadata.mobile and metadata.mobile.national_number_pattern) or r"(?!)"),
    )


_KINDS: Final = (
    "fixed_line", "mobile", "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""The kinds of numbers in the library's metadata. A number that matches any of them is valid."""


_DOTTED: Final = r"(?:\+|\b00)[1-9]\d{0,2}(?:\.\d{2,}){1,5}"


def _mask_dotted(candidate: Candidate) -> Iterator[Span]:
    """Mask an international number with dots. With a single one, it also reads as a decimal and has to be valid."""
    text, end, value = candidate.text, candidate.end, candidate.value
    digits = "+" + re.sub(r"\D", "", value).removeprefix("00")
    is_part = (
        candidate.cuts_a_word or re.search(r"[\d.=<>*/^]$", candidate.before) or re.match(r"\.?\d", text[end : end + 2])
    )
    if is_part or not _LONG <= len(digits) <= _LONGEST + 1:
        return
    try:
        number = phonenumbers.parse(digits, None)
    except phonenumbers.NumberParseException:
        return
    is_told = value.count(".") > 1 or CALLED.search(candidate.before) is not None
    check = phonenumbers.is_possible_number if is_told else phonenumbers.is_valid_number
    if check(number):
        yield candidate.span("[phone]")


_COLUMNS: Final = r"(?i)(?:\b|_)(?:phones?|mobile|cell|tel|telefono|telefone|telefon|t[eé]l[eé]phone|handy|celular)(?:[ _-]?(?:number|num|no|nr))?\b"
_IN_A_CELL: Final = re.compile(r"[+(]?\d(?:[ ./()-]{0,2}\d){6,14}")


def _is_in_a_cell(cell: str) -> bool:
    return _IN_A_CELL.fullmatch(cell) is not None and _IS_DATE.fullmatch(cell) is None


def _column(candidate: Candidate) -> Iterator[Span]:
    """Mask the numbers in a column of a table that is named after a telephone."""
    for span in cells_below(candidate, _is_in_a_cell):
        yield span._replace(instead="[phone]")


DOTTED_PHONES: Final = (Finder(_DOTTED, _mask_dotted, r"(?:\+|00)[1-9][0-9]{0,2}\.", LINE),)
"""Comes before what protects decimals."""
PHONES: Final = (
    Finder(_COLUMNS, _column, r"\n[^\n]*[0-9]{3}"),
    Finder(_PHONE, _judge, FOUR_DIGITS, LINE),
)
