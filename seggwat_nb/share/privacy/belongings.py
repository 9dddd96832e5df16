"""Finds what identifies people, or can be stolen from them: dates of birth, license plates, codes of vouchers.

They are written like other dates and other words in capitals, so one only counts after a word that names it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.finders import DIGITS, OTHER_LETTERS, Candidate, Finder, Span
from seggwat_nb.share.privacy.id_words import NUMBER_WORDS
from seggwat_nb.share.privacy.keywords import SETS, TOKEN, is_word_beginning

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BELONGINGS"]

_PLATES: Final = (
    (
        r"(?i)licen[cs]e ?plates?|(?:number|\breg) ?plates?|plate (?:no\b|number)|\b(?:car|vehicle) registration(?: (?:no|number|plate))?|registration plate|\breg(?:istration)?\.? (?:no\b|number)|"
        r"kennzeichen|nummernschild|plaque d.immatriculation|matr[ií]cula de[l ]|kenteken|rejestracyjn\p{L}*|"
        r"\bspz\b|registreringsnummer|rekisterinumero|nummerplade"
    ),
    (
        r"(?i)(?:гос|держ)\.? ?номер\p{L}*|номер (?:машин|авто)\p{L}*|ナンバープレート|車のナンバー|车牌号?码?|車牌號?碼?|번호판|차량 ?번호|"
        r"رقم (?:ال)?لوحة|नंबर प्लेट|गाड़ी (?:का )?नंबर"
    ),
)
_MAYBE_PLATES: Final = (
    r"(?i)\bplaque\b|immatricul(?:ation|ée?)|matr[ií]cula\b|\bpatente\b|\bplaca\b|\btarga\b|plaka(?:s[ıi]|m)?\b"
)
"""Words with other senses, such as a card in a computer, a plaque, a patent or an enrollment."""
_VOUCHERS: Final = (
    (
        r"(?i)\bgift ?(?:cards?|codes?|vouchers?|certificates?)|\bvouchers?\b|(?:redee?m|redemption|activation) codes?|aktivierungs-?codes?|code d.activation|c[oó]digo de (?:activaci[oó]n|ativa[cç][aã]o)|codice di attivazione|gutschein\p{L}*|geschenk\p{L}+|guthaben(?:code|karte)|"
        r"(?:carte|code|ch[eè]que|bon)s? cadeaux?|bon d.achat|(?:tarjeta|c[oó]digo|cheque|vale)s? (?:de )?regalo|(?:cart[aã]o|vale)[- ]presente|"
        r"(?:buono|carta|codice) regalo|\bbuono\b|cadeau(?:bon|kaart|code)\p{L}*|(?:karta|kod|bon)\p{L}* podarunkow\p{L}*|hediye (?:kart|[cç]ek|kod)\p{L}*|presentkort\p{L}*"
    ),
    (
        r"(?i)подарочн\p{L}+ (?:карт|код|сертификат)\p{L}*|подарунков\p{L}+ (?:карт|код|сертифікат)\p{L}*|ギフト(?:カード|コード|券)|商品券|код активации|激活码|アクティベーションコード|활성화 ?코드|رمز التفعيل|礼品[卡码券]|禮品[卡碼券]|兑换码|兌換碼|"
        r"기프트 ?카드|상품권|(?:بطاق[ةت]|رمز) (?:ال)?هدي[ةا]\p{L}*|قسيمة|गिफ्ट (?:कार्ड|कोड|वाउचर)"
    ),
)
_BEFORE: Final = rf"[^\w\n]{{0,3}}(?:\s?(?:{SETS}|は|是|为)\s?)?(?:(?:(?i:{NUMBER_WORDS})|[a-zà-ÿ]{{1,10}})[\s:.]{{1,3}}){{0,2}}[\"'«「]?"
"""What may stand between a word and what it names: a sign, and words such as "number is"."""
_DIRECTLY: Final = (
    rf"[^\w\n]{{0,3}}(?:(?i:{NUMBER_WORDS}|del?|d[ao]|auto|coche|carro|moto|voiture|camion)[\s:.]{{1,3}}){{0,2}}"
)
_NATIONAL: Final = (
    r"[А-Я]\d{3}[А-Я]{2} ?\d{2,3}|[А-ЯІ]{2} ?\d{4} ?[А-ЯІ]{2}|[\u4e00-\u9fff][A-Z][·・ ]?[A-Z\d]{5,6}|\d{2,3}[가-힣] ?\d{4}|"
    r"[A-Z]{2,3}[- ]\d{2,4}[- ][A-Z]{1,3}|[A-Z]{3}-\d{3,4}|[A-Z]{3}\d[A-Z]\d{2}|[A-Z]{2}\d{3}[A-Z]{2}|[A-Z]{2}[- ]\d{2}[- ][A-Z]{2}|"
    r"\d{4}[- ]?[A-Z]{3}|\d{2} [A-Z]{1,3} \d{2,4}"
)
"""Plates of Russia, Ukraine, China, Korea, France, Italy, South America, Portugal, Spain and Turkey."""
_ANY: Final = r"(?=[A-ZÄÖÜ\d -]*\d)(?=[\d -]*[A-ZÄÖÜ])[A-ZÄÖÜ\d]{1,7}(?:[- ][A-Z\d]{1,6}){0,3}"
_PLATE: Final = re.compile(rf"{_BEFORE}(?P<value>{_NATIONAL}|{_ANY})(?![\w-])")
_SURE_PLATE: Final = re.compile(rf"{_DIRECTLY}(?P<value>{_NATIONAL})(?![\w-])")
_BIRTHDAYS: Final = (
    (
        r"(?i)\bborn\b|date of birth|birth ?date|birthday|\bdob\b|\bd\.o\.b\b|geboren|geburts(?:datum|tag)|\bgeb\.|date de naissance|fecha de nacimiento|"
        r"nacid[oa]\b|data d[ei] nasci(?:mento|ta)|nascid[oa]\b|\bnat[oa] il\b|geboortedatum|urodzon[ya]\b|\bur\.|data urodzenia|tanggal lahir|syntym[aä]\p{L}*"
    ),
    (
        r"(?i)\bnée? le\b|родил(?:ся|ась)|дат[аы] рождения|день рождения|народи(?:вся|лася)|дата народження|narozen[áý]?|datum narození|doğum (?:tarihi|günü)\p{L}*|"
        r"\bfödd\b|\bfødt\b|födelsedatum|fødsels(?:dato|dag)|születés\p{L}*|data nașterii|născut[ăa]?|ημερομηνία γέννησης|"
        r"生年月日|誕生日|出生日期|出生于|生日|생년월일|생일|تاريخ (?:ال)?(?:ميلاد|ولادة)\p{L}*|تاریخ تولد|תאריך (?:ה)?לידה|जन्म ?(?:तिथि|तारीख|दिन)|ngày sinh|วันเกิด"
    ),
)
_MONTH: Final = r"[^\W\d_]{3,12}"
_DAY: Final = re.compile(
    rf"[^\w\n]{{0,3}}(?:は|が|是|为|為|은|는)?(?:(?i:{NUMBER_WORDS}|on|the|was|am|le|el|il|op|em|in|dnia|den|der)[\s:.]{{1,3}}){{0,2}}"
    r"(?P<value>(?:\d{1,2}([./-]) ?\d{1,2}\2 ?|\d{1,2} \d{1,2} )(?:(?:19|20)\d\d|\d\d)|(?:19|20)\d\d([./-])\d{1,2}\3\d{1,2}|(?:19|20)\d{6}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|º)?\.?(?: (?:de|of))? {_MONTH},?(?: de)? (?:19|20)\d\d|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d"
    r"|(?:19|20)\d\d ?[年년] ?\d{1,2} ?[月월] ?\d{1,2} ?[日일]?)(?!\d)"
)
_LONGEST: Final = 64
_FEWEST: Final = 5
_MOST: Final = 9
"""How many letters and digits a plate has."""
_CODE: Final = re.compile(
    rf"{_BEFORE}(?P<value>(?=[A-Z\d -]*\d)[A-Z\d]{{2,6}}(?:[- ][A-Z\d]{{3,6}}){{1,5}}|[A-Z\d]{{8,24}})(?![\w-])"
)
_CHANGES: Final = 3
"""How often letters and digits alternate in a code that was drawn: SUMMER20 is a word, and for everybody."""
_GROUPS: Final = re.compile(
    r"(?=[^\d\n]*\d)[A-Z\d]{4}(?:-[A-Z\d]{4}){2,5}|(?=[^\d\n]*\d)[A-Z\d]{5}(?:-[A-Z\d]{5}){2,5}"
)
"""Or in groups of four or five, as codes are printed on cards."""


def _plate(candidate: Candidate) -> Iterator[Span]:
    span = _after(candidate, _PLATE)
    if span is not None and _FEWEST <= sum(map(str.isalnum, candidate.text[span.start : span.end])) <= _MOST:
        yield span._replace(instead="[number]")


def _birthday(candidate: Candidate) -> Iterator[Span]:
    span = _after(candidate, _DAY)
    if span is not None:
        yield span._replace(instead="[number]")


def _maybe_plate(candidate: Candidate) -> Iterator[Span]:
    span = _after(candidate, _SURE_PLATE)
    if span is not None and _PART.match(candidate.text, span.start) is None:
        yield span._replace(instead="[number]")


_PART: Final = re.compile(r"[RG]TX|RX|GT|HD")
"""Names of cards in computers."""


def _voucher(candidate: Candidate) -> Iterator[Span]:
    """Mask a code that was drawn, or a long number, rather than an amount or a word with a year."""
    span = _after(candidate, _CODE)
    if span is None:
        return
    written = candidate.text[span.start : span.end]
    value = re.sub(r"[ -]", "", written)
    is_grouped = _GROUPS.fullmatch(written) is not None
    changes = len(re.findall(r"\d+|[A-Z]+", value)) - 1
    if is_grouped or changes >= _CHANGES or (value.isdecimal() and len(value) > 2 * _FEWEST):
        yield span


def _after(candidate: Candidate, form: re.Pattern[str]) -> Span | None:
    """Find what directly follows a word, after its ending and words such as "number" and "is"."""
    text = candidate.text
    if candidate.begins_inside_a_word and not candidate.value[:1].isupper() and len(candidate.value) < 2 * _FEWEST:
        return None
    if is_word_beginning(candidate):
        return None
    found = form.match(text[candidate.end : candidate.end + _LONGEST])
    if found is None:
        return None
    return Span(candidate.end + found.start("value"), candidate.end + found.end("value"), TOKEN)


BELONGINGS: Final = (
    *(Finder(words, _birthday, needs) for words, needs in zip(_BIRTHDAYS, (DIGITS, OTHER_LETTERS), strict=True)),
    *(Finder(words, _plate, needs) for words, needs in zip(_PLATES, (DIGITS, OTHER_LETTERS), strict=True)),
    Finder(_MAYBE_PLATES, _maybe_plate, DIGITS),
    *(Finder(words, _voucher, needs) for words, needs in zip(_VOUCHERS, (DIGITS, OTHER_LETTERS), strict=True)),
)
