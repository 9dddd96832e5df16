"""Finds personal numbers: cards, bank accounts, and numbers issued by governments and insurers.

python-stdnum and the Luhn checksum validate the matches of a pattern. One in ten random numbers has a valid checksum,
so a number without a distinctive format is only masked if a word names it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stdnum import iban, luhn

from seggwat_nb.share.privacy.finders import (
    DIGITS,
    FOUR_DIGITS,
    LINE,
    NEIGHBORS,
    OTHER_LETTERS,
    Candidate,
    Finder,
    Span,
)
from seggwat_nb.share.privacy.id_words import ACCOUNTS, NUMBER_WORDS, ORDINARY_WORDS, PERSONAL_NUMBERS
from seggwat_nb.share.privacy.national_forms import DATED, FORMS, holds_a_birthday, is_valid, needs_valid_check
from seggwat_nb.share.privacy.shields import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DOTTED_IDENTIFIERS", "IDENTIFIERS"]

_NUMBER: Final = "[number]"

_CARD: Final = r"\d(?:[ .-]?\d){11,18}"
_CARD_WORDS: Final = re.compile(
    r"card|karte|carte|tarjeta|cart[aã]o|carta|kaart|kort|kart|карт|بطاقة|כרטיס|卡号|卡號|银行卡|カード|카드|कार्ड|บัตร|thẻ|visa|mastercard|amex|maestro",
    re.IGNORECASE,
)
_SCHEMES: Final = re.compile(r"3[0-9]|4|5[0-9]|6|2[2-7]|9792")
_OF_LENGTH: Final = {
    14: r"3[0689]",
    15: r"3[47]|35|2131|1800",
    16: r"2[2-7]|35|4|5|6|9792",
    17: r"5|6",
    18: r"5|6",
    19: r"4|5|6",
}
"""How cards of each length begin; articles are numbered with thirteen digits, as only cards of the last century were."""


def _card(candidate: Candidate) -> Iterator[Span]:
    value = candidate.value
    digits = re.sub(r"\D", "", value)
    text = candidate.text
    is_part = text[candidate.start - 1 : candidate.start] in {".", ","} or ("." in value and re.search(r"[ -]", value))
    if candidate.cuts_a_word or is_part:
        return
    named = _CARD_WORDS.search(candidate.before) is not None
    groups = [len(group) for group in re.findall(r"\d+", value)]
    grouped = groups in ([4, 4, 4, 4], [4, 6, 5], [4, 4, 4, 4, 3], [4, 6, 4], [4, 4, 5])
    is_one = re.match(_OF_LENGTH.get(len(digits), "(?!)"), digits) is not None and luhn.is_valid(digits)  # ISO/IEC 7812
    if "." in value and not (is_one and grouped):  # a version
        return
    if (
        (is_one and (len(groups) == 1 or grouped or named))
        or (grouped and groups != [4, 4, 5] and _SCHEMES.match(digits))
        or (named and len(digits) >= 12)
    ):  # the shortest card
        yield candidate.span(_NUMBER)


_CARD_APART: Final = r"[2-6]\d{3}(?:[ ._~/-]?\n{0,2}\d{4}){3}|3[47]\d{2}[ ._~/-]?\n{0,2}\d{6}[ ._~/-]?\n{0,2}\d{5}"


def _card_apart(candidate: Candidate) -> Iterator[Span]:
    """Mask a valid card number in unusual groups, or with unusual signs or a line break between them."""
    text, end = candidate.text, candidate.end
    digits = re.sub(r"\D", "", candidate.value)
    is_part = re.search(r"\d[ ._~/-]$", candidate.before) or _MORE_DIGITS.match(text[end : end + 6])
    is_one = re.match(_OF_LENGTH[len(digits)], digits) and luhn.is_valid(digits)
    if is_one and not is_part and not candidate.cuts_a_word:
        yield candidate.span(_NUMBER)


_MORE_DIGITS: Final = re.compile(r"(?! ?\d\d?[/.]\d\d(?!\d))[ ._~/-]?\d")
"""Digits after a card number that are not the month in which it expires."""


_IBAN: Final = r"(?i)[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{2,4}){3,8}(?:[ -]?[a-z0-9]{1,3})?\b|(?i)[a-z]{2}\d{2}(?:\.[a-z0-9]{4}){2,7}(?:\.[a-z0-9]{1,3})?\b"
_IBAN_APART: Final = r"(?i)[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{2,4}){1,6}[ -]?\n{1,2}[a-z0-9]{1,4}(?:[ -]?[a-z0-9]{1,4}){0,6}"
"""The same with a line break."""
_IBAN_WORDS: Final = re.compile(r"iban|konto|account|compte|cuenta|conta|conto|rekening|счет|счёт|hesap", re.IGNORECASE)
_IBAN_LENGTHS: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28,
    "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18,
    "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "XK": 20,
}  # fmt: skip
"""Length of an account number by country (SWIFT, "IBAN Registry")."""


def _iban(candidate: Candidate) -> Iterator[Span]:
    """Mask a bank account number with the length of its country's IBANs that is valid, named, or has many digits."""
    compact = re.sub(r"[ .\n-]", "", candidate.value).upper()
    length = _IBAN_LENGTHS.get(compact[:2])
    glued = candidate.begins_inside_a_word and not candidate.before.endswith("iban")
    if length is None or len(compact) < length or glued:
        return
    # What follows the account, such as a word of four letters, may be marked with it.
    taken = candidate.value
    while len(re.sub(r"[ .\n-]", "", taken)) > length:
        taken = taken[:-1]
    taken = taken.rstrip(" .\n-")
    after = candidate.value[len(taken) : len(taken) + 1]
    if after.isalnum():
        return
    digits = sum(char.isdigit() for char in taken)
    is_whole = "\n" not in taken
    if iban.is_valid(taken.replace("\n", ""), check_country=False) or (
        is_whole and (_IBAN_WORDS.search(candidate.before) or digits >= 10)
    ):  # even with a typo, it is personal
        yield candidate.span(_NUMBER, of=(0, len(taken)))
        # Two accounts side by side look like one that is too long.
        end = candidate.start + len(taken)
        other = _NEXT_IBAN.match(candidate.text, end)
        if other is not None:
            yield from _iban(Candidate(candidate.text, other.start("iban"), other.end()))


_NEXT_IBAN: Final = re.compile(r"[\s,;/]{1,3}(?P<iban>[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{1,4}){3,9})\b", re.IGNORECASE)


def _form(candidate: Candidate) -> Iterator[Span]:
    """Mask a number in a national format. If the format is not distinctive but has a checksum, it must be valid."""
    value = candidate.value
    text, start, end = candidate.text, candidate.start, candidate.end
    if (
        candidate.cuts_a_word
        or re.match(r"[ .,/-]\d", text[end : end + 2])
        or text[start - 1 : start] in {".", "-", "/", ",", "#"}
    ):
        return
    if UNITS.match(candidate.after) or re.search(
        r"(?:order|ticket|invoice|bestell\w*|rechnung|commande|pedido|version|build|part|sku)\W{0,3}$", candidate.before
    ):
        return
    if needs_valid_check(value) and not (is_valid(value) or _NAMED_BEFORE.search(candidate.before)):
        return
    yield candidate.span(_NUMBER)


def _mask_birthdays(candidate: Candidate) -> Iterator[Span]:
    """Mask a long number that has a day of birth and check digits where some country's numbers have them."""
    beside = candidate.text[candidate.start - 1 : candidate.start] + candidate.text[candidate.end : candidate.end + 1]
    if (
        not candidate.cuts_a_word
        and not re.search(r"[.,/#$€£+-]", beside.rstrip(".,"))
        and holds_a_birthday(candidate.value.replace(" ", ""))
    ):
        yield candidate.span(_NUMBER)


_NAMED: Final = tuple(f"(?i){words}" for words in PERSONAL_NUMBERS)
_THREE_DIGITS: Final = r"(?s)[0-9](?:.*?[0-9]){2}"
_NEEDS: Final = (_THREE_DIGITS, _THREE_DIGITS, OTHER_LETTERS)
"""What a text with one of these words has."""
_WEAK: Final = tuple(f"(?i){words}" for words in ACCOUNTS)
_NO_MORE: Final = r"(?![0-9A-Za-z_\u00c0-\u052f])"
"""After a value: no letter or digit of a script with spaces between words."""
_SOME_WORDS: Final = r"(?:[^\w\n]{0,4}|[^\w\n]{0,3}(?:[^\W\d_]{1,12}[^\w\n]{1,4}){1,3})"
"""Between a name and its value: punctuation, or up to three words."""
_WEAK_VALUE: Final = re.compile(
    rf"[^\w\n/]{{0,3}}(?:(?:{NUMBER_WORDS}|:|#)\W{{1,3}}){{0,3}}"
    rf"(?P<value>(?:\d{{4}}(?:-\d)?, ?)?\d(?:[ -]?\d){{5,30}}(?:/\d{{4}})?){_NO_MORE}",
    re.IGNORECASE,
)
_FAR_VALUE: Final = re.compile(
    rf"(?:[^\w\n/]{{0,3}}[^\W\d_]{{1,12}}){{1,3}}[^\w\n/]{{1,3}}(?P<value>\d(?:[ -]?\d){{9,30}}(?:/\d{{4}})?){_NO_MORE}"
)
"""A long number some words later."""
_NAMED_BEFORE: Final = re.compile("|".join(PERSONAL_NUMBERS))
_UPPER: Final = "[A-ZА-ЯЁІЇЄҐΑ-Ω]"
_UPPER_OR_DIGIT: Final = r"[\dA-ZА-ЯЁІЇЄҐΑ-Ω]"
"""Numbers of documents have letters of the country's script."""
_VALUE: Final = re.compile(
    rf"{_SOME_WORDS}(?P<value>{_UPPER}{{0,5}}[ -]?\d{_UPPER_OR_DIGIT}{{0,3}}(?:[ ./-]?{_UPPER_OR_DIGIT}{{1,9}}){{0,8}}){_NO_MORE}"
)
_IN_ONE: Final = re.compile(
    rf"{_SOME_WORDS}(?P<value>(?=[\dA-ZА-ЯЁІЇЄҐΑ-Ω.()/-]*\d)(?=(?:[^\W_]*\d){{5}})(?:[А-ЯЁІЇЄҐΑ-Ω]{{1,3}}\d|[A-Z\d]{{2}})[A-Z\d.()/-]{{4,40}}[A-Z\d)]){_NO_MORE}",
    re.IGNORECASE,
)
"""An unbroken number, with letters in any case."""
_CLEARING: Final = re.compile(r"\d{4}-\d")
_ACCOUNT_AFTER: Final = re.compile(r", ?\d(?:[ -]?\d){5,12}")
"""In Sweden, an account is written after the number of its bank and a comma."""
_DIRECTLY: Final = re.compile(rf"[^\w\n]{{0,4}}(?:(?:{NUMBER_WORDS})[^\w\n]{{1,4}}){{0,3}}", re.IGNORECASE)
_FEWEST: Final = 5
_WHOLE: Final = 8
"""Words of this length are whole ones at the end of others: "Stammkundennummer"."""


def _mask_named(candidate: Candidate) -> Iterator[Span]:
    """Mask the number that a word names, after the word or directly before it."""
    text, end = candidate.text, candidate.end
    is_ending = candidate.begins_inside_a_word and len(candidate.value) < _WHOLE
    if is_ending or _means_something_else(candidate):
        return
    ahead = re.match(r"[^\W\d_]{0,10}", text[end : end + 10])
    end += ahead.end() if ahead else 0
    line = text[end : end + 60].partition("\n")[0]
    found = _IN_ONE.match(line) or _VALUE.match(line)
    if found is not None:
        value = found["value"]
        more = _ACCOUNT_AFTER.match(line, found.end("value")) if _CLEARING.fullmatch(value) else None
        value = line[found.start("value") : more.end()] if more else value
        # Words in capitals after a number are not part of it.
        value = re.sub(r"(?: [A-Z]{2,9})+$", "", value)
        digits = sum(char.isdigit() for char in value)
        follows = _DIRECTLY.fullmatch(line[: found.start("value")]) is not None and " " not in value
        if value.startswith("CVE"):
            return
        enough = digits >= _FEWEST or (
            digits >= (3 if follows else 4) and any(char.isupper() for char in value) and len(value) >= 7
        )  # a passport number
        at = end + found.start("value")
        rest = text[at + len(value) : at + len(value) + 40].lower()
        if enough and not UNITS.match(rest) and re.fullmatch(r"(?:19|20)\d\d[-/.]\d\d[-/.]\d\d", value) is None:
            yield Span(at, at + len(value), _NUMBER)
            return
    before = re.search(
        r"(?<![\w.,#-])(?P<value>[A-Z]{0,3}\d[\dA-Z./-]{5,16})(?: (?:is|as|ist|est|es|è)(?: \w{1,6})?)? ?$",
        text[max(0, candidate.start - 30) : candidate.start],
    )
    if (
        before is not None and sum(char.isdigit() for char in before["value"]) >= 6
    ):  # a short number before the word is unrelated
        at = max(0, candidate.start - 30)
        yield Span(at + before.start("value"), at + before.end("value"), _NUMBER)


def _means_something_else(candidate: Candidate) -> bool:
    """Return whether a word that has other senses names no number here, as in "sin embargo, 12000" or "SIN-DEL 12345"."""
    value = candidate.value
    if value.lower() not in ORDINARY_WORDS:
        return False
    after = candidate.text[candidate.end : candidate.end + 60]
    if value.lower() == "tc":  # the Republic of Turkey, and test cases
        return re.match(r"\W{0,3}(?:\w{1,3}\W{1,2})?\d{11}(?!\d)", after) is None
    if value.lower() == "rfc":  # a Mexican taxpayer's number, and a standard
        return re.match(r"\W{0,4}(?:\w{1,3}\W{1,2}){0,2}[A-Za-zÑñ&]{3,4}\W?\d", after) is None
    if _COMPOUND.match(after):
        return True
    outright = _OUTRIGHT.match(after)
    is_count = outright is None or (
        outright["gap"].strip(" (\"'") == "" and sum(char.isalnum() for char in outright["number"]) < _FEWEST_BARE
    )
    return is_count and not value.isupper()


_COMPOUND: Final = re.compile(rf"-(?!(?:{NUMBER_WORDS}|id)\b)[^\W\d_]{{2,}}", re.IGNORECASE)
_OUTRIGHT: Final = re.compile(
    rf"(?P<gap>[^\w\n]{{0,4}}(?:(?:{NUMBER_WORDS})[^\w\n]{{1,4}}){{0,3}})(?P<number>[^\W\d_]\d[A-Z\d]{{6,12}}\b|[^\W\d_]{{0,5}}\d[\d ./-]*)",
    re.IGNORECASE,
)
_FEWEST_BARE: Final = 7
"""How many digits and letters directly after such a word are not a count."""


def _mask_dotted(candidate: Candidate) -> Iterator[Span]:
    """Mask a named number that is grouped like an amount: "DNI 12.345.678"."""
    for span in _mask_named(candidate):
        is_amount = re.match(r",\d", candidate.text[span.end : span.end + 2])
        number = candidate.text[span.start : span.end]
        if (_IN_THREES.fullmatch(number) and not is_amount) or _LIKE_A_TIME.fullmatch(number):
            yield span


_LIKE_A_TIME: Final = re.compile(r"(?:19|20)\d{6}[-+]\d{4}")
"""A Swedish number, which also reads as a day and a time."""
_IN_THREES: Final = re.compile(r"\d{1,3}(?:\.\d{3}){2,3}(?:[./-][\dkK]+)*(?: \d\d)?|\d{3}\.\d{5}\.\d\d-\d")


def _mask_weakly_named(candidate: Candidate) -> Iterator[Span]:
    """Mask the long number that follows a word for an account."""
    if candidate.begins_inside_a_word:
        return
    line = candidate.text[candidate.end : candidate.end + 70].partition("\n")[0]
    found = _WEAK_VALUE.match(line) or _FAR_VALUE.match(line)
    if found is not None:
        at = candidate.end + found.start("value")
        rest = candidate.text[at + len(found["value"]) :][:40].lower()
        if not UNITS.match(rest):
            yield Span(at, at + len(found["value"]), _NUMBER)


_PAYEE: Final = (
    r"(?i)[a-z0-9][a-z0-9._-]{1,60}@(?:(?:ok|wa)(?:axis|hdfcbank|icici|sbi)|(?:pt)?(?:axis|hdfc|sbi|yes)|ybl|ibl|axl|y?apl|rapl|upi|paytm|"
    r"axisb|axisbank|hdfcbank|icici|kotak|freecharge|airtel|jupiteraxis)\b"
)
"""An account of India's UPI: a name or a telephone number, and the handle of a bank or an app (NPCI, "UPI handles")."""


def _payee(candidate: Candidate) -> Iterator[Span]:
    if not candidate.cuts_a_word and not re.match(r"[.-]\w", candidate.text[candidate.end : candidate.end + 2]):
        yield candidate.span(_NUMBER)


DOTTED_IDENTIFIERS: Final = (
    Finder(_CARD_APART, _card_apart, FOUR_DIGITS, LINE),
    *(Finder(words, _mask_dotted, r"[0-9]\.[0-9]{3,5}\.[0-9]{2}|(?:19|20)[0-9]{6}[-+][0-9]{4}") for words in _NAMED),
)
"""Comes before what protects amounts and versions."""
IDENTIFIERS: Final = (
    Finder(_PAYEE, _payee, "@", NEIGHBORS),
    Finder(_IBAN, _iban, DIGITS, LINE),
    Finder(_IBAN_APART, _iban, r"[0-9]\n|\n[0-9A-Za-z]*[0-9]", LINE),
    Finder(_CARD, _card, FOUR_DIGITS, LINE),
    Finder(FORMS, _form, FOUR_DIGITS, LINE),
    Finder(DATED, _mask_birthdays, "[0-9]{11}|[0-9]{6} [0-9]{4}", NEIGHBORS),
    *(Finder(words, _mask_named, needs) for words, needs in zip(_NAMED, _NEEDS, strict=True)),
    *(Finder(words, _mask_weakly_named, "[0-9](?:[ -]?[0-9]){5}") for words in _WEAK),
)
